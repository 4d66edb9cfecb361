"""BeamExplorer: a beam search step by step on a table of characters, and where it loses the likeliest text of all."""

import html
import itertools
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import traitlets
from numpy.typing import ArrayLike

from chargen_lib.search import viterbi
from chargen_lib.text import Vocabulary
from chargen_lib.widgets.base import (
    Figure,
    decimals,
    in_sentence,
    module,
    number_from_json,
    number_to_json,
    read,
    seen,
    whole,
)

MOST_BEAMS = 16  # the widest search, or as many beams as there are characters where these are more
MOST_CHARS = 40


class BeamExplorer(Figure):
    """A beam search for the likeliest text of num_chars characters after `start`, one step at a time.

    log_probs: (V, V), ln p(next | previous), nats, row = the character before, -inf where impossible.
    characters: the V characters in the order of the table. num_beams: the width, 1 to 16, or to V where V is more.

    `start`, `num_beams` and `step` (0 to num_chars) follow the reader and may be set; `kept` is what the search keeps at this step.
    It is `search.beam_search` on a BigramTable; the likeliest text of all is `search.viterbi`'s.
    Raises ValueError when the table is not one of log-probabilities, or anything does not fit it.
    """

    _esm = module("beam/figure.js")
    _css = read("base.css") + read("beam/figure.css")

    labels = traitlets.List(traitlets.Unicode(), read_only=True).tag(sync=True)  # the characters as they can be seen
    log_probs = traitlets.List(traitlets.List(), read_only=True).tag(sync=True)  # JSON numbers
    log_totals = traitlets.List(traitlets.Float(), read_only=True).tag(sync=True)  # what log_softmax takes off each row
    num_chars = traitlets.Int(read_only=True).tag(sync=True)
    start = traitlets.Unicode().tag(  # it travels as its id
        sync=True,
        to_json=lambda character, figure: figure.characters.index(character),
        from_json=lambda place, figure: figure.characters[place],
    )
    num_beams = traitlets.Int(2).tag(sync=True)
    step = traitlets.Int(0).tag(sync=True)

    def __init__(
        self,
        log_probs: ArrayLike,
        characters: str,
        start: str,
        num_chars: int = 5,
        num_beams: int = 2,
        *,
        step: int = 0,
        **kwargs: Any,
    ):
        table = _checked(log_probs, Vocabulary(characters).characters)
        self.characters = characters
        self.set_trait("labels", [seen(character) for character in characters])
        self.set_trait("log_probs", [[number_to_json(x) for x in row] for row in table.tolist()])
        self.set_trait("num_chars", whole("num_chars", num_chars, 1, MOST_CHARS))
        log_p = jax.nn.log_softmax(jnp.asarray(_in_32_bits(table)))  # (V, V), as beam_search sees it
        self.set_trait("log_totals", np.abs(log_p.max(axis=-1)).tolist())  # the largest had 0 before the total came off
        super().__init__(
            start=self._known(start),
            num_beams=whole("num_beams", num_beams, 1, self._widest),
            step=whole("step", step, 0, self.num_chars),
            **kwargs,
        )

    @property
    def kept(self) -> list[tuple[str, float]]:
        """The texts that the search keeps at this step, best first, each with its ln p (nats)."""
        kept = self._search(self.num_beams).steps[self.step].kept
        return [("".join(self.characters[i] for i in ids), log_prob) for ids, log_prob in kept]

    def summary(self) -> str:
        """What the figure shows now, in words."""
        return self._summary(self._search(self.num_beams), self.step)

    def still(self) -> str:
        """The end of the search as html without any script."""
        search, greedy = self._search(self.num_beams), self._search(1)
        texts = "".join(
            f'<li class="{"best" if ids == search.best.ids else ""}"><span class="rank">{rank}.</span> <span class="text"><bdi>'
            f'{html.escape(self._text(ids))}</bdi></span> <span class="total">{decimals(log_prob)}</span></li>'
            for rank, (ids, log_prob) in enumerate(search.steps[-1].kept[:MOST_BEAMS], 1)
        )
        compared = {
            "this search finds (ln p)": search.steps[-1].kept[0],
            "likeliest of all, by Viterbi": search.best,
            "greedy finds": greedy.steps[-1].kept[0],
        }
        rows = "".join(
            f"<div><dt>{name}</dt><dd>{html.escape(in_sentence(self._text(ids)))} {decimals(log_prob)}</dd></div>"
            for name, (ids, log_prob) in compared.items()
        )
        return (
            f'<p class="summary">{html.escape(self._summary(search, self.num_chars))}</p><div class="texts">'
            f"<p>The final beams after “{html.escape(in_sentence(seen(self.start)))}”, best first: {len(search.steps[-1].kept)}</p>"
            f'<ul class="kept">{texts}</ul></div><dl>{rows}</dl>'
        )

    @property
    def _widest(self) -> int:
        return max(MOST_BEAMS, len(self.characters))

    def _search(self, num_beams: int) -> "_Search":
        """The same as explore() in figure.js."""
        table = np.array([[number_from_json(x) for x in row] for row in self.log_probs])
        return _explore(table, self.log_totals, self.characters.index(self.start), self.num_chars, num_beams)

    def _text(self, ids: tuple[int, ...]) -> str:
        return "".join(self.labels[i] for i in ids)

    def _named(self, text: "_Text") -> str:
        return f"“{in_sentence(self._text(text.ids))}” ({decimals(text.log_prob)})"

    def _summary(self, search: "_Search", step: int) -> str:
        """The same words as summary() in figure.js."""
        kept, num_pruned = search.steps[step]
        at = f"Step {step} of {self.num_chars}, width {self.num_beams}: "
        if step == 0:
            return f"{at}nothing is written yet, after “{in_sentence(seen(self.start))}”."
        names = [self._named(text) for text in kept[:3]]
        if len(kept) > 3:
            names.append(f"{len(kept) - 3} more")
        listed = " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
        told = f"{at}kept {listed}; pruned {num_pruned or 'none'}."
        lost_at = search.lost_at
        if lost_at is not None and lost_at <= step:
            if search.as_likely:
                other = "was found" if step == self.num_chars else "is still in the beam"
                return f"{told} The likeliest text was pruned at step {lost_at}, but one as likely {other}."
            which = f", {self._named(search.best)}," if step == self.num_chars else ""
            return f"{told} The likeliest text{which} was lost at step {lost_at}."
        return f"{told} The likeliest text {'of all was found' if step == self.num_chars else 'is still in the beam'}."

    def _known(self, start: str) -> str:
        if len(start) != 1 or start not in self.characters:
            raise ValueError(f"start is {start!r}, which is not one of the {len(self.characters)} characters of the table.")
        return start

    @traitlets.validate("start")
    def _start_is_there(self, proposal: Any) -> str:
        return self._known(proposal["value"])

    @traitlets.validate("num_beams")
    def _num_beams_is_possible(self, proposal: Any) -> int:
        return whole("num_beams", proposal["value"], 1, self._widest)

    @traitlets.validate("step")
    def _step_is_there(self, proposal: Any) -> int:
        return whole("step", proposal["value"], 0, self.num_chars)


