"""mlp_logits: its card, what it is tried on, and what to say of a wrong answer."""

import jax
import jax.numpy as jnp
import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe
from chargen_lib.exercises.lesson_03 import mlps


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


_ON_THE_LOGITS_ALONE = (
    "Your ReLU is behind the second layer. It belongs between the two: relu(x @ W1 + b1), and the logits stay as they are."
)

_OTHER_BENDS = {
    "GELU": ("You used GELU; this network uses ReLU, jax.nn.relu.", jax.nn.gelu),
    "sigmoid": ("You used the sigmoid; this network uses ReLU, the larger of the number and 0.", jax.nn.sigmoid),
    "leaky ReLU": ("You let a share of the negative numbers through (leaky ReLU); ReLU makes them 0.", jax.nn.leaky_relu),
    "size": ("You took the size without the sign (abs); ReLU keeps the positive numbers and makes the others 0.", jnp.abs),
    "minimum": (
        "You kept the negative numbers (minimum); ReLU is the *larger* of the number and 0.",
        lambda x: jnp.minimum(x, 0),
    ),
}

_MATRIX_FIRST = "You wrote W @ x. Here a character is a row of x, and rows come first: x @ W, (batch, time, d) @ (d, hidden)."

MLP_LOGITS = Exercise(
    name="mlp_logits",
    lesson=3,
    points=2,
    minutes=13,
    difficulty=2,
    hint="Write the shape after every step: (batch, time), (batch, time, d), (batch, time, hidden), (batch, time, V). `@` works "
    "along the last axis and leaves the others alone, so no loop is needed.",
    reference=mlps.mlp_logits,
    probes=mlp_probes,
    misconceptions=(
        Misconception(
            "no ReLU",
            "There is no ReLU between the two layers, and two linear layers in a row are only one linear layer. Put it after the first.",
            mlps.mlp_no_relu,
        ),
        Misconception(
            "ReLU on the logits",
            "You applied ReLU to the logits too; a logit may be negative, so the last layer stays linear.",
            mlps.mlp_relu_on_logits,
        ),
        Misconception(
            "bias after the ReLU",
            "You added b1 after the ReLU; the bias belongs to the linear layer: relu(x @ W1 + b1).",
            mlps.mlp_relu_before_bias,
        ),
        Misconception(
            "ReLU on the embedding",
            "Your ReLU is on the embeddings and not on the hidden layer; move it behind x @ W1 + b1.",
            mlps.mlp_relu_on_embedding,
        ),
        Misconception("ReLU on the logits alone", _ON_THE_LOGITS_ALONE, mlps.mlp_with(lambda x: x, at_the_end=mlps.relu)),
        Misconception("ReLU before the last bias", _ON_THE_LOGITS_ALONE, mlps.mlp_relu_before_the_last_bias),
        Misconception(
            "ReLU on the embedding too",
            "Your ReLU is on the embeddings as well; only the hidden layer has one, so take it off the embeddings.",
            mlps.mlp_with(mlps.relu, before=mlps.relu),
        ),
        *(Misconception(name, said, mlps.mlp_with(bend)) for name, (said, bend) in _OTHER_BENDS.items()),
        Misconception(
            "hidden layer returned",
            "You returned the hidden layer; the second one, @ W2 + b2, makes logits of it.",
            mlps.mlp_hidden,
        ),
        Misconception(
            "whole table",
            "You put the whole table through the network. Look up the rows of `ids` first: table[ids], (batch, time, embed).",
            mlps.mlp_whole_table,
        ),
        Misconception(
            "mean over the positions",
            "You averaged the positions of a text. Each position has logits of its own: (batch, time, V).",
            mlps.mlp_mean_over_time,
        ),
        Misconception(
            "biases swapped",
            "b1 and b2 have changed places: b1 belongs to the hidden layer, b2 to the logits.",
            mlps.mlp_biases_swapped,
        ),
        Misconception("tanh", "You used tanh; this network uses ReLU, the larger of the number and 0.", mlps.mlp_tanh),
        Misconception(
            "no biases", "Both biases are missing: add b1 to the first layer and b2 to the second.", mlps.mlp_no_biases
        ),
        Misconception(
            "no hidden bias", "The bias of the first layer is missing: add b1 before the ReLU.", mlps.mlp_no_hidden_bias
        ),
        Misconception("W @ x", _MATRIX_FIRST, mlps.mlp_matrix_first),
        Misconception("W.T @ x", _MATRIX_FIRST, mlps.mlp_matrix_first_transposed),
        Misconception(
            "x @ W.T",
            "You multiplied by W.T, as some libraries keep their weights. Here W1 is (embed_dim, hidden_dim) already, and W2 likewise: "
            "x @ W.",
            mlps.mlp_transposed,
        ),
        Misconception(
            "entry by entry",
            "You used *, which multiplies entry by entry; the matrix product is @.",
            mlps.mlp_entry_by_entry,
        ),
        Misconception("no output bias", "The bias of the last layer is missing: add b2.", mlps.mlp_no_output_bias),
        Misconception(
            "probabilities",
            "You returned probabilities; the logits are the numbers before the softmax.",
            mlps.mlp_softmax,
        ),
        Misconception(
            "log-probabilities",
            "You returned log-probabilities (log_softmax); the logits are the numbers before it.",
            mlps.mlp_log_softmax,
        ),
        Misconception(
            "last position only",
            "You returned the logits of the last position; every position has its own.",
            mlps.mlp_last_position,
        ),
        Misconception(
            "flattened",
            "You joined batch and time into one axis and left them so; the answer is (batch, time, V).",
            mlps.mlp_flat,
        ),
    ),
)
