"""draw_ids: which order, and whether a character can come again."""

import numpy as np

from chargen_lib.exercises.engine.cards import Misconception, Probe
from chargen_lib.exercises.lesson_04.numbers_to_try import row_of
from chargen_lib.instructor.variants.family import Family, Member, Rule, Slip


def by_id(probs, u):
    totals = np.cumsum(np.asarray(probs, dtype=float))
    return [int(np.argmax(totals > x)) for x in u]  # argmax: the first True


def likeliest_first(probs, u):
    probs = np.asarray(probs, dtype=float)
    order = np.argsort(-probs, kind="stable")  # of equal ones the lower id first
    totals = np.cumsum(probs[order])
    return [int(order[np.argmax(totals > x)]) for x in u]  # argmax: the first True


def without_repeats(probs, u):
    left = np.array(probs, dtype=float)  # a copy: what can still be drawn
    ids = []
    for x in u:
        totals = np.cumsum(left) / left.sum()
        ids.append(int(np.argmax(totals > x)))  # argmax: the first True
        left[ids[-1]] = 0.0
    return ids


def _not_renormalised(probs, u):
    left, ids = np.array(probs, dtype=float), []
    for x in u:
        found = np.flatnonzero(np.cumsum(left) > x)
        ids.append(int(found[0]) if found.size else len(left) - 1)
        left[ids[-1]] = 0.0
    return ids


def _places_in_what_is_left(probs, u):
    left, places = np.asarray(probs, dtype=float), []
    for x in u:
        places.append(by_id(left / left.sum(), [x])[0])
        left = np.delete(left, places[-1])
    return places


def _clear_numbers(rng, probs, how_many):
    """Numbers that are near no running total of any member, so that rounding decides nothing."""
    u: list[float] = []
    while len(u) < how_many:
        more = [*u, float(rng.uniform(0.02, 0.98))]
        if all(
            rule(probs, np.array(more) + d) == rule(probs, more)
            for rule in (by_id, likeliest_first, without_repeats)
            for d in (-0.01, 0.01)
        ):
            u = more
    return np.array(u, dtype=np.float32)


def draw_ids_probes(rng):
    fixed, drawn = row_of(0.1, 0.2, 0.4, 0.3), rng.permutation(row_of(0.07, 0.13, 0.25, 0.17, 0.38))
    return [
        Probe((fixed, row_of(0.25, 0.6, 0.25))),
        Probe((row_of(0.2, 0.5, 0.3), row_of(0.1))),
        Probe((row_of(0, 0.5, 0.25, 0.25), row_of(0, 0.5, 0.75))),  # exact in binary
        Probe((row_of(0.25, 0.25, 0.25, 0.25), row_of(0.9, 0.4, 0.1))),
        Probe((row_of(0.05, 0.05, 0.9), row_of(0.5, 0.55))),
        Probe((drawn, _clear_numbers(rng, drawn, 4))),
        Probe((fixed, _clear_numbers(rng, fixed, 3))),
    ]


DRAW_IDS = Family(
    function="draw_ids",
    title="From numbers to draws",
    lesson=4,
    points=3,
    minutes=12,
    difficulty=3,
    docstring="Draw ids.  probs: (V,), sum 1;  u: (n,), each from 0 up to but not 1;  returns a list of n ids.",
    given="`probs` are $V$ probabilities that sum to 1. `u` holds $n$ numbers, each at least 0 and below 1, as `jax.random.uniform` "
    "draws them. Make a draw of each number, in their order:",
    probes=draw_ids_probes,
    members=(
        Member(
            name="by id",
            statement="lay the probabilities end to end in the order of the ids, 0 first. The draw is the first id at which the running "
            "total is *greater* than the number.",
            hint="`cumsum` gives the running totals; `argmax` of a mask is the place of its first True. `searchsorted` can do it as "
            'well: with `side="right"`.',
            reference=by_id,
            did="You laid the probabilities end to end in the order of the ids",
            asked="here they lie in the order of the ids, each draw with all of them",
        ),
        Member(
            name="likeliest first",
            statement="lay the probabilities end to end with the *largest* first; of equal ones the lower id comes first. The draw is the "
            "id of the first one at which the running total is *greater* than the number.",
            hint="Sort the ids with `argsort` of the negated probabilities, and keep that order: a place in the sorted row is not an id yet.",
            reference=likeliest_first,
            did="You laid the probabilities end to end with the largest first",
            asked="here the likeliest lies first, so that small numbers give likely characters",
            mistakes=(
                Misconception(
                    "place in the sorted row",
                    "You returned the place in the sorted row; look up there whose place it is: order[place].",
                    lambda probs, u: by_id(-np.sort(-np.asarray(probs)), u),
                ),
                Misconception(
                    "smallest first",
                    "You began with the smallest probability: argsort goes upwards. Sort the negated probabilities.",
                    lambda probs, u: _through(np.argsort(probs, kind="stable"), probs, u),
                ),
                Misconception(
                    "ties by higher id",
                    "Of equal probabilities you put the higher id first (turning an ascending sort around does that). Sort the negated "
                    "probabilities.",
                    lambda probs, u: _through(np.argsort(probs, kind="stable")[::-1], probs, u),
                ),
            ),
        ),
        Member(
            name="without repeats",
            statement="lay the probabilities end to end in the order of the ids, 0 first. The draw is the first id at which the running "
            "total is *greater* than the number. Then that id is *out*: its probability becomes 0, and the others are divided by "
            "their sum before the next draw. (There are always enough for $n$ draws.)",
            hint="A loop over u, with a copy of the probabilities that changes on the way. Set an entry to 0 and do not delete it, or "
            "the ids after it move.",
            reference=without_repeats,
            did="You took each id out once it was drawn",
            asked="here an id that was drawn is out, and the others share its probability",
            mistakes=(
                Misconception(
                    "not divided again",
                    "You took the drawn id out, but left the others as they were: they no longer sum to 1. Divide by their sum.",
                    _not_renormalised,
                ),
                Misconception(
                    "places in what is left",
                    "You deleted the drawn entry, so all ids after it moved down by one. Set its probability to 0 instead.",
                    _places_in_what_is_left,
                ),
            ),
        ),
    ),
    others=(
        Rule("equal shares", "You gave every id the same share, int(u * V)", lambda probs, u: [int(x * len(probs)) for x in u]),
        Rule(
            "always the likeliest", "You took the likeliest id whatever u is", lambda probs, u: [int(np.argmax(probs))] * len(u)
        ),
    ),
    slips=(
        Slip(
            "total equal to the number",
            'A number that equals a running total belongs to the next id: the total must be greater (side="right" in searchsorted). '
            "As it is, 0 can draw a character of probability 0.",
            lambda right: lambda probs, u: right(probs, np.asarray(u, dtype=float) - 1e-9),
        ),
        Slip(
            "from the other end",
            "You counted from the other end, 1 - u; the running total begins at 0.",
            lambda right: lambda probs, u: right(probs, 1 - np.asarray(u, dtype=float)),
        ),
        Slip(
            "ids from one",
            "Your ids begin at 1; they begin at 0.",
            lambda right: lambda probs, u: [i + 1 for i in right(probs, u)],
        ),
        Slip(
            "one number for all",
            "You used the first number for every draw; each draw has its own.",
            lambda right: lambda probs, u: right(probs, np.full(len(u), u[0])),
        ),
    ),
)


def _through(order, probs, u):
    """Draws with the probabilities end to end in this order."""
    return [int(order[place]) for place in by_id(np.asarray(probs)[order], u)]
