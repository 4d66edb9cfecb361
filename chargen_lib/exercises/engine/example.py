"""A question with one worked example, and an answer that is only compared with that."""

from typing import Any

from chargen_lib.exercises.engine.cards import Exercise, Probe
from chargen_lib.exercises.engine.judging import judge
from chargen_lib.exercises.engine.report import Place, Report

ROUNDED = 1e-4  # an example is written with four decimals


def check_example(answer: Any, args: tuple, expected: Any) -> Report:
    """Call `answer` on `args`, show whether it gives what is expected, to four decimals, and return the Report.

    It says what differs, not why: the exercise itself is checked elsewhere, and nothing enters your progress.
    """
    exercise = Exercise(
        name=getattr(answer, "__name__", "your answer"),
        lesson=0,
        points=0,
        minutes=0,
        difficulty=1,
        hint="",
        reference=lambda *_: expected,
        probes=lambda rng: [Probe(args)],
        misconceptions=(),
        rtol=ROUNDED,
        atol=ROUNDED,
    )
    report = judge(exercise, answer)
    if report.status == "correct":
        report.diagnosis = "As in the example. What counts is checked later, on other inputs."
    Place().show(str(report), report.html())
    return report.for_validate()
