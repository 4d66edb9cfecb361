"""From a text to a trained model: many steps inside one compiled call, with a bar, and nothing lost on Ctrl-C.

minimise  the one compiled loop: any model, any loss, any way to draw a batch
fit       minimise on windows of a text
"""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx
from tqdm.auto import tqdm

from chargen_lib.evaluation import Look, check_text, evaluate, next_char_loss
from chargen_lib.models import Model

__all__ = ["History", "Windows", "draw_batch", "evaluate", "fit", "minimise", "next_char_loss", "window_loss"]

STEPS_PER_CALL = 100  # one compiled call: long enough that dispatch costs nothing, short enough to stop and to show progress
LOOKS = 20  # how often the held-out loss is measured during one fit

Batch = Any  # a pytree of arrays


@dataclass
class History:
    """What happened during a training.  The losses of fit are in nats per character."""

    losses: np.ndarray = field(default_factory=lambda: np.zeros(0))  # (steps done,), each on its own batch
    val_steps: list[int] = field(default_factory=list)
    val_losses: list[float] = field(default_factory=list)
    snapshots: dict[int, Any] = field(default_factory=dict, repr=False)  # the model as it was after so many steps
    seconds: float = 0.0  # training alone: compiling and held-out losses not counted
    characters: int = 0  # read during those seconds; fit counts them
    interrupted: bool = False

    @property
    def characters_per_second(self) -> float:
        """Characters trained on per second, compiling not counted."""
        return self.characters / self.seconds if self.seconds else float("nan")

    def __repr__(self) -> str:
        last = f", held-out loss {self.val_losses[-1]:.4f} nats" if self.val_losses else ""
        train = f", loss {self.losses[-100:].mean():.4f} nats" if len(self.losses) else ""
        return f"History({len(self.losses)} steps{train}{last}{', interrupted' if self.interrupted else ''})"


def minimise(
    model: Any,
    loss: Callable[[Any, Batch, jax.Array], jax.Array],
    data: Batch,
    draw: Callable[[jax.Array, Batch], Batch],
    *,
    steps: int,
    optimizer: optax.GradientTransformation | nnx.Optimizer,
    key: jax.Array,
    first_step: int = 0,
    look: Callable[[Any], float] | None = None,
    snapshots: Collection[int] = (),
    characters_per_step: int = 0,
    progress: bool = True,
) -> History:
    """Go `steps` steps down a loss, changing `model` in place, and return the History: the compiled loop under fit.

    draw(key, data) -> a batch, with a key of its own for each step; loss(model, batch, key) -> a scalar.  Both are compiled into the loop,
    and what was compiled serves again where model, optimizer, loss and draw are the same objects, or equal.
    `optimizer` is an optax one, or an nnx.Optimizer on the same model to go on with.  first_step: how many steps were done before, so that
    the draws go on too, and a training in two parts is the training in one (checkpoints.Run keeps what it takes).
    look(model) -> a number that the History keeps as val_losses, LOOKS times on the way and at the end.
    After each number of steps in `snapshots` (0 is before the first) the History keeps a copy of the model, and looks.
    Ctrl-C (or the stop button) ends early: the model keeps what it learned, and the History so far is returned.
    Raises ValueError for settings without meaning, FloatingPointError when the loss stops being a number (the model is then as it was
    after the last good steps).
    """
    if steps < 1 or first_step < 0:
        raise ValueError(f"steps must be 1 or more, and first_step 0 or more, got {steps} and {first_step}.")
    if not set(snapshots) <= set(range(steps + 1)):
        raise ValueError(f"snapshots are numbers of steps from 0 to {steps}, got {sorted(snapshots)}.")
    if not isinstance(optimizer, nnx.Optimizer):
        optimizer = nnx.Optimizer(model, optimizer, wrt=nnx.Param)
    history = History()
    graphdef, state = nnx.split((model, optimizer))
    look_every = max(1, round(steps / LOOKS / STEPS_PER_CALL)) * STEPS_PER_CALL
    calls_end = sorted({*range(STEPS_PER_CALL, steps, STEPS_PER_CALL), steps, *snapshots} - {0})
    # The bar stays away from what is over in two seconds, and goes when all is done.
    bar = tqdm(total=steps, unit=" steps", disable=not progress, delay=2, leave=False)
    done = 0

    def look_around() -> None:
        looks = look is not None and (done % look_every == 0 or done == steps or done in snapshots)
        if not looks and done not in snapshots:
            return
        model_now, _ = nnx.merge(graphdef, state, copy=True)  # a copy: the training goes on
        if look is not None and looks:
            history.val_losses.append(float(look(model_now)))
            history.val_steps.append(done)
        if done in snapshots:
            history.snapshots[done] = model_now

    try:
        look_around()
        _run(graphdef, state, data, key, first_step, 0, loss, draw)  # no step, but compiled before the clock starts
        for end in calls_end:
            now = end - done
            start = time.perf_counter()
            new_state, losses = _run(graphdef, state, data, key, first_step + done, now, loss, draw)
            losses = np.asarray(losses)[:now]
            history.seconds += time.perf_counter() - start
            if not np.isfinite(losses).all():
                bad = int(np.flatnonzero(~np.isfinite(losses))[0])
                raise FloatingPointError(
                    f"The loss is no longer a number (step {done + bad + 1}): the steps were too large. Use a smaller learning rate, or "
                    f"clip the gradients (optax.clip_by_global_norm). The model is as it was after {done} steps."
                )
            state, done = new_state, end
            history.losses = np.concatenate([history.losses, losses])
            history.characters += now * characters_per_step
            look_around()
            speed = f", {history.characters_per_second:,.0f} characters/s" if characters_per_step else ""
            bar.set_postfix_str(f"loss {losses.mean():.3f}{' nats' if characters_per_step else ''}{speed}", refresh=False)
            bar.update(now)
    except KeyboardInterrupt:
        history.interrupted = True
    finally:
        bar.close()
        nnx.update((model, optimizer), state)
    return history


