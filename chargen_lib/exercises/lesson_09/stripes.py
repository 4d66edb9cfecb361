"""stripes: its reference, what it is tried on, and the wrong answers with names."""

import jax.numpy as jnp
import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe


def _sizes(ids, batch_size, seq_len):
    """The length of a stripe, and how many calls read it."""
    length = (len(ids) - 1) // batch_size
    return length, length // seq_len


def _places(calls, batch_size, seq_len, *, stripe, call, step=1):
    """(calls, batch_size, seq_len): row r of call k begins at k call + r stripe."""
    of_calls = call * np.arange(calls)[:, None, None]
    return of_calls + stripe * np.arange(batch_size)[:, None] + step * np.arange(seq_len)


def _read(ids, places, shift=1):
    """Inputs at these places, and targets `shift` characters further on.  Past the end, as in JAX: the last one again."""
    ids = np.asarray(ids)
    return ids[np.minimum(places, len(ids) - 1)], ids[np.minimum(places + shift, len(ids) - 1)]


def _right_places(ids, batch_size, seq_len):
    length, calls = _sizes(ids, batch_size, seq_len)
    return _places(calls, batch_size, seq_len, stripe=length, call=seq_len)


def stripes(ids, batch_size, seq_len):
    return _read(ids, _right_places(ids, batch_size, seq_len))


def stripe_probes(rng):
    def text(size):
        return (rng.permutation(size) + 50).astype(np.int32)

    return [
        Probe((np.array([5, 3, 8, 1, 7, 2, 9, 4, 6]), 2, 2)),
        Probe((text(12), 3, 2)),
        Probe((text(31), 4, 2)),
        Probe((text(14), 2, 3)),
        Probe((rng.integers(0, 5, size=31), 4, 2)),
    ]


def _with(shift=1, arranged=lambda part: part):
    """The right places, read with another shift, or each part arranged otherwise."""
    return lambda *args: tuple(map(arranged, _read(args[0], _right_places(*args), shift)))


def _from_places(made):
    """made(length, calls, batch_size, seq_len): the places."""
    return lambda ids, batch_size, seq_len: _read(ids, made(*_sizes(ids, batch_size, seq_len), batch_size, seq_len))


