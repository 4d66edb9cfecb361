"""Problem set "sampling": a right answer to each member, written differently from its reference."""

import itertools
import math

import jax
import jax.numpy as jnp
import numpy as np


def inverse_temperature(logits, amount):
    if amount < 0 or math.isnan(amount):
        raise ValueError("amount is negative or NaN")
    return jax.nn.softmax(jnp.asarray(logits) * amount)


def soft_cap(logits, amount):
    if math.isnan(amount) or amount <= 0:
        raise ValueError("a cap is positive")
    return jax.nn.softmax(amount * jnp.tanh(jnp.asarray(logits) / amount))


def mixed_with_uniform(logits, amount):
    if math.isnan(amount) or amount < 0 or amount > 1:
        raise ValueError("a share is from 0 to 1")
    probs = jax.nn.softmax(jnp.asarray(logits), axis=-1)
    return probs + amount * (1 / probs.shape[-1] - probs)


def _rows(filter_row):
    """A filter of rows, from what is kept of one: filter_row(probs, p) -> ids, in plain Python."""

    def answer(logits, p):
        logits = np.asarray(logits, dtype=float)
        flat = logits.reshape(-1, logits.shape[-1])
        out = np.full(flat.shape, -np.inf)
        for row, kept in zip(flat, out, strict=True):
            weights = [math.exp(z - max(row)) for z in row]
            for i in filter_row([w / sum(weights) for w in weights], p):
                kept[i] = row[i]
        return out.reshape(logits.shape)

    return answer


@_rows
def before_the_crossing(probs, p):
    kept, total = [], 0.0
    for i in sorted(range(len(probs)), key=lambda i: (-probs[i], i)):
        total += probs[i]
        if kept and total > p:
            break
        kept.append(i)
    return kept


@_rows
def without_the_tail(probs, p):
    kept, removed = set(range(len(probs))), 0.0
    for i in sorted(kept, key=lambda i: (probs[i], -i)):
        removed += probs[i]
        if removed > p:
            break
        kept.remove(i)
    return kept


@_rows
def likely_by_itself(probs, p):
    return [i for i, x in enumerate(probs) if x >= p] or [probs.index(max(probs))]


def collision_bits(probs):
    return -jnp.log2(jnp.einsum("...i,...i->...", jnp.asarray(probs), jnp.asarray(probs)))


def perplexity(probs):
    probs = np.asarray(probs, dtype=float)
    return np.prod(np.where(probs > 0, probs, 1.0) ** -probs, axis=-1)


def evenness(probs):
    probs = jnp.asarray(probs)
    nats = jax.scipy.special.entr(probs).sum(axis=-1)
    return nats / math.log(probs.shape[-1])


def by_id(probs, u):
    probs = np.asarray(probs).tolist()
    ids = []
    for x in np.asarray(u).tolist():
        i, total = 0, probs[0]
        while total <= x:
            i += 1
            total += probs[i]
        ids.append(i)
    return ids


def likeliest_first(probs, u):
    order = sorted(range(len(probs)), key=lambda i: (-probs[i], i))
    totals = np.cumsum(np.asarray(probs)[order])
    return np.asarray(order)[np.searchsorted(totals, np.asarray(u), side="right")]


def without_repeats(probs, u):
    left = dict(enumerate(np.asarray(probs, dtype=float).tolist()))
    drawn = []
    for x in np.asarray(u).tolist():
        totals = itertools.accumulate(left.values())
        drawn.append(next(i for i, total in zip(left, totals, strict=True) if total > x * sum(left.values())))
        del left[drawn[-1]]
    return drawn


RIGHT_VARIANTS = {
    "softened_probs": {
        "inverse temperature": inverse_temperature,
        "soft cap": soft_cap,
        "mixed with uniform": mixed_with_uniform,
    },
    "kept_logits": {
        "before the crossing": before_the_crossing,
        "without the tail": without_the_tail,
        "likely by itself": likely_by_itself,
    },
    "spread": {"collision entropy": collision_bits, "perplexity": perplexity, "evenness": evenness},
    "draw_ids": {"by id": by_id, "likeliest first": likeliest_first, "without repeats": without_repeats},
}
