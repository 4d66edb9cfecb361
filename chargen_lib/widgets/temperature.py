"""TemperatureExplorer: what dividing the logits by a temperature does to the distribution."""

import html
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import traitlets
from numpy.typing import ArrayLike

from chargen_lib.entropy import entropy_bits
from chargen_lib.sampling import Sampler
from chargen_lib.text import Vocabulary, visible
from chargen_lib.widgets.base import Figure, module, number_from_json, number_to_json

MOST_BARS = 12  # of more characters, the likeliest have a bar each and the others one together
RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")


class TemperatureExplorer(Figure):
    """Bars of softmax(logits / T) under a slider from T = 0 to T = infinity, with their entropy in bits.

    logits: (vocab,), finite or -inf, one for each label; labels: a string of characters, or a list of strings.
    rows: instead of logits, a mapping from a name (the character before) to its logits (vocab,); the reader chooses among
    them, and `first` names the one shown first. temperature: 0 or more, infinity included.

    `temperature` and `row` (the place of the chosen row) follow the reader and may be set; `probabilities` is what is shown.
    Raises ValueError when logits, labels, rows or temperature do not fit.
    """

    _esm = module("temperature.js")

    labels = traitlets.List(traitlets.Unicode(), read_only=True).tag(sync=True)
    rows = traitlets.List(traitlets.Dict(), read_only=True).tag(sync=True)  # each {"name": str, "logits": JSON numbers}
    row = traitlets.Int(0).tag(sync=True)
    temperature = traitlets.Float(1.0).tag(sync=True, to_json=number_to_json, from_json=number_from_json)
    likeliest_first = traitlets.Bool(False).tag(sync=True)

    def __init__(
        self,
        logits: ArrayLike | None = None,
        labels: str | Sequence[str] = "",
        rows: Mapping[str, ArrayLike] | None = None,
        *,
        first: str | None = None,
        temperature: float = 1.0,
        **kwargs: Any,
    ):
        if (logits is None) == (rows is None):
            raise ValueError("Give either logits, or rows of logits by name.")
        named: Mapping[str, Any] = {"": logits} if rows is None else rows
        if not named:
            raise ValueError("rows is empty: give at least one row of logits.")
        if first is not None and first not in named:
            raise ValueError(f"first is {first!r}, which is none of the {len(named)} rows: choose one that is there.")
        names = [_seen(label) for label in labels]
        if not all(names):
            raise ValueError(f"label {names.index('')} is empty: a bar needs a name.")
        checked = [{"name": _seen(name), "logits": _checked(row, len(names), name)} for name, row in named.items()]
        self.set_trait("labels", names)
        self.set_trait("rows", checked)
        row = 0 if first is None else list(named).index(first)
        super().__init__(row=row, temperature=_checked_temperature(temperature), **kwargs)

    @classmethod
    def of_bigrams(
        cls, log_probs: ArrayLike, characters: str, first: str = "t", temperature: float = 1.0
    ) -> "TemperatureExplorer":
        """The figure on a table of bigrams: log_probs (V, V), nats, row = the character before, column = the one after.

        characters: the V characters in the order of the table; first: the character before that is shown first.
        """
        vocabulary = Vocabulary(characters)
        table = np.asarray(log_probs)
        if table.shape != (len(vocabulary), len(vocabulary)):
            raise ValueError(f"{len(vocabulary)} characters need a table of as many rows and columns, not {table.shape}.")
        rows = dict(zip(characters, table, strict=True))
        return cls(labels=characters, rows=rows, first=first, temperature=temperature)

    @property
    def probabilities(self) -> jax.Array:
        """What the bars show: softmax(logits / T) of the chosen row, (vocab,)."""
        return jnp.asarray(self._shares())

    def summary(self) -> str:
        """What the figure shows now, in words."""
        logits, probs = self._logits(), self._shares()
        first, second = [*np.argsort(-logits, kind="stable"), None][:2]
        possible = int(np.sum(np.isfinite(logits)))
        if possible == 1 or self.temperature == 0:
            told = f"{self._named(first, probs)}, nothing else"
        elif math.isinf(self.temperature):
            told = f"all {possible} possible characters equally, {_percent(probs[first])} each"
        else:
            told = f"{self._named(first, probs)}, then {self._named(second, probs)}"
        name = self.rows[self.row]["name"]
        before = f"After {_in_sentence(name)}, " if name else ""
        at = "∞" if math.isinf(self.temperature) else f"{float(f'{self.temperature:.3g}'):g}"
        with jax.enable_x64(True):
            bits = abs(float(entropy_bits(jnp.asarray(probs))))  # abs: no "-0.00"
        return f"{before}T = {at}: {told}. Entropy {bits:.2f} bits: like choosing among {2**bits:.1f} characters."

    def still(self) -> str:
        """The bars and the summary as html without any script."""
        probs = self._shares()
        order = np.argsort(-self._logits(), kind="stable")
        n_bars = MOST_BARS if len(order) > MOST_BARS + 1 else len(order)
        bars = [_bar(self.labels[i], probs[i]) for i in sorted(order[:n_bars])]
        others = order[n_bars:]
        if others.size:
            bars.append(_bar(f"{others.size} others", float(probs[others].sum()), "together"))
        return f'<ul class="bars">{"".join(bars)}</ul><p class="summary">{html.escape(self.summary())}</p>'

    def _logits(self) -> np.ndarray:
        return np.array([number_from_json(z) for z in self.rows[self.row]["logits"]])

    def _shares(self) -> np.ndarray:
        """The probabilities in double precision, as JavaScript has them: what is near 1 is not yet 1."""
        logits = self._logits()
        with np.errstate(over="ignore"), jax.enable_x64(True):
            relative = logits - logits.max()  # the same softmax, and no large number to divide
            return np.asarray(Sampler(self.temperature).probabilities(jnp.asarray(relative)))

    def _named(self, i: int, probs: np.ndarray) -> str:
        return f"{_in_sentence(self.labels[i])} {_percent(probs[i])}"

    @traitlets.validate("temperature")
    def _temperature_is_possible(self, proposal: Any) -> float:
        return _checked_temperature(proposal["value"])

    @traitlets.validate("row")
    def _row_is_there(self, proposal: Any) -> int:
        if not 0 <= proposal["value"] < len(self.rows):
            raise ValueError(f"row {proposal['value']} is not there: the rows are 0 to {len(self.rows) - 1}.")
        return proposal["value"]


