"""The file of a checkpoint: its header and its bytes, written whole or not at all, and never over what is not ours."""

import contextlib
import dataclasses
import hashlib
import json
import os
import secrets
import shutil
from pathlib import Path

import jax
import numpy as np
import safetensors
import safetensors.numpy
from flax import nnx

from chargen_lib.checkpoints.arrays import is_key, named, plain
from chargen_lib.checkpoints.recipe import recipe_of
from chargen_lib.checkpoints.small import grow, shrink

FORMAT = 1
_START = b'{"__metadata__":{"chargen-course":"{\\"digest\\": \\"'  # how the header of a checkpoint of ours begins, at byte 8
DIGEST = slice(8 + len(_START), 8 + len(_START) + 64)
NO_DIGEST = "0" * 64


def name_of(path):
    if not isinstance(path, str | bytes | os.PathLike):
        raise ValueError(f"A checkpoint is named by its path, a text, got {type(path).__name__}.")
    return os.fsdecode(path)


def target_of(path):
    """The file that path names, links followed."""
    name = name_of(path)
    if not name or name.endswith(("/", os.sep)):
        raise ValueError(
            f"{name!r} names no file: give the checkpoint a name, as in 'stories.safetensors'. Nothing was written."
        )
    return Path(os.path.realpath(name))


def refuse_what_is_not_ours(target):
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
            return file.read(DIGEST.start)[8:] == _START
    except OSError:
        return False


def write(target, data):
    # A name that nobody else uses: what another program left unfinished is not ours to delete.
    unfinished = target.with_name(f"chargen-{secrets.token_hex(8)}.unfinished")
    try:
        with open(unfinished, "xb") as file:  # not by tempfile, whose files only their owner may read
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        refuse_what_is_not_ours(target)  # it may have come meanwhile
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


def pack(model, vocabulary, run, small=False):
    weights = named(nnx.to_pure_dict(nnx.state(model)))
    arrays = {f"model.{name}": leaf for name, leaf in weights.items()}
    if run is not None:
        arrays |= {f"run.optimizer.{name}": leaf for name, leaf in named(nnx.to_pure_dict(nnx.state(run.optimizer))).items()}
        arrays |= {f"run.place.{name}": leaf for name, leaf in named(run.place).items()}
        arrays["run.key"] = run.key
    words = {name: plain(leaf) for name, leaf in arrays.items()}
    dtypes = {
        name: f"key:{jax.random.key_impl(leaf)}" if is_key(leaf) else words[name].dtype.name for name, leaf in arrays.items()
    }
    for name in [name for name, array in words.items() if small and array.ndim == 2 and array.dtype == np.float32]:
        words[name], words[f"scale.{name}"] = shrink(words[name])
        dtypes[name] = "int8*scale"
    header = {
        "digest": NO_DIGEST,
        "format": FORMAT,
        "model": recipe_of(model, weights),
        "class": type(model).__name__,
        "vocabulary": dataclasses.asdict(vocabulary),
        "step": None if run is None else int(run.step),
        "dtypes": dtypes,
    }
    try:
        data = bytearray(safetensors.numpy.save(words, {"chargen-course": json.dumps(header)}))
    except safetensors.SafetensorError as error:
        raise TypeError(f"The model holds something that a checkpoint cannot: {error}. Nothing was written.") from error
    data[DIGEST] = digest_of(data)
    return data


def unpack(path):
    """The header and the arrays of a file that is whole and ours."""
    path = Path(name_of(path))
    if not path.exists():
        raise FileNotFoundError(f"There is no checkpoint {path}. save(path, model, vocabulary) writes one.")
    if not path.is_file():  # reading a pipe would wait for ever
        raise ValueError(
            f"{path} is {'a folder' if path.is_dir() else 'no ordinary file'}, and a checkpoint is one file. If an earlier version of the "
            "course wrote it, train and save again."
        )
    with open(path, "rb") as file:
        head = file.read(DIGEST.stop)
        if head[8 : DIGEST.start] != _START:  # before all of it is read: it may be large
            raise ValueError(
                f"{path} is not a checkpoint of this course, or it is damaged, and was not loaded. save(path, model, vocabulary) writes "
                "checkpoints."
            )
        data = bytearray(head + file.read())
    if len(data) < DIGEST.stop or data[DIGEST] != digest_of(data):
        raise ValueError(f"The checkpoint {path} is damaged and was not loaded: its bytes have changed. Use an earlier copy.")
    length = int.from_bytes(data[:8], "little")
    header = json.loads(json.loads(data[8 : 8 + length])["__metadata__"]["chargen-course"])
    if header["format"] > FORMAT:
        raise ValueError(
            f"The checkpoint {path} was written by a newer version of the course (format {header['format']}; this version reads "
            f"{FORMAT}): update the course."
        )
    arrays, stored = {}, dict(safetensors.deserialize(bytes(data)))
    for name, words in header["dtypes"].items():
        kind, _, key_impl = words.partition(":")
        read_as = {"key": "uint32", "int8*scale": "int8"}.get(kind, kind)
        array = np.frombuffer(stored[name]["data"], read_as).reshape(stored[name]["shape"])
        if kind == "int8*scale":
            array = grow(array, np.frombuffer(stored[f"scale.{name}"]["data"], np.float32))
        if kind == "key":
            arrays[name] = jax.random.wrap_key_data(jax.device_put(array), impl=key_impl)
        elif jax.dtypes.canonicalize_dtype(array.dtype) == array.dtype:
            # Not bound to a device, as it was before: else all that was compiled for the model would be compiled once more.
            arrays[name] = jax.device_put(array)  # jnp.asarray would compile a program for each shape
        else:
            arrays[name] = array  # of 64 bits, which JAX would cut
    return header, arrays


def digest_of(data):
    """SHA-256 of a file's bytes, in 64 hexadecimal digits, read with zeros in its own place."""
    found = hashlib.sha256(data[: DIGEST.start])
    found.update(NO_DIGEST.encode())
    found.update(data[DIGEST.stop :])
    return found.hexdigest().encode()
