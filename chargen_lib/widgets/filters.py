"""What temperature, top-k, top-p and min-p make of a distribution: the settings, the bars and the words that figures share."""

import math
import operator
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import traitlets

from chargen_lib.sampling import Sampler, apply_temperature, min_p_filter, top_k_filter, top_p_filter
from chargen_lib.widgets.base import in_sentence
from chargen_lib.widgets.rows import bar, bars_of, entropy_in_words, percent, short

ARROW = "\u2192"


class Cut(NamedTuple):
    """What the steps make of one row, each value (vocab,)."""

    before: np.ndarray  # the probabilities that the filters looked at
    after: np.ndarray  # what is drawn from
    removed_by: list[str]  # "top-k", "top-p", "min-p" or "T"; "impossible" if it was so from the start; "" if it stays
    order: np.ndarray  # the ids from the likeliest to the least likely, as the filters see them


class Settings(NamedTuple):
    """How characters are drawn; a filter that is None is off."""

    temperature: float = 1.0
    top_k: int | None = None
    top_p: float | None = None
    min_p: float | None = None
    temperature_first: bool = True  # or last

    def filters(self) -> list[tuple[str, Any, Any]]:
        """Each filter: its name, the library's function, its setting."""
        return [
            ("top-k", top_k_filter, self.top_k),
            ("top-p", top_p_filter, self.top_p),
            ("min-p", min_p_filter, self.min_p),
        ]

    def in_words(self) -> str:
        """What is done, in its order, as stepsInWords() in filters.js."""
        steps = [f"{name} {short(setting)}" for name, _, setting in self.filters() if setting is not None]
        steps.insert(0 if self.temperature_first else len(steps), f"T = {short(self.temperature)}")
        return ", then ".join(steps)


class Filters(traitlets.HasTraits):
    """The filters of a figure; they follow the reader and may be set.  Raises ValueError for a setting that has no meaning."""

    top_k = traitlets.Int(None, allow_none=True).tag(sync=True)
    top_p = traitlets.Float(None, allow_none=True).tag(sync=True)
    min_p = traitlets.Float(None, allow_none=True).tag(sync=True)

    @traitlets.validate("top_k", "top_p", "min_p")
    def _setting_is_possible(self, proposal: Any) -> Any:
        name = proposal["trait"].name
        return getattr(Sampler(**{name: proposal["value"]}), name)  # it says what a setting may be


def plain_filters(top_k: int | None, top_p: float | None, min_p: float | None) -> dict[str, int | float | None]:
    """The settings as plain numbers, NumPy's among them.  Raises ValueError for one that has no meaning."""
    Sampler(top_k=top_k, top_p=top_p, min_p=min_p)  # it says what they may be
    return {
        "top_k": None if top_k is None else operator.index(top_k),
        "top_p": None if top_p is None else float(top_p),
        "min_p": None if min_p is None else float(min_p),
    }


def cut(relative_logits: np.ndarray, settings: Settings) -> Cut:
    """What the settings make of logits (vocab,), the largest of which is 0: the library's own functions, one after the other."""
    steps = settings.filters()
    steps.insert(0 if settings.temperature_first else len(steps), ("T", apply_temperature, settings.temperature))
    with np.errstate(over="ignore"):
        relative = relative_logits.astype(np.float32)
    seen = left = jnp.asarray(relative)
    removed_by = ["impossible" if z == -np.inf else "" for z in relative]
    for name, step, setting in steps:
        if setting is None:
            continue
        left = step(left, setting)
        removed_by = [was or ("" if stays else name) for was, stays in zip(removed_by, np.isfinite(left), strict=True)]
        if name == "T" and settings.temperature_first:
            seen = left
    order = np.argsort(-(relative if settings.temperature == 0 else np.asarray(seen)), kind="stable")
    with jax.enable_x64(True):  # shares in double precision, as JavaScript has them: what is near 1 is not yet 1
        before, after = (np.asarray(jax.nn.softmax(jnp.asarray(z, float))) for z in (seen, left))
    return Cut(before, after, removed_by, order)


