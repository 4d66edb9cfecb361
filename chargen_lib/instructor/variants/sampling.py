"""Problem set "sampling", after lessons 04 and 06: softening, filters, spread, draws."""

import math

import numpy as np

from chargen_lib.exercises.cards import Misconception, Probe
from chargen_lib.exercises.lesson_06 import min_p_filter, top_p_filter
from chargen_lib.instructor.variants.family import Family, Member, Rule, Slip


def _softmax(logits):
    logits = np.asarray(logits, dtype=float)
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)


def _overflowing(logits):
    with np.errstate(all="ignore"):
        weights = np.exp(np.asarray(logits, dtype=float))
        return weights / weights.sum(axis=-1, keepdims=True)


def _row(*numbers):
    return np.array(numbers, dtype=np.float32)


def _normal(rng, *shape):
    return (2 * rng.standard_normal(shape)).astype(np.float32)


WHOLE_BATCH = Slip(
    "whole batch at once",
    "You worked on the whole batch at once; each row is a distribution of its own: use axis=-1.",
    lambda right: lambda logits, amount: right(np.ravel(logits), amount).reshape(np.shape(logits)),
)

# --- softened_probs: which way of softening -----------------------------------------------------------------------------


def inverse_temperature(logits, amount):
    if not amount >= 0:  # also catches NaN
        raise ValueError(f"amount must be 0 or more, got {amount}")
    logits = amount * np.asarray(logits, dtype=float)
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)


def soft_cap(logits, amount):
    if not amount > 0:  # also catches NaN
        raise ValueError(f"amount must be above 0, got {amount}")
    logits = amount * np.tanh(np.asarray(logits, dtype=float) / amount)
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)


def mixed_with_uniform(logits, amount):
    if not 0 <= amount <= 1:  # also catches NaN
        raise ValueError(f"amount must be from 0 to 1, got {amount}")
    logits = np.asarray(logits, dtype=float)
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    probs = weights / weights.sum(axis=-1, keepdims=True)
    return (1 - amount) * probs + amount / logits.shape[-1]


def _temperature(logits, amount):
    if not amount >= 0:
        raise ValueError("the temperature must be 0 or more")
    if amount == 0:
        return np.eye(np.shape(logits)[-1])[np.argmax(logits, axis=-1)]
    return _softmax(np.asarray(logits, dtype=float) / amount)


def _mixed(logits, amount):
    return (1 - amount) * _softmax(logits) + amount / np.shape(logits)[-1]


def _capped(logits, amount, cap=np.tanh):
    with np.errstate(all="ignore"):
        return amount * cap(np.asarray(logits, dtype=float) / amount)


def softened_probs_probes(rng):
    square = _row(0.5, 2, -1, 1, -2, 3, 0.5, 1, 1.5, -0.5, 2.5, 0.25, 3, 1, -1, -3).reshape(4, 4)
    return [
        Probe((_row(2, 1, 0, -1), 0.5)),
        Probe((_row(0, -3, 1, 4), 1.0)),
        Probe((_row(0, -3, 1, 4), 2.0)),
        Probe((_row(1, 2, 0, 2), 0.0)),
        Probe((_row(1e4, 0, -1e4, 5e3), 0.5)),
        Probe((_row(2, 1, 0, -1), -0.5)),
        Probe((_row(2, 1, 0, -1), math.nan)),
        Probe((_normal(rng, 4), float(rng.uniform(0.2, 0.8)))),
        Probe((square, 0.25), batch=True),
        Probe((_normal(rng, 2, 3, 4), 0.5), batch=True),
    ]


