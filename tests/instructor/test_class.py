"""A class: everybody is graded once, several at a time, an interruption costs nobody anything, and copies are merged."""

import contextlib
import csv
import io
import multiprocessing
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import forkserver
from pathlib import Path

import nbformat
import psutil
import pytest
from nbgrader.api import Gradebook
from nbgrader.apps.api import NbGraderAPI

from chargen_lib import command
from chargen_lib.command.grade import _progress as progress_bar
from chargen_lib.exercises import EXERCISES
from chargen_lib.instructor import box, crowd, one
from chargen_lib.instructor.course import folders_of, patient, settings_of
from chargen_lib.instructor.merge import merge
from chargen_lib.instructor.needed import SAID
from chargen_lib.instructor.settings import find_alembic

ROOT = Path(__file__).resolve().parents[2]
CELLS = {"check_f": 2, "check_g": 1}

# --- a made course: no notebook is run ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def a_course(tmp_path_factory):
    """A gradebook with one assignment, to make which takes seconds."""
    find_alembic()
    home = tmp_path_factory.mktemp("made")
    with Gradebook(f"sqlite:///{home / 'gradebook.db'}") as book:
        book.add_assignment("hw")
        book.add_notebook("hw", "hw")
        for name, points in CELLS.items():
            book.add_grade_cell(name, "hw", "hw", max_score=points, cell_type="code")
            book.add_source_cell(name, "hw", "hw", cell_type="code", source="check")
        book.add_solution_cell("f", "hw", "hw")
    return home


@pytest.fixture
def course(a_course, tmp_path):
    return shutil.copytree(a_course, tmp_path / "course")


def hand_in(course, student, text="mine", name="hw.ipynb"):
    path = course / "submitted" / student / "hw" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def graded(course, student, **scores):
    """What a grading leaves, with these points."""
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:
        book.update_or_create_student(student)
        book.update_or_create_submission("hw", student)
        for name, score in scores.items():
            book.find_grade(name, "hw", "hw", student).auto_score = score
        book.db.commit()
    cell = nbformat.v4.new_code_cell("check", execution_count=1)
    for stage in ("autograded", "feedback"):
        (course / stage / student / "hw").mkdir(parents=True)
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), course / "autograded" / student / "hw" / "hw.ipynb")
    (course / "feedback" / student / "hw" / "hw.html").write_text(f"page of {student}")
    (course / "autograded" / student / "hw" / one.DONE).write_text(one.digest(folders_of(course), "hw", student))


def points(course, student):
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:
        (notebook,) = book.find_submission("hw", student).notebooks
        return {grade.name: grade.score for grade in notebook.grades}


def test_who_is_waiting(course):
    for student in ("ada", "bob", "eve", "a[b]", ".hidden"):
        hand_in(course, student)
    (course / "submitted" / "empty" / "hw").mkdir(parents=True)
    folders = folders_of(course)
    assert crowd.waiting(folders, "hw") == ["ada", "bob", "eve"] and crowd.waiting(folders, "other") == []
    for student in ("ada", "bob", "eve"):
        graded(course, student)
    assert crowd.waiting(folders, "hw") == [] and crowd.waiting(folders, "hw", again=True) == ["ada", "bob", "eve"]
    hand_in(course, "ada", "another")
    (course / "feedback" / "bob" / "hw" / "hw.html").unlink()
    notebook = course / "autograded" / "eve" / "hw" / "hw.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("check")]), notebook)
    assert crowd.waiting(folders, "hw") == ["ada", "bob", "eve"]


def test_what_is_tidied_before_the_grading_is_no_other_submission(course):
    paths = hand_in(course, "ada", name="Copy1.ipynb"), hand_in(course, "ada", "yesterday", "timestamp.txt")
    before = one.digest(folders_of(course), "hw", "ada")
    paths[0].rename(paths[0].with_name("hw.ipynb"))
    paths[1].rename(paths[1].with_name("timestamp.unreadable.txt"))
    assert one.digest(folders_of(course), "hw", "ada") == before
    hand_in(course, "ada", "helper = 1", "helper.py")
    assert one.digest(folders_of(course), "hw", "ada") != before


