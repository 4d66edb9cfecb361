"""LiveText in Chromium: it writes by itself what the library writes, stops when asked, and says how it is drawn."""

import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from reading import HOSTILE, WHITE, Notebook, colour, contrast, summary, themes

from chargen_lib.models import BigramTable, Recurrent
from chargen_lib.sampling import Sampler
from chargen_lib.text import Vocabulary
from chargen_lib.widgets import LiveText
from chargen_lib.widgets.base import readable

LETTERS = Vocabulary("\n abcdefghijklmnopqrstuvwxyz", start="\n")


def letters(**settings):
    network = Recurrent(len(LETTERS), 8, 32, rngs=nnx.Rngs(0))
    return LiveText(
        network, LETTERS, name="network", **{"length": 60, "sampler": Sampler(0.8, top_p=0.9), "seed": 3, **settings}
    )


def text(page):
    return page.locator(".live").text_content()


def whole(page, figure):
    """Wait until the page has written all that the figure in Python writes."""
    words = readable(figure._prompt) + readable(figure.text)
    page.wait_for_function("words => document.querySelector('.live').textContent === words", arg=words)
    assert summary(page, figure.summary()) == figure.summary().replace("\u00a0", " ")


def button(page, name):
    return page.get_by_role("button", name=name, exact=True)


def test_it_writes_by_itself_and_another_text_when_asked(show):
    figure = letters(prompt="the ")
    page = show(figure)
    early = text(page)
    assert len(early) < 40
    whole(page, figure)
    assert button(page, "Go on").get_attribute("aria-disabled") == "true" and page.locator(".pen").is_hidden()
    button(page, "Another text").press("Enter")
    figure.seed = 4
    whole(page, figure)
    assert button(page, "Another text").evaluate("button => button === document.activeElement")


def test_it_stops_when_asked_and_goes_on_where_it_was(show):
    figure = letters(length=300)
    page = show(figure)
    page.wait_for_function("document.querySelector('.live').textContent.length > 5")
    button(page, "Pause").press("Space")
    stopped = text(page)
    page.wait_for_timeout(300)
    assert text(page) == stopped and figure.text.startswith(stopped) and len(stopped) < 300
    button(page, "Go on").press("Space")
    page.wait_for_function("n => document.querySelector('.live').textContent.length > n", arg=len(stopped))
    assert figure.text.startswith(text(page))
    assert page.locator(".live").get_attribute("aria-live") is None  # nobody is read every letter


def test_with_reduced_motion_the_text_stands_there_whole(show):
    page = show(figure := letters(length=400), reduced_motion="reduce")
    page.evaluate(
        """() => {
             window.lengths = [];
             const live = document.querySelector(".live");
             new MutationObserver(() => lengths.push(live.textContent.length)).observe(live, { characterData: true, subtree: true });
           }"""
    )
    whole(page, figure)
    assert button(page, "Pause").is_hidden()
    button(page, "Another text").click()
    figure.seed = 4
    whole(page, figure)
    assert set(page.evaluate("lengths")) == {0, 400}


def test_without_a_script_the_text_is_there(show):
    page = show(figure := letters(), java_script_enabled=False)
    assert text(page) == figure.text and page.locator(".summary").text_content() == figure.summary()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone_and_can_be_read_in_every_theme(show, scheme):
    page = show(letters(), width=360, color_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    for name in ("Pause", "Another text"):
        assert button(page, name).bounding_box()["height"] >= 44
    height = page.locator(".chargen-figure").bounding_box()["height"]
    for theme in themes(page, scheme):
        paper = colour(page, ".chargen-figure", "backgroundColor")
        assert (paper == WHITE) == (theme == "light")
        for part in (".live", ".summary", "button"):
            assert contrast(colour(page, part, "color"), paper) >= 4.5
    page.wait_for_function("document.querySelector('.live').textContent.length === 60")
    assert page.locator(".chargen-figure").bounding_box()["height"] == height  # nothing under it moves


def test_any_text_is_shown_as_text(show):
    characters = "".join(dict.fromkeys("".join(HOSTILE)))
    size = len(characters)
    table = BigramTable(jnp.asarray(np.random.default_rng(0).normal(size=(size, size)), jnp.float32))
    figure = LiveText(table, Vocabulary(characters), name=HOSTILE[0], prompt=HOSTILE[1], length=200)
    page = show(figure, width=360, reduced_motion="reduce")
    whole(page, figure)
    assert page.title() == "Figures" and page.locator(".chargen-figure :is(img, script)").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_in_jupyterlab_the_seed_reaches_the_kernel_and_back(pages, lab):
    notebook = Notebook(
        pages,
        lab,
        "from chargen_lib import pretrained\n"
        "from chargen_lib.widgets import LiveText\n"
        "live = LiveText(*pretrained.load('fables-gru'), name='fables-gru', length=40)\nlive",
        "print('seed', live.seed)",
        "live.seed = 7; print('set')",
    )
    notebook.run(0)
    page = notebook.page
    page.locator(".chargen-figure[role=group]").wait_for()
    button(page, "Another text").click()
    page.locator(".summary", has_text="with seed 1.").wait_for()
    notebook.run(1, prints="seed 1")
    notebook.run(2, prints="set")
    page.locator(".summary", has_text="with seed 7.").wait_for()
