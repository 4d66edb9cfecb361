"""What beam_search is written like when it is wrong, and what to tell who writes it so."""

import numpy as np

from chargen_lib.exercises.engine.cards import Misconception
from chargen_lib.exercises.lesson_07.searches import NOTHING_YET, beam_search, best_first, continued, packed, row_of, search

FABLES_V = 63  # the lesson's V when this exercise comes


def _beam_copies(log_probs, start, num_chars, num_beams):
    beams = [NOTHING_YET] * num_beams
    for _ in range(num_chars):
        beams = best_first(continued(log_probs, start, beams))[:num_beams]
    return packed(beams)


def _beam_own_best(log_probs, start, num_chars, num_beams):
    beams = search(log_probs, start, 1, num_beams)
    for _ in range(num_chars - 1):
        beams = [best_first(continued(log_probs, start, [beam]))[0] for beam in beams]
    return packed(best_first(beams))


def _beam_no_pruning(log_probs, start, num_chars, num_beams):
    beams = [NOTHING_YET]
    for _ in range(num_chars):
        beams = continued(log_probs, start, beams)
    return packed(best_first(beams)[:num_beams])


def _beam_last_step(log_probs, start, num_chars, num_beams):
    beams = [NOTHING_YET]
    for _ in range(num_chars):
        beams = best_first(continued(log_probs, start, [(chars, 0.0) for chars, _ in beams]))[:num_beams]
    return packed(beams)


def _beam_no_parents(log_probs, start, num_chars, num_beams):
    rows: list[list] = [[] for _ in range(num_beams)]
    beams = [NOTHING_YET]
    for _ in range(num_chars):
        beams = best_first(continued(log_probs, start, beams))[:num_beams]
        for row, (chars, _) in zip(rows, beams, strict=False):
            row.append(chars[-1])
    sequences = [([0] * num_chars + row)[-num_chars:] for row in rows[: len(beams)]]
    return np.array(sequences), packed(beams)[1]


def _beam_stacked(log_probs, start, num_chars, num_beams):
    beams, columns = [NOTHING_YET], []
    for _ in range(num_chars):
        beams = best_first(continued(log_probs, start, beams))[:num_beams]
        columns.append([chars[-1] for chars, _ in beams])
    return np.stack(columns, axis=1), packed(beams)[1]  # ValueError where a step has more beams than the one before


def _beam_keeps_the_worst(log_probs, start, num_chars, num_beams):
    beams = [NOTHING_YET]
    for _ in range(num_chars):
        beams = sorted(continued(log_probs, start, beams), key=lambda beam: beam[1])[:num_beams]
    return packed(beams)


def _beam_shared_list(log_probs, start, num_chars, num_beams):
    beams: list = [([], 0.0)]
    for _ in range(num_chars):
        longer = []
        for chars, score in beams:
            for c, log_p in enumerate(row_of(log_probs, start, chars)):
                chars.append(c)
                longer.append((chars, score + log_p))
        beams = best_first(longer)[:num_beams]
    return packed(beams)


def _beam_worst_first(log_probs, start, num_chars, num_beams):
    return packed(search(log_probs, start, num_chars, num_beams)[::-1])


def _beam_with_start(log_probs, start, num_chars, num_beams):
    return packed([((start, *chars), score) for chars, score in search(log_probs, start, num_chars, num_beams)])


def _beam_probabilities(log_probs, start, num_chars, num_beams):
    sequences, scores = beam_search(log_probs, start, num_chars, num_beams)
    return sequences, np.exp(scores)


def _beam_averages(log_probs, start, num_chars, num_beams):
    sequences, scores = beam_search(log_probs, start, num_chars, num_beams)
    return sequences, scores / num_chars


def _beam_few(log_probs, start, num_chars, num_beams):
    return beam_search(log_probs, start, num_chars, min(num_beams, len(log_probs)))


def _beam_raises(log_probs, start, num_chars, num_beams):
    if num_beams > len(log_probs):
        raise ValueError("num_beams is larger than the number of candidates")
    return beam_search(log_probs, start, num_chars, num_beams)


def _beam_scores_as_keys(log_probs, start, num_chars, num_beams):
    beams = [NOTHING_YET]
    for _ in range(num_chars):
        by_score = {score: chars for chars, score in continued(log_probs, start, beams)}
        beams = best_first([(chars, score) for score, chars in by_score.items()])[:num_beams]
    return packed(beams)


def _beam_each_end(log_probs, start, num_chars, num_beams):
    beams = [NOTHING_YET]
    for _ in range(num_chars):
        best_of_end: dict = {}
        for chars, score in best_first(continued(log_probs, start, beams)):
            best_of_end.setdefault(chars[-1], (chars, score))
        beams = list(best_of_end.values())[:num_beams]
    return packed(beams)


