"""TemperatureExplorer in a page without a kernel: it draws, it moves, and its numbers are the library's."""

import math
import os
import shutil
import subprocess
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from reading import HOSTILE, SEEN, WHITE, bigrams, colour, contrast, module_address, read_bars, summary, themes

from chargen_lib.entropy import entropy_bits
from chargen_lib.sampling import Sampler
from chargen_lib.widgets import TemperatureExplorer

LABELS = "eatn"
LOGITS = [2.0, 1.0, 0.5, -1.0]
SLIDER = "input[type=range]"


def library(logits, temperature, double=True):
    """What the library draws from; in double precision, as JavaScript computes, unless told otherwise."""
    filled = np.full(80, -np.inf)  # always the same shape: JAX compiles once
    filled[: len(logits)] = logits - np.max(logits)  # the same distribution, and float32 loses less of it
    with jax.enable_x64(double):
        probs = Sampler(temperature).probabilities(jnp.asarray(filled, float if double else jnp.float32))
    return np.asarray(probs)[: len(logits)]


def shares(page, figure=0):
    return np.array([length for _, _, length in read_bars(page, figure)]) / 100


def test_the_modules_numbers_are_the_librarys(pages):
    rng = np.random.default_rng(0)
    cases = []
    for i in range(50):
        logits = rng.normal(0, 3, size=rng.integers(1, 80))
        if i % 3 == 0:
            logits = np.round(logits)  # ties
        if i % 2:
            logits[rng.random(len(logits)) < 0.3] = -np.inf
            logits[rng.integers(len(logits))] = 1.0
        for temperature in [0.0, math.inf, 1e-12, 1e12, 1.0, *np.exp(rng.uniform(np.log(0.05), np.log(20), 5))]:
            cases.append((logits.tolist(), float(temperature)))
    answers = pages.open().evaluate(
        """async ([address, cases]) => {
             const { probabilities, entropyBits } = await import(address);
             return cases.map(([logits, temperature]) => {
               const probs = probabilities(logits, temperature);
               return [probs, entropyBits(probs)];
             });
           }""",
        [module_address(TemperatureExplorer(LOGITS, LABELS)), cases],
    )
    assert len(answers) == len(cases) == 500
    for (logits, temperature), (probs, bits) in zip(cases, answers, strict=True):
        told = f"T = {temperature}, logits {logits}"
        np.testing.assert_allclose(probs, library(logits, temperature), rtol=0, atol=1e-6, err_msg=told)
        if temperature >= 0.5:  # in single precision, too, unless a small T magnifies its rounding
            single = library(logits, temperature, double=False)
            np.testing.assert_allclose(probs, single, rtol=0, atol=1e-6, err_msg=told)
        with jax.enable_x64(True):
            assert abs(bits - float(entropy_bits(np.pad(probs, (0, 80 - len(probs)))))) < 1e-6, told


def test_places_of_the_slider(pages):
    temperatures, places = pages.open().evaluate(
        """async (address) => {
             const { temperatureAt, placeOf } = await import(address);
             const temperatures = Array.from({ length: 123 }, (_, place) => temperatureAt(place));
             return [temperatures, temperatures.map(placeOf).concat([1e-9, 1e9].map(placeOf))];
           }""",
        module_address(TemperatureExplorer(LOGITS, LABELS)),
    )
    assert temperatures[0] == 0 and temperatures[1] == 0.05 and temperatures[61] == 1
    assert temperatures[121] == 20 and temperatures[122] == math.inf
    assert temperatures == sorted(set(temperatures))
    assert places == [*range(123), 1, 121]  # only 0 is at the left end, only infinity at the right one


