"""What a grade cell says of how it is judged, and the other end of that in the notebook's process.

The judge does not live in the notebook (see judge.py).  Here is what it needs there: a function that takes a question as text
and gives the answer as text.  The kernel runs this file by its path (see question), not as a module of chargen_lib, and takes
the library fresh from its files: in a student's notebook the library may be patched, or hidden behind a folder of that name.
That is for the sake of who did so by mistake: whatever the notebook's process says is only an answer, and never a mark.
"""

import contextlib
import importlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

LIBRARY = Path(__file__).resolve().parents[2]  # the folder that chargen_lib is in
STUB = 'raise NotImplementedError("your code here")'  # what a student finds where the answer goes
BEGIN, END = "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"
JUDGED = 'raise RuntimeError("Nobody judges this cell: autograde does, with the settings of the course.")  # '
KEPT_AS = "_chargen_answering"  # in sys.modules: the fresh library's part, from one question to the next


def hidden_test(secret: str, place: str = "") -> str:
    """The lines above a grade cell's check: how to judge it.  As code they raise, so that running them earns nothing.

    place: of an exercise in a private set, "set/function/member".
    """
    return f"{BEGIN}\n{JUDGED}{json.dumps({'secret': secret, 'place': place})}\n{END}\n"


def read_hidden_test(source: str) -> dict[str, str] | None:
    """What hidden_test wrote into a cell, or None."""
    for line in source.splitlines():
        if line.startswith(JUDGED):
            return json.loads(line.removeprefix(JUDGED))
    return None


def question(content: dict) -> str:
    """An expression for the notebook's process; its value, shown, is the answer in JSON."""
    return f'__import__("runpy").run_path({__file__!r})["reply"](globals(), {json.dumps(content)!r})'


class Reply(str):
    """A text that is shown as it is."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def reply(names: dict[str, Any], asked: str) -> Reply:
    """The answer to a question: see exercises/engine/answering.py.  names: the notebook's."""
    if KEPT_AS not in sys.modules:
        sys.modules[KEPT_AS] = _afresh("chargen_lib.exercises.engine.answering")
    return Reply(json.dumps(sys.modules[KEPT_AS].answered(names, json.loads(asked))))


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