SOFTENED_PROBS = Family(
    function="softened_probs",
    title="Softer probabilities",
    lesson=4,
    points=2,
    minutes=8,
    difficulty=2,
    docstring="Probabilities, softened.  logits: (..., V);  amount: float;  returns (..., V), each row sums to 1.",
    given="`logits` are rows of $V$ logits $z_i$, with any leading axes, and may be as large as 10 000. Return probabilities, softened by "
    "`amount`:",
    probes=softened_probs_probes,
    members=(
        Member(
            name="inverse temperature",
            statement="`amount` is an *inverse* temperature $\\beta$: the probabilities are the softmax of $\\beta z_i$. A $\\beta$ of 0 "
            "makes all characters alike. A negative one, or NaN, has no meaning: raise `ValueError`.",
            hint="A product in place of a quotient, so 0 needs no case of its own. Which comparison is false for NaN as well?",
            reference=inverse_temperature,
            did="You multiplied the logits by `amount`",
            asked="here `amount` multiplies the logits, so that 0 makes all characters alike",
            mistakes=(
                Misconception(
                    "any amount",
                    "A negative `amount` makes the unlikeliest character the likeliest, and NaN spoils everything: raise a ValueError.",
                    lambda logits, amount: _softmax(amount * np.asarray(logits)),
                ),
                Misconception(
                    "refuses zero",
                    "An `amount` of 0 is allowed: every character then has the probability 1 / V.",
                    lambda logits, amount: inverse_temperature(logits, amount if amount else -1),
                ),
                Misconception(
                    "overflows",
                    "For logits such as 10 000 exp is infinite, and inf / inf is NaN. Use jax.nn.softmax, or subtract each row's "
                    "largest logit first.",
                    lambda logits, amount: _overflowing(amount * np.asarray(logits)) if amount >= 0 else _refuse(),
                ),
            ),
        ),
        Member(
            name="soft cap",
            statement="`amount` is a *soft cap* $c$: the probabilities are the softmax of $c \\tanh(z_i / c)$, so that no logit counts for "
            "more than $c$, and none for less than $-c$. A $c$ of 0 or below, or NaN, has no meaning: raise `ValueError`.",
            hint="Two steps: the capped logits, with `jnp.tanh`, then their softmax. Which comparison is false for NaN as well?",
            reference=soft_cap,
            did="You capped the logits with c tanh(z / c)",
            asked="here no logit may count for more than `amount`: c tanh(z / c), then the softmax",
            mistakes=(
                Misconception(
                    "any amount",
                    "A cap of 0 divides by zero, and one below 0 or NaN has no meaning: raise a ValueError.",
                    lambda logits, amount: _softmax(_capped(logits, amount)),
                ),
                Misconception(
                    "hard cap",
                    "You cut the logits off at the cap, so those beyond it become equal. Use tanh, which keeps their order.",
                    lambda logits, amount: (
                        _softmax(_capped(logits, amount, lambda x: np.clip(x, -1, 1))) if amount > 0 else _refuse()
                    ),
                ),
                Misconception(
                    "not multiplied back",
                    "You took tanh(z / c), which lies between -1 and 1 for any c; multiply it by c.",
                    lambda logits, amount: _softmax(np.tanh(np.asarray(logits) / amount)) if amount > 0 else _refuse(),
                ),
            ),
        ),
        Member(
            name="mixed with uniform",
            statement="`amount` is a share $\\varepsilon$ that all characters divide evenly: the probabilities are $1 - \\varepsilon$ times "
            "the softmax of $z$, plus $\\varepsilon / V$ for each character. An $\\varepsilon$ below 0 or above 1, or NaN, has no "
            "meaning: raise `ValueError`.",
            hint="The softmax first, then the mixture. `logits.shape[-1]` is V. Which comparison is false for NaN as well?",
            reference=mixed_with_uniform,
            did="You mixed the probabilities with equal ones",
            asked="here `amount` is the share of the mass that all characters divide evenly",
            mistakes=(
                Misconception(
                    "any amount",
                    "An `amount` below 0 or above 1 can give negative probabilities: raise a ValueError, for NaN too.",
                    _mixed,
                ),
                Misconception(
                    "shares swapped",
                    "You gave `amount` to the softmax and the rest to the equal shares; it is the other way round.",
                    lambda logits, amount: mixed_with_uniform(logits, 1 - amount),
                ),
                Misconception(
                    "not divided by V",
                    "You gave each character the whole `amount`, so a row sums to more than 1; each gets `amount` / V.",
                    lambda logits, amount: mixed_with_uniform(logits, amount) + amount * (1 - 1 / np.shape(logits)[-1]),
                ),
                Misconception(
                    "mixes the logits",
                    "You mixed logits, not probabilities: take the softmax first.",
                    lambda logits, amount: _softmax((1 - amount) * np.asarray(logits)) if 0 <= amount <= 1 else _refuse(),
                ),
                Misconception(
                    "overflows",
                    "For logits such as 10 000 exp is infinite, and inf / inf is NaN. Use jax.nn.softmax, or subtract each row's "
                    "largest logit first.",
                    lambda logits, amount: mixed_with_uniform(logits, amount) + 0 * _overflowing(logits),
                ),
            ),
        ),
    ),
    others=(Rule("temperature", "You divided the logits by `amount`, a temperature as in lesson 04", _temperature),),
    slips=(
        WHOLE_BATCH,
        Slip(
            "logarithms",
            "You returned the logarithms of the probabilities; return the probabilities themselves.",
            lambda right: lambda logits, amount: _log(right(logits, amount)),
        ),
        Slip(
            "not softened",
            "You returned the plain softmax; `amount` has to change it.",
            lambda right: lambda logits, amount: right(logits, amount) * 0 + _softmax(logits),
        ),
    ),
)


