"""Lesson 09: right answers written differently from the references, as a learner would write them, mostly with jnp."""

import itertools
import math

import jax
import jax.numpy as jnp
import numpy as np
import optax


def rnn_states_by_a_loop(inputs, state, Wx, Wh, b):
    states = []
    for x in inputs:
        state = jnp.tanh(x @ Wx + state @ Wh + b)
        states.append(state)
    return jnp.stack(states)


@jax.jit
def rnn_states_in_a_scan(inputs, state, Wx, Wh, b):
    def step(h, entering):
        h = jnp.tanh(entering + h @ Wh)
        return h, h

    return jax.lax.scan(step, state, inputs @ Wx + b)[1]


def rnn_states_accumulated(inputs, state, Wx, Wh, b):
    W = np.vstack([Wx, Wh])
    states = itertools.accumulate(inputs, lambda h, x: np.tanh(np.hstack([x, h]) @ W + b), initial=state)
    return np.array(list(states)[1:])


@jax.jit
def rnn_states_by_einsum(inputs, state, Wx, Wh, b):
    states = jnp.zeros((len(inputs), len(state)))
    for t in range(len(inputs)):
        state = jnp.tanh(jnp.einsum("d,dh->h", inputs[t], Wx) + jnp.einsum("g,gh->h", state, Wh) + b)
        states = states.at[t].set(state)
    return states


def gru_step_split(x, state, Wx, Wh, b, bn):
    xr, xz, xn = jnp.split(x @ Wx + b, 3, axis=-1)
    hr, hz, hn = jnp.split(state @ Wh, 3, axis=-1)
    r, z = jax.nn.sigmoid(xr + hr), jax.nn.sigmoid(xz + hz)
    n = jnp.tanh(xn + r * (hn + bn))
    return n + z * (state - n)


def gru_step_by_slices(x, state, Wx, Wh, b, bn):
    h = len(bn)
    gates = 1 / (1 + jnp.exp(-(x @ Wx[:, : 2 * h] + state @ Wh[:, : 2 * h] + b[: 2 * h])))
    r, z = gates[:, :h], gates[:, h:]
    n = jnp.tanh(x @ Wx[:, 2 * h :] + b[2 * h :] + r * (state @ Wh[:, 2 * h :] + bn))
    return (1 - z) * n + z * state


def gru_step_row_by_row(x, state, Wx, Wh, b, bn):
    Wx, Wh, b = np.asarray(Wx), np.asarray(Wh), np.asarray(b)
    rows = []
    for one, h in zip(np.asarray(x), np.asarray(state), strict=True):
        of_x, of_h = (one @ Wx + b).reshape(3, -1), (h @ Wh).reshape(3, -1)
        r, z = (0.5 + 0.5 * np.tanh((of_x[gate] + of_h[gate]) / 2) for gate in (0, 1))
        rows.append((1 - z) * np.tanh(of_x[2] + r * of_h[2] + r * np.asarray(bn)) + z * h)
    return np.stack(rows)


@jax.jit
def gru_step_by_einsum(x, state, Wx, Wh, b, bn):
    size = state.shape[-1]
    of_x = jnp.einsum("bd,dgh->gbh", x, Wx.reshape(-1, 3, size)) + b.reshape(3, 1, size)
    of_h = jnp.einsum("bk,kgh->gbh", state, Wh.reshape(-1, 3, size))
    r, z = jax.nn.sigmoid(of_x[:2] + of_h[:2])
    return (1 - z) * jnp.tanh(of_x[2] + r * (of_h[2] + bn)) + z * state


def lstm_step_split(x, state, cell, Wx, Wh, b):
    i, f, g, o = jnp.split(x @ Wx + state @ Wh + b, 4, axis=-1)
    cell = jax.nn.sigmoid(f) * cell + jax.nn.sigmoid(i) * jnp.tanh(g)
    return jax.nn.sigmoid(o) * jnp.tanh(cell), cell


def lstm_step_in_one_product(x, state, cell, Wx, Wh, b):
    into = jnp.concatenate([x, state], axis=1) @ jnp.concatenate([Wx, Wh]) + b
    i, f, g, o = jnp.moveaxis(into.reshape(len(x), 4, -1), 1, 0)
    gate = lambda a: 1 / (1 + jnp.exp(-a))  # noqa: E731
    cell = gate(f) * cell + gate(i) * jnp.tanh(g)
    return [gate(o) * jnp.tanh(cell), cell]


