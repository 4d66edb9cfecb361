"""attend_cached: its card, what it is tried on, and what to say of a wrong answer."""

import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe
from chargen_lib.exercises.lesson_10.attentions import allowed, softmax
from chargen_lib.exercises.lesson_11 import cached_attentions as attentions
from chargen_lib.exercises.lesson_11.cached_attentions import scaled, seeing, weighed


def attend_cached_probes(rng):
    def drawn(*shape):
        return rng.standard_normal(shape).astype(np.float32)

    def small(*rows):
        return np.array(rows, dtype=np.float32)

    def unwritten(keys, length, what):
        return np.where(np.arange(keys.shape[1])[:, None] < length, keys, np.float32(what))

    query, keys = small([1, 0, 2, -1]), small([[1, 1, 0, 0], [0, 2, 1, -1], [1, 0, 1, 1]])
    return [
        Probe((query, keys, small([[4, 0, 1, 0], [0, 4, 1, 0], [-4, 8, 1, 2]]), 2)),
        Probe((drawn(2, 4), drawn(2, 5, 4), unwritten(drawn(2, 5, 4), 3, 1000), 3)),  # a weight of 1e-5 there is seen
        Probe((drawn(2, 4), drawn(2, 5, 4), drawn(2, 5, 4), 5)),
        Probe((drawn(2, 4), drawn(2, 5, 4), drawn(2, 5, 4), 1)),
        Probe((drawn(3, 3), drawn(3, 3, 3), drawn(3, 3, 3), 2)),  # all axes equally long: a product the wrong way gives numbers
        Probe((drawn(2, 4), unwritten(drawn(2, 5, 4), 4, 0), drawn(2, 5, 4), 4)),
        Probe((drawn(2, 4), unwritten(drawn(2, 5, 4), 3, np.nan), drawn(2, 5, 4), 3)),
    ]


_ONE_MORE = (
    "You see one slot too many, and nobody has written there yet. The first `length` slots are 0 to length - 1: slots < length."
)
_ONE_LESS = "You leave out slot length - 1, the newest, which is the character that asks. The first `length` slots are 0 to length - 1: slots < length."
_WITHOUT_0 = "You leave out slot 0. The first `length` slots are 0 to length - 1: slots < length."
_INVERTED = (
    "Your mask is turned round: you hide the slots that are written and see the others. Keep the scores where slots < length."
)
_OVER_THE_HEADS = "Your softmax runs over the heads. Each head has weights of its own that sum to 1 over the slots, the last axis of the scores: axis=-1."
_OTHER_KEYS = "You took the mean of the keys. The keys decide how much each slot counts; what is averaged is the values."

