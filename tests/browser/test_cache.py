"""CacheExplorer, in a page without a kernel and in JupyterLab: every step is drawn, counted and told as the library has it."""

import re

import pytest
from flax import nnx
from reading import HOSTILE, Notebook, colour, contrast, holds, smallest, themes, thread_clock

from chargen_lib.models import Transformer
from chargen_lib.text import visible
from chargen_lib.widgets import CacheExplorer
from chargen_lib.widgets.cache.still import held

TEXT = "the owl sat on it"
N = len(TEXT)


def explorer(text=TEXT, **settings):
    return CacheExplorer(text, Transformer(5, 8, context=4, layers=2, heads=2, rngs=nnx.Rngs(3)), **{"slots": 4, **settings})


@pytest.fixture(scope="module")
def house():
    return CacheExplorer()


def says(page, words):
    page.wait_for_function("words => document.querySelector('.summary').textContent === words", arg=words, timeout=5000)


def slider(page, name):
    return page.get_by_role("slider", name=name)


def choose(page, figure, **settings):
    for name, value in settings.items():
        if name == "text":
            page.get_by_role("textbox", name="text").fill(value)
        elif name == "cached":
            page.get_by_label("with a cache").set_checked(value)
        else:
            place = value - 1 if name == "step" else value
            slider(page, name).fill(str(place))
        setattr(figure, name, value)


def drawn(page):
    """The cells of the map by kind, {kind: set of (step, place), both from 0}, each drawn once."""
    found = {}
    for kind, pattern, down in (
        ("again", r"M(\d+) (\d+)l1-1", 1),
        ("kept", r"M(\d+) (\d+)h0", 0),
        ("new", r"M(\d+) (\d+)h1v1h-1z", 0),
    ):
        path = page.locator(f".cache-map path.{'lines' if kind == 'again' else kind}")
        cells = re.findall(pattern, (path.get_attribute("d") or "") if path.count() else "")
        found[kind] = {(int(row) - down, int(column)) for column, row in cells}
        assert len(found[kind]) == len(cells), "drawn twice"
    return found


def ring(page):
    return page.locator(".slot").evaluate_all(
        "all => all.map((slot) => [slot.className, ...[...slot.children].map((part) => part.textContent)])"
    )


def agrees(page, figure):
    says(page, figure.summary())
    cells, (without, cached) = drawn(page), figure.rows
    assert len(cells["new"]) == figure.step == cached and all(row == place for row, place in cells["new"])
    if figure.cached:
        kept = {(n - 1, place) for n in range(1, figure.step + 1) for place in range(max(0, n - figure.slots), n - 1)}
        assert cells["kept"] == kept and not cells["again"]
        assert {place for row, place in kept if row == figure.step - 1} == set(figure.kept) - {figure.step - 1}
    else:
        assert cells["again"] == {(row, place) for row in range(figure.step) for place in range(row)}
        assert len(cells["again"]) + len(cells["new"]) == without and not cells["kept"]
    assert page.locator(".cache-map rect").get_attribute("y") == str(figure.step - 1)
    slots = []
    for slot, place in enumerate(held(figure)):
        if place is None:
            slots.append(["slot empty", str(slot), "\u00a0", "–"])
            continue
        is_new = slot == figure.slot
        before = f"{figure.written_over} " if is_new and figure.written_over is not None else ""
        slots.append(["slot new" if is_new else "slot", str(slot), figure.labels()[place], f"{before}{place}"])
    assert ring(page) == slots
    kinds = page.locator(".passage span").evaluate_all("all => all.map((one) => [one.textContent, one.className])")
    other = (lambda place: "kept" if place in figure.kept else "gone") if figure.cached else (lambda place: "again")
    n = figure.step
    expected = [*map(other, range(n - 1)), "new", *["later"] * (len(figure.codes) - n)]
    assert kinds == [[label, kind] for label, kind in zip(figure.labels(), expected, strict=True)]
    counts = page.locator("dd").all_text_contents()
    assert counts == [
        f"{without:,}{n} × {n + 1} / 2",
        f"{cached}one a step",
        f"{figure.cache_bytes:,}{figure.slots} slot{'' if figure.slots == 1 else 's'}, full or not",
    ]


