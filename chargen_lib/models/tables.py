"""Counts behind the protocol of the networks: a table of pairs, and tables of any longer context."""

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from numpy.typing import ArrayLike

from chargen_lib.models.protocol import State, called_with, keep_rows


class Counted(nnx.Variable):
    """Numbers that were counted, not learned: no optimizer moves them."""


class BigramTable(nnx.Module):
    """A table of ln p(next | previous), shape (vocab, vocab), nats.

    Raises ValueError when the table is not square, or holds what is no logarithm of a probability.
    """

    def __init__(self, log_probs: ArrayLike):
        log_probs = jnp.asarray(log_probs)
        if log_probs.ndim != 2 or log_probs.shape[0] != log_probs.shape[1]:
            raise ValueError(f"A bigram table is (vocab, vocab), but this one has shape {log_probs.shape}.")
        self.vocab_size = log_probs.shape[0]
        self.log_probs = Counted(log_probs)

    def __call__(self, ids: jax.Array) -> jax.Array:
        return self.log_probs[...][called_with(ids, self.vocab_size, any_shape=True)]  # (batch, time, vocab)

    def init_state(self, batch_size: int) -> State:
        return ()

    def step(self, ids: jax.Array, state: State) -> tuple[jax.Array, State]:
        return self(ids), state

    def read(self, ids: jax.Array, state: State, lengths: jax.Array | None = None) -> tuple[jax.Array, State]:
        return self(ids), state


class NGramTable(nnx.Module):
    """A table of ln p(next | context) for contexts of any length: one row for each context that was seen (lesson 06).

    log_probs  (contexts, vocab), nats
    next_row   (contexts, vocab) whole numbers: the row that stands for the longest seen context after this one and that character
    start_row  the row before anything is read

    The state is the number of a row, (batch,).  entropy.ngram_rows counts the three in a text.
    Raises ValueError when the shapes do not fit together or a row leads nowhere.
    """

    def __init__(self, log_probs: ArrayLike, next_row: ArrayLike, start_row: int = 0):
        log_probs, rows = jnp.asarray(log_probs), np.asarray(next_row)
        if log_probs.ndim != 2 or log_probs.shape != rows.shape:
            raise ValueError(
                f"log_probs and next_row are both (contexts, vocab), but these have shapes {log_probs.shape} and {rows.shape}."
            )
        contexts, self.vocab_size = log_probs.shape
        if (
            not np.issubdtype(rows.dtype, np.integer)
            or rows.min() < 0
            or rows.max() >= contexts
            or not 0 <= start_row < contexts
        ):
            raise ValueError(f"next_row and start_row are numbers of rows, whole and from 0 to {contexts - 1}.")
        self.log_probs = Counted(log_probs)
        self.next_row = Counted(jax.device_put(rows.astype(np.int32)))
        self.start_row = Counted(jax.device_put(np.int32(start_row)))

    @classmethod
    def of_all_contexts(cls, log_probs: ArrayLike) -> "NGramTable":
        """The table whose rows are all contexts of one length, (vocab ** memory, vocab): the ids of a context are the digits of its row.

        A text begins in row 0, as if characters of id 0 stood before it.  Raises ValueError when the rows are no power of the vocabulary.
        """
        log_probs = jnp.asarray(log_probs)
        rows, vocab_size = log_probs.shape
        memory = 1
        while vocab_size**memory < rows and vocab_size > 1:
            memory += 1
        if vocab_size**memory != rows:
            raise ValueError(f"A table of all contexts is (vocab ** memory, vocab), but this one has shape {log_probs.shape}.")
        after = np.arange(rows)[:, None] * vocab_size + np.arange(vocab_size)
        return cls(log_probs, after % rows)  # % forgets the oldest character

    def __call__(self, ids: jax.Array) -> jax.Array:
        ids = called_with(ids, self.vocab_size)
        return self.read(ids, self.init_state(ids.shape[0]))[0]

    def init_state(self, batch_size: int) -> State:
        return jnp.full(batch_size, self.start_row[...], jnp.int32)

    def step(self, ids: jax.Array, state: State) -> tuple[jax.Array, State]:
        row = self.next_row[...][state, ids]  # (batch,)
        return self.log_probs[...][row], row

    def read(self, ids: jax.Array, state: State, lengths: jax.Array | None = None) -> tuple[jax.Array, State]:
        next_row = self.next_row[...]

        def one(row, column):
            place, column_ids = column
            new = next_row[row, column_ids]
            return (new if lengths is None else keep_rows(place < lengths, new, row)), new

        state, rows = jax.lax.scan(one, state, (jnp.arange(ids.shape[1]), ids.T))  # rows (time, batch)
        return self.log_probs[...][rows.T], state  # (batch, time, vocab)
