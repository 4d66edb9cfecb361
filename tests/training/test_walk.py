"""Training with the state carried: rows that walk through the text, dropout by key, and going on exactly where it stopped."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import nnx

from chargen_lib import checkpoints
from chargen_lib.models import PerPositionMLP, Recurrent
from chargen_lib.recipes import recipe
from chargen_lib.text import Vocabulary
from chargen_lib.training import first_place, fit, loop, walk_loss, window_loss

IDS = jnp.array(np.random.default_rng(0).integers(0, 7, size=61))
SETTINGS = {"batch_size": 3, "seq_len": 8, "key": jax.random.key(3), "progress": False}


def small(dropout=0.0, seed=0):
    return Recurrent(7, 3, 4, dropout=dropout, rngs=nnx.Rngs(seed))


def weights(module):
    return jax.tree.leaves(nnx.state(module))


def same(one, other):
    return all(np.array_equal(a, b) for a, b in zip(weights(one), weights(other), strict=True))


def test_each_row_walks_on_with_its_state_and_begins_the_text_again_at_its_end():
    walked, looped, steps = small(), small(), 9
    history = fit(walked, IDS, steps=steps, optimizer=optax.sgd(0.1), carry=True, **SETTINGS)
    optimizer = nnx.Optimizer(looped, optax.sgd(0.1), wrt=nnx.Param)
    places, states, losses = [0, 20, 40], [looped.init_state(1)] * 3, []  # 61 characters in three stripes

    @nnx.jit
    def loss_of(model, pieces, states):
        rows = [model.read(piece[None, :-1], state) for piece, state in zip(pieces, states, strict=True)]
        log_p = jax.nn.log_softmax(jnp.concatenate([logits for logits, _ in rows]))
        return -jnp.take_along_axis(log_p, pieces[:, 1:, None], axis=-1).mean(), [state for _, state in rows]

    for _ in range(steps):
        for row in range(3):
            if places[row] + 9 > len(IDS):  # eight characters and the one after them
                places[row], states[row] = 0, looped.init_state(1)
        pieces = jnp.stack([IDS[p : p + 9] for p in places])
        (loss, states), gradients = nnx.value_and_grad(loss_of, has_aux=True)(looped, pieces, states)
        optimizer.update(looped, gradients)
        losses.append(float(loss))
        places = [p + 8 for p in places]
    np.testing.assert_allclose(history.losses, losses, rtol=1e-5)
    assert history.place[0].tolist() == places == [16, 32, 56], "each has come to the end once"
    np.testing.assert_allclose(history.place[1][0], jnp.concatenate([state[0] for state in states]), rtol=1e-4)


@pytest.mark.parametrize("cut", ["a file", "ctrl-c"])
def test_a_walk_in_two_parts_is_the_walk_in_one(cut, tmp_path, monkeypatch):
    whole, part, rule = small(dropout=0.5), small(dropout=0.5), recipe()
    settings = {**SETTINGS, "carry": True}
    losses = fit(whole, IDS, steps=270, optimizer=rule, **settings).losses
    optimizer = nnx.Optimizer(part, rule, wrt=nnx.Param)
    if cut == "a file":
        first = fit(part, IDS, steps=130, total_steps=270, optimizer=optimizer, **settings)
    else:
        monkeypatch.setattr(loop, "_run", interrupted(loop._run, after=3))  # the first call compiles, and goes no step
        first = fit(part, IDS, steps=270, optimizer=optimizer, **settings)
        monkeypatch.undo()
        assert first.interrupted and len(first.losses) == 200
    done, vocabulary = len(first.losses), Vocabulary("abcdefg")
    checkpoints.save(tmp_path / "part", part, vocabulary, checkpoints.Run(optimizer, SETTINGS["key"], done, first.place))

    again, _ = checkpoints.load(tmp_path / "part")
    place = first_place(again, len(IDS), SETTINGS["batch_size"])
    run = checkpoints.load_run(tmp_path / "part", nnx.Optimizer(again, rule, wrt=nnx.Param), place)
    settings |= {"key": run.key, "place": run.place}
    second = fit(again, IDS, steps=270 - done, optimizer=run.optimizer, first_step=run.step, **settings)
    assert np.array_equal(np.concatenate([first.losses, second.losses]), losses)
    assert same(again, whole)


def interrupted(run, after):
    calls = iter(range(after))

    def until(*arguments):
        if next(calls, None) is None:
            raise KeyboardInterrupt
        return run(*arguments)

    return until


def test_a_training_of_another_length_compiles_nothing():
    fit(small(), IDS, steps=3, optimizer=recipe(), carry=True, **SETTINGS)
    compiled = loop._run._cache_size()
    fit(small(seed=1), IDS, steps=150, optimizer=recipe(learning_rate=0.03), carry=True, **SETTINGS)
    assert loop._run._cache_size() == compiled


def test_what_fit_minimises_drops_by_the_steps_key_and_only_where_a_model_drops():
    def losses(model, seed):
        key = jax.random.key(seed)
        walked, _ = walk_loss(model, (IDS, jnp.arange(9)), key, first_place(model, len(IDS), 3))
        return float(window_loss(model, (IDS[None, :8], IDS[None, 1:9]), key)), float(walked)

    first, again, other = (losses(small(0.5), seed) for seed in (0, 0, 1))
    assert first == again and not set(first) & set(other)
    for model in (small(), PerPositionMLP(7, 3, 4, rngs=nnx.Rngs(0))):  # the second takes no key
        assert losses(model, 0) == losses(model, 1)


def test_a_loss_that_is_no_number_keeps_the_last_good_weights():
    model = small()
    with pytest.raises(FloatingPointError, match="as it was after 0 steps"):
        fit(model, IDS, steps=150, optimizer=optax.sgd(1e38), carry=True, **SETTINGS)
    assert same(model, small())


class OnlyCalled(nnx.Module):
    vocab_size = 7

    def __call__(self, ids):
        return jnp.zeros((*ids.shape, 7))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"model": OnlyCalled()}, "this model has none: give it init_state"),
        ({"carry": False, "place": first_place(small(), 61, 3)}, "random windows have none"),
        ({"total_steps": 4}, "go on to number 5, so total_steps must be at least that, got 4"),
        ({"seq_len": 61}, "seq_len must be at least 1 and smaller than the training text"),
    ],
)
def test_what_does_not_go_together_is_refused_in_words(change, says):
    arguments = {
        "model": small(),
        "train_ids": IDS,
        "steps": 5,
        "optimizer": optax.sgd(0.1),
        "carry": True,
        **SETTINGS,
        **change,
    }
    with pytest.raises(ValueError, match=says):
        fit(**arguments)
