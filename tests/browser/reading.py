"""Reading and opening pages: what the tests of all figures have in common."""

import base64
import json
import urllib.request

import nbformat
import numpy as np
from jupyter_client import BlockingKernelClient

WHITE = "rgb(255, 255, 255)"

HOSTILE = [
    "<img src=x onerror=document.title='run'>",
    "</script><script>document.title='run'</script>",
    "<!--<script>",
    "\x00\x1b[31m\x7f",
    "\u202egnorw",
    "שלום",
    "😀𝕏",
    "\ud800",
    "`${document.title='run'}`",
    "&lt;%STATE%",
    "\u2028\u2029",
    "__proto__",
    "long " * 60,
]
# How they are shown.
SEEN = [
    HOSTILE[0].replace(" ", "␣"),
    HOSTILE[1],
    HOSTILE[2],
    "U+0000U+001B[31mU+007F",
    "U+202Egnorw",
    "שלום",
    "😀𝕏",
    "U+D800",
    HOSTILE[8],
    HOSTILE[9],
    "U+2028U+2029",
    "__proto__",
    "long␣" * 60,
]


def bigrams():
    """63 characters and a row for each."""
    characters = "".join(map(chr, range(60, 120))) + "\n ."
    return characters, np.random.default_rng(1).normal(0, 2, (63, 63)).astype(np.float32)


def becomes(page, condition, argument, timeout=3000):
    """Whether this becomes true in the page, within so many milliseconds."""
    from playwright.sync_api import TimeoutError

    try:
        page.wait_for_function(condition, arg=argument, timeout=timeout)
    except TimeoutError:
        return False
    return True


def read_bars(page, figure=0):
    """What a reader sees: [(label, share in words, length of the bar in percent)]."""
    return (
        page.locator(".chargen-figure")
        .nth(figure)
        .evaluate(
            """figure => [...figure.querySelectorAll("ul.bars li")].map(li => [li.children[0].textContent,
              li.children[2].textContent, parseFloat(li.querySelector(".bar").style.width)])"""
        )
    )


def letters(page, part):
    """Its texts without blanks: a still picture has some where no style would set its parts apart."""
    return ["".join(text.split()) for text in page.locator(".chargen-figure").locator(part).all_text_contents()]


def summary(page, starts, figure=0):
    """The sentence under the figure, once it says what is expected at its beginning."""
    sentence = page.locator(".chargen-figure").nth(figure).locator(".summary")
    page.wait_for_function(
        "([p, starts]) => p.textContent.startsWith(starts)", arg=[sentence.element_handle(), starts], timeout=5000
    )
    return sentence.text_content().replace("\u00a0", " ")


def hangs_on_the_last_digit(logits, temperature, top_k, top_p, min_p, temperature_first=True):
    """Whether float32 and exact numbers may decide differently, ties and T = 0 apart."""
    z = np.array(logits, np.float64)
    if temperature_first and temperature == np.inf:
        z = np.where(np.isfinite(z), 0.0, z)
    elif temperature_first and temperature > 0:
        z = z / temperature
    z = z[np.isfinite(z)]
    z = np.sort(z)[::-1][: top_k or len(z)]
    p = np.exp(z - z[0]) / np.exp(z - z[0]).sum()
    if top_p is not None:
        before = np.cumsum(p) - p
        if np.abs(before - top_p).min() < 1e-5:
            return True
        z = z[before < top_p]
    return min_p is not None and min_p < 1 and np.abs(z - z[0] - np.log(min_p)).min() < 1e-4


def module_address(figure):
    return "data:text/javascript;base64," + base64.b64encode(figure._esm.encode()).decode()


def colour(page, selector, name):
    return page.locator(selector).first.evaluate("(element, name) => getComputedStyle(element)[name]", name)


