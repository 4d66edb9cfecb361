"""LossLadder: every model and floor on one axis of bits per character, and what each one writes."""

import html
import math
from collections.abc import Sequence
from typing import Any

import traitlets

from chargen_lib.entropy import KINDS, Rung
from chargen_lib.widgets.base import Figure, in_sentence, module, read, readable


class LossLadder(Figure):
    """Rungs sorted by their bits per character, the most at the top; the reader chooses one and reads what it writes.

    rungs: at least one, each with a name of its own. chosen: the name of the rung that is read first; the lowest unless given.

    `chosen` and `kinds` (which kinds are shown, of entropy.KINDS) follow the reader and may be set. When the chosen rung is of a kind
    that is not shown, the nearest that is shown is read.
    Raises ValueError when there is no rung, two have one name, or chosen or kinds name what is not there.
    """

    _esm = module("ladder/figure.js")
    _css = read("base.css") + read("ladder/figure.css")

    rungs = traitlets.List(traitlets.Dict(), read_only=True).tag(sync=True)  # as dicts, all texts as they are shown
    ticks = traitlets.List(traitlets.Int(), read_only=True).tag(sync=True)  # of the axis, in bits
    chosen = traitlets.Unicode().tag(  # it travels as its place
        sync=True,
        to_json=lambda name, figure: figure._names().index(name),
        from_json=lambda place, figure: figure._names()[place],
    )
    kinds = traitlets.List(traitlets.Unicode(), list(KINDS)).tag(sync=True)

    def __init__(self, rungs: Sequence[Rung], chosen: str | None = None, **kwargs: Any):
        if not rungs:
            raise ValueError("The ladder has no rung: give at least one Rung(name, bits).")
        order = sorted(rungs, key=lambda rung: -rung.bits)
        self.set_trait("rungs", [_as_shown(rung) for rung in order])
        self.set_trait("ticks", _ticks(order[0].bits))
        names = self._names()
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"Two rungs are called {name!r}: give each a name of its own.")
        super().__init__(chosen=self._known(names[-1] if chosen is None else chosen), **kwargs)

    def summary(self) -> str:
        """What the figure shows now, in words."""
        shown = [rung for rung in self.rungs if rung["kind"] in self.kinds]
        if not shown:
            return "No rung is shown: choose a kind."
        place = self._names().index(self.chosen)
        read = min(shown, key=lambda rung: abs(self.rungs.index(rung) - place))  # of two as near, the upper one
        at, bits = shown.index(read), read["bits"]
        beside = [f"{_thousandths(above['bits'] - bits)} bits below {in_sentence(above['name'])}" for above in shown[:at][-1:]]
        beside += [f"{_thousandths(bits - below['bits'])} above {in_sentence(below['name'])}" for below in shown[at + 1 :][:1]]
        kind = ", ".join(filter(None, (read["kind"], in_sentence(read["mark"]))))
        return (
            f"{in_sentence(read['name'])} ({kind}): {_thousandths(bits)} bits per character, or {_thousandths(bits * math.log(2))} nats, like "
            f"choosing among {_choices(bits)} characters. Rung {at + 1} of {len(shown)}"
            f"{': ' if beside else ''}{', '.join(beside)}."
        )

    def still(self) -> str:
        """The ladder with all that is written on it, as html without any script."""
        rows = "".join(f'<li class="place">{self._row(rung)}</li>' for rung in self.rungs)
        ticks = " ".join(f'<span style="left:{100 * tick / self.ticks[-1]:.2f}%">{tick}</span>' for tick in self.ticks)
        texts = "".join(
            f"<div><p>{_bdi(rung['name'])}</p>{_sample(rung)}<p>{_bdi(rung['note'])}</p></div>" for rung in self.rungs
        )
        one_kind = " one-kind" if len({rung["kind"] for rung in self.rungs}) == 1 else ""
        return (
            f'<ul class="rungs{one_kind}">{rows}<li class="place axis" aria-hidden="true"><span class="track">{ticks}</span></li></ul>'
            f'<p class="unit">bits per character; less is better</p>'
            f'<p class="summary">{html.escape(self.summary())}</p><div class="written">{texts}</div>'
        )

    def _row(self, rung: dict[str, Any]) -> str:
        """The same elements as newRow() in figure.js, without the control."""
        mark = f' <span class="here">{_bdi(rung["mark"])}</span>' if rung["mark"] else ""
        return (
            f'<span class="rung {rung["kind"]}"><span class="name">{_bdi(rung["name"])} <span class="kind">{rung["kind"]}</span>{mark}'
            '</span><span class="track" aria-hidden="true">'
            f'<span class="line" style="width:{100 * rung["bits"] / self.ticks[-1]:.2f}%"><span class="marker"></span></span></span> '
            f'<span class="bits">{_thousandths(rung["bits"])}</span></span>'
        )

    def _names(self) -> list[str]:
        return [rung["name"] for rung in self.rungs]

    def _known(self, name: str) -> str:
        if readable(name) not in self._names():
            raise ValueError(f"chosen is {name!r}, which is none of the {len(self.rungs)} rungs: {', '.join(self._names())}.")
        return readable(name)

    @traitlets.validate("chosen")
    def _chosen_is_there(self, proposal: Any) -> str:
        return self._known(proposal["value"])

    @traitlets.validate("kinds")
    def _kinds_are_known(self, proposal: Any) -> list[str]:
        for kind in proposal["value"]:
            if kind not in KINDS:
                raise ValueError(f"kinds has {kind!r}, which is none of {', '.join(KINDS)}.")
        return proposal["value"]


def _as_shown(rung: Rung) -> dict[str, Any]:
    texts = {name: readable(getattr(rung, name)) for name in ("name", "sample", "note", "mark")}
    return {**texts, "kind": rung.kind, "bits": round(float(rung.bits), 6)}


def _ticks(highest: float) -> list[int]:
    """Round numbers of bits from 0 to `highest` or a little more, at most nine."""
    step = next(width * 10**zeros for zeros in range(400) for width in (1, 2, 5) if highest <= 8 * width * 10**zeros)
    return [step * number for number in range(max(1, math.ceil(highest / step)) + 1)]


def _thousandths(number: float) -> str:
    """Three decimals, rounded as thousandths() in figure.js does it."""
    return f"{math.floor(number * 1000 + 0.5) / 1000:.3f}"


def _choices(bits: float) -> str:
    """Among how many characters, all alike, so many bits choose; the same words as choices() in figure.js."""
    choices = 2.0 ** min(bits, 1000)
    return f"{choices:.1f}" if choices < 1e6 else "more than a million"


def _bdi(text: str) -> str:
    return f"<bdi>{html.escape(text)}</bdi>"


def _sample(rung: dict[str, Any]) -> str:
    """What it writes, or why there is nothing; the same words as in figure.js."""
    if rung["sample"]:
        return f'<p class="sample">{_bdi(rung["sample"])}</p>'
    return f'<p class="silent">{"A compressor writes no text: it makes one shorter." if rung["kind"] == "compressor" else "No text of it is shown here."}</p>'
