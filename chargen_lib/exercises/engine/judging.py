"""The judge.  An exercise is a reference, probes, and wrong answers with names; a verdict says which one yours is.

How an answer is judged, on inputs drawn from a seed:
1. it equals the reference on every probe: correct;
2. it does exactly what a known misconception does: that misconception's sentence;
3. otherwise the general fault on the smallest failing probe: an exception with its line, a wrong type, shape, dtype, a
   NaN, a changed input, or the entry that differs.
"""

import copy
import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe
from chargen_lib.exercises.engine.compare import difference, is_array, short
from chargen_lib.exercises.engine.report import Report
from chargen_lib.exercises.engine.running import Outcome, TimeUp, TooMuchOutput, call, limited, where_raised

TIME_LIMIT = 20.0  # seconds for all probes of one check, compiling included


@dataclass(frozen=True)
class _Trial:
    """An answer on one probe: what was expected, what came, and how they differ (None: they do not)."""

    probe: Probe
    expected: Outcome
    got: Outcome
    fault: str | None
    mutated: bool


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
    name = exercise.name
    if not callable(answer):
        return Report(name, "wrong", f'check takes the function itself: check("{name}", {name}), with no brackets after it.')
    try:
        outcome, printed = limited(lambda: call(_verdict, (exercise, answer, seed)), time_limit, waiting)
    except TimeUp:
        return Report(
            name,
            "wrong",
            f"Your function had not finished after {time_limit:.0f} seconds, so it was stopped. A loop that never ends, or "
            "one that goes over far more than it has to?",
        )
    except TooMuchOutput:
        return Report(name, "wrong", "Your function prints more than anybody can read, so it was stopped. Take out the print.")
    report = outcome.value
    if outcome.error is not None:  # an object or an error so odd that it cannot even be shown
        report = Report(
            name,
            "wrong",
            f"What your function returned or raised cannot be looked at: that alone raises {type(outcome.error).__name__}. "
            "Return plain numbers, lists or arrays.",
        )
    report.printed = printed
    return report


def _verdict(exercise: Exercise, answer: Callable, seed: int) -> Report:
    probes = exercise.probes(np.random.default_rng(seed))
    trials = []
    for number, probe in enumerate(probes):
        trial = _try(exercise, answer, probe, as_jax=number % 2 == 1)
        if isinstance(trial.got.error, NotImplementedError):
            return Report(exercise.name, "not attempted", "not attempted yet")
        trials.append(trial)
    failing = [t for t in trials if t.fault or t.mutated]
    if not failing:
        fault = _jit_fault(exercise, answer, trials)
        return Report(exercise.name, "wrong", fault) if fault else Report(exercise.name, "correct", "Correct.")
    first = failing[0]
    report = Report(
        exercise.name,
        "wrong",
        "",
        call=f"{exercise.name}({', '.join(_shown(a) for a in first.probe.args)})",
        expected=_outcome_text(first.expected),
        got=_outcome_text(first.got),
    )
    if match := _recognise(exercise, trials):
        report.diagnosis, report.misconception = match.sentence, match.name
    else:
        report.diagnosis = _general_fault(answer, trials, first)
    return report


def _try(exercise: Exercise, answer: Callable, probe: Probe, as_jax: bool = False) -> _Trial:
    # The two copies are made in one way, so that only what the answer does can make them differ.
    given, kept = _copy(probe.args, as_jax), _copy(probe.args, as_jax)
    expected = _viewed(exercise, probe, call(exercise.reference, _copy(probe.args)))
    got = _viewed(exercise, probe, call(answer, given))
    fault = _outcome_fault(exercise, probe, expected, got)
    return _Trial(probe, expected, got, fault, mutated=not _same(given, kept))


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
            return difference(expected.value, got.value, exercise.rtol, exercise.atol)
        except Exception as error:  # an object so odd that looking at it raises
            return f"Your function returned something that cannot be compared ({type(error).__name__}: {error})."
    wanted = type(expected.error)
    if got.error is None:
        return f"Your function returned a value here; it must raise {wanted.__name__}."
    if not isinstance(got.error, wanted):
        return "raised"
    if probe.mention not in str(got.error):
        return f"Your {wanted.__name__} is right, but its message does not name {probe.mention!r}; whoever reads it needs that."
    return None


