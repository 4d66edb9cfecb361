"""The exercises of lesson 05: what a training step is made of."""

import functools
import math

import jax
import numpy as np

from chargen_lib.exercises.cards import Exercise, Misconception, Probe
from chargen_lib.exercises.compare import is_array

# --- make_batch -------------------------------------------------------------------------------------------------------


def _windows(ids, starts, seq_len, shift=1):
    """Inputs from the given starts, and targets `shift` characters further on.  Past the end, as in JAX: the last one again."""
    ids = np.asarray(ids)
    places = np.asarray(starts)[:, None] + np.arange(seq_len)
    return ids[np.minimum(places, len(ids) - 1)], ids[np.minimum(places + shift, len(ids) - 1)]


def _starts(key, batch_size, how_many):
    return np.asarray(jax.random.randint(key, (batch_size,), 0, how_many))


def make_batch(key, ids, batch_size, seq_len):
    return _windows(ids, _starts(key, batch_size, len(ids) - seq_len), seq_len)


@functools.cache
def _starts_of_key_0(batch_size, how_many):
    return _starts(jax.random.key(0), batch_size, how_many)


def windows_of_batch(args, batch):
    """What is compared, as any choice of windows is right: places in the text, which `ids` without repeats give away.

    A small batch: every place, counted from the first character of its row.  A batch so large that a right answer misses
    a window with a probability below 1e-12: the different rows, in the order of the text.
    What is no batch, or holds something else than ids of the text, is left as it is.
    """
    _, ids, batch_size, seq_len = args
    if not isinstance(batch, (tuple, list)) or len(batch) != 2 or not all(is_array(part) for part in batch):
        return batch
    inputs, targets = (np.asarray(part) for part in batch)
    for part in (inputs, targets):
        if part.shape != (batch_size, seq_len) or part.dtype.kind not in "iu" or not np.isin(part, ids).all():
            return inputs, targets
    order = np.argsort(ids)
    places = order[np.searchsorted(ids, np.hstack([inputs, targets]), sorter=order)]  # (batch, 2 * seq_len)
    how_many = len(ids) - seq_len
    if how_many * (1 - 1 / how_many) ** batch_size > 1e-12:
        places = places - places[:, :1]
    elif how_many > 1 and np.array_equal(places[:, 0], _starts_of_key_0(batch_size, how_many)):
        return inputs, targets  # drawn with key 0, which is not the key that was given: shown as it is
    else:
        places = np.unique(places, axis=0)
    return places[:, :seq_len], places[:, seq_len:]


def batch_probes(rng):
    def text(size):
        return (rng.permutation(size) + 50).astype(np.int32)

    # Those with NumPy arrays (the first, the third) have a fixed key that draws early windows only: a window past the end
    # raises an IndexError there, but not in JAX.
    return [
        Probe((jax.random.key(1), text(5), 1, 2)),
        Probe((jax.random.key(int(rng.integers(1, 10**6))), text(5), 80, 2)),
        Probe((jax.random.key(4), text(9), 2, 3)),
        Probe((jax.random.key(int(rng.integers(1, 10**6))), text(5), 3, 4)),  # one window only
    ]


def _mb_not_shifted(key, ids, batch_size, seq_len):
    return _windows(ids, _starts(key, batch_size, len(ids) - seq_len), seq_len, shift=0)


def _mb_shifted_twice(key, ids, batch_size, seq_len):
    return _windows(ids, _starts(key, batch_size, len(ids) - seq_len), seq_len, shift=2)


def _mb_swapped(key, ids, batch_size, seq_len):
    inputs, targets = make_batch(key, ids, batch_size, seq_len)
    return targets, inputs


def _mb_one_too_many(key, ids, batch_size, seq_len):
    return _windows(ids, _starts(key, batch_size, len(ids) - seq_len + 1), seq_len)


def _mb_anywhere(key, ids, batch_size, seq_len):
    return _windows(ids, _starts(key, batch_size, len(ids)), seq_len)


def _mb_never_the_last(key, ids, batch_size, seq_len):
    return _windows(ids, _starts(key, batch_size, len(ids) - seq_len - 1), seq_len)


def _mb_one_start(key, ids, batch_size, seq_len):
    start = int(jax.random.randint(key, (), 0, len(ids) - seq_len))
    return _windows(ids, [start] * batch_size, seq_len)


