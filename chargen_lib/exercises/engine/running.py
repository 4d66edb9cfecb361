"""Run somebody else's function so that it cannot hang, flood or crash the one who asked."""

import contextlib
import ctypes
import io
import linecache
import threading
import time
import traceback
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")

OUTPUT_LIMIT = 100_000  # characters; more is a loop that prints
STILL_RUNNING_AFTER = 2.0  # seconds


class TimeUp(BaseException):
    """The time limit has passed.  A BaseException, so that an answer's own `except Exception` does not keep it."""


class TooMuchOutput(BaseException):
    """More than OUTPUT_LIMIT characters were printed."""


@dataclass(frozen=True)
class Outcome:
    """What one call did: returned `value`, or raised `error`."""

    value: Any = None
    error: BaseException | None = None


class _Output(io.TextIOBase):
    """Keeps what is printed, up to the limit."""

    def __init__(self) -> None:
        self.text = ""
        self._parts: list[str] = []
        self._size = 0

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self._size += len(text)
        if self._size > OUTPUT_LIMIT:
            raise TooMuchOutput
        self._parts.append(text)
        return len(text)

    def close(self) -> None:
        self.text = "".join(self._parts)
        super().close()


def call(function: Callable, args: tuple) -> Outcome:
    """function(*args) as an Outcome.  SystemExit and the like count as errors; the limits of `limited` pass through."""
    try:
        return Outcome(value=function(*args))
    except (TimeUp, TooMuchOutput):
        raise
    except BaseException as error:
        return Outcome(error=error)


def limited(work: Callable[[], T], seconds: float, waiting: Callable[[], None]) -> tuple[T, str]:
    """work() and what it printed.  Raises TimeUp or TooMuchOutput when it goes on, or prints, without end.

    waiting() is called once, when it takes longer than one likes to wait without a word.

    The work runs in a thread of its own: that can be left behind on every operating system, even when it hangs inside
    compiled code, where no signal arrives.
    """
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        with contextlib.suppress(TimeUp):  # one that arrives when the work has just ended
            try:
                results.append(work())
            except BaseException as error:
                errors.append(error)

    output = _Output()
    worker = threading.Thread(target=run, daemon=True)
    try:
        with _into(output):
            worker.start()
            worker.join(min(STILL_RUNNING_AFTER, seconds))
        if worker.is_alive() and seconds > STILL_RUNNING_AFTER:
            waiting()
            with _into(output):
                worker.join(seconds - STILL_RUNNING_AFTER)
    finally:  # also after Ctrl-C
        with _into(output):  # what a thread says while it is being stopped helps nobody
            _stop(worker, lambda: bool(results or errors))
    if worker.is_alive() or not (results or errors):
        raise TimeUp
    if errors:
        raise errors[0]
    output.close()
    return results[0], output.text


@contextlib.contextmanager
def _into(output: _Output) -> Iterator[None]:
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        yield


def _stop(worker: threading.Thread, ended: Callable[[], bool]) -> None:
    """Ask the thread to end, a few times: an answer may catch what it is sent.  Then leave it."""
    for _ in range(20):
        if ended() or not worker.is_alive():
            return
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(worker.ident or 0), ctypes.py_object(TimeUp))
        worker.join(0.05)
        time.sleep(0)


def where_raised(error: BaseException, function: Callable) -> str:
    """' (line 3 of your function: return ids[x])', or '' when the error did not pass through the function."""
    code = getattr(function, "__code__", None)
    if code is None:
        return ""
    own = set(_with_inner(code))
    lines = [
        (frame.f_lineno if number is None else number)
        for frame, number in traceback.walk_tb(error.__traceback__)
        if frame.f_code in own
    ]
    if not lines:
        return ""
    source = linecache.getline(code.co_filename, lines[-1]).strip()
    within = lines[-1] - code.co_firstlineno + 1
    return f" (line {within} of your function{': ' + source if source else ''})"


def _with_inner(code: types.CodeType) -> Iterator[types.CodeType]:
    """The code of a function and of the functions defined inside it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _with_inner(constant)
