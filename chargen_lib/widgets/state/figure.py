"""StateLens: a text coloured by one unit's state of a recurrent network, and how far back each guess reaches."""

import base64
from typing import Any

import numpy as np
import traitlets

from chargen_lib import pretrained
from chargen_lib.models import Recurrent
from chargen_lib.text import Vocabulary
from chargen_lib.widgets.base import Figure, a_text, decimals, in_sentence, module, read, seen, whole
from chargen_lib.widgets.passage import fables, first_fable
from chargen_lib.widgets.state.measuring import fresh, named_units, pieces, states_and_reach
from chargen_lib.widgets.state.still import reach_words, still

PASSAGE = 228  # characters of the course's own passage: it ends with a sentence
MOST_PLACES = 400
BACK = 48  # characters whose pull on a guess is told, the last one included
TOLD = (1, 4, 16)  # characters back that are told in words
PLACE = 61  # where a reader begins
VIEWS = ("state", "trained", "untrained")  # what the colours show
TOP, STEPS, NONE = (
    1,
    16,
    255,
)  # of a reach as a byte: 2 is 0, and each halving STEPS more, down to 2 ** -14.9; none at all is NONE


class StateLens(Figure):
    """A passage coloured by one unit's state, or by how strongly each earlier character still moves the guess at the chosen place.

    model: a Recurrent of one layer, and vocabulary: what its ids stand for; the house GRU, pretrained.load("fables-gru"), unless given.
    passage: what it reads, from nothing, 2 to 400 characters; the beginning of the first whole fable of the held-out part unless given.
    measured: the text on which units are named for what they go with (measuring.named_units), at least ten passages and 2280 characters, or
    "" for none; fables unless given. seed: of the untrained network of the same sizes.

    The reach of a place is the length of the gradient of its loss, -ln p(what comes), by the embedding of the character k places before,
    as a share of the last character's, k = 0; it is told up to 47 characters back, to within 3 %, or as
    0.004 % where it is less and 200 % where it is more. States are told to within 0.005.

    `place` (of the last character read, 0 to the last but one), `unit` and `view` ("state", "trained" or "untrained": what the colours
    show) follow the reader and may be set. Raises ValueError when the model, a text or a setting do not fit.
    """

    _esm = module("passage.js", "state/figure.js")
    _css = Figure._css + read("passage.css") + read("state/figure.css")

    labels = traitlets.List(traitlets.Unicode(), read_only=True).tag(sync=True)  # of the passage's characters
    units = traitlets.Int(read_only=True).tag(sync=True)
    states = traitlets.Unicode(read_only=True).tag(sync=True)  # base64 of signed bytes (units, places): 127 is 1
    named = traitlets.List(traitlets.List(), read_only=True).tag(sync=True)  # (unit, words, correlation)
    # Of both networks: base64 of bytes (places, BACK), and the mean over all places that have so many before them, (BACK,).
    reach = traitlets.Dict(read_only=True).tag(sync=True)
    means = traitlets.Dict(read_only=True).tag(sync=True)
    place = traitlets.Int().tag(sync=True)
    unit = traitlets.Int().tag(sync=True)
    view = traitlets.Unicode("state").tag(sync=True)

    def __init__(
        self,
        model: Recurrent | None = None,
        vocabulary: Vocabulary | None = None,
        passage: str | None = None,
        *,
        measured: str | None = None,
        seed: int = 0,
        place: int | None = None,
        unit: int | None = None,
        view: str = "state",
        **kwargs: Any,
    ):
        model, vocabulary = _checked_model(model, vocabulary)
        passage = a_text("passage", first_fable(PASSAGE) if passage is None else passage)
        if not 2 <= len(passage) <= MOST_PLACES:
            raise ValueError(f"The passage has {len(passage)} characters: give one of 2 to {MOST_PLACES}.")
        text = a_text("measured", "".join(fables()) if measured is None else measured)
        length = max(len(passage), PASSAGE)  # of the measured pieces: a short passage tells nothing of a unit
        if text and len(text) < 10 * length:
            raise ValueError(
                f'The measured text has {len(text)} characters: give {10 * length} or more, or "" to measure none.'
            )
        rows = np.asarray(vocabulary.encode(passage))[None]
        if text:
            places = pieces(len(text), length)
            rows = np.pad(rows, ((0, 0), (0, length - len(passage))))  # what follows the passage changes nothing in it
            rows = np.concatenate([rows, np.asarray(vocabulary.encode(text))[places]])
        states, trained = states_and_reach(model, rows, BACK)
        _, untrained = states_and_reach(fresh(model, seed), rows, BACK)
        names = named_units(text, places, states[1:]) if text else []
        self.set_trait("labels", [seen(character) for character in passage])
        self.set_trait("units", model.hidden_dim)
        self._states = np.rint(127 * states[0, : len(passage)].T).astype(np.int8)  # (units, places)
        self.set_trait("states", base64.b64encode(self._states.tobytes()).decode())
        self.set_trait("named", [[number, words, round(r, 3)] for number, words, r in names])
        lengths = {name: reach[: len(passage) - 1] for name, reach in (("trained", trained), ("untrained", untrained))}
        self._reach = {name: _as_bytes(lengths[name]) for name in lengths}
        self.set_trait("reach", {name: base64.b64encode(codes.tobytes()).decode() for name, codes in self._reach.items()})
        self.set_trait("means", {name: _means(lengths[name]) for name in lengths})
        last = len(passage) - 2
        super().__init__(
            place=min(PLACE, last) if place is None else whole("place", place, 0, last),
            unit=(names[0][0] if names else 0) if unit is None else whole("unit", unit, 0, model.hidden_dim - 1),
            view=_checked_view(view),
            **kwargs,
        )

    def summary(self) -> str:
        """What the figure shows now, in words, the same as summary() in figure.js."""
        before = in_sentence("".join(self.labels[max(0, self.place - 4) : self.place + 1]))
        if self.view == "state":
            values = [self.value(place) for place in range(len(self.labels))]
            goes = [
                f"; it goes with “{words}”, r = {decimals(r)} on held-out text"
                for unit, words, r in self.named
                if unit == self.unit
            ]
            return (
                f"Unit {self.unit} after “{before}”: {decimals(self.value(self.place))}. Along this text it is between "
                f"{decimals(min(values))} and {decimals(max(values))}{''.join(goes)}."
            )
        told = []
        for name in ("trained", "untrained"):
            shares = [(k, self.share(name, self.place - k)) for k in TOLD if k <= self.place]
            told.append(
                f"{name}: " + (", ".join(f"{k} back {reach_words(share)}" for k, share in shares) or "none stands before it")
            )
        return (
            f"After “{before}”, what comes is {in_sentence(self.labels[self.place + 1])}. How strongly an earlier character moves that loss, "
            f"the last one being 100\u00a0%; {'; '.join(told)}."
        )

    def still(self) -> str:
        """The coloured text, the summary and the table of reaches as html without any script."""
        return still(self)

    def value(self, place: int) -> float:
        """The chosen unit's state after the character at a place, as it was sent."""
        return float(self._states[self.unit, place]) / 127

    def share(self, name: str, place: int) -> float:
        """How strongly the character at `place` moves the chosen guess, as a share of what the last one does; 0 where it is not told."""
        k = self.place - place
        code = self._reach[name][self.place, k] if 0 <= k < BACK else NONE
        return 0.0 if code == NONE else 2.0 ** (TOP - code / STEPS)

    @traitlets.validate("place")
    def _place_is_there(self, proposal: Any) -> int:
        return whole("place", proposal["value"], 0, len(self.labels) - 2)

    @traitlets.validate("unit")
    def _unit_is_there(self, proposal: Any) -> int:
        return whole("unit", proposal["value"], 0, self.units - 1)

    @traitlets.validate("view")
    def _view_is_known(self, proposal: Any) -> str:
        return _checked_view(proposal["value"])