def lstm_step_row_by_row(x, state, cell, Wx, Wh, b):
    states, cells = [], []
    h = state.shape[1]
    for one, before, kept in zip(np.asarray(x), np.asarray(state), np.asarray(cell), strict=True):
        into = np.einsum("d,dk->k", one, Wx) + np.einsum("h,hk->k", before, Wh) + np.asarray(b)
        i, f, o = (1 / (1 + np.exp(-into[k * h : (k + 1) * h])) for k in (0, 1, 3))
        cells.append(f * kept + i * np.tanh(into[2 * h : 3 * h]))
        states.append(o * np.tanh(cells[-1]))
    return np.array(states), np.array(cells)


def clip_by_norm_with_jnp(gradients, limit):
    norm = jnp.sqrt(sum(jnp.sum(g**2) for g in gradients))
    factor = jnp.where(norm > limit, limit / norm, 1.0)
    return [g * factor for g in gradients]


def clip_by_norm_of_one_row(gradients, limit):
    norm = jnp.linalg.norm(jnp.concatenate([g.ravel() for g in gradients]))
    return [g / jnp.maximum(1, norm / limit) for g in gradients]


@jax.jit
def clip_by_norm_with_optax(gradients, limit):
    clip = optax.clip_by_global_norm(limit)
    return clip.update(gradients, clip.init(gradients))[0]


def clip_by_norm_by_loops(gradients, limit):
    total = 0.0
    for g in gradients:
        for entry in g.ravel().tolist():
            total += entry * entry
    if math.sqrt(total) <= limit:
        return gradients
    return tuple(np.asarray(g) * (limit / math.sqrt(total)) for g in gradients)


def clip_by_norm_with_a_little_added(gradients, limit):
    norm = jnp.linalg.norm(jnp.array([jnp.linalg.norm(g) for g in gradients]))
    factor = min(1.0, limit / (float(norm) + 1e-6))
    return jax.tree.map(lambda g: factor * g, gradients)


def stripes_reshaped(ids, batch_size, seq_len):
    length = (len(ids) - 1) // batch_size
    calls = length // seq_len

    def cut(text):
        rows = text[: batch_size * length].reshape(batch_size, length)[:, : calls * seq_len]
        return rows.reshape(batch_size, calls, seq_len).swapaxes(0, 1)

    return cut(ids), cut(ids[1:])


def stripes_from_a_table_of_places(ids, batch_size, seq_len):
    length = (ids.shape[0] - 1) // batch_size
    call = jnp.arange(length // seq_len)[:, None, None] * seq_len
    places = call + jnp.arange(batch_size)[None, :, None] * length + jnp.arange(seq_len)
    return ids[places], ids[places + 1]


def stripes_by_loops(ids, batch_size, seq_len):
    ids = ids.tolist()
    length = (len(ids) - 1) // batch_size
    inputs, targets = [], []
    for k in range(length // seq_len):
        starts = [r * length + k * seq_len for r in range(batch_size)]
        inputs.append([ids[s : s + seq_len] for s in starts])
        targets.append([ids[s + 1 : s + seq_len + 1] for s in starts])
    return np.array(inputs), np.array(targets)


def stripes_by_splitting(ids, batch_size, seq_len):
    length = (len(ids) - 1) // batch_size
    rows = np.stack([np.asarray(ids)[r * length : (r + 1) * length + 1] for r in range(batch_size)])  # one longer, overlapping
    calls = [rows[:, k : k + seq_len + 1] for k in range(0, length - seq_len + 1, seq_len)]
    return np.stack([call[:, :-1] for call in calls]), np.stack([call[:, 1:] for call in calls])


RIGHT_ANSWERS = {
    "rnn_states": [rnn_states_by_a_loop, rnn_states_in_a_scan, rnn_states_accumulated, rnn_states_by_einsum],
    "gru_step": [gru_step_split, gru_step_by_slices, gru_step_row_by_row, gru_step_by_einsum],
    "lstm_step": [lstm_step_split, lstm_step_in_one_product, lstm_step_row_by_row],
    "clip_by_norm": [
        clip_by_norm_with_jnp,
        clip_by_norm_of_one_row,
        clip_by_norm_with_optax,
        clip_by_norm_by_loops,
        clip_by_norm_with_a_little_added,
    ],
    "stripes": [stripes_reshaped, stripes_from_a_table_of_places, stripes_by_loops, stripes_by_splitting],
}
