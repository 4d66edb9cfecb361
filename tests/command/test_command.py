"""The command chargen-course: a learner's progress, its export, and the class's report on a small made gradebook."""

import csv
import json
import os
import re
import shutil
import subprocess
import sys

import nbformat
import pytest

from chargen_lib import command
from chargen_lib.exercises import EXERCISES, Report
from chargen_lib.instructor import report
from chargen_lib.instructor.spreadsheet import table

TOTAL = sum(exercise.points for exercise in EXERCISES.values())


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.delenv("CHARGEN_PROGRESS")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def record(tmp_path):
    path = tmp_path / ".chargen-progress.json"
    path.write_text('{"encode": "correct", "softmax": "wrong"}')
    return path


def test_what_there_is_comes_at_once():
    helped = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "chargen_lib.command", "--help"], capture_output=True, text=True
    )
    assert helped.returncode == 0 and all(
        name in helped.stdout for name in ("progress", "export", "collect", "report", "variant")
    )
    assert "argparse" in helped.stderr and not re.search(r"\b(jax|numpy|nbgrader)\b", helped.stderr)


# --- progress and export ------------------------------------------------------------------------------------------------


def test_progress_is_the_learners_table(record, capsys):
    command.main(["progress"])
    shown = capsys.readouterr().out
    assert f"{EXERCISES['encode'].points} of {TOTAL} points" in shown
    assert re.search(r"✓ encode +correct", shown) and re.search(r"✗ softmax +wrong", shown)


def test_the_record_is_found_from_the_folder_above_and_by_name(record, tmp_path, monkeypatch, capsys):
    (tmp_path / "notebooks").mkdir()
    record.rename(tmp_path / "notebooks" / record.name)
    command.main(["progress"])
    command.main(["progress", "--record", f"notebooks/{record.name}"])
    assert capsys.readouterr().out.count("✓ encode") == 2


def test_no_record_yet_is_said(capsys):
    for name in ("progress", "export"):
        with pytest.raises(SystemExit) as ended:
            command.main([name, *(["--name", "Ada"] if name == "export" else [])])
        assert ended.value.code == 1 and "no record .chargen-progress.json yet" in capsys.readouterr().err
    assert os.listdir() == []


def test_a_damaged_record_is_said_in_one_line_and_kept(record, tmp_path, capsys):
    record.write_text("{")
    command.main(["progress"])
    said = capsys.readouterr()
    assert said.err.startswith("chargen-course: The record of your exercises") and said.err.count("\n") == 1
    assert f"0 of {TOTAL} points" in said.out and (tmp_path / ".chargen-progress.damaged.json").read_text() == "{"


