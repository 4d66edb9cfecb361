"""The exercises of lesson 04: from logits to a drawn character, and what a temperature does on the way."""

import functools
import math
import numbers

import jax
import numpy as np

from chargen_lib.exercises.cards import Exercise, Misconception, Probe
from chargen_lib.exercises.compare import is_array


def _row(*entries):
    return np.array(entries, dtype=np.float32)


def _normal(rng, *shape, scale=2.0):
    return (scale * rng.standard_normal(shape)).astype(np.float32)


# --- softmax ----------------------------------------------------------------------------------------------------------


def softmax(logits):
    logits = np.asarray(logits, dtype=float)
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)


SQUARE = _row(0.5, 2, -1, 1, -2, 3, 0.5, 1, 1.5, -0.5, 2.5, 0.25, 3, 1, -1, -3).reshape(4, 4)
FAR_APART = _row(1e4, 9999, 0, -1e4, -1e4, -9998, -9999, -1e4, 1, 2, 3, 4, -1, 0, 1e4, 1).reshape(4, 4)


def softmax_probes(rng):
    # As many rows as columns: a forgotten keepdims then gives wrong numbers, the same ones in NumPy and JAX, and no error.
    return [
        Probe((_row(1, 2, 3, -1),)),
        Probe((_normal(rng, 4),)),
        Probe((_row(1e4, 9999, 0, -1e4),)),
        Probe((_row(-1e4, -9998, -9999, -1e4),)),
        Probe((SQUARE,), batch=True),
        Probe((_normal(rng, 4, 4),), batch=True),
        Probe((FAR_APART,), batch=True),
        Probe((_normal(rng, 4, 4, 4),), batch=True),
    ]


def _softmax_overflows(logits):
    with np.errstate(all="ignore"):
        weights = np.exp(np.asarray(logits, dtype=float))
        return weights / weights.sum(axis=-1, keepdims=True)


def _softmax_of_everything(logits):
    logits = np.asarray(logits, dtype=float)
    weights = np.exp(logits - logits.max())
    return weights / weights.sum()


def _softmax_first_axis(logits):
    return np.moveaxis(softmax(np.moveaxis(np.asarray(logits), 0, -1)), -1, 0)


def _softmax_no_keepdims(logits):
    logits = np.asarray(logits, dtype=float)
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1)


def _softmax_no_keepdims_twice(logits):
    logits = np.asarray(logits, dtype=float)
    with np.errstate(all="ignore"):
        weights = np.exp(logits - logits.max(axis=-1))
        return weights / weights.sum(axis=-1)


def _softmax_subtracts_the_mean(logits):
    logits = np.asarray(logits, dtype=float)
    with np.errstate(all="ignore"):
        weights = np.exp(logits - logits.mean(axis=-1, keepdims=True))
        return weights / weights.sum(axis=-1, keepdims=True)


def _softmax_clips(logits):
    weights = np.exp(np.clip(np.asarray(logits, dtype=float), -80, 80))
    return weights / weights.sum(axis=-1, keepdims=True)


def _softmax_log(logits):
    logits = np.asarray(logits, dtype=float)
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def _softmax_not_divided(logits):
    logits = np.asarray(logits, dtype=float)
    return np.exp(logits - logits.max(axis=-1, keepdims=True))


def _softmax_no_exp(logits):
    logits = np.asarray(logits, dtype=float)
    with np.errstate(all="ignore"):
        return logits / logits.sum(axis=-1, keepdims=True)


def _softmax_one_maximum(logits):
    logits = np.asarray(logits, dtype=float)
    weights = np.exp(logits - logits.max())
    with np.errstate(all="ignore"):
        return weights / weights.sum(axis=-1, keepdims=True)


def _softmax_sigmoid(logits):
    return 0.5 + 0.5 * np.tanh(np.asarray(logits, dtype=float) / 2)


