"""TruncationExplorer, in a page without a kernel and in JupyterLab: its kept sets and numbers are the library's."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from reading import (
    HOSTILE,
    SEEN,
    WHITE,
    Notebook,
    bigrams,
    colour,
    contrast,
    hangs_on_the_last_digit,
    module_address,
    read_bars,
    summary,
    themes,
)

from chargen_lib.sampling import Sampler, apply_temperature
from chargen_lib.widgets import TruncationExplorer

INF = math.inf
LABELS = "eatno"
LOGITS = [2.0, 1.0, 0.5, -1.0, -INF]  # at T = 1: 60.9, 22.4, 13.6, 3.0 and 0 %


def settings(temperature=1.0, top_k=None, top_p=None, min_p=None, temperature_first=True):
    return {
        "temperature": temperature,
        "top_k": top_k,
        "top_p": top_p,
        "min_p": min_p,
        "temperature_first": temperature_first,
    }


def library(logits, temperature, top_k, top_p, min_p, temperature_first):
    """What the library keeps, and what it draws from: (vocab,) each."""
    logits = jnp.asarray(logits, jnp.float32)
    if temperature_first:
        left = Sampler(temperature, top_k, top_p, min_p).logits(logits)
    else:
        left = apply_temperature(Sampler(1.0, top_k, top_p, min_p).logits(logits), temperature)
    return np.isfinite(left), np.asarray(jax.nn.softmax(left))


def cut_in_the_page(pages, cases):
    """cut() of the module, for each (logits, settings): its answers with a list a value."""
    return pages.open().evaluate(
        """async ([address, cases]) => {
             const { cut } = await import(address);
             return cases.map(([logits, settings]) => cut(logits, settings));
           }""",
        [module_address(TruncationExplorer(LOGITS, LABELS)), cases],
    )


def random_cases(n):
    """Rows with ties, with what is impossible, of one character; every filter on and off; both orders."""
    rng = np.random.default_rng(0)
    while n:
        size = int(rng.choice([1, 2, 8, 17, 63]))
        logits = rng.normal(0, rng.choice([0.5, 2, 5]), size).astype(np.float32)
        kind = rng.integers(4)
        if kind == 0:
            logits = np.round(logits * 4) / 4  # ties
        if kind == 1:
            logits = np.full(size, 0.7, np.float32)  # all alike
        if rng.random() < 0.4:
            logits[rng.random(size) < 0.3] = -INF
            logits[rng.integers(size)] = 1.0
        temperature = float(rng.choice([0, INF, 1, 0.5, 2, *np.exp(rng.uniform(np.log(0.05), np.log(20), 5))]))
        top_k = None if rng.random() < 0.4 else int(rng.integers(1, size + 5))
        top_p = None if rng.random() < 0.4 else float(rng.choice([1.0, *rng.uniform(0.01, 1, 4)]))
        min_p = None if rng.random() < 0.4 else float(rng.choice([1.0, *np.exp(rng.uniform(np.log(0.005), 0, 4))]))
        case = settings(temperature, top_k, top_p, min_p, bool(rng.random() < 0.6))
        if not hangs_on_the_last_digit(logits, **case):
            n -= 1
            yield logits.tolist(), case


def exact_cases():
    """Where a decision hangs on equality, and float32 is exact."""
    halves = np.log(np.array([4, 2, 1, 1], np.float64) / 8).tolist()  # 1/2, 1/4, 1/8, 1/8
    for p in (0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1.0):
        yield [0.0] * 8, settings(top_p=p)
        yield [0.0] * 8, settings(INF, top_p=p, temperature_first=False)
        yield [0.0, -INF] * 8, settings(3.0, top_p=p)
        yield [5.0, 5.0, -5.0, 5.0, 5.0, -INF], settings(INF, top_p=p, top_k=4)  # at infinity the lower ids come first
    for p in (0.5, 0.25, 0.125, 1.0):
        yield [2 * z for z in halves], settings(2.0, min_p=p)
        yield halves, settings(min_p=p, temperature_first=False)
    for k in (1, 2, 3, 4, 5, 99):
        yield [1.0, 3.0, 3.0, 1.0], settings(0.7, top_k=k)
        yield [1.0, 3.0, 3.0, 1.0], settings(0, top_k=k, temperature_first=False)
    yield [1.0, 3.0, 2.0], settings(1e38, top_k=1)  # infinity for float32, so the first of equals
    for first in (True, False):
        for temperature in (0, 1e-30, 0.3, 1.0, 1e30, 1e38, INF):
            yield [0.3], settings(temperature, 7, 0.2, 1.0, first)
            yield [-INF, 2.0, 2.0, -1.0], settings(temperature, None, 0.9, 0.01, first)
            yield [-INF, 2.0, 2.0, -1.0], settings(temperature, temperature_first=first)


def compare(cases, answers):
    assert len(cases) == len(answers)
    for (logits, case), answer in zip(cases, answers, strict=True):
        told = f"{case}, logits {logits}"
        kept, probs = library(logits, **case)
        assert [by == "" for by in answer["removedBy"]] == kept.tolist(), told
        assert any(kept), told
        exact = case["temperature"] == 0 or case["temperature"] >= 0.5  # below, float32 itself is coarser than 1e-6
        np.testing.assert_allclose(answer["after"], probs, rtol=0, atol=1e-6 if exact else 2e-5, err_msg=told)
        # The figure in Python takes the largest logit off first, as the page does: there the two are close at every T.
        figure = TruncationExplorer(logits, ["x"] * len(logits), **case).cut()
        assert figure.removed_by == answer["removedBy"], told
        assert figure.order.tolist() == answer["order"], told
        np.testing.assert_allclose(answer["after"], figure.after, rtol=0, atol=1e-6, err_msg=told)
        np.testing.assert_allclose(answer["before"], figure.before, rtol=0, atol=1e-6, err_msg=told)


def test_what_the_module_keeps_is_what_the_library_keeps(pages):
    cases = list(random_cases(240))
    for name in ("top_k", "top_p", "min_p"):
        assert sum(case[name] is not None for _, case in cases) > 80
    assert 50 < sum(not case["temperature_first"] for _, case in cases) < 190
    answers = cut_in_the_page(pages, cases)
    compare(cases, answers)
    for by in ("", "T", "top-k", "top-p", "min-p", "impossible"):
        assert sum(by in answer["removedBy"] for answer in answers) > 10, by


def test_where_a_decision_hangs_on_equality(pages):
    cases = list(exact_cases())
    compare(cases, cut_in_the_page(pages, cases))


@pytest.mark.parametrize("size", [1, 10, 12, 25, 50, 100])
def test_uniform_rows_at_every_place_of_the_slider(pages, size):
    """Of n equal characters p keeps ceil(p n), whatever the sums of tenths and twelfths come to in binary."""
    cases = [([0.0] * size, settings(top_p=place / 100)) for place in range(1, 101)]
    answers = cut_in_the_page(pages, cases)
    for place, ((logits, case), answer) in enumerate(zip(cases, answers, strict=True), 1):
        kept, _ = library(logits, **case)
        assert [by == "" for by in answer["removedBy"]] == kept.tolist(), case
        assert sum(kept) == -(-place * size // 100), case


def rule(page, name):
    """A filter's checkbox and slider."""
    group = page.get_by_role("group", name=name, exact=True)
    return group.get_by_role("checkbox"), group.get_by_role("slider")


