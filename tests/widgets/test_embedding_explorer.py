"""EmbeddingExplorer's Python side: what it refuses, what it leaves in a page, and where its points lie."""

import json
import re

import jax.numpy as jnp
import numpy as np
import pytest

from chargen_lib.embeddings import nearest
from chargen_lib.widgets import EmbeddingExplorer

TABLES = np.random.default_rng(2).normal(size=(4, 6, 3)).astype(np.float32)
CHARACTERS = "\nAb.eo"


def explorer(**changed):
    return EmbeddingExplorer(**{"tables": TABLES, "characters": CHARACTERS, **changed})


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"tables": TABLES[0]}, "tables has shape (6, 3): 6 characters need (moments, 6, d)"),
        ({"tables": TABLES[:, :5]}, "tables has shape (4, 5, 3)"),
        ({"tables": TABLES[:0]}, "tables has shape (0, 6, 3)"),
        ({"tables": TABLES[..., :1]}, "at least two numbers"),
        ({"tables": np.where(TABLES > 1, np.nan, TABLES)}, "NaN"),
        ({"tables": TABLES.astype(float) * 1e300}, "infinite in 32 bits"),
        ({"characters": "\nAbbeo"}, "twice"),
        ({"shown": "bxe"}, "'x' (U+0078) at position 1"),
        ({"shown": ""}, "at least one character"),
        ({"shown": "b"}, "a map needs at least two"),
        ({"shown": "bob"}, "twice"),
        ({"steps": [0, 1, 2]}, "steps must be 4 whole numbers that rise"),
        ({"steps": [0, 2, 2, 3]}, "steps must be 4 whole numbers that rise"),
        ({"steps": [0, 0.5, 1, 2]}, "steps must be 4 whole numbers that rise"),
        ({"bits": [5, 4, 3]}, "bits must be 4 finite numbers"),
        ({"bits": [5, 4, 3, np.nan]}, "bits must be 4 finite numbers"),
        ({"k": 0}, "k must be a whole number from 1 to 20"),
        ({"chosen": "x"}, "not one of the 6 characters shown"),
        ({"chosen": "b", "shown": "eo"}, "not one of the 2 characters shown"),
        ({"chosen": "eo"}, "not one of the 6 characters shown"),
        ({"moment": 4}, "moment must be a whole number from 0 to 3"),
    ],
)
def test_what_cannot_be_shown_is_refused(changed, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        explorer(**changed)


def test_what_does_not_fit_later_is_refused_too():
    figure = explorer(chosen="b")
    for name, value in (("chosen", "x"), ("moment", -1)):
        before = getattr(figure, name)
        with pytest.raises(ValueError, match=name):
            setattr(figure, name, value)
        assert getattr(figure, name) == before


def test_the_nearest_are_those_of_the_whole_table_among_the_shown():
    figure = explorer(tables=jnp.asarray(TABLES), shown="oeb\n", k=2)
    rows = [0, 2, 4, 5]  # in the order of the vocabulary
    for moment in range(4):
        figure.moment = moment
        for place, character in enumerate("\nbeo"):
            figure.chosen = character
            ids, cosines = nearest(TABLES[moment][rows], place, 2)
            assert figure.nearest == [("\nbeo"[i], cosine) for i, cosine in zip(ids, cosines.tolist(), strict=True)]


def test_the_words():
    tables = [np.eye(3), [[3, 4, 0], [4, 3, 0], [-3, -4, 0.1]]]
    figure = EmbeddingExplorer(tables, "ae ", steps=[0, 50], bits=[5.977, 3.456], chosen="e")
    assert figure.summary() == "Step 50 of 50 (3.46 bits per character): nearest to e: a 0.96, ␣ −0.96."
    assert repr(figure) == "EmbeddingExplorer: " + figure.summary()
    figure.moment, figure.chosen = 0, "a"
    assert figure.summary() == "Step 0 of 50 (5.98 bits per character): nearest to a: e 0.00, ␣ 0.00."
    assert EmbeddingExplorer(tables, "ae ").summary() == "Step 1 of 1: nearest to a: e 0.96, ␣ −1.00."


def test_one_pair_of_axes_for_all_moments_and_one_unit_for_both():
    figure = explorer(shown="\nAbeo")
    rows = TABLES[:, [0, 1, 2, 4, 5]].astype(float)
    covariance = np.cov(rows[-1].T)
    spreads, directions = np.linalg.eigh(covariance)  # another way to the principal components, the smallest first
    np.testing.assert_allclose(np.abs((figure.axes * directions.T[:0:-1]).sum(axis=1)), 1, atol=1e-6)
    assert figure.spread == round(100 * spreads[1:].sum() / spreads.sum())
    assert all(axis[np.abs(axis).argmax()] > 0 for axis in figure.axes)

    seen = rows @ figure.axes.T * [1, -1]  # down is more, on a page
    places = np.array(figure.points)
    assert (places >= 6).all() and (places <= [94, 74]).all()
    assert (np.ptp(places, axis=(0, 1)) / [88, 68]).max() == pytest.approx(1, abs=1e-3)  # they fill the map
    unit = np.ptp(places[..., 0]) / np.ptp(seen[..., 0])
    moved = places - unit * seen  # the same everywhere, but for the rounding
    np.testing.assert_allclose(moved, np.broadcast_to(moved[0, 0], moved.shape), atol=0.03)


def test_points_that_do_not_spread_have_a_place_too():
    figure = EmbeddingExplorer(np.zeros((2, 3, 4)), "abc")
    assert figure.points == [[[50, 40]] * 3] * 2 and figure.spread == 0
    assert figure.nearest == [("b", 0), ("c", 0)]
    flat = EmbeddingExplorer([[[1, 2], [3, 4]]], "ab")  # two points lie on a line
    assert flat.spread == 100 and np.isfinite(flat.points).all()


def test_the_state_is_json():
    figure = explorer(tables=TABLES.astype(np.float64) / 3, steps=np.arange(4) * 10, chosen="\n", moment=1)
    state = json.loads(json.dumps(figure.state(), allow_nan=False))
    assert (np.array(state.pop("tables"), np.float32) == (TABLES.astype(np.float64) / 3).astype(np.float32)).all()
    assert np.shape(state.pop("points")) == (4, 6, 2)
    assert state == {
        "bits": [],
        "chosen": 0,
        "k": 5,
        "kinds": ["space", "capital", "consonant", "sign", "vowel", "vowel"],
        "labels": ["↵", "A", "b", ".", "e", "o"],
        "moment": 1,
        "spread": figure.spread,
        "steps": [0, 10, 20, 30],
    }
    figure.set_state({"chosen": 4})  # as JupyterLab sends it
    assert figure.chosen == "e"


def test_the_html_asks_no_other_address_and_the_module_has_no_imports():
    figure = explorer()
    for text in (figure.html(), figure._esm, figure._css):
        assert not re.search(r"https?:|//[\w.-]+\.\w|\burl\(|@import", text.replace("http://www.w3.org/2000/svg", ""))
    assert not re.search(r"^\s*import\b|\bimport\(|innerHTML|outerHTML|insertAdjacentHTML|\beval\b", figure._esm, re.M)
    assert figure._esm.rstrip().endswith("export default { render };")
    assert figure.html() == explorer().html()


def test_a_course_of_training_stays_small():
    tables = np.random.default_rng(0).normal(size=(31, 44, 8))
    assert len(EmbeddingExplorer(tables, "".join(map(chr, range(60, 104)))).html()) < 200_000
