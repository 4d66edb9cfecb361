"""How an answer without a name differs from what is asked, if it does so alike on every input: twice as large, turned round, ...

What is said is true of all inputs that were tried, and there must be two at least: one may agree by chance.
"""

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from chargen_lib.exercises.engine.cards import Exercise
from chargen_lib.exercises.engine.recognise import in_the_form_asked
from chargen_lib.exercises.engine.trying import Trial
from chargen_lib.exercises.engine.values import is_numeric


def _mean(a: np.ndarray, axis: Any = None) -> np.ndarray:
    """The mean; NaN, and no warning, where there is nothing."""
    total = np.sum(a, axis=axis)
    return total / (a.size // max(np.size(total), 1))


Pairs = list[tuple[np.ndarray, np.ndarray]]  # what is asked, and what came
Close = Callable[[Any, Any], bool]

ARRANGED: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "Rows and columns have changed places": lambda a: np.swapaxes(a, -1, -2),
    "The right numbers, but each row is turned round, the last in front": lambda a: a[..., ::-1],
    "The right numbers, but in rising order": lambda a: np.sort(a, axis=-1),
    "The right numbers, but in falling order": lambda a: -np.sort(-a, axis=-1),
    "True and False have changed places": lambda a: ~a,
    "The right numbers, but all in one row: keep the axes": lambda a: a.ravel(),
    "You return the sum over the last axis, and each entry by itself is asked": lambda a: a.sum(axis=-1),
    "You return the mean over the last axis, and each entry by itself is asked": lambda a: _mean(a, axis=-1),
    "You added up the rows, and each by itself is asked": lambda a: a.sum(axis=-2),
    "You return the mean of the rows, and each by itself is asked": lambda a: _mean(a, axis=-2),
    "You added up all rows, and each by itself is asked": lambda a: a.sum(axis=tuple(range(a.ndim - 1))),
    "You return the places of the largest (argmax), and all the numbers are asked": lambda a: a.argmax(axis=-1),
    "You return the diagonal alone": lambda a: np.diagonal(a),
    "Each row is as many times too large as it has entries: is a sum asked where you take a mean?": lambda a: a * a.shape[-1],
    "Each row is as many times too small as it has entries: is a mean taken where a sum is asked?": lambda a: a / a.shape[-1],
    "You return one number, the sum of all that is asked": lambda a: a.sum(),
    "You return one number, the mean of all that is asked": lambda a: _mean(a),
    "You return the first row alone": lambda a: a[0],
    "You return the last row alone": lambda a: a[-1],
    "You return the first item alone. Does a return stand inside the loop?": lambda a: a[:1],
    "The last item is missing": lambda a: a[:-1],
    "The first item is missing": lambda a: a[1:],
}
CHANGED: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "the exponential of what is asked: leave the exp out": np.exp,
    "2 to the power of what is asked": np.exp2,
    "the exponential of minus what is asked": lambda a: np.exp(-a),
    "the logarithm of what is asked: leave the log out": np.log,
    "the logarithm to base 2 of what is asked: leave the log2 out": np.log2,
    "1 minus what is asked": lambda a: 1 - a,
    "the angle of which the cosine is asked: leave the arccos out": np.arccos,
    "1 divided by what is asked": lambda a: 1 / a,
    "the square of what is asked": np.square,
    "the root of what is asked": np.sqrt,
    "the size of what is asked, without its sign": np.abs,
}
FACTORS = {
    math.log(2): "ln 2: nats where bits are asked, or the other way round",
    1 / math.log(2): "1 / ln 2: bits where nats are asked, or the other way round",
    math.log10(2): "log10(2): a logarithm to base 10",
    math.log10(math.e): "log10(e): a logarithm to base 10",
    100: "per cent",
}


def relation(exercise: Exercise, trials: list[Trial]) -> str | None:
    """A sentence, or None: what came is related to what is asked in no way that is known here, or not on every input."""
    usable = [in_the_form_asked(exercise, t) for t in trials if t.expected.error is None]
    if len(usable) < 2 or any(t.got.error is not None for t in usable):
        return None
    asked, came = [t.expected.value for t in usable], [t.got.value for t in usable]

    def close(one: Any, other: Any) -> bool:
        return one.shape == other.shape and np.allclose(one, other, exercise.rtol, exercise.atol, equal_nan=True)

    with np.errstate(all="ignore"):
        if isinstance(asked[0], tuple):
            return _of_several(asked, came, close)
        pairs = _as_arrays(asked, came)
        return _of_one(pairs, close, numbers=exercise.view is None) if pairs else None


def _as_arrays(asked: list, came: list) -> Pairs | None:
    if not all(map(is_numeric, asked)) or not all(is_numeric(c) and not isinstance(c, tuple) for c in came):
        return None
    try:
        return [(np.asarray(a), np.asarray(c)) for a, c in zip(asked, came, strict=True)]
    except ValueError:  # rows of unequal lengths
        return None


