"""A network that sees a window, as it is right and as it is written when it is wrong."""

import numpy as np


def relu(x):
    return x * (x > 0)


def same(x):
    return x


def side_by_side(x):
    """(batch, width, d) -> (batch, width * d)"""
    return x.reshape(len(x), -1)


def window_logits(windows, table, W1, b1, W2, b2):
    x = side_by_side(np.asarray(table, dtype=float)[np.asarray(windows)])  # (batch, width * d)
    return relu(x @ W1 + b1) @ W2 + b2  # (batch, V)


def network(join=side_by_side, before=same, between=relu, after=same, times=np.matmul):
    """The network with another way of joining a window's embeddings, other bends between, or another product."""

    def wrong(windows, table, W1, b1, W2, b2):
        table, W1, b1, W2, b2 = (np.asarray(a, dtype=float) for a in (table, W1, b1, W2, b2))
        x = join(before(table[np.asarray(windows)]))
        return after(times(between(times(x, W1) + b1), W2) + b2)

    return wrong


def with_biases(chosen):
    """The network with chosen(b1, b2) for its biases."""

    def wrong(windows, table, W1, b1, W2, b2):
        first, last = chosen(np.asarray(b1, dtype=float), np.asarray(b2, dtype=float))
        return window_logits(windows, table, np.asarray(W1), first, np.asarray(W2), last)

    return wrong


def bias_after_the_relu(windows, table, W1, b1, W2, b2):
    x = side_by_side(np.asarray(table, dtype=float)[np.asarray(windows)])
    return (relu(x @ W1) + b1) @ W2 + b2


def hidden_layer(windows, table, W1, b1, W2, b2):
    return relu(side_by_side(np.asarray(table, dtype=float)[np.asarray(windows)]) @ W1 + b1)


def batch_and_window_mixed(windows, table, W1, b1, W2, b2):
    x = np.asarray(table, dtype=float)[np.asarray(windows).T].reshape(len(windows), -1)
    return relu(x @ W1 + b1) @ W2 + b2


def log_softmax(logits):
    logits = logits - logits.max(axis=-1, keepdims=True)
    return logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
