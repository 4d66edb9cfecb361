"""A trained model kept on disk: one safetensors file with its weights, its class and sizes, and the characters it was trained on.

save(path, model, vocabulary) writes it, load(path) gives model and vocabulary back, and load_into(model, path) fills a model of a
class of your own.  A training that is to go on another day is kept with them as a Run, which load_run(path, optimizer) gives back:

    save(path, model, vocabulary, Run(optimizer, key, step))

    model, vocabulary = load(path)
    run = load_run(path, nnx.Optimizer(model, rule, wrt=nnx.Param))

The file is a safetensors file (https://huggingface.co/docs/safetensors) with one entry of metadata, a JSON text:

digest      SHA-256 of the whole file, with 64 zeros in the place of the digest itself.  It stands first, so that its place is known
format      1; the next number for files that this `load` would not understand
model       the class, and what its constructor is to be called with; null for a class that is not in chargen_lib.models
class       the class in words
vocabulary  the fields of the Vocabulary
step        how many steps the Run had done; null without a Run
dtypes      what each array holds: a NumPy dtype, or "key:" and the kind of random key whose words they are

A model of chargen_lib.models can be made again when each argument of its constructor, rngs apart, can be read from an attribute of
the same name: a number, a text, an array, a model, or a list of these.
"""

import contextlib
import dataclasses
import hashlib
import inspect
import json
import os
import secrets
import shutil
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import safetensors
import safetensors.numpy
from flax import nnx

from chargen_lib import models
from chargen_lib.text import Vocabulary

FORMAT = 1
_START = b'{"__metadata__":{"chargen-course":"{\\"digest\\": \\"'  # how the header of a checkpoint of ours begins, at byte 8
_DIGEST = slice(8 + len(_START), 8 + len(_START) + 64)
_NO_DIGEST = "0" * 64


@dataclasses.dataclass
class Run:
    """Where a training stands, to go on as if it had never stopped."""

    optimizer: nnx.Optimizer  # with the averages that it keeps
    key: jax.Array  # the key that the training draws from
    step: int = 0  # how many steps are done
    place: Any = None  # what else the training has to remember, a pytree of arrays: the place in the text, carried states


