"""LossLadder in Chromium: every rung is in its place, and choosing one shows what it writes and what its bits mean."""

import os
from pathlib import Path

import numpy as np
import pytest
from reading import HOSTILE, WHITE, Notebook, colour, contrast, summary, themes

from chargen_lib.entropy import KINDS, Rung
from chargen_lib.widgets import LossLadder

RUNGS = [
    Rung("uniform", 5.977, sample="The Qx;", note="It knows the alphabet."),
    Rung("pairs", 3.297, sample="The oth\n\nwa", note="It sees one character.", mark="you are here"),
    Rung("network", 3.284, "network", sample="The ind he"),
    Rung("gzip", 2.91, "compressor", note="It finds repetitions."),
    Rung("hats", 1.5, "floor"),
]
# How HOSTILE is shown where spaces and line breaks stay.
SEEN = [
    *HOSTILE[:3],
    "U+0000U+001B[31mU+007F",
    "U+202Egnorw",
    "שלום",
    "😀𝕏",
    "U+D800",
    *HOSTILE[8:10],
    "U+2028U+2029",
    *HOSTILE[11:],
]
BOOK = Path(__file__).parents[2] / "_build" / "html"


def says(page, words, figure=0):
    assert summary(page, words, figure) == words


def rungs(page):
    """The rungs that are to be seen: [(name, kind and mark, bits)]."""
    rows = page.locator(".rungs label:visible").all()
    return [(row.locator("bdi").first.text_content(), row.locator(".bits").text_content()) for row in rows]


def measures(page):
    names, values = (page.locator(tag).all_text_contents() for tag in ("dt", "dd"))
    return dict(zip(names, values, strict=True))


def test_choosing_a_rung_shows_what_it_writes_and_what_its_bits_mean(show):
    figure = LossLadder(RUNGS, chosen="pairs")
    page = show(figure)
    assert rungs(page) == [("uniform", "5.977"), ("pairs", "3.297"), ("network", "3.284"), ("gzip", "2.910"), ("hats", "1.500")]
    for rung in RUNGS:
        page.get_by_role("radio", name=rung.name).check()
        figure.chosen = rung.name
        says(page, figure.summary())
        assert page.locator(".rungs :checked").count() == 1
        title, written, note = page.locator(".written p").all_text_contents()
        assert note == rung.note
        if rung.sample:
            assert (title, written) == (f"Written by {rung.name}", rung.sample)
        else:
            assert title == rung.name and written.startswith(("A compressor writes no text", "No text of it"))
    page.get_by_role("radio", name="pairs").check()
    assert measures(page) == {
        "like choosing among": "9.8 characters",
        "in nats": "2.285",
        "below uniform": "2.680 bits",
        "above network": "0.013 bits",
    }
    lines = page.locator(".written .sample bdi").evaluate(
        "text => new Set([...text.getClientRects()].map(box => box.top)).size"
    )
    assert lines == 3  # its line breaks are kept


def assert_every_rung_ends_at_its_bits(page):
    def middles(elements):
        return [box["x"] + box["width"] / 2 for box in (element.bounding_box() for element in elements.all())]

    ticks = page.locator(".axis .track span")
    assert ticks.all_text_contents() == list("0123456")
    expected = np.interp([float(bits) for _, bits in rungs(page)], range(7), middles(ticks))
    np.testing.assert_allclose(middles(page.locator(".rungs .marker")), expected, atol=1)


def test_every_rung_ends_at_its_bits_on_the_axis(show):
    for width in (360, 1000):
        assert_every_rung_ends_at_its_bits(show(LossLadder(RUNGS), width=width))


def test_by_keyboard_alone(show):
    figure = LossLadder(RUNGS, chosen="pairs")
    page = show(figure)
    for _ in range(5):  # four kinds, then the ladder, which is one stop
        page.keyboard.press("Tab")
        assert page.evaluate("getComputedStyle(document.activeElement).outline") == "rgb(213, 94, 0) solid 3px"
    for key, name in (("ArrowDown", "network"), ("ArrowDown", "gzip"), ("ArrowUp", "network"), ("ArrowUp", "pairs")):
        page.keyboard.press(key)
        figure.chosen = name
        says(page, figure.summary())
    assert page.get_by_role("radiogroup", name="the ladder").get_by_role("radio").count() == 5
    assert page.get_by_role("radio", name="pairs count you are here 3.297", exact=True).is_checked()
    assert page.get_by_role("group", name="Loss ladder").count() == 1
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement === document.body")
    assert page.locator(".summary").get_attribute("aria-live") == "polite"


