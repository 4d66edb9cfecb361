"""Which exercises pass, kept in a small file beside the notebooks, so that a crash or a restart loses nothing."""

import html
import json
import os
import tempfile
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from chargen_lib.exercises.engine.cards import Exercise
from chargen_lib.exercises.engine.report import MARKS, Report


def record_file() -> Path:
    """Where the record is: the environment variable CHARGEN_PROGRESS, or a file in the working folder."""
    return Path(os.environ.get("CHARGEN_PROGRESS") or ".chargen-progress.json")


def read() -> dict[str, str]:
    """The status of each exercise that was tried.  A damaged record is set aside, not deleted."""
    try:
        return _read()
    except OSError as error:
        warnings.warn(f"The record of your exercises, {record_file()}, cannot be read ({error}).", stacklevel=3)
        return {}


def _read() -> dict[str, str]:
    path = record_file()
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
        aside = path.with_suffix(".damaged.json")
        try:
            os.replace(path, aside)
            kept = f"It was moved to {aside}"
        except OSError:
            kept = "It was left where it is"
        warnings.warn(
            f"The record of your exercises, {path}, was damaged ({error}). {kept}, and a new one begins; run your checks "
            "again to fill it.",
            stacklevel=4,
        )
        return {}


def note(report: Report) -> None:
    """Enter a verdict.  What was once correct stays so: a fresh copy of a notebook does not undo work."""
    path = record_file()
    try:
        statuses = _read()
    except OSError as error:  # a record that cannot be read must not be replaced by a new one
        warnings.warn(f"Your result counts, but {path} cannot be read, so it was left as it is ({error}).", stacklevel=3)
        return
    if report.status == "not attempted" or statuses.get(report.name) in ("correct", report.status):
        return
    statuses[report.name] = report.status
    try:  # write beside it, then rename: a full disk or Ctrl-C leaves the old record whole
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".tmp")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(statuses, file, indent=1, sort_keys=True)
            os.replace(temporary, path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        warnings.warn(f"Your result counts, but could not be written to {path} ({error}).", stacklevel=3)


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
        return "\n".join([*lines, *sums])

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