def pretend(course, assignment, student, processors, said, line):
    """In the place of a grading: says when it begins, waits for its end or a moment, and fails for bob."""

    def log(words, name="log"):
        with course.with_name(name).open("a") as file:
            print(words, file=file)

    log(f"begin {student}")
    log(processors, "processors")
    if student == "slow":
        with contextlib.suppress(EOFError):
            line.recv()
        log("stopped slow")
        sys.exit(1)
    time.sleep(0.2)
    log(f"end {student}")
    if student == "bob":
        said.write_text("bob's kernel died\n")
        sys.exit(1)
    if student == "shot":
        said.write_text("a warning\n")
        os.kill(os.getpid(), signal.SIGKILL)


@pytest.fixture
def pretended(course, monkeypatch):
    monkeypatch.setattr(one, "grade_alone", pretend)
    return course.with_name("log")


def test_everybody_is_graded_once_and_a_failure_is_told(course, pretended):
    told = {}
    students = ["ada", "bob", "eve", "zoe"]
    crowd.grade(course, [("hw", s) for s in students], 2, lambda _, student, said: told.update({student: said}))
    assert told == {"ada": "", "bob": "bob's kernel died\n", "eve": "", "zoe": ""}
    lines = pretended.read_text().split("\n")[:-1]
    assert sorted(lines) == sorted(f"{word} {s}" for s in students for word in ("begin", "end"))
    running = [sum(line.startswith("begin") - line.startswith("end") for line in lines[:n]) for n in range(len(lines))]
    assert max(running) == 2


def test_each_of_those_at_a_time_has_processors_of_its_own(course, pretended, monkeypatch):
    monkeypatch.setattr(crowd.os, "sched_getaffinity", lambda pid: {3, 1, 5, 0, 2}, raising=False)
    for jobs, wanted in ((1, ["0,1,2,3,5"]), (2, ["0,2,5", "1,3"]), (5, list("01235")), (6, ["0", *"01235"])):
        assert sorted(crowd.shares(jobs)) == wanted
    crowd.grade(course, [("hw", f"student-{n}") for n in range(6)], 2, lambda *_: None)
    used = pretended.with_name("processors").read_text().split()
    assert len(used) == 6 and set(used) == {"0,2,5", "1,3"}


@pytest.mark.skipif(crowd.STARTED_BY != "forkserver", reason="elsewhere the system itself remembers how a process ended")
def test_the_answer_of_one_who_has_ended_is_read_once(course, pretended, monkeypatch):
    """Between seeing that a process has ended and reading how, another thread, which starts one, has time to read it."""
    read, asked = forkserver.read_signed, Counter()

    def slow_at_first(pipe):
        asked[pipe] += 1
        if asked[pipe] == 2:  # the first answer was the number of the process
            time.sleep(0.5)
        return read(pipe)

    monkeypatch.setattr(forkserver, "read_signed", slow_at_first)
    told = {}
    students = [f"student-{n}" for n in range(6)]
    crowd.grade(course, [("hw", s) for s in students], 2, lambda _, student, said: told.update({student: said}))
    assert told == dict.fromkeys(students, "")


def test_who_was_killed_without_a_word_is_told_as_killed(course, pretended):
    told = []
    crowd.grade(course, [("hw", "shot")], 1, lambda _, student, said: told.append(said))
    assert re.fullmatch(r"a warning\nIts process was killed from outside \(SIGKILL\).*memory.*\n", told[0])


@pytest.mark.parametrize("how", ["a failure", "SIGTERM"])
def test_when_it_is_stopped_all_stop_and_nobody_else_begins(course, pretended, how):
    def tell(*_):
        if how == "a failure":
            raise ValueError
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(1)

    with pytest.raises(ValueError if how == "a failure" else KeyboardInterrupt):
        crowd.grade(course, [("hw", s) for s in ("slow", "ada", "eve", "zoe", "ivy")], 2, tell)
    lines = pretended.read_text().split("\n")
    assert "stopped slow" in lines and "begin ivy" not in lines
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def grade_for_ever(*whom):
    """The real grade_alone, in a process of its own, with a grading that starts another process and waits for it."""

    def grade(course, assignment, student):
        kernel = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"])
        print(kernel.pid, os.environ[box.PROCESSORS], os.getsid(0) == os.getpid(), flush=True)
        kernel.wait()

    one.grade = grade
    one.grade_alone(*whom)


