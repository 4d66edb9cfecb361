"""LiveText's Python side: what it refuses, what it says, and that its text is the library's."""

import json

import jax
import jax.numpy as jnp
import pytest

from chargen_lib.generation import generate_text
from chargen_lib.models import BigramTable
from chargen_lib.sampling import Sampler
from chargen_lib.text import Vocabulary
from chargen_lib.widgets import LiveText

ABC = Vocabulary("ab\n", start="\n")
PAIRS = BigramTable(jnp.log(jnp.array([[0.5, 0.25, 0.25], [0.9, 0.05, 0.05], [0.2, 0.7, 0.1]])))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"vocabulary": Vocabulary("abc")}, "The text begins nowhere"),
        ({"vocabulary": Vocabulary("ab", start="a")}, "The model 'pairs' knows 3 characters and its vocabulary has 2"),
        ({"prompt": "ax"}, r"'x' \(U\+0078\) at position 1"),
        ({"length": 0}, "length must be a whole number from 1 to 2000"),
        ({"seed": -1}, "seed must be a whole number"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(given, words):
    with pytest.raises(ValueError, match=words):
        LiveText(**{"model": PAIRS, "vocabulary": ABC, "name": "pairs", **given})


def test_it_names_the_model_and_the_sampler_and_its_text_is_the_librarys():
    sampler = Sampler(0.6, top_k=2)
    figure = LiveText(PAIRS, ABC, name="pairs", prompt="b\n", length=30, sampler=sampler, seed=4)
    assert figure.summary() == (
        "Written by pairs, one character at a time: 30 characters after b↵, each drawn at T = 0.6, then top-k 2, with seed 4."
    )
    text = generate_text(PAIRS, ABC, "b\n", num_chars=30, key=jax.random.key(4), sampler=sampler)
    assert figure.text == text and text in figure.html() and figure.summary() in figure.html()
    figure.seed = 5
    assert figure.text != text and figure.summary().endswith("with seed 5.")
    with pytest.raises(ValueError, match="seed must be"):
        figure.seed = 2**31


def test_the_state_is_json_without_infinity():
    figure = LiveText(PAIRS, ABC, name="<pairs>\n", sampler=Sampler(float("inf")))
    state = json.loads(json.dumps(figure.state(), allow_nan=False))
    assert state["settings"]["temperature"] == "Infinity" and state["prompt"] == [] and state["entry"]["start"] == [2]
    assert "<pairs>" not in figure.html() and "Written by &lt;pairs&gt;↵, one character" in figure.html()
