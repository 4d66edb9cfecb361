"""The models of the course keep one protocol."""

import functools
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import nnx

from chargen_lib import entropy
from chargen_lib.evaluation import evaluate
from chargen_lib.generation import generate, generate_text
from chargen_lib.models import (
    BigramTable,
    Counted,
    Guided,
    Labelled,
    Mixture,
    Model,
    NGramTable,
    PerPositionMLP,
    Recurrent,
    Transformer,
    WindowMLP,
    check_ids,
    read,
    read_by_steps,
    room_for,
)
from chargen_lib.models.parts import dropped
from chargen_lib.models.transformer import rotate, turned
from chargen_lib.sampling import Sampler
from chargen_lib.search import beam_search
from chargen_lib.speculation import speculate
from chargen_lib.text import Vocabulary
from chargen_lib.training import fit

V, BATCH, TIME = 11, 3, 7
TABLE = jax.nn.log_softmax(jax.random.normal(jax.random.key(1), (V, V)))
IDS = jax.random.randint(jax.random.key(2), (BATCH, TIME), 0, V)


TEXT = np.random.default_rng(0).integers(0, V, size=300)
MODELS = {
    "mlp": lambda: PerPositionMLP(V, 5, 16, rngs=nnx.Rngs(0)),
    "pairs": lambda: BigramTable(TABLE),
    "n-grams": lambda: NGramTable(*entropy.ngram_rows(TEXT, V, memory=3, start_ids=TEXT[:2])),
    "window": lambda: WindowMLP(V, 4, 3, 8, dropout=0.5, rngs=nnx.Rngs(0)),
    "rnn": lambda: Recurrent(V, 3, 5, cell="rnn", rngs=nnx.Rngs(0)),
    "gru": lambda: Recurrent(V, 3, 5, layers=2, residual=True, dropout=0.5, rngs=nnx.Rngs(0)),
    "lstm": lambda: Recurrent(V, 3, 5, cell="lstm", layers=2, rngs=nnx.Rngs(0)),
    "mixture": lambda: Mixture([MODELS["n-grams"](), MODELS["gru"]()], [0.25, 0.75]),
    "guided": lambda: Guided(MODELS["rnn"](), MODELS["window"](), 1.5),
    "labelled": lambda: Labelled(MODELS["gru"](), 2, rngs=nnx.Rngs(1)).given(1),
    "transformer": lambda: Transformer(
        V, 8, context=3, layers=2, heads=2, dropout=0.5, rngs=nnx.Rngs(0)
    ),  # the ring is written over
}
DROPS = ["window", "gru", "transformer", "mixture", "guided", "labelled"]
close = partial(np.testing.assert_allclose, rtol=1e-5, atol=1e-5)


class Compiled:
    """A model whose three ways of asking are compiled once for each shape, for all tests here: as it is, op by op, each scan would be anew."""

    def __init__(self, model):
        self.vocab_size, self.init_state = model.vocab_size, model.init_state
        self.call = jax.jit(lambda ids: model(ids))
        self.step, self.read = jax.jit(model.step), jax.jit(model.read)

    def __call__(self, ids):
        return self.call(ids)


@functools.cache
def compiled(name):
    return Compiled(MODELS[name]())


@pytest.fixture(params=MODELS)
def name(request):
    return request.param


@pytest.fixture
def model(name):
    return compiled(name)


def test_it_keeps_the_protocol(name):
    model = MODELS[name]()
    assert isinstance(model, Model)
    assert model.vocab_size == V
    logits = model(IDS)
    close(compiled(name)(IDS), logits)
    assert logits.shape == (BATCH, TIME, V) and logits.dtype == jnp.float32


def test_a_step_gives_what_the_whole_call_gives_at_every_position(model):
    logits, state = model(IDS), model.init_state(BATCH)
    for t in range(TIME):
        row, state = model.step(IDS[:, t], state)
        assert row.shape == (BATCH, V)
        close(row, logits[:, t])


def test_every_leaf_of_the_state_has_the_batch_first(model):
    for size in (1, 4):
        assert all(leaf.shape[0] == size for leaf in jax.tree.leaves(model.init_state(size)))


