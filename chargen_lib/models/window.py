"""A network that sees the last few characters: their embeddings side by side, linear, ReLU, linear (Bengio et al. 2003)."""

import jax
import jax.numpy as jnp
from flax import nnx

from chargen_lib.models.drawing import matrix, table
from chargen_lib.models.parts import check_sizes, dropped
from chargen_lib.models.protocol import State, called_with


class WindowMLP(nnx.Module):
    """The last `context` characters, embedded side by side, linear, ReLU, linear.

    Before a text stands a start token of its own, number vocab_size, which is no character and is never written.
    The state is the last context - 1 ids, (batch, context - 1).  dropout: the share of hidden numbers that model(ids, key=key) drops.
    Raises ValueError for a size below 1, or a dropout that is no share.
    """

    def __init__(
        self,
        vocab_size: int = 128,
        context: int = 6,
        embed_dim: int = 24,
        hidden_dim: int = 256,
        *,
        dropout: float = 0.0,
        rngs: nnx.Rngs,
    ):
        check_sizes("WindowMLP", dropout, vocab_size=vocab_size, context=context, embed_dim=embed_dim, hidden_dim=hidden_dim)
        self.vocab_size, self.context, self.embed_dim, self.hidden_dim = vocab_size, context, embed_dim, hidden_dim
        self.dropout = dropout
        self.embedding = nnx.Embed(vocab_size + 1, embed_dim, embedding_init=table, rngs=rngs)
        self.hidden = nnx.Linear(context * embed_dim, hidden_dim, kernel_init=matrix(), rngs=rngs)
        self.output = nnx.Linear(hidden_dim, vocab_size, kernel_init=matrix(), rngs=rngs)

    def __call__(self, ids: jax.Array, *, key: jax.Array | None = None) -> jax.Array:
        ids = called_with(ids, self.vocab_size)
        return self.read(ids, self.init_state(ids.shape[0]), key=key)[0]

    def init_state(self, batch_size: int) -> State:
        return jnp.full((batch_size, self.context - 1), self.vocab_size, jnp.int32)

    def step(self, ids: jax.Array, state: State) -> tuple[jax.Array, State]:
        window = jnp.concatenate([state, ids[:, None].astype(jnp.int32)], axis=1)  # (batch, context)
        return self._logits(self.embedding(window).reshape(len(ids), -1)), window[:, 1:]

    def read(
        self, ids: jax.Array, state: State, lengths: jax.Array | None = None, *, key: jax.Array | None = None
    ) -> tuple[jax.Array, State]:
        batch, time = ids.shape
        known = jnp.concatenate([state, ids.astype(jnp.int32)], axis=1)  # (batch, context - 1 + time)
        x = self.embedding(known)
        x = jnp.concatenate([x[:, place : place + time] for place in range(self.context)], axis=-1)  # the oldest first
        logits = self._logits(x.reshape(batch * time, self.context * self.embed_dim), key)
        ends = jnp.full(batch, time) if lengths is None else lengths
        last = jnp.take_along_axis(known, ends[:, None] + jnp.arange(self.context - 1), axis=1)
        return logits.reshape(batch, time, self.vocab_size), last

    def _logits(self, x, key=None):
        return self.output(dropped(nnx.relu(self.hidden(x)), self.dropout, key))  # (rows, vocab)
