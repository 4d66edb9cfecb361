"""TruncationExplorer: what top-k, top-p and min-p cut off, and what is drawn from then."""

import html
from typing import Any

import jax
import jax.numpy as jnp
import traitlets

from chargen_lib.widgets.base import Figure, module, read
from chargen_lib.widgets.filters import Cut, Filters, Settings, cut, cut_bars, cut_in_words, plain_filters
from chargen_lib.widgets.rows import RowsFigure


class TruncationExplorer(Filters, RowsFigure):
    """Bars of what temperature, top-k, top-p and min-p leave of a distribution, and of what each of them removes.

    logits: (vocab,), finite or -inf, one for each label; labels: a string of characters, or a list of strings.
    rows: instead of logits, a mapping from a name (the character before) to its logits (vocab,); the reader chooses among
    them, and `first` names the one shown first. temperature: 0 or more, infinity included. top_k, top_p, min_p: as in
    chargen_lib.sampling.Sampler, None for a filter that is off. temperature_first: whether the filters look at the logits
    divided by T, as the Sampler has it, or at the logits themselves, and T comes last.

    All settings and `row` (the place of the chosen row) follow the reader and may be set; `probabilities` is what is drawn
    from. Raises ValueError when logits, labels, rows or a setting do not fit.
    """

    _esm = module("in_page/sampling.js", "filters.js", "truncation/figure.js")
    _css = Figure._css + read("filters.css")

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
        filters = plain_filters(top_k, top_p, min_p)
        super().__init__(*args, temperature_first=bool(temperature_first), **filters, **kwargs)

    @property
    def probabilities(self) -> jax.Array:
        """What is drawn from: the characters that stay, renormalised, (vocab,)."""
        return jnp.asarray(self.cut().after)

    def cut(self) -> Cut:
        """What the settings make of the chosen row."""
        return cut(self.relative_logits(), self._settings())

    def summary(self) -> str:
        """What the figure shows now, in words."""
        return f"{self.after_row()}{cut_in_words(self.labels, self.cut(), self._settings())}"

    def still(self) -> str:
        """The bars and the summary as html without any script."""
        bars = cut_bars(self.labels, self.cut(), self._settings())
        return f'{bars}<p class="summary">{html.escape(self.summary())}</p>'

    def _settings(self) -> Settings:
        return Settings(self.temperature, self.top_k, self.top_p, self.min_p, self.temperature_first)
