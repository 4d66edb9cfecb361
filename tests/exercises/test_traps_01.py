"""Lesson 01: mistakes as learners write them, each told for what it is."""

import itertools

import jax.numpy as jnp
import pytest
from telling import named

from chargen_lib import corpora
from chargen_lib.exercises import EXERCISES, judge
from chargen_lib.exercises.lesson_01.stories import STORIES_V


def test_the_stories_have_as_many_characters_as_the_exercises_take_them_to_have():
    assert len(set(corpora.load("fables").text)) == STORIES_V


# --- encode: whoever reads the message must learn which character it is ---------------------------------------------------


def encode_saying(message):
    def encode(text, characters):
        for character in text:
            if character not in characters:
                raise ValueError(message(character, text, characters))
        return [characters.index(character) for character in text]

    return encode


@pytest.mark.parametrize(
    "message",
    [
        lambda c, text, characters: text,
        lambda c, text, characters: f"{text!r} is not all in {characters!r}",
        lambda c, text, characters: list(text),
        lambda c, text, characters: f"one of {set(text)} is unknown",
        lambda c, text, characters: sorted(set(text)),
        lambda c, text, characters: "unknown character",
        lambda c, text, characters: text[0],
        lambda c, text, characters: f"at {text.index(c)} of {text}",
        lambda c, text, characters: "is there a character that is unknown?",
    ],
)
def test_a_message_that_does_not_say_which_character_is_refused(message):
    assert named("encode", encode_saying(message)) == "does not say which"


@pytest.mark.parametrize(
    "message",
    [
        lambda c, text, characters: c,
        lambda c, text, characters: f"{c!r} in {text!r} is not one of {characters!r}",
        lambda c, text, characters: f"unknown: {sorted(set(text) - set(characters))}",
        lambda c, text, characters: f"{text}: {c}",
    ],
)
def test_a_message_may_show_the_text_beside_the_character(message):
    assert judge(EXERCISES["encode"], encode_saying(message)).status == "correct"


# --- a row total of shape (V,) divides the columns ----------------------------------------------------------------------


def rows_safe(counts):
    return counts / jnp.maximum(counts.sum(axis=1), 1)


def rows_plain(counts):
    return counts / counts.sum(axis=1)


def by_row_entropies(rows_of, safe_log):
    def conditional_entropy(counts):
        rows = rows_of(counts)
        logs = jnp.log2(jnp.where(rows > 0, rows, 1.0)) if safe_log else jnp.log2(rows)
        totals = counts.sum(axis=1)
        return float((totals / totals.sum() * -(rows * logs).sum(axis=1)).sum())

    return conditional_entropy


def conditional_entropy_of_the_joint(counts):
    rows = rows_safe(counts)
    return -float(jnp.sum(counts / counts.sum() * jnp.log2(jnp.where(counts > 0, rows, 1.0))))


def conditional_entropy_of_the_joint_with_empty_rows(counts):
    rows = rows_plain(counts)
    return -float(jnp.sum(counts / counts.sum() * jnp.log2(jnp.where(rows > 0, rows, 1.0))))


@pytest.mark.parametrize(
    "answer",
    [
        by_row_entropies(rows_safe, True),
        by_row_entropies(rows_plain, True),
        by_row_entropies(rows_plain, False),
        conditional_entropy_of_the_joint,
        conditional_entropy_of_the_joint_with_empty_rows,
    ],
)
def test_a_missing_keepdims_in_conditional_entropy_is_told(answer):
    assert named("conditional_entropy", answer).startswith("no keepdims")


def test_a_missing_keepdims_in_add_one_loss_is_told():
    def add_one_loss(train_counts, val_ids):
        probs = (train_counts + 1) / (train_counts.sum(axis=1) + train_counts.shape[0])
        return float(-jnp.log(probs[val_ids[:-1], val_ids[1:]]).mean())

    assert named("add_one_loss", add_one_loss) == "no keepdims"


# --- others that learners write -----------------------------------------------------------------------------------------


def test_rows_weighted_by_the_next_characters_share_are_told():
    def conditional_entropy(counts):
        rows = counts / jnp.maximum(counts.sum(axis=1, keepdims=True), 1)
        entropies = -(rows * jnp.log2(jnp.where(rows > 0, rows, 1.0))).sum(axis=1)
        return (counts.sum(axis=0) / counts.sum() * entropies).sum()

    assert named("conditional_entropy", conditional_entropy) == "weighted by the next"


