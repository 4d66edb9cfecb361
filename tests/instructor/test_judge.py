"""The judge that lives outside the notebook: the same verdicts as in it, and nothing but right values earns a mark."""

import json
import sys
from fractions import Fraction
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import nbformat
import numpy as np
import pytest
from nbgrader import utils
from right_answers import RIGHT_ANSWERS

from chargen_lib.exercises import EXERCISES
from chargen_lib.exercises.engine import judging
from chargen_lib.exercises.engine.values import same, short
from chargen_lib.exercises.engine.wire import packed, unpacked
from chargen_lib.instructor import executing, grading
from chargen_lib.instructor.judge import Missing, judge, seed_of
from chargen_lib.instructor.variants import SETS

TEST = {"secret": "some secret", "place": ""}
HIDDEN = grading.hidden_test("some secret")


def kernel(**names):
    """What a notebook's process with these names replies, as text there and back."""

    def ask(question):
        return json.loads(repr(eval(grading.question(question), names)))

    return ask


@pytest.mark.parametrize("name", EXERCISES)
def test_a_right_answer_is_correct_and_a_mistake_has_its_name(name):
    assert judge(TEST, name, kernel(**{name: RIGHT_ANSWERS[name][0]}), "ada").status == "correct"
    misconception = EXERCISES[name].misconceptions[0]
    report = judge(TEST, name, kernel(**{name: misconception.wrong}), "ada")
    assert (report.misconception, report.diagnosis) == (misconception.name, misconception.sentence)


@pytest.mark.parametrize("set_name", SETS)
def test_a_private_exercise_is_judged_as_the_member_that_was_asked(set_name):
    family = SETS[set_name][0]
    asked, sister = family.members[:2]
    test = {"secret": "s", "place": f"{set_name}/{family.function}/{asked.name}"}
    assert judge(test, family.function, kernel(**{family.function: asked.reference}), "ada").status == "correct"
    assert judge(test, family.function, kernel(**{family.function: sister.reference}), "ada").misconception == sister.name


# --- the same words as in the notebook ------------------------------------------------------------------------------------


def softmax(logits):
    return jnp.exp(logits) / jnp.exp(logits).sum(axis=-1, keepdims=True)


def raises(logits):
    return logits["no such key"]


def raises_one_of_its_own(logits):
    class MyError(ValueError):
        pass

    raise MyError("what I did not expect")


def shapes(logits):
    return logits @ jnp.ones((3, 99))


def talks(logits):
    import warnings

    print("here I am")
    warnings.warn("mind the gap", stacklevel=1)
    return jnp.zeros_like(logits)


def changes(logits):
    return np.asarray(logits).__imul__(2)


def odd(logits):
    return object


def unshowable(logits):
    class Bad(Exception):
        def __str__(self):
            return 1 / 0

    raise Bad


def stub(logits):
    raise NotImplementedError("your code here")


def library(logits):
    from chargen_lib.sampling import softmax

    return softmax(logits)


def floods(logits):
    while True:
        print("x" * 1000)


WAYS = [raises, raises_one_of_its_own, shapes, talks, changes, odd, unshowable, stub, library, floods, lambda logits: None, 5]


@pytest.mark.parametrize("answer", WAYS, ids=lambda answer: getattr(answer, "__name__", "number"))
def test_the_verdict_is_the_same_as_in_the_notebook(answer):
    here = judging.judge(EXERCISES["softmax"], answer, seed=seed_of(TEST, "softmax", "ada"))
    there = judge(TEST, "softmax", kernel(softmax=answer), "ada")
    assert there == here and here.status != "correct"


def test_what_fails_under_jit_is_told_as_in_the_notebook():
    def wrong(logits, k):
        return RIGHT_ANSWERS["top_k_filter"][0](logits, k) if float(jnp.max(logits)) else None

    here = judging.judge(EXERCISES["top_k_filter"], wrong, seed=seed_of(TEST, "top_k_filter", "ada"))
    there = judge(TEST, "top_k_filter", kernel(top_k_filter=wrong), "ada")
    assert "jax.jit" in here.diagnosis and there == here


def test_an_array_far_too_large_is_not_sent():
    report = judge(TEST, "softmax", kernel(softmax=lambda logits: np.zeros(21_000_000, np.int8)), "ada")
    assert "an array far larger than it has to be" in report.diagnosis


def test_half_a_character_can_be_written_into_a_file():
    def half(logits):
        print("\ud800")
        raise RuntimeError("\ud800")

    report = judge(TEST, "softmax", kernel(softmax=half), "ada")
    assert "RuntimeError: ?" in report.diagnosis and report.printed.startswith("?\n") and report.html().encode()


