"""The built book: every page is there, with its outputs, its pictures, its typeset formulas, and no request to another site."""

import html
import os
import re
from html.parser import HTMLParser
from importlib.metadata import version
from pathlib import Path

import nbformat
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
BOOK = ROOT / "_build" / "html"
LESSONS = sorted(path.stem for path in (ROOT / "solutions").glob("[0-9][0-9]_*.py"))

pytestmark = pytest.mark.skipif(
    not BOOK.exists() and not os.environ.get("CI"), reason="THE BOOK IS NOT BUILT, so its pages are not tested: make book"
)


class Tags(HTMLParser):
    """All tags of a page with their attributes."""

    def __init__(self, page):
        super().__init__()
        self.tags = []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))


def pages():
    toc = yaml.safe_load((ROOT / "book" / "_toc.yml").read_text())
    return [toc["root"], *(c["file"] for part in toc["parts"] for c in part["chapters"])]


def read(page):
    return (BOOK / f"{page}.html").read_text(encoding="utf-8")


def test_every_lesson_is_in_the_table_of_contents():
    assert {f"{folder}/{lesson}" for folder in ("notebooks", "solutions") for lesson in LESSONS} <= set(pages())


@pytest.mark.parametrize("page", pages())
def test_the_page_exists_and_asks_nothing_of_another_site(page):
    for tag, attributes in Tags(read(page)).tags:
        fetched = attributes.get("src") or (attributes.get("href") if tag == "link" else None) or ""
        if tag == "link" and attributes.get("rel") in ("canonical", "next", "prev", "search", "index", "author"):
            continue
        assert not re.match(r"(https?:)?//", fetched), f"<{tag}> fetches {fetched}"


@pytest.mark.parametrize("page", pages())
def test_every_picture_has_alternative_text(page):
    for tag, attributes in Tags(read(page)).tags:
        assert tag != "img" or attributes.get("alt", "").strip(), attributes.get("src", "")[:80]


@pytest.mark.parametrize("page", pages())
def test_every_local_link_leads_somewhere(page):
    here = (BOOK / f"{page}.html").parent
    for tag, attributes in Tags(read(page)).tags:
        target = attributes.get("href", "")
        if tag != "a" or not target or re.match(r"\w+:|#", target):
            continue
        path, _, anchor = target.partition("#")
        assert (here / path).exists(), target
        if anchor:
            assert f'id="{anchor}"' in (here / path).read_text(encoding="utf-8"), target


@pytest.mark.parametrize("lesson", LESSONS)
def test_the_solved_lesson_shows_every_answer_and_check(lesson):
    page = html.unescape(re.sub(r"<[^>]*>", "", read(f"solutions/{lesson}")))
    notebook = nbformat.read(ROOT / "solutions" / f"{lesson}.ipynb", as_version=4)
    answers = [cell.source for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("solution")]
    checks = [cell.source for cell in notebook.cells if cell.source.startswith("check(")]
    assert len(answers) == len(checks) >= 3 and all(text.strip() in page for text in answers + checks)
    assert 'class="cell_output' not in read(f"solutions/{lesson}"), "they are run by the tests, not once more for the book"


@pytest.mark.parametrize("lesson", LESSONS)
def test_the_lesson_was_run(lesson):
    page = read(f"notebooks/{lesson}")
    notebook = nbformat.read(ROOT / "notebooks" / f"{lesson}.ipynb", as_version=4)
    checks = sum(cell.source.startswith("check(") for cell in notebook.cells)
    assert checks >= 3
    assert len(re.findall(r'role="status".*?not attempted yet', page)) == checks, "each check shows its verdict"
    assert page.count('class="cell_output') >= checks + 5
    assert "data:image/svg+xml" in page, "figures are drawn"
    assert "Traceback" not in page
    assert "### BEGIN SOLUTION" not in page


@pytest.mark.parametrize("lesson", LESSONS)
def test_each_exercise_leads_to_its_solution(lesson):
    exercises = len(re.findall(r"<h3>Exercise: ", read(f"notebooks/{lesson}")))
    links = re.findall(rf'href="\.\./solutions/{lesson}\.html#exercise-', read(f"notebooks/{lesson}"))
    assert exercises == len(links) > 0


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_paper_a_lesson_cites_is_among_the_references(lesson):
    source = (ROOT / "solutions" / f"{lesson}.py").read_text(encoding="utf-8")
    # A paper's title is set in italics; documentation and other lessons are not papers.
    cited = re.findall(r"\[\*[^\]]*\*\]\((https?://[^)\s]+)\)", source)
    references = read("book/references")
    missing = [link for link in cited if link not in references and not re.search(r"docs\.jax|readthedocs", link)]
    assert len(cited) >= 3 and missing == []


def test_the_references_are_cited_and_lead_to_their_source():
    page = read("book/references")
    entries = (ROOT / "book" / "references.bib").read_text(encoding="utf-8").count("\n@")
    assert len(re.findall(r'class="citation"', page)) == entries > 20
    assert len(re.findall(r'class="bibtex-citation"', page)) >= entries, "each one is cited"


def test_the_versions_it_was_built_with_are_told():
    page = read("book/about")
    for name in ("jax", "flax", "optax"):
        assert re.search(rf"<p>{name}</p></td>\s*<td><p>{re.escape(version(name))}</p>", page), name


def test_the_site_is_light():
    files = [path for path in BOOK.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 60e6
    for lesson in LESSONS:
        assert "application/vnd.jupyter.widget-state+json" not in read(f"notebooks/{lesson}"), "nobody reads it there"
        without_pictures = re.sub(r'src="data:image[^"]*"', "", read(f"notebooks/{lesson}"))
        assert len(without_pictures.encode()) < 1.5e6, lesson


def test_formulas_are_typeset_from_the_books_own_files():
    page = read(f"notebooks/{LESSONS[0]}")
    assert 'class="math' in page and "mathjax/tex-chtml.js" in page
    assert (BOOK / "_static" / "mathjax" / "tex-chtml.js").exists()
    for page, most in (("book/index", 0.5e6), ("book/playground", 1.2e6)):
        assert len(read(page).encode()) < most, page
