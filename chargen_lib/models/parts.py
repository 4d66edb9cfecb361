"""What several networks are made of: dropout by key, and the sizes that none of them can do without."""

import jax
import jax.numpy as jnp


def dropped(x: jax.Array, rate: float, key: jax.Array | None) -> jax.Array:
    """x with a share `rate` of its numbers set to 0 and the others made larger to match; without a key x itself (Srivastava 2014)."""
    if key is None or rate == 0:
        return x
    return jnp.where(jax.random.bernoulli(key, 1 - rate, x.shape), x / (1 - rate), 0)


def split_key(key: jax.Array | None, number: int) -> list[jax.Array | None]:
    """A key for each of `number` places; None for each where there is none."""
    return [None] * number if key is None else list(jax.random.split(key, number))


def check_sizes(kind: str, dropout: float, **sizes: int) -> None:
    """Raise ValueError, in words, for a size that is no whole number from 1 on, or a dropout that is no share from 0 to below 1."""
    for name, size in sizes.items():
        if not isinstance(size, int) or isinstance(size, bool) or size < 1:
            raise ValueError(f"{name} of a {kind} is a whole number, 1 or more, got {size!r}.")
    if not 0 <= dropout < 1:
        raise ValueError(f"dropout is the share of the numbers that are dropped, from 0 to below 1, got {dropout!r}.")
