"""pad_right: its card, what it is tried on, and what to say of a wrong answer."""

import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe
from chargen_lib.exercises.lesson_11 import paddings
from chargen_lib.exercises.lesson_11.paddings import of_size, of_some, pad_right, with_lengths, with_rows


def pad_right_probes(rng):
    def texts(*sizes):
        return [(rng.permutation(20)[:size] + 10).tolist() for size in sizes]

    return [
        Probe(([[3, 1, 4], [2]], 9)),
        Probe((texts(2, 5, 0, 3), 7)),
        Probe((texts(3, 5, 4), 0)),
        Probe(([[5, 2, 5, 6], [2, 2], [6, 2], [2, 7, 2, 8, 1]], 2)),  # the padding is a character here
        Probe((texts(4, 4), 3)),
        Probe((texts(1), 4)),
        Probe((texts(3, 2), 8)),
    ]


_LEFT = (
    "You put the padding in front of the prompts, and at the end of the row it would be all that counts. Each prompt stands at the left of its "
    "row, the padding after it."
)
_BY_PADDING = "You tell the lengths by looking for `pad_id`, but it may be a character of a prompt too. Take the lengths from the prompts: len(prompt)."
_EMPTY = "An empty prompt has the length 0, and a row of padding alone. Yours counts as one character."

