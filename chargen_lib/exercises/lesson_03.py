"""The exercises of lesson 03: a network that sees one character at a time, and how to find out what a network sees."""

import jax
import jax.numpy as jnp
import numpy as np

from chargen_lib.exercises.cards import Exercise, Misconception, Probe

# --- mlp_logits -------------------------------------------------------------------------------------------------------


def _relu(x):
    return x * (x > 0)


def mlp_logits(ids, table, W1, b1, W2, b2):
    x = table.astype(float)[ids]  # (batch, time, embed)
    x = _relu(x @ W1 + b1)  # (batch, time, hidden)
    return x @ W2 + b2  # (batch, time, vocab)


def mlp_probes(rng):
    table = [[1, -1], [2, 0.5], [-1, 2]]
    W1, b1 = [[1, -1, 0.5, 2], [1, 1, -1, -0.5]], [0.5, -0.5, 1, -1]
    W2, b2 = [[1, -1, 0.5], [-0.5, 1, 2], [1, 0.5, -1], [-1, 0.5, 1]], [0.5, -1, 1]
    small = tuple(np.array(w, dtype=np.float32) for w in (table, W1, b1, W2, b2))
    shapes = (5, 2), (2, 4), (4,), (4, 5), (5,)
    drawn = tuple(rng.normal(size=shape).astype(np.float32) for shape in shapes)
    return [
        Probe((np.array([[0]]), *small)),
        Probe((np.array([[2, 0, 1]]), *small)),
        Probe((np.array([[1, 0, 2], [2, 2, 0]]), *small), batch=True),
        Probe((rng.integers(0, 5, size=(2, 3)), *drawn), batch=True),
        Probe((rng.integers(0, 5, size=(2, 3)), *drawn), batch=True),
    ]


def _mlp_no_relu(ids, table, W1, b1, W2, b2):
    return (table[ids] @ W1 + b1) @ W2 + b2


def _mlp_relu_on_logits(ids, table, W1, b1, W2, b2):
    return _relu(mlp_logits(ids, table, W1, b1, W2, b2))


def _mlp_relu_before_bias(ids, table, W1, b1, W2, b2):
    return (_relu(table[ids] @ W1) + b1) @ W2 + b2


def _mlp_relu_on_embedding(ids, table, W1, b1, W2, b2):
    return _mlp_no_relu(ids, _relu(table), W1, b1, W2, b2)


def _mlp_tanh(ids, table, W1, b1, W2, b2):
    return np.tanh(table[ids] @ W1 + b1) @ W2 + b2


def _mlp_no_biases(ids, table, W1, b1, W2, b2):
    return mlp_logits(ids, table, W1, 0.0, W2, 0.0)


def _mlp_no_output_bias(ids, table, W1, b1, W2, b2):
    return mlp_logits(ids, table, W1, b1, W2, 0.0)


def _mlp_softmax(ids, table, W1, b1, W2, b2):
    return np.exp(_mlp_log_softmax(ids, table, W1, b1, W2, b2))


def _mlp_log_softmax(ids, table, W1, b1, W2, b2):
    logits = mlp_logits(ids, table, W1, b1, W2, b2)
    logits = logits - logits.max(axis=-1, keepdims=True)
    return logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))


def _mlp_last_position(ids, table, W1, b1, W2, b2):
    return mlp_logits(ids, table, W1, b1, W2, b2)[:, -1]


def _mlp_flat(ids, table, W1, b1, W2, b2):
    return mlp_logits(ids, table, W1, b1, W2, b2).reshape(-1, np.shape(b2)[0])


