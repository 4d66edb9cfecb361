"""The course's models, all behind one protocol.

model(ids)                    (batch, time) int -> logits (batch, time, vocab): row t says what comes after ids[:, t]
model.init_state(batch_size)  what the model remembers before it has read anything; batch is every leaf's first axis
model.step(ids, state)        (batch,) int, state -> logits (batch, vocab), state: one character, equal to __call__

A model that sees one character has nothing to remember: its state is the empty tuple.
"""

import math
from typing import Any, Protocol, runtime_checkable

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from numpy.typing import ArrayLike

State = Any  # a pytree of arrays; () where there is nothing to remember


@runtime_checkable
class Model(Protocol):
    """What generate, beam_search, fit and evaluate ask of a model."""

    vocab_size: int

    def __call__(self, ids: jax.Array) -> jax.Array: ...
    def init_state(self, batch_size: int) -> State: ...
    def step(self, ids: jax.Array, state: State) -> tuple[jax.Array, State]: ...


class PerPositionMLP(nnx.Module):
    """Embed, linear, ReLU, linear, at every position alone: a network that sees one character (lesson 03)."""

    def __init__(self, vocab_size: int = 128, embed_dim: int = 64, hidden_dim: int = 128, *, rngs: nnx.Rngs):
        self.vocab_size, self.embed_dim, self.hidden_dim = vocab_size, embed_dim, hidden_dim
        self.embedding = nnx.Embed(vocab_size, embed_dim, rngs=rngs)
        self.hidden = nnx.Linear(embed_dim, hidden_dim, rngs=rngs)
        self.output = nnx.Linear(hidden_dim, vocab_size, rngs=rngs)

    def __call__(self, ids: jax.Array) -> jax.Array:
        x = self.embedding(ids.reshape(-1))  # (batch * time, embed): one flat product is faster on a CPU than a stack
        x = nnx.relu(self.hidden(x))  # (batch * time, hidden)
        return self.output(x).reshape(*ids.shape, self.vocab_size)  # (batch, time, vocab)

    def init_state(self, batch_size: int) -> State:
        return ()

    def step(self, ids: jax.Array, state: State) -> tuple[jax.Array, State]:
        return self(ids), state


class BigramTable(nnx.Module):
    """A table of ln p(next | previous), shape (vocab, vocab), nats: counts behind the protocol of the networks.

    Raises ValueError when the table is not square.
    """

    def __init__(self, log_probs: jax.Array):
        if log_probs.ndim != 2 or log_probs.shape[0] != log_probs.shape[1]:
            raise ValueError(f"A bigram table is (vocab, vocab), but this one has shape {log_probs.shape}.")
        self.vocab_size = log_probs.shape[0]
        self.log_probs = nnx.Param(log_probs)

    def __call__(self, ids: jax.Array) -> jax.Array:
        return self.log_probs[ids]  # (batch, time, vocab)

    def init_state(self, batch_size: int) -> State:
        return ()

    def step(self, ids: jax.Array, state: State) -> tuple[jax.Array, State]:
        return self(ids), state


class NGramTable(nnx.Module):
    """A table of ln p(next | last characters), shape (vocab ** memory, vocab), nats: longer contexts, counted (lesson 06).

    Before a text it remembers characters of id 0.  Raises ValueError when the rows are no power of the vocabulary.
    """

    def __init__(self, log_probs: jax.Array):
        rows, self.vocab_size = log_probs.shape
        memory = round(math.log(rows, self.vocab_size)) if self.vocab_size > 1 else 1
        if memory < 1 or self.vocab_size**memory != rows:
            raise ValueError(f"An n-gram table is (vocab ** memory, vocab), but this one has shape {log_probs.shape}.")
        self.rows = rows
        self.log_probs = nnx.Param(jnp.asarray(log_probs))

    def __call__(self, ids: jax.Array) -> jax.Array:
        def read(row, column):
            row = self._next_row(row, column)
            return row, self.log_probs[row]

        _, logits = jax.lax.scan(read, self.init_state(ids.shape[0]), ids.T)  # (time, batch, vocab)
        return logits.swapaxes(0, 1)  # (batch, time, vocab)

    def init_state(self, batch_size: int) -> State:
        return jnp.zeros(batch_size, jnp.int32)

    def step(self, ids: jax.Array, state: State) -> tuple[jax.Array, State]:
        row = self._next_row(state, ids)
        return self.log_probs[row], row

    def _next_row(self, row: jax.Array, ids: jax.Array) -> jax.Array:
        return (row * self.vocab_size + ids) % self.rows  # % forgets the oldest character


def check_ids(ids: ArrayLike, vocab_size: int, what: str) -> None:
    """Raise ValueError, in words, when `ids` are not whole numbers from 0 to vocab_size - 1: JAX itself would not say so."""
    ids = np.asarray(ids)  # NumPy compiles nothing for a new length
    if not np.issubdtype(ids.dtype, np.integer):
        raise ValueError(f"The ids of {what} must be whole numbers, but they are {ids.dtype}: Vocabulary.encode makes them.")
    if ids.size and (int(ids.min()) < 0 or int(ids.max()) >= vocab_size):
        raise ValueError(
            f"The ids of {what} run from {int(ids.min())} to {int(ids.max())}, but this model knows 0 to {vocab_size - 1}: encode the "
            "text with the vocabulary that the model was made for."
        )
