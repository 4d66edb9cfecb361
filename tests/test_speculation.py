"""Speculative writing changes no probability: enumerated exactly, drawn many times, and compared with generate where nothing is drawn."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from hypothesis import given, settings
from hypothesis import strategies as st

from chargen_lib import entropy, speculation
from chargen_lib.generation import generate
from chargen_lib.models import NGramTable, PerPositionMLP, Recurrent, Transformer
from chargen_lib.sampling import Sampler
from chargen_lib.speculation import accept_probability, judge, leftover, speculate

V = 5
TEXT = np.random.default_rng(0).integers(0, V, size=300)
KEY = jax.random.key(0)
SAMPLERS = [Sampler(), Sampler(0.7), Sampler(1.3, top_k=3), Sampler(top_p=0.8), Sampler(min_p=0.3), Sampler(0)]


def table(memory=2):
    return NGramTable(*entropy.ngram_rows(TEXT, V, memory, start_ids=TEXT[:2]))


def decided(model):
    """With larger numbers, so that what it likes best depends on what it has read: an untrained one writes one character for ever."""
    nnx.update(model, jax.tree.map(lambda numbers: 4 * numbers, nnx.state(model, nnx.Param)))
    return model


def two(sampler, seed, size, places=1):
    """What a large and a small model give at some places, each (places, size), float64; it must be asked for inside enable_x64."""
    logits = np.random.default_rng(seed).normal(scale=2, size=(2, places, size))
    return [sampler.probabilities(jnp.asarray(one, jnp.float64)).astype(jnp.float64) for one in logits]


@pytest.mark.parametrize("sampler", SAMPLERS, ids=str)
@pytest.mark.parametrize("seed", range(3))
def test_one_character_enumerated_has_the_large_models_distribution(sampler, seed):
    with jax.enable_x64(True):
        (p,), (q,) = two(sampler, seed, size=63)
        p, q = p / p.sum(), q / q.sum()
        kept = q * np.where(q > 0, accept_probability(p, np.where(q > 0, q, 1)), 0)
        written = kept + (1 - kept.sum()) * leftover(p, q)
        np.testing.assert_allclose(written, p, atol=1e-12)


@pytest.mark.parametrize("sampler", [Sampler(), Sampler(top_k=2)], ids=str)
def test_two_characters_enumerated_have_the_large_models_distribution(sampler):
    """Each draft of two, each kept or refused, with its probability; what a call does not write the next one does."""
    size = 3
    with jax.enable_x64(True):
        p, q = (
            np.asarray(one / one.sum(axis=-1, keepdims=True)) for one in two(sampler, 1, size, places=1 + size + size**2)
        )  # of the first, second and third character: place 0, 1 + x, 1 + size + x * size + y
        written = np.zeros((size, size))
        for x, y in itertools.product(range(size), repeat=2):
            if not q[0, x] * q[1 + x, y]:
                continue
            rows = [0, 1 + x, 1 + size + x * size + y]
            share = np.array([min(1, p[0, x] / q[0, x]), min(1, p[1 + x, y] / q[1 + x, y])])
            for keeps in itertools.product([True, False], repeat=2):
                chance = q[0, x] * q[1 + x, y] * np.where(keeps, share, 1 - share).prod()
                uniforms = jnp.asarray(np.where(keeps, 0, share))
                if not chance:
                    continue
                accepted, probs = judge(jnp.asarray(p[rows]), jnp.asarray(q[rows[:2]]), jnp.array([x, y]), uniforms)
                assert accepted == (0 if not keeps[0] else 1 if not keeps[1] else 2)
                if accepted == 0:
                    written += chance * np.asarray(probs)[:, None] * p[1 : 1 + size]
                elif accepted == 1:
                    written[x] += chance * np.asarray(probs)
                else:
                    written[x, y] += chance
        np.testing.assert_allclose(written, p[0][:, None] * p[1 : 1 + size], atol=1e-12)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.floats(0, 1, width=32), min_size=3, max_size=3), st.lists(st.floats(0, 1, width=32), min_size=3, max_size=3))
def test_what_is_left_over_is_a_distribution(p, q):
    p, q = (np.float32(one) / np.float32(sum(one)) if sum(one) > 0.01 else np.full(3, 1 / 3, np.float32) for one in (p, q))
    left = leftover(jnp.asarray(p), jnp.asarray(q))
    assert (left >= 0).all() and float(left.sum()) == pytest.approx(1, abs=1e-5)
    np.testing.assert_array_equal(leftover(jnp.asarray(p), jnp.asarray(p)), p)


@pytest.mark.parametrize("sampler", [Sampler(), Sampler(0.8, top_k=4)], ids=str)
def test_many_texts_come_as_often_as_the_large_model_says(sampler):
    large, draft, prompt, many = table(2), table(1), TEXT[:4], 20_000

    def one(key):
        return speculation._speculate(large, draft, jnp.asarray(prompt)[None], jnp.array([4]), key, 3, 2, sampler)[0]

    texts = np.asarray(jax.vmap(one)(jax.random.split(KEY, many)))
    came = np.bincount(texts @ [V * V, V, 1], minlength=V**3) / many
    every = np.array(list(itertools.product(range(V), repeat=3)))
    read = jnp.concatenate([jnp.tile(jnp.asarray(prompt), (V**3, 1)), jnp.asarray(every)], axis=1)
    probs = np.asarray(sampler.probabilities(large(read)))[:, 3:6]
    wanted = np.take_along_axis(probs, every[:, :, None], axis=2)[..., 0].prod(axis=1)
    assert wanted.sum() == pytest.approx(1, abs=1e-5) and (came[wanted == 0] == 0).all()
    off = (came - wanted)[wanted > 0] / np.sqrt(wanted[wanted > 0] / many)
    assert np.abs(off).max() < 4.5 and (off**2).mean() < 1.5


@pytest.mark.parametrize("draft_length", [1, 3, 8])
@pytest.mark.parametrize("prompt", [TEXT[:1], TEXT[:3], TEXT[:40]], ids=len)
def test_without_chance_it_writes_what_generate_writes(prompt, draft_length):
    """A ring that is written over many times, and a draft that is often refused."""
    model, draft = decided(Transformer(V, 8, context=6, layers=2, heads=2, rngs=nnx.Rngs(1))), table()
    written = speculate(model, draft, prompt, num_chars=30, draft_length=draft_length, key=KEY, sampler=Sampler(0))
    np.testing.assert_array_equal(written.ids, generate(model, prompt[None], num_chars=30, key=KEY, sampler=Sampler(0))[0])
    assert 0 < written.refused <= written.calls and len(set(written.ids.tolist())) > 3
    assert 30 <= written.accepted + written.calls <= 30 + draft_length


@pytest.mark.parametrize("draft", [table, lambda: PerPositionMLP(V, 5, 8, rngs=nnx.Rngs(3))], ids=["table", "mlp"])
def test_any_model_drafts_for_any(draft):
    model = decided(Recurrent(V, 3, 5, rngs=nnx.Rngs(2)))
    written = speculate(model, draft(), TEXT[:5], num_chars=20, draft_length=2, key=KEY, sampler=Sampler(0))
    np.testing.assert_array_equal(written.ids, generate(model, TEXT[None, :5], num_chars=20, key=KEY, sampler=Sampler(0))[0])


def test_a_draft_by_the_same_model_is_never_refused():
    written = speculate(table(), table(), TEXT[:5], num_chars=30, draft_length=4, key=KEY)
    assert (written.refused, written.calls, written.accepted) == (0, 6, 24)
    assert written.ids.shape == (30,) and speculate(
        table(), table(), TEXT[:5], num_chars=0, draft_length=4, key=KEY
    ).ids.shape == (0,)


def test_it_is_compiled_once_for_prompts_of_alike_length_and_every_key():
    def write(length, seed):
        speculate(table(), table(1), TEXT[:length], num_chars=7, draft_length=2, key=jax.random.key(seed))

    write(5, 0)
    compiled = speculation._speculate._cache_size()
    write(8, 1)
    assert speculation._speculate._cache_size() == compiled


NAN = Recurrent(V, 3, 5, rngs=nnx.Rngs(2))
NAN.output.bias[...] = jnp.full(V, jnp.nan)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"draft": NGramTable(*entropy.ngram_rows([0, 1, 2, 0], 3, 1))}, "5, 3 characters: only models of one vocabulary"),
        ({"draft_length": 0}, "draft_length is a whole number, 1 or more, got 0"),
        ({"draft_length": 2.0}, "got 2.0"),
        ({"num_chars": -1}, "num_chars is a whole number, 0 or more"),
        ({"prompt_ids": TEXT[None, :4]}, "continues one prompt, \\(time,\\), but this one has shape \\(1, 4\\)"),
        ({"prompt_ids": "abc"}, "encode the prompt first"),
        ({"prompt_ids": TEXT[:0]}, "at least one character"),
        ({"prompt_ids": [9]}, "this model knows 0 to 4"),
        ({"sampler": 0.7}, "sampler is a Sampler"),
        ({"key": 3}, "key is a key of jax.random"),
        ({"model": NAN}, "hold NaN or infinity"),
        ({"draft": NAN}, "hold NaN or infinity"),
    ],
)
def test_what_it_refuses_it_refuses_in_words(wrong, words):
    settings = {"model": table(), "draft": table(1), "prompt_ids": TEXT[:4], "num_chars": 5, "draft_length": 2, "key": KEY}
    with pytest.raises(ValueError, match=words):
        speculate(**settings | wrong)
