"""DraftExplorer, in a page without a kernel and in JupyterLab: every call and place is drawn and told as Python has it."""

import html
import re

import pytest
from flax import nnx
from reading import HOSTILE, Notebook, colour, contrast, holds, smallest, srgb, themes, thread_clock

from chargen_lib.models import Recurrent
from chargen_lib.text import Vocabulary
from chargen_lib.widgets import DraftExplorer

COUNTED = "the owl sat on the barn and the hen sat also\nno owl was as near as a hen\n" * 4
MENUS = {"draft": "draft: table of context", "length": "draft length", "text": "text"}


def explorer(counted=COUNTED, prompt="the ", **changed):
    vocabulary = Vocabulary.from_text(counted)
    model = Recurrent(len(vocabulary), 4, 8, rngs=nnx.Rngs(1))
    model.output.kernel[...] *= 3
    return DraftExplorer(model, vocabulary, prompt, **{"counted": counted, "contexts": (0, 2), "draft": 2, **changed})


@pytest.fixture(scope="module")
def house():
    return DraftExplorer()


def says(page, words):
    page.wait_for_function("words => document.querySelector('.summary').textContent === words", arg=words, timeout=5000)


def read_page(page):
    """What is seen: the text and its classes, the draft, the tables' words, the bars' lengths."""
    return page.locator(".chargen-figure").evaluate(
        """figure => {
          const all = (query, one) => [...figure.querySelectorAll(query)].map(one);
          return [
            all(".passage span", (span) => [span.textContent, span.className]),
            all(".draft-chips .cell", (cell) => [cell.className, ...[...cell.children].map((part) => part.textContent)]),
            all("tr, caption", (row) => row.tagName === "TR" ? [row.className, ...[...row.children].map((cell) => cell.textContent)] : row.textContent),
            all(".draft-bar > *", (part) => [part.className, Math.round(100 * parseFloat(part.style.width)) / 100]),
            figure.querySelector(".passage").getAttribute("aria-label"),
          ];
        }"""
    )


