"""label_posterior, as it is right and in the parts of which its mistakes are made.  ll: log-likelihoods (K,)."""

import numpy as np

from chargen_lib.exercises.lesson_13.logs import normalised, softmax


def told_of(wrong, dtype=float):
    """The mistake wrong(ll, prior) with NumPy's arrays; what it divides by 0 is infinity or NaN, as in JAX."""

    def mistaken(log_likelihoods, prior):
        with np.errstate(all="ignore"):
            return wrong(np.asarray(log_likelihoods, dtype=dtype), np.asarray(prior, dtype=dtype))

    return mistaken


def softmax_of(scores):
    return told_of(lambda ll, prior: softmax(scores(ll, prior)))


def sums(ll, prior):
    return ll + np.log(prior)


def posterior(ll, prior):
    return softmax(sums(ll, prior))


def evidence(ll, prior):
    """ln of the probability of the text with any label."""
    return sums(ll, prior).max() + np.log(np.exp(sums(ll, prior) - sums(ll, prior).max()).sum())


def less(of):
    """Prior times likelihood, when of(ll) is subtracted from each log-likelihood."""
    return lambda ll, prior: prior * np.exp(ll - of(ll))


def of_products(what):
    """The mistake what(prior times likelihood), in float32: 0 where a likelihood is rounded to 0."""
    return told_of(lambda ll, prior: what(np.exp(ll) * prior), dtype=np.float32)


def normalised_less(of):
    return told_of(lambda ll, prior: normalised(less(of)(ll, prior)), dtype=np.float32)


def prior_if_zero(ll, prior):
    products = np.exp(ll) * prior
    return normalised(products) if products.any() else prior


def added_to_the_prior(small):
    return softmax_of(lambda ll, prior: ll + np.log(prior + small))


def added_to_the_likelihoods(small):
    return told_of(lambda ll, prior: normalised((np.exp(ll) + small) * prior), dtype=np.float32)


def added_to_the_sum(small):
    return of_products(lambda products: products / (products.sum() + small))