def _of_several(asked: list[tuple], came: list, close: Close) -> str | None:
    """Several values side by side: in another order, one of them alone, or all right but for one."""
    count = len(asked[0])
    whole = [isinstance(c, (tuple, list)) and len(c) == count for c in came]
    if not any(whole):
        for place in range(count):
            pairs = _as_arrays([a[place] for a in asked], came)
            if pairs and all(close(*pair) for pair in pairs):
                return f"That is value {place + 1} of {count} alone. Return all {count}, separated by commas."
        return None
    if not all(whole):
        return None
    columns = [[_as_arrays([a[i] for a in asked], [c[j] for c in came]) for j in range(count)] for i in range(count)]
    for order in itertools.permutations(range(count)):
        chosen = [columns[place][order[place]] for place in range(count)]
        if all(pairs and all(close(*pair) for pair in pairs) for pairs in chosen) and list(order) != sorted(order):
            places = ", ".join(str(place + 1) for place in order)
            return f"The right values in another order: they belong in the order in which yours stand at places {places}."
    wrong = [i for i in range(count) if not (columns[i][i] and all(close(*pair) for pair in columns[i][i] or []))]
    if len(wrong) == 1 and (pairs := columns[wrong[0]][wrong[0]]) and (said := _of_one(pairs, close, numbers=True)):
        return f"Value {wrong[0] + 1} of {count}: {said}"
    return None


def _of_one(pairs: Pairs, close: Close, numbers: bool) -> str | None:
    if all(close(*pair) for pair in pairs):
        return None
    return (
        _always_the_same(pairs, close)
        or _arranged(pairs, close)
        or _infinities(pairs, close)
        or (_changed(pairs, close) if numbers else None)
    )


def _always_the_same(pairs: Pairs, close: Close) -> str | None:
    values = np.unique(np.concatenate([c.ravel() for _, c in pairs]))
    if (
        len(values) != 1
        or not np.isfinite(values[0])
        or any(a.shape != c.shape or a.dtype.kind != c.dtype.kind for a, c in pairs)
    ):
        return None
    return f"Whatever it is given, your function returns {values[0]}. Which of the arguments does it not look at?"


def _arranged(pairs: Pairs, close: Close) -> str | None:
    if all(c.ndim > a.ndim and c.size == a.size and close(c.reshape(a.shape), a) for a, c in pairs):
        shape, wanted = pairs[0][1].shape, pairs[0][0].shape or "a plain number"
        return (
            f"The right numbers, but with an axis of length 1 too many: {shape} where {wanted} is asked. keepdims=True or [:, None] "
            "leaves one; [..., 0] takes it out."
        )
    if all(c.ndim > a.ndim for a, c in pairs):
        for name, joined in (("mean", _mean), ("sum", np.sum)):
            if all(close(np.asarray(joined(c, axis=tuple(range(a.ndim, c.ndim)))), a) for a, c in pairs):
                return f"You stopped one step early: what is asked is the {name} of what you return, over the last axis."
    for said, arranged in ARRANGED.items():
        if _holds(pairs, arranged, close):
            return said if said.endswith("?") else f"{said}."
    return None


def _infinities(pairs: Pairs, close: Close) -> str | None:
    """Where minus infinity is due something else stands, or it stands where the others belong."""
    holes = [np.isneginf(a) if a.dtype.kind == "f" else np.zeros(a.shape, bool) for a, _ in pairs]
    if not any(hole.any() for hole in holes) or any(a.shape != c.shape for a, c in pairs):
        return None
    if all(close(np.where(hole, 0.0, a), np.where(hole, 0.0, c)) for (a, c), hole in zip(pairs, holes, strict=True)):
        instead = {float(x) for (_, c), hole in zip(pairs, holes, strict=True) for x in c[hole]} - {-math.inf}
        if len(instead) == 1 or any(x != x for x in instead):
            return f"Where -inf is due there stands {instead.pop():g}. Write -jnp.inf: only that has the probability 0."
    marks = [(np.isneginf(c), hole) for (_, c), hole in zip(pairs, holes, strict=True)]
    if all((gone | hole).all() for gone, hole in marks) and any((hole & ~gone).any() for gone, hole in marks):
        return "What is kept and what is removed have changed places: turn the comparison round, or swap what jnp.where chooses from."
    return None


def _changed(pairs: Pairs, close: Close) -> str | None:
    flat = [np.concatenate([part.astype(float).ravel() for part in parts]) for parts in zip(*pairs, strict=True)]
    if any(a.shape != c.shape or a.dtype.kind == "b" for a, c in pairs):
        return None
    for said, change in CHANGED.items():
        if _holds(pairs, change, close):
            return f"You return {said}."
    asked, came = (part[np.isfinite(flat[0])] for part in flat)
    if not np.isfinite(came).all() or np.isfinite(flat[1][~np.isfinite(flat[0])]).any():
        return None
    if len(np.unique(np.round(asked, 6))) < 2:
        return None
    if close(came, -asked):
        return "On every input your answer has the opposite sign."
    factor = float(came @ asked / (asked @ asked))
    if factor and close(came, factor * asked) and len(np.unique(np.round(asked[asked != 0], 6))) > 1:
        near = [why for known, why in FACTORS.items() if math.isclose(factor, known, rel_tol=1e-3)]
        return f"On every input your answer is {factor:.4g} times what is asked{f' ({near[0]})' if near else ''}."
    off = float(np.mean(came - asked))
    if close(came, asked + off):
        return f"On every input your answer is {abs(off):.4g} too {'high' if off > 0 else 'low'}."
    return None


def _holds(pairs: Pairs, change: Callable[[np.ndarray], np.ndarray], close: Close) -> bool:
    try:
        return all(close(np.asarray(change(asked)), came) for asked, came in pairs)
    except (TypeError, ValueError, IndexError):  # there are no rows and columns to swap, or no True and False
        return False
