"""DraftExplorer as a still picture: the same elements as figure.js makes."""

import html
from typing import TYPE_CHECKING

from chargen_lib.widgets.passage import break_after
from chargen_lib.widgets.rows import percent

if TYPE_CHECKING:
    from chargen_lib.widgets.draft.figure import DraftExplorer

MARKS = {"kept": "✓", "refused": "✗", "own": "★"}
HEADS = ["", "", "p", "q", "left over"]
COUNTED = ["calls", "characters", "kept, of the judged", "characters per call", "by the formula"]
TEXT_KEYS = [("kept", "drafted and kept"), ("own", "by the large model itself"), ("now", "this call")]
BAR_KEYS = [("both", "both: kept"), ("p-alone", "p alone: left over"), ("q-alone", "q alone: refused")]


def still(figure: "DraftExplorer") -> str:
    """The text, the draft and the tables as html without any script."""
    return (
        f'{_text(figure)}{_legend(TEXT_KEYS)}{_draft(figure)}<p class="summary">{html.escape(figure.summary())}</p>'
        f'<div class="draft-tables"><div class="draft-place">{_place(figure)}{_legend(BAR_KEYS)}</div>{_counts(figure)}</div>'
    )


def _text(figure: "DraftExplorer") -> str:
    (start, kept), place = figure.now()
    own = {call.start + call.kept for call in figure.calls()}
    kinds = ["prompt"] * len(figure.prompt)
    for at in range(len(written := figure.written())):
        kind = "later" if at > start + kept else "own" if at in own else "kept"
        kinds.append(kind + " now" * (start <= at <= start + kept) + " here" * (at == start + place))
    labels = [figure.labels[i] for i in [*figure.prompt, *written]]
    so_far = "".join(labels[: len(figure.prompt) + start + kept + 1])
    spans = "".join(
        f'<span class="{kind}">{html.escape(label)}</span>{break_after(label, following)}'
        for kind, label, following in zip(kinds, labels, [*labels[1:], ""], strict=True)
    )
    return f'<p class="passage" role="img" aria-label="{html.escape(f"The text so far: {so_far}")}">{spans}</p>'


def _draft(figure: "DraftExplorer") -> str:
    """The drafted characters and what became of each, then what the large model wrote itself."""
    (start, kept), place = figure.now()
    chips = []
    for at, i in enumerate(figure.drafted()):
        became = "kept" if at < kept else "refused" if at == kept else "not judged"
        chips.append(_chip(figure.labels[i], became, at == place))
    own = figure.labels[figure.written()[start + kept]]
    return f'<div class="draft-chips"><span>drafted</span> {" ".join(chips)} <span>then</span> {_chip(own, "own", place == kept)}</div>'


def _chip(label: str, became: str, here: bool) -> str:
    kind = became.replace(" ", "-") + " here" * here
    told = f"{MARKS[became]} {became}" if became in MARKS else became
    return f'<span class="cell {kind}"><bdi>{html.escape(label)}</bdi> <small>{told}</small></span>'


def _place(figure: "DraftExplorer") -> str:
    """What p and q say at the chosen place: a line for each character, its bar, and the numbers."""
    (_, kept), place = figure.now()
    here, is_own = figure.judged(), place == kept
    scale = max(1.0, *(max(p, q, p + q - least) for _, p, q, least, _ in here["rows"]))
    rows = ""
    for i, p, q, least, left in here["rows"]:
        mark = ""
        if i == here["drafted"]:
            mark = MARKS["kept" if here["kept"] else "refused"] + " "
        elif is_own and i == here["written"]:
            mark = MARKS["own"] + " "
        others = len(figure.labels) - len(here["rows"]) + 1
        name = (f"{others} others" if others > 1 else "1 other") if i < 0 else figure.labels[i]
        widths = zip(("both", "p-alone", "q-alone"), (least, p - least, q - least), strict=True)
        bar = "".join(
            f'<span class="{kind}" style="width:{100 * max(width, 0) / scale:.2f}%"></span>' for kind, width in widths
        )
        cells = [percent(p), percent(q) if here["drafted"] is not None else "–", percent(left)]
        rows += (
            f'<tr class="{"marked" if mark else ""}"><th scope="row"><bdi>{mark}{html.escape(name)}</bdi></th>'
            f'<td><span class="draft-bar" aria-hidden="true">{bar}</span></td>'
            f"{''.join(f'<td>{html.escape(cell)}</td>' for cell in cells)}</tr>"
        )
    return _table(_place_words(figure), HEADS, rows)


def _place_words(figure: "DraftExplorer") -> str:
    """What stands over the bars."""
    _, place = figure.now()
    here = figure.judged()
    if here["drafted"] is None:
        return "After the draft: one more is drawn from p"
    return f"Place {place + 1} of the draft: p and q overlap by {percent(here['overlap'])}"


def _counts(figure: "DraftExplorer") -> str:
    rows = ""
    for name, cells in zip(COUNTED, figure.counts(), strict=True):
        rows += f'<tr><th scope="row">{name}</th>{"".join(f"<td>{html.escape(cell)}</td>" for cell in cells)}</tr>'
    return _table("How many characters a call writes", ["", "so far", "whole text"], rows)


def _table(caption: str, heads: list[str], rows: str) -> str:
    head = "".join(f'<th scope="col">{head}</th>' if head else "<td></td>" for head in heads)
    return f"<table><caption>{html.escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _legend(keys: list[tuple[str, str]]) -> str:
    swatches = " ".join(f'<span class="swatch {kind}">{name}</span>' for kind, name in keys)
    return f'<p class="legend">{swatches}</p>'
