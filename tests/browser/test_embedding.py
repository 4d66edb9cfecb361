"""EmbeddingExplorer in Chromium: its nearest are the library's, and every point is reached by mouse, finger and keyboard."""

import json

import numpy as np
import pytest
from reading import HOSTILE, Notebook, colour, contrast, letters, module_address, read_bars, themes

from chargen_lib.embeddings import nearest
from chargen_lib.widgets import EmbeddingExplorer

RNG = np.random.default_rng(5)
TABLES = RNG.normal(size=(5, 8, 4)).astype(np.float32) * np.arange(1, 6)[:, None, None]
CHARACTERS = " .Aabeot"
LABELS = ["␣", *".Aabeot"]

NEAREST = """async ([address, tables, k]) => {
  const { nearest } = await import(address);
  return tables.map((table) => table.map((_, own) => nearest(table.map((row) => row.map(Math.fround)), own, k)));
}"""


def explorer(**changed):
    settings = {"steps": [0, 10, 20, 40, 80], "bits": [6, 4.5, 4, 3.75, 3.505], "k": 3, "chosen": "e"}
    return EmbeddingExplorer(TABLES, CHARACTERS, **{**settings, **changed})


def says(page, words):
    page.wait_for_function("words => document.querySelector('.summary').textContent === words", arg=words, timeout=5000)


def point(page, place):
    return page.locator(".character-map button").nth(place)


def places(page):
    """Where the points are drawn, in the map's own units, (n, 2)."""
    found = page.locator(".character-map").evaluate(
        """map => [...map.querySelectorAll(".point")].map((point) => {
          const frame = map.getBoundingClientRect(), box = point.getBoundingClientRect();
          const unit = 100 / frame.width;
          return [(box.left + box.width / 2 - frame.left) * unit, (box.top + box.height / 2 - frame.top) * unit];
        })"""
    )
    return np.array(found)


def pressed(page):
    return page.locator(".character-map button[aria-pressed=true] bdi").all_text_contents()


def focused(page):
    return page.evaluate("document.activeElement.closest('.point')?.textContent")


def test_the_nearest_are_the_librarys(pages):
    tables = RNG.normal(size=(20, 30, 8)).astype(np.float32)
    tables[:5] = np.sign(tables[:5]) * (np.abs(tables[:5]) > 0.7)  # many equals
    tables[5:7, :, 2:] = 0
    tables[7, 4:9] = tables[7, 3] * np.float32([1, 2, 4, 0.5, -1])[:, None]  # one direction, and its opposite
    tables[8, ::3] = 0
    tables[9] *= np.float32(1e-30)
    tables[10] *= np.float32(1e37)
    figure = EmbeddingExplorer(tables, "".join(map(chr, range(65, 95))))
    state = json.loads(json.dumps(figure.state()))
    found = pages.open().evaluate(NEAREST, [module_address(figure), state["tables"], 29])
    for table, rows in zip(tables, found, strict=True):
        for own, near in enumerate(rows):
            ids, cosines = nearest(table, own, 29)
            assert [one["id"] for one in near] == ids.tolist()
            np.testing.assert_allclose([one["cosine"] for one in near], cosines, rtol=0, atol=1e-6)


def test_the_moments_move_the_points_and_the_words(show):
    figure = explorer()
    page = show(figure)
    slider = page.get_by_label("step 80 of 80 (3.51 bits per character)")
    assert slider.get_attribute("aria-valuetext") == "step 80 of 80 (3.51 bits per character)"
    for key, moment in (("Home", 0), ("ArrowRight", 1), ("ArrowRight", 2), ("End", 4), ("ArrowLeft", 3)):
        page.locator(".player input").press(key)
        figure.moment = moment
        says(page, figure.summary())
        np.testing.assert_allclose(places(page), figure.points[moment], atol=0.35)
        near = [(LABELS[CHARACTERS.index(c)], f"{cosine:.2f}".replace("-", "−")) for c, cosine in figure.nearest]
        assert [(label, words) for label, words, _ in read_bars(page)] == near
        for (_, _, length), (_, cosine) in zip(read_bars(page), figure.nearest, strict=True):
            assert abs(length - 100 * max(0, cosine)) < 1e-3
        assert sorted(page.locator(".point.near bdi").all_text_contents()) == sorted(label for label, _ in near)
        ends = page.locator(".character-map line").evaluate_all(
            "lines => lines.map((line) => [line.x2, line.y2].map((at) => at.baseVal.value))"
        )
        np.testing.assert_allclose(ends, [figure.points[moment][CHARACTERS.index(c)] for c, _ in figure.nearest], atol=0.01)
        way = page.locator(".character-map polyline").get_attribute("points").split()
        assert [[float(x) for x in at.split(",")] for at in way] == [at[5] for at in figure.points[: moment + 1]]


