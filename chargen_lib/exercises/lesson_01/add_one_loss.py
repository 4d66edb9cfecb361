"""add_one_loss: its reference, what it is tried on, and the wrong answers with names."""

import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe
from chargen_lib.exercises.lesson_01.stories import STORIES_V


def _pair_losses(probs, ids, log=np.log):
    ids = np.asarray(ids)
    with np.errstate(all="ignore"):
        return -log(np.asarray(probs)[ids[:-1], ids[1:]])


def _smooth(counts, extra=1.0):
    counts = np.asarray(counts, dtype=float) + extra
    return counts / counts.sum(axis=1, keepdims=True)


def add_one_loss(train_counts, val_ids):
    return float(_pair_losses(_smooth(train_counts), val_ids).mean())


def loss_probes(rng):
    v = 5
    table = rng.integers(0, 9, size=(v, v))
    table[0] = [1, 2, 4, 0, 0]
    table[3] = 0
    ids = np.concatenate([[0, 3, 0, 4, 0, 1, 2, 2], rng.integers(0, v, size=15)])
    return [
        Probe((np.array([[1, 3], [1, 1]]), np.array([0, 1]))),
        Probe((np.array([[0, 4], [6, 0]]), np.array([0, 0, 1]))),
        Probe((np.array([[0, 7, 1], [0, 0, 0], [2, 2, 4]]), np.array([0, 1, 2, 2, 0, 2]))),
        Probe((table, ids)),
    ]


def _aol_bits(train_counts, val_ids):
    return float(_pair_losses(_smooth(train_counts), val_ids, np.log2).mean())


def _aol_no_smoothing(train_counts, val_ids):
    counts = np.asarray(train_counts, dtype=float)
    with np.errstate(all="ignore"):
        return float(_pair_losses(counts / counts.sum(axis=1, keepdims=True), val_ids).mean())


def _aol_sum(train_counts, val_ids):
    return float(_pair_losses(_smooth(train_counts), val_ids).sum())


def _aol_divide_by_n(train_counts, val_ids):
    return float(_pair_losses(_smooth(train_counts), val_ids).sum() / len(val_ids))


def _aol_denominator(train_counts, val_ids):
    counts = np.asarray(train_counts, dtype=float)
    with np.errstate(all="ignore"):
        return float(_pair_losses((counts + 1) / counts.sum(axis=1, keepdims=True), val_ids).mean())


def _aol_denominator_one(train_counts, val_ids):
    counts = np.asarray(train_counts, dtype=float)
    return float(_pair_losses((counts + 1) / (counts.sum(axis=1, keepdims=True) + 1), val_ids).mean())


def _aol_no_keepdims(train_counts, val_ids):
    counts = np.asarray(train_counts, dtype=float) + 1
    return float(_pair_losses(counts / counts.sum(axis=1), val_ids).mean())


def _aol_stories(train_counts, val_ids):
    counts = np.asarray(train_counts, dtype=float)
    return float(_pair_losses((counts + 1) / (counts.sum(axis=1, keepdims=True) + STORIES_V), val_ids).mean())


def _aol_only_zeros(train_counts, val_ids):
    return float(_pair_losses(_smooth(np.maximum(train_counts, 1), extra=0), val_ids).mean())


def _aol_two_lookups(train_counts, val_ids):
    ids = np.asarray(val_ids)
    rows = _smooth(train_counts)[ids[:-1]]
    return float(-np.log(rows[np.minimum(ids[1:], len(rows) - 1)]).mean())  # past the end JAX gives the last row


def _aol_transposed(train_counts, val_ids):
    return add_one_loss(train_counts, np.asarray(val_ids)[::-1])


def _aol_joint(train_counts, val_ids):
    counts = np.asarray(train_counts, dtype=float) + 1
    return float(_pair_losses(counts / counts.sum(), val_ids).mean())


def _aol_mean_probability(train_counts, val_ids):
    ids = np.asarray(val_ids)
    return float(-np.log(_smooth(train_counts)[ids[:-1], ids[1:]].mean()))


def _aol_sign(train_counts, val_ids):
    return -add_one_loss(train_counts, val_ids)


ADD_ONE_LOSS = Exercise(
    name="add_one_loss",
    lesson=1,
    points=2,
    minutes=13,
    difficulty=2,
    hint="Add 1 to every count, divide each row by its new total, look up the probability of every held-out pair, and average -ln p.",
    reference=add_one_loss,
    probes=loss_probes,
    misconceptions=(
        Misconception("bits", "Your answer is in bits; the loss is asked for in nats: use the natural logarithm.", _aol_bits),
        Misconception(
            "no smoothing",
            "Without the extra one a pair never seen in training has probability 0, and its loss is infinite.",
            _aol_no_smoothing,
        ),
        Misconception("sum", "You summed over the pairs; take their mean.", _aol_sum),
        Misconception("one pair too many", "You divided by n; n characters have n - 1 pairs.", _aol_divide_by_n),
        Misconception(
            "old row total",
            "You added 1 to each count but divided by the old row total, so the row sums to more than 1. The total grows by the "
            "number of characters.",
            _aol_denominator,
        ),
        Misconception(
            "row total plus one",
            "You added only 1 to the row total; every one of the V counts in the row grew by 1, so the total grows by V.",
            _aol_denominator_one,
        ),
        Misconception(
            "no keepdims",
            "A row total of shape (V,) divides the columns: its V numbers are lined up with the last axis. Keep it a column, (V, 1): "
            "sum(axis=1, keepdims=True).",
            _aol_no_keepdims,
        ),
        Misconception(
            "the lesson's vocabulary",
            "You added the size of the stories' vocabulary to each row total. Each row of this table has train_counts.shape[0] entries, "
            "so its total grows by that.",
            _aol_stories,
        ),
        Misconception(
            "only the zeros",
            "You put 1 in place of the zeros only; every count grows by 1, the others too.",
            _aol_only_zeros,
        ),
        Misconception(
            "two lookups",
            "probs[a][b] looks up rows, and then rows of those rows. Both ids belong into one pair of brackets, probs[a, b]: one entry "
            "for each pair.",
            _aol_two_lookups,
        ),
        Misconception(
            "transposed",
            "You looked up [next, previous]; the row is the character before.",
            _aol_transposed,
        ),
        Misconception(
            "joint probabilities",
            "You divided by the total of the whole table; each row is a distribution of its own.",
            _aol_joint,
        ),
        Misconception(
            "log of the mean",
            "You averaged the probabilities and then took the logarithm; take -ln of each one and average those.",
            _aol_mean_probability,
        ),
        Misconception("sign", "Your loss is negative: it is minus the logarithm of the probability.", _aol_sign),
    ),
)
