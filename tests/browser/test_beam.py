"""BeamExplorer in Chromium: its search and its Viterbi are the library's, and every control does what it says."""

import itertools
import math

import jax.numpy as jnp
import numpy as np
import pytest
from reading import Notebook, colour, contrast, module_address, themes

from chargen_lib.exercises.lesson_07.tables_to_search import LADDER
from chargen_lib.models import BigramTable
from chargen_lib.search import beam_search, viterbi
from chargen_lib.widgets import BeamExplorer

EXPLORE = """async ([address, state]) => {
  const { explore, logProbOf } = await import(address);
  const table = state.log_probs.map((row) => row.map(Number));
  return state.searches.map(([start, width]) => {
    const found = explore(table, state.log_totals, start, state.num_chars, width);
    return { ...found, bestAgain: logProbOf(table, start, found.best.ids) };
  });
}"""
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def chain(rng, vocab, kind):
    """ln p, (vocab, vocab): any, with impossible steps, or with many equal ones."""
    probs = rng.dirichlet(np.ones(vocab), size=vocab)
    if kind == "impossible steps":
        probs[rng.random(probs.shape) < 0.3] = 0
        probs[:, 0] += 0.05  # every row has a way out
    if kind == "equal steps":
        probs = np.round(probs * 4) + (np.arange(vocab) == 0)
    probs /= probs.sum(axis=1, keepdims=True)
    with np.errstate(divide="ignore"):
        return np.log(probs)


def explored(page, figure, searches):
    """What the module in the page finds on the figure's table, for each (start, width)."""
    return page.evaluate(EXPLORE, [module_address(figure), {**figure.state(), "searches": searches}])


def log_prob(table, start, ids):
    return sum(float(table[a, b]) for a, b in itertools.pairwise((start, *ids)))


def assert_same_texts(table, start, found, ids, log_probs):
    """The same texts in the same order.  Only texts that are equally likely, where the last bit decides, may change places."""
    assert len(found) == len(ids)
    for text, expected, expected_log_prob in zip(found, ids.tolist(), log_probs.tolist(), strict=True):
        assert abs(text["logProb"] - expected_log_prob) <= 1e-6
        if text["ids"] != expected:
            assert abs(log_prob(table, start, text["ids"]) - log_prob(table, start, expected)) < 1e-9, (text["ids"], expected)


def assert_the_librarys(table, start, width, num_chars, found):
    """Every step's kept texts against beam_search, the likeliest text against viterbi, and where it was lost against both."""
    best_ids, best_log_prob = viterbi(table, start, num_chars)
    assert found["best"]["ids"] == best_ids.tolist()
    assert abs(found["best"]["logProb"] - best_log_prob) <= 1e-6 and abs(found["bestAgain"] - best_log_prob) <= 1e-9
    model, lost_at = BigramTable(jnp.array(table)), -1
    ranked = [math.inf]
    for length in range(1, num_chars + 1):
        kept, pruned = found["steps"][length]["kept"], found["steps"][length]["pruned"]
        beams = beam_search(model, jnp.array([start]), num_chars=length, num_beams=width)
        assert_same_texts(table, start, kept, beams.sequences, beams.log_probs)
        # What was pruned is every other possible continuation of what was kept before, none twice, in order, none better than what was kept.
        before = [text["ids"] for text in found["steps"][length - 1]["kept"]]
        possible = {(*ids, c) for ids in before for c in range(len(table)) if table[ids[-1] if ids else start, c] > -np.inf}
        assert {tuple(text["ids"]) for text in kept + pruned} == possible and len(kept) + len(pruned) == len(possible)
        ranked = [text["logProb"] for text in kept + pruned]
        assert all(b <= a + 2e-6 for a, b in itertools.pairwise(ranked))
        if lost_at == -1 and best_ids[:length].tolist() not in [text["ids"] for text in kept]:
            lost_at = length
    assert found["lostAt"] == lost_at
    found_ids = found["steps"][-1]["kept"][0]["ids"]
    assert found["asLikely"] == (log_prob(table, start, found_ids) > best_log_prob - 1e-9)
    greedy = beam_search(model, jnp.array([start]), num_chars=num_chars, num_beams=1)
    assert_same_texts(table, start, [found["greedy"]], greedy.sequences, greedy.log_probs)


