"""temperature_for_entropy: its reference, what it is tried on, and how an answer is compared and told."""

import numbers

import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Probe
from chargen_lib.exercises.engine.values import is_array
from chargen_lib.exercises.lesson_04.numbers_to_try import row_of
from chargen_lib.exercises.lesson_04.temperature_searches import MISCONCEPTIONS, TOO_FEW, entropy_at, searched, stopped_early

NEAR = 0.05  # bits: a search that came so near stopped too early


class Bits(float):
    """The entropy that a temperature gives: what the check compares.  It shows the temperature too."""

    temperature: float

    def __new__(cls, logits, temperature):
        with np.errstate(all="ignore"):
            bits = super().__new__(cls, entropy_at(logits, temperature))
        bits.temperature = temperature
        return bits

    def __repr__(self):
        return f"T = {self.temperature:.6g}, where the entropy is {float(self):.4f} bits"


def temperature_for_entropy(logits, target_bits):
    return searched(lambda temperature: entropy_at(logits, temperature), target_bits, low=1e-3, high=1e3, log=True)


def entropy_at_answer(args, temperature):
    """What is compared: the entropy in bits that the answer gives.  What is no temperature above 0 is left as it is."""
    if is_array(temperature) and np.ndim(temperature) == 0:
        temperature = np.asarray(temperature).item()
    if isinstance(temperature, bool) or not isinstance(temperature, numbers.Real) or not float(temperature) > 0:
        return temperature
    return Bits(args[0], float(temperature))


def both_entropies(args, compared):
    """What to say of a wrong temperature; None of what is no number."""
    if isinstance(compared, bool) or not isinstance(compared, numbers.Real):
        return None
    if not isinstance(compared, Bits):
        return f"A temperature is a number above 0; yours is {compared:.4g}."
    target = args[1]
    said = f"At your T = {compared.temperature:.4g} the entropy is {compared:.3f} bits; asked for {target:.3f}."
    if stopped_early(*args, compared.temperature):
        return f"{said} {TOO_FEW}"
    if abs(compared - target) < NEAR:
        return f"{said} That is near, but not to a thousandth of a bit: search on, 40 halvings are plenty."
    return f"{said} {'Too low: T must go up.' if compared < target else 'Too high: T must come down.'}"


def target_probes(rng):
    ladder = row_of(2, 1, 0, -1)
    spread = (np.linspace(-3, 3, 8) + 0.3 * rng.standard_normal(8)).astype(np.float32)
    drawn = float(np.exp(rng.uniform(np.log(0.4), np.log(4.0))))
    # The last ones tell searches apart that end at an edge, in the middle, or too early: a high T, a low one, logits far
    # from 0, whose quotients T / logits are nearly equal, and logits none of which is 0, where those are numbers.
    high, low = (row_of(300, 200, 100, 0), 37.3), (row_of(0.06, 0.03, 0.01, 0), 0.0138)
    far, positive = (row_of(43, 42, 41, 40), 0.8), (row_of(3, 2, 1, 0.5), 0.5)
    return [
        Probe((ladder, entropy_at(ladder, 0.537))),
        Probe((ladder, entropy_at(ladder, 3.37))),
        Probe((ladder, 1.5)),
        Probe((spread, entropy_at(spread, drawn))),
        *(Probe((logits, entropy_at(logits, temperature))) for logits, temperature in (high, low, far, positive)),
    ]


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
    told=both_entropies,
    rtol=0.0,
    atol=1.5e-3,  # 1e-3 bits are asked for; the rest is for float32
    misconceptions=MISCONCEPTIONS,
)
