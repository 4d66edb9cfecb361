"""beam_search: its card, and what it is tried on."""

import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Probe
from chargen_lib.exercises.engine.values import is_array
from chargen_lib.exercises.lesson_07.beam_search_misconceptions import MISCONCEPTIONS, PARENTS
from chargen_lib.exercises.lesson_07.searches import NOTHING_YET, beam_search, best_first, continued
from chargen_lib.exercises.lesson_07.tables_to_search import (
    CHAIN,
    GARDEN_PATH,
    LADDER,
    NO_DOUBLES,
    TRAP,
    TWINS,
    drawn_table,
)


def _clear(log_probs, start, num_chars, num_beams):
    """No two scores that beam search has to tell apart are near each other."""
    beams = [NOTHING_YET]
    for _ in range(num_chars):
        beams = best_first(continued(log_probs, start, beams))[: num_beams + 1]
        scores = [score for _, score in beams]
        if min(np.subtract(scores[:-1], scores[1:])) < 0.01:
            return False
        beams = beams[:num_beams]
    return True


def beam_probes(rng):
    table, start = drawn_table(rng, 4, lambda table, start: _clear(table, start, 3, 3))
    return [
        Probe((GARDEN_PATH, 0, 1, 2)),
        Probe((GARDEN_PATH, 2, 1, 5)),  # there are only 3
        Probe((GARDEN_PATH, 0, 2, 2)),
        Probe((GARDEN_PATH, 0, 2, 12)),  # 3 beams, then 9: more there are not
        Probe((NO_DOUBLES, 0, 2, 2)),
        Probe((TWINS, 0, 2, 2)),  # two beams of one score
        Probe((CHAIN, 0, 3, 2)),
        Probe((TRAP, 0, 3, 2)),
        Probe((LADDER, 0, 3, 2)),
        Probe((table, start, 3, 3)),
    ]


def twins_in_order(args, found):
    """What is compared: of beams with one score any may come first."""
    if not isinstance(found, (tuple, list)) or len(found) != 2 or not all(map(is_array, found)):
        return found
    sequences, scores = map(np.asarray, found)
    if sequences.ndim != 2 or scores.shape != sequences.shape[:1]:
        return found
    equal = np.isclose(scores[1:], scores[:-1], rtol=0, atol=1e-3)  # no others are so near in the probes
    order = np.lexsort([*sequences.T[::-1], np.cumsum([False, *~equal])])
    return sequences[order], scores[order]


def parents_not_followed(args, found):
    """What to say where the scores and the last characters are right, and what stands before them is not; else None."""
    sequences, scores = twins_in_order(args, beam_search(*args))
    rows, theirs = np.asarray(found[0]), np.asarray(found[1])
    if rows.shape != sequences.shape or theirs.shape != scores.shape or not np.allclose(theirs, scores, atol=1e-3):
        return None
    last_right = sorted(zip(scores.round(3), rows[:, -1], strict=True)) == sorted(
        zip(scores.round(3), sequences[:, -1], strict=True)
    )
    return PARENTS if last_right and (rows != sequences).any() else None


BEAM_SEARCH = Exercise(
    name="beam_search",
    lesson=7,
    points=3,
    minutes=15,
    difficulty=3,
    hint="Begin with one empty beam of score 0. In each step extend every beam by every character, sort all of these by score, and keep "
    "the best num_beams (or all, when there are fewer). With arrays: `scores[:, None] + log_probs[last]`, flattened; then // V is the "
    "parent and % V the character.",
    reference=beam_search,
    probes=beam_probes,
    view=twins_in_order,
    told=parents_not_followed,
    misconceptions=MISCONCEPTIONS,
)
