"""AttentionExplorer: where each character of a passage looks, and what becomes of it without the mask or without positions."""

import base64
import html
import math
from typing import Any

import jax
import numpy as np
import traitlets

from chargen_lib import pretrained
from chargen_lib.models import Transformer
from chargen_lib.text import Vocabulary
from chargen_lib.widgets.attention.reading import SETTINGS, read_four_ways
from chargen_lib.widgets.attention.words import SHADES, WORDS, shade, share, where
from chargen_lib.widgets.base import Figure, a_text, decimals, in_sentence, module, read, seen, whole
from chargen_lib.widgets.rows import bar, percent

PASSAGE = "He thought of a horse, and there was a horse."  # of the held-out part of fables
LONGEST = 65  # characters; the weights grow with the square
BARS = 6  # the likeliest next characters, the true one always among them


class AttentionExplorer(Figure):
    """The attention weights of a transformer on a passage: which characters each place looks at, in each layer and head, and what it guesses.

    text: the passage, 2 to 65 characters and at most context + 1; the last one is only guessed.  The model reads it from nothing.
    model, vocabulary: a Transformer and its characters; unless given, the one that comes with the course, "fables-transformer".
    layer, head: counted from 1.  place: who asks, counted from 0 to len(text) - 2.
    mask, positions: whether the model is read with its causal mask, and with its rotary positions.

    These five follow the reader and may be set.  `weights` is (time, time), row: who asks, column: who is looked at; `bits` is (time,), what
    the true next character costs at each place.  The page has the weights in whole percents; it is about 0.15 MB for the course's model.
    Raises ValueError when the text or a setting does not fit, TypeError for a model of another kind.
    """

    _esm = module("attention/figure.js")
    _css = Figure._css + read("attention/figure.css")

    labels = traitlets.List(traitlets.Unicode(), read_only=True).tag(sync=True)  # of the vocabulary, as they can be seen
    ids = traitlets.List(traitlets.Int(), read_only=True).tag(sync=True)  # of the passage
    layers = traitlets.Int(read_only=True).tag(sync=True)
    heads = traitlets.Int(read_only=True).tag(sync=True)
    # Of each of the four SETTINGS, one after the other.  A weight is a byte, its whole percents; bytes travel as base64.
    percents = traitlets.Unicode(read_only=True).tag(sync=True)  # (4, layers, heads, time, time)
    later = traitlets.Unicode(read_only=True).tag(
        sync=True
    )  # (4, layers, heads, time): what lies on places after the asking one
    guesses = traitlets.List(traitlets.List(), read_only=True).tag(sync=True)  # (4, time, BARS) pairs of id and probability
    costs = traitlets.List(traitlets.List(), read_only=True).tag(sync=True)  # (4, time): bits for the true next character
    words = traitlets.Dict(WORDS, read_only=True).tag(sync=True)
    layer = traitlets.Int().tag(sync=True)
    head = traitlets.Int().tag(sync=True)
    place = traitlets.Int().tag(sync=True)
    mask = traitlets.Bool(True).tag(sync=True)
    positions = traitlets.Bool(True).tag(sync=True)

    def __init__(
        self,
        text: str = PASSAGE,
        model: Transformer | None = None,
        vocabulary: Vocabulary | None = None,
        *,
        layer: int = 1,
        head: int | None = None,
        place: int | None = None,
        mask: bool = True,
        positions: bool = True,
        **kwargs: Any,
    ):
        if (model is None) != (vocabulary is None):
            raise ValueError("Give a model and its vocabulary, or neither: then the model that comes with the course is read.")
        if model is None or vocabulary is None:
            model, vocabulary = pretrained.load("fables-transformer")
            head = 2 if head is None else head  # its weights are not spread thin
        ids = _checked(text, model, vocabulary)
        logits, weights = map(np.asarray, read_four_ways(model, ids[:-1]))
        if not np.isfinite(logits).all():
            raise ValueError("The model answers with NaN or infinity, which cannot be drawn: load it anew, or train it again.")
        log_probs = logits.astype(np.float64) - logits.max(-1, keepdims=True)
        log_probs -= np.log(np.exp(log_probs).sum(-1, keepdims=True))
        truth = np.asarray(ids[1:])
        self._weights = weights  # (4, layers, heads, time, time)
        self._later = np.triu(weights, 1).sum(-1)  # (4, layers, heads, time)
        self._bits = -log_probs[:, np.arange(len(truth)), truth] / math.log(2)
        self.set_trait("labels", [seen(character) for character in vocabulary.characters])
        self.set_trait("ids", ids.tolist())
        self.set_trait("layers", weights.shape[1])
        self.set_trait("heads", weights.shape[2])
        self.set_trait("percents", _bytes(weights))
        self.set_trait("later", _bytes(self._later))
        self.set_trait("guesses", [list(map(_guesses, np.exp(rows), truth)) for rows in log_probs])
        self.set_trait("costs", np.round(self._bits, 7).tolist())
        last = len(truth) - 1
        super().__init__(
            layer=whole("layer", layer, 1, self.layers),
            head=whole("head", 1 if head is None else head, 1, self.heads),
            place=whole("place", max(0, last - 3) if place is None else place, 0, last),
            mask=bool(mask),
            positions=bool(positions),
            **kwargs,
        )

    @property
    def weights(self) -> np.ndarray:
        """The weights of the chosen layer and head as the model is read now, (time, time): row: who asks, column: who is looked at."""
        return self._weights[self._setting, self.layer - 1, self.head - 1]

    @property
    def bits(self) -> np.ndarray:
        """What the true next character costs at each place, as the model is read now, (time,)."""
        return self._bits[self._setting]

    def summary(self) -> str:
        """What the figure shows now, in words, the same as summary() in figure.js."""
        row, end = self._codes()[self.place], self._end
        order = sorted(range(end), key=lambda other: (-row[other], abs(self.place - other), other))[:3]
        most = ", ".join(f"{self._named(other)} ({where(other - self.place)}) {share(row[other], end)}" for other in order)
        if not self.mask:
            most += f"; {self._afterwards()} of its weight lies on later places"
        guess, p = self._guessed()[0]
        here, mean = self._told(self._setting)
        trained = "" if self._setting == 0 else f" As trained: {' and '.join(self._told(0))}."
        return (
            f"Layer {self.layer}, head {self.head}, {WORDS['how'][self._setting]}: {self._named(self.place)} at place {self.place} looks most at "
            f"{most}. Likeliest next: {in_sentence(self.labels[guess])} {percent(p)}; the true next character, "
            f"{self._named(self.place + 1)}, costs {here} bits, and the passage {mean} on average.{trained}"
        )

    def still(self) -> str:
        """The passage, the matrix, the guesses and the summary as html without any script, the same elements as in figure.js."""
        true = self.ids[self.place + 1]
        bars = "".join(
            bar(self.labels[i], p, "true" if i == true else "", f"{percent(p)}{', true' if i == true else ''}")
            for i, p in self._guessed()
        )
        measures = "".join(
            f"<div><dt>{name}</dt><dd>{now} <small>as trained: {trained}</small></dd></div>"
            for name, now, trained in zip(WORDS["measures"], self._told(self._setting), self._told(0), strict=True)
        )
        legend = '<p class="legend">{}</p>'
        return (
            f'<div class="attention-text">{" ".join(map(self._cell, range(len(self.ids))))}</div>{legend.format(WORDS["cells"])}'
            f'<p class="summary">{html.escape(self.summary())}</p><div class="attention-beside">'
            f"<div>{self._matrix()}{legend.format(WORDS['matrix'])}</div>"
            f'<div>{legend.format(WORDS["next"])}<ul class="bars">{bars}</ul><dl>{measures}</dl></div></div>{legend.format(WORDS["note"])}'
        )

    def _cell(self, other: int) -> str:
        """A character of the passage, the same element as a cell in figure.js."""
        code = self._codes()[self.place][other] if other < self._end else 0
        kind = "cell asks" if other == self.place else "cell" if other < self._end else "cell masked"
        words = share(code, self._end).removesuffix("\u00a0%") if code else ""
        return (
            f'<span class="{kind}" style="--shade:{shade(code) / SHADES}"><bdi>{html.escape(self.labels[self.ids[other]])}</bdi> '
            f"<small>{html.escape(words)}</small></span>"
        )

    def _matrix(self) -> str:
        """The whole matrix, the same element as matrix() in figure.js."""
        codes = self._codes()
        time = len(codes)
        cells: dict[int, str] = dict.fromkeys(range(1, SHADES + 1), "")
        for row, column in np.argwhere(codes).tolist():
            cells[shade(codes[row][column])] += f"M{column} {row}h1v1h-1z"
        paths = "".join(f'<path fill-opacity="{strength / SHADES}" d="{path}"/>' for strength, path in cells.items())
        stairs = "".join(f"V{place}H{place + 1}" for place in range(time))
        masked = f'<path class="masked" d="M0 0{stairs}V0z"/>' if self.mask else ""
        return (
            f'<svg class="attention-map" viewBox="0 0 {time} {time}" role="img" aria-label="{WORDS["picture"]}">{masked}{paths}'
            f'<rect x="0" y="{self.place}" width="{time}" height="1"/></svg>'
        )

    @property
    def _setting(self) -> int:
        return SETTINGS.index((self.mask, self.positions))

    @property
    def _end(self) -> int:
        """How many places the asking one sees: those before this number."""
        return self.place + 1 if self.mask else len(self.ids) - 1

    def _codes(self) -> list[list[int]]:
        return _percents(self.weights).tolist()

    def _afterwards(self) -> str:
        """What lies on later places, in words."""
        later = _percents(self._later[self._setting, self.layer - 1, self.head - 1, self.place])
        return share(int(later), self._end) if self.place + 1 < self._end else "0\u00a0%"

    def _guessed(self) -> list[list[Any]]:
        return self.guesses[self._setting][self.place]

    def _named(self, other: int) -> str:
        return in_sentence(self.labels[self.ids[other]])

    def _told(self, setting: int) -> tuple[str, str]:
        """The bits at this place and the mean of all, in words."""
        costs = self.costs[setting]
        return decimals(costs[self.place]), decimals(sum(costs) / len(costs))

    @traitlets.validate("layer", "head", "place")
    def _setting_is_there(self, proposal: Any) -> int:
        name = proposal["trait"].name
        lowest, highest = {"layer": (1, self.layers), "head": (1, self.heads), "place": (0, len(self.ids) - 2)}[name]
        return whole(name, proposal["value"], lowest, highest)


