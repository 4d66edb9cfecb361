"""add_one_loss: its card, what it is tried on, and what to say of a wrong answer."""

import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe
from chargen_lib.exercises.lesson_01 import add_one_losses


def loss_probes(rng):
    v = 5
    table = rng.integers(0, 9, size=(v, v))
    table[0] = [1, 2, 4, 0, 0]
    table[3] = 0
    ids = np.concatenate([[0, 3, 0, 4, 0, 1, 2, 2], rng.integers(0, v, size=15)])
    return [
        Probe((np.array([[1, 3], [1, 1]]), np.array([0, 1]))),
        Probe((np.array([[0, 4], [6, 0]]), np.array([0, 0, 1]))),
        Probe((np.array([[0, 7, 1], [0, 0, 0], [2, 2, 4]]), np.array([0, 1, 2, 2, 0, 2]))),
        Probe((table, ids)),
        Probe((np.array([[2, 1, 0], [0, 3, 1], [1, 1, 1]]), np.array([0, 1, 0]))),  # the last character is not in the text
    ]


_ROWS = (
    "probs[ids] takes whole rows, a row for each id, and not the entry of a pair. Look up previous and next at once: "
    "probs[val_ids[:-1], val_ids[1:]]."
)

_SMALL_NUMBERS = 1e-12, 1e-10, 1e-9, 1e-8, 1e-6

ADD_ONE_LOSS = Exercise(
    name="add_one_loss",
    lesson=1,
    points=2,
    minutes=13,
    difficulty=2,
    hint="Add 1 to every count, divide each row by its new total, look up the probability of every held-out pair, and average -ln p.",
    reference=add_one_losses.add_one_loss,
    probes=loss_probes,
    misconceptions=(
        Misconception(
            "bits", "Your answer is in bits; the loss is asked for in nats: use the natural logarithm.", add_one_losses.aol_bits
        ),
        Misconception(
            "no smoothing",
            "Without the extra one a pair never seen in training has probability 0, and its loss is infinite.",
            add_one_losses.aol_no_smoothing,
        ),
        Misconception("sum", "You summed over the pairs; take their mean.", add_one_losses.aol_sum),
        Misconception("one pair too many", "You divided by n; n characters have n - 1 pairs.", add_one_losses.aol_divide_by_n),
        Misconception(
            "old row total",
            "You added 1 to each count but divided by the old row total, so the row sums to more than 1. The total grows by the "
            "number of characters.",
            add_one_losses.aol_denominator,
        ),
        Misconception(
            "row total plus one",
            "You added only 1 to the row total; every one of the V counts in the row grew by 1, so the total grows by V.",
            add_one_losses.aol_denominator_one,
        ),
        Misconception(
            "no keepdims",
            "A row total of shape (V,) divides the columns: its V numbers are lined up with the last axis. Keep it a column, (V, 1): "
            "sum(axis=1, keepdims=True).",
            add_one_losses.aol_no_keepdims,
        ),
        Misconception(
            "the lesson's vocabulary",
            "You added the size of the stories' vocabulary to each row total. Each row of this table has train_counts.shape[0] entries, "
            "so its total grows by that.",
            add_one_losses.aol_stories,
        ),
        Misconception(
            "only the zeros",
            "You put 1 in place of the zeros only; every count grows by 1, the others too.",
            add_one_losses.aol_only_zeros,
        ),
        Misconception(
            "two lookups",
            "probs[a][b] looks up rows, and then rows of those rows. Both ids belong into one pair of brackets, probs[a, b]: one entry "
            "for each pair.",
            add_one_losses.aol_two_lookups,
        ),
        Misconception("rows", _ROWS, add_one_losses.aol_rows),
        Misconception("rows of the previous", _ROWS, add_one_losses.aol_rows_of_the_previous),
        Misconception(
            "every row with every column",
            "You looked up a whole block, each previous with each next character. Index with both in one pair of brackets: "
            "probs[val_ids[:-1], val_ids[1:]].",
            add_one_losses.aol_block,
        ),
        Misconception(
            "each with itself",
            "You looked up [id, id], each character after itself. A pair is a character and the one after it: val_ids[:-1] and val_ids[1:].",
            add_one_losses.aol_with_itself,
        ),
        Misconception(
            "joins the ends",
            "You added a pair from the last character back to the first (np.roll does that); n characters have n - 1 pairs.",
            add_one_losses.aol_ring,
        ),
        Misconception(
            "next alone",
            "You used how common the next character is by itself. Given the previous one it has a row of its own: divide each row by its "
            "total.",
            add_one_losses.aol_next_alone,
        ),
        Misconception(
            "columns",
            "You divided by the columns' totals (axis=0); each row is a distribution: sum along axis 1.",
            add_one_losses.aol_columns,
        ),
        Misconception(
            "as many as occur in the text",
            "You took the number of characters from val_ids. The row total grows by one for each character there is: train_counts.shape[0].",
            add_one_losses.aol_characters_of_the_text,
        ),
        Misconception(
            "1 added to the probabilities",
            "You added 1 to the probabilities, which makes them larger than 1. Add it to the counts, and divide then.",
            add_one_losses.aol_one_more_probability,
        ),
        *(
            Misconception(
                f"{small:g} in the logarithm",
                "You put a small number into the logarithm in place of add-one, so a pair never seen costs what that number says. Add 1 to "
                "each count before you divide.",
                add_one_losses.aol_small_number(small),
            )
            for small in _SMALL_NUMBERS
        ),
        Misconception(
            "transposed",
            "You looked up [next, previous]; the row is the character before.",
            add_one_losses.aol_transposed,
        ),
        Misconception(
            "joint probabilities",
            "You divided by the total of the whole table; each row is a distribution of its own.",
            add_one_losses.aol_joint,
        ),
        Misconception(
            "log of the mean",
            "You averaged the probabilities and then took the logarithm; take -ln of each one and average those.",
            add_one_losses.aol_mean_probability,
        ),
        Misconception("sign", "Your loss is negative: it is minus the logarithm of the probability.", add_one_losses.aol_sign),
    ),
)
