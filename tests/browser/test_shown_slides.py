"""The built slides in a real browser: nothing runs over the edge, every formula is typeset, and the figures move."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SLIDES = ROOT / "_build" / "slides"
LESSONS = sorted(path.stem for path in (ROOT / "solutions").glob("[0-9][0-9]_*.py"))

pytestmark = pytest.mark.skipif(
    not SLIDES.exists() and not os.environ.get("CI"), reason="THE SLIDES ARE NOT BUILT, so they are not tested: make slides"
)

# Where the content of the current slide ends, without what scrolls inside a box and what is only for screen readers.
ENDS = """() => {
    const slide = Reveal.getCurrentSlide();
    const boxes = [...slide.querySelectorAll("*")]
        .filter((e) => !e.closest("aside, mjx-assistive-mml, pre *, .chargen-figure *"))
        .map((e) => e.getBoundingClientRect()).filter((box) => box.width && box.height);
    return [Math.max(...boxes.map((box) => box.right)), Math.max(...boxes.map((box) => box.bottom))];
}"""


def open_slides(pages, lesson, width=1280, height=720):
    page = pages.open((SLIDES / f"{lesson}.slides.html").as_uri(), width=width, height=height)
    page.wait_for_function("() => Reveal.isReady() && MathJax.startup?.promise")
    page.evaluate("() => MathJax.startup.promise.then(() => document.fonts.ready).then(() => null)")
    return page


# The slide with that number from 0, with all that comes at the press of a key; its title.
GO_TO = """(number) => {
    const slide = Reveal.getSlides()[number], place = Reveal.getIndices(slide);
    Reveal.slide(place.h, place.v, 1000);
    return slide.querySelector("h1, h2, h3, h4, h5").textContent;
}"""

# Of every slide in its turn: its title, and where its content ends.
EVERY_END = f"""async () => {{
    const found = [];
    for (let number = 0; number < Reveal.getTotalSlides(); number += 1) {{
        const title = ({GO_TO})(number);
        await new Promise((drawn) => requestAnimationFrame(drawn));
        found.push([number, title, ...({ENDS})()]);
    }}
    return found;
}}"""


def over_the_edge(page):
    """The slides whose content ends outside: [[number, title, right, bottom]]."""
    ends = page.evaluate(EVERY_END)
    return [end for end in ends if end[2] > 1280 or end[3] > 720]


@pytest.mark.parametrize("lesson", LESSONS)
def test_no_slide_runs_over_the_edge(pages, lesson):
    page = open_slides(pages, lesson)
    assert page.evaluate("Reveal.getTotalSlides()") > 5
    assert over_the_edge(page) == []
    assert page.locator("mjx-container").count() > 5 and page.locator("mjx-merror").count() == 0
    assert pages.faults == [], "a script reported a fault"


def test_too_much_on_a_slide_would_be_seen(pages):
    page = open_slides(pages, LESSONS[0])
    page.evaluate("""() => { const p = document.createElement("p"); p.textContent = "much ".repeat(900);
                     Reveal.getSlides()[2].append(p); }""")
    [(number, _, _, bottom)] = over_the_edge(page)
    assert number == 2 and bottom > 720


def test_a_figure_moves_and_keeps_its_keys(pages):
    page = open_slides(pages, "04_temperature")
    place = page.evaluate(
        "() => Reveal.getSlides().findIndex((slide) => slide.querySelector('.chargen-figure input[type=range]'))"
    )
    page.evaluate(GO_TO, place)
    figure = page.locator(".chargen-figure")
    before = figure.inner_text()
    figure.locator("select").focus()
    page.keyboard.press("ArrowRight")
    figure.locator("input[type=range]").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("(before) => document.querySelector('.chargen-figure').innerText !== before", arg=before)
    assert page.evaluate("Reveal.getSlidePastCount()") == place, "the slide stays"
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("Reveal.getSlidePastCount()") == place + 1, "and elsewhere the key leads on"


def test_an_answer_waits_for_its_key(pages):
    page = open_slides(pages, LESSONS[0])
    page.keyboard.press("ArrowRight")
    answer = page.locator("section.present .fragment").first
    assert not answer.is_visible()
    page.keyboard.press("ArrowRight")
    answer.wait_for(state="visible")
