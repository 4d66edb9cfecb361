"""mutual_information: its card, what it is tried on, and what to say of a wrong answer."""

import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe
from chargen_lib.exercises.lesson_13 import informations
from chargen_lib.exercises.lesson_13.informations import (
    divided,
    from_table,
    nan_where_empty,
    of_entropies,
    of_shares,
    summed,
    weighted_alike,
    without_total,
)


def mutual_information_probes(rng):
    counts = rng.integers(0, 9, size=(4, 3))
    counts[0] = [1, 2, 6]
    return [
        Probe((np.array([[2, 2], [0, 4]]),)),
        Probe((np.array([[1, 2, 3], [2, 4, 6]]),)),  # independent: 0 bits
        Probe((np.array([[3, 0, 0], [0, 1, 0], [0, 0, 4]]),)),  # each decides the other
        Probe((np.array([[5, 1, 2], [0, 3, 7], [2, 2, 10]]),)),  # as many rows as columns: a lost axis gives numbers
        Probe((np.array([[2, 5, 1], [0, 0, 0], [4, 1, 8]]),)),  # an empty row
        Probe((np.array([[3, 0, 1], [1, 0, 6]]),)),  # an empty column
        Probe((np.array([[4, 0, 1], [0, 0, 0], [1, 0, 9], [2, 0, 2]]),)),
        Probe((np.array([[0.5, 0.25], [0, 0.25]], dtype=np.float32),)),
        Probe((rng.dirichlet(np.ones(12)).reshape(3, 4).astype(np.float32),)),
        Probe((counts,)),
    ]


def _p(p, rows, columns):
    return p


def _one(p, rows, columns):
    return np.ones_like(p)


def _product(p, rows, columns):
    return rows * columns


def _ratio(p, rows, columns):
    return p / (rows * columns)


def _inverse(p, rows, columns):
    return rows * columns / p


_NATS = "Your answer is in nats (natural logarithm); bits use log2."

_EMPTY = (
    "An empty row or column has the share 0, and 0 divided by 0, or 0 times log 0, became NaN. It tells nothing and adds nothing: keep 0 out of "
    "the division and the logarithm."
)

_NOT_DIVIDED = (
    "You took counts for shares. Divide the table by joint.sum() first; the sums of its rows and columns are shares then, too."
)

_ONE_BY_ONE = (
    "You divided each row or column by its own total, so a rare one counts as much as a frequent one. Divide the whole table by one number: "
    "joint.sum()."
)

_WEIGHTED_ALIKE = (
    "You joined what each row or column tells as if all were equally frequent. Weight each by its share: then the weight before the logarithm is p "
    "of the pair."
)

_UNWEIGHTED = (
    "You added up the logarithms with equal weights. Weight each by how often its pair occurs: p log2(p / (row * column))."
)

_TURNED = (
    "You turned it round: you weighted by what independence would give, with that above in the ratio. What occurs is the weight: "
    "p log2(p / (row * column))."
)

_ACROSS = "You subtracted across. Both terms are about the same thing: H(column) - H(column given row), or H(row) - H(row given column)."

_REMAINS = (
    "That is what remains unknown of one when the other is known. Asked is how much became known: its entropy, minus yours."
)

_ONE_ALONE = "That is the entropy of one of the two alone. Subtract what remains of it when the other is known, H(row, column) - H(other)."

_ONE_MARGINAL = "You divided by one of the two shares alone. If row and column had nothing to do with each other, p would be the product of both."

_FRACTION = "You divided by an entropy, which makes a fraction of it. Asked are the bits themselves."

