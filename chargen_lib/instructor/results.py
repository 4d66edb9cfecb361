"""What the gradebook and the graded notebooks tell of each student: points, verdict, the misconception that was met, and the roll-call."""

import functools
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat

from chargen_lib.exercises import EXERCISES
from chargen_lib.exercises.engine.report import MARKS

if TYPE_CHECKING:  # Result and Class do without nbgrader
    from nbgrader.api import Grade

    from chargen_lib.instructor.roll import Missing

NOTHING_TO_JUDGE = "nothing to judge"  # the check was not reached: no function of that name, or the cell ran out of time
NOT_RUN = "not run"  # how the status of a submission begins that was not executed: see the roll-call


@dataclass(frozen=True)
class Result:
    """One student's exercise.  score and points: nbgrader's, a grader's own changes included."""

    assignment: str
    student: str
    exercise: str
    points: float
    score: float
    status: str  # a Report's, or NOTHING_TO_JUDGE, or NOT_RUN
    misconception: str  # "": none was recognised
    sentence: str  # what the student was told; the library's own words where it knows the misconception
    note: str = ""  # what the instructor should look at: why it was not run and what mends it, or a score that cannot be right


@dataclass(frozen=True)
class Class:
    """What a course's folder tells.  missing, left_out: see the roll-call.  unboxed: whose code ran without a box, and where.

    ended: whose box was ended before the notebook was through, and why.
    """

    results: list[Result]
    missing: "list[Missing]"
    left_out: list[str]
    unboxed: list[str]
    ended: list[str] = field(default_factory=list)


def read(course: Path) -> Class:
    """All results of the nbgrader course in the folder `course`, and who was not executed.

    Raises FileNotFoundError when there is no gradebook, ModuleNotFoundError without nbgrader.
    """
    from nbgrader.api import Gradebook

    from chargen_lib.instructor import roll
    from chargen_lib.instructor.course import folders_of
    from chargen_lib.instructor.settings import find_alembic

    folders = folders_of(course)
    find_alembic()
    results = []
    unboxed, ended = [], []
    with Gradebook(folders.db_url, folders.course_id) as gradebook:
        missing, left_out = roll.call(folders, gradebook)
        absent = {(one.assignment, one.student): one for one in missing}
        for assignment in gradebook.assignments:
            for submission in assignment.submissions:
                student = submission.student.id
                one = absent.pop((assignment.name, student), None)
                folder = Path(folders.format_path(folders.autograded_directory, student, assignment.name))
                for notebook in submission.notebooks:
                    verdicts, boxed, why = ({}, True, "") if one else _verdicts(folder / f"{notebook.name}.ipynb")
                    unboxed += [] if boxed else [f"{student}, {assignment.name}"]
                    ended += [f"{student}, {assignment.name}: {why}"] if why else []
                    places = {cell.name: place for place, cell in enumerate(notebook.notebook.source_cells)}
                    for grade in sorted(notebook.grades, key=lambda grade: places.get(grade.name, 0)):
                        results.append(_result(assignment.name, student, grade, verdicts, one, why))
            for one in [one for one in absent.values() if one.assignment == assignment.name]:  # not in the gradebook at all
                for notebook in assignment.notebooks:
                    for cell in notebook.grade_cells:
                        name = cell.name.removeprefix("check_")
                        results.append(
                            Result(assignment.name, one.student, name, cell.max_score, 0.0, one.status, "", "", one.note)
                        )
    return Class(results, missing, left_out, unboxed, ended)


def _result(
    assignment: str, student: str, grade: "Grade", verdicts: dict[str, dict] | None, missing: "Missing | None", ended: str
) -> Result:
    exercise = grade.name.removeprefix("check_")
    status = missing.status if missing else NOT_RUN if verdicts is None else NOTHING_TO_JUDGE
    verdict = (verdicts or {}).get(grade.name, {"status": status, "diagnosis": ended})
    misconception = str(verdict.get("misconception") or "")
    misconception, sentence = _from_the_library(exercise, misconception, str(verdict.get("diagnosis") or ""))
    note = missing.note if missing else ""
    if grade.score > grade.max_score:
        note = f"{grade.score:g} points, and there are {grade.max_score:g}: look at the notebook"
    elif not missing and grade.manual_score is None and (grade.score > 0) != (verdict["status"] == "correct"):
        note = f"{grade.score:g} points do not agree with the verdict ({verdict['status']}): look at the notebook"
    return Result(assignment, student, exercise, grade.max_score, grade.score, verdict["status"], misconception, sentence, note)


def _from_the_library(exercise: str, misconception: str, told: str) -> tuple[str, str]:
    """The misconception and its sentence, if the library has one of that name: the page quotes no notebook."""
    if not misconception:
        return "", told
    sentences = _sentences().get((exercise, misconception), [])
    for sentence in sentences:
        if told.startswith(sentence):  # more may follow, of what else is wrong
            return misconception, sentence
    return (misconception, sentences[0]) if len(sentences) == 1 else ("", told)


@functools.cache
def _sentences() -> dict[tuple[str, str], list[str]]:
    """(exercise, misconception) -> what is said of it: in a private set that depends on the member that was asked."""
    from chargen_lib.instructor.variants import SETS

    private = [family.exercise(member) for families in SETS.values() for family in families for member in family.members]
    found: dict[tuple[str, str], list[str]] = {}
    for exercise in (*EXERCISES.values(), *private):
        for m in exercise.misconceptions:
            sentences = found.setdefault((exercise.name, m.name), [])
            if m.sentence not in sentences:
                sentences.append(m.sentence)
    return found


def _verdicts(path: Path) -> tuple[dict[str, dict] | None, bool, str]:
    """Grade cell -> the verdict that stands in it (see Report.data), or None: there is no such notebook.

    And: was it in a box, and why was that ended, should it have been?
    """
    if not path.exists():
        return None, True, ""
    verdicts = {}
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("grade"):
            for output in cell.outputs:
                verdict = output.get("metadata", {}).get("chargen")
                if isinstance(verdict, dict) and verdict.get("status") in list(MARKS):  # an answer may show things too
                    verdicts[cell.metadata.nbgrader.grade_id] = verdict  # the last: the cell ends with its check
    noted = notebook.metadata.get("chargen", {})  # by Execute; what a submission has there is taken away
    return verdicts, noted.get("boxed") is True, str(noted.get("ended", ""))
