"""context_windows: its reference, what it is tried on, and the wrong answers with names."""

import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe


def _with_starts(ids, how_many, start_id):
    return np.concatenate([np.full(how_many, start_id), np.asarray(ids)])


def _cut(padded, rows, width):
    """Row t: the `width` entries from place t on."""
    return padded[np.arange(rows)[:, None] + np.arange(width)]


def context_windows(ids, width, start_id):
    return _cut(_with_starts(ids, width - 1, start_id), len(ids), width)


def window_probes(rng):
    def text(size):
        return (rng.permutation(size) + 3).astype(np.int32)

    return [
        Probe((np.array([2, 0, 1]), 2, 3)),
        Probe((text(6), 3, 9)),
        Probe((text(4), 1, 0)),
        Probe((np.array([1, 0, 1, 1, 0, 2]), 3, 0)),  # the start is a character here, as a line break may be
        Probe((text(2), 4, 9)),  # longer than the text
        Probe((text(6), 3, int(rng.integers(10, 99)))),
    ]


def _with_target(following):
    """Windows that end one place later.  following(ids, start_id): what stands after the last character."""

    def wrong(ids, width, start_id):
        padded = np.append(_with_starts(ids, width - 1, start_id), following(ids, start_id))
        return _cut(padded[1:], len(ids), width)

    return wrong


def _target_where_there_is_one(ids, width, start_id):
    return context_windows(ids, width + 1, start_id)[1:, 1:]


def _stops_before(ids, width, start_id):
    return _cut(_with_starts(ids, width, start_id), len(ids), width)


def _one_row_more(ids, width, start_id):
    return _cut(_with_starts(ids, width, start_id), len(ids) + 1, width)


def _of_rolled_text(ids, width, start_id):
    return context_windows(np.roll(np.asarray(ids), -1), width, start_id)


def _whole_only(ids, width, start_id):
    return _cut(np.asarray(ids), max(len(ids) - width + 1, 0), width)


def _whole_only_in_a_list(ids, width, start_id):
    rows = _whole_only(ids, width, start_id)
    return rows if len(rows) else np.array([])


def _one_start(ids, width, start_id):
    places = np.arange(len(ids))[:, None] + np.arange(width)
    return _with_starts(ids, 1, start_id)[np.minimum(places, len(ids))]


