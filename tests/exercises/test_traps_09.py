"""Lesson 09: mistakes as learners write them, with jnp, each told for what it is."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from telling import named

from chargen_lib.exercises import EXERCISES, judge


def written(name, arguments, lines, result):
    """A function of these lines; change: those that are written otherwise, or new ones, which come last."""

    def answer(change, result=result):
        body = "\n    ".join(f"{left} = {right}" for left, right in (lines | change).items())
        namespace = {"jnp": jnp, "jax": jax}
        exec(f"def {name}({arguments}):\n    {body}\n    return {result}", namespace)
        return namespace[name]

    return answer


# --- rnn_states -----------------------------------------------------------------------------------------------------------


def rnn(new="jnp.tanh(x @ Wx + h @ Wh + b)", kept="h", order="inputs", result="jnp.stack(states)", begin="state"):
    source = f"""
def rnn_states(inputs, state, Wx, Wh, b):
    h, states = {begin}, []
    for x in {order}:
        new = {new}
        {"h = new" if kept != "old" else "pass"}
        states.append({"new" if kept == "old" else kept})
    return {result}
"""
    namespace = {"jnp": jnp, "jax": jax}
    exec(source, namespace)
    return namespace["rnn_states"]


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        (rnn("x @ Wx + h @ Wh + b"), "no tanh"),
        (rnn("x @ Wx + h @ Wh + b", kept="jnp.tanh(h)"), "tanh on what is written alone"),
        (rnn(kept="old"), "state not carried"),
        (rnn(begin="jnp.zeros(len(b))"), "starts from nothing"),
        (rnn(begin="0 * state"), "starts from nothing"),
        (rnn(result="jnp.stack([state, *states])"), "starting state among the rows"),
        (rnn(result="jnp.stack([state, *states[:-1]])"), "each state before its input"),
        (rnn(result="h"), "last state alone"),
        (rnn(order="inputs[1:]"), "first input left out"),
        (rnn("jnp.tanh(x @ Wx + h @ Wh) + b"), "bias after the tanh"),
        (rnn("jnp.tanh(x @ Wx) + jnp.tanh(h @ Wh) + b"), None),
        (rnn("jnp.tanh(x @ Wx + h + b)"), "state without weights"),
        (rnn("jnp.tanh(Wx @ x + Wh @ h + b)"), "W first"),
        (rnn("jnp.tanh(x @ Wx + Wh @ h + b)"), "Wh @ h"),
        (rnn("jax.nn.sigmoid(x @ Wx + h @ Wh + b)"), "sigmoid"),
        (rnn("jax.nn.relu(x @ Wx + h @ Wh + b)"), "ReLU"),
        (rnn("h + jnp.tanh(x @ Wx + h @ Wh + b)"), "old state added"),
        (rnn(order="inputs[::-1]"), "read from the end"),
        (lambda inputs, state, Wx, Wh, b: jnp.tanh(inputs @ Wx + state @ Wh + b), "state not carried"),
        (lambda inputs, state, Wx, Wh, b: jnp.tanh(inputs @ Wx + b), "no state"),
    ],
)
def test_rnn_states(answer, name):
    assert named("rnn_states", answer) == name


def test_a_scan_that_carries_the_wrong_way_is_told():
    def rnn_states(inputs, state, Wx, Wh, b):
        return jax.lax.scan(lambda h, x: (jnp.tanh(x @ Wx + h @ Wh + b), h), state, inputs)[1]

    assert named("rnn_states", rnn_states) == "each state before its input"


def test_both_values_of_a_scan_are_told():
    def rnn_states(inputs, state, Wx, Wh, b):
        return jax.lax.scan(lambda h, x: (jnp.tanh(x @ Wx + h @ Wh + b),) * 2, state, inputs)

    assert named("rnn_states", rnn_states) == "last state beside the rows"


def test_states_in_a_list_are_told():
    assert "return an array" in judge(EXERCISES["rnn_states"], rnn(result="states")).diagnosis


# --- gru_step and lstm_step -----------------------------------------------------------------------------------------------

gru = written(
    "gru_step",
    "x, state, Wx, Wh, b, bn",
    {
        "xr, xz, xn": "jnp.split(x @ Wx + b, 3, axis=-1)",
        "hr, hz, hn": "jnp.split(state @ Wh, 3, axis=-1)",
        "r": "jax.nn.sigmoid(xr + hr)",
        "z": "jax.nn.sigmoid(xz + hz)",
        "n": "jnp.tanh(xn + r * (hn + bn))",
    },
    "(1 - z) * n + z * state",
)


@pytest.mark.parametrize(
    ("change", "result", "name"),
    [
        ({}, "z * n + (1 - z) * state", "z and 1 - z exchanged"),
        ({}, "n", "n returned"),
        ({}, "n + z * state", "all of n"),
        ({"n": "jnp.tanh(xn + r * hn + bn)"}, None, "bn outside the reset"),
        ({"n": "jnp.tanh(xn + r * hn)"}, None, "no bn"),
        ({"n": "jnp.tanh(r * (xn + hn + bn))"}, None, "all inside the reset"),
        ({"n": "jnp.tanh(xn + (r * state) @ Wh[:, -len(bn):] + bn)"}, None, "reset before the product"),
        ({"n": "jnp.tanh(xn + hn + bn)"}, None, "no reset"),
        ({"n": "jnp.tanh(xn + hn + r * bn)"}, None, "only bn reset"),
        ({"hr, hz, hn": "jnp.split(state @ Wh + b, 3, axis=-1)"}, None, "b twice"),
        ({"n": "jax.nn.sigmoid(xn + r * (hn + bn))"}, None, "n by sigmoid"),
        ({"n": "xn + r * (hn + bn)"}, None, "no tanh"),
        ({"r": "jnp.tanh(xr + hr)", "z": "jnp.tanh(xz + hz)"}, None, "gates by tanh"),
        ({"r": "1 / (1 + jnp.exp(xr + hr))", "z": "1 / (1 + jnp.exp(xz + hz))"}, None, "sigmoid turned round"),
    ],
)
def test_gru_step(change, result, name):
    assert named("gru_step", gru(change, **({"result": result} if result else {}))) == name


def test_other_orders_of_the_blocks_are_told():
    for order in ("z, r, n", "n, z, r"):
        names = [f"{{}}{letter}" for letter in order.split(", ")]
        body = "\n    ".join(
            f"{', '.join(name.format(side) for name in names)} = jnp.split({made}, 3, axis=-1)"
            for side, made in (("x", "x @ Wx + b"), ("h", "state @ Wh"))
        )
        source = (
            f"def gru_step(x, state, Wx, Wh, b, bn):\n    {body}\n    z = jax.nn.sigmoid(xz + hz)\n"
            "    return (1 - z) * jnp.tanh(xn + jax.nn.sigmoid(xr + hr) * (hn + bn)) + z * state"
        )
        namespace = {"jnp": jnp, "jax": jax}
        exec(source, namespace)
        assert named("gru_step", namespace["gru_step"]) == f"blocks {order}"


lstm = written(
    "lstm_step",
    "x, state, cell, Wx, Wh, b",
    {
        "i, f, g, o": "jnp.split(x @ Wx + state @ Wh + b, 4, axis=-1)",
        "sigmoid": "jax.nn.sigmoid",
        "new": "sigmoid(f) * cell + sigmoid(i) * jnp.tanh(g)",
    },
    "sigmoid(o) * jnp.tanh(new), new",
)


@pytest.mark.parametrize(
    ("change", "result", "name"),
    [
        ({}, "new, sigmoid(o) * jnp.tanh(new)", "cell first"),
        ({}, "sigmoid(o) * new, new", "no tanh of the cell"),
        ({}, "sigmoid(o) * jnp.tanh(cell), new", "state of the old cell"),
        ({}, "jnp.tanh(new), new", "no output gate"),
        ({}, "sigmoid(o) * jnp.tanh(new), cell", "old cell returned"),
        ({}, "jnp.tanh(sigmoid(o) * new), new", "tanh of gate and cell"),
        ({"new": "sigmoid(f) * cell + sigmoid(i) * jnp.tanh(sigmoid(g))"}, None, "tanh of a sigmoid for g"),
        ({"sigmoid": "lambda gate: gate", "new": "f * cell + i * g"}, None, "neither sigmoid nor tanh"),
        ({"new": "jnp.tanh(sigmoid(f) * cell + sigmoid(i) * jnp.tanh(g))"}, "sigmoid(o) * new, new", "cell kept as its tanh"),
        ({"new": "cell + sigmoid(i) * jnp.tanh(g)"}, None, "no forget gate"),
        ({"new": "sigmoid(f) * cell + (1 - sigmoid(f)) * jnp.tanh(g)"}, None, "1 - f for i"),
        ({"new": "sigmoid(f + 1) * cell + sigmoid(i) * jnp.tanh(g)"}, None, "one added to the forget gate"),
        ({"new": "sigmoid(i) * cell + sigmoid(f) * jnp.tanh(g)"}, None, "blocks f, i, g, o"),
        ({"new": "sigmoid(f) * state + sigmoid(i) * jnp.tanh(g)"}, None, "old state for the old cell"),
        ({"new": "sigmoid(f) * cell + sigmoid(i) * g"}, None, "no tanh of g"),
        ({"sigmoid": "lambda gate: gate"}, None, "gates without a sigmoid"),
    ],
)
def test_lstm_step(change, result, name):
    assert named("lstm_step", lstm(change, **({"result": result} if result else {}))) == name


def test_functions_of_single_numbers_and_cuts_along_the_wrong_axis_are_told_what_to_use():
    with_math = gru({"r": "1 / (1 + math.exp(-(xr + hr)))"})
    with_math.__globals__["math"] = math
    assert "those of jnp take arrays" in judge(EXERCISES["gru_step"], with_math).diagnosis
    rows = lstm({"i, f, g, o": "jnp.split(x @ Wx + state @ Wh + b, 4)"})
    assert "axis=-1 cuts the columns" in judge(EXERCISES["lstm_step"], rows).diagnosis


def test_a_state_without_its_cell_is_told():
    alone = lstm({}, result="sigmoid(o) * jnp.tanh(new)")
    assert "That is value 1 of 2 alone" in judge(EXERCISES["lstm_step"], alone).diagnosis


# --- clip_by_norm ---------------------------------------------------------------------------------------------------------


def clipped(norm, factor=lambda norm, limit: jnp.minimum(1, limit / norm)):
    return lambda gradients, limit: [g * factor(norm(gradients), limit) for g in gradients]


def norm(gradients):
    return jnp.sqrt(sum((g**2).sum() for g in gradients))


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        (lambda gradients, limit: [jnp.clip(g, -limit, limit) for g in gradients], "entry by entry"),
        (lambda gradients, limit: [g * jnp.minimum(1, limit / jnp.linalg.norm(g)) for g in gradients], "each array alone"),
        (clipped(norm, lambda norm, limit: limit / norm), "always scaled"),
        (clipped(norm, lambda norm, limit: limit / (norm + 1e-8)), "always scaled but for zeros"),
        (clipped(norm, lambda norm, limit: jnp.minimum(norm, limit) / norm), "NaN for zeros"),
        (clipped(norm, lambda norm, limit: min(1.0, limit / float(norm))), "division by zero"),
        (clipped(norm, lambda norm, limit: 1 / norm), "always of norm 1"),
        (lambda gradients, limit: clipped(norm)(gradients, limit)[0], "first array alone"),
        (
            lambda gradients, limit: [g * jnp.minimum(norm([g]), limit) / norm([g]) for g in gradients],
            "each array alone, and NaN for zeros",
        ),
        (clipped(norm, lambda norm, limit: jnp.where(norm > limit, 1 / norm, 1)), "norm 1"),
        (clipped(norm, lambda norm, limit: jnp.where(norm > limit, 0, 1)), "dropped"),
        (clipped(lambda gradients: sum((g**2).sum() for g in gradients)), "no root"),
        (clipped(lambda gradients: sum(jnp.linalg.norm(g) for g in gradients)), "sum of the norms"),
        (clipped(lambda gradients: max(jnp.abs(g).max() for g in gradients)), "largest entry"),
        (clipped(lambda gradients: jnp.sqrt(sum(jnp.linalg.norm(g) for g in gradients))), "root of the norms"),
        (
            clipped(lambda gradients: jnp.sqrt(jnp.mean(jnp.concatenate([g.ravel() for g in gradients]) ** 2))),
            "mean of the squares",
        ),
        (lambda gradients, limit: jnp.concatenate([g.ravel() for g in clipped(norm)(gradients, limit)]), "one long row"),
    ],
)
def test_clip_by_norm(answer, name):
    assert judge(EXERCISES["clip_by_norm"], clipped(norm)).status == "correct"
    assert named("clip_by_norm", answer) == name


def test_a_list_for_an_array_and_a_sum_that_is_missing_are_told():
    def of_a_list(gradients, limit):
        return [g * jnp.minimum(1, limit / jnp.linalg.norm(gradients)) for g in gradients]

    def without_sum(gradients, limit):
        length = jnp.sqrt(sum(g**2 for g in gradients))
        return [g * limit / length if length > limit else g for g in gradients]

    assert "JAX takes no list for an array" in judge(EXERCISES["clip_by_norm"], of_a_list).diagnosis
    assert "is a sum missing" in judge(EXERCISES["clip_by_norm"], without_sum).diagnosis


def in_place(gradients, limit):
    for place, g in enumerate(gradients):
        gradients[place] = g * jnp.minimum(1, limit / norm(gradients))
    return gradients


def test_a_list_that_is_written_over_is_told():
    report = judge(EXERCISES["clip_by_norm"], in_place)
    assert report.misconception is None and "changes the array or list it was given" in report.diagnosis


# --- stripes --------------------------------------------------------------------------------------------------------------


def cut(arranged, length=lambda n, size: (n - 1) // size):
    """arranged(the text from 0 or 1 on, batch_size, L, seq_len) -> inputs or targets."""

    def stripes(ids, batch_size, seq_len):
        L = length(len(ids), batch_size)
        return tuple(arranged(text, batch_size, L, seq_len) for text in (ids, ids[1:]))

    return stripes


def right(text, B, L, S):
    return text[: B * L].reshape(B, L)[:, : L // S * S].reshape(B, L // S, S).swapaxes(0, 1)


def rolled(ids, batch_size, seq_len):
    inputs = cut(right)(ids, batch_size, seq_len)[0]
    return inputs, jnp.roll(inputs, -1, axis=-1)


def in_pieces(length):
    def stripes(ids, batch_size, seq_len):
        pieces = right(ids, batch_size, length(len(ids), batch_size), seq_len + 1)
        return pieces[..., :-1], pieces[..., 1:]

    return stripes


def targets_of_the_stripe(ids, batch_size, seq_len):
    L = (len(ids) - 1) // batch_size
    rows, starts = ids[: batch_size * L].reshape(batch_size, L), range(0, L // seq_len * seq_len, seq_len)
    return tuple(jnp.stack([rows[:, k + shift : k + shift + seq_len] for k in starts]) for shift in (0, 1))


def rolled_whole(ids, batch_size, seq_len):
    L = len(ids) // batch_size
    return right(ids, batch_size, L, seq_len), right(jnp.roll(ids, -1), batch_size, L, seq_len)


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        (rolled_whole, "no room for the last target, rolled"),
        (targets_of_the_stripe, "targets cut from the stripe"),
        (in_pieces(lambda n, size: (n - 1) // size), "pieces of one more"),
        (in_pieces(lambda n, size: n // size), "pieces of one more, and n"),
        (cut(lambda text, B, L, S: text[: L // S * B * S].reshape(-1, B, S)), "the text goes on within a call"),
        (cut(lambda text, B, L, S: text[: L // S * B * S].reshape(B, -1, S).swapaxes(0, 1)), "stripes of whole calls"),
        (cut(lambda text, B, L, S: right(text, B, L, S).swapaxes(0, 1)), "stripes first"),
        (cut(lambda text, B, L, S: right(text, B, L, S).swapaxes(0, 1).reshape(-1, B, S)), "reshaped in place of swapped"),
        (cut(lambda text, B, L, S: right(text, B, L, S).swapaxes(1, 2)), "time before batch"),
        (
            cut(lambda text, B, L, S: text[: B * L].reshape(L, B).T[:, : L // S * S].reshape(B, -1, S).swapaxes(0, 1)),
            "every so many characters",
        ),
        (cut(right, length=lambda n, size: n // size), "no room for the last target, and fails"),
        (cut(lambda text, B, L, S: text[: B * L].reshape(B, L)), "whole stripes"),
        (lambda *args: cut(right)(*args)[::-1], "inputs and targets swapped"),
        (lambda *args: (cut(right)(*args)[0], cut(right)(*args)[0]), "targets not shifted"),
        (lambda *args: (cut(right)(*args)[0], cut(right)(*args)[0] + 1), "one added to the ids"),
        (rolled, "rolled within the row"),
    ],
)
def test_stripes(answer, name):
    assert named("stripes", answer) == name


def test_the_stripes_that_the_mistakes_are_made_from_are_right():
    assert judge(EXERCISES["stripes"], cut(right)).status == "correct"
    assert judge(EXERCISES["stripes"], lambda *args: np.stack(cut(right)(*args))).status == "wrong"  # one array, no pair