def fit(
    model: Model,
    train_ids: jax.Array,
    *,
    steps: int,
    batch_size: int,
    seq_len: int,
    optimizer: optax.GradientTransformation | nnx.Optimizer,
    key: jax.Array,
    first_step: int = 0,
    val_ids: jax.Array | None = None,
    snapshots: Collection[int] = (),
    progress: bool = True,
) -> History:
    """Train `model` in place on random windows of train_ids (n,) and return the History.

    Each step draws batch_size windows of seq_len characters with a key of its own and goes one step down the mean next-character loss.
    A look at val_ids reads stripes spread over it, each warmed by what stands before it: all of a text that is small beside the training,
    never more characters than are trained on between two looks.  `evaluate` reads the whole.
    The rest is as in `minimise`.  Raises ValueError when the text does not fit.
    """
    check_text(train_ids, model, "the training text", seq_len)
    if val_ids is not None:
        check_text(val_ids, model, "the held-out text", None)
    if steps < 1 or batch_size < 1:
        raise ValueError(f"steps and batch_size must be 1 or more, got {steps} and {batch_size}.")
    most = max(2048, steps * batch_size * seq_len // LOOKS)  # characters that a look may read
    return minimise(
        model,
        window_loss,
        jnp.asarray(train_ids),
        Windows(batch_size, seq_len),
        steps=steps,
        optimizer=optimizer,
        key=key,
        first_step=first_step,
        look=None if val_ids is None else Look(jnp.asarray(val_ids), seq_len, most),
        snapshots=snapshots,
        characters_per_step=batch_size * seq_len,
        progress=progress,
    )


def window_loss(model: Model, batch: tuple[jax.Array, jax.Array], key: jax.Array) -> jax.Array:
    """The mean next-character loss of a batch of windows, nats: what fit minimises."""
    return next_char_loss(model, *batch).mean()


def draw_batch(key: jax.Array, ids: jax.Array, batch_size: int, seq_len: int) -> tuple[jax.Array, jax.Array]:
    """Random windows of ids (n,): inputs and targets, both (batch_size, seq_len), the targets one character ahead.

    Every window that has its last target inside the text is equally likely.
    """
    starts = jax.random.randint(key, (batch_size, 1), 0, len(ids) - seq_len)
    windows = ids[starts + jnp.arange(seq_len + 1)]  # (batch, seq_len + 1)
    return windows[:, :-1], windows[:, 1:]


@dataclass(frozen=True)
class Windows:
    """draw_batch with its sizes, for minimise: equal sizes are equal, so that what was compiled for one serves the other."""

    batch_size: int
    seq_len: int

    def __call__(self, key: jax.Array, ids: jax.Array) -> tuple[jax.Array, jax.Array]:
        return draw_batch(key, ids, self.batch_size, self.seq_len)


@partial(jax.jit, static_argnames=("graphdef", "loss", "draw"))
def _run(graphdef, state, data, key, first, steps, loss, draw):
    """`steps` training steps from step number `first`: the state after them and each one's loss, the first `steps` of (STEPS_PER_CALL,)."""

    def step(number, carry):
        state, losses = carry
        model, optimizer = nnx.merge(graphdef, state)
        step_key = jax.random.fold_in(key, first + number)
        batch = draw(step_key, data)
        value, gradients = nnx.value_and_grad(lambda m: loss(m, batch, jax.random.fold_in(step_key, 1)))(model)
        optimizer.update(model, gradients)
        return nnx.state((model, optimizer)), losses.at[number].set(value)

    # Not a scan: that would be compiled anew for every number of steps.
    return jax.lax.fori_loop(0, steps, step, (state, jnp.zeros(STEPS_PER_CALL)))