def read_still(figure):
    """The same in the html that Python writes."""
    text, *_ = (still := figure.still()).split("</p>")
    chips = re.findall(r'<span class="(cell [^"]*)"><bdi>(.*?)</bdi> <small>(.*?)</small>', still, re.S)
    rows = []
    for caption, kind, cells in re.findall(r'<caption>(.*?)</caption>|<tr(?: class="([^"]*)")?>(.*?)</tr>', still, re.S):
        found = [html.unescape(re.sub("<.*?>", "", cell)) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", cells, re.S)]
        rows.append(html.unescape(caption) or [kind, *found])
    return [
        [[html.unescape(label), kind] for kind, label in re.findall(r'<span class="([^"]*)">(.*?)</span>', text, re.S)],
        [[kind, *map(html.unescape, words)] for kind, *words in chips],
        rows,
        [
            [kind, pytest.approx(float(width), abs=0.011)]
            for kind, width in re.findall(r'class="(both|p-alone|q-alone)" style="width:([\d.]+)%"', still)
        ],
        html.unescape(re.search(r'aria-label="(.*?)"', still, re.S)[1]),
    ]


def choose(page, figure, **settings):
    for name, value in settings.items():
        if name == "call":
            page.get_by_role("slider").fill(str(value - 1))
            figure.call, figure.place = value, 8
        elif name == "place":
            page.locator(".draft-chips button").nth(value).click()
            figure.place = value
        else:
            page.get_by_role("combobox", name=MENUS[name], exact=True).select_option(str(value))
            (start, _), _ = figure.now()
            setattr(figure, name, value)
            figure.call = max(n for n, call in enumerate(figure.calls(), 1) if call.start <= start)  # as far as before
            figure.place = 8


def agrees(page, figure):
    assert read_page(page) == read_still(figure)
    says(page, figure.summary())


def test_the_page_shows_what_python_says(show):
    figure = explorer()
    page = show(figure)
    agrees(page, figure)
    for settings in ({"length": 8}, {"draft": 0}, {"text": 2}, {"length": 1}, {"draft": 2, "length": 3}):
        choose(page, figure, **settings)
        agrees(page, figure)
    kinds = set()
    for number, call in enumerate(figure.calls(), 1):
        choose(page, figure, call=number)
        assert page.get_by_role("slider").get_attribute("aria-valuetext") == f"call {number} of {len(figure.calls())}"
        assert read_page(page) == read_still(figure)
        if call.kept not in kinds:
            for place in range(call.kept + 1):
                choose(page, figure, place=place)
                agrees(page, figure)
        kinds.add(call.kept)
    assert kinds >= {0, 3}, "none kept, and a whole draft"


def test_the_house_models_in_a_page(show, house):
    page = show(house)
    agrees(page, house)
    choose(page, house, draft=5, length=6)
    agrees(page, house)
    choose(page, house, call=len(house.calls()), place=0)
    agrees(page, house)
    choose(page, house, draft=3, length=4, call=6)


def test_a_character_of_the_text_chooses_its_call_and_play_goes_on_to_the_end(show):
    figure = explorer(length=8)
    page = show(figure)
    call = figure.calls()[2]
    page.locator(".passage span").nth(4 + call.start + call.kept).click()
    figure.call, figure.place = 3, 8
    agrees(page, figure)
    page.locator(".passage .prompt").first.click()  # no call wrote it
    agrees(page, figure)
    choose(page, figure, call=len(figure.calls()) - 1)
    page.get_by_role("button", name="Play").click()
    page.get_by_role("button", name="Pause").wait_for()
    page.get_by_role("button", name="Play").wait_for()
    figure.call = len(figure.calls())
    agrees(page, figure)


def test_the_keyboard_reaches_everything_and_every_control_has_a_name(show):
    figure = explorer(length=3)
    figure.call = next(n for n, call in enumerate(figure.calls(), 1) if call.kept == 1)
    page = show(figure)
    drafted = [figure.labels[i] for i in figure.drafted()]
    own = figure.labels[figure.judged()["written"]]
    names = []
    for _ in range(8):
        page.keyboard.press("Tab")
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        names.append(
            page.evaluate(
                "(({ labels, ariaLabel, textContent }) => labels?.[0]?.firstElementChild.textContent ?? ariaLabel ?? textContent)(document.activeElement)"
            )
        )
    assert names == [
        *MENUS.values(),
        f"call {figure.call} of {len(figure.calls())}",
        "Play",
        f"{drafted[0]}, kept",
        f"{drafted[1]}, refused",
        f"{own}, own, written by the large model",
    ]
    first = page.locator(".draft-chips button").first
    first.focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.ariaPressed") == "true" and page.locator("[aria-pressed=true]").count() == 1
    figure.place = 0
    agrees(page, figure)
    page.get_by_role("slider").press("ArrowRight")
    figure.call, figure.place = figure.call + 1, 8
    agrees(page, figure)
    assert page.locator(".summary").get_attribute("aria-live") == "polite"
    assert page.locator(".passage").get_attribute("role") == "img"
    assert page.get_by_role("group", name="the draft, and what became of it").is_visible()


def test_any_text_is_shown_as_text(show):
    counted = "\n".join(HOSTILE)
    figure = explorer(counted, counted[-380:-330], contexts=(0, 4), draft=0)
    page = show(figure, width=360)
    for settings in ({}, {"draft": 4}, {"length": 8}, {"call": 30}):
        choose(page, figure, **settings)
        agrees(page, figure)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.title() == "Figures" and page.locator(".chargen-figure :is(img, script, b)").count() == 0


@pytest.mark.parametrize("width", [320, 360, 1440])
def test_the_house_figure_fits_a_phone(show, house, width):
    page = show(house, width=width)
    for length in (1, 8):
        page.get_by_label("draft length").select_option(str(length))
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert holds(page, ".passage, table, select, .legend, .cell, td")
    writing, control = smallest(page, "button, select, input[type=range]")
    assert writing >= 11 and control >= 24


def test_the_figure_moves_at_once_on_a_processor_four_times_as_slow(show, house):
    page = show(house)
    busy = thread_clock(page)
    before = busy()
    page.evaluate(
        """async () => {
             const slider = document.querySelector("input[type=range]"), length = document.querySelectorAll("select")[1];
             const drawn = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
             for (let call = 0; call < 20; call += 1) {
               slider.value = call;
               slider.dispatchEvent(new Event("input"));
               await drawn();
               length.value = 1 + call % 8;
               length.dispatchEvent(new Event("change"));
               await drawn();
             }
           }"""
    )
    each = (busy() - before) / 40
    assert 4 * each < 0.1, f"{each} seconds for one step, four times as much on a slow processor"


def test_without_scripts_and_on_paper_a_still_picture_remains(show):
    for settings in ({}, {"length": 1, "draft": 0}, {"length": 2, "place": 0}):
        figure = explorer(**settings)
        page = show(figure, java_script_enabled=False)
        assert read_page(page) == read_still(figure) and page.locator(".summary").text_content() == figure.summary()
        words = page.locator(".legend").all_text_contents()
        page = show(figure)
        agrees(page, figure)
        assert page.locator(".legend").all_text_contents() == words
        page.emulate_media(media="print", color_scheme="dark")
        assert page.locator("input:visible, select:visible").count() == 0
        assert colour(page, ".chargen-figure", "background-color") == "rgb(255, 255, 255)"


def test_twice_in_a_page(show):
    page = show(explorer(call=6), explorer(call=6))
    page.get_by_role("slider").nth(1).fill("0")
    page.wait_for_function("document.querySelectorAll('.summary')[1].textContent.startsWith('Call 1 of')")
    assert page.locator(".summary").first.text_content().startswith("Call 6 of")


@pytest.mark.parametrize("system", ["light", "dark"])
def test_light_and_dark(show, system):
    figure = explorer(length=3)
    figure.call = next(n for n, call in enumerate(figure.calls(), 1) if call.kept == 1)
    page = show(figure, color_scheme=system)
    for theme in themes(page, system):
        paper = colour(page, ".chargen-figure", "background-color")
        assert (paper == "rgb(255, 255, 255)") == (theme == "light")
        for words in (
            ".summary",
            ".legend",
            ".prompt",
            "td",
            "thead th",
            "caption",
            ".marked th",
            ".not-judged",
            ".not-judged small",
        ):
            assert contrast(colour(page, words, "color"), paper) >= 4.5, words
        for kind in ("kept", "own"):
            tint = srgb(colour(page, f".passage .{kind}", "background-color"))
            assert contrast(colour(page, f".passage .{kind}", "color"), tint) >= 4.5
        assert contrast(colour(page, ".draft-bar .both", "background-color"), paper) >= 3
        for kind in ("p-alone", "q-alone"):
            drawn = re.search(r"rgb\(\d+, \d+, \d+\)", colour(page, f".draft-bar .{kind}", "background-image"))[0]
            assert contrast(drawn, paper) >= 3
        assert contrast(colour(page, ".draft-chips .here", "outline-color"), paper) >= 3
    # Not by colour alone: lines below and above, a mark and a word under each character, a pattern for each kind of bar.
    assert " -2px " in colour(page, ".passage .kept", "box-shadow") and " 2px " in colour(page, ".passage .own", "box-shadow")
    assert page.locator(".cell.refused small").text_content() == "✗ refused"
    patterns = [colour(page, f".draft-bar .{kind}", "background-image") for kind in ("both", "p-alone", "q-alone")]
    assert patterns[0] == "none" and "90deg" in patterns[1] and "135deg" in patterns[2]
    assert colour(page, ".cell.not-judged", "border-top-style") == "dashed" != colour(page, ".cell.kept", "border-top-style")


CELLS = [
    "from flax import nnx\nfrom chargen_lib.models import Recurrent\nfrom chargen_lib.text import Vocabulary\n"
    "from chargen_lib.widgets import DraftExplorer\n"
    'counted = "the owl </b> sat on the hen"\nvocabulary = Vocabulary.from_text(counted)\n'
    "model = Recurrent(len(vocabulary), 4, 4, rngs=nnx.Rngs(0))\n"
    'fig = DraftExplorer(model, vocabulary, "the ", counted=counted, contexts=[0, 2], length=3, call=4)\nfig',
    'print("kernel has", fig.text, fig.draft, fig.length, fig.call, fig.place)',
    "fig.text, fig.draft, fig.length, fig.call, fig.place = 1, 2, 3, 2, 8",
]


def test_in_jupyterlab_the_figure_reaches_the_kernel_and_the_kernel_the_figure(pages, lab):
    notebook = Notebook(pages, lab, *CELLS)
    page, run = notebook.page, notebook.run

    run(0)
    figure = page.locator(".chargen-figure")
    figure.get_by_text(re.compile("^Call 4 of")).wait_for()
    run(1, prints="kernel has 1 2 3 4 8")
    # In the figure a key is the figure's: JupyterLab would move to another cell.
    figure.get_by_role("slider").press("Home")
    figure.get_by_role("combobox", name="text", exact=True).select_option("2")
    figure.get_by_label("draft: table of context").select_option("0")
    figure.locator(".draft-chips button").first.press("Enter")
    run(1, prints="kernel has 2 0 3 1 0")
    run(2)
    figure.get_by_text(re.compile("^Call 2 of")).wait_for()
    assert figure.get_by_label("draft: table of context").input_value() == "2"
    cell = figure.locator(".draft-chips button").first.bounding_box()
    assert 24 <= cell["width"] <= 100 and 24 <= cell["height"] <= 60  # JupyterLab's styles leave it as it is