def test_one_kind_alone(show):
    figure = LossLadder(RUNGS, chosen="pairs")
    page = show(figure)
    length = page.locator(".rungs .compressor .line").bounding_box()["width"]
    boxes = {kind: page.get_by_role("checkbox", name=f"{kind}s", exact=True) for kind in KINDS}
    for kind in ("count", "floor"):
        boxes[kind].uncheck()
    figure.kinds = ["network", "compressor"]
    says(page, figure.summary())
    assert figure.summary().startswith("network (network)") and [name for name, _ in rungs(page)] == ["network", "gzip"]
    assert page.get_by_role("radio", name="network").is_checked() and page.locator(".sample").text_content() == "The ind he"
    assert page.locator(".rungs .compressor .line").bounding_box()["width"] == length  # the axis stays as it was
    boxes["network"].press("Space")
    boxes["compressor"].press("Space")
    says(page, "No rung is shown: choose a kind.")
    assert rungs(page) == [] and not page.locator(".written, .chargen-figure dl").first.is_visible()
    for box in boxes.values():
        box.check()
    figure.kinds = list(KINDS)
    says(page, figure.summary())  # and the one that was chosen is read again
    assert page.get_by_role("radio", name="pairs").is_checked()


def test_one_kind_is_not_named_and_not_asked_for(show):
    page = show(LossLadder(RUNGS[:2]))
    assert page.get_by_role("checkbox").count() == 0
    assert page.locator(".rungs .kind:visible").count() == 0


def test_page_and_python_say_the_same(show):
    rng = np.random.default_rng(4)
    figures = []
    for size in range(1, 9):
        numbers = np.round(rng.uniform(0, 7, size) * 16) / 16  # with halves of the last digit, and with equals
        kinds = rng.choice(KINDS, size)
        made = [Rung(f"rung {i} א" if i % 3 else f"r{i}", n, k) for i, (n, k) in enumerate(zip(numbers, kinds, strict=True))]
        shown = list(rng.choice(KINDS, rng.integers(1, 5), replace=False))
        figures.append(LossLadder(made, chosen=made[0].name, kinds=shown))
    figures.append(LossLadder([Rung("far", 1500.0625), Rung("none", 0)], chosen="far"))
    page = show(*figures)
    assert page.locator(".summary").all_text_contents() == [figure.summary() for figure in figures]
    drawn = [row.text_content() for row in page.locator(".rungs label").all()]
    still = show(*figures, java_script_enabled=False)
    assert [row.text_content() for row in still.locator(".rungs .rung").all()] == drawn
    assert still.locator(".summary").all_text_contents() == [figure.summary() for figure in figures]


def test_hostile_texts_are_text(show):
    made = [
        Rung(words, 1 + place, KINDS[place % 4], sample=words, note=words, mark=words) for place, words in enumerate(HOSTILE)
    ]
    page = show(LossLadder(made), width=360)
    assert [name for name, _ in rungs(page)] == SEEN[::-1]
    for place, seen in enumerate(SEEN[::-1]):
        page.get_by_role("radio").nth(place).check()
        assert page.locator(".written p").all_text_contents() == [f"Written by {seen}", seen, seen]
    assert page.title() == "Figures"
    assert page.locator(".chargen-figure img, .chargen-figure script").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    still = show(LossLadder(made), width=360, java_script_enabled=False)
    assert still.locator(".written .sample").all_text_contents() == SEEN[::-1]
    assert still.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_same_figure_twice_in_a_page(show):
    figure = LossLadder(RUNGS, chosen="pairs")
    page = show(figure, figure)
    says(page, figure.summary(), 1)
    page.get_by_role("radio", name="hats").nth(1).check()
    page.get_by_role("checkbox", name="counts").nth(1).uncheck()
    says(page, figure.summary(), 0)
    assert page.get_by_role("radio", name="pairs").first.is_checked()
    figure.kinds, figure.chosen = ["network", "compressor", "floor"], "hats"
    says(page, figure.summary(), 1)


def test_without_scripts_every_sample_is_there(show):
    page = show(LossLadder(RUNGS), java_script_enabled=False)
    assert [text.locator("p").all_text_contents() for text in page.locator(".written > div").all()] == [
        ["uniform", "The Qx;", "It knows the alphabet."],
        ["pairs", "The oth\n\nwa", "It sees one character."],
        ["network", "The ind he", ""],
        ["gzip", "A compressor writes no text: it makes one shorter.", "It finds repetitions."],
        ["hats", "No text of it is shown here.", ""],
    ]
    widths = page.locator(".rungs .line").evaluate_all("lines => lines.map(line => parseFloat(line.style.width))")
    np.testing.assert_allclose(widths, [100 * rung.bits / 6 for rung in RUNGS], atol=0.006)


def test_on_paper_the_controls_go_and_the_ladder_stays(show):
    page = show(LossLadder(RUNGS, chosen="pairs"))
    page.emulate_media(media="print", color_scheme="dark")
    assert page.locator("input:visible").count() == 0 and page.locator(".kinds").count() == 1
    assert len(rungs(page)) == 5 and page.locator(".sample").is_visible() and page.locator(".axis").is_visible()
    assert colour(page, ".chargen-figure", "background-color") == WHITE
    # Lines and markers are borders: a printer leaves backgrounds out.
    for selector in (".rungs .line", ".rungs .marker"):
        assert colour(page, selector, "background-color") == "rgba(0, 0, 0, 0)"
        assert float(colour(page, selector, "border-top-width").removesuffix("px")) >= 3


