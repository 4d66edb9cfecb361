"""An error of Python, NumPy or JAX that an answer raised, in words that a learner can act on."""

import ast
import inspect
import linecache
import re
from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from chargen_lib.exercises.engine.running import where_raised

STUB = "your code here"  # the message of the NotImplementedError that stands where the answer is to be written
READ_ONLY = "an array from JAX is read-only: use .at[...].set(...), or np.array(x) for a copy that can be changed"

# How NumPy and JAX begin when shapes do not fit: in a matrix product, and entry by entry.
PRODUCT = re.compile(
    r"dot_general requires|Incompatible types for matmul|matmul: Input operand|shapes .* not aligned|jax\.lax\.dot:|Size of label|"
    r"operands .* remapped shapes .*\)->|shape-mismatch for sum|multi_dot:|inconsistent size for core dimension .*\(n,m\)"
)
PUT = re.compile(r"Incompatible types for broadcasting|could not broadcast input array|Cannot broadcast to shape with fewer")
ENTRYWISE = re.compile(
    r"\w+ got incompatible shapes for broadcasting|Incompatible shapes for broadcasting|operands could not be broadcast"
)
NO_ARRAY = re.compile(r"problematic value is of type <class 'range'>|Using a non-tuple sequence")  # in brackets, as an index
ASKS_FOR_VALUES = (
    jax.errors.ConcretizationTypeError,  # TracerBoolConversionError is one too
    jax.errors.TracerArrayConversionError,
    jax.errors.TracerIntegerConversionError,
    jax.errors.NonConcreteBooleanIndexError,
)
OF_PYTORCH = {  # methods that an array of JAX does not have, and what does the same
    "masked_fill": "jnp.where(mask, number, x)",
    "gather": "jnp.take_along_axis, or an array as index",
    "softmax": "jax.nn.softmax(x, axis=-1)",
    "unsqueeze": "x[:, None]",
    "permute": "jnp.transpose",
    "bool": "x > 0",
    "float": "x.astype(float)",
    "long": "x.astype(int)",
}
THEIRS = ("jax", "numpy", "opt_einsum")  # modules
SHAPE = re.compile(r"\((?:\d+,|\d+(?:, ?\d+)+)\)")


def is_stub(error: BaseException | None) -> bool:
    """Did the exercise's own stub raise this?"""
    return isinstance(error, NotImplementedError) and str(error) == STUB


def shapes_do_not_fit(error: BaseException | None) -> bool:
    """NumPy raises ValueError then, JAX TypeError or ValueError."""
    return isinstance(error, (TypeError, ValueError)) and bool(PRODUCT.match(str(error)) or ENTRYWISE.match(str(error)))


