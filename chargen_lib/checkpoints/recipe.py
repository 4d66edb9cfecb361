"""How to make a model again from its class and sizes, told in JSON."""

import inspect

import jax
import numpy as np
from flax import nnx

from chargen_lib import models
from chargen_lib.checkpoints.arrays import named, shapes


def is_ours(kind):
    return inspect.isclass(kind) and issubclass(kind, nnx.Module) and getattr(models, kind.__name__, None) is kind


def recipe_of(model, weights):
    """How to make a model with weights of the same names and shapes, or None where that cannot be told."""
    try:
        recipe = _described(model, "")
        made = named(nnx.to_pure_dict(nnx.state(make(recipe, weights))))
        return recipe if shapes(made) == shapes(weights) else None
    except Exception:  # a constructor of any kind was called: what it cannot do, load_into still can
        return None


def _described(value, name):
    """A model, or an argument of one, as JSON; `name` is its name among the weights."""
    if isinstance(value, list | tuple | nnx.List):  # an nnx.List is a Module too
        return [_described(item, f"{name}.{place}") for place, item in enumerate(value)]
    if isinstance(value, nnx.Module):
        if not is_ours(type(value)):
            raise TypeError(f"{type(value).__name__} is not from chargen_lib.models")
        arguments = list(inspect.signature(type(value).__init__).parameters)[1:]
        return {
            "class": type(value).__name__,
            "arguments": {a: _described(getattr(value, a), f"{name}.{a}".strip(".")) for a in arguments if a != "rngs"},
        }
    if isinstance(value, nnx.Variable | jax.Array | np.ndarray):
        return {"array": name}
    if isinstance(value, np.generic):
        return value.item()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"{name} is a {type(value).__name__}, which a header cannot hold")


def make(recipe, weights):
    if isinstance(recipe, list):
        return [make(item, weights) for item in recipe]
    if not isinstance(recipe, dict):
        return recipe
    if "array" in recipe:
        return weights[recipe["array"]]
    kind = getattr(models, recipe["class"])
    drawn = "rngs" in inspect.signature(kind.__init__).parameters

    def made():  # its parts too: who takes one apart does so where it was made
        arguments = {name: make(argument, weights) for name, argument in recipe["arguments"].items()}
        return kind(**arguments, **({"rngs": nnx.Rngs(0)} if drawn else {}))

    return nnx.eval_shape(made) if drawn else made()  # shapes alone: the weights come from the file


def classes(recipe):
    if isinstance(recipe, list):
        return [name for item in recipe for name in classes(item)]
    if isinstance(recipe, dict) and "class" in recipe:
        return [recipe["class"], *classes(list(recipe["arguments"].values()))]
    return []
