"""Networks that read one character after another and carry a state: a plain one (Elman 1990), LSTM (Hochreiter and Schmidhuber 1997, with
the forget gate of Gers et al. 2000) and GRU (Cho et al. 2014).

A cell takes what it gets from the character, x Wx + b, which is computed for all places in one product before the reading begins, and its
state.  The columns of Wx, Wh and b are blocks, one for each gate:

rnn    new = tanh(x Wx + b + h Wh)
gru    r, z, n:     r = sigmoid(...), z = sigmoid(...), n = tanh(x Wn + b_n + r * (h Un + bn)), new = (1 - z) n + z h
lstm   i, f, g, o:  i, f, o = sigmoid(...), g = tanh(...), c = f c + i g, new = o tanh(c)
"""

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from chargen_lib.models.drawing import matrix, table
from chargen_lib.models.gru_gradient import gru_states, gru_step
from chargen_lib.models.parts import check_sizes, dropped, split_key
from chargen_lib.models.protocol import State, called_with, keep_rows

GATES = {"rnn": 1, "gru": 3, "lstm": 4}


class Recurrent(nnx.Module):
    """Embed, one or more layers of a recurrent cell, linear.

    cell      "rnn", "gru" or "lstm"
    layers    each but the first reads what the one under it wrote
    residual  each layer but the first adds what it reads to what it writes
    dropout   the share of each layer's written numbers that model(ids, key=key) drops

    The state is, for each layer, what it wrote last, (batch, hidden_dim); of an LSTM the pair (c, h).
    Raises ValueError for a cell that is none of the three, a size below 1, or a dropout that is no share.
    """

    def __init__(
        self,
        vocab_size: int = 128,
        embed_dim: int = 32,
        hidden_dim: int = 256,
        *,
        cell: str = "gru",
        layers: int = 1,
        residual: bool = False,
        dropout: float = 0.0,
        rngs: nnx.Rngs,
    ):
        if cell not in GATES:
            raise ValueError(f"cell is one of {', '.join(map(repr, GATES))}, got {cell!r}.")
        check_sizes("Recurrent", dropout, vocab_size=vocab_size, embed_dim=embed_dim, hidden_dim=hidden_dim, layers=layers)
        self.vocab_size, self.embed_dim, self.hidden_dim = vocab_size, embed_dim, hidden_dim
        self.cell, self.layers, self.residual, self.dropout = cell, layers, residual, dropout
        self.embedding = nnx.Embed(vocab_size, embed_dim, embedding_init=table, rngs=rngs)
        widths = [embed_dim, *[hidden_dim] * (layers - 1)]
        self.stack = nnx.List([RecurrentLayer(width, hidden_dim, cell, rngs=rngs) for width in widths])
        self.output = nnx.Linear(hidden_dim, vocab_size, kernel_init=matrix(), rngs=rngs)

    def __call__(self, ids: jax.Array, *, key: jax.Array | None = None) -> jax.Array:
        ids = called_with(ids, self.vocab_size)
        return self.read(ids, self.init_state(ids.shape[0]), key=key)[0]

    def init_state(self, batch_size: int) -> State:
        nothing = jnp.zeros((batch_size, self.hidden_dim))
        return tuple((nothing, nothing) if self.cell == "lstm" else nothing for _ in self.stack)

    def step(self, ids: jax.Array, state: State) -> tuple[jax.Array, State]:
        x, states = self.embedding(ids), []  # (batch, embed)
        for layer, before in zip(self.stack, state, strict=True):
            new = layer.step(layer.entering(x), before)
            x = self._onward(layer, x, written(new))
            states.append(new)
        return self.output(x), tuple(states)

    def read(
        self, ids: jax.Array, state: State, lengths: jax.Array | None = None, *, key: jax.Array | None = None
    ) -> tuple[jax.Array, State]:
        batch, time = ids.shape
        x, states = self.embedding(ids.T), []  # (time, batch, embed): the scan goes along the first axis
        for layer, before, layer_key in zip(self.stack, state, split_key(key, self.layers), strict=True):
            h, new = layer.read(x, before, lengths)
            x = dropped(self._onward(layer, x, h), self.dropout, layer_key)
            states.append(new)
        logits = self.output(x.reshape(time * batch, self.hidden_dim)).reshape(time, batch, self.vocab_size)
        return logits.swapaxes(0, 1), tuple(states)

    def _onward(self, layer, x, h):
        return x + h if self.residual and layer is not self.stack[0] else h


class RecurrentLayer(nnx.Module):
    """One cell with its weights: Wx (width, gates * hidden), Wh (hidden, gates * hidden), b, and for a GRU bn (hidden,)."""

    def __init__(self, width: int, hidden_dim: int, cell: str, *, rngs: nnx.Rngs):
        gates = GATES[cell]
        self.cell, self.hidden_dim = cell, hidden_dim
        self.Wx = nnx.Param(matrix()(rngs.params(), (width, gates * hidden_dim)))
        # Orthogonal blocks: what the state carries grows and shrinks as little as can be.
        blocks = [nnx.initializers.orthogonal()(rngs.params(), (hidden_dim, hidden_dim)) for _ in range(gates)]
        self.Wh = nnx.Param(jnp.concatenate(blocks, axis=1))
        bias = np.zeros(gates * hidden_dim, np.float32)
        if cell == "lstm":  # an LSTM begins by remembering: Jozefowicz et al. (2015)
            bias[hidden_dim : 2 * hidden_dim] = 1
        self.b = nnx.Param(jax.device_put(bias))
        if cell == "gru":
            self.bn = nnx.Param(jnp.zeros(hidden_dim))

    def entering(self, x: jax.Array) -> jax.Array:
        """x Wx + b: what the cell gets from outside.  (..., width) -> (..., gates * hidden)."""
        flat = x.reshape(-1, self.Wx.shape[0]) @ self.Wx[...] + self.b[...]  # one flat product is faster on a CPU than a stack
        return flat.reshape(*x.shape[:-1], flat.shape[-1])

    def step(self, entering: jax.Array, state: State) -> State:
        """The state after one more character: entering (batch, gates * hidden)."""
        if self.cell == "gru":
            return gru_step(entering, state, self.Wh[...], self.bn[...])[0]
        from_state = written(state) @ self.Wh[...]
        if self.cell == "rnn":
            return jnp.tanh(entering + from_state)
        i, f, g, o = jnp.split(entering + from_state, 4, axis=-1)
        c = jax.nn.sigmoid(f) * state[0] + jax.nn.sigmoid(i) * jnp.tanh(g)
        return c, jax.nn.sigmoid(o) * jnp.tanh(c)

    def read(self, x: jax.Array, state: State, lengths: jax.Array | None = None) -> tuple[jax.Array, State]:
        """What the cell writes at every place, (time, batch, hidden), and its state after each row's first lengths[row]: x (time, batch, width)."""
        if self.cell == "gru" and lengths is None and len(x):
            h = gru_states(self.entering(x), state, self.Wh[...], self.bn[...])
            return h, h[-1]

        def one(state, column):
            place, entering = column
            new = self.step(entering, state)
            return (new if lengths is None else keep_rows(place < lengths, new, state)), written(new)

        state, h = jax.lax.scan(one, state, (jnp.arange(len(x)), self.entering(x)))
        return h, state


def written(state: State) -> jax.Array:
    """What others see of a layer's state, (batch, hidden)."""
    return state[1] if isinstance(state, tuple) else state
