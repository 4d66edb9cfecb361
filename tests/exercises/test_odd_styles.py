"""Right answers in styles that nobody teaches: loops, one-liners, NumPy, other dtypes.  All count."""

import collections
import heapq
import itertools
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from chargen_lib.exercises import EXERCISES, judge


def encode_by_trying(text, characters):
    try:
        return [characters.index(c) for c in text]
    except ValueError:
        raise ValueError(f"unknown: {', '.join(sorted(set(text) - set(characters)))}") from None


def counts_of_a_counter(ids, vocab_size):
    pairs = collections.Counter(zip(ids[:-1].tolist(), ids[1:].tolist(), strict=True))
    return np.array([[pairs[a, b] for b in range(vocab_size)] for a in range(vocab_size)], dtype=np.uint16)


def entropy_with_xlogy(counts):
    xlogy = jax.scipy.special.xlogy
    return (xlogy(counts.sum(1), counts.sum(1)).sum() - xlogy(counts, counts).sum()) / counts.sum() / jnp.log(2)


def cosines_with_rsqrt(table):
    units = table * jax.lax.rsqrt(jnp.maximum((table * table).sum(1, keepdims=True), 1e-12))
    return units @ units.T


def nearest_of_a_list(table, index, k):
    others = [j for j in range(len(table)) if j != index]
    return sorted(others, key=lambda j: -float(jnp.dot(table[j], table[index]) / jnp.linalg.norm(table[j])))[:k]


def mlp_of_one_character(ids, table, W1, b1, W2, b2):
    return jax.vmap(jax.vmap(lambda i: jnp.maximum(table[i] @ W1 + b1, 0) @ W2 + b2))(ids)


def influence_of_any_other(logits_fn, ids, position):
    before = logits_fn(ids[None])[0, position]
    return jnp.array(
        [
            any(bool((logits_fn(ids.at[j].set(c)[None])[0, position] != before).any()) for c in range(len(before)))
            for j in range(len(ids))
        ]
    )


def softmax_row_by_row(logits):
    return np.apply_along_axis(lambda row: np.exp(row - row.max()) / np.exp(row - row.max()).sum(), -1, np.asarray(logits))


def tempered_in_place(logits, temperature):
    if math.isnan(temperature) or temperature < 0:
        raise ValueError("no temperature")
    if temperature > 0:
        return logits / temperature
    row = np.full(logits.shape, -np.inf)
    np.put_along_axis(row, np.argmax(logits, axis=-1)[..., None], 0.0, axis=-1)
    return row


def loss_of_logsumexp(logits, targets):
    chosen = jnp.where(jnp.arange(logits.shape[-1]) == targets[..., None], logits, 0).sum(-1)
    return jnp.mean(jax.nn.logsumexp(logits, -1) - chosen)


def batch_of_slices(key, ids, batch_size, seq_len):
    starts = jax.random.randint(key, (batch_size,), 0, len(ids) - seq_len)
    return [jax.vmap(lambda i, ahead=ahead: jax.lax.dynamic_slice(ids, (i + ahead,), (seq_len,)))(starts) for ahead in (0, 1)]


def top_k_of_all_pairs(logits, k):
    if k < 1:
        raise ValueError("k")
    mine, theirs, ids = logits[..., :, None], logits[..., None, :], jnp.arange(logits.shape[-1])
    ahead = (theirs > mine) | ((theirs == mine) & (ids[None, :] < ids[:, None]))
    return jnp.where(ahead.sum(-1) < k, logits, -jnp.inf)


def rate_of_windows(ids, n):
    if len(ids) < n:
        return 0
    windows = np.lib.stride_tricks.sliding_window_view(np.asarray(ids), n)
    return 1 - len(np.unique(windows, axis=0)) / len(windows)


def beams_in_a_heap(log_probs, start, num_chars, num_beams):
    beams = [(0.0, ())]
    for _ in range(num_chars):
        longer = ((s + float(log_probs[t[-1] if t else start, c]), (*t, c)) for s, t in beams for c in range(len(log_probs)))
        beams = heapq.nlargest(num_beams, longer)
    return np.array([t for _, t in beams]), np.array([s for s, _ in beams])


def steps_reduced(log_probs, ids):
    return sum(float(log_probs[pair]) for pair in itertools.pairwise(ids.tolist()))


ANSWERS = {
    "encode": encode_by_trying,
    "bigram_counts": counts_of_a_counter,
    "conditional_entropy": entropy_with_xlogy,
    "cosine_similarities": cosines_with_rsqrt,
    "nearest_characters": nearest_of_a_list,
    "mlp_logits": mlp_of_one_character,
    "count_parameters": lambda v, d, h: np.int64(v * d) + (d + 1) * h + (h + 1) * v,
    "influence": influence_of_any_other,
    "softmax": softmax_row_by_row,
    "apply_temperature": tempered_in_place,
    "entropy_bits": lambda probs: -jnp.nansum(probs * jnp.log2(probs), -1),
    "gumbel_sample": lambda key, z: jnp.argsort(z + jax.random.gumbel(key, z.shape))[..., -1],
    "make_batch": batch_of_slices,
    "cross_entropy": loss_of_logsumexp,
    "bits_per_character": lambda loss: loss * np.log2(np.e),
    "top_k_filter": top_k_of_all_pairs,
    "min_p_filter": lambda z, p: jnp.where(jnp.exp(z - z.max(-1, keepdims=True)) >= p, z, -jnp.inf),
    "repeated_ngram_rate": rate_of_windows,
    "sequence_log_prob": steps_reduced,
    "length_normalised": lambda log_prob, length, alpha: np.float32(log_prob / np.power(length, alpha)),
    "beam_search": beams_in_a_heap,
}


@pytest.mark.parametrize("name", ANSWERS)
def test_a_right_answer_is_right_in_any_style(name):
    report = judge(EXERCISES[name], ANSWERS[name])
    assert report.status == "correct", str(report)