@pytest.mark.skipif(not hasattr(os, "setsid"), reason="Windows has no sessions")
def test_a_grading_ends_with_its_kernel_when_its_line_is_cut(tmp_path):
    processes, said = multiprocessing.get_context(crowd.STARTED_BY), tmp_path / "said"
    line, its_end = processes.Pipe()
    process = processes.Process(target=grade_for_ever, args=(tmp_path, "hw", "ada", "0,2", said, its_end))
    process.start()
    its_end.close()
    deadline = time.monotonic() + 60
    while not (said.exists() and said.read_text().endswith("\n")) and time.monotonic() < deadline:
        time.sleep(0.05)
    kernel, processors, apart = said.read_text().split()
    assert (processors, apart) == ("0,2", "True") and process.is_alive()
    family = [psutil.Process(int(kernel))]
    line.close()
    process.join(20)
    assert process.exitcode == 1
    assert psutil.wait_procs(family, timeout=20)[0] == family


def test_two_runs_do_not_grade_the_same_course(course, pretended):
    inside = []

    def again(*_):
        with pytest.raises(SystemExit, match="Another chargen-course grade is at work"):
            crowd.grade(course, [("hw", "eve")], 1, lambda *_: None)
        inside.append(True)

    crowd.grade(course, [("hw", "ada")], 1, again)
    assert inside and "eve" not in pretended.read_text()


def test_the_command_says_what_is_missing(course, tmp_path):
    with pytest.raises(SystemExit, match="There is no folder"):
        command.main(["grade", "nowhere", "hw"])
    with pytest.raises(SystemExit, match="There is no gradebook"):
        command.main(["grade", str(tmp_path), "hw"])
    with pytest.raises(SystemExit, match="no assignment other: run nbgrader generate_assignment other first"):
        command.main(["grade", str(course), "other"])
    with pytest.raises(SystemExit, match="There is no notebook of ada"):
        command.main(["grade", str(course), "hw", "--student", "ada"])


def test_a_zip_is_collected_first_and_what_it_leaves_out_stops_nobody(course, pretended, tmp_path, capsys):
    (course / "source" / "hw").mkdir(parents=True)
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as packed:
        packed.writestr("ada/hw.ipynb", nbformat.writes(nbformat.v4.new_notebook()))
        packed.writestr("bob/essay.docx", "no notebook")
    with pytest.raises(SystemExit, match=r"ada, hw .not run"):  # it was pretended
        command.main(["grade", str(course), "hw", "--zip", "folder", str(tmp_path / "all.zip")])
    said = capsys.readouterr().out
    assert re.search(r"Left out:\n.*essay", said) and "1 graded, 0 could not be run." in said
    assert pretended.read_text() == "begin ada\nend ada\n"
    with pytest.raises(SystemExit, match="nothing was done"):
        command.main(["grade", str(course), "hw", "--zip", "folder", str(tmp_path / "none.zip")])
    with pytest.raises(SystemExit, match="name one"):
        command.main(["grade", str(course), "hw", "next", "--zip", "folder", str(tmp_path / "all.zip")])


def test_the_roll_is_called_of_what_was_asked_for(course, capsys):
    """Or the first assignment's run would fail for what is handed in to the second."""
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:
        book.add_assignment("next")
        book.add_notebook("next", "next")
    hand_in(course, "ada")
    command.main(["grade", str(course), "next"])
    assert "0 graded, 0 could not be run." in capsys.readouterr().out
    with pytest.raises(SystemExit, match=r"ada, hw .not run"):
        command.main(["report", str(course)])


def test_the_command_tells_how_far_it_is_and_ends_with_the_roll(course, pretended, capsys):
    for student in ("ada", "bob"):
        hand_in(course, student)
    with pytest.raises(SystemExit) as ended:
        command.main(["grade", str(course), "hw", "--jobs", "1"])
    said = capsys.readouterr().out
    assert "1 of 2: ada, about 0 minutes left\n2 of 2: bob, about 0 minutes left\n1 graded, 1 could not be run." in said
    assert (course / "could-not-be-run.txt").read_text() == "=== bob, hw\nbob's kernel died\n"
    assert "Handed in and not executed" in str(ended.value) and (course / "report.html").exists()


