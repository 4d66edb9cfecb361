"""hidden_layer: which layer on the embeddings."""

import numpy as np

from chargen_lib.exercises.engine.cards import Misconception, Probe
from chargen_lib.instructor.variants.family import Family, Member, Rule, Slip


def residual(ids, table, W, b):
    x = np.asarray(table, dtype=float)[ids]  # (batch, time, d)
    return x + np.maximum(x @ W + b, 0)


def gated(ids, table, W, b):
    x = np.asarray(table, dtype=float)[ids]  # (batch, time, d)
    return x / (1 + np.exp(-(x @ W + b)))  # times a share between 0 and 1


def with_the_one_before(ids, table, W, b):
    x = np.asarray(table, dtype=float)[ids]  # (batch, time, d)
    before = np.concatenate([np.zeros_like(x[:, :1]), x[:, :-1]], axis=1)  # moved on by one place; the first has none
    return np.maximum((x + before) @ W + b, 0)


def _plain(ids, table, W, b):
    return np.maximum(np.asarray(table, dtype=float)[ids] @ W + b, 0)


def _linear(ids, table, W, b):
    return np.asarray(table, dtype=float)[ids] @ W + b


def _around_the_ring(ids, table, W, b):
    x = np.asarray(table, dtype=float)[ids]
    return np.maximum((x + np.roll(x, 1, axis=1)) @ W + b, 0)


def _with_the_next(ids, table, W, b):
    return with_the_one_before(np.asarray(ids)[:, ::-1], table, W, b)[:, ::-1]


def _one_text_further(ids, table, W, b):
    """With the same position of the text before, in place of the position before."""
    x = np.asarray(table, dtype=float)[ids]
    before = np.concatenate([np.zeros_like(x[:1]), x[:-1]], axis=0)
    return np.maximum((x + before) @ W + b, 0)


def _character_0_before(ids, table, W, b):
    ids = np.asarray(ids)
    before = np.concatenate([np.zeros_like(ids[:, :1]), ids[:, :-1]], axis=1)
    x = np.asarray(table, dtype=float)
    return np.maximum((x[ids] + x[before]) @ W + b, 0)


def _bend_of_each(ids, table, W, b):
    x = np.asarray(table, dtype=float)[ids]
    before = np.concatenate([np.zeros_like(x[:, :1]), x[:, :-1]], axis=1)
    return np.maximum(x @ W + b, 0) + np.maximum(before @ W + b, 0)


def _not_bent(ids, table, W, b):
    x = np.asarray(table, dtype=float)[ids]
    before = np.concatenate([np.zeros_like(x[:, :1]), x[:, :-1]], axis=1)
    return (x + before) @ W + b


def _gate_of(share):
    """The embedding times share(x W + b)."""
    return lambda ids, table, W, b: np.asarray(table, dtype=float)[ids] * share(_linear(ids, table, W, b))


def _moved_on(ids, table, W, b):
    """The layer of the one before alone."""
    x = np.asarray(table, dtype=float)[ids]
    before = np.concatenate([np.zeros_like(x[:, :1]), x[:, :-1]], axis=1)
    return np.maximum(before @ W + b, 0)


def hidden_layer_probes(rng):
    table = np.array([[1, -1, 2], [2, 0.5, -1], [-1, 2, 0.5]], dtype=np.float32)
    W = np.array([[1, -1, 0.5], [0.5, 1, -1], [-1, 0.5, 1]], dtype=np.float32)
    b = np.array([0.5, -0.5, 1], dtype=np.float32)
    drawn = tuple(rng.normal(size=shape).astype(np.float32) for shape in ((5, 4), (4, 4), (4,)))
    return [
        Probe((np.array([[2, 0, 1]]), table, W, b)),
        Probe((np.array([[0]]), table, W, b)),
        Probe((np.array([[1, 0, 2, 1], [2, 2, 0, 0]]), table, W, b), batch=True),
        Probe((rng.integers(0, 5, size=(3, 4)), *drawn), batch=True),
    ]


