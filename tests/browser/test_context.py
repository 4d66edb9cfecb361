"""ContextLens, in a page without a kernel and in JupyterLab: what a reader sees is what the tables of the library say."""

import html
import re

import numpy as np
import pytest
from reading import HOSTILE, Notebook, colour, contrast, holds, letters, read_bars, smallest, srgb, themes, thread_clock

from chargen_lib.widgets import ContextLens

TEXT = "the owl sat. the hen sat. the owl ran.\n" * 3 + "a hen!"
PASSAGE = "the owl sat on a hen\nof the owl"
WALK, CONTEXT = "place", "characters of context"


def lens(**changed):
    return ContextLens(**{"passage": PASSAGE, "text": TEXT, **changed})


def says(page, words):
    page.wait_for_function("words => document.querySelector('.summary').textContent === words", arg=words, timeout=5000)


def still_parts(text):
    """What can be read in html: the passage's classes, its bars and its tables' cells."""
    kinds = re.findall(r'<span class="([^"]*)">', text.split("</p>")[0])
    rows = [re.sub("<.*?>", "|", row) for row in re.findall(r"<tr.*?</tr>", text)]
    return kinds, [[html.unescape(cell) for cell in row.split("|") if cell] for row in rows]


def shown_parts(page):
    kinds = page.locator(".passage span").evaluate_all("all => all.map((span) => span.className)")
    rows = [row.locator("th, td").all_text_contents() for row in page.locator("tr").all()]
    return kinds, rows


def test_at_every_place_and_context_the_page_says_what_python_says(show):
    figure = lens()
    page = show(figure)
    for place in range(6, len(PASSAGE)):
        page.get_by_label(WALK).fill(str(place - 6))
        for k in (0, 2, 6) if place % 5 else range(7):
            page.get_by_label(CONTEXT).fill(str(k))
            figure.place, figure.context = place, k
            kinds, rows = shown_parts(page)
            assert (kinds, rows) == still_parts(figure.still())
    says(page, figure.summary())
    for at in (3, 8):  # the sentence comes when the figure has been still for a moment
        page.get_by_label(WALK).fill(str(at))
        page.get_by_label(CONTEXT).fill("3")
        figure.place, figure.context = at + 6, 3
        says(page, figure.summary())
        bars = read_bars(page)
        drawn = [float(width) for width in re.findall(r'class="bar" style="width:([\d.]+)%', figure.still())]
        np.testing.assert_allclose([width for *_, width in bars], drawn, atol=0.01)
        words = re.findall(r'class="name">(.*?)</span>.*?class="share">(.*?)</span>', figure.still())
        assert [(name, share) for name, share, _ in bars] == [tuple(map(html.unescape, pair)) for pair in words]


def test_the_keyboard_walks_and_changes_the_context(show):
    page = show(lens(place=10, context=2))
    names = []
    for _ in range(3):
        page.keyboard.press("Tab")
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        names.append(page.evaluate("(document.activeElement.labels[0] ?? document.activeElement).textContent"))
    assert names == ["place 5 of 25: next comes t", "Play", "characters of context: 2"]
    page.keyboard.press("ArrowRight")
    assert page.get_by_label(CONTEXT).get_attribute("aria-valuetext") == "3 of 6 characters"
    assert page.locator(".passage .context").all_text_contents() == list("␣sa")
    page.get_by_label(WALK).press("ArrowRight")
    assert page.locator(".passage .next").text_content() == "␣"
    assert page.get_by_label(WALK).get_attribute("aria-valuetext") == "place 6 of 25: next comes ␣"
    assert page.locator(".summary").get_attribute("aria-live") == "polite"
    assert page.locator(".passage").get_attribute("role") == "img"


def test_a_click_on_a_character_goes_there(show):
    page = show(lens())
    page.locator(".passage span").nth(15).click()
    assert page.get_by_label(WALK).input_value() == "9"
    page.locator(".passage span").nth(2).click()  # context only: nothing is predicted there
    assert page.get_by_label(WALK).input_value() == "9"


def test_play_goes_to_the_end(show):
    page = show(lens(place=len(PASSAGE) - 2))
    page.get_by_role("button", name="Play").click()
    page.get_by_role("button", name="Pause").wait_for()
    page.get_by_role("button", name="Play").wait_for()
    assert page.get_by_label(WALK).input_value() == str(len(PASSAGE) - 1 - 6)


