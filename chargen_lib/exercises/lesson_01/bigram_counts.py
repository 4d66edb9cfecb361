"""bigram_counts: its reference, what it is tried on, and the wrong answers with names."""

import itertools

import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe
from chargen_lib.exercises.lesson_01.stories import STORIES_V


def bigram_counts(ids, vocab_size):
    counts = np.zeros((vocab_size, vocab_size), dtype=int)
    np.add.at(counts, (ids[:-1], ids[1:]), 1)
    return counts


def bigram_probes(rng):
    return [
        Probe((np.array([0, 1]), 2)),
        Probe((np.array([0]), 2)),
        Probe((np.array([0, 1, 0, 1]), 2)),
        Probe((np.array([0, 0, 1, 2]), 4)),
        Probe((np.array([1, 1, 1, 1]), 3)),
        Probe((np.array([2, 0, 1, 2, 0, 0, 1, 2, 2, 0]), 4)),
        Probe((rng.integers(0, 5, size=40), 6)),  # 5 never occurs
        Probe((np.array([1, 12, 0, 11, 2, 0, 1, 12]), 13)),  # joined, 1 and 12 read as 11 and 2 do
    ]


def _bigram_transposed(ids, vocab_size):
    return bigram_counts(ids, vocab_size).T


def _bigram_assigned(ids, vocab_size):
    counts = np.zeros((vocab_size, vocab_size), dtype=int)
    ids = np.asarray(ids)
    counts[ids[:-1], ids[1:]] += 1
    return counts


def _bigram_circular(ids, vocab_size):
    return bigram_counts(np.append(ids, ids[:1]), vocab_size)


def _bigram_past_the_end(ids, vocab_size):
    return bigram_counts(np.append(ids, ids[-1:]), vocab_size)


def _bigram_skip(ids, vocab_size):
    counts = np.zeros((vocab_size, vocab_size), dtype=int)
    np.add.at(counts, (ids[:-2], ids[2:]), 1)
    return counts


def _bigram_blocks(ids, vocab_size):
    counts = np.zeros((vocab_size, vocab_size), dtype=int)
    even = len(ids) // 2 * 2
    np.add.at(counts, (ids[:even:2], ids[1:even:2]), 1)
    return counts


def _bigram_both_ways(ids, vocab_size):
    counts = bigram_counts(ids, vocab_size)
    return counts + counts.T


def _bigram_no_last(ids, vocab_size):
    return bigram_counts(ids[:-1], vocab_size)


def _bigram_plus_one(ids, vocab_size):
    return bigram_counts(ids, vocab_size) + 1


def _bigram_probabilities(ids, vocab_size):
    counts = bigram_counts(ids, vocab_size)
    return counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)


def _bigram_stories(ids, vocab_size):
    return bigram_counts(ids, STORIES_V)


def _bigram_base_ten(ids, vocab_size):
    ids = np.asarray(ids)
    joined = (10 * ids[:-1] + ids[1:]).tolist()
    return _bigram_of_pairs(ids, vocab_size, lambda a, b: joined.count(10 * a + b))


def _bigram_nothing(ids, vocab_size):
    return np.zeros((vocab_size, vocab_size), dtype=int)


def _bigram_as_large_as_the_text(ids, vocab_size):
    return bigram_counts(ids, int(np.max(ids)) + 1)


def _bigram_rows(ids, vocab_size):
    return np.repeat(bigram_counts(ids, vocab_size).sum(axis=1, keepdims=True), vocab_size, axis=1)


def _bigram_with_itself(ids, vocab_size):
    return np.diag(np.bincount(ids, minlength=vocab_size))


def _bigram_no_first(ids, vocab_size):
    return bigram_counts(ids[1:], vocab_size)


def _bigram_single(ids, vocab_size):
    return np.bincount(ids, minlength=vocab_size)


def _bigram_of_pairs(ids, vocab_size, count):
    """Each pair looked for in the text: `count(a, b)`."""
    return np.array([[count(a, b) for b in range(vocab_size)] for a in range(vocab_size)])


def _bigram_joined_digits(ids, vocab_size):
    joined = [f"{a}{b}" for a, b in itertools.pairwise(np.asarray(ids))]
    return _bigram_of_pairs(ids, vocab_size, lambda a, b: joined.count(f"{a}{b}"))


