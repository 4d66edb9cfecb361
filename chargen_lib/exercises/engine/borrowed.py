"""Is what was handed in the library's own function?

A lesson imports such functions once the learner has written them, and then an older check, run once more, would judge them.
"""

import contextlib
import dis
import inspect
import sys
import types
from collections.abc import Iterator
from typing import Any

from chargen_lib.exercises.engine.running import unwrapped, with_inner

OURS = "chargen_lib."
MAY_BE_JUDGED = ("chargen_lib.exercises", "chargen_lib.instructor")  # references and misconceptions, as the tests hand them in
# Than pass on, be it by a variable, or one of several values that come: there a subscript stands.
OPERATES = ("BINARY_OP", "BINARY_SLICE", "UNARY", "COMPARE", "IS_OP", "CONTAINS", "STORE_ATTR", "STORE_SUBSCR", "STORE_SLICE")
DOES_MORE = (*OPERATES, "JUMP", "POP_JUMP", "FOR_ITER", "RAISE")


def library_function(answer: Any, name: str, seen: frozenset = frozenset()) -> str | None:
    """The name of the library's function that `answer` is, or that it asks for its result; None if it is the learner's own.

    It is the library's own if it comes from there, as it is or wrapped in jit, partial and their like, or in a decorator; if it
    calls the function of this very `name`, itself or through a function beside it; or if it does nothing but call what the
    library has, functions and methods.  To use what the library has besides, such as Vocabulary, is the learner's right.
    """
    answer = unwrapped(answer)
    if not isinstance(answer, (types.FunctionType, type)) and not _of_the_library(answer):
        answer = unwrapped(vars(type(answer)).get("__call__", answer))  # an object that can be called
    if _of_the_library(answer):
        return str(getattr(answer, "__qualname__", type(answer).__name__))
    if not isinstance(answer, types.FunctionType) or str(answer.__module__).startswith(MAY_BE_JUDGED) or answer in seen:
        return None
    around = _around(answer)
    if answer.__code__.co_flags & inspect.CO_VARARGS:  # what a decorator makes takes whatever comes, and knows what it wraps
        wrapped = [value for value in around.values() if isinstance(value, types.FunctionType) and _of_the_library(value)]
        if wrapped:
            return wrapped[0].__qualname__
    found = [library_function(value, name, seen | {answer}) for value in _named(answer, around) if _may_do_it(value, answer)]
    if name in found:
        return name
    return found[0] if found and all(found) and _only_passes_on(answer.__code__) else None


def _of_the_library(value: Any) -> bool:
    module = str(getattr(value, "__module__", None))
    return module.startswith(OURS) and not module.startswith(MAY_BE_JUDGED)


def _may_do_it(value: Any, answer: types.FunctionType) -> bool:
    """Of what the answer names: a function beside it, or what the library has and can be called; an object, by its methods."""
    if isinstance(value, types.FunctionType):
        return value.__globals__ is answer.__globals__ or _of_the_library(value)
    if isinstance(value, type) or not _of_the_library(value):
        return _of_the_library(value)
    names = {name for code in with_inner(answer.__code__) for name in code.co_names}
    return callable(value) or any(callable(getattr(type(value), name, None)) for name in names)


def _around(function: types.FunctionType) -> dict[str, Any]:
    """The variables of a function around it, and what its own parameters are unless they are given."""
    around = dict(function.__kwdefaults__ or {})
    defaults, code = function.__defaults__ or (), function.__code__
    around.update(zip(code.co_varnames[code.co_argcount - len(defaults) : code.co_argcount], defaults, strict=True))
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
        with contextlib.suppress(ValueError):  # not set yet
            around[name] = cell.cell_contents
    return around


def _named(function: types.FunctionType, around: dict[str, Any]) -> Iterator[Any]:
    """What the names in the function's code stand for: globals, what is `around`, and what it imports."""
    codes = list(with_inner(function.__code__))
    steps = [step for code in codes for step in dis.get_instructions(code)]
    alone = {step.argval for step in steps if step.opname.startswith(("LOAD_GLOBAL", "LOAD_NAME", "IMPORT_NAME"))}
    names = list(dict.fromkeys(name for code in codes for name in code.co_names))
    modules = []
    for value in [*around.values(), *(function.__globals__.get(n, sys.modules.get(n)) for n in names if n in alone)]:
        yield unwrapped(value)
        if isinstance(value, types.ModuleType) and value.__name__.startswith("chargen_lib"):
            modules.append(value)
    for module in modules:  # what stands after a dot
        for name in names:
            value = vars(module).get(name)
            yield unwrapped(value)
            if isinstance(value, types.ModuleType) and value not in modules:
                modules.append(value)


def _only_passes_on(code: types.CodeType) -> bool:
    steps = [step for inner in with_inner(code) for step in dis.get_instructions(inner)]
    return not any(step.opname.startswith(DOES_MORE) and step.argrepr != "[]" for step in steps)