# Each (characters, width, length) is compiled once and then used for many chains.
@pytest.mark.parametrize(
    ("vocab", "width", "num_chars", "num_chains"),
    [(2, 1, 5, 30), (2, 3, 6, 30), (3, 2, 4, 30), (3, 16, 4, 30), (4, 5, 5, 30), (5, 3, 4, 30), (6, 16, 3, 24), (1, 4, 2, 2), (26, 8, 4, 6)],
)  # fmt: skip
def test_the_search_is_the_librarys_on_random_chains(pages, vocab, width, num_chars, num_chains):
    page, rng = pages.open(), np.random.default_rng(100 * vocab + width)
    kinds = itertools.cycle(["any", "impossible steps", "equal steps"])
    for kind in itertools.islice(kinds, num_chains):
        table, start = chain(rng, vocab, kind), int(rng.integers(vocab))
        figure = BeamExplorer(table, LETTERS[:vocab], LETTERS[start], num_chars, width)
        [found] = explored(page, figure, [[start, width]])
        assert_the_librarys(table, start, width, num_chars, found)


def test_the_search_is_the_librarys_on_the_ladder(pages):
    figure = BeamExplorer(LADDER, "abc", "a", num_chars=3)
    searches = [(start, width) for start in range(3) for width in (1, 2, 3, 9, 16)]
    for (start, width), found in zip(searches, explored(pages.open(), figure, searches), strict=True):
        assert_the_librarys(LADDER, start, width, 3, found)
        texts = [text["ids"] for text in found["steps"][3]["kept"]]
        assert (
            texts
            == beam_search(BigramTable(jnp.array(LADDER)), jnp.array([start]), num_chars=3, num_beams=width).sequences.tolist()
        )
        if start == 0 and width <= 3:
            assert texts[0] == [[0, 0, 0], [1, 0, 0], [2, 1, 0]][width - 1] and found["lostAt"] == [1, 1, -1][width - 1]


def test_equals_go_to_the_better_beam_then_to_the_lower_id(pages):
    figure = BeamExplorer(np.log(np.full((4, 4), 0.25)), "abcd", "a", num_chars=2, num_beams=3)
    [found] = explored(pages.open(), figure, [[2, 3]])
    assert [text["ids"] for text in found["steps"][2]["kept"]] == [[0, 0], [0, 1], [0, 2]]
    assert [text["ids"] for text in found["steps"][2]["pruned"][:3]] == [[0, 3], [1, 0], [1, 1]]
    assert found["best"]["ids"] == [0, 0] and found["lostAt"] == -1


# --- the figure ---------------------------------------------------------------------------------------------------------


def says(page, summary):
    page.wait_for_function("words => document.querySelector('.summary').textContent === words", arg=summary, timeout=5000)


def step_button(page):
    return page.get_by_role("button", name="Step", exact=True)


def texts(page, kind):
    """The listed texts with their ln p: [(text, two decimals)]."""
    rows = page.locator(f".texts ul.{kind} li")
    return [(row.locator("bdi").text_content(), row.locator(".total").text_content().replace("−", "-")) for row in rows.all()]


def test_the_reader_steps_through_the_search(show):
    figure = BeamExplorer(LADDER, "abc", "a", num_chars=3, num_beams=2)
    page = show(figure)
    says(page, "Step 0 of 3, width 2: nothing is written yet, after “a”.")
    back, step, to_end = (page.get_by_role("button", name=name, exact=True) for name in ("Back", "Step", "To the end"))
    assert back.get_attribute("aria-disabled") == "true" and step.get_attribute("aria-disabled") == "false"

    for number in (1, 2, 3):
        step.press("Enter")
        figure.step = number
        says(page, figure.summary())
        assert texts(page, "kept") == [(text, f"{log_p:.2f}") for text, log_p in figure.kept]
        assert page.locator(".tree .node.kept").count() == 1 + 2 * number
        assert page.locator(".tree .node.pruned").count() == [1, 5, 9][number - 1]
    assert figure.summary() == (
        "Step 3 of 3, width 2: kept “baa” (−2.25) and “bab” (−2.39); pruned 4. The likeliest text, “cba” (−1.96), was lost at step 1."
    )
    assert [text for text, _ in texts(page, "pruned")] == ["bac", "aaa", "aab", "aac"]
    assert page.locator("dd").all_text_contents() == ["baa −2.25", "cba −1.96", "aaa −2.90"]
    step.press("Enter")  # there is no fourth step, and the focus stays
    assert step.get_attribute("aria-disabled") == "true" and step.evaluate("button => button === document.activeElement")

    for _ in range(2):
        back.press("Space")
    figure.step = 1
    says(page, figure.summary())
    lost = page.locator(".texts .pruned li.best")  # here the likeliest text is lost, and marked in the list and in the tree
    assert (
        lost.locator("bdi").text_content() == "c"
        and lost.get_by_role("img").get_attribute("aria-label") == "leads to the likeliest text"
    )
    assert page.locator(".tree .node.pruned.best").text_content() == "c"
    assert page.locator("dd").first.text_content() == "…"
    to_end.click()
    figure.step = 3
    says(page, figure.summary())


