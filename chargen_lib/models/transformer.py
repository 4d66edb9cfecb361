"""A transformer that looks back over a sliding window (Vaswani et al. 2017), with rotary positions (Su et al. 2021).

Each layer reads  x + attention(norm(x)),  then  x + mlp(norm(x)).  In every layer each place sees itself and the context - 1 places before
it, so that text of any length can be read and nothing overflows; through the layers it hears of what stands further back.

The state keeps, for each layer, the keys and values of the last `context` places in a ring: place p lies in slot p % context, and what it
overwrites is just what is no longer seen.  A key lies there turned by its slot.  A query in slot s meets the keys of this lap, slots up to
s, turned by s, and those of the lap before, slots behind s, turned by s + context: the difference is the distance, and no angle grows with
the length of the text.
"""

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from chargen_lib.models.drawing import matrix, table
from chargen_lib.models.parts import check_sizes, dropped, split_key
from chargen_lib.models.protocol import State, called_with


class Transformer(nnx.Module):
    """Embed, `layers` blocks of attention and MLP, norm, linear.  Train it on windows of 2 * context: so it is used.

    The state is a pair: for each layer the pair (keys, values), each (batch, heads, context, width / heads), and how many places were read,
    (batch,), which after the first lap goes from context to 2 * context - 1 round and round.
    dropout: the share of the numbers written by embedding, attention and MLP that model(ids, key=key) drops.
    Raises ValueError for a size below 1, a width that the heads do not divide into even parts, or a dropout that is no share.
    """

    def __init__(
        self,
        vocab_size: int = 128,
        width: int = 64,
        *,
        context: int = 64,
        layers: int = 2,
        heads: int = 4,
        dropout: float = 0.0,
        rngs: nnx.Rngs,
    ):
        check_sizes("Transformer", dropout, vocab_size=vocab_size, width=width, context=context, layers=layers, heads=heads)
        if width % heads:
            raise ValueError(f"width is shared out among the heads, but {heads} heads do not divide {width}.")
        if width // heads % 2:
            raise ValueError(
                f"A head is {width} / {heads} = {width // heads} numbers wide, but rotary positions turn pairs: make that even."
            )
        self.vocab_size, self.width, self.context = vocab_size, width, context
        self.layers, self.heads, self.dropout = layers, heads, dropout
        self.embedding = nnx.Embed(vocab_size, width, embedding_init=table, rngs=rngs)
        self.blocks = nnx.List([Block(width, heads, context, layers, rngs=rngs) for _ in range(layers)])
        self.norm = nnx.RMSNorm(width, rngs=rngs)
        self.output = nnx.Linear(width, vocab_size, kernel_init=matrix(), rngs=rngs)

    def __call__(self, ids: jax.Array, *, key: jax.Array | None = None) -> jax.Array:
        ids = called_with(ids, self.vocab_size)
        if ids.shape[1] > 2 * self.context:
            return self.read(ids, self.init_state(ids.shape[0]), key=key)[0]
        # A window that begins from nothing needs no ring.
        return self._through(ids, key, [lambda q, k, v: (banded(q, k, v, self.context), None)] * self.layers)[0]

    def init_state(self, batch_size: int) -> State:
        empty = jnp.zeros((batch_size, self.heads, self.context, self.width // self.heads))
        return tuple((empty, empty) for _ in self.blocks), jnp.zeros(batch_size, jnp.int32)

    def step(self, ids: jax.Array, state: State) -> tuple[jax.Array, State]:
        rings, place = state

        def with_ring(ring):
            return lambda q, k, v: step_on(q, k, v, ring, place, self.context)

        logits, rings = self._through(ids[:, None], None, [with_ring(ring) for ring in rings])
        return logits[:, 0], (rings, folded(place + 1, self.context))

    def read(
        self, ids: jax.Array, state: State, lengths: jax.Array | None = None, *, key: jax.Array | None = None
    ) -> tuple[jax.Array, State]:
        batch, time = ids.shape
        rings, place = state
        if time == 0:
            return jnp.zeros((batch, 0, self.vocab_size)), state
        ends = jnp.full(batch, time) if lengths is None else lengths

        def with_ring(ring):
            return lambda q, k, v: read_on(q, k, v, ring, place, ends, self.context)

        logits, rings = self._through(ids, key, [with_ring(ring) for ring in rings])
        return logits, (rings, folded(place + ends, self.context))

    def _through(self, ids, key, attentions):
        """The logits (batch, time, vocab), and what each layer's way of attending keeps."""
        first, *keys = split_key(key, 1 + len(self.blocks))
        x, kept = dropped(self.embedding(ids.reshape(-1)), self.dropout, first), []  # (batch * time, width)
        for block, block_key, attend in zip(self.blocks, keys, attentions, strict=True):
            x, ring = block(x, ids.shape, attend, self.dropout, block_key)
            kept.append(ring)
        return self.output(self.norm(x)).reshape(*ids.shape, self.vocab_size), tuple(kept)


class Block(nnx.Module):
    """x + attention(norm(x)), then x + mlp(norm(x)), on places laid flat."""

    def __init__(self, width: int, heads: int, context: int, layers: int, *, rngs: nnx.Rngs):
        self.heads = heads
        # What is added to x starts small, so that x does not grow with the number of layers (Radford et al. 2019).
        small = matrix(1 / (2 * layers))
        self.attention_norm, self.mlp_norm = nnx.RMSNorm(width, rngs=rngs), nnx.RMSNorm(width, rngs=rngs)
        # Queries, keys and values in one product.
        self.qkv = nnx.Linear(width, 3 * width, use_bias=False, kernel_init=matrix(), rngs=rngs)
        self.attended = nnx.Linear(width, width, use_bias=False, kernel_init=small, rngs=rngs)
        self.hidden = nnx.Linear(width, 4 * width, use_bias=False, kernel_init=matrix(), rngs=rngs)
        self.mlp = nnx.Linear(4 * width, width, use_bias=False, kernel_init=small, rngs=rngs)

    def __call__(self, x, shape, attend, dropout, key):
        batch, time = shape
        attention_key, mlp_key = split_key(key, 2)
        qkv = self.qkv(self.attention_norm(x)).reshape(batch, time, 3, self.heads, -1)
        q, k, v = jnp.moveaxis(qkv, (2, 3), (0, 2))  # each (batch, heads, time, head)
        seen, ring = attend(q, k, v)
        x = x + dropped(self.attended(seen.swapaxes(1, 2).reshape(x.shape)), dropout, attention_key)
        return x + dropped(self.mlp(nnx.gelu(self.hidden(self.mlp_norm(x)))), dropout, mlp_key), ring


def rotate(x: jax.Array, positions: jax.Array | np.ndarray, base: float = 10_000.0) -> jax.Array:
    """Turn entries i and i + d/2 of x (..., d) by positions (...) * base ** (-2 i / d): of two that are so turned only the distance counts."""
    return turned(x, *cosines_and_sines(positions, x.shape[-1], base))


def cosines_and_sines(positions, d, base=10_000.0):
    """Of the angles by which rotate turns, each (..., d / 2).  Of positions that NumPy holds they are known before anything runs."""
    numpy = np if isinstance(positions, np.ndarray) else jnp
    angles = positions[..., None].astype(np.float32) * (base ** (-np.arange(d // 2) / (d // 2))).astype(np.float32)
    return numpy.cos(angles), numpy.sin(angles)


def turned(x: jax.Array, cos: jax.Array, sin: jax.Array) -> jax.Array:
    a, b = jnp.split(x, 2, axis=-1)
    return jnp.concatenate([a * cos - b * sin, a * sin + b * cos], axis=-1)


def weighted(q, k, v, visible):
    """Each query's mean of the values it may see, by softmax(q k / root of d): (..., queries, d), (..., keys, d) twice -> (..., queries, d)."""
    scores = jnp.einsum("...qd,...kd->...qk", q, k) / q.shape[-1] ** 0.5
    return jnp.einsum("...qk,...kd->...qd", jax.nn.softmax(jnp.where(visible, scores, -jnp.inf)), v)


def band(queries: int, keys: int, context: int) -> np.ndarray:
    """Which of the keys the last `queries` of them see: themselves and the context - 1 before."""
    distance = np.arange(keys - queries, keys)[:, None] - np.arange(keys)
    return (distance >= 0) & (distance < context)


def banded(q, k, v, context):
    """Attention of a window that begins from nothing: each (batch, heads, time, d)."""
    places = jnp.arange(q.shape[2])
    return weighted(rotate(q, places), rotate(k, places), v, band(len(places), len(places), context))


def step_on(q, k, v, ring, place, context):
    """Attention of one more place in each row, and the ring with it."""
    q, k, v = q[:, :, 0], k[:, :, 0], v[:, :, 0]  # (batch, heads, d)
    slot = place % context  # (batch,)
    cos, sin = map(jnp.asarray, cosines_and_sines(np.arange(2 * context), q.shape[-1]))  # looked up: quicker than computed

    def by(turns, x):
        return turned(x, cos[turns][:, None], sin[turns][:, None])

    # Head by head, though all heads have one slot: written in one piece, a ring of one row would be copied at every step.
    slots = jnp.arange(len(slot))[:, None], jnp.arange(q.shape[1]), slot[:, None]
    keys, values = ring[0].at[slots].set(by(slot, k)), ring[1].at[slots].set(v)
    now = jnp.arange(context) <= slot[:, None, None]  # slots of this lap
    # Two products of one query: one product of two queries takes four times as long.
    this_lap, lap_before = (jnp.einsum("bhd,bhkd->bhk", by(turns, q), keys) for turns in (slot, slot + context))
    scores = jnp.where(now, this_lap, lap_before) / q.shape[-1] ** 0.5
    weights = jax.nn.softmax(jnp.where(now | (place >= context)[:, None, None], scores, -jnp.inf))
    return jnp.einsum("bhk,bhkd->bhd", weights, values)[:, :, None], (keys, values)


def read_on(q, k, v, ring, place, ends, context):
    """Attention of several more places, and the ring after each row's first `ends` of them.

    The ring is laid out in a line, oldest first, the new places behind it; then piece by piece, each of at most context places, so that the
    work grows with the length and not with its square.
    """
    time = q.shape[2]
    slots = np.arange(context)
    in_line = (place[:, None] + slots) % context  # (batch, context): the slot of each, oldest first

    def taken(x, where):  # (batch, heads, n, d), (batch, m) -> (batch, heads, m, d)
        return jax.vmap(lambda row, places: jnp.take(row, places, axis=1, mode="clip"))(x, where)

    keys = jnp.concatenate([taken(rotate(ring[0], -slots), in_line), k], axis=2)  # unturned, (batch, heads, context + time, d)
    values = jnp.concatenate([taken(ring[1], in_line), v], axis=2)

    pieces = -(-time // context)
    size = -(-time // pieces)
    frame = context + size  # a piece, and what stands before it
    missing = pieces * size - time
    q, *line = (jnp.pad(x, ((0, 0), (0, 0), (0, missing), (0, 0))) for x in (q, keys, values))
    starts = np.arange(pieces)[:, None] * size
    k, v = (
        x[:, :, starts + np.arange(frame)] if pieces > 1 else x[:, :, None] for x in line
    )  # (batch, heads, pieces, frame, d)
    q = q.reshape(*q.shape[:2], pieces, size, -1)
    known = starts + np.arange(frame) >= context - jnp.minimum(place, context)[:, None, None]  # (batch, pieces, frame)
    visible = band(size, frame, context) & known[:, None, :, None]
    seen = weighted(rotate(q, np.arange(context, frame)), rotate(k, np.arange(frame)), v, visible)
    seen = seen.reshape(*seen.shape[:2], pieces * size, -1)[:, :, :time]

    last = ends[:, None] + (slots - place[:, None] - ends[:, None]) % context  # where in the line each slot's newest place is
    return seen, (rotate(taken(keys, last), slots), taken(values, last))


def folded(place: jax.Array, context: int) -> jax.Array:
    """The same slot and the same lap or a later one, as a number that does not grow with the text."""
    return jnp.where(place < context, place, context + place % context)