def test_compiled_and_mapped_it_gives_the_same(name):
    logits, model = compiled(name)(IDS), MODELS[name]()
    close(nnx.jit(lambda m, ids: m(ids))(model, IDS), logits)
    close(jax.jit(jax.vmap(model))(IDS[:, None])[:, 0], logits)


@pytest.mark.parametrize("cuts", [[0], [1], [3, 5], [TIME]], ids=str)
def test_read_in_pieces_gives_what_the_whole_call_gives(model, cuts):
    logits, end = [], model.init_state(BATCH)
    for first, last in zip([0, *cuts], [*cuts, TIME], strict=True):
        piece, end = model.read(IDS[:, first:last], end)
        logits.append(piece)
    close(jnp.concatenate(logits, axis=1), model(IDS))
    _, stepped = read_by_steps(model, IDS, model.init_state(BATCH))
    jax.tree.map(close, end, stepped)


def test_what_stands_behind_a_rows_length_does_not_reach_its_state(model):
    lengths = jnp.array([0, 4, TIME])
    _, state = model.read(IDS, model.init_state(BATCH), lengths)
    logits, _ = model.step(IDS[:, 0], state)
    for row, length in enumerate(lengths.tolist()):
        alone = model(jnp.concatenate([IDS[row, :length], IDS[row, :1]])[None])[0, -1]
        close(logits[row], alone)


def test_a_model_of_ones_own_that_only_steps_is_read_too(model):
    own = type("Own", (), {"step": lambda self, ids, state: model.step(ids, state)})()
    lengths = jnp.array([2, 5, 1])
    for given in (None, lengths):
        (logits, state), (stepped, end) = (read(m, IDS, model.init_state(BATCH), given) for m in (model, own))
        jax.tree.map(close, state, end)
        for row, length in enumerate([TIME] * BATCH if given is None else given.tolist()):
            close(logits[row, :length], stepped[row, :length])


def test_no_logit_moves_when_a_later_character_changes(model):
    logits = model(IDS)
    for position in (1, TIME - 1):
        changed = model(IDS.at[:, position:].set((IDS[:, position:] + 1) % V))
        np.testing.assert_array_equal(changed[:, :position], logits[:, :position])
        assert float(jnp.abs(changed[:, position] - logits[:, position]).max()) > 0


def test_a_row_in_a_batch_is_as_if_alone(model):
    logits, (_, state) = model(IDS), model.read(IDS, model.init_state(BATCH))
    alone, (_, alone_state) = model(IDS[1:2]), model.read(IDS[1:2], model.init_state(1))
    close(logits[1:2], alone)
    jax.tree.map(lambda leaf, one: close(leaf[1:2], one), state, alone_state)


@pytest.mark.parametrize("name", DROPS)
def test_dropout_comes_with_a_key_and_never_without_one(name):
    model = MODELS[name]()
    one, same, other = (model(IDS, key=jax.random.key(seed)) for seed in (0, 0, 1))
    assert (one == same).all() and not (one == other).all()
    carried, _ = model.read(IDS, model.init_state(len(IDS)), key=jax.random.key(0))
    close(carried, one)


def test_what_dropout_leaves_is_made_larger_to_match():
    kept = dropped(jnp.ones(4000), 0.25, jax.random.key(0))
    assert sorted(set(kept.tolist())) == [0, pytest.approx(4 / 3)] and float(kept.mean()) == pytest.approx(1, abs=0.05)


def test_everything_takes_it_without_a_special_case(name):
    model = MODELS[name]()
    ids, keys = jnp.asarray(TEXT), jax.random.split(jax.random.key(0))
    before = evaluate(model, ids)
    written = generate(model, [TEXT[:5], TEXT[:2]], num_chars=9, key=keys)
    np.testing.assert_array_equal(generate(model, [TEXT[:2]], num_chars=9, key=keys[1:])[0], written[1])
    found = beam_search(model, TEXT[:5], num_chars=6, num_beams=1)
    log_p = jax.nn.log_softmax(compiled(name)(jnp.concatenate([ids[:5], found.sequences[0]])[None])[0])[4:-1]
    np.testing.assert_array_equal(log_p.argmax(axis=-1), found.sequences[0])
    assert float(found.log_probs[0]) == pytest.approx(float(log_p.max(axis=-1).sum()), abs=1e-4)
    fit(model, ids, steps=9, batch_size=8, seq_len=9, optimizer=optax.sgd(0.2), key=keys[0], progress=False)
    learns = bool(jax.tree.leaves(nnx.state(model, nnx.Param)))
    assert (evaluate(model, ids) < before) is learns


