"""softened_probs: which way of softening."""

import math

import numpy as np

from chargen_lib.exercises.engine.cards import Misconception, Probe
from chargen_lib.exercises.lesson_04.numbers_to_try import normal, row_of
from chargen_lib.exercises.lesson_04.softmaxes import softmax
from chargen_lib.instructor.variants.family import Family, Member, Rule, Slip
from chargen_lib.instructor.variants.sampling.rows_to_draw_from import WHOLE_BATCH, overflowing


def inverse_temperature(logits, amount):
    if not amount >= 0:  # also catches NaN
        raise ValueError(f"amount must be 0 or more, got {amount}")
    logits = amount * np.asarray(logits, dtype=float)
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)


def soft_cap(logits, amount):
    if not amount > 0:  # also catches NaN
        raise ValueError(f"amount must be above 0, got {amount}")
    logits = amount * np.tanh(np.asarray(logits, dtype=float) / amount)
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)


def mixed_with_uniform(logits, amount):
    if not 0 <= amount <= 1:  # also catches NaN
        raise ValueError(f"amount must be from 0 to 1, got {amount}")
    logits = np.asarray(logits, dtype=float)
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    probs = weights / weights.sum(axis=-1, keepdims=True)
    return (1 - amount) * probs + amount / logits.shape[-1]


def _temperature(logits, amount):
    if not amount >= 0:
        raise ValueError("the temperature must be 0 or more")
    if amount == 0:
        return np.eye(np.shape(logits)[-1])[np.argmax(logits, axis=-1)]
    return softmax(np.asarray(logits, dtype=float) / amount)


def _mixed(logits, amount):
    return (1 - amount) * softmax(logits) + amount / np.shape(logits)[-1]


def _capped(logits, amount, cap=np.tanh):
    with np.errstate(all="ignore"):
        return amount * cap(np.asarray(logits, dtype=float) / amount)


def softened_probs_probes(rng):
    square = row_of(0.5, 2, -1, 1, -2, 3, 0.5, 1, 1.5, -0.5, 2.5, 0.25, 3, 1, -1, -3).reshape(4, 4)
    return [
        Probe((row_of(2, 1, 0, -1), 0.5)),
        Probe((row_of(0, -3, 1, 4), 1.0)),
        Probe((row_of(0, -3, 1, 4), 2.0)),
        Probe((row_of(1, 2, 0, 2), 0.0)),
        Probe((row_of(1e4, 0, -1e4, 5e3), 0.5)),
        Probe((row_of(2, 1, 0, -1), -0.5)),
        Probe((row_of(2, 1, 0, -1), math.nan)),
        Probe((normal(rng, 4), float(rng.uniform(0.2, 0.8)))),
        Probe((square, 0.25), batch=True),
        Probe((normal(rng, 2, 3, 4), 0.5), batch=True),
    ]


