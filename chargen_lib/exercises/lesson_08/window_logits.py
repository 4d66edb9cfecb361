"""window_logits: its card, what it is tried on, and what to say of a wrong answer."""

import jax
import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe
from chargen_lib.exercises.lesson_08 import window_networks as wrong


def network_probes(rng):
    def drawn(vocab_size, embed_dim, width, hidden):
        shapes = (vocab_size, embed_dim), (width * embed_dim, hidden), (hidden,), (hidden, vocab_size), (vocab_size,)
        return tuple(rng.normal(size=shape).astype(np.float32) for shape in shapes)

    table = [[1, -1], [2, 0.5], [-1, 2]]
    W1 = [[1, -1, 0.5, 2], [1, 1, -1, -0.5], [-2, 0.5, 1, 1], [0.5, -1, 2, -1]]
    W2 = [[1, -1, 0.5], [-0.5, 1, 2], [1, 0.5, -1], [-1, 0.5, 1]]
    b1, b2 = [0.5, -0.5, 1, -1], [0.5, -1, 1]
    small = tuple(np.array(w, dtype=np.float32) for w in (table, W1, b1, W2, b2))
    # All axes equally long, so that a product the wrong way round gives numbers, and not an error
    table = [[1, -1], [2, 0.5], [-1, 2], [0.5, 1]]
    W2 = [[1, -1, 0.5, 2], [-0.5, 1, 2, -1], [1, 0.5, -1, 1], [-1, 0.5, 1, -2]]
    large = [9, -0.5, 1, -1]  # a hidden number above 6
    square = tuple(np.array(w, dtype=np.float32) for w in (table, W1, large, W2, [0.5, -1, 1, 2]))
    return [
        Probe((np.array([[2, 0]]), *small)),
        Probe((np.array([[1, 2]]), *small)),
        Probe((np.array([[0, 3], [1, 0], [2, 2], [3, 1]]), *square), batch=True),
        Probe((np.array([[0], [2]]), *drawn(3, 3, 1, 4)), batch=True),
        Probe((np.array([[3, 1, 0], [4, 2, 2]]), *drawn(5, 2, 3, 4)), batch=True),
        Probe((rng.integers(0, 5, size=(2, 3)), *drawn(5, 2, 3, 4)), batch=True),
    ]


_MATRIX_FIRST = "You wrote W @ x. Here a window is a row of x, and rows come first: x @ W, (batch, width d) @ (width d, h)."
_ONE_PLACE_AFTER_THE_OTHER = (
    "You put the windows' numbers in another order: all first numbers, then all second ones. Each embedding stays whole, and the next "
    "one stands beside it: x.reshape(batch, -1)."
)

_OTHER_BENDS = {
    "tanh": ("You used tanh; this network uses ReLU, the larger of the number and 0.", np.tanh),
    "GELU": ("You used GELU; this network uses ReLU, jax.nn.relu.", jax.nn.gelu),
    "sigmoid": (
        "You used the sigmoid; this network uses ReLU, the larger of the number and 0.",
        lambda x: 1 / (1 + np.exp(-x)),
    ),
    "leaky ReLU": ("You let a share of the negative numbers through (leaky ReLU); ReLU makes them 0.", jax.nn.leaky_relu),
    "ReLU6": ("You used relu6, which also cuts off what is above 6; ReLU lets it through.", lambda x: np.clip(x, 0, 6)),
    "size": ("You took the size without the sign (abs); ReLU keeps the positive numbers and makes the others 0.", np.abs),
    "minimum": (
        "You kept the negative numbers (minimum); ReLU is the *larger* of the number and 0.",
        lambda x: np.minimum(x, 0),
    ),
}

