"""What an answer raised is told with its line, in words to act on."""

import dataclasses
import functools
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from some_answers import COUNTS, ENCODE, diagnosis, encode

from chargen_lib.exercises import Misconception, Probe, judge
from chargen_lib.instructor import grading


def raises_on_its_third_line(text, characters):
    place = len(text)
    return place / 0


def helper(text):
    return text[99]


def raises_in_a_helper(text, characters):
    first = helper(text)
    return first


def raises_in_an_inner_function(text, characters):
    def inner(c):
        return {}[c]

    return list(map(inner, text))


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (raises_on_its_third_line, "raised ZeroDivisionError: division by zero (line 3 of your function: return place / 0)."),
        (raises_in_a_helper, "IndexError: string index out of range (line 2 of your function: first = helper(text))."),
        (raises_in_an_inner_function, "(line 3 of your function: return {}[c])."),
        (functools.partial(raises_on_its_third_line), "division by zero (line 3 of your function: return place / 0)."),
    ],
)
def test_an_exception_is_told_with_its_line(answer, words):
    assert words in diagnosis(ENCODE, answer)


class Mute(Exception):
    def __str__(self):
        raise RuntimeError("not even this")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (SystemExit(3), "raised SystemExit: 3"),
        (KeyboardInterrupt(), "raised KeyboardInterrupt: no message"),
        (GeneratorExit(), "raised GeneratorExit: no message"),
        (KeyError("two\nlines"), "raised KeyError"),
        (RuntimeError("x" * 10_000), "raised RuntimeError: xxx"),
        (MemoryError(), "raised MemoryError"),
        (Mute(), "cannot be looked at: that alone raises RuntimeError"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)
def test_any_exception_gets_a_sentence(error, words):
    def raises(*args):
        raise error

    said = diagnosis(COUNTS, raises)
    assert words in said and len(said) < 500


def test_leaving_the_program_is_an_exception_like_others():
    assert "raised SystemExit" in diagnosis(COUNTS, lambda ids, vocab_size: sys.exit())


@pytest.mark.parametrize("answer", [lambda: [], lambda text: [], lambda text, characters, more: []])
def test_a_wrong_number_of_parameters_is_told(answer):
    assert "raised TypeError" in diagnosis(ENCODE, answer) and "argument" in diagnosis(ENCODE, answer)


@pytest.mark.parametrize("answer", [None, [1, 2], "encode", encode("b", "abc")])
def test_what_cannot_be_called_is_told_how_to_be_given(answer):
    assert diagnosis(ENCODE, answer) == 'check takes the function itself: check("encode", encode), with no brackets after it.'


def test_an_array_without_at_is_told_why():
    said = diagnosis(COUNTS, lambda ids, vocab_size: np.zeros(3).at[0].set(1))
    assert "Only JAX's arrays have .at: jnp.asarray(x) makes one" in said


def test_a_method_of_pytorch_is_told_with_what_does_the_same_here():
    said = diagnosis(COUNTS, lambda ids, vocab_size: jnp.zeros(3).masked_fill(ids == 0, 1.0))
    assert "has no attribute 'masked_fill'" in said and "That is PyTorch's; here it is jnp.where(mask, number, x)." in said


@pytest.mark.parametrize("index", [range(2), [0, 1], (range(2), jnp.arange(2))], ids=["range", "list", "range and array"])
def test_a_range_or_a_list_as_an_index_is_told_without_the_inside_of_jax(index):
    said = diagnosis(COUNTS, lambda ids, vocab_size: jnp.zeros((3, 3))[index])
    assert "gives JAX a range or a list where an array belongs (line 1 of your function" in said and "0x" not in said


# --- read-only arrays ---------------------------------------------------------------------------------------------------


def assigns(x):
    x[0] = 1
    return x


def assigns_to_numpy_view(x):
    row = np.asarray(x)
    row[0] = 1
    return row


def sorts_in_place(x):
    np.asarray(x).sort()
    return x


ROW = dataclasses.replace(
    ENCODE,
    name="row",
    reference=lambda x: np.concatenate([np.ones(1, x.dtype), x[1:]]),
    probes=lambda rng: [Probe((np.arange(3.0),)), Probe((np.arange(4.0),))],
    misconceptions=(),
)


