"""conditional_entropy: its reference, what it is tried on, and the wrong answers with names."""

import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe


def _row_entropies(counts, log=np.log2):
    """Shares of the rows, and each row's entropy."""
    counts = np.asarray(counts, dtype=float)
    totals = counts.sum(axis=1)
    probs = counts / np.maximum(totals, 1)[:, None]
    logs = log(np.where(probs > 0, probs, 1.0))
    return totals / totals.sum(), -(probs * logs).sum(axis=1)


def conditional_entropy(counts):
    shares, entropies = _row_entropies(counts)
    return float((shares * entropies).sum())


def entropy_probes(rng):
    v = 5
    table = rng.integers(0, 9, size=(v, v))
    table[0] = [1, 2, 4, 0, 0]  # so that rows, columns and totals always differ
    table[1] = [0, 0, 9, 0, 0]
    empty_row = table.copy()
    empty_row[3] = 0
    return [
        Probe((np.array([[1, 3], [1, 1]]),)),
        Probe((np.array([[4, 4], [0, 8]]),)),
        Probe((np.array([[0, 0], [3, 5]]),)),
        Probe((np.array([[2, 2, 4], [9, 1, 0], [0, 0, 5]]),)),
        Probe((table,)),
        Probe((empty_row,)),
    ]


def _ce_nats(counts):
    shares, entropies = _row_entropies(counts, np.log)
    return float((shares * entropies).sum())


def _ce_unweighted(counts):
    return float(_row_entropies(counts)[1].mean())


def _ce_unweighted_nan(counts):
    counts = np.asarray(counts, dtype=float)
    with np.errstate(all="ignore"):
        probs = counts / counts.sum(axis=1, keepdims=True)
        return float(-(probs * np.log2(probs)).sum(axis=1).mean())


def _ce_unweighted_seen(counts):
    return float(_row_entropies(counts)[1][np.asarray(counts).sum(axis=1) > 0].mean())


def _ce_next_share(counts):
    return float((np.asarray(counts, dtype=float).sum(axis=0) / np.sum(counts) * _row_entropies(counts)[1]).sum())


def _ce_not_averaged(counts):
    return conditional_entropy(counts) * float(np.sum(counts))


# A row total of shape (V,), in seven ways of writing the rest.


def _no_keepdims(counts, empty=1):
    """Each column divided by a row's total; `empty` stands for a total of 0."""
    counts = np.asarray(counts, dtype=float)
    return counts / np.maximum(counts.sum(axis=1), empty)


def _mean_of_rows(counts, row_entropies):
    totals = np.asarray(counts, dtype=float).sum(axis=1)
    return float((totals / totals.sum() * row_entropies).sum())


def _ce_no_keepdims(counts):
    rows = _no_keepdims(counts)
    return _mean_of_rows(counts, -(rows * np.log2(np.where(rows > 0, rows, 1.0))).sum(axis=1))


def _ce_no_keepdims_empty(counts):
    with np.errstate(all="ignore"):
        rows = _no_keepdims(counts, empty=0)
        return _mean_of_rows(counts, -(rows * np.log2(np.where(rows > 0, rows, 1.0))).sum(axis=1))


def _ce_no_keepdims_nan(counts):
    with np.errstate(all="ignore"):
        rows = _no_keepdims(counts, empty=0)
        return _mean_of_rows(counts, -(rows * np.log2(rows)).sum(axis=1))


def _ce_no_keepdims_joint(counts):
    rows = _no_keepdims(counts)
    joint = np.asarray(counts, dtype=float) / np.sum(counts)
    return float(-(joint * np.log2(np.where(rows > 0, rows, 1.0))).sum())


def _ce_no_keepdims_joint_empty(counts):
    with np.errstate(all="ignore"):
        rows = _no_keepdims(counts, empty=0)
        joint = np.asarray(counts, dtype=float) / np.sum(counts)
        return float(-(joint * np.log2(np.where(rows > 0, rows, 1.0))).sum())


def _ce_no_keepdims_nansum(counts):
    with np.errstate(all="ignore"):
        rows = _no_keepdims(counts, empty=0)
        return _mean_of_rows(counts, -np.nansum(rows * np.log2(rows), axis=1))


def _ce_no_keepdims_unweighted(counts):
    rows = _no_keepdims(counts)
    return float(-(rows * np.log2(np.where(rows > 0, rows, 1.0))).sum(axis=1).mean())


def _ce_joint(counts):
    joint = np.asarray(counts, dtype=float) / np.sum(counts)
    return float(-(joint * np.log2(np.where(joint > 0, joint, 1.0))).sum())


