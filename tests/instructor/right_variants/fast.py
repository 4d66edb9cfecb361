"""Problem set "fast": a right answer to each member, written differently from its reference."""

import jax
import jax.numpy as jnp
import numpy as np


def ring(cache, rows, written):
    """All at once: the slots are different ones, as there are fewer new rows than slots."""
    slots = (written + jnp.arange(len(rows))) % len(cache)
    return jnp.asarray(cache).at[slots].set(rows)


def moved_along(cache, rows, written):
    """What is there, oldest first, then the new ones: of all these the last S."""
    full = min(written, len(cache))
    after = jnp.concatenate([jnp.asarray(cache)[:full], jnp.asarray(rows), jnp.asarray(cache)[full:]])
    start = max(0, full + len(rows) - len(cache))
    after = after[start : start + len(cache)]
    room = len(cache) - full - len(rows)
    return after if room <= 0 else after.at[-room:].set(jnp.asarray(cache)[-room:])


def first_kept(cache, rows, written):
    """A table of who goes where: (S, n), at most one True in each row."""
    numbers = written + np.arange(len(rows))
    slots = np.where(numbers == 0, 0, 1 + (numbers - 1) % (len(cache) - 1))
    here = jax.nn.one_hot(slots, len(cache)).T
    return here @ rows + (1 - here.sum(axis=1, keepdims=True)) * cache


def fill_in_front(ids, lengths, width, fill):
    """Row by row, in lists."""
    rows = []
    for row, length in zip(np.asarray(ids).tolist(), np.asarray(lengths).tolist(), strict=True):
        kept = row[:length][-width:]
        rows.append([fill] * (width - len(kept)) + kept)
    return np.array(rows)


def fill_behind(ids, lengths, width, fill):
    """`fill` over the padding and behind it, and from there a piece of each row."""
    ids, lengths = jnp.asarray(ids), jnp.asarray(lengths)
    clean = jnp.where(jnp.arange(ids.shape[1]) < lengths[:, None], ids, fill)
    long = jnp.pad(clean, ((0, 0), (0, width)), constant_values=fill)
    starts = jnp.maximum(lengths - width, 0)
    return jax.vmap(lambda row, start: jax.lax.dynamic_slice(row, (start,), (width,)))(long, starts)


def newest_first(ids, lengths, width, fill):
    """`fill` before every text, so that no place is below 0."""
    before = jnp.pad(jnp.asarray(ids), ((0, 0), (width, 0)), constant_values=fill)
    return jnp.stack([before[b, n : n + width][::-1] for b, n in enumerate(np.asarray(lengths).tolist())])


def likeliest(p, q, drafted, uniforms, amount):
    """By a product: 1 up to the first refusal, 0 from there on."""
    best = jnp.argmax(jnp.asarray(p), axis=1)
    kept = int(jnp.cumprod(best[:-1] == jnp.asarray(drafted)).sum())
    return jnp.append(jnp.asarray(drafted)[:kept], best[kept])


def near_the_best(p, q, drafted, uniforms, amount):
    ids = []
    for row, x in zip(np.asarray(p).tolist(), np.asarray(drafted).tolist(), strict=False):
        if row[x] / max(row) < amount:
            return [*ids, row.index(max(row))]
        ids.append(x)
    return [*ids, int(np.asarray(p)[-1].argmax())]


def lenient(p, q, drafted, uniforms, amount):
    """Without a division."""
    p, q, drafted = jnp.asarray(p), jnp.asarray(q), jnp.asarray(drafted)
    places = jnp.arange(len(drafted))
    kept = jnp.asarray(uniforms) * amount * q[places, drafted] < p[places, drafted]
    length = int(jnp.argmin(jnp.append(kept, False)))
    return [*drafted[:length].tolist(), int(p[length].argmax())]


def worn_out(table, first_id, noise, amount):
    def body(carry, row):
        last, counts = carry
        last = jnp.argmax(jnp.asarray(table)[last] - amount * counts + row)
        return (last, counts.at[last].add(1)), last

    start = jnp.asarray(first_id), jnp.zeros(len(table), int)
    return jax.lax.scan(body, start, jnp.asarray(noise))[1]


def fading(table, first_id, noise, amount):
    """The weights of all places at once."""
    noise = np.asarray(noise) * np.power(float(amount), np.arange(len(noise)))[:, None]
    ids = []
    for row in noise:
        ids.append(int(np.argmax(np.asarray(table)[ids[-1] if ids else first_id] + row)))
    return np.array(ids)


def one_further_back(table, first_id, noise, amount):
    """The two last ids are carried in place of a row of logits."""
    table = jnp.concatenate([jnp.asarray(table), jnp.zeros((1, len(table)))])  # a row more, of nothing

    def body(carry, row):
        before, last = carry
        new = jnp.argmax(table[last] + amount * table[before] + row)
        return (last, new), new

    return jax.lax.scan(body, (jnp.asarray(len(table) - 1), jnp.asarray(first_id)), jnp.asarray(noise))[1]


RIGHT_VARIANTS = {
    "cache_after": {"ring": ring, "moved along": moved_along, "first kept": first_kept},
    "text_ends": {"fill in front": fill_in_front, "fill behind": fill_behind, "newest first": newest_first},
    "written_with_more": {"worn out": worn_out, "fading": fading, "one further back": one_further_back},
    "judged_draft": {"likeliest": likeliest, "near the best": near_the_best, "lenient": lenient},
}
