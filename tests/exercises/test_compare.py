"""What an answer returned is right, or a sentence says how it differs; what it was given stays as it was."""

import dataclasses
import subprocess
import sys
from collections import Counter, defaultdict
from fractions import Fraction

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from some_answers import COUNTS, ENCODE, ENTROPY, HERE, diagnosis, encode, returns

from chargen_lib.exercises import Probe, judge
from chargen_lib.exercises.engine.compare import difference
from chargen_lib.exercises.engine.values import copied, same, short


class Odd:
    """An object whose every look is an error."""

    def __init__(self, error):
        self.error = error

    def look(self, *args, **options):
        raise self.error

    __repr__ = __array__ = __len__ = __iter__ = __eq__ = __float__ = look
    __hash__ = object.__hash__


@pytest.mark.parametrize(
    ("exercise", "value", "words"),
    [
        (ENCODE, None, "returned None. Does every path end in a return?"),
        (COUNTS, None, "returned None. Does every path end in a return?"),
        (ENCODE, "abc", "returned a str; return a list of whole numbers."),
        (COUNTS, "abc", "returned a str; return an array"),
        (ENTROPY, "abc", "returned a str; return a number."),
        (ENCODE, {}, "returned a dict; return a list"),
        (ENCODE, (i for i in [1]), "returned a generator; return a list"),
        (COUNTS, (i for i in [1]), "returned a generator; return an array"),
        (ENTROPY, (i for i in [1]), "returned a generator; return a number"),
        (ENCODE, encode, "returned a function; return a list"),
        (ENCODE, [0.0], "its items must be whole numbers"),
        (ENCODE, ["1"], "its items must be whole numbers"),
        (ENCODE, [True], "its items must be whole numbers"),
        (ENCODE, [10**400], "its items must be whole numbers"),
        (ENCODE, [None], "its items must be whole numbers"),
        (ENCODE, [[1]], "return one row of whole numbers"),
        (ENCODE, np.array([[1]]), "shape (1, 1); return one row of whole numbers"),
        (ENCODE, [5], "Item 0 is 5; 1 was expected."),
        (ENCODE, [1, 2], "2 items; 1 was expected"),
        (COUNTS, [[0, 1], [0, 0]], "returned a list; return an array (jnp.array makes one)"),
        (COUNTS, np.zeros((2, 3), int), "shape (2, 3); (2, 2) was expected."),
        (
            COUNTS,
            np.zeros((2, 2, 3), int),
            "(2, 2) was expected. One axis too many: is something to be summed, or picked, along it?",
        ),
        (COUNTS, np.zeros(2, int), "(2, 2) was expected. One axis too few: was something summed"),
        (COUNTS, np.array([[0.0, 1.0], [0.0, 0.0]]), "holds float64; whole numbers were expected"),
        (COUNTS, jnp.array([[0, 1], [0, 0]], complex), "holds complex64; whole numbers were expected"),
        (COUNTS, np.array([["0", "1"], ["0", "0"]]), "holds <U1; whole numbers were expected"),
        (COUNTS, np.array([[0, 1], [7, 0]]), "Entry [1, 0] is 7; 0 was expected."),
        (COUNTS, jax.random.key(0), "returned a random key; return an array"),
        (ENTROPY, float("nan"), "contains NaN"),
        (ENTROPY, jnp.nan, "contains NaN"),
        (ENTROPY, jnp.inf, "The answer is inf; 0.874185 was expected."),
        (ENTROPY, 1j, "returned a complex; return a number"),
        (ENTROPY, np.zeros(2), "returned an array of shape (2,); return a number"),
        (ENTROPY, True, "returned a bool; return a number"),
        (ENTROPY, 10**400, "cannot be compared (OverflowError"),
    ],
)
def test_a_value_of_the_wrong_kind_gets_a_sentence(exercise, value, words):
    assert words in diagnosis(exercise, returns(value))


@pytest.mark.parametrize("exercise", [ENCODE, COUNTS, ENTROPY], ids=lambda e: e.name)
@pytest.mark.parametrize(
    "make",  # made in the answer: a test runner that looked at one would suffer
    [
        lambda: Odd(ValueError("no")),
        lambda: [Odd(ValueError("no"))],
        lambda: Odd(SystemExit()),
        lambda: [Odd(KeyboardInterrupt())],
    ],
    ids=["odd", "odd inside", "exits", "interrupts"],
)
def test_an_object_that_cannot_be_looked_at_gets_a_sentence(exercise, make):
    said = diagnosis(exercise, lambda *args: make(), time_limit=10)
    assert "our function returned" in said


