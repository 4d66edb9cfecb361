"""clip_by_norm: its reference, what it is tried on, and the wrong answers with names."""

import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe


def _length(gradients):
    return np.sqrt(sum(np.sum(np.square(np.asarray(g, dtype=float))) for g in gradients))


def _scaled(gradients, factor):
    return [np.asarray(g, dtype=float) * factor for g in gradients]


def clip_by_norm(gradients, limit):
    norm = _length(gradients)
    return _scaled(gradients, limit / norm if norm > limit else 1.0)


def gradient_probes(rng):
    def arrays(*given):
        return [np.array(a, dtype=np.float32) for a in given]

    def drawn(scale):
        return [(scale * rng.normal(size=shape)).astype(np.float32) for shape in ((2, 3), (3,), (2, 2, 2))]

    return [
        Probe((arrays([3, -4]), 1.0)),
        Probe((arrays([3, 0], [-4]), 2.5)),
        Probe((arrays([0.25, -0.5], [0]), 1.0)),
        Probe((arrays([0, 0], [0]), 1.0)),
        Probe((arrays([3, 0], [4]), 4.5)),  # each of the two is short enough
        Probe((arrays([0, 3], [4]), 5.0)),
        Probe((arrays([0.5, 0.25], [0.25]), 0.5)),  # the sum of all squares is below 1, and above the limit's
        Probe((drawn(2), 0.75)),
        Probe((drawn(0.5), 20.0)),
    ]


def _with_norm(norm):
    """The right clipping by another number than the norm."""

    def wrong(gradients, limit):
        found = norm([np.asarray(g, dtype=float) for g in gradients])
        return _scaled(gradients, limit / found if found > limit else 1.0)

    return wrong


def _with_factor(factor):
    """All scaled by factor(norm, limit), even where it is NaN."""

    def wrong(gradients, limit):
        with np.errstate(all="ignore"):
            return _scaled(gradients, factor(_length(gradients), limit))

    return wrong


def _each_alone(gradients, limit):
    return [clip_by_norm([g], limit)[0] for g in gradients]


def _each_alone_with_nan(gradients, limit):
    with np.errstate(all="ignore"):
        return [g * (np.minimum(_length([g]), limit) / _length([g])) for g in map(np.asarray, gradients)]


def _division_by_zero(gradients, limit):
    return _scaled(gradients, min(1.0, limit / float(_length(gradients))))


def _of_means(gradients):
    entries = np.concatenate([g.ravel() for g in gradients])
    return np.sqrt(np.mean(entries**2))


_NAN = "Where all gradients are 0 you divide 0 by 0, which is NaN. Scale only where the norm is above the limit."
_ALONE = (
    "You clip every array by its own norm, which changes their shares. All the arrays together are one gradient, with one norm and one "
    "factor."
)
_ALWAYS = "You scale to the limit always, so small gradients grow. Scale only where the norm is above the limit: the factor is at most 1."

