"""The built book in a real browser: nothing keeps a reader out, nothing is wider than a phone, and every figure moves."""

import functools
import http.server
import os
import shutil
import subprocess
import tempfile
import threading
from pathlib import Path

import pytest
from conftest import no_browser
from seeds import THOROUGH
from test_book import BOOK, ROOT, read
from test_book import pages as every_page

AXE = "axe-core@4.14.1"  # of the npm registry, for these tests alone

pytestmark = pytest.mark.skipif(
    not BOOK.exists() and not os.environ.get("CI"), reason="THE BOOK IS NOT BUILT, so its pages are not tested: make book"
)


# What the theme itself reports, here as in every book that uses it.
OF_THE_THEME = ("THEBE_JS_URL", "to auto.")


def faults(pages):
    """What the page's scripts reported, without what the theme does."""
    return [fault for fault in pages.faults if not any(words in fault for words in OF_THE_THEME)]


def pages_with_figures():
    """Where a module starts.  Before the book is built there is no such page, and nothing is asked of any."""
    return [page for page in every_page() if (BOOK / f"{page}.html").exists() and '<script type="module">' in read(page)]


@pytest.fixture(scope="module")
def site():
    """The address of a server that serves the book."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=BOOK)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture(scope="session")
def axe():
    """The text of axe, which finds what keeps readers out; fetched once, into _build."""
    kept = ROOT / "_build" / AXE
    if not kept.exists():
        npm = shutil.which("npm")
        if npm is None:
            no_browser("axe needs npm, and there is none")
        kept.parent.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=kept.parent) as folder:
            command = [npm, "install", "--prefix", folder, "--no-audit", "--no-fund", "--ignore-scripts", AXE]
            fetched = subprocess.run(command, capture_output=True, text=True, timeout=120)
            if fetched.returncode != 0:
                no_browser(f"npm could not fetch {AXE}: {fetched.stderr.strip()}")
            os.replace(Path(folder) / "node_modules" / "axe-core" / "axe.min.js", kept)
    return kept.read_text(encoding="utf-8")


# The icon in the theme's own button has a title of its own if the script of icons comes before the theme's, which is chance.
TITLE_OF_THE_ICON = ("label-content-name-mismatch", "theme-switch-button")


def faults_found(page, rules=None):
    """What axe calls serious or critical, without what the theme's own button is called by chance."""
    found = page.evaluate(
        "rules => axe.run({ preload: false, resultTypes: ['violations'], ...(rules && { runOnly: rules }) })", rules
    )
    return [
        f"{violation['impact']} {violation['id']}: {node['html'][:200]} ({node['failureSummary'][:300]})"
        for violation in found["violations"]
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
        if not (violation["id"] == TITLE_OF_THE_ICON[0] and TITLE_OF_THE_ICON[1] in node["html"])
    ]


def in_theme(page, theme):
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    page.wait_for_function("theme => document.documentElement.dataset.theme === theme", arg=theme)


# Of the pieces of code, thousands in a lesson, one of each kind in each kind of box stays a piece: axe asks each for its colours.
# Of a single letter it cannot tell.
ONE_OF_EACH_COLOUR = """() => {
  const seen = new Set();
  for (const piece of document.querySelectorAll(".highlight pre span[class]")) {
    const letter = piece.textContent.trim().length < 2;
    const kind = [piece.className, ...["pre", "div", "[class*=cell_]"].map(box => piece.closest(box)?.className)].join("|");
    if ((letter || seen.has(kind)) && !piece.querySelector("[class]")) piece.replaceWith(...piece.childNodes);
    if (!letter) seen.add(kind);
  }
  for (const code of document.querySelectorAll(".highlight pre")) code.normalize();
}"""


@pytest.mark.parametrize("name", [*every_page(), "search", "genindex"])
def test_a_page_keeps_nobody_out(pages, axe, name):
    page = pages.open((BOOK / f"{name}.html").as_uri(), width=1280)
    page.wait_for_load_state()
    page.evaluate(ONE_OF_EACH_COLOUR)
    page.evaluate(axe)
    in_theme(page, "light")
    assert faults_found(page) == []
    in_theme(page, "dark")
    assert faults_found(page, ["color-contrast"]) == []

    figures = page.locator(".chargen-figure[role=group]")
    page.emulate_media(media="print")
    for figure in figures.all():
        assert figure.bounding_box()["height"] > 60
        assert figure.locator(".control:visible").count() == 0, "paper cannot be moved"
        assert figure.locator(".summary").is_visible()
    assert figures.count() == read(name).count('<script type="module">')

    page.emulate_media(media="screen")
    for width in (360, 768):
        page.set_viewport_size({"width": width, "height": 740})
        wide = page.evaluate("() => document.documentElement.scrollWidth")
        assert wide <= width, f"the page is {wide} pixels wide in a window of {width}"
    assert faults(pages) == [], "a script reported a fault"


def test_axe_finds_what_is_wrong(pages, axe):
    page = pages.open()
    code = (
        '<div class="highlight"><pre style="background:#fff">'
        + '<span class="n" style="color:#ccc">pale</span> ' * 3
        + "</pre></div>"
    )
    page.set_content(
        f'<html lang="en"><title>t</title><button></button><p style="color:#ccc;background:#fff">pale</p>{code}'
        '<button aria-label="Colour">Light</button><button class="theme-switch-button" aria-label="Colour">Light</button></html>'
    )
    page.evaluate(ONE_OF_EACH_COLOUR)
    page.evaluate(axe)
    assert len(faults_found(page)) == 4, "two buttons, the paragraph, and one of three equal pieces of code"


