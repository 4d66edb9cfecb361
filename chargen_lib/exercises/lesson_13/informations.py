"""Mutual information, right, and what is easily computed in its place.

Of a table of counts or shares p is the share of each cell (K, M), rows are the rows' shares (K, 1), columns the columns' (M,).
"""

import numpy as np


def mutual_information(joint):
    p, rows, columns = _shares(joint)
    seen = p > 0
    return float((p[seen] * np.log2(p[seen] / (rows * columns)[seen])).sum())


def _parts(p):
    return p, p.sum(axis=1, keepdims=True), p.sum(axis=0)


def _shares(joint):
    joint = np.asarray(joint, dtype=float)
    return _parts(joint / joint.sum())


def _silent(wrong):
    """wrong(joint), where a division by 0 and the log of 0 give infinity or NaN, as in JAX."""

    def mistaken(joint):
        with np.errstate(all="ignore"):
            return wrong(np.asarray(joint, dtype=float))

    return mistaken


def of_shares(wrong):
    """The mistake wrong(p, rows, columns)."""
    return _silent(lambda joint: wrong(*_shares(joint)))


def _entropy(p):
    return -(p * np.log2(np.where(p > 0, p, 1))).sum()


def of_entropies(wrong):
    """The mistake wrong(H(row), H(column), H(row, column)), in bits."""
    return of_shares(lambda p, rows, columns: wrong(_entropy(rows), _entropy(columns), _entropy(p)))


def summed(weight, ratio, safe=True, log=np.log2, join=np.sum):
    """The mistake that joins weight * log(ratio), each a function of (p, rows, columns).

    safe: a cell that never occurs adds 0; otherwise it adds what the formula gives.
    """

    def mistaken(p, rows, columns):
        terms = weight(p, rows, columns) * log(ratio(p, rows, columns))
        return join(np.where(p > 0, terms, 0) if safe else terms)

    return of_shares(mistaken)


def from_table(change):
    """The mistake that goes on rightly from another table: change(joint)."""
    return _silent(lambda joint: mutual_information(change(joint)))


def without_total(change):
    """The mistake that takes change(joint) for shares, though they do not sum to 1."""

    def mistaken(joint):
        p, rows, columns = _parts(change(joint))
        return np.where(p > 0, p * np.log2(p / (rows * columns)), 0).sum()

    return _silent(mistaken)


def divided(axis):
    """joint -> each row (axis 1) or each column (axis 0) divided by its own total; an empty one stays empty."""

    def change(joint):
        totals = joint.sum(axis=axis, keepdims=True)
        return joint / np.where(totals > 0, totals, 1)

    return change


def weighted_alike(axis, join=np.sum):
    """What each row (axis 1) or column (axis 0) tells, joined without its share."""

    def mistaken(p, rows, columns):
        others = columns if axis == 1 else rows
        given = divided(axis)(p)
        return join(np.where(p > 0, given * np.log2(given / others), 0).sum(axis=axis))

    return of_shares(mistaken)


def nan_where_empty(*axes):
    """The mistake that is right, but NaN where a row (axis 1 is summed) or a column (axis 0) is empty."""
    return _silent(
        lambda joint: np.nan if any((joint.sum(axis=axis) == 0).any() for axis in axes) else mutual_information(joint)
    )


def transposed_product(p, rows, columns):
    return np.where(p > 0, p * np.log2(p / (columns[:, None] * rows.T)), 0).sum()
