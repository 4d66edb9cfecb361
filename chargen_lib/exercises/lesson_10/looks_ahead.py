"""looks_ahead: its card, what it is tried on, and what to say of a wrong answer."""

import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe
from chargen_lib.exercises.lesson_03.networks_to_ask import V
from chargen_lib.exercises.lesson_10 import leaks
from chargen_lib.exercises.lesson_10.leaks import TOLERANCE, at_places, judged_by, trying


def looks_ahead_probes(rng):
    def text(*ids):
        return np.array(ids)

    return [
        Probe((leaks.PAST, text(1, 3, 2, 0), V)),
        Probe((leaks.EVERYTHING, text(2, 0, 4, 1), V)),
        Probe((leaks.ITSELF, text(0, 1, 4, 4), V)),
        Probe((leaks.BEFORE, text(2, 2, 0, 1), V)),
        Probe((leaks.AFTER, text(3, 0, 1, 4), V)),
        Probe((leaks.NOTHING, text(1, 4, 0, 2), V)),
        Probe((leaks.SINGLE, text(3), V)),
        Probe((leaks.NEXT_OF_THE_SECOND, text(1, 0, 4, 2), V)),
        Probe((leaks.FAR, text(4, 2, 0, 3), V)),
        Probe((leaks.SECOND_TO_LAST, text(1, 2, 1, 3), V)),
        Probe((leaks.ONE_TO_LAST, text(2, 3, 0, 1), V)),
        Probe((leaks.LAST_ALONE, text(0, 2, 4, 1), V)),
        Probe((leaks.BALANCED, text(1, 2, 2, 0), V)),
        Probe((leaks.FAINT, text(3, 0, 1, 2), V)),
        Probe((leaks.ROUNDED, text(2, 4, 0, 1), V)),
        Probe((leaks.ONLY_0, text(1, 3, 1, 2), V)),
        Probe((leaks.ONLY_2, text(3, 1, 3, 4), V)),
        Probe((leaks.ONLY_4, text(0, 1, 1, 3), V)),
        Probe((leaks.drawn(rng), rng.integers(0, V, size=4), V)),
    ]