CLIP_BY_NORM = Exercise(
    name="clip_by_norm",
    lesson=9,
    points=2,
    minutes=8,
    difficulty=2,
    hint="One norm for all arrays together: add up the squares of every entry of every array, and take the root at the end. Then one "
    "factor for all, 1 where nothing is to be clipped.",
    reference=clip_by_norm,
    probes=gradient_probes,
    misconceptions=(
        Misconception(
            "entry by entry",
            "You cut every entry by itself, which turns the gradient into another direction. One factor for all entries keeps the direction.",
            lambda gradients, limit: [np.clip(np.asarray(g), -limit, limit) for g in gradients],
        ),
        Misconception("each array alone", _ALONE, _each_alone),
        Misconception("each array alone, and NaN for zeros", _ALONE, _each_alone_with_nan),
        Misconception("always scaled", _ALWAYS, _with_factor(lambda norm, limit: limit / norm)),
        Misconception("always scaled but for zeros", _ALWAYS, _with_factor(lambda norm, limit: limit / norm if norm else 1.0)),
        Misconception(
            "scaled up",
            "It is the wrong way round: you scale where the norm is *below* the limit. The factor is at most 1: min(1, limit / norm).",
            _with_factor(lambda norm, limit: np.maximum(1, limit / norm)),
        ),
        Misconception(
            "scaled up but for zeros",
            "It is the wrong way round: you scale where the norm is *below* the limit. Scale where it is above.",
            _with_factor(lambda norm, limit: limit / norm if 0 < norm < limit else 1.0),
        ),
        Misconception("NaN for zeros", _NAN, _with_factor(lambda norm, limit: np.minimum(norm, limit) / norm)),
        Misconception(
            "division by zero",
            "Where all gradients are 0 the norm is 0, and Python refuses to divide by it. Scale only where the norm is above the limit.",
            _division_by_zero,
        ),
        Misconception(
            "always of norm 1",
            "You divide by the norm always, and do not look at the limit. Scale only where the norm is above the limit, by limit / norm.",
            _with_factor(lambda norm, limit: 1 / norm),
        ),
        Misconception(
            "no root",
            "You took the sum of all squares for the norm. The norm is its root.",
            _with_norm(lambda gradients: _length(gradients) ** 2),
        ),
        Misconception(
            "no root in the comparison",
            "You compare the sum of all squares with the limit. Compare its root, or the sum with limit ** 2.",
            _with_factor(lambda norm, limit: limit / norm if norm**2 > limit else 1.0),
        ),
        Misconception(
            "no root in the factor",
            "You divide by the sum of all squares. Divide by its root, the norm: limit / norm.",
            _with_factor(lambda norm, limit: limit / norm**2 if norm > limit else 1.0),
        ),
        Misconception(
            "sum of the norms",
            "You added up the norms of the arrays. Add up the *squares* of all entries, and take the root once, at the end.",
            _with_norm(lambda gradients: sum(np.linalg.norm(g.ravel()) for g in gradients)),
        ),
        Misconception(
            "root of the norms",
            "You took the root of the norms' sum. Each of them is a root already: add up the *squares* of all entries, and take the root once.",
            _with_norm(lambda gradients: np.sqrt(sum(np.linalg.norm(g.ravel()) for g in gradients))),
        ),
        Misconception(
            "largest norm",
            "You took the largest norm of any array. One norm belongs to all arrays together: the root of the sum of all squares.",
            _with_norm(lambda gradients: max(np.linalg.norm(g.ravel()) for g in gradients)),
        ),
        Misconception(
            "largest entry",
            "You took the largest entry for the norm. The norm is the root of the sum of all squares.",
            _with_norm(lambda gradients: max(np.abs(g).max() for g in gradients)),
        ),
        Misconception(
            "sum of the sizes",
            "You added up the sizes of the entries (abs). The norm is the root of the sum of their squares.",
            _with_norm(lambda gradients: sum(np.abs(g).sum() for g in gradients)),
        ),
        Misconception(
            "sum of the entries",
            "You added up the entries with their signs, so that they cancel out. Square them first, and take the root of the sum.",
            _with_norm(lambda gradients: sum(g.sum() for g in gradients)),
        ),
        Misconception(
            "mean of the squares",
            "You took the mean of the squares. The norm is the root of their *sum*.",
            _with_norm(_of_means),
        ),
        Misconception(
            "norm of the first array",
            "You took the norm of the first array for all. Every array has its part in it: the sum of all squares.",
            _with_norm(lambda gradients: np.linalg.norm(gradients[0].ravel())),
        ),
        Misconception(
            "norm 1",
            "You scale to the norm 1. Scale to the limit: multiply by limit / norm.",
            _with_factor(lambda norm, limit: 1 / norm if norm > limit else 1.0),
        ),
        Misconception(
            "times the limit",
            "You multiplied by the limit, and did not divide by the norm. The factor is limit / norm.",
            _with_factor(lambda norm, limit: limit if norm > limit else 1.0),
        ),
        Misconception(
            "dropped",
            "You put zeros where the gradient is too long, so that the step is lost. Clipping keeps its direction: multiply by "
            "limit / norm.",
            _with_factor(lambda norm, limit: 0.0 if norm > limit else 1.0),
        ),
        Misconception(
            "not clipped",
            "You return the gradients as they are. Keep what the scaling gives, in a new list: `g * factor` by itself changes nothing.",
            lambda gradients, limit: _scaled(gradients, 1.0),
        ),
        Misconception(
            "first array alone",
            "You return the first array alone. Does a return stand inside the loop? Return a list with all of them.",
            lambda *args: clip_by_norm(*args)[0],
        ),
        Misconception(
            "one long row",
            "You joined all arrays into one row. Return a list of arrays, each with the shape that it had.",
            lambda *args: np.concatenate([g.ravel() for g in clip_by_norm(*args)]),
        ),
        Misconception(
            "the norm returned",
            "You return the norm. Return the list of scaled gradients.",
            lambda gradients, limit: _length(gradients),
        ),
    ),
)
