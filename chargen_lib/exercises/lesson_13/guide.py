"""guide: its reference, what it is tried on, and the wrong answers with names."""

import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe
from chargen_lib.exercises.lesson_13.guided import (
    along,
    guided,
    itself,
    less_sums_not_kept,
    log_of_at_least,
    log_of_at_least_normalised,
    mistake,
    of_float32,
    one_more,
    swapped,
)
from chargen_lib.exercises.lesson_13.logs import (
    SMALL,
    log_of_softmax,
    log_of_softmax_and,
    log_of_unsafe_softmax,
    log_softmax,
    normalised,
    softmax,
    unsafe_log_softmax,
)


def guide(conditional, unconditional, scale):
    c = log_softmax(np.asarray(conditional, dtype=float))
    u = log_softmax(np.asarray(unconditional, dtype=float))
    return log_softmax(u + scale * (c - u))


def guide_probes(rng):
    def row(*logits):
        return np.array(logits, dtype=np.float32)

    def drawn(*shape):
        return tuple(rng.standard_normal((2, *shape)).astype(np.float32))

    c, u = row(2, 0, 1, -1), row(1, 1.5, 0, -0.5)
    return [
        Probe((c, u, 2.0)),
        Probe((c, u, 0.0)),
        Probe((c, u, 1.0)),
        Probe((row(0, 3, 1, 1), row(1, 1, 1, 1), 0.5)),
        Probe((row(0.5, 2, 1, -2), row(1, 0, 1, 2), 7.5)),
        Probe((c + 96, u + 96, 1.5)),  # exp(96) is infinite in float32
        # All but the first have probabilities that are rounded to 0; of the last c's alone.
        Probe((row(0, -1e4, -2e4, -1e4), row(0, -2e4, -1e4, -8), 1.5)),
        Probe((*drawn(4), 3.0)),
        Probe((*drawn(4, 4), 1.5), batch=True),
        Probe((*drawn(2, 3, 4), 2.5), batch=True),
    ]


_NOT_NORMALISED = "And end with a log_softmax: the exponentials of yours do not sum to 1."

_ONE_MORE = "At scale 0 yours is c already. Some papers count so, with 1 + scale; here scale 0 is u and scale 1 is c: u + scale (c - u)."

_SWAPPED = "u and c have changed places: yours is c at scale 0 and u at scale 1, and beyond that it leads away from the label. Write u + scale (c - u)."

_ON_PROBABILITIES = (
    "You guided probabilities. Beyond scale 1 some become negative, and those have no logarithm. Guide log-probabilities, which may be any "
    "number below 0, and end with a log_softmax."
)

_CUT_OFF = (
    "You guided probabilities, and cut off what fell below 0: characters vanish that the label only makes rarer. Guide log-probabilities, and "
    "end with a log_softmax."
)

_FIRST_AXIS = "Your log_softmax runs along axis 0. The characters are on the last axis: axis=-1."

_ALL_ROWS = "You normalised all rows together. Each row is a distribution of its own: axis=-1, and keepdims=True for its sum."

_NOT_KEPT = "In a batch your sums over the characters have lost their axis, and each is subtracted from a column. Keep it: keepdims=True, or jax.nn.log_softmax."

_ROUNDED = (
    "A tiny probability is rounded to 0, and its logarithm is minus infinity. Do not take the log of a softmax: log_softmax never leaves the "
    "logarithms."
)

_ADDED = (
    "added to a probability keeps its logarithm from falling below {lowest:.0f}, and the logarithms of rare characters are what guidance scales. "
    "Use log_softmax, which needs no small number."
)

_OVERFLOWS = "exp of a logit such as 96 is infinite in float32, and so is the sum. Subtract each row's largest logit first, as jax.nn.log_softmax does."