SOFTMAX = Exercise(
    name="softmax",
    lesson=4,
    points=2,
    minutes=13,
    difficulty=2,
    hint="Adding one number to all the logits of a row changes no probability, so you may first bring the largest one to 0. "
    "`keepdims=True` keeps the summed axis, with length 1.",
    reference=softmax,
    probes=softmax_probes,
    rtol=1e-3,  # near 1e4 the float32 numbers are 1e-3 apart, and so is a logsumexp there
    misconceptions=(
        Misconception(
            "overflows",
            "exp(10000) is infinite, and exp(-10000) is 0, so the division gives NaN. Subtract each row's largest logit before exp.",
            _softmax_overflows,
        ),
        Misconception(
            "one softmax of everything",
            "You summed over the whole array, so all rows together sum to 1. Each row is a distribution: use axis=-1.",
            _softmax_of_everything,
        ),
        Misconception(
            "first axis",
            "You normalised along axis 0; the characters are on the last axis: use axis=-1.",
            _softmax_first_axis,
        ),
        Misconception(
            "no keepdims",
            "Your sums lost their axis, so row i is divided by other rows' sums. Write keepdims=True in the sum.",
            _softmax_no_keepdims,
        ),
        Misconception(
            "no keepdims, twice",
            "Your maxima and sums lost their axis, so row i is worked on with other rows' numbers. Write keepdims=True in both.",
            _softmax_no_keepdims_twice,
        ),
        Misconception(
            "subtracts the mean",
            "You subtracted each row's mean. The largest logit may still be far above it: subtract the largest, so that no exponent is "
            "above 0.",
            _softmax_subtracts_the_mean,
        ),
        Misconception(
            "clips",
            "You cut off large logits, so different ones become equal. Move the row instead: subtract its largest logit, and every "
            "difference stays.",
            _softmax_clips,
        ),
        Misconception(
            "log softmax",
            "You returned the logarithms of the probabilities; return the probabilities themselves.",
            _softmax_log,
        ),
        Misconception(
            "not divided",
            "Your exponentials are right, but a row does not sum to 1 yet: divide it by its sum.",
            _softmax_not_divided,
        ),
        Misconception(
            "no exponential",
            "You divided the logits by their sum; logits may be negative. Take exp of each first, then divide by the sum of those.",
            _softmax_no_exp,
        ),
        Misconception(
            "one maximum for all rows",
            "You subtracted the largest logit of the whole array, so a row far below it becomes 0/0. Subtract each row's own "
            "maximum: axis=-1, keepdims=True.",
            _softmax_one_maximum,
        ),
        Misconception(
            "sigmoid",
            "That is the sigmoid, which looks at each logit alone. Softmax compares the logits of a row: its values sum to 1.",
            _softmax_sigmoid,
        ),
    ),
)

# --- apply_temperature ------------------------------------------------------------------------------------------------


def _one_kept(likeliest, size):
    """0 at the id `likeliest` (...) of each row, minus infinity at the others."""
    return np.where(np.arange(size) == np.asarray(likeliest)[..., None], 0.0, -np.inf)


def apply_temperature(logits, temperature):
    if not temperature >= 0:  # also catches NaN
        raise ValueError(f"the temperature must be 0 or more, got {temperature}")
    logits = np.asarray(logits, dtype=float)
    if temperature == 0:
        return _one_kept(np.argmax(logits, axis=-1), logits.shape[-1])
    return logits / temperature


def temperature_probes(rng):
    tied = _row(-1, 3, 3, 0)
    rows = _row(2, -1, 0, 1, -3, 0.5, 0, 0.5, 0, -2, -4, -6, 1, 1, 2, 2).reshape(4, 4)
    return [
        Probe((_row(2, 1, 0, -1), 2.0)),
        Probe((_row(2, 1, 0, -1), 0.5)),
        Probe((_normal(rng, 4), float(rng.uniform(0.2, 3.0)))),
        Probe((_row(0, -2, 4, 1), 0.0)),
        Probe((tied, 0.0)),
        Probe((tied, -1.0)),
        Probe((tied, -0.01)),
        Probe((tied, math.nan)),
        Probe((rows, 0.25), batch=True),
        Probe((rows, 0.0), batch=True),
        Probe((_normal(rng, 4, 4, 4), float(rng.uniform(0.2, 3.0))), batch=True),
        Probe((rng.permuted(np.tile(_row(-1, 0, 2, 5), (4, 4, 1)), axis=-1), 0.0), batch=True),
    ]


