"""EmbeddingExplorer: the characters' map as training goes on, and who is nearest to whom."""

import html
from collections.abc import Sequence
from typing import Any

import numpy as np
import traitlets
from numpy.typing import ArrayLike

from chargen_lib.embeddings import nearest
from chargen_lib.text import Vocabulary, kind
from chargen_lib.widgets.base import Figure, decimals, in_sentence, module, read, seen, whole
from chargen_lib.widgets.rows import bar

WIDTH, HEIGHT = 100, 80  # of the map, in its own units
MARGIN = 6  # around the points, so that a label has room
MOST_NEAR = 20  # each has a line and a bar
KINDS = ("vowel", "consonant", "capital", "space", "sign")


class EmbeddingExplorer(Figure):
    """The rows of an embedding table as points on a map, at moments of training, and the nearest of a chosen one.

    tables: (moments, V, d), d at least 2; characters: the V characters in the order of the rows. steps: the step of training
    at each moment, rising; 0, 1, 2, ... unless given. bits: the loss at each moment in bits per character, told in words if
    given. shown: the characters on the map, all unless given: one that is rare in the text has hardly learned a place.
    k: how many nearest are shown, 1 to 20.

    All moments are seen along one pair of axes, the two directions along which the last table's shown rows spread most
    (principal components): the points move and the axes do not. `axes` (2, d) holds them. The nearest are found with all d
    numbers, by cosine, among the characters shown, of equals the lower id first (`embeddings.nearest`).

    `chosen` (a character) and `moment` (0 to moments - 1, the last unless given) follow the reader and may be set; `nearest` is
    what is shown. Raises ValueError when tables, characters or a setting do not fit.
    """

    _esm = module("embedding/figure.js")
    _css = Figure._css + read("embedding/figure.css")

    labels = traitlets.List(traitlets.Unicode(), read_only=True).tag(sync=True)  # the shown characters as they can be seen
    kinds = traitlets.List(traitlets.Unicode(), read_only=True).tag(sync=True)
    tables = traitlets.List(traitlets.List(), read_only=True).tag(sync=True)  # (moments, shown, d)
    points = traitlets.List(traitlets.List(), read_only=True).tag(sync=True)  # (moments, shown, 2): from the left, from the top
    spread = traitlets.Int(read_only=True).tag(sync=True)  # percent of the last table's spread that the two axes hold
    steps = traitlets.List(traitlets.Int(), read_only=True).tag(sync=True)
    bits = traitlets.List(traitlets.Float(), read_only=True).tag(sync=True)  # empty unless given
    k = traitlets.Int(read_only=True).tag(sync=True)
    chosen = traitlets.Unicode().tag(  # it travels as its place among the labels
        sync=True,
        to_json=lambda character, figure: figure.characters.index(character),
        from_json=lambda place, figure: figure.characters[place],
    )
    moment = traitlets.Int().tag(sync=True)

    def __init__(
        self,
        tables: ArrayLike,
        characters: str,
        *,
        steps: Sequence[int] | None = None,
        bits: ArrayLike | None = None,
        shown: str | None = None,
        k: int = 5,
        chosen: str | None = None,
        moment: int | None = None,
        **kwargs: Any,
    ):
        vocabulary = Vocabulary(characters)
        ids = np.sort(vocabulary.encode(Vocabulary(characters if shown is None else shown).characters))
        self._tables = _checked(tables, len(vocabulary))[:, ids]  # (moments, shown, d)
        self.characters = vocabulary.decode(ids)
        if len(ids) < 2:
            raise ValueError(f"Only {self.characters!r} is shown: a map needs at least two characters.")
        self.axes, spread = _axes(self._tables[-1].astype(np.float64))
        last = len(self._tables) - 1
        self.set_trait("labels", [seen(character) for character in self.characters])
        self.set_trait("kinds", [kind(character) for character in self.characters])
        shortest = [float(str(x)) for x in self._tables.ravel()]  # the decimals that name a 32-bit number need not be many
        self.set_trait("tables", np.reshape(shortest, self._tables.shape).tolist())
        self.set_trait("points", _on_map(self._tables @ self.axes.T).tolist())
        self.set_trait("spread", spread)
        self.set_trait("steps", _checked_steps(range(last + 1) if steps is None else steps, last + 1))
        self.set_trait("bits", [] if bits is None else _checked_bits(bits, last + 1))
        self.set_trait("k", min(whole("k", k, 1, MOST_NEAR), len(ids) - 1))
        super().__init__(
            chosen=self._known(self.characters[0] if chosen is None else chosen),
            moment=last if moment is None else whole("moment", moment, 0, last),
            **kwargs,
        )

    @property
    def nearest(self) -> list[tuple[str, float]]:
        """The nearest to the chosen character at this moment, the nearest first, each with its cosine."""
        return [(self.characters[i], cosine) for i, cosine in self._nearest()]

    def summary(self) -> str:
        """What the figure shows now, in words."""
        named = ", ".join(f"{in_sentence(self.labels[i])} {decimals(cosine)}" for i, cosine in self._nearest())
        return f"{self._when()}: nearest to {in_sentence(self.labels[self._place])}: {named}."

    def still(self) -> str:
        """The map at this moment as html without any script."""
        near = [i for i, _ in self._nearest()]
        here = self.points[self.moment]
        trail = " ".join(f"{x},{y}" for x, y in (points[self._place] for points in self.points[: self.moment + 1]))
        x0, y0 = here[self._place]
        lines = "".join(f'<line x1="{x0}" y1="{y0}" x2="{here[i][0]}" y2="{here[i][1]}"/>' for i in near)
        points = "".join(
            f'<span class="{_point_class(x, i == self._place, i in near)}" style="left:{100 * x / WIDTH:.2f}%;top:{100 * y / HEIGHT:.2f}%">'
            f'<span class="mark {self.kinds[i]}"></span><bdi>{html.escape(self.labels[i])}</bdi></span>'
            for i, (x, y) in enumerate(here)
        )
        legend = "".join(f'<span><span class="mark {kind}"></span> {kind}</span>' for kind in KINDS if kind in self.kinds)
        bars = "".join(bar(self.labels[i], max(0.0, cosine), words=decimals(cosine)) for i, cosine in self._nearest())
        return (
            f'<p class="summary">{html.escape(self.summary())}</p>'
            f'<div class="character-map" role="img" aria-label="A map of {len(self.labels)} characters. {html.escape(self.summary())}">'
            f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" aria-hidden="true"><polyline points="{trail}"/>{lines}</svg>{points}</div>'
            f'<p class="legend kinds">{legend}</p><p class="legend">{self._caption()}</p>'
            f'<p class="legend">cosine with {html.escape(in_sentence(self.labels[self._place]))}</p><ul class="bars">{bars}</ul>'
        )

    def _caption(self) -> str:
        """The same words as caption() in figure.js."""
        return (
            f"The map is seen along the two directions in which the last table spreads most; they hold {self.spread}\u00a0% of its "
            f"spread. The points move, the axes do not. The nearest are found by cosine with all {len(self.tables[0][0])} numbers, "
            "so they need not be the nearest on the map. Dotted: the way of the chosen point until now."
        )

    def _when(self) -> str:
        """The same words as when() in figure.js, with a capital."""
        bits = f" ({decimals(self.bits[self.moment])} bits per character)" if self.bits else ""
        return f"Step {self.steps[self.moment]} of {self.steps[-1]}{bits}"

    @property
    def _place(self) -> int:
        return self.characters.index(self.chosen)

    def _nearest(self) -> list[tuple[int, float]]:
        ids, cosines = nearest(self._tables[self.moment], self._place, self.k)
        return list(zip(ids.tolist(), cosines.tolist(), strict=True))

    def _known(self, chosen: str) -> str:
        if len(chosen) != 1 or chosen not in self.characters:
            raise ValueError(f"chosen is {chosen!r}, which is not one of the {len(self.characters)} characters shown.")
        return chosen

    @traitlets.validate("chosen")
    def _chosen_is_there(self, proposal: Any) -> str:
        return self._known(proposal["value"])

    @traitlets.validate("moment")
    def _moment_is_there(self, proposal: Any) -> int:
        return whole("moment", proposal["value"], 0, len(self.steps) - 1)


