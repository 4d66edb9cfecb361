"""DraftExplorer: which characters a cheap draft proposed, which the large model kept, and why."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import traitlets

from chargen_lib import pretrained
from chargen_lib.kneser_ney import kneser_ney_rows
from chargen_lib.models import Model
from chargen_lib.text import Vocabulary
from chargen_lib.widgets.base import Figure, a_text, in_sentence, module, read, seen, whole
from chargen_lib.widgets.draft.record import LONGEST, PLACES, Call, Record, counts
from chargen_lib.widgets.draft.still import still
from chargen_lib.widgets.draft.writing import Table, write
from chargen_lib.widgets.passage import fables
from chargen_lib.widgets.rows import percent

PROMPT = "The owl and the "
TEXTS = 3
MOST_CHARACTERS = 256  # an id is a byte
MOST_PROMPT = 60


class DraftExplorer(Figure):
    """Texts that the large model writes with a draft, call by call: drafted, kept, refused, and p and q at each judged place.

    model, vocabulary: the large model, any of the course's, and what its ids stand for, at most 256 characters; "fables-transformer" unless
    given.  prompt: what is continued, 1 to 60 characters.  counted: the text in which the drafts are counted; the training part of fables
    unless given.  contexts: of the drafts, one to three memories of kneser_ney_rows.  seed: of the three texts with each draft.

    The texts are recorded with p, q and the uniform numbers by which each drafted character is judged, at temperature 1.  At each place the
    random numbers are the place's own, so that a draft of another length writes the same text in other calls.

    `text` (1 to 3), `draft` (one of contexts), `length` (of the draft, 1 to 8), `call` (from 1 on) and `place` (in the draft, from 0 on; one
    that is not judged stands for the last that is) follow the reader and may be set.  A call beyond the last is the last;
    unless given, it is one whose refused character could be replaced by several.
    Raises ValueError when the model, a text or a setting do not fit.
    """

    _esm = module("passage.js", "draft/figure.js")
    _css = Figure._css + read("passage.css") + read("draft/figure.css")

    labels = traitlets.List(traitlets.Unicode(), read_only=True).tag(sync=True)  # of the vocabulary, as they can be seen
    prompt = traitlets.List(traitlets.Int(), read_only=True).tag(sync=True)  # ids
    contexts = traitlets.List(traitlets.Int(), read_only=True).tag(sync=True)
    recorded = traitlets.Dict(read_only=True).tag(sync=True)  # Record.as_json
    text = traitlets.Int().tag(sync=True)
    draft = traitlets.Int().tag(sync=True)
    length = traitlets.Int().tag(sync=True)
    call = traitlets.Int().tag(sync=True)
    place = traitlets.Int().tag(sync=True)

    def __init__(
        self,
        model: Model | None = None,
        vocabulary: Vocabulary | None = None,
        prompt: str = PROMPT,
        *,
        counted: str | None = None,
        contexts: Sequence[int] = (1, 3, 5),
        seed: int = 0,
        text: int = 1,
        draft: int | None = None,
        length: int = 4,
        call: int | None = None,
        place: int = LONGEST,
        **kwargs: Any,
    ):
        model, vocabulary = _checked_model(model, vocabulary)
        if not 1 <= len(a_text("prompt", prompt)) <= MOST_PROMPT:
            raise ValueError(f"The prompt has {len(prompt)} characters: give one of 1 to {MOST_PROMPT}.")
        counted = fables()[0] if counted is None else a_text("counted", counted)
        memories = _checked_contexts(contexts)
        ids, start = (np.asarray(vocabulary.encode(one)) for one in (counted, vocabulary.start))
        tables = []
        for memory in memories:
            log_probs, next_row, start_row = kneser_ney_rows(ids, len(vocabulary), memory, start)
            tables.append(Table(np.exp(log_probs), next_row, start_row))
        told, rng = np.asarray(vocabulary.encode(prompt)), np.random.default_rng(whole("seed", seed, 0, 2**32 - 1))
        run = write(model, tables, told, TEXTS, PLACES + LONGEST, LONGEST - 1, rng)
        if not np.isfinite(run.p).all():
            raise ValueError("The model answers with NaN or infinity, which cannot be drawn: load it anew, or train it again.")
        self._record = Record(run)
        self.set_trait("recorded", self._record.as_json())
        self.set_trait("labels", [seen(character) for character in vocabulary.characters])
        self.set_trait("prompt", told.tolist())
        self.set_trait("contexts", memories)
        draft = memories[len(memories) // 2] if draft is None else draft
        super().__init__(text=text, draft=draft, length=length, call=1, place=place, **kwargs)
        self.call = self._telling() if call is None else call

    def _telling(self) -> int:
        """Of the calls that kept some and refused one: the one that left most open what was drawn in its place."""
        open_ = [
            (max(left for *_, left in self._record.judged(self._run, call.start + call.kept, True)["rows"]), number)
            for number, call in enumerate(self.calls(), 1)
            if 0 < call.kept < self.length
        ]
        return min(open_, default=(1.0, 1))[1]

    def calls(self) -> list[Call]:
        """The calls that write the chosen text with the chosen draft."""
        return self._record.calls(self._run, self.length)

    def now(self) -> tuple[Call, int]:
        """The chosen call, and the chosen place in its draft; how many were kept is the last one."""
        calls = self.calls()
        call = calls[min(self.call, len(calls)) - 1]
        return call, min(self.place, call.kept)

    def drafted(self) -> list[int]:
        """The ids that the draft proposed in the chosen call."""
        return self._record.drafted(self._run, self.now()[0], self.length)

    def written(self) -> list[int]:
        """The ids of the whole text."""
        last = self.calls()[-1]
        return self._record.ids["written"][self._run, : last.start + last.kept + 1].tolist()

    def judged(self) -> dict[str, Any]:
        """The chosen place in numbers, by Record.judged; there are no others where every character is shown."""
        call, place = self.now()
        here = self._record.judged(self._run, call.start + place, place < self.length)
        return {**here, "rows": here["rows"][: len(self.labels)]}

    def counts(self) -> list[list[str]]:
        """What the calls wrote, until now and in the whole text, by record.counts."""
        return counts(self.calls(), self.call, self.length)

    def summary(self) -> str:
        """What the figure shows now, in words, the same as summary() in figure.js."""
        calls, (call, place) = self.calls(), self.now()
        drafted, here, told = self.drafted(), self.judged(), self.counts()
        own = self.named(self.written()[call.start + call.kept])
        if call.kept == self.length:
            began, after = ("all were", "after them") if call.kept > 1 else ("it was", "after it")
            became = f"{began} kept, and the large model wrote {own} {after}"
        else:
            began = {0: "none was", 1: "1 was"}.get(call.kept, f"{call.kept} were")
            became = f"{began} kept, {self.named(drafted[call.kept])} was refused, and the large model wrote {own} in its place"
        if here["drafted"] is None:
            why = "What stands after a whole draft is drawn from p."
        else:
            why = (
                f"Place {place + 1}, {self.named(here['drafted'])}: the large model gives it {percent(here['p'])}, the draft {percent(here['q'])}, "
                f"so it is kept with probability {percent(here['keeps'])}; the number drawn is {here['uniform']:.3f}: "
                f"{'kept' if here['kept'] else 'refused'}. p and q overlap by {percent(here['overlap'])}: so likely is it that a draft is kept here."
            )
        whole_draft = in_sentence("".join(self.labels[i] for i in drafted))
        return (
            f"Call {min(self.call, len(calls))} of {len(calls)}: “{whole_draft}” was drafted; {became}. {why} "
            f"So far {told[2][0]} of the judged were kept: {told[3][0]} characters a call; the formula says {told[4][0]}."
        )

    def still(self) -> str:
        """The text, the draft and the tables as html without any script."""
        return still(self)

    def named(self, id_: int) -> str:
        """A character inside a sentence."""
        return in_sentence(self.labels[id_])

    @property
    def _run(self) -> int:
        return (self.text - 1) * len(self.contexts) + self.contexts.index(self.draft)

    @traitlets.validate("text", "length", "call", "place")
    def _setting_is_there(self, proposal: Any) -> int:
        name = proposal["trait"].name
        bounds = {"text": (1, TEXTS), "length": (1, LONGEST), "call": (1, PLACES), "place": (0, LONGEST)}
        return whole(name, proposal["value"], *bounds[name])

    @traitlets.validate("draft")
    def _draft_is_there(self, proposal: Any) -> int:
        if proposal["value"] not in self.contexts:
            raise ValueError(f"draft is the context of one of the tables, {self.contexts}, got {proposal['value']!r}.")
        return proposal["value"]


def _checked_model(model: Model | None, vocabulary: Vocabulary | None) -> tuple[Model, Vocabulary]:
    if (model is None) != (vocabulary is None):
        raise ValueError("Give a model and its vocabulary, or neither: then it is the house transformer.")
    if model is None or vocabulary is None:
        return pretrained.load("fables-transformer")
    if len(vocabulary) != model.vocab_size:
        raise ValueError(
            f"The vocabulary has {len(vocabulary)} characters, but the model knows {model.vocab_size}: give its own."
        )
    if len(vocabulary) > MOST_CHARACTERS:
        raise ValueError(f"The vocabulary has {len(vocabulary)} characters: the figure takes at most {MOST_CHARACTERS}.")
    return model, vocabulary


def _checked_contexts(contexts: Sequence[int]) -> list[int]:
    memories = [whole("a context", context, 0, 8) for context in contexts]
    if not 1 <= len(memories) <= 3 or len(set(memories)) < len(memories):
        raise ValueError(f"contexts are one to three different memories, got {contexts!r}.")
    return memories
