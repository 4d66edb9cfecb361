"""padded_loss: which average."""

import math

import numpy as np

from chargen_lib.exercises.engine.cards import Probe
from chargen_lib.instructor.variants.family import Family, Member, Rule, Slip


def per_character(logits, targets):
    logits, targets = np.asarray(logits, dtype=float), np.asarray(targets)
    logits = logits - logits.max(axis=-1, keepdims=True)
    log_probs = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
    real = targets != -1
    losses = -np.take_along_axis(log_probs, np.where(real, targets, 0)[..., None], axis=-1)[..., 0]  # (batch, time)
    return float(losses[real].mean())


def per_text(logits, targets):
    logits, targets = np.asarray(logits, dtype=float), np.asarray(targets)
    logits = logits - logits.max(axis=-1, keepdims=True)
    log_probs = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
    real = targets != -1
    losses = -np.take_along_axis(log_probs, np.where(real, targets, 0)[..., None], axis=-1)[..., 0]  # (batch, time)
    return float((losses * real).sum(axis=1).mean())


def mean_of_means(logits, targets):
    logits, targets = np.asarray(logits, dtype=float), np.asarray(targets)
    logits = logits - logits.max(axis=-1, keepdims=True)
    log_probs = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
    real = targets != -1
    losses = -np.take_along_axis(log_probs, np.where(real, targets, 0)[..., None], axis=-1)[..., 0]  # (batch, time)
    return float(((losses * real).sum(axis=1) / real.sum(axis=1)).mean())


def _padding_as_last(logits, targets):
    return per_character(logits, np.asarray(targets) % np.shape(logits)[-1])


def _padding_as_zero(logits, targets):
    return per_text(logits, targets) / np.shape(targets)[1]


def _softmax(logits):
    weights = np.exp(np.asarray(logits, dtype=float) - np.max(logits, axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)


def _overflow(logits):
    """0, or NaN where a softmax overflows that does not take the largest logit away first."""
    with np.errstate(all="ignore"):
        sums = np.exp(np.asarray(logits, dtype=float)).sum()
        return float(sums - sums)


def _quiet(function, *args):
    with np.errstate(all="ignore"):
        return function(*args)


def padded_loss_probes(rng):
    targets = rng.integers(0, 5, size=(4, 6))
    targets[np.arange(6) >= np.array([[6], [2], [1], [4]])] = -1
    targets[:, 0] = [1, 0, 2, 4]
    example = np.array([[[0, 0], [2, 0], [1, 0]], [[0, 1], [3, 0], [0, 0]]], dtype=np.float32)
    large = np.array([[[1e4, 0, 5], [2, 1, 0]], [[0, 1, 3], [-1e4, 0, -1e4]]], dtype=np.float32)
    return [
        Probe((example, np.array([[0, 1, 0], [0, -1, -1]]))),
        Probe((large[:, :1], np.array([[0], [1]]))),
        Probe((large, np.array([[0, 2], [1, -1]]))),
        Probe((large, np.array([[1, -1], [0, 1]]))),
        Probe(((2 * rng.standard_normal((4, 6, 5))).astype(np.float32), targets)),
    ]


PADDED_LOSS = Family(
    function="padded_loss",
    title="A loss for texts of different lengths",
    lesson=5,
    points=3,
    minutes=10,
    difficulty=2,
    docstring="Cross-entropy without padding.  logits: (batch, time, V);  targets: (batch, time) ints, -1 is padding;  returns nats.",
    given="Each row of a batch is one text. The shorter ones are filled up with the target $-1$, which is no character: it must count "
    "nowhere. Each row has at least one real target, and 0 is a character like any other. The loss of a real target is "
    "$-\\ln p$ of it, in nats, with $p$ from the softmax of its logits, which may be as large as 10 000. Return one number:",
    probes=padded_loss_probes,
    members=(
        Member(
            name="per character",
            statement="the mean over all real targets of the batch together, so that every character counts alike.",
            hint="Put any id in place of -1, look up all the losses, then take the sum over the real ones and divide by how many there are.",
            reference=per_character,
            did="You averaged over all the real targets together",
            asked="here every real target of the batch counts alike",
        ),
        Member(
            name="per text",
            statement="for each text the *sum* of its losses, and of these the mean over the texts of the batch.",
            hint="Put any id in place of -1, look up all the losses, set those of the padding to 0, and sum along the time.",
            reference=per_text,
            did="You summed over each text and averaged the sums",
            asked="here the losses of a text are summed, and the sums averaged over the texts",
        ),
        Member(
            name="mean of means",
            statement="for each text the *mean* of its losses, and of these the mean over the texts of the batch, so that every text "
            "counts alike, long or short.",
            hint="Put any id in place of -1, look up all the losses, set those of the padding to 0, sum along the time, and divide "
            "each text's sum by how many real targets it has.",
            reference=mean_of_means,
            did="You took each text's own mean and averaged those",
            asked="here each text has its own mean, and all texts count alike",
        ),
    ),
    others=(
        Rule(
            "padding as a character",
            "You counted the padding: as an index, -1 silently means the last character",
            _padding_as_last,
        ),
        Rule("padding as zero loss", "You divided by all the places, padding included", _padding_as_zero),
    ),
    slips=(
        Slip(
            "bits",
            "Your loss is in bits; it is asked for in nats: use the natural logarithm.",
            lambda right: lambda logits, targets: right(logits, targets) / math.log(2),
        ),
        Slip(
            "sign",
            "Your loss is negative: it is minus the logarithm of the probability.",
            lambda right: lambda logits, targets: -right(logits, targets),
        ),
        Slip(
            "zero as padding",
            "You took 0 for padding too; 0 is a character, and only -1 is padding.",
            lambda right: lambda logits, targets: _quiet(right, logits, np.where(targets == 0, -1, targets)),
        ),
        Slip(
            "two softmaxes",
            "You took a softmax before a log_softmax, which has one in it. Give it the logits as they are.",
            lambda right: lambda logits, targets: right(_softmax(logits), targets),
        ),
        Slip(
            "overflows",
            "For logits such as 10 000 your loss is NaN: exp overflows. Use jax.nn.log_softmax, or subtract each row's largest logit.",
            lambda right: lambda logits, targets: right(logits, targets) + _overflow(logits),
        ),
    ),
)
