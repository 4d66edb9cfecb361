"""The judge of a submission.  It lives in the process that grades, and the student's code cannot reach it.

Here are the secret, the inputs drawn from it, the references and the decision.  The notebook's kernel is asked what the answer
gives for an input, and replies with a value, as text.  So nothing that runs in the kernel can be a mark: a right value can.
Three things are taken on the kernel's word, as they cannot be seen from here: that an answer is not the library's own, that
it left its arguments as they were, and that what it gave under jax.jit was given there.
"""

import builtins
import hashlib
from collections.abc import Callable
from typing import Any

import numpy as np

from chargen_lib.exercises import EXERCISES, Exercise, Report
from chargen_lib.exercises.engine import judging
from chargen_lib.exercises.engine.asking import Given
from chargen_lib.exercises.engine.errors import under_jit
from chargen_lib.exercises.engine.running import Outcome, TimeUp, TooMuchMemory, TooMuchOutput
from chargen_lib.exercises.engine.wire import packed, unpacked
from chargen_lib.instructor import variants

Ask = Callable[[dict[str, Any]], Any]  # a question to the kernel -> its reply, or None when there was none

LIMITS = {error.__name__: error for error in (TimeUp, TooMuchOutput, TooMuchMemory)}
LONGEST = 10_000  # characters of a message that the kernel sends
ERRORS = {
    f"{kind.__module__}.{kind.__qualname__}": kind
    for kind in (*vars(builtins).values(), np.linalg.LinAlgError, np.exceptions.AxisError)
    if isinstance(kind, type) and issubclass(kind, Exception)
}


class Missing(Exception):
    """The notebook has no function of the name."""


class Odd(Exception):
    """The kernel's reply is none."""


def judge(test: dict[str, str], name: str, ask: Ask, drawn_for: str) -> Report:
    """The verdict on the notebook's answer `name`.  test: a grade cell's hidden test.

    drawn_for: what the inputs are drawn for besides the secret.  Raises Missing when there is no function of that name.
    """
    exercise = variants.exercise(test["place"]) if test["place"] else EXERCISES[name]
    seed = seed_of(test, name, drawn_for)
    try:
        answer = Elsewhere(exercise, ask)
        report = judging.verdict(exercise, answer, seed) if answer.is_callable else judging.not_a_function(exercise)
        report.printed = answer.printed
    except (TimeUp, TooMuchOutput, TooMuchMemory) as error:
        report = judging.stopped(exercise, error)
    except Missing:
        raise
    except Exception as error:  # whatever a kernel may reply
        report = judging.cannot_be_looked_at(exercise, error)
    for field, value in vars(report).items():
        if isinstance(value, str):  # half of a character, as some answers raise and print, can be written into no file
            setattr(report, field, value.encode(errors="replace").decode())
    return report


def seed_of(test: dict[str, str], name: str, drawn_for: str) -> int:
    """What an exercise's inputs are drawn from."""
    return int(hashlib.sha256(f"{test['secret']} {name} {drawn_for}".encode()).hexdigest()[:7], 16)


class Elsewhere:
    """An answer in a notebook's kernel: see asking.Answer."""

    def __init__(self, exercise: Exercise, ask: Ask) -> None:
        self.exercise, self.ask = exercise, ask
        self.printed = ""
        who = self._asked("who")
        self.is_callable, self._borrowed, self._parameters = who["callable"] is True, who["borrowed"], who["parameters"]

    def borrowed(self, name: str) -> str | None:
        return None if self._borrowed is None else str(self._borrowed)

    def parameters(self) -> list[str] | None:
        return None if self._parameters is None else list(map(str, self._parameters))

    def gives(self, asked: list[tuple]) -> list[Given]:
        reply = self._asked("gives", args=[packed(args) for args in asked])
        self.printed = str(reply["printed"])
        given = [Given(_outcome(one), one["changed"] is not False, tuple(map(str, one["warned"]))) for one in reply["given"]]
        return _as_many(given, asked)

    def traced(self, static: tuple[int, ...], asked: list[tuple]) -> list[Outcome]:
        reply = self._asked("traced", static=static, args=[packed(args) for args in asked])
        return _as_many([_outcome(one) for one in reply["given"]], asked)

    def raised(self, error: BaseException) -> str:
        return str(getattr(error, "said", ""))

    def under_jit(self, error: BaseException | None) -> str:
        return under_jit(None, self.raised) if error is None else self.raised(error)

    def _asked(self, what: str, **more: Any) -> dict[str, Any]:
        reply = self.ask({"what": what, "name": self.exercise.name, **more})
        if reply is None:
            raise TimeUp
        if not isinstance(reply, dict):
            raise Odd(f"no reply to {what}")
        if "odd" in reply:
            raise type(str(reply["odd"])[:80], (Odd,), {})
        if "missing" in reply:
            raise Missing(f"name '{self.exercise.name}' is not defined")
        if "stopped" in reply:
            raise LIMITS.get(str(reply["stopped"]), TimeUp)
        return reply


def _as_many(replies: list, asked: list) -> list:
    if len(replies) != len(asked):
        raise Odd(f"{len(replies)} replies to {len(asked)} questions")
    return replies


def _outcome(sent: dict[str, Any]) -> Outcome:
    """What a call did, of plain types; an error of a type that is not Python's is one of the nearest that is."""
    if "error" not in sent:
        return Outcome(value=unpacked(sent["value"]))
    names = [str(name) for name in sent["error"]]
    nearest = next((ERRORS[name] for name in names if name in ERRORS), Exception)
    text = str(sent["text"])[:LONGEST]
    kind: Any = nearest if names[0] in ERRORS else type(names[0].rpartition(".")[2], (nearest,), {})
    error = kind.__new__(kind, text)
    error.args = (text,)
    error.said = str(sent["said"])[:LONGEST]
    return Outcome(error=error)