def _at_multiplies(logits, temperature):
    return apply_temperature(logits, temperature) if not temperature > 0 else np.asarray(logits, dtype=float) * temperature


def _at_divides_by_zero(logits, temperature):
    if not temperature >= 0:
        raise ValueError("the temperature must be 0 or more")
    with np.errstate(all="ignore"):
        return np.asarray(logits, dtype=float) / temperature


def _at_tiny_temperature(logits, temperature):
    return apply_temperature(logits, 1e-8 if temperature == 0 else temperature)


def _at_one_hot(logits, temperature):
    scaled = apply_temperature(logits, temperature)
    return np.exp(scaled) if temperature == 0 else scaled


def _at_keeps_ties(logits, temperature):
    logits = np.asarray(logits, dtype=float)
    if temperature == 0:
        return np.where(logits == logits.max(axis=-1, keepdims=True), 0.0, -np.inf)
    return apply_temperature(logits, temperature)


def _at_last_tie(logits, temperature):
    logits = np.asarray(logits, dtype=float)
    return apply_temperature(logits[..., ::-1], temperature)[..., ::-1]


def _at_keeps_the_logit(logits, temperature):
    logits = np.asarray(logits, dtype=float)
    scaled = apply_temperature(logits, temperature)
    return np.where(scaled == 0, logits, -np.inf) if temperature == 0 else scaled


def _at_one_argmax(logits, temperature):
    logits = np.asarray(logits, dtype=float)
    if temperature == 0:
        return _one_kept(np.argmax(logits), logits.shape[-1])
    return apply_temperature(logits, temperature)


def _at_no_keepdims(logits, temperature):
    logits = np.asarray(logits, dtype=float)
    if temperature == 0:
        return np.where(np.arange(logits.shape[-1]) == np.argmax(logits, axis=-1), 0.0, -np.inf)
    return apply_temperature(logits, temperature)


def _at_only_divides(logits, temperature):
    with np.errstate(all="ignore"):
        return np.asarray(logits, dtype=float) / temperature


def _at_takes_anything(logits, temperature):
    if temperature == 0:
        return apply_temperature(logits, temperature)
    return np.asarray(logits, dtype=float) / temperature


def _at_takes_nan(logits, temperature):
    return apply_temperature(logits, temperature) if temperature <= 0 else np.asarray(logits, dtype=float) / temperature


def _at_refuses_zero(logits, temperature):
    if not temperature > 0:
        raise ValueError("the temperature must be positive")
    return apply_temperature(logits, temperature)


def _at_probabilities(logits, temperature):
    return softmax(apply_temperature(logits, temperature))


def _at_softmax_of_the_quotient(logits, temperature):
    scaled = apply_temperature(logits, temperature)
    return scaled if temperature == 0 else softmax(scaled)


def _at_returns_the_id(logits, temperature):
    return _likeliest(logits) if temperature == 0 else apply_temperature(logits, temperature)


def _at_after_softmax(logits, temperature):
    return apply_temperature(logits if temperature == 0 else softmax(logits), temperature)


