"""Small tables of ln p(next | previous) on which searches differ."""

import numpy as np


def _table(*rows):
    """log p[previous, next] of rows of probabilities; log 0 is -inf."""
    with np.errstate(divide="ignore"):
        return np.log(np.array(rows)).astype(np.float32)


def random_table(rng, vocab_size):
    return np.log(rng.dirichlet(np.ones(vocab_size), size=vocab_size) * 0.95 + 0.05 / vocab_size).astype(np.float32)


def drawn_table(rng, vocab_size, is_clear):
    """A random table and start on which the search has only clear decisions to make."""
    while True:
        table, start = random_table(rng, vocab_size), int(rng.integers(vocab_size))
        if is_clear(table, start):
            return table, start


def crowd(rng):
    """A table of 5 characters and a start: of the texts of 5 characters every narrow search loses the likeliest.

    Four characters follow one another with about 1/4 each, so after 4 steps all 4 ** 4 of their texts are ahead of the
    fifth character's, which is entered with 0.003 and then stays at 0.95; one step later it is ahead of them all.  The
    best text of the crowd repeats its likeliest character, which every width below 256 finds.
    """
    shares = np.array([0.265, 0.247, 0.245, 0.24]) + rng.uniform(-0.0005, 0.0005, size=4)
    rows = [[*(shares / shares.sum() * 0.997), 0.003]] * 4 + [[0.02, 0.01, 0.01, 0.01, 0.95]]
    order = rng.permutation(5)
    return _table(*rows)[order][:, order], int(np.argsort(order)[rng.integers(4)])


GARDEN_PATH = _table([0.1, 0.5, 0.4], [0.36, 0.34, 0.3], [0.06, 0.9, 0.04])  # from 0: the best first step leads to a worse end
NO_DOUBLES = _table([0, 0.55, 0.45], [0.7, 0, 0.3], [0.2, 0.8, 0])  # no character follows itself
ONE_WAY = _table([0, 0, 1], [0.6, 0.3, 0.1], [0.55, 0.45, 0])  # only 2 follows 0
# Three steps from 0: the greedy path is 0 0 0, two beams find 1 0 0, three beams 2 1 0, the likeliest of all.
LADDER = _table([0.38, 0.33, 0.29], [0.84, 0.1, 0.06], [0.25, 0.58, 0.17])
TWINS = _table([0.2, 0.4, 0.4], [0.7, 0.2, 0.1], [0.7, 0.2, 0.1])  # whatever 1 is worth, 2 is worth as much
# The two tables that the lesson prints: in the first every width finds more, in the second two beams less than one.
CHAIN = _table([0.40, 0.35, 0.25], [0.80, 0.10, 0.10], [0.05, 0.90, 0.05])
TRAP = _table([0.47, 0.51, 0.02], [0.30, 0.30, 0.40], [0.05, 0.90, 0.05])