def measures(page):
    return [text.replace("\u00a0", " ") for text in page.locator("dd").all_text_contents()]


def bars(page, figure=0):
    return [(label, words.replace("\u00a0", " ")) for label, words, _ in read_bars(page, figure)]


def test_every_control_by_keyboard(show):
    page = show(TruncationExplorer(LOGITS, LABELS))
    assert bars(page) == [
        ("e", "60.9 % → 60.9 %"),
        ("a", "22.4 % → 22.4 %"),
        ("t", "13.6 % → 13.6 %"),
        ("n", "3.0 % → 3.0 %"),
        ("o", "0 % impossible"),
    ]
    assert summary(page, "T = 1") == (
        "T = 1: 4 of 5 characters stay, with 100 % of the probability. 1 impossible from the start. "
        "Drawn from: e 60.9 %, then a 22.4 %. Entropy 1.46 bits: like choosing among 2.8 characters."
    )
    on, slider = rule(page, "top-k")
    assert slider.is_disabled() and not on.is_checked()
    on.press("Space")
    assert slider.get_attribute("aria-valuetext") == "5"
    slider.press("ArrowLeft")
    slider.press("ArrowLeft")
    assert bars(page)[2:4] == [("t", "13.6 % → 14.0 %"), ("n", "3.0 % removed by top-k")]
    slider.press("Home")
    assert bars(page)[0] == ("e", "60.9 % → 100 %")
    assert measures(page) == ["1 of 5", "60.9 %", "0.00 bits", "1.0 of 5"]
    assert "Removed: 3 by top-k; 1 impossible from the start. Drawn from: e 100 %, nothing else." in summary(
        page, "T = 1, then top-k 1: 1 of 5 characters stays, with 60.9"
    )
    on.press("Space")
    assert slider.is_disabled() and bars(page)[0] == ("e", "60.9 % → 60.9 %")
    on.press("Space")
    assert slider.input_value() == "1"  # it comes back as it was
    on.press("Space")

    on, slider = rule(page, "top-p")
    on.press("Space")
    assert slider.input_value() == "0.9"
    assert bars(page)[3] == ("n", "3.0 % removed by top-p")
    slider.fill("0.83")
    assert bars(page)[2] == ("t", "13.6 % removed by top-p") and bars(page)[1] == ("a", "22.4 % → 26.9 %")
    slider.press("End")
    assert measures(page)[0] == "4 of 5"
    slider.press("Home")
    assert measures(page)[0] == "1 of 5"
    on.press("Space")

    on, slider = rule(page, "min-p")
    on.press("Space")
    slider.fill("0.3")
    assert bars(page)[1:3] == [("a", "22.4 % → 26.9 %"), ("t", "13.6 % removed by min-p")]
    page.get_by_label("temperature T").press("End")
    assert bars(page)[:2] == [("e", "25.0 % → 25.0 %"), ("a", "25.0 % → 25.0 %")]
    page.get_by_label("temperature T").press("Home")
    assert bars(page)[:2] == [("e", "100 % → 100 %"), ("a", "0 % removed by T = 0")]
    assert summary(page, "T = 0, then min-p 0.3: 1 of 5").count("Removed: 3 by T = 0; 1 impossible from the start.") == 1