def save(path: str | os.PathLike[str], model: nnx.Module, vocabulary: Vocabulary, run: Run | None = None) -> None:
    """Write the model, its vocabulary and, if given, the run to the file `path`, in the place of an earlier checkpoint or of nothing.

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
    size = getattr(model, "vocab_size", len(vocabulary))
    if size != len(vocabulary):
        raise ValueError(
            f"The model knows {size} characters and the vocabulary has {len(vocabulary)}: give the vocabulary that the model was made "
            "for. Nothing was written."
        )
    target = _target(path)
    _refuse_what_is_not_ours(target)
    data = _pack(model, vocabulary, run)
    try:
        _write(target, data)
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
    header, arrays = _unpack(path)
    if header["model"] is None:
        raise ValueError(
            f"The checkpoint {path} holds a model of the class {header['class']}, which cannot be made from the file alone: the class, "
            "or a part of the model, is not from chargen_lib.models. Make a model as it was made when it was saved, and fill it with "
            "load_into(model, path)."
        )
    missing = [name for name in _classes(header["model"]) if not _is_ours(getattr(models, name, None))]
    if missing:
        raise ValueError(
            f"The checkpoint {path} holds a model of the class {missing[0]}, which this version of the course does not have: use the "
            "version that wrote it, or a newer one."
        )
    weights = _part(arrays, "model")
    try:
        model = _make(header["model"], weights)
        _fill(model, weights, path)
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
    header, arrays = _unpack(path)
    stored = Vocabulary(**header["vocabulary"])
    if vocabulary is not None and vocabulary.characters != stored.characters:
        raise ValueError(
            f"The model in {path} was trained with other characters: {stored.characters!r}, and yours are {vocabulary.characters!r}. "
            "Encode and decode with its own vocabulary, which load_into(model, path) returns."
        )
    _fill(model, _part(arrays, "model"), path)
    return stored


def load_run(path: str | os.PathLike[str], optimizer: nnx.Optimizer, place: Any = None) -> Run:
    """The run that was saved with the model in `path`, to go on with.

    `optimizer` is made anew, with the same rule, for the model that load gave; it is filled and stands in the Run.  `place` is a pytree
    like the one that was saved, whatever its values; its numbers come back as arrays.
    Raises FileNotFoundError where there is no checkpoint; ValueError when the file is damaged, not ours or without a run, or the run
    has another optimizer or place.  The optimizer is then as it was.
    """
    header, arrays = _unpack(path)
    if header["step"] is None:
        raise ValueError(
            f"The checkpoint {path} has a model but no run to go on with: save(path, model, vocabulary, run) keeps one."
        )
    found = _like(place, _part(arrays, "run.place"), "place", path)
    _fill(optimizer, _part(arrays, "run.optimizer"), path, "optimizer")
    return Run(optimizer, arrays["run.key"], header["step"], found)


# --- the file -----------------------------------------------------------------------------------------------------------


def _target(path):
    """The file that path names, links followed."""
    name = os.fsdecode(path)
    if not name or name.endswith(("/", os.sep)):
        raise ValueError(
            f"{name!r} names no file: give the checkpoint a name, as in 'stories.safetensors'. Nothing was written."
        )
    return Path(os.path.realpath(name))


def _refuse_what_is_not_ours(target):
    if not os.path.lexists(target):
        if not target.parent.is_dir():
            raise FileNotFoundError(
                f"There is no folder {target.parent} to write {target.name} to: make it first. Nothing was written."
            )
        return
    if not _begins_like_ours(target):
        raise FileExistsError(
            f"{target} is {'a folder' if target.is_dir() else 'not a checkpoint of this course'} and was left as it is: choose another "
            "name for the checkpoint. Nothing was written."
        )
    if not target.stat().st_mode & 0o222:
        raise PermissionError(f"The checkpoint {target} may only be read: choose another name. Nothing was written.")


def _begins_like_ours(target):
    try:
        if not target.is_file():
            return False  # a folder, or a device whose reading would never end
        with open(target, "rb") as file:
            return file.read(_DIGEST.start)[8:] == _START
    except OSError:
        return False


def _write(target, data):
    # A name that nobody else uses: what another program left unfinished is not ours to delete.
    unfinished = target.with_name(f"chargen-{secrets.token_hex(8)}.unfinished")
    try:
        with open(unfinished, "xb") as file:  # not by tempfile, whose files only their owner may read
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        _refuse_what_is_not_ours(target)  # it may have come meanwhile
        if target.exists():
            shutil.copymode(target, unfinished)
        os.replace(unfinished, target)
    except BaseException:  # Ctrl-C too
        with contextlib.suppress(OSError):
            unfinished.unlink()
        raise
    with contextlib.suppress(OSError):  # the new name is to outlive a power cut; Windows has no such call for a folder
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _pack(model, vocabulary, run):
    weights = _named(nnx.to_pure_dict(nnx.state(model)))
    arrays = {f"model.{name}": leaf for name, leaf in weights.items()}
    if run is not None:
        arrays |= {f"run.optimizer.{name}": leaf for name, leaf in _named(nnx.to_pure_dict(nnx.state(run.optimizer))).items()}
        arrays |= {f"run.place.{name}": leaf for name, leaf in _named(run.place).items()}
        arrays["run.key"] = run.key
    plain = {name: _plain(leaf) for name, leaf in arrays.items()}
    header = {
        "digest": _NO_DIGEST,
        "format": FORMAT,
        "model": _recipe(model, weights),
        "class": type(model).__name__,
        "vocabulary": dataclasses.asdict(vocabulary),
        "step": None if run is None else int(run.step),
        "dtypes": {
            name: f"key:{jax.random.key_impl(leaf)}" if _is_key(leaf) else plain[name].dtype.name
            for name, leaf in arrays.items()
        },
    }
    try:
        data = bytearray(safetensors.numpy.save(plain, {"chargen-course": json.dumps(header)}))
    except safetensors.SafetensorError as error:
        raise TypeError(f"The model holds something that a checkpoint cannot: {error}. Nothing was written.") from error
    data[_DIGEST] = _digest(data)
    return data


def _unpack(path):
    """The header and the arrays of a file that is whole and ours."""
    path = Path(os.fsdecode(path))
    if not path.exists():
        raise FileNotFoundError(f"There is no checkpoint {path}. save(path, model, vocabulary) writes one.")
    if not path.is_file():  # reading a pipe would wait for ever
        raise ValueError(
            f"{path} is {'a folder' if path.is_dir() else 'no ordinary file'}, and a checkpoint is one file. If an earlier version of the "
            "course wrote it, train and save again."
        )
    with open(path, "rb") as file:
        head = file.read(_DIGEST.stop)
        if head[8 : _DIGEST.start] != _START:  # before all of it is read: it may be large
            raise ValueError(
                f"{path} is not a checkpoint of this course, or it is damaged, and was not loaded. save(path, model, vocabulary) writes "
                "checkpoints."
            )
        data = bytearray(head + file.read())
    if len(data) < _DIGEST.stop or data[_DIGEST] != _digest(data):
        raise ValueError(f"The checkpoint {path} is damaged and was not loaded: its bytes have changed. Use an earlier copy.")
    length = int.from_bytes(data[:8], "little")
    header = json.loads(json.loads(data[8 : 8 + length])["__metadata__"]["chargen-course"])
    if header["format"] > FORMAT:
        raise ValueError(
            f"The checkpoint {path} was written by a newer version of the course (format {header['format']}; this version reads "
            f"{FORMAT}): update the course."
        )
    arrays = {}
    for name, found in safetensors.deserialize(bytes(data)):
        kind, _, key_impl = header["dtypes"][name].partition(":")
        array = np.frombuffer(found["data"], "uint32" if kind == "key" else kind).reshape(found["shape"])
        if kind == "key":
            arrays[name] = jax.random.wrap_key_data(jnp.asarray(array), impl=key_impl)
        elif jax.dtypes.canonicalize_dtype(array.dtype) == array.dtype:
            # Not bound to a device, as it was before: else all that was compiled for the model would be compiled once more.
            arrays[name] = jnp.asarray(array)
        else:
            arrays[name] = array  # of 64 bits, which JAX would cut
    return header, arrays


def _digest(data):
    """SHA-256 of a file's bytes, in 64 hexadecimal digits, read with zeros in its own place."""
    digest = hashlib.sha256(data[: _DIGEST.start])
    digest.update(_NO_DIGEST.encode())
    digest.update(data[_DIGEST.stop :])
    return digest.hexdigest().encode()


