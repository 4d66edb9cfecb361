"""Exercises that know what you got wrong.

check("encode", encode)   judges your function and says what it found
progress()                shows which exercises pass
"""

import difflib
import functools
import importlib
import pkgutil

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe
from chargen_lib.exercises.engine.judging import judge
from chargen_lib.exercises.engine.record import Progress, note, read
from chargen_lib.exercises.engine.report import Place, Report

__all__ = ["EXERCISES", "Exercise", "Misconception", "Probe", "Progress", "Report", "check", "judge", "progress"]

#: Every exercise by name, in the order of the lessons: each lesson_NN.py here holds its own.
EXERCISES: dict[str, Exercise] = {
    exercise.name: exercise
    for name in sorted(m.name for m in pkgutil.iter_modules(__path__) if m.name.startswith("lesson_"))
    for exercise in importlib.import_module(f"{__name__}.{name}").EXERCISES
}


def check(name: str, answer: object, *, seed: int = 0) -> Report:
    """Judge `answer` against the exercise `name`, show the verdict, enter it in your progress, and return the Report.

    seed: which probe inputs to draw; another seed asks the same of other inputs.
    Raises ValueError for a name that is no exercise.
    """
    if callable(name):
        raise ValueError('The name comes first, in quotes, and then the function: check("encode", encode).')
    if name not in EXERCISES:
        near = difflib.get_close_matches(str(name), EXERCISES, n=1)
        guess = f" Did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"There is no exercise {name!r}.{guess} There are: {', '.join(EXERCISES)}.")
    place = Place()
    wait = "Running your code. The first time, JAX compiles it, which takes a few seconds."
    waiting = functools.partial(place.show, wait, f'<div role="status">{wait}</div>')
    report = judge(EXERCISES[name], answer, seed=seed, waiting=waiting)
    note(report)  # first: what cannot be shown must not be lost
    place.show(str(report), report.html(), report.data())
    return report.for_validate()


def progress(lesson: int | None = None) -> Progress:
    """Which exercises pass, and the points so far: of all lessons, or of one, with the whole in one line.

    Raises ValueError for a lesson that is not there.
    """
    lessons = sorted({exercise.lesson for exercise in EXERCISES.values()})
    if lesson is not None and (isinstance(lesson, bool | float) or lesson not in lessons):
        raise ValueError(f"There is no lesson {lesson!r}. There are: {', '.join(map(str, lessons))}.")
    statuses = read()
    return Progress(tuple((e, statuses.get(name, "not attempted")) for name, e in EXERCISES.items()), lesson)
