"""Counts, floors and bits, against plain Python that shares nothing with the library."""

import itertools
import math
from collections import Counter
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chargen_lib import entropy

V = 4
rows_of_ids = st.sampled_from([2, 5, 9]).flatmap(
    lambda n: st.lists(st.integers(0, V - 1), min_size=n, max_size=n)
)  # few shapes to compile
tables = st.lists(st.lists(st.integers(0, 50), min_size=V, max_size=V), min_size=V, max_size=V)
few = settings(deadline=None, max_examples=40)


def plain_entropy(weights):
    total = sum(weights)
    return sum(w / total * math.log2(total / w) for w in weights if w)


def plain_loss(table, ids):
    """Mean of -ln p with every count plus one."""
    pairs = list(itertools.pairwise(ids))
    return sum(math.log((sum(table[a]) + V) / (table[a][b] + 1)) for a, b in pairs) / len(pairs)


def test_what_two_things_tell_about_each_other():
    joint = np.array([[2, 1, 0], [0, 3, 0], [0, 0, 0]])
    p, rows, columns = joint / 6, [1 / 2, 1 / 2, 0], [1 / 3, 2 / 3, 0]
    wanted = sum(p[k, m] * np.log2(p[k, m] / (rows[k] * columns[m])) for k in range(2) for m in range(2) if p[k, m])
    assert entropy.mutual_information(joint) == pytest.approx(wanted, abs=1e-6)
    assert entropy.mutual_information(jnp.eye(4) / 4) == pytest.approx(2)
    assert entropy.mutual_information(np.outer([1, 2], [3, 1, 5])) == pytest.approx(0, abs=1e-6)


def test_a_bit_is_ln_2_nats():
    assert entropy.nats_to_bits(math.log(2)) == 1.0
    assert entropy.nats_to_bits(math.log(65)) == pytest.approx(math.log2(65))
    assert isinstance(entropy.nats_to_bits(jnp.array(1.0)), float)


def test_counts_of_a_small_text():
    ids = jnp.array([0, 1, 0, 1, 2, 2, 2])  # ababccc
    assert entropy.unigram_counts(ids, V).tolist() == [2, 2, 3, 0]
    assert entropy.bigram_counts(ids, V).tolist() == [[0, 2, 0, 0], [1, 0, 1, 0], [0, 0, 2, 0], [0, 0, 0, 0]]


@pytest.mark.parametrize("ids", ["aba", [0, 1, V], [0, -1], [0.0, 1.0], [[0, 1]], [[0, 1], [2]], None])
def test_what_are_no_ids_of_the_vocabulary_is_neither_counted_nor_scored(ids):
    for counted in (entropy.unigram_counts, entropy.bigram_counts, partial(entropy.ngram_rows, memory=1)):
        with pytest.raises(ValueError, match="ids of a text are one row of whole numbers from 0 to 3"):
            counted(ids, V)
    for score, shape in ((entropy.unigram_loss, (V,)), (entropy.bigram_loss, (V, V))):
        with pytest.raises(ValueError, match="ids of a text are one row of whole numbers from 0 to 3"):
            score(jnp.zeros(shape), ids)


@pytest.mark.parametrize("size", ["4", None, 4.0, 0])
def test_a_size_of_the_vocabulary_that_is_none_is_refused(size):
    for counted in (entropy.unigram_counts, entropy.bigram_counts, partial(entropy.ngram_rows, memory=1)):
        with pytest.raises(ValueError, match="vocab_size is a whole number, 1 or more"):
            counted(jnp.array([0, 1, 0]), size)


def test_a_loss_of_no_pair_is_refused():
    for score, shape in ((entropy.unigram_loss, (V,)), (entropy.bigram_loss, (V, V))):
        with pytest.raises(ValueError, match="a mean over pairs of characters, but this text has 1"):
            score(jnp.zeros(shape), jnp.array([2]))


def test_counts_are_made_inside_a_compiled_function_too():
    ids = jnp.array([0, 1, 0, 1, 2, 2, 2])
    assert jax.jit(lambda ids: entropy.bigram_counts(ids, V))(ids).tolist() == entropy.bigram_counts(ids, V).tolist()


