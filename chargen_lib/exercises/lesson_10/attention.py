"""attention: its card, what it is tried on, and what to say of a wrong answer."""

import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe
from chargen_lib.exercises.lesson_10 import attentions
from chargen_lib.exercises.lesson_10.attentions import allowed, multiplied, scaled, softmax, weighed


def attention_probes(rng):
    def drawn(*shape):
        return rng.standard_normal(shape).astype(np.float32)

    def small(*rows):
        return np.array(rows, dtype=np.float32)

    causal = np.tri(3, dtype=bool)
    # Other places than the past; every column is seen by some row, so that a softmax over the wrong axis gives numbers
    holes = np.array([[True, False, True], [False, True, True]])
    square = np.array([[True, False, True], [True, True, False], [False, True, True]])
    queries, keys = small([1, 0, 2], [0, 1, 1], [2, 1, 0]), small([1, 1, 0], [0, 2, 1], [1, 0, -1])
    # Few shapes: for each of them all that an answer does is compiled.
    return [
        # All axes equally long: a product the wrong way gives numbers.
        Probe((queries, keys, small([4, 0, 1], [0, 4, -1], [-4, 8, 0]), causal)),
        Probe((drawn(2, 4), drawn(3, 4), drawn(3, 5), holes)),
        Probe((drawn(3, 3), drawn(3, 3), drawn(3, 3), square)),
        Probe(
            (drawn(3, 3) - 4, drawn(3, 3) + 4, drawn(3, 3), square)
        ),  # scores far below 0: -20 does not hide a place among them
        Probe((drawn(2, 2, 4), drawn(2, 3, 4), drawn(2, 3, 5), holes), batch=True),
        Probe((drawn(2, 3, 2, 4), drawn(2, 3, 3, 4), drawn(2, 3, 3, 5), np.ones((2, 3), dtype=bool)), batch=True),
    ]


_INVERTED = (
    "Your mask is turned round: you hide the places that may be seen. True means *may be seen*: where(mask, scores, -inf)."
)

_AXIS_0 = (
    "Your softmax runs over axis 0, the first. Each query has weights that sum to 1 over the keys, the last axis: axis=-1."
)

_NO_SOFTMAX = (
    "You weighed the values with the scores themselves. The weights are a softmax of the scores: positive, and 1 in all."
)

_ADDED_AS_NUMBERS = (
    "You added the mask itself, so a place that may be seen gets 1 more, and the hidden ones still count. Put minus infinity where the mask is "
    "False."
)

