"""end_rows: its reference, what it is tried on, and the wrong answers with names."""

import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe


def end_rows(ids, end_id):
    ids = np.asarray(ids)
    ended = np.maximum.accumulate(ids == end_id, axis=1)  # True from the first end on
    return np.where(ended, end_id, ids)


def end_rows_probes(rng):
    def rows(*texts):
        return np.array(texts)

    drawn = rng.integers(0, 4, size=(4, 6))
    drawn[0, 1:3], drawn[1], drawn[2, 0] = [2, 1], [0, 1, 3, 0, 1, 3], 2
    return [
        Probe((rows([3, 1, 0, 2], [2, 3, 1, 2]), 0)),
        Probe((rows([5, 7, 2, 6, 7, 2, 8], [7, 0, 1, 7, 7, 3, 0], [0, 4, 9, 0, 5, 1, 7], [6, 5, 0, 9, 8, 1, 4]), 7)),
        Probe((rows([9, 4, 2], [4, 0, 8], [1, 5, 4]), 4)),
        Probe((rows([1, 2, 3, 4, 9, 8, 2, 7]), 9)),
        Probe((drawn, 2)),
    ]


def _where(mask_of, fill=None):
    """The mistake that fills the places of mask_of(where an end stands (batch, time)), with end_id or another id."""

    def mistaken(ids, end_id):
        ids = np.asarray(ids)
        return np.where(mask_of(ids == end_id), end_id if fill is None else fill, ids)

    return mistaken


def _from_the_first(ends, axis=1):
    return np.maximum.accumulate(ends, axis=axis)


def _after_the_first(ends):
    return np.cumsum(np.cumsum(ends, axis=1), axis=1) > 1


def _places(ends):
    return np.arange(ends.shape[1])


def _first(ends):
    """argmax: 0 where there is no end."""
    return ends.argmax(axis=1)[:, None]


def _last(ends):
    return ends.shape[1] - 1 - ends[:, ::-1].argmax(axis=1)[:, None]


def _next_place_alone(ends):
    return np.roll(ends, 1, axis=1) & (_places(ends) > 0)


def _next_place_around(ends):
    return np.roll(ends, 1, axis=1)


def _all_ended(ends):
    return _from_the_first(ends).all(axis=0) & np.ones(ends.shape, dtype=bool)


def _any_ended(ends):
    return _from_the_first(ends).any(axis=0) & np.ones(ends.shape, dtype=bool)


def _through_the_batch(ends):
    return np.maximum.accumulate(ends.ravel()).reshape(ends.shape)


def _first_rows(ends):
    return _from_the_first(ends)[:1] & np.ones(ends.shape, dtype=bool)


def _exactly_one(ends):
    return np.cumsum(ends, axis=1) == 1


def _cut(ids, end_id):
    """As many places as the row needs that ends last."""
    ids = np.asarray(ids)
    done = _all_ended(ids == end_id)[0]
    return end_rows(ids, end_id)[:, : int(done.argmax()) + 1 if done.any() else None]


def _largest_so_far(ids, end_id):
    return np.maximum.accumulate(np.asarray(ids), axis=1)


def _from_an_id(comparison):
    """The mistake whose ends are comparison(ids, end_id)."""
    return lambda ids, end_id: np.where(_from_the_first(comparison(np.asarray(ids), end_id)), end_id, np.asarray(ids))


_NO_END = (
    "argmax is 0 where a row has no end, so you took its first place for one. Ask .any(axis=1) too, or count the ends so far: "
    "jnp.cumsum(ids == end_id, axis=1) > 0."
)
_AXIS = "You went down the columns, from row to row. Each row has its own end: axis=1."
_OTHER_FILL = "What follows an end must be `end_id`. You filled it with something else."

