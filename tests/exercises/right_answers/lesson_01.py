"""Lesson 01: right answers written differently from the references, as a learner would write them, mostly with jnp."""

import itertools
import math

import jax
import jax.numpy as jnp


def encode_with_a_dictionary(text, characters):
    ids = {c: i for i, c in enumerate(characters)}
    unknown = set(text) - set(ids)
    if unknown:
        raise ValueError(f"not in the vocabulary: {sorted(unknown)}")
    return [ids[c] for c in text]


def encode_that_shows_the_text_too(text, characters):
    for place, character in enumerate(text):
        if characters.find(character) == -1:
            raise ValueError(f"there is no {character!r} in {characters!r} (place {place} of {text!r})")
    return jnp.array([characters.index(character) for character in text], dtype=int)


def bigram_counts_from_one_hot(ids, vocab_size):
    one_hot = jax.nn.one_hot(jnp.asarray(ids), vocab_size, dtype=jnp.int32)
    return one_hot[:-1].T @ one_hot[1:]


def bigram_counts_in_a_loop(ids, vocab_size):
    counts = [[0] * vocab_size for _ in range(vocab_size)]
    previous = None
    for i in ids.tolist():
        if previous is not None:
            counts[previous][i] += 1
        previous = i
    return jnp.array(counts)


def conditional_entropy_by_the_chain_rule(counts):
    def entropy(p):
        return -jnp.sum(jnp.where(p > 0, p * jnp.log2(jnp.where(p > 0, p, 1)), 0))

    joint = jnp.asarray(counts) / counts.sum()
    return entropy(joint) - entropy(joint.sum(axis=1))


def conditional_entropy_row_by_row(counts):
    bits = 0.0
    for row in counts.tolist():
        bits -= sum(c * math.log2(c / sum(row)) for c in row if c > 0)
    return bits / int(counts.sum())


def add_one_loss_from_columns(train_counts, val_ids):
    probs = (train_counts.T + 1) / (train_counts.sum(axis=1) + len(train_counts))  # a column for each previous character
    return -jnp.log(probs[val_ids[1:], val_ids[:-1]]).mean()


def add_one_loss_in_a_loop(train_counts, val_ids):
    table = jnp.asarray(train_counts)
    v = table.shape[0]
    logs = jnp.log(table + 1) - jnp.log(table.sum(1) + v)[:, None]
    losses = [-logs[a, b] for a, b in itertools.pairwise(val_ids)]
    return sum(losses) / len(losses)


RIGHT_ANSWERS = {
    "encode": [encode_with_a_dictionary, encode_that_shows_the_text_too],
    "bigram_counts": [bigram_counts_from_one_hot, bigram_counts_in_a_loop],
    "conditional_entropy": [conditional_entropy_by_the_chain_rule, conditional_entropy_row_by_row],
    "add_one_loss": [add_one_loss_in_a_loop, add_one_loss_from_columns],
}
