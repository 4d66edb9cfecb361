"""shared_belief: how far a text is trusted, and how far the belief before it."""

import numpy as np

from chargen_lib.exercises.engine.cards import Misconception, Probe
from chargen_lib.instructor.variants.family import Family, Member, Rule, Slip


def half_trusted(log_likelihoods, prior, amount):
    log_likelihoods, prior = np.asarray(log_likelihoods, dtype=float), np.asarray(prior, dtype=float)
    scores = np.where(prior > 0, amount * log_likelihoods, -np.inf)
    weights = prior * np.exp(scores - scores.max())
    return weights / weights.sum()


def in_doubt(log_likelihoods, prior, amount):
    log_likelihoods, prior = np.asarray(log_likelihoods, dtype=float), np.asarray(prior, dtype=float)
    scores = np.where(prior > 0, log_likelihoods, -np.inf)
    weights = prior * np.exp(scores - scores.max())
    return (1 - amount) * weights / weights.sum() + amount * prior


def weaker_prior(log_likelihoods, prior, amount):
    log_likelihoods, prior = np.asarray(log_likelihoods, dtype=float), np.asarray(prior, dtype=float)
    weaker = np.where(prior > 0, prior**amount, 0.0)
    scores = np.where(prior > 0, log_likelihoods, -np.inf)
    weights = weaker * np.exp(scores - scores.max())
    return weights / weights.sum()


def shared_belief_probes(rng):
    def drawn(size):
        prior = rng.dirichlet(np.full(size, 5.0))
        return rng.normal(0, 2, size).astype(np.float32), prior.astype(np.float32)

    def pair(log_likelihoods, prior):
        return np.array(log_likelihoods, np.float32), np.array(prior, np.float32)

    return [
        Probe((*pair([-4, -3, -5], [0.5, 0.2, 0.3]), 0.5)),
        Probe((*pair([-4, -3, -5], [0.5, 0.2, 0.3]), 0.25)),
        Probe((*pair([-2, -1, -3, -1.5], [0.4, 0.3, 0, 0.3]), 0.75)),
        Probe((*pair([-2, -3, 5, -1.5], [0.4, 0.3, 0, 0.3]), 0.5)),
        Probe((*pair([-2, -3, 5, -1.5], [0.4, 0.3, 0, 0.3]), 0.0)),
        Probe((*pair([-400, -401, -403], [0.2, 0.3, 0.5]), 0.5)),
        Probe((*drawn(4), 0.25)),
        Probe((*drawn(5), 0.75)),
    ]


def _belief(weigh):
    """The mistake whose weights are exp(weigh(log-likelihoods, log prior, amount)), normalised: what is impossible stays so."""

    def wrong(log_likelihoods, prior, amount):
        log_likelihoods, prior = np.asarray(log_likelihoods, dtype=float), np.asarray(prior, dtype=float)
        with np.errstate(all="ignore"):
            scores = np.where(prior > 0, weigh(log_likelihoods, np.log(np.where(prior > 0, prior, 1)), amount), -np.inf)
        weights = np.exp(scores - scores.max())
        return weights / weights.sum()

    return wrong


def bayes(log_likelihoods, prior, amount):
    return half_trusted(log_likelihoods, prior, 1)


def _without_prior(right):
    """The prior is taken for equal shares of what is possible."""

    def wrong(log_likelihoods, prior, amount):
        possible = np.asarray(prior) > 0
        return right(log_likelihoods, possible / possible.sum(), amount)

    return wrong


def _rounded(right):
    """exp without the largest taken off: of float32, a likelihood of -400 is 0, and 0 / 0 is NaN."""

    def wrong(log_likelihoods, prior, amount):
        with np.errstate(all="ignore"):
            tiny = np.exp(np.asarray(log_likelihoods, dtype=np.float32) * np.float32(amount)) if amount else np.float32(1)
        belief = right(log_likelihoods, prior, amount)
        return belief * np.nan if not np.any(tiny) else belief

    return wrong


def _mixed_too_early(log_likelihoods, prior, amount):
    log_likelihoods, prior = np.asarray(log_likelihoods, dtype=float), np.asarray(prior, dtype=float)
    scores = np.where(prior > 0, log_likelihoods, -np.inf)
    mixed = (1 - amount) * prior * np.exp(scores - scores.max()) + amount * prior
    return mixed / mixed.sum()


def _revived(log_likelihoods, prior, amount):
    log_likelihoods, prior = np.asarray(log_likelihoods, dtype=float), np.asarray(prior, dtype=float)
    weights = prior**amount * np.exp(log_likelihoods - log_likelihoods.max())
    return weights / weights.sum()


def _log(probs):
    with np.errstate(divide="ignore"):
        return np.log(probs)


