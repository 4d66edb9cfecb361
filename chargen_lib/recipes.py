"""How a network is trained here: the steps' directions, and how long each may be.

The inner matrices go by Muon (Jordan et al. 2024): from the averaged gradient only the directions are kept, all equally long, and the
matrix is made a little smaller at each step, which on a small text is worth more than anything else.  Embedding, output, and all that is no matrix
go by Adam (Kingma and Ba 2015; with Nesterov's look ahead, Dozat 2016).  The gradient is clipped, the steps grow for a while and then shrink to almost nothing.

    fit(model, ids, optimizer=recipe(), ...)
"""

from collections.abc import Callable
from functools import cache

import jax
import jax.numpy as jnp
import optax
from optax.contrib import MuonDimensionNumbers, muon


def recipe(
    learning_rate: float = 0.03, decay: float = 0.2, rest: float = 5e-3, clip: float = 1.0
) -> optax.GradientTransformationExtraArgs:
    """The optimizer of the course's larger networks.  Equal settings give the same object, for which nothing is compiled twice.

    learning_rate  the longest step of Muon, for the inner matrices
    decay          how much of an inner matrix a step takes away: learning_rate * decay of it, at the longest step
    rest           the longest step of Adam, for all else
    clip           the norm above which a gradient is made shorter

    How long a step is depends on the share of the training that is done, which fit and minimise tell, and in a loop of your own you:
    optimizer.update(model, gradients, share_done=0.3).  So a longer training is the same program.
    """
    return _built(learning_rate, decay, rest, clip)


@cache
def _built(learning_rate, decay, rest, clip):
    return optax.chain(
        optax.clip_by_global_norm(clip),
        muon(
            learning_rate,
            ns_steps=4,
            weight_decay=decay,
            adam_learning_rate=rest,
            adam_b2=0.99,
            muon_weight_dimension_numbers=inner_matrices,
        ),
        scale_by_share_done(step_length),
    )


def step_length(share_done: jax.Array, warm_up: float = 0.05, last: float = 0.02) -> jax.Array:
    """The length of a step, as a share of the longest: a straight line up until `warm_up`, then half a cosine down to `last`."""
    down = (share_done - warm_up) / (1 - warm_up)
    cosine = last + (1 - last) * (1 + jnp.cos(jnp.pi * jnp.clip(down, 0, 1))) / 2
    return jnp.minimum(share_done / warm_up, cosine)


def scale_by_share_done(length: Callable[[jax.Array], jax.Array]) -> optax.GradientTransformationExtraArgs:
    """Multiply each update by length(share_done), a schedule that knows no number of steps."""

    def update(updates, state, params=None, *, share_done=None, **_others):
        if share_done is None:
            raise TypeError(
                "The steps of this recipe depend on the share of the training that is done: give it, from 0 to 1, as in "
                "optimizer.update(model, gradients, share_done=0.3). fit and minimise do."
            )
        return jax.tree.map(lambda u: u * length(share_done), updates), state

    return optax.GradientTransformationExtraArgs(optax.init_empty_state, update)


def inner_matrices(params):
    """Muon's share of the parameters: the matrices, but for those of a part called embedding or output; None stands for the others."""

    def of(path, leaf):
        outer = {"embedding", "output"} & set(jax.tree_util.keystr(path, simple=True, separator=".").split("."))
        return MuonDimensionNumbers() if jnp.ndim(leaf) == 2 and not outer else None

    return jax.tree.map_with_path(of, params)
