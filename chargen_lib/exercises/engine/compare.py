"""Is this answer's value the reference's value?  If not, one sentence that says how they differ.

Values are compared exactly, floats within a tolerance: never a sampled frequency, never a tolerance that a right answer
can miss.  What the reference returns says what is asked:

    a list, a dict, a tuple     the same, item by item; a row of whole numbers may also be a tuple or a one-dimensional array
    an array                    an array of the same shape, whole or real numbers or booleans as there
    a number                    a Python number or an array without axes
    a Fraction                  that fraction, exactly
    a str                       that text
"""

import numbers
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import jax
import numpy as np

from chargen_lib.exercises.engine.values import is_array, short

RTOL, ATOL = 1e-4, 1e-5  # float32 arithmetic in another order stays well within these

KINDS = {"i": "whole numbers", "u": "whole numbers", "b": "True or False", "f": "real numbers"}


def difference(expected: Any, got: Any, rtol: float = RTOL, atol: float = ATOL, python_numbers: bool = False) -> str | None:
    """None when `got` is as good as `expected`; otherwise a sentence to the learner.

    python_numbers: where a number is expected, an array without axes is none.
    """
    if got is None:
        return "Your function returned None. Does every path end in a return?"
    return _Comparison(rtol, atol, python_numbers).difference(expected, got)


def _a(noun: str) -> str:
    return ("an " if noun[0].lower() in "aeiou" else "a ") + noun


