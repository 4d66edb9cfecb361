"""Lesson 10: right answers written differently from the references, as a learner would write them, mostly with jnp."""

import jax
import jax.numpy as jnp
from flax import nnx


def causal_mask_of_a_triangle(time):
    return jnp.tril(jnp.ones((time, time), dtype=bool))


def causal_mask_of_places(time):
    places = jnp.arange(time)
    return places[:, None] >= places[None, :]


def attention_with_a_huge_number(queries, keys, values, mask):
    scores = jnp.einsum("...td,...sd->...ts", queries, keys) / jnp.sqrt(queries.shape[-1])
    weights = jax.nn.softmax(jnp.where(mask, scores, -1e9), axis=-1)
    return jnp.einsum("...ts,...se->...te", weights, values)


def attention_masked_late_and_normalised_again(queries, keys, values, mask):
    weights = jnp.exp(queries @ jnp.swapaxes(keys, -1, -2) * keys.shape[-1] ** -0.5) * mask
    return (weights @ values) / weights.sum(axis=-1, keepdims=True)


def rotate_by_a_whole_table(x, positions, base=10_000.0):
    d = x.shape[-1]
    rates = jnp.exp(-jnp.arange(0, d, 2) / d * jnp.log(base))
    angles = jnp.tile(jnp.outer(positions, rates), 2)  # (T, d)
    a, b = jnp.split(x, 2, axis=-1)
    return x * jnp.cos(angles) + jnp.concatenate([-b, a], axis=-1) * jnp.sin(angles)


def rotate_as_complex_numbers(x, positions, base=10_000.0):
    half = x.shape[-1] // 2
    angles = positions[:, None] / base ** (jnp.arange(half) / half)
    turned = (x[..., :half] + 1j * x[..., half:]) * jnp.exp(1j * angles)
    return jnp.concatenate([turned.real, turned.imag], axis=-1)


def layer_norm_with_jnp(x, scale, shift, eps=1e-5):
    mean = jnp.mean(x, axis=-1, keepdims=True)
    variance = jnp.mean(x**2, axis=-1, keepdims=True) - mean**2
    return scale * (x - mean) * jax.lax.rsqrt(variance + eps) + shift


def layer_norm_with_flax(x, scale, shift, eps=1e-5):
    layer = nnx.LayerNorm(x.shape[-1], epsilon=eps, rngs=nnx.Rngs(0))
    layer.scale = nnx.Param(scale)
    layer.bias = nnx.Param(shift)
    return layer(x)


def looks_ahead_in_loops(logits_fn, ids, vocab_size):
    before = logits_fn(ids[None])[0]
    for place in range(1, len(ids)):
        for other in range(vocab_size):
            after = logits_fn(ids.at[place].set(other)[None])[0]
            if jnp.max(jnp.abs(after[:place] - before[:place])) > 1e-5:
                return True
    return False


def looks_ahead_in_batches(logits_fn, ids, vocab_size):
    before = logits_fn(ids[None])
    found = False
    for place in range(len(ids)):
        batch = jnp.tile(ids, (vocab_size, 1)).at[:, place].set(jnp.arange(vocab_size))
        same = jnp.isclose(logits_fn(batch), before, rtol=0, atol=1e-5)
        found = found | ~jnp.all(same[:, :place])
    return found


RIGHT_ANSWERS = {
    "causal_mask": [causal_mask_of_a_triangle, causal_mask_of_places],
    "attention": [attention_with_a_huge_number, attention_masked_late_and_normalised_again],
    "rotate": [rotate_by_a_whole_table, rotate_as_complex_numbers],
    "layer_norm": [layer_norm_with_jnp, layer_norm_with_flax],
    "looks_ahead": [looks_ahead_in_loops, looks_ahead_in_batches],
}
