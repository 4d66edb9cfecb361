"""The loss with add-one, as it is right and as it is written when it is wrong."""

import numpy as np

from chargen_lib.exercises.lesson_01.stories import STORIES_V


def pair_losses(probs, ids, log=np.log):
    ids = np.asarray(ids)
    with np.errstate(all="ignore"):
        return -log(np.asarray(probs)[ids[:-1], ids[1:]])


def smooth(counts, extra=1.0):
    counts = np.asarray(counts, dtype=float) + extra
    return counts / counts.sum(axis=1, keepdims=True)


def add_one_loss(train_counts, val_ids):
    return float(pair_losses(smooth(train_counts), val_ids).mean())


def aol_bits(train_counts, val_ids):
    return float(pair_losses(smooth(train_counts), val_ids, np.log2).mean())


def aol_no_smoothing(train_counts, val_ids):
    counts = np.asarray(train_counts, dtype=float)
    with np.errstate(all="ignore"):
        return float(pair_losses(counts / counts.sum(axis=1, keepdims=True), val_ids).mean())


def aol_sum(train_counts, val_ids):
    return float(pair_losses(smooth(train_counts), val_ids).sum())


def aol_divide_by_n(train_counts, val_ids):
    return float(pair_losses(smooth(train_counts), val_ids).sum() / len(val_ids))


def aol_denominator(train_counts, val_ids):
    counts = np.asarray(train_counts, dtype=float)
    with np.errstate(all="ignore"):
        return float(pair_losses((counts + 1) / counts.sum(axis=1, keepdims=True), val_ids).mean())


def aol_denominator_one(train_counts, val_ids):
    counts = np.asarray(train_counts, dtype=float)
    return float(pair_losses((counts + 1) / (counts.sum(axis=1, keepdims=True) + 1), val_ids).mean())


def aol_no_keepdims(train_counts, val_ids):
    counts = np.asarray(train_counts, dtype=float) + 1
    return float(pair_losses(counts / counts.sum(axis=1), val_ids).mean())


def aol_stories(train_counts, val_ids):
    counts = np.asarray(train_counts, dtype=float)
    return float(pair_losses((counts + 1) / (counts.sum(axis=1, keepdims=True) + STORIES_V), val_ids).mean())


def aol_only_zeros(train_counts, val_ids):
    return float(pair_losses(smooth(np.maximum(train_counts, 1), extra=0), val_ids).mean())


def aol_two_lookups(train_counts, val_ids):
    ids = np.asarray(val_ids)
    rows = smooth(train_counts)[ids[:-1]]
    return float(-np.log(rows[np.minimum(ids[1:], len(rows) - 1)]).mean())  # past the end JAX gives the last row


def aol_rows(train_counts, val_ids):
    return float(-np.log(smooth(train_counts)[np.asarray(val_ids)]).mean())


def aol_rows_of_the_previous(train_counts, val_ids):
    return aol_rows(train_counts, val_ids[:-1])


def aol_block(train_counts, val_ids):
    return float(-np.log(smooth(train_counts)[np.ix_(val_ids[:-1], val_ids[1:])]).mean())


def aol_with_itself(train_counts, val_ids):
    return float(-np.log(smooth(train_counts)[val_ids, val_ids]).mean())


def aol_ring(train_counts, val_ids):
    return add_one_loss(train_counts, np.append(val_ids, val_ids[:1]))


def aol_next_alone(train_counts, val_ids):
    probs = np.sum(train_counts, axis=0) + 1.0
    return float(-np.log(probs / probs.sum())[val_ids[1:]].mean())


def aol_columns(train_counts, val_ids):
    return float(pair_losses(smooth(np.transpose(train_counts)).T, val_ids).mean())


def aol_small_number(small):
    def wrong(train_counts, val_ids):
        counts = np.asarray(train_counts, dtype=float)
        probs = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        return float(pair_losses(probs + small, val_ids).mean())

    return wrong


def aol_transposed(train_counts, val_ids):
    return add_one_loss(train_counts, np.asarray(val_ids)[::-1])


def aol_joint(train_counts, val_ids):
    counts = np.asarray(train_counts, dtype=float) + 1
    return float(pair_losses(counts / counts.sum(), val_ids).mean())


def aol_mean_probability(train_counts, val_ids):
    ids = np.asarray(val_ids)
    return float(-np.log(smooth(train_counts)[ids[:-1], ids[1:]].mean()))


def aol_sign(train_counts, val_ids):
    return -add_one_loss(train_counts, val_ids)


def aol_characters_of_the_text(train_counts, val_ids):
    counts = np.asarray(train_counts, dtype=float)
    return float(pair_losses((counts + 1) / (counts.sum(axis=1, keepdims=True) + np.max(val_ids) + 1), val_ids).mean())


def aol_one_more_probability(train_counts, val_ids):
    counts = np.asarray(train_counts, dtype=float)
    return float(pair_losses(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1) + 1, val_ids).mean())
