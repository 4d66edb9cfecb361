"""What every model of the course has, and what stands in where a model of your own has less."""

import inspect
import operator
from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike

State = Any  # a pytree of arrays, batch first in every leaf; () where there is nothing to remember


@runtime_checkable
class Model(Protocol):
    """What generate, beam_search, fit and evaluate ask of a model."""

    vocab_size: int

    def __call__(self, ids: jax.Array) -> jax.Array: ...
    def init_state(self, batch_size: int) -> State: ...
    def step(self, ids: jax.Array, state: State) -> tuple[jax.Array, State]: ...
    def read(self, ids: jax.Array, state: State, lengths: jax.Array | None = None) -> tuple[jax.Array, State]: ...


def read(
    model: Any, ids: jax.Array, state: State, lengths: jax.Array | None = None, key: jax.Array | None = None
) -> tuple[jax.Array, State]:
    """What model.read gives; a model of your own that has only `step` is read step by step.  A key drops, where the model drops by key."""
    if hasattr(model, "read"):
        return model.read(ids, state, lengths, **to_drop_by(key, model.read))
    return read_by_steps(model, ids, state, lengths)


def room_for(model: Any, batch_size: int, places: int | None) -> State:
    """What model.init_state gives.  A model that takes `places` too need not have room for more ids than so many, None: any number."""
    takes_them = "places" in inspect.signature(model.init_state).parameters
    return model.init_state(batch_size, places=places) if takes_them else model.init_state(batch_size)


def to_drop_by(key: jax.Array | None, method: Callable) -> dict[str, jax.Array]:
    """The key as the keyword by which a method of a model drops; nothing where there is no key, or the method takes none."""
    return {} if key is None or "key" not in inspect.signature(method).parameters else {"key": key}


def read_by_steps(model: Any, ids: jax.Array, state: State, lengths: jax.Array | None = None) -> tuple[jax.Array, State]:
    """The logits after every id, (batch, time, vocab), and the state after each row's first lengths[row] ids.

    One step at a time.  What stands behind a row's length is read, but does not reach its state; without lengths all is read.
    """

    def one(state, column):
        place, column_ids = column
        logits, new = model.step(column_ids, state)
        return (new if lengths is None else keep_rows(place < lengths, new, state)), logits

    state, logits = jax.lax.scan(one, state, (jnp.arange(ids.shape[1]), ids.T))  # logits (time, batch, vocab)
    return logits.swapaxes(0, 1), state


def keep_rows(rows: jax.Array, new: State, old: State) -> State:
    """The new state in the rows that are True, the old one in the others: rows (batch,), and batch first in every leaf."""

    def choose(n, o):
        return jnp.where(rows.reshape(-1, *[1] * (n.ndim - 1)), n, o)

    return jax.tree.map(choose, new, old)


def size_of(model: Any) -> int:
    """How many characters the model knows.  Raises ValueError, in words, for what is no model, a class that none was made of for instance."""
    kind = model if isinstance(model, type) else type(model)
    try:
        if kind is not model:
            return operator.index(model.vocab_size)
    except (AttributeError, TypeError):
        pass
    got = f"the class {kind.__name__}: make a model of it first" if kind is model else kind.__name__
    raise ValueError(f"A model has vocab_size, and init_state and step or a whole call besides, but this is {got}.")


def called_with(ids: ArrayLike, vocab_size: int, any_shape: bool = False) -> jax.Array:
    """The ids (batch, time) of a whole call; ValueError, in words, for what are none.  Values that a jit traces cannot be looked at."""
    if isinstance(ids, jax.core.Tracer):
        check_whole(ids.dtype, "a call")
    else:
        check_ids(ids, vocab_size, "a call")
        ids = jnp.asarray(ids)
    if ids.ndim != 2 and not any_shape:
        raise ValueError(
            f"A model is called with ids of shape (batch, time), but these have shape {ids.shape}: ids[None] is a batch of one."
        )
    return ids


def check_ids(ids: ArrayLike, vocab_size: int, what: str) -> None:
    """Raise ValueError, in words, when `ids` are not whole numbers from 0 to vocab_size - 1: JAX itself would not say so."""
    if isinstance(ids, str) or (isinstance(ids, (list, tuple)) and any(isinstance(item, str) for item in ids)):
        raise ValueError(f"The ids of {what} are a text: encode it first, vocabulary.encode(text).")
    try:
        ids = np.asarray(ids)  # NumPy compiles nothing for a new length
    except ValueError:
        raise ValueError(
            f"The ids of {what} are rows of unequal lengths: give one row, or rows that are equally long."
        ) from None
    check_whole(ids.dtype, what)
    if ids.size and (int(ids.min()) < 0 or int(ids.max()) >= vocab_size):
        raise ValueError(
            f"The ids of {what} run from {int(ids.min())} to {int(ids.max())}, but this model knows 0 to {vocab_size - 1}: encode the "
            "text with the vocabulary that the model was made for."
        )


def check_whole(dtype: Any, what: str) -> None:
    if not jnp.issubdtype(dtype, jnp.integer):
        raise ValueError(f"The ids of {what} must be whole numbers, but they are {dtype}: Vocabulary.encode makes them.")
