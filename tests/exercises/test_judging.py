"""The verdict: whatever an answer does, the check says a sentence."""

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from some_answers import ENCODE, Encoder, diagnosis, encode, returns

from chargen_lib import sampling
from chargen_lib.exercises import EXERCISES, Probe, judge
from chargen_lib.text import Vocabulary


@pytest.mark.parametrize(
    "answer",
    [
        encode,
        lambda text, characters: encode(text, characters),
        functools.partial(encode),
        functools.lru_cache(encode),
        Encoder(),
        lambda *args: tuple(encode(*args)),
        lambda *args: np.array(encode(*args), int),
    ],
    ids=["function", "lambda", "partial", "cached", "object", "tuple", "array"],
)
def test_anything_that_can_be_called_may_be_the_answer(answer):
    report = judge(ENCODE, answer)
    assert (report.status, report.diagnosis, report.call) == ("correct", "Correct.", "")
    assert report.require() is report


def test_the_stub_is_not_attempted():
    def stub(text, characters):
        raise NotImplementedError("your code here")

    report = judge(ENCODE, stub)
    assert (report.status, report.diagnosis) == ("not attempted", "not attempted yet")
    with pytest.raises(AssertionError, match=r"^not attempted yet$"):
        report.require()


def test_require_raises_the_diagnosis_and_nothing_else():
    report = judge(ENCODE, returns([7]))
    with pytest.raises(AssertionError) as caught:
        report.require()
    assert caught.value.args == (report.diagnosis,) and report.diagnosis


# --- answers that change what they are given ---

CHANGES = "Your function changes the array or list it was given."
DOUBLED = dataclasses.replace(
    ENCODE,
    name="doubled",
    reference=lambda row: [2 * i for i in row],
    probes=lambda rng: [Probe(([1, 2, 3],))],
    misconceptions=(),
)


@pytest.mark.parametrize("change", [list.clear, list.reverse, lambda row: row.append(row)])
def test_changing_a_list_is_a_fault_even_when_the_answer_is_right(change):
    def changes(row):
        doubled = [2 * i for i in row]
        change(row)
        return doubled

    assert diagnosis(DOUBLED, changes).startswith(CHANGES)
    assert judge(DOUBLED, lambda row: [2 * i for i in row]).status == "correct"


# --- what an exercise may ask beside the value ---

COMPILED = dataclasses.replace(
    DOUBLED, name="compiled", reference=lambda row: 2 * row, probes=lambda rng: [Probe((np.arange(3.0),))], jit=()
)


class Unhashable(Encoder):
    __hash__ = None

    def __call__(self, row):
        return jnp.asarray(row) * 2


def test_an_answer_that_does_not_compile_is_told_so_where_it_must():
    assert judge(COMPILED, lambda row: jnp.asarray(row) * 2).status == "correct"
    assert "does not run under jax.jit" in diagnosis(COMPILED, lambda row: np.array([2 * float(x) for x in row]))
    assert judge(COMPILED, Unhashable()).status in ("correct", "wrong"), "no crash"


def test_what_is_asked_under_jit_is_one_program_whatever_the_number_of_probes(programs):
    probes = [Probe((np.arange(float(n)),)) for n in range(11, 16)]
    many = dataclasses.replace(COMPILED, probes=lambda rng: probes, reference=lambda row: row * row + row)
    for exercise, number in (
        (dataclasses.replace(many, jit=None), 10),
        (many, 1),
    ):  # a product and a sum for each; they stay compiled
        with programs() as compiled:
            assert judge(exercise, lambda row: row * row + row).status == "correct"
        assert len(compiled) == number


def test_a_batch_that_fails_is_told_apart():
    batched = dataclasses.replace(
        COMPILED,
        jit=None,
        reference=lambda rows: rows.sum(axis=-1),
        probes=lambda rng: [Probe((np.arange(3.0),)), Probe((np.ones((2, 3)),), batch=True)],
    )
    assert diagnosis(batched, lambda rows: rows.sum(axis=0)).startswith("Right for a single row, but not for a batch")


def test_a_view_that_cannot_read_the_answer_does_not_blame_its_code():
    any_order = dataclasses.replace(DOUBLED, view=lambda args, value: sorted(value))
    assert judge(any_order, lambda row: [6, 4, 2]).status == "correct"
    assert "returned an int; return a list" in diagnosis(any_order, returns(5))


# --- the library's own --------------------------------------------------------------------------------------------------

TOP_K = EXERCISES["top_k_filter"]
imported = sampling.top_k_filter


def passes_on(logits, k):
    return imported(logits, k)


def imports_inside(logits, k):
    from chargen_lib.sampling import top_k_filter

    return top_k_filter(jnp.asarray(logits), int(k))


def of_the_module(logits, k):
    kept = sampling.top_k_filter(logits, k=k)
    return kept


def by_a_helper(logits, k):
    return passes_on(logits, k)


class PassesOn:
    def __call__(self, logits, k):
        return sampling.top_k_filter(logits, k)


def around():
    inner = sampling.top_k_filter
    return lambda logits, k: inner(logits, k)


@pytest.mark.parametrize(
    "answer",
    [
        sampling.top_k_filter,
        functools.partial(sampling.top_k_filter),
        jax.jit(sampling.top_k_filter, static_argnums=1),
        functools.wraps(sampling.top_k_filter)(lambda *args: sampling.top_k_filter(*args)),
        lambda logits, k: sampling.top_k_filter(logits, k),
        lambda *args: imported(*args),
        passes_on,
        imports_inside,
        of_the_module,
        by_a_helper,
        around(),
        jax.jit(functools.partial(passes_on)),
        functools.lru_cache(sampling.top_k_filter),
        lambda logits, k: jnp.array(sampling.top_k_filter(logits, k)),
        PassesOn(),
    ],
)
def test_the_librarys_own_function_earns_nothing(answer):
    assert diagnosis(TOP_K, answer) == (
        "This is the library's own top_k_filter. Write your own top_k_filter, run its cell, and check again."
    )


def test_a_function_of_the_library_with_another_name_is_its_own_too():
    from chargen_lib.entropy import nats_to_bits

    for answer in (nats_to_bits, lambda loss: nats_to_bits(loss)):
        assert "the library's own nats_to_bits. Write your own bits_per_character" in diagnosis(
            EXERCISES["bits_per_character"], answer
        )


def test_one_of_the_values_that_it_returns_is_its_own_too():
    from chargen_lib.embeddings import nearest

    for answer in (lambda table, index, k: nearest(table, index, k)[0], lambda *args: jnp.asarray(nearest(*args)[0])):
        assert "the library's own nearest. Write your own nearest_characters" in diagnosis(
            EXERCISES["nearest_characters"], answer
        )


def test_help_from_the_library_is_no_crime():
    def encodes(text, characters):
        unknown = set(text) - set(characters)
        if unknown:
            raise ValueError(f"not in the vocabulary: {unknown}")
        return Vocabulary(characters).encode(text).tolist()

    def top_k(logits, k):
        if k < 1:
            raise ValueError("k")
        ranks = sampling._rank(logits)
        return jnp.where(ranks < k, logits, -jnp.inf)

    assert judge(ENCODE, encodes).status == "correct"
    assert judge(ENCODE, lambda text, characters: encodes(text, characters)).status == "correct"
    assert judge(TOP_K, top_k).status == "correct"
