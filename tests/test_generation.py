"""Generation: new characters only, one key per draw, the prompt really read, and clear refusals."""

import jax
import jax.numpy as jnp
import pytest
from flax import nnx
from test_search import LooksBack

from chargen_lib.generation import generate, generate_text
from chargen_lib.models import BigramTable, PerPositionMLP
from chargen_lib.sampling import Sampler
from chargen_lib.text import Vocabulary

MODEL = LooksBack(6, rngs=nnx.Rngs(0))
VOCABULARY = Vocabulary("abcdef")


def by_hand(model, prompt, num_chars, key, sampler):
    """The same draws from whole calls, no step and no compilation."""
    ids = prompt
    for draw_key in jax.random.split(key, num_chars):
        drawn = sampler(draw_key, model(ids)[:, -1])
        ids = jnp.concatenate([ids, drawn[:, None]], axis=1)
    return ids[:, prompt.shape[1] :]


@pytest.mark.parametrize("length", [1, 2, 3, 5])
@pytest.mark.parametrize("sampler", [Sampler(), Sampler(0), Sampler(0.7, top_k=3)])
def test_it_draws_what_a_plain_loop_draws(length, sampler):
    prompt = jax.random.randint(jax.random.key(length), (2, length), 0, 6)
    key = jax.random.key(7)
    assert jnp.array_equal(
        generate(MODEL, prompt, num_chars=6, key=key, sampler=sampler), by_hand(MODEL, prompt, 6, key, sampler)
    )


def test_the_same_key_gives_the_same_text_and_another_another():
    texts = [generate_text(MODEL, VOCABULARY, "ab", num_chars=40, key=jax.random.key(s)) for s in (0, 0, 1)]
    assert texts[0] == texts[1] != texts[2]


def test_every_draw_has_its_own_key():
    # From a flat table a reused key would draw the same character for ever.
    text = generate_text(BigramTable(jnp.zeros((6, 6))), VOCABULARY, "a", num_chars=60, key=jax.random.key(0))
    assert len(set(text)) == 6


@pytest.mark.parametrize("num_chars", [0, 1, 5])
@pytest.mark.parametrize("prompt", ["", "a", "abcabc"])
def test_it_writes_num_chars_new_characters(prompt, num_chars):
    assert len(generate_text(MODEL, VOCABULARY, prompt, num_chars=num_chars, key=jax.random.key(0))) == num_chars


def test_after_an_empty_prompt_the_key_draws_the_first_character():
    firsts = {generate_text(MODEL, VOCABULARY, num_chars=1, key=jax.random.key(s)) for s in range(40)}
    assert firsts == set("abcdef")


def test_refusals_say_what_to_do():
    key = jax.random.key(0)
    with pytest.raises(ValueError, match="at least one character"):
        generate(MODEL, jnp.zeros((1, 0), int), num_chars=3, key=key)
    with pytest.raises(ValueError, match=r"ids\[None\]"):
        generate(MODEL, jnp.zeros(3, int), num_chars=3, key=key)
    with pytest.raises(ValueError, match="run from 0 to 6"):
        generate(MODEL, jnp.array([[0, 6]]), num_chars=3, key=key)
    with pytest.raises(ValueError, match="whole numbers"):
        generate(MODEL, jnp.zeros((1, 2)), num_chars=3, key=key)
    with pytest.raises(ValueError, match="num_chars"):
        generate(MODEL, jnp.array([[0]]), num_chars=-1, key=key)
    with pytest.raises(ValueError, match="7 characters and the model 6"):
        generate_text(MODEL, Vocabulary("abcdefg"), "a", key=key)
    with pytest.raises(ValueError, match="U\\+0078"):
        generate_text(MODEL, VOCABULARY, "ax", key=key)


def test_a_network_of_the_course_writes():
    model = PerPositionMLP(6, 4, 8, rngs=nnx.Rngs(0))
    assert generate(model, jnp.array([[1], [2], [3]]), num_chars=4, key=jax.random.key(0)).shape == (3, 4)


@pytest.mark.parametrize("temperature", [0, 0.1, 0.5, 0.8, 1.0, 1.5, 2.0, 100.0])
@pytest.mark.parametrize(
    "prompt", ["", "H", "Hello", "The quick brown fox", "A prompt that is longer than a window of 32 characters."]
)
def test_every_prompt_and_temperature_runs(prompt, temperature):
    model = PerPositionMLP(rngs=nnx.Rngs(0))  # the sizes of the published example, 128 ASCII characters
    text = generate_text(
        model, Vocabulary.ascii(), prompt, num_chars=20, key=jax.random.key(0), sampler=Sampler(temperature=temperature)
    )
    assert len(text) == 20 and text.isascii()
