"""look_back: how far, and how well, a place sees what is behind it."""

import numpy as np

from chargen_lib.exercises.engine.cards import Misconception, Probe
from chargen_lib.instructor.variants.context import wrong_looks
from chargen_lib.instructor.variants.family import Family, Member, Rule, Slip


def window(queries, keys, values, amount):
    places = np.arange(len(queries))
    back = places[:, None] - places  # (T, T): how far place s lies behind place t
    scores = queries @ keys.T / np.sqrt(queries.shape[-1])
    weights = np.where((back >= 0) & (back < amount), np.exp(scores), 0)
    return weights @ values / weights.sum(axis=-1, keepdims=True)


def blocks(queries, keys, values, amount):
    places = np.arange(len(queries))
    seen = (places <= places[:, None]) & (places // amount == places[:, None] // amount)  # (T, T)
    scores = queries @ keys.T / np.sqrt(queries.shape[-1])
    weights = np.where(seen, np.exp(scores), 0)
    return weights @ values / weights.sum(axis=-1, keepdims=True)


def sloped(queries, keys, values, amount):
    places = np.arange(len(queries))
    back = places[:, None] - places  # (T, T): how far place s lies behind place t
    scores = queries @ keys.T / np.sqrt(queries.shape[-1]) - back / amount
    weights = np.where(back >= 0, np.exp(scores), 0)
    return weights @ values / weights.sum(axis=-1, keepdims=True)


def look_back_probes(rng):
    def drawn(*shape):
        return rng.standard_normal(shape).astype(np.float32)

    def small(*rows):
        return np.array(rows, dtype=np.float32)

    queries = small([1, 0, 2, -1], [0, 1, 1, 1], [2, 1, 0, 0], [1, -1, 1, 0])
    keys = small([1, 1, 0, 0], [0, 2, 1, -1], [1, 0, 1, 1], [0, 1, 0, 2])
    return [
        Probe((queries, keys, small([4, 0], [0, 4], [-4, 8], [2, 2]), 2)),
        Probe((drawn(5, 5), drawn(5, 5), drawn(5, 5), 3)),
        Probe((drawn(7, 2), drawn(7, 2), drawn(7, 3), 2)),
        Probe((drawn(7, 2), drawn(7, 2), drawn(7, 3), 3)),
        Probe((drawn(3, 4), drawn(3, 4), drawn(3, 2), 8)),
    ]


_NOT_AFTER = (
    "Your places see what comes after them. Hide it, with minus infinity in place of the score: place t sees no place after t."
)

_LATE = "You hid places after the softmax, so what is left of a row sums to less than 1. Hide them among the scores, with minus infinity."


def _of_any_mask(mask, slope=0):
    return (
        Misconception(
            "0 for what is hidden",
            "You made the hidden scores 0, but exp(0) is 1, so they still count. Minus infinity alone becomes a weight of 0.",
            wrong_looks.spoiled(mask, wrong_looks.zero_for_hidden, slope),
        ),
        Misconception(
            "over the queries",
            "Your softmax runs over the queries. Each query has weights that sum to 1 over the keys: axis=-1.",
            wrong_looks.spoiled(mask, wrong_looks.over_the_queries, slope),
        ),
    )


LOOK_BACK = Family(
    function="look_back",
    title="Looking back, but not everywhere alike",
    lesson=10,
    points=3,
    minutes=12,
    difficulty=3,
    docstring="Attention.  queries, keys: (T, d);  values: (T, e);  amount: int, 1 or more;  returns (T, e).",
    given="One head of attention for one text of $T$ places: the scores of place $t$ are its query's dot products with the keys, divided by "
    "$\\sqrt{d}$; a softmax over the places that $t$ may see makes weights of them; and row $t$ of the answer is the mean of the values with "
    "these weights. No place sees what comes after it. With `amount` $= m$,",
    probes=look_back_probes,
    members=(
        Member(
            name="window",
            statement="place $t$ sees the last $m$ places, itself included: $t - m + 1$ to $t$, or as many of them as there are.",
            hint="How far does s lie behind t? t - s, a table (T, T). Two comparisons make the mask.",
            reference=window,
            did="You let each place see the last m places",
            asked="here place t sees the last m places, itself included",
            mistakes=(
                Misconception(
                    "one place more",
                    "You let place t see m places besides itself. It is one of the m: t - s < m.",
                    wrong_looks.seen(lambda t, s, m: (s <= t) & (t - s <= m)),
                ),
                Misconception(
                    "not itself",
                    "You let place t see the m places before it. It is one of the m: 0 <= t - s < m. At the first place, nothing would be left.",
                    wrong_looks.seen(lambda t, s, m: (s < t) & (t - s <= m)),
                ),
                Misconception("both sides", _NOT_AFTER, wrong_looks.seen(lambda t, s, m: np.abs(t - s) < m)),
                Misconception("ahead", _NOT_AFTER, wrong_looks.seen(lambda t, s, m: (s >= t) & (s - t < m))),
                Misconception("hidden late", _LATE, wrong_looks.masked_late(wrong_looks.in_window)),
                *_of_any_mask(wrong_looks.in_window),
                Misconception(
                    "beyond the window",
                    "Your mask is turned round: you hide the window and show the rest. Inside it the scores stay as they are.",
                    wrong_looks.seen(lambda t, s, m: ~wrong_looks.in_window(t, s, m)),
                ),
            ),
        ),
        Member(
            name="blocks",
            statement="the text is cut into *blocks* of $m$ places (0 to $m - 1$, $m$ to $2m - 1$, and so on; the last may be shorter), and place $t$ sees the "
            "places of its own block up to and with itself.",
            hint="t // m is the number of the block of t. Two comparisons make the mask, each a table (T, T).",
            reference=blocks,
            did="You let each place see its own block of m places, up to itself",
            asked="here place t sees the places of its own block of m, up to and with itself",
            mistakes=(
                Misconception("the whole block", _NOT_AFTER, wrong_looks.seen(lambda t, s, m: t // m == s // m)),
                Misconception(
                    "earlier blocks too",
                    "You let place t see its block and all blocks before it, whole. It sees its own block alone, up to itself.",
                    wrong_looks.seen(lambda t, s, m: s // m <= t // m),
                ),
                Misconception(
                    "one of each block",
                    "You compared t % m, the place inside the block. The number of the block is t // m.",
                    wrong_looks.seen(lambda t, s, m: (s <= t) & (t % m == s % m)),
                ),
                Misconception("hidden late", _LATE, wrong_looks.masked_late(wrong_looks.in_block)),
                *_of_any_mask(wrong_looks.in_block),
                Misconception(
                    "outside the block",
                    "Your mask is turned round: you hide the block and show the rest.",
                    wrong_looks.seen(lambda t, s, m: ~wrong_looks.in_block(t, s, m)),
                ),
            ),
        ),
        Member(
            name="sloped",
            statement="place $t$ sees all places up to and with itself, but from the divided score of place $s$ the distance $(t - s) / m$ is "
            "*subtracted* before the softmax: what is far counts less.",
            hint="t - s is a table (T, T). Subtract it, divided by m, from the divided scores; then hide what comes after.",
            reference=sloped,
            did="You subtracted the distance from the scores",
            asked="here place t sees all up to itself, and (t - s) / m is subtracted from the score of place s",
            mistakes=(
                Misconception(
                    "distance added",
                    "You added the distance, so what is far counts more. Subtract it.",
                    wrong_looks.leaning(lambda scores, back, m, root: scores + back / m),
                ),
                Misconception(
                    "times m",
                    "You multiplied the distance by m; divide it by m.",
                    wrong_looks.leaning(lambda scores, back, m, root: scores - back * m),
                ),
                Misconception(
                    "distance itself",
                    "You subtracted the distance itself; divide it by m first.",
                    wrong_looks.leaning(lambda scores, back, m, root: scores - back),
                ),
                Misconception(
                    "divided with the scores",
                    "You subtracted the distance before you divided by the root of d, so it is divided too. Divide the dot products first.",
                    wrong_looks.leaning(lambda scores, back, m, root: scores - back / m / root),
                ),
                Misconception("the future too", _NOT_AFTER, wrong_looks.slope_with_the_future),
                *_of_any_mask(wrong_looks.in_the_past, slope=1),
                Misconception(
                    "the future nearer than near",
                    "Your places see what comes after them, and (t - s) is negative there, so it even counts more. Hide it, with minus "
                    "infinity.",
                    lambda queries, keys, values, amount: (
                        wrong_looks.softmax(
                            wrong_looks.scores_between(queries, keys)
                            - (np.arange(len(queries))[:, None] - np.arange(len(queries))) / amount
                        )
                        @ np.asarray(values, dtype=float)
                    ),
                ),
            ),
        ),
    ),
    others=(
        Rule(
            "the past",
            "You let each place see all places up to itself, alike, as in lesson 10",
            wrong_looks.seen(lambda t, s, m: s <= t),
        ),
        Rule("everything", "You let each place see all places", wrong_looks.seen(lambda t, s, m: (s >= 0) & (t >= 0))),
    ),
    slips=(
        Slip(
            "not divided",
            "You did not divide the dot products by the root of d, the length of a query.",
            lambda right: (
                lambda queries, keys, values, amount: right(queries * np.sqrt(queries.shape[-1]), keys, values, amount)
            ),
        ),
        Slip(
            "divided by d",
            "You divided the dot products by d; divide them by its root.",
            lambda right: (
                lambda queries, keys, values, amount: right(queries / np.sqrt(queries.shape[-1]), keys, values, amount)
            ),
        ),
        Slip(
            "queries and keys swapped",
            "Queries and keys have changed places: row t must hold the scores of *query* t. Write queries @ keys.T.",
            lambda right: lambda queries, keys, values, amount: right(keys, queries, values, amount),
        ),
        Slip(
            "weights alone",
            "You returned the weights; one step is left: weights @ values.",
            lambda right: lambda queries, keys, values, amount: right(queries, keys, np.eye(len(keys)), amount),
        ),
        Slip(
            "keys in place of values",
            "You took the mean of the keys; what is averaged is the values.",
            lambda right: lambda queries, keys, values, amount: right(queries, keys, keys, amount),
        ),
    ),
)
