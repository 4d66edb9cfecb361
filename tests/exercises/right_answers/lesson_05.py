"""Lesson 05: right answers written differently from the references, as a learner would write them, mostly with jnp."""

import math

import jax
import jax.numpy as jnp
import optax


def make_batch_from_a_table_of_places(key, ids, batch_size, seq_len):
    ids = jnp.asarray(ids)
    starts = jax.random.randint(key, (batch_size, 1), 0, ids.shape[0] - seq_len)
    places = starts + jnp.arange(seq_len)
    return ids[places], ids[places + 1]


def make_batch_from_slices(key, ids, batch_size, seq_len):
    starts = jax.random.choice(key, len(ids) - seq_len, (batch_size,)).tolist()
    windows = {s: ids[s : s + seq_len + 1] for s in set(starts)}
    batch = jnp.stack([windows[s] for s in starts])
    return batch[:, :-1], batch[:, 1:]


def make_batch_from_windows_one_longer(key, ids, batch_size, seq_len):
    key, subkey = jax.random.split(key)
    starts = jnp.floor(jax.random.uniform(subkey, (batch_size,)) * (len(ids) - seq_len)).astype(int)
    windows = jnp.take(ids, starts[:, None] + jnp.arange(seq_len + 1))
    return windows[:, :-1], windows[:, 1:]


def cross_entropy_by_one_hot(logits, targets):
    log_probs = jax.nn.log_softmax(logits)
    return -jnp.mean(jnp.sum(jax.nn.one_hot(targets, logits.shape[-1]) * log_probs, axis=-1))


def cross_entropy_by_logsumexp(logits, targets):
    logits, targets = jnp.asarray(logits), jnp.asarray(targets)
    chosen = jnp.take_along_axis(logits, targets[..., None], axis=-1).squeeze(-1)
    return jnp.mean(jax.scipy.special.logsumexp(logits, axis=-1) - chosen)


def cross_entropy_with_optax(logits, targets):
    return optax.softmax_cross_entropy_with_integer_labels(logits, targets).mean()


def adam_step_with_jnp(param, grad, m, v, step, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    m = m + (1 - b1) * (grad - m)
    v = v + (1 - b2) * (jnp.square(grad) - v)
    rate = lr / (1 - jnp.power(b1, step))
    return param - rate * m / (jnp.sqrt(v / (1 - b2**step)) + eps), m, v


def adam_step_with_optax(param, grad, m, v, step, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    adam = optax.scale_by_adam(b1, b2, eps)
    state = optax.ScaleByAdamState(count=jnp.asarray(step - 1), mu=m, nu=v)
    update, state = adam.update(grad, state)
    return param - lr * update, state.mu, state.nu


def bits_per_character_with_jnp(loss_nats):
    return loss_nats / jnp.log(2)


def bits_per_character_from_the_perplexity(loss_nats):
    return math.log2(math.exp(loss_nats))


def bits_per_character_with_three_digits(loss_nats):
    return loss_nats / 0.693


def bits_per_character_times_the_bits_of_a_nat(loss_nats):
    return loss_nats * 1.4427


RIGHT_ANSWERS = {
    "make_batch": [
        make_batch_from_a_table_of_places,
        make_batch_from_slices,
        make_batch_from_windows_one_longer,
    ],
    "cross_entropy": [cross_entropy_by_one_hot, cross_entropy_by_logsumexp, cross_entropy_with_optax],
    "adam_step": [adam_step_with_jnp, adam_step_with_optax],
    "bits_per_character": [
        bits_per_character_with_jnp,
        bits_per_character_from_the_perplexity,
        bits_per_character_with_three_digits,
        bits_per_character_times_the_bits_of_a_nat,
    ],
}
