"""cross_entropy: its card, what it is tried on, and what to say of a wrong answer."""

import math

import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe
from chargen_lib.exercises.lesson_05 import losses


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


CROSS_ENTROPY = Exercise(
    name="cross_entropy",
    lesson=5,
    points=3,
    minutes=10,
    difficulty=2,
    hint="`jax.nn.log_softmax` gives ln p safely. `jnp.take_along_axis` with `targets[..., None]` picks each row's target.",
    reference=losses.cross_entropy,
    probes=cross_entropy_probes,
    jit=(),
    misconceptions=(
        Misconception("bits", "Your loss is in bits; it is asked for in nats: use the natural logarithm.", losses.xe_bits),
        Misconception("sum", "You summed over the positions; take their mean.", losses.xe_sum),
        Misconception("sign", "Your loss is negative: it is minus the logarithm of the probability.", losses.xe_sign),
        Misconception(
            "not averaged", "You returned a loss for every position; the mean of them all is one number.", losses.xe_each
        ),
        Misconception(
            "overflows",
            "For logits such as 10000 your loss is NaN: exp overflows, or 0 is multiplied by log(0). Use jax.nn.log_softmax on the "
            "logits, and nothing before it.",
            losses.xe_overflows,
        ),
        Misconception(
            "log of an infinite sum",
            "For logits such as 10000 your sum of exponentials is infinite, and so is the loss. Subtract each row's largest logit "
            "first, as jax.nn.logsumexp does.",
            losses.xe_infinite_sum,
        ),
        Misconception(
            "log of the softmax",
            "A tiny probability is rounded to 0, and its logarithm is minus infinity. Do not take the log of a softmax: "
            "log_softmax never leaves the logarithms.",
            losses.xe_log_of_softmax,
        ),
        *(
            Misconception(
                f"{small:g} added",
                f"The small number inside your logarithm caps the loss at about {-math.log(small):.0f} nats, and there its gradient vanishes. "
                "Use log_softmax instead.",
                losses.xe_small_number(small),
            )
            for small in (1e-12, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6)
        ),
        Misconception(
            "entropy of the model",
            "That is the entropy of the model's own distribution. Ask for the target's share alone: -ln p(target), averaged.",
            losses.xe_of_the_model,
        ),
        Misconception(
            "yes or no for each",
            "You used a sigmoid on the target's logit, as if each character were a question of its own. They compete: log_softmax.",
            losses.xe_each_character,
        ),
        Misconception(
            "likeliest in place of the target",
            "You took -ln p of the likeliest character in each row, right or wrong. Take that of the target.",
            losses.xe_likeliest,
        ),
        Misconception("hits", "You returned the share of hits; the loss is the mean of -ln p(target).", losses.xe_hits),
        Misconception(
            "squares", "You averaged squared differences; here the loss is the mean of -ln p(target).", losses.xe_squares
        ),
        Misconception(
            "flattened table",
            "take without an axis looks in the whole table as one row. In each row take the entry of its target: take_along_axis.",
            losses.xe_flat,
        ),
        Misconception(
            "perplexity",
            "You returned the exp of the loss, the perplexity; return the loss itself, in nats.",
            losses.xe_perplexity,
        ),
        Misconception(
            "not normalised",
            "You averaged minus the targets' logits; a logit is not a log-probability yet. Take log_softmax first.",
            losses.xe_not_normalised,
        ),
        Misconception(
            "shifted again",
            "You shifted by one inside the loss, but the targets are one ahead already: the model would learn the character after next.",
            losses.xe_shifted_again,
        ),
        Misconception(
            "every row with every target",
            "log_probs[..., targets] pairs every row with every target. Each row has one target: take_along_axis picks it.",
            losses.xe_every_pair,
        ),
        Misconception(
            "rows instead of entries",
            "log_probs[targets] picks whole rows, as if the targets were positions. In each row you need the entry of its target: "
            "take_along_axis picks it.",
            losses.xe_rows_of_targets,
        ),
        Misconception(
            "one axis of rows",
            "log_probs[jnp.arange(n), targets] counts along one axis of rows, and a batch has two. take_along_axis takes each row's entry, "
            "however many axes there are.",
            losses.xe_one_axis,
        ),
        Misconception(
            "wrong axis",
            "You normalised along axis 0; the characters are on the last axis: axis=-1.",
            losses.xe_wrong_axis,
        ),
        Misconception(
            "mean over characters too",
            "You averaged the one-hot product over the V characters as well, so your loss is V times too small. Sum over the "
            "characters, then average the positions.",
            losses.xe_mean_over_characters,
        ),
        Misconception(
            "divided by the rows only",
            "You divided by the number of rows; a batch has rows times positions characters. Average over all of them.",
            losses.xe_per_row,
        ),
        Misconception(
            "log of the mean",
            "You averaged the probabilities and then took the logarithm; take -ln of each one and average those.",
            losses.xe_mean_probability,
        ),
        Misconception(
            "two softmaxes",
            "You took a softmax before a log_softmax, which has one in it. Give it the logits as they are.",
            losses.xe_two_softmaxes,
        ),
    ),
)