def test_the_page_shows_what_the_library_says(show):
    figure = explorer()
    page = show(figure)
    agrees(page, figure)
    for settings in (
        {"step": 4},
        {"cached": True},
        {"step": 5},
        {"slots": 1},
        {"step": N, "slots": 5},
        {"slots": 64},
        {"step": 1},
        {"cached": False, "slots": 3},
    ):
        choose(page, figure, **settings)
        agrees(page, figure)


def test_with_the_house_model_s_sizes(show, house):
    page = show(house)
    agrees(page, house)
    choose(page, house, cached=True, step=22, slots=64)
    agrees(page, house)
    assert house.words["note"] in page.locator(".legend").nth(3).text_content()
    choose(page, house, cached=False, step=11, slots=8)


def test_a_reader_types_a_text_of_her_own(show):
    figure = explorer(step=12, cached=True)
    page = show(figure)
    field = page.get_by_role("textbox", name="text")
    assert field.input_value() == TEXT
    for text, n in (("a hen ran over it all", 12), ("a hen ran", 9), ("a", 1), ("a longer text than any before it 😀", 34)):
        choose(page, figure, text=text)
        figure.step = n  # at the last step, what is typed is read at once
        agrees(page, figure)
    choose(page, figure, slots=7)
    agrees(page, figure)
    field.press("End")
    field.press("Backspace")  # a character of two halves
    figure.text = figure.text[:-1]
    agrees(page, figure)
    field.fill("")
    says(page, "The text is empty: type at least one character. Until then the last text is shown.")
    slider(page, "slots").press("ArrowLeft")
    figure.slots = 6
    agrees(page, figure)
    assert field.input_value() == figure.text
    field.fill("ab" * 40)
    figure.text, figure.step = "ab" * 32, 64
    agrees(page, figure)


def test_sliders_play_and_clicks_move_the_step(show):
    figure = explorer(step=3, cached=True)
    page = show(figure)
    step = slider(page, "step")
    for key, n in (("ArrowRight", 4), ("Home", 1), ("ArrowRight", 2), ("End", N)):
        step.press(key)
        figure.step = n
        agrees(page, figure)
        assert step.get_attribute("aria-valuetext") == f"step {n} of {N}: reads {figure.labels()[n - 1]}"
    page.locator(".passage span").nth(6).click()
    figure.step = 7
    agrees(page, figure)
    box = page.locator(".cache-map").bounding_box()
    page.mouse.click(box["x"] + 3, box["y"] + box["height"] * 9.5 / N)
    figure.step = 10
    agrees(page, figure)
    step.fill(str(N - 2))
    page.get_by_role("button", name="Play").click()
    page.get_by_role("button", name="Pause").wait_for()
    page.get_by_role("button", name="Play").wait_for()  # it stops at the end
    figure.step = N
    agrees(page, figure)


def test_every_control_has_a_name_and_focus_is_seen(show):
    page = show(explorer(step=5))
    names = []
    for _ in range(5):
        page.keyboard.press("Tab")
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        names.append(
            page.evaluate(
                "(({ labels, textContent }) => labels?.[0] ? (labels[0].querySelector('span') ?? labels[0]).textContent : textContent)"
                "(document.activeElement)"
            )
        )
    assert names == ["text", "with a cache", f"step 5 of {N}: reads o", "Play", "slots of the ring: 4"]
    assert page.locator(".summary").get_attribute("aria-live") == "polite"
    pictures = page.get_by_role("img").evaluate_all("all => all.map((one) => one.getAttribute('aria-label'))")
    assert pictures[0] == "The passage: the␣owl␣sat␣on␣it" and pictures[1].startswith("What each step so far computed: ")
    assert pictures[2] == "The ring is empty: without a cache nothing is kept."
    page.get_by_label("with a cache").press("Space")
    told = page.locator(".ring").get_attribute("aria-label")
    assert told == "The ring, slot by slot from 0, holds the places 4, 1, 2, 3."


