"""cross_entropy: its reference, what it is tried on, and the wrong answers with names."""

import math

import jax.numpy as jnp
import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe


def _log_softmax(logits, axis=-1):
    shifted = np.asarray(logits, dtype=float)
    shifted = shifted - shifted.max(axis=axis, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True))


def _at_targets(table, targets):
    """From each row of table (..., V) the entry of its target (...)."""
    return np.take_along_axis(np.asarray(table, dtype=float), np.asarray(targets)[..., None], axis=-1)[..., 0]


def cross_entropy(logits, targets):
    return float(-_at_targets(_log_softmax(logits), targets).mean())


def cross_entropy_probes(rng):
    def drawn(*shape):
        return (2 * rng.standard_normal((*shape, 4))).astype(np.float32), rng.integers(0, 4, size=shape)

    square = np.array([[0.5, 2, -1, 1], [-2, 3, 0.5, 1], [1.5, -0.5, 2.5, 0.25], [3, 1, -1, -3]], dtype=np.float32)
    large = np.array([[1e4, 0, -1e4, 0], [1, 2, 0, 1], [-1e4, 0, -1e4, -1e4], [0, 0, 1e4, -1e4]], dtype=np.float32)
    return [
        Probe((square[:1], np.array([3]))),
        Probe((square, np.array([1, 1, 0, 3]))),
        Probe(drawn(4)),
        Probe((large, np.array([0, 1, 1, 2]))),
        Probe((large, np.array([0, 0, 1, 3]))),
        Probe(drawn(4, 4), batch=True),
        Probe((np.stack([square, square[::-1], square.T]), np.array([[1, 1, 0, 3], [0, 2, 2, 1], [3, 0, 1, 1]])), batch=True),
    ]


def _xe_bits(logits, targets):
    return cross_entropy(logits, targets) / math.log(2)


def _xe_sum(logits, targets):
    return float(-_at_targets(_log_softmax(logits), targets).sum())


def _xe_sign(logits, targets):
    return -cross_entropy(logits, targets)


def _xe_each(logits, targets):
    return -_at_targets(_log_softmax(logits), targets)


def _xe_overflows(logits, targets):
    with np.errstate(all="ignore"):
        weights = np.exp(np.asarray(logits, dtype=float))
        return float(-np.log(_at_targets(weights / weights.sum(axis=-1, keepdims=True), targets)).mean())


def _xe_infinite_sum(logits, targets):
    with np.errstate(over="ignore"):
        sums = np.exp(np.asarray(logits, dtype=float)).sum(axis=-1)
    return float((np.log(sums) - _at_targets(logits, targets)).mean())


def _xe_log_of_softmax(logits, targets):
    with np.errstate(divide="ignore"):
        return float(-np.log(_at_targets(np.exp(_log_softmax(logits)), targets)).mean())


def _xe_small_number(logits, targets):
    return float(-np.log(_at_targets(np.exp(_log_softmax(logits)), targets) + 1e-9).mean())


def _xe_not_normalised(logits, targets):
    return float(-_at_targets(logits, targets).mean())


def _xe_shifted_again(logits, targets):
    with np.errstate(all="ignore"):
        losses = -_at_targets(_log_softmax(logits)[..., :-1, :], np.asarray(targets)[..., 1:])
        return float(losses.sum() / np.float64(losses.size))


def _xe_every_pair(logits, targets):
    return float(-_log_softmax(logits)[..., np.asarray(targets)].mean())


def _xe_one_axis(logits, targets):
    return -jnp.asarray(_log_softmax(logits))[jnp.arange(len(targets)), targets].mean()


def _xe_rows_of_targets(logits, targets):
    rows = np.minimum(targets, len(logits) - 1)  # JAX takes the last row where there is none
    return float(-_log_softmax(logits)[rows].mean())


def _xe_wrong_axis(logits, targets):
    return float(-_at_targets(_log_softmax(logits, axis=0), targets).mean())


def _xe_mean_over_characters(logits, targets):
    return cross_entropy(logits, targets) / np.shape(logits)[-1]


