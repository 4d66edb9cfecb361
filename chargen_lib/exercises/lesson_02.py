"""The exercises of lesson 02: a table of embeddings, and which characters lie close to each other in it."""

import jax
import jax.numpy as jnp
import numpy as np

from chargen_lib.exercises.cards import Exercise, Misconception, Probe

# --- embed_with_matmul ------------------------------------------------------------------------------------------------


def _one_hot(ids, vocab_size, first=0):
    return (ids[..., None] == np.arange(first, first + vocab_size)).astype(float)


def embed_with_matmul(ids, table):
    return _one_hot(ids, len(table)) @ table.astype(float)


def embed_probes(rng):
    narrow = np.array([[1, 2], [3, 4], [5, 6], [7, 9]], dtype=np.float32)
    square = np.array([[1, 2, 3], [4, 5, 6], [7, 8, 10]], dtype=np.float32)
    table = rng.normal(size=(5, 3)).astype(np.float32)
    return [
        Probe((np.array([2]), narrow)),
        Probe((np.array([1, 0]), square)),
        Probe((np.array([0, 2, 2, 1]), narrow)),
        Probe((rng.integers(0, 5, size=6), table)),
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
            "flattened",
            "You put all ids in one row and left them so; the answer has the shape of `ids` with d added at the end.",
            _embed_flat,
        ),
    ),
)

# --- cosine_similarities ----------------------------------------------------------------------------------------------


def _norms(table):
    return np.sqrt((np.asarray(table, dtype=float) ** 2).sum(axis=1, keepdims=True))


def _products(table):
    table = np.asarray(table, dtype=float)
    return table @ table.T


def cosine_similarities(table):
    norms = _norms(table)
    return _products(table) / np.where(norms > 0, norms, 1.0) / np.where(norms > 0, norms, 1.0).T


def cosine_probes(rng):
    table = rng.normal(size=(6, 3))
    table = (table / _norms(table) * rng.uniform(0.5, 4, size=(6, 1))).astype(np.float32)  # no row is near zero
    with_zero = table.copy()
    with_zero[rng.integers(6)] = 0
    return [
        Probe((np.array([[3, 4], [1, 0]], dtype=np.float32),)),
        Probe((np.array([[3, 4], [2, 0], [-4, 3], [1, 2]], dtype=np.float32),)),
        Probe((np.array([[3, 4], [0, 0], [-4, 3], [1, 2]], dtype=np.float32),)),
        Probe((table,)),
        Probe((with_zero,)),
        Probe((with_zero[::-1].copy(),)),
    ]


def _cosine_products(table):
    return _products(table)


def _cosine_nan(table):
    with np.errstate(all="ignore"):
        return _products(table) / _norms(table) / _norms(table).T


def _cosine_columns_scaled(table):
    table = np.asarray(table, dtype=float)
    return _products(table / np.linalg.norm(table, axis=0))


def _cosine_between_columns(table):
    return cosine_similarities(np.asarray(table).T)


def _cosine_one_side(table):
    norms = _norms(table)
    return _products(table) / np.where(norms > 0, norms, 1.0)


def _cosine_squared_norms(table):
    norms = np.where(_norms(table) > 0, _norms(table), 1.0) ** 2
    return _products(table) / norms / norms.T


def _cosine_whole_norm(table):
    return _products(table) / np.linalg.norm(table) ** 2


def _cosine_absolute_sums(table):
    sums = np.abs(np.asarray(table, dtype=float)).sum(axis=1, keepdims=True)
    sums = np.where(sums > 0, sums, 1.0)
    return _products(table) / sums / sums.T


def _cosine_diagonal_of_ones(table):
    similarities = cosine_similarities(table)
    np.fill_diagonal(similarities, 1.0)
    return similarities


def _cosine_correlation(table):
    with np.errstate(all="ignore"):
        return np.corrcoef(np.asarray(table))


def _cosine_distance(table):
    return 1 - cosine_similarities(table)


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
        Misconception(
            "one length only",
            "You divided by the length of one of the two rows; divide by both.",
            _cosine_one_side,
        ),
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

# --- nearest_characters -----------------------------------------------------------------------------------------------


def nearest_characters(table, index, k):
    similarities = cosine_similarities(table)[index]
    similarities[index] = -np.inf
    return np.argsort(-similarities)[:k].tolist()


def nearest_probes(rng):
    # Among the others of row 1: row 3 has the nearest direction, row 4 is the closest point, row 0 has the largest product.
    plane = np.array([[20, 30], [1, 0], [-2, 0.5], [9, 1], [0.5, 0.5]], dtype=np.float32)
    twin_before = np.array([[2, 0], [0, 1], [1, 0], [3, 4]], dtype=np.float32)  # rows 0 and 2: one direction
    twin_after = np.array([[1, 0], [0, 1], [2, 0], [3, 4]], dtype=np.float32)
    index = int(rng.integers(6))
    return [
        Probe((np.array([[1, 0], [0, 2], [4, 3]], dtype=np.float32), 0, 1)),
        Probe((plane, 1, 1)),
        Probe((plane, 1, 2)),
        Probe((plane, 1, 4)),
        Probe((twin_before, 2, 2)),
        Probe((twin_after, 0, 2)),
        Probe((_table_around(rng, index), index, 3)),
        Probe((_table_around(rng, index), index, 5)),
    ]


