"""Writing with two models: a small one drafts, the large one judges all of the draft in one reading, and not one probability changes.

The large model, often called the target, gives p, the draft model q.  A drafted character x is kept with probability min(1, p(x) / q(x)).
At the first one that is refused a character is drawn from what p has above q, normalised; so x comes out with probability
min(p(x), q(x)) + (1 - sum of min(p, q)) * leftover(x) = p(x), whatever q is.  Where the whole draft is kept, one more is drawn from p.

Leviathan, Kalman and Matias (2023), "Fast inference from transformers via speculative decoding"; Chen et al. (2023).
"""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike

from chargen_lib.generation import IMPOSSIBLE, check_sampler, checked_key, last_ids, pad_prompts
from chargen_lib.models import Model, read
from chargen_lib.models.combined import same_size
from chargen_lib.sampling import Sampler
from chargen_lib.text import whole_number


class Speculation(NamedTuple):
    """What speculate wrote, and what it took.

    ids       (num_chars,) int32, the new characters alone
    accepted  how many drafted characters were kept
    refused   how many were refused; those drafted after one that was refused were not judged
    calls     how often the large model judged: each call wrote the characters that it kept and one of its own

    So accepted + calls were written: the last call may write more than was asked for, which ids leaves out.
    """

    ids: jax.Array
    accepted: int
    refused: int
    calls: int


def speculate(
    model: Model,
    draft: Model,
    prompt_ids: ArrayLike,
    *,
    num_chars: int,
    draft_length: int,
    key: jax.Array,
    sampler: Sampler = Sampler(),  # noqa: B008
) -> Speculation:
    """Continue prompt_ids (time,) as `model` would, with characters that `draft` proposes, draft_length at a time.

    The text has exactly the distribution of generate(model, ...) with the same sampler, which is applied to both models; it is another
    draw from it, but for temperature 0, which leaves nothing to draw.
    Raises ValueError for models of two vocabularies, an empty prompt, a draft_length below 1, and what generate refuses.
    """
    size = same_size([model, draft])
    if isinstance(prompt_ids, str):
        raise ValueError("speculate continues ids, not text: encode the prompt first, vocabulary.encode(prompt).")
    if np.ndim(prompt_ids) != 1:
        raise ValueError(f"speculate continues one prompt, (time,), but this one has shape {np.shape(prompt_ids)}.")
    padded, lengths = pad_prompts([prompt_ids], size)
    check_sampler(sampler)
    num_chars, draft_length = whole_number("num_chars", num_chars, 0), whole_number("draft_length", draft_length)
    ids, accepted, refused, calls, possible = _speculate(
        model, draft, padded, lengths, checked_key(key, 1).reshape(()), num_chars, draft_length, sampler
    )
    if not bool(possible):
        raise ValueError(IMPOSSIBLE)
    return Speculation(ids, int(accepted), int(refused), int(calls))


def accept_probability(p: jax.Array, q: jax.Array) -> jax.Array:
    """min(1, p / q): how probably a drafted character is kept, from what the models give it.  q above 0."""
    return jnp.minimum(1, p / q)


def leftover(p: jax.Array, q: jax.Array) -> jax.Array:
    """What p has above q, normalised, (..., vocab): what is drawn from after a refusal; p itself where nothing is left over."""
    above = jnp.maximum(p - q, 0)
    mass = above.sum(axis=-1, keepdims=True)
    return jnp.where(mass > 0, above / jnp.where(mass > 0, mass, 1), p)


def judge(p: jax.Array, q: jax.Array, drafted: jax.Array, uniforms: jax.Array) -> tuple[jax.Array, jax.Array]:
    """How many drafted characters are kept, and the distribution of the character that follows them, (vocab,).

    p (n + 1, vocab): the large model's, before each drafted character and after the last; q (n, vocab), above 0 at what was drafted;
    drafted, uniforms (n,).
    """
    places = jnp.arange(len(drafted))
    kept = uniforms < accept_probability(p[places, drafted], q[places, drafted])
    accepted = jnp.where(kept.all(), len(drafted), jnp.argmin(kept))  # all before the first that is refused
    nothing = jnp.zeros_like(q[:1])  # of p without a draft everything is left over
    return accepted, leftover(p[accepted], jnp.concatenate([q, nothing])[accepted])


@partial(jax.jit, static_argnames=("num_chars", "draft_length"))
def _speculate(model, draft, padded_ids, lengths, key, num_chars, draft_length, sampler):
    # What is written, and read by neither model.
    (last, state), (_, draft_state) = (
        last_ids(one, padded_ids, lengths, num_chars + draft_length - 1) for one in (model, draft)
    )

    def propose(carry, draw_key):
        id_, state = carry
        logits, state = draft.step(id_, state)
        logits = logits.astype(jnp.float32)  # so that what is drawn and what is judged are not rounded apart
        drawn = sampler(draw_key, logits)
        return (drawn, state), (drawn[0], logits[0])

    def call(carry):
        ids, written, last, (state, draft_state), accepted, refused, calls, possible = carry
        draft_key, judge_key, last_key = jax.random.split(jax.random.fold_in(key, calls), 3)
        _, (drafted, draft_logits) = jax.lax.scan(propose, (last, draft_state), jax.random.split(draft_key, draft_length))
        told = jnp.concatenate([last, drafted])[None]  # (1, draft_length + 1)
        logits = read(model, told, state)[0][0].astype(jnp.float32)
        kept, probs = judge(
            sampler.probabilities(logits),
            sampler.probabilities(draft_logits),
            drafted,
            jax.random.uniform(judge_key, (draft_length,)),
        )
        last = jax.random.categorical(last_key, jnp.log(probs))[None].astype(jnp.int32)
        # A state cannot be taken back: each model reads once more, from where it stood, what was kept.
        states = [read(one, told, its, kept[None] + 1)[1] for one, its in ((model, state), (draft, draft_state))]
        new = jnp.append(drafted, 0).at[kept].set(last[0])  # what stands behind is written over by the next call
        ids = jax.lax.dynamic_update_slice(ids, new, (written,))
        possible &= jnp.isfinite(logits.max(axis=-1)).all() & jnp.isfinite(draft_logits.max(axis=-1)).all()
        return ids, written + kept + 1, last, states, accepted + kept, refused + (kept < draft_length), calls + 1, possible

    ids = jnp.zeros(num_chars + draft_length + 1, jnp.int32)
    start = (ids, 0, last, [state, draft_state], 0, 0, 0, jnp.array(True))
    ids, _, _, _, accepted, refused, calls, possible = jax.lax.while_loop(lambda carry: carry[1] < num_chars, call, start)
    return ids[:num_chars], accepted, refused, calls, possible
