"""lstm_step: its card, what it is tried on, and what to say of a wrong answer."""

import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe
from chargen_lib.exercises.lesson_09 import cells


def lstm_probes(rng):
    def drawn(batch, d, h):
        shapes = (batch, d), (batch, h), (batch, h), (d, 4 * h), (h, 4 * h), (4 * h,)
        return tuple((0.8 * rng.normal(size=shape)).astype(np.float32) for shape in shapes)

    numbers = [[1]], [[0.5]], [[-2]], [[1, -1, 2, 0.5]], [[0.5, 1, -1, -2]], [0.25, -0.5, 0.5, 1]
    x, state, cell, *weights = drawn(2, 3, 4)
    return [
        Probe(tuple(np.array(a, dtype=np.float32) for a in numbers)),
        Probe((x, np.zeros_like(state), np.zeros_like(cell), *weights), batch=True),
        Probe(drawn(2, 3, 4), batch=True),
        Probe(drawn(2, 3, 4), batch=True),
    ]


def _other_order(order):
    shown = ", ".join(order)
    said = f"You took the blocks of columns in the order {shown}. Others keep them so; here they are i, f, g, o."
    return Misconception(f"blocks {shown}", said, cells.lstm_with(order=order))


LSTM_STEP = Exercise(
    name="lstm_step",
    lesson=9,
    points=2,
    minutes=8,
    difficulty=2,
    hint="x @ Wx + state @ Wh + b is (batch, 4 h): cut it with jnp.split(..., 4, axis=-1). First the new cell, then the new state, which "
    "is made of the new cell.",
    reference=cells.lstm_step,
    probes=lstm_probes,
    misconceptions=(
        Misconception(
            "cell first",
            "The cell comes first in what you return. Return the state, then the cell.",
            cells.lstm_slip(lambda a: (a.new, a.o * np.tanh(a.new))),
        ),
        *map(_other_order, ("ifog", "igfo", "iofg", "figo", "fiog", "ofgi")),
        Misconception(
            "every fourth column",
            "You gave i the columns 0, 4, 8, and so on. The first quarter of the columns belongs to i, the next to f, and so on: "
            "jnp.split(..., 4, axis=-1).",
            cells.lstm_with(cut=cells.every_nth),
        ),
        Misconception(
            "no tanh of the cell",
            "The new state is made of the tanh of the cell: sigmoid(o) tanh(cell). You left that tanh out.",
            cells.lstm_slip(lambda a: (a.o * a.new, a.new)),
        ),
        Misconception(
            "cell kept as its tanh",
            "You keep the tanh of the cell as the cell. Only the state is made with it; the cell is kept as it is, and may grow beyond 1.",
            cells.lstm_slip(lambda a: (a.o * np.tanh(a.new), np.tanh(a.new))),
        ),
        Misconception(
            "state of the old cell",
            "You made the new state of the old cell. First comes the new cell, and then the state of it.",
            cells.lstm_slip(lambda a: (a.o * np.tanh(a.cell), a.new)),
        ),
        Misconception(
            "sigmoid of the cell",
            "You took the sigmoid of the cell for the new state. It is the tanh: sigmoid(o) tanh(cell).",
            cells.lstm_slip(lambda a: (a.o * cells.sigmoid(a.new), a.new)),
        ),
        Misconception(
            "old cell returned",
            "The second value that you return is the old cell. Return the new one, of which the new state is made.",
            cells.lstm_slip(lambda a: (a.o * np.tanh(a.new), a.cell)),
        ),
        Misconception(
            "tanh of gate and cell",
            "Your tanh stands round gate and cell together. The gate multiplies the tanh of the cell: sigmoid(o) * tanh(cell).",
            cells.lstm_slip(lambda a: (np.tanh(a.o * a.new), a.new)),
        ),
        Misconception(
            "no output gate",
            "The output gate is missing: the new state is sigmoid(o) tanh(cell).",
            cells.lstm_slip(lambda a: (np.tanh(a.new), a.new)),
        ),
        Misconception(
            "no tanh of g",
            "g has no tanh: cell = sigmoid(f) cell + sigmoid(i) tanh(g).",
            cells.lstm_with(bend=cells.same),
        ),
        Misconception(
            "g by sigmoid",
            "You made g with the sigmoid, as the three gates. g is what may be written, and is made with tanh: it may be below 0.",
            cells.lstm_with(bend=cells.sigmoid),
        ),
        Misconception(
            "tanh of a sigmoid for g",
            "You took the sigmoid of all four blocks, and then the tanh of g. g is no gate: it is tanh(g) alone, and may be below 0.",
            cells.lstm_with(bend=lambda x: np.tanh(cells.sigmoid(x))),
        ),
        Misconception(
            "neither sigmoid nor tanh",
            "You used the blocks as they are. The gates are sigmoid(i), sigmoid(f) and sigmoid(o), and what is written is tanh(g).",
            cells.lstm_with(gate=cells.same, bend=cells.same),
        ),
        Misconception(
            "no forget gate",
            "The forget gate is missing: the old cell is kept whole. cell = sigmoid(f) cell + sigmoid(i) tanh(g).",
            cells.lstm_cell(lambda a: a.cell + a.i * a.g),
        ),
        Misconception(
            "no input gate",
            "The input gate is missing: cell = sigmoid(f) cell + sigmoid(i) tanh(g).",
            cells.lstm_cell(lambda a: a.f * a.cell + a.g),
        ),
        Misconception(
            "1 - f for i",
            "You write with 1 - f, as a GRU does. An LSTM has an input gate of its own: sigmoid(i).",
            cells.lstm_cell(lambda a: a.f * a.cell + (1 - a.f) * a.g),
        ),
        Misconception(
            "nothing kept",
            "The old cell is missing: cell = sigmoid(f) cell + sigmoid(i) tanh(g).",
            cells.lstm_cell(lambda a: a.i * a.g),
        ),
        Misconception(
            "old state for the old cell",
            "You kept a part of the old *state*. The forget gate belongs to the old cell: sigmoid(f) cell.",
            cells.lstm_cell(lambda a: a.f * a.state + a.i * a.g),
        ),
        Misconception(
            "one added to the forget gate",
            "You added 1 inside the forget gate. That is a good way to *begin*, and it stands in b then; the step adds b and nothing more.",
            cells.lstm_cell(lambda a: cells.sigmoid(a.into["f"] + 1) * a.cell + a.i * a.g),
        ),
        Misconception(
            "gates by tanh",
            "You made the gates with tanh. A gate is a share between 0 and 1: i, f and o are made with the sigmoid.",
            cells.lstm_with(gate=np.tanh),
        ),
        Misconception(
            "gates without a sigmoid",
            "i, f and o have no sigmoid. A gate is a share between 0 and 1.",
            cells.lstm_with(gate=cells.same),
        ),
        Misconception(
            "sigmoid turned round",
            "Your sigmoid is turned round: 1 / (1 + exp(-x)) has a minus, or use jax.nn.sigmoid.",
            cells.lstm_with(gate=lambda x: cells.sigmoid(-x)),
        ),
        Misconception(
            "no b",
            "b is missing: add it to x Wx + h Wh, before the blocks are cut.",
            lambda x, state, cell, Wx, Wh, b: cells.lstm_step(x, state, cell, Wx, Wh, np.zeros(np.shape(b))),
        ),
        Misconception(
            "no state",
            "The old state is missing: the gates and g look at x Wx + h Wh + b.",
            lambda x, state, cell, Wx, Wh, b: cells.lstm_step(x, np.zeros(np.shape(state)), cell, Wx, Wh, b),
        ),
        Misconception(
            "cell for the state",
            "You multiplied the cell by Wh. The gates look at the old state; the cell is only kept, written and shown.",
            lambda x, state, cell, Wx, Wh, b: cells.lstm_step(x, cell, cell, Wx, Wh, b),
        ),
    ),
)
