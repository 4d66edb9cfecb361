"""What nbgrader is told: reading and mending what a tool or a hand left behind."""

import json
import subprocess
import sys
from contextlib import nullcontext
from types import SimpleNamespace

import nbformat
import pytest

from chargen_lib.instructor import box, compiled, grading, settings

# --- reading ------------------------------------------------------------------------------------------------------------


def raw():
    cells = [nbformat.v4.new_code_cell("1", id="one"), nbformat.v4.new_markdown_cell("é", id="two")]
    return json.loads(nbformat.writes(nbformat.v4.new_notebook(cells=cells)))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_read_over(encoding):
    text = json.dumps(raw(), ensure_ascii=False)
    assert settings.readable(text.encode(encoding)).cells[1].source == "é"


def broken_ids(notebook):
    notebook["cells"][1]["id"] = "one"


def bad_id(notebook):
    notebook["cells"][0]["id"] = "not an id!"


def no_ids(notebook):
    del notebook["cells"][0]["id"]


def ids_in_an_old_format(notebook):
    notebook["nbformat_minor"] = 4


def no_metadata(notebook):
    del notebook["metadata"], notebook["cells"][0]["metadata"]


def no_outputs(notebook):
    del notebook["cells"][0]["outputs"], notebook["cells"][0]["execution_count"]


def no_minor(notebook):
    del notebook["nbformat_minor"]


def colab(notebook):
    notebook["metadata"]["widgets"] = {"application/vnd.jupyter.widget-state+json": {"abc": {"model_name": "HBoxModel"}}}


@pytest.mark.parametrize(
    "spoil",
    [broken_ids, bad_id, no_ids, ids_in_an_old_format, no_metadata, no_outputs, no_minor, colab],
    ids=lambda f: f.__name__,
)
def test_what_a_tool_left_out_or_wrote_twice_is_made_whole(spoil):
    notebook = raw()
    spoil(notebook)
    read = settings.readable(json.dumps(notebook).encode())
    nbformat.validate(read)
    ids = [cell.get("id") for cell in read.cells]
    assert len(set(ids)) == 2 if read.nbformat_minor >= 5 else ids == [None, None]
    assert [cell.source for cell in read.cells] == ["1", "é"] and "widgets" not in read.metadata


@pytest.mark.parametrize("content", [b"", b"{", b"{}", b"[]", b"\xff\x00", b'{"nbformat": 4}'])
def test_what_is_no_notebook_is_refused(content):
    with pytest.raises(Exception):  # noqa: B017  nbformat has many
        settings.readable(content)


# --- a submission's folder ----------------------------------------------------------------------------------------------


