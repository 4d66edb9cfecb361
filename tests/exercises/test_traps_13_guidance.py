"""Lesson 13, Bayes and guidance: mistakes as learners write them, with jnp, each told for what it is."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from telling import named

from chargen_lib.exercises import EXERCISES, judge


def word(value):
    return value if isinstance(value, str) else ""


def itself(x):
    return x


lsm, softmax, logsumexp = jax.nn.log_softmax, jax.nn.softmax, jax.nn.logsumexp


# --- guide ---------------------------------------------------------------------------------------------------------------


def guided(combined=lambda c, u, s: u + s * (c - u), first=lsm, last=lsm):
    """guide, with one thing done otherwise."""
    return lambda conditional, unconditional, scale: last(combined(first(conditional), first(unconditional), scale))


def unsafe(x):
    return x - jnp.log(jnp.exp(x).sum(axis=-1, keepdims=True))


def not_kept(x):
    return x - logsumexp(x, axis=-1)


def divided(p):
    return p / p.sum(axis=-1, keepdims=True)


def log_of_what_is_above_0(p):
    return jnp.log(divided(jnp.clip(p, 0)))


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("not normalised", guided(last=itself)),
        ("not normalised", guided(lambda c, u, s: s * c + (1 - s) * u, last=itself)),
        ("logits", guided(first=itself, last=itself)),
        ("1 + scale", guided(lambda c, u, s: (1 + s) * c - s * u)),
        ("1 + scale", guided(lambda c, u, s: u + (s + 1) * (c - u), first=itself)),
        ("1 + scale, not normalised", guided(lambda c, u, s: (1 + s) * c - s * u, last=itself)),
        ("1 + scale, logits", guided(lambda c, u, s: (1 + s) * c - s * u, itself, itself)),
        ("swapped", guided(lambda c, u, s: c + s * (u - c))),
        ("swapped", guided(lambda c, u, s: s * u + (1 - s) * c, first=itself)),
        ("swapped, not normalised", guided(lambda c, u, s: s * u + (1 - s) * c, last=itself)),
        ("swapped, logits", guided(lambda c, u, s: c + s * (u - c), itself, itself)),
        ("one too little", guided(lambda c, u, s: u + (s - 1) * (c - u))),
        ("the wrong way", guided(lambda c, u, s: u - s * (c - u))),
        ("c alone", lambda c, u, s: lsm(c)),
        ("at most 1", guided(lambda c, u, s: u + jnp.clip(s, 0, 1) * (c - u))),
        ("a temperature", guided(lambda c, u, s: s * c)),
        ("a temperature", guided(lambda c, u, s: u + s * c - u)),
        ("a temperature", lambda c, u, s: lsm(c * s)),
        ("u not taken off", guided(lambda c, u, s: u + s * c)),
        ("u forgotten", guided(lambda c, u, s: s * (c - u))),
        ("u taken off as often", guided(lambda c, u, s: c - s * u)),
        ("u taken off once", guided(lambda c, u, s: s * c - u)),
        ("brackets round u + scale", guided(lambda c, u, s: (u + s) * (c - u))),
        ("added", guided(lambda c, u, s: u + s * (c + u))),
        ("on probabilities", guided(first=softmax, last=jnp.log)),
        ("on probabilities, without a logarithm", guided(first=softmax, last=itself)),
        ("a log_softmax of probabilities", guided(first=softmax)),
        ("cut off at 0", guided(first=softmax, last=lambda p: jnp.log(jnp.maximum(p, 0)))),
        ("cut off at 0, normalised", guided(first=softmax, last=log_of_what_is_above_0)),
        ("cut off at 1e-09", guided(first=softmax, last=lambda p: jnp.log(jnp.maximum(p, 1e-9)))),
        ("cut off at 1e-10, normalised", guided(first=softmax, last=lambda p: jnp.log(divided(jnp.clip(p, 1e-10))))),
        ("probabilities", guided(last=softmax)),
        ("probabilities", guided(first=itself, last=softmax)),
        ("a softmax more", guided(last=lambda x: lsm(softmax(x)))),
        ("divided by the sum", guided(last=divided)),
        ("the largest subtracted", guided(last=lambda x: x - jnp.max(x, axis=-1, keepdims=True))),
        ("the mean subtracted", guided(first=itself, last=lambda x: x - x.mean(-1, keepdims=True))),
        ("first axis", guided(first=lambda x: lsm(x, axis=0), last=lambda x: lsm(x, axis=0))),
        ("first axis at the end", guided(last=lambda x: x - logsumexp(x, axis=0))),
        ("first axis", guided(first=itself, last=lambda x: lsm(x, axis=0))),
        ("all rows together", guided(last=lambda x: x - logsumexp(x))),
        ("all rows together, of logits", guided(first=itself, last=lambda x: x - logsumexp(x))),
        ("sums not kept", guided(first=not_kept, last=not_kept)),
        ("sums not kept at the end", guided(last=not_kept)),
        ("sums not kept, of logits", guided(first=itself, last=not_kept)),
        ("log of a softmax", guided(first=lambda x: jnp.log(softmax(x)))),
        ("log of a softmax", guided(lambda c, u, s: s * c + (1 - s) * u, first=lambda x: jnp.log(softmax(x)))),
        ("log of a softmax at the end", guided(last=lambda x: jnp.log(softmax(x)))),
        ("log of a softmax at the end", guided(first=itself, last=lambda x: jnp.log(softmax(x)))),
        ("overflows", guided(first=unsafe)),
        ("overflows", guided(first=unsafe, last=unsafe)),
        ("overflows at the end", guided(first=itself, last=unsafe)),
        ("log of what overflows", guided(first=lambda x: jnp.log(divided(jnp.exp(x))))),
        ("log of what overflows at the end", guided(first=itself, last=lambda x: jnp.log(divided(jnp.exp(x))))),
        ("1e-09 added", guided(first=lambda x: jnp.log(softmax(x) + 1e-9))),
        ("1e-08 added at the end", guided(last=lambda x: jnp.log(softmax(x) + 1e-8))),
    ],
    ids=word,
)
def test_guidance(name, answer):
    assert named("guide", answer) == name


def test_a_log_of_a_softmax_does_not_hide_that_the_end_is_not_normalised():
    answer = guided(first=lambda x: jnp.log(softmax(x)), last=itself)
    assert named("guide", answer) == "not normalised"
    assert "gives NaN" in judge(EXERCISES["guide"], answer).diagnosis


def less_logsumexp(x):
    return x - logsumexp(x, axis=-1, keepdims=True)


def guide_in_place(conditional, unconditional, scale):
    """Row by row, with NumPy."""
    x = np.asarray(unconditional) + scale * np.subtract(conditional, unconditional)
    for row in x.reshape(-1, x.shape[-1]):
        row -= np.logaddexp.reduce(row)
    return x


def guide_by_recursion(conditional, unconditional, scale):
    if conditional.ndim > 1:
        return jnp.stack([guide_by_recursion(c, u, scale) for c, u in zip(conditional, unconditional, strict=True)])
    return jax.nn.log_softmax(jnp.array([1 - scale, scale]) @ jnp.stack([unconditional, conditional]))


# --- label_posterior -----------------------------------------------------------------------------------------------------


def normalised(weights):
    return lambda ll, prior: weights(ll, prior) / weights(ll, prior).sum()


def tempered(scores):
    return lambda ll, prior: softmax(scores(ll, prior))


def possible(ll, prior):
    return jnp.where(prior == 0, -jnp.inf, ll)


def zero_if_not_finite(ll, prior):
    weights = jnp.exp(ll) * prior
    return jnp.where(weights.sum() > 0, weights / weights.sum(), 0)


def the_prior_if_all_is_0(ll, prior):
    weights = jnp.exp(ll) * prior
    return weights / weights.sum() if weights.sum() > 0 else prior


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("without the prior", lambda ll, prior: softmax(ll)),
        ("without the prior", normalised(lambda ll, prior: jnp.exp(ll))),
        ("without the prior", normalised(lambda ll, prior: jnp.exp(ll - ll.max()))),
        ("underflows", normalised(lambda ll, prior: prior * jnp.exp(ll))),
        ("underflows", normalised(lambda ll, prior: jnp.exp(ll + jnp.log(prior)))),
        ("underflows", tempered(lambda ll, prior: jnp.log(prior * jnp.exp(ll)))),
        ("underflows in float64 too", normalised(lambda ll, prior: np.exp(np.float64(ll)) * np.float64(prior))),
        ("zeros where it underflows", zero_if_not_finite),
        ("the prior where it underflows", the_prior_if_all_is_0),
        ("1e-12 added to the sum", lambda ll, prior: jnp.exp(ll) * prior / (jnp.sum(jnp.exp(ll) * prior) + 1e-12)),
        ("1e-09 added to the likelihoods", normalised(lambda ll, prior: (jnp.exp(ll) + 1e-9) * prior)),
        ("1e-12 added to the prior", tempered(lambda ll, prior: ll + jnp.log(prior + 1e-12))),
        ("1e-08 added to the prior", tempered(lambda ll, prior: ll + jnp.log(jnp.maximum(prior, 1e-8)))),
        ("1e-06 added to the prior", tempered(lambda ll, prior: ll + jnp.log(prior.clip(1e-6)))),
        ("log of 0 left out", tempered(lambda ll, prior: ll + jnp.where(prior > 0, jnp.log(prior), 0))),
        ("log of 0 left out", tempered(lambda ll, prior: ll + jnp.nan_to_num(jnp.log(prior), neginf=0.0))),
        ("the largest of a label that cannot be", normalised(lambda ll, prior: jnp.exp(ll - ll.max()) * prior)),
        ("the largest of a label that cannot be", normalised(lambda ll, prior: softmax(ll) * prior)),
        ("the smallest subtracted", normalised(lambda ll, prior: jnp.exp(ll - ll.min()) * prior)),
        ("the mean subtracted", normalised(lambda ll, prior: jnp.exp(ll - ll.mean()) * prior)),
        ("prior added as it is", tempered(lambda ll, prior: ll + prior)),
        ("prior added as it is", normalised(lambda ll, prior: softmax(ll) * softmax(prior))),
        ("prior added afterwards", lambda ll, prior: softmax(ll) + prior),
        ("half of each", normalised(lambda ll, prior: softmax(ll) + prior)),
        ("log-likelihoods times prior", tempered(lambda ll, prior: ll * prior)),
        ("logarithms multiplied", tempered(lambda ll, prior: ll * jnp.log(prior))),
        ("prior after the softmax", lambda ll, prior: softmax(ll) * prior),
        ("not normalised", lambda ll, prior: jnp.exp(ll) * prior),
        ("not normalised", lambda ll, prior: jnp.exp(ll + jnp.log(prior))),
        ("not normalised, the largest subtracted", lambda ll, prior: jnp.exp(ll - jnp.max(ll)) * prior),
        ("divided by the largest", lambda ll, prior: jnp.exp(ll + jnp.log(prior) - jnp.max(ll + jnp.log(prior)))),
        ("divided by the count", lambda ll, prior: jnp.exp(ll) * prior / len(prior)),
        ("divided by the count, the largest subtracted", lambda ll, prior: jnp.exp(ll - ll.max()) * prior / len(prior)),
        ("log_softmax", lambda ll, prior: lsm(ll + jnp.log(prior))),
        ("log_softmax", lambda ll, prior: ll + jnp.log(prior) - logsumexp(ll + jnp.log(prior))),
        ("log of the posterior", lambda ll, prior: jnp.log(softmax(ll + jnp.log(prior)))),
        ("the sums themselves", lambda ll, prior: ll + jnp.log(prior)),
        ("the evidence", lambda ll, prior: logsumexp(ll, b=prior)),
        ("which label", lambda ll, prior: jnp.argmax(ll + jnp.log(prior))),
        ("everything to one", lambda ll, prior: jax.nn.one_hot(jnp.argmax(ll + jnp.log(prior)), len(ll))),
        ("divided by the prior", tempered(lambda ll, prior: ll - jnp.log(prior))),
        ("the prior alone", lambda ll, prior: prior),
        ("the prior twice", normalised(lambda ll, prior: softmax(ll + jnp.log(prior)) * prior)),
        ("the prior as a mask", tempered(possible)),
        ("log2 of the prior", tempered(lambda ll, prior: ll + jnp.log2(prior))),
        ("2 to the power", normalised(lambda ll, prior: jnp.exp2(possible(ll, prior) - possible(ll, prior).max()) * prior)),
        ("as losses", tempered(lambda ll, prior: jnp.log(prior) - ll)),
        ("softmax of the products", tempered(lambda ll, prior: prior * jnp.exp(ll))),
        ("softmax of products of the softmax", tempered(lambda ll, prior: prior * softmax(ll))),
        ("a softmax more", lambda ll, prior: softmax(softmax(ll + jnp.log(prior)))),
    ],
    ids=word,
)
def test_posteriors(name, answer):
    assert named("label_posterior", answer) == name


def test_a_likelihood_that_is_rounded_to_0_does_not_hide_that_the_prior_is_left_out():
    answer = normalised(lambda ll, prior: jnp.exp(ll))
    assert "gives NaN" in judge(EXERCISES["label_posterior"], answer).diagnosis


def posterior_one_after_another(ll, prior):
    """Each label's odds against all others together."""
    sums = np.asarray(ll, dtype=float) + np.log(np.asarray(prior), where=prior > 0, out=np.full(len(prior), -np.inf))
    others = [np.logaddexp.reduce(np.delete(sums, k)) for k in range(len(sums))]
    return np.array([0.0 if s == -np.inf else 1 / (1 + np.exp(min(o - s, 700))) for s, o in zip(sums, others, strict=True)])


