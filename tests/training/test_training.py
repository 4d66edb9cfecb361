"""Training: the same steps as a plain loop, the whole text evaluated, and nothing lost when it stops."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import nnx

from chargen_lib import checkpoints, corpora, entropy, training
from chargen_lib.evaluation import STRIPES, Look
from chargen_lib.models import BigramTable, NGramTable, PerPositionMLP
from chargen_lib.text import Vocabulary, split
from chargen_lib.training import draw_batch, evaluate, fit, loop, minimise, next_char_loss

IDS = jnp.array(np.random.default_rng(0).integers(0, 7, size=400))
SETTINGS = {"batch_size": 4, "seq_len": 8, "key": jax.random.key(3), "progress": False}


def small(seed=0):
    return PerPositionMLP(7, 4, 8, rngs=nnx.Rngs(seed))


def weights(model):
    return jax.tree.leaves(nnx.state(model))


def test_fit_takes_the_steps_of_a_plain_loop():
    fitted, looped = small(), small()
    history = fit(fitted, IDS, steps=5, optimizer=optax.adam(1e-2), **SETTINGS)
    optimizer = nnx.Optimizer(looped, optax.adam(1e-2), wrt=nnx.Param)
    losses = []
    for step in range(5):
        inputs, targets = draw_batch(jax.random.fold_in(SETTINGS["key"], step), IDS, 4, 8)
        loss, gradients = nnx.value_and_grad(lambda m, i=inputs, t=targets: next_char_loss(m, i, t).mean())(looped)
        optimizer.update(looped, gradients)
        losses.append(float(loss))
    np.testing.assert_allclose(history.losses, losses, rtol=1e-5)
    for a, b in zip(weights(fitted), weights(looped), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


def test_every_window_is_possible_and_none_goes_past_the_end():
    ids = jnp.arange(10)
    inputs, targets = draw_batch(jax.random.key(0), ids, 2000, 4)
    assert inputs.shape == targets.shape == (2000, 4)
    assert jnp.array_equal(targets, inputs + 1), "in a text that counts, the next character is one more"
    assert set(inputs[:, 0].tolist()) == set(range(6))


@pytest.mark.parametrize("seq_len", [1, 7, 64, 500])
def test_evaluate_is_the_mean_over_all_pairs(seq_len):
    model = small()
    expected = next_char_loss(model, IDS[None, :-1], IDS[None, 1:]).mean()
    assert abs(evaluate(model, IDS, seq_len=seq_len) - float(expected)) < 1e-5


REMEMBERS = NGramTable(*entropy.ngram_rows(IDS, 7, memory=2))


@pytest.mark.parametrize("seq_len", [1, 7, 64, 399, 500])
def test_evaluate_carries_the_state_through_the_whole_text(seq_len):
    expected = next_char_loss(REMEMBERS, IDS[None, :-1], IDS[None, 1:]).mean()
    assert abs(evaluate(REMEMBERS, IDS, seq_len=seq_len) - float(expected)) < 1e-5


@pytest.mark.parametrize("seq_len", [1, 7, 64])
def test_fresh_windows_begin_from_nothing(seq_len):
    whole = (len(IDS) - 1) // seq_len * seq_len
    pairs = [
        (IDS[:whole].reshape(-1, seq_len), IDS[1 : whole + 1].reshape(-1, seq_len)),
        (IDS[None, whole:-1], IDS[None, whole + 1 :]),
    ]
    losses = [next_char_loss(REMEMBERS, *pair).ravel() for pair in pairs if pair[0].size]
    expected = float(jnp.concatenate(losses).mean())
    assert abs(evaluate(REMEMBERS, IDS, seq_len=seq_len, fresh=True) - expected) < 1e-5
    assert abs(expected - evaluate(REMEMBERS, IDS)) > 1e-4


class OnlyCalled(nnx.Module):
    """What a learner's own class may be: a call, and nothing else."""

    vocab_size = 7

    def __init__(self, model):
        self.model = model

    def __call__(self, ids):
        return self.model(ids)


