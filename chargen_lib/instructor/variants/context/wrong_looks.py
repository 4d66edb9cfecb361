"""Attention to what is behind a place, as it is written when it is wrong."""

import numpy as np


def scores_between(queries, keys):
    return np.asarray(queries, dtype=float) @ np.asarray(keys, dtype=float).T / np.sqrt(np.shape(queries)[-1])


def softmax(scores, axis=-1):
    with np.errstate(invalid="ignore"):
        weights = np.exp(scores - scores.max(axis=axis, keepdims=True))
        return weights / weights.sum(axis=axis, keepdims=True)


def seen(mask):
    """The mistake whose mask is mask(t, s, amount)."""

    def wrong(queries, keys, values, amount):
        places = np.arange(len(queries))
        scores = np.where(mask(places[:, None], places, amount), scores_between(queries, keys), -np.inf)
        return softmax(scores) @ np.asarray(values, dtype=float)

    return wrong


def masked_late(mask):
    """The same mask on the weights, after the softmax."""

    def wrong(queries, keys, values, amount):
        places = np.arange(len(queries))
        weights = np.where(mask(places[:, None], places, amount), softmax(scores_between(queries, keys)), 0)
        return weights @ np.asarray(values, dtype=float)

    return wrong


def leaning(scores_of):
    """The mistake whose scores over the past are scores_of(the divided scores, how far back, amount, the root of d)."""

    def wrong(queries, keys, values, amount):
        back = np.arange(len(queries))[:, None] - np.arange(len(queries))
        scores = scores_of(scores_between(queries, keys), back, amount, np.sqrt(np.shape(queries)[-1]))
        return softmax(np.where(back >= 0, scores, -np.inf)) @ np.asarray(values, dtype=float)

    return wrong


def spoiled(mask, weights_of, slope=0):
    """The mistake whose weights are weights_of(the scores, mask); slope: how much of the distance is subtracted."""

    def wrong(queries, keys, values, amount):
        places = np.arange(len(queries))
        scores = scores_between(queries, keys) - slope * (places[:, None] - places) / amount
        return weights_of(scores, mask(places[:, None], places, amount)) @ np.asarray(values, dtype=float)

    return wrong


def zero_for_hidden(scores, mask):
    return softmax(np.where(mask, scores, 0))


def over_the_queries(scores, mask):
    return softmax(np.where(mask, scores, -np.inf), axis=0)


def in_the_past(t, s, amount):
    return s <= t


def slope_with_the_future(queries, keys, values, amount):
    back = np.arange(len(queries))[:, None] - np.arange(len(queries))
    return softmax(scores_between(queries, keys) - np.abs(back) / amount) @ np.asarray(values, dtype=float)


def in_window(t, s, amount):
    return (s <= t) & (t - s < amount)


def in_block(t, s, amount):
    return (s <= t) & (t // amount == s // amount)