def _length_of_n(ids, batch_size, seq_len):
    length = len(ids) // batch_size
    return _read(ids, _places(length // seq_len, batch_size, seq_len, stripe=length, call=seq_len))


def _length_of_n_without_room(ids, batch_size, seq_len):
    length = len(ids) // batch_size
    jnp.asarray(ids)[1 : batch_size * length + 1].reshape(batch_size, length)  # raises where the text ends with a stripe
    return _length_of_n(ids, batch_size, seq_len)


def _length_of_n_rolled(ids, batch_size, seq_len):
    length = len(ids) // batch_size
    places = _places(length // seq_len, batch_size, seq_len, stripe=length, call=seq_len)
    return np.asarray(ids)[places], np.roll(np.asarray(ids), -1)[places]


def _targets_inside(ids, batch_size, seq_len):
    length = len(ids) // batch_size
    return _read(ids, _places((length - 1) // seq_len, batch_size, seq_len, stripe=length, call=seq_len))


def _targets_cut_from_the_stripe(ids, batch_size, seq_len):
    length, calls = _sizes(ids, batch_size, seq_len)
    rows = np.asarray(ids)[: batch_size * length].reshape(batch_size, length)
    inputs, targets = ([rows[:, k * seq_len + shift : (k + 1) * seq_len + shift] for k in range(calls)] for shift in (0, 1))
    return np.stack(inputs), np.stack(targets)  # raises where the last piece is short


def _rolled_in_the_row(*args):
    inputs = stripes(*args)[0]
    return inputs, np.roll(inputs, -1, axis=-1)


def _rolled_in_the_stripe(ids, batch_size, seq_len):
    length, calls = _sizes(ids, batch_size, seq_len)
    in_stripe = seq_len * np.arange(calls)[:, None, None] + np.arange(1, seq_len + 1)
    places = length * np.arange(batch_size)[:, None] + in_stripe % length
    return stripes(ids, batch_size, seq_len)[0], np.asarray(ids)[places]


def _ids_plus_one(*args):
    inputs = stripes(*args)[0]
    return inputs, inputs + 1


def _pieces(length, calls, batch_size, seq_len):
    return _places(length // (seq_len + 1), batch_size, seq_len, stripe=length, call=seq_len + 1)


_PIECES = (
    "You cut pieces of seq_len + 1 characters, so the last of each is never an input. The next piece begins with it: calls go on by "
    "seq_len, and only the targets stand one place further."
)
_ROOM = (
    "You cut stripes of n // batch_size, and the last character has no target then. The targets need one character more: "
    "L = (n - 1) // batch_size."
)
_ROLLED = (
    "You rolled the targets, so the last of them is a first character again. Cut them from the text, one place further on: ids[1:] "
    "in place of ids."
)

STRIPES = Exercise(
    name="stripes",
    lesson=9,
    points=3,
    minutes=12,
    difficulty=3,
    hint="ids[: batch_size * L].reshape(batch_size, L) has a stripe in each row. Cut off what no call reads, make (batch_size, calls, "
    "seq_len) of it, and let the first two axes change places. The same with ids[1:] gives the targets.",
    reference=stripes,
    probes=stripe_probes,
    misconceptions=(
        Misconception(
            "the text goes on within a call",
            "In a call your rows go on from one to the next, as the text does. Each *row* must go on in the next call: row r reads its own "
            "stripe, which begins at r L.",
            _from_places(lambda length, calls, B, S: _places(calls, B, S, stripe=S, call=B * S)),
        ),
        Misconception(
            "stripes of whole calls",
            "You cut off the rest of the text first, so your stripes are shorter. A stripe begins at r L; the rest of each stripe is dropped "
            "at its own end.",
            _from_places(lambda length, calls, B, S: _places(calls, B, S, stripe=calls * S, call=S)),
        ),
        Misconception(
            "stripes first",
            "Stripes and calls have changed places: the first axis is the call, (calls, batch_size, seq_len). Use swapaxes(0, 1).",
            _with(arranged=lambda part: part.swapaxes(0, 1)),
        ),
        Misconception(
            "reshaped in place of swapped",
            "You made the shape right with a reshape, which mixes the stripes. Cut them to (batch_size, calls, seq_len), and let the first "
            "two axes change places: swapaxes(0, 1).",
            _with(arranged=lambda part: part.swapaxes(0, 1).reshape(part.shape)),
        ),
        Misconception(
            "time before batch",
            "Rows and columns of a call have changed places: (calls, batch_size, seq_len), a row for each stripe.",
            _with(arranged=lambda part: part.swapaxes(1, 2)),
        ),
        Misconception(
            "every so many characters",
            "Your rows take one character in batch_size. A stripe is a whole piece of the text: reshape(batch_size, L), a stripe in each "
            "row.",
            _from_places(lambda length, calls, B, S: _places(calls, B, S, stripe=1, call=B * S, step=B)),
        ),
        Misconception(
            "one character a call",
            "Your calls go on by one character. Row r of call k begins at k seq_len in its stripe, so that each character is read once.",
            _from_places(lambda length, calls, B, S: _places(calls, B, S, stripe=length, call=1)),
        ),
        Misconception(
            "one character a call, to the end",
            "Your calls go on by one character. Row r of call k begins at k seq_len in its stripe: there are L // seq_len calls.",
            _from_places(lambda length, calls, B, S: _places(length - S + 1, B, S, stripe=length, call=1)),
        ),
        Misconception(
            "one stripe for all rows",
            "All rows of a call read the same characters. Row r reads its own stripe, which begins at r L.",
            _from_places(lambda length, calls, B, S: _places(calls, B, S, stripe=0, call=S)),
        ),
        Misconception("no room for the last target", _ROOM, _length_of_n),
        Misconception("no room for the last target, rolled", _ROOM, _length_of_n_rolled),
        Misconception("no room for the last target, and fails", _ROOM, _length_of_n_without_room),
        Misconception(
            "targets inside the stripe",
            "You give up one target in each stripe. The last target of a stripe is the first character of the next: cut inputs and targets "
            "from the text, with L = (n - 1) // batch_size.",
            _targets_inside,
        ),
        Misconception(
            "targets cut from the stripe",
            "You cut the targets from the stripes, where the last piece is one character short. The last target of a stripe is the first "
            "character of the next: make stripes of ids[1:] as well.",
            _targets_cut_from_the_stripe,
        ),
        Misconception("pieces of one more", _PIECES, _from_places(_pieces)),
        Misconception(
            "pieces of one more, and n",
            _PIECES,
            lambda ids, B, S: _read(ids, _pieces(len(ids) // B, 0, B, S)),
        ),
        Misconception(
            "targets not shifted",
            "Your targets are the inputs themselves, and copying is learnt at once. Each target is the character after its input.",
            _with(shift=0),
        ),
        Misconception(
            "shifted twice",
            "Your targets are two characters ahead of the inputs. Shift by one.",
            _with(shift=2),
        ),
        Misconception(
            "inputs and targets swapped",
            "Inputs and targets have changed places. Return inputs, targets.",
            lambda *args: stripes(*args)[::-1],
        ),
        Misconception("rolled within the row", _ROLLED, _rolled_in_the_row),
        Misconception("rolled within the stripe", _ROLLED, _rolled_in_the_stripe),
        Misconception(
            "one added to the ids",
            "You added 1 to the ids, which gives other characters. The targets are what stands one place further on in the text.",
            _ids_plus_one,
        ),
        Misconception(
            "places for ids",
            "You return the places in the text; look up the characters' ids there: ids[places].",
            lambda *args: (_right_places(*args), _right_places(*args) + 1),
        ),
        Misconception(
            "one target a row",
            "You gave one target for each row. Every place has its own: the targets have the shape of the inputs.",
            lambda *args: (stripes(*args)[0], stripes(*args)[1][..., -1]),
        ),
        Misconception(
            "first call alone",
            "You return the first call alone. There are L // seq_len of them: (calls, batch_size, seq_len).",
            _with(arranged=lambda part: part[0]),
        ),
        Misconception(
            "whole stripes",
            "You return whole stripes, (batch_size, L). Cut each into L // seq_len pieces, one for each call.",
            _from_places(lambda length, calls, B, S: _places(1, B, length, stripe=length, call=0)[0]),
        ),
    ),
)