def test_the_order_matters_and_can_be_switched(show):
    """At T = 2 the nucleus is taken from a flatter row, unless the temperature comes after it."""
    page = show(TruncationExplorer(LOGITS, LABELS, temperature=2, top_p=0.8))
    kept, probs = library(LOGITS, **settings(2, top_p=0.8))
    assert kept.sum() == 3 and measures(page)[0] == "3 of 5"
    assert "was before truncation (T = 2)" in page.locator(".key").text_content()
    before = page.get_by_role("radio", name="before truncation")
    after = page.get_by_role("radio", name="after it")
    assert before.is_checked()
    before.press("ArrowRight")
    assert after.is_checked() and not before.is_checked()
    kept, probs = library(LOGITS, **settings(2, top_p=0.8, temperature_first=False))
    assert kept.sum() == 2 and measures(page)[0] == "2 of 5"
    assert bars(page)[0] == ("e", f"60.9 % → {100 * probs[0]:.1f} %")
    assert "was before truncation (T = 1)" in page.locator(".key").text_content()
    assert summary(page, "top-p 0.8, then T = 2: 2 of 5 characters stay, with 83.4")
    after.press("ArrowLeft")
    assert measures(page)[0] == "3 of 5"


def test_bars_marks_and_what_is_taken_together(show):
    characters, table = bigrams()
    figure = TruncationExplorer.of_bigrams(table, characters, first="t", top_k=20, top_p=0.97, temperature=2)
    page = show(figure)
    for character, seen in [("t", "t"), (" ", "␣"), ("\n", "↵")]:
        page.get_by_label("after the character").select_option(label=seen)
        row = table[characters.index(character)]
        kept, after = library(row, **settings(2, 20, 0.97))
        before = np.asarray(Sampler(2.0).probabilities(jnp.asarray(row)))
        order = np.argsort(-row, kind="stable")
        shown = read_bars(page)
        names = [characters[i].replace(" ", "␣").replace("\n", "↵") for i in order[:12]]
        rest_kept = [i for i in order[12:] if kept[i]]
        assert len(rest_kept) > 1
        assert [name for name, _, _ in shown] == [*names, f"{len(rest_kept)} others", f"{63 - kept.sum()} others"]
        assert shown[-1][1].endswith("removed: 43 by top-k" + (f", {20 - kept.sum()} by top-p" if kept.sum() < 20 else ""))
        full = float(page.locator(".key").text_content().split("width: ")[1].split("\u00a0")[0])
        expected = [*after[order[:12]], after[rest_kept].sum(), before[~kept].sum()]
        np.testing.assert_allclose([full / 100 * length / 100 for _, _, length in shown], expected, atol=1e-6)
        marks = page.locator(".cut .before").evaluate_all("marks => marks.map(mark => parseFloat(mark.style.left))")
        expected = [*before[order[:12]], before[rest_kept].sum(), 0]
        np.testing.assert_allclose(full / 100 * np.array(marks) / 100, expected, atol=1e-6)
        assert max(*marks, *(length for _, _, length in shown)) <= 100
        assert page.locator("li.kept").count() == 13 and page.locator("li.removed").count() == 1
    rule(page, "top-k")[0].uncheck()
    rule(page, "top-p")[0].uncheck()
    assert [name for name, _, _ in read_bars(page)][12:] == ["51 others"]
    assert page.locator("li.removed").count() == 0


