"""AttentionExplorer, in a page without a kernel and in JupyterLab: every place, head and setting is drawn and told as the library has it."""

import re

import numpy as np
import pytest
from flax import nnx
from reading import HOSTILE, Notebook, colour, contrast, holds, letters, read_bars, smallest, themes, thread_clock

from chargen_lib.models import Transformer
from chargen_lib.text import Vocabulary
from chargen_lib.widgets import AttentionExplorer

LETTERS = Vocabulary("abcdehors ")
TEXT = "a horse a hearse"
LAST = len(TEXT) - 2


def explorer(text=TEXT, vocabulary=LETTERS, **settings):
    """Of a small model whose heads have a will of their own."""
    model = Transformer(len(vocabulary), 8, context=len(text) - 1, layers=2, heads=2, rngs=nnx.Rngs(3))
    for block in model.blocks:
        block.qkv.kernel[...] = 2 * block.qkv.kernel[...]
        block.attended.kernel[...] = 3 * block.attended.kernel[...]
    model.output.kernel[...] = 3 * model.output.kernel[...]
    return AttentionExplorer(text, model, vocabulary, **settings)


@pytest.fixture(scope="module")
def house():
    return AttentionExplorer()


def says(page, words):
    page.wait_for_function("words => document.querySelector('.summary').textContent === words", arg=words, timeout=5000)


def cells(page):
    """Of each character of the passage: what is seen, the number below, how it is drawn, how strong its colour is."""
    return page.locator(".attention-text .cell").evaluate_all(
        """all => all.map((cell) => [cell.querySelector("bdi").textContent, cell.querySelector("small").textContent,
             cell.className, Number(cell.style.getPropertyValue("--shade"))])"""
    )


def in_numbers(figure):
    """What cells() must find: from the weights themselves."""
    rows = []
    for other, id_ in enumerate(figure.ids):
        is_seen = other < len(figure.ids) - 1 and (other <= figure.place or not figure.mask)
        weight = float(figure.weights[figure.place, other]) if is_seen else 0.0
        whole = int(100 * weight + 0.5)
        number = "" if whole == 0 else ">\u00a099" if whole == 100 and (figure.place > 0 or not figure.mask) else str(whole)
        kind = "cell asks" if other == figure.place else "cell" if is_seen else "cell masked"
        rows.append([figure.labels[id_], number, kind, pytest.approx(np.ceil(np.sqrt(whole)) / 10)])
    return rows


def on_map(page, time):
    """The shade of every cell of the matrix, (time, time), from its paths."""
    found = np.zeros((time, time))
    for opacity, path in page.locator(".attention-map path[fill-opacity]").evaluate_all(
        "all => all.map((path) => [path.getAttribute('fill-opacity'), path.getAttribute('d')])"
    ):
        for column, row in re.findall(r"M(\d+) (\d+)h1v1h-1z", path):
            assert found[int(row), int(column)] == 0, "drawn twice"
            found[int(row), int(column)] = float(opacity)
    return found


def agrees(page, figure):
    says(page, figure.summary())
    assert cells(page) == in_numbers(figure)
    whole = np.floor(100 * figure.weights.astype(float) + 0.5)
    np.testing.assert_allclose(on_map(page, len(whole)), np.ceil(np.sqrt(whole)) / 10, atol=1e-9)
    assert page.locator(".attention-map .masked").is_visible() == figure.mask
    assert page.locator(".attention-map rect").get_attribute("y") == str(figure.place)
    setting = 2 * (not figure.mask) + (not figure.positions)
    true = figure.ids[figure.place + 1]
    guesses = figure.guesses[setting][figure.place]
    for (label, words, length), (i, p) in zip(read_bars(page), guesses, strict=True):
        assert label == figure.labels[i] and words.endswith(", true") == (i == true)
        assert abs(length - 100 * p) < 1e-3
    numbers = page.locator("dd").all_text_contents()
    assert numbers[0].startswith(f"{figure.bits[figure.place]:.2f}as trained: ")
    assert numbers[1].startswith(f"{figure.bits.mean():.2f}as trained: ")


