"""expected_length: its reference, what it is tried on, and the wrong answers with names."""

import math

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe


def expected_length(acceptance, draft_length):
    a, n = float(acceptance), int(draft_length)
    return n + 1.0 if a == 1 else (1 - a ** (n + 1)) / (1 - a)


def expected_length_probes(rng):
    return [
        Probe((0.5, 1)),
        Probe((0.75, 4)),
        Probe((0.0, 3)),
        Probe((1.0, 4)),
        Probe((1.0, 1)),
        Probe((0.99, 9)),
        Probe((0.25, 2)),
        Probe((round(float(rng.uniform(0.1, 0.95)), 3), int(rng.integers(1, 10)))),
        Probe((round(float(rng.uniform(0.5, 0.95)), 3), int(rng.integers(3, 10)))),
    ]


def _by(formula, at_1=lambda n: n + 1.0):
    """The mistake formula(a, n); at_1(n): what it gives for a = 1, None: the formula there too."""

    def mistaken(acceptance, draft_length):
        a, n = float(acceptance), int(draft_length)
        return at_1(n) if a == 1 and at_1 else formula(a, n)

    return mistaken


def _right(a, n):
    return (1 - a ** (n + 1)) / (1 - a)


_AT_1 = "With an acceptance of 1 your formula divides 0 by 0. There all n drafted characters are kept, and one is added: n + 1."

_ONE_SHORT = (
    "Your power is one too small, so a call that keeps the whole draft adds nothing. It adds one character of its own even then: "
    "a ** (n + 1)."
)

_KEPT_ALONE = "You counted the kept drafted characters alone. Every call adds one of the large model's own: 1 more."

_BRACKETS = (
    "** binds before +, and / before -. Put brackets round the power and round what is divided: (1 - a ** (n + 1)) / (1 - a)."
)

_EACH_ALONE = (
    "You counted every drafted character as kept with probability a. After the first refusal none is looked at any more, so the one at place "
    "t counts only with a ** (t + 1)."
)

_NOT_DIVIDED = (
    "You did not divide by 1 - a. Your 1 - a ** (n + 1) is only the probability that n + 1 characters are not all kept."
)

_ROUNDED = "You rounded. It is a mean, and the mean of whole numbers may lie between them: / in place of //, and no round."

EXPECTED_LENGTH = Exercise(
    name="expected_length",
    lesson=12,
    points=1,
    minutes=5,
    difficulty=1,
    hint="The formula in one line, with brackets round n + 1 and round both differences; and what it is for an acceptance of 1, before you "
    "divide by 0.",
    reference=expected_length,
    probes=expected_length_probes,
    misconceptions=(
        Misconception("divides by 0", _AT_1, _by(_right, at_1=None)),
        Misconception("0 divided by 0", _AT_1, _by(_right, at_1=lambda n: math.nan)),
        Misconception(
            "n for 1",
            "With an acceptance of 1 you return n. The character that the large model adds itself is missing: n + 1.",
            _by(_right, at_1=float),
        ),
        Misconception(
            "1 for 1",
            "With an acceptance of 1 you return 1. Then all n drafted characters are kept, and one is added: n + 1.",
            _by(_right, at_1=lambda n: 1.0),
        ),
        Misconception(
            "infinity for 1",
            "With an acceptance of 1 you return infinity. A draft of n characters ends: all n are kept, and one is added, n + 1.",
            _by(_right, at_1=lambda n: math.inf),
        ),
        Misconception("power one too small", _ONE_SHORT, _by(lambda a, n: (1 - a**n) / (1 - a), at_1=float)),
        Misconception("power one too small, but for 1", _ONE_SHORT, _by(lambda a, n: (1 - a**n) / (1 - a))),
        Misconception(
            "power one too large",
            "Your power is one too large. A draft of n characters gives n + 1 at most: a ** (n + 1).",
            _by(lambda a, n: (1 - a ** (n + 2)) / (1 - a)),
        ),
        Misconception("kept alone", _KEPT_ALONE, _by(lambda a, n: a * (1 - a**n) / (1 - a), at_1=float)),
        Misconception("kept alone, but for 1", _KEPT_ALONE, _by(lambda a, n: a * (1 - a**n) / (1 - a))),
        Misconception("brackets round n + 1", _BRACKETS, _by(lambda a, n: (1 - a**n + 1) / (1 - a))),
        Misconception("brackets round what is divided", _BRACKETS, _by(lambda a, n: 1 - a ** (n + 1) / (1 - a))),
        Misconception(
            "power of the difference",
            "You raised the difference 1 - a. The power belongs to a alone: 1 - a ** (n + 1).",
            _by(lambda a, n: (1 - a) ** (n + 1) / (1 - a)),
        ),
        Misconception("not divided", _NOT_DIVIDED, _by(lambda a, n: 1 - a ** (n + 1), at_1=None)),
        Misconception("not divided, but for 1", _NOT_DIVIDED, _by(lambda a, n: 1 - a ** (n + 1))),
        Misconception(
            "endless draft",
            "1 / (1 - a) holds for a draft without end. One of n characters ends earlier: the numerator is 1 - a ** (n + 1).",
            _by(lambda a, n: 1 / (1 - a)),
        ),
        Misconception("each by itself", _EACH_ALONE, _by(lambda a, n: n * a + 1)),
        Misconception("each by itself, kept alone", _EACH_ALONE, _by(lambda a, n: n * a, at_1=float)),
        Misconception(
            "refused in place of kept",
            "You took a for the probability of a refusal. It is that of being kept: the powers are powers of a itself.",
            _by(lambda a, n: (1 - (1 - a) ** (n + 1)) / a if a else n + 1.0, at_1=lambda n: 1.0),
        ),
        Misconception("rounded", _ROUNDED, _by(lambda a, n: round(_right(a, n)))),
        Misconception("rounded down", _ROUNDED, _by(lambda a, n: (1 - a ** (n + 1)) // (1 - a))),
    ),
)
