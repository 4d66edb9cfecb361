"""Which cells a grading run executes: the answers, the checks, and what these need, and of a lesson no training."""

import re
from pathlib import Path

import nbformat
import pytest

from chargen_lib.instructor import needed

LESSONS = sorted((Path(__file__).resolve().parents[2] / "solutions").glob("[0-9][0-9]_*.ipynb"))
ANSWER, CHECK = "def f(x):\n    return helper(x) + 1", "check('f', f)"


def left_out(*before, answer=ANSWER, after=()):
    """Which of the cells before the answer, and after the check, are not run."""
    sources = [*before, answer, CHECK, *after]
    counts = [source in (answer, CHECK) for source in sources]
    run = needed.needed(sources, counts)
    assert {place for place, it_counts in enumerate(counts) if it_counts} <= run
    return [source for place, source in enumerate(sources) if place not in run]


@pytest.mark.parametrize(
    "cell",
    [
        "from exercises import check, progress",
        "def helper(x):\n    return x",
        "helper = lambda x: x",
        "with open(path) as helper:\n    pass",
        "for helper in functions:\n    pass",
        "rows = [(helper := row) for row in table]",
        "def make():\n    global helper\n    helper = 1",
        "if (helper := 1):\n    pass",
        "helper.table = {}",
        "helper[0] += 1",
        "helper.memo.append(1)",
        "fill(helper)",
        "update(state, into=helper)",
        "tools.fill(helper[0])",
        "%%time\nhelper = 1",
        "helper = %timeit -o pass",
        "import numpy as helper",
        "class helper:\n    pass",
        "x + 1 = 2  # no Python fails at once",
        "%%writefile helpers.py\ndef helper(x): pass",
        "%run helpers.py",
        "from helpers import *",
        "exec(open('helpers.py').read())",
        "globals()['helper'] = 1",
    ],
)
def test_what_makes_what_an_answer_needs_is_run(cell):
    assert left_out(cell) == []


@pytest.mark.parametrize(
    "cell",
    [
        "trained = fit(model, ids)",
        "helper(2)",
        "print(helper(2))",
        "for step in range(3000):\n    state = train(state)",
        "def other():\n    helper = 1\n    return helper",
        "rows = [helper for helper in train()]",
        "rows = {helper for helper in train()}",
        "rows = {helper: x for helper, x in train()}",
        "rows = [{x: [helper for helper in x] for x in row} for row in train()]",
        "rows = [lambda: helper for helper in train()]",
        "def other():\n    return [helper for helper in train()]",
        "plots.bars(other)",
        "print(helper)",
        "%matplotlib inline",
        "%timeit train()",
        "!sleep 1000",
        "assert helper(1) == 1",
        "",
    ],
)
def test_what_no_answer_needs_is_left_out(cell):
    assert left_out("import plots", cell, "import check") == ["import plots", cell]


def test_needs_have_needs():
    training, table = "weights = train()", "table = count(text)"
    assert left_out(training, "text = load()", table, "def helper(x):\n    return table[x]") == [training]


def test_a_method_called_on_a_module_makes_nothing():
    """Or plots.bars(trained) would need the training wherever an answer reads plots."""
    answer = "def f(x):\n    return np.exp(x)"
    assert left_out("import numpy as np", "np.savetxt('x', trained)", answer=answer) == ["np.savetxt('x', trained)"]
    assert left_out("import numpy as np", "np.exp = mine", answer=answer) == []


def test_nothing_after_the_last_check_is_run():
    assert left_out("helper = 1", after=["helper = 2", "%history", "%run x.py"]) == ["helper = 2", "%history", "%run x.py"]


def test_an_answer_that_finds_names_unseen_has_all_that_came_before():
    answer = "def f(x):\n    return eval('hel' + 'per')(x)"
    assert left_out("helper = 1", "print(1)", "x = 2", answer=answer, after=["y = 1"]) == ["y = 1"]


def test_a_students_own_tag_costs_no_answer():
    mark = {"grade_id": "f", "solution": True, "grade": False, "schema_version": 3, "locked": False, "task": False}
    cells = [
        nbformat.v4.new_code_cell(source, metadata={"tags": tags, **({"nbgrader": mark} if source == ANSWER else {})})
        for source, tags in (("trained = 1", ["mine"]), ("helper = 1", []), (ANSWER, [needed.LEFT_OUT, "mine"]))
    ]
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.cells[1].metadata.tags = "not a list"
    needed.choose(notebook, {})
    assert [cell.metadata.tags for cell in notebook.cells] == [["mine", needed.LEFT_OUT], [], ["mine"]]
    page, _ = needed.say(notebook, {})
    assert page.cells[0].source == needed.SAID and len(page.cells) == 4


TRAINING = re.compile(r"\b(fit|minimise|value_and_grad|generate|evaluate)\(")


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_no_lesson_trains_or_writes_when_it_is_graded(path):
    code = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    run = needed.needed([cell.source for cell in code], ["nbgrader" in cell.metadata for cell in code])
    lessons = [place for place, cell in enumerate(code) if "nbgrader" not in cell.metadata]
    training = {place for place in lessons if TRAINING.search(code[place].source)}
    assert training or path.stem[:2] in ("01", "04")
    assert not run & training and len(run) < len(code) / 2
