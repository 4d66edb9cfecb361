"""written_with_more: writing, when a step carries more than the last id."""

import functools

import numpy as np

from chargen_lib.exercises.engine.cards import Misconception, Probe
from chargen_lib.instructor.variants.family import Family, Member, Rule, Slip
from chargen_lib.instructor.variants.fast.wrong_writing import lead, written


def worn_out(table, first_id, noise, amount):
    ids, written_so_far = [first_id], np.zeros(len(table))  # how often each was written
    for row in noise:
        scores = table[ids[-1]] - amount * written_so_far + row
        ids.append(int(np.argmax(scores)))
        written_so_far[ids[-1]] += 1
    return np.array(ids[1:])


def fading(table, first_id, noise, amount):
    ids, weight = [first_id], 1.0
    for row in noise:
        ids.append(int(np.argmax(table[ids[-1]] + weight * row)))
        weight *= amount
    return np.array(ids[1:])


def one_further_back(table, first_id, noise, amount):
    ids, carried = [first_id], np.zeros(len(table))
    for row in noise:
        logits = table[ids[-1]]
        ids.append(int(np.argmax(logits + amount * carried + row)))
        carried = logits
    return np.array(ids[1:])


RULES = (
    lambda logits, row, now, m: logits - m * now.counts + row,
    lambda logits, row, now, m: logits + m**now.place * row,
    lambda logits, row, now, m: logits + m * now.logits_before + row,
)


def _clear(rng, size, time, amount):
    """A probe where under each rule the best leads by more than rounding can take away."""
    while True:
        table = rng.integers(-2, 3, size=(size, size)).astype(np.float32)
        noise = (np.round(16 * rng.gumbel(size=(time, size))) / 16).astype(np.float32)
        args = table, int(rng.integers(size)), noise, amount
        if min(lead(rule, *args) for rule in RULES) > 1e-3:
            return Probe(args)


@functools.cache
def _the_same_for_all():
    fixed = np.random.default_rng(17)
    return [_clear(fixed, 4, 6, 0.5), _clear(fixed, 4, 12, 0.75), _clear(fixed, 5, 12, 0.5), _clear(fixed, 4, 12, 1.5)]


def written_with_more_probes(rng):
    return [*_the_same_for_all(), _clear(rng, 5, 12, 0.75)]


