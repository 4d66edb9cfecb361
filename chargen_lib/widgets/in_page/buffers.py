"""Where the numbers of a program lie, and how its steps look at them: see program.py for the whole.

NumPy does the bookkeeping.  For each buffer of the page there is a stand-in, an array of the same size; a slice or a transpose of the
stand-in has an offset and strides, and these are what the page is told.  What stands in a stand-in means nothing.
"""

import math
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

from chargen_lib.widgets.in_page.numbers import in_json, packed

TYPES = {"float32": "f32", "int32": "i32", "bool": "bool"}


@dataclass(frozen=True)
class Value:
    """Numbers that are known now, slot None; or cells of a buffer."""

    cells: np.ndarray
    slot: int | None = None

    def seen(self, cells: np.ndarray) -> "Value":
        """The same numbers, looked at in another way."""
        return Value(cells, self.slot)

    @property
    def apart(self) -> int:
        """How far the numbers along the last axis lie apart."""
        return self.cells.strides[-1] // self.cells.itemsize


class Buffers:
    """The buffers of a program, and the steps that go through them."""

    def __init__(self) -> None:
        self.stand_ins: list[np.ndarray] = []
        self.constants: dict[int, np.ndarray] = {}  # slot: what stands there from the start
        self.slot_of: dict[Any, int] = {}  # type, shape and bytes of a constant: its slot
        self.steps: list[tuple[str, tuple[int, ...], list[Any], Any]] = []

    def room(self, shape: tuple[int, ...], dtype: Any) -> Value:
        """A new buffer."""
        if np.dtype(dtype).name not in TYPES:
            raise TypeError(f"A page computes with {', '.join(TYPES)}, but step uses {np.dtype(dtype).name}.")
        self.stand_ins.append(np.empty(math.prod(shape), dtype))
        return Value(self.stand_ins[-1].reshape(shape), len(self.stand_ins) - 1)

    def placed(self, value: Value) -> Value:
        """A value in a buffer: one that is known becomes a constant, and equal ones are one."""
        if value.slot is not None:
            return value
        cells = np.ascontiguousarray(value.cells)
        key = (cells.dtype, cells.shape, cells.tobytes())
        if key not in self.slot_of:
            slot = self.room(cells.shape, cells.dtype).slot
            assert slot is not None
            self.slot_of[key], self.constants[slot] = slot, cells
        return Value(self.stand_ins[self.slot_of[key]].reshape(value.cells.shape), self.slot_of[key])

    def view(self, value: Value, shape: tuple[int, ...]) -> Any:
        """A value as it is seen from the places of a shape: [slot, offset, strides], or one number for all places.

        Axes of the value behind those of the shape are left to the step.
        """
        cells = value.cells
        if value.slot is None and cells.size and (cells == cells.flat[0]).all():
            return in_json(cells.flat[0])
        value = self.placed(value)
        assert value.slot is not None
        cells = np.broadcast_to(value.cells, (*shape, *value.cells.shape[len(shape) :]))  # JAX leaves axes of 1 as they are
        stand_in = self.stand_ins[value.slot]
        assert np.may_share_memory(cells, stand_in), "a view, not a copy"
        offset = (_address(cells) - _address(stand_in)) // cells.itemsize
        return [value.slot, offset, [stride // cells.itemsize for stride in cells.strides[: len(shape)]]]

    def step(self, name: str, out: Value, operands: list[Value], more: Any = None) -> Value:
        """A step that goes through all places of `out`."""
        shape = out.cells.shape
        if out.cells.size:
            self.steps.append((name, shape, [self.view(value, shape) for value in (out, *operands)], more))
        return out

    def copied(self, value: Value) -> Value:
        """The same in a buffer of its own."""
        return self.step("copy", self.room(value.cells.shape, value.cells.dtype), [value])

    def is_whole(self, value: Value) -> bool:
        """Whether a value is all of a buffer, in order."""
        if value.slot is None:
            return False
        cells, stand_in = value.cells, self.stand_ins[value.slot]
        return cells.flags.c_contiguous and cells.size == stand_in.size and _address(cells) == _address(stand_in)

    def reshaped(self, value: Value, shape: tuple[int, ...]) -> Value:
        """The same numbers in another shape; they are copied only where no view would do."""
        if value.slot is None:
            return Value(value.cells.reshape(shape))
        try:
            return value.seen(value.cells.reshape(shape, copy=False))
        except ValueError:
            value = self.copied(value)
            return value.seen(value.cells.reshape(shape))

    def in_rows(self, value: Value, kept: list[int], summed: list[int]) -> Value:
        """A value in a buffer, its axes `kept` first, and those that are summed as one, the last."""
        value = value.seen(value.cells.transpose([*kept, *summed]))
        length = math.prod(value.cells.shape[len(kept) :])
        return self.placed(self.reshaped(value, (*value.cells.shape[: len(kept)], length)))

    def finished(self, id_: Value, logits: Value, state: list[Value], after: list[Value], before: list[np.ndarray]) -> dict:
        """The program: only the steps and buffers that the results need, numbered anew."""
        ends = [(value if self.is_whole(value) else self.copied(value)).slot for value in (logits, *after)]
        needed: set[Any] = {id_.slot, *(value.slot for value in state), *ends}
        steps = []
        for step in reversed(self.steps):
            slots = [view[0] for view in step[2] if isinstance(view, list)]
            if slots[0] in needed:
                needed.update(slots)
                steps.append(step)
        number: dict[Any, int] = {slot: place for place, slot in enumerate(sorted(needed))}
        return {
            "constants": [[number[slot], packed(self.constants[slot])] for slot in number if slot in self.constants],
            "buffers": [
                [number[slot], TYPES[self.stand_ins[slot].dtype.name], self.stand_ins[slot].size]
                for slot in number
                if slot not in self.constants
            ],
            "id": number[id_.slot],
            "logits": number[ends[0]],
            "state": [
                [number[value.slot], number[end], packed(leaf)]
                for value, end, leaf in zip(state, ends[1:], before, strict=True)
            ],
            "steps": [
                [name, shape, [[number[view[0]], *view[1:]] if isinstance(view, list) else view for view in views], more]
                for name, shape, views, more in reversed(steps)
            ],
        }


def _address(cells: np.ndarray) -> int:
    return cells.__array_interface__["data"][0]


def plain(array: Any) -> np.ndarray:
    """An array as a page has it: 32 bits."""
    array = np.asarray(array)
    if array.dtype == np.float64 or jax.dtypes.issubdtype(array.dtype, np.floating):
        return array.astype(np.float32)
    return array.astype(np.int32) if jax.dtypes.issubdtype(array.dtype, np.integer) else array