ATTEND_CACHED = Exercise(
    name="attend_cached",
    lesson=11,
    points=3,
    minutes=12,
    difficulty=3,
    hint="The scores of each head are a row: jnp.einsum('hd,hsd->hs', query, keys), divided by the root of d. Keep all slots, as a shape must not "
    "depend on `length`: jnp.where(jnp.arange(slots) < length, scores, -jnp.inf). Then the softmax, and the mean of the values.",
    reference=attentions.attend_cached,
    probes=attend_cached_probes,
    jit=(),
    misconceptions=(
        Misconception(
            "no mask",
            "You see every slot, those too in which nothing was written yet. Only the first `length` count: minus infinity in place of the other "
            "scores.",
            weighed(lambda s, mask: softmax(s)),
        ),
        Misconception("one slot more", _ONE_MORE, seeing(lambda slot, length: slot <= length)),
        Misconception("one slot less", _ONE_LESS, seeing(lambda slot, length: slot < length - 1)),
        Misconception("one slot less, with a huge number", _ONE_LESS, seeing(lambda slot, length: slot < length - 1, -1e9)),
        Misconception(
            "newest alone",
            "You see the newest slot alone, so the answer is its value. Every slot before it counts too: slots < length.",
            seeing(lambda slot, length: slot == length - 1),
        ),
        Misconception(
            "slot 0 alone",
            "You see slot 0 alone: a causal mask for one query lets it see the first place, as if the query stood there. It stands at length - 1: "
            "slots < length.",
            seeing(lambda slot, length: slot == 0),
        ),
        Misconception("without slot 0", _WITHOUT_0, seeing(lambda slot, length: (slot > 0) & (slot < length))),
        Misconception(
            "without slot 0, with a huge number", _WITHOUT_0, seeing(lambda slot, length: (slot > 0) & (slot < length), -1e9)
        ),
        Misconception(
            "one slot late",
            "You see the slots 1 to `length`. They are counted from 0: 0 to length - 1, slots < length.",
            seeing(lambda slot, length: (slot > 0) & (slot <= length)),
        ),
        Misconception(
            "last slots",
            "You see the last `length` slots of the cache. It is filled from slot 0 on: the first `length` count.",
            seeing(lambda slot, length: slot >= len(slot) - length),
        ),
        Misconception("inverted", _INVERTED, seeing(lambda slot, length: slot >= length)),
        Misconception("inverted, with a huge number", _INVERTED, seeing(lambda slot, length: slot >= length, -1e9)),
        Misconception(
            "by content",
            "You took a slot of zeros for one that is not written, and everything else for written. Anything may stand in an unused slot: only "
            "`length` tells.",
            attentions.by_content,
        ),
        Misconception(
            "NaN spoils it",
            "Right, until an unused slot holds NaN: 0 times NaN, and NaN minus a huge number, are NaN. Put minus infinity in place of those scores "
            "before the softmax, with jnp.where.",
            attentions.spoiled,
        ),
        Misconception(
            "0 in place of minus infinity",
            "You made the hidden scores 0, but exp(0) is 1, so they still count. Only minus infinity (or a huge negative number) becomes a weight of 0.",
            weighed(lambda s, mask: softmax(np.where(mask, s, 0))),
        ),
        Misconception(
            "a small number in place of minus infinity",
            "The number that you put for the hidden scores is too near to the others, so the slots still count a little. Take -jnp.inf, or a huge "
            "negative one such as -1e9.",
            weighed(lambda s, mask: softmax(np.where(mask, s, -10))),
        ),
        Misconception(
            "masked after the softmax",
            "You put the mask on the weights or on the values, so what is left sums to less than 1. Hide the scores, before the softmax.",
            weighed(lambda s, mask: np.where(mask, softmax(s), 0)),
        ),
        Misconception(
            "minus infinity after the softmax",
            "You put minus infinity among the weights, after the softmax. It belongs among the scores, before it: the softmax makes 0 of it.",
            weighed(lambda s, mask: allowed(softmax(s), mask)),
        ),
        Misconception(
            "mask added",
            "You added the mask itself, so a slot that may be seen gets 1 more, and the others still count. Put minus infinity where it is False.",
            weighed(lambda s, mask: softmax(s + mask)),
        ),
        Misconception(
            "not divided",
            "You did not divide the scores. Divide them by the root of d, the length of a key.",
            scaled(lambda shape, length: 1),
        ),
        Misconception(
            "divided by d",
            "You divided the scores by d; divide them by its root.",
            scaled(lambda shape, length: 1 / shape[-1]),
        ),
        Misconception(
            "times the root of d",
            "You multiplied the scores by the root of d; divide them by it.",
            scaled(lambda shape, length: shape[-1] ** 0.5),
        ),
        Misconception(
            "root of the number of slots",
            "You divided by the root of the number of slots. What counts is the length of one key, d: keys.shape[-1].",
            scaled(lambda shape, length: shape[1] ** -0.5),
        ),
        Misconception(
            "root of the number of heads",
            "You divided by the root of the number of heads. What counts is the length of one key, d: keys.shape[-1].",
            scaled(lambda shape, length: shape[0] ** -0.5),
        ),
        Misconception(
            "root of length",
            "You divided by the root of `length`. What counts is the length of one key, d: keys.shape[-1].",
            scaled(lambda shape, length: length**-0.5),
        ),
        Misconception(
            "root of all heads together",
            "You divided by the root of heads * d. Each head is an attention of its own: the root of d, keys.shape[-1].",
            scaled(lambda shape, length: (shape[0] * shape[-1]) ** -0.5),
        ),
        Misconception(
            "divided after the softmax",
            "You divided the weights, or the result, by the root of d. Divide the scores, before the softmax.",
            lambda query, keys, values, length: (
                scaled(lambda shape, length: 1)(query, keys, values, length) / np.sqrt(np.shape(keys)[-1])
            ),
        ),
        Misconception("over the heads", _OVER_THE_HEADS, weighed(lambda s, mask: softmax(allowed(s, mask), axis=0))),
        Misconception(
            "over the heads, with a huge number",
            _OVER_THE_HEADS,
            weighed(lambda s, mask: softmax(np.where(mask, s, -1e9), axis=0)),
        ),
        Misconception(
            "one softmax of everything",
            "Your softmax runs over all heads together. Each head has weights of its own that sum to 1: axis=-1, keepdims=True.",
            weighed(lambda s, mask: softmax(allowed(s, mask), axis=(0, 1))),
        ),
        Misconception(
            "no keepdims",
            "The sums of your softmax lost their axis, so a head is divided by other heads' sums. Write keepdims=True, or take jax.nn.softmax.",
            weighed(attentions.not_kept),
        ),
        Misconception(
            "no softmax",
            "You weighed the values with the scores themselves. The weights are a softmax of the scores: positive, and 1 in all.",
            weighed(lambda s, mask: np.where(mask, s, 0)),
        ),
        Misconception(
            "exponentials alone",
            "You took exp of the scores and did not divide by their sum. A head's weights sum to 1.",
            weighed(lambda s, mask: np.exp(allowed(s, mask))),
        ),
        Misconception(
            "sigmoid",
            "You used a sigmoid, which looks at each score alone. The slots compete for the query: softmax, weights that sum to 1.",
            weighed(lambda s, mask: np.where(mask, 1 / (1 + np.exp(-s)), 0)),
        ),
        Misconception(
            "largest alone",
            "You took the value of the best key alone. Every written slot has a share: the softmax of the scores.",
            weighed(attentions.largest_alone),
        ),
        Misconception(
            "even shares",
            "You took the plain mean of the first `length` values. Weigh them by the softmax of the scores.",
            weighed(lambda s, mask: np.broadcast_to(mask / mask.sum(), s.shape)),
        ),
        Misconception(
            "divided by length",
            "You divided the result by `length`. The weights sum to 1 already: their sum of the values is the mean.",
            attentions.by_length,
        ),
        Misconception(
            "every head's keys",
            "Every head asks the keys of every head, so an axis of heads is too many. Head h asks its own keys: jnp.einsum('hd,hsd->hs', query, "
            "keys).",
            attentions.every_heads_keys,
        ),
        Misconception(
            "first head's keys",
            "All your heads ask the keys of head 0. Head h asks its own: keys[h].",
            attentions.first_heads_keys,
        ),
        Misconception(
            "weights returned",
            "You returned the weights. One step is left: the mean of the values with them.",
            attentions.weights_alone,
        ),
        Misconception("keys in place of values", _OTHER_KEYS, attentions.mean_of_keys),
        Misconception("keys in place of values, and NaN", _OTHER_KEYS, attentions.mean_of_all_keys),
        Misconception(
            "heads added up",
            "You added up the heads. Each keeps its row: (heads, d) comes out.",
            attentions.summed_over_heads,
        ),
    ),
)
