"""ContextLens as a still picture: the same elements as figure.js makes."""

import html
import itertools
from typing import TYPE_CHECKING

from chargen_lib.widgets.base import decimals
from chargen_lib.widgets.passage import break_after
from chargen_lib.widgets.rows import bar, percent

if TYPE_CHECKING:
    from chargen_lib.widgets.context.figure import ContextLens

BORDERS = (1, 2, 4, 8)  # bits at which the colour of a character changes
HERE = "At this place", ["context", "seen", "ways", "bits, Kneser-Ney", "bits, bare counts"]
PASSAGE = "On the whole passage", ["context", "mean bits, Kneser-Ney", "context seen", "impossible by counts"]


def still(lens: "ContextLens") -> str:
    """The passage, the bars and the tables as html without any script."""
    aloud = f"The passage: {''.join(lens.labels[i] for i in lens.passage)}"
    return (
        f'<p class="passage" role="img" aria-label="{html.escape(aloud)}">{_passage(lens)}</p>{_legend()}'
        f'<p class="summary">{html.escape(lens.summary())}</p><ul class="bars">{_bars(lens)}</ul>'
        '<p class="legend">Probability by Kneser-Ney; how often it came after this context; ▸ what comes next.</p>'
        f'<div class="tables">{_here(lens)}{_on_passage(lens)}</div>'
    )


def _passage(lens: "ContextLens") -> str:
    labels = [lens.labels[i] for i in lens.passage]
    return "".join(
        f'<span class="{_kind(lens, place)}">{html.escape(label)}</span>{break_after(label, following)}'
        for place, (label, following) in enumerate(zip(labels, [*labels[1:], ""], strict=True))
    )


def _kind(lens: "ContextLens", place: int) -> str:
    """A character's classes: what it cost, whether its context was never seen, and what it is to the chosen place."""
    at, k = place - lens.longest, lens.context
    if at < 0:
        kinds = ["lead"]
    else:
        kinds = [f"cost{sum(lens.cost[k][at] >= 1000 * step for step in BORDERS)}"]
        kinds += ["unseen"] if lens.found[at] < k else []
    if lens.place - k <= place < lens.place:
        kinds.append("context")
    return " ".join([*kinds, "next"] if place == lens.place else kinds)


def _legend() -> str:
    names = [
        f"below {BORDERS[0]}",
        *(f"{low} to {high}" for low, high in itertools.pairwise(BORDERS)),
        f"{BORDERS[-1]} or more",
    ]
    keys = " ".join(f'<span class="swatch cost{n}">{name}</span>' for n, name in enumerate(names))
    return (
        f'<p class="legend">bits that each character cost: {keys} <span class="swatch unseen">dotted</span> its context was never seen '
        '<span class="swatch context">lines</span> the context <span class="swatch next">box</span> what comes next</p>'
    )


def _bars(lens: "ContextLens") -> str:
    *_, best, shares, counts = lens.row(lens.context)
    true = lens.what_comes()
    shown = list(zip(best, shares, counts, strict=True))
    if true[0] not in best:
        shown.append(true)
    bars = []
    for i, share, count in shown:
        words = html.escape(percent(share / 10_000)) + (f" · {count:,}×" if lens.was_seen(lens.context) else "")
        is_next = i == true[0]
        bars.append(bar(f"▸ {lens.labels[i]}" if is_next else lens.labels[i], share / 10_000, "next" if is_next else "", words))
    others = len(lens.labels) - len(shown)
    if others:
        rest = max(1, 10_000 - sum(share for _, share, _ in shown)) / 10_000  # near 0, but never 0
        bars.append(bar(f"{others} others" if others > 1 else "1 other", rest, "together", html.escape(percent(rest))))
    return "".join(bars)


def _here(lens: "ContextLens") -> str:
    rows = []
    for k in range(lens.longest + 1):
        times, ways = lens.row(k)[:2] if lens.was_seen(k) else (0, 0)
        rows.append([f"{times:,}", f"{ways}", lens.bits(k), lens.bits_by_counts(k)])
    return _table(*HERE, rows, lens.context)


def _on_passage(lens: "ContextLens") -> str:
    rows = [[decimals(bits), percent(found), percent(impossible)] for bits, found, impossible in lens.means]
    return _table(*PASSAGE, rows, lens.context)


def _table(caption: str, heads: list[str], rows: list[list[str]], chosen: int) -> str:
    head = "".join(f'<th scope="col">{head}</th>' for head in heads)
    body = "".join(
        f'<tr class="{"chosen" if k == chosen else ""}"><th scope="row">{k}</th>{"".join(f"<td>{html.escape(cell)}</td>" for cell in row)}</tr>'
        for k, row in enumerate(rows)
    )
    return f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
