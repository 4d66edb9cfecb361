"""min_p_filter: its reference, what it is tried on, and the wrong answers with names."""

import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe
from chargen_lib.exercises.lesson_04.numbers_to_try import row_of
from chargen_lib.exercises.lesson_04.softmaxes import softmax
from chargen_lib.exercises.lesson_06.logits_to_filter import logits_of, masked, not_logits, shuffled, spaced
from chargen_lib.exercises.lesson_06.nuclei import top_p_filter


def min_p_filter(logits, p):
    probs = softmax(logits)
    return masked(logits, probs >= p * probs.max(axis=-1, keepdims=True))


def min_p_probes(rng):
    sharp = [0.74, 0.16, 0.08, 0.02]
    flat = [0.35, 0.3, 0.2, 0.15]
    return [
        Probe((logits_of(0.5, 0.3, 0.15, 0.05), 0.4)),
        Probe((logits_of(0.05, 0.15, 0.6, 0.2), 0.22)),
        Probe((row_of(2, 1, 2, 0), 1.0)),
        Probe((row_of(-1, -2, -4, -3), 0.1)),
        Probe((row_of(-np.inf, 1, -2, 0), 0.3)),
        Probe((row_of(1000, 999, 900, 998), 0.2)),
        Probe((spaced(rng, 4) * 2, 0.001)),
        Probe((np.stack([logits_of(*sharp), logits_of(*flat[::-1]), logits_of(*sharp[::-1])]), 0.25), batch=True),
        Probe((shuffled(rng, sharp, flat, flat, sharp, sharp, flat).reshape(2, 3, 4), 0.5), batch=True),
    ]


def _min_p_absolute(logits, p):
    return masked(logits, softmax(logits) >= p)


def _min_p_of_logits(logits, p):
    return masked(logits, logits >= p * np.max(logits, axis=-1, keepdims=True))


def _min_p_mixed(logits, p):
    return masked(logits, logits >= p * softmax(logits).max(axis=-1, keepdims=True))


def _min_p_no_keepdims(logits, p):
    probs = softmax(logits)
    return masked(logits, probs >= p * probs.max(axis=-1))


def _min_p_minus_p(logits, p):
    return masked(logits, logits >= np.max(logits, axis=-1, keepdims=True) - p)


def _min_p_strict(logits, p):
    probs = softmax(logits)
    return masked(logits, probs > p * probs.max(axis=-1, keepdims=True))


def _min_p_overflow(logits, p):
    with np.errstate(all="ignore"):
        weights = np.exp(np.asarray(logits, dtype=float))
        probs = weights / weights.sum(axis=-1, keepdims=True)
        return masked(logits, probs >= p * probs.max(axis=-1, keepdims=True))


def _min_p_wrong_sign(logits, p):
    return masked(logits, logits >= np.max(logits, axis=-1, keepdims=True) - np.log(p))


def _min_p_mean(logits, p):
    probs = softmax(logits)
    return masked(logits, probs >= p * probs.mean(axis=-1, keepdims=True))


def _min_p_smallest(logits, p):
    probs = softmax(logits)
    return masked(logits, probs >= p * probs.min(axis=-1, keepdims=True))


def _min_p_taken_off(logits, p):
    probs = softmax(logits)
    return masked(logits, probs >= probs.max(axis=-1, keepdims=True) - p)


def _min_p_exp(logits, p):
    with np.errstate(over="ignore"):
        weights = np.exp(np.asarray(logits, dtype=np.float32))
    return masked(logits, weights >= np.float32(p) * weights.max(axis=-1, keepdims=True))


def _min_p_batch_max(logits, p):
    probs = softmax(logits)
    return masked(logits, probs >= p * probs.max())


def _min_p_is_top_p(logits, p):
    return top_p_filter(logits, p)


MIN_P_FILTER = Exercise(
    name="min_p_filter",
    lesson=6,
    points=1,
    minutes=6,
    difficulty=1,
    hint="Take the softmax, then compare every probability with p times the largest one of its row (`keepdims=True` keeps the shapes "
    "in step).",
    reference=min_p_filter,
    probes=min_p_probes,
    jit=(1,),
    misconceptions=(
        *not_logits(min_p_filter),
        Misconception(
            "absolute threshold",
            "You kept probabilities of at least p. The threshold moves with the row: p times its largest probability.",
            _min_p_absolute,
        ),
        Misconception(
            "threshold on the logits",
            "You multiplied the largest logit by p; p is a share of the largest probability. Take the softmax first.",
            _min_p_of_logits,
        ),
        Misconception(
            "logits against a probability",
            "You compared logits with p times a probability. Compare the probabilities: the softmax of the logits on both sides.",
            _min_p_mixed,
        ),
        Misconception(
            "no keepdims",
            "The largest of each row has the shape (batch,), which is laid along the characters: it does not fit, or each column gets "
            "another row's limit. With keepdims=True it is (batch, 1).",
            _min_p_no_keepdims,
        ),
        Misconception(
            "largest logit minus p",
            "You took p from the largest logit. A factor p on probabilities is a step of log p on logits: max + log p.",
            _min_p_minus_p,
        ),
        Misconception(
            "strict",
            "A probability of exactly p times the largest stays: use >=, or at p = 1 nothing is left.",
            _min_p_strict,
        ),
        Misconception(
            "overflow",
            "Your softmax overflows on large logits, and inf / inf is NaN. Subtract the largest logit first, or use jax.nn.softmax.",
            _min_p_overflow,
        ),
        Misconception(
            "log p with the wrong sign",
            "You took log p off the largest logit, but log p is below 0, so the limit is above it. Add it: max + log p.",
            _min_p_wrong_sign,
        ),
        Misconception(
            "mean in place of the largest", "You took p times the mean; take p times the largest probability.", _min_p_mean
        ),
        Misconception(
            "smallest in place of the largest",
            "You took p times the smallest probability (min); take the largest.",
            _min_p_smallest,
        ),
        Misconception(
            "largest minus p",
            "You took p from the largest probability; the limit is a share of it: p times the largest.",
            _min_p_taken_off,
        ),
        Misconception(
            "no softmax",
            "You compared exp(logits), and that is infinite for large ones, so they all look alike. Use jax.nn.softmax.",
            _min_p_exp,
        ),
        Misconception(
            "largest of the whole batch",
            "You took the largest probability of the whole batch; each row has its own: max along the last axis, keepdims=True.",
            _min_p_batch_max,
        ),
        Misconception(
            "top-p",
            "That is top-p, the smallest set whose mass reaches p. Min-p adds nothing up: it compares each probability with the largest.",
            _min_p_is_top_p,
        ),
    ),
)