def test_in_a_terminal_it_is_a_bar_with_a_name_and_what_is_left(monkeypatch):
    terminal = io.StringIO()
    terminal.isatty = lambda: True
    monkeypatch.setattr(sys, "stderr", terminal)
    with progress_bar(2) as show:
        show("ada")
        show("zoe")
    assert re.search(r"0 of 2 \|.* left", terminal.getvalue())
    assert re.search(r"2 of 2 \|\S+\| 00:00 left, zoe", terminal.getvalue().replace("\r", "\n"))


# --- merging ------------------------------------------------------------------------------------------------------------


def a_copy(course, name, **students):
    """A copy of the course in which these were graded: student -> points."""
    copy = shutil.copytree(course, course.with_name(name))
    for student, scores in students.items():
        graded(copy, student, **scores)
    return copy


def test_copies_are_merged_into_what_one_run_gives(course):
    for student in ("ada", "bob", "eve"):
        hand_in(course, student)
    right, wrong = {"check_f": 2.0, "check_g": 1.0}, {"check_f": 0.0, "check_g": 1.0}
    copies = a_copy(course, "one", ada=right), a_copy(course, "two", bob=wrong, eve=right)
    assert merge(course, copies[0]) == (["ada, hw"], []) and merge(course, copies[1]) == (["bob, hw", "eve, hw"], [])
    assert {s: points(course, s) for s in ("ada", "bob", "eve")} == {"ada": right, "bob": wrong, "eve": right}
    assert crowd.waiting(folders_of(course), "hw") == []
    assert (course / "feedback" / "bob" / "hw" / "hw.html").read_text() == "page of bob"
    assert merge(course, copies[1]) == ([], []), "again changes nothing"
    assert sorted(path.name for path in (course / "autograded" / "ada").iterdir()) == ["hw"]


def test_a_merge_leaves_what_was_given_by_hand_and_what_others_have(course):
    hand_in(course, "ada", "first")
    graded(course, "ada", check_f=0.0, check_g=0.0)
    hand_in(course, "bob")
    graded(course, "bob", check_f=1.0)
    hand_in(course, "ada", "second")
    copy = a_copy(course, "copy")
    shutil.rmtree(copy / "autograded")
    shutil.rmtree(copy / "feedback")
    graded(copy, "ada", check_f=2.0, check_g=1.0)
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:  # meanwhile, here
        book.find_grade("check_g", "hw", "hw", "ada").manual_score = 0.5
        book.find_grade("check_f", "hw", "hw", "bob").auto_score = 2.0
        book.db.commit()
    assert merge(course, copy) == (["ada, hw"], [])
    assert points(course, "ada") == {"check_f": 2.0, "check_g": 0.5} and points(course, "bob")["check_f"] == 2.0


def test_what_cannot_be_merged_is_named(course, capsys):
    hand_in(course, "ada", "first")
    copy = a_copy(course, "copy", ada={"check_f": 2.0})
    hand_in(course, "ada", "second")
    taken, left = merge(course, copy)
    assert taken == [] and left == [f"ada, hw: what was graded is not what lies in {course}/submitted"]
    hand_in(course, "ada", "first")
    with Gradebook(f"sqlite:///{copy / 'gradebook.db'}") as book:
        book.find_grade_cell("check_f", "hw", "hw").max_score = 7
        book.db.commit()
    with pytest.raises(SystemExit, match=r"know different exercises of it(.|\n)*There is no gradebook"):
        command.main(["merge", str(course), str(copy), str(course / "nothing")])
    assert "0 taken" in capsys.readouterr().out
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:
        assert book.students == []


