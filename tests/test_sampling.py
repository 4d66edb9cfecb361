"""The decoding rules, exactly: what is kept, in which order, and what is drawn from."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from chargen_lib.sampling import Sampler, apply_temperature, min_p_filter, top_k_filter, top_p_filter

FILTERS = [(top_k_filter, 3), (top_p_filter, 0.6), (min_p_filter, 0.3)]


def rows(max_side=9):
    """Rows of logits: quarters, so that ties are common; -inf already present now and then; one at least is possible."""
    values = st.one_of(st.integers(-20, 20).map(lambda i: i / 4), st.just(-np.inf))
    shapes = st.one_of(st.tuples(st.integers(1, max_side)), st.tuples(st.integers(1, 3), st.integers(1, max_side)))
    return shapes.flatmap(lambda shape: hnp.arrays(np.float32, shape, elements=values)).map(_one_possible)


def _one_possible(logits):
    logits[..., 0] = np.where(np.isneginf(logits).all(-1), 0, logits[..., 0])
    return logits


def order_of(row):
    """Ids by falling logit, ties by lower id."""
    return sorted(range(len(row)), key=lambda i: (-row[i], i))


def softmax(row):
    e = np.exp(row.astype(float) - row.max())
    return e / e.sum()


def each_row(logits, kept):
    width = logits.shape[-1]
    return zip(logits.reshape(-1, width), np.asarray(kept).reshape(-1, width), strict=True)


def kept_ids(row):
    return set(np.flatnonzero(np.isfinite(row)))


@settings(max_examples=60, deadline=None)
@given(logits=rows(), k=st.integers(1, 12))
def test_top_k_keeps_exactly_k_of_the_possible(logits, k):
    for row, kept in each_row(logits, top_k_filter(jnp.array(logits), k)):
        expected = set(order_of(row)[:k]) & kept_ids(row)
        assert kept_ids(kept) == expected
        assert all(kept[i] == row[i] for i in expected), "the kept logits are untouched"


@settings(max_examples=60, deadline=None)
@given(logits=rows(), p=st.floats(0.01, 1.0))
def test_top_p_keeps_the_smallest_set_that_reaches_p(logits, p):
    for row, kept in each_row(logits, top_p_filter(jnp.array(logits), p)):
        probs, order, ids = softmax(row), order_of(row), kept_ids(kept)
        assert ids == set(order[: len(ids)]) & kept_ids(row), "the likeliest, ties by lower id"
        assert len(ids) >= 1
        mass = probs[list(ids)].sum()
        assert mass >= p - 1e-5, "it reaches p"
        if len(ids) > 1:
            assert mass - probs[order[len(ids) - 1]] < p + 1e-5, "and without its last one it would not"
        assert all(kept[i] == row[i] for i in ids)


@settings(max_examples=60, deadline=None)
@given(logits=rows(), p=st.floats(0.01, 1.0))
def test_min_p_keeps_what_is_probable_beside_the_likeliest(logits, p):
    for row, kept in each_row(logits, min_p_filter(jnp.array(logits), p)):
        probs = softmax(row)
        ids = kept_ids(kept)
        assert int(row.argmax()) in ids
        for i in range(len(row)):
            if probs[i] > p * probs.max() * (1 + 1e-5):
                assert i in ids
            if probs[i] < p * probs.max() * (1 - 1e-5):
                assert i not in ids


def test_a_uniform_row_of_eight():
    flat = jnp.zeros(8)
    assert kept_ids(top_k_filter(flat, 3)) == {0, 1, 2}
    assert len(kept_ids(top_k_filter(flat, 10**12))) == len(flat)
    assert kept_ids(top_p_filter(flat, 0.5)) == {0, 1, 2, 3}, "four, not all that tie"
    assert kept_ids(top_p_filter(flat, 0.51)) == {0, 1, 2, 3, 4}, "the crossing one is kept"
    assert kept_ids(top_p_filter(flat, 1.0)) == set(range(8))
    assert kept_ids(min_p_filter(flat, 1.0)) == set(range(8))


@pytest.mark.parametrize("size", [3, 7, 10, 12, 49, 64, 100])
def test_of_n_equal_characters_top_p_keeps_exactly_the_share(size):
    for place in range(1, 101):
        kept = int(jnp.isfinite(top_p_filter(jnp.zeros(size), place / 100)).sum())
        assert kept == -(-place * size // 100), (size, place)


def test_one_dominant_character():
    peaked = jnp.array([0.0, 30.0, 0.0, 0.0])
    for filtered in (top_p_filter(peaked, 0.9), min_p_filter(peaked, 0.1), top_k_filter(peaked, 1)):
        assert kept_ids(filtered) == {1}


@pytest.mark.parametrize(("filter_", "setting"), FILTERS)
def test_a_vocabulary_of_one_is_left_alone(filter_, setting):
    assert filter_(jnp.array([0.5]), setting).tolist() == [0.5]


@pytest.mark.parametrize("dtype", [jnp.float16, jnp.bfloat16, jnp.float32])
@pytest.mark.parametrize(("filter_", "setting"), [*FILTERS, (apply_temperature, 0.5), (apply_temperature, 0)])
def test_dtype_compiled_and_vmapped(filter_, setting, dtype):
    logits = jnp.array(np.random.default_rng(0).integers(-8, 8, size=(4, 3, 7)) / 2, dtype)
    plain = filter_(logits, setting)
    assert plain.dtype == dtype and plain.shape == logits.shape
    compiled = jax.jit(filter_, static_argnums=1)(logits, setting)
    mapped = jax.vmap(jax.vmap(lambda row: filter_(row, setting)))(logits)
    assert jnp.array_equal(plain, compiled) and jnp.array_equal(plain, mapped)


def test_temperature():
    logits = jnp.array([2.0, 1.0, 2.0, -jnp.inf])
    assert apply_temperature(logits, 0.5).tolist() == [4.0, 2.0, 4.0, -np.inf]
    assert apply_temperature(logits, 0).tolist() == [0.0, -np.inf, -np.inf, -np.inf], "the lower id wins the tie"
    for huge in (float("inf"), 1e39):
        np.testing.assert_allclose(Sampler(temperature=huge).probabilities(logits), [1 / 3, 1 / 3, 1 / 3, 0])


@pytest.mark.parametrize("temperature", [1e-40, 1e-8, 1e-3])
@pytest.mark.parametrize("dtype", [jnp.float16, jnp.float32])
def test_a_tiny_temperature_never_gives_nan(temperature, dtype):
    for row in ([3.0, 100.0, -5.0], [-3.0, -1.0, -2.0], [0.0, 1.0, -jnp.inf]):
        np.testing.assert_allclose(Sampler(temperature=temperature).probabilities(jnp.array(row, dtype)), [0, 1, 0], atol=1e-6)


@pytest.mark.parametrize(
    "settings_",
    [
        {"temperature": -0.1},
        {"temperature": float("nan")},
        {"top_k": 0},
        {"top_k": 2.5},
        {"top_p": 0.0},
        {"top_p": 1.1},
        {"top_p": float("nan")},
        {"min_p": 0.0},
        {"min_p": -1.0},
    ],
)
def test_a_setting_without_meaning_is_refused_by_name(settings_):
    (name,) = settings_
    with pytest.raises(ValueError, match=name):
        Sampler(**settings_)
    function = {"temperature": apply_temperature, "top_k": top_k_filter, "top_p": top_p_filter, "min_p": min_p_filter}[name]
    with pytest.raises(ValueError, match=name):
        function(jnp.zeros(3), settings_[name])


def test_temperature_comes_before_truncation():
    logits = jnp.log(jnp.array([0.5, 0.3, 0.2]))
    assert kept_ids(np.asarray(Sampler(temperature=3.0, top_p=0.6).logits(logits))) == {0, 1}
    assert kept_ids(np.asarray(Sampler(temperature=0.3, top_p=0.6).logits(logits))) == {0}
    assert kept_ids(np.asarray(Sampler(temperature=3.0, min_p=0.7).logits(logits))) == {0, 1, 2}


def test_probabilities_are_what_is_kept_renormalised():
    logits = jnp.log(jnp.array([[0.5, 0.25, 0.125, 0.125]]))
    np.testing.assert_allclose(Sampler(top_k=2).probabilities(logits), [[2 / 3, 1 / 3, 0, 0]], rtol=1e-6)


def test_a_sampler_that_was_taken_apart_draws_as_before_and_passes_for_no_other():
    sampler = Sampler(0.5, top_k=2, top_p=0.9, min_p=0.01)
    again = jax.tree.map(lambda number: number, sampler)
    logits = jnp.array([3.0, 1.0, 2.0, -jnp.inf])
    np.testing.assert_array_equal(again.logits(logits), sampler.logits(logits))
    assert jax.tree.flatten(again) == jax.tree.flatten(sampler)
    assert again not in (sampler, Sampler()) and "traced" in repr(again)
    with pytest.raises(ValueError, match="temperature is a number"):
        dataclasses.replace(again, top_k=3)


def test_samplers_hash_and_compare_by_their_settings():
    assert Sampler(0.7, top_k=5) == Sampler(0.7, top_k=5)
    assert len({Sampler(0.7), Sampler(0.7), Sampler(0.8)}) == 2


KINDS = [  # those of a row are one program
    [{}, {"top_p": 1}],
    [{"temperature": 0}],
    [{"temperature": t} for t in (np.inf, 1e300, 1e38)],
    [{"temperature": t} for t in (0.3, 2, 1e-60, 8e37)],
    [{"top_k": k} for k in (1, 2, 5, 10**12)],
    [{"top_p": p} for p in (0.5, 0.9, 1e-9)],
    [{"min_p": p} for p in (0.1, 0.5, 1)],
    [
        {"temperature": 0.7, "top_k": 4, "top_p": 0.9, "min_p": 0.1},
        {"temperature": 1.5, "top_k": 3, "top_p": 0.5, "min_p": 0.9},
    ],
]


@pytest.mark.parametrize("dtype", [jnp.float32, jnp.bfloat16])
def test_a_compiled_function_takes_samplers_of_one_kind_for_one_program(dtype):
    # Half, a quarter and two eighths: sums that reach 0.5 exactly, and one that is impossible.
    logits = jnp.log(jnp.array([[0.125, 0.5, 0, 0.25, 0.125], [0.2, 0.2, 0.2, 0.2, 0.2]])).astype(dtype)
    compiled = jax.jit(lambda sampler, logits: (sampler.logits(logits), sampler(jax.random.key(3), logits)))
    for number, kind in enumerate(KINDS, start=1):
        for settings_ in kind:
            sampler = Sampler(**settings_)
            left, drawn = compiled(sampler, logits)
            np.testing.assert_allclose(
                np.float32(left), np.float32(sampler.logits(logits)), rtol=1e-6 if dtype == jnp.float32 else 0.01
            )
            np.testing.assert_array_equal(drawn, sampler(jax.random.key(3), logits))
        assert compiled._cache_size() == number


@pytest.mark.parametrize("sampler", [Sampler(), Sampler(0), Sampler(0.8, top_k=3), Sampler(top_p=0.7), Sampler(min_p=0.2)])
def test_a_draw_is_the_categorical_one_and_the_same_compiled(sampler):
    logits = jnp.array(np.random.default_rng(1).normal(size=(5, 6)), jnp.float32)
    for seed in range(20):
        key = jax.random.key(seed)
        drawn = sampler(key, logits)
        assert drawn.shape == (5,) and drawn.dtype == jnp.int32
        assert jnp.array_equal(drawn, jax.jit(sampler)(key, logits))
        assert jnp.array_equal(drawn, jax.random.categorical(key, sampler.logits(logits)))
        assert bool((sampler.probabilities(logits)[jnp.arange(5), drawn] > 0).all())


# --- what a notebook hands over ------------------------------------------------------------------------------------------


def test_whole_numbers_are_logits_too():
    whole, real = jnp.array([2, 1, 0]), jnp.array([2.0, 1.0, 0.0])
    for change in (
        lambda z: apply_temperature(z, 0.7), lambda z: apply_temperature(z, 0), lambda z: top_k_filter(z, 2),
        lambda z: top_p_filter(z, 0.5), lambda z: top_p_filter(z, 1), lambda z: min_p_filter(z, 0.5),
        Sampler(0.7, top_k=2).probabilities,
    ):  # fmt: skip
        np.testing.assert_allclose(change(whole), change(real))
        np.testing.assert_allclose(change([2, 1, 0]), change(real))
    assert Sampler(0)(jax.random.key(0), whole) == 0


def test_settings_may_come_from_an_array():
    for temperature in jnp.linspace(0.5, 1.5, 3):
        assert hash(Sampler(temperature)) == hash(Sampler(float(temperature)))
        np.testing.assert_allclose(apply_temperature(jnp.array([1.0, 0.0]), temperature)[0], 1 / temperature, rtol=1e-6)
    one = np.array([3, 5])
    assert Sampler(np.float32(0.5), top_k=one[0], top_p=jnp.float32(0.5)) == Sampler(0.5, top_k=3, top_p=0.5)
    assert Sampler(top_k=3.0) == Sampler(top_k=3)


@pytest.mark.parametrize("value", ["0.7", None, True, [0.5], np.array([0.5, 1.0]), b"1", {}])
def test_a_temperature_that_is_no_number_is_told(value):
    for refuse in (lambda: Sampler(value), lambda: apply_temperature(jnp.zeros(3), value)):
        with pytest.raises(ValueError, match="temperature is a number, got"):
            refuse()
    if value is not None:
        for name in ("top_k", "top_p", "min_p"):
            with pytest.raises(ValueError, match=f"{name} is a number, got"):
                Sampler(**{name: value})


def test_a_traced_temperature_is_told():
    with pytest.raises(ValueError, match="static_argnames"):
        jax.jit(apply_temperature)(jnp.zeros(3), 0.7)
    with pytest.raises(ValueError, match="static_argnames"):
        jax.jit(lambda t: Sampler(t).temperature)(0.7)


@pytest.mark.parametrize("logits", ["abc", None, 3.0, jnp.array([True, False]), ["a", "b"], [[1, 2], [3]]])
def test_logits_that_are_no_row_of_numbers_are_told(logits):
    with pytest.raises(ValueError, match="Logits are an array"):
        apply_temperature(logits, 0.7)


@pytest.mark.parametrize(("value", "told"), [(None, "got None."), (jnp.ones(2), "got array '[1. 1.]'."), ("1", "got str '1'.")])
def test_what_is_no_temperature_is_told_in_words_that_a_learner_knows(value, told):
    with pytest.raises(ValueError, match="temperature is a number, ") as caught:
        Sampler(temperature=value)
    assert str(caught.value).endswith(told)
