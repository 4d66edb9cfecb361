"""What StateLens shows of a recurrent network: its states along a text, how far back its guesses reach, and what its units go with."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx

from chargen_lib.models import Recurrent
from chargen_lib.models.recurrent import GATES

ROWS = 16  # pieces of the training part, and of the held-out part, on which the units are measured
WARM = 48  # characters that each piece reads before it is measured
LEAST = 0.5  # a unit whose correlation is nearer to 0 is not named


def states_and_reach(model: Recurrent, ids: np.ndarray, back: int) -> tuple[np.ndarray, np.ndarray]:
    """Along each row of ids (rows, time), read from nothing: the states, and the reach in the first row.

    states (rows, time, hidden_dim): what the cell has written after each character.  reach (time - 1, back): entry [t, k] is the length of
    the gradient of the loss at place t, -ln p(what comes), by the embedding of the character k places before; NaN where none stands.
    """
    states, lengths = _measured(model, jnp.asarray(ids), back)
    place, k = np.arange(ids.shape[1] - 1)[:, None], np.arange(back)
    begins = np.maximum(place - back + 1, 0)
    at = place - k - begins  # where in its window the character k before stands
    return np.asarray(states), np.where(place >= k, np.asarray(lengths)[place, np.maximum(at, 0)], np.nan)


@partial(jax.jit, static_argnames="back")
def _measured(model, ids, back):
    layer, nothing = model.stack[0], model.init_state(len(ids))[0]

    def one(state, entering):
        state = layer.step(entering, state)
        return state, state

    _, states = jax.lax.scan(one, nothing, layer.entering(model.embedding(ids.T)))  # leaves (time, rows, hidden)
    # Each place's loss by the embeddings of its last `back` characters: a window for each, begun with the state that it met.
    place = jnp.arange(ids.shape[1] - 1)
    begins = jnp.maximum(place - back + 1, 0)
    met = jax.tree.map(lambda leaf: jnp.concatenate([jnp.zeros_like(leaf[:1, 0]), leaf[:, 0]])[begins], states)
    window = jnp.minimum(begins + jnp.arange(back)[:, None], ids.shape[1] - 1)  # (back, time - 1)

    def loss(x):
        written, _ = layer.read(x, met)
        logits = model.output(written[place - begins, place])
        return optax.softmax_cross_entropy_with_integer_labels(
            logits, ids[0, 1:]
        ).sum()  # no place's loss moves another's gradient

    lengths = jnp.linalg.norm(jax.grad(loss)(model.embedding(ids[0, window])), axis=-1)
    written = states[1] if isinstance(states, tuple) else states
    return written.swapaxes(0, 1), lengths.T


def pieces(size: int, length: int) -> np.ndarray:
    """Places of ROWS pieces of so many characters, evenly over the training part and over the held-out tenth: (2 * ROWS, length)."""
    cut = size - size // 10
    starts = np.concatenate([np.linspace(0, cut - length, ROWS), np.linspace(cut, size - length, ROWS)]).astype(int)
    return starts[:, None] + np.arange(length)


def named_units(text: str, places: np.ndarray, states: np.ndarray) -> list[tuple[int, str, float]]:
    """The units that go best with what can be said of a text: (unit, words, correlation).

    places (2 * ROWS, time): where in text the pieces stand; states (2 * ROWS, time, hidden).  A unit is chosen on the pieces of the
    training part, and its correlation is that on the held-out pieces.  One that is below LEAST on either is left out.
    """
    found = []
    for words, values in _features(text).items():
        here = values[places[:, WARM:]]
        chosen_on, judged_on = (_correlations(states[half, WARM:], here[half]) for half in (slice(ROWS), slice(ROWS, None)))
        unit = int(np.abs(chosen_on).argmax())
        if min(abs(chosen_on[unit]), abs(judged_on[unit])) >= LEAST:
            found.append((unit, words, float(judged_on[unit])))
    return found


def _features(text: str) -> dict[str, np.ndarray]:
    """What can be said of each place of a text once its character is read."""
    speaking, length, inside, letters = [], [], False, 0
    for character in text:
        inside = (inside != (character == '"')) and character != "\n"  # a new paragraph begins outside a speech
        letters = letters + 1 if character.isalpha() else 0
        speaking.append(inside)
        length.append(letters)
    return {
        "somebody is speaking": np.array(speaking, float),
        "letters of the word so far": np.array(length, float),
        "the character is a vowel": np.isin(list(text), list("aeiouAEIOU")).astype(float),
        "the character is no letter": np.equal(length, 0).astype(float),
    }


def _correlations(states: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Of each unit with the values: states (rows, time, hidden), values (rows, time) -> (hidden,); 0 where either never moves."""
    s = states.reshape(-1, states.shape[-1]).astype(np.float64)
    s, v = s - s.mean(axis=0), values.ravel() - values.mean()
    return v @ s / np.maximum(np.sqrt((s**2).sum(axis=0) * (v**2).sum()), 1e-12)


def fresh(model: Recurrent, seed: int) -> Recurrent:
    """A network of the same sizes that has learned nothing: the first numbers of Recurrent, drawn by NumPy, which has nothing to compile."""
    rng, new = np.random.default_rng(seed), nnx.clone(model)
    layer, hidden, gates = new.stack[0], model.hidden_dim, GATES[model.cell]

    def put(param: nnx.Param, numbers: np.ndarray) -> None:
        param[...] = jax.device_put(numbers.astype(np.float32))

    def normal(rows: int, columns: int) -> np.ndarray:
        return rng.normal(0, rows**-0.5, (rows, columns))

    orthogonal = [np.linalg.qr(rng.normal(size=(hidden, hidden)))[0] for _ in range(gates)]
    bias = np.zeros((gates, hidden))
    if model.cell == "lstm":
        bias[1] = 1.0  # it begins by remembering
    put(new.embedding.embedding, normal(model.embed_dim, model.vocab_size).T)
    put(layer.Wx, normal(model.embed_dim, gates * hidden))
    put(layer.Wh, np.concatenate(orthogonal, axis=1))
    put(layer.b, bias.ravel())
    if model.cell == "gru":
        put(layer.bn, np.zeros(hidden))
    put(new.output.kernel, normal(hidden, model.vocab_size))
    if new.output.bias is not None:  # it never is, but that is not said by its type
        put(new.output.bias, np.zeros(model.vocab_size))
    return new