def raised(error: BaseException, answer: Callable) -> str:
    """What to say of an error that the answer raised where a value was due."""
    if isinstance(error, RecursionError):
        return "Your function calls itself without end. Where does the recursion stop?"
    where = where_raised(error, answer)
    message = _first_line(error)
    if isinstance(error, TypeError) and NO_ARRAY.search(message):
        use = "jnp.arange(n) is the array of 0 to n - 1, jnp.array(x) makes one of a list."
        return f"Your function gives JAX a range or a list where an array belongs{where}: {use}"
    if PUT.match(message):
        given, there = (_as_tuple(shape) for shape in re.findall(r"[(\[]([\d, ]*)[)\]]", message))
        return (
            f"Your function puts an array of the shape {given} into a place of the shape {there}{where}. Which axis must fit?"
        )
    if shapes_do_not_fit(error):
        return _which_axis(error, message, where)
    if _assigns(error, message):
        return f"Your function changes an array in its place{where}, but {READ_ONLY}."
    if isinstance(error, ASKS_FOR_VALUES):
        return f"Your function asks for a value under jax.jit{where}: {_traced(error)}"
    text = f"Your function raised {type(error).__name__}: {message}{where}."
    if "unhashable type" in message and "JAX array" in message:
        text += " An array cannot be the key of a dict or stand in a set. Make plain numbers of it first: x.tolist(), int(x)."
    if re.match(r"axis -?\d+ is out of bounds for array of dimension 0", message):
        text += " A plain number has no axes. Does it stand where an array belongs, with two arguments in the wrong order?"
    elif axis := re.match(r"axis (\d+) is out of bounds for array of dimension (\d+)", message):
        has = f"{axis[2]} {'axis' if axis[2] == '1' else 'axes'}"
        text += f" An array with {has} has no axis {axis[1]}: the first is 0, and axis=-1 is the last one of any array."
    if isinstance(error, TypeError) and re.match(r"only .*arrays can be converted to Python scalars", message, re.IGNORECASE):
        text += " Functions such as math.exp take one number; those of jnp take arrays: jnp.exp, jnp.tanh."
    if "requires ndarray or scalar arguments, got <class 'list'>" in message:
        text += " JAX takes no list for an array: jnp.array(x) makes one of a list of numbers; go through a list of arrays one by one."
    if "array split does not result in an equal division" in message:
        text += " As many pieces must fit into the axis exactly."
        if "axis" not in where:
            text += " jnp.split cuts along the first axis unless it is told another one: axis=-1 cuts the columns."
    if "truth value of an array" in message:
        text += (
            " An array has many values; `if`, `and`, `or`, max and min need one. Use jnp.where, `&`, `|`, jnp.maximum and jnp.minimum; or is "
            "a sum missing, so that an array stands where one number belongs?"
        )
    if "unsupported operand type(s) for +: 'list' and a JAX array" in message:
        text += " A list and an array do not make a longer one so: jnp.concatenate([jnp.array(a), b]) puts b behind a."
    if "inhomogeneous shape" in message or message.startswith("Cannot concatenate arrays with shapes that differ"):
        text += " Are all the rows equally long? An array needs them so."
    if re.match(r"`?indices`? and `?arr`? must have the same number of dimensions", message):
        text += " take_along_axis wants one index for each row as a column, indices[..., None], and gives a column back: [..., 0] makes a row of it."
    if message.startswith("zero-size array to reduction operation"):
        text += " An empty array has no largest or smallest entry. Leave the empty case out, or ask .any() of a comparison: there it is False."
    if (method := re.search(r"array object has no attribute '(\w+)'", message)) and method[1] in OF_PYTORCH:
        text += f" That is PyTorch's; here it is {OF_PYTORCH[method[1]]}."
    if re.search(r"scan body (function carry|output must be a pair)", message):
        text += " The body of a scan returns two things: the new carry, made up as the one that it was given, and what is kept of this step."
    if isinstance(error, jax.errors.UnexpectedTracerError):
        text += (
            " A list or a variable outside cannot collect what is made in a scan or under jit. Return it: what the body of a scan returns as its "
            "second thing is collected, one row for each step."
        )
    if message.startswith("iteration over a 0-d"):
        text += " A single number cannot be taken apart. Are two arguments in the wrong order? A scan calls its body with the carry first, then x."
    if isinstance(error, AttributeError) and "'at'" in message:
        text += " Only JAX's arrays have .at: jnp.asarray(x) makes one of x, jnp.zeros a new one."
    return text


