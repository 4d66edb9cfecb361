"""The judge.  An exercise is a reference, probes, and wrong answers with names; a verdict says which one yours is.

How an answer is judged, on inputs drawn from a seed:
1. it equals the reference on every probe: correct;
2. it does exactly what a known misconception does: that misconception's sentence;
3. otherwise the general fault on the smallest failing probe: an exception with its line, a wrong type, shape, dtype, a
   NaN, a changed input, or the entry that differs.
"""

import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np

from chargen_lib.exercises.engine.asking import Answer, Given, Here, defaults
from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe
from chargen_lib.exercises.engine.compare import copied, difference, short
from chargen_lib.exercises.engine.errors import is_stub, shapes_do_not_fit
from chargen_lib.exercises.engine.report import Report
from chargen_lib.exercises.engine.running import Outcome, TimeUp, TooMuchMemory, TooMuchOutput, call, limited

TIME_LIMIT = 20.0  # seconds for all probes of one check, compiling included
WARNINGS_SHOWN = 3


@dataclass(frozen=True)
class _Trial:
    """An answer on one probe: what was expected, what came, and how they differ (None: they do not)."""

    probe: Probe
    expected: Outcome
    got: Outcome
    fault: str | None
    mutated: bool
    warned: tuple[str, ...]


def judge(
    exercise: Exercise,
    answer: Any,
    *,
    seed: int = 0,
    time_limit: float = TIME_LIMIT,
    waiting: Callable[[], None] = lambda: None,
) -> Report:
    """The verdict on `answer`.  Never raises for anything an answer does; Ctrl-C still stops it.

    waiting() is called once when the verdict takes more than two seconds.
    """
    if not callable(answer):
        return not_a_function(exercise)
    arrays = None if answer is exercise.reference else jnp.asarray  # the references are written in NumPy, and much faster there
    try:
        outcome, printed = limited(
            lambda warned: call(verdict, (exercise, Here(answer, warned, arrays), seed)), time_limit, waiting
        )
    except (TimeUp, TooMuchOutput, TooMuchMemory) as error:
        return stopped(exercise, error, time_limit)
    report = outcome.value if outcome.error is None else cannot_be_looked_at(exercise, outcome.error)
    report.printed = printed
    return report


def not_a_function(exercise: Exercise) -> Report:
    """The report on an answer that cannot be called."""
    name = exercise.name
    return Report(name, "wrong", f'check takes the function itself: check("{name}", {name}), with no brackets after it.')


def stopped(exercise: Exercise, why: BaseException, time_limit: float = TIME_LIMIT) -> Report:
    """The report on an answer that went on without end: why is a TimeUp, a TooMuchOutput or a TooMuchMemory."""
    if isinstance(why, TimeUp):
        said = (
            f"Your function had not finished after {time_limit:.0f} seconds, so it was stopped. A loop that never ends, or "
            "one that goes over far more than it has to?"
        )
    elif isinstance(why, TooMuchOutput):
        said = "Your function prints or displays more than anybody can read, so it was stopped. Take that out."
    else:
        said = (
            "Your function fills the computer's memory, so it was stopped. A list that grows in a loop without end, or an array far "
            "larger than it has to be?"
        )
    return Report(exercise.name, "wrong", said)


def cannot_be_looked_at(exercise: Exercise, error: BaseException) -> Report:
    """The report on an object or an error so odd that it cannot even be shown."""
    said = (
        f"What your function returned or raised cannot be looked at: that alone raises {type(error).__name__}. "
        "Return plain numbers, lists or arrays."
    )
    return Report(exercise.name, "wrong", said)


def verdict(exercise: Exercise, answer: Answer, seed: int) -> Report:
    """The verdict on an answer that may live anywhere: what it gives is asked of it, and everything is decided here.

    Passes on what asking raises, and what looking at odd values raises.
    """
    if borrowed := answer.borrowed(exercise.name):
        said = f"This is the library's own {borrowed}. Write your own {exercise.name}, run its cell, and check again."
        return Report(exercise.name, "wrong", said)
    with defaults():
        probes = exercise.probes(np.random.default_rng(seed))
        given = answer.gives([probe.args for probe in probes])
        trials = [_trial(exercise, *both) for both in zip(probes, given, strict=True)]
        if all(is_stub(trial.got.error) for trial in trials):
            return Report(exercise.name, "not attempted", "not attempted yet")
        failing = [t for t in trials if t.fault or t.mutated]
        if not failing:
            fault = _jit_fault(exercise, answer, trials)
            return Report(exercise.name, "wrong", fault) if fault else Report(exercise.name, "correct", "Correct.")
        first = failing[0]
        match = _recognise(exercise, trials)
        return Report(
            exercise.name,
            "wrong",
            match.sentence if match else _general_fault(exercise, answer, trials, first),
            misconception=match.name if match else None,
            call=f"{exercise.name}({', '.join(_shown(a) for a in first.probe.args)})",
            expected=_outcome_text(first.expected),
            got=_outcome_text(first.got),
            warned="\n".join(list(dict.fromkeys(first.warned))[:WARNINGS_SHOWN]),
        )


