"""accepted_length: its reference, what it is tried on, and the wrong answers with names."""

import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe
from chargen_lib.exercises.lesson_12.drafts import drawn, rows


def ratios(p, q, drafted):
    places = np.arange(len(drafted))
    return np.asarray(p, dtype=float)[places, drafted] / np.asarray(q, dtype=float)[places, drafted]


def before_the_first_refusal(kept):
    return len(kept) if kept.all() else int(np.argmin(kept))


def accepted_length(uniforms, p, q, drafted):
    return before_the_first_refusal(np.asarray(uniforms) < ratios(p, q, drafted))


def accepted_length_probes(rng):
    def probe(uniforms, p, q, drafted):
        return Probe((np.array(uniforms, dtype=np.float32), p, q, np.array(drafted)))

    def drawn_probe(n):
        uniforms = (2 * rng.integers(0, 32, size=n) + 1) / 64  # no ratio of sixteenths is equal to one of these
        return probe(uniforms, drawn(rng, n, 4), drawn(rng, n, 4, least=1), rng.integers(0, 4, size=n))

    p = rows([8, 4, 2, 2], [1, 3, 4, 8], [0, 4, 8, 4], [4, 0, 4, 8])
    q = rows([2, 4, 2, 8], [4, 4, 4, 4], [4, 4, 4, 4], [8, 4, 2, 2])
    return [
        # Ratios 1/4, 3/4, 1, 1/2: kept, kept, kept, refused; and so on
        probe([0.125, 0.5, 0.25, 0.75], p, q, [3, 1, 1, 0]),
        probe([0.125, 0.875, 0.25, 0.25], p, q, [3, 1, 1, 0]),  # refused in the middle, and kept after it
        probe([0.5, 0.5, 0.75, 0.25], p, q, [3, 1, 1, 0]),
        probe([0.125, 0.875, 0.25, 0.75], p, q, [3, 1, 1, 0]),
        probe([0.5, 1 - 2**-10, 0.75, 0.875], p, q, [0, 2, 2, 3]),  # where p is at least q all are kept
        probe([0.5], p[3:], q[3:], [0]),  # as large as the ratio
        probe([0.25], p[3:], q[3:], [0]),
        probe([0.25, 0.0, 0.25], p[1:], q[1:], [1, 0, 2]),  # a ratio of 0, and a uniform of 0
        probe([0.4375, 0.5625, 0.640625, 0.6875], rows(*4 * [[5, 4, 3, 4]]), rows(*4 * [[1, 6, 8, 1]]), [1, 1, 1, 1]),
        probe([0.5, 0.875, 0.75], p[[0, 1, 3]], q[[0, 1, 3]], [3, 1, 0]),  # all refused
        drawn_probe(6),
        drawn_probe(6),
    ]


def _that_keeps(kept, count=before_the_first_refusal):
    """The mistake that keeps where kept(uniforms, p, q, drafted) is True."""

    def mistaken(uniforms, p, q, drafted):
        arrays = (np.asarray(a, dtype=float) for a in (uniforms, p, q))
        with np.errstate(all="ignore"):
            return count(kept(*arrays, np.asarray(drafted)))

    return mistaken


def _below(uniforms, p, q, drafted):
    return uniforms < ratios(p, q, drafted)


def _that_counts(count):
    """The mistake that returns count(which are kept, after a refusal too)."""
    return _that_keeps(_below, count)


def _at(row_of, place):
    """Each row's entry at place(row_of's row)."""
    return np.take_along_axis(row_of, np.asarray(place)[:, None], axis=1)[:, 0]


_NOT_THE_DRAFTED = "You looked at a most probable character of each place. The drafted one is judged: p and q at drafted[t]."

_TURNED_ROUND = "Your comparison is turned round: a character is kept where the uniform is *below* p / q, so that it happens with that probability."

_WITHOUT_BREAK = (
    "Your loop goes on after the first refusal, and a later place changes the answer. What stands after a refusal is not looked at: break, or "
    "return at once."
)

