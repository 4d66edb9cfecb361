"""DraftExplorer: which characters a cheap draft proposed, which the large model kept, and why."""

import base64
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import traitlets

from chargen_lib import pretrained
from chargen_lib.kneser_ney import kneser_ney_rows
from chargen_lib.models import Model
from chargen_lib.text import Vocabulary
from chargen_lib.widgets.base import Figure, a_text, decimals, in_sentence, module, read, seen, whole
from chargen_lib.widgets.draft.still import still
from chargen_lib.widgets.draft.writing import Table, Writing, write
from chargen_lib.widgets.passage import fables
from chargen_lib.widgets.rows import percent

PROMPT = "The owl and the "
TEXTS = 3
PLACES = 96  # characters that a text has at least: its last call may write more
LONGEST = 8  # draft
SHOWN = 5  # characters, a bar each; the drafted and the written one always among them
MOST_CHARACTERS = 256  # an id is a byte
MOST_PROMPT = 60
FIRST = 5  # call that a reader may begin with


class Call(NamedTuple):
    """One call of the large model: the place of the first drafted character in the text, and how many were kept."""

    start: int
    kept: int


class DraftExplorer(Figure):
    """Texts that the large model writes with a draft, call by call: drafted, kept, refused, and p and q at each judged place.

    model, vocabulary: the large model, any of the course's, and what its ids stand for, at most 256 characters; "fables-transformer" unless
    given.  prompt: what is continued, 1 to 60 characters.  counted: the text in which the drafts are counted; the training part of fables
    unless given.  contexts: of the drafts, one to three memories of kneser_ney_rows.  seed: of the three texts with each draft.

    The texts are recorded with p, q and the uniform numbers by which each drafted character is judged, at temperature 1.  At each place the
    random numbers are the place's own, so that a draft of another length writes the same text in other calls.

    `text` (1 to 3), `draft` (one of contexts), `length` (of the draft, 1 to 8), `call` (from 1 on) and `place` (in the draft, from 0 on; one
    that is not judged stands for the last that is) follow the reader and may be set.  A call beyond the last is the last.
    Raises ValueError when the model, a text or a setting do not fit.
    """

    _esm = module("passage.js", "draft/figure.js")
    _css = Figure._css + read("passage.css") + read("draft/figure.css")

    labels = traitlets.List(traitlets.Unicode(), read_only=True).tag(sync=True)  # of the vocabulary, as they can be seen
    prompt = traitlets.List(traitlets.Int(), read_only=True).tag(sync=True)  # ids
    contexts = traitlets.List(traitlets.Int(), read_only=True).tag(sync=True)
    # base64 of the fields of Writing: ids as bytes, numbers as float32.  Of p and q only the characters `shown` (runs, places, SHOWN), and all
    # others together behind them; `both` is what the others have in common, the sum of min(p, q).
    recorded = traitlets.Dict(read_only=True).tag(sync=True)
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
        self._take(write(model, tables, told, TEXTS, PLACES + LONGEST, LONGEST - 1, rng))
        self.set_trait("labels", [seen(character) for character in vocabulary.characters])
        self.set_trait("prompt", told.tolist())
        self.set_trait("contexts", memories)
        draft = memories[len(memories) // 2] if draft is None else draft
        super().__init__(text=text, draft=draft, length=length, call=FIRST, place=place, **kwargs)
        self.call = self._telling() if call is None else call

    def _take(self, run: Writing) -> None:
        """Keep what is told of a recorded run."""
        if not np.isfinite(run.p).all():
            raise ValueError(
                "The model answers with NaN or infinity, which cannot be drawn from: load it anew, or train it again."
            )
        shown = _shown(run)
        p, q, least = (_with_others(probs, shown) for probs in (run.p, run.q, np.minimum(run.p, run.q)))
        self._told = {"p": p, "q": q, "both": least[..., -1], "uniforms": run.uniforms}
        self._ids = {"written": run.written, "drafted": run.drafted, "tails": run.tails, "shown": shown}
        as_bytes = {name: numbers.astype("<f4") for name, numbers in self._told.items()}
        as_bytes |= {name: ids.astype(np.uint8) for name, ids in self._ids.items()}
        self.set_trait("recorded", {name: base64.b64encode(array.tobytes()).decode() for name, array in as_bytes.items()})

    def _telling(self) -> int:
        """The first call from FIRST on in which some were kept and one was refused; FIRST if there is none."""
        found = (n for n, call in enumerate(self.calls(), 1) if n >= FIRST and 0 < call.kept < self.length)
        return next(found, FIRST)

    def calls(self) -> list[Call]:
        """The calls that write the chosen text with the chosen draft."""
        same = (self._ids["written"] == self._ids["drafted"])[self._run]
        found, start = [], 0
        while start < PLACES:
            run = same[start : start + self.length]
            found.append(Call(start, self.length if run.all() else int(run.argmin())))
            start += found[-1].kept + 1
        return found

    def now(self) -> tuple[Call, int]:
        """The chosen call, and the chosen place in its draft; how many were kept is the last one."""
        calls = self.calls()
        call = calls[min(self.call, len(calls)) - 1]
        return call, min(self.place, call.kept)

    def drafted(self) -> list[int]:
        """The ids that the draft proposed in the chosen call: those behind a refused one follow on that."""
        (start, kept), _ = self.now()
        ids = self._ids["drafted"][self._run, start : start + min(kept + 1, self.length)].tolist()
        return [*ids, *self._ids["tails"][self._run, start + kept].tolist()][: self.length]

    def written(self) -> list[int]:
        """The ids of the whole text."""
        last = self.calls()[-1]
        return self._ids["written"][self._run, : last.start + last.kept + 1].tolist()

    def judged(self) -> dict[str, Any]:
        """The chosen place in numbers; `rows` has (id, p, q, min, left over) of each shown character, then of the others, whose id is -1.

        Behind a draft that was kept as a whole there is no draft, q is 0, and all of p is left over.
        """
        (start, kept), place = self.now()
        at = (self._run, start + place)
        p, q, both = (self._told[name][at].astype(float).tolist() for name in ("p", "q", "both"))
        ids = self._ids["shown"][at].tolist()
        is_drafted = place < self.length
        q = q if is_drafted else [0.0] * len(q)
        least = [min(pair) for pair in zip(p, q, strict=True)]
        least[-1] = both if is_drafted else 0.0  # of many together it is less
        above = [max(one - other, 0.0) for one, other in zip(p, least, strict=True)]
        mass = sum(above)
        left = [one / mass for one in above] if mass > 0 else p
        rows = list(zip([*ids, -1], p, q, least, left, strict=True))
        drafted = self._ids["drafted"][at]
        [(_, p_drafted, q_drafted, *_)] = [row for row in rows if row[0] == drafted]
        return {
            "rows": rows if len(self.labels) > len(ids) else rows[:-1],
            "drafted": int(drafted) if is_drafted else None,
            "written": int(self._ids["written"][at]),
            "overlap": sum(least),
            "keeps": min(1.0, p_drafted / q_drafted) if is_drafted else None,
            "uniform": float(self._told["uniforms"][at]),
            "kept": place < kept,
        }

    def counts(self) -> list[list[str]]:
        """Calls, characters, the share kept of those judged, characters per call, and the formula's, each until now and in the whole text."""
        calls, columns = self.calls(), []
        for part in (calls[: self.call], calls):
            kept = sum(call.kept for call in part)
            judged = kept + sum(call.kept < self.length for call in part)
            share, written = kept / judged, kept + len(part)
            by_formula = decimals(expected_length(share, self.length))
            columns.append([f"{len(part)}", f"{written}", percent(share), decimals(written / len(part)), by_formula])
        return [list(pair) for pair in zip(*columns, strict=True)]

    def summary(self) -> str:
        """What the figure shows now, in words, the same as summary() in figure.js."""
        calls, (call, place) = self.calls(), self.now()
        drafted, here, counts = self.drafted(), self.judged(), self.counts()
        own = self.named(self._ids["written"][self._run, call.start + call.kept])
        if call.kept == self.length:
            became = (
                f"all were kept, and the large model wrote {own} after them"
                if call.kept > 1
                else f"it was kept, and the large model wrote {own} after it"
            )
        else:
            began = {0: "none was kept", 1: "1 was kept"}.get(call.kept, f"{call.kept} were kept")
            became = f"{began}, {self.named(drafted[call.kept])} was refused, and the large model wrote {own} in its place"
        if here["drafted"] is None:
            why = "What stands after a whole draft is drawn from p."
        else:
            [(_, p, q, *_)] = [row for row in here["rows"] if row[0] == here["drafted"]]
            why = (
                f"Place {place + 1}, {self.named(here['drafted'])}: p gives it {percent(p)}, q {percent(q)}, so it is kept with probability "
                f"{percent(here['keeps'])}; the number drawn is {here['uniform']:.3f}: {'kept' if here['kept'] else 'refused'}. "
                f"p and q overlap by {percent(here['overlap'])}: so likely is any draft kept here."
            )
        return (
            f"Call {min(self.call, len(calls))} of {len(calls)}: “{in_sentence(''.join(self.labels[i] for i in drafted))}” was drafted; {became}. {why} "
            f"So far {counts[2][0]} of the judged were kept, and a call wrote {counts[3][0]} characters; the formula says {counts[4][0]}."
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


def expected_length(acceptance: float, draft_length: int) -> float:
    """Characters per call if each drafted one is kept with the same probability, whatever came of the others."""
    if acceptance == 1:
        return draft_length + 1.0
    return (1 - acceptance ** (draft_length + 1)) / (1 - acceptance)


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


def _shown(run: Writing) -> np.ndarray:
    """The ids that have a bar: what was drafted and written, then what either model finds likeliest; (runs, places, SHOWN), by falling p."""
    rank = np.maximum(run.p, run.q)
    for ids in (run.drafted, run.written):
        np.put_along_axis(rank, ids[..., None], 2.0, axis=-1)
    best = np.argsort(-rank, axis=-1, kind="stable")[..., :SHOWN]
    order = np.argsort(-np.take_along_axis(run.p, best, axis=-1), axis=-1, kind="stable")
    return np.take_along_axis(best, order, axis=-1)


def _with_others(probs: np.ndarray, shown: np.ndarray) -> np.ndarray:
    """The probabilities of the shown characters, and behind them that of all others together."""
    others = probs.astype(np.float64)
    np.put_along_axis(others, shown, 0.0, axis=-1)
    told = np.take_along_axis(probs, shown, axis=-1)
    return np.concatenate([told, others.sum(axis=-1, keepdims=True)], axis=-1).astype(np.float32)
