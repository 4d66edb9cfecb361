"""Lesson 03: right answers written differently from the references, as a learner would write them, mostly with jnp."""

import math

import jax
import jax.numpy as jnp


def mlp_logits_step_by_step(ids, table, W1, b1, W2, b2):
    x = jnp.asarray(table)[ids]  # (batch, time, d)
    hidden = jax.nn.relu(jnp.dot(x, W1) + b1)  # (batch, time, hidden)
    return jnp.dot(hidden, W2) + b2  # (batch, time, V)


def mlp_logits_of_one_flat_row(ids, table, W1, b1, W2, b2):
    x = jax.nn.one_hot(ids.reshape(-1), table.shape[0]) @ table  # (batch * time, d)
    x = jnp.maximum(x @ W1 + b1, 0) @ W2 + b2
    return x.reshape(*ids.shape, -1)


def count_parameters_from_shapes(vocab_size, embed_dim, hidden_dim):
    v, d, h = vocab_size, embed_dim, hidden_dim
    shapes = {"table": (v, d), "W1": (d, h), "b1": (h,), "W2": (h, v), "b2": (v,)}
    return sum(math.prod(shape) for shape in shapes.values())


def count_parameters_factored(vocab_size, embed_dim, hidden_dim):
    return (embed_dim + 1) * hidden_dim + (hidden_dim + 1 + embed_dim) * vocab_size


def influence_in_a_loop(logits_fn, ids, position):
    ids = jnp.asarray(ids)
    before = logits_fn(ids[None])[0, position]
    changed = []
    for j in range(len(ids)):
        other = ids.at[j].set((ids[j] + 1) % before.shape[0])
        after = logits_fn(other[None])[0, position]
        changed.append(bool(jnp.max(jnp.abs(after - before)) > 1e-6))
    return jnp.array(changed)


def influence_in_one_batch(logits_fn, ids, position):
    vocab_size = logits_fn(ids[None]).shape[-1]
    batch = jnp.tile(ids, (len(ids) + 1, 1))  # the last row stays as it is
    places = jnp.arange(len(ids))
    batch = batch.at[places, places].set((ids + vocab_size - 1) % vocab_size)
    logits = logits_fn(batch)[:, position]
    return ~jnp.isclose(logits[:-1], logits[-1]).all(axis=-1)


RIGHT_ANSWERS = {
    "mlp_logits": [mlp_logits_step_by_step, mlp_logits_of_one_flat_row],
    "count_parameters": [count_parameters_from_shapes, count_parameters_factored],
    "influence": [influence_in_a_loop, influence_in_one_batch],
}
