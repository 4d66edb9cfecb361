"""The exercises of lesson 06: filters that take characters out of the draw, and a number for how much a text repeats itself."""

import numpy as np

from chargen_lib.exercises.cards import Exercise, Misconception, Probe


def _softmax(logits):
    logits = np.asarray(logits, dtype=float)
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)


def _order(logits):
    """The ids from the largest logit to the smallest; of two equal ones the lower id first."""
    return np.argsort(-np.asarray(logits), axis=-1, kind="stable")


def _ranks(logits):
    """The place of each id in that order, counted from 0."""
    return np.argsort(_order(logits), axis=-1)


def _masked(logits, kept):
    return np.where(kept, np.asarray(logits), -np.inf)


def _row(*logits):
    return np.array(logits, dtype=np.float32)


def _logits(*probs):
    return np.log(np.array(probs)).astype(np.float32)


def _spaced(rng, *shape):
    """Random logits of which no two in a row are near each other."""
    steps = np.broadcast_to(np.linspace(-3, 3, shape[-1]), shape)
    return (rng.permuted(steps, axis=-1) + rng.uniform(-0.1, 0.1, size=shape)).astype(np.float32)


def _shuffled(rng, *rows):
    """Logits of these rows of probabilities, each shuffled and moved by a constant, which changes no probability."""
    probs = rng.permuted(np.array(rows), axis=-1)
    return (np.log(probs) + rng.uniform(-2, 2, size=(len(rows), 1))).astype(np.float32)


# --- top_k_filter -----------------------------------------------------------------------------------------------------


def _check_k(k):
    if k < 1:
        raise ValueError(f"k must be at least 1, got {k}")


def top_k_filter(logits, k):
    _check_k(k)
    return _masked(logits, _ranks(logits) < k)


def top_k_probes(rng):
    return [
        Probe((_row(1, 3, 2, 0), 2)),
        Probe((_row(-5, -1, -4, -2), 1)),
        Probe((_row(2, 2, 2, 2), 2)),
        Probe((_row(1, 2, 1, 2), 3)),
        Probe((_row(-np.inf, 1, -np.inf, 2), 3)),
        Probe((_row(0.5, -0.5, 1.5, 1), 10)),
        Probe((_row(1, 3, 2, 0), 0)),
        Probe((_row(1, 3, 2, 0), -1)),
        Probe((_spaced(rng, 8), 5)),
        Probe((np.stack([_row(9, 8, 7, 6), _row(1, 3, 2, 4), _row(-1, -2, -3, -4)]), 2), batch=True),
        Probe((_spaced(rng, 2, 3, 8), 3), batch=True),
    ]


def _top_k_ties(logits, k):
    _check_k(k)
    kth = -np.sort(-np.asarray(logits), axis=-1)[..., :k][..., -1:]
    return _masked(logits, logits >= kth)


def _top_k_higher_id(logits, k):
    return np.flip(top_k_filter(np.flip(logits, axis=-1), k), axis=-1)


def _top_k_one_too_few(logits, k):
    _check_k(k)
    return _masked(logits, _ranks(logits) < k - 1)


def _top_k_one_too_many(logits, k):
    _check_k(k)
    return _masked(logits, _ranks(logits) <= k)


def _top_k_argsort_once(logits, k):
    _check_k(k)
    return _masked(logits, _order(logits) < k)


def _top_k_smallest(logits, k):
    _check_k(k)
    return _masked(logits, np.argsort(np.argsort(logits, axis=-1, kind="stable"), axis=-1) < k)


def _top_k_zeros(logits, k):
    _check_k(k)
    return np.where(_ranks(logits) < k, logits, np.float32(0))


def _top_k_values(logits, k):
    _check_k(k)
    return -np.sort(-np.asarray(logits), axis=-1)[..., :k]


def _top_k_probabilities(logits, k):
    return _softmax(top_k_filter(logits, k))


def _top_k_flat(logits, k):
    logits = np.asarray(logits)
    return top_k_filter(logits.ravel(), k).reshape(logits.shape)


def _top_k_large_raises(logits, k):
    if k > np.shape(logits)[-1]:
        raise ValueError("k is larger than the vocabulary")
    return top_k_filter(logits, k)


def _top_k_unchecked(logits, k):
    return _masked(logits, _ranks(logits) < k)


