"""The judge.  An exercise is a reference, probes, and wrong answers with names; a verdict says which one yours is.

How an answer is judged, on inputs drawn from a seed:
1. it equals the reference on every probe: correct;
2. it does what a known misconception does: that misconception's sentence;
3. otherwise the general fault: an exception with its line, a wrong type, shape, dtype, a NaN, a changed input, how it differs
   on every input alike, or else the entry that differs on the smallest failing probe.
"""

import time
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from chargen_lib.exercises.engine.asking import Answer, Here, defaults
from chargen_lib.exercises.engine.cards import Exercise
from chargen_lib.exercises.engine.errors import is_stub, parameters_in_another_order
from chargen_lib.exercises.engine.recognise import recognised
from chargen_lib.exercises.engine.relations import relation
from chargen_lib.exercises.engine.report import Report
from chargen_lib.exercises.engine.running import Outcome, TimeUp, TooMuchMemory, TooMuchOutput, call, limited
from chargen_lib.exercises.engine.trying import Trial, outcome_fault, trial_of, viewed
from chargen_lib.exercises.engine.values import is_numeric, of_jax, same, short

TIME_LIMIT = 20.0  # seconds for all probes of one check, compiling included
WARNINGS_SHOWN = 3
ASKS_AGAIN_FOR = 1.0  # seconds


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
    arrays = None if answer is exercise.reference else of_jax  # the references are written in NumPy, and much faster there
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
        trials = [trial_of(exercise, *both) for both in zip(probes, given, strict=True)]
        if all(is_stub(trial.got.error) for trial in trials):
            return Report(exercise.name, "not attempted", "not attempted yet")
        failing = [t for t in trials if t.fault or t.mutated]
        if not failing:
            fault = _jit_fault(exercise, answer, trials)
            return Report(exercise.name, "wrong", fault) if fault else Report(exercise.name, "correct", "Correct.")
        match = recognised(exercise, trials)
        first = match.trial if match else failing[0]
        return Report(
            exercise.name,
            "wrong",
            match.sentence if match else _general_fault(exercise, answer, trials, first),
            misconception=match.misconception.name if match else None,
            call=f"{exercise.name}({', '.join(_shown(a) for a in first.probe.args)})",
            expected=_outcome_text(first.expected, first.probe.mention),
            got=_outcome_text(first.got),
            warned="\n".join(list(dict.fromkeys(first.warned))[:WARNINGS_SHOWN]),
        )


def _general_fault(exercise: Exercise, answer: Answer, trials: list[Trial], first: Trial) -> str:
    single = [t for t in trials if not t.probe.batch]
    prefix = ""
    if first.probe.batch and single:
        prefix = "Right for a single row, but not for a batch: work along the last axis and leave the others alone. "
    if first.mutated:
        return prefix + "Your function changes the array or list it was given. Work on a copy, or build a new one."
    if order := parameters_in_another_order(exercise.reference, answer.parameters()):
        return order
    if first.fault == "raised":
        assert first.got.error is not None
        due = f" Here it must raise {type(first.expected.error).__name__}." if first.expected.error is not None else ""
        return prefix + answer.raised(first.got.error) + due
    if exercise.told and (
        said := call(exercise.told, (first.probe.args, first.got.value)).value
    ):  # None of what it cannot read
        return prefix + said
    if said := relation(exercise, trials):
        return said
    if _differs_from_itself(exercise, answer, trials):
        return (
            "Called twice with the same input, your function gives two different answers. Does it draw at random without the key, or keep "
            "something from one call to the next?"
        )
    return prefix + str(first.fault)


def _differs_from_itself(exercise: Exercise, answer: Answer, trials: list[Trial]) -> bool:
    """Whether a second call gives something else; asked for a moment only, as the answer may be slow."""
    until = time.monotonic() + ASKS_AGAIN_FOR
    for trial in trials:
        if time.monotonic() > until:
            break
        if is_numeric(trial.got.value):
            again = viewed(exercise, trial.probe, answer.gives([trial.probe.args])[0].got)
            if again.error is None and not call(same, (again.value, trial.got.value)).value:
                return True
    return False


def _jit_fault(exercise: Exercise, answer: Answer, trials: list[Trial]) -> str | None:
    """Tried on every probe that asks for a value."""
    if exercise.jit is None or (isinstance(answer, Here) and answer.answer is exercise.reference):  # the references are NumPy
        return None
    tried = [trial for trial in trials if trial.expected.error is None]
    for trial, got in zip(tried, answer.traced(exercise.jit, [trial.probe.args for trial in tried]), strict=True):
        if outcome_fault(exercise, trial.probe, trial.expected, viewed(exercise, trial.probe, got)):
            return answer.under_jit(got.error)
    return None


def _outcome_text(outcome: Outcome, mention: str = "") -> str:
    """What is shown of an outcome; mention: what the message of an error must contain."""
    if outcome.error is None:
        return short(outcome.value)
    return f"raises {type(outcome.error).__name__}" + (f" with {mention!r} in its message" if mention else "")


def _shown(argument: Any) -> str:
    if isinstance(argument, types.FunctionType):
        return argument.__doc__ or argument.__name__
    return short(argument)
