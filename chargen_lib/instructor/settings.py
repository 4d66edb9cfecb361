"""What nbgrader must be told so that grading is fair and a strange submission loses only what it must.

A course's nbgrader_config.py calls configure; what stands below that line wins.
"""

import codecs
import json
import os
import re
import secrets
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode
from nbgrader import preprocessors, utils
from nbgrader.api import Gradebook, Notebook
from traitlets.config import Config

from chargen_lib.instructor import grading, needed, pages
from chargen_lib.instructor.executing import Execute

CELL_SECONDS = 60  # a lesson's slowest cell takes 10 on a laptop; check needs 20 to stop an endless answer itself


def configure(c: Config, config_file: str) -> None:
    """Set what the course needs in nbgrader's configuration `c`.  config_file: the file this is called from."""
    c.CourseDirectory.course_id = "one-character-at-a-time"
    c.CourseDirectory.ignore.extend([".chargen-*"])  # a student's own record is no part of a submission, nor our mark
    c.ClearSolutions.code_stub = {"python": grading.STUB}
    c.Execute.timeout = CELL_SECONDS
    c.Execute.shutdown_kernel = "immediate"  # what it would do on being asked to stop is nobody's loss
    c.Execute.iopub_timeout = CELL_SECONDS  # a flood of output takes a while to arrive
    c.Execute.raise_on_iopub_timeout = False  # what does not arrive in time is lost, and not the whole submission
    c.Autograde.exporter_class = Reader
    c.Autograde.pre_convert_hook = tidy
    c.Autograde.sanitize_preprocessors.insert(0, mend)
    c.Autograde.autograde_preprocessors = [
        needed.choose,
        Execute,
        "nbgrader.preprocessors.IgnorePattern",
        "nbgrader.preprocessors.LimitOutput",
        "nbgrader.preprocessors.SaveAutoGrades",
        "nbgrader.preprocessors.AssignLatePenalties",
        "nbgrader.preprocessors.CheckCellMetadata",
    ]
    c.GenerateFeedback.preprocessors.insert(1, hide_tests)  # 0 puts the grades in
    c.GenerateFeedback.preprocessors.insert(2, needed.say)
    c.GenerateFeedback.post_convert_hook = complete
    pages.configure(c)
    find_alembic()
    # For the kernels that run the submissions.
    os.environ.pop("CHARGEN_PROGRESS", None)  # each keeps a record of its own, beside the notebook
    os.environ.setdefault("JAX_PLATFORMS", "cpu")  # a graphics card gives other last digits, and talks on stderr
    # What JAX has compiled for one submission need not be compiled for the next: a lesson then takes a third of the time.
    os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", os.path.join(os.path.dirname(config_file), ".jax-cache"))
    os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")


def find_alembic() -> None:
    """Let nbgrader find alembic, which it calls by name, also when its environment is used without being activated."""
    os.environ["PATH"] = os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", os.defpath)])


def tidy(assignment: str, student: str, notebooks: list[str]) -> None:
    """Before a submission is graded: its only notebook gets the name that nbgrader looks for, a bad time stamp goes aside.

    nbgrader calls this in the course's folder, with the notebooks that it found, and goes on with what is in that list.
    """
    wanted = list(Path("source", assignment).glob("*.ipynb"))
    if len(wanted) == len(notebooks) == 1 and Path(notebooks[0]).name != wanted[0].name:
        notebooks[0] = os.fspath(Path(notebooks[0]).rename(Path(notebooks[0]).with_name(wanted[0].name)))
    stamp = Path(notebooks[0]).with_name("timestamp.txt")
    if stamp.exists():
        try:
            utils.parse_utc(stamp.read_text().strip() or None)
        except Exception:  # dateutil raises of many kinds
            stamp.rename(stamp.with_name("timestamp.unreadable.txt"))


def complete(assignment: str, student: str, notebooks: list[str]) -> None:
    """Put beside a feedback page what nbgrader release_feedback stops for when it is not there, and guard the page.

    Nobody fetches a page that is released under a secret drawn here: who did not hand in by the exchange cannot.
    """
    home = Path(notebooks[0]).parent
    for name, content in (("timestamp.txt", ""), ("submission_secret.txt", secrets.token_hex(16))):
        path = Path("feedback", home.parent.name, home.name, name)
        if path.parent.is_dir() and not path.exists():
            path.write_text(content)
    for page in Path("feedback", home.parent.name, home.name).glob("*.html"):
        pages.guard(page)


class Reader(NotebookExporter):
    """Reads notebooks as other tools leave them; see readable()."""

    def from_file(self, file_stream: TextIOWrapper, resources: Any = None, **options: Any) -> tuple[NotebookNode, dict]:
        return self.from_notebook_node(readable(bytes(file_stream.buffer.read())), resources=resources, **options)


def readable(content: bytes) -> NotebookNode:
    """The notebook in a file's bytes, with what some tools leave out or write twice made whole.

    Raises ValueError, or what nbformat raises, for what is no notebook.
    """
    wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    notebook = json.loads(content.decode("utf-16" if wide else "utf-8-sig"))
    if isinstance(notebook, dict) and notebook.get("nbformat") == 4:
        cells = [cell for cell in notebook["cells"] if isinstance(cell, dict)]
        if not isinstance(notebook.get("nbformat_minor"), int):
            notebook["nbformat_minor"] = 5 if all("id" in cell for cell in cells) else 4
        if not isinstance(notebook.get("metadata"), dict):
            notebook["metadata"] = {}
        notebook["metadata"].pop("widgets", None)  # of a run that is not shown; Colab writes it without the state
        seen: set[str] = set()
        for cell in cells:
            _make_whole(cell, seen, ids=notebook["nbformat_minor"] >= 5)
        notebook["cells"] = cells
    return nbformat.reads(json.dumps(notebook), as_version=4)