@few
@given(rows_of_ids)
def test_counts_are_those_of_a_counter(ids):
    single, pairs = Counter(ids), Counter(itertools.pairwise(ids))
    unigrams, bigrams = entropy.unigram_counts(jnp.array(ids), V), entropy.bigram_counts(jnp.array(ids), V)
    assert unigrams.dtype == bigrams.dtype == jnp.int32
    assert unigrams.tolist() == [single[a] for a in range(V)]
    assert bigrams.tolist() == [[pairs[a, b] for b in range(V)] for a in range(V)]


def test_entropy_of_known_distributions():
    rows = jnp.array([[0.25] * 4, [0.5, 0.5, 0, 0], [1, 0, 0, 0], [0.5, 0.25, 0.125, 0.125]])
    assert entropy.entropy_bits(rows).tolist() == [2.0, 1.0, 0.0, 1.75]
    assert entropy.entropy_bits(rows.reshape(2, 2, 4)).tolist() == [[2.0, 1.0], [0.0, 1.75]]
    assert float(entropy.entropy_bits([0.5, 0.5])) == 1.0


@few
@given(tables)
def test_entropy_is_the_plain_sum_also_where_entries_are_zero(table):
    for weights in filter(any, table):
        probs = jnp.array(weights) / sum(weights)
        assert float(entropy.entropy_bits(probs)) == pytest.approx(plain_entropy(weights), abs=1e-5)


@pytest.mark.parametrize(
    ("counts", "bits"),
    [
        ([[4, 4], [0, 8]], 0.5),  # half the time one bit, half the time none
        ([[0, 0], [5, 5]], 1.0),  # a row never seen adds nothing
        ([[0, 9], [7, 0]], 0.0),
    ],
)
def test_conditional_entropy_of_known_tables(counts, bits):
    for table in (jnp.array(counts), np.array(counts)):
        assert entropy.conditional_entropy(table) == pytest.approx(bits, abs=1e-6)


@few
@given(tables, st.integers(0, V - 1))
def test_conditional_entropy_is_joint_minus_previous(table, empty):
    table[empty] = [0] * V
    if not any(map(any, table)):
        return
    joint = plain_entropy([count for row in table for count in row])
    previous = plain_entropy([sum(row) for row in table])
    assert entropy.conditional_entropy(jnp.array(table)) == pytest.approx(joint - previous, abs=1e-4)


def test_conditional_entropy_of_nothing_is_refused():
    with pytest.raises(ValueError, match="at least two characters"):
        entropy.conditional_entropy(jnp.zeros((V, V), int))


@few
@given(tables)
def test_add_one_is_laplace_and_each_row_sums_to_one(table):
    log_probs = entropy.add_one_log_probs(jnp.array(table))
    assert np.exp(log_probs).sum(axis=1) == pytest.approx(np.ones(V), abs=1e-5)
    wanted = [[(count + 1) / (sum(row) + V) for count in row] for row in table]
    assert np.exp(log_probs) == pytest.approx(np.array(wanted), rel=1e-5)


def test_add_one_takes_a_single_row():
    assert np.exp(entropy.add_one_log_probs([3, 0, 0, 1])) == pytest.approx([4 / 8, 1 / 8, 1 / 8, 2 / 8])


@few
@given(tables, rows_of_ids)
def test_the_bigram_loss_is_the_mean_over_the_pairs(table, ids):
    loss = entropy.bigram_loss(entropy.add_one_log_probs(jnp.array(table)), jnp.array(ids))
    assert loss == pytest.approx(plain_loss(table, ids), rel=1e-4)


@few
@given(rows_of_ids)
def test_the_unigram_loss_leaves_the_first_character_out(ids):
    shares = [0.5, 0.25, 0.125, 0.125]
    loss = entropy.unigram_loss(jnp.log(jnp.array(shares)), jnp.array(ids))
    assert loss == pytest.approx(-sum(math.log(shares[i]) for i in ids[1:]) / (len(ids) - 1), rel=1e-5)


