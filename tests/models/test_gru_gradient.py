"""The GRU's gradient by hand is that of the plain scan, to rounding."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from chargen_lib.models.gru_gradient import gru_states, gru_step

TIME, BATCH, HIDDEN = 6, 3, 4


def plain(entering, h, Wh, bn):
    def one(h, x):
        new = gru_step(x, h, Wh, bn)[0]
        return new, new

    return jax.lax.scan(one, h, entering)[1]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_it_is_the_gradient_of_the_plain_scan_in_64_bits(seed):
    with jax.enable_x64(True):
        rng = np.random.default_rng(seed)
        shapes = [(TIME, BATCH, 3 * HIDDEN), (BATCH, HIDDEN), (HIDDEN, 3 * HIDDEN), (HIDDEN,), (TIME, BATCH, HIDDEN)]
        *arguments, weights = (jnp.asarray(rng.normal(size=shape)) for shape in shapes)
        found, expected = (
            jax.value_and_grad(lambda *given, f=f: jnp.sum(weights * f(*given)), argnums=(0, 1, 2, 3))(*arguments)
            for f in (gru_states, plain)
        )
        assert found[1][2].dtype == jnp.float64
        for one, other in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-13)
