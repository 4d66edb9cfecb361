"""Lesson 08: mistakes as learners write them, with jnp, each told for what it is."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from telling import named

from chargen_lib.exercises import EXERCISES, judge

# --- context_windows ------------------------------------------------------------------------------------------------------


def places(first):
    """A table of places, each row one further on; JAX looks up the nearest entry beyond the end."""

    def context_windows(ids, width, start_id):
        padded = jnp.concatenate([jnp.full(width, start_id), ids])
        return padded[jnp.arange(len(ids))[:, None] + jnp.arange(width) + first]

    return context_windows


def windows_in_a_loop(row, rows=lambda n: range(n)):
    def context_windows(ids, width, start_id):
        return jnp.array([row(ids.tolist(), t, width, start_id) for t in rows(len(ids))])

    return context_windows


def left_open(ids, t, width, start_id):
    return ids[t - width + 1 : t + 1]


def behind(ids, t, width, start_id):
    row = ids[max(0, t + 1 - width) : t + 1]
    return row + [start_id] * (width - len(row))


def from_the_second_on(ids, t, width, start_id):
    return [ids[place] if place > 0 else start_id for place in range(t - width + 1, t + 1)]


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        (places(2), "target in its window"),
        (places(0), "stops before its place"),
        (windows_in_a_loop(behind), "starts behind the characters"),
        (windows_in_a_loop(from_the_second_on), "first character missing"),
        (lambda ids, width, start_id: places(1)(ids, width, start_id)[:, ::-1], "newest first"),
        (lambda ids, width, start_id: places(1)(ids, width, start_id).T, "columns for rows"),
        (lambda ids, width, start_id: places(1)(ids, width, 0), "zeros before the text"),
        (
            lambda ids, width, start_id: jnp.stack([jnp.roll(ids, j) for j in range(width)][::-1], axis=1),
            "end of the text before it, round in a circle",
        ),
        (
            lambda ids, width, start_id: ids[jnp.arange(len(ids))[:, None] + jnp.arange(width) - width + 1],
            "end of the text before it",
        ),
        (
            lambda ids, width, start_id: ids[jnp.maximum(jnp.arange(len(ids))[:, None] + jnp.arange(1 - width, 1), 0)],
            "first character again",
        ),
        (lambda ids, width, start_id: sliding_window_view(np.asarray(ids), width), "whole windows alone"),
        (
            lambda ids, width, start_id: jnp.array([ids[t : t + width] for t in range(len(ids) - width + 1)]),
            "whole windows alone, in a list",
        ),
        (
            lambda ids, width, start_id: sliding_window_view(np.pad(ids, (width, 0), constant_values=start_id), width),
            "one row too many",
        ),
        (
            lambda ids, width, start_id: sliding_window_view(np.pad(ids, (width, 0), constant_values=start_id), width + 1),
            "one too long",
        ),
        (
            lambda ids, width, start_id: sliding_window_view(np.pad(ids, (0, width - 1), constant_values=start_id), width),
            "starts after the text",
        ),
        (lambda ids, width, start_id: places(1)(ids, width, start_id)[:-1], "no row for the last place"),
        (lambda ids, width, start_id: ids[: len(ids) // width * width].reshape(-1, width), "blocks"),
        (
            lambda ids, width, start_id: jnp.insert(ids, 0, start_id)[jnp.arange(len(ids))[:, None] + jnp.arange(width)],
            "one start alone",
        ),
    ],
)
def test_context_windows(answer, name):
    assert named("context_windows", answer) == name


def test_rows_of_unequal_lengths_are_told():
    assert named("context_windows", windows_in_a_loop(left_open)) is None
    report = judge(EXERCISES["context_windows"], windows_in_a_loop(left_open))
    assert "raised ValueError" in report.diagnosis and "equally long" in report.diagnosis
    by_jax = judge(
        EXERCISES["context_windows"], lambda ids, width, start_id: jnp.array([ids[: t + 1] for t in range(len(ids))])
    )
    assert "equally long" in by_jax.diagnosis


def test_a_list_and_an_array_added_are_told():
    report = judge(EXERCISES["context_windows"], lambda ids, width, start_id: [start_id] * (width - 1) + ids)
    assert "unsupported operand" in report.diagnosis and "jnp.concatenate" in report.diagnosis


def test_a_max_of_python_is_told():
    report = judge(EXERCISES["kneser_ney"], lambda counts, discount: max(counts - discount, 0))
    assert "The truth value of an array" in report.diagnosis and "jnp.maximum" in report.diagnosis


# --- continuation_counts --------------------------------------------------------------------------------------------------


def marked(mark, axis):
    def continuation_counts(ids, vocab_size):
        table = jnp.zeros((vocab_size, vocab_size), int)
        return mark(table, ids).sum(axis=axis)

    return continuation_counts


def from_the_first_on(ids, vocab_size):
    before = [set() for _ in range(vocab_size)]
    for t in range(len(ids)):
        before[int(ids[t])].add(int(ids[t - 1]))
    return jnp.array([len(found) for found in before])


def one_set_for_all(ids, vocab_size):
    before = [set()] * vocab_size
    for a, b in itertools.pairwise(ids.tolist()):
        before[b].add(a)
    return jnp.array([len(found) for found in before])


def runs(ids, vocab_size):
    """Compares with the predecessor that was met last, and forgets all earlier ones."""
    counts, last = [0] * vocab_size, [None] * vocab_size
    for a, b in itertools.pairwise(ids.tolist()):
        counts[b] += a != last[b]
        last[b] = a
    return jnp.array(counts)


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        (lambda ids, vocab_size: jnp.bincount(ids, length=vocab_size), "how often"),
        (marked(lambda table, ids: table.at[ids[:-1], ids[1:]].add(1), 0), "every time"),
        (marked(lambda table, ids: table.at[ids[:-1], ids[1:]].add(1), 1), "every time it is followed"),
        (marked(lambda table, ids: table.at[ids[:-1], ids[1:]].set(1), 1), "what follows"),
        (marked(lambda table, ids: table.at[ids[1:], ids[:-1]].set(1), 0), "what follows"),
        (marked(lambda table, ids: table.at[ids[:-1], ids[1:]].set(1), None), "all pairs together"),
        (lambda ids, vocab_size: jnp.zeros(vocab_size, int).at[ids[1:]].set(1), "one or none"),
        (lambda ids, vocab_size: np.bincount(ids[1:]), "every time, and no length"),
        (from_the_first_on, "round in a circle"),
        (runs, "other than the last time"),
        (one_set_for_all, "one set for all"),
        (
            lambda ids, vocab_size: jnp.array([len(set(ids[:-1][ids[1:] == b].tolist()) - {b}) for b in range(vocab_size)]),
            "not itself",
        ),
        (
            lambda ids, vocab_size: jnp.array([len(set(ids[:-1][ids[1:] == b].tolist())) for b in set(ids.tolist())]),
            "only those that occur",
        ),
        (
            lambda ids, vocab_size: [set(ids[:-1][ids[1:] == b].tolist()) for b in range(vocab_size)],
            "the characters themselves",
        ),
    ],
)
def test_continuation_counts(answer, name):
    assert named("continuation_counts", answer) == name


# --- kneser_ney -----------------------------------------------------------------------------------------------------------


def table(change):
    """change: a dict of lines of a right answer that are written otherwise."""
    lines = {
        "c": "counts.sum(axis=1, keepdims=True)",
        "u": "(counts > 0).sum(axis=1, keepdims=True)",
        "q": "(counts > 0).sum(axis=0) / (counts > 0).sum()",
        "first": "jnp.maximum(counts - discount, 0) / jnp.maximum(c, 1)",
        "second": "discount * u / jnp.maximum(c, 1) * q",
        "p": "jnp.where(c > 0, first + second, q)",
    } | change
    body = "\n    ".join(f"{name} = {line}" for name, line in lines.items())
    namespace = {"jnp": jnp}
    exec(f"def kneser_ney(counts, discount):\n    {body}\n    return p", namespace)
    return namespace["kneser_ney"]


def test_the_table_that_the_mistakes_are_made_from_is_right():
    assert judge(EXERCISES["kneser_ney"], table({})).status == "correct"


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"q": "counts.sum(axis=0) / counts.sum()"}, "unigram shares"),
        ({"q": "(counts > 0).sum(axis=1) / (counts > 0).sum()"}, "q of what follows"),
        ({"q": "(counts > 0).sum(axis=0)"}, "q not divided"),
        ({"q": "(counts > 0).mean(axis=0)"}, "q divided by the characters"),
        ({"q": "(counts > 0).sum(axis=0) / counts.sum()"}, "q divided by all counts"),
        ({"q": "jnp.ones(len(counts)) / len(counts)"}, "uniform"),
        ({"second": "discount / jnp.maximum(c, 1) * q"}, "discount given back once"),
        ({"second": "0"}, "nothing given back"),
        ({"second": "u / jnp.maximum(c, 1) * q"}, "all of u given back"),
        ({"p": "(counts + 1) / (counts + 1).sum(axis=1, keepdims=True)"}, "one added"),
        ({"first": "(counts - discount) / jnp.maximum(c, 1)"}, "not cut at zero"),
        ({"first": "counts / jnp.maximum(c, 1)"}, "nothing taken"),
        ({"u": "(counts > 0).sum(axis=0)[:, None]"}, "u of what comes before"),
        ({"u": "(counts > 0).sum(axis=1)"}, "u without keepdims"),
        ({"c": "counts.sum(axis=1)", "u": "(counts > 0).sum(axis=1)", "p": "first + second"}, "divided by columns, no q"),
        ({"c": "counts.sum(axis=1)"}, "divided by columns"),
        ({"c": "counts.sum(axis=1)", "u": "(counts > 0).sum(axis=1)"}, "divided by columns, and q too"),
        ({"c": "counts.sum(axis=0)"}, "columns sum to 1"),
        ({"c": "counts.sum(axis=0)", "u": "(counts > 0).sum(axis=0)"}, "all sums of columns"),
        ({"c": "counts.sum(axis=0)", "u": "(counts > 0).sum(axis=0)", "p": "first + second"}, "all sums of columns"),
        ({"second": "discount * u * q"}, "given share not divided"),
        ({"u": "c"}, "u is c"),
        ({"p": "jnp.where(counts > 0, first + second, q)"}, "q for every unseen pair"),
        ({"p": "first + second"}, "zeros without counts"),
        ({"p": "jnp.where(c > 0, first + second, 1 / len(counts))"}, "uniform without counts"),
        (
            {"first": "jnp.maximum(counts - discount, 0) / c", "second": "discount * u / c * q", "p": "first + second"},
            "NaN without counts",
        ),
        (
            {"q": "counts.sum(axis=0) / counts.sum()", "first": "jnp.maximum(counts - discount, 0) / c", "p": "first + second"},
            "unigram shares",
        ),
        ({"p": "jnp.where(c > 0, jnp.where(counts > 0, first, second), q)"}, "only where unseen"),
        ({"p": "jnp.where(c > 0, jnp.exp(jnp.log(first) + jnp.log(second)), q)"}, "multiplied"),
        ({"first": "(1 - discount) * counts / jnp.maximum(c, 1)", "second": "discount * q"}, "a fixed share"),
        ({"c": "counts.sum()", "p": "jnp.where(counts.sum(1)[:, None] > 0, first + second, q)"}, "divided by all counts"),
    ],
)
def test_kneser_ney(change, name):
    assert named("kneser_ney", table(change)) == name


def test_other_counts_and_another_discount_are_told():
    right = table({})
    assert named("kneser_ney", lambda counts, discount: right(counts.T, discount)) == "backwards"
    assert named("kneser_ney", lambda counts, discount: right(counts, 0.75)) == "the usual discount"
    assert named("kneser_ney", lambda counts, discount: right(counts, discount).T) == "turned round"


# --- window_logits --------------------------------------------------------------------------------------------------------


def network(join):
    def window_logits(windows, table, W1, b1, W2, b2):
        return jax.nn.relu(join(table[windows]) @ W1 + b1) @ W2 + b2

    return window_logits


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        (network(lambda x: x.sum(axis=1)), "d numbers a window"),
        (network(lambda x: x.mean(axis=1)), "d numbers a window"),
        (network(lambda x: x[:, -1]), "d numbers a window"),
        (network(lambda x: jnp.concatenate(list(x.swapaxes(0, 1)))), "d numbers a window"),
        (network(lambda x: x), "not side by side"),
        (network(lambda x: x.reshape(-1)), "one long row"),
        (network(lambda x: jnp.stack(list(x.swapaxes(0, 1)), axis=-1).reshape(len(x), -1)), "numbers in another order"),
        (network(lambda x: x.reshape(len(x), -1, order="F")), "numbers in another order"),
        (network(lambda x: jnp.concatenate([x[:, j] for j in range(x.shape[1])][::-1], axis=-1)), "newest first"),
        (network(lambda x: x.swapaxes(0, 1).reshape(len(x), -1)), "windows mixed"),
        (lambda w, t, W1, b1, W2, b2: jnp.tanh(t[w].reshape(len(w), -1) @ W1 + b1) @ W2 + b2, "tanh"),
        (lambda w, t, W1, b1, W2, b2: (t[w].reshape(len(w), -1) @ W1 + b1) @ W2 + b2, "no ReLU"),
        (lambda w, t, W1, b1, W2, b2: jax.nn.relu(t[w].reshape(len(w), -1) @ W1) @ W2, "no biases"),
        (lambda w, *weights: jax.nn.softmax(network(lambda x: x.reshape(len(x), -1))(w, *weights)), "probabilities"),
    ],
)
def test_window_logits(answer, name):
    assert named("window_logits", answer) == name
