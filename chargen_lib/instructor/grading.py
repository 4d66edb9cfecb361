"""The check inside a grade cell.

A hidden test runs this file by its path (see fresh_check), not as a module of chargen_lib: in a student's notebook `check`
may be another function, and the library may be patched, or hidden behind a folder of the same name.  For the same reason
everything it needs of the library is imported anew.  That is proof against accidents and idle tricks; whoever patches
Python itself is read by a person.
"""

import contextlib
import hashlib
import importlib
import io
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

LIBRARY = Path(__file__).resolve().parents[2]  # the folder that chargen_lib is in
STUB = 'raise NotImplementedError("your code here")'  # what a student finds where the answer goes
WHERE = "CHARGEN_GRADING"  # the environment variable in which nbgrader's settings say where this file is


def hidden_tests(secret: str) -> str:
    """The lines of a lesson's grade cell above its check: from there on `check` is the fresh one, and raises."""
    return f"### BEGIN HIDDEN TESTS\ncheck = {fresh_check(secret, 'chargen_lib.exercises')}\n### END HIDDEN TESTS\n"


def fresh_check(secret: str, exercises: str) -> str:
    """The source of grader(secret, exercises) for a notebook; it writes over no name there.

    Run by hand, without nbgrader's settings, it takes the library that the notebook finds.
    """
    return (
        '__import__("runpy").run_path(\n'
        f'    __import__("os").environ.get("{WHERE}") or __import__("chargen_lib.instructor.grading").instructor.grading.__file__\n'
        f')["grader"]("{secret}", "{exercises}")'
    )


def grader(secret: str, exercises: str) -> Callable[[str, object], Any]:
    """The check of the module `exercises`, which raises unless the answer is correct.

    It comes fresh from the files, and judges on a seed made from the secret: the same for every student.
    """
    library = _afresh(exercises)

    def check(name: str, answer: object) -> Any:
        seed = int(hashlib.sha256(f"{secret} {name}".encode()).hexdigest()[:7], 16)
        # nbgrader takes points away for a word on stderr, and a warning is no mistake.
        with contextlib.redirect_stderr(io.StringIO()):
            report = library.check(name, answer, seed=seed)
        return report.require()

    return check


def _afresh(module: str) -> ModuleType:
    """The module as its file has it, whatever stands under its name in this process; the rest of the notebook keeps that."""
    with _without_the_library():
        sys.path.insert(0, os.fspath(LIBRARY))
        try:
            return importlib.import_module(module)
        finally:
            sys.path.remove(os.fspath(LIBRARY))


@contextlib.contextmanager
def _without_the_library() -> Iterator[None]:
    def ours() -> list[str]:
        return [name for name in sys.modules if name.partition(".")[0] == "chargen_lib"]

    aside = {name: sys.modules.pop(name) for name in ours()}
    try:
        yield
    finally:
        for name in ours():
            del sys.modules[name]
        sys.modules.update(aside)
