"""What tables of every context length, counted in one text, expect at each place of another."""

import numpy as np

from chargen_lib.contexts import context_tree
from chargen_lib.kneser_ney import smoothed_rows, times_after_different


def expectations(
    ids: np.ndarray, passage: np.ndarray, vocab_size: int, longest: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What contexts of 0 to `longest` characters expect at the places `longest`, `longest` + 1, ... of passage (n,): probs, counts, found.

    probs (longest + 1, places, vocab_size): p(next) by modified Kneser-Ney with a memory of k characters, k the first axis: the numbers
    of kneser_ney_rows(ids, vocab_size, k).  counts, of the same shape: how often each character came after just these k characters in
    ids.  found (places,): the length of the longest context, up to `longest`, that stands in ids.
    """
    tree = context_tree(ids, vocab_size, longest)
    first = np.cumsum([0, *map(len, tree.contexts)])  # the row where each length begins
    next_row, row = tree.next_rows()
    rows = []
    for id_ in passage[:-1].tolist():
        row = int(next_row[row, id_])
        rows.append(row)
    row_at = np.array(rows[longest - 1 :])  # the longest context that stands in ids, before each place
    found = np.searchsorted(first, row_at, side="right") - 1

    shape = (longest + 1, len(found), vocab_size)
    probs, counts = np.zeros(shape, np.float32), np.zeros(shape, int)
    at = np.zeros(
        (longest + 1, len(found)), int
    )  # each place's context among those of length k; nothing where it was not found
    for k in range(longest, -1, -1):
        if k < longest:
            at[k] = tree.shorter[k + 1][at[k + 1]]
        at[k, found == k] = row_at[found == k] - first[k]
    shorter = np.full((1, vocab_size), 1 / vocab_size, np.float32)
    for k in range(longest + 1):
        there, ends_here = found >= k, found == k
        probs[k, there] = smoothed_rows(tree, k, tree.times[k], shorter)[at[k, there]]
        table = np.searchsorted(
            tree.cells[k], at[k, there, None] * vocab_size + np.arange(vocab_size + 1)
        )  # (places, vocab_size + 1)
        cell = np.minimum(table[:, :-1], len(tree.cells[k]) - 1)
        counts[k, there] = np.where(np.diff(table) > 0, tree.times[k][cell], 0)
        if k < longest:  # a longer memory that finds no more than this answers so
            shorter = smoothed_rows(tree, k, times_after_different(tree, k), shorter)
            probs[k + 1 :, ends_here] = shorter[at[k, ends_here]]
    return probs, counts, found


def told_rows(probs: np.ndarray, counts: np.ndarray, shown: int) -> tuple[list[list[int]], list[list]]:
    """What a page is told of expectations: the number of each place's row, (longest + 1, places), and the rows that differ.

    Of a row: how often its context was seen, in how many ways it went on, the `shown` likeliest ids, their shares, their counts.
    """
    rows: dict[tuple[bytes, bytes], int] = {}
    told: list[list] = []
    numbers: list[list[int]] = []
    for probs_k, counts_k in zip(probs, counts, strict=True):
        numbers.append([])
        for p, c in zip(probs_k, counts_k, strict=True):
            number = rows.setdefault((p.tobytes(), c.tobytes()), len(told))
            if number == len(told):
                best = np.argsort(-p, kind="stable")[:shown]
                shares = [share_of(x) for x in p[best].tolist()]
                told.append([int(c.sum()), int((c > 0).sum()), best.tolist(), shares, c[best].tolist()])
            numbers[-1].append(number)
    return numbers, told


def share_of(p: float) -> int:
    """A probability in ten thousandths.  What is merely near 0 or 1 is not told as 0 or 1."""
    return round(10_000 * p) if p >= 1 else min(max(round(10_000 * p), 1), 9_999)
