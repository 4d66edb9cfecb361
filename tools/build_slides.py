"""Make the slides of the lessons from the lessons' one source.

solutions/NN_slug.py  ->  _build/slides/NN_slug.slides.html, shown with reveal.js by any browser, without a network

A cell of the source whose header says `slideshow={"slide_type": "slide"}` begins a slide; "-" continues it.  Of a marked cell of prose the
slide shows what can be read from the last row: headings, questions, formulas, lists, tables, short paragraphs.  Answers that the lesson folds
come with the next press of a key.  Longer paragraphs, and all cells that are not marked, become what the speaker says: press S for them.
A marked cell of code shows what it draws, or, where it draws nothing, itself and what it prints.
"""

import ast
import itertools
import re
import shutil
import sys
from importlib.metadata import distribution
from pathlib import Path

import jupytext
import nbformat
from build_notebooks import ROOT, build, sources
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from jupyter_cache.executors.utils import single_nb_execution
from nbconvert import SlidesExporter
from nbconvert.preprocessors import CoalesceStreamsPreprocessor
from nbformat import NotebookNode
from traitlets.config import Config

SLIDES = ROOT / "_build" / "slides"
ASKS = r"#+ (Exercise|Find the bug): "  # under such a heading everything is shown
LONGEST = 230  # characters of a paragraph that can be shown: three lines
SHORTEST = 70  # of a sentence that can stand alone
FULL = 400  # characters on a slide, above which a question gets a slide of its own
MOST_LINES = 5  # of code, where something is printed below it
SHOWN = r"#|\*\*|\*\d|\$\$|- |\d\. |\|"  # how a block begins that is shown whatever its length
# The parts that the slides are shown with: from installed packages, so that nothing is fetched.
PARTS = {
    "reveal.js": ("sphinx-revealjs", "sphinx_revealjs/_static/revealjs"),
    "mathjax": ("sphinx-mathjax-offline", "sphinx-mathjax-offline/static/mathjax"),
}


def student(source: Path) -> NotebookNode:
    """The lesson as a student gets it, made anew: in notebooks/ there may be somebody's answers."""
    return nbformat.reads(build(source)[ROOT / "notebooks" / f"{source.stem}.ipynb"], as_version=4)


def run(notebook: NotebookNode, name: str) -> NotebookNode:
    """The notebook with its outputs: those that the book has kept, or, where it has none, from running it now, for the book too."""
    cache = get_cache(ROOT / "_build" / ".jupyter_cache")
    try:
        return cache.merge_match_into_notebook(notebook)[1]
    except KeyError:
        print(f"running {name}", flush=True)
    folder = ROOT / "notebooks"
    result = single_nb_execution(notebook, cwd=str(folder), timeout=300, allow_errors=False)
    if result.err:
        raise SystemExit(f"{name} does not run:\n{result.exc_string}")
    cache.cache_notebook_bundle(CacheBundleIn(notebook, str(folder / f"{name}.ipynb")), check_validity=False, overwrite=True)
    return notebook


def slides(notebook: NotebookNode, source: Path) -> NotebookNode:
    """The student notebook as nbconvert's slides want it: a new notebook, every cell with its slide type."""
    marks = [cell.metadata.get("slideshow", {}).get("slide_type") for cell in _lesson(source).cells]
    cells: list[NotebookNode] = []
    section, asks = "", False
    for cell, mark, following in zip(notebook.cells, marks, [*marks[1:], None], strict=True):
        if cell.cell_type == "code":
            made = [_code(cell, mark, whole=asks)] if mark else []
        else:
            made = _prose(cell.source, mark, leads_on=following is not None)
            if headings := re.findall(r"^#+ .*", cell.source, re.MULTILINE):
                asks = bool(re.match(ASKS, headings[-1]))
        for new in made:
            if new.source.startswith("## "):
                section = new.source.partition("\n")[0]
            elif new.metadata.slideshow.slide_type == "slide" and (new.cell_type == "code" or not new.source.startswith("#")):
                # Every slide has a title; what begins with # in code is a comment.
                cells.append(nbformat.v4.new_markdown_cell(f"###{section}", metadata=_type("slide")))
                new.metadata.slideshow.slide_type = "-"
            cells.append(new)
    title = cells[0].source.partition("\n")[0].removeprefix("# ")
    return nbformat.v4.new_notebook(cells=cells, metadata={"title": title, "language_info": {"name": "python"}})


