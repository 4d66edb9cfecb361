"""backed_off_probs: how counts and what is known without the character before are put together."""

import numpy as np

from chargen_lib.exercises.engine.cards import Misconception, Probe
from chargen_lib.instructor.variants.context import wrong_back_offs
from chargen_lib.instructor.variants.family import Family, Member, Rule, Slip


def discounted(counts, amount):
    counts = np.asarray(counts, dtype=float)
    shares = counts.sum(axis=0) / counts.sum()  # (V,): how often each character is the second one
    totals = counts.sum(axis=1, keepdims=True)  # (V, 1)
    different = (counts > 0).sum(axis=1, keepdims=True)  # (V, 1): how many different characters follow
    safe = np.where(totals > 0, totals, 1)
    probs = np.maximum(counts - amount, 0) / safe + amount * different / safe * shares
    return np.where(totals > 0, probs, shares)


def imagined(counts, amount):
    counts = np.asarray(counts, dtype=float)
    shares = counts.sum(axis=0) / counts.sum()  # (V,): how often each character is the second one
    totals = counts.sum(axis=1, keepdims=True)  # (V, 1)
    more = amount * (counts > 0).sum(axis=1, keepdims=True)  # (V, 1): the imagined ones
    probs = (counts + more * shares) / np.where(totals > 0, totals + more, 1)
    return np.where(totals > 0, probs, shares)


def mixed(counts, amount):
    counts = np.asarray(counts, dtype=float)
    places = (counts > 0).sum(axis=0) / (counts > 0).sum()  # (V,): after how many different ones each character stands
    totals = counts.sum(axis=1, keepdims=True)  # (V, 1)
    probs = (1 - amount) * counts / np.where(totals > 0, totals, 1) + amount * places
    return np.where(totals > 0, probs, places)


def backed_off_probs_probes(rng):
    drawn = rng.integers(0, 6, size=(5, 5))
    drawn[np.arange(5), (np.arange(5) + 1) % 5] += 1  # every character is seen, before and after another
    with_empty = drawn.copy()
    with_empty[3] = 0
    return [
        Probe((np.array([[0, 3, 1], [4, 0, 0], [1, 1, 2]]), 0.5)),
        Probe((np.array([[2, 0, 5, 1], [0, 0, 0, 0], [1, 3, 0, 0], [0, 1, 0, 4]]), 0.75)),
        Probe((np.array([[1, 0, 0], [0, 0, 6], [3, 0, 2]]), 0.25)),
        Probe((np.array([[1, 2], [0, 3]]), 1.0)),
        Probe((drawn, 0.5)),
        Probe((with_empty, 0.25)),
    ]


_EMPTY = (
    "A row without any count has nothing of its own: give it what is known without the character before, as the question says."
)

_NO_KEEPDIMS = (
    "Your sums lost their axis, so entry (a, b) is divided by the sum of row b. Write keepdims=True in the sums of the rows."
)

_OF_THE_FIRST = "Your s says how often each character is the *first* of a pair. How often it is the second is asked: the sums of the columns."

