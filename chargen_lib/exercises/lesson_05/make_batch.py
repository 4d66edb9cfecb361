"""make_batch: its reference, what it is tried on, and the wrong answers with names."""

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.random import define_prng_impl

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe
from chargen_lib.exercises.engine.compare import is_array


def _windows(ids, starts, seq_len, shift=1):
    """Inputs from the given starts, and targets `shift` characters further on.  Past the end, as in JAX: the last one again."""
    ids = np.asarray(ids)
    places = np.asarray(starts)[:, None] + np.arange(seq_len)
    return ids[np.minimum(places, len(ids) - 1)], ids[np.minimum(places + shift, len(ids) - 1)]


def _starts(key, batch_size, how_many):
    return np.asarray(jax.random.randint(key, (batch_size,), 0, how_many))


def make_batch(key, ids, batch_size, seq_len):
    return _windows(ids, _starts(key, batch_size, len(ids) - seq_len), seq_len)


# A die that shows the same side each time: all that is drawn with such a key is alike, and so are the rows of a batch.  Rows
# that differ were not drawn with the key.
LOADED = define_prng_impl(
    key_shape=(1,),
    seed=lambda seed: jnp.zeros(1, dtype="uint32"),
    split=lambda key_data, shape: jnp.zeros((*shape, 1), dtype="uint32"),
    random_bits=lambda key_data, bit_width, shape: jnp.zeros(shape, dtype=f"uint{bit_width}"),
    fold_in=lambda key_data, data: key_data,
    name="loaded",
)


def windows_of_batch(args, batch):
    """What is compared, as any choice of windows is right: places in the text, which `ids` without repeats give away.

    A batch so large that a right answer misses a window with a probability below 1e-12: the different rows, in the order
    of the text.  A small batch, or one with the same row again and again from a loaded key: every place, counted from the
    first character of its row.  What is no batch, or holds something else than ids of the text, is left as it is.
    """
    key, ids, batch_size, seq_len = args
    if not isinstance(batch, (tuple, list)) or len(batch) != 2 or not all(is_array(part) for part in batch):
        return batch
    inputs, targets = (np.asarray(part) for part in batch)
    for part in (inputs, targets):
        if part.shape != (batch_size, seq_len) or part.dtype.kind not in "iu" or not np.isin(part, ids).all():
            return inputs, targets
    order = np.argsort(ids)
    places = order[np.searchsorted(ids, np.hstack([inputs, targets]), sorter=order)]  # (batch, 2 * seq_len)
    how_many = len(ids) - seq_len
    as_asked = jax.random.key_impl(key) == LOADED and np.all(places == places[0])
    if as_asked or how_many * (1 - 1 / how_many) ** batch_size > 1e-12:
        places = places - places[:, :1]
    else:
        places = np.unique(places, axis=0)
    return places[:, :seq_len], places[:, seq_len:]


def told_of_batch(args, compared):
    """`called` shows ids, `expected` and `got` places: said where places are shown, which are smaller than all the probes' ids."""
    _, ids, _, seq_len = args
    if not isinstance(compared, tuple) or len(compared) != 2 or not all(is_array(part) for part in compared):
        return None
    if any(np.shape(part)[1:] != (seq_len,) or np.max(part, initial=0) >= np.min(ids) for part in compared):
        return None
    shown = "the different windows, or, of a small batch, each row counted from its first character"
    return f"Your windows are not those that were asked for. They are shown by their places in the text: {shown}."


def batch_probes(rng):
    def text(size):
        return (rng.permutation(size) + 50).astype(np.int32)

    def drawn_key():
        return jax.random.key(int(rng.integers(10**6)))

    return [
        Probe((jax.random.key(1), text(5), 1, 2)),
        Probe((drawn_key(), text(5), 80, 2)),
        Probe((jax.random.key(4), text(9), 2, 3)),
        Probe((drawn_key(), text(5), 3, 4)),  # one window only
        Probe((jax.random.key(0, impl=LOADED), text(5), 80, 2)),
    ]


def _mb_not_shifted(key, ids, batch_size, seq_len):
    return _windows(ids, _starts(key, batch_size, len(ids) - seq_len), seq_len, shift=0)


def _mb_shifted_twice(key, ids, batch_size, seq_len):
    return _windows(ids, _starts(key, batch_size, len(ids) - seq_len), seq_len, shift=2)


def _mb_swapped(key, ids, batch_size, seq_len):
    inputs, targets = make_batch(key, ids, batch_size, seq_len)
    return targets, inputs


def _mb_one_too_many(key, ids, batch_size, seq_len):
    return _windows(ids, _starts(key, batch_size, len(ids) - seq_len + 1), seq_len)


def _mb_anywhere(key, ids, batch_size, seq_len):
    return _windows(ids, _starts(key, batch_size, len(ids)), seq_len)


def _mb_never_the_last(key, ids, batch_size, seq_len):
    return _windows(ids, _starts(key, batch_size, len(ids) - seq_len - 1), seq_len)


