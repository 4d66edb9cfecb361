"""Texts that a large model writes with the help of a draft table, recorded place by place.

Each place has random numbers of its own: with them a character is drafted, judged, and, where it is refused, another one is drawn.  What
comes out has the large model's distribution, whatever the draft is.  So it may also stand behind a draft that was kept as a whole, where the
large model draws without a draft: the same text is then a run of every draft length, which only cuts it into other calls.
"""

from typing import NamedTuple

import jax
import numpy as np

from chargen_lib.models import Model
from chargen_lib.speculation import accept_probability, leftover


class Writing(NamedTuple):
    """Runs, each (texts * tables, places, ...), the tables of one text side by side.

    written   ids, (runs, places): the text
    drafted   ids, (runs, places): what the draft proposes at each place, after the text before it; where it is kept it is what was written
    uniforms  (runs, places): it is kept if this number is below accept_probability
    tails     ids, (runs, places, tail): what the draft goes on with behind the drafted character
    p, q      (runs, places, vocab): what the large model and the draft expect at each place
    """

    written: np.ndarray
    drafted: np.ndarray
    uniforms: np.ndarray
    tails: np.ndarray
    p: np.ndarray
    q: np.ndarray


class Table(NamedTuple):
    """What kneser_ney_rows counts: probs and next_row (contexts, vocab), and the row before anything is read."""

    probs: np.ndarray
    next_row: np.ndarray
    start_row: int


def write(model: Model, tables: list[Table], prompt: np.ndarray, texts: int, places: int, tail: int, rng) -> Writing:
    """So many texts with each table, all continuing prompt (time,)."""
    which, runs = np.tile(np.arange(len(tables)), texts), np.arange(texts * len(tables))
    state = model.init_state(len(runs))
    row = np.array([table.start_row for table in tables])[which]

    def after(row: np.ndarray, ids: np.ndarray) -> np.ndarray:
        return np.array([tables[t].next_row[r, i] for t, r, i in zip(which, row, ids, strict=True)])

    def expected(row: np.ndarray) -> np.ndarray:
        return np.stack([tables[t].probs[r] for t, r in zip(which, row, strict=True)])

    recorded = []
    last = np.broadcast_to(prompt[0], len(runs))
    for place in range(1 - len(prompt), places):
        row = after(row, last)
        q, uniforms = expected(row), rng.random(len(runs), np.float32)
        drafted = draw(rng, q)
        p, kept, left, state = _judged(model, last, state, q, drafted, uniforms)
        if place < 0:  # in the prompt
            last = np.broadcast_to(prompt[place + len(prompt)], len(runs))
            continue
        last = np.where(kept, drafted, draw(rng, np.asarray(left)))
        tails, tail_row, told = [], row, drafted
        for _ in range(tail):
            tail_row = after(tail_row, told)
            told = draw(rng, expected(tail_row))
            tails.append(told)
        recorded.append((last, drafted, uniforms, np.stack(tails, axis=1), np.asarray(p), q))
    return Writing(*(np.stack(parts, axis=1) for parts in zip(*recorded, strict=True)))


def draw(rng, probs: np.ndarray) -> np.ndarray:
    """An id for each row of probs (rows, vocab)."""
    below = np.cumsum(probs, axis=-1, dtype=np.float64)
    return (below <= rng.random((len(probs), 1)) * below[:, -1:]).sum(axis=-1)


@jax.jit
def _judged(model, last, state, q, drafted, uniforms):
    """What the large model expects after `last`, whether it keeps what was drafted, and what it draws from if not."""
    logits, state = model.step(last, state)
    p = jax.nn.softmax(logits.astype(q.dtype))
    at = (jax.numpy.arange(len(q)), drafted)
    return p, uniforms < accept_probability(p[at], q[at]), leftover(p, q), state
