"""StateLens's Python side: its states and its reach are the library's model's, its units are named by what was measured, its words say it."""

import json
import re

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import nnx

from chargen_lib.models import PerPositionMLP, Recurrent
from chargen_lib.text import Vocabulary
from chargen_lib.widgets import StateLens
from chargen_lib.widgets.state.measuring import fresh, named_units, states_and_reach

VOCABULARY = Vocabulary('\n "abcdehlnorstw')
PASSAGE = 'the owl sat\n"not a hen" the owl also sat on a bare barn'


def network(cell="gru", **sizes):
    return Recurrent(len(VOCABULARY), **{"embed_dim": 4, "hidden_dim": 8, **sizes}, cell=cell, rngs=nnx.Rngs(0))


def lens(passage=PASSAGE, cell="gru", **changed):
    return StateLens(network(cell), VOCABULARY, passage, **{"measured": "", **changed})


@pytest.fixture(scope="module")
def house():
    return StateLens()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"passage": "a"}, "The passage has 1 characters: give one of 2 to 400."),
        ({"passage": "a" * 401}, "The passage has 401 characters"),
        ({"measured": "a" * 20}, "The measured text has 20 characters: give 2280 or more"),
        ({"passage": 7}, "passage is a text, got int."),
        ({"measured": ["a"]}, "measured is a text, got list."),
        ({"unit": 8}, "unit must be a whole number from 0 to 7, got 8."),
        ({"place": len(PASSAGE) - 1}, f"place must be a whole number from 0 to {len(PASSAGE) - 2}"),
        ({"view": "all"}, "view is one of 'state', 'trained', 'untrained', got 'all'."),
        ({"passage": "xyz"}, "'x' (U+0078) at position 0"),
    ],
)
def test_what_cannot_be_shown_is_refused(changed, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        lens(**changed)


@pytest.mark.parametrize(
    ("model", "vocabulary", "words"),
    [
        (network(), None, "Give a model and its vocabulary, or neither"),
        (None, VOCABULARY, "Give a model and its vocabulary, or neither"),
        (network(layers=2), VOCABULARY, "a Recurrent network of one layer"),
        (PerPositionMLP(16, 4, 4, rngs=nnx.Rngs(0)), VOCABULARY, "got PerPositionMLP"),
        (network(), Vocabulary.ascii(), "The model knows 16 ids, and the vocabulary has 128 characters."),
    ],
)
def test_a_model_that_cannot_be_shown_is_refused(model, vocabulary, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        StateLens(model, vocabulary, PASSAGE, measured="")


def test_a_setting_that_is_not_there_is_refused_later_too():
    figure = lens()
    for name, value in {"place": -1, "unit": 8, "view": "reach"}.items():
        with pytest.raises(ValueError, match=name):
            setattr(figure, name, value)
    assert (figure.place, figure.unit, figure.view) == (len(PASSAGE) - 2, 0, "state")


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_every_number_is_the_models(cell):
    figure, model = lens(cell=cell), network(cell)
    ids = VOCABULARY.encode(PASSAGE)
    state = model.init_state(1)
    for place, i in enumerate(ids.tolist()):
        _, state = model.step(jnp.array([i]), state)
        written = (state[0][1] if cell == "lstm" else state[0])[0]
        for unit in (0, 7):
            figure.unit = unit
            assert abs(figure.value(place) - float(written[unit])) < 0.005

    def loss(embedded, place):  # the whole text before the place, from nothing
        states, _ = model.stack[0].read(embedded, model.init_state(1)[0])
        return optax.softmax_cross_entropy_with_integer_labels(model.output(states[place, 0]), ids[place + 1])

    gradient = jax.jit(jax.grad(loss))
    for place in (0, 5, len(PASSAGE) - 2):
        lengths = np.linalg.norm(gradient(model.embedding(ids)[:, None], place)[:, 0], axis=-1)
        figure.place = place
        for of in range(len(PASSAGE)):
            share = figure.share("trained", of)
            if of > place or place - of >= 48:
                assert share == 0
            else:
                right = lengths[of] / lengths[place]
                assert abs(share / right - 1) < 0.03 or (right < 4e-5 and share < 4e-5)


def test_the_means_are_those_of_all_places_with_enough_before_them():
    figure = lens()
    _, reach = states_and_reach(network(), np.asarray(VOCABULARY.encode(PASSAGE))[None], 48)
    assert np.isnan(reach[3, 4:]).all() and np.isfinite(reach[47:]).all()
    mean = reach[47:].mean(axis=0)
    np.testing.assert_allclose(figure.means["trained"], mean / mean[0], rtol=0.006)


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_the_untrained_network_begins_as_the_librarys_do(cell):
    sizes = {"embed_dim": 64, "hidden_dim": 64}
    ids = np.random.default_rng(0).integers(0, len(VOCABULARY), (1, 120))
    own, librarys = fresh(network(cell, **sizes), 1), network(cell, **sizes)
    curves = []
    for model in (own, librarys):
        _, reach = states_and_reach(model, ids, 24)
        curves.append(reach[23:].mean(axis=0))
    for name in ("Wx", "Wh", "b"):
        one, other = (np.asarray(getattr(model.stack[0], name)[...]) for model in (own, librarys))
        assert abs(one.std() - other.std()) < 0.1 * max(other.std(), 1e-9) and abs(one.mean() - other.mean()) < 0.01
    for part in ("embedding", "output"):
        leaves = [jax.tree.leaves(nnx.state(getattr(model, part))) for model in (own, librarys)]
        for one, other in zip(*leaves, strict=True):
            assert one.shape == other.shape and abs(float(one.std()) - float(other.std())) < 0.1 * max(float(other.std()), 1e-9)
    one, other = (curve / curve[0] for curve in curves)
    assert np.abs(np.log2(one[[1, 4, 8]] / other[[1, 4, 8]])).max() < 0.6


def test_a_unit_is_named_only_for_what_was_measured():
    text = ('He said "come in" and she sat.\n' * 200)[:5000]
    places = (np.arange(32) * 100)[:, None] + np.arange(80)
    rng = np.random.default_rng(0)
    inside = np.cumsum([character == '"' for character in text]) % 2 * (np.array(list(text)) != "\n")
    states = rng.normal(size=(32, 80, 4))
    states[..., 2] = -2.0 * inside[places] + 0.1 * states[..., 2]
    (unit, words, r), *others = named_units(text, places, states)
    assert (unit, words, others) == (2, "somebody is speaking", []) and -1 <= r < -0.98
    states[16:, :, 2] = rng.normal(size=(16, 80))  # on held-out text it goes with nothing
    assert named_units(text, places, states) == []


def test_the_house_gru_knows_who_speaks_and_reaches_further_than_before_training(house):
    [unit, words, r] = house.named[0]
    assert words == "somebody is speaking" and abs(r) > 0.85 and house.unit == unit
    text = "".join(house.labels)
    speech = slice(text.index('"To'), text.index(',"') + 1)
    values = np.array([house.value(place) for place in range(len(text))])
    assert (np.sign(r) * values[speech]).min() > 0 > (np.sign(r) * values[speech.stop + 2 : speech.stop + 20]).max()
    trained, untrained = house.means["trained"], house.means["untrained"]
    assert (
        all(trained[k] > untrained[k] for k in range(1, 48))
        and trained[16] > 3 * untrained[16]
        and trained[32] > 100 * untrained[32]
    )


def test_the_units_of_a_short_passage_are_named_by_as_much_text(house):
    short = StateLens(passage="The owl sat.", place=5)  # no warning of a mean of nothing either
    assert short.named == house.named
    alone = StateLens(passage="The owl sat.", place=5, unit=short.unit, measured="")
    for place in range(12):
        assert abs(short.value(place) - alone.value(place)) < 0.01
        assert short.share("trained", place) == pytest.approx(alone.share("trained", place), rel=0.05)


def test_a_place_in_words():
    figure = lens(place=6, unit=3)
    values = [figure.value(place) for place in range(len(PASSAGE))]
    two = "{:.2f}".format
    told = [two(x).replace("-", "−") for x in (values[6], min(values), max(values))]
    assert figure.summary() == f"Unit 3 after “e␣owl”: {told[0]}. Along this text it is between {told[1]} and {told[2]}."
    figure.view = "trained"
    assert re.fullmatch(
        r"After “e␣owl”, what comes is ␣\. How strongly an earlier character moves that loss, the last one being 100 %; "
        r"trained: 1 back \d+ %, 4 back [\d.]+ %; untrained: 1 back \d+ %, 4 back [\d.]+ %\.",
        figure.summary().replace("\u00a0", " "),
    )
    figure.place = 0
    assert figure.summary().endswith("; trained: none stands before it; untrained: none stands before it.")
    assert repr(figure) == "StateLens: " + figure.summary()


def test_the_still_picture_has_the_text_and_the_table():
    figure = lens(place=20, unit=3)
    for view in ("state", "trained"):
        figure.view = view
        still = figure.still()
        kinds = re.findall(r'<span class="([^"]*)">', still.split("</p>")[0])
        assert len(kinds) == len(PASSAGE) and [place for place, kind in enumerate(kinds) if "here" in kind] == [20]
        assert ("later" in still) == (view == "trained") and still.count("<tr") == 8
        if view == "state":
            assert all(kind.startswith("below") == (figure.value(place) < 0) for place, kind in enumerate(kinds))
        else:
            assert kinds[21:] == ["later"] * (len(PASSAGE) - 21) and kinds[20] == "reach4 here"


def test_hostile_text_stays_text():
    passage = "</script><b>\x00\u202e\ud800"
    vocabulary = Vocabulary.from_text(passage)
    model = Recurrent(len(vocabulary), 4, 4, rngs=nnx.Rngs(0))
    figure = StateLens(model, vocabulary, passage, measured="", place=12)
    for text in (figure.still(), figure.html()):
        assert "<b>" not in text and "\x00" not in text and "\u202e" not in text
    assert figure.html().count("</script>") == 1


def test_the_state_is_small_json_and_sets_what_a_reader_sets(house):
    assert len(json.dumps(house.state(), allow_nan=False)) < 120_000 and len(house.html()) < 160_000
    figure = lens()
    figure.set_state({"place": 9, "unit": 1, "view": "untrained"})  # as JupyterLab sends it
    assert figure.html() == lens(place=9, unit=1, view="untrained").html()


def test_the_html_asks_no_other_address_and_the_module_has_no_imports():
    figure = lens()
    for text in (figure.html().replace(figure.states, ""), figure._esm, figure._css):
        assert not re.search(r"https?:|\burl\(|@import", text.replace("http://www.w3.org/2000/svg", ""))
    assert not re.search(r"^\s*import\b|\bimport\(|innerHTML|outerHTML|insertAdjacentHTML|\beval\b", figure._esm, re.M)
    assert figure._esm.rstrip().endswith("export default { render };")