class _Text(NamedTuple):
    ids: tuple[int, ...]
    log_prob: float


class _Step(NamedTuple):
    kept: list[_Text]
    num_pruned: int


class _Search(NamedTuple):
    steps: list[_Step]
    best: _Text  # the likeliest text of all
    lost_at: int | None  # the step that pruned its beginning
    as_likely: bool  # whether what was found is as likely


def _explore(table: np.ndarray, log_totals: list[float], start: int, num_chars: int, num_beams: int) -> _Search:
    """The search that beam_search runs, with all that it kept and how much it pruned; (V, V) float64."""
    log_p = _in_32_bits(table)
    log_p = log_p - log_p.max(axis=1, keepdims=True) - np.array(log_totals, np.float32)[:, None]
    beams = [_Text((), 0.0)]
    steps = [_Step(beams, 0)]
    for length in range(1, num_chars + 1):
        last = [beam.ids[-1] if beam.ids else start for beam in beams]
        totals = np.array([beam.log_prob for beam in beams], np.float32)[:, None] + log_p[last]  # (beams, V), 32 bits
        scores = totals * (np.float32(1) / np.float32(length))  # as beam_search rounds them: it matters where two are equal
        order = [divmod(int(i), len(table)) for i in np.argsort(-scores.ravel(), kind="stable")]
        possible = [(beam, i) for beam, i in order if np.isfinite(totals[beam, i])]
        beams = [_Text((*beams[beam].ids, i), float(totals[beam, i])) for beam, i in possible[:num_beams]]
        steps.append(_Step(beams, len(possible) - len(beams)))

    best_ids, best_log_prob = viterbi(table, start, num_chars)  # type: ignore[arg-type]  # jnp would make it 32 bits
    best = _Text(tuple(best_ids.tolist()), best_log_prob)
    lost = (n for n, step in enumerate(steps) if best.ids[:n] not in [beam.ids for beam in step.kept])
    found = (start, *steps[-1].kept[0].ids)
    found_log_prob = sum(table[previous, next_] for previous, next_ in itertools.pairwise(found))
    return _Search(steps, best, next(lost, None), bool(found_log_prob >= best.log_prob - 1e-9))


def _in_32_bits(table: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):  # what is too small for 32 bits is impossible there
        return table.astype(np.float32)


def _checked(log_probs: ArrayLike, characters: str) -> np.ndarray:
    """The table in float64, if it is one of ln p."""
    table, size = np.asarray(log_probs), len(characters)
    if table.shape != (size, size):
        raise ValueError(f"{size} characters need a table of as many rows and columns, not {table.shape}.")
    table = table.astype(np.float64)
    if np.isnan(table).any() or np.isposinf(table).any():
        raise ValueError("The table holds NaN or +infinity: ln p is a number up to 0, or -infinity.")
    for character, row in zip(characters, table, strict=True):
        with np.errstate(over="ignore"):
            total = float(np.exp(row).sum())
        if not abs(total - 1) < 1e-3:
            raise ValueError(
                f"After {character!r} the probabilities add up to {total:.4g}, not to 1: the table needs ln p(next | previous), "
                "nats, a row for each character before. jax.nn.log_softmax makes it from logits."
            )
    return table
