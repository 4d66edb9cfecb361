"""cache_write: its card, what it is tried on, and what to say of a wrong answer."""

import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe
from chargen_lib.exercises.lesson_11 import writings
from chargen_lib.exercises.lesson_11.writings import after_a_right_check, allowed, outside


def cache_write_probes(rng):
    def drawn(*shape):
        return rng.standard_normal(shape).astype(np.float32)

    small = np.array([[1, 2], [3, 4], [5, 6]], dtype=np.float32)
    return [
        Probe((small, 1, np.array([7, 8], dtype=np.float32))),
        Probe((drawn(5, 3), 3, drawn(3))),
        Probe((drawn(5, 3), 0, drawn(3))),
        Probe((drawn(5, 3), 4, drawn(3))),
        Probe((drawn(3, 3), 1, drawn(3))),  # as many slots as entries: a column can be written too
        Probe((drawn(3, 3), 2, drawn(3))),
        Probe((drawn(5, 3), 5, drawn(3)), mention="5"),
        Probe((drawn(5, 3), 17, drawn(3)), mention="17"),
        Probe((drawn(5, 3), -1, drawn(3)), mention="-1"),
        Probe((drawn(5, 3), -8, drawn(3)), mention="-8"),
    ]


_UNCHECKED = (
    "You do not look at `index`. Outside the cache .at[index].set(row) writes nothing, or counts from the end, without a word: raise "
    "ValueError unless 0 <= index < len(cache)."
)
_NEGATIVE = "A negative index writes from the end in your function. There is no slot below 0: raise ValueError there too."
_TOO_LARGE = (
    "An index of len(cache) or more writes into no slot, or into the wrong one, without a word. The last slot is len(cache) - 1: "
    "raise ValueError from there on."
)
_ONE_TOO_MANY = (
    "You let index = len(cache) pass. The slots are 0 to len(cache) - 1: raise ValueError unless index < len(cache)."
)

