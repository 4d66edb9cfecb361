"""apply_temperature: its reference, what it is tried on, and the wrong answers with names."""

import itertools
import math
from collections.abc import Callable

import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe
from chargen_lib.exercises.lesson_01.stories import STORIES_V
from chargen_lib.exercises.lesson_04.gumbel_sample import likeliest
from chargen_lib.exercises.lesson_04.numbers_to_try import normal, row_of
from chargen_lib.exercises.lesson_04.softmax import softmax


def _one_kept(likeliest, size):
    """0 at the id `likeliest` (...) of each row, minus infinity at the others."""
    return np.where(np.arange(size) == np.asarray(likeliest)[..., None], 0.0, -np.inf)


def apply_temperature(logits, temperature):
    if not temperature >= 0:  # also catches NaN
        raise ValueError(f"the temperature must be 0 or more, got {temperature}")
    logits = np.asarray(logits, dtype=float)
    if temperature == 0:
        return _one_kept(np.argmax(logits, axis=-1), logits.shape[-1])
    return logits / temperature


def temperature_probes(rng):
    tied = row_of(-1, 3, 3, 0)
    rows = row_of(2, -1, 0, 1, -3, 0.5, 0, 0.5, 0, -2, -4, -6, 1, 1, 2, 2).reshape(4, 4)
    return [
        Probe((row_of(2, 1, 0, -1), 2.0)),
        Probe((row_of(2, 1, 0, -1), 0.5)),
        Probe((normal(rng, 4), float(rng.uniform(0.2, 3.0)))),
        Probe((row_of(0, -2, 4, 1), 0.0)),
        Probe((row_of(-3, -1, -2, -4), 0.0)),
        Probe((tied, 0.0)),
        Probe((row_of(2, 2, 1, -np.inf), 0.0)),
        Probe((tied, -1.0)),
        Probe((tied, -0.01)),
        Probe((tied, math.nan)),
        Probe((rows, 0.25), batch=True),
        Probe((rows, 0.0), batch=True),
        Probe((normal(rng, 4, 4, 4), float(rng.uniform(0.2, 3.0))), batch=True),
        Probe((rng.permuted(np.tile(row_of(-1, 0, 2, 5), (4, 4, 1)), axis=-1), 0.0), batch=True),
    ]


def _with_cases(scale: Callable, zero: bool, negative: bool, nan: bool) -> Callable:
    """`scale` where the others are not treated as cases of their own: T = 0, T < 0, and NaN."""

    def wrong(logits, temperature):
        if (zero and temperature == 0) or (negative and temperature < 0) or (nan and math.isnan(temperature)):
            return apply_temperature(logits, temperature)
        with np.errstate(all="ignore"):
            return scale(np.asarray(logits, dtype=float), temperature)

    return wrong


def _at_tiny_temperature(logits, temperature):
    return apply_temperature(logits, 1e-8 if temperature == 0 else temperature)


def _at_one_hot(logits, temperature):
    scaled = apply_temperature(logits, temperature)
    return np.exp(scaled) if temperature == 0 else scaled


def _at_keeps_ties(logits, temperature):
    logits = np.asarray(logits, dtype=float)
    if temperature == 0:
        return np.where(logits == logits.max(axis=-1, keepdims=True), 0.0, -np.inf)
    return apply_temperature(logits, temperature)


def _at_last_tie(logits, temperature):
    logits = np.asarray(logits, dtype=float)
    return apply_temperature(logits[..., ::-1], temperature)[..., ::-1]


def _at_keeps_the_logit(logits, temperature):
    logits = np.asarray(logits, dtype=float)
    scaled = apply_temperature(logits, temperature)
    return np.where(scaled == 0, logits, -np.inf) if temperature == 0 else scaled


def _at_one_argmax(logits, temperature):
    logits = np.asarray(logits, dtype=float)
    if temperature == 0:
        return _one_kept(np.argmax(logits), logits.shape[-1])
    return apply_temperature(logits, temperature)


def _at_no_keepdims(logits, temperature):
    logits = np.asarray(logits, dtype=float)
    if temperature == 0:
        return np.where(np.arange(logits.shape[-1]) == np.argmax(logits, axis=-1), 0.0, -np.inf)
    return apply_temperature(logits, temperature)


def _at_stories(logits, temperature):
    scaled = apply_temperature(logits, temperature)
    return _one_kept(np.argmax(np.asarray(logits), axis=-1), STORIES_V) if temperature == 0 else scaled


def _at_refuses_zero(logits, temperature):
    if not temperature > 0:
        raise ValueError("the temperature must be positive")
    return apply_temperature(logits, temperature)


def _at_probabilities(logits, temperature):
    return softmax(apply_temperature(logits, temperature))


def _at_softmax_of_the_quotient(logits, temperature):
    scaled = apply_temperature(logits, temperature)
    return scaled if temperature == 0 else softmax(scaled)


def _at_returns_the_id(logits, temperature):
    return likeliest(logits) if temperature == 0 else apply_temperature(logits, temperature)


