"""The models of the course keep one protocol."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from chargen_lib import entropy
from chargen_lib.models import BigramTable, Counted, Model, NGramTable, PerPositionMLP, check_ids, read, read_by_steps

V, BATCH, TIME = 11, 3, 7
TABLE = jax.nn.log_softmax(jax.random.normal(jax.random.key(1), (V, V)))
IDS = jax.random.randint(jax.random.key(2), (BATCH, TIME), 0, V)


TEXT = np.random.default_rng(0).integers(0, V, size=300)
MODELS = {
    "mlp": lambda: PerPositionMLP(V, 5, 16, rngs=nnx.Rngs(0)),
    "pairs": lambda: BigramTable(TABLE),
    "n-grams": lambda: NGramTable(*entropy.ngram_rows(TEXT, V, memory=3, start_ids=TEXT[:2])),
}


@pytest.fixture(params=MODELS)
def model(request):
    return MODELS[request.param]()


def test_it_keeps_the_protocol(model):
    assert isinstance(model, Model)
    assert model.vocab_size == V
    logits = model(IDS)
    assert logits.shape == (BATCH, TIME, V) and logits.dtype == jnp.float32


def test_a_step_gives_what_the_whole_call_gives_at_every_position(model):
    logits, state = model(IDS), model.init_state(BATCH)
    for t in range(TIME):
        row, state = model.step(IDS[:, t], state)
        assert row.shape == (BATCH, V)
        np.testing.assert_allclose(row, logits[:, t], rtol=1e-5, atol=1e-6)


def test_every_leaf_of_the_state_has_the_batch_first(model):
    for size in (1, 4):
        assert all(leaf.shape[0] == size for leaf in jax.tree.leaves(model.init_state(size)))


def test_compiled_and_mapped_it_gives_the_same(model):
    logits = model(IDS)
    np.testing.assert_allclose(jax.jit(lambda ids: model(ids))(IDS), logits, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(nnx.jit(lambda m, ids: m(ids))(model, IDS), logits, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(jax.vmap(model)(IDS[:, None])[:, 0], logits, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("cut", [0, 1, 3, TIME])
def test_read_in_two_pieces_gives_what_the_whole_call_gives(model, cut):
    first, state = model.read(IDS[:, :cut], model.init_state(BATCH))
    second, end = model.read(IDS[:, cut:], state)
    np.testing.assert_allclose(jnp.concatenate([first, second], axis=1), model(IDS), rtol=1e-5, atol=1e-6)
    _, stepped = read_by_steps(model, IDS, model.init_state(BATCH))
    jax.tree.map(np.testing.assert_array_equal, end, stepped)


def test_what_stands_behind_a_rows_length_does_not_reach_its_state(model):
    lengths = jnp.array([0, 4, TIME])
    _, state = model.read(IDS, model.init_state(BATCH), lengths)
    logits, _ = model.step(IDS[:, 0], state)
    for row, length in enumerate(lengths.tolist()):
        alone = model(jnp.concatenate([IDS[row, :length], IDS[row, :1]])[None])[0, -1]
        np.testing.assert_allclose(logits[row], alone, rtol=1e-5, atol=1e-6)


def test_a_model_of_ones_own_that_only_steps_is_read_too(model):
    own = type("Own", (), {"step": lambda self, ids, state: model.step(ids, state)})()
    lengths = jnp.array([2, 5, 1])
    for given in (None, lengths):
        ours, theirs = read(model, IDS, model.init_state(BATCH), given), read(own, IDS, model.init_state(BATCH), given)
        jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6), ours, theirs)


def test_no_optimizer_moves_what_was_counted():
    for name in ("pairs", "n-grams"):
        table = MODELS[name]()
        assert not jax.tree.leaves(nnx.state(table, nnx.Param)) and jax.tree.leaves(nnx.state(table, Counted))


@pytest.mark.parametrize("name", ["mlp", "pairs"])
def test_it_sees_one_character(name):
    model, position = MODELS[name](), 4
    others = (IDS + 1) % V
    changed = others.at[:, position].set(IDS[:, position])
    assert float(jnp.abs(model(changed)[:, position] - model(IDS)[:, position]).max()) == 0.0
    assert float(jnp.abs(model(others)[:, position] - model(IDS)[:, position]).max()) > 0.0


def test_the_flat_product_is_the_product_at_every_position():
    model = PerPositionMLP(V, 5, 16, rngs=nnx.Rngs(0))
    stacked = model.output(nnx.relu(model.hidden(model.embedding(IDS))))
    np.testing.assert_allclose(model(IDS), stacked, rtol=1e-5, atol=1e-6)


def test_the_sizes_of_the_course():
    sizes = [p.size for p in jax.tree.leaves(nnx.state(PerPositionMLP(rngs=nnx.Rngs(0)), nnx.Param))]
    assert sum(sizes) == 128 * 64 + (64 * 128 + 128) + (128 * 128 + 128)


def test_another_key_makes_another_network():
    one, same, other = (PerPositionMLP(V, 5, 16, rngs=nnx.Rngs(seed))(IDS) for seed in (0, 0, 1))
    assert (one == same).all() and not (one == other).all()


def test_the_table_answers_with_its_rows():
    assert (BigramTable(TABLE)(IDS) == TABLE[IDS]).all()


def test_a_table_of_all_contexts_is_read_by_the_digits_of_a_context():
    dense = jax.nn.log_softmax(jax.random.normal(jax.random.key(4), (V**2, V)))
    logits = NGramTable.of_all_contexts(dense)(IDS)
    np.testing.assert_array_equal(logits[:, 1:], dense[IDS[:, :-1] * V + IDS[:, 1:]])
    with pytest.raises(ValueError, match=r"\(vocab \*\* memory, vocab\), but"):
        NGramTable.of_all_contexts(jnp.zeros((V**2 - 1, V)))


def test_a_table_that_leads_nowhere_is_refused():
    rows = np.zeros((3, V), int)
    for log_probs, next_row, start in (
        (np.zeros((3, V)), rows + 3, 0),
        (np.zeros((3, V)), rows - 1, 0),
        (np.zeros((3, V)), rows * 0.5, 0),
        (np.zeros((3, V)), rows, 3),
        (np.zeros((2, V)), rows, 0),
    ):
        with pytest.raises(ValueError, match="next_row"):
            NGramTable(log_probs, next_row, start)


@pytest.mark.parametrize("shape", [(V,), (V, V + 1), (2, V, V)])
def test_a_table_that_is_not_square_is_refused(shape):
    with pytest.raises(ValueError, match=r"\(vocab, vocab\), but .*" + str(shape).replace("(", r"\(").replace(")", r"\)")):
        BigramTable(jnp.zeros(shape))


def test_ids_that_a_model_does_not_know_are_refused_in_words():
    check_ids(IDS, V, "the prompt")
    check_ids(jnp.zeros((1, 0), int), V, "the prompt")
    with pytest.raises(ValueError, match="ids of the prompt must be whole numbers, but they are float32"):
        check_ids(jnp.array([0.0]), V, "the prompt")
    with pytest.raises(ValueError, match=r"ids of the text run from 3 to 11, but this model knows 0 to 10"):
        check_ids(jnp.array([3, V]), V, "the text")
    with pytest.raises(ValueError, match=r"run from -1 to 2"):
        check_ids(jnp.array([[-1], [2]]), V, "the text")
    for text in ("the text", ["the", "text"]):
        with pytest.raises(ValueError, match="are a text: encode it first"):
            check_ids(text, V, "the text")
    with pytest.raises(ValueError, match="rows of unequal lengths"):
        check_ids([[1, 2], [3]], V, "the text")
