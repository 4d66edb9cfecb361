"""Checkpoints come back as they were, and a damaged one is refused with the model untouched."""

import jax
import jax.numpy as jnp
import orbax.checkpoint as ocp
import pytest
from flax import nnx

from chargen_lib import checkpoints
from chargen_lib.models import PerPositionMLP


def model(seed, hidden=8):
    return PerPositionMLP(7, 4, hidden, rngs=nnx.Rngs(seed))


def logits(m):
    return m(jnp.arange(7)[None])


@pytest.fixture
def saved(tmp_path):
    original = model(0)
    checkpoints.save(original, tmp_path / "mlp")
    return tmp_path / "mlp", original


def test_what_was_saved_comes_back(saved):
    path, original = saved
    other = model(1)
    assert not jnp.array_equal(logits(other), logits(original))
    checkpoints.load(other, path)
    assert jnp.array_equal(logits(other), logits(original))


def test_what_was_loaded_is_bound_to_no_device(saved):
    path, _ = saved
    other = model(1)
    checkpoints.load(other, path)
    assert not any(leaf.committed for leaf in jax.tree.leaves(nnx.state(other))), (
        "JAX would compile everything once more for it"
    )


def test_saving_again_replaces(saved):
    path, _ = saved
    checkpoints.save(model(2), path)
    other = model(1)
    checkpoints.load(other, path)
    assert jnp.array_equal(logits(other), logits(model(2)))
    assert [p.name for p in path.parent.iterdir()] == ["mlp"]


def largest_file(path):
    return max((f for f in (path / "d").iterdir()), key=lambda f: f.stat().st_size)


@pytest.mark.parametrize("damage", ["cut", "flipped", "gone"])
def test_a_damaged_one_is_refused_and_the_model_keeps_its_weights(saved, damage):
    path, _ = saved
    file = largest_file(path)
    data = bytearray(file.read_bytes())
    if damage == "gone":
        file.unlink()
    elif damage == "cut":
        file.write_bytes(data[: len(data) // 2])
    else:
        data[len(data) // 2] ^= 0xFF
        file.write_bytes(data)
    other = model(1)
    with pytest.raises(ValueError, match="damaged"):
        checkpoints.load(other, path)
    assert jnp.array_equal(logits(other), logits(model(1)))


def test_values_that_changed_behind_a_valid_container_are_noticed(saved):
    path, original = saved
    weights = checkpoints._weights(original)
    digest = checkpoints._digest(weights)
    changed = jax.tree.map(lambda leaf: leaf + 1, weights)
    with ocp.StandardCheckpointer() as checkpointer:
        checkpointer.save(path, {"weights": changed, "digest": digest}, force=True)
    with pytest.raises(ValueError, match="values have changed"):
        checkpoints.load(model(1), path)


def test_another_models_is_refused(saved):
    path, _ = saved
    with pytest.raises(ValueError, match="another model's"):
        checkpoints.load(model(1, hidden=9), path)


def test_no_checkpoint(tmp_path):
    with pytest.raises(FileNotFoundError, match="no checkpoint"):
        checkpoints.load(model(1), tmp_path / "nothing")


def test_a_failed_save_leaves_the_earlier_one(saved, monkeypatch):
    path, original = saved

    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(ocp.StandardCheckpointer, "save", full)
    with pytest.raises(OSError, match="No space left"):
        checkpoints.save(model(3), path)
    monkeypatch.undo()
    other = model(1)
    checkpoints.load(other, path)
    assert jnp.array_equal(logits(other), logits(original))


def test_a_crash_between_the_two_renames_loses_nothing(saved):
    path, original = saved
    path.rename(path.with_name("mlp.before"))
    other = model(1)
    checkpoints.load(other, path)
    assert jnp.array_equal(logits(other), logits(original))
