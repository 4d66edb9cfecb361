"""What the figures of a distribution over characters have in common: labels, rows of logits, a temperature, and their words."""

import html
import math
from collections.abc import Mapping, Sequence
from typing import Any, Self

import jax
import jax.numpy as jnp
import numpy as np
import traitlets
from numpy.typing import ArrayLike

from chargen_lib.entropy import entropy_bits
from chargen_lib.sampling import Sampler
from chargen_lib.text import Vocabulary
from chargen_lib.widgets.base import Figure, in_sentence, number_from_json, number_to_json, seen

MOST_BARS = 12  # of more characters, the likeliest have a bar each and the others are taken together


class RowsFigure(Figure):
    """A figure of one row of logits, chosen by the reader among those it has, at a temperature.

    `temperature` and `row` (the place of the chosen row) follow the reader and may be set.
    Raises ValueError when logits, labels, rows or temperature do not fit.
    """

    labels = traitlets.List(traitlets.Unicode(), read_only=True).tag(sync=True)
    rows = traitlets.List(traitlets.Dict(), read_only=True).tag(sync=True)  # each {"name": str, "logits": JSON numbers}
    row = traitlets.Int(0).tag(sync=True)
    temperature = traitlets.Float(1.0).tag(sync=True, to_json=number_to_json, from_json=number_from_json)

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
        names = [seen(label) for label in labels]
        if not all(names):
            raise ValueError(f"label {names.index('')} is empty: a bar needs a name.")
        checked = [{"name": seen(name), "logits": _checked(row, len(names), name)} for name, row in named.items()]
        self.set_trait("labels", names)
        self.set_trait("rows", checked)
        row = 0 if first is None else list(named).index(first)
        super().__init__(row=row, temperature=_checked_temperature(temperature), **kwargs)

    @classmethod
    def of_bigrams(cls, log_probs: ArrayLike, characters: str, first: str = "t", **settings: Any) -> Self:
        """The figure on a table of bigrams: log_probs (V, V), nats, row = the character before, column = the one after.

        characters: the V characters in the order of the table; first: the character before that is shown first;
        settings: what else the figure takes, the temperature for instance.
        """
        vocabulary = Vocabulary(characters)
        table = np.asarray(log_probs)
        if table.shape != (len(vocabulary), len(vocabulary)):
            raise ValueError(f"{len(vocabulary)} characters need a table of as many rows and columns, not {table.shape}.")
        rows = dict(zip(characters, table, strict=True))
        return cls(labels=characters, rows=rows, first=first, **settings)

    def logits(self) -> np.ndarray:
        """The chosen row's logits, (vocab,)."""
        return np.array([number_from_json(z) for z in self.rows[self.row]["logits"]])

    def relative_logits(self) -> np.ndarray:
        """The same less the largest: the same softmax, and float32 loses none of it, whatever the logits.  (vocab,)."""
        logits = self.logits()
        with np.errstate(over="ignore"):  # what is that far below is impossible
            return logits - logits.max()

    def named(self, i: int, probs: np.ndarray) -> str:
        """A character and its probability in words, "e 72.3 %"."""
        return f"{in_sentence(self.labels[i])} {percent(probs[i])}"

    def after_row(self) -> str:
        """The beginning of a summary: the name of the chosen row, if it has one."""
        name = self.rows[self.row]["name"]
        return f"After {in_sentence(name)}, " if name else ""

    @traitlets.validate("temperature")
    def _temperature_is_possible(self, proposal: Any) -> float:
        return _checked_temperature(proposal["value"])

    @traitlets.validate("row")
    def _row_is_there(self, proposal: Any) -> int:
        if not 0 <= proposal["value"] < len(self.rows):
            raise ValueError(f"row {proposal['value']} is not there: the rows are 0 to {len(self.rows) - 1}.")
        return proposal["value"]


def percent(p: float) -> str:
    """The same words as percent() in base.js."""
    if p in (0, 1):
        return f"{100 * p:.0f}\u00a0%"
    if p < 0.001:
        return "<\u00a00.1\u00a0%"
    if p > 0.999:
        return ">\u00a099.9\u00a0%"
    return f"{math.floor(p * 1000 + 0.5) / 10:.1f}\u00a0%"


def short(number: float) -> str:
    """At most three significant digits, as short() in base.js."""
    return "∞" if math.isinf(number) else f"{float(f'{number:.3g}'):g}"


def entropy_in_words(probs: np.ndarray) -> str:
    """What the entropy of a distribution means, as entropyInWords() in base.js."""
    with jax.enable_x64(True):
        bits = abs(float(entropy_bits(jnp.asarray(probs))))  # abs: no "-0.00"
    return f"Entropy {bits:.2f} bits: like choosing among {2**bits:.1f} characters."


def bars_of(n: int) -> int:
    """How many of n characters have a bar each.  Nothing is gained by taking one alone together."""
    return MOST_BARS if n > MOST_BARS + 1 else n


def bar(label: str, share: float, kind: str = "", words: str = "", mark: str = "") -> str:
    """One bar, the same elements as newBar() in base.js.  mark: html of what else is drawn in its track."""
    return (
        f'<li class="{kind}"><span class="name">{html.escape(label)}</span> <span class="track" aria-hidden="true">'
        f'<span class="bar" style="width:{100 * share:.2f}%"></span>{mark}</span> '
        f'<span class="share">{words or percent(share)}</span></li>'
    )


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