def _checked(text: str, model: Any, vocabulary: Vocabulary) -> jax.Array:
    """The ids of a passage that can be shown."""
    if not isinstance(model, Transformer):
        raise TypeError(f"The figure looks at the attention of a Transformer; a {type(model).__name__} has none that it knows.")
    if len(vocabulary) != model.vocab_size:
        raise ValueError(
            f"The vocabulary has {len(vocabulary)} characters, but the model knows {model.vocab_size}: give its own."
        )
    longest = min(LONGEST, model.context + 1)
    if not 2 <= len(a_text("text", text)) <= longest:
        raise ValueError(f"The text has {len(text)} characters: give 2 to {longest}, so that every place sees all before it.")
    return vocabulary.encode(text)


def _guesses(probs: np.ndarray, true: int) -> list[list[Any]]:
    """The likeliest ids and their probabilities, of equals the lower first; the true one in place of the last if it is not among them."""
    order = np.argsort(-probs, kind="stable")[:BARS].tolist()
    if true not in order:
        order[-1] = int(true)
    return [[i, round(float(probs[i]), 7)] for i in order]


def _percents(weights: np.ndarray) -> np.ndarray:
    return np.floor(100 * weights.astype(np.float64) + 0.5).astype(np.uint8)


def _bytes(weights: np.ndarray) -> str:
    return base64.b64encode(_percents(weights).tobytes()).decode()
