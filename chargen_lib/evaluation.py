"""How well a model guesses: the mean next-character loss on a whole text, and a quicker look on the way."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax

from chargen_lib.models import Model, check_ids, keep_rows, read, size_of, to_drop_by
from chargen_lib.text import whole_number

STRIPES = 64  # pieces of the text that a look reads side by side
WARM = 64  # characters that a look reads before each stripe, and does not count
ROWS_AT_ONCE = 64  # windows that evaluate reads side by side


def evaluate(model: Model, ids: jax.Array, *, seq_len: int = 256, fresh: bool = False) -> float:
    """The mean next-character loss over all n - 1 pairs of ids (n,), nats.

    The state is carried through the whole text, seq_len characters at a time: the number is the same for every seq_len.
    fresh: each window of seq_len characters begins from nothing instead, as some publish it; a model of your own that has only __call__
    can be judged in no other way.
    Raises ValueError for fewer than two characters or ids that are not the model's.
    """
    seq_len = whole_number("seq_len", seq_len)
    check_text(ids, model, "the text", None)
    fresh = fresh or not remembers(model)
    return float(_evaluate(model, jnp.asarray(ids), min(seq_len, len(ids) - 1), fresh))


def remembers(model: Model) -> bool:
    """Whether a model can be read piece by piece: a class of your own may have __call__ alone."""
    return hasattr(model, "init_state") and (hasattr(model, "read") or hasattr(model, "step"))


def next_char_loss(model: Model, inputs: jax.Array, targets: jax.Array, key: jax.Array | None = None) -> jax.Array:
    """-ln p(target) at every place, nats: (batch, time), (batch, time) -> (batch, time).  A key drops, where the model drops by key."""
    return surprise(model(inputs, **to_drop_by(key, model.__call__)), targets)


class Look:
    """The held-out loss as it is measured on the way: stripes of ids (n,) side by side, each warmed by the characters before it.

    It reads at most about `most` characters, all of a shorter text, seq_len of each stripe at a time.
    """

    def __init__(self, ids: jax.Array, seq_len: int, most: int):
        pairs = len(ids) - 1
        rows = min(STRIPES, pairs, most)
        length = -(-min(pairs, most) // rows)
        rows = -(-pairs // length) if pairs <= most else rows  # of the whole text the last stripe may be shorter
        starts = np.arange(rows) * length if pairs <= most else np.linspace(0, pairs - length, rows).astype(int)
        warm = min(WARM, length)
        self.warm = ids[
            np.maximum(starts[:, None] + np.arange(-warm, 0), 0)
        ]  # (rows, warm); none stands before the first stripe
        places = starts[:, None] + np.arange(length)  # (rows, length)
        self.ids = ids[np.minimum(places, pairs - 1)], ids[np.minimum(places + 1, pairs)]
        self.counted = jax.device_put(places < pairs)
        self.seq_len = seq_len

    def __call__(self, model: Model) -> float:
        return float(_look(model, self.warm, *self.ids, self.counted, self.seq_len, remembers(model)))


def surprise(logits: jax.Array, targets: jax.Array) -> jax.Array:
    """-ln p(target), nats, by logits (..., vocab): the shape of targets."""
    logits = logits.astype(jnp.float32)  # a sum of many losses in bfloat16 would be rounded away
    return optax.softmax_cross_entropy_with_integer_labels(logits, targets)


@partial(jax.jit, static_argnames=("seq_len", "fresh"))
def _evaluate(model, ids, seq_len, fresh):
    pairs = len(ids) - 1
    rows = -(-pairs // seq_len)

    def cut(row_ids):  # the last row is filled up with zeros, which are not counted
        return jnp.pad(row_ids, (0, rows * seq_len - pairs)).reshape(rows, seq_len)

    counted = jnp.arange(rows * seq_len).reshape(rows, seq_len) < pairs
    windows = cut(ids[:-1]), cut(ids[1:]), counted
    if fresh:

        def window_loss(window):
            inputs, targets, count = window
            return jnp.sum(next_char_loss(model, inputs[None], targets[None])[0] * count)

        return jax.lax.map(window_loss, windows, batch_size=min(ROWS_AT_ONCE, rows)).sum() / pairs

    def read_on(state, window):
        inputs, targets, count = window
        logits, state = read(model, inputs[None], state)
        return state, jnp.sum(surprise(logits, targets[None])[0] * count)

    return jax.lax.scan(read_on, model.init_state(1), windows)[1].sum() / pairs


@partial(jax.jit, static_argnames=("seq_len", "carried"))
def _look(model, warm, inputs, targets, counted, seq_len, carried):
    rows, length = inputs.shape
    pieces = -(-length // seq_len)
    width = -(-length // pieces)

    def cut(places):  # (rows, length) -> (pieces, rows, width); what is missing at the end is not counted
        return jnp.pad(places, ((0, 0), (0, pieces * width - length))).reshape(rows, pieces, width).swapaxes(0, 1)

    def read_on(state, window):
        inputs, targets, count = window
        logits, state = read(model, inputs, state) if carried else (model(inputs), state)
        return state, jnp.sum(surprise(logits, targets) * count)

    state = ()
    if carried:
        nothing = model.init_state(rows)
        state = keep_rows(jnp.arange(rows) > 0, read(model, warm, nothing)[1], nothing)
    return jax.lax.scan(read_on, state, (cut(inputs), cut(targets), cut(counted)))[1].sum() / counted.sum()


def check_text(ids: jax.Array, model: Model, what: str, seq_len: int | None) -> None:
    check_ids(ids, size_of(model), what)
    shape = np.shape(ids)
    if len(shape) != 1 or shape[0] < 2:
        raise ValueError(
            f"{what.capitalize()} must be one row of at least two ids, but it has shape {shape}: there is no pair of a character and "
            "the next one in it."
        )
    if seq_len is not None and not 1 <= seq_len < len(ids):
        raise ValueError(
            f"seq_len must be at least 1 and smaller than {what} ({len(ids)} characters), so that a window and the character after "
            f"it fit; got {seq_len}."
        )
