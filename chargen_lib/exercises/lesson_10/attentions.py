"""Attention, as it is right and as it is written when it is wrong."""

import numpy as np


def softmax(scores, axis=-1):
    """Over one axis, or over several together; a row without any finite score is NaN, as it is in JAX."""
    with np.errstate(invalid="ignore"):
        weights = np.exp(scores - scores.max(axis=axis, keepdims=True))
        return weights / weights.sum(axis=axis, keepdims=True)


def scores_of(queries, keys):
    """(..., T, d) and (..., S, d) -> (..., T, S), divided by the root of d."""
    queries, keys = (np.asarray(a, dtype=float) for a in (queries, keys))
    return queries @ np.swapaxes(keys, -1, -2) / np.sqrt(keys.shape[-1])


def allowed(scores, mask):
    return np.where(mask, scores, -np.inf)


def attention(queries, keys, values, mask):
    weights = softmax(allowed(scores_of(queries, keys), mask))  # (..., T, S)
    return weights @ np.asarray(values, dtype=float)


def weighed(weights_of):
    """The mistake whose weights are weights_of(the right scores, mask)."""

    def mistaken(queries, keys, values, mask):
        with np.errstate(all="ignore"):
            return weights_of(scores_of(queries, keys), np.asarray(mask)) @ np.asarray(values, dtype=float)

    return mistaken


def scaled(factor):
    """The mistake whose scores are the dot products times factor(queries, keys)."""

    def mistaken(queries, keys, values, mask):
        products = scores_of(queries, keys) * np.sqrt(np.shape(keys)[-1])
        return softmax(allowed(products * factor(queries, keys), mask)) @ np.asarray(values, dtype=float)

    return mistaken


def multiplied(product):
    """The mistake whose scores are product(queries, keys), divided by the root of d."""

    def mistaken(queries, keys, values, mask):
        queries, keys = (np.asarray(a, dtype=float) for a in (queries, keys))
        return softmax(allowed(product(queries, keys) / np.sqrt(keys.shape[-1]), mask)) @ np.asarray(values, dtype=float)

    return mistaken


def divided_late(queries, keys, values, mask):
    return scaled(lambda queries, keys: 1)(queries, keys, values, mask) / np.sqrt(np.shape(keys)[-1])


def not_kept(scores, mask):
    """The weights of a softmax whose sums lost their axis."""
    weights = np.exp(allowed(scores, mask))
    return weights / weights.sum(axis=-1)


def at_axis_1(scores, mask):
    return softmax(allowed(scores, mask), axis=1)


def of_everything(scores, mask):
    return softmax(allowed(scores, mask), axis=tuple(range(scores.ndim)))


def largest_alone(scores, mask):
    return np.eye(scores.shape[-1])[allowed(scores, mask).argmax(axis=-1)]


def sigmoids(scores, mask):
    return np.where(mask, 1 / (1 + np.exp(-scores)), 0)


def own_mask(scores, mask):
    return softmax(allowed(scores, np.tri(*scores.shape[-2:], dtype=bool)))


def evenly(scores, mask):
    weights = np.broadcast_to(mask, scores.shape).astype(float)
    return weights / weights.sum(axis=-1, keepdims=True)


def each_its_own_key(queries, keys):
    return (queries * keys).sum(axis=-1)


def weights_alone(queries, keys, values, mask):
    return softmax(allowed(scores_of(queries, keys), mask))


def mean_of_keys(queries, keys, values, mask):
    return attention(queries, keys, keys, mask)


def mean_of_queries(queries, keys, values, mask):
    return attention(queries, keys, queries, mask)
