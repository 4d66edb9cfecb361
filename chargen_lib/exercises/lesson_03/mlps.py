"""A network of one hidden layer, as it is right and as it is written when it is wrong."""

import jax
import jax.numpy as jnp
import numpy as np


def relu(x):
    return x * (x > 0)


def mlp_logits(ids, table, W1, b1, W2, b2):
    x = table.astype(float)[ids]  # (batch, time, embed)
    x = relu(x @ W1 + b1)  # (batch, time, hidden)
    return x @ W2 + b2  # (batch, time, vocab)


def mlp_no_relu(ids, table, W1, b1, W2, b2):
    return (table[ids] @ W1 + b1) @ W2 + b2


def mlp_relu_on_logits(ids, table, W1, b1, W2, b2):
    return relu(mlp_logits(ids, table, W1, b1, W2, b2))


def mlp_relu_before_bias(ids, table, W1, b1, W2, b2):
    return (relu(table[ids] @ W1) + b1) @ W2 + b2


def mlp_relu_on_embedding(ids, table, W1, b1, W2, b2):
    return mlp_no_relu(ids, relu(table), W1, b1, W2, b2)


def mlp_with(between, at_the_end=lambda x: x, before=lambda x: x):
    """The network with another function than ReLU between its layers, one after the last layer, or one before the first."""

    def wrong(ids, table, W1, b1, W2, b2):
        return at_the_end(between(before(table.astype(float)[ids]) @ W1 + b1) @ W2 + b2)

    return wrong


def mlp_relu_before_the_last_bias(ids, table, W1, b1, W2, b2):
    return relu((table.astype(float)[ids] @ W1 + b1) @ W2) + b2


def mlp_hidden(ids, table, W1, b1, W2, b2):
    return relu(table.astype(float)[ids] @ W1 + b1)


def mlp_whole_table(ids, table, W1, b1, W2, b2):
    return mlp_logits(np.arange(len(table)), table, W1, b1, W2, b2)


def mlp_mean_over_time(ids, table, W1, b1, W2, b2):
    return relu(table.astype(float)[ids].mean(axis=1) @ W1 + b1) @ W2 + b2


def mlp_biases_swapped(ids, table, W1, b1, W2, b2):
    return jnp.asarray(relu(jnp.asarray(table)[ids] @ W1 + b2) @ W2 + b1)


def mlp_tanh(ids, table, W1, b1, W2, b2):
    return np.tanh(table[ids] @ W1 + b1) @ W2 + b2


def mlp_no_biases(ids, table, W1, b1, W2, b2):
    return mlp_logits(ids, table, W1, 0.0, W2, 0.0)


def mlp_no_output_bias(ids, table, W1, b1, W2, b2):
    return mlp_logits(ids, table, W1, b1, W2, 0.0)


def mlp_no_hidden_bias(ids, table, W1, b1, W2, b2):
    return mlp_logits(ids, table, W1, 0.0, W2, b2)


def mlp_in_jax(times, ids, table, W1, b1, W2, b2):
    hidden = jax.nn.relu(times(jnp.asarray(table)[ids], jnp.asarray(W1)) + b1)
    return times(hidden, jnp.asarray(W2)) + b2


def mlp_matrix_first(*args):
    return mlp_in_jax(lambda x, W: W @ x, *args)


def mlp_matrix_first_transposed(*args):
    return mlp_in_jax(lambda x, W: W.T @ x, *args)


def mlp_transposed(*args):
    return mlp_in_jax(lambda x, W: x @ W.T, *args)


def mlp_entry_by_entry(*args):
    return mlp_in_jax(lambda x, W: x * W, *args)


def mlp_softmax(ids, table, W1, b1, W2, b2):
    return np.exp(mlp_log_softmax(ids, table, W1, b1, W2, b2))


def mlp_log_softmax(ids, table, W1, b1, W2, b2):
    logits = mlp_logits(ids, table, W1, b1, W2, b2)
    logits = logits - logits.max(axis=-1, keepdims=True)
    return logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))


def mlp_last_position(ids, table, W1, b1, W2, b2):
    return mlp_logits(ids, table, W1, b1, W2, b2)[:, -1]


def mlp_flat(ids, table, W1, b1, W2, b2):
    return mlp_logits(ids, table, W1, b1, W2, b2).reshape(-1, np.shape(b2)[0])
