"""The notebooks are products: made from their sources, for the student without solutions, and never over anybody's work."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbgrader.preprocessors import CheckCellMetadata

from chargen_lib.exercises import EXERCISES

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "solutions").glob("[0-9][0-9]_*.py"))


def the_tool():
    spec = importlib.util.spec_from_file_location("build_notebooks", ROOT / "tools" / "build_notebooks.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TOOL = the_tool()
each_lesson = pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)


def solved(source):
    return nbformat.read(ROOT / "solutions" / f"{source.stem}.ipynb", as_version=4)


def student(source):
    return nbformat.read(ROOT / "notebooks" / f"{source.stem}.ipynb", as_version=4)


def stale(made):
    """The names of the notebooks that are not, byte for byte, what their source makes."""
    return [path.name for path, text in made.items() if not path.exists() or path.read_bytes() != text.encode()]


# --- made from their sources ------------------------------------------------------------------------------------------


def test_there_are_lessons_and_no_notebook_without_a_source():
    assert SOURCES
    for folder in ("solutions", "notebooks"):
        names = {path.stem for path in (ROOT / folder).glob("*.ipynb") if ".yours-" not in path.name}
        assert names == {source.stem for source in SOURCES}, folder


@each_lesson
def test_the_notebooks_are_what_the_source_makes(source):
    assert stale(TOOL.build(source)) == [], "run `make notebooks`"


def needs(head):
    """The lessons that a head names after "you need": 01, (05), [lesson 03](...), 01 to 04."""
    told = re.sub(r"\]\([^)]*\)", "]", head.split("you need:")[1].split("*")[0])
    told = re.sub(r"\[?(\d\d)\]? to \[?(\d\d)\]?", lambda m: " ".join(f"{n:02}" for n in range(int(m[1]), int(m[2]) + 1)), told)
    return set(re.findall(r"\b\d\d\b", told))


def test_the_map_of_the_lessons_says_what_their_heads_say():
    page = (ROOT / "book" / "how_to_use.md").read_text(encoding="utf-8")
    rows = {row[0]: row[1:] for row in re.findall(r"^\| (\d\d) [^|]*\| ([^|]*) \| ([^|]*) \|$", page, re.MULTILINE)}
    named = {number: set(re.findall(r"\d\d", before)) for number, (before, _) in rows.items()}
    assert named == {source.stem[:2]: needs(solved(source).cells[0].source) for source in SOURCES}
    for number, (_, after) in rows.items():
        leads_to = {other for other, before in named.items() if number in before}
        assert set(re.findall(r"\d\d", after)) == leads_to or (after == "everything" and number == "01"), number


def test_the_page_of_exercises_is_what_the_sources_make():
    page = ROOT / "book" / "exercises.md"
    assert stale({page: TOOL.exercise_index()}) == [], "run `make notebooks`"
    assert all(f"`{name}`" in page.read_text(encoding="utf-8") for name in EXERCISES)


@each_lesson
def test_a_lesson_says_how_long_it_takes_how_hard_it_is_and_what_it_needs(source):
    first = nbformat.read(ROOT / "notebooks" / f"{source.stem}.ipynb", as_version=4).cells[0].source.replace("\n", " ")
    said = re.search(r"\*About (\d+) minutes, and (\d+) more for the exercises · [^·]+ · you need: .+?\*", first)
    assert said, first
    on_the_cards = sum(e.minutes for e in EXERCISES.values() if e.lesson == int(source.stem[:2]))
    words, lines = TOOL.main_line(TOOL.jupytext.reads(source.read_text(encoding="utf-8"), fmt="py:percent"))
    for promised, needed in ((int(said[1]), words / 100 + lines / 6), (int(said[2]), on_the_cards)):
        assert needed <= promised < needed + 5


@each_lesson
def test_the_main_line_is_an_honest_hour(source):
    words, lines = TOOL.main_line(TOOL.jupytext.reads(source.read_text(encoding="utf-8"), fmt="py:percent"))
    assert words <= 1.03 * 2400 and lines <= 1.03 * 220, f"{words} words and {lines} lines: move a part to For the curious"


@each_lesson
def test_a_lesson_begins_with_three_folded_recall_questions(source):
    (recall,) = (
        cell.source for cell in student(source).cells[:4] if cell.source.startswith("## Three questions from before\n")
    )
    _, *parts = re.split(r"^\*\*(\d)\.\*\* ", recall, flags=re.MULTILINE)
    assert parts[::2] == ["1", "2", "3"]
    for question in parts[1::2]:
        assert (
            re.fullmatch(r"\S.*?<details><summary>.*?</details>\s*", question, re.DOTALL) and question.count("<details>") == 1
        )


@each_lesson
def test_the_answer_to_a_prediction_is_folded_and_no_assert_shows_it_before(source):
    cells = student(source).cells
    for place, cell in enumerate(cells):
        for asked in cell.source.split("**Predict.**")[1:] if cell.cell_type == "markdown" else ():
            if "<details>" not in asked:
                answer = next(i for i in range(place + 1, len(cells)) if cells[i].cell_type == "markdown")
                assert cells[answer].source.startswith("<details>"), asked
                assert answer == place + 1 or "assert " not in cells[place + 1].source, asked


@each_lesson
def test_the_landing_page_has_the_lessons_question_minutes_and_level(source):
    first = student(source).cells[0].source
    found = re.search(r"\*\*(.*?\?).*?\*\*\s+\*About (\d+) minutes, and (\d+) more for the exercises · (.*?) · ", first)
    question, minutes, more, level = found.groups()
    row = f"[{question}](../notebooks/{source.stem}.ipynb) *{minutes} + {more} minutes · {level}*"
    assert row in (ROOT / "book" / "index.md").read_text(encoding="utf-8")


@each_lesson
def test_making_twice_makes_the_same(source):
    assert TOOL.build(source) == the_tool().build(source)


def test_a_notebook_changed_by_hand_is_noticed(tmp_path):
    made = {tmp_path / "one.ipynb": "as made\n", tmp_path / "two.ipynb": "as made\n"}
    for path, text in made.items():
        path.write_text(text)
    assert stale(made) == []
    (tmp_path / "two.ipynb").write_text("as made \n")
    assert stale(made) == ["two.ipynb"]
    (tmp_path / "one.ipynb").unlink()
    assert stale(made) == ["one.ipynb", "two.ipynb"]


@each_lesson
@pytest.mark.parametrize("version", [solved, student])
def test_a_notebook_holds_no_noise(source, version):
    notebook = version(source)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert code and all(cell.outputs == [] and cell.execution_count is None for cell in code)
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)


# --- the student's and the solved one ---------------------------------------------------------------------------------


def answers(notebook):
    """Name -> position of the cell where an exercise is answered, in order, by nbgrader's metadata."""
    marks = [(cell.metadata.get("nbgrader", {}), position) for position, cell in enumerate(notebook.cells)]
    found = [(mark["grade_id"], position) for mark, position in marks if mark.get("solution")]
    assert len(dict(found)) == len(found), "an exercise stands twice"
    return dict(found)


