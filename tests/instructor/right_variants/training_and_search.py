"""Problem set "training_and_search": a right answer to each member, written differently from its reference."""

import itertools
import math

import jax.numpy as jnp
import numpy as np
import optax


def per_character(logits, targets):
    targets = jnp.asarray(targets)
    losses = optax.softmax_cross_entropy_with_integer_labels(jnp.asarray(logits), jnp.maximum(targets, 0))
    return jnp.mean(losses, where=targets >= 0)


def _losses_of_texts(logits, targets):
    """The losses of each text, in a list of its own, with no padding in it."""
    texts = []
    for rows, row_targets in zip(np.asarray(logits, dtype=float), np.asarray(targets), strict=True):
        texts.append([])
        for row, target in zip(rows.tolist(), row_targets.tolist(), strict=True):
            if target >= 0:
                texts[-1].append(max(row) + math.log(sum(math.exp(z - max(row)) for z in row)) - row[target])
    return texts


def per_text(logits, targets):
    return sum(map(sum, _losses_of_texts(logits, targets))) / len(targets)


def mean_of_means(logits, targets):
    return np.mean([np.mean(losses) for losses in _losses_of_texts(logits, targets)])


def streams(ids, batch_size, seq_len):
    n = (len(ids) - 1) // (batch_size * seq_len)

    def cut(text):
        rows = np.split(np.asarray(text)[: n * batch_size * seq_len], batch_size)
        return np.stack([[row[k * seq_len : (k + 1) * seq_len] for row in rows] for k in range(n)])

    return cut(ids), cut(ids[1:])


def reading_order(ids, batch_size, seq_len):
    n = (len(ids) - 1) // (batch_size * seq_len)
    used = n * batch_size * seq_len
    return ids[:used].reshape(n, batch_size, seq_len), ids[1 : used + 1].reshape(n, batch_size, seq_len)


def every_start(ids, batch_size, seq_len):
    windows = np.lib.stride_tricks.sliding_window_view(np.asarray(ids), seq_len + 1)
    full = windows[: len(windows) // batch_size * batch_size].reshape(-1, batch_size, seq_len + 1)
    return full[..., :-1], full[..., 1:]


def _with_optax(nesterov):
    def answer(param, grad, m, lr, b):
        param, grad, m = (jnp.asarray(a) for a in (param, grad, m))
        updates, state = optax.trace(decay=b, nesterov=nesterov).update(grad, optax.TraceState(trace=m))
        return optax.apply_updates(param, -lr * updates), state.trace

    return answer


def sign_of_average(param, grad, m, lr, b):
    m = m + (1 - b) * (grad - m)
    return np.where(m > 0, param - lr, np.where(m < 0, param + lr, param)), m


def _ranked(log_probs, start, num_chars):
    """All texts with their log-probabilities, the likeliest first."""
    log_probs = np.asarray(log_probs, dtype=float).tolist()
    texts = []
    for text in itertools.product(range(len(log_probs)), repeat=num_chars):
        texts.append((sum(log_probs[a][b] for a, b in itertools.pairwise((start, *text))), text))
    return sorted(texts, reverse=True)


def no_doubles(log_probs, start, num_chars):
    for score, text in _ranked(log_probs, start, num_chars):
        if all(a != b for a, b in itertools.pairwise((start, *text))):
            return np.array(text), score


def back_at_the_start(log_probs, start, num_chars):
    """Step by step: the best text that ends in each character."""
    table = np.asarray(log_probs, dtype=float)
    best = {c: (table[start, c], (c,)) for c in range(len(table))}
    for _ in range(num_chars - 1):
        best = {c: max((score + table[a, c], (*text, c)) for a, (score, text) in best.items()) for c in best}
    score, text = best[start]
    return np.array(text), score


def second_likeliest(log_probs, start, num_chars):
    score, text = _ranked(log_probs, start, num_chars)[1]
    return jnp.array(text), score


RIGHT_VARIANTS = {
    "padded_loss": {"per character": per_character, "per text": per_text, "mean of means": mean_of_means},
    "text_batches": {"streams": streams, "reading order": reading_order, "every start": every_start},
    "momentum_step": {
        "heavy ball": _with_optax(nesterov=False),
        "nesterov": _with_optax(nesterov=True),
        "sign of average": sign_of_average,
    },
    "best_text": {
        "no doubles": no_doubles,
        "back at the start": back_at_the_start,
        "second likeliest": second_likeliest,
    },
}
