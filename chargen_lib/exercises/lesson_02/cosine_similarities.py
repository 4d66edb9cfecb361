"""cosine_similarities: its reference, what it is tried on, and the wrong answers with names."""

import jax.numpy as jnp
import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe
from chargen_lib.exercises.engine.values import is_array


def row_norms(table):
    return np.sqrt((np.asarray(table, dtype=float) ** 2).sum(axis=1, keepdims=True))


def products(table):
    table = np.asarray(table, dtype=float)
    return table @ table.T


def cosine_similarities(table):
    norms = row_norms(table)
    return products(table) / np.where(norms > 0, norms, 1.0) / np.where(norms > 0, norms, 1.0).T


def cosine_probes(rng):
    table = rng.normal(size=(6, 3))
    table = (table / row_norms(table) * rng.uniform(0.5, 4, size=(6, 1))).astype(np.float32)  # no row is near zero
    short = rng.normal(size=(3, 2))
    short = (short / row_norms(short) * rng.uniform(0.05, 0.09, size=(3, 1))).astype(np.float32)
    with_zero = table.copy()
    with_zero[rng.integers(6)] = 0
    return [
        Probe((np.array([[3, 4], [1, 0]], dtype=np.float32),)),
        Probe((np.array([[1, 2], [2, 4], [-2, 1], [-1, -2]], dtype=np.float32),)),
        Probe((np.array([[3, 4], [2, 0], [-4, 3], [1, 2]], dtype=np.float32),)),
        Probe((np.array([[3, 4], [0, 0], [-4, 3], [1, 2]], dtype=np.float32),)),
        Probe((np.array([[3, 4, 0], [2, 0, 1], [-4, 3, 2]], dtype=np.float32),)),  # as many rows as columns
        Probe((table,)),
        Probe((with_zero,)),
        Probe((with_zero[::-1].copy(),)),
        Probe((short,)),  # rows much shorter than 1: what is added to a length, or put under it, shows
    ]


def _cosine_products(table):
    return products(table)


def _cosine_nan(table):
    with np.errstate(all="ignore"):
        return products(table) / row_norms(table) / row_norms(table).T


def _cosine_columns_scaled(table):
    table = np.asarray(table, dtype=float)
    return products(table / np.linalg.norm(table, axis=0))


def _cosine_between_columns(table):
    return cosine_similarities(np.asarray(table).T)


def _cosine_one_side(table):
    norms = row_norms(table)
    return products(table) / np.where(norms > 0, norms, 1.0)


def _cosine_squared_norms(table):
    norms = np.where(row_norms(table) > 0, row_norms(table), 1.0) ** 2
    return products(table) / norms / norms.T


def _cosine_whole_norm(table):
    return products(table) / np.linalg.norm(table) ** 2


def _cosine_absolute_sums(table):
    sums = np.abs(np.asarray(table, dtype=float)).sum(axis=1, keepdims=True)
    sums = np.where(sums > 0, sums, 1.0)
    return products(table) / sums / sums.T


def _cosine_diagonal_of_ones(table):
    similarities = cosine_similarities(table)
    np.fill_diagonal(similarities, 1.0)
    return similarities


def _units(table):
    norms = row_norms(table)
    return np.asarray(table, dtype=float) / np.where(norms > 0, norms, 1.0)


def _cosine_entry_by_entry(table):
    return _units(table) ** 2


def _cosine_ones_for_nan(table):
    return np.nan_to_num(_cosine_nan(table), nan=1.0)


def _cosine_correlation(table):
    with np.errstate(all="ignore"):
        return np.corrcoef(np.asarray(table))


def _cosine_distance(table):
    return 1 - cosine_similarities(table)


def _cosine_other_side(table):
    return _cosine_one_side(table).T


# Lengths of shape (V,), in the ways of going on.  Where shapes do not fit, NumPy and JAX raise different errors: JAX's here.


def _cosine_no_keepdims(table):
    lengths = jnp.linalg.norm(jnp.asarray(table), axis=1)
    units = jnp.asarray(table) / jnp.where(lengths > 0, lengths, 1.0)
    return units @ units.T


def _cosine_no_keepdims_products(table):
    norms = row_norms(table)[:, 0]
    return products(table) / np.where(norms > 0, norms, 1.0) ** 2


