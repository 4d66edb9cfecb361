"""rows_of_places: which places stand in the row of a place."""

import numpy as np

from chargen_lib.exercises.engine.cards import Misconception, Probe
from chargen_lib.instructor.variants.family import Family, Member, Rule, Slip


def newest_first(ids, width, fill):
    ids = np.asarray(ids)
    places = np.arange(len(ids))[:, None] - np.arange(width)  # (n, width): t, t - 1, t - 2, ...
    return np.where(places < 0, fill, ids[np.maximum(places, 0)])


def without_itself(ids, width, fill):
    ids = np.asarray(ids)
    places = np.arange(len(ids))[:, None] - width + np.arange(width)  # (n, width): t - width, ..., t - 1
    return np.where(places < 0, fill, ids[np.maximum(places, 0)])


def every_second(ids, width, fill):
    ids = np.asarray(ids)
    places = np.arange(len(ids))[:, None] - 2 * np.arange(width)[::-1]  # (n, width): ..., t - 4, t - 2, t
    return np.where(places < 0, fill, ids[np.maximum(places, 0)])


def _window(ids, width, fill):
    return newest_first(ids, width, fill)[:, ::-1]


def _next_ones(ids, width, fill):
    """The `width` that come after the place, in reading order."""
    return without_itself(np.asarray(ids)[::-1], width, fill)[::-1, ::-1]


def _every_third(ids, width, fill):
    """Every third in place of every second."""
    return _apart(ids, width, fill, 3)


def _apart(ids, width, fill, step, last=0):
    ids = np.asarray(ids)
    places = np.arange(len(ids))[:, None] - last - step * np.arange(width)[::-1]
    return np.where(places < 0, fill, ids[np.maximum(places, 0)])


def _around(right):
    """What is before the text comes from its end, as np.roll brings it."""
    return lambda ids, width, fill: right(np.tile(ids, 9), width, fill)[8 * len(ids) :]


def _around_once(right):
    """The same with a negative index of JAX: further back than the text is long there is its first id alone."""

    def wrong(ids, width, fill):
        first = np.full(8 * len(ids), ids[0])
        return right(np.concatenate([first, ids, ids]), width, fill)[9 * len(ids) :]

    return wrong


def _full_rows_alone(right):
    def wrong(ids, width, fill):
        filled = right(np.zeros(len(ids), dtype=int), width, 1).any(axis=1)
        return right(ids, width, fill)[~filled]

    return wrong


def rows_of_places_probes(rng):
    return [
        Probe((np.array([5, 6, 7, 8, 9]), 3, 1)),
        Probe((np.array([4, 2]), 4, 3)),
        Probe((np.array([3, 1, 4, 1, 5, 9, 2]), 2, 8)),
        Probe((np.array([7, 3, 6]), 1, 2)),
        Probe((rng.permutation(10) + 10, 4, int(rng.integers(1, 9)))),
    ]


_AROUND = "What is before the text comes from its end in your rows: a negative index counts from there, and np.roll brings it. Put `fill`."

ROWS_OF_PLACES = Family(
    function="rows_of_places",
    title="A row for each place",
    lesson=8,
    points=2,
    minutes=8,
    difficulty=2,
    docstring="A row for each place of a text.  ids: (n,) ints;  width: int, 1 or more;  fill: an id;  returns (n, width) ints.",
    given="`ids` is a text. Return a row of `width` ids for each of its $n$ places. Where a row would need a place before the text, it holds "
    "`fill`. Row $t$ holds",
    probes=rows_of_places_probes,
    members=(
        Member(
            name="newest first",
            statement="the id at place $t$ and those before it, the *newest first*: places $t$, $t - 1$, $t - 2$, and so on.",
            hint="A table of places: `jnp.arange(n)[:, None]` minus `jnp.arange(width)`. Which of them are below 0?",
            reference=newest_first,
            did="You put the newest first",
            asked="here row t holds place t, then t - 1, then t - 2, and so on",
            mistakes=(
                Misconception(
                    "newest of those before",
                    "Your rows begin with place t - 1. Place t itself comes first.",
                    lambda ids, width, fill: without_itself(ids, width, fill)[:, ::-1],
                ),
            ),
        ),
        Member(
            name="without itself",
            statement="the ids *before* place $t$, without place $t$ itself, in reading order: places $t -$ `width` to $t - 1$. Row 0 has none.",
            hint="A table of places: `jnp.arange(n)[:, None] - width + jnp.arange(width)`. Which of them are below 0?",
            reference=without_itself,
            did="You returned the ids before each place, without the place itself",
            asked="here row t ends with place t - 1, and place t itself is not in it",
            mistakes=(
                Misconception(
                    "newest of those before",
                    "The right ids, but the newest stands first. They are asked in reading order: place t - 1 is the last of a row.",
                    lambda ids, width, fill: without_itself(ids, width, fill)[:, ::-1],
                ),
                Misconception(
                    "two places back",
                    "Your rows end with place t - 2. They go up to place t - 1.",
                    lambda ids, width, fill: _apart(ids, width, fill, 1, last=2),
                ),
            ),
        ),
        Member(
            name="every second",
            statement="the id at place $t$ and *every second* one before it, in reading order: places ..., $t - 4$, $t - 2$, $t$. So `width` ids "
            "reach back over twice as much text.",
            hint="A table of places: `jnp.arange(n)[:, None]` minus 0, 2, 4, ..., the largest first. Which of them are below 0?",
            reference=every_second,
            did="You took every second place",
            asked="here row t holds every second place, and ends with t - 4, t - 2, t",
            mistakes=(
                Misconception(
                    "every second, newest first",
                    "The right ids, but the newest stands first. They are asked in reading order: place t is the last of a row.",
                    lambda ids, width, fill: every_second(ids, width, fill)[:, ::-1],
                ),
                Misconception(
                    "every second before it",
                    "Your rows end with place t - 1. Begin at place t and go back in steps of 2.",
                    lambda ids, width, fill: _apart(ids, width, fill, 2, last=1),
                ),
                Misconception("every third", "Your steps are too wide: two ids lie between, and one should.", _every_third),
            ),
        ),
    ),
    others=(
        Rule("the window", "You returned the windows of lesson 08", _window),
        Rule("those that follow", "You returned the ids that come after each place", _next_ones),
    ),
    slips=(
        Slip(
            "0 before the text",
            "You put 0 where a row needs a place before the text; put `fill`, as 0 may be a character.",
            lambda right: lambda ids, width, fill: right(ids, width, 0),
        ),
        Slip(
            "the first id again",
            "You repeated the first id where a row needs a place before the text; put `fill`.",
            lambda right: lambda ids, width, fill: right(ids, width, np.asarray(ids)[0]),
        ),
        Slip("around the text", _AROUND, _around),
        Slip("around the text, with a negative index", _AROUND, _around_once),
        Slip(
            "full rows alone",
            "You left out the rows that reach back before the text. Each place has a row: fill it up with `fill`.",
            _full_rows_alone,
        ),
        Slip(
            "places in the columns",
            "You put the places side by side: your shape is (width, n). A row for each place is asked, (n, width).",
            lambda right: lambda ids, width, fill: right(ids, width, fill).T,
        ),
    ),
)
