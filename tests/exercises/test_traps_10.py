"""Lesson 10: mistakes as learners write them, with jnp, each told for what it is."""

import jax
import jax.numpy as jnp
import pytest
from telling import named

from chargen_lib.exercises import EXERCISES, judge


def word(value):
    return value if isinstance(value, str) else ""


@pytest.mark.parametrize(
    ("name", "mask"),
    [
        ("looks ahead", lambda time: jnp.triu(jnp.ones((time, time), bool))),
        ("looks ahead", lambda time: jnp.tril(jnp.ones((time, time), bool)).T),
        ("looks ahead", lambda time: jnp.arange(time)[:, None] <= jnp.arange(time)),
        ("True where hidden", lambda time: jnp.triu(jnp.ones((time, time), bool), 1)),
        ("not itself", lambda time: jnp.arange(time)[:, None] > jnp.arange(time)),
        ("one place ahead", lambda time: jnp.tri(time, k=1, dtype=bool)),
        ("one row compared with itself", lambda time: jnp.arange(time) <= jnp.arange(time)),
        ("numbers", lambda time: jnp.tril(jnp.ones((time, time)))),
        ("whole numbers", lambda time: (jnp.arange(time) <= jnp.arange(time)[:, None]).astype(int)),
        ("0 and minus infinity", lambda time: jnp.where(jnp.tri(time, dtype=bool), 0, -jnp.inf)),
    ],
    ids=word,
)
def test_masks(name, mask):
    assert named("causal_mask", mask) == name


def scores_of(queries, keys):
    return queries @ jnp.swapaxes(keys, -1, -2) / jnp.sqrt(queries.shape[-1])


def weighed(weights):
    return lambda queries, keys, values, mask: weights(scores_of(queries, keys), mask) @ values


@pytest.mark.parametrize(
    ("name", "scores"),
    [
        ("not divided", lambda q, k: q @ jnp.swapaxes(k, -1, -2)),
        ("divided by d", lambda q, k: q @ jnp.swapaxes(k, -1, -2) / q.shape[-1]),
        ("times the root of d", lambda q, k: q @ jnp.swapaxes(k, -1, -2) * jnp.sqrt(q.shape[-1])),
        ("root of the number of queries", lambda q, k: q @ jnp.swapaxes(k, -1, -2) / jnp.sqrt(q.shape[-2])),
        ("root of the number of keys", lambda q, k: q @ jnp.swapaxes(k, -1, -2) / jnp.sqrt(k.shape[-2])),
        ("root of axis 1", lambda q, k: q @ jnp.swapaxes(k, -1, -2) / jnp.sqrt(q.shape[1])),
        ("entry by entry", lambda q, k: (q * k).sum(axis=-1) / jnp.sqrt(q.shape[-1])),
        ("T turns every axis", lambda q, k: q @ k.T / jnp.sqrt(q.shape[-1])),
        ("keys not turned over", lambda q, k: q @ k / jnp.sqrt(q.shape[-1])),
        ("queries and keys swapped", lambda q, k: k @ jnp.swapaxes(q, -1, -2) / jnp.sqrt(q.shape[-1])),
    ],
    ids=word,
)
def test_scores_of_attention_are_told_where_a_huge_number_hides_a_place(name, scores):
    def attention(queries, keys, values, mask):
        return jax.nn.softmax(jnp.where(mask, scores(queries, keys), -1e9)) @ values

    assert named("attention", attention) == name


def test_a_softmax_over_another_axis_is_told_where_a_huge_number_hides_a_place():
    for name, axis in (("over the queries", -2), ("axis 1", 1)):
        answer = weighed(lambda s, mask, axis=axis: jax.nn.softmax(jnp.where(mask, s, -1e9), axis=axis))
        assert named("attention", answer) == name


