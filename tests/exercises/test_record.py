"""The record of what passes: nothing of it is ever lost."""

import ast
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from some_answers import COUNTS, ENCODE, HERE, encode, returns

from chargen_lib.exercises import EXERCISES, check, progress
from chargen_lib.exercises.engine import record as records
from chargen_lib.exercises.engine.report import Report


@pytest.fixture
def record(tmp_path, monkeypatch):
    path = tmp_path / "record" / "progress.json"
    path.parent.mkdir()
    monkeypatch.setenv("CHARGEN_PROGRESS", str(path))
    return path


def statuses():
    return {exercise.name: status for exercise, status in progress().rows}


def test_progress_begins_with_nothing(record):
    assert set(statuses().values()) == {"not attempted"}
    assert list(statuses()) == list(EXERCISES)
    won, all_points = progress().points
    assert won == 0 and all_points == sum(e.points for e in EXERCISES.values())
    assert not record.exists()


def test_progress_is_kept_for_other_processes(record):
    check("encode", encode)
    check("bigram_counts", returns(None))
    script = (
        "from chargen_lib.exercises import progress; p = progress(); "
        "print({e.name: s for e, s in p.rows if s != 'not attempted'}, p.points[0], sep=';')"
    )
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=HERE, check=True).stdout
    seen, points = out.split(";")
    assert ast.literal_eval(seen) == {"encode": "correct", "bigram_counts": "wrong"} and int(points) == ENCODE.points


def test_what_was_once_correct_stays_correct(record):
    def stub(text, characters):
        raise NotImplementedError("your code here")

    check("encode", returns([7]))
    assert statuses()["encode"] == "wrong"
    check("encode", stub)
    assert statuses()["encode"] == "wrong"
    check("encode", encode)
    for later in (returns([7]), stub):
        check("encode", later)
        assert statuses()["encode"] == "correct"


def test_progress_shows_marks_and_points(record):
    check("encode", encode)
    total = sum(e.points for e in EXERCISES.values())
    assert f"{ENCODE.points} of {total} points" in str(progress()) and "✓ encode" in str(progress())
    assert f"{ENCODE.points} of {total} points" in progress()._repr_html_()


@pytest.mark.parametrize(
    "content",
    [b"", b'{"encode": "cor', b"[1, 2]", b'{"encode": "perfect"}', b'{"encode": []}', b"\xff\xfe\x00", b"[" * 100_000],
    ids=["empty", "cut off", "list", "unknown status", "no text", "no unicode", "deep"],
)
def test_a_damaged_record_is_set_aside_with_a_warning(record, content, capsys):
    record.write_bytes(content)
    with pytest.warns(UserWarning, match=r"was damaged .* It was moved to "):
        check("encode", encode)
    assert "Correct." in capsys.readouterr().out
    assert statuses()["encode"] == "correct"
    assert record.with_suffix(".damaged.json").read_bytes() == content


def test_a_second_damaged_record_leaves_the_first_where_it_is(record):
    contents = b'{"encode": "cor', b"", b"[1]"
    for content in contents:
        record.write_bytes(content)
        with pytest.warns(UserWarning, match="was damaged"):
            progress()
    assert sorted(path.read_bytes() for path in record.parent.iterdir()) == sorted(contents)


@pytest.mark.parametrize("failing", [os.replace, Path.read_bytes])
def test_a_verdict_that_cannot_be_written_is_kept_until_it_can(record, monkeypatch, failing):
    check("bigram_counts", COUNTS.reference)

    def denied(*args, **options):
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch, pytest.warns(UserWarning):
        patch.setattr(os if failing is os.replace else Path, failing.__name__, denied)
        check("encode", encode)
        assert statuses()["encode"] == "correct"
    assert statuses()["encode"] == statuses()["bigram_counts"] == "correct"
    assert "encode" not in json.loads(record.read_text())
    records.note(Report("encode", "wrong", ""))
    assert json.loads(record.read_text()) == {"bigram_counts": "correct", "encode": "correct"}


