"""Networks that look ahead, or do not, and looks_ahead as it is right and as it is written when it is wrong."""

import numpy as np

from chargen_lib.exercises.lesson_03.networks_to_ask import SPARSE, SPREAD, STEEP, V, network

TOLERANCE = 1e-5  # a change is more than this


def _one_character_alone(c):
    """A table in which all characters are alike but for one."""
    return np.eye(V, dtype=np.float32)[c][:, None] * np.array([1, 2, 3, 4, 9], dtype=np.float32)


def _past_and(weights):
    """Every place sees its past, and (t, s): weight more of some others."""
    seen = np.tri(4)
    for place, weight in weights.items():
        seen[place] += weight
    return seen


ITSELF = network(np.eye(4), "itself alone", SPREAD)
PAST = network(np.tri(4), "itself and all before it", SPREAD)
SINGLE = network(np.eye(1), "itself, the only one,", SPREAD)
BEFORE = network(np.eye(4, k=-1), "the one before it, but not itself", SPREAD)
AFTER = network(np.eye(4, k=1), "the one after it, but not itself", SPREAD)
NOTHING = network(np.zeros((4, 4)), "nothing", SPREAD)
EVERYTHING = network(np.ones((4, 4)), "all places, those after it too", STEEP)
NEXT_OF_THE_SECOND = network(_past_and({(1, 2): 1}), "its past, and place 1 also place 2", STEEP)
FAR = network(_past_and({(0, 3): 1}), "its past, and place 0 also place 3", SPREAD)
SECOND_TO_LAST = network(_past_and({(1, 3): 1}), "its past, and place 1 also place 3", SPARSE)
ONE_TO_LAST = network(_past_and({(2, 3): 1}), "its past, and place 2 also place 3", STEEP)
LAST_ALONE = network(np.diag([0, 0, 0, 1]), "nothing, but for the last, which sees itself,", SPREAD)
BALANCED = network(_past_and({(0, 1): 1, (0, 2): -1}), "its past, and place 0 the places 1 and 2 with opposite signs", STEEP)
FAINT = network(_past_and({(0, 2): 2**-17, (1, 2): 2**-17}), "its past, and place 2 a little (2^-17) beforehand", SPARSE)
ROUNDED = network(_past_and({(0, 2): 2**-22, (1, 3): 2**-22}), "its past, and 2^-22 of what comes, as rounding leaves", SPARSE)
ONLY_0, ONLY_2, ONLY_4 = (
    network(
        _past_and({(1, 2): 1}),
        f"its past, and place 1 also place 2, but of all characters {c} alone counts",
        _one_character_alone(c),
    )
    for c in (0, 2, 4)
)


def drawn(rng):
    seen = np.tri(4) + np.triu(rng.integers(0, 4, size=(4, 4)) == 0, k=1)
    places = "; ".join(f"{t} sees {np.flatnonzero(row).tolist()}" for t, row in enumerate(seen))
    return network(seen, f"some places: {places}", STEEP)


def differences(logits_fn, ids, others=None):
    """What a changed character changes: (time, V, time, V), entry [s, c, t]: the logits at t with c at place s, less those without.

    others: (time, number of them), what is tried at each place; None: all of the vocabulary.
    """
    ids = np.asarray(ids)
    others = np.tile(np.arange(V), (len(ids), 1)) if others is None else np.asarray(others)
    changed = np.tile(ids, (*others.shape, 1))  # (time, others, time)
    for s in range(len(ids)):
        changed[s, :, s] = others[s]
    logits = np.asarray(logits_fn(np.concatenate([ids[None], changed.reshape(-1, len(ids))])), dtype=float)  # one call for all
    return logits[1:].reshape(*changed.shape, -1) - logits[0]


def before_it(time):
    """(time, 1, time): is t before s?"""
    return np.tri(time, k=-1, dtype=bool)[:, None]


def looks_ahead(logits_fn, ids, vocab_size):
    size = np.abs(differences(logits_fn, ids)).max(axis=-1)  # (time, V, time)
    return bool((size > TOLERANCE)[np.broadcast_to(before_it(len(ids)), size.shape)].any())


def judged_by(changes):
    """The mistake that takes changes(differences) -> (time, V, time) bools for a change."""

    def mistaken(logits_fn, ids, vocab_size):
        return bool((changes(differences(logits_fn, ids)) & before_it(len(ids))).any())

    return mistaken


def at_places(where):
    """The mistake that looks where where(s, t) says."""

    def mistaken(logits_fn, ids, vocab_size):
        time = len(ids)
        seen = where(np.arange(time)[:, None], np.arange(time))
        return bool(((np.abs(differences(logits_fn, ids)).max(axis=-1) > TOLERANCE) & seen[:, None]).any())

    return mistaken


def trying(others):
    """The mistake that tries others(ids (time, 1)) -> (time, number of them) alone."""

    def mistaken(logits_fn, ids, vocab_size):
        size = np.abs(differences(logits_fn, ids, others(np.asarray(ids)[:, None]))).max(axis=-1)
        return bool(((size > TOLERANCE) & before_it(len(ids))).any())

    return mistaken


def all_at_once(logits_fn, ids, vocab_size):
    """Everything after a place is changed together, all by the same step."""
    ids = np.asarray(ids)
    time = len(ids)
    after = np.arange(time) > np.arange(time)[:, None]  # (time, time)
    others = np.stack([np.where(after, (ids + step) % V, ids) for step in range(V)])  # (V, time, time); step 0 changes nothing
    logits = np.asarray(logits_fn(others.reshape(-1, time))).reshape(V, time, time, -1)[:, np.arange(time), np.arange(time)]
    return bool((np.abs(logits - logits[0]) > TOLERANCE).any())


def piled_up(logits_fn, ids, vocab_size):
    ids = np.array(ids)
    texts, places = [ids.copy()], np.repeat(np.arange(len(ids)), V)
    for s, c in zip(places, np.tile(np.arange(V), len(ids)), strict=True):
        ids[s] = c
        texts.append(ids.copy())
    logits = np.asarray(logits_fn(np.stack(texts)))
    return any((np.abs(other[:s] - logits[0, :s]) > TOLERANCE).any() for s, other in zip(places, logits[1:], strict=True))


def likeliest(logits_fn, ids, vocab_size):
    def best(ids):
        return np.eye(V)[np.asarray(logits_fn(ids)).argmax(axis=-1)]

    return looks_ahead(best, ids, vocab_size)


def first_try(logits_fn, ids, vocab_size):
    size = np.abs(differences(logits_fn, ids)).max(axis=-1)
    return len(ids) > 1 and bool(size[1, 0, 0] > TOLERANCE)


def for_each_place(logits_fn, ids, vocab_size):
    size = np.abs(differences(logits_fn, ids)).max(axis=-1)
    return ((size > TOLERANCE) & before_it(len(ids))).any(axis=(1, 2))
