"""What the gradebook tells: how many passed each exercise, which misconceptions they met, and what to say about them.

read(course)    a Result for each student and exercise, from nbgrader's gradebook and the autograded notebooks, and the roll-call
page(results)   the class as a page of HTML that needs nothing beside it; counts only, no names
"""

import functools
import html
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat

from chargen_lib.exercises import EXERCISES
from chargen_lib.exercises.engine.report import MARKS
from chargen_lib.instructor.spreadsheet import table

if TYPE_CHECKING:  # the rest of this file, the table and the page, does without nbgrader
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
    """What a course's folder tells.  missing, left_out: see the roll-call.  unboxed: whose code ran without a box, and where."""

    results: list[Result]
    missing: "list[Missing]"
    left_out: list[str]
    unboxed: list[str]


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
    unboxed = []
    with Gradebook(folders.db_url, folders.course_id) as gradebook:
        missing, left_out = roll.call(folders, gradebook)
        absent = {(one.assignment, one.student): one for one in missing}
        for assignment in gradebook.assignments:
            for submission in assignment.submissions:
                student = submission.student.id
                one = absent.pop((assignment.name, student), None)
                folder = Path(folders.format_path(folders.autograded_directory, student, assignment.name))
                for notebook in submission.notebooks:
                    verdicts, boxed = ({}, True) if one else _verdicts(folder / f"{notebook.name}.ipynb")
                    unboxed += [] if boxed else [f"{student}, {assignment.name}"]
                    places = {cell.name: place for place, cell in enumerate(notebook.notebook.source_cells)}
                    for grade in sorted(notebook.grades, key=lambda grade: places.get(grade.name, 0)):
                        results.append(_result(assignment.name, student, grade, verdicts, one))
            for one in [one for one in absent.values() if one.assignment == assignment.name]:  # not in the gradebook at all
                for notebook in assignment.notebooks:
                    for cell in notebook.grade_cells:
                        name = cell.name.removeprefix("check_")
                        results.append(
                            Result(assignment.name, one.student, name, cell.max_score, 0.0, one.status, "", "", one.note)
                        )
    return Class(results, missing, left_out, unboxed)


def _result(
    assignment: str, student: str, grade: "Grade", verdicts: dict[str, dict] | None, missing: "Missing | None"
) -> Result:
    exercise = grade.name.removeprefix("check_")
    status = missing.status if missing else NOT_RUN if verdicts is None else NOTHING_TO_JUDGE
    verdict = (verdicts or {}).get(grade.name, {"status": status})
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


def _verdicts(path: Path) -> tuple[dict[str, dict] | None, bool]:
    """Grade cell -> the verdict that stands in it (see Report.data), or None: there is no such notebook.  And: was it in a box?"""
    if not path.exists():
        return None, True
    verdicts = {}
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("grade"):
            for output in cell.outputs:
                verdict = output.get("metadata", {}).get("chargen")
                if isinstance(verdict, dict) and verdict.get("status") in list(MARKS):  # an answer may show things too
                    verdicts[cell.metadata.nbgrader.grade_id] = verdict  # the last: the cell ends with its check
    return verdicts, notebook.metadata.get("chargen") == {"boxed": True}


def rows(results: Sequence[Result]) -> list[dict]:
    """The results for table(): one row for each student and exercise."""
    return [asdict(result) for result in results]


# --- the page ---------------------------------------------------------------------------------------------------------

STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 50rem; margin: auto; padding: 1rem; }
div { overflow-x: auto; }
table { border-collapse: collapse; margin: 1rem 0; min-width: 100%; }
caption { text-align: left; font-weight: 600; padding: .3rem 0; }
th, td { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid #8888; font-weight: normal; }
thead th { font-weight: 600; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
meter { width: 6rem; }
@media (max-width: 40rem) { meter { display: none; } }
@media print { body { max-width: none; padding: 0; } h2 { break-before: page; } h2:first-of-type { break-before: auto; } tr { break-inside: avoid; } }
"""


def page(results: Sequence[Result], unboxed: int = 0) -> str:
    """The class as a page of HTML: counts and sentences, no names.  unboxed: how many notebooks ran without a box."""
    by_assignment: dict[str, list[Result]] = {}
    for result in results:
        by_assignment.setdefault(result.assignment, []).append(result)
    students = len({result.student for result in results})
    parts = [_assignment(name, these) for name, these in by_assignment.items()] or ["<p>Nothing has been graded yet.</p>"]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>What the class met</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>What the class met</h1>\n"
        f"<p>{students} students, {date.today().isoformat()}. Counts only; who did what stands in the CSV file beside this page.</p>\n"
        + (f"<p><strong>{unboxed} notebooks ran without a box, with the instructor's rights.</strong></p>\n" if unboxed else "")
        + "\n".join(parts)
        + "\n</body>\n</html>\n"
    )


def _assignment(name: str, results: list[Result]) -> str:
    students = len({result.student for result in results})
    not_run = len({result.student for result in results if result.status.startswith(NOT_RUN)})
    by_exercise: dict[str, list[Result]] = {}
    for result in results:
        by_exercise.setdefault(result.exercise, []).append(result)
    note = ""
    if not_run:
        note = f"<p>{not_run} of {students} submissions could not be run: the CSV says whose, and what mends it.</p>"
    counts = "".join(
        f'<tr><th scope="row"><code>{html.escape(exercise)}</code></th>'
        f'<td class="number">{_passed(these)} of {len(these)} '
        f'<meter aria-hidden="true" min="0" max="{len(these)}" value="{_passed(these)}"></meter></td>'
        + "".join(f'<td class="number">{_count(these, status)}</td>' for status in ("wrong", "not attempted", NOTHING_TO_JUDGE))
        + "</tr>"
        for exercise, these in by_exercise.items()
    )
    return (
        f"<h2>{html.escape(name)}</h2>\n{note}"
        + _table(
            f"{students} submissions", ("exercise", "passed", "wrong", "not attempted", NOTHING_TO_JUDGE), counts, numbers=4
        )
        + "".join(_mistakes(exercise, these) for exercise, these in by_exercise.items())
    )


def _mistakes(exercise: str, results: list[Result]) -> str:
    wrong = [result for result in results if result.status == "wrong"]
    if not wrong:
        return ""
    met = Counter((r.misconception, r.sentence) for r in wrong if r.misconception)
    lines = "".join(
        f'<tr><th scope="row">{html.escape(name)}</th><td class="number">{count}</td><td>{html.escape(sentence)}</td></tr>'
        for (name, sentence), count in met.most_common()
    )
    if other := len(wrong) - met.total():
        lines += f'<tr><th scope="row">some other mistake</th><td class="number">{other}</td><td>See the CSV for what each was told.</td></tr>'
    return _table(f"What went wrong in {exercise}", ("misconception", "how often", "what to say"), lines, numbers=1)


def _passed(results: list[Result]) -> int:
    return sum(result.score >= result.points for result in results)


def _count(results: list[Result], status: str) -> int:
    return sum(result.status == status for result in results)


def _table(caption: str, columns: Sequence[str], lines: str, numbers: int) -> str:
    """numbers: how many columns after the first hold numbers."""
    head = "".join(
        f'<th scope="col"{" class=number" if 1 <= place <= numbers else ""}>{name}</th>' for place, name in enumerate(columns)
    )
    caption = html.escape(caption)  # a table wider than the screen is scrolled, by keyboard too
    return (
        f'<div role="region" aria-label="{caption}" tabindex="0"><table><caption>{caption}</caption>'
        f"<thead><tr>{head}</tr></thead>"
        f"<tbody>{lines}</tbody></table></div>\n"
    )


def write(course: Path, out: Path) -> tuple[Path, Path, Class]:
    """Write the page to `out` and the CSV beside it; return both paths, and what was read."""
    found = read(course)
    beside = out.with_suffix(".csv")
    out.write_text(page(found.results, len(found.unboxed)), encoding="utf-8")
    beside.write_text(table(rows(found.results)), encoding="utf-8-sig")  # with the mark that Excel looks for
    return out, beside, found
