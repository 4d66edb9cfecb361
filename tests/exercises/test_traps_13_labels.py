"""Lesson 13, what a label is worth and how it is told: mistakes as learners write them, with jnp, each told for what it is."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from telling import named

from chargen_lib.exercises import EXERCISES, judge


def word(value):
    return value if isinstance(value, str) else ""


# --- with_label -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("lined up with the time", lambda x, labels, table: x + table[labels]),
        ("lined up with the time", lambda x, labels, table: x + table[labels][None]),
        ("lined up with the time", lambda x, labels, table: x + jax.nn.one_hot(labels, len(table)) @ table),
        ("axis at the end", lambda x, labels, table: x + table[labels][..., None]),
        ("tiled", lambda x, labels, table: x + jnp.tile(table[labels], (x.shape[1], 1)).reshape(x.shape)),
        ("first place alone", lambda x, labels, table: x.at[:, 0].add(table[labels])),
        ("last place alone", lambda x, labels, table: x.at[:, -1].add(table[labels])),
        ("first place left out", lambda x, labels, table: x.at[:, 1:].add(table[labels][:, None])),
        ("in front", lambda x, labels, table: jnp.concatenate([table[labels][:, None], x], axis=1)),
        ("behind", lambda x, labels, table: jnp.concatenate([x, table[labels][:, None]], axis=1)),
        (
            "beside x",
            lambda x, labels, table: jnp.concatenate([x, jnp.repeat(table[labels][:, None], x.shape[1], axis=1)], axis=-1),
        ),
        (
            "beside x, label first",
            lambda x, labels, table: jnp.concatenate([jnp.repeat(table[labels][:, None], x.shape[1], axis=1), x], axis=2),
        ),
        ("in place of x", lambda x, labels, table: jnp.repeat(table[labels][:, None], x.shape[1], axis=1)),
        ("the embeddings alone", lambda x, labels, table: table[labels]),
        ("x alone", lambda x, labels, table: x),
        ("multiplied", lambda x, labels, table: x * table[labels][:, None]),
        ("columns", lambda x, labels, table: x + table[:, labels].T[:, None]),
        ("columns", lambda x, labels, table: x + table.T[labels][:, None]),
        ("columns", lambda x, labels, table: x + jnp.take(table, labels, axis=1).T[:, None]),
        ("columns, lined up with the time", lambda x, labels, table: x + table[:, labels]),
        ("columns, with an axis between", lambda x, labels, table: x + table[:, labels][:, None]),
        ("the whole table", lambda x, labels, table: x + table),
        ("row number in place of the label", lambda x, labels, table: x + table[jnp.arange(len(labels))][:, None]),
        ("row number in place of the label", lambda x, labels, table: x + table[: len(labels)][:, None]),
        ("the first row's label", lambda x, labels, table: x + table[labels[0]]),
        ("sum of all labels", lambda x, labels, table: x + table[labels].sum(axis=0)),
        ("mean of all labels", lambda x, labels, table: x + table[labels].mean(axis=0)),
        ("one row before", lambda x, labels, table: x + table[labels - 1][:, None]),
        ("one row further", lambda x, labels, table: x + table[labels + 1][:, None]),
        ("the label's number", lambda x, labels, table: x + labels[:, None, None]),
        ("one-hot", lambda x, labels, table: x + jax.nn.one_hot(labels, x.shape[-1])[:, None]),
        ("one-hot", lambda x, labels, table: x + jax.nn.one_hot(labels, len(table))[:, None]),
        ("rows of x picked", lambda x, labels, table: x[labels] + table[labels][:, None]),
    ],
    ids=word,
)
def test_labels_that_are_added(name, answer):
    assert named("with_label", answer) == name


def test_loops_that_add_the_label_more_than_once_are_told():
    def again_and_again(x, labels, table):
        for _ in range(x.shape[1]):
            x = x + table[labels][:, None]
        return x

    def from_place_to_place(x, labels, table):
        for t in range(x.shape[1]):
            x = x.at[:, t:].add(table[labels][:, None])
        return x

    assert named("with_label", again_and_again) == "added again and again"
    assert named("with_label", from_place_to_place) == "more from place to place"


def test_a_label_made_a_python_number_is_told_under_jit():
    def with_label(x, labels, table):
        return jnp.stack([row + table[int(label)] for row, label in zip(x, labels, strict=True)])

    report = judge(EXERCISES["with_label"], with_label)
    assert report.misconception is None and "under jax.jit" in report.diagnosis and "int(" in report.diagnosis


# --- mutual_information ---------------------------------------------------------------------------------------------------


def shares(joint):
    return joint / joint.sum()


def parts(joint):
    p = shares(joint)
    return p, p.sum(axis=1, keepdims=True), p.sum(axis=0, keepdims=True)


def entropy(p):
    return -(p * jnp.log2(jnp.where(p > 0, p, 1))).sum()


def of_ratio(make, weight=lambda p: p, log=jnp.log2, join=jnp.sum):
    """weight(p) * log(make(p, rows, columns)), 0 where p is 0."""

    def mutual_information(joint):
        p, rows, columns = parts(joint)
        return join(jnp.where(p > 0, weight(p) * log(make(p, rows, columns)), 0))

    return mutual_information


def ratio(p, rows, columns):
    return p / (rows * columns)


def plain(joint, log=jnp.log2):
    p, rows, columns = parts(joint)
    return jnp.sum(p * log(ratio(p, rows, columns)))


def without_keepdims(joint):
    p = shares(joint)
    product = p.sum(axis=1) * p.sum(axis=0)
    return jnp.where(p > 0, p * jnp.log2(p / product), 0).sum()


def outer_turned(joint):
    p = shares(joint)
    product = jnp.outer(p.sum(axis=0), p.sum(axis=1))
    return jnp.where(p > 0, p * jnp.log2(p / product), 0).sum()


def given(joint, axis):
    return joint / jnp.maximum(joint.sum(axis=axis, keepdims=True), 1e-9)


def entropies_unsafe(joint):
    def entropy(p):
        return -(p * jnp.log2(p)).sum()

    p, rows, columns = parts(joint)
    return entropy(rows) + entropy(columns) + jnp.where(p > 0, p * jnp.log2(p), 0).sum()


def left(joint, weight):
    """H(column) - sum over rows of weight(rows) H(column given the row)."""
    p, rows, columns = parts(joint)
    inside = given(p, 1)
    each = -(inside * jnp.log2(jnp.where(inside > 0, inside, 1))).sum(axis=1)
    return entropy(columns) - (weight(rows)[:, 0] * each).sum()


def empty_rows_unsafe(joint):
    p, rows, columns = parts(joint)
    inside = p / rows
    each = -(inside * jnp.log2(jnp.where(inside > 0, inside, 1))).sum(axis=1)
    return entropy(columns) - (rows[:, 0] * each).sum()


def without_total(joint):
    rows, columns = joint.sum(axis=1, keepdims=True), joint.sum(axis=0)
    return jnp.where(joint > 0, joint * jnp.log2(joint / (rows * columns)), 0).sum()


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("nats", of_ratio(ratio, log=jnp.log)),
        ("nats, and zeros give NaN", lambda joint: plain(joint, jnp.log)),
        ("zeros give NaN", plain),
        ("empty rows give NaN", empty_rows_unsafe),
        ("empty rows or columns give NaN", entropies_unsafe),
        ("sign", lambda joint: entropy(shares(joint)) - entropy(parts(joint)[1]) - entropy(parts(joint)[2])),
        ("joint entropy", lambda joint: entropy(shares(joint))),
        ("sum of the entropies", lambda joint: entropy(parts(joint)[1]) + entropy(parts(joint)[2])),
        ("entropy of the rows", lambda joint: entropy(parts(joint)[1])),
        ("entropy of the columns", lambda joint: entropy(parts(joint)[2])),
        ("columns given rows", lambda joint: entropy(shares(joint)) - entropy(parts(joint)[1])),
        ("rows given columns", lambda joint: entropy(shares(joint)) - entropy(parts(joint)[2])),
        ("rows one by one", lambda joint: without_total(given(joint, 1))),
        ("columns one by one", lambda joint: without_total(given(joint, 0))),
        ("rows one by one, then the table", lambda joint: of_ratio(ratio)(given(joint, 1))),
        ("columns one by one, then the table", lambda joint: of_ratio(ratio)(given(joint, 0))),
        ("counts for shares", without_total),
        (
            "counts in the logarithm",
            lambda joint: jnp.where(
                joint > 0, shares(joint) * jnp.log2(joint / (joint.sum(1, keepdims=True) * joint.sum(0))), 0
            ).sum(),
        ),
        ("not averaged", lambda joint: of_ratio(ratio)(joint) * joint.sum()),
        ("no keepdims", without_keepdims),
        ("product transposed", outer_turned),
        ("means for shares", of_ratio(lambda p, r, c: p / (p.mean(axis=1, keepdims=True) * p.mean(axis=0)))),
        ("divided by the rows alone", of_ratio(lambda p, r, c: p / r)),
        ("divided by the columns alone", of_ratio(lambda p, r, c: p / c)),
        ("not weighted", of_ratio(ratio, weight=jnp.ones_like)),
        ("not weighted, zeros too", lambda joint: jnp.log2(ratio(*parts(joint))).sum()),
        ("turned round", lambda joint: -of_ratio(ratio, weight=lambda p: p.sum(1, keepdims=True) * p.sum(0))(joint)),
        (
            "turned round, zeros too",
            lambda joint: jnp.sum(parts(joint)[1] * parts(joint)[2] * jnp.log2(1 / ratio(*parts(joint)))),
        ),
        ("weighted by the product", of_ratio(ratio, weight=lambda p: p.sum(1, keepdims=True) * p.sum(0))),
        ("mean over the cells", of_ratio(ratio, join=jnp.mean)),
        ("not summed", of_ratio(ratio, join=lambda terms: terms)),
        ("smoothed", lambda joint: of_ratio(ratio)(joint + 1)),
        ("a fraction of the columns' entropy", lambda joint: of_ratio(ratio)(joint) / entropy(parts(joint)[2])),
    ],
    ids=word,
)
def test_informations(name, answer):
    assert named("mutual_information", answer) == name


# --- drop_labels ----------------------------------------------------------------------------------------------------------


def dropped(key, rate, labels):
    return jax.random.bernoulli(key, rate, labels.shape)


def each_by_its_key(key, labels, rate, none_id):
    keys = jax.random.split(key, len(labels))
    return jnp.array([none_id if jax.random.bernoulli(k, rate) else int(i) for k, i in zip(keys, labels, strict=True)])


def one_key_in_a_loop(key, labels, rate, none_id):
    return jnp.array([none_id if jax.random.bernoulli(key, rate) else int(i) for i in labels])


def split_again(key, labels, rate, none_id):
    key, use = jax.random.split(key)
    return jnp.where(dropped(use, rate, labels), none_id, labels)


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("turned round", lambda key, labels, rate, none_id: jnp.where(dropped(key, rate, labels), labels, none_id)),
        ("turned round", lambda key, ids, rate, none_id: jnp.where(jax.random.uniform(key, ids.shape) > rate, none_id, ids)),
        ("1 - rate", lambda key, labels, rate, none_id: jnp.where(dropped(key, 1 - rate, labels), none_id, labels)),
        ("drawn who stays", lambda key, labels, rate, none_id: jnp.where(dropped(key, 1 - rate, labels), labels, none_id)),
        (
            "one draw for the batch",
            lambda key, labels, rate, none_id: jnp.where(jax.random.bernoulli(key, rate), none_id, labels),
        ),
        (
            "one draw for the batch",
            lambda key, labels, rate, none_id: jnp.where(jax.random.bernoulli(key, rate, (1,)), none_id, labels),
        ),
        ("one draw for the batch", one_key_in_a_loop),
        (
            "one draw for each label",
            lambda key, ids, rate, none_id: jnp.where(
                jax.random.bernoulli(key, rate, (int(ids.max()) + 1,))[ids], none_id, ids
            ),
        ),
        ("a key for each row", each_by_its_key),
        ("splits the key, second half", split_again),
        (
            "splits the key, first half",
            lambda key, labels, rate, none_id: jnp.where(dropped(jax.random.split(key)[0], rate, labels), none_id, labels),
        ),
        ("a key of its own", lambda key, ids, rate, none_id: jnp.where(dropped(jax.random.key(0), rate, ids), none_id, ids)),
        (
            "a key of its own",
            lambda key, ids, rate, none_id: jnp.where(dropped(jax.random.PRNGKey(0), rate, ids), none_id, ids),
        ),
        (
            "no rate",
            lambda key, labels, rate, none_id: jnp.where(jax.random.bernoulli(key, shape=labels.shape), none_id, labels),
        ),
        ("normal numbers", lambda key, ids, rate, none_id: jnp.where(jax.random.normal(key, ids.shape) < rate, none_id, ids)),
        (
            "exactly so many",
            lambda key, ids, rate, none_id: ids.at[jax.random.permutation(key, len(ids))[: int(rate * len(ids))]].set(none_id),
        ),
        (
            "exactly so many",
            lambda key, ids, rate, none_id: ids.at[
                jax.random.choice(key, len(ids), (int(rate * len(ids)),), replace=False)
            ].set(none_id),
        ),
        ("the first so many", lambda key, labels, rate, none_id: labels.at[: int(rate * len(labels))].set(none_id)),
        ("dropped to 0", lambda key, labels, rate, none_id: labels * ~dropped(key, rate, labels)),
        ("dropped to 0", lambda key, labels, rate, none_id: jnp.where(dropped(key, rate, labels), 0, labels)),
        ("dropped to -1", lambda key, labels, rate, none_id: labels.at[dropped(key, rate, labels)].set(-1)),
        ("none_id added", lambda key, labels, rate, none_id: labels + none_id * dropped(key, rate, labels)),
        ("kept labels are 0", lambda key, labels, rate, none_id: jnp.where(dropped(key, rate, labels), none_id, 0)),
        ("taken out", lambda key, labels, rate, none_id: labels[~dropped(key, rate, labels)]),
        ("the mask", lambda key, labels, rate, none_id: dropped(key, rate, labels)),
        ("all kept", lambda key, labels, rate, none_id: labels),
    ],
    ids=word,
)
def test_labels_that_are_dropped(name, answer):
    assert named("drop_labels", answer) == name


def test_other_draws_are_told_by_the_first_row_that_differs():
    def drop_labels(key, labels, rate, none_id):
        return jnp.where(jnp.asarray(np.random.default_rng(0).random(len(labels))) < rate, none_id, labels)

    report = judge(EXERCISES["drop_labels"], drop_labels)
    assert report.misconception is None and "is the first that differs" in report.diagnosis


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("with_label", lambda x, labels, table: (x.swapaxes(0, 1) + table[labels]).swapaxes(0, 1)),
        ("with_label", lambda x, labels, table: x + table[labels[:, None]]),
        ("with_label", lambda x, labels, table: x + table[jnp.repeat(labels[:, None], x.shape[1], axis=1)]),
        ("with_label", lambda x, labels, table: x + jnp.tile(table[labels][:, None], (1, x.shape[1], 1))),
        ("with_label", lambda x, labels, table: x.at[:].add(jnp.expand_dims(table[labels], 1))),
        ("with_label", lambda x, labels, table: x + jax.nn.one_hot(labels, table.shape[0])[:, None] @ table),
        ("mutual_information", lambda joint: sum(entropy(q) for q in parts(joint)[1:]) - entropy(parts(joint)[0])),
        ("mutual_information", lambda joint: left(joint, lambda rows: rows)),
        ("mutual_information", of_ratio(lambda p, r, c: (p + 1e-12) / (r * c + 1e-12))),
        (
            "mutual_information",
            lambda joint: jnp.nansum(jnp.where(joint > 0, shares(joint) * jnp.log2(ratio(*parts(joint))), 0)),
        ),
        (
            "mutual_information",
            lambda j: jnp.sum(shares(j) * jnp.log2((shares(j) + 1e-9) / (parts(j)[1] * parts(j)[2] + 1e-9))),
        ),
        ("drop_labels", lambda key, ids, rate, none_id: jnp.where(jax.random.uniform(key, ids.shape) <= rate, none_id, ids)),
        ("drop_labels", lambda key, ids, rate, none_id: jnp.where(~dropped(key, rate, ids), ids, none_id)),
        ("drop_labels", lambda key, ids, rate, none_id: np.where(dropped(key, rate, ids), none_id, ids)),
    ],
    ids=word,
)
def test_right_answers_in_other_styles_are_right(name, answer):
    for seed in range(10):
        report = judge(EXERCISES[name], answer, seed=seed)
        assert report.status == "correct", (seed, str(report))


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        (
            "mutual_information",
            lambda j: jnp.sum(shares(j) * jnp.log2((shares(j) + 1e-3) / (parts(j)[1] * parts(j)[2] + 1e-3))),
        ),
        ("mutual_information", lambda joint: left(joint, lambda rows: jnp.full_like(rows, 1 / len(rows)))),
        ("drop_labels", lambda key, ids, rate, none_id: jnp.where(dropped(key, rate * 0.9, ids), none_id, ids)),
        ("with_label", lambda x, labels, table: x + 0.99 * table[labels][:, None]),
    ],
    ids=word,
)
def test_what_is_right_but_for_a_margin_is_refused(name, answer):
    assert all(judge(EXERCISES[name], answer, seed=seed).status == "wrong" for seed in range(3))
