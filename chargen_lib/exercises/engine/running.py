"""Run somebody else's function so that it cannot hang, flood or crash the one who asked."""

import contextlib
import ctypes
import functools
import io
import linecache
import threading
import time
import traceback
import types
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import jax
import psutil  # ipykernel needs it, so it is there
from IPython import get_ipython
from IPython.core.displaypub import CapturingDisplayPublisher

T = TypeVar("T")

OUTPUT_LIMIT = 100_000  # characters; more is a loop that prints
DISPLAY_COSTS = 1000  # of these characters, whatever it shows
MEMORY_LIMIT = 2**30  # bytes more than before; such a list grows without end
STILL_RUNNING_AFTER = 2.0  # seconds
LOOKS_EVERY = 0.05  # seconds, at the memory
INSIDE = ("__wrapped__", "__func__", "pyfunc")  # where jit and its like, a method, and np.vectorize keep their function
NOT_SHOWN = (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning)  # Python hides them too


class TimeUp(BaseException):
    """The time limit has passed.  A BaseException, so that an answer's own `except Exception` does not keep it."""


class TooMuchOutput(BaseException):
    """More than OUTPUT_LIMIT characters were printed or displayed."""


class TooMuchMemory(BaseException):
    """The process grew by more than MEMORY_LIMIT."""


@dataclass(frozen=True)
class Outcome:
    """What one call did: returned `value`, or raised `error`."""

    value: Any = None
    error: BaseException | None = None


class _Output(io.TextIOBase):
    """Keeps what is printed and displayed, up to the limit, and what is warned of."""

    def __init__(self) -> None:
        self.text = ""
        self.warned: list[str] = []
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

    def displayed(self, text: str) -> None:
        self._size += DISPLAY_COSTS
        self.write(text + "\n")

    def warning(self, message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
        self.warned.append(f"{category.__name__}: {message}"[:300])

    def close(self) -> None:
        self.text = "".join(self._parts)
        super().close()


class _Displays(CapturingDisplayPublisher):
    """Takes the place of the notebook's own, so that displaying is like printing."""

    def __init__(self, output: _Output) -> None:
        super().__init__()
        self._into = output

    def publish(self, data: dict, *_: Any, **__: Any) -> None:
        self._into.displayed(str(data.get("text/plain", "")))


def call(function: Callable, args: tuple) -> Outcome:
    """function(*args) as an Outcome.  SystemExit and the like count as errors; the limits of `limited` pass through."""
    try:
        return Outcome(value=function(*args))
    except (TimeUp, TooMuchOutput):
        raise
    except BaseException as error:
        return Outcome(error=error)


def limited(work: Callable[[list[str]], T], seconds: float, waiting: Callable[[], None]) -> tuple[T, str]:
    """work(warned) and what it printed.  Raises TimeUp, TooMuchOutput or TooMuchMemory when it goes on without end.

    warned: the list in which warnings arrive while the work runs.
    waiting() is called once, when it takes longer than one likes to wait without a word.

    The work runs in a thread of its own: that can be left behind on every operating system, even when it hangs inside
    compiled code, where no signal arrives.
    """
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        with contextlib.suppress(TimeUp):  # one that arrives when the work has just ended
            try:
                results.append(work(output.warned))
            except BaseException as error:
                errors.append(error)

    output = _Output()
    worker = threading.Thread(target=run, daemon=True)
    memory = psutil.Process().memory_info
    most = memory().rss + MEMORY_LIMIT

    def watch(seconds: float) -> None:
        until = time.monotonic() + seconds
        while worker.is_alive() and (left := until - time.monotonic()) > 0:
            worker.join(min(left, LOOKS_EVERY))
            if worker.is_alive() and memory().rss > most:
                raise TooMuchMemory

    try:
        with _into(output):
            worker.start()
            watch(min(STILL_RUNNING_AFTER, seconds))
        if worker.is_alive() and seconds > STILL_RUNNING_AFTER:
            waiting()
            with _into(output):
                watch(seconds - STILL_RUNNING_AFTER)
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
    """What is printed, displayed and warned of goes into `output`.

    All this is one for the whole process, so it is set and put back here and not in the thread, which may be left behind.
    """
    shell: Any = get_ipython()
    publisher = shell and shell.display_pub
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output), warnings.catch_warnings():
        warnings.simplefilter("always")  # also where a notebook makes errors of them, or has seen them once
        for category in NOT_SHOWN:
            warnings.simplefilter("ignore", category)
        warnings.showwarning = output.warning  # type: ignore[assignment]
        filtering = jax.config.jax_traceback_filtering  # type: ignore[attr-defined]
        jax.config.update("jax_traceback_filtering", "off")  # it takes 30 ms for each error, and nobody sees these tracebacks
        if shell:
            shell.display_pub = _Displays(output)
        try:
            yield
        finally:
            jax.config.update("jax_traceback_filtering", filtering)
            if shell:
                shell.display_pub = publisher


def _stop(worker: threading.Thread, ended: Callable[[], bool]) -> None:
    """Ask the thread to end, a few times: an answer may catch what it is sent.  Then leave it."""
    for _ in range(20):
        if ended() or not worker.is_alive():
            return
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(worker.ident or 0), ctypes.py_object(TimeUp))
        worker.join(0.05)
        time.sleep(0)


def unwrapped(function: Any) -> Any:
    """The function inside functools.partial, jax.jit, a method and whatever else says what it wraps."""
    for _ in range(20):
        if isinstance(function, functools.partial):
            function = function.func
        elif inner := [held for name in INSIDE if (held := getattr(function, name, None)) is not None]:
            function = inner[0]
        else:
            break
    return function


def where_raised(error: BaseException, function: Callable) -> str:
    """' (line 3 of your function: return ids[x])', or '' when the error did not pass through the function."""
    code = getattr(unwrapped(function), "__code__", None)
    if code is None:
        return ""
    own = set(with_inner(code))
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


def with_inner(code: types.CodeType) -> Iterator[types.CodeType]:
    """The code of a function and of the functions defined inside it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from with_inner(constant)
