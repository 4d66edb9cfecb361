"""What one call writes of a draft, as it is written when it is wrong."""

import numpy as np


def at(rows, drafted):
    """Each row's entry at the drafted id."""
    return np.asarray(rows, dtype=float)[np.arange(len(drafted)), drafted]


def ratio(p, q, drafted):
    with np.errstate(divide="ignore"):
        return at(p, drafted) / at(q, drafted)


def likeliest_at(p, place):
    return int(np.argmax(np.asarray(p)[place]))


def that_keeps(rule):
    """The mistake that keeps where rule(p (n, V), q, drafted, uniforms, amount) is True, up to the first where it is not."""

    def wrong(p, q, drafted, uniforms, amount):
        p, q, drafted, uniforms = map(np.asarray, (p, q, drafted, uniforms))
        n = len(drafted)
        kept = rule(p[:n], q, drafted, uniforms, amount)
        length = n if kept.all() else int(np.argmin(kept))
        return [*drafted[:length].tolist(), likeliest_at(p, length)]

    return wrong


def after_a_refusal_too(right):
    def wrong(p, q, drafted, uniforms, amount):
        """Each place is judged by itself, as if it were the whole draft."""
        p, q, drafted, uniforms = map(np.asarray, (p, q, drafted, uniforms))
        places = [slice(t, t + 1) for t in range(len(drafted))]
        kept = [len(right(p[t : t + 2], q[s], drafted[s], uniforms[s], amount)) == 2 for t, s in enumerate(places)]
        return [*drafted[np.array(kept)].tolist(), likeliest_at(p, sum(kept))]

    return wrong


def nothing_of_its_own(right):
    return lambda *args: right(*map(np.asarray, args))[:-1]


def how_many(right):
    return lambda *args: len(right(*map(np.asarray, args))) - 1


def ending(end):
    """The right ids, but for what stands behind the kept ones: end(how many are kept, p, q, drafted) -> ids."""

    def spoil(right):
        def wrong(*args):
            p, q, drafted, *more = map(np.asarray, args)
            kept = len(right(p, q, drafted, *more)) - 1
            return [*drafted[:kept].tolist(), *end(kept, p, q, drafted)]

        return wrong

    return spoil


def refused_one_too(kept, p, q, drafted):
    return [*drafted[kept : kept + 1].tolist(), likeliest_at(p, kept)]


def own_of_the_leftover(kept, p, q, drafted):
    return [likeliest_at(p[:-1] - q, kept) if kept < len(drafted) else likeliest_at(p, kept)]