ACCEPTED_LENGTH = Exercise(
    name="accepted_length",
    lesson=12,
    points=2,
    minutes=10,
    difficulty=2,
    hint="For each place t: p[t, drafted[t]] and q[t, drafted[t]], and is uniforms[t] below their ratio? Count from the front, and stop at the "
    "first that is not. Where all are kept, that is n.",
    reference=accepted_length,
    probes=accepted_length_probes,
    misconceptions=(
        Misconception(
            "kept after a refusal",
            "You counted kept characters after a refused one too. They were drafted after a character that is not there: only what stands before "
            "the first refusal counts.",
            _that_counts(lambda kept: int(kept.sum())),
        ),
        Misconception(
            "at most",
            "You keep a character whose uniform is equal to p / q. It must be below: a uniform of 0 must not keep what has p = 0.",
            _that_keeps(lambda u, p, q, d: u <= ratios(p, q, d)),
        ),
        Misconception(
            "turned round",
            _TURNED_ROUND,
            _that_keeps(lambda u, p, q, d: u > ratios(p, q, d)),
        ),
        Misconception(
            "turned round, equal kept",
            _TURNED_ROUND,
            _that_keeps(lambda u, p, q, d: u >= ratios(p, q, d)),
        ),
        Misconception(
            "q / p",
            "You divided q by p. A character is refused where the draft likes it *more* than the large model does: p / q.",
            _that_keeps(lambda u, p, q, d: u < ratios(q, p, d)),
        ),
        Misconception(
            "0 where all are kept",
            "Where all are kept you return 0: argmin of a row of True is 0. Then all n count.",
            _that_counts(lambda kept: int(np.argmin(kept))),
        ),
        Misconception(
            "the refused one too",
            "You counted the refused character too. Its place is the number of those before it, as places are counted from 0.",
            _that_counts(lambda kept: min(before_the_first_refusal(kept) + 1, len(kept))),
        ),
        Misconception(
            "one more",
            "Yours is one too many. The character that the large model adds itself does not count here: the kept drafted ones alone.",
            _that_counts(lambda kept: before_the_first_refusal(kept) + 1),
        ),
        Misconception(
            "the last refusal",
            _WITHOUT_BREAK,
            _that_counts(lambda kept: len(kept) if kept.all() else int(np.flatnonzero(~kept)[-1])),
        ),
        Misconception(
            "the last kept",
            _WITHOUT_BREAK,
            _that_counts(lambda kept: int(np.flatnonzero(kept)[-1]) + 1 if kept.any() else 0),
        ),
        Misconception(
            "the first kept",
            "You returned the place of the first *kept* character (argmax of True). Asked is the first refused one: as many stand before it.",
            _that_counts(lambda kept: int(np.argmax(kept))),
        ),
        Misconception(
            "refused ones",
            "You counted the characters from the first refusal on. Asked is how many stand before it.",
            _that_counts(lambda kept: len(kept) - before_the_first_refusal(kept)),
        ),
        Misconception(
            "all or nothing",
            "You return 0 where one is refused. Those before the first refusal are kept all the same.",
            _that_counts(lambda kept: len(kept) if kept.all() else 0),
        ),
        Misconception(
            "p alone",
            "You compared the uniforms with p. The draft has chosen these characters already, with q: compare with p / q.",
            _that_keeps(lambda u, p, q, d: u < _at(p, d)),
        ),
        Misconception(
            "without uniforms",
            "You kept what p likes at least as much as q, and did not look at the uniforms. Where p is below q a character is kept sometimes.",
            _that_keeps(lambda u, p, q, d: ratios(p, q, d) >= 1),
        ),
        Misconception(
            "the largest of each",
            _NOT_THE_DRAFTED,
            _that_keeps(lambda u, p, q, d: u < p.max(axis=1) / q.max(axis=1)),
        ),
        Misconception(
            "the likeliest of p",
            _NOT_THE_DRAFTED,
            _that_keeps(lambda u, p, q, d: u < _at(p, p.argmax(axis=1)) / _at(q, p.argmax(axis=1))),
        ),
        Misconception(
            "the likeliest of q",
            _NOT_THE_DRAFTED,
            _that_keeps(lambda u, p, q, d: u < _at(p, q.argmax(axis=1)) / _at(q, q.argmax(axis=1))),
        ),
        Misconception(
            "divided by the largest of q",
            "You divided by the largest of q. Divide by what the draft gave to the character that it drafted: q[t, drafted[t]].",
            _that_keeps(lambda u, p, q, d: u < _at(p, d) / q.max(axis=1)),
        ),
        Misconception(
            "each place with every drafted id",
            "p[:, drafted] gives n times n numbers: of each place the probabilities of all drafted ids. Of place t only drafted[t] is judged: "
            "p[jnp.arange(n), drafted].",
            _that_keeps(lambda u, p, q, d: (u < p[:, d] / q[:, d]).ravel()),
        ),
        Misconception(
            "the first place for all",
            "You took the first row of p and q for every place. Place t has row t: p[t, drafted[t]].",
            _that_keeps(lambda u, p, q, d: u < p[0, d] / q[0, d]),
        ),
        Misconception(
            "which are kept",
            "You returned which characters are kept. Asked is how many there are before the first that is refused.",
            _that_counts(lambda kept: kept),
        ),
        Misconception(
            "not added up",
            "Your row is 1 up to the first refusal and 0 from there on. One step is left: its sum.",
            _that_counts(lambda kept: np.cumprod(kept)),
        ),
    ),
)