@each_lesson
@pytest.mark.parametrize("version", [solved, student])
def test_each_exercise_of_a_lesson_stands_once_with_its_check(source, version):
    notebook = version(source)
    lesson = int(source.stem[:2])
    places = answers(notebook)
    assert set(places) == {e.name for e in EXERCISES.values() if e.lesson == lesson}
    for name, place in places.items():
        question, answer, test = notebook.cells[place - 1 : place + 2]
        assert question.source.startswith("### Exercise: ") and f"def {name}(" in answer.source
        assert test.source == f'check("{name}", {name})'
        assert test.metadata.nbgrader.points == EXERCISES[name].points and test.metadata.nbgrader.grade
        assert test.metadata.nbgrader.locked and not answer.metadata.nbgrader.locked
        assert EXERCISES[name].hint in question.source
    checks = [cell.source for cell in notebook.cells if cell.source.startswith("check(")]
    assert len(checks) == len(places)


@each_lesson
@pytest.mark.parametrize("version", [solved, student])
def test_nbgrader_takes_it(source, version):
    CheckCellMetadata().preprocess(version(source), {})


@each_lesson
def test_a_student_notebook_holds_no_solution(source):
    theirs, ours = student(source), solved(source)
    everything = "\n".join(cell.source for cell in theirs.cells)
    for mark in ("### BEGIN", "### END", "HIDDEN TEST"):
        assert mark not in everything
    for name, place in answers(theirs).items():
        cell = theirs.cells[place].source
        assert cell.count(TOOL.STUB) == 1
        solution = ours.cells[place].source.split("### BEGIN SOLUTION")[1].split("### END SOLUTION")[0]
        lines = [line.strip() for line in solution.splitlines() if line.strip()]
        assert lines and not any(line in cell for line in lines), name
    assert everything.count(TOOL.STUB) == len(answers(theirs))


@each_lesson
def test_student_and_solved_notebook_differ_only_where_they_should(source):
    theirs, ours = student(source).cells, solved(source).cells
    assert [cell.id for cell in theirs] == [cell.id for cell in ours]
    changed = [a.source for a, b in zip(theirs, ours, strict=True) if a.source != b.source]
    exercises = len(answers(student(source)))
    assert len(changed) == 1 + 2 * exercises  # the heading, and of each exercise the question's link and the answer
    assert sum("[A solution](" in text for text in changed) == exercises