TOP_K_FILTER = Exercise(
    name="top_k_filter",
    lesson=6,
    points=2,
    minutes=10,
    difficulty=2,
    hint="What is the place of each logit when the row is sorted downwards? `jnp.argsort` of `jnp.argsort` gives the places; keep those "
    "below k. A comparison with the k-th value cannot tell equal logits apart.",
    reference=top_k_filter,
    probes=top_k_probes,
    jit=(1,),
    misconceptions=(
        Misconception(
            "keeps ties",
            "You kept everything that equals the k-th largest logit, so a tie keeps more than k. Keep exactly k; of equal logits "
            "those with the lower ids.",
            _top_k_ties,
        ),
        Misconception(
            "ties by higher id",
            "Of equal logits you kept those with the higher ids (turning an ascending sort around does that). Sort the negated "
            "logits instead: then the lower id comes first.",
            _top_k_higher_id,
        ),
        Misconception(
            "one too few",
            "You kept k - 1 characters: a strict > takes out the k-th one as well.",
            _top_k_one_too_few,
        ),
        Misconception("one too many", "You kept k + 1 characters: places are counted from 0.", _top_k_one_too_many),
        Misconception(
            "argsort once",
            "One argsort says which id stands at each place. You need the place at which each id stands: take the argsort of that.",
            _top_k_argsort_once,
        ),
        Misconception(
            "keeps the smallest",
            "You kept the k least likely characters: argsort goes upwards. Sort the negated logits.",
            _top_k_smallest,
        ),
        Misconception(
            "zero instead of -inf",
            "You set the removed logits to 0, but exp(0) = 1: they can still be drawn. Only the logit -inf has probability 0.",
            _top_k_zeros,
        ),
        Misconception(
            "only the k values",
            "You returned the k largest values alone, so nobody knows whose they are. Keep the shape, with -inf where a character "
            "was removed.",
            _top_k_values,
        ),
        Misconception(
            "probabilities",
            "You returned probabilities; a filter takes logits and gives logits, and leaves the kept ones untouched.",
            _top_k_probabilities,
        ),
        Misconception(
            "k of the whole batch",
            "You kept the k largest of the whole batch together; each row keeps its own k. Work along the last axis.",
            _top_k_flat,
        ),
        Misconception(
            "k above the vocabulary raises",
            "A k larger than the vocabulary raises an error here; it should keep everything: min(k, V).",
            _top_k_large_raises,
        ),
        Misconception(
            "k below 1 accepted",
            "With k below 1 you remove every character, and nothing is left to draw. Raise a ValueError.",
            _top_k_unchecked,
        ),
    ),
)

# --- top_p_filter -----------------------------------------------------------------------------------------------------


def _check_p(p):
    if not 0 < p <= 1:
        raise ValueError(f"p must be above 0 and at most 1, got {p}")


def _put_back(sorted_values, logits):
    """What belongs to each id, from what belongs to each place in the sorted row."""
    return np.take_along_axis(sorted_values, _ranks(logits), axis=-1)


def _sorted_probs(logits):
    return np.take_along_axis(_softmax(logits), _order(logits), axis=-1)


def _mass_before(logits):
    """For each place in the sorted row, the probability of all that come before it."""
    probs = _sorted_probs(logits)
    return np.cumsum(probs, axis=-1) - probs


def top_p_filter(logits, p):
    _check_p(p)
    if p == 1:
        return np.array(logits)
    return _masked(logits, _put_back(_mass_before(logits) < p, logits))


def top_p_probes(rng):
    peaked = [0.65, 0.2, 0.1, 0.05]
    flat = [0.35, 0.25, 0.22, 0.18]
    middle = [0.5, 0.25, 0.15, 0.1]
    certain = [0.93, 0.04, 0.02, 0.01]
    return [
        Probe((_logits(0.5, 0.3, 0.15, 0.05), 0.7)),
        Probe((_logits(0.05, 0.9, 0.02, 0.03), 0.5)),
        Probe((_logits(0.15, 0.5, 0.05, 0.3), 0.6)),
        Probe((_row(1, 3, 0, 2), 0.8)),
        Probe((_row(0, 0, 0, 0), 0.5)),  # exactly 2 reach it: 1/4 is exact in binary
        Probe((_row(-np.inf, 1, 0, -np.inf), 0.9)),
        Probe((_row(0, 60, -60, 1), 1.0)),
        Probe((_row(2, 1, 0, 3), 1e-6)),
        Probe((_logits(0.5, 0.3, 0.15, 0.05), 0.0)),
        Probe((_logits(0.5, 0.3, 0.15, 0.05), 1.5)),
        Probe((np.stack([_logits(*peaked), _logits(*flat[::-1]), _logits(*middle)]), 0.7), batch=True),
        Probe((_shuffled(rng, peaked, flat, middle, certain, flat, middle).reshape(2, 3, 4), 0.87), batch=True),
    ]


