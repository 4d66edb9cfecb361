"""Lesson 11: right answers written differently from the references, as a learner would write them, mostly with jnp."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np


def cache_write_at(cache, index, row):
    slots, _ = cache.shape
    if index < 0 or index >= slots:
        raise ValueError(f"no slot {index}: there are {slots}")
    return cache.at[index].set(row)


def cache_write_where(cache, index, row):
    if index not in range(len(cache)):
        raise ValueError("There is no slot " + str(index))
    return jnp.where((jnp.arange(len(cache)) == index)[:, None], row, cache)


def cache_write_update_slice(cache, index, row):
    if not 0 <= index <= cache.shape[0] - 1:
        raise ValueError(index)
    return jax.lax.dynamic_update_slice(cache, row[None], (index, 0))


def cache_write_by_one_hot(cache, index, row):
    if index < 0 or len(cache) - 1 < index:
        raise ValueError(f"{index=}")
    here = jax.nn.one_hot(index, len(cache))[:, None]
    return cache * (1 - here) + here * row


def cache_write_of_pieces(cache, index, row):
    rows = list(np.asarray(cache))
    if 0 <= index < len(rows):
        return np.stack([*rows[:index], np.asarray(row), *rows[index + 1 :]])
    raise ValueError(f"index was {index}")


def attend_cached_with_einsum(query, keys, values, length):
    scores = jnp.einsum("hd,hsd->hs", query, keys) / jnp.sqrt(query.shape[-1])
    weights = jax.nn.softmax(jnp.where(jnp.arange(keys.shape[1]) < length, scores, -jnp.inf), axis=-1)
    return jnp.einsum("hs,hsd->hd", weights, values)


def attend_cached_with_a_huge_number(query, keys, values, length):
    heads, slots, d = keys.shape
    scores = (query[:, None, :] @ keys.transpose(0, 2, 1))[:, 0, :] * d**-0.5
    weights = jax.nn.softmax(jnp.where(jnp.arange(slots)[None] >= length, -1e9, scores))
    return (weights[:, None, :] @ values).reshape(heads, d)


def attend_cached_head_by_head(query, keys, values, length):
    def one_head(q, K, V):
        exponentials = jnp.where(jnp.arange(len(K)) < length, jnp.exp(K @ q / len(q) ** 0.5), 0)
        return exponentials @ V / exponentials.sum()

    return jax.vmap(one_head)(query, keys, values)


def attend_cached_with_the_library_of_jax(query, keys, values, length):
    """jax.nn's own attention; it takes (batch, time, heads, d), and NaN in a hidden key it hides too."""
    mask = (jnp.arange(keys.shape[1]) < length)[None, None, None]
    keys = jnp.where(mask[0, 0].T, keys, 0.0)
    out = jax.nn.dot_product_attention(query[None, None], keys.swapaxes(0, 1)[None], values.swapaxes(0, 1)[None], mask=mask)
    return out[0, 0]


def pad_right_in_lists(prompts, pad_id):
    lengths = [len(prompt) for prompt in prompts]
    rows = [prompt + [pad_id] * (max(lengths) - len(prompt)) for prompt in prompts]
    return jnp.array(rows), jnp.array(lengths)


def pad_right_into_an_array(prompts, pad_id):
    lengths = jnp.array(list(map(len, prompts)))
    ids = jnp.full((len(prompts), max(map(len, prompts))), pad_id)
    for b, prompt in enumerate(prompts):
        for t, i in enumerate(prompt):
            ids = ids.at[b, t].set(i)
    return ids, lengths


def pad_right_zipped(prompts, pad_id):
    columns = list(itertools.zip_longest(*prompts, fillvalue=pad_id))
    return np.array(columns, dtype=np.int32).T, np.fromiter((len(p) for p in prompts), dtype=np.uint8)


def pad_right_with_pad(prompts, pad_id):
    longest = max(len(p) for p in prompts)
    rows = [jnp.pad(jnp.array(p, dtype=int), (0, longest - len(p)), constant_values=pad_id) for p in prompts]
    return jnp.stack(rows), jnp.asarray([*map(len, prompts)])


def last_logits_with_two_indices(logits, lengths):
    return logits[jnp.arange(logits.shape[0]), lengths - 1]


def last_logits_taken_along(logits, lengths):
    return jnp.take_along_axis(logits, (lengths - 1)[:, None, None], axis=1).squeeze(1)


def last_logits_row_by_row(logits, lengths):
    return jax.vmap(lambda row, length: row[length - 1])(logits, lengths)


def last_logits_by_one_hot(logits, lengths):
    return jnp.einsum("btv,bt->bv", logits, jax.nn.one_hot(lengths - 1, logits.shape[1]))


def last_logits_of_slices(logits, lengths):
    rows = [jax.lax.dynamic_index_in_dim(row, lengths[b] - 1, keepdims=False) for b, row in enumerate(logits)]
    return jnp.stack(rows)


def last_logits_in_one_row(logits, lengths):
    batch, time, vocab_size = logits.shape
    return logits.reshape(batch * time, vocab_size)[jnp.arange(batch) * time + lengths - 1]


def end_rows_counted(ids, end_id):
    return jnp.where(jnp.cumsum(ids == end_id, axis=1) > 0, end_id, ids)


def end_rows_of_first_places(ids, end_id):
    time = ids.shape[1]
    first = jnp.min(jnp.where(ids == end_id, jnp.arange(time), time), axis=1)
    return jnp.where(jnp.arange(time)[None] > first[:, None], end_id, ids)


def end_rows_of_argmax(ids, end_id):
    ends = ids == end_id
    first = jnp.where(ends.any(axis=1), ends.argmax(axis=1), ids.shape[1])
    return jax.vmap(lambda row, place: jnp.where(jnp.arange(row.size) < place, row, end_id))(ids, first)


def end_rows_alive(ids, end_id):
    alive = jnp.cumprod(ids != end_id, axis=1)
    return alive * ids + (1 - alive) * end_id


def end_rows_in_a_loop(ids, end_id):
    for t in range(1, ids.shape[1]):
        ids = ids.at[:, t].set(jnp.where(ids[:, t - 1] == end_id, end_id, ids[:, t]))
    return ids


RIGHT_ANSWERS = {
    "cache_write": [
        cache_write_at,
        cache_write_where,
        cache_write_update_slice,
        cache_write_by_one_hot,
        cache_write_of_pieces,
    ],
    "attend_cached": [
        attend_cached_with_einsum,
        attend_cached_with_a_huge_number,
        attend_cached_head_by_head,
        attend_cached_with_the_library_of_jax,
    ],
    "pad_right": [pad_right_in_lists, pad_right_into_an_array, pad_right_zipped, pad_right_with_pad],
    "last_logits": [
        last_logits_with_two_indices,
        last_logits_taken_along,
        last_logits_row_by_row,
        last_logits_by_one_hot,
        last_logits_of_slices,
        last_logits_in_one_row,
    ],
    "end_rows": [
        end_rows_counted,
        end_rows_of_first_places,
        end_rows_of_argmax,
        end_rows_alive,
        end_rows_in_a_loop,
    ],
}
