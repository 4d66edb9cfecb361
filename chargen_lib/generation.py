"""From a model to a text: one character after another, in one compiled scan."""

from functools import partial

import jax
import jax.numpy as jnp
from flax import nnx

from chargen_lib.models import Model, State, check_ids
from chargen_lib.sampling import Sampler
from chargen_lib.text import Vocabulary


def generate(
    model: Model,
    prompt_ids: jax.Array,
    *,
    num_chars: int,
    key: jax.Array,
    sampler: Sampler = Sampler(),  # noqa: B008
) -> jax.Array:
    """Continue each prompt: prompt_ids (batch, time) -> the new ids alone, (batch, num_chars) int32.

    Every draw has a key of its own, split from `key`: the same key gives the same text.
    Raises ValueError for an empty prompt or ids that are not the model's.
    """
    prompt_ids = jnp.asarray(prompt_ids)
    if prompt_ids.ndim != 2 or prompt_ids.shape[1] == 0:
        raise ValueError(
            f"generate continues prompts of shape (batch, time) with at least one character each, but these have shape "
            f"{prompt_ids.shape}. For one prompt, write ids[None]; for an empty one, use generate_text."
        )
    if num_chars < 0:
        raise ValueError(f"num_chars is how many new characters to write, 0 or more; got {num_chars}.")
    check_ids(prompt_ids, model.vocab_size, "the prompt")
    graphdef, weights = nnx.split(model)
    return _generate(graphdef, weights, *pad_prompt(prompt_ids), key, num_chars, sampler)


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

    After an empty prompt the first character is drawn from the key, each equally likely.
    Raises ValueError when the vocabulary is not the model's or the prompt holds a character that it lacks.
    """
    if len(vocabulary) != model.vocab_size:
        raise ValueError(
            f"The vocabulary has {len(vocabulary)} characters and the model {model.vocab_size}: use the vocabulary that the "
            "model was made for."
        )
    if prompt:
        return vocabulary.decode(
            generate(model, vocabulary.encode(prompt)[None], num_chars=num_chars, key=key, sampler=sampler)[0]
        )
    if num_chars == 0:
        return ""
    first_key, key = jax.random.split(key)
    first = jax.random.randint(first_key, (1, 1), 0, len(vocabulary))
    rest = generate(model, first, num_chars=num_chars - 1, key=key, sampler=sampler)
    return vocabulary.decode(jnp.concatenate([first, rest], axis=1)[0])


def pad_prompt(prompt_ids: jax.Array) -> tuple[jax.Array, int]:
    """The prompt padded on the right to a power of two, and its true length: few shapes, so little is compiled anew."""
    length = prompt_ids.shape[1]
    padded = 1 << (length - 1).bit_length()
    return jnp.pad(prompt_ids, ((0, 0), (0, padded - length))), length


def read_prompt(model: Model, padded_ids: jax.Array, length: int) -> tuple[jax.Array, State]:
    """The logits after the first `length` ids, and the state: (batch, time) -> (batch, vocab), state.  Padding is not read."""

    def read(carry, column):
        position, ids = column
        new = model.step(ids, carry[1])
        # Past the end keep what there was: a padded place must not reach the state.
        return jax.tree.map(lambda n, o: jnp.where(position < length, n, o), new, carry), None

    first = model.step(padded_ids[:, 0], model.init_state(padded_ids.shape[0]))
    positions = jnp.arange(1, padded_ids.shape[1])
    return jax.lax.scan(read, first, (positions, padded_ids[:, 1:].T))[0]


@partial(jax.jit, static_argnames=("graphdef", "num_chars", "sampler"))
def _generate(graphdef, weights, padded_ids, length, key, num_chars, sampler):
    model = nnx.merge(graphdef, weights)

    def write(carry, draw_key):
        logits, state = carry
        ids = sampler(draw_key, logits)  # (batch,)
        return model.step(ids, state), ids

    start = read_prompt(model, padded_ids, length)
    _, ids = jax.lax.scan(write, start, jax.random.split(key, num_chars))  # (num_chars, batch)
    return ids.T