def test_a_list_that_holds_itself_is_not_unfolded_for_ever():
    script = """if True:
        from chargen_lib.exercises import EXERCISES, judge
        def answer(*args):
            row = []
            row += [row, row, row]
            return row
        for name in ("encode", "bigram_counts", "conditional_entropy"):
            print(judge(EXERCISES[name], answer, time_limit=10).diagnosis)
    """
    result = subprocess.run([sys.executable, "-c", script], cwd=HERE, capture_output=True, text=True, timeout=60)
    assert result.stdout.count("Your function returned a list") == 3, result


def test_the_first_wrong_probe_is_shown():
    report = judge(ENCODE, returns([1]))  # right for the first probe, encode("b", "abc")
    assert (report.call, report.expected, report.got) == ("encode('', 'abc')", "[]", "[1]")
    assert "encode('', 'abc')" in str(report)


def test_a_value_where_an_error_is_due_is_named():
    assert diagnosis(
        ENCODE, lambda text, characters: [max(1, characters.find(c)) if c in "é§" else characters.find(c) for c in text]
    ) == ("Your function returned a value here; it must raise ValueError.")


def test_an_error_that_does_not_name_the_character_is_told_so():
    def names_nothing(text, characters):
        try:
            return [characters.index(c) for c in text]
        except ValueError:
            raise ValueError("not there") from None

    assert "does not name 'é'" in diagnosis(dataclasses.replace(ENCODE, misconceptions=()), names_nothing)


# --- dicts, strings, fractions, lists of arrays and of pairs ------------------------------------------------------------

A, B = np.arange(3.0), np.ones((2, 2))


@pytest.mark.parametrize(
    ("expected", "right"),
    [
        ({(0, 1): 2, (1, 1): 1}, {(1, 1): np.int64(1), (np.int64(0), 1): jnp.asarray(2)}),
        ({(0, 1): 2}, Counter({(0, 1): 2})),
        ({(0, 1): 2}, defaultdict(int, {(0, 1): 2})),
        ("0110", "0110"),
        ("", np.str_("")),
        (Fraction(1, 3), Fraction(2, 6)),
        (Fraction(0), 0),
        ((Fraction(1, 3), Fraction(2, 3)), (Fraction(1, 3), Fraction(2, 3))),
        ([A, B], [jnp.asarray(A), jnp.asarray(B)]),
        ([A, B], (A, B)),
        ([(0, 1), (4, 4)], [(0, 1), (np.int64(4), jnp.asarray(4))]),
        ([[1, 2], [], [3]], [np.array([1, 2]), [], (3,)]),
        ([[1, 2], [3]], [[1, 2], [3]]),
        (["a", "b"], ("a", "b")),
        ([0.5, 0.25], [jnp.asarray(0.5), 0.25]),
        ([], ()),
        ([], jnp.zeros(0)),
        (np.array(0.5), 0.5),
        (np.array(0.5), jnp.asarray(0.5)),
        (np.int64(3), 3),
        (np.bool_(True), jnp.asarray(True)),
        (0.5, np.float32(0.5)),
        ((A, {"a": [B]}), (jnp.asarray(A), {"a": [jnp.asarray(B)]})),
    ],
)
def test_a_right_value_is_right_in_every_form(expected, right):
    assert difference(expected, right) is None
    assert difference(expected, expected) is None


@pytest.mark.parametrize(
    ("expected", "wrong", "words"),
    [
        ({(0, 1): 2}, [((0, 1), 2)], "returned a list; return a dict."),
        ({(0, 1): 2}, {}, "The key (0, 1) is missing in your dict."),
        ({(0, 1): 2}, {(0, 1): 2, (1, 1): 0}, "Your dict has a key (1, 1), which should not be there."),
        ({(0, 1): 2}, {(0, 1): 3}, "At the key (0, 1): The answer is 3; 2 was expected."),
        ({(0, 1): 2}, {(0, 1): None}, "At the key (0, 1): it is None."),
        ({(0, 1): 2}, {(0, 1): 2.0}, "return a whole number."),
        ("0110", "011", "Your answer is '011'; '0110' was expected."),
        ("0110", [0, 1, 1, 0], "returned a list; return a str."),
        ("", None, "returned None"),
        (Fraction(1, 3), 1 / 3, "returned a float, which is rounded; return a Fraction"),
        (Fraction(1, 3), "1/3", "returned a str; return a Fraction"),
        (Fraction(1, 3), Fraction(333333, 1000000), "Fraction(1, 3) was expected"),
        (Fraction(1), True, "returned a bool; return a Fraction"),
        ([A, B], [A], "Your answer has 1 item; 2 were expected."),
        ([A, B], [A, B + 1], "Item 1: Entry [0, 0] is 2; 1 was expected."),
        ([A, B], [A, None], "Item 1: it is None."),
        ([A, B], [A, B.tolist()], "Item 1: Your function returned a list; return an array"),
        ([A, A], np.stack([A, A]), "returned an array of shape (2, 3); return a list."),
        ([(0, 1)], [[0, 1]], "Item 0: it is a list; a tuple such as (0, 1) was expected."),
        ([(0, 1)], [(1, 0)], "Item 0: it is (1, 0); (0, 1) was expected."),
        ([(0, 1)], {(0, 1): 1}, "returned a dict; return a list."),
        ([], [(0, 1)], "Your answer has 1 item; 0 were expected."),
        ([[1, 2], [3]], [[1, 2], [4]], "Item 1: Item 0 is 4; 3 was expected."),
        ([[1, 2], [3]], [[1, 2], [3, 4]], "Item 1: Your answer has 2 items; 1 was expected."),
        (["a"], ["b"], "Item 0: Your answer is 'b'; 'a' was expected."),
        ((1.0, "a"), (1.0, None), "Value 2 of 2: it is None."),
        (np.array(0.5), np.array([0.5]), "returned an array of shape (1,); return a number."),
        (10**6, 10**6 + 1, "The answer is 1000001; 1000000 was expected."),
        (np.array([10**6]), np.array([10**6 + 1]), "Entry [0] is 1000001; 1000000 was expected."),
        ([10**6], [10**6 + 1], "Item 0 is 1000001; 1000000 was expected."),
        ([10**400], [10**400], "its items must be whole numbers"),
    ],
)
def test_a_wrong_value_of_any_kind_gets_a_sentence(expected, wrong, words):
    assert words in (difference(expected, wrong) or "")