@pytest.fixture
def submitted(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for folder in ("source/lesson", "submitted/ada/lesson", "feedback/ada/lesson"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "source/lesson/lesson.ipynb").write_text("")
    return tmp_path / "submitted/ada/lesson"


@pytest.mark.parametrize(
    "name", ["lesson-Copy1", "lesson (1)", "Sampling", "LOVELACE_ADA_12345_assignsubmission_file_lesson", "lesson"]
)
def test_the_only_notebook_is_taken_under_whatever_name(submitted, name):
    (submitted / f"{name}.ipynb").write_text("mine")
    notebooks = [f"submitted/ada/lesson/{name}.ipynb"]
    settings.tidy(assignment="lesson", student="*", notebooks=notebooks)
    assert notebooks == ["submitted/ada/lesson/lesson.ipynb"]
    assert [(path.name, path.read_text()) for path in submitted.iterdir()] == [("lesson.ipynb", "mine")]


def test_of_two_notebooks_none_is_renamed(submitted):
    notebooks = [f"submitted/ada/lesson/{name}.ipynb" for name in ("a", "b")]
    settings.tidy(assignment="lesson", student="*", notebooks=notebooks)
    assert notebooks == ["submitted/ada/lesson/a.ipynb", "submitted/ada/lesson/b.ipynb"]


@pytest.mark.parametrize(
    ("stamp", "stays"), [(b"yesterday, I think", False), (b"\xff\xfe", False), (b"2026-01-02 03:04:05 UTC", True), (b"", True)]
)
def test_a_bad_time_stamp_goes_aside(submitted, stamp, stays):
    (submitted / "timestamp.txt").write_bytes(stamp)
    settings.tidy(assignment="lesson", student="*", notebooks=["submitted/ada/lesson/lesson.ipynb"])
    assert [path.name for path in submitted.iterdir()] == ["timestamp.txt" if stays else "timestamp.unreadable.txt"]


def test_feedback_can_be_released_for_who_came_without_a_time_stamp(submitted):
    folder = submitted.parents[2] / "feedback/ada/lesson"
    settings.complete(assignment="lesson", student="*", notebooks=["autograded/ada/lesson/lesson.ipynb"])
    assert (folder / "timestamp.txt").read_text() == "" and len(secret := (folder / "submission_secret.txt").read_text()) == 32
    settings.complete(assignment="lesson", student="*", notebooks=["autograded/ada/lesson/lesson.ipynb"])
    assert (folder / "submission_secret.txt").read_text() == secret


# --- marks that stand twice ---------------------------------------------------------------------------------------------


def cell(source, name=None):
    return nbformat.v4.new_code_cell(source, metadata={"nbgrader": {"grade_id": name}} if name else {})


def mended(monkeypatch, *cells):
    """What mend leaves of a submission to an assignment of one exercise: (source, mark) of each cell."""
    made = [SimpleNamespace(name=n, cell_type="code", source=n, checksum="", locked=n != "f") for n in ("f", "check_f")]
    grades = [SimpleNamespace(name="check_f", max_score=1)]
    original = SimpleNamespace(source_cells=made, solution_cells=made[:1], grade_cells=grades, task_cells=[])
    book = SimpleNamespace(find_notebook=lambda *_: original)
    monkeypatch.setattr(settings, "Gradebook", lambda _: nullcontext(book))
    names = {"nbgrader": {"db_url": "", "notebook": "", "assignment": ""}}
    notebook, _ = settings.mend(nbformat.v4.new_notebook(cells=list(cells)), names)
    return [(cell.source, cell.metadata.get("nbgrader", {}).get("grade_id")) for cell in notebook.cells]


DEF, CHECK = "def f():", "check('f', f)"


@pytest.mark.parametrize(
    ("cells", "left"),
    [
        ([(DEF, "f"), ("check(", "check_f"), ("'f', f)", "check_f")], [(DEF, "f"), ("check(", "check_f"), ("'f', f)", None)]),
        (
            [(CHECK, "check_f"), (DEF, "f"), (CHECK, "check_f")],
            [(CHECK, None), (DEF, "f"), (CHECK, "check_f")],
        ),
        (
            [("1", "check_f"), ("2", "check_f"), (DEF, "f")],
            [("1", None), ("2", None), (DEF, "f"), ("check_f", "check_f")],  # put back as it was
        ),
        ([("import os", "f"), (DEF, "f"), (CHECK, "check_f")], [("import os", None), (DEF, "f"), (CHECK, "check_f")]),
        ([(DEF, "f"), ("f()", "f"), (CHECK, "check_f")], [(DEF, "f"), ("f()", None), (CHECK, "check_f")]),
        ([(DEF, "f"), (CHECK, "check_f")], [(DEF, "f"), (CHECK, "check_f")]),
    ],
)
def test_of_a_mark_that_stands_twice_one_is_kept(monkeypatch, cells, left):
    assert mended(monkeypatch, *(cell(*one) for one in cells)) == left


# --- what a grading process need not do -----------------------------------------------------------------------------------


def test_who_reads_notebooks_parses_no_grammar_of_web_addresses():
    """That would be half of the time which a grading process's imports take, and a second of JupyterLab's start."""
    code = "import chargen_lib.instructor.one, sys; print('rfc3987_syntax.syntax_helpers' in sys.modules, 'jsonschema' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False True\n"


def test_what_is_compiled_for_a_lesson_is_compiled_once_for_all_courses(tmp_path, monkeypatch):
    ran = []

    class Client:
        def __init__(self, notebook, **options):
            self.sources = [cell.source for cell in notebook.cells]

        def execute(self):
            ran.append(self.sources)

    monkeypatch.setattr(compiled, "NotebookClient", Client)
    monkeypatch.setenv(box.CACHE, str(tmp_path / "cache"))

    def fill(course, secret, answer):
        path = tmp_path / course / "lesson.ipynb"
        path.parent.mkdir()
        check = nbformat.v4.new_code_cell(grading.hidden_test(secret) + "check(f)")
        nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(answer), check]), path)
        compiled.fill_cache(path)

    fill("one", "a secret", "def f(): ...")
    fill("two", "another", "def f(): ...")
    assert ran == [["def f(): ...", "check(f)"]]
    fill("three", "a secret", "def f(): return 1")
    assert ran[1:] == [["def f(): return 1", "check(f)"]]
    monkeypatch.setenv("XLA_FLAGS", "--xla_backend_optimization_level=0")  # otherwise compiled, it is not found
    fill("four", "a secret", "def f(): return 1")
    assert len(ran) == 3
