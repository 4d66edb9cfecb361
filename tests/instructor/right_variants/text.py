"""Problem set "text": a right answer to each member, written differently from its reference."""

import itertools
import math
from collections import Counter

import jax.numpy as jnp
import numpy as np


def first_seen(text):
    ids = {}
    return [ids.setdefault(c, len(ids)) for c in text]


def frequent_first(text):
    ids = {c: i for i, (c, _) in enumerate(Counter(text).most_common())}
    return np.array([ids[c] for c in text], dtype=int)


def recent_first(text):
    ids = []
    for place, c in enumerate(text):
        before = text[:place]
        ids.append(len(set(before[before.rfind(c) + 1 :])))
    return ids


def two_apart(ids, vocab_size):
    before, after = ids[:-2], ids[2:]
    return jnp.zeros((vocab_size, vocab_size), jnp.int32).at[before, after].add(1)


def around_a_ring(ids, vocab_size):
    counts = [[0] * vocab_size for _ in range(vocab_size)]
    for before, after in itertools.pairwise([*ids.tolist(), ids.tolist()[0]]):
        counts[before][after] += 1
    return np.array(counts)


def within_lines(ids, vocab_size):
    counts = np.zeros((vocab_size, vocab_size), int)
    line = []
    for i in [*ids.tolist(), 0]:
        if i:
            line.append(i)
            continue
        for a, b in itertools.pairwise(line):
            counts[a, b] += 1
        line = []
    return counts


def add_to_each(counts, strength):
    grown = jnp.asarray(counts) + strength
    return grown / grown.sum(1, keepdims=True)


def shared_evenly(counts, strength):
    rows = []
    for row in np.asarray(counts):
        rows.append([(c + strength / len(row)) / (sum(row) + strength) for c in row])
    return np.array(rows)


def shared_by_frequency(counts, strength):
    counts = np.asarray(counts, dtype=float)
    imagined = strength * counts.sum(axis=0) / counts.sum()
    grown = counts + imagined[None, :]
    return grown / grown.sum(axis=1)[:, None]


def _entropy(numbers):
    total = float(np.sum(numbers))
    return -sum(n / total * math.log2(n / total) for n in np.ravel(numbers).tolist() if n)


def of_the_pair(counts):
    return _entropy(counts)


def of_the_previous(counts):
    return _entropy(counts) - _entropy(np.asarray(counts).sum(axis=0))


def shared_by_both(counts):
    counts = np.asarray(counts)
    return _entropy(counts.sum(axis=0)) + _entropy(counts.sum(axis=1)) - _entropy(counts)


RIGHT_VARIANTS = {
    "character_ids": {"first seen": first_seen, "frequent first": frequent_first, "recent first": recent_first},
    "pair_counts": {"two apart": two_apart, "around a ring": around_a_ring, "within lines": within_lines},
    "next_probs": {
        "add to each": add_to_each,
        "shared evenly": shared_evenly,
        "shared by frequency": shared_by_frequency,
    },
    "table_bits": {"of the pair": of_the_pair, "of the previous": of_the_previous, "shared by both": shared_by_both},
}