def _table_around(rng, index):
    """Six rows in three dimensions whose cosines with row `index` lie far apart."""
    cosines = np.insert(rng.permutation([-0.9, -0.5, 0.1, 0.4, 0.8]) + rng.uniform(-0.05, 0.05, size=5), index, 1.0)
    angles = rng.uniform(0, 2 * np.pi, size=6)
    across = np.sqrt(1 - cosines**2)
    rows = np.stack([cosines, across * np.cos(angles), across * np.sin(angles)], axis=1)
    turned = rows @ np.linalg.qr(rng.normal(size=(3, 3)))[0]
    return (turned * rng.uniform(0.5, 4, size=(6, 1))).astype(np.float32)


def _order(scores, from_the_end=False):
    """Ids by falling score; of equal ones the lower id first, or the higher as `argsort(scores)[::-1]` has it."""
    if from_the_end:
        return np.argsort(scores, kind="stable")[::-1].tolist()
    return np.argsort(-scores, kind="stable").tolist()


def _others(order, index):
    return [i for i in order if i != index]


def _nearest_itself(table, index, k):
    return _order(cosine_similarities(table)[index])[:k]


def _nearest_itself_from_the_end(table, index, k):
    return _order(cosine_similarities(table)[index], from_the_end=True)[:k]


def _nearest_drops_first(table, index, k):
    return _order(cosine_similarities(table)[index])[1 : k + 1]


def _nearest_drops_first_from_the_end(table, index, k):
    return _order(cosine_similarities(table)[index], from_the_end=True)[1 : k + 1]


def _nearest_too_few(table, index, k):
    return _others(_nearest_itself(table, index, k), index)


def _nearest_product(table, index, k):
    return _others(_order(_products(table)[index]), index)[:k]


def _nearest_distance(table, index, k):
    table = np.asarray(table, dtype=float)
    return _others(_order(-_norms(table - table[index])[:, 0]), index)[:k]


def _nearest_farthest(table, index, k):
    return _others(_order(-cosine_similarities(table)[index]), index)[:k]


def _nearest_last_first(table, index, k):
    return nearest_characters(table, index, k)[::-1]


def _nearest_absolute(table, index, k):
    return _others(_order(np.abs(cosine_similarities(table)[index])), index)[:k]


def _nearest_own_zero(table, index, k):
    similarities = cosine_similarities(table)[index]
    similarities[index] = 0.0
    return _order(similarities)[:k]


def _nearest_shifted(table, index, k):
    return _order(np.delete(cosine_similarities(table)[index], index))[:k]


def _nearest_similarities(table, index, k):
    return cosine_similarities(table)[index][nearest_characters(table, index, k)]


_INCLUDES_ITSELF = "The list holds `index` itself: every character is most similar to itself. Leave it out before you take k."
_DROPS_FIRST = (
    "You dropped the first of the sorted ids, but when another row points the same way, the first need not be `index`. "
    "Take out `index` itself."
)

NEAREST_CHARACTERS = Exercise(
    name="nearest_characters",
    lesson=2,
    points=2,
    minutes=13,
    difficulty=2,
    hint="Take row `index` of the similarities. Give `index` itself a similarity that can never win, and `jnp.argsort` the rest, "
    "the largest first.",
    reference=nearest_characters,
    probes=nearest_probes,
    misconceptions=(
        Misconception("includes itself", _INCLUDES_ITSELF, _nearest_itself),
        Misconception("includes itself, sorted from the end", _INCLUDES_ITSELF, _nearest_itself_from_the_end),
        Misconception("drops the first", _DROPS_FIRST, _nearest_drops_first),
        Misconception("drops the first, sorted from the end", _DROPS_FIRST, _nearest_drops_first_from_the_end),
        Misconception(
            "one too few",
            "You took k ids and then left out `index`, so only k - 1 remain. Leave it out first.",
            _nearest_too_few,
        ),
        Misconception(
            "plain product",
            "You sorted by the plain product, which favours long rows; sort by the cosine.",
            _nearest_product,
        ),
        Misconception(
            "distance",
            "You sorted by the distance between the rows, which also depends on their lengths; sort by the cosine.",
            _nearest_distance,
        ),
        Misconception(
            "least similar",
            "These are the least similar ones: argsort goes from small to large. Sort the negated similarities.",
            _nearest_farthest,
        ),
        Misconception(
            "most similar last",
            "The right ids in the wrong order: the most similar one comes first.",
            _nearest_last_first,
        ),
        Misconception(
            "ignores the sign",
            "You sorted by the size of the cosine without its sign; a row that points the opposite way (-1) is the least similar.",
            _nearest_absolute,
        ),
        Misconception(
            "own similarity 0",
            "You gave `index` the similarity 0, but others can be below 0, and then it comes before them. Use -inf.",
            _nearest_own_zero,
        ),
        Misconception(
            "shifted ids",
            "You deleted entry `index` and sorted what was left, so every id after it is one too low.",
            _nearest_shifted,
        ),
        Misconception(
            "similarities",
            "You returned the similarities; return the ids of the characters that have them.",
            _nearest_similarities,
        ),
    ),
)

EXERCISES = [EMBED_WITH_MATMUL, COSINE_SIMILARITIES, NEAREST_CHARACTERS]
