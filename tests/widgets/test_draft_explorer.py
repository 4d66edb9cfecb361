"""DraftExplorer's Python side: every draft is judged as the library judges it, and what is written has the large model's distribution."""

import json
import re

import jax
import numpy as np
import pytest
from flax import nnx

from chargen_lib.kneser_ney import kneser_ney_rows
from chargen_lib.models import NGramTable, Recurrent
from chargen_lib.speculation import accept_probability, judge, leftover
from chargen_lib.text import Vocabulary
from chargen_lib.widgets import DraftExplorer
from chargen_lib.widgets.draft.record import expected_length
from chargen_lib.widgets.draft.writing import Table, write

COUNTED = "the owl sat on the barn and the hen sat also\nno owl was as near as a hen\n" * 4
VOCABULARY = Vocabulary.from_text(COUNTED, start="\n")
PROMPT = "the "


def network(vocabulary=VOCABULARY, scale=3.0):
    model = Recurrent(len(vocabulary), 4, 8, rngs=nnx.Rngs(1))
    model.output.kernel[...] *= scale
    return model


def explorer(prompt=PROMPT, **changed):
    return DraftExplorer(network(), VOCABULARY, prompt, **{"counted": COUNTED, "contexts": (0, 2), "draft": 2, **changed})


@pytest.fixture(scope="module")
def house():
    return DraftExplorer()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"prompt": ""}, "The prompt has 0 characters: give one of 1 to 60."),
        ({"prompt": "a" * 61}, "The prompt has 61 characters"),
        ({"prompt": 7}, "prompt is a text, got int."),
        ({"prompt": "Z"}, "'Z' (U+005A) at position 0"),
        ({"counted": 7}, "counted is a text, got int."),
        ({"contexts": ()}, "contexts are one to three different memories, got ()."),
        ({"contexts": (2, 2)}, "contexts are one to three different memories"),
        ({"contexts": (0, 1, 2, 3)}, "contexts are one to three different memories"),
        ({"contexts": (9,)}, "a context must be a whole number from 0 to 8, got 9."),
        ({"draft": 1}, "draft is the context of one of the tables, [0, 2], got 1."),
        ({"length": 9}, "length must be a whole number from 1 to 8, got 9."),
        ({"text": 4}, "text must be a whole number from 1 to 3, got 4."),
        ({"call": 0}, "call must be a whole number from 1 to 96, got 0."),
        ({"place": -1}, "place must be a whole number from 0 to 8, got -1."),
        ({"seed": -1}, "seed must be a whole number from 0"),
    ],
)
def test_what_cannot_be_shown_is_refused(changed, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        explorer(**changed)


@pytest.mark.parametrize(
    ("model", "vocabulary", "words"),
    [
        (network(), None, "Give a model and its vocabulary, or neither"),
        (None, VOCABULARY, "Give a model and its vocabulary, or neither"),
        (network(), Vocabulary.ascii(), "The vocabulary has 128 characters, but the model knows"),
        (network(Vocabulary("".join(map(chr, range(32, 300))))), Vocabulary("".join(map(chr, range(32, 300)))), "at most 256."),
        (network(scale=np.nan), VOCABULARY, "The model answers with NaN or infinity"),
    ],
)
def test_a_model_that_cannot_be_shown_is_refused(model, vocabulary, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        DraftExplorer(model, vocabulary, "no", counted="no owl was near")


def test_a_setting_that_is_not_there_is_refused_later_too():
    figure = explorer(call=6)
    for name, value in {"text": 0, "draft": 3, "length": 0, "call": 97, "place": 9}.items():
        with pytest.raises(ValueError, match=name):
            setattr(figure, name, value)
    assert (figure.text, figure.draft, figure.length, figure.call, figure.place) == (1, 2, 4, 6, 8)


@pytest.mark.parametrize("context", [0, 2])
def test_every_call_is_the_librarys(context):
    """judge, leftover and accept_probability of p and q, read anew from the models along the text, decide and say the same."""
    figure, model = explorer(draft=context, text=2), network()
    table = NGramTable(*kneser_ney_rows(VOCABULARY.encode(COUNTED), len(VOCABULARY), context, VOCABULARY.encode("\n")))
    figure.length = 8
    told = np.concatenate([VOCABULARY.encode(PROMPT), figure.written()])[None]
    p, q = (jax.nn.softmax(one.read(told, one.init_state(1))[0])[0, len(PROMPT) - 1 :] for one in (model, table))
    lefts, keeps = (np.asarray(jax.jit(one)(p, q)) for one in (leftover, accept_probability))
    p, q = np.asarray(p), np.asarray(q)
    run, decide, seen = 2 + [0, 2].index(context), jax.jit(judge), set()
    uniforms = figure._record.numbers["uniforms"][run]
    for length in (1, 3, 8):
        figure.length = length
        for number, (start, kept) in enumerate(figure.calls(), 1):
            figure.call, end = number, start + length
            if end >= len(told[0]) - len(PROMPT):
                break  # the models were not read so far
            drafted = np.array(figure.drafted())
            assert len(drafted) == length
            # Behind a refused character the draft follows on that, by a q of its own: judge must not need it.
            q_here = np.where(np.arange(length)[:, None] > kept, 1.0, q[start:end]).astype(np.float32)
            accepted, then = decide(p[start : end + 1], q_here, drafted, uniforms[start:end])
            assert int(accepted) == kept and then[figure.written()[start + kept]] > 0
            assert figure.written()[start : start + kept] == drafted[:kept].tolist()
            for place in range(kept + 1):
                figure.place, at = place, start + place
                here, is_drafted = figure.judged(), place < length
                q_place, left = (q[at], lefts[at]) if is_drafted else (np.zeros(len(VOCABULARY)), p[at])
                least = np.minimum(p[at], q_place)
                for i, *numbers in here["rows"][:-1]:
                    np.testing.assert_allclose(numbers, [p[at, i], q_place[i], least[i], left[i]], atol=2e-6)
                sums = np.sum([row[1:] for row in here["rows"]], axis=0)
                np.testing.assert_allclose(sums, [1, is_drafted, least.sum(), 1], atol=5e-6)
                assert here["overlap"] == pytest.approx(least.sum(), abs=5e-6) and here["kept"] == (place < kept)
                seen.add((here["drafted"] is None, here["kept"]))
                if is_drafted:
                    assert here["keeps"] == pytest.approx(keeps[at, here["drafted"]], rel=1e-4)
                    assert (here["uniform"] < here["keeps"]) == here["kept"]
                else:
                    np.testing.assert_allclose(then, p[at], atol=2e-6)
    assert seen == {(False, True), (False, False), (True, False)}, "a kept one, a refused one, and one behind a whole draft"


def test_what_is_written_has_the_large_models_distribution_and_what_is_drafted_the_drafts():
    vocabulary = Vocabulary("abc")
    model, texts = network(vocabulary), 6000
    table = Table(np.array([[0.7, 0.2, 0.1], [0.1, 0.2, 0.7], [0.3, 0.4, 0.3]], np.float32), np.tile(np.arange(3), (3, 1)), 0)
    run = write(model, [table], np.array([0, 1]), texts, 2, 1, np.random.default_rng(0))

    def is_drawn_from(ids, probs):
        shares = np.bincount(ids, minlength=probs.size) / texts
        assert (np.abs(shares - probs) < 4.5 * np.sqrt(probs * (1 - probs) / texts)).all()

    told = np.array([[0, 1, i] for i in range(3)])
    p = np.asarray(jax.nn.softmax(model.read(told, model.init_state(3))[0]))  # (3, 3, 3)
    assert np.abs(p[0, 1] - table.probs[1]).max() > 0.2, "or any mistake would pass"
    is_drawn_from(3 * run.written[:, 0] + run.written[:, 1], (p[0, 1][:, None] * p[:, 2]).ravel())
    is_drawn_from(run.drafted[:, 0], table.probs[1])
    is_drawn_from(3 * run.drafted[:, 0] + run.tails[:, 0, 0], (table.probs[1][:, None] * table.probs).ravel())


def test_a_draft_of_another_length_writes_the_same_text_in_other_calls():
    figure, longest = explorer(), explorer(length=8).written()
    numbers = []
    for length in range(1, 9):
        figure.length = length
        calls, written = figure.calls(), figure.written()
        assert written[:96] == longest[:96] and 96 <= len(written) <= 96 + length
        assert [call.start for call in calls] == np.cumsum([0, *(call.kept + 1 for call in calls)])[:-1].tolist()
        numbers.append(len(calls))
    assert numbers == sorted(numbers, reverse=True) and numbers[0] > numbers[-1]


def test_the_counts_are_of_the_calls():
    figure = explorer(length=3, call=5)
    calls = figure.calls()
    for column, part in enumerate((calls[:5], calls)):
        kept = sum(call.kept for call in part)
        judged = sum(min(call.kept + 1, 3) for call in part)
        told = [row[column] for row in figure.counts()]
        assert told[:2] == [str(len(part)), str(kept + len(part))]
        assert float(told[2].replace("\u00a0%", "")) == pytest.approx(100 * kept / judged, abs=0.051)
        assert float(told[3]) == pytest.approx((kept + len(part)) / len(part), abs=0.0051)
        assert float(told[4]) == pytest.approx(sum((kept / judged) ** n for n in range(4)), abs=0.0051)


def test_the_formula_sums_the_chances_of_getting_so_far():
    for length in (1, 4, 8):
        for share in (0.0, 0.5, 0.9, 1.0):
            assert expected_length(share, length) == pytest.approx(sum(share**n for n in range(length + 1)))


def test_a_call_in_words():
    figure = explorer(length=3)
    number = next(n for n, call in enumerate(figure.calls(), 1) if call.kept == 1)
    figure.call, figure.place = number, 1
    drafted, here = [figure.labels[i] for i in figure.drafted()], figure.judged()
    words = figure.summary().replace("\u00a0", " ")
    assert words.startswith(
        f"Call {number} of {len(figure.calls())}: “{''.join(drafted)}” was drafted; 1 was kept, {drafted[1]} was refused, and the large "
        f"model wrote {figure.labels[here['written']]} in its place. Place 2, {drafted[1]}: the large model gives it "
    )
    told = [here[name] for name in ("p", "q", "keeps", "overlap")]
    assert min(told) > 0.001, "or it is told otherwise"
    p, q, keeps, overlap = (f"{100 * share:.1f} %" for share in told)
    assert (
        f"it {p}, the draft {q}, so it is kept with probability {keeps}; the number drawn is {here['uniform']:.3f}: refused. p"
        in words
    )
    share, each, formula = (row[0].replace("\u00a0", " ") for row in figure.counts()[2:])
    assert words.endswith(
        f"p and q overlap by {overlap}: so likely is it that a draft is kept here. "
        f"So far {share} of the judged were kept: {each} characters a call; the formula says {formula}."
    )
    figure.call = 96  # there are fewer
    assert figure.summary().startswith(f"Call {len(figure.calls())} of")
    assert repr(figure) == "DraftExplorer: " + figure.summary()
    figure.length = 1
    figure.call = next(n for n, call in enumerate(figure.calls(), 1) if call.kept == 1)
    figure.place = 1
    assert (
        "it was kept, and the large model wrote" in figure.summary()
        and "after a whole draft is drawn from p." in figure.summary()
    )


def test_two_characters_alone_have_no_others():
    figure = DraftExplorer(network(Vocabulary("ab")), Vocabulary("ab"), "a", counted="abbabaab", contexts=[1])
    assert [row[0] for row in sorted(figure.judged()["rows"])] == [0, 1] and "other" not in figure.still()


def test_the_house_models(house):
    """A draft that knows more is kept more often in each text, and then a call writes more."""
    shares = {}
    for text in (1, 2, 3):
        house.text = text
        for context in house.contexts:
            house.draft = context
            told = [row[1] for row in house.counts()]
            shares[context, text] = float(told[2].split("\u00a0")[0]), float(told[3])
        assert shares[5, text][0] > shares[1, text][0] + 5 and shares[5, text][1] > shares[1, text][1] + 0.2
    house.text, house.draft = 1, 3


def test_the_still_picture_has_the_text_the_draft_and_the_tables():
    figure = explorer(length=4)
    for number in range(1, len(figure.calls()) + 1):
        figure.call = number
        (start, kept), place = figure.now()
        still = figure.still()
        kinds = re.findall(r'<span class="([^"]*)">', still.split("</p>")[0])
        assert len(kinds) == len(PROMPT) + len(figure.written()) and kinds[: len(PROMPT)] == ["prompt"] * len(PROMPT)
        assert [kind.split()[0] for kind in kinds[len(PROMPT) + start :]][: kept + 1] == ["kept"] * kept + ["own"]
        assert sum("later" in kind for kind in kinds) == len(figure.written()) - start - kept - 1
        assert [n for n, kind in enumerate(kinds) if "here" in kind] == [len(PROMPT) + start + place]
        chips = re.findall(r'class="cell ([\w-]+)', still)
        assert chips == ["kept"] * kept + (["refused"] + ["not-judged"] * (3 - kept) if kept < 4 else []) + ["own"]


def test_hostile_text_stays_text():
    counted = "</script><b>\x00\u202e\ud800" * 3
    vocabulary = Vocabulary.from_text(counted)
    figure = DraftExplorer(network(vocabulary), vocabulary, counted[:14], counted=counted, contexts=[1])
    for text in (figure.still(), figure.html()):
        assert "<b>" not in text and "\x00" not in text and "\u202e" not in text
    assert figure.html().count("</script>") == 1


def test_the_state_is_small_json_and_sets_what_a_reader_sets(house):
    assert len(json.dumps(house.state(), allow_nan=False)) < 110_000 and len(house.html()) < 150_000
    figure = explorer()
    settings = {"text": 3, "draft": 0, "length": 2, "call": 9, "place": 0}
    figure.set_state(settings)  # as JupyterLab sends it
    assert figure.html() == explorer(**settings).html()


def test_the_html_asks_no_other_address_and_the_module_has_no_imports():
    figure = explorer()
    html = figure.html()
    for text in figure.recorded.values():
        html = html.replace(text, "")
    for text in (html, figure._esm, figure._css):
        assert not re.search(r"https?:|\burl\(|@import", text.replace("http://www.w3.org/2000/svg", ""))
    assert not re.search(r"^\s*import\b|\bimport\(|innerHTML|outerHTML|insertAdjacentHTML|\beval\b", figure._esm, re.M)
    assert figure._esm.rstrip().endswith("export default { render };")
