"""A network that is told what kind of text it reads: a label, whose row is added to the embedding of every character."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from numpy.typing import ArrayLike

from chargen_lib.models.drawing import table
from chargen_lib.models.parts import check_sizes
from chargen_lib.models.protocol import State, called_with, check_whole, read, room_for, size_of


class Labelled(nnx.Module):
    """A network with a label beside each text: where it embedded an id, it now takes embedding(id) + labels(label).

    The labels are 0 to num_labels - 1; `none`, which is num_labels, stands for a text whose label is not told, and so does no label.
    given(labels) is the same network, told.  Labels travel in the state, beside the body's, so that rows may be moved about; a search, which
    moves them for one text, takes one label.
    body: Recurrent, Transformer or PerPositionMLP, which see of an id its embedding alone; it becomes a part of this network.
    Raises ValueError for another body, less than one label, or a label that it has not; values that a jit traces cannot be looked at.
    """

    def __init__(self, body: Any, num_labels: int, labels: ArrayLike | None = None, *, rngs: nnx.Rngs | None = None):
        check_sizes("Labelled", 0.0, num_labels=num_labels)
        self.vocab_size, self.num_labels, self.none = size_of(body), num_labels, num_labels
        if not isinstance(getattr(body, "embedding", None), TwoTables):
            body.embedding = _with_labels(body, num_labels + 1, rngs)
        self.body = body
        self.labels = nnx.data(_checked(self.none if labels is None else labels, self.none))

    def given(self, labels: ArrayLike) -> "Labelled":
        """The same network, with the same weights, told one label for all texts, or (batch,) labels, one for each."""
        return Labelled(self.body, self.num_labels, labels)

    def __call__(self, ids: jax.Array, labels: ArrayLike | None = None, *, key: jax.Array | None = None) -> jax.Array:
        """The logits (batch, time, vocab) of texts (batch, time); labels: as in `given`."""
        if labels is not None:
            return self.given(labels)(ids, key=key)
        ids = called_with(ids, self.vocab_size)
        return self.read(ids, self.init_state(ids.shape[0]), key=key)[0]

    def init_state(self, batch_size: int, places: int | None = None) -> State:
        if self.labels.shape not in ((), (batch_size,)):
            raise ValueError(f"There are {len(self.labels)} labels for {batch_size} rows: give one, or one for each row.")
        return jnp.broadcast_to(self.labels, batch_size), room_for(self.body, batch_size, places)

    def step(self, ids: jax.Array, state: State) -> tuple[jax.Array, State]:
        labels, its = state
        logits, its = self.body.step(labels * self.vocab_size + ids, its)
        return logits, (labels, its)

    def read(
        self, ids: jax.Array, state: State, lengths: jax.Array | None = None, *, key: jax.Array | None = None
    ) -> tuple[jax.Array, State]:
        labels, its = state
        logits, its = read(self.body, labels[:, None] * self.vocab_size + ids, its, lengths, key)
        return logits, (labels, its)


def drop_labels(key: jax.Array, labels: jax.Array, rate: float, none: int) -> jax.Array:
    """The labels (batch,), each replaced by `none` with probability `rate`: so one network learns with and without (Ho and Salimans 2022)."""
    return jnp.where(jax.random.bernoulli(key, rate, labels.shape), none, labels)


class TwoTables(nnx.Module):
    """Embeds label * vocab_size + id: the row of the id, and the row of the label added to it."""

    def __init__(self, characters: nnx.Embed, num_labels: int, *, rngs: nnx.Rngs):
        self.characters = characters
        self.labels = nnx.Embed(num_labels, characters.features, embedding_init=table, rngs=rngs)

    def __call__(self, told: jax.Array) -> jax.Array:
        label, id = jnp.divmod(told, self.characters.num_embeddings)
        return self.characters(id) + self.labels(label)


def _with_labels(body: Any, rows: int, rngs: nnx.Rngs | None) -> TwoTables:
    embedding = getattr(body, "embedding", None)
    if not isinstance(embedding, nnx.Embed) or embedding.num_embeddings != body.vocab_size:
        raise ValueError(
            f"A label is added to embeddings, and a {type(body).__name__} has none, or a token of its own among them: take a Recurrent, a "
            "Transformer or a PerPositionMLP."
        )
    if rngs is None:
        raise ValueError("A new Labelled draws the rows of its labels: give it rngs=nnx.Rngs(0), for instance.")
    return TwoTables(embedding, rows, rngs=rngs)


def _checked(labels: ArrayLike, none: int) -> jax.Array:
    """Labels () or (batch,); ValueError, in words, for what are none."""
    wanted = f"A label is a whole number from 0 to {none - 1}, or {none} for a text whose label is not told: give one, or one for each text"
    if isinstance(labels, jax.core.Tracer):
        check_whole(labels.dtype, "labels")
    else:
        try:
            numbers = np.asarray(labels)
        except ValueError:  # rows of unequal lengths
            numbers = np.zeros(0)
        if numbers.dtype.kind not in "iu" or not ((numbers >= 0) & (numbers <= none)).all():
            raise ValueError(f"{wanted}, but not {str(labels)[:60]}.")
    if np.ndim(labels) > 1:
        raise ValueError(f"{wanted}, but these have shape {np.shape(labels)}.")
    return jnp.asarray(labels, jnp.int32)
