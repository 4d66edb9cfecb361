"""The trained models that come with the course: they have read the training part of fables, and can be listened to at once.

They are checkpoints as checkpoints.save(..., small=True) writes them, made by `make house-models` from the recipes in
tools/house_models.py.
"""

from pathlib import Path
from typing import Any

from chargen_lib import checkpoints
from chargen_lib.text import Vocabulary

FOLDER = Path(__file__).parent / "data"

#: What each may have at most to be shipped: bits per character on the held-out tenth of fables, its state carried through.
MARKS = {"fables-gru": 1.83}


def load(name: str) -> tuple[Any, Vocabulary]:
    """The model called `name`, one of MARKS, and its vocabulary.  Raises ValueError for another name."""
    if name not in MARKS:
        raise ValueError(f"There is no trained model {name!r} in the course: it has {', '.join(map(repr, MARKS))}.")
    return checkpoints.load(FOLDER / f"{name}.safetensors")