@pytest.mark.parametrize("answer", [assigns, assigns_to_numpy_view, sorts_in_place])
def test_that_an_array_from_jax_is_read_only_is_told_in_words(answer):
    said = diagnosis(ROW, answer)
    assert "an array from JAX is read-only: use .at[...].set(...), or np.array(x) for a copy that can be changed" in said
    assert "(line " in said and "TypeError" not in said and "http" not in said


def test_arrays_are_jax_arrays_on_every_probe_and_both_libraries_may_be_used():
    def with_at(x):
        return x.at[0].set(1)

    def with_a_copy(x):
        row = np.array(x)
        row[0] = 1
        return row

    kinds = []
    for answer in (with_at, with_a_copy, lambda x: kinds.append(isinstance(x, jax.Array)) or with_at(x)):
        assert judge(ROW, answer).status == "correct"
    assert kinds == [True, True]


# --- a scan -------------------------------------------------------------------------------------------------------------


def returns_the_carry_alone(steps):
    return jax.lax.scan(lambda so_far, x: so_far + x, jnp.float32(0), steps)


def changes_the_carry(steps):
    return jax.lax.scan(lambda so_far, x: (so_far + steps, so_far), jnp.float32(0), steps)


def takes_x_first(steps):
    def body(x, carry):
        so_far, count = carry
        return (so_far + x, count + 1), so_far

    return jax.lax.scan(body, (jnp.float32(0), 0), steps)


def collects_outside(steps):
    seen = []
    jax.lax.scan(lambda so_far, x: (so_far + x, seen.append(x)), jnp.float32(0), steps)
    return jnp.array(seen)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (returns_the_carry_alone, "The body of a scan returns two things: the new carry, made up as the one that it was given"),
        (changes_the_carry, "The body of a scan returns two things: the new carry, made up as the one that it was given"),
        (takes_x_first, "A scan calls its body with the carry first, then x."),
        (collects_outside, "Return it: what the body of a scan returns as its second thing is collected"),
    ],
)
def test_a_scan_that_is_built_wrongly_is_told_how_it_is_built(answer, words):
    said = diagnosis(ROW, answer)
    assert words in said and "(line " in said


# --- shapes that do not fit ---------------------------------------------------------------------------------------------

X, Y = np.ones((2, 3), np.float32), np.ones((4, 5), np.float32)
SHAPES = dataclasses.replace(
    ENCODE, name="shapes", reference=lambda x, y: 7, probes=lambda rng: [Probe((X, Y))], misconceptions=()
)


@pytest.mark.parametrize(
    "answer",
    [
        lambda x, y: x @ y,
        lambda x, y: jnp.dot(x, y),
        lambda x, y: jnp.matmul(2 * x, y),
        lambda x, y: np.matmul(x, y),
        lambda x, y: np.asarray(x) @ np.asarray(y),
        lambda x, y: np.dot(np.asarray(x), np.asarray(y)),
        lambda x, y: list(x @ y),
    ],
)
def test_a_product_that_does_not_fit_is_told_with_both_shapes(answer):
    said = diagnosis(SHAPES, answer)
    assert said.startswith("Your function multiplies arrays of the shapes (2, 3) and (4, 5) (line "), said
    assert said.endswith("Which axis must fit?") and "dot_general" not in said and "gufunc" not in said


@pytest.mark.parametrize("library", [jnp, np])
def test_indices_that_are_no_column_are_told_so(library):
    said = diagnosis(SHAPES, lambda x, y: library.take_along_axis(library.asarray(x), library.arange(2), axis=1))
    assert "one index for each row as a column, indices[..., None]" in said


@pytest.mark.parametrize(
    "answer",
    [
        lambda x, y: x + y,
        lambda x, y: jnp.where(x > 0, x, y),
        lambda x, y: np.asarray(x) * np.asarray(y),
        lambda x, y: jnp.maximum(x, y),
    ],
)
def test_shapes_that_do_not_fit_entry_by_entry_are_told(answer):
    said = diagnosis(SHAPES, answer)
    assert said.startswith("Your function combines arrays of the shapes (2, 3) and (4, 5) entry by entry (line "), said
    assert "Which axis must fit?" in said and "broadcast" not in said.partition("(line")[0]


def fills_a_row(x, y):
    rows = np.zeros((2, 3))
    rows[0] = y
    return rows


