"""The softmax, as it is right and as it is written when it is wrong."""

import numpy as np


def softmax(logits):
    logits = np.asarray(logits, dtype=float)
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)


def exponentials(logits):
    with np.errstate(over="ignore"):
        return np.exp(np.asarray(logits, dtype=np.float32))  # exp(102) is too large for 32 bits, not for 64


def softmax_overflows(logits):
    weights = exponentials(logits)
    with np.errstate(all="ignore"):
        return weights / weights.sum(axis=-1, keepdims=True)


def softmax_overflows_in_64_bits(logits):
    with np.errstate(all="ignore"):
        weights = np.exp(np.asarray(logits, dtype=float))
        return weights / weights.sum(axis=-1, keepdims=True)


def softmax_zero_for_nan(logits):
    return np.nan_to_num(softmax_overflows(logits))


def softmax_overflows_of_everything(logits):
    weights = exponentials(logits)
    with np.errstate(all="ignore"):
        return weights / weights.sum()


def softmax_overflows_no_keepdims(logits):
    weights = exponentials(logits)
    with np.errstate(all="ignore"):
        return weights / weights.sum(axis=-1)


def softmax_one_maximum_no_keepdims(logits):
    logits = np.asarray(logits, dtype=float)
    weights = np.exp(logits - logits.max())
    with np.errstate(all="ignore"):
        return weights / weights.sum(axis=-1)


def softmax_of_everything(logits):
    logits = np.asarray(logits, dtype=float)
    weights = np.exp(logits - logits.max())
    return weights / weights.sum()


def softmax_first_axis(logits):
    return np.moveaxis(softmax(np.moveaxis(np.asarray(logits), 0, -1)), -1, 0)


def softmax_no_keepdims(logits):
    logits = np.asarray(logits, dtype=float)
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1)


def softmax_no_keepdims_twice(logits):
    logits = np.asarray(logits, dtype=float)
    with np.errstate(all="ignore"):
        weights = np.exp(logits - logits.max(axis=-1))
        return weights / weights.sum(axis=-1)


def softmax_subtracts_the_mean(logits):
    logits = np.asarray(logits, dtype=float)
    with np.errstate(all="ignore"):
        weights = np.exp(logits - logits.mean(axis=-1, keepdims=True))
        return weights / weights.sum(axis=-1, keepdims=True)


def softmax_clips_at(limit):
    return lambda logits: softmax(np.clip(np.asarray(logits, dtype=float), -limit, limit))


def softmax_subtracts_the_smallest(logits):
    logits = np.asarray(logits, dtype=np.float32)
    return softmax_overflows(logits - logits.min(axis=-1, keepdims=True))


def softmax_base_two(logits):
    return softmax(np.asarray(logits, dtype=float) * np.log(2))


def softmax_scaled(logits):
    return softmax(np.asarray(logits, dtype=float) / 1000)


def softmax_one_hot(logits):
    return np.eye(np.shape(logits)[-1])[np.argmax(logits, axis=-1)]


def softmax_log(logits):
    logits = np.asarray(logits, dtype=float)
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def softmax_not_divided(logits):
    logits = np.asarray(logits, dtype=float)
    return np.exp(logits - logits.max(axis=-1, keepdims=True))


def softmax_no_exp(logits):
    logits = np.asarray(logits, dtype=float)
    with np.errstate(all="ignore"):
        return logits / logits.sum(axis=-1, keepdims=True)


def softmax_one_maximum(logits):
    logits = np.asarray(logits, dtype=float)
    weights = np.exp(logits - logits.max())
    with np.errstate(all="ignore"):
        return weights / weights.sum(axis=-1, keepdims=True)


def softmax_sigmoid(logits):
    return 0.5 + 0.5 * np.tanh(np.asarray(logits, dtype=float) / 2)


def softmax_divides_by_the_largest(logits):
    logits = np.asarray(logits, dtype=float)
    with np.errstate(all="ignore"):
        weights = np.exp(logits / logits.max(axis=-1, keepdims=True))
        return weights / weights.sum(axis=-1, keepdims=True)
