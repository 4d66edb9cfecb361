"""The house: each room imports only from rooms above it, and whoever adds one thing is told every place that waits for it."""

import ast
import importlib
import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from flax import nnx

import chargen_lib
from chargen_lib import models, widgets
from chargen_lib.exercises import EXERCISES
from chargen_lib.instructor.variants import SETS

ROOT = Path(__file__).resolve().parents[1]
LIBRARY = ROOT / "chargen_lib"
ROOMS = re.findall(r"^(\w+)  +\S", chargen_lib.__doc__, re.MULTILINE)  # the map, top to bottom
FILES = sorted(
    path.relative_to(LIBRARY) for path in LIBRARY.rglob("*.py") if path.name != "__init__.py" or path.parent != LIBRARY
)
LESSONS = sorted(path.stem for path in (ROOT / "solutions").glob("[0-9][0-9]_*.py"))


def room(file: Path) -> str:
    return file.parts[0].removesuffix(".py")


def imported(file: Path) -> set[str]:
    """The modules of the library that a file imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse((LIBRARY / file).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: say the whole name, chargen_lib. ..."
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {name.removeprefix("chargen_lib.") for name in found if name.startswith("chargen_lib.")}


# --- the map ------------------------------------------------------------------------------------------------------------


def test_the_map_names_every_room_once():
    assert len(set(ROOMS)) == len(ROOMS)
    assert set(ROOMS) == {room(file) for file in FILES}


@pytest.mark.parametrize("file", FILES, ids=str)
def test_a_file_imports_only_from_rooms_above_its_own(file):
    here = ROOMS.index(room(file))
    for name in imported(file):
        there = name.split(".")[0]
        if there in ROOMS and there != room(file):
            assert ROOMS.index(there) < here, (
                f"{file} imports {name}, which stands below it in the map of chargen_lib/__init__.py"
            )


@pytest.mark.parametrize("file", [f for f in FILES if room(f) == "models"], ids=str)
def test_models_know_nothing_of_training_or_writing(file):
    assert not {name.split(".")[0] for name in imported(file)} & {
        "training",
        "evaluation",
        "generation",
        "search",
        "checkpoints",
    }


@pytest.mark.parametrize("file", [f for f in FILES if room(f) == "exercises"], ids=str)
def test_exercises_stand_alone(file):
    above = {name.split(".")[0] for name in imported(file)} - {"exercises", "__version__"}
    assert not above, f"{file} imports {above}: what an exercise asks must not come from what the lessons import"


@pytest.mark.parametrize("file", FILES, ids=str)
def test_a_file_can_be_read_in_one_sitting(file):
    lines = (LIBRARY / file).read_text(encoding="utf-8").count("\n")
    assert lines <= 280, f"{file} has {lines} lines: make two rooms of it"


# --- what waits for a new lesson, exercise, figure, model (CONTRIBUTING.md) -------------------------------------------------


def chapters() -> list[str]:
    toc = yaml.safe_load((ROOT / "book" / "_toc.yml").read_text(encoding="utf-8"))
    return [chapter["file"] for part in toc["parts"] for chapter in part["chapters"]]


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_has_its_places_in_the_book(lesson):
    assert {f"notebooks/{lesson}", f"solutions/{lesson}"} <= set(chapters()), "book/_toc.yml: in its part, and among the solved"
    assert f"../notebooks/{lesson}.ipynb" in (ROOT / "book" / "index.md").read_text(encoding="utf-8"), "the landing page"
    instructors = (ROOT / "book" / "instructors" / "lessons.md").read_text(encoding="utf-8")
    assert re.search(rf"^#+ .*\b{lesson[:2]}\b", instructors, re.MULTILINE), (
        "book/instructors/lessons.md: what to show, what to cut"
    )


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_has_exercises_a_file_each_and_a_private_problem_set(lesson):
    number = int(lesson[:2])
    package = importlib.import_module(f"chargen_lib.exercises.lesson_{number:02}")
    files = {path.stem for path in Path(package.__file__).parent.glob("*.py")}
    names = {exercise.name for exercise in EXERCISES.values() if exercise.lesson == number}
    assert names and names <= files, "a file for each exercise, by its name"
    asked = {family.lesson for families in SETS.values() for family in families}
    assert number in asked, "a family of private exercises"


def figures() -> list[type]:
    return [getattr(widgets, name) for name in widgets.__all__]


@pytest.mark.parametrize("figure", figures(), ids=lambda figure: figure.__name__)
def test_a_figure_has_a_folder_tests_and_a_place_where_it_is_shown(figure):
    folder = Path(inspect.getfile(figure)).parent
    assert folder.parent == LIBRARY / "widgets" and {"figure.py", "figure.js"} <= {path.name for path in folder.iterdir()}
    for tests in ("widgets", "browser"):
        named = [
            path for path in (ROOT / "tests" / tests).glob("test_*.py") if figure.__name__ in path.read_text(encoding="utf-8")
        ]
        assert named, f"tests/{tests}: what it says and holds, and what a reader can do with it"
    shown = [*(ROOT / "solutions").glob("*.py"), *(ROOT / "book").glob("*.md")]
    assert any(figure.__name__ in path.read_text(encoding="utf-8") for path in shown), "no lesson and no page shows it"


def test_every_figure_is_among_the_librarys():
    folders = {path.parent.name for path in (LIBRARY / "widgets").glob("*/figure.py")}
    assert folders == {Path(inspect.getfile(figure)).parent.name for figure in figures()}, "chargen_lib/widgets/__init__.py"


def test_every_model_is_tried_by_the_tests_of_the_protocol():
    kinds = [kind for kind in vars(models).values() if inspect.isclass(kind) and issubclass(kind, nnx.Module)]
    tried = (ROOT / "tests" / "models" / "test_models.py").read_text(encoding="utf-8")
    for kind in kinds:
        assert re.search(rf"lambda: {kind.__name__}\(", tried), (
            f"{kind.__name__} is not in MODELS of tests/models/test_models.py"
        )


def test_what_grades_real_submissions_is_where_make_test_grading_looks():
    files = [path for path in (ROOT / "tests").rglob("*.py") if re.search(r"mark\.slow", path.read_text("utf-8"))]
    rooms = {path.parent.name for path in files}
    assert rooms == {"instructor"}


def test_the_guide_for_contributors_names_files_that_exist():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = [path for path in re.findall(r"`([\w./-]+/[\w./-]*)`", text) if not re.search(r"NN|NAME|SET|FAMILY", path)]
    assert len(named) > 20
    for path in named:
        assert (ROOT / path).exists(), path


def test_the_changelog_begins_with_this_version():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(r"^## (\S+)", text, re.MULTILINE)[1] == chargen_lib.__version__


@pytest.mark.parametrize(
    ("setting", "lines", "kept"),
    [
        ({}, "import chargen_lib, jax", "highest"),
        ({}, "import jax, chargen_lib", "highest"),
        ({"JAX_DEFAULT_MATMUL_PRECISION": "tensorfloat32"}, "import jax, chargen_lib", "tensorfloat32"),
        ({}, "import jax; jax.config.update('jax_default_matmul_precision', 'high'); import chargen_lib", "high"),
    ],
)
def test_float32_is_multiplied_whole_on_a_graphics_card_too(setting, lines, kept):
    environment = {name: value for name, value in os.environ.items() if name != "JAX_DEFAULT_MATMUL_PRECISION"} | setting
    told = subprocess.run(
        [sys.executable, "-c", f"{lines}; print(jax.config.jax_default_matmul_precision)"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == kept
