"""apply_temperature: its card, what it is tried on, and what to say of a wrong answer."""

import itertools

import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe
from chargen_lib.exercises.lesson_04 import tempered
from chargen_lib.exercises.lesson_04.numbers_to_try import normal, row_of
from chargen_lib.exercises.lesson_04.softmaxes import softmax


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
        Probe((tied, float("nan"))),  # not math.nan, which `is math.nan` would find
        Probe((rows, 0.25), batch=True),
        Probe((rows, 0.0), batch=True),
        Probe((normal(rng, 4, 4, 4), float(rng.uniform(0.2, 3.0))), batch=True),
        Probe((rng.permuted(np.tile(row_of(-1, 0, 2, 5), (4, 4, 1)), axis=-1), 0.0), batch=True),
    ]


_CASES = "zero", "below zero", "NaN"

_MULTIPLIED = [
    Misconception(
        ", ".join(["multiplies"] + [f"no case for {case}" for case, treated in zip(_CASES, which, strict=True) if not treated]),
        "You multiplied by T. Divide by it: a low temperature sharpens.",
        tempered.with_cases(np.multiply, *which),
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
    reference=tempered.apply_temperature,
    probes=temperature_probes,
    misconceptions=(
        *_MULTIPLIED,
        Misconception("only divides", _ONLY_DIVIDES, tempered.with_cases(np.divide, zero=False, negative=False, nan=False)),
        Misconception(
            "only divides, but by NaN", _ONLY_DIVIDES, tempered.with_cases(np.divide, zero=False, negative=False, nan=True)
        ),
        Misconception("divides by zero", _BY_ZERO, tempered.with_cases(np.divide, zero=False, negative=True, nan=True)),
        Misconception(
            "divides by zero, takes NaN", _BY_ZERO, tempered.with_cases(np.divide, zero=False, negative=True, nan=False)
        ),
        *(
            Misconception(
                f"a tiny temperature, {tiny:g}",
                "You replaced T = 0 by a tiny number. Ties are then still drawn at random, and the logits are huge: "
                "give the argmax 0 and every other one -inf.",
                tempered.at_tiny_temperature(tiny),
            )
            for tiny in (1e-10, 1e-9, 1e-8, 1e-6, 1e-5, 1e-3)
        ),
        Misconception(
            "one at zero",
            "At T = 0 you gave the argmax the logit 1; give it 0, the logarithm of probability 1.",
            tempered.at_zero(lambda logits, right: np.where(right == 0, 1.0, right)),
        ),
        Misconception(
            "infinity at zero",
            "At T = 0 you gave the argmax infinity and the others 0; inf - inf is NaN in every softmax. Give it 0, and the others -inf.",
            tempered.at_zero(lambda logits, right: np.where(right == 0, np.inf, 0.0)),
        ),
        Misconception(
            "keeps ties and their logits",
            "At T = 0 you kept every logit that equals the largest, as it was. Only the lowest such id may stay, with the logit 0: use argmax.",
            tempered.at_zero(lambda logits, right: np.where(logits == logits.max(axis=-1, keepdims=True), logits, -np.inf)),
        ),
        Misconception(
            "unchanged at zero",
            "At T = 0 you returned the logits as they were, which is T = 1. Give the argmax 0 and every other one -inf.",
            tempered.at_zero(lambda logits, right: logits),
        ),
        Misconception(
            "without its sign",
            "You took a negative temperature without its sign (abs), so a mistake goes unseen. Raise a ValueError.",
            tempered.at_size,
        ),
        Misconception(
            "whole quotient",
            "You divided with //, which rounds down; divide with /.",
            tempered.at_above_zero(lambda logits, temperature: logits // temperature),
        ),
        Misconception(
            "subtracts",
            "You subtracted T, which changes no probability; divide by it.",
            tempered.at_above_zero(lambda logits, T: logits - T),
        ),
        Misconception(
            "log-probabilities",
            "You returned log-probabilities (log_softmax); return the divided logits themselves.",
            tempered.at_above_zero(lambda logits, T: np.log(softmax(logits / T))),
        ),
        Misconception(
            "one-hot at zero",
            "At T = 0 you returned the probabilities 1 and 0. The logits that give them are 0 and -inf.",
            tempered.at_one_hot,
        ),
        Misconception(
            "keeps ties",
            "At T = 0 you kept every logit that equals the largest. Only one may stay, the lowest id: use argmax.",
            tempered.at_keeps_ties,
        ),
        Misconception(
            "last tie wins",
            "When two logits are equally large the lowest id wins at T = 0; you kept the highest.",
            tempered.at_last_tie,
        ),
        Misconception(
            "keeps the logit",
            "At T = 0 you left the largest logit as it was; give it 0, the logarithm of probability 1.",
            tempered.at_keeps_the_logit,
        ),
        Misconception(
            "one argmax for all rows",
            "At T = 0 you took the argmax of the whole array; each row has its own: axis=-1.",
            tempered.at_one_argmax,
        ),
        Misconception(
            "no keepdims",
            "At T = 0 your argmax lost its axis, so it is compared with the wrong entries of a batch. Write keepdims=True.",
            tempered.at_no_keepdims,
        ),
        Misconception(
            "takes any temperature",
            "A negative temperature would favour the unlikeliest character. Raise a ValueError for it, and for NaN.",
            tempered.with_cases(np.divide, zero=True, negative=False, nan=False),
        ),
        Misconception(
            "takes a negative one",
            "A negative temperature would favour the unlikeliest character. Raise a ValueError for it, as you do for NaN.",
            tempered.with_cases(np.divide, zero=True, negative=False, nan=True),
        ),
        Misconception(
            "takes NaN",
            "NaN slips through: every comparison with it is False, so `temperature < 0` and `temperature == float('nan')` do not "
            "catch it. `not temperature >= 0` does.",
            tempered.with_cases(np.divide, zero=True, negative=True, nan=False),
        ),
        Misconception(
            "the lesson's V",
            "At T = 0 your row is as long as the vocabulary of the stories, the V of the lesson. Take the length from the logits: "
            "logits.shape[-1].",
            tempered.at_stories,
        ),
        Misconception(
            "refuses zero",
            "You raise an error at T = 0, but 0 has a meaning: always the likeliest character. Only T below 0 and NaN have none.",
            tempered.at_refuses_zero,
        ),
        Misconception(
            "probabilities",
            "You went on to the softmax; return the scaled logits, so that filters can still work on them.",
            tempered.at_probabilities,
        ),
        Misconception(
            "softmax of the quotient",
            "You took a softmax after the division; return the divided logits themselves.",
            tempered.at_softmax_of_the_quotient,
        ),
        Misconception(
            "returns the id",
            "At T = 0 you returned the id of the likeliest character. Return a row of logits: 0 at that id, -inf elsewhere.",
            tempered.at_returns_the_id,
        ),
        Misconception(
            "after the softmax",
            "You divided by T after the softmax; scale the logits themselves.",
            tempered.at_after_softmax,
        ),
    ),
)