@pytest.mark.parametrize(
    ("answer", "shapes"),
    [
        (lambda x, y: jnp.asarray(x).at[0].set(y[0]), "(5,) into a place of the shape (3,)"),
        (lambda x, y: jnp.asarray(x).at[0].add(y), "(4, 5) into a place of the shape (3,)"),
        (fills_a_row, "(4, 5) into a place of the shape (3,)"),
        (lambda x, y: jnp.broadcast_to(y[0], (2,)), "(5,) into a place of the shape (2,)"),
    ],
)
def test_what_does_not_fit_where_it_is_put_is_told(answer, shapes):
    said = diagnosis(SHAPES, answer)
    assert said.startswith(f"Your function puts an array of the shape {shapes} (line ") and said.endswith(
        "Which axis must fit?"
    ), said


@pytest.mark.parametrize(
    "answer",
    [
        lambda x, y: jnp.einsum("ij,jk", x, y),
        lambda x, y: np.einsum("ij,jk", x, y),
        lambda x, y: np.tensordot(x, y, 1),
        lambda x, y: jnp.linalg.multi_dot([x, y]),
        lambda x, y: jnp.matvec(x, y),
    ],
)
def test_products_of_other_names_are_told_alike(answer):
    said = diagnosis(SHAPES, answer)
    assert said.startswith("Your function multiplies arrays ") and said.endswith("Which axis must fit?"), said
    assert "(2, 3)" in said and "(4, 5)" in said


def test_pieces_that_do_not_fit_are_told_of_the_axis_only_where_none_is_named():
    def along_the_first(x, y):
        return jnp.split(x, 5)

    def along_the_last(x, y):
        return jnp.split(x, 5, axis=-1)

    for answer, told in ((along_the_first, True), (along_the_last, False)):
        said = diagnosis(SHAPES, answer)
        assert "As many pieces must fit" in said and ("axis=-1 cuts the columns" in said) == told


def test_the_same_shape_twice_is_named_twice():
    assert "of the shapes (2, 3) and (2, 3) (line" in diagnosis(SHAPES, lambda x, y: x @ (x + 1))


def test_a_misconception_written_in_numpy_is_recognised_by_its_shapes_in_jax():
    wrong = Misconception("forgets .T", "Transpose the second.", lambda x, y: x @ y)  # ValueError in NumPy, TypeError in JAX
    report = judge(dataclasses.replace(SHAPES, misconceptions=(wrong,)), lambda x, y: jnp.dot(x, y))
    assert report.misconception == "forgets .T"


# --- what is not written yet --------------------------------------------------------------------------------------------


def test_the_stub_that_a_learner_finds_is_the_one_that_is_known():
    def stub(*args):
        exec(grading.STUB)

    assert judge(ENCODE, stub).status == "not attempted"


def test_an_unfinished_branch_is_no_stub():
    def unfinished(text, characters):
        if text == "cab":
            raise NotImplementedError("your code here")
        return encode(text, characters)

    assert "raised NotImplementedError: your code here (line 3 of your function: raise" in diagnosis(ENCODE, unfinished)


@pytest.mark.parametrize("error", [NotImplementedError(), NotImplementedError("later")])
def test_another_not_implemented_error_is_told_with_its_line(error):
    def raises(text, characters):
        raise error

    assert "raised NotImplementedError" in diagnosis(ENCODE, raises) and "(line 2" in diagnosis(ENCODE, raises)


def test_what_jax_has_not_implemented_is_told_with_its_line():
    said = diagnosis(COUNTS, lambda ids, vocab_size: jnp.take(ids, 0, mode="raise"))
    assert "raised NotImplementedError: The 'raise' mode" in said and "(line 1 of your function: " in said


# --- under jax.jit ------------------------------------------------------------------------------------------------------

COMPILED = dataclasses.replace(
    ENCODE,
    name="compiled",
    reference=lambda x, k: np.where(x > 0, x, 0) * k,
    probes=lambda rng: [Probe((np.arange(3.0), 1)), Probe((np.arange(3.0), 2)), Probe((np.arange(-2.0, 4.0).reshape(2, 3), 2))],
    misconceptions=(),
    jit=(1,),
)


def right(x, k):
    return jnp.where(x > 0, x, 0) * k


def asks_if(x, k):
    if x.sum() > -100:
        return right(x, k)


