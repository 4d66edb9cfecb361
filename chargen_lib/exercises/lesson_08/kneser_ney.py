"""kneser_ney: its card, what it is tried on, and what to say of a wrong answer."""

import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe
from chargen_lib.exercises.lesson_08.smoothings import by_columns, filled, kneser_ney, normalised, slip, whole


def count_probes(rng):
    full = np.array([[0, 2, 1], [3, 0, 0], [1, 1, 0]])
    with_an_empty_row = np.array([[0, 0, 4, 0], [1, 2, 0, 0], [0, 1, 1, 0], [0, 0, 0, 0]])  # and nothing comes before 3
    drawn = rng.integers(0, 4, size=(4, 4))
    return [
        Probe((full, 0.75)),
        Probe((full, 0.5)),
        Probe((np.array([[0, 1, 0], [0, 0, 0], [0, 0, 0]]), 0.5)),
        Probe((with_an_empty_row, 0.25)),
        Probe((with_an_empty_row, 0.0)),
        Probe((full, 1.0)),
        Probe((drawn + np.eye(4, dtype=int), float(rng.uniform(0.3, 0.9)))),
        Probe((np.where(np.arange(4)[:, None] == rng.integers(4), 0, drawn + 1), float(rng.uniform(0.3, 0.9)))),
    ]


_AS_A_COLUMN = "You divided by a sum that is lined up with the columns. c(a) is the sum of a's row, as a column: sum(axis=1, keepdims=True)."
_ALONG_AXIS_0 = "You added up along axis 0 everywhere. That is right for q, but c(a) and u(a) belong to the row of a: sum(axis=1, keepdims=True)."


def _of_columns(a):
    """The formula with c and u of the columns."""
    c, u = np.maximum(a.counts.sum(axis=0), 1), a.seen.sum(axis=0)
    return a.first / c + a.discount * u / c * a.share


