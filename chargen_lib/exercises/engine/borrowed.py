"""Is what was handed in the library's own function?

A lesson imports such functions once the learner has written them, and then an older check, run once more, would judge them.
"""

import contextlib
import dis
import sys
import types
from collections.abc import Iterator
from typing import Any

from chargen_lib.exercises.engine.running import unwrapped

OURS = "chargen_lib."
MAY_BE_JUDGED = ("chargen_lib.exercises", "chargen_lib.instructor")  # references and misconceptions, as the tests hand them in
# Than pass on, be it one of several values that come: there a subscript stands.
DOES_MORE = ("BINARY_OP", "BINARY_SLICE", "UNARY", "COMPARE", "IS_OP", "CONTAINS", "STORE", "JUMP", "FOR_ITER", "RAISE", "MAKE")


def library_function(answer: Any, name: str, seen: frozenset = frozenset()) -> str | None:
    """The name of the library's function that `answer` is, or that it asks for its result; None if it is the learner's own.

    It is the library's own if it comes from there, as it is or wrapped in jit, partial and their like; if it calls the
    function of this very `name`, itself or through a function beside it; or if it does nothing but call one function of the
    library.  To use what the library has besides, such as Vocabulary, is the learner's right.
    """
    answer = unwrapped(answer)
    if not isinstance(answer, (types.FunctionType, type)) and not _of_the_library(answer):
        answer = unwrapped(vars(type(answer)).get("__call__", answer))  # an object that can be called
    if _of_the_library(answer):
        return str(getattr(answer, "__name__", name))
    if not isinstance(answer, types.FunctionType) or str(answer.__module__).startswith(MAY_BE_JUDGED) or answer in seen:
        return None
    called = [value for value in _named(answer) if isinstance(value, types.FunctionType)]
    beside = [value for value in called if value.__globals__ is answer.__globals__ or _of_the_library(value)]
    found = [library_function(value, name, seen | {answer}) for value in beside]
    if name in found:
        return name
    return found[0] if len(found) == 1 and _only_passes_on(answer.__code__) else None


def _of_the_library(value: Any) -> bool:
    module = str(getattr(value, "__module__", None))
    return module.startswith(OURS) and not module.startswith(MAY_BE_JUDGED)


def _named(function: types.FunctionType) -> Iterator[Any]:
    """What the names in the function's code stand for: globals, variables of a function around it, and what it imports."""
    code = function.__code__
    around = {}
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
        with contextlib.suppress(ValueError):  # not set yet
            around[name] = cell.cell_contents
    modules = []
    for name in (*code.co_freevars, *code.co_names):
        value = around[name] if name in around else function.__globals__.get(name, sys.modules.get(name))
        yield unwrapped(value)
        if isinstance(value, types.ModuleType) and value.__name__.startswith("chargen_lib"):
            modules.append(value)
    for module in modules:  # what stands after a dot
        for name in code.co_names:
            value = vars(module).get(name)
            yield unwrapped(value)
            if isinstance(value, types.ModuleType) and value not in modules:
                modules.append(value)


def _only_passes_on(code: types.CodeType) -> bool:
    return not any(step.opname.startswith(DOES_MORE) and step.argrepr != "[]" for step in dis.get_instructions(code))