def _make_whole(cell: dict, seen: set[str], ids: bool) -> None:
    """A cell with all that nbformat asks for, and an id that no other has: before format 4.5, none."""
    if not isinstance(cell.get("metadata"), dict):
        cell["metadata"] = {}
    cell.setdefault("source", "")
    if cell.get("cell_type") == "code":
        cell.setdefault("outputs", [])
        cell.setdefault("execution_count", None)
    name = cell.pop("id", None)
    if ids:
        if not isinstance(name, str) or not re.fullmatch("[a-zA-Z0-9_-]{1,64}", name) or name in seen:
            name = secrets.token_hex(4)
        seen.add(name)
        cell["id"] = name


def mend(notebook: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
    """Give a submission back the marks of its cells, and the grade cells that are gone.

    nbgrader trusts the marks in the file that was handed in.  A check cell that was deleted, split or pasted from another
    lesson would cost more than its own points, or the whole submission.
    """
    notebook.metadata.pop("chargen", None)  # what a run to its end notes is not for whoever hands in
    names = resources["nbgrader"]
    with Gradebook(names["db_url"]) as gradebook:
        original = gradebook.find_notebook(names["notebook"], names["assignment"])
        marks = _marks(original)
        sources = {cell.name: (cell.cell_type, cell.source) for cell in original.source_cells}
    copies: dict[str, list[NotebookNode]] = {}
    for cell in notebook.cells:
        mark = cell.metadata.pop("nbgrader", None)
        name = mark.get("grade_id") if isinstance(mark, dict) else None
        if isinstance(name, str) and name in marks:
            copies.setdefault(name, []).append(cell)
    present = set()
    for name in sorted(copies, key=lambda name: marks[name]["grade"]):  # the checks last: their place is after an answer
        cell = _the_one(copies[name], name, notebook.cells)
        if cell is not None:
            present.add(name)
            cell.metadata.nbgrader = NotebookNode(marks[name])
    for name, mark in marks.items():
        kind, source = sources[name]
        if mark["grade"] and mark["locked"] and kind == "code" and name not in present:
            cell = nbformat.v4.new_code_cell(source, metadata={"nbgrader": mark})
            if notebook.nbformat_minor < 5:  # an older tool saved it: there cells have no ids
                del cell["id"]
            notebook.cells.insert(_place_of_check(notebook.cells, name.removeprefix("check_")), cell)
    return notebook, resources


def _the_one(copies: list[NotebookNode], name: str, cells: list[NotebookNode]) -> NotebookNode | None:
    """Which of the cells with this mark keeps it: a cell that is split or copied leaves it in both.

    Of answers the last that defines the function; of checks the first after the answer, or none of several before it.
    """
    if len(copies) == 1:
        return copies[0]
    if name.startswith("check_"):
        place = _place_of_check(cells, name.removeprefix("check_"))
        after = [cell for cell in cells[place:] if any(cell is copy for copy in copies)]
        return after[0] if after else None
    return ([cell for cell in copies if f"def {name}(" in cell.source] or copies)[-1]


def _marks(original: Notebook) -> dict[str, dict]:
    """Name -> nbgrader's metadata of each cell that has some, as the gradebook knows it."""
    solutions = {cell.name for cell in original.solution_cells}
    grades = {cell.name: cell.max_score for cell in original.grade_cells}
    tasks = {cell.name: cell.max_score for cell in original.task_cells}
    marks = {}
    for cell in original.source_cells:
        name = cell.name
        mark = {"schema_version": 3, "grade_id": name, "cell_type": cell.cell_type, "checksum": cell.checksum}
        mark |= {"locked": cell.locked, "solution": name in solutions, "grade": name in grades, "task": name in tasks}
        if name in grades or name in tasks:
            mark["points"] = {**grades, **tasks}[name]
        marks[name] = mark
    return marks


def _place_of_check(cells: list[NotebookNode], answer: str) -> int:
    """Right after the answer; later the lesson may import the library's function of that name."""
    marked = [i for i, cell in enumerate(cells) if cell.metadata.get("nbgrader", {}).get("grade_id") == answer]
    written = [i for i, cell in enumerate(cells) if cell.cell_type == "code" and f"def {answer}(" in cell.source]
    return max(marked or written, default=-1) + 1  # at the top there is nothing to check, which is what it then says


def hide_tests(notebook: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
    """Take out of a feedback page the hidden tests, and of a grade cell's errors the lines that show them."""
    for cell in notebook.cells:
        if cell.cell_type != "code" or not utils.is_grade(cell) or utils.is_solution(cell):
            continue
        preprocessors.ClearHiddenTests().preprocess_cell(cell, resources, 0)
        for output in cell.outputs:
            if output.output_type == "error":
                advice = " Did its cell fail, or has it another name?" if output.ename == "NameError" else ""
                output.traceback = [f"{output.ename}: {output.evalue}{'.' if advice else ''}{advice}"]
    return notebook, resources