CACHE_WRITE = Exercise(
    name="cache_write",
    lesson=11,
    points=1,
    minutes=6,
    difficulty=1,
    hint="First the check: 0 <= index < len(cache), else a ValueError with the index in its message (an f-string). Then "
    "cache.at[index].set(row), which makes a copy: return it.",
    reference=writings.cache_write,
    probes=cache_write_probes,
    misconceptions=(
        Misconception("not checked", _UNCHECKED, writings.unchecked),
        Misconception(
            "moved to the nearest slot",
            "Outside the cache jax.lax.dynamic_update_slice writes into the nearest slot, over what stands there, without a word. Raise "
            "ValueError unless 0 <= index < len(cache).",
            writings.moved_inside,
        ),
        Misconception(
            "cut off",
            "You moved an index outside the cache to the nearest slot, where it overwrites what is still needed. Raise ValueError there.",
            writings.clipped,
        ),
        Misconception(
            "last slot again",
            "An index too large overwrites your last slot, which is still needed. Raise ValueError there.",
            allowed(lambda index, cache: index >= 0, writings.clipped),
        ),
        Misconception(
            "ring",
            "You go on at slot 0 when the cache is full (index % slots). A ring forgets the oldest; here an index outside is a "
            "ValueError.",
            lambda cache, index, row: writings.written(cache, index % len(cache), row),
        ),
        Misconception("negative allowed", _NEGATIVE, allowed(lambda index, cache: index < len(cache))),
        Misconception("from the end", _NEGATIVE, allowed(lambda index, cache: -len(cache) <= index < len(cache))),
        Misconception("too large allowed", _TOO_LARGE, allowed(lambda index, cache: index >= 0)),
        Misconception("one too many", _ONE_TOO_MANY, allowed(lambda index, cache: 0 <= index <= len(cache))),
        Misconception(
            "one too many, in the last slot",
            _ONE_TOO_MANY,
            allowed(lambda index, cache: 0 <= index <= len(cache), writings.clipped),
        ),
        Misconception(
            "one too many, and negative",
            "You let index = len(cache) pass, and negative ones. The slots are 0 to len(cache) - 1: ValueError unless "
            "0 <= index < len(cache).",
            allowed(lambda index, cache: index <= len(cache)),
        ),
        Misconception(
            "slot 0 refused",
            "You refuse slot 0. Slots are counted from 0: raise ValueError unless 0 <= index < len(cache).",
            allowed(lambda index, cache: 0 < index < len(cache)),
        ),
        Misconception(
            "last slot refused",
            "You refuse the last slot, len(cache) - 1. Raise ValueError unless 0 <= index < len(cache).",
            allowed(lambda index, cache: 0 <= index < len(cache) - 1),
        ),
        Misconception(
            "checked against d",
            "You compare `index` with the length of a row. The slots are the first axis: len(cache), or cache.shape[0].",
            allowed(lambda index, cache: 0 <= index < cache.shape[1]),
        ),
        Misconception(
            "counted from 1",
            "You count the slots from 1, and write into the one before. They are counted from 0: slot `index` is cache[index].",
            allowed(
                lambda index, cache: 1 <= index <= len(cache), lambda cache, index, row: writings.written(cache, index - 1, row)
            ),
        ),
        Misconception(
            "one slot too early",
            "You write into the slot before. Slot `index` is cache[index].",
            after_a_right_check(lambda cache, index, row: writings.written(cache, index - 1, row)),
        ),
        Misconception(
            "one slot too late",
            "You write into the slot after. Slot `index` is cache[index].",
            after_a_right_check(lambda cache, index, row: writings.unchecked(cache, index + 1, row)),
        ),
        Misconception(
            "IndexError",
            'Outside the cache your function raises IndexError. ValueError is asked: raise ValueError(f"... {index} ...").',
            outside(writings.raises(IndexError("index"))),
        ),
        Misconception(
            "assert",
            "An assert raises AssertionError, and not at all when Python runs with -O. Write: if ...: raise ValueError(...).",
            outside(writings.raises(AssertionError("index"))),
        ),
        Misconception(
            "None outside",
            "Outside the cache your function returns None, so nobody learns of it there and then. Raise ValueError, with `index` in its "
            "message.",
            outside(lambda cache, index: None),
        ),
        Misconception(
            "unchanged outside",
            "Outside the cache you return it unchanged, and the row is lost without a word. Raise ValueError, with `index` in its message.",
            outside(lambda cache, index: np.array(cache)),
        ),
        Misconception(
            "the copy thrown away",
            "You return the cache as it was. .at[index].set(row) changes nothing in place; it makes a copy, and that is what to return.",
            after_a_right_check(lambda cache, index, row: np.array(cache)),
        ),
        Misconception(
            "the copy thrown away, and not checked",
            "You return the cache as it was, and refuse nothing. .at[index].set(row) makes a copy: return that; and raise ValueError for an "
            "index outside.",
            lambda cache, index, row: np.array(cache),
        ),
        Misconception(
            "added",
            "You added the row to what stood in the slot, which may be anything. Put it in its place: set, not add.",
            after_a_right_check(lambda cache, index, row: writings.written(cache, index, np.asarray(cache)[index] + row)),
        ),
        Misconception(
            "cleared",
            "You began with zeros, so the other slots are lost. Take a copy of `cache`: cache.at[index].set(row).",
            after_a_right_check(lambda cache, index, row: writings.written(np.zeros_like(cache), index, row)),
        ),
        Misconception(
            "from the slot on",
            "You wrote the row into all slots from `index` on. Slot `index` alone: .at[index].",
            after_a_right_check(lambda cache, index, row: writings.written(cache, slice(index, None), row)),
        ),
        Misconception(
            "up to the slot",
            "You wrote the row into all slots before `index`. Slot `index` alone: .at[index].",
            after_a_right_check(lambda cache, index, row: writings.written(cache, slice(index), row)),
        ),
        Misconception(
            "every slot",
            "You wrote the row into every slot. Slot `index` alone: .at[index].",
            after_a_right_check(lambda cache, index, row: writings.written(cache, slice(None), row)),
        ),
        Misconception(
            "column",
            "You wrote into a column. The slots are the first axis: .at[index], not .at[:, index].",
            after_a_right_check(writings.column),
        ),
        Misconception(
            "mask not stood up",
            "Your comparison runs along the entries of a row, not along the slots. Stand it up as a column: (jnp.arange(slots) == index)[:, None].",
            after_a_right_check(writings.mask_not_stood_up),
        ),
        Misconception(
            "inserted",
            "You inserted the row, so the cache has one slot more. A cache keeps its size: set the slot that is there.",
            after_a_right_check(lambda cache, index, row: np.insert(cache, index, row, axis=0)),
        ),
        Misconception(
            "appended",
            "You put the row at the end, so the cache grows. It keeps its size, and the row stands in slot `index`.",
            after_a_right_check(lambda cache, index, row: np.concatenate([cache, row[None]])),
        ),
        Misconception(
            "cut behind the row",
            "What stood behind slot `index` is gone. The cache keeps its size, and all other slots stay as they are.",
            after_a_right_check(lambda cache, index, row: np.concatenate([cache[:index], row[None]])),
        ),
        Misconception(
            "moved along",
            "You moved all slots on and put the row into the last. Every other slot stays where it is; the row stands in slot `index`.",
            after_a_right_check(lambda cache, index, row: np.concatenate([cache[1:], row[None]])),
        ),
        Misconception(
            "slot alone",
            "You return the slot alone. Return the whole cache, a copy with the row in it.",
            after_a_right_check(lambda cache, index, row: np.array(row)),
        ),
    ),
)
