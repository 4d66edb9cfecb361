"""Probabilities and their logarithms, as they are right and as they are rounded away."""

import numpy as np

SMALL = (1e-12, 1e-10, 1e-9, 1e-8)  # what is added to a number so that its logarithm is finite


def log_softmax(x, axis=-1):
    """ln of the softmax along an axis; None: of all entries together.  Minus infinity stays what it is."""
    shifted = x - x.max(axis=axis, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True))


def softmax(x):
    return np.exp(log_softmax(x))


def normalised(weights):
    return weights / weights.sum(axis=-1, keepdims=True)


def log_of_softmax(x):
    """Minus infinity where the probability is rounded to 0."""
    return np.log(softmax(x))


def unsafe_log_softmax(x):
    """Nothing subtracted before the exponentials: of float32, they are infinite beyond 88."""
    return x - np.log(np.exp(x).sum(axis=-1, keepdims=True))


def log_of_unsafe_softmax(x):
    return np.log(normalised(np.exp(x)))


def log_of_softmax_and(small):
    return lambda x: np.log(softmax(x) + small)
