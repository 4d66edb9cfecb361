"""Problem set "context": a right answer to each member, written differently from its reference."""

import jax
import jax.numpy as jnp
import numpy as np


def newest_first(ids, width, fill):
    """Place by place, in lists."""
    ids = np.asarray(ids).tolist()
    return np.array([[ids[t - k] if k <= t else fill for k in range(width)] for t in range(len(ids))])


def without_itself(ids, width, fill):
    padded = jnp.concatenate([jnp.full(width, fill), jnp.asarray(ids)])
    return jnp.stack([padded[t : t + width] for t in range(len(ids))])


def every_second(ids, width, fill):
    """A column at a time: the text moved on by 2, 4, ... places."""
    ids = jnp.asarray(ids)
    columns = [jnp.concatenate([jnp.full(2 * k, fill), ids])[: len(ids)] for k in range(width)]
    return jnp.stack(columns[::-1], axis=1)


def discounted(counts, amount):
    """Row by row."""
    counts = np.asarray(counts)
    shares, rows = counts.sum(0) / counts.sum(), []
    for row in counts:
        taken = np.minimum(row, amount)
        rows.append((row - taken + taken.astype(bool).sum() * amount * shares) / row.sum() if row.any() else shares)
    return np.array(rows)


def imagined(counts, amount):
    counts = jnp.asarray(counts, dtype=float)
    shares = counts.mean(axis=0) / counts.mean(axis=0).sum()
    own = jnp.nan_to_num(counts / counts.sum(axis=1, keepdims=True))
    extra = amount * jnp.count_nonzero(counts, axis=1)[:, None]
    trust = counts.sum(axis=1, keepdims=True) / jnp.maximum(counts.sum(axis=1, keepdims=True) + extra, 1e-9)
    return trust * own + (1 - trust) * shares


def mixed(counts, amount):
    counts = jnp.asarray(counts)
    places = jnp.count_nonzero(counts, axis=0) / jnp.count_nonzero(counts)
    rows = [(1 - amount) * row / row.sum() + amount * places if row.any() else places for row in counts]
    return jnp.stack(rows)


def kept(x, state, W, U, b):
    gate, new = jnp.split(x @ W + state @ U + b, 2, axis=-1)
    return jnp.tanh(new) + jax.nn.sigmoid(gate) * (state - jnp.tanh(new))


def forgotten_first(x, state, W, U, b):
    (Wg, Wn), (Ug, Un), (bg, bn) = (jnp.split(jnp.asarray(a), 2, axis=-1) for a in (W, U, b))
    gate = jax.nn.sigmoid(x @ Wg + state @ Ug + bg)
    return jnp.tanh(x @ Wn + (gate * state) @ Un + bn)


def added(x, state, W, U, b):
    both = jnp.concatenate([x, state], axis=-1) @ jnp.concatenate([W, U]) + b
    gate, new = both.reshape(len(both), 2, -1).swapaxes(0, 1)
    return state + jnp.tanh(new) * (0.5 + 0.5 * jnp.tanh(gate / 2))


def window(queries, keys, values, amount):
    """Place by place: what a place does not see is never touched."""
    rows = []
    for t in range(len(queries)):
        seen = slice(max(0, t - amount + 1), t + 1)
        weights = jax.nn.softmax(keys[seen] @ queries[t] / queries.shape[-1] ** 0.5)
        rows.append(weights @ values[seen])
    return jnp.stack(rows)


def blocks(queries, keys, values, amount):
    """Block by block, each with a triangle."""
    rows = []
    for start in range(0, len(queries), amount):
        q, k, v = (a[start : start + amount] for a in (queries, keys, values))
        scores = jnp.where(jnp.tri(len(q)) > 0, q @ k.T / jnp.sqrt(q.shape[-1]), -1e9)
        rows.append(jax.nn.softmax(scores) @ v)
    return jnp.concatenate(rows)


def sloped(queries, keys, values, amount):
    """What is added to a row alike changes no weight: so s / amount will do in place of -(t - s) / amount."""
    places = jnp.arange(len(queries))
    scores = jnp.einsum("td,sd->ts", queries, keys) / jnp.sqrt(queries.shape[-1]) + places / amount
    return jax.nn.softmax(jnp.where(places <= places[:, None], scores, -jnp.inf)) @ values


RIGHT_VARIANTS = {
    "rows_of_places": {"newest first": newest_first, "without itself": without_itself, "every second": every_second},
    "backed_off_probs": {"discounted": discounted, "imagined": imagined, "mixed": mixed},
    "gated_step": {"kept": kept, "forgotten first": forgotten_first, "added": added},
    "look_back": {"window": window, "blocks": blocks, "sloped": sloped},
}