def _refuse():
    raise ValueError("this amount has no meaning")


def _log(probs):
    with np.errstate(divide="ignore"):
        return np.log(probs)


# --- kept_logits: which filter, and on which side of the cut ------------------------------------------------------------


def before_the_crossing(logits, p):
    logits = np.asarray(logits)
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    probs = weights / weights.sum(axis=-1, keepdims=True)
    order = np.argsort(-logits, axis=-1, kind="stable")  # the likeliest first; of equal ones the lower id
    kept = np.cumsum(np.take_along_axis(probs, order, axis=-1), axis=-1) <= p
    kept[..., 0] = True
    kept = np.take_along_axis(kept, np.argsort(order, axis=-1), axis=-1)  # back in the order of the ids
    return np.where(kept, logits, -np.inf)


def without_the_tail(logits, p):
    logits = np.asarray(logits)
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    probs = weights / weights.sum(axis=-1, keepdims=True)
    order = np.argsort(-logits, axis=-1, kind="stable")[..., ::-1]  # the least likely first; of equal ones the higher id
    removed = np.cumsum(np.take_along_axis(probs, order, axis=-1), axis=-1) <= p
    removed = np.take_along_axis(removed, np.argsort(order, axis=-1), axis=-1)  # back in the order of the ids
    return np.where(removed, -np.inf, logits)


def likely_by_itself(logits, p):
    logits = np.asarray(logits)
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    probs = weights / weights.sum(axis=-1, keepdims=True)
    likeliest = np.argmax(logits, axis=-1, keepdims=True)  # the lowest id wins a tie
    kept = (probs >= p) | (np.arange(logits.shape[-1]) == likeliest)
    return np.where(kept, logits, -np.inf)


def _kept_where(logits, kept):
    return np.where(kept, logits, -np.inf)


def _sorted_mask(right):
    """The mask of a right answer, left in the order of the sorted logits."""

    def wrong(logits, p):
        order = np.argsort(-np.asarray(logits), axis=-1, kind="stable")
        return _kept_where(logits, np.take_along_axis(np.isfinite(right(logits, p)), order, axis=-1))

    return wrong


def kept_logits_probes(rng):
    peaked, flat, middle = [0.62, 0.2, 0.1, 0.06, 0.02], [0.26, 0.22, 0.2, 0.17, 0.15], [0.45, 0.25, 0.14, 0.09, 0.07]

    def rows(*probs):  # each shuffled, and moved by a constant, which changes no probability
        logits = np.log(rng.permuted(np.array(probs), axis=-1)) + rng.uniform(-2, 2, size=(len(probs), 1))
        return logits.astype(np.float32)

    return [
        Probe((_row(1, 1.2, 0.8, 1.1, 0.9), 0.5)),
        Probe((_row(1, 3, 0, 2), 0.1)),
        Probe((_row(1, 3, 0, 2), 0.9)),
        Probe((_row(0, 0, 0, 0), 0.5)),  # 1/4 is exact in binary
        Probe((_row(7, 7, 7, 7), 0.25)),
        Probe((rows(peaked)[0], 0.15)),
        Probe((np.array([[1, 3, 0, 2], [0, 1, 2, 3], [3, 2.5, 2, 1]], dtype=np.float32), 0.1), batch=True),
        Probe((rows(peaked, flat, middle, flat, middle, peaked).reshape(2, 3, 5), 0.12), batch=True),
        Probe((rows(middle, flat, peaked), 0.5), batch=True),
    ]


