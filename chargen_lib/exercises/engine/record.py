"""Which exercises pass, kept in a small file beside the notebooks, so that a crash or a restart loses nothing.

There is one record for one course folder, wherever in it a notebook lies and whatever folder it works in.
"""

import contextlib
import html
import json
import os
import tempfile
import time
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from IPython import get_ipython

from chargen_lib.exercises.engine.cards import Exercise
from chargen_lib.exercises.engine.report import MARKS, Report, printable

NAME = ".chargen-progress.json"
SOLVED = "solutions"  # this folder of the course is no work of the learner's
GRADED = "nbgrader_config.py"  # and a folder that holds this is the work of many
LOCK_WAITS = 5.0  # seconds, then it is written all the same
LOCK_IS_STALE = 2.0  # seconds without a change: to write takes some thousandths


def started_in() -> Path:
    """The folder of the notebook that asks, or else the working folder."""
    shell = get_ipython()
    notebook = os.environ.get("JPY_SESSION_NAME")  # JupyterLab's
    if shell is not None and "__vsc_ipynb_file__" in shell.user_ns:  # Visual Studio Code's
        notebook = shell.user_ns["__vsc_ipynb_file__"]
    folder = Path(str(notebook)).parent if notebook else Path()
    return folder.resolve() if notebook and folder.is_absolute() and folder.is_dir() else Path.cwd()


# The verdicts that a record could not take, until it can: on a full disk, for instance.
_unwritten: dict[Path, dict[str, str]] = {}
_began_in = started_in()  # now, at the first import: later a notebook may have gone to work in another folder


def look_from(folder: Path) -> None:
    """From now on, find the record as a notebook in `folder` does."""
    global _began_in
    _began_in = folder


def record_file() -> Path:
    """Where the record is: the environment variable CHARGEN_PROGRESS, or in notebooks/ of the course, or beside the notebook."""
    return record_files()[0]


def record_files() -> list[Path]:
    """The record, and then where one may lie from before: what stands there counts too."""
    if named := os.environ.get("CHARGEN_PROGRESS"):
        return [_began_in / Path(named).expanduser()]
    above = (_began_in, *_began_in.parents)
    for course in above:
        if (course / GRADED).exists():
            break
        if (course / "notebooks").is_dir() and (course / "chargen_lib").is_dir() and course / SOLVED not in above:
            return list(dict.fromkeys(folder / NAME for folder in (course / "notebooks", _began_in, course)))
    return [_began_in / NAME]


def read() -> dict[str, str]:
    """The status of each exercise that was tried.  A damaged record is set aside, not deleted."""
    try:
        return _read()
    except OSError as error:
        warnings.warn(f"The record of your exercises, {record_file()}, cannot be read ({error}).", stacklevel=3)
        return dict(_unwritten.get(record_file(), {}))


def _read() -> dict[str, str]:
    statuses = dict(_unwritten.get(record_file(), {}))
    for path in record_files():
        for name, status in _read_file(path).items():
            if statuses.get(name) != "correct":
                statuses[name] = status
    return statuses


def _read_file(path: Path) -> dict[str, str]:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return {}
    try:
        statuses = json.loads(content)
        if not isinstance(statuses, dict) or not all(s in list(MARKS) for s in statuses.values()):
            raise ValueError("not a table of statuses")
        return statuses
    except (ValueError, RecursionError) as error:
        aside, number = path.with_suffix(".damaged.json"), 1
        while aside.exists():  # one from before stays too
            number += 1
            aside = path.with_suffix(f".damaged-{number}.json")
        try:
            os.replace(path, aside)
            kept = f"It was moved to {aside}"
        except OSError:
            kept = "It was left where it is"
        warnings.warn(
            f"The record of your exercises, {path}, was damaged ({error}). {kept}, and a new one begins; run your checks "
            "again to fill it.",
            stacklevel=5,
        )
        return {}


