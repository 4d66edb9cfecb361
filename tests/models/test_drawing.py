"""A network's first numbers are those that Flax draws, whatever the shape, and a new shape compiles nothing."""

import jax
import numpy as np
import pytest
from flax import nnx

from chargen_lib.models import PerPositionMLP
from chargen_lib.models.drawing import AT_LEAST, matrix, table

SHAPES = [(1, 1), (1, 3), (7, 5), (64, 192), (AT_LEAST // 8, 9)]  # the last is of more numbers than are drawn at least


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("seed", range(3))
def test_they_are_those_of_flax(shape, seed):
    def close(ours, theirs):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6)

    for layer, drawn in ((nnx.Linear, {"kernel_init": matrix()}), (nnx.Embed, {"embedding_init": table})):
        ours, theirs = (nnx.state(layer(*shape, rngs=nnx.Rngs(seed), **by)) for by in (drawn, {}))
        jax.tree.map(close, ours, theirs)
    key = jax.random.key(seed)
    close(matrix(0.25)(key, shape), nnx.initializers.variance_scaling(0.25, "fan_in", "truncated_normal")(key, shape))


def test_a_network_of_another_width_compiles_no_draw_anew(programs):
    for width, number in ((31, None), (33, 2)):  # of the biases, which are zeros of another shape
        with programs() as compiled:
            PerPositionMLP(11, 5, width, rngs=nnx.Rngs(0))
        assert number is None or len(compiled) < number


def test_inside_another_program_they_are_the_same():
    key = jax.random.key(0)
    for draw in (matrix(), table):
        np.testing.assert_allclose(jax.jit(draw, static_argnums=1)(key, (7, 5)), draw(key, (7, 5)), rtol=1e-6)
        assert jax.eval_shape(lambda key, draw=draw: draw(key, (7, 5)), key).shape == (7, 5)
