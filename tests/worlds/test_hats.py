"""Four kinds of hats, of which everything is known: against counting what was drawn, and against the sums written out."""

import itertools

import numpy as np
import pytest

from chargen_lib.corpora import MARKOV_HATS
from chargen_lib.worlds.hats import KINDS, LabelledHats

HATS = LabelledHats()
V = len(HATS.characters)


def test_a_kind_has_two_tickets_of_its_own_in_each_hat():
    for k, kind in enumerate(KINDS):
        for before, hat in MARKOV_HATS.items():
            tickets = hat[:2] + kind + kind + hat[4:]
            row = HATS.transitions[k, HATS.characters.index(before)]
            assert row.tolist() == [tickets.count(after) / 8 for after in HATS.characters]


def test_how_often_a_character_is_met_does_not_change_from_place_to_place():
    np.testing.assert_allclose(HATS.stationary.sum(axis=1), 1)
    np.testing.assert_allclose(np.einsum("ka,kab->kb", HATS.stationary, HATS.transitions), HATS.stationary, atol=1e-12)


def test_what_is_drawn_has_the_shares_that_are_stated():
    labels, ids = HATS.draw(np.random.default_rng(0), 20_000, 12)
    assert labels.shape == (20_000,) and ids.shape == (20_000, 12) and labels.dtype == ids.dtype == np.int32
    np.testing.assert_allclose(np.bincount(labels) / 20_000, 1 / 4, atol=0.015)
    for k in range(len(KINDS)):
        of_kind = ids[labels == k]
        for place in (0, 11):
            np.testing.assert_allclose(
                np.bincount(of_kind[:, place], minlength=V) / len(of_kind), HATS.stationary[k], atol=0.03
            )
        pairs = np.zeros((V, V))
        np.add.at(pairs, (of_kind[:, :-1].ravel(), of_kind[:, 1:].ravel()), 1)
        np.testing.assert_allclose(pairs / pairs.sum(axis=1, keepdims=True), HATS.transitions[k], atol=0.02)
    again = HATS.draw(np.random.default_rng(0), 20_000, 12)
    assert (again[0] == labels).all() and (again[1] == ids).all()


def test_the_floors_are_the_sums_written_out():
    told = untold = 0.0
    pairs = np.zeros((V, V))
    for k, a, b in itertools.product(range(len(KINDS)), range(V), range(V)):
        p = HATS.stationary[k, a] * HATS.transitions[k, a, b] / len(KINDS)
        pairs[a, b] += p
        if p:
            told -= p * np.log2(HATS.transitions[k, a, b])
    for a, b in itertools.product(range(V), range(V)):
        if pairs[a, b]:
            untold -= pairs[a, b] * np.log2(pairs[a, b] / pairs[a].sum())
    assert HATS.bits_with_label() == pytest.approx(told)
    assert HATS.bits_without() == pytest.approx(untold)
    assert 0.26 < untold - told < 0.28


def test_of_all_texts_of_three_characters_bayes_is_the_best():
    """Every text enumerated: its probability, the posterior, and the next character's."""
    texts = np.array(list(itertools.product(range(V), repeat=3)))
    joint = np.array(
        [
            [HATS.stationary[k, t[0]] * HATS.transitions[k, t[0], t[1]] * HATS.transitions[k, t[1], t[2]] / 4 for k in range(4)]
            for t in texts
        ]
    )
    possible = joint.sum(axis=1) > 0
    assert joint.sum() == pytest.approx(1)
    np.testing.assert_allclose(
        HATS.posterior(texts[possible])[:, -1], joint[possible] / joint[possible].sum(axis=1, keepdims=True), atol=1e-9
    )
    losses = HATS.best_losses(texts[possible])
    first = (HATS.stationary[:, texts[possible][:, 0]] / 4).sum(axis=0)
    np.testing.assert_allclose(np.exp(-losses.sum(axis=1)) * first, joint[possible].sum(axis=1), atol=1e-9)


def test_a_text_with_an_impossible_pair_is_of_a_kind_all_the_same():
    impossible = HATS.characters.index("n"), HATS.characters.index("n")
    assert (HATS.transitions[:, *impossible] == 0).all()
    labels, ids = HATS.draw(np.random.default_rng(1), 200, 60)
    ids[:, 5:7] = impossible[0]
    posterior = HATS.posterior(ids)[:, -1]
    np.testing.assert_allclose(posterior.sum(axis=-1), 1)
    assert (posterior.argmax(axis=-1) == labels).mean() > 0.95
