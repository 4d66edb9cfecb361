"""What viterbi is written like when it is wrong, and what to tell who writes it so."""

import numpy as np

from chargen_lib.exercises.engine.cards import Misconception
from chargen_lib.exercises.lesson_07.searches import backward, beam_search, forward, viterbi


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


def _viterbi_no_column(axis):
    """score + log_probs, where the score should be a column."""

    def wrong(log_probs, start, num_chars):
        log_probs = np.asarray(log_probs, dtype=float)
        scores, parents = log_probs[start], [None]
        for _ in range(num_chars - 1):
            through = scores + log_probs
            scores = through.max(axis=axis)
            parents.append(through.argmax(axis=axis))
        return np.array(backward(scores.argmax(), parents)[::-1]), float(scores.max())

    return wrong


def _viterbi_parents_of_the_table(log_probs, start, num_chars):
    scores, parents = forward(log_probs, start, num_chars)
    notes = [np.argmax(log_probs, axis=0)] * len(parents)
    return np.array(backward(scores[-1].argmax(), notes)[::-1]), float(scores[-1].max())


def _viterbi_greedy_from_columns(log_probs, start, num_chars):
    return _viterbi_greedy(np.transpose(log_probs), start, num_chars)


_NO_COLUMN = (
    "scores + log_probs adds the scores along the columns, the next characters. They belong to the previous ones, the rows: make them a "
    "column, scores[:, None] + log_probs, and take the max over axis 0."
)

MISCONCEPTIONS = (
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
    Misconception("no column", _NO_COLUMN, _viterbi_no_column(axis=0)),
    Misconception("no column, max over the next", _NO_COLUMN, _viterbi_no_column(axis=1)),
    Misconception(
        "notes of the table alone",
        "Your log-probability is right, but your notes are the argmax of log_probs alone. Note the argmax of scores[:, None] + log_probs, the "
        "same numbers that you take the max of.",
        _viterbi_parents_of_the_table,
    ),
    Misconception(
        "greedy, transposed",
        "You took the likeliest at each step, and from the columns: the row is the character before. And a poorer step can open a much better "
        "one: keep the best path to every character.",
        _viterbi_greedy_from_columns,
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
)