GUIDE = Exercise(
    name="guide",
    lesson=13,
    points=2,
    minutes=8,
    difficulty=2,
    hint="Three lines: log_softmax of both; from u towards c, `scale` times the way; log_softmax of that. What does yours give for scale 0, and what "
    "for scale 1?",
    reference=guide,
    probes=guide_probes,
    misconceptions=(
        Misconception(
            "not normalised",
            "You left out the last log_softmax. Only at scale 0 and scale 1 do the exponentials of u + scale (c - u) sum to 1 without it.",
            mistake(last=itself),
        ),
        Misconception(
            "logits",
            "You returned u + scale (c - u) of the logits: those are logits again, at scale 0 and 1 too. Log-probabilities are asked: end with a "
            "log_softmax.",
            mistake(itself, last=itself),
        ),
        Misconception("1 + scale", _ONE_MORE, mistake(combined=one_more)),
        Misconception("1 + scale, not normalised", f"{_ONE_MORE} {_NOT_NORMALISED}", mistake(log_softmax, one_more, itself)),
        Misconception("1 + scale, logits", f"{_ONE_MORE} {_NOT_NORMALISED}", mistake(itself, one_more, itself)),
        Misconception("swapped", _SWAPPED, mistake(combined=swapped)),
        Misconception("swapped, not normalised", f"{_SWAPPED} {_NOT_NORMALISED}", mistake(log_softmax, swapped, itself)),
        Misconception("swapped, logits", f"{_SWAPPED} {_NOT_NORMALISED}", mistake(itself, swapped, itself)),
        Misconception(
            "one too little",
            "Yours is u at scale 1, and c only at scale 2. Begin at u and go `scale` times the way to c: u + scale (c - u).",
            mistake(combined=lambda c, u, scale: u + (scale - 1) * (c - u)),
        ),
        Misconception(
            "the wrong way",
            "You went from u away from c, so what the label makes likelier becomes rarer. It is c - u that is added, not u - c.",
            mistake(combined=lambda c, u, scale: u + scale * (u - c)),
        ),
        Misconception(
            "c alone",
            "You return c, whatever the scale is. That is right at scale 1 alone.",
            mistake(combined=lambda c, u, scale: c),
        ),
        Misconception(
            "at most 1",
            "You let no scale be above 1. Guidance goes on beyond c: there lie texts that show their label more than the corpus does.",
            mistake(combined=lambda c, u, scale: guided(c, u, min(scale, 1))),
        ),
        Misconception(
            "a temperature",
            "You multiplied c by the scale, or the brackets round c - u are missing, and u falls out. That is a temperature of 1 / scale: likely "
            "characters gain, whether the label asks for them or not.",
            mistake(combined=lambda c, u, scale: scale * c),
        ),
        Misconception(
            "u not taken off",
            "You added scale times c to u. What the label changes is c - u: add scale times that, so that scale 1 is c.",
            mistake(combined=lambda c, u, scale: u + scale * c),
        ),
        Misconception(
            "u forgotten",
            "You return scale (c - u), which is what the label *changes*. It is added to u.",
            mistake(combined=lambda c, u, scale: scale * (c - u)),
        ),
        Misconception(
            "u taken off as often",
            "You took scale times u off a single c. The weights of c and u must sum to 1: scale for c, and 1 - scale for u.",
            mistake(combined=lambda c, u, scale: c - scale * u),
        ),
        Misconception(
            "u taken off once",
            "You took u off once, whatever the scale is. The weights of c and u must sum to 1: scale for c, and 1 - scale for u.",
            mistake(combined=lambda c, u, scale: scale * c - u),
        ),
        Misconception(
            "brackets round u + scale",
            "You multiplied u as well: your brackets stand round u + scale. They belong round the difference: u + scale (c - u).",
            mistake(combined=lambda c, u, scale: (u + scale) * (c - u)),
        ),
        Misconception(
            "added",
            "You added c and u in the brackets. What the label changes is their difference, c - u.",
            mistake(combined=lambda c, u, scale: u + scale * (c + u)),
        ),
        Misconception("on probabilities", _ON_PROBABILITIES, mistake(softmax, last=np.log)),
        Misconception("on probabilities, without a logarithm", _ON_PROBABILITIES, mistake(softmax, last=itself)),
        Misconception(
            "a log_softmax of probabilities",
            "You guided probabilities, and gave them to log_softmax as if they were logits. Take the log_softmax of both logits first, and guide those.",
            mistake(softmax),
        ),
        *(
            Misconception(f"cut off at {small:g}{besides}", _CUT_OFF, mistake(softmax, last=last(small)))
            for small in (0, *SMALL)
            for besides, last in (("", log_of_at_least), (", normalised", log_of_at_least_normalised))
        ),
        Misconception(
            "probabilities",
            "You return probabilities; log-probabilities are asked. End with a log_softmax, not with a softmax.",
            mistake(last=softmax),
        ),
        Misconception(
            "a softmax more",
            "You took a log_softmax of probabilities at the end. It has a softmax in it: give it u + scale (c - u) as it is.",
            mistake(last=lambda x: log_softmax(softmax(x))),
        ),
        Misconception(
            "divided by the sum",
            "You divided log-probabilities by their sum. Probabilities are divided; from logarithms one subtracts the log of the sum of their "
            "exponentials, and that is log_softmax.",
            mistake(last=normalised),
        ),
        Misconception(
            "the largest subtracted",
            "You subtracted the largest, so the likeliest character has the probability 1. That is half of a log_softmax: subtract the log of the sum "
            "of the exponentials too.",
            mistake(last=lambda x: x - x.max(axis=-1, keepdims=True)),
        ),
        Misconception(
            "the mean subtracted",
            "You subtracted the mean. For log-probabilities subtract the log of the sum of the exponentials: log_softmax.",
            mistake(last=lambda x: x - x.mean(axis=-1, keepdims=True)),
        ),
        Misconception("first axis", _FIRST_AXIS, mistake(along(0), last=along(0))),
        Misconception("first axis before", _FIRST_AXIS, mistake(along(0))),
        Misconception("first axis at the end", _FIRST_AXIS, mistake(last=along(0))),
        Misconception("all rows together", _ALL_ROWS, mistake(last=along(None))),
        Misconception("all rows together, of logits", _ALL_ROWS, mistake(itself, last=along(None))),
        Misconception("sums not kept", _NOT_KEPT, mistake(less_sums_not_kept, last=less_sums_not_kept)),
        Misconception("sums not kept at the end", _NOT_KEPT, mistake(last=less_sums_not_kept)),
        Misconception("sums not kept, of logits", _NOT_KEPT, mistake(itself, last=less_sums_not_kept)),
        Misconception("log of a softmax", _ROUNDED, mistake(log_of_softmax)),
        Misconception("log of a softmax at the end", _ROUNDED, mistake(last=log_of_softmax)),
        Misconception("overflows", _OVERFLOWS, of_float32(unsafe_log_softmax)),
        Misconception("overflows at the end", _OVERFLOWS, of_float32(itself, unsafe_log_softmax)),
        Misconception("log of what overflows", _OVERFLOWS, of_float32(log_of_unsafe_softmax)),
        Misconception("log of what overflows at the end", _OVERFLOWS, of_float32(itself, log_of_unsafe_softmax)),
        *(
            Misconception(f"{small:g} added{place}", f"{small:g} {_ADDED.format(lowest=np.log(small))}", wrong)
            for small in SMALL
            for place, wrong in (
                ("", mistake(log_of_softmax_and(small))),
                (" at the end", mistake(last=log_of_softmax_and(small))),
            )
        ),
    ),
)
