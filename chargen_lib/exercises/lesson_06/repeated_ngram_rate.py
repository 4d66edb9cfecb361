"""repeated_ngram_rate: its reference, what it is tried on, and the wrong answers with names."""

import itertools

import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe


def _ngrams(ids, n):
    ids = np.asarray(ids).tolist()
    return [tuple(ids[i : i + n]) for i in range(len(ids) - n + 1)]


def _rate(ngrams):
    return 1 - len(set(ngrams)) / len(ngrams) if ngrams else 0.0


def repeated_ngram_rate(ids, n):
    return _rate(_ngrams(ids, n))


def ngram_probes(rng):
    return [
        Probe((np.array([3, 1, 2, 0]), 1)),
        Probe((np.array([3, 3, 3, 3]), 1)),
        Probe((np.array([1, 2, 1, 2]), 2)),
        Probe((np.array([1, 2]), 3)),
        Probe((np.array([1, 2, 3, 0]), 4)),
        Probe((np.array([0, 1, 0, 2, 1, 0, 2, 2]), 2)),
        Probe((np.array([4, 0, 7, 4, 0, 7, 4, 0, 1, 0, 4, 0]), 3)),
        Probe((np.array([1, 12, 11, 2, 3]), 2)),  # "1" + "12" is "11" + "2"
        Probe((np.array([1, 12, 2, 2, 5]), 2)),  # 10 * 1 + 12 is 10 * 2 + 2
        Probe((rng.integers(0, 3, size=30), 2)),
        Probe((rng.integers(0, 2, size=30), 4)),
    ]


def _ngram_blocks(ids, n):
    return _rate(_ngrams(ids, n)[::n])


def _ngram_drops_last(ids, n):
    return _rate(_ngrams(ids, n)[:-1])


def _ngram_drops_last_and_is_whole_without(ids, n):
    return _rate(_ngrams(ids, n)[:-1]) if len(ids) > n else 1.0


def _ngram_counts_one_more(ids, n):
    ngrams = _ngrams(ids, n)
    return 1 - len(set(ngrams[:-1])) / len(ngrams) if ngrams else 0.0


def _ngram_one_longer(ids, n):
    return _rate(_ngrams(ids, n + 1))


def _ngram_per_kind(ids, n):
    ngrams = _ngrams(ids, n)
    return len(ngrams) / len(set(ngrams)) - 1 if ngrams else 0.0


def _ngram_neighbours(ids, n):
    ngrams = _ngrams(ids, n)
    return sum(a == b for a, b in itertools.pairwise(ngrams)) / len(ngrams) if ngrams else 0.0


def _ngram_distinct_share(ids, n):
    ngrams = _ngrams(ids, n)
    return len(set(ngrams)) / len(ngrams) if ngrams else 0.0


def _ngram_counts_first(ids, n):
    ngrams = _ngrams(ids, n)
    return sum(ngrams.count(g) > 1 for g in ngrams) / len(ngrams) if ngrams else 0.0


def _ngram_share_of_kinds(ids, n):
    ngrams = _ngrams(ids, n)
    return sum(ngrams.count(g) > 1 for g in set(ngrams)) / len(set(ngrams)) if ngrams else 0.0


def _ngram_per_character(ids, n):
    ngrams = _ngrams(ids, n)
    return (len(ngrams) - len(set(ngrams))) / len(ids)


def _ngram_no_order(ids, n):
    return _rate([tuple(sorted(g)) for g in _ngrams(ids, n)])


def _ngram_joined_digits(ids, n):
    return _rate(["".join(map(str, g)) for g in _ngrams(ids, n)])


def _ngram_base_ten(ids, n):
    return _rate([sum(i * 10**place for place, i in enumerate(reversed(g))) for g in _ngrams(ids, n)])


def _ngram_sums(ids, n):
    return _rate([sum(g) for g in _ngrams(ids, n)])


def _ngram_unique_ids(ids, n):
    ngrams = _ngrams(ids, n)
    return 1 - len(np.unique(ngrams)) / len(ngrams) if ngrams else 0.0


def _ngram_single(ids, n):
    return repeated_ngram_rate(ids, 1)


def _ngram_just_before(ids, n):
    ngrams = _ngrams(ids, n)
    return sum(a == b for a, b in zip(ngrams, ngrams[n:], strict=False)) / len(ngrams) if ngrams else 0.0


def _ngram_same_character_later(ids, n):
    ids = np.asarray(ids).tolist()
    return sum(a == b for a, b in zip(ids, ids[n:], strict=False)) / max(1, len(ids) - n)