def test_it_draws_and_the_keyboard_reaches_both_ends(show):
    page = show(TemperatureExplorer(LOGITS, LABELS, temperature=0.5))
    slider = page.get_by_label("temperature T")
    assert [label for label, _, _ in read_bars(page)] == list(LABELS)
    np.testing.assert_allclose(shares(page), library(LOGITS, 0.5), atol=1e-6)
    assert summary(page, "T = 0.5:") == (
        "T = 0.5: e 84.2 %, then a 11.4 %. Entropy 0.78 bits: like choosing among 1.7 characters."
    )
    assert [dd.strip() for dd in page.locator("dd").all_text_contents()] == ["7.39 : 1", "0.78 bits", "1.7 of 4"]

    slider.focus()
    page.keyboard.press("Home")
    assert shares(page).tolist() == [1, 0, 0, 0]
    assert [share for _, share, _ in read_bars(page)] == ["100\u00a0%", *["0\u00a0%"] * 3]
    assert slider.get_attribute("aria-valuetext") == "0"
    assert page.locator("dd").first.text_content() == "one bar only"
    assert "e 100 %, nothing else. Entropy 0.00 bits" in summary(page, "T = 0:")

    page.keyboard.press("ArrowRight")
    np.testing.assert_allclose(shares(page), library(LOGITS, 0.05), atol=1e-6)
    page.keyboard.press("End")
    assert shares(page).tolist() == [0.25] * 4
    assert page.locator("dd").first.text_content() == "1 : 1"
    assert "all 4 possible characters equally, 25.0 % each. Entropy 2.00 bits" in summary(page, "T = ∞:")
    page.keyboard.press("ArrowLeft")
    np.testing.assert_allclose(shares(page), library(LOGITS, 20), atol=1e-6)

    slider.fill("61")
    assert page.locator("label", has=slider).text_content() == "temperature T = 1"
    np.testing.assert_allclose(shares(page), library(LOGITS, 1), atol=1e-6)


def test_a_tie_at_zero_goes_to_the_lowest_id(show):
    page = show(TemperatureExplorer([-math.inf, 1.0, 3.0, 3.0], LABELS, temperature=0))
    assert shares(page).tolist() == [0, 0, 1, 0]
    page.locator(SLIDER).press("End")
    np.testing.assert_allclose(shares(page), [0, 1 / 3, 1 / 3, 1 / 3], atol=1e-6)  # impossible at every temperature


def test_the_reader_chooses_a_row_and_the_order(show):
    characters, table = bigrams()
    page = show(TemperatureExplorer.of_bigrams(table, characters, first="t"))
    for character, seen in [("t", "t"), (" ", "␣"), ("\n", "↵")]:
        page.get_by_label("after the character").select_option(label=seen)
        row = table[characters.index(character)]
        top = sorted(np.argsort(-row, kind="stable")[:12])
        expected = library(row, 1.0)
        names = [characters[i].replace(" ", "␣").replace("\n", "↵") for i in top]
        assert [label for label, _, _ in read_bars(page)] == [*names, "51 others"]
        np.testing.assert_allclose(shares(page), [*expected[top], 1 - expected[top].sum()], atol=1e-6)
        assert summary(page, f"After {seen}, T = 1: ")

    page.get_by_label("likeliest first").check()
    sorted_shares = shares(page)[:12]
    assert sorted_shares.tolist() == sorted(sorted_shares, reverse=True)
    assert read_bars(page)[0][0] == characters[int(np.argmax(table[characters.index("\n")]))]
    kept = [label for label, _, _ in read_bars(page)]
    for key in ("Home", "End"):  # the same characters keep their bars at every temperature
        page.locator(SLIDER).press(key)
        assert [label for label, _, _ in read_bars(page)] == kept
    np.testing.assert_allclose(shares(page), [*[1 / 63] * 12, 51 / 63], atol=1e-6)


def test_python_and_the_page_say_the_same(show):
    some = [LOGITS, [0.0, -math.inf, -math.inf, -math.inf], [0.0, 9.0, -9.0, -math.inf]]
    figures = [
        TemperatureExplorer(rows={"ש": logits}, labels=["e", " ", "א", "<b>"], temperature=temperature)
        for logits in some
        for temperature in [0.0, 0.3, 1.0, 17.5, math.inf]
    ]
    page = show(*figures)
    assert page.locator(".summary").all_text_contents() == [figure.summary() for figure in figures]
    for place, figure in enumerate(figures):
        np.testing.assert_allclose(shares(page, place), figure.probabilities, atol=1e-6)