def posterior_of_the_possible_alone(ll, prior):
    possible = jnp.flatnonzero(prior)
    return jnp.zeros(len(prior)).at[possible].set(softmax(ll[possible] + jnp.log(prior[possible])))


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("guide", guide_in_place),
        ("guide", guide_by_recursion),
        ("guide", guided(lambda c, u, s: lsm(lsm(u + s * (c - u))))),
        ("guide", guided(first=itself, last=lambda x: lsm(x - x.mean(axis=-1, keepdims=True)))),
        ("guide", guided(lambda c, u, s: c if s == 1 else u if s == 0 else u + s * (c - u))),
        ("guide", jax.jit(guided(lambda c, u, s: jnp.stack([c, u], axis=-1) @ jnp.array([s, 1 - s])))),
        ("guide", guided(first=less_logsumexp, last=less_logsumexp)),
        ("label_posterior", posterior_one_after_another),
        ("label_posterior", posterior_of_the_possible_alone),
        ("label_posterior", lambda ll, prior: jnp.exp(lsm(ll + jnp.log(prior)))),
        ("label_posterior", lambda ll, prior: jnp.exp(ll + jnp.log(prior) - logsumexp(ll, b=prior))),
        ("label_posterior", tempered(lambda ll, prior: lsm(ll) + jnp.nan_to_num(jnp.log(prior)))),
        ("label_posterior", jax.jit(tempered(lambda ll, prior: jnp.where(prior > 0, ll + jnp.log(prior), -jnp.inf)))),
    ],
    ids=word,
)
def test_right_answers_in_other_styles_are_right(name, answer):
    assert all(judge(EXERCISES[name], answer, seed=seed).status == "correct" for seed in range(10))


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("guide", guided(lambda c, u, s: u + min(s, 5.0) * (c - u))),
        ("guide", guided(first=lambda x: lsm(jnp.clip(x, -100, 100)))),
        ("guide", guided(last=lambda x: jnp.maximum(lsm(x), -30))),
        ("label_posterior", tempered(lambda ll, prior: jnp.maximum(ll, -500) + jnp.log(prior))),
        ("label_posterior", tempered(lambda ll, prior: ll + jnp.log(prior + 1e-11))),
        ("label_posterior", tempered(lambda ll, prior: ll + jnp.log((prior + 0.01) / (prior + 0.01).sum()))),
    ],
    ids=word,
)
def test_what_is_right_but_for_a_margin_is_refused(name, answer):
    assert all(judge(EXERCISES[name], answer, seed=seed).status == "wrong" for seed in range(3))