def test_width_and_start_by_keyboard(show):
    figure = BeamExplorer(LADDER, "abc", "a", num_chars=3, num_beams=2, step=3)
    page = show(figure)
    says(page, figure.summary())
    slider = page.get_by_label("width of the search")
    for key, width in (("Home", 1), ("ArrowRight", 2), ("ArrowRight", 3), ("End", 16)):
        slider.press(key)
        figure.num_beams = width
        says(page, figure.summary())
        assert slider.get_attribute("aria-valuetext") == ("1 beam" if width == 1 else f"{width} beams")
        assert texts(page, "kept") == [(text, f"{log_p:.2f}") for text, log_p in figure.kept]
    assert figure.summary().endswith("pruned 11. The likeliest text of all was found.")
    menu = page.get_by_label("start after")
    assert menu.locator("option").all_text_contents() == ["a", "b", "c"]
    for start in "cb":
        menu.select_option(start)
        figure.start = start
        says(page, figure.summary())
        assert texts(page, "kept") == [(text, f"{log_p:.2f}") for text, log_p in figure.kept]


def test_page_and_python_say_the_same(show):
    rng = np.random.default_rng(7)
    for kind in ("any", "impossible steps", "equal steps", "equal steps"):
        figure = BeamExplorer(chain(rng, 3, kind), "abc", "b", num_chars=6, num_beams=int(rng.integers(1, 6)))
        page = show(figure)
        for step in range(7):
            figure.step = step
            says(page, figure.summary())
            if step < 6:
                step_button(page).click()


def test_an_equally_likely_text_is_no_loss(show):
    with np.errstate(divide="ignore"):
        table = np.log([[0, 0, 1], [0, 0, 1], [0.25, 0.25, 0.5]])
    figure = BeamExplorer(table, "abc", "a", num_chars=3, num_beams=1, step=2)  # Viterbi's is cac, and ccc is as likely
    page = show(figure)
    assert figure.summary().endswith("was pruned at step 2, but one as likely is still in the beam.")
    says(page, figure.summary())
    step_button(page).click()
    figure.step = 3
    assert figure.summary().endswith("pruned 2. The likeliest text was pruned at step 2, but one as likely was found.")
    says(page, figure.summary())


HOSTILE = "<\"'&\\`$\x00\n \x7f\u202e\u2028א🂡\u200d\ud800>/"
SEEN = [*"<\"'&\\`$", "U+0000", "↵", "␣", "U+007F", "U+202E", "U+2028", "א", "🂡", "U+200D", "U+D800", ">", "/"]


def hostile():
    """A figure on characters that may do harm, among them those of a tag."""
    table = np.log(np.random.default_rng(3).dirichlet(np.ones(len(HOSTILE)), size=len(HOSTILE)))
    return BeamExplorer(table, HOSTILE, "<", num_chars=12, num_beams=16)


def test_any_character_is_shown_as_text(show):
    figure = hostile()
    page = show(figure)
    menu = page.get_by_label("start after")
    assert figure.labels == SEEN == menu.locator("option").all_text_contents()
    page.get_by_role("button", name="To the end").click()
    figure.step = 12
    for start in "<\x00א🂡\ud800":
        menu.select_option(SEEN[HOSTILE.index(start)])
        figure.start = start
        says(page, figure.summary())
        seen = ["".join(SEEN[HOSTILE.index(character)] for character in text) for text, _ in figure.kept]
        assert [text for text, _ in texts(page, "kept")] == seen
    assert page.title() == "Figures"