APPLY_TEMPERATURE = Exercise(
    name="apply_temperature",
    lesson=4,
    points=2,
    minutes=8,
    difficulty=2,
    hint="Three cases: check T first (which comparison is false for NaN as well?), then T = 0 with `jnp.argmax` and `jnp.where`, "
    "then the division.",
    reference=apply_temperature,
    probes=temperature_probes,
    misconceptions=(
        Misconception("multiplies", "You multiplied by T. Divide by it: a low temperature sharpens.", _at_multiplies),
        Misconception(
            "only divides",
            "You divide by any T. At T = 0 that gives infinities and NaN: there the argmax gets 0 and every other one -inf. "
            "A negative T and NaN are ValueErrors.",
            _at_only_divides,
        ),
        Misconception(
            "divides by zero",
            "At T = 0 you divided by zero, which gives infinities and NaN. Treat 0 as a case of its own: 0 at the argmax, -inf "
            "elsewhere.",
            _at_divides_by_zero,
        ),
        Misconception(
            "a tiny temperature",
            "You replaced T = 0 by a tiny number. Ties are then still drawn at random, and the logits are huge: "
            "give the argmax 0 and every other one -inf.",
            _at_tiny_temperature,
        ),
        Misconception(
            "one-hot at zero",
            "At T = 0 you returned the probabilities 1 and 0. The logits that give them are 0 and -inf.",
            _at_one_hot,
        ),
        Misconception(
            "keeps ties",
            "At T = 0 you kept every logit that equals the largest. Only one may stay, the lowest id: use argmax.",
            _at_keeps_ties,
        ),
        Misconception(
            "last tie wins",
            "When two logits are equally large the lowest id wins at T = 0; you kept the highest.",
            _at_last_tie,
        ),
        Misconception(
            "keeps the logit",
            "At T = 0 you left the largest logit as it was; give it 0, the logarithm of probability 1.",
            _at_keeps_the_logit,
        ),
        Misconception(
            "one argmax for all rows",
            "At T = 0 you took the argmax of the whole array; each row has its own: axis=-1.",
            _at_one_argmax,
        ),
        Misconception(
            "no keepdims",
            "At T = 0 your argmax lost its axis, so it is compared with the wrong entries of a batch. Write keepdims=True.",
            _at_no_keepdims,
        ),
        Misconception(
            "takes any temperature",
            "A negative temperature would favour the unlikeliest character. Raise a ValueError for it, and for NaN.",
            _at_takes_anything,
        ),
        Misconception(
            "takes NaN",
            "Every comparison with NaN is false, so `temperature < 0` lets it through. `not temperature >= 0` does not.",
            _at_takes_nan,
        ),
        Misconception(
            "refuses zero",
            "You raise an error at T = 0, but 0 has a meaning: always the likeliest character. Only T below 0 and NaN have none.",
            _at_refuses_zero,
        ),
        Misconception(
            "probabilities",
            "You went on to the softmax; return the scaled logits, so that filters can still work on them.",
            _at_probabilities,
        ),
        Misconception(
            "softmax of the quotient",
            "You took a softmax after the division; return the divided logits themselves.",
            _at_softmax_of_the_quotient,
        ),
        Misconception(
            "returns the id",
            "At T = 0 you returned the id of the likeliest character. Return a row of logits: 0 at that id, -inf elsewhere.",
            _at_returns_the_id,
        ),
        Misconception(
            "after the softmax",
            "You divided by T after the softmax; scale the logits themselves.",
            _at_after_softmax,
        ),
    ),
)

# --- entropy_bits -----------------------------------------------------------------------------------------------------


def _surprise(probs, log=np.log2):
    """-log p, and 0 where p is 0."""
    probs = np.asarray(probs, dtype=float)
    return -log(np.where(probs > 0, probs, 1.0))


def entropy_bits(probs):
    return (np.asarray(probs, dtype=float) * _surprise(probs)).sum(axis=-1)


def entropy_bits_probes(rng):
    rows = _row(0.5, 0.25, 0.125, 0.125, 0, 0, 1, 0, 0.75, 0.25, 0, 0, 0.25, 0.25, 0.25, 0.25).reshape(4, 4)
    return [
        Probe((_row(0.75, 0.25),)),
        Probe((_row(0.5, 0.25, 0.125, 0.125),)),
        Probe((_row(0.5, 0.5, 0, 0),)),
        Probe((_row(0, 0, 1, 0),)),
        Probe((rows,), batch=True),
        Probe((softmax(SQUARE).astype(np.float32),), batch=True),
        Probe((rng.dirichlet(np.ones(4), size=(4, 4)).astype(np.float32),), batch=True),
    ]


def _eb_nats(probs):
    return (np.asarray(probs, dtype=float) * _surprise(probs, np.log)).sum(axis=-1)


def _eb_sign(probs):
    return -entropy_bits(probs)


def _eb_nan(probs):
    probs = np.asarray(probs, dtype=float)
    with np.errstate(all="ignore"):
        return -(probs * np.log2(probs)).sum(axis=-1)


