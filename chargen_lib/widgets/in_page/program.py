"""The program of a model's step: what JAX traces of it, in a form that a small interpreter can run (interpreter.js).

Calls are written out; what depends neither on the id nor on the state is computed here; and what only moves numbers about (slices,
transposes, broadcasts) becomes another way of looking at the same buffer.  A program is JSON:

    constants  [[slot, numbers], ...]: what stands in some of the buffers from the start
    buffers    [[slot, type, size], ...]: all the others
    id         the slot where the id goes
    state      [[slot, slot after the step, numbers before any text], ...]
    logits     a slot
    steps      [[name, shape, [view, view, ...], more], ...]

A step goes through all places of its shape.  A view says where the number of each place stands: [slot, offset, strides], how far it is to
the next one along each axis; or it is one number for all places.  The first view is where the step writes.  `more`: for what sums or
takes the largest along an axis that the shape lacks, how long that axis is and how far its numbers lie apart in each operand; for gather
and scatter, see `_indexed`.
"""

from typing import Any

import jax
import numpy as np
from flax import nnx
from jax.extend.core import ClosedJaxpr, Literal

from chargen_lib.widgets.in_page.buffers import Buffers, Value, plain
from chargen_lib.widgets.in_page.numbers import in_json

CALLS = {"jit", "pjit", "closed_call", "custom_jvp_call", "custom_vjp_call", "checkpoint"}
RESHAPES = {"reshape", "squeeze", "expand_dims", "stop_gradient", "copy"}

# Only moved about: what NumPy makes of the cells, one or several views.
MOVES = {
    "slice": lambda x, p: [x[tuple(map(slice, p["start_indices"], p["limit_indices"], p["strides"] or [1] * x.ndim))]],
    "transpose": lambda x, p: [x.transpose(p["permutation"])],
    "rev": lambda x, p: [np.flip(x, p["dimensions"])],
    "split": lambda x, p: np.split(x, np.cumsum(p["sizes"])[:-1], p["axis"]),
    "broadcast_in_dim": lambda x, p: [
        np.broadcast_to(np.expand_dims(x, sorted({*range(len(p["shape"]))} - {*p["broadcast_dimensions"]})), p["shape"])
    ],
}

# Computed place by place, by JAX's names, which are the interpreter's too.
EACH = {
    *(
        "abs",
        "and",
        "add",
        "cos",
        "div",
        "eq",
        "exp",
        "ge",
        "gt",
        "is_finite",
        "le",
        "log",
        "logistic",
        "lt",
        "max",
        "min",
        "mul",
    ),
    *("ne", "neg", "not", "or", "pow", "rem", "rsqrt", "select_n", "sign", "sin", "sqrt", "square", "sub", "tanh"),
}


def program(model: Any) -> dict[str, Any]:
    """The program of model.step for one text.  Raises TypeError, in words, for what the interpreter does not know."""
    graphdef, weights = nnx.split(model)
    weights, state = jax.tree.map(plain, (weights, model.init_state(1)))

    def step(weights, state, ids):
        logits, state = nnx.merge(graphdef, weights).step(ids, state)
        return logits, state

    buffers, before = Buffers(), jax.tree.leaves(state)
    with jax.enable_x64(False):
        traced = jax.make_jaxpr(step)(weights, state, np.zeros(1, np.int32))
        id_, *rooms = [buffers.room(leaf.shape, leaf.dtype) for leaf in (np.zeros(1, np.int32), *before)]
        inputs = [*map(Value, jax.tree.leaves(weights)), *rooms, id_]
        logits, *after = _write(buffers, traced.jaxpr, traced.consts, inputs)
    return buffers.finished(id_, logits, rooms, after, before)


