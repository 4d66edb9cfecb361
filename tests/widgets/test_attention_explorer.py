"""AttentionExplorer's Python side: the weights are those that the model itself uses, and the words say what they are."""

import base64
import json
import math
import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from chargen_lib import corpora, pretrained
from chargen_lib.models import Recurrent, Transformer
from chargen_lib.text import Vocabulary, split
from chargen_lib.widgets import AttentionExplorer
from chargen_lib.widgets.attention.figure import PASSAGE
from chargen_lib.widgets.attention.reading import SETTINGS, read_four_ways

VOCABULARY = Vocabulary("abcde\n")


def small(layers=2, **changed):
    """A model whose heads have a will of their own: its numbers are larger than those of a fresh one."""
    model = Transformer(
        **{"vocab_size": 6, "width": 8, "context": 8, "layers": layers, "heads": 2, "rngs": nnx.Rngs(3), **changed}
    )
    for block in model.blocks:
        block.qkv.kernel[...] = 2 * block.qkv.kernel[...]
        block.attended.kernel[...] = 3 * block.attended.kernel[...]
    return model


def even(vocab_size=6):
    """A model that looks everywhere alike and guesses all alike."""
    model = small(vocab_size=vocab_size)
    for block in model.blocks:
        block.qkv.kernel[...] = jnp.zeros_like(block.qkv.kernel[...])
    model.output.kernel[...] = jnp.zeros_like(model.output.kernel[...])
    return model


def explorer(text="abcacbde", model=None, **settings):
    return AttentionExplorer(text, model or small(), VOCABULARY, **settings)


def four(model, text):
    return map(np.asarray, read_four_ways(model, VOCABULARY.encode(text)))


@pytest.fixture(scope="module")
def house():
    return AttentionExplorer()


# --- the weights ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("layers", [1, 3])
def test_as_trained_the_logits_are_the_models_own(layers):
    model = small(layers)
    logits, weights = four(model, "abcacbde")
    np.testing.assert_allclose(logits[0], model(VOCABULARY.encode("abcacbde")[None])[0], rtol=0, atol=1e-5)
    assert weights.shape == (4, layers, 2, 8, 8)
    np.testing.assert_allclose(weights.sum(-1), 1, atol=1e-5)
    assert (np.triu(weights[:2], 1) == 0).all() and (weights[2:] > 0).all()
    assert weights[0].max(-1).mean() > 0.5, "a model without a will would make the tests below easy"


def test_the_house_model_is_read_as_it_reads(house):
    model, vocabulary = pretrained.load("fables-transformer")
    ids = vocabulary.encode(PASSAGE)
    own = np.asarray(jax.nn.log_softmax(model(ids[None, :-1])[0]))[np.arange(44), ids[1:]] / -math.log(2)
    np.testing.assert_allclose(house.bits, own, atol=1e-4)
    assert (house.layers, house.heads, house.layer, house.head, house.place) == (2, 4, 1, 2, 40)
    assert f" costs {own[40]:.2f} bits, and the passage {own.mean():.2f} on average." in house.summary()


def test_the_passage_is_one_that_the_house_model_has_not_read():
    text = corpora.load("fables").text
    learned, held_out = (np.asarray(part) for part in split(np.frombuffer(text.encode(), np.uint8)))
    assert PASSAGE.encode() in held_out.tobytes() and PASSAGE.encode() not in learned.tobytes()


def test_without_its_mask_a_place_sees_what_comes_and_with_it_not():
    before, after = ([np.asarray(x) for x in four(small(), text)] for text in ("abcacbde", "abcacbdc"))
    moved = np.abs(before[0] - after[0]).max(-1)  # (4, time)
    assert (moved[:2, :7] == 0).all(), "with the mask, the last character changes nothing before it"
    assert (moved[2:, :7] > 1e-4).all()


def test_without_positions_one_layer_sees_a_bag():
    logits, shuffled = (next(four(small(layers=1), text))[:, -1] for text in ("abcacbde", "dbaccbae"))
    moved = np.abs(logits - shuffled).max(-1)
    assert [moved[i] < 1e-5 for i in range(4)] == [positions is False for _, positions in SETTINGS]