# The sentence is left out: it is said when all is still, by then perhaps while the next control is tried.
OUTSIDE = """figure => {
  const copy = figure.cloneNode(true);
  for (const control of copy.querySelectorAll("input, select, button, textarea, .summary")) control.remove();
  return copy.outerHTML;
}"""

# The control at this place of a figure, with the keyboard on it; null if there are not so many.  What the figure is now, is kept: when
# it has come to rest, or what the control before it did late would stand for what this one does.  What runs comes to none.
CONTROL = f"""async (figure, place) => {{
  const control = figure.querySelectorAll("input, select, button, textarea")[place];
  if (!control) return null;
  const frames = (number) => new Promise((done) => {{
    const next = () => (number-- > 0 ? requestAnimationFrame(next) : done());
    next();
  }});
  const runs = [...figure.querySelectorAll("button")].some((button) => button.textContent === "Pause");
  for (let tries = 0, before; !runs && before !== (before = ({OUTSIDE})(figure)) && tries < 100; tries += 1) await frames(3);
  const {{ width, height }} = control.getBoundingClientRect();
  const shown = width > 0 && height > 0 && control.checkVisibility({{ visibilityProperty: true }});
  const html = control.outerHTML.slice(0, 200);
  control.focus();
  figure.before = ({OUTSIDE})(figure);
  return {{
    html, kind: control.type, last: control.options && [...control.options].at(-1).value,
    chosen: control.ariaPressed === "true" || (control.type === "radio" && control.checked),
    usable: shown && !control.matches(":disabled") && control.ariaDisabled !== "true"
      && !(control.type === "range" && control.min === control.max)
      && !control.labels?.[0]?.textContent.startsWith("speed"), // of the next run
    atTheEnd: Number(control.value) >= Number(control.max),
  }};
}}"""

# Whether the figure, apart from its controls and its sentence, becomes another one than before.
CHANGES = f"""figure => new Promise((done) => {{
  const end = (changed) => {{ clearTimeout(late); observer.disconnect(); done(changed); }};
  const look = () => {{ if (({OUTSIDE})(figure) !== figure.before) end(true); }};
  const observer = new MutationObserver(look);
  const late = setTimeout(() => end(false), 5000);
  observer.observe(figure, {{ subtree: true, childList: true, characterData: true, attributes: true }});
  look();
}})"""


def moves(page, figure, place, control):
    """Use a control, which has the keyboard, as its kind is used; whether it changes something."""
    kind = control["kind"]
    if control["chosen"]:
        return True  # another one of its group is chosen in its turn
    if kind == "range":
        keys = ["ArrowLeft", "ArrowRight"] if control["atTheEnd"] else ["ArrowRight", "ArrowLeft"]
    else:
        keys = ["Enter" if kind in ("button", "submit") else "Space"]
    element = figure.locator("input, select, button, textarea").nth(place)
    if kind == "select-one":
        element.select_option(value=control["last"])
    elif kind in ("text", "textarea", "number"):
        element.fill("7" if kind == "number" else "an owl")
    else:
        page.keyboard.press(keys.pop(0))
        if keys and not figure.evaluate(CHANGES):
            page.keyboard.press(keys.pop(0))
    changed = figure.evaluate(CHANGES)
    if kind == "button" and element.text_content() == "Pause":
        page.keyboard.press("Enter")  # as long as it runs, no control that follows could be found to do nothing
    return changed


@pytest.mark.parametrize("host", ["file", "server"])
@pytest.mark.parametrize("name", pages_with_figures())
def test_every_control_of_every_figure_changes_it(pages, site, name, host):
    page = pages.open((BOOK / f"{name}.html").as_uri() if host == "file" else f"{site}/{name}.html", width=1280)
    page.wait_for_load_state()
    figures = page.locator(".chargen-figure[role=group]")
    page.wait_for_function(
        "n => document.querySelectorAll('.chargen-figure[role=group]').length === n",
        arg=read(name).count('<script type="module">'),
    )
    one_will_do = host == "server" and not THOROUGH  # the same page: that it is alive there too
    for figure in figures.all():
        told = figure.get_attribute("aria-label")
        for folded in figure.locator("details:not([open]) > summary").all():
            folded.click()
        used, place = 0, 0
        while not (one_will_do and used) and (control := figure.evaluate(CONTROL, place)):
            if control["usable"]:
                assert moves(page, figure, place, control), f"{told}: {control['html']} changes nothing"
                used += 1
            place += 1
        assert used > 0, f"{told} has no control"
    assert faults(pages) == [], "a script reported a fault"


def test_the_search_finds_a_lesson(pages, site):
    page = pages.open(f"{site}/search.html?q=nucleus")
    page.locator("#search-results a", has_text="Truncation").first.wait_for()


def test_a_lesson_leads_to_the_next_and_back(pages, site):
    page = pages.open(f"{site}/notebooks/02_embeddings.html")
    page.locator("a.right-next").click()
    page.get_by_role("heading", level=1, name="03").wait_for()
    page.locator("a.left-prev").click()
    page.get_by_role("heading", level=1, name="02").wait_for()