def test_hostile_labels_are_text(show):
    logits = np.linspace(3, 0, len(HOSTILE))
    rows = {name: np.roll(logits, i) for i, name in enumerate(HOSTILE)}
    figure = TemperatureExplorer(rows=rows, labels=HOSTILE)
    page = show(figure, width=360)
    seen = SEEN
    assert figure.labels == seen
    assert page.locator("option").all_text_contents() == seen
    for place, name in enumerate(seen):
        page.locator("select").select_option(str(place))
        assert [label for label, _, _ in read_bars(page)] == seen
        assert name in summary(page, "After " + ("\u2068" if name == "שלום" else "") + name)
    assert page.title() == "Figures"
    assert page.locator(".chargen-figure img, .chargen-figure script, .chargen-figure b").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_same_figure_twice_in_a_page(show):
    characters, table = bigrams()
    figure = TemperatureExplorer.of_bigrams(table, characters)
    other = TemperatureExplorer(LOGITS, LABELS)
    page = show(figure, other, figure)
    assert page.locator(SLIDER).count() == 3
    before = shares(page, 0)
    page.locator(SLIDER).nth(2).press("Home")
    assert shares(page, 2).max() == 1
    assert shares(page, 0).tolist() == before.tolist()
    assert page.locator("[id^=figure-]").count() == 0  # no id stands twice in the page


def test_a_phone_needs_no_sideways_scroll(show):
    characters, table = bigrams()
    figure = TemperatureExplorer.of_bigrams(table, characters)
    for width in (320, 360, 1440):
        page = show(figure, width=width)
        for key in ("Home", "End"):
            page.locator(SLIDER).press(key)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator(".chargen-figure").evaluate("figure => figure.scrollWidth <= figure.clientWidth")
        assert page.locator(".chargen-figure").bounding_box()["height"] < 800


def test_the_pages_own_styles_leave_the_figure_as_it_is(show):
    """Such rules are in the styles of the book's theme and of JupyterLab."""
    page = show(TemperatureExplorer(LOGITS, LABELS), width=1000)
    page.wait_for_timeout(200)  # the bars have come to rest

    def places():
        boxes = [element.bounding_box() for element in page.locator(".chargen-figure :is(input, li, .bar, dt, dd, p)").all()]
        return [(round(box["x"]), round(box["y"]), round(box["width"])) for box in boxes]

    before = places()
    page.add_style_tag(
        content="label { display: inline-block; margin-bottom: 9px; font-weight: bold } input { margin: 9px } dt, dd { float: left; width: 20% }"
        "ul, dd { margin: 9px; padding-left: 2rem } li { margin: 9px } p { margin: 9px; font-size: 20px } * { transition: none !important }"
    )
    assert places() == before
    assert page.locator(SLIDER).bounding_box()["width"] > 0.9 * page.locator(".chargen-figure").bounding_box()["width"]


def test_without_scripts_and_on_paper_a_still_picture_remains(show):
    figure = TemperatureExplorer(LOGITS, LABELS, temperature=0.5)
    page = show(figure, java_script_enabled=False)
    assert page.locator(".summary").text_content() == figure.summary()
    assert page.locator(".chargen-figure").count() == 1
    lengths = [bar.bounding_box()["width"] for bar in page.locator(".bar").all()]
    np.testing.assert_allclose(np.array(lengths) / sum(lengths), library(LOGITS, 0.5), atol=0.01)

    page = show(figure)
    page.locator(SLIDER).press("End")
    page.emulate_media(media="print", color_scheme="dark")
    assert not page.locator(SLIDER).is_visible() and page.locator(".summary").is_visible()
    assert page.locator(".bar").first.bounding_box()["width"] > 20
    assert colour(page, ".chargen-figure", "background-color") == WHITE
    assert colour(page, ".bar", "background-color") == "rgb(0, 114, 178)"
    assert colour(page, ".bar", "print-color-adjust") == "exact"  # or a printer leaves the bars out
    assert len(page.pdf()) > 5000


