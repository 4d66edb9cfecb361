"""GuidanceExplorer, in a page without a kernel and in JupyterLab: what a reader sees is what Python says."""

import html
import re

import numpy as np
import pytest
from reading import HOSTILE, SEEN, Notebook, colour, contrast, holds, read_bars, smallest, summary, themes

from chargen_lib.widgets import GuidanceExplorer

RNG = np.random.default_rng(0)
MOMENTS = {"n": (RNG.normal(0, 1, (2, 5)), RNG.normal(0, 1, 5)), "tho ": (RNG.normal(0, 2, (2, 5)), RNG.normal(0, 2, 5))}
SCALE, AFTER, ASKED = "scale s", "after", "asked for"


def explorer(**changed):
    return GuidanceExplorer(**{"moments": MOMENTS, "labels": "aent ", "kinds": ["log", "letters"], **changed})


def drawn(page):
    """Bars and marks of the page: (label, words, length, not told, told) each."""
    marks = page.locator(".track").evaluate_all(
        "all => all.map(track => ['.untold', '.told'].map(mark => parseFloat(track.querySelector(mark).style.left)))"
    )
    return [(*bar, *pair) for bar, pair in zip(read_bars(page), marks, strict=True)]


def in_html(text):
    """The same of a still picture."""
    bars = re.findall(
        r'class="name">(.*?)</span>.*?width:([\d.]+)%"></span><span class="untold" style="left:([\d.]+)%"></span>'
        r'<span class="told" style="left:([\d.]+)%"></span></span> <span class="share">(.*?)</span>',
        text,
    )
    return [(html.unescape(name), html.unescape(words), *map(float, lengths)) for name, *lengths, words in bars]


def assert_alike(shown, still):
    assert [bar[:2] for bar in shown] == [bar[:2] for bar in still]
    np.testing.assert_allclose([bar[2:] for bar in shown], [bar[2:] for bar in still], atol=0.006)


def test_at_every_moment_kind_and_scale_the_page_says_what_python_says(show):
    figure = explorer()
    page = show(figure)
    for moment, name in enumerate(["n", "tho␣"]):
        for kind in ("log", "letters"):
            page.get_by_label(AFTER).select_option(label=name)
            page.get_by_label(ASKED).select_option(label=kind)
            for scale in (0, 0.75, 1, 4.5, 8):
                page.get_by_label(SCALE).fill(str(scale))
                figure.moment, figure.kind, figure.scale = moment, ["log", "letters"].index(kind), scale
                assert_alike(drawn(page), in_html(figure.still()))
                entropies = re.findall(r"<dd>(.*?)</dd>", figure.still())
                assert page.locator("dd").all_text_contents() == entropies
            said = figure.summary().replace("\u00a0", " ")
            assert summary(page, said[: said.index(":")]) == said


def test_the_keyboard_reaches_everything(show):
    page = show(explorer(scale=1))
    names = []
    for _ in range(3):
        page.keyboard.press("Tab")
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        names.append(page.evaluate("document.activeElement.labels[0].firstChild.textContent"))
    assert names == [AFTER, ASKED, "scale s = 1, told"]
    page.keyboard.press("ArrowRight")
    assert page.get_by_label(SCALE).get_attribute("aria-valuetext") == "1.25"
    page.keyboard.press("Home")
    assert page.get_by_label(SCALE).get_attribute("aria-valuetext") == "0, not told"
    page.keyboard.press("End")
    assert page.get_by_label(SCALE).get_attribute("aria-valuetext") == "8"
    assert page.locator(".summary").get_attribute("aria-live") == "polite"


def test_with_one_moment_and_one_kind_there_is_nothing_to_choose(show):
    told, untold = MOMENTS["n"]
    page = show(explorer(moments={"n": (told[:1], untold)}, kinds=["log"]))
    assert page.locator("select, .choices").count() == 0 and page.get_by_label(SCALE).count() == 1


@pytest.mark.parametrize("width", [320, 360, 1440])
def test_it_fits_a_phone(show, width):
    untold = RNG.normal(0, 1, 63)
    told = untold + RNG.normal(0, 1, (3, 63))
    characters = "".join(map(chr, range(60, 120))) + "\n ."
    page = show(GuidanceExplorer({"The wind was": (told, untold)}, characters, ["log", "recipes", "letters"]), width=width)
    for scale in ("0", "1", "8"):
        page.get_by_label(SCALE).fill(scale)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert read_bars(page)[-1][0] == "51 others"
    assert holds(page, "ul.bars, dl, select")
    writing, control = smallest(page, "select, input[type=range]")
    assert writing >= 11 and control >= 24