def export(notebook: NotebookNode) -> str:
    """The page of a notebook made by `slides`."""
    exporter = SlidesExporter(
        template_name="slides",
        extra_template_basedirs=[str(Path(__file__).parent)],
        reveal_url_prefix="reveal.js",
        reveal_theme="white",
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        exclude_anchor_links=True,
        preprocessors=[CoalesceStreamsPreprocessor(enabled=True)],
        # A figure's own html, which needs no kernel; not the view of its widget.
        config=Config({"NbConvertBase": {"display_data_priority": ["text/html", "text/plain"]}}),
    )
    return exporter.from_notebook_node(notebook)[0]


def _lesson(source: Path) -> NotebookNode:
    return jupytext.reads(source.read_text(encoding="utf-8"), fmt="py:percent")


def _prose(text: str, mark: str | None, leads_on: bool) -> list[NotebookNode]:
    """A cell of prose: what is shown, what comes with the next key, what is said."""
    text = re.sub(r"(?<!!)\[([^\]]*)\]\((?!https?:)[^)]*\)", r"\1", text)  # a link into the course leads nowhere from here
    asks, size = False, 0  # is this a question?  how much is on the slide so far
    made: list[tuple[str, str]] = []  # slide type, text
    blocks = _blocks(text)
    for block in blocks:
        if block.startswith("#"):
            asks = bool(re.match(ASKS, block))
        begins = block.startswith("#") or (block.startswith("**Predict.**") and size > FULL)
        answer = re.fullmatch(r"<details><summary>(.*?)</summary>\s*(.*?)\s*</details>", block, re.DOTALL)
        leads_away = block == blocks[-1] and block.endswith(":") and not leads_on
        if block == "A solution":
            continue
        if not mark or leads_away or (answer and answer[1] == "Hint"):
            made.append(("notes", answer[2] if answer else block))
        elif answer:
            made.append(("fragment", answer[2]))
        elif asks or re.match(SHOWN, block) or len(block) <= LONGEST:
            made.append(("slide" if begins else "-", block))
            size = len(block) + (0 if begins else size)
        else:
            if told := _told(block):
                made.append(("-", told))
            made.append(("notes", block))
    if mark == "slide":  # what is said first belongs to the slide that begins here
        said = list(itertools.takewhile(lambda one: one[0] == "notes", made))
        shown = made[len(said) :] or [("slide", "")]
        made = [("slide", shown[0][1]), *said, *shown[1:]]
    return [nbformat.v4.new_markdown_cell(block, metadata=_type(kind)) for kind, block in made]


def _told(paragraph: str) -> str:
    """Of a long paragraph the sentences with something in bold; a short one ("That is the ...") takes the one before along."""
    sentences = re.split(r"(?<=[.!?])\s+(?=[A-Z(`$*])", paragraph)
    told = {i for i, sentence in enumerate(sentences) if "**" in sentence}
    told |= {i - 1 for i in told if i and len(sentences[i]) < SHORTEST}
    return " ".join(sentences[i] for i in sorted(told))


def _blocks(text: str) -> list[str]:
    """Headings, paragraphs, lists, formulas and folded answers, in order; a prediction asked in a paragraph begins a new one."""
    text = re.sub(r"(?<=\S) (\*\*Predict\.\*\*)", r"\n\n\1", text)
    return [
        block.strip() for block in re.split(r"\n\s*\n(?!(?:(?!<details>).)*</details>)", text, flags=re.DOTALL) if block.strip()
    ]


def _code(cell: NotebookNode, mark: str, whole: bool) -> NotebookNode:
    """A cell of code: its drawing alone, or its lines without what only makes it run and checks it."""
    cell = cell.copy()
    cell.metadata = _type(mark)
    cell.execution_count = None
    lines = cell.source.splitlines()
    for node in ast.parse(cell.source).body:
        if isinstance(node, ast.Import | ast.ImportFrom | ast.Assert):
            lines[node.lineno - 1 : node.end_lineno] = [""] * (node.end_lineno - node.lineno + 1)
    cell.source = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    draws = any("text/html" in output.get("data", {}) for output in cell.outputs)
    hidden = draws or (cell.outputs and not whole and sum(map(bool, cell.source.splitlines())) > MOST_LINES)
    cell.metadata["transient"] = {"remove_source": bool(hidden)}
    return cell


def _type(kind: str) -> NotebookNode:
    return nbformat.from_dict({"slideshow": {"slide_type": kind}})


def main() -> None:
    SLIDES.mkdir(parents=True, exist_ok=True)
    for folder, (package, inside) in PARTS.items():
        shutil.copytree(distribution(package).locate_file(inside), SLIDES / folder, dirs_exist_ok=True)
    for source in sources():
        notebook = run(student(source), source.stem)
        page = SLIDES / f"{source.stem}.slides.html"
        page.write_text(export(slides(notebook, source)), encoding="utf-8")
        print(f"made {page.relative_to(ROOT)}")


if __name__ == "__main__":
    sys.exit(main())
