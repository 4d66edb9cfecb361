"""TemperatureExplorer: what dividing the logits by a temperature does to the distribution."""

import html
import math

import jax
import jax.numpy as jnp
import numpy as np
import traitlets

from chargen_lib.sampling import Sampler
from chargen_lib.widgets.base import module
from chargen_lib.widgets.rows import RowsFigure, bar, bars_of, entropy_in_words, percent, short


class TemperatureExplorer(RowsFigure):
    """Bars of softmax(logits / T) under a slider from T = 0 to T = infinity, with their entropy in bits.

    logits: (vocab,), finite or -inf, one for each label; labels: a string of characters, or a list of strings.
    rows: instead of logits, a mapping from a name (the character before) to its logits (vocab,); the reader chooses among
    them, and `first` names the one shown first. temperature: 0 or more, infinity included.

    `temperature` and `row` (the place of the chosen row) follow the reader and may be set; `probabilities` is what is shown.
    Raises ValueError when logits, labels, rows or temperature do not fit.
    """

    _esm = module("temperature/figure.js")

    likeliest_first = traitlets.Bool(False).tag(sync=True)

    @property
    def probabilities(self) -> jax.Array:
        """What the bars show: softmax(logits / T) of the chosen row, (vocab,)."""
        return jnp.asarray(self._shares())

    def summary(self) -> str:
        """What the figure shows now, in words."""
        logits, probs = self.logits(), self._shares()
        first, second = [*np.argsort(-logits, kind="stable"), None][:2]
        possible = int(np.sum(np.isfinite(logits)))
        if possible == 1 or self.temperature == 0:
            told = f"{self.named(first, probs)}, nothing else"
        elif math.isinf(self.temperature):
            told = f"all {possible} possible characters equally, {percent(probs[first])} each"
        else:
            told = f"{self.named(first, probs)}, then {self.named(second, probs)}"
        return f"{self.after_row()}T = {short(self.temperature)}: {told}. {entropy_in_words(probs)}"

    def still(self) -> str:
        """The bars and the summary as html without any script."""
        probs = self._shares()
        order = np.argsort(-self.logits(), kind="stable")
        n_bars = bars_of(len(order))
        bars = [bar(self.labels[i], probs[i]) for i in sorted(order[:n_bars])]
        others = order[n_bars:]
        if others.size:
            bars.append(bar(f"{others.size} others", float(probs[others].sum()), "together"))
        return f'<ul class="bars">{"".join(bars)}</ul><p class="summary">{html.escape(self.summary())}</p>'

    def _shares(self) -> np.ndarray:
        """The probabilities in double precision, as JavaScript has them: what is near 1 is not yet 1."""
        with jax.enable_x64(True):
            return np.asarray(Sampler(self.temperature).probabilities(jnp.asarray(self.relative_logits())))
