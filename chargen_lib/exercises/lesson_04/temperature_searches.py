"""temperature_for_entropy: the search for a temperature, and the wrong answers with names."""

import functools
import math

import numpy as np

from chargen_lib.exercises.engine.cards import Misconception
from chargen_lib.exercises.lesson_04.entropy_bits import entropy_bits
from chargen_lib.exercises.lesson_04.softmaxes import softmax

LOW, HIGH = 0.01, 100.0  # where the temperatures lie, as the exercise says


def entropy_at(logits, temperature):
    return float(entropy_bits(softmax(np.asarray(logits, dtype=float) / temperature)))


def _middle(low, high, log):
    return math.sqrt(low * high) if log else (low + high) / 2


def searched(measure, target, *, low=LOW, high=HIGH, log=False, halvings=45, upwards=True, nan_is_low=False, narrowed=False):
    """The temperature at which `measure` reaches `target`, by halving an interval again and again.

    log         halve the interval of ln T, not of T
    upwards     whether the temperature goes up where the measure is too low
    nan_is_low  where it is NaN: `if bits > target: ... else: too low`, or `if bits < target: ... else: too high`
    narrowed    return the middle of what is left, not the last temperature that was tried
    """
    for _ in range(halvings):
        middle = _middle(low, high, log)
        with np.errstate(all="ignore"):
            bits = measure(middle)
        too_low = not bits > target if nan_is_low else bits < target
        if too_low == upwards:
            low = middle
        else:
            high = middle
    return _middle(low, high, log) if narrowed else middle


def _right(logits, target_bits):
    return searched(lambda temperature: entropy_at(logits, temperature), target_bits, low=1e-3, high=1e3, log=True)


def _search(logits, target_bits, measure=entropy_at, **how):
    return searched(functools.partial(measure, logits), target_bits, **how)


def _multiplied(logits, temperature):
    return entropy_at(logits, 1 / temperature)


def _swapped(logits, temperature):
    """entropy_at of the lesson takes T first; here the logits stand for T."""
    return float(entropy_bits(softmax(temperature / np.asarray(logits, dtype=float))))


def _overflowing(logits, temperature):
    weights = np.exp(np.asarray(logits, dtype=np.float32) / np.float32(temperature))
    return float(entropy_bits(weights / weights.sum()))


def _middle_once(logits, target_bits, low=LOW, high=HIGH, log=False, narrowed=False):
    middle = _middle(low, high, log)
    if narrowed:
        low, high = (middle, high) if entropy_at(logits, middle) < target_bits else (low, middle)
        return _middle(low, high, log)
    return middle


def _nats(logits, target_bits):
    return _right(logits, target_bits / math.log(2))


def _inverse(logits, target_bits):
    return 1 / _right(logits, target_bits)


def _proportional(logits, target_bits):
    return target_bits / entropy_at(logits, 1.0)


def _share(logits, target_bits):
    return target_bits / math.log2(len(logits))


def _target(logits, target_bits):
    return target_bits


def _steps_of_a_tenth(logits, target_bits):
    return min(np.arange(1, 101) / 10, key=lambda temperature: abs(entropy_at(logits, temperature) - target_bits))


def _up_to_one(logits, target_bits):
    return min(1.0, _right(logits, target_bits))


def _from_one(logits, target_bits):
    return max(1.0, _right(logits, target_bits))


def _after_softmax(logits, target_bits):
    return _right(softmax(logits), target_bits)


def _ways(name, sentence, wrong, **ways):
    """One mistake written in several ways: way -> the keywords that `wrong` takes there."""
    return [
        Misconception(f"{name}, {way.replace('_', ' ')}", sentence, functools.partial(wrong, **how))
        for way, how in ways.items()
    ]


LINE, LOG = {"log": False}, {"log": True}
BOTH_TESTS = {"line": LINE, "log": LOG, "line_above": LINE | {"nan_is_low": True}, "log_above": LOG | {"nan_is_low": True}}
TO_TEN, TO_1000 = {"low": 0.1, "high": 10.0}, {"low": 1e-3, "high": 1e3}
INTERVALS = ((LOW, HIGH), (0.1, 10.0), (1e-3, 1e3), (0.0, HIGH), (LOW, 10.0), (1e-4, 1e3), (LOW, 1e3))
FEWEST, MOST = 3, 20  # halvings; what comes after fewer is a guess, and more are enough

TOO_FEW = (
    "Your search goes the right way but stops too early: each halving only halves the error. Go on to a thousandth of a bit; 40 halvings "
    "are plenty."
)