def test_an_export_says_whose_when_and_what(record, tmp_path):
    command.main(["export", "--name", "Ada Lovelace"])
    content = json.loads((tmp_path / "my-progress.json").read_text(encoding="utf-8"))
    assert (content["name"], content["points"], content["of"]) == ("Ada Lovelace", EXERCISES["encode"].points, TOTAL)
    assert set(content["exercises"]) == set(EXERCISES)
    statuses = {name: e["status"] for name, e in content["exercises"].items() if e["status"] != "not attempted"}
    assert statuses == {"encode": "correct", "softmax": "wrong"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT.*\+00:00", content["date"]) and content["version"]


def test_an_export_never_writes_over_a_file_without_force(record, tmp_path):
    (tmp_path / "mine.json").write_text("mine")
    with pytest.raises(SystemExit, match=r"mine\.json is there already.*--force"):
        command.main(["export", "mine.json", "--name", "Ada"])
    assert (tmp_path / "mine.json").read_text() == "mine"
    command.main(["export", "mine.json", "--name", "Ada", "--force"])
    assert json.loads((tmp_path / "mine.json").read_text())["name"] == "Ada"


def test_an_export_that_cannot_be_written_is_said(record):
    with pytest.raises(SystemExit, match="cannot be written: No such file or directory"):
        command.main(["export", "nowhere/mine.json", "--name", "Ada"])


# --- collect ------------------------------------------------------------------------------------------------------------


def rows_of(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_collected_exports_are_one_table(record, tmp_path):
    for number, name in enumerate(("Ada", "=Eve()")):
        command.main(["export", f"{number}.json", "--name", name])
    (tmp_path / "bad.json").write_text('{"name": "Bob"}')
    with pytest.raises(SystemExit, match=r"Left out(.|\n)*bad\.json"):
        command.main(["collect", "0.json", "bad.json", "1.json", "missing.json"])
    rows = rows_of(tmp_path / "progress.csv")
    assert len(rows) == 2 * len(EXERCISES)
    assert {row["name"] for row in rows} == {"Ada", "'=Eve()"}, "a spreadsheet would run a formula"
    assert {(row["exercise"], row["status"]) for row in rows if row["status"] != "not attempted"} == {
        ("encode", "correct"),
        ("softmax", "wrong"),
    }
    with pytest.raises(SystemExit, match="is there already"):
        command.main(["collect", "0.json"])
    assert rows_of(tmp_path / "progress.csv") == rows


@pytest.mark.parametrize("named", ["in", "in/*.json", "in/?.json"])
def test_a_folder_or_a_pattern_is_collected(record, tmp_path, named):
    (tmp_path / "in").mkdir()
    for number, name in enumerate(("Ada", "Zoë")):
        command.main(["export", f"in/{number}.json", "--name", name])
    marked = tmp_path / "in" / "1.json"  # as an editor saves it that puts a mark before UTF-8
    marked.write_bytes(b"\xef\xbb\xbf" + marked.read_bytes())
    command.main(["collect", named])
    assert {row["name"] for row in rows_of(tmp_path / "progress.csv")} == {"Ada", "Zoë"}
    assert (tmp_path / "progress.csv").read_bytes().startswith(b"\xef\xbb\xbf"), "or Excel shows ZoÃ«"


def test_what_is_named_twice_counts_once(record, tmp_path):
    (tmp_path / "in").mkdir()
    command.main(["export", "in/0.json", "--name", "Ada"])
    command.main(["collect", "in", "in/0.json", "in/*.json", "./in/../in/0.json"])
    assert len(rows_of(tmp_path / "progress.csv")) == len(EXERCISES)


def test_a_folder_is_collected_whole(record, tmp_path):
    for path in ("in/0.json", "in/Ada_12_assignsubmission_file/my-progress.json", "in/OLD.JSON"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        command.main(["export", path, "--name", path])
    shutil.copytree(tmp_path / "in" / "Ada_12_assignsubmission_file", tmp_path / "in" / ".ipynb_checkpoints")
    (tmp_path / "in" / "__MACOSX").mkdir()
    (tmp_path / "in" / "__MACOSX" / "._0.json").write_bytes(b"\x00\x05\x16\x07")
    command.main(["collect", "in"])
    rows = rows_of(tmp_path / "progress.csv")
    assert len(rows) == 3 * len(EXERCISES)
    assert {row["name"] for row in rows} == {"in/0.json", "in/Ada_12_assignsubmission_file/my-progress.json", "in/OLD.JSON"}


@pytest.mark.parametrize("start", "=+-@\t\r\n＝＋－＠")
def test_no_name_is_run_as_a_formula(start):
    assert table([{"name": f"{start}1+1"}]).splitlines()[1].lstrip('"').startswith("'")


def test_nothing_to_collect_is_told(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(SystemExit, match="There is no exported file"):
        command.main(["collect", "empty"])
    with pytest.raises(SystemExit, match=r"Left out(.|\n)*missing"):
        command.main(["collect", "missing/*.json"])
    assert os.listdir(tmp_path) == ["empty"]


# --- the class's report -------------------------------------------------------------------------------------------------

STAGE = EXERCISES["encode"].misconceptions[0]


@pytest.fixture
def course(a_course, tmp_path):
    """A copy of it: to make a gradebook takes seconds."""
    return shutil.copytree(a_course, tmp_path, dirs_exist_ok=True)


@pytest.fixture(scope="module")
def a_course(tmp_path_factory):
    """Four students of one lesson: right, a misconception twice, and one whose notebook did not run."""
    from nbgrader.api import Gradebook

    from chargen_lib.instructor.settings import find_alembic

    find_alembic()
    tmp_path = tmp_path_factory.mktemp("course")
    lesson = "01_<x>"
    with Gradebook(f"sqlite:///{tmp_path / 'gradebook.db'}") as book:
        book.add_assignment(lesson)
        book.add_notebook(lesson, lesson)
        book.add_grade_cell("check_encode", lesson, lesson, max_score=2, cell_type="code")
        for student, score, status in (
            ("right", 2, "correct"),
            ("wrong", 0, "wrong"),
            ("mended", 0, "wrong"),
            ("lost", None, None),
        ):
            book.add_student(student)
            book.add_submission(lesson, student)
            grade = book.find_grade("check_encode", lesson, lesson, student)
            grade.auto_score = score
            if student == "mended":
                grade.manual_score = 2
            book.db.commit()
            if status:
                write_autograded(tmp_path / "autograded" / student / lesson, lesson, status)
    return tmp_path


def write_autograded(folder, lesson, status):
    verdict = Report("encode", status, STAGE.sentence, STAGE.name if status == "wrong" else None).data()
    metadata = {"nbgrader": {"grade": True, "grade_id": "check_encode"}}
    cell = nbformat.v4.new_code_cell("check", metadata=metadata, execution_count=1)
    for metadata in (verdict, {"chargen": {"status": ["forged"]}}, {"chargen": "forged"}, {}):
        cell.outputs.append(nbformat.v4.new_output("display_data", {"text/plain": "x"}, metadata=metadata))
    folder.mkdir(parents=True)
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), folder / f"{lesson}.ipynb")


def test_the_report_of_a_small_class(course, capsys):
    command.main(["report", str(course)])
    assert str(course / "report.html") in capsys.readouterr().out
    rows = {row["student"]: row for row in rows_of(course / "report.csv")}
    assert {name: (float(row["score"]), row["status"], row["misconception"]) for name, row in rows.items()} == {
        "right": (2, "correct", ""),
        "wrong": (0, "wrong", STAGE.name),
        "mended": (2, "wrong", STAGE.name),  # the grader's own points count
        "lost": (0, "not run", ""),
    }
    page = (course / "report.html").read_text(encoding="utf-8")
    assert "01_&lt;x&gt;" in page and "01_<x>" not in page
    assert '<td class="number">2 of 4 ' in page and "1 of 4 submissions could not be run" in page
    line = re.search(rf'<th scope="row">{STAGE.name}</th><td class="number">(\d+)</td><td>(.*?)</td>', page)
    assert line.groups() == ("2", STAGE.sentence.replace("'", "&#x27;"))
    assert not any(name in page for name in ("mended", "lost"))


def test_the_page_needs_nothing_beside_it(course):
    command.main(["report", str(course), "--out", str(course / "page.html")])
    page = (course / "page.html").read_text(encoding="utf-8")
    assert (course / "page.csv").exists() and not (course / "report.html").exists()
    assert not re.search(r"src=|href=|url\(|@import|https?:", page)
    assert "color-scheme: light dark" in page and "@media print" in page
    assert page.count("<table") == page.count("<caption") == 2 and page.count('scope="col"') == 8


def test_a_report_of_nothing_says_what_to_do(tmp_path):
    with pytest.raises(SystemExit, match="There is no folder"):
        command.main(["report", "nowhere"])
    with pytest.raises(SystemExit, match=r"There is no gradebook .*: run nbgrader generate_assignment"):
        command.main(["report", str(tmp_path)])
    assert os.listdir(tmp_path) == [], "not an empty gradebook either"
    assert "Nothing has been graded yet." in report.page([])


# --- the roll-call ------------------------------------------------------------------------------------------------------


def hand_in(course, place, content=None):
    path = course / "submitted" / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(nbformat.writes(nbformat.v4.new_notebook()) if content is None else content)


def roll(course, capsys):
    """What report says of each that was not executed: student -> (status, what mends it)."""
    with pytest.raises(SystemExit) as ended:
        command.main(["report", str(course)])
    assert "Handed in and not executed" in str(ended.value)
    said = re.findall(r"\n  (.*?), 01_<x> \(not run: (.*?)\): (.*)", str(ended.value))
    return {student: (status, note) for student, status, note in said}


LESSON = "01_<x>"


def test_everybody_executed_is_no_failure(course, capsys):
    hand_in(course, f"right/{LESSON}/{LESSON}.ipynb")
    command.main(["report", str(course)])
    assert "not executed" not in capsys.readouterr().out


def test_a_run_that_was_interrupted_is_found_and_mended_with_its_feedback(course, capsys):
    hand_in(course, f"right/{LESSON}/{LESSON}.ipynb")
    path = course / "autograded" / "right" / LESSON / f"{LESSON}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        cell.outputs, cell.execution_count = [], None
    nbformat.write(notebook, path)
    status, note = roll(course, capsys)["right"]
    assert status == "interrupted" and note.endswith(f"chargen-course grade . '{LESSON}' --student right")
    row = next(row for row in rows_of(course / "report.csv") if row["student"] == "right")
    assert row["status"] == "not run: interrupted" and row["note"] == note


@pytest.mark.parametrize(
    ("place", "content", "status", "mends"),
    [
        (f"new/{LESSON}/{LESSON}.ipynb", None, "not graded yet", f"chargen-course grade . '{LESSON}' --student new"),
        (f"lost/{LESSON}/{LESSON}.ipynb", None, "given up", "--student lost"),
        (f"new/{LESSON}/{LESSON}.ipynb", "{", "not a notebook", "get it again"),
        (f"new/{LESSON}/{LESSON}/{LESSON}.ipynb", None, "another folder", f"'submitted/new/{LESSON}/{LESSON}.ipynb'"),
        (f"in.zip/new/{LESSON}/{LESSON}.ipynb", None, "another folder", f"mkdir -p 'submitted/new/{LESSON}' && mv"),
        (
            f"new/{LESSON}.ipynb",
            None,
            "another folder",
            f"mv 'submitted/new/{LESSON}.ipynb' 'submitted/new/{LESSON}/{LESSON}.ipynb'",
        ),
        (f"new/{LESSON}/mine.txt", "", "no notebook", "ask for it"),
        (f"new/{LESSON}/Sampling.ipynb", None, "another name", f"Sampling.ipynb' 'submitted/new/{LESSON}/{LESSON}.ipynb'"),
        (f"a[b/{LESSON}/{LESSON}.ipynb", None, "not graded yet", "--student 'a[b' "),
        (f"a[b]/{LESSON}/{LESSON}.ipynb", None, "its folder's name", "mv 'submitted/a[b]' submitted/a_b_"),
        (f".new/{LESSON}/{LESSON}.ipynb", None, "its folder's name", "mv submitted/.new submitted/new"),
    ],
)
def test_the_roll_says_what_happened_and_what_mends_it(course, capsys, place, content, status, mends):
    hand_in(course, place, content)
    (found,) = roll(course, capsys).items()
    student, (said, note) = found
    assert said == status and mends in note + " "
    assert [row["status"] for row in rows_of(course / "report.csv") if row["student"] == student] == [f"not run: {status}"]
    assert student not in (course / "report.html").read_text(encoding="utf-8") or student == "new"


def test_the_notebook_left_out_of_two_is_named(course, capsys):
    hand_in(course, f"right/{LESSON}/{LESSON}.ipynb")
    hand_in(course, f"right/{LESSON}/{LESSON}-Copy1.ipynb")
    command.main(["report", str(course)])
    assert f"submitted/right/{LESSON}/{LESSON}-Copy1.ipynb was left out" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("score", "says"), [(0, "0 points do not agree with the verdict (correct)"), (3, "3 points, and there are 2")]
)
def test_points_that_cannot_be_right_are_flagged(course, capsys, score, says):
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:
        book.find_grade("check_encode", LESSON, LESSON, "right").auto_score = score
        book.db.commit()
    command.main(["report", str(course)])
    assert f"right, {LESSON}, encode: {says}" in capsys.readouterr().out


def test_the_page_takes_its_sentences_from_the_library(course):
    for student, name, told in (("wrong", STAGE.name, "<b>forged</b>"), ("mended", "forged", "a sentence of my own")):
        path = course / "autograded" / student / LESSON / f"{LESSON}.ipynb"
        notebook = nbformat.read(path, as_version=4)
        notebook.cells[0].outputs[0].metadata.chargen.update(misconception=name, diagnosis=told)
        nbformat.write(notebook, path)
    command.main(["report", str(course)])
    page = (course / "report.html").read_text(encoding="utf-8")
    assert "forged" not in page and "of my own" not in page
    assert STAGE.sentence.replace("'", "&#x27;") in page and "some other mistake" in page
