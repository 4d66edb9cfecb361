"""temperature_for_entropy: its reference, what it is tried on, and the wrong answers with names."""

import math
import numbers

import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe
from chargen_lib.exercises.engine.compare import is_array
from chargen_lib.exercises.lesson_04.entropy_bits import entropy_bits
from chargen_lib.exercises.lesson_04.numbers_to_try import row_of
from chargen_lib.exercises.lesson_04.softmax import softmax


class Bits(float):
    """The entropy that a temperature gives; what the check compares and shows."""

    def __repr__(self):
        return f"a temperature with an entropy of {float(self):.4f} bits"


def _entropy_at(logits, temperature):
    return float(entropy_bits(softmax(np.asarray(logits, dtype=float) / temperature)))


def _temperature_where(measure, target):
    """The temperature at which `measure`, which grows with it, reaches `target`: halve the interval (of ln T) again and again."""
    low, high = 1e-3, 1e3
    for _ in range(45):
        middle = math.sqrt(low * high)
        if measure(middle) < target:
            low = middle
        else:
            high = middle
    return middle


def temperature_for_entropy(logits, target_bits):
    return _temperature_where(lambda temperature: _entropy_at(logits, temperature), target_bits)


def entropy_at_answer(args, temperature):
    """What is compared: the entropy in bits that the answer gives.  What is no temperature above 0 is left as it is."""
    if is_array(temperature) and np.ndim(temperature) == 0:
        temperature = np.asarray(temperature).item()
    if isinstance(temperature, bool) or not isinstance(temperature, numbers.Real) or not float(temperature) > 0:
        return temperature
    with np.errstate(all="ignore"):
        return Bits(_entropy_at(args[0], float(temperature)))


def target_probes(rng):
    ladder = row_of(2, 1, 0, -1)
    spread = (np.linspace(-3, 3, 8) + 0.3 * rng.standard_normal(8)).astype(np.float32)
    drawn = float(np.exp(rng.uniform(np.log(0.4), np.log(4.0))))
    return [
        Probe((ladder, _entropy_at(ladder, 0.537))),
        Probe((ladder, _entropy_at(ladder, 3.37))),
        Probe((ladder, 1.5)),
        Probe((spread, _entropy_at(spread, drawn))),
    ]


def _tfe_nats(logits, target_bits):
    return temperature_for_entropy(logits, target_bits / math.log(2))


def _tfe_inverse(logits, target_bits):
    return 1 / temperature_for_entropy(logits, target_bits)


def _tfe_wrong_way(logits, target_bits):
    low, high = 0.01, 100.0
    for _ in range(45):
        middle = (low + high) / 2
        if _entropy_at(logits, middle) < target_bits:
            high = middle
        else:
            low = middle
    return middle


def _tfe_proportional(logits, target_bits):
    return target_bits / _entropy_at(logits, 1.0)


def _tfe_share(logits, target_bits):
    return target_bits / math.log2(len(logits))


def _tfe_target(logits, target_bits):
    return target_bits


def _tfe_steps_of_a_tenth(logits, target_bits):
    return min(np.arange(1, 101) / 10, key=lambda temperature: abs(_entropy_at(logits, temperature) - target_bits))


def _tfe_up_to_one(logits, target_bits):
    return min(1.0, temperature_for_entropy(logits, target_bits))


def _tfe_from_one(logits, target_bits):
    return max(1.0, temperature_for_entropy(logits, target_bits))


def _tfe_after_softmax(logits, target_bits):
    return temperature_for_entropy(softmax(logits), target_bits)


TEMPERATURE_FOR_ENTROPY = Exercise(
    name="temperature_for_entropy",
    lesson=4,
    points=3,
    minutes=19,
    difficulty=3,
    hint="The entropy grows with T. Keep a T that is too low and one that is too high, try the middle, and put it in the place "
    "of one of the two: 40 halvings are plenty.",
    reference=temperature_for_entropy,
    probes=target_probes,
    view=entropy_at_answer,
    rtol=0.0,
    atol=1.5e-3,  # 1e-3 bits are asked for; the rest is for float32
    misconceptions=(
        Misconception(
            "nats",
            "At your T the entropy is right in nats. The target is in bits: use log2, or divide by ln 2.",
            _tfe_nats,
        ),
        Misconception(
            "inverse temperature",
            "You returned 1 / T: the logits are divided by the temperature, not multiplied.",
            _tfe_inverse,
        ),
        Misconception(
            "wrong way",
            "Your search goes the wrong way and ends at the edge of its interval. Where the entropy is too low, the temperature must "
            "go up.",
            _tfe_wrong_way,
        ),
        Misconception(
            "in proportion",
            "You scaled T = 1 by target / entropy, but the entropy does not grow in proportion to T. Search for the T instead.",
            _tfe_proportional,
        ),
        Misconception(
            "share of the maximum",
            "You returned the target as a share of log2(V), but the entropy is not a straight line in T. Search for the T instead.",
            _tfe_share,
        ),
        Misconception(
            "returns the entropy",
            "You returned the entropy; return the temperature that gives it.",
            _tfe_target,
        ),
        Misconception(
            "steps of a tenth",
            "You took the best T of a list in steps of 0.1; that misses the target by more than 0.001 bits. Search on between the two "
            "nearest.",
            _tfe_steps_of_a_tenth,
        ),
        Misconception(
            "never above 1",
            "Your search stops at T = 1; a target above the entropy at T = 1 needs a higher temperature.",
            _tfe_up_to_one,
        ),
        Misconception(
            "never below 1",
            "Your search starts at T = 1; a target below the entropy at T = 1 needs a lower temperature.",
            _tfe_from_one,
        ),
        Misconception(
            "after the softmax",
            "You divided probabilities by T and took a softmax of them. Divide the logits, then take one softmax.",
            _tfe_after_softmax,
        ),
    ),
)
