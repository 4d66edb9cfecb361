"""Lesson 05: mistakes as learners write them, each told for what it is."""

import functools
import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from telling import named

from chargen_lib.exercises import EXERCISES, judge
from chargen_lib.exercises.lesson_05.make_batch import LOADED

# --- make_batch: the windows are drawn with the key -----------------------------------------------------------------------


def batches(starts):
    def make_batch(key, ids, batch_size, seq_len):
        places = jnp.asarray(starts(key, batch_size, len(ids) - seq_len))[:, None] + jnp.arange(seq_len)
        return ids[places], ids[places + 1]

    return make_batch


@functools.cache
def counter(batch_size, how_many):
    """Another batch at every call, and all the windows in turn."""
    return itertools.count()


KEY_NOT_USED = {
    "np.random.randint": lambda key, size, n: np.random.randint(0, n, size),
    "a NumPy generator": lambda key, size, n: np.random.default_rng().integers(0, n, size),
    "a seeded NumPy generator": lambda key, size, n: np.random.default_rng(0).integers(0, n, size),
    "key 0": lambda key, size, n: jax.random.randint(jax.random.key(0), (size,), 0, n),
    "one after the other": lambda key, size, n: np.arange(size) % n,
    "spread over the text": lambda key, size, n: np.linspace(0, n - 1, size).round().astype(int),
    "from the last one": lambda key, size, n: n - 1 - np.arange(size) % n,
    "in turn, going on": lambda key, size, n: (next(counter(size, n)) + np.arange(size)) % n,
    "Python's random": lambda key, size, n: [__import__("random").randrange(n) for _ in range(size)],
    "the key for the first row only": lambda key, size, n: (jax.random.randint(key, (), 0, n) + np.arange(size)) % n,
}


@pytest.mark.parametrize("starts", KEY_NOT_USED.values(), ids=KEY_NOT_USED)
def test_windows_that_are_not_drawn_with_the_key_are_told(starts):
    assert named("make_batch", batches(starts)) == "key not used"


KEY_USED = {
    "choice": lambda key, size, n: jax.random.choice(key, jnp.arange(n), (size,)),
    "choice with weights": lambda key, size, n: jax.random.choice(key, n, (size,), p=jnp.ones(n) / n),
    "uniform": lambda key, size, n: (jax.random.uniform(key, (size,)) * n).astype(int),
    "categorical": lambda key, size, n: jax.random.categorical(key, jnp.zeros(n), shape=(size,)),
    "a key for each row": lambda key, size, n: [jax.random.randint(k, (), 0, n) for k in jax.random.split(key, size)],
    "vmap": lambda key, size, n: jax.vmap(lambda k: jax.random.randint(k, (), 0, n))(jax.random.split(key, size)),
    "fold_in": lambda key, size, n: [jax.random.randint(jax.random.fold_in(key, i), (), 0, n) for i in range(size)],
    "bits": lambda key, size, n: (jax.random.bits(key, (size,)) % n).astype(int),
    "jit": jax.jit(lambda key, size, n: jax.random.randint(key, (size,), 0, n), static_argnums=(1, 2)),
}


@pytest.mark.parametrize("starts", KEY_USED.values(), ids=KEY_USED)
def test_however_they_are_drawn_with_the_key_is_right(starts):
    for seed in range(3):
        assert judge(EXERCISES["make_batch"], batches(starts), seed=seed).status == "correct"
    assert len(set(np.asarray(starts(jax.random.key(0, impl=LOADED), 20, 7)).tolist())) == 1, "the loaded key shows one side"


def first_windows(key, ids, batch_size, seq_len):
    places = jnp.arange(batch_size)[:, None] + jnp.arange(seq_len)
    return ids[places], ids[places + 1]


def ids_plus_one(key, ids, batch_size, seq_len):
    places = jax.random.randint(key, (batch_size,), 0, len(ids) - seq_len)[:, None] + jnp.arange(seq_len)
    return ids[places], ids[places] + 1


def test_windows_that_differ_are_said_to_be_shown_by_their_places():
    assert "by their places in the text" in judge(EXERCISES["make_batch"], first_windows, time_limit=120).diagnosis
    assert named("make_batch", ids_plus_one) == "one added to the ids"
    assert "shape (5,)" in judge(EXERCISES["make_batch"], lambda key, ids, batch_size, seq_len: (ids, ids)).diagnosis


# --- cross_entropy: compiled inside a training step -----------------------------------------------------------------------


def one_number(logits, targets):
    return -jnp.take_along_axis(jax.nn.log_softmax(logits), targets[..., None], axis=-1).mean()


