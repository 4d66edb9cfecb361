"""layer_norm: its card, what it is tried on, and what to say of a wrong answer."""

import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe
from chargen_lib.exercises.lesson_10 import norms
from chargen_lib.exercises.lesson_10.norms import afterwards, normed, over


def layer_norm_probes(rng):
    def row(*numbers):
        return np.array(numbers, dtype=np.float32)

    def drawn(*shape):
        return rng.standard_normal(shape).astype(np.float32)

    scale, shift = row(1, 2, 0.5, -1), row(0.5, 0, -1, 1)
    narrow = row(1, -1, 2, 0) / 256  # a variance of about 2e-5, beside which the usual eps counts
    same = row(3, 3, 3, 3)
    return [
        Probe((row(1, 2, 3, 6), scale, shift)),
        Probe((same, scale, shift)),
        Probe((narrow, scale, shift)),
        Probe((drawn(4), scale, shift, 0.25)),
        Probe((drawn(3, 4), drawn(4), drawn(4)), batch=True),
        Probe((drawn(4, 4), drawn(4), drawn(4)), batch=True),  # as many rows as columns: a lost axis gives numbers
        Probe((np.stack([same, narrow, drawn(4)]), scale, shift), batch=True),
        Probe((drawn(2, 3, 4), drawn(4), drawn(4), 0.25), batch=True),
    ]


_NO_KEEPDIMS = (
    "Your mean and your variance lost their axis, so one row is measured with other rows' numbers. Write keepdims=True in both."
)

