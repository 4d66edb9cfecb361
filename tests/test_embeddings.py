"""Which rows of a table are alike."""

import re

import numpy as np
import optax
import pytest

from chargen_lib.embeddings import nearest


# Few sizes, so that little is compiled; many tables of each.
@pytest.mark.parametrize(("size", "k"), [((2, 1), 1), ((9, 3), 4), ((29, 8), 28), ((29, 8), 35)])
def test_it_is_the_order_of_the_cosines(size, k):
    rng = np.random.default_rng(0)
    for _ in range(20):
        table, index = rng.normal(size=size).astype(np.float32), int(rng.integers(size[0]))
        cosines = np.asarray(optax.cosine_similarity(table, table[index]))
        ids, values = nearest(table, index, k)
        assert len(ids) == len(set(ids.tolist())) == min(k, len(table) - 1) and index not in ids
        np.testing.assert_allclose(values, cosines[ids], atol=1e-6)
        left_out = [i for i in range(len(table)) if i != index and i not in ids]
        assert (np.diff(values) <= 0).all() and (cosines[left_out] <= values[-1] + 1e-6).all()


def test_of_equals_the_lower_id_and_a_zero_row_is_alike_to_none():
    table = [[1, 2, 3], [-1, -2, -3], [0, 0, 0], [0.3, 0.6, 0.9], [7, 14, 21], [0, 3, -2]]
    ids, cosines = nearest(table, 0, 5)
    assert ids.tolist() == [3, 4, 2, 5, 1] and cosines.tolist() == [1, 1, 0, 0, -1]
    ids, cosines = nearest(table, 2, 5)
    assert ids.tolist() == [0, 1, 3, 4, 5] and cosines.tolist() == [0] * 5


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (([1, 2, 3], 0, 1), "table has shape (3,)"),
        ((np.eye(3), 3, 1), "row 3 is not there: the table's rows are 0 to 2"),
        ((np.eye(3), -1, 1), "row -1 is not there"),
        ((np.eye(3), 0, 0), "k must be 1 or more, got 0"),
    ],
)
def test_what_has_no_nearest_is_refused(arguments, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        nearest(*arguments)