def test_any_text_is_shown_as_text(show):
    page = show(explorer(cached=True, slots=64), width=360)
    for text in HOSTILE:
        if text == HOSTILE[-1] or "\x00" in text or "\ud800" in text:
            continue  # longer than the figure takes, or nothing that a keyboard writes: below
        figure = explorer(text, step=len(text), cached=True, slots=64)
        page.get_by_role("textbox").fill(text)
        page.get_by_role("slider").first.fill(str(len(text) - 1))
        agrees(page, figure)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
    for text in ("\x00\x1b\x7f\ud800\u202e\u0301\n ש", HOSTILE[-1][:64]):
        figure = explorer(text, step=len(text), cached=True, slots=64)
        page = show(figure, width=360)
        agrees(page, figure)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        assert [label for label, *_ in [[one[2]] for one in ring(page)[: len(text)]]] == list(map(visible, text))
    assert page.title() == "Figures" and page.locator(".chargen-figure :is(img, script, b, i)").count() == 0


@pytest.mark.parametrize("width", [320, 360, 1440])
def test_a_phone_needs_no_sideways_scroll_and_reads_every_word(show, house, width):
    page = show(house, width=width)
    for slots in ("8", "64"):
        for is_cached in (True, False):
            page.get_by_label("with a cache").set_checked(is_cached)
            slider(page, "slots").fill(slots)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert holds(page, ":is(.passage, .slot, .slot small, .cache-map, dd, .swatch)")
    narrow = show(explorer("ab" * 32, step=64, cached=True, slots=9), width=width)  # two numbers of two figures in one slot
    for slot in narrow.locator(".slot").all():
        box, number = slot.bounding_box(), slot.locator("small").last.bounding_box()
        assert box["x"] <= number["x"] and number["x"] + number["width"] <= box["x"] + box["width"]
    writing, control = smallest(page, "button, input[type=range], input[type=text], label:has(input[type=checkbox])")
    assert writing >= 11 and control >= 24


def test_it_fits_on_a_slide(show, house):
    page = show(house, width=1280, height=720)
    for is_cached in (True, False):
        page.get_by_label("with a cache").set_checked(is_cached)
        for step in (0, 12, 21):
            slider(page, "step").fill(str(step))
            page.wait_for_function("n => document.querySelector('.summary').textContent.startsWith(`Step ${n} `)", arg=step + 1)
            assert page.locator(".chargen-figure").bounding_box()["height"] <= 560


def test_the_figure_moves_at_once_on_a_processor_four_times_as_slow(show):
    page = show(explorer("ab" * 32, slots=64))
    busy = thread_clock(page)
    before = busy()
    page.evaluate(
        """async () => {
             const slider = document.querySelector("input[type=range]"), cached = document.querySelector("input[type=checkbox]");
             const drawn = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
             for (let place = 24; place < 64; place += 1) {
               slider.value = place;
               slider.dispatchEvent(new Event("input"));
               if (place % 4 === 0) cached.click();
               await drawn();
             }
           }"""
    )
    each = (busy() - before) / 40
    assert 4 * each < 0.1, f"{each} seconds for one step, four times as much on a slow processor"


@pytest.mark.parametrize("settings", [{"step": 9}, {"step": 9, "cached": True}])
def test_without_scripts_and_on_paper_a_still_picture_remains(show, settings):
    def everything(page):
        paths = page.locator(".cache-map path[d]:not([d=''])").evaluate_all(
            "all => all.map((p) => [p.className.baseVal, p.getAttribute('d')])"
        )
        labels = page.locator("[role=img]").evaluate_all("all => all.map((one) => one.getAttribute('aria-label'))")
        words = page.locator(".chargen-figure :is(.legend, dl, .passage)").evaluate_all(
            "all => all.map((one) => one.innerHTML.replaceAll(' <small>', '<small>'))"  # a space where no style sets them apart
        )
        return sorted(paths), labels, words, page.locator(".cache-map").get_attribute("viewBox")

    figure = explorer(**settings)
    still = show(figure, java_script_enabled=False)
    agrees_still = still.locator(".summary").text_content(), ring(still), drawn(still), everything(still)
    page = show(figure)  # with scripts, the same
    agrees(page, figure)
    assert (page.locator(".summary").text_content(), ring(page), drawn(page), everything(page)) == agrees_still
    page.emulate_media(media="print", color_scheme="dark")
    assert page.locator(".cache-map").is_visible() and page.locator(".slot").first.is_visible()
    assert page.locator("input:visible, button:visible").count() == 0
    assert colour(page, ".chargen-figure", "background-color") == "rgb(255, 255, 255)"