MUTUAL_INFORMATION = Exercise(
    name="mutual_information",
    lesson=13,
    points=3,
    minutes=14,
    difficulty=2,
    hint="Divide by the sum of the table. The rows' shares (K, 1) times the columns' shares (M,) is what p would be if they were independent. Sum "
    "p log2(p / that). Where p is 0, `jnp.where` can put a 1 in place of the ratio before the logarithm is taken.",
    reference=informations.mutual_information,
    probes=mutual_information_probes,
    misconceptions=(
        Misconception("nats", _NATS, summed(_p, _ratio, log=np.log)),
        Misconception("nats, and zeros give NaN", _NATS, summed(_p, _ratio, log=np.log, safe=False)),
        Misconception(
            "zeros give NaN",
            "0 times the logarithm of 0 became NaN. A pair that never occurs adds nothing: keep its 0 out of the logarithm.",
            summed(_p, _ratio, safe=False),
        ),
        Misconception("empty rows give NaN", _EMPTY, nan_where_empty(1)),
        Misconception("empty columns give NaN", _EMPTY, nan_where_empty(0)),
        Misconception("empty rows or columns give NaN", _EMPTY, nan_where_empty(0, 1)),
        Misconception(
            "sign",
            "Your answer is negative, and information never is. In the ratio p stands above: p / (row * column); or of entropies, H(row) + "
            "H(column) - H(row, column).",
            summed(_p, _inverse),
        ),
        Misconception(
            "joint entropy",
            "That is the entropy of the pair. Information is what row and column have in common: H(row) + H(column) - H(row, column).",
            of_entropies(lambda row, column, both: both),
        ),
        Misconception(
            "sum of the entropies",
            "You added H(row) and H(column), so what they have in common is there twice. Subtract H(row, column).",
            of_entropies(lambda row, column, both: row + column),
        ),
        Misconception("entropy of the rows", _ONE_ALONE, of_entropies(lambda row, column, both: row)),
        Misconception("entropy of the columns", _ONE_ALONE, of_entropies(lambda row, column, both: column)),
        Misconception("columns given rows", _REMAINS, of_entropies(lambda row, column, both: both - row)),
        Misconception("rows given columns", _REMAINS, of_entropies(lambda row, column, both: both - column)),
        Misconception("rows minus columns given rows", _ACROSS, of_entropies(lambda row, column, both: row - (both - row))),
        Misconception(
            "columns minus rows given columns", _ACROSS, of_entropies(lambda row, column, both: column - (both - column))
        ),
        Misconception("a fraction of the rows' entropy", _FRACTION, of_entropies(lambda r, c, both: (r + c - both) / r)),
        Misconception("a fraction of the columns' entropy", _FRACTION, of_entropies(lambda r, c, both: (r + c - both) / c)),
        Misconception("rows one by one", _ONE_BY_ONE, without_total(divided(1))),
        Misconception("columns one by one", _ONE_BY_ONE, without_total(divided(0))),
        Misconception("rows one by one, then the table", _ONE_BY_ONE, from_table(divided(1))),
        Misconception("columns one by one, then the table", _ONE_BY_ONE, from_table(divided(0))),
        Misconception("rows added up", _WEIGHTED_ALIKE, weighted_alike(1)),
        Misconception("columns added up", _WEIGHTED_ALIKE, weighted_alike(0)),
        Misconception("mean of the rows", _WEIGHTED_ALIKE, weighted_alike(1, join=np.mean)),
        Misconception("mean of the columns", _WEIGHTED_ALIKE, weighted_alike(0, join=np.mean)),
        Misconception("counts for shares", _NOT_DIVIDED, without_total(lambda joint: joint)),
        Misconception(
            "counts in the logarithm",
            _NOT_DIVIDED,
            lambda joint: informations.mutual_information(joint) - np.log2(float(np.sum(joint))),
        ),
        Misconception(
            "not averaged",
            "Those are the bits of all pairs together. Before the logarithm, too, stands the share of a pair: joint / joint.sum().",
            lambda joint: informations.mutual_information(joint) * float(np.sum(joint)),
        ),
        Misconception(
            "no keepdims",
            "The sums of rows and columns were multiplied place by place. Every row is to meet every column: (K, 1) times (M,), so keepdims=True, or "
            "[:, None], in the sum over axis 1.",
            summed(_p, lambda p, rows, columns: p / (rows[:, 0] * columns)),
        ),
        Misconception(
            "product transposed",
            "Your product of shares has columns where p has rows. Its entry [row, column] is the row's share times the column's: (K, 1) times (M,).",
            of_shares(informations.transposed_product),
        ),
        Misconception(
            "means for shares",
            "You took the mean along rows and columns. The share of a row is the *sum* of its cells' shares.",
            summed(_p, lambda p, rows, columns: p / (p.mean(axis=1, keepdims=True) * p.mean(axis=0))),
        ),
        Misconception("divided by the rows alone", _ONE_MARGINAL, summed(_p, lambda p, rows, columns: p / rows)),
        Misconception("divided by the columns alone", _ONE_MARGINAL, summed(_p, lambda p, rows, columns: p / columns)),
        Misconception("not weighted", _UNWEIGHTED, summed(_one, _ratio)),
        Misconception("not weighted, zeros too", _UNWEIGHTED, summed(_one, _ratio, safe=False)),
        Misconception("turned round", _TURNED, summed(_product, _inverse)),
        Misconception("turned round, zeros too", _TURNED, summed(_product, _inverse, safe=False)),
        Misconception(
            "weighted by the product",
            "Before the logarithm stands what independence would give. What occurs is the weight: p log2(p / (row * column)).",
            summed(_product, _ratio),
        ),
        Misconception(
            "mean over the cells",
            "You averaged over the cells (mean). The p before the logarithm is the weight already: take the sum.",
            summed(_p, _ratio, join=np.mean),
        ),
        Misconception(
            "not summed",
            "You returned a number for each cell. Add them up: one number of bits for the whole table.",
            summed(_p, _ratio, join=lambda terms: terms),
        ),
        Misconception(
            "smoothed",
            "You added one to every count. The table is taken as it is: a pair that never occurs adds nothing.",
            from_table(lambda joint: joint + 1),
        ),
    ),
)