def test_a_function_that_is_not_there_is_missing():
    with pytest.raises(Missing, match="name 'softmax' is not defined"):
        judge(TEST, "softmax", kernel(), "ada")


def test_a_kernel_that_does_not_reply_had_not_finished():
    assert "had not finished after 20 seconds" in judge(TEST, "softmax", lambda question: None, "ada").diagnosis


# --- a kernel that does not mean well --------------------------------------------------------------------------------------

WHO = {"callable": True, "borrowed": None}
ONE = {"value": 1, "changed": False, "warned": []}


@pytest.mark.parametrize(
    "given",
    [
        [],
        "correct",
        {"status": "correct"},
        [ONE] * 1000,
        [{"value": {"array": ["|O", [1], "AAAAAAAAAAA=", False]}, "changed": False, "warned": []}],
        [{"value": {"array": ["<f4", [10**9, 10**9], "", False]}, "changed": False, "warned": []}],
        [
            {
                "value": {"call": ["chargen_lib.exercises.lesson_04.softmax", "softmax", {"tuple": []}]},
                "changed": False,
                "warned": [],
            }
        ],
        [{"value": {"named": ["os", "system"]}, "changed": False, "warned": []}],
        [{"value": {"odd": ["x\0y", "text"]}, "changed": False, "warned": []}],
        [{"error": ["builtins.SystemExit"], "text": "", "said": "", "changed": False, "warned": []}],
        [{"error": ["builtins.exec", "builtins.KeyboardInterrupt"], "text": [], "said": {}, "changed": False, "warned": []}],
        [{"error": [], "text": "", "said": "", "changed": False, "warned": []}],
        [ONE | {"value": eval("[" * 60 + "]" * 60)}],
    ],
    ids=range(13),
)
def test_no_reply_but_right_values_is_correct_and_none_stops_the_judge(given):
    for many in (1, len(EXERCISES["softmax"].probes(np.random.default_rng(0)))):
        replies = {"who": WHO, "gives": {"given": given * many if isinstance(given, list) else given, "printed": ""}}
        assert judge(TEST, "softmax", lambda question, replies=replies: replies[question["what"]], "ada").status == "wrong"


@pytest.mark.parametrize("reply", [{}, [], "correct", 1, {"status": "correct"}, {"stopped": "SystemExit"}, {"odd": "a" * 1000}])
def test_a_reply_of_another_kind_is_wrong(reply):
    assert judge(TEST, "softmax", lambda question: reply, "ada").status == "wrong"


def test_right_values_that_were_said_to_be_changed_are_wrong():
    def liar(question):
        reply = honest(question)
        for one in reply.get("given", []):
            one["changed"] = "no"
        return reply

    honest = kernel(softmax=RIGHT_ANSWERS["softmax"][0])
    assert judge(TEST, "softmax", honest, "ada").status == "correct"
    assert "changes the array" in judge(TEST, "softmax", liar, "ada").diagnosis


def test_the_kernel_is_told_neither_the_secret_nor_what_is_right():
    asked = []

    def listening(question):
        asked.append(json.dumps(question))
        return kernel(encode=RIGHT_ANSWERS["encode"][0])(question)

    judge(TEST, "encode", listening, "ada")
    assert len(asked) == 2 and not any("some secret" in question for question in asked)
    assert set(json.loads(asked[1])) == {"what", "name", "args"}


# --- in the notebook -------------------------------------------------------------------------------------------------------


def test_a_patched_library_and_a_folder_of_its_name_change_nothing(monkeypatch, tmp_path):
    from chargen_lib.exercises.engine import asking, running

    monkeypatch.setattr(running, "limited", lambda *_: pytest.fail("the patched library was asked"))
    monkeypatch.setattr(asking, "Here", None)
    (tmp_path / "chargen_lib").mkdir()
    (tmp_path / "chargen_lib" / "__init__.py").write_text("raise ImportError('the folder beside the notebook')")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, grading.KEPT_AS, raising=False)
    names = {"encode": RIGHT_ANSWERS["encode"][0]}
    before = set(names)
    assert judge(TEST, "encode", kernel(**names), "ada").status == "correct"
    assert set(names) == before and sys.modules["chargen_lib.exercises.engine.asking"] is asking


def test_a_grade_cell_that_is_only_run_raises():
    with pytest.raises(RuntimeError, match="autograde does, with the settings of the course"):
        exec(HIDDEN + "check('encode', encode)", {})
    assert grading.read_hidden_test(HIDDEN + "check('encode', encode)") == {"secret": "some secret", "place": ""}
    assert grading.read_hidden_test("assert f() == 1") is None


