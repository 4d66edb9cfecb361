"""with_label: its reference, what it is tried on, and the wrong answers with names."""

import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe


def with_label(x, labels, table):
    return np.asarray(x) + np.asarray(table)[np.asarray(labels)][:, None]


def with_label_probes(rng):
    def drawn(*shape):
        return rng.standard_normal(shape).astype(np.float32)

    x = np.array([[[0, 1], [2, 3], [4, 5]], [[6, 7], [8, 9], [9, 8]]], dtype=np.float32)
    table = np.array([[10, 20], [30, 40], [50, 70]], dtype=np.float32)
    return [
        Probe((x, np.array([2, 0]), table)),
        Probe((drawn(3, 3, 3), np.array([2, 0, 1]), drawn(3, 3))),  # all axes equally long: a lost one gives numbers
        Probe((drawn(3, 3, 3), np.array([1, 1, 0]), drawn(3, 3))),
        Probe((drawn(4, 3, 2), np.array([1, 0, 1, 1]), drawn(2, 2))),  # fewer labels than rows
        Probe((drawn(1, 4, 3), np.array([3]), drawn(5, 3))),
        Probe((drawn(3, 1, 4), np.array([1, 4, 0]), drawn(5, 4))),
        Probe((drawn(3, 5, 4), rng.integers(0, 6, size=3), drawn(6, 4))),
    ]


def _picked(array, places):
    """Rows of an array.  As in JAX: a negative place counts from the end, and past the end it is the last."""
    return np.asarray(array)[np.minimum(places, len(array) - 1)]


def _added(embeddings):
    """The mistake that adds embeddings(labels (batch,), table (K, d)), (batch, d), at every place."""
    return lambda x, labels, table: np.asarray(x) + embeddings(np.asarray(labels), np.asarray(table))[:, None]


def _of(wrong):
    """The mistake wrong(x, table[labels] (batch, d))."""
    return lambda x, labels, table: wrong(np.asarray(x), np.asarray(table)[np.asarray(labels)])


def _at(place):
    """The mistake that adds the label at some places of the time axis alone: x[:, place]."""

    def mistaken(x, embeddings):
        x = x.copy()
        x[:, place] += embeddings[:, None]
        return x

    return _of(mistaken)


def _tiled(x, embeddings):
    return x + np.tile(embeddings, (x.shape[1], 1)).reshape(x.shape)


def _beside(*parts):
    """Features side by side: parts are 'x' and 'label' in their order."""

    def mistaken(x, embeddings):
        both = {"x": x, "label": np.broadcast_to(embeddings[:, None], x.shape)}
        return np.concatenate([both[part] for part in parts], axis=-1)

    return _of(mistaken)


def _columns(x, labels, table):
    """table[:, labels], which is (K, batch); past the last column it is the last."""
    return _picked(np.asarray(table).T, np.asarray(labels)).T


_COLUMNS = (
    "A label's embedding is a row of the table, and you picked columns: table[:, labels], or table.T. Pick table[labels]."
)

_NOT_LONGER = "Here its embedding is *added* to what stands at each place, and the shape stays (batch, time, d)."

_ONE_SIDE = f"You put the label's embedding beside x, which makes 2 d numbers of d. {_NOT_LONGER}"

_ALL_MIXED = (
    "You joined the labels of the whole batch, by a sum or a mean, so every row is given the same. Each row has a label of its own: "
    "table[labels][:, None]."
)

_COUNTED_FROM_0 = (
    "You looked up the row beside the label's. Labels are counted from 0, as the rows of the table are: table[labels]."
)

WITH_LABEL = Exercise(
    name="with_label",
    lesson=13,
    points=1,
    minutes=6,
    difficulty=1,
    hint="table[labels] holds an embedding for each row, (batch, d). An axis of length 1 between the two, where x has its time, is stretched by + "
    "over all places.",
    reference=with_label,
    probes=with_label_probes,
    jit=(),
    misconceptions=(
        Misconception(
            "lined up with the time",
            "table[labels] is (batch, d), and + lines it up with time and d: place t gets the label of row t. It needs an axis of length 1 for the "
            "time: table[labels][:, None].",
            _of(lambda x, embeddings: x + embeddings),
        ),
        Misconception(
            "axis at the end",
            "Your new axis stands at the end, so the embedding runs along the time. It belongs between batch and d: table[labels][:, None].",
            _of(lambda x, embeddings: x + embeddings[..., None]),
        ),
        Misconception(
            "tiled",
            "You repeated the whole list of labels (tile), so neighbouring places get different labels. Repeat each label over its own row: "
            "table[labels][:, None] does it.",
            _of(_tiled),
        ),
        Misconception(
            "first place alone",
            "You added the label at the first place alone. It is asked at every place of its row: table[labels][:, None] goes along the whole time.",
            _at(slice(None, 1)),
        ),
        Misconception(
            "last place alone",
            "You added the label at the last place alone. It is asked at every place of its row: table[labels][:, None] goes along the whole time.",
            _at(slice(-1, None)),
        ),
        Misconception(
            "first place left out",
            "You left the first place without its label. It is asked at every place, from 0 on.",
            _at(slice(1, None)),
        ),
        Misconception(
            "in front",
            f"You put the label in front of the text, as one place more. {_NOT_LONGER}",
            _of(lambda x, embeddings: np.concatenate([embeddings[:, None], x], axis=1)),
        ),
        Misconception(
            "behind",
            f"You put the label behind the text, as one place more. {_NOT_LONGER}",
            _of(lambda x, embeddings: np.concatenate([x, embeddings[:, None]], axis=1)),
        ),
        Misconception("beside x", _ONE_SIDE, _beside("x", "label")),
        Misconception("beside x, label first", _ONE_SIDE, _beside("label", "x")),
        Misconception(
            "in place of x",
            "You return the label's embedding at every place, and what stood there is gone. Add the two.",
            _of(lambda x, embeddings: np.broadcast_to(embeddings[:, None], x.shape)),
        ),
        Misconception(
            "the embeddings alone",
            "You return the embeddings of the labels, (batch, d). Add them to x, at every place of their row.",
            _of(lambda x, embeddings: embeddings),
        ),
        Misconception(
            "x alone",
            "You return x as it was. An array from JAX is not changed in its place: .at[...].add(...) and + give a new one, and that is to be returned.",
            _of(lambda x, embeddings: x.copy()),
        ),
        Misconception(
            "multiplied",
            "You multiplied x by the label's embedding. Add the two.",
            _of(lambda x, embeddings: x * embeddings[:, None]),
        ),
        Misconception(
            "mean of both",
            "You return the mean of x and the label's embedding. Their sum is asked.",
            _of(lambda x, embeddings: (x + embeddings[:, None]) / 2),
        ),
        Misconception(
            "added again and again",
            "You added the label to the whole row once for each place, so it counts `time` times. Once is enough: + reaches all places.",
            _of(lambda x, embeddings: x + x.shape[1] * embeddings[:, None]),
        ),
        Misconception(
            "more from place to place",
            "Your label grows along the text: place t has it t + 1 times. Every place has it once.",
            _of(lambda x, embeddings: x + np.arange(1, x.shape[1] + 1)[:, None] * embeddings[:, None]),
        ),
        Misconception("columns", _COLUMNS, lambda x, labels, table: np.asarray(x) + _columns(x, labels, table).T[:, None]),
        Misconception(
            "columns, lined up with the time", _COLUMNS, lambda x, labels, table: np.asarray(x) + _columns(x, labels, table)
        ),
        Misconception(
            "columns, with an axis between",
            _COLUMNS,
            lambda x, labels, table: np.asarray(x) + _columns(x, labels, table)[:, None],
        ),
        Misconception(
            "the whole table",
            "You added the whole table, lined up with the time, and did not look at the labels. Pick a row of it for each: table[labels].",
            lambda x, labels, table: np.asarray(x) + np.asarray(table),
        ),
        Misconception(
            "row number in place of the label",
            "Row b of the batch was given the embedding of label b. Its label is labels[b]: pick table[labels].",
            _added(lambda labels, table: _picked(table, np.arange(len(labels)))),
        ),
        Misconception(
            "the first row's label",
            "Every row was given the first row's label. Each has its own: table[labels][:, None].",
            _added(lambda labels, table: table[labels[:1]]),
        ),
        Misconception("sum of all labels", _ALL_MIXED, _added(lambda labels, table: table[labels].sum(axis=0)[None])),
        Misconception("mean of all labels", _ALL_MIXED, _added(lambda labels, table: table[labels].mean(axis=0)[None])),
        Misconception("one row before", _COUNTED_FROM_0, _added(lambda labels, table: _picked(table, labels - 1))),
        Misconception("one row further", _COUNTED_FROM_0, _added(lambda labels, table: _picked(table, labels + 1))),
        Misconception(
            "the label's number",
            "You added the number of the label itself, as if label 2 were twice label 1. Add its row of the table: table[labels].",
            lambda x, labels, table: np.asarray(x) + np.asarray(labels)[:, None, None],
        ),
        Misconception(
            "one-hot",
            "You added one-hot rows, and the table was not asked. one_hot @ table is the embedding, and so is table[labels].",
            lambda x, labels, table: np.asarray(x) + (np.asarray(labels)[:, None] == np.arange(np.shape(x)[-1]))[:, None],
        ),
        Misconception(
            "rows of x picked",
            "You picked the rows of x by their labels too. The table alone is looked up; x stays as it stands.",
            lambda x, labels, table: with_label(_picked(x, np.asarray(labels)), labels, table),
        ),
    ),
)
