"""entropy_bits: its reference, what it is tried on, and the wrong answers with names."""

import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe
from chargen_lib.exercises.lesson_04.numbers_to_try import row_of
from chargen_lib.exercises.lesson_04.softmax import SQUARE
from chargen_lib.exercises.lesson_04.softmaxes import softmax


def _surprise(probs, log=np.log2):
    """-log p, and 0 where p is 0."""
    probs = np.asarray(probs, dtype=float)
    return -log(np.where(probs > 0, probs, 1.0))


def entropy_bits(probs):
    return (np.asarray(probs, dtype=float) * _surprise(probs)).sum(axis=-1)


def entropy_bits_probes(rng):
    rows = row_of(0.5, 0.25, 0.125, 0.125, 0, 0, 1, 0, 0.75, 0.25, 0, 0, 0.25, 0.25, 0.25, 0.25).reshape(4, 4)
    return [
        Probe((row_of(0.75, 0.25),)),
        Probe((row_of(0.5, 0.25, 0.125, 0.125),)),
        Probe((row_of(0.5, 0.5, 0, 0),)),
        Probe((row_of(0, 0, 1, 0),)),
        Probe((rows,), batch=True),
        Probe((softmax(SQUARE).astype(np.float32),), batch=True),
        Probe((rng.dirichlet(np.ones(4), size=(4, 4)).astype(np.float32),), batch=True),
    ]


def _eb_nats(probs):
    return (np.asarray(probs, dtype=float) * _surprise(probs, np.log)).sum(axis=-1)


def _eb_nats_nan(probs):
    return _eb_nan(probs) * np.log(2)


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


def _eb_of_the_likeliest(probs):
    return -np.log2(np.max(np.asarray(probs, dtype=float), axis=-1))


def _eb_of_the_others(probs):
    return ((1 - np.asarray(probs, dtype=float)) * _surprise(probs)).sum(axis=-1)


def _eb_log_of_the_mean(probs):
    return -np.log2((np.asarray(probs, dtype=float) ** 2).sum(axis=-1))


def _eb_number_of_characters(probs):
    return np.log2((np.asarray(probs) > 0).sum(axis=-1))


def _eb_keeps_the_axis(probs):
    return entropy_bits(probs)[..., None]


_NATS = "Your answer is in nats (natural logarithm); bits use log2."

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
        Misconception("nats", _NATS, _eb_nats),
        Misconception("nats, and zeros give NaN", _NATS, _eb_nats_nan),
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
            "the likeliest alone",
            "That is the surprise of the likeliest character alone. Average over all: each surprise -log2(p), weighted by its p.",
            _eb_of_the_likeliest,
        ),
        Misconception("weighted by 1 - p", "You weighted each surprise by 1 - p; the weight is p itself.", _eb_of_the_others),
        Misconception(
            "log of the mean",
            "You averaged the probabilities and then took one logarithm. Take -log2 of each first, and average those.",
            _eb_log_of_the_mean,
        ),
        Misconception(
            "number of characters",
            "You counted the characters that can come, as if all were equally likely. Weight each -log2(p) by its p.",
            _eb_number_of_characters,
        ),
        Misconception(
            "perplexity",
            "You returned 2 to the power of the entropy, the perplexity; return the bits themselves.",
            _eb_perplexity,
        ),
        Misconception(
            "keeps the axis",
            "You kept the summed axis (keepdims=True). Nothing is divided by these sums: each row gives one number, the shape (...).",
            _eb_keeps_the_axis,
        ),
        Misconception(
            "not summed", "You returned every character's own -p log2(p); add them up along the last axis.", _eb_not_summed
        ),
    ),
)
