"""A smoothed table, as it is right and as it is written when it is wrong."""

from types import SimpleNamespace

import numpy as np


def kneser_ney(counts, discount):
    counts = np.asarray(counts, dtype=float)
    seen = counts > 0
    total = counts.sum(axis=1, keepdims=True)  # c(a): (V, 1)
    followers = seen.sum(axis=1, keepdims=True)  # u(a): (V, 1)
    share = seen.sum(axis=0) / seen.sum()  # q(b): (V,)
    safe = np.maximum(total, 1)
    smoothed = np.maximum(counts - discount, 0) / safe + discount * followers / safe * share
    return np.where(total > 0, smoothed, share)


def slip(changed):
    """The table with other parts: changed(a) is a dict of those that differ, where `a` has all that was given and the right parts.

    first      what is left of the counts, (V, V)
    spread     how much is given to q, (V, 1)
    share      q, (V,)
    empty      the row of a character without counts; q where it is not said
    divisor    what both parts are divided by, (V, 1)
    together   (first, spread * share) -> the row; their sum where it is not said
    """

    def mistaken(counts, discount):
        a = _parts(counts, discount)
        with np.errstate(all="ignore"):
            for name, part in changed(a).items():
                setattr(a, name, part)
            left, given = a.first / a.divisor, a.spread / a.divisor * a.share
            together = getattr(a, "together", np.add)(left, given)
            return np.where(a.total > 0, together, getattr(a, "empty", a.share))

    return mistaken


def whole(wrong):
    """The mistake wrong(a), where `a` has all that was given and the right parts."""

    def mistaken(counts, discount):
        with np.errstate(all="ignore"):
            return wrong(_parts(counts, discount))

    return mistaken


def _parts(counts, discount):
    counts = np.asarray(counts, dtype=float)
    seen = counts > 0
    return SimpleNamespace(
        counts=counts,
        discount=discount,
        seen=seen,
        total=counts.sum(axis=1, keepdims=True),
        divisor=counts.sum(axis=1, keepdims=True),
        first=np.maximum(counts - discount, 0),
        spread=discount * seen.sum(axis=1, keepdims=True),
        share=seen.sum(axis=0) / seen.sum(),
        right=kneser_ney(counts, discount),
    )


def filled(a):
    """The share of q where the pair was not seen, and nothing more where it was."""
    return np.where(a.seen, a.first, a.spread * a.share) / np.where(a.total > 0, a.total, 1) + (a.total == 0) * a.share


def normalised(rows):
    return rows / rows.sum(axis=1, keepdims=True)


def by_columns(divisor, u_as_a_row, empty=True):
    """Both parts divided by divisor(a), a row, lined up with the columns.  empty: whether it chooses q where that is 0."""

    def wrong(a):
        c = np.ravel(divisor(a))
        spread = np.ravel(a.spread) if u_as_a_row else a.spread
        rows = (a.first + spread * a.share) / np.maximum(c, 1)
        return np.where(c > 0, rows, a.share) if empty else rows

    return whole(wrong)
