"""TrainingReplay's Python side: what it refuses, what it says of a moment, and where its curves run."""

import itertools
import json
import re

import numpy as np
import pytest

from chargen_lib.training import History
from chargen_lib.widgets import TrainingReplay

LOSSES = 1 + 3 * np.exp(-np.arange(40) / 10)
MEASURED = {0: 4.0, 1: 3.7, 10: 2.1, 30: 1.15, 40: 1.0625}
SAMPLES = {0: "xq\nz", 1: "xqez", 10: "a e\n", 40: "the "}
LEVELS = {"bigram floor": 1.1, "uniform": 4.143}


def history(losses=LOSSES, measured=MEASURED):
    return History(losses=losses, val_steps=list(measured), val_losses=list(measured.values()))


def replay(**changed):
    return TrainingReplay(**{"history": history(), "samples": SAMPLES, "levels": LEVELS, **changed})


def points(text):
    return np.array([point.split(",") for point in text.split()], float)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"history": History()}, "losses must be one row"),
        ({"history": history(LOSSES[:, None])}, "they have shape (40, 1)"),
        ({"history": history(np.where(LOSSES > 3, np.nan, LOSSES))}, "losses hold NaN"),
        ({"history": history(measured={**MEASURED, 20: np.inf})}, "val_losses hold NaN or infinity"),
        ({"history": History(losses=LOSSES, val_steps=[0, 10], val_losses=[4.0])}, "2 val_steps for 1 val_losses"),
        ({"history": history(measured={0: 4.0, 1: 3.7, 10: 2.1})}, "The held-out loss at step 40 is missing"),
        ({"levels": {"floor": np.inf}}, "levels hold NaN or infinity"),
        ({"samples": {}}, "samples is empty"),
        ({"samples": {0: "a", 41: "b"}}, "step 41 is none of this training, which has the steps 0 to 40"),
        ({"samples": {0.5: "a"}}, "step 0.5 is none"),
        ({"step": 30}, "step 30 is no moment of this figure: choose one of 0, 1, 10, 40."),
    ],
)
def test_what_cannot_be_shown_is_refused(changed, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        replay(**changed)


def test_a_step_that_is_no_moment_is_refused_later_too():
    figure = replay()
    with pytest.raises(ValueError, match="step 7 is no moment"):
        figure.step = 7
    assert figure.step == 40


def test_a_moment_in_words():
    figure = replay()
    assert figure.summary() == (
        f"Step 40 of 40: training loss {LOSSES[36:].mean():.3f} nats (last 4 batches), held-out loss 1.062 nats, that is 1.533 bits "
        "per character, 0.038 nats below “bigram floor”."
    )
    assert repr(figure) == "TrainingReplay: " + figure.summary()
    figure.step = 0
    assert figure.summary() == (
        "Step 0 of 40: held-out loss 4.000 nats, that is 5.771 bits per character, 2.900 nats above “bigram floor”."
    )
    figure.step = 1
    assert "training loss 4.000 nats (last batch), held-out loss 3.700 nats" in figure.summary()


def test_the_measures_are_the_means_and_the_distance_in_both_units():
    losses = np.random.default_rng(0).uniform(1, 5, 1000)
    measured = {step: 2 + 1 / (1 + step) for step in (0, 5, 99, 300, 1000)}
    figure = replay(history=history(losses, measured), samples=dict.fromkeys(measured, "e"), levels={"floor": 2.015})
    for moment, batches in zip(figure.moments, (0, 1, 9, 20, 20), strict=True):
        step = moment["step"]
        training, held_out, distance = moment["measures"]
        above = measured[step] - 2.015
        if step:
            assert training[1:] == in_both(losses[step - batches : step].mean())
            assert training[0] == f"training, last {f'{batches} batches' if batches > 1 else 'batch'}"
        else:
            assert training == ["training", "none yet", ""]
        assert held_out == ["held-out", *in_both(measured[step])]
        assert distance == [f"{'above' if above > 0 else 'below'} the floor", *in_both(abs(above))]


def in_both(nats):
    return [f"{nats:.3f} nats", f"{nats / np.log(2):.3f} bits"]


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("length", [1, 40, 100_000])
def test_the_curves_run_through_the_losses(log, length):
    losses = 1 + np.random.default_rng(1).random(length)
    measured = {step: 1.5 + 0.4 * np.cos(step) for step in {0, 1, length // 3, length}}
    figure = replay(history=history(losses, measured), samples=dict.fromkeys(measured, "e"), levels={"low": 0.5, "high": 3.0})
    scale = figure.picture["scales"][log]
    across = np.log1p if log else np.asarray
    steps = np.array(sorted(measured))

    def at(top):  # the loss at a height: from two heights that are known
        low, high = (level["top"] for level in figure.picture["levels"])
        return 0.5 + 2.5 * (top - low) / (high - low)

    np.testing.assert_allclose(scale["moments"], 100 * across(steps) / across(length), atol=0.006)
    held_out = points(scale["held-out"])
    np.testing.assert_allclose(held_out[:, 0], scale["moments"], atol=1e-9)
    np.testing.assert_allclose(at(held_out[:, 1]), [measured[step] for step in steps], atol=1e-3)
    np.testing.assert_allclose(at(np.array([moment["top"] for moment in figure.moments])), at(held_out[:, 1]), atol=1e-9)

    training = points(scale["training"])
    share = training[:, 0] / 100 * across(length)
    ends = np.rint(np.expm1(share) if log else share)
    assert ends[-1] == length and set(scale["moments"][1:]) <= set(training[:, 0]), "a mean ends at every moment"
    assert (np.diff(training[:, 0]) >= 0).all() and len(training) < 210
    if length == 40:  # every step has a point of its own where there are few
        np.testing.assert_allclose(at(training[:, 1]), losses, atol=1e-3)
    if length == 100_000 and not log:
        block = losses[int(ends[99]) : int(ends[100])]
        assert abs(at(training[100, 1]) - block.mean()) < 1e-3
    assert all(0 <= left <= 100 for left, _ in scale["ticks"]) and scale["ticks"][0] == [0, "0"]
    for left, words in scale["ticks"]:
        assert abs(left - 100 * across(int(words.replace(",", ""))) / across(length)) < 0.006


def test_the_axis_of_the_loss_has_a_few_round_numbers():
    for losses in ([3.0, 3.0], [4.0, 1.1], [1e5, 2.0], [2.0002, 2.0001]):
        figure = TrainingReplay(history(np.array(losses), {}), {2: "e"})
        tops, words = zip(*figure.picture["ticks"], strict=True)
        assert 2 <= len(words) <= 7 and list(tops) == sorted(tops, reverse=True) and 0 <= tops[-1] <= tops[0] <= 100
        assert len(set(words)) == len(words)


def test_names_of_levels_do_not_cover_each_other():
    figure = replay(levels={"a": 1.1, "b": 1.12, "c": 1.13, 4: 4.0})
    tops = [level["name_top"] for level in figure.picture["levels"]]
    assert all(above <= below - 8 for below, above in itertools.pairwise(tops))
    assert [level["kind"] for level in figure.picture["levels"]] == ["level first", "level", "level", "level"]
    assert figure.picture["levels"][0]["words"] == "a 1.100 nats"


def test_without_held_out_losses_and_without_a_floor():
    figure = TrainingReplay(history(measured={}), {0: "xq", 40: "the"})
    assert figure.summary() == f"Step 40 of 40: training loss {LOSSES[36:].mean():.3f} nats (last 4 batches)."
    assert figure.picture["curves"] == ["training"] and "held-out" not in figure.still()
    figure.step = 0
    assert figure.summary() == "Step 0 of 40: nothing is learned yet."


def test_a_sample_keeps_its_lines_and_spaces():
    figure = replay(samples={40: "a b\nc\x00\u202e\ud800<b>"}, prompt="The \n", levels={"a\x07 floor": 1.0})
    assert figure.moments[0]["sample"] == "a b\ncU+0000U+202EU+D800<b>"
    assert figure.moments[0]["heading"] == "What it writes after “The \n”, step 40:"
    assert "“aU+0007 floor”" in figure.summary() and "<b>" not in figure.still()


def test_the_state_is_small_json_and_sets_what_a_reader_sets():
    long = History(np.linspace(4, 2, 50_000), [0, 100, 50_000], [4.0, 3.0, 2.0])
    figure = TrainingReplay(long, dict.fromkeys((0, 100, 50_000), "e" * 200), LEVELS)
    state = json.dumps(figure.state(), allow_nan=False)
    assert len(state) < 25_000 and len(figure.html()) < 200_000
    assert set(json.loads(state)) == {"moments", "picture", "step", "log_steps"}
    figure.set_state({"step": 100, "log_steps": False})  # as JupyterLab sends it
    assert figure.summary().startswith("Step 100 of 50,000: ")
    assert (
        figure.html()
        == TrainingReplay(long, dict.fromkeys((0, 100, 50_000), "e" * 200), LEVELS, step=100, log_steps=False).html()
    )


def test_the_html_asks_no_other_address_and_the_module_has_no_imports():
    figure = replay()
    for text in (figure.html(), figure._esm, figure._css):
        assert not re.search(r"https?:|//[\w.-]+\.\w|\burl\(|@import", text.replace("http://www.w3.org/2000/svg", ""))
    assert not re.search(r"^\s*import\b|\bimport\(|innerHTML|outerHTML|insertAdjacentHTML|\beval\b", figure._esm, re.M)
    assert figure._esm.rstrip().endswith("export default { render };")
