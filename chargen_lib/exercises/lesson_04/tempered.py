"""Logits at a temperature, as it is right and as it is written when it is wrong."""

import math
from collections.abc import Callable

import numpy as np

from chargen_lib.exercises.lesson_01.stories import STORIES_V
from chargen_lib.exercises.lesson_04.gumbel_sample import likeliest
from chargen_lib.exercises.lesson_04.softmaxes import softmax


def one_kept(likeliest, size):
    """0 at the id `likeliest` (...) of each row, minus infinity at the others."""
    return np.where(np.arange(size) == np.asarray(likeliest)[..., None], 0.0, -np.inf)


def apply_temperature(logits, temperature):
    if not temperature >= 0:  # also catches NaN
        raise ValueError(f"the temperature must be 0 or more, got {temperature}")
    logits = np.asarray(logits, dtype=float)
    if temperature == 0:
        return one_kept(np.argmax(logits, axis=-1), logits.shape[-1])
    return logits / temperature


def with_cases(scale: Callable, zero: bool, negative: bool, nan: bool) -> Callable:
    """`scale` where the others are not treated as cases of their own: T = 0, T < 0, and NaN."""

    def wrong(logits, temperature):
        if (zero and temperature == 0) or (negative and temperature < 0) or (nan and math.isnan(temperature)):
            return apply_temperature(logits, temperature)
        with np.errstate(all="ignore"):
            return scale(np.asarray(logits, dtype=float), temperature)

    return wrong


def at_tiny_temperature(tiny):
    return lambda logits, temperature: apply_temperature(logits, temperature or tiny)


def at_zero(treated):
    """Right but at T = 0, where treated(logits, the right row) is returned."""

    def wrong(logits, temperature):
        logits = np.asarray(logits, dtype=float)
        scaled = apply_temperature(logits, temperature)
        return treated(logits, scaled) if temperature == 0 else scaled

    return wrong


def at_above_zero(scale):
    """Right but for the quotient."""
    return lambda logits, temperature: (
        scale(np.asarray(logits, dtype=float), temperature) if temperature > 0 else apply_temperature(logits, temperature)
    )


def at_size(logits, temperature):
    return apply_temperature(logits, abs(temperature))


def at_one_hot(logits, temperature):
    scaled = apply_temperature(logits, temperature)
    return np.exp(scaled) if temperature == 0 else scaled


def at_keeps_ties(logits, temperature):
    logits = np.asarray(logits, dtype=float)
    if temperature == 0:
        return np.where(logits == logits.max(axis=-1, keepdims=True), 0.0, -np.inf)
    return apply_temperature(logits, temperature)


def at_last_tie(logits, temperature):
    logits = np.asarray(logits, dtype=float)
    return apply_temperature(logits[..., ::-1], temperature)[..., ::-1]


def at_keeps_the_logit(logits, temperature):
    logits = np.asarray(logits, dtype=float)
    scaled = apply_temperature(logits, temperature)
    return np.where(scaled == 0, logits, -np.inf) if temperature == 0 else scaled


def at_one_argmax(logits, temperature):
    logits = np.asarray(logits, dtype=float)
    if temperature == 0:
        return one_kept(np.argmax(logits), logits.shape[-1])
    return apply_temperature(logits, temperature)


def at_no_keepdims(logits, temperature):
    logits = np.asarray(logits, dtype=float)
    if temperature == 0:
        return np.where(np.arange(logits.shape[-1]) == np.argmax(logits, axis=-1), 0.0, -np.inf)
    return apply_temperature(logits, temperature)


def at_stories(logits, temperature):
    scaled = apply_temperature(logits, temperature)
    return one_kept(np.argmax(np.asarray(logits), axis=-1), STORIES_V) if temperature == 0 else scaled


def at_refuses_zero(logits, temperature):
    if not temperature > 0:
        raise ValueError("the temperature must be positive")
    return apply_temperature(logits, temperature)


def at_probabilities(logits, temperature):
    return softmax(apply_temperature(logits, temperature))


def at_softmax_of_the_quotient(logits, temperature):
    scaled = apply_temperature(logits, temperature)
    return scaled if temperature == 0 else softmax(scaled)


def at_returns_the_id(logits, temperature):
    return likeliest(logits) if temperature == 0 else apply_temperature(logits, temperature)


def at_after_softmax(logits, temperature):
    return apply_temperature(logits if temperature == 0 else softmax(logits), temperature)
