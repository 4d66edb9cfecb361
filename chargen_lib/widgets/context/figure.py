"""ContextLens: what tables of 0, 1, 2, ... characters of context expect along a passage, and where they have not seen the context."""

import math
from typing import Any

import numpy as np
import traitlets

from chargen_lib.text import Vocabulary
from chargen_lib.widgets.base import Figure, a_text, decimals, in_sentence, module, read, seen, whole
from chargen_lib.widgets.context.counting import expectations, share_of, told_rows
from chargen_lib.widgets.context.still import still
from chargen_lib.widgets.passage import fables, first_fable
from chargen_lib.widgets.rows import percent

SHOWN = 5  # the likeliest characters, a bar each; and one for what really comes next
LONGEST = 8
MOST_PLACES = 1000
PASSAGE = 304  # characters of the course's own passage: it ends with a sentence
PLACE = 60  # where a reader begins


class ContextLens(Figure):
    """A passage, and what tables of counts expect at each of its places when they see 0, 1, ... `longest` characters of context.

    passage: what the reader moves along, longer than `longest` and at most 1000 characters; the beginning of the first whole fable of
    the held-out part unless given. Its first `longest` characters are context only. text: what was counted; the training part of fables
    unless given. longest: 1 to 8.

    The table of each length is Kneser-Ney with so long a memory (`kneser_ney.kneser_ney_rows`), and beside it stand the bare counts: how
    often the context was seen, and in how many ways it went on. Where it was never seen, the longest end of it that was seen serves.

    `place` (of the predicted character in the passage, `longest` to its last) and `context` (0 to `longest`, at first 3) follow the
    reader and may be set. Raises ValueError when the passage, the text or a setting do not fit.
    """

    _esm = module("passage.js", "context/figure.js")
    _css = Figure._css + read("passage.css") + read("context/figure.css")

    labels = traitlets.List(traitlets.Unicode(), read_only=True).tag(sync=True)
    passage = traitlets.List(traitlets.Int(), read_only=True).tag(sync=True)  # ids
    longest = traitlets.Int(read_only=True).tag(sync=True)
    found = traitlets.List(traitlets.Int(), read_only=True).tag(sync=True)  # for each place, how long a context was seen
    cost = traitlets.List(traitlets.List(), read_only=True).tag(sync=True)  # (longest + 1, places), thousandths of a bit
    times = traitlets.List(traitlets.List(), read_only=True).tag(sync=True)  # how often that character came after this context
    row_of = traitlets.List(traitlets.List(), read_only=True).tag(sync=True)
    rows = traitlets.List(traitlets.List(), read_only=True).tag(sync=True)  # by counting.told_rows
    # For each length: mean bits, the share of places whose context was seen, and the share that the bare counts call impossible.
    means = traitlets.List(traitlets.List(), read_only=True).tag(sync=True)
    place = traitlets.Int().tag(sync=True)
    context = traitlets.Int().tag(sync=True)

    def __init__(
        self,
        passage: str | None = None,
        text: str | None = None,
        *,
        longest: int = 6,
        place: int | None = None,
        context: int | None = None,
        **kwargs: Any,
    ):
        longest = whole("longest", longest, 1, LONGEST)
        passage, text = _checked(passage, text, longest)
        vocabulary = Vocabulary.from_text(text + passage)
        ids = np.asarray(vocabulary.encode(passage))
        probs, counts, found = expectations(np.asarray(vocabulary.encode(text)), ids, len(vocabulary), longest)
        true = (np.arange(longest + 1)[:, None], np.arange(len(found)), ids[longest:])
        bits, times = -np.log2(np.minimum(probs[true], 1)), counts[true]  # (longest + 1, places)
        row_of, rows = told_rows(probs, counts, SHOWN)
        by_length = [bits.mean(axis=1), (found >= np.arange(longest + 1)[:, None]).mean(axis=1), (times == 0).mean(axis=1)]
        told = {
            "labels": [seen(character) for character in vocabulary.characters],
            "passage": ids.tolist(),
            "longest": longest,
            "found": found.tolist(),
            "cost": np.rint(1000 * bits).astype(int).tolist(),
            "times": times.tolist(),
            "row_of": row_of,
            "rows": rows,
            "means": np.round(np.transpose(by_length).astype(float), 4).tolist(),
        }
        for name, value in told.items():
            self.set_trait(name, value)
        last = len(ids) - 1
        place = min(max(PLACE, longest), last) if place is None else whole("place", place, longest, last)
        context = min(3, longest) if context is None else whole("context", context, 0, longest)
        super().__init__(place=place, context=context, **kwargs)

    def summary(self) -> str:
        """What the figure shows now, in words, the same as summary() in figure.js."""
        k, found = self.context, self.found[self._at]
        times_seen, ways, best, shares, _ = self.row(k)
        begin = f"Context of {k}, “{self._before(k)}”:"
        if k == 0:
            told = f"No context: {times_seen:,} characters were counted, {ways} different ones."
        elif found >= k:
            told = f"{begin} seen {_how_often(times_seen)}, went on in {f'{ways} ways' if ways > 1 else '1 way'}."
        else:
            told = f"{begin} never seen, so {f'its end “{self._before(found)}” serves' if found else 'no context serves'}."
        named = [f"{in_sentence(self.labels[i])} {percent(share / 10_000)}" for i, share in zip(best[:3], shares, strict=False)]
        i, share, _ = self.what_comes()
        cost = f"{percent(share / 10_000)}, {self.bits(k)} bits by Kneser-Ney, {self._by_counts(k)}"
        return f"{told} Likeliest: {', '.join(named)}. What comes is {in_sentence(self.labels[i])}: {cost}."

    def still(self) -> str:
        """The passage, the bars and the tables as html without any script."""
        return still(self)

    def row(self, k: int) -> list[Any]:
        """What the table of k characters says at this place: one of `rows`."""
        return self.rows[self.row_of[k][self._at]]

    def what_comes(self) -> tuple[int, int, int]:
        """The character at this place: its id, its probability in ten thousandths, how often the bare counts have it."""
        i, (*_, best, shares, _) = self.passage[self.place], self.row(self.context)
        share = shares[best.index(i)] if i in best else share_of(2 ** (-self.cost[self.context][self._at] / 1000))
        return i, share, self.times[self.context][self._at]

    def was_seen(self, k: int) -> bool:
        """Whether the context of k characters before this place was seen."""
        return self.found[self._at] >= k

    def bits(self, k: int) -> str:
        """What this place's character costs by the table of k characters, in words."""
        return decimals(self.cost[k][self._at] / 1000)

    def bits_by_counts(self, k: int) -> str:
        """What it costs by the bare counts, in words: nothing can be said where the context was never seen."""
        if not self.was_seen(k):
            return "–"
        times = self.times[k][self._at]
        return decimals(math.log2(self.row(k)[0] / times)) if times else "∞"

    @property
    def _at(self) -> int:
        return self.place - self.longest

    def _before(self, k: int) -> str:
        return in_sentence("".join(self.labels[i] for i in self.passage[self.place - k : self.place]))

    def _by_counts(self, k: int) -> str:
        if not self.was_seen(k):
            return "and the bare counts say nothing"
        times, of = self.times[k][self._at], self.row(k)[0]
        bits = f"{self.bits_by_counts(k)} bits" if times else "impossible"
        return f"by the bare counts {times:,} of {of:,}, {bits}"

    @traitlets.validate("place")
    def _place_is_there(self, proposal: Any) -> int:
        return whole("place", proposal["value"], self.longest, len(self.passage) - 1)

    @traitlets.validate("context")
    def _context_is_there(self, proposal: Any) -> int:
        return whole("context", proposal["value"], 0, self.longest)


def _how_often(times: int) -> str:
    return "once" if times == 1 else f"{times:,} times"


def _checked(passage: str | None, text: str | None, longest: int) -> tuple[str, str]:
    """Passage and text, if tables of `longest` characters can be counted in the one and read along the other."""
    passage = first_fable(PASSAGE) if passage is None else passage
    text = fables()[0] if text is None else text
    passage, text = a_text("passage", passage), a_text("text", text)
    if not longest < len(passage) <= MOST_PLACES:
        raise ValueError(
            f"The passage has {len(passage)} characters: {longest} of context need one of {longest + 1} to {MOST_PLACES}."
        )
    if len(text) <= longest:
        raise ValueError(f"The text has {len(text)} characters: there is no context of {longest} in it. Give a longer one.")
    return passage, text