def _mb_one_start(key, ids, batch_size, seq_len):
    start = int(jax.random.randint(key, (), 0, len(ids) - seq_len))
    return _windows(ids, [start] * batch_size, seq_len)


def _mb_blocks(key, ids, batch_size, seq_len):
    return _windows(ids, seq_len * _starts(key, batch_size, (len(ids) - 1) // seq_len), seq_len)


def _mb_without_repeats(key, ids, batch_size, seq_len):
    starts = jax.random.choice(key, len(ids) - seq_len, (batch_size,), replace=False)
    return _windows(ids, starts, seq_len)


def _mb_transposed(key, ids, batch_size, seq_len):
    inputs, targets = make_batch(key, ids, batch_size, seq_len)
    return inputs.T, targets.T


def _mb_one_short(key, ids, batch_size, seq_len):
    inputs, targets = make_batch(key, ids, batch_size, seq_len)
    return inputs[:, :-1], targets[:, :-1]


def _mb_one_target(key, ids, batch_size, seq_len):
    inputs, targets = make_batch(key, ids, batch_size, seq_len)
    return inputs, targets[:, -1]


def _mb_places(key, ids, batch_size, seq_len):
    return make_batch(key, np.arange(len(ids)), batch_size, seq_len)


def _mb_scattered(key, ids, batch_size, seq_len):
    places = np.asarray(jax.random.randint(key, (batch_size, seq_len), 0, len(ids) - 1))
    return np.asarray(ids)[places], np.asarray(ids)[places + 1]


def _mb_another_key(key, ids, batch_size, seq_len):
    return make_batch(jax.random.key(np.random.default_rng().integers(10**6)), ids, batch_size, seq_len)


MAKE_BATCH = Exercise(
    name="make_batch",
    lesson=5,
    points=3,
    minutes=10,
    difficulty=2,
    hint="Draw `batch_size` starts with `jax.random.randint`. `starts[:, None] + jnp.arange(seq_len)` is a table of places. Which is "
    "the last start whose targets still end inside the text?",
    reference=make_batch,
    probes=batch_probes,
    view=windows_of_batch,
    told=told_of_batch,
    misconceptions=(
        Misconception(
            "targets not shifted",
            "Your targets are the inputs themselves, and copying is learnt at once. Each target is the character after its input.",
            _mb_not_shifted,
        ),
        Misconception(
            "shifted twice",
            "Your targets are two characters ahead of the inputs; the model would learn the character after next. Shift by one.",
            _mb_shifted_twice,
        ),
        Misconception(
            "inputs and targets swapped",
            "Your targets are one character behind the inputs: you would train a model that writes backwards. Return inputs, targets.",
            _mb_swapped,
        ),
        Misconception(
            "one start too many",
            "Your last start is one too high: its last target lies past the end, and JAX silently takes the last character again. "
            "randint leaves out its upper bound: use n - seq_len.",
            _mb_one_too_many,
        ),
        Misconception(
            "starts anywhere",
            "A window may start at the very end of your text and run past it; JAX then silently repeats the last character. "
            "There are n - seq_len starts.",
            _mb_anywhere,
        ),
        Misconception(
            "never the last window",
            "The last window of the text is never drawn: randint leaves out its upper bound already. There are n - seq_len starts.",
            _mb_never_the_last,
        ),
        Misconception(
            "one start for all rows",
            "All the rows of a batch are the same window. Draw a start for every row: shape (batch_size,).",
            _mb_one_start,
        ),
        Misconception(
            "blocks only",
            "Your windows start at multiples of seq_len only. Every start must be possible, so that a model sees each character "
            "at every place.",
            _mb_blocks,
        ),
        Misconception(
            "without repeats",
            "You draw starts without replacement, so a batch cannot have more rows than the text has windows. Draw each row on its own.",
            _mb_without_repeats,
        ),
        Misconception(
            "transposed",
            "Rows and columns are swapped: one window is one row, so the shape is (batch_size, seq_len).",
            _mb_transposed,
        ),
        Misconception(
            "one column short",
            "Your rows have seq_len - 1 characters. To make inputs and targets from one window, cut seq_len + 1 characters.",
            _mb_one_short,
        ),
        Misconception(
            "one target a window",
            "You gave one target for each window. Every position has its own: the targets have the shape of the inputs.",
            _mb_one_target,
        ),
        Misconception(
            "places instead of ids",
            "You returned the places in the text; look up the characters' ids there: ids[places].",
            _mb_places,
        ),
        Misconception(
            "one added to the ids",
            "You added 1 to the ids, which gives other characters. Add it to the places, and look up the ids there: ids[places + 1].",
            lambda *args: (make_batch(*args)[0], make_batch(*args)[0] + 1),
        ),
        Misconception(
            "scattered characters",
            "Your rows are single characters from all over the text. A row is a window: one drawn start, then the places that follow it.",
            _mb_scattered,
        ),
        Misconception(
            "key not used",
            "Your windows are not each drawn with `key`, but with np.random, a key of your own, or in some fixed order. The same key must "
            "give the same batch, another key another one: draw every start with `key`.",
            _mb_another_key,
        ),
    ),
)
