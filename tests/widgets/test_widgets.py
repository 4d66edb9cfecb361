"""The figures' Python side: what they refuse, and what they leave in a page."""

import json
import math
import re

import jax.numpy as jnp
import numpy as np
import pytest

from chargen_lib.widgets import TemperatureExplorer, TruncationExplorer

NAN, INF = math.nan, math.inf
every_figure = pytest.mark.parametrize("kind", [TemperatureExplorer, TruncationExplorer])


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"labels": "ab"}, "Give either logits, or rows"),
        ({"logits": [1, 2], "rows": {"t": [1, 2]}, "labels": "ab"}, "Give either logits, or rows"),
        ({"rows": {}, "labels": "ab"}, "rows is empty"),
        ({"rows": {"t": [1, 2]}, "labels": "ab", "first": "x"}, "first is 'x'"),
        ({"logits": [1, 2], "labels": "abc"}, r"shape \(2,\), but there are 3 labels"),
        ({"logits": [[1, 2]], "labels": "ab"}, r"shape \(1, 2\)"),
        ({"logits": 1.0, "labels": "a"}, r"shape \(\)"),
        ({"logits": [1, 2], "labels": ["a", ""]}, "label 1 is empty"),
        ({"logits": [1, NAN], "labels": "ab"}, "NaN or \\+infinity"),
        ({"logits": [1, INF], "labels": "ab"}, "NaN or \\+infinity"),
        ({"rows": {"t": [1, 2], "q": [1, NAN]}, "labels": "ab"}, "after 'q'"),
        ({"logits": [-INF, -INF], "labels": "ab"}, "at least one character has to be possible"),
        ({"logits": [], "labels": ""}, "at least one character has to be possible"),
        ({"logits": [1, 2], "labels": "ab", "temperature": -1}, "temperature must be 0 or more"),
        ({"logits": [1, 2], "labels": "ab", "temperature": NAN}, "temperature must be 0 or more"),
    ],
)
def test_what_cannot_be_shown_is_refused_in_words(arguments, words):
    with pytest.raises(ValueError, match=words):
        TemperatureExplorer(**arguments)


def test_a_table_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="2 characters need a table"):
        TemperatureExplorer.of_bigrams(np.zeros((2, 3)), "ab", first="a")
    with pytest.raises(ValueError, match="stands twice"):
        TemperatureExplorer.of_bigrams(np.zeros((2, 2)), "aa", first="a")
    with pytest.raises(ValueError, match="first is 't'"):
        TemperatureExplorer.of_bigrams(np.zeros((2, 2)), "ab")


def test_what_is_set_later_is_judged_too():
    figure = TemperatureExplorer([1, 2], "ab")
    with pytest.raises(ValueError, match="temperature must be 0 or more"):
        figure.temperature = -1
    with pytest.raises(ValueError, match="row 1 is not there"):
        figure.row = 1
    assert (figure.temperature, figure.row) == (1, 0)


def test_it_is_what_it_shows():
    figure = TemperatureExplorer.of_bigrams(jnp.log(jnp.array([[0.5, 0.5], [0.9, 0.1]])), "a ", first=" ")
    np.testing.assert_allclose(figure.probabilities, [0.9, 0.1], atol=1e-6)
    assert figure.summary() == (
        "After ␣, T = 1: a 90.0\u00a0%, then ␣ 10.0\u00a0%. Entropy 0.47 bits: like choosing among 1.4 characters."
    )
    assert repr(figure) == "TemperatureExplorer: " + figure.summary()
    figure.temperature, figure.row = INF, 0
    assert figure.probabilities.tolist() == [0.5, 0.5]


@every_figure
def test_logits_beyond_float32_are_shown_all_the_same(kind):
    assert kind([1e300, -1e300, 1e300], "abc").probabilities.tolist() == [0.5, 0, 0.5]


def test_the_state_is_json():
    figure = TemperatureExplorer(np.array([1, -INF], np.float32), "a\n", temperature=INF)
    state = json.loads(json.dumps(figure.state(), allow_nan=False))
    assert state == {
        "labels": ["a", "↵"],
        "likeliest_first": False,
        "row": 0,
        "rows": [{"name": "", "logits": [1.0, "-Infinity"]}],
        "temperature": "Infinity",
    }
    figure.set_state({"temperature": "Infinity"})  # as JupyterLab sends it
    assert figure.temperature == INF


@every_figure
def test_jupyterlab_gets_a_widget_and_the_book_html(kind):
    figure = kind([1, 2], "ab")
    bundle, _ = figure._repr_mimebundle_()
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == figure.model_id
    assert bundle["text/html"] == figure.html() == kind([1, 2], "ab").html()
    assert bundle["text/html"] != kind([1, 3], "ab").html()
    assert bundle["text/plain"] == repr(figure)


@every_figure
def test_the_html_asks_no_other_address_and_the_module_has_no_imports(kind):
    figure = kind([1, 2], "ab")
    for text in (figure.html(), figure._esm, figure._css):
        text = text.replace('createElementNS("http://www.w3.org/2000/svg"', "")  # a name, which nothing is fetched from
        assert not re.search(r"https?:|//[\w.-]+\.\w|\burl\(|@import", text)
    assert not re.search(r"^\s*import\b|\bimport\(|innerHTML|outerHTML|insertAdjacentHTML|\beval\b", figure._esm, re.M)
    assert figure._esm.rstrip().endswith("export default { render };")


@every_figure
def test_no_label_can_end_the_script(kind):
    figure = kind([1, 2], ["</script><script>", "<!--\u2028\ud800"])
    html = figure.html()
    script = html[html.index('<script type="module">') + len('<script type="module">') : html.rindex("</script>")]
    assert html.count("<script") == html.count("</script") == 1
    assert "<" not in re.search("const state = (.*);", script).group(1)
    assert script.isascii()
    html.encode()  # no half of a surrogate pair is left
