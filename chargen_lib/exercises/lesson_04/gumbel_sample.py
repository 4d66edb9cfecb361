"""gumbel_sample: its reference, what it is tried on, and the wrong answers with names."""

import functools

import jax
import jax.numpy as jnp
import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe
from chargen_lib.exercises.lesson_01.stories import STORIES_V
from chargen_lib.exercises.lesson_04.numbers_to_try import normal
from chargen_lib.exercises.lesson_04.softmaxes import softmax


def gumbel_sample(key, logits):
    noise = jax.random.gumbel(key, logits.shape)
    return likeliest(np.asarray(logits, dtype=float) + np.asarray(noise))


def likeliest(scores):
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
        logits = normal(rng, *shape)
        ranked = np.sort(logits + noise, axis=-1)
        if (ranked[..., -1] - ranked[..., -2]).min() > 1e-3:
            return Probe((key, logits), batch=len(shape) > 1)


def gumbel_probes(rng):
    fixed = np.random.default_rng(4)
    return [
        _clear(fixed, 7, 8),
        _clear(fixed, 8, 8),
        _clear(fixed, 11, STORIES_V),
        _clear(fixed, 9, 8, 8),
        _clear(fixed, 10, 8, 8),
        _clear(rng, int(rng.integers(1, 100)), 8, 8),
        _clear(rng, int(rng.integers(1, 100)), 8, 8, 8),
    ]


def _gs_greedy(key, logits):
    return likeliest(np.asarray(logits))


def _gs_minus(key, logits):
    return likeliest(np.asarray(logits) - np.asarray(jax.random.gumbel(key, logits.shape)))


def _gs_uniform(key, logits):
    return likeliest(np.asarray(logits) + np.asarray(jax.random.uniform(key, logits.shape)))


def _gs_normal(key, logits):
    return likeliest(np.asarray(logits) + np.asarray(jax.random.normal(key, logits.shape)))


def _gs_one_log(key, logits):
    with np.errstate(divide="ignore"):
        return likeliest(np.asarray(logits) - np.log(np.asarray(jax.random.uniform(key, logits.shape))))


def _gs_smallest(key, logits):
    ids = np.argmin(np.asarray(logits, dtype=float) + np.asarray(jax.random.gumbel(key, logits.shape)), axis=-1)
    return ids if ids.ndim else int(ids)


def _gs_of_the_probabilities_alone(key, logits):
    return likeliest(np.log(softmax(logits)) * np.asarray(jax.random.gumbel(key, logits.shape)))


def _gs_split_first(key, logits):
    return gumbel_sample(jax.random.split(key)[0], logits)


def _gs_fixed_key(key, logits):
    return gumbel_sample(jax.random.key(0), logits)


def _gs_split(key, logits):
    return gumbel_sample(jax.random.split(key)[1], logits)


def _gs_after_softmax(key, logits):
    return gumbel_sample(key, softmax(logits))


def _gs_one_noise(key, logits):
    return likeliest(np.asarray(logits) + np.asarray(jax.random.gumbel(key, logits.shape[-1:])))


def _gs_whole_array(key, logits):
    return int(np.argmax(np.asarray(logits) + np.asarray(jax.random.gumbel(key, logits.shape))))


def _gs_first_axis(key, logits):
    ids = np.argmax(np.asarray(logits) + np.asarray(jax.random.gumbel(key, logits.shape)), axis=0)
    return ids if ids.ndim else int(ids)


def _gs_stories(key, logits):
    noise = jax.random.gumbel(key, (STORIES_V,))
    return likeliest(np.asarray(jnp.asarray(logits) + noise))  # where shapes do not fit, NumPy raises another error


def _gs_multiplied(key, logits):
    return likeliest(np.asarray(logits) * np.asarray(jax.random.gumbel(key, logits.shape)))


def _gs_max(key, logits):
    return (np.asarray(logits, dtype=float) + np.asarray(jax.random.gumbel(key, logits.shape))).max(axis=-1)


_SPLIT = (
    "You split the key first, so your draw is another one than jax.random.categorical's. The caller splits: use `key` as it is."
)


def whose_sum_is_largest(args, compared):
    """What to say of ids without a name; None of what holds no ids."""
    key, logits = args
    if isinstance(compared, bool) or np.shape(compared) != np.shape(logits)[:-1] or np.asarray(compared).dtype.kind not in "iu":
        return None
    asked, came = np.ravel(gumbel_sample(key, logits)), np.ravel(compared)
    row = int(np.argmax(asked != came))
    where = f" in row {row}" if len(asked) > 1 else ""
    return (
        f"With this key logits + noise is largest at id {asked[row]}{where}, and yours is {came[row]}. Is the noise "
        "jax.random.gumbel(key, logits.shape), with the key as it was given, and added as it is?"
    )


GUMBEL_SAMPLE = Exercise(
    name="gumbel_sample",
    lesson=4,
    points=2,
    minutes=13,
    difficulty=2,
    hint="Two lines: the noise, and the argmax of a sum. `logits.shape` is the shape of the noise for a row and for a batch alike; an "
    "argmax without `axis` would look through the whole array. If yours runs but is refused, look at what was done with `key`.",
    reference=gumbel_sample,
    probes=gumbel_probes,
    told=whose_sum_is_largest,
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
            "the lesson's V",
            "Your noise is as long as the vocabulary of the stories, the V of the lesson. It needs a number for each logit: the shape "
            "logits.shape.",
            _gs_stories,
        ),
        Misconception("smallest", "You took the id of the smallest sum (argmin); take the largest: argmax.", _gs_smallest),
        Misconception("splits the key, first half", _SPLIT, _gs_split_first),
        Misconception(
            "multiplied with log-probabilities",
            "You multiplied the log-probabilities by the noise; add it to them.",
            _gs_of_the_probabilities_alone,
        ),
        Misconception("multiplied", "You multiplied the logits by the noise; add it to them.", _gs_multiplied),
        Misconception(
            "max", "You returned the largest sum itself (max); return the id of the character that has it (argmax).", _gs_max
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
            _SPLIT,
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
