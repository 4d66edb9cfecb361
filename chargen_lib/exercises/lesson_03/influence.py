"""influence: its reference, what it is tried on, and the wrong answers with names."""

import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe
from chargen_lib.exercises.lesson_03.networks_to_ask import ALONE, BEFORE, EVERYTHING, PAST, SINGLE, WINDOW, V, drawn_network


def influence(logits_fn, ids, position):
    ids = np.asarray(ids)
    before = np.asarray(logits_fn(ids[None]))[0, position]  # (V,)
    changes = np.zeros(len(ids), dtype=bool)
    for step in range(1, len(before)):  # every other character in turn, at every place
        after = np.asarray(logits_fn(_one_place_changed(ids, (ids + step) % len(before))))[:, position]
        changes |= (after != before).any(axis=-1)
    return changes


def _one_place_changed(ids, others):
    """(time,) and (time,) -> (time, time): row j is `ids` with others[j] at place j."""
    return np.where(np.eye(len(ids), dtype=bool), others, ids)


def influence_probes(rng):
    return [
        Probe((ALONE, np.array([1, 3, 2]), 1)),
        Probe((PAST, np.array([0, 4, 1]), 1)),
        Probe((WINDOW, np.array([3, 1, 2]), 2)),
        Probe((BEFORE, np.array([3, 2, 1]), 1)),
        Probe((EVERYTHING, np.array([2, 0, 4]), 1)),
        Probe((SINGLE, np.array([0]), 0)),  # any id % 1 is 0
        Probe((drawn_network(rng), rng.integers(0, V, size=4), int(rng.integers(4)))),
    ]


def _logits_when_changed(logits_fn, ids, others=None):
    """Logits of `ids`, (time, V), and with each place changed in turn, (time, time, V)."""
    ids = np.asarray(ids)
    before = np.asarray(logits_fn(ids[None]))[0]
    others = (ids + 1) % before.shape[-1] if others is None else others
    return before, np.asarray(logits_fn(_one_place_changed(ids, others)))


def _influence_of_replacing_by(logits_fn, ids, position, others):
    before, after = _logits_when_changed(logits_fn, ids, others)
    return (after[:, position] != before[position]).any(axis=-1)


def _influence_zero(logits_fn, ids, position):
    return _influence_of_replacing_by(logits_fn, ids, position, np.zeros_like(np.asarray(ids)))


def _influence_no_wrap(logits_fn, ids, position):
    return _influence_of_replacing_by(logits_fn, ids, position, np.asarray(ids) + 1)


def _influence_wraps_at_the_length(logits_fn, ids, position):
    return _influence_of_replacing_by(logits_fn, ids, position, (np.asarray(ids) + 1) % len(ids))


def _influence_backwards(logits_fn, ids, position):
    before, after = _logits_when_changed(logits_fn, ids)
    return (after[position] != before).any(axis=-1)


def _influence_anywhere(logits_fn, ids, position):
    before, after = _logits_when_changed(logits_fn, ids)
    return (after != before).any(axis=(1, 2))


def _influence_last(logits_fn, ids, position):
    return influence(logits_fn, ids, -1)


def _influence_assumed(logits_fn, ids, position):
    return np.arange(len(ids)) <= position


def _influence_itself(logits_fn, ids, position):
    return np.arange(len(ids)) == position


def _influence_argmax(logits_fn, ids, position):
    before, after = _logits_when_changed(logits_fn, ids)
    return after[:, position].argmax(axis=-1) != before[position].argmax(axis=-1)


def _influence_all_logits(logits_fn, ids, position):
    before, after = _logits_when_changed(logits_fn, ids)
    return (after[:, position] != before[position]).all(axis=-1)


def _influence_each_logit(logits_fn, ids, position):
    before, after = _logits_when_changed(logits_fn, ids)
    return after[:, position] != before[position]


def _influence_sum(logits_fn, ids, position):
    before, after = _logits_when_changed(logits_fn, ids)
    return after[:, position].sum(axis=-1) != before[position].sum(axis=-1)