# --- arrays and their names ---------------------------------------------------------------------------------------------


def _named(tree):
    return {jax.tree_util.keystr(path, simple=True, separator="."): leaf for path, leaf in jax.tree.leaves_with_path(tree)}


def _part(arrays, prefix):
    return {name.removeprefix(f"{prefix}."): array for name, array in arrays.items() if name.startswith(f"{prefix}.")}


def _is_key(leaf):
    return isinstance(leaf, jax.Array) and jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key)


def _plain(leaf):
    # Row by row, as safetensors takes any array to be.
    return np.array(jax.random.key_data(leaf) if _is_key(leaf) else leaf, order="C")


def _shapes(arrays):
    return {
        name: (tuple(np.shape(a)), str(a.dtype if hasattr(a, "dtype") else np.asarray(a).dtype)) for name, a in arrays.items()
    }


def _like(tree, arrays, what, path):
    """The arrays in the shape of `tree`.  Raises ValueError when they are not as its own are."""
    wanted, found = _shapes(_named(tree)), _shapes(arrays)
    if wanted != found:
        name = min(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))
        raise ValueError(
            f"The checkpoint {path} is of another {what}: its {name} is {_words(found.get(name))}, and in the {what} that you gave it is "
            f"{_words(wanted.get(name))}. Make the {what} as it was made when it was saved."
        )
    return jax.tree.unflatten(jax.tree.structure(tree), [arrays[name] for name in _named(tree)])


def _words(shape_and_dtype):
    return "missing" if shape_and_dtype is None else f"{shape_and_dtype[1]} of shape {shape_and_dtype[0]}"


def _fill(module, arrays, path, what="model"):
    state = nnx.state(module)
    nnx.replace_by_pure_dict(state, _like(nnx.to_pure_dict(state), arrays, what, path))
    nnx.update(module, state)


# --- a model and how to make it again -----------------------------------------------------------------------------------


def _is_ours(kind):
    return inspect.isclass(kind) and issubclass(kind, nnx.Module) and getattr(models, kind.__name__, None) is kind


def _recipe(model, weights):
    """How to make a model with weights of the same names and shapes, or None where that cannot be told."""
    try:
        recipe = _described(model, "")
        made = _named(nnx.to_pure_dict(nnx.state(_make(recipe, weights))))
        return recipe if _shapes(made) == _shapes(weights) else None
    except Exception:  # a constructor of any kind was called: what it cannot do, load_into still can
        return None


def _described(value, name):
    """A model, or an argument of one, as JSON; `name` is its name among the weights."""
    if isinstance(value, list | tuple | nnx.List):  # an nnx.List is a Module too
        return [_described(item, f"{name}.{place}") for place, item in enumerate(value)]
    if isinstance(value, nnx.Module):
        if not _is_ours(type(value)):
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


def _make(recipe, weights):
    if isinstance(recipe, list):
        return [_make(item, weights) for item in recipe]
    if not isinstance(recipe, dict):
        return recipe
    if "array" in recipe:
        return weights[recipe["array"]]
    kind = getattr(models, recipe["class"])
    arguments = {name: _make(argument, weights) for name, argument in recipe["arguments"].items()}
    if "rngs" in inspect.signature(kind.__init__).parameters:
        return nnx.eval_shape(lambda: kind(**arguments, rngs=nnx.Rngs(0)))  # shapes alone: the weights come from the file
    return kind(**arguments)


def _classes(recipe):
    if isinstance(recipe, list):
        return [name for item in recipe for name in _classes(item)]
    if isinstance(recipe, dict) and "class" in recipe:
        return [recipe["class"], *_classes(list(recipe["arguments"].values()))]
    return []


def _first_line(error):
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__