def named(label: str, share: float) -> str:
    """A character and its probability in words, "e 72.3 %"."""
    return f"{in_sentence(label)} {percent(share)}"


def cut_in_words(labels: list[str], cut: Cut, settings: Settings) -> str:
    """What stays, what is removed by what, and what is drawn from, the same words as cutInWords() in filters.js."""
    n, kept = len(labels), [int(i) for i in cut.order if not cut.removed_by[i]]
    if len(kept) == n:
        told = "nothing is removed."
    else:
        stay = "stays" if len(kept) == 1 else "stay"
        told = f"{len(kept)} of {n} characters {stay}, with {percent(_kept_mass(cut))} of the probability. "
        told += _removed_in_words("Removed: ", cut.removed_by, settings.temperature) + "."
    drawn = f"{named(labels[kept[0]], cut.after[kept[0]])}, "
    drawn += "nothing else" if len(kept) == 1 else f"then {named(labels[kept[1]], cut.after[kept[1]])}"
    return f"{settings.in_words()}: {told} Drawn from: {drawn}. {entropy_in_words(cut.after)}"


def cut_bars(labels: list[str], cut: Cut, settings: Settings, drawn: int | None = None) -> str:
    """The bars as html, the same as those of cutBars() in filters.js.  drawn: the id that was drawn, if one was."""
    shown = [int(i) for i in cut.order[: bars_of(len(cut.order))]]
    if drawn is not None and drawn not in shown:
        shown.append(drawn)
    others = [int(i) for i in cut.order if i not in shown]
    groups = [([i], labels[i]) for i in shown]
    for stays in (True, False):
        group = [i for i in others if (not cut.removed_by[i]) == stays]
        if group:
            groups.append((group, f"{len(group)} others" if len(group) > 1 else labels[group[0]]))
    shares = [float(probs[ids].sum()) for probs in (cut.before, cut.after) for ids, _ in groups]
    full = next((share for share in (0.1, 0.2, 0.5) if max(shares) <= share), 1.0)  # as fullWidth() in filters.js
    bars = "".join(_bar(ids, label, cut, settings.temperature, full, ids == [drawn]) for ids, label in groups)
    return f'<ul class="bars cut">{bars}</ul>'


def _bar(ids: list[int], label: str, cut: Cut, temperature: float, full: float, is_drawn: bool) -> str:
    before, after = (float(probs[ids].sum()) for probs in (cut.before, cut.after))
    if not cut.removed_by[ids[0]]:
        mark = f'<span class="before" style="left:{100 * before / full:.2f}%"></span>'
        moves = any(cut.removed_by)
        words = f"{f'{percent(before)} {ARROW} ' if moves else ''}{percent(after)}{', drawn' if is_drawn else ''}"
        kind = f"kept{'' if moves else ' whole'}{' drawn' if is_drawn else ''}"
        return bar(label, after / full, kind, words, mark)
    removed = "removed " if len(ids) == 1 else "removed: "
    words = _removed_in_words(removed, [cut.removed_by[i] for i in ids], temperature)
    return bar(label, before / full, "removed", f"{percent(before)} {words}", '<span class="before"></span>')


def _removed_in_words(removed: str, removed_by: list[str], temperature: float) -> str:
    """How many were removed by what, the same words as removedInWords() in filters.js."""
    names = {"T": f"T = {short(temperature)}"}
    counts = {name: removed_by.count(name) for name in ("T", "top-k", "top-p", "min-p")}
    one = len(removed_by) == 1
    parts = [f"{'' if one else f'{n} '}by {names.get(name, name)}" for name, n in counts.items() if n]
    told = [removed + ", ".join(parts)] if parts else []
    if impossible := removed_by.count("impossible"):
        told.append("impossible" if one else f"{impossible} impossible from the start")
    return "; ".join(told)


def _kept_mass(cut: Cut) -> float:
    """The share of the probability that stays; 1 exactly when nothing possible was removed."""
    return 1 - math.fsum(p for p, by in zip(cut.before, cut.removed_by, strict=True) if by)