KEPT_LOGITS = Family(
    function="kept_logits",
    title="Which characters may be drawn",
    lesson=6,
    points=3,
    minutes=12,
    difficulty=3,
    docstring="A filter.  logits: (..., V);  p: 0 < p < 1;  returns (..., V): kept logits untouched, -inf where removed.",
    given="`logits` are rows of $V$ logits, with any leading axes; each row is filtered by itself. Return the logits with $-\\infty$ for "
    "every character that is removed, and the others untouched. `p` lies between 0 and 1; you need not check it.",
    probes=kept_logits_probes,
    members=(
        Member(
            name="before the crossing",
            statement="Keep the likeliest characters, one after the other, as long as their probabilities sum to *at most* `p`: the one "
            "with which the sum crosses `p` is removed. The likeliest always stays, even if it alone is above `p`. Of equally "
            "likely ones the lower id comes first.",
            hint="Sort downwards, `cumsum`, compare with p; then the first place is always True. Bring the mask back from sorted order "
            "to the order of the ids: argsort of the argsort.",
            reference=before_the_crossing,
            did="You kept the likeliest characters as long as they sum to at most p",
            asked="here the character that crosses p is left out, though the likeliest always stays",
            mistakes=(
                Misconception(
                    "can keep nothing",
                    "When the likeliest character alone is above p you remove everything; the likeliest always stays.",
                    lambda logits, p: _kept_where(
                        before_the_crossing(logits, p),
                        (_softmax(logits).max(axis=-1) <= p)[..., None] | np.zeros_like(logits, bool),
                    ),
                ),
                Misconception(
                    "sorted mask on unsorted logits",
                    "Your mask is in sorted order, but you laid it on logits in the order of the ids. Bring it back first.",
                    _sorted_mask(before_the_crossing),
                ),
                Misconception(
                    "does not sort",
                    "You added up the probabilities in the order of the ids. Sort them first, the likeliest in front.",
                    lambda logits, p: _kept_where(
                        logits,
                        (np.cumsum(_softmax(logits), axis=-1) <= p) | np.isfinite(likely_by_itself(logits, 1.0)),
                    ),
                ),
            ),
        ),
        Member(
            name="without the tail",
            statement="Remove the least likely characters, one after the other, as long as what is removed sums to *at most* `p`: the one "
            "with which the sum crosses `p` stays. Of equally likely ones the higher id is removed first.",
            hint="Sort upwards, `cumsum`, compare with p. Bring the mask back from sorted order to the order of the ids: argsort of "
            "the argsort. To have the higher id first among equal ones, sort the negated logits and turn that order around.",
            reference=without_the_tail,
            did="You removed the least likely characters as long as they sum to at most p",
            asked="here the least likely are removed as long as they sum to at most p",
            mistakes=(
                Misconception(
                    "removes the crossing character",
                    "You removed the character with which the removed mass crosses p; that one stays.",
                    lambda logits, p: before_the_crossing(logits, 1 - p),
                ),
                Misconception(
                    "sorted mask on unsorted logits",
                    "Your mask is in sorted order, but you laid it on logits in the order of the ids. Bring it back first.",
                    _sorted_mask(without_the_tail),
                ),
                Misconception(
                    "each by itself",
                    "You compared each probability with p by itself; p is for the sum of all that are removed.",
                    lambda logits, p: _kept_where(logits, _softmax(logits) > p),
                ),
            ),
        ),
        Member(
            name="likely by itself",
            statement="Keep every character whose own probability is *at least* `p`. The likeliest always stays, even if it is below `p`; "
            "of several equally likely ones that is the lowest id.",
            hint="No sorting. Two masks joined by `|`: the probability is at least p, or the id is the argmax (`keepdims=True`).",
            reference=likely_by_itself,
            did="You compared each probability with p by itself",
            asked="here each probability is compared with p by itself, and the likeliest always stays",
            mistakes=(
                Misconception(
                    "can keep nothing",
                    "When no character has a probability of p you remove all of them; the likeliest always stays.",
                    lambda logits, p: _kept_where(logits, _softmax(logits) >= p),
                ),
                Misconception(
                    "strict",
                    "A probability of exactly p stays: use >=.",
                    lambda logits, p: likely_by_itself(logits, np.nextafter(p, 1)),
                ),
                Misconception(
                    "keeps all the likeliest",
                    "When several characters are equally likely and all below p you kept all of them; only the lowest id stays.",
                    lambda logits, p: _kept_where(
                        logits, (_softmax(logits) >= p) | (logits == np.max(logits, axis=-1, keepdims=True))
                    ),
                ),
            ),
        ),
    ),
    others=(
        Rule("nucleus", "You kept the likeliest characters until they reach p, the crossing one too (top-p)", top_p_filter),
        Rule("min-p", "You compared with p times the largest probability (min-p)", min_p_filter),
    ),
    slips=(
        WHOLE_BATCH,
        Slip(
            "zero instead of -inf",
            "You set the removed logits to 0, but exp(0) = 1: they can still be drawn. Only the logit -inf has probability 0.",
            lambda right: lambda logits, p: np.where(np.isneginf(right(logits, p)), np.float32(0), logits),
        ),
        Slip(
            "probabilities",
            "You returned probabilities; a filter takes logits and gives logits, and leaves the kept ones untouched.",
            lambda right: lambda logits, p: _softmax(right(logits, p)),
        ),
        Slip(
            "ties by higher id",
            "Of equally likely characters you preferred the higher id; the lower one stays longer.",
            lambda right: lambda logits, p: np.flip(right(np.flip(logits, axis=-1), p), axis=-1),
        ),
    ),
)

