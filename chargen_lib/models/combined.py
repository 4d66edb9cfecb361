"""Models made of models: what several of them say together."""

import math
from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from chargen_lib.models.parts import split_key
from chargen_lib.models.protocol import Model, State, read, room_for, size_of, to_drop_by


class Mixture(nnx.Module):
    """The models' probabilities, averaged with the given shares: its logits are ln of the sum of share * p(next), nats.

    Its loss is never above the mean of its parts' losses, weighted with the shares: -ln is convex.
    Raises ValueError when there is not one share above 0 for each model, the shares do not sum to 1, or the models know unequally many
    characters.
    """

    def __init__(self, models: Sequence[Model], shares: Sequence[float]):
        shares = tuple(float(share) for share in shares)
        if not models or len(models) != len(shares) or not all(share > 0 for share in shares):
            raise ValueError(
                f"A Mixture takes one share above 0 for each model, got {len(models)} models and the shares {shares}."
            )
        if abs(sum(shares) - 1) > 1e-6:
            raise ValueError(f"The shares of a Mixture sum to 1, but these sum to {sum(shares):g}: divide each by their sum.")
        self.vocab_size = same_size(models)
        self.models, self.shares = nnx.List(models), shares

    def __call__(self, ids: jax.Array, *, key: jax.Array | None = None) -> jax.Array:
        keys = split_key(key, len(self.models))
        return self._mixed([model(ids, **to_drop_by(k, model.__call__)) for model, k in zip(self.models, keys, strict=True)])

    def init_state(self, batch_size: int, places: int | None = None) -> State:
        return tuple(room_for(model, batch_size, places) for model in self.models)

    def step(self, ids: jax.Array, state: State) -> tuple[jax.Array, State]:
        logits, states = zip(*(model.step(ids, its) for model, its in zip(self.models, state, strict=True)), strict=True)
        return self._mixed(logits), states

    def read(
        self, ids: jax.Array, state: State, lengths: jax.Array | None = None, *, key: jax.Array | None = None
    ) -> tuple[jax.Array, State]:
        parts = zip(self.models, state, split_key(key, len(self.models)), strict=True)
        pairs = (read(model, ids, its, lengths, k) for model, its, k in parts)
        logits, states = zip(*pairs, strict=True)
        return self._mixed(logits), states

    def _mixed(self, logits):
        log_p = jnp.stack([jax.nn.log_softmax(z) + math.log(share) for z, share in zip(logits, self.shares, strict=True)])
        return jax.nn.logsumexp(log_p, axis=0)  # (..., vocab)


class Guided(nnx.Module):
    """A model that knows a label, and the same without it, driven apart: logits = without + scale * (with_label - without).

    scale 0 is the model without, 1 the one with the label, above 1 asks harder than the label does (Ho and Salimans 2022).
    Both leave every character possible.  Raises ValueError when the scale is no finite number, or the models know unequally many characters.
    """

    def __init__(self, with_label: Model, without: Model, scale: float):
        numeric = isinstance(scale, int | float | np.number | np.ndarray | jax.Array) and not isinstance(scale, bool)
        if not numeric or np.ndim(scale) or not abs(float(scale)) <= float(np.finfo(np.float32).max):
            raise ValueError(f"scale of a Guided is a finite number, 1 for the model with its label; got {scale!r}.")
        self.vocab_size = same_size([with_label, without])
        self.with_label, self.without = with_label, without
        self.scale = nnx.data(jnp.float32(scale))  # an array, so that another scale compiles nothing anew

    def __call__(self, ids: jax.Array, *, key: jax.Array | None = None) -> jax.Array:
        label, none = split_key(key, 2)
        return self._guided(
            self.with_label(ids, **to_drop_by(label, self.with_label.__call__)),
            self.without(ids, **to_drop_by(none, self.without.__call__)),
        )

    def init_state(self, batch_size: int, places: int | None = None) -> State:
        return room_for(self.with_label, batch_size, places), room_for(self.without, batch_size, places)

    def step(self, ids: jax.Array, state: State) -> tuple[jax.Array, State]:
        label, label_state = self.with_label.step(ids, state[0])
        none, none_state = self.without.step(ids, state[1])
        return self._guided(label, none), (label_state, none_state)

    def read(
        self, ids: jax.Array, state: State, lengths: jax.Array | None = None, *, key: jax.Array | None = None
    ) -> tuple[jax.Array, State]:
        label_key, none_key = split_key(key, 2)
        label, label_state = read(self.with_label, ids, state[0], lengths, label_key)
        none, none_state = read(self.without, ids, state[1], lengths, none_key)
        return self._guided(label, none), (label_state, none_state)

    def _guided(self, label, none):
        return none + self.scale.astype(none.dtype) * (label - none)


def same_size(models: Sequence[Model]) -> int:
    """How many characters the models know.  Raises ValueError when they do not agree."""
    sizes = [size_of(model) for model in models]
    if len(set(sizes)) != 1:
        raise ValueError(f"The models know {', '.join(map(str, sizes))} characters: only models of one vocabulary go together.")
    return sizes[0]
