"""GuidanceExplorer: what a network expects next when it is asked for a kind of text, as hard as the texts ask, or harder."""

import html
import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self

import jax
import jax.numpy as jnp
import numpy as np
import traitlets
from numpy.typing import ArrayLike

from chargen_lib.entropy import entropy_bits
from chargen_lib.generation import padded_rows
from chargen_lib.models import Labelled
from chargen_lib.text import Vocabulary
from chargen_lib.widgets.base import Figure, decimals, in_sentence, module, read, seen
from chargen_lib.widgets.rows import bar, bars_of, entropy_in_words, percent, short

HARDEST = 8  # the scale at the right end of the slider
ARROW = "\u2192"


class Distributions(NamedTuple):
    """Three distributions of the next character, (vocab,) each."""

    untold: np.ndarray
    told: np.ndarray
    now: np.ndarray


class GuidanceExplorer(Figure):
    """Bars of u + scale (c - u), normalised, between and beyond two distributions: c is told a kind of text, u is not.

    moments: a mapping from a name (the text so far) to a pair of finite logits: told (kinds, vocab), a row for each kind, and untold
    (vocab,). labels: a string of characters, or a list of strings, one for each logit; kinds: the names of the kinds. first: the name
    of the moment that is shown first; kind: the name of the kind that is asked for first. scale: 0 (u) over 1 (c) to 8.

    `moment` and `kind` (places in their lists) and `scale` follow the reader and may be set; `probabilities` is what is drawn from.
    Raises ValueError when moments, labels, kinds or a setting do not fit.
    """

    _esm = module("guidance/figure.js")
    _css = Figure._css + read("guidance/figure.css")

    labels = traitlets.List(traitlets.Unicode(), read_only=True).tag(sync=True)
    kinds = traitlets.List(traitlets.Unicode(), read_only=True).tag(sync=True)
    # Each {"name": str, "told": a row of ln p for each kind, "untold": one row}
    moments = traitlets.List(traitlets.Dict(), read_only=True).tag(sync=True)
    moment = traitlets.Int(0).tag(sync=True)
    kind = traitlets.Int(0).tag(sync=True)
    scale = traitlets.Float(1.0).tag(sync=True)

    def __init__(
        self,
        moments: Mapping[str, tuple[ArrayLike, ArrayLike]],
        labels: str | Sequence[str],
        kinds: Sequence[str],
        *,
        first: str | None = None,
        kind: str | None = None,
        scale: float = 1.0,
        **kwargs: Any,
    ):
        if not moments or not kinds or not labels:
            raise ValueError("Give at least one moment, one kind and one label: a figure of nothing cannot be drawn.")
        for what, names in (("label", labels), ("kind", kinds)):
            if not all(seen(name) for name in names):
                raise ValueError(f"A {what} is empty: it needs a name.")
        for what, wanted, there in (("first", first, list(moments)), ("kind", kind, list(kinds))):
            if wanted is not None and wanted not in there:
                raise ValueError(f"{what} is {wanted!r}, which is none of the {len(there)}: choose one that is there.")
        self.set_trait("labels", [seen(label) for label in labels])
        self.set_trait("kinds", [seen(name) for name in kinds])
        self.set_trait("moments", [_checked(name, pair, len(kinds), len(labels)) for name, pair in moments.items()])
        super().__init__(
            moment=0 if first is None else list(moments).index(first),
            kind=0 if kind is None else list(kinds).index(kind),
            scale=_checked_scale(scale),
            **kwargs,
        )

    @classmethod
    def of_model(
        cls, model: Labelled, vocabulary: Vocabulary, texts: Sequence[str], kinds: Sequence[str], **settings: Any
    ) -> Self:
        """The figure on what a Labelled network expects after each of these texts, none of them empty.

        kinds: the names of its labels; settings: what else the figure takes, the scale for instance.
        """
        if not isinstance(model, Labelled):
            raise ValueError(f"of_model asks a Labelled, which knows kinds, and this is a {type(model).__name__}.")
        if not texts or not all(texts):
            raise ValueError("A network expects nothing after an empty text: give texts of at least one character.")
        padded, lengths = padded_rows([vocabulary.encode(text) for text in texts], model.vocab_size)
        labels = np.arange(model.num_labels + 1)  # the last stands for who is not told
        logits = np.asarray(model(jnp.repeat(padded, len(labels), axis=0), np.tile(labels, len(texts))))
        last = logits.reshape(len(texts), len(labels), *logits.shape[1:])[np.arange(len(texts)), :, lengths - 1]
        moments = {text: (rows[:-1], rows[-1]) for text, rows in zip(texts, last, strict=True)}
        return cls(moments, vocabulary.characters, kinds, **settings)

    @property
    def probabilities(self) -> jax.Array:
        """What is drawn from: the guided distribution, (vocab,)."""
        return jnp.asarray(self.guided().now)

    def guided(self) -> Distributions:
        """The chosen moment without a kind, with it, and guided."""
        moment = self.moments[self.moment]
        u, c = np.array(moment["untold"]), np.array(moment["told"][self.kind])
        return Distributions(*(_softmax(z) for z in (u, c, u + self.scale * (c - u))))

    def summary(self) -> str:
        """What the figure shows now, in words."""
        untold, told, now = self.guided()
        best, *others = np.argsort(-now, kind="stable").tolist()
        drawn = f"{self._named(best)} {percent(now[best])}"
        if others:
            drawn += f", then {self._named(others[0])} {percent(now[others[0]])}"
        gains = int(np.argmax(told - untold))
        change = "The kind changes nothing here."
        if percent(untold[gains]) != percent(told[gains]):
            shares = f"{percent(untold[gains])} when not told, {percent(told[gains])} when told, {percent(now[gains])} now"
            change = f"The kind adds most to {self._named(gains)}: {shares}."
        asked = f"After {self._text(self.moments[self.moment]['name'])}, asked for {self._text(self.kinds[self.kind])}"
        return f"{asked}, scale {short(self.scale)}: {drawn}. {change} {entropy_in_words(now)}"

    def still(self) -> str:
        """The bars and the summary as html without any script."""
        untold, told, now = self.guided()
        shown = self.shown()
        bars = [_bar(self.labels[i], [untold[i], told[i], now[i]]) for i in shown]
        others = [i for i in range(len(self.labels)) if i not in shown]
        if others:
            rest = [float(probs[others].sum()) for probs in (untold, told, now)]
            bars.append(_bar(f"{len(others)} others", rest, "together"))
        names = ("not told", "told", "now")
        entropies = "".join(
            f"<div><dt>entropy, {name}</dt> <dd>{decimals(_entropy(p))} bits</dd></div> "
            for name, p in zip(names, (untold, told, now), strict=True)
        )
        return f'{KEY}<ul class="bars guided">{"".join(bars)}</ul><dl>{entropies}</dl><p class="summary">{html.escape(self.summary())}</p>'

    def shown(self) -> list[int]:
        """The ids that have a bar each, in their order: the likeliest of not told, told, and told as hard as can be, whatever the scale."""
        moment = self.moments[self.moment]
        u, c = np.array(moment["untold"]), np.array(moment["told"][self.kind])
        often = sum(_softmax(z) for z in (u, c, u + HARDEST * (c - u)))
        return sorted(np.argsort(-often, kind="stable")[: bars_of(len(u))].tolist())

    def _named(self, i: int) -> str:
        return in_sentence(self.labels[i])

    def _text(self, name: str) -> str:
        return f"“{in_sentence(name)}”"

    @traitlets.validate("moment", "kind")
    def _place_is_there(self, proposal: Any) -> int:
        name = proposal["trait"].name
        number = len(self.moments if name == "moment" else self.kinds)
        if not 0 <= proposal["value"] < number:
            raise ValueError(f"{name} {proposal['value']} is not there: they are 0 to {number - 1}.")
        return proposal["value"]

    @traitlets.validate("scale")
    def _scale_is_possible(self, proposal: Any) -> float:
        return _checked_scale(proposal["value"])