def _checked_view(view: str) -> str:
    if view not in VIEWS:
        raise ValueError(f"view is one of {', '.join(map(repr, VIEWS))}, got {view!r}.")
    return view


def _checked_model(model: Recurrent | None, vocabulary: Vocabulary | None) -> tuple[Recurrent, Vocabulary]:
    if (model is None) != (vocabulary is None):
        raise ValueError("Give a model and its vocabulary, or neither: then it is the house GRU.")
    if model is None or vocabulary is None:
        return pretrained.load("fables-gru")
    if not isinstance(model, Recurrent) or model.layers != 1:
        raise ValueError(f"StateLens shows a Recurrent network of one layer, got {type(model).__name__}.")
    if len(vocabulary) > model.vocab_size:
        raise ValueError(f"The model knows {model.vocab_size} ids, and the vocabulary has {len(vocabulary)} characters.")
    return model, vocabulary


def _as_bytes(reach: np.ndarray) -> np.ndarray:
    """Reaches (places, BACK) as shares of the last character's, a byte each."""
    with np.errstate(divide="ignore", invalid="ignore"):
        steps = np.rint(STEPS * (TOP - np.log2(reach / reach[:, :1])))
    return np.where(np.isnan(steps), NONE, np.clip(steps, 0, NONE - 1)).astype(np.uint8)


def _means(reach: np.ndarray) -> list[float]:
    """The mean of each k over the places that have BACK - 1 characters before them, as shares of k = 0; all there are in a short passage."""
    rows = reach[BACK - 1 :] if len(reach) >= BACK else reach[-1:]
    mean = rows.mean(axis=0)
    return [float(f"{x:.3g}") for x in np.nan_to_num(mean / mean[0])]
