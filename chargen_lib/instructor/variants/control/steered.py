"""steered: where one goes from the distribution that is told a kind, and from the one that is not."""

import numpy as np

from chargen_lib.exercises.engine.cards import Misconception, Probe
from chargen_lib.exercises.lesson_13.guide import guide
from chargen_lib.exercises.lesson_13.guided import mistake
from chargen_lib.exercises.lesson_13.logs import log_softmax, softmax
from chargen_lib.instructor.variants.family import Family, Member, Rule, Slip


def away(told, untold, amount):
    c, u = np.asarray(told, dtype=float), np.asarray(untold, dtype=float)
    log_probs = u - amount * (c - u)
    log_probs = log_probs - log_probs.max(axis=-1, keepdims=True)
    return log_probs - np.log(np.exp(log_probs).sum(axis=-1, keepdims=True))


def onward(told, untold, amount):
    c, u = np.asarray(told, dtype=float), np.asarray(untold, dtype=float)
    log_probs = c + amount * (c - u)
    log_probs = log_probs - log_probs.max(axis=-1, keepdims=True)
    return log_probs - np.log(np.exp(log_probs).sum(axis=-1, keepdims=True))


def mixed(told, untold, amount):
    both = []
    for logits in (told, untold):
        logits = np.asarray(logits, dtype=float)
        weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
        both.append(weights / weights.sum(axis=-1, keepdims=True))
    return np.log(amount * both[0] + (1 - amount) * both[1])


def steered_probes(rng):
    def row(*logits):
        return np.array(logits, dtype=np.float32)

    def drawn(*shape):
        return tuple(rng.standard_normal((2, *shape)).astype(np.float32))

    return [
        Probe((row(2, 0, 1, -1), row(1, 1.5, 0, -0.5), 0.75)),
        Probe((row(2, 0, 1, -1), row(1, 1.5, 0, -0.5), 0.0)),
        Probe((row(2, 0, 1, -1), row(1, 1.5, 0, -0.5), 1.0)),
        Probe((row(0.5, 2, 1, -2), row(1, 0, 1, 2), 0.25)),
        Probe((row(96, 98, 97, 95), row(97, 95, 96, 98), 0.5)),  # exp(96) is infinite in float32
        Probe((*drawn(4), 0.5)),
        Probe((*drawn(4, 4), 0.75), batch=True),
        Probe((*drawn(2, 3, 4), 0.25), batch=True),
    ]


_LOGS = "Log-probabilities are asked: they must be at most 0, and their exponentials sum to 1."