def test_it_plays(show):
    figure = explorer()
    page = show(figure)
    page.get_by_role("button", name="Play").click()
    page.get_by_role("button", name="Pause").wait_for()
    page.get_by_text("step 10 of 80", exact=False).first.wait_for()
    page.get_by_role("button", name="Play").wait_for()  # it stops at the end
    figure.moment = 4
    says(page, figure.summary())


def test_every_point_can_be_chosen_by_keyboard(show):
    figure = explorer()
    page = show(figure)
    page.get_by_role("button", name="Play").focus()
    page.keyboard.press("Tab")
    assert focused(page) == "e"  # Tab comes to the chosen one,
    page.keyboard.press("Tab")
    assert focused(page) is None  # and leaves the map again
    page.keyboard.press("Shift+Tab")

    x, y = np.array(figure.points[4]).T
    for axis, back, on in ((x, "ArrowLeft", "ArrowRight"), (y, "ArrowUp", "ArrowDown")):
        order = [LABELS[i] for i in np.argsort(axis, kind="stable")]
        for _ in range(8):
            page.keyboard.press(back)
        assert focused(page) == order[0]  # and no further
        visited = [focused(page)]
        for _ in range(8):
            page.keyboard.press(on)
            visited.append(focused(page))
        assert visited == [*order, order[-1]]
    assert pressed(page) == ["e"]  # to go there is not yet to choose

    for key, character in (("t", "t"), ("A", "A"), (".", ".")):
        page.keyboard.press(key)
        assert focused(page) == character
        page.keyboard.press("Enter" if character != "A" else "Space")
        assert pressed(page) == [character] and focused(page) == character
        figure.chosen = character
        says(page, figure.summary())
    page.keyboard.press("z")  # no such character
    assert focused(page) == "."
    assert page.locator(".character-map button[tabindex='0']").count() == 1


def test_of_points_that_lie_together_the_nearest_to_the_finger_is_meant(show):
    tables = np.array([[[0, 0], [0.01, 0], [0.02, 0], [1, 1], [-1, 1]]])  # three lie within a few pixels
    figure = EmbeddingExplorer(tables, "abcde", chosen="d")
    page = show(figure)
    frame = page.locator(".character-map").bounding_box()
    for place in (0, 2, 1, 3, 4):
        x, y = (share * frame["width"] / 100 for share in figure.points[0][place])
        page.mouse.click(frame["x"] + x + (place - 1), frame["y"] + y)
        assert pressed(page) == ["abcde"[place]] == [focused(page)]
    page.mouse.click(frame["x"] + frame["width"] - 5, frame["y"] + 20)  # on no point: the next one is meant
    assert pressed(page) == ["d"]
    assert page.locator(".point").first.bounding_box()["width"] >= 24


def test_a_point_says_what_it_is(show):
    page = show(explorer())
    names = page.locator(".character-map button").evaluate_all(
        "points => points.map((point) => point.getAttribute('aria-label'))"
    )
    kinds = ["space", "sign", "capital", "vowel", "consonant", "vowel", "vowel", "consonant"]
    assert names == [f"{label}, {kind}" for label, kind in zip(LABELS, kinds, strict=True)]
    assert page.locator(".kinds > span").all_text_contents() == [" vowel", " consonant", " capital", " space", " sign"]
    shapes = {tuple(colour(page, f".mark.{kind}", style) for style in ("clipPath", "borderRadius")) for kind in kinds}
    assert len(shapes) == 5
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert page.locator(".summary").get_attribute("aria-live") == "polite"


def test_page_and_python_say_the_same(show):
    tables = RNG.normal(size=(3, 12, 2))
    tables[1, 3:6] = [[1, 2], [2, 4], [0, 0]]
    figure = EmbeddingExplorer(tables, 'abc\n\0é😀א\u202e<&"', k=4)
    page = show(figure)
    for moment in (2, 0, 1):
        page.locator(".player input").press(["Home", "ArrowRight", "End"][moment])
        figure.moment = moment
        for place, character in enumerate(figure.characters):
            point(page, place).press("Enter")
            figure.chosen = character
            says(page, figure.summary())


def test_any_character_is_shown_as_text(show):
    characters = "".join(dict.fromkeys("".join(HOSTILE)))
    figure = EmbeddingExplorer(RNG.normal(size=(2, len(characters), 3)), characters)
    page = show(figure)
    assert page.locator(".character-map bdi").all_text_contents() == figure.labels
    for wanted in ("<", "\x00", "ש", "😀", "\ud800", "\u202e"):
        point(page, characters.index(wanted)).press("Enter")
        figure.chosen = wanted
        says(page, figure.summary())
    assert page.title() == "Figures" and page.locator(".chargen-figure :is(img, script)").count() == 0
    still = show(figure, java_script_enabled=False)
    assert still.locator(".character-map bdi").all_text_contents() == figure.labels


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_sideways_scroll_and_no_tiny_text_on_a_phone(show, scheme):
    characters = "".join(map(chr, range(64)))  # half of them have labels like U+0000
    for figure in (explorer(), EmbeddingExplorer(RNG.normal(size=(3, 64, 3)), characters)):
        page = show(figure, width=360, color_scheme=scheme)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        frame = page.locator(".character-map").bounding_box()
        assert frame["x"] >= 0 and frame["x"] + frame["width"] <= 360 and frame["width"] > 300
        sizes = page.locator(".chargen-figure :is(p, span, bdi, button, li)").evaluate_all(
            "all => all.map((one) => parseFloat(getComputedStyle(one).fontSize))"
        )
        assert min(sizes) >= 11


