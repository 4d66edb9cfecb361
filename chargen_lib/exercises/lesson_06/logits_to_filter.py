"""Logits to try a filter on, what every filter needs (their order, their ranks, and a mask), and mistakes that any may have."""

import numpy as np

from chargen_lib.exercises.engine.cards import Misconception
from chargen_lib.exercises.lesson_04.softmaxes import softmax


def ids_by_logit(logits):
    """The ids from the largest logit to the smallest; of two equal ones the lower id first."""
    return np.argsort(-np.asarray(logits), axis=-1, kind="stable")


def ranks_of(logits):
    """The place of each id in that order, counted from 0."""
    return np.argsort(ids_by_logit(logits), axis=-1)


def masked(logits, kept):
    return np.where(kept, np.asarray(logits), -np.inf)


def logits_of(*probs):
    return np.log(np.array(probs)).astype(np.float32)


def spaced(rng, *shape):
    """Random logits of which no two in a row are near each other."""
    steps = np.broadcast_to(np.linspace(-3, 3, shape[-1]), shape)
    return (rng.permuted(steps, axis=-1) + rng.uniform(-0.1, 0.1, size=shape)).astype(np.float32)


def shuffled(rng, *rows):
    """Logits of these rows of probabilities, each shuffled and moved by a constant, which changes no probability."""
    probs = rng.permuted(np.array(rows), axis=-1)
    return (np.log(probs) + rng.uniform(-2, 2, size=(len(rows), 1))).astype(np.float32)


def not_logits(right_filter):
    """What is wrong with any filter that finds the right characters and returns something else than their logits."""

    def kept(logits, setting):
        return ~np.isneginf(right_filter(np.maximum(logits, -1e30), setting))  # so a kept -inf is not taken for a removed one

    def zeros(logits, setting):
        return np.where(kept(logits, setting), logits, np.float32(0))

    def probabilities(logits, setting):
        return softmax(right_filter(logits, setting))

    def probabilities_as_they_were(logits, setting):
        return np.where(kept(logits, setting), softmax(logits), 0.0)

    def probabilities_and_infinities(logits, setting):
        return np.where(kept(logits, setting), softmax(logits), -np.inf)

    def normalised(logits, setting):
        with np.errstate(divide="ignore"):
            return np.log(softmax(right_filter(logits, setting)))

    def only_the_kept(logits, setting):
        return np.asarray(logits)[kept(logits, setting)]

    return (
        Misconception(
            "zero instead of -inf",
            "You set the removed logits to 0, but exp(0) = 1: they can still be drawn. Only the logit -inf has probability 0.",
            zeros,
        ),
        Misconception(
            "probabilities",
            "You returned probabilities; a filter takes logits and gives logits, and leaves the kept ones untouched.",
            probabilities,
        ),
        Misconception(
            "probabilities cut",
            "You returned the probabilities with 0 for what is removed; a filter gives logits: the kept ones untouched, -inf for the others.",
            probabilities_as_they_were,
        ),
        Misconception(
            "probabilities beside -inf",
            "Your mask is right, but where it keeps you returned probabilities. Keep the logits: jnp.where(kept, logits, -jnp.inf).",
            probabilities_and_infinities,
        ),
        Misconception(
            "log-probabilities",
            "You went on to log-probabilities (log_softmax); a filter leaves the kept logits untouched.",
            normalised,
        ),
        Misconception(
            "only the kept ones",
            "You returned the kept logits alone, so nobody knows whose they are. Keep the shape, with -inf where a character was removed.",
            only_the_kept,
        ),
    )
