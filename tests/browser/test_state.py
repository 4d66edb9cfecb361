"""StateLens, in a page without a kernel and in JupyterLab: colours and words say the values that Python has."""

import html
import re

import pytest
from flax import nnx
from reading import HOSTILE, Notebook, colour, contrast, holds, smallest, srgb, themes, thread_clock

from chargen_lib.models import Recurrent
from chargen_lib.text import Vocabulary
from chargen_lib.widgets import StateLens

VOCABULARY = Vocabulary('\n "abcdehlnorstw')
PASSAGE = 'the owl sat\n"not a hen" the owl also sat on a bare barn'
MEASURED = 'the owl sat\n"not a hen at all" the owl also sat\n' * 60
WALK, UNIT = "place", "unit"


def lens(**changed):
    model = Recurrent(len(VOCABULARY), 4, 8, rngs=nnx.Rngs(0))
    model.stack[0].Wx[...] *= 4  # so that all colours are there
    return StateLens(model, VOCABULARY, PASSAGE, **{"measured": "", **changed})


@pytest.fixture(scope="module")
def house():
    return StateLens()


def says(page, words):
    page.wait_for_function("words => document.querySelector('.summary').textContent === words", arg=words, timeout=5000)


def still_parts(text):
    """What can be read in html: the passage's classes, and the table's cells."""
    kinds = re.findall(r'<span class="([^"]*)">', text.split("</p>")[0])
    rows = [re.sub("<.*?>", "|", row) for row in re.findall(r"<tr.*?</tr>", text)]
    return kinds, [[html.unescape(cell) for cell in row.split("|") if cell] for row in rows]


def shown_parts(page):
    kinds = page.locator(".passage span").evaluate_all("all => all.map((span) => span.className)")
    rows = page.locator("tr").evaluate_all("all => all.map((row) => [...row.children].map((cell) => cell.textContent))")
    return kinds, rows


def test_at_every_place_and_in_every_view_the_page_says_what_python_says(show):
    figure = lens()
    page = show(figure)
    for view, name in [("state", "one unit's state"), ("trained", "reach, trained"), ("untrained", "reach, untrained")]:
        page.get_by_label(name, exact=True).check()
        figure.view = view
        for place in (0, 1, 17, len(PASSAGE) - 2):
            page.get_by_label(WALK, exact=False).first.fill(str(place))
            figure.place = place
            for unit in range(8) if view == "state" else ():
                page.get_by_label(UNIT).last.fill(str(unit))
                figure.unit = unit
                assert shown_parts(page) == still_parts(figure.still())
            assert shown_parts(page) == still_parts(figure.still())
            says(page, figure.summary())
        assert page.locator("input[type=range]:visible").count() == (2 if view == "state" else 1)


def test_the_keyboard_reaches_everything_and_every_control_has_a_name(show):
    figure = lens(measured=MEASURED, place=10, unit=2)
    page = show(figure)
    names = []
    for _ in range(5 if figure.named else 4):
        page.keyboard.press("Tab")
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        names.append(page.evaluate("(document.activeElement.labels[0] ?? document.activeElement).textContent"))
    assert names[:4] == ["one unit's state", f"place 11 of {len(PASSAGE)}: t", "Play", "unit 2 (0 to 7)"]
    unit = page.locator("input[type=range]").nth(1)
    unit.press("ArrowRight")
    assert unit.get_attribute("aria-valuetext") == "unit 3"
    page.locator("input[type=range]").first.press("ArrowLeft")
    assert page.locator(".passage .here").text_content() == "a"
    page.get_by_label("one unit's state").press("ArrowRight")
    assert page.get_by_label("reach, trained").is_checked()
    figure.unit, figure.place, figure.view = 3, 9, "trained"
    says(page, figure.summary())
    assert page.locator(".summary").get_attribute("aria-live") == "polite"
    assert page.locator(".passage").get_attribute("role") == "img"


def test_pointing_reads_a_value_and_a_click_chooses(show):
    figure = lens(unit=4)
    page = show(figure)
    page.locator(".passage span").nth(5).hover()
    assert page.locator(".pointed").text_content() == f"w: {figure.value(5):.2f}".replace("-", "−")
    page.locator(".passage span").nth(5).click()
    assert page.locator("input[type=range]").first.input_value() == "5"
    page.get_by_label("reach, trained").check()
    page.locator(".passage span").nth(9).hover()
    assert page.locator(".pointed").text_content() == "a: comes later"
    page.locator(".passage span").nth(5).hover()
    assert page.locator(".pointed").text_content() == "w: 100\u00a0%"
    page.locator(".passage span").last.click()  # nothing comes after it
    assert page.locator("input[type=range]").first.input_value() == str(len(PASSAGE) - 2)


def test_a_named_unit_can_be_chosen_by_what_it_goes_with(show, house):
    page = show(house)
    menu = page.get_by_label("goes with")
    assert menu.locator("option").count() == 1 + len(house.named) > 2
    unit = house.named[-1][0]
    menu.select_option(str(unit))
    assert page.locator("input[type=range]").nth(1).input_value() == str(unit)
    page.locator("input[type=range]").nth(1).fill("0" if unit else "1")
    assert menu.input_value() == ""


