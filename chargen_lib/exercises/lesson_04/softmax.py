"""softmax: its reference, what it is tried on, and the wrong answers with names."""

import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe
from chargen_lib.exercises.lesson_04.numbers_to_try import normal, row_of


def softmax(logits):
    logits = np.asarray(logits, dtype=float)
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)


SQUARE = row_of(0.5, 2, -1, 1, -2, 3, 0.5, 1, 1.5, -0.5, 2.5, 0.25, 3, 1, -1, -3).reshape(4, 4)
FAR_APART = row_of(1e4, 9999, 0, -1e4, -1e4, -9998, -9999, -1e4, 1, 2, 3, 4, -1, 0, 1e4, 1).reshape(4, 4)


def softmax_probes(rng):
    # As many rows as columns: a forgotten keepdims then gives wrong numbers, the same ones in NumPy and JAX, and no error.
    return [
        Probe((row_of(1, 2, 3, -1),)),
        Probe((normal(rng, 4),)),
        Probe((row_of(102, 101, 99),)),  # these three as the lesson breaks them
        Probe((row_of(1000, 999, 0),)),
        Probe((row_of(-1000, -999),)),
        Probe((row_of(1e4, 9999, 0, -1e4),)),
        Probe((row_of(-1e4, -9998, -9999, -1e4),)),
        Probe((SQUARE,), batch=True),
        Probe((normal(rng, 4, 4),), batch=True),
        Probe((FAR_APART,), batch=True),
        Probe((normal(rng, 4, 4, 4),), batch=True),
    ]


def _exponentials(logits):
    with np.errstate(over="ignore"):
        return np.exp(np.asarray(logits, dtype=np.float32))  # exp(102) is too large for 32 bits, not for 64


def _softmax_overflows(logits):
    weights = _exponentials(logits)
    with np.errstate(all="ignore"):
        return weights / weights.sum(axis=-1, keepdims=True)


def _softmax_overflows_of_everything(logits):
    weights = _exponentials(logits)
    with np.errstate(all="ignore"):
        return weights / weights.sum()


def _softmax_overflows_no_keepdims(logits):
    weights = _exponentials(logits)
    with np.errstate(all="ignore"):
        return weights / weights.sum(axis=-1)


def _softmax_one_maximum_no_keepdims(logits):
    logits = np.asarray(logits, dtype=float)
    weights = np.exp(logits - logits.max())
    with np.errstate(all="ignore"):
        return weights / weights.sum(axis=-1)


def _softmax_of_everything(logits):
    logits = np.asarray(logits, dtype=float)
    weights = np.exp(logits - logits.max())
    return weights / weights.sum()


def _softmax_first_axis(logits):
    return np.moveaxis(softmax(np.moveaxis(np.asarray(logits), 0, -1)), -1, 0)


def _softmax_no_keepdims(logits):
    logits = np.asarray(logits, dtype=float)
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1)


def _softmax_no_keepdims_twice(logits):
    logits = np.asarray(logits, dtype=float)
    with np.errstate(all="ignore"):
        weights = np.exp(logits - logits.max(axis=-1))
        return weights / weights.sum(axis=-1)


def _softmax_subtracts_the_mean(logits):
    logits = np.asarray(logits, dtype=float)
    with np.errstate(all="ignore"):
        weights = np.exp(logits - logits.mean(axis=-1, keepdims=True))
        return weights / weights.sum(axis=-1, keepdims=True)


def _softmax_clips(logits):
    weights = np.exp(np.clip(np.asarray(logits, dtype=float), -80, 80))
    return weights / weights.sum(axis=-1, keepdims=True)


def _softmax_log(logits):
    logits = np.asarray(logits, dtype=float)
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def _softmax_not_divided(logits):
    logits = np.asarray(logits, dtype=float)
    return np.exp(logits - logits.max(axis=-1, keepdims=True))


def _softmax_no_exp(logits):
    logits = np.asarray(logits, dtype=float)
    with np.errstate(all="ignore"):
        return logits / logits.sum(axis=-1, keepdims=True)


