"""Texts of four kinds, each drawn from hats of its own, so that what a label is worth is known exactly.

The hats are those of the markov text (lesson 01).  A kind is a letter: in each hat two of the eight tickets are replaced by two of that
letter.  Who is told the kind knows which hats are drawn from; who is not has to find it out from the text.
"""

from dataclasses import dataclass, field

import numpy as np

from chargen_lib.corpora import MARKOV_HATS
from chargen_lib.entropy import entropy_rate, long_run_shares

KINDS = "aeot"
REPLACED = slice(2, 4)  # which tickets of a hat a kind has for itself
LEAST = 1e-12  # what counts as the probability of an impossible pair, about 40 bits: a model's text may hold one, and is of a kind all the same


@dataclass(frozen=True, eq=False)
class LabelledHats:
    """The four kinds of hats: characters, transitions (kinds, V, V), stationary (kinds, V).

    transitions[k, a, b] is the probability of b right after a in texts of kind k; stationary[k] how often each character is met there.
    A text begins with a character drawn from stationary[k], and the kinds are equally frequent.
    """

    characters: str = field(init=False, default="".join(sorted(MARKOV_HATS)))
    transitions: np.ndarray = field(init=False)
    stationary: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        tickets = [[kind_of_hat(MARKOV_HATS[before], kind) for before in self.characters] for kind in KINDS]
        transitions = np.array(
            [[[hat.count(after) / len(hat) for after in self.characters] for hat in hats] for hats in tickets]
        )
        object.__setattr__(self, "transitions", transitions)
        object.__setattr__(self, "stationary", np.array([long_run_shares(matrix) for matrix in transitions]))

    def draw(self, rng: np.random.Generator, num_texts: int, length: int) -> tuple[np.ndarray, np.ndarray]:
        """Labels (num_texts,) and texts (num_texts, length), both int32."""
        labels = rng.integers(len(KINDS), size=num_texts)
        ids = np.empty((num_texts, length), np.int32)
        ids[:, 0] = _draw_rows(rng, self.stationary[labels])
        for place in range(1, length):
            ids[:, place] = _draw_rows(rng, self.transitions[labels, ids[:, place - 1]])
        return labels.astype(np.int32), ids

    def bits_with_label(self) -> float:
        """H(next | the one before, label), bits: the floor for who is told."""
        return float(np.mean([entropy_rate(matrix) for matrix in self.transitions]))

    def bits_without(self) -> float:
        """H(next | the one before), bits: the floor for who is not told, and remembers one character."""
        pairs = (self.stationary[:, :, None] * self.transitions).mean(axis=0)  # (V, V): how often each pair is met
        return entropy_rate(pairs / pairs.sum(axis=1, keepdims=True))

    def log_likelihoods(self, ids: np.ndarray) -> np.ndarray:
        """ln p(text up to each place | kind), nats: ids (..., time) -> (..., time, kinds)."""
        first, steps = np.log(self.stationary), np.log(np.maximum(self.transitions, LEAST))
        by_place = np.concatenate(
            [first.T[ids[..., :1]], steps[:, ids[..., :-1], ids[..., 1:]].transpose(*range(1, ids.ndim + 1), 0)], axis=-2
        )
        return by_place.cumsum(axis=-2)

    def posterior(self, ids: np.ndarray) -> np.ndarray:
        """p(kind | text up to each place), the kinds equally frequent: ids (..., time) -> (..., time, kinds)."""
        scores = self.log_likelihoods(ids)
        shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
        return shares / shares.sum(axis=-1, keepdims=True)

    def best_losses(self, ids: np.ndarray) -> np.ndarray:
        """-ln p(next) of who is not told the kind and forgets nothing: Bayes.  ids (..., time) -> (..., time - 1), nats; infinite where the hats have no such pair."""
        after = self.transitions[:, ids[..., :-1], ids[..., 1:]]  # (kinds, ..., time - 1)
        return -np.log((np.moveaxis(after, 0, -1) * self.posterior(ids[..., :-1])).sum(axis=-1))


def kind_of_hat(hat: str, kind: str) -> str:
    """A hat as texts of this kind have it."""
    return hat[: REPLACED.start] + 2 * kind + hat[REPLACED.stop :]


def _draw_rows(rng: np.random.Generator, probs: np.ndarray) -> np.ndarray:
    """An id for each row of probabilities: (rows, V) -> (rows,)."""
    return (probs.cumsum(axis=1) < rng.random((len(probs), 1))).sum(axis=1)
