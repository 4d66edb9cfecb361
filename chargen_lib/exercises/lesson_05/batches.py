"""A batch, as it is right and as it is written when it is wrong."""

import jax
import jax.numpy as jnp
import numpy as np


def windows(ids, starts, seq_len, shift=1):
    """Inputs from the given starts, and targets `shift` characters further on.  Past the end, as in JAX: the last one again."""
    ids = np.asarray(ids)
    places = np.asarray(starts)[:, None] + np.arange(seq_len)
    return ids[np.minimum(places, len(ids) - 1)], ids[np.minimum(places + shift, len(ids) - 1)]


def drawn(key, batch_size, how_many):
    return np.asarray(jax.random.randint(key, (batch_size,), 0, how_many))


def make_batch(key, ids, batch_size, seq_len):
    return windows(ids, drawn(key, batch_size, len(ids) - seq_len), seq_len)


def mb_not_shifted(key, ids, batch_size, seq_len):
    return windows(ids, drawn(key, batch_size, len(ids) - seq_len), seq_len, shift=0)


def mb_shifted_twice(key, ids, batch_size, seq_len):
    return windows(ids, drawn(key, batch_size, len(ids) - seq_len), seq_len, shift=2)


def mb_swapped(key, ids, batch_size, seq_len):
    inputs, targets = make_batch(key, ids, batch_size, seq_len)
    return targets, inputs


def mb_one_too_many(key, ids, batch_size, seq_len):
    return windows(ids, drawn(key, batch_size, len(ids) - seq_len + 1), seq_len)


def mb_anywhere(key, ids, batch_size, seq_len):
    return windows(ids, drawn(key, batch_size, len(ids)), seq_len)


def mb_of_another_text(key, ids, batch_size, seq_len):
    starts = drawn(key, batch_size, 10**6)
    return windows(ids, np.where(starts > 0, starts + len(ids), 0), seq_len)


def mb_never_the_last(key, ids, batch_size, seq_len):
    return windows(ids, drawn(key, batch_size, len(ids) - seq_len - 1), seq_len)


def mb_one_start(key, ids, batch_size, seq_len):
    start = int(jax.random.randint(key, (), 0, len(ids) - seq_len))
    return windows(ids, [start] * batch_size, seq_len)


def mb_blocks(key, ids, batch_size, seq_len):
    return windows(ids, seq_len * drawn(key, batch_size, (len(ids) - 1) // seq_len), seq_len)


def mb_without_repeats(key, ids, batch_size, seq_len):
    starts = jax.random.choice(key, len(ids) - seq_len, (batch_size,), replace=False)
    return windows(ids, starts, seq_len)


def mb_transposed(key, ids, batch_size, seq_len):
    inputs, targets = make_batch(key, ids, batch_size, seq_len)
    return inputs.T, targets.T


def mb_one_short(key, ids, batch_size, seq_len):
    inputs, targets = make_batch(key, ids, batch_size, seq_len)
    return inputs[:, :-1], targets[:, :-1]


def mb_one_target(key, ids, batch_size, seq_len):
    inputs, targets = make_batch(key, ids, batch_size, seq_len)
    return inputs, targets[:, -1]


def mb_places(key, ids, batch_size, seq_len):
    return make_batch(key, np.arange(len(ids)), batch_size, seq_len)


def mb_scattered(key, ids, batch_size, seq_len):
    places = np.asarray(jax.random.randint(key, (batch_size, seq_len), 0, len(ids) - 1))
    return np.asarray(ids)[places], np.asarray(ids)[places + 1]


def mb_rolled(key, ids, batch_size, seq_len):
    inputs, _ = make_batch(key, ids, batch_size, seq_len)
    return inputs, np.roll(inputs, -1, axis=1)


def mb_permuted(key, ids, batch_size, seq_len):
    return windows(ids, jax.random.permutation(key, len(ids) - seq_len)[:batch_size], seq_len)


def mb_not_the_first(key, ids, batch_size, seq_len):
    return windows(ids, drawn(key, batch_size, len(ids) - seq_len - 1) + 1, seq_len)


def mb_one_long(key, ids, batch_size, seq_len):
    starts = drawn(key, batch_size, len(ids) - seq_len)
    return windows(ids, starts, seq_len + 1, shift=0)


def mb_no_column(key, ids, batch_size, seq_len):
    places = jnp.asarray(drawn(key, batch_size, len(ids) - seq_len)) + jnp.arange(seq_len)
    return np.asarray(ids)[np.asarray(places)], np.asarray(ids)[np.asarray(places) + 1]


def mb_another_key(key, ids, batch_size, seq_len):
    return make_batch(jax.random.key(np.random.default_rng().integers(10**6)), ids, batch_size, seq_len)
