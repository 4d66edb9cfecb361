"""Beam search: exhaustive when wide enough, greedy when one wide, equal to Viterbi on chains, and never aliased."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from hypothesis import given, settings
from hypothesis import strategies as st

from chargen_lib.models import BigramTable, PerPositionMLP
from chargen_lib.search import beam_search, viterbi


def chain(seed, vocab, zeros=False):
    rng = np.random.default_rng(seed)
    probs = rng.dirichlet(np.ones(vocab), size=vocab)
    if zeros:
        probs[rng.random(probs.shape) < 0.3] = 0
        probs[:, 0] += 0.05  # every row has a way out
        probs /= probs.sum(axis=1, keepdims=True)
    with np.errstate(divide="ignore"):
        return np.log(probs)


def exhaustive(table, start, num_chars, end_id=None, length_penalty=1.0):
    """Every text and its score, best first, in plain Python."""
    texts = {}
    for ids in itertools.product(range(len(table)), repeat=num_chars):
        length = ids.index(end_id) + 1 if end_id in ids else num_chars
        text = ids[:length] + (end_id,) * (num_chars - length) if end_id is not None else ids
        log_prob = sum(table[a, b] for a, b in itertools.pairwise((start, *ids[:length])))
        if np.isfinite(log_prob):
            texts[text] = (log_prob / length**length_penalty, log_prob)
    return sorted(((s, lp, t) for t, (s, lp) in texts.items()), reverse=True)


class LooksBack(nnx.Module):
    """Its logits depend on all that was read: the state matters, and mixing up the beams' states would show."""

    def __init__(self, vocab_size, rngs):
        self.vocab_size = vocab_size
        self.embedding = nnx.Embed(vocab_size, 8, rngs=rngs)
        self.output = nnx.Linear(8, vocab_size, rngs=rngs)

    def init_state(self, batch_size):
        return {"memory": jnp.zeros((batch_size, 8))}

    def step(self, ids, state):
        memory = 0.7 * state["memory"] + self.embedding(ids)
        return 4 * self.output(jnp.tanh(memory)), {"memory": memory}

    def __call__(self, ids):
        state, logits = self.init_state(ids.shape[0]), []
        for t in range(ids.shape[1]):
            row, state = self.step(ids[:, t], state)
            logits.append(row)
        return jnp.stack(logits, axis=1)


def log_prob_by_call(model, prompt, sequence):
    """The sequence's ln p from one whole call, no step."""
    ids = jnp.concatenate([prompt, sequence])[None]
    log_p = jax.nn.log_softmax(model(ids), axis=-1)[0]
    places = jnp.arange(len(prompt) - 1, ids.shape[1] - 1)
    return float(log_p[places, ids[0, places + 1]].sum())


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 2**31), zeros=st.booleans())
def test_wide_enough_it_is_exhaustive(seed, zeros):
    table = chain(seed, 3, zeros)
    found = beam_search(BigramTable(jnp.array(table)), jnp.array([1]), num_chars=4, num_beams=81)
    expected = exhaustive(table, 1, 4)
    assert len(found.sequences) == len(expected)
    np.testing.assert_allclose(found.log_probs, [lp for _, lp, _ in expected], rtol=1e-4, atol=1e-5)
    assert {tuple(s) for s in found.sequences.tolist()} == {t for _, _, t in expected}


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 2**31), length_penalty=st.sampled_from([0.0, 0.7, 1.0, 2.0]))
def test_finished_texts_compete_by_score(seed, length_penalty):
    table = chain(seed, 3)
    found = beam_search(
        BigramTable(jnp.array(table)), jnp.array([0]), num_chars=4, num_beams=81, end_id=2, length_penalty=length_penalty
    )
    expected = exhaustive(table, 0, 4, end_id=2, length_penalty=length_penalty)
    assert len(found.sequences) == len(expected)
    np.testing.assert_allclose(found.scores, [s for s, _, _ in expected], rtol=1e-4, atol=1e-5)
    # Texts of the same steps in another order are equally likely, and float32 may put either first.
    assert tuple(found.sequences[0].tolist()) in {t for score, _, t in expected if score > expected[0][0] - 1e-5}
    for row in found.sequences.tolist():  # after the end, only the end
        assert 2 not in row or set(row[row.index(2) :]) == {2}


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_wide_on_a_chain_it_has_viterbis_score(seed):
    table = chain(seed, 4)
    _, best = viterbi(table, 2, 6)
    # With V beams per character nothing that could still win is pruned in a chain: V * V is more than enough.
    found = beam_search(BigramTable(jnp.array(table)), jnp.array([2]), num_chars=6, num_beams=4**5)
    assert abs(float(found.log_probs[0]) - best) < 1e-4
    assert abs(best - exhaustive(table, 2, 6)[0][1]) < 1e-9


