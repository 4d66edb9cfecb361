"""StateLens as a still picture: the same elements as figure.js makes."""

import html
from typing import TYPE_CHECKING

from chargen_lib.widgets.passage import break_after

if TYPE_CHECKING:
    from chargen_lib.widgets.state.figure import StateLens

STATES = (0.125, 0.375, 0.625, 0.875)  # sizes at which the colour of a state changes
REACHES = (0.01, 0.05, 0.2, 0.5)  # and that of a reach
DISTANCES = (1, 2, 4, 8, 16, 32, 47)
HEADS = ("back", "here, trained", "here, untrained", "mean, trained", "mean, untrained")


def reach_words(share: float) -> str:
    """A reach in words: no more figures than were sent."""
    if share == 0:
        return "–"
    if share < 0.001:
        return "<\u00a00.1\u00a0%"
    tenths = int(1000 * share + 0.5)
    return f"{tenths // 10}.{tenths % 10}\u00a0%" if share < 0.01 else f"{int(100 * share + 0.5)}\u00a0%"


def still(lens: "StateLens") -> str:
    """The coloured text, the summary and the table of reaches as html without any script."""
    aloud = f"The passage: {''.join(lens.labels)}"
    return (
        f'<p class="passage" role="img" aria-label="{html.escape(aloud)}">{_passage(lens)}</p>{_legend(lens.view)}'
        f'<p class="summary">{html.escape(lens.summary())}</p>{_table(lens)}'
    )


def _passage(lens: "StateLens") -> str:
    return "".join(
        f'<span class="{_kind(lens, place)}">{html.escape(label)}</span>{break_after(label, following)}'
        for place, (label, following) in enumerate(zip(lens.labels, [*lens.labels[1:], ""], strict=True))
    )


def _kind(lens: "StateLens", place: int) -> str:
    """A character's classes: its colour, and whether it is the last one read."""
    if lens.view == "state":
        value = lens.value(place)
        kind = f"{'below' if value < 0 else 'above'}{sum(abs(value) >= size for size in STATES)}"
    else:
        kind = f"reach{sum(lens.share(lens.view, place) >= size for size in REACHES)}" if place <= lens.place else "later"
    return f"{kind} here" if place == lens.place else kind


def _legend(view: str) -> str:
    if view == "state":
        names = [(f"below{n}", f"−{STATES[n - 1]:g}") for n in (4, 3, 2, 1)]
        names += [("above0", "near 0"), *((f"above{n}", f"+{STATES[n - 1]:g}") for n in (1, 2, 3, 4))]
        words = "state, from such a size on (strong ones have a line: above 0 on top, below 0 at the bottom): "
    else:
        names = [("reach0", "less"), *((f"reach{n}", f"{100 * size:g}\u00a0%") for n, size in enumerate(REACHES, 1))]
        words = "moves the guess, from such a share of the last character's on: "
    keys = " ".join(f'<span class="swatch {kind}">{name}</span>' for kind, name in names)
    return f'<p class="legend">{words}{keys} <span class="swatch here">box</span> the last character read</p>'


def _table(lens: "StateLens") -> str:
    names = ("trained", "untrained")
    head = "".join(f'<th scope="col">{head}</th>' for head in HEADS)
    body = ""
    for k in DISTANCES:
        shares = [lens.share(name, lens.place - k) for name in names] + [lens.means[name][k] for name in names]
        body += f'<tr><th scope="row">{k}</th>{"".join(f"<td>{html.escape(reach_words(share))}</td>" for share in shares)}</tr>'
    return (
        "<table><caption>How strongly a character so many places back moves the guess (the last one: 100\u00a0%)</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )
