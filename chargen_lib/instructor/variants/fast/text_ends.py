"""text_ends: the last characters of texts of unequal length."""

import numpy as np

from chargen_lib.exercises.engine.cards import Misconception, Probe
from chargen_lib.instructor.variants.family import Family, Member, Rule, Slip


def fill_in_front(ids, lengths, width, fill):
    ids = np.asarray(ids)
    places = np.asarray(lengths)[:, None] - width + np.arange(width)  # (batch, width)
    return np.where(places < 0, fill, np.take_along_axis(ids, np.maximum(places, 0), axis=1))


def fill_behind(ids, lengths, width, fill):
    ids, lengths = np.asarray(ids), np.asarray(lengths)[:, None]
    places = np.maximum(lengths - width, 0) + np.arange(width)  # (batch, width)
    return np.where(places < lengths, np.take_along_axis(ids, np.minimum(places, ids.shape[1] - 1), axis=1), fill)


def newest_first(ids, lengths, width, fill):
    ids = np.asarray(ids)
    places = np.asarray(lengths)[:, None] - 1 - np.arange(width)  # (batch, width)
    return np.where(places < 0, fill, np.take_along_axis(ids, np.maximum(places, 0), axis=1))


def _first_ones(ids, lengths, width, fill):
    return fill_behind(ids, np.minimum(lengths, width), width, fill)


def text_ends_probes(rng):
    def texts(lengths, time):
        return rng.integers(10, 60, size=(len(lengths), time)), np.array(lengths)

    return [
        Probe((np.array([[5, 6, 7, 8, 9], [3, 4, 2, 2, 2]]), np.array([5, 2]), 3, 1)),
        Probe((*texts([4, 1, 6, 3], 7), 3, 9)),
        Probe((*texts([2, 0, 5], 6), 4, 7)),
        Probe((*texts([3, 3, 3], 3), 2, 8)),
        Probe((*texts([4, 2], 5), 7, 5)),  # wider than the rows
        Probe((*texts([2, 4, 3], 5), 1, 0)),
        Probe((*texts([6, 2], 6), 3, int(rng.integers(1, 9)))),
    ]


def _one_place_longer(ids):
    """What an index past the end reads in JAX: the last one again."""
    return np.concatenate([ids, np.asarray(ids)[:, -1:]], axis=1)


def _read_around(places_of):
    """A place before the text is read from the end of the row, as a negative index is."""

    def wrong(ids, lengths, width, fill):
        ids = np.asarray(ids)
        places = places_of(np.asarray(lengths)[:, None], width)
        places = np.maximum(np.where(places < 0, places + ids.shape[1], places), 0)
        return np.take_along_axis(ids, places, axis=1)

    return wrong


def _with_padding(ids, lengths, width, fill):
    """What is missing comes from the padding; past the end it is the last one again."""
    ids, lengths = np.asarray(ids), np.asarray(lengths)[:, None]
    places = np.maximum(lengths - width, 0) + np.arange(width)
    return np.take_along_axis(ids, np.minimum(places, ids.shape[1] - 1), axis=1)


def _as_dynamic_slice(ids, lengths, width, fill):
    """A negative start counts from the end of the row, and the piece is moved until it lies inside."""
    ids = np.asarray(ids)
    time = ids.shape[1]
    starts = np.asarray(lengths) - width
    starts = np.clip(np.where(starts < 0, starts + time, starts), 0, max(time - width, 0))
    return np.take_along_axis(ids, np.minimum(starts[:, None] + np.arange(width), time - 1), axis=1)


def _last_columns_filled(ids, lengths, width, fill):
    ids = np.asarray(ids)
    return np.where(np.arange(ids.shape[1]) < np.asarray(lengths)[:, None], ids, fill)[:, -width:]


def _first_again(right):
    def wrong(ids, lengths, width, fill):
        found = right(ids, lengths, width, -1)
        return np.where(found == -1, np.asarray(ids)[:, :1], found)

    return wrong


def _for_every(length_of):
    """The lengths of all texts are length_of(ids, lengths)."""
    return lambda right: (
        lambda ids, lengths, width, fill: right(ids, np.full(len(ids), length_of(np.asarray(ids), lengths)), width, fill)
    )


_AROUND = "Where a text is too short you read from the end of its row: a negative index counts from there. Put `fill`."
_PIECE = (
    "You cut one piece of `width` places out of each row. Where the text is too short it begins before it, and JAX moves the piece into the "
    "padding: put `fill`."
)