HIDDEN_LAYER = Family(
    function="hidden_layer",
    title="A layer on the embeddings",
    lesson=3,
    points=2,
    minutes=8,
    difficulty=2,
    docstring="A layer.  ids: (batch, time) ints;  table: (V, d);  W: (d, d);  b: (d,);  returns (batch, time, d).",
    given="`table` has an embedding of $d$ numbers for each character, $W$ is a square matrix and $b$ a bias. Let $x$ be the embedding of the "
    "character at a position, a row. Return for every position of every text, without a loop over them,",
    probes=hidden_layer_probes,
    members=(
        Member(
            name="residual",
            statement="$x + \\text{ReLU}(x W + b)$: the layer adds something to the embedding, which goes on as it is. (Such a layer is called "
            "*residual*.)",
            hint="Look up the embeddings once, and use them twice.",
            reference=residual,
            did="You added the hidden layer to the embedding",
            asked="here the embedding goes on as it is, and relu(x @ W + b) is added to it",
            mistakes=(
                Misconception(
                    "ReLU of the sum",
                    "Your ReLU is around the whole sum; it belongs to the layer alone: x + relu(x @ W + b).",
                    lambda ids, table, W, b: np.maximum(np.asarray(table, dtype=float)[ids] + _linear(ids, table, W, b), 0),
                ),
                Misconception(
                    "ReLU on the embedding",
                    "Your ReLU is on the embedding; it belongs to the layer: x + relu(x @ W + b).",
                    lambda ids, table, W, b: np.maximum(np.asarray(table, dtype=float)[ids], 0) + _linear(ids, table, W, b),
                ),
                Misconception(
                    "no ReLU",
                    "The ReLU is missing, so all that is added is linear: x + relu(x @ W + b).",
                    lambda ids, table, W, b: np.asarray(table, dtype=float)[ids] + _linear(ids, table, W, b),
                ),
            ),
        ),
        Member(
            name="gated",
            statement="$x$ times the sigmoid of $x W + b$, entry by entry: each number of the embedding passes a *gate* that lets a share between "
            "0 and 1 through. The sigmoid of $z$ is $1 / (1 + e^{-z})$.",
            hint="`jax.nn.sigmoid` is one number for each entry, and `*` multiplies entry by entry.",
            reference=gated,
            did="You let the embedding pass a gate",
            asked="here each number of the embedding is multiplied by a share: x * sigmoid(x @ W + b)",
            mistakes=(
                Misconception(
                    "gate alone",
                    "You returned the shares alone; multiply the embedding by them.",
                    lambda ids, table, W, b: 1 / (1 + np.exp(-_linear(ids, table, W, b))),
                ),
                Misconception(
                    "tanh",
                    "You used tanh, which lies between -1 and 1. A share lies between 0 and 1: the sigmoid.",
                    _gate_of(np.tanh),
                ),
                Misconception(
                    "ReLU",
                    "You used ReLU for the gate, which may be larger than 1. A share lies between 0 and 1: the sigmoid.",
                    _gate_of(lambda z: np.maximum(z, 0)),
                ),
                Misconception(
                    "the other share",
                    "You let through what the gate should hold back: 1 minus the share. Look at the sign in exp(-z).",
                    _gate_of(lambda z: 1 / (1 + np.exp(z))),
                ),
                Misconception(
                    "gate on the layer",
                    "You let x @ W + b pass its own gate; what passes is the embedding x.",
                    lambda ids, table, W, b: _linear(ids, table, W, b) / (1 + np.exp(-_linear(ids, table, W, b))),
                ),
                Misconception(
                    "softmax",
                    "You used a softmax, whose shares sum to 1 over the row. A gate lets each number through by itself: the sigmoid.",
                    lambda ids, table, W, b: (
                        np.asarray(table, dtype=float)[ids]
                        * np.exp(_linear(ids, table, W, b))
                        / np.exp(_linear(ids, table, W, b)).sum(axis=-1, keepdims=True)
                    ),
                ),
            ),
        ),
        Member(
            name="with the one before",
            statement="$\\text{ReLU}((x + x') W + b)$, where $x'$ is the embedding of the character one place before in the same text. The first "
            "position of a text has none before it: there $x'$ is all zero.",
            hint="Look up the embeddings, then make the same array moved on by one position: zeros in front, and the last one left out.",
            reference=with_the_one_before,
            did="You added the embedding of the character before",
            asked="here each position sees the one before it too: relu((x + x_before) @ W + b), with zeros before the first",
            mistakes=(
                Misconception(
                    "around a ring",
                    "Your first position has the last one before it (np.roll does that); it has none: zeros.",
                    _around_the_ring,
                ),
                Misconception(
                    "the text before",
                    "You moved the texts on, axis 0; move on the positions, axis 1.",
                    _one_text_further,
                ),
                Misconception(
                    "character 0 before the first",
                    "You moved the ids on and put 0 in front, and 0 is a character, with an embedding. Move the embeddings on, with zeros in front.",
                    _character_0_before,
                ),
                Misconception(
                    "a bend for each",
                    "You took the ReLU of each of the two and added; add the embeddings first, then one layer.",
                    _bend_of_each,
                ),
                Misconception("no ReLU", "The ReLU is missing: relu((x + x_before) @ W + b).", _not_bent),
                Misconception(
                    "the next one",
                    "You added the embedding of the character that comes next; a model must not see that. Add the one before.",
                    _with_the_next,
                ),
                Misconception(
                    "the one before alone",
                    "You used the embedding of the character before alone; add it to the position's own.",
                    _moved_on,
                ),
            ),
        ),
    ),
    others=(
        Rule("plain", "You returned the hidden layer of lesson 03, relu(x @ W + b)", _plain),
        Rule("linear", "You returned x @ W + b", _linear),
    ),
    slips=(
        Slip(
            "no bias", "The bias b is missing: x @ W + b.", lambda right: lambda ids, table, W, b: right(ids, table, W, 0 * b)
        ),
        Slip(
            "W transposed",
            "You multiplied by W.T, or wrote W @ x. A character is a row of x: x @ W.",
            lambda right: lambda ids, table, W, b: right(ids, table, W.T, b),
        ),
        Slip(
            "last position",
            "You returned the last position alone; every position has a row of its own: (batch, time, d).",
            lambda right: lambda ids, table, W, b: right(ids, table, W, b)[:, -1],
        ),
        Slip(
            "one text",
            "You joined batch and time into one axis and left them so; the answer is (batch, time, d).",
            lambda right: lambda ids, table, W, b: right(ids, table, W, b).reshape(-1, len(b)),
        ),
    ),
)
