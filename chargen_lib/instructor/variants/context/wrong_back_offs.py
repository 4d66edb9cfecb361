"""Probabilities from counts of pairs as they are written when they are wrong."""

import numpy as np


def parts(counts):
    """Counts, the rows' sums, how many different follow, the shares, and the shares of the different pairs."""
    counts = np.asarray(counts, dtype=float)
    seen = counts > 0
    totals = counts.sum(axis=1, keepdims=True)
    shares, places = counts.sum(axis=0) / counts.sum(), seen.sum(axis=0) / seen.sum()
    return counts, np.where(totals > 0, totals, 1), seen.sum(axis=1, keepdims=True), shares, places


def or_where_empty(counts, probs, lower):
    return np.where(np.sum(counts, axis=1, keepdims=True) > 0, probs, lower)


def kneser_ney(counts, amount):
    c, totals, different, _, places = parts(counts)
    return or_where_empty(c, np.maximum(c - amount, 0) / totals + amount * different / totals * places, places)


def counted_alone(counts, amount):
    c, totals, *_ = parts(counts)
    return c / totals


def discount_lost(counts, amount):
    c, totals, _, shares, _ = parts(counts)
    return or_where_empty(c, np.maximum(c - amount, 0) / totals, shares)


def one_discount_a_row(counts, amount):
    c, totals, _, shares, _ = parts(counts)
    return or_where_empty(c, np.maximum(c - amount, 0) / totals + amount / totals * shares, shares)


def discount_of_every_character(counts, amount):
    c, totals, _, shares, _ = parts(counts)
    return or_where_empty(c, np.maximum(c - amount, 0) / totals + amount * len(c) / totals * shares, shares)


def below_zero(counts, amount):
    c, totals, different, shares, _ = parts(counts)
    return or_where_empty(c, (c - amount) / totals + amount * different / totals * shares, shares)


def discounted_to_equal(counts, amount):
    c, totals, different, shares, _ = parts(counts)
    return or_where_empty(c, np.maximum(c - amount, 0) / totals + amount * different / totals / len(c), shares)


def imagined_of_places(counts, amount):
    c, _, different, _, places = parts(counts)
    sums = c.sum(axis=1, keepdims=True) + amount * different
    return or_where_empty(c, (c + amount * different * places) / np.where(sums > 0, sums, 1), places)


def as_many_in_every_row(counts, amount):
    c, totals, _, shares, _ = parts(counts)
    return or_where_empty(c, (c + amount * shares) / (totals + amount), shares)


def divided_by_the_counts(counts, amount):
    c, totals, different, shares, _ = parts(counts)
    return or_where_empty(c, (c + amount * different * shares) / totals, shares)


def added_to_every_entry(counts, amount):
    c, totals, different, shares, _ = parts(counts)
    return or_where_empty(c, (c + amount * different) / (totals + amount * different * len(c)), shares)


def mixed_with(lower):
    def wrong(counts, amount):
        c, totals, _, shares, places = parts(counts)
        chosen = lower(c, shares, places)
        return or_where_empty(c, (1 - amount) * c / totals + amount * chosen, chosen)

    return wrong


def empty_rows(right, filled):
    return lambda counts, amount: or_where_empty(counts, right(counts, amount), filled(np.shape(counts)[1]))


def log(probs):
    with np.errstate(divide="ignore"):
        return np.log(probs)


def shares_of_the_first(counts):
    """How often each character is the first of a pair."""
    return np.sum(counts, axis=1) / np.sum(counts)


def discounted_to_the_first(counts, amount):
    c, totals, different, *_ = parts(counts)
    lower = shares_of_the_first(c)
    return or_where_empty(c, np.maximum(c - amount, 0) / totals + amount * different / totals * lower, lower)


def imagined_of_the_first(counts, amount):
    c, _, different, *_ = parts(counts)
    more, lower = amount * different, shares_of_the_first(c)
    sums = c.sum(axis=1, keepdims=True) + more
    return or_where_empty(c, (c + more * lower) / np.where(sums > 0, sums, 1), lower)


def not_kept(probs_of, lower_of):
    """The mistake of sums that lost their axis: probs_of(counts, their rows' sums, how many different follow, lower, amount)."""

    def wrong(counts, amount):
        c, _, _, shares, places = parts(counts)
        totals, lower = c.sum(axis=1), lower_of(shares, places)
        probs = probs_of(c, np.where(totals > 0, totals, 1), (c > 0).sum(axis=1), lower, amount)
        return np.where(totals > 0, probs, lower)

    return wrong


def empty_rows_in_part(counts, amount):
    c, totals, _, _, places = parts(counts)
    return (1 - amount) * c / totals + amount * places