def test_without_both_what_is_equal_is_treated_alike():
    logits, weights = four(small(), "abcacbde")
    order = [3, 1, 7, 0, 6, 2, 5, 4]
    again, turned = four(small(), "".join("abcacbde"[i] for i in order))
    np.testing.assert_allclose(again[3], logits[3][order], atol=1e-5)
    np.testing.assert_allclose(turned[3], weights[3][..., order, :][..., order], atol=1e-5)
    np.testing.assert_allclose(logits[3][0], logits[3][3], atol=1e-5)  # both are an a
    assert np.abs(logits[2][0] - logits[2][3]).max() > 1e-3


def test_the_page_has_the_weights_in_whole_percents(house):
    for figure in (house, explorer()):
        weights = figure._weights.astype(np.float64)
        sent = np.frombuffer(base64.b64decode(figure.percents), np.uint8).reshape(weights.shape)
        assert np.abs(sent - 100 * weights).max() <= 0.5 + 1e-9
        later = np.frombuffer(base64.b64decode(figure.later), np.uint8).reshape(weights.shape[:-1])
        assert np.abs(later - 100 * np.triu(weights, 1).sum(-1)).max() <= 0.5 + 1e-5
        assert (later[:2] == 0).all() and later[2:].max() > 10
        for setting, (mask, positions) in enumerate(SETTINGS):
            figure.mask, figure.positions = mask, positions
            np.testing.assert_array_equal(figure.weights, figure._weights[setting, 0, figure.head - 1])
            np.testing.assert_allclose(figure.costs[setting], figure.bits, atol=1e-7)
        figure.mask = figure.positions = True


def test_what_is_guessed_is_the_likeliest_and_the_truth(house):
    model, vocabulary = pretrained.load("fables-transformer")
    probs = np.asarray(jax.nn.softmax(model(vocabulary.encode(PASSAGE)[None, :-1])[0]))
    outside = 0
    for place, guesses in enumerate(house.guesses[0]):
        true = house.ids[place + 1]
        ids, shares = zip(*guesses, strict=True)
        np.testing.assert_allclose(shares, probs[place][list(ids)], atol=1e-5)
        best = np.argsort(-probs[place])[:6].tolist()
        outside += true not in best
        assert list(ids) == (best if true in best else [*best[:5], true])
    assert 0 < outside < 20, "both cases occur"


# --- the words ------------------------------------------------------------------------------------------------------------


def test_the_words_of_a_model_that_looks_everywhere_alike():
    figure = explorer("abcabcde", even(), layer=1, head=2, place=2)
    bits = math.log2(6)
    assert figure.summary() == (
        "Layer 1, head 2, as trained: c at place 2 looks most at c (itself) 33\u00a0%, b (1 before) 33\u00a0%, a (2 before) 33\u00a0%. "
        f"Likeliest next: a 16.7\u00a0%; the true next character, a, costs {bits:.2f} bits, and the passage {bits:.2f} on average."
    )
    assert repr(figure) == "AttentionExplorer: " + figure.summary()
    figure.mask, figure.positions = False, False
    assert figure.summary().startswith(
        "Layer 1, head 2, without its mask and without positions: c at place 2 looks most at c (itself) 14\u00a0%, b (1 before) 14\u00a0%, "
        "a (1 after) 14\u00a0%; 57\u00a0% of its weight lies on later places. "
    )
    assert figure.summary().endswith(f" As trained: {bits:.2f} and {bits:.2f}.")
    figure.place = 6
    assert "; 0\u00a0% of its weight lies on later places." in figure.summary()


def test_what_is_nearly_nothing_or_all_is_not_called_so(house):
    assert "H at place 0 looks most at H (itself) 100\u00a0%. " in AttentionExplorer(place=0).summary()
    figure = explorer()
    for least, words in ((0.004, "<\u00a01\u00a0%"), (0.997, ">\u00a099\u00a0%")):
        figure.place = 1
        figure._weights = np.zeros_like(figure._weights)
        figure._weights[..., 1, :2] = [least, 1 - least]
        assert f"a (1 before) {words}" in figure.summary()


