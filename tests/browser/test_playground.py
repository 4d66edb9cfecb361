"""Playground, in a page without a kernel and in JupyterLab: its models, its cuts and its texts are the library's."""

import math
import re
from urllib.parse import parse_qs, quote

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from reading import (
    HOSTILE,
    SEEN,
    WHITE,
    Notebook,
    colour,
    contrast,
    hangs_on_the_last_digit,
    module_address,
    read_bars,
    themes,
    thread_clock,
)

from chargen_lib.generation import read_prompts
from chargen_lib.kneser_ney import kneser_ney_rows
from chargen_lib.models import (
    BigramTable,
    Guided,
    Labelled,
    Mixture,
    NGramTable,
    PerPositionMLP,
    Recurrent,
    Transformer,
    WindowMLP,
)
from chargen_lib.sampling import Sampler
from chargen_lib.text import Vocabulary, visible
from chargen_lib.widgets import Playground
from chargen_lib.widgets.base import number_to_json
from chargen_lib.widgets.in_page.numbers import light

INF = math.inf
LETTERS = Vocabulary("\n abcdefghijklmnopqrstuvwxyz")
V = len(LETTERS)


def table(rows, size, seed=0, scale=2.0):
    """Random log-probabilities, (rows, size)."""
    logits = np.random.default_rng(seed).normal(0, scale, (rows, size)).astype(np.float32)
    return jax.nn.log_softmax(jnp.asarray(logits), axis=-1)


def letters(**settings):
    """Two models on the letters."""
    models = {"pairs": BigramTable(table(V, V)), "network": PerPositionMLP(V, 8, 16, rngs=nnx.Rngs(1))}
    return Playground(models, LETTERS, **{"prompt": "the ", "num_chars": 5, "seed": 7, **settings})


# --- against the library ------------------------------------------------------------------------------------------------


