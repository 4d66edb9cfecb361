"""From a model to its likeliest text: beam search for every model, and exact search where one character is all that counts."""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from chargen_lib.generation import IMPOSSIBLE, checked_end_id, pad_prompts, read_prompts
from chargen_lib.models import Model, check_ids, size_of
from chargen_lib.text import plain_number, whole_number


class Beams(NamedTuple):
    """What beam search found, best first.  After a finished text its row is filled up with end_id."""

    sequences: jax.Array  # (num_beams, num_chars) int32, new ids alone
    log_probs: jax.Array  # (num_beams,) sum of ln p, nats
    scores: jax.Array  # (num_beams,) log_prob / length ** length_penalty


def beam_search(
    model: Model,
    prompt_ids: jax.Array,
    *,
    num_chars: int,
    num_beams: int,
    length_penalty: float = 1.0,
    end_id: int | None = None,
) -> Beams:
    """Look for the likeliest continuations of prompt_ids (time,), keeping the num_beams best at every step.

    A text that reaches end_id is finished: it keeps its place as long as its score does.  A length counts the new characters, the
    end among them.  Equal scores go to the better beam, then to the lower id; width 1 is greedy.  Fewer than num_beams rows
    come back only where there are not that many texts of non-zero probability.
    Raises ValueError for a setting without meaning, or logits from which nothing can follow.
    """
    check_ids(prompt_ids, size_of(model), "the prompt")
    prompt = np.asarray(prompt_ids)
    if prompt.ndim != 1 or prompt.size == 0:
        raise ValueError(f"beam_search continues one prompt, a row of at least one id; this has shape {prompt.shape}.")
    num_chars, num_beams = whole_number("num_chars", num_chars), whole_number("num_beams", num_beams)
    length_penalty = plain_number("length_penalty", length_penalty)
    if not np.isfinite(length_penalty):
        raise ValueError(f"length_penalty must be a finite number, got {length_penalty}.")
    end_id = checked_end_id(end_id, model.vocab_size)
    padded, lengths = pad_prompts(prompt[None], model.vocab_size)
    found = _search(model, padded, lengths, num_chars, num_beams, length_penalty, end_id)
    possible = int(jnp.isfinite(found.scores).sum())  # they are sorted: the impossible ones stand last
    if possible == 0 or bool(jnp.isnan(found.scores).any()):
        raise ValueError(IMPOSSIBLE)
    return Beams(*(part[:possible] for part in found))


class _Search(NamedTuple):
    """The beams while the search runs; the first axis of everything is the beam."""

    sequences: jax.Array  # (beams, num_chars)
    log_probs: jax.Array  # (beams,)
    lengths: jax.Array  # (beams,)
    finished: jax.Array  # (beams,) bool
    logits: jax.Array  # (beams, vocab), for the next character
    state: object


@partial(jax.jit, static_argnames=("num_chars", "num_beams", "length_penalty", "end_id"))
def _search(model, padded_ids, lengths, num_chars, num_beams, length_penalty, end_id) -> Beams:
    logits, state = read_prompts(model, jnp.repeat(padded_ids, num_beams, axis=0), jnp.repeat(lengths, num_beams), num_chars)
    vocab = logits.shape[-1]
    # All beams begin alike: all but the first are impossible, or every text would be found num_beams times.
    start = _Search(
        sequences=jnp.zeros((num_beams, num_chars), jnp.int32),
        log_probs=jnp.where(jnp.arange(num_beams) == 0, 0.0, -jnp.inf),
        lengths=jnp.zeros(num_beams, jnp.int32),
        finished=jnp.zeros(num_beams, bool),
        logits=logits,
        state=state,
    )

    def score(log_probs, lengths):
        return log_probs / lengths.astype(jnp.float32) ** length_penalty

    def extend(beams: _Search, place: jax.Array) -> tuple[_Search, None]:
        log_p = jax.nn.log_softmax(beams.logits.astype(jnp.float32), axis=-1)  # (beams, vocab)
        if end_id is not None:  # a finished text has one continuation, itself
            itself = jnp.where(jnp.arange(vocab) == end_id, 0.0, -jnp.inf)
            log_p = jnp.where(beams.finished[:, None], itself, log_p)
        candidates = beams.log_probs[:, None] + log_p  # (beams, vocab)
        lengths = beams.lengths + ~beams.finished  # (beams,)
        _, best = jax.lax.top_k(score(candidates, lengths[:, None]).reshape(-1), num_beams)
        parents, ids = best // vocab, (best % vocab).astype(jnp.int32)
        kept = jax.tree.map(lambda leaf: leaf[parents], beams)  # copies: no two beams share anything
        logits, state = model.step(ids, kept.state)
        finished = kept.finished if end_id is None else kept.finished | (ids == end_id)
        sequences = kept.sequences.at[:, place].set(ids)
        return _Search(sequences, candidates.reshape(-1)[best], lengths[parents], finished, logits, state), None

    beams, _ = jax.lax.scan(extend, start, jnp.arange(num_chars))
    return Beams(beams.sequences, beams.log_probs, score(beams.log_probs, beams.lengths))


def viterbi(log_probs: jax.Array, start: int, num_chars: int) -> tuple[jax.Array, float]:
    """The likeliest continuation of all, of a table of ln p(next | previous), (V, V): its ids (num_chars,) and its ln p.

    Exact, in num_chars * V * V steps: the best text that ends in a character extends the best one that ends in the character
    before it (Viterbi 1967).  Of equal ones the lower ids, read from the end.
    """
    if num_chars < 1:
        raise ValueError(f"num_chars must be 1 or more, got {num_chars}.")
    table = np.asarray(log_probs, dtype=float)
    if table.ndim != 2 or table.shape[0] != table.shape[1] or np.isnan(table).any():
        raise ValueError(f"A table of ln p(next | previous) is (V, V) and holds no NaN; this one has shape {table.shape}.")
    check_ids(start, len(table), "the start")
    best = table[start]  # (V,): ln p of the likeliest text so far that ends in each character
    before = []
    for _ in range(num_chars - 1):
        totals = best[:, None] + table  # (V, V): [previous, next]
        before.append(totals.argmax(axis=0))
        best = totals.max(axis=0)
    sequence = [int(best.argmax())]
    for previous in reversed(before):
        sequence.append(int(previous[sequence[-1]]))
    return jnp.array(sequence[::-1], jnp.int32), float(best.max())
