"""drop_labels: its reference, what it is tried on, and the wrong answers with names."""

import jax
import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe


def drop_labels(key, labels, rate, none_id):
    labels = np.asarray(labels)
    return np.where(jax.random.bernoulli(key, rate, labels.shape), none_id, labels)


def drop_labels_probes(rng):
    def drawn(low, high):
        return jax.random.key(int(rng.integers(1, 1000))), rng.integers(low, high, size=32)

    few = np.array([2, 0, 1, 1, 0, 2, 1, 0])
    many = np.tile([1, 4, 2, 2, 3, 1, 4, 3], 4)
    return [
        Probe((jax.random.key(3), few, 0.5, 3)),
        Probe((jax.random.key(5), few, 0.25, 7)),
        Probe((jax.random.key(6), many, 0.75, 0)),  # a label may have any number, and none_id too
        Probe((jax.random.key(7), many, 0.25, 5)),
        Probe((jax.random.key(7), few, 0.0, 3)),
        Probe((jax.random.key(7), few, 1.0, 3)),
        Probe((*drawn(0, 4), 0.125, 4)),
        Probe((*drawn(0, 6), 0.5, 9)),
    ]


def _drawn(key, rate, labels):
    return np.asarray(jax.random.bernoulli(key, rate, np.shape(labels)))


def _where(dropped):
    """The mistake that drops where dropped(key, rate, labels) is True."""
    return lambda key, labels, rate, none_id: np.where(dropped(key, rate, np.asarray(labels)), none_id, np.asarray(labels))


def _of(wrong):
    """The mistake wrong(where to drop (batch,), labels, none_id)."""
    return lambda key, labels, rate, none_id: wrong(_drawn(key, rate, labels), np.asarray(labels), none_id)


def _a_key_for_each(key, rate, labels):
    return np.asarray(jax.vmap(lambda own: jax.random.bernoulli(own, rate))(jax.random.split(key, len(labels))))


def _one_draw_for_each_label(key, rate, labels):
    return np.asarray(jax.random.bernoulli(key, rate, (len(labels),)))[labels]


def _exactly_so_many(key, rate, labels):
    return np.isin(np.arange(len(labels)), np.asarray(jax.random.permutation(key, len(labels)))[: int(rate * len(labels))])


def first_that_differs(args, compared):
    """What to say of labels without a name; None of what holds none."""
    key, labels, rate, _ = args
    asked, came = drop_labels(*args), np.asarray(compared)
    if came.shape != asked.shape or came.dtype.kind not in "iu" or (came == asked).all():
        return None
    row = int(np.argmax(asked != came))
    return (
        f"Row {row} is the first that differs. jax.random.bernoulli(key, {rate}, ({len(labels)},)) is {bool(_drawn(key, rate, labels)[row])} there, so "
        f"{asked[row]} is due, and yours is {came[row]}. Do you draw with the key as it was given, with that rate and that shape?"
    )


_SPLIT = "You split the key first, so you draw other rows than are asked. The caller splits: give `key` to jax.random.bernoulli as it is."

_OTHER_FILL = "Where a label is dropped, `none_id` must stand: the number of the embedding that means *no label*. You put"