@pytest.mark.parametrize("sampler", [Sampler(), Sampler(0.7, top_k=4)], ids=["plain", "top-k"])
def test_it_writes_what_whole_calls_would_shorter_and_longer_than_its_context(name, sampler):
    """In one batch, each row with a key of its own: what the whole call of that row alone would have drawn, character after character."""
    starts, num_chars = [2, 11], 9  # the longest context here is 3 characters
    keys = jax.random.split(jax.random.key(5))
    written = generate(MODELS[name](), [TEXT[:start] for start in starts], num_chars=num_chars, key=keys, sampler=sampler)
    texts = np.zeros((2, max(starts) + num_chars), int)
    for text, start, new in zip(texts, starts, written, strict=True):
        text[: start + num_chars] = [*TEXT[:start], *new]
    for start, key, text, new in zip(starts, keys, texts, written, strict=True):
        logits = compiled(name)(jnp.asarray(text)[None])[0, start - 1 : start - 1 + num_chars]
        np.testing.assert_array_equal(jax.vmap(sampler)(jax.random.split(key, num_chars), logits), new)


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


def test_a_window_sees_its_characters_and_a_start_token_that_is_none_of_them():
    model = MODELS["window"]()
    logits = model(IDS)
    np.testing.assert_array_equal(model(IDS.at[:, 0].set(0))[:, 4:], model(IDS.at[:, 0].set(1))[:, 4:])
    x = jnp.concatenate([model.embedding(jnp.array([V, V, IDS[0, 0], IDS[0, 1]]))]).reshape(-1)
    close(logits[0, 1], model.output(nnx.relu(model.hidden(x))))
    alone = WindowMLP(V, 1, 3, 8, rngs=nnx.Rngs(0))
    close(alone(IDS)[:, 1:], alone(IDS[:, 1:]))


def recurrent(cell, **settings):
    """A recurrent network whose biases are numbers too, and not only zeros."""
    model = Recurrent(V, 3, 5, cell=cell, rngs=nnx.Rngs(0), **settings)
    for layer in model.stack:
        layer.b[...] = jax.random.normal(jax.random.key(5), layer.b.shape)
    return model


@pytest.mark.parametrize(("cell", "flax"), [("rnn", nnx.SimpleCell), ("gru", nnx.GRUCell), ("lstm", nnx.OptimizedLSTMCell)])
def test_a_cell_is_that_of_flax(cell, flax):
    model = recurrent(cell)
    theirs, (layer,) = flax(3, 5, rngs=nnx.Rngs(0)), model.stack
    theirs.dense_i.kernel[...], theirs.dense_h.kernel[...] = layer.Wx[...], layer.Wh[...]
    (theirs.dense_h if cell == "lstm" else theirs.dense_i).bias[...] = layer.b[...]
    (state,) = model.init_state(BATCH)
    x = model.embedding(IDS)
    for t in range(TIME):
        state, h = theirs(state, x[:, t])
        close(model(IDS)[:, t], model.output(h))


def test_a_gru_with_a_bias_inside_its_gate_is_its_formula():
    layer = recurrent("gru").stack[0]
    layer.bn[...] = jnp.arange(5.0) - 2
    x, h = np.asarray(jax.random.normal(jax.random.key(6), (2, BATCH, 5)))
    x = x[:, :3]
    Wr, Wz, Wn = np.split(np.asarray(layer.Wx[...]), 3, axis=1)
    Ur, Uz, Un = np.split(np.asarray(layer.Wh[...]), 3, axis=1)
    br, bz, b = np.split(np.asarray(layer.b[...]), 3)
    r, z = (1 / (1 + np.exp(-(x @ W + h @ U + bias))) for W, U, bias in ((Wr, Ur, br), (Wz, Uz, bz)))
    n = np.tanh(x @ Wn + b + r * (h @ Un + np.arange(5.0) - 2))
    close(layer.step(layer.entering(jnp.array(x)), jnp.array(h)), (1 - z) * n + z * h)


