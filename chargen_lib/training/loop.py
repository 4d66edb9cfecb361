"""The compiled loop under every training: many steps inside one call, with a bar, and nothing lost on Ctrl-C."""

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

from chargen_lib.generation import checked_key
from chargen_lib.text import whole_number

STEPS_PER_CALL = 100  # one compiled call: long enough that dispatch costs nothing, short enough to stop and to show progress
LOOKS = 20  # how often the held-out loss is measured during one training

Batch = Any  # a pytree of arrays
Place = Any  # a pytree of arrays, or None


@dataclass
class History:
    """What happened during a training.  The losses of fit are in nats per character."""

    losses: np.ndarray = field(default_factory=lambda: np.zeros(0))  # (steps done,), each on its own batch
    val_steps: list[int] = field(default_factory=list)
    val_losses: list[float] = field(default_factory=list)
    best_step: int | None = None  # with patience: after how many steps the look was best, and the model is as it was then
    snapshots: dict[int, Any] = field(default_factory=dict, repr=False)  # the model as it was after so many steps
    place: Place = field(default=None, repr=False)  # where the training stands, to go on with: for checkpoints.Run
    seconds: float = 0.0  # training alone: compiling and held-out losses not counted
    characters: int = 0  # read during those seconds; fit counts them
    interrupted: bool = False

    @property
    def characters_per_second(self) -> float:
        """Characters trained on per second, compiling not counted."""
        return self.characters / self.seconds if self.seconds else float("nan")

    def __repr__(self) -> str:
        train = f", loss {self.losses[-100:].mean():.4f} nats" if len(self.losses) else ""
        last = f", held-out loss {self.val_losses[-1]:.4f} nats" if self.val_losses else ""
        best = ""
        if self.best_step is not None:
            best = f", the model as after step {self.best_step}, the best look: {min(self.val_losses):.4f} nats"
        return f"History({len(self.losses)} steps{train}{last}{best}{', interrupted' if self.interrupted else ''})"


