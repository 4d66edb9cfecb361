"""beam_search as it is written when it is wrong."""

import numpy as np

from chargen_lib.exercises.lesson_07.searches import NOTHING_YET, beam_search, best_first, continued, packed, row_of, search

FABLES_V = 63  # the lesson's V when this exercise comes


def copies(log_probs, start, num_chars, num_beams):
    beams = [NOTHING_YET] * num_beams
    for _ in range(num_chars):
        beams = best_first(continued(log_probs, start, beams))[:num_beams]
    return packed(beams)


def own_best(log_probs, start, num_chars, num_beams):
    beams = search(log_probs, start, 1, num_beams)
    for _ in range(num_chars - 1):
        beams = [best_first(continued(log_probs, start, [beam]))[0] for beam in beams]
    return packed(best_first(beams))


def no_pruning(log_probs, start, num_chars, num_beams):
    beams = [NOTHING_YET]
    for _ in range(num_chars):
        beams = continued(log_probs, start, beams)
    return packed(best_first(beams)[:num_beams])


def last_step(log_probs, start, num_chars, num_beams):
    beams = [NOTHING_YET]
    for _ in range(num_chars):
        beams = best_first(continued(log_probs, start, [(chars, 0.0) for chars, _ in beams]))[:num_beams]
    return packed(beams)


def no_parents(log_probs, start, num_chars, num_beams):
    rows: list[list] = [[] for _ in range(num_beams)]
    beams = [NOTHING_YET]
    for _ in range(num_chars):
        beams = best_first(continued(log_probs, start, beams))[:num_beams]
        for row, (chars, _) in zip(rows, beams, strict=False):
            row.append(chars[-1])
    sequences = [([0] * num_chars + row)[-num_chars:] for row in rows[: len(beams)]]
    return np.array(sequences), packed(beams)[1]


def stacked(log_probs, start, num_chars, num_beams):
    beams, columns = [NOTHING_YET], []
    for _ in range(num_chars):
        beams = best_first(continued(log_probs, start, beams))[:num_beams]
        columns.append([chars[-1] for chars, _ in beams])
    return np.stack(columns, axis=1), packed(beams)[1]  # ValueError where a step has more beams than the one before


def keeps_the_worst(log_probs, start, num_chars, num_beams):
    beams = [NOTHING_YET]
    for _ in range(num_chars):
        beams = sorted(continued(log_probs, start, beams), key=lambda beam: beam[1])[:num_beams]
    return packed(beams)


def shared_list(log_probs, start, num_chars, num_beams):
    beams: list = [([], 0.0)]
    for _ in range(num_chars):
        longer = []
        for chars, score in beams:
            for c, log_p in enumerate(row_of(log_probs, start, chars)):
                chars.append(c)
                longer.append((chars, score + log_p))
        beams = best_first(longer)[:num_beams]
    return packed(beams)


def worst_first(log_probs, start, num_chars, num_beams):
    return packed(search(log_probs, start, num_chars, num_beams)[::-1])


def with_start(log_probs, start, num_chars, num_beams):
    return packed([((start, *chars), score) for chars, score in search(log_probs, start, num_chars, num_beams)])


def probabilities(log_probs, start, num_chars, num_beams):
    sequences, scores = beam_search(log_probs, start, num_chars, num_beams)
    return sequences, np.exp(scores)


def averages(log_probs, start, num_chars, num_beams):
    sequences, scores = beam_search(log_probs, start, num_chars, num_beams)
    return sequences, scores / num_chars


def few(log_probs, start, num_chars, num_beams):
    return beam_search(log_probs, start, num_chars, min(num_beams, len(log_probs)))


def raises(log_probs, start, num_chars, num_beams):
    if num_beams > len(log_probs):
        raise ValueError("num_beams is larger than the number of candidates")
    return beam_search(log_probs, start, num_chars, num_beams)


def scores_as_keys(log_probs, start, num_chars, num_beams):
    beams = [NOTHING_YET]
    for _ in range(num_chars):
        by_score = {score: chars for chars, score in continued(log_probs, start, beams)}
        beams = best_first([(chars, score) for score, chars in by_score.items()])[:num_beams]
    return packed(beams)


