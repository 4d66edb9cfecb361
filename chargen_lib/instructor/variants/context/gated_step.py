"""gated_step: what a gate lets through."""

import numpy as np

from chargen_lib.exercises.engine.cards import Misconception, Probe
from chargen_lib.instructor.variants.family import Family, Member, Rule, Slip


def kept(x, state, W, U, b):
    h = state.shape[-1]
    inputs, before = x @ W + b, state @ U  # (batch, 2h) both
    gate = 1 / (1 + np.exp(-(inputs + before)[:, :h]))
    new = np.tanh((inputs + before)[:, h:])
    return gate * state + (1 - gate) * new


def forgotten_first(x, state, W, U, b):
    h = state.shape[-1]
    gate = 1 / (1 + np.exp(-(x @ W[:, :h] + state @ U[:, :h] + b[:h])))
    return np.tanh(x @ W[:, h:] + (gate * state) @ U[:, h:] + b[h:])


def added(x, state, W, U, b):
    h = state.shape[-1]
    inputs, before = x @ W + b, state @ U  # (batch, 2h) both
    gate = 1 / (1 + np.exp(-(inputs + before)[:, :h]))
    return state + gate * np.tanh((inputs + before)[:, h:])


def _sigmoid(z):
    return 1 / (1 + np.exp(-z))


def _made_of(step, gates=_sigmoid, bent=np.tanh):
    """The mistake step(gate, new, state): gate and new as in a plain step, or bent otherwise."""

    def wrong(x, state, W, U, b):
        state = np.asarray(state, dtype=float)
        sums, h = np.asarray(x, dtype=float) @ W + state @ np.asarray(U, dtype=float) + b, state.shape[-1]
        return step(gates(sums[:, :h]), bent(sums[:, h:]), state)

    return wrong


def _behind_the_product(x, state, W, U, b):
    """The gate on what U makes of the state, as a GRU of the lesson has it."""
    h = np.shape(state)[-1]
    inputs, before = np.asarray(x, dtype=float) @ W + b, np.asarray(state, dtype=float) @ U
    return np.tanh(inputs[:, h:] + _sigmoid((inputs + before)[:, :h]) * before[:, h:])


def _gate_on_everything(x, state, W, U, b):
    return _made_of(lambda gate, new, state: np.tanh(gate * new), bent=lambda z: z)(x, state, W, U, b)


def _other_gate(x, state, W, U, b):
    h = np.shape(state)[-1]
    W, U, b = (np.array(a, dtype=float) for a in (W, U, b))
    W[:, :h], U[:, :h], b[:h] = -W[:, :h], -U[:, :h], -b[:h]
    return forgotten_first(x, state, W, U, b)


def _exchanged(array):
    """The two blocks of columns in the other order."""
    return np.concatenate(np.split(np.asarray(array), 2, axis=-1)[::-1], axis=-1)


def gated_step_probes(rng):
    def drawn(*shape):
        return rng.standard_normal(shape).astype(np.float32)

    def small(*rows):
        return np.array(rows, dtype=np.float32)

    W, U = small([1, -1, 0.5, 2], [0.5, 1, -1, 0.5]), small([1, 0.5, -0.5, 1], [-1, 1, 1, 0.5])
    return [
        Probe((small([1, 0.5]), small([0.5, -0.5]), W, U, np.array([0.5, -0.5, 1, 0], dtype=np.float32))),
        Probe((drawn(3, 2), drawn(3, 4), drawn(2, 8), drawn(4, 8), drawn(8)), batch=True),
        Probe((drawn(3, 3), drawn(3, 3), drawn(3, 6), drawn(3, 6), drawn(6)), batch=True),
    ]


