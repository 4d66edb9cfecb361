"""The judge.  An exercise is a reference, probes, and wrong answers with names; a verdict says which one yours is.

How an answer is judged, on inputs drawn from a seed:
1. it equals the reference on every probe: correct;
2. it does exactly what a known misconception does: that misconception's sentence;
3. otherwise the general fault on the smallest failing probe: an exception with its line, a wrong type, shape, dtype, a
   NaN, a changed input, or the entry that differs.
"""

import contextlib
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.core import jaxpr_as_fun

from chargen_lib.exercises.engine.borrowed import library_function
from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe
from chargen_lib.exercises.engine.compare import copied, difference, same, short
from chargen_lib.exercises.engine.errors import is_stub, raised, shapes_do_not_fit, under_jit
from chargen_lib.exercises.engine.report import Report
from chargen_lib.exercises.engine.running import Outcome, TimeUp, TooMuchMemory, TooMuchOutput, call, limited

TIME_LIMIT = 20.0  # seconds for all probes of one check, compiling included
WARNINGS_SHOWN = 3

# JAX's switches as they are when nobody touches them.  The names that a later JAX lacks are left out.
AT_THEIR_DEFAULTS = {
    "enable_x64": False,
    "debug_nans": False,
    "debug_infs": False,
    "debug_key_reuse": False,
    "disable_jit": False,
    "check_tracer_leaks": False,
    "enable_checks": False,
    "log_compiles": False,
    "numpy_rank_promotion": "allow",
    "numpy_dtype_promotion": "standard",
    "default_matmul_precision": None,
    "default_prng_impl": "threefry2x32",
    "threefry_partitionable": True,
    "transfer_guard": "allow",
}


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
    name = exercise.name
    if not callable(answer):
        return Report(name, "wrong", f'check takes the function itself: check("{name}", {name}), with no brackets after it.')
    try:
        outcome, printed = limited(lambda warned: call(_verdict, (exercise, answer, seed, warned)), time_limit, waiting)
    except TimeUp:
        return Report(
            name,
            "wrong",
            f"Your function had not finished after {time_limit:.0f} seconds, so it was stopped. A loop that never ends, or "
            "one that goes over far more than it has to?",
        )
    except TooMuchOutput:
        said = "Your function prints or displays more than anybody can read, so it was stopped. Take that out."
        return Report(name, "wrong", said)
    except TooMuchMemory:
        return Report(
            name,
            "wrong",
            "Your function fills the computer's memory, so it was stopped. A list that grows in a loop without end, or an array far "
            "larger than it has to be?",
        )
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


def _verdict(exercise: Exercise, answer: Callable, seed: int, warned: list[str]) -> Report:
    if borrowed := library_function(answer, exercise.name):
        said = f"This is the library's own {borrowed}. Write your own {exercise.name}, run its cell, and check again."
        return Report(exercise.name, "wrong", said)
    with _defaults():
        probes = exercise.probes(np.random.default_rng(seed))
        trials = [_try(exercise, answer, probe, warned) for probe in probes]
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


@contextlib.contextmanager
def _defaults() -> Iterator[None]:
    """In this thread alone, JAX as it is when nobody has touched its switches, whatever the notebook has set."""
    with contextlib.ExitStack() as switches:
        for name, value in AT_THEIR_DEFAULTS.items():
            if (switch := getattr(jax, name, None)) is not None:
                switches.enter_context(switch(value))
        yield


def _try(exercise: Exercise, answer: Callable, probe: Probe, warned: list[str]) -> _Trial:
    expected = _viewed(exercise, probe, call(exercise.reference, copied(probe.args)))
    # The references are written in NumPy, and much faster there.
    given = copied(probe.args) if answer is exercise.reference else copied(probe.args, jnp.asarray)
    kept = copied(given)
    warned.clear()
    got = call(answer, given)
    own_warnings = tuple(warned)
    got = replace(got, value=call(copied, (got.value,)).value)  # an answer may change what it returned, in a later call
    got = _viewed(exercise, probe, got)
    fault = _outcome_fault(exercise, probe, expected, got)
    return _Trial(probe, expected, got, fault, not same(given, kept), own_warnings)


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


def _general_fault(exercise: Exercise, answer: Callable, trials: list[_Trial], first: _Trial) -> str:
    single = [t for t in trials if not t.probe.batch]
    prefix = ""
    if first.probe.batch and single:
        prefix = "Right for a single row, but not for a batch: work along the last axis and leave the others alone. "
    if first.mutated:
        return prefix + "Your function changes the array or list it was given. Work on a copy, or build a new one."
    if first.fault == "raised":
        assert first.got.error is not None
        return prefix + raised(first.got.error, answer)
    if exercise.told and (said := exercise.told(first.probe.args, first.got.value)):
        return prefix + said
    return prefix + str(first.fault)


def _jit_fault(exercise: Exercise, answer: Callable, trials: list[_Trial]) -> str | None:
    """Tried on every probe, by tracing as jax.jit does and then running what was traced: nothing is compiled for it."""
    static = exercise.jit
    if static is None or answer is exercise.reference:  # the references are NumPy
        return None
    trace = jax.make_jaxpr(lambda *args: answer(*args), static_argnums=static, return_shape=True)

    def run(*args: Any) -> Any:
        traced, shape = trace(*args)
        dynamic = [a for place, a in enumerate(args) if place not in static]
        values = jaxpr_as_fun(traced)(*jax.tree.leaves(dynamic))
        return jax.tree.unflatten(jax.tree.structure(shape), values)

    for trial in trials:
        if trial.expected.error is None:
            got = call(run, copied(trial.probe.args, jnp.asarray))
            if _outcome_fault(exercise, trial.probe, trial.expected, _viewed(exercise, trial.probe, got)):
                return under_jit(got.error, answer)
    return None


def _outcome_text(outcome: Outcome) -> str:
    return f"raises {type(outcome.error).__name__}" if outcome.error is not None else short(outcome.value)


def _shown(argument: Any) -> str:
    if isinstance(argument, types.FunctionType):
        return argument.__doc__ or argument.__name__
    return short(argument)