@pytest.mark.parametrize("seed", range(5))
def test_width_one_is_greedy(seed):
    model = LooksBack(5, rngs=nnx.Rngs(seed))
    prompt = jnp.array([1, 3, 2])
    greedy = prompt
    for _ in range(8):
        greedy = jnp.append(greedy, model(greedy[None])[0, -1].argmax())
    found = beam_search(model, prompt, num_chars=8, num_beams=1)
    assert found.sequences[0].tolist() == greedy[3:].tolist()


@pytest.mark.parametrize("seed", range(5))
def test_every_beam_has_the_log_prob_it_says(seed):
    model = LooksBack(5, rngs=nnx.Rngs(seed))
    prompt = jnp.array([1, 3, 2])
    found = beam_search(model, prompt, num_chars=7, num_beams=6)
    assert len({tuple(s) for s in found.sequences.tolist()}) == 6, "no text twice"
    assert list(found.scores) == sorted(found.scores, reverse=True)
    for sequence, log_prob in zip(found.sequences, found.log_probs, strict=True):
        assert abs(log_prob_by_call(model, prompt, sequence) - float(log_prob)) < 1e-3


def test_a_model_that_sees_one_character_is_searched_too():
    found = beam_search(PerPositionMLP(7, 4, 8, rngs=nnx.Rngs(0)), jnp.array([3]), num_chars=5, num_beams=3)
    assert found.sequences.shape == (3, 5) and found.scores.shape == (3,)


def test_equal_scores_go_to_the_lower_id():
    found = beam_search(BigramTable(jnp.zeros((4, 4))), jnp.array([0]), num_chars=2, num_beams=3)
    assert found.sequences.tolist() == [[0, 0], [0, 1], [0, 2]]


@pytest.mark.parametrize(
    ("settings_", "says"),
    [
        ({"num_beams": 0}, "num_beams"),
        ({"num_chars": 0}, "num_chars"),
        ({"end_id": 4}, "end_id"),
        ({"length_penalty": float("nan")}, "length_penalty"),
        ({"length_penalty": "1"}, "length_penalty is a number"),
        *[({name: bad}, f"{name} is a whole number") for name in ("num_beams", "num_chars") for bad in ("3", 1.5, None, True)],
        *[({"end_id": bad}, "end_id must be one of") for bad in ("a", 1.0, True, [1])],
    ],
)
def test_settings_without_meaning_are_refused(settings_, says):
    with pytest.raises(ValueError, match=says):
        beam_search(BigramTable(jnp.zeros((4, 4))), jnp.array([0]), **{"num_chars": 3, "num_beams": 2, **settings_})
    with pytest.raises(ValueError, match="prompt"):
        beam_search(BigramTable(jnp.zeros((4, 4))), jnp.array([[0]]), num_chars=3, num_beams=2)
    with pytest.raises(ValueError, match="run from 0 to 9"):
        beam_search(BigramTable(jnp.zeros((4, 4))), jnp.array([0, 9]), num_chars=3, num_beams=2)
