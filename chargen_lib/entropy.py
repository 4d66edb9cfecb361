"""Counts, floors and bits: how predictable a text is before any network, and what the best possible loss is.

Losses are in nats (natural logarithm), as optax gives them; entropies and everything on the ladder are in bits.
"""

import math
from dataclasses import dataclass
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike

from chargen_lib.contexts import checked_ids, context_tree
from chargen_lib.contexts import context_rows as context_rows  # lessons take it from here
from chargen_lib.text import plain_number

KINDS = ("count", "network", "compressor", "floor")


@dataclass(frozen=True)
class Rung:
    """One place on the ladder: a model or a floor, its bits per character on held-out text, and what kind it is.

    sample: a text that it wrote; note: a sentence about it; mark: a few words that point it out, "you are here" for instance.
    Raises ValueError for bits that are no number of bits, or a kind that is none of KINDS.
    """

    name: str
    bits: float
    kind: str = "count"
    sample: str = ""
    note: str = ""
    mark: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.bits < math.inf:  # also catches NaN
            raise ValueError(f"The rung {self.name!r} has {self.bits} bits: bits per character are a finite number, 0 or more.")
        if self.kind not in KINDS:
            raise ValueError(f"The rung {self.name!r} is of the kind {self.kind!r}, which is none of {', '.join(KINDS)}.")


def nats_to_bits(nats: float) -> float:
    """A bit is ln 2 = 0.693 nats."""
    return float(nats) / math.log(2)


def unigram_counts(ids: ArrayLike, vocab_size: int) -> jax.Array:
    """How often each id occurs: ids (n,) -> (vocab_size,) int32.  Raises ValueError for ids that are none of the vocabulary."""
    return times((ids_to_count(ids, vocab_size),), vocab_size)


def bigram_counts(ids: ArrayLike, vocab_size: int) -> jax.Array:
    """Entry [a, b]: how often b comes right after a.  ids (n,) -> (vocab_size, vocab_size) int32.  Raises as unigram_counts does."""
    ids = ids_to_count(ids, vocab_size)
    return times((ids[:-1], ids[1:]), vocab_size)


def ids_to_count(ids: ArrayLike, vocab_size: int) -> jax.Array | np.ndarray:
    return ids if isinstance(ids, jax.core.Tracer) else checked_ids(ids, vocab_size)


@partial(jax.jit, static_argnames="vocab_size")
def times(ids: tuple[jax.Array | np.ndarray, ...], vocab_size: int) -> jax.Array:
    """How often the ids that stand in the same place of several rows come together, (vocab_size, ...) int32, an axis for each row."""
    return jnp.zeros([vocab_size] * len(ids), jnp.int32).at[ids].add(1)


@jax.jit
def entropy_bits(probs: jax.Array) -> jax.Array:
    """H(p) = -sum p log2 p over the last axis, in bits; 0 log 0 is 0.  (..., vocab) -> (...)."""
    probs = jnp.asarray(probs)
    return -jnp.sum(jnp.where(probs > 0, probs * jnp.log2(jnp.where(probs > 0, probs, 1.0)), 0.0), axis=-1)


def conditional_entropy(counts: jax.Array) -> float:
    """Bits of H(next | previous) in the counted pairs (V, V): each row's entropy, weighted by how often the row occurs.

    Raises ValueError when nothing was counted.
    """
    row_totals = counts.sum(axis=-1)  # (V,)
    total = row_totals.sum()
    if total == 0:
        raise ValueError("The table holds no counts: count a text of at least two characters first.")
    rows = counts / jnp.maximum(row_totals, 1)[:, None]  # (V, V), each row sums to 1, or to 0 where never seen
    return float(jnp.sum(row_totals / total * entropy_bits(rows)))


def mutual_information(joint: ArrayLike) -> float:
    """I(row; column), bits: what the two tell about each other.  joint (K, M): counts, or shares, of what occurs together.

    Empty rows, columns and cells add nothing.  Source: Cover and Thomas (2006), chapter 2.
    """
    p = jnp.asarray(joint) / jnp.sum(jnp.asarray(joint))
    independent = p.sum(axis=1, keepdims=True) * p.sum(axis=0)
    return float((p * jnp.log2(jnp.where(p > 0, p / independent, 1))).sum())


@jax.jit
def add_one_log_probs(counts: jax.Array) -> jax.Array:
    """ln of (count + 1) / (row total + V): no character is impossible.  (..., V) counts -> (..., V) nats.

    Laplace's rule of succession (1814); every unseen pair gets a small, equal share.
    """
    counts = jnp.asarray(counts)
    return jnp.log(counts + 1.0) - jnp.log(counts.sum(axis=-1, keepdims=True) + counts.shape[-1])