def _blocks(ids, width, start_id):
    return np.asarray(ids)[: len(ids) // width * width].reshape(-1, width)


def _starts_at_the_end(ids, width, start_id):
    return _cut(np.append(np.asarray(ids), np.full(width - 1, start_id)), len(ids), width)


def _starts_behind(ids, width, start_id):
    ids = np.asarray(ids).tolist()
    kept = [ids[max(0, t - width + 1) : t + 1] for t in range(len(ids))]
    return np.array([row + [start_id] * (width - len(row)) for row in kept])


def _places(ids, width):
    return np.arange(len(ids))[:, None] + np.arange(1 - width, 1)


def _from_the_end(ids, width, start_id):
    return np.asarray(ids)[_places(ids, width) % len(ids)]


def _from_the_end_as_in_jax(ids, width, start_id):
    places = _places(ids, width)
    return np.asarray(ids)[np.maximum(places + len(ids) * (places < 0), 0)]


def _first_again(ids, width, start_id):
    return np.asarray(ids)[np.maximum(_places(ids, width), 0)]


def _without_the_first(ids, width, start_id):
    return context_windows(np.append(start_id, np.asarray(ids)[1:]), width, start_id)


_TARGET_INSIDE = (
    "The target stands inside its own window: your row t goes up to place t + 1, which it has to predict, so a model would only "
    "copy. Row t ends with ids[t]."
)
_NO_STARTS = (
    "Your rows are the whole windows alone, so the first places have none. Every place has a row: put width - 1 times `start_id` "
    "before the text first."
)
_NEGATIVE_PLACES = (
    "Before the text you have its own end: a negative place counts from the end, in JAX as in Python. Where a place is below 0, "
    "`start_id` belongs."
)

CONTEXT_WINDOWS = Exercise(
    name="context_windows",
    lesson=8,
    points=2,
    minutes=8,
    difficulty=1,
    hint="Put `width - 1` times `start_id` before the text. In this longer row, where does the window begin that ends with `ids[t]`? "
    "`jnp.arange(n)[:, None] + jnp.arange(width)` is a table of places.",
    reference=context_windows,
    probes=window_probes,
    misconceptions=(
        Misconception("target in its window", _TARGET_INSIDE, _with_target(lambda ids, start_id: ids[-1])),
        Misconception("target in its window, start at the end", _TARGET_INSIDE, _with_target(lambda ids, start_id: start_id)),
        Misconception("target in its window, first at the end", _TARGET_INSIDE, _with_target(lambda ids, start_id: ids[0])),
        Misconception("target in its window where there is one", _TARGET_INSIDE, _target_where_there_is_one),
        Misconception(
            "stops before its place",
            "Your row t stops before place t, so it would predict ids[t] itself. Here row t ends with ids[t] and predicts the next one: "
            "take one start less.",
            _stops_before,
        ),
        Misconception(
            "one row too many",
            "You have a row too many: one of starts alone, before the text. The first row ends with ids[0]: put width - 1 starts before "
            "the text, not width.",
            _one_row_more,
        ),
        Misconception(
            "text moved by one",
            "You moved the text one place to the left, so its first character is missing in the first rows. The windows are cut from "
            "the text as it is.",
            _of_rolled_text,
        ),
        Misconception(
            "newest first",
            "Your windows stand the newest first. A window is read as the text is: the oldest first, ids[t] last.",
            lambda *args: context_windows(*args)[:, ::-1],
        ),
        Misconception("whole windows alone", _NO_STARTS, _whole_only),
        Misconception("whole windows alone, in a list", _NO_STARTS, _whole_only_in_a_list),
        Misconception(
            "one start alone",
            "You put `start_id` before the text once. The first window holds one character and width - 1 starts, so that many are needed.",
            _one_start,
        ),
        Misconception(
            "blocks",
            "You cut the text into blocks that do not overlap. Each window begins one place after the one before it: there is a row for "
            "every place.",
            _blocks,
        ),
        Misconception(
            "starts after the text",
            "Your windows look ahead: row t begins at place t, and the starts stand after the text. Put them before it, so that row t "
            "ends at place t.",
            _starts_at_the_end,
        ),
        Misconception(
            "starts behind the characters",
            "In the first rows your starts stand behind the characters. What came before the text is older than it: the starts come "
            "first, and ids[t] stands last.",
            _starts_behind,
        ),
        Misconception("end of the text before it", _NEGATIVE_PLACES, _from_the_end_as_in_jax),
        Misconception("end of the text before it, round in a circle", _NEGATIVE_PLACES, _from_the_end),
        Misconception(
            "first character again",
            "Before the text you repeat its first character. `start_id` belongs there: it says that nothing came before.",
            _first_again,
        ),
        Misconception(
            "first character missing",
            "You have `start_id` where the first character belongs. Place 0 is in the text: only the places below 0 stand before it.",
            _without_the_first,
        ),
        Misconception(
            "zeros before the text",
            "Before the text you have 0, which may be a character of its own. Use the `start_id` that is given.",
            lambda ids, width, start_id: context_windows(ids, width, 0),
        ),
        Misconception(
            "minus one before the text",
            "Before the text you have -1. Use the `start_id` that is given; a table would look up its last row for -1.",
            lambda ids, width, start_id: context_windows(ids, width, -1),
        ),
        Misconception(
            "one too long",
            "Your windows hold width + 1 characters: the last place and `width` before it. The place itself is one of the `width`.",
            lambda ids, width, start_id: context_windows(ids, width + 1, start_id),
        ),
        Misconception(
            "one too short",
            "Your windows hold width - 1 characters. The place t itself is one of the `width`; width - 1 come before it.",
            lambda ids, width, start_id: context_windows(ids, width + 1, start_id)[:, 2:],
        ),
        Misconception(
            "no row for the last place",
            "The last row is missing. There is a row for every place: the last one predicts what the text does not show any more, and "
            "that is what writing needs.",
            lambda *args: context_windows(*args)[:-1],
        ),
        Misconception(
            "columns for rows",
            "Rows and columns have changed places: one window is one row, so the shape is (n, width).",
            lambda *args: context_windows(*args).T,
        ),
        Misconception(
            "places for ids",
            "You return the places in the text. Look up the characters' ids there.",
            lambda ids, width, start_id: _cut(np.arange(len(ids) + width - 1), len(ids), width),
        ),
        Misconception(
            "last window alone",
            "You return one window, the last. Every place of the text has a row of its own: (n, width).",
            lambda *args: context_windows(*args)[-1],
        ),
    ),
)