def minimise(
    model: Any,
    loss: Callable[..., Any],
    data: Batch,
    draw: Callable[[jax.Array, Batch], Batch],
    *,
    steps: int,
    optimizer: optax.GradientTransformation | nnx.Optimizer,
    key: jax.Array,
    first_step: int = 0,
    total_steps: int | None = None,
    place: Place = None,
    look: Callable[[Any], float] | None = None,
    patience: int | None = None,
    snapshots: Collection[int] = (),
    characters_per_step: int = 0,
    progress: bool = True,
) -> History:
    """Go `steps` steps down a loss, changing `model` in place, and return the History: the compiled loop under fit.

    draw(key, data) -> a batch, with a key of its own for each step; loss(model, batch, key) -> a scalar.  Both are compiled into the loop,
    and what was compiled serves again where model, optimizer, loss and draw are the same objects, or equal.
    place: what a step hands on to the next, besides the model.  Then loss(model, batch, key, place) -> (scalar, the next place).
    `optimizer` is an optax one, or an nnx.Optimizer on the same model to go on with.  It is told, if it asks, the share of the training
    that is done (share_done, see recipes): of total_steps, or of first_step + steps.
    first_step: how many steps were done before, so that the draws go on too.  With it, the optimizer and the place, a training in two
    parts is the training in one (checkpoints.Run keeps what it takes).
    look(model) -> a number that the History keeps as val_losses, LOOKS times on the way and at the end.
    patience: stop when so many looks one after another were no better than the best, and leave model, optimizer and place as they were at
    the best one, History.best_step.
    After each number of steps in `snapshots` (0 is before the first) the History keeps a copy of the model, and looks.
    Ctrl-C (or the stop button) ends early: the model keeps what it learned, and the History so far is returned.
    Raises ValueError for settings without meaning, FloatingPointError when the loss stops being a number (the model is then as it was
    after the last good steps, or at the best look).
    """
    steps, first_step, key = whole_number("steps", steps), whole_number("first_step", first_step, 0), checked_key(key)
    total = first_step + steps if total_steps is None else whole_number("total_steps", total_steps)
    if total < first_step + steps:
        raise ValueError(
            f"These steps go on to number {first_step + steps}, so total_steps must be at least that, got {total}."
        )
    if not set(snapshots) <= set(range(steps + 1)):
        raise ValueError(f"snapshots are numbers of steps from 0 to {steps}, got {sorted(snapshots)}.")
    if patience is not None and whole_number("patience", patience) and look is None:
        raise ValueError("patience is a number of looks, so it needs a look, and there is none.")
    if not isinstance(optimizer, nnx.Optimizer):
        optimizer = nnx.Optimizer(model, optimizer, wrt=nnx.Param)
    history = History()
    graphdef, state = nnx.split((model, optimizer))
    now = best = (0, state, place)  # after how many steps, and what is known then
    look_every = max(1, round(steps / LOOKS / STEPS_PER_CALL)) * STEPS_PER_CALL
    calls_end = sorted({*range(STEPS_PER_CALL, steps, STEPS_PER_CALL), steps, *snapshots} - {0})
    # The bar stays away from what is over in two seconds, and goes when all is done.
    bar = tqdm(total=steps, unit=" steps", disable=not progress, delay=2, leave=False)

    def look_around() -> None:
        nonlocal best
        done = now[0]
        looks = look is not None and (done % look_every == 0 or done == steps or done in snapshots)
        if not looks and done not in snapshots:
            return
        model_now, _ = nnx.merge(graphdef, now[1], copy=True)  # a copy: the training goes on
        if look is not None and looks:
            history.val_losses.append(float(look(model_now)))
            history.val_steps.append(done)
            if history.val_losses[-1] <= min(history.val_losses):
                best = now
        if done in snapshots:
            history.snapshots[done] = model_now

    def out_of_patience() -> bool:
        return patience is not None and sum(step > best[0] for step in history.val_steps) >= patience

    def run(number: int) -> tuple[Any, Place, np.ndarray]:
        state, place, losses = _run(graphdef, now[1], now[2], data, key, first_step + now[0], number, total, loss, draw)
        return state, place, np.asarray(losses)[:number]

    try:
        look_around()
        run(0)  # no step, but compiled before the clock starts
        for end in calls_end:
            done, start = now[0], time.perf_counter()
            state, place, losses = run(end - done)
            history.seconds += time.perf_counter() - start
            if not np.isfinite(losses).all():
                bad = int(np.flatnonzero(~np.isfinite(losses))[0])
                kept = done if patience is None else best[0]
                raise FloatingPointError(
                    f"The loss is no longer a number (step {done + bad + 1}): the steps were too large. Use a smaller learning rate, or "
                    f"clip the gradients (optax.clip_by_global_norm). The model is as it was after {kept} steps."
                )
            now = end, state, place
            history.losses = np.concatenate([history.losses, losses])
            history.characters += (end - done) * characters_per_step
            look_around()
            speed = f", {history.characters_per_second:,.0f} characters/s" if characters_per_step else ""
            bar.set_postfix_str(f"loss {losses.mean():.3f}{' nats' if characters_per_step else ''}{speed}", refresh=False)
            bar.update(end - done)
            if out_of_patience():
                break
    except KeyboardInterrupt:
        history.interrupted = True
    finally:
        bar.close()
        if (
            patience is not None and len(history.val_steps) > 1
        ):  # one look, before the first step, says nothing about what came after it
            now, history.best_step = best, best[0]
        history.place = now[2]
        nnx.update((model, optimizer), now[1])
    return history


@partial(jax.jit, static_argnames=("graphdef", "loss", "draw"))
def _run(graphdef, state, place, data, key, first, steps, total, loss, draw):
    """`steps` steps of `total`, from number `first`: state and place after them, each one's loss, the first `steps` of (STEPS_PER_CALL,)."""

    def step(number, carry):
        state, place, losses = carry
        model, optimizer = nnx.merge(graphdef, state)
        step_key = jax.random.fold_in(key, first + number)
        batch = draw(step_key, data)
        loss_key = jax.random.fold_in(step_key, 1)

        def value_and_place(model):
            return (loss(model, batch, loss_key), None) if place is None else loss(model, batch, loss_key, place)

        (value, place), gradients = nnx.value_and_grad(value_and_place, has_aux=True)(model)
        optimizer.update(model, gradients, **_told(optimizer.tx, (first + number + 1) / total))
        return nnx.state((model, optimizer)), place, losses.at[number].set(value)

    # Not a scan: that would be compiled anew for every number of steps.
    return jax.lax.fori_loop(0, steps, step, (state, place, jnp.zeros(STEPS_PER_CALL)))


def _told(tx, share_done):
    return {"share_done": share_done} if isinstance(tx, optax.GradientTransformationExtraArgs) else {}