@pytest.mark.parametrize("place", ["no/such/folder/progress.json", "a_file/progress.json", "a_folder"])
def test_a_record_that_cannot_be_written_only_warns(tmp_path, monkeypatch, capsys, place):
    (tmp_path / "a_file").write_text("")
    (tmp_path / "a_folder").mkdir()
    monkeypatch.setenv("CHARGEN_PROGRESS", str(tmp_path / place))
    with pytest.warns(UserWarning, match="Your result counts"):
        assert check("encode", encode).status == "correct"
    assert "Correct." in capsys.readouterr().out
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["a_file", "a_folder"]


@pytest.mark.parametrize("failing", ["os.replace", "json.dump"])
def test_a_full_disk_leaves_the_old_record_whole(record, monkeypatch, failing):
    check("bigram_counts", COUNTS.reference)
    before = record.read_bytes()

    def full(*args, **options):
        raise OSError(28, "No space left on device")

    module, name = failing.split(".")
    with monkeypatch.context() as patch, pytest.warns(UserWarning, match="No space left"):
        patch.setattr({"os": os, "json": json}[module], name, full)
        check("encode", encode)
    assert record.read_bytes() == before and [p.name for p in record.parent.iterdir()] == [record.name]
    check("encode", encode)
    assert statuses()["encode"] == statuses()["bigram_counts"] == "correct"


def test_a_record_that_cannot_be_read_is_not_replaced(record, monkeypatch):
    check("bigram_counts", COUNTS.reference)
    before = record.read_bytes()

    def denied(*args, **options):
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        for reading in ("read_bytes", "read_text"):
            patch.setattr(Path, reading, denied)
        with pytest.warns(UserWarning, match="cannot be read"):
            check("encode", encode)
        with pytest.warns(UserWarning, match="cannot be read"):
            progress()
    assert record.read_bytes() == before


# --- one record for a course, and two notebooks at once -----------------------------------------------------------------


def test_two_kernels_at_once_lose_nothing(record):
    script = """if True:
        import sys
        from chargen_lib.exercises.engine.record import note
        from chargen_lib.exercises.engine.report import Report
        print("ready", flush=True)
        sys.stdin.readline()
        for number in range(40):
            note(Report(f"{sys.argv[1]}{number}", "correct", ""))
    """
    command = [sys.executable, "-c", script]
    both = [
        subprocess.Popen([*command, who], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=HERE) for who in "ab"
    ]
    for process in both:
        assert process.stdout.readline() == "ready\n"
    for process in both:
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in both:
        process.communicate(timeout=120)
        assert process.returncode == 0
    assert len(json.loads(record.read_text())) == 80
    assert [p.name for p in record.parent.iterdir()] == [record.name], "no lock is left"


def test_the_lock_of_one_who_died_is_broken(record):
    lock = record.with_name(record.name + ".lock")
    lock.touch()
    began = time.monotonic()
    check("encode", encode)
    assert statuses()["encode"] == "correct" and not lock.exists()
    assert time.monotonic() - began < 30


def test_a_lock_that_never_goes_away_does_not_hang_the_check(record, monkeypatch):
    monkeypatch.setattr(records, "LOCK_WAITS", 0.2)
    lock = record.with_name(record.name + ".lock")
    lock.touch()
    check("encode", encode)
    assert statuses()["encode"] == "correct" and lock.exists(), "another's lock, not stale yet, stays"


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course folder with a notebook's folder in it, and no setting."""
    monkeypatch.delenv("CHARGEN_PROGRESS")
    monkeypatch.setattr(records, "_began_in", records._began_in)
    course = tmp_path / "course"
    for folder in ("notebooks/mine", "chargen_lib", "solutions", "grading/autograded/ada/lesson"):
        (course / folder).mkdir(parents=True)
    (course / "grading" / "nbgrader_config.py").touch()
    return course


@pytest.mark.parametrize("start", ["notebooks", "notebooks/mine", "."])
def test_a_course_has_one_record_wherever_one_begins(course, start):
    records.look_from(course / start)
    assert records.record_file() == course / "notebooks" / ".chargen-progress.json"
    check("encode", encode)
    assert [p.relative_to(course).as_posix() for p in course.rglob(".chargen*")] == ["notebooks/.chargen-progress.json"]


