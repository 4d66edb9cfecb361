"""The course's still figures.  Each function returns a Picture: the figure with a sentence for who cannot see it."""

import base64
import html
import io
from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib import font_manager
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from chargen_lib.entropy import Rung
from chargen_lib.text import kind, visible

# Okabe and Ito (2008): told apart with every kind of colour blindness.  Shapes tell them apart once more.
BLUE, ORANGE, GREEN, PURPLE, GREY = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#555555"
KINDS = {"count": ("o", BLUE), "network": ("D", ORANGE), "compressor": ("s", GREEN), "floor": ("|", GREY)}


class Picture:
    """A figure and its alternative text.  `figure` is the matplotlib figure, for who wants to change it."""

    def __init__(self, figure: Figure, alt: str):
        self.figure = figure
        self.alt = alt.encode(errors="backslashreplace").decode()  # half a surrogate pair cannot be written down
        plt.close(figure)  # shown by its own representation, once

    def __repr__(self) -> str:
        return f"Picture({self.alt!r})"

    def _repr_html_(self) -> str:
        drawing = io.BytesIO()
        self.figure.savefig(drawing, format="svg", bbox_inches="tight", metadata={"Date": None})
        data = base64.b64encode(drawing.getvalue()).decode()
        return (
            f'<img src="data:image/svg+xml;base64,{data}" alt="{html.escape(self.alt)}" '
            'style="max-width:100%;height:auto;background:white">'
        )


def drawn(text: str) -> str:
    """A text as matplotlib can draw it: what its font has no picture of, or is not seen, by code point; a dollar sign as itself, no formula."""
    known = font_manager.get_font(font_manager.findfont(font_manager.FontProperties())).get_charmap()
    shown = "".join(c if c == "\n" or (ord(c) in known and c.isprintable()) else f"U+{ord(c):04X}" for c in text)
    return shown.replace("$", r"\$")


def ladder(rungs: Sequence[Rung]) -> Picture:
    """Every model and floor on one axis of bits per character; the best at the bottom, where the loss goes."""
    order = sorted(rungs, key=lambda rung: -rung.bits)
    figure, axes = plt.subplots(figsize=(7, 0.8 + 0.42 * len(order)))
    for place, rung in enumerate(order):
        marker, colour = KINDS[rung.kind]
        axes.plot([0, rung.bits], [place, place], color=colour, linewidth=1.5, alpha=0.5)
        axes.plot(rung.bits, place, marker, color=colour, markersize=8)
        axes.annotate(f"{rung.bits:.3f}", (rung.bits, place), (9, 0), textcoords="offset points", va="center")
    axes.set_yticks(range(len(order)), [drawn(rung.name) for rung in order])
    axes.invert_yaxis()
    axes.set_xlim(0, max(rung.bits for rung in order) * 1.12)
    axes.set_xlabel("bits per character on held-out text (less is better)")
    used = [kind for kind in KINDS if any(rung.kind == kind for rung in order)]
    if len(used) > 1:
        handles = [plt.Line2D([], [], marker=KINDS[k][0], color=KINDS[k][1], linestyle="") for k in used]
        axes.legend(handles, used, loc="lower right")
    _plain(axes)
    told = "; ".join(f"{rung.name} {rung.bits:.3f}" for rung in order)
    return Picture(figure, f"The ladder, in bits per character: {told}.")


def bars(values: ArrayLike, characters: str, ylabel: str, title: str = "") -> Picture:
    """One bar a character.  values: (vocab,); ylabel says what they are, with the unit."""
    heights = np.asarray(values)
    figure, axes = plt.subplots(figsize=(9, 2.8))
    axes.bar(range(len(heights)), heights, color=BLUE)
    ticks = [drawn(visible(c)) for c in characters]
    axes.set_xticks(range(len(heights)), ticks, fontsize=8, rotation=_turned(ticks))
    axes.set_xlim(-0.7, len(heights) - 0.3)
    axes.set_xlabel("character")
    axes.set_ylabel(drawn(ylabel))
    axes.set_title(drawn(title))
    _plain(axes)
    top = [f"{visible(characters[i])} {heights[i]:.3g}" for i in np.argsort(-heights)[:3]]
    return Picture(figure, f"A bar chart of {ylabel} for {len(heights)} characters. The tallest: {', '.join(top)}.")