def test_python_and_the_page_say_the_same(show):
    rows = [LOGITS, [0.0, -INF, -INF, -INF, -INF], [0.0, 9.0, -9.0, 9.0, 1.0]]
    cases = [
        settings(),
        settings(0, 2, 0.7),
        settings(INF, 2),
        settings(0.3, None, 0.97, 0.2),
        settings(17.5, 9, 1, 0.02, False),
        settings(0, 3, None, None, False),
        settings(INF, None, 0.5, 0.9, False),
    ]
    figures = [
        TruncationExplorer(rows={"ש": logits}, labels=["e", " ", "א", "<b>", "o"], **case) for logits in rows for case in cases
    ]
    page = show(*figures)
    assert page.locator(".summary").all_text_contents() == [figure.summary() for figure in figures]
    drawn = [read_bars(page, place) for place in range(len(figures))]
    still = show(*figures, java_script_enabled=False)
    for place, figure in enumerate(figures):
        assert [bar[:2] for bar in read_bars(still, place)] == [bar[:2] for bar in drawn[place]]
        lengths = [[length for _, _, length in bars] for bars in (read_bars(still, place), drawn[place])]
        np.testing.assert_allclose(*lengths, atol=0.006)
        np.testing.assert_allclose(figure.probabilities.sum(), 1, atol=1e-6)


def test_hostile_labels_are_text(show):
    rows = {name: np.roll(np.linspace(3, 0, len(HOSTILE)), i) for i, name in enumerate(HOSTILE)}
    page = show(TruncationExplorer(rows=rows, labels=HOSTILE, top_k=12), width=360)
    assert page.locator("option").all_text_contents() == SEEN
    for place, name in enumerate(SEEN):
        page.locator("select").select_option(str(place))
        assert sorted(label for label, _, _ in read_bars(page)) == sorted(SEEN)
        assert name in summary(page, "After " + ("\u2068" if name == "שלום" else "") + name)
    assert page.title() == "Figures"
    assert page.locator(".chargen-figure img, .chargen-figure script, .chargen-figure i").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_same_figure_twice_in_a_page(show):
    figure = TruncationExplorer(LOGITS, LABELS, top_k=2)
    page = show(figure, figure)
    page.get_by_role("radio", name="after it").nth(1).check()
    assert [radio.is_checked() for radio in page.get_by_role("radio").all()] == [True, False, False, True]
    before = bars(page, 0)
    page.get_by_label("temperature T").nth(1).press("End")
    assert bars(page, 0) == before != bars(page, 1)


def test_a_phone_needs_no_sideways_scroll(show):
    characters, table = bigrams()
    figure = TruncationExplorer.of_bigrams(table, characters, top_k=30, top_p=0.99, min_p=0.01)
    for width in (320, 360, 1440):
        page = show(figure, width=width)
        for key in ("Home", "End"):
            page.get_by_label("temperature T").press(key)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert page.locator(".chargen-figure").evaluate("figure => figure.scrollWidth <= figure.clientWidth")
        assert page.locator(".track").first.bounding_box()["width"] > 40
        assert page.locator(".chargen-figure").bounding_box()["height"] < 1300


def test_on_paper_the_controls_go_and_the_bars_stay(show):
    page = show(TruncationExplorer(LOGITS, LABELS, top_p=0.8))
    page.emulate_media(media="print", color_scheme="dark")
    assert [control.is_visible() for control in page.locator("input").all()] == [False] * 9
    assert page.locator(".summary").is_visible() and page.locator(".bar").first.bounding_box()["width"] > 20
    assert colour(page, ".chargen-figure", "background-color") == WHITE
    for selector in (".kept .bar", ".removed .bar", ".before"):  # or a printer leaves them out
        assert colour(page, selector, "print-color-adjust") == "exact"


@pytest.mark.parametrize("system", ["light", "dark"])
def test_light_and_dark(show, system):
    page = show(TruncationExplorer(LOGITS, LABELS, top_p=0.8), color_scheme=system)
    for theme in themes(page, system):
        paper = colour(page, ".chargen-figure", "background-color")
        assert (paper == WHITE) == (theme == "light")
        for selector in (".summary", ".marks", ".removed .name", ".removed .share", ".key span", ".key", "dt", "dd", "label"):
            assert contrast(colour(page, selector, "color"), paper) >= 4.5
        assert contrast(colour(page, ".kept .bar", "background-color"), paper) >= 3
        assert contrast(colour(page, ".kept .before", "background-color"), paper) >= 3
        assert contrast(colour(page, ".removed .bar", "border-top-color"), paper) >= 3
        # Not by colour alone: what is removed is hatched, and says so.
        assert colour(page, ".kept .bar", "background-image") == "none"
        assert "repeating-linear-gradient" in colour(page, ".removed .bar", "background-image")


