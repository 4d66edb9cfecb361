"""label_posterior: its reference, what it is tried on, and the wrong answers with names."""

import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe
from chargen_lib.exercises.lesson_13.logs import SMALL, log_softmax, normalised, softmax
from chargen_lib.exercises.lesson_13.posteriors import (
    added_to_the_likelihoods,
    added_to_the_prior,
    added_to_the_sum,
    evidence,
    less,
    normalised_less,
    of_products,
    posterior,
    prior_if_zero,
    softmax_of,
    sums,
    told_of,
)


def label_posterior(log_likelihoods, prior):
    with np.errstate(divide="ignore"):  # the log of 0 is minus infinity, and its exponential 0 again
        return softmax(np.asarray(log_likelihoods, dtype=float) + np.log(np.asarray(prior, dtype=float)))


def label_posterior_probes(rng):
    def probe(log_likelihoods, sixteenths):
        return Probe((np.array(log_likelihoods, dtype=np.float32), np.array(sixteenths, dtype=np.float32) / 16))

    def drawn_prior(least):
        return rng.multinomial(16 - 4 * least, np.full(4, 1 / 4)) + least

    # Around -10000 they are far apart: float32 has steps of 1/1024 there, which would spoil the posteriors of what is close.
    return [
        probe([-1, -2, -3], [4, 8, 4]),
        probe([-2, -2, -2], [8, 2, 6]),  # as likely with each label
        probe([-3, -1, -2], [8, 0, 8]),
        probe([-2, -22, -23, -22.5], [0, 8, 4, 4]),
        probe([-23, -24, -22.5], [4, 8, 4]),
        probe([-150, -151, -149.5], [8, 6, 2]),  # exp of these is 0 in float32
        probe([-1e4, -9800, -9600, -9400], [10, 2, 2, 2]),
        probe([-50, -9000, -9300], [0, 8, 8]),  # the largest is that of a label that cannot be
        probe(rng.uniform(-8, 0, size=4), [0, 0, 16, 0]),
        probe(rng.uniform(-8, 0, size=4), drawn_prior(least=1)),
        probe(rng.uniform(-158, -150, size=4), drawn_prior(least=0)),
    ]


_UNDERFLOWS = (
    "exp of a log-likelihood such as -150 is 0 in float32, and so is the sum of such. Stay in logarithms: log-likelihood plus log prior; then "
    "softmax, which subtracts the largest first."
)

_PRIOR_AS_IT_IS = "You added the prior itself. Probabilities are multiplied, so it is their logarithms that are added: log-likelihood plus jnp.log(prior)."

_PRIOR_AFTER = (
    "You added the prior to the probabilities. Bayes multiplies: prior times likelihood, divided by the sum of these products."
)

_JOINT = "Prior times likelihood does not sum to 1 yet. Divide by the sum of these products over all labels."

_COUNT = "You divided by the number of labels. Divide by the sum of prior times likelihood over the labels: then the posteriors sum to 1."

_LOGARITHM = "You return logarithms; probabilities are asked. Take the softmax, not the log_softmax."

_THE_BEST = "You chose the likeliest label. Asked is the whole distribution: how likely each label is, the others too."

_NOT_THE_LARGEST = "What you subtracted before exp is not the largest, so exp of the larger ones may be infinite. Subtract the largest: then exp is at most 1."

_BASE = "You mixed logarithms of base 2 with natural ones. Log-likelihoods are in nats here: jnp.log and jnp.exp."

_SOFTMAX_OF_PRODUCTS = (
    "You gave probabilities to a softmax, which takes logarithms. Divide prior times likelihood by its sum; or give softmax the log-likelihoods "
    "plus the log prior."
)

