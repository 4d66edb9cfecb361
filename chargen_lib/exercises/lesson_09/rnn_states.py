"""rnn_states: its reference, what it is tried on, and the wrong answers with names."""

import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe


def _reading(step):
    """The states when `step(x, h, Wx, Wh, b)` makes the next state of each input and the state before it."""

    def read(inputs, state, Wx, Wh, b):
        inputs, state, Wx, Wh, b = (np.asarray(a, dtype=float) for a in (inputs, state, Wx, Wh, b))
        states = []
        for x in inputs:
            state = step(x, state, Wx, Wh, b)
            states.append(state)
        return np.array(states)

    return read


def _linear(x, h, Wx, Wh, b):
    return x @ Wx + h @ Wh + b


def rnn_states(inputs, state, Wx, Wh, b):
    return _reading(lambda *args: np.tanh(_linear(*args)))(inputs, state, Wx, Wh, b)


def reading_probes(rng):
    def drawn(time, d, h, scale=0.6):
        shapes = (time, d), (h,), (d, h), (h, h), (h,)
        return tuple((scale * rng.normal(size=shape)).astype(np.float32) for shape in shapes)

    def small(*arrays):
        return tuple(np.array(a, dtype=np.float32) for a in arrays)

    Wx, Wh, b = [[1, -0.5], [0.5, 1]], [[0.5, -1], [0.25, 0.5]], [0.25, -0.5]
    inputs, state, *weights = drawn(4, 2, 3)
    return [
        Probe(small([[1]], [0.5], [[0.5]], [[-1]], [0.25])),
        Probe(small([[1, 0], [0, 1], [-1, 0.5]], [0.5, -0.25], Wx, Wh, b)),  # Wx and Wh are of one shape
        Probe((inputs, np.zeros_like(state), *weights)),
        Probe(drawn(4, 2, 3)),
        Probe(drawn(4, 2, 3)),
    ]


def _tanh_on_what_is_written(*args):
    return np.tanh(_reading(_linear)(*args))


def _not_carried(inputs, state, Wx, Wh, b):
    return np.tanh(np.asarray(inputs) @ np.asarray(Wx) + np.asarray(state) @ np.asarray(Wh) + np.asarray(b))


def _without_the_first(inputs, *others):
    return np.stack(list(rnn_states(inputs[1:], *others)))  # np.stack raises of nothing, as jnp.stack does


def _starting_state_first(inputs, state, Wx, Wh, b):
    return np.vstack([np.asarray(state)[None], rnn_states(inputs, state, Wx, Wh, b)])


def _from_the_end(inputs, *others):
    return rnn_states(np.asarray(inputs)[::-1], *others)


_TANH_ON_ALL = "The tanh goes over the whole sum: tanh(x_t Wx + h_(t-1) Wh + b)."
_BACKWARDS = "You read the inputs from the last to the first. A state knows what came before it: begin with inputs[0]."
_ROWS_FIRST = "rows come first here: x @ Wx, (d,) @ (d, h), and h @ Wh."