def _trial(exercise: Exercise, probe: Probe, given: Given) -> _Trial:
    expected = _viewed(exercise, probe, call(exercise.reference, copied(probe.args)))
    got = _viewed(exercise, probe, given.got)
    return _Trial(probe, expected, got, _outcome_fault(exercise, probe, expected, got), given.changed, given.warned)


def _viewed(exercise: Exercise, probe: Probe, outcome: Outcome) -> Outcome:
    if exercise.view is None or outcome.error is not None:
        return outcome
    viewed = call(exercise.view, (probe.args, outcome.value))
    return outcome if viewed.error is not None else viewed  # of the wrong kind: the comparison says so


def _outcome_fault(exercise: Exercise, probe: Probe, expected: Outcome, got: Outcome) -> str | None:
    if expected.error is None:
        if got.error is not None:
            return "raised"
        try:
            return difference(expected.value, got.value, exercise.rtol, exercise.atol, exercise.python_numbers)
        except Exception as error:  # an object so odd that looking at it raises
            return f"Your function returned something that cannot be compared ({type(error).__name__}: {error})."
    wanted = type(expected.error)
    if got.error is None:
        return f"Your function returned a value here; it must raise {wanted.__name__}."
    if not isinstance(got.error, wanted):
        return "raised"
    said = str(got.error)
    for whole in (
        a for a in probe.args if isinstance(a, str) and len(a) > len(probe.mention)
    ):  # a whole text does not tell which
        for shown in (whole, str(list(whole)), str(set(whole)), str(sorted(set(whole)))):
            said = said.replace(shown, "")
    if probe.mention not in said:
        return f"Your {wanted.__name__} is right, but its message does not name {probe.mention!r}; whoever reads it needs that."
    return None


def _recognise(exercise: Exercise, trials: list[_Trial]) -> Misconception | None:
    """The misconception that does, on every probe, just what the answer did."""
    for misconception in exercise.misconceptions:
        for trial in trials:
            theirs = _viewed(exercise, trial.probe, call(misconception.wrong, copied(trial.probe.args)))
            if not _alike(exercise, theirs, trial.got):
                break
        else:
            return misconception
    return None


def _alike(exercise: Exercise, one: Outcome, other: Outcome) -> bool:
    if one.error is not None or other.error is not None:
        return type(one.error) is type(other.error) or (shapes_do_not_fit(one.error) and shapes_do_not_fit(other.error))
    if one.value is None or other.value is None:
        return one.value is other.value
    try:
        return difference(one.value, other.value, exercise.rtol, exercise.atol) is None
    except Exception:
        return False


def _general_fault(exercise: Exercise, answer: Answer, trials: list[_Trial], first: _Trial) -> str:
    single = [t for t in trials if not t.probe.batch]
    prefix = ""
    if first.probe.batch and single:
        prefix = "Right for a single row, but not for a batch: work along the last axis and leave the others alone. "
    if first.mutated:
        return prefix + "Your function changes the array or list it was given. Work on a copy, or build a new one."
    if first.fault == "raised":
        assert first.got.error is not None
        return prefix + answer.raised(first.got.error)
    if exercise.told and (said := exercise.told(first.probe.args, first.got.value)):
        return prefix + said
    return prefix + str(first.fault)


def _jit_fault(exercise: Exercise, answer: Answer, trials: list[_Trial]) -> str | None:
    """Tried on every probe that asks for a value."""
    if exercise.jit is None or (isinstance(answer, Here) and answer.answer is exercise.reference):  # the references are NumPy
        return None
    tried = [trial for trial in trials if trial.expected.error is None]
    for trial, got in zip(tried, answer.traced(exercise.jit, [trial.probe.args for trial in tried]), strict=True):
        if _outcome_fault(exercise, trial.probe, trial.expected, _viewed(exercise, trial.probe, got)):
            return answer.under_jit(got.error)
    return None


def _outcome_text(outcome: Outcome) -> str:
    return f"raises {type(outcome.error).__name__}" if outcome.error is not None else short(outcome.value)


def _shown(argument: Any) -> str:
    if isinstance(argument, types.FunctionType):
        return argument.__doc__ or argument.__name__
    return short(argument)
