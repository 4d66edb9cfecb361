"""Modified Kneser-Ney, against its definition in plain Python, and on the course's own text."""

import math
import time
from collections import Counter

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chargen_lib import corpora
from chargen_lib.kneser_ney import discounts, kneser_ney_rows, losses
from chargen_lib.models import NGramTable
from chargen_lib.text import Vocabulary, split
from chargen_lib.training import evaluate

V = 3
BEGINNING = "beginning"


def by_hand(text, context, memory):
    """p(next | context), straight from Chen and Goodman's definition: counts in dictionaries, and a recursion."""
    context = context[max(len(context) - memory, 0) :]
    probs = [1 / V] * V
    for n in range(len(context) + 1):
        pieces = [tuple(text[i : i + n + 1]) for i in range(len(text) - n)]
        if n == memory:
            counts = Counter(pieces)
        else:
            before = {(piece, text[i - 1] if i else BEGINNING) for i, piece in enumerate(pieces)}
            counts = Counter(piece for piece, _ in before)
        taken = by_hand_discounts(counts.values())
        here = [counts[(*context[len(context) - n :], id_)] for id_ in range(V)]
        if not sum(here):
            break
        spread = sum(taken[min(count, 3)] for count in here)
        probs = [(c - taken[min(c, 3)] + spread * p) / sum(here) for c, p in zip(here, probs, strict=True)]
    return probs


def by_hand_discounts(counts):
    n = Counter(counts)
    if n[1] and n[2] and n[3]:
        y = n[1] / (n[1] + 2 * n[2])
        found = [0] + [k - (k + 1) * y * n[k + 1] / n[k] for k in (1, 2, 3)]
        if all(0 < d <= k for k, d in enumerate(found) if k):
            return found
    return [0, 0.5, 1, 1.5]


@settings(deadline=None, max_examples=60)
@example([0, 0, 0, 0, 0], 4, [], [0, 0, 0])
@example([0, 1, 0, 2, 1, 0, 1], 4, [1, 0, 1], [])
@given(
    st.lists(st.integers(0, V - 1), min_size=5, max_size=120),
    st.integers(0, 4),
    st.lists(st.integers(0, V - 1), max_size=6),
    st.lists(st.integers(0, V - 1), max_size=3),
)
def test_it_is_its_definition_after_every_text(text, memory, read, start):
    log_probs, next_row, row = kneser_ney_rows(text, V, memory, start)
    np.testing.assert_allclose(np.exp(log_probs).sum(axis=1), 1, atol=1e-5)
    for id_ in read:
        row = next_row[row, id_]
    np.testing.assert_allclose(np.exp(log_probs[row]), by_hand(text, start + read, memory), atol=1e-5)
    wanted = [-math.log(by_hand(text, start + read[: i + 1], memory)[read[i + 1]]) for i in range(len(read) - 1)]
    np.testing.assert_allclose(losses(text, V, memory, read, start), wanted, atol=1e-12)


def test_a_frequent_character_that_follows_one_other_is_no_likely_guess_elsewhere():
    text = [0, 1] * 40 + [0, 2, 2, 0, 0, 2, 1, 2]  # 1 comes often, nearly always after 0
    log_probs, _, start_row = kneser_ney_rows(text, V, memory=1)
    shares = np.exp(log_probs[start_row])
    assert np.bincount(text)[1] > 6 * np.bincount(text)[2] and shares[1] < shares[2]


def test_the_discounts_are_those_of_the_formula_and_never_more_than_there_is():
    counts = np.repeat([1, 2, 3, 4], [100, 40, 20, 12])
    share = 100 / 180
    wanted = [0, 1 - 2 * share * 40 / 100, 2 - 3 * share * 20 / 40, 3 - 4 * share * 12 / 20]
    np.testing.assert_allclose(discounts(counts), wanted)
    for odd in ([1], [2, 2, 3], [], np.repeat([1, 2, 3, 4], [9, 9, 1, 90])):
        assert discounts(np.array(odd, int)).tolist() == [0, 0.5, 1, 1.5]


@pytest.fixture(scope="module")
def fables():
    corpus = corpora.load("fables")
    vocabulary = Vocabulary.from_text(corpus.text)
    return *(np.asarray(part) for part in split(vocabulary.encode(corpus.text))), len(vocabulary)


def test_context_6_of_the_fables_is_counted_in_a_second_and_guesses_well(fables):
    train, held_out, size = fables
    begun = time.process_time()
    log_probs, next_row, start_row = kneser_ney_rows(train, size, memory=6)
    assert time.process_time() - begun < 1
    np.testing.assert_allclose(np.exp(log_probs).sum(axis=1), 1, atol=1e-5)
    bits = evaluate(NGramTable(log_probs, next_row, start_row), held_out) / math.log(2)
    assert 1.89 < bits < 1.92
    assert losses(train, size, 6, held_out).mean() / math.log(2) == pytest.approx(bits, abs=1e-4)


def test_what_is_too_large_for_a_table_is_judged_without_one(fables):
    train, held_out, size = fables
    with pytest.raises(ValueError, match=r"takes \d{3} MB, more than 300: take a shorter memory; or kneser_ney.losses"):
        kneser_ney_rows(train, size, memory=10)
    assert 1.89 < losses(train, size, 10, held_out).mean() / math.log(2) < 1.93


def test_what_cannot_be_counted_is_refused_in_words():
    with pytest.raises(ValueError, match="more than 64 bits"):
        kneser_ney_rows(np.zeros(100, int), 63, memory=11)
    with pytest.raises(ValueError, match="use a longer text, or a shorter memory"):
        kneser_ney_rows([0, 1], 3, memory=2)
    with pytest.raises(ValueError, match="memory is a whole number, 0 or more"):
        kneser_ney_rows([0, 1, 2], 3, memory=-1)


@pytest.mark.parametrize("wrong", [[0, 3, 1], [0, -1, 1], [0.0, 1.0], [[0, 1], [1, 0]]])
def test_ids_that_are_none_of_the_vocabulary_are_refused_in_words(wrong):
    """They would be counted, or looked up, as another context."""
    with pytest.raises(ValueError, match=r"ids .* whole numbers from 0 to 2"):
        losses([0, 1, 2, 0], V, 1, wrong)
    with pytest.raises(ValueError, match=r"ids .* whole numbers from 0 to 2"):
        kneser_ney_rows(wrong, V, 1)
    assert losses([0, 1, 2, 0], V, 1, []).shape == losses([0, 1, 2, 0], V, 1, [1]).shape == (0,)


@pytest.mark.parametrize("memory", ["2", None, 1.5, True, -1])
def test_a_memory_that_is_no_whole_number_is_refused_in_words(memory):
    with pytest.raises(ValueError, match="memory is a whole number, 0 or more"):
        kneser_ney_rows([0, 1, 2, 0, 1], 3, memory)