def test_the_inputs_are_drawn_for_one_student_and_one_notebook():
    one, other = (nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)]) for source in ("1", "2"))
    drawn = [executing.drawn_for(*both) for both in (("ada", one), ("ada", one), ("bob", one), ("ada", other))]
    assert drawn[0] == drawn[1] and len(set(drawn)) == 3
    seeds = [seed_of(TEST, *both) for both in (("encode", "ada"), ("encode", "bob"), ("softmax", "ada"))]
    assert len({*seeds, seed_of({"secret": "other", "place": ""}, "encode", "ada"), 0}) == 5


@pytest.fixture
def judged(monkeypatch):
    """judged(names) is the grade cell of encode after it was judged in a notebook of these names."""

    def work(**names):
        monkeypatch.setattr(executing.Execute, "_ask", lambda self, cell, question: kernel(**names)(question))
        mark = {"grade": True, "solution": False, "locked": True, "points": 2, "grade_id": "check_encode"}
        cell = nbformat.v4.new_code_cell(HIDDEN + "check('encode', encode)", metadata={"nbgrader": mark})
        cell.outputs = [nbformat.v4.new_output("execute_result", {"text/plain": "2"})]
        executing.Execute().preprocess_cell(cell, {}, 0)
        return cell

    return work


def test_a_mark_is_the_judges_verdict(judged):
    cell = judged(encode=RIGHT_ANSWERS["encode"][0])
    assert utils.determine_grade(cell) == (2, 2) and [output.output_type for output in cell.outputs] == ["display_data"]
    assert cell.outputs[0].metadata.chargen["status"] == "correct"
    cell = judged(encode=lambda text, characters: 1)
    assert utils.determine_grade(cell) == (0, 2) and [output.output_type for output in cell.outputs] == [
        "display_data",
        "error",
    ]
    cell = judged()
    assert utils.determine_grade(cell) == (0, 2) and [output.ename for output in cell.outputs] == ["NameError"]


@pytest.mark.parametrize(
    ("content", "read"),
    [
        ({"user_expressions": {"reply": {"status": "ok", "data": {"text/plain": '{"callable": true}'}}}}, {"callable": True}),
        ({"user_expressions": {"reply": {"status": "error", "ename": "KeyError"}}}, {"odd": "KeyError"}),
        ({"user_expressions": {"reply": {"status": "ok", "data": {"text/plain": "correct"}}}}, {"odd": "JSONDecodeError"}),
        ({"user_expressions": ["correct"]}, {"odd": "TypeError"}),
        ({}, {"odd": "KeyError"}),
    ],
)
def test_a_question_leaves_no_trace_and_any_reply_can_be_read(content, read):
    sent = []
    execute = executing.Execute()
    execute.kc = SimpleNamespace(execute=lambda code, **options: sent.append((code, options)) or "id")
    execute._reply_to = lambda identity, cell: {"content": content}
    assert execute._ask(None, {"what": "who", "name": "f"}) == read
    ((code, options),) = sent
    assert code == "" and options["silent"] and not options["store_history"]
    execute._reply_to = lambda identity, cell: None
    assert execute._ask(None, {}) is None


# --- values as text --------------------------------------------------------------------------------------------------------


def there_and_back(value):
    return unpacked(json.loads(json.dumps(packed(value))))


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        10**30,
        -0.5,
        float("nan"),
        float("-inf"),
        "é\n\ud800",
        [1, [2.5, "x"]],
        (1, (2,)),
        {(0, 1): [3], "k": {"n": None}},
        Fraction(22, 7),
        np.arange(6, dtype=np.int32).reshape(2, 3),
        np.zeros((0, 3), np.float32),
        np.float32(1.5),
        np.array(["a", "bc"]),
        np.array([True, False]),
    ],
    ids=str,
)
def test_a_value_comes_back_the_same(value):
    assert same(there_and_back(value), value)


def test_what_only_acts_like_a_plain_value_becomes_plain():
    from collections import Counter, namedtuple

    assert there_and_back(Counter("aab")) == {"a": 2, "b": 1}
    assert there_and_back(namedtuple("Pair", "a b")(1, 2)) == (1, 2)
    assert same(there_and_back(jnp.arange(3.0, dtype=jnp.bfloat16)), np.asarray(jnp.arange(3.0, dtype=jnp.bfloat16)))
    key = jax.random.key(7)
    assert (jax.random.key_data(there_and_back(key)) == jax.random.key_data(key)).all()


def test_what_has_no_plain_form_keeps_its_name_and_its_text():
    for value in (2 + 1j, {1, 2}, print, object(), np.array([None])):
        back = there_and_back(value)
        assert type(back).__name__ == type(value).__name__ and repr(back) == short(value)
    endless = []
    endless.append(endless)
    there_and_back(endless)
