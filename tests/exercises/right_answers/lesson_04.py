"""Lesson 04: right answers written differently from the references, as a learner would write them, mostly with jnp."""

import jax
import jax.numpy as jnp
import numpy as np


def softmax_by_logsumexp(logits):
    return jnp.exp(logits - jax.scipy.special.logsumexp(logits, axis=-1, keepdims=True))


def softmax_from_the_ratios(logits):
    logits = jnp.asarray(logits)
    weights = jnp.exp(logits - jnp.max(logits, -1)[..., None])
    return weights / jnp.sum(weights, -1)[..., None]


def apply_temperature_from_an_argmax(logits, temperature):
    if temperature < 0 or temperature != temperature:
        raise ValueError("temperature must be >= 0")
    if temperature > 0:
        return jnp.asarray(logits) / temperature
    return jnp.log(jax.nn.one_hot(jnp.argmax(logits, axis=-1), logits.shape[-1]))


def apply_temperature_with_where(logits, temperature):
    if not temperature >= 0:
        raise ValueError(f"temperature must be >= 0, got {temperature}")
    if temperature == 0:
        likeliest = jnp.argmax(logits, axis=-1, keepdims=True)
        return jnp.where(jnp.arange(logits.shape[-1]) == likeliest, 0.0, -jnp.inf)
    return logits / temperature


def entropy_bits_with_entr(probs):
    return jax.scipy.special.entr(probs).sum(axis=-1) / jnp.log(2)


def entropy_bits_with_nan_to_num(probs):
    return -jnp.sum(jnp.nan_to_num(probs * jnp.log2(probs)), axis=-1)


def _bits(logits, temperatures):
    """Entropies (n,) of the logits at n temperatures."""
    log_probs = jax.nn.log_softmax(logits / temperatures[:, None])
    return -jnp.sum(jnp.exp(log_probs) * log_probs, axis=-1) / jnp.log(2)


def temperature_for_entropy_on_finer_and_finer_grids(logits, target_bits):
    low, high = 0.01, 100.0
    for _ in range(3):
        grid = jnp.geomspace(low, high, 100)
        above = max(1, int(jnp.argmax(_bits(logits, grid) > target_bits)))
        low, high = grid[above - 1], grid[above]
    return (low + high) / 2


def temperature_for_entropy_until_it_is_close(logits, target_bits):
    low, high = 0.0, 200.0
    while True:
        middle = (low + high) / 2
        probs = np.exp((np.asarray(logits) - max(logits)) / middle)
        probs = probs / probs.sum()
        entropy = -(probs * np.log2(probs)).sum()
        if abs(entropy - target_bits) < 1e-3:
            return middle
        low, high = (middle, high) if entropy < target_bits else (low, middle)


def gumbel_sample_from_uniform_noise(key, logits):
    uniform = jax.random.uniform(key, logits.shape)
    return jnp.argmax(logits - jnp.log(-jnp.log(uniform)), axis=-1)


RIGHT_ANSWERS = {
    "softmax": [softmax_by_logsumexp, softmax_from_the_ratios, jax.nn.softmax],
    "apply_temperature": [apply_temperature_from_an_argmax, apply_temperature_with_where],
    "entropy_bits": [entropy_bits_with_entr, entropy_bits_with_nan_to_num],
    "temperature_for_entropy": [
        temperature_for_entropy_on_finer_and_finer_grids,
        temperature_for_entropy_until_it_is_close,
    ],
    "gumbel_sample": [gumbel_sample_from_uniform_noise, jax.random.categorical],
}
