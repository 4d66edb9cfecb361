"""LossLadder's Python side: what a rung may be, what the figure refuses, and what it leaves in a page."""

import json
import math
import re

import numpy as np
import pytest

from chargen_lib import entropy, plots
from chargen_lib.entropy import Rung
from chargen_lib.widgets import LossLadder

RUNGS = [
    Rung("pairs", 3.25, sample="The oth\n\nwa", note="It sees one character."),
    Rung("network", 3.2, "network", sample="The ind he", mark="you are here"),
    Rung("uniform", 6.0, sample="Qx;"),
    Rung("gzip", 2.9375, "compressor"),
]


@pytest.mark.parametrize("bits", [-0.1, math.inf, math.nan])
def test_a_rung_without_a_number_of_bits_is_refused(bits):
    with pytest.raises(ValueError, match=r"'x' has .* bits: bits per character are a finite number"):
        Rung("x", bits)


def test_a_kind_that_is_not_known_is_refused():
    with pytest.raises(ValueError, match="'tree', which is none of count, network, compressor, floor"):
        Rung("x", 1, "tree")


def test_the_still_picture_has_a_mark_for_every_kind():
    assert tuple(plots.KINDS) == entropy.KINDS
    picture = plots.ladder([Rung(kind, 1 + place, kind) for place, kind in enumerate(entropy.KINDS)])
    assert picture.alt.endswith("floor 4.000; compressor 3.000; network 2.000; count 1.000.")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"rungs": []}, "The ladder has no rung"),
        ({"rungs": [*RUNGS, Rung("gzip", 1)]}, "Two rungs are called 'gzip'"),
        ({"rungs": [Rung("\0", 1), Rung("U+0000", 2)]}, "Two rungs are called 'U+0000'"),
        ({"rungs": RUNGS, "chosen": "xz"}, "chosen is 'xz', which is none of the 4 rungs: uniform, pairs, network, gzip"),
        ({"rungs": RUNGS, "kinds": ["count", "tree"]}, "kinds has 'tree', which is none of count"),
    ],
)
def test_what_has_no_place_on_the_ladder_is_refused(arguments, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        LossLadder(**arguments)


def test_what_does_not_fit_later_is_refused_too():
    figure = LossLadder(RUNGS)
    for name, value in (("chosen", "xz"), ("kinds", ["trees"])):
        before = getattr(figure, name)
        with pytest.raises(ValueError, match=name):
            setattr(figure, name, value)
        assert getattr(figure, name) == before


def test_it_says_what_it_shows():
    figure = LossLadder(RUNGS, chosen="network")
    assert [rung["name"] for rung in figure.rungs] == ["uniform", "pairs", "network", "gzip"]
    assert figure.summary() == (
        "network (network, you are here): 3.200 bits per character, or 2.218 nats, like choosing among 9.2 characters. "
        "Rung 3 of 4: 0.050 bits below pairs, 0.263 above gzip."
    )
    assert repr(figure) == "LossLadder: " + figure.summary()
    figure.chosen = "uniform"
    assert figure.summary().endswith("64.0 characters. Rung 1 of 4: 2.750 above pairs.")
    figure.chosen = "gzip"  # 2.9375: a half is rounded up, in Python as in JavaScript
    assert figure.summary().startswith("gzip (compressor): 2.938 bits")
    assert figure.summary().endswith("Rung 4 of 4: 0.263 bits below network.")
    assert LossLadder(RUNGS).chosen == "gzip"
    assert LossLadder([Rung("one", 25)]).summary().endswith("like choosing among more than a million characters. Rung 1 of 1.")


def test_a_chosen_rung_that_is_not_shown_gives_way_to_the_nearest():
    figure = LossLadder(RUNGS, chosen="network")
    figure.kinds = ["count"]
    assert figure.summary().startswith("pairs (count)") and figure.summary().endswith("Rung 2 of 2: 2.750 bits below uniform.")
    figure.kinds = []
    assert figure.summary() == "No rung is shown: choose a kind."
    figure.kinds = ["network"]
    assert figure.summary().startswith("network (network")


@pytest.mark.parametrize(
    ("bits", "ticks"),
    [(0, [0, 1]), (0.2, [0, 1]), (5.977, list(range(7))), (8, list(range(9))), (8.1, [0, 2, 4, 6, 8, 10]), (300, list(range(0, 301, 50)))],
)  # fmt: skip
def test_the_axis_has_a_few_round_numbers_and_room_for_every_rung(bits, ticks):
    assert LossLadder([Rung("x", bits)]).ticks == ticks


def test_the_state_is_json():
    figure = LossLadder([Rung("a\tb", np.float32(2), "floor", sample="x \n\0y"), Rung("c", 1 / 3)], chosen="a\tb")
    state = json.loads(json.dumps(figure.state(), allow_nan=False))
    silent = {"sample": "", "note": "", "mark": ""}
    assert state == {
        "chosen": 0,
        "kinds": ["count", "network", "compressor", "floor"],
        "rungs": [
            {"name": "aU+0009b", "bits": 2.0, "kind": "floor", **silent, "sample": "x \nU+0000y"},
            {"name": "c", "bits": 0.333333, "kind": "count", **silent},
        ],
        "ticks": [0, 1, 2],
    }
    figure.set_state({"chosen": 1, "kinds": ["count"]})  # as JupyterLab sends it
    assert figure.chosen == "c" and figure.kinds == ["count"]


def test_the_html_asks_no_other_address_and_the_module_has_no_imports():
    figure = LossLadder(RUNGS)
    for text in (figure.html(), figure._esm, figure._css):
        assert not re.search(r"https?:|//[\w.-]+\.\w|\burl\(|@import", text.replace("http://www.w3.org/2000/svg", ""))
    assert not re.search(r"^\s*import\b|\bimport\(|innerHTML|outerHTML|insertAdjacentHTML|\beval\b", figure._esm, re.M)
    assert figure._esm.rstrip().endswith("export default { render };")
    assert figure.html() == LossLadder(RUNGS).html() != LossLadder(RUNGS[:3]).html()