WRITTEN_WITH_MORE = Family(
    function="written_with_more",
    title="Writing, and carrying more than an id",
    lesson=12,
    points=3,
    minutes=12,
    difficulty=2,
    docstring="table: (V, V) logits;  first_id: int;  noise: (time, V);  amount: float, above 0;  returns (time,) ids.",
    given="A table writes: row $a$ of `table` holds the logits after character $a$. The first new character is drawn after `first_id`, each later one "
    "after the one before it. Drawn means: the id at which logits + `noise[t]` is largest, where `noise[t]` is the noise of place "
    "$t$, counted from 0. Return the new ids, without `first_id`. But from place to place one thing more is carried than the last id. With "
    "`amount` $= m$,",
    probes=written_with_more_probes,
    members=(
        Member(
            name="worn out",
            statement="it is how often each character has been *written* so far, at first 0 for all (`first_id` was read, not written): from each "
            "character's logit $m$ is taken away for every time that it was written.",
            hint="Carry the last id and a row of V counts. Take m times the counts from the logits, add the noise, take the argmax, count it.",
            reference=worn_out,
            did="You took m from a character's logit for every time that it was written",
            asked="here m is taken from a character's logit for every time that it was written",
            mistakes=(
                Misconception(
                    "first id counted",
                    "You counted first_id as written. It was read alone: the counts begin with 0.",
                    written(lambda logits, row, now, m: logits - m * (now.counts + now.first) + row),
                ),
                Misconception(
                    "once at most",
                    "You took m away once, however often a character was written. It is m for every time.",
                    written(lambda logits, row, now, m: logits - m * (now.counts > 0) + row),
                ),
                Misconception(
                    "the last one alone",
                    "You took m from the character written last alone, so nothing is carried but the id. Carry a row of counts.",
                    written(lambda logits, row, now, m: logits - m * now.last_written + row),
                ),
                Misconception(
                    "added",
                    "You added m for every time, so that a character is written again and again. Take it away.",
                    written(lambda logits, row, now, m: logits + m * now.counts + row),
                ),
                Misconception(
                    "m not used",
                    "You took 1 away for every time. It is m.",
                    written(lambda logits, row, now, m: logits - now.counts + row),
                ),
                Misconception(
                    "divided",
                    "You divided by how often a character was written. m is taken away for every time.",
                    written(lambda logits, row, now, m: logits / (1 + m * now.counts) + row),
                ),
            ),
        ),
        Member(
            name="fading",
            statement="it is the weight of the noise, 1 at place 0: what counts at place $t$ is logits + weight times `noise[t]`, and after each place the "
            "weight is multiplied by $m$.",
            hint="Carry the last id and one number, the weight. Use it first, and multiply it by m afterwards.",
            reference=fading,
            did="You multiplied the weight of the noise by m after each place",
            asked="here the weight of the noise is 1 at first, and is multiplied by m after each place",
            mistakes=(
                Misconception(
                    "one place early",
                    "Your noise has the weight m at place 0 already. There it is 1: multiply after the place.",
                    written(lambda logits, row, now, m: logits + m ** (now.place + 1) * row),
                ),
                Misconception(
                    "not carried",
                    "Your noise has the weight m at every place. It is multiplied by m again each time: carry the weight.",
                    written(lambda logits, row, now, m: logits + m * row),
                ),
                Misconception(
                    "1 once and then m",
                    "Your weight stays m from place 1 on. Each place multiplies the weight before it: 1, m, m times m, and so on.",
                    written(lambda logits, row, now, m: logits + (m if now.place else 1) * row),
                ),
                Misconception(
                    "logits fade",
                    "You multiplied the logits by the weight, or divided the noise by it. The noise is multiplied.",
                    written(lambda logits, row, now, m: m**now.place * logits + row),
                ),
                Misconception(
                    "in a line",
                    "Your weight changes by the same step each time. It is multiplied by m each time.",
                    written(lambda logits, row, now, m: logits + m * now.place * row),
                ),
            ),
        ),
        Member(
            name="one further back",
            statement="it is the row of logits of the place before, all 0 at place 0: what counts is the logits of this place, plus $m$ times those carried, "
            "plus the noise. What is carried on are the logits of this place alone, as they stand in `table`.",
            hint="Carry the last id and a row of V logits. Keep table[id] apart, so that it can be carried on as it is.",
            reference=one_further_back,
            did="You added m times the logits of the place before",
            asked="here m times the logits of the place before are added, and at place 0 nothing",
            mistakes=(
                Misconception(
                    "everything carried on",
                    "You carried on the sum, and with it all the places before. The logits of this place alone are carried on.",
                    written(lambda logits, row, now, m: logits + now.sums_before(m) + row),
                ),
                Misconception(
                    "first id twice",
                    "You began with the row of first_id as what is carried. At place 0 that is 0 for all.",
                    written(lambda logits, row, now, m: logits + m * now.logits_before_or(logits) + row),
                ),
                Misconception(
                    "m not used",
                    "You added the carried logits whole. m times them is added.",
                    written(lambda logits, row, now, m: logits + now.logits_before + row),
                ),
                Misconception(
                    "weights swapped",
                    "You weighed this place's logits with m, and the carried ones with 1. It is the other way round.",
                    written(lambda logits, row, now, m: m * logits + now.logits_before + row),
                ),
                Misconception(
                    "shares",
                    "You weighed this place's logits with 1 - m. They count whole.",
                    written(lambda logits, row, now, m: (1 - m) * logits + m * now.logits_before + row),
                ),
                Misconception(
                    "noise carried on",
                    "You carried on the logits with their noise. Carry them on as they stand in the table.",
                    written(lambda logits, row, now, m: logits + m * (now.logits_before + now.noise_before) + row),
                ),
                Misconception(
                    "the first row for ever",
                    "You added the row of first_id at every place. Carry on the logits of each place.",
                    written(lambda logits, row, now, m: logits + m * now.first_logits * (now.place > 0) + row),
                ),
            ),
        ),
    ),
    others=(
        Rule("nothing more", "You carried the last id alone", written(lambda logits, row, now, m: logits + row)),
        Rule("likeliest", "You took the largest logit without any noise", written(lambda logits, row, now, m: logits)),
    ),
    slips=(
        Slip(
            "first id among the results",
            "Your results begin with first_id, and the last new one is missing. It was read, not written.",
            lambda right: (
                lambda table, first_id, *more: np.concatenate([[int(first_id)], right(table, int(first_id), *more)[:-1]])
            ),
        ),
        Slip(
            "first id in front",
            "You put first_id in front of the new ids. It was read, not written: leave it out.",
            lambda right: lambda table, first_id, *more: np.concatenate([[int(first_id)], right(table, int(first_id), *more)]),
        ),
        Slip(
            "columns",
            "You took columns of the table. Row a holds the logits after character a.",
            lambda right: lambda table, *more: right(np.asarray(table).T, *more),
        ),
        Slip(
            "one noise for all",
            "You added the noise of place 0 at every place. Place t has a row of its own, noise[t].",
            lambda right: (
                lambda table, first_id, noise, amount: right(
                    table, first_id, np.tile(np.asarray(noise)[0], (len(noise), 1)), amount
                )
            ),
        ),
        Slip(
            "noise taken away",
            "You took the noise away. It is added.",
            lambda right: lambda table, first_id, noise, amount: right(table, first_id, -np.asarray(noise), amount),
        ),
        Slip(
            "the last id alone",
            "You returned the last id alone. All new ids are asked.",
            lambda right: lambda *args: int(right(*args)[-1]),
        ),
    ),
)
