"""One step of a GRU and of an LSTM, as they are right and as they are written when they are wrong."""

from types import SimpleNamespace

import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def same(x):
    return x


def blocks(columns, order):
    """The columns, cut into one block for each letter of `order`, by that letter."""
    return dict(zip(order, np.split(columns, len(order), axis=-1), strict=True))


def every_nth(columns, order):
    """One wrong cut: the first letter has the first column, the next letter the second, and so on, round and round."""
    return {letter: columns[..., place :: len(order)] for place, letter in enumerate(order)}


# --- GRU ------------------------------------------------------------------------------------------------------------------


def gru_step(x, state, Wx, Wh, b, bn):
    a = gru_parts(x, state, Wx, Wh, b, bn)
    return (1 - a.z) * a.n + a.z * state


def gru_parts(x, state, Wx, Wh, b, bn, order="rzn", cut=blocks, gate=sigmoid):
    """All that a step computes on its way: x Wx and h Wh of each block, the blocks of b, and r, z, n."""
    x, state, Wx, Wh, b, bn = (np.asarray(given, dtype=float) for given in (x, state, Wx, Wh, b, bn))
    of_x, of_h, bias = cut(x @ Wx, order), cut(state @ Wh, order), cut(b, order)
    r = gate(of_x["r"] + of_h["r"] + bias["r"])
    z = gate(of_x["z"] + of_h["z"] + bias["z"])
    n = np.tanh(of_x["n"] + bias["n"] + r * (of_h["n"] + bn))
    return SimpleNamespace(state=state, Wh=Wh, of_x=of_x, of_h=of_h, bias=bias, bn=bn, r=r, z=z, n=n)


def gru_slip(wrong):
    """The mistake wrong(a), where `a` has all the parts of a right step."""
    return lambda *args: wrong(gru_parts(*args))


def gru_candidate(wrong, bend=np.tanh):
    """A step whose n is made otherwise: bend(wrong(a))."""
    return gru_slip(lambda a: (1 - a.z) * bend(wrong(a)) + a.z * a.state)


def gru_with(**changed):
    """A step with another order of blocks, another cut or another gate."""

    def wrong(*args):
        a = gru_parts(*args, **changed)
        return (1 - a.z) * a.n + a.z * a.state

    return wrong


def gru_gates(wrong):
    """A step whose gates are made otherwise: wrong(a, letter) goes into the sigmoid."""

    def mistaken(*args):
        a = gru_parts(*args)
        r, z = sigmoid(wrong(a, "r")), sigmoid(wrong(a, "z"))
        n = np.tanh(a.of_x["n"] + a.bias["n"] + r * (a.of_h["n"] + a.bn))
        return (1 - z) * n + z * a.state

    return mistaken


# --- LSTM -----------------------------------------------------------------------------------------------------------------


def lstm_step(x, state, cell, Wx, Wh, b):
    a = lstm_parts(x, state, cell, Wx, Wh, b)
    return a.o * np.tanh(a.new), a.new


def lstm_parts(x, state, cell, Wx, Wh, b, order="ifgo", cut=blocks, gate=sigmoid, bend=np.tanh):
    """All that a step computes on its way: what goes into each gate, the gates, g and the new cell."""
    x, state, cell, Wx, Wh, b = (np.asarray(given, dtype=float) for given in (x, state, cell, Wx, Wh, b))
    into = cut(x @ Wx + state @ Wh + b, order)
    i, f, o, g = gate(into["i"]), gate(into["f"]), gate(into["o"]), bend(into["g"])
    return SimpleNamespace(state=state, cell=cell, into=into, i=i, f=f, g=g, o=o, new=f * cell + i * g)


def lstm_slip(wrong):
    """The mistake wrong(a), where `a` has all the parts of a right step."""
    return lambda *args: wrong(lstm_parts(*args))


def lstm_cell(wrong):
    """A step whose new cell is made otherwise: wrong(a)."""

    def mistaken(*args):
        a = lstm_parts(*args)
        new = wrong(a)
        return a.o * np.tanh(new), new

    return mistaken


def lstm_with(**changed):
    """A step with another order of blocks, another cut, another gate or another bend for g."""

    def wrong(*args):
        a = lstm_parts(*args, **changed)
        return a.o * np.tanh(a.new), a.new

    return wrong