def choose(page, figure, **settings):
    for name, value in settings.items():
        if name in ("layer", "head"):
            page.get_by_role("combobox", name=name).select_option(str(value))
        elif name == "place":
            page.get_by_role("slider").fill(str(value))
        else:
            page.get_by_label(name).set_checked(value)
        setattr(figure, name, value)


def test_the_page_shows_what_the_library_says(show):
    figure = explorer()
    page = show(figure)
    agrees(page, figure)
    for settings in (
        {"layer": 2, "head": 2, "place": 5},
        {"mask": False},
        {"place": LAST},
        {"positions": False, "head": 1},
        {"place": 0},
        {"mask": True},
        {"layer": 1, "positions": True},
    ):
        choose(page, figure, **settings)
        agrees(page, figure)


def test_the_house_model_without_its_mask_and_positions(show, house):
    page = show(house)
    agrees(page, house)
    choose(page, house, mask=False, positions=False)
    agrees(page, house)
    choose(page, house, mask=True, positions=True)


def test_slider_and_play_move_the_asking_place(show):
    figure = explorer(place=LAST - 2)
    page = show(figure)
    slider = page.get_by_role("slider")
    for key, place in (("ArrowRight", LAST - 1), ("Home", 0), ("ArrowRight", 1), ("End", LAST)):
        slider.press(key)
        figure.place = place
        assert slider.get_attribute("aria-valuetext").endswith(f" at place {place} of 0 to {LAST}")
        assert cells(page) == in_numbers(figure)
    slider.fill(str(LAST - 1))
    page.get_by_role("button", name="Play").click()
    page.get_by_role("button", name="Pause").wait_for()
    page.get_by_role("button", name="Play").wait_for()  # it stops at the end
    figure.place = LAST
    says(page, figure.summary())


def test_a_character_or_a_row_is_asked_by_mouse_and_keyboard(show):
    figure = explorer(mask=False)
    page = show(figure)
    passage = page.get_by_role("group", name="the passage")
    buttons = passage.get_by_role("button")
    assert buttons.count() == len(TEXT) - 1, "the last character is only guessed"
    buttons.nth(4).click()
    figure.place = 4
    agrees(page, figure)
    for key, place in (("ArrowRight", 5), ("ArrowLeft", 4), ("Home", 0), ("ArrowLeft", 0), ("End", LAST), ("ArrowRight", LAST)):
        page.keyboard.press(key)
        assert page.evaluate("[...document.activeElement.parentElement.children].indexOf(document.activeElement)") == place
        assert passage.locator("[aria-pressed=true]").count() == passage.locator("[tabindex='0']").count() == 1
        figure.place = place
        assert cells(page) == in_numbers(figure)
    passage.locator("span.cell").click()  # nobody asks there
    box = page.locator(".attention-map").bounding_box()
    page.mouse.click(box["x"] + 3, box["y"] + box["height"] * 2.5 / (LAST + 1))
    figure.place = 2
    agrees(page, figure)


def test_every_control_and_character_has_a_name_and_focus_is_seen(show):
    figure = explorer(place=3)
    page = show(figure)
    names = []
    for _ in range(7):
        page.keyboard.press("Tab")
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        names.append(
            page.evaluate(
                "(({ labels, ariaLabel, textContent }) => labels?.[0]?.firstElementChild?.tagName === 'SPAN' ? labels[0].firstElementChild.textContent"
                " : labels?.[0]?.textContent || ariaLabel || textContent)(document.activeElement)"
            )
        )
    weight = int(100 * figure.weights[3, 3] + 0.5)
    share = f"{weight}\u00a0%" if weight else "<\u00a01\u00a0%"
    asking = f"asking: o at place 3 of 0 to {LAST}"
    assert names == ["layer", "head", "its mask", "positions", asking, "Play", f"o {share}, place 3, asks"]
    labels = page.locator(".attention-text button").evaluate_all("all => all.map((one) => one.ariaLabel)")
    assert re.fullmatch(r"␣ (<\u00a01|\d+)\u00a0%, place 1", labels[1]) and labels[5] == "s not seen, place 5"
    assert page.get_by_role("group", name="the model is read with").is_visible()
    assert page.locator(".summary").get_attribute("aria-live") == "polite"
    assert page.get_by_role("img").get_attribute("aria-label") == "The matrix of all weights of this head."


