"""Lesson 02: mistakes as learners write them, each told for what it is."""

import jax
import jax.numpy as jnp
import pytest
from telling import named

from chargen_lib.exercises import EXERCISES, judge

V = 63  # as the lesson has it


@pytest.mark.parametrize(
    "answer",
    [
        lambda ids, table: table[ids],
        lambda ids, table: jnp.take(table, ids, axis=0),
        lambda ids, table: jax.vmap(lambda i: table[i])(ids.ravel()).reshape(*ids.shape, -1),
        lambda ids, table: jnp.stack([table[i] for i in ids.ravel().tolist()]).reshape(*ids.shape, -1),
        lambda ids, table: table.at[ids].get(mode="clip"),
        lambda ids, table: jnp.where(jax.nn.one_hot(ids, len(table), dtype=bool)[..., None], table, 0).sum(axis=-2),
    ],
    ids=["brackets", "take", "vmap", "loop", "at-get", "where"],
)
def test_a_lookup_is_no_product(answer):
    assert named("embed_with_matmul", answer) == "looked up"


@pytest.mark.parametrize(
    "answer",
    [
        lambda ids, table: jax.nn.one_hot(ids, table.shape[0], dtype=int) @ table,
        lambda ids, table: (ids[..., None] == jnp.arange(len(table))) @ table,
        lambda ids, table: jnp.tensordot(jnp.eye(len(table))[ids], table, axes=1),
        lambda ids, table: jnp.einsum("...v,vd->...d", jax.nn.one_hot(ids, len(table)), table),
        lambda ids, table: jnp.stack([jnp.eye(len(table))[i] @ table for i in ids.ravel()]).reshape(*ids.shape, -1),
        jax.jit(lambda ids, table: jax.nn.one_hot(ids, table.shape[0]) @ table),
        lambda ids, table: (table.T @ jax.nn.one_hot(ids, len(table)).swapaxes(-1, -2)).swapaxes(-1, -2),
        lambda ids, table: sum((ids == v)[..., None] * table[v] for v in range(len(table))),
    ],
    ids=["whole", "bool", "tensordot", "einsum", "loop", "jit", "transposed-twice", "sum"],
)
def test_every_product_is_one(answer):
    for seed in range(3):
        report = judge(EXERCISES["embed_with_matmul"], answer, seed=seed)
        assert report.status == "correct", str(report)


def test_the_lessons_own_vocabulary_is_told():
    assert named("embed_with_matmul", lambda ids, table: jax.nn.one_hot(ids, V) @ table) == "the lesson's V"


def test_the_matrix_before_the_input_is_told():
    assert named("embed_with_matmul", lambda ids, table: table @ jax.nn.one_hot(ids, len(table))) == "wrong way round"
    assert named("embed_with_matmul", lambda ids, table: table.T @ jax.nn.one_hot(ids, len(table))) == "table first"


def units(table):
    return table / jnp.linalg.norm(table, axis=1)


def units_with_zeros(table):
    lengths = jnp.sqrt((table**2).sum(axis=1))
    return table / jnp.where(lengths == 0, 1, lengths)


@pytest.mark.parametrize(
    "answer",
    [
        lambda table: units(table) @ units(table).T,
        lambda table: units_with_zeros(table) @ units_with_zeros(table).T,
        lambda table: table @ table.T / (jnp.linalg.norm(table, axis=1) * jnp.linalg.norm(table, axis=1).T),
        lambda table: table @ table.T / jnp.maximum(jnp.linalg.norm(table, axis=1) ** 2, 1e-9),
    ],
    ids=["units", "units-with-zeros", "products", "products-with-zeros"],
)
def test_lengths_without_their_axis_are_told(answer):
    assert named("cosine_similarities", answer).startswith("no keepdims")


def test_lengths_without_their_axis_are_told_of_the_nearest_too():
    def nearest_characters(table, index, k):
        cosines = (units(table) @ units(table)[index]).at[index].set(-jnp.inf)
        return jnp.argsort(-cosines)[:k]

    assert named("nearest_characters", nearest_characters) == "no keepdims"


@pytest.mark.parametrize(
    "longer",
    [
        lambda n: n + 1e-3,
        lambda n: n + 1,
        lambda n: jnp.maximum(n, 1),
        lambda n: jnp.maximum(n, 0.1),
        lambda n: jnp.where(n < 0.5, 1, n),
    ],
    ids=["added", "one-added", "at-least-one", "at-least-a-tenth", "where"],
)
def test_what_is_added_to_a_length_is_told(longer):
    def cosine_similarities(table):
        units = table / longer(jnp.linalg.norm(table, axis=1, keepdims=True))
        return units @ units.T

    for seed in range(3):
        report = judge(EXERCISES["cosine_similarities"], cosine_similarities, seed=seed)
        assert report.status == "wrong" and "Change only those that are 0" in report.diagnosis, str(report)


@pytest.mark.parametrize("small", [1e-5, 1e-8, 1e-12])
def test_a_number_so_small_that_no_cosine_feels_it_is_right(small):
    for longer in (lambda n: n + small, lambda n: jnp.maximum(n, small), lambda n: jnp.clip(n, small)):

        def cosine_similarities(table, longer=longer):
            units = table / longer(jnp.linalg.norm(table, axis=1, keepdims=True))
            return units @ units.T

        assert judge(EXERCISES["cosine_similarities"], cosine_similarities).status == "correct"


def test_rows_alone_and_products_entry_by_entry_are_told():
    lengths = lambda table: jnp.maximum(jnp.linalg.norm(table, axis=1, keepdims=True), 1e-9)  # noqa: E731
    assert named("cosine_similarities", lambda table: table / lengths(table)) == "rows of length 1"
    assert named("cosine_similarities", lambda table: (table / lengths(table)) ** 2) == "entry by entry"


def test_a_similarity_that_an_opposite_row_has_too_is_told():
    def nearest_characters(table, index, k):
        cosines = units_with_axis(table) @ units_with_axis(table)[index]
        return jnp.argsort(-cosines.at[index].set(-1))[:k]

    def units_with_axis(table):
        return table / jnp.linalg.norm(table, axis=1, keepdims=True)

    assert named("nearest_characters", nearest_characters) == "own similarity -1"