GATED_STEP = Family(
    function="gated_step",
    title="A step with one gate",
    lesson=9,
    points=3,
    minutes=10,
    difficulty=2,
    docstring="A step.  x: (batch, d);  state: (batch, h);  W: (d, 2 h);  U: (h, 2 h);  b: (2 h,);  returns (batch, h).",
    given="A recurrent network with one gate. `W`, `U` and `b` hold two blocks of $h$ columns: the first ($W_g$, $U_g$, $b_g$) is for the gate, the "
    "second ($W_n$, $U_n$, $b_n$) for what is new. $x$ is the input of this step and $s$ the `state` before it, both with a row for each text. "
    "$\\sigma(z) = 1 / (1 + e^{-z})$, the gate is $g = \\sigma(x W_g + s U_g + b_g)$, and `*` multiplies entry by entry. Return the state "
    "after this step:",
    probes=gated_step_probes,
    members=(
        Member(
            name="kept",
            statement="$g * s + (1 - g) * n$, with $n = \\tanh(x W_n + s U_n + b_n)$: the gate is the share of the old state that is *kept*.",
            hint="One product x @ W + state @ U + b has both blocks: the first h columns and the others.",
            reference=kept,
            did="You kept the share g of the old state and filled up with what is new",
            asked="here the share g of the old state is kept, and the rest, 1 - g, is new",
            mistakes=(
                Misconception(
                    "shares swapped",
                    "The shares have changed places: here g belongs to the old state, and 1 - g to what is new.",
                    _made_of(lambda gate, new, state: (1 - gate) * state + gate * new),
                ),
                Misconception(
                    "all that is new",
                    "You added all that is new. It has the share 1 - g alone: g * state + (1 - g) * n.",
                    _made_of(lambda gate, new, state: gate * state + new),
                ),
                Misconception(
                    "kept alone",
                    "You returned what is kept of the old state alone; add (1 - g) * n.",
                    _made_of(lambda gate, new, state: gate * state),
                ),
                Misconception(
                    "no tanh",
                    "The tanh is missing, so the state can grow without end: n = tanh(...).",
                    _made_of(lambda gate, new, state: gate * state + (1 - gate) * new, bent=lambda z: z),
                ),
                Misconception(
                    "tanh in the gate",
                    "Your gate is a tanh, which lies between -1 and 1. A share lies between 0 and 1: the sigmoid.",
                    _made_of(lambda gate, new, state: gate * state + (1 - gate) * new, gates=np.tanh),
                ),
            ),
        ),
        Member(
            name="forgotten first",
            statement="$\\tanh(x W_n + (g * s) U_n + b_n)$: the gate says how much of the old state is let into what is new, *before* $U_n$ is "
            "applied, and nothing is kept besides.",
            hint="The gate needs the first h columns of W, U and b. Multiply the state by it, and only then by the last h columns of U.",
            reference=forgotten_first,
            did="You multiplied the state by the gate and made all of the new state of that",
            asked="here the state is multiplied by the gate first, and all of the new state is made of that: tanh(x Wn + (g * s) Un + bn)",
            mistakes=(
                Misconception(
                    "gate behind the product",
                    "You put the gate on state @ Un, as the GRU of lesson 09 does. Here it is on the state, before the product: (g * state) @ Un.",
                    _behind_the_product,
                ),
                Misconception(
                    "gate on everything",
                    "You put the gate on the input and the bias too. It is on the state alone: (g * state) @ Un.",
                    _gate_on_everything,
                ),
                Misconception(
                    "gate outside",
                    "You put the gate outside the tanh. It belongs to the state, inside: tanh(x Wn + (g * state) Un + bn).",
                    _made_of(lambda gate, new, state: gate * new),
                ),
                Misconception(
                    "the other share",
                    "You let through what the gate should hold back, 1 - g. Look at the sign in exp(-z).",
                    _other_gate,
                ),
            ),
        ),
        Member(
            name="added",
            statement="$s + g * n$, with $n = \\tanh(x W_n + s U_n + b_n)$: the old state goes on as it is, and the gate is the share of the new that is "
            "*added*.",
            hint="One product x @ W + state @ U + b has both blocks: the first h columns and the others.",
            reference=added,
            did="You added the share g of what is new to the whole old state",
            asked="here the old state goes on whole, and the share g of what is new is added: s + g * n",
            mistakes=(
                Misconception(
                    "added whole",
                    "You added all that is new; the gate lets a share of it in: s + g * n.",
                    _made_of(lambda gate, new, state: state + new),
                ),
                Misconception(
                    "gate on the state",
                    "You put the gate on the old state. It goes on whole; the gate is on what is new: s + g * n.",
                    _made_of(lambda gate, new, state: gate * state + new),
                ),
                Misconception(
                    "not added",
                    "You returned the share of what is new alone; add the old state: s + g * n.",
                    _made_of(lambda gate, new, state: gate * new),
                ),
                Misconception(
                    "no tanh",
                    "The tanh is missing: n = tanh(...).",
                    _made_of(lambda gate, new, state: state + gate * new, bent=lambda z: z),
                ),
                Misconception(
                    "tanh in the gate",
                    "Your gate is a tanh, which lies between -1 and 1. A share lies between 0 and 1: the sigmoid.",
                    _made_of(lambda gate, new, state: state + gate * new, gates=np.tanh),
                ),
                Misconception(
                    "the other share",
                    "You added the share 1 - g; the gate g itself is the share of the new that is added.",
                    _made_of(lambda gate, new, state: state + (1 - gate) * new),
                ),
            ),
        ),
    ),
    others=(
        Rule("no gate", "You returned tanh(x Wn + s Un + bn), a step without a gate", _made_of(lambda gate, new, state: new)),
    ),
    slips=(
        Slip(
            "blocks exchanged",
            "You took the blocks in the other order: the first h columns are the gate's, the last h make what is new.",
            lambda right: lambda x, state, W, U, b: right(x, state, _exchanged(W), _exchanged(U), _exchanged(b)),
        ),
        Slip(
            "no bias",
            "The bias b is missing: it is added in both blocks.",
            lambda right: lambda x, state, W, U, b: right(x, state, W, U, 0 * b),
        ),
        Slip(
            "state not looked at",
            "Neither the gate nor what is new looks at the state: state @ U is missing.",
            lambda right: lambda x, state, W, U, b: right(x, state, W, 0 * U, b),
        ),
        Slip(
            "input not looked at",
            "Neither the gate nor what is new looks at the input: x @ W is missing.",
            lambda right: lambda x, state, W, U, b: right(x, state, 0 * W, U, b),
        ),
    ),
)
