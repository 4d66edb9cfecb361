"""Make the notebooks from their one source.

solutions/NN_slug.py  (percent format)  ->  solutions/NN_slug.ipynb   solved, with nbgrader's metadata
                                        ->  notebooks/NN_slug.ipynb   for the student: solutions and hidden tests taken out
                                        ->  book/exercises.md         a row for each exercise, with links both ways
                                        ->  book/index.md             the minutes of each lesson

The same source always gives the same bytes: ids come from the lesson and the position, there are no outputs and no dates.
"""

import hashlib
import itertools
import math
import re
import shutil
import sys
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode
from nbgrader.preprocessors import ClearHiddenTests, ClearSolutions
from traitlets.config import Config

from chargen_lib.exercises import EXERCISES
from chargen_lib.exercises.engine.record import counted
from chargen_lib.instructor.grading import STUB, hidden_test

ROOT = Path(__file__).resolve().parent.parent
WORDS_A_MINUTE, LINES_A_MINUTE = 100, 6
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def sources() -> list[Path]:
    """The lessons' sources, in order."""
    return sorted((ROOT / "solutions").glob("[0-9][0-9]_*.py"))


def build(source: Path) -> dict[Path, str]:
    """The notebooks made from one source: path -> text."""
    lesson = jupytext.reads(source.read_text(encoding="utf-8"), fmt="py:percent")
    name = f"{source.stem}.ipynb"
    solved, student = _solved(lesson, source.stem), _student(lesson, source.stem)
    return {
        ROOT / "solutions" / name: nbformat.writes(solved) + "\n",
        ROOT / "notebooks" / name: nbformat.writes(student) + "\n",
    }


def assignment(source: Path, secret: str) -> str:
    """nbgrader's source version of one lesson: hidden tests in the check cells, and no link to a solution."""
    notebook = _notebook(jupytext.reads(source.read_text(encoding="utf-8"), fmt="py:percent"), source.stem)
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade"):
            cell.source = hidden_test(secret) + cell.source
        elif cell.cell_type == "markdown":  # nbgrader gives each lesson a folder of its own
            cell.source = re.sub(r"\]\((\d\d_\w+)\.ipynb", r"](../\1/\1.ipynb", cell.source)
    return nbformat.writes(notebook) + "\n"


def exercise_index() -> str:
    """The book's page of all exercises, from their cards and the lessons' headings."""
    page = [
        "# The exercises",
        "Every exercise of the course with its points, the minutes it takes about, and its difficulty from 1 to 3. The name leads to the "
        "lesson, *solved* to a solution.",
    ]
    for source in sources():
        cells = jupytext.reads(source.read_text(encoding="utf-8"), fmt="py:percent").cells
        title = cells[0].source.partition("\n")[0].removeprefix("# ")
        rows = ["| exercise | function | points | minutes | difficulty | |", "|---|---|---|---|---|---|"]
        for question, answer in itertools.pairwise(cells):
            if name := answer.metadata.get("exercise"):
                card, heading = EXERCISES[name], str(_exercise_heading(question))
                place = f"{source.stem}.ipynb#{_anchor(heading)}"
                rows.append(
                    f"| [{heading.removeprefix('Exercise: ')}](../notebooks/{place}) | `{name}` | {card.points} | {card.minutes} "
                    f"| {card.difficulty} | [solved](../solutions/{place}) |"
                )
        page += [f"## {title}", "\n".join(rows)]
    total = sum(e.points for e in EXERCISES.values())
    return "\n\n".join([*page, f"{len(EXERCISES)} exercises, {counted(total)}."]) + "\n"


def landing_page(page: str) -> str:
    """The landing page with the minutes that the lessons promise now."""
    for source in sources():
        reading, exercises = minutes(jupytext.reads(source.read_text(encoding="utf-8"), fmt="py:percent"), int(source.stem[:2]))
        page = re.sub(rf"(/{source.stem}\.ipynb\) \*)\d+ \+ \d+ minutes", rf"\g<1>{reading} + {exercises} minutes", page)
    return page


def _exercise_heading(cell: NotebookNode) -> str | None:
    match = re.match(r"### (Exercise: .*)", cell.source)
    return match[1] if match else None


def _anchor(heading: str) -> str:
    """The place in a page that a heading gets from MyST."""
    return re.sub(r"[^\w\- ]", "", heading).lower().replace(" ", "-")


def _solved(lesson: NotebookNode, slug: str) -> NotebookNode:
    notebook = _notebook(lesson, slug)
    first = notebook.cells[0]
    heading, _, rest = first.source.partition("\n")
    first.source = f"{heading} (solved)\n{rest}\n\n[To the lesson without solutions](../notebooks/{slug}.ipynb)"
    return notebook


def _student(lesson: NotebookNode, slug: str) -> NotebookNode:
    config = Config()
    config.ClearSolutions.code_stub = {"python": STUB}
    config.ClearSolutions.enforce_metadata = config.ClearHiddenTests.enforce_metadata = False
    notebook = _notebook(lesson, slug)
    for cell in notebook.cells:
        if heading := _exercise_heading(cell):
            cell.source += f"\n\n[A solution](../solutions/{slug}.ipynb#{_anchor(heading)})"
    for preprocessor in (ClearSolutions(config=config), ClearHiddenTests(config=config)):
        notebook, _ = preprocessor.preprocess(notebook, {})
    # What was made, so that a learner's own changes are recognised and never overwritten.
    notebook.metadata["chargen"] = {"made": _digest(notebook)}
    return notebook


