"""What fit reads of a text at each step, and the loss there: random windows, or rows that walk through the text."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np

from chargen_lib.evaluation import next_char_loss, surprise
from chargen_lib.generation import checked_key
from chargen_lib.models import Model, State, keep_rows, read
from chargen_lib.text import whole_number


def draw_batch(key: jax.Array, ids: jax.Array, batch_size: int, seq_len: int) -> tuple[jax.Array, jax.Array]:
    """Random windows of ids (n,): inputs and targets, both (batch_size, seq_len), the targets one character ahead.

    Every window that has its last target inside the text is equally likely.  Raises ValueError for what is no key, or a size without meaning.
    """
    key, batch_size = checked_key(key), whole_number("batch_size", batch_size)
    seq_len = whole_number("seq_len", seq_len, 1, len(ids) - 1)
    starts = jax.random.randint(key, (batch_size, 1), 0, len(ids) - seq_len)
    windows = ids[starts + jnp.arange(seq_len + 1)]  # (batch, seq_len + 1)
    return windows[:, :-1], windows[:, 1:]


@dataclass(frozen=True)
class Windows:
    """draw_batch with its sizes, for minimise: equal sizes are equal, so that what was compiled for one serves the other."""

    batch_size: int
    seq_len: int

    def __call__(self, key: jax.Array, ids: jax.Array) -> tuple[jax.Array, jax.Array]:
        return draw_batch(key, ids, self.batch_size, self.seq_len)


def window_loss(model: Model, batch: tuple[jax.Array, jax.Array], key: jax.Array) -> jax.Array:
    """The mean next-character loss of a batch of windows, nats: what fit minimises."""
    return next_char_loss(model, *batch, key).mean()


@dataclass(frozen=True)
class Walk:
    """What rows that walk through a text read from, for minimise: the whole of it, and how far ahead of its place each row looks."""

    seq_len: int

    def __call__(self, key: jax.Array, ids: jax.Array) -> tuple[jax.Array, jax.Array]:
        return ids, jnp.arange(self.seq_len + 1)


def first_place(model: Model, length: int, batch_size: int) -> tuple[jax.Array, State]:
    """Where the rows of a walk begin: the first character of each of batch_size stripes of a text, (batch,), and the state before it."""
    starts = np.arange(batch_size, dtype=np.int64) * length // batch_size
    return jax.device_put(starts.astype(np.int32)), model.init_state(batch_size)


def walk_loss(
    model: Model, batch: tuple[jax.Array, jax.Array], key: jax.Array, place: tuple[jax.Array, State]
) -> tuple[jax.Array, tuple[jax.Array, State]]:
    """The mean next-character loss of each row's next piece, nats, and the place after it: what fit minimises with carry=True.

    A row with too little text before it begins at the first character again, from nothing.  The gradient ends at the piece's edge: the
    state came from an earlier step, and is a number here like any other.
    """
    (ids, ahead), (starts, state) = batch, place
    at_end = starts + len(ahead) > len(ids)
    starts = jnp.where(at_end, 0, starts)
    state = keep_rows(at_end, model.init_state(len(starts)), state)
    pieces = ids[starts[:, None] + ahead]  # (batch, seq_len + 1)
    logits, state = read(model, pieces[:, :-1], state, key=key)
    return surprise(logits, pieces[:, 1:]).mean(), (starts + len(ahead) - 1, state)
