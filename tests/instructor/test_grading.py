"""Grading with the real nbgrader: what a submission gets, what its feedback says, and what the class's report tells."""

import copy
import csv
import html
import importlib.util
import inspect
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest

from chargen_lib.exercises import EXERCISES
from chargen_lib.instructor import executing
from chargen_lib.instructor.variants import draw, notebooks

ROOT = Path(__file__).resolve().parents[2]
LESSON = "01_text_as_numbers"
POINTS = {e.name: e.points for e in EXERCISES.values() if e.lesson == 1}
MISTAKES = [(name, m) for name in POINTS for m in EXERCISES[name].misconceptions]


def the_tool(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def assignments(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    return the_tool("make_assignments")


def mark(cell):
    return cell.metadata.get("nbgrader", {})


# --- the course as it is laid out ---------------------------------------------------------------------------------------


def test_every_lesson_is_an_assignment_with_the_cards_points_and_a_hidden_test(assignments, tmp_path):
    assignments.lay_out(tmp_path)
    secret = json.loads((tmp_path / ".chargen-course.json").read_text())["secret"]
    assert len(secret) == 32
    graded = {}
    for source in assignments.sources():
        notebook = nbformat.read(tmp_path / "source" / source.stem / f"{source.stem}.ipynb", as_version=4)
        student = nbformat.read(ROOT / "notebooks" / f"{source.stem}.ipynb", as_version=4)
        assert [cell.id for cell in notebook.cells] == [cell.id for cell in student.cells]
        for ours, theirs in zip(notebook.cells, student.cells, strict=True):
            assert mark(ours) == mark(theirs)
            if mark(ours).get("grade"):
                graded[mark(ours).grade_id] = mark(ours).points
                hidden, _, shown = ours.source.partition("### END HIDDEN TESTS\n")
                assert shown == theirs.source and hidden.startswith("### BEGIN HIDDEN TESTS\n") and secret in hidden
            elif not mark(ours).get("solution"):
                assert "../solutions" not in ours.source
                assert plain(ours.source) == plain(theirs.source)
                for other in re.findall(r"\]\((\.\./[^)]*\.ipynb)", ours.source):
                    assert (tmp_path / "source" / source.stem / other).exists(), other
    assert graded == {f"check_{name}": exercise.points for name, exercise in EXERCISES.items()}


def plain(markdown):
    """Without what differs on purpose: where links to other lessons lead, and the link to a solution."""
    return re.sub(r"\]\([^)]*\.ipynb", "](.ipynb", markdown).partition("\n\n[A solution]")[0]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps no such modes")
def test_no_other_account_can_look_into_the_course(assignments, tmp_path):
    assignments.lay_out(tmp_path / "course")
    assert (tmp_path / "course").stat().st_mode & 0o777 == 0o700
    (tmp_path / "course").chmod(0o775)  # as a version before this one left it, for a group of graders
    assignments.lay_out(tmp_path / "course")
    assert (tmp_path / "course").stat().st_mode & 0o777 == 0o770


def test_laying_out_again_changes_nothing(assignments, tmp_path, capsys):
    def now():
        return {
            path: (path.stat().st_mtime_ns, path.read_bytes())
            for path in tmp_path.rglob("*")
            if path.suffix in (".ipynb", ".py")
        }

    assignments.lay_out(tmp_path)
    before = now()
    capsys.readouterr()
    assignments.lay_out(tmp_path)
    assert now() == before and capsys.readouterr().out == ""


def test_the_instructors_own_changes_stay_and_the_rest_is_brought_up_to_date(assignments, tmp_path, capsys, monkeypatch):
    assignments.lay_out(tmp_path)
    config, own, other = (tmp_path / name for name in ("nbgrader_config.py", notebook_of(1), notebook_of(2)))
    config.write_text(config.read_text() + "c.Execute.timeout = 5\n")
    own.write_text(own.read_text().replace('"points": 1', '"points": 4'))
    (tmp_path / "gradebook.db").write_bytes(b"grades")
    kept = {path: path.read_bytes() for path in (config, own, tmp_path / "gradebook.db")}

    monkeypatch.setattr(assignments, "assignment", lambda source, secret: f"a new version of {source.stem}")
    capsys.readouterr()
    assignments.lay_out(tmp_path)
    assert {path: path.read_bytes() for path in kept} == kept
    assert other.read_text() == "a new version of 02_embeddings"
    said = capsys.readouterr().out
    assert f"{notebook_of(1)} holds changes of yours" in said and "nbgrader_config.py holds changes of yours" in said


def notebook_of(lesson):
    source = next((ROOT / "solutions").glob(f"{lesson:02}_*.py"))
    return f"source/{source.stem}/{source.stem}.ipynb"


def test_a_configuration_from_before_is_told_what_to_hold(assignments, tmp_path, capsys):
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\n")
    assignments.lay_out(tmp_path)
    assert (tmp_path / "nbgrader_config.py").read_text() == "c = get_config()\n"
    assert "configure(c, __file__)" in capsys.readouterr().out


def test_a_damaged_manifest_stops_before_anything_is_changed(assignments, tmp_path):
    (tmp_path / ".chargen-course.json").write_text('{"secret": ')
    with pytest.raises(SystemExit, match="damaged, so nothing was changed"):
        assignments.lay_out(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [".chargen-course.json"]


def test_without_nbgrader_it_says_what_to_install(tmp_path):
    (tmp_path / "nbgrader.py").write_text("raise ModuleNotFoundError('no', name='nbgrader')")
    tool = ROOT / "tools" / "make_assignments.py"
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    result = subprocess.run(
        [sys.executable, tool, tmp_path / "course"], env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True
    )
    assert result.returncode == 1 and result.stdout == "" and not (tmp_path / "course").exists()
    assert result.stderr == "nbgrader is missing. Install what this takes: python -m pip install -r requirements-dev.txt\n"


# --- what cells print -------------------------------------------------------------------------------------------------


def test_what_a_cell_prints_or_shows_is_kept_up_to_a_limit(monkeypatch):
    kept = []
    monkeypatch.setattr(executing, "OUTPUT_LIMIT", 100)
    monkeypatch.setattr(
        executing.preprocessors.Execute, "process_message", lambda self, m, cell, place: kept.append(m["content"])
    )
    execute = executing.Execute()
    text, figure = "30 characters, of which a few.", {"text/plain": "x" * 20}
    for content in ({"text": text}, {"data": figure}):
        cell = nbformat.v4.new_code_cell()
        for _ in range(9):
            execute.process_message(
                {"msg_type": "stream" if "text" in content else "display_data", "content": content | {}}, cell, 0
            )
    assert "".join(content.get("text", "") for content in kept) == (text * 4)[:100]
    assert [content["data"] for content in kept if "data" in content] == [figure] * 2  # a new cell has its own room


# --- submissions --------------------------------------------------------------------------------------------------------

IMPORTS = nbformat.v4.new_code_cell("import jax.numpy as jnp\nfrom chargen_lib.exercises import check", id="imports")


class Course:
    """A course in a folder, with the submissions to its first lesson."""

    def __init__(self, folder):
        self.folder, self.environment = folder, dict(os.environ)
        subprocess.run([sys.executable, ROOT / "tools" / "make_assignments.py", folder], check=True, capture_output=True)
        with (folder / "nbgrader_config.py").open("a") as config:
            config.write("c.Execute.timeout = 30\n")  # more than the 20 after which check stops an answer
        self.nbgrader("generate_assignment", LESSON)
        self.release = nbformat.read(folder / "release" / LESSON / f"{LESSON}.ipynb", as_version=4)
        solved = nbformat.read(ROOT / "solutions" / f"{LESSON}.ipynb", as_version=4)
        self.right = {mark(cell).grade_id: cell.source for cell in solved.cells if mark(cell).get("solution")}

    def nbgrader(self, *arguments, check=True):
        tool = shutil.which("nbgrader", path=str(Path(sys.executable).parent))
        result = subprocess.run([tool, *arguments], cwd=self.folder, env=self.environment, capture_output=True, text=True)
        assert result.returncode == 0 or not check, result.stderr
        return result

    def notebook(self, **answers):
        """A submission with these answers, the others right, and of the lesson's other cells only the imports."""
        return self.fill(self.blank(), **self.right | answers)

    def blank(self):
        notebook = copy.deepcopy(self.release)
        notebook.cells = [copy.deepcopy(IMPORTS), *(cell for cell in notebook.cells if mark(cell).get("grade_id"))]
        return notebook

    def fill(self, notebook, **answers):
        for cell in notebook.cells:
            if (name := mark(cell).get("grade_id")) in answers:
                cell.source = answers[name]
        return notebook

    def hand_in(self, student, notebook, assignment=LESSON):
        folder = self.folder / "submitted" / student / assignment
        folder.mkdir(parents=True, exist_ok=True)
        text = notebook if isinstance(notebook, str) else nbformat.writes(notebook)
        (folder / f"{assignment}.ipynb").write_text(text, encoding="utf-8")
        return folder

    def grade(self, assignment=LESSON):
        """Grade what was handed in: what nbgrader said of failures, all feedback pages as text, and the report's rows and page."""
        tool = [sys.executable, "-m", "chargen_lib.command", "grade", self.folder, assignment, "--jobs", "2"]
        self.roll = subprocess.run(
            tool, env=self.environment, capture_output=True, text=True
        )  # status 1 when somebody is missing
        failures = self.folder / "could-not-be-run.txt"
        self.said = SimpleNamespace(
            returncode=self.roll.returncode, stderr=failures.read_text() if failures.exists() else self.roll.stderr
        )
        self.pages = {
            path.parts[-3]: path.read_text(encoding="utf-8") for path in (self.folder / "feedback").glob("*/*/*.html")
        }
        self.page = (self.folder / "report.html").read_text(encoding="utf-8")
        with (self.folder / "report.csv").open(encoding="utf-8-sig", newline="") as file:
            self.rows = list(csv.DictReader(file))

    def lost(self, student):
        """The exercises without points; all others have full points."""
        rows = {row["exercise"]: row for row in self.rows if row["student"] == student}
        assert {name: float(row["points"]) for name, row in rows.items()} == POINTS
        assert all(float(row["score"]) in (0, POINTS[name]) for name, row in rows.items())
        return {name for name, row in rows.items() if float(row["score"]) == 0}

    def feedback(self, student):
        text = re.sub(r"<(style|script).*?</\1>", "", self.pages[student], flags=re.DOTALL)
        return html.unescape(re.sub(r"<[^>]*>", "", text))


def assert_nothing_hidden_is_shown(course, shown):
    secret = json.loads((course.folder / ".chargen-course.json").read_text())["secret"]
    for page in shown:
        for hidden in ("HIDDEN TESTS", secret, "grading.py", "Nobody judges"):
            assert hidden not in page


# --- a submission for each misconception, of every exercise the first, of every exercise the second, ... ------------------

MADE_BY = {  # student -> {exercise: the misconception in its answer}
    f"student{place}": {n: EXERCISES[n].misconceptions[place] for n in POINTS if place < len(EXERCISES[n].misconceptions)}
    for place in range(max(len(EXERCISES[name].misconceptions) for name in POINTS))
}


@pytest.fixture(scope="module")
def mistakes(tmp_path_factory):
    course = Course(tmp_path_factory.mktemp("mistakes") / "course")
    for student, made in MADE_BY.items():
        wrong = {
            name: f"from chargen_lib.exercises import EXERCISES\nwrong = {{m.name: m.wrong for m in EXERCISES[{name!r}].misconceptions}}\n"
            f"{name} = wrong[{m.name!r}]"
            for name, m in made.items()
        }
        course.hand_in(student, course.notebook(**wrong))
    course.grade()
    assert course.said.returncode == 0, course.said.stderr
    return course


def mistake_id(value):
    return getattr(value, "name", str(value))


@pytest.mark.slow
@pytest.mark.xdist_group("mistakes")
@pytest.mark.parametrize(("name", "misconception"), MISTAKES, ids=mistake_id)
def test_a_misconception_loses_its_exercise_and_is_told(mistakes, name, misconception):
    student = next(who for who, made in MADE_BY.items() if made.get(name) is misconception)
    assert mistakes.lost(student) == set(MADE_BY[student])
    told = mistakes.feedback(student)
    assert told.count(misconception.sentence) == 2  # the verdict, and the error that costs the points
    sentences = {made.sentence for made in MADE_BY[student].values()}
    assert not any(m.sentence in told for _, m in MISTAKES if m.sentence not in sentences)


@pytest.mark.slow
@pytest.mark.xdist_group("mistakes")
def test_the_report_counts_every_misconception_met(mistakes):
    met = {(row["exercise"], row["misconception"], row["sentence"]) for row in mistakes.rows if row["misconception"]}
    assert met == {(name, m.name, m.sentence) for name, m in MISTAKES}
    assert_nothing_hidden_is_shown(mistakes, mistakes.pages.values())
    for _, misconception in MISTAKES:
        assert html.escape(misconception.sentence) in mistakes.page
    for name in POINTS:
        passed = len(MADE_BY) - len(EXERCISES[name].misconceptions)
        assert f'<code>{name}</code></th><td class="number">{passed} of {len(MADE_BY)} <meter' in mistakes.page


@pytest.mark.slow
@pytest.mark.xdist_group("mistakes")
def test_a_private_problem_set_is_graded_too_and_without_a_box_where_there_is_none(mistakes):
    course = copy.copy(mistakes)  # the same folder; what grade() finds is kept apart
    course.environment = os.environ | {"PATH": "/nowhere"}
    paths = notebooks.write_set("text", 400, course.folder)
    right = nbformat.read(next(path for path in paths if path.parent.name == "solved"), as_version=4)
    mixed = copy.deepcopy(right)
    family, member = draw("text", 400)[0]
    sister = next(m for m in family.members if m is not member)
    for cell in mixed.cells:
        if mark(cell).get("grade_id") == family.function:
            cell.source = notebooks.answer_cell(family, sister, "solved")
    course.nbgrader("generate_assignment", "text")
    course.hand_in("right", right, "text")
    course.hand_in("mixed", mixed, "text")
    course.grade("text")
    assert course.said.returncode == 0, course.said.stderr
    lost = {
        row["student"]: (row["exercise"], row["misconception"])
        for row in course.rows
        if row["score"] == "0.0" and row["assignment"] == "text"
    }
    assert lost == {"mixed": (family.function, sister.name)}
    assert f"{sister.did}; {member.asked}." in course.feedback("mixed")
    assert_nothing_hidden_is_shown(course, (course.pages["right"], course.pages["mixed"]))
    assert not any(word in course.pages["mixed"] for word in ("chargen_lib.instructor", f"text/{family.function}"))
    assert course.said.stderr.count("THE SUBMISSIONS RUN WITHOUT A BOX") == 2
    assert "right, text" in course.roll.stdout and "notebooks ran without a box" in course.page


# --- strange submissions ------------------------------------------------------------------------------------------------

#: student -> (how the submission is made, the exercises that it must lose, what its feedback must say)
STRANGE = {}
ALL = frozenset(POINTS)
WRONG = "def encode(text, characters):\n    return 1\n"


def strange(lost=(), says=""):
    def enter(make):
        STRANGE[make.__name__] = make, frozenset(lost), says
        return make

    return enter


@strange()
def perfect(course):
    return course.fill(copy.deepcopy(course.release), **course.right)


@strange(lost=ALL, says="not attempted yet")
def blank(course):
    return course.release


@strange(lost={"encode"}, says="SyntaxError")
def syntax_error(course):
    return course.notebook(encode="def encode(text, characters:\n    return 1")


@strange(lost={"encode"}, says="had not finished after 20 seconds")
def endless_function(course):
    return course.notebook(encode="def encode(text, characters):\n    while True:\n        pass")


@strange(says="No reply from kernel before timeout")
def endless_cell(course):
    return with_cell(course.notebook(), "import time\nwhile True:\n    time.sleep(0.01)")  # others need the processor meanwhile


@strange(says="This cell ended the notebook's own process")
def a_cell_that_ends_its_kernel(course):
    return with_cell(course.notebook(), "import os; os._exit(1)")


@strange(lost={"encode"}, says="This cell ended the notebook's own process")
def an_answer_s_cell_that_quits(course):
    return course.notebook(encode=course.right["encode"] + "\nquit()")


@strange(lost={"encode", "add_one_loss"}, says="Your function ended the notebook's own process")
def answers_that_end_their_kernel(course):
    quits = (
        f"{course.right['add_one_loss']}\nright = add_one_loss\ndef add_one_loss(*given):\n    quit()\n    return right(*given)"
    )
    return course.notebook(encode="def encode(text, characters):\n    import os\n    os._exit(0)", add_one_loss=quits)


@strange(lost={"encode"}, says="prints or displays more than anybody can read")
def huge_output_of_a_function(course):
    return course.notebook(encode="def encode(text, characters):\n    while True:\n        print('x' * 100)")


@strange()
def a_cell_that_no_answer_needs(course):
    notebook = course.notebook()
    notebook.cells.insert(1, nbformat.v4.new_code_cell("import os\nos._exit(1)\nwhile True:\n    pass"))
    return notebook


@strange(says="Output truncated")
def huge_output_of_a_cell(course):
    return with_cell(course.notebook(), "for number in range(200_000):\n    print('a line of no use', number)")


@strange()
def right_but_check_deleted(course):
    return without(course.notebook(), "check_encode")


@strange(lost={"encode"}, says="return a list of whole numbers")
def wrong_and_check_deleted(course):
    return without(course.notebook(encode=WRONG), "check_encode")


@strange(lost={"encode"}, says="name 'encode' is not defined. Did its cell fail, or has it another name?")
def answer_and_check_deleted(course):
    return without(course.notebook(), "encode", "check_encode")


@strange(lost={"encode"}, says="return a list of whole numbers")
def check_edited(course):
    return course.notebook(encode=WRONG, check_encode="print('Correct.')")


@strange(lost={"encode"}, says="return a list of whole numbers")
def check_no_longer_a_grade_cell(course):
    notebook = course.notebook(encode=WRONG, check_encode="print('Correct.')")
    for cell in notebook.cells:
        if mark(cell).get("grade_id") == "check_encode":
            cell.metadata.nbgrader |= {"grade": False, "locked": False, "solution": True, "points": 100}
    return notebook


@strange()
def marks_of_all_cells_lost(course):
    notebook = course.notebook()
    for cell in notebook.cells:
        cell.metadata.pop("nbgrader", None)
    return notebook


@strange()
def saved_by_an_older_tool(course):
    notebook = without(course.notebook(), "check_encode")
    notebook.nbformat_minor = 4
    for cell in notebook.cells:
        del cell["id"]
    return notebook


@strange()
def check_of_another_lesson_pasted(course):
    other = nbformat.read(ROOT / "notebooks" / "04_temperature.ipynb", as_version=4)
    notebook = course.notebook()
    notebook.cells.append(next(cell for cell in other.cells if mark(cell).get("grade")))
    return notebook


@strange(lost={"encode"}, says="return a list of whole numbers")
def patched_check(course):
    return course.notebook(encode=WRONG + "check = lambda name, answer: 1")


@strange(lost={"encode"}, says="return a list of whole numbers")
def patched_library(course):
    return course.notebook(encode=WRONG + inspect.getsource(patch) + "patch()")


def patch():
    import chargen_lib.exercises as library
    from chargen_lib.exercises import Report
    from chargen_lib.exercises.engine import judging

    library.judge = judging.judge = lambda exercise, answer, **_: Report(exercise.name, "correct", "Correct.")
    library.check = lambda name, answer, **_: Report(name, "correct", "Correct.")
    Report.require = lambda self: self


@strange(lost={"encode"}, says="return a list of whole numbers")
def library_beside_the_notebook(course):
    folder = course.folder / "submitted" / "library_beside_the_notebook" / LESSON / "chargen_lib"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    (folder / "exercises.py").write_text("def check(name, answer, seed=0):\n    pass\n")
    return with_cell(course.notebook(encode=WRONG), "import sys\nsys.path.insert(0, '')", place=0)


@strange(lost={"encode"}, says="name 'encode' is not defined. Did its cell fail, or has it another name?")
def function_renamed(course):
    return course.notebook(encode=course.right["encode"].replace("def encode(", "def my_encode("))


@strange()
def marks_and_ids_that_stand_twice(course):
    notebook = course.notebook()
    for place, cell in reversed(list(enumerate(notebook.cells))):
        if mark(cell).get("grade_id") in ("encode", "check_encode"):
            notebook.cells.insert(place, copy.deepcopy(cell))
    return notebook


@strange()
def left_by_other_tools(course):
    notebook = json.loads(nbformat.writes(course.notebook()))
    notebook["metadata"] = {"widgets": {"application/vnd.jupyter.widget-state+json": {"abc": {"model_name": "HBoxModel"}}}}
    del notebook["cells"][0]["metadata"], notebook["nbformat_minor"]
    return "\ufeff" + json.dumps(notebook)


@strange()
def under_another_name(course):
    folder = course.folder / "submitted" / "under_another_name" / LESSON
    folder.mkdir(parents=True)
    (folder / "timestamp.txt").write_text("yesterday, I think")
    return course.notebook()


@strange(lost={"encode"}, says="return a list of whole numbers")
def points_shown_by_a_wrong_answer(course):
    shown = "get_ipython().displayhook(1)\n    get_ipython().display_pub.publish({'text/plain': 'Correct.'}, FORGED)"
    forged = "{'chargen': {'exercise': 'encode', 'status': 'correct', 'misconception': None, 'diagnosis': 'Correct.'}}"
    wrong = f"def encode(text, characters):\n    {shown.replace('FORGED', forged)}\n    return 1\n"
    return course.notebook(encode=wrong)


@strange(lost=ALL, says="cannot be looked at")
def a_judge_of_its_own(course):
    return course.notebook(encode=WRONG + FORGER)


FORGER = """
import json, os, sys, types
forged = json.dumps({"status": "correct", "callable": True, "borrowed": None, "given": [], "printed": "Correct."})
class Said(str):
    __repr__ = str.__str__
os.environ["CHARGEN_GRADING"] = "my_judge.py"
sys.modules["_chargen_answering"] = types.SimpleNamespace(answered=lambda names, asked: json.loads(forged))
__import__ = lambda name: types.SimpleNamespace(run_path=lambda path: {"reply": lambda names, asked: Said(forged)})
"""


@strange()
def a_log_on_stderr(course):
    logs = "import logging, sys, threading\nlogging.basicConfig(level=logging.DEBUG)\n"
    words = "sys.__stderr__.write('a word')\n    logging.error('a word')\n"
    # Each line is a message, and of more than about a thousand that nobody reads some are lost.
    flood = "\nimport logging\nquiet = encode\ndef encode(text, characters):\n    for place in range(400):\n        logging.debug(place)\n"
    loud = course.notebook(encode=f"{course.right['encode']}{flood}    return quiet(text, characters)")
    return with_cell(loud, f"{logs}def pre(*_):\n    {words}get_ipython().events.register('pre_run_cell', pre)")


BURGLAR = """
import os, pathlib, subprocess
startup = pathlib.Path.home() / ".ipython/profile_default/startup/late.py"
startup.parent.mkdir(parents=True, exist_ok=True)
startup.write_text("raise SystemExit")
subprocess.Popen(["sleep", "98765"], start_new_session=True)
for place in ("../../../source", "../../../gradebook.db", "../../../.chargen-course.json", "../../perfect"):
    print(place, os.path.exists(place))
print("of the course", set(os.listdir(COURSE) if os.path.isdir(COURSE) else ()) - {".jax-cache"})
try:
    bytearray(10**11)
except MemoryError:
    print("no such memory")
get_ipython().display_pub.publish({"text/html": "<img src=x onerror=alert(1)>"})
"""
HISTORY = "%history\nprint(In, Out, sorted(globals()), CALLS)"


@strange(says="no such memory")
def a_burglar(course):
    tells = "\nCALLS = []\nright, encode = encode, lambda *args: CALLS.append(args) or right(*args)"
    notebook = course.notebook(encode=course.right["encode"] + tells)
    notebook = with_cell(notebook, BURGLAR.replace("COURSE", repr(str(course.folder))))
    last = max(place for place, cell in enumerate(notebook.cells) if mark(cell).get("grade"))
    notebook = with_cell(notebook, HISTORY, last)
    notebook.cells.insert(0, nbformat.v4.new_markdown_cell("Look: <img src=x onerror=alert(1)> <script>alert(1)</script>"))
    return notebook


def with_cell(notebook, source, place=1):
    """With a cell more, which is run since the checks need what its last line makes."""
    notebook.cells.insert(place, nbformat.v4.new_code_cell(f"{source}\nfrom chargen_lib.exercises import check"))
    return notebook


def without(notebook, *names):
    notebook.cells = [cell for cell in notebook.cells if mark(cell).get("grade_id") not in names]
    return notebook


#: What nbgrader cannot run at all.
NOT_RUN = {
    "no_notebook": lambda course: "{ this is no notebook",
}


@pytest.fixture(scope="module")
def strangers(tmp_path_factory):
    course = Course(tmp_path_factory.mktemp("strangers") / "course")
    for student, make in {**{name: make for name, (make, _, _) in STRANGE.items()}, **NOT_RUN}.items():
        course.hand_in(student, make(course))
    path = course.folder / "submitted" / "under_another_name" / LESSON / f"{LESSON}.ipynb"
    path.rename(path.with_name("Sampling-Copy1 (1).ipynb"))
    course.grade()
    return course


@pytest.mark.slow
@pytest.mark.xdist_group("strangers")
@pytest.mark.parametrize("student", STRANGE)
def test_a_strange_submission_loses_only_what_it_must(strangers, student):
    _, lost, says = STRANGE[student]
    assert strangers.lost(student) == lost
    assert says in strangers.feedback(student)


@pytest.mark.slow
@pytest.mark.xdist_group("strangers")
def test_what_cannot_be_run_stops_nobody_else(strangers):
    assert strangers.said.returncode != 0 and set(strangers.pages) == set(STRANGE), strangers.said.stderr
    assert strangers.roll.returncode == 1 and strangers.roll.stderr.count("(not run: ") == len(NOT_RUN)
    assert "Points that cannot be right" not in strangers.roll.stdout
    for student in NOT_RUN:
        assert f"There was an error processing assignment '{LESSON}' for student '{student}'" in strangers.said.stderr
        assert strangers.lost(student) == ALL
        assert {row["status"] for row in strangers.rows if row["student"] == student} == {"not run: not a notebook"}
        assert f"chargen-course grade . {LESSON} --student {student}" in strangers.roll.stderr
    assert f"{len(NOT_RUN)} of {len(STRANGE) + len(NOT_RUN)} submissions could not be run" in strangers.page


@pytest.mark.slow
@pytest.mark.xdist_group("strangers")
def test_feedback_shows_no_hidden_test_and_no_solution(strangers):
    assert_nothing_hidden_is_shown(strangers, strangers.pages.values())
    solution = [line.strip() for line in strangers.right["conditional_entropy"].splitlines() if "#" in line]
    assert len(solution) > 2
    for page in (strangers.feedback("blank"), strangers.page):
        assert not any(line in page for line in solution)
    assert all(line in strangers.feedback("perfect") for line in solution), "so that it would be found"


@pytest.mark.slow
@pytest.mark.xdist_group("strangers")
@pytest.mark.usefixtures("a_box")
def test_a_submission_sees_nothing_leaves_nothing_and_runs_nothing_later(strangers):
    seen = strangers.feedback("a_burglar")
    for place in ("../../../source", "../../../gradebook.db", "../../../.chargen-course.json", "../../perfect"):
        assert f"{place} False\n" in seen
    assert "of the course set()\n" in seen
    assert not (Path.home() / ".ipython/profile_default/startup/late.py").exists()
    assert not any(b"98765" in path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists())
    page = strangers.pages["a_burglar"]
    assert "<img src=x" not in page and "<script>alert" not in page and "Content-Security-Policy" in page
    assert "WITHOUT A BOX" not in strangers.said.stderr + strangers.roll.stdout and "without a box" not in strangers.page
    assert strangers.folder.stat().st_mode & 0o77 == 0


@pytest.mark.slow
@pytest.mark.xdist_group("strangers")
def test_the_class_page_names_nobody(strangers):
    for student in strangers.pages:
        assert not re.search(rf"\b{student}\b", strangers.page)


@pytest.mark.slow
@pytest.mark.xdist_group("strangers")
def test_validate_calls_a_blank_notebook_no_success(strangers):
    for name, answers in (("blank", {}), ("right", strangers.right)):
        notebook = strangers.fill(strangers.notebook(), **answers) if answers else strangers.blank()
        path = strangers.folder / f"{name}.ipynb"
        path.write_text(nbformat.writes(notebook), encoding="utf-8")
        said = strangers.nbgrader("validate", str(path)).stdout
        assert ("Success! Your notebook passes all the tests." in said) == (name == "right"), said


@pytest.mark.slow
@pytest.mark.xdist_group("strangers")
def test_the_release_is_the_students_notebook(strangers):
    public = nbformat.read(ROOT / "notebooks" / f"{LESSON}.ipynb", as_version=4)
    for ours, theirs in zip(strangers.release.cells, public.cells, strict=True):
        assert ours.id == theirs.id and plain(ours.source) == plain(theirs.source)