def test_any_text_is_shown_as_text(show):
    passage = "\n".join([*HOSTILE[:-1], "long " * 9])
    figure = lens(passage=passage, text=passage * 2, place=20)
    page = show(figure, width=360)
    says(page, figure.summary())
    assert page.locator(".passage").get_attribute("aria-label") == "The passage: " + "".join(
        figure.labels[i] for i in figure.passage
    )
    assert page.title() == "Figures" and page.locator(".chargen-figure :is(img, script, b)").count() == 0
    for place in (0, 40, 90, 150):
        page.get_by_label(WALK).fill(str(place))
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("width", [320, 360, 1440])
def test_the_course_s_own_passage_fits_a_phone(show, width):
    page = show(ContextLens(), width=width)
    for k in "036":
        page.get_by_label(CONTEXT).fill(k)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert holds(page, ".passage, table, ul.bars")
    writing, control = smallest(page, "button, input[type=range]")
    assert writing >= 11 and control >= 24


def test_with_a_processor_four_times_slower_a_step_is_drawn_at_once(show):
    page = show(ContextLens())
    busy = thread_clock(page)
    before = busy()
    page.evaluate(
        """() => {
          const [place, context] = document.querySelectorAll("input[type=range]");
          for (let n = 0; n < 20; n += 1) {
            for (const [slider, value] of [[place, 40 + n], [context, n % 7]]) {
              slider.value = value;
              slider.dispatchEvent(new Event("input"));
            }
            document.querySelector(".chargen-figure").getBoundingClientRect();
          }
        }"""
    )
    each = (busy() - before) / 20
    assert 4 * each < 0.1, f"{each} seconds for one step, four times as much on a slow processor"


def test_without_scripts_a_still_picture_remains(show):
    figure = lens(place=14)
    page = show(figure, java_script_enabled=False)
    assert page.locator(".summary").text_content() == figure.summary()
    parts = shown_parts(page), [letters(page, part) for part in (".passage", "ul.bars", ".legend", "table")]
    page = show(figure)  # with scripts, the same
    assert (
        shown_parts(page),
        [letters(page, part) for part in (".passage", "ul.bars", ".legend", "table")],
    ) == parts
    page.emulate_media(media="print", color_scheme="dark")
    assert page.locator("input:visible, button:visible").count() == 0
    assert colour(page, ".chargen-figure", "background-color") == "rgb(255, 255, 255)"


@pytest.mark.parametrize("system", ["light", "dark"])
def test_light_and_dark(show, system):
    page = show(lens(place=14), color_scheme=system)
    for theme in themes(page, system):
        paper = colour(page, ".chargen-figure", "background-color")
        assert (paper == "rgb(255, 255, 255)") == (theme == "light")
        for words in (".summary", ".legend", ".lead", "td", "thead th", "caption", ".share", ".passage .next"):
            assert contrast(colour(page, words, "color"), paper) >= 4.5, words
        tints = [srgb(colour(page, f".swatch.cost{n}", "background-color")) for n in range(1, 5)]
        for tint in tints:
            assert contrast(colour(page, ".swatch.cost4", "color"), tint) >= 4.5
        away = [contrast(tint, paper) for tint in tints]
        assert away == sorted(away) and len(set(away)) == 4, "the dearer, the stronger"
    # Not by colour alone.
    assert "dotted" in colour(page, ".passage .unseen", "text-decoration-style")
    assert colour(page, ".passage .next", "outline-style") == "solid"


CELLS = [
    'from chargen_lib.widgets import ContextLens\nfig = ContextLens("the owl </b> sat", "the owl sat " * 9, place=9)\nfig',
    'print("kernel has", fig.place, fig.context)',
    "fig.place, fig.context = 14, 6",
]


def test_in_jupyterlab_the_figure_reaches_the_kernel_and_the_kernel_the_figure(pages, lab):
    notebook = Notebook(pages, lab, *CELLS)
    page, run = notebook.page, notebook.run

    run(0)
    figure = page.locator(".chargen-figure")
    figure.get_by_text("Context of 3, “l␣<”: never seen").wait_for()
    run(1, prints="kernel has 9 3")
    # In the figure a key is the figure's: JupyterLab would move to another cell.
    figure.get_by_label(WALK).press("ArrowLeft")
    figure.get_by_label(CONTEXT).press("ArrowLeft")
    run(1, prints="kernel has 8 2")
    figure.locator(".passage span").nth(12).click()
    run(1, prints="kernel has 12 2")
    run(2)
    figure.get_by_text("Context of 6, “</b>␣s”: never seen").wait_for()
    assert figure.get_by_label(CONTEXT).input_value() == "6" and figure.get_by_label(WALK).input_value() == "8"
    assert figure.locator("td").first.evaluate("cell => getComputedStyle(cell).textAlign") == "right"
