"""A mistake is known behind another one and in another form; and what has no name is told by how it differs on every input."""

import dataclasses
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from some_answers import COUNTS, ENCODE, ENTROPY, diagnosis
from telling import named

from chargen_lib.exercises import EXERCISES, Misconception, Probe, judge

# --- two mistakes at once -------------------------------------------------------------------------------------------------


def of_rows(totals, shares, log=jnp.log2):
    """H(next | previous) with no thought of zeros."""

    def conditional_entropy(counts):
        rows = counts / totals(counts)
        return -(shares(counts, rows) * log(rows)).sum()

    return conditional_entropy


def forgotten(counts):
    return counts.sum(axis=1)


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("no keepdims, joint", of_rows(forgotten, lambda counts, rows: counts / counts.sum())),
        ("no keepdims, unweighted", of_rows(forgotten, lambda counts, rows: rows / len(counts))),
        ("nats", of_rows(lambda counts: counts.sum(axis=1, keepdims=True), lambda c, rows: c / c.sum(), jnp.log)),
    ],
    ids=["keepdims-and-zeros", "keepdims-zeros-and-weights", "nats-and-zeros"],
)
def test_a_mistake_is_known_although_another_gives_nan_on_other_inputs(name, answer):
    assert named("conditional_entropy", answer) == name
    report = judge(ENTROPY, answer)
    assert report.diagnosis.endswith("And on other inputs it gives NaN.") and "nan" not in report.got


ROWS = dataclasses.replace(
    COUNTS,
    name="rows",
    reference=lambda x: 2 * x,
    probes=lambda rng: [Probe((np.arange(1.0, n),)) for n in (4, 5, 6)],
    misconceptions=(
        Misconception("squares", "You squared.", lambda x: x**2),
        Misconception("cubes", "You cubed.", lambda x: x**3),
    ),
)


def test_a_mistake_is_known_although_another_raises_on_other_inputs():
    def squares_three(x):
        return jnp.stack([x[0] ** 2, x[1] ** 2, x[2] ** 2]) if len(x) == 3 else x[99:].max()

    report = judge(ROWS, squares_three)
    assert report.misconception == "squares" and report.diagnosis == "You squared. And on other inputs it raises ValueError."
    assert report.call == "rows([1. 2. 3.])"


def test_what_it_does_elsewhere_is_told_only_where_it_is_wrong():
    def one_less(x):
        if len(x) == 2:
            raise ValueError("two")
        return x - 1

    def refuses_two(x):
        if len(x) == 2:
            raise ValueError("two")
        return 2 * x

    card = dataclasses.replace(
        ROWS,
        reference=refuses_two,
        probes=lambda rng: [Probe((np.arange(1.0, n),)) for n in (4, 3, 5)],
        misconceptions=(Misconception("less", "You took 1 off.", lambda x: x - 1 if len(x) > 2 else None),),
    )
    assert diagnosis(card, one_less) == "You took 1 off."
    assert diagnosis(card, lambda x: x - 1 if len(x) > 2 else "two") == (
        "You took 1 off. And on other inputs it returns a value where it must raise ValueError."
    )


def test_nothing_is_named_that_two_mistakes_would_give():
    both = dataclasses.replace(
        ROWS, misconceptions=(*ROWS.misconceptions, Misconception("same", "You did it.", lambda x: x**2))
    )
    report = judge(both, lambda x: x**2 if len(x) == 3 else jnp.full(len(x), jnp.nan))
    assert report.misconception is None


# --- in another form ------------------------------------------------------------------------------------------------------


def influence_of(places):
    def influence(logits_fn, ids, position):
        return [bool(places(j, position)) for j in range(len(ids))]

    return influence


