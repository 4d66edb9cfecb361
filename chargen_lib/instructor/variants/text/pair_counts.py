"""pair_counts: which pairs."""

import numpy as np

from chargen_lib.exercises.engine.cards import Misconception, Probe
from chargen_lib.instructor.variants.family import Family, Member, Rule, Slip


def two_apart(ids, vocab_size):
    ids = np.asarray(ids)
    counts = np.zeros((vocab_size, vocab_size), dtype=int)
    np.add.at(counts, (ids[:-2], ids[2:]), 1)  # adds for every pair, repeated ones too
    return counts


def around_a_ring(ids, vocab_size):
    ids = np.asarray(ids)
    counts = np.zeros((vocab_size, vocab_size), dtype=int)
    np.add.at(counts, (ids, np.roll(ids, -1)), 1)  # adds for every pair, repeated ones too
    return counts


def within_lines(ids, vocab_size):
    ids = np.asarray(ids)
    before, after = ids[:-1], ids[1:]
    inside = (before != 0) & (after != 0)
    counts = np.zeros((vocab_size, vocab_size), dtype=int)
    np.add.at(counts, (before[inside], after[inside]), 1)  # adds for every pair, repeated ones too
    return counts


def _counted(before, after, vocab_size):
    counts = np.zeros((vocab_size, vocab_size), dtype=int)
    np.add.at(counts, (before, after), 1)
    return counts


def _neighbours(ids, vocab_size):
    return _counted(ids[:-1], ids[1:], vocab_size)


def pair_counts_probes(rng):
    return [
        Probe((np.array([1, 2, 0, 1, 2, 2]), 3)),
        Probe((np.array([1, 2]), 3)),
        Probe((np.array([0, 1, 0, 2, 0, 1, 1, 0]), 3)),
        Probe((np.array([2, 2, 2, 2, 1]), 4)),
        Probe((np.append(rng.integers(0, 4, size=30), [0, 3, 1]), 5)),  # 4 never occurs
    ]


PAIR_COUNTS = Family(
    function="pair_counts",
    title="Counting pairs",
    lesson=1,
    points=2,
    minutes=8,
    difficulty=2,
    docstring="Counts of pairs.  ids: (n,) ints, n >= 2;  returns (vocab_size, vocab_size) ints.",
    given="`ids` is a text of $n \\ge 2$ characters as ids below `vocab_size`. Count pairs of characters in a table: the row is the "
    "character that comes first, the column the one that comes later.",
    probes=pair_counts_probes,
    members=(
        Member(
            name="two apart",
            statement="Entry $[a, b]$ says how often $b$ stands *two* places after $a$, whatever stands between them.",
            hint="The pairs are `ids[:-2]` and `ids[2:]`. A pair that comes again must be added again: `.at[...].add(1)` with JAX, "
            "`np.add.at` with NumPy.",
            reference=two_apart,
            did="You counted pairs two places apart",
            asked="here the second character stands two places after the first",
            mistakes=(
                Misconception(
                    "up to two apart",
                    "You counted the pairs one place apart as well; count those two places apart only.",
                    lambda ids, vocab_size: two_apart(ids, vocab_size) + _neighbours(ids, vocab_size),
                ),
                Misconception(
                    "three apart",
                    "Your pairs are three places apart: with one character between them they are `ids[:-2]` and `ids[2:]`.",
                    lambda ids, vocab_size: _counted(ids[:-3], ids[3:], vocab_size),
                ),
            ),
        ),
        Member(
            name="around a ring",
            statement="Entry $[a, b]$ says how often $b$ comes right after $a$ when the text is written around a ring: after its last "
            "character comes its first again. So there are $n$ pairs.",
            hint="`jnp.roll(ids, -1)` is the text one place on, with the first character at the end. A pair that comes again must be "
            "added again: `.at[...].add(1)` with JAX, `np.add.at` with NumPy.",
            reference=around_a_ring,
            did="You counted n pairs, the last character with the first one too",
            asked="here each character is paired with the one right after it, and the last with the first",
            mistakes=(
                Misconception(
                    "the ends the wrong way round",
                    "You joined the first character to the last; on a ring the first comes after the last.",
                    lambda ids, vocab_size: _counted(np.append(ids[:-1], ids[0]), np.append(ids[1:], ids[-1]), vocab_size),
                ),
                Misconception(
                    "last with itself",
                    "You paired the last character with itself; after it comes the first one.",
                    lambda ids, vocab_size: _counted(ids, np.append(ids[1:], ids[-1]), vocab_size),
                ),
            ),
        ),
        Member(
            name="within lines",
            statement="The id 0 is the end of a line. Entry $[a, b]$ says how often $b$ comes right after $a$ *within* a line: a pair "
            "with a 0 in it, at either place, does not count. So the row and the column of 0 stay empty.",
            hint="Make the pairs `ids[:-1]` and `ids[1:]` first, then keep those in which neither is 0. A pair that comes again must "
            "be added again: `.at[...].add(1)` with JAX, `np.add.at` with NumPy.",
            reference=within_lines,
            did="You left out the pairs with a 0",
            asked="here each character is paired with the one right after it, and pairs with a 0 are left out",
            mistakes=(
                Misconception(
                    "joins the lines",
                    "You took the zeros out before you made the pairs, so the end of one line meets the beginning of the next.",
                    lambda ids, vocab_size: _neighbours(ids[ids != 0], vocab_size),
                ),
                Misconception(
                    "beginnings of lines",
                    "You left out the pairs that end with a 0, but not those that begin with one. Leave out both.",
                    lambda ids, vocab_size: _neighbours(ids, vocab_size) * (np.arange(vocab_size) != 0),
                ),
                Misconception(
                    "ends of lines",
                    "You left out the pairs that begin with a 0, but not those that end with one. Leave out both.",
                    lambda ids, vocab_size: _neighbours(ids, vocab_size) * (np.arange(vocab_size) != 0)[:, None],
                ),
            ),
        ),
    ),
    others=(Rule("neighbours", "You counted every character with the next one in the text, as in lesson 01", _neighbours),),
    slips=(
        Slip(
            "transposed",
            "Rows and columns are swapped: the row is the character that comes first.",
            lambda right: lambda ids, vocab_size: right(ids, vocab_size).T,
        ),
        Slip(
            "repeats counted once",
            "A pair that comes again is counted once: `counts[rows, columns] += 1` (or .set) does each place once only. Use "
            ".at[rows, columns].add(1) with JAX, np.add.at with NumPy.",
            lambda right: lambda ids, vocab_size: np.minimum(right(ids, vocab_size), 1),
        ),
        Slip(
            "both directions",
            "You counted each pair in both directions; ab is not ba.",
            lambda right: lambda ids, vocab_size: right(ids, vocab_size) + right(ids, vocab_size).T,
        ),
        Slip(
            "shares",
            "You divided by the number of pairs; return the counts themselves, as whole numbers.",
            lambda right: lambda ids, vocab_size: right(ids, vocab_size) / np.maximum(right(ids, vocab_size).sum(), 1),
        ),
    ),
)
