"""The box of a submission's kernel: what is in it, what is not, and what is said where there is none."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest

from chargen_lib.instructor import box, box_inside, compiled, executing, grading

boxes = pytest.mark.usefixtures("a_box")


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course with a secret, and one submission that holds a file."""
    for name in ("source/x.ipynb", "gradebook.db", "submitted/bob/x.ipynb", "autograded/ada/data.txt", "cache/entry"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"hidden {name}")
    (tmp_path / "talk").mkdir()
    tmp_path.chmod(0o700)
    monkeypatch.setenv(box.CACHE, str(tmp_path / "cache"))
    monkeypatch.setenv("AWS_SECRET", "the instructor's")
    return tmp_path


def run(course, code, **options):
    command = box.boxed(["-c", code], course / "autograded" / "ada", course / "talk")
    return subprocess.run(command, env=box.environment(), capture_output=True, text=True, timeout=60, **options)


LOOK = """
import json, os, pathlib, socket
def tried(work):
    try:
        return str(work())
    except OSError as error:
        return type(error).__name__
course = pathlib.Path({course!r})
print(json.dumps({{
    "own": tried(lambda: pathlib.Path("data.txt").read_text()),
    "own written": tried(lambda: pathlib.Path("data.txt").write_text("mine")),
    "home": tried(lambda: pathlib.Path.home().joinpath(".profile").write_text("mine")),
    "tmp": tried(lambda: pathlib.Path("/tmp/file").write_text("mine")),
    "course": sorted(os.listdir(course)),
    "cache": tried(lambda: (course / "cache/entry").read_text()),
    "cache written": tried(lambda: (course / "cache/entry").write_text("x")),
    "library written": tried(lambda: pathlib.Path({library!r}).write_text("x")),
    "others": [tried(lambda: (course / name).read_text()) for name in ("source/x.ipynb", "gradebook.db", "submitted/bob/x.ipynb")],
    "network": tried(lambda: socket.create_connection(("127.0.0.1", {port}), timeout=5)),
    "processes": sum(name.isdigit() for name in os.listdir("/proc")),
    "me": os.getuid(),
    "environment": sorted(os.environ),
}}))
"""


@boxes
def test_a_box_holds_the_submission_and_nothing_of_the_course_or_the_instructor(course):
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        done = run(course, LOOK.format(course=str(course), library=str(box.PACKAGE / "__init__.py"), port=port))
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen["own"] == "hidden autograded/ada/data.txt" and seen["own written"] == seen["home"] == seen["tmp"] == "4"
    assert seen["course"] == ["cache", "talk"] and seen["cache"] == "hidden cache/entry"
    assert seen["cache written"] == seen["library written"] == "OSError"  # a file system to be read only
    assert set(seen["others"]) == {"FileNotFoundError"}
    assert seen["network"] in ("OSError", "ConnectionRefusedError")
    assert seen["processes"] <= 3
    assert seen["me"] != 0 and "AWS_SECRET" not in seen["environment"] and "JPY_PARENT_PID" not in seen["environment"]
    assert (course / "autograded/ada/data.txt").read_text() == "hidden autograded/ada/data.txt", "a copy was written to"
    assert not Path("/tmp/file").exists()


FILL = """
import resource, subprocess, sys
print([resource.getrlimit(getattr(resource, "RLIMIT_" + name)) for name in %r])
for work in (lambda: bytearray(%d), lambda: open("big", "wb").write(bytes(%d))):
    try:
        work()
    except Exception as error:
        print(type(error).__name__)
"""


@boxes
def test_a_box_uses_the_processors_that_it_was_given(course, monkeypatch):
    ask = "import os; print(sorted(os.sched_getaffinity(0)))"
    own = sorted(os.sched_getaffinity(0))
    assert json.loads(run(course, ask).stdout) == own
    monkeypatch.setenv(box.PROCESSORS, str(own[-1]))
    assert json.loads(run(course, ask).stdout) == own[-1:]


CALLS = """
import ctypes, errno, json, subprocess, sys, threading
system = ctypes.CDLL(None, use_errno=True).syscall
def tried(number, *arguments):
    ctypes.set_errno(0)
    return errno.errorcode.get(ctypes.get_errno(), "done") if system(number, *arguments) < 0 else "done"
NEW_USER = 0x10000000
print(json.dumps({{
    "memory without a process": tried({memfd_create}, b"kept", 0),
    "shared memory": tried({shmget}, 0, 4096, 0o1600),
    "another user": tried({unshare}, NEW_USER),
    "a process as another user": tried({clone}, NEW_USER | 17, 0, 0, 0, 0),
    "all processors": tried({sched_setaffinity}, 0, 8, b"\\xff" * 8),
    "a thread": threading.Thread(target=print).start() or "done",
    "a process": subprocess.run([sys.executable, "-c", ""]).returncode,
}}))
"""


@boxes
@pytest.mark.skipif(os.uname().machine != "x86_64" if hasattr(os, "uname") else True, reason="the numbers are x86's")
def test_in_a_box_no_memory_can_be_had_that_belongs_to_no_process(course):
    done = run(course, CALLS.format(memfd_create=319, shmget=29, unshare=272, clone=56, sched_setaffinity=203))
    assert json.loads(done.stdout.split("\n", 1)[1]) == {
        "memory without a process": "EPERM",
        "shared memory": "EPERM",
        "another user": "EPERM",
        "a process as another user": "EPERM",
        "all processors": "EPERM",
        "a thread": "done",
        "a process": 0,
    }, done.stderr