@pytest.mark.parametrize(
    ("name", "weights"),
    [
        ("axis 0", lambda s, mask: jax.nn.softmax(jnp.where(mask, s, -jnp.inf), axis=0)),
        ("axis 0, with a huge number", lambda s, mask: jax.nn.softmax(jnp.where(mask, s, -1e9), axis=0)),
        ("masked after the softmax", lambda s, mask: jnp.where(mask, jax.nn.softmax(s), 0)),
        ("masked after the softmax", lambda s, mask: jax.nn.softmax(s) * mask),
        ("minus infinity after the softmax", lambda s, mask: jnp.where(mask, jax.nn.softmax(s), -jnp.inf)),
        ("inverted", lambda s, mask: jax.nn.softmax(jnp.where(mask, -jnp.inf, s))),
        ("inverted, with a large number", lambda s, mask: jax.nn.softmax(jnp.where(mask, -1e9, s))),
        ("inverted, with a large number", lambda s, mask: jax.nn.softmax(s - 1e9 * mask)),
        ("no mask", lambda s, mask: jax.nn.softmax(s)),
        ("0 in place of minus infinity", lambda s, mask: jax.nn.softmax(s * mask)),
        ("0 in place of minus infinity", lambda s, mask: jax.nn.softmax(jnp.where(mask, s, 1e-9))),
        ("0 times infinity", lambda s, mask: jax.nn.softmax(s + (1 - mask) * -jnp.inf)),
        ("mask added", lambda s, mask: jax.nn.softmax(s + mask)),
        ("no softmax", lambda s, mask: s * mask),
        ("one softmax of everything", lambda s, mask: jnp.exp(s) * mask / (jnp.exp(s) * mask).sum()),
        ("no keepdims", lambda s, mask: jnp.exp(s) * mask / (jnp.exp(s) * mask).sum(axis=-1)),
        ("exponentials alone", lambda s, mask: jnp.exp(s) * mask),
        ("sigmoid", lambda s, mask: jax.nn.sigmoid(jnp.where(mask, s, -jnp.inf))),
        ("its own mask", lambda s, mask: jax.nn.softmax(jnp.where(jnp.tri(*s.shape[-2:]) > 0, s, -jnp.inf))),
    ],
    ids=word,
)
def test_weights_of_attention(name, weights):
    assert named("attention", weighed(weights)) == name


def test_a_value_that_is_not_known_under_jit_is_told():
    def attention(queries, keys, values, mask):
        scores = scores_of(queries, keys)
        return jax.nn.softmax(scores if mask.all() else jnp.where(mask, scores, -jnp.inf)) @ values

    report = judge(EXERCISES["attention"], attention)
    assert report.misconception is None and "does not run under jax.jit" in report.diagnosis


def turning(pairs=lambda x: jnp.split(x, 2, axis=-1), angles=None, put=lambda a, b: jnp.concatenate([a, b], axis=-1), sign=1):
    def rotate(x, positions, base=10_000.0):
        a, b = pairs(x)
        d = x.shape[-1]
        theta = positions[:, None] / base ** (jnp.arange(0, d, 2) / d) if angles is None else angles(positions, d, base)
        cos, sin = jnp.cos(theta), sign * jnp.sin(theta)
        return put(a * cos - b * sin, a * sin + b * cos)

    return rotate


def woven(a, b):
    return jnp.stack([a, b], axis=-1).reshape(*a.shape[:-1], -1)