class OwnModel(nnx.Module):
    """A learner's own, with what no model of the course uses: a moving mean of embeddings, cut, turned round, looked at from a corner, and looked up."""

    def __init__(self, vocab_size, *, rngs):
        self.vocab_size = vocab_size
        self.embedding = nnx.Embed(vocab_size, 6, rngs=rngs)
        self.output = nnx.Linear(6, vocab_size, rngs=rngs)

    def init_state(self, batch_size):
        read = jnp.zeros(batch_size, jnp.int32)
        return {"mean": jnp.ones((batch_size, 6)), "read": read, "mixed": read}

    def step(self, ids, state):
        mean = 0.75 * state["mean"] + 0.25 * self.embedding(ids)
        turned = jnp.minimum(mean.reshape(-1, 2, 3).swapaxes(1, 2)[:, ::-1].reshape(-1, 6), 0.5)
        low = jnp.logical_not(turned > 0) & (ids < 20)[:, None]
        seen = jnp.where(low, jnp.sqrt(jnp.abs(mean)), mean + low.astype(jnp.float32)) * (state["read"] % 3 + 1)[:, None]
        beyond = jnp.arange(3.0).at[state["read"]].get(mode="fill", fill_value=0.5)  # soon there is nothing left to look up
        marked = jnp.zeros((len(ids), 6)).at[jnp.arange(len(ids)), state["read"]].set(1.0, mode="drop")
        nearest = jnp.arange(4.0).at[state["read"]].get(mode="clip")
        seen = seen + (beyond + nearest)[:, None] * marked + beyond[:, None]
        mixed = state["mixed"] * 1_103_515_245 + ids  # runs over
        seen = seen * (1 + mixed % 7)[:, None]
        return self.output(seen), {"mean": mean, "read": state["read"] + low.sum(axis=1) // 2, "mixed": mixed}


def random_models():
    """Name: (model, vocabulary): every kind, vocabularies of 1 to 90 characters, with ties and with what is impossible."""
    rng, rngs = np.random.default_rng(3), nnx.Rngs(0)
    tied = np.round(rng.normal(0, 1, (9, 9)) * 2).astype(np.float32) / 2
    holes = np.where(rng.random((64, 8)) < 0.3, -np.inf, rng.normal(0, 2, (64, 8))).astype(np.float32)
    holes[:, 2] = 0.5
    text = rng.choice(11, p=np.arange(1, 12) / 66, size=300)
    kneser_ney = NGramTable(*kneser_ney_rows(text, 11, 3))
    networks = [
        PerPositionMLP(63, 64, 128, rngs=rngs),
        PerPositionMLP(90, 5, 7, rngs=rngs),
        PerPositionMLP(2, 3, 4, rngs=rngs),
        WindowMLP(30, 4, 5, 9, rngs=rngs),
        WindowMLP(7, 1, 5, 9, rngs=rngs),
        Recurrent(63, 32, 256, rngs=rngs),  # as large as the house's
        Recurrent(40, 8, 16, cell="rnn", layers=2, rngs=rngs),
        Recurrent(11, 8, 16, cell="lstm", layers=3, residual=True, rngs=rngs),
        Transformer(50, 24, context=5, layers=2, heads=3, rngs=rngs),
        Transformer(63, 16, context=16, layers=1, heads=1, rngs=rngs),
        OwnModel(30, rngs=rngs),
    ]
    for network in networks:  # a new network is nearly sure of nothing: let it be surer
        network.output.kernel[...] = network.output.kernel[...] * 6
        network.output.bias[...] = jnp.asarray(rng.normal(0, 1, network.vocab_size), jnp.float32)
    models = [
        BigramTable(table(63, 63)),
        BigramTable(jnp.asarray(tied)),
        BigramTable(jnp.zeros((1, 1))),
        NGramTable.of_all_contexts(table(27**2, 27, seed=1)),
        NGramTable.of_all_contexts(jnp.asarray(holes)),
        NGramTable.of_all_contexts(jnp.asarray(np.repeat(tied[:4, :4], 16, axis=0))),
        kneser_ney,
        *networks,
        Mixture([networks[7], kneser_ney], [0.7, 0.3]),
        Guided(networks[7], kneser_ney, 1.5),
        Labelled(Recurrent(20, 6, 9, rngs=rngs), 3, rngs=rngs).given(2),
        light(networks[5]),
    ]
    return {str(i): (model, Vocabulary("".join(map(chr, range(40, 40 + model.vocab_size))))) for i, model in enumerate(models)}


@pytest.fixture(scope="module")
def zoo():
    """The random models, and what a page has of each."""
    models = random_models()
    return models, Playground(models).models


def random_settings(rng, size):
    return (
        float(rng.choice([0, INF, 1, 0.5, 2, *np.exp(rng.uniform(np.log(0.05), np.log(20), 4))])),
        None if rng.random() < 0.4 else int(rng.integers(1, size + 5)),
        None if rng.random() < 0.4 else float(rng.choice([1.0, *rng.uniform(0.01, 1, 4)])),
        None if rng.random() < 0.4 else float(rng.choice([1.0, *np.exp(rng.uniform(np.log(0.005), 0, 4))])),
    )


def as_state(temperature, top_k, top_p, min_p):
    """The settings as the module has them; JSON has no infinity."""
    return {
        "temperature": number_to_json(temperature),
        "top_k": top_k,
        "top_p": top_p,
        "min_p": min_p,
        "temperature_first": True,
    }


def random_cases(models, rng, number):
    """[(which model, ids, the library's logits after them, settings)]: so many, each model in its turn."""
    asked = {}
    for name, (model, _) in models.items():
        ids, lengths = rng.integers(model.vocab_size, size=(number, 16)), rng.integers(1, 17, size=number)
        asked[name] = ids, lengths, np.asarray(read_prompts(model, jnp.asarray(ids), jnp.asarray(lengths))[0])
    cases = []
    for place in range(number * len(models)):
        name = str(place % len(models))
        ids, lengths, logits = (rows[place // len(models)] for rows in asked[name])
        chosen = random_settings(rng, len(logits))
        while hangs_on_the_last_digit(logits, *chosen):
            chosen = random_settings(rng, len(logits))
        cases.append((int(name), ids[:lengths].tolist(), logits, chosen))
    return cases


def test_logits_are_within_1e_4_of_jax_and_kept_sets_are_the_samplers_on_200_random_settings(pages, zoo):
    models, in_page = zoo
    cases = random_cases(models, np.random.default_rng(0), -(-200 // len(models)))
    assert len(cases) >= 200
    answers = pages.open().evaluate(
        """async ([address, models, cases]) => {
             const { newProgram, cut } = await import(address);
             const run = models.map(({ program }) => newProgram(program));
             return cases.map(([which, ids, settings]) => {
               const state = run[which].start();
               let logits;
               for (const id of ids) logits = Array.from(run[which].step(id, state));
               settings.temperature = Number(settings.temperature);
               const { removedBy, after } = cut(logits, settings);
               return { logits: logits.map((z) => z === -Infinity ? -1e300 : z), kept: removedBy.map((by) => by === ""), after };
             });
           }""",
        [
            module_address(letters()),
            in_page,
            [(which, ids, as_state(*chosen)) for which, ids, _, chosen in cases],
        ],
    )
    assert {chosen[0] for *_, chosen in cases} >= {0, INF}
    for (which, ids, logits, chosen), answer in zip(cases, answers, strict=True):
        told = f"model {which}, ids {ids}, {chosen}"
        impossible = np.isneginf(logits)
        assert (np.array(answer["logits"]) == -1e300).tolist() == impossible.tolist(), told
        np.testing.assert_allclose(
            np.array(answer["logits"])[~impossible], logits[~impossible], rtol=0, atol=1e-4, err_msg=told
        )
        left = Sampler(*chosen).logits(jnp.asarray(logits))
        assert answer["kept"] == np.isfinite(left).tolist(), told
        coarse = 0 < chosen[0] < 0.5  # there float32 itself is coarser
        np.testing.assert_allclose(answer["after"], jax.nn.softmax(left), rtol=0, atol=1e-4 if coarse else 1e-5, err_msg=told)


def test_its_random_bits_are_those_of_jax(pages):
    keys, counts = [[0, 0], [0, 5], [2**32 - 1, 2**31], [123456789, 987654321]], [0, 1, 2, 2000]
    blocks = pages.open().evaluate(
        """async ([address, keys, counts]) => {
             const { threefry } = await import(address);
             return keys.map((key) => counts.map((count) => threefry(key, count).map((half) => half >>> 0)));
           }""",
        [module_address(letters()), keys, counts],
    )
    for key, found in zip(keys, blocks, strict=True):
        split = jax.random.split(jax.random.wrap_key_data(jnp.array(key, jnp.uint32)), 2001)
        assert found == jax.random.key_data(split)[jnp.array(counts)].tolist()


def test_it_writes_what_generate_text_writes(pages, zoo):
    (models, in_page), rng = zoo, np.random.default_rng(5)
    figures = []
    for number in range(27):
        name = str(number % len(models))
        characters = models[name][1].characters
        prompt = "".join(rng.choice(list(characters), size=int(rng.choice([0, 3]))))
        temperature, top_k, top_p, min_p = random_settings(rng, len(characters))
        chosen = {"temperature": temperature, "top_k": top_k, "top_p": top_p, "min_p": min_p}
        figures.append(Playground({name: models[name]}, prompt=prompt, num_chars=40, seed=int(rng.integers(2**31)), **chosen))
    assert sum(figure.prompt == "" for figure in figures) >= 5
    cases = [
        [
            int(figure.model),
            [in_page[int(figure.model)]["codes"].index(ord(c)) for c in figure.prompt],
            as_state(figure.temperature, figure.top_k, figure.top_p, figure.min_p),
            figure.seed,
        ]
        for figure in figures
    ]
    texts = pages.open().evaluate(
        """async ([address, models, cases]) => {
             const { newProgram, newWriter } = await import(address);
             const run = models.map(({ program }) => newProgram(program));
             return cases.map(([which, promptIds, settings, seed]) => {
               settings.temperature = Number(settings.temperature);
               const writer = newWriter(run[which], models[which].codes.length, promptIds, settings, seed);
               writer.at(7); // not in one go
               return Array.from({ length: 40 }, (_, place) => models[which].codes[writer.at(place).id]);
             });
           }""",
        [module_address(figures[0]), in_page, cases],
    )
    for figure, codes in zip(figures, texts, strict=True):
        assert "".join(map(chr, codes)) == figure.text, figure.summary()


# --- the figure ---------------------------------------------------------------------------------------------------------


def shown(page, figure=0):
    """The prompt and the written text, as the reader sees them."""
    box = page.locator(".continuation").nth(figure)
    return box.locator(".prompt").text_content(), box.locator(".written").text_content()


def button(page, name):
    return page.get_by_role("button", name=name, exact=True)


def agrees(page, figure):
    """The page shows what the figure in Python shows: text, sentence, bars."""
    page.wait_for_function(
        "words => document.querySelector('.summary').textContent === words", arg=figure.summary(), timeout=5000
    )
    assert shown(page) == (figure.prompt, figure.text)
    probs = np.asarray(figure.probabilities)
    vocabulary = figure._models[figure.model][1]
    full = float(re.search("full width: ([0-9.]+)", page.locator(".key").text_content()).group(1)) / 100
    lengths = {label: full * length / 100 for label, words, length in read_bars(page) if "removed" not in words}
    kept = {visible(c): p for c, p in zip(vocabulary.characters, probs, strict=True) if visible(c) in lengths}
    for label, p in kept.items():
        assert abs(lengths[label] - p) < 1e-4
    others = sum(length for label, length in lengths.items() if label.endswith("others"))
    assert abs(others + sum(kept.values()) - 1) < 1e-4


def drawn(page):
    """The bar that is pointed out: (character, what is said)."""
    bars = page.locator("li.drawn")
    return [(bar.locator(".name").text_content(), bar.locator(".share").text_content()) for bar in bars.all()]


def test_step_undo_and_start_again(show):
    figure = letters(num_chars=0)
    page = show(figure)
    agrees(page, figure)
    assert drawn(page) == [] and "not drawn yet" in figure.summary()
    assert button(page, "Undo").get_attribute("aria-disabled") == "true"
    button(page, "Undo").press("Enter")
    for n in range(1, 9):
        button(page, "Step").press("Enter")
        figure.num_chars = n
        agrees(page, figure)
        [(name, words)] = drawn(page)
        assert name == visible(figure.text[-1]) and words.endswith(", drawn")
    eight = figure.text
    for _ in range(3):
        button(page, "Undo").press("Space")
    figure.num_chars = 5
    agrees(page, figure)
    for _ in range(3):
        button(page, "Step").click()
    assert shown(page)[1] == eight  # the same draws again
    button(page, "Start again").click()
    figure.num_chars = 0
    agrees(page, figure)


def test_every_setting_rewrites_the_text_and_what_is_shown(show):
    figure = letters(num_chars=30)
    page = show(figure)
    texts = [figure.text]

    def changed(**settings):
        for name, value in settings.items():
            setattr(figure, name, value)
        agrees(page, figure)
        texts.append(figure.text)

    changed()
    page.get_by_label("seed", exact=True).fill("8")
    changed(seed=8)
    button(page, "Next seed").click()
    changed(seed=9)
    page.get_by_label("temperature T").press("End")
    changed(temperature=INF)
    page.get_by_label("temperature T").press("Home")
    changed(temperature=0)
    page.get_by_label("temperature T").fill("60")
    changed(temperature=0.951)
    page.locator("summary", has_text="truncation: off").click()
    page.get_by_role("checkbox", name="top-k").check()
    changed(top_k=5)
    page.get_by_role("checkbox", name="top-p").check()
    changed(top_p=0.9)
    page.get_by_role("checkbox", name="top-k").uncheck()
    page.get_by_role("checkbox", name="min-p").check()
    changed(top_k=None, min_p=0.1)
    assert page.locator("details summary").text_content() == "truncation: top-p 0.9, min-p 0.1"
    page.get_by_label("model").select_option("network")
    changed(model="network")
    page.get_by_label("prompt").fill("two\nlines ")
    changed(prompt="two\nlines ")
    page.get_by_label("prompt").fill("")
    changed(prompt="")
    assert len(set(texts)) >= 9


def test_looking_back_shows_what_each_character_was_drawn_from(show):
    figure = letters(num_chars=12, top_k=6)
    page = show(figure)
    slider = page.get_by_label("looking at")
    for key, place in (("ArrowLeft", 10), ("Home", 0), ("ArrowRight", 1), ("End", 12)):
        slider.press(key)
        figure.place = place
        agrees(page, figure)
        if place < 12:
            assert page.locator(".written .chosen").text_content() == figure.text[place]
            assert drawn(page)[0][0] == visible(figure.text[place])
            assert slider.get_attribute("aria-valuetext") == f"character {place + 1} of 12, {visible(figure.text[place])}"
        else:
            assert drawn(page) == [] and page.locator(".next.chosen").count() == 1
    page.locator(".written > span").nth(4).click()
    figure.place = 4
    agrees(page, figure)
    page.locator(".continuation .next").click()
    figure.place = 12
    agrees(page, figure)
    button(page, "Step").click()  # and back to the newest
    figure.num_chars, figure.place = 13, None
    agrees(page, figure)


def test_the_slider_has_a_name_before_all_is_written(pages, tmp_path):
    never = "<script>let now = 0; performance.now = () => (now += 1000); requestAnimationFrame = () => 0;</script>"
    (tmp_path / "page.html").write_text(never + letters(num_chars=200).html(), encoding="utf-8")
    page = pages.open((tmp_path / "page.html").as_uri())
    page.locator(".look input").wait_for(state="attached")
    assert page.locator(".look label").text_content() == "looking at"


def test_a_drawn_character_without_a_bar_gets_one(show):
    """At T = infinity all are alike and the first twelve have bars: most draws are among the others."""
    figure = letters(num_chars=20, temperature=INF)
    page = show(figure)
    for place in range(0, 20, 4):
        page.locator(".written > span").nth(place).click()
        figure.place = place
        agrees(page, figure)
        assert drawn(page) == [(visible(figure.text[place]), "3.6\u00a0%, drawn")]


def test_an_empty_prompt_begins_with_any_character(show):
    figure = letters(prompt="", num_chars=0, top_k=2, temperature=0.5)
    page = show(figure)
    agrees(page, figure)
    assert "each equally likely" in figure.summary() and read_bars(page)[0][1] == "3.6\u00a0%"
    for n in (1, 2, 3):
        button(page, "Step").click()
        figure.num_chars = n
        agrees(page, figure)


def test_an_empty_prompt_begins_as_texts_begin_where_the_vocabulary_says_how(show):
    begins = Vocabulary(LETTERS.characters, start="\nth")
    figure = Playground({"pairs": BigramTable(table(V, V))}, begins, num_chars=0, seed=7)
    page = show(figure)
    for n in (1, 2, 30):
        while figure.num_chars < n:
            button(page, "Step").click()
            figure.num_chars += 1
        agrees(page, figure)
    assert "each equally likely" not in figure.summary()
    assert figure.text == letters(model="pairs", prompt="\nth", num_chars=30).text


def test_what_the_model_does_not_know_is_refused_in_words(show):
    figure = letters()
    page = show(figure)
    field = page.get_by_label("prompt")
    field.fill("Thé <b>the\U0001f0a1\u202e")
    figure.prompt = "Thé <b>the\U0001f0a1\u202e"
    assert page.locator(".problem").text_content() == figure.summary()
    assert "holds T, é, <, >, 🂡 and 1 more, not among the 28 characters" in figure.summary()
    assert field.get_attribute("aria-invalid") == "true" and page.locator(".continuation").is_hidden()
    for name in ("Step", "Run", "Undo", "Start again"):
        assert button(page, name).get_attribute("aria-disabled") == "true"
        button(page, name).press("Enter")
    assert field.input_value() == figure.prompt
    field.fill("the ")  # nothing was lost
    figure.prompt = "the "
    agrees(page, figure)
    assert field.get_attribute("aria-invalid") == "false" and page.locator(".problem").is_hidden()


def test_models_with_vocabularies_of_their_own(show):
    digits = Vocabulary("0123456789 ")
    models = {"letters": BigramTable(table(V, V)), "digits": (BigramTable(table(11, 11)), digits)}
    figure = Playground(models, LETTERS, prompt=" ", num_chars=9)
    page = show(figure)
    agrees(page, figure)
    page.get_by_label("model").select_option("digits")
    figure.model = "digits"
    agrees(page, figure)
    page.get_by_label("prompt").fill("12")
    figure.prompt = "12"
    agrees(page, figure)
    page.get_by_label("model").select_option("letters")
    page.get_by_text("the prompt holds 1, 2, not among the 28 characters").wait_for()


# --- running ------------------------------------------------------------------------------------------------------------


def test_it_runs_and_pauses_and_says_so_once(show):
    figure = letters(num_chars=0)
    page = show(figure)
    page.evaluate(
        """() => {
             window.said = [];
             const words = document.querySelector(".summary");
             new MutationObserver(() => said.push(words.textContent)).observe(words, { childList: true, characterData: true, subtree: true });
           }"""
    )
    page.get_by_label("speed").select_option("50 characters/s")
    button(page, "Run").press("Enter")
    page.wait_for_function("document.querySelectorAll('.written > span').length >= 40")
    button(page, "Pause").press("Enter")
    figure.num_chars = page.locator(".written > span").count()
    agrees(page, figure)
    assert page.evaluate("said") == ["Writing …", figure.summary()]
    page.wait_for_timeout(300)
    assert page.locator(".written > span").count() == figure.num_chars  # it has stopped
    assert button(page, "Run").evaluate("button => button === document.activeElement")
    assert page.locator(".continuation").get_attribute("aria-live") is None


def test_at_full_speed_it_writes_all_and_the_page_goes_on_answering(show):
    figure = letters(num_chars=0)
    page = show(figure)
    page.get_by_label("speed").select_option("full speed")
    page.evaluate(
        """() => {
             window.frames_ = 0;
             const count = () => { window.frames_ += 1; requestAnimationFrame(count); };
             requestAnimationFrame(count);
           }"""
    )
    button(page, "Run").click()
    page.wait_for_function("document.querySelectorAll('.written > span').length === 2000")
    assert page.evaluate("frames_") >= 3  # it was not one long piece
    figure.num_chars = 2000
    agrees(page, figure)
    for name in ("Step", "Run"):
        assert button(page, name).get_attribute("aria-disabled") == "true"
        button(page, name).press("Enter")
    box = page.locator(".continuation")
    assert box.evaluate("box => box.scrollTop + box.clientHeight >= box.scrollHeight - 40")  # the newest is in sight
    assert page.evaluate("scrollY") == 0
    button(page, "Undo").click()
    figure.num_chars = 1999
    agrees(page, figure)


def test_a_gru_writes_300_characters_a_second_on_a_processor_four_times_as_slow(show):
    gru = Recurrent(V, 32, 256, rngs=nnx.Rngs(0))
    page = show(Playground({"gru": gru}, LETTERS, prompt="the ", num_chars=0))
    busy = thread_clock(page)
    page.get_by_label("speed").select_option("full speed")
    found = []
    while len(found) < 3 and max(found, default=0) < 300:
        button(page, "Start again").press("Enter")
        before = busy()
        button(page, "Run").click()
        page.wait_for_function("document.querySelectorAll('.written > span').length === 2000", timeout=60_000)
        found.append(2000 / (busy() - before) / 4)
    assert max(found) >= 300, found


def test_with_reduced_motion_no_letter_comes_alone(show):
    page = show(letters(num_chars=0), reduced_motion="reduce")
    page.evaluate(
        """() => {
             window.lengths = [];
             const written = document.querySelector(".written");
             new MutationObserver(() => lengths.push(written.children.length)).observe(written, { childList: true });
           }"""
    )
    button(page, "Run").click()
    page.wait_for_function("lengths.length === 2")
    button(page, "Pause").click()
    first, second = page.evaluate("lengths")[:2]
    assert first >= 9 and second - first >= 9
    page.get_by_label("speed").select_option("full speed")
    button(page, "Run").click()
    page.wait_for_function("lengths.at(-1) === 2000")
    assert len(page.evaluate("lengths")) == 3  # at once


def test_settings_that_change_in_a_run(show):
    figure = letters(num_chars=0)
    page = show(figure)
    page.get_by_label("speed").select_option("50 characters/s")
    button(page, "Run").click()
    page.wait_for_function("document.querySelectorAll('.written > span').length >= 5")
    page.get_by_label("temperature T").press("Home")
    page.get_by_label("prompt").fill("q")
    page.wait_for_function("document.querySelectorAll('.written > span').length >= 20")
    page.get_by_label("prompt").fill("É")  # ends the run
    page.get_by_label("prompt").fill("q")
    button(page, "Run").wait_for()
    figure.num_chars, figure.temperature, figure.prompt = page.locator(".written > span").count(), 0, "q"
    agrees(page, figure)


# --- the address --------------------------------------------------------------------------------------------------------


def test_a_link_leads_to_the_same_text(show):
    figure = letters()
    page = show(figure)
    page.get_by_label("prompt").fill("a n b\nz")
    page.get_by_label("model").select_option("network")
    page.get_by_label("temperature T").press("End")
    page.locator("details summary").click()
    page.get_by_role("checkbox", name="top-p").check()
    button(page, "Step").click()
    page.get_by_label("looking at").press("Home")
    assert "#" not in page.url  # nothing is put there unasked
    button(page, "Copy link").click()
    page.get_by_text("The link is in the address bar").or_(page.get_by_text("Copied: the link")).wait_for()
    link = page.url
    asked = parse_qs(link.split("#")[1])
    assert asked["model"] == ["network"] and asked["prompt"] == ["a n b\nz"] and asked["top_k"] == ["off"]
    for name, value in {
        "model": "network",
        "prompt": "a n b\nz",
        "temperature": INF,
        "top_p": 0.9,
        "num_chars": 6,
        "place": 0,
    }.items():
        setattr(figure, name, value)
    agrees(page, figure)
    page.goto("about:blank")
    page.goto(link)
    page.locator(".summary", has_text="Character").wait_for()
    agrees(page, figure)
    button(page, "Step").click()
    assert page.locator("[role=status]", has_text="link").count() == 0  # it would lead elsewhere now
    page.goto(link.replace("place=0", "place=2"))  # the same page, another address
    figure.place = 2
    agrees(page, figure)
    page.goto(link.split("#")[0] + "#a-section")
    agrees(page, figure)


def test_a_filter_that_is_off_in_the_link_is_off(show):
    figure = letters(top_k=3, place=2)
    page = show(figure)
    page.goto(page.url + "#playground=1&top_k=off&place=off")
    figure.top_k = figure.place = None
    agrees(page, figure)


@pytest.mark.parametrize(
    "hash_",
    [
        "#",
        "#%",
        "#playground",
        "#playground=2&seed=3&prompt=x",
        "#playground=1",
        "#playground=1&model=none&temperature=-1&top_k=0&top_p=0&min_p=2&seed=-1&num_chars=2001&place=x",
        "#playground=1&temperature=&top_k=&top_p=&min_p=&seed=&num_chars=&place=",
        "#playground=1&temperature=NaN&top_k=1.5&top_p=1e&min_p=0x1&seed=99999999999&num_chars=1e3&place=-0",
        "#playground=1&temperature=[]&top_k=null&model=__proto__&__proto__=1&constructor=2&labels=x&models=[]",
        "#playground=1&model=" + quote("<img src=x onerror=document.title='run'>"),
        "#" + "a" * 100_000,
    ],
)
def test_nonsense_in_the_address_changes_nothing(show, hash_):
    figure = letters()
    page = show(figure)
    address = page.url
    page.goto("about:blank")
    page.goto(address + hash_)
    agrees(page, figure)
    assert page.title() == "Figures"


def test_any_prompt_comes_with_the_address_as_text(show):
    figure = letters()
    page = show(figure)
    for prompt in HOSTILE[:7]:
        page.goto(page.url.split("#")[0] + "#playground=1&prompt=" + quote(prompt, safe=""))
        figure.prompt = prompt
        page.wait_for_function("words => document.querySelector('.problem').textContent === words", arg=figure.summary())
    page.goto(page.url.split("#")[0] + "#playground=1&prompt=" + "z" * 5000)
    page.wait_for_function("document.querySelector('textarea').value.length === 1000")
    assert page.title() == "Figures" and page.locator(".chargen-figure :is(img, script)").count() == 0


def test_two_in_a_page_have_a_link_each(show):
    one, other = letters(), letters(seed=3)
    page = show(one, other)
    button(page, "Step").nth(1).click()
    button(page, "Copy link").nth(1).click()
    page.wait_for_function("location.hash.includes('playground=2')")
    link = page.url
    page.goto("about:blank")
    page.goto(link)
    page.wait_for_function("document.querySelectorAll('.summary')[1]?.textContent.startsWith('Character 6 of 6')")
    other.num_chars = 6
    assert [shown(page, 0), shown(page, 1)] == [(one.prompt, one.text), (other.prompt, other.text)]
    page.goto(link.replace("playground=2", "playground=1"))
    page.wait_for_function("document.querySelectorAll('.summary')[0].textContent.startsWith('Character 6 of 6')")
    assert shown(page, 0) == shown(page, 1)


# --- for everyone -------------------------------------------------------------------------------------------------------


def test_any_text_is_shown_as_text(show):
    text = "".join(HOSTILE)
    vocabulary = Vocabulary("".join(dict.fromkeys(text)))
    size = len(vocabulary)
    follows = np.full((size, size), -9.0, np.float32)  # a chain that writes what it was made from
    ids = vocabulary.encode(HOSTILE[0] + HOSTILE[1])
    follows[np.asarray(ids[:-1]), np.asarray(ids[1:])] = 3.0
    models = {name: BigramTable(jnp.asarray(follows)) for name in HOSTILE}
    figure = Playground(models, vocabulary, prompt=HOSTILE[1] + "\n" * ("\n" in text), num_chars=300)
    page = show(figure, width=360)
    names = [seen.replace("␣", " ") for seen in SEEN]
    assert page.locator("select").first.locator("option").all_text_contents() == names

    def as_seen(written):
        return "".join(c if c in " \n" else visible(c) for c in written)

    for name, seen in zip(HOSTILE, names, strict=True):
        page.locator("select").first.select_option(label=seen)
        figure.model = name
        page.wait_for_function(
            "words => document.querySelector('.summary').textContent === words", arg=figure.summary(), timeout=5000
        )
        assert shown(page) == (as_seen(figure.prompt), as_seen(figure.text))
    for prompt in ("\u202e", "\ud800", "שלום😀", "`${<!--"):
        page.get_by_label("prompt").evaluate(
            "(area, codes) => { area.value = String.fromCodePoint(...codes); area.dispatchEvent(new Event('input')); }",
            list(map(ord, prompt)),
        )
        figure.prompt = prompt
        page.wait_for_function(
            "words => document.querySelector('.summary').textContent === words", arg=figure.summary(), timeout=5000
        )
        assert shown(page) == (as_seen(figure.prompt), as_seen(figure.text))
    assert page.title() == "Figures"
    assert page.locator(".chargen-figure :is(img, script, i)").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_needs_no_sideways_scroll(show, scheme):
    page = show(letters(num_chars=300, top_k=20, top_p=0.99, min_p=0.01), width=360, color_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    for control in page.locator("button, select, input, textarea, details > summary").all():
        assert control.bounding_box()["height"] >= 24 or control.get_attribute("type") == "checkbox"
    for name in ("Step", "Run", "Undo", "Start again"):
        box = button(page, name).bounding_box()
        assert box["height"] >= 44 and box["width"] >= 100
    assert (
        min(page.locator(".chargen-figure *").evaluate_all("all => all.map((e) => parseFloat(getComputedStyle(e).fontSize))"))
        >= 11
    )
    page.get_by_label("prompt").fill("é" + "long " * 50)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_every_control_by_keyboard_with_a_name_and_a_focus_that_is_seen(show):
    page = show(letters(top_k=3))
    names = []
    for _ in range(15):
        page.keyboard.press("Tab")
        assert page.evaluate("getComputedStyle(document.activeElement).outline") == "rgb(213, 94, 0) solid 3px"
        names.append(
            page.evaluate(
                "(e => e.labels?.length ? e.labels[0].firstChild.textContent : e.ariaLabel ?? e.textContent)(document.activeElement)"
            )
        )
    assert names == [
        "model",
        "prompt",
        "temperature T = 1",
        "truncation: top-k 3",
        "",
        "k = 3",
        "",
        "",
        "seed",
        "Next seed",
        "Step",
        "Run",
        "Undo",
        "Start again",
        "speed",
    ]
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.ariaLabel") == "text"
    page.keyboard.press("Tab")
    assert page.get_by_label("looking at").evaluate("slider => slider === document.activeElement")
    assert page.locator(".summary").get_attribute("aria-live") == "polite"


@pytest.mark.parametrize("system", ["light", "dark"])
def test_light_and_dark(show, system):
    page = show(letters(top_k=4), color_scheme=system)
    button(page, "Copy link").click()
    for theme in themes(page, system):
        paper = colour(page, ".chargen-figure", "background-color")
        assert (paper == WHITE) == (theme == "light")
        for words in (
            ".summary",
            ".prompt",
            ".written > span",
            "textarea",
            "button",
            "details > summary",
            ".drawn .share",
            "input[type=number]",
            "[role=status]",
        ):
            assert contrast(colour(page, words, "color"), paper) >= 4.5
        assert contrast(colour(page, ".drawn .track", "outline-color"), paper) >= 3
        assert contrast(colour(page, ".written .chosen", "outline-color"), paper) >= 3


def test_on_paper_the_controls_go_and_the_text_stays_whole(show):
    page = show(letters(num_chars=2000))
    page.emulate_media(media="print", color_scheme="dark")
    assert not page.locator("button:visible, input:visible, select:visible, textarea:visible, summary:visible").count()
    box = page.locator(".continuation")
    assert box.is_visible() and box.evaluate("box => box.scrollHeight <= box.clientHeight")
    page.locator(".bar").first.wait_for()  # drawn after the text
    assert page.locator(".summary").is_visible()
    assert colour(page, ".chargen-figure", "background-color") == WHITE


def test_a_still_picture_remains_without_script(show):
    for figure in (
        letters(),
        letters(place=2, top_k=3),
        letters(num_chars=0),
        letters(prompt="", num_chars=0, temperature=INF),
    ):
        still = show(figure, java_script_enabled=False)
        box = still.locator(".continuation").text_content()
        assert box == figure.prompt + figure.text
        bars = read_bars(still)
        moving = show(figure)
        assert [bar[:2] for bar in bars] == [bar[:2] for bar in read_bars(moving)]
        assert still.locator(".summary").text_content() == moving.locator(".summary").text_content() == figure.summary()
        assert drawn(still) == drawn(moving)


# --- JupyterLab ---------------------------------------------------------------------------------------------------------

CELLS = [
    "import jax.numpy as jnp\nfrom chargen_lib.models import BigramTable\nfrom chargen_lib.text import Vocabulary\n"
    "from chargen_lib.widgets import Playground\n"
    "pairs = BigramTable(jnp.log(jnp.array([[0.5, 0.25, 0.25], [0.9, 0.05, 0.05], [0.2, 0.7, 0.1]])))\n"
    'fig = Playground({"pairs": pairs, "<b>": pairs}, Vocabulary("ab\\n"), prompt="ab")\nfig',
    'print("kernel has", fig.model, repr(fig.prompt), fig.num_chars, fig.place, fig.temperature, fig.top_k, fig.seed, repr(fig.text))',
    'fig.prompt, fig.num_chars, fig.temperature, fig.top_k, fig.seed, fig.model = "b", 6, 0.5, 2, 11, "pairs"',
]


def test_in_jupyterlab_the_reader_reaches_the_kernel_and_the_kernel_the_reader(pages, lab):
    notebook = Notebook(pages, lab, *CELLS)
    page, run = notebook.page, notebook.run
    address = page.url

    model = BigramTable(jnp.log(jnp.array([[0.5, 0.25, 0.25], [0.9, 0.05, 0.05], [0.2, 0.7, 0.1]])))
    figure = Playground({"pairs": model, "<b>": model}, Vocabulary("ab\n"), prompt="ab")
    run(0)
    page.locator(".chargen-figure").wait_for()
    agrees(page, figure)
    assert button(page, "Copy link").count() == 0  # the address is JupyterLab's
    # In the figure a key is the figure's: JupyterLab would cut the cell, or add one.
    page.get_by_label("prompt").press_sequentially("x")
    page.get_by_label("prompt").fill("b")
    page.get_by_label("prompt").press_sequentially("a\nb")
    for _ in range(3):
        button(page, "Step").press("Enter")
    page.get_by_label("model").select_option("<b>")
    page.get_by_label("temperature T").press("Home")
    figure.prompt, figure.num_chars, figure.temperature, figure.model = "ba\nb", 3, 0, "<b>"
    agrees(page, figure)
    run(1, prints=f"kernel has <b> 'ba\\nb' 3 None 0.0 None 0 {figure.text!r}")
    page.get_by_label("speed").select_option("full speed")
    button(page, "Run").click()
    page.locator(".written > span").nth(1999).wait_for()
    page.get_by_label("looking at").press("Home")
    run(1, prints="kernel has <b> 'ba\\nb' 2000 0 0.0 None 0")
    run(2)
    figure.prompt, figure.num_chars, figure.temperature, figure.top_k, figure.seed, figure.model = "b", 6, 0.5, 2, 11, "pairs"
    figure.place = 0
    agrees(page, figure)
    assert page.get_by_label("seed", exact=True).input_value() == "11"
    assert page.url.split("?")[0] == address.split("?")[0] and page.locator(".jp-Cell").count() == 3