def test_any_character_is_shown_as_text(show):
    characters = "".join(dict.fromkeys("".join(HOSTILE)))
    text = (characters + HOSTILE[1])[:65]
    vocabulary = Vocabulary(characters)
    figure = explorer(text, vocabulary)
    page = show(figure, width=360)
    for wanted in ("<", "\x00", "ש", "😀", "\ud800", "\u202e"):
        place = text.index(wanted)
        if place > 0:
            choose(page, figure, place=place - 1)
            says(page, figure.summary())
        choose(page, figure, place=place)
        agrees(page, figure)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.title() == "Figures" and page.locator(".chargen-figure :is(img, script, b, i)").count() == 0
    still = show(figure, java_script_enabled=False)
    assert cells(still) == in_numbers(figure)


@pytest.mark.parametrize("width", [320, 360, 1440])
def test_a_phone_needs_no_sideways_scroll_and_reads_every_word(show, house, width):
    page = show(house, width=width)
    for switch in ("mask", "positions"):
        page.get_by_label(switch).uncheck()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert holds(page, ".attention-text :is(.cell, bdi, small), .attention-map, .bars .share")
    writing, control = smallest(page, "button, input[type=range], select, .choices label:has(input)")
    assert writing >= 11 and control >= 24


def test_the_figure_moves_at_once_on_a_processor_four_times_as_slow(show, house):
    page = show(house)
    busy = thread_clock(page)
    before = busy()
    page.evaluate(
        """async () => {
             const slider = document.querySelector("input[type=range]"), mask = document.querySelector("input[type=checkbox]");
             const drawn = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
             for (let place = 0; place < 40; place += 1) {
               slider.value = place;
               slider.dispatchEvent(new Event("input"));
               if (place % 4 === 0) mask.click();
               await drawn();
             }
           }"""
    )
    each = (busy() - before) / 40
    assert 4 * each < 0.1, f"{each} seconds for one step, four times as much on a slow processor"


def test_without_scripts_and_on_paper_a_still_picture_remains(show):
    for settings in ({"place": 5}, {"place": 5, "mask": False, "positions": False, "layer": 2}):
        figure = explorer(**settings)
        page = show(figure, java_script_enabled=False)
        assert page.locator(".summary").text_content() == figure.summary()
        assert cells(page) == in_numbers(figure)
        drawn, bars = on_map(page, LAST + 1), read_bars(page)
        words = letters(page, ":is(.legend, dl)")
        kinds = page.locator(".bars li").evaluate_all("all => all.map((one) => one.className)")
        stairs = page.locator(".attention-map .masked")
        stairs = stairs.get_attribute("d") if stairs.count() else None

        page = show(figure)  # with scripts, the same
        np.testing.assert_array_equal(on_map(page, LAST + 1), drawn)
        for (label, share, length), (label_still, share_still, length_still) in zip(read_bars(page), bars, strict=True):
            assert (label, share) == (label_still, share_still) and abs(length - length_still) < 0.01
        assert letters(page, ":is(.legend, dl)") == words
        assert page.locator(".bars li").evaluate_all("all => all.map((one) => one.className)") == kinds
        assert stairs in (None, page.locator(".attention-map .masked").get_attribute("d"))
        page.emulate_media(media="print", color_scheme="dark")
        assert page.locator(".attention-map").is_visible() and page.locator(".attention-text .cell").first.is_visible()
        assert page.locator("input:visible, select:visible").count() == 0
        assert colour(page, ".chargen-figure", "background-color") == "rgb(255, 255, 255)"


def test_twice_in_a_page(show):
    page = show(explorer(), explorer())
    page.get_by_role("slider").nth(1).fill("0")
    page.wait_for_function("document.querySelectorAll('.summary')[1].textContent.includes('a at place 0 looks')")
    assert f" at place {LAST - 3} looks" in page.locator(".summary").first.text_content()


