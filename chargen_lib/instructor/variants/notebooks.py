"""A problem set as files: for the student, for nbgrader, solved, and a sheet for whoever marks.

student/NAME.ipynb         to hand out when nbgrader is not used: no answer, no name of a member
source/NAME/NAME.ipynb     nbgrader's source version; its generate_assignment makes the same student version from it
solved/NAME.ipynb          with the solutions
marking/NAME.md            which members, on what seed, and what each misconception is told
"""

import ast
import inspect
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
from nbformat import NotebookNode

from chargen_lib.exercises.engine.record import counted
from chargen_lib.instructor.grading import STUB, hidden_test
from chargen_lib.instructor.variants import Family, Member, draw, number

METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
TOP = """\
# Problem set: {title}

*{points} · about {minutes} minutes*

Write {how_many} functions. Each question ends with an example, and the cell below your function compares yours with it. What counts is checked
later, on other inputs: read every word, and think of the cases that the example does not show.

Arrays may come as NumPy or as JAX arrays; `jnp.asarray(x)` and `np.asarray(x)` take both. Do not change what you are given. Where an array is
asked for, either kind will do. Leave the names of the functions and the cells that compare them as they are."""
IMPORTS = """\
import math

import jax
import jax.numpy as jnp
import numpy as np

from chargen_lib.exercises.engine.example import check_example"""


def write_set(set_name: str, seed: int, folder: Path) -> list[Path]:
    """Write the problem set that `seed` draws into `folder`, and return the files: the same seed, the same bytes.

    Raises ValueError for a name that is no problem set; FileExistsError, with nothing written, where a file of that name
    holds something else.
    """
    made = {folder / name: content.encode() for name, content in files(set_name, seed).items()}
    for path, content in made.items():
        if path.exists() and path.read_bytes() != content:
            raise FileExistsError(
                f"{path} is there already and holds something else: another seed's set, or changes of yours. Nothing was written. "
                "Move it away, or choose another folder."
            )
    for path, content in made.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return list(made)


def files(set_name: str, seed: int) -> dict[str, str]:
    """The files of a problem set: path in its folder -> text."""
    chosen = draw(set_name, seed)
    student, source, solved = (_notebook(set_name, seed, chosen, version) for version in ("student", "source", "solved"))
    return {
        f"student/{set_name}.ipynb": student,
        f"source/{set_name}/{set_name}.ipynb": source,
        f"solved/{set_name}.ipynb": solved,
        f"marking/{set_name}.md": _marking_sheet(set_name, seed, chosen),
    }


def _notebook(set_name: str, seed: int, chosen: list[tuple[Family, Member]], version: str) -> str:
    points, minutes = sum(f.points for f, _ in chosen), sum(f.minutes for f, _ in chosen)
    title = set_name.replace("_", " ") + (" (solved)" if version == "solved" else "")
    top = TOP.format(title=title, points=counted(points), minutes=minutes, how_many=len(chosen))
    cells = [nbformat.v4.new_markdown_cell(top), nbformat.v4.new_code_cell(IMPORTS)]
    for family, member in chosen:
        answer = nbformat.v4.new_code_cell(answer_cell(family, member, version))
        test = nbformat.v4.new_code_cell(f"check_example({family.function}, {', '.join(example(family, member))})")
        if version == "source":
            place = f"{set_name}/{family.function}/{member.name}"
            test.source = hidden_test(str(number(set_name, seed, "marks")), place) + test.source
        answer.metadata["nbgrader"] = _mark(family.function, solution=True)
        test.metadata["nbgrader"] = _mark(f"check_{family.function}", solution=False) | {"points": family.points}
        cells += [nbformat.v4.new_markdown_cell(_question(family, member)), answer, test]
    for position, cell in enumerate(cells):
        cell.id = f"{set_name}-{position:02}"
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=METADATA)
    nbformat.validate(notebook)
    return nbformat.writes(notebook) + "\n"


def _mark(name: str, *, solution: bool) -> NotebookNode:
    """nbgrader's metadata of an answer, or of the test that marks it."""
    return NotebookNode(schema_version=3, task=False, grade_id=name, solution=solution, grade=not solution, locked=not solution)


def _question(family: Family, member: Member) -> str:
    args, expected = example(family, member)
    return f"""\
### Exercise: {family.title}

*{counted(family.points)} · about {family.minutes} minutes · difficulty {family.difficulty} of 3*

{family.given}

{member.statement}

For example, `{family.function}{args.replace(",)", ")")}` gives

    {expected}

<details><summary>Hint</summary>

{member.hint}

</details>"""


def answer_cell(family: Family, member: Member, version: str) -> str:
    """The function to write: as a stub, solved, or solved between nbgrader's marks, by version "student", "solved", "source"."""
    source = inspect.getsource(member.reference)
    function = ast.parse(source).body[0]
    assert isinstance(function, ast.FunctionDef)
    body = "\n".join(source.splitlines()[function.body[0].lineno - 1 :])
    if version == "student":
        body = f"    {STUB}"
    elif version == "source":
        body = f"    ### BEGIN SOLUTION\n{body}\n    ### END SOLUTION"
    return f'def {family.function}({ast.unparse(function.args)}):\n    """{family.docstring}"""\n{body}'


def example(family: Family, member: Member) -> tuple[str, str]:
    """The first probe and what the member gives there, as they stand in a cell."""
    args = family.probes(np.random.default_rng(0))[0].args
    return as_source(args), as_source(member.reference(*args))


def as_source(value: Any) -> str:
    """A value as Python source, numbers with four decimals."""
    if isinstance(value, np.ndarray):
        return f"np.array({as_source(value.astype(float).tolist() if value.dtype.kind == 'f' else value.tolist())})"
    if isinstance(value, (tuple, list)):
        inside = ", ".join(map(as_source, value)) + ("," if isinstance(value, tuple) and len(value) == 1 else "")
        return f"({inside})" if isinstance(value, tuple) else f"[{inside}]"
    if isinstance(value, float):
        return repr(round(float(value), 4)) if np.isfinite(value) else f"{'-' if value < 0 else ''}np.inf"
    return json.dumps(value) if isinstance(value, str) else repr(value)


def _marking_sheet(set_name: str, seed: int, chosen: list[tuple[Family, Member]]) -> str:
    rows = [f"| `{f.function}` | {m.name} | {f.points} |" for f, m in chosen]
    return (
        "\n\n".join(
            [
                f"# Marking sheet: {set_name.replace('_', ' ')}, seed {seed}",
                "Not for students. The same seed makes the same set again: "
                f"`chargen-course variant --seed {seed} --set {set_name}`. The solutions are in the solved notebook.",
                "\n".join(["| function | member | points |", "|---|---|---|", *rows]),
                *(part for family, member in chosen for part in _misconceptions(family, member)),
            ]
        )
        + "\n"
    )


def _misconceptions(family: Family, member: Member) -> Iterable[str]:
    yield f"## {family.title}: `{family.function}`, {member.name}"
    yield family.given
    yield member.statement
    yield "What goes wrong, and what is then said:"
    yield "\n".join(f"- *{wrong.name}*: {wrong.sentence}" for wrong in family.exercise(member).misconceptions)
