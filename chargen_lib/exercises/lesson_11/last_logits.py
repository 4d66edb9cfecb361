"""last_logits: its reference, what it is tried on, and the wrong answers with names."""

import jax
import jax.numpy as jnp
import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe


def last_logits(logits, lengths):
    return _at(logits, np.asarray(lengths) - 1)


def last_logits_probes(rng):
    def drawn(*shape):
        return rng.standard_normal(shape).astype(np.float32)

    return [
        Probe((np.array([[[1, 2], [3, 4], [5, 6]], [[7, 8], [9, 10], [11, 12]]], dtype=np.float32), np.array([2, 1]))),
        Probe((drawn(3, 5, 4), np.array([2, 4, 1]))),
        Probe((drawn(3, 5, 4), np.array([5, 3, 5]))),  # two rows are full
        Probe((drawn(3, 5, 4), np.array([5, 5, 5]))),
        Probe((drawn(3, 3, 3), np.array([2, 3, 1]))),  # all axes equally long: an index on the wrong one gives numbers
        Probe((drawn(1, 5, 4), np.array([3]))),
        Probe((drawn(3, 5, 4), rng.integers(1, 6, size=3))),
    ]


def _at(logits, places):
    """Row b at place places[b].  As in JAX: a negative one counts from the end, and past the end it is the last."""
    logits = np.asarray(logits)
    time = logits.shape[1]
    places = np.clip(np.where(np.asarray(places) < 0, places + time, places), 0, time - 1)
    return logits[np.arange(len(logits)), places]


def _placed(place):
    """The mistake that reads each row at place(lengths, time)."""
    return lambda logits, lengths: _at(logits, place(np.asarray(lengths), np.shape(logits)[1]))


def _past_the_end_nan(logits, lengths):
    """As take_along_axis: what lies past the end is NaN."""
    full = np.asarray(lengths)[:, None] >= np.shape(logits)[1]
    return np.where(full, np.nan, _at(logits, np.asarray(lengths)))


def _joined(of_real):
    """The mistake that returns of_real(the real logits of a row), row by row."""
    return lambda logits, lengths: np.stack([of_real(np.asarray(row)[:n]) for row, n in zip(logits, lengths, strict=True)])


def _flat(places):
    """All places in one row, and places(lengths, time) there; past the end it is the last."""

    def mistaken(logits, lengths):
        flat = np.reshape(logits, (-1, np.shape(logits)[-1]))
        return flat[np.clip(places(np.asarray(lengths), np.shape(logits)[1]), 0, len(flat) - 1)]

    return mistaken


def _last_place_not_zero(logits, lengths):
    return np.where(np.arange(np.shape(logits)[1])[:, None] < np.reshape(lengths, (-1, 1, 1)), logits, 0)


_OFF_BY_ONE = (
    "You read place `length`, which is the first of the padding; in a full row there is none. Places are counted from 0: the last real one is "
    "length - 1."
)
_LAST_COLUMN = "You read the last place of every row, which is padding in the shorter ones. Each row has its own last real place: length - 1."