def _top_p_drops_crossing(logits, p):
    _check_p(p)
    if p == 1:
        return np.array(logits)
    probs = _sorted_probs(logits)
    kept = np.cumsum(probs, axis=-1) <= p
    kept[..., 0] = True
    return _masked(logits, _put_back(kept, logits))


def _top_p_stops_before(logits, p):
    _check_p(p)
    if p == 1:
        return np.array(logits)
    return _masked(logits, _put_back(np.cumsum(_sorted_probs(logits), axis=-1) < p, logits))


def _top_p_empty(logits, p):
    _check_p(p)
    if p == 1:
        return np.array(logits)
    return _masked(logits, _put_back(np.cumsum(_sorted_probs(logits), axis=-1) <= p, logits))


def _top_p_one_too_many(logits, p):
    _check_p(p)
    return _masked(logits, _put_back(_mass_before(logits) <= p, logits))


def _top_p_ties(logits, p):
    kept = ~np.isneginf(top_p_filter(logits, p))
    smallest = np.where(kept, logits, np.inf).min(axis=-1, keepdims=True)
    return _masked(logits, logits >= smallest)


def _top_p_unsorted(logits, p):
    _check_p(p)
    if p == 1:
        return np.array(logits)
    probs = _softmax(logits)
    return _masked(logits, np.cumsum(probs, axis=-1) - probs < p)


def _top_p_not_put_back(logits, p):
    _check_p(p)
    if p == 1:
        return np.array(logits)
    return _masked(logits, _mass_before(logits) < p)


def _top_p_sorted_again(logits, p):
    _check_p(p)
    if p == 1:
        return np.array(logits)
    return _masked(logits, np.take_along_axis(_mass_before(logits) < p, _order(logits), axis=-1))


def _top_p_smallest(logits, p):
    _check_p(p)
    if p == 1:
        return np.array(logits)
    order = np.argsort(logits, axis=-1, kind="stable")
    probs = np.take_along_axis(_softmax(logits), order, axis=-1)
    kept = np.cumsum(probs, axis=-1) - probs < p
    return _masked(logits, np.take_along_axis(kept, np.argsort(order, axis=-1), axis=-1))


def _top_p_each(logits, p):
    _check_p(p)
    if p == 1:
        return np.array(logits)
    return _masked(logits, _softmax(logits) >= p)


def _top_p_not_normalised(logits, p):
    _check_p(p)
    if p == 1:
        return np.array(logits)
    weights = np.exp(np.take_along_axis(np.asarray(logits, dtype=float), _order(logits), axis=-1))
    return _masked(logits, _put_back(np.cumsum(weights, axis=-1) - weights < p, logits))


def _top_p_rounding(logits, p):
    _check_p(p)
    return _masked(logits, _put_back(_mass_before(logits) < p, logits))


def _top_p_probabilities(logits, p):
    return _softmax(top_p_filter(logits, p))


def _top_p_flat(logits, p):
    logits = np.asarray(logits)
    return top_p_filter(logits.ravel(), p).reshape(logits.shape)


def _top_p_unchecked(logits, p):
    if p == 1:
        return np.array(logits)
    return _masked(logits, _put_back(_mass_before(logits) < p, logits))


