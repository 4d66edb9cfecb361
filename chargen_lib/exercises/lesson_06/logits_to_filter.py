"""Logits to try a filter on, and what every filter needs: their order, their ranks, and a mask."""

import numpy as np


def softmax_of(logits):
    logits = np.asarray(logits, dtype=float)
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)


def ids_by_logit(logits):
    """The ids from the largest logit to the smallest; of two equal ones the lower id first."""
    return np.argsort(-np.asarray(logits), axis=-1, kind="stable")


def ranks_of(logits):
    """The place of each id in that order, counted from 0."""
    return np.argsort(ids_by_logit(logits), axis=-1)


def masked(logits, kept):
    return np.where(kept, np.asarray(logits), -np.inf)


def row_of(*logits):
    return np.array(logits, dtype=np.float32)


def logits_of(*probs):
    return np.log(np.array(probs)).astype(np.float32)


def spaced(rng, *shape):
    """Random logits of which no two in a row are near each other."""
    steps = np.broadcast_to(np.linspace(-3, 3, shape[-1]), shape)
    return (rng.permuted(steps, axis=-1) + rng.uniform(-0.1, 0.1, size=shape)).astype(np.float32)


def shuffled(rng, *rows):
    """Logits of these rows of probabilities, each shuffled and moved by a constant, which changes no probability."""
    probs = rng.permuted(np.array(rows), axis=-1)
    return (np.log(probs) + rng.uniform(-2, 2, size=(len(rows), 1))).astype(np.float32)