def _softmax_one_maximum(logits):
    logits = np.asarray(logits, dtype=float)
    weights = np.exp(logits - logits.max())
    with np.errstate(all="ignore"):
        return weights / weights.sum(axis=-1, keepdims=True)


def _softmax_sigmoid(logits):
    return 0.5 + 0.5 * np.tanh(np.asarray(logits, dtype=float) / 2)


def _softmax_divides_by_the_largest(logits):
    logits = np.asarray(logits, dtype=float)
    with np.errstate(all="ignore"):
        weights = np.exp(logits / logits.max(axis=-1, keepdims=True))
        return weights / weights.sum(axis=-1, keepdims=True)


_OVERFLOWS = (
    "exp(10000) is infinite, and exp(-10000) is 0, so the division gives NaN. Subtract each row's largest logit before exp."
)
_NO_KEEPDIMS = "Your sums lost their axis, so row i is divided by other rows' sums. Write keepdims=True in the sum."

SOFTMAX = Exercise(
    name="softmax",
    lesson=4,
    points=2,
    minutes=13,
    difficulty=2,
    hint="Adding one number to all the logits of a row changes no probability, so you may first bring the largest one to 0. "
    "`keepdims=True` keeps the summed axis, with length 1.",
    reference=softmax,
    probes=softmax_probes,
    rtol=1e-3,  # near 1e4 the float32 numbers are 1e-3 apart, and so is a logsumexp there
    misconceptions=(
        Misconception("overflows", _OVERFLOWS, _softmax_overflows),
        Misconception("overflows, one sum", _OVERFLOWS, _softmax_overflows_of_everything),
        Misconception("overflows, no keepdims", _OVERFLOWS, _softmax_overflows_no_keepdims),
        Misconception(
            "one softmax of everything",
            "You summed over the whole array, so all rows together sum to 1. Each row is a distribution: use axis=-1.",
            _softmax_of_everything,
        ),
        Misconception(
            "first axis",
            "You normalised along axis 0; the characters are on the last axis: use axis=-1.",
            _softmax_first_axis,
        ),
        Misconception("no keepdims", _NO_KEEPDIMS, _softmax_no_keepdims),
        Misconception("no keepdims, one maximum", _NO_KEEPDIMS, _softmax_one_maximum_no_keepdims),
        Misconception(
            "no keepdims, twice",
            "Your maxima and sums lost their axis, so row i is worked on with other rows' numbers. Write keepdims=True in both.",
            _softmax_no_keepdims_twice,
        ),
        Misconception(
            "subtracts the mean",
            "You subtracted each row's mean. The largest logit may still be far above it: subtract the largest, so that no exponent is "
            "above 0.",
            _softmax_subtracts_the_mean,
        ),
        Misconception(
            "clips",
            "You cut off large logits, so different ones become equal. Move the row instead: subtract its largest logit, and every "
            "difference stays.",
            _softmax_clips,
        ),
        Misconception(
            "log softmax",
            "You returned the logarithms of the probabilities; return the probabilities themselves.",
            _softmax_log,
        ),
        Misconception(
            "not divided",
            "Your exponentials are right, but a row does not sum to 1 yet: divide it by its sum.",
            _softmax_not_divided,
        ),
        Misconception(
            "no exponential",
            "You divided the logits by their sum; logits may be negative. Take exp of each first, then divide by the sum of those.",
            _softmax_no_exp,
        ),
        Misconception(
            "one maximum for all rows",
            "You subtracted the largest logit of the whole array, so a row far below it becomes 0/0. Subtract each row's own "
            "maximum: axis=-1, keepdims=True.",
            _softmax_one_maximum,
        ),
        Misconception(
            "divides by the largest",
            "You divided by the largest logit, which changes the odds. Subtract it: a row may be moved, but not squeezed.",
            _softmax_divides_by_the_largest,
        ),
        Misconception(
            "sigmoid",
            "That is the sigmoid, which looks at each logit alone. Softmax compares the logits of a row: its values sum to 1.",
            _softmax_sigmoid,
        ),
    ),
)
