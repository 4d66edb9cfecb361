"""A transformer that looks back over a sliding window (Vaswani et al. 2017), with rotary positions (Su et al. 2021).

Each layer reads  x + attention(norm(x)),  then  x + mlp(norm(x)).  In every layer each place sees itself and the context - 1 places before
it, so that text of any length can be read and nothing overflows; through the layers it hears of what stands further back.

The state keeps, for each layer, the keys and values of the last `context` places in a ring: place p lies in slot p % context, and what it
overwrites is just what is no longer seen.  A key lies there turned by its place.  Its angles are whole numbers, of which 2 ** 32 are one
turn: an int32 that runs over has only gone round once more, so that distances are exact however long the text is.
"""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from chargen_lib.models.drawing import matrix, table
from chargen_lib.models.parts import check_sizes, dropped, split_key
from chargen_lib.models.protocol import State, called_with


class Transformer(nnx.Module):
    """Embed, `layers` blocks of attention and MLP, norm, linear.  Train it on windows of 2 * context: so it is used.

    The state: for each layer the pair (keys, values), each (batch, heads, slots, width / heads), with context slots or fewer (see
    init_state); and how many places were read, twice (batch,): for slots, where after the first lap it goes from context to
    2 * context - 1 round and round, and for angles, where it runs over.
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
        visible = band(ids.shape[1], ids.shape[1], self.context)
        return self._through(ids, 0, key, [lambda q, k, v: (weighted(q, k, v, visible), None)] * self.layers)[0]

    def init_state(self, batch_size: int, places: int | None = None) -> State:
        """places: how many ids will be read at most, if that is known: a ring with a slot for each then does, and is less work."""
        slots = self.context if places is None else min(self.context, places)
        empty = jnp.zeros((batch_size, self.heads, slots, self.width // self.heads))
        none = jnp.zeros(batch_size, jnp.int32)
        return tuple((empty, empty) for _ in self.blocks), none, none

    def step(self, ids: jax.Array, state: State) -> tuple[jax.Array, State]:
        rings, place, angle = state
        attentions = [partial(step_on, ring=ring, place=place) for ring in rings]
        logits, rings = self._through(ids[:, None], angle[:, None], None, attentions)
        return logits[:, 0], (rings, folded(place + 1, self.context), angle + 1)

    def read(
        self, ids: jax.Array, state: State, lengths: jax.Array | None = None, *, key: jax.Array | None = None
    ) -> tuple[jax.Array, State]:
        batch, time = ids.shape
        rings, place, angle = state
        if time == 0:
            return jnp.zeros((batch, 0, self.vocab_size)), state
        ends = jnp.full(batch, time, jnp.int32) if lengths is None else lengths
        attentions = [partial(read_on, ring=ring, place=place, ends=ends) for ring in rings]
        logits, rings = self._through(ids, angle[:, None], key, attentions)
        return logits, (rings, folded(place + ends, self.context), angle + ends)

    def _through(self, ids, start, key, attentions):
        """The logits (batch, time, vocab), and what each layer's way of attending keeps; the first ids stand at the places `start`."""
        first, *keys = split_key(key, 1 + len(self.blocks))
        places = start + np.arange(ids.shape[1], dtype=np.int32)
        angles = [x.reshape(-1, 1, *x.shape[-2:]) for x in cosines_and_sines(places, self.width // self.heads)]  # as q, k and v
        x, kept = dropped(self.embedding(ids.reshape(-1)), self.dropout, first), []  # (batch * time, width)
        for block, block_key, attend in zip(self.blocks, keys, attentions, strict=True):
            x, ring = block(x, ids.shape, angles, attend, self.dropout, block_key)
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

    def __call__(self, x, shape, angles, attend, dropout, key):
        batch, time = shape
        attention_key, mlp_key = split_key(key, 2)
        qkv = self.qkv(self.attention_norm(x)).reshape(batch, time, 3, self.heads, -1)
        q, k, v = jnp.moveaxis(qkv, (2, 3), (0, 2))  # each (batch, heads, time, head)
        seen, ring = attend(turned(q, *angles), turned(k, *angles), v)
        x = x + dropped(self.attended(seen.swapaxes(1, 2).reshape(x.shape)), dropout, attention_key)
        return x + dropped(self.mlp(nnx.gelu(self.hidden(self.mlp_norm(x)))), dropout, mlp_key), ring


def rotate(x: jax.Array, positions: jax.Array | np.ndarray, base: float = 10_000.0) -> jax.Array:
    """Turn entries i and i + d/2 of x (..., d) by positions (...) * base ** (-2 i / d): of two that are so turned only the distance counts."""
    angles = positions[..., None].astype(np.float32) * speeds(x.shape[-1], base).astype(np.float32)
    return turned(x, jnp.cos(angles), jnp.sin(angles))


def speeds(d, base=10_000.0):
    """By how much the d / 2 pairs are turned from place to place, in radians."""
    return base ** (-np.arange(d // 2) / (d // 2))


def cosines_and_sines(places, d):
    """Of the angles by which rotate turns, each (..., d / 2), for any int32."""
    turn = 2**32
    angles = places[..., None] * np.round(speeds(d) * turn / (2 * np.pi)).astype(np.int32)
    angles = angles.astype(jnp.float32) * np.float32(2 * np.pi / turn)
    both = jnp.concatenate([jnp.cos(angles), jnp.sin(angles)], axis=-1)
    # What a product gives is kept; cosines alone would be computed anew wherever one is used, for every head of every layer.
    return jnp.split(jnp.matmul(both, np.eye(d, dtype=np.float32), precision="highest"), 2, axis=-1)


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


def step_on(q, k, v, ring, place):
    """Attention of one more place in each row, its query and key turned, and the ring with it."""
    q, k, v = q[:, :, 0], k[:, :, 0], v[:, :, 0]  # (batch, heads, d)
    context = ring[0].shape[2]
    # Head by head, though all heads have one slot: written in one piece, a ring of one row would be copied at every step.
    slots = jnp.arange(len(q))[:, None], jnp.arange(q.shape[1]), place[:, None] % context
    keys, values = ring[0].at[slots].set(k), ring[1].at[slots].set(v)
    filled = jnp.arange(context) <= place[:, None, None]
    scores = jnp.where(filled, jnp.einsum("bhd,bhkd->bhk", q, keys) / q.shape[-1] ** 0.5, -jnp.inf)
    weights = jnp.exp(scores - shortened(scores, jnp.maximum).max(axis=-1, keepdims=True))
    seen = jnp.einsum("bhk,bhkd->bhd", weights, values) / shortened(weights, jnp.add).sum(axis=-1, keepdims=True)
    return seen[:, :, None], (keys, values)


def shortened(x, join):
    """Halves of each row joined again and again, until it is short: several numbers at once, where a sum or maximum takes one by one."""
    while x.shape[-1] > 32 and x.shape[-1] % 2 == 0:
        x = join(*jnp.split(x, 2, axis=-1))
    return x


def read_on(q, k, v, ring, place, ends):
    """Attention of several more places, queries and keys turned, and the ring after each row's first `ends` of them.

    The ring is laid out in a line, oldest first, the new places behind it; then piece by piece, each of at most context places, so that the
    work grows with the length and not with its square.
    """
    time, context = q.shape[2], ring[0].shape[2]
    slots = np.arange(context)
    in_line = (place[:, None] + slots) % context  # (batch, context): the slot of each, oldest first

    def taken(x, where):  # (batch, heads, n, d), (batch, m) -> (batch, heads, m, d)
        return jax.vmap(lambda row, places: jnp.take(row, places, axis=1, mode="clip"))(x, where)

    line = [jnp.concatenate([taken(old, in_line), new], axis=2) for old, new in zip(ring, (k, v), strict=True)]

    pieces = -(-time // context)
    size = -(-time // pieces)
    frame = context + size  # a piece, and what stands before it
    missing = pieces * size - time
    q, *padded = (jnp.pad(x, ((0, 0), (0, 0), (0, missing), (0, 0))) for x in (q, *line))
    starts = np.arange(pieces)[:, None] * size
    # (batch, heads, pieces, frame, d)
    k, v = (x[:, :, starts + np.arange(frame)] if pieces > 1 else x[:, :, None] for x in padded)
    q = q.reshape(*q.shape[:2], pieces, size, -1)
    known = starts + np.arange(frame) >= context - jnp.minimum(place, context)[:, None, None]  # (batch, pieces, frame)
    visible = band(size, frame, context) & known[:, None, :, None]
    seen = weighted(q, k, v, visible)
    seen = seen.reshape(*seen.shape[:2], pieces * size, -1)[:, :, :time]

    last = ends[:, None] + (slots - place[:, None] - ends[:, None]) % context  # where in the line each slot's newest place is
    return seen, tuple(taken(x, last) for x in line)


def folded(place: jax.Array, context: int) -> jax.Array:
    """The same slot and the same lap or a later one, as a number that does not grow with the text."""
    return jnp.where(place < context, place, context + place % context)