def every_second(x):
    return x[..., ::2], x[..., 1::2]


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("neighbours", turning(every_second, put=woven)),
        ("neighbours, put down as halves", turning(every_second)),
        ("halves, put down as neighbours", turning(put=woven)),
        ("turned the other way", turning(sign=-1)),
        ("exponent without 2", turning(angles=lambda p, d, base: p[:, None] * base ** (-jnp.arange(d // 2) / d))),
        ("exponent twice as large", turning(angles=lambda p, d, base: p[:, None] * base ** (-2 * jnp.arange(0, d, 2) / d))),
        ("growing rates", turning(angles=lambda p, d, base: p[:, None] * base ** (2 * jnp.arange(d // 2) / d))),
        ("pairs counted from 1", turning(angles=lambda p, d, base: p[:, None] * base ** (-2 * jnp.arange(1, d // 2 + 1) / d))),
        ("one angle for all pairs", turning(angles=lambda p, d, base: p[:, None])),
        (
            "places from 0 on",
            turning(angles=lambda p, d, base: jnp.arange(len(p))[:, None] * base ** (-jnp.arange(0, d, 2) / d)),
        ),
        ("the usual base", turning(angles=lambda p, d, base: p[:, None] * 10_000.0 ** (-jnp.arange(0, d, 2) / d))),
        ("positions not stood up", turning(angles=lambda p, d, base: p * base ** (-jnp.arange(0, d, 2) / d))),
        ("no brackets", turning(angles=lambda p, d, base: p[:, None] * base**-2 * jnp.arange(d // 2) / d)),
        ("one below the other", turning(put=lambda a, b: jnp.concatenate([a, b]))),
        ("stacked", turning(put=lambda a, b: jnp.stack([a, b], axis=-1))),
        ("one half", turning(put=lambda a, b: a)),
        ("the second half first", turning(put=lambda a, b: jnp.concatenate([b, a], axis=-1))),
    ],
    ids=word,
)
def test_turns(name, answer):
    assert named("rotate", answer) == name


def test_a_first_half_that_is_overwritten_too_early_is_told():
    def rotate(x, positions, base=10_000.0):
        half = x.shape[-1] // 2
        theta = positions[:, None] * base ** (-jnp.arange(half) / half)
        x = x.at[..., :half].set(x[..., :half] * jnp.cos(theta) - x[..., half:] * jnp.sin(theta))
        return x.at[..., half:].set(x[..., :half] * jnp.sin(theta) + x[..., half:] * jnp.cos(theta))

    assert named("rotate", rotate) == "the new a in b"


@pytest.mark.parametrize(
    ("name", "norm"),
    [
        ("divided by d - 1", lambda x, eps: (x - x.mean(-1, keepdims=True)) / jnp.sqrt(x.var(-1, ddof=1, keepdims=True) + eps)),
        ("eps outside the root", lambda x, eps: (x - x.mean(-1, keepdims=True)) / (x.std(-1, keepdims=True) + eps)),
        ("no eps", lambda x, eps: (x - x.mean(-1, keepdims=True)) / x.std(-1, keepdims=True)),
        ("no root", lambda x, eps: (x - x.mean(-1, keepdims=True)) / (x.var(-1, keepdims=True) + eps)),
        ("the usual eps", lambda x, eps: jax.nn.standardize(x, epsilon=1e-5)),
        (
            "square of the mean",
            lambda x, eps: (
                (x - x.mean(-1, keepdims=True)) / jnp.sqrt((x - x.mean(-1, keepdims=True)).mean(-1, keepdims=True) ** 2 + eps)
            ),
        ),
        ("over everything", lambda x, eps: (x - x.mean()) / jnp.sqrt(x.var() + eps)),
        ("over the first axis", lambda x, eps: (x - x.mean(0)) / jnp.sqrt(x.var(0) + eps)),
        ("no keepdims", lambda x, eps: (x - x.mean(-1)) / jnp.sqrt(x.var(-1) + eps)),
        ("no keepdims in the variance", lambda x, eps: (x - x.mean(-1, keepdims=True)) / jnp.sqrt(x.var(-1) + eps)),
        ("no mean at all", lambda x, eps: x / jnp.sqrt((x**2).mean(-1, keepdims=True) + eps)),
        ("over axis 1", lambda x, eps: (x - x.mean(1, keepdims=True)) / jnp.sqrt(x.var(1, keepdims=True) + eps)),
        ("mean not subtracted", lambda x, eps: x / jnp.sqrt(x.var(-1, keepdims=True) + eps)),
    ],
    ids=word,
)
def test_norms(name, norm):
    assert named("layer_norm", lambda x, scale, shift, eps=1e-5: scale * norm(x, eps) + shift) == name


@pytest.mark.parametrize("variance", ["of its own", "of jnp", "by squares"])
def test_a_right_variance_is_right_however_it_is_computed(variance):
    def layer_norm(x, scale, shift, eps=1e-5):
        mean = x.mean(-1, keepdims=True)
        var = {
            "of its own": ((x - mean) ** 2).sum(-1, keepdims=True) / x.shape[-1],
            "of jnp": jnp.var(x, -1, keepdims=True),
            "by squares": (x**2).mean(-1, keepdims=True) - mean**2,
        }[variance]
        return scale * (x - mean) / (var + eps) ** 0.5 + shift

    assert all(judge(EXERCISES["layer_norm"], layer_norm, seed=seed).status == "correct" for seed in range(5))


def leak_found(places, before, others=lambda ids, s, V: range(V), changed=lambda one, other: jnp.abs(one - other).max() > 1e-5):
    """looks_ahead in loops: the places changed, the logits compared when place s is, what is tried there, and what is a change."""

    def looks_ahead(logits_fn, ids, vocab_size):
        first = logits_fn(ids[None])[0]
        for s in places(len(ids)):
            for c in others(ids, s, vocab_size):
                logits = logits_fn(ids.at[s].set(c)[None])[0]
                if logits[before(s)].size and changed(logits[before(s)], first[before(s)]):
                    return True
        return False

    return looks_ahead


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("the last place alone", leak_found(lambda time: [time - 1], lambda s: slice(0, s))),
        ("the neighbour alone", leak_found(lambda time: range(1, time), lambda s: slice(s - 1, s))),
        ("the first place alone", leak_found(lambda time: range(1, time), lambda s: slice(0, 1))),
        ("the place itself too", leak_found(range, lambda s: slice(0, s + 1))),
        ("the places after it", leak_found(range, lambda s: slice(s + 1, None))),
        ("from the place on", leak_found(range, lambda s: slice(s, None))),
        ("any place", leak_found(range, lambda s: slice(None))),
        ("the batch cut", leak_found(lambda time: range(1, time), lambda s: slice(None))),
        ("the changed place alone", leak_found(range, lambda s: slice(s, s + 1))),
        ("never the last place", leak_found(lambda time: range(time - 1), lambda s: slice(0, s))),
        ("one other character", leak_found(range, lambda s: slice(0, s), lambda ids, s, V: [(ids[s] + 1) % V])),
        (
            "likeliest character",
            leak_found(range, lambda s: slice(0, s), changed=lambda one, other: (one.argmax(-1) != other.argmax(-1)).any()),
        ),
        ("puts in 0", leak_found(range, lambda s: slice(0, s), lambda ids, s, V: [0])),
        ("never the last character", leak_found(range, lambda s: slice(0, s), lambda ids, s, V: range(V - 1))),
        ("never character 0", leak_found(range, lambda s: slice(0, s), lambda ids, s, V: range(1, V))),
        ("no tolerance", leak_found(range, lambda s: slice(0, s), changed=lambda one, other: not jnp.allclose(one, other))),
        ("no tolerance", leak_found(range, lambda s: slice(0, s), changed=lambda one, other: (one != other).any())),
        (
            "too large a tolerance",
            leak_found(range, lambda s: slice(0, s), changed=lambda one, other: jnp.abs(one - other).max() > 1e-4),
        ),
        ("without abs", leak_found(range, lambda s: slice(0, s), changed=lambda one, other: (one - other).max() > 1e-5)),
        (
            "sum of the changes",
            leak_found(range, lambda s: slice(0, s), changed=lambda one, other: abs((one - other).sum()) > 1e-5),
        ),
    ],
    ids=word,
)
def test_searches_for_a_leak(name, answer):
    assert named("looks_ahead", answer, seeds=1) == name


def test_a_return_in_the_loop_is_told():
    def looks_ahead(logits_fn, ids, vocab_size):
        before = logits_fn(ids[None])[0]
        for s in range(len(ids)):
            after = logits_fn(ids.at[s].set(0)[None])[0]
            return bool((jnp.abs(after - before)[:s] > 1e-5).any())

    assert named("looks_ahead", looks_ahead, seeds=1) == "never"


def test_a_verdict_after_the_first_try_is_told():
    def looks_ahead(logits_fn, ids, vocab_size):
        before = logits_fn(ids[None])[0]
        for s in range(1, len(ids)):
            for c in range(vocab_size):
                after = logits_fn(ids.at[s].set(c)[None])[0]
                return bool((jnp.abs(after - before)[:s] > 1e-5).any())
        return False

    assert named("looks_ahead", looks_ahead, seeds=1) == "the first try"


def test_a_cut_through_the_batch_is_told():
    def looks_ahead(logits_fn, ids, vocab_size):
        before = logits_fn(ids[None])  # (1, time, V)
        for s in range(len(ids)):
            for c in range(vocab_size):
                after = logits_fn(ids.at[s].set(c)[None])
                if (jnp.abs(after - before)[:s] > 1e-5).any():
                    return True
        return False

    assert named("looks_ahead", looks_ahead, seeds=1) == "the batch cut"


def test_a_largest_entry_of_nothing_is_told():
    def looks_ahead(logits_fn, ids, vocab_size):
        before = logits_fn(ids[None])[0]
        return any(bool(jnp.abs(logits_fn(ids.at[s].set(0)[None])[0] - before)[:s].max() > 1e-5) for s in range(len(ids)))

    assert "An empty array has no largest" in judge(EXERCISES["looks_ahead"], looks_ahead).diagnosis


def test_ids_without_a_batch_are_told():
    report = judge(EXERCISES["looks_ahead"], lambda logits_fn, ids, vocab_size: bool(logits_fn(ids).any()))
    assert "takes ids of shape (batch, 4)" in report.diagnosis