DROP_LABELS = Exercise(
    name="drop_labels",
    lesson=13,
    points=1,
    minutes=6,
    difficulty=1,
    hint="Two steps: jax.random.bernoulli with the shape of the labels is True where a label is dropped; jnp.where chooses between none_id and the "
    "label.",
    reference=drop_labels,
    probes=drop_labels_probes,
    told=first_that_differs,
    misconceptions=(
        Misconception(
            "turned round",
            "You keep the labels where they should be dropped, and drop the others. jnp.where takes first what stands where the condition is True: "
            "none_id.",
            _of(lambda dropped, labels, none_id: np.where(dropped, labels, none_id)),
        ),
        Misconception(
            "1 - rate",
            "You drop with the probability 1 - rate, so that `rate` of the labels are kept. `rate` is the share that is dropped.",
            _where(lambda key, rate, labels: _drawn(key, 1 - rate, labels)),
        ),
        Misconception(
            "drawn who stays",
            "You drew who stays, with 1 - rate. That drops as many, but in other rows than are asked: none_id where "
            "jax.random.bernoulli(key, rate, labels.shape) is True.",
            _where(lambda key, rate, labels: ~_drawn(key, 1 - rate, labels)),
        ),
        Misconception(
            "one draw for the batch",
            "You drew once for the whole batch, so all its labels go or stay together. Each row has a draw of its own: give bernoulli the shape, "
            "labels.shape.",
            _where(lambda key, rate, labels: np.asarray(jax.random.bernoulli(key, rate))),
        ),
        Misconception(
            "one draw for each label",
            "You drew once for each label, so rows with the same label go or stay together. Each row has a draw of its own: the shape is labels.shape.",
            _where(_one_draw_for_each_label),
        ),
        Misconception(
            "splits the key, first half",
            _SPLIT,
            _where(lambda key, rate, labels: _drawn(jax.random.split(key)[0], rate, labels)),
        ),
        Misconception(
            "splits the key, second half",
            _SPLIT,
            _where(lambda key, rate, labels: _drawn(jax.random.split(key)[1], rate, labels)),
        ),
        Misconception(
            "a key for each row",
            "You split the key into one for each row. That is sound, but it drops other rows than are asked: one call of jax.random.bernoulli draws for "
            "all of them, with labels.shape.",
            _where(_a_key_for_each),
        ),
        Misconception(
            "a key of its own",
            "You draw with key 0 whatever key you are given, so each batch loses its labels in the same rows. Use `key`.",
            _where(lambda key, rate, labels: _drawn(jax.random.key(0), rate, labels)),
        ),
        Misconception(
            "no rate",
            "You drop about half of the labels, whatever the rate: without one jax.random.bernoulli takes 0.5. Give it as the second argument.",
            _where(lambda key, rate, labels: _drawn(key, 0.5, labels)),
        ),
        Misconception(
            "normal numbers",
            "You compared normal numbers with the rate, and half of those are below 0. Only uniform ones are below `rate` that often: "
            "jax.random.bernoulli, or jax.random.uniform.",
            _where(lambda key, rate, labels: np.asarray(jax.random.normal(key, labels.shape)) < rate),
        ),
        Misconception(
            "exactly so many",
            "You drop a fixed number of labels, by a permutation. Each row is dropped or not by itself: jax.random.bernoulli(key, rate, labels.shape).",
            _where(_exactly_so_many),
        ),
        Misconception(
            "the first so many",
            "You drop the first rows of every batch, and the key is not asked. Which rows it hits must be drawn: "
            "jax.random.bernoulli(key, rate, labels.shape).",
            _where(lambda key, rate, labels: np.arange(len(labels)) < int(rate * len(labels))),
        ),
        Misconception(
            "dropped to 0",
            f"{_OTHER_FILL} 0, which is a label like others.",
            _of(lambda dropped, labels, none_id: np.where(dropped, 0, labels)),
        ),
        Misconception(
            "dropped to -1",
            f"{_OTHER_FILL} -1, which as an index is the last row of the table.",
            _of(lambda dropped, labels, none_id: np.where(dropped, -1, labels)),
        ),
        Misconception(
            "one more than the largest label",
            f"{_OTHER_FILL} the number after the largest label of this batch.",
            _of(lambda dropped, labels, none_id: np.where(dropped, labels.max() + 1, labels)),
        ),
        Misconception(
            "none_id added",
            "You added none_id to the labels that are dropped. It stands in their place: jnp.where(dropped, none_id, labels).",
            _of(lambda dropped, labels, none_id: labels + dropped * none_id),
        ),
        Misconception(
            "kept labels are 0",
            "The labels that are kept became 0. jnp.where takes three things: where, what there, and what elsewhere, which is `labels`.",
            _of(lambda dropped, labels, none_id: dropped * none_id),
        ),
        Misconception(
            "taken out",
            "You took the dropped labels out, so the rest no longer stands beside its rows. The shape stays (batch,), with none_id in their places.",
            _of(lambda dropped, labels, none_id: labels[~dropped]),
        ),
        Misconception(
            "the mask",
            "You return which rows are dropped. The labels are asked, with none_id there: jnp.where(dropped, none_id, labels).",
            _of(lambda dropped, labels, none_id: dropped),
        ),
        Misconception(
            "all kept",
            "You return the labels as they were. An array from JAX is not changed in its place: return what jnp.where gives.",
            _of(lambda dropped, labels, none_id: labels.copy()),
        ),
    ),
)
