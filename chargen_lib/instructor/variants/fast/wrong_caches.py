"""Rows written into a cache of slots, as it is done when it is wrong."""

import numpy as np

from chargen_lib.instructor.variants.family import Slip


def put(cache, place, row):
    """Into a copy; outside the cache nothing is written, as with .at[place].set."""
    cache = np.array(cache)
    if -len(cache) <= place < len(cache):
        cache[place] = row
    return cache


def at(place_of):
    """The mistake that writes row number r into slot place_of(r, slots)."""

    def wrong(cache, rows, written):
        for number, row in enumerate(rows, start=written):
            cache = put(cache, place_of(number, len(cache)), row)
        return np.array(cache)

    return wrong


def when_full(changed):
    """The mistake that fills the slots, and then does changed(cache, row) for each row."""

    def wrong(cache, rows, written):
        cache = np.array(cache)
        for number, row in enumerate(rows, start=written):
            cache = put(cache, number, row) if number < len(cache) else changed(cache, np.asarray(row)[None])
        return cache

    return wrong


def always(changed):
    def wrong(cache, rows, written):
        for row in rows:
            cache = changed(np.array(cache), np.asarray(row)[None])
        return cache

    return wrong


def moved(cache, row):
    return np.concatenate([cache[1:], row])


def moved_back(cache, row):
    return np.concatenate([row, cache[:-1]])


def rolled_back(cache, row):
    return put(np.roll(cache, 1, axis=0), len(cache) - 1, row[0])


def rolled_alone(cache, row):
    return np.roll(cache, -1, axis=0)


def rolled_entries(cache, row):
    return put(np.roll(cache, -1), len(cache) - 1, row[0])


def moved_too_late(cache, rows, written):
    """Row number S is dropped: .at[S].set writes nothing."""
    cache = np.array(cache)
    for number, row in enumerate(rows, start=written):
        cache = put(cache, number, row) if number <= len(cache) else moved(cache, np.asarray(row)[None])
    return cache


def moved_behind_the_first(cache, row):
    return np.concatenate([cache[:1], cache[2:], row])


def as_one_block(cache, rows, written):
    """As jax.lax.dynamic_update_slice, which moves the block back until it fits."""
    cache, start = np.array(cache), min(written, len(cache) - len(rows))
    cache[start : start + len(rows)] = rows
    return cache


def oldest_first(cache, rows, written):
    """A ring, turned so that the oldest row stands in slot 0."""
    total, slots = written + len(rows), len(cache)
    ring = at(lambda number, slots: number % slots)(cache, rows, written)
    return np.roll(ring, -(total % slots), axis=0) if total > slots else ring


def one_place_for_all(right):
    """The count of what is written does not go on from row to row."""

    def wrong(cache, rows, written):
        for row in np.asarray(rows):
            cache = right(cache, row[None], written)
        return cache

    return wrong


SLIPS = (
    Slip(
        "first row alone",
        "You wrote the first of the new rows alone. A return inside the loop ends it after one row.",
        lambda right: lambda cache, rows, written: right(cache, rows[:1], written),
    ),
    Slip(
        "one place for all",
        "Your count of the rows does not go on, so each new row is written where the one before it stands.",
        one_place_for_all,
    ),
    Slip(
        "counted one too many",
        "You counted one row too many: the next row has the number `written`, as rows are numbered from 0.",
        lambda right: lambda cache, rows, written: right(cache, rows, written + 1),
    ),
    Slip(
        "counted one too few",
        "You counted one row too few: the next row has the number `written`, as rows are numbered from 0.",
        lambda right: lambda cache, rows, written: right(cache, rows, written - 1),
    ),
    Slip(
        "from the start",
        "You did not look at `written`, and began at slot 0. `written` rows stand there already.",
        lambda right: lambda cache, rows, written: right(cache, rows, 0),
    ),
    Slip(
        "emptied",
        "You began with zeros, so what stood in the cache is lost. Begin with a copy of it.",
        lambda right: lambda cache, rows, written: right(np.zeros_like(cache), rows, written),
    ),
    Slip(
        "last row first",
        "You wrote the new rows in the opposite order. Row 0 comes first.",
        lambda right: lambda cache, rows, written: right(cache, rows[::-1], written),
    ),
    Slip(
        "unchanged",
        "You return the cache as it was. JAX's .at[...].set(...) makes a copy: keep it.",
        lambda right: lambda cache, rows, written: np.array(cache),
    ),
)
