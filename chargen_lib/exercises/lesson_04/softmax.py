"""softmax: its card, what it is tried on, and what to say of a wrong answer."""

import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe
from chargen_lib.exercises.lesson_04 import softmaxes
from chargen_lib.exercises.lesson_04.numbers_to_try import normal, row_of

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
    reference=softmaxes.softmax,
    probes=softmax_probes,
    rtol=1e-3,  # near 1e4 the float32 numbers are 1e-3 apart, and so is a logsumexp there
    misconceptions=(
        Misconception("overflows", _OVERFLOWS, softmaxes.softmax_overflows),
        Misconception("overflows, in 64 bits", _OVERFLOWS, softmaxes.softmax_overflows_in_64_bits),
        Misconception(
            "0 for NaN",
            "You put 0 where the exponentials overflowed, so a row no longer sums to 1. Subtract each row's largest logit before exp, and "
            "nothing overflows.",
            softmaxes.softmax_zero_for_nan,
        ),
        Misconception(
            "subtracts the smallest",
            "You subtracted each row's smallest logit, so the others are above 0 and overflow all the sooner. Subtract the largest.",
            softmaxes.softmax_subtracts_the_smallest,
        ),
        Misconception("base two", "You used powers of 2; softmax uses powers of e: jnp.exp.", softmaxes.softmax_base_two),
        Misconception(
            "scaled down",
            "You divided the logits to make them small, which changes the odds. Subtract the largest one: that changes none.",
            softmaxes.softmax_scaled,
        ),
        Misconception(
            "minus the logits",
            "You took exp of minus the logits, so the least likely character comes out as the likeliest. Take exp of the logits.",
            lambda logits: softmaxes.softmax(-np.asarray(logits)),
        ),
        Misconception(
            "shifted alone",
            "You subtracted the largest logit and stopped. Take exp of what is left, and divide by the row's sum.",
            lambda logits: np.asarray(logits) - np.max(logits, axis=-1, keepdims=True),
        ),
        Misconception(
            "one-hot",
            "You gave the likeliest character the probability 1. Every character keeps a share: exp(logit), divided by the row's sum.",
            softmaxes.softmax_one_hot,
        ),
        Misconception("overflows, one sum", _OVERFLOWS, softmaxes.softmax_overflows_of_everything),
        Misconception("overflows, no keepdims", _OVERFLOWS, softmaxes.softmax_overflows_no_keepdims),
        Misconception(
            "one softmax of everything",
            "You summed over the whole array, so all rows together sum to 1. Each row is a distribution: use axis=-1.",
            softmaxes.softmax_of_everything,
        ),
        Misconception(
            "first axis",
            "You normalised along axis 0; the characters are on the last axis: use axis=-1.",
            softmaxes.softmax_first_axis,
        ),
        Misconception("no keepdims", _NO_KEEPDIMS, softmaxes.softmax_no_keepdims),
        Misconception("no keepdims, one maximum", _NO_KEEPDIMS, softmaxes.softmax_one_maximum_no_keepdims),
        Misconception(
            "no keepdims, twice",
            "Your maxima and sums lost their axis, so row i is worked on with other rows' numbers. Write keepdims=True in both.",
            softmaxes.softmax_no_keepdims_twice,
        ),
        Misconception(
            "subtracts the mean",
            "You subtracted each row's mean. The largest logit may still be far above it: subtract the largest, so that no exponent is "
            "above 0.",
            softmaxes.softmax_subtracts_the_mean,
        ),
        *(
            Misconception(
                f"clips at {limit}",
                "You cut off large logits, so different ones become equal. Move the row instead: subtract its largest logit, and every "
                "difference stays.",
                softmaxes.softmax_clips_at(limit),
            )
            for limit in (80, 100)
        ),
        Misconception(
            "log softmax",
            "You returned the logarithms of the probabilities; return the probabilities themselves.",
            softmaxes.softmax_log,
        ),
        Misconception(
            "not divided",
            "Your exponentials are right, but a row does not sum to 1 yet: divide it by its sum.",
            softmaxes.softmax_not_divided,
        ),
        Misconception(
            "no exponential",
            "You divided the logits by their sum; logits may be negative. Take exp of each first, then divide by the sum of those.",
            softmaxes.softmax_no_exp,
        ),
        Misconception(
            "one maximum for all rows",
            "You subtracted the largest logit of the whole array, so a row far below it becomes 0/0. Subtract each row's own "
            "maximum: axis=-1, keepdims=True.",
            softmaxes.softmax_one_maximum,
        ),
        Misconception(
            "divides by the largest",
            "You divided by the largest logit, which changes the odds. Subtract it: a row may be moved, but not squeezed.",
            softmaxes.softmax_divides_by_the_largest,
        ),
        Misconception(
            "sigmoid",
            "That is the sigmoid, which looks at each logit alone. Softmax compares the logits of a row: its values sum to 1.",
            softmaxes.softmax_sigmoid,
        ),
    ),
)
