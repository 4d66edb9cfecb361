"""GuidanceExplorer: its numbers are those of the library's Guided, and it refuses what it cannot show."""

import html
import json
import math
import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from chargen_lib.models import Guided, Labelled, Recurrent
from chargen_lib.text import Vocabulary
from chargen_lib.widgets import GuidanceExplorer
from chargen_lib.widgets.rows import percent

RNG = np.random.default_rng(0)
PAIR = RNG.normal(0, 1, (2, 4)), RNG.normal(0, 1, 4)
MOMENTS = {"n": PAIR, "tho": (RNG.normal(0, 2, (2, 4)), RNG.normal(0, 2, 4))}


def explorer(**changed):
    return GuidanceExplorer(**{"moments": MOMENTS, "labels": "aent", "kinds": ["log", "letters"], **changed})


@pytest.mark.parametrize("scale", [0, 0.5, 1, 2.75, 8])
def test_it_shows_what_guided_draws_from(scale):
    model = Labelled(Recurrent(5, 3, 6, rngs=nnx.Rngs(0)), 2, rngs=nnx.Rngs(1))
    vocabulary = Vocabulary("abc \n")
    figure = GuidanceExplorer.of_model(model, vocabulary, ["ab", "c c"], ["x", "y"], scale=scale)
    for moment, text in enumerate(["ab", "c c"]):
        for kind in (0, 1):
            figure.moment, figure.kind = moment, kind
            logits = Guided(model.given(kind), model.given(model.none), scale)(vocabulary.encode(text)[None])[0, -1]
            np.testing.assert_allclose(
                figure.probabilities, jax.nn.softmax(logits), atol=1e-3
            )  # the figure keeps four decimals
            untold = jax.nn.softmax(model(vocabulary.encode(text)[None], 2)[0, -1])
            np.testing.assert_allclose(figure.guided().untold, untold, atol=1e-4)


def test_scale_0_is_not_told_and_scale_1_is_told():
    for moment in (0, 1):
        for kind in (0, 1):
            untold, told, now = explorer(scale=0, first=list(MOMENTS)[moment], kind=["log", "letters"][kind]).guided()
            np.testing.assert_allclose(now, untold)
            told_pair, untold_pair = list(MOMENTS.values())[moment]
            np.testing.assert_allclose(untold, np.exp(untold_pair) / np.exp(untold_pair).sum(), atol=1e-4)
            *_, told, now = explorer(scale=1, first=list(MOMENTS)[moment], kind=["log", "letters"][kind]).guided()
            np.testing.assert_allclose(now, told)
            np.testing.assert_allclose(told, np.exp(told_pair[kind]) / np.exp(told_pair[kind]).sum(), atol=1e-4)


def test_its_words():
    told, untold = np.log([[0.5, 0.25, 0.25]]), np.log([0.25, 0.25, 0.5])
    figure = GuidanceExplorer({"so ": (told, untold)}, "e\nt", ["a"], scale=2)
    assert figure.summary().replace("\u00a0", " ") == (
        "After “so␣”, asked for “a”, scale 2: e 72.7 %, then ↵ 18.2 %. The kind adds most to e: 25.0 % when not told, 50.0 % when told, "
        "72.7 % now. Entropy 1.10 bits: like choosing among 2.1 characters."
    )
    assert repr(figure) == f"GuidanceExplorer: {figure.summary()}"
    one = GuidanceExplorer({"a": ([[0.0]], [0.0])}, ["only"], ["a"])
    assert "scale 1: only 100\u00a0%. The kind changes nothing here. Entropy" in one.summary()
    alike = GuidanceExplorer({"a": ([untold], untold)}, "e\nt", ["a"], scale=5)
    assert "The kind changes nothing here." in alike.summary()


def test_the_still_picture_has_all_its_numbers():
    figure = explorer(first="tho", kind="letters", scale=3.5)
    still = figure.still()
    words = [html.unescape(share) for share in re.findall(r'class="share">(.*?)</span>', still)]
    assert words == [" → ".join(map(percent, three)) for three in zip(*figure.guided(), strict=True)]
    untold, told, now = figure.guided()
    lengths = re.findall(
        r'class="bar" style="width:([\d.]+)%"></span><span class="untold" style="left:([\d.]+)%"></span><span class="told" style="left:([\d.]+)%',
        still,
    )
    np.testing.assert_allclose(np.array(lengths, float) / 100, np.transpose([now, untold, told]), atol=1e-4)
    for probs in figure.guided():
        assert f"{-(probs * np.log2(probs)).sum():.2f} bits" in still


