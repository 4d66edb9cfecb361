"""cache_after: what a cache forgets when it is full."""

import numpy as np

from chargen_lib.exercises.engine.cards import Misconception, Probe
from chargen_lib.instructor.variants.family import Family, Member, Rule
from chargen_lib.instructor.variants.fast import wrong_caches


def ring(cache, rows, written):
    cache = np.array(cache)  # a copy
    for number, row in enumerate(rows, start=written):
        cache[number % len(cache)] = row
    return cache


def moved_along(cache, rows, written):
    cache = np.array(cache)  # a copy
    for number, row in enumerate(rows, start=written):
        if number >= len(cache):
            cache[:-1] = cache[1:].copy()
        cache[min(number, len(cache) - 1)] = row
    return cache


def first_kept(cache, rows, written):
    cache = np.array(cache)  # a copy
    slots = len(cache)
    for number, row in enumerate(rows, start=written):
        cache[number if number < slots else 1 + (number - slots) % (slots - 1)] = row
    return cache


def cache_after_probes(rng):
    def drawn(*shape):
        return rng.standard_normal(shape).astype(np.float32)

    def small(*rows):
        return np.array(rows, dtype=np.float32)

    return [
        Probe((small([1, 1], [2, 2], [3, 3], [0, 0]), small([4, 5], [6, 7], [8, 9]), 3)),
        Probe((drawn(5, 3), drawn(2, 3), 1)),
        Probe((drawn(5, 3), drawn(4, 3), 0)),
        Probe((drawn(5, 3), drawn(1, 3), 5)),
        Probe((drawn(5, 3), drawn(4, 3), 9)),
        Probe((drawn(5, 3), drawn(4, 3), 13)),
        Probe((drawn(3, 3), drawn(2, 3), 8)),
        Probe((drawn(2, 2), drawn(1, 2), 4)),
    ]


