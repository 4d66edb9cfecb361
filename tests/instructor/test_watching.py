"""What all processes of a submission take together, memory and time: it is ended, told so, and keeps the marks that it had by then."""

import csv
import socket
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import psutil
import pytest
from nbgrader.apps.api import NbGraderAPI

from chargen_lib.exercises import EXERCISES
from chargen_lib.instructor import box, crowd, executing, watching
from chargen_lib.instructor.course import settings_of

ROOT = Path(__file__).resolve().parents[2]
LESSON = "01_text_as_numbers"
boxes = pytest.mark.usefixtures("a_box")

#: Many processes, each of which takes a little more again and again, and then stays.  150 MB at the most.
EAT = "import time; kept = [(time.sleep(0.02), b'x' * 5_000_000) for _ in range(30)]; time.sleep(20)"
MANY = f"import subprocess, sys; [subprocess.Popen([sys.executable, '-c', {EAT!r}]) for _ in range({{}})]"


def started(tmp_path, code):
    """A box in which this code runs, and its first process."""
    for name in ("submission", "talk"):
        (tmp_path / name).mkdir()
    command = box.boxed(["-c", code], tmp_path / "submission", tmp_path / "talk")
    return subprocess.Popen(command, env=box.environment(), stdout=subprocess.PIPE, stdin=subprocess.PIPE)


@boxes
def test_many_small_processes_are_too_much_together(tmp_path, monkeypatch):
    monkeypatch.setattr(watching, "MEMORY", 300 * 2**20)
    with started(tmp_path, MANY.format(6) + "; import time; time.sleep(20)") as process:
        first = psutil.Process(process.pid)
        assert (
            watching.why_to_end(first, tmp_path / "talk")
            == "The processes of this notebook took more than 0.3 GB of memory together, so all of them were ended."
        )
        inside = first.children(recursive=True)
        first.kill()
    _, alive = psutil.wait_procs(inside, timeout=20)
    assert len(inside) >= 7 and not alive


@boxes
def test_many_sockets_are_too_much_together(tmp_path, monkeypatch):
    """What waits in a socket to be read is memory of no process."""
    monkeypatch.setattr(watching, "FILES", 1500)
    code = (
        "import os, socket, time; [socket.socketpair() for _ in range(450)]; kept = [socket.socketpair() for _ in range(450)]; "
    )
    with started(tmp_path, code + "os.fork(); time.sleep(20)") as process:
        first = psutil.Process(process.pid)
        ended = "The processes of this notebook had more than 1,500 files and sockets open together, so all of them were ended."
        assert watching.why_to_end(first, tmp_path / "talk") == ended
        first.kill()


@boxes
def test_an_orphan_is_counted_too(tmp_path, monkeypatch):
    monkeypatch.setattr(watching, "all_there_is", lambda: 400 * 2**20)  # of which one submission may have half
    orphans = f"import os, time; os.fork() or (os.fork() and os._exit(0)) or exec({MANY.format(4)!r}); time.sleep(20)"
    with started(tmp_path, orphans) as process:
        assert "more than 0.2 GB of memory together" in watching.why_to_end(psutil.Process(process.pid), tmp_path / "talk")
        process.kill()


@boxes
def test_a_box_that_takes_little_is_left_until_it_ends_or_its_time_is_up(tmp_path, monkeypatch):
    with started(tmp_path, "import time; time.sleep(0.6)") as process:
        assert watching.why_to_end(psutil.Process(process.pid), tmp_path / "talk") == ""
        assert process.wait() == 0
    monkeypatch.setattr(watching, "SECONDS", 0.3)
    begun = time.monotonic()
    sleeper = psutil.Popen([sys.executable, "-c", "import time; time.sleep(20)"])
    assert "had not finished after" in watching.why_to_end(sleeper, tmp_path / "none") and time.monotonic() - begun < 30
    sleeper.kill()
    sleeper.wait()


@boxes
@pytest.mark.parametrize("work", ["open('more', 'wb').write(b'x' * 10**6)", "os.mkdir('kernel.json')"])
def test_what_a_box_writes_to_the_disk_ends_it(tmp_path, work):
    """By many files, each below the limit of one, the instructor's disk would be full."""
    code = f"import os, time, socket; os.chdir({str(tmp_path / 'talk')!r}); socket.socket(socket.AF_UNIX).bind('kernel-1'); "
    with started(tmp_path, f"{code}time.sleep(0.7); {work}; time.sleep(20)") as process:
        first, begun = psutil.Process(process.pid), time.monotonic()
        ended = watching.why_to_end(first, tmp_path / "talk")
        assert "wrote into the folder of the kernel's sockets" in ended and time.monotonic() - begun > 0.5
        first.kill()


@pytest.mark.parametrize(("error", "written"), [(PermissionError, True), (FileNotFoundError, False)])
def test_a_folder_that_a_notebook_has_shut_is_no_way_out(monkeypatch, tmp_path, error, written):
    def scandir(path):
        raise error

    monkeypatch.setattr(watching.os, "scandir", scandir)
    assert watching._written_to(tmp_path) is written


