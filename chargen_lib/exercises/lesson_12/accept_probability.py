"""accept_probability: its reference, what it is tried on, and the wrong answers with names."""

import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe
from chargen_lib.exercises.lesson_12.drafts import drawn, row


def accept_probability(p, q, drafted):
    return min(1.0, float(p[drafted]) / float(q[drafted]))


def accept_probability_probes(rng):
    p, q = row(8, 4, 2, 2), row(2, 4, 2, 8)
    weights = rng.uniform(0.1, 1, size=(2, 6)).astype(np.float32)
    smooth_p, smooth_q = weights / weights.sum(axis=1, keepdims=True)
    return [
        Probe((p, q, 3)),
        Probe((p, q, 0)),
        Probe((p, q, 2)),
        Probe((row(6, 6, 4), row(2, 2, 12), 2)),
        Probe((row(2, 6, 8), row(8, 6, 2), 0)),
        Probe((row(5, 4, 3, 4), row(1, 6, 8, 1), 1)),
        Probe((row(0, 4, 11, 1), row(4, 4, 2, 6), 0)),
        Probe((row(9, 3, 4, 0), row(3, 6, 0, 7), 1)),  # where q is 0 nothing is drafted
        Probe((row(16), row(16), 0)),
        Probe((drawn(rng, 4), drawn(rng, 4, least=1), int(rng.integers(4)))),
        Probe((smooth_p, smooth_q, int(np.argmin(smooth_p / smooth_q)))),
    ]


def _told_of(wrong):
    """The mistake wrong(p, q, drafted) with arrays of NumPy's; where it divides by 0 it gives infinity or NaN, as JAX does."""

    def mistaken(p, q, drafted):
        with np.errstate(all="ignore"):
            return wrong(np.asarray(p, dtype=float), np.asarray(q, dtype=float), int(drafted))

    return mistaken


def _at(place):
    """min(1, p / q) at another id: place(p, q)."""
    return _told_of(lambda p, q, d: min(1.0, p[place(p, q)] / q[place(p, q)]))


def _softmax(x):
    return np.exp(x) / np.exp(x).sum()


_NOT_THE_DRAFTED = (
    "You looked at a most probable character. The drafted one is judged, whatever it is: p[drafted] / q[drafted]."
)

_SECOND_SOFTMAX = (
    "p and q are probabilities already, and you took exp of them. Divide them as they are: p[drafted] / q[drafted]."
)

ACCEPT_PROBABILITY = Exercise(
    name="accept_probability",
    lesson=12,
    points=1,
    minutes=5,
    difficulty=1,
    hint="Pick one number from p and one from q, both at the drafted id; divide, and let 1 be the most.",
    reference=accept_probability,
    probes=accept_probability_probes,
    misconceptions=(
        Misconception(
            "swapped",
            "You divided q by p. A character is refused where the draft likes it *more* than the large model does: min(1, p / q).",
            _told_of(lambda p, q, d: np.minimum(1.0, q[d] / p[d])),
        ),
        Misconception(
            "above 1",
            "Your answer can be above 1, which is no probability. Where p is above q the character is always kept: min(1, p / q).",
            _told_of(lambda p, q, d: p[d] / q[d]),
        ),
        Misconception(
            "at least 1",
            "You took the larger of 1 and p / q. A probability is at most 1: take the smaller one, min(1, p / q).",
            _told_of(lambda p, q, d: max(1.0, p[d] / q[d])),
        ),
        Misconception("the likeliest of p", _NOT_THE_DRAFTED, _at(lambda p, q: p.argmax())),
        Misconception("the likeliest of q", _NOT_THE_DRAFTED, _at(lambda p, q: q.argmax())),
        Misconception(
            "the largest of each",
            _NOT_THE_DRAFTED,
            _told_of(lambda p, q, d: min(1.0, p.max() / q.max())),
        ),
        Misconception(
            "the draft's largest",
            "You divided by the largest of q. Divide by what the draft gave to the character that it drafted: q[drafted].",
            _told_of(lambda p, q, d: min(1.0, p[d] / q.max())),
        ),
        Misconception(
            "the large model's largest",
            "You divided the largest of p. Judge the drafted character: p[drafted] / q[drafted].",
            _told_of(lambda p, q, d: min(1.0, p.max() / q[d])),
        ),
        Misconception(
            "p alone",
            "You returned p of the drafted character. The draft has chosen it already, with q: what is asked is min(1, p / q).",
            _told_of(lambda p, q, d: p[d]),
        ),
        Misconception(
            "the smaller one",
            "You returned the smaller of p and q: that is how often the character is drafted *and* kept. How often it is kept once it is drafted is "
            "that, divided by q.",
            _told_of(lambda p, q, d: min(p[d], q[d])),
        ),
        Misconception(
            "hard",
            "You answer 1 or 0. Where p is below q the character is kept sometimes, with the probability p / q.",
            _told_of(lambda p, q, d: float(p[d] >= q[d])),
        ),
        Misconception(
            "refused",
            "That is the probability that the character is refused. Asked is that it is kept: 1 minus yours.",
            _told_of(lambda p, q, d: 1 - min(1.0, p[d] / q[d])),
        ),
        Misconception(
            "share of both",
            "You returned p / (p + q), which is below 1 even where p is above q. Asked is min(1, p / q).",
            _told_of(lambda p, q, d: p[d] / (p[d] + q[d])),
        ),
        Misconception(
            "for every character",
            "You returned a number for every character. The drafted one alone is judged: pick it out, [drafted].",
            _told_of(lambda p, q, d: np.minimum(1.0, p / q)),
        ),
        Misconception(
            "the overlap",
            "You added up the smaller of p and q over all characters: that is how often a draft is kept on average. Asked is the drafted one alone.",
            _told_of(lambda p, q, d: np.minimum(p, q).sum()),
        ),
        Misconception(
            "the smallest ratio",
            "You took the smallest ratio of all characters. `min` in min(1, p / q) means the smaller of two numbers, 1 and the drafted one's ratio.",
            _told_of(lambda p, q, d: np.minimum(1.0, (p / q).min())),
        ),
        Misconception("as logarithms", _SECOND_SOFTMAX, _told_of(lambda p, q, d: min(1.0, np.exp(p[d] - q[d])))),
        Misconception("a softmax more", _SECOND_SOFTMAX, _told_of(lambda p, q, d: min(1.0, _softmax(p)[d] / _softmax(q)[d]))),
    ),
)
