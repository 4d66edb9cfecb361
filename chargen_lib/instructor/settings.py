"""What nbgrader must be told so that grading is fair and a strange submission loses only what it must.

A course's nbgrader_config.py calls configure; what stands below that line wins.
"""

import os
import sys
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader import preprocessors, utils
from nbgrader.api import Gradebook, Notebook
from traitlets.config import Config

from chargen_lib.instructor import grading

OUTPUT_LIMIT = 10_000_000  # characters of one cell; a lesson's largest figure takes half a million
CELL_SECONDS = 60  # a lesson's slowest cell takes 10 on a laptop; check needs 20 to stop an endless answer itself


def configure(c: Config, config_file: str) -> None:
    """Set what the course needs in nbgrader's configuration `c`.  config_file: the file this is called from."""
    c.CourseDirectory.course_id = "one-character-at-a-time"
    c.CourseDirectory.ignore.extend([".chargen-progress*"])  # a student's own record is no part of a submission
    c.ClearSolutions.code_stub = {"python": grading.STUB}
    c.Execute.timeout = CELL_SECONDS
    c.Execute.iopub_timeout = CELL_SECONDS  # a flood of output takes a while to arrive; giving up loses the whole submission
    c.Autograde.sanitize_preprocessors.insert(0, mend)
    c.Autograde.autograde_preprocessors = [
        Execute,
        "nbgrader.preprocessors.IgnorePattern",
        "nbgrader.preprocessors.LimitOutput",
        "nbgrader.preprocessors.SaveAutoGrades",
        "nbgrader.preprocessors.AssignLatePenalties",
        "nbgrader.preprocessors.CheckCellMetadata",
    ]
    c.GenerateFeedback.preprocessors.insert(1, hide_tests)  # 0 puts the grades in
    find_alembic()
    # For the kernels that run the submissions.
    os.environ.pop("CHARGEN_PROGRESS", None)  # each keeps a record of its own, beside the notebook
    os.environ[grading.WHERE] = os.fspath(Path(grading.__file__).resolve())
    os.environ.setdefault("JAX_PLATFORMS", "cpu")  # a graphics card gives other last digits, and talks on stderr
    # What JAX has compiled for one submission need not be compiled for the next: a lesson then takes a third of the time.
    os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", os.path.join(os.path.dirname(config_file), ".jax-cache"))
    os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")


class Execute(preprocessors.Execute):
    """nbgrader's Execute, but what a cell prints is kept up to OUTPUT_LIMIT: until its time is up a loop prints gigabytes."""

    _cell: NotebookNode | None = None
    _room = 0

    def process_message(self, msg: dict, cell: NotebookNode, cell_index: int) -> NotebookNode | None:
        if cell is not self._cell:
            self._cell, self._room = cell, OUTPUT_LIMIT
        content = msg["content"]
        if msg["msg_type"] == "stream":
            content["text"] = content["text"][: self._room]
            self._room -= len(content["text"])
        elif msg["msg_type"] == "display_data":
            self._room = max(0, self._room - len(str(content["data"])))
            if not self._room:
                return None
        return super().process_message(msg, cell, cell_index)


def find_alembic() -> None:
    """Let nbgrader find alembic, which it calls by name, also when its environment is used without being activated."""
    os.environ["PATH"] = os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", os.defpath)])


def readable(content: bytes) -> NotebookNode:
    """The notebook in a file's bytes, as nbformat reads it.  Raises ValueError for what is no notebook."""
    return nbformat.reads(content.decode(), as_version=4)


def mend(notebook: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
    """Give a submission back the marks of its cells, and the grade cells that are gone.

    nbgrader trusts the marks in the file that was handed in.  A check cell that was deleted, split or pasted from another
    lesson would cost more than its own points, or the whole submission.
    """
    names = resources["nbgrader"]
    with Gradebook(names["db_url"]) as gradebook:
        original = gradebook.find_notebook(names["notebook"], names["assignment"])
        marks = _marks(original)
        sources = {cell.name: (cell.cell_type, cell.source) for cell in original.source_cells}
    present = set()
    for cell in notebook.cells:
        mark = cell.metadata.pop("nbgrader", None)
        name = mark.get("grade_id") if isinstance(mark, dict) else None
        if name in marks:
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
