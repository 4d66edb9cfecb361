"""Problem sets for marks: every member is an exercise like a lesson's, and a release gives nothing away."""

import argparse
import hashlib
import os
import subprocess
import sys

import nbformat
import numpy as np
import pytest
from nbgrader.preprocessors import CheckCellMetadata, ClearHiddenTests, ClearSolutions
from right_variants import RIGHT_VARIANTS
from seeds import SEEDS, assert_caught_as_itself, assert_right
from traitlets.config import Config

from chargen_lib.command import variant as variant_command
from chargen_lib.exercises import EXERCISES, judge, progress
from chargen_lib.exercises.engine.answering import answered
from chargen_lib.exercises.engine.compare import difference
from chargen_lib.exercises.engine.example import check_example
from chargen_lib.instructor.grading import read_hidden_test
from chargen_lib.instructor.judge import judge as judge_from_outside
from chargen_lib.instructor.variants import SETS, draw, exercise, notebooks

SEED = 918273645  # of the sets that are written here

MEMBERS = [(name, family, member) for name, families in SETS.items() for family in families for member in family.members]
each_set = pytest.mark.parametrize("name", SETS)
each_member = pytest.mark.parametrize(
    ("name", "family", "member"), [pytest.param(n, f, m, id=f"{f.function}-{m.name}") for n, f, m in MEMBERS]
)


# --- every member is an exercise ----------------------------------------------------------------------------------------


def test_every_set_has_families_of_three_members():
    assert len(SETS) >= 4 and all(len(families) >= 2 for families in SETS.values())
    assert all(len(family.members) >= 3 for families in SETS.values() for family in families)
    functions = [family.function for families in SETS.values() for family in families]
    assert len(set(functions)) == len(functions)
    assert not set(functions) & set(EXERCISES), "a solution of a lesson must not be an answer"


@each_member
def test_every_member_is_whole(name, family, member):
    exercise = family.exercise(member)
    names = [m.name for m in exercise.misconceptions]
    assert len(names) >= 5 and len(set(names)) == len(names)
    assert {m.name for m in family.members if m is not member} <= set(names), "the other members are misconceptions"
    for misconception in exercise.misconceptions:
        sentence = misconception.sentence
        assert sentence.endswith(".") and ".;" not in sentence and len(sentence) < 250, misconception.name
        assert not {"$", "\\"} & set(sentence), "a verdict is plain text"
    assert exercise.points >= 1 and exercise.minutes >= 1 and exercise.difficulty in (1, 2, 3)
    assert member.hint and member.statement and family.given and family.docstring.endswith(".")
    assert len(family.probes(np.random.default_rng(0))) >= 2


@each_member
def test_the_reference_is_right_on_every_seed(name, family, member):
    exercise = family.exercise(member)
    for seed in range(SEEDS):
        assert judge(exercise, exercise.reference, seed=seed).status == "correct", seed


@each_member
def test_a_right_answer_written_differently_is_right_on_every_seed(name, family, member):
    exercise, answer = family.exercise(member), RIGHT_VARIANTS[name][family.function][member.name]
    assert_right(exercise, answer)


@each_member
def test_a_misconception_is_caught_and_named_as_itself(name, family, member):
    exercise = family.exercise(member)
    for misconception in exercise.misconceptions:
        assert_caught_as_itself(exercise, misconception, last_seed=2**32 - 1)


@each_member
def test_no_two_members_agree_on_the_example(name, family, member):
    args = family.probes(np.random.default_rng(0))[0].args
    for other in family.members:
        if other is not member:
            assert difference(member.reference(*args), other.reference(*args)), other.name


# --- which members a set asks -------------------------------------------------------------------------------------------


@each_set
def test_a_seed_draws_one_member_of_each_family_and_always_the_same(name):
    assert [family for family, _ in draw(name, SEED)] == list(SETS[name])
    assert all(member in family.members for family, member in draw(name, SEED))
    assert draw(name, SEED) == draw(name, SEED)


@each_set
def test_every_combination_is_drawn(name):
    drawn = {tuple(member.name for _, member in draw(name, seed)) for seed in range(1000)}
    assert len(drawn) == np.prod([len(family.members) for family in SETS[name]])


def test_a_set_that_does_not_exist_is_named_with_those_that_do():
    with pytest.raises(ValueError, match=r"no problem set 'txet'.* text, networks, sampling, training_and_search"):
        draw("txet", 1)
    with pytest.raises(KeyError, match=r"draw_ids has no member 'by it'.* by id, "):
        exercise("sampling/draw_ids/by it")


