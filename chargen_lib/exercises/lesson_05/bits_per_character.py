"""bits_per_character: its reference, what it is tried on, and the wrong answers with names."""

import math

import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe


def bits_per_character(loss_nats):
    return float(loss_nats) / math.log(2)


def bits_probes(rng):
    return [
        Probe((math.log(2),)),
        Probe((np.array(1.5, dtype=np.float32),)),
        Probe((math.log(128),)),
        Probe((0.3456,)),
        Probe((1.2,)),  # 1.73 bits: cut and rounded they differ
        Probe((np.array(rng.uniform(0.5, 5.0), dtype=np.float32),)),
    ]


def _bpc_multiplies(loss_nats):
    return float(loss_nats) * math.log(2)


def _bpc_log2(loss_nats):
    return math.log2(loss_nats)


def _bpc_perplexity(loss_nats):
    return math.exp(loss_nats)


def _bpc_power_of_two(loss_nats):
    return 2.0 ** float(loss_nats)


def _bpc_unchanged(loss_nats):
    return float(loss_nats)


def _bpc_base_ten(loss_nats):
    return float(loss_nats) / math.log10(2)


def _bpc_sign(loss_nats):
    return -bits_per_character(loss_nats)


def _bpc_rounded_to(digits):
    return lambda loss_nats: round(bits_per_character(loss_nats), digits)


def _bpc_whole(loss_nats):
    return float(int(bits_per_character(loss_nats)))


def _bpc_base_ten_of_e(loss_nats):
    return float(loss_nats) / math.log10(math.e)


def _bpc_divides_by_two(loss_nats):
    return float(loss_nats) / 2


def _bpc_divides_by_e(loss_nats):
    return float(loss_nats) / math.e


def _bpc_ten_logarithm(loss_nats):
    return float(loss_nats) * math.log10(2)


def _bpc_bytes(loss_nats):
    return bits_per_character(loss_nats) / 8


_ROUNDED = "You rounded. Return the number as it is, and round only where you print it."

BITS_PER_CHARACTER = Exercise(
    name="bits_per_character",
    lesson=5,
    points=1,
    minutes=4,
    difficulty=1,
    hint="A fair coin has an entropy of 1 bit, and of ln 2 = 0.693 nats. The same information is more bits than nats.",
    reference=bits_per_character,
    probes=bits_probes,
    rtol=5e-4,  # 0.693 is as good as ln 2
    misconceptions=(
        Misconception(
            "multiplies",
            "You multiplied by ln 2 (or divided by log2(e), which is the same), so your bits are fewer than the nats. A bit is the smaller "
            "unit: divide by ln 2.",
            _bpc_multiplies,
        ),
        Misconception(
            "log of the loss",
            "You took log2 of the loss, but the loss is a logarithm already; only its unit changes: divide by ln 2.",
            _bpc_log2,
        ),
        Misconception(
            "perplexity",
            "exp(loss) is the perplexity, a number of equally likely choices. Bits are the loss divided by ln 2.",
            _bpc_perplexity,
        ),
        Misconception(
            "power of two",
            "You raised 2 to the power of the loss. To change the unit, divide the loss by ln 2.",
            _bpc_power_of_two,
        ),
        Misconception("unchanged", "You returned the loss in nats, as it was; divide it by ln 2.", _bpc_unchanged),
        Misconception(
            "base ten",
            "You divided by log10(2). The loss uses the natural logarithm, so divide by ln 2: math.log is the natural one.",
            _bpc_base_ten,
        ),
        Misconception(
            "multiplies, in base ten",
            "You multiplied by log10(2). A bit is smaller than a nat, so divide; and by the natural logarithm, ln 2.",
            _bpc_ten_logarithm,
        ),
        Misconception(
            "divides by e",
            "You divided by e, the base of the natural logarithm. Divide by the logarithm of the new base: ln 2 = 0.693.",
            _bpc_divides_by_e,
        ),
        Misconception("sign", "The loss is positive already; the bits have the same sign.", _bpc_sign),
        Misconception("rounded to a whole number", _ROUNDED, _bpc_rounded_to(0)),
        Misconception("rounded to one digit", _ROUNDED, _bpc_rounded_to(1)),
        Misconception("rounded", _ROUNDED, _bpc_rounded_to(2)),
        Misconception("cut to a whole number", _ROUNDED, _bpc_whole),
        Misconception(
            "divides by log10(e)",
            "You divided by log10(e), which gives no bits. Divide by the natural logarithm of 2: ln 2 = 0.693.",
            _bpc_base_ten_of_e,
        ),
        Misconception(
            "divides by two",
            "You divided by 2; divide by its natural logarithm, ln 2 = 0.693.",
            _bpc_divides_by_two,
        ),
        Misconception(
            "divides by eight",
            "You divided by 8 as well. Bits per character count the bits of information, not the bytes of a file.",
            _bpc_bytes,
        ),
    ),
)
