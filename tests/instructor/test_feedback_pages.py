"""Pages that run nothing: whatever a submission brings in Markdown or in what its cells show."""

import re

import nbformat
import pytest
from nbconvert.exporters import HTMLExporter
from traitlets.config import Config

from chargen_lib.exercises import Report
from chargen_lib.instructor import pages

EVIL = [
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "<SCRIPT src=//x.y/z.js></SCRIPT x>",
    "<scr<script>ipt>alert(1)</script>",
    "<svg onload=alert(1)><script>alert(1)</script></svg>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    '<a href="javascript:alert(1)">x</a>',
    '<a href=" JaVa\tScRiPt:alert(1)">x</a>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    '<img src="data:image/svg+xml;base64,AAAA" onload="alert(1)">',
    '<img src="https://x.y/pixel.png">',
    '<p style="background: url(https://x.y/z); position: fixed">x</p>',
    '<style>@import "https://x.y/z.css"; body { background: url(//x.y) }</style>',
    "<base href=https://x.y><meta http-equiv=refresh content='0;url=https://x.y'>",
    "<form action=https://x.y><input autofocus onfocus=alert(1)></form>",
    "<details open ontoggle=alert(1)>x</details>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
]
HARM = (
    "<script",
    "onerror",
    "onload",
    "onfocus",
    "ontoggle",
    "javascript:",
    "srcdoc",
    "<iframe",
    "x.y",
    "<form",
    "<style",
    "position",
)


@pytest.mark.parametrize("evil", EVIL)
def test_html_that_would_run_or_fetch_something_does_not(evil):
    cleaned = pages.clean(f"<p>before</p>{evil}<p>after</p>").lower()
    assert not any(harm in cleaned for harm in HARM), cleaned
    assert cleaned.startswith("<p>before</p>")


@pytest.mark.parametrize(
    "good",
    [
        Report("f", "wrong", "Said <so>.", call="f(1)", expected="1", got="2").html(),
        '<p>A <strong>word</strong>, <code>a &lt; b</code>, <a href="https://jax.dev">JAX</a>, $a_1 &lt; b$.</p>',
        "<details><summary>Hint</summary>\n<pre>x</pre></details>",
        '<table><thead><tr><th scope="col">a</th></tr></thead><tbody><tr><td>1</td></tr></tbody></table>',
        '<img alt="a plot" src="data:image/png;base64,iVBORw0KGgo=">',
    ],
)
def test_what_a_lesson_and_a_verdict_show_stays(good):
    assert squeezed(pages.clean(good)) == squeezed(good)


def squeezed(text):
    return re.sub(r"[ ;]|</?tbody>", "", text)


@pytest.mark.parametrize("evil", EVIL)
def test_both_templates_of_nbgrader_show_it_clean(evil):
    """They put Markdown through a filter of their own, without cleaning it."""
    c = Config()
    pages.configure(c)
    exporter = HTMLExporter(config=c)
    cleaned = (
        exporter.environment.from_string("{{ x | markdown2html | strip_files_prefix }}").render(x=f"text\n\n{evil}").lower()
    )
    assert not any(harm in cleaned for harm in HARM), cleaned


def test_no_output_runs_whatever_its_kind_or_its_metadata():
    data = {"image/png": "AAAA", "text/plain": "x"}
    outputs = [
        nbformat.v4.new_output("display_data", data, metadata={"image/png": {"width": "1 onerror=alert(1)", "height": 7}}),
        nbformat.v4.new_output("display_data", data, metadata={"width": "1 onerror=alert(1)"}),
        nbformat.v4.new_output("display_data", {"application/javascript": "alert(1)"}),
        nbformat.v4.new_output("display_data", {"text/html": EVIL[0]}, metadata={"text/html": {"isolated": True}}),
        nbformat.v4.new_output("display_data", {"text/markdown": EVIL[0]}),
        nbformat.v4.new_output("stream", text=EVIL[0]),
        nbformat.v4.new_output("error", ename=EVIL[0], evalue=EVIL[0], traceback=[EVIL[0]]),
    ]
    for output in outputs:
        pages.plain_metadata(output)
    c = Config()
    pages.configure(c)
    c.HTMLExporter.template_name = "classic"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1", outputs=outputs)])
    body, _ = HTMLExporter(config=c).from_notebook_node(notebook)
    shown = body[body.index("<body") :]
    assert (
        "<img src=x" not in shown and "1 onerror" not in shown and "alert(1)\n</script>" not in shown and "<iframe" not in shown
    )
    assert 'height="7"' in shown


def test_a_verdict_is_kept_beside_its_output():
    output = nbformat.v4.new_output("display_data", {"text/plain": "x"}, metadata=Report("f", "correct", "Correct.").data())
    pages.plain_metadata(output)
    assert output.metadata.chargen["status"] == "correct"


def test_a_page_says_what_may_run_in_it_once(tmp_path):
    page = tmp_path / "page.html"
    page.write_text("<html><head><title>x</title></head></html>")
    pages.guard(page)
    pages.guard(page)
    assert page.read_text().count("Content-Security-Policy") == 1 and "default-src 'none'" in page.read_text()
