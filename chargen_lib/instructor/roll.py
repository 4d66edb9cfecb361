"""The roll-call after grading: whoever handed something in, and was not executed, with what mends it.

nbgrader looks for submitted/STUDENT/ASSIGNMENT/ASSIGNMENT.ipynb, says nothing of what lies elsewhere, and skips what stands in
autograded/, even when its run was interrupted before a cell was executed.
"""

import glob
import os
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbgrader.api import Assignment, Gradebook, MissingEntry
from nbgrader.coursedir import CourseDirectory

from chargen_lib.instructor.settings import readable

NOT_RUN = "not run"  # how each status below begins


@dataclass(frozen=True)
class Missing:
    """A submission that was not executed.  note: what happened, and the command that mends it, in the course's folder."""

    assignment: str
    student: str
    status: str
    note: str


def call(folders: CourseDirectory, gradebook: Gradebook) -> tuple[list[Missing], list[str]]:
    """Who is missing, and a line for each notebook that was left out because another of its folder was graded."""
    root = Path(folders.root)
    submitted = root / folders.submitted_directory
    missing: list[Missing] = []
    left_out: list[str] = []
    for home in sorted(path for path in submitted.glob("*") if path.is_dir() and path.name != ".ipynb_checkpoints"):
        at_home = False
        for assignment in gradebook.assignments:
            folder = Path(folders.format_path(folders.submitted_directory, home.name, assignment.name))
            if folder.is_dir():
                at_home = True
                graded = Path(folders.format_path(folders.autograded_directory, home.name, assignment.name))
                missing += _look(root, folder, graded, home.name, assignment, gradebook)
                left_out += _others(root, folder, assignment)
        if not at_home:
            missing += [_astray(root, path, gradebook) for path in _notebooks(home)]
    missing += [_astray(root, path, gradebook) for path in sorted(submitted.glob("*.ipynb"))]
    return missing, left_out


def executed(path: Path) -> bool:
    """Whether a notebook was run to its end, which is noted in it; else some cell has a number, which nbgrader takes away before it runs any."""
    try:
        notebook = nbformat.read(path, as_version=4)
        return "chargen" in notebook.metadata or any(cell.get("execution_count") is not None for cell in notebook.cells)
    except Exception:  # whatever it is, nobody has run it
        return False


def _look(root: Path, folder: Path, graded: Path, student: str, assignment: Assignment, gradebook: Gradebook) -> list[Missing]:
    names = [notebook.name for notebook in assignment.notebooks]
    missing = []
    for name in names:
        if executed(graded / f"{name}.ipynb"):
            continue
        status, note = _why(root, folder, graded, student, assignment.name, name, gradebook)
        missing.append(Missing(assignment.name, student, f"{NOT_RUN}: {status}", note))
    return missing


def _why(
    root: Path, folder: Path, graded: Path, student: str, assignment: str, name: str, gradebook: Gradebook
) -> tuple[str, str]:
    wanted = folder / f"{name}.ipynb"
    grade = _grade(root, assignment, student)
    notebooks = _notebooks(folder)
    beside = [path for path in notebooks if path.parent == folder]
    if not _taken(root, student):
        better = "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in student).lstrip(".")
        move = _move(root, folder.parent, folder.parent.with_name(better))
        return "its folder's name", f"nbgrader takes no student called {student}: {move}, then grade {better}."
    if wanted in beside:
        try:
            readable(wanted.read_bytes())
        except Exception as error:
            return (
                "not a notebook",
                f"{wanted.name} cannot be read ({type(error).__name__}): get it again, then {grade}",
            )
        if (graded / f"{name}.ipynb").exists():
            return "interrupted", f"its run was interrupted before a cell was executed: {grade}"
        try:
            gradebook.find_submission(assignment, student)
        except MissingEntry:
            return "not graded yet", f"nobody has graded it: {grade}"
        return "given up", (
            f"nbgrader tried, and gave it up: could-not-be-run.txt, or its log, says why; mend {_near(root, wanted)}, then {grade}"
        )
    if beside:
        several = " (or another of the notebooks there)" if len(beside) > 1 else ""
        return "another name", f"its notebook has another name: {_move(root, beside[0], wanted)}{several}, then {grade}"
    if notebooks:
        return "another folder", f"its notebook lies too deep: {_move(root, notebooks[0], wanted)}, then {grade}"
    return "no notebook", f"there is no notebook in {_near(root, folder)}: ask for it, then {grade}"


def _astray(root: Path, path: Path, gradebook: Gradebook) -> Missing:
    """A notebook that lies in no student's folder of an assignment, or under the name of one that does not exist."""
    parts = path.relative_to(root).parts[1:]
    names = [assignment.name for assignment in gradebook.assignments]
    lesson = next((n for n in names if n in (*parts, path.stem)), None) or next((n for n in names if n in path.stem), "")
    student = parts[parts.index(lesson) - 1] if lesson in parts[1:-1] else parts[0] if len(parts) > 1 else "STUDENT"
    wanted = root / parts[0] if not lesson else root / path.relative_to(root).parts[0] / student / lesson / f"{lesson}.ipynb"
    if not lesson:
        return Missing("", student, f"{NOT_RUN}: another folder", f"{_near(root, path)} lies in the folder of no assignment.")
    note = (
        f"{_near(root, path)} lies where nbgrader does not look: {_move(root, path, wanted)}, then "
        f"{_grade(root, lesson, student)}"
    )
    return Missing(lesson, student, f"{NOT_RUN}: another folder", note)


def _others(root: Path, folder: Path, assignment: Assignment) -> list[str]:
    names = {f"{notebook.name}.ipynb" for notebook in assignment.notebooks}
    beside = [path for path in _notebooks(folder) if path.parent == folder]
    if not names & {path.name for path in beside}:
        return []
    return [
        f"{_near(root, path)} was left out: the notebook called {assignment.name} counts"
        for path in beside
        if path.name not in names
    ]


def _notebooks(folder: Path) -> list[Path]:
    return sorted(
        path for path in folder.rglob("*.ipynb") if not path.name.startswith(".") and ".ipynb_checkpoints" not in path.parts
    )


def _taken(root: Path, student: str) -> bool:
    """Whether nbgrader finds a folder of that name: it reads [ ] as a choice of letters, and sees no hidden folder."""
    return bool(glob.glob(os.path.join("*", student), root_dir=root)) and not student.startswith(".")


def _near(root: Path, path: Path) -> str:
    return path.relative_to(root).as_posix()


def _move(root: Path, path: Path, wanted: Path) -> str:
    make = "" if wanted.parent.exists() else f"mkdir -p {shlex.quote(_near(root, wanted.parent))} && "
    return f"{make}mv {shlex.quote(_near(root, path))} {shlex.quote(_near(root, wanted))}"


def _grade(root: Path, assignment: str, student: str) -> str:
    """What grades one submission and writes its feedback page, which nbgrader autograde by itself does not."""
    program = os.path.relpath(Path(sys.executable).with_name("chargen-course"), root)
    return f"{shlex.quote(program)} grade . {shlex.quote(assignment)} --student {shlex.quote(student)}"