def test_more_sockets_than_a_kernel_has_are_files_too(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # the path of a socket is short
    (tmp_path / watching.CONNECTION_FILE).touch()
    sockets = [socket.socket(socket.AF_UNIX) for _ in range(watching.SOCKETS + 1)]
    for place, one in enumerate(sockets):
        assert not watching._written_to(tmp_path)
        one.bind(f"kernel-{place}")
        one.close()
    assert watching._written_to(tmp_path)


SHARED = """
import os, sys, time
kept = bytearray(b"x") * 200_000_000
children = [os.fork() or (time.sleep(20), os._exit(0)) for _ in range(3)]
print(*children, flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="boxes are for Linux alone")
def test_what_processes_share_counts_once():
    """Or a notebook that starts a few helpers would be taken for one that eats the memory."""
    with subprocess.Popen([sys.executable, "-c", SHARED], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True) as process:
        pids = [process.pid, *map(int, process.stdout.readline().split())]
        quick, closer = watching.held(pids, 10**10), watching.held(pids, 10**8)
        for child in pids[1:]:
            psutil.Process(child).kill()
    assert quick > 800e6 and 200e6 < closer < 300e6
    assert watching.held(pids, 0) == 0, "who has ended holds nothing"


def test_a_containers_limit_is_all_there_is(tmp_path, monkeypatch):
    limits = tmp_path / "memory.max", tmp_path / "memory.limit_in_bytes"
    monkeypatch.setattr(watching, "CONTAINERS", limits)
    everything = psutil.virtual_memory().total
    assert watching.all_there_is() == everything
    limits[0].write_text("max\n")
    limits[1].write_text(f"{2**63 - 4096}\n")  # no limit, in the older kind
    assert watching.all_there_is() == everything
    limits[0].write_text("1600000000\n")
    assert watching.all_there_is() == 1_600_000_000 and crowd.at_once() == 1


class Kernel:
    ended = ""


def a_notebook():
    check = nbformat.v4.new_code_cell("check()", metadata={"nbgrader": {"grade": True, "solution": False}})
    left_out = nbformat.v4.new_code_cell("fit()", metadata={"tags": ["skip-execution"]})
    return [nbformat.v4.new_code_cell("1"), check, left_out, nbformat.v4.new_markdown_cell("text")]


def test_once_a_box_was_ended_each_cell_that_should_have_run_says_so(monkeypatch):
    ran = []

    def dies(self, cell, resources, index):
        ran.append(index)
        raise executing.DeadKernelError

    execute = executing.Execute()
    monkeypatch.setattr(executing.Execute, "_run", dies)
    execute.km = Kernel()
    execute.km.ended = "Too much."
    cells = a_notebook()
    monkeypatch.setattr(executing.preprocessors.Execute, "preprocess_cell", lambda self, cell, *_: (cell, {}))
    for place, cell in enumerate(cells):
        execute.preprocess_cell(cell, {}, place)
    assert ran == [0], "what comes after is not tried"
    assert [[output.evalue for output in cell.get("outputs", [])] for cell in cells] == [["Too much."], ["Too much."], [], []]


def test_once_its_time_is_over_no_new_kernel_is_begun(monkeypatch):
    execute, cell = executing.Execute(), nbformat.v4.new_code_cell("quit()")

    def dies(self, cell, resources, index):
        raise executing.DeadKernelError

    monkeypatch.setattr(executing.Execute, "_run", dies)
    execute.km, execute._until = Kernel(), time.monotonic() - 1
    for _ in range(2):
        execute.preprocess_cell(cell, {}, 0)
    assert [output.evalue for output in cell.outputs] == [executing.TOO_LATE] * 2


# --- with the real nbgrader ---------------------------------------------------------------------------------------------


@pytest.mark.slow
@boxes
def test_a_submission_that_eats_the_memory_by_many_processes_loses_that_exercise_and_what_follows(tmp_path):
    course = tmp_path / "course"
    subprocess.run([sys.executable, ROOT / "tools" / "make_assignments.py", course], check=True, capture_output=True)
    with (course / "nbgrader_config.py").open("a") as config:
        config.write("from chargen_lib.instructor import watching\n\nwatching.MEMORY = 2**30\n")
    assert NbGraderAPI(config=settings_of(course)).generate_assignment(LESSON)["success"]
    solved = nbformat.read(ROOT / "solutions" / f"{LESSON}.ipynb", as_version=4)
    right = {cell.metadata.nbgrader.grade_id: cell.source for cell in solved.cells if "nbgrader" in cell.metadata}
    names = [exercise.name for exercise in EXERCISES.values() if exercise.lesson == 1]
    right[names[1]] += "\n" + MANY.format(8) + "; import time; time.sleep(20)"
    notebook = nbformat.read(course / "release" / LESSON / f"{LESSON}.ipynb", as_version=4)
    imports = nbformat.v4.new_code_cell("import jax.numpy as jnp\nfrom chargen_lib.exercises import check")
    notebook.cells = [imports, *(cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id"))]
    for cell in notebook.cells[1:]:
        cell.source = right[cell.metadata.nbgrader.grade_id]
    path = course / "submitted" / "eve" / LESSON / f"{LESSON}.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(notebook, path)
    tool = [sys.executable, "-m", "chargen_lib.command", "grade", str(course), LESSON]
    done = subprocess.run(tool, capture_output=True, text=True)
    said = "The processes of this notebook took more than 1.0 GB of memory together, so all of them were ended."
    assert done.returncode == 0 and f"took too much:\n  eve, {LESSON}: {said}" in done.stdout, done.stdout + done.stderr
    with (course / "report.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = {row["exercise"]: row for row in csv.DictReader(file)}
    assert {name: float(rows[name]["score"]) for name in names} == dict.fromkeys(names, 0) | {
        names[0]: EXERCISES[names[0]].points
    }
    assert [rows[name]["sentence"] for name in names] == ["Correct.", *[said] * (len(names) - 1)]
    page = (course / "feedback" / "eve" / LESSON / f"{LESSON}.html").read_text(encoding="utf-8")
    assert f"Ended: {said}" in page