# --- spread: which entropy ----------------------------------------------------------------------------------------------


def collision_bits(probs):
    probs = np.asarray(probs, dtype=float)
    return -np.log2((probs**2).sum(axis=-1))


def perplexity(probs):
    probs = np.asarray(probs, dtype=float)
    logs = np.log2(np.where(probs > 0, probs, 1.0))  # what has no probability adds nothing
    return 2.0 ** -(probs * logs).sum(axis=-1)


def evenness(probs):
    probs = np.asarray(probs, dtype=float)
    logs = np.log2(np.where(probs > 0, probs, 1.0))  # what has no probability adds nothing
    return -(probs * logs).sum(axis=-1) / np.log2(probs.shape[-1])


def _entropy(probs):
    return np.log2(perplexity(probs))


def _nan_at_zero(right):
    return lambda probs: np.where(np.any(np.asarray(probs) == 0, axis=-1), np.nan, right(probs))


NAN_AT_ZERO = "0 times log 0 became NaN. What has no probability adds nothing: keep zeros out of the logarithm."


def spread_probes(rng):
    rows = _row(0.5, 0.25, 0.125, 0.125, 0, 0, 1, 0, 0.75, 0.25, 0, 0, 0.25, 0.25, 0.25, 0.25).reshape(4, 4)
    return [
        Probe((_row(0.5, 0.25, 0.25, 0),)),
        Probe((_row(0.75, 0.25),)),
        Probe((_row(0.25, 0.25, 0.25, 0.25),)),
        Probe((_row(0, 1, 0),)),
        Probe((rng.dirichlet(np.ones(5)).astype(np.float32),)),
        Probe((rows,), batch=True),
        Probe((rng.dirichlet(np.ones(4), size=(4, 4)).astype(np.float32),), batch=True),
    ]