TOP_P_FILTER = Exercise(
    name="top_p_filter",
    lesson=6,
    points=3,
    minutes=15,
    difficulty=3,
    hint="Sort the probabilities downwards. A character stays when the mass *before* it, `cumsum - probs`, is still below p. Then bring "
    "the answer back from sorted order to the order of the ids: argsort of the argsort.",
    reference=top_p_filter,
    probes=top_p_probes,
    jit=(1,),
    misconceptions=(
        Misconception(
            "drops the crossing character",
            "You stopped before the mass reaches p. The character that carries it across p belongs to the set: ask for the mass "
            "before each one, not up to and with it.",
            _top_p_drops_crossing,
        ),
        Misconception(
            "sum with its own share",
            "You asked whether the sum up to and with each character is below p, so the one that carries it across p is lost. Ask for "
            "the mass before it: cumsum - probs.",
            _top_p_stops_before,
        ),
        Misconception(
            "can keep nothing",
            "When the likeliest character alone is above p you remove everything. The character that carries the mass across p "
            "belongs to the set, so at least one always stays.",
            _top_p_empty,
        ),
        Misconception(
            "one too many",
            "When the mass is exactly p you keep one more. Reaching p is enough: keep those with less than p before them (<, not <=).",
            _top_p_one_too_many,
        ),
        Misconception(
            "keeps ties",
            "You turned the set into a threshold on the value, and so kept every tie: of 8 equal characters p = 0.5 keeps 4. "
            "Decide by place in the sorted row; the lower id comes first.",
            _top_p_ties,
        ),
        Misconception(
            "does not sort",
            "You added up the probabilities in the order of the ids. Sort them first, the likeliest in front.",
            _top_p_unsorted,
        ),
        Misconception(
            "sorted mask on unsorted logits",
            "Your mask is in sorted order, but you laid it on logits in the order of the ids. Bring it back first.",
            _top_p_not_put_back,
        ),
        Misconception(
            "brought back with the order",
            "You brought the answer back with the order that had sorted the row; that shuffles it once more. The way back is the argsort "
            "of the order.",
            _top_p_sorted_again,
        ),
        Misconception(
            "sorted upwards",
            "You added up from the least likely character; argsort goes upwards. Begin with the likeliest.",
            _top_p_smallest,
        ),
        Misconception(
            "threshold on each probability",
            "You compared each probability with p by itself; p is for their running total, the likeliest first.",
            _top_p_each,
        ),
        Misconception(
            "not normalised",
            "You added up exp(logits), which need not sum to 1. Take the softmax first.",
            _top_p_not_normalised,
        ),
        Misconception(
            "p = 1 loses the tail",
            "At p = 1 rounding lets the running total arrive at 1 too early, and unlikely characters are lost. p = 1 keeps all: "
            "return the logits as they are.",
            _top_p_rounding,
        ),
        Misconception(
            "probabilities",
            "You returned probabilities; a filter takes logits and gives logits, and leaves the kept ones untouched.",
            _top_p_probabilities,
        ),
        Misconception(
            "one set for the whole batch",
            "You made one set for the whole batch; each row has a distribution of its own. Work along the last axis.",
            _top_p_flat,
        ),
        Misconception(
            "any p accepted",
            "A p of 0 or below, or above 1, is no share of the mass: raise a ValueError.",
            _top_p_unchecked,
        ),
    ),
)

# --- min_p_filter -----------------------------------------------------------------------------------------------------


def min_p_filter(logits, p):
    probs = _softmax(logits)
    return _masked(logits, probs >= p * probs.max(axis=-1, keepdims=True))


def min_p_probes(rng):
    sharp = [0.74, 0.16, 0.08, 0.02]
    flat = [0.35, 0.3, 0.2, 0.15]
    return [
        Probe((_logits(0.5, 0.3, 0.15, 0.05), 0.5)),
        Probe((_logits(0.05, 0.15, 0.6, 0.2), 0.2)),
        Probe((_row(2, 1, 2, 0), 1.0)),
        Probe((_row(-1, -2, -4, -3), 0.1)),
        Probe((_row(-np.inf, 1, -2, 0), 0.3)),
        Probe((_row(1000, 999, 900, 998), 0.2)),
        Probe((_spaced(rng, 4) * 2, 0.001)),
        Probe((np.stack([_logits(*sharp), _logits(*flat[::-1]), _logits(*sharp[::-1])]), 0.25), batch=True),
        Probe((_shuffled(rng, sharp, flat, flat, sharp, sharp, flat).reshape(2, 3, 4), 0.5), batch=True),
    ]