def in_numpy(logits, targets):
    logits = np.asarray(logits)
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_probs = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return -np.take_along_axis(log_probs, np.asarray(targets)[..., None], axis=-1).mean()


@pytest.mark.parametrize(
    "answer",
    [
        lambda logits, targets: float(one_number(logits, targets)),
        lambda logits, targets: one_number(logits, targets).item(),
        in_numpy,
        lambda logits, targets: np.mean([one_number(z, y) for z, y in zip(logits, targets, strict=True)]),
    ],
)
def test_a_loss_that_cannot_be_compiled_is_told(answer):
    assert judge(EXERCISES["cross_entropy"], one_number).status == "correct"
    report = judge(EXERCISES["cross_entropy"], answer)
    assert report.status == "wrong" and "does not run under jax.jit" in report.diagnosis


def test_a_loss_for_one_axis_of_rows_is_told():
    def cross_entropy(logits, targets):
        return -jax.nn.log_softmax(logits)[jnp.arange(len(targets)), targets].mean()

    assert named("cross_entropy", cross_entropy) == "one axis of rows"


# --- adam_step, in float32 ------------------------------------------------------------------------------------------------


def adam(change):
    """change: a dict of lines of a right answer that are written otherwise."""
    lines = {
        "m": "b1 * m + (1 - b1) * grad",
        "v": "b2 * v + (1 - b2) * grad**2",
        "m_hat": "m / (1 - b1**step)",
        "v_hat": "v / (1 - b2**step)",
        "param": "param - lr * m_hat / (jnp.sqrt(v_hat) + eps)",
    } | change
    body = "\n    ".join(f"{name} = {line}" for name, line in lines.items())
    source = f"def adam_step(param, grad, m, v, step, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):\n    {body}\n    return param, m, v"
    namespace = {"jnp": jnp}
    exec(source, namespace)
    return namespace["adam_step"]


SWAPPED_ABOVE = {"m": "b2 * m + (1 - b2) * grad", "v": "b1 * v + (1 - b1) * grad**2"}
SWAPPED_BELOW = {"m_hat": "m / (1 - b2**step)", "v_hat": "v / (1 - b1**step)"}


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (SWAPPED_ABOVE | SWAPPED_BELOW, "b1 and b2 swapped"),
        (SWAPPED_ABOVE, "b1 and b2 swapped in the averages"),
        (SWAPPED_BELOW, "b1 and b2 swapped in the correction"),
        ({"param": "param - 0.01 * m_hat / (jnp.sqrt(v_hat) + eps)"}, "the rate of the lesson's example"),
        ({"param": "param - 1e-3 * m_hat / (jnp.sqrt(v_hat) + eps)"}, "the usual rate"),
        ({"param": "param - lr * m_hat / (jnp.sqrt(v_hat) + 1e-8)"}, "the usual epsilon"),
        ({"v": "b2 * v + (1 - b2) * jnp.mean(grad**2)"}, "mean of the squares"),
        ({"v": "b2 * v + (1 - b2) * jnp.sum(grad**2)"}, "sum of the squares"),
        ({"v": "b2 * v + (1 - b2) * jnp.linalg.norm(grad) ** 2"}, "sum of the squares"),
        ({"v": "b2 * v + (1 - b2) * m**2"}, "square of m"),
        ({"v": "b2 * v + (1 - b2) * grad"}, "gradient not squared"),
        ({"m_hat": "m", "v_hat": "v"}, "no bias correction"),
        ({"v_hat": "v"}, "only m corrected"),
        ({"m_hat": "m"}, "only v corrected"),
        ({"m_hat": "m / (1 - b1)", "v_hat": "v / (1 - b2)"}, "corrected without the step"),
        ({"param": "param - lr * m_hat / jnp.sqrt(v_hat + eps)"}, "epsilon inside the root"),
        ({"param": "param - lr * m_hat / jnp.sqrt(v_hat)"}, "no epsilon"),
        ({"param": "param + lr * m_hat / (jnp.sqrt(v_hat) + eps)"}, "uphill"),
        ({"m": "(1 - b1) * m + b1 * grad", "v": "(1 - b2) * v + b2 * grad**2"}, "shares swapped"),
    ],
)
def test_adam(change, name):
    assert named("adam_step", adam(change)) == name


