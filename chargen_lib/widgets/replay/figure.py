"""TrainingReplay: a training moment by moment, its loss on the way to the floor and what the model writes by then."""

import html
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import traitlets

from chargen_lib.entropy import nats_to_bits
from chargen_lib.training import History
from chargen_lib.widgets.base import Figure, in_sentence, module, read, readable

BATCHES = 20  # a single batch has its luck: the training loss is told as a mean of at most so many
POINTS = 200  # of a long training the curve has no more than about this many on each scale
LABEL = 8.0  # percent of the picture's height that the name of a level takes


class TrainingReplay(Figure):
    """A training to scrub through: its losses up to a moment, their distance to the floor, and what the model writes by then.

    history: what `fit` returned, or History(losses=..., val_steps=..., val_losses=...) of numbers from anywhere, nats.
    samples: {step: text}, what the model wrote after so many steps; these steps are the moments.  `fit(..., snapshots=steps)`
    keeps the models that write them.  prompt: what they were written after.
    levels: {name: nats}, drawn across.  The first one is the floor: the distance to it is told.

    `step` (one of the moments, at first the last) and `log_steps` follow the reader and may be set.
    Raises ValueError when there is no step or no sample, a loss is no number, or a moment's held-out loss was not measured.
    """

    _esm = module("replay/figure.js")
    _css = read("base.css") + read("replay/figure.css")

    # All words and places are made here: the browser has nothing to count again.
    moments = traitlets.List(traitlets.Dict(), read_only=True).tag(sync=True)
    picture = traitlets.Dict(read_only=True).tag(sync=True)
    step = traitlets.Int().tag(sync=True)
    log_steps = traitlets.Bool(True).tag(sync=True)

    def __init__(
        self,
        history: History,
        samples: Mapping[int, str],
        levels: Mapping[str, float] | None = None,
        *,
        prompt: str = "",
        step: int | None = None,
        **kwargs: Any,
    ):
        levels = {str(name): float(nats) for name, nats in (levels or {}).items()}
        losses, held_out = _checked(history, samples, levels)
        steps = sorted(map(int, samples))
        heights = [*losses, *held_out.values(), *levels.values()]
        room = (max(heights) - min(heights) or 1.0) / 8  # below, for the name of the lowest level
        low, high = min(heights) - room, max(heights) + room / 3

        def down(nats: float) -> float:  # percent from the top
            return round(100 * (high - nats) / (high - low), 2)

        after = f" after “{in_sentence(readable(prompt))}”" if prompt else ""
        moments = []
        for s in steps:
            loss, measures, told = _told(s, losses, held_out, levels)
            place = f"step {s:,} of {len(losses):,}"
            words = {
                "place": place,
                "summary": f"{place.capitalize()}: {told}.",
                "heading": f"What it writes{after}, step {s:,}:",
            }
            moments.append({"step": s, "top": down(loss), "measures": measures, "sample": readable(samples[s]), **words})
        self.set_trait("moments", moments)
        curves = ["training", "held-out"] if held_out else ["training"]
        lines = _lines(levels, down)
        picture = {
            "alt": "; ".join(["The loss up to this moment", *curves, *(line["words"] for line in lines)]),
            "curves": curves,
            "levels": lines,
            "ticks": [[down(nats), f"{nats:g}"] for nats in _ticks(low, high)],
            "scales": [_scale(log, losses, held_out, steps, down) for log in (False, True)],
        }
        self.set_trait("picture", picture)
        super().__init__(step=steps[-1] if step is None else step, **kwargs)

    def summary(self) -> str:
        """What the figure shows now, in words."""
        return self._moment["summary"]

    def still(self) -> str:
        """This moment's picture as html without any script, the same elements as in figure.js."""
        moment, scale = self._moment, self.picture["scales"][self.log_steps]
        left = scale["moments"][self.moments.index(moment)]
        curves = "".join(f'<polyline class="{kind}" points="{scale[kind]}"/>' for kind in self.picture["curves"])
        drawing = '<svg viewBox="0 0 100 100" preserveAspectRatio="none" class="{}" style="{}">' + curves + "</svg>"
        marks = [f'<span class="tick loss" style="top:{top}%">{words}</span>' for top, words in self.picture["ticks"]]
        marks += [f'<span class="tick step" style="left:{left}%">{words}</span>' for left, words in scale["ticks"]]
        for level in self.picture["levels"]:
            marks.append(f'<span class="{level["kind"]}" style="top:{level["top"]}%"></span>')
            marks.append(f'<span class="level-name" style="top:{level["name_top"]}%">{html.escape(level["words"])}</span>')
        marks.append(f'<span class="now" style="left:{left}%"></span>')
        marks.append(f'<span class="here" style="left:{left}%;top:{moment["top"]}%"></span>')
        measures = "".join(
            f"<div><dt>{name}</dt><dd>{nats} <small>{bits}</small></dd></div>" for name, nats, bits in moment["measures"]
        )
        return (
            f'{_legend(self.picture["curves"])}<div class="curves" role="img" aria-label="{html.escape(self.picture["alt"])}">'
            f"{drawing.format('whole', '')}{drawing.format('past', f'clip-path:inset(-9% {100 - left:.2f}% -9% -9%)')}{' '.join(marks)}</div>"
            f'<p class="summary">{html.escape(moment["summary"])}</p><dl>{measures}</dl>'
            f'<div><p>{html.escape(moment["heading"])}</p><div class="samples"><p dir="auto">{html.escape(moment["sample"])}</p></div></div>'
        )

    @property
    def _moment(self) -> dict[str, Any]:
        return next(moment for moment in self.moments if moment["step"] == self.step)

    @traitlets.validate("step")
    def _step_is_a_moment(self, proposal: Any) -> int:
        steps = [moment["step"] for moment in self.moments]
        if proposal["value"] not in steps:
            raise ValueError(
                f"step {proposal['value']} is no moment of this figure: choose one of {', '.join(map(str, steps))}."
            )
        return proposal["value"]