def test_the_real_mistake_is_told_before_the_form():
    assert named("influence", influence_of(lambda j, position: j <= position)) == "assumed"
    assert named("influence", influence_of(lambda j, position: j == position)) == "itself alone"
    said = diagnosis(EXERCISES["influence"], influence_of(lambda j, position: j <= position))
    assert said.startswith("You marked every place up to") and said.endswith(
        "Besides: Your function returned a list; return an array (jnp.array makes one)."
    )


def test_where_the_form_is_all_that_is_wrong_it_alone_is_told():
    assert (
        diagnosis(ROWS, lambda x: (2 * x).tolist()) == "Your function returned a list; return an array (jnp.array makes one)."
    )
    assert judge(ROWS, lambda x: (2 * x).tolist()).misconception is None


@pytest.mark.parametrize("form", [list, tuple, lambda x: np.asarray(x).tolist(), lambda x: x.astype(int)])
def test_a_mistake_is_known_in_many_forms(form):
    assert judge(ROWS, lambda x: form(x**2)).misconception == "squares"


# --- what has no name -----------------------------------------------------------------------------------------------------

BARE = dataclasses.replace(
    ROWS,
    misconceptions=(),
    reference=lambda x: x - 2.5,
    probes=lambda rng: [
        Probe((np.array([1.0, 4.0, 3.0]),)),
        Probe((np.array([2.0, 7.0]),)),
        Probe((np.array([[0.5, 1], [9, 6]]),)),
    ],
)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda x: -x, "On every input your answer has the opposite sign."),
        (lambda x: 2 * x, "On every input your answer is 2 times what is asked."),
        (lambda x: x * math.log(2), "is 0.6931 times what is asked (ln 2: nats where bits are asked, or the other way round)."),
        (lambda x: 100 * x, "is 100 times what is asked (per cent)."),
        (lambda x: x + 1, "On every input your answer is 1 too high."),
        (lambda x: x - 0.25, "On every input your answer is 0.25 too low."),
        (jnp.exp, "You return the exponential of what is asked: leave the exp out."),
        (lambda x: 1 - x, "You return 1 minus what is asked."),
        (lambda x: 1 / x, "You return 1 divided by what is asked."),
        (jnp.abs, "You return the size of what is asked, without its sign."),
        (lambda x: x[..., ::-1], "The right numbers, but each row is turned round, the last in front."),
        (lambda x: jnp.sort(x), "The right numbers, but in rising order."),
        (lambda x: x[..., None], "The right numbers, but with an axis of length 1 too many: (3, 1) where (3,) is asked."),
        (lambda x: x.sum(), "You return one number, the sum of all that is asked."),
    ],
)
def test_how_it_differs_on_every_input_is_told(change, said):
    told = diagnosis(BARE, lambda x: change(x - 2.5))
    assert said in told and len(told) < 250


def test_an_answer_that_is_always_the_same_is_told():
    said = diagnosis(EXERCISES["influence"], lambda logits_fn, ids, position: jnp.ones(len(ids), bool))
    assert said == "Whatever it is given, your function returns True. Which of the arguments does it not look at?"


def test_a_return_inside_the_loop_is_told():
    def encode(text, characters):
        for c in text:
            return [characters.index(c)]
        return []

    replaced = dataclasses.replace(ENCODE, probes=lambda rng: [Probe(("cab", "abc")), Probe(("ba", "abc"))])
    assert diagnosis(replaced, encode) == "You return the first item alone. Does a return stand inside the loop?"


def test_what_holds_on_some_inputs_only_is_not_told():
    assert "Entry [0] is" in diagnosis(BARE, lambda x: 2 * (x - 2.5) if x.ndim == 1 else 3 * (x - 2.5))
    one = dataclasses.replace(BARE, probes=lambda rng: [Probe((np.array([1.0, 4.0]),))])
    assert "Entry [0] is" in diagnosis(one, lambda x: 2 * (x - 2.5))


