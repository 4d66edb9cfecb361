"""The recipe: which weights go by Muon, how long a step is, and that it is built once."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from chargen_lib.models import Recurrent, Transformer, WindowMLP
from chargen_lib.recipes import inner_matrices, recipe, step_length


@pytest.mark.parametrize(
    ("model", "inner"),
    [
        (lambda: WindowMLP(7, 2, 3, 4, rngs=nnx.Rngs(0)), ["hidden.kernel"]),
        (lambda: Recurrent(7, 3, 4, rngs=nnx.Rngs(0)), ["stack.0.Wh", "stack.0.Wx"]),
        (
            lambda: Transformer(7, 8, context=2, layers=1, heads=2, rngs=nnx.Rngs(0)),
            [f"blocks.0.{name}.kernel" for name in ("attended", "hidden", "mlp", "qkv")],
        ),
    ],
)
def test_muon_takes_the_inner_matrices(model, inner):
    params = nnx.to_pure_dict(nnx.state(model(), nnx.Param))
    found = jax.tree.leaves_with_path(inner_matrices(params), is_leaf=lambda x: hasattr(x, "output_axis"))
    assert sorted(jax.tree_util.keystr(path, simple=True, separator=".") for path, _ in found) == inner


def test_a_step_grows_and_then_shrinks_with_the_share_that_is_done():
    lengths = step_length(jnp.linspace(0, 1, 101))
    assert lengths[0] == 0 and float(lengths.max()) == pytest.approx(1) and int(lengths.argmax()) == 5
    assert float(lengths[-1]) == pytest.approx(0.02) and float(step_length(jnp.array(0.525))) == pytest.approx(0.51)
    assert (np.diff(lengths[:6]) > 0).all() and (np.diff(lengths[5:]) < 0).all()


PARAMS = {"hidden": jax.random.normal(jax.random.key(0), (5, 8)), "output": jnp.ones((8, 3)), "b": jnp.ones(8)}


def updates(gradients, share_done=0.05, **settings):
    rule = recipe(**settings)
    return rule.update(gradients, rule.init(PARAMS), PARAMS, share_done=share_done)[0]


def test_decay_shrinks_inner_matrices_alone():
    found = updates(jax.tree.map(jnp.zeros_like, PARAMS), learning_rate=0.5, decay=0.1)
    np.testing.assert_allclose(found["hidden"], -0.05 * PARAMS["hidden"], rtol=1e-5)
    assert not found["output"].any() and not found["b"].any()


def test_muon_keeps_directions_and_makes_them_equally_long():
    gradients = {**PARAMS, "hidden": PARAMS["hidden"] * jnp.array([1, 2, 4, 8, 16.0])[:, None]}
    found = updates(gradients, learning_rate=0.5, decay=0.0, rest=0.01)
    before, after = (jnp.linalg.svd(x, compute_uv=False) for x in (gradients["hidden"], found["hidden"]))
    assert before[0] / before[-1] > 10 and after[0] / after[-1] < 4
    np.testing.assert_allclose(after, 0.5 * (8 / 5) ** 0.5, rtol=0.6)
    np.testing.assert_allclose(found["b"], -0.015, rtol=0.1)  # Adam's first step, half of it again from looking ahead
    half = updates(gradients, share_done=0.025, learning_rate=0.5, decay=0.0, rest=0.01)
    np.testing.assert_allclose(half["hidden"], found["hidden"] / 2, rtol=1e-5)


def test_a_gradient_is_clipped():
    long = jax.tree.map(lambda x: 1e6 * jnp.ones_like(x), PARAMS)
    rule = recipe()
    state = rule.update(long, rule.init(PARAMS), PARAMS, share_done=0.5)[1]
    kept = [leaf for leaf in jax.tree.leaves(state) if leaf.shape in {(5, 8), (8, 3), (8,)}]
    assert kept and max(float(jnp.abs(leaf).max()) for leaf in kept) < 1


def test_it_is_built_once_and_asks_for_the_share_that_is_done():
    assert recipe() is recipe(decay=0.2) and recipe(decay=0.3) is recipe(decay=0.3) is not recipe()
    with pytest.raises(TypeError, match=r"share_done=0\.3\)\. fit and minimise do"):
        recipe().update(PARAMS, recipe().init(PARAMS), PARAMS)
