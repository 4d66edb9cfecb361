"""CacheExplorer's Python side: what it counts is what the models compute and keep, and its words say it."""

import json
import re

import jax
import numpy as np
import pytest
from flax import nnx

from chargen_lib import corpora, pretrained
from chargen_lib.models import Recurrent, Transformer
from chargen_lib.text import Vocabulary, split
from chargen_lib.widgets import CacheExplorer
from chargen_lib.widgets.cache.figure import TEXT
from chargen_lib.widgets.cache.still import held

LETTERS = Vocabulary("abcde")
WRITTEN = "abcadbecadb"


def small(slots=4, layers=1):
    return Transformer(5, 8, context=slots, layers=layers, heads=2, rngs=nnx.Rngs(3))


def explorer(text=WRITTEN, **settings):
    return CacheExplorer(text, small(), **{"slots": 4, **settings})


@pytest.fixture(scope="module")
def house():
    return CacheExplorer()


# --- the counts and the ring are those of the model ---------------------------------------------------------------------------


def test_the_rows_are_those_that_a_loop_computes():
    model, ids = small(), LETTERS.encode(WRITTEN)[None]
    state, without, cached = model.init_state(1), 0, 0
    figure = explorer()
    for n in range(1, len(WRITTEN) + 1):
        without += jax.eval_shape(model.__call__, ids[:, :n]).shape[1]  # (1, n, vocab): a row for each place of the text so far
        cached += jax.eval_shape(model.step, ids[:, n - 1], state)[0].shape[0]  # (1, vocab)
        figure.step = n
        assert figure.rows == (without, cached)
    assert figure.rows == (66, 11)


@pytest.mark.parametrize("slots", [1, 4])
def test_the_slot_is_the_one_that_the_model_writes(slots):
    model, figure = small(slots, layers=2), explorer(slots=slots, cached=True)
    state, holds = model.init_state(1), [None] * slots
    step = jax.jit(model.step)
    for n, id_ in enumerate(LETTERS.encode(WRITTEN)):
        before, state = state, step(id_[None], state)[1]
        figure.step = n + 1
        for now, old in zip(state[0][-1], before[0][-1], strict=True):  # keys, then values, of the last layer
            moved = np.flatnonzero((np.asarray(now) != np.asarray(old)).any((0, 1, 3)))
            assert moved.tolist() == [figure.slot], "this slot, and no other"
        assert figure.written_over == holds[figure.slot]
        holds[figure.slot] = n
        assert held(figure) == holds
        assert sorted(place for place in holds if place is not None) == list(figure.kept)


def test_what_is_kept_is_what_the_newest_sees():
    model = small(slots=4)  # of one layer: nothing is heard of what is further back
    figure = explorer(step=8)
    texts = np.tile(np.asarray(LETTERS.encode(WRITTEN[:8])), (9, 1))
    texts[np.arange(8), np.arange(8)] = (texts[8] + 1) % 5  # row p: another character at place p; the last row as it is
    logits = np.asarray(jax.jit(model.__call__)(texts))[:, -1]  # (9, vocab)
    moved = np.abs(logits[:8] - logits[8]).max(-1)
    assert (moved[list(figure.kept)] > 1e-4).all() and list(figure.kept) == [4, 5, 6, 7]
    assert moved[:4].max() < 1e-6


@pytest.mark.parametrize(("slots", "layers", "width"), [(1, 1, 8), (5, 3, 8), (64, 2, 24)])
def test_the_bytes_are_those_of_the_state(slots, layers, width):
    model = Transformer(5, width, context=slots, layers=layers, heads=2, rngs=nnx.Rngs(0))
    bytes_ = sum(leaf.nbytes for leaf in jax.tree.leaves(model.init_state(1)))
    other = Transformer(5, width, context=7, layers=layers, heads=2, rngs=nnx.Rngs(0))  # of another ring
    for figure in (CacheExplorer(model=model, slots=slots), CacheExplorer(model=other, slots=slots)):
        assert figure.cache_bytes == bytes_
    assert (
        f"With its own {slots} slot{'' if slots == 1 else 's'} the model takes {bytes_:,}."
        in CacheExplorer(model=model).still()
    )