LABEL_POSTERIOR = Exercise(
    name="label_posterior",
    lesson=13,
    points=2,
    minutes=10,
    difficulty=2,
    hint="In logarithms prior times likelihood is a sum, and the log of 0 is minus infinity, as it should be. jax.nn.softmax takes such sums: it "
    "subtracts the largest, and what comes out sums to 1.",
    reference=label_posterior,
    probes=label_posterior_probes,
    misconceptions=(
        Misconception(
            "without the prior",
            "You left out the prior: a rare label needs more evidence than a frequent one. Add jnp.log(prior) to the log-likelihoods.",
            softmax_of(lambda ll, prior: ll),
        ),
        Misconception("underflows", f"{_UNDERFLOWS} 0 divided by 0 is NaN.", of_products(normalised)),
        Misconception(
            "underflows in float64 too",
            "exp of a log-likelihood such as -10000 is 0 in float64 too, and 0 divided by 0 is NaN. Stay in logarithms: log-likelihood plus log prior; "
            "then softmax, which subtracts the largest first.",
            told_of(lambda ll, prior: normalised(np.exp(ll) * prior)),
        ),
        Misconception(
            "zeros where it underflows",
            f"{_UNDERFLOWS} Zeros are no distribution.",
            of_products(lambda products: np.nan_to_num(normalised(products))),
        ),
        Misconception(
            "the prior where it underflows",
            f"{_UNDERFLOWS} Yours is the prior there.",
            told_of(prior_if_zero, dtype=np.float32),
        ),
        *(
            Misconception(
                f"{small:g} added to the sum",
                f"{_UNDERFLOWS} A small number beside it leaves zeros.",
                added_to_the_sum(small),
            )
            for small in SMALL
        ),
        *(
            Misconception(
                f"{small:g} added to the likelihoods",
                f"You added {small:g} to the likelihoods, and those of most texts are far smaller: what is left is the prior. Stay in logarithms: "
                "log-likelihood plus log prior, then softmax.",
                added_to_the_likelihoods(small),
            )
            for small in SMALL
        ),
        *(
            Misconception(
                f"{small:g} added to the prior",
                f"You added {small:g} to the prior. A label whose prior is 0 cannot be, however well it fits. The log of 0 is minus infinity, and "
                "softmax makes 0 of that again: nothing need be added.",
                added_to_the_prior(small),
            )
            for small in (*SMALL, 1e-6)
        ),
        Misconception(
            "log of 0 left out",
            "Where the prior is 0 you took 0 for its logarithm, which is the logarithm of 1. It is minus infinity: such a label cannot be.",
            softmax_of(lambda ll, prior: ll + np.log(np.where(prior > 0, prior, 1))),
        ),
        Misconception(
            "the largest of a label that cannot be",
            "You subtracted the largest log-likelihood, but its label may have the prior 0: then all that can be is rounded to 0. Add the log prior "
            "first; the largest of these sums is to be subtracted.",
            told_of(lambda ll, prior: normalised(softmax(ll) * prior)),
        ),
        Misconception("the smallest subtracted", _NOT_THE_LARGEST, normalised_less(np.min)),
        Misconception("the mean subtracted", _NOT_THE_LARGEST, normalised_less(np.mean)),
        Misconception("prior added as it is", _PRIOR_AS_IT_IS, softmax_of(lambda ll, prior: ll + prior)),
        Misconception("prior added afterwards", _PRIOR_AFTER, told_of(lambda ll, prior: softmax(ll) + prior)),
        Misconception("half of each", _PRIOR_AFTER, told_of(lambda ll, prior: (softmax(ll) + prior) / 2)),
        Misconception(
            "log-likelihoods times prior",
            "You multiplied the log-likelihoods by the prior. It is the likelihoods that are multiplied; in logarithms that is a sum: log-likelihood "
            "plus jnp.log(prior).",
            softmax_of(lambda ll, prior: ll * prior),
        ),
        Misconception(
            "logarithms multiplied",
            "You multiplied two logarithms. The logarithm of a product is a *sum*: log-likelihood plus log prior.",
            softmax_of(lambda ll, prior: ll * np.log(prior)),
        ),
        Misconception(
            "prior after the softmax",
            "You multiplied by the prior after the softmax, and now the sum is not 1 any more. Add jnp.log(prior) before the softmax.",
            told_of(lambda ll, prior: softmax(ll) * prior),
        ),
        Misconception("not normalised", _JOINT, told_of(lambda ll, prior: np.exp(ll) * prior)),
        Misconception("not normalised, the largest subtracted", _JOINT, told_of(less(np.max))),
        Misconception(
            "divided by the largest",
            "Your likeliest label has 1. Divide by the sum over all labels, not by the largest: posteriors sum to 1.",
            told_of(lambda ll, prior: np.exp(sums(ll, prior) - sums(ll, prior).max())),
        ),
        Misconception("divided by the count", _COUNT, told_of(lambda ll, prior: np.exp(ll) * prior / len(ll))),
        Misconception(
            "divided by the count, the largest subtracted", _COUNT, told_of(lambda ll, prior: less(np.max)(ll, prior) / len(ll))
        ),
        Misconception(
            "divided by the count, the largest sum subtracted",
            _COUNT,
            told_of(lambda ll, prior: np.exp(sums(ll, prior) - sums(ll, prior).max()) / len(ll)),
        ),
        Misconception("log_softmax", _LOGARITHM, told_of(lambda ll, prior: log_softmax(sums(ll, prior)))),
        Misconception(
            "log of the posterior", _LOGARITHM, told_of(lambda ll, prior: np.log(posterior(ll, prior).astype(np.float32)))
        ),
        Misconception(
            "the sums themselves",
            "You return log-likelihood plus log prior. One step is left: the softmax of that.",
            told_of(sums),
        ),
        Misconception(
            "the evidence",
            "You return one number, the log-probability of the text with any label. That is what each label's sum is compared with: "
            "exp(log-likelihood + log prior - yours).",
            told_of(evidence),
        ),
        Misconception("which label", _THE_BEST, told_of(lambda ll, prior: int(np.argmax(sums(ll, prior))))),
        Misconception("everything to one", _THE_BEST, told_of(lambda ll, prior: np.eye(len(ll))[np.argmax(sums(ll, prior))])),
        Misconception(
            "divided by the prior",
            "You subtracted the log prior, so rare labels gain. Bayes multiplies by the prior: add its logarithm.",
            softmax_of(lambda ll, prior: ll - np.log(prior)),
        ),
        Misconception(
            "the prior alone",
            "You return the prior, which is what one knows before the text is read. The log-likelihoods change it.",
            told_of(lambda ll, prior: prior),
        ),
        Misconception(
            "the prior twice",
            "Your prior counts twice: its logarithm before the softmax, and once more as a factor. The first is enough.",
            softmax_of(lambda ll, prior: ll + 2 * np.log(prior)),
        ),
        Misconception(
            "the prior as a mask",
            "You used the prior only to leave out labels that cannot be. Of the others it says how frequent each is: add its logarithm.",
            softmax_of(lambda ll, prior: np.where(prior > 0, ll, -np.inf)),
        ),
        Misconception("log2 of the prior", _BASE, softmax_of(lambda ll, prior: ll + np.log2(prior))),
        Misconception("2 to the power", _BASE, softmax_of(lambda ll, prior: ll * np.log(2) + np.log(prior))),
        Misconception(
            "as losses",
            "You took the log-likelihoods with the opposite sign, as if they were losses. The larger one fits better: -1 is more than -2.",
            softmax_of(lambda ll, prior: np.log(prior) - ll),
        ),
        Misconception("softmax of the products", _SOFTMAX_OF_PRODUCTS, told_of(lambda ll, prior: softmax(np.exp(ll) * prior))),
        Misconception(
            "softmax of products of the softmax", _SOFTMAX_OF_PRODUCTS, told_of(lambda ll, prior: softmax(softmax(ll) * prior))
        ),
        Misconception(
            "a softmax more",
            "You took the softmax of a posterior. One is enough: a second one makes all labels nearly as likely as each other.",
            told_of(lambda ll, prior: softmax(posterior(ll, prior))),
        ),
    ),
)
