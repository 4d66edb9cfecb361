"""Which of the exercise's known mistakes is it?

1. The one that does on every probe just what the answer did.
2. The same, where the answer's numbers stand in another form than is asked: a list where an array belongs.
3. The one that does what the answer did wherever that gives numbers, if elsewhere it raises errors or gives NaN: whoever makes
   two mistakes is told the first, and then where else it goes wrong.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Misconception
from chargen_lib.exercises.engine.compare import difference
from chargen_lib.exercises.engine.errors import shapes_do_not_fit
from chargen_lib.exercises.engine.running import Outcome, call
from chargen_lib.exercises.engine.trying import Trial, viewed
from chargen_lib.exercises.engine.values import copied, is_array, is_numeric, same


@dataclass(frozen=True)
class Recognised:
    """A known mistake, the trial to show of it, and what else is to be said, if anything is."""

    misconception: Misconception
    trial: Trial
    besides: str = ""

    @property
    def sentence(self) -> str:
        return f"{self.misconception.sentence} {self.besides}".strip()


def recognised(exercise: Exercise, trials: list[Trial]) -> Recognised | None:
    """The known mistake that the answer makes, or None."""
    failing = [t for t in trials if t.fault or t.mutated]
    if found := _that_does_the_same(exercise, trials):
        return Recognised(found[0], failing[0])
    formed = [in_the_form_asked(exercise, trial) for trial in trials]
    faults_of_form = [t.fault for t, f in zip(trials, formed, strict=True) if f is not t and t.fault]
    besides = f"Besides: {faults_of_form[0]}" if faults_of_form else ""
    if faults_of_form:
        if _all_right(exercise, formed):
            return None  # the form is all that is wrong
        if found := _that_does_the_same(exercise, formed):
            return Recognised(found[0], failing[0], besides)
    with_numbers = [trial for trial in formed if _gives_numbers(trial)]
    others = [trial for trial in formed if not _gives_numbers(trial)]
    wrong = [trial for trial in with_numbers if _differs(exercise, trial)]
    if not wrong or not others or not (len(wrong) > 1 or _is_telling(wrong[0].got.value)):
        return None
    found = _that_does_the_same(exercise, with_numbers, stop_at_one=False)
    if len({mistake.sentence for mistake in found}) != 1:
        return None
    shown = next(t for t, f in zip(trials, formed, strict=True) if f is wrong[0])
    astray = [_elsewhere(trial) for trial in others if _differs(exercise, trial)]
    return Recognised(found[0], shown, f"{besides} And on other inputs it {astray[0]}.".strip() if astray else besides)


def _elsewhere(trial: Trial) -> str:
    if trial.expected.error is not None and trial.got.error is None:
        return f"returns a value where it must raise {type(trial.expected.error).__name__}"
    return f"raises {type(trial.got.error).__name__}" if trial.got.error is not None else "gives NaN"


def in_the_form_asked(exercise: Exercise, trial: Trial) -> Trial:
    """The trial with the numbers that came in the form that is asked; the same trial where they have it, or cannot have it."""
    if trial.expected.error is not None or trial.got.error is not None:
        return trial
    if not is_numeric(trial.got.value):
        return trial
    value = call(_formed, (trial.expected.value, trial.got.value))
    if value.error is not None or value.value is trial.got.value:
        return trial
    return replace(trial, got=viewed(exercise, trial.probe, value))


def _formed(expected: Any, got: Any) -> Any:
    if isinstance(expected, tuple) and isinstance(got, (list, tuple)):
        if len(got) != len(expected) and all(isinstance(pair, (list, tuple)) and len(pair) == len(expected) for pair in got):
            got = tuple(zip(*got, strict=True))  # pairs, where a row of each is asked
        if len(got) != len(expected):
            return got
        parts = tuple(_formed(e, g) for e, g in zip(expected, got, strict=True))
        return got if all(p is g for p, g in zip(parts, got, strict=True)) else parts
    if not is_array(expected) or not np.ndim(expected):
        return got
    row = np.asarray(got) if isinstance(got, (list, tuple)) else got
    if not is_array(row):
        return got
    wanted, kind = np.asarray(expected).dtype.kind.replace("u", "i"), np.asarray(row).dtype.kind.replace("u", "i")
    other = np.asarray(row).astype({"b": bool, "i": int, "f": float}[wanted]) if wanted != kind else row
    return other if wanted == kind or np.array_equal(other, np.asarray(row)) else got


def _that_does_the_same(exercise: Exercise, trials: list[Trial], stop_at_one: bool = True) -> list[Misconception]:
    found = []
    for misconception in exercise.misconceptions:
        if all(_alike(exercise, _theirs(exercise, misconception.wrong, trial), trial.got) for trial in trials):
            found.append(misconception)
            if stop_at_one:
                break
    return found


def _theirs(exercise: Exercise, wrong: Callable, trial: Trial) -> Outcome:
    return viewed(exercise, trial.probe, call(wrong, copied(trial.probe.args)))


def _alike(exercise: Exercise, one: Outcome, other: Outcome) -> bool:
    if one.error is not None or other.error is not None:
        return type(one.error) is type(other.error) or (shapes_do_not_fit(one.error) and shapes_do_not_fit(other.error))
    if one.value is None or other.value is None:
        return one.value is other.value
    if isinstance(one.value, complex) and isinstance(other.value, complex):
        return bool(np.isclose(one.value, other.value))
    try:
        return same(one.value, other.value) or difference(one.value, other.value, exercise.rtol, exercise.atol) is None
    except Exception:
        return False


def _differs(exercise: Exercise, trial: Trial) -> bool:
    return not _alike(exercise, trial.expected, trial.got)


def _all_right(exercise: Exercise, trials: list[Trial]) -> bool:
    return not any(_differs(exercise, trial) for trial in trials)


def _gives_numbers(trial: Trial) -> bool:
    if trial.expected.error is not None or trial.got.error is not None or not is_numeric(trial.got.value):
        return False
    parts = trial.got.value if isinstance(trial.got.value, tuple) else [trial.got.value]
    try:
        return not any(np.isnan(np.asarray(part, dtype=float)).any() for part in parts)
    except ValueError:  # rows of unequal lengths
        return False


def _is_telling(value: Any) -> bool:
    """Whether it would be a strange coincidence if two different mistakes gave this value."""
    return np.asarray(value).dtype.kind == "f" if is_array(value) else isinstance(value, float)
