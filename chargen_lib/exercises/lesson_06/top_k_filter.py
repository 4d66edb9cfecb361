"""top_k_filter: its reference, what it is tried on, and the wrong answers with names."""

import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe
from chargen_lib.exercises.lesson_04.numbers_to_try import row_of
from chargen_lib.exercises.lesson_06.logits_to_filter import ids_by_logit, masked, not_logits, ranks_of, spaced


def _check_k(k):
    if k < 1:
        raise ValueError(f"k must be at least 1, got {k}")


def top_k_filter(logits, k):
    _check_k(k)
    return masked(logits, ranks_of(logits) < k)


def top_k_probes(rng):
    return [
        Probe((row_of(1, 3, 2, 0), 2)),
        Probe((row_of(-5, -1, -4, -2), 1)),
        Probe((row_of(2, 2, 2, 2), 2)),
        Probe((row_of(1, 2, 1, 2), 3)),
        Probe((row_of(-np.inf, 1, -np.inf, 2), 3)),
        Probe((row_of(0.5, -0.5, 1.5, 1), 10)),
        Probe((row_of(1, 3, 2, 0), 0)),
        Probe((row_of(1, 3, 2, 0), -1)),
        Probe((spaced(rng, 8), 5)),
        Probe((np.stack([row_of(9, 8, 7, 6), row_of(1, 3, 2, 4), row_of(-1, -2, -3, -4)]), 2), batch=True),
        Probe((spaced(rng, 2, 3, 8), 3), batch=True),
    ]


def _top_k_ties(logits, k):
    _check_k(k)
    kth = -np.sort(-np.asarray(logits), axis=-1)[..., :k][..., -1:]
    return masked(logits, logits >= kth)


def _top_k_lax_values(logits, k):
    if k > np.shape(logits)[-1]:
        raise ValueError("jax.lax.top_k has no k-th value here")
    return _top_k_ties(logits, k)


def _top_k_above_the_value(logits, k):
    _check_k(k)
    kth = -np.sort(-np.asarray(logits), axis=-1)[..., :k][..., -1:]
    return masked(logits, logits > kth)


def _top_k_higher_id(logits, k):
    return np.flip(top_k_filter(np.flip(logits, axis=-1), k), axis=-1)


def _top_k_one_too_few(logits, k):
    _check_k(k)
    return masked(logits, ranks_of(logits) < k - 1)


def _top_k_one_too_many(logits, k):
    _check_k(k)
    return masked(logits, ranks_of(logits) <= k)


def _top_k_argsort_once(logits, k):
    _check_k(k)
    return masked(logits, ids_by_logit(logits) < k)


def _top_k_argsort_once_upwards(logits, k):
    _check_k(k)
    return masked(logits, np.argsort(logits, axis=-1, kind="stable") >= np.shape(logits)[-1] - k)


def _top_k_argsort_once_turned(logits, k):
    _check_k(k)
    return masked(logits, np.flip(np.argsort(logits, axis=-1, kind="stable"), axis=-1) < k)


def _top_k_smallest(logits, k):
    _check_k(k)
    return masked(logits, np.argsort(np.argsort(logits, axis=-1, kind="stable"), axis=-1) < k)


def _top_k_values(logits, k):
    _check_k(k)
    return -np.sort(-np.asarray(logits), axis=-1)[..., :k]


def _top_k_ids(logits, k):
    _check_k(k)
    return ids_by_logit(logits)[..., :k]


def _top_k_least_of_the_batch(logits, k):
    _check_k(k)
    kth = -np.sort(-np.asarray(logits), axis=-1)[..., :k][..., -1:]
    return masked(logits, logits >= kth.min())


def _top_k_flat(logits, k):
    logits = np.asarray(logits)
    return top_k_filter(logits.ravel(), k).reshape(logits.shape)


def _top_k_large_raises(logits, k):
    if k > np.shape(logits)[-1]:
        raise ValueError("k is larger than the vocabulary")
    return top_k_filter(logits, k)


def _top_k_unchecked(logits, k):
    return masked(logits, ranks_of(logits) < k)


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
        *not_logits(top_k_filter),
        Misconception(
            "keeps ties",
            "You kept everything that equals the k-th largest logit, so a tie keeps more than k. Keep exactly k; of equal logits "
            "those with the lower ids.",
            _top_k_ties,
        ),
        Misconception(
            "keeps ties, and fails above the vocabulary",
            "You compared with the k-th value of jax.lax.top_k: a tie keeps more than k, and it fails for a k above the vocabulary. Take "
            "min(k, logits.shape[-1]), and decide by place, not by value.",
            _top_k_lax_values,
        ),
        Misconception(
            "strictly above the k-th value",
            "You kept what is above the k-th largest logit, and so lost the k-th itself and all that equal it. Decide by place: the k "
            "first ones of the sorted row.",
            _top_k_above_the_value,
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
            "argsort once, turned round",
            "One argsort says which id stands at each place. You need the place at which each id stands: take the argsort of that.",
            _top_k_argsort_once_turned,
        ),
        Misconception(
            "argsort once, upwards",
            "One argsort says which id stands at each place, from the smallest logit up. You need the place of each id: the argsort of "
            "the argsort of the negated logits.",
            _top_k_argsort_once_upwards,
        ),
        Misconception(
            "keeps the smallest",
            "You kept the k least likely characters: argsort goes upwards. Sort the negated logits.",
            _top_k_smallest,
        ),
        Misconception(
            "only the k values",
            "You returned the k largest values alone, so nobody knows whose they are. Keep the shape, with -inf where a character "
            "was removed.",
            _top_k_values,
        ),
        Misconception(
            "only the k ids",
            "You returned the ids of the k largest. Return the logits, in their shape, with -inf where a character was removed.",
            _top_k_ids,
        ),
        Misconception(
            "one k-th value for the whole batch",
            "You compared all rows with one number; each row has a k-th value of its own, and a tie keeps more than k. Decide by place in "
            "the row.",
            _top_k_least_of_the_batch,
        ),
        Misconception(
            "k of the whole batch",
            "You kept the k largest of the whole batch together; each row keeps its own k. Work along the last axis.",
            _top_k_flat,
        ),
        Misconception(
            "k above the vocabulary raises",
            "A k larger than the vocabulary raises an error here; it should keep everything: min(k, logits.shape[-1]).",
            _top_k_large_raises,
        ),
        Misconception(
            "k below 1 accepted",
            "With k below 1 you remove every character, and nothing is left to draw. Raise a ValueError.",
            _top_k_unchecked,
        ),
    ),
)
