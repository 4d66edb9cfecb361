"""Lesson 11: mistakes as learners write them, with jnp, each told for what it is."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from telling import named

from chargen_lib.exercises import EXERCISES, judge


def word(value):
    return value if isinstance(value, str) else ""


def said(name, answer):
    report = judge(EXERCISES[name], answer)
    assert (report.status, report.misconception) == ("wrong", None), str(report)
    return report.diagnosis


# --- cache_write --------------------------------------------------------------------------------------------------------


def refused_unless(check, write=lambda cache, index, row: cache.at[index].set(row)):
    def cache_write(cache, index, row):
        if not check(cache, index):
            raise ValueError(f"there is no slot {index}")
        return write(cache, index, row)

    return cache_write


def checked(write):
    return refused_unless(lambda cache, index: 0 <= index < len(cache), write)


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("not checked", lambda cache, index, row: cache.at[index].set(row)),
        ("moved to the nearest slot", lambda cache, index, row: jax.lax.dynamic_update_slice(cache, row[None], (index, 0))),
        (
            "moved to the nearest slot",
            lambda cache, index, row: jax.lax.dynamic_update_index_in_dim(cache, row, index, axis=0),
        ),
        ("cut off", lambda cache, index, row: cache.at[jnp.clip(index, 0, len(cache) - 1)].set(row)),
        ("last slot again", refused_unless(lambda c, i: i >= 0, lambda c, i, row: c.at[min(i, len(c) - 1)].set(row))),
        ("ring", lambda cache, index, row: cache.at[index % len(cache)].set(row)),
        ("negative allowed", refused_unless(lambda c, i: i < len(c))),
        ("from the end", refused_unless(lambda c, i: abs(i) < len(c))),
        ("from the end", refused_unless(lambda c, i: -len(c) <= i < len(c))),
        ("too large allowed", refused_unless(lambda c, i: i >= 0)),
        ("one too many", refused_unless(lambda c, i: 0 <= i <= len(c))),
        (
            "one too many, in the last slot",
            refused_unless(lambda c, i: 0 <= i <= len(c), lambda c, i, row: jax.lax.dynamic_update_slice(c, row[None], (i, 0))),
        ),
        ("one too many, and negative", refused_unless(lambda c, i: not i > len(c))),
        ("slot 0 refused", refused_unless(lambda c, i: 0 < i < len(c))),
        ("last slot refused", refused_unless(lambda c, i: i in range(len(c) - 1))),
        ("checked against d", refused_unless(lambda c, i: 0 <= i < c.shape[-1])),
        ("checked against d", lambda cache, index, row: refused_unless(lambda c, i: 0 <= i < len(row))(cache, index, row)),
        ("counted from 1", refused_unless(lambda c, i: 1 <= i <= len(c), lambda c, i, row: c.at[i - 1].set(row))),
        ("one slot too early", checked(lambda c, i, row: c.at[i - 1].set(row))),
        ("one slot too late", checked(lambda c, i, row: c.at[i + 1].set(row))),
        ("added", checked(lambda c, i, row: c.at[i].add(row))),
        ("cleared", checked(lambda c, i, row: jnp.zeros_like(c).at[i].set(row))),
        ("cleared", checked(lambda c, i, row: jax.nn.one_hot(i, len(c))[:, None] * row)),
        ("from the slot on", checked(lambda c, i, row: c.at[i:].set(row))),
        ("up to the slot", checked(lambda c, i, row: c.at[:i].set(row))),
        ("every slot", checked(lambda c, i, row: jnp.broadcast_to(row, c.shape))),
        ("column", checked(lambda c, i, row: c.at[:, i].set(row))),
        ("column", checked(lambda c, i, row: c.at[..., i].set(row))),
        ("mask not stood up", checked(lambda c, i, row: jnp.where(jnp.arange(len(c)) == i, row, c))),
        ("inserted", checked(lambda c, i, row: jnp.insert(c, i, row, axis=0))),
        ("appended", checked(lambda c, i, row: jnp.vstack([c, row]))),
        ("cut behind the row", checked(lambda c, i, row: jnp.concatenate([c[:i], row[None]]))),
        ("moved along", checked(lambda c, i, row: jnp.concatenate([c[1:], row[None]]))),
        ("moved along", checked(lambda c, i, row: jnp.roll(c, -1, axis=0).at[-1].set(row))),
        ("slot alone", checked(lambda c, i, row: c.at[i].set(row)[i])),
    ],
    ids=word,
)
def test_writes(name, answer):
    assert named("cache_write", answer) == name


def test_a_copy_that_is_thrown_away_is_told():
    def cache_write(cache, index, row):
        if index < 0 or index >= len(cache):
            raise ValueError(f"no slot {index}")
        cache.at[index].set(row)
        return cache

    def unchecked(cache, index, row):
        cache.at[index].set(row)
        return cache

    assert named("cache_write", cache_write) == "the copy thrown away"
    assert named("cache_write", unchecked) == "the copy thrown away, and not checked"


def test_what_comes_in_place_of_a_value_error_is_told():
    def by_assert(cache, index, row):
        assert 0 <= index < len(cache), index
        return cache.at[index].set(row)

    def by_index_error(cache, index, row):
        rows = list(cache)
        if index < 0:
            raise IndexError(index)
        rows[index] = row
        return jnp.stack(rows)

    def by_print(cache, index, row):
        if 0 <= index < len(cache):
            return cache.at[index].set(row)
        print("ValueError: no slot", index)

    def by_condition(cache, index, row):
        return cache.at[index].set(row) if index in range(len(cache)) else cache

    assert named("cache_write", by_assert) == "assert"
    assert named("cache_write", by_index_error) == "IndexError"
    assert named("cache_write", by_print) == "None outside"
    assert named("cache_write", by_condition) == "unchanged outside"


def test_writing_in_place_a_message_without_the_index_and_an_error_returned_are_told():
    def in_place(cache, index, row):
        if not 0 <= index < len(cache):
            raise ValueError(index)
        cache[index] = row
        return cache

    def silent(cache, index, row):
        if not 0 <= index < len(cache):
            raise ValueError(f"index must lie in 0 to {len(cache) - 1}")
        return cache.at[index].set(row)

    def returned(cache, index, row):
        if not 0 <= index < len(cache):
            return ValueError(index)
        return cache.at[index].set(row)

    assert "an array from JAX is read-only" in said("cache_write", in_place)
    assert "its message does not name" in said("cache_write", silent)
    assert "Write raise in place of return" in said("cache_write", returned)


# --- attend_cached ------------------------------------------------------------------------------------------------------


def scores_of(query, keys):
    return jnp.einsum("hd,hsd->hs", query, keys) / jnp.sqrt(query.shape[-1])


def weighed(weights):
    """weights(scores (heads, slots), numbers of the slots, length)."""

    def attend_cached(query, keys, values, length):
        return jnp.einsum("hs,hsd->hd", weights(scores_of(query, keys), jnp.arange(keys.shape[1]), length), values)

    return attend_cached


def scored(scores):
    def attend_cached(query, keys, values, length):
        hidden = jnp.arange(keys.shape[1]) >= length
        return jnp.einsum("hs,hsd->hd", jax.nn.softmax(jnp.where(hidden, -1e9, scores(query, keys))), values)

    return attend_cached


def softmax_where(seen, fill=-jnp.inf):
    return weighed(lambda s, slot, length: jax.nn.softmax(jnp.where(seen(slot, length), s, fill)))


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("no mask", weighed(lambda s, slot, length: jax.nn.softmax(s))),
        ("one slot more", softmax_where(lambda slot, length: slot <= length)),
        ("one slot more", softmax_where(lambda slot, length: slot <= length, -1e9)),
        ("one slot less", softmax_where(lambda slot, length: slot < length - 1)),
        ("one slot less, with a huge number", softmax_where(lambda slot, length: slot < length - 1, -1e9)),
        ("newest alone", softmax_where(lambda slot, length: slot == length - 1)),
        ("newest alone", lambda query, keys, values, length: values[:, length - 1]),
        ("slot 0 alone", softmax_where(lambda slot, length: jnp.tri(1, len(slot), dtype=bool))),
        ("slot 0 alone", lambda query, keys, values, length: values[:, 0]),
        ("without slot 0", softmax_where(lambda slot, length: (slot > 0) & (slot < length))),
        ("one slot late", softmax_where(lambda slot, length: (slot >= 1) & (slot <= length))),
        ("last slots", softmax_where(lambda slot, length: slot >= len(slot) - length)),
        ("inverted", softmax_where(lambda slot, length: slot >= length)),
        ("inverted", softmax_where(lambda slot, length: slot > length - 1)),
        ("inverted, with a huge number", softmax_where(lambda slot, length: slot >= length, -1e9)),
        ("0 in place of minus infinity", weighed(lambda s, slot, length: jax.nn.softmax(s * (slot < length)))),
        ("0 in place of minus infinity", weighed(lambda s, slot, length: jax.nn.softmax(jnp.where(slot < length, s, 0)))),
        ("a small number in place of minus infinity", softmax_where(lambda slot, length: slot < length, -10)),
        ("masked after the softmax", weighed(lambda s, slot, length: jax.nn.softmax(s) * (slot < length))),
        ("masked after the softmax", weighed(lambda s, slot, length: jnp.where(slot < length, jax.nn.softmax(s), 0))),
        (
            "minus infinity after the softmax",
            weighed(lambda s, slot, length: jnp.where(slot < length, jax.nn.softmax(s), -jnp.inf)),
        ),
        ("mask added", weighed(lambda s, slot, length: jax.nn.softmax(s + (slot < length)))),
        ("NaN spoils it", weighed(lambda s, slot, length: jax.nn.softmax(s - 1e9 * (slot >= length)))),
        ("NaN spoils it", weighed(lambda s, slot, length: jax.nn.softmax(s + jnp.where(slot < length, 0, -jnp.inf)))),
        (
            "NaN spoils it",
            weighed(
                lambda s, slot, length: (
                    jnp.exp(s) * (slot < length) / (jnp.exp(s) * (slot < length)).sum(axis=-1, keepdims=True)
                )
            ),
        ),
        ("no softmax", weighed(lambda s, slot, length: jnp.where(slot < length, s, 0))),
        ("exponentials alone", weighed(lambda s, slot, length: jnp.where(slot < length, jnp.exp(s), 0))),
        ("sigmoid", weighed(lambda s, slot, length: jnp.where(slot < length, jax.nn.sigmoid(s), 0))),
        ("even shares", weighed(lambda s, slot, length: (slot < length) * jnp.ones_like(s) / length)),
        ("over the heads", weighed(lambda s, slot, length: jax.nn.softmax(jnp.where(slot < length, s, -jnp.inf), axis=0))),
        (
            "over the heads, with a huge number",
            weighed(lambda s, slot, length: jax.nn.softmax(jnp.where(slot < length, s, -1e9), axis=0)),
        ),
        (
            "one softmax of everything",
            weighed(lambda s, slot, length: jax.nn.softmax(jnp.where(slot < length, s, -jnp.inf), axis=None)),
        ),
        (
            "no keepdims",
            weighed(
                lambda s, slot, length: (
                    jnp.where(slot < length, jnp.exp(s), 0) / jnp.where(slot < length, jnp.exp(s), 0).sum(axis=-1)
                )
            ),
        ),
        ("largest alone", weighed(lambda s, slot, n: jax.nn.one_hot(jnp.where(slot < n, s, -jnp.inf).argmax(-1), len(slot)))),
    ],
    ids=word,
)
def test_weights_of_slots(name, answer):
    assert named("attend_cached", answer) == name


@pytest.mark.parametrize(
    ("name", "scores"),
    [
        ("not divided", lambda q, k: jnp.einsum("hd,hsd->hs", q, k)),
        ("divided by d", lambda q, k: jnp.einsum("hd,hsd->hs", q, k) / q.shape[-1]),
        ("times the root of d", lambda q, k: jnp.einsum("hd,hsd->hs", q, k) * jnp.sqrt(q.shape[-1])),
        ("root of the number of slots", lambda q, k: jnp.einsum("hd,hsd->hs", q, k) / jnp.sqrt(k.shape[1])),
        ("root of the number of heads", lambda q, k: jnp.einsum("hd,hsd->hs", q, k) / jnp.sqrt(len(q))),
        ("root of all heads together", lambda q, k: jnp.einsum("hd,hsd->hs", q, k) / jnp.sqrt(q.size)),
        ("first head's keys", lambda q, k: q @ k[0].T / jnp.sqrt(q.shape[-1])),
    ],
    ids=word,
)
def test_scores_of_slots_are_told_where_a_huge_number_hides_a_slot(name, scores):
    assert named("attend_cached", scored(scores)) == name


def sliced(query, keys, values, length):
    weights = jax.nn.softmax(scores_of(query, keys[:, :length]))
    return jnp.einsum("hs,hsd->hd", weights, values[:, :length])


def test_other_results_of_slots_are_told():
    def weights(query, keys, length):
        return jax.nn.softmax(jnp.where(jnp.arange(keys.shape[1]) < length, scores_of(query, keys), -jnp.inf))

    assert named("attend_cached", lambda q, k, v, n: weights(q, k, n)) == "weights returned"
    assert named("attend_cached", lambda q, k, v, n: (weights(q, k, n)[:, None] @ v).sum(0)[0]) == "heads added up"
    assert named("attend_cached", lambda q, k, v, n: (weights(q, k, n)[:, None] @ v)[:, 0] / n) == "divided by length"
    assert named("attend_cached", lambda q, k, v, n: sliced(q, k, k, n)) == "keys in place of values"
    assert (
        named("attend_cached", lambda q, k, v, n: (weights(q, k, n)[:, None] @ k)[:, 0]) == "keys in place of values, and NaN"
    )
    late = lambda q, k, v, n: sliced(q * q.shape[-1] ** 0.5, k, v, n) / q.shape[-1] ** 0.5  # noqa: E731
    assert named("attend_cached", late) == "divided after the softmax"
    assert named("attend_cached", lambda q, k, v, n: sliced(q * q.shape[-1] ** 0.5 / n**0.5, k, v, n)) == "root of length"


def test_a_product_without_an_axis_for_the_query_is_told():
    def attend_cached(query, keys, values, length):
        scores = query @ jnp.swapaxes(keys, -1, -2) / jnp.sqrt(query.shape[-1])
        return jax.nn.softmax(jnp.where(jnp.arange(keys.shape[1]) < length, scores, -jnp.inf)) @ values

    assert named("attend_cached", attend_cached) == "every head's keys"


def test_slots_that_are_told_by_what_stands_in_them_are_told():
    def attend_cached(query, keys, values, length):
        written = jnp.any(keys != 0, axis=-1)
        weights = jax.nn.softmax(jnp.where(written, scores_of(query, keys), -jnp.inf))
        return jnp.einsum("hs,hsd->hd", weights, values)

    assert named("attend_cached", attend_cached) == "by content"


def test_an_axis_that_was_left_is_told():
    def attend_cached(query, keys, values, length):
        scores = query[:, None] @ jnp.swapaxes(keys, -1, -2) / jnp.sqrt(query.shape[-1])
        return jax.nn.softmax(jnp.where(jnp.arange(keys.shape[1]) < length, scores, -jnp.inf)) @ values

    assert "an axis of length 1 too many" in said("attend_cached", attend_cached)


def test_a_shape_that_depends_on_the_length_is_told():
    assert "does not run under jax.jit" in said("attend_cached", sliced)
    assert "jnp.where" in said("attend_cached", sliced)

    def counted(query, keys, values, length):
        scores = scores_of(query, keys)
        weights = jax.nn.softmax(jnp.where(jnp.arange(keys.shape[1]) < length, scores, -jnp.inf))
        return sum(weights[:, s, None] * values[:, s] for s in range(length))

    assert "does not run under jax.jit" in said("attend_cached", counted)


# --- pad_right ----------------------------------------------------------------------------------------------------------


def filled(row=lambda prompt, missing, pad_id: prompt + [pad_id] * missing, lengths=None, size=lambda sizes: max(sizes)):
    """Row by row; lengths(ids, prompts, pad_id)."""

    def pad_right(prompts, pad_id):
        sizes = [len(prompt) for prompt in prompts]
        longest = size(sizes)
        ids = jnp.array([row(prompt, longest - len(prompt), pad_id)[:longest] for prompt in prompts])
        return ids, jnp.array(sizes) if lengths is None else lengths(ids, prompts, pad_id)

    return pad_right


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("padded left", filled(lambda prompt, missing, pad_id: [pad_id] * missing + prompt)),
        (
            "padded left, one length",
            filled(lambda p, missing, pad_id: [pad_id] * missing + p, lambda ids, *_: jnp.full(len(ids), ids.shape[1])),
        ),
        ("padding counted", filled(lengths=lambda ids, prompts, pad_id: jnp.array([len(row) for row in ids]))),
        ("everything but pad_id counted", filled(lengths=lambda ids, prompts, pad_id: (ids != pad_id).sum(1))),
        ("everything but 0 counted", filled(lengths=lambda ids, prompts, pad_id: jnp.count_nonzero(ids, axis=1))),
        ("argmax of the padding", filled(lengths=lambda ids, prompts, pad_id: (ids == pad_id).argmax(1))),
        (
            "up to the first pad_id",
            filled(lengths=lambda ids, prompts, pad_id: jnp.array([[*r, pad_id].index(pad_id) for r in ids.tolist()])),
        ),
        (
            "up to the first pad_id",
            filled(lengths=lambda ids, prompts, pad_id: jnp.cumprod(ids != pad_id, axis=1).sum(axis=1)),
        ),
        (
            "up to the last id that is not pad_id",
            filled(lengths=lambda ids, *a: ((jnp.arange(ids.shape[1]) + 1) * (ids != a[1])).max(1)),
        ),
        ("last places", filled(lengths=lambda ids, prompts, pad_id: jnp.array([len(p) - 1 for p in prompts]))),
        ("1 more", filled(lengths=lambda ids, prompts, pad_id: jnp.array([len(p) + 1 for p in prompts]))),
        ("how much padding", filled(lengths=lambda ids, p, pad_id: jnp.array([ids.shape[1] - len(row) for row in p]))),
        ("empty prompt counted as 1", filled(lengths=lambda ids, prompts, pad_id: jnp.array([len(p or [0]) for p in prompts]))),
        ("longest alone", filled(lengths=lambda ids, prompts, pad_id: max(len(p) for p in prompts))),
        ("longest alone", filled(lengths=lambda ids, prompts, pad_id: ids.shape[1])),
        (
            "a mask in place of lengths",
            filled(lengths=lambda ids, p, pad_id: jnp.arange(ids.shape[1]) < jnp.array([*map(len, p)])[:, None]),
        ),
        ("filled with 0", filled(lambda prompt, missing, pad_id: prompt + [0] * missing)),
        ("filled with -1", filled(lambda prompt, missing, pad_id: prompt + [-1] * missing)),
        ("last id again", filled(lambda prompt, missing, pad_id: prompt + [(prompt or [pad_id])[-1]] * missing)),
        ("prompts again and again", filled(lambda prompt, missing, pad_id: (prompt or [pad_id]) * 9)),
        ("one place more", filled(size=lambda sizes: max(sizes) + 1)),
        ("a power of two", filled(size=lambda sizes: int(2 ** np.ceil(np.log2(max(sizes)))))),
        ("cut to the shortest", filled(size=min)),
        ("as long as the first", filled(size=lambda sizes: sizes[0])),
        ("square", filled(size=len)),
        ("empty prompts left out", lambda prompts, pad_id: filled()([p for p in prompts if p], pad_id)),
        ("sorted by length", lambda prompts, pad_id: filled()(sorted(prompts, key=len), pad_id)),
        ("longest first", lambda prompts, pad_id: filled()(sorted(prompts, key=len, reverse=True), pad_id)),
        ("longest first", lambda prompts, pad_id: filled()(sorted(prompts, key=lambda p: -len(p)), pad_id)),
        ("without the last id", lambda prompts, pad_id: filled()([p[:-1] for p in prompts], pad_id)),
        ("turned round", lambda prompts, pad_id: filled()([p[::-1] for p in prompts], pad_id)),
        ("a column for each", lambda prompts, pad_id: (filled()(prompts, pad_id)[0].T, filled()(prompts, pad_id)[1])),
        (
            "one long row",
            lambda prompts, pad_id: (
                jnp.concatenate([jnp.array(p, dtype=int) for p in prompts]),
                jnp.array([len(p) for p in prompts]),
            ),
        ),
        ("ids alone", lambda prompts, pad_id: filled()(prompts, pad_id)[0]),
        ("lengths first", lambda prompts, pad_id: filled()(prompts, pad_id)[::-1]),
        (
            "cut, and counted after it",
            lambda prompts, pad_id: filled()([p[: min(map(len, prompts))] for p in prompts], pad_id),
        ),
    ],
    ids=word,
)
def test_paddings(name, answer):
    assert named("pad_right", answer) == name


def test_prompts_that_are_changed_lists_and_real_numbers_are_told():
    def changes(prompts, pad_id):
        lengths = jnp.array([len(p) for p in prompts])
        for prompt in prompts:
            prompt += [pad_id] * (int(lengths.max()) - len(prompt))
        return jnp.array(prompts), lengths

    def zeros(prompts, pad_id):
        ids = np.zeros((len(prompts), max(map(len, prompts)))) + pad_id
        for row, prompt in zip(ids, prompts, strict=True):
            row[: len(prompt)] = prompt
        return ids, np.array([len(p) for p in prompts])

    def lists(prompts, pad_id):
        ids, lengths = filled()(prompts, pad_id)
        return ids.tolist(), lengths.tolist()

    def as_many_for_each(prompts, pad_id):
        longest = max(len(p) for p in prompts)
        return jnp.array([p + [pad_id] * longest for p in prompts]), jnp.array([len(p) for p in prompts])

    def one_for_each(prompts, pad_id):
        return jnp.array([[*p, pad_id] for p in prompts]), jnp.array([len(p) for p in prompts])

    assert "changes the array or list it was given" in said("pad_right", changes)
    assert "whole numbers were expected" in said("pad_right", zeros)
    assert "return an array" in said("pad_right", lists)
    assert "Are all the rows equally long?" in said("pad_right", as_many_for_each)
    assert named("pad_right", one_for_each) == "one place more"


# --- last_logits --------------------------------------------------------------------------------------------------------


def mean_of_real(logits, lengths):
    real = jnp.arange(logits.shape[1]) < lengths[:, None]
    return jnp.where(real[..., None], logits, 0).sum(1) / lengths[:, None]


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("last column", lambda logits, lengths: logits[:, -1]),
        ("last column", lambda logits, lengths: logits[:, logits.shape[1] - 1, :]),
        ("one place too late", lambda logits, lengths: logits[jnp.arange(len(logits)), lengths]),
        ("one place too late", lambda logits, lengths: jax.vmap(lambda row, n: row[n])(logits, lengths)),
        ("one place too late", lambda logits, lengths: jnp.stack([row[n] for row, n in zip(logits, lengths, strict=True)])),
        ("one place too late, and NaN", lambda z, n: jnp.take_along_axis(z, n[:, None, None], axis=1)[:, 0]),
        ("one place too early", lambda logits, lengths: logits[jnp.arange(len(logits)), lengths - 2]),
        ("counted from the end", lambda logits, lengths: logits[jnp.arange(len(logits)), -lengths]),
        ("counted from the end", lambda z, lengths: z[jnp.arange(len(z)), z.shape[1] - lengths]),
        ("counted from the end, one less", lambda z, lengths: z[jnp.arange(len(z)), z.shape[1] - lengths - 1]),
        ("first place", lambda logits, lengths: logits[:, 0]),
        ("one place for all rows", lambda logits, lengths: logits[:, lengths.max() - 1]),
        ("where the shortest ends", lambda logits, lengths: logits[:, lengths.min() - 1]),
        ("where the first row ends", lambda logits, lengths: logits[:, lengths[0] - 1]),
        ("every row at every place", lambda logits, lengths: logits[:, lengths - 1]),
        ("every row at every place", lambda logits, lengths: jnp.take(logits, lengths - 1, axis=1)),
        ("rows picked by length", lambda logits, lengths: logits[lengths - 1]),
        ("row and place swapped", lambda logits, lengths: logits[lengths - 1, jnp.arange(len(lengths))]),
        ("from the characters", lambda z, lengths: z[jnp.arange(len(z)), :, lengths - 1]),
        ("row not counted", lambda logits, lengths: logits.reshape(-1, logits.shape[-1])[lengths - 1]),
        ("padding not counted", lambda z, lengths: z.reshape(-1, z.shape[-1])[jnp.cumsum(lengths) - 1]),
        (
            "one place too late, in one row",
            lambda z, n: z.reshape(-1, z.shape[-1])[jnp.arange(len(z)) * z.shape[1] + n],
        ),
        ("mean of the real places", mean_of_real),
        ("sum of the real places", lambda z, n: mean_of_real(z, n) * n[:, None]),
        (
            "largest of the real places",
            lambda z, n: jnp.where((jnp.arange(z.shape[1]) < n[:, None])[..., None], z, -jnp.inf).max(1),
        ),
        ("mean of all places", lambda logits, lengths: logits.mean(axis=1)),
        ("padding made 0", lambda z, n: z * (jnp.arange(z.shape[1]) < n[:, None])[..., None]),
        ("probabilities", lambda z, n: jax.nn.softmax(z[jnp.arange(len(z)), n - 1])),
        ("likeliest character", lambda z, n: z[jnp.arange(len(z)), n - 1].argmax(-1)),
        ("axis kept", lambda z, n: jnp.take_along_axis(z, (n - 1)[:, None, None], axis=1)),
    ],
    ids=word,
)
def test_places_of_logits(name, answer):
    assert named("last_logits", answer) == name


def test_lengths_that_are_not_known_under_jit_are_told():
    answers = [
        lambda z, n: jnp.stack([row[:length][-1] for row, length in zip(z, n, strict=True)]),
        lambda z, n: jnp.stack([z[b, int(n[b]) - 1] for b in range(len(z))]),
        lambda z, n: jnp.asarray(np.asarray(z)[np.arange(len(z)), np.asarray(n) - 1]),
    ]
    for answer in answers:
        assert "does not run under jax.jit" in said("last_logits", answer)


def test_a_mask_that_loses_its_axes_is_told():
    assert "does not fit" not in said("last_logits", lambda z, n: z[jnp.arange(z.shape[1]) == n[:, None] - 1][:1])
    answer = said("last_logits", lambda z, n: jnp.take_along_axis(z, n - 1, axis=1))
    assert answer.startswith("Your function raised ValueError")


# --- end_rows -----------------------------------------------------------------------------------------------------------


def ended(where, fill=None):
    """where(is an end (batch, time), the places (time,))."""
    return lambda ids, end_id: jnp.where(where(ids == end_id, jnp.arange(ids.shape[1])), end_id if fill is None else fill, ids)


def so_far(ends):
    return jnp.cumsum(ends, axis=1)


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("no end, first place taken", ended(lambda ends, t: t > ends.argmax(axis=1)[:, None])),
        ("no end, whole row", ended(lambda ends, t: t >= ends.argmax(axis=1)[:, None])),
        (
            "an end at place 0 not seen",
            ended(lambda ends, t: (t > ends.argmax(1)[:, None]) & (ends.argmax(1)[:, None] > 0)),
        ),
        ("next place alone", lambda ids, end_id: ids.at[:, 1:].set(jnp.where(ids[:, :-1] == end_id, end_id, ids[:, 1:]))),
        ("next place alone", ended(lambda ends, t: jnp.pad(ends, ((0, 0), (1, 0)))[:, :-1])),
        ("next place, around the row", ended(lambda ends, t: jnp.roll(ends, 1, axis=1))),
        ("unchanged", lambda ids, end_id: ids),
        ("unchanged", ended(lambda ends, t: ends)),
        (
            "after the last end",
            ended(lambda ends, t: (t >= jnp.where(ends, t, -1).max(1)[:, None]) & ends.any(1)[:, None]),
        ),
        ("after the second end", ended(lambda ends, t: so_far(ends) > 1)),
        ("up to the second end", ended(lambda ends, t: so_far(ends) == 1)),
        ("before the end", ended(lambda ends, t: so_far(ends) == 0)),
        ("before the end", ended(lambda ends, t: jnp.cumprod(~ends, axis=1) > 0)),
        ("up to the end", ended(lambda ends, t: jnp.cumsum(ends[:, ::-1], axis=1)[:, ::-1] > 0)),
        ("all rows at the first end", ended(lambda ends, t: jnp.cumsum(ends.any(axis=0)) > 0)),
        ("when all rows have ended", ended(lambda ends, t: (so_far(ends) > 0).all(axis=0))),
        ("where the first row ends", ended(lambda ends, t: so_far(ends)[0] > 0)),
        ("from row to row", ended(lambda ends, t: jnp.cumsum(ends, axis=0) > 0)),
        ("through the whole batch", ended(lambda ends, t: jnp.cumsum(ends).reshape(ends.shape) > 0)),
        ("filled with 0", ended(lambda ends, t: so_far(ends) > 0, fill=0)),
        ("filled with 0", lambda ids, end_id: ids * jnp.cumprod(ids != end_id, axis=1)),
        ("filled with 0 behind the end", ended(lambda ends, t: so_far(ends) - ends > 0, fill=0)),
        ("filled with -1", ended(lambda ends, t: so_far(ends) > 0, fill=-1)),
        ("filled with -1 behind the end", ended(lambda ends, t: so_far(ends) - ends > 0, fill=-1)),
        ("0 for the end", lambda ids, end_id: jnp.where(jnp.cumsum(ids == 0, axis=1) > 0, end_id, ids)),
        ("larger ids too", lambda ids, end_id: jnp.where(jnp.cumsum(ids >= end_id, axis=1) > 0, end_id, ids)),
        ("largest so far", lambda ids, end_id: jax.lax.cummax(ids, axis=1)),
        ("mask returned", lambda ids, end_id: so_far(ids == end_id) > 0),
        ("multiplied by the mask", lambda ids, end_id: ids * (so_far(ids == end_id) > 0)),
        ("lengths returned", lambda ids, end_id: (so_far(ids == end_id) == 0).sum(axis=1)),
        ("lengths returned", lambda ids, end_id: jnp.cumprod(ids != end_id, axis=1).sum(axis=1)),
    ],
    ids=word,
)
def test_ends(name, answer):
    assert named("end_rows", answer) == name


def test_rows_that_are_cut_off_are_told():
    def end_rows(ids, end_id):
        done = jnp.where(jnp.cumsum(ids == end_id, axis=1) > 0, end_id, ids)
        for t in range(ids.shape[1]):
            if (done[:, t] == end_id).all():
                return done[:, : t + 1]
        return done

    assert named("end_rows", end_rows) == "cut off"


def test_a_sum_without_an_axis_and_values_asked_for_under_jit_are_told():
    flat = said("end_rows", lambda ids, end_id: jnp.where(jnp.cumsum(ids == end_id) > 0, end_id, ids))
    assert "of the shapes" in flat and "entry by entry" in flat

    def in_lists(ids, end_id):
        rows = [row.tolist() for row in ids]
        cut = [row[: row.index(end_id)] if end_id in row else row for row in rows]
        return jnp.array([row + [end_id] * (ids.shape[1] - len(row)) for row in cut])

    def row_by_row(ids, end_id):
        for b, row in enumerate(ids):
            for t in range(len(row)):
                if row[t] == end_id:
                    ids = ids.at[b, t:].set(end_id)
        return ids

    for answer in (in_lists, row_by_row):
        assert "does not run under jax.jit" in said("end_rows", answer)


# --- right, in any style ------------------------------------------------------------------------------------------------


def while_there_are_slots(query, keys, values, length):
    """A loop that stops after the last written slot."""

    def body(carry):
        slot, total, mean = carry
        weight = jnp.exp((query * keys[:, slot]).sum(-1, keepdims=True) / query.shape[-1] ** 0.5)
        return slot + 1, total + weight, mean + weight * values[:, slot]

    start = 0, jnp.zeros((len(query), 1)), jnp.zeros(query.shape)
    _, total, mean = jax.lax.while_loop(lambda carry: carry[0] < length, body, start)
    return mean / total


def as_the_slots_come(query, keys, values, length):
    """A softmax that goes on as the slots come, and never overflows."""

    def one_more(slot, carry):
        largest, total, mean = carry
        score = (query * keys[:, slot]).sum(-1) / jnp.sqrt(query.shape[-1])
        new = jnp.maximum(largest, score)
        old, more = jnp.exp(largest - new), jnp.exp(score - new)
        return new, total * old + more, mean * old[:, None] + more[:, None] * values[:, slot]

    heads = len(query)
    start = jnp.full(heads, -jnp.inf), jnp.zeros(heads), jnp.zeros(query.shape)
    _, total, mean = jax.lax.fori_loop(0, length, one_more, start)
    return mean / total[:, None]


def emptied_first(query, keys, values, length):
    seen = (jnp.arange(keys.shape[1]) < length)[:, None]
    keys, values = jnp.where(seen, keys, 0), jnp.where(seen, values, 0)
    scores = jnp.matmul(keys, query[..., None])[..., 0] / query.shape[-1] ** 0.5
    weights = jnp.where(seen[:, 0], jnp.exp(scores - scores.max(-1, keepdims=True)), 0)
    return jnp.matmul(weights[:, None], values)[:, 0] / weights.sum(-1)[:, None]


def put_along(cache, index, row):
    if index >= len(cache) or index <= -1:
        raise ValueError(f"{index} is no slot")
    copy = np.array(cache)
    np.put_along_axis(copy, np.full((1, copy.shape[1]), index), np.asarray(row)[None], axis=0)
    return copy


def of_a_where(prompts, pad_id):
    longest = max(len(prompt) for prompt in prompts)
    return (
        np.array([[prompt[t] if t < len(prompt) else pad_id for t in range(longest)] for prompt in prompts]),
        np.array([len(prompt) for prompt in prompts]),
    )


def ended_by_a_fold(ids, end_id):
    return jax.lax.associative_scan(lambda one, two: jnp.where(one == end_id, end_id, two), ids, axis=1)


def ended_in_a_scan(ids, end_id):
    def column(ended, now):
        now = jnp.where(ended, end_id, now)
        return ended | (now == end_id), now

    return jax.lax.scan(column, jnp.zeros(len(ids), bool), ids.T)[1].T


def ended_in_fori(ids, end_id):
    def step(t, ids):
        return ids.at[:, t].set(jnp.where(ids[:, t - 1] == end_id, end_id, ids[:, t]))

    return jax.lax.fori_loop(1, ids.shape[1], step, ids)


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("cache_write", put_along),
        ("attend_cached", while_there_are_slots),
        ("attend_cached", as_the_slots_come),
        ("attend_cached", emptied_first),
        ("pad_right", of_a_where),
        ("last_logits", lambda z, n: jnp.where((jnp.arange(z.shape[1]) == n[:, None] - 1)[..., None], z, 0).sum(1)),
        ("last_logits", lambda z, n: jnp.diagonal(z[:, n - 1], axis1=0, axis2=1).T),
        ("end_rows", ended_by_a_fold),
        ("end_rows", ended_in_fori),
        ("end_rows", ended_in_a_scan),
        ("end_rows", lambda ids, end_id: jnp.where(jax.lax.cummax((ids == end_id).astype(int), axis=1), end_id, ids)),
    ],
    ids=word,
)
def test_a_right_answer_is_right_in_any_style(name, answer):
    for seed in range(2):
        report = judge(EXERCISES[name], answer, seed=seed)
        assert report.status == "correct", str(report)
