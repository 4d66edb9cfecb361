"""A trained model kept on disk: one safetensors file with its weights, its class and sizes, and the characters it was trained on.

save(path, model, vocabulary) writes it, load(path) gives model and vocabulary back, and load_into(model, path) fills a model of a
class of your own.  A training that is to go on another day is kept with them as a Run, which load_run(path, optimizer) gives back:

    save(path, model, vocabulary, Run(optimizer, key, step))

    model, vocabulary = load(path)
    run = load_run(path, nnx.Optimizer(model, rule, wrt=nnx.Param))
    fit(model, ids, steps=1000, optimizer=run.optimizer, key=run.key, first_step=run.step, ...)

A training with carry=True has a place in the text too: Run(optimizer, key, step, history.place), load_run(path, optimizer,
training.first_place(model, len(ids), batch_size)), and fit(..., carry=True, place=run.place).

The file is a safetensors file (https://huggingface.co/docs/safetensors) with one entry of metadata, a JSON text:

digest      SHA-256 of the whole file, with 64 zeros in the place of the digest itself.  It stands first, so that its place is known
format      1; the next number for files that this `load` would not understand
model       the class, and what its constructor is to be called with; null for a class that is not in chargen_lib.models
class       the class in words
vocabulary  the fields of the Vocabulary
step        how many steps the Run had done; null without a Run
dtypes      what each array holds: a NumPy dtype, "key:" and the kind of random key whose words they are, or "int8*scale" for a matrix that
            was made small: its columns are to be multiplied by the numbers in scale.NAME

A model of chargen_lib.models can be made again when each argument of its constructor, rngs apart, can be read from an attribute of
the same name: a number, a text, an array, a model, or a list of these.
"""

import dataclasses
import os
from typing import Any

import jax
from flax import nnx

from chargen_lib import models
from chargen_lib.checkpoints.arrays import fill, like, part
from chargen_lib.checkpoints.file import pack, refuse_what_is_not_ours, target_of, unpack, write
from chargen_lib.checkpoints.recipe import classes, is_ours, make
from chargen_lib.text import Vocabulary


@dataclasses.dataclass
class Run:
    """Where a training stands, to go on as if it had never stopped."""

    optimizer: nnx.Optimizer  # with the averages that it keeps
    key: jax.Array  # the key that the training draws from
    step: int = 0  # how many steps are done
    place: Any = None  # what else the training has to remember, a pytree of arrays: the place in the text, carried states


def save(
    path: str | os.PathLike[str], model: nnx.Module, vocabulary: Vocabulary, run: Run | None = None, *, small: bool = False
) -> None:
    """Write the model, its vocabulary and, if given, the run to the file `path`, in the place of an earlier checkpoint or of nothing.

    small: in about a quarter of the bytes, each matrix rounded to 255 steps a column.  The model that comes back is not quite the one that
    was saved, so this is for use, not to go on with: a run does not go with it.
    All is written to another file first, which then takes the name: a crash, a full disk or Ctrl-C leaves the earlier checkpoint whole.
    Raises ValueError when path names no file or model and vocabulary do not belong together; FileExistsError when something stands
    there that is not a checkpoint; FileNotFoundError when there is no such folder; OSError when the disk does not take it.  Nothing
    is changed then.
    """
    if not isinstance(model, nnx.Module) or not isinstance(vocabulary, Vocabulary):
        raise TypeError(
            "save takes a path, a model and a vocabulary, in this order, but the last two are "
            f"{type(model).__name__} and {type(vocabulary).__name__}."
        )
    if small and run is not None:
        raise ValueError(
            "A small checkpoint rounds the weights, so that a run cannot go on exactly: give small=True or a run, not both."
        )
    size = getattr(model, "vocab_size", len(vocabulary))
    if size != len(vocabulary):
        raise ValueError(
            f"The model knows {size} characters and the vocabulary has {len(vocabulary)}: give the vocabulary that the model was made "
            "for. Nothing was written."
        )
    target = target_of(path)
    refuse_what_is_not_ours(target)
    data = pack(model, vocabulary, run, small)
    try:
        write(target, data)
    except OSError as error:
        raise OSError(
            f"The checkpoint {target} could not be written: {error.strerror or error}. Free some space or choose another folder; an "
            "earlier checkpoint there is unchanged."
        ) from error


def load(path: str | os.PathLike[str]) -> tuple[Any, Vocabulary]:
    """Make the model that `save` wrote to `path`: the model and its vocabulary.

    Raises FileNotFoundError where there is no checkpoint; ValueError for a file that is damaged, not ours, of a newer version, or
    that holds a class of your own: that one is for load_into.
    """
    header, arrays = unpack(path)
    if header["model"] is None:
        raise ValueError(
            f"The checkpoint {path} holds a model of the class {header['class']}, which cannot be made from the file alone: the class, "
            "or a part of the model, is not from chargen_lib.models. Make a model as it was made when it was saved, and fill it with "
            "load_into(model, path)."
        )
    missing = [name for name in classes(header["model"]) if not is_ours(getattr(models, name, None))]
    if missing:
        raise ValueError(
            f"The checkpoint {path} holds a model of the class {missing[0]}, which this version of the course does not have: use the "
            "version that wrote it, or a newer one."
        )
    weights = part(arrays, "model")
    try:
        model = make(header["model"], weights)
        fill(model, weights, path)
    except Exception as error:
        raise ValueError(
            f"The checkpoint {path} was written by another version of the course, in which {header['class']} was made otherwise "
            f"({_first_line(error)}). Use that version, or train again."
        ) from error
    return model, Vocabulary(**header["vocabulary"])


def load_into(model: nnx.Module, path: str | os.PathLike[str], vocabulary: Vocabulary | None = None) -> Vocabulary:
    """Read the weights in `path` into `model`, of whatever class, and return the vocabulary that they were trained with.

    The arrays must have the same names and shapes; what is computed with them is the model's own affair.  A `vocabulary` that is
    given is compared: in another one an id means another character.
    Raises FileNotFoundError where there is no checkpoint; ValueError when the file is damaged, not ours or another model's, or the
    vocabulary is another.  The model is then as it was.
    """
    header, arrays = unpack(path)
    stored = Vocabulary(**header["vocabulary"])
    if vocabulary is not None and vocabulary.characters != stored.characters:
        raise ValueError(
            f"The model in {path} was trained with other characters: {stored.characters!r}, and yours are {vocabulary.characters!r}. "
            "Encode and decode with its own vocabulary, which load_into(model, path) returns."
        )
    fill(model, part(arrays, "model"), path)
    return stored


def load_run(path: str | os.PathLike[str], optimizer: nnx.Optimizer, place: Any = None) -> Run:
    """The run that was saved with the model in `path`, to go on with.

    `optimizer` is made anew, with the same rule, for the model that load gave; it is filled and stands in the Run.  `place` is a pytree
    like the one that was saved, whatever its values; its numbers come back as arrays.
    Raises FileNotFoundError where there is no checkpoint; ValueError when the file is damaged, not ours or without a run, or the run
    has another optimizer or place.  The optimizer is then as it was.
    """
    header, arrays = unpack(path)
    if header["step"] is None:
        raise ValueError(
            f"The checkpoint {path} has a model but no run to go on with: save(path, model, vocabulary, run) keeps one."
        )
    found = like(place, part(arrays, "run.place"), "place", path)
    fill(optimizer, part(arrays, "run.optimizer"), path, "optimizer")
    return Run(optimizer, arrays["run.key"], header["step"], found)


def _first_line(error):
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__
