"""The contexts that a text holds, from the empty one to the longest: what every sparse table of counts is made from."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from chargen_lib.text import whole_number

TABLE_MB = 300  # a larger table is none for a compiled program, which holds a copy


def context_rows(ids: np.ndarray, vocab_size: int, memory: int) -> np.ndarray:
    """A number for each context of `memory` characters in ids (n,), one for every character that has so many before it: (n - memory,).

    The ids of a context are read as the digits of one number, in base vocab_size.  Raises ValueError when 64 bits cannot hold it.
    """
    if memory * math.log2(vocab_size) >= 62:
        raise ValueError(
            f"Contexts of {memory} characters out of {vocab_size} are more than 64 bits can count. Take a shorter memory."
        )
    many = max(len(ids) - memory, 0)
    rows = np.zeros(many, dtype=np.int64)
    for place in range(memory):
        rows = rows * vocab_size + ids[place : place + many]
    return rows


def checked_ids(ids: ArrayLike, vocab_size: int) -> np.ndarray:
    """ids (n,) for NumPy; ValueError where they are not ids of the vocabulary, since they would pass for another context."""
    vocab_size = whole_number("vocab_size", vocab_size)
    try:
        array = np.asarray(ids)
    except ValueError:  # rows of unequal lengths
        array = np.asarray(None)
    if array.ndim != 1 or (
        array.size and not (np.issubdtype(array.dtype, np.integer) and array.min() >= 0 and array.max() < vocab_size)
    ):
        raise ValueError(
            f"The ids of a text are one row of whole numbers from 0 to {vocab_size - 1}: encode it with the vocabulary of that size."
        )
    return array.astype(int)


@dataclass(frozen=True)
class ContextTree:
    """The contexts that a text holds, from the empty one to the longest, and what follows each.

    Lists are by the length n of a context.  A cell is a context of length n and a character after it, as one number:
    place of the context * vocab_size + id.  The rows of a table are the contexts of length 0, then those of length 1, and so on.
    """

    vocab_size: int
    contexts: list[np.ndarray]  # the contexts, each as one number, sorted
    cells: list[np.ndarray]  # the cells that were seen, sorted
    times: list[np.ndarray]  # how often each of them was
    begins: list[int]  # the cell that the text begins with
    shorter: list[np.ndarray]  # the place, among the contexts of length n - 1, of each context without its first character

    def next_rows(self, start_ids: ArrayLike = ()) -> tuple[np.ndarray, int]:
        """(rows, vocab_size), the row of the longest seen context after this one and that character; and the row after start_ids.

        Raises ValueError when a table of so many rows takes more than TABLE_MB.
        """
        first = np.cumsum([0, *map(len, self.contexts)])  # the row where each length begins
        megabytes = first[-1] * self.vocab_size * 8 / 1e6  # float32 and int32
        if megabytes > TABLE_MB:
            raise ValueError(
                f"The text holds {first[-1]} contexts, and a table of them takes {megabytes:.0f} MB, more than {TABLE_MB}: take a shorter "
                "memory; or kneser_ney.losses, which judges a text without a table."
            )
        next_row = np.zeros((first[-1], self.vocab_size), np.int32)
        for n, codes in enumerate(self.contexts):
            rows = next_row[first[n] : first[n + 1]]
            if n:  # after abc and then d: what serves after bc and then d
                rows[:] = next_row[first[n - 1] + self.shorter[n]]
            if n + 1 < len(self.contexts):  # or the row of abcd, where that was seen
                longer = self.contexts[n + 1]
                before, id_ = np.divmod(longer, self.vocab_size)
                rows[np.searchsorted(codes, before), id_] = first[n + 1] + np.arange(longer.size)
        start_row = 0
        for id_ in np.asarray(start_ids, int):
            start_row = int(next_row[start_row, id_])
        return next_row, start_row


def context_tree(ids: ArrayLike, vocab_size: int, memory: int) -> ContextTree:
    """The contexts of up to `memory` characters in ids (n,).

    Raises ValueError for a memory below 0, a text that is not longer than the memory, ids that are none of the vocabulary, or contexts
    that 64 bits cannot number.
    """
    ids = checked_ids(ids, vocab_size)
    memory = whole_number("memory", memory, 0)
    if len(ids) <= memory:
        raise ValueError(
            f"A text of {len(ids)} characters holds no context of {memory}: use a longer text, or a shorter memory."
        )
    contexts, cells, times, begins = [], [], [], []
    for n in range(memory + 1):
        codes, place = np.unique(context_rows(ids, vocab_size, n), return_inverse=True)
        seen, how_often = np.unique(place * vocab_size + ids[n:], return_counts=True)
        contexts.append(codes)
        cells.append(seen)
        times.append(how_often)
        begins.append(int(place[0] * vocab_size + ids[n]))
    # The place of bc stands under every abc.
    shorter = [np.zeros(1, int)] + [
        np.searchsorted(contexts[n - 1], contexts[n] % vocab_size ** (n - 1)) for n in range(1, memory + 1)
    ]
    return ContextTree(vocab_size, contexts, cells, times, begins, shorter)
