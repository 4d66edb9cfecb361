"""The course's models, all behind one protocol.

model(ids)                    (batch, time) int -> logits (batch, time, vocab): row t says what comes after ids[:, t]
model.init_state(batch_size)  what the model remembers before it has read anything; batch is every leaf's first axis
model.step(ids, state)        (batch,) int, state -> logits (batch, vocab), state: one character, equal to __call__

A model here sees one character, so there is nothing to remember and its state is the empty tuple.
"""

from typing import Any, Protocol, runtime_checkable

import jax
from flax import nnx

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
        self.vocab_size = vocab_size
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


def check_ids(ids: jax.Array, vocab_size: int, what: str) -> None:
    """Raise ValueError, in words, when `ids` are not whole numbers from 0 to vocab_size - 1: JAX itself would not say so."""
    if not jax.numpy.issubdtype(ids.dtype, jax.numpy.integer):
        raise ValueError(f"The ids of {what} must be whole numbers, but they are {ids.dtype}: Vocabulary.encode makes them.")
    if ids.size and (int(ids.min()) < 0 or int(ids.max()) >= vocab_size):
        raise ValueError(
            f"The ids of {what} run from {int(ids.min())} to {int(ids.max())}, but this model knows 0 to {vocab_size - 1}: encode the "
            "text with the vocabulary that the model was made for."
        )
