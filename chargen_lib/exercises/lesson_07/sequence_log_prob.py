"""sequence_log_prob: its reference, what it is tried on, and the wrong answers with names."""

import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe
from chargen_lib.exercises.lesson_07.tables_to_search import GARDEN_PATH, NO_DOUBLES, random_table


def _steps(log_probs, ids):
    """log p of each step, in float64."""
    ids = np.asarray(ids)
    return np.asarray(log_probs, dtype=float)[ids[:-1], ids[1:]]


def sequence_log_prob(log_probs, ids):
    return float(_steps(log_probs, ids).sum())


def sequence_probes(rng):
    unlikely = np.array([[-0.01, -100.0], [-100.0, -0.01]], dtype=np.float32)
    return [
        Probe((GARDEN_PATH, np.array([0, 1]))),
        Probe((GARDEN_PATH, np.array([0, 1, 2]))),
        Probe((GARDEN_PATH, np.array([0, 2, 1, 1, 0, 0]))),
        Probe((NO_DOUBLES, np.array([1, 0, 0]))),
        Probe((unlikely, np.array([0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1]))),
        Probe((random_table(rng, 5), rng.integers(0, 5, size=12))),
    ]


def _slp_transposed(log_probs, ids):
    return sequence_log_prob(np.asarray(log_probs).T, ids)


def _slp_mean(log_probs, ids):
    return float(_steps(log_probs, ids).mean())


def _slp_product(log_probs, ids):
    return float(np.prod(_steps(log_probs, ids)))


def _slp_underflow(log_probs, ids):
    with np.errstate(all="ignore"):
        return float(np.log(np.prod(np.exp(_steps(log_probs, ids)))))


def _slp_probability(log_probs, ids):
    return float(np.exp(sequence_log_prob(log_probs, ids)))


def _slp_sign(log_probs, ids):
    return -sequence_log_prob(log_probs, ids)


def _slp_loss(log_probs, ids):
    return float(-_steps(log_probs, ids).mean())


def _slp_log_again(log_probs, ids):
    with np.errstate(all="ignore"):
        return float(np.log(_steps(log_probs, ids)).sum())


def _slp_circular(log_probs, ids):
    return sequence_log_prob(log_probs, np.append(ids, ids[:1]))


def _slp_drops_last(log_probs, ids):
    return float(_steps(log_probs, ids)[:-1].sum())


def _slp_every_pair(log_probs, ids):
    return float(np.asarray(log_probs, dtype=float)[np.ix_(ids[:-1], ids[1:])].sum())


def _slp_rows(of):
    """Whole rows of the table, for the ids that of(ids) says."""
    return lambda log_probs, ids: float(np.asarray(log_probs, dtype=float)[of(np.asarray(ids))].sum())


def _slp_two_lookups(log_probs, ids):
    rows = np.asarray(log_probs, dtype=float)[ids[:-1]]
    return float(rows[np.minimum(ids[1:], len(rows) - 1)].sum())  # past the end JAX gives the last row


def _slp_with_itself(log_probs, ids):
    return float(np.asarray(log_probs, dtype=float)[ids, ids].sum())


def _slp_drops_first(log_probs, ids):
    return sequence_log_prob(log_probs, ids[1:])


def _slp_likeliest(log_probs, ids):
    return float(np.asarray(log_probs, dtype=float)[ids[:-1]].max(axis=1).sum())


def _slp_bits(log_probs, ids):
    return sequence_log_prob(log_probs, ids) / np.log(2)


def _slp_no_sum(log_probs, ids):
    return _steps(log_probs, ids)


_ROWS = "log_probs[ids] takes whole rows, a row for each id, and not the entry of a step. Look up both at once: log_probs[ids[:-1], ids[1:]]."

SEQUENCE_LOG_PROB = Exercise(
    name="sequence_log_prob",
    lesson=7,
    points=1,
    minutes=5,
    difficulty=1,
    hint="The steps go from `ids[:-1]` to `ids[1:]`. Index the table with both at once, and add up.",
    reference=sequence_log_prob,
    probes=sequence_probes,
    misconceptions=(
        Misconception(
            "transposed",
            "You looked up [next, previous]; the row is the character before, the column the one after.",
            _slp_transposed,
        ),
        Misconception("mean", "You took the mean over the steps; the log-probability of the whole is their sum.", _slp_mean),
        Misconception(
            "product of logs",
            "You multiplied the log-probabilities. Probabilities multiply; their logarithms add.",
            _slp_product,
        ),
        Misconception(
            "underflow",
            "You multiplied probabilities and took the log at the end: the product of many becomes 0, and its log -inf. "
            "Add the logs instead.",
            _slp_underflow,
        ),
        Misconception(
            "probability", "You returned the probability; return its logarithm, without the exp at the end.", _slp_probability
        ),
        Misconception(
            "sign", "Your sign is turned round: that is a loss. The log of a probability is never above 0.", _slp_sign
        ),
        Misconception("loss", "You returned the loss, the mean of -ln p; return the plain sum of ln p.", _slp_loss),
        Misconception(
            "log of a log",
            "You took the logarithm of logarithms, and a negative number has none. log_probs holds ln p already: add up.",
            _slp_log_again,
        ),
        Misconception(
            "joins the ends",
            "You added a step from the last character back to the first (np.roll does that); n characters have n - 1 steps.",
            _slp_circular,
        ),
        Misconception(
            "drops the last step",
            "The last step is missing: n characters have n - 1 steps, to the very last one.",
            _slp_drops_last,
        ),
        Misconception(
            "every row with every column",
            "You added a whole block of the table, each previous with each next character. Index with both at once: "
            "log_probs[ids[:-1], ids[1:]].",
            _slp_every_pair,
        ),
        Misconception("rows", _ROWS, _slp_rows(lambda ids: ids)),
        Misconception("rows of the previous", _ROWS, _slp_rows(lambda ids: ids[:-1])),
        Misconception("rows of the next", _ROWS, _slp_rows(lambda ids: ids[1:])),
        Misconception(
            "two lookups",
            "log_probs[a][b] looks up rows, and then rows of those rows. Both ids belong into one pair of brackets: log_probs[a, b].",
            _slp_two_lookups,
        ),
        Misconception(
            "each with itself",
            "You looked up [id, id], each character after itself. A step goes from a character to the next one: ids[:-1] and ids[1:].",
            _slp_with_itself,
        ),
        Misconception("drops the first step", "The first step is missing, from ids[0] to ids[1].", _slp_drops_first),
        Misconception(
            "likeliest step",
            "You added up the likeliest step of each row, whatever the text does. Take the step to the next character: [ids[:-1], ids[1:]].",
            _slp_likeliest,
        ),
        Misconception(
            "sum of probabilities",
            "You added up the probabilities. Add up their logarithms, which log_probs holds already: no exp.",
            lambda log_probs, ids: float(np.exp(_steps(log_probs, ids)).sum()),
        ),
        Misconception(
            "the first character counted",
            "You added log_probs[0, ids[0]] for the first character, as if id 0 stood before it. It is given, so it costs nothing.",
            lambda log_probs, ids: float(np.asarray(log_probs, dtype=float)[0, ids[0]]) + sequence_log_prob(log_probs, ids),
        ),
        Misconception("bits", "Your answer is in bits; log_probs are in nats, so leave them as they are.", _slp_bits),
        Misconception("no sum", "You returned the log-probability of each step; add them up.", _slp_no_sum),
    ),
)
