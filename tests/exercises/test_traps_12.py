"""Lesson 12: mistakes as learners write them, with jnp, each told for what it is."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from telling import named

from chargen_lib.exercises import EXERCISES, judge


def word(value):
    return value if isinstance(value, str) else ""


# --- write_in_scan ------------------------------------------------------------------------------------------------------


def scanned(
    carry=lambda new, state, old, first: (new, state),
    gives=lambda new, old, logits: new,
    keys=jax.random.split,
    draw=jax.random.categorical,
    returns=lambda last, ids, first: ids,
):
    """write_in_scan, with one thing done otherwise."""

    def write_in_scan(step, first_id, state, key, num_chars):
        first = first_id, state

        def body(now, use):
            old, state = now
            logits, state = step(old, state)
            new = draw(use, logits)
            return carry(new, state, old, first), gives(new, old, logits)

        last, ids = jax.lax.scan(body, first, keys(key, num_chars))
        return returns(last, ids, first_id)

    return write_in_scan


def chained(key, num_chars, place=1):
    used = []
    for _ in range(num_chars):
        both = jax.random.split(key)
        key, use = both[1 - place], both[place]
        used.append(use)
    return jnp.stack(used)


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("the first id among the results", scanned(gives=lambda new, old, logits: old)),
        ("the first id in front", scanned(returns=lambda last, ids, first: jnp.append(jnp.array([first]), ids))),
        ("state not carried", scanned(lambda new, state, old, first: (new, first[1]))),
        ("id not carried", scanned(lambda new, state, old, first: (old, state))),
        ("nothing carried", scanned(lambda new, state, old, first: first)),
        ("the key not split", scanned(keys=lambda key, n: jnp.stack([key] * n))),
        ("the first of the keys", scanned(keys=lambda key, n: jnp.stack([jax.random.split(key, n)[0]] * n))),
        ("split again, the second half used", scanned(keys=chained)),
        ("split again, the first half used", scanned(keys=partial(chained, place=0))),
        ("one key further", scanned(keys=lambda key, n: jax.random.split(key, n + 1)[1:])),
        (
            "split in two before, second half",
            scanned(keys=lambda key, n: jax.random.split(jax.random.split(key)[1], n)),
        ),
        ("split in two before, first half", scanned(keys=lambda key, n: jax.random.split(jax.random.split(key)[0], n))),
        ("likeliest", scanned(draw=lambda use, logits: jnp.argmax(logits))),
        ("softmax first", scanned(draw=lambda use, logits: jax.random.categorical(use, jax.nn.softmax(logits)))),
        ("the carry too", scanned(returns=lambda last, ids, first: (last, ids))),
        ("the carry alone", scanned(returns=lambda last, ids, first: last)),
        ("logits", scanned(gives=lambda new, old, logits: logits)),
    ],
    ids=word,
)
def test_scans(name, answer):
    assert named("write_in_scan", answer) == name


def test_a_key_that_is_split_in_the_carry_is_told():
    def write_in_scan(step, first_id, state, key, num_chars):
        def body(carry, _):
            id_, state, key = carry
            key, use = jax.random.split(key)
            logits, state = step(id_, state)
            id_ = jax.random.categorical(use, logits)
            return (id_, state, key), id_

        return jax.lax.scan(body, (first_id, state, key), length=num_chars)[1]

    assert named("write_in_scan", write_in_scan) == "split again, the second half used"


def test_a_first_id_that_is_read_before_the_scan_and_in_it_is_told():
    def write_in_scan(step, first_id, state, key, num_chars):
        _, state = step(first_id, state)
        return scanned()(step, first_id, state, key, num_chars)

    assert named("write_in_scan", write_in_scan) == "first id read twice"


def loop(step, first_id, state, key, num_chars):
    ids, id_ = [], first_id
    for use in jax.random.split(key, num_chars):
        logits, state = step(id_, state)
        id_ = jax.random.categorical(use, logits)
        ids.append(id_)
    return jnp.stack(ids)


@pytest.mark.parametrize("answer", [loop, jax.jit(loop, static_argnums=(0, 4))], ids=["eager", "compiled"])
def test_a_loop_over_characters_is_told_compiled_or_not(answer):
    assert named("write_in_scan", answer) == "a loop in Python"


def test_a_loop_whose_step_or_body_is_compiled_is_told():
    def with_a_compiled_step(step, first_id, state, key, num_chars):
        return loop(jax.jit(step), jnp.int32(first_id), state, key, num_chars)

    def with_a_compiled_body(step, first_id, state, key, num_chars):
        @jax.jit
        def body(id_, state, use):
            logits, state = step(id_, state)
            return jax.random.categorical(use, logits), state

        ids, id_ = [], jnp.int32(first_id)
        for use in jax.random.split(key, num_chars):
            id_, state = body(id_, state, use)
            ids.append(id_)
        return jnp.stack(ids)

    for answer in (with_a_compiled_step, with_a_compiled_body):
        assert named("write_in_scan", answer, seeds=1) == "a loop with a compiled body"


def test_of_other_draws_the_first_that_differs_is_told():
    answer = scanned(draw=lambda use, logits: jax.random.categorical(use, logits / 0.5))
    report = judge(EXERCISES["write_in_scan"], answer)
    assert report.misconception is None and "is the first that differs: after id" in report.diagnosis


def test_a_number_that_is_asked_of_the_drawn_id_is_told_with_its_line():
    def write_in_scan(step, first_id, state, key, num_chars):
        def body(carry, use):
            logits, state = step(*carry)
            id_ = int(jax.random.categorical(use, logits))
            return (id_, state), id_

        return jax.lax.scan(body, (first_id, state), jax.random.split(key, num_chars))[1]

    report = judge(EXERCISES["write_in_scan"], write_in_scan)
    assert report.misconception is None and "int(" in report.diagnosis and "line 4" in report.diagnosis


def write_with_fori_loop(step, first_id, state, key, num_chars):
    keys = jax.random.split(key, num_chars)

    def body(t, carry):
        ids, last, state = carry
        logits, state = step(last, state)
        last = jax.random.categorical(keys[t], logits)
        return ids.at[t].set(last), last, state

    return jax.lax.fori_loop(0, num_chars, body, (jnp.zeros(num_chars, jnp.int32), first_id, state))[0]


@partial(jax.jit, static_argnums=(0, 4))
def write_with_noise_drawn_at_once(step, first_id, state, key, num_chars):
    (logits, state) = step(first_id, state)
    noise = jax.vmap(lambda use: jax.random.gumbel(use, logits.shape))(jax.random.split(key, num_chars))

    def body(carry, row):
        logits, state = carry
        id_ = jnp.argmax(logits + row)
        return step(id_, state), id_

    return jax.lax.scan(body, (logits, state), noise, unroll=4)[1]


def write_two_at_a_time(step, first_id, state, key, num_chars):
    """A scan whose body writes two characters."""

    def body(carry, keys):
        id_, state = carry
        ids = []
        for use in keys:
            logits, state = step(id_, state)
            id_ = jax.random.categorical(use, logits)
            ids.append(id_)
        return (id_, state), jnp.stack(ids)

    keys = jax.random.split(key, num_chars).reshape(-1, 2)
    return jax.lax.scan(body, (jnp.asarray(first_id), state), keys)[1].ravel()


def write_with_while_loop(step, first_id, state, key, num_chars):
    def body(carry):
        t, ids, last, state = carry
        logits, state = step(last, state)
        last = jax.random.categorical(jax.random.split(key, num_chars)[t], logits)
        return t + 1, ids.at[t].set(last), last, state

    start = 0, jnp.zeros(num_chars, jnp.int32), first_id, state
    return jax.lax.while_loop(lambda carry: carry[0] < num_chars, body, start)[1]


def write_as_one_row_of_a_batch(step, first_id, state, key, num_chars):
    def body(carry, use):
        ids, states = carry
        logits, states = jax.vmap(step)(ids, states)
        ids = jnp.stack([jax.random.categorical(use, logits[0])])
        return (ids, states), ids

    start = jnp.array([first_id]), jax.tree.map(lambda leaf: leaf[None], state)
    return jax.lax.scan(body, start, jax.random.split(key, num_chars + 1)[:-1])[1][:, 0]


@pytest.mark.parametrize(
    "answer",
    [
        write_with_fori_loop,
        write_with_noise_drawn_at_once,
        write_two_at_a_time,
        write_with_while_loop,
        write_as_one_row_of_a_batch,
    ],
)
def test_whatever_is_traced_once_is_a_right_way_to_write(answer):
    assert judge(EXERCISES["write_in_scan"], answer).status == "correct"


# --- accept_probability, leftover -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("swapped", lambda p, q, d: jnp.minimum(1, q[d] / p[d])),
        ("above 1", lambda p, q, d: p[d] / q[d]),
        ("at least 1", lambda p, q, d: jnp.maximum(1, p[d] / q[d])),
        ("the likeliest of p", lambda p, q, d: jnp.minimum(1, p[p.argmax()] / q[p.argmax()])),
        ("the likeliest of q", lambda p, q, d: jnp.minimum(1, p[q.argmax()] / q[q.argmax()])),
        ("the largest of each", lambda p, q, d: jnp.minimum(1, jnp.max(p) / jnp.max(q))),
        ("the draft's largest", lambda p, q, d: jnp.minimum(1, p[d] / jnp.max(q))),
        ("p alone", lambda p, q, d: p[d]),
        ("the smaller one", lambda p, q, d: jnp.minimum(p[d], q[d])),
        ("hard", lambda p, q, d: jnp.where(p[d] >= q[d], 1.0, 0.0)),
        ("refused", lambda p, q, d: jnp.maximum(0, 1 - p[d] / q[d])),
        ("for every character", lambda p, q, d: jnp.minimum(1, p / q)),
        ("the overlap", lambda p, q, d: jnp.minimum(p, q).sum()),
        ("as logarithms", lambda p, q, d: jnp.minimum(1, jnp.exp(p[d] - q[d]))),
        ("a softmax more", lambda p, q, d: jnp.minimum(1, jax.nn.softmax(p)[d] / jax.nn.softmax(q)[d])),
    ],
    ids=word,
)
def test_acceptances(name, answer):
    assert named("accept_probability", answer) == name


def test_a_division_of_plain_numbers_by_0_does_not_hide_that_it_is_turned_round():
    assert named("accept_probability", lambda p, q, d: min(1.0, float(q[d]) / float(p[d]))) == "swapped"


def above(p, q):
    return jnp.maximum(p - q, 0)


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("not cut at 0", lambda p, q: (p - q) / (p - q).sum()),
        ("cut too late", lambda p, q: jnp.maximum((p - q) / jnp.sum(p - q), 0)),
        ("divided by the sum of the differences", lambda p, q: above(p, q) / jnp.sum(p - q)),
        ("the difference alone", lambda p, q: p - q),
        ("not normalised", above),
        ("not normalised, but for p", lambda p, q: above(p, q) if above(p, q).sum() > 0 else p),
        ("p itself", lambda p, q: p),
        ("p where it is larger", lambda p, q: jnp.where(p > q, p, 0) / jnp.where(p > q, p, 0).sum() if (p > q).any() else p),
        ("p where it is larger", lambda p, q: jnp.where(p > q, p, 0) / jnp.where(p > q, p, 0).sum()),
        ("swapped", lambda p, q: jnp.where((p == q).all(), p, above(q, p) / above(q, p).sum())),
        ("swapped", lambda p, q: above(q, p) / above(q, p).sum()),
        ("without a sign", lambda p, q: jnp.abs(p - q) / jnp.abs(p - q).sum()),
        ("NaN where nothing is left", lambda p, q: above(p, q) / above(p, q).sum()),
        ("zeros where nothing is left", lambda p, q: above(p, q) / jnp.maximum(above(p, q).sum(), 1e-9)),
        ("zeros where nothing is left", lambda p, q: jnp.nan_to_num(above(p, q) / above(p, q).sum())),
        ("zeros where nothing is left", lambda p, q: above(p, q) / (above(p, q).sum() + 1e-10)),
        ("equal shares where nothing is left", lambda p, q: jnp.maximum(p - q, 1e-9) / jnp.maximum(p - q, 1e-9).sum()),
        ("softmax of what is left", lambda p, q: jax.nn.softmax(above(p, q))),
        ("softmax of the difference", lambda p, q: jax.nn.softmax(p - q)),
    ],
    ids=word,
)
def test_what_is_left_over(name, answer):
    assert named("leftover", answer) == name


# --- accepted_length, expected_length -------------------------------------------------------------------------------------


def ratio(p, q, drafted):
    places = jnp.arange(len(drafted))
    return p[places, drafted] / q[places, drafted]


def counted(kept, count=lambda kept: jnp.cumprod(kept).sum()):
    return lambda uniforms, p, q, drafted: count(kept(uniforms, p, q, drafted))


def right(u, p, q, d):
    return u < ratio(p, q, d)


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("kept after a refusal", counted(right, jnp.sum)),
        ("at most", counted(lambda u, p, q, d: u <= jnp.minimum(1, ratio(p, q, d)))),
        ("turned round", counted(lambda u, p, q, d: u > ratio(p, q, d))),
        ("turned round, equal kept", counted(lambda u, p, q, d: u >= ratio(p, q, d))),
        ("q / p", counted(lambda u, p, q, d: u < ratio(q, p, d))),
        ("q / p", counted(lambda u, p, q, d: u < jnp.minimum(1, ratio(q, p, d)))),
        ("0 where all are kept", counted(right, lambda kept: int(jnp.argmin(kept)))),
        ("0 where all are kept", counted(right, lambda kept: jnp.argmax(~kept))),
        ("one more", counted(right, lambda kept: jnp.cumprod(kept).sum() + 1)),
        ("p alone", counted(lambda u, p, q, d: u < p[jnp.arange(len(d)), d])),
        ("without uniforms", counted(lambda u, p, q, d: p[jnp.arange(len(d)), d] >= q[jnp.arange(len(d)), d])),
        ("the largest of each", counted(lambda u, p, q, d: u < p.max(axis=1) / q.max(axis=1))),
        ("which are kept", right),
        ("not added up", counted(right, jnp.cumprod)),
        ("all or nothing", counted(right, lambda kept: len(kept) if kept.all() else 0)),
    ],
    ids=word,
)
def test_lengths_that_are_kept(name, answer):
    assert named("accepted_length", answer) == name


def in_a_loop(stop, kept_too=0, last_refusal=False):
    def accepted_length(uniforms, p, q, drafted):
        length = len(drafted) if last_refusal else 0
        for t in range(len(drafted)):
            refused = uniforms[t] >= p[t, drafted[t]] / q[t, drafted[t]]
            if refused and stop:
                return t + kept_too
            if last_refusal and refused:
                length = t
            if not last_refusal and not refused:
                length = t + 1
        return length

    return accepted_length


def test_loops_that_do_not_stop_or_stop_a_place_late_are_told():
    assert named("accepted_length", in_a_loop(stop=False)) == "the last kept"
    assert named("accepted_length", in_a_loop(stop=False, last_refusal=True)) == "the last refusal"
    assert named("accepted_length", in_a_loop(stop=True, kept_too=1)) == "the refused one too"


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("divides by 0", lambda a, n: (1 - a ** (n + 1)) / (1 - a)),
        ("0 divided by 0", lambda a, n: (1 - jnp.power(a, n + 1)) / (1 - jnp.float32(a))),
        ("power one too small", lambda a, n: n if a == 1 else (1 - a**n) / (1 - a)),
        ("power one too small, but for 1", lambda a, n: n + 1 if a == 1 else (1 - a**n) / (1 - a)),
        ("power one too small", lambda a, n: (1 - a**n) / (1 - a)),
        ("power one too small", lambda a, n: (1 - jnp.power(a, n)) / (1 - jnp.float32(a))),
        ("power one too small", lambda a, n: sum(a**i for i in range(n))),
        ("kept alone", lambda a, n: sum(a**i for i in range(1, n + 1))),
        ("power one too large", lambda a, n: n + 1 if a == 1 else (1 - a ** (n + 2)) / (1 - a)),
        ("brackets round n + 1", lambda a, n: n + 1 if a == 1 else (1 - a**n + 1) / (1 - a)),
        ("brackets round n + 1", lambda a, n: (1 - a**n + 1) / (1 - a)),
        ("brackets round what is divided", lambda a, n: n + 1 if a == 1 else 1 - a ** (n + 1) / (1 - a)),
        ("endless draft", lambda a, n: n + 1 if a == 1 else 1 / (1 - a)),
        ("endless draft", lambda a, n: 1 / (1 - a)),
        ("each by itself", lambda a, n: n * a + 1),
        ("each by itself, kept alone", lambda a, n: n * a),
        ("not divided", lambda a, n: 1 - a ** (n + 1)),
        ("n for 1", lambda a, n: n if a == 1 else (1 - a ** (n + 1)) / (1 - a)),
        ("rounded down", lambda a, n: n + 1 if a == 1 else (1 - a ** (n + 1)) // (1 - a)),
        ("rounded", lambda a, n: n + 1 if a == 1 else int(np.round((1 - a ** (n + 1)) / (1 - a)))),
    ],
    ids=word,
)
def test_expected_lengths(name, answer):
    assert named("expected_length", answer) == name


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("accept_probability", lambda p, q, d: jnp.exp(jnp.minimum(0, jnp.log(p) - jnp.log(q)))[d]),
        ("accept_probability", lambda p, q, d: 1 if p[d] > q[d] else p[d] / q[d]),
        ("accept_probability", lambda p, q, d: p[d] / jnp.maximum(p, q)[d]),
        ("accept_probability", lambda p, q, d: float(np.clip(np.asarray(p)[d] / np.asarray(q)[d], 0, 1))),
        ("leftover", lambda p, q: jnp.where(above(p, q).sum() == 0, p, jax.nn.relu(p - q) / (1 - jnp.minimum(p, q).sum()))),
        ("leftover", lambda p, q: jnp.nan_to_num(above(p, q) / above(p, q).sum()) + p * (p == q).all()),
        ("leftover", lambda p, q: p if jnp.allclose(p, q) else (p - q).clip(0) / jnp.linalg.norm((p - q).clip(0), 1)),
        ("accepted_length", counted(right, lambda kept: jnp.where(kept, len(kept), jnp.arange(len(kept))).min())),
        ("accepted_length", counted(right, lambda kept: (jnp.cumsum(~kept) == 0).sum())),
        ("accepted_length", counted(right, lambda kept: int(np.logical_and.accumulate(kept).sum()))),
        ("accepted_length", counted(right, lambda kept: [*kept.tolist(), False].index(False))),
        ("accepted_length", counted(lambda u, p, q, d: jnp.log(u) < jnp.log(ratio(p, q, d)))),
        ("expected_length", lambda a, n: n + 1 if a > 1 - 1e-9 else (a ** (n + 1) - 1) / (a - 1)),
        ("expected_length", lambda a, n: np.polyval(np.ones(n + 1), a)),
        ("expected_length", lambda a, n: 1 + jnp.cumprod(jnp.full(n, a)).sum()),
    ],
    ids=word,
)
def test_right_answers_in_other_styles_are_right(name, answer):
    assert all(judge(EXERCISES[name], answer, seed=seed).status == "correct" for seed in range(10))


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("leftover", lambda p, q: above(p, q) / above(p, q).sum() if above(p, q).sum() > 1e-3 else p),
        ("accepted_length", counted(lambda u, p, q, d: u < 0.99 * ratio(p, q, d))),
        ("accept_probability", lambda p, q, d: jnp.clip(p[d] / q[d], 0.01, 1)),
        ("expected_length", lambda a, n: n + 1.0 if a > 0.98 else (1 - a ** (n + 1)) / (1 - a)),
    ],
    ids=word,
)
def test_what_is_right_but_for_a_margin_is_refused(name, answer):
    assert all(judge(EXERCISES[name], answer, seed=seed).status == "wrong" for seed in range(3))
