"""What a page gets of a model: its program, its numbers as few bytes as hold them, and what cannot run there."""

import base64
import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from chargen_lib import corpora, entropy
from chargen_lib.models import BigramTable, NGramTable, PerPositionMLP, Recurrent
from chargen_lib.text import Vocabulary
from chargen_lib.widgets.in_page.export import export
from chargen_lib.widgets.in_page.numbers import light, packed

NAN, INF = np.nan, np.inf


def unpacked(packed):
    """What interpreter.js makes of it."""
    if "all" in packed:
        return np.full(packed["size"], float(packed["all"]), np.float32)
    if "rows" in packed:
        rows, row_of = unpacked(packed["rows"]), unpacked(packed["row_of"])
        return rows.reshape(row_of.max() + 1, -1)[row_of].ravel()
    numbers = np.frombuffer(base64.b64decode(packed["data"]), "<" + packed["type"])
    if "scales" not in packed:
        return numbers
    scales = unpacked(packed["scales"])
    table = numbers.reshape((-1, len(scales)) if packed["by"] == "column" else (len(scales), -1))
    return (table * (scales if packed["by"] == "column" else scales[:, None])).ravel()


RNG = np.random.default_rng(0)
ROWS = RNG.normal(size=(5, 3)).astype(np.float32)
MATRIX = RNG.normal(size=(40, 30)).astype(np.float32)
LIGHT = np.asarray(light(BigramTable(MATRIX[:30])).log_probs[...])


@pytest.mark.parametrize(
    ("array", "form"),
    [
        (np.zeros((3, 4), np.float32), "all"),
        (np.full(3, -INF, np.float32), "all"),
        (np.full(3, NAN, np.float32), "f2"),
        (np.zeros((2, 0), np.float32), "all"),
        (np.array(7, np.int32), "all"),
        (np.array([True, False]), "u1"),
        (np.array([0, 255], np.int32), "u1"),
        (np.array([0, 65535], np.int32), "u2"),
        (np.array([-1, 5], np.int32), "i4"),
        (np.array([0.5, -2, INF, NAN], np.float32), "f2"),
        (np.array([1e-8, 1], np.float32), "f4"),
        (np.array([1e8, 1], np.float32), "f4"),
        (MATRIX, "f4"),
        (MATRIX.astype(np.float16).astype(np.float32), "f2"),
        (np.where(MATRIX > 1, -INF, MATRIX).astype(np.float16).astype(np.float32), "f2"),
        (ROWS[RNG.integers(5, size=27)], "rows"),
        (np.repeat(np.arange(4, dtype=np.int32), 3).reshape(4, 3), "u1"),
        (LIGHT, "f2"),
    ],
)
def test_numbers_travel_exactly_in_the_fewest_bytes(array, form):
    sent = json.loads(json.dumps(packed(array), allow_nan=False))
    assert form in (*sent, sent.get("type"))
    np.testing.assert_array_equal(unpacked(sent), array.ravel())


def test_a_light_model_keeps_one_byte_a_weight_and_two_a_count():
    model = Recurrent(31, 8, 16, rngs=nnx.Rngs(0))
    model.output.kernel[:, 3] = 0.0  # a column of nothing
    copy = light(model)
    kernel, rounded = (np.asarray(m.stack[0].Wh[...]) for m in (model, copy))
    steps = np.abs(kernel).max(axis=0) / 127
    assert (np.abs(rounded - kernel) <= 0.51 * steps).all() and not (rounded == kernel).all()
    for array in (rounded, rounded.T):  # a product wants it turned round
        sent = packed(array)
        assert sent["type"] == "i1"
        np.testing.assert_array_equal(unpacked(sent), array.ravel())
    np.testing.assert_array_equal(copy.stack[0].b[...], model.stack[0].b[...])
    twice = light(copy)
    assert jax.tree.all(jax.tree.map(lambda a, b: bool((a == b).all()), nnx.state(copy), nnx.state(twice)))
    assert len(json.dumps(export(copy))) < 0.5 * len(json.dumps(export(model)))
    table = BigramTable(jnp.log(jnp.array([[0.5, 0.5], [1.0, 0.0]])))
    np.testing.assert_allclose(light(table).log_probs[...], table.log_probs[...], rtol=1e-3)


def test_a_trigram_table_of_the_fables_is_light_enough_for_a_page():
    text = corpora.load("fables").text
    vocabulary = Vocabulary.from_text(text)
    table = NGramTable(*entropy.ngram_rows(vocabulary.encode(text), len(vocabulary), memory=2))
    assert len(json.dumps(export(table))) < 400_000
    assert len(json.dumps(export(light(table)))) < 200_000


class Asks(nnx.Module):
    """A model whose step is a function of the id and of the last id."""

    vocab_size = 3

    def __init__(self, step):
        self.answer = step

    def init_state(self, batch_size):
        return jnp.zeros(batch_size, jnp.int32)

    def step(self, ids, state):
        return self.answer(ids, state), ids


def test_the_program_holds_what_the_step_needs_and_nothing_else():
    weights = jnp.arange(12.0).reshape(4, 3)

    def step(ids, state):
        jnp.sin(weights).sum()  # needed for nothing
        return weights[(jnp.arange(2) + 1) * 1][:1] * jnp.exp(weights[0]) + ids[:, None]  # most of it is known beforehand

    program = export(Asks(step))["program"]
    assert [name for name, *_ in program["steps"]] == ["copy", "add"]  # the id becomes a float
    assert program == export(Asks(step))["program"]  # the same page every time
    state_slot, after, before = program["state"][0]
    assert after == program["id"] != state_slot and unpacked(before) == [0]


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (lambda ids, state: jnp.sort(jnp.stack([ids, state, ids], axis=1).astype(jnp.float32)), "cannot run sort"),
        (lambda ids, state: jax.lax.fori_loop(0, 3, lambda _, x: x + 1, jnp.zeros((1, 3)) + ids), "cannot run (scan|while)"),
        (lambda ids, state: (jnp.zeros((1, 3)) + ids).astype(jnp.bfloat16), "bfloat16"),
    ],
)
def test_what_cannot_run_in_a_page_is_named(step, words):
    with pytest.raises(TypeError, match=words):
        export(Asks(step))


def test_numbers_that_are_none_are_refused():
    model = PerPositionMLP(3, 2, 2, rngs=nnx.Rngs(0))
    model.embedding.embedding[...] = jnp.full((3, 2), INF)
    with pytest.raises(ValueError, match=r"embedding.embedding hold NaN or infinity"):
        export(model)
    with pytest.raises(ValueError, match="A row of log_probs has nothing that is possible"):
        export(NGramTable(jnp.array([[0.0, -INF], [-INF, -INF]]), np.zeros((2, 2), int)))