def test_focus_names_and_motion(show):
    figure = TruncationExplorer(rows={"a": LOGITS, "b": LOGITS}, labels=LABELS, top_k=3, top_p=0.9, min_p=0.1)
    page = show(figure, reduced_motion="no-preference")
    assert colour(page, ".before", "transitionDuration") == "0.12s"
    names = []
    for _ in range(9):  # every control, by the Tab key alone
        page.keyboard.press("Tab")
        assert page.evaluate("getComputedStyle(document.activeElement).outline") == "rgb(213, 94, 0) solid 3px"
        names.append(page.evaluate("document.activeElement.labels[0].textContent").split(":")[0])
    assert names == [
        "after the characterab",
        "temperature T = 1",
        "before truncation",
        "top-k",
        "k = 3",
        "top-p",
        "p = 0.9",
        "min-p",
        "p = 0.1",
    ]
    assert page.locator(".summary").get_attribute("aria-live") == "polite"
    page = show(figure, reduced_motion="reduce")
    assert colour(page, ".before", "transitionDuration") == "0s"


def test_a_k_above_the_vocabulary_keeps_all(show):
    page = show(TruncationExplorer(LOGITS, LABELS, top_k=40))
    _, slider = rule(page, "top-k")
    assert slider.input_value() == "5" and slider.get_attribute("aria-valuetext") == "40, of 5"
    assert measures(page)[0] == "4 of 5"


def test_what_has_no_meaning_is_refused_in_words():
    for name, value in [("top_k", 0), ("top_k", 2.5), ("top_p", 0), ("top_p", 1.5), ("min_p", -1), ("min_p", math.nan)]:
        with pytest.raises(ValueError, match=name):
            TruncationExplorer(LOGITS, LABELS, **{name: value})
    with pytest.raises(ValueError, match="temperature"):
        TruncationExplorer(LOGITS, LABELS, temperature=-1)
    with pytest.raises(ValueError, match="one logit each"):
        TruncationExplorer(LOGITS, "abc")
    with pytest.raises(ValueError, match="none of the 1 rows"):
        TruncationExplorer(rows={"a": LOGITS}, labels=LABELS, first="b")
    figure = TruncationExplorer(LOGITS, LABELS, top_k=np.int64(3), top_p=np.float32(0.5), min_p=1)
    for name, value in [("top_k", 0), ("top_p", 0.0), ("min_p", 1.5), ("temperature", -1.0)]:
        with pytest.raises(ValueError, match=name):
            setattr(figure, name, value)
    assert (figure.top_k, figure.top_p, figure.min_p) == (3, 0.5, 1.0)
    figure.top_k = figure.top_p = figure.min_p = None
    assert figure.cut().removed_by == ["", "", "", "", "impossible"]


def test_in_jupyterlab_the_controls_reach_the_kernel_and_the_kernel_the_controls(pages, lab):
    notebook = Notebook(
        pages,
        lab,
        "from chargen_lib.widgets import TruncationExplorer\n"
        'fig = TruncationExplorer([2.0, 1.0, 0.5, -1.0, float("-inf")], "eatno", top_k=3)\nfig',
        'print("kernel has", fig.temperature, fig.top_k, fig.top_p, fig.min_p, fig.temperature_first)',
        "fig.top_k, fig.top_p, fig.temperature_first = None, 0.8, True",
    )
    page = notebook.page
    notebook.run(0)
    page.locator(".chargen-figure").wait_for()
    assert bars(page)[2:4] == [("t", "13.6 % → 14.0 %"), ("n", "3.0 % removed by top-k")]
    rule(page, "top-k")[1].press("Home")
    rule(page, "min-p")[0].check()
    page.get_by_role("radio", name="after it").check()
    page.get_by_label("temperature T").press("End")
    notebook.run(1, prints="kernel has inf 1 None 0.1 False")
    notebook.run(2)
    page.get_by_text("p = 0.8", exact=True).wait_for()
    assert rule(page, "top-k")[1].is_disabled() and rule(page, "top-p")[0].is_checked()
    assert page.get_by_role("radio", name="before truncation").is_checked()
    rule(page, "min-p")[0].uncheck()
    rule(page, "top-p")[1].press("End")
    notebook.run(1, prints="kernel has inf None 1.0 None True")