RNN_STATES = Exercise(
    name="rnn_states",
    lesson=9,
    points=2,
    minutes=8,
    difficulty=2,
    hint="A loop with one variable: h = state, and for each x a new h of x and the old h, which you also keep in a list. "
    "jnp.stack makes one array of the list.",
    reference=rnn_states,
    probes=reading_probes,
    misconceptions=(
        Misconception(
            "no tanh",
            "There is no tanh, so all the steps together are one linear map, and the numbers may grow without end. "
            + _TANH_ON_ALL,
            _reading(_linear),
        ),
        Misconception(
            "tanh on what is written alone",
            "The state that you carry on has no tanh; only the rows that you return have. Carry on what you return: h = tanh(...).",
            _tanh_on_what_is_written,
        ),
        Misconception(
            "state not carried",
            "Every place begins from the starting state, so nothing is remembered. The new state is the next place's old one: assign it to "
            "the same name.",
            _not_carried,
        ),
        Misconception(
            "no state",
            "The state is missing: each row knows its own input alone. Add h_(t-1) Wh inside the tanh.",
            _reading(lambda x, h, Wx, Wh, b: np.tanh(x @ Wx + b)),
        ),
        Misconception(
            "state without weights",
            "You added the old state as it is. It has weights of its own: h_(t-1) Wh.",
            _reading(lambda x, h, Wx, Wh, b: np.tanh(x @ Wx + h + b)),
        ),
        Misconception(
            "starts from nothing",
            "You begin from zeros. Begin from the `state` that is given: it is what an earlier part of the text left behind.",
            lambda inputs, state, *weights: rnn_states(inputs, np.zeros(np.shape(state)), *weights),
        ),
        Misconception(
            "starting state among the rows",
            "Your first row is the starting state, so there is one too many. Row t is the state *after* input t.",
            _starting_state_first,
        ),
        Misconception(
            "first input left out",
            "You begin with the second input. The starting state is the state *before* the first one: range(len(inputs)), or `for x in inputs`.",
            _without_the_first,
        ),
        Misconception(
            "each state before its input",
            "Row t holds the state before input t. Keep the new state, after the input was read.",
            lambda *args: _starting_state_first(*args)[:-1],
        ),
        Misconception(
            "last state alone",
            "You return the last state. Every place has a row of its own: (time, h). Keep each new state in a list.",
            lambda *args: rnn_states(*args)[-1],
        ),
        Misconception(
            "last state beside the rows",
            "You return two things, the last state and the rows, as jax.lax.scan does. The rows are asked: the second of the two.",
            lambda *args: (rnn_states(*args)[-1], rnn_states(*args)),
        ),
        Misconception(
            "no bias",
            "The bias is missing: add b inside the tanh.",
            _reading(lambda x, h, Wx, Wh, b: np.tanh(x @ Wx + h @ Wh)),
        ),
        Misconception(
            "bias after the tanh",
            "You added b after the tanh. " + _TANH_ON_ALL,
            _reading(lambda x, h, Wx, Wh, b: np.tanh(x @ Wx + h @ Wh) + b),
        ),
        Misconception(
            "two tanhs",
            "You took the tanh of the two parts one by one. " + _TANH_ON_ALL,
            _reading(lambda x, h, Wx, Wh, b: np.tanh(x @ Wx + b) + np.tanh(h @ Wh)),
        ),
        Misconception(
            "tanh on the state alone",
            "Your tanh is on the state's part alone. " + _TANH_ON_ALL,
            _reading(lambda x, h, Wx, Wh, b: x @ Wx + b + np.tanh(h @ Wh)),
        ),
        Misconception(
            "tanh on the input alone",
            "Your tanh is on the input's part alone. " + _TANH_ON_ALL,
            _reading(lambda x, h, Wx, Wh, b: np.tanh(x @ Wx + b) + h @ Wh),
        ),
        Misconception(
            "tanh twice",
            "You took the tanh of a tanh. Once is enough: h = tanh(x_t Wx + h_(t-1) Wh + b).",
            _reading(lambda *args: np.tanh(np.tanh(_linear(*args)))),
        ),
        Misconception(
            "old state added",
            "You added the change to the old state. In a plain recurrent network the tanh *is* the new state.",
            _reading(lambda x, h, Wx, Wh, b: h + np.tanh(_linear(x, h, Wx, Wh, b))),
        ),
        Misconception(
            "sigmoid",
            "You used the sigmoid, which is never below 0; this state is made with tanh.",
            _reading(lambda *args: 1 / (1 + np.exp(-_linear(*args)))),
        ),
        Misconception(
            "ReLU",
            "You used ReLU; this state is made with tanh, which keeps every number between -1 and 1.",
            _reading(lambda *args: np.maximum(_linear(*args), 0)),
        ),
        Misconception(
            "Wh @ h",
            "You wrote Wh @ h, which reads the columns of Wh as rows; " + _ROWS_FIRST,
            _reading(lambda x, h, Wx, Wh, b: np.tanh(x @ Wx + Wh @ h + b)),
        ),
        Misconception(
            "W first",
            "You wrote the weights first; " + _ROWS_FIRST,
            _reading(lambda x, h, Wx, Wh, b: np.tanh(Wx @ x + Wh @ h + b)),
        ),
        Misconception(
            "Wx and Wh swapped",
            "Wx and Wh have changed places: Wx belongs to the input, Wh to the state.",
            _reading(lambda x, h, Wx, Wh, b: np.tanh(x @ Wh + h @ Wx + b)),
        ),
        Misconception("read from the end", _BACKWARDS, _from_the_end),
        Misconception("read from the end, in the text's order", _BACKWARDS, lambda *args: _from_the_end(*args)[::-1]),
    ),
)
