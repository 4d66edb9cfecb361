"""text_batches: which order."""

import numpy as np

from chargen_lib.exercises.engine.cards import Misconception, Probe
from chargen_lib.instructor.variants.family import Family, Member, Slip


def streams(ids, batch_size, seq_len):
    ids = np.asarray(ids)
    num_batches = (len(ids) - 1) // (batch_size * seq_len)
    places = np.arange(num_batches * batch_size * seq_len).reshape(batch_size, num_batches, seq_len)
    places = places.swapaxes(0, 1)  # (num_batches, batch_size, seq_len)
    return ids[places], ids[places + 1]


def reading_order(ids, batch_size, seq_len):
    ids = np.asarray(ids)
    num_batches = (len(ids) - 1) // (batch_size * seq_len)
    places = np.arange(num_batches * batch_size * seq_len).reshape(num_batches, batch_size, seq_len)
    return ids[places], ids[places + 1]


def every_start(ids, batch_size, seq_len):
    ids = np.asarray(ids)
    num_batches = (len(ids) - seq_len) // batch_size
    starts = np.arange(num_batches * batch_size).reshape(num_batches, batch_size, 1)
    places = starts + np.arange(seq_len)  # (num_batches, batch_size, seq_len)
    return ids[places], ids[places + 1]


def _longer_stretches(ids, batch_size, seq_len):
    ids, length = np.asarray(ids), (len(ids) - 1) // batch_size
    starts = np.arange(batch_size)[:, None] * length + np.arange(length // seq_len) * seq_len
    places = starts.T[..., None] + np.arange(seq_len)
    return ids[places], ids[places + 1]


def _apart(ids, batch_size, seq_len):
    """In reading order, but cut as windows of seq_len + 1 characters."""
    ids = np.asarray(ids)
    num_batches = len(ids) // (batch_size * (seq_len + 1))
    windows = ids[: num_batches * batch_size * (seq_len + 1)].reshape(num_batches, batch_size, seq_len + 1)
    return windows[..., :-1], windows[..., 1:]


def _one_start_more(ids, batch_size, seq_len):
    ids = np.append(ids, ids[-1:])  # past the end JAX takes the last one again
    return every_start(ids, batch_size, seq_len)


def text_batches_probes(rng):
    return [
        Probe((np.arange(10, 19), 2, 2)),
        Probe((np.arange(20, 26), 1, 2)),
        Probe((np.arange(60, 84), 3, 2)),
        Probe((np.arange(40, 60), 2, 4)),
        Probe((rng.permutation(60), int(rng.integers(2, 5)), int(rng.integers(2, 5)))),
    ]


TEXT_BATCHES = Family(
    function="text_batches",
    title="A text cut into batches",
    lesson=5,
    points=3,
    minutes=12,
    difficulty=3,
    docstring="Batches of a text.  ids: (n,) ints;  returns inputs, targets: both (num_batches, batch_size, seq_len).",
    given="Cut a text of $n$ ids into batches, with nothing drawn at random. A row of a batch is a *window*: `seq_len` characters that "
    "follow each other in the text. The targets are the inputs moved on by one character, so the last target must still lie in "
    "the text. Make as many full batches as there are, drop what is left over at the end, and order the windows so:",
    probes=text_batches_probes,
    members=(
        Member(
            name="streams",
            statement="there are $(n - 1)$ // (`batch_size * seq_len`) batches, and row $r$ of a batch goes on *where row $r$ of the batch "
            "before it ended*. So each row, read from batch to batch, is one stretch of `num_batches * seq_len` characters: row 0 "
            "has the first stretch of the text, row 1 the stretch right after that, and so on.",
            hint="Number the places 0, 1, 2, ... and reshape them to (batch_size, num_batches, seq_len). Which two axes must change places?",
            reference=streams,
            did="You let each row go on where it ended in the batch before",
            asked="here row r goes on where row r of the batch before it ended",
            mistakes=(
                Misconception(
                    "longer stretches",
                    "Your stretches have (n - 1) // batch_size characters, so some are lost between the rows. They have exactly "
                    "num_batches * seq_len; all that is left over is at the end of the text.",
                    _longer_stretches,
                ),
                Misconception(
                    "rows first",
                    "Your stretches are right, but the first axis is the row: the shape is (num_batches, batch_size, seq_len).",
                    lambda *args: tuple(part.swapaxes(0, 1) for part in streams(*args)),
                ),
            ),
        ),
        Member(
            name="reading order",
            statement="there are $(n - 1)$ // (`batch_size * seq_len`) batches, and the windows stand in *reading order*: row 0 of batch 0 "
            "has the first `seq_len` characters of the text, row 1 the next `seq_len`, and after the last row of a batch the text "
            "goes on in row 0 of the next.",
            hint="Number the places 0, 1, 2, ... and reshape them to (num_batches, batch_size, seq_len). The targets are at the places + 1.",
            reference=reading_order,
            did="You put the windows in reading order, one after the other",
            asked="here the text goes on from row to row, and from the last row in the next batch",
            mistakes=(
                Misconception(
                    "windows of one more",
                    "You cut windows of seq_len + 1 characters, so one character in each is never an input. The last target of a window is "
                    "also the first input of the next.",
                    _apart,
                ),
            ),
        ),
        Member(
            name="every start",
            statement="windows *overlap*: one begins at each place of the text from which inputs and targets still fit, $n$ − `seq_len` in "
            "all. They stand in the order of their starts: row 0 of batch 0 begins at place 0, row 1 at place 1, and after the last "
            "row of a batch comes row 0 of the next. So there are ($n$ − `seq_len`) // `batch_size` batches.",
            hint="The starts are 0, 1, 2, ... in the shape (num_batches, batch_size, 1). Add `jnp.arange(seq_len)`.",
            reference=every_start,
            did="You let a window begin at every place",
            asked="here windows overlap, and the next one begins one character later",
            mistakes=(
                Misconception(
                    "never the last window",
                    "You left out the last window of the text: there are n - seq_len starts, from 0 to n - seq_len - 1.",
                    lambda ids, batch_size, seq_len: every_start(ids[:-1], batch_size, seq_len),
                ),
                Misconception(
                    "one start too many",
                    "Your last start is one too high: its last target lies past the end, and JAX silently takes the last character again.",
                    _one_start_more,
                ),
            ),
        ),
    ),
    slips=(
        Slip(
            "targets not shifted",
            "Your targets are the inputs themselves; each target is the character after its input.",
            lambda right: lambda *args: (right(*args)[0], right(*args)[0]),
        ),
        Slip(
            "shifted twice",
            "Your targets are two characters ahead of the inputs; shift by one.",
            lambda right: lambda ids, *sizes: (right(ids, *sizes)[0], right(np.append(ids[1:], ids[-1:]), *sizes)[1]),
        ),
        Slip(
            "inputs and targets swapped",
            "Your targets are one character behind the inputs. Return inputs, targets.",
            lambda right: lambda *args: right(*args)[::-1],
        ),
        Slip(
            "transposed",
            "Rows and columns of your batches are swapped: one window is one row, so the shape ends in (batch_size, seq_len).",
            lambda right: lambda *args: tuple(part.swapaxes(1, 2) for part in right(*args)),
        ),
        Slip(
            "last batch dropped",
            "The last full batch is missing; only what does not fill a batch is dropped.",
            lambda right: lambda *args: tuple(part[:-1] for part in right(*args)),
        ),
    ),
)