def _legend(curves: list[str]) -> str:
    """What the lines are, as legend() in figure.js."""
    keys = (
        f'<span class="curve-key"><svg viewBox="0 0 30 10" aria-hidden="true"><polyline class="{kind}" points="2,5 28,5"/></svg> {kind}</span>'
        for kind in curves
    )
    return f'<p class="legend">loss (nats per character) against steps: {" ".join(keys)}</p>'


def _checked(history: History, samples: Mapping[int, str], levels: Mapping[str, float]) -> tuple[np.ndarray, dict[int, float]]:
    """The losses of all steps, and the held-out ones by step, if all can be shown."""
    losses = np.asarray(history.losses, np.float64)
    if losses.ndim != 1 or len(losses) == 0:
        raise ValueError(f"losses must be one row, a loss for each step, but they have shape {losses.shape}.")
    if len(history.val_steps) != len(history.val_losses):
        raise ValueError(f"There are {len(history.val_steps)} val_steps for {len(history.val_losses)} val_losses: one each.")
    held_out = {int(step): float(loss) for step, loss in zip(history.val_steps, history.val_losses, strict=True)}
    for what, numbers in (("losses", losses), ("val_losses", [*held_out.values()]), ("levels", [*levels.values()])):
        if not np.isfinite(numbers).all():
            raise ValueError(f"{what} hold NaN or infinity: only numbers can be drawn.")
    if not samples:
        raise ValueError("samples is empty: give what the model wrote at one step at least, {step: text}.")
    for step in (*samples, *held_out):
        if step not in range(len(losses) + 1):
            raise ValueError(f"step {step} is none of this training, which has the steps 0 to {len(losses)}.")
    missing = sorted(set(samples) - set(held_out))
    if held_out and missing:
        raise ValueError(
            f"The held-out loss at step {missing[0]} is missing: fit measures it there when snapshots names the step."
        )
    return losses, held_out