def _at_after_softmax(logits, temperature):
    return apply_temperature(logits if temperature == 0 else softmax(logits), temperature)


_CASES = "zero", "below zero", "NaN"
_MULTIPLIED = [
    Misconception(
        ", ".join(["multiplies"] + [f"no case for {case}" for case, treated in zip(_CASES, which, strict=True) if not treated]),
        "You multiplied by T. Divide by it: a low temperature sharpens.",
        _with_cases(np.multiply, *which),
    )
    for which in itertools.product([True, False], repeat=3)
]
_ONLY_DIVIDES = (
    "You divide by any T. At T = 0 that gives infinities and NaN: there the argmax gets 0 and every other one -inf. "
    "A negative T and NaN are ValueErrors."
)
_BY_ZERO = "At T = 0 you divided by zero, which gives infinities and NaN. Treat 0 as a case of its own: 0 at the argmax, -inf elsewhere."

APPLY_TEMPERATURE = Exercise(
    name="apply_temperature",
    lesson=4,
    points=2,
    minutes=8,
    difficulty=2,
    hint="Three cases: check T first (which comparison is false for NaN as well?), then T = 0 with `jnp.argmax` and `jnp.where`, "
    "then the division.",
    reference=apply_temperature,
    probes=temperature_probes,
    misconceptions=(
        *_MULTIPLIED,
        Misconception("only divides", _ONLY_DIVIDES, _with_cases(np.divide, zero=False, negative=False, nan=False)),
        Misconception("only divides, but by NaN", _ONLY_DIVIDES, _with_cases(np.divide, zero=False, negative=False, nan=True)),
        Misconception("divides by zero", _BY_ZERO, _with_cases(np.divide, zero=False, negative=True, nan=True)),
        Misconception("divides by zero, takes NaN", _BY_ZERO, _with_cases(np.divide, zero=False, negative=True, nan=False)),
        Misconception(
            "a tiny temperature",
            "You replaced T = 0 by a tiny number. Ties are then still drawn at random, and the logits are huge: "
            "give the argmax 0 and every other one -inf.",
            _at_tiny_temperature,
        ),
        Misconception(
            "one-hot at zero",
            "At T = 0 you returned the probabilities 1 and 0. The logits that give them are 0 and -inf.",
            _at_one_hot,
        ),
        Misconception(
            "keeps ties",
            "At T = 0 you kept every logit that equals the largest. Only one may stay, the lowest id: use argmax.",
            _at_keeps_ties,
        ),
        Misconception(
            "last tie wins",
            "When two logits are equally large the lowest id wins at T = 0; you kept the highest.",
            _at_last_tie,
        ),
        Misconception(
            "keeps the logit",
            "At T = 0 you left the largest logit as it was; give it 0, the logarithm of probability 1.",
            _at_keeps_the_logit,
        ),
        Misconception(
            "one argmax for all rows",
            "At T = 0 you took the argmax of the whole array; each row has its own: axis=-1.",
            _at_one_argmax,
        ),
        Misconception(
            "no keepdims",
            "At T = 0 your argmax lost its axis, so it is compared with the wrong entries of a batch. Write keepdims=True.",
            _at_no_keepdims,
        ),
        Misconception(
            "takes any temperature",
            "A negative temperature would favour the unlikeliest character. Raise a ValueError for it, and for NaN.",
            _with_cases(np.divide, zero=True, negative=False, nan=False),
        ),
        Misconception(
            "takes a negative one",
            "A negative temperature would favour the unlikeliest character. Raise a ValueError for it, as you do for NaN.",
            _with_cases(np.divide, zero=True, negative=False, nan=True),
        ),
        Misconception(
            "takes NaN",
            "NaN slips through: every comparison with it is False, so `temperature < 0` and `temperature == float('nan')` do not "
            "catch it. `not temperature >= 0` does.",
            _with_cases(np.divide, zero=True, negative=True, nan=False),
        ),
        Misconception(
            "the lesson's V",
            "At T = 0 your row is as long as the vocabulary of the stories, the V of the lesson. Take the length from the logits: "
            "logits.shape[-1].",
            _at_stories,
        ),
        Misconception(
            "refuses zero",
            "You raise an error at T = 0, but 0 has a meaning: always the likeliest character. Only T below 0 and NaN have none.",
            _at_refuses_zero,
        ),
        Misconception(
            "probabilities",
            "You went on to the softmax; return the scaled logits, so that filters can still work on them.",
            _at_probabilities,
        ),
        Misconception(
            "softmax of the quotient",
            "You took a softmax after the division; return the divided logits themselves.",
            _at_softmax_of_the_quotient,
        ),
        Misconception(
            "returns the id",
            "At T = 0 you returned the id of the likeliest character. Return a row of logits: 0 at that id, -inf elsewhere.",
            _at_returns_the_id,
        ),
        Misconception(
            "after the softmax",
            "You divided by T after the softmax; scale the logits themselves.",
            _at_after_softmax,
        ),
    ),
)
