"""Values as text, for an answer that is asked in another process.

packed(value) is what json.dumps takes; unpacked(it) makes of it, anew, the same value of plain types: whatever sent it, nothing
of the sender's runs.  What has no plain form arrives as an object that has its type's name and its text, and no more.
A function of the library is sent by name; one that was made, by its attribute `sent_as`: who makes it, and of what.
"""

import base64
import functools
import math
import numbers
import sys
from fractions import Fraction
from typing import Any

import jax
import numpy as np

import chargen_lib
from chargen_lib.exercises.engine.running import TooMuchMemory
from chargen_lib.exercises.engine.values import is_array, short

LIBRARY = "chargen_lib.exercises."  # whose functions are sent by name
DEEPEST = 50  # a list in a list in a list ...
LARGEST = 20_000_000  # bytes of an array; what is asked for has some hundreds


def packed(value: Any, depth: int = 0) -> Any:
    """None, booleans, numbers, text and lists as JSON has them; whatever else as a dict of one entry."""
    if value is None or type(value) in (bool, float):
        return value
    if type(value) is int or (isinstance(value, int) and not isinstance(value, bool)):
        return int(value) if abs(value) < 2**63 else {"int": hex(value)}
    if isinstance(value, str):
        return str(value)
    if depth < DEEPEST:
        if isinstance(value, list):
            return [packed(item, depth + 1) for item in value]
        if isinstance(value, tuple):
            return {"tuple": [packed(item, depth + 1) for item in value]}
        if isinstance(value, dict):
            return {"dict": [[packed(key, depth + 1), packed(item, depth + 1)] for key, item in value.items()]}
    if is_array(value):
        return _packed_array(value)
    if isinstance(value, jax.Array):
        kind = jax.random.key_impl(value)
        return {"key": [kind if isinstance(kind, str) else _name_of(kind), _packed_array(jax.random.key_data(value))]}
    if isinstance(value, numbers.Rational):
        return {"fraction": [packed(int(value.numerator)), packed(int(value.denominator))]}
    if hasattr(value, "sent_as"):
        factory, args = value.sent_as
        return {"call": [factory.__module__, factory.__qualname__, packed(tuple(args))]}
    if str(getattr(value, "__module__", "")).startswith(LIBRARY) and hasattr(value, "__qualname__"):
        return {"named": [value.__module__, value.__qualname__]}
    return {"odd": [type(value).__name__, short(value)]}


def unpacked(sent: Any, functions: bool = False) -> Any:
    """The value.  functions: whether the library's functions may be looked up and called, as the sender is trusted.

    Raises ValueError, or what NumPy and JAX raise, for what packed() does not write.
    """
    if not isinstance(sent, (dict, list)):
        return sent
    if isinstance(sent, list):
        return [unpacked(item, functions) for item in sent]
    ((kind, content),) = sent.items()
    if kind == "int":
        return int(content, 16)
    if kind == "tuple":
        return tuple(unpacked(item, functions) for item in content)
    if kind == "dict":
        return {unpacked(key, functions): unpacked(item, functions) for key, item in content}
    if kind == "array":
        return _unpacked_array(content)
    if kind == "key":
        kind = content[0] if isinstance(content[0], str) else unpacked(content[0], functions)
        return jax.random.wrap_key_data(_unpacked_array(content[1]["array"]), impl=kind)
    if kind == "fraction":
        return Fraction(*(unpacked(part) for part in content))
    if kind == "odd":
        return _odd(*content)
    if kind in ("call", "named") and functions and content[0].startswith(LIBRARY):
        names = f"{content[0]}.{content[1]}".split(".")[1:]
        found: Any = functools.reduce(
            getattr, names, chargen_lib
        )  # of the library that this file is of, whatever sys.modules holds
        return found if kind == "named" else found(*unpacked(content[2], functions))
    raise ValueError(f"{kind!r} is none of the kinds that are sent")


def _name_of(value: Any) -> dict:
    """Of what stands in a module of the library and does not know its name."""
    for module in [module for name, module in sys.modules.items() if name.startswith(LIBRARY)]:
        for name, held in vars(module).items():
            if type(held) is type(value) and held == value:
                return {"named": [module.__name__, name]}
    return {"odd": [type(value).__name__, short(value)]}


def _packed_array(value: Any) -> dict:
    if value.nbytes > LARGEST:
        raise TooMuchMemory
    array = np.ascontiguousarray(value)
    if array.dtype.kind not in "biufcUSV" or array.dtype.hasobject:
        return {"odd": [type(value).__name__, short(value)]}
    scalar = isinstance(value, np.generic)
    content = base64.b64encode(array.tobytes()).decode()
    name = array.dtype.name if array.dtype.kind == "V" else array.dtype.str  # bfloat16 and its like have names alone
    return {"array": [name, list(np.shape(value)), content, scalar]}


def _unpacked_array(content: list) -> Any:
    name, shape, text, scalar = content
    dtype = jax.numpy.dtype(name)
    data = base64.b64decode(text)
    if len(data) != math.prod(shape) * dtype.itemsize:
        raise ValueError(f"{len(data)} bytes are no array of shape {shape}")
    array = np.frombuffer(data, dtype).reshape(shape).copy()
    return array[()] if scalar else array


def _odd(name: str, text: str) -> Any:
    return type(str(name), (), {"__repr__": lambda self: str(text)})()