def contrast(one, other):
    """The contrast ratio of two colours "rgb(r, g, b)" (WCAG 2)."""

    def luminance(text):
        parts = [int(part) / 255 for part in text.removeprefix("rgb(").removesuffix(")").split(",")]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return sum(weight * p for weight, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def themes(page, system):
    """The page in every theme there is, one after the other: "light" or "dark" of the page, of JupyterLab, and of the system."""
    for element, attribute, value, theme in [
        ("body", "data-other", "", system),
        ("html", "data-theme", "light", "light"),
        ("html", "data-theme", "dark", "dark"),
        ("body", "data-jp-theme-light", "true", "light"),
        ("body", "data-jp-theme-light", "false", "dark"),
    ]:
        page.locator(element).evaluate("(element, [name, value]) => element.setAttribute(name, value)", [attribute, value])
        yield theme
        page.locator(element).evaluate("(element, name) => element.removeAttribute(name)", attribute)


def srgb(text):
    """A colour as Chromium writes a mix, "color(srgb 1 0.9 0.8)", as rgb(...)."""
    shares = [float(part) for part in text.removeprefix("color(srgb ").removesuffix(")").split()]
    return f"rgb({', '.join(str(round(255 * share)) for share in shares)})"


def holds(page, parts):
    """Whether the figure is there, and each of these parts of it lies within its frame, left and right."""
    frame = page.locator(".chargen-figure").bounding_box()
    boxes = page.locator(parts).evaluate_all(
        "all => all.map((one) => one.getBoundingClientRect()).map(({ left, right }) => [left, right])"
    )
    assert boxes, f"nothing is {parts}"
    return all(frame["x"] <= left and right <= frame["x"] + frame["width"] for left, right in boxes)


def smallest(page, controls):
    """The smallest writing of a figure, and the smallest side of what can be pressed in it, in pixels."""
    sizes = page.locator(".chargen-figure *").evaluate_all("all => all.map((e) => parseFloat(getComputedStyle(e).fontSize))")
    boxes = [control.bounding_box() for control in page.locator(controls).all()]
    return min(sizes), min(min(box["height"], box["width"]) for box in boxes)


def thread_clock(page):
    """Call what it returns for the processor seconds of the page's thread, drawing included: what else the machine does must not decide."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    return lambda: next(m["value"] for m in session.send("Performance.getMetrics")["metrics"] if m["name"] == "TaskDuration")


def _hand_on(address, root, name):
    """Empty the kernel of the notebook before and hand it to this one, where JupyterLab finds it; without one JupyterLab starts its own."""

    def ask(method, which="", **changes):
        body = json.dumps(changes).encode() if changes else None
        with urllib.request.urlopen(urllib.request.Request(f"{address}/api/sessions{which}", body, method=method)) as answer:
            return json.loads(answer.read() or "null")

    for session in ask("GET"):
        client = BlockingKernelClient()
        client.load_connection_file(str(root.parent / "runtime" / f"kernel-{session['kernel']['id']}.json"))
        client.start_channels()
        try:
            client.execute_interactive(EMPTIED, silent=True, store_history=False, timeout=30, allow_stdin=False)
            ask("PATCH", f"/{session['id']}", path=name, name=name)
        except TimeoutError:  # it still runs a cell
            ask("DELETE", f"/{session['id']}")
        finally:
            client.stop_channels()


EMPTIED = "import ipywidgets\nipywidgets.Widget.close_all()\nget_ipython().reset(new_session=True)"


class Notebook:
    """A notebook of these cells, open in JupyterLab with its kernel ready."""

    def __init__(self, pages, lab, *cells):
        address, root = lab
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
        notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
        name = f"{len(list(root.iterdir()))}.ipynb"
        nbformat.write(notebook, root / name)
        self.file = root / name
        _hand_on(address, root, name)
        self.page = pages.open(f"{address}/lab/tree/{name}?reset", width=1200)
        self.page.set_default_timeout(60_000)
        self.page.locator(".jp-Notebook .jp-Cell").nth(len(cells) - 1).wait_for()
        self.page.locator("#jp-main-statusbar").get_by_text("| Idle").wait_for()  # the kernel is ready

    def run(self, cell, prints=None):
        """Run a cell; again, if the kernel was not ready to take it.  Wait until it has printed these words."""
        here = self.page.locator(".jp-Cell").nth(cell)
        prompt = here.locator(".jp-InputPrompt")
        before = prompt.text_content()
        for _ in range(10):
            here.locator(".cm-content").click()
            self.page.keyboard.press("Control+Enter")
            if becomes(
                self.page,
                "([cell, before]) => document.querySelectorAll('.jp-Cell')[cell].querySelector('.jp-InputPrompt').textContent !== before",
                [cell, before],
            ):
                break
        assert prompt.text_content() != before, "JupyterLab did not run the cell"
        if prints is not None:
            here.locator(".jp-OutputArea-output", has_text=prints).wait_for()