def _notebook(lesson: NotebookNode, slug: str) -> NotebookNode:
    cells = [_cell(cell, f"{slug}-{position:03}") for position, cell in enumerate(lesson.cells)]
    for position in range(len(cells)):
        if name := lesson.cells[position].metadata.get("exercise"):
            _make_exercise(name, cells[position - 1 : position + 2], slug)
    cells[0].source = _with_minutes(cells[0].source, lesson, int(slug[:2]))
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=METADATA)
    nbformat.validate(notebook)
    return notebook


def minutes(lesson: NotebookNode, number: int) -> tuple[int, int]:
    """What a lesson's head promises: minutes for the lesson, and for its exercises, both rounded up to five.

    The lesson is counted at the pace of a beginner who reads in a second language, WORDS_A_MINUTE and LINES_A_MINUTE, up to the part
    "For the curious"; the exercises are what their cards say.
    """
    words, lines = main_line(lesson)
    cards = sum(exercise.minutes for exercise in EXERCISES.values() if exercise.lesson == number)
    return tuple(5 * math.ceil(m / 5) for m in (words / WORDS_A_MINUTE + lines / LINES_A_MINUTE, cards))


def main_line(lesson: NotebookNode) -> tuple[int, int]:
    """The words of a lesson and its lines of code, up to the part that nothing later needs."""
    words = lines = 0
    for cell in lesson.cells:
        if cell.cell_type == "markdown":
            if re.match("## For the curious", cell.source):
                break
            words += len(cell.source.split())
        else:
            lines += sum(bool(line.strip()) and not line.lstrip().startswith("#") for line in cell.source.splitlines())
    return words, lines


def _with_minutes(head: str, lesson: NotebookNode, number: int) -> str:
    reading, exercises = minutes(lesson, number)
    return head.replace("{reading}", str(reading)).replace("{exercises}", str(exercises))


def _cell(cell: NotebookNode, cell_id: str) -> NotebookNode:
    make = nbformat.v4.new_markdown_cell if cell.cell_type == "markdown" else nbformat.v4.new_code_cell
    return make(cell.source, id=cell_id, metadata={k: v for k, v in cell.metadata.items() if k == "tags"})


def _make_exercise(name: str, around: list[NotebookNode], slug: str) -> None:
    """Give the question its card, the answer and its check their nbgrader metadata."""
    question, answer, test = around
    if name not in EXERCISES:
        raise SystemExit(f"{slug}: there is no exercise {name!r} in chargen_lib.exercises.")
    if not question.source.startswith("### Exercise: ") or test.source != f'check("{name}", {name})':
        raise SystemExit(
            f"{slug}: around the exercise {name!r} there must be a cell that begins '### Exercise: ', and the "
            f'cell check("{name}", {name}).'
        )
    card = EXERCISES[name]
    heading, _, rest = question.source.partition("\n")
    question.source = (
        f"{heading}\n\n*{counted(card.points)} · about {card.minutes} minutes · difficulty {card.difficulty} of 3*\n{rest}"
        f"\n\n<details><summary>Hint</summary>\n\n{card.hint}\n\n</details>"
    )
    common = {"schema_version": 3, "task": False}
    answer.metadata["nbgrader"] = {**common, "grade_id": name, "grade": False, "solution": True, "locked": False}
    test.metadata["nbgrader"] = {
        **common,
        **{"grade_id": f"check_{name}", "grade": True, "solution": False, "locked": True, "points": card.points},
    }


def _digest(notebook: NotebookNode) -> str:
    return hashlib.sha256("\x00".join(cell.source for cell in notebook.cells).encode()).hexdigest()[:16]


def _keep_own_work(path: Path) -> None:
    """A student notebook that was changed since it was made holds somebody's work: put a copy beside it."""
    if not path.exists():
        return
    try:
        old = nbformat.read(path, as_version=4)
        if _digest(old) == old.metadata.get("chargen", {}).get("made"):
            return
    except Exception:  # unreadable, which is no reason to lose it
        print(f"{path.relative_to(ROOT)} cannot be read as a notebook.")
    number = 1
    while (copy := path.with_suffix(f".yours-{number}.ipynb")).exists():
        number += 1
    shutil.copy2(path, copy)
    print(f"{path.relative_to(ROOT)} held work of yours; a copy is kept in {copy.relative_to(ROOT)}")


def main() -> None:
    made = {path: text for source in sources() for path, text in build(source).items()}
    made[ROOT / "book" / "exercises.md"] = exercise_index()
    index = ROOT / "book" / "index.md"
    if index.exists():
        made[index] = landing_page(index.read_text(encoding="utf-8"))
    for path, text in made.items():
        if path.exists() and path.read_bytes() == text.encode():
            continue
        if path.parent.name == "notebooks":
            _keep_own_work(path)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text.encode())
        print(f"made {path.relative_to(ROOT)}")


if __name__ == "__main__":
    sys.exit(main())