def test_any_text_is_shown_as_text(show):
    passage = "\n".join(HOSTILE)[:390]
    vocabulary = Vocabulary.from_text(passage)
    figure = StateLens(Recurrent(len(vocabulary), 4, 4, rngs=nnx.Rngs(0)), vocabulary, passage, measured="", place=100)
    page = show(figure, width=360)
    says(page, figure.summary())
    assert page.locator(".passage").get_attribute("aria-label") == "The passage: " + "".join(figure.labels)
    assert page.title() == "Figures" and page.locator(".chargen-figure :is(img, script, b)").count() == 0
    for place in (0, 60, 200):
        page.locator("input[type=range]").first.fill(str(place))
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("width", [320, 360, 1440])
def test_the_course_s_own_passage_fits_a_phone(show, house, width):
    page = show(house, width=width)
    for name in ("one unit's state", "reach, trained"):
        page.get_by_label(name).check()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert holds(page, ".passage, table, select:visible, .legend")
    writing, control = smallest(page, "button:visible, input[type=range]:visible")
    assert writing >= 11 and control >= 24


def test_with_a_processor_four_times_slower_a_step_is_drawn_at_once(show, house):
    page = show(house)
    busy = thread_clock(page)
    before = busy()
    page.evaluate(
        """() => {
          const [place, unit] = document.querySelectorAll("input[type=range]");
          for (let n = 0; n < 20; n += 1) {
            for (const [slider, value] of [[place, 40 + n], [unit, 7 * n]]) {
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
    for figure in (lens(place=14, unit=3), lens(place=14, view="trained")):
        page = show(figure, java_script_enabled=False)
        assert page.locator(".summary").text_content() == figure.summary()
        read = [shown_parts_still(page), page.locator(".legend").text_content(), page.locator("table").text_content()]
        page = show(figure)  # with scripts, the same
        assert [shown_parts_still(page), page.locator(".legend").text_content(), page.locator("table").text_content()] == read
        page.emulate_media(media="print", color_scheme="dark")
        assert page.locator("input:visible, button:visible").count() == 0
        assert colour(page, ".chargen-figure", "background-color") == "rgb(255, 255, 255)"


def shown_parts_still(page):
    return page.locator(".passage").inner_html()


@pytest.mark.parametrize("system", ["light", "dark"])
def test_light_and_dark(show, system):
    page = show(lens(place=14), lens(place=14, view="trained"), color_scheme=system)
    for theme in themes(page, system):
        paper = colour(page, ".chargen-figure", "background-color")
        assert (paper == "rgb(255, 255, 255)") == (theme == "light")
        for words in (".summary", ".legend", ".later", ".pointed", "td", "thead th", "caption", ".passage .here"):
            assert contrast(colour(page, words, "color"), paper) >= 4.5, words
        for kind in ("below", "above", "reach"):
            tints = [srgb(colour(page, f".swatch.{kind}{n}", "background-color")) for n in range(1, 5)]
            for tint in tints:
                assert contrast(colour(page, f".swatch.{kind}4", "color"), tint) >= 4.5
            away = [contrast(tint, paper) for tint in tints]
            assert away == sorted(away) and len(set(away)) == 4, "the stronger, the further from the paper"
    # Not by colour alone: a strong state has a line on the side of its sign.
    assert " -2px " in colour(page, ".swatch.below4", "box-shadow") and " 2px " in colour(page, ".swatch.above4", "box-shadow")
    assert colour(page, ".passage .here", "outline-style") == "solid"


CELLS = [
    "from flax import nnx\nfrom chargen_lib.models import Recurrent\nfrom chargen_lib.text import Vocabulary\n"
    "from chargen_lib.widgets import StateLens\n"
    'vocabulary = Vocabulary.from_text("the owl </b> sat")\nmodel = Recurrent(len(vocabulary), 4, 4, rngs=nnx.Rngs(0))\n'
    'fig = StateLens(model, vocabulary, "the owl </b> sat", measured="", place=9)\nfig',
    'print("kernel has", fig.place, fig.unit, fig.view)',
    'fig.place, fig.unit, fig.view = 3, 1, "state"',
]


def test_in_jupyterlab_the_figure_reaches_the_kernel_and_the_kernel_the_figure(pages, lab):
    notebook = Notebook(pages, lab, *CELLS)
    page, run = notebook.page, notebook.run

    run(0)
    figure = page.locator(".chargen-figure")
    figure.get_by_text("Unit 0 after “wl␣</”").wait_for()
    run(1, prints="kernel has 9 0 state")
    # In the figure a key is the figure's: JupyterLab would move to another cell.
    figure.locator("input[type=range]").first.press("ArrowLeft")
    figure.locator("input[type=range]").nth(1).press("ArrowRight")
    figure.get_by_label("reach, untrained").check()
    run(1, prints="kernel has 8 1 untrained")
    figure.locator(".passage span").nth(12).click()
    run(1, prints="kernel has 12 1 untrained")
    run(2)
    figure.get_by_text("Unit 1 after “the␣”").wait_for()
    assert figure.get_by_label("one unit's state").is_checked() and figure.locator("select").count() == 0
