"""What DraftExplorer keeps of recorded texts: how a draft length cuts them into calls, and what p and q say at each place."""

import base64
from typing import Any, NamedTuple

import numpy as np

from chargen_lib.widgets.base import decimals
from chargen_lib.widgets.draft.writing import Writing
from chargen_lib.widgets.rows import percent

PLACES = 96  # characters that a text has at least: its last call may write more
LONGEST = 8  # draft
SHOWN = 5  # characters, a bar each; the drafted and the written one always among them


class Call(NamedTuple):
    """One call of the large model: the place of the first drafted character in the text, and how many were kept."""

    start: int
    kept: int


class Record:
    """A Writing of PLACES + LONGEST places, of which p and q are kept for a few characters, and for all others together."""

    def __init__(self, run: Writing):
        shown = _shown(run)
        p, q, least = (_with_others(probs, shown) for probs in (run.p, run.q, np.minimum(run.p, run.q)))
        self.numbers = {
            "p": p,
            "q": q,
            "both": least[..., -1],
            "uniforms": run.uniforms,
        }  # both: of the others, sum of min(p, q)
        self.ids = {"written": run.written, "drafted": run.drafted, "tails": run.tails, "shown": shown}

    def as_json(self) -> dict[str, str]:
        """base64 of each field: ids as bytes, numbers as float32."""
        arrays = {name: numbers.astype("<f4") for name, numbers in self.numbers.items()}
        arrays |= {name: ids.astype(np.uint8) for name, ids in self.ids.items()}
        return {name: base64.b64encode(array.tobytes()).decode() for name, array in arrays.items()}

    def calls(self, run: int, length: int) -> list[Call]:
        """The calls that write a text with drafts of so many characters."""
        same = self.ids["written"][run] == self.ids["drafted"][run]
        found, start = [], 0
        while start < PLACES:
            kept = same[start : start + length]
            found.append(Call(start, length if kept.all() else int(kept.argmin())))
            start += found[-1].kept + 1
        return found

    def drafted(self, run: int, call: Call, length: int) -> list[int]:
        """The ids that the draft proposed in a call: those behind a refused one follow on that."""
        judged = self.ids["drafted"][run, call.start : call.start + min(call.kept + 1, length)].tolist()
        return [*judged, *self.ids["tails"][run, call.start + call.kept].tolist()][:length]

    def judged(self, run: int, at: int, is_drafted: bool) -> dict[str, Any]:
        """A place of a text in numbers; `rows`: (id, p, q, min, left over) of each shown character, then of the others, whose id is -1.

        Where nothing was drafted q is 0, and all of p is left over.
        """
        p, q, both = (self.numbers[name][run, at].astype(float).tolist() for name in ("p", "q", "both"))
        q = q if is_drafted else [0.0] * len(q)
        least = [min(pair) for pair in zip(p, q, strict=True)]
        least[-1] = both if is_drafted else 0.0  # of many together it is less
        above = [max(one - other, 0.0) for one, other in zip(p, least, strict=True)]
        mass = sum(above)
        left = [one / mass for one in above] if mass > 0 else p
        rows = list(zip([*self.ids["shown"][run, at].tolist(), -1], p, q, least, left, strict=True))
        drafted, written = (int(self.ids[name][run, at]) for name in ("drafted", "written"))
        [(_, p_drafted, q_drafted, *_)] = [row for row in rows if row[0] == drafted]
        return {
            "rows": rows,
            "drafted": drafted if is_drafted else None,
            "written": written,
            "overlap": sum(least),
            "p": p_drafted,
            "q": q_drafted,
            "keeps": min(1.0, p_drafted / q_drafted) if is_drafted else None,
            "uniform": float(self.numbers["uniforms"][run, at]),
            "kept": is_drafted and drafted == written,
        }


def counts(calls: list[Call], number: int, length: int) -> list[list[str]]:
    """Calls, characters, the share kept of those judged, characters per call, and the formula's: each of the first calls, and of all."""
    columns = []
    for part in (calls[:number], calls):
        kept = sum(call.kept for call in part)
        share = kept / (kept + sum(call.kept < length for call in part))
        written = kept + len(part)
        by_formula = decimals(expected_length(share, length))
        columns.append([f"{len(part)}", f"{written}", percent(share), decimals(written / len(part)), by_formula])
    return [list(pair) for pair in zip(*columns, strict=True)]


def expected_length(acceptance: float, draft_length: int) -> float:
    """Characters per call if each drafted one is kept with the same probability, whatever came of the others."""
    if acceptance == 1:
        return draft_length + 1.0
    return (1 - acceptance ** (draft_length + 1)) / (1 - acceptance)


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