PAD_RIGHT = Exercise(
    name="pad_right",
    lesson=11,
    points=2,
    minutes=8,
    difficulty=2,
    hint="The lengths come first: len of each prompt. The longest says how many times `pad_id` each row still needs: prompt + [pad_id] * how many, "
    "and jnp.array makes an array of the rows.",
    reference=pad_right,
    probes=pad_right_probes,
    misconceptions=(
        Misconception("padded left", _LEFT, with_rows(paddings.in_front)),
        Misconception(
            "padded left, one length",
            "You put the padding in front of the prompts and counted it. It stands after each prompt, and the lengths count real ids alone.",
            lambda prompts, pad_id: (
                np.array(paddings.in_front(prompts, max(map(len, prompts)), pad_id)),
                np.full(len(prompts), max(map(len, prompts))),
            ),
        ),
        Misconception(
            "padding counted",
            "You counted the padding: your lengths are all the longest. Count the ids of each prompt before you fill it up.",
            with_lengths(lambda ids, lengths, pad_id: np.full(len(ids), ids.shape[1])),
        ),
        Misconception(
            "everything but pad_id counted",
            "You counted the ids that are not `pad_id`, but a prompt may hold it too. Take the lengths from the prompts: len(prompt).",
            with_lengths(lambda ids, lengths, pad_id: (ids != pad_id).sum(axis=1)),
        ),
        Misconception(
            "everything but 0 counted",
            "You counted the ids that are not 0. The padding is `pad_id`, and 0 may be a character. Take the lengths from the prompts: len(prompt).",
            with_lengths(lambda ids, lengths, pad_id: (ids != 0).sum(axis=1)),
        ),
        Misconception("up to the first pad_id", _BY_PADDING, with_lengths(paddings.up_to_the_first_padding)),
        Misconception("up to the last id that is not pad_id", _BY_PADDING, with_lengths(paddings.up_to_the_last_id)),
        Misconception(
            "argmax of the padding",
            "argmax of where `pad_id` stands is 0 where there is none, and a prompt may hold pad_id too. Take the lengths from the prompts: "
            "len(prompt).",
            with_lengths(paddings.first_padding),
        ),
        Misconception(
            "last places",
            "Your lengths are 1 too small: you give the place of the last id. A length says how many ids there are.",
            with_lengths(lambda ids, lengths, pad_id: lengths - 1),
        ),
        Misconception(
            "1 more",
            "Your lengths are 1 too large. Count the ids of each prompt: len(prompt).",
            with_lengths(lambda ids, lengths, pad_id: lengths + 1),
        ),
        Misconception(
            "how much padding",
            "Your lengths count the padding of each row. Count the real ids: len(prompt).",
            with_lengths(lambda ids, lengths, pad_id: ids.shape[1] - lengths),
        ),
        Misconception("empty prompt counted as 1", _EMPTY, with_lengths(lambda ids, lengths, pad_id: np.maximum(lengths, 1))),
        Misconception(
            "longest alone",
            "You return the longest length alone. Each prompt has its own: (batch,).",
            with_lengths(lambda ids, lengths, pad_id: lengths.max()),
        ),
        Misconception(
            "a mask in place of lengths",
            "Your second value is a mask. The lengths are asked, one whole number for each prompt.",
            paddings.masked,
        ),
        Misconception(
            "filled with 0",
            "You filled the rows with 0. Fill them with `pad_id`.",
            lambda prompts, pad_id: pad_right(prompts, 0),
        ),
        Misconception(
            "filled with -1",
            "You filled the rows with -1. Fill them with `pad_id`.",
            lambda prompts, pad_id: pad_right(prompts, -1),
        ),
        Misconception(
            "last id again",
            "You filled the rows with their last id. Fill them with `pad_id`.",
            with_rows(paddings.last_id_again),
        ),
        Misconception(
            "prompts again and again",
            "You filled the rows with the prompt again. Fill them with `pad_id`.",
            with_rows(paddings.repeated),
        ),
        Misconception(
            "one place more",
            "Your rows have one place too many. The longest prompt needs no padding: as many places as it has ids.",
            of_size(lambda lengths: lengths.max() + 1),
        ),
        Misconception(
            "a power of two",
            "You made the rows as long as a power of two, as the library does so that little is compiled anew. Here they are as long as the longest "
            "prompt.",
            of_size(lambda lengths: 1 << (int(lengths.max()) - 1).bit_length()),
        ),
        Misconception(
            "cut to the shortest",
            "You cut all prompts to the shortest, and their ends are lost. Fill up the shorter ones to the longest.",
            of_size(lambda lengths: lengths.min()),
        ),
        Misconception(
            "cut, and counted after it",
            "You cut all prompts to the shortest, and their ends are lost. Fill up the shorter ones to the longest, and give each its own length.",
            of_some(lambda prompts: [prompt[: min(map(len, prompts))] for prompt in prompts]),
        ),
        Misconception(
            "as long as the first",
            "Your rows are as long as the first prompt. The longest may be another: max(len(prompt) for prompt in prompts).",
            of_size(lambda lengths: lengths[0]),
        ),
        Misconception(
            "square",
            "Your rows have as many places as there are prompts. They are as long as the longest prompt.",
            of_size(lambda lengths: len(lengths)),
        ),
        Misconception(
            "empty prompts left out",
            "You left out the empty prompt. It has a row too, of padding alone, and the length 0.",
            of_some(lambda prompts: [prompt for prompt in prompts if prompt]),
        ),
        Misconception(
            "sorted by length",
            "You sorted the prompts by their length. Row i belongs to prompt i.",
            of_some(lambda prompts: sorted(prompts, key=len)),
        ),
        Misconception(
            "longest first",
            "You sorted the prompts, the longest first. Row i belongs to prompt i.",
            of_some(lambda prompts: sorted(prompts, key=len, reverse=True)),
        ),
        Misconception(
            "without the last id",
            "You left out the last id of each prompt, as for inputs in training. All of it is read here.",
            of_some(lambda prompts: [prompt[:-1] for prompt in prompts]),
        ),
        Misconception(
            "turned round",
            "You turned each prompt round. It stands in its row in reading order.",
            of_some(lambda prompts: [prompt[::-1] for prompt in prompts]),
        ),
        Misconception(
            "a column for each",
            "Your prompts stand in columns, (longest, batch). Each has a row: (batch, longest).",
            lambda *args: (pad_right(*args)[0].T, pad_right(*args)[1]),
        ),
        Misconception(
            "one long row",
            "You put all prompts into one row. Each has its own, filled up to the longest: (batch, longest).",
            paddings.in_one_row,
        ),
        Misconception(
            "ids alone",
            "You return the ids alone. Without the lengths nobody knows where a prompt ends: return ids, lengths.",
            lambda *args: pad_right(*args)[0],
        ),
        Misconception(
            "lengths first",
            "The two values have changed places. Return ids, lengths.",
            lambda *args: pad_right(*args)[::-1],
        ),
    ),
)
