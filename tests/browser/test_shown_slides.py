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


def go_to(page, number):
    """The slide with that number from 0, with all that comes at the press of a key; its title."""
    return page.evaluate(
        """(number) => {
            const slide = Reveal.getSlides()[number], place = Reveal.getIndices(slide);
            Reveal.slide(place.h, place.v, 1000);
            return slide.querySelector("h1, h2, h3, h4, h5").textContent;
        }""",
        number,
    )


@pytest.mark.parametrize("lesson", LESSONS)
def test_no_slide_runs_over_the_edge(pages, lesson):
    page = open_slides(pages, lesson)
    over = {}
    for number in range(page.evaluate("Reveal.getTotalSlides()")):
        title = go_to(page, number)
        right, bottom = page.evaluate(ENDS)
        if right > 1280 or bottom > 720:
            over[number, title] = right, bottom
    assert over == {}
    assert page.locator("mjx-container").count() > 5 and page.locator("mjx-merror").count() == 0
    assert pages.faults == [], "a script reported a fault"


def test_too_much_on_a_slide_would_be_seen(pages):
    page = open_slides(pages, LESSONS[0])
    page.evaluate("""() => { const p = document.createElement("p"); p.textContent = "much ".repeat(900);
                     Reveal.getCurrentSlide().append(p); }""")
    assert page.evaluate(ENDS)[1] > 720


def test_a_figure_moves_and_keeps_its_keys(pages):
    page = open_slides(pages, "04_temperature")
    place = page.evaluate(
        "() => Reveal.getSlides().findIndex((slide) => slide.querySelector('.chargen-figure input[type=range]'))"
    )
    go_to(page, place)
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