def test_of_many_characters_the_same_ones_are_shown_at_every_scale():
    untold = RNG.normal(0, 1, 40)
    told = untold[None] + 0
    told[0, 7] += 1.5
    figure = GuidanceExplorer({"x": (told, untold)}, "".join(map(chr, range(60, 100))), ["a"])
    shown = figure.shown()
    assert len(shown) == 12 and 7 in shown and shown == sorted(shown)
    for scale in (0, 8):
        figure.scale = scale
        assert figure.shown() == shown
        assert "28 others" in figure.still()
        np.testing.assert_allclose(figure.probabilities.sum(), 1, atol=1e-6)


def test_the_state_is_json_and_follows_the_reader():
    figure = explorer(first="tho", kind="letters", scale=np.float32(1.5))
    state = json.loads(json.dumps(figure.state(), allow_nan=False))
    assert (state["moment"], state["kind"], state["scale"]) == (1, 1, 1.5)
    assert state["labels"] == list("aent") and state["kinds"] == ["log", "letters"]
    assert [moment["name"] for moment in state["moments"]] == ["n", "tho"]
    for name, value in (("moment", 2), ("moment", -1), ("kind", 2), ("scale", -0.5), ("scale", 9.0), ("scale", math.nan)):
        with pytest.raises(ValueError, match=name):
            setattr(figure, name, value)
    assert (figure.moment, figure.kind, figure.scale) == (1, 1, 1.5)


@pytest.mark.parametrize(
    "changed, words",
    [
        ({"moments": {}}, "at least one moment"),
        ({"kinds": []}, "at least one moment, one kind"),
        ({"labels": ["a", "", "n", "t"]}, "label is empty"),
        ({"kinds": ["", "x"]}, "kind is empty"),
        ({"first": "x"}, "first is 'x'"),
        ({"kind": "x"}, "kind is 'x'"),
        ({"labels": ""}, "at least one moment, one kind and one label"),
        ({"moments": {"n": [PAIR[1]]}}, "stand 1 arrays: give the pair"),
        ({"labels": "ae"}, r"2 kinds and 2 labels need \(2, 2\) and \(2,\)"),
        ({"kinds": ["a", "b", "c"]}, "3 kinds and 4 labels"),
        ({"moments": {"n": (PAIR[0], PAIR[1][:3])}}, r"shapes \(2, 4\) and \(3,\)"),
        ({"moments": {"n": (PAIR[0], [0, 0, 0, -math.inf])}}, "not finite: what is impossible"),
        ({"moments": {"n": (PAIR[0] * math.nan, PAIR[1])}}, "not finite"),
        ({"scale": -1}, "scale must be a number from 0 to 8"),
        ({"scale": 8.5}, "scale must be a number from 0 to 8"),
        ({"scale": "2"}, "scale must be a number from 0 to 8"),
        ({"scale": True}, "scale must be a number from 0 to 8"),
    ],
)
def test_what_cannot_be_shown_is_refused_in_words(changed, words):
    with pytest.raises(ValueError, match=words):
        explorer(**changed)


def test_a_network_is_asked_after_texts_that_it_knows():
    model = Labelled(Recurrent(3, 2, 2, rngs=nnx.Rngs(0)), 2, rngs=nnx.Rngs(1))
    with pytest.raises(ValueError, match="this is a Recurrent"):
        GuidanceExplorer.of_model(model.body, Vocabulary("abc"), ["a"], ["x", "y"])
    with pytest.raises(ValueError, match="after an empty text"):
        GuidanceExplorer.of_model(model, Vocabulary("abc"), [], ["x", "y"])
    with pytest.raises(ValueError, match="after an empty text"):
        GuidanceExplorer.of_model(model, Vocabulary("abc"), [""], ["x", "y"])
    with pytest.raises(ValueError, match="3 kinds and 3 labels need"):
        GuidanceExplorer.of_model(model, Vocabulary("abc"), ["a"], ["x", "y", "z"])


def test_logits_far_apart_are_shown_all_the_same():
    figure = GuidanceExplorer({"x": ([[1e4, 0.0]], [0.0, 1e4])}, "ab", ["k"], scale=8)
    assert np.isfinite(np.asarray(figure.probabilities)).all()
    assert figure.probabilities.tolist() == pytest.approx([1, 0])
    assert jnp.isfinite(jnp.asarray(figure.guided().told)).all()