def _xe_per_row(logits, targets):
    return cross_entropy(logits, targets) * np.size(targets) / len(targets)


def _xe_mean_probability(logits, targets):
    with np.errstate(divide="ignore"):
        return float(-np.log(_at_targets(np.exp(_log_softmax(logits)), targets).mean()))


def _xe_two_softmaxes(logits, targets):
    return cross_entropy(np.exp(_log_softmax(logits)), targets)


CROSS_ENTROPY = Exercise(
    name="cross_entropy",
    lesson=5,
    points=3,
    minutes=10,
    difficulty=2,
    hint="`jax.nn.log_softmax` gives ln p safely. `jnp.take_along_axis` with `targets[..., None]` picks each row's target.",
    reference=cross_entropy,
    probes=cross_entropy_probes,
    jit=(),
    misconceptions=(
        Misconception("bits", "Your loss is in bits; it is asked for in nats: use the natural logarithm.", _xe_bits),
        Misconception("sum", "You summed over the positions; take their mean.", _xe_sum),
        Misconception("sign", "Your loss is negative: it is minus the logarithm of the probability.", _xe_sign),
        Misconception("not averaged", "You returned a loss for every position; the mean of them all is one number.", _xe_each),
        Misconception(
            "overflows",
            "For logits such as 10000 your loss is NaN: exp overflows, or 0 is multiplied by log(0). Use jax.nn.log_softmax on the "
            "logits, and nothing before it.",
            _xe_overflows,
        ),
        Misconception(
            "log of an infinite sum",
            "For logits such as 10000 your sum of exponentials is infinite, and so is the loss. Subtract each row's largest logit "
            "first, as jax.nn.logsumexp does.",
            _xe_infinite_sum,
        ),
        Misconception(
            "log of the softmax",
            "A tiny probability is rounded to 0, and its logarithm is minus infinity. Do not take the log of a softmax: "
            "log_softmax never leaves the logarithms.",
            _xe_log_of_softmax,
        ),
        Misconception(
            "a small number added",
            "The small number inside your logarithm caps the loss at about 21 nats, and there its gradient vanishes. Use log_softmax "
            "instead.",
            _xe_small_number,
        ),
        Misconception(
            "not normalised",
            "You averaged minus the targets' logits; a logit is not a log-probability yet. Take log_softmax first.",
            _xe_not_normalised,
        ),
        Misconception(
            "shifted again",
            "You shifted by one inside the loss, but the targets are one ahead already: the model would learn the character after next.",
            _xe_shifted_again,
        ),
        Misconception(
            "every row with every target",
            "log_probs[..., targets] pairs every row with every target. Each row has one target: take_along_axis picks it.",
            _xe_every_pair,
        ),
        Misconception(
            "rows instead of entries",
            "log_probs[targets] picks whole rows, as if the targets were positions. In each row you need the entry of its target: "
            "take_along_axis picks it.",
            _xe_rows_of_targets,
        ),
        Misconception(
            "one axis of rows",
            "log_probs[jnp.arange(n), targets] counts along one axis of rows, and a batch has two. take_along_axis takes each row's entry, "
            "however many axes there are.",
            _xe_one_axis,
        ),
        Misconception(
            "wrong axis",
            "You normalised along axis 0; the characters are on the last axis: axis=-1.",
            _xe_wrong_axis,
        ),
        Misconception(
            "mean over characters too",
            "You averaged the one-hot product over the V characters as well, so your loss is V times too small. Sum over the "
            "characters, then average the positions.",
            _xe_mean_over_characters,
        ),
        Misconception(
            "divided by the rows only",
            "You divided by the number of rows; a batch has rows times positions characters. Average over all of them.",
            _xe_per_row,
        ),
        Misconception(
            "log of the mean",
            "You averaged the probabilities and then took the logarithm; take -ln of each one and average those.",
            _xe_mean_probability,
        ),
        Misconception(
            "two softmaxes",
            "You took a softmax before a log_softmax, which has one in it. Give it the logits as they are.",
            _xe_two_softmaxes,
        ),
    ),
)