def parameters(function: Callable) -> list[str] | None:
    """The names of a function's parameters, in order; a function of C may have none."""
    try:
        return list(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return None


def parameters_in_another_order(asked: Callable, own: list[str] | None) -> str | None:
    """What to say where the names of the parameters are the right ones, but in another order than they are given."""
    wanted = parameters(asked)
    if not own or not wanted or own == wanted or sorted(own) != sorted(wanted):
        return None
    return f"Your function takes ({', '.join(own)}), but it is called with ({', '.join(wanted)}). Put the parameters back in that order."


def under_jit(error: BaseException | None, answer: Callable) -> str:
    """What to say of an answer whose values are right, but not under jax.jit."""
    begins = "Your values are right, but the function does not run under jax.jit"
    if error is None:
        why = "Does it draw at random, keep something from one call to the next, or take 0 times infinity, which compiled code may do otherwise?"
        return f"{begins}: there its values are others. {why}"
    return f"{begins}{where_raised(error, answer)}: {_traced(error)}"


def _first_line(error: BaseException) -> str:
    message = str(error).strip()
    if not message:
        return "no message"
    line = re.sub(r"'?(?:jaxlib\.\w+\.)?ArrayImpl'?", "a JAX array", message.splitlines()[0].rstrip(".:"))
    return line if len(line) <= 200 else line[:199] + "…"


def _assigns(error: BaseException, message: str) -> bool:
    if isinstance(error, TypeError) and "JAX arrays are immutable" in message:
        return True
    return isinstance(error, ValueError) and "read-only" in message


def _which_axis(error: BaseException, message: str, where: str) -> str:
    product = bool(PRODUCT.match(message))
    found = _operands(error) if product else [_as_tuple(shape) for shape in SHAPE.findall(message)]
    shapes = [str(shape) for shape in dict.fromkeys(found)] * (2 if len(set(found)) == 1 else 1)
    sizes = re.search(r"size (\d+) is different from (\d+)", message)
    if len(shapes) >= 2:
        what = f"of the shapes {', '.join(shapes[:-1])} and {shapes[-1]}"
    elif sizes:
        what = f"whose axes of length {sizes[2]} and {sizes[1]} should be equally long"
    else:
        what = f"that do not fit ({message})"
    if product:
        return f"Your function multiplies arrays {what}{where}. Which axis must fit?"
    return (
        f"Your function combines arrays {what} entry by entry{where}. Which axis must fit? They are lined up from the last "
        "axis on, and each pair must be equal or hold a 1."
    )


def _as_tuple(shape: str) -> tuple[int, ...]:
    return tuple(int(size) for size in re.findall(r"\d+", shape))


def _operands(error: BaseException) -> list[tuple[int, ...]]:
    """The shapes of what was multiplied where the error arose, looked up in the line that raised it; [] if that fails.

    The messages name a single axis of each.
    """
    try:
        frames = [t for t in _chain(error) if not t.tb_frame.f_globals.get("__name__", "").startswith(THEIRS)]
        frame, code = frames[-1].tb_frame, frames[-1].tb_frame.f_code
        first, last, begin, end = list(code.co_positions())[frames[-1].tb_lasti // 2]
        assert first and last and begin is not None and end is not None
        lines = [linecache.getline(code.co_filename, n).encode() for n in range(first, last + 1)]
        lines[-1] = lines[-1][:end]
        lines[0] = lines[0][begin:]
        expression = ast.parse(b"(" + b"".join(lines) + b")", mode="eval").body
        if isinstance(expression, ast.BinOp):
            parts: list[ast.expr] = [expression.left, expression.right]
        else:
            assert isinstance(expression, ast.Call)
            parts = expression.args
        values = [eval(ast.unparse(part), frame.f_globals, frame.f_locals) for part in parts]  # once more, as the line did
        return [np.shape(value) for value in values if isinstance(value, (np.ndarray, jax.Array))]
    except Exception:
        return []


def _chain(error: BaseException) -> list[Any]:
    steps, step = [], error.__traceback__
    while step is not None:
        steps.append(step)
        step = step.tb_next
    return steps


def _traced(error: BaseException) -> str:
    """Under jit the arrays have shapes but no values yet.  What asked for a value, and what to use instead."""
    message = str(error)
    if isinstance(error, jax.errors.TracerBoolConversionError):
        return (
            "`if`, `while`, `and`, `or`, `in`, bool, min and max ask for the value of an array, which is not known yet there. Use "
            "jnp.where, jnp.minimum, `&`."
        )
    if isinstance(error, jax.errors.TracerArrayConversionError):
        return "a function of NumPy was given an array whose values are not known yet there. Use jnp and not np."
    if isinstance(error, jax.errors.NonConcreteBooleanIndexError):
        return (
            "x[mask] picks as many entries as the mask has True, so its shape is not known yet there. Keep the shape: "
            "jnp.where(mask, x, something else)."
        )
    if isinstance(error, jax.errors.TracerIntegerConversionError):
        return (
            "range, an index into a list or a size needs a whole number, but the array's value is not known yet there. Use "
            "jnp.arange with jnp.where, or an index into an array."
        )
    if function := re.search(r"the `(\w+)` function|the (item|tolist)\(\) method", message, re.IGNORECASE):
        name = f"{function[1]}(...)" if function[1] else f".{function[2]}()"
        return f"`{name}` makes Python numbers of an array whose values are not known yet there. Leave it an array."
    asked = ("concrete values", "static integers", "at a dynamic position")
    if isinstance(error, jax.errors.ConcretizationTypeError) or any(words in message for words in asked):
        return (
            "a shape or a size there depends on the values of an array, which are not known yet. Take it from x.shape, or keep the "
            "full shape and use jnp.where."
        )
    if "not a valid JAX type" in message:
        return "it must return arrays."
    return f"{type(error).__name__}: {_first_line(error)}. Are all functions in it of jnp, and none of np?"