MLP_LOGITS = Exercise(
    name="mlp_logits",
    lesson=3,
    points=2,
    minutes=13,
    difficulty=2,
    hint="Write the shape after every step: (batch, time), (batch, time, d), (batch, time, hidden), (batch, time, V). `@` works "
    "along the last axis and leaves the others alone, so no loop is needed.",
    reference=mlp_logits,
    probes=mlp_probes,
    misconceptions=(
        Misconception(
            "no ReLU",
            "There is no ReLU between the two layers, and two linear layers in a row are only one linear layer. Put it after the first.",
            _mlp_no_relu,
        ),
        Misconception(
            "ReLU on the logits",
            "You applied ReLU to the logits too; a logit may be negative, so the last layer stays linear.",
            _mlp_relu_on_logits,
        ),
        Misconception(
            "bias after the ReLU",
            "You added b1 after the ReLU; the bias belongs to the linear layer: relu(x @ W1 + b1).",
            _mlp_relu_before_bias,
        ),
        Misconception(
            "ReLU on the embedding",
            "Your ReLU is on the embeddings and not on the hidden layer; move it behind x @ W1 + b1.",
            _mlp_relu_on_embedding,
        ),
        Misconception("tanh", "You used tanh; this network uses ReLU, the larger of the number and 0.", _mlp_tanh),
        Misconception("no biases", "Both biases are missing: add b1 to the first layer and b2 to the second.", _mlp_no_biases),
        Misconception("no output bias", "The bias of the last layer is missing: add b2.", _mlp_no_output_bias),
        Misconception(
            "probabilities",
            "You returned probabilities; the logits are the numbers before the softmax.",
            _mlp_softmax,
        ),
        Misconception(
            "log-probabilities",
            "You returned log-probabilities (log_softmax); the logits are the numbers before it.",
            _mlp_log_softmax,
        ),
        Misconception(
            "last position only",
            "You returned the logits of the last position; every position has its own.",
            _mlp_last_position,
        ),
        Misconception(
            "flattened",
            "You joined batch and time into one axis and left them so; the answer is (batch, time, V).",
            _mlp_flat,
        ),
    ),
)

# --- count_parameters -------------------------------------------------------------------------------------------------


def count_parameters(vocab_size, embed_dim, hidden_dim):
    table = vocab_size * embed_dim
    hidden = embed_dim * hidden_dim + hidden_dim
    output = hidden_dim * vocab_size + vocab_size
    return table + hidden + output


def count_probes(rng):
    return [
        Probe((3, 2, 5)),
        Probe((7, 11, 4)),
        Probe((128, 64, 128)),
        Probe(tuple(int(n) for n in rng.integers(2, 200, size=3))),
    ]


def _count_no_biases(vocab_size, embed_dim, hidden_dim):
    return vocab_size * embed_dim + embed_dim * hidden_dim + hidden_dim * vocab_size


def _count_no_table(vocab_size, embed_dim, hidden_dim):
    return count_parameters(vocab_size, embed_dim, hidden_dim) - vocab_size * embed_dim


def _count_no_output_bias(vocab_size, embed_dim, hidden_dim):
    return count_parameters(vocab_size, embed_dim, hidden_dim) - vocab_size


def _count_no_output_layer(vocab_size, embed_dim, hidden_dim):
    return vocab_size * embed_dim + embed_dim * hidden_dim + hidden_dim


def _count_input_biases(vocab_size, embed_dim, hidden_dim):
    return _count_no_biases(vocab_size, embed_dim, hidden_dim) + embed_dim + hidden_dim


def _count_table_bias(vocab_size, embed_dim, hidden_dim):
    return count_parameters(vocab_size, embed_dim, hidden_dim) + embed_dim


def _count_one_hot_input(vocab_size, embed_dim, hidden_dim):
    return vocab_size * hidden_dim + hidden_dim + hidden_dim * vocab_size + vocab_size


def _count_extra_layer(vocab_size, embed_dim, hidden_dim):
    return count_parameters(vocab_size, embed_dim, hidden_dim) + hidden_dim * hidden_dim + hidden_dim


def _count_bytes(vocab_size, embed_dim, hidden_dim):
    return 4 * count_parameters(vocab_size, embed_dim, hidden_dim)


COUNT_PARAMETERS = Exercise(
    name="count_parameters",
    lesson=3,
    points=1,
    minutes=6,
    difficulty=1,
    hint="Write down the shapes of table, W1, b1, W2 and b2. How many numbers does each hold?",
    reference=count_parameters,
    probes=count_probes,
    misconceptions=(
        Misconception(
            "no biases",
            "The biases are missing: b1 has hidden_dim numbers and b2 has vocab_size.",
            _count_no_biases,
        ),
        Misconception(
            "no table",
            "The embedding table is missing; its vocab_size * embed_dim numbers are learned like all others.",
            _count_no_table,
        ),
        Misconception("no output bias", "The last bias, b2, is missing: one number for each character.", _count_no_output_bias),
        Misconception(
            "no output layer",
            "The output layer is missing: W2 takes the hidden numbers to one logit for each character, and b2 is added.",
            _count_no_output_layer,
        ),
        Misconception(
            "biases of the input's size",
            "You gave each bias the size of its layer's input; a bias is added to the output, so it has the output's size.",
            _count_input_biases,
        ),
        Misconception(
            "bias for the table",
            "You counted a bias for the embedding table; looking up a row adds nothing to it.",
            _count_table_bias,
        ),
        Misconception(
            "one-hot input",
            "You let the first layer read the one-hot row itself. It reads the embedding: count the table, and W1 as (embed_dim, "
            "hidden_dim).",
            _count_one_hot_input,
        ),
        Misconception(
            "a layer too many",
            "You counted a layer from hidden to hidden as well; this network has two linear layers only.",
            _count_extra_layer,
        ),
        Misconception("bytes", "You counted bytes; a parameter is one number, whatever it takes to store.", _count_bytes),
    ),
)

