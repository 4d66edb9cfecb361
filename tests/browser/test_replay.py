"""TrainingReplay, in a page without a kernel and in JupyterLab: every moment is drawn where it belongs, and told in the library's words."""

import jax
import numpy as np
import optax
import pytest
from flax import nnx
from reading import HOSTILE, Notebook, colour, contrast, holds, letters, smallest, themes

from chargen_lib.entropy import nats_to_bits
from chargen_lib.generation import generate_text
from chargen_lib.models import PerPositionMLP
from chargen_lib.text import Vocabulary
from chargen_lib.training import History, evaluate, fit
from chargen_lib.widgets import TrainingReplay

STEPS = (0, 1, 2, 5, 10, 50, 200)
LOSSES = 1.1 + 3 * np.exp(-np.arange(200) / 10)
MEASURED = {step: float(1.2 + 2.9 * np.exp(-step / 10)) for step in STEPS}
SAMPLES = {step: f"sample at {step}\nits second line" for step in STEPS}
LEVELS = {"bigram floor": 1.25, "uniform": 4.143}


def replay(**changed):
    history = History(losses=LOSSES, val_steps=list(MEASURED), val_losses=list(MEASURED.values()))
    return TrainingReplay(**{"history": history, "samples": SAMPLES, "levels": LEVELS, "prompt": "The ", **changed})


def says(page, words):
    page.wait_for_function("words => document.querySelector('.summary').textContent === words", arg=words, timeout=5000)


def measures(page):
    return [tuple(row.locator("dt, dd").all_text_contents()) for row in page.locator("dl > div").all()]


def shown(page):
    """The samples that can be seen."""
    return [sample.text_content() for sample in page.locator(".samples p").all() if sample.is_visible()]


def drawn(page):
    """In shares of the box: where the moment's line and its point are, and where the strong curves end."""
    return page.locator(".curves").evaluate(
        """curves => {
          const box = curves.querySelector("svg").getBoundingClientRect();
          const middle = (element) => element.getBoundingClientRect();
          const now = middle(curves.querySelector(".now")), here = middle(curves.querySelector(".here"));
          const cut = parseFloat(getComputedStyle(curves.querySelector(".past")).clipPath.split(" ")[1]);
          return { now: (now.left - box.left) / box.width, end: 1 - cut / 100,
            here: [(here.left + here.width / 2 - box.left) / box.width, (here.top + here.height / 2 - box.top) / box.height] };
        }"""
    )


def curve(page, kind):
    text = page.locator(f".curves .past .{kind}").get_attribute("points")
    return np.array([point.split(",") for point in text.split()], float) / 100


def assert_drawn(page, figure, log):
    step = figure.step
    across = np.log1p(step) / np.log1p(200) if log else step / 200
    found = drawn(page)
    held_out = curve(page, "held-out")
    here = held_out[STEPS.index(step)]
    assert abs(found["now"] - across) < 0.005 and abs(found["end"] - across) < 0.005
    np.testing.assert_allclose(found["here"], here, atol=0.005)
    assert abs(here[0] - across) < 1e-3
    # The height is the held-out loss: the levels' lines lie at known losses.
    box = page.locator(".curves svg").first.bounding_box()
    lines = [line.bounding_box()["y"] - box["y"] for line in page.locator(".curves .level").all()]
    low, high = (y / box["height"] for y in lines)
    assert abs(LEVELS["bigram floor"] + (here[1] - low) / (high - low) * (4.143 - 1.25) - MEASURED[step]) < 0.02


def test_scrubbing_through_a_training(show):
    figure = replay()
    page = show(figure)
    slider = page.get_by_role("slider")
    assert slider.get_attribute("aria-valuetext") == "step 200 of 200"
    slider.focus()
    for step in reversed(STEPS):
        figure.step = step
        says(page, figure.summary())
        assert shown(page) == [SAMPLES[step]]
        assert page.get_by_text(f"What it writes after “The ”, step {step}:").is_visible()
        told = dict(measures(page))
        assert told["held-out"] == f"{MEASURED[step]:.3f} nats{nats_to_bits(MEASURED[step]):.3f} bits"
        away = MEASURED[step] - 1.25
        side = "above" if away > 0 else "below"
        assert told[f"{side} the floor"] == f"{abs(away):.3f} nats{nats_to_bits(abs(away)):.3f} bits"
        assert_drawn(page, figure, log=True)
        page.keyboard.press("ArrowLeft")
    page.keyboard.press("End")
    figure.step = 200
    says(page, figure.summary())