def unigram_loss(log_probs: ArrayLike, ids: ArrayLike) -> float:
    """Mean of -ln p(character) over ids[1:], nats.  log_probs (V,).

    The first character is left out so that every row of the ladder is judged on the same n - 1 characters.
    Raises ValueError for ids that are none of the vocabulary, or fewer than two.
    """
    table = np.asarray(log_probs)  # NumPy compiles nothing
    _, next_ids = pairs_to_score(ids, table)
    return float(-table[next_ids].mean())


def bigram_loss(log_probs: ArrayLike, ids: ArrayLike) -> float:
    """Mean of -ln p(next | previous) over the n - 1 pairs of ids (n,), nats.  log_probs (V, V).  Raises as unigram_loss does."""
    table = np.asarray(log_probs)
    return float(-table[pairs_to_score(ids, table)].mean())


def pairs_to_score(ids: ArrayLike, table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    ids = checked_ids(ids, table.shape[-1])
    if len(ids) < 2:
        raise ValueError(f"A loss is a mean over pairs of characters, but this text has {len(ids)}: use a longer one.")
    return ids[:-1], ids[1:]


def ngram_rows(
    ids: ArrayLike, vocab_size: int, memory: int, imagined: float = 5.0, start_ids: ArrayLike = ()
) -> tuple[np.ndarray, np.ndarray, int]:
    """ln p(next | last `memory` characters), counted in ids (n,): what models.NGramTable takes.

    log_probs (contexts, vocab_size), nats; next_row (contexts, vocab_size); start_row, the row after start_ids, what stands before every
    text.  There is a row for each context that was seen, from the empty one (row 0) to the longest; after a context that was never seen
    the longest seen end of it serves.  Each row gets `imagined` observations, spread as the row of the next shorter context says, down to
    the uniform row; MacKay and Peto (1995).
    Raises ValueError for a memory below 0, imagined below or equal to 0, a text that is shorter than the memory, or a table above TABLE_MB.
    """
    imagined = plain_number("imagined", imagined)
    if not 0 < imagined < math.inf:
        raise ValueError(f"imagined is a finite number above 0, got {imagined}.")
    tree = context_tree(ids, vocab_size, memory)
    next_row, start_row = tree.next_rows(start_ids)
    log_probs, probs = [], np.full((1, vocab_size), 1 / vocab_size, np.float32)
    for n, contexts in enumerate(tree.contexts):
        totals = np.bincount(tree.cells[n] // vocab_size, tree.times[n], len(contexts))  # (contexts,)
        probs = probs[tree.shorter[n]] * (imagined / (totals + imagined)).astype(np.float32)[:, None]
        row, id_ = np.divmod(tree.cells[n], vocab_size)
        probs[row, id_] += tree.times[n] / (totals[row] + imagined)
        log_probs.append(np.log(probs))
    return np.concatenate(log_probs), next_row, start_row


def ngram_log_probs(ids: ArrayLike, vocab_size: int, memory: int, imagined: float = 5.0) -> np.ndarray:
    """The same with a row for every context, seen or not: (vocab_size ** memory, vocab_size), nats; context_rows numbers the rows.

    A table of 63 characters and memory 3 takes 63 MB; models.NGramTable.of_all_contexts makes a model of it.
    """
    log_probs, next_row, _ = ngram_rows(ids, vocab_size, memory, imagined)
    rows = np.zeros(1, int)
    for _ in range(memory):
        rows = next_row[rows].ravel()  # after abc each d, in the order of the ids
    return log_probs[rows]


def repeated_ngram_rate(ids: ArrayLike | str, n: int) -> float:
    """The share of n-grams that occurred earlier in a row of ids or a text: 1 - distinct / all; 0.0 where there is none."""
    row = ids if isinstance(ids, str) else tuple(np.asarray(ids).tolist())
    ngrams = [row[start : start + n] for start in range(len(row) - n + 1)]
    return 1 - len(set(ngrams)) / len(ngrams) if ngrams else 0.0


def entropy_rate(transitions: np.ndarray) -> float:
    """Bits per character of a first-order chain with the given (V, V) transition matrix, every state reachable.

    Each row's entropy weighted by the chain's long-run share of time in it (Shannon 1948, section 7).
    """
    logs = np.log2(np.where(transitions > 0, transitions, 1.0))
    return float(-(long_run_shares(transitions)[:, None] * transitions * logs).sum())


def long_run_shares(transitions: np.ndarray) -> np.ndarray:
    """How often a chain with the given (V, V) transition matrix is in each state, (V,): the shares s with s P = s that sum to 1."""
    v = len(transitions)
    equations = np.vstack([transitions.T - np.eye(v), np.ones(v)])
    return np.linalg.lstsq(equations, np.append(np.zeros(v), 1.0), rcond=None)[0]
