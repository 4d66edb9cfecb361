"""A network that sees one character: at every position alone, embed, linear, ReLU, linear (lesson 03)."""

import jax
from flax import nnx

from chargen_lib.models.drawing import matrix, table
from chargen_lib.models.parts import check_sizes
from chargen_lib.models.protocol import State, called_with


class PerPositionMLP(nnx.Module):
    """Embed, linear, ReLU, linear, at every position alone."""

    def __init__(self, vocab_size: int = 128, embed_dim: int = 64, hidden_dim: int = 128, *, rngs: nnx.Rngs):
        check_sizes("PerPositionMLP", 0.0, vocab_size=vocab_size, embed_dim=embed_dim, hidden_dim=hidden_dim)
        self.vocab_size, self.embed_dim, self.hidden_dim = vocab_size, embed_dim, hidden_dim
        self.embedding = nnx.Embed(vocab_size, embed_dim, embedding_init=table, rngs=rngs)
        self.hidden = nnx.Linear(embed_dim, hidden_dim, kernel_init=matrix(), rngs=rngs)
        self.output = nnx.Linear(hidden_dim, vocab_size, kernel_init=matrix(), rngs=rngs)

    def __call__(self, ids: jax.Array) -> jax.Array:
        return self._logits(called_with(ids, self.vocab_size, any_shape=True))

    def init_state(self, batch_size: int) -> State:
        return ()

    def step(self, ids: jax.Array, state: State) -> tuple[jax.Array, State]:
        return self._logits(ids), state

    def read(self, ids: jax.Array, state: State, lengths: jax.Array | None = None) -> tuple[jax.Array, State]:
        return self._logits(ids), state

    def _logits(self, ids):
        x = self.embedding(ids.reshape(-1))  # (batch * time, embed): one flat product is faster on a CPU than a stack
        x = nnx.relu(self.hidden(x))  # (batch * time, hidden)
        return self.output(x).reshape(*ids.shape, self.vocab_size)  # (batch, time, vocab)
