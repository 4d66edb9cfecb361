"""spread: which entropy."""

import math

import numpy as np

from chargen_lib.exercises.engine.cards import Misconception, Probe
from chargen_lib.exercises.lesson_04.numbers_to_try import row_of
from chargen_lib.instructor.variants.family import Family, Member, Rule, Slip


def collision_bits(probs):
    probs = np.asarray(probs, dtype=float)
    return -np.log2((probs**2).sum(axis=-1))


def perplexity(probs):
    probs = np.asarray(probs, dtype=float)
    logs = np.log2(np.where(probs > 0, probs, 1.0))  # what has no probability adds nothing
    return 2.0 ** -(probs * logs).sum(axis=-1)


def evenness(probs):
    probs = np.asarray(probs, dtype=float)
    logs = np.log2(np.where(probs > 0, probs, 1.0))  # what has no probability adds nothing
    return -(probs * logs).sum(axis=-1) / np.log2(probs.shape[-1])


def _entropy(probs):
    return np.log2(perplexity(probs))


def _nan_at_zero(right):
    return lambda probs: np.where(np.any(np.asarray(probs) == 0, axis=-1), np.nan, right(probs))


NAN_AT_ZERO = "0 times log 0 became NaN. What has no probability adds nothing: keep zeros out of the logarithm."


def spread_probes(rng):
    rows = row_of(0.5, 0.25, 0.125, 0.125, 0, 0, 1, 0, 0.75, 0.25, 0, 0, 0.25, 0.25, 0.25, 0.25).reshape(4, 4)
    return [
        Probe((row_of(0.5, 0.25, 0.25, 0),)),
        Probe((row_of(0.75, 0.25),)),
        Probe((row_of(0.25, 0.25, 0.25, 0.25),)),
        Probe((row_of(0, 1, 0),)),
        Probe((rng.dirichlet(np.ones(5)).astype(np.float32),)),
        Probe((rows,), batch=True),
        Probe((rng.dirichlet(np.ones(4), size=(4, 4)).astype(np.float32),), batch=True),
    ]


SPREAD = Family(
    function="spread",
    title="How spread out is it?",
    lesson=4,
    points=2,
    minutes=6,
    difficulty=2,
    docstring="How spread out probabilities are.  probs: (..., V), V >= 2;  returns (...), one number for each row.",
    given="`probs` are rows of $V \\ge 2$ probabilities $p_i$, with any leading axes; some may be 0. Return one number for each row:",
    probes=spread_probes,
    members=(
        Member(
            name="collision entropy",
            statement="the *collision entropy*, $-\\log_2 \\sum_i p_i^2$, in bits. (The sum is the probability that two draws give the same "
            "character.)",
            hint="Square, sum along the last axis, then one logarithm for each row. Zeros do no harm here.",
            reference=collision_bits,
            did="You computed the collision entropy",
            asked="here the question is how likely two draws are equal: minus log2 of the sum of the squares",
            mistakes=(
                Misconception(
                    "no logarithm",
                    "You returned the probability that two draws are equal; its surprise in bits is asked: minus log2 of it.",
                    lambda probs: 2.0 ** -collision_bits(probs),
                ),
                Misconception(
                    "number of characters",
                    "You returned 1 / (sum of the squares), a number of characters; take its logarithm, base 2.",
                    lambda probs: 2.0 ** collision_bits(probs),
                ),
                Misconception(
                    "nats",
                    "Your answer is in nats (natural logarithm); bits use log2.",
                    lambda probs: collision_bits(probs) * math.log(2),
                ),
                Misconception(
                    "sign", "Your answer is negative: put a minus before the logarithm.", lambda probs: -collision_bits(probs)
                ),
            ),
        ),
        Member(
            name="perplexity",
            statement="the *perplexity*, $2^H$ with $H = -\\sum_i p_i \\log_2 p_i$: the number of equally likely characters that would be as "
            "hard to guess. 0 log 0 counts as 0.",
            hint="The entropy in bits first, with a 1 in place of every 0 inside the logarithm; then 2 to that power.",
            reference=perplexity,
            did="You computed the perplexity",
            asked="here the answer is a number of characters, 2 to the power of the entropy in bits",
            mistakes=(
                Misconception(
                    "nats in a power of two",
                    "Your entropy is in nats, and you raised 2 to it. Use log2 with 2, or the natural logarithm with exp.",
                    lambda probs: 2.0 ** (_entropy(probs) * math.log(2)),
                ),
                Misconception(
                    "exp of bits",
                    "Your entropy is in bits, and you took exp of it. Use log2 with 2, or the natural logarithm with exp.",
                    lambda probs: np.exp(_entropy(probs)),
                ),
                Misconception(
                    "sign",
                    "You left out the minus of the entropy, so you returned 1 / perplexity. The logarithm of a probability is negative.",
                    lambda probs: 1 / perplexity(probs),
                ),
                Misconception("zeros give NaN", NAN_AT_ZERO, _nan_at_zero(perplexity)),
            ),
        ),
        Member(
            name="evenness",
            statement="the *evenness*, the entropy $-\\sum_i p_i \\log_2 p_i$ as a share of the largest that $V$ characters can have, "
            "$\\log_2 V$. It is 0 when one character is certain, and 1 when all are equally likely. 0 log 0 counts as 0.",
            hint="The entropy first, with a 1 in place of every 0 inside the logarithm; `probs.shape[-1]` is V.",
            reference=evenness,
            did="You computed the evenness, the entropy over its largest value",
            asked="here the entropy is divided by log2 V, so that 1 means that all are equally likely",
            mistakes=(
                Misconception(
                    "divided by V",
                    "You divided by V; the largest entropy that V characters can have is log2 V.",
                    lambda probs: _entropy(probs) / np.shape(probs)[-1],
                ),
                Misconception(
                    "two kinds of logarithm",
                    "You divided nats by bits. Use the same logarithm above and below.",
                    lambda probs: evenness(probs) * math.log(2),
                ),
                Misconception(
                    "only the possible ones",
                    "You divided by the logarithm of the number of characters that are possible; V counts all of them.",
                    lambda probs: _entropy(probs) / np.log2(np.maximum(np.sum(np.asarray(probs) > 0, axis=-1), 2)),
                ),
                Misconception("zeros give NaN", NAN_AT_ZERO, _nan_at_zero(evenness)),
            ),
        ),
    ),
    others=(
        Rule("entropy", "You computed the entropy in bits, as in lesson 04", _entropy),
        Rule("likeliest alone", "You looked at the largest probability alone", lambda probs: -np.log2(np.max(probs, axis=-1))),
    ),
    slips=(
        Slip(
            "one number for all",
            "You returned one number for the whole batch; each row has its own: sum along axis=-1.",
            lambda right: lambda probs: right(probs).mean(),
        ),
        Slip(
            "first axis",
            "You summed along axis 0; the characters are on the last axis: axis=-1.",
            lambda right: lambda probs: right(np.moveaxis(np.asarray(probs), 0, -1)),
        ),
    ),
)