LAYER_NORM = Exercise(
    name="layer_norm",
    lesson=10,
    points=2,
    minutes=9,
    difficulty=2,
    hint="Mean and variance over the last axis, with keepdims=True. Subtract the mean, divide by the root of variance + eps, and then "
    "multiply by scale and add shift.",
    reference=norms.layer_norm,
    probes=layer_norm_probes,
    misconceptions=(
        Misconception(
            "divided by d - 1",
            "Your variance is divided by d - 1 (ddof=1). Here it is the plain mean of the squares: divided by d.",
            normed(lambda x, mean, var, eps: (x - mean) / np.sqrt(var * x.shape[-1] / (x.shape[-1] - 1) + eps)),
        ),
        Misconception(
            "eps outside the root",
            "Your eps is outside the root; add it to the variance, and then take the root: sqrt(variance + eps).",
            normed(lambda x, mean, var, eps: (x - mean) / (np.sqrt(var) + eps)),
        ),
        Misconception(
            "the usual eps, outside the root",
            "You added 1e-5 outside the root. Add the `eps` that is given to the variance, and then take the root: sqrt(variance + eps).",
            normed(lambda x, mean, var, eps: (x - mean) / (np.sqrt(var) + 1e-5)),
        ),
        Misconception(
            "no eps",
            "Where all numbers of a row are equal you divide 0 by 0, which is NaN. Add eps to the variance, inside the root.",
            normed(lambda x, mean, var, eps: (x - mean) / np.sqrt(var)),
        ),
        Misconception(
            "eps after the division",
            "Your eps is added after the division: / comes before +. Put the sum in brackets: sqrt(variance + eps).",
            normed(lambda x, mean, var, eps: (x - mean) / np.sqrt(var) + eps),
        ),
        Misconception(
            "eps squared",
            "You added the square of eps to the variance. Add eps as it is.",
            normed(lambda x, mean, var, eps: (x - mean) / np.sqrt(var + eps**2)),
        ),
        Misconception(
            "the usual eps",
            "You wrote 1e-5 into the function, which is only the default. Use the `eps` that is given.",
            normed(lambda x, mean, var, eps: (x - mean) / np.sqrt(var + 1e-5)),
        ),
        Misconception(
            "no root",
            "You divided by the variance; divide by its root, so that the numbers of a row have the variance 1.",
            normed(lambda x, mean, var, eps: (x - mean) / (var + eps)),
        ),
        Misconception(
            "sum of the squares",
            "You summed the squares of the differences. The variance is their mean: divided by d.",
            normed(lambda x, mean, var, eps: (x - mean) / np.sqrt(var * x.shape[-1] + eps)),
        ),
        Misconception(
            "divided by the length",
            "You divided by the length of the row, the root of the summed squares. Divide by the root of their mean, with eps in it: "
            "sqrt(variance + eps).",
            normed(lambda x, mean, var, eps: (x - mean) / np.sqrt(var * x.shape[-1])),
        ),
        Misconception(
            "square of the mean",
            "Your variance is 0: the mean of the differences always is, and so is its square. Square each difference first, and then take the mean.",
            normed(lambda x, mean, var, eps: (x - mean) / np.sqrt(eps)),
        ),
        Misconception(
            "mean of the sizes",
            "You averaged the sizes of the differences (abs). The variance is the mean of their squares.",
            normed(lambda x, mean, var, eps: (x - mean) / np.sqrt(np.abs(x - mean).mean(axis=-1, keepdims=True) + eps)),
        ),
        Misconception(
            "mean not subtracted",
            "You divided by the spread, but did not subtract the mean. What is divided is x - mean.",
            normed(lambda x, mean, var, eps: x / np.sqrt(var + eps)),
        ),
        Misconception(
            "no mean at all",
            "You took the mean of the squares of x itself, and left the mean where it is: that is RMS normalisation. Here the mean is "
            "subtracted first, in both places.",
            normed(lambda x, mean, var, eps: x / np.sqrt((x**2).mean(axis=-1, keepdims=True) + eps)),
        ),
        Misconception(
            "squares of x",
            "Your variance is the mean of the squares of x; the squares of x - mean are asked.",
            normed(lambda x, mean, var, eps: (x - mean) / np.sqrt((x**2).mean(axis=-1, keepdims=True) + eps)),
        ),
        Misconception(
            "no brackets",
            "You divided the mean alone: / comes before -. Put the difference in brackets: (x - mean) / sqrt(variance + eps).",
            norms.no_brackets,
        ),
        Misconception(
            "mean subtracted alone",
            "You subtracted the mean, but did not divide by the root of the variance.",
            normed(lambda x, mean, var, eps: x - mean),
        ),
        Misconception(
            "over the first axis",
            "You took mean and variance over axis 0, so every entry is compared with that of other rows. Each row is normalised by "
            "itself: axis=-1.",
            over(0),
        ),
        Misconception(
            "over axis 1",
            "You took mean and variance over axis 1, which is the last one of two axes only. Count from the end: axis=-1.",
            over(1),
        ),
        Misconception(
            "over everything",
            "You took one mean and one variance of the whole array. Each row is normalised by itself: axis=-1, keepdims=True.",
            over(None),
        ),
        Misconception(
            "over the last two axes",
            "You normalised over the last two axes, so one place counts in another. Each row is normalised by itself: axis=-1.",
            over((-2, -1)),
        ),
        Misconception("no keepdims", _NO_KEEPDIMS, normed(norms.lost_axes)),
        Misconception(
            "no keepdims in the variance",
            "Your variance lost its axis, so one row is divided by other rows' numbers. Write keepdims=True there too.",
            normed(norms.lost_axis_of_the_variance),
        ),
        Misconception(
            "no scale and no shift",
            "You stopped after the division. Multiply by scale and add shift.",
            afterwards(lambda n, scale, shift: n),
        ),
        Misconception(
            "no scale",
            "The scale is missing: multiply by it before you add shift.",
            afterwards(lambda n, scale, shift: n + shift),
        ),
        Misconception("no shift", "The shift is missing: add it at the end.", afterwards(lambda n, scale, shift: n * scale)),
        Misconception(
            "scale and shift swapped",
            "Scale and shift have changed places: multiply by scale, and add shift.",
            afterwards(lambda n, scale, shift: n * shift + scale),
        ),
        Misconception(
            "shifted first",
            "You added shift before you multiplied, so the shift is scaled too. Multiply by scale first, and then add shift.",
            afterwards(lambda n, scale, shift: (n + shift) * scale),
        ),
        Misconception(
            "divided by the scale",
            "You divided by scale; multiply by it.",
            afterwards(lambda n, scale, shift: n / scale + shift),
        ),
        Misconception(
            "1 more than the scale",
            "You multiplied by 1 + scale. Here the scale is the factor itself.",
            afterwards(lambda n, scale, shift: n * (1 + np.asarray(scale)) + shift),
        ),
    ),
)
