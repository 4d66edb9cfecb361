"""Models as plain numbers, for a page that runs them: one small function for each kind."""

import base64
import functools
from typing import Any

import jax.numpy as jnp
import numpy as np
from flax import nnx
from numpy.typing import ArrayLike

from chargen_lib.models import BigramTable, NGramTable, PerPositionMLP


@functools.singledispatch
def export(model: Any) -> dict[str, Any]:
    """A model as JSON: the name of its kind in writer.js, and its weights in base64.

    For a kind of your own, register a function here and add one of the same name to KINDS in writer.js.
    """
    raise TypeError(
        f"The playground can run BigramTable, NGramTable and PerPositionMLP, not {type(model).__name__}. A model that sees one character "
        "is a table of pairs: BigramTable(model(jnp.arange(V)[None])[0]) runs. Another kind needs two functions: one in Python "
        "(chargen_lib.widgets.in_page.export.export.register) and one in JavaScript (KINDS in writer.js)."
    )


@export.register
def _export_bigram_table(model: BigramTable) -> dict[str, Any]:
    v = model.vocab_size  # a context is one character, and each character leads to its own
    return _table(np.asarray(model.log_probs[...]), np.tile(np.arange(v), (v, 1)), 0)


@export.register
def _export_ngram_table(model: NGramTable) -> dict[str, Any]:
    return _table(np.asarray(model.log_probs[...]), np.asarray(model.next_row[...]), int(model.start_row[...]))


def _table(log_probs: np.ndarray, next_row: np.ndarray, start: int) -> dict[str, Any]:
    if np.isnan(log_probs).any() or np.isposinf(log_probs).any() or not np.isfinite(log_probs).any(axis=1).all():
        raise ValueError(
            "A row of the table holds NaN or +infinity, or nothing that is possible: nothing could be drawn from it."
        )
    rows, row_of = _shared(log_probs.astype(np.float32))
    following, next_of = _shared(next_row.astype(np.uint32))
    numbers = {"row_of": row_of, "next": following, "next_of": next_of, "start": np.array([start])}
    return {"kind": "table", "weights": {"rows": _in_base64(rows), **{n: _in_base64(v, "<u4") for n, v in numbers.items()}}}


def _shared(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rows that differ, byte for byte, and which of them each row is: equal rows travel once."""
    whole_rows = np.ascontiguousarray(table).view(np.dtype((np.void, table.itemsize * table.shape[1]))).ravel()
    _, first, row_of = np.unique(whole_rows, return_index=True, return_inverse=True)
    return table[first], row_of


@export.register
def _export_per_position_mlp(model: PerPositionMLP) -> dict[str, Any]:
    params = nnx.to_pure_dict(nnx.state(model, nnx.Param))
    weights = {
        "table": params["embedding"]["embedding"],  # (vocab, embed)
        "w1": params["hidden"]["kernel"],  # (embed, hidden)
        "b1": params["hidden"]["bias"],
        "w2": params["output"]["kernel"],  # (hidden, vocab)
        "b2": params["output"]["bias"],
    }
    for name, values in weights.items():
        if not jnp.isfinite(values).all():
            raise ValueError(f"The network's weights {name} hold NaN or infinity: train it again, with smaller steps.")
    return {"kind": "per_position_mlp", "weights": {name: _in_base64(values) for name, values in weights.items()}}


def _in_base64(values: ArrayLike, dtype: str = "<f4") -> str:
    return base64.b64encode(np.asarray(values).astype(dtype).tobytes()).decode()
