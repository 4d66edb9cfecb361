"""top_p_filter: its reference, what it is tried on, and the wrong answers with names."""

import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe
from chargen_lib.exercises.lesson_06.logits_to_filter import (
    ids_by_logit,
    logits_of,
    masked,
    not_logits,
    ranks_of,
    row_of,
    shuffled,
    softmax_of,
)


def _check_p(p):
    if not 0 < p <= 1:
        raise ValueError(f"p must be above 0 and at most 1, got {p}")


def _put_back(sorted_values, logits):
    """What belongs to each id, from what belongs to each place in the sorted row."""
    return np.take_along_axis(sorted_values, ranks_of(logits), axis=-1)


def _sorted_probs(logits):
    return np.take_along_axis(softmax_of(logits), ids_by_logit(logits), axis=-1)


def _mass_before(logits):
    """For each place in the sorted row, the probability of all that come before it."""
    probs = _sorted_probs(logits)
    return np.cumsum(probs, axis=-1) - probs


def top_p_filter(logits, p):
    _check_p(p)
    if p == 1:
        return np.array(logits)
    return masked(logits, _put_back(_mass_before(logits) < p, logits))


def top_p_probes(rng):
    peaked = [0.65, 0.2, 0.1, 0.05]
    flat = [0.35, 0.25, 0.22, 0.18]
    middle = [0.5, 0.25, 0.15, 0.1]
    certain = [0.93, 0.04, 0.02, 0.01]
    return [
        Probe((logits_of(0.5, 0.3, 0.15, 0.05), 0.7)),
        Probe((logits_of(0.05, 0.9, 0.02, 0.03), 0.5)),
        Probe((logits_of(0.15, 0.5, 0.05, 0.3), 0.6)),
        Probe((row_of(1, 3, 0, 2), 0.8)),
        Probe((np.zeros(8, np.float32), 0.5)),  # exactly 4 reach it: 1/8 is exact in binary
        Probe((row_of(-np.inf, 1, 0, -np.inf), 0.9)),
        Probe((row_of(0, 60, -60, 1), 1.0)),
        Probe((row_of(2, 1, 0, 3), 1e-6)),
        Probe((logits_of(0.5, 0.3, 0.15, 0.05), 0.0)),
        Probe((logits_of(0.5, 0.3, 0.15, 0.05), 1.5)),
        Probe((logits_of(0.5, 0.3, 0.15, 0.05), -0.5)),
        Probe((np.stack([logits_of(*peaked), logits_of(*flat[::-1]), logits_of(*middle)]), 0.7), batch=True),
        Probe((shuffled(rng, peaked, flat, middle, certain, flat, middle).reshape(2, 3, 4), 0.87), batch=True),
    ]


def _kept_by(rule):
    """The filter that keeps what rule(logits, p) says, with the checks that are asked."""

    def wrong(logits, p):
        _check_p(p)
        return np.array(logits) if p == 1 else masked(logits, rule(logits, p))

    return wrong


@_kept_by
def _top_p_drops_crossing(logits, p):
    probs = _sorted_probs(logits)
    kept = np.cumsum(probs, axis=-1) <= p
    kept[..., 0] = True
    return _put_back(kept, logits)


@_kept_by
def _top_p_stops_before(logits, p):
    return _put_back(np.cumsum(_sorted_probs(logits), axis=-1) < p, logits)


@_kept_by
def _top_p_empty(logits, p):
    return _put_back(np.cumsum(_sorted_probs(logits), axis=-1) <= p, logits)


def _top_p_one_too_many(logits, p):
    _check_p(p)
    return masked(logits, _put_back(_mass_before(logits) <= p, logits))


def _top_p_ties(logits, p):
    kept = ~np.isneginf(top_p_filter(logits, p))
    smallest = np.where(kept, logits, np.inf).min(axis=-1, keepdims=True)
    return masked(logits, logits >= smallest)


@_kept_by
def _top_p_unsorted(logits, p):
    probs = softmax_of(logits)
    return np.cumsum(probs, axis=-1) - probs < p


@_kept_by
def _top_p_not_put_back(logits, p):
    return _mass_before(logits) < p


@_kept_by
def _top_p_sorted_again(logits, p):
    return np.take_along_axis(_mass_before(logits) < p, ids_by_logit(logits), axis=-1)


@_kept_by
def _top_p_smallest(logits, p):
    order = np.argsort(logits, axis=-1, kind="stable")
    probs = np.take_along_axis(softmax_of(logits), order, axis=-1)
    kept = np.cumsum(probs, axis=-1) - probs < p
    return np.take_along_axis(kept, np.argsort(order, axis=-1), axis=-1)


