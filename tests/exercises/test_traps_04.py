"""Lesson 04: mistakes as learners write them, each told for what it is."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from telling import named

from chargen_lib import entropy as floors
from chargen_lib.exercises import EXERCISES, judge

V = 63  # as the lesson has it


# --- apply_temperature ----------------------------------------------------------------------------------------------------


def at_zero(logits):
    likeliest = jnp.argmax(logits, axis=-1, keepdims=True)
    return jnp.where(jnp.arange(logits.shape[-1]) == likeliest, 0.0, -jnp.inf)


def tempered(scale, refused, zero=at_zero):
    def apply_temperature(logits, temperature):
        if refused(temperature):
            raise ValueError(f"{temperature} is no temperature")
        return zero(logits) if zero and temperature == 0 else scale(logits, temperature)

    return apply_temperature


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("multiplies", tempered(lambda z, T: z * T, lambda T: not T >= 0)),
        ("multiplies, no case for NaN", tempered(lambda z, T: z * T, lambda T: T < 0)),
        ("multiplies, no case for below zero, no case for NaN", tempered(lambda z, T: z * T, lambda T: False)),
        ("multiplies, no case for zero, no case for below zero, no case for NaN", lambda z, T: z * T),
        ("only divides", lambda z, T: z / T),
        ("divides by zero, takes NaN", tempered(lambda z, T: z / T, lambda T: T < 0, zero=None)),
        ("takes NaN", tempered(lambda z, T: z / T, lambda T: T < 0 or T == float("nan"))),  # noqa: SIM300
        ("takes NaN", tempered(lambda z, T: z / T, lambda T: T < 0 or T is float("nan"))),
        ("takes a negative one", tempered(lambda z, T: z / T, math.isnan)),
    ],
)
def test_a_product_with_T_and_a_comparison_with_nan_are_told(name, answer):
    assert named("apply_temperature", answer) == name


def test_the_lessons_own_vocabulary_is_told():
    def zero(logits):
        return jnp.where(jnp.arange(V) == jnp.argmax(logits, axis=-1, keepdims=True), 0.0, -jnp.inf)

    assert named("apply_temperature", tempered(lambda z, T: z / T, lambda T: not T >= 0, zero)) == "the lesson's V"
    assert named("gumbel_sample", lambda key, z: jnp.argmax(z + jax.random.gumbel(key, (V,)), axis=-1)) == "the lesson's V"


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("overflows, one sum", lambda z: jnp.exp(z) / jnp.exp(z).sum()),  # the lesson's first one
        ("overflows", lambda z: jnp.exp(z) / jnp.exp(z).sum(axis=-1, keepdims=True)),
        ("overflows, no keepdims", lambda z: jnp.exp(z) / jnp.exp(z).sum(axis=-1)),
        ("no keepdims, one maximum", lambda z: jnp.exp(z - z.max()) / jnp.exp(z - z.max()).sum(axis=-1)),
    ],
)
def test_the_lessons_first_softmax_and_its_brothers_are_told(name, answer):
    assert named("softmax", answer) == name


# --- temperature_for_entropy: searches as learners write them --------------------------------------------------------------


def entropy_at(T, logits):  # the lesson's
    return floors.entropy_bits(jax.nn.softmax(logits / T))


def search(bits_at=entropy_at, halvings=40, log=False, above=False, wrong_way=False, again=True, low=0.01, high=100.0):
    def temperature_for_entropy(logits, target_bits):
        lowest, highest = low, high
        middle = (lowest * highest) ** 0.5 if log else (lowest + highest) / 2
        for _ in range(halvings):
            if again:
                middle = (lowest * highest) ** 0.5 if log else (lowest + highest) / 2
            bits = bits_at(middle, logits)
            too_low = not bits > target_bits if above else bits < target_bits
            if bool(too_low) != wrong_way:
                lowest = middle
            else:
                highest = middle
        return middle

    return temperature_for_entropy


def swapped(T, logits):
    return entropy_at(logits, T)


@pytest.mark.parametrize("log", [False, True], ids=["line", "log"])
@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("middle computed once", {"again": False}),
        ("middle computed once", {"again": False, "low": 1e-3, "high": 1e3}),
        ("arguments swapped", {"bits_at": swapped}),
        ("arguments swapped", {"bits_at": swapped, "above": True}),
        ("too few halvings", {"halvings": 10}),
        ("runs to the edge", {"wrong_way": True}),
        ("multiplies", {"bits_at": lambda T, logits: entropy_at(1 / T, logits)}),
    ],
)
def test_searches_that_fail_are_told_apart(name, how, log):
    assert named("temperature_for_entropy", search(log=log, **how)).startswith(name)


@pytest.mark.parametrize("interval", [(0.1, 10.0), (1e-3, 1e3)])
@pytest.mark.parametrize("above", [False, True])
def test_swapped_arguments_are_told_in_other_intervals(interval, above):
    for log in (False, True):
        answer = search(bits_at=swapped, above=above, log=log, low=interval[0], high=interval[1])
        assert named("temperature_for_entropy", answer).startswith("arguments swapped"), log


@pytest.mark.parametrize(
    "how",
    [{"halvings": 8}, {"halvings": 15}, {"low": 0.1, "high": 10.0, "halvings": 5}, {"low": 1e-4, "high": 1e3, "halvings": 12}],
)
def test_too_few_halvings_are_told_whatever_their_number(how):
    said = judge(EXERCISES["temperature_for_entropy"], search(**how)).diagnosis
    assert "the entropy is 0." in said or "the entropy is 1." in said
    assert "asked for 0.730. Your search goes the right way but stops too early" in said
    constant = judge(EXERCISES["temperature_for_entropy"], lambda logits, target_bits: 2.0).diagnosis
    assert "too early" not in constant and "T must come down" in constant


def test_nan_is_found_by_no_comparison_nor_by_being_the_same_object():
    for refused in (lambda T: T < 0 or float("nan") == T, lambda T: T < 0 or T is math.nan):
        assert named("apply_temperature", tempered(lambda z, T: z / T, refused)) == "takes NaN"


def test_a_search_that_compares_something_else_is_told_what_is_true_of_it():
    """It goes the right way; but the entropy of logits is none."""
    of_logits = search(bits_at=lambda T, logits: floors.entropy_bits(logits / T))
    said = judge(EXERCISES["temperature_for_entropy"], of_logits).diagnosis
    assert said.startswith("Your search runs to the edge") and "whether it is that entropy which you compare" in said


@pytest.mark.parametrize("log", [False, True], ids=["line", "log"])
@pytest.mark.parametrize("above", [False, True])
@pytest.mark.parametrize("high", [100.0, 1000.0])
def test_every_search_that_goes_on_is_right(log, above, high):
    for seed in range(3):
        report = judge(EXERCISES["temperature_for_entropy"], search(log=log, above=above, high=high), seed=seed)
        assert report.status == "correct", str(report)


@pytest.mark.parametrize(
    ("temperature", "advice"),
    [
        (3.0, "Too high: T must come down."),
        (jnp.float32(0.25), "Too low: T must go up."),
        (0.55, "That is near, but not to a thousandth of a bit: search on, 40 halvings are plenty."),
    ],
)
def test_a_wrong_temperature_is_told_both_entropies(temperature, advice):
    exercise = EXERCISES["temperature_for_entropy"]
    logits, asked = exercise.probes(np.random.default_rng(0))[0].args
    reached = float(entropy_at(temperature, logits))
    report = judge(exercise, lambda logits, target_bits: temperature)
    said = f"At your T = {float(temperature):g} the entropy is {reached:.3f} bits; asked for {asked:.3f}. "
    assert report.diagnosis == said + advice and report.misconception is None


@pytest.mark.parametrize(
    ("answered", "diagnosis"),
    [
        (0, "A temperature is a number above 0; yours is 0."),
        (-2.5, "A temperature is a number above 0; yours is -2.5."),
        (float("nan"), "A temperature is a number above 0; yours is nan."),
        (np.ones(4), "Your function returned an array of shape (4,); return a number."),
    ],
)
def test_what_is_no_temperature_is_told(answered, diagnosis):
    assert judge(EXERCISES["temperature_for_entropy"], lambda logits, target_bits: answered).diagnosis == diagnosis


def test_the_verdict_shows_both_entropies_beside_a_name():
    report = judge(EXERCISES["temperature_for_entropy"], lambda logits, target_bits: 1.0)
    assert report.misconception == "middle computed once, log"
    assert "T = 1, where the entropy is 1.36" in report.got and "0.7305 bits" in report.expected


@pytest.mark.parametrize(
    ("name", "noise_and_choice"),
    [
        ("smallest", lambda key, z: jnp.argmin(z + jax.random.gumbel(key, z.shape), axis=-1)),
        ("splits the key", lambda key, z: jnp.argmax(z + jax.random.gumbel(jax.random.split(key)[1], z.shape), axis=-1)),
        (
            "splits the key, first half",
            lambda key, z: jnp.argmax(z + jax.random.gumbel(jax.random.split(key)[0], z.shape), axis=-1),
        ),
    ],
)
def test_draws_of_another_key_or_end_are_told(name, noise_and_choice):
    assert named("gumbel_sample", noise_and_choice) == name


def test_an_id_without_a_name_is_told_beside_the_one_whose_sum_is_largest():
    half = lambda key, logits: jnp.argmax(logits + jax.random.gumbel(key, logits.shape) / 2, axis=-1)  # noqa: E731
    report = judge(EXERCISES["gumbel_sample"], half)
    assert report.misconception is None
    assert report.diagnosis.startswith(
        f"With this key logits + noise is largest at id {report.expected}, and yours is {report.got}."
    )
    assert EXERCISES["gumbel_sample"].hint.count("jax.random.gumbel") == 0, "the question says so already"


@pytest.mark.parametrize(
    ("name", "zero"),
    [
        ("one at zero", lambda z: jnp.where(at_zero(z) == 0, 1.0, -jnp.inf)),
        ("infinity at zero", lambda z: jnp.where(at_zero(z) == 0, jnp.inf, 0.0)),
        ("unchanged at zero", lambda z: z),
        ("keeps ties and their logits", lambda z: jnp.where(z == z.max(axis=-1, keepdims=True), z, -jnp.inf)),
        ("a tiny temperature, 1e-06", lambda z: z / 1e-6),
    ],
)
def test_other_rows_at_zero_are_told(name, zero):
    assert named("apply_temperature", tempered(lambda z, T: z / T, lambda T: not T >= 0, zero)) == name


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("0 for NaN", lambda z: jnp.nan_to_num(jnp.exp(z) / jnp.exp(z).sum(axis=-1, keepdims=True))),
        (
            "subtracts the smallest",
            lambda z: (lambda e: e / e.sum(axis=-1, keepdims=True))(jnp.exp(z - z.min(axis=-1, keepdims=True))),
        ),
        ("scaled down", lambda z: jax.nn.softmax(z / 1000)),
        ("clips at 80", lambda z: jax.nn.softmax(jnp.clip(z, -80, 80))),
    ],
)
def test_other_ways_round_an_overflow_are_told(name, answer):
    assert named("softmax", answer) == name