def stopped_early(logits, target_bits, temperature):
    """Whether a search that goes the right way comes by this temperature, in one of the usual intervals, after a few halvings."""
    ways = [{"low": low, "high": high, "log": log} for low, high in INTERVALS for log in (False, True) if low or not log]
    return any(
        math.isclose(temperature, _search(logits, target_bits, halvings=n, narrowed=narrowed, **how), rel_tol=1e-5)
        for how in ways
        for n in range(FEWEST, MOST + 1)
        for narrowed in (False, True)
    )


MISCONCEPTIONS = (
    Misconception(
        "nats",
        "At your T the entropy is right in nats. The target is in bits: use log2, or divide by ln 2.",
        _nats,
    ),
    Misconception(
        "inverse temperature",
        "You returned 1 / T: the logits are divided by the temperature, not multiplied.",
        _inverse,
    ),
    *_ways(
        "middle computed once",
        "Your middle is computed once, before the loop, and stays the same while low and high change. Compute it anew at the start of "
        "each round.",
        _middle_once,
        line=LINE,
        log=LOG,
        line_to_10=LINE | {"high": 10.0},
        line_to_1000=LINE | {"high": 1000.0},
        line_narrowed=LINE | {"narrowed": True},
        log_narrowed=LOG | {"narrowed": True},
    ),
    *_ways(
        "arguments swapped",
        "Your entropies are those of T / logits: the arguments of entropy_at are swapped. Write entropy_at(T, logits), with the "
        "temperature first.",
        functools.partial(_search, measure=_swapped),
        **BOTH_TESTS,
        **{f"{way}_to_10": how | TO_TEN for way, how in BOTH_TESTS.items()},
        **{f"{way}_to_1000": how | TO_1000 for way, how in BOTH_TESTS.items()},
    ),
    *_ways(
        "too few halvings",
        TOO_FEW,
        _search,
        line_10=LINE | {"halvings": 10},
        line_20=LINE | {"halvings": 20},
        log_5=LOG | {"halvings": 5},
        log_10=LOG | {"halvings": 10},
        line_10_narrowed=LINE | {"halvings": 10, "narrowed": True},
        line_20_narrowed=LINE | {"halvings": 20, "narrowed": True},
        log_5_narrowed=LOG | {"halvings": 5, "narrowed": True},
        log_10_narrowed=LOG | {"halvings": 10, "narrowed": True},
    ),
    *_ways(
        "runs to the edge",
        "Your search runs to the edge of its interval. Where the entropy of softmax(logits / T) is below the target, the temperature must go "
        "up. Look which way yours goes, and whether it is that entropy which you compare.",
        functools.partial(_search, upwards=False),
        line=LINE,
        log=LOG,
    ),
    *_ways(
        "multiplies",
        "You multiply the logits by T while you search, and then the entropy falls where it should grow. Divide them: logits / T.",
        functools.partial(_search, measure=_multiplied),
        line=LINE,
        log=LOG,
    ),
    Misconception(
        "overflows",
        "Your softmax overflows at a low T: exp of a large number is infinite, inf / inf is NaN, and no comparison with NaN is True. "
        "Use jax.nn.softmax, or subtract the largest logit first.",
        functools.partial(_search, measure=_overflowing, log=True),
    ),
    Misconception(
        "in proportion",
        "You scaled T = 1 by target / entropy, but the entropy does not grow in proportion to T. Search for the T instead.",
        _proportional,
    ),
    Misconception(
        "share of the maximum",
        "You returned the target as a share of log2(V), but the entropy is not a straight line in T. Search for the T instead.",
        _share,
    ),
    Misconception(
        "returns the entropy",
        "You returned the entropy; return the temperature that gives it.",
        _target,
    ),
    Misconception(
        "steps of a tenth",
        "You took the best T of a list in steps of 0.1; that misses the target by more than 0.001 bits. Search on between the two nearest.",
        _steps_of_a_tenth,
    ),
    Misconception(
        "never above 1",
        "Your search stops at T = 1; a target above the entropy at T = 1 needs a higher temperature.",
        _up_to_one,
    ),
    Misconception(
        "never below 1",
        "Your search starts at T = 1; a target below the entropy at T = 1 needs a lower temperature.",
        _from_one,
    ),
    Misconception(
        "after the softmax",
        "You divided probabilities by T and took a softmax of them. Divide the logits, then take one softmax.",
        _after_softmax,
    ),
)