# --- bits_per_character ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        (lambda loss: loss * 0.693, "multiplies"),
        (lambda loss: loss / 0.7, None),
        (lambda loss: loss / np.log10(2), "base ten"),
        (lambda loss: jnp.log2(loss), "log of the loss"),
        (lambda loss: loss * jnp.log(2), "multiplies"),
        (lambda loss: loss / jnp.log2(jnp.e), "multiplies"),
        (lambda loss: jnp.round(loss / jnp.log(2), 2), "rounded"),
    ],
)
def test_bits(answer, name):
    assert named("bits_per_character", answer) == name


def test_ln_2_with_three_digits_is_right():
    for seed in range(20):
        assert judge(EXERCISES["bits_per_character"], lambda loss: loss / 0.693, seed=seed).status == "correct"


@pytest.mark.parametrize(
    ("name", "make_batch"),
    [
        ("rolled within the row", lambda inputs, targets, key, n: (inputs, jnp.roll(inputs, -1, axis=1))),
        ("targets not shifted", lambda inputs, targets, key, n: (inputs, inputs)),
    ],
)
def test_targets_that_are_not_the_next_characters_are_told(name, make_batch):
    right = batches(KEY_USED["uniform"])
    assert named("make_batch", lambda key, ids, size, n: make_batch(*right(key, ids, size, n), key, n)) == name


def test_inputs_and_targets_of_two_draws_and_a_permutation_are_told():
    right = batches(KEY_USED["uniform"])

    def two_draws(key, ids, batch_size, seq_len):
        one, other = jax.random.split(key)
        return right(one, ids, batch_size, seq_len)[0], right(other, ids, batch_size, seq_len)[1]

    assert "Do both come from one drawn start?" in judge(EXERCISES["make_batch"], two_draws).diagnosis
    plus_one = lambda *args: (right(*args)[0], right(*args)[0] + 1)  # noqa: E731
    assert "You added 1 to the ids" in judge(EXERCISES["make_batch"], plus_one).diagnosis
    assert named("make_batch", batches(lambda key, size, n: jax.random.permutation(key, n)[:size])) == "a permutation"


def test_starts_over_the_length_of_the_lessons_text_are_told():
    longer = batches(lambda key, size, n: jax.random.randint(key, (size,), 0, 40_000 - 64))
    assert named("make_batch", longer) == "another text's length"


@pytest.mark.parametrize(
    "seed_of",
    [
        lambda key: np.asarray(jax.random.key_data(key)),
        lambda key: int(jax.random.key_data(key)[-1]),
        lambda key: int(jax.random.randint(key, (), 0, 10**6)),
    ],
)
def test_a_seed_made_of_the_key_is_refused_in_words_that_are_true_of_it(seed_of):
    answer = batches(lambda key, size, n: np.random.default_rng(seed_of(key)).integers(0, n, size))
    report = judge(EXERCISES["make_batch"], answer)
    assert report.misconception == "key not used" and "not even with a seed made of the key" in report.diagnosis


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("entropy of the model", lambda z, y: -(jax.nn.softmax(z) * jax.nn.log_softmax(z)).sum(axis=-1).mean()),
        ("1e-08 added", lambda z, y: -jnp.log(jnp.take_along_axis(jax.nn.softmax(z), y[..., None], axis=-1) + 1e-8).mean()),
        ("hits", lambda z, y: (z.argmax(axis=-1) == y).mean()),
        ("perplexity", lambda z, y: jnp.exp(one_number(z, y))),
        ("flattened table", lambda z, y: -jnp.take(jax.nn.log_softmax(z), y).mean()),
    ],
)
def test_other_losses_are_told(name, answer):
    assert named("cross_entropy", answer) == name


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"param": "param - lr * grad"}, "plain step"),
        ({"param": "param - lr * m_hat"}, "momentum alone"),
        ({"param": "param - lr * grad / (jnp.sqrt(v_hat) + eps)"}, "gradient in place of its average"),
        ({"param": "param - lr * m_hat / jnp.sqrt(v_hat) + eps"}, "epsilon after the division"),
        ({"v": "b2 * v + (1 - b2) * jnp.abs(grad)"}, "size of the gradient"),
        ({"v": "b2 * v + grad**2"}, "squares summed"),
        ({"v_hat": "v / (1 - b1**step)"}, "b1 in both corrections"),
    ],
)
def test_other_steps_are_told(change, name):
    assert named("adam_step", adam(change)) == name


@pytest.mark.parametrize("cut", [int, round, lambda bits: round(bits, 1)])
def test_bits_cut_to_fewer_digits_are_told(cut):
    assert "You rounded." in judge(EXERCISES["bits_per_character"], lambda loss: float(cut(float(loss) / np.log(2)))).diagnosis
