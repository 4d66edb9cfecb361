"""Rows filled up to one length, as it is right and as it is written when it is wrong."""

import numpy as np


def pad_right(prompts, pad_id):
    lengths = np.array([len(prompt) for prompt in prompts])
    return filled(prompts, lengths.max(), pad_id), lengths


def filled(prompts, longest, pad_id):
    """Each prompt at the left of its row; what is longer than the row is cut off."""
    ids = np.full((len(prompts), longest), pad_id)
    for row, prompt in zip(ids, prompts, strict=True):
        row[: len(prompt)] = prompt[:longest]
    return ids


def with_lengths(lengths_of):
    """The right rows, with lengths_of(ids, the right lengths, pad_id)."""

    def mistaken(prompts, pad_id):
        ids, lengths = pad_right(prompts, pad_id)
        return ids, np.asarray(lengths_of(ids, lengths, pad_id))

    return mistaken


def with_rows(rows_of):
    """The right lengths, with rows made by rows_of(prompts, the longest, pad_id)."""

    def mistaken(prompts, pad_id):
        lengths = np.array([len(prompt) for prompt in prompts])
        return np.array(rows_of(prompts, lengths.max(), pad_id)), lengths

    return mistaken


def in_front(prompts, longest, pad_id):
    return [[pad_id] * (longest - len(prompt)) + prompt for prompt in prompts]


def of_size(size_of):
    """Rows of size_of(the right lengths) places, and the right lengths."""

    def mistaken(prompts, pad_id):
        lengths = np.array([len(prompt) for prompt in prompts])
        return filled(prompts, size_of(lengths), pad_id), lengths

    return mistaken


def first_padding(ids, lengths, pad_id):
    """argmax of where the padding is: 0 where there is none."""
    return (ids == pad_id).argmax(axis=1)


def up_to_the_first_padding(ids, lengths, pad_id):
    padding = ids == pad_id
    return np.where(padding.any(axis=1), padding.argmax(axis=1), ids.shape[1])


def up_to_the_last_id(ids, lengths, pad_id):
    return np.array([max((place + 1 for place in np.flatnonzero(row != pad_id)), default=0) for row in ids])


def last_id_again(prompts, longest, pad_id):
    return [prompt + (prompt[-1:] or [pad_id]) * (longest - len(prompt)) for prompt in prompts]


def repeated(prompts, longest, pad_id):
    return [((prompt or [pad_id]) * longest)[:longest] for prompt in prompts]


def of_some(chosen):
    """Some prompts, or in another order: chosen(prompts)."""
    return lambda prompts, pad_id: pad_right(chosen(prompts), pad_id)


def in_one_row(prompts, pad_id):
    return np.concatenate([np.array(prompt, dtype=int) for prompt in prompts]), pad_right(prompts, pad_id)[1]


def masked(prompts, pad_id):
    ids, lengths = pad_right(prompts, pad_id)
    return ids, np.arange(ids.shape[1]) < lengths[:, None]
