"""Rows and arrays to try an answer on, and the slip that every family shares."""

import numpy as np

from chargen_lib.instructor.variants.family import Slip


def softmax_of(logits):
    logits = np.asarray(logits, dtype=float)
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)


def overflowing(logits):
    with np.errstate(all="ignore"):
        weights = np.exp(np.asarray(logits, dtype=float))
        return weights / weights.sum(axis=-1, keepdims=True)


def row_of(*numbers):
    return np.array(numbers, dtype=np.float32)


def normal(rng, *shape):
    return (2 * rng.standard_normal(shape)).astype(np.float32)


WHOLE_BATCH = Slip(
    "whole batch at once",
    "You worked on the whole batch at once; each row is a distribution of its own: use axis=-1.",
    lambda right: lambda logits, amount: right(np.ravel(logits), amount).reshape(np.shape(logits)),
)
