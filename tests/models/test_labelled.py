"""A network that is told a label: what it adds, where the label travels, and what is refused."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import nnx

from chargen_lib.generation import generate
from chargen_lib.models import (
    BigramTable,
    Guided,
    Labelled,
    PerPositionMLP,
    Recurrent,
    Transformer,
    WindowMLP,
    drop_labels,
    read,
)
from chargen_lib.search import beam_search
from chargen_lib.training import minimise, next_char_loss

V, K = 7, 3
IDS = jax.random.randint(jax.random.key(0), (4, 6), 0, V)
LABELS = jnp.array([2, 0, 3, 1])  # 3: not told
BODIES = {
    "gru": lambda: Recurrent(V, 4, 5, rngs=nnx.Rngs(0)),
    "transformer": lambda: Transformer(V, 8, context=3, layers=2, heads=2, rngs=nnx.Rngs(0)),
    "mlp": lambda: PerPositionMLP(V, 4, 5, rngs=nnx.Rngs(0)),
}
each_body = pytest.mark.parametrize("body", BODIES)
close = partial(np.testing.assert_allclose, rtol=1e-5, atol=1e-5)


def labelled(body="gru"):
    return Labelled(BODIES[body](), K, rngs=nnx.Rngs(1))


@each_body
@pytest.mark.parametrize("label", range(K + 1))
def test_a_label_is_a_row_added_to_every_embedding(body, label):
    model, plain = labelled(body), BODIES[body]()
    table = model.body.embedding
    plain.embedding.embedding[...] = table.characters.embedding[...] + table.labels.embedding[...][label]
    close(model(IDS, label), plain(IDS))
    close(model.given(label)(IDS), plain(IDS))


@each_body
def test_each_row_has_its_own_label(body):
    model = labelled(body)
    together = model(IDS, LABELS)
    for row, label in enumerate(LABELS.tolist()):
        close(together[row], model(IDS[row : row + 1], label)[0])
    given = model.given(LABELS)
    state, stepped = given.init_state(len(IDS)), []
    for column in IDS.T:
        logits, state = given.step(column, state)
        stepped.append(logits)
    close(jnp.stack(stepped, axis=1), together)


@each_body
def test_the_labels_go_where_the_rows_go(body):
    given = labelled(body).given(LABELS)
    _, state = given.read(IDS[:, :3], given.init_state(4))
    order = jnp.array([3, 1, 0, 0])
    moved = jax.tree.map(lambda leaf: leaf[order], state)
    close(given.step(IDS[order, 3], moved)[0], given.step(IDS[:, 3], state)[0][order])
    assert all(leaf.shape[0] == 4 for leaf in jax.tree.leaves(state))


@each_body
def test_a_rows_length_is_kept_to(body):
    given = labelled(body).given(LABELS)
    lengths = jnp.array([1, 6, 3, 4])
    _, state = read(given, IDS, given.init_state(4), lengths)
    logits, _ = given.step(IDS[:, 0], state)
    for row, length in enumerate(lengths.tolist()):
        alone = jnp.append(IDS[row, :length], IDS[row, 0])[None]
        close(logits[row], labelled(body)(alone, LABELS[row])[0, -1])


def test_a_text_of_each_label_is_the_text_alone():
    model = labelled()
    prompts, keys = IDS[:, :2], jax.random.split(jax.random.key(3), 4)
    together = generate(model.given(LABELS), prompts, num_chars=12, key=keys)
    for row in range(4):
        alone = generate(model.given(LABELS[row]), prompts[row : row + 1], num_chars=12, key=keys[row : row + 1])
        assert (together[row] == alone[0]).all()
    other = generate(model.given((LABELS + 1) % (K + 1)), prompts, num_chars=12, key=keys)
    assert (together != other).any()


def test_it_is_searched_and_guided_like_any_other():
    model = labelled()
    plain = BODIES["gru"]()
    table = model.body.embedding
    plain.embedding.embedding[...] = table.characters.embedding[...] + table.labels.embedding[...][2]
    found, wanted = (beam_search(m, IDS[0], num_chars=4, num_beams=3) for m in (model.given(2), plain))
    assert (found.sequences == wanted.sequences).all()
    guided = Guided(model.given(LABELS), model.given(model.none), 1.5)
    u, c = model(IDS, model.none), model(IDS, LABELS)
    close(guided(IDS), u + 1.5 * (c - u))


def test_training_learns_characters_and_labels_and_a_label_that_is_not_met_stays():
    model = labelled()
    before = nnx.state(model, nnx.Param)
    before = jax.tree.map(jnp.copy, before)

    def loss(model, batch, key):
        ids, labels = batch
        return next_char_loss(model.given(labels), ids[:, :-1], ids[:, 1:]).mean()

    labels = jnp.array([0, 0, 2, 2])
    settings = {"steps": 30, "optimizer": optax.adam(1e-2), "key": jax.random.key(0), "progress": False}
    history = minimise(model, loss, (IDS, labels), lambda key, data: data, **settings)
    assert history.losses[-1] < history.losses[0] - 0.3
    rows, first = model.body.embedding.labels.embedding[...], before["body"]["embedding"]["labels"]["embedding"][...]
    changed = (rows != first).any(axis=1)
    assert changed.tolist() == [True, False, True, False]


def test_labels_are_dropped_at_the_rate_and_the_others_stay():
    labels = jax.random.randint(jax.random.key(0), (4000,), 0, K)
    kept = drop_labels(jax.random.key(1), labels, 0.25, K)
    assert abs(float((kept == K).mean()) - 0.25) < 0.03
    assert ((kept == labels) | (kept == K)).all()
    assert (drop_labels(jax.random.key(1), labels, 0.0, K) == labels).all()


def test_other_labels_compile_nothing_anew():
    model, traced = labelled(), []

    @nnx.jit
    def call(given, ids):
        traced.append(None)
        return given(ids)

    one, other = call(model.given(LABELS), IDS), call(model.given(LABELS[::-1]), IDS)
    assert len(traced) == 1 and (one != other).any()


@pytest.mark.parametrize(
    "make, words",
    [
        (
            lambda: Labelled(WindowMLP(V, 2, 3, 4, rngs=nnx.Rngs(0)), K, rngs=nnx.Rngs(1)),
            "WindowMLP has none, or a token of its own",
        ),
        (lambda: Labelled(BigramTable(jnp.zeros((V, V))), K, rngs=nnx.Rngs(1)), "BigramTable has none"),
        (lambda: Labelled(BODIES["gru"](), K), "give it rngs"),
        (lambda: Labelled(Recurrent, K, rngs=nnx.Rngs(1)), "make a model of it first"),
        (lambda: Labelled(BODIES["gru"](), 0, rngs=nnx.Rngs(1)), "num_labels of a Labelled is a whole number, 1 or more"),
        (lambda: labelled().given(K + 1), "from 0 to 2, or 3 for a text whose label is not told: .* but not 4"),
        (lambda: labelled().given(-1), "but not -1"),
        (lambda: labelled().given([0, 1, 9]), r"but not \[0, 1, 9\]"),
        (lambda: labelled().given([[0], [1]]), r"these have shape \(2, 1\)"),
        (lambda: labelled().given([[0], [1, 2]]), r"but not \[\[0\], \[1, 2\]\]"),
        (lambda: jax.jit(labelled().given)(1.0), "labels must be whole numbers"),
        (lambda: labelled().given(0.5), "but not 0.5"),
        (lambda: labelled().given(True), "but not True"),
        (lambda: labelled().given("log"), "but not log"),
        (lambda: labelled()(IDS[0], 1), r"shape \(batch, time\)"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(make, words):
    with pytest.raises(ValueError, match=words):
        make()


def test_as_many_labels_as_rows_are_asked_for():
    with pytest.raises(ValueError, match="4 labels for 3 rows"):
        labelled().given(LABELS)(IDS[:3])
    with pytest.raises(ValueError, match="3 labels for 2 rows"):
        beam_search(labelled().given([0, 1, 2]), IDS[0], num_chars=2, num_beams=2)


def test_asked_without_a_label_it_is_not_told():
    model = labelled()
    close(model(IDS), model(IDS, K))
    assert (
        generate(model, IDS, num_chars=5, key=jax.random.key(0))
        == generate(model.given(K), IDS, num_chars=5, key=jax.random.key(0))
    ).all()


def test_who_is_told_has_the_same_weights():
    model = labelled()
    told = model.given(1)
    model.body.output.bias[...] += 1
    close(told(IDS), model(IDS, 1))
    assert model.labels == K and told.labels == 1


def test_another_scale_compiles_nothing_anew():
    model, traced = labelled(), []

    @nnx.jit
    def call(guided, ids):
        traced.append(None)
        return guided(ids)

    one, other = (call(Guided(model.given(0), model, scale), IDS) for scale in (1, 2.5))
    assert len(traced) == 1
    close(one, model(IDS, 0))
    close(other, model(IDS) + 2.5 * (model(IDS, 0) - model(IDS)))
