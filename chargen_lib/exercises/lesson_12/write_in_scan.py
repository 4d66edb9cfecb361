"""write_in_scan: its card, what it is tried on, and what to say of a wrong answer."""

import jax
import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe
from chargen_lib.exercises.lesson_12 import written
from chargen_lib.exercises.lesson_12.steps import V, nothing_seen, step_of, without_counts
from chargen_lib.exercises.lesson_12.written import fed, keyed, picked, returned

MANY = 100  # characters: far more than JAX takes a state apart for any answer without a loop over them


def _clear(rng, kind, state, num_chars):
    """A probe whose drawn characters all lead by more than rounding can take away."""
    while True:
        args = (
            step_of(kind, rng.integers(-2, 3, size=(V, V)), num_chars),
            int(rng.integers(V)),
            state,
            jax.random.key(int(rng.integers(1, 1000))),
            num_chars,
        )
        if written.lead(*args) > 1e-3:
            return Probe(args)


def write_in_scan_probes(rng):
    fixed = np.random.default_rng(12)
    number = np.array(0, dtype=np.int32)
    return [
        _clear(fixed, "counting", number, 16),
        _clear(fixed, "two_back", (number + 3, [number + 1]), 24),
        _clear(rng, "remembering", {"seen": nothing_seen(MANY - 1), "read": number}, MANY),
    ]


_SPLIT_AGAIN = (
    "You split the key again at every step. That is sound, but it gives other draws than the loop's: split it once, "
    "jax.random.split(key, num_chars), and give the keys to the scan as xs."
)

_SPLIT_BEFORE = (
    "You split the key in two before you split it for the characters, so all draws are others. Split the key that is given: "
    "jax.random.split(key, num_chars)."
)

_ONE_KEY = "You draw with one and the same key at every step, so the same noise decides each time. Step t takes jax.random.split(key, num_chars)[t]."


def first_that_differs(args, compared):
    """What to say of ids without a name; None of what holds no ids."""
    _, first_id, _, _, num_chars = args
    asked = written.write_in_scan(*args)
    if np.shape(compared) != asked.shape or np.asarray(compared).dtype.kind not in "iu":
        return None
    came = np.asarray(compared)
    if (came == asked).all():
        return None
    t = int(np.argmax(asked != came))
    before = asked[t - 1] if t else first_id
    return (
        f"Result {t} is the first that differs: after id {before}, with jax.random.split(key, {num_chars})[{t}], {asked[t]} is drawn, and yours is "
        f"{came[t]}. Do you draw from the logits as step returns them, with that key?"
    )


WRITE_IN_SCAN = Exercise(
    name="write_in_scan",
    lesson=12,
    points=3,
    minutes=15,
    difficulty=3,
    hint="The carry is (id, state), and the xs are the keys, jax.random.split(key, num_chars). The body asks step, draws, and returns the new "
    "carry and the drawn id. jax.lax.scan returns the last carry and all ids.",
    reference=written.write_in_scan,
    probes=write_in_scan_probes,
    view=lambda args, value: without_counts(value),
    told=first_that_differs,
    jit=(0, 4),
    misconceptions=(
        Misconception(
            "a loop in Python",
            "You call step from Python once for each character. Write the body of the loop as a function, and give it to jax.lax.scan, which "
            "traces it once and then runs it compiled.",
            written.in_a_loop,
        ),
        Misconception(
            "a loop with a compiled body",
            "You compile the body and call it from Python once for each character. Give the body to jax.lax.scan: then the whole loop is one "
            "compiled program.",
            written.in_a_loop_with_a_compiled_body,
        ),
        Misconception(
            "the first id among the results",
            "Your results begin with first_id, and the last drawn character is missing. Return the id that the body has drawn, not the one that "
            "it was given.",
            returned(lambda ids, logits, last, first: np.concatenate([[first], ids[:-1]])),
        ),
        Misconception(
            "the first id in front",
            "You put first_id in front of the results. It was read, not written: the num_chars new characters alone are asked.",
            returned(lambda ids, logits, last, first: np.concatenate([[first], ids])),
        ),
        Misconception(
            "state not carried",
            "Every step starts from the first state, so the model forgets what it has read. Put the state that step returns into the carry.",
            fed(lambda id_, state, first_id, first_state: (id_, first_state)),
        ),
        Misconception(
            "id not carried",
            "Every step reads first_id. The drawn id is what the next step reads: put it into the carry.",
            fed(lambda id_, state, first_id, first_state: (first_id, state)),
        ),
        Misconception(
            "nothing carried",
            "Every step reads first_id with the first state, so only the key differs. Put the drawn id and the new state into the carry.",
            written.from_the_first_logits,
        ),
        Misconception("the first of the keys", _ONE_KEY, keyed(written.one_key)),
        Misconception("the key not split", _ONE_KEY, keyed(written.unsplit)),
        Misconception("split again, the second half used", _SPLIT_AGAIN, keyed(written.one_after_the_other(1))),
        Misconception("split again, the first half used", _SPLIT_AGAIN, keyed(written.one_after_the_other(0))),
        Misconception(
            "one key further",
            "Your keys are one ahead: step t draws with key t + 1. Split into num_chars keys and use all of them, from the first on.",
            keyed(lambda key, num_chars: jax.random.split(key, num_chars + 1)[1:]),
        ),
        Misconception(
            "split in two before, second half",
            _SPLIT_BEFORE,
            keyed(lambda key, num_chars: jax.random.split(jax.random.split(key)[1], num_chars)),
        ),
        Misconception(
            "split in two before, first half",
            _SPLIT_BEFORE,
            keyed(lambda key, num_chars: jax.random.split(jax.random.split(key)[0], num_chars)),
        ),
        Misconception(
            "likeliest",
            "You take the likeliest character each time (argmax). Draw it: jax.random.categorical(key of the step, logits).",
            picked(lambda logits, noise: np.argmax(logits)),
        ),
        Misconception(
            "softmax first",
            "You gave probabilities to jax.random.categorical. It takes logits: give it those that step returns.",
            picked(lambda logits, noise: np.argmax(np.exp(logits) / np.exp(logits).sum() + noise)),
        ),
        Misconception(
            "first id read twice",
            "The model reads first_id twice: once before the scan and once in its first step. Let the scan do every step, from the state that is "
            "given.",
            written.read_twice,
        ),
        Misconception(
            "the carry too",
            "jax.lax.scan returns two things, the last carry and what the body gave at every step. The second alone is asked: _, ids = "
            "jax.lax.scan(...).",
            returned(lambda ids, logits, last, first: (last, ids)),
        ),
        Misconception(
            "the carry alone",
            "You returned the last carry. jax.lax.scan returns it first, and then what the body gave at every step, which is asked.",
            returned(lambda ids, logits, last, first: last),
        ),
        Misconception(
            "logits",
            "You returned the logits of every step. The drawn ids are asked: they are what the body must return beside the carry.",
            returned(lambda ids, logits, last, first: logits),
        ),
    ),
)