@pytest.mark.parametrize("system", ["light", "dark"])
def test_light_and_dark(show, system):
    page = show(explorer(place=8), color_scheme=system)
    page.locator(".attention-text button").first.evaluate("cell => cell.style.setProperty('--shade', 1)")
    page.evaluate("document.activeElement.blur()")
    for theme in themes(page, system):
        paper = colour(page, ".chargen-figure", "background-color")
        assert (contrast(paper, "rgb(255, 255, 255)") < 1.1) == (theme == "light")
        for words in (".summary", ".legend", ".cell.masked", "dt", "dd", "dd small", ".bars .share", ".bars .true .name"):
            assert contrast(colour(page, words, "color"), paper) >= 4.5, words
        strongest = page.locator(".attention-text button").first.evaluate(
            """cell => {
                 const [red, green, blue] = getComputedStyle(cell).backgroundColor.match(/[\\d.]+/g).map(Number);
                 return `rgb(${[red, green, blue].map((part) => Math.round(255 * part)).join(", ")})`;
               }"""
        )
        assert contrast(colour(page, ".attention-text button small", "color"), strongest) >= 4.5
        assert contrast(strongest, paper) >= 1.5, "a weight of 100 % is seen by its colour too"
        for line in ("path", "rect"):
            style = "fill" if line == "path" else "stroke"
            assert contrast(colour(page, f".attention-map {line}:not(.masked)", style), paper) >= 3
        assert contrast(colour(page, ".attention-text .asks", "outline-color"), paper) >= 3
        assert contrast(colour(page, ".bars .true .bar", "background-color"), paper) >= 3
    # Not by colour alone.
    assert colour(page, ".cell.masked", "border-top-style") == "dashed" != colour(page, ".cell", "border-top-style")
    assert colour(page, ".cell.asks", "outline-style") == "solid"


CELLS = [
    "from flax import nnx\nfrom chargen_lib.models import Transformer\nfrom chargen_lib.text import Vocabulary\n"
    "from chargen_lib.widgets import AttentionExplorer\n"
    "model = Transformer(5, 8, context=8, layers=2, heads=2, rngs=nnx.Rngs(0))\n"
    'fig = AttentionExplorer("</b>c</b", model, Vocabulary("</b>c"), layer=2, head=2, place=3)\nfig',
    'print("kernel has", fig.layer, fig.head, fig.place, fig.mask, fig.positions)',
    "fig.layer, fig.place, fig.mask = 2, 0, True",
]


def test_in_jupyterlab_the_figure_reaches_the_kernel_and_the_kernel_the_figure(pages, lab):
    notebook = Notebook(pages, lab, *CELLS)
    page, run = notebook.page, notebook.run

    run(0)
    figure = page.locator(".chargen-figure")
    figure.get_by_text("Layer 2, head 2, as trained: > at place 3 looks most at").wait_for()
    run(1, prints="kernel has 2 2 3 True True")
    # In the figure a key is the figure's: JupyterLab would move to another cell.
    figure.get_by_role("slider").press("ArrowLeft")
    figure.get_by_role("combobox", name="layer").select_option("1")
    figure.get_by_role("combobox", name="head").select_option("1")
    figure.get_by_label("its mask").press("Space")
    figure.get_by_label("positions").press("Space")
    figure.locator(".attention-text button").nth(2).press("ArrowRight")
    figure.locator(".attention-text button").nth(3).press("ArrowRight")
    run(1, prints="kernel has 1 1 4 False False")
    run(2)
    figure.get_by_text("Layer 2, head 1, without positions: < at place 0 looks most at < (itself) 100").wait_for()
    run(1, prints="kernel has 2 1 0 True False")
    cell = figure.locator(".attention-text button").first.bounding_box()
    assert 24 <= cell["width"] <= 60 and 24 <= cell["height"] <= 60  # JupyterLab's styles leave it as it is
    assert figure.locator(".attention-map").bounding_box()["width"] > 200
