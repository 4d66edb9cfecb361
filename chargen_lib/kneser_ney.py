"""The strongest table that can be counted: modified Kneser-Ney, of any order.

A table gives too much to what it has seen.  So a discount is taken from every count, and what was taken in a context is spread as the next
shorter context says.  Two more ideas make it strong.  There are three discounts, for what was seen once, twice, and more often.  And below
the longest context one counts not how often a character came, but *after how many different characters* it came: "Francisco" is frequent,
but it follows hardly anything but "San", so it is no likely guess in a new place.

Kneser and Ney (1995); Chen and Goodman (1999), "An empirical study of smoothing techniques for language modeling", section 3.
"""

import numpy as np
from numpy.typing import ArrayLike

from chargen_lib.contexts import ContextTree, checked_ids, context_rows, context_tree


def kneser_ney_rows(
    ids: ArrayLike, vocab_size: int, memory: int, start_ids: ArrayLike = ()
) -> tuple[np.ndarray, np.ndarray, int]:
    """ln p(next | last `memory` characters) by modified Kneser-Ney, counted in ids (n,): what models.NGramTable takes.

    log_probs (contexts, vocab_size), nats, a row for each context that was seen, and each row's probabilities sum to 1; next_row
    (contexts, vocab_size); start_row, the row after start_ids, what stands before every text.  The rows are those of entropy.ngram_rows.
    The beginning of the text is one more thing that can stand before a piece: a piece that stands nowhere else has come after one.
    Under the empty context lies the uniform row, so that no character is impossible.
    Raises ValueError for a memory below 0, a text that is not longer than the memory, contexts that 64 bits cannot number, or a table
    above contexts.TABLE_MB.
    """
    tree = context_tree(ids, vocab_size, memory)
    next_row, start_row = tree.next_rows(start_ids)
    log_probs, probs = [], np.full((1, vocab_size), 1 / vocab_size, np.float32)
    for n in range(memory + 1):
        probs = smoothed_rows(tree, n, counts_to_discount(tree, n), probs)
        log_probs.append(np.log(probs))
    return np.concatenate(log_probs), next_row, start_row


def losses(ids: ArrayLike, vocab_size: int, memory: int, text: ArrayLike, start_ids: ArrayLike = ()) -> np.ndarray:
    """-ln p(next character) all along a text, ids (m,), by what kneser_ney_rows counts in ids (n,): (m - 1,), nats.

    No table is made: only what the text asks for is looked up, in NumPy, so that long memories and large texts fit.
    Raises ValueError for a memory below 0, a text that is not longer than the memory, ids that are none of the vocabulary, or contexts
    that 64 bits cannot number.
    """
    tree = context_tree(ids, vocab_size, memory)
    text = checked_ids(text, vocab_size)
    next_ids, before = text[1:], np.concatenate([checked_ids(start_ids, vocab_size), text])
    probs, seen = np.full(next_ids.shape, 1 / vocab_size), np.ones(next_ids.shape, bool)
    for n in range(memory + 1):
        stay, spread = discounted(tree, n, counts_to_discount(tree, n))
        codes = np.full(next_ids.shape, -1)  # of the n characters before each; near the beginning there may be fewer
        there = max(min(len(before) - n, len(next_ids)), 0)
        codes[len(codes) - there :] = context_rows(before, vocab_size, n)[len(before) - n - there :]
        context, found = look_up(tree.contexts[n], codes)
        seen &= found  # after a context that was never seen the next shorter one serves
        cell, found = look_up(tree.cells[n], context * vocab_size + next_ids)
        probs = np.where(seen, probs * spread[context] + found * stay[cell], probs)
    return -np.log(probs)


def counts_to_discount(tree: ContextTree, n: int) -> np.ndarray:
    """What is discounted in the cells of the contexts of length n: how often each came, and below the longest `times_after_different`."""
    return tree.times[n] if n + 1 == len(tree.contexts) else times_after_different(tree, n)


def times_after_different(tree: ContextTree, n: int) -> np.ndarray:
    """For each cell of the contexts of length n, below the longest: after how many different characters it came, not how often."""
    longer, last = np.divmod(tree.cells[n + 1], tree.vocab_size)
    came = np.append(tree.shorter[n + 1][longer] * tree.vocab_size + last, tree.begins[n])
    return np.bincount(np.searchsorted(tree.cells[n], came))  # whatever stands in a longer cell stands in one of these


def discounted(tree: ContextTree, n: int, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What the contexts of length n leave to their cells, (cells,), and to the next shorter contexts, (contexts,): shares of a row."""
    row, size = tree.cells[n] // tree.vocab_size, len(tree.contexts[n])
    taken = discounts(counts)[np.minimum(counts, 3)]  # from each cell
    totals = np.bincount(row, counts, size)  # (contexts,)
    return (counts - taken) / totals[row], np.bincount(row, taken, size) / totals


def smoothed_rows(tree: ContextTree, n: int, counts: np.ndarray, shorter: np.ndarray) -> np.ndarray:
    """p(next | context) after each context of length n: (contexts, vocab_size).

    counts: one for each of its cells, from which the discounts are taken; shorter: these rows for the contexts of length n - 1, among
    whose characters what was taken is spread, or the uniform row (1, vocab_size) where n is 0.
    """
    stay, spread = discounted(tree, n, counts)
    probs = shorter[tree.shorter[n]] * spread.astype(np.float32)[:, None]
    probs[np.divmod(tree.cells[n], tree.vocab_size)] += stay
    return probs


def look_up(codes: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where each wanted number stands among the sorted codes, and whether it stands there at all."""
    place = np.minimum(np.searchsorted(codes, wanted), len(codes) - 1)
    return place, codes[place] == wanted


def discounts(counts: np.ndarray) -> np.ndarray:
    """What is taken from a count of 0, 1, 2, and 3 or more: (4,), from how many of the counts (n,) are 1, 2, 3 and 4.

    Chen and Goodman's formula.  In a small text these numbers can be 0, or the formula can ask for less than nothing or more than there
    is: then 0.5, 1 and 1.5, the discounts that the KenLM toolkit falls back to.
    """
    n1, n2, n3, n4 = (float(np.count_nonzero(counts == times)) for times in (1, 2, 3, 4))
    if n1 and n2 and n3:
        share = n1 / (n1 + 2 * n2)
        taken = np.array([0, 1 - 2 * share * n2 / n1, 2 - 3 * share * n3 / n2, 3 - 4 * share * n4 / n3])
        if (taken[1:] > 0).all() and (taken <= np.arange(4)).all():
            return taken
    return np.array([0, 0.5, 1, 1.5])