def test_the_scale_of_the_steps(show):
    figure = replay(step=10)
    page = show(figure)
    before = curve(page, "training")
    assert page.locator(".curves .step").all_text_contents() == ["0", "1", "10", "100"]
    page.get_by_label("early steps wider").press("Space")
    assert page.locator(".curves .step").all_text_contents() == ["0", "50", "100", "150", "200"]
    assert_drawn(page, figure, log=False)
    after = curve(page, "training")
    np.testing.assert_allclose(before[:3, 0], np.log1p([1, 2, 3]) / np.log1p(200), atol=1e-4)
    np.testing.assert_allclose(after[:3, 0], np.array([1, 2, 3]) / 200, atol=1e-4)
    page.get_by_label("early steps wider").check()
    np.testing.assert_array_equal(curve(page, "training"), before)


def test_play_goes_through_all_moments_and_ends(show):
    page = show(replay(samples={step: SAMPLES[step] for step in (0, 5, 200)}))
    page.evaluate("""() => { window.seen = []; new MutationObserver(() => window.seen.push(document.querySelector("input").value))
      .observe(document.querySelector(".samples").previousElementSibling, { childList: true }); }""")
    page.get_by_role("button", name="Play").click()
    page.get_by_role("button", name="Pause").wait_for()
    page.get_by_role("button", name="Play").wait_for()
    assert page.evaluate("window.seen") == ["0", "1", "2"]
    page.get_by_role("button", name="Play").click()
    page.get_by_role("button", name="Pause").click()
    place = page.get_by_role("slider").input_value()
    page.wait_for_timeout(900)
    assert page.get_by_role("slider").input_value() == place == "0"


def test_what_the_page_tells_of_a_real_training_is_the_librarys(show):
    vocabulary = Vocabulary("abc ")
    ids = vocabulary.encode("a cab abc bac " * 40)
    model = PerPositionMLP(4, 4, 8, rngs=nnx.Rngs(0))
    history = fit(
        model, ids, steps=30, batch_size=4, seq_len=8, optimizer=optax.adam(0.05), key=jax.random.key(0), val_ids=ids,
        snapshots=(0, 3, 30), progress=False,
    )  # fmt: skip
    samples = {
        step: generate_text(then, vocabulary, "a", num_chars=30, key=jax.random.key(1))
        for step, then in history.snapshots.items()
    }
    page = show(TrainingReplay(history, samples, {"floor": 0.5}))
    slider = page.get_by_role("slider")
    for place, (step, then) in enumerate(history.snapshots.items()):
        slider.fill(str(place))
        told = dict(measures(page))
        assert abs(float(told["held-out"].split()[0]) - evaluate(then, ids, seq_len=8)) <= 0.0005 + 1e-6
        if step == 30:
            assert told["training, last 3 batches"].startswith(f"{history.losses[-3:].mean():.3f} nats")
        assert shown(page) == [generate_text(then, vocabulary, "a", num_chars=30, key=jax.random.key(1))]


def test_any_text_is_shown_as_text(show):
    samples = dict(enumerate(HOSTILE))
    losses = np.linspace(4, 2, len(HOSTILE))
    levels = {name: 2.0 + 0.2 * place for place, name in enumerate(HOSTILE)}
    figure = TrainingReplay(History(losses=losses), samples, levels, prompt=HOSTILE[1], step=0)
    page = show(figure, width=360)
    for place in range(len(HOSTILE)):
        page.get_by_role("slider").fill(str(place))
        figure.step = place
        [text] = shown(page)
        assert text == figure.moments[place]["sample"]
        assert text.replace("U+", "").isprintable() and ("<" in text) == ("<" in HOSTILE[place])
        says(page, figure.summary())
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert shown(page) == [HOSTILE[-1]]  # spaces stay spaces
    assert page.get_by_text(f"What it writes after “{HOSTILE[1]}”, step 12:").is_visible()
    assert page.title() == "Figures"
    assert page.locator(".chargen-figure :is(img, script, b)").count() == 0


def test_a_sample_keeps_its_lines(show):
    page = show(replay(samples={200: "one  two\n\nthree"}))
    sample = page.locator(".samples p")
    assert sample.inner_text() == "one  two\n\nthree"
    assert sample.bounding_box()["height"] > 3 * 18


@pytest.mark.parametrize("width", [320, 360, 1440])
def test_a_phone_needs_no_sideways_scroll_and_reads_every_word(show, width):
    page = show(replay(levels={**LEVELS, "long " * 30: 2.0}, samples={0: "x" * 300, 200: "a b " * 50}), width=width)
    for place in "01":
        page.get_by_role("slider").fill(place)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert holds(page, ".curves span")
    writing, control = smallest(page, "button, input[type=range]")
    assert writing >= 11 and control >= 24


def test_the_figure_keeps_its_height_while_it_plays(show):
    page = show(replay(samples={0: "a", 5: "a\n" * 9, 200: "b"}))
    heights = set()
    for place in "012":
        page.get_by_role("slider").fill(place)
        heights.add(page.locator(".samples").bounding_box()["height"])
    assert len(heights) == 1