TEXT_ENDS = Family(
    function="text_ends",
    title="Where each text stops",
    lesson=11,
    points=3,
    minutes=10,
    difficulty=2,
    docstring="Each text's last ids.  ids: (batch, time) ints;  lengths: (batch,) ints;  width, fill: ints;  returns (batch, width) ints.",
    given="Each row of `ids` begins with a text, and `lengths` says how many ids it has; it may be 0. What stands behind is padding, and may be any "
    "id. Return the *last* `width` ids of each text, a row for each, `width` at least 1. A text that has fewer gives all it has, and `fill` "
    "for those that are missing. In a row",
    probes=text_ends_probes,
    members=(
        Member(
            name="fill in front",
            statement="the ids stand in reading order, and `fill` stands *before* them, so that every row ends with the newest id of its text.",
            hint="A table of places (batch, width): `lengths[:, None] - width + jnp.arange(width)`. Which of them are below 0?",
            reference=fill_in_front,
            did="You put the fill in front of the ids",
            asked="here the ids stand in reading order at the end of the row, with the fill in front of them",
            mistakes=(
                Misconception(
                    "read from the end", _AROUND, _read_around(lambda lengths, width: lengths - width + np.arange(width))
                ),
                Misconception("one piece of the row", _PIECE, _as_dynamic_slice),
                Misconception(
                    "turned round",
                    "You put the newest id first. The ids stand in reading order, and the newest is the last of the row.",
                    lambda ids, lengths, width, fill: fill_behind(ids, lengths, width, fill)[:, ::-1],
                ),
            ),
        ),
        Member(
            name="fill behind",
            statement="the ids stand in reading order from the left on, and `fill` stands *behind* them.",
            hint="A table of places (batch, width): from max(length - width, 0) on. Which of them are still inside the text?",
            reference=fill_behind,
            did="You put the ids in reading order and the fill behind them",
            asked="here the ids stand in reading order from the left on, with the fill behind them",
            mistakes=(
                Misconception(
                    "padding in place of fill",
                    "Where a text is too short you read on into the padding, which may be any id. Put `fill` there.",
                    _with_padding,
                ),
                Misconception("one piece of the row", _PIECE, _as_dynamic_slice),
                Misconception(
                    "turned round, fill in front",
                    "Your rows stand the wrong way round, the newest id first and `fill` before it. Reading order from the left on, and `fill` behind.",
                    lambda ids, lengths, width, fill: fill_behind(ids, lengths, width, fill)[:, ::-1],
                ),
            ),
        ),
        Member(
            name="newest first",
            statement="the *newest* id stands first, then the one before it, and so on, and `fill` stands behind them.",
            hint="A table of places (batch, width): `lengths[:, None] - 1 - jnp.arange(width)`. Which of them are below 0?",
            reference=newest_first,
            did="You put the newest id first",
            asked="here the newest id stands first, then the one before it, with the fill behind them",
            mistakes=(
                Misconception(
                    "read from the end", _AROUND, _read_around(lambda lengths, width: lengths - 1 - np.arange(width))
                ),
                Misconception(
                    "fill before the newest",
                    "The ids are in the right order, but `fill` stands before them. The newest id is the first of the row.",
                    lambda ids, lengths, width, fill: fill_behind(ids, lengths, width, fill)[:, ::-1],
                ),
            ),
        ),
    ),
    others=(
        Rule(
            "first columns",
            "You took the first columns, padding included",
            lambda ids, lengths, width, fill: np.asarray(ids)[:, :width],
        ),
        Rule(
            "last columns",
            "You took the last columns, padding included",
            lambda ids, lengths, width, fill: np.asarray(ids)[:, -width:],
        ),
        Rule("last columns, filled", "You took the last columns, with the fill in place of the padding", _last_columns_filled),
        Rule("first ones", "You took the first ids of each text", _first_ones),
        Rule(
            "first ones, turned round",
            "You took the first ids of each text and turned them round",
            lambda *args: _first_ones(*args)[:, ::-1],
        ),
    ),
    slips=(
        Slip(
            "the row's last places",
            "You took the last places of the row, which are padding in the shorter texts. Each text ends at its own place, length - 1.",
            _for_every(lambda ids, lengths: ids.shape[1]),
        ),
        Slip(
            "the longest text's place",
            "You took the end of the longest text for all. Each text ends at its own place, length - 1.",
            _for_every(lambda ids, lengths: max(lengths)),
        ),
        Slip(
            "the shortest text's place",
            "You took the end of the shortest text for all. Each text ends at its own place, length - 1.",
            _for_every(lambda ids, lengths: min(lengths)),
        ),
        Slip(
            "one place too early",
            "You left out the newest id of each text. Its last place is length - 1, and that is one of them.",
            lambda right: lambda ids, lengths, width, fill: right(ids, np.asarray(lengths) - 1, width, fill),
        ),
        Slip(
            "one place too late",
            "You took one id of the padding along. The last place of a text is length - 1.",
            lambda right: lambda ids, lengths, width, fill: right(_one_place_longer(ids), np.asarray(lengths) + 1, width, fill),
        ),
        Slip(
            "0 for what is missing",
            "You put 0 where a text is too short; put `fill`, as 0 may be a character.",
            lambda right: lambda ids, lengths, width, fill: right(ids, lengths, width, 0),
        ),
        Slip(
            "the first id again",
            "You repeated the first id where a text is too short; put `fill`.",
            _first_again,
        ),
        Slip(
            "texts in the columns",
            "You put the texts side by side: your shape is (width, batch). A row for each text is asked, (batch, width).",
            lambda right: lambda ids, lengths, width, fill: right(ids, lengths, width, fill).T,
        ),
        Slip(
            "short texts left out",
            "You left out the texts that are too short. Each has a row, and `fill` for what is missing.",
            lambda right: lambda ids, lengths, width, fill: right(ids, lengths, width, fill)[np.asarray(lengths) >= width],
        ),
    ),
)
