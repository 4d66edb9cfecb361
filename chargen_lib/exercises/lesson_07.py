"""The exercises of lesson 07: how likely a text is, and how to look for the likeliest one."""

import numpy as np

from chargen_lib.exercises.cards import Exercise, Misconception, Probe


def _table(*rows):
    """log p[previous, next] of rows of probabilities; log 0 is -inf."""
    with np.errstate(divide="ignore"):
        return np.log(np.array(rows)).astype(np.float32)


def _random_table(rng, vocab_size):
    return np.log(rng.dirichlet(np.ones(vocab_size), size=vocab_size) * 0.95 + 0.05 / vocab_size).astype(np.float32)


GARDEN_PATH = _table([0.1, 0.5, 0.4], [0.36, 0.34, 0.3], [0.06, 0.9, 0.04])  # from 0: the best first step leads to a worse end
NO_DOUBLES = _table([0, 0.55, 0.45], [0.7, 0, 0.3], [0.2, 0.8, 0])  # no character follows itself
ONE_WAY = _table([0, 0, 1], [0.6, 0.3, 0.1], [0.55, 0.45, 0])  # only 2 follows 0
# Three steps from 0: the greedy path is 0 0 0, two beams find 1 0 0, three beams 2 1 0, the likeliest of all.
LADDER = _table([0.38, 0.33, 0.29], [0.84, 0.1, 0.06], [0.25, 0.58, 0.17])

# --- sequence_log_prob ------------------------------------------------------------------------------------------------


def _steps(log_probs, ids):
    """log p of each step, in float64."""
    ids = np.asarray(ids)
    return np.asarray(log_probs, dtype=float)[ids[:-1], ids[1:]]


def sequence_log_prob(log_probs, ids):
    return float(_steps(log_probs, ids).sum())


def sequence_probes(rng):
    unlikely = np.array([[-0.01, -100.0], [-100.0, -0.01]], dtype=np.float32)
    return [
        Probe((GARDEN_PATH, np.array([0, 1]))),
        Probe((GARDEN_PATH, np.array([0, 1, 2]))),
        Probe((GARDEN_PATH, np.array([0, 2, 1, 1, 0, 0]))),
        Probe((NO_DOUBLES, np.array([1, 0, 0]))),
        Probe((unlikely, np.array([0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1]))),
        Probe((_random_table(rng, 5), rng.integers(0, 5, size=12))),
    ]


def _slp_transposed(log_probs, ids):
    return sequence_log_prob(np.asarray(log_probs).T, ids)


def _slp_mean(log_probs, ids):
    return float(_steps(log_probs, ids).mean())


def _slp_product(log_probs, ids):
    return float(np.prod(_steps(log_probs, ids)))


def _slp_underflow(log_probs, ids):
    with np.errstate(all="ignore"):
        return float(np.log(np.prod(np.exp(_steps(log_probs, ids)))))


def _slp_probability(log_probs, ids):
    return float(np.exp(sequence_log_prob(log_probs, ids)))


def _slp_sign(log_probs, ids):
    return -sequence_log_prob(log_probs, ids)


def _slp_loss(log_probs, ids):
    return float(-_steps(log_probs, ids).mean())


def _slp_log_again(log_probs, ids):
    with np.errstate(all="ignore"):
        return float(np.log(_steps(log_probs, ids)).sum())


def _slp_circular(log_probs, ids):
    return sequence_log_prob(log_probs, np.append(ids, ids[:1]))


def _slp_drops_last(log_probs, ids):
    return float(_steps(log_probs, ids)[:-1].sum())


def _slp_every_pair(log_probs, ids):
    return float(np.asarray(log_probs, dtype=float)[np.ix_(ids[:-1], ids[1:])].sum())


def _slp_no_sum(log_probs, ids):
    return _steps(log_probs, ids)