def _seen(label: str) -> str:
    return "".join(map(visible, label))


def _checked(logits: ArrayLike, n_labels: int, name: str) -> list[float | str]:
    """Logits as JSON numbers, if they can be shown."""
    row, whose = np.asarray(logits), f" after {name!r}" if name else ""
    if row.ndim != 1 or len(row) != n_labels:
        raise ValueError(f"The logits{whose} have shape {row.shape}, but there are {n_labels} labels: one logit each.")
    row = row.astype(np.float64)
    if np.isnan(row).any() or np.isposinf(row).any():
        raise ValueError(f"The logits{whose} hold NaN or +infinity: only finite logits and -infinity have a softmax.")
    if not np.isfinite(row).any():
        raise ValueError(f"The logits{whose} hold no finite one: at least one character has to be possible.")
    return [number_to_json(z) for z in row.tolist()]


def _checked_temperature(temperature: float) -> float:
    return Sampler(float(temperature)).temperature  # it says what a temperature may be


def _percent(p: float) -> str:
    """The same words as percent() in temperature.js."""
    if p in (0, 1):
        return f"{100 * p:.0f}\u00a0%"
    if p < 0.001:
        return "<\u00a00.1\u00a0%"
    if p > 0.999:
        return ">\u00a099.9\u00a0%"
    return f"{math.floor(p * 1000 + 0.5) / 10:.1f}\u00a0%"


def _in_sentence(label: str) -> str:
    """A label that is written from right to left must not turn the words around it."""
    return f"\u2068{label}\u2069" if RIGHT_TO_LEFT.search(label) else label


def _bar(label: str, share: float, kind: str = "") -> str:
    """One bar, the same elements as newBar() in temperature.js."""
    return (
        f'<li class="{kind}"><span class="name">{html.escape(label)}</span><span class="track" aria-hidden="true">'
        f'<span class="bar" style="width:{100 * share:.2f}%"></span></span><span class="share">{_percent(share)}</span></li>'
    )
