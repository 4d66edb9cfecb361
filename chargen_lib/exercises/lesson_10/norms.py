"""Layer normalisation, as it is right and as it is written when it is wrong."""

import jax.numpy as jnp
import numpy as np


def layer_norm(x, scale, shift, eps=1e-5):
    x = np.asarray(x, dtype=float)
    away = x - x.mean(axis=-1, keepdims=True)
    variance = (away**2).mean(axis=-1, keepdims=True)
    return away / np.sqrt(variance + eps) * scale + shift


def normed(wrong):
    """The mistake wrong(x, mean, variance, eps) in the normalising; scale and shift are right."""

    def mistaken(x, scale, shift, eps=1e-5):
        x = np.asarray(x, dtype=float)
        mean, variance = x.mean(axis=-1, keepdims=True), x.var(axis=-1, keepdims=True)
        with np.errstate(all="ignore"):
            return wrong(x, mean, variance, eps) * scale + shift

    return mistaken


def no_brackets(x, scale, shift, eps=1e-5):
    x = np.asarray(x, dtype=float)
    return x - x.mean(axis=-1, keepdims=True) / np.sqrt(x.var(axis=-1, keepdims=True) + eps) * scale + shift


def afterwards(wrong):
    """The mistake wrong(what is normalised rightly, scale, shift)."""
    return lambda x, scale, shift, eps=1e-5: wrong(layer_norm(x, 1, 0, eps), scale, shift)


def over(axis):
    """The mistake of a mean and a variance over another axis, or several."""

    def mistaken(x, scale, shift, eps=1e-5):
        x = jnp.asarray(x)  # its errors, too, are those of whoever works with JAX
        return (x - x.mean(axis, keepdims=True)) / jnp.sqrt(x.var(axis, keepdims=True) + eps) * scale + shift

    return mistaken


def lost_axes(x, mean, variance, eps):
    return (x - mean[..., 0]) / np.sqrt(variance[..., 0] + eps)


def lost_axis_of_the_variance(x, mean, variance, eps):
    return (x - mean) / np.sqrt(variance[..., 0] + eps)
