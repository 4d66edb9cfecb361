"""Playground's Python side: what it refuses, what it exports, and that its text is the library's."""

import json
import math
import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from chargen_lib.generation import generate_text
from chargen_lib.models import BigramTable, PerPositionMLP
from chargen_lib.sampling import Sampler
from chargen_lib.text import Vocabulary
from chargen_lib.widgets import Playground

ABC = Vocabulary("ab ")
PAIRS = BigramTable(jnp.log(jnp.array([[0.5, 0.25, 0.25], [0.9, 0.05, 0.05], [0.2, 0.7, 0.1]])))
FOUR = BigramTable(jnp.zeros((4, 4)))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"models": {}}, "There is no model"),
        ({"vocabulary": None}, "The model has no vocabulary: write Playground(model, vocabulary)"),
        ({"models": {"x": PAIRS}, "vocabulary": None}, "The model 'x' has no vocabulary"),
        ({"models": FOUR}, "The model knows 4 characters and its vocabulary has 3"),
        ({"models": {"x": (PAIRS, ABC), "y": FOUR}}, "The model 'y' knows 4"),
        ({"models": {"x": PAIRS}, "model": "y"}, "model is 'y', which is none of the 1 models"),
        ({"prompt": "abc"}, "'c' (U+0063) at position 2"),
        ({"num_chars": 2001}, "num_chars must be a whole number from 0 to 2000"),
        ({"num_chars": 1.5}, "num_chars"),
        ({"place": -1}, "place must be a whole number"),
        ({"seed": 2**31}, "seed must be a whole number from 0 to 2147483647"),
        ({"temperature": -1}, "temperature must be 0 or more"),
        ({"temperature": math.nan}, "temperature"),
        ({"top_k": 0}, "top_k must be 1 or more"),
        ({"top_p": 0.0}, "top_p is a share"),
        ({"min_p": 1.5}, "min_p is a share"),
        ({"models": BigramTable(jnp.full((3, 3), -jnp.inf))}, "nothing that is possible"),
        ({"models": BigramTable(jnp.full((3, 3), jnp.nan))}, "NaN"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(given, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        Playground(**{"models": PAIRS, "vocabulary": ABC, **given})


def test_a_network_that_broke_in_training_is_refused():
    model = PerPositionMLP(3, 2, 2, rngs=nnx.Rngs(0))
    model.hidden.bias[...] = jnp.full(2, jnp.nan)
    with pytest.raises(ValueError, match=r"hidden\.bias hold NaN"):
        Playground(model, ABC)


def test_what_is_set_later_is_judged_too():
    figure = Playground({"x": PAIRS}, ABC)
    for name, value in (("model", "y"), ("num_chars", -1), ("place", 3000), ("seed", -1), ("temperature", -0.5), ("top_k", 0)):
        before = getattr(figure, name)
        with pytest.raises(ValueError, match=name):
            setattr(figure, name, value)
        assert getattr(figure, name) == before


def test_what_is_no_model_is_refused():
    for model in (nnx.Linear(3, 3, rngs=nnx.Rngs(0)), "a text"):
        with pytest.raises(TypeError, match=rf"init_state` and `step`.*not {type(model).__name__}"):
            Playground(model, ABC)
    network = PerPositionMLP(3, 2, 2, rngs=nnx.Rngs(0))
    as_table = BigramTable(network(jnp.arange(3)[None])[0])  # what the message advises
    texts = [Playground(model, ABC, prompt="b", num_chars=30, seed=3).text for model in (network, as_table)]
    assert texts[0] == texts[1]


def test_its_text_is_the_librarys():
    figure = Playground({"pairs": PAIRS}, ABC, prompt="ab", num_chars=40, temperature=0.7, top_k=2, seed=5)
    sampler = Sampler(0.7, top_k=2)
    assert figure.sampler == sampler
    assert figure.text == generate_text(PAIRS, ABC, "ab", num_chars=40, key=jax.random.key(5), sampler=sampler)
    after = (figure.prompt + figure.text)[-2]
    row = PAIRS.log_probs[...][ABC.characters.index(after)]
    np.testing.assert_allclose(figure.probabilities, sampler.probabilities(row), atol=1e-6)
    figure.place = 40  # the one to come
    row = PAIRS.log_probs[...][ABC.characters.index(figure.text[-1])]
    np.testing.assert_allclose(figure.probabilities, sampler.probabilities(row), atol=1e-6)


def test_it_says_what_it_shows():
    figure = Playground({"pairs": PAIRS, "other pairs": PAIRS}, ABC, prompt="b", num_chars=1, temperature=0)
    assert figure.summary() == (
        "Character 1 of 1 by pairs is a, drawn with 100\u00a0%. T = 0: 1 of 3 characters stays, with 100\u00a0% of the probability. "
        "Removed: 2 by T = 0. Drawn from: a 100\u00a0%, nothing else. Entropy 0.00 bits: like choosing among 1.0 characters."
    )
    assert repr(figure) == "Playground: " + figure.summary()
    figure.place, figure.temperature, figure.model = 1, 1.0, "other pairs"
    assert figure.summary().startswith(
        "The next character by other pairs is not drawn yet. T = 1: nothing is removed. Drawn from: a "
    )
    figure = Playground(PAIRS, ABC, num_chars=2, place=0)
    assert figure.summary() == (
        f"Character 1 of 2 is {figure.text[0].replace(' ', '␣')}, drawn with 33.3\u00a0%. "
        "After an empty prompt the first one is drawn from all 3, each equally likely."
    )
    figure.prompt = "xa<x\u202e"
    assert figure.summary() == (
        "Nothing is written: the prompt holds x, <, U+202E, not among the 3 characters that this model knows. Take that out, or replace it."
    )
    with pytest.raises(ValueError, match="'x'"):
        figure.text  # noqa: B018


def test_the_state_is_json():
    vocabulary = Vocabulary("a\n\ud800")
    figure = Playground({"<\ud800>": PAIRS}, vocabulary, prompt="\ud800a", num_chars=3, temperature=math.inf)
    state = json.loads(json.dumps(figure.state(), allow_nan=False))
    [entry] = state.pop("models")
    assert entry.pop("program").keys() == {"constants", "buffers", "id", "logits", "state", "steps"}
    assert entry == {
        "name": "<U+D800>",
        "codes": [97, 10, 0xD800],
        "labels": ["a", "↵", "U+D800"],
        "start": [],
    }
    assert state == {
        "model": 0,
        "prompt": [0xD800, 97],
        "num_chars": 3,
        "place": None,
        "temperature": "Infinity",
        "top_k": None,
        "top_p": None,
        "min_p": None,
        "seed": 0,
    }
    figure.set_state({"prompt": [97, 0xD800], "temperature": 0.5, "top_k": 2, "place": 1})  # as JupyterLab sends it
    assert (figure.prompt, figure.temperature, figure.top_k, figure.place) == ("a\ud800", 0.5, 2, 1)


def test_the_html_asks_no_other_address_and_nothing_ends_its_script():
    hostile = "</script><!--\u2028\ud800"
    vocabulary = Vocabulary("".join(dict.fromkeys(hostile)))
    size = len(vocabulary)
    figure = Playground({hostile: BigramTable(jnp.zeros((size, size)))}, vocabulary, prompt=hostile, num_chars=20)
    page = figure.html()
    script = page[page.index('<script type="module">') + len('<script type="module">') : page.rindex("</script>")]
    assert page.count("<script") == page.count("</script") == 1
    assert "<" not in re.search("const state = (.*);", script).group(1)
    page.encode()  # no half of a surrogate pair is left
    for text in (page, figure._esm, figure._css):
        text = text.replace('createElementNS("http://www.w3.org/2000/svg"', "")  # a name, which nothing is fetched from
        assert not re.search(r"https?:|//[\w.-]+\.\w|\burl\(|@import", text)
    assert not re.search(r"^\s*import\b|\bimport\(|innerHTML|outerHTML|insertAdjacentHTML|\beval\b", figure._esm, re.M)
    assert figure._esm.rstrip().endswith("export default { render };")
    bundle, _ = figure._repr_mimebundle_()
    assert bundle["text/html"] == page and bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == figure.model_id