# --- influence --------------------------------------------------------------------------------------------------------


def influence(logits_fn, ids, position):
    ids = np.asarray(ids)
    before = np.asarray(logits_fn(ids[None]))[0, position]  # (V,)
    changes = np.zeros(len(ids), dtype=bool)
    for step in range(1, len(before)):  # every other character in turn, at every place
        after = np.asarray(logits_fn(_one_place_changed(ids, (ids + step) % len(before))))[:, position]
        changes |= (after != before).any(axis=-1)
    return changes


def _one_place_changed(ids, others):
    """(time,) and (time,) -> (time, time): row j is `ids` with others[j] at place j."""
    return np.where(np.eye(len(ids), dtype=bool), others, ids)


V = 5  # characters that the probes' networks know

# Tables of embeddings that are logits already. All hold small whole numbers, so their sums are exact. Two rows differ
SPREAD = np.array([np.roll([0, 1, 3, 6, 10], shift) for shift in range(V)], dtype=np.float32)  # everywhere, but not in sum
STEEP = np.outer(np.arange(1, V + 1), [1, 2, 3, 4, 9]).astype(np.float32)  # everywhere, but the last is always largest
SPARSE = np.diag(np.arange(1, V + 1)).astype(np.float32)  # in two entries only


@jax.jit  # one compiled call for all networks: an answer may ask them many times
def _sum_of_rows(seen, table, ids):
    return jnp.matmul(seen, table[jnp.clip(ids, 0, V - 1)])  # an id that does not exist: the nearest one


def network(seen, which, table):
    """A logits_fn whose logits at t are the sum of the table's rows for all places s with seen[t, s]."""
    seen = np.asarray(seen, dtype=np.float32)  # (time, time)

    def logits_fn(ids):
        if np.shape(ids)[1:] != seen.shape[1:]:
            raise ValueError(f"this network takes ids of shape (batch, {len(seen)}), but these have shape {np.shape(ids)}")
        return _sum_of_rows(seen, table, ids)  # (batch, time, V)

    logits_fn.__doc__ = f"<a network of {V} characters in which each place sees {which}>"
    return logits_fn


def _drawn_network(rng):
    seen = rng.integers(0, 2, size=(4, 4))
    places = "; ".join(f"{t} sees {np.flatnonzero(row).tolist()}" for t, row in enumerate(seen))
    return network(seen, f"some places: {places}", STEEP)


ALONE = network(np.eye(3), "itself alone", SPREAD)
PAST = network(np.tri(3), "itself and all before it", SPREAD)
WINDOW = network(np.tri(3) - np.tri(3, k=-2), "itself and the one before it", SPARSE)
BEFORE = network(np.eye(3, k=-1), "the one before it, but not itself", STEEP)
EVERYTHING = network(np.ones((3, 3)), "all places, those after it too", STEEP)


def influence_probes(rng):
    return [
        Probe((ALONE, np.array([1, 3, 2]), 1)),
        Probe((PAST, np.array([0, 4, 1]), 1)),
        Probe((WINDOW, np.array([3, 1, 2]), 2)),
        Probe((BEFORE, np.array([3, 2, 1]), 1)),
        Probe((EVERYTHING, np.array([2, 0, 4]), 1)),
        Probe((_drawn_network(rng), rng.integers(0, V, size=4), int(rng.integers(4)))),
    ]


def _logits_when_changed(logits_fn, ids, others=None):
    """Logits of `ids`, (time, V), and with each place changed in turn, (time, time, V)."""
    ids = np.asarray(ids)
    before = np.asarray(logits_fn(ids[None]))[0]
    others = (ids + 1) % before.shape[-1] if others is None else others
    return before, np.asarray(logits_fn(_one_place_changed(ids, others)))


def _influence_of_replacing_by(logits_fn, ids, position, others):
    before, after = _logits_when_changed(logits_fn, ids, others)
    return (after[:, position] != before[position]).any(axis=-1)


def _influence_zero(logits_fn, ids, position):
    return _influence_of_replacing_by(logits_fn, ids, position, np.zeros_like(np.asarray(ids)))