def test_a_card_may_ask_for_a_python_number():
    for right in (0.5, np.float64(0.5)):
        assert difference(0.5, right, python_numbers=True) is None
    for array in (jnp.asarray(0.5), np.array(0.5)):
        assert "returned an array without axes; return a Python number" in difference(0.5, array, python_numbers=True)
    card = dataclasses.replace(ENTROPY, python_numbers=True)
    assert "return a Python number" in diagnosis(card, lambda counts: jnp.asarray(ENTROPY.reference(counts)))


def of(*args, reference=lambda *args: 7):
    """An exercise that gives these arguments and expects 7."""
    return dataclasses.replace(ENCODE, reference=reference, probes=lambda rng: [Probe(args)], misconceptions=())


INPUTS = [
    [[1, 2], [], [3]],
    [[np.arange(3.0)], []],
    [np.arange(3.0), np.ones((2, 2))],
    [(0, 1), (1, 1)],
    {(0, 1): 2},
    {"a": [1]},
    [float("nan"), 1.0],
    ([1], [2]),
    ["a", "b"],
    [Fraction(1, 3)],
]


@pytest.mark.parametrize("value", INPUTS, ids=repr)
def test_what_only_looks_at_its_input_changes_nothing(value):
    assert judge(of(value), lambda x: 7).status == "correct"


CHANGES = "Your function changes the array or list it was given."


def at_the_bottom(value, change):
    """change() what can be changed deepest in the first place."""
    inner = next((v for v in (value.values() if isinstance(value, dict) else value) if isinstance(v, (list, dict))), None)
    return change(value) if inner is None else at_the_bottom(inner, change)


def replaced(value):
    if isinstance(value, dict):
        value[next(iter(value))] = "changed"
    else:
        value[0] = value  # it holds itself now


@pytest.mark.parametrize("value", INPUTS, ids=repr)
@pytest.mark.parametrize("change", [replaced, lambda value: value.clear()])
def test_a_change_is_found_wherever_it_lies(value, change):
    def changes(x):
        at_the_bottom(x, change)
        return 7

    if isinstance(value, tuple) or at_the_bottom(value, bool):
        assert diagnosis(of(value), changes).startswith(CHANGES)


def test_an_answer_that_keeps_what_it_returned_is_compared_as_it_was_then():
    row = []

    def one_list_for_all(text, characters):
        row[:] = encode(text, characters)
        return row

    assert judge(ENCODE, one_list_for_all).status == "correct"

    def the_last_is_wrong(text, characters):
        row[:] = [7] if text == "cab" else encode(text, characters)
        return row

    report = judge(ENCODE, the_last_is_wrong)
    assert (report.call, report.got) == ("encode('cab', 'abc')", "[7]")


def test_a_copy_shares_nothing_that_can_be_changed_and_holds_itself_where_the_value_does():
    row = [np.arange(2), {"a": [1]}]
    row.append(row)
    other = copied(row)
    assert other[2] is other and other is not row
    assert other[0] is not row[0] and other[1] is not row[1] and other[1]["a"] is not row[1]["a"]
    assert same([1, [2.0, float("nan")]], [1, [2.0, float("nan")]])
    assert not same([float("nan")], [1.0]) and not same([1], [1.0]) and not same([1], (1,)) and not same(row, [1])


def test_arrays_in_a_list_are_shown_as_numbers():
    assert short([jnp.arange(2.0), np.array([0.5])]) == "[[0. 1.], [0.5]]"
    assert short((np.arange(2),)) == "([0 1],)"