# --- what is written ----------------------------------------------------------------------------------------------------


def written(name, seed=SEED):
    """Version -> notebook, and the marking sheet."""
    made = notebooks.files(name, seed)
    found = {path.partition("/")[0]: text for path, text in made.items()}
    sheet = found.pop("marking")
    return {version: nbformat.reads(text, as_version=4) for version, text in found.items()}, sheet


def run(cells, namespace=None):
    """Run cells as a notebook would, and return the reports that the check cells gave."""
    namespace = {} if namespace is None else namespace
    reports = []
    for cell in cells:
        if cell.cell_type == "code" and "\ncheck_example(" not in "\n" + cell.source:
            exec(cell.source, namespace)
        elif cell.cell_type == "code":
            before, _, call = ("\n" + cell.source).rpartition("\ncheck_example(")
            exec(before, namespace)
            reports.append(eval("check_example(" + call, namespace))
    return reports


def graded(cells):
    """Run the answers of nbgrader's source version, and return the reports of the judge that lives outside."""
    names, reports = {}, []
    for cell in cells:
        function = cell.metadata.get("nbgrader", {}).get("grade_id", "").removeprefix("check_")
        if cell.cell_type == "code" and (test := read_hidden_test(cell.source)):
            reports.append(judge_from_outside(test, function, lambda question: answered(names, question), "ada"))
        elif cell.cell_type == "code":
            exec(cell.source, names)
    return reports


def with_answers(source, answers):
    """nbgrader's source version with a student's answers in it."""
    cells = [nbformat.from_dict(cell) for cell in source.cells]
    for cell in cells:
        function = cell.metadata.get("nbgrader", {}).get("grade_id")
        if function in answers:
            cell.source = answers[function]
    return cells


def test_the_same_seed_makes_the_same_bytes_in_another_process():
    program = (
        "import hashlib; from chargen_lib.instructor.variants import SETS, notebooks; "
        f"print(hashlib.sha256(repr([notebooks.files(name, {SEED}) for name in SETS]).encode()).hexdigest())"
    )
    environment = os.environ | {"PYTHONHASHSEED": "4"}
    theirs = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True).stdout
    ours = repr([notebooks.files(name, SEED) for name in SETS])
    assert theirs.strip() == hashlib.sha256(ours.encode()).hexdigest()


@each_member
def test_the_solution_stands_alone_and_the_example_is_what_it_gives(name, family, member):
    args, expected = notebooks.example(family, member)
    namespace = {}
    exec(notebooks.IMPORTS, namespace)
    exec(notebooks.answer_cell(family, member, "solved"), namespace)
    assert judge(family.exercise(member), namespace[family.function]).status == "correct"
    assert notebooks.as_source(eval(f"{family.function}(*{args})", namespace)) == expected
    assert eval(f"check_example({family.function}, {args}, {expected})", namespace).status == "correct"
    for other in family.members:
        if other is not member:
            exec(notebooks.answer_cell(family, other, "solved"), namespace)
            assert eval(f"check_example({family.function}, {args}, {expected})", namespace).status == "wrong", other.name


@each_set
def test_the_student_version_holds_no_answer(name):
    for seed in range(20):
        chosen = draw(name, 10**8 + seed)
        files = notebooks.files(name, 10**8 + seed)
        student = files[f"student/{name}.ipynb"]
        text = "\n".join(cell.source for cell in nbformat.reads(student, as_version=4).cells)
        for mark in (
            "### BEGIN",
            "### END",
            "Nobody judges this cell",
            str(10**8 + seed),
            str(notebooks.number(name, 10**8 + seed, "marks")),
        ):
            assert mark not in student and mark in files[f"source/{name}/{name}.ipynb"] + files[f"marking/{name}.md"], mark
        for family, member in chosen:
            solution = notebooks.answer_cell(family, member, "solved").splitlines()[2:]
            lines = {line.strip() for line in solution}
            assert lines and not any(line in text for line in lines), member.name
            assert not any(wrong.sentence in text for wrong in family.exercise(member).misconceptions)
            assert family.title in text and member.statement in text and member.hint in text
        assert text.count(notebooks.STUB) == len(chosen)