SPREAD = Family(
    function="spread",
    title="How spread out is it?",
    lesson=4,
    points=2,
    minutes=6,
    difficulty=2,
    docstring="How spread out probabilities are.  probs: (..., V), V >= 2;  returns (...), one number for each row.",
    given="`probs` are rows of $V \\ge 2$ probabilities $p_i$, with any leading axes; some may be 0. Return one number for each row:",
    probes=spread_probes,
    members=(
        Member(
            name="collision entropy",
            statement="the *collision entropy*, $-\\log_2 \\sum_i p_i^2$, in bits. (The sum is the probability that two draws give the same "
            "character.)",
            hint="Square, sum along the last axis, then one logarithm for each row. Zeros do no harm here.",
            reference=collision_bits,
            did="You computed the collision entropy",
            asked="here the question is how likely two draws are equal: minus log2 of the sum of the squares",
            mistakes=(
                Misconception(
                    "no logarithm",
                    "You returned the probability that two draws are equal; its surprise in bits is asked: minus log2 of it.",
                    lambda probs: 2.0 ** -collision_bits(probs),
                ),
                Misconception(
                    "number of characters",
                    "You returned 1 / (sum of the squares), a number of characters; take its logarithm, base 2.",
                    lambda probs: 2.0 ** collision_bits(probs),
                ),
                Misconception(
                    "nats",
                    "Your answer is in nats (natural logarithm); bits use log2.",
                    lambda probs: collision_bits(probs) * math.log(2),
                ),
                Misconception(
                    "sign", "Your answer is negative: put a minus before the logarithm.", lambda probs: -collision_bits(probs)
                ),
            ),
        ),
        Member(
            name="perplexity",
            statement="the *perplexity*, $2^H$ with $H = -\\sum_i p_i \\log_2 p_i$: the number of equally likely characters that would be as "
            "hard to guess. 0 log 0 counts as 0.",
            hint="The entropy in bits first, with a 1 in place of every 0 inside the logarithm; then 2 to that power.",
            reference=perplexity,
            did="You computed the perplexity",
            asked="here the answer is a number of characters, 2 to the power of the entropy in bits",
            mistakes=(
                Misconception(
                    "nats in a power of two",
                    "Your entropy is in nats, and you raised 2 to it. Use log2 with 2, or the natural logarithm with exp.",
                    lambda probs: 2.0 ** (_entropy(probs) * math.log(2)),
                ),
                Misconception(
                    "exp of bits",
                    "Your entropy is in bits, and you took exp of it. Use log2 with 2, or the natural logarithm with exp.",
                    lambda probs: np.exp(_entropy(probs)),
                ),
                Misconception(
                    "sign",
                    "You left out the minus of the entropy, so you returned 1 / perplexity. The logarithm of a probability is negative.",
                    lambda probs: 1 / perplexity(probs),
                ),
                Misconception("zeros give NaN", NAN_AT_ZERO, _nan_at_zero(perplexity)),
            ),
        ),
        Member(
            name="evenness",
            statement="the *evenness*, the entropy $-\\sum_i p_i \\log_2 p_i$ as a share of the largest that $V$ characters can have, "
            "$\\log_2 V$. It is 0 when one character is certain, and 1 when all are equally likely. 0 log 0 counts as 0.",
            hint="The entropy first, with a 1 in place of every 0 inside the logarithm; `probs.shape[-1]` is V.",
            reference=evenness,
            did="You computed the evenness, the entropy over its largest value",
            asked="here the entropy is divided by log2 V, so that 1 means that all are equally likely",
            mistakes=(
                Misconception(
                    "divided by V",
                    "You divided by V; the largest entropy that V characters can have is log2 V.",
                    lambda probs: _entropy(probs) / np.shape(probs)[-1],
                ),
                Misconception(
                    "two kinds of logarithm",
                    "You divided nats by bits. Use the same logarithm above and below.",
                    lambda probs: evenness(probs) * math.log(2),
                ),
                Misconception(
                    "only the possible ones",
                    "You divided by the logarithm of the number of characters that are possible; V counts all of them.",
                    lambda probs: _entropy(probs) / np.log2(np.maximum(np.sum(np.asarray(probs) > 0, axis=-1), 2)),
                ),
                Misconception("zeros give NaN", NAN_AT_ZERO, _nan_at_zero(evenness)),
            ),
        ),
    ),
    others=(
        Rule("entropy", "You computed the entropy in bits, as in lesson 04", _entropy),
        Rule("likeliest alone", "You looked at the largest probability alone", lambda probs: -np.log2(np.max(probs, axis=-1))),
    ),
    slips=(
        Slip(
            "one number for all",
            "You returned one number for the whole batch; each row has its own: sum along axis=-1.",
            lambda right: lambda probs: right(probs).mean(),
        ),
        Slip(
            "first axis",
            "You summed along axis 0; the characters are on the last axis: axis=-1.",
            lambda right: lambda probs: right(np.moveaxis(np.asarray(probs), 0, -1)),
        ),
    ),
)

# --- draw_ids: which order, and whether a character can come again ------------------------------------------------------


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
    fixed, drawn = _row(0.1, 0.2, 0.4, 0.3), rng.permutation(_row(0.07, 0.13, 0.25, 0.17, 0.38))
    return [
        Probe((fixed, _row(0.25, 0.6, 0.25))),
        Probe((_row(0.2, 0.5, 0.3), _row(0.1))),
        Probe((_row(0, 0.5, 0.25, 0.25), _row(0, 0.5, 0.75))),  # exact in binary
        Probe((_row(0.25, 0.25, 0.25, 0.25), _row(0.9, 0.4, 0.1))),
        Probe((_row(0.05, 0.05, 0.9), _row(0.5, 0.55))),
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


FAMILIES = (SOFTENED_PROBS, KEPT_LOGITS, SPREAD, DRAW_IDS)