def test_layers_stand_on_each_other_and_a_residual_one_adds_what_it_reads():
    plain, residual = (recurrent("gru", layers=2, residual=residual) for residual in (False, True))
    x, nothing = plain.embedding(IDS.T), jnp.zeros((BATCH, 5))
    first, _ = plain.stack[0].read(x, nothing)
    second, _ = plain.stack[1].read(first, nothing)
    close(plain(IDS), plain.output(second).swapaxes(0, 1))
    close(residual(IDS), plain.output(first + second).swapaxes(0, 1))


def transformer_by_hand(model, ids):
    """The logits after ids (time,), place by place and head by head, with the places' own numbers as positions: (time, vocab)."""
    size = model.width // model.heads
    x = model.embedding(ids)
    for block in model.blocks:
        qkv = block.qkv(block.attention_norm(x)).reshape(len(ids), 3, model.heads, size)
        rows = []
        for t in range(len(ids)):
            seen = range(max(t - model.context + 1, 0), t + 1)
            row = []
            for head in range(model.heads):
                q = rotate(qkv[t, 0, head], jnp.array(t))
                scores = jnp.array([q @ rotate(qkv[s, 1, head], jnp.array(s)) / size**0.5 for s in seen])
                row.append(jax.nn.softmax(scores) @ qkv[seen.start : seen.stop, 2, head])
            rows.append(jnp.concatenate(row))
        x = x + block.attended(jnp.stack(rows))
        x = x + block.mlp(nnx.gelu(block.hidden(block.mlp_norm(x))))
    return model.output(model.norm(x))


@pytest.mark.parametrize("context", [2, 5])  # read piece by piece through the ring, and as one window
def test_a_transformer_is_what_its_places_do_one_by_one(context):
    model = Transformer(V, 8, context=context, layers=2, heads=2, rngs=nnx.Rngs(0))
    close(model(IDS[:1])[0], transformer_by_hand(model, IDS[0]))


def test_a_layer_sees_so_many_places_and_the_ring_forgets_the_rest():
    model = Transformer(V, 8, context=3, layers=1, heads=2, rngs=nnx.Rngs(0))
    changed, logits = model(IDS.at[:, 1].set((IDS[:, 1] + 1) % V)), model(IDS)
    close(changed[:, 4:], logits[:, 4:])
    assert float(jnp.abs(changed[:, 3] - logits[:, 3]).max()) > 1e-4


@pytest.mark.parametrize("places", [7, 12, 13])
@pytest.mark.parametrize(
    "around",
    [
        lambda model: model,
        lambda model: Mixture([model, MODELS["rnn"]()], [0.5, 0.5]),
        lambda model: Guided(model, MODELS["rnn"](), 1.5),
        lambda model: Guided(MODELS["rnn"](), model, 1.5),
    ],
    ids=["alone", "mixed", "with the label", "without it"],
)
def test_a_ring_with_a_slot_for_all_that_is_read_does_what_a_longer_one_does(places, around):
    model = Compiled(around(Transformer(V, 8, context=12, layers=2, heads=2, rngs=nnx.Rngs(0))))
    ids = jax.random.randint(jax.random.key(5), (BATCH, places), 0, V)
    state, long_state = room_for(model, BATCH, places), room_for(model, BATCH, None)
    assert max(leaf.shape[2] for leaf in jax.tree.leaves(state) if leaf.ndim == 4) == min(places, 12)
    assert jax.tree.map(jnp.shape, long_state) == jax.tree.map(jnp.shape, model.init_state(BATCH))
    seen, state = model.read(ids[:, :5], state, jnp.full(BATCH, 5))
    for t in range(5, places):  # the last of them fills the ring
        logits, state = model.step(ids[:, t], state)
        seen = jnp.concatenate([seen, logits[:, None]], axis=1)
    close(seen, model(ids))