def test_a_module_that_fails_leaves_the_still_picture(pages, tmp_path):
    figure = TemperatureExplorer(LOGITS, LABELS)
    figure._esm = "throw new Error('meant')"
    file = tmp_path / "broken.html"
    file.write_text(f"<!doctype html><meta charset=utf-8>{figure.html()}", encoding="utf-8")
    page = pages.open(file.as_uri())
    page.wait_for_timeout(300)
    assert page.locator(".summary").text_content() == figure.summary()
    assert pages.faults == ["meant"]


@pytest.mark.parametrize("system", ["light", "dark"])
def test_light_and_dark(show, system):
    """The page's theme, or JupyterLab's, counts; without one the system's."""
    page = show(TemperatureExplorer(LOGITS, LABELS), color_scheme=system)
    for theme in themes(page, system):
        paper = colour(page, ".chargen-figure", "background-color")
        assert (paper == WHITE) == (theme == "light")
        for selector in (".chargen-figure", ".summary", ".marks", ".name", ".share", "dt", "dd", "label"):
            assert contrast(colour(page, selector, "color"), paper) >= 4.5
        assert contrast(colour(page, ".bar", "background-color"), paper) >= 3


def test_focus_is_seen_and_motion_can_be_reduced(show):
    figure = TemperatureExplorer(rows={"a": LOGITS, "b": LOGITS}, labels=LABELS)
    page = show(figure, reduced_motion="no-preference")
    assert colour(page, ".bar", "transitionDuration") == "0.12s"
    names = []
    for _ in range(3):  # every control, by the Tab key alone
        page.keyboard.press("Tab")
        assert page.evaluate("getComputedStyle(document.activeElement).outline") == "rgb(213, 94, 0) solid 3px"
        names.append(page.evaluate("document.activeElement.labels[0].textContent"))
    assert [name[:15] for name in names] == ["after the chara", "likeliest first", "temperature T ="]
    assert page.locator(".summary").get_attribute("aria-live") == "polite"
    page = show(figure, reduced_motion="reduce")
    assert colour(page, ".bar", "transitionDuration") == "0s"


def test_the_summary_waits_until_the_slider_is_still(show):
    page = show(TemperatureExplorer(LOGITS, LABELS))
    page.locator(".summary").evaluate(
        """p => { window.said = 0; new MutationObserver(() => window.said++).observe(p, { childList: true }); }"""
    )
    page.locator(SLIDER).evaluate(
        """slider => { for (let place = 0; place <= 122; place++) {
             slider.value = place; slider.dispatchEvent(new Event("input")); } }"""
    )
    summary(page, "T = ∞")
    assert page.evaluate("window.said") == 1


def test_the_tests_see_a_request_to_another_site(pages):
    page = pages.open()
    page.evaluate("fetch('http://example.org/').catch(() => 0)")
    page.evaluate("new Promise(done => { new WebSocket('ws://example.org/').onclose = done; })")
    assert pages.refused == ["http://example.org/", "ws://example.org/"]
    pages.refused.clear()


@pytest.mark.parametrize("ci, outcome", [("", "1 skipped"), ("true", "1 error")])
def test_a_missing_browser_is_told(tmp_path, ci, outcome):
    shutil.copy(Path(__file__).with_name("conftest.py"), tmp_path)
    (tmp_path / "test_one.py").write_text("def test_one(pages):\n    pages.open()\n")
    environment = {**os.environ, "CHARGEN_CHROMIUM": "/nowhere/chromium", "CI": ci}
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", tmp_path], env=environment, capture_output=True, text=True
    )
    assert outcome in run.stdout
    assert "NOT tested in a browser" in run.stdout
    assert (run.returncode == 0) == (not ci)
