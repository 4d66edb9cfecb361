"""Problem set "fast": a right answer to each member, written differently from its reference."""

import jax
import jax.numpy as jnp
import numpy as np


def ring(cache, rows, written):
    """All at once: the slots are different ones, as there are fewer new rows than slots."""
    slots = (written + jnp.arange(len(rows))) % len(cache)
    return jnp.asarray(cache).at[slots].set(rows)


def moved_along(cache, rows, written):
    """What is there, oldest first, then the new ones: of all these the last S."""
    full = min(written, len(cache))
    after = jnp.concatenate([jnp.asarray(cache)[:full], jnp.asarray(rows), jnp.asarray(cache)[full:]])
    start = max(0, full + len(rows) - len(cache))
    after = after[start : start + len(cache)]
    room = len(cache) - full - len(rows)
    return after if room <= 0 else after.at[-room:].set(jnp.asarray(cache)[-room:])


def first_kept(cache, rows, written):
    """A table of who goes where: (S, n), at most one True in each row."""
    numbers = written + np.arange(len(rows))
    slots = np.where(numbers == 0, 0, 1 + (numbers - 1) % (len(cache) - 1))
    here = jax.nn.one_hot(slots, len(cache)).T
    return here @ rows + (1 - here.sum(axis=1, keepdims=True)) * cache


def fill_in_front(ids, lengths, width, fill):
    """Row by row, in lists."""
    rows = []
    for row, length in zip(np.asarray(ids).tolist(), np.asarray(lengths).tolist(), strict=True):
        kept = row[:length][-width:]
        rows.append([fill] * (width - len(kept)) + kept)
    return np.array(rows)


def fill_behind(ids, lengths, width, fill):
    """`fill` over the padding and behind it, and from there a piece of each row."""
    ids, lengths = jnp.asarray(ids), jnp.asarray(lengths)
    clean = jnp.where(jnp.arange(ids.shape[1]) < lengths[:, None], ids, fill)
    long = jnp.pad(clean, ((0, 0), (0, width)), constant_values=fill)
    starts = jnp.maximum(lengths - width, 0)
    return jax.vmap(lambda row, start: jax.lax.dynamic_slice(row, (start,), (width,)))(long, starts)


def newest_first(ids, lengths, width, fill):
    """`fill` before every text, so that no place is below 0."""
    before = jnp.pad(jnp.asarray(ids), ((0, 0), (width, 0)), constant_values=fill)
    return jnp.stack([before[b, n : n + width][::-1] for b, n in enumerate(np.asarray(lengths).tolist())])


RIGHT_VARIANTS = {
    "cache_after": {"ring": ring, "moved along": moved_along, "first kept": first_kept},
    "text_ends": {"fill in front": fill_in_front, "fill behind": fill_behind, "newest first": newest_first},
}