def _mb_blocks(key, ids, batch_size, seq_len):
    return _windows(ids, seq_len * _starts(key, batch_size, (len(ids) - 1) // seq_len), seq_len)


def _mb_without_repeats(key, ids, batch_size, seq_len):
    starts = jax.random.choice(key, len(ids) - seq_len, (batch_size,), replace=False)
    return _windows(ids, starts, seq_len)


def _mb_transposed(key, ids, batch_size, seq_len):
    inputs, targets = make_batch(key, ids, batch_size, seq_len)
    return inputs.T, targets.T


def _mb_one_short(key, ids, batch_size, seq_len):
    inputs, targets = make_batch(key, ids, batch_size, seq_len)
    return inputs[:, :-1], targets[:, :-1]


def _mb_one_target(key, ids, batch_size, seq_len):
    inputs, targets = make_batch(key, ids, batch_size, seq_len)
    return inputs, targets[:, -1]


def _mb_places(key, ids, batch_size, seq_len):
    return make_batch(key, np.arange(len(ids)), batch_size, seq_len)


def _mb_scattered(key, ids, batch_size, seq_len):
    places = np.asarray(jax.random.randint(key, (batch_size, seq_len), 0, len(ids) - 1))
    return np.asarray(ids)[places], np.asarray(ids)[places + 1]


def _mb_fixed_key(key, ids, batch_size, seq_len):
    return make_batch(jax.random.key(0), ids, batch_size, seq_len)


MAKE_BATCH = Exercise(
    name="make_batch",
    lesson=5,
    points=3,
    minutes=10,
    difficulty=2,
    hint="Draw `batch_size` starts with `jax.random.randint`. `starts[:, None] + jnp.arange(seq_len)` is a table of places. Which is "
    "the last start whose targets still end inside the text?",
    reference=make_batch,
    probes=batch_probes,
    view=windows_of_batch,
    misconceptions=(
        Misconception(
            "targets not shifted",
            "Your targets are the inputs themselves, and copying is learnt at once. Each target is the character after its input.",
            _mb_not_shifted,
        ),
        Misconception(
            "shifted twice",
            "Your targets are two characters ahead of the inputs; the model would learn the character after next. Shift by one.",
            _mb_shifted_twice,
        ),
        Misconception(
            "inputs and targets swapped",
            "Your targets are one character behind the inputs: you would train a model that writes backwards. Return inputs, targets.",
            _mb_swapped,
        ),
        Misconception(
            "one start too many",
            "Your last start is one too high: its last target lies past the end, and JAX silently takes the last character again. "
            "randint leaves out its upper bound: use n - seq_len.",
            _mb_one_too_many,
        ),
        Misconception(
            "starts anywhere",
            "A window may start at the very end of your text and run past it; JAX then silently repeats the last character. "
            "There are n - seq_len starts.",
            _mb_anywhere,
        ),
        Misconception(
            "never the last window",
            "The last window of the text is never drawn: randint leaves out its upper bound already. There are n - seq_len starts.",
            _mb_never_the_last,
        ),
        Misconception(
            "one start for all rows",
            "All the rows of a batch are the same window. Draw a start for every row: shape (batch_size,).",
            _mb_one_start,
        ),
        Misconception(
            "blocks only",
            "Your windows start at multiples of seq_len only. Every start must be possible, so that a model sees each character "
            "at every place.",
            _mb_blocks,
        ),
        Misconception(
            "without repeats",
            "You draw starts without replacement, so a batch cannot have more rows than the text has windows. Draw each row on its own.",
            _mb_without_repeats,
        ),
        Misconception(
            "transposed",
            "Rows and columns are swapped: one window is one row, so the shape is (batch_size, seq_len).",
            _mb_transposed,
        ),
        Misconception(
            "one column short",
            "Your rows have seq_len - 1 characters. To make inputs and targets from one window, cut seq_len + 1 characters.",
            _mb_one_short,
        ),
        Misconception(
            "one target a window",
            "You gave one target for each window. Every position has its own: the targets have the shape of the inputs.",
            _mb_one_target,
        ),
        Misconception(
            "places instead of ids",
            "You returned the places in the text; look up the characters' ids there: ids[places].",
            _mb_places,
        ),
        Misconception(
            "scattered characters",
            "Your rows are single characters from all over the text. A row is a window: one drawn start, then the places that follow it.",
            _mb_scattered,
        ),
        Misconception(
            "a key of its own",
            "You draw with key 0 whatever key you are given, so every step trains on the same batch. Use `key`.",
            _mb_fixed_key,
        ),
    ),
)

# --- cross_entropy ----------------------------------------------------------------------------------------------------


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

# --- adam_step --------------------------------------------------------------------------------------------------------


def adam_step(param, grad, m, v, step, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    param, grad, m, v = (np.asarray(a, dtype=float) for a in (param, grad, m, v))
    m = b1 * m + (1 - b1) * grad
    v = b2 * v + (1 - b2) * grad**2
    m_hat = m / (1 - b1**step)
    v_hat = v / (1 - b2**step)
    return param - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


def adam_probes(rng):
    def row(*numbers):
        return np.array(numbers, dtype=np.float32)

    zeros = np.zeros(4, dtype=np.float32)
    running = row(0.1, -0.3, 0.2, 0), row(0.04, 0.1, 0.09, 0)
    drawn = (0.5 * rng.standard_normal((3, 2, 3))).astype(np.float32)  # (param, grad and m; 2, 3)
    drawn_v = (drawn[2] ** 2 + rng.uniform(0.1, 0.5, size=(2, 3))).astype(np.float32)
    return [
        Probe((row(0, 0.01, -0.01, 0.02), row(0.5, -2, 0.25, 0), zeros, zeros, 1)),
        Probe((row(0, 0.1, -0.1, 0.2), row(0.5, -0.25, -1, 0), *running, 2, 0.1)),
        Probe((row(0, 0.1, -0.1, 0.2), row(0.5, -0.25, -1, 0), *running, 3, 0.05, 0.8, 0.95, 0.125)),
        Probe((*drawn, drawn_v, 10, 0.1)),
        Probe((*drawn, drawn_v, 50, 0.1, float(rng.uniform(0.5, 0.9)), 0.99, 1e-3)),
    ]


def _adam_uncorrected(param, grad, m, v, step, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    _, m, v = adam_step(param, grad, m, v, step, lr, b1, b2, eps)
    return np.asarray(param) - lr * m / (np.sqrt(v) + eps), m, v


def _adam_from_zero(param, grad, m, v, step, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    return adam_step(param, grad, m, v, step + 1, lr, b1, b2, eps)


def _adam_corrected_once(param, grad, m, v, step, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    _, m, v = adam_step(param, grad, m, v, step, lr, b1, b2, eps)
    m_hat, v_hat = m / (1 - b1), v / (1 - b2)
    return np.asarray(param) - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


def _adam_eps_inside(param, grad, m, v, step, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    _, m, v = adam_step(param, grad, m, v, step, lr, b1, b2, eps)
    m_hat, v_hat = m / (1 - b1**step), v / (1 - b2**step)
    return np.asarray(param) - lr * m_hat / np.sqrt(v_hat + eps), m, v


def _adam_no_eps(param, grad, m, v, step, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    with np.errstate(invalid="ignore"):
        return adam_step(param, grad, m, v, step, lr, b1, b2, 0.0)


def _adam_no_root(param, grad, m, v, step, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    _, m, v = adam_step(param, grad, m, v, step, lr, b1, b2, eps)
    m_hat, v_hat = m / (1 - b1**step), v / (1 - b2**step)
    return np.asarray(param) - lr * m_hat / (v_hat + eps), m, v


def _adam_no_square(param, grad, m, v, step, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    _, m, _ = adam_step(param, grad, m, v, step, lr, b1, b2, eps)
    v = b2 * np.asarray(v, dtype=float) + (1 - b2) * np.asarray(grad, dtype=float)
    with np.errstate(invalid="ignore"):
        return np.asarray(param) - lr * m / (1 - b1**step) / (np.sqrt(v / (1 - b2**step)) + eps), m, v


def _adam_swapped(param, grad, m, v, step, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    return adam_step(param, grad, m, v, step, lr, b2, b1, eps)


def _adam_uphill(param, grad, m, v, step, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    return adam_step(param, grad, m, v, step, -lr, b1, b2, eps)


def _adam_old_moments(param, grad, m, v, step, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    _, new_m, new_v = adam_step(param, grad, m, v, step, lr, b1, b2, eps)
    m_hat, v_hat = np.asarray(m) / (1 - b1**step), np.asarray(v) / (1 - b2**step)
    return np.asarray(param) - lr * m_hat / (np.sqrt(v_hat) + eps), new_m, new_v


def _adam_keeps_corrected(param, grad, m, v, step, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    param, m, v = adam_step(param, grad, m, v, step, lr, b1, b2, eps)
    return param, m / (1 - b1**step), v / (1 - b2**step)


def _adam_given_moments(param, grad, m, v, step, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    return adam_step(param, grad, m, v, step, lr, b1, b2, eps)[0], np.asarray(m), np.asarray(v)


def _adam_running_sums(param, grad, m, v, step, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    m = b1 * np.asarray(m, dtype=float) + grad
    v = b2 * np.asarray(v, dtype=float) + np.asarray(grad, dtype=float) ** 2
    m_hat, v_hat = m / (1 - b1**step), v / (1 - b2**step)
    return np.asarray(param) - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


def _adam_fixed_settings(param, grad, m, v, step, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    return adam_step(param, grad, m, v, step)


def _adam_update_only(param, grad, m, v, step, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    return adam_step(np.zeros_like(param), grad, m, v, step, lr, b1, b2, eps)


ADAM_STEP = Exercise(
    name="adam_step",
    lesson=5,
    points=3,
    minutes=15,
    difficulty=3,
    hint="m averages the gradients and v their squares. Both begin at 0, so divide each by 1 - b**step, on the side, before the step is "
    "taken. Return m and v themselves.",
    reference=adam_step,
    probes=adam_probes,
    misconceptions=(
        Misconception(
            "no bias correction",
            "m and v begin at 0 and are too small at first. Divide m by 1 - b1**step and v by 1 - b2**step before you use them.",
            _adam_uncorrected,
        ),
        Misconception(
            "step counted from zero",
            "You corrected with step + 1; `step` is 1 at the first step already.",
            _adam_from_zero,
        ),
        Misconception(
            "corrected without the step",
            "You divided by 1 - b at every step. The correction fades as training goes on: 1 - b**step.",
            _adam_corrected_once,
        ),
        Misconception(
            "epsilon inside the root",
            "Your epsilon is inside the root; add it after the root: sqrt(v_hat) + eps.",
            _adam_eps_inside,
        ),
        Misconception(
            "no epsilon",
            "Where every gradient so far was 0 you divide 0 by 0, which is NaN. Add eps to the root.",
            _adam_no_eps,
        ),
        Misconception("no root", "You divided by v_hat; v averages squares, so take its square root first.", _adam_no_root),
        Misconception(
            "gradient not squared",
            "v averages the squares of the gradient, and you averaged the gradient itself.",
            _adam_no_square,
        ),
        Misconception(
            "b1 and b2 swapped",
            "b1 and b2 have changed places: b1 belongs to m, the gradients, and b2 to v, their squares.",
            _adam_swapped,
        ),
        Misconception("uphill", "You added the step, so the loss grows. Go against the gradient: subtract it.", _adam_uphill),
        Misconception(
            "old moments",
            "You took the step with the old m and v. Update both with this gradient first, then use the new ones.",
            _adam_old_moments,
        ),
        Misconception(
            "returns corrected moments",
            "You returned m_hat and v_hat, so the next step would correct them once more. Return m and v as they are.",
            _adam_keeps_corrected,
        ),
        Misconception(
            "returns the given moments",
            "The step is right, but you returned the m and v that you were given. Return the new ones, or Adam never remembers.",
            _adam_given_moments,
        ),
        Misconception(
            "sums instead of averages",
            "You added the whole gradient. A running average takes the share 1 - b of what is new: b * m + (1 - b) * grad.",
            _adam_running_sums,
        ),
        Misconception(
            "fixed settings",
            "You wrote the usual numbers into the function. Use the lr, b1, b2 and eps that were given.",
            _adam_fixed_settings,
        ),
        Misconception(
            "returns the change",
            "Your first value is the change alone; return the parameter after the change: param minus the step.",
            _adam_update_only,
        ),
    ),
)

# --- bits_per_character -----------------------------------------------------------------------------------------------


def bits_per_character(loss_nats):
    return float(loss_nats) / math.log(2)


def bits_probes(rng):
    return [
        Probe((math.log(2),)),
        Probe((np.array(1.5, dtype=np.float32),)),
        Probe((math.log(128),)),
        Probe((0.3456,)),
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


def _bpc_rounded(loss_nats):
    return round(bits_per_character(loss_nats), 2)


def _bpc_divides_by_two(loss_nats):
    return float(loss_nats) / 2


def _bpc_bytes(loss_nats):
    return bits_per_character(loss_nats) / 8


BITS_PER_CHARACTER = Exercise(
    name="bits_per_character",
    lesson=5,
    points=1,
    minutes=4,
    difficulty=1,
    hint="A fair coin has an entropy of 1 bit, and of ln 2 = 0.693 nats. The same information is more bits than nats.",
    reference=bits_per_character,
    probes=bits_probes,
    misconceptions=(
        Misconception(
            "multiplies",
            "You multiplied by ln 2, so your bits are fewer than the nats. A bit is the smaller unit: divide by ln 2.",
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
        Misconception("sign", "The loss is positive already; the bits have the same sign.", _bpc_sign),
        Misconception("rounded", "You rounded. Return the number as it is, and round only where you print it.", _bpc_rounded),
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

EXERCISES = [MAKE_BATCH, CROSS_ENTROPY, ADAM_STEP, BITS_PER_CHARACTER]