def _eb_total(probs):
    return entropy_bits(probs).sum()


def _eb_first_axis(probs):
    return (np.asarray(probs, dtype=float) * _surprise(probs)).sum(axis=0)


def _eb_mean(probs):
    return (np.asarray(probs, dtype=float) * _surprise(probs)).mean(axis=-1)


def _eb_unweighted(probs):
    with np.errstate(all="ignore"):
        return -np.log2(np.asarray(probs, dtype=float)).sum(axis=-1)


def _eb_from_logits(probs):
    return entropy_bits(softmax(probs))


def _eb_perplexity(probs):
    return 2.0 ** entropy_bits(probs)


def _eb_not_summed(probs):
    return np.asarray(probs, dtype=float) * _surprise(probs)


ENTROPY_BITS = Exercise(
    name="entropy_bits",
    lesson=4,
    points=1,
    minutes=8,
    difficulty=1,
    hint="Sum -p log2(p) over the last axis. `jnp.where` can put a 1 in place of every p that is 0 before the logarithm is taken.",
    reference=entropy_bits,
    probes=entropy_bits_probes,
    misconceptions=(
        Misconception("nats", "Your answer is in nats (natural logarithm); bits use log2.", _eb_nats),
        Misconception(
            "sign", "Your entropy is negative: the log of a probability is negative, so put a minus before the sum.", _eb_sign
        ),
        Misconception(
            "zeros give NaN",
            "0 times log2(0) is 0 times minus infinity, which is NaN. A character of probability 0 adds nothing: keep 0 out of the "
            "logarithm.",
            _eb_nan,
        ),
        Misconception(
            "one total",
            "You summed over all the rows. Each row has an entropy of its own: sum along axis=-1 only.",
            _eb_total,
        ),
        Misconception("first axis", "You summed along axis 0; the characters are on the last axis: axis=-1.", _eb_first_axis),
        Misconception(
            "mean over characters",
            "You averaged over the characters; the p in p log p is the weight already, so take the sum.",
            _eb_mean,
        ),
        Misconception(
            "not weighted",
            "You summed -log2(p) with equal weights. Weight each by its probability: p times log2(p).",
            _eb_unweighted,
        ),
        Misconception(
            "softmax first", "You took a softmax first, but `probs` holds probabilities already: use them.", _eb_from_logits
        ),
        Misconception(
            "perplexity",
            "You returned 2 to the power of the entropy, the perplexity; return the bits themselves.",
            _eb_perplexity,
        ),
        Misconception(
            "not summed", "You returned every character's own -p log2(p); add them up along the last axis.", _eb_not_summed
        ),
    ),
)

# --- temperature_for_entropy ------------------------------------------------------------------------------------------


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
    ladder = _row(2, 1, 0, -1)
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

# --- gumbel_sample ----------------------------------------------------------------------------------------------------


def gumbel_sample(key, logits):
    noise = jax.random.gumbel(key, logits.shape)
    return _likeliest(np.asarray(logits, dtype=float) + np.asarray(noise))


def _likeliest(scores):
    ids = np.argmax(scores, axis=-1)
    return ids if ids.ndim else int(ids)


@functools.cache
def _drawn(number, shape):
    """The key `number` and its Gumbel noise."""
    key = jax.random.key(number)
    return key, np.asarray(jax.random.gumbel(key, shape))


def _clear(rng, number, *shape):
    """A probe with random logits whose winners all lead by more than rounding can take away."""
    key, noise = _drawn(number, shape)
    while True:
        logits = _normal(rng, *shape)
        ranked = np.sort(logits + noise, axis=-1)
        if (ranked[..., -1] - ranked[..., -2]).min() > 1e-3:
            return Probe((key, logits), batch=len(shape) > 1)


def gumbel_probes(rng):
    fixed = np.random.default_rng(4)
    return [
        _clear(fixed, 7, 8),
        _clear(fixed, 8, 8),
        _clear(fixed, 9, 8, 8),
        _clear(fixed, 10, 8, 8),
        _clear(rng, int(rng.integers(1, 100)), 8, 8),
        _clear(rng, int(rng.integers(1, 100)), 8, 8, 8),
    ]


