"""mlp_logits: its reference, what it is tried on, and the wrong answers with names."""

import jax
import jax.numpy as jnp
import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe


def _relu(x):
    return x * (x > 0)


def mlp_logits(ids, table, W1, b1, W2, b2):
    x = table.astype(float)[ids]  # (batch, time, embed)
    x = _relu(x @ W1 + b1)  # (batch, time, hidden)
    return x @ W2 + b2  # (batch, time, vocab)


def mlp_probes(rng):
    table = [[1, -1], [2, 0.5], [-1, 2]]
    W1, b1 = [[1, -1, 0.5, 2], [1, 1, -1, -0.5]], [0.5, -0.5, 1, -1]
    W2, b2 = [[1, -1, 0.5], [-0.5, 1, 2], [1, 0.5, -1], [-1, 0.5, 1]], [0.5, -1, 1]
    small = tuple(np.array(w, dtype=np.float32) for w in (table, W1, b1, W2, b2))
    shapes = (5, 2), (2, 4), (4,), (4, 5), (5,)
    drawn = tuple(rng.normal(size=shape).astype(np.float32) for shape in shapes)
    # All axes equally long, so that a product the wrong way round gives numbers, and not an error
    W1, b1 = [[1, -1, 0.5], [1, 2, -1], [0.5, 1, 1]], [0.5, -0.5, 1]
    W2, b2 = [[1, -1, 0.5], [-0.5, 1, 2], [1, 0.5, -2]], [0.5, -1, 1]
    table = [[1, -1, 2], [2, 0.5, 1], [-1, 2, 0.5]]
    square = tuple(np.array(w, dtype=np.float32) for w in (table, W1, b1, W2, b2))
    return [
        Probe((np.array([[0]]), *small)),
        Probe((np.array([[2, 0, 1]]), *small)),
        Probe((np.array([[2, 0, 1]]), *square)),
        Probe((np.array([[1, 0, 2], [2, 2, 0]]), *small), batch=True),
        Probe((rng.integers(0, 5, size=(2, 3)), *drawn), batch=True),
        Probe((rng.integers(0, 5, size=(2, 3)), *drawn), batch=True),
    ]


def _mlp_no_relu(ids, table, W1, b1, W2, b2):
    return (table[ids] @ W1 + b1) @ W2 + b2


def _mlp_relu_on_logits(ids, table, W1, b1, W2, b2):
    return _relu(mlp_logits(ids, table, W1, b1, W2, b2))


def _mlp_relu_before_bias(ids, table, W1, b1, W2, b2):
    return (_relu(table[ids] @ W1) + b1) @ W2 + b2


def _mlp_relu_on_embedding(ids, table, W1, b1, W2, b2):
    return _mlp_no_relu(ids, _relu(table), W1, b1, W2, b2)


def _mlp_tanh(ids, table, W1, b1, W2, b2):
    return np.tanh(table[ids] @ W1 + b1) @ W2 + b2


def _mlp_no_biases(ids, table, W1, b1, W2, b2):
    return mlp_logits(ids, table, W1, 0.0, W2, 0.0)


def _mlp_no_output_bias(ids, table, W1, b1, W2, b2):
    return mlp_logits(ids, table, W1, b1, W2, 0.0)


def _mlp_no_hidden_bias(ids, table, W1, b1, W2, b2):
    return mlp_logits(ids, table, W1, 0.0, W2, b2)


# Where shapes do not fit, NumPy and JAX raise different errors: the mistakes below that meet this use JAX.


def _mlp_in_jax(times, ids, table, W1, b1, W2, b2):
    hidden = jax.nn.relu(times(jnp.asarray(table)[ids], jnp.asarray(W1)) + b1)
    return times(hidden, jnp.asarray(W2)) + b2


def _mlp_matrix_first(*args):
    return _mlp_in_jax(lambda x, W: W @ x, *args)


def _mlp_matrix_first_transposed(*args):
    return _mlp_in_jax(lambda x, W: W.T @ x, *args)


