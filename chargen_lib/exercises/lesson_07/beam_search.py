"""beam_search: its reference, what it is tried on, and the wrong answers with names."""

import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe
from chargen_lib.exercises.lesson_07.tables_to_search import GARDEN_PATH, LADDER, NO_DOUBLES, random_table

# A beam is a pair: its characters, and its score.

NOTHING_YET = ((), 0.0)


def _row(log_probs, start, chars):
    """log p of each next character, after these."""
    return np.asarray(log_probs, dtype=float)[chars[-1] if chars else start].tolist()


def _longer(log_probs, start, beams):
    """Every beam with every next character."""
    return [((*chars, c), score + log_p) for chars, score in beams for c, log_p in enumerate(_row(log_probs, start, chars))]


def _best_first(beams):
    return sorted(beams, key=lambda beam: -beam[1])


def _packed(beams):
    return np.array([chars for chars, _ in beams]), np.array([score for _, score in beams])


def _search(log_probs, start, num_chars, num_beams):
    beams = [NOTHING_YET]
    for _ in range(num_chars):
        beams = _best_first(_longer(log_probs, start, beams))[:num_beams]
    return beams


def beam_search(log_probs, start, num_chars, num_beams):
    return _packed(_search(log_probs, start, num_chars, num_beams))


def _clear(log_probs, start, num_chars, num_beams):
    """No two scores that beam search has to tell apart are near each other."""
    beams = [NOTHING_YET]
    for _ in range(num_chars):
        beams = _best_first(_longer(log_probs, start, beams))[: num_beams + 1]
        scores = [score for _, score in beams]
        if min(np.subtract(scores[:-1], scores[1:])) < 0.01:
            return False
        beams = beams[:num_beams]
    return True


def drawn_table(rng, vocab_size, is_clear):
    """A random table and start on which the search has only clear decisions to make."""
    while True:
        table, start = random_table(rng, vocab_size), int(rng.integers(vocab_size))
        if is_clear(table, start):
            return table, start


def beam_probes(rng):
    table, start = drawn_table(rng, 4, lambda table, start: _clear(table, start, 3, 3))
    return [
        Probe((GARDEN_PATH, 0, 1, 2)),
        Probe((GARDEN_PATH, 2, 1, 5)),  # there are only 3
        Probe((GARDEN_PATH, 0, 2, 2)),
        Probe((GARDEN_PATH, 0, 2, 12)),  # 3 beams, then 9: more there are not
        Probe((NO_DOUBLES, 0, 2, 2)),
        Probe((LADDER, 0, 3, 2)),
        Probe((table, start, 3, 3)),
    ]


def _beam_copies(log_probs, start, num_chars, num_beams):
    beams = [NOTHING_YET] * num_beams
    for _ in range(num_chars):
        beams = _best_first(_longer(log_probs, start, beams))[:num_beams]
    return _packed(beams)


def _beam_own_best(log_probs, start, num_chars, num_beams):
    beams = _search(log_probs, start, 1, num_beams)
    for _ in range(num_chars - 1):
        beams = [_best_first(_longer(log_probs, start, [beam]))[0] for beam in beams]
    return _packed(_best_first(beams))


def _beam_no_pruning(log_probs, start, num_chars, num_beams):
    beams = [NOTHING_YET]
    for _ in range(num_chars):
        beams = _longer(log_probs, start, beams)
    return _packed(_best_first(beams)[:num_beams])


def _beam_last_step(log_probs, start, num_chars, num_beams):
    beams = [NOTHING_YET]
    for _ in range(num_chars):
        beams = _best_first(_longer(log_probs, start, [(chars, 0.0) for chars, _ in beams]))[:num_beams]
    return _packed(beams)


def _beam_no_parents(log_probs, start, num_chars, num_beams):
    rows: list[list] = [[] for _ in range(num_beams)]
    beams = [NOTHING_YET]
    for _ in range(num_chars):
        beams = _best_first(_longer(log_probs, start, beams))[:num_beams]
        for row, (chars, _) in zip(rows, beams, strict=False):
            row.append(chars[-1])
    sequences = [([0] * num_chars + row)[-num_chars:] for row in rows[: len(beams)]]
    return np.array(sequences), _packed(beams)[1]


def _beam_stacked(log_probs, start, num_chars, num_beams):
    beams, columns = [NOTHING_YET], []
    for _ in range(num_chars):
        beams = _best_first(_longer(log_probs, start, beams))[:num_beams]
        columns.append([chars[-1] for chars, _ in beams])
    return np.stack(columns, axis=1), _packed(beams)[1]  # ValueError where a step has more beams than the one before


def _beam_keeps_the_worst(log_probs, start, num_chars, num_beams):
    beams = [NOTHING_YET]
    for _ in range(num_chars):
        beams = sorted(_longer(log_probs, start, beams), key=lambda beam: beam[1])[:num_beams]
    return _packed(beams)


def _beam_shared_list(log_probs, start, num_chars, num_beams):
    beams: list = [([], 0.0)]
    for _ in range(num_chars):
        longer = []
        for chars, score in beams:
            for c, log_p in enumerate(_row(log_probs, start, chars)):
                chars.append(c)
                longer.append((chars, score + log_p))
        beams = _best_first(longer)[:num_beams]
    return _packed(beams)


def _beam_worst_first(log_probs, start, num_chars, num_beams):
    return _packed(_search(log_probs, start, num_chars, num_beams)[::-1])


def _beam_with_start(log_probs, start, num_chars, num_beams):
    return _packed([((start, *chars), score) for chars, score in _search(log_probs, start, num_chars, num_beams)])


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


def _beam_transposed(log_probs, start, num_chars, num_beams):
    return beam_search(np.asarray(log_probs).T, start, num_chars, num_beams)


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
    misconceptions=(
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
        Misconception(
            "average", "You divided the scores by the length; here a score is the plain sum of log p.", _beam_averages
        ),
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
            "transposed", "You read the table as [next, previous]; the row is the character before.", _beam_transposed
        ),
    ),
)
