"""Writing into a cache, as it is right and as it is written when it is wrong."""

import jax.numpy as jnp
import numpy as np


def cache_write(cache, index, row):
    if not 0 <= index < len(cache):
        raise ValueError(f"index {index} is outside the cache, which has the slots 0 to {len(cache) - 1}.")
    return written(cache, index, row)


def written(cache, place, row):
    """A copy with `row` at `place`: an index, a slice, or both axes."""
    cache = np.array(cache)
    cache[place] = row
    return cache


def unchecked(cache, index, row):
    """As .at[index].set: a negative index counts from the end, and what lies outside is dropped."""
    slots = len(cache)
    return written(cache, index, row) if -slots <= index < slots else np.array(cache)


def moved_inside(cache, index, row):
    """As jax.lax.dynamic_update_slice: a negative index counts from the end, and what lies outside is moved to the nearest slot."""
    slots = len(cache)
    return clipped(cache, index + slots if index < 0 else index, row)


def clipped(cache, index, row):
    return written(cache, min(max(index, 0), len(cache) - 1), row)


def allowed(check, write=unchecked):
    """The mistake that raises ValueError unless check(index, cache), and otherwise writes."""

    def mistaken(cache, index, row):
        if not check(index, cache):
            raise ValueError(f"index {index}")
        return write(cache, index, row)

    return mistaken


def after_a_right_check(write):
    return allowed(lambda index, cache: 0 <= index < len(cache), write)


def outside(instead):
    """The mistake that outside the cache does instead(cache, index)."""

    def mistaken(cache, index, row):
        return written(cache, index, row) if 0 <= index < len(cache) else instead(cache, index)

    return mistaken


def raises(error):
    def instead(cache, index):
        raise error

    return instead


def column(cache, index, row):
    return jnp.asarray(cache).at[:, index].set(jnp.asarray(row))


def mask_not_stood_up(cache, index, row):
    return jnp.where(jnp.arange(len(cache)) == index, jnp.asarray(row), jnp.asarray(cache))