def _kind(value: Any) -> str:
    if isinstance(value, jax.Array) and not is_array(value):
        return "a random key"
    if is_array(value) and np.ndim(value):
        return f"an array of shape {np.shape(value)}"
    return (
        "an array without axes" if isinstance(value, (np.ndarray, jax.Array)) and is_array(value) else _a(type(value).__name__)
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


@dataclass(frozen=True)
class _Comparison:
    """How exactly to compare.  Each method: expected, got -> the sentence, or None."""

    rtol: float
    atol: float
    python_numbers: bool

    def difference(self, expected: Any, got: Any) -> str | None:
        if isinstance(expected, tuple):
            return self._values(expected, got)
        if isinstance(expected, list):
            return self._list(expected, got)
        if isinstance(expected, dict):
            return self._dict(expected, got)
        if isinstance(expected, str):
            return self._text(expected, got)
        if isinstance(expected, Fraction):
            return self._fraction(expected, got)
        if is_array(expected):
            expected = np.asarray(expected)
            return self._array(expected, got) if expected.ndim else self._number(expected.item(), got)
        return self._number(expected, got)

    def _values(self, expected: tuple, got: Any) -> str | None:
        """Several values, returned side by side."""
        wanted = _count(len(expected), "value")
        if not isinstance(got, (tuple, list)):
            return f"Your function returned {_kind(got)}; return {wanted}, separated by commas."
        if len(got) != len(expected):
            return f"Your function returned {_count(len(got), 'value')}; return {wanted}."
        for place, (e, g) in enumerate(zip(expected, got, strict=True), start=1):
            if fault := self._inside(e, g):
                return f"Value {place} of {len(expected)}: {fault}"
        return None

    def _list(self, expected: list, got: Any) -> str | None:
        if expected and all(isinstance(item, (int, np.integer)) and not isinstance(item, bool) for item in expected):
            return self._row(expected, got)
        if not isinstance(got, (list, tuple)) and not (is_array(got) and np.ndim(got) == 1 and not expected):
            return f"Your function returned {_kind(got)}; return a list."
        if len(got) != len(expected):
            return f"Your answer has {_count(len(got), 'item')}; {_expected(len(expected))}."
        for place, (e, g) in enumerate(zip(expected, got, strict=True)):
            if fault := self._inside(e, g):
                return f"Item {place}: {fault}"
        return None

    def _inside(self, expected: Any, got: Any) -> str | None:
        """Of something that stands in a list, a dict or beside other values."""
        if got is None:
            return "it is None."
        if isinstance(expected, tuple) and not isinstance(got, tuple):  # == and a dict tell a pair from a list of two
            return f"it is {_kind(got)}; a tuple such as {short(expected, 60)} was expected."
        fault = self.difference(expected, got)
        if fault and isinstance(expected, tuple) and not any(map(is_array, expected)):
            return f"it is {short(got, 60)}; {short(expected, 60)} was expected."
        return fault

    def _row(self, expected: list, got: Any) -> str | None:
        """A row of whole numbers.  A list, a tuple or a one-dimensional array of integers will do."""
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
            return f"Your answer has {_count(len(row), 'item')}; {_expected(len(expected))}."
        for place, (e, g) in enumerate(zip(expected, row.tolist(), strict=True)):
            if e != g:
                return f"Item {place} is {g}; {e} was expected."
        return None

    def _dict(self, expected: dict, got: Any) -> str | None:
        if not isinstance(got, dict):
            return f"Your function returned {_kind(got)}; return a dict."
        for key in expected:
            if key not in got:
                return f"The key {short(key, 60)} is missing in your dict."
            if fault := self._inside(expected[key], got[key]):
                return f"At the key {short(key, 60)}: {fault}"
        for key in got:
            if key not in expected:
                return f"Your dict has a key {short(key, 60)}, which should not be there."
        return None

    def _text(self, expected: str, got: Any) -> str | None:
        if not isinstance(got, str):
            return f"Your function returned {_kind(got)}; return a str."
        return None if got == expected else f"Your answer is {short(got, 100)}; {short(expected, 100)} was expected."

    def _fraction(self, expected: Fraction, got: Any) -> str | None:
        if not isinstance(got, numbers.Rational) or isinstance(got, bool):
            rounded = ", which is rounded" if isinstance(got, numbers.Real) and not isinstance(got, bool) else ""
            return f"Your function returned {_kind(got)}{rounded}; return a Fraction (from fractions), which is exact."
        return None if got == expected else f"Your answer is {short(got, 100)}; {short(expected, 100)} was expected."

    def _array(self, expected: np.ndarray, got: Any) -> str | None:
        if not is_array(got):
            return f"Your function returned {_kind(got)}; return an array (jnp.array makes one)."
        value = np.asarray(got)
        if value.shape != expected.shape:
            return f"Your answer has shape {value.shape}; {expected.shape} was expected.{_axes(value.shape, expected.shape)}"
        if value.dtype.kind.replace("u", "i") != expected.dtype.kind.replace("u", "i"):
            return f"Your answer holds {value.dtype}; {KINDS[expected.dtype.kind]} were expected."
        return self._entries(expected, value)

    def _number(self, expected: Any, got: Any) -> str | None:
        wanted = (
            "True or False" if isinstance(expected, bool) else "a whole number" if isinstance(expected, int) else "a number"
        )
        if is_array(got) and np.ndim(got) == 0:
            if self.python_numbers and not isinstance(got, numbers.Number):
                return (
                    f"Your function returned {_kind(got)}; return a Python number: float(...), int(...) or bool(...) makes one."
                )
            got = np.asarray(got).item()
        if not isinstance(got, numbers.Real) or isinstance(got, bool) != isinstance(expected, bool):
            return f"Your function returned {_kind(got)}; return {wanted}."
        if isinstance(expected, int):
            if not isinstance(got, numbers.Integral):
                return f"Your function returned {short(got)}, {_kind(got)}; return {wanted}."
            return None if got == expected else f"The answer is {short(got, 60)}; {expected} was expected."
        return self._entries(np.asarray(expected, dtype=float), np.asarray(got, dtype=float))

    def _entries(self, expected: np.ndarray, value: np.ndarray) -> str | None:
        if np.isnan(value).any() and not np.isnan(expected).any():
            return "Your answer contains NaN, which is not a number: look for 0/0, inf - inf or log of a negative number."
        if expected.dtype.kind == "f":
            close = np.isclose(value, expected, rtol=self.rtol, atol=self.atol, equal_nan=True)
        else:
            close = value == expected  # whole numbers are exact
        if close.all():
            return None
        where = tuple(int(i) for i in np.argwhere(~close)[0])
        place = f"Entry {list(where)}" if where else "The answer"
        shown = ".6g" if expected.dtype.kind == "f" else ""
        return f"{place} is {value[where]:{shown}}; {expected[where]:{shown}} was expected."


def _axes(shape: tuple[int, ...], expected: tuple[int, ...]) -> str:
    """A further sentence on a wrong shape, if one can be said."""
    if len(shape) == len(expected):
        return " The axes have changed places." if sorted(shape) == sorted(expected) else ""
    more, how_many = len(shape) > len(expected), abs(len(shape) - len(expected))
    count = "One axis" if how_many == 1 else f"{how_many} axes"
    if more:
        return f" {count} too many: is something to be summed, or picked, along {'it' if how_many == 1 else 'them'}?"
    return f" {count} too few: was something summed, or picked, that should have stayed?"


def _expected(number: int) -> str:
    return f"{number} {'was' if number == 1 else 'were'} expected"