ATTENTION = Exercise(
    name="attention",
    lesson=10,
    points=3,
    minutes=15,
    difficulty=3,
    hint="Four lines: the scores, queries @ keys turned over (jnp.swapaxes(keys, -1, -2)), divided by the root of d; minus infinity where the "
    "mask is False; a softmax over the last axis; the weights times the values. Write the shape beside each.",
    reference=attentions.attention,
    probes=attention_probes,
    jit=(),
    misconceptions=(
        Misconception(
            "not divided",
            "You did not divide the scores. Divide them by the root of d, the length of a key: otherwise they grow with d, and the softmax "
            "sees little but the largest.",
            scaled(lambda queries, keys: 1),
        ),
        Misconception(
            "divided by d",
            "You divided the scores by d; divide them by its root.",
            scaled(lambda queries, keys: 1 / np.shape(keys)[-1]),
        ),
        Misconception(
            "times the root of d",
            "You multiplied the scores by the root of d; divide them by it.",
            scaled(lambda queries, keys: np.shape(keys)[-1] ** 0.5),
        ),
        Misconception(
            "root of the number of keys",
            "You divided by the root of the number of keys. What counts is the length of one key, d: keys.shape[-1].",
            scaled(lambda queries, keys: np.shape(keys)[-2] ** -0.5),
        ),
        Misconception(
            "root of the number of queries",
            "You divided by the root of the number of queries. What counts is the length of one query, d: queries.shape[-1].",
            scaled(lambda queries, keys: np.shape(queries)[-2] ** -0.5),
        ),
        Misconception(
            "root of axis 1",
            "You divided by the root of shape[1], which is d only without a batch. Count from the end: queries.shape[-1].",
            scaled(lambda queries, keys: np.shape(queries)[1] ** -0.5),
        ),
        Misconception(
            "divided after the softmax",
            "You divided the weights by the root of d, so they no longer sum to 1. Divide the scores, before the softmax.",
            attentions.divided_late,
        ),
        Misconception(
            "over the queries",
            "Your softmax runs over the queries (axis=-2), so that the queries share out each key. Each query has weights that sum to 1 over "
            "the keys: axis=-1.",
            weighed(lambda s, mask: softmax(allowed(s, mask), axis=-2)),
        ),
        Misconception(
            "axis 1",
            "Your softmax runs over axis 1, which is the last one only without a batch. Count from the end: axis=-1.",
            weighed(attentions.at_axis_1),
        ),
        Misconception("axis 0", _AXIS_0, weighed(lambda s, mask: softmax(allowed(s, mask), axis=0))),
        Misconception("axis 0, with a huge number", _AXIS_0, weighed(lambda s, mask: softmax(np.where(mask, s, -1e9), axis=0))),
        Misconception(
            "one softmax of everything",
            "Your softmax runs over all scores together. Each query has weights of its own that sum to 1: axis=-1, keepdims=True.",
            weighed(attentions.of_everything),
        ),
        Misconception(
            "no keepdims",
            "The sums of your softmax lost their axis, so a row is divided by other rows' sums. Write keepdims=True, or take jax.nn.softmax.",
            weighed(attentions.not_kept),
        ),
        Misconception(
            "masked after the softmax",
            "You put the mask on the weights, after the softmax, so what is left of a row sums to less than 1. Put it on the scores, before "
            "the softmax: minus infinity where it is False.",
            weighed(lambda s, mask: softmax(s) * mask),
        ),
        Misconception(
            "minus infinity after the softmax",
            "You put minus infinity among the weights, after the softmax. It belongs among the scores, before it: the softmax makes 0 of "
            "it.",
            weighed(lambda s, mask: allowed(softmax(s), mask)),
        ),
        Misconception("inverted", _INVERTED, weighed(lambda s, mask: softmax(allowed(s, ~mask)))),
        Misconception("inverted, with a large number", _INVERTED, weighed(lambda s, mask: softmax(np.where(mask, -1e9, s)))),
        Misconception(
            "no mask",
            "You did not use the mask, so every place is seen. Where it is False, put minus infinity in place of the score.",
            weighed(lambda s, mask: softmax(s)),
        ),
        Misconception(
            "0 in place of minus infinity",
            "You made the hidden scores 0, but exp(0) is 1, so they still count. Only minus infinity (or a huge negative number) becomes a weight "
            "of 0.",
            weighed(lambda s, mask: softmax(s * mask)),
        ),
        Misconception(
            "a small number in place of minus infinity",
            "The number that you put for the hidden scores is too near to the others, so the hidden places still count. Take -jnp.inf, or a "
            "huge negative one such as -1e9.",
            weighed(lambda s, mask: softmax(np.where(mask, s, -10))),
        ),
        Misconception(
            "0 times infinity",
            "Your answer is NaN: 0 times infinity is no number, so (1 - mask) * -inf spoils the places that may be seen. Write "
            "jnp.where(mask, scores, -jnp.inf).",
            weighed(lambda s, mask: softmax(s + (1 - mask) * -np.inf)),
        ),
        Misconception("mask added", _ADDED_AS_NUMBERS, weighed(lambda s, mask: softmax(s + mask))),
        Misconception("no softmax", _NO_SOFTMAX, weighed(lambda s, mask: np.where(mask, s, 0))),
        Misconception("no softmax, minus infinity", _NO_SOFTMAX, weighed(allowed)),
        Misconception(
            "exponentials alone",
            "You took exp of the scores and did not divide by their sum. A query's weights sum to 1.",
            weighed(lambda s, mask: np.exp(allowed(s, mask))),
        ),
        Misconception(
            "sigmoid",
            "You used a sigmoid, which looks at each score alone. The keys compete for a query: softmax, weights that sum to 1.",
            weighed(attentions.sigmoids),
        ),
        Misconception(
            "largest alone",
            "You took the value of the best key alone. Every place that may be seen has a share: the softmax of the scores.",
            weighed(attentions.largest_alone),
        ),
        Misconception(
            "even shares",
            "You took the plain mean of the values that may be seen. Weigh them by the softmax of the scores.",
            weighed(attentions.evenly),
        ),
        Misconception(
            "its own mask",
            "You made a causal mask yourself. Use the `mask` that is given: it may show other places.",
            weighed(attentions.own_mask),
        ),
        Misconception(
            "queries and keys swapped",
            "Queries and keys have changed places: your row i holds what key i is worth to the queries. Write queries @ keys turned over, "
            "(T, d) @ (d, S).",
            multiplied(lambda queries, keys: keys @ np.swapaxes(queries, -1, -2)),
        ),
        Misconception(
            "keys not turned over",
            "You multiplied queries @ keys. The sum must run over d, the last axis of both: turn the keys over first, "
            "jnp.swapaxes(keys, -1, -2).",
            multiplied(lambda queries, keys: queries @ keys),
        ),
        Misconception(
            "entry by entry",
            "You multiplied query t with key t alone. Each query asks every key: queries @ keys turned over, (T, d) @ (d, S).",
            multiplied(attentions.each_its_own_key),
        ),
        Misconception(
            "T turns every axis",
            "Right without a batch, but keys.T turns round all axes, the batch too. Turn the last two alone: jnp.swapaxes(keys, -1, -2).",
            multiplied(lambda queries, keys: queries @ keys.T),
        ),
        Misconception(
            "weights returned",
            "You returned the weights. One step is left: weights @ values, the mean of the values with these weights.",
            attentions.weights_alone,
        ),
        Misconception(
            "keys in place of values",
            "You took the mean of the keys. The keys decide how much each place counts; what is averaged is the values.",
            attentions.mean_of_keys,
        ),
        Misconception(
            "queries in place of values",
            "You took the mean of the queries; what is averaged is the values.",
            attentions.mean_of_queries,
        ),
    ),
)