LOOKS_AHEAD = Exercise(
    name="looks_ahead",
    lesson=10,
    points=3,
    minutes=15,
    difficulty=2,
    hint="Ask the network once with the ids as they are. Then put every other character at place s, for each s from 1 on, ask again, and "
    "compare the logits at the places *before* s: [:s]. One change above 1e-5 is enough.",
    reference=leaks.looks_ahead,
    probes=looks_ahead_probes,
    misconceptions=(
        Misconception(
            "the last place alone",
            "You changed the last character alone. A network may look one place ahead in the middle of the text: change each place in turn.",
            at_places(lambda s, t: (s == s.max()) & (t < s)),
        ),
        Misconception(
            "the first place alone",
            "You looked at the logits of the first place alone. Compare those of every place before the changed one.",
            at_places(lambda s, t: (t == 0) & (t < s)),
        ),
        Misconception(
            "the neighbour alone",
            "You looked at the place right before the changed one alone. A network may look further ahead: compare all places before it.",
            at_places(lambda s, t: t == s - 1),
        ),
        Misconception(
            "the place itself too",
            "You count the changed place itself: there a change is as it should be. Compare the places before it alone, [:s].",
            at_places(lambda s, t: t <= s),
        ),
        Misconception(
            "the places after it",
            "You looked at the places after the changed one, where a change is as it should be. Ahead means: the logits *before* it change, "
            "[:s].",
            at_places(lambda s, t: t > s),
        ),
        Misconception(
            "from the place on",
            "You looked at the changed place and those after it, where a change is as it should be. Ahead means: the logits *before* it "
            "change, [:s].",
            at_places(lambda s, t: t >= s),
        ),
        Misconception(
            "any place",
            "You compared the logits of all places. At the changed place and after it a change is as it should be: compare those before it "
            "alone, [:s].",
            at_places(lambda s, t: (s >= 0) & (t >= 0)),
        ),
        Misconception(
            "the batch cut",
            "You compared all places. logits_fn returns (batch, time, V), and [:s] cuts its first axis, the batch: take the one text out, [0], "
            "or write [:, :s].",
            at_places(lambda s, t: (s > 0) & (t >= 0)),
        ),
        Misconception(
            "the changed place alone",
            "You compared the logits at the changed place itself, where a change is as it should be. Compare those of the places before it, "
            "[:s].",
            at_places(lambda s, t: t == s),
        ),
        Misconception(
            "never the last place",
            "You never changed the last place, and what stands before it may look there. Change each place in turn: range(len(ids)).",
            at_places(lambda s, t: (s < s.max()) & (t < s)),
        ),
        Misconception(
            "one other character",
            "You tried one other character at each place, the next one. Two characters may mean the same to a network: try every other of the "
            "vocabulary.",
            trying(lambda ids: (ids + 1) % V),
        ),
        Misconception(
            "puts in 0",
            "You put 0 at each place; two characters may mean the same to a network, and where 0 stood already nothing is changed. Try every "
            "other of the vocabulary.",
            trying(lambda ids: 0 * ids),
        ),
        Misconception(
            "never the last character",
            "You never tried the last character of the vocabulary: range(vocab_size) has them all.",
            trying(lambda ids: np.arange(V - 1) + 0 * ids),
        ),
        Misconception(
            "never character 0",
            "You never tried the character 0. Ids are counted from 0: range(vocab_size) has them all.",
            trying(lambda ids: np.arange(1, V) + 0 * ids),
        ),
        Misconception(
            "all at once",
            "You changed everything after a place at once, and two changes can cancel each other. Change one character at a time.",
            leaks.all_at_once,
        ),
        Misconception(
            "changes pile up",
            "You left the earlier places changed while you tried the next one. Start from the original ids each time.",
            leaks.piled_up,
        ),
        Misconception(
            "no tolerance",
            "You take every difference for a change, even one that rounding makes. A change is more than 1e-5 (jnp.allclose by itself is stricter "
            "near 0).",
            judged_by(lambda d: (d != 0).any(axis=-1)),
        ),
        Misconception(
            "too large a tolerance",
            "You overlook small changes. A change is more than 1e-5, and the network sees the future even if it counts little.",
            judged_by(lambda d: (np.abs(d) > 1e-3).any(axis=-1)),
        ),
        Misconception(
            "without abs",
            "You compared the difference with its sign, so a logit that falls is no change to you. Take its size: jnp.abs.",
            judged_by(lambda d: (d > TOLERANCE).any(axis=-1)),
        ),
        Misconception(
            "sum of the changes",
            "You added up the differences, and changes up and down cancel in a sum. Compare entry by entry: abs first.",
            judged_by(lambda d: np.abs(d.sum(axis=-1)) > TOLERANCE),
        ),
        Misconception(
            "every logit",
            "You ask that every logit changes (all, or the smallest change). One that changes is enough: any, or the largest.",
            judged_by(lambda d: (np.abs(d) > TOLERANCE).all(axis=-1)),
        ),
        Misconception(
            "likeliest character",
            "You compared the likeliest characters; the logits can change while the largest of them stays the same one.",
            leaks.likeliest,
        ),
        Misconception(
            "the first try",
            "You decide after the first try, one character at place 1. A True can be returned at once, a False only when every place and character "
            "is tried: after the loops.",
            leaks.first_try,
        ),
        Misconception(
            "the other way round",
            "Your answer is True for a network that does not look ahead. True should mean that it does.",
            lambda *args: not leaks.looks_ahead(*args),
        ),
        Misconception(
            "for each place",
            "You answered for each place. One answer for the network is asked: True if there is any such place.",
            leaks.for_each_place,
        ),
        Misconception(
            "never",
            "You answer False for every network. Does a return stand inside the loop, so that only the first try counts? Return False when all "
            "places are tried.",
            lambda *args: False,
        ),
        Misconception(
            "always", "You answer True for every network. Some do not look ahead: ask logits_fn.", lambda *args: True
        ),
    ),
)