def _recognise(exercise: Exercise, trials: list[_Trial]) -> Misconception | None:
    """The misconception that does, on every probe, just what the answer did."""
    for misconception in exercise.misconceptions:
        for trial in trials:
            theirs = _viewed(exercise, trial.probe, call(misconception.wrong, _copy(trial.probe.args)))
            if not _alike(exercise, theirs, trial.got):
                break
        else:
            return misconception
    return None


def _alike(exercise: Exercise, one: Outcome, other: Outcome) -> bool:
    if one.error is not None or other.error is not None:
        return type(one.error) is type(other.error)
    if type(one.value) is type(other.value) and one.value is None:
        return True
    expected = np.asarray(one.value) if is_array(one.value) else one.value
    try:
        return difference(expected, other.value, exercise.rtol, exercise.atol) is None or _both_nan(expected, other.value)
    except Exception:
        return False


def _both_nan(one: Any, other: Any) -> bool:
    # Nothing else holds NaN; and a list may hold itself, which NumPy would unfold for ever.
    if not (isinstance(other, float) or (is_array(other) and other.dtype.kind == "f")):
        return False
    return bool(np.array_equal(np.asarray(one, dtype=float), np.asarray(other, dtype=float), equal_nan=True))


def _general_fault(answer: Callable, trials: list[_Trial], first: _Trial) -> str:
    single = [t for t in trials if not t.probe.batch]
    prefix = ""
    if first.probe.batch and single:
        prefix = "Right for a single row, but not for a batch: work along the last axis and leave the others alone. "
    if first.mutated:
        return prefix + "Your function changes the array or list it was given. Work on a copy, or build a new one."
    if first.fault == "raised":
        return prefix + _raised(first.got.error, answer)
    return prefix + str(first.fault)


def _raised(error: BaseException | None, answer: Callable) -> str:
    assert error is not None
    if isinstance(error, RecursionError):
        return "Your function calls itself without end. Where does the recursion stop?"
    message = str(error).splitlines()[0] if str(error) else "no message"
    text = f"Your function raised {type(error).__name__}: {short(message, 200).strip(chr(39))}{where_raised(error, answer)}."
    if isinstance(error, AttributeError) and "'at'" in message:
        text += " The array you were given may be a NumPy array, which has no .at: start with jnp.asarray(...)."
    return text


def _jit_fault(exercise: Exercise, answer: Callable, trials: list[_Trial]) -> str | None:
    if exercise.jit is None or answer is exercise.reference:  # the references are NumPy
        return None
    trial = next(t for t in trials if t.expected.error is None)
    compiled = jax.jit(answer, static_argnums=exercise.jit)
    got = _viewed(exercise, trial.probe, call(compiled, _copy(trial.probe.args, as_jax=True)))
    if not _outcome_fault(exercise, trial.probe, trial.expected, got):
        return None
    return (
        "Your values are right, but the function does not run under jax.jit. Inside it, use jnp and not np, and do not turn "
        "array entries into Python numbers (float, int, if, for over entries)."
    )


def _outcome_text(outcome: Outcome) -> str:
    return f"raises {type(outcome.error).__name__}" if outcome.error is not None else short(outcome.value)


def _shown(argument: Any) -> str:
    if isinstance(argument, types.FunctionType):
        return argument.__doc__ or argument.__name__
    return short(argument)


def _copy(args: tuple, as_jax: bool = False) -> tuple:
    def one(value: Any) -> Any:
        if isinstance(value, np.ndarray):
            return jnp.asarray(value) if as_jax else value.copy()
        return copy.deepcopy(value) if isinstance(value, list) else value

    return tuple(one(a) for a in args)


def _same(given: tuple, kept: tuple) -> bool:
    for g, k in zip(given, kept, strict=True):
        if isinstance(k, (np.ndarray, list)) and not np.array_equal(
            g, k, equal_nan=isinstance(k, np.ndarray) and k.dtype.kind == "f"
        ):
            return False
    return True
