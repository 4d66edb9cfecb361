"""TruncationExplorer: what top-k, top-p and min-p cut off, and what is drawn from then."""

import html
import math
import operator
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import traitlets

from chargen_lib.sampling import Sampler, apply_temperature, min_p_filter, top_k_filter, top_p_filter
from chargen_lib.widgets.base import Figure, module, read
from chargen_lib.widgets.rows import RowsFigure, bar, bars_of, entropy_in_words, percent, short

ARROW = "\u2192"


class Cut(NamedTuple):
    """What the steps make of one row, each value (vocab,)."""

    before: np.ndarray  # the probabilities that the filters looked at
    after: np.ndarray  # what is drawn from
    removed_by: list[str]  # "top-k", "top-p", "min-p" or "T"; "impossible" if it was so from the start; "" if it stays
    order: np.ndarray  # the ids from the likeliest to the least likely, as the filters see them


class TruncationExplorer(RowsFigure):
    """Bars of what temperature, top-k, top-p and min-p leave of a distribution, and of what each of them removes.

    logits: (vocab,), finite or -inf, one for each label; labels: a string of characters, or a list of strings.
    rows: instead of logits, a mapping from a name (the character before) to its logits (vocab,); the reader chooses among
    them, and `first` names the one shown first. temperature: 0 or more, infinity included. top_k, top_p, min_p: as in
    chargen_lib.sampling.Sampler, None for a filter that is off. temperature_first: whether the filters look at the logits
    divided by T, as the Sampler has it, or at the logits themselves, and T comes last.

    All settings and `row` (the place of the chosen row) follow the reader and may be set; `probabilities` is what is drawn
    from. Raises ValueError when logits, labels, rows or a setting do not fit.
    """

    _esm = module("sampling.js", "truncation.js")
    _css = Figure._css + read("truncation.css")

    top_k = traitlets.Int(None, allow_none=True).tag(sync=True)
    top_p = traitlets.Float(None, allow_none=True).tag(sync=True)
    min_p = traitlets.Float(None, allow_none=True).tag(sync=True)
    temperature_first = traitlets.Bool(True).tag(sync=True)

    def __init__(
        self,
        *args: Any,
        top_k: int | None = None,
        top_p: float | None = None,
        min_p: float | None = None,
        temperature_first: bool = True,
        **kwargs: Any,
    ):
        Sampler(top_k=top_k, top_p=top_p, min_p=min_p)  # it says what they may be
        super().__init__(
            *args,
            top_k=None if top_k is None else operator.index(top_k),
            top_p=None if top_p is None else float(top_p),
            min_p=None if min_p is None else float(min_p),
            temperature_first=bool(temperature_first),
            **kwargs,
        )

    @property
    def probabilities(self) -> jax.Array:
        """What is drawn from: the characters that stay, renormalised, (vocab,)."""
        return jnp.asarray(self.cut().after)

    def cut(self) -> Cut:
        """What the settings make of the chosen row: the library's own functions, one after the other."""
        steps: list[tuple[str, Any, Any]] = [
            ("top-k", top_k_filter, self.top_k),
            ("top-p", top_p_filter, self.top_p),
            ("min-p", min_p_filter, self.min_p),
        ]
        steps.insert(0 if self.temperature_first else len(steps), ("T", apply_temperature, self.temperature))
        with np.errstate(over="ignore"):
            relative = self.relative_logits().astype(np.float32)
        seen = left = jnp.asarray(relative)
        removed_by = ["impossible" if z == -np.inf else "" for z in relative]
        for name, step, setting in steps:
            if setting is None:
                continue
            left = step(left, setting)
            removed_by = [was or ("" if stays else name) for was, stays in zip(removed_by, np.isfinite(left), strict=True)]
            if name == "T" and self.temperature_first:
                seen = left
        order = np.argsort(-(relative if self.temperature == 0 else np.asarray(seen)), kind="stable")
        with jax.enable_x64(True):  # shares in double precision, as JavaScript has them: what is near 1 is not yet 1
            before, after = (np.asarray(jax.nn.softmax(jnp.asarray(z, float))) for z in (seen, left))
        return Cut(before, after, removed_by, order)

    def summary(self) -> str:
        """What the figure shows now, in words."""
        cut = self.cut()
        n, kept = len(self.labels), [int(i) for i in cut.order if not cut.removed_by[i]]
        if len(kept) == n:
            told = "nothing is removed."
        else:
            stay = "stays" if len(kept) == 1 else "stay"
            told = f"{len(kept)} of {n} characters {stay}, with {percent(_kept_mass(cut))} of the probability. "
            told += self._removed_in_words("Removed: ", cut.removed_by) + "."
        drawn = f"{self.named(kept[0], cut.after)}, "
        drawn += "nothing else" if len(kept) == 1 else f"then {self.named(kept[1], cut.after)}"
        return f"{self.after_row()}{self._steps_in_words()}: {told} Drawn from: {drawn}. {entropy_in_words(cut.after)}"

    def still(self) -> str:
        """The bars and the summary as html without any script."""
        cut = self.cut()
        n_bars = bars_of(len(cut.order))
        shown, others = cut.order[:n_bars], cut.order[n_bars:]
        groups = [([i], self.labels[i]) for i in shown]
        for stays in (True, False):
            group = [i for i in others if (not cut.removed_by[i]) == stays]
            if group:
                groups.append((group, f"{len(group)} others" if len(group) > 1 else self.labels[group[0]]))
        shares = [float(probs[ids].sum()) for probs in (cut.before, cut.after) for ids, _ in groups]
        full = next((share for share in (0.1, 0.2, 0.5) if max(shares) <= share), 1.0)  # as fullWidth() in truncation.js
        bars = "".join(self._bar(ids, label, cut, full) for ids, label in groups)
        return f'<ul class="bars cut">{bars}</ul><p class="summary">{html.escape(self.summary())}</p>'

    def _bar(self, ids: list[int], label: str, cut: Cut, full: float) -> str:
        before, after = (float(probs[ids].sum()) for probs in (cut.before, cut.after))
        if not cut.removed_by[ids[0]]:
            mark = f'<span class="before" style="left:{100 * before / full:.2f}%"></span>'
            return bar(label, after / full, "kept", f"{percent(before)} {ARROW} {percent(after)}", mark)
        words = self._removed_in_words("removed " if len(ids) == 1 else "removed: ", [cut.removed_by[i] for i in ids])
        return bar(label, before / full, "removed", f"{percent(before)} {words}", '<span class="before"></span>')

    def _steps_in_words(self) -> str:
        """What is done, in its order."""
        steps = [f"{name} {short(setting)}" for name, setting in self._filters() if setting is not None]
        steps.insert(0 if self.temperature_first else len(steps), f"T = {short(self.temperature)}")
        return ", then ".join(steps)

    def _removed_in_words(self, removed: str, removed_by: list[str]) -> str:
        """How many were removed by what, the same words as removedInWords() in truncation.js."""
        names = {"T": f"T = {short(self.temperature)}"}
        counts = {name: removed_by.count(name) for name in ("T", "top-k", "top-p", "min-p")}
        one = len(removed_by) == 1
        parts = [f"{'' if one else f'{n} '}by {names.get(name, name)}" for name, n in counts.items() if n]
        told = [removed + ", ".join(parts)] if parts else []
        if impossible := removed_by.count("impossible"):
            told.append("impossible" if one else f"{impossible} impossible from the start")
        return "; ".join(told)

    def _filters(self) -> list[tuple[str, float | None]]:
        return [("top-k", self.top_k), ("top-p", self.top_p), ("min-p", self.min_p)]

    @traitlets.validate("top_k", "top_p", "min_p")
    def _setting_is_possible(self, proposal: Any) -> Any:
        name = proposal["trait"].name
        return getattr(Sampler(**{name: proposal["value"]}), name)  # it says what a setting may be


def _kept_mass(cut: Cut) -> float:
    """The share of the probability that stays; 1 exactly when nothing possible was removed."""
    return 1 - math.fsum(p for p, by in zip(cut.before, cut.removed_by, strict=True) if by)
