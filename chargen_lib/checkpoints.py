"""A model's weights on disk, by orbax: written aside and then renamed, so that a crash or a full disk costs nothing old."""

import hashlib
import os
import shutil
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import orbax.checkpoint as ocp
from flax import nnx


def save(model: nnx.Module, path: str | os.PathLike[str]) -> None:
    """Write the model's weights to the folder `path`; what was there before is replaced only when all is written.

    Raises OSError when the disk does not take it; the earlier checkpoint is then still whole.
    """
    path = Path(path).absolute()
    new, old = path.with_name(path.name + ".saving"), path.with_name(path.name + ".before")
    shutil.rmtree(new, ignore_errors=True)
    weights = _weights(model)
    try:
        with ocp.StandardCheckpointer() as checkpointer:
            checkpointer.save(new, {"weights": weights, "digest": _digest(weights)})
    except Exception as error:
        shutil.rmtree(new, ignore_errors=True)
        raise OSError(
            f"The checkpoint {path} could not be written: {_first_line(error)}. Free some space or choose another folder; an earlier "
            "checkpoint there is unchanged."
        ) from error
    shutil.rmtree(old, ignore_errors=True)
    if path.exists():
        path.rename(old)
    new.rename(path)
    shutil.rmtree(old, ignore_errors=True)


def load(model: nnx.Module, path: str | os.PathLike[str]) -> None:
    """Read weights that `save` wrote into `model`, which must have the same shapes.

    Raises FileNotFoundError where there is no checkpoint; ValueError when it is damaged or another model's. The model is then as it
    was.
    """
    path = Path(path).absolute()
    if not path.exists():
        before = path.with_name(path.name + ".before")  # a crash between save's two renames
        if not before.exists():
            raise FileNotFoundError(f"There is no checkpoint {path}. checkpoints.save(model, path) writes one.")
        path = before
    ours = _weights(model)
    wanted = {"weights": ours, "digest": _digest(ours)}
    try:
        with ocp.StandardCheckpointer() as checkpointer:
            stored = checkpointer.metadata(path).item_metadata.tree
            shapes = jax.tree.map(lambda leaf: tuple(leaf.shape), stored)
            if shapes == jax.tree.map(lambda leaf: tuple(leaf.shape), wanted):
                found = checkpointer.restore(path, jax.tree.map(ocp.utils.to_shape_dtype_struct, wanted))
                whole = np.array_equal(np.asarray(found["digest"]), _digest(found["weights"]))
            else:
                whole = None
    except Exception as error:
        raise ValueError(
            f"The checkpoint {path} is damaged and was not loaded: {_first_line(error)}. Use an earlier one."
        ) from error
    if whole is None:
        raise ValueError(
            f"The checkpoint {path} is another model's: its shapes are {shapes.get('weights')}. Make the model with the same sizes as the "
            "one that was saved."
        )
    if not whole:
        raise ValueError(f"The checkpoint {path} is damaged and was not loaded: its values have changed. Use an earlier one.")
    state = nnx.state(model, nnx.Not(nnx.RngState))
    # Not bound to a device, as they were before: else all that was compiled for this model would be compiled once more.
    nnx.replace_by_pure_dict(state, jax.tree.map(lambda leaf: jnp.asarray(np.asarray(leaf)), found["weights"]))
    nnx.update(model, state)


def _weights(model: nnx.Module) -> dict:
    return nnx.to_pure_dict(nnx.state(model, nnx.Not(nnx.RngState)))


def _digest(weights: dict) -> np.ndarray:
    digest = hashlib.sha256()
    for leaf in jax.tree.leaves(weights):
        digest.update(np.asarray(leaf).tobytes())
    return np.frombuffer(digest.digest(), dtype=np.uint8).copy()


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__
