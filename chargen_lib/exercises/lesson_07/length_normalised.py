"""length_normalised: its reference, what it is tried on, and the wrong answers with names."""

import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe


def length_normalised(log_prob, length, alpha):
    return log_prob / length**alpha


def length_probes(rng):
    return [
        Probe((-6.0, 3, 1.0)),
        Probe((-6.0, 4, 0.5)),
        Probe((-6.0, 3, 0.0)),
        Probe((-2.0, 1, 0.7)),
        Probe((-5.0, 3, 2.0)),
        Probe((float(rng.uniform(-40, -5)), int(rng.integers(2, 30)), float(rng.uniform(0.2, 1.5)))),
    ]


def _ln_ignores_alpha(log_prob, length, alpha):
    return log_prob / length


def _ln_times_alpha(log_prob, length, alpha):
    return log_prob / length * alpha


def _ln_length_times_alpha(log_prob, length, alpha):
    return log_prob / (length * alpha)


def _ln_multiplies(log_prob, length, alpha):
    return log_prob * length**alpha


def _ln_swapped(log_prob, length, alpha):
    return log_prob / alpha**length


def _ln_gnmt(log_prob, length, alpha):
    return log_prob / ((5 + length) / 6) ** alpha


def _ln_reward(log_prob, length, alpha):
    return log_prob + alpha * length


def _ln_probability(log_prob, length, alpha):
    return float(np.exp(log_prob / length**alpha))


def _ln_sign(log_prob, length, alpha):
    return -log_prob / length**alpha


def _ln_whole_power(log_prob, length, alpha):
    return (log_prob / length) ** alpha


def _ln_power_of_the_log(log_prob, length, alpha):
    return log_prob**alpha / length


def _ln_power_of_the_size(log_prob, length, alpha):
    return -((-log_prob / length) ** alpha)


def _ln_root(log_prob, length, alpha):
    return log_prob / length**0.5


def _ln_unchanged(log_prob, length, alpha):
    return log_prob


def _ln_cost(log_prob, length, alpha):
    return log_prob - alpha * length


def _ln_inverse_power(log_prob, length, alpha):
    return log_prob / length ** (1 / alpha)


def _ln_logarithm(log_prob, length, alpha):
    return log_prob / np.log(length) ** alpha if length > 1 else log_prob


def _ln_counts_start(log_prob, length, alpha):
    return log_prob / (length + 1) ** alpha


_WHOLE_POWER = (
    "You raised the whole quotient to the power of alpha. Only the length is raised: a power binds tighter than a division, so no brackets, "
    "log_prob / length ** alpha."
)

LENGTH_NORMALISED = Exercise(
    name="length_normalised",
    lesson=7,
    points=1,
    minutes=4,
    difficulty=1,
    hint="A power binds tighter than a division in Python. Try alpha = 0 and alpha = 1: which two rankings do you know already?",
    reference=length_normalised,
    probes=length_probes,
    misconceptions=(
        Misconception(
            "ignores alpha",
            "You divided by the length whatever alpha is; divide by length to the power of alpha, so that alpha = 0 changes nothing.",
            _ln_ignores_alpha,
        ),
        Misconception("times alpha", "You multiplied by alpha; it is the exponent of the length.", _ln_times_alpha),
        Misconception(
            "length times alpha",
            "You divided by length * alpha, which fails at alpha = 0. A power is written with two stars: length ** alpha.",
            _ln_length_times_alpha,
        ),
        Misconception(
            "multiplies",
            "You multiplied by length ** alpha, which punishes long texts twice. Divide by it.",
            _ln_multiplies,
        ),
        Misconception(
            "base and exponent swapped", "You raised alpha to the power of the length; it is length ** alpha.", _ln_swapped
        ),
        Misconception(
            "another formula",
            "That is the penalty ((5 + length) / 6) ** alpha of Google's translation system (Wu et al., 2016); here it is length ** alpha.",
            _ln_gnmt,
        ),
        Misconception(
            "reward for each character",
            "You added alpha for each character, which is another remedy. Here the log-probability is divided by length ** alpha.",
            _ln_reward,
        ),
        Misconception("whole power", _WHOLE_POWER, _ln_whole_power),
        Misconception("whole power, sign kept", _WHOLE_POWER, _ln_power_of_the_size),
        Misconception(
            "power of the log-probability",
            "You raised log_prob to the power of alpha; a number below 0 has no such power. The length alone is raised: "
            "log_prob / length ** alpha.",
            _ln_power_of_the_log,
        ),
        Misconception(
            "root", "You divided by the root of the length, as if alpha were 0.5. Use alpha: length ** alpha.", _ln_root
        ),
        Misconception("unchanged", "You returned log_prob as it was; divide it by length ** alpha.", _ln_unchanged),
        Misconception(
            "cost for each character",
            "You took alpha off for each character, which punishes long texts twice. Divide by length ** alpha.",
            _ln_cost,
        ),
        Misconception(
            "logarithm taken off",
            "You took alpha * ln(length) off. That divides the probability by length ** alpha; here its logarithm is divided.",
            lambda log_prob, length, alpha: log_prob - alpha * float(np.log(length)),
        ),
        Misconception("inverse power", "You used the power 1 / alpha; the exponent is alpha itself.", _ln_inverse_power),
        Misconception("logarithm of the length", "You used the logarithm of the length; use the length itself.", _ln_logarithm),
        Misconception("probability", "You took the exp of the result; stay with logarithms.", _ln_probability),
        Misconception("sign", "Your sign is turned round: a score stays at or below 0, as log_prob does.", _ln_sign),
        Misconception(
            "counts one more",
            "You added one to the length; use it as it is given.",
            _ln_counts_start,
        ),
    ),
)
