"""From a text to a trained model: many steps inside one compiled call, with a bar, and nothing lost on Ctrl-C."""

import time
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx
from tqdm.auto import tqdm

from chargen_lib.models import Model, check_ids

STEPS_PER_CALL = 100  # one compiled call: long enough that dispatch costs nothing, short enough to stop and to show progress
EVALUATIONS = 20  # how often the held-out loss is measured during one fit
ROWS_AT_ONCE = 64  # evaluate's working set


@dataclass
class History:
    """What happened during fit.  Losses are in nats per character."""

    losses: np.ndarray = field(default_factory=lambda: np.zeros(0))  # (steps done,), each on its own batch
    val_steps: list[int] = field(default_factory=list)
    val_losses: list[float] = field(default_factory=list)
    snapshots: dict[int, Model] = field(default_factory=dict, repr=False)  # the model as it was after so many steps
    seconds: float = 0.0  # training alone: compiling and held-out losses not counted
    characters: int = 0  # read during those seconds
    interrupted: bool = False

    @property
    def characters_per_second(self) -> float:
        """Characters trained on per second, compiling not counted."""
        return self.characters / self.seconds if self.seconds else float("nan")

    def __repr__(self) -> str:
        last = f", held-out loss {self.val_losses[-1]:.4f} nats" if self.val_losses else ""
        train = f", loss {self.losses[-100:].mean():.4f} nats" if len(self.losses) else ""
        return f"History({len(self.losses)} steps{train}{last}{', interrupted' if self.interrupted else ''})"


def fit(
    model: Model,
    train_ids: jax.Array,
    *,
    steps: int,
    batch_size: int,
    seq_len: int,
    optimizer: optax.GradientTransformation | nnx.Optimizer,
    key: jax.Array,
    val_ids: jax.Array | None = None,
    snapshots: Collection[int] = (),
    progress: bool = True,
) -> History:
    """Train `model` in place on random windows of train_ids (n,) and return the History.

    Each step draws batch_size windows of seq_len characters with a key of its own and goes one step down the mean
    next-character loss.  `optimizer` is an optax one, or an nnx.Optimizer on the same model to go on with.
    After each number of steps in `snapshots` (0 is before the first) the History keeps a copy of the model, and its held-out loss.
    Ctrl-C (or the stop button) ends early: the model keeps what it learned, and the History so far is returned.
    Raises ValueError when the text does not fit, FloatingPointError when the loss stops being a number (the model is then as it
    was after the last good steps).
    """
    _check_text(train_ids, model, "the training text", seq_len)
    if val_ids is not None:
        _check_text(val_ids, model, "the held-out text", None)
    if steps < 1 or batch_size < 1:
        raise ValueError(f"steps and batch_size must be 1 or more, got {steps} and {batch_size}.")
    if not set(snapshots) <= set(range(steps + 1)):
        raise ValueError(f"snapshots are numbers of steps from 0 to {steps}, got {sorted(snapshots)}.")
    if not isinstance(optimizer, nnx.Optimizer):
        optimizer = nnx.Optimizer(model, optimizer, wrt=nnx.Param)
    train_ids = jnp.asarray(train_ids)
    places = len(train_ids) - seq_len
    history = History()
    graphdef, state = nnx.split((model, optimizer))
    evaluate_every = max(1, round(steps / EVALUATIONS / STEPS_PER_CALL)) * STEPS_PER_CALL
    calls_end = sorted({*range(STEPS_PER_CALL, steps, STEPS_PER_CALL), steps, *snapshots} - {0})
    # The bar stays away from what is over in two seconds, and goes when all is done.
    bar = tqdm(total=steps, unit=" steps", disable=not progress, delay=2, leave=False)
    done = 0

    def look() -> None:
        model_now, _ = nnx.merge(graphdef, state, copy=True)  # a copy: the training goes on
        if val_ids is not None and (done % evaluate_every == 0 or done == steps or done in snapshots):
            history.val_losses.append(evaluate(model_now, val_ids, seq_len=seq_len))
            history.val_steps.append(done)
        if done in snapshots:
            history.snapshots[done] = model_now

    try:
        look()
        starts = _draw_starts(key, 0, places, batch_size)
        run = _run.lower(graphdef, state, train_ids, starts, seq_len, 0).compile()  # before the clock starts
        for end in calls_end:
            now = end - done
            start = time.perf_counter()
            starts = _draw_starts(key, done, places, batch_size)
            new_state, losses = run(state, train_ids, starts, now)
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
            history.characters += now * batch_size * seq_len
            look()
            bar.set_postfix_str(
                f"loss {losses.mean():.3f} nats, {history.characters_per_second:,.0f} characters/s", refresh=False
            )
            bar.update(now)
    except KeyboardInterrupt:
        history.interrupted = True
    finally:
        bar.close()
        nnx.update((model, optimizer), state)
    return history