STEERED = Family(
    function="steered",
    title="Told, not told, and elsewhere",
    lesson=13,
    points=3,
    minutes=10,
    difficulty=2,
    docstring="Log-probabilities between or beyond two distributions.  told, untold: logits (..., V);  amount: 0 to 1;  returns (..., V).",
    given="A network has given two rows of logits for the next character, with any leading axes: `told` knows which kind of text it is, `untold` does "
    "not. $c$ and $u$ are their log-probabilities. `amount` is a number $a$ from 0 to 1. Return log-probabilities, each row normalised:",
    probes=steered_probes,
    members=(
        Member(
            name="away",
            statement="begin at $u$ and go $a$ times the way from $u$ to $c$, but *in the opposite direction*, away from the kind. An `amount` of 0 is $u$.",
            hint="What the kind changes is c - u. Which sign takes you away from it? And what comes last?",
            reference=away,
            did="You went away from the kind, u - a (c - u)",
            asked="here the way begins at u and leads away from c: u - a (c - u), normalised",
            mistakes=(
                Misconception(
                    "away from the told one",
                    "You began at c. An `amount` of 0 is u, the distribution that is not told: u - a (c - u).",
                    mistake(combined=lambda c, u, a: c - a * (c - u)),
                ),
                Misconception(
                    "c alone taken off",
                    "You took a times c off u. What the kind changes is c - u: the weight of u is 1 + a.",
                    mistake(combined=lambda c, u, a: u - a * c),
                ),
                Misconception(
                    "only the opposite",
                    "You return -a (c - u), normalised: that is what is to be added to u.",
                    mistake(combined=lambda c, u, a: -a * (c - u)),
                ),
                Misconception(
                    "the way in probabilities",
                    "You went away in probabilities, and those may fall below 0. Go in log-probabilities.",
                    mistake(softmax, lambda c, u, a: u - a * (c - u), np.log),
                ),
                Misconception(
                    "u made less",
                    "You multiplied u by 1 - a and took nothing of c. The weights of u and c are 1 + a and -a.",
                    mistake(combined=lambda c, u, a: (1 - a) * u),
                ),
            ),
        ),
        Member(
            name="onward",
            statement="begin at $c$ and go *on*, $a$ times the way that leads from $u$ to $c$, beyond $c$. An `amount` of 0 is $c$.",
            hint="The way from u to c is c - u. Where do you stand when the amount is 0?",
            reference=onward,
            did="You began at c and went on beyond it, c + a (c - u)",
            asked="here the way begins at c and goes on, away from u: c + a (c - u), normalised",
            mistakes=(
                Misconception(
                    "u taken off once",
                    "You took u off a whole time, whatever the amount is. The weights of c and u are 1 + a and -a.",
                    mistake(combined=lambda c, u, a: (1 + a) * c - u),
                ),
                Misconception(
                    "u alone taken off",
                    "You took a times u off c, and left out a times c. The weights of c and u are 1 + a and -a.",
                    mistake(combined=lambda c, u, a: c - a * u),
                ),
                Misconception(
                    "a temperature",
                    "You multiplied c by 1 + a and took nothing of u off: that is a temperature.",
                    mistake(combined=lambda c, u, a: (1 + a) * c),
                ),
                Misconception(
                    "towards u",
                    "You went from c towards u. On means away from u: c + a (c - u).",
                    mistake(combined=lambda c, u, a: c + a * (u - c)),
                ),
                Misconception(
                    "onward in probabilities",
                    "You went on in probabilities, and those may fall below 0. Go on in log-probabilities.",
                    mistake(softmax, lambda c, u, a: c + a * (c - u), np.log),
                ),
            ),
        ),
        Member(
            name="mixed",
            statement="the *probabilities* are mixed: $a$ parts of those of `told` and $1 - a$ parts of those of `untold`. Return the logarithm of the mixture. An `amount` of 0 is "
            "$u$, 1 is $c$.",
            hint="A mixture is a sum of probabilities. At which step does the logarithm come?",
            reference=mixed,
            did="You mixed the probabilities",
            asked="here the probabilities are mixed, and the logarithm is taken of their sum",
            mistakes=(
                Misconception(
                    "shares exchanged",
                    "The shares have changed places: yours is c at an amount of 0. `told` has the share a.",
                    lambda told, untold, amount: mixed(untold, told, amount),
                ),
                Misconception(
                    "a softmax more",
                    "You took a log_softmax of the mixture. It is a distribution already: its logarithm is all that is missing.",
                    lambda told, untold, amount: log_softmax(np.exp(mixed(told, untold, amount))),
                ),
                Misconception(
                    "half of each",
                    "You took half of each, whatever the amount is. `told` has the share a, `untold` the share 1 - a.",
                    lambda told, untold, amount: mixed(told, untold, 0.5),
                ),
            ),
        ),
    ),
    others=(Rule("guided", "You guided as in the lesson, u + a (c - u) of log-probabilities", guide),),
    slips=(
        Slip(
            "told alone",
            "You return c, whatever the amount is. u has its part too.",
            lambda right: lambda told, untold, amount: log_softmax(np.asarray(told, dtype=float)),
        ),
        Slip(
            "untold alone",
            "You return u, whatever the amount is. c has its part too.",
            lambda right: lambda told, untold, amount: log_softmax(np.asarray(untold, dtype=float)),
        ),
        Slip(
            "base 2",
            f"You took logarithms to base 2. {_LOGS} Use jnp.log, or jax.nn.log_softmax.",
            lambda right: lambda *args: right(*args) / np.log(2),
        ),
        Slip(
            "sign",
            f"You returned the negative. {_LOGS}",
            lambda right: lambda *args: -right(*args),
        ),
        Slip(
            "exponential",
            f"You took the exponential at the end, so these are probabilities. {_LOGS}",
            lambda right: lambda *args: np.exp(right(*args)),
        ),
    ),
)