BACKED_OFF_PROBS = Family(
    function="backed_off_probs",
    title="When a pair was never seen",
    lesson=8,
    points=3,
    minutes=12,
    difficulty=3,
    docstring="Probabilities from counts of pairs.  counts: (V, V) ints;  amount: float, 0 to 1;  returns (V, V), each row sums to 1.",
    given="Entry $c(a, b)$ of `counts` says how often $b$ came right after $a$; at least one pair was counted. $c(a)$ is the sum of row $a$, and "
    "$u(a)$ the number of *different* characters that came after $a$. Return $p(b \\mid a)$ for every pair, with `amount` $= m$:",
    probes=backed_off_probs_probes,
    members=(
        Member(
            name="discounted",
            statement="$p = \\max(c(a, b) - m, 0) / c(a) + m\\, u(a) / c(a) \\cdot s(b)$, where $s(b)$ is the plain share of $b$: the sum of its "
            "column, divided by the sum of all counts. A row without counts is $s$ itself.",
            hint="Sums with keepdims=True keep the rows apart. What is taken from a row, m for each different character, is given back along s.",
            reference=discounted,
            did="You took m from each count and gave it back by the shares",
            asked="here m is taken from each count, and what was taken is given back by the plain shares of the characters",
            mistakes=(
                Misconception(
                    "discount lost",
                    "You took the discount away and gave it to nobody, so a row sums to less than 1. Add m u(a) / c(a) times s(b).",
                    wrong_back_offs.discount_lost,
                ),
                Misconception(
                    "one discount a row",
                    "You gave back m once for each row; m was taken from each of its u(a) different characters: m u(a) / c(a).",
                    wrong_back_offs.one_discount_a_row,
                ),
                Misconception(
                    "a discount of every character",
                    "You gave back m for each character of the vocabulary; it was taken from those alone that were seen: u(a) of them.",
                    wrong_back_offs.discount_of_every_character,
                ),
                Misconception(
                    "below zero",
                    "You took m from counts of 0 too, and some of your probabilities are negative or too small. Cut off at 0: maximum(c - m, 0).",
                    wrong_back_offs.below_zero,
                ),
                Misconception("shares of the first", _OF_THE_FIRST, wrong_back_offs.discounted_to_the_first),
                Misconception(
                    "no keepdims",
                    _NO_KEEPDIMS,
                    wrong_back_offs.not_kept(
                        lambda c, totals, different, lower, m: np.maximum(c - m, 0) / totals + m * different / totals * lower,
                        lambda shares, places: shares,
                    ),
                ),
                Misconception(
                    "given back in equal parts",
                    "You gave back the same to every character. It is given back by the shares: more to those that are frequent.",
                    wrong_back_offs.discounted_to_equal,
                ),
            ),
        ),
        Member(
            name="imagined",
            statement="imagine $m\\, u(a)$ more characters after $a$, divided among all by their plain shares: $p = (c(a, b) + m\\, u(a)\\, s(b)) / "
            "(c(a) + m\\, u(a))$, where $s(b)$ is the sum of column $b$, divided by the sum of all counts. A row without counts is $s$ "
            "itself.",
            hint="The imagined ones are counted above and below. Sums with keepdims=True keep the rows apart.",
            reference=imagined,
            did="You imagined more characters after each, as many as it has different ones times m",
            asked="here m u(a) characters more are imagined after a, divided among all by their plain shares",
            mistakes=(
                Misconception(
                    "as many in every row",
                    "You imagined m characters in every row. It is m for each different one that was seen there: m u(a).",
                    wrong_back_offs.as_many_in_every_row,
                ),
                Misconception(
                    "not divided by them",
                    "You divided by the counted characters alone, so a row sums to more than 1. The imagined ones are in it too: c(a) + m u(a).",
                    wrong_back_offs.divided_by_the_counts,
                ),
                Misconception(
                    "as many for each",
                    "You gave every character all imagined ones. They are divided among them: m u(a) s(b).",
                    wrong_back_offs.added_to_every_entry,
                ),
                Misconception("shares of the first", _OF_THE_FIRST, wrong_back_offs.imagined_of_the_first),
                Misconception(
                    "no keepdims",
                    _NO_KEEPDIMS,
                    wrong_back_offs.not_kept(
                        lambda c, totals, different, lower, m: (c + m * different * lower) / (totals + m * different),
                        lambda shares, places: shares,
                    ),
                ),
                Misconception(
                    "by the places",
                    "You divided the imagined ones by how many different characters each follows. Here the plain shares count: sum of the column, over "
                    "all.",
                    wrong_back_offs.imagined_of_places,
                ),
            ),
        ),
        Member(
            name="mixed",
            statement="$p = (1 - m)\\, c(a, b) / c(a) + m\\, q(b)$, where $q(b)$ is the number of *different* characters that $b$ came after, divided "
            "by the number of all different pairs. A row without counts is $q$ itself.",
            hint="counts > 0 has True for each different pair: sum it along the right axis. Sums with keepdims=True keep the rows apart.",
            reference=mixed,
            did="You mixed the row's own probabilities with q",
            asked="here the row's own probabilities have the weight 1 - m, and q, counted in different pairs, has the weight m",
            mistakes=(
                Misconception(
                    "weights swapped",
                    "The weights have changed places: m belongs to q, and 1 - m to the row's own probabilities.",
                    lambda counts, amount: mixed(counts, 1 - amount),
                ),
                Misconception(
                    "empty rows in part",
                    "In a row without counts your probabilities sum to m alone. There q has all the weight.",
                    wrong_back_offs.empty_rows_in_part,
                ),
                Misconception(
                    "no keepdims",
                    _NO_KEEPDIMS,
                    wrong_back_offs.not_kept(
                        lambda c, totals, different, lower, m: (1 - m) * c / totals + m * lower,
                        lambda shares, places: places,
                    ),
                ),
                Misconception(
                    "plain shares",
                    "You mixed with the plain shares of the characters. q counts each different pair once, however often it came.",
                    wrong_back_offs.mixed_with(lambda c, shares, places: shares),
                ),
                Misconception(
                    "equal shares",
                    "You mixed with 1 / V for every character; mix with q.",
                    wrong_back_offs.mixed_with(lambda c, shares, places: np.full(len(c), 1 / len(c))),
                ),
                Misconception(
                    "those that follow",
                    "Your q counts how many different characters come *after* b. Those before it are asked: sum over the rows, axis=0.",
                    wrong_back_offs.mixed_with(lambda c, shares, places: (c > 0).sum(axis=1) / (c > 0).sum()),
                ),
                Misconception(
                    "divided by V",
                    "You divided by the number of characters, so your q does not sum to 1. Divide by the number of all different pairs.",
                    wrong_back_offs.mixed_with(lambda c, shares, places: (c > 0).sum(axis=0) / len(c)),
                ),
            ),
        ),
    ),
    others=(
        Rule("Kneser-Ney", "You returned Kneser-Ney, as in lesson 08", wrong_back_offs.kneser_ney),
        Rule("counted alone", "You returned each count divided by its row's sum", wrong_back_offs.counted_alone),
    ),
    slips=(
        Slip("empty rows equal", _EMPTY, lambda right: wrong_back_offs.empty_rows(right, lambda size: np.full(size, 1 / size))),
        Slip("empty rows zero", _EMPTY, lambda right: wrong_back_offs.empty_rows(right, np.zeros)),
        Slip("empty rows NaN", _EMPTY, lambda right: wrong_back_offs.empty_rows(right, lambda size: np.full(size, np.nan))),
        Slip(
            "rows and columns swapped",
            "Rows and columns have changed places: row a of the counts holds what came *after* a, and becomes row a of your answer.",
            lambda right: lambda counts, amount: right(np.asarray(counts).T, amount).T,
        ),
        Slip(
            "logarithms",
            "You returned logarithms; the probabilities themselves are asked.",
            lambda right: lambda counts, amount: wrong_back_offs.log(right(counts, amount)),
        ),
    ),
)
