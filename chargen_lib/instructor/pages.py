"""Feedback pages, and those that nbgrader's formgrader shows, run nothing that a submission brings along."""

import re
from pathlib import Path
from typing import Any

import bleach
from bleach.css_sanitizer import CSSSanitizer
from nbconvert.filters import strip_files_prefix
from nbformat import NotebookNode
from traitlets.config import Config

TAGS = (
    "a abbr b blockquote br caption code col colgroup dd del details div dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hr i img ins "
    "kbd li mark ol p pre q s samp small span strong sub summary sup table tbody td tfoot th thead tr u ul var"
)
NAMES = {"alt", "class", "colspan", "height", "href", "id", "role", "rowspan", "scope", "src", "style", "title", "width"}
STYLES = (
    "background-color border border-bottom border-collapse border-left border-right border-top color font-family font-size "
    "font-style font-weight margin margin-bottom margin-left margin-right margin-top max-width padding text-align vertical-align "
    "white-space width"
)
PICTURE = re.compile(r"data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]*")
# A second wall, in the page itself: no script but that which typesets formulas, nothing fetched but that.
FORMULAS = "https://cdnjs.cloudflare.com/ajax/libs/mathjax/"
POLICY = f"default-src 'none'; script-src {FORMULAS} 'unsafe-eval'; font-src data: {FORMULAS}; style-src 'unsafe-inline'; img-src data:"


def configure(c: Config) -> None:
    """Have nbgrader clean what it shows of notebooks."""
    c.HTMLExporter.sanitize_html = True  # no scripts and widgets; text/html goes through the first of these
    c.HTMLExporter.filters = {"clean_html": clean, "strip_files_prefix": _after_markdown}


def clean(text: Any) -> str:
    """HTML with the tags and attributes alone that make no program run and fetch nothing; what else it shows stays, as text."""
    text = text.decode() if isinstance(text, bytes) else str(text)
    text = re.sub(r"(?is)<(script|style)\b.*?(</\1\s*>|$)", "", text)  # these show nothing
    styles = CSSSanitizer(allowed_css_properties=STYLES.split())
    protocols = {"http", "https", "mailto", "data"}
    return bleach.clean(text, tags=set(TAGS.split()), attributes=_kept, protocols=protocols, css_sanitizer=styles, strip=True)


def _kept(tag: str, name: str, value: str) -> bool:
    if name == "href":
        return tag == "a" and not value.strip().lower().startswith("data:")
    if name == "src":
        return tag == "img" and bool(PICTURE.fullmatch(value))
    return name in NAMES or name.startswith("aria-")


def _after_markdown(text: str) -> str:
    """The templates of nbgrader put every text that was Markdown through strip_files_prefix, and through nothing after it."""
    return clean(strip_files_prefix(text))


def plain_metadata(output: NotebookNode) -> None:
    """Leave of an output's metadata a verdict, and the sizes of pictures, as numbers: nbconvert's templates write them without quotes."""
    if output.output_type not in ("display_data", "execute_result"):
        return
    kept = {kind: value for kind, value in output.get("metadata", {}).items() if kind == "chargen"}
    for kind, value in output.get("metadata", {}).items():
        sizes = value.items() if isinstance(value, dict) and kind.startswith("image/") else ()
        if numbers := {name: size for name, size in sizes if name in ("width", "height") and type(size) in (int, float)}:
            kept[kind] = numbers
    output.metadata = NotebookNode(kept)


def guard(page: Path) -> None:
    """Write the policy into a page of feedback."""
    text = page.read_text(encoding="utf-8")
    meta = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}" />'
    if meta not in text:
        page.write_text(text.replace("<head>", f"<head>\n{meta}", 1), encoding="utf-8")
