"""The judge.  An exercise is a reference, probes, and wrong answers with names; a verdict says which one yours is.

How an answer is judged, on inputs drawn from a seed:
1. it equals the reference on every probe: correct;
2. it does what a known misconception does: that misconception's sentence;
3. otherwise the general fault: an exception with its line, a wrong type, shape, dtype, a NaN, a changed input, how it differs
   on every input alike, or else the entry that differs on the smallest failing probe.
"""

import contextlib
import time
import types
from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.core import jaxpr_as_fun

from chargen_lib.exercises.engine.borrowed import library_function
from chargen_lib.exercises.engine.cards import Exercise
from chargen_lib.exercises.engine.errors import is_stub, parameters_in_another_order, raised, under_jit
from chargen_lib.exercises.engine.recognise import recognised
from chargen_lib.exercises.engine.relations import relation
from chargen_lib.exercises.engine.report import Report
from chargen_lib.exercises.engine.running import Outcome, TimeUp, TooMuchMemory, TooMuchOutput, call, limited
from chargen_lib.exercises.engine.trying import Trial, outcome_fault, tried, viewed
from chargen_lib.exercises.engine.values import copied, is_numeric, same, short

TIME_LIMIT = 20.0  # seconds for all probes of one check, compiling included
WARNINGS_SHOWN = 3
ASKS_AGAIN_FOR = 1.0  # seconds

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
        trials = [tried(exercise, answer, probe, warned) for probe in probes]
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


def _general_fault(exercise: Exercise, answer: Callable, trials: list[Trial], first: Trial) -> str:
    single = [t for t in trials if not t.probe.batch]
    prefix = ""
    if first.probe.batch and single:
        prefix = "Right for a single row, but not for a batch: work along the last axis and leave the others alone. "
    if first.mutated:
        return prefix + "Your function changes the array or list it was given. Work on a copy, or build a new one."
    if order := parameters_in_another_order(exercise.reference, answer):
        return order
    if first.fault == "raised":
        assert first.got.error is not None
        due = f" Here it must raise {type(first.expected.error).__name__}." if first.expected.error is not None else ""
        return prefix + raised(first.got.error, answer) + due
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


def _differs_from_itself(exercise: Exercise, answer: Callable, trials: list[Trial]) -> bool:
    """Whether a second call gives something else; asked for a moment only, as the answer may be slow."""
    until = time.monotonic() + ASKS_AGAIN_FOR
    for trial in trials:
        if time.monotonic() > until:
            break
        if is_numeric(trial.got.value):
            again = tried(exercise, answer, trial.probe, []).got
            if again.error is None and not call(same, (again.value, trial.got.value)).value:
                return True
    return False


def _jit_fault(exercise: Exercise, answer: Callable, trials: list[Trial]) -> str | None:
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
            if outcome_fault(exercise, trial.probe, trial.expected, viewed(exercise, trial.probe, got)):
                return under_jit(got.error, answer)
    return None


def _outcome_text(outcome: Outcome) -> str:
    return f"raises {type(outcome.error).__name__}" if outcome.error is not None else short(outcome.value)


def _shown(argument: Any) -> str:
    if isinstance(argument, types.FunctionType):
        return argument.__doc__ or argument.__name__
    return short(argument)
