"""Early stopping: the best look is kept, and said, and nothing is chosen on the held-out part."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import nnx

from chargen_lib import training
from chargen_lib.models import PerPositionMLP
from chargen_lib.text import split
from chargen_lib.training import fit, minimise, window_loss

IDS = jnp.array(np.random.default_rng(0).integers(0, 7, size=400))
SETTINGS = {"batch_size": 4, "seq_len": 8, "key": jax.random.key(3), "progress": False}
RULE = optax.adam(1e-2)


def small():
    return PerPositionMLP(7, 4, 8, rngs=nnx.Rngs(0))


def weights(model):
    return jax.tree.leaves(nnx.state(model))


def trained(steps, ids=IDS):
    model = small()
    fit(model, ids, steps=steps, optimizer=RULE, **SETTINGS)
    return model


def same(one, other):
    return all(np.array_equal(a, b) for a, b in zip(weights(one), weights(other), strict=True))


def looks(monkeypatch, *losses):
    """Let the looks, the first before any step, say these losses, and then Ctrl-C."""
    said = iter(losses)

    def look(self, model):
        for loss in said:
            return loss
        raise KeyboardInterrupt

    monkeypatch.setattr(training.Look, "__call__", look)


def test_it_stops_after_so_many_looks_without_a_better_one_and_keeps_the_best(monkeypatch):
    looks(monkeypatch, 3.0, 2.0, 1.0, 1.5, 0.9, 2.0, 1.1, 0.9)
    model = small()
    history = fit(model, IDS, steps=2000, optimizer=RULE, patience=2, **SETTINGS)
    assert history.val_losses == [3.0, 2.0, 1.0, 1.5, 0.9, 2.0, 1.1] and len(history.losses) == 600 and not history.interrupted
    assert history.best_step == 400 and "the model as after step 400, the best look: 0.9000 nats" in repr(history)
    assert same(model, trained(400, split(IDS)[0])), "and it was trained on all but the last tenth"


def test_optimizer_and_place_go_back_with_the_model(monkeypatch):
    looks(monkeypatch, 3.0, 2.0, 2.5)
    model = small()
    optimizer = nnx.Optimizer(model, RULE, wrt=nnx.Param)
    history = fit(model, IDS, steps=2000, optimizer=optimizer, patience=1, carry=True, **SETTINGS)
    assert history.best_step == int(optimizer.step[...]) == 100
    first = fit(small(), split(IDS)[0], steps=100, optimizer=RULE, carry=True, **SETTINGS)
    assert np.array_equal(history.place[0], first.place[0])


def test_ctrl_c_keeps_the_best_look_or_without_one_the_last_steps(monkeypatch):
    for losses, kept in (((3.0, 1.0, 2.0), 100), ((3.0,), 100), ((1.0, 3.0), 0)):
        looks(monkeypatch, *losses)
        model = small()
        history = fit(model, IDS, steps=2000, optimizer=RULE, patience=9, **SETTINGS)
        assert history.interrupted and same(model, trained(kept, split(IDS)[0]) if kept else small())
        assert history.best_step == (kept if len(losses) > 1 else None)


def test_a_loss_that_is_no_number_leaves_the_best_look(monkeypatch):
    looks(monkeypatch, 2.0, 3.0, 4.0)
    model, drop_from = small(), 150

    def loss(model, batch, key, step):
        return window_loss(model, batch, key) + jnp.where(step >= drop_from, jnp.nan, 0), step + 1

    look = training.Look(IDS, 8, 400)
    settings = {"steps": 300, "optimizer": RULE, "key": SETTINGS["key"], "progress": False}
    with pytest.raises(FloatingPointError, match=r"step 151.*as it was after 0 steps"):
        minimise(model, loss, IDS, training.Windows(4, 8), place=jnp.array(0), look=look, patience=5, **settings)
    assert same(model, small())


def test_the_looks_are_at_the_last_tenth_of_the_training_text(monkeypatch):
    seen = []
    monkeypatch.setattr(training, "Look", lambda ids, *sizes: seen.append(ids) or (lambda model: 1.0))
    fit(small(), IDS, steps=2, optimizer=RULE, patience=1, **SETTINGS)
    assert np.array_equal(seen[0], IDS[360:])


@pytest.mark.parametrize(
    ("change", "says"),
    [({"patience": 2, "val_ids": IDS}, "leave val_ids out"), ({"patience": 0}, "patience is a whole number, 1 or more")],
)
def test_what_does_not_go_together_is_refused_in_words(change, says):
    with pytest.raises(ValueError, match=says):
        fit(small(), IDS, steps=5, optimizer=RULE, **SETTINGS, **change)