@pytest.mark.parametrize("name", sorted(set(MODELS) - {"transformer", "mixture", "guided"}))
def test_no_other_model_is_asked_for_room(name):
    model = MODELS[name]()
    assert jax.tree.map(jnp.shape, room_for(model, 2, 5)) == jax.tree.map(jnp.shape, model.init_state(2))


def test_after_any_length_the_transformer_knows_slots_and_distances():
    model = MODELS["transformer"]()
    _, (rings, place, angle) = model.read(IDS, model.init_state(BATCH))
    # The same text behind so many other places, of which nothing is seen any more.
    for before in (3 * 10**8, 2**31 - 1, 2**32 - 1):
        near, far = (rings, place, angle), (further(rings, before), place, angle + np.uint32(before).astype(np.int32))
        for (logits, end), (far_logits, far_end) in (
            (model.step(IDS[:, 0], near), model.step(IDS[:, 0], far)),
            (model.read(IDS, near), model.read(IDS, far)),
        ):
            close(far_logits, logits)
            np.testing.assert_array_equal(far_end[1], end[1])
            np.testing.assert_array_equal(far_end[2] - end[2], far[2] - angle)
            assert int(end[1].max()) < 2 * model.context


def further(rings, places):
    """The keys as they would lie there if the text had begun so many places further on."""
    parts = np.round(10_000.0 ** (-np.arange(2) / 2) * 2**32 / (2 * np.pi)).astype(np.int64)  # of 2 ** 32, at each place
    angles = (places * parts % 2**32 * (2 * np.pi / 2**32)).astype(np.float32)
    return tuple((turned(keys, np.cos(angles), np.sin(angles)), values) for keys, values in rings)


def test_the_transformer_reads_alike_after_many_turns():
    model = Transformer(V, 8, context=4, layers=1, heads=2, rngs=nnx.Rngs(0))
    ids, state = jnp.asarray(np.random.default_rng(0).integers(0, V, (1, 600))), model.init_state(1)
    for window in jnp.split(ids, 6, axis=1):
        logits, state = model.read(window, state)
    close(logits[:, -4:], model(ids[:, -8:])[:, -4:])


def test_a_mixture_is_the_mean_of_its_parts_probabilities():
    model = MODELS["mixture"]()
    parts = [jax.nn.softmax(part(IDS)) for part in model.models]
    close(jnp.exp(model(IDS)), 0.25 * parts[0] + 0.75 * parts[1])


def test_guidance_of_0_and_1_is_the_one_and_the_other_model():
    rnn, window = MODELS["rnn"](), MODELS["window"]()
    for scale, wanted in ((0, window(IDS)), (1, rnn(IDS)), (2, 2 * rnn(IDS) - window(IDS))):
        close(Guided(rnn, window, scale)(IDS), wanted)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (
            lambda: PerPositionMLP("11", rngs=nnx.Rngs(0)),
            "vocab_size of a PerPositionMLP is a whole number, 1 or more, got .11.",
        ),
        (lambda: PerPositionMLP(V, 0, rngs=nnx.Rngs(0)), "embed_dim of a PerPositionMLP"),
        (lambda: WindowMLP(V, context=0, rngs=nnx.Rngs(0)), "context of a WindowMLP is a whole number, 1 or more, got 0"),
        (lambda: WindowMLP(V, context=2.0, rngs=nnx.Rngs(0)), "context of a WindowMLP"),
        (lambda: WindowMLP(V, dropout=1.0, rngs=nnx.Rngs(0)), "dropout is the share"),
        (lambda: Recurrent(V, cell="GRU", rngs=nnx.Rngs(0)), "cell is one of 'rnn', 'gru', 'lstm', got 'GRU'"),
        (lambda: Transformer(V, context=0, rngs=nnx.Rngs(0)), "context of a Transformer is a whole number, 1 or more, got 0"),
        (lambda: Transformer(V, 8, heads=3, rngs=nnx.Rngs(0)), "3 heads do not divide 8"),
        (lambda: Transformer(V, 9, heads=3, rngs=nnx.Rngs(0)), "9 / 3 = 3 numbers wide, but rotary positions turn pairs"),
        (lambda: Mixture([BigramTable(TABLE)] * 2, [0.5, 0.6]), "shares of a Mixture sum to 1, but these sum to 1.1"),
        (lambda: Mixture([BigramTable(TABLE)] * 2, [1.0, 0.0]), "one share above 0 for each model"),
        (lambda: Mixture([BigramTable(TABLE)], [0.5, 0.5]), "got 1 models and the shares"),
        (lambda: Mixture([BigramTable(TABLE), BigramTable(TABLE[:2, :2])], [0.5, 0.5]), "know 11, 2 characters"),
        *(
            (lambda scale=scale: Guided(BigramTable(TABLE), BigramTable(TABLE), scale), "scale of a Guided is a finite number")
            for scale in (float("nan"), 1e39, True, "2", [1.0])
        ),
        (lambda: Recurrent(V, layers=0, rngs=nnx.Rngs(0)), "layers of a Recurrent is a whole number, 1 or more, got 0"),
    ],
)
def test_sizes_without_a_meaning_are_refused_in_words(make, words):
    with pytest.raises(ValueError, match=words):
        make()


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