def test_hidden_tests_are_taken_out():
    lines = ["# %% [markdown]", "# # A lesson", "# %%", "x = 1", "### BEGIN HIDDEN TESTS", "assert x", "### END HIDDEN TESTS"]
    lesson = TOOL.jupytext.reads("\n".join(lines), fmt="py:percent")
    assert TOOL._student(lesson, "00_x").cells[1].source.strip() == "x = 1"
    assert "assert x" in TOOL._solved(lesson, "00_x").cells[1].source


@pytest.mark.parametrize(
    ("name", "check", "message"),
    [
        ("encoed", 'check("encoed", encoed)', "there is no exercise 'encoed'"),
        ("encode", "1 + 1", "around the exercise 'encode'"),
    ],
)
def test_a_source_with_a_slip_is_refused(name, check, message):
    cells = ["# %% [markdown]", "# ### Exercise: x", f'# %% exercise="{name}"', "1", "# %%", check]
    with pytest.raises(SystemExit, match=message):
        TOOL._solved(TOOL.jupytext.reads("\n".join(cells), fmt="py:percent"), "00_x")


# --- never over a learner's work --------------------------------------------------------------------------------------


@pytest.fixture
def course(tmp_path, monkeypatch, capsys):
    """A small course of one lesson, just made, with the student notebook's path."""
    monkeypatch.setattr(TOOL, "ROOT", tmp_path)
    (tmp_path / "solutions").mkdir()
    source = tmp_path / "solutions" / SOURCES[0].name
    source.write_bytes(SOURCES[0].read_bytes())
    TOOL.main()
    path = tmp_path / "notebooks" / f"{source.stem}.ipynb"
    assert capsys.readouterr().out.count("made ") == 3 and path.exists()
    return path


def copies(path):
    return sorted(copy.name for copy in path.parent.glob("*.yours-*"))


def test_making_again_writes_nothing(course, capsys):
    before = course.stat().st_mtime_ns
    TOOL.main()
    assert capsys.readouterr().out == "" and course.stat().st_mtime_ns == before


def work(path, text):
    """The learner writes into the first exercise and saves."""
    notebook = nbformat.read(path, as_version=4)
    place = next(iter(answers(notebook).values()))
    notebook.cells[place].source += text
    nbformat.write(notebook, path)
    return path.read_bytes()


def test_own_work_is_kept_in_a_copy(course, capsys):
    made = course.read_bytes()
    mine = work(course, "\n    # my idea")
    TOOL.main()
    assert course.read_bytes() == made
    assert course.with_suffix(".yours-1.ipynb").read_bytes() == mine
    assert f"{course.stem}.yours-1.ipynb" in capsys.readouterr().out

    second = work(course, "\n    # a better idea")
    TOOL.main()
    assert copies(course) == [f"{course.stem}.yours-1.ipynb", f"{course.stem}.yours-2.ipynb"]
    assert course.with_suffix(".yours-1.ipynb").read_bytes() == mine
    assert course.with_suffix(".yours-2.ipynb").read_bytes() == second


def test_own_work_is_kept_when_the_lesson_changes_too(course):
    mine = work(course, "\n    # my idea")
    source = course.parent.parent / "solutions" / f"{course.stem}.py"
    source.write_text(source.read_text(encoding="utf-8") + "\n# %% [markdown]\n# More.\n", encoding="utf-8")
    TOOL.main()
    assert course.with_suffix(".yours-1.ipynb").read_bytes() == mine
    assert "More." in course.read_text(encoding="utf-8")


def test_a_notebook_that_was_only_run_holds_no_work(course):
    made = course.read_bytes()
    notebook = nbformat.read(course, as_version=4)
    cell = next(cell for cell in notebook.cells if cell.cell_type == "code")
    cell.execution_count = 1
    nbformat.write(notebook, course)
    TOOL.main()
    assert course.read_bytes() == made and copies(course) == []


@pytest.mark.parametrize("content", [b"", b'{"cells": [', b"\xff\xfe"])
def test_a_notebook_that_cannot_be_read_is_kept_too(course, content):
    course.write_bytes(content)
    TOOL.main()
    assert course.with_suffix(".yours-1.ipynb").read_bytes() == content
    assert nbformat.read(course, as_version=4).cells


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")
def test_kernels_that_start_at_once_cannot_take_a_port_from_each_other(tmp_path):
    (flags,) = re.findall("^NBVAL := (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    asks = 'import json, ipykernel\nassert json.load(open(ipykernel.get_connection_file()))["transport"] == "ipc"'
    for name in ("one", "two"):
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(asks)])
        nbformat.write(notebook, tmp_path / f"{name}.ipynb")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-n", "2", *flags.split(), str(tmp_path)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert "2 passed" in run.stdout, run.stdout
    assert {path.name for path in tmp_path.iterdir()} == {"one.ipynb", "two.ipynb"}