def test_a_text_that_is_markup_is_shown_as_text(show):
    markup = "<img src=x onerror=title=1>"
    characters = "".join(dict.fromkeys(markup))
    with np.errstate(divide="ignore"):  # a chain that writes the tag: after each character all that follow it in the tag
        counts = np.zeros((len(characters), len(characters)))
        for a, b in itertools.pairwise(markup + "<"):
            counts[characters.index(a), characters.index(b)] += 1
        table = np.log(counts / counts.sum(axis=1, keepdims=True))
    figure = BeamExplorer(table, characters, ">", num_chars=len(markup), num_beams=16, step=len(markup))
    page = show(figure)
    assert all(text.startswith("<im") or text.startswith("<") for text, _ in texts(page, "kept"))
    assert page.locator(".chargen-figure :is(img, script)").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_sideways_scroll_on_a_phone(show, scheme):
    widest = BeamExplorer(np.log(np.full((40, 40), 1 / 40)), "".join(map(chr, range(40))), "\0", num_chars=40, num_beams=40)
    for figure in (hostile(), widest):
        page = show(figure, width=360, color_scheme=scheme)
        for click in (False, True):
            if click:
                page.get_by_role("button", name="To the end").click()
                page.wait_for_function("document.querySelector('.summary').textContent.includes('kept')")
            assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_still_picture_remains_without_script(show):
    figure = BeamExplorer(LADDER, "abc", "a", num_chars=3, num_beams=2)
    page = show(figure, java_script_enabled=False)
    assert texts(page, "kept") == [("baa", "-2.25"), ("bab", "-2.39")]
    assert page.locator("dd").all_text_contents() == ["baa −2.25", "cba −1.96", "aaa −2.90"]
    assert "lost at step 1" in page.locator(".summary").text_content()


def test_twice_in_a_page(show):
    figure = BeamExplorer(LADDER, "abc", "a", num_chars=3, num_beams=2)
    page = show(figure, figure)
    step_button(page).nth(1).click()
    page.wait_for_function("document.querySelectorAll('.summary')[1].textContent.startsWith('Step 1')")
    assert page.locator(".summary").first.text_content().startswith("Step 0")
    assert page.locator(".tree").count() == 2


def test_on_paper_the_controls_are_gone(show):
    page = show(BeamExplorer(LADDER, "abc", "a", num_chars=3, num_beams=2, step=3))
    page.emulate_media(media="print")
    assert page.locator(".tree").is_visible() and not page.locator("button, input, select").first.is_visible()
    assert not page.locator("button:visible, input:visible, select:visible").count()


def test_focus_is_seen_and_every_control_has_a_name(show):
    page = show(BeamExplorer(LADDER, "abc", "a", num_chars=3))
    names = []
    for _ in range(5):
        page.keyboard.press("Tab")
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        names.append(page.evaluate("(document.activeElement.labels[0] ?? document.activeElement).textContent.slice(0, 11)"))
    assert names == ["start after", "width of th", "Back", "Step", "To the end"]
    assert page.locator(".summary").get_attribute("aria-live") == "polite"


@pytest.mark.parametrize("system", ["light", "dark"])
def test_light_and_dark(show, system):
    page = show(BeamExplorer(LADDER, "abc", "a", num_chars=3, num_beams=2, step=3), color_scheme=system)
    for theme in themes(page, system):
        paper = colour(page, ".chargen-figure", "background-color")
        assert (contrast(paper, "rgb(255, 255, 255)") < 1.1) == (theme == "light")
        for words in (
            ".summary",
            "button",
            ".node.kept",
            ".node.pruned",
            ".head",
            ".legend",
            ".kept .text",
            ".pruned .text",
            ".steps",
            "dd",
        ):
            assert contrast(colour(page, words, "color"), paper) >= 4.5
        for line in ("line.kept", "line.pruned", "line.best"):
            assert contrast(colour(page, f".tree {line}", "stroke"), paper) >= 3


CELLS = [
    "import numpy as np\nfrom chargen_lib.widgets import BeamExplorer\n"
    'table = np.log([[0.38, 0.33, 0.29], [0.84, 0.1, 0.06], [0.25, 0.58, 0.17]])\nfig = BeamExplorer(table, "abc", "a", 3, 2)\nfig',
    'print("kernel has", fig.start, fig.num_beams, fig.step, fig.kept[0][0])',
    'fig.start, fig.num_beams = "b", 1',
]


def test_in_jupyterlab_the_figure_reaches_the_kernel_and_the_kernel_the_figure(pages, lab):
    notebook = Notebook(pages, lab, *CELLS)
    page, run = notebook.page, notebook.run

    run(0)
    figure = page.locator(".chargen-figure")
    figure.get_by_role("button", name="To the end").click()
    figure.get_by_text("“cba” (−1.96), was lost at step 1.").wait_for()
    run(1, prints="kernel has a 2 3 baa")
    # In the figure a key is the figure's: JupyterLab would move to another cell.
    figure.get_by_label("width of the search").press("ArrowRight")
    figure.get_by_role("button", name="Back").press("Enter")
    run(1, prints="kernel has a 3 2 ba")
    figure.get_by_label("start after").select_option("c")
    run(1, prints="kernel has c 3 2 ba")
    run(2)
    figure.get_by_text("Step 2 of 3, width 1: kept").wait_for()
    run(1, prints="kernel has b 1 2 aa")
    assert figure.get_by_label("width of the search").input_value() == "1"