def test_without_scripts_and_on_paper_a_still_picture_remains(show):
    figure = replay(step=5)
    page = show(figure, java_script_enabled=False)
    assert page.locator(".summary").text_content() == figure.summary()
    still = {part: letters(page, part) for part in (".curves", "dl")}
    assert shown(page) == [SAMPLES[5]] and "uniform4.143nats" in still[".curves"][0]
    assert_drawn(page, figure, log=True)

    page = show(figure)  # with scripts, the same
    assert {part: letters(page, part) for part in still} == still
    assert page.locator(".curves").get_attribute("aria-label") == (
        "The loss up to this moment; training; held-out; bigram floor 1.250 nats; uniform 4.143 nats"
    )
    page.emulate_media(media="print", color_scheme="dark")
    assert page.locator(".curves").is_visible() and shown(page) == [SAMPLES[5]]
    assert page.locator("input:visible, button:visible").count() == 0
    assert colour(page, ".chargen-figure", "background-color") == "rgb(255, 255, 255)"


def test_twice_in_a_page(show):
    page = show(replay(), replay())
    page.get_by_role("slider").nth(1).fill("0")
    page.wait_for_function("document.querySelectorAll('.summary')[1].textContent.startsWith('Step 0')")
    assert page.locator(".summary").first.text_content().startswith("Step 200")


def test_focus_is_seen_and_every_control_has_a_name(show):
    page = show(replay())
    names = []
    for _ in range(3):
        page.keyboard.press("Tab")
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        names.append(page.evaluate("(document.activeElement.labels[0] ?? document.activeElement).textContent"))
    assert names == ["step 200 of 200", "Play", "early steps wider (log scale)"]
    assert page.locator(".summary").get_attribute("aria-live") == "polite"
    assert page.locator(".curves").get_attribute("role") == "img"


@pytest.mark.parametrize("system", ["light", "dark"])
def test_light_and_dark(show, system):
    page = show(replay(step=10), color_scheme=system)
    for theme in themes(page, system):
        paper = colour(page, ".chargen-figure", "background-color")
        assert (paper == "rgb(255, 255, 255)") == (theme == "light")
        for words in (
            ".summary",
            ".legend",
            ".curves .tick",
            ".curves .level-name",
            "dt",
            "dd",
            "small",
            ".samples p",
            "button",
        ):
            assert contrast(colour(page, words, "color"), paper) >= 4.5, words
        for line in (".past .training", ".past .held-out"):
            assert contrast(colour(page, line, "stroke"), paper) >= 3
        assert contrast(colour(page, ".curves .level", "border-top-color"), paper) >= 3
        assert contrast(colour(page, ".curves .here", "background-color"), paper) >= 3
    # Not by colour alone.
    assert colour(page, ".past .held-out", "stroke-dasharray") != colour(page, ".past .training", "stroke-dasharray") == "none"
    assert colour(page, ".curves .level.first", "border-top-style") == "dashed"


CELLS = [
    "import numpy as np\nfrom chargen_lib.training import History\nfrom chargen_lib.widgets import TrainingReplay\n"
    "history = History(np.linspace(4, 2, 100), [0, 10, 100], [4.0, 3.5, 2.125])\n"
    'fig = TrainingReplay(history, {0: "<b>x</b>", 10: "the\\nowl", 100: "</script>"}, {"floor": 2.0})\nfig',
    'print("kernel has", fig.step, fig.log_steps)',
    "fig.step, fig.log_steps = 0, True",
]


def test_in_jupyterlab_the_figure_reaches_the_kernel_and_the_kernel_the_figure(pages, lab):
    notebook = Notebook(pages, lab, *CELLS)
    page, run = notebook.page, notebook.run

    run(0)
    figure = page.locator(".chargen-figure")
    figure.get_by_text("0.125 nats above “floor”.").wait_for()
    assert shown(page) == ["</script>"]
    run(1, prints="kernel has 100 True")
    # In the figure a key is the figure's: JupyterLab would move to another cell.
    figure.get_by_role("slider").press("ArrowLeft")
    figure.get_by_label("early steps wider").press("Space")
    run(1, prints="kernel has 10 False")
    assert shown(page) == ["the\nowl"]
    run(2)
    figure.get_by_text("Step 0 of 100: held-out loss 4.000 nats").wait_for()
    assert shown(page) == ["<b>x</b>"] and figure.get_by_role("slider").input_value() == "0"
    assert figure.get_by_label("early steps wider").is_checked()
    run(1, prints="kernel has 0 True")
    assert figure.locator(".curves svg").first.bounding_box()["width"] > 300  # JupyterLab's styles leave it as it is
