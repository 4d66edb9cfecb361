"""BeamExplorer's Python side: what it refuses, and what it leaves in a page."""

import json
import re

import jax.numpy as jnp
import numpy as np
import pytest

from chargen_lib.exercises.lesson_07.tables_to_search import LADDER
from chargen_lib.models import BigramTable
from chargen_lib.search import beam_search
from chargen_lib.widgets import BeamExplorer


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"log_probs": LADDER[:2]}, "as many rows and columns"),
        ({"log_probs": np.exp(LADDER)}, "After 'a' the probabilities add up to"),
        ({"log_probs": np.full((3, 3), -np.inf)}, "add up to 0, not to 1"),
        ({"log_probs": np.where(LADDER < -2, np.nan, LADDER)}, "NaN"),
        ({"characters": "aba"}, "twice"),
        ({"characters": ""}, "at least one character"),
        ({"start": "d"}, "not one of the 3 characters"),
        ({"start": "ab"}, "not one of the 3 characters"),
        ({"num_chars": 0}, "num_chars must be a whole number from 1 to 40"),
        ({"num_chars": 41}, "num_chars"),
        ({"num_beams": 0}, "num_beams must be a whole number from 1 to 16"),
        ({"num_beams": 17}, "num_beams"),
        ({"num_beams": 2.5}, "num_beams"),
        ({"step": 4}, "step must be a whole number from 0 to 3"),
    ],
)
def test_settings_without_meaning_are_refused(changed, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        BeamExplorer(**{"log_probs": LADDER, "characters": "abc", "start": "a", "num_chars": 3, **changed})


def test_what_does_not_fit_later_is_refused_too():
    figure = BeamExplorer(LADDER, "abc", "a", num_chars=3)
    for name, value in (("start", "x"), ("num_beams", 17), ("step", -1)):
        before = getattr(figure, name)
        with pytest.raises(ValueError, match=name):
            setattr(figure, name, value)
        assert getattr(figure, name) == before


def test_what_it_keeps_is_what_beam_search_finds():
    figure = BeamExplorer(LADDER, "abc", "a", num_chars=3, num_beams=2)
    for step in (1, 2, 3):
        figure.step = step
        found = beam_search(BigramTable(jnp.array(LADDER)), jnp.array([0]), num_chars=step, num_beams=2)
        assert [text for text, _ in figure.kept] == ["".join("abc"[i] for i in ids) for ids in found.sequences.tolist()]
        np.testing.assert_allclose([log_prob for _, log_prob in figure.kept], found.log_probs, rtol=0, atol=1e-6)
    assert figure.summary() == (
        "Step 3 of 3, width 2: kept “baa” (−2.25) and “bab” (−2.39); pruned 4. The likeliest text, “cba” (−1.96), was lost at step 1."
    )
    assert repr(figure) == "BeamExplorer: " + figure.summary()


def test_one_character_and_an_impossibly_small_probability():
    assert BeamExplorer([[0.0]], "a", "a", num_chars=2, step=2).kept == [("aa", 0.0)]
    assert BeamExplorer([[0.0, -1e300], [0.0, -np.inf]], "ab", "a", num_chars=2, step=2).kept == [("aa", 0.0)]


def test_the_state_is_json():
    table = np.array([[0, -np.inf], [np.log(0.5), np.log(0.5)]])
    figure = BeamExplorer(table, "a\n", "\n", num_chars=2, num_beams=3, step=1)
    state = json.loads(json.dumps(figure.state(), allow_nan=False))
    assert state.pop("log_totals") == pytest.approx([0, np.log(2)])
    assert state == {
        "labels": ["a", "↵"],
        "log_probs": [[0.0, "-Infinity"], [np.log(0.5)] * 2],
        "num_beams": 3,
        "num_chars": 2,
        "start": 1,
        "step": 1,
    }
    figure.set_state({"start": 0})  # as JupyterLab sends it
    assert figure.start == "a"


def test_the_html_asks_no_other_address_and_the_module_has_no_imports():
    figure = BeamExplorer(LADDER, "abc", "a", num_chars=3)
    for text in (figure.html(), figure._esm, figure._css):
        assert not re.search(r"https?:|//[\w.-]+\.\w|\burl\(|@import", text.replace("http://www.w3.org/2000/svg", ""))
    assert not re.search(r"^\s*import\b|\bimport\(|innerHTML|outerHTML|insertAdjacentHTML|\beval\b", figure._esm, re.M)
    assert figure._esm.rstrip().endswith("export default { render };")
    assert figure.html() == BeamExplorer(LADDER, "abc", "a", num_chars=3).html()
