"""next_probs: which smoothing."""

import numpy as np

from chargen_lib.exercises.engine.cards import Misconception, Probe
from chargen_lib.instructor.variants.family import Family, Member, Rule, Slip


def add_to_each(counts, strength):
    counts = np.asarray(counts)
    return (counts + strength) / (counts.sum(axis=1, keepdims=True) + strength * len(counts))


def shared_evenly(counts, strength):
    counts = np.asarray(counts)
    return (counts + strength / len(counts)) / (counts.sum(axis=1, keepdims=True) + strength)


def shared_by_frequency(counts, strength):
    counts = np.asarray(counts)
    shares = counts.sum(axis=0) / counts.sum()  # (V,), of each character as the next one
    return (counts + strength * shares) / (counts.sum(axis=1, keepdims=True) + strength)


def _total(counts):
    return np.asarray(counts).sum(axis=1, keepdims=True)


def _unsmoothed(counts, strength):
    with np.errstate(invalid="ignore"):
        return np.asarray(counts) / _total(counts)


def _old_total(right, added):
    """Members that add `added(counts, strength)` to the total of a row, and then divide by what it was before."""

    def wrong(counts, strength):
        with np.errstate(divide="ignore"):
            return right(counts, strength) * (_total(counts) + added(counts, strength)) / _total(counts)

    return Misconception(
        "old row total",
        "You added to the counts, but divided by the old total of the row, so the row sums to more than 1. Divide by its new total.",
        wrong,
    )


def next_probs_probes(rng):
    table = rng.integers(0, 9, size=(5, 5))
    table[0] = [1, 2, 4, 0, 0]  # so that rows, columns and totals always differ
    table[3] = 0
    return [
        Probe((np.array([[6, 2], [0, 0]]), 2.0)),
        Probe((np.array([[3, 0, 1], [0, 0, 0], [5, 5, 2]]), 0.5)),
        Probe((np.array([[0, 4], [1, 0]]), 0.25)),
        Probe((table, float(rng.uniform(1.5, 5.0)))),
    ]


NEXT_PROBS = Family(
    function="next_probs",
    title="A share for what was never seen",
    lesson=1,
    points=2,
    minutes=8,
    difficulty=2,
    docstring="Smoothed p(next | previous).  counts: (V, V) ints;  strength: float > 0;  returns (V, V), each row sums to 1.",
    given="Entry $[a, b]$ of `counts` says how often $b$ came right after $a$. A row may be empty, but not the whole table. Return the "
    "table of $p(b \\mid a)$, each row a distribution, smoothed by `strength`, a number $s > 0$:",
    probes=next_probs_probes,
    members=(
        Member(
            name="add to each",
            statement="add $s$ to *every* count, then divide each row by its new total. (With $s = 1$ that is the rule of lesson 01.)",
            hint="By how much does the total of a row grow when each of its V entries grows by s?",
            reference=add_to_each,
            did="You added `strength` to every count",
            asked="here each count grows by `strength`, and so each total by V times that",
            mistakes=(
                _old_total(add_to_each, lambda counts, strength: strength * len(counts)),
                Misconception(
                    "total grows by strength",
                    "You added only `strength` to the total of the row; each of its V counts grew by that much, so the total grows by "
                    "V times `strength`.",
                    lambda counts, strength: (np.asarray(counts) + strength) / (_total(counts) + strength),
                ),
            ),
        ),
        Member(
            name="shared evenly",
            statement="each row gets $s$ imagined observations *in all*, spread evenly over the $V$ characters; then divide each row by "
            "its new total. So a row that was never seen becomes $1/V$ everywhere.",
            hint="If V characters share s observations evenly, how many does each get? The total of the row grows by s.",
            reference=shared_evenly,
            did="You spread `strength` observations evenly over each row",
            asked="here the V characters of a row share `strength` imagined observations evenly",
            mistakes=(
                _old_total(shared_evenly, lambda counts, strength: strength),
                Misconception(
                    "over all entries",
                    "You spread `strength` over the V * V entries of the table; each row gets that much for its own V entries.",
                    lambda counts, strength: add_to_each(counts, strength / np.size(counts)),
                ),
            ),
        ),
        Member(
            name="shared by frequency",
            statement="each row gets $s$ imagined observations *in all*, spread like the characters that come next in the whole table: "
            "$b$ gets the share (total of column $b$) / (total of all). Then divide each row by its new total.",
            hint="`counts.sum(axis=0) / counts.sum()` are the shares, one for each column. A row of that shape is added to every row "
            "of the table. The total of each row grows by s.",
            reference=shared_by_frequency,
            did="You spread `strength` observations over each row like the totals of the columns",
            asked="here a row's imagined observations are spread like the characters that come next in the whole table",
            mistakes=(
                _old_total(shared_by_frequency, lambda counts, strength: strength),
                Misconception(
                    "totals of the rows",
                    "You spread the observations by the totals of the rows; a row counts what came before. What comes next is in the "
                    "columns: sum along axis 0.",
                    lambda counts, strength: (
                        (np.asarray(counts) + strength * _total(counts).T / np.sum(counts)) / (_total(counts) + strength)
                    ),
                ),
            ),
        ),
    ),
    others=(Rule("no smoothing", "You smoothed nothing, so an empty row gives NaN", _unsmoothed),),
    slips=(
        Slip(
            "strength of one",
            "You smoothed as if `strength` were 1; use the one that is given.",
            lambda right: lambda counts, strength: right(counts, 1.0),
        ),
        Slip(
            "columns",
            "You made each column a distribution; the row is what is known, so each row sums to 1.",
            lambda right: lambda counts, strength: right(np.asarray(counts).T, strength).T,
        ),
        Slip(
            "whole table",
            "Your whole table sums to 1; each row is a distribution of its own.",
            lambda right: lambda counts, strength: right(counts, strength) / len(counts),
        ),
        Slip(
            "logarithms",
            "You returned logarithms; return the probabilities themselves.",
            lambda right: lambda counts, strength: _log(right(counts, strength)),
        ),
    ),
)


def _log(probs):
    with np.errstate(divide="ignore"):
        return np.log(probs)
