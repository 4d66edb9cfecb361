"""causal_mask: its reference, what it is tried on, and the wrong answers with names."""

import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe


def causal_mask(time):
    places = np.arange(time)
    return places <= places[:, None]  # row t: is place s at most t?


def causal_mask_probes(rng):
    return [Probe((3,)), Probe((1,)), Probe((5,))]


def _triangle(k):
    return lambda time: np.tri(time, k=k, dtype=bool)


_NUMBERS = "You returned the numbers 0 and 1. A mask is asked for: compare, as in s <= t, or add .astype(bool), and it is True or False."

CAUSAL_MASK = Exercise(
    name="causal_mask",
    lesson=10,
    points=1,
    minutes=5,
    difficulty=1,
    hint="Number the places with jnp.arange(time). Place t may see place s where s <= t: put the t down a column, [:, None], and the s "
    "along a row.",
    reference=causal_mask,
    probes=causal_mask_probes,
    misconceptions=(
        Misconception(
            "looks ahead",
            "Rows and columns have changed places: your row t is True from place t on, so it sees what comes later. Row t is to be True at "
            "the places 0 to t.",
            lambda time: causal_mask(time).T,
        ),
        Misconception(
            "True where hidden",
            "Your mask is True at the places that are hidden. Here True means that a place may be seen: turn it round.",
            lambda time: ~causal_mask(time),
        ),
        Misconception(
            "not itself",
            "Your row t stops at place t - 1. A character may see itself too: s <= t, and the first row would otherwise see nothing.",
            _triangle(-1),
        ),
        Misconception(
            "one place ahead",
            "Your row t goes on to place t + 1, which holds the very character that is to be predicted. Stop at t: s <= t.",
            _triangle(1),
        ),
        Misconception(
            "everything",
            "Every place sees every other in your mask. Row t must be False after place t.",
            lambda time: np.ones((time, time), dtype=bool),
        ),
        Misconception(
            "nothing",
            "Nothing may be seen in your mask. mask.at[...].set(...) gives a new array and leaves the old one as it is: keep it, mask = "
            "mask.at[...].set(True).",
            lambda time: np.zeros((time, time), dtype=bool),
        ),
        Misconception(
            "one row compared with itself",
            "You compared the row of places with itself, one by one. Stand one of the two up as a column, [:, None], and each is "
            "compared with each.",
            lambda time: np.ones(time, dtype=bool),
        ),
        Misconception(
            "itself alone",
            "In your mask a place sees itself alone. It may see all places before it too: s <= t in place of s == t.",
            lambda time: np.eye(time, dtype=bool),
        ),
        Misconception(
            "itself and the one before",
            "In your mask a place sees itself and the one before it. It may see all that come before: 0 to t.",
            lambda time: np.tri(time, dtype=bool) & ~np.tri(time, k=-2, dtype=bool),
        ),
        Misconception("numbers", _NUMBERS, lambda time: np.tri(time, dtype=np.float32)),
        Misconception("whole numbers", _NUMBERS, lambda time: np.tri(time, dtype=np.int32)),
        Misconception(
            "0 and minus infinity",
            "You returned what is added to the scores, 0 and minus infinity. The mask itself is asked for: True where a place may be "
            "seen.",
            lambda time: np.where(causal_mask(time), 0.0, -np.inf),
        ),
        Misconception(
            "counted from the end",
            "Your triangle is turned from left to right: row t is True at the last places. Place 0 is the first column, and every row "
            "sees it.",
            lambda time: causal_mask(time)[:, ::-1],
        ),
        Misconception(
            "last row",
            "You returned the row of the last place alone. A row for each place is asked: (time, time).",
            lambda time: np.ones((1, time), dtype=bool),
        ),
    ),
)
