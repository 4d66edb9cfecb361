"""Lesson 13: right answers written differently from the references, as a learner would write them, mostly with jnp."""

import functools
import math

import jax
import jax.numpy as jnp


def with_label_looked_up(x, labels, table):
    return x + table[labels][:, None]


def with_label_repeated(x, labels, table):
    batch, time, d = x.shape
    return x + jnp.repeat(jnp.take(table, labels, axis=0), time, axis=0).reshape(batch, time, d)


def with_label_by_one_hot(x, labels, table):
    return x + jnp.einsum("bk,kd->bd", jax.nn.one_hot(labels, table.shape[0]), table)[:, jnp.newaxis, :]


def with_label_row_by_row(x, labels, table):
    return jax.vmap(lambda row, label: row + table[label])(x, labels)


def with_label_in_a_loop(x, labels, table):
    for b, label in enumerate(labels):
        x = x.at[b].add(table[label])
    return x


def information_of_the_ratio(joint):
    p = joint / joint.sum()
    independent = p.sum(axis=1, keepdims=True) * p.sum(axis=0, keepdims=True)
    ratio = jnp.where(p > 0, p / jnp.where(p > 0, independent, 1), 1)
    return jnp.sum(p * jnp.log2(ratio))


def information_of_three_entropies(joint):
    def entropy(p):
        return -jnp.sum(p * jnp.log2(jnp.where(p > 0, p, 1)))

    p = joint / joint.sum()
    return float(entropy(p.sum(axis=0)) + entropy(p.sum(axis=1)) - entropy(p))


def information_of_what_is_left(joint):
    """H(column) - H(column given row), each row by itself."""

    def entropy(counts):
        return sum(n / counts.sum() * jnp.log2(counts.sum() / n) for n in counts if n > 0)

    left = sum(row.sum() / joint.sum() * entropy(row) for row in joint)
    return entropy(joint.sum(axis=0)) - left


def information_in_a_loop(joint):
    table = joint.tolist()
    total = math.fsum(map(math.fsum, table))
    columns = [math.fsum(column) for column in zip(*table, strict=True)]
    bits = 0.0
    for row in table:
        for n, column in zip(row, columns, strict=True):
            if n:
                bits += n / total * math.log2(n * total / (math.fsum(row) * column))
    return bits


def information_with_nansum(joint):
    p = joint / joint.sum()
    return jnp.nansum(p * (jnp.log(p) - jnp.log(jnp.outer(p.sum(1), p.sum(0))))) / jnp.log(2)


def information_with_the_library_of_jax(joint):
    p = joint / jnp.sum(joint)
    return jax.scipy.special.rel_entr(p, jnp.outer(p.sum(axis=1), p.sum(axis=0))).sum() / math.log(2)


def drop_with_where(key, labels, rate, none_id):
    return jnp.where(jax.random.bernoulli(key, rate, labels.shape), none_id, labels)


def drop_with_uniform_numbers(key, labels, rate, none_id):
    return labels.at[jax.random.uniform(key, labels.shape) < rate].set(none_id)


def drop_by_arithmetic(key, labels, rate, none_id):
    dropped = jax.random.bernoulli(key, p=rate, shape=(len(labels),)).astype(int)
    return dropped * none_id + (1 - dropped) * labels


def drop_in_a_list(key, labels, rate, none_id):
    dropped = jax.random.bernoulli(key, rate, labels.shape)
    return jnp.array([none_id if gone else int(label) for gone, label in zip(dropped, labels, strict=True)])


def guide_without_normalising_first(conditional, unconditional, scale):
    return jax.nn.log_softmax(unconditional + scale * (conditional - unconditional))


def guide_by_two_weights(conditional, unconditional, scale):
    c, u = jax.nn.log_softmax(conditional), jax.nn.log_softmax(unconditional)
    guided = scale * c + (1 - scale) * u
    return guided - jax.nn.logsumexp(guided, axis=-1, keepdims=True)


def guide_from_the_conditional(conditional, unconditional, scale):
    c, u = (x - jax.scipy.special.logsumexp(x, axis=-1)[..., None] for x in (conditional, unconditional))
    return jax.nn.log_softmax(c + (scale - 1) * (c - u), axis=-1)


def posterior_of_sums(log_likelihoods, prior):
    return jax.nn.softmax(log_likelihoods + jnp.log(prior))


def posterior_by_the_evidence(log_likelihoods, prior):
    sums = jnp.log(prior) + log_likelihoods
    return jnp.exp(sums - functools.reduce(jnp.logaddexp, sums))


def posterior_of_the_possible(log_likelihoods, prior):
    possible = jnp.where(prior > 0, log_likelihoods, -jnp.inf)
    weights = prior * jnp.exp(possible - possible.max())
    return weights / weights.sum()


def posterior_in_a_loop(log_likelihoods, prior):
    pairs = list(zip(log_likelihoods.tolist(), prior.tolist(), strict=True))
    largest = max(ll for ll, p in pairs if p > 0)
    weights = [p * math.exp(ll - largest) if p > 0 else 0.0 for ll, p in pairs]
    return jnp.array([w / sum(weights) for w in weights])


RIGHT_ANSWERS = {
    "with_label": [
        with_label_looked_up,
        with_label_repeated,
        with_label_by_one_hot,
        with_label_row_by_row,
        with_label_in_a_loop,
    ],
    "mutual_information": [
        information_of_the_ratio,
        information_of_three_entropies,
        information_of_what_is_left,
        information_in_a_loop,
        information_with_nansum,
        information_with_the_library_of_jax,
    ],
    "drop_labels": [drop_with_where, drop_with_uniform_numbers, drop_by_arithmetic, drop_in_a_list],
    "guide": [guide_without_normalising_first, guide_by_two_weights, guide_from_the_conditional],
    "label_posterior": [posterior_of_sums, posterior_by_the_evidence, posterior_of_the_possible, posterior_in_a_loop],
}
