"""top_p_filter: its card, what it is tried on, and what to say of a wrong answer."""

import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe
from chargen_lib.exercises.lesson_04.numbers_to_try import row_of
from chargen_lib.exercises.lesson_06 import nuclei
from chargen_lib.exercises.lesson_06.logits_to_filter import logits_of, not_logits, shuffled


def top_p_probes(rng):
    peaked = [0.65, 0.2, 0.1, 0.05]
    flat = [0.35, 0.25, 0.22, 0.18]
    middle = [0.5, 0.25, 0.15, 0.1]
    certain = [0.93, 0.04, 0.02, 0.01]
    return [
        Probe((logits_of(0.5, 0.3, 0.15, 0.05), 0.7)),
        Probe((logits_of(0.05, 0.9, 0.02, 0.03), 0.5)),
        Probe((logits_of(0.15, 0.5, 0.05, 0.3), 0.6)),
        Probe((row_of(1, 3, 0, 2), 0.8)),
        Probe((np.zeros(8, np.float32), 0.5)),  # exactly 4 reach it: 1/8 is exact in binary
        Probe((row_of(-np.inf, 1, 0, -np.inf), 0.9)),
        Probe((row_of(0, 60, -60, 1), 1.0)),
        Probe((row_of(2, 1, 0, 3), 1e-6)),
        Probe((logits_of(0.5, 0.3, 0.15, 0.05), 0.0)),
        Probe((logits_of(0.5, 0.3, 0.15, 0.05), 1.5)),
        Probe((logits_of(0.5, 0.3, 0.15, 0.05), -0.5)),
        Probe((np.stack([logits_of(*peaked), logits_of(*flat[::-1]), logits_of(*middle)]), 0.7), batch=True),
        Probe((shuffled(rng, peaked, flat, middle, certain, flat, middle).reshape(2, 3, 4), 0.87), batch=True),
    ]


_CROSSING = (
    "You stopped before the mass reaches p. The character that carries it across p belongs to the set: ask for the mass before each one, "
    "not up to and with it."
)

_NO_SOFTMAX = (
    "You added up the logits, which are no probabilities: they may be negative, and sum to anything. Take the softmax first."
)

TOP_P_FILTER = Exercise(
    name="top_p_filter",
    lesson=6,
    points=3,
    minutes=15,
    difficulty=3,
    hint="Sort the probabilities downwards. A character stays when the mass *before* it, `cumsum - probs`, is still below p. Then bring "
    "the answer back from sorted order to the order of the ids: argsort of the argsort.",
    reference=nuclei.top_p_filter,
    probes=top_p_probes,
    jit=(1,),
    misconceptions=(
        *not_logits(nuclei.top_p_filter),
        Misconception(
            "drops the crossing character",
            _CROSSING,
            nuclei.top_p_drops_crossing,
        ),
        Misconception("drops the crossing character, but the first", _CROSSING, nuclei.top_p_first_and_below),
        Misconception(
            "two softmaxes",
            "You took a softmax of probabilities, which makes them nearly equal. One softmax, of the logits.",
            nuclei.top_p_two_softmaxes,
        ),
        Misconception(
            "likeliest alone",
            "You kept the likeliest character alone. Keep as many as it takes, from the likeliest on, until their mass reaches p.",
            nuclei.top_p_likeliest_alone,
        ),
        Misconception("1 - p", "You kept a mass of 1 - p; the kept set is to reach p.", nuclei.top_p_other_share),
        Misconception(
            "log-probabilities added",
            "You added up log-probabilities, which are below 0. Add up the probabilities: jax.nn.softmax.",
            nuclei.top_p_log_softmax,
        ),
        Misconception(
            "sorted row returned",
            "You returned the row in sorted order, so every logit has another character's id. Bring it back: argsort of the order.",
            nuclei.top_p_sorted_row,
        ),
        Misconception(
            "sum with its own share",
            "You asked whether the sum up to and with each character is below p, so the one that carries it across p is lost. Ask for "
            "the mass before it: cumsum - probs.",
            nuclei.top_p_stops_before,
        ),
        Misconception(
            "can keep nothing",
            "You leave out the character that carries the mass across p. It belongs to the set: without it the mass is not reached, and "
            "where the likeliest character alone is above p, nothing would be left to draw.",
            nuclei.top_p_empty,
        ),
        Misconception(
            "one too many",
            "When the mass is exactly p you keep one more. Reaching p is enough: keep those with less than p before them (<, not <=).",
            nuclei.top_p_one_too_many,
        ),
        Misconception(
            "keeps ties",
            "You turned the set into a threshold on the value, and so kept every tie: of 8 equal characters p = 0.5 keeps 4. "
            "Decide by place in the sorted row; the lower id comes first.",
            nuclei.top_p_ties,
        ),
        Misconception(
            "does not sort",
            "You added up the probabilities in the order of the ids. Sort them first, the likeliest in front.",
            nuclei.top_p_unsorted,
        ),
        Misconception(
            "sorted mask on unsorted logits",
            "Your mask is in sorted order, but you laid it on logits in the order of the ids. Bring it back first.",
            nuclei.top_p_not_put_back,
        ),
        Misconception(
            "brought back with the order",
            "You brought the answer back with the order that had sorted the row; that shuffles it once more. The way back is the argsort "
            "of the order.",
            nuclei.top_p_sorted_again,
        ),
        Misconception(
            "sorted upwards",
            "You added up from the least likely character; argsort goes upwards. Begin with the likeliest.",
            nuclei.top_p_smallest,
        ),
        Misconception(
            "threshold on each probability",
            "You compared each probability with p by itself; p is for their running total, the likeliest first.",
            nuclei.top_p_each,
        ),
        Misconception(
            "not normalised",
            "You added up exp(logits), which need not sum to 1. Take the softmax first.",
            nuclei.top_p_not_normalised,
        ),
        Misconception("no softmax", _NO_SOFTMAX, nuclei.top_p_no_softmax),
        Misconception("no softmax, also at p = 1", _NO_SOFTMAX, nuclei.top_p_no_softmax_at_1),
        Misconception(
            "p = 1 loses the tail",
            "At p = 1 rounding lets the running total arrive at 1 too early, and unlikely characters are lost. p = 1 keeps all: "
            "return the logits as they are.",
            nuclei.top_p_rounding,
        ),
        Misconception(
            "one set for the whole batch",
            "You made one set for the whole batch; each row has a distribution of its own. Work along the last axis.",
            nuclei.top_p_flat,
        ),
        Misconception(
            "any p accepted",
            "A p of 0 or below, or above 1, is no share of the mass: raise a ValueError.",
            nuclei.top_p_unchecked,
        ),
    ),
)