def note(report: Report) -> None:
    """Enter a verdict.  What was once correct stays so: a fresh copy of a notebook does not undo work.

    Two notebooks may do this at once: each reads and writes while the other waits.
    """
    if report.status == "not attempted":
        return
    path = record_file()
    waiting = _unwritten.setdefault(path, {})
    with _locked(path):
        try:
            statuses = _read()
        except OSError as error:  # a record that cannot be read must not be replaced by a new one
            _enter(waiting, report)
            warnings.warn(f"Your result counts, but {path} cannot be read, so it was left as it is ({error}).", stacklevel=3)
            return
        if statuses.get(report.name) in ("correct", report.status) and path.exists() and not waiting:
            return
        _enter(statuses, report)
        try:
            _write(path, statuses)
            waiting.clear()
        except OSError as error:
            _enter(waiting, report)
            warnings.warn(f"Your result counts, but could not be written to {path} ({error}).", stacklevel=3)


def _enter(statuses: dict[str, str], report: Report) -> None:
    if statuses.get(report.name) != "correct":
        statuses[report.name] = report.status


def _write(path: Path, statuses: dict[str, str]) -> None:
    """Beside it, then renamed: a full disk or Ctrl-C leaves the old record whole."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(statuses, file, indent=1, sort_keys=True)
        for _ in range(20):
            try:
                return os.replace(temporary, path)
            except PermissionError:  # on Windows, while somebody reads the record
                time.sleep(0.02)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Alone with the record: a file beside it says so, which only one process can make.

    That holds on every system and on network folders. Whoever made it may have died: it is stale when it stays the same for
    a while by the clock of the one who waits. Nobody waits for long: better a lost verdict than a check that hangs.
    """
    lock = path.with_name(path.name + ".lock")
    gives_up, seen, since = time.monotonic() + LOCK_WAITS, None, time.monotonic()
    made = False
    while not made and time.monotonic() < gives_up:
        try:
            os.close(os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
            made = True
        except (FileExistsError, PermissionError):  # PermissionError: on Windows, while it is being removed
            with contextlib.suppress(OSError):
                now = lock.stat()
                if (now.st_mtime_ns, now.st_ino) != seen:
                    seen, since = (now.st_mtime_ns, now.st_ino), time.monotonic()
                elif time.monotonic() - since > LOCK_IS_STALE:
                    lock.unlink()
            if not lock.exists() and not os.access(path.parent, os.W_OK):
                break
            time.sleep(0.01)
        except OSError:  # no folder, or none that can be written to: the write will say so
            break
    try:
        yield
    finally:
        if made:
            with contextlib.suppress(OSError):
                lock.unlink()


@dataclass(frozen=True)
class Progress:
    """The table that progress() shows: every exercise, or those of one `lesson` and the whole in one line."""

    rows: tuple[tuple[Exercise, str], ...]
    lesson: int | None = None

    @property
    def points(self) -> tuple[int, int]:
        """Points won, points there are, in all lessons."""
        return _points(self.rows)

    def _shown(self) -> tuple[list[tuple[Exercise, str]], list[str]]:
        """The rows to show, and the lines that sum up."""
        won, there_are = self.points
        if self.lesson is None:
            return list(self.rows), [f"{won} of {counted(there_are)}"]
        rows = [(e, s) for e, s in self.rows if e.lesson == self.lesson]
        here, in_it = _points(rows)
        return rows, [
            f"Lesson {self.lesson:02}: {here} of {counted(in_it)}",
            f"The whole course: {won} of {counted(there_are)}",
        ]

    def __str__(self) -> str:
        rows, sums = self._shown()
        lines = [f"lesson {e.lesson:02}  {MARKS[s][0]} {e.name:<24} {s:<14} {counted(e.points)}" for e, s in rows]
        return printable("\n".join([*lines, *sums]))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        shown, sums = self._shown()
        rows = "".join(
            f'<tr><td>{e.lesson:02}</td><td style="text-align:left"><code>{html.escape(e.name)}</code></td>'
            f'<td style="text-align:left"><span aria-hidden="true" style="color:{MARKS[s][1]}">{MARKS[s][0]}</span> {s}</td>'
            f"<td>{e.points}</td></tr>"
            for e, s in shown
        )
        head = "".join(f'<th scope="col">{c}</th>' for c in ("lesson", "exercise", "status", "points"))
        return (
            f"<table><caption>Your exercises. {'. '.join(sums)}</caption>"
            f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
        )


def counted(points: int) -> str:
    """ "1 point", "2 points"."""
    return f"{points} point{'' if points == 1 else 's'}"


def _points(rows: Iterable[tuple[Exercise, str]]) -> tuple[int, int]:
    rows = list(rows)
    return sum(e.points for e, s in rows if s == "correct"), sum(e.points for e, _ in rows)