def test_many_at_once_on_one_gradebook(course):
    """More than cores: each with a connection of its own, writing what a grading writes."""

    def write(student):
        for score in range(4):
            with Gradebook(patient(f"sqlite:///{course / 'gradebook.db'}")) as book:
                book.update_or_create_student(student)
                book.update_or_create_submission("hw", student)
                book.find_grade("check_f", "hw", "hw", student).auto_score = score + int(student)
                book.db.commit()

    students = [str(number) for number in range(8)]
    with ThreadPoolExecutor(len(students)) as pool:
        list(pool.map(write, students))  # raises what one raised
    assert {student: points(course, student)["check_f"] for student in students} == {s: int(s) + 3 for s in students}


# --- the seven lessons with the real nbgrader, stopped in the middle ----------------------------------------------------


@pytest.fixture(scope="module")
def lessons(tmp_path_factory):
    """A course with every lesson, and a perfect student, whose name is strange, who has handed in all of them."""
    home = tmp_path_factory.mktemp("class") / "course"
    subprocess.run([sys.executable, ROOT / "tools" / "make_assignments.py", home], check=True, capture_output=True)
    api = NbGraderAPI(config=settings_of(home))
    for source in sorted((home / "source").glob("*")):
        assert api.generate_assignment(source.name)["success"]
        solved = nbformat.read(ROOT / "solutions" / f"{source.name}.ipynb", as_version=4)
        right = {name: cell.source for cell in solved.cells if (name := solution(cell))}
        notebook = nbformat.read(home / "release" / source.name / f"{source.name}.ipynb", as_version=4)
        for cell in notebook.cells:
            cell.source = right.get(solution(cell), cell.source)
        path = home / "submitted" / STUDENT / source.name / f"{source.name}.ipynb"
        path.parent.mkdir(parents=True)
        nbformat.write(notebook, path)
    return home


STUDENT = "Zoë d'Arc 7"


def solution(cell):
    mark = cell.metadata.get("nbgrader", {})
    return mark.get("grade_id") if mark.get("solution") else None


def start(course):
    names = sorted(path.name for path in (course / "source").iterdir())
    tool = [sys.executable, "-u", "-m", "chargen_lib.command", "grade", str(course), *names, "--jobs", "2"]
    quick = {"XLA_FLAGS": "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true"}
    return subprocess.Popen(tool, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=os.environ | quick)


@pytest.mark.slow
@pytest.mark.xdist_group("class")
def test_a_class_that_is_killed_goes_on_and_a_perfect_student_has_full_marks_in_every_lesson(lessons, tmp_path):
    first = start(lessons)
    every = len(list((lessons / "source").iterdir()))
    assert re.match(rf"1 of {every}: .*, about \d+ minutes left", first.stdout.readline())
    deadline = time.monotonic() + 60
    half = lessons / "autograded" / STUDENT
    while sum(1 for _ in half.glob("*/*.ipynb")) < 3 and time.monotonic() < deadline:  # two are at work, in their middle
        time.sleep(0.1)
    family = psutil.Process(first.pid).children(recursive=True)
    first.kill()
    first.wait()
    gone, alive = psutil.wait_procs(family, timeout=20)
    assert len(gone) >= 2 and not alive, "its processes and their kernels end with it"
    through = {path: path.stat().st_mtime_ns for path in half.glob(f"*/{one.DONE}")}
    assert 1 <= len(through) < every

    elsewhere = shutil.copytree(lessons, tmp_path / "elsewhere")  # as a second machine would take the rest
    second = start(elsewhere)
    said, _ = second.communicate()
    assert second.returncode == 0, said
    assert f"{every - len(through)} graded, 0 could not be run." in said, "what was through is not graded again"
    taken, left = merge(lessons, elsewhere)
    assert len(taken) == every - len(through) and not left
    assert {path: path.stat().st_mtime_ns for path in through} == through
    command.main(["report", str(lessons)])
    with (lessons / "report.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["exercise"]: float(row["score"]) for row in rows} == {e.name: e.points for e in EXERCISES.values()}
    assert {row["status"] for row in rows} == {"correct"} and not any(row["note"] for row in rows)
    for path in (lessons / "feedback").glob("*/*/*.html"):
        assert SAID.strip("*") in path.read_text(encoding="utf-8")
    training = nbformat.read(half / "05_training" / "05_training.ipynb", as_version=4)
    assert all(cell.execution_count is None for cell in training.cells if "fit(" in cell.source and not solution(cell))
