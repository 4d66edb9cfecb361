"""Problem set "control": a right answer to each member, written differently from its reference."""

import jax
import jax.numpy as jnp


def away(told, untold, amount):
    """The weights of the two: 1 + a and -a."""
    return jax.nn.log_softmax((1 + amount) * jax.nn.log_softmax(untold) - amount * jax.nn.log_softmax(told))


def onward(told, untold, amount):
    """What is normalised at the end need not be before."""
    return jax.nn.log_softmax(told + amount * (told - untold))


def mixed(told, untold, amount):
    return jnp.log(amount * jax.nn.softmax(told) + (1 - amount) * jax.nn.softmax(untold))


def half_trusted(log_likelihoods, prior, amount):
    """All in logarithms: the log of a prior of 0 is minus infinity."""
    return jax.nn.softmax(jnp.log(prior) + amount * jnp.asarray(log_likelihoods))


def in_doubt(log_likelihoods, prior, amount):
    posterior = jax.nn.softmax(jnp.log(prior) + jnp.asarray(log_likelihoods))
    return posterior + amount * (jnp.asarray(prior) - posterior)


def weaker_prior(log_likelihoods, prior, amount):
    """The impossible ones get minus infinity, whatever the power makes of 0."""
    logs = amount * jnp.log(jnp.where(jnp.asarray(prior) > 0, prior, 1)) + jnp.asarray(log_likelihoods)
    return jax.nn.softmax(jnp.where(jnp.asarray(prior) > 0, logs, -jnp.inf))


RIGHT_VARIANTS = {
    "steered": {"away": away, "onward": onward, "mixed": mixed},
    "shared_belief": {"half trusted": half_trusted, "in doubt": in_doubt, "weaker prior": weaker_prior},
}