CACHE_AFTER = Family(
    function="cache_after",
    title="A cache that is full",
    lesson=11,
    points=3,
    minutes=12,
    difficulty=2,
    docstring="Write rows into a cache.  cache: (S, d);  rows: (n, d);  written: int, rows written before;  returns (S, d).",
    given="`cache` has $S$ slots, at least 2, for one row each. `written` rows were written into it before, one after the other; it may be more "
    "than $S$. Now the $n$ rows of `rows` follow, row 0 first; $n$ is at most $S - 1$. Return the cache after that. The rows are numbered from 0, "
    "those written before included, and as long as a slot is free, row number $r$ goes into slot $r$. Once all are full,",
    probes=cache_after_probes,
    members=(
        Member(
            name="ring",
            statement="the next row goes into slot 0, the one after it into slot 1, and so on, *round and round*. No row ever moves.",
            hint="What is left of the number of a row when it is divided by S?",
            reference=ring,
            did="You went round and round, from slot 0 on",
            asked="here a full cache goes on at slot 0, round and round, and no row moves",
            mistakes=(
                Misconception(
                    "round by one slot less",
                    "You go round S - 1 slots. A ring has all S of them: r % S.",
                    wrong_caches.at(lambda number, slots: number % (slots - 1)),
                ),
                Misconception(
                    "round once alone",
                    "You go round once, with r - S, and then leave the cache. The remainder r % S goes round as often as it must.",
                    wrong_caches.at(lambda number, slots: number if number < slots else number - slots),
                ),
                Misconception(
                    "oldest first",
                    "You turned the ring, so that the oldest row stands in slot 0. No row moves: each stays in the slot in which it was written.",
                    wrong_caches.oldest_first,
                ),
                Misconception(
                    "remainder by the new rows",
                    "You took the remainder by the number of new rows. The slots go round: r % S, with S = len(cache).",
                    lambda cache, rows, written: wrong_caches.at(lambda number, slots: number % len(rows))(
                        cache, rows, written
                    ),
                ),
                Misconception(
                    "one block from its first slot on",
                    "You wrote all rows as one block from slot written % S on. A block does not go round the end of the cache: each row has its own "
                    "r % S.",
                    lambda cache, rows, written: wrong_caches.as_one_block(cache, rows, written % len(cache)),
                ),
                Misconception(
                    "backwards",
                    "You go backwards from the last slot. A full cache goes on at slot 0, then 1, then 2.",
                    wrong_caches.at(lambda number, slots: number if number < slots else slots - 1 - number % slots),
                ),
            ),
        ),
        Member(
            name="moved along",
            statement="all rows *move* one slot to the front first, so that the row of slot 0 is lost, and the new row stands in the last slot. So the "
            "oldest row is always in slot 0.",
            hint="cache[1:] is everything but the oldest. Is there still a free slot? Then nothing moves.",
            reference=moved_along,
            did="You moved the rows of a full cache to the front and put the new one last",
            asked="here the rows of a full cache move one slot to the front, and the new one stands last",
            mistakes=(
                Misconception(
                    "always moved",
                    "You move the rows while there are free slots too. Then nothing moves: row number r goes into slot r.",
                    wrong_caches.always(wrong_caches.moved),
                ),
                Misconception(
                    "newest first",
                    "You move the rows to the back and put the new one into slot 0. They move to the front, and the new one stands last.",
                    wrong_caches.when_full(wrong_caches.moved_back),
                ),
                Misconception(
                    "newest first, always",
                    "You move the rows to the back, always. They move only when no slot is free, to the front, and the new one stands last.",
                    wrong_caches.always(wrong_caches.moved_back),
                ),
                Misconception(
                    "rolled the other way",
                    "You rolled the rows to the back: np.roll(cache, 1). To the front it is -1.",
                    wrong_caches.when_full(wrong_caches.rolled_back),
                ),
                Misconception(
                    "rolled without an axis",
                    "Without an axis np.roll moves single entries through all rows. Whole rows move: axis=0.",
                    wrong_caches.when_full(wrong_caches.rolled_entries),
                ),
                Misconception(
                    "one row too late",
                    "Row number S is the first that finds no free slot: the rows move for it already. Compare with < S, not <= S.",
                    wrong_caches.moved_too_late,
                ),
                Misconception(
                    "oldest brought round",
                    "You rolled the rows and did not put the new one in, so the oldest stands last.",
                    wrong_caches.when_full(wrong_caches.rolled_alone),
                ),
            ),
        ),
        Member(
            name="first kept",
            statement="*slot 0 keeps its row for ever*: the next row goes into slot 1, the one after it into slot 2, and so on to slot $S - 1$, and then "
            "into slot 1 again. No row ever moves.",
            hint="S - 1 slots take turns. Row number S is the first of these turns: what must stand before % (S - 1)?",
            reference=first_kept,
            did="You kept the row of slot 0, and let the others take turns from slot 1 on",
            asked="here slot 0 keeps its row, and a full cache goes on at slot 1",
            mistakes=(
                Misconception(
                    "slot 1 twice",
                    "You go round all S slots and put what falls into slot 0 into slot 1, so slot 1 has two turns and the order is lost. S - 1 slots "
                    "take turns.",
                    wrong_caches.at(lambda number, slots: number if number < slots else max(number % slots, 1)),
                ),
                Misconception(
                    "slot 1 twice, and row 0 there too",
                    "You put what falls into slot 0 into slot 1, the very first row too. Row 0 goes into slot 0, and S - 1 slots take turns after it.",
                    wrong_caches.at(lambda number, slots: max(number % slots, 1)),
                ),
                Misconception(
                    "slot 1 alone",
                    "You write every row that finds no free slot into slot 1. The slots 1 to S - 1 take turns.",
                    wrong_caches.at(lambda number, slots: number if number < slots else 1),
                ),
                Misconception(
                    "one turn alone",
                    "You give each slot one turn, with r - S + 1, and then leave the cache. The remainder goes round as often as it must.",
                    wrong_caches.at(lambda number, slots: number if number < slots else number - slots + 1),
                ),
                Misconception(
                    "turns from slot 2 on",
                    "Your turns begin one slot too late. Row number S is the first to go into slot 1: 1 + (r - S) % (S - 1).",
                    wrong_caches.at(lambda number, slots: number if number < slots else 1 + number % (slots - 1)),
                ),
                Misconception(
                    "turns from the last slot on",
                    "Your turns begin one slot too early, at the last one. Row number S is the first to go into slot 1: 1 + (r - S) % (S - 1).",
                    wrong_caches.at(lambda number, slots: number if number < slots else 1 + (number - slots - 1) % (slots - 1)),
                ),
                Misconception(
                    "last kept",
                    "You keep the last slot and not slot 0. The turns go from slot 1 to slot S - 1.",
                    wrong_caches.at(lambda number, slots: number if number < slots else (number - slots) % (slots - 1)),
                ),
                Misconception(
                    "first lost to others",
                    "You let the turns go over S slots from slot 1 on, and one of them is outside the cache. They go over S - 1: % (S - 1).",
                    wrong_caches.at(lambda number, slots: number if number < slots else 1 + (number - slots) % slots),
                ),
                Misconception(
                    "moved along behind slot 0",
                    "You move the rows behind slot 0 along. No row moves here: the new one goes into the slot whose turn it is.",
                    wrong_caches.when_full(wrong_caches.moved_behind_the_first),
                ),
            ),
        ),
    ),
    others=(
        Rule("dropped", "You dropped the rows that come when the cache is full", wrong_caches.at(lambda number, slots: number)),
        Rule(
            "last slot again",
            "You wrote every row that comes when the cache is full into the last slot",
            wrong_caches.at(lambda number, slots: min(number, slots - 1)),
        ),
        Rule(
            "as one block",
            "You wrote all rows as one block, which dynamic_update_slice moves back until it fits",
            wrong_caches.as_one_block,
        ),
    ),
    slips=wrong_caches.SLIPS,
)