def test_a_still_picture_remains_without_script(show):
    figure = explorer(moment=3)
    page = show(figure, java_script_enabled=False)
    np.testing.assert_allclose(places(page), figure.points[3], atol=0.35)
    assert page.locator(".summary").text_content() == figure.summary()
    assert page.get_by_role("img").get_attribute("aria-label") == f"A map of 8 characters. {figure.summary()}"
    assert page.locator(".point.chosen bdi").all_text_contents() == ["e"]
    live = show(figure)
    for part in (".point", ".point bdi", ".character-map line", ".kinds > span", "p.legend", "ul.bars li"):
        assert letters(page, part) == letters(live, part), part
    for still, moving in zip(page.locator(".point").all(), live.locator(".point").all(), strict=True):
        assert still.get_attribute("class") == moving.get_attribute("class")
    assert read_bars(page)[0][2] == pytest.approx(read_bars(live)[0][2], abs=0.01)


def test_twice_in_a_page(show):
    page = show(explorer(), explorer())
    maps = page.locator(".character-map")
    maps.nth(1).get_by_role("button", name="t, consonant").press("Enter")
    chosen = [maps.nth(i).locator("[aria-pressed=true] bdi").text_content() for i in (0, 1)]
    assert chosen == ["e", "t"]


def test_on_paper_the_controls_are_gone_and_the_map_stays(show):
    page = show(explorer())
    page.emulate_media(media="print")
    assert page.locator(".character-map").is_visible() and page.locator(".point").first.is_visible()
    assert not page.locator(".player :visible").count()


@pytest.mark.parametrize("system", ["light", "dark"])
def test_light_and_dark(show, system):
    page = show(explorer(), color_scheme=system)
    for theme in themes(page, system):
        paper = colour(page, ".chargen-figure", "background-color")
        assert (contrast(paper, "rgb(255, 255, 255)") < 1.1) == (theme == "light")
        for words in (".summary", ".point", ".point.chosen", ".point.near", ".legend", ".kinds > span", ".share"):
            assert contrast(colour(page, words, "color"), paper) >= 4.5, words
        for kind in ("vowel", "consonant", "capital", "space", "sign"):
            assert contrast(colour(page, f".mark.{kind}", "background-color"), paper) >= 3, kind
        for line in ("line", "polyline"):
            assert contrast(colour(page, f".character-map {line}", "stroke"), paper) >= 3


CELLS = [
    "import numpy as np\nfrom chargen_lib.widgets import EmbeddingExplorer\n"
    "tables = np.random.default_rng(0).normal(size=(3, 4, 3))\n"
    'fig = EmbeddingExplorer(tables, "aex\\n", steps=[0, 50, 100])\nfig',
    'print("kernel has", repr(fig.chosen), fig.moment, fig.nearest[0][0])',
    'fig.chosen, fig.moment = "e", 0',
]


def test_in_jupyterlab_the_figure_reaches_the_kernel_and_the_kernel_the_figure(pages, lab):
    notebook = Notebook(pages, lab, *CELLS)
    page, run = notebook.page, notebook.run
    same = EmbeddingExplorer(np.random.default_rng(0).normal(size=(3, 4, 3)), "aex\n", steps=[0, 50, 100])

    run(0)
    figure = page.locator(".chargen-figure")
    figure.get_by_text(same.summary()).wait_for()
    figure.get_by_role("button", name="↵, space").press("Enter")
    same.chosen = "\n"
    figure.get_by_text(same.summary()).wait_for()
    run(1, prints=f"kernel has '\\n' 2 {same.nearest[0][0]}")
    # In the map a key is the map's: JupyterLab would move to another cell, or cut this one.
    figure.get_by_role("button", name="↵, space").press("x")
    assert focused(page) == "x"
    page.keyboard.press("Enter")
    figure.get_by_label("step 100 of 100").press("ArrowLeft")
    same.chosen, same.moment = "x", 1
    figure.get_by_text(same.summary()).wait_for()
    run(1, prints=f"kernel has 'x' 1 {same.nearest[0][0]}")
    assert page.locator(".jp-Cell").count() == 3
    box = figure.locator(".point").first.bounding_box()
    assert (round(box["width"]), round(box["height"])) == (24, 24)  # JupyterLab's own styles leave the points as they are
    run(2)
    same.chosen, same.moment = "e", 0
    figure.get_by_text(same.summary()).wait_for()
    assert figure.locator("[aria-pressed=true] bdi").text_content() == "e"
