"""An answer on one input: what was expected, what came, and how they differ."""

from dataclasses import dataclass

from chargen_lib.exercises.engine.asking import Given
from chargen_lib.exercises.engine.cards import Exercise, Probe
from chargen_lib.exercises.engine.compare import difference
from chargen_lib.exercises.engine.running import Outcome, call
from chargen_lib.exercises.engine.values import copied


@dataclass(frozen=True)
class Trial:
    """An answer on one probe.  fault: how what came differs from what was expected; None: it does not."""

    probe: Probe
    expected: Outcome
    got: Outcome
    fault: str | None
    mutated: bool
    warned: tuple[str, ...]


def trial_of(exercise: Exercise, probe: Probe, given: Given) -> Trial:
    """What an answer gave for the probe's arguments, beside what the reference gives."""
    expected = viewed(exercise, probe, call(exercise.reference, copied(probe.args)))
    got = viewed(exercise, probe, given.got)
    return Trial(probe, expected, got, outcome_fault(exercise, probe, expected, got), given.changed, given.warned)


def viewed(exercise: Exercise, probe: Probe, outcome: Outcome) -> Outcome:
    """What is compared: the outcome as the exercise's view shows it."""
    if exercise.view is None or outcome.error is not None:
        return outcome
    seen = call(exercise.view, (probe.args, outcome.value))
    return outcome if seen.error is not None else seen  # of the wrong kind: the comparison says so


def outcome_fault(exercise: Exercise, probe: Probe, expected: Outcome, got: Outcome) -> str | None:
    """None, or a sentence; or "raised", where an error came and a value or another error was due."""
    if expected.error is None:
        if got.error is not None:
            return "raised"
        try:
            return difference(expected.value, got.value, exercise.rtol, exercise.atol, exercise.python_numbers)
        except Exception as error:  # an object so odd that looking at it raises
            return f"Your function returned something that cannot be compared ({type(error).__name__}: {error})."
    wanted = type(expected.error)
    if isinstance(got.value, BaseException):
        return f"Your function returns the error as a value. Write raise in place of return: raise {wanted.__name__}(...)."
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
