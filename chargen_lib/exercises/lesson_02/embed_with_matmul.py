"""embed_with_matmul: its reference, what it is tried on, and the wrong answers with names."""

import jax
import jax.numpy as jnp
import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe
from chargen_lib.exercises.lesson_01.stories import STORIES_V


def _one_hot(ids, vocab_size, first=0):
    return (ids[..., None] == np.arange(first, first + vocab_size)).astype(float)


def embed_with_matmul(ids, table):
    with np.errstate(invalid="ignore"):  # 0 times infinity
        return _one_hot(ids, len(table)) @ table.astype(float)


def embed_probes(rng):
    narrow = np.array([[1, 2], [3, 4], [5, 6], [7, 9]], dtype=np.float32)
    square = np.array([[1, 2, 3], [4, 5, 6], [7, 8, 10]], dtype=np.float32)
    table = rng.normal(size=(5, 3)).astype(np.float32)
    # In a product every row counts, if only 0 times, and 0 times infinity is NaN; a lookup never meets the other rows.
    infinite = np.array([[1, 2], [3, 4], [np.inf, 6]], dtype=np.float32)
    return [
        Probe((np.array([2]), narrow)),
        Probe((np.array([1, 0]), square)),
        Probe((np.array([0, 2, 2, 1]), narrow)),
        Probe((np.array([2, 0, 1]), square)),
        Probe((rng.integers(0, 5, size=6), table)),
        Probe((np.array([7, 40]), rng.normal(size=(STORIES_V, 2)).astype(np.float32))),
        Probe((np.array([1, 0]), infinite)),
        Probe((rng.integers(0, 5, size=(2, 3)), table), batch=True),
        Probe((rng.integers(0, 5, size=(2, 3)), table), batch=True),
    ]


# Where shapes do not fit, NumPy and JAX raise different errors: the mistakes below that meet this use JAX.


def _embed_one_hot_only(ids, table):
    return _one_hot(ids, len(table))


def _embed_from_one(ids, table):
    return _one_hot(ids, len(table), first=1) @ table


def _embed_row_length(ids, table):
    return jax.nn.one_hot(ids, table.shape[1]) @ jnp.asarray(table)


def _embed_largest_id(ids, table):
    return jax.nn.one_hot(ids, int(np.max(ids)) + 1) @ jnp.asarray(table)


def _embed_transposed(ids, table):
    return jax.nn.one_hot(ids, len(table)) @ jnp.asarray(table).T


def _embed_ids_as_numbers(ids, table):
    return jnp.asarray(ids) @ jnp.asarray(table)


def _embed_elementwise(ids, table):
    return jax.nn.one_hot(ids, len(table)) * jnp.asarray(table)


def _embed_columns(ids, table):
    return jnp.asarray(table).T @ jax.nn.one_hot(ids, len(table)).T


def _embed_sum(ids, table):
    return embed_with_matmul(ids, table).sum(axis=-2)


def _embed_flat(ids, table):
    return embed_with_matmul(ids.reshape(-1), table)


def _embed_looked_up(ids, table):
    return jnp.asarray(table)[ids]


def _embed_stories(ids, table):
    return jax.nn.one_hot(ids, STORIES_V) @ jnp.asarray(table)


def _embed_wrong_way_round(ids, table):
    return jnp.asarray(table) @ jax.nn.one_hot(ids, len(table))


def _embed_table_first(ids, table):
    return jnp.asarray(table).T @ jax.nn.one_hot(ids, len(table))


EMBED_WITH_MATMUL = Exercise(
    name="embed_with_matmul",
    lesson=2,
    points=1,
    minutes=8,
    difficulty=1,
    hint="`jax.nn.one_hot(ids, n)` puts a new axis of length n at the end. Which n makes its product with the table fit?",
    reference=embed_with_matmul,
    probes=embed_probes,
    misconceptions=(
        Misconception(
            "looked up",
            "Your answer picks the rows, as table[ids] does, and never meets the others. Multiply one-hot rows by the table: there "
            "every row counts, most of them 0 times (and 0 times an infinite entry is NaN).",
            _embed_looked_up,
        ),
        Misconception(
            "the lesson's V",
            "Your one-hot rows are as long as the vocabulary of the stories, the V of the lesson. Take the length from the table that "
            "was given: table.shape[0].",
            _embed_stories,
        ),
        Misconception(
            "wrong way round",
            "You wrote table @ one_hot; the rows come first in a product: one_hot @ table, (..., V) @ (V, d).",
            _embed_wrong_way_round,
        ),
        Misconception(
            "table first",
            "You wrote table.T @ one_hot, with the matrix before the input. Rows come first: one_hot @ table, (..., V) @ (V, d).",
            _embed_table_first,
        ),
        Misconception(
            "one-hot alone",
            "You returned the one-hot rows themselves; multiply them by the table to get each character's embedding.",
            _embed_one_hot_only,
        ),
        Misconception(
            "counts from one",
            "Your 1 stands one place too early, so id 0 gets none at all: ids begin at 0, and so do the places of a one-hot row.",
            _embed_from_one,
        ),
        Misconception(
            "as long as an embedding",
            "Your one-hot rows are as long as an embedding (d). They need one place for each character of the vocabulary: table.shape[0].",
            _embed_row_length,
        ),
        Misconception(
            "as long as the largest id",
            "Your one-hot rows end at the largest id in this text. They need one place for each character of the vocabulary: "
            "table.shape[0].",
            _embed_largest_id,
        ),
        Misconception(
            "transposed table",
            "You multiplied by table.T; a one-hot row picks a row of the table as it is: one_hot @ table.",
            _embed_transposed,
        ),
        Misconception(
            "ids as numbers",
            "You multiplied the ids themselves by the table, as if id 4 were twice id 2. Turn each id into a one-hot row first.",
            _embed_ids_as_numbers,
        ),
        Misconception(
            "entry by entry",
            "You used *, which multiplies entry by entry; the matrix product is @.",
            _embed_elementwise,
        ),
        Misconception(
            "characters as columns",
            "Your embeddings stand in columns; keep a row for each character: one_hot @ table, with the axis of length d last.",
            _embed_columns,
        ),
        Misconception(
            "sum over the text",
            "You added up the embeddings of all positions; each position keeps its own.",
            _embed_sum,
        ),
        Misconception(
            "whole table",
            "You returned the whole table, whatever `ids` holds. The left side of the product is a one-hot row for each id.",
            lambda ids, table: table,
        ),
        Misconception(
            "flattened",
            "You put all ids in one row and left them so; the answer has the shape of `ids` with d added at the end.",
            _embed_flat,
        ),
    ),
)
