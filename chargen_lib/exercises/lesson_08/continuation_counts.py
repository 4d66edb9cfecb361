"""continuation_counts: its reference, what it is tried on, and the wrong answers with names."""

import itertools

import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe


def _seen(before, after, vocab_size):
    """(V, V): entry [a, b] is True if a stands beside b, the one in `before` and the other at the same place of `after`."""
    seen = np.zeros((vocab_size, vocab_size), dtype=bool)
    seen[np.asarray(before), np.asarray(after)] = True
    return seen


def _pairs(ids, vocab_size):
    return _seen(ids[:-1], ids[1:], vocab_size)


def continuation_counts(ids, vocab_size):
    return _pairs(ids, vocab_size).sum(axis=0)


def text_probes(rng):
    return [
        Probe((np.array([1, 0, 2, 0, 2, 0]), 3)),  # banana
        Probe((np.array([0, 3, 1, 0, 3, 1, 0, 3, 2, 2, 0, 1]), 5)),  # 3 is frequent and comes after 0 alone; no 4
        Probe((np.array([0, 2, 1, 2, 0, 2]), 3)),  # 0 comes back before 2
        Probe((np.array([1]), 3)),
        Probe((rng.integers(0, 5, size=12), 5)),
        Probe((rng.integers(0, 4, size=12), 5)),
    ]


def _bincount(ids, vocab_size):
    return np.bincount(np.asarray(ids), minlength=vocab_size)


def _first_has_a_start_before_it(ids, vocab_size):
    counts = continuation_counts(ids, vocab_size)
    counts[int(ids[0])] += 1
    return counts


def _anywhere_before(ids, vocab_size):
    ids = np.asarray(ids).tolist()
    before = [{a for t, b in enumerate(ids) if b == c for a in ids[:t]} for c in range(vocab_size)]
    return np.array([len(found) for found in before])


def _either_side(ids, vocab_size):
    pairs = _pairs(ids, vocab_size)
    return (pairs | pairs.T).sum(axis=0)


def _not_itself(ids, vocab_size):
    pairs = _pairs(ids, vocab_size)
    np.fill_diagonal(pairs, False)
    return pairs.sum(axis=0)


def _shares(ids, vocab_size):
    counts = continuation_counts(ids, vocab_size)
    with np.errstate(invalid="ignore"):
        return counts / counts.sum()


def _other_than_the_last_time(ids, vocab_size):
    counts = np.zeros(vocab_size, int)
    last: dict[int, int] = {}
    for a, b in itertools.pairwise(np.asarray(ids).tolist()):
        counts[b] += a != last.get(b)
        last[b] = a
    return counts


def _list_of_sets(ids, vocab_size):
    pairs = _pairs(ids, vocab_size)
    return [set(np.flatnonzero(pairs[:, b]).tolist()) for b in range(vocab_size)]


_SHARES = "You return shares. Here the counts themselves are asked, whole numbers; they are divided later, where a probability is due."
_HOW_OFTEN = (
    "You counted how often each character occurs. Count after how many different ones it occurs: a frequent character may come "
    "after a single one only."
)
_EVERY_TIME = (
    "You counted a pair every time that it occurs. The same character before b counts once: mark the pairs (`.set(1)`, or a set) "
    "before you add up."
)

