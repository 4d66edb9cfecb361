"""A whole class on all cores: who has to be graded, and a process for each, several at once."""

import contextlib
import glob
import multiprocessing
import os
import queue
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from multiprocessing.connection import Connection, wait
from pathlib import Path
from types import FrameType
from typing import Any

import psutil
from nbgrader.coursedir import CourseDirectory

from chargen_lib.instructor import one
from chargen_lib.instructor.watching import all_there_is

MEMORY = 1.5e9  # bytes for a grading process and its kernel; see book/instructors/class.md for what was measured
LOCK = ".chargen-grading.lock"  # in the course's folder, held while a class is graded
# A grading process takes two seconds to import what it needs.  On Linux one process does that, and is forked for each submission.
STARTED_BY = "forkserver" if sys.platform == "linux" else "spawn"
IMPORTED_ONCE = ["chargen_lib.instructor.one", "chargen_lib.instructor.judge"]


def waiting(folders: CourseDirectory, assignment: str, again: bool = False) -> list[str]:
    """The students with a notebook in their folder that is new, or changed, or whose grading was interrupted; again: all.

    Who has handed in what nbgrader does not find, the roll-call tells.
    """
    found = []
    for home in sorted(Path(folders.root, folders.submitted_directory).glob("*")):
        student = home.name
        nameable = student == glob.escape(student) and not student.startswith(".")
        if nameable and any(Path(folders.format_path(folders.submitted_directory, student, assignment)).glob("*.ipynb")):
            found.append(student)
    return [student for student in found if again or not one.done(folders, assignment, student)]


def at_once() -> int:
    """How many can be graded at a time: one for each core that this process may use, if there is the memory."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    free = min(psutil.virtual_memory().available, all_there_is())
    return max(1, min(cores, int(free / MEMORY)))


def shares(jobs: int) -> list[str]:
    """The processors of each of so many jobs, as the numbers of a list: as many for each, and another's only where there are too few.

    So a notebook that starts a thousand busy processes slows down itself, and nobody's check runs out of time because of it.
    """
    if not hasattr(os, "sched_getaffinity"):
        return [""] * jobs
    processors = sorted(os.sched_getaffinity(0))
    return [",".join(map(str, processors[job::jobs] or [processors[job % len(processors)]])) for job in range(jobs)]


def grade(course: Path, these: Sequence[tuple[str, str]], jobs: int, tell: Callable[[str, str, str], None]) -> None:
    """Grade each (assignment, student) in a process of its own, `jobs` at a time.

    tell(assignment, student, said) is called when one is through; said is "" unless nbgrader could not run the submission.
    Stopped by Ctrl-C or SIGTERM it stops them all: who is not through is not marked as done, and will be waiting again.
    """
    processes: Any = multiprocessing.get_context(STARTED_BY)  # to mypy one of them has no Process
    processes.set_forkserver_preload(IMPORTED_ONCE)
    lines: list[Connection] = []  # to each process: it ends, and takes its kernel with it, when its line is cut
    # Who starts a process also asks of every other whether it has ended; of two who ask at once, one finds no answer and takes it for a failure.
    starts_or_asks = threading.Lock()
    stopped = threading.Event()
    free: queue.SimpleQueue[str] = queue.SimpleQueue()
    for share in shares(jobs):
        free.put(share)

    def run(assignment: str, student: str) -> str:
        share = free.get()
        try:
            return run_on(share, assignment, student)
        finally:
            free.put(share)

    def run_on(share: str, assignment: str, student: str) -> str:
        if stopped.is_set():
            return ""
        with tempfile.TemporaryDirectory() as folder:
            said, (line, its_end) = Path(folder, "said"), processes.Pipe()
            process = processes.Process(target=one.grade_alone, args=(course, assignment, student, share, said, its_end))
            with starts_or_asks:
                process.start()
            its_end.close()
            lines.append(line)
            if stopped.is_set():
                line.close()
            wait([process.sentinel])
            line.close()
            with starts_or_asks:
                process.join()
            status = process.exitcode or 0
            text = said.read_text(errors="replace") if said.exists() else ""
        if status < 0:  # whatever it had said by then is not the reason
            text += f"Its process was killed from outside ({_name(-status)}), as a computer does that is out of memory: grade it again.\n"
        return text or "It ended without a word." if status else ""

    with _alone(course), _stopped_by_sigterm(), ThreadPoolExecutor(jobs) as pool:
        started = {pool.submit(run, *who): who for who in these}
        try:
            for finished in as_completed(started):
                tell(*started[finished], finished.result())
        except BaseException:
            stopped.set()
            for line in list(lines):
                line.close()
            raise


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


@contextlib.contextmanager
def _alone(course: Path) -> Iterator[None]:
    """Hold the course, so that a second run does not grade the same students; not on Windows."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    with (course / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise SystemExit(f"Another chargen-course grade is at work in {course}. Wait for it, or stop it.") from None
        yield


@contextlib.contextmanager
def _stopped_by_sigterm() -> Iterator[None]:
    """Let SIGTERM, which `timeout` sends, do as Ctrl-C does."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
