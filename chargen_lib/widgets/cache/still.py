"""CacheExplorer's fixed words, and its still picture: the same elements as figure.js makes."""

import html
from typing import TYPE_CHECKING

from chargen_lib.widgets.passage import break_after

if TYPE_CHECKING:
    from chargen_lib.widgets.cache.figure import CacheExplorer

# What the figure says in every state; it travels with the state, so that page and Python say the same.
WORDS = {
    "marks": [
        ["new", "computed for the first time"],
        ["again", "computed again"],
        ["kept", "kept in the cache"],
        ["gone", "no longer kept"],
    ],
    "picture": "What each step so far computed: a line for each step, from the top, and a column for each place of the text.",
    "map": "line: a step; column: a place",
    "ring": "The slots of the ring: above, the slot; below, the place that it holds; framed: written in this step, over what is struck out.",
    "measures": ["rows without cache", "rows with cache", "bytes of the cache"],
}


def commas(number: int) -> str:
    """A whole number with commas between thousands, as in figure.js."""
    return f"{number:,}"


def counted(number: int, noun: str) -> str:
    """So many of something, as in figure.js."""
    return f"{commas(number)} {noun}{'' if number == 1 else 's'}"


def kind(figure: "CacheExplorer", place: int) -> str:
    """What a place of the text is to this step, as in figure.js."""
    if place >= figure.step - 1:
        return "new" if place == figure.step - 1 else "later"
    if not figure.cached:
        return "again"
    return "kept" if place in figure.kept else "gone"


def still(figure: "CacheExplorer") -> str:
    """The whole picture as html without any script."""
    words = figure.words
    marks = " ".join(f'<span class="swatch {name}">{told}</span>' for name, told in words["marks"])
    without, cached = figure.rows
    told = [
        (commas(without), f"{figure.step} × {figure.step + 1} / 2"),
        (commas(cached), "one a step"),
        (commas(figure.cache_bytes), f"{counted(figure.slots, 'slot')}, full or not"),
    ]
    measures = "".join(
        f"<div><dt>{name}</dt><dd>{number} <small>{how}</small></dd></div>"
        for name, (number, how) in zip(words["measures"], told, strict=True)
    )
    legend = '<p class="legend">{}</p>'
    return (
        f'{_passage(figure)}{legend.format(marks)}<div class="cache-beside"><div>{_map(figure)}{legend.format(words["map"])}</div>'
        f"<div>{_ring(figure)}{legend.format(words['ring'])}<dl>{measures}</dl>{legend.format(words['note'])}</div></div>"
        f'<p class="summary">{html.escape(figure.summary())}</p>'
    )


def _passage(figure: "CacheExplorer") -> str:
    labels = figure.labels()
    spans = "".join(
        f'<span class="{kind(figure, place)}">{html.escape(label)}</span>{break_after(label, following)}'
        for place, (label, following) in enumerate(zip(labels, [*labels[1:], ""], strict=True))
    )
    aloud = html.escape(f"The passage: {''.join(labels)}")
    return f'<p class="passage" role="img" aria-label="{aloud}">{spans}</p>'


def _map(figure: "CacheExplorer") -> str:
    """The rows of every step so far, as map() in figure.js draws them."""
    n, size = figure.step, len(figure.codes)
    stairs = "".join(f"V{place}H{place + 1}" for place in range(size))
    fresh = "".join(f"M{place} {place}h1v1h-1z" for place in range(n))
    earlier = [(row, place) for row in range(n) for place in range(row)]
    shown = ""
    if figure.cached:
        dots = "".join(f"M{place} {row}h0" for row, place in earlier if row - place < figure.slots)
        shown = f'<path class="kept" transform="translate(.5 .5)" d="{dots}"/>'
    else:
        tint = "".join(f"M0 {row}h{row}v1H0z" for row in range(1, n))
        lines = "".join(f"M{place} {row + 1}l1-1" for row, place in earlier)
        shown = f'<path class="again" d="{tint}"/><path class="lines" d="{lines}"/>'
    return (
        f'<svg class="cache-map" viewBox="0 0 {size} {size}" role="img" aria-label="{figure.words["picture"]}">'
        f'<path class="frame" d="M0 0{stairs}V{size}H0z"/>{shown}<path class="new" d="{fresh}"/>'
        f'<rect x="0" y="{n - 1}" width="{size}" height="1"/></svg>'
    )


def held(figure: "CacheExplorer") -> list[int | None]:
    """The place that each slot of the ring holds after this step; None where it holds none."""
    places = {place % figure.slots: place for place in figure.kept} if figure.cached else {}
    return [places.get(slot) for slot in range(figure.slots)]


def _ring(figure: "CacheExplorer") -> str:
    labels, cells, places = figure.labels(), "", held(figure)
    for slot, place in enumerate(places):
        if place is None:
            cells += f'<span class="slot empty"><small>{slot}</small> <bdi>\u00a0</bdi> <small>–</small></span> '
            continue
        is_new = place == figure.step - 1
        before = f"<s>{figure.written_over}</s> " if is_new and figure.written_over is not None else ""
        cells += (
            f'<span class="slot{" new" if is_new else ""}"><small>{slot}</small> <bdi>{html.escape(labels[place])}</bdi> '
            f"<small>{before}{place}</small></span> "
        )
    return f'<div class="ring" role="img" aria-label="{ring_in_words(places)}">{cells}</div>'


def ring_in_words(places: list[int | None]) -> str:
    """What the ring holds, as in figure.js."""
    if all(place is None for place in places):
        return "The ring is empty: without a cache nothing is kept."
    told = ", ".join("none" if place is None else str(place) for place in places)
    return f"The ring, slot by slot from 0, holds the places {told}."