@pytest.mark.parametrize("start", ["solutions", "grading/autograded/ada/lesson"])
def test_what_is_no_work_of_the_learners_keeps_a_record_of_its_own(course, start):
    records.look_from(course / start)
    check("encode", encode)
    records.look_from(course / "notebooks")
    assert statuses()["encode"] == "not attempted" and (course / start / ".chargen-progress.json").exists()


def test_without_a_course_the_record_is_beside_the_notebook(course):
    records.look_from(course.parent)
    assert records.record_files() == [course.parent / ".chargen-progress.json"]


def test_a_notebook_that_works_in_another_folder_keeps_its_record(course, tmp_path, monkeypatch):
    records.look_from(course / "notebooks")
    check("encode", encode)
    monkeypatch.chdir(tmp_path)
    check("bigram_counts", COUNTS.reference)
    assert statuses()["encode"] == statuses()["bigram_counts"] == "correct"
    assert not (tmp_path / ".chargen-progress.json").exists()


def test_a_record_from_before_is_merged_and_kept(course):
    (course / ".chargen-progress.json").write_text('{"encode": "correct", "softmax": "wrong"}')
    (course / "notebooks" / "mine" / ".chargen-progress.json").write_text('{"encode": "wrong", "bigram_counts": "correct"}')
    (course / "notebooks" / ".chargen-progress.json").write_text('{"softmax": "correct", "encode": "wrong"}')
    records.look_from(course / "notebooks" / "mine")
    assert {name: s for name, s in statuses().items() if s != "not attempted"} == {
        "encode": "correct",
        "bigram_counts": "correct",
        "softmax": "correct",
    }
    records.note(Report("viterbi", "wrong", ""))
    merged = json.loads((course / "notebooks" / ".chargen-progress.json").read_text())
    assert merged == {"bigram_counts": "correct", "encode": "correct", "softmax": "correct", "viterbi": "wrong"}
    assert len(list(course.rglob(".chargen*"))) == 3, "nothing is deleted"


def test_the_folder_is_the_notebooks_whatever_the_kernel_works_in(course, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert records.started_in() == tmp_path
    monkeypatch.setenv("JPY_SESSION_NAME", str(course / "notebooks" / "01_text.ipynb"))
    assert records.started_in() == course / "notebooks"
    monkeypatch.setenv("JPY_SESSION_NAME", "notebooks/01_text.ipynb")
    assert records.started_in() == tmp_path, "of a relative one nobody knows to what"
    monkeypatch.setenv("JPY_SESSION_NAME", str(tmp_path / "gone" / "01_text.ipynb"))
    assert records.started_in() == tmp_path

    class Shell:
        user_ns = {"__vsc_ipynb_file__": str(course / "notebooks" / "mine" / "01_text.ipynb")}  # noqa: RUF012

    monkeypatch.setattr(records, "get_ipython", Shell)
    assert records.started_in() == course / "notebooks" / "mine"


def test_a_tilde_in_the_setting_is_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("CHARGEN_PROGRESS", "~/mine.json")
    check("encode", encode)
    assert json.loads((tmp_path / "mine.json").read_text()) == {"encode": "correct"}


def test_one_point_is_not_one_points():
    assert (records.counted(0), records.counted(1), records.counted(2)) == ("0 points", "1 point", "2 points")


def test_at_a_lessons_end_that_lesson_is_shown_and_the_whole_in_one_line():
    from chargen_lib.exercises import EXERCISES, progress

    first = [exercise for exercise in EXERCISES.values() if exercise.lesson == 1]
    shown = progress(lesson=1)
    lines = str(shown).splitlines()
    assert len(lines) == len(first) + 2 and all(e.name in line for e, line in zip(first, lines, strict=False))
    here, whole = (records.counted(sum(e.points for e in some)) for some in (first, EXERCISES.values()))
    assert lines[-2:] == [f"Lesson 01: 0 of {here}", f"The whole course: 0 of {whole}"]
    assert shown._repr_html_().count("<code>") == len(first) and f"The whole course: 0 of {whole}" in shown._repr_html_()
    assert len(str(progress()).splitlines()) == len(EXERCISES) + 1
