"""Lesson 08: right answers written differently from the references, as a learner would write them, mostly with jnp."""

import functools
import itertools

import jax
import jax.numpy as jnp
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def context_windows_by_a_loop(ids, width, start_id):
    ids = [start_id] * (width - 1) + ids.tolist()
    return jnp.array([ids[t : t + width] for t in range(len(ids) - width + 1)])


def context_windows_by_a_table_of_places(ids, width, start_id):
    places = jnp.arange(len(ids))[:, None] + jnp.arange(width) - width + 1
    return jnp.where(places < 0, start_id, ids[places])


def context_windows_by_sliding(ids, width, start_id):
    return sliding_window_view(np.pad(np.asarray(ids), (width - 1, 0), constant_values=start_id), width)


def context_windows_column_by_column(ids, width, start_id):
    padded = jnp.concatenate([jnp.full(width - 1, start_id), ids])
    return jnp.stack([padded[j : j + len(ids)] for j in range(width)], axis=1)


@functools.partial(jax.jit, static_argnums=1)
def context_windows_in_a_scan(ids, width, start_id):
    def step(window, id):
        window = jnp.append(window[1:], id)
        return window, window

    return jax.lax.scan(step, jnp.full(width, start_id, ids.dtype), ids)[1]


def continuation_counts_marked(ids, vocab_size):
    return jnp.zeros((vocab_size, vocab_size), int).at[ids[:-1], ids[1:]].set(1).sum(axis=0)


def continuation_counts_of_sets(ids, vocab_size):
    before = [set() for _ in range(vocab_size)]
    for a, b in itertools.pairwise(ids.tolist()):
        before[b].add(a)
    return np.array([len(found) for found in before])


def continuation_counts_of_unique_pairs(ids, vocab_size):
    pairs = np.unique(np.stack([ids[:-1], ids[1:]]), axis=1)
    return np.bincount(pairs[1], minlength=vocab_size)


def continuation_counts_of_a_bigram_table(ids, vocab_size):
    counts = jnp.zeros((vocab_size, vocab_size)).at[ids[:-1], ids[1:]].add(1)
    return (counts > 0).sum(0)


def kneser_ney_with_jnp(counts, discount):
    total = counts.sum(axis=1, keepdims=True)
    followers = jnp.count_nonzero(counts, axis=1)[:, None]
    q = jnp.count_nonzero(counts, axis=0) / jnp.count_nonzero(counts)
    rows = (jnp.maximum(counts - discount, 0) + discount * followers * q) / jnp.maximum(total, 1)
    return jnp.where(total == 0, q, rows)


def kneser_ney_by_loops(counts, discount):
    V, counts = len(counts), counts.tolist()
    seen = [[c > 0 for c in row] for row in counts]
    q = [sum(seen[a][b] for a in range(V)) / sum(map(sum, seen)) for b in range(V)]
    table = np.zeros((V, V))
    for a in range(V):
        c, u = sum(counts[a]), sum(seen[a])
        for b in range(V):
            table[a, b] = (max(counts[a][b] - discount, 0) + discount * u * q[b]) / c if c else q[b]
    return table


def kneser_ney_of_what_was_taken(counts, discount):
    counts = np.asarray(counts).astype(np.float32)
    left = np.clip(counts - discount, 0, None)
    taken = (counts - left).sum(axis=1)  # (V,)
    q = (counts > 0).mean(axis=0)
    q /= q.sum()
    rows = left + np.einsum("a,b->ab", taken, q)
    rows[counts.sum(axis=1) == 0] = q
    return rows / rows.sum(axis=1, keepdims=True)


def window_logits_with_jnp(windows, table, W1, b1, W2, b2):
    x = table[windows].reshape(windows.shape[0], -1)
    return jax.nn.relu(x @ W1 + b1) @ W2 + b2


@jax.jit
def window_logits_by_einsum(windows, table, W1, b1, W2, b2):
    x = jnp.take(table, windows, axis=0)  # (batch, width, d)
    blocks = W1.reshape(windows.shape[1], table.shape[1], -1)  # (width, d, h)
    hidden = jnp.maximum(jnp.einsum("bwd,wdh->bh", x, blocks) + b1, 0)
    return jnp.einsum("bh,hv->bv", hidden, W2) + b2


def window_logits_of_one_hot_rows(windows, table, W1, b1, W2, b2):
    x = jnp.concatenate([jax.nn.one_hot(column, len(table)) @ table for column in windows.T], axis=-1)
    return jnp.clip(x @ W1 + b1, 0) @ W2 + b2


def window_logits_window_by_window(windows, table, W1, b1, W2, b2):
    rows = []
    for window in windows.tolist():
        x = np.concatenate([np.asarray(table)[i] for i in window])
        rows.append(np.where((a := x @ W1 + b1) > 0, a, 0) @ W2 + b2)
    return np.stack(rows)


RIGHT_ANSWERS = {
    "context_windows": [
        context_windows_by_a_loop,
        context_windows_by_a_table_of_places,
        context_windows_by_sliding,
        context_windows_column_by_column,
        context_windows_in_a_scan,
    ],
    "continuation_counts": [
        continuation_counts_marked,
        continuation_counts_of_sets,
        continuation_counts_of_unique_pairs,
        continuation_counts_of_a_bigram_table,
    ],
    "kneser_ney": [kneser_ney_with_jnp, kneser_ney_by_loops, kneser_ney_of_what_was_taken],
    "window_logits": [
        window_logits_with_jnp,
        window_logits_by_einsum,
        window_logits_of_one_hot_rows,
        window_logits_window_by_window,
    ],
}
