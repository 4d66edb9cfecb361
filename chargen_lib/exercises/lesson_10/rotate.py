"""rotate: its card, what it is tried on, and what to say of a wrong answer."""

import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe
from chargen_lib.exercises.lesson_10 import turned
from chargen_lib.exercises.lesson_10.turned import other_angles, other_turn


def rotate_probes(rng):
    def drawn(*shape):
        return rng.standard_normal(shape).astype(np.float32)

    def places(*numbers):
        return np.array(numbers, dtype=np.int32)

    small = np.array([[1, 0, 0.5, 2], [1, -1, 0.5, 2]], dtype=np.float32)
    return [
        Probe((small, places(0, 1))),
        Probe((drawn(3, 2), places(0, 1, 2))),
        Probe((drawn(3, 6), places(7, 270, 2))),
        Probe((drawn(3, 6), rng.integers(0, 300, size=3).astype(np.int32))),
        Probe((drawn(3, 6), places(0, 1, 5), 16.0)),
        Probe((drawn(2, 2, 3, 6), places(1, 2, 3), 100.0), batch=True),
        Probe((drawn(2, 2, 3, 6), rng.integers(0, 300, size=3).astype(np.int32)), batch=True),
    ]


ROTATE = Exercise(
    name="rotate",
    lesson=10,
    points=3,
    minutes=15,
    difficulty=3,
    hint="The angles are a table (T, d/2): positions[:, None] times base ** (-2 * i / d), where i is jnp.arange(d // 2). Cut x into its two "
    "halves a and b, turn each pair, and put the halves side by side again.",
    reference=turned.rotate,
    probes=rotate_probes,
    atol=1e-3,  # an angle of 300 has in 32 bits an error of up to 1e-4, if its rate was rounded several times on the way
    misconceptions=(
        Misconception(
            "neighbours",
            "You paired neighbours, entries 2i and 2i + 1. Here entries i and i + d/2 are a pair: cut x in its middle.",
            turned.neighbours,
        ),
        Misconception(
            "neighbours, put down as halves",
            "You took neighbours as pairs (every second entry), and put them down as halves. Entries i and i + d/2 are a pair: cut x in its "
            "middle.",
            turned.neighbours_to_halves,
        ),
        Misconception(
            "halves, put down as neighbours",
            "The numbers are right, but woven together. Put them back where they came from, the first half and then the second: "
            "jnp.concatenate.",
            turned.halves_to_neighbours,
        ),
        Misconception(
            "exponent without 2",
            "Your exponent is -i / d, so the rates fall half as fast as they should. It is -2 * i / d.",
            other_angles(lambda t, i, d, base: t * base ** (-i / d)),
        ),
        Misconception(
            "exponent twice as large",
            "Your exponents are twice as large as they should be. In -2 * i / d the i counts the pairs, 0 to d/2 - 1, and d is the whole length of "
            "a row.",
            other_angles(lambda t, i, d, base: t * base ** (-4 * i / d)),
        ),
        Misconception(
            "no brackets",
            "** binds before * and /, so your base has the power -2 alone. Put the exponent in brackets: base ** (-2 * i / d).",
            other_angles(lambda t, i, d, base: t * base**-2 * i / d),
        ),
        Misconception(
            "growing rates",
            "The minus in your exponent is missing, so the rates grow. The first pair turns fastest: base ** (-2 * i / d).",
            turned.growing,
        ),
        Misconception(
            "pairs counted from 1",
            "You counted the pairs from 1. The first pair has i = 0, and turns by the position itself.",
            other_angles(lambda t, i, d, base: t * base ** (-2 * (i + 1) / d)),
        ),
        Misconception(
            "one angle for all pairs",
            "You turned every pair by the position itself. Each pair has a rate of its own: positions times base ** (-2 * i / d).",
            other_angles(lambda t, i, d, base: t + 0.0 * i),
        ),
        Misconception(
            "an angle for each entry",
            "Your rates run on over all d entries. The two of a pair are turned by one angle: there are d/2 of them, i from 0 to d/2 - 1.",
            turned.an_angle_each,
        ),
        Misconception(
            "places from 0 on",
            "You numbered the rows 0, 1, 2 yourself. Use the `positions` that are given: a text may go on from elsewhere.",
            other_angles(lambda t, i, d, base: np.arange(len(t))[:, None] * base ** (-2 * i / d)),
        ),
        Misconception(
            "places from 1 on",
            "You added 1 to the positions. Position 0 is not turned at all: use them as they are.",
            other_angles(lambda t, i, d, base: (t + 1) * base ** (-2 * i / d)),
        ),
        Misconception(
            "the usual base",
            "You wrote 10000 into the function, which is only the default. Use the `base` that is given.",
            other_angles(lambda t, i, d, base: t * 10_000.0 ** (-2 * i / d)),
        ),
        Misconception(
            "turned the other way",
            "You turned the pairs the other way round: the minus belongs to the first of the two, a cos - b sin, and then a sin + b cos.",
            other_turn(lambda a, b, cos, sin: (a * cos + b * sin, b * cos - a * sin)),
        ),
        Misconception(
            "no minus",
            "A turn has one minus: a cos - b sin, and a sin + b cos. Without it the pair changes its length.",
            other_turn(lambda a, b, cos, sin: (a * cos + b * sin, a * sin + b * cos)),
        ),
        Misconception(
            "two minuses",
            "You wrote minus twice. The second of a pair becomes a sin + b cos.",
            other_turn(lambda a, b, cos, sin: (a * cos - b * sin, a * sin - b * cos)),
        ),
        Misconception(
            "sine and cosine swapped",
            "Sine and cosine have changed places: at position 0 nothing is turned, and there the cosine is 1. a cos - b sin, a sin + b cos.",
            other_turn(lambda a, b, cos, sin: (a * sin - b * cos, a * cos + b * sin)),
        ),
        Misconception(
            "each its own",
            "You multiplied the first half by the cosine and the second by the sine. Each of a pair gets a part of both: a cos - b sin, "
            "a sin + b cos.",
            other_turn(lambda a, b, cos, sin: (a * cos, b * sin)),
        ),
        Misconception(
            "the new a in b",
            "You had changed a already when you computed b. Both are made of the old ones: give the new ones names of their own.",
            other_turn(turned.one_after_the_other),
        ),
        Misconception(
            "the second half first",
            "The numbers are right, but the halves have changed places: a cos - b sin stands first.",
            other_turn(lambda a, b, cos, sin: (a * sin + b * cos, a * cos - b * sin)),
        ),
        Misconception(
            "one below the other",
            "You put the halves one below the other. They belong side by side, along the last axis: jnp.concatenate([...], axis=-1).",
            turned.joined(lambda a, b: np.concatenate([a, b])),
        ),
        Misconception(
            "stacked",
            "You stacked the halves, which makes an axis more. Put them side by side along the last axis: jnp.concatenate([...], axis=-1).",
            turned.joined(lambda a, b: np.stack([a, b], axis=-1)),
        ),
        Misconception(
            "one half",
            "You returned the first half alone. Put the second, a sin + b cos, beside it: d entries come out, as went in.",
            turned.one_half,
        ),
        Misconception(
            "added",
            "You added sines and cosines to x. That is another way to tell the place; here each pair is turned: a cos - b sin, a sin + b cos.",
            turned.added,
        ),
        Misconception(
            "positions not stood up",
            "You multiplied positions and rates one by one. Each row needs all rates: stand the positions up as a column, positions[:, None].",
            turned.positions_not_stood_up,
        ),
    ),
)