def test_the_house_model_s_bytes_and_sizes(house):
    model, _ = pretrained.load("fables-transformer")
    own = sum(leaf.nbytes for leaf in jax.tree.leaves(model.init_state(1)))
    assert CacheExplorer(slots=model.context).cache_bytes == own
    bytes_ = [CacheExplorer(slots=model.context, step=step).cache_bytes for step in (1, 22)]
    assert bytes_ == [own, own], "full or not"
    assert house.words["note"] == (
        f"Bytes: {model.layers} layers with keys and values of {model.heads} heads of {model.width // model.heads} numbers, 4 bytes each, "
        f"make {(own - 8) // model.context:,} for a slot, and 8 more count the places. With its own {model.context} slots the model takes {own:,}."
    )


def test_the_text_is_one_that_the_house_model_has_not_read():
    text = corpora.load("fables").text
    learned, held_out = (np.asarray(part) for part in split(np.frombuffer(text.encode(), np.uint8)))
    assert TEXT.encode() in held_out.tobytes() and TEXT.encode() not in learned.tobytes()


# --- the words ----------------------------------------------------------------------------------------------------------------


def test_the_words_without_and_with_a_cache():
    figure = explorer("the owl sat", step=6)
    assert figure.summary() == (
        "Step 6 of 11, without a cache: the row of w, at place 5, is computed, and 5 rows again. So far 21 rows = 6 × 7 / 2; "
        "with a cache 6."
    )
    figure.cached = True
    assert figure.summary() == (
        "Step 6 of 11, with a cache of 4 slots: only the row of w, at place 5, is computed; its keys and values go into slot 1 = 5 % 4, "
        "over h of place 1. Seen: places 2 to 5. So far 6 rows; without a cache 21 = 6 × 7 / 2. "
        f"The cache takes {figure.cache_bytes:,} bytes."
    )
    assert figure.cache_bytes == 2 * 4 * 8 * 4 + 8, (
        "keys and values, 4 slots, 8 numbers wide, 4 bytes each, and the places, counted twice"
    )
    assert repr(figure) == "CacheExplorer: " + figure.summary()
    figure.step = 4
    assert "slot 3 = 3 % 4. Seen: places 0 to 3." in figure.summary(), "the last empty slot"


def test_the_first_step_in_words():
    figure = explorer("the owl sat", step=1)
    assert figure.summary() == (
        "Step 1 of 11, without a cache: the row of t, at place 0, is computed. So far 1 row = 1 × 2 / 2; with a cache 1."
    )
    figure.cached, figure.slots = True, 1
    assert (
        "a cache of 1 slot: only the row of t, at place 0, is computed; its keys and values go into slot 0 = 0 % 1. Seen: place 0."
        in (figure.summary())
    )
    figure.step = 2
    assert "over t of place 0. Seen: place 1." in figure.summary()
    figure.cached = False
    assert "is computed, and 1 row again. " in figure.summary()


def test_the_still_picture_has_every_row_once():
    figure = explorer(step=7)
    still = figure.still()
    lines = re.search(r'class="lines" d="(.*?)"', still)[1]
    again = {(int(step) - 1, int(place)) for place, step in re.findall(r"M(\d+) (\d+)l1-1", lines)}
    fresh = re.findall(r"M(\d+) (\d+)h1v1h-1z", re.search(r'<path class="new" d="(.*?)"', still)[1])
    assert again == {(step, place) for step in range(7) for place in range(step)} and len(again) + len(fresh) == figure.rows[0]
    assert fresh == [(str(step), str(step)) for step in range(7)]
    assert "The ring is empty: without a cache nothing is kept." in still and still.count('class="slot empty"') == 4
    figure.cached = True
    still = figure.still()
    dots = re.findall(r"M(\d+) (\d+)h0", still)
    assert len(dots) == len(set(dots)) == 1 + 2 + 3 * 4 and "lines" not in still
    assert "The ring, slot by slot from 0, holds the places 4, 5, 6, 3." in still
    assert '<span class="slot new"><small>2</small> <bdi>e</bdi> <small><s>2</s> 6</small></span>' in still
    kinds = re.findall(r'<span class="(\w+)">', still.split("</p>")[0])
    assert kinds == ["gone"] * 3 + ["kept"] * 3 + ["new"] + ["later"] * 4