def test_the_largest_are_named_and_of_equals_the_nearest():
    figure = explorer(place=6)
    figure._weights = np.zeros_like(figure._weights)
    figure._weights[..., 6, :7] = [0.1, 0.0, 0.3, 0.1, 0.4, 0.1, 0.0]
    assert "looks most at c (2 before) 40\u00a0%, c (4 before) 30\u00a0%, b (1 before) 10\u00a0%." in figure.summary()


# --- what it takes, and what it leaves ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "kind", "words"),
    [
        ({"text": "a"}, ValueError, "The text has 1 characters: give 2 to 9"),
        ({"text": "abcabcabca"}, ValueError, "The text has 10 characters"),
        ({"text": "abx"}, ValueError, "'x' (U+0078) at position 2"),
        ({"text": 7}, ValueError, "text is a text, got int."),
        ({"vocabulary": None}, ValueError, "Give a model and its vocabulary, or neither"),
        ({"model": None}, ValueError, "Give a model and its vocabulary, or neither"),
        ({"vocabulary": Vocabulary("abc")}, ValueError, "The vocabulary has 3 characters, but the model knows 6"),
        ({"model": Recurrent(6, rngs=nnx.Rngs(0))}, TypeError, "the attention of a Transformer; a Recurrent has none"),
        ({"layer": 3}, ValueError, "layer must be a whole number from 1 to 2"),
        ({"head": 0}, ValueError, "head must be a whole number from 1 to 2"),
        ({"place": 3}, ValueError, "place must be a whole number from 0 to 2"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(changed, kind, words):
    with pytest.raises(kind, match=re.escape(words)):
        AttentionExplorer(**{"text": "abca", "model": small(), "vocabulary": VOCABULARY, **changed})


def test_a_model_that_has_come_apart_is_refused():
    model = small()
    model.output.bias[...] = model.output.bias[...] + jnp.nan
    with pytest.raises(ValueError, match="answers with NaN or infinity"):
        explorer(model=model)


def test_what_is_set_later_is_judged_too():
    figure = explorer()
    for name, value in (("layer", 0), ("head", 3), ("place", 7)):
        before = getattr(figure, name)
        with pytest.raises(ValueError, match=f"{name} must be a whole number"):
            setattr(figure, name, value)
        assert getattr(figure, name) == before


def test_two_characters_and_the_longest_text_can_be_shown():
    assert explorer("ab").place == 0
    assert explorer("abcdeabcd").weights.shape == (8, 8)


def test_the_state_is_small_json_and_sets_what_a_reader_sets(house):
    state = json.dumps(house.state(), allow_nan=False)
    assert len(state) < 110_000 and len(house.html()) < 160_000
    assert {"layer", "head", "place", "mask", "positions"} < set(json.loads(state))
    figure = explorer("a\nb")
    figure.set_state({"layer": 1, "head": 1, "place": 0, "mask": False, "positions": False})  # as JupyterLab sends it
    assert figure.summary().startswith("Layer 1, head 1, without its mask and without positions: a at place 0 ")
    assert "↵" in figure.summary() and "\n" not in figure.summary()
    assert figure.html() == explorer("a\nb", layer=1, head=1, place=0, mask=False, positions=False).html()


def test_the_html_asks_no_other_address_and_the_module_has_no_imports():
    figure = AttentionExplorer("</b", small(), Vocabulary("</b>ac"))
    for text in (figure.html(), figure._esm, figure._css):
        assert not re.search(r"https?:|//[\w.-]+\.\w|\burl\(|@import", text.replace("http://www.w3.org/2000/svg", ""))
    assert not re.search(r"^\s*import\b|\bimport\(|innerHTML|outerHTML|insertAdjacentHTML|\beval\b", figure._esm, re.M)
    assert figure._esm.rstrip().endswith("export default { render };")
    assert "<bdi>&lt;</bdi>" in figure.still() and figure.html().count("<script") == figure.html().count("</script") == 1