def test_kinds_are_told_apart_without_colour(show):
    page = show(LossLadder(RUNGS))
    lines = {kind: colour(page, f".rungs .{kind} .line", "border-top-style") for kind in KINDS}
    assert lines == {"count": "solid", "network": "dashed", "compressor": "dotted", "floor": "double"}
    markers = {
        tuple(colour(page, f".rungs .{kind} .marker", name) for name in ("border-radius", "border-top-width", "transform"))
        for kind in KINDS
    }
    assert len(markers) == 4
    assert page.locator(".rungs .kind").all_text_contents() == ["count", "count", "network", "compressor", "floor"]
    for kind in KINDS:  # the control shows what it stands for
        assert colour(page, f".kinds .{kind} .line", "border-top-style") == lines[kind]


def test_a_phone_has_room(show):
    made = [
        *RUNGS,
        Rung("4-grams, borrowing from shorter ones, and longer than all the others", 2.2, mark="you are here, at last"),
    ]
    for width in (320, 360, 768, 1440):
        page = show(LossLadder(made, chosen="pairs"), width=width)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for row in page.locator(".rungs label, .kinds label").all():
            assert row.bounding_box()["height"] >= 24
        sizes = page.locator(".chargen-figure *").evaluate_all("all => all.map(e => parseFloat(getComputedStyle(e).fontSize))")
        assert min(sizes) >= 11
        track, name = (page.locator(f".rungs label {part}").first.bounding_box() for part in (".track", ".name"))
        assert track["width"] > (0.7 * width if width <= 360 else 150)
        assert (track["y"] >= name["y"] + name["height"] - 1) == (width <= 360)  # the name stands above its line


@pytest.mark.parametrize("system", ["light", "dark"])
def test_light_and_dark(show, system):
    page = show(LossLadder(RUNGS, chosen="pairs"), color_scheme=system)
    for theme in themes(page, system):
        paper = colour(page, ".chargen-figure", "background-color")
        assert (paper == WHITE) == (theme == "light")
        for words in (".summary", ".name", ".rungs .kind", ".bits", ".axis .track", ".unit", ".sample", "dt", "dd", ".here"):
            assert contrast(colour(page, words, "color"), paper) >= 4.5
        for kind in KINDS:
            assert contrast(colour(page, f".rungs .{kind} .line", "border-top-color"), paper) >= 3


def test_in_jupyterlab_the_choice_reaches_the_kernel_and_the_kernel_the_figure(pages, lab):
    notebook = Notebook(
        pages,
        lab,
        "from chargen_lib.entropy import Rung\nfrom chargen_lib.widgets import LossLadder\n"
        'fig = LossLadder([Rung("pairs", 3.3, sample="</script><b>x"), Rung("net", 3.2, "network"), Rung("gzip", 3, "compressor")])\nfig',
        'print("kernel has", fig.chosen, fig.kinds)',
        'fig.chosen, fig.kinds = "pairs", ["count", "compressor"]',
    )
    page, run = notebook.page, notebook.run
    run(0)
    figure = page.locator(".chargen-figure")
    figure.get_by_text("gzip (compressor): 3.000 bits").wait_for()
    run(1, prints="kernel has gzip ['count', 'network', 'compressor', 'floor']")
    figure.get_by_role("radio", name="gzip").press("ArrowUp")  # JupyterLab would move to another cell
    figure.get_by_text("net (network): 3.200 bits").wait_for()
    figure.get_by_role("checkbox", name="counts").press("Space")
    run(1, prints="kernel has net ['network', 'compressor']")
    run(2)
    figure.get_by_text("pairs (count): 3.300 bits").wait_for()
    assert figure.locator(".sample").text_content() == "</script><b>x"
    assert figure.get_by_role("checkbox", name="networks").is_checked() is False
    assert figure.locator(".rungs").bounding_box()["width"] > 500


@pytest.mark.skipif(not BOOK.exists() and not os.environ.get("CI"), reason="THE BOOK IS NOT BUILT: make book")
@pytest.mark.parametrize(("width", "height"), [(360, 740), (1440, 900)])
def test_the_landing_page_has_a_live_figure_in_the_first_screen(pages, width, height):
    page = pages.open((BOOK / "book" / "index.html").as_uri(), width=width, height=height)
    live, pause = page.locator(".chargen-figure .live"), page.get_by_role("button", name="Pause").bounding_box()
    assert pause["y"] + pause["height"] < height
    page.wait_for_function("live => live.textContent.length > 40", arg=live.element_handle())  # it writes
    lowest = page.locator(".chargen-figure").get_by_role("radio").last
    lowest.wait_for()
    lowest.scroll_into_view_if_needed()
    box, sample = lowest.bounding_box(), page.locator(".chargen-figure .sample")
    assert_every_rung_ends_at_its_bits(page)  # the theme's own styles leave the figure as it is
    before, scrolled = sample.text_content(), page.evaluate("window.scrollY")
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert sample.text_content() != before and page.evaluate("window.scrollY") == scrolled, "a click does not scroll"
    assert page.evaluate("document.documentElement.scrollWidth") <= width
