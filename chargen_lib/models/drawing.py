"""A network's first numbers: those that flax.nnx draws for its layers, with one compiled program for every shape.

JAX draws number by number: the first 100 of a long row are the row of 100.  So rows of one length are drawn, and cut to size by NumPy, which
compiles nothing.  To be given to a layer: nnx.Linear(2, 3, kernel_init=matrix(), rngs=rngs), nnx.Embed(2, 3, embedding_init=table, rngs=rngs).
"""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

AT_LEAST = 2**16  # numbers: so many cost next to nothing
CUT_TO = 0.87962566  # the standard deviation of normal numbers of which those beyond -2 and 2 are drawn anew


def matrix(scale: float = 1.0) -> Callable[..., jax.Array]:
    """What draws a matrix (in, out) from a key: normal numbers within two deviations, of variance scale / in (LeCun et al. 1998)."""

    def draw(key: jax.Array, shape: tuple[int, int], dtype: Any = jnp.float32) -> jax.Array:
        return _drawn(_truncated, key, shape, dtype, np.sqrt(np.float32(scale / shape[0])) / np.float32(CUT_TO))

    return draw


def table(key: jax.Array, shape: tuple[int, int], dtype: Any = jnp.float32) -> jax.Array:
    """Embeddings (ids, width): normal numbers of variance 1 / width."""
    return _drawn(_normal, key, shape, dtype, np.sqrt(np.float32(1 / shape[1])))


def _drawn(draw, key, shape, dtype, deviation):
    many = math.prod(shape)
    row = draw(key, max(AT_LEAST, 1 << (many - 1).bit_length()))
    if not isinstance(row, jax.core.Tracer):  # not inside another compiled program, or one that only asks for shapes
        row = np.asarray(row)
    return jax.device_put((row[:many].reshape(shape) * deviation).astype(dtype))


@partial(jax.jit, static_argnums=1)
def _truncated(key, many):
    return jax.random.truncated_normal(key, -2, 2, (many,))


@partial(jax.jit, static_argnums=1)
def _normal(key, many):
    return jax.random.normal(key, (many,))