def test_one_number_for_many_and_many_for_one():
    assert "what is asked is the mean of what you return" in diagnosis(
        EXERCISES["add_one_loss"],
        lambda counts, ids: -jnp.log(((counts + 1) / (counts + 1).sum(axis=1, keepdims=True))[ids[:-1], ids[1:]]),
    )


MASKED = dataclasses.replace(
    BARE,
    reference=lambda x: np.where(x > 2.5, x, -np.inf),
    probes=lambda rng: [Probe((np.arange(5.0),)), Probe((np.arange(4.0),))],
)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda x: jnp.where(x > 2.5, x, -1e9), "Where -inf is due there stands -1e+09. Write -jnp.inf"),
        (lambda x: jnp.where(x > 2.5, x, jnp.nan), "Where -inf is due there stands nan."),
        (lambda x: jnp.where(x > 2.5, -jnp.inf, x), "What is kept and what is removed have changed places"),
    ],
)
def test_what_stands_where_minus_infinity_is_due_is_told(answer, said):
    assert said in diagnosis(MASKED, answer)


SEVERAL = dataclasses.replace(BARE, reference=lambda x: (x, x + 1.5, x.sum()))


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (
            lambda x: (x + 1.5, x.sum(), x),
            "The right values in another order: they belong in the order in which yours stand at places 3, 1, 2.",
        ),
        (lambda x: x, "That is value 1 of 3 alone. Return all 3, separated by commas."),
        (lambda x: (x, x + 1.5, -x.sum()), "Value 3 of 3: On every input your answer has the opposite sign."),
    ],
)
def test_several_values(answer, said):
    assert diagnosis(SEVERAL, answer) == said


def test_an_answer_that_differs_from_itself_is_told():
    for draw in (np.random.default_rng().normal, lambda size: np.array([__import__("random").random() for _ in range(size)])):
        assert "Called twice with the same input, your function gives two different answers" in diagnosis(
            ROWS, lambda x, draw=draw: draw(size=len(x))
        )


# --- errors ---------------------------------------------------------------------------------------------------------------


def test_parameters_in_another_order_are_told():
    def temperature_for_entropy(target_bits, logits):
        return logits.max() * target_bits

    assert diagnosis(EXERCISES["temperature_for_entropy"], temperature_for_entropy) == (
        "Your function takes (target_bits, logits), but it is called with (logits, target_bits). Put the parameters back in that order."
    )


def test_no_word_of_jaxs_own_insides_is_shown():
    def in_a_set(ids, vocab_size):
        return len({ids[0], ids[1]})

    said = diagnosis(COUNTS, in_a_set)
    assert "unhashable type: a JAX array" in said and "Make plain numbers of it first: x.tolist(), int(x)." in said
    inside = "Array" + "Impl"
    assert inside not in diagnosis(COUNTS, lambda ids, vocab_size: "a" + ids) + said


def test_an_axis_that_is_not_there_is_told_with_those_there_are():
    said = diagnosis(EXERCISES["softmax"], lambda logits: logits / logits.sum(axis=1, keepdims=True))
    assert "An array with 1 axis has no axis 1: the first is 0, and axis=-1 is the last one of any array." in said

    def temperature_for_entropy(bits, z):
        return jax.nn.softmax(z / bits.max())[0]

    said = diagnosis(EXERCISES["temperature_for_entropy"], temperature_for_entropy)
    assert "A plain number has no axes. Does it stand where an array belongs, with two arguments in the wrong order?" in said


def encode_that(fails):
    def encode(text, characters):
        return fails() if set(text) - set(characters) else [characters.index(c) for c in text]

    return encode


def test_another_error_than_the_one_that_is_due_is_told_with_it():
    def raises():
        raise TypeError("unknown")

    assert "Here it must raise ValueError." in diagnosis(ENCODE, encode_that(raises))


def test_an_error_that_is_returned_is_told():
    assert "returns the error as a value. Write raise in place of return" in diagnosis(
        ENCODE, encode_that(lambda: ValueError("é"))
    )