SOFTENED_PROBS = Family(
    function="softened_probs",
    title="Softer probabilities",
    lesson=4,
    points=2,
    minutes=8,
    difficulty=2,
    docstring="Probabilities, softened.  logits: (..., V);  amount: float;  returns (..., V), each row sums to 1.",
    given="`logits` are rows of $V$ logits $z_i$, with any leading axes, and may be as large as 10 000. Return probabilities, softened by "
    "`amount`:",
    probes=softened_probs_probes,
    members=(
        Member(
            name="inverse temperature",
            statement="`amount` is an *inverse* temperature $\\beta$: the probabilities are the softmax of $\\beta z_i$. A $\\beta$ of 0 "
            "makes all characters alike. A negative one, or NaN, has no meaning: raise `ValueError`.",
            hint="A product in place of a quotient, so 0 needs no case of its own. Which comparison is false for NaN as well?",
            reference=inverse_temperature,
            did="You multiplied the logits by `amount`",
            asked="here `amount` multiplies the logits, so that 0 makes all characters alike",
            mistakes=(
                Misconception(
                    "any amount",
                    "A negative `amount` makes the unlikeliest character the likeliest, and NaN spoils everything: raise a ValueError.",
                    lambda logits, amount: softmax(amount * np.asarray(logits)),
                ),
                Misconception(
                    "refuses zero",
                    "An `amount` of 0 is allowed: every character then has the probability 1 / V.",
                    lambda logits, amount: inverse_temperature(logits, amount if amount else -1),
                ),
                Misconception(
                    "overflows",
                    "For logits such as 10 000 exp is infinite, and inf / inf is NaN. Use jax.nn.softmax, or subtract each row's "
                    "largest logit first.",
                    lambda logits, amount: overflowing(amount * np.asarray(logits)) if amount >= 0 else _refuse(),
                ),
            ),
        ),
        Member(
            name="soft cap",
            statement="`amount` is a *soft cap* $c$: the probabilities are the softmax of $c \\tanh(z_i / c)$, so that no logit counts for "
            "more than $c$, and none for less than $-c$. A $c$ of 0 or below, or NaN, has no meaning: raise `ValueError`.",
            hint="Two steps: the capped logits, with `jnp.tanh`, then their softmax. Which comparison is false for NaN as well?",
            reference=soft_cap,
            did="You capped the logits with c tanh(z / c)",
            asked="here no logit may count for more than `amount`: c tanh(z / c), then the softmax",
            mistakes=(
                Misconception(
                    "any amount",
                    "A cap of 0 divides by zero, and one below 0 or NaN has no meaning: raise a ValueError.",
                    lambda logits, amount: softmax(_capped(logits, amount)),
                ),
                Misconception(
                    "hard cap",
                    "You cut the logits off at the cap, so those beyond it become equal. Use tanh, which keeps their order.",
                    lambda logits, amount: (
                        softmax(_capped(logits, amount, lambda x: np.clip(x, -1, 1))) if amount > 0 else _refuse()
                    ),
                ),
                Misconception(
                    "not multiplied back",
                    "You took tanh(z / c), which lies between -1 and 1 for any c; multiply it by c.",
                    lambda logits, amount: softmax(np.tanh(np.asarray(logits) / amount)) if amount > 0 else _refuse(),
                ),
            ),
        ),
        Member(
            name="mixed with uniform",
            statement="`amount` is a share $\\varepsilon$ that all characters divide evenly: the probabilities are $1 - \\varepsilon$ times "
            "the softmax of $z$, plus $\\varepsilon / V$ for each character. An $\\varepsilon$ below 0 or above 1, or NaN, has no "
            "meaning: raise `ValueError`.",
            hint="The softmax first, then the mixture. `logits.shape[-1]` is V. Which comparison is false for NaN as well?",
            reference=mixed_with_uniform,
            did="You mixed the probabilities with equal ones",
            asked="here `amount` is the share of the mass that all characters divide evenly",
            mistakes=(
                Misconception(
                    "any amount",
                    "An `amount` below 0 or above 1 can give negative probabilities: raise a ValueError, for NaN too.",
                    _mixed,
                ),
                Misconception(
                    "shares swapped",
                    "You gave `amount` to the softmax and the rest to the equal shares; it is the other way round.",
                    lambda logits, amount: mixed_with_uniform(logits, 1 - amount),
                ),
                Misconception(
                    "not divided by V",
                    "You gave each character the whole `amount`, so a row sums to more than 1; each gets `amount` / V.",
                    lambda logits, amount: mixed_with_uniform(logits, amount) + amount * (1 - 1 / np.shape(logits)[-1]),
                ),
                Misconception(
                    "mixes the logits",
                    "You mixed logits, not probabilities: take the softmax first.",
                    lambda logits, amount: softmax((1 - amount) * np.asarray(logits)) if 0 <= amount <= 1 else _refuse(),
                ),
                Misconception(
                    "overflows",
                    "For logits such as 10 000 exp is infinite, and inf / inf is NaN. Use jax.nn.softmax, or subtract each row's "
                    "largest logit first.",
                    lambda logits, amount: mixed_with_uniform(logits, amount) + 0 * overflowing(logits),
                ),
            ),
        ),
    ),
    others=(Rule("temperature", "You divided the logits by `amount`, a temperature as in lesson 04", _temperature),),
    slips=(
        WHOLE_BATCH,
        Slip(
            "logarithms",
            "You returned the logarithms of the probabilities; return the probabilities themselves.",
            lambda right: lambda logits, amount: _log(right(logits, amount)),
        ),
        Slip(
            "not softened",
            "You returned the plain softmax; `amount` has to change it.",
            lambda right: lambda logits, amount: right(logits, amount) * 0 + softmax(logits),
        ),
    ),
)


def _refuse():
    raise ValueError("this amount has no meaning")


def _log(probs):
    with np.errstate(divide="ignore"):
        return np.log(probs)
