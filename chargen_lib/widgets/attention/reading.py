"""A transformer read once more, its weights kept, with or without its mask and its positions."""

import jax
import jax.numpy as jnp
from flax import nnx

from chargen_lib.models import Transformer
from chargen_lib.models.transformer import cosines_and_sines

SETTINGS = ((True, True), (True, False), (False, True), (False, False))  # (mask, positions), in the order of all that is kept


def read_with_weights(model: Transformer, ids: jax.Array, visible: jax.Array, places: jax.Array) -> tuple[jax.Array, jax.Array]:
    """The logits (batch, time, vocab) and the attention weights (batch, layers, heads, time, time) of a text read from nothing.

    ids: (batch, time), of at most context places.  visible: (batch, time, time), True where a row's place may see a column's.
    places: (batch, time), what queries and keys are turned by.  The model's own parts do all but this one step between queries and values, so
    that with the causal mask and the places 0, 1, 2, ... the logits are model(ids).
    """

    def attend(q, k, v):  # queries and keys already turned, each (batch, heads, time, d)
        scores = jnp.einsum("bhqd,bhkd->bhqk", q, k) / q.shape[-1] ** 0.5
        weights = jax.nn.softmax(jnp.where(visible[:, None], scores, -jnp.inf))
        return weights @ v, weights

    angles = [x[:, None] for x in cosines_and_sines(places, model.width // model.heads)]
    x, kept = model.embedding(ids.reshape(-1)), []  # (batch * time, width)
    for block in model.blocks:
        x, weights = block(x, ids.shape, angles, attend, 0.0, None)
        kept.append(weights)
    return model.output(model.norm(x)).reshape(*ids.shape, -1), jnp.stack(kept, axis=1)


@nnx.jit
def read_four_ways(model: Transformer, ids: jax.Array) -> tuple[jax.Array, jax.Array]:
    """The same for one text, ids (time,), in all four SETTINGS: logits (4, time, vocab), weights (4, layers, heads, time, time).

    Without its mask each place sees the whole text; without positions nothing is turned, so that every distance looks like 0.
    """
    time = len(ids)
    causal, all_places = jnp.tril(jnp.ones((time, time), bool)), jnp.arange(time)
    visible = jnp.stack([causal | (not mask) for mask, _ in SETTINGS])
    places = jnp.stack([all_places * positions for _, positions in SETTINGS])
    return read_with_weights(model, jnp.broadcast_to(ids, (len(SETTINGS), time)), visible, places)