@_kept_by
def _top_p_each(logits, p):
    return softmax_of(logits) >= p


@_kept_by
def _top_p_not_normalised(logits, p):
    weights = np.exp(np.take_along_axis(np.asarray(logits, dtype=float), ids_by_logit(logits), axis=-1))
    return _put_back(np.cumsum(weights, axis=-1) - weights < p, logits)


@_kept_by
def _top_p_no_softmax(logits, p):
    falling = np.take_along_axis(np.asarray(logits, dtype=float), ids_by_logit(logits), axis=-1)
    with np.errstate(invalid="ignore"):
        return _put_back(np.cumsum(falling, axis=-1) - falling < p, logits)


def _top_p_rounding(logits, p):
    _check_p(p)
    return masked(logits, _put_back(_mass_before(logits) < p, logits))


def _top_p_flat(logits, p):
    logits = np.asarray(logits)
    return top_p_filter(logits.ravel(), p).reshape(logits.shape)


def _top_p_unchecked(logits, p):
    if p == 1:
        return np.array(logits)
    return masked(logits, _put_back(_mass_before(logits) < p, logits))


TOP_P_FILTER = Exercise(
    name="top_p_filter",
    lesson=6,
    points=3,
    minutes=15,
    difficulty=3,
    hint="Sort the probabilities downwards. A character stays when the mass *before* it, `cumsum - probs`, is still below p. Then bring "
    "the answer back from sorted order to the order of the ids: argsort of the argsort.",
    reference=top_p_filter,
    probes=top_p_probes,
    jit=(1,),
    misconceptions=(
        *not_logits(top_p_filter),
        Misconception(
            "drops the crossing character",
            "You stopped before the mass reaches p. The character that carries it across p belongs to the set: ask for the mass "
            "before each one, not up to and with it.",
            _top_p_drops_crossing,
        ),
        Misconception(
            "sum with its own share",
            "You asked whether the sum up to and with each character is below p, so the one that carries it across p is lost. Ask for "
            "the mass before it: cumsum - probs.",
            _top_p_stops_before,
        ),
        Misconception(
            "can keep nothing",
            "You leave out the character that carries the mass across p. It belongs to the set: without it the mass is not reached, and "
            "where the likeliest character alone is above p, nothing would be left to draw.",
            _top_p_empty,
        ),
        Misconception(
            "one too many",
            "When the mass is exactly p you keep one more. Reaching p is enough: keep those with less than p before them (<, not <=).",
            _top_p_one_too_many,
        ),
        Misconception(
            "keeps ties",
            "You turned the set into a threshold on the value, and so kept every tie: of 8 equal characters p = 0.5 keeps 4. "
            "Decide by place in the sorted row; the lower id comes first.",
            _top_p_ties,
        ),
        Misconception(
            "does not sort",
            "You added up the probabilities in the order of the ids. Sort them first, the likeliest in front.",
            _top_p_unsorted,
        ),
        Misconception(
            "sorted mask on unsorted logits",
            "Your mask is in sorted order, but you laid it on logits in the order of the ids. Bring it back first.",
            _top_p_not_put_back,
        ),
        Misconception(
            "brought back with the order",
            "You brought the answer back with the order that had sorted the row; that shuffles it once more. The way back is the argsort "
            "of the order.",
            _top_p_sorted_again,
        ),
        Misconception(
            "sorted upwards",
            "You added up from the least likely character; argsort goes upwards. Begin with the likeliest.",
            _top_p_smallest,
        ),
        Misconception(
            "threshold on each probability",
            "You compared each probability with p by itself; p is for their running total, the likeliest first.",
            _top_p_each,
        ),
        Misconception(
            "not normalised",
            "You added up exp(logits), which need not sum to 1. Take the softmax first.",
            _top_p_not_normalised,
        ),
        Misconception(
            "no softmax",
            "You added up the logits, which are no probabilities: they may be negative, and sum to anything. Take the softmax first.",
            _top_p_no_softmax,
        ),
        Misconception(
            "p = 1 loses the tail",
            "At p = 1 rounding lets the running total arrive at 1 too early, and unlikely characters are lost. p = 1 keeps all: "
            "return the logits as they are.",
            _top_p_rounding,
        ),
        Misconception(
            "one set for the whole batch",
            "You made one set for the whole batch; each row has a distribution of its own. Work along the last axis.",
            _top_p_flat,
        ),
        Misconception(
            "any p accepted",
            "A p of 0 or below, or above 1, is no share of the mass: raise a ValueError.",
            _top_p_unchecked,
        ),
    ),
)