def _bigram_str_count(ids, vocab_size):
    text = "".join(chr(i) for i in np.asarray(ids))
    return _bigram_of_pairs(ids, vocab_size, lambda a, b: text.count(chr(a) + chr(b)))


BIGRAM_COUNTS = Exercise(
    name="bigram_counts",
    lesson=1,
    points=2,
    minutes=13,
    difficulty=2,
    hint="The pairs are `ids[:-1]` and `ids[1:]`. `jnp.zeros(...).at[rows, columns].add(1)` adds 1 for every pair, repeated ones too.",
    reference=bigram_counts,
    probes=bigram_probes,
    misconceptions=(
        Misconception(
            "transposed",
            "Rows and columns are swapped: the row is the character before, the column the one after.",
            _bigram_transposed,
        ),
        Misconception(
            "repeats counted once",
            "A pair that comes again is counted once: `counts[rows, columns] += 1` (or .set) does each place once only. "
            "With JAX use .at[rows, columns].add(1).",
            _bigram_assigned,
        ),
        Misconception(
            "joins the ends",
            "You counted a pair from the last character back to the first (np.roll does that); a text of n characters has n - 1 pairs.",
            _bigram_circular,
        ),
        Misconception(
            "past the end",
            "You go one place past the end of the text, where JAX silently gives the last character again. n characters have n - 1 pairs: "
            "range(len(ids) - 1).",
            _bigram_past_the_end,
        ),
        Misconception(
            "skips one", "You paired each character with the one two places on; the next one is one place on.", _bigram_skip
        ),
        Misconception(
            "every other pair",
            "You cut the text into separate pairs; pairs overlap: abc holds ab and bc.",
            _bigram_blocks,
        ),
        Misconception(
            "both directions",
            "You counted each pair in both directions; ab is not ba.",
            _bigram_both_ways,
        ),
        Misconception(
            "drops the last pair", "The last pair of the text is missing: n characters have n - 1 pairs.", _bigram_no_last
        ),
        Misconception("adds one", "Every count is one too high: start from zero; smoothing comes later.", _bigram_plus_one),
        Misconception(
            "the lesson's vocabulary",
            "Your table is as large as the vocabulary of the stories, whatever was asked for. Make it (vocab_size, vocab_size).",
            _bigram_stories,
        ),
        Misconception(
            "joined digits",
            'You joined the two ids of a pair as digits, and "1" + "12" is the same as "11" + "2". Keep the two apart: [a, b], or a tuple.',
            _bigram_joined_digits,
        ),
        Misconception(
            "base ten",
            "You made one number of the two ids, 10 * a + b, but ids go above 9: 1, 12 and 2, 2 both give 22. Keep the two apart: [a, b].",
            _bigram_base_ten,
        ),
        Misconception(
            "nothing counted",
            "Your table is still all zeros: table.at[...].add(1) leaves the table as it is and gives a new one. Keep that: "
            "table = table.at[...].add(1).",
            _bigram_nothing,
        ),
        Misconception(
            "as large as the ids of the text",
            "Your table is only as large as the ids in this text. Make it (vocab_size, vocab_size), also for characters that do not occur.",
            _bigram_as_large_as_the_text,
        ),
        Misconception(
            "whole rows",
            "You add 1 to a whole row for each character. Name the column too: .at[ids[:-1], ids[1:]].add(1).",
            _bigram_rows,
        ),
        Misconception(
            "each with itself",
            "You counted each character with itself; a pair is a character and the one after it: ids[:-1] and ids[1:].",
            _bigram_with_itself,
        ),
        Misconception("drops the first pair", "The first pair of the text is missing: begin at place 0.", _bigram_no_first),
        Misconception(
            "single characters",
            "You counted single characters; count pairs, in a table with a row for the one before and a column for the one after.",
            _bigram_single,
        ),
        Misconception(
            "counts apart",
            "You counted with `count`, which goes on behind each find: in aaa it finds aa once, but there are two pairs. Go from "
            "character to character.",
            _bigram_str_count,
        ),
        Misconception(
            "probabilities",
            "You divided each row by its total; return the counts themselves, as whole numbers.",
            _bigram_probabilities,
        ),
    ),
)
