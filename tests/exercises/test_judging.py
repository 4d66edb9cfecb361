"""The verdict: whatever an answer does, the check says a sentence."""

import dataclasses
import functools
import time

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from some_answers import ENCODE, Encoder, diagnosis, encode, returns

from chargen_lib import entropy, sampling
from chargen_lib.exercises import EXERCISES, Probe, judge
from chargen_lib.models import transformer
from chargen_lib.text import Vocabulary, split


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
SAMPLER, VOCABULARY = sampling.Sampler(), Vocabulary("abc")


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
        np.vectorize(sampling.top_k_filter),
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


def by_a_variable(queries, keys, values, mask):
    seen = transformer.weighted(queries, keys, values, jnp.asarray(mask))
    return seen


def by_a_default(queries, keys, values, mask, attend=transformer.weighted):
    return attend(queries, keys, values, mask)


def timed(function):
    def runs(*args):
        began = time.perf_counter()
        value = function(*args)
        print(time.perf_counter() - began)
        return value

    return runs


def for_each_head(queries, keys, values, mask):
    return jax.vmap(lambda q, k, v: transformer.weighted(q, k, v, mask))(queries, keys, values)


def by_two_halves(x, positions, base=10_000.0):
    return transformer.turned(x, *transformer.cosines_and_sines(positions, x.shape[-1]))


@pytest.mark.parametrize(
    ("name", "answer", "said"),
    [
        ("attention", by_a_variable, "weighted"),
        ("attention", by_a_default, "weighted"),
        ("attention", timed(transformer.weighted), "weighted"),
        ("attention", for_each_head, "weighted"),
        ("rotate", by_two_halves, "turned"),
        ("add_one_loss", lambda counts, ids: entropy.bigram_loss(entropy.add_one_log_probs(counts), ids), "bigram_loss"),
        ("top_k_filter", lambda logits, k: sampling.Sampler(top_k=k).logits(logits), "Sampler"),
        ("gumbel_sample", lambda key, logits: SAMPLER(key, logits), "Sampler"),
        ("gumbel_sample", SAMPLER, "Sampler"),
        ("softmax", SAMPLER.probabilities, "Sampler.probabilities"),
        ("encode", lambda text, characters: Vocabulary(characters).encode(text), "Vocabulary"),
        ("encode", lambda text, characters: VOCABULARY.encode(text), "Vocabulary"),
        ("encode", VOCABULARY.encode, "Vocabulary.encode"),
    ],
)
def test_a_call_of_the_librarys_in_whatever_form_earns_nothing(name, answer, said):
    assert f"the library's own {said}. Write your own {name}" in diagnosis(EXERCISES[name], answer)


def test_a_name_after_a_dot_is_not_the_librarys_because_a_lesson_imported_one_of_that_name():
    assert split(jnp.arange(20)), "as lessons 01 and 08 to 12 import it"

    def cuts(ids, batch_size, seq_len):
        return jnp.split(ids, batch_size)

    assert "library" not in diagnosis(EXERCISES["stripes"], cuts)


def test_what_the_library_holds_may_be_looked_at():
    def zeros(ids, vocab_size):
        return jnp.zeros((len(VOCABULARY), len(VOCABULARY)), int)

    assert "library" not in diagnosis(EXERCISES["bigram_counts"], zeros)


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