def asks_for_the_larger(x, k):
    return max(x.sum(), -100.0) * 0 + right(x, k)


def asks_float(x, k):
    return right(x, float(k * x.sum()) * 0 + k)


def asks_item(x, k):
    return right(x, x.sum().item() * 0 + k)


def asks_tolist(x, k):
    return right(jnp.array(x.tolist()), k)


def asks_numpy(x, k):
    return right(np.asarray(x), k)


def asks_a_mask(x, k):
    return right(x, k) + 0 * x[x > 0].sum()


def asks_range(x, k):
    for _ in range(x.sum().astype(int)):
        pass
    return right(x, k)


def asks_a_size(x, k):
    return right(x, k) + 0 * jnp.zeros(abs(x.sum().astype(int))).sum()


def asks_unique(x, k):
    return right(x, k) + 0 * jnp.unique(x).sum()


@pytest.mark.parametrize(
    ("answer", "line", "words"),
    [
        (asks_if, "(line 2 of your function: if x.sum() > -100:)", "Use jnp.where"),
        (asks_for_the_larger, "(line 2 of your function: return max(", "min and max ask for the value"),
        (asks_float, "(line 2 ", "`float(...)` makes Python numbers"),
        (asks_item, "(line 2 ", "`.item()` makes Python numbers"),
        (asks_tolist, "(line 2 ", "`.tolist()` makes Python numbers"),
        (asks_numpy, "(line 2 of your function: return right(np.asarray(x), k))", "Use jnp and not np"),
        (asks_a_mask, "(line 2 ", "jnp.where(mask, x, something else)"),
        (asks_range, "(line 2 of your function: for _ in range(", "needs a whole number"),
        (asks_a_size, "(line 2 ", "depends on the values of an array"),
        (asks_unique, "(line 2 ", "depends on the values of an array"),
    ],
)
def test_what_does_not_run_under_jit_is_named_with_its_line(answer, line, words):
    assert judge(dataclasses.replace(COMPILED, jit=None), answer).status == "correct"
    said = diagnosis(COMPILED, answer)
    assert said.startswith(f"Your values are right, but the function does not run under jax.jit {line}"), said
    assert words in said and len(said) < 450


@pytest.mark.parametrize("answer", [asks_if, asks_item, asks_numpy, asks_a_mask, asks_range])
def test_a_function_that_jits_itself_is_told_the_same(answer):
    said = diagnosis(dataclasses.replace(COMPILED, jit=None), jax.jit(answer, static_argnums=1))
    assert said.startswith("Your function asks for a value under jax.jit (line 2 of your function: "), said
    assert said.partition("): ")[2] == diagnosis(COMPILED, answer).partition("): ")[2] != ""


def test_what_jax_cannot_compile_has_no_line_but_a_hint():
    def sorts(x, k):  # NumPy asks the array to sort itself, with arguments that JAX does not understand before it compiles
        return right(x, k) + 0 * np.argsort(x)

    said = diagnosis(COMPILED, sorts)
    assert said.startswith("Your values are right, but the function does not run under jax.jit") and "none of np?" in said


def test_jit_is_tried_on_every_probe():
    def only_where_it_is_flat(x, k):
        return right(x, k) if x.ndim == 1 else right(np.asarray(x), k)

    def only_for_one(x, k):
        return right(x, k) if k == 1 else right(np.asarray(x), k)

    for answer in (only_where_it_is_flat, only_for_one):
        assert "Use jnp and not np" in diagnosis(COMPILED, answer)
    for answer in (right, jax.jit(right, static_argnums=1), functools.partial(right)):
        assert judge(COMPILED, answer).status == "correct"


def test_other_values_under_jit_are_told():
    def other(x, k):
        return right(x, k) + isinstance(x, jax.core.Tracer)

    assert "under jax.jit: there its values are others" in diagnosis(COMPILED, other)


def test_a_global_that_has_changed_is_read_anew():
    factor = [1]

    def scaled(x, k):
        return right(x, k) * factor[0]

    assert judge(COMPILED, scaled).status == "correct"
    factor[0] = 2
    twice = dataclasses.replace(COMPILED, reference=lambda x, k: 2 * COMPILED.reference(x, k))
    assert judge(twice, scaled).status == "correct", "what was traced before is not kept"
