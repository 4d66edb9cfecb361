"""Models for a page that runs them."""

from typing import Any

import jax
import numpy as np
from flax import nnx

from chargen_lib.models import Model
from chargen_lib.text import Vocabulary, visible
from chargen_lib.widgets.in_page.program import program


def entry(name: str, model: Model, vocabulary: Vocabulary) -> dict[str, Any]:
    """What a page gets of a model: {name, codes, labels, start, program}, the name in one line, the characters as code points and as shown.

    Raises ValueError when the vocabulary is not the model's; otherwise as `export`.
    """
    size = getattr(model, "vocab_size", len(vocabulary))  # what is no model at all, export will say
    if len(vocabulary) != size:
        which = f"The model {name!r}" if name else "The model"
        raise ValueError(
            f"{which} knows {size} characters and its vocabulary has {len(vocabulary)}: use the vocabulary that it was made for."
        )
    characters = vocabulary.characters
    return {
        "name": one_line(name),
        "codes": list(map(ord, characters)),
        "labels": list(map(visible, characters)),
        "start": [characters.index(character) for character in vocabulary.start],
        **export(model),
    }


def one_line(name: str) -> str:
    """A name as it can be seen; its spaces stay."""
    return "".join(character if character == " " else visible(character) for character in name)


def export(model: Any) -> dict[str, Any]:
    """The program of a model's step, as JSON, for interpreter.js: the page computes what the model computes.

    It runs every model whose step is made of what the interpreter knows, all kinds of the course and most of one's own.
    Raises TypeError, in words, for a model without `step` and `init_state`, or whose step uses something else; ValueError for
    weights that are not numbers, or a table with a row from which nothing can be drawn.
    """
    if not isinstance(model, nnx.Module) or not hasattr(model, "step") or not hasattr(model, "init_state"):
        raise TypeError(
            f"A page runs an nnx.Module with `init_state` and `step`, as in chargen_lib.models, not {type(model).__name__}. A model that "
            "sees one character is a table of pairs: BigramTable(model(jnp.arange(V)[None])[0]) runs."
        )
    for path, leaf in nnx.to_flat_state(nnx.state(model)):
        values, name = np.asarray(leaf[...]), ".".join(map(str, path))
        if not jax.dtypes.issubdtype(values.dtype, np.floating):
            continue
        if np.isnan(values).any() or np.isposinf(values).any():
            raise ValueError(
                f"The numbers of {name} hold NaN or infinity: was the model trained with too large steps? Train it again."
            )
        if values.ndim == 2 and np.isneginf(values).all(axis=1).any():
            raise ValueError(f"A row of {name} has nothing that is possible: nothing could be drawn from it.")
    return {"program": program(model)}
