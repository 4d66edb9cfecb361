"""nearest_characters: its reference, what it is tried on, and the wrong answers with names."""

import jax.numpy as jnp
import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe
from chargen_lib.exercises.lesson_02.cosine_similarities import cosine_similarities, products, row_norms


def nearest_characters(table, index, k):
    similarities = cosine_similarities(table)[index]
    similarities[index] = -np.inf
    return np.argsort(-similarities)[:k].tolist()


def nearest_probes(rng):
    # Among the others of row 1: row 3 has the nearest direction, row 4 is the closest point, row 0 has the largest product.
    plane = np.array([[20, 30], [1, 0], [-2, 0.5], [9, 1], [0.5, 0.5]], dtype=np.float32)
    twin_before = np.array([[2, 0], [0, 1], [1, 0], [3, 4]], dtype=np.float32)  # rows 0 and 2: one direction
    twin_after = np.array([[1, 0], [0, 1], [2, 0], [3, 4]], dtype=np.float32)
    square = np.array([[1, 1, 1], [9, 0, 0], [0, 1, 0.2]], dtype=np.float32)  # as many rows as columns
    index = int(rng.integers(6))
    return [
        Probe((np.array([[1, 0], [0, 2], [4, 3]], dtype=np.float32), 0, 1)),
        Probe((plane, 1, 1)),
        Probe((plane, 1, 2)),
        Probe((plane, 1, 4)),
        Probe((square, 0, 2)),
        Probe((twin_before, 2, 2)),
        Probe((twin_after, 0, 2)),
        Probe((np.array([[1, 0], [0, 1], [-2, 0]], dtype=np.float32), 0, 2)),  # row 2 points the opposite way
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
    return _others(_order(products(table)[index]), index)[:k]


def _nearest_distance(table, index, k):
    table = np.asarray(table, dtype=float)
    return _others(_order(-row_norms(table - table[index])[:, 0]), index)[:k]


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


def _nearest_own_minus_one(table, index, k):
    similarities = cosine_similarities(table)[index]
    similarities[index] = -1.0
    return _order(similarities)[:k]


def _nearest_shifted(table, index, k):
    return _order(np.delete(cosine_similarities(table)[index], index))[:k]


def _nearest_no_keepdims(table, index, k):
    table = jnp.asarray(table)  # where shapes do not fit, NumPy raises another error
    units = table / jnp.linalg.norm(table, axis=1)
    return _others(_order(np.asarray(units @ units[index])), index)[:k]


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
            "no keepdims",
            "Your lengths have shape (V,): they are lined up with the last axis, so they divide columns, not rows. Keep them a column, "
            "(V, 1): keepdims=True, or lengths[:, None].",
            _nearest_no_keepdims,
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
            "own similarity -1",
            "You gave `index` the similarity -1, but a row that points the opposite way has -1 too, and may come after it. Use -inf.",
            _nearest_own_minus_one,
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