SHARED_BELIEF = Family(
    function="shared_belief",
    title="How far is a text trusted?",
    lesson=13,
    points=3,
    minutes=10,
    difficulty=2,
    docstring="What to believe of the labels after a text.  log_likelihoods: (K,) nats;  prior: (K,);  amount: 0 to 1;  returns (K,), sums to 1.",
    given="For each of $K$ labels `log_likelihoods` holds $\\ln p(\\text{text} \\mid k)$, as low as $-400$, and `prior` the probability $p(k)$ before the text; it "
    "sums to 1, and where it is 0 the label stays impossible. `amount` is a number $a$ from 0 to 1. Return what to believe after the text, as probabilities:",
    probes=shared_belief_probes,
    members=(
        Member(
            name="half trusted",
            statement="the text is trusted only in part. Its likelihood counts with the *power* $a$: each label's share is proportional to $p(k)\\, p(\\text{text} \\mid k)^a$. "
            "An `amount` of 0 gives the prior, 1 gives Bayes' rule.",
            hint="The logarithm of a power is a product. Take the largest off before you take exponentials.",
            reference=half_trusted,
            did="You raised the likelihood to the power a",
            asked="here the likelihood alone is raised to the power a, and the prior stays as it is",
            mistakes=(
                Misconception(
                    "prior raised too",
                    "You raised the prior to the power a as well. The likelihood alone is trusted in part.",
                    _belief(lambda ll, log_prior, a: a * (ll + log_prior)),
                ),
                Misconception(
                    "the other power",
                    "Your power is 1 - a. An `amount` of 1 trusts the text wholly: the power is a.",
                    _belief(lambda ll, log_prior, a: (1 - a) * ll + log_prior),
                ),
                Misconception(
                    "prior twice",
                    "The prior stands in your product twice. Bayes' rule has it once.",
                    _belief(lambda ll, log_prior, a: a * ll + 2 * log_prior),
                ),
            ),
        ),
        Member(
            name="in doubt",
            statement="after reading you hold, with probability $a$, that the text says nothing about the labels. So the belief is a *mixture*: $1 - a$ parts of what Bayes' rule gives, and $a$ parts of the prior.",
            hint="Two distributions, and two shares that sum to 1. Which of the two needs the exponentials?",
            reference=in_doubt,
            did="You mixed the posterior with the prior",
            asked="here the posterior and the prior are mixed, in shares of 1 - a and a",
            mistakes=(
                Misconception(
                    "shares exchanged",
                    "The shares have changed places: a is the share of the prior, 1 - a that of the posterior.",
                    lambda log_likelihoods, prior, amount: in_doubt(log_likelihoods, prior, 1 - amount),
                ),
                Misconception(
                    "equal shares mixed in",
                    "You mixed in equal shares. A text that says nothing leaves the *prior*.",
                    lambda log_likelihoods, prior, amount: (
                        (1 - amount) * bayes(log_likelihoods, prior, 1) + amount / len(np.asarray(prior))
                    ),
                ),
                Misconception(
                    "mixed before normalising",
                    "You mixed the products with the prior, and normalised then. Normalise first: the shares are of two distributions.",
                    _mixed_too_early,
                ),
                Misconception(
                    "logarithms mixed",
                    "You mixed logarithms. That trusts the text in part; a mixture is a sum of probabilities.",
                    _belief(lambda ll, log_prior, a: (1 - a) * ll + log_prior),
                ),
            ),
        ),
        Member(
            name="weaker prior",
            statement="the text is trusted wholly, and the *prior* in part. It counts with the power $a$: each label's share is proportional to $p(k)^a\\, p(\\text{text} \\mid k)$. An `amount` of 0 "
            "makes all possible labels alike before the text.",
            hint="What is 0 to the power 0, and what must it be here?",
            reference=weaker_prior,
            did="You raised the prior to the power a",
            asked="here the prior alone is raised to the power a, and the likelihood stays as it is",
            mistakes=(
                Misconception(
                    "likelihood raised too",
                    "You raised the likelihood to the power a as well. The prior alone is trusted in part.",
                    _belief(lambda ll, log_prior, a: a * (ll + log_prior)),
                ),
                Misconception(
                    "revived",
                    "0 to the power 0 is 1, so an impossible label comes back to life. Where the prior is 0, the belief must be 0.",
                    _revived,
                ),
                Misconception(
                    "mixed with equal shares",
                    "You mixed the prior with equal shares. It is raised to the power a.",
                    lambda log_likelihoods, prior, amount: weaker_prior(
                        log_likelihoods,
                        np.where(np.asarray(prior) > 0, amount * np.asarray(prior) + (1 - amount) / len(prior), 0),
                        1,
                    ),
                ),
                Misconception(
                    "the other power",
                    "Your power is 1 - a. An `amount` of 0 must make the prior count for nothing: the power is a.",
                    _belief(lambda ll, log_prior, a: ll + (1 - a) * log_prior),
                ),
            ),
        ),
    ),
    others=(Rule("bayes", "You returned the posterior of the lesson, whatever the amount is", bayes),),
    slips=(
        Slip(
            "prior left out",
            "You left the prior out: all possible labels count alike before the text.",
            _without_prior,
        ),
        Slip(
            "prior alone",
            "You return the prior, so the text counts for nothing.",
            lambda right: lambda log_likelihoods, prior, amount: np.asarray(prior),
        ),
        Slip(
            "rounded to 0",
            "exp(-400) is 0, and 0 / 0 is NaN. Take the largest logarithm off before you take exponentials.",
            _rounded,
        ),
        Slip(
            "logarithms",
            "You return logarithms. Probabilities are asked, and they sum to 1.",
            lambda right: lambda *args: _log(right(*args)),
        ),
        Slip(
            "the likeliest",
            "You return the likeliest label. The probabilities of all are asked.",
            lambda right: lambda *args: int(np.argmax(right(*args))),
        ),
    ),
)