@pytest.mark.parametrize(
    ("ids", "words"),
    [
        ("a text", "are a text: encode it first"),
        (None, "must be whole numbers, but they are object"),
        ([[0.0, 1.0]], "must be whole numbers, but they are float"),
        ([[0, 1], [2]], "rows of unequal lengths"),
        (jnp.array([[0, V]]), "run from 0 to 11, but this model knows 0 to 10"),
        (np.array([[-1, 0]]), "run from -1 to 0"),
    ],
    ids=["text", "None", "floats", "ragged", "too large", "below 0"],
)
def test_a_model_that_is_called_with_no_ids_of_its_own_says_so(name, ids, words):
    with pytest.raises(ValueError, match=f"The ids of a call .*{words}|The ids of a call {words}"):
        MODELS[name]()(ids)


def test_a_model_is_called_with_a_batch(name):
    model = MODELS[name]()
    close(model(IDS.tolist()), compiled(name)(IDS))  # a list will do
    with pytest.raises(ValueError, match="whole numbers, but they are float32"):
        jax.eval_shape(model, jnp.ones((1, 2)))
    if name in ("mlp", "pairs"):  # at every position alone: any shape will do
        close(model(IDS[0]), model(IDS)[0])
    else:
        with pytest.raises(ValueError, match=r"\(batch, time\), but these have shape \(7,\): ids\[None\] is a batch of one"):
            model(IDS[0])


@pytest.mark.parametrize(
    ("no_model", "told"),
    [(None, "NoneType"), ("fables-gru", "str"), (3, "int"), (Recurrent, "the class Recurrent: make"), ((), "tuple")],
)
def test_what_is_no_model_is_told_in_words_wherever_a_model_belongs(no_model, told):
    table, key = BigramTable(jnp.zeros((V, V))), jax.random.key(0)
    for use in (
        lambda: generate(no_model, IDS, num_chars=2, key=key),
        lambda: generate_text(no_model, Vocabulary("ab"), num_chars=2, key=key),
        lambda: beam_search(no_model, IDS[0], num_chars=2, num_beams=2),
        lambda: speculate(table, no_model, IDS[0], num_chars=2, draft_length=1, key=key),
        lambda: evaluate(no_model, IDS[0]),
        lambda: fit(no_model, IDS[0], steps=1, batch_size=1, seq_len=1, optimizer=optax.sgd(1.0), key=key),
        lambda: Mixture([table, no_model], [0.5, 0.5]),
        lambda: Guided(table, no_model, 2.0),
    ):
        with pytest.raises(ValueError, match="A model has vocab_size.* but this is " + told):
            use()
    with pytest.raises(ValueError, match="takes the model's Vocabulary after the model, got str"):
        generate_text(table, "abc", num_chars=2, key=key)
