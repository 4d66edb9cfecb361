"""Writing with a table, as it is written when it is wrong."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass
class Now:
    """Where a writer stands: what a rule may look at beside the logits and the noise of the place.

    first, last_written: (V,) 1 at that id, 0 elsewhere; counts: (V,) how often each was written; first_logits, logits_before,
    noise_before: (V,), the last two of the place before, 0 at place 0; rows: the logits of all places before.
    """

    place: int
    first: np.ndarray
    last_written: np.ndarray
    counts: np.ndarray
    first_logits: np.ndarray
    logits_before: np.ndarray
    noise_before: np.ndarray
    rows: list[np.ndarray]

    def logits_before_or(self, others):
        return self.logits_before if self.place else others

    def sums_before(self, amount):
        """What is carried if each place carries on its logits plus amount times what was carried, times amount."""
        return sum((amount**back * row for back, row in enumerate(self.rows[::-1], start=1)), np.zeros(len(self.first)))


def written(rule: Callable) -> Callable:
    """The writer that takes the largest of rule(logits of the place, noise of the place, Now, amount) each time."""

    def wrong(table, first_id, noise, amount):
        table, noise = np.asarray(table, dtype=float), np.asarray(noise, dtype=float)
        one, nothing = np.eye(len(table)), np.zeros(len(table))
        first_id = int(first_id)
        now = Now(0, one[first_id], nothing, nothing, table[first_id], nothing, nothing, [])
        ids, last = [], first_id
        for place, row in enumerate(noise):
            now.place = place
            logits = table[last]
            last = int(np.argmax(rule(logits, row, now, amount)))
            ids.append(last)
            now.last_written, now.counts = one[last], now.counts + one[last]
            now.logits_before, now.noise_before = logits, row
            now.rows.append(logits)
        return np.array(ids)

    return wrong


def lead(rule: Callable, table, first_id, noise, amount) -> float:
    """By how much the best of a place leads at least, where written(rule) writes."""
    least = []

    def ranked(*given):
        scores = rule(*given)
        least.append(np.diff(np.sort(scores)[-2:])[0])
        return scores

    written(ranked)(table, first_id, noise, amount)
    return min(least)