def _ngram_none_raises(ids, n):
    ngrams = _ngrams(ids, n)
    return 1 - len(set(ngrams)) / len(ngrams)


def _ngram_count(ids, n):
    ngrams = _ngrams(ids, n)
    return len(ngrams) - len(set(ngrams))


_ONE_SHORT = "The last n-gram is missing: a text of N characters has N - n + 1, so the range goes up to len(ids) - n + 1."

REPEATED_NGRAM_RATE = Exercise(
    name="repeated_ngram_rate",
    lesson=6,
    points=1,
    minutes=8,
    difficulty=2,
    hint="n-grams overlap: one begins at each of the first `len(ids) - n + 1` places. Tuples of plain integers (`ids.tolist()`) can go "
    "into a set, which keeps each only once.",
    reference=repeated_ngram_rate,
    probes=ngram_probes,
    misconceptions=(
        Misconception(
            "separate blocks",
            "You cut the text into separate blocks; n-grams overlap: one begins at every place that has n characters from there on.",
            _ngram_blocks,
        ),
        Misconception(
            "drops the last one",
            _ONE_SHORT,
            _ngram_drops_last,
        ),
        Misconception("drops the last one, all repeated without any", _ONE_SHORT, _ngram_drops_last_and_is_whole_without),
        Misconception(
            "drops the last one, but counts it",
            "The last n-gram is missing among the different ones, but not in the number of all: range(len(ids) - n + 1) for both.",
            _ngram_counts_one_more,
        ),
        Misconception(
            "one too long", "Your pieces have n + 1 characters: ids[i : i + n] has n, from i to i + n - 1.", _ngram_one_longer
        ),
        Misconception(
            "divides by the different ones",
            "You divided the repeats by the number of different n-grams; divide by the number of all.",
            _ngram_per_kind,
        ),
        Misconception(
            "only neighbours",
            "You compared each n-gram only with the one that begins a character before; an earlier one anywhere in the text counts.",
            _ngram_neighbours,
        ),
        Misconception(
            "share of distinct ones",
            "That is the share of distinct n-grams; the rate of repeats is 1 minus it.",
            _ngram_distinct_share,
        ),
        Misconception(
            "counts the first time too",
            "You counted every n-gram that has a double, the first occurrence included. Only those that occurred earlier are repeats.",
            _ngram_counts_first,
        ),
        Misconception(
            "share of kinds",
            "You took the share of different n-grams that ever repeat. Count occurrences: an n-gram seen 5 times is 4 repeats.",
            _ngram_share_of_kinds,
        ),
        Misconception(
            "divides by the characters",
            "You divided by the number of characters, or began a piece at every one of them, the last ones shorter than n. There are "
            "len(ids) - n + 1 n-grams.",
            _ngram_per_character,
        ),
        Misconception(
            "order ignored",
            "You lost the order inside an n-gram (sorted, or a set): ab and ba are two different ones. Use a tuple.",
            _ngram_no_order,
        ),
        Misconception(
            "digits joined",
            "You joined the digits of the ids, and then 1, 12 and 11, 2 are both 112. Use tuples, which keep the ids apart.",
            _ngram_joined_digits,
        ),
        Misconception(
            "one number in base ten",
            "You made one number of each n-gram with powers of 10, but ids go above 9: 1, 12 and 2, 2 both give 22. Use tuples.",
            _ngram_base_ten,
        ),
        Misconception(
            "sums",
            "You compared the sums of the ids, and different n-grams can have one sum. Use tuples, which keep every id in its place.",
            _ngram_sums,
        ),
        Misconception(
            "unique without an axis",
            "unique counted the different ids in the table of n-grams, not its different rows. A set of tuples counts those (or unique with "
            "axis=0).",
            _ngram_unique_ids,
        ),
        Misconception("single characters", "You counted single characters; use runs of n of them.", _ngram_single),
        Misconception(
            "only directly before",
            "You compared each n-gram only with the one directly before it; an earlier one anywhere in the text counts.",
            _ngram_just_before,
        ),
        Misconception(
            "one character, n places on",
            "You compared each character with the one n places on. Compare runs of n characters with all earlier ones.",
            _ngram_same_character_later,
        ),
        Misconception(
            "text too short",
            "A text shorter than n holds no n-gram, and you divide by zero. The rate is 0.0 there.",
            _ngram_none_raises,
        ),
        Misconception("count", "You returned how many repeats there are; divide by how many n-grams there are.", _ngram_count),
    ),
)
