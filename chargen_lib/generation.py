"""From a model to a text: one character after another, in one compiled loop."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike

from chargen_lib.models import Model, State, check_ids, read, room_for, size_of
from chargen_lib.sampling import Sampler, as_logits
from chargen_lib.text import Vocabulary, whole_number


def generate(
    model: Model,
    prompts: ArrayLike | Sequence[ArrayLike],
    *,
    num_chars: int,
    key: jax.Array,
    sampler: Sampler = Sampler(),  # noqa: B008
    end_id: int | None = None,
) -> jax.Array:
    """Continue each prompt: (batch, time) ids, or a list of rows of unequal length -> the new ids alone, (batch, num_chars) int32.

    Every draw has a key of its own, split from `key`: the same key gives the same text.  key: jax.random.key(seed), or one for each row,
    (batch,), and then each row is what it would be alone.  After a row's first end_id all of it is end_id.
    Compiled once for each kind of sampler (see Sampler), end_id, number of rows, and for lengths of prompts and texts up to each power of two.
    Raises ValueError for an empty prompt, ids that are not the model's, a key that is none, or logits from which nothing can be drawn.
    """
    padded, lengths = padded_rows(prompts, size_of(model))  # NumPy's, which the call hands over itself: quicker
    check_sampler(sampler)
    num_chars, end_id = whole_number("num_chars", num_chars, 0), checked_end_id(end_id, model.vocab_size)
    key = checked_key(key, len(lengths))
    room = 1 << max(num_chars - 1, 0).bit_length()
    ids, possible = _generate(model, padded, lengths, key, num_chars, room, sampler, end_id)
    if num_chars and not bool(possible):
        raise ValueError(IMPOSSIBLE)
    return jax.device_put(np.asarray(ids)[:num_chars].T)  # JAX would compile a slice for each length


BLOCK = 256  # characters whose noise is drawn at once
NEAR = 6 << 20  # bytes that the nearer memory of a usual processor has room for
IMPOSSIBLE = (
    "The model's logits hold NaN or infinity, or leave no character possible, so nothing can be drawn from them. Are its weights numbers? A "
    "training whose loss became NaN leaves such a model: train it again with smaller steps. A table needs a possible character in each row."
)


def generate_text(
    model: Model,
    vocabulary: Vocabulary,
    prompt: str = "",
    *,
    num_chars: int = 200,
    key: jax.Array,
    sampler: Sampler = Sampler(),  # noqa: B008
) -> str:
    """The num_chars characters that the model writes after `prompt` (the prompt itself is not repeated).

    After an empty prompt the text begins as texts begin, after vocabulary.start; where that is empty too, the first character is drawn
    from the key, each equally likely.
    Raises ValueError when the vocabulary is not the model's or the prompt holds a character that it lacks.
    """
    if not isinstance(vocabulary, Vocabulary):
        raise ValueError(f"generate_text takes the model's Vocabulary after the model, got {type(vocabulary).__name__}.")
    if len(vocabulary) != size_of(model):
        raise ValueError(
            f"The vocabulary has {len(vocabulary)} characters and the model {model.vocab_size}: use the vocabulary that the "
            "model was made for."
        )
    if not isinstance(prompt, str):
        raise ValueError(f"generate_text takes the prompt as a text, got {type(prompt).__name__}. For ids, use generate.")
    if prompt := prompt or vocabulary.start:
        return vocabulary.decode(
            generate(model, vocabulary.encode(prompt)[None], num_chars=num_chars, key=key, sampler=sampler)[0]
        )
    if whole_number("num_chars", num_chars, 0) == 0:
        return ""
    first_key, key = jax.random.split(checked_key(key, 1))
    first = jax.random.randint(first_key, (1, 1), 0, len(vocabulary))
    rest = generate(model, first, num_chars=num_chars - 1, key=key, sampler=sampler)
    return vocabulary.decode(jnp.concatenate([first, rest], axis=1)[0])


def pad_prompts(prompts: Any, vocab_size: int) -> tuple[jax.Array, jax.Array]:
    """Prompts as rows of one length, (batch, time) int32, padded on the right to a power of two, and each one's true length (batch,).

    Few shapes, so little is compiled anew.  Raises ValueError, in words, for what is no batch of prompts.
    """
    padded, lengths = padded_rows(prompts, vocab_size)
    return jax.device_put(padded), jax.device_put(lengths)


def padded_rows(prompts: Any, vocab_size: int) -> tuple[np.ndarray, np.ndarray]:
    """The same, in arrays of NumPy."""
    if isinstance(prompts, str) or (isinstance(prompts, (list, tuple)) and any(isinstance(row, str) for row in prompts)):
        raise ValueError(
            "generate takes ids, not text: encode the prompt first, vocabulary.encode(prompt)[None], or use generate_text."
        )
    if isinstance(prompts, (list, tuple)):
        rows = [np.atleast_1d(np.asarray(row)) for row in prompts]
        if any(np.ndim(row) == 0 for row in prompts) or any(row.ndim != 1 for row in rows):
            raise ValueError("A list of prompts holds one row of ids for each: for one prompt, write [ids].")
    else:
        array = np.asarray(prompts)
        if array.ndim != 2:
            raise ValueError(
                f"generate continues prompts of shape (batch, time), but these have shape {array.shape}. For one prompt, write ids[None]."
            )
        rows = list(array)
    if not rows or any(len(row) == 0 for row in rows):
        raise ValueError(
            "generate continues at least one prompt, each of at least one character. For an empty one, use generate_text."
        )
    for row in rows:
        check_ids(row, vocab_size, "the prompt")
    lengths = np.array([len(row) for row in rows], np.int32)
    padded = np.zeros((len(rows), 1 << (int(lengths.max()) - 1).bit_length()), np.int32)
    for row, ids in zip(padded, rows, strict=True):
        row[: len(ids)] = ids
    return padded, lengths


def read_prompts(model: Model, padded_ids: jax.Array, lengths: jax.Array, more: int | None = None) -> tuple[jax.Array, State]:
    """The logits after each row's last real id, and the state there: (batch, time), (batch,) -> (batch, vocab), state.

    more: how many ids the state must have room for besides; None: any number.
    """
    return model.step(*last_ids(model, padded_ids, lengths, more))


def last_ids(model: Model, padded_ids: jax.Array, lengths: jax.Array, more: int | None = None) -> tuple[jax.Array, State]:
    """Each row's last real id, which the next step reads, and the state before it: (batch, time), (batch,) -> (batch,), state.

    more: how many ids the state must have room for after the last real one; None: any number.
    """
    batch, time = padded_ids.shape
    state = room_for(model, batch, None if more is None else time + more)
    if time > 1:
        _, state = read(model, padded_ids[:, :-1], state, lengths - 1)
    return jnp.take_along_axis(padded_ids, (lengths - 1)[:, None], axis=1)[:, 0], state


@partial(jax.jit, static_argnames=("room", "end_id"))
def _generate(model, padded_ids, lengths, key, num_chars, room, sampler, end_id):
    """The new ids (room, batch), of which the first num_chars are written, and whether there was something to draw from at every step."""
    last, state = last_ids(model, padded_ids, lengths, room - 1)  # the last character is written, and not read
    batch = len(lengths)
    block, rows = min(BLOCK, room), rows_together(state, batch)
    logits = jax.eval_shape(lambda: as_logits(model.step(last, state)[0]))  # their shape and type

    def noise(draw_key):
        """What Sampler draws by this key, or by one for each row."""
        one = partial(jax.random.gumbel, shape=logits.shape[draw_key.ndim :], dtype=logits.dtype)
        return jax.vmap(one)(draw_key) if draw_key.ndim else one(draw_key)

    def write_block(number, carry):
        first = number * block
        # Noise for many characters at once costs a fraction of what it costs one by one.
        noises = jax.vmap(noise)(jax.lax.dynamic_slice_in_dim(keys, first, block))  # (block, batch, vocab)
        steps = jnp.minimum(block, num_chars - first)

        def write_rows(some):
            """The next characters of some rows."""
            noises, (last, state, ended, possible) = some

            def write(place, carry):
                last, state, ended, possible, written = carry
                logits, state = model.step(last, state)
                logits = as_logits(logits)
                ids = sampler.pick(jax.lax.dynamic_index_in_dim(noises, place, keepdims=False), logits)  # (rows,)
                drawable = jnp.isfinite(logits.max(axis=-1))  # NaN stays NaN, and a row without a possible character has -inf
                if end_id is not None:
                    ids, drawable, ended = jnp.where(ended, end_id, ids), drawable | ended, ended | (ids == end_id)
                written = jax.lax.dynamic_update_index_in_dim(written, ids, place, axis=0)
                return ids, state, ended, possible & drawable, written

            start = (last, state, ended, possible, jnp.zeros((block, rows), jnp.int32))
            *carry, written = jax.lax.fori_loop(0, steps, write, start)
            return tuple(carry), written

        before, written = carry
        if rows == batch:
            after, ids = write_rows((noises, before))
        else:
            some = batch // rows, rows
            noises = noises.reshape(block, *some, -1).swapaxes(0, 1)
            after, ids = jax.lax.map(
                write_rows, (noises, jax.tree.map(lambda leaf: leaf.reshape(*some, *leaf.shape[1:]), before))
            )
            after = jax.tree.map(lambda leaf: leaf.reshape(batch, *leaf.shape[2:]), after)
            ids = ids.swapaxes(0, 1).reshape(block, batch)
        return after, jax.lax.dynamic_update_slice(written, ids, (first, 0))

    # As many keys as there is room for: those of a longer text begin with those of a shorter one.
    keys = jax.vmap(lambda k: jax.random.split(k, room), out_axes=1)(key.reshape(-1)).reshape(room, *key.shape)
    start = (last, state, jnp.zeros(batch, bool), jnp.ones(batch, bool))
    (*_, possible), ids = jax.lax.fori_loop(
        0, -(-num_chars // block), write_block, (start, jnp.zeros((room, batch), jnp.int32))
    )
    return ids, possible.all()


def rows_together(state: State, batch: int) -> int:
    """How many rows are written at a time: few enough that all that a step reads of them stays near the processor."""
    size = sum(leaf.size * leaf.dtype.itemsize for leaf in jax.tree.leaves(state))  # bytes
    return max(rows for rows in range(1, batch + 1) if batch % rows == 0 and (rows == 1 or rows * size <= NEAR * batch))


def checked_end_id(end_id: Any, vocab_size: int) -> int | None:
    if end_id is None:
        return None
    if isinstance(end_id, str):
        raise ValueError(f"end_id must be one of the model's ids, got the text {end_id!r}: vocabulary.encode(text) has its id.")
    return whole_number("end_id must be one of the model's ids: it", end_id, 0, vocab_size - 1)


def check_sampler(sampler: Any) -> None:
    if type(sampler) is not Sampler:  # JAX would not know what to do with another
        raise ValueError(f"sampler is a Sampler, Sampler(temperature=0.8) for instance, got {type(sampler).__name__}.")


def checked_key(key: Any, batch: int | None = None) -> jax.Array:
    """A typed key, or with a batch one for each row; a key of the older kind, two whole numbers, is taken too."""
    if isinstance(key, jax.Array) and key.dtype == jnp.uint32 and key.shape[-1:] == (2,):
        key = jax.random.wrap_key_data(key)
    if not isinstance(key, jax.Array) or not jax.dtypes.issubdtype(key.dtype, jax.dtypes.prng_key):
        kind = "the array" if isinstance(key, jax.Array) else type(key).__name__
        raise ValueError(f"key is a key of jax.random, jax.random.key(0) for instance, got {kind} {str(key)[:30]}.")
    if key.shape not in ((), (batch,)):
        rows = "" if batch is None else f", or one for each of the {batch} rows"
        raise ValueError(f"key is one key{rows}, but these keys have shape {key.shape}.")
    return key
