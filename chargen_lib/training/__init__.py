"""From a text to a trained model: many steps inside one compiled call, with a bar, and nothing lost on Ctrl-C.

minimise  the one compiled loop: any model, any loss, any way to draw a batch
fit       minimise on a text: on random windows, or on rows that walk through it

loop      minimise and the History
windows   what fit reads at each step, and the loss there
"""

from collections.abc import Collection

import jax
import jax.numpy as jnp
import optax
from flax import nnx

from chargen_lib.evaluation import Look, check_text, evaluate, next_char_loss, remembers
from chargen_lib.models import Model
from chargen_lib.text import split, whole_number
from chargen_lib.training.loop import LOOKS, History, Place, minimise
from chargen_lib.training.windows import Walk, Windows, draw_batch, first_place, walk_loss, window_loss

__all__ = [
    "History",
    "Walk",
    "Windows",
    "draw_batch",
    "evaluate",
    "first_place",
    "fit",
    "minimise",
    "next_char_loss",
    "walk_loss",
    "window_loss",
]


def fit(
    model: Model,
    train_ids: jax.Array,
    *,
    steps: int,
    batch_size: int,
    seq_len: int,
    optimizer: optax.GradientTransformation | nnx.Optimizer,
    key: jax.Array,
    carry: bool = False,
    first_step: int = 0,
    total_steps: int | None = None,
    place: Place = None,
    val_ids: jax.Array | None = None,
    patience: int | None = None,
    snapshots: Collection[int] = (),
    progress: bool = True,
) -> History:
    """Train `model` in place on train_ids (n,) and return the History.

    Each step goes down the mean next-character loss of batch_size pieces of seq_len characters, each with what the model drops by key.
    They are random windows, drawn with a key of the step's own, each begun from nothing.  carry: the text is cut into batch_size stripes,
    and a row walks on from the beginning of each, a piece at a step, with its state carried along; the gradient stops at the piece's edge.
    Who comes to the end of the text begins it again, from nothing.  place: where the rows of an earlier part stood, its History.place.

    A look at val_ids reads stripes spread over it, each warmed by what stands before it: all of a text that is small beside the training,
    never more characters than are trained on between two looks.  `evaluate` reads the whole.
    patience: stop when so many looks one after another were no better, and keep the model of the best one, History.best_step.  These
    looks are at the last tenth of train_ids, which is then not trained on: what is chosen is not to be chosen on the held-out part.
    The rest is as in `minimise`.  Raises ValueError when the text does not fit, or the settings do not go together.
    """
    check_text(train_ids, model, "the training text", None)
    batch_size, seq_len = whole_number("batch_size", batch_size), whole_number("seq_len", seq_len)
    steps = whole_number("steps", steps)
    if patience is not None:
        if val_ids is not None:
            raise ValueError(
                "With patience fit looks at the last tenth of the training text, to choose the best look without the held-out part: "
                "leave val_ids out, and evaluate on it afterwards."
            )
        train_ids, val_ids = split(train_ids)
    check_text(train_ids, model, "the training text", seq_len)
    if val_ids is not None:
        check_text(val_ids, model, "the held-out text", None)
    if carry and not remembers(model):
        raise ValueError(
            "carry=True hands a state on from step to step, and this model has none: give it init_state and read, or step, or train it "
            "on windows, carry=False."
        )
    if place is not None and not carry:
        raise ValueError("place says where the rows stand that carry=True walks on with: random windows have none.")
    if carry and place is None:
        place = first_place(model, len(train_ids), batch_size)
    most = max(2048, steps * batch_size * seq_len // LOOKS)  # characters that a look may read
    return minimise(
        model,
        walk_loss if carry else window_loss,
        jnp.asarray(train_ids),
        Walk(seq_len) if carry else Windows(batch_size, seq_len),
        steps=steps,
        optimizer=optimizer,
        key=key,
        first_step=first_step,
        total_steps=total_steps,
        place=place,
        look=None if val_ids is None else Look(jnp.asarray(val_ids), seq_len, most),
        patience=patience,
        snapshots=snapshots,
        characters_per_step=batch_size * seq_len,
        progress=progress,
    )
