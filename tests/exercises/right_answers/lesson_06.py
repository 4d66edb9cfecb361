"""Lesson 06: right answers written differently from the references, as a learner would write them, mostly with jnp."""

import jax
import jax.numpy as jnp


def top_k_filter_from_lax_top_k(logits, k):
    if k < 1:
        raise ValueError("k must be 1 or more")
    vocab_size = logits.shape[-1]
    _, ids = jax.lax.top_k(logits, min(k, vocab_size))  # (..., k)
    kept = (ids[..., None] == jnp.arange(vocab_size)).any(axis=-2)
    return jnp.where(kept, logits, -jnp.inf)


def top_k_filter_by_rank(logits, k):
    if k < 1:
        raise ValueError("nothing would be left")
    ranks = jnp.argsort(jnp.argsort(-logits, axis=-1), axis=-1)
    return jnp.where(ranks >= k, -jnp.inf, logits)


def top_p_filter_with_two_argsorts(logits, p):
    if p <= 0 or p > 1:
        raise ValueError(f"p = {p} is not in (0, 1]")
    if p == 1:
        return logits
    order = jnp.argsort(-logits, axis=-1)
    sorted_logits = jnp.take_along_axis(logits, order, axis=-1)
    probs = jax.nn.softmax(sorted_logits, axis=-1)
    before = jnp.cumsum(probs, axis=-1) - probs
    kept = jnp.take_along_axis(before < p, jnp.argsort(order, axis=-1), axis=-1)
    return jnp.where(kept, logits, -jnp.inf)


def top_p_filter_by_comparing_all_pairs(logits, p):
    if not 0 < p <= 1:
        raise ValueError("p is a share")
    if p == 1:
        return jnp.asarray(logits)
    probs = jnp.exp(jax.nn.log_softmax(logits))
    ids = jnp.arange(logits.shape[-1])
    mine, theirs = logits[..., :, None], logits[..., None, :]
    comes_before = (theirs > mine) | ((theirs == mine) & (ids[None, :] < ids[:, None]))
    mass_before = jnp.sum(jnp.where(comes_before, probs[..., None, :], 0), axis=-1)
    return jnp.where(mass_before < p, logits, -jnp.inf)


def min_p_filter_in_logs(logits, p):
    return jnp.where(logits < jnp.max(logits, axis=-1, keepdims=True) + jnp.log(p), -jnp.inf, logits)


def min_p_filter_from_probabilities(logits, p):
    probs = jax.nn.softmax(logits)
    threshold = p * jnp.max(probs, axis=-1)
    return jnp.where(probs >= threshold[..., None], logits, -jnp.inf)


def repeated_ngram_rate_with_seen(ids, n):
    seen, repeats, total = set(), 0, 0
    for start in range(len(ids) - n + 1):
        ngram = tuple(int(i) for i in ids.tolist()[start : start + n])
        repeats += ngram in seen
        total += 1
        seen.add(ngram)
    return repeats / total if total else 0.0


def repeated_ngram_rate_from_all_pairs(ids, n):
    total = len(ids) - n + 1
    if total < 1:
        return 0.0
    windows = jnp.stack([jnp.asarray(ids)[i : i + total] for i in range(n)], axis=1)  # (total, n)
    same = jnp.all(windows[:, None] == windows[None, :], axis=-1)
    return jnp.mean(jnp.any(jnp.tril(same, -1), axis=1))


RIGHT_ANSWERS = {
    "top_k_filter": [top_k_filter_from_lax_top_k, top_k_filter_by_rank],
    "top_p_filter": [top_p_filter_with_two_argsorts, top_p_filter_by_comparing_all_pairs],
    "min_p_filter": [min_p_filter_in_logs, min_p_filter_from_probabilities],
    "repeated_ngram_rate": [repeated_ngram_rate_with_seen, repeated_ngram_rate_from_all_pairs],
}
