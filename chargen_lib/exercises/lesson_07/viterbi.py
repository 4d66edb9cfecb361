"""viterbi: its card, and what it is tried on."""

import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Probe
from chargen_lib.exercises.engine.values import is_array
from chargen_lib.exercises.lesson_07.searches import viterbi
from chargen_lib.exercises.lesson_07.sequence_log_prob import sequence_log_prob
from chargen_lib.exercises.lesson_07.tables_to_search import (
    CHAIN,
    GARDEN_PATH,
    LADDER,
    NO_DOUBLES,
    ONE_WAY,
    TRAP,
    TWINS,
    crowd,
    drawn_table,
)
from chargen_lib.exercises.lesson_07.viterbi_misconceptions import MISCONCEPTIONS


def _unique(log_probs, start, num_chars):
    """The likeliest continuation is clearly ahead of all others (they are all counted here, so keep it small)."""
    log_probs = np.asarray(log_probs, dtype=float)
    totals = log_probs[start]
    for _ in range(num_chars - 1):
        totals = totals[..., None] + log_probs
    second, best = np.partition(totals.ravel(), -2)[-2:]
    return best - second > 0.01


def viterbi_probes(rng):
    table, start = drawn_table(rng, 4, lambda table, start: _unique(table, start, 5))
    return [
        Probe((GARDEN_PATH, 0, 1)),
        Probe((GARDEN_PATH, 2, 1)),
        Probe((GARDEN_PATH, 0, 2)),
        Probe((ONE_WAY, 0, 2)),
        Probe((NO_DOUBLES, 0, 3)),
        Probe((TWINS, 0, 3)),  # four texts are the likeliest
        Probe((LADDER, 0, 3)),
        Probe((CHAIN, 0, 3)),
        Probe((TRAP, 0, 3)),
        Probe((table, start, 5)),
        Probe((*crowd(rng), 5)),
    ]


def one_of_the_likeliest(args, found):
    """What is compared: any of the likeliest continuations is as good as the reference's."""
    log_probs, start, num_chars = args
    sequence, log_prob = found
    reference, best = viterbi(*args)
    ids = np.asarray(sequence)
    if (
        not is_array(sequence)
        or ids.shape != (num_chars,)
        or ids.dtype.kind not in "iu"
        or ids.min() < 0
        or ids.max() >= len(log_probs)
    ):
        return found
    if abs(sequence_log_prob(log_probs, [start, *ids]) - best) > 1e-3:  # the probes have none so near that is not as good
        return found
    return reference, log_prob


VITERBI = Exercise(
    name="viterbi",
    lesson=7,
    points=3,
    minutes=15,
    difficulty=3,
    hint="For every character keep the score of the best path that ends in it: next = max over previous of score[previous] + "
    "log_probs[previous, next]. Keep the argmax too; at the end follow it back from the best last character, and turn the path round.",
    reference=viterbi,
    probes=viterbi_probes,
    view=one_of_the_likeliest,
    misconceptions=MISCONCEPTIONS,
)
