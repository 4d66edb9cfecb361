"""What follows from the exercises being data: the tests write themselves."""

import re
from pathlib import Path

import numpy as np
import pytest
from right_answers import RIGHT_ANSWERS
from seeds import SEEDS, assert_caught_as_itself, assert_right

from chargen_lib import exercises
from chargen_lib.exercises import EXERCISES, judge

# Beside an exercise's card there are files of its right and wrong answers.
FILES = {path.stem for path in Path(exercises.__file__).parent.glob("lesson_*/*.py")}
PAIRS = [(e, m) for e in EXERCISES.values() for m in e.misconceptions]


def pair_id(value):
    return getattr(value, "name", None)


@pytest.mark.parametrize("exercise", EXERCISES.values(), ids=pair_id)
def test_the_reference_is_right_on_every_seed(exercise):
    for seed in range(SEEDS):
        assert judge(exercise, exercise.reference, seed=seed).status == "correct", seed


@pytest.mark.parametrize(
    ("exercise", "answer"),
    [pytest.param(EXERCISES[name], answer, id=name) for name, answers in RIGHT_ANSWERS.items() for answer in answers],
)
def test_a_right_answer_written_differently_is_right_on_every_seed(exercise, answer):
    assert_right(exercise, answer)


@pytest.mark.parametrize(("exercise", "misconception"), PAIRS, ids=pair_id)
def test_a_misconception_is_caught_and_named_as_itself(exercise, misconception):
    assert_caught_as_itself(exercise, misconception, last_seed=2**31 - 1)


@pytest.mark.parametrize("exercise", EXERCISES.values(), ids=pair_id)
def test_every_exercise_is_whole(exercise):
    assert len(exercise.misconceptions) >= 5
    assert len({m.name for m in exercise.misconceptions}) == len(exercise.misconceptions)
    assert RIGHT_ANSWERS[exercise.name], "a second right answer, written differently"
    assert exercise.points >= 1 and exercise.minutes >= 1 and exercise.difficulty in (1, 2, 3) and exercise.hint
    for misconception in exercise.misconceptions:
        assert misconception.sentence.endswith(".") and len(misconception.sentence) < 250
    for words in (exercise.hint, *(text for m in exercise.misconceptions for text in (m.name, m.sentence))):
        assert not FILES.intersection(re.findall(r"(\w+)\.\w", words)), f"a file of the library in a learner's words: {words}"
    probes = exercise.probes(np.random.default_rng(0))
    assert len(probes) >= 2
