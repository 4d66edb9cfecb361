"""Small tables of ln p(next | previous) on which searches differ."""

import numpy as np


def _table(*rows):
    """log p[previous, next] of rows of probabilities; log 0 is -inf."""
    with np.errstate(divide="ignore"):
        return np.log(np.array(rows)).astype(np.float32)


def random_table(rng, vocab_size):
    return np.log(rng.dirichlet(np.ones(vocab_size), size=vocab_size) * 0.95 + 0.05 / vocab_size).astype(np.float32)


GARDEN_PATH = _table([0.1, 0.5, 0.4], [0.36, 0.34, 0.3], [0.06, 0.9, 0.04])  # from 0: the best first step leads to a worse end
NO_DOUBLES = _table([0, 0.55, 0.45], [0.7, 0, 0.3], [0.2, 0.8, 0])  # no character follows itself
ONE_WAY = _table([0, 0, 1], [0.6, 0.3, 0.1], [0.55, 0.45, 0])  # only 2 follows 0
# Three steps from 0: the greedy path is 0 0 0, two beams find 1 0 0, three beams 2 1 0, the likeliest of all.
LADDER = _table([0.38, 0.33, 0.29], [0.84, 0.1, 0.06], [0.25, 0.58, 0.17])