def _min_p_absolute(logits, p):
    return _masked(logits, _softmax(logits) >= p)


def _min_p_of_logits(logits, p):
    return _masked(logits, logits >= p * np.max(logits, axis=-1, keepdims=True))


def _min_p_minus_p(logits, p):
    return _masked(logits, logits >= np.max(logits, axis=-1, keepdims=True) - p)


def _min_p_strict(logits, p):
    probs = _softmax(logits)
    return _masked(logits, probs > p * probs.max(axis=-1, keepdims=True))


def _min_p_overflow(logits, p):
    with np.errstate(all="ignore"):
        weights = np.exp(np.asarray(logits, dtype=float))
        probs = weights / weights.sum(axis=-1, keepdims=True)
        return _masked(logits, probs >= p * probs.max(axis=-1, keepdims=True))


def _min_p_batch_max(logits, p):
    probs = _softmax(logits)
    return _masked(logits, probs >= p * probs.max())


def _min_p_zeros(logits, p):
    return np.where(np.isneginf(min_p_filter(logits, p)), np.float32(0), logits)


def _min_p_probabilities(logits, p):
    return _softmax(min_p_filter(logits, p))


def _min_p_is_top_p(logits, p):
    return top_p_filter(logits, p)


MIN_P_FILTER = Exercise(
    name="min_p_filter",
    lesson=6,
    points=1,
    minutes=6,
    difficulty=1,
    hint="Take the softmax, then compare every probability with p times the largest one of its row (`keepdims=True` keeps the shapes "
    "in step).",
    reference=min_p_filter,
    probes=min_p_probes,
    jit=(1,),
    misconceptions=(
        Misconception(
            "absolute threshold",
            "You kept probabilities of at least p. The threshold moves with the row: p times its largest probability.",
            _min_p_absolute,
        ),
        Misconception(
            "threshold on the logits",
            "You multiplied the largest logit by p; p is a share of the largest probability. Take the softmax first.",
            _min_p_of_logits,
        ),
        Misconception(
            "largest logit minus p",
            "You took p from the largest logit. A factor p on probabilities is a step of log p on logits: max + log p.",
            _min_p_minus_p,
        ),
        Misconception(
            "strict",
            "A probability of exactly p times the largest stays: use >=, or at p = 1 nothing is left.",
            _min_p_strict,
        ),
        Misconception(
            "overflow",
            "Your softmax overflows on large logits, and inf / inf is NaN. Subtract the largest logit first, or use jax.nn.softmax.",
            _min_p_overflow,
        ),
        Misconception(
            "largest of the whole batch",
            "You took the largest probability of the whole batch; each row has its own: max along the last axis, keepdims=True.",
            _min_p_batch_max,
        ),
        Misconception(
            "zero instead of -inf",
            "You set the removed logits to 0, but exp(0) = 1: they can still be drawn. Only the logit -inf has probability 0.",
            _min_p_zeros,
        ),
        Misconception(
            "probabilities",
            "You returned probabilities; a filter takes logits and gives logits, and leaves the kept ones untouched.",
            _min_p_probabilities,
        ),
        Misconception(
            "top-p",
            "That is top-p, the smallest set whose mass reaches p. Min-p adds nothing up: it compares each probability with the largest.",
            _min_p_is_top_p,
        ),
    ),
)

# --- repeated_ngram_rate ----------------------------------------------------------------------------------------------


def _ngrams(ids, n):
    ids = np.asarray(ids).tolist()
    return [tuple(ids[i : i + n]) for i in range(len(ids) - n + 1)]


def _rate(ngrams):
    return 1 - len(set(ngrams)) / len(ngrams) if ngrams else 0.0


def repeated_ngram_rate(ids, n):
    return _rate(_ngrams(ids, n))


def ngram_probes(rng):
    return [
        Probe((np.array([3, 1, 2, 0]), 1)),
        Probe((np.array([3, 3, 3, 3]), 1)),
        Probe((np.array([1, 2, 1, 2]), 2)),
        Probe((np.array([1, 2]), 3)),
        Probe((np.array([1, 2, 3, 0]), 4)),
        Probe((np.array([0, 1, 0, 2, 1, 0, 2, 2]), 2)),
        Probe((np.array([4, 0, 7, 4, 0, 7, 4, 0, 1, 0, 4, 0]), 3)),
        Probe((rng.integers(0, 3, size=30), 2)),
        Probe((rng.integers(0, 2, size=30), 4)),
    ]


