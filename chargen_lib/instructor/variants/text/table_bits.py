"""table_bits: which entropy."""

import math

import numpy as np

from chargen_lib.exercises.engine.cards import Misconception, Probe
from chargen_lib.instructor.variants.family import Family, Member, Rule, Slip


def of_the_pair(counts):
    probs = np.asarray(counts) / np.sum(counts)
    seen = probs[probs > 0]  # what was never seen adds nothing
    return float(-(seen * np.log2(seen)).sum())


def of_the_previous(counts):
    probs = np.asarray(counts) / np.sum(counts)  # (V, V), all of it sums to 1
    given = np.broadcast_to(probs.sum(axis=0), probs.shape)  # p(next), under every entry of its column
    seen = probs > 0
    return float(-(probs[seen] * np.log2(probs[seen] / given[seen])).sum())


def shared_by_both(counts):
    probs = np.asarray(counts) / np.sum(counts)
    alone = probs.sum(axis=1, keepdims=True) * probs.sum(axis=0)  # what the pair would have if neither told of the other
    seen = probs > 0
    return float((probs[seen] * np.log2(probs[seen] / alone[seen])).sum())


def _bits(totals):
    return of_the_pair(np.asarray(totals))  # the same sum, whatever the shape


def _of_the_next(counts):
    return of_the_previous(np.asarray(counts).T)


def table_bits_probes(rng):
    table = rng.integers(1, 9, size=(4, 4)) + np.array([[9, 0, 0, 0], [0, 0, 6, 0], [0, 20, 0, 0], [0, 0, 0, 0]])
    holes = table.copy()
    holes[3] = holes[0, 1:3] = 0
    return [
        Probe((np.array([[6, 2], [0, 8]]),)),
        Probe((np.array([[5, 1], [2, 2]]),)),
        Probe((np.array([[0, 0, 0], [3, 1, 4], [2, 0, 0]]),)),
        Probe((table,)),
        Probe((holes,)),
    ]


TABLE_BITS = Family(
    function="table_bits",
    title="How much a pair holds",
    lesson=1,
    points=3,
    minutes=10,
    difficulty=3,
    docstring="Bits in a table of pairs.  counts: (V, V) ints, not all 0;  returns one float.",
    given="Entry $[a, b]$ of `counts` says how often $b$ came right after $a$. Divided by the total of the whole table these are the "
    "probabilities $p(a, b)$ of the pairs, and their sums along rows and columns are the $p(a)$ of the previous and the "
    "$p(b)$ of the next character. What was never seen adds nothing; rows and columns may be empty. Return one number, in bits:",
    probes=table_bits_probes,
    members=(
        Member(
            name="of the pair",
            statement="the entropy of the whole pair, $H(\\text{previous}, \\text{next}) = -\\sum_{a,b} p(a, b) \\log_2 p(a, b)$.",
            hint="Divide by the total of the table first. Then keep zeros out of the logarithm: put 1 where p is 0, or leave those "
            "entries out.",
            reference=of_the_pair,
            did="You computed the entropy of the pair",
            asked="here both characters of the pair are unknown: H(previous, next)",
        ),
        Member(
            name="of the previous",
            statement="how uncertain the *previous* character is for whoever knows the next one, "
            "$H(\\text{previous} \\mid \\text{next}) = -\\sum_{a,b} p(a, b) \\log_2 p(a \\mid b)$.",
            hint="p(a given b) is p(a, b) / p(b), and p(b) is the sum of column b. Keep zeros out of the logarithm and out of the "
            "division.",
            reference=of_the_previous,
            did="You computed H(previous given next)",
            asked="here the next character is known and the previous one is not: H(previous given next)",
            mistakes=(
                Misconception(
                    "unweighted columns",
                    "You averaged the columns as if each were equally common; weight each by its share p(next).",
                    lambda counts: float(np.mean([_bits(column) if column.any() else 0.0 for column in np.asarray(counts).T])),
                ),
            ),
        ),
        Member(
            name="shared by both",
            statement="how many bits one character of a pair tells about the other, the *mutual information* "
            "$I = \\sum_{a,b} p(a, b) \\log_2 \\dfrac{p(a, b)}{p(a) \\, p(b)}$.",
            hint="A column of row sums times a row of column sums gives all the products $p(a) p(b)$. Keep the entries where p(a, b) "
            "is 0 out of the logarithm.",
            reference=shared_by_both,
            did="You computed the mutual information of the two characters",
            asked="here one character tells of the other: the mutual information, H(next) minus H(next given previous)",
            mistakes=(
                Misconception(
                    "against the uniform table",
                    "You compared p(a, b) with a table in which all pairs are equally common; compare it with p(a) p(b).",
                    lambda counts: 2 * math.log2(len(counts)) - of_the_pair(counts),
                ),
            ),
        ),
    ),
    others=(
        Rule("of the next", "You computed H(next given previous), as in lesson 01", _of_the_next),
        Rule(
            "next alone",
            "You computed the entropy of the next character alone, from the totals of the columns",
            lambda counts: _bits(np.sum(counts, axis=0)),
        ),
    ),
    slips=(
        Slip(
            "nats",
            "Your answer is in nats (natural logarithm); bits use log2.",
            lambda right: lambda counts: right(counts) * math.log(2),
        ),
        Slip("sign", "Your sign is turned round: the answer is never negative.", lambda right: lambda counts: -right(counts)),
        Slip(
            "zeros give NaN",
            "0 times log 0 became NaN. A pair that was never seen adds nothing: keep zeros out of the logarithm.",
            lambda right: lambda counts: right(counts) if np.all(np.asarray(counts) > 0) else math.nan,
        ),
        Slip(
            "smoothed",
            "You added one to every count first; use the counts as they are.",
            lambda right: lambda counts: right(np.asarray(counts) + 1),
        ),
    ),
)
