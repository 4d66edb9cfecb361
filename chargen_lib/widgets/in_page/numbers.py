"""Numbers on their way to a page: as few bytes as hold them exactly, and models made lighter beforehand."""

import base64
from typing import Any, TypeVar

import jax
import numpy as np
from flax import nnx

from chargen_lib.checkpoints.small import grow, shrink
from chargen_lib.models import Counted
from chargen_lib.widgets.base import number_to_json

M = TypeVar("M", bound=nnx.Module)


def in_json(number: Any) -> float | str:
    """A number as JSON has it: there NaN and the infinities are words, which Number() reads in the page."""
    return "NaN" if np.isnan(number) else number_to_json(number)


def packed(array: np.ndarray) -> dict[str, Any]:
    """An array as JSON, exactly, one of these: interpreter.js reads them.

    {"all": number, "size": n}                 every number the same
    {"rows": array, "row_of": array}           equal rows travel once
    {"type": "i1", "data", "scales", "by"}     whole numbers from -127 to 127, times the scale of their row or column ("by": "row", "column")
    {"type": "f2" | "f4" | "u1" | "u2" | "i4", "data": base64}
    """
    array = np.ascontiguousarray(array)
    if (array == array.ravel()[:1]).all():
        return {"all": in_json(array.flat[0]) if array.size else 0, "size": array.size}
    table = array.reshape(-1, array.shape[-1]) if array.ndim > 1 else array[:, None]
    if array.ndim > 1:
        rows, row_of = _shared(table)
        if 2 * len(rows) <= len(table):
            return {"rows": packed(rows), "row_of": packed(row_of)}
    if array.dtype != np.float32:
        fits = next(t for t in ("<u1", "<u2", "<i4") if np.iinfo(t).min <= array.min() and array.max() <= np.iinfo(t).max)
        return _typed(array, fits)
    if min(table.shape) > 1 and np.isfinite(table).all():
        for by, columns in (("column", table), ("row", table.T)):
            whole, scales = _whole(columns)
            if (whole * scales == columns).all():
                return {**_typed(whole if by == "column" else whole.T, "<i1"), "by": by, "scales": packed(scales)}
    return _typed(array, "<f2" if _is_half(array) else "<f4")


def light(model: M) -> M:
    """A copy of a model that is light to send: a matrix keeps one byte a number, as in a small checkpoint; counts keep two.

    The copy is a model like any other: what it writes and how well it guesses can be asked of it.
    """
    graphdef, counted, rest = nnx.split(model, Counted, ...)  # type: ignore[misc]

    def halved(array):
        return array.astype(np.float16).astype(np.float32) if array.dtype == np.float32 else array

    def small(array):
        return jax.numpy.asarray(grow(*shrink(np.asarray(array)))) if array.ndim == 2 and array.dtype == np.float32 else array

    return nnx.merge(graphdef, jax.tree.map(halved, counted), jax.tree.map(small, rest))


def _whole(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each column as whole numbers up to 127 times a scale, where it is just that: (rows, columns), (columns,)."""
    found, scales = shrink(table)
    for near in (
        np.nextafter(scales, np.float32(0)),
        np.nextafter(scales, np.float32(np.inf)),
    ):  # the last digit may be another
        again = np.clip(np.rint(table / np.where(near > 0, near, 1)), -127, 127)
        better = (again * near == table).all(axis=0) & (found * scales != table).any(axis=0)
        found, scales = np.where(better, again, found), np.where(better, near, scales)
    return found.astype(np.float32), scales


def _is_half(array: np.ndarray) -> bool:
    with np.errstate(over="ignore"):
        return np.array_equal(array.astype(np.float16).astype(np.float32), array, equal_nan=True)


def _shared(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rows that differ, byte for byte, and which of them each row is."""
    whole_rows = np.ascontiguousarray(table).view(np.dtype((np.void, table.itemsize * table.shape[1]))).ravel()
    _, first, row_of = np.unique(whole_rows, return_index=True, return_inverse=True)
    return table[first], row_of


def _typed(array: np.ndarray, dtype: str) -> dict[str, Any]:
    return {"type": dtype[1:], "data": base64.b64encode(np.ascontiguousarray(array).astype(dtype).tobytes()).decode()}