def _influence_piles_up(logits_fn, ids, position):
    ids = np.array(ids)
    before = np.asarray(logits_fn(ids[None]))[0, position]
    changes = []
    for place in range(len(ids)):
        ids[place] = (ids[place] + 1) % len(before)
        changes.append((np.asarray(logits_fn(ids[None]))[0, position] != before).any())
    return np.array(changes)


def _influence_inverted(logits_fn, ids, position):
    return ~influence(logits_fn, ids, position)


def _influence_not_itself(logits_fn, ids, position):
    return influence(logits_fn, ids, position) & (np.arange(len(ids)) != position)


def _influence_places(logits_fn, ids, position):
    return np.flatnonzero(influence(logits_fn, ids, position))


INFLUENCE = Exercise(
    name="influence",
    lesson=3,
    points=3,
    minutes=19,
    difficulty=3,
    hint="Put another character at one place, run the network again, and compare its logits at `position` with those before. Then "
    "the next place, from the unchanged ids. `(id + 1) % V` is always another character; V is the last axis of the logits.",
    reference=influence,
    probes=influence_probes,
    misconceptions=(
        Misconception(
            "looks the wrong way",
            "You changed the character at `position` and looked where the logits change. Ask the reverse: change each place in turn "
            "and look at `position`.",
            _influence_backwards,
        ),
        Misconception(
            "any logits",
            "You compared the logits of all positions; only those at `position` count.",
            _influence_anywhere,
        ),
        Misconception(
            "the last position",
            "You always look at the logits of the last position; look at those of `position`.",
            _influence_last,
        ),
        Misconception(
            "assumed",
            "You marked every place up to `position` without asking the network. Change each place and look: this network may see "
            "less than that, or more.",
            _influence_assumed,
        ),
        Misconception(
            "assumed, those after it",
            "You marked every place from `position` on without asking the network. Change each place and look.",
            lambda logits_fn, ids, position: np.arange(len(ids)) >= position,
        ),
        Misconception(
            "itself alone",
            "You marked `position` alone, as the network of the lesson would have it. Ask the one that was given, logits_fn: it may see "
            "other places.",
            _influence_itself,
        ),
        Misconception(
            "puts in 0",
            "You put 0 at each place, but where 0 stood already nothing is changed. Put in a character that differs from the one there.",
            _influence_zero,
        ),
        Misconception(
            "past the vocabulary",
            "You add 1 to the id, and the last character has no next: JAX may silently read the last row again. Wrap around with % V, "
            "where V is the last axis of this network's logits, not the lesson's.",
            _influence_no_wrap,
        ),
        Misconception(
            "wraps at the length of the text",
            "You wrap the ids around with % len(ids), the length of the text. An id is a place in the vocabulary: % V, the last axis of the "
            "logits.",
            _influence_wraps_at_the_length,
        ),
        Misconception(
            "likeliest character",
            "You compared the likeliest characters; the logits can change while the largest of them stays the same one.",
            _influence_argmax,
        ),
        Misconception(
            "all logits",
            "You ask that every logit changes (all); one changed logit is enough (any).",
            _influence_all_logits,
        ),
        Misconception(
            "each logit",
            "You say for each logit whether it changes; say it for each place: one changed logit is enough, .any(axis=-1).",
            _influence_each_logit,
        ),
        Misconception(
            "sum of the changes",
            "You compared sums, and changes up and down can cancel in a sum. Compare the logits entry by entry.",
            _influence_sum,
        ),
        Misconception(
            "changes pile up",
            "You left the earlier places changed while you tried the next one. Start from the original ids each time.",
            _influence_piles_up,
        ),
        Misconception(
            "the other way round",
            "Your answer is True where nothing changes; True should mean that the place has an influence.",
            _influence_inverted,
        ),
        Misconception(
            "never itself",
            "You left out `position` itself; its own character may change the logits there as well. Try it like every other.",
            _influence_not_itself,
        ),
        Misconception(
            "places",
            "You returned the places that have an influence; return True or False for every place.",
            _influence_places,
        ),
    ),
)
