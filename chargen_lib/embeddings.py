"""Rows of an embedding table: which of them point the same way."""

import numpy as np
from numpy.typing import ArrayLike


def nearest(table: ArrayLike, index: int, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The k rows most alike to row `index` by cosine, the most alike first: their ids and their cosines, both (k,).

    table: (V, d), finite. An all-zero row has the cosine 0 with every other; of equals the lower id comes first; a k above V - 1
    gives all the others. Raises ValueError when the table is not (V, d), when it has no row `index`, and when k is below 1.
    """
    rows = np.asarray(table, np.float64)
    if rows.ndim != 2:
        raise ValueError(f"table has shape {rows.shape}: it needs a row for each character, (V, d).")
    if not 0 <= index < len(rows):
        raise ValueError(f"row {index} is not there: the table's rows are 0 to {len(rows) - 1}.")
    if k < 1:
        raise ValueError(f"k must be 1 or more, got {k}.")
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)  # (V, 1)
    units = rows / np.where(lengths > 0, lengths, 1)
    cosines = np.round(units @ units[index], 9)  # the same direction is equally near, whatever its last digit says
    others = np.delete(np.arange(len(rows)), index)
    ids = others[np.argsort(-cosines[others], kind="stable")][:k]
    return ids, cosines[ids]
