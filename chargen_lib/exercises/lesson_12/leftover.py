"""leftover: its reference, what it is tried on, and the wrong answers with names."""

import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe
from chargen_lib.exercises.lesson_12.drafts import drawn, drawn_apart, row


def leftover(p, q):
    p = np.asarray(p, dtype=float)
    above = np.maximum(p - q, 0)
    return above / above.sum() if above.any() else p


def leftover_probes(rng):
    same = drawn(rng, 5, least=1)
    weights = np.array([1, 2, 4, 9], dtype=np.float32)
    return [
        Probe((row(8, 4, 3, 1), row(4, 2, 4, 6))),
        Probe((row(2, 6, 8), row(8, 6, 2))),
        Probe((row(0, 12, 4), row(4, 0, 12))),
        Probe((row(5, 4, 7), row(5, 4, 7))),  # nothing is left over
        Probe((row(16), row(16))),
        Probe((row(8 + 2**-6, 8 - 2**-6), row(8, 8))),  # little, but not nothing
        Probe(drawn_apart(rng, 4)),
        Probe(drawn_apart(rng, 5)),
        Probe((same, same.copy())),
        Probe((weights / 16, weights[::-1] / 16)),
    ]


def _told_of(wrong):
    """The mistake wrong(p, q) in NumPy's arrays; what it divides by 0 is infinity or NaN, as in JAX."""

    def mistaken(p, q):
        with np.errstate(all="ignore"):
            return wrong(np.asarray(p, dtype=float), np.asarray(q, dtype=float))

    return mistaken


def _of(what, unless=lambda p: p):
    """what(p, q), normalised; where that is nothing, unless(p)."""

    def mistaken(p, q):
        part = what(p, q)
        return part / part.sum() if part.sum() > 0 else unless(p)

    return _told_of(mistaken)


def _above(p, q):
    return np.maximum(p - q, 0)


def _softmax(x):
    return np.exp(x) / np.exp(x).sum()


_NOT_CUT = (
    "You did not cut off at 0: p - q has negative entries, and it always sums to 0, as p and q both sum to 1. First maximum(p - q, 0), then "
    "divide by the sum of that."
)

_SOFTMAX = "You made probabilities with a softmax, which gives every character some. Divide what is left over by its sum: 0 must stay 0."

LEFTOVER = Exercise(
    name="leftover",
    lesson=12,
    points=2,
    minutes=8,
    difficulty=2,
    hint="Three lines: what p has above q, 0 where it has nothing; the sum of that; what is left over, divided by the sum. Where the sum is 0, "
    "p itself.",
    reference=leftover,
    probes=leftover_probes,
    misconceptions=(
        Misconception("not cut at 0", _NOT_CUT, _told_of(lambda p, q: (p - q) / (p - q).sum())),
        Misconception("cut too late", _NOT_CUT, _told_of(lambda p, q: np.maximum((p - q) / (p - q).sum(), 0))),
        Misconception("divided by the sum of the differences", _NOT_CUT, _told_of(lambda p, q: _above(p, q) / (p - q).sum())),
        Misconception(
            "the difference alone",
            "You returned p - q, which has negative entries and sums to 0. Cut it off at 0, and divide by the sum of what is left.",
            _told_of(lambda p, q: p - q),
        ),
        Misconception(
            "not normalised",
            "Your probabilities do not sum to 1. Divide what is left over by its sum; where nothing is, return p.",
            _told_of(_above),
        ),
        Misconception(
            "not normalised, but for p",
            "Your probabilities do not sum to 1. Divide what is left over by its sum.",
            _told_of(lambda p, q: _above(p, q) if (p > q).any() else p),
        ),
        Misconception(
            "p itself",
            "You return p. After a refusal p would give the draft's characters too much: they had their chance already. Draw from what p has "
            "*above* q.",
            _told_of(lambda p, q: p),
        ),
        Misconception(
            "p where it is larger",
            "You took all of p where it is above q. Of those characters the draft has brought q already: take the difference, p - q.",
            _of(lambda p, q: np.where(p > q, p, 0)),
        ),
        Misconception(
            "swapped",
            "You took what q has above p. What the draft brings too seldom is left over: what p has above q.",
            _of(lambda p, q: _above(q, p)),
        ),
        Misconception(
            "without a sign",
            "You took the size of the difference. Where q is above p nothing is left over: maximum(p - q, 0), not abs.",
            _of(lambda p, q: np.abs(p - q)),
        ),
        Misconception(
            "what both have",
            "You took the smaller of p and q, normalised: that is what drafted and kept characters look like. Asked is what p has above q.",
            _of(np.minimum),
        ),
        Misconception(
            "the ratio",
            "You cut off p / q - 1, so a rare character weighs as much as a frequent one. It is the difference that is left over: p - q.",
            _of(lambda p, q: np.maximum(p / q - 1, 0)),
        ),
        Misconception(
            "NaN where nothing is left",
            "Your answer is NaN where p and q are equal: 0 divided by 0. There return p itself.",
            _told_of(lambda p, q: _above(p, q) / _above(p, q).sum()),
        ),
        Misconception(
            "zeros where nothing is left",
            "Where p and q are equal you return zeros, from which nothing can be drawn. There return p itself.",
            _of(_above, np.zeros_like),
        ),
        Misconception(
            "equal shares where nothing is left",
            "Where p and q are equal you return equal shares. There return p itself.",
            _of(_above, lambda p: np.full_like(p, 1 / len(p))),
        ),
        Misconception(
            "softmax of the difference",
            _SOFTMAX,
            _told_of(lambda p, q: _softmax(p - q)),
        ),
        Misconception(
            "softmax of what is left",
            _SOFTMAX,
            _told_of(lambda p, q: _softmax(_above(p, q))),
        ),
        Misconception(
            "divided by the largest",
            "You divided by the largest of what is left over. Divide by its sum, so that it sums to 1.",
            _told_of(lambda p, q: _above(p, q) / _above(p, q).max() if (p > q).any() else p),
        ),
        Misconception(
            "the likeliest alone",
            "You gave everything to the character with the largest difference. Each has its share: the differences, divided by their sum.",
            _told_of(lambda p, q: np.eye(len(p))[np.argmax(p - q)] if (p > q).any() else p),
        ),
    ),
)