def _write(buffers: Buffers, jaxpr: Any, consts: Any, inputs: list[Value]) -> list[Value]:
    """The steps of a trace; returns where its results lie."""
    values: dict[Any, Value] = dict(zip(jaxpr.constvars, [Value(plain(const)) for const in consts], strict=True))
    values.update(zip(jaxpr.invars, inputs, strict=True))

    def read(atom: Any) -> Value:
        aval: Any = atom.aval
        return Value(np.asarray(atom.val, aval.dtype)) if isinstance(atom, Literal) else values[atom]

    for equation in jaxpr.eqns:
        values.update(zip(equation.outvars, _equation(buffers, equation, list(map(read, equation.invars))), strict=True))
    return list(map(read, jaxpr.outvars))


def _equation(buffers: Buffers, equation: Any, operands: list[Value]) -> list[Value]:
    """The steps of one equation; returns where its results lie."""
    name, params = equation.primitive.name, equation.params
    result: Any = equation.outvars[0].aval
    if name in CALLS:
        inner = next(v for v in params.values() if isinstance(v, ClosedJaxpr) or hasattr(v, "eqns"))
        return _write(buffers, getattr(inner, "jaxpr", inner), getattr(inner, "consts", ()), operands)
    if name in RESHAPES:
        return [buffers.reshaped(operands[0], result.shape)]
    if name in MOVES:
        return [operands[0].seen(cells) for cells in MOVES[name](operands[0].cells, params)]
    if all(value.slot is None for value in operands):
        found = equation.primitive.bind(*(value.cells for value in operands), **params)
        return [Value(np.asarray(cells)) for cells in (found if equation.primitive.multiple_results else [found])]
    if name in OTHERS:
        return [OTHERS[name](buffers, buffers.room(result.shape, result.dtype), operands, params)]
    if name in EACH:
        in_page = "imul" if name == "mul" and result.dtype == np.int32 else name  # whole numbers of 32 bits may run over
        return [buffers.step(in_page, buffers.room(result.shape, result.dtype), operands)]
    known = ", ".join(sorted([*RESHAPES, *MOVES, *OTHERS, *EACH]))
    raise TypeError(f"A page cannot run {name}, which step uses. What it can run: {known}.")


def _convert(buffers, out, operands, params):
    if out.cells.dtype == np.bool_:
        return buffers.step("ne", out, [*operands, Value(np.array(0))])
    return buffers.step("copy", out, operands)


def _integer_pow(buffers, out, operands, params):
    return buffers.step("pow", out, [*operands, Value(np.array(params["y"]))])


def _concatenate(buffers, out, parts, params):
    axis = params["dimension"]
    ends = np.cumsum([part.cells.shape[axis] for part in parts])
    for part, cells in zip(parts, np.split(out.cells, ends[:-1], axis), strict=True):
        buffers.step("copy", out.seen(cells), [part])
    return out


def _stack(buffers, out, parts, params):
    layers = [part.seen(np.expand_dims(part.cells, params["axis"])) for part in parts]
    return _concatenate(buffers, out, layers, {"dimension": params["axis"]})


def _reduce(name):
    def write(buffers, out, operands, params):
        axes = range(operands[0].cells.ndim)
        x = buffers.in_rows(operands[0], [axis for axis in axes if axis not in params["axes"]], list(params["axes"]))
        return buffers.step(name, out, [x], [x.cells.shape[-1], x.apart])

    return write


def _dot_general(buffers, out, operands, params):
    (summed_a, summed_b), (batch_a, batch_b) = params["dimension_numbers"]
    rows = []
    for x, summed, batch in zip(operands, (summed_a, summed_b), (batch_a, batch_b), strict=True):
        free = [axis for axis in range(x.cells.ndim) if axis not in (*summed, *batch)]
        rows.append((buffers.in_rows(x, [*batch, *free], list(summed)), len(free)))
    # The places are (batch, free axes of a, free axes of b): each operand is the same along the other's free axes.
    (a, free_a), (b, free_b) = rows
    first, length = len(batch_a), a.cells.shape[-1]
    a_cells = np.expand_dims(a.cells, [first + free_a + axis for axis in range(free_b)])
    b_cells = np.expand_dims(b.cells, [first + axis for axis in range(free_a)])
    seen = [x.seen(np.broadcast_to(cells, (*out.cells.shape, length))) for x, cells in ((a, a_cells), (b, b_cells))]
    return buffers.step("dot_general", out, seen, [length, a.apart, b.apart])