# --- what it takes, and what it leaves ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "kind", "words"),
    [
        ({"text": ""}, ValueError, "The text has 0 characters: give 1 to 64."),
        ({"text": "a" * 65}, ValueError, "The text has 65 characters: give 1 to 64."),
        ({"text": 7}, ValueError, "text is a text, got int."),
        ({"model": Recurrent(6, rngs=nnx.Rngs(0))}, TypeError, "the ring of a Transformer holds; a Recurrent has none."),
        ({"step": 0}, ValueError, "step must be a whole number from 1 to 3, got 0."),
        ({"step": 4}, ValueError, "step must be a whole number from 1 to 3, got 4."),
        ({"slots": 0}, ValueError, "slots must be a whole number from 1 to 64, got 0."),
        ({"slots": 65}, ValueError, "slots must be a whole number from 1 to 64, got 65."),
        ({"slots": 2.5}, ValueError, "slots must be a whole number from 1 to 64, got 2.5."),
    ],
)
def test_what_does_not_fit_is_refused_in_words(changed, kind, words):
    with pytest.raises(kind, match=re.escape(words)):
        CacheExplorer(**{"text": "abc", "model": small(), **changed})


def test_what_is_set_later_is_judged_too():
    figure = explorer(step=9)
    for name, value in (("step", 12), ("slots", 0), ("text", ""), ("text", "a" * 65)):
        before = figure.html()
        with pytest.raises(ValueError, match=r"must be a whole number|The text has"):
            setattr(figure, name, value)
        assert figure.html() == before
    figure.text = "</b>"
    assert (figure.text, figure.step) == ("</b>", 4), "a step behind the end is none"
    figure.text = "a longer one"
    assert figure.step == 4
    with pytest.raises(ValueError, match="a code must be a whole number from 0 to 1114111"):
        figure.set_state({"codes": [-1]})


def test_hostile_text_stays_text():
    figure = explorer("</script><b>\x00\u202e\ud800\u0301 \n", cached=True, slots=64, step=17)
    for text in (figure.still(), figure.html()):
        assert "<b>" not in text and "\x00" not in text and "\u202e" not in text and "\ud800" not in text
    assert figure.html().count("</script>") == 1
    assert figure.labels()[-5:] == ["U+202E", "U+D800", "\u25cc\u0301", "␣", "↵"]


def test_the_state_is_small_json_and_sets_what_a_reader_sets(house):
    assert len(json.dumps(house.state(), allow_nan=False)) < 2_000 and len(house.html()) < 60_000
    figure = explorer(step=9)
    figure.set_state({"step": 2, "codes": [97, 98], "slots": 3, "cached": True})  # as JupyterLab sends it
    assert figure.html() == explorer("ab", step=2, slots=3, cached=True).html()


def test_the_html_asks_no_other_address_and_the_module_has_no_imports():
    figure = explorer()
    for text in (figure.html(), figure._esm, figure._css):
        assert not re.search(r"https?:|//[\w.-]+\.\w|\burl\(|@import", text.replace("http://www.w3.org/2000/svg", ""))
    assert not re.search(r"^\s*import\b|\bimport\(|innerHTML|outerHTML|insertAdjacentHTML|\beval\b", figure._esm, re.M)
    assert figure._esm.rstrip().endswith("export default { render };")