def _beam_lessons_v(log_probs, start, num_chars, num_beams):
    beams: list = [NOTHING_YET]
    for _ in range(num_chars):
        within = [(np.minimum(chars, len(log_probs) - 1).tolist(), score) for chars, score in beams]  # as JAX reads it
        scores = [score for _, score in continued(log_probs, start, within)]
        order = np.argsort(-np.array(scores), kind="stable")[:num_beams].tolist()
        beams = [((*beams[place // FABLES_V][0], place % FABLES_V), scores[place]) for place in order]
    return packed(beams)


def _beam_begins_at_1(log_probs, start, num_chars, num_beams):
    sequences, scores = beam_search(log_probs, start, num_chars, num_beams)
    return sequences, scores + 1


def _beam_multiplies(log_probs, start, num_chars, num_beams):
    beams: list = [((), 1.0)]
    for _ in range(num_chars):
        longer = [
            ((*chars, c), score * log_p) for chars, score in beams for c, log_p in enumerate(row_of(log_probs, start, chars))
        ]
        beams = best_first(longer)[:num_beams]
    return packed(beams)


def _beam_transposed(log_probs, start, num_chars, num_beams):
    return beam_search(np.asarray(log_probs).T, start, num_chars, num_beams)


MISCONCEPTIONS = (
    Misconception(
        "copies of the start",
        "You began with num_beams copies of the start, so every beam finds the same text. Begin with one; the first step makes "
        "it several.",
        _beam_copies,
    ),
    Misconception(
        "one child for each beam",
        "Each of your beams goes on by itself with its best character. Let all continuations of all beams compete: one beam may "
        "have two children, and another none.",
        _beam_own_best,
    ),
    Misconception(
        "no pruning",
        "You kept every continuation and chose at the very end: exact, but it grows as V to the power of the length. Beam search "
        "keeps num_beams after every step.",
        _beam_no_pruning,
    ),
    Misconception(
        "last step only",
        "You ranked the beams by their last step alone. A beam's score is the sum of log p over all its steps: add the parent's score.",
        _beam_last_step,
    ),
    Misconception(
        "parents forgotten",
        "Your scores are right, but the new characters were put after whatever stood in that row. Fetch each one's parent first: "
        "sequences[parents], then append.",
        _beam_no_parents,
    ),
    Misconception(
        "steps stacked",
        "You put the new characters of each step side by side, but the first beam of one step may go on from the second of the step "
        "before. Keep each text with its beam: sequences[parents], then append.",
        _beam_stacked,
    ),
    Misconception(
        "keeps the worst",
        "You kept the least likely texts: sorted() puts the smallest first, and of scores below 0 the largest is the best.",
        _beam_keeps_the_worst,
    ),
    Misconception(
        "shared list",
        "Your hypotheses share one list, so append changes all of them. Make a new list for each: chars + [c].",
        _beam_shared_list,
    ),
    Misconception("worst first", "Your beams are right but in the wrong order: put the best one first.", _beam_worst_first),
    Misconception(
        "start included",
        "Your sequences begin with `start`; return only the num_chars new characters.",
        _beam_with_start,
    ),
    Misconception(
        "probabilities", "Your scores are probabilities; a score is the sum of log p, without the exp.", _beam_probabilities
    ),
    Misconception("average", "You divided the scores by the length; here a score is the plain sum of log p.", _beam_averages),
    Misconception(
        "never more beams than characters",
        "You never have more beams than the vocabulary has characters. After two steps there are V * V candidates: ask again at "
        "each step how many there are.",
        _beam_few,
    ),
    Misconception(
        "too few candidates raises",
        "When there are fewer candidates than num_beams an error is raised (jax.lax.top_k does that). Keep all there are: "
        "min(num_beams, number of candidates).",
        _beam_raises,
    ),
    Misconception(
        "scores as keys",
        "Two texts can have one score, and under a score a dict keeps only one of them. Keep pairs in a list, or make the text the key.",
        _beam_scores_as_keys,
    ),
    Misconception(
        "one for each end",
        "You kept one text for each last character, as Viterbi does. Beam search keeps the best of all, even if they end alike.",
        _beam_each_end,
    ),
    Misconception(
        "the fables' V",
        "You divided by the V of the fables, which the notebook holds. This table has its own: len(log_probs).",
        _beam_lessons_v,
    ),
    Misconception(
        "begins at 1",
        "Your scores are 1 too high. A text without a character has probability 1, and ln 1 = 0: begin with 0.",
        _beam_begins_at_1,
    ),
    Misconception(
        "logarithms multiplied",
        "You multiplied the logarithms. Probabilities multiply; their logarithms add: begin with 0, and add each step's.",
        _beam_multiplies,
    ),
    Misconception("transposed", "You read the table as [next, previous]; the row is the character before.", _beam_transposed),
)