def _ce_columns(counts):
    return conditional_entropy(np.asarray(counts).T)


def _ce_next_alone(counts):
    probs = np.asarray(counts, dtype=float).sum(axis=0) / np.sum(counts)
    return float(-(probs * np.log2(np.where(probs > 0, probs, 1.0))).sum())


def _ce_nan(counts):
    counts = np.asarray(counts, dtype=float)
    with np.errstate(all="ignore"):
        probs = counts / counts.sum(axis=1, keepdims=True)
        return float(-(counts / counts.sum() * np.log2(probs)).sum())


def _ce_log_of_counts(counts):
    counts = np.asarray(counts, dtype=float)
    return float(-(counts / counts.sum() * np.log2(np.where(counts > 0, counts, 1.0))).sum())


def _ce_add_one(counts):
    return conditional_entropy(np.asarray(counts) + 1)


def _ce_sign(counts):
    return -conditional_entropy(counts)


def _ce_sum(counts):
    return float(_row_entropies(counts)[1].sum())


_UNWEIGHTED = "You averaged the rows as if each were equally common; weight each row by its share of all counts."
_NO_KEEPDIMS = (
    "A row total of shape (V,) divides the columns: its V numbers are lined up with the last axis. Keep it a column, (V, 1): "
    "sum(axis=1, keepdims=True), or totals[:, None]."
)

CONDITIONAL_ENTROPY = Exercise(
    name="conditional_entropy",
    lesson=1,
    points=3,
    minutes=16,
    difficulty=3,
    hint="Each row, divided by its total, is a distribution: take its entropy. Then average the rows, each weighted by its share "
    "of all counts. Zeros: replace p by 1 inside the logarithm where p is 0.",
    reference=conditional_entropy,
    probes=entropy_probes,
    misconceptions=(
        Misconception("nats", "Your answer is in nats (natural logarithm); bits use log2.", _ce_nats),
        Misconception("no keepdims", _NO_KEEPDIMS, _ce_no_keepdims),
        Misconception("no keepdims, empty rows", _NO_KEEPDIMS, _ce_no_keepdims_empty),
        Misconception("no keepdims, zeros", _NO_KEEPDIMS, _ce_no_keepdims_nan),
        Misconception("no keepdims, joint", _NO_KEEPDIMS, _ce_no_keepdims_joint),
        Misconception("no keepdims, joint, empty rows", _NO_KEEPDIMS, _ce_no_keepdims_joint_empty),
        Misconception("no keepdims, nansum", _NO_KEEPDIMS, _ce_no_keepdims_nansum),
        Misconception("no keepdims, unweighted", _NO_KEEPDIMS, _ce_no_keepdims_unweighted),
        Misconception("unweighted rows, zeros", _UNWEIGHTED, _ce_unweighted_nan),
        Misconception("unweighted rows", _UNWEIGHTED, _ce_unweighted),
        Misconception("unweighted rows, the empty ones left out", _UNWEIGHTED, _ce_unweighted_seen),
        Misconception(
            "weighted by the next",
            "You weighted the rows by how common each character is as the next one (sum along axis 0). A row's weight is how common "
            "it is as the previous one: axis 1.",
            _ce_next_share,
        ),
        Misconception(
            "not averaged",
            "Those are the bits of all pairs together; divide by the number of pairs, counts.sum().",
            _ce_not_averaged,
        ),
        Misconception(
            "sum of rows", "You added the rows' entropies; average them, each weighted by its share of all counts.", _ce_sum
        ),
        Misconception(
            "joint entropy",
            "That is the entropy of the pair, H(previous, next). Given the previous character, only the next is uncertain: "
            "divide each row by its own total.",
            _ce_joint,
        ),
        Misconception(
            "columns",
            "You divided by the columns' totals: that is H(previous given next). The row is what is known; sum along axis 1.",
            _ce_columns,
        ),
        Misconception(
            "next alone",
            "That is the entropy of the next character when nothing is known of the previous one.",
            _ce_next_alone,
        ),
        Misconception(
            "zeros give NaN",
            "0 times log 0 became NaN, or an empty row was divided by 0. A pair never seen adds nothing: keep zeros out of the logarithm.",
            _ce_nan,
        ),
        Misconception(
            "log of the counts",
            "You took the logarithm of the counts. Divide each row by its total first: the logarithm is that of a probability.",
            _ce_log_of_counts,
        ),
        Misconception(
            "smoothed",
            "You added one to every count first; the entropy of the counted pairs uses the counts as they are.",
            _ce_add_one,
        ),
        Misconception(
            "sign", "Your entropy is negative: log of a probability is negative, so put a minus before the sum.", _ce_sign
        ),
    ),
)
