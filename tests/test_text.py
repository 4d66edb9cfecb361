"""Characters to ids and back, and a text cut in two."""

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chargen_lib.text import Vocabulary, kind, split, visible

ABC = Vocabulary("abc")


def test_ascii_has_128_ids_that_are_the_code_points():
    vocabulary = Vocabulary.ascii()
    assert len(vocabulary) == 128
    everything = "".join(map(chr, range(128)))
    assert vocabulary.encode(everything).tolist() == list(range(128))


def test_from_text_takes_the_distinct_characters_in_sorted_order():
    vocabulary = Vocabulary.from_text("banana band\n")
    assert vocabulary.characters == "\n abdn"
    assert len(vocabulary) == 6
    assert vocabulary == Vocabulary.from_text("dnb a\n")


def test_an_id_is_the_position_in_characters():
    assert Vocabulary("cab").encode("abc").tolist() == [1, 2, 0]


@settings(deadline=None)
@given(st.text(min_size=1))
def test_decode_undoes_encode(text):
    vocabulary = Vocabulary.from_text(text)
    ids = vocabulary.encode(text)
    assert ids.dtype == jnp.int32 and ids.shape == (len(text),)
    assert vocabulary.decode(ids) == text
    assert vocabulary.decode(ids.tolist()) == text


def test_an_empty_text_has_no_ids():
    ids = ABC.encode("")
    assert ids.shape == (0,) and ids.dtype == jnp.int32
    assert ABC.decode(ids) == ABC.decode([]) == ""


def test_an_unknown_character_is_named_with_its_code_point_and_first_place():
    with pytest.raises(ValueError, match=r"'é' \(U\+00E9\) at position 2 .* 3 characters"):
        ABC.encode("abébé")
    with pytest.raises(ValueError, match=r"U\+1F98A\) at position 0 "):
        ABC.encode("\U0001f98a")


def test_a_vocabulary_without_characters_is_refused():
    for make in (lambda: Vocabulary(""), lambda: Vocabulary.from_text("")):
        with pytest.raises(ValueError, match="at least one character"):
            make()


def test_a_character_that_stands_twice_is_refused():
    with pytest.raises(ValueError, match=r"'a' stands twice .* position 3"):
        Vocabulary("abca")


@pytest.mark.parametrize(("ids", "message"), [([0, 3], "id 3 at position 1 .* 0 to 2"), ([0, 1, -1], "id -1 at position 2 ")])
def test_an_id_outside_the_vocabulary_is_refused(ids, message):
    for row in (ids, np.array(ids), jnp.array(ids)):
        with pytest.raises(ValueError, match=message):
            ABC.decode(row)


def test_ids_must_be_whole_numbers():
    for row in ([0.0, 1.0], jnp.array([0.5]), [True, False], ["a"]):
        with pytest.raises(ValueError, match="ids are whole numbers"):
            ABC.decode(row)


def test_decode_takes_one_row():
    for ids in ([[0, 1]], jnp.zeros((2, 3), int), jnp.array(1)):
        with pytest.raises(ValueError, match="one row of ids"):
            ABC.decode(ids)


@settings(deadline=None)
@given(n=st.integers(2, 2000), share=st.floats(0.01, 0.99))
def test_split_cuts_once_and_holds_out_the_end(n, share):
    ids = np.arange(n)
    if not 1 <= n * share <= n - 1:
        return
    train, val = split(ids, share)
    assert np.concatenate([train, val]).tolist() == ids.tolist()
    assert len(train) >= 1 and abs(len(val) - n * share) <= 1


def test_split_holds_out_the_last_tenth_unless_told():
    train, val = split(jnp.arange(1000))
    assert train.tolist() == list(range(900)) and val.tolist() == list(range(900, 1000))


@pytest.mark.parametrize(
    ("n", "share", "train_size"), [(10, 0.9, 1), (10, 0.1, 9), (100, 0.9, 10), (1_115_394, 0.1, 1_003_854)]
)
def test_split_is_not_off_by_one_through_rounding(n, share, train_size):
    assert len(split(np.arange(n), share)[0]) == train_size


@pytest.mark.parametrize("share", [0, 1, -0.1, 1.5, float("nan")])
def test_split_refuses_what_is_no_share(share):
    with pytest.raises(ValueError, match="between 0 and 1"):
        split(jnp.arange(10), share)


@pytest.mark.parametrize(("n", "share"), [(0, 0.5), (1, 0.5), (2, 0.9)])
def test_split_refuses_a_text_too_short(n, share):
    with pytest.raises(ValueError, match=f"^{n} characters are too few"):
        split(jnp.arange(n), share)


def test_visible_gives_a_mark_something_to_stand_on():
    assert visible("\u0301") == "\u25cc\u0301" and visible("\u093f") == "\u25cc\u093f"
    assert visible("\ufe0f") == "U+FE0F" and visible("\U000e0101") == "U+E0101"


@pytest.mark.parametrize("character", "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180f\u2800\u3164\uffa0")
def test_visible_shows_letters_and_marks_that_leave_no_ink(character):
    assert visible(character) == f"U+{ord(character):04X}"


def test_visible_shows_what_cannot_be_seen():
    assert [visible(c) for c in " \na.é\t\x00\u00a0"] == ["␣", "↵", "a", ".", "é", "U+0009", "U+0000", "U+00A0"]


def test_the_kinds_of_characters():
    kinds = {"vowel": "aeiouéů", "consonant": "bqyçñ", "capital": "AZÉΣ", "space": " \n\t\u00a0", "sign": '.7!"\x00א🂡αß\ud800'}
    for name, characters in kinds.items():
        assert {kind(character) for character in characters} == {name}, name


def test_what_stands_before_a_text_is_among_the_characters():
    assert Vocabulary.from_text("ab", start="\n") == Vocabulary("\nab", start="\n") != Vocabulary("\nab")
    with pytest.raises(ValueError, match=r"start holds '\\n', which is not among"):
        Vocabulary("ab", start="\n")
    for characters in (["a", "b"], None, 3):
        with pytest.raises(ValueError, match="are a text"):
            Vocabulary(characters)


@pytest.mark.parametrize("text", [5, None, ["ab", "c"], ["a"], [0], b"ab"])
def test_what_is_no_text_is_told(text):
    with pytest.raises(ValueError, match="a text, got"):
        Vocabulary("abc").encode(text)
    with pytest.raises(ValueError, match="a text, got"):
        Vocabulary.from_text(text)


@pytest.mark.parametrize("ids", [5, None, 1.5])
def test_what_is_no_row_of_ids_is_told(ids):
    with pytest.raises(ValueError, match="decode takes one row of ids"):
        Vocabulary("abc").decode(ids)
