"""The nucleus, as it is right and as it is written when it is wrong."""

import numpy as np

from chargen_lib.exercises.lesson_04.softmaxes import softmax
from chargen_lib.exercises.lesson_06.logits_to_filter import ids_by_logit, masked, ranks_of


def check_p(p):
    if not 0 < p <= 1:
        raise ValueError(f"p must be above 0 and at most 1, got {p}")


def put_back(sorted_values, logits):
    """What belongs to each id, from what belongs to each place in the sorted row."""
    return np.take_along_axis(sorted_values, ranks_of(logits), axis=-1)


def sorted_probs(logits):
    return np.take_along_axis(softmax(logits), ids_by_logit(logits), axis=-1)


def mass_before(logits):
    """For each place in the sorted row, the probability of all that come before it."""
    probs = sorted_probs(logits)
    return np.cumsum(probs, axis=-1) - probs


def top_p_filter(logits, p):
    check_p(p)
    if p == 1:
        return np.array(logits)
    return masked(logits, put_back(mass_before(logits) < p, logits))


def kept_by(rule):
    """The filter that keeps what rule(logits, p) says, with the checks that are asked."""

    def wrong(logits, p):
        check_p(p)
        return np.array(logits) if p == 1 else masked(logits, rule(logits, p))

    return wrong


@kept_by
def top_p_drops_crossing(logits, p):
    probs = sorted_probs(logits)
    kept = np.cumsum(probs, axis=-1) <= p
    kept[..., 0] = True
    return put_back(kept, logits)


@kept_by
def top_p_first_and_below(logits, p):
    kept = np.cumsum(sorted_probs(logits), axis=-1) < p
    kept[..., 0] = True
    return put_back(kept, logits)


@kept_by
def top_p_two_softmaxes(logits, p):
    return put_back(mass_before(softmax(logits)) < p, logits)


@kept_by
def top_p_other_share(logits, p):
    return put_back(mass_before(logits) < 1 - p, logits)


@kept_by
def top_p_log_softmax(logits, p):
    with np.errstate(divide="ignore", invalid="ignore"):
        falling = np.log(sorted_probs(logits))
        return put_back(np.cumsum(falling, axis=-1) - falling < p, logits)


def top_p_sorted_row(logits, p):
    return -np.sort(-np.asarray(top_p_filter(logits, p)), axis=-1) if p != 1 else top_p_filter(logits, p)


@kept_by
def top_p_stops_before(logits, p):
    return put_back(np.cumsum(sorted_probs(logits), axis=-1) < p, logits)


@kept_by
def top_p_empty(logits, p):
    return put_back(np.cumsum(sorted_probs(logits), axis=-1) <= p, logits)


def top_p_one_too_many(logits, p):
    check_p(p)
    return masked(logits, put_back(mass_before(logits) <= p, logits))


def top_p_ties(logits, p):
    kept = ~np.isneginf(top_p_filter(logits, p))
    smallest = np.where(kept, logits, np.inf).min(axis=-1, keepdims=True)
    return masked(logits, logits >= smallest)


@kept_by
def top_p_unsorted(logits, p):
    probs = softmax(logits)
    return np.cumsum(probs, axis=-1) - probs < p


@kept_by
def top_p_not_put_back(logits, p):
    return mass_before(logits) < p


@kept_by
def top_p_sorted_again(logits, p):
    return np.take_along_axis(mass_before(logits) < p, ids_by_logit(logits), axis=-1)


@kept_by
def top_p_smallest(logits, p):
    order = np.argsort(logits, axis=-1, kind="stable")
    probs = np.take_along_axis(softmax(logits), order, axis=-1)
    kept = np.cumsum(probs, axis=-1) - probs < p
    return np.take_along_axis(kept, np.argsort(order, axis=-1), axis=-1)


@kept_by
def top_p_each(logits, p):
    return softmax(logits) >= p


@kept_by
def top_p_not_normalised(logits, p):
    weights = np.exp(np.take_along_axis(np.asarray(logits, dtype=float), ids_by_logit(logits), axis=-1))
    return put_back(np.cumsum(weights, axis=-1) - weights < p, logits)


def _logits_before(logits, p):
    falling = np.take_along_axis(np.asarray(logits, dtype=float), ids_by_logit(logits), axis=-1)
    with np.errstate(invalid="ignore"):
        return put_back(np.cumsum(falling, axis=-1) - falling < p, logits)


top_p_no_softmax = kept_by(_logits_before)


def top_p_no_softmax_at_1(logits, p):
    """The same where p = 1 is no case of its own."""
    check_p(p)
    return masked(logits, _logits_before(logits, p))


def top_p_rounding(logits, p):
    check_p(p)
    return masked(logits, put_back(mass_before(logits) < p, logits))


def top_p_flat(logits, p):
    logits = np.asarray(logits)
    return top_p_filter(logits.ravel(), p).reshape(logits.shape)


def top_p_unchecked(logits, p):
    if p == 1:
        return np.array(logits)
    return masked(logits, put_back(mass_before(logits) < p, logits))


@kept_by
def top_p_likeliest_alone(logits, p):
    return ranks_of(logits) == 0