@given(st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_the_entropy_rate_of_two_states_in_closed_form(leave, back):
    # Long-run shares of the states: back / (leave + back) and leave / (leave + back).
    rate = (back * plain_entropy([leave, 1 - leave]) + leave * plain_entropy([back, 1 - back])) / (leave + back)
    assert entropy.entropy_rate(np.array([[1 - leave, leave], [back, 1 - back]])) == pytest.approx(rate, abs=1e-9)


def test_the_entropy_rate_of_a_chain_that_never_wavers_is_zero():
    assert entropy.entropy_rate(np.array([[0, 1, 0], [0, 0, 1], [1, 0, 0]])) == pytest.approx(0, abs=1e-12)


def by_hand(text, context, vocab_size, memory, imagined):
    """p(next | context) of MacKay and Peto, straight from its definition."""
    probs = np.full(vocab_size, 1 / vocab_size)
    for n in range(min(memory, len(context)) + 1):
        end = context[len(context) - n :]
        counts = np.zeros(vocab_size)
        for place in range(n, len(text)):
            if text[place - n : place] == end:
                counts[text[place]] += 1
        probs = (counts + imagined * probs) / (counts.sum() + imagined)
    return probs


@pytest.mark.parametrize("memory", [0, 1, 2, 4])
def test_a_table_of_any_order_is_its_definition_after_every_text(memory):
    text = np.random.default_rng(memory).integers(0, 4, size=60).tolist()
    log_probs, next_row, start_row = entropy.ngram_rows(text, 4, memory, imagined=1.5, start_ids=[3, 1])
    np.testing.assert_allclose(np.exp(log_probs).sum(axis=1), 1, atol=1e-5)
    for seed in range(20):
        row, read = start_row, [3, 1]
        for id_ in np.random.default_rng(seed).integers(0, 4, size=12).tolist():
            row, read = next_row[row, id_], [*read, id_]
            np.testing.assert_allclose(np.exp(log_probs[row]), by_hand(text, read, 4, memory, 1.5), atol=1e-5)


def test_a_table_holds_what_was_seen_and_no_more():
    log_probs, next_row, _ = entropy.ngram_rows([0, 1, 0, 1, 2], 3, memory=2)
    assert len(log_probs) == 1 + 2 + 2  # nothing, then 0 or 1, then 01 or 10; after 12 the text ends
    assert next_row.max() < len(log_probs)


def test_what_cannot_be_counted_is_refused_in_words():
    with pytest.raises(ValueError, match="more than 64 bits"):
        entropy.ngram_rows(np.zeros(100, int), 63, memory=11)
    with pytest.raises(ValueError, match="use a longer text, or a shorter memory"):
        entropy.ngram_rows([0, 1], 3, memory=2)
    for memory in (-1, "1", 1.5, None, True):
        with pytest.raises(ValueError, match="memory is a whole number, 0 or more"):
            entropy.ngram_rows([0, 1, 2], 3, memory)
    for imagined in ("five", None, [5.0]):
        with pytest.raises(ValueError, match="imagined is a number"):
            entropy.ngram_rows([0, 1, 0], V, 1, imagined=imagined)
    with pytest.raises(ValueError, match="imagined is a finite number above 0"):
        entropy.ngram_rows([0, 1, 2], 3, memory=1, imagined=0.0)


@pytest.mark.parametrize("memory", [0, 1, 3])
def test_the_table_of_every_context_has_the_rows_that_its_number_says(memory):
    text = np.random.default_rng(7).integers(0, 4, size=50)
    table = entropy.ngram_log_probs(text, 4, memory)
    assert table.shape == (4**memory, 4)
    for ids in np.random.default_rng(8).integers(0, 4, size=(30, memory + 1)):
        row = int(entropy.context_rows(ids, 4, memory)[0])
        np.testing.assert_allclose(np.exp(table[row]), by_hand(text.tolist(), ids[:memory].tolist(), 4, memory, 5.0), atol=1e-5)