END_ROWS = Exercise(
    name="end_rows",
    lesson=11,
    points=2,
    minutes=8,
    difficulty=2,
    hint="ids == end_id is True where an end stands. How many ends came so far? jnp.cumsum along a row counts them. Where there is at least one, "
    "jnp.where puts end_id.",
    reference=end_rows,
    probes=end_rows_probes,
    jit=(1,),
    misconceptions=(
        Misconception(
            "no end, first place taken",
            _NO_END,
            _where(lambda ends: _places(ends) > _first(ends)),
        ),
        Misconception("no end, whole row", _NO_END, _where(lambda ends: _places(ends) >= _first(ends))),
        Misconception(
            "an end at place 0 not seen",
            "A row that begins with an end counts as one without any in your function: the place 0 is a place too. Ask .any(axis=1) whether there is one.",
            _where(lambda ends: (_places(ends) >= _first(ends)) & (_first(ends) > 0)),
        ),
        Misconception(
            "next place alone",
            "You end the one place after an end, and the row goes on behind it. Everything that follows the first end is end_id.",
            _where(_next_place_alone),
        ),
        Misconception(
            "next place, around the row",
            "np.roll brings the last place round to the first, and you end one place after each end alone. Everything that follows the first end "
            "is end_id.",
            _where(_next_place_around),
        ),
        Misconception(
            "unchanged",
            "You return the ids as they are. After the first end_id of a row, all of it is end_id.",
            lambda ids, end_id: np.array(ids),
        ),
        Misconception(
            "after the last end",
            "You go by the last end of a row. Nothing that follows the *first* one counts, other ends included.",
            _where(lambda ends: (_places(ends) > _last(ends)) & ends.any(axis=1, keepdims=True)),
        ),
        Misconception(
            "after the second end",
            "You wait for the second end. What follows the first one is over: count > 0.",
            _where(lambda ends: np.cumsum(ends, axis=1) > 1),
        ),
        Misconception(
            "up to the second end",
            "You end a row from its first end to its second, and then it goes on. Count > 0, not == 1.",
            _where(lambda ends: _exactly_one(ends)),
        ),
        Misconception(
            "before the end",
            "It is turned round: you end what comes before the first end, and keep the rest.",
            _where(lambda ends: ~_from_the_first(ends)),
        ),
        Misconception(
            "up to the end",
            "It is turned round: you end what comes up to the last end, and keep the rest. What follows the first end is end_id.",
            _where(lambda ends: _from_the_first(ends[:, ::-1])[:, ::-1]),
        ),
        Misconception(
            "all rows at the first end",
            "You end every row as soon as one of them ends. Each row has its own end; its neighbours write on.",
            _where(_any_ended),
        ),
        Misconception(
            "when all rows have ended",
            "You wait until all rows have ended. Each row has its own end, and is over from there on.",
            _where(_all_ended),
        ),
        Misconception(
            "where the first row ends",
            "You end every row where the first one ends. Each has its own: count along axis=1.",
            _where(_first_rows),
        ),
        Misconception("from row to row", _AXIS, _where(lambda ends: _from_the_first(ends, axis=0))),
        Misconception(
            "through the whole batch",
            "You counted through the whole batch, so an end reaches into the rows below it. Count in each row: axis=1.",
            _where(_through_the_batch),
        ),
        Misconception("filled with 0", f"{_OTHER_FILL[:-1]}, 0, which may be a character.", _where(_from_the_first, fill=0)),
        Misconception(
            "filled with 0 behind the end",
            f"{_OTHER_FILL[:-1]}, 0, which may be a character.",
            _where(_after_the_first, fill=0),
        ),
        Misconception("filled with -1", f"{_OTHER_FILL[:-1]}, -1.", _where(_from_the_first, fill=-1)),
        Misconception("filled with -1 behind the end", f"{_OTHER_FILL[:-1]}, -1.", _where(_after_the_first, fill=-1)),
        Misconception(
            "0 for the end",
            "You looked for the id 0. The end is `end_id`, whatever its number.",
            _from_an_id(lambda ids, end_id: ids == 0),
        ),
        Misconception(
            "larger ids too",
            "You took larger ids for an end too. Only `end_id` itself ends a row: ids == end_id.",
            _from_an_id(lambda ids, end_id: ids >= end_id),
        ),
        Misconception(
            "largest so far",
            "You carried on the largest id so far, which is the end only if no id is larger. Carry on ids == end_id.",
            _largest_so_far,
        ),
        Misconception(
            "cut off",
            "You cut the rows off where the last of them ends. The shape stays (batch, time), filled with end_id.",
            _cut,
        ),
        Misconception(
            "mask returned",
            "You return where the rows have ended. Put end_id there and keep the other ids: jnp.where(ended, end_id, ids).",
            lambda ids, end_id: _from_the_first(np.asarray(ids) == end_id),
        ),
        Misconception(
            "multiplied by the mask",
            "You multiplied the ids by where the rows have ended, so all before the end is 0. jnp.where(ended, end_id, ids) chooses.",
            lambda ids, end_id: np.asarray(ids) * _from_the_first(np.asarray(ids) == end_id),
        ),
        Misconception(
            "lengths returned",
            "You return how long each row is. The ids are asked, (batch, time).",
            lambda ids, end_id: (~_from_the_first(np.asarray(ids) == end_id)).sum(axis=1),
        ),
    ),
)
