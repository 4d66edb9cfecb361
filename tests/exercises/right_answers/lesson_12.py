"""Lesson 12: right answers written differently from the references, as a learner would write them, mostly with jnp."""

import itertools
import math
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np


def write_with_a_carry(step, first_id, state, key, num_chars):
    def body(carry, use):
        id_, state = carry
        logits, state = step(id_, state)
        id_ = jax.random.categorical(use, logits)
        return (id_, state), id_

    _, ids = jax.lax.scan(body, (first_id, state), jax.random.split(key, num_chars))
    return ids


def write_with_the_first_step_before_the_scan(step, first_id, state, key, num_chars):
    """Its key t is folded in: the same as split(key, num_chars)[t]."""

    def body(carry, t):
        logits, state = carry
        id_ = jax.random.categorical(jax.random.fold_in(key, t), jax.nn.log_softmax(logits))
        return step(id_, state), id_

    return jax.lax.scan(body, step(jnp.int32(first_id), state), jnp.arange(num_chars))[1]


def accept_with_jnp(p, q, drafted):
    return jnp.minimum(1, p / q)[drafted]


def accept_by_cases(p, q, drafted):
    if p[drafted] >= q[drafted]:
        return 1.0
    return float(p[drafted]) / float(q[drafted])


def accept_of_the_smaller(p, q, drafted):
    return (jnp.minimum(p, q) / q)[drafted]


def leftover_with_where(p, q):
    above = jnp.maximum(p - q, 0)
    return jnp.where(above.sum() > 0, above / above.sum(), p)


def leftover_by_the_overlap(p, q):
    overlap = jnp.minimum(p, q)
    if jnp.allclose(p, q):
        return p
    return (p - overlap) / (1 - overlap.sum())


def leftover_in_a_list(p, q):
    above = [max(a - b, 0.0) for a, b in zip(p.tolist(), q.tolist(), strict=True)]
    total = math.fsum(above)
    return jnp.array([a / total for a in above]) if total else p


def accepted_in_a_loop(uniforms, p, q, drafted):
    for t, (u, i) in enumerate(zip(uniforms, drafted, strict=True)):
        if u >= p[t, i] / q[t, i]:
            return t
    return len(drafted)


def accepted_by_a_product(uniforms, p, q, drafted):
    take = partial(jnp.take_along_axis, indices=drafted[:, None], axis=1)
    kept = uniforms < jnp.minimum(1, take(p) / take(q))[:, 0]
    return jnp.cumprod(kept).sum()


def accepted_without_dividing(uniforms, p, q, drafted):
    one_hot = jax.nn.one_hot(drafted, p.shape[1])
    kept = uniforms * (q * one_hot).sum(axis=1) < (p * one_hot).sum(axis=1)
    return len(list(itertools.takewhile(bool, kept)))


def accepted_with_a_guard(uniforms, p, q, drafted):
    places = np.arange(len(drafted))
    kept = uniforms < p[places, drafted] / q[places, drafted]
    return int(jnp.argmin(jnp.append(kept, False)))


def expected_by_cases(acceptance, draft_length):
    if acceptance == 1:
        return draft_length + 1
    return (1 - acceptance ** (draft_length + 1)) / (1 - acceptance)


def expected_as_a_sum(acceptance, draft_length):
    return sum(acceptance**i for i in range(draft_length + 1))


def expected_with_jnp(acceptance, draft_length):
    return jnp.sum(jnp.power(acceptance, jnp.arange(draft_length + 1)))


def expected_by_horner(acceptance, draft_length):
    length = 1.0
    for _ in range(draft_length):
        length = 1 + acceptance * length
    return length


RIGHT_ANSWERS = {
    "write_in_scan": [write_with_a_carry, write_with_the_first_step_before_the_scan],
    "accept_probability": [accept_with_jnp, accept_by_cases, accept_of_the_smaller],
    "leftover": [leftover_with_where, leftover_by_the_overlap, leftover_in_a_list],
    "accepted_length": [accepted_in_a_loop, accepted_by_a_product, accepted_without_dividing, accepted_with_a_guard],
    "expected_length": [expected_by_cases, expected_as_a_sum, expected_with_jnp, expected_by_horner],
}
