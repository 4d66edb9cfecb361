"""gru_step: its card, what it is tried on, and what to say of a wrong answer."""

import itertools

import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe
from chargen_lib.exercises.lesson_09 import cells


def gru_probes(rng):
    def drawn(batch, d, h):
        shapes = (batch, d), (batch, h), (d, 3 * h), (h, 3 * h), (3 * h,), (h,)
        return tuple((0.8 * rng.normal(size=shape)).astype(np.float32) for shape in shapes)

    numbers = [[1]], [[0.5]], [[1, -1, 2]], [[0.5, 1, -1]], [0.25, -0.5, 0.5], [1]
    x, state, *weights = drawn(2, 3, 4)
    return [
        Probe(tuple(np.array(a, dtype=np.float32) for a in numbers)),
        Probe((x, np.zeros_like(state), *weights), batch=True),
        Probe(drawn(2, 3, 4), batch=True),
        Probe(drawn(2, 3, 4), batch=True),
    ]


def _other_orders():
    for order in itertools.permutations("rzn"):
        if "".join(order) != "rzn":
            shown = ", ".join(order)
            said = f"You took the blocks of columns in the order {shown}. Other libraries keep them so; here they are r, z, n."
            yield Misconception(f"blocks {shown}", said, cells.gru_with(order="".join(order)))


def _b_twice(x, state, Wx, Wh, b, bn):
    r, z, n = np.split(np.asarray(b, dtype=float), 3)
    return cells.gru_step(x, state, Wx, Wh, np.concatenate([2 * r, 2 * z, n]), n + bn)


_RESET = "r stands before what comes from the state, and only there: n = tanh(x Wn + b_n + r * (h Un + bn))."