def test_a_class_that_is_only_called_is_trained_and_judged_in_fresh_windows():
    own, ours = OnlyCalled(small()), small()
    for model in (own, ours):
        history = fit(model, IDS, steps=5, optimizer=optax.adam(1e-2), val_ids=IDS, **SETTINGS)
        assert abs(history.val_losses[-1] - evaluate(model, IDS, seq_len=8)) < 1e-5
    assert abs(evaluate(own, IDS, seq_len=9) - evaluate(ours, IDS)) < 1e-5
    table = OnlyCalled(REMEMBERS)
    assert abs(evaluate(table, IDS, seq_len=9) - evaluate(REMEMBERS, IDS, seq_len=9, fresh=True)) < 1e-6


@pytest.mark.parametrize(("n", "most"), [(400, 10_000), (400, 200), (70, 10_000), (70, 33), (2, 10), (130, 129)])
def test_a_look_counts_the_pairs_it_says_it_counts(n, most):
    ids = IDS[:n]
    look = Look(ids, 8, most)
    inputs, targets, counted = np.asarray(look.ids[0]), np.asarray(look.ids[1]), np.asarray(look.counted)
    assert counted.sum() == n - 1 if n - 1 <= most else most / 2 < counted.sum() <= most + STRIPES
    numbered = Look(jnp.arange(n), 8, most)
    starts, follow = np.asarray(numbered.ids[0])[counted], np.asarray(numbered.ids[1])[counted]
    assert (follow == starts + 1).all() and len(set(starts.tolist())) == counted.sum(), "each pair once"
    losses = np.asarray(next_char_loss(model := small(), inputs, targets))
    assert abs(look(model) - losses[counted].mean()) < 1e-5


def test_a_look_is_warmed_by_what_stands_before_each_stripe():
    ids = jnp.array(np.random.default_rng(1).integers(0, 7, size=2000))
    table = NGramTable(*entropy.ngram_rows(ids, 7, memory=2))
    whole = np.asarray(next_char_loss(table, ids[None, :-1], ids[None, 1:]))[0]
    look = Look(ids, 8, 10_000)
    assert abs(look(table) - whole.mean()) < 1e-5


def test_minimise_goes_down_any_loss():
    class Point(nnx.Module):
        def __init__(self):
            self.place = nnx.Param(jnp.zeros(3))

    def loss(model, batch, key):
        return jnp.sum((model.place[...] - batch) ** 2)

    def draw(key, data):
        return data[jax.random.randint(key, (), 0, len(data))]

    data, point = jnp.array([[1.0, 2.0, 3.0], [1.0, 2.0, 5.0]]), Point()
    settings = {"steps": 400, "optimizer": optax.sgd(0.02), "key": jax.random.key(0), "progress": False}
    history = minimise(point, loss, data, draw, look=lambda model: float(model.place[...][0]), **settings)
    np.testing.assert_allclose(point.place[...], [1, 2, 4], atol=0.5)
    assert history.val_losses[0] == 0 and abs(history.val_losses[-1] - 1) < 1e-3 and len(history.losses) == 400


def test_what_was_compiled_serves_the_next_training():
    optimizer = optax.adam(1e-2)
    fit(small(), IDS, steps=5, optimizer=optimizer, **SETTINGS)
    compiled = loop._run._cache_size()
    fit(small(1), IDS, steps=120, optimizer=optimizer, **{**SETTINGS, "key": jax.random.key(9)})
    assert loop._run._cache_size() == compiled


def test_evaluate_of_counts_is_the_count_models_loss():
    table = entropy.add_one_log_probs(entropy.bigram_counts(IDS, 7))
    assert abs(evaluate(BigramTable(table), IDS, seq_len=32) - entropy.bigram_loss(table, IDS)) < 1e-5


