"""viterbi: what it is tried on, and the wrong answers with names."""

import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe
from chargen_lib.exercises.engine.compare import is_array
from chargen_lib.exercises.lesson_07.searches import backward, beam_search, forward, viterbi
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


def _viterbi_greedy(log_probs, start, num_chars):
    sequences, scores = beam_search(log_probs, start, num_chars, 1)
    return sequences[0], float(scores[0])


def _viterbi_two_beams(log_probs, start, num_chars):
    sequences, scores = beam_search(log_probs, start, num_chars, 2)
    return sequences[0], float(scores[0])


def _viterbi_wide(log_probs, start, num_chars):
    sequences, scores = beam_search(log_probs, start, num_chars, len(log_probs))
    return sequences[0], float(scores[0])


def _viterbi_no_path(log_probs, start, num_chars):
    scores, _ = forward(log_probs, start, num_chars)
    return np.array([s.argmax() for s in scores]), float(scores[-1].max())


def _viterbi_backwards(log_probs, start, num_chars):
    path, log_prob = viterbi(log_probs, start, num_chars)
    return path[::-1], log_prob


def _viterbi_notes_forwards(log_probs, start, num_chars):
    scores, parents = forward(log_probs, start, num_chars)
    return np.array(backward(scores[-1].argmax(), [parents[0], *parents[:0:-1]])[::-1]), float(scores[-1].max())


def _viterbi_max_over_next(log_probs, start, num_chars):
    log_probs = np.asarray(log_probs, dtype=float)
    scores, notes = log_probs[start], [None]
    for _ in range(num_chars - 1):
        through = scores[:, None] + log_probs
        scores = through.max(axis=1)
        notes.append(through.argmax(axis=1))
    return np.array(backward(scores.argmax(), notes)[::-1]), float(scores.max())


def _viterbi_one_step_more(log_probs, start, num_chars):
    return viterbi(log_probs, start, num_chars + 1)


def _viterbi_with_start(log_probs, start, num_chars):
    path, log_prob = viterbi(log_probs, start, num_chars)
    return np.append(start, path), log_prob


def _viterbi_counts_start(log_probs, start, num_chars):
    if num_chars == 1:
        return np.array([start]), 0.0
    path, log_prob = viterbi(log_probs, start, num_chars - 1)
    return np.append(start, path), log_prob


def _viterbi_any_start(log_probs, start, num_chars):
    best = max(range(len(log_probs)), key=lambda s: viterbi(log_probs, s, num_chars)[1])
    return viterbi(log_probs, best, num_chars)


def _viterbi_sum(log_probs, start, num_chars):
    log_probs = np.asarray(log_probs, dtype=float)
    scores, parents = log_probs[start], [None]
    for _ in range(num_chars - 1):
        through = scores[:, None] + log_probs
        scores = np.logaddexp.reduce(through, axis=0)
        parents.append(through.argmax(axis=0))
    return np.array(backward(scores.argmax(), parents)[::-1]), float(scores.max())


def _viterbi_transposed(log_probs, start, num_chars):
    return viterbi(np.asarray(log_probs).T, start, num_chars)


def _viterbi_probability(log_probs, start, num_chars):
    path, log_prob = viterbi(log_probs, start, num_chars)
    return path, float(np.exp(log_prob))


def _viterbi_average(log_probs, start, num_chars):
    path, log_prob = viterbi(log_probs, start, num_chars)
    return path, log_prob / num_chars


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
    misconceptions=(
        Misconception(
            "greedy",
            "You took the likeliest next character at each step. A poorer step can open a much better one: keep the best path to "
            "every character, not only to one.",
            _viterbi_greedy,
        ),
        Misconception(
            "two beams",
            "That is what a beam search of width 2 finds, and it can lose the best path on the way. Keep the best path to every "
            "character.",
            _viterbi_two_beams,
        ),
        Misconception(
            "wide beams",
            "That is a beam search: of the best texts of all, most may end alike, and the likeliest is lost. Keep the best of each end, "
            "however far it is behind the others.",
            _viterbi_wide,
        ),
        Misconception(
            "no way back",
            "Your log-probability is right, but you took the best character of each step by itself; these need not be one path. "
            "Follow the stored parents back from the best last character.",
            _viterbi_no_path,
        ),
        Misconception(
            "backwards", "You followed the parents from the end to the beginning; turn the path round.", _viterbi_backwards
        ),
        Misconception(
            "notes read forwards",
            "You followed the notes from the first step on. The way back begins at the end: read the notes of the last step first.",
            _viterbi_notes_forwards,
        ),
        Misconception(
            "max over the next",
            "You took the max over the next characters. For each next character take it over the previous ones: axis=0 of "
            "scores[:, None] + log_probs.",
            _viterbi_max_over_next,
        ),
        Misconception(
            "one step more",
            "Your path is one character too long: log_probs[start] is the first step already, so num_chars - 1 are left.",
            _viterbi_one_step_more,
        ),
        Misconception(
            "start included",
            "Your sequence begins with `start`; return only the num_chars new characters.",
            _viterbi_with_start,
        ),
        Misconception(
            "counts the start",
            "You counted `start` as the first of the num_chars, so your path is one step short. The new characters come after it.",
            _viterbi_counts_start,
        ),
        Misconception(
            "any start",
            "Your path may begin after any character; it begins after `start`, so the first scores are log_probs[start].",
            _viterbi_any_start,
        ),
        Misconception(
            "sum instead of max",
            "You added up all paths into a character (logsumexp); for the likeliest single path take the max.",
            _viterbi_sum,
        ),
        Misconception(
            "transposed", "You read the table as [next, previous]; the row is the character before.", _viterbi_transposed
        ),
        Misconception("probability", "You returned the probability of the path; return its logarithm.", _viterbi_probability),
        Misconception(
            "average", "You divided the log-probability by the length; return the plain sum over the steps.", _viterbi_average
        ),
    ),
)
