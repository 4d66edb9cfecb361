"""Matrices in a quarter of their bytes: whole numbers from -127 to 127, and for each column what they are to be multiplied by."""

import numpy as np


def shrink(array: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A matrix (rows, columns) as int8 of the same shape, and a scale for each column, float32 (columns,): its largest number is 127 scales.

    Raises ValueError when a number of it is none.
    """
    if not np.isfinite(array).all():
        raise ValueError("The model has weights that are no numbers, which cannot be made small. Nothing was written.")
    scale = (np.abs(array).max(axis=0, initial=0) / 127).astype(np.float32)
    return np.rint(array / np.where(scale > 0, scale, 1)).astype(np.int8), scale


def grow(whole: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """The matrix that `shrink` made small, float32: each number at most half a scale from what it was."""
    return whole.astype(np.float32) * scale