def _cosine_no_keepdims_zeros(table):
    with np.errstate(all="ignore"):
        return products(table) / row_norms(table)[:, 0] ** 2


_ONE_LENGTH = "You divided by the length of one of the two rows; divide by both."
_NO_KEEPDIMS = (
    "Your lengths have shape (V,): they are lined up with the last axis, so they divide columns, not rows. Keep them a column, "
    "(V, 1): keepdims=True, or lengths[:, None]."
)


def with_itself(args, compared):
    """What to say of a table in which rows have a cosine below 1 with themselves; None of any other."""
    if not is_array(compared) or np.shape(compared) != (len(args[0]),) * 2:
        return None
    long = row_norms(args[0])[:, 0] > 0
    own = np.diag(np.asarray(compared))[long]
    if not ((own > 0) & (own < 1 - 1e-3)).any() or not ((own > 0) & (own < 1.001)).all():
        return None
    return (
        f"A row's cosine with itself is 1, and here it is {own.min():.4g}. Was something added to the lengths, or a limit put under them? "
        "Change only those that are 0: jnp.where(lengths > 0, lengths, 1.0)."
    )


COSINE_SIMILARITIES = Exercise(
    name="cosine_similarities",
    lesson=2,
    points=2,
    minutes=13,
    difficulty=2,
    hint="Give every row length 1 first; then one matrix product has all the cosines. An all-zero row cannot be given length 1: "
    "what could you divide it by, so that it stays zero?",
    reference=cosine_similarities,
    probes=cosine_probes,
    told=with_itself,
    rtol=1e-3,
    atol=1e-4,
    misconceptions=(
        Misconception(
            "not divided by the lengths",
            "These are the plain products of the rows, and long rows win. Divide each by the lengths of both its rows.",
            _cosine_products,
        ),
        Misconception(
            "zero row gives NaN",
            "An all-zero row was divided by its length, 0, and became NaN. Divide it by something else, for example 1: it stays 0.",
            _cosine_nan,
        ),
        Misconception(
            "columns scaled",
            "You gave the columns length 1; a character is a row: take the length along axis 1.",
            _cosine_columns_scaled,
        ),
        Misconception(
            "between columns",
            "You compared the columns of the table with each other; the characters are its rows, so the answer is (V, V).",
            _cosine_between_columns,
        ),
        Misconception("no keepdims", _NO_KEEPDIMS, _cosine_no_keepdims),
        Misconception("no keepdims, products", _NO_KEEPDIMS, _cosine_no_keepdims_products),
        Misconception("no keepdims, zeros", _NO_KEEPDIMS, _cosine_no_keepdims_zeros),
        Misconception("one length only", _ONE_LENGTH, _cosine_one_side),
        Misconception("one length only, the other row's", _ONE_LENGTH, _cosine_other_side),
        Misconception(
            "squared lengths",
            "You divided by the squared lengths; the length of a row is the square root of the sum of its squares.",
            _cosine_squared_norms,
        ),
        Misconception(
            "length of the whole table",
            "You divided by the length of the whole table, one number; each row has its own: take it along axis 1.",
            _cosine_whole_norm,
        ),
        Misconception(
            "sum of absolute values",
            "You divided by the sums of absolute values; the length is the square root of the sum of squares.",
            _cosine_absolute_sums,
        ),
        Misconception(
            "diagonal of ones",
            "You set the whole diagonal to 1; an all-zero row points nowhere, and its similarity is 0, with itself too.",
            _cosine_diagonal_of_ones,
        ),
        Misconception(
            "rows of length 1",
            "You returned the rows with length 1; multiply them with each other: units @ units.T has all the cosines, (V, V).",
            _units,
        ),
        Misconception(
            "entry by entry",
            "You used *, which multiplies entry by entry; the products of all rows with all rows are units @ units.T.",
            _cosine_entry_by_entry,
        ),
        Misconception(
            "NaN made 1",
            "You put 1 where 0 / 0 gave NaN, as if an all-zero row were like every other. It points nowhere: 0.",
            _cosine_ones_for_nan,
        ),
        Misconception(
            "correlation",
            "You subtracted each row's mean first (corrcoef does): that is the correlation. The cosine takes the rows as they are.",
            _cosine_correlation,
        ),
        Misconception(
            "distance",
            "You returned 1 minus the cosine, a distance; the similarity is the cosine itself.",
            _cosine_distance,
        ),
    ),
)