KNESER_NEY = Exercise(
    name="kneser_ney",
    lesson=8,
    points=3,
    minutes=15,
    difficulty=3,
    hint="Make the parts one by one and look at their shapes: what is left of the counts (V, V), c(a) and u(a) as columns (V, 1), q (V,). "
    "Divide by jnp.maximum(c, 1), and let jnp.where choose q for the rows without counts. Do the rows sum to 1?",
    reference=kneser_ney,
    probes=count_probes,
    misconceptions=(
        Misconception(
            "unigram shares",
            "Your q says how *often* b comes. Kneser-Ney asks after how many different characters b comes: count each pair once, "
            "(counts > 0).sum(axis=0).",
            slip(lambda a: {"share": a.counts.sum(axis=0) / a.counts.sum()}),
        ),
        Misconception(
            "uniform",
            "You share out what was taken evenly, 1 / V to each. q(b) is larger for a character that comes after many different ones.",
            slip(lambda a: {"share": np.full(len(a.counts), 1 / len(a.counts))}),
        ),
        Misconception(
            "q of what follows",
            "Your q counts how many different characters come *after* each. It asks how many come before b: add up along axis 0.",
            slip(lambda a: {"share": a.seen.sum(axis=1) / a.seen.sum()}),
        ),
        Misconception(
            "q not divided",
            "Your q is a count. Divide it by the number of different pairs, and it is a share: the shares of all characters sum to 1.",
            slip(lambda a: {"share": a.seen.sum(axis=0)}),
        ),
        Misconception(
            "q divided by the characters",
            "You divided q by the size of the vocabulary. Divide it by the number of different pairs, or it does not sum to 1.",
            slip(lambda a: {"share": a.seen.sum(axis=0) / len(a.counts)}),
        ),
        Misconception(
            "q divided by all counts",
            "You divided q by the number of all pairs. It counts each different pair once, so divide by the number of different ones.",
            slip(lambda a: {"share": a.seen.sum(axis=0) / a.counts.sum()}),
        ),
        Misconception(
            "nothing given back",
            "You took the discount and gave it to nobody, so your rows do not sum to 1. Add D u(a) / c(a) q(b).",
            slip(lambda a: {"spread": np.zeros_like(a.total)}),
        ),
        Misconception(
            "all of u given back",
            "You give back u(a) / c(a), without D. Only D was taken from each of the u(a) characters that follow a: D u(a) / c(a).",
            slip(lambda a: {"spread": a.seen.sum(axis=1, keepdims=True)}),
        ),
        Misconception(
            "u divided by the characters",
            "Your u(a) is a share of the vocabulary (a mean). It is a number: how many different characters follow a, sum and not mean.",
            slip(lambda a: {"spread": a.discount * a.seen.mean(axis=1, keepdims=True)}),
        ),
        Misconception(
            "q alone",
            "Each of your rows is q. Only what was taken from a row is shared out by q; the row keeps the rest of its counts: "
            "max(c(a,b) - D, 0) / c(a).",
            whole(lambda a: np.tile(a.share, (len(a.counts), 1))),
        ),
        Misconception(
            "one added",
            "That is the smoothing of lesson 01, one added to every count. Here D is taken from every count above 0, and shared out by q.",
            whole(lambda a: normalised(a.counts + 1)),
        ),
        Misconception(
            "only where unseen",
            "You give the shares of q to the unseen pairs alone, so your rows do not sum to 1. Kneser-Ney adds them to *every* pair, the "
            "seen ones too.",
            whole(filled),
        ),
        Misconception(
            "only where unseen, normalised",
            "You give the shares of q to the unseen pairs alone and then divide by the sum. Here they are added to *every* pair, and the "
            "rows sum to 1 by themselves.",
            whole(lambda a: normalised(filled(a))),
        ),
        Misconception(
            "discount given back once",
            "You give back D / c(a). D was taken from each of the u(a) characters that follow a, so D u(a) / c(a) is to be given back.",
            slip(lambda a: {"spread": np.full_like(a.total, a.discount)}),
        ),
        Misconception(
            "u of what comes before",
            "Your u(a) counts how many different characters come *before* a. It asks how many follow a: add up its row, axis 1.",
            slip(lambda a: {"spread": a.discount * a.seen.sum(axis=0)[:, None]}),
        ),
        Misconception(
            "u without keepdims",
            "Your u is a row and is lined up with the columns. u(a) belongs to a whole row: make it a column, keepdims=True or [:, None].",
            slip(lambda a: {"spread": a.discount * a.seen.sum(axis=1)}),
        ),
        Misconception("divided by columns", _AS_A_COLUMN, by_columns(lambda a: a.total.T, u_as_a_row=False)),
        Misconception("divided by columns, and q too", _AS_A_COLUMN, by_columns(lambda a: a.total.T, u_as_a_row=True)),
        Misconception("divided by columns, no q", _AS_A_COLUMN, by_columns(lambda a: a.total.T, u_as_a_row=True, empty=False)),
        Misconception(
            "columns sum to 1",
            "You divided by the sums of the columns, how often b comes. Divide by c(a), the sum of a's row: sum(axis=1, keepdims=True).",
            by_columns(lambda a: a.counts.sum(axis=0), u_as_a_row=False),
        ),
        Misconception(
            "all sums of columns", _ALONG_AXIS_0, whole(lambda a: np.where(a.counts.sum(axis=0) > 0, _of_columns(a), a.share))
        ),
        Misconception(
            "given share not divided",
            "Your second part is D u(a) q(b), not divided. It is a share of the row as well: divide D u(a) by c(a), too.",
            slip(lambda a: {"spread": a.spread * a.total}),
        ),
        Misconception(
            "u is c",
            "Your u(a) is c(a), how often a was followed. It asks by how many *different* characters: count each pair once, "
            "(counts > 0).sum(axis=1, keepdims=True).",
            slip(lambda a: {"spread": a.discount * a.total}),
        ),
        Misconception(
            "q for every unseen pair",
            "You chose q for every pair that was not seen. Choose it for the rows that have no count at all: where c(a) is 0, not where "
            "counts is 0.",
            whole(lambda a: np.where(a.seen, a.right, a.share)),
        ),
        Misconception(
            "not cut at zero",
            "You took D from the unseen pairs too, and their first part is below 0. Cut it: jnp.maximum(counts - D, 0).",
            slip(lambda a: {"first": a.counts - a.discount}),
        ),
        Misconception(
            "nothing taken",
            "You give q its part but took no discount from the counts, so your rows sum to more than 1: max(c(a,b) - D, 0).",
            slip(lambda a: {"first": a.counts}),
        ),
        Misconception(
            "counts alone",
            "That is the plain table of counts, divided by its rows. Take D from every count, and share out by q what you took.",
            slip(lambda a: {"first": a.counts, "spread": np.zeros_like(a.total)}),
        ),
        Misconception(
            "divided by what is left",
            "You divided by the sum of what is left after the discount. Divide by c(a), the sum of the row as it was counted.",
            slip(lambda a: {"divisor": a.first.sum(axis=1, keepdims=True)}),
        ),
        Misconception(
            "divided by all counts",
            "You divided by the number of all pairs. Divide by c(a), the sum of a's own row, and each row sums to 1.",
            slip(lambda a: {"divisor": a.counts.sum()}),
        ),
        Misconception(
            "a fixed share",
            "You mixed the table and q with the shares 1 - D and D. Kneser-Ney takes D from each *count*, and so less than D from a row "
            "with large counts.",
            slip(lambda a: {"first": (1 - a.discount) * a.counts, "spread": a.discount * a.total}),
        ),
        Misconception(
            "multiplied",
            "You multiplied the two parts, which adding up logarithms does too. Probabilities are mixed by adding them.",
            slip(lambda a: {"together": np.multiply}),
        ),
        Misconception(
            "the larger part",
            "You took the larger of the two parts. They are added: what is left of the count, and the share of what was taken.",
            slip(lambda a: {"together": np.maximum}),
        ),
        Misconception(
            "NaN without counts",
            "A character that nothing follows has a row without counts, and there you divide 0 by 0. Its row is q.",
            slip(lambda a: {"empty": np.nan}),
        ),
        Misconception(
            "zeros without counts",
            "A character that nothing follows has a row of zeros in your table, which does not sum to 1. Its row is q.",
            slip(lambda a: {"empty": 0.0}),
        ),
        Misconception(
            "uniform without counts",
            "For a character that nothing follows you guess evenly. Its row is q, what is known of characters after any other.",
            slip(lambda a: {"empty": 1 / len(a.counts)}),
        ),
        Misconception(
            "the usual discount",
            "You wrote 0.75 into the function. Use the discount that is given.",
            lambda counts, discount: kneser_ney(counts, 0.75),
        ),
        Misconception(
            "turned round",
            "Rows and columns have changed places: row a holds what may come *after* a, and each row sums to 1.",
            lambda counts, discount: kneser_ney(counts, discount).T,
        ),
        Misconception(
            "backwards",
            "You read the counts the wrong way round. counts[a, b] says how often b comes after a: a is the row.",
            lambda counts, discount: kneser_ney(np.asarray(counts).T, discount),
        ),
    ),
)