LAST_LOGITS = Exercise(
    name="last_logits",
    lesson=11,
    points=2,
    minutes=8,
    difficulty=2,
    hint="Two indices side by side, both (batch,): the row and the place in it, logits[jnp.arange(batch), places]. Places are counted from 0.",
    reference=last_logits,
    probes=last_logits_probes,
    jit=(),
    misconceptions=(
        Misconception("last column", _LAST_COLUMN, _placed(lambda lengths, time: np.full(len(lengths), time - 1))),
        Misconception("one place too late", _OFF_BY_ONE, _placed(lambda lengths, time: lengths)),
        Misconception("one place too late, and NaN", _OFF_BY_ONE, _past_the_end_nan),
        Misconception(
            "one place too early",
            "You read place length - 2, one too early. The last of `length` places is length - 1.",
            _placed(lambda lengths, time: lengths - 2),
        ),
        Misconception(
            "counted from the end",
            "You counted the lengths from the end of the row, which is right only for prompts that are padded on the left. Here the text begins at "
            "place 0: length - 1.",
            _placed(lambda lengths, time: time - lengths),
        ),
        Misconception(
            "counted from the end, one less",
            "You counted the lengths from the end of the row. The text begins at place 0, and its last real place is length - 1.",
            _placed(lambda lengths, time: time - lengths - 1),
        ),
        Misconception(
            "first place",
            "You read the first place of every row. What comes next is told at the last real one: length - 1.",
            _placed(lambda lengths, time: 0 * lengths),
        ),
        Misconception(
            "one place for all rows",
            "You read every row where the longest ends. Each row has its own last real place: length - 1.",
            _placed(lambda lengths, time: np.full(len(lengths), lengths.max() - 1)),
        ),
        Misconception(
            "where the shortest ends",
            "You read every row where the shortest ends. Each row has its own last real place: length - 1.",
            _placed(lambda lengths, time: np.full(len(lengths), lengths.min() - 1)),
        ),
        Misconception(
            "where the first row ends",
            "You read every row where the first one ends. Each row has its own last real place: length - 1.",
            _placed(lambda lengths, time: np.full(len(lengths), lengths[0] - 1)),
        ),
        Misconception(
            "every row at every place",
            "logits[:, lengths - 1] reads every row at every row's place, an axis too many. Pair them: logits[jnp.arange(batch), lengths - 1].",
            lambda logits, lengths: np.asarray(logits)[:, np.asarray(lengths) - 1],
        ),
        Misconception(
            "rows picked by length",
            "logits[lengths - 1] takes whole rows, as the first axis is the batch. Name the row too: logits[jnp.arange(batch), lengths - 1].",
            lambda logits, lengths: np.asarray(logits)[np.clip(np.asarray(lengths) - 1, 0, len(logits) - 1)],
        ),
        Misconception(
            "row and place swapped",
            "Row and place have changed places: the first axis is the batch. Write logits[jnp.arange(batch), lengths - 1].",
            lambda logits, lengths: jnp.asarray(logits)[jnp.asarray(lengths) - 1, jnp.arange(len(lengths))],
        ),
        Misconception(
            "from the characters",
            "You picked a column of characters by the length. The place is the second axis: logits[jnp.arange(batch), lengths - 1].",
            lambda logits, lengths: jnp.asarray(logits)[jnp.arange(len(lengths)), :, jnp.asarray(lengths) - 1],
        ),
        Misconception(
            "row not counted",
            "You laid all places in one row and forgot how far each text begins there: row b begins at b * time.",
            _flat(lambda lengths, time: lengths - 1),
        ),
        Misconception(
            "padding not counted",
            "You laid all places in one row and added up the lengths, as if there were no padding between. Row b begins at b * time.",
            _flat(lambda lengths, time: np.cumsum(lengths) - 1),
        ),
        Misconception(
            "one place too late, in one row",
            "In one row of all places text b begins at b * time, and its last place is b * time + length - 1. You read the one after it.",
            _flat(lambda lengths, time: np.arange(len(lengths)) * time + lengths),
        ),
        Misconception(
            "mean of the real places",
            "You took the mean over the real places. The last one alone has read the whole text.",
            _joined(lambda real: real.mean(axis=0)),
        ),
        Misconception(
            "sum of the real places",
            "You added up the real places. The last one alone has read the whole text.",
            _joined(lambda real: real.sum(axis=0)),
        ),
        Misconception(
            "largest of the real places",
            "You took the largest logit of all real places. The last one alone has read the whole text.",
            _joined(lambda real: real.max(axis=0)),
        ),
        Misconception(
            "mean of all places",
            "You took the mean over all places, the padding too. Take each row's last real place alone.",
            lambda logits, lengths: np.asarray(logits).mean(axis=1),
        ),
        Misconception(
            "padding made 0",
            "You made the logits of the padding 0 and returned all places. Each row's last real place alone is asked: (batch, V).",
            _last_place_not_zero,
        ),
        Misconception(
            "probabilities",
            "You returned probabilities. The logits are asked, as they are.",
            lambda logits, lengths: jax.nn.softmax(jnp.asarray(last_logits(logits, lengths)), axis=-1),
        ),
        Misconception(
            "likeliest character",
            "You returned the likeliest character. All its row of logits is asked, (batch, V): a sampler draws from them later.",
            lambda logits, lengths: last_logits(logits, lengths).argmax(axis=-1),
        ),
        Misconception(
            "axis kept",
            "The right logits, but with an axis of length 1 for the time. Take it out: [:, 0], or squeeze(axis=1).",
            lambda logits, lengths: last_logits(logits, lengths)[:, None],
        ),
    ),
)