def _axes(table: np.ndarray) -> tuple[np.ndarray, int]:
    """The two directions along which the rows of (n, d) spread most, (2, d), and the percent of the spread that they hold.

    A direction and its opposite are equally good: of the two we take the one whose largest number is positive.
    """
    centred = table - table.mean(axis=0)
    _, singular_values, directions = np.linalg.svd(centred, full_matrices=False)
    two = directions[:2]
    largest = np.take_along_axis(two, np.abs(two).argmax(axis=1, keepdims=True), axis=1)  # (2, 1)
    spread = singular_values**2
    return two * np.where(largest < 0, -1, 1), round(100 * float(spread[:2].sum() / max(spread.sum(), 1e-300)))


def _on_map(projected: np.ndarray) -> np.ndarray:
    """Points (moments, n, 2) to their places on the map, the same unit in both directions: from the left and from the top."""
    low, high = projected.min(axis=(0, 1)), projected.max(axis=(0, 1))
    room = np.array([WIDTH, HEIGHT]) - 2 * MARGIN
    unit = max(((high - low) / room).max(), 1e-300)
    return np.round(np.array([WIDTH, HEIGHT]) / 2 + (projected - (low + high) / 2) / unit * np.array([1, -1]), 2)


def _point_class(x: float, is_chosen: bool, is_near: bool) -> str:
    """The same as pointClass() in figure.js; near the right edge the label stands on the left."""
    return f"point{' left' if x > WIDTH - 2 * MARGIN else ''}{' chosen' if is_chosen else ''}{' near' if is_near else ''}"


def _checked(tables: ArrayLike, size: int) -> np.ndarray:
    array = np.asarray(tables)
    if array.ndim != 3 or 0 in array.shape or array.shape[1] != size:
        raise ValueError(
            f"tables has shape {array.shape}: {size} characters need (moments, {size}, d), a table for each moment."
        )
    if array.shape[2] < 2:
        raise ValueError("The tables have one column: a map needs embeddings of at least two numbers.")
    with np.errstate(over="ignore"):  # what is too large for 32 bits is refused in the next line
        array = array.astype(np.float32)
    if not np.isfinite(array).all():
        raise ValueError("The tables hold NaN or numbers that are infinite in 32 bits: such a row has no place on a map.")
    return array


def _checked_steps(steps: Sequence[int], moments: int) -> list[int]:
    numbers = np.asarray(steps)
    if numbers.shape != (moments,) or numbers.dtype.kind not in "iu" or (np.diff(numbers) <= 0).any():
        raise ValueError(f"steps must be {moments} whole numbers that rise, one for each table, got {steps!r}.")
    return numbers.tolist()


def _checked_bits(bits: ArrayLike, moments: int) -> list[float]:
    losses = np.asarray(bits, np.float64)
    if losses.shape != (moments,) or not np.isfinite(losses).all():
        raise ValueError(f"bits must be {moments} finite numbers, one for each table, got shape {losses.shape}.")
    return np.round(losses, 4).tolist()