def test_the_vocabulary_of_the_lesson_in_place_of_the_tables_own_is_told():
    vocabulary = range(STORIES_V)

    def add_one_loss(train_counts, val_ids):
        probs = (train_counts + 1) / (train_counts.sum(axis=1, keepdims=True) + len(vocabulary))
        return float(-jnp.log(probs[val_ids[:-1], val_ids[1:]]).mean())

    def bigram_counts(ids, vocab_size):
        table = jnp.zeros((len(vocabulary), len(vocabulary)), jnp.int32)
        return table.at[ids[:-1], ids[1:]].add(1)

    assert named("add_one_loss", add_one_loss) == named("bigram_counts", bigram_counts) == "the lesson's vocabulary"


def test_two_lookups_one_after_the_other_are_told():
    def add_one_loss(train_counts, val_ids):
        probs = (train_counts + 1) / (train_counts + 1).sum(axis=1, keepdims=True)
        return float(-jnp.log(probs[val_ids[:-1]][val_ids[1:]]).mean())

    assert named("add_one_loss", add_one_loss) == "two lookups"


def test_pairs_joined_as_digits_are_told():
    def bigram_counts(ids, vocab_size):
        pairs = [str(a) + str(b) for a, b in itertools.pairwise(ids.tolist())]
        return jnp.array([[pairs.count(str(a) + str(b)) for b in range(vocab_size)] for a in range(vocab_size)])

    assert named("bigram_counts", bigram_counts) == "joined digits"


def losses_at(look_up):
    def add_one_loss(train_counts, val_ids):
        probs = (train_counts + 1) / (train_counts + 1).sum(axis=1, keepdims=True)
        return float(-jnp.log(look_up(probs, val_ids)).mean())

    return add_one_loss


@pytest.mark.parametrize(
    ("name", "look_up"),
    [
        ("rows", lambda p, val_ids: p[val_ids]),
        ("rows of the previous", lambda p, val_ids: p[val_ids[:-1]]),
        ("each with itself", lambda p, val_ids: p[val_ids, val_ids]),
        ("every row with every column", lambda p, val_ids: p[val_ids[:-1]][:, val_ids[1:]]),
        ("joins the ends", lambda p, val_ids: p[val_ids, jnp.roll(val_ids, -1)]),
    ],
)
def test_what_is_looked_up_in_place_of_pairs_is_told(name, look_up):
    assert named("add_one_loss", losses_at(look_up)) == name


@pytest.mark.parametrize("small", [1e-10, 1e-9, 1e-8])
def test_a_small_number_in_place_of_add_one_is_told(small):
    def add_one_loss(train_counts, val_ids):
        probs = train_counts / jnp.maximum(train_counts.sum(axis=1, keepdims=True), 1)
        return -jnp.log(probs[val_ids[:-1], val_ids[1:]] + small).mean()

    assert named("add_one_loss", add_one_loss) == f"{small:g} in the logarithm"


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("nothing counted", lambda table, ids: table.at[ids[:-1], ids[1:]].add(1) is None or table),
        ("whole rows", lambda table, ids: table.at[ids[:-1]].add(1)),
        ("each with itself", lambda table, ids: table.at[ids, ids].add(1)),
        ("repeats counted once", lambda table, ids: table.at[ids[:-1], ids[1:]].set(1)),
        ("drops the first pair", lambda table, ids: table.at[ids[1:-1], ids[2:]].add(1)),
    ],
)
def test_counts_that_go_astray_are_told(name, count):
    assert named("bigram_counts", lambda ids, vocab_size: count(jnp.zeros((vocab_size, vocab_size), int), ids)) == name


@pytest.mark.parametrize(
    ("name", "of_unknown"),
    [("None for unknown", lambda V: None), ("one beyond for unknown", lambda V: V), ("first one for unknown", lambda V: 0)],
)
def test_what_stands_for_an_unknown_character_is_told(name, of_unknown):
    def encode(text, characters):
        return [characters.index(c) if c in characters else of_unknown(len(characters)) for c in text]

    assert named("encode", encode) == name


def test_the_characters_of_the_text_in_place_of_the_tables_are_told():
    def add_one_loss(train_counts, val_ids):
        probs = (train_counts + 1) / (train_counts.sum(axis=1, keepdims=True) + val_ids.max() + 1)
        return -jnp.log(probs[val_ids[:-1], val_ids[1:]]).mean()

    assert named("add_one_loss", add_one_loss) == "as many as occur in the text"