@each_set
def test_nbgrader_takes_the_source_and_makes_the_student_version_of_it(name):
    versions, _ = written(name)
    config = Config()
    config.ClearSolutions.code_stub = {"python": notebooks.STUB}
    made = versions["source"]
    for preprocessor in (CheckCellMetadata(), ClearSolutions(config=config), ClearHiddenTests()):
        made, _ = preprocessor.preprocess(made, {})
    assert [(c.id, c.source, c.metadata) for c in made.cells] == [
        (c.id, c.source, c.metadata) for c in versions["student"].cells
    ]
    points = [c.metadata.nbgrader.points for c in made.cells if c.metadata.get("nbgrader", {}).get("grade")]
    assert points == [family.points for family in SETS[name]]


@each_set
def test_each_version_runs_from_top_to_bottom(name):
    versions, _ = written(name)
    assert [report.status for report in run(versions["student"].cells)] == ["not attempted"] * len(SETS[name])
    assert [report.status for report in run(versions["solved"].cells)] == ["correct"] * len(SETS[name])
    assert [report.status for report in graded(versions["source"].cells)] == ["correct"] * len(SETS[name])


@each_set
def test_the_hidden_test_tells_who_answered_another_member(name):
    versions, sheet = written(name)
    answers, sentences = {}, {}
    for family, member in draw(name, SEED):
        other = next(m for m in family.members if m is not member)
        answers[family.function] = notebooks.answer_cell(family, other, "solved")
        sentences[family.function] = f"{other.did}; {member.asked}."
        assert sentences[family.function] in sheet and f"| `{family.function}` | {member.name} |" in sheet
    cells = with_answers(versions["source"], answers)
    assert {report.name: report.diagnosis for report in graded(cells)} == sentences


def test_a_set_is_written_once_and_never_over_another(tmp_path):
    paths = notebooks.write_set("text", SEED, tmp_path)
    assert len(paths) == 4 and all(path.is_file() for path in paths)
    before = {path: path.read_bytes() for path in paths}
    assert notebooks.write_set("text", SEED, tmp_path) == paths
    paths[0].unlink()
    with pytest.raises(FileExistsError, match=r"text\.ipynb is there already.*choose another folder"):
        notebooks.write_set("text", SEED + 1, tmp_path)
    assert not paths[0].exists() and all(path.read_bytes() == before[path] for path in paths[1:])


def command(*arguments):
    parser = argparse.ArgumentParser()
    variant_command.add_arguments(parser)
    variant_command.run(parser.parse_args(list(map(str, arguments))))


def test_the_command_writes_the_sets_and_says_what_to_keep(tmp_path, capsys):
    command("--seed", SEED, "--out", tmp_path)
    assert {path.name for path in (tmp_path / "student").iterdir()} == {f"{name}.ipynb" for name in SETS}
    assert "Keep the rest, and the seed, to yourself" in capsys.readouterr().out
    command("--seed", SEED + 1, "--set", "sampling", "--out", tmp_path / "sampling")
    assert [path.name for path in (tmp_path / "sampling" / "student").iterdir()] == ["sampling.ipynb"]


def test_the_command_says_what_is_wrong_without_a_traceback(tmp_path):
    with pytest.raises(SystemExit, match="There is no problem set 'texts'"):
        command("--seed", 1, "--set", "texts", "--out", tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(SystemExit, match="file"):
        command("--seed", 1, "--out", tmp_path / "file")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_lesson_does_not_wait_for_the_instructors_side():
    program = "import sys, chargen_lib.exercises.engine.example; print([m for m in sys.modules if 'instructor' in m])"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "[]\n"


# --- the example --------------------------------------------------------------------------------------------------------


def test_an_example_says_what_differs_and_enters_nothing_in_the_progress(capsys):
    def double(x):
        return 2 * x

    assert check_example(double, (np.array([1.0, 2.0]),), np.array([2.0, 4.0])).status == "correct"
    assert "What counts is checked later" in capsys.readouterr().out
    report = check_example(double, (np.array([1.0, 2.0]),), np.array([2.0, 5.0]))
    assert (report.status, report.misconception) == ("wrong", None)
    assert report.diagnosis == "Entry [1] is 4; 5 was expected." and report.call == "double([1. 2.])"
    assert check_example(lambda x: x + 0.00004, (1.0,), 1.0).status == "correct", "an example is rounded to four decimals"
    assert check_example(lambda x: x + 0.0004, (1.0,), 1.0).status == "wrong"

    def to_write(x):
        raise NotImplementedError("your code here")

    assert check_example(to_write, (1,), 1).status == "not attempted"
    assert all(status == "not attempted" for _, status in progress().rows)