KEY = (
    '<p class="legend guided"><span class="untold">not told (scale 0)</span>, <span class="told">told (scale 1)</span>, '
    f'<span class="guided-now">now</span>; in figures: not told {ARROW} told {ARROW} now</p>'
)


def _bar(label: str, shares: list[float], kind: str = "") -> str:
    """One bar with its two marks, the same elements as draw() in figure.js makes; shares: not told, told, now."""
    untold, told, now = shares
    marks = "".join(
        f'<span class="{name}" style="left:{100 * p:.2f}%"></span>' for name, p in (("untold", untold), ("told", told))
    )
    return bar(label, now, kind, f" {ARROW} ".join(map(percent, shares)), marks)


def _softmax(logits: np.ndarray) -> np.ndarray:
    shares = np.exp(logits - logits.max())
    return shares / shares.sum()


def _entropy(probs: np.ndarray) -> float:
    with jax.enable_x64(True):
        return abs(float(entropy_bits(jnp.asarray(probs))))


def _checked(name: str, pair: tuple[ArrayLike, ArrayLike], kinds: int, vocab: int) -> dict[str, Any]:
    """A moment as JSON, if it can be shown: its logits as ln p, to four decimals."""
    if len(pair) != 2:
        raise ValueError(f"After {name!r} stand {len(pair)} arrays: give the pair told (kinds, vocab) and untold (vocab,).")
    told, untold = (np.asarray(logits, np.float64) for logits in pair)
    if told.shape != (kinds, vocab) or untold.shape != (vocab,):
        raise ValueError(
            f"After {name!r} the logits have the shapes {told.shape} and {untold.shape}, but {kinds} kinds and {vocab} labels need "
            f"{(kinds, vocab)} and {(vocab,)}."
        )
    if not (np.isfinite(told).all() and np.isfinite(untold).all()):
        raise ValueError(f"After {name!r} a logit is not finite: what is impossible cannot be asked for harder.")
    rows = [np.round(np.log(_softmax(row) + 1e-12), 4).tolist() for row in (*told, untold)]
    return {"name": seen(name), "told": rows[:-1], "untold": rows[-1]}


def _checked_scale(scale: float) -> float:
    if (
        isinstance(scale, bool)
        or not isinstance(scale, int | float | np.number)
        or not 0 <= scale <= HARDEST
        or math.isnan(scale)
    ):
        raise ValueError(f"scale must be a number from 0 to {HARDEST}, got {scale!r}.")
    return float(scale)