def _gather(buffers, out, operands, params):
    """Windows of an array, each beginning where an index says."""
    array, index = buffers.placed(operands[0]), operands[1]
    dims, sizes = params["dimension_numbers"], params["slice_sizes"]
    _no_batch_of_arrays(dims.operand_batching_dims)
    rows = index.cells.shape[:-1]
    window = array.cells[_first_window(sizes, dims.collapsed_slice_dims)]
    # Written are first the rows of the index, then the window; the result is seen as the dimension numbers want it.
    whole = buffers.room((*rows, *window.shape), array.cells.dtype)
    fill = params["fill_value"]
    if fill is None:
        fill = np.nan if array.cells.dtype == np.float32 else np.iinfo(np.int32).min
    outside = in_json(fill) if params["mode"] == jax.lax.GatherScatterMode.FILL_OR_DROP else None
    window = array.seen(np.broadcast_to(window, whole.cells.shape))
    _indexed(buffers, "gather", whole, window, (array, index, dims.start_index_map, sizes), outside)
    return whole.seen(np.moveaxis(whole.cells, range(len(rows), whole.cells.ndim), dims.offset_dims))


def _scatter(buffers, out, operands, params):
    """An array in which some windows, each beginning where an index says, are replaced."""
    array, index, updates = operands
    dims = params["dimension_numbers"]
    _no_batch_of_arrays(dims.operand_batching_dims)
    buffers.step("copy", out, [array])
    others = [axis for axis in range(updates.cells.ndim) if axis not in dims.update_window_dims]
    updates = updates.seen(
        updates.cells.transpose([*others, *dims.update_window_dims])
    )  # the rows of the index, then the window
    window_shape = iter(updates.cells.shape[len(others) :])
    sizes = [1 if axis in dims.inserted_window_dims else next(window_shape) for axis in range(array.cells.ndim)]
    window = out.cells[_first_window(sizes, dims.inserted_window_dims)]
    outside = "drop" if params["mode"] == jax.lax.GatherScatterMode.FILL_OR_DROP else None
    window = out.seen(np.broadcast_to(window, updates.cells.shape))
    _indexed(buffers, "scatter", window, updates, (out, index, dims.scatter_dims_to_operand_dims, sizes), outside)
    return out


def _indexed(buffers, name, out, source, where, outside):
    """A step whose views lie as if every index were 0.  more: how many numbers an index has and how far they lie apart; how far each
    moves the window in the array; how large each may be; and what stands outside, None where the window is moved back inside instead."""
    array, index, axes, sizes = where
    shape = (*index.cells.shape[:-1], *[1] * (out.cells.ndim - index.cells.ndim + 1), index.cells.shape[-1])
    index = buffers.placed(index)
    index = index.seen(np.broadcast_to(index.cells.reshape(shape), (*out.cells.shape, index.cells.shape[-1])))
    moves = [array.cells.strides[axis] // array.cells.itemsize for axis in axes]
    largest = [array.cells.shape[axis] - sizes[axis] for axis in axes]
    buffers.step(name, out, [source, index], [len(moves), index.apart, moves, largest, outside])


def _first_window(sizes, left_out):
    return (
        *(0 if axis in left_out else slice(size) for axis, size in enumerate(sizes)),
        ...,
    )  # with "..." even one number is a view


def _no_batch_of_arrays(dims):
    if dims:
        raise TypeError(
            "A page cannot look up in a batch of arrays, which step does: give each its own look-up, or use a sum over one-hot rows."
        )


OTHERS = {
    "convert_element_type": _convert,
    "integer_pow": _integer_pow,
    "concatenate": _concatenate,
    "stack": _stack,
    "reduce_sum": _reduce("reduce_sum"),
    "reduce_max": _reduce("reduce_max"),
    "dot_general": _dot_general,
    "gather": _gather,
    "scatter": _scatter,
}
