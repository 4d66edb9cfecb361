"""Rotary positions, as they are right and as they are written when they are wrong."""

import jax.numpy as jnp
import numpy as np


def rates(d, base):
    """How far each pair is turned from one place to the next: (d / 2,) radians."""
    return float(base) ** (-2 * np.arange(d // 2) / d)


def halves(x):
    x = np.asarray(x, dtype=float)
    half = x.shape[-1] // 2
    return x[..., :half], x[..., half:]


def angles_of(x, positions, base):
    return np.asarray(positions)[:, None] * rates(np.shape(x)[-1], base)  # (T, d / 2)


def turn(pairs, angles):
    a, b = pairs
    return a * np.cos(angles) - b * np.sin(angles), a * np.sin(angles) + b * np.cos(angles)


def rotate(x, positions, base=10_000.0):
    return np.concatenate(turn(halves(x), angles_of(x, positions, base)), axis=-1)


def other_angles(angles):
    """The right turn by other angles: angles(positions (T, 1), i (d / 2,), d, base)."""

    def mistaken(x, positions, base=10_000.0):
        d = np.shape(x)[-1]
        return np.concatenate(turn(halves(x), angles(np.asarray(positions)[:, None], np.arange(d // 2), d, base)), axis=-1)

    return mistaken


def other_turn(turned):
    """Other numbers from the right pairs: turned(a, b, cos, sin) -> two arrays of halves."""

    def mistaken(x, positions, base=10_000.0):
        angles = angles_of(x, positions, base)
        return np.concatenate(turned(*halves(x), np.cos(angles), np.sin(angles)), axis=-1)

    return mistaken


def woven(a, b):
    """Entry 0 of a, entry 0 of b, entry 1 of a, ..."""
    return np.stack([a, b], axis=-1).reshape(*a.shape[:-1], -1)


def neighbours(x, positions, base=10_000.0):
    x = np.asarray(x, dtype=float)
    return woven(*turn((x[..., ::2], x[..., 1::2]), angles_of(x, positions, base)))


def neighbours_to_halves(x, positions, base=10_000.0):
    x = np.asarray(x, dtype=float)
    return np.concatenate(turn((x[..., ::2], x[..., 1::2]), angles_of(x, positions, base)), axis=-1)


def halves_to_neighbours(x, positions, base=10_000.0):
    return woven(*turn(halves(x), angles_of(x, positions, base)))


def one_after_the_other(a, b, cos, sin):
    a = a * cos - b * sin
    return a, a * sin + b * cos


def growing(x, positions, base=10_000.0):
    """In 32 bits, as the angles are huge, and rounded as whoever writes it has them rounded."""
    half = np.shape(x)[-1] // 2
    angles = jnp.asarray(positions)[:, None] * base ** (2 * jnp.arange(half) / np.shape(x)[-1])
    a, b = jnp.asarray(x)[..., :half], jnp.asarray(x)[..., half:]
    cos, sin = jnp.cos(angles), jnp.sin(angles)
    return jnp.concatenate([a * cos - b * sin, a * sin + b * cos], axis=-1)


def an_angle_each(x, positions, base=10_000.0):
    """The rates run on over all d entries, where both of a pair have one."""
    d = np.shape(x)[-1]
    angles = np.asarray(positions)[:, None] * float(base) ** (-np.arange(d) / d)
    a, b = halves(x)
    return np.concatenate([a, b], axis=-1) * np.cos(angles) + np.concatenate([-b, a], axis=-1) * np.sin(angles)


def joined(join):
    """The right numbers, put together in another way: join(the first half, the second)."""
    return lambda x, positions, base=10_000.0: join(*turn(halves(x), angles_of(x, positions, base)))


def one_half(x, positions, base=10_000.0):
    return turn(halves(x), angles_of(x, positions, base))[0]


def added(x, positions, base=10_000.0):
    angles = angles_of(x, positions, base)
    return np.asarray(x, dtype=float) + np.concatenate([np.sin(angles), np.cos(angles)], axis=-1)


def positions_not_stood_up(x, positions, base=10_000.0):
    angles = jnp.asarray(positions) * jnp.asarray(rates(np.shape(x)[-1], base))
    a, b = map(jnp.asarray, halves(x))
    return jnp.concatenate([a * jnp.cos(angles) - b * jnp.sin(angles), a * jnp.sin(angles) + b * jnp.cos(angles)], axis=-1)