def _gs_greedy(key, logits):
    return _likeliest(np.asarray(logits))


def _gs_minus(key, logits):
    return _likeliest(np.asarray(logits) - np.asarray(jax.random.gumbel(key, logits.shape)))


def _gs_uniform(key, logits):
    return _likeliest(np.asarray(logits) + np.asarray(jax.random.uniform(key, logits.shape)))


def _gs_normal(key, logits):
    return _likeliest(np.asarray(logits) + np.asarray(jax.random.normal(key, logits.shape)))


def _gs_one_log(key, logits):
    with np.errstate(divide="ignore"):
        return _likeliest(np.asarray(logits) - np.log(np.asarray(jax.random.uniform(key, logits.shape))))


def _gs_fixed_key(key, logits):
    return gumbel_sample(jax.random.key(0), logits)


def _gs_split(key, logits):
    return gumbel_sample(jax.random.split(key)[1], logits)


def _gs_after_softmax(key, logits):
    return gumbel_sample(key, softmax(logits))


def _gs_one_noise(key, logits):
    return _likeliest(np.asarray(logits) + np.asarray(jax.random.gumbel(key, logits.shape[-1:])))


def _gs_whole_array(key, logits):
    return int(np.argmax(np.asarray(logits) + np.asarray(jax.random.gumbel(key, logits.shape))))


def _gs_first_axis(key, logits):
    ids = np.argmax(np.asarray(logits) + np.asarray(jax.random.gumbel(key, logits.shape)), axis=0)
    return ids if ids.ndim else int(ids)


GUMBEL_SAMPLE = Exercise(
    name="gumbel_sample",
    lesson=4,
    points=2,
    minutes=13,
    difficulty=2,
    hint="`jax.random.gumbel(key, shape)` draws the noise: one number for each logit. Use the key as it was given.",
    reference=gumbel_sample,
    probes=gumbel_probes,
    misconceptions=(
        Misconception(
            "no noise",
            "That is the argmax of the logits alone, always the same character. Add noise first, a number of its own for every logit.",
            _gs_greedy,
        ),
        Misconception(
            "sign",
            "The noise has the wrong sign. Add it to the logits; from a uniform u it is -log(-log(u)), with both minus signs.",
            _gs_minus,
        ),
        Misconception(
            "uniform noise",
            "You added uniform noise. Only Gumbel noise makes the argmax follow the softmax: -log(-log(u)), or jax.random.gumbel.",
            _gs_uniform,
        ),
        Misconception(
            "normal noise",
            "You added normal noise; only Gumbel noise makes the argmax follow the softmax: jax.random.gumbel.",
            _gs_normal,
        ),
        Misconception(
            "one logarithm",
            "-log(u) takes one logarithm only. Gumbel noise takes two: -log(-log(u)).",
            _gs_one_log,
        ),
        Misconception(
            "a key of its own",
            "You draw with key 0 whatever key you are given, so every step makes the same choice. Use `key`.",
            _gs_fixed_key,
        ),
        Misconception(
            "splits the key",
            "You split the key first, so your draw is another one than jax.random.categorical's. The caller splits: use `key` as it is.",
            _gs_split,
        ),
        Misconception(
            "noise on probabilities",
            "You added the noise to probabilities. It belongs on the logits, before any softmax.",
            _gs_after_softmax,
        ),
        Misconception(
            "one noise for all rows",
            "Every row got the same noise, so the rows are not drawn independently. Draw noise of the shape of `logits`.",
            _gs_one_noise,
        ),
        Misconception(
            "argmax of the whole array",
            "You took the argmax of the whole array; each row draws a character of its own: axis=-1.",
            _gs_whole_array,
        ),
        Misconception("first axis", "You took the argmax along axis 0; the characters are on the last axis.", _gs_first_axis),
    ),
)

EXERCISES = [SOFTMAX, APPLY_TEMPERATURE, ENTROPY_BITS, TEMPERATURE_FOR_ENTROPY, GUMBEL_SAMPLE]