CONTINUATION_COUNTS = Exercise(
    name="continuation_counts",
    lesson=8,
    points=2,
    minutes=8,
    difficulty=2,
    hint="How often a pair occurs does not matter here, only whether it does. `jnp.zeros((V, V), int).at[ids[:-1], ids[1:]].set(1)` "
    "marks each pair once. Along which axis do you then add up?",
    reference=continuation_counts,
    probes=text_probes,
    misconceptions=(
        Misconception("how often", _HOW_OFTEN, _bincount),
        Misconception("how often, and no length", _HOW_OFTEN, lambda ids, vocab_size: np.bincount(np.asarray(ids))),
        Misconception("every time, and no length", _EVERY_TIME, lambda ids, vocab_size: np.bincount(np.asarray(ids[1:]))),
        Misconception(
            "every time",
            _EVERY_TIME,
            lambda ids, vocab_size: _bincount(ids[1:], vocab_size),
        ),
        Misconception(
            "other than the last time",
            "You count b whenever the character before it is another one than the last time. One that comes back counts no second time: keep "
            "all that were met, in a set or a table.",
            _other_than_the_last_time,
        ),
        Misconception(
            "every time it is followed",
            "You counted how often something follows b. Count how many different characters stand right before b.",
            lambda ids, vocab_size: _bincount(ids[:-1], vocab_size),
        ),
        Misconception(
            "what follows",
            "You counted how many different characters come right *after* b. Those before it are asked: add up along the other axis.",
            lambda ids, vocab_size: _pairs(ids, vocab_size).sum(axis=1),
        ),
        Misconception(
            "either side",
            "You counted the different neighbours on both sides. Only those right before b count.",
            _either_side,
        ),
        Misconception(
            "anywhere before",
            "You counted all the characters that stand anywhere before b. Only the one right before it counts, at each of its places.",
            _anywhere_before,
        ),
        Misconception(
            "not itself",
            'You left out b before b. In "aa" the second a has an a right before it, and that counts like any other.',
            _not_itself,
        ),
        Misconception(
            "start counted",
            "You counted the beginning of the text as one more character before the first one. Here nothing stands there: count the "
            "characters of the text alone.",
            _first_has_a_start_before_it,
        ),
        Misconception(
            "round in a circle",
            "You took the last character as the one before the first: ids[-1] and a roll go round in a circle. The first has none "
            "before it.",
            lambda ids, vocab_size: _seen(np.roll(np.asarray(ids), 1), ids, vocab_size).sum(axis=0),
        ),
        Misconception(
            "last pair missing",
            "The last pair of the text is missing: it ends with the last character. A text of n characters has n - 1 pairs.",
            lambda ids, vocab_size: continuation_counts(ids[:-1], vocab_size),
        ),
        Misconception(
            "first pair missing",
            "The first pair of the text is missing: the first character stands before the second. A text of n characters has n - 1 "
            "pairs.",
            lambda ids, vocab_size: continuation_counts(ids[1:], vocab_size),
        ),
        Misconception(
            "two places before",
            "You looked two places before b. The character right before it is asked: ids[:-1] beside ids[1:].",
            lambda ids, vocab_size: _seen(ids[:-2], ids[2:], vocab_size).sum(axis=0),
        ),
        Misconception(
            "one or none",
            "Your entries are 1 or 0: whether anything stands before b. Mark the pairs in a (V, V) table first, and add up how many "
            "there are for each b.",
            lambda ids, vocab_size: (_bincount(ids[1:], vocab_size) > 0).astype(int),
        ),
        Misconception(
            "only those that occur",
            "You have an entry for each character of this text only. Each of the vocab_size characters has one, at its own id; it is 0 "
            "where the text has none.",
            lambda ids, vocab_size: continuation_counts(ids, vocab_size)[np.unique(np.asarray(ids))],
        ),
        Misconception(
            "the text's characters",
            "You return which characters the text has. After how many different ones each comes is asked: (vocab_size,) numbers.",
            lambda ids, vocab_size: np.unique(np.asarray(ids)),
        ),
        Misconception(
            "table of pairs",
            "You return the table of the pairs that occur. Add it up over the characters before b: one number for each b.",
            lambda ids, vocab_size: _pairs(ids, vocab_size).astype(int),
        ),
        Misconception(
            "all pairs together",
            "You return one number, how many different pairs there are. Each character has its own: (vocab_size,).",
            lambda ids, vocab_size: _pairs(ids, vocab_size).sum(),
        ),
        Misconception(
            "one set for all",
            "Every character has the same number: all that stand before anything. Does `[set()] * n` stand there? That is n times *one* set; "
            "`[set() for _ in range(n)]` makes n of them.",
            lambda ids, vocab_size: np.full(vocab_size, len(set(np.asarray(ids[:-1]).tolist()))),
        ),
        Misconception(
            "the characters themselves",
            "You return which characters stand before b. How many they are is asked: their number, len(...), in an array.",
            _list_of_sets,
        ),
        Misconception("shares of the pairs", _SHARES, _shares),
        Misconception(
            "shares of the vocabulary",
            _SHARES,
            lambda ids, vocab_size: continuation_counts(ids, vocab_size) / vocab_size,
        ),
    ),
)
