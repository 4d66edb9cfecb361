"""What a call is given and gives: copied, told apart exactly, and shown as text."""

from typing import Any

import jax
import numpy as np


def same(one: Any, other: Any) -> bool:
    """Exactly equal, in kind too.  `other` must not hold itself; `one` may."""
    if one is other:
        return True
    if is_array(other):
        return is_array(one) and one.dtype == other.dtype and _equal(np.asarray(one), np.asarray(other))
    if type(one) is not type(other):
        return False
    if isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in other)
    return bool(one == other or (one != one and other != other))  # NaN is what it was


def copied(value: Any, array: Any = None, seen: dict[int, Any] | None = None) -> Any:
    """Lists, tuples and dicts and what they hold anew, each NumPy array as array(it); whatever else as it is.

    What stands in two places, or holds itself, does so in the copy.
    """
    seen = {} if seen is None else seen
    if id(value) in seen:
        return seen[id(value)]
    if type(value) is list:
        made: Any = []
        seen[id(value)] = made
        made.extend(copied(item, array, seen) for item in value)
    elif type(value) is dict:
        made = {}
        seen[id(value)] = made
        made.update((key, copied(item, array, seen)) for key, item in value.items())
    elif type(value) is tuple:
        return tuple(copied(item, array, seen) for item in value)
    elif isinstance(value, np.ndarray):
        return value.copy() if array is None else array(value)
    else:
        return value
    return made


def of_jax(array: np.ndarray) -> jax.Array:
    """JAX's array of a copy of NumPy's.  jnp.asarray would compile a program for each shape."""
    return jax.device_put(array.copy())


def short(value: Any, limit: int = 300) -> str:
    """A value as text, never long, never an exception: answers may return anything."""
    try:
        text = _text(value)
    except Exception:  # a broken __repr__ is the learner's, and must not stop the check
        text = f"an object of type {type(value).__name__} that cannot be shown"
    return text if len(text) <= limit else text[: limit - 1] + "…"


def is_array(value: Any) -> bool:
    """A NumPy or JAX array, or a NumPy scalar.  Keys of jax.random are arrays too, but hold no numbers to compare."""
    if isinstance(value, jax.Array):
        return not jax.dtypes.issubdtype(value.dtype, jax.dtypes.prng_key)
    return isinstance(value, (np.ndarray, np.generic))


def is_numeric(value: Any, deep: int = 4) -> bool:
    """Numbers, True and False, arrays of them, and lists and tuples of all these; what nests deeper is not looked into."""
    if is_array(value):
        return bool(value.dtype.kind in "biuf")
    if type(value) in (list, tuple):
        return deep > 0 and all(is_numeric(item, deep - 1) for item in value)
    return isinstance(value, (bool, float)) or (isinstance(value, int) and abs(value) < 2**63)


def _text(value: Any) -> str:
    if is_array(value):
        return np.array2string(np.asarray(value), threshold=60, edgeitems=3, precision=4, suppress_small=True)
    if isinstance(value, jax.Array):
        return "a random key"
    if type(value) in (list, tuple) and any(map(is_array, value)):
        opening, closing = "[]" if type(value) is list else ("(", ",)" if len(value) == 1 else ")")
        return opening + ", ".join(map(_text, value)) + closing
    return repr(value)


def _equal(one: np.ndarray, other: np.ndarray) -> bool:
    return np.array_equal(one, other, equal_nan=other.dtype.kind == "f")