def _told(
    step: int, losses: np.ndarray, held_out: Mapping[int, float], levels: Mapping[str, float]
) -> tuple[float, list[list[str]], str]:
    """One moment's loss (the held-out one, if measured), its measures (name, nats, bits), and all of them in words."""
    loss, measures, told = losses[0], [["training", "none yet", ""]], []
    if step:
        number = min(BATCHES, max(1, step // 10))  # few at first, where the loss falls fast
        last = "last batch" if number == 1 else f"last {number} batches"
        loss = losses[step - number : step].mean()
        measures = [[f"training, {last}", *_in_both(loss)]]
        told.append(f"training loss {measures[0][1]} ({last})")
    if held_out:
        loss = held_out[step]
        measures.append(["held-out", *_in_both(loss)])
        told.append(f"held-out loss {measures[-1][1]}, that is {measures[-1][2]} per character")
    if levels and told:
        name, floor = next(iter(levels.items()))
        side = "above" if loss >= floor else "below"
        measures.append([f"{side} the floor", *_in_both(abs(loss - floor))])
        told.append(f"{measures[-1][1]} {side} “{in_sentence(readable(name))}”")
    return float(loss), measures, ", ".join(told) or "nothing is learned yet"


def _scale(
    log: bool,
    losses: np.ndarray,
    held_out: Mapping[int, float],
    steps: list[int],
    down: Callable[[float], float],
) -> dict[str, Any]:
    """The curves on one of the two scales of steps: points of polylines in percent, the moments' places, and the ticks."""
    last = len(losses)
    across: Callable[[float], float] = math.log1p if log else float

    def left(step: float) -> float:
        return round(100 * across(step) / across(last), 2)

    # Means of few batches where the steps are wide, of many where they are narrow.  A mean ends at every moment, to be drawn up to there.
    evenly = np.linspace(0, across(last), POINTS + 1)
    evenly = np.expm1(evenly) if log else evenly
    edges = np.unique([*np.rint(evenly).astype(int), *steps])
    means = np.add.reduceat(losses, edges[:-1]) / np.diff(edges)
    if log:
        ticks = [0, *(10**digits for digits in range(len(str(last))))]
    else:
        ticks = [int(step) for step in _ticks(0, last) if step == int(step)]
    return {
        "training": " ".join(f"{left(end)},{down(mean)}" for end, mean in zip(edges[1:], means, strict=True)),
        "held-out": " ".join(f"{left(step)},{down(loss)}" for step, loss in sorted(held_out.items())),
        "moments": [left(step) for step in steps],
        "ticks": [[left(step), f"{step:,}"] for step in ticks],
    }


def _lines(levels: Mapping[str, float], down: Callable[[float], float]) -> list[dict[str, Any]]:
    """The levels from the lowest up, each with a place for its name: under its line, or higher where another name stands there."""
    placed: list[dict[str, Any]] = []
    first = next(iter(levels), None)
    for name, nats in sorted(levels.items(), key=lambda level: level[1]):
        highest = placed[-1]["name_top"] - LABEL if placed else math.inf
        words = f"{in_sentence(readable(name))} {nats:.3f} nats"
        kind = "level first" if name == first else "level"
        placed.append({"words": words, "kind": kind, "top": down(nats), "name_top": round(min(down(nats), highest), 2)})
    return placed


def _ticks(low: float, high: float) -> list[float]:
    """Three to six round numbers between two."""
    rough = (high - low) / 5
    power = 10 ** math.floor(math.log10(rough))
    apart = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
    return [round(apart * place, 10) for place in range(math.ceil(low / apart), math.floor(high / apart) + 1)]


def _in_both(nats: float) -> tuple[str, str]:
    return f"{nats:.3f} nats", f"{nats_to_bits(nats):.3f} bits"