GRU_STEP = Exercise(
    name="gru_step",
    lesson=9,
    points=3,
    minutes=12,
    difficulty=3,
    hint="Compute x @ Wx + b and state @ Wh apart, and cut each into three blocks with jnp.split(..., 3, axis=-1). r and z take the sum "
    "of their two blocks; n takes its two blocks apart, as r stands before the second.",
    reference=cells.gru_step,
    probes=gru_probes,
    misconceptions=(
        Misconception(
            "z and 1 - z exchanged",
            "z and 1 - z have changed places. Here z says how much of the *old* state is kept: (1 - z) n + z h.",
            cells.gru_slip(lambda a: a.z * a.n + (1 - a.z) * a.state),
        ),
        *_other_orders(),
        Misconception(
            "every third column",
            "You gave r the columns 0, 3, 6, and so on. The first third of the columns belongs to r, the second to z, the last to n: "
            "jnp.split(..., 3, axis=-1).",
            cells.gru_with(cut=cells.every_nth),
        ),
        Misconception(
            "bn outside the reset",
            "bn stands outside the brackets, so r does not reset it. " + _RESET,
            cells.gru_candidate(lambda a: a.of_x["n"] + a.bias["n"] + a.r * a.of_h["n"] + a.bn),
        ),
        Misconception(
            "no bn",
            "bn is missing. " + _RESET,
            cells.gru_candidate(lambda a: a.of_x["n"] + a.bias["n"] + a.r * a.of_h["n"]),
        ),
        Misconception(
            "b inside the reset",
            "The third block of b stands inside the brackets, so r resets it. " + _RESET,
            cells.gru_candidate(lambda a: a.of_x["n"] + a.r * (a.of_h["n"] + a.bias["n"] + a.bn)),
        ),
        Misconception(
            "all inside the reset",
            "You reset the character too. " + _RESET,
            cells.gru_candidate(lambda a: a.r * (a.of_x["n"] + a.bias["n"] + a.of_h["n"] + a.bn)),
        ),
        Misconception(
            "reset on the input",
            "You reset what comes from the character. " + _RESET,
            cells.gru_candidate(lambda a: a.r * (a.of_x["n"] + a.bias["n"]) + a.of_h["n"] + a.bn),
        ),
        Misconception(
            "reset before the product",
            "You reset the state before its product with Un, as in the paper of 2014. Here, as in fast libraries, r comes after the "
            "product: r * (h Un + bn).",
            cells.gru_candidate(lambda a: a.of_x["n"] + a.bias["n"] + (a.r * a.state) @ a.Wh[:, -a.bn.size :] + a.bn),
        ),
        Misconception(
            "no reset",
            "r is missing. " + _RESET,
            cells.gru_candidate(lambda a: a.of_x["n"] + a.bias["n"] + a.of_h["n"] + a.bn),
        ),
        Misconception(
            "1 - r",
            "You reset with 1 - r. Where r is 0, nothing of the state comes through: r * (h Un + bn).",
            cells.gru_candidate(lambda a: a.of_x["n"] + a.bias["n"] + (1 - a.r) * (a.of_h["n"] + a.bn)),
        ),
        Misconception(
            "no state in n",
            "n knows nothing of the state. " + _RESET,
            cells.gru_candidate(lambda a: a.of_x["n"] + a.bias["n"]),
        ),
        Misconception(
            "no tanh",
            "n has no tanh. " + _RESET,
            cells.gru_candidate(lambda a: a.of_x["n"] + a.bias["n"] + a.r * (a.of_h["n"] + a.bn), bend=cells.same),
        ),
        Misconception(
            "n by sigmoid",
            "You made n with the sigmoid, as r and z. n is no gate: it is made with tanh and may be below 0.",
            cells.gru_candidate(lambda a: a.of_x["n"] + a.bias["n"] + a.r * (a.of_h["n"] + a.bn), bend=cells.sigmoid),
        ),
        Misconception(
            "gates by tanh",
            "You made r and z with tanh. A gate is a share between 0 and 1: it is made with the sigmoid.",
            cells.gru_with(gate=np.tanh),
        ),
        Misconception(
            "gates without a sigmoid",
            "r and z have no sigmoid. A gate is a share between 0 and 1.",
            cells.gru_with(gate=cells.same),
        ),
        Misconception(
            "sigmoid turned round",
            "Your sigmoid is turned round: 1 / (1 + exp(-x)) has a minus, or use jax.nn.sigmoid.",
            cells.gru_with(gate=lambda x: cells.sigmoid(-x)),
        ),
        Misconception(
            "no b",
            "b is missing: its three blocks belong to r, z and n.",
            lambda x, state, Wx, Wh, b, bn: cells.gru_step(x, state, Wx, Wh, np.zeros(np.shape(b)), bn),
        ),
        Misconception(
            "b twice",
            "You added b twice, to what comes from the character and to what comes from the state. Add it to x Wx alone.",
            _b_twice,
        ),
        Misconception(
            "only bn reset",
            "You added character and state together for n too, so r resets bn alone. For n cut the two apart: " + _RESET,
            cells.gru_candidate(lambda a: a.of_x["n"] + a.bias["n"] + a.of_h["n"] + a.r * a.bn),
        ),
        Misconception(
            "bn in every gate",
            "You added bn to r and z too. It belongs to n alone; r and z have their blocks of b.",
            cells.gru_gates(lambda a, gate: a.of_x[gate] + a.of_h[gate] + a.bias[gate] + a.bn),
        ),
        Misconception(
            "gates without the state",
            "Your gates know the character alone. r and z look at the state too: sigmoid(x Wr + h Ur + b_r).",
            cells.gru_gates(lambda a, gate: a.of_x[gate] + a.bias[gate]),
        ),
        Misconception(
            "gates without the character",
            "Your gates know the state alone. r and z look at the character too: sigmoid(x Wr + h Ur + b_r).",
            cells.gru_gates(lambda a, gate: a.of_h[gate] + a.bias[gate]),
        ),
        Misconception(
            "n returned",
            "You return n, the new proposal. The new state mixes it with the old state: (1 - z) n + z h.",
            cells.gru_slip(lambda a: a.n),
        ),
        Misconception(
            "nothing kept",
            "The old state is missing at the end: (1 - z) n + z h.",
            cells.gru_slip(lambda a: (1 - a.z) * a.n),
        ),
        Misconception(
            "all of n",
            "You added all of n to what is kept. The shares of old and new sum to 1: (1 - z) n + z h.",
            cells.gru_slip(lambda a: a.n + a.z * a.state),
        ),
    ),
)