def _mlp_transposed(*args):
    return _mlp_in_jax(lambda x, W: x @ W.T, *args)


def _mlp_entry_by_entry(*args):
    return _mlp_in_jax(lambda x, W: x * W, *args)


def _mlp_softmax(ids, table, W1, b1, W2, b2):
    return np.exp(_mlp_log_softmax(ids, table, W1, b1, W2, b2))


def _mlp_log_softmax(ids, table, W1, b1, W2, b2):
    logits = mlp_logits(ids, table, W1, b1, W2, b2)
    logits = logits - logits.max(axis=-1, keepdims=True)
    return logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))


def _mlp_last_position(ids, table, W1, b1, W2, b2):
    return mlp_logits(ids, table, W1, b1, W2, b2)[:, -1]


def _mlp_flat(ids, table, W1, b1, W2, b2):
    return mlp_logits(ids, table, W1, b1, W2, b2).reshape(-1, np.shape(b2)[0])


_MATRIX_FIRST = "You wrote W @ x. Here a character is a row of x, and rows come first: x @ W, (batch, time, d) @ (d, hidden)."

MLP_LOGITS = Exercise(
    name="mlp_logits",
    lesson=3,
    points=2,
    minutes=13,
    difficulty=2,
    hint="Write the shape after every step: (batch, time), (batch, time, d), (batch, time, hidden), (batch, time, V). `@` works "
    "along the last axis and leaves the others alone, so no loop is needed.",
    reference=mlp_logits,
    probes=mlp_probes,
    misconceptions=(
        Misconception(
            "no ReLU",
            "There is no ReLU between the two layers, and two linear layers in a row are only one linear layer. Put it after the first.",
            _mlp_no_relu,
        ),
        Misconception(
            "ReLU on the logits",
            "You applied ReLU to the logits too; a logit may be negative, so the last layer stays linear.",
            _mlp_relu_on_logits,
        ),
        Misconception(
            "bias after the ReLU",
            "You added b1 after the ReLU; the bias belongs to the linear layer: relu(x @ W1 + b1).",
            _mlp_relu_before_bias,
        ),
        Misconception(
            "ReLU on the embedding",
            "Your ReLU is on the embeddings and not on the hidden layer; move it behind x @ W1 + b1.",
            _mlp_relu_on_embedding,
        ),
        Misconception("tanh", "You used tanh; this network uses ReLU, the larger of the number and 0.", _mlp_tanh),
        Misconception("no biases", "Both biases are missing: add b1 to the first layer and b2 to the second.", _mlp_no_biases),
        Misconception("no hidden bias", "The bias of the first layer is missing: add b1 before the ReLU.", _mlp_no_hidden_bias),
        Misconception("W @ x", _MATRIX_FIRST, _mlp_matrix_first),
        Misconception("W.T @ x", _MATRIX_FIRST, _mlp_matrix_first_transposed),
        Misconception(
            "x @ W.T",
            "You multiplied by W.T, as some libraries keep their weights. Here W1 is (embed_dim, hidden_dim) already, and W2 likewise: "
            "x @ W.",
            _mlp_transposed,
        ),
        Misconception(
            "entry by entry",
            "You used *, which multiplies entry by entry; the matrix product is @.",
            _mlp_entry_by_entry,
        ),
        Misconception("no output bias", "The bias of the last layer is missing: add b2.", _mlp_no_output_bias),
        Misconception(
            "probabilities",
            "You returned probabilities; the logits are the numbers before the softmax.",
            _mlp_softmax,
        ),
        Misconception(
            "log-probabilities",
            "You returned log-probabilities (log_softmax); the logits are the numbers before it.",
            _mlp_log_softmax,
        ),
        Misconception(
            "last position only",
            "You returned the logits of the last position; every position has its own.",
            _mlp_last_position,
        ),
        Misconception(
            "flattened",
            "You joined batch and time into one axis and left them so; the answer is (batch, time, V).",
            _mlp_flat,
        ),
    ),
)