def test_a_model_that_sees_one_character_stops_at_the_known_floor():
    text = corpora.load("markov").text
    train, val = split(Vocabulary.from_text(text).encode(text))
    model = PerPositionMLP(7, 16, 32, rngs=nnx.Rngs(0))
    # The steps get smaller towards the end, so that the last ones no longer jump about.
    history = fit(
        model, train, steps=1200, batch_size=64, seq_len=32, optimizer=optax.adam(optax.cosine_decay_schedule(1e-2, 1200)),
        key=jax.random.key(0), val_ids=val, progress=False,
    )  # fmt: skip
    floor = entropy.entropy_rate(corpora.markov_transitions()[1])
    assert abs(entropy.nats_to_bits(history.val_losses[-1]) - floor) < 0.01
    assert history.val_losses[0] > 1.1 * history.val_losses[-1]


def test_history_and_going_on_with_the_same_optimizer():
    model = small()
    optimizer = nnx.Optimizer(model, optax.adam(1e-2), wrt=nnx.Param)
    history = fit(model, IDS, steps=250, optimizer=optimizer, val_ids=IDS, **SETTINGS)
    assert len(history.losses) == 250 and history.val_steps[0] == 0 and history.val_steps[-1] == 250
    assert history.val_losses[-1] < history.val_losses[0]
    assert history.characters == 250 * 4 * 8 and history.characters_per_second > 0 and not history.interrupted
    assert "250 steps" in repr(history)
    fit(model, IDS, steps=10, optimizer=optimizer, **SETTINGS)
    assert int(optimizer.step[...]) == 260


def test_a_training_in_two_parts_is_the_training_in_one(tmp_path):
    rule, vocabulary = optax.adam(1e-2), Vocabulary("abcdefg")
    whole, part = small(), small()
    losses = fit(whole, IDS, steps=270, optimizer=rule, **SETTINGS).losses
    optimizer = nnx.Optimizer(part, rule, wrt=nnx.Param)
    first = fit(part, IDS, steps=130, optimizer=optimizer, **SETTINGS).losses
    checkpoints.save(tmp_path / "part", part, vocabulary, checkpoints.Run(optimizer, SETTINGS["key"], 130))

    again, _ = checkpoints.load(tmp_path / "part")
    run = checkpoints.load_run(tmp_path / "part", nnx.Optimizer(again, rule, wrt=nnx.Param))
    settings = {**SETTINGS, "key": run.key}
    second = fit(again, IDS, steps=140, optimizer=run.optimizer, first_step=run.step, **settings).losses
    assert np.array_equal(np.concatenate([first, second]), losses)
    assert all(jnp.array_equal(a, b) for a, b in zip(weights(again), weights(whole), strict=True))


def test_snapshots_are_the_model_as_it_was():
    model, steps = small(), (0, 1, 5, 100, 130, 230)
    first = weights(small())
    history = fit(model, IDS, steps=230, optimizer=optax.adam(1e-2), val_ids=IDS, snapshots=steps, **SETTINGS)
    assert tuple(history.snapshots) == steps and history.val_steps == [0, 1, 5, 100, 130, 200, 230]
    for step, then in history.snapshots.items():
        measured = history.val_losses[history.val_steps.index(step)]
        assert abs(evaluate(then, IDS, seq_len=8) - measured) < 1e-6
    for a, b in zip(weights(history.snapshots[0]), first, strict=True):
        assert jnp.array_equal(a, b), "what was trained on is not the copy"
    for a, b in zip(weights(history.snapshots[230]), weights(model), strict=True):
        assert jnp.array_equal(a, b)
    shorter = small()
    fit(shorter, IDS, steps=5, optimizer=optax.adam(1e-2), **SETTINGS)
    for a, b in zip(weights(history.snapshots[5]), weights(shorter), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)
    plain = fit(small(), IDS, steps=230, optimizer=optax.adam(1e-2), **SETTINGS)
    np.testing.assert_allclose(history.losses, plain.losses, rtol=1e-5)  # stopping to look changes nothing


def test_ctrl_c_keeps_what_was_learned(monkeypatch):
    losses = iter([3.0, 2.0])  # at the start and after 100 steps

    def interrupt_the_third(*args, **kwargs):
        for loss in losses:
            return loss
        raise KeyboardInterrupt

    monkeypatch.setattr(training.Look, "__call__", interrupt_the_third)
    model, whole = small(), small()
    history = fit(model, IDS, steps=2000, optimizer=optax.adam(1e-2), val_ids=IDS, **SETTINGS)
    assert history.interrupted and len(history.losses) == 200 and "interrupted" in repr(history)
    assert history.val_steps == [0, 100] and history.val_losses == [3.0, 2.0]
    monkeypatch.undo()
    fit(whole, IDS, steps=200, optimizer=optax.adam(1e-2), **SETTINGS)
    for a, b in zip(weights(model), weights(whole), strict=True):
        assert jnp.array_equal(a, b)


