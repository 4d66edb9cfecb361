"""write_in_scan, as it is right and as it is written when it is wrong."""

import jax
import numpy as np

from chargen_lib.exercises.lesson_12.steps import V, anew, counted_anew, in_numpy


def keys_of(key, num_chars):
    return jax.random.split(key, num_chars)


@jax.jit
def noise_of(keys):
    """What jax.random.categorical adds to the logits with each of these keys: (n, V)."""
    return jax.vmap(lambda key: jax.random.gumbel(key, (V,)))(keys)


def run(step, first_id, state, noise, feed=None, pick=None):
    """Write with the rows of `noise`: ids, the logits of each step, and the last state.

    feed: (the new id, the new state, the first id, the first state) -> what the next step is given.  pick: (logits, noise) -> id.
    """
    rule, table = in_numpy(step)
    first = int(first_id), counted_anew(state)
    pick = pick or (lambda logits, noise: np.argmax(logits + noise))
    (id_, now), ids, rows = first, [], []
    for row in np.asarray(noise):
        logits, after = rule(table, id_, now)
        drawn = int(pick(logits, row))
        ids.append(drawn)
        rows.append(logits)
        id_, now = feed(drawn, after, *first) if feed else (drawn, after)
    return np.array(ids), np.array(rows), (id_, now)


def write_in_scan(step, first_id, state, key, num_chars):
    return run(step, first_id, state, noise_of(keys_of(key, num_chars)))[0]


def lead(step, first_id, state, key, num_chars):
    """By how much the drawn one leads at least: rounding must not decide."""
    noise = np.asarray(noise_of(keys_of(key, num_chars)))
    ranked = np.sort(run(step, first_id, state, noise)[1] + noise, axis=-1)
    return (ranked[:, -1] - ranked[:, -2]).min()


def fed(feed):
    """The mistake that goes on from feed(the new id, the new state, the first id, the first state)."""

    def mistaken(step, first_id, state, key, num_chars):
        return run(step, first_id, state, noise_of(keys_of(key, num_chars)), feed=feed)[0]

    return mistaken


def picked(pick):
    """The mistake that takes pick(logits, noise)."""

    def mistaken(step, first_id, state, key, num_chars):
        return run(step, first_id, state, noise_of(keys_of(key, num_chars)), pick=pick)[0]

    return mistaken


def keyed(keys):
    """The mistake that draws with keys(key, num_chars)."""

    def mistaken(step, first_id, state, key, num_chars):
        return run(step, first_id, state, noise_of(keys(key, num_chars)))[0]

    return mistaken


def returned(result):
    """The mistake that returns result(ids, the logits of each step, (the last id, the last state), the first id)."""

    def mistaken(step, first_id, state, key, num_chars):
        return result(*run(step, first_id, state, noise_of(keys_of(key, num_chars))), int(first_id))

    return mistaken


def one_after_the_other(place):
    """The keys of key, use = split(key), again and again; place: which of the two is used."""

    def keys(key, num_chars):
        used = []
        for _ in range(num_chars):
            both = jax.random.split(key)
            used.append(both[place])
            key = both[1 - place]
        return jax.numpy.stack(used)

    return keys


def one_key(key, num_chars):
    return keys_of(key, 1)[np.zeros(num_chars, dtype=int)]


def unsplit(key, num_chars):
    return key[None][np.zeros(num_chars, dtype=int)]


def read_twice(step, first_id, state, key, num_chars):
    """The first id is read before the scan, and by its first step once more."""
    rule, table = in_numpy(step)
    _, state = rule(table, int(first_id), counted_anew(state))
    return write_in_scan(step, first_id, state, key, num_chars)


def from_the_first_logits(step, first_id, state, key, num_chars):
    rule, table = in_numpy(step)
    logits, _ = rule(table, int(first_id), counted_anew(state))
    return np.argmax(logits + np.asarray(noise_of(keys_of(key, num_chars))), axis=-1)


def in_a_loop(step, first_id, state, key, num_chars):
    step, ids = anew(step), []
    noise = np.asarray(noise_of(keys_of(key, num_chars)))
    for row in noise:
        logits, state = step(first_id, state)
        first_id = int(np.argmax(np.asarray(logits) + row))
        ids.append(first_id)
    return np.array(ids)


def in_a_loop_with_a_compiled_body(step, first_id, state, key, num_chars):
    """Each call of what is compiled takes the state apart."""
    counted = counted_anew(state, most=num_chars - 1)
    for _ in range(num_chars):
        jax.tree.leaves(counted)
    return write_in_scan(step, first_id, state, key, num_chars)