def _ngram_blocks(ids, n):
    return _rate(_ngrams(ids, n)[::n])


def _ngram_drops_last(ids, n):
    return _rate(_ngrams(ids, n)[:-1])


def _ngram_distinct_share(ids, n):
    ngrams = _ngrams(ids, n)
    return len(set(ngrams)) / len(ngrams) if ngrams else 0.0


def _ngram_counts_first(ids, n):
    ngrams = _ngrams(ids, n)
    return sum(ngrams.count(g) > 1 for g in ngrams) / len(ngrams) if ngrams else 0.0


def _ngram_share_of_kinds(ids, n):
    ngrams = _ngrams(ids, n)
    return sum(ngrams.count(g) > 1 for g in set(ngrams)) / len(set(ngrams)) if ngrams else 0.0


def _ngram_per_character(ids, n):
    ngrams = _ngrams(ids, n)
    return (len(ngrams) - len(set(ngrams))) / len(ids)


def _ngram_no_order(ids, n):
    return _rate([tuple(sorted(g)) for g in _ngrams(ids, n)])


def _ngram_single(ids, n):
    return repeated_ngram_rate(ids, 1)


def _ngram_just_before(ids, n):
    ngrams = _ngrams(ids, n)
    return sum(a == b for a, b in zip(ngrams, ngrams[n:], strict=False)) / len(ngrams) if ngrams else 0.0


def _ngram_none_raises(ids, n):
    ngrams = _ngrams(ids, n)
    return 1 - len(set(ngrams)) / len(ngrams)


def _ngram_count(ids, n):
    ngrams = _ngrams(ids, n)
    return len(ngrams) - len(set(ngrams))


REPEATED_NGRAM_RATE = Exercise(
    name="repeated_ngram_rate",
    lesson=6,
    points=1,
    minutes=8,
    difficulty=2,
    hint="n-grams overlap: one begins at each of the first `len(ids) - n + 1` places. Tuples of plain integers (`ids.tolist()`) can go "
    "into a set, which keeps each only once.",
    reference=repeated_ngram_rate,
    probes=ngram_probes,
    misconceptions=(
        Misconception(
            "separate blocks",
            "You cut the text into separate blocks; n-grams overlap: one begins at every place that has n characters from there on.",
            _ngram_blocks,
        ),
        Misconception(
            "drops the last one",
            "The last n-gram is missing: a text of N characters has N - n + 1, so the range goes up to len(ids) - n + 1.",
            _ngram_drops_last,
        ),
        Misconception(
            "share of distinct ones",
            "That is the share of distinct n-grams; the rate of repeats is 1 minus it.",
            _ngram_distinct_share,
        ),
        Misconception(
            "counts the first time too",
            "You counted every n-gram that has a double, the first occurrence included. Only those that occurred earlier are repeats.",
            _ngram_counts_first,
        ),
        Misconception(
            "share of kinds",
            "You took the share of different n-grams that ever repeat. Count occurrences: an n-gram seen 5 times is 4 repeats.",
            _ngram_share_of_kinds,
        ),
        Misconception(
            "divides by the characters",
            "You divided by the number of characters; divide by the number of n-grams, len(ids) - n + 1.",
            _ngram_per_character,
        ),
        Misconception(
            "order ignored",
            "You lost the order inside an n-gram (sorted, or a set): ab and ba are two different ones. Use a tuple.",
            _ngram_no_order,
        ),
        Misconception("single characters", "You counted single characters; use runs of n of them.", _ngram_single),
        Misconception(
            "only directly before",
            "You compared each n-gram only with the one directly before it; an earlier one anywhere in the text counts.",
            _ngram_just_before,
        ),
        Misconception(
            "text too short",
            "A text shorter than n holds no n-gram, and you divide by zero. The rate is 0.0 there.",
            _ngram_none_raises,
        ),
        Misconception("count", "You returned how many repeats there are; divide by how many n-grams there are.", _ngram_count),
    ),
)

EXERCISES = [TOP_K_FILTER, TOP_P_FILTER, MIN_P_FILTER, REPEATED_NGRAM_RATE]
