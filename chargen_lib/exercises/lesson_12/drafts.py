"""Two distributions to compare: p, the large model's, and q, the draft model's."""

import numpy as np


def row(*sixteenths):
    """(V,): probabilities that are whole numbers of sixteenths, so that their sums and differences are exact."""
    return np.array(sixteenths, dtype=np.float32) / 16


def rows(*of_each):
    return np.stack([row(*sixteenths) for sixteenths in of_each])


def drawn(rng, *shape, least=0):
    """(..., V): the same of drawn numbers, each at least `least` sixteenths."""
    size = shape[-1]
    counts = rng.multinomial(16 - least * size, np.full(size, 1 / size), size=shape[:-1])
    return ((counts + least) / 16).astype(np.float32)


def drawn_apart(rng, size):
    """p and q (V,), not equal, q above 0."""
    while True:
        p, q = drawn(rng, size), drawn(rng, size, least=1)
        if (p != q).any():
            return p, q
