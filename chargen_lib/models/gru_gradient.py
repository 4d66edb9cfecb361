"""A GRU read through a whole text, with a gradient that is worked out by hand.

JAX can find the gradient of a scan by itself.  It then adds to the gradient of Wh at every place: one more product of matrices at each, and
a small one.  But no place needs that sum.  So what reaches each place's gates is kept, and all places together give the gradient of Wh in
one product after the way back.  The numbers are those of the plain scan, to rounding.
"""

import jax
import jax.numpy as jnp


def gru_step(entering: jax.Array, h: jax.Array, Wh: jax.Array, bn: jax.Array) -> tuple[jax.Array, tuple[jax.Array, ...]]:
    """The state after one more character, (batch, hidden), and what the way back needs: the gates r and z, n, and what r was multiplied by.

    entering (batch, 3 * hidden); h (batch, hidden); Wh (hidden, 3 * hidden), its blocks r, z, n; bn (hidden,).
    """
    cut = 2 * h.shape[-1]
    from_state = h @ Wh
    r, z = jnp.split(jax.nn.sigmoid(entering[..., :cut] + from_state[..., :cut]), 2, axis=-1)
    inner = from_state[..., cut:] + bn
    n = jnp.tanh(entering[..., cut:] + r * inner)
    return (1 - z) * n + z * h, (r, z, n, inner)


@jax.custom_vjp
def gru_states(entering: jax.Array, h: jax.Array, Wh: jax.Array, bn: jax.Array) -> jax.Array:
    """The state after every character, (time, batch, hidden), from the state h before the first: entering (time, batch, 3 * hidden).

    Its gradient is worked out below.  JAX knows no other derivative of it: jax.jvp, and a gradient of the gradient, are refused.
    """
    return _forward(entering, h, Wh, bn)[0]


def _forward(entering, h, Wh, bn):
    def one(h, x):
        new, kept = gru_step(x, h, Wh, bn)
        return new, (new, kept)

    _, (states, kept) = jax.lax.scan(one, h, entering)
    return states, (states, kept, h, Wh)


def _backward(known, d_states):
    states, kept, first, Wh = known
    before = jnp.concatenate([first[None], states[:-1]])  # the state that each place met

    def one(d_later, place):  # d_x is the loss's derivative by x
        d_state, h, (r, z, n, inner) = place
        d_new = d_state + d_later
        d_n = d_new * (1 - z) * (1 - n**2)  # by what tanh got
        d_r = d_n * inner * r * (1 - r)  # by what the sigmoids got
        d_z = d_new * (h - n) * z * (1 - z)
        d_gates = jnp.concatenate([d_r, d_z], axis=-1)
        d_from_state = jnp.concatenate([d_gates, d_n * r], axis=-1)
        return d_new * z + d_from_state @ Wh.T, (jnp.concatenate([d_gates, d_n], axis=-1), d_from_state)

    d_first, (d_entering, d_from_state) = jax.lax.scan(one, jnp.zeros_like(first), (d_states, before, kept), reverse=True)
    hidden = first.shape[-1]
    d_flat = d_from_state.reshape(-1, 3 * hidden)
    d_Wh = before.reshape(-1, hidden).T @ d_flat  # the one product
    return d_entering, d_first, d_Wh, d_flat[:, 2 * hidden :].sum(axis=0)


gru_states.defvjp(_forward, _backward)
