"""The cross-entropy, as it is right and as it is written when it is wrong."""

import math

import jax.numpy as jnp
import numpy as np


def log_softmax(logits, axis=-1):
    shifted = np.asarray(logits, dtype=float)
    shifted = shifted - shifted.max(axis=axis, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True))


def at_targets(table, targets):
    """From each row of table (..., V) the entry of its target (...)."""
    return np.take_along_axis(np.asarray(table, dtype=float), np.asarray(targets)[..., None], axis=-1)[..., 0]


def cross_entropy(logits, targets):
    return float(-at_targets(log_softmax(logits), targets).mean())


def xe_bits(logits, targets):
    return cross_entropy(logits, targets) / math.log(2)


def xe_sum(logits, targets):
    return float(-at_targets(log_softmax(logits), targets).sum())


def xe_sign(logits, targets):
    return -cross_entropy(logits, targets)


def xe_each(logits, targets):
    return -at_targets(log_softmax(logits), targets)


def xe_overflows(logits, targets):
    with np.errstate(all="ignore"):
        weights = np.exp(np.asarray(logits, dtype=float))
        return float(-np.log(at_targets(weights / weights.sum(axis=-1, keepdims=True), targets)).mean())


def xe_infinite_sum(logits, targets):
    with np.errstate(over="ignore"):
        sums = np.exp(np.asarray(logits, dtype=float)).sum(axis=-1)
    return float((np.log(sums) - at_targets(logits, targets)).mean())


def xe_log_of_softmax(logits, targets):
    with np.errstate(divide="ignore"):
        return float(-np.log(at_targets(np.exp(log_softmax(logits)), targets)).mean())


def xe_small_number(small):
    return lambda logits, targets: float(-np.log(at_targets(np.exp(log_softmax(logits)), targets) + small).mean())


def xe_of_the_model(logits, targets):
    log_probs = log_softmax(logits)
    return float(-(np.exp(log_probs) * log_probs).sum(axis=-1).mean())


def xe_each_character(logits, targets):
    """A yes or no for each character, by the sigmoid."""
    return float(np.logaddexp(0, -at_targets(logits, targets)).mean())


def xe_hits(logits, targets):
    return float((np.argmax(logits, axis=-1) == np.asarray(targets)).mean())


def xe_squares(logits, targets):
    return float(((np.exp(log_softmax(logits)) - np.eye(np.shape(logits)[-1])[targets]) ** 2).mean())


def xe_flat(logits, targets):
    return float(-np.take(log_softmax(logits), targets).mean())


def xe_perplexity(logits, targets):
    with np.errstate(over="ignore"):
        return float(np.exp(cross_entropy(logits, targets)))


def xe_not_normalised(logits, targets):
    return float(-at_targets(logits, targets).mean())


def xe_shifted_again(logits, targets):
    with np.errstate(all="ignore"):
        losses = -at_targets(log_softmax(logits)[..., :-1, :], np.asarray(targets)[..., 1:])
        return float(losses.sum() / np.float64(losses.size))


def xe_every_pair(logits, targets):
    return float(-log_softmax(logits)[..., np.asarray(targets)].mean())


def xe_one_axis(logits, targets):
    return -jnp.asarray(log_softmax(logits))[jnp.arange(len(targets)), targets].mean()


def xe_rows_of_targets(logits, targets):
    rows = np.minimum(targets, len(logits) - 1)  # JAX takes the last row where there is none
    return float(-log_softmax(logits)[rows].mean())


def xe_wrong_axis(logits, targets):
    return float(-at_targets(log_softmax(logits, axis=0), targets).mean())


def xe_mean_over_characters(logits, targets):
    return cross_entropy(logits, targets) / np.shape(logits)[-1]


def xe_per_row(logits, targets):
    return cross_entropy(logits, targets) * np.size(targets) / len(targets)


def xe_mean_probability(logits, targets):
    with np.errstate(divide="ignore"):
        return float(-np.log(at_targets(np.exp(log_softmax(logits)), targets).mean()))


def xe_two_softmaxes(logits, targets):
    return cross_entropy(np.exp(log_softmax(logits)), targets)


def xe_likeliest(logits, targets):
    return float(-log_softmax(logits).max(axis=-1).mean())