def test_a_loss_that_is_no_number_stops_and_keeps_the_last_good_weights():
    model = small()
    with pytest.raises(FloatingPointError, match="smaller learning rate"):
        fit(model, IDS, steps=300, optimizer=optax.sgd(1e30), **SETTINGS)
    assert all(bool(jnp.isfinite(w).all()) for w in weights(model))
    assert math.isfinite(evaluate(model, IDS, seq_len=8))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"train_ids": jnp.zeros(0, int)}, "at least two ids"),
        ({"train_ids": jnp.zeros((4, 4), int)}, "one row"),
        ({"train_ids": jnp.zeros(9)}, "whole numbers"),
        ({"train_ids": jnp.array([0, 1, 7] * 9)}, "run from 0 to 7"),
        ({"train_ids": jnp.array([0, -1] * 9)}, "run from -1 to 0"),
        ({"seq_len": 400}, "seq_len"),
        ({"seq_len": 0}, "seq_len"),
        ({"steps": 0}, "steps"),
        ({"batch_size": 0}, "batch_size"),
        *[
            ({name: bad}, f"{name} is a whole number")
            for name in ("steps", "batch_size", "seq_len", "patience", "first_step", "total_steps")
            for bad in ("3", 1.5, True)
        ],
        *[({"key": bad}, "key is") for bad in (0, None, "key", [0], jnp.zeros(2, int), jax.random.split(jax.random.key(0), 2))],
        ({"snapshots": (0, 6)}, "from 0 to 5, got"),
        ({"val_ids": jnp.array([9, 9])}, "held-out text"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(change, says):
    arguments = {"train_ids": IDS, "steps": 5, "optimizer": optax.adam(1e-2), **SETTINGS, **change}
    with pytest.raises(ValueError, match=says):
        fit(small(), arguments.pop("train_ids"), **arguments)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        *[({"key": bad}, "key is") for bad in (0, None, "key", [0])],
        *[({"batch_size": bad}, "batch_size is a whole number, 1 or more") for bad in ("3", 1.5, 0, True)],
        *[({"seq_len": bad}, "seq_len is a whole number, from 1 to 4") for bad in ("3", 1.5, 0, 5, 9)],
    ],
)
def test_a_batch_that_cannot_be_drawn_is_refused_in_words(change, says):
    with pytest.raises(ValueError, match=says):
        draw_batch(**{"key": jax.random.key(0), "ids": jnp.arange(5), "batch_size": 2, "seq_len": 4, **change})


@pytest.mark.parametrize("seq_len", [0, "3", 1.5, None, True])
def test_a_length_that_is_no_whole_number_is_refused_in_words(seq_len):
    with pytest.raises(ValueError, match="seq_len is a whole number, 1 or more"):
        evaluate(small(), IDS, seq_len=seq_len)


def test_the_longest_window_that_fits_is_taken():
    fit(small(), IDS[:9], steps=2, optimizer=optax.adam(1e-2), **SETTINGS)


def test_the_bar_shows_loss_and_speed(monkeypatch):
    shown = []

    class Bar:
        def __init__(self, **settings):
            assert settings["disable"] is False and settings["total"] == 150

        def set_postfix_str(self, text, refresh):
            shown.append(text)

        def update(self, steps):
            shown.append(steps)

        def close(self):
            shown.append("closed")

    monkeypatch.setattr(loop, "tqdm", Bar)
    fit(small(), IDS, steps=150, optimizer=optax.adam(1e-2), **{**SETTINGS, "progress": True})
    assert [s for s in shown if isinstance(s, int)] == [100, 50] and shown[-1] == "closed"
    assert "nats" in shown[0] and "characters/s" in shown[0]
