"""Lesson 07: mistakes as learners write them, each told for what it is."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from telling import named

from chargen_lib import corpora
from chargen_lib.exercises import EXERCISES, judge
from chargen_lib.exercises.lesson_07.searches import beam_search, viterbi
from chargen_lib.exercises.lesson_07.tables_to_search import CHAIN, TRAP, crowd
from chargen_lib.exercises.lesson_07.wrong_beams import FABLES_V

# --- viterbi: no width of a beam search will do -------------------------------------------------------------------------


def by_beams(width):
    def viterbi(log_probs, start, num_chars):
        vocab_size = len(log_probs)
        sequences, scores, last = jnp.zeros((1, 0), int), jnp.zeros(1), jnp.array([start])
        for _ in range(num_chars):
            totals = (scores[:, None] + log_probs[last]).ravel()
            scores, best = jax.lax.top_k(totals, min(width(vocab_size), len(totals)))
            last = best % vocab_size
            sequences = jnp.concatenate([sequences[best // vocab_size], last[:, None]], axis=1)
        return sequences[0], scores[0]

    return viterbi


@pytest.mark.parametrize(
    "width", [lambda V: V, lambda V: 2 * V, lambda V: V * V, lambda V: 10, lambda V: 50, lambda V: 100, lambda V: 250]
)
def test_viterbi_by_beams_of_any_width_is_told(width):
    assert named("viterbi", by_beams(width)) == "wide beams"


def test_what_is_said_of_the_tables_is_true():
    for seed in range(20):
        table, start = crowd(np.random.default_rng(seed))
        assert np.allclose(np.exp(table).sum(axis=1), 1)
        (sequence, log_prob), losing = viterbi(table, start, 5), [1, 2, 5, 20, 255]
        found = [beam_search(table, start, 5, width) for width in losing]
        assert all((sequences[0] == found[0][0][0]).all() for sequences, _ in found)
        assert all(scores[0] < log_prob - 0.3 for _, scores in found) and len(set(sequence.tolist())) == 1
    assert [beam_search(CHAIN, 0, 3, width)[0][0].tolist() for width in (1, 2, 3)] == [[0, 0, 0], [1, 0, 0], [2, 1, 0]]
    ahead = [np.exp(beam_search(TRAP, 0, 3, width)[1][0]) for width in (1, 2, 3)]
    assert ahead[1] < 0.12 < 0.18 < ahead[0] and abs(ahead[2] - ahead[0]) < 1e-6
    assert np.allclose(np.exp(CHAIN[0]), [0.40, 0.35, 0.25]) and np.allclose(np.exp(TRAP[0]), [0.47, 0.51, 0.02])


# --- equal scores -------------------------------------------------------------------------------------------------------


def beams_in_pairs(score_first, text):
    def beam_search(log_probs, start, num_chars, num_beams):
        beams = [(0.0, text([]))]
        for _ in range(num_chars):
            beams = [
                (score + float(log_probs[chars[-1] if len(chars) else start, c]), text([*chars, c]))
                for score, chars in beams
                for c in range(len(log_probs))
            ]
            beams = sorted(beams, key=None if score_first else lambda beam: beam[0], reverse=True)[:num_beams]
        return jnp.array([chars for _, chars in beams]), jnp.array([score for score, _ in beams])

    return beam_search


def test_of_two_beams_with_one_score_any_may_come_first():
    for score_first in (True, False):
        report = judge(EXERCISES["beam_search"], beams_in_pairs(score_first, list))
        assert report.status == "correct", report


def test_a_ranking_that_compares_the_texts_of_two_equal_scores_is_refused():
    report = judge(EXERCISES["beam_search"], beams_in_pairs(True, lambda chars: jnp.array(chars, int)))
    assert report.status == "wrong" and "ValueError: The truth value of an array" in report.diagnosis


def test_any_of_the_likeliest_texts_will_do():
    def last_of_the_equal(log_probs, start, num_chars):
        scores, notes = log_probs[start], []
        for _ in range(num_chars - 1):
            totals = scores[:, None] + log_probs
            notes.append(len(scores) - 1 - totals[::-1].argmax(axis=0))
            scores = totals.max(axis=0)
        path = [len(scores) - 1 - scores[::-1].argmax()]
        for note in reversed(notes):
            path.append(note[path[-1]])
        return jnp.array(path[::-1]), scores.max()

    assert judge(EXERCISES["viterbi"], last_of_the_equal).status == "correct"


def test_the_log_probability_must_be_that_of_the_likeliest_too():
    def of_another(log_probs, start, num_chars):
        path, log_prob = viterbi(log_probs, start, num_chars)
        return path, log_prob - 0.1

    assert named("viterbi", of_another) is None


def test_viterbi_by_trying_all_texts_is_right():
    def viterbi(log_probs, start, num_chars):
        table = log_probs.tolist()

        def log_prob(text):
            return sum(table[a][b] for a, b in itertools.pairwise((start, *text)))

        best = max(itertools.product(range(len(table)), repeat=num_chars), key=log_prob)
        return jnp.array(best), log_prob(best)

    assert judge(EXERCISES["viterbi"], viterbi).status == "correct"


# --- beams whose parents are not followed ---------------------------------------------------------------------------------


def test_beams_whose_parents_are_not_followed_are_told():
    def in_place(log_probs, start, num_chars, num_beams):
        scores, last = jnp.zeros(1), jnp.array([start])
        columns = []
        for _ in range(num_chars):
            totals = (scores[:, None] + log_probs[last]).ravel()
            scores, best = jax.lax.top_k(totals, min(num_beams, len(totals)))
            last = best % len(log_probs)
            columns.append(last)
        return jnp.stack(columns, axis=1), scores

    assert named("beam_search", in_place) == "steps stacked"

    def rows_of_its_own(log_probs, start, num_chars, num_beams):
        sequences, scores, last = jnp.zeros((num_beams, 0), int), jnp.zeros(1), jnp.array([start])
        for _ in range(num_chars):
            totals = (scores[:, None] + log_probs[last]).ravel()
            scores, best = jax.lax.top_k(totals, min(num_beams, len(totals)))
            last = best % len(log_probs)
            column = jnp.zeros(num_beams, int).at[: len(last)].set(last)
            sequences = jnp.concatenate([sequences, column[:, None]], axis=1)
        return sequences[: len(scores)], scores

    assert named("beam_search", rows_of_its_own) == "parents forgotten"

    def rows_beside_the_new_ones(log_probs, start, num_chars, num_beams):
        rows, scores, last = [[]], jnp.zeros(1), jnp.array([start])
        for _ in range(num_chars):
            totals = (scores[:, None] + log_probs[last]).ravel()
            scores, best = jax.lax.top_k(totals, min(num_beams, len(totals)))
            last = best % len(log_probs)
            rows = [[*rows[i if i < len(rows) else 0], int(c)] for i, c in enumerate(last)]
        return jnp.array(rows), scores

    for seed in range(3):
        said = judge(EXERCISES["beam_search"], rows_beside_the_new_ones, seed=seed).diagnosis
        assert said.endswith("Fetch each one's parent first: sequences[parents], then append.")


def test_the_v_of_the_notebook_is_told():
    V = len(set(corpora.load("fables").text))
    assert V == FABLES_V

    def beam_search(log_probs, start, num_chars, num_beams):
        sequences, scores, last = jnp.zeros((1, 0), int), jnp.zeros(1), jnp.array([start])
        for _ in range(num_chars):
            totals = (scores[:, None] + log_probs[last]).ravel()
            scores, best = jax.lax.top_k(totals, min(num_beams, len(totals)))
            last = best % V
            sequences = jnp.concatenate([sequences[best // V], last[:, None]], axis=1)
        return sequences, scores

    assert named("beam_search", beam_search) == "the fables' V"


# --- one text in place of several, and others -----------------------------------------------------------------------------


def beams_by(chosen, returned=lambda beams, num_beams: beams):
    """chosen(extended, log_probs, num_beams): which of the extended beams go on; each is (text, score, rank of its parent)."""

    def beam_search(log_probs, start, num_chars, num_beams):
        beams = [((), 0.0)]
        for _ in range(num_chars):
            extended = [
                ((*text, c), score + float(log_probs[text[-1] if text else start, c]), rank)
                for rank, (text, score) in enumerate(beams)
                for c in range(len(log_probs))
            ]
            beams = [beam[:2] for beam in chosen(sorted(extended, key=lambda beam: -beam[1]), num_beams)]
        beams = returned(beams, num_beams)
        return jnp.array([text for text, _ in beams]), jnp.array([score for _, score in beams])

    return beam_search


def best_of_each_parent(extended, num_beams):
    best: dict = {}
    for beam in extended:
        best.setdefault(beam[2], beam)
    return list(best.values())


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("greedy", beams_by(lambda extended, num_beams: extended[:1])),
        ("greedy", beams_by(best_of_each_parent)),
        ("greedy, repeated", beams_by(lambda extended, num_beams: extended[:1], lambda beams, num_beams: beams * num_beams)),
        ("children of the best alone", beams_by(lambda extended, num_beams: [b for b in extended if b[2] == 0][:num_beams])),
    ],
)
def test_one_text_in_place_of_several_is_told(name, answer):
    assert named("beam_search", answer) == name


def test_the_best_beam_alone_is_told():
    right = beams_by(lambda extended, num_beams: extended[:num_beams])
    assert judge(EXERCISES["beam_search"], right).status == "correct"
    assert named("beam_search", lambda *args: tuple(part[0] for part in right(*args))) == "the best alone"


def forward_by(through, axis=0, notes=lambda through, log_probs: through):
    def viterbi(log_probs, start, num_chars):
        scores, parents = log_probs[start], []
        for _ in range(num_chars - 1):
            totals = through(scores, log_probs)
            parents.append(notes(totals, log_probs).argmax(axis=axis))
            scores = totals.max(axis=axis)
        path = [int(scores.argmax())]
        for parent in reversed(parents):
            path.append(int(parent[path[-1]]))
        return jnp.array(path[::-1]), float(scores.max())

    return viterbi


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("no column", forward_by(lambda scores, L: scores + L)),
        ("no column, max over the next", forward_by(lambda scores, L: scores + L, axis=1)),
        ("max over the next", forward_by(lambda scores, L: scores[:, None] + L, axis=1)),
        ("notes of the table alone", forward_by(lambda scores, L: scores[:, None] + L, notes=lambda totals, L: L)),
    ],
)
def test_scores_that_are_added_along_the_wrong_axis_are_told(name, answer):
    assert named("viterbi", answer) == name


@pytest.mark.parametrize(
    ("name", "look_up"),
    [
        ("rows", lambda L, ids: L[ids]),
        ("rows of the previous", lambda L, ids: L[ids[:-1]]),
        ("rows of the next", lambda L, ids: L[ids[1:]]),
        ("two lookups", lambda L, ids: L[ids[:-1]][ids[1:]]),
        ("each with itself", lambda L, ids: L[ids, ids]),
        ("drops the first step", lambda L, ids: L[ids[1:-1], ids[2:]]),
    ],
)
def test_what_is_looked_up_in_place_of_steps_is_told(name, look_up):
    assert named("sequence_log_prob", lambda L, ids: look_up(L, ids).sum()) == name


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("whole power", lambda log_prob, length, alpha: (log_prob / length) ** alpha),
        ("whole power", lambda log_prob, length, alpha: jnp.power(log_prob / length, alpha)),
        ("whole power, sign kept", lambda log_prob, length, alpha: -((-log_prob / length) ** alpha)),
        ("power of the log-probability", lambda log_prob, length, alpha: log_prob**alpha / length),
        ("root", lambda log_prob, length, alpha: log_prob / length**0.5),
        ("unchanged", lambda log_prob, length, alpha: log_prob),
        ("cost for each character", lambda log_prob, length, alpha: log_prob - alpha * length),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_powers_of_the_wrong_thing_are_told(name, answer):
    assert named("length_normalised", answer) == name