def _influence_no_wrap(logits_fn, ids, position):
    return _influence_of_replacing_by(logits_fn, ids, position, np.asarray(ids) + 1)


def _influence_backwards(logits_fn, ids, position):
    before, after = _logits_when_changed(logits_fn, ids)
    return (after[position] != before).any(axis=-1)


def _influence_anywhere(logits_fn, ids, position):
    before, after = _logits_when_changed(logits_fn, ids)
    return (after != before).any(axis=(1, 2))


def _influence_last(logits_fn, ids, position):
    return influence(logits_fn, ids, -1)


def _influence_assumed(logits_fn, ids, position):
    return np.arange(len(ids)) <= position


def _influence_argmax(logits_fn, ids, position):
    before, after = _logits_when_changed(logits_fn, ids)
    return after[:, position].argmax(axis=-1) != before[position].argmax(axis=-1)


def _influence_all_logits(logits_fn, ids, position):
    before, after = _logits_when_changed(logits_fn, ids)
    return (after[:, position] != before[position]).all(axis=-1)


def _influence_sum(logits_fn, ids, position):
    before, after = _logits_when_changed(logits_fn, ids)
    return after[:, position].sum(axis=-1) != before[position].sum(axis=-1)


def _influence_piles_up(logits_fn, ids, position):
    ids = np.array(ids)
    before = np.asarray(logits_fn(ids[None]))[0, position]
    changes = []
    for place in range(len(ids)):
        ids[place] = (ids[place] + 1) % len(before)
        changes.append((np.asarray(logits_fn(ids[None]))[0, position] != before).any())
    return np.array(changes)


def _influence_inverted(logits_fn, ids, position):
    return ~influence(logits_fn, ids, position)


def _influence_not_itself(logits_fn, ids, position):
    return influence(logits_fn, ids, position) & (np.arange(len(ids)) != position)


def _influence_places(logits_fn, ids, position):
    return np.flatnonzero(influence(logits_fn, ids, position))


INFLUENCE = Exercise(
    name="influence",
    lesson=3,
    points=3,
    minutes=19,
    difficulty=3,
    hint="Put another character at one place, run the network again, and compare its logits at `position` with those before. Then "
    "the next place, from the unchanged ids. `(id + 1) % V` is always another character; V is the last axis of the logits.",
    reference=influence,
    probes=influence_probes,
    misconceptions=(
        Misconception(
            "looks the wrong way",
            "You changed the character at `position` and looked where the logits change. Ask the reverse: change each place in turn "
            "and look at `position`.",
            _influence_backwards,
        ),
        Misconception(
            "any logits",
            "You compared the logits of all positions; only those at `position` count.",
            _influence_anywhere,
        ),
        Misconception(
            "the last position",
            "You always look at the logits of the last position; look at those of `position`.",
            _influence_last,
        ),
        Misconception(
            "assumed",
            "You marked every place up to `position` without asking the network. Change each place and look: this network may see "
            "less than that, or more.",
            _influence_assumed,
        ),
        Misconception(
            "puts in 0",
            "You put 0 at each place, but where 0 stood already nothing is changed. Put in a character that differs from the one there.",
            _influence_zero,
        ),
        Misconception(
            "past the vocabulary",
            "You add 1 to the id, and the last character has no next: JAX may silently read the last row again. Wrap around with % V.",
            _influence_no_wrap,
        ),
        Misconception(
            "likeliest character",
            "You compared the likeliest characters; the logits can change while the largest of them stays the same one.",
            _influence_argmax,
        ),
        Misconception(
            "all logits",
            "You ask that every logit changes (all); one changed logit is enough (any).",
            _influence_all_logits,
        ),
        Misconception(
            "sum of the changes",
            "You compared sums, and changes up and down can cancel in a sum. Compare the logits entry by entry.",
            _influence_sum,
        ),
        Misconception(
            "changes pile up",
            "You left the earlier places changed while you tried the next one. Start from the original ids each time.",
            _influence_piles_up,
        ),
        Misconception(
            "the other way round",
            "Your answer is True where nothing changes; True should mean that the place has an influence.",
            _influence_inverted,
        ),
        Misconception(
            "never itself",
            "You left out `position` itself; its own character may change the logits there as well. Try it like every other.",
            _influence_not_itself,
        ),
        Misconception(
            "places",
            "You returned the places that have an influence; return True or False for every place.",
            _influence_places,
        ),
    ),
)

EXERCISES = [MLP_LOGITS, COUNT_PARAMETERS, INFLUENCE]
