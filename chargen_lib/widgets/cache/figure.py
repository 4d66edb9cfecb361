"""CacheExplorer: a text is written one character at a time, and the rows that each step computes, without a cache and with one, are counted."""

from typing import Any

import traitlets

from chargen_lib import pretrained
from chargen_lib.models import Transformer
from chargen_lib.widgets.base import Figure, a_text, in_sentence, module, read, seen, whole
from chargen_lib.widgets.cache.still import WORDS, commas, counted, still

TEXT = "and there was a horse."  # of the held-out part of fables
LONGEST = 64  # characters, and slots


class CacheExplorer(Figure):
    """The rows that a transformer computes while a text is written: without a cache all of them again at each step, with one the newest alone.

    A row is all that is computed for one place of the text, in every layer.  Without a cache each step calls the model on the whole text so
    far; with one it calls `step`, which leaves keys and values of the last `slots` places in a ring: place p in slot p % slots.

    text: any text of 1 to 64 characters; the reader may type another.
    model: a Transformer; unless given, the one that comes with the course, "fables-transformer".  Only the sizes of its state are used.
    step: how many characters were read, 1 to len(text).  slots: of the ring, 1 to 64, what the model calls context.  cached: with a cache or
    without.

    `text`, `step`, `slots` and `cached` follow the reader and may be set; a text that is shorter than `step` takes it along, and so does a
    reader who types at the last step.
    Raises ValueError when the text or a setting does not fit, TypeError for a model of another kind.
    """

    _esm = module("characters.js", "passage.js", "cache/figure.js")
    _css = Figure._css + read("passage.css") + read("cache/figure.css")

    codes = traitlets.List(traitlets.Int()).tag(sync=True)  # of the text's characters, as ord() gives them
    step = traitlets.Int().tag(sync=True)
    slots = traitlets.Int().tag(sync=True)
    cached = traitlets.Bool(False).tag(sync=True)
    slot_bytes = traitlets.Int(read_only=True).tag(sync=True)  # of one slot, in all layers
    place_bytes = traitlets.Int(read_only=True).tag(sync=True)  # of the counts of places that were read
    words = traitlets.Dict(WORDS, read_only=True).tag(sync=True)

    def __init__(
        self,
        text: str = TEXT,
        model: Transformer | None = None,
        *,
        step: int | None = None,
        slots: int = 8,
        cached: bool = False,
        **kwargs: Any,
    ):
        model = pretrained.load("fables-transformer")[0] if model is None else model
        if not isinstance(model, Transformer):
            raise TypeError(f"The figure counts what the ring of a Transformer holds; a {type(model).__name__} has none.")
        rings, *counts = model.init_state(1)
        self.set_trait("slot_bytes", sum(kept.nbytes for ring in rings for kept in ring) // model.context)
        self.set_trait("place_bytes", sum(count.nbytes for count in counts))
        _, heads, _, numbers = rings[0][0].shape
        sizes = (
            f"{counted(len(rings), 'layer')} with keys and values of {counted(heads, 'head')} of {counted(numbers, 'number')}, "
            f"{rings[0][0].itemsize} bytes each, make {commas(self.slot_bytes)} for a slot, and {self.place_bytes} more count the places."
        )
        own = f"With its own {counted(model.context, 'slot')} the model takes {commas(self._bytes(model.context))}."
        self.set_trait("words", {**WORDS, "note": f"Bytes: {sizes} {own}"})
        codes = _checked(a_text("text", text))
        super().__init__(
            codes=codes,
            step=whole("step", (len(codes) + 1) // 2 if step is None else step, 1, len(codes)),
            slots=whole("slots", slots, 1, LONGEST),
            cached=bool(cached),
            **kwargs,
        )

    @property
    def text(self) -> str:
        """What is written, all of it."""
        return "".join(map(chr, self.codes))

    @text.setter
    def text(self, text: str) -> None:
        self.codes = _checked(a_text("text", text))

    @property
    def rows(self) -> tuple[int, int]:
        """How many rows were computed up to this step, without a cache and with one."""
        return self.step * (self.step + 1) // 2, self.step

    @property
    def slot(self) -> int:
        """The slot into which this step writes."""
        return (self.step - 1) % self.slots

    @property
    def written_over(self) -> int | None:
        """The place whose row lay in that slot before; None if it was empty."""
        return self.step - 1 - self.slots if self.step > self.slots else None

    @property
    def kept(self) -> range:
        """The places that lie in the ring after this step, which are those that its character sees."""
        return range(max(0, self.step - self.slots), self.step)

    @property
    def cache_bytes(self) -> int:
        """What the cache of one text takes, in bytes: that of Transformer.init_state(1) with so many slots, full or not."""
        return self._bytes(self.slots)

    def labels(self) -> list[str]:
        """The characters of the text as they can be seen."""
        return list(map(seen, self.text))

    def summary(self) -> str:
        """What the figure shows now, in words, the same as summary() in figure.js."""
        labels, n = self.labels(), self.step
        without, cached = self.rows
        product = f"{n} × {n + 1} / 2"
        named = f"{in_sentence(labels[n - 1])}, at place {n - 1}"
        how = f"with a cache of {counted(self.slots, 'slot')}" if self.cached else "without a cache"
        begin = f"Step {n} of {len(labels)}, {how}:"
        if not self.cached:
            again = f", and {counted(n - 1, 'row')} again" if n > 1 else ""
            return (
                f"{begin} the row of {named}, is computed{again}. So far {counted(without, 'row')} = {product}; "
                f"with a cache {cached}."
            )
        over = (
            "" if self.written_over is None else f", over {in_sentence(labels[self.written_over])} of place {self.written_over}"
        )
        places = f"place {n - 1}" if len(self.kept) == 1 else f"places {self.kept[0]} to {n - 1}"
        return (
            f"{begin} only the row of {named}, is computed; its keys and values go into slot {self.slot} = {n - 1} % {self.slots}{over}. "
            f"Seen: {places}. So far {counted(cached, 'row')}; without a cache {commas(without)} = {product}. "
            f"The cache takes {commas(self.cache_bytes)} bytes."
        )

    def still(self) -> str:
        """The text, the map of the rows, the ring, the counts and the summary as html without any script."""
        return still(self)

    def _bytes(self, slots: int) -> int:
        return slots * self.slot_bytes + self.place_bytes

    @traitlets.validate("codes")
    def _codes_are_a_text(self, proposal: Any) -> list[int]:
        codes = _checked("".join(chr(whole("a code", code, 0, 0x10FFFF)) for code in proposal["value"]))
        if self.step > len(codes):
            self.step = len(codes)  # first, so that nobody sees a step behind the end
        return codes

    @traitlets.validate("step", "slots")
    def _setting_is_there(self, proposal: Any) -> int:
        name = proposal["trait"].name
        return whole(name, proposal["value"], 1, len(self.codes) if name == "step" else LONGEST)


def _checked(text: str) -> list[int]:
    """The codes of a text that can be shown."""
    if not 1 <= len(text) <= LONGEST:
        raise ValueError(f"The text has {counted(len(text), 'character')}: give 1 to {LONGEST}.")
    return list(map(ord, text))
