"""Is this answer's value the reference's value?  If not, one sentence that says how they differ.

Values are compared exactly, within float tolerance: never a sampled frequency, never a tolerance that a right answer
can miss.
"""

import numbers
from typing import Any

import jax
import numpy as np

RTOL, ATOL = 1e-4, 1e-5  # float32 arithmetic in another order stays well within these


def difference(expected: Any, got: Any, rtol: float = RTOL, atol: float = ATOL) -> str | None:
    """None when `got` is as good as `expected`; otherwise a sentence to the learner."""
    if got is None:
        return "Your function returned None. Does every path end in a return?"
    if isinstance(expected, tuple):
        return _tuple_difference(expected, got, rtol, atol)
    if isinstance(expected, list):
        return _row_difference(expected, got)
    if isinstance(expected, np.ndarray):
        return _array_difference(expected, got, rtol, atol)
    return _number_difference(expected, got, rtol, atol)


def short(value: Any, limit: int = 300) -> str:
    """A value as text, never long, never an exception: answers may return anything."""
    try:
        if is_array(value):
            text = np.array2string(np.asarray(value), threshold=60, edgeitems=3, precision=4, suppress_small=True)
        elif isinstance(value, jax.Array):
            text = "a random key"
        else:
            text = repr(value)
    except Exception:  # a broken __repr__ is the learner's, and must not stop the check
        text = f"an object of type {type(value).__name__} that cannot be shown"
    return text if len(text) <= limit else text[: limit - 1] + "…"


def is_array(value: Any) -> bool:
    """A NumPy or JAX array, or a NumPy scalar.  Keys of jax.random are arrays too, but hold no numbers to compare."""
    if isinstance(value, jax.Array):
        return not jax.dtypes.issubdtype(value.dtype, jax.dtypes.prng_key)
    return isinstance(value, (np.ndarray, np.generic))


def _kind(value: Any) -> str:
    if is_array(value) and np.ndim(value):
        return f"an array of shape {np.shape(value)}"
    name = type(value).__name__
    return ("an " if name[0].lower() in "aeiou" else "a ") + name


def _tuple_difference(expected: tuple, got: Any, rtol: float, atol: float) -> str | None:
    wanted = f"{len(expected)} values"
    if not isinstance(got, (tuple, list)):
        return f"Your function returned {_kind(got)}; return {wanted}, separated by commas."
    if len(got) != len(expected):
        return f"Your function returned {len(got)} values; return {wanted}."
    for place, (e, g) in enumerate(zip(expected, got, strict=True), start=1):
        if fault := difference(e, g, rtol, atol):
            return f"Value {place} of {len(expected)}: {fault}"
    return None


def _row_difference(expected: list, got: Any) -> str | None:
    """Expected: a row of whole numbers.  A list, a tuple or a one-dimensional array of integers will do."""
    if not isinstance(got, (list, tuple)) and not is_array(got):
        return f"Your function returned {_kind(got)}; return a list of whole numbers."
    if not is_array(got) and any(isinstance(item, (list, tuple)) for item in got):
        return "Your function returned a list of lists; return one row of whole numbers."
    row = np.asarray(got)
    if row.ndim != 1:
        return f"Your function returned an array of shape {row.shape}; return one row of whole numbers."
    if row.size and row.dtype.kind not in "iu":
        return f"Your function returned {_kind(got)} of {row.dtype}; its items must be whole numbers."
    if len(row) != len(expected):
        return f"Your answer has {len(row)} items; {len(expected)} were expected."
    wrong = np.flatnonzero(row != np.asarray(expected, dtype=int))
    if wrong.size:
        i = int(wrong[0])
        return f"Item {i} is {row[i]}; {expected[i]} was expected."
    return None


def _array_difference(expected: np.ndarray, got: Any, rtol: float, atol: float) -> str | None:
    if not is_array(got):
        return f"Your function returned {_kind(got)}; return an array (jnp.array makes one)."
    value = np.asarray(got)
    if value.shape != expected.shape:
        return f"Your answer has shape {value.shape}; {expected.shape} was expected."
    wanted = {"i": "whole numbers", "u": "whole numbers", "b": "True or False", "f": "real numbers"}[expected.dtype.kind]
    if value.dtype.kind.replace("u", "i") != expected.dtype.kind.replace("u", "i"):
        return f"Your answer holds {value.dtype}; {wanted} were expected."
    return _entry_difference(expected, value, rtol, atol)


def _entry_difference(expected: np.ndarray, value: np.ndarray, rtol: float, atol: float) -> str | None:
    if np.isnan(value).any() and not np.isnan(expected).any():
        return "Your answer contains NaN, which is not a number: look for 0/0, inf - inf or log of a negative number."
    close = np.isclose(value, expected, rtol=rtol, atol=atol, equal_nan=True)
    if close.all():
        return None
    where = tuple(int(i) for i in np.argwhere(~close)[0])
    place = f"Entry {list(where)}" if where else "The answer"
    return f"{place} is {value[where]:.6g}; {expected[where]:.6g} was expected."


def _number_difference(expected: Any, got: Any, rtol: float, atol: float) -> str | None:
    wanted = "True or False" if isinstance(expected, bool) else "a whole number" if isinstance(expected, int) else "a number"
    if is_array(got) and np.ndim(got) == 0:
        got = np.asarray(got).item()
    if not isinstance(got, numbers.Real) or isinstance(got, bool) != isinstance(expected, bool):
        return f"Your function returned {_kind(got)}; return {wanted}."
    if isinstance(expected, int) and not isinstance(got, numbers.Integral):
        return f"Your function returned {short(got)}, {_kind(got)}; return {wanted}."
    return _entry_difference(np.asarray(expected, dtype=float), np.asarray(got, dtype=float), rtol, atol)
