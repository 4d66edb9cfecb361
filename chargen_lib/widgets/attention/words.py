"""What AttentionExplorer says of a weight, and how strongly it colours it."""

import math

SHADES = 10

# What the figure says in every state (how: in the order of SETTINGS); it travels with the state, so that page and Python say the same.
WORDS = {
    "how": ["as trained", "without positions", "without its mask", "without its mask and without positions"],
    "cells": "below each character: the weight that it gets, in percent, if it is 1 or more; dashed: not seen",
    "picture": "The matrix of all weights of this head.",
    "matrix": "All weights of this head: a row for each place that asks, from the top, a column for each that is looked at; the stronger the "
    "colour, the more weight; grey: not seen.",
    "next": "likeliest next characters",
    "measures": ["bits for the true next", "mean over the passage"],
    "note": "The model was trained with its mask and with positions. The switches only change how it is read: nothing is trained again, and "
    "a model that is trained without them does otherwise.",
}


def shade(code: int) -> int:
    """How strong the colour of a weight is, 0 to SHADES, by its root, so that small ones are seen; as in figure.js."""
    return math.ceil(SHADES * math.sqrt(code / 100))


def share(code: int, end: int) -> str:
    """A weight in whole percents; what is merely near 0 or 1 is not called 0 or 1.  The same words as share() in figure.js."""
    if code == 0:
        return "<\u00a01\u00a0%"
    return ">\u00a099\u00a0%" if code == 100 and end > 1 else f"{code}\u00a0%"


def where(distance: int) -> str:
    """Where a place stands, seen from the one that asks; as in figure.js."""
    return "itself" if distance == 0 else f"{abs(distance)} {'before' if distance < 0 else 'after'}"