def each_end(log_probs, start, num_chars, num_beams):
    beams = [NOTHING_YET]
    for _ in range(num_chars):
        best_of_end: dict = {}
        for chars, score in best_first(continued(log_probs, start, beams)):
            best_of_end.setdefault(chars[-1], (chars, score))
        beams = list(best_of_end.values())[:num_beams]
    return packed(beams)


def lessons_v(log_probs, start, num_chars, num_beams):
    beams: list = [NOTHING_YET]
    for _ in range(num_chars):
        within = [(np.minimum(chars, len(log_probs) - 1).tolist(), score) for chars, score in beams]  # as JAX reads it
        scores = [score for _, score in continued(log_probs, start, within)]
        order = np.argsort(-np.array(scores), kind="stable")[:num_beams].tolist()
        beams = [((*beams[place // FABLES_V][0], place % FABLES_V), scores[place]) for place in order]
    return packed(beams)


def begins_at_1(log_probs, start, num_chars, num_beams):
    sequences, scores = beam_search(log_probs, start, num_chars, num_beams)
    return sequences, scores + 1


def multiplies(log_probs, start, num_chars, num_beams):
    beams: list = [((), 1.0)]
    for _ in range(num_chars):
        longer = [
            ((*chars, c), score * log_p) for chars, score in beams for c, log_p in enumerate(row_of(log_probs, start, chars))
        ]
        beams = best_first(longer)[:num_beams]
    return packed(beams)


def transposed(log_probs, start, num_chars, num_beams):
    return beam_search(np.asarray(log_probs).T, start, num_chars, num_beams)


def greedy(log_probs, start, num_chars, num_beams):
    """One beam, whatever width is asked."""
    return beam_search(log_probs, start, num_chars, 1)


def greedy_alone(log_probs, start, num_chars, num_beams):
    sequences, scores = greedy(log_probs, start, num_chars, num_beams)
    return sequences[0], float(scores[0])


def greedy_repeated(log_probs, start, num_chars, num_beams):
    sequences, scores = greedy(log_probs, start, num_chars, num_beams)
    return np.repeat(sequences, num_beams, axis=0), np.repeat(scores, num_beams)


def best_alone(log_probs, start, num_chars, num_beams):
    sequences, scores = beam_search(log_probs, start, num_chars, num_beams)
    return sequences[0], float(scores[0])


def children_of_the_best(log_probs, start, num_chars, num_beams):
    beams = [NOTHING_YET]
    for _ in range(num_chars):
        beams = best_first(continued(log_probs, start, beams[:1]))[:num_beams]
    return packed(beams)


def own_best_unsorted(log_probs, start, num_chars, num_beams):
    beams = search(log_probs, start, 1, num_beams)
    for _ in range(num_chars - 1):
        beams = [best_first(continued(log_probs, start, [beam]))[0] for beam in beams]
    return packed(beams)


def always_the_first_row(log_probs, start, num_chars, num_beams):
    table = np.asarray(log_probs, dtype=float)
    return beam_search(np.broadcast_to(table[start], table.shape), start, num_chars, num_beams)


def pruned_at_the_end(log_probs, start, num_chars, num_beams):
    beams = [NOTHING_YET]
    for _ in range(num_chars):
        beams = [child for beam in beams for child in best_first(continued(log_probs, start, [beam]))[:num_beams]]
    return packed(best_first(beams)[:num_beams])


def parent_and_character_swapped(log_probs, start, num_chars, num_beams):
    """Flattened, as with arrays; past the end JAX gives the last row."""
    table = np.asarray(log_probs, dtype=float)
    sequences, scores, last = np.zeros((1, 0), int), np.zeros(1), np.array([start])
    for _ in range(num_chars):
        totals = (scores[:, None] + table[np.minimum(last, len(table) - 1)]).ravel()
        best = np.argsort(-totals, kind="stable")[:num_beams]
        parents, last, scores = best % len(table), best // len(table), totals[best]
        sequences = np.concatenate([sequences[np.minimum(parents, len(sequences) - 1)], last[:, None]], axis=1)
    return sequences, scores