def table(values: ArrayLike, characters: str, label: str, title: str = "") -> Picture:
    """A (V, V) table as shades: the row is the character before, the column the one after.  label: what a shade means."""
    matrix = np.asarray(values)
    figure, axes = plt.subplots(figsize=(8.5, 7.5) if len(characters) > 20 else (6, 5))
    image = axes.imshow(matrix, cmap="cividis", aspect="equal")
    ticks = [drawn(visible(c)) for c in characters]
    size = 6 if len(ticks) > 20 else 10
    axes.set_xticks(range(len(ticks)), ticks, fontsize=size, rotation=_turned(ticks))
    axes.set_yticks(range(len(ticks)), ticks, fontsize=size)
    axes.set_xlabel("next character")
    axes.set_ylabel("previous character")
    axes.set_title(drawn(title))
    figure.colorbar(image, ax=axes, label=drawn(label), shrink=0.8)
    row, column = np.unravel_index(np.argmax(matrix), matrix.shape)
    return Picture(
        figure,
        f"A table of {label}, previous character by next character. The largest entry: {visible(characters[column])} "
        f"after {visible(characters[row])}, {matrix[row, column]:.3g}.",
    )


def character_map(points: ArrayLike, characters: str, title: str = "") -> Picture:
    """Characters where they lie in the plane: points (vocab, 2).  Their kinds (`text.kind`) by shape and colour."""
    xy = np.asarray(points)
    figure, axes = plt.subplots(figsize=(6.4, 5))
    groups = {"vowel": ("o", ORANGE), "consonant": ("s", BLUE), "capital": ("^", GREEN)}
    groups |= {"space": ("D", GREY), "sign": ("X", PURPLE)}
    for group, (marker, colour) in groups.items():
        of_group = [i for i, c in enumerate(characters) if kind(c) == group]
        if of_group:
            axes.scatter(xy[of_group, 0], xy[of_group, 1], marker=marker, color=colour, s=28, label=group)
    for i, character in enumerate(characters):
        axes.annotate(drawn(visible(character)), xy[i], (4, 3), textcoords="offset points", fontsize=9)
    axes.set_xlabel("first direction")
    axes.set_ylabel("second direction")
    axes.set_title(drawn(title))
    axes.legend(fontsize=8)
    _plain(axes)
    return Picture(
        figure, f"{title or 'A map'}: {len(characters)} characters as points in a plane, vowels and consonants marked."
    )


def curves(
    lines: Mapping[str, tuple[ArrayLike, ArrayLike]],
    xlabel: str,
    ylabel: str,
    levels: Mapping[str, float] | None = None,
    title: str = "",
    logx: bool = False,
) -> Picture:
    """Curves, each (x, y), by name; levels are lines drawn across, a floor for example.  Both labels with units."""
    figure, axes = plt.subplots(figsize=(7, 3.6))
    styles = [(BLUE, "-"), (ORANGE, "--"), (GREEN, "-."), (PURPLE, ":")]
    for place, (name, (x, y)) in enumerate(lines.items()):
        colour, style = styles[place % len(styles)]
        axes.plot(np.asarray(x), np.asarray(y), style, color=colour, label=drawn(name))
    for name, level in (levels or {}).items():
        axes.axhline(level, color=GREY, linewidth=1, linestyle=(0, (6, 3)), label=f"{drawn(name)}, {level:.3f}")
    if logx:
        axes.set_xscale("log")
    axes.set_xlabel(drawn(xlabel))
    axes.set_ylabel(drawn(ylabel))
    axes.set_title(drawn(title))
    axes.legend(fontsize=8)
    _plain(axes)
    told = "; ".join(f"{n} goes from {np.asarray(y)[0]:.3g} to {np.asarray(y)[-1]:.3g}" for n, (_, y) in lines.items())
    lines_told = "".join(f" {name}: {level:.3f}." for name, level in (levels or {}).items())
    return Picture(figure, f"{ylabel} against {xlabel}: {told}.{lines_told}")


def _turned(ticks: Sequence[str]) -> int:
    """The angle of the labels under an axis: upright where code points are among them, which would run into one another."""
    return 90 if any("U+" in tick for tick in ticks) else 0


def _plain(axes: plt.Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="both", alpha=0.2)