def test_twice_in_a_page(show):
    page = show(explorer(), explorer())
    slider(page, "step").nth(1).fill("0")
    page.wait_for_function("document.querySelectorAll('.summary')[1].textContent.startsWith('Step 1 of')")
    assert page.locator(".summary").first.text_content().startswith("Step 9 of")


@pytest.mark.parametrize("system", ["light", "dark"])
def test_light_and_dark(show, system):
    page = show(explorer(step=12, cached=True), explorer(step=12), color_scheme=system)
    for theme in themes(page, system):
        paper = colour(page, ".chargen-figure", "background-color")
        assert (contrast(paper, "rgb(255, 255, 255)") < 1.1) == (theme == "light")
        for words in (
            ".summary",
            ".legend",
            ".passage .later",
            ".passage .gone",
            ".slot bdi",
            ".slot small",
            "dt",
            "dd",
            "dd small",
            ".slot s",
        ):
            assert contrast(colour(page, words, "color"), paper) >= 4.5, words
        assert contrast(colour(page, ".slot.empty small", "color"), paper) >= 4.5
        fill = page.locator(".swatch.new").first.evaluate(
            """swatch => {
                 const [red, green, blue] = getComputedStyle(swatch).backgroundColor.match(/[\\d.]+/g).map(Number);
                 return `rgb(${[red, green, blue].map((part) => Math.round(255 * part)).join(", ")})`;
               }"""
        )
        assert contrast(colour(page, ".passage .new", "color"), fill) >= 4.5
        for part, style in (
            (".new", "fill"),
            (".kept", "stroke"),
            (".lines", "stroke"),
            (".frame", "stroke"),
            ("rect", "stroke"),
        ):
            name = part if part == "rect" else f"path{part}"
            assert contrast(colour(page, f".cache-map {name}", style), paper) >= 3, part
        assert contrast(colour(page, ".slot.new", "outline-color"), paper) >= 3
    # Not by colour alone.
    assert colour(page, ".passage .new", "outline-style") == "solid"
    assert "line-through" in colour(page, ".passage .gone", "text-decoration-line")
    assert "underline" in colour(page, ".passage .kept", "text-decoration-line")
    assert "gradient" in colour(page, ".passage .again", "background-image")
    assert colour(page, ".slot.empty", "border-top-style") == "dashed" != colour(page, ".slot", "border-top-style")


CELLS = [
    "from flax import nnx\nfrom chargen_lib.models import Transformer\nfrom chargen_lib.widgets import CacheExplorer\n"
    'fig = CacheExplorer("</b>cat", Transformer(5, 8, context=8, rngs=nnx.Rngs(0)), step=5, slots=3)\nfig',
    'print("kernel has", repr(fig.text), fig.step, fig.slots, fig.cached)',
    'fig.cached = True\nfig.text = "ab"',
]


def test_in_jupyterlab_the_figure_reaches_the_kernel_and_the_kernel_the_figure(pages, lab):
    notebook = Notebook(pages, lab, *CELLS)
    page, run = notebook.page, notebook.run

    run(0)
    figure = page.locator(".chargen-figure")
    figure.get_by_text("Step 5 of 7, without a cache: the row of c, at place 4, is computed").wait_for()
    run(1, prints="kernel has '</b>cat' 5 3 False")
    # In the figure a key is the figure's: JupyterLab would move to another cell, or cut one.
    figure.get_by_role("slider", name="step").press("ArrowRight")
    figure.get_by_role("slider", name="slots").press("ArrowLeft")
    figure.get_by_role("textbox").fill("")
    figure.get_by_role("textbox").press_sequentially("xd a ")
    figure.get_by_label("with a cache").press("Space")
    run(1, prints="kernel has 'xd a ' 5 2 True")
    figure.get_by_role("slider", name="step").press("ArrowLeft")
    run(2)
    figure.get_by_text("Step 2 of 2, with a cache of 2 slots: only the row of b, at place 1, is computed;").wait_for()
    run(1, prints="kernel has 'ab' 2 2 True")
    slot = figure.locator(".slot").first.bounding_box()
    assert 24 <= slot["width"] <= 200 and 24 <= slot["height"] <= 80  # JupyterLab's styles leave it as it is
    assert figure.locator(".cache-map").bounding_box()["width"] > 120