def evaluate(model: Model, ids: jax.Array, *, seq_len: int) -> float:
    """The mean next-character loss over all n - 1 pairs of ids (n,), nats, read in windows of seq_len side by side.

    Raises ValueError for fewer than two characters or ids that are not the model's.
    """
    if seq_len < 1:
        raise ValueError(f"seq_len must be 1 or more, got {seq_len}.")
    _check_text(ids, model, "the text", None)
    graphdef, weights = nnx.split(model)
    return float(_evaluate(graphdef, weights, jnp.asarray(ids), seq_len))


def next_char_loss(model: Model, inputs: jax.Array, targets: jax.Array) -> jax.Array:
    """-ln p(target) at every place, nats: (batch, time), (batch, time) -> (batch, time)."""
    logits = model(inputs).astype(jnp.float32)  # a sum of many losses in bfloat16 would be rounded away
    return optax.softmax_cross_entropy_with_integer_labels(logits, targets)


def draw_batch(key: jax.Array, ids: jax.Array, batch_size: int, seq_len: int) -> tuple[jax.Array, jax.Array]:
    """Random windows of ids (n,): inputs and targets, both (batch_size, seq_len), the targets one character ahead.

    Every window that has its last target inside the text is equally likely.
    """
    return _windows(ids, jax.random.randint(key, (batch_size, 1), 0, len(ids) - seq_len), seq_len)


def _windows(ids, starts, seq_len):
    windows = ids[starts + jnp.arange(seq_len + 1)]  # (batch, seq_len + 1)
    return windows[:, :-1], windows[:, 1:]


@partial(jax.jit, static_argnames="batch_size")
def _draw_starts(key, first_step, places, batch_size):
    """The starts that draw_batch draws in the next STEPS_PER_CALL steps.  Slow to compile: here it is done once for all models."""
    keys = jax.vmap(partial(jax.random.fold_in, key))(first_step + jnp.arange(STEPS_PER_CALL))
    return jax.vmap(lambda step_key: jax.random.randint(step_key, (batch_size, 1), 0, places))(keys)


@partial(jax.jit, static_argnames=("graphdef", "seq_len"))
def _run(graphdef, state, ids, starts, seq_len, steps):
    """`steps` training steps: the state after them and each one's loss, the first `steps` of (STEPS_PER_CALL,)."""

    def step(number, carry):
        state, losses = carry
        model, optimizer = nnx.merge(graphdef, state)
        inputs, targets = _windows(ids, starts[number], seq_len)
        loss, gradients = nnx.value_and_grad(lambda m: next_char_loss(m, inputs, targets).mean())(model)
        optimizer.update(model, gradients)
        return nnx.state((model, optimizer)), losses.at[number].set(loss)

    # Not a scan: that would be compiled anew for every number of steps.
    return jax.lax.fori_loop(0, steps, step, (state, jnp.zeros(STEPS_PER_CALL)))


@partial(jax.jit, static_argnames=("graphdef", "seq_len"))
def _evaluate(graphdef, weights, ids, seq_len):
    model = nnx.merge(graphdef, weights)
    pairs = len(ids) - 1
    rows = -(-pairs // seq_len)

    def cut(row_ids):  # the last row is filled up with zeros, which are not counted
        return jnp.pad(row_ids, (0, rows * seq_len - pairs)).reshape(rows, seq_len)

    counted = jnp.arange(rows * seq_len).reshape(rows, seq_len) < pairs

    def row_loss(row):
        inputs, targets, count = row
        return jnp.sum(next_char_loss(model, inputs[None], targets[None])[0] * count)

    batch = min(ROWS_AT_ONCE, rows)
    return jax.lax.map(row_loss, (cut(ids[:-1]), cut(ids[1:]), counted), batch_size=batch).sum() / pairs


def _check_text(ids: jax.Array, model: Model, what: str, seq_len: int | None) -> None:
    ids = jnp.asarray(ids)
    if ids.ndim != 1 or len(ids) < 2:
        raise ValueError(
            f"{what.capitalize()} must be one row of at least two ids, but it has shape {ids.shape}: there is no pair of a character and "
            "the next one in it."
        )
    if seq_len is not None and not 1 <= seq_len < len(ids):
        raise ValueError(
            f"seq_len must be at least 1 and smaller than {what} ({len(ids)} characters), so that a window and the character after "
            f"it fit; got {seq_len}."
        )
    check_ids(ids, model.vocab_size, what)
