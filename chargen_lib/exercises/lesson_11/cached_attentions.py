"""Attention to a cache of slots, as it is right and as it is written when it is wrong."""

import numpy as np

from chargen_lib.exercises.lesson_10.attentions import allowed, softmax


def as_floats(*arrays):
    return [np.asarray(array, dtype=float) for array in arrays]


def products(query, keys):
    """(heads, d) and (heads, slots, d) -> (heads, slots): each head's query with each of its own keys."""
    query, keys = as_floats(query, keys)
    return np.einsum("hd,hsd->hs", query, keys)


def scores_of(query, keys):
    return products(query, keys) / np.sqrt(np.shape(keys)[-1])


def filled(keys, length):
    """(slots,): True where something was written."""
    return np.arange(np.shape(keys)[1]) < length


def mean_of(weights, values):
    return np.einsum("hs,hsd->hd", weights, np.asarray(values, dtype=float))


def attend_cached(query, keys, values, length):
    return mean_of(softmax(allowed(scores_of(query, keys), filled(keys, length))), values)


def weighed(weights_of):
    """The mistake whose weights are weights_of(the right scores (heads, slots), the right mask (slots,))."""

    def mistaken(query, keys, values, length):
        with np.errstate(all="ignore"):
            return mean_of(weights_of(scores_of(query, keys), filled(keys, length)), values)

    return mistaken


def scaled(factor):
    """The mistake whose scores are the products times factor(keys, length)."""

    def mistaken(query, keys, values, length):
        scores = products(query, keys) * factor(np.shape(keys), length)
        return mean_of(softmax(allowed(scores, filled(keys, length))), values)

    return mistaken


def seeing(mask_of, hidden=-np.inf):
    """The mistake whose mask is mask_of(the numbers of the slots, length), with this score for what is hidden."""

    def mistaken(query, keys, values, length):
        with np.errstate(all="ignore"):
            mask = mask_of(np.arange(np.shape(keys)[1]), length)
            return mean_of(softmax(np.where(mask, scores_of(query, keys), hidden)), values)

    return mistaken


def spoiled(query, keys, values, length):
    """Right, but NaN wherever a key is NaN, seen or not."""
    spoils = np.isnan(scores_of(query, keys)).any(axis=-1, keepdims=True)
    return np.where(spoils, np.nan, attend_cached(query, keys, values, length))


def by_content(query, keys, values, length):
    """What is not zero is taken for written."""
    written = (np.asarray(keys) != 0).any(axis=-1)
    return mean_of(softmax(allowed(scores_of(query, keys), written)), values)


def every_heads_keys(query, keys, values, length):
    """(heads, d) @ (heads, d, slots): every head asks the keys of every head."""
    query, keys, values = as_floats(query, keys, values)
    scores = query @ np.swapaxes(keys, -1, -2) / np.sqrt(keys.shape[-1])
    return softmax(allowed(scores, filled(keys, length))) @ values


def first_heads_keys(query, keys, values, length):
    keys = np.repeat(np.asarray(keys)[:1], len(keys), axis=0)
    return attend_cached(query, keys, values, length)


def not_kept(scores, mask):
    weights = np.exp(allowed(scores, mask))
    return weights / weights.sum(axis=-1)


def largest_alone(scores, mask):
    return np.eye(scores.shape[-1])[allowed(scores, mask).argmax(axis=-1)]


def weights_alone(query, keys, values, length):
    return softmax(allowed(scores_of(query, keys), filled(keys, length)))


def mean_of_keys(query, keys, values, length):
    keys = np.where(filled(keys, length)[:, None], keys, 0)  # what is NaN there has no weight
    return attend_cached(query, keys, keys, length)


def mean_of_all_keys(query, keys, values, length):
    return attend_cached(query, keys, keys, length)


def summed_over_heads(query, keys, values, length):
    return attend_cached(query, keys, values, length).sum(axis=0)


def by_length(query, keys, values, length):
    return attend_cached(query, keys, values, length) / length
