"""The arrays of a model, an optimizer or a place in a text, by name: what a checkpoint holds."""

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx


def named(tree):
    return {jax.tree_util.keystr(path, simple=True, separator="."): leaf for path, leaf in jax.tree.leaves_with_path(tree)}


def part(arrays, prefix):
    return {name.removeprefix(f"{prefix}."): array for name, array in arrays.items() if name.startswith(f"{prefix}.")}


def is_key(leaf):
    return isinstance(leaf, jax.Array) and jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key)


def plain(leaf):
    # Row by row, as safetensors takes any array to be.
    return np.array(jax.random.key_data(leaf) if is_key(leaf) else leaf, order="C")


def shapes(arrays):
    return {
        name: (tuple(np.shape(a)), str(a.dtype if hasattr(a, "dtype") else np.asarray(a).dtype)) for name, a in arrays.items()
    }


def like(tree, arrays, what, path):
    """The arrays in the shape of `tree`.  Raises ValueError when they are not as its own are."""
    wanted, found = shapes(named(tree)), shapes(arrays)
    if wanted != found:
        name = min(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))
        raise ValueError(
            f"The checkpoint {path} is of another {what}: its {name} is {_words(found.get(name))}, and in the {what} that you gave it is "
            f"{_words(wanted.get(name))}. Make the {what} as it was made when it was saved."
        )
    return jax.tree.unflatten(jax.tree.structure(tree), [arrays[name] for name in named(tree)])


def _words(shape_and_dtype):
    return "missing" if shape_and_dtype is None else f"{shape_and_dtype[1]} of shape {shape_and_dtype[0]}"


def fill(module, arrays, path, what="model"):
    state = nnx.state(module)
    nnx.replace_by_pure_dict(state, like(nnx.to_pure_dict(state), arrays, what, path))
    nnx.update(module, state)