SEQUENCE_LOG_PROB = Exercise(
    name="sequence_log_prob",
    lesson=7,
    points=1,
    minutes=5,
    difficulty=1,
    hint="The steps go from `ids[:-1]` to `ids[1:]`. Index the table with both at once, and add up.",
    reference=sequence_log_prob,
    probes=sequence_probes,
    misconceptions=(
        Misconception(
            "transposed",
            "You looked up [next, previous]; the row is the character before, the column the one after.",
            _slp_transposed,
        ),
        Misconception("mean", "You took the mean over the steps; the log-probability of the whole is their sum.", _slp_mean),
        Misconception(
            "product of logs",
            "You multiplied the log-probabilities. Probabilities multiply; their logarithms add.",
            _slp_product,
        ),
        Misconception(
            "underflow",
            "You multiplied probabilities and took the log at the end: the product of many becomes 0, and its log -inf. "
            "Add the logs instead.",
            _slp_underflow,
        ),
        Misconception(
            "probability", "You returned the probability; return its logarithm, without the exp at the end.", _slp_probability
        ),
        Misconception(
            "sign", "Your sign is turned round: that is a loss. The log of a probability is never above 0.", _slp_sign
        ),
        Misconception("loss", "You returned the loss, the mean of -ln p; return the plain sum of ln p.", _slp_loss),
        Misconception(
            "log of a log",
            "You took the logarithm of logarithms, and a negative number has none. log_probs holds ln p already: add up.",
            _slp_log_again,
        ),
        Misconception(
            "joins the ends",
            "You added a step from the last character back to the first (np.roll does that); n characters have n - 1 steps.",
            _slp_circular,
        ),
        Misconception(
            "drops the last step",
            "The last step is missing: n characters have n - 1 steps, to the very last one.",
            _slp_drops_last,
        ),
        Misconception(
            "every row with every column",
            "You added a whole block of the table, each previous with each next character. Index with both at once: "
            "log_probs[ids[:-1], ids[1:]].",
            _slp_every_pair,
        ),
        Misconception("no sum", "You returned the log-probability of each step; add them up.", _slp_no_sum),
    ),
)

# --- beam_search ------------------------------------------------------------------------------------------------------
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


def _drawn(rng, vocab_size, is_clear):
    """A random table and start on which the search has only clear decisions to make."""
    while True:
        table, start = _random_table(rng, vocab_size), int(rng.integers(vocab_size))
        if is_clear(table, start):
            return table, start


def beam_probes(rng):
    table, start = _drawn(rng, 4, lambda table, start: _clear(table, start, 3, 3))
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

# --- length_normalised ------------------------------------------------------------------------------------------------


def length_normalised(log_prob, length, alpha):
    return log_prob / length**alpha


def length_probes(rng):
    return [
        Probe((-6.0, 3, 1.0)),
        Probe((-6.0, 4, 0.5)),
        Probe((-6.0, 3, 0.0)),
        Probe((-2.0, 1, 0.7)),
        Probe((-5.0, 3, 2.0)),
        Probe((float(rng.uniform(-40, -5)), int(rng.integers(2, 30)), float(rng.uniform(0.2, 1.5)))),
    ]


def _ln_ignores_alpha(log_prob, length, alpha):
    return log_prob / length


def _ln_times_alpha(log_prob, length, alpha):
    return log_prob / length * alpha


def _ln_multiplies(log_prob, length, alpha):
    return log_prob * length**alpha


def _ln_swapped(log_prob, length, alpha):
    return log_prob / alpha**length


def _ln_gnmt(log_prob, length, alpha):
    return log_prob / ((5 + length) / 6) ** alpha


def _ln_reward(log_prob, length, alpha):
    return log_prob + alpha * length


def _ln_probability(log_prob, length, alpha):
    return float(np.exp(log_prob / length**alpha))


def _ln_sign(log_prob, length, alpha):
    return -log_prob / length**alpha


def _ln_counts_start(log_prob, length, alpha):
    return log_prob / (length + 1) ** alpha


LENGTH_NORMALISED = Exercise(
    name="length_normalised",
    lesson=7,
    points=1,
    minutes=4,
    difficulty=1,
    hint="A power binds tighter than a division in Python. Try alpha = 0 and alpha = 1: which two rankings do you know already?",
    reference=length_normalised,
    probes=length_probes,
    misconceptions=(
        Misconception(
            "ignores alpha",
            "You divided by the length whatever alpha is; divide by length to the power of alpha, so that alpha = 0 changes nothing.",
            _ln_ignores_alpha,
        ),
        Misconception("times alpha", "You multiplied by alpha; it is the exponent of the length.", _ln_times_alpha),
        Misconception(
            "multiplies",
            "You multiplied by length ** alpha, which punishes long texts twice. Divide by it.",
            _ln_multiplies,
        ),
        Misconception(
            "base and exponent swapped", "You raised alpha to the power of the length; it is length ** alpha.", _ln_swapped
        ),
        Misconception(
            "another formula",
            "That is the penalty ((5 + length) / 6) ** alpha of Google's translation system (Wu et al., 2016); here it is length ** alpha.",
            _ln_gnmt,
        ),
        Misconception(
            "reward for each character",
            "You added alpha for each character, which is another remedy. Here the log-probability is divided by length ** alpha.",
            _ln_reward,
        ),
        Misconception("probability", "You took the exp of the result; stay with logarithms.", _ln_probability),
        Misconception("sign", "Your sign is turned round: a score stays at or below 0, as log_prob does.", _ln_sign),
        Misconception(
            "counts one more",
            "You added one to the length; use it as it is given.",
            _ln_counts_start,
        ),
    ),
)