WINDOW_LOGITS = Exercise(
    name="window_logits",
    lesson=8,
    points=2,
    minutes=8,
    difficulty=2,
    hint="Write the shape after every step: table[windows] is (batch, width, d). One reshape puts the embeddings of a window side by side, "
    "(batch, width * d); the rest is the network of lesson 03.",
    reference=wrong.window_logits,
    probes=network_probes,
    misconceptions=(
        Misconception(
            "newest first",
            "You put the newest character first. The windows come with the oldest first, and W1 has its rows in that order.",
            wrong.network(join=lambda x: wrong.side_by_side(x[:, ::-1])),
        ),
        Misconception(
            "numbers in another order",
            _ONE_PLACE_AFTER_THE_OTHER,
            wrong.network(join=lambda x: wrong.side_by_side(x.swapaxes(1, 2))),
        ),
        Misconception(
            "windows mixed",
            "Your rows hold characters of different windows: time and batch have changed places before the reshape. Row r is window r.",
            wrong.batch_and_window_mixed,
        ),
        Misconception(
            "not side by side",
            "You put each embedding through the network by itself, (batch, width, d). The hidden layer takes a whole window: put its "
            "embeddings side by side first, x.reshape(batch, -1).",
            wrong.network(join=wrong.same),
        ),
        Misconception(
            "d numbers a window",
            "You gave the hidden layer d numbers: the embeddings added up or averaged, one of them alone, or all below each other. It takes "
            "those of a window side by side: width d numbers.",
            wrong.network(join=lambda x: x.sum(axis=1)),
        ),
        Misconception(
            "one long row",
            "You made one long row of the whole batch. Each window has a row of its own: x.reshape(batch, -1), and the answer is "
            "(batch, V).",
            wrong.network(join=np.ravel),
        ),
        Misconception(
            "no ReLU",
            "There is no ReLU between the two layers, and two linear layers in a row are only one linear layer. Put it after the first.",
            wrong.network(between=wrong.same),
        ),
        Misconception(
            "ReLU on the logits",
            "You applied ReLU to the logits too; a logit may be negative, so the last layer stays linear.",
            wrong.network(after=wrong.relu),
        ),
        Misconception(
            "ReLU on the logits alone",
            "Your ReLU is behind the second layer. It belongs between the two: relu(x @ W1 + b1), and the logits stay as they are.",
            wrong.network(between=wrong.same, after=wrong.relu),
        ),
        Misconception(
            "ReLU on the embeddings",
            "Your ReLU is on the embeddings and not on the hidden layer; move it behind x @ W1 + b1.",
            wrong.network(before=wrong.relu, between=wrong.same),
        ),
        Misconception(
            "ReLU on the embeddings too",
            "Your ReLU is on the embeddings as well; only the hidden layer has one, so take it off the embeddings.",
            wrong.network(before=wrong.relu),
        ),
        Misconception(
            "bias after the ReLU",
            "You added b1 after the ReLU; the bias belongs to the linear layer: relu(x @ W1 + b1).",
            wrong.bias_after_the_relu,
        ),
        *(Misconception(name, said, wrong.network(between=bend)) for name, (said, bend) in _OTHER_BENDS.items()),
        Misconception(
            "no biases",
            "Both biases are missing: add b1 to the first layer and b2 to the second.",
            wrong.with_biases(lambda b1, b2: (0.0, 0.0)),
        ),
        Misconception(
            "no hidden bias",
            "The bias of the first layer is missing: add b1 before the ReLU.",
            wrong.with_biases(lambda b1, b2: (0.0, b2)),
        ),
        Misconception(
            "no output bias",
            "The bias of the last layer is missing: add b2.",
            wrong.with_biases(lambda b1, b2: (b1, 0.0)),
        ),
        Misconception(
            "biases swapped",
            "b1 and b2 have changed places: b1 belongs to the hidden layer, b2 to the logits.",
            wrong.with_biases(lambda b1, b2: (b2, b1)),
        ),
        Misconception("W @ x", _MATRIX_FIRST, wrong.network(times=lambda x, W: W @ x)),
        Misconception(
            "x @ W.T",
            "You multiplied by W.T, as some libraries keep their weights. Here W1 is (width d, h) already, and W2 (h, V): x @ W.",
            wrong.network(times=lambda x, W: x @ W.T),
        ),
        Misconception(
            "entry by entry",
            "You used *, which multiplies entry by entry; the matrix product is @.",
            wrong.network(times=np.multiply),
        ),
        Misconception(
            "hidden layer returned",
            "You returned the hidden layer; the second one, @ W2 + b2, makes logits of it.",
            wrong.hidden_layer,
        ),
        Misconception(
            "probabilities",
            "You returned probabilities; the logits are the numbers before the softmax.",
            wrong.network(after=lambda logits: np.exp(wrong.log_softmax(logits))),
        ),
        Misconception(
            "log-probabilities",
            "You returned log-probabilities (log_softmax); the logits are the numbers before it.",
            wrong.network(after=wrong.log_softmax),
        ),
    ),
)
