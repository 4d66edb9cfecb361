"""Networks of known sight, for an answer to ask."""

import jax
import jax.numpy as jnp
import numpy as np

V = 5  # characters that they know

# Tables of embeddings that are logits already. All hold small whole numbers, so their sums are exact. Two rows differ
SPREAD = np.array([np.roll([0, 1, 3, 6, 10], shift) for shift in range(V)], dtype=np.float32)  # everywhere, but not in sum
STEEP = np.outer(np.arange(1, V + 1), [1, 2, 3, 4, 9]).astype(np.float32)  # everywhere, but the last is always largest
SPARSE = np.diag(np.arange(1, V + 1)).astype(np.float32)  # in two entries only


@jax.jit  # one compiled call for all networks: an answer may ask them many times
def _sum_of_rows(seen, table, ids):
    return jnp.matmul(seen, table[jnp.clip(ids, 0, V - 1)])  # an id that does not exist: the nearest one


def network(seen, which, table):
    """A logits_fn whose logits at t are the sum of the table's rows for all places s with seen[t, s]."""
    seen = np.asarray(seen, dtype=np.float32)  # (time, time)

    def logits_fn(ids):
        if np.shape(ids)[1:] != seen.shape[1:]:
            raise ValueError(f"this network takes ids of shape (batch, {len(seen)}), but these have shape {np.shape(ids)}")
        return _sum_of_rows(seen, table, ids)  # (batch, time, V)

    logits_fn.__doc__ = f"<a network of {V} characters in which each place sees {which}>"
    vars(logits_fn)["sent_as"] = network, (seen, which, table)  # to an answer in another process
    return logits_fn


def drawn_network(rng):
    seen = rng.integers(0, 2, size=(4, 4))
    places = "; ".join(f"{t} sees {np.flatnonzero(row).tolist()}" for t, row in enumerate(seen))
    return network(seen, f"some places: {places}", STEEP)


ALONE = network(np.eye(3), "itself alone", SPREAD)
PAST = network(np.tri(3), "itself and all before it", SPREAD)
WINDOW = network(np.tri(3) - np.tri(3, k=-2), "itself and the one before it", SPARSE)
BEFORE = network(np.eye(3, k=-1), "the one before it, but not itself", STEEP)
SINGLE = network(np.eye(1), "itself, the only one,", SPREAD)
EVERYTHING = network(np.ones((3, 3)), "all places, those after it too", STEEP)
