"""Lesson 06: mistakes as learners write them, with jnp, each told for what it is."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from telling import named

from chargen_lib.exercises import EXERCISES, judge
from chargen_lib.exercises.lesson_06.top_p_filter import TOP_P_FILTER


def top_k(keep):
    def top_k_filter(logits, k):
        if k < 1:
            raise ValueError("k must be at least 1")
        return jnp.where(keep(logits, k), logits, -jnp.inf)

    return top_k_filter


@pytest.mark.parametrize(
    ("keep", "name"),
    [
        (lambda logits, k: logits >= jnp.sort(logits, axis=-1)[..., -k, None], "keeps ties"),
        (lambda logits, k: logits >= jax.lax.top_k(logits, min(k, logits.shape[-1]))[0][..., -1:], "keeps ties"),
        (
            lambda logits, k: logits >= jax.lax.top_k(logits, k)[0][..., -1:],
            "keeps ties, and fails above the vocabulary",
        ),
        (lambda logits, k: logits > jnp.sort(logits, axis=-1)[..., -k, None], "strictly above the k-th value"),
        (lambda logits, k: jnp.argsort(jnp.argsort(-logits)) <= k, "one too many"),
        (lambda logits, k: jnp.argsort(-logits) < k, "argsort once"),
        (lambda logits, k: jnp.argsort(logits) >= logits.shape[-1] - k, "argsort once, upwards"),
        (lambda logits, k: jnp.argsort(logits)[..., ::-1] < k, "argsort once, turned round"),
        (lambda logits, k: jnp.argsort(jnp.argsort(logits)) < k, "keeps the smallest"),
        (lambda logits, k: jnp.argsort(jnp.argsort(logits)) >= logits.shape[-1] - k, "ties by higher id"),
    ],
)
def test_top_k(keep, name):
    assert named("top_k_filter", top_k(keep)) == name


def top_p(keep, scores=jax.nn.softmax, case_of_1=True):
    """keep(the sorted scores, p) -> a mask in sorted order."""

    def top_p_filter(logits, p):
        if not 0 < p <= 1:
            raise ValueError("p must be above 0 and at most 1")
        if p == 1 and case_of_1:
            return logits
        order = jnp.argsort(-logits)
        kept = keep(jnp.take_along_axis(scores(logits), order, axis=-1), p)
        return jnp.where(jnp.take_along_axis(kept, jnp.argsort(order), axis=-1), logits, -jnp.inf)

    return top_p_filter


def before(falling, p):
    return jnp.cumsum(falling, axis=-1) - falling < p


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        (top_p(before, scores=lambda logits: logits), "no softmax"),
        (top_p(before, scores=lambda logits: logits, case_of_1=False), "no softmax, also at p = 1"),
        (top_p(before, scores=jnp.exp), "not normalised"),
        (top_p(lambda falling, p: jnp.cumsum(falling, axis=-1) <= p), "can keep nothing"),
        (top_p(lambda falling, p: jnp.cumsum(falling, axis=-1) < p), "sum with its own share"),
        (top_p(lambda falling, p: jnp.cumsum(falling, axis=-1) - falling <= p), "one too many"),
    ],
)
def test_top_p(answer, name):
    assert named("top_p_filter", answer) == name


def test_the_eight_equal_characters_of_the_lesson_are_tried():
    assert any(
        np.size(probe.args[0]) == 8 and not np.ptp(probe.args[0]) for probe in TOP_P_FILTER.probes(np.random.default_rng())
    )

    def by_value(logits, p):
        if not 0 < p <= 1:
            raise ValueError("p must be above 0 and at most 1")
        if p == 1:
            return logits
        probs = jax.nn.softmax(logits)
        falling = -jnp.sort(-probs)
        crossing = jnp.argmax(jnp.cumsum(falling, axis=-1) >= p, axis=-1, keepdims=True)
        return jnp.where(probs >= jnp.take_along_axis(falling, crossing, axis=-1), logits, -jnp.inf)

    assert named("top_p_filter", by_value) == "keeps ties"


def test_what_is_said_of_a_dropped_crossing_fits_the_result_that_is_shown():
    """The likeliest is kept there: nothing is said of keeping nothing that the numbers beside it deny."""
    report = judge(TOP_P_FILTER, top_p(lambda falling, p: jnp.cumsum(falling, axis=-1) <= p))
    assert "everything" not in report.diagnosis and "leave out the character that carries the mass across p" in report.diagnosis
    assert "-inf" in report.got and "-0.69" in report.got


@pytest.mark.parametrize(
    ("keep", "name"),
    [
        (lambda logits, probs, p: logits >= p * logits.max(axis=-1, keepdims=True), "threshold on the logits"),
        (lambda logits, probs, p: logits >= p * probs.max(axis=-1, keepdims=True), "logits against a probability"),
        (lambda logits, probs, p: probs >= p, "absolute threshold"),
        (lambda logits, probs, p: probs >= p * probs.max(), "largest of the whole batch"),
        (lambda logits, probs, p: probs >= p * probs.max(axis=-1), "no keepdims"),
        (lambda logits, probs, p: probs > p * probs.max(axis=-1, keepdims=True), "strict"),
    ],
)
def test_min_p(keep, name):
    def min_p_filter(logits, p):
        return jnp.where(keep(logits, jax.nn.softmax(logits), p), logits, -jnp.inf)

    assert named("min_p_filter", min_p_filter) == name


def test_a_filter_of_probabilities_is_told():
    def min_p_filter(logits, p):
        probs = jax.nn.softmax(logits)
        return jnp.where(probs >= p * probs.max(axis=-1, keepdims=True), probs, -jnp.inf)

    assert named("min_p_filter", min_p_filter) == "probabilities beside -inf"


@pytest.mark.parametrize(
    ("key", "name"),
    [
        (lambda ngram: "".join(map(str, ngram)), "digits joined"),
        (lambda ngram: int("".join(map(str, ngram))), "digits joined"),
        (lambda ngram: sum(ngram), "sums"),
        (lambda ngram: frozenset(ngram), None),
        (lambda ngram: tuple(sorted(ngram)), "order ignored"),
    ],
)
def test_what_makes_one_of_different_ngrams(key, name):
    def repeated_ngram_rate(ids, n):
        row = [int(i) for i in ids]
        keys = [key(row[start : start + n]) for start in range(len(row) - n + 1)]
        return 1 - len(set(keys)) / len(keys) if keys else 0.0

    assert named("repeated_ngram_rate", repeated_ngram_rate) == name


def test_what_keeps_different_ngrams_apart_is_right():
    for key in (str, bytes, lambda ngram: ",".join(map(str, ngram)), lambda ngram: "".join(map(chr, ngram))):

        def repeated_ngram_rate(ids, n, key=key):
            row = ids.tolist()
            keys = [key(row[start : start + n]) for start in range(len(row) - n + 1)]
            return 1 - len(set(keys)) / len(keys) if keys else 0.0

        assert judge(EXERCISES["repeated_ngram_rate"], repeated_ngram_rate).status == "correct"


def sliced(ids, n, how_many, length=None):
    row = ids.tolist()
    return [tuple(row[i : i + (length or n)]) for i in range(how_many(len(row), n))]


@pytest.mark.parametrize(
    ("name", "rate"),
    [
        ("drops the last one", lambda ids, n: (lambda g: 1 - len(set(g)) / len(g))(sliced(ids, n, lambda N, n: N - n))),
        (
            "drops the last one, all repeated without any",
            lambda ids, n: (lambda g: 1 - len(set(g)) / max(1, len(g)))(sliced(ids, n, lambda N, n: N - n)),
        ),
        (
            "drops the last one, but counts it",
            lambda ids, n: 1 - len(set(sliced(ids, n, lambda N, n: N - n))) / (len(ids) - n + 1) if len(ids) >= n else 0.0,
        ),
        (
            "one too long",
            lambda ids, n: (lambda g: 1 - len(set(g)) / len(g) if g else 0.0)(sliced(ids, n, lambda N, n: N - n, n + 1)),
        ),
        ("divides by the characters", lambda ids, n: 1 - len(set(sliced(ids, n, lambda N, n: N))) / len(ids)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_range_that_ends_too_early_or_too_late_is_told(name, rate):
    assert named("repeated_ngram_rate", rate) == name


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        ("log p with the wrong sign", lambda logits, probs, p: logits >= logits.max(axis=-1, keepdims=True) - jnp.log(p)),
        ("mean in place of the largest", lambda logits, probs, p: probs >= p * probs.mean(axis=-1, keepdims=True)),
        ("largest minus p", lambda logits, probs, p: probs >= probs.max(axis=-1, keepdims=True) - p),
        ("no softmax", lambda logits, probs, p: jnp.exp(logits) >= p * jnp.exp(logits).max(axis=-1, keepdims=True)),
    ],
)
def test_other_limits_of_min_p_are_told(name, limit):
    assert (
        named("min_p_filter", lambda logits, p: jnp.where(limit(logits, jax.nn.softmax(logits), p), logits, -jnp.inf)) == name
    )


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("drops the crossing character, but the first", top_p(lambda s, p: (jnp.cumsum(s, axis=-1) < p).at[..., 0].set(True))),
        ("two softmaxes", top_p(lambda s, p: before(jax.nn.softmax(s), p))),
        ("1 - p", top_p(lambda s, p: before(s, 1 - p))),
        ("log-probabilities added", top_p(before, scores=jax.nn.log_softmax)),
    ],
)
def test_other_sets_of_top_p_are_told(name, answer):
    assert named("top_p_filter", answer) == name


def test_what_is_returned_in_place_of_logits_is_told():
    refuses = top_k(lambda z, k: jnp.ones_like(z, bool))
    assert named("top_k_filter", lambda z, k: jax.lax.top_k(refuses(z, k), min(k, z.shape[-1]))[1]) == "only the k ids"
    assert (
        named("min_p_filter", lambda z, p: jax.nn.log_softmax(EXERCISES["min_p_filter"].reference(z, p))) == "log-probabilities"
    )
