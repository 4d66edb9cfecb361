"""Lesson 03: mistakes as learners write them, each told for what it is."""

import jax
import jax.numpy as jnp
import pytest
from telling import named


def mlp_with(times, with_b1=True, with_b2=True):
    def mlp_logits(ids, table, W1, b1, W2, b2):
        hidden = jax.nn.relu(times(table[ids], W1) + b1 if with_b1 else times(table[ids], W1))
        logits = times(hidden, W2)
        return logits + b2 if with_b2 else logits

    return mlp_logits


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("W @ x", mlp_with(lambda x, W: W @ x)),
        ("W.T @ x", mlp_with(lambda x, W: jnp.matmul(W.T, x))),
        ("x @ W.T", mlp_with(lambda x, W: x @ W.T)),
        ("entry by entry", mlp_with(lambda x, W: x * W)),
        ("no hidden bias", mlp_with(jnp.matmul, with_b1=False)),
        ("no output bias", mlp_with(jnp.matmul, with_b2=False)),
        ("no biases", mlp_with(jnp.matmul, with_b1=False, with_b2=False)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_matrix_on_the_wrong_side_and_a_forgotten_bias_are_told(name, answer):
    assert named("mlp_logits", answer) == name


@pytest.mark.parametrize("V", [63, 128])
def test_the_lessons_own_vocabulary_is_told(V):
    def influence(logits_fn, ids, position):
        before = logits_fn(ids[None])[0, position]
        changed = [logits_fn(ids.at[j].set((ids[j] + 1) % V)[None])[0, position] for j in range(len(ids))]
        return jnp.array([bool((after != before).any()) for after in changed])

    assert named("influence", influence) == "past the vocabulary"


def test_the_lessons_own_network_is_told():
    embedding = jax.random.normal(jax.random.key(0), (128, 64))

    def network(ids):
        return embedding[ids] @ embedding.T

    def influence(logits_fn, ids, position):
        before = network(ids[None])[0, position]
        changed = [network(ids.at[j].set((ids[j] + 1) % 128)[None])[0, position] for j in range(len(ids))]
        return jnp.array([bool((after != before).any()) for after in changed])

    assert named("influence", influence) == "itself alone"


def test_a_forgotten_bias_is_told_in_the_count_too():
    assert named("count_parameters", lambda v, d, h: v * d + d * h + h * v + v) == "no hidden bias"
    assert named("count_parameters", lambda v, d, h: v * d + d * h + h + h * v) == "no output bias"
    assert named("count_parameters", lambda v, d, h: 128 * 64 + 64 * 128 + 128 + 128 * 128 + 128) == "the lesson's sizes"


@pytest.mark.parametrize(
    ("name", "network"),
    [
        ("ReLU on the logits alone", lambda x, W1, b1, W2, b2: jax.nn.relu((x @ W1 + b1) @ W2 + b2)),
        ("ReLU before the last bias", lambda x, W1, b1, W2, b2: jax.nn.relu((x @ W1 + b1) @ W2) + b2),
        ("ReLU on the logits", lambda x, W1, b1, W2, b2: jax.nn.relu(jax.nn.relu(x @ W1 + b1) @ W2 + b2)),
        ("ReLU on the embedding", lambda x, W1, b1, W2, b2: (jax.nn.relu(x) @ W1 + b1) @ W2 + b2),
        ("ReLU on the embedding too", lambda x, W1, b1, W2, b2: jax.nn.relu(jax.nn.relu(x) @ W1 + b1) @ W2 + b2),
        ("GELU", lambda x, W1, b1, W2, b2: jax.nn.gelu(x @ W1 + b1) @ W2 + b2),
        ("sigmoid", lambda x, W1, b1, W2, b2: jax.nn.sigmoid(x @ W1 + b1) @ W2 + b2),
        ("leaky ReLU", lambda x, W1, b1, W2, b2: jax.nn.leaky_relu(x @ W1 + b1) @ W2 + b2),
        ("minimum", lambda x, W1, b1, W2, b2: jnp.minimum(x @ W1 + b1, 0) @ W2 + b2),
        ("hidden layer returned", lambda x, W1, b1, W2, b2: jax.nn.relu(x @ W1 + b1)),
        ("mean over the positions", lambda x, W1, b1, W2, b2: jax.nn.relu(x.mean(axis=1) @ W1 + b1) @ W2 + b2),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_bend_in_the_wrong_place_or_of_another_kind_is_told(name, network):
    assert named("mlp_logits", lambda ids, table, *weights: network(table[ids], *weights)) == name


def test_ids_that_wrap_at_the_length_of_the_text_are_told():
    def influence(logits_fn, ids, position):
        before = logits_fn(ids[None])[0, position]
        changed = [logits_fn(ids.at[j].set((ids[j] + 1) % len(ids))[None])[0, position] for j in range(len(ids))]
        return jnp.array([bool((after != before).any()) for after in changed])

    assert named("influence", influence) == "wraps at the length of the text"


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("b1 of the input's size", lambda v, d, h: v * d + d * h + d + h * v + v),
        ("b2 of the input's size", lambda v, d, h: v * d + d * h + h + h * v + h),
        ("the first network", lambda v, d, h: v * d + d * h + h + 3 * (h * h + h) + h * v + v),
        ("one number a bias", lambda v, d, h: v * d + d * h + 1 + h * v + 1),
        ("product", lambda v, d, h: v * d * h),
    ],
)
def test_other_counts_are_told(name, count):
    assert named("count_parameters", count) == name
