"""make_batch: its card, what it is tried on, and what to say of a wrong answer."""

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.random import define_prng_impl

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe
from chargen_lib.exercises.engine.values import is_array
from chargen_lib.exercises.lesson_05 import batches

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
    """What to say of windows: most are shown by their places; ids are larger than all of the probes' places."""
    _, ids, _, seq_len = args
    if not isinstance(compared, tuple) or len(compared) != 2 or not all(is_array(part) for part in compared):
        return None
    if any(np.shape(part)[1:] != (seq_len,) for part in compared):
        return None
    inputs, targets = map(np.asarray, compared)
    if max(np.max(inputs, initial=0), np.max(targets, initial=0)) >= np.min(ids):
        if inputs.shape == targets.shape and (targets - inputs == 1).all():
            return "You added 1 to the ids, which makes other characters of them. Add 1 to the places: ids[places + 1]."
        return None
    if inputs.shape == targets.shape and (np.diff(inputs) == 1).all() and (np.diff(targets) == 1).all():
        ahead = (targets - inputs)[:, 0]
        if (ahead != 1).any():
            return (
                f"In one of your rows the targets begin {ahead[ahead != 1][0]} places after the inputs; it must be 1. Do both come from one "
                "drawn start? ids[places] and ids[places + 1]."
            )
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


MAKE_BATCH = Exercise(
    name="make_batch",
    lesson=5,
    points=3,
    minutes=10,
    difficulty=2,
    hint="Draw `batch_size` starts with `jax.random.randint`. `starts[:, None] + jnp.arange(seq_len)` is a table of places. Which is "
    "the last start whose targets still end inside the text?",
    reference=batches.make_batch,
    probes=batch_probes,
    view=windows_of_batch,
    told=told_of_batch,
    misconceptions=(
        Misconception(
            "targets not shifted",
            "Your targets are the inputs themselves, and copying is learnt at once. Each target is the character after its input.",
            batches.mb_not_shifted,
        ),
        Misconception(
            "shifted twice",
            "Your targets are two characters ahead of the inputs; the model would learn the character after next. Shift by one.",
            batches.mb_shifted_twice,
        ),
        Misconception(
            "inputs and targets swapped",
            "Your targets are one character behind the inputs: you would train a model that writes backwards. Return inputs, targets.",
            batches.mb_swapped,
        ),
        Misconception(
            "one start too many",
            "Your last start is one too high: its last target lies past the end, and JAX silently takes the last character again. "
            "randint leaves out its upper bound: use n - seq_len.",
            batches.mb_one_too_many,
        ),
        Misconception(
            "starts anywhere",
            "A window may start at the very end of your text and run past it; JAX then silently repeats the last character. "
            "There are n - seq_len starts.",
            batches.mb_anywhere,
        ),
        Misconception(
            "another text's length",
            "Your starts are drawn over the length of another text, the lesson's perhaps, and lie past the end of this one; JAX then silently "
            "gives the last character. The length is len(ids).",
            batches.mb_of_another_text,
        ),
        Misconception(
            "never the last window",
            "The last window of the text is never drawn: randint leaves out its upper bound already. There are n - seq_len starts.",
            batches.mb_never_the_last,
        ),
        Misconception(
            "one start for all rows",
            "All the rows of a batch are the same window. Draw a start for every row: shape (batch_size,).",
            batches.mb_one_start,
        ),
        Misconception(
            "blocks only",
            "Your windows start at multiples of seq_len only. Every start must be possible, so that a model sees each character "
            "at every place.",
            batches.mb_blocks,
        ),
        Misconception(
            "without repeats",
            "You draw starts without replacement, so a batch cannot have more rows than the text has windows. Draw each row on its own.",
            batches.mb_without_repeats,
        ),
        Misconception(
            "transposed",
            "Rows and columns are swapped: one window is one row, so the shape is (batch_size, seq_len).",
            batches.mb_transposed,
        ),
        Misconception(
            "one column short",
            "Your rows have seq_len - 1 characters. To make inputs and targets from one window, cut seq_len + 1 characters.",
            batches.mb_one_short,
        ),
        Misconception(
            "one target a window",
            "You gave one target for each window. Every position has its own: the targets have the shape of the inputs.",
            batches.mb_one_target,
        ),
        Misconception(
            "places instead of ids",
            "You returned the places in the text; look up the characters' ids there: ids[places].",
            batches.mb_places,
        ),
        Misconception(
            "one added to the ids",
            "You added 1 to the ids, which gives other characters. Add it to the places, and look up the ids there: ids[places + 1].",
            lambda *args: (batches.make_batch(*args)[0], batches.make_batch(*args)[0] + 1),
        ),
        Misconception(
            "scattered characters",
            "Your rows are single characters from all over the text. A row is a window: one drawn start, then the places that follow it.",
            batches.mb_scattered,
        ),
        Misconception(
            "rolled within the row",
            "You rolled each row, so its last target is its first character again. Cut the targets from the text, one place further on: "
            "ids[places + 1].",
            batches.mb_rolled,
        ),
        Misconception(
            "a permutation",
            "A permutation has no more rows than the text has windows, and never one twice. Draw each start on its own: jax.random.randint.",
            batches.mb_permuted,
        ),
        Misconception(
            "never the first window",
            "The first window of the text is never drawn: randint begins at its lower end, so give it 0.",
            batches.mb_not_the_first,
        ),
        Misconception(
            "one character too many",
            "You returned windows of seq_len + 1 characters. The inputs are all but the last of these, the targets all but the first.",
            batches.mb_one_long,
        ),
        Misconception(
            "starts not a column",
            "starts + jnp.arange(seq_len) adds number to number, (batch_size,) to (seq_len,). Make the starts a column, (batch_size, 1): "
            "starts[:, None].",
            batches.mb_no_column,
        ),
        Misconception(
            "key not used",
            "Your windows are not each drawn by jax.random with `key`. np.random is no draw with it, not even with a seed made of the key, "
            "nor is a key of your own, or a fixed order. Draw every start so: jax.random.randint(key, ...).",
            batches.mb_another_key,
        ),
    ),
)
