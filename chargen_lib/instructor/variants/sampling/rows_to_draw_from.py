"""What goes wrong with rows of logits in every family."""

import numpy as np

from chargen_lib.instructor.variants.family import Slip


def overflowing(logits):
    with np.errstate(all="ignore"):
        weights = np.exp(np.asarray(logits, dtype=float))
        return weights / weights.sum(axis=-1, keepdims=True)


WHOLE_BATCH = Slip(
    "whole batch at once",
    "You worked on the whole batch at once; each row is a distribution of its own: use axis=-1.",
    lambda right: lambda logits, amount: right(np.ravel(logits), amount).reshape(np.shape(logits)),
)
