"""One submission, whole: graded, its feedback written, and only then marked as done.

`chargen-course grade` does this in a process for each student (see crowd.py): several of them share a gradebook, none can take another
along, and whatever stops one leaves it to be done again from its start.
"""

import contextlib
import hashlib
import os
import threading
from multiprocessing.connection import Connection
from pathlib import Path

import psutil
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory

from chargen_lib.instructor import box
from chargen_lib.instructor.course import patient, settings_of
from chargen_lib.instructor.roll import executed

DONE = ".chargen-graded"  # in a student's folder in autograded/: what was handed in when it was graded
TRIES = 3  # when the gradebook was locked for all the time that one waits


def grade_alone(course: Path, assignment: str, student: str, processors: str, said: Path, line: Connection) -> None:
    """Grade in a process that does nothing else: its words go into the file `said`, and it ends with its kernel when the line is cut.

    processors: see box.PROCESSORS.
    """
    if hasattr(os, "setsid"):
        os.setsid()  # Ctrl-C in the terminal is for who started this, who then cuts the line
    with said.open("wb") as words:
        for stream in (1, 2):
            os.dup2(words.fileno(), stream)
    threading.Thread(target=_end_with, args=[line], daemon=True).start()
    os.environ[box.PROCESSORS] = processors
    grade(course, assignment, student)


def grade(course: Path, assignment: str, student: str) -> None:
    """Grade one submission.  Raises SystemExit with what nbgrader said when it cannot be run."""
    api = NbGraderAPI(config=settings_of(course))
    api.coursedir.db_url = patient(api.coursedir.db_url)
    handed_in = digest(api.coursedir, assignment, student)
    for work in (api.autograde, api.generate_feedback):
        for _ in range(TRIES):
            said = work(assignment, student, force=True)
            text = said.get("log", "") + said.get("error", "")
            if said["success"] or "database is locked" not in text:
                break
        if not said["success"]:
            raise SystemExit(text)
    marker = folder_of(api.coursedir, "autograded", assignment, student) / DONE
    beside = marker.with_name(f"{DONE}.new")
    beside.write_text(handed_in)
    beside.replace(marker)


def done(folders: CourseDirectory, assignment: str, student: str) -> bool:
    """Whether what this student has handed in, as it is now, was graded and has its feedback."""
    graded, pages = (folder_of(folders, stage, assignment, student) for stage in ("autograded", "feedback"))
    try:
        same = (graded / DONE).read_text() == digest(folders, assignment, student)
    except OSError:
        return False
    notebooks = list(graded.glob("*.ipynb"))
    return same and bool(notebooks) and all(executed(n) and (pages / f"{n.stem}.html").exists() for n in notebooks)


def digest(folders: CourseDirectory, assignment: str, student: str) -> str:
    """What a student has handed in, in a few letters: another file, name or byte, other letters.

    Not the names that are changed before the grading (see settings.tidy): an only notebook's, and a bad time stamp's.
    """
    home, seen = folder_of(folders, "submitted", assignment, student), hashlib.sha256()
    only = len(list(home.glob("*.ipynb"))) == 1
    files = {}
    for path in home.rglob("*"):
        if path.is_file() and not path.is_symlink():
            name = path.relative_to(home).as_posix().replace("timestamp.unreadable", "timestamp")
            files["" if only and path.parent == home and path.suffix == ".ipynb" else name] = path
    for name, path in sorted(files.items()):
        content = path.read_bytes()
        seen.update(f"{len(name)} {name} {len(content)} ".encode(errors="surrogateescape") + content)
    return seen.hexdigest()


def folder_of(folders: CourseDirectory, stage: str, assignment: str, student: str) -> Path:
    """A student's folder of a stage: "submitted", "autograded" or "feedback"."""
    return Path(folders.format_path(getattr(folders, f"{stage}_directory"), student, assignment))


def _end_with(line: Connection) -> None:
    """Wait until the other end of the line is closed, be it by the death of its process; then end, and the kernel too."""
    with contextlib.suppress(EOFError, OSError):
        line.recv()
    for process in psutil.Process().children(recursive=True):
        process.kill()
    os._exit(1)