# --- viterbi ----------------------------------------------------------------------------------------------------------


def _forward(log_probs, start, num_chars):
    """scores[t][c]: log p of the likeliest t + 1 characters that end in c; parents[t][c]: the one before c on that path."""
    log_probs = np.asarray(log_probs, dtype=float)
    scores, parents = [log_probs[start]], [np.full(len(log_probs), start)]
    for _ in range(num_chars - 1):
        through = scores[-1][:, None] + log_probs  # (previous, next)
        scores.append(through.max(axis=0))
        parents.append(through.argmax(axis=0))
    return scores, parents


def _backward(last, parents):
    """The path to `last`, its end first."""
    path = [int(last)]
    for parent in parents[:0:-1]:
        path.append(int(parent[path[-1]]))
    return path


def viterbi(log_probs, start, num_chars):
    scores, parents = _forward(log_probs, start, num_chars)
    path = _backward(scores[-1].argmax(), parents)
    return np.array(path[::-1]), float(scores[-1].max())


def _unique(log_probs, start, num_chars):
    """The likeliest continuation is clearly ahead of all others (they are all counted here, so keep it small)."""
    log_probs = np.asarray(log_probs, dtype=float)
    totals = log_probs[start]
    for _ in range(num_chars - 1):
        totals = totals[..., None] + log_probs
    second, best = np.partition(totals.ravel(), -2)[-2:]
    return best - second > 0.01


def viterbi_probes(rng):
    table, start = _drawn(rng, 4, lambda table, start: _unique(table, start, 5))
    return [
        Probe((GARDEN_PATH, 0, 1)),
        Probe((GARDEN_PATH, 2, 1)),
        Probe((GARDEN_PATH, 0, 2)),
        Probe((ONE_WAY, 0, 2)),
        Probe((NO_DOUBLES, 0, 3)),
        Probe((LADDER, 0, 3)),
        Probe((table, start, 5)),
    ]


def _viterbi_greedy(log_probs, start, num_chars):
    sequences, scores = beam_search(log_probs, start, num_chars, 1)
    return sequences[0], float(scores[0])


def _viterbi_two_beams(log_probs, start, num_chars):
    sequences, scores = beam_search(log_probs, start, num_chars, 2)
    return sequences[0], float(scores[0])


def _viterbi_no_path(log_probs, start, num_chars):
    scores, _ = _forward(log_probs, start, num_chars)
    return np.array([s.argmax() for s in scores]), float(scores[-1].max())


def _viterbi_backwards(log_probs, start, num_chars):
    path, log_prob = viterbi(log_probs, start, num_chars)
    return path[::-1], log_prob


def _viterbi_notes_forwards(log_probs, start, num_chars):
    scores, parents = _forward(log_probs, start, num_chars)
    return np.array(_backward(scores[-1].argmax(), [parents[0], *parents[:0:-1]])[::-1]), float(scores[-1].max())


def _viterbi_max_over_next(log_probs, start, num_chars):
    log_probs = np.asarray(log_probs, dtype=float)
    scores, notes = log_probs[start], [None]
    for _ in range(num_chars - 1):
        through = scores[:, None] + log_probs
        scores = through.max(axis=1)
        notes.append(through.argmax(axis=1))
    return np.array(_backward(scores.argmax(), notes)[::-1]), float(scores.max())


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
    return np.array(_backward(scores.argmax(), parents)[::-1]), float(scores.max())


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

EXERCISES = [SEQUENCE_LOG_PROB, BEAM_SEARCH, LENGTH_NORMALISED, VITERBI]
