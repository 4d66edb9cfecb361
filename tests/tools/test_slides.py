"""The slides: made of the lessons' own cells, without a solution, without a request to another site."""

import importlib.util
import re
import sys
from pathlib import Path

import nbformat
import pytest
from test_book import Tags

ROOT = Path(__file__).resolve().parents[2]


def the_tool():
    sys.path.insert(0, str(ROOT / "tools"))  # it uses what stands beside it
    try:
        spec = importlib.util.spec_from_file_location("build_slides", ROOT / "tools" / "build_slides.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module
    finally:
        sys.path.pop(0)


TOOL = the_tool()
each_lesson = pytest.mark.parametrize("source", TOOL.sources(), ids=lambda path: path.stem)


def kinds(cells):
    return [(cell.metadata.slideshow.slide_type, cell.source) for cell in cells]


def shown(text, mark="slide", leads_on=False):
    return kinds(TOOL._prose(text, mark, leads_on))


def made(source):
    """The slides of a lesson that was not run."""
    return TOOL.slides(TOOL.student(source), source)


def one_by_one(slides):
    """The slides, each a list of its cells without what is only said."""
    found = []
    for cell in slides.cells:
        kind = cell.metadata.slideshow.slide_type
        if kind == "slide":
            found.append([])
        if kind != "notes":
            found[-1].append(cell)
    return found


# --- what a cell becomes ----------------------------------------------------------------------------------------------

LONG = "A sentence that goes on for a while. " * 10


def test_a_long_paragraph_is_said_and_what_is_bold_in_it_is_shown():
    assert shown(f"## Head\n\n{LONG}It is called a **bit**, as one knows from before, and so it will be called.\n\nShort.") == [
        ("slide", "## Head"),
        ("-", "It is called a **bit**, as one knows from before, and so it will be called."),
        ("notes", f"{LONG}It is called a **bit**, as one knows from before, and so it will be called."),
        ("-", "Short."),
    ]


def test_an_answer_comes_later_and_a_hint_is_only_said():
    answer = "<details><summary>Think first, then open</summary>\n\nBecause\n\nof this.\n\n</details>"
    assert shown(f"**Predict.** Why?\n\n{answer}") == [("slide", "**Predict.** Why?"), ("fragment", "Because\n\nof this.")]
    assert shown("### Exercise: x\n\n<details><summary>Hint</summary>\n\nSo.\n\n</details>")[1] == ("notes", "So.")


def test_an_exercise_is_shown_whole_but_leads_to_no_solution():
    text = f"### Exercise: x\n\n{LONG.strip()}\n\n[A solution](../solutions/01.ipynb#x)"
    assert shown(text) == [("slide", "### Exercise: x"), ("-", LONG.strip())]


def test_a_link_into_the_course_becomes_words_and_one_to_a_paper_stays():
    assert shown("See [lesson 01](01.ipynb) and [a paper](https://example.org).") == [
        ("slide", "See lesson 01 and [a paper](https://example.org).")
    ]


def test_a_cell_without_a_mark_is_said():
    assert shown("## Head\n\n**Bold.**", mark=None) == [("notes", "## Head"), ("notes", "**Bold.**")]


def test_a_slide_that_begins_with_what_is_said_begins_all_the_same():
    assert [kind for kind, _ in shown(f"{LONG}\n\nShort.")] == ["slide", "notes"]
    assert shown(LONG)[0] == ("slide", "")


def test_what_leads_to_a_cell_that_is_not_shown_is_not_shown():
    assert shown("Short.\n\nHere it is:")[1] == ("notes", "Here it is:")
    assert shown("Short.\n\nHere it is:", leads_on=True)[1] == ("-", "Here it is:")


def test_a_question_on_a_full_slide_gets_its_own():
    text = "\n\n".join(["**One** thing that is shown in any case. " * 11, "**Predict.** What?"])
    assert [kind for kind, _ in shown(text)] == ["slide", "slide"]


def test_code_shows_what_it_is_about():
    picture = nbformat.v4.new_output("display_data", {"text/html": "<img>"})
    printed = nbformat.v4.new_output("stream", text="1")
    source = "import jax\nassert (\n    1\n)\nx = 1  # one\nprint(x)"

    def code(*outputs, lines=source, whole=False):
        cell = TOOL._code(nbformat.v4.new_code_cell(lines, outputs=list(outputs)), "-", whole)
        return cell.source, cell.metadata.transient.remove_source

    assert code(printed) == ("x = 1  # one\nprint(x)", False)
    assert code(picture)[1], "a picture stands alone"
    many = "\n".join(["x = 1"] * 20)
    assert code(printed, lines=many)[1] and not code(printed, lines=many, whole=True)[1] and not code(lines=many)[1]


# --- the lessons ------------------------------------------------------------------------------------------------------


@each_lesson
def test_a_lesson_has_slides_and_the_first_asks_its_question(source):
    slides = one_by_one(made(source))
    assert 8 <= len(slides) <= 25
    heading, question = TOOL._lesson(source).cells[0].source.split("\n\n")[:2]
    assert [cell.source for cell in slides[0][:2]] == [heading, question] and question.startswith("**")


@each_lesson
def test_every_slide_has_a_title_and_shows_something(source):
    for cells in one_by_one(made(source)):
        assert re.match(r"#+ \w", cells[0].source), cells[0].source
        rest = "".join(cell.source for cell in cells[1:])
        assert rest.strip(), f"nothing under {cells[0].source}"


@each_lesson
def test_every_exercise_is_on_a_slide_and_no_solution_is(source):
    slides = made(source)
    everything = "\n".join(cell.source for cell in slides.cells)
    solved = nbformat.read(ROOT / "solutions" / f"{source.stem}.ipynb", as_version=4)
    answers = [cell.source for cell in solved.cells if cell.metadata.get("nbgrader", {}).get("solution")]
    assert answers and everything.count("raise NotImplementedError(") == len(answers)
    for answer in answers:
        solution = answer.split("### BEGIN SOLUTION")[1].split("### END SOLUTION")[0]
        assert not any(line.strip() in everything for line in solution.splitlines() if len(line.strip()) > 12)
    assert "solutions/" not in everything


@each_lesson
def test_a_page_asks_nothing_of_another_site(source):
    page = TOOL.export(made(source))
    for tag, attributes in Tags(page).tags:
        fetched = attributes.get("src") or (attributes.get("href") if tag == "link" else None) or ""
        assert not re.match(r"(https?:)?//", fetched), f"<{tag}> fetches {fetched}"
    assert not re.search(r"@import|url\(\s*['\"]?https?:|from ['\"]https?:", page)
    assert page.count('aside class="notes"') > 20, "and it has what there is to say"