def test_any_text_is_shown_as_text(show):
    logits = RNG.normal(0, 1, (len(HOSTILE) + 1, len(HOSTILE)))
    figure = GuidanceExplorer(dict.fromkeys(HOSTILE, (logits[:-1], logits[-1])), HOSTILE, HOSTILE, scale=2)
    page = show(figure, width=360)
    assert page.get_by_label(AFTER).locator("option").all_text_contents() == SEEN
    for place in (0, 4, 5, 12):
        page.get_by_label(AFTER).select_option(str(place))
        page.get_by_label(ASKED).select_option(str(place))
        figure.moment = figure.kind = place
        said = figure.summary().replace("\u00a0", " ")
        assert summary(page, said[:20]) == said
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.title() == "Figures" and page.locator(".chargen-figure :is(img, script, b)").count() == 0


def test_without_scripts_a_still_picture_remains(show):
    figure = explorer(scale=3, first="tho ", kind="letters")
    page = show(figure, java_script_enabled=False)
    assert page.locator(".summary").text_content() == figure.summary()
    still = drawn(page), page.locator("dt, dd, .legend").all_text_contents()
    page = show(figure)  # with scripts, the same
    assert_alike(drawn(page), still[0])
    assert page.locator("dt, dd, .legend").all_text_contents() == still[1]
    page.emulate_media(media="print", color_scheme="dark")
    assert page.locator("input:visible, select:visible").count() == 0
    assert colour(page, ".chargen-figure", "background-color") == "rgb(255, 255, 255)"


@pytest.mark.parametrize("system", ["light", "dark"])
def test_light_and_dark(show, system):
    page = show(explorer(), color_scheme=system)
    for theme in themes(page, system):
        paper = colour(page, ".chargen-figure", "background-color")
        assert (paper == "rgb(255, 255, 255)") == (theme == "light")
        for words in (".summary", ".legend .untold", ".marks", ".share", "dt", "dd"):
            assert contrast(colour(page, words, "color"), paper) >= 4.5, words
        for mark in (".bar", ".track .told"):
            assert contrast(colour(page, mark, "background-color"), paper) >= 3, mark
    # The two marks differ by more than their colour.
    assert (
        "gradient" in colour(page, ".track .untold", "background-image")
        and colour(page, ".track .told", "background-image") == "none"
    )


def test_who_wants_no_motion_has_none(show):
    assert colour(show(explorer(), reduced_motion="no-preference"), ".track .told", "transitionDuration") == "0.12s"
    assert colour(show(explorer(), reduced_motion="reduce"), ".track .told", "transitionDuration") == "0s"


CELLS = [
    "import numpy as np\nfrom chargen_lib.widgets import GuidanceExplorer\n"
    "told, untold = np.log([[0.5, 0.25, 0.25], [0.2, 0.2, 0.6]]), np.log([0.25, 0.25, 0.5])\n"
    'fig = GuidanceExplorer({"so ": (told, untold), "n": (told, told[1])}, "e t", ["log", "letters"])\nfig',
    'print("kernel has", fig.moment, fig.kind, fig.scale)',
    "fig.moment, fig.kind, fig.scale = 0, 0, 2",
]


def test_in_jupyterlab_the_figure_reaches_the_kernel_and_the_kernel_the_figure(pages, lab):
    notebook = Notebook(pages, lab, *CELLS)
    page, run = notebook.page, notebook.run
    run(0)
    figure = page.locator(".chargen-figure")
    figure.get_by_text("After “so␣”, asked for “log”, scale 1: e 50.0").wait_for()
    # In the figure a key is the figure's: JupyterLab would move to another cell.
    figure.get_by_label(SCALE).press("ArrowRight")
    figure.get_by_label(ASKED).select_option(label="letters")
    figure.get_by_label(AFTER).select_option(label="n")
    run(1, prints="kernel has 1 1 1.25")
    run(2)
    figure.get_by_text("After “so␣”, asked for “log”, scale 2: e 72.7").wait_for()
    assert figure.get_by_label(SCALE).input_value() == "2" and figure.get_by_label(ASKED).input_value() == "0"