@boxes
def test_memory_and_files_in_a_box_are_limited(course):
    names = tuple(box_inside.LIMITS)
    done = run(course, FILL % (names, box_inside.LIMITS["DATA"] + 1, box_inside.LIMITS["FSIZE"] + 2**20))
    limits, *errors = done.stdout.splitlines()
    assert errors == ["MemoryError", "OSError"], done.stderr
    assert all(most <= box_inside.LIMITS[name] for name, (_, most) in zip(names, eval(limits), strict=True))


@boxes
def test_a_box_dies_with_the_process_that_grades(course):
    code = "import time, pathlib; pathlib.Path({!r}).write_text('here'); time.sleep(60)".format(str(course / "talk" / "sign"))
    command = box.boxed(["-c", code], course / "autograded" / "ada", course / "talk")
    grader = f"import subprocess; subprocess.run({command!r}, env={box.environment()!r})"
    process = subprocess.Popen([sys.executable, "-c", grader])
    marked = " ".join(command[-3:])
    until = time.monotonic() + 30
    while not (course / "talk" / "sign").exists() and time.monotonic() < until:
        time.sleep(0.05)
    assert alive(marked)
    process.send_signal(signal.SIGKILL)
    process.wait()
    while alive(marked) and time.monotonic() < until:
        time.sleep(0.05)
    assert not alive(marked)


def alive(marked):
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:  # it has just ended
            continue
    return any(marked in line and "subprocess.run" not in line for line in found)


@boxes
def test_what_links_and_files_a_submission_holds_stays_its_own(tmp_path, course):
    folder = course / "autograded" / "ada"
    (folder / "link").symlink_to(course / "gradebook.db")
    os.mkfifo(folder / "pipe")
    done = run(course, "import os; print(sorted(os.listdir()), os.path.exists('link'))")
    assert done.stdout.strip() == "['data.txt', 'link'] False", done.stderr


@pytest.mark.parametrize(("system", "path", "said"), [("darwin", None, "Linux alone"), ("linux", "", "not installed")])
def test_where_no_box_can_be_made_it_is_said_why(monkeypatch, system, path, said):
    monkeypatch.setattr(sys, "platform", system)
    if path is not None:
        monkeypatch.setenv("PATH", path)
    assert said in box.missing.__wrapped__()


def test_a_bubblewrap_that_fails_is_no_box(monkeypatch, tmp_path):
    (tmp_path / "bwrap").write_text("#!/bin/sh\necho 'No permissions to create a new namespace' >&2; exit 1\n")
    (tmp_path / "bwrap").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr(sys, "platform", "linux")
    assert "No permissions to create a new namespace" in box.missing.__wrapped__()


@boxes
def test_an_older_bubblewrap_makes_the_same_box_without_the_size_of_a_folder(course, monkeypatch, tmp_path):
    old = tmp_path / "old" / "bwrap"
    old.parent.mkdir()
    refuses = 'case "$*" in *--size*) echo "Unknown option --size" >&2; exit 1;; --help) exit 0;; esac'
    old.write_text(f'#!/bin/sh\n{refuses}\nexec {shutil.which("bwrap")} "$@"\n')
    old.chmod(0o755)
    monkeypatch.setenv("PATH", str(old.parent), prepend=os.pathsep)
    done = run(course, "import os; print(os.getcwd())")
    assert done.stdout.strip() == str(box_inside.WORK), done.stderr


def test_the_warning_says_it_at_the_start_and_at_the_end():
    code = "from chargen_lib.instructor.box import warn; warn('why not'); warn('why not'); print('graded', file=__import__('sys').stderr)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stderr
    before, after = said.split("graded")
    for part in (before, after):
        assert part.count("THE SUBMISSIONS RUN WITHOUT A BOX") == 1 and "why not" in part


def test_what_is_compiled_is_filled_once_from_the_instructors_own_notebook(monkeypatch, tmp_path):
    ran = []

    class Client:
        def __init__(self, notebook, **options):
            ran.append([cell.source for cell in notebook.cells])

        def execute(self):
            if len(ran) > 1:
                raise OSError("only others may write")

    monkeypatch.setattr(compiled, "NotebookClient", Client)
    monkeypatch.setenv(box.CACHE, str(tmp_path / "cache"))
    cells = [nbformat.v4.new_code_cell(source) for source in ("1 + 1", grading.hidden_test("secret") + "check('f', f)")]
    source = tmp_path / "lesson.ipynb"
    source.write_text(nbformat.writes(nbformat.v4.new_notebook(cells=cells)))
    for _ in range(2):
        compiled.fill_cache.__wrapped__(source)
    compiled.fill_cache.__wrapped__(tmp_path / "none.ipynb")
    assert ran == [["1 + 1", "check('f', f)"]]
    monkeypatch.setenv(box.CACHE, str(tmp_path / "another"))
    compiled.fill_cache.__wrapped__(source)  # it fails, and stops nobody
    assert len(ran) == 2


def test_after_its_time_a_submission_has_only_its_checks_run(monkeypatch):
    ran = []
    monkeypatch.setattr(
        executing.preprocessors.Execute, "preprocess_cell", lambda self, cell, resources, index: (ran.append(index), cell)
    )
    execute = executing.Execute()
    execute._until = time.monotonic() - 1
    grade = nbformat.v4.new_code_cell("check()", metadata={"nbgrader": {"grade": True, "solution": False}})
    for index, cell in enumerate([nbformat.v4.new_code_cell("1"), grade, nbformat.v4.new_markdown_cell("text")]):
        execute.preprocess_cell(cell, {}, index)
        if index == 0:
            assert "Not run: all cells before it took 10 minutes" in cell.outputs[0].text
    assert ran == [1, 2]
