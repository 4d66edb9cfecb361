"""Whatever an answer does, the check says a sentence: it does not crash, hang or flood."""

import ast
import dataclasses
import functools
import json
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from chargen_lib.exercises import EXERCISES, Probe, check, judge, progress
from chargen_lib.exercises.engine import running

ENCODE, COUNTS, ENTROPY = (EXERCISES[name] for name in ("encode", "bigram_counts", "conditional_entropy"))
HERE = Path(__file__).resolve().parent.parent


def encode(text, characters):
    """A right answer."""
    for c in text:
        if c not in characters:
            raise ValueError(f"{c!r} is not in the vocabulary")
    return [characters.index(c) for c in text]


def returns(value):
    return lambda *args: value


def diagnosis(exercise, answer, **options):
    report = judge(exercise, answer, **options)
    assert report.status == "wrong"
    assert report.name in str(report) and report.diagnosis in str(report)
    return report.diagnosis


# --- right, in many shapes --------------------------------------------------------------------------------------------


class Encoder:
    def __call__(self, text, characters):
        return encode(text, characters)


@pytest.mark.parametrize(
    "answer",
    [
        encode,
        lambda text, characters: encode(text, characters),
        functools.partial(encode),
        functools.lru_cache(encode),
        Encoder(),
        lambda *args: tuple(encode(*args)),
        lambda *args: np.array(encode(*args), int),
    ],
    ids=["function", "lambda", "partial", "cached", "object", "tuple", "array"],
)
def test_anything_that_can_be_called_may_be_the_answer(answer):
    report = judge(ENCODE, answer)
    assert (report.status, report.diagnosis, report.call) == ("correct", "Correct.", "")
    assert report.require() is report


def test_the_stub_is_not_attempted():
    def stub(text, characters):
        raise NotImplementedError("your code here")

    report = judge(ENCODE, stub)
    assert (report.status, report.diagnosis) == ("not attempted", "not attempted yet")
    with pytest.raises(AssertionError, match=r"^not attempted yet$"):
        report.require()


def test_require_raises_the_diagnosis_and_nothing_else():
    report = judge(ENCODE, returns([7]))
    with pytest.raises(AssertionError) as caught:
        report.require()
    assert caught.value.args == (report.diagnosis,) and report.diagnosis


# --- answers that do not end, or flood --------------------------------------------------------------------------------

NOT_FINISHED = "had not finished after 1 seconds"
give_up = threading.Event()  # so that a thread that cannot be stopped does not outlive its test


def loops(text, characters):
    while not give_up.is_set():
        pass


def loops_and_catches_everything(text, characters):
    while not give_up.is_set():
        try:  # noqa: SIM105
            time.sleep(0.001)
        except:  # noqa: E722
            pass


@pytest.mark.parametrize("answer", [loops, loops_and_catches_everything])
def test_a_loop_without_end_is_stopped(answer):
    began, before = time.monotonic(), set(threading.enumerate())
    try:
        assert NOT_FINISHED in diagnosis(ENCODE, answer, time_limit=0.6)
        assert time.monotonic() - began < 10
        assert judge(ENCODE, encode).status == "correct", "the next check is not disturbed"
    finally:
        give_up.set()
        for thread in set(threading.enumerate()) - before:
            thread.join(30)
        give_up.clear()


def test_a_loop_that_can_be_stopped_leaves_no_thread_behind():
    before = threading.active_count()
    diagnosis(ENCODE, loops, time_limit=0.1)
    assert threading.active_count() == before


def test_a_long_wait_is_announced_once(monkeypatch):
    monkeypatch.setattr(running, "STILL_RUNNING_AFTER", 0.05)
    announced = []
    judge(ENCODE, loops, time_limit=0.6, waiting=lambda: announced.append("still running"))
    judge(ENCODE, ENCODE.reference, waiting=lambda: announced.append("too early"))
    assert announced == ["still running"]


def test_recursion_without_end_is_named():
    def recurses(text, characters):
        return recurses(text, characters)

    assert diagnosis(ENCODE, recurses) == "Your function calls itself without end. Where does the recursion stop?"


def test_recursion_that_catches_everything_is_left_behind():
    script = """if True:
        from chargen_lib.exercises import EXERCISES, judge
        def answer(text, characters):
            try:
                answer(text, characters)
            except:
                answer(text, characters)
        print(judge(EXERCISES["encode"], answer, time_limit=0.6).diagnosis)
    """
    result = subprocess.run([sys.executable, "-c", script], cwd=HERE, capture_output=True, text=True, timeout=60)
    assert NOT_FINISHED in result.stdout and result.stderr == "" and result.returncode == 0


def test_a_flood_of_output_is_stopped(capsys):
    def prints(text, characters):
        while True:
            print("x" * 1000)

    def prints_a_megabyte(text, characters):
        print("x" * 1_000_000)
        return encode(text, characters)

    for answer in (prints, prints_a_megabyte):
        assert "prints more than anybody can read" in diagnosis(ENCODE, answer)
    assert capsys.readouterr().out == ""


def test_a_little_output_is_shown_and_spoils_nothing(capsys):
    def prints(text, characters):
        print("looking at", text)
        print("a warning", file=sys.stderr)
        return encode(text, characters)

    report = judge(ENCODE, prints)
    assert report.status == "correct"
    assert "looking at cab" in report.printed and "a warning" in report.printed
    assert "looking at cab" in str(report) and "looking at cab" in report.html()
    assert capsys.readouterr() == ("", "")


def test_much_output_is_shown_in_part():
    report = judge(ENCODE, lambda *args: print("x" * 5000) or encode(*args))
    assert report.status == "correct" and len(str(report)) < 1500


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT for another process")
def test_ctrl_c_stops_a_check():
    script = """if True:
        import signal
        signal.signal(signal.SIGINT, signal.default_int_handler)  # what a background job starts is deaf to it
        from chargen_lib.exercises import EXERCISES, judge
        def answer(text, characters):
            while True: pass
        print("ready", flush=True)
        try:
            judge(EXERCISES["encode"], answer)
        except KeyboardInterrupt:
            print("stopped", flush=True)
    """
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, cwd=HERE) as process:
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        assert process.stdout.readline() == "stopped\n"
        assert time.monotonic() - began < 5
    assert process.returncode == 0


# --- answers that change what they are given --------------------------------------------------------------------------

CHANGES = "Your function changes the array or list it was given."
DOUBLED = dataclasses.replace(
    ENCODE,
    name="doubled",
    reference=lambda row: [2 * i for i in row],
    probes=lambda rng: [Probe(([1, 2, 3],))],
    misconceptions=(),
)


def test_changing_an_array_is_a_fault_even_when_the_answer_is_right():
    def changes(ids, vocab_size):
        counts = COUNTS.reference(np.array(ids), vocab_size)
        if isinstance(ids, np.ndarray):
            ids[:] = 0
        return counts

    assert diagnosis(COUNTS, changes).startswith(CHANGES)


@pytest.mark.parametrize("change", [list.clear, list.reverse, lambda row: row.append(row)])
def test_changing_a_list_is_a_fault_even_when_the_answer_is_right(change):
    def changes(row):
        doubled = [2 * i for i in row]
        change(row)
        return doubled

    assert diagnosis(DOUBLED, changes).startswith(CHANGES)
    assert judge(DOUBLED, lambda row: [2 * i for i in row]).status == "correct"


# --- answers of the wrong kind ----------------------------------------------------------------------------------------


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
        (ENCODE, [1, 2], "2 items; 1 were expected"),
        (COUNTS, [[0, 1], [0, 0]], "returned a list; return an array (jnp.array makes one)"),
        (COUNTS, np.zeros((2, 3), int), "shape (2, 3); (2, 2) was expected"),
        (COUNTS, np.array([[0.0, 1.0], [0.0, 0.0]]), "holds float64; whole numbers were expected"),
        (COUNTS, jnp.array([[0, 1], [0, 0]], complex), "holds complex64; whole numbers were expected"),
        (COUNTS, np.array([["0", "1"], ["0", "0"]]), "holds <U1; whole numbers were expected"),
        (COUNTS, np.array([[0, 1], [7, 0]]), "Entry [1, 0] is 7; 0 was expected."),
        (COUNTS, jax.random.key(0), "; return an array"),
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
    assert diagnosis(ENCODE, lambda text, characters: [max(0, characters.find(c)) for c in text]) == (
        "Your function returned a value here; it must raise ValueError."
    )


def test_an_error_that_does_not_name_the_character_is_told_so():
    def names_nothing(text, characters):
        try:
            return [characters.index(c) for c in text]
        except ValueError:
            raise ValueError("not there") from None

    assert "does not name 'é'" in diagnosis(ENCODE, names_nothing)


# --- answers that raise -----------------------------------------------------------------------------------------------


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
        (functools.partial(raises_on_its_third_line), "raised ZeroDivisionError: division by zero."),
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
    said = diagnosis(COUNTS, lambda ids, vocab_size: ids.at[0].set(1))
    assert "start with jnp.asarray" in said


# --- what an exercise may ask beside the value --------------------------------------------------------------------------

COMPILED = dataclasses.replace(
    DOUBLED, name="compiled", reference=lambda row: 2 * row, probes=lambda rng: [Probe((np.arange(3.0),))], jit=()
)


class Unhashable(Encoder):
    __hash__ = None

    def __call__(self, row):
        return jnp.asarray(row) * 2


def test_an_answer_that_does_not_compile_is_told_so_where_it_must():
    assert judge(COMPILED, lambda row: jnp.asarray(row) * 2).status == "correct"
    assert "does not run under jax.jit" in diagnosis(COMPILED, lambda row: np.array([2 * float(x) for x in row]))
    assert judge(COMPILED, Unhashable()).status in ("correct", "wrong"), "no crash"


def test_a_batch_that_fails_is_told_apart():
    batched = dataclasses.replace(
        COMPILED,
        jit=None,
        reference=lambda rows: rows.sum(axis=-1),
        probes=lambda rng: [Probe((np.arange(3.0),)), Probe((np.ones((2, 3)),), batch=True)],
    )
    assert diagnosis(batched, lambda rows: rows.sum(axis=0)).startswith("Right for a single row, but not for a batch")


def test_a_view_that_cannot_read_the_answer_does_not_blame_its_code():
    any_order = dataclasses.replace(DOUBLED, view=lambda args, value: sorted(value))
    assert judge(any_order, lambda row: [6, 4, 2]).status == "correct"
    assert "returned an int; return a list" in diagnosis(any_order, returns(5))


# --- check and what it shows --------------------------------------------------------------------------------------------


def test_in_a_terminal_the_verdict_is_plain_and_stands_once(capsys):
    check("encode", encode)
    assert capsys.readouterr().out == "✓ encode: Correct.\n"
    check("encode", returns("<b>bold</b>"))
    out = capsys.readouterr().out
    assert out.startswith("✗ encode: Your function returned a str") and out.count("✗") == 1
    assert "'<b>bold</b>'" in out and "<div" not in out


def test_markup_in_an_answer_is_shown_not_obeyed():
    def shouts(text, characters):
        print("<script>alert(1)</script>")
        raise RuntimeError("<img src=x>")

    html = judge(ENCODE, shouts).html()
    assert "&lt;script&gt;" in html and "&lt;img src=x&gt;" in html
    assert "<script" not in html and "<img" not in html


def test_an_unknown_exercise_suggests_the_near_one():
    with pytest.raises(ValueError, match=r"no exercise 'bigram_count'. Did you mean 'bigram_counts'\? There are: encode, "):
        check("bigram_count", encode)
    with pytest.raises(ValueError, match=r"no exercise 'xyzzy'. There are: encode, "):
        check("xyzzy", encode)


def test_in_a_notebook_the_verdict_is_rich_and_stands_once(tmp_path):
    import nbformat
    from nbclient import NotebookClient

    cells = [
        "from chargen_lib.exercises import check, progress",
        'check("encode", lambda text, characters: "<b>bold</b>")',
        "progress()",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the notebook's machinery
        NotebookClient(notebook, timeout=60, kernel_name="python3", resources={"metadata": {"path": str(HERE)}}).execute()
    (verdict,) = notebook.cells[1].outputs
    assert verdict.output_type == "display_data"
    assert "✗" in verdict.data["text/html"] and "&lt;b&gt;bold" in verdict.data["text/html"]
    assert "✗ encode: Your function returned a str" in verdict.data["text/plain"]
    (table,) = notebook.cells[2].outputs
    assert table.output_type == "execute_result" and "<table>" in table.data["text/html"]
    assert "encode" in table.data["text/plain"]


# --- the record -------------------------------------------------------------------------------------------------------


@pytest.fixture
def record(tmp_path, monkeypatch):
    path = tmp_path / "record" / "progress.json"
    path.parent.mkdir()
    monkeypatch.setenv("CHARGEN_PROGRESS", str(path))
    return path


def statuses():
    return {exercise.name: status for exercise, status in progress().rows}


def test_progress_begins_with_nothing(record):
    assert set(statuses().values()) == {"not attempted"}
    assert list(statuses()) == list(EXERCISES)
    won, all_points = progress().points
    assert won == 0 and all_points == sum(e.points for e in EXERCISES.values())
    assert not record.exists()


def test_progress_is_kept_for_other_processes(record):
    check("encode", encode)
    check("bigram_counts", returns(None))
    script = (
        "from chargen_lib.exercises import progress; p = progress(); "
        "print({e.name: s for e, s in p.rows if s != 'not attempted'}, p.points[0], sep=';')"
    )
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=HERE, check=True).stdout
    seen, points = out.split(";")
    assert ast.literal_eval(seen) == {"encode": "correct", "bigram_counts": "wrong"} and int(points) == ENCODE.points


def test_what_was_once_correct_stays_correct(record):
    def stub(text, characters):
        raise NotImplementedError

    check("encode", returns([7]))
    assert statuses()["encode"] == "wrong"
    check("encode", stub)
    assert statuses()["encode"] == "wrong"
    check("encode", encode)
    for later in (returns([7]), stub):
        check("encode", later)
        assert statuses()["encode"] == "correct"


def test_progress_shows_marks_and_points(record):
    check("encode", encode)
    total = sum(e.points for e in EXERCISES.values())
    assert f"{ENCODE.points} of {total} points" in str(progress()) and "✓ encode" in str(progress())
    assert f"{ENCODE.points} of {total} points" in progress()._repr_html_()


@pytest.mark.parametrize(
    "content",
    [b"", b'{"encode": "cor', b"[1, 2]", b'{"encode": "perfect"}', b'{"encode": []}', b"\xff\xfe\x00", b"[" * 100_000],
    ids=["empty", "cut off", "list", "unknown status", "no text", "no unicode", "deep"],
)
def test_a_damaged_record_is_set_aside_with_a_warning(record, content, capsys):
    record.write_bytes(content)
    with pytest.warns(UserWarning, match=r"was damaged .* It was moved to "):
        check("encode", encode)
    assert "Correct." in capsys.readouterr().out
    assert statuses()["encode"] == "correct"
    assert record.with_suffix(".damaged.json").read_bytes() == content


@pytest.mark.parametrize("place", ["no/such/folder/progress.json", "a_file/progress.json", "a_folder"])
def test_a_record_that_cannot_be_written_only_warns(tmp_path, monkeypatch, capsys, place):
    (tmp_path / "a_file").write_text("")
    (tmp_path / "a_folder").mkdir()
    monkeypatch.setenv("CHARGEN_PROGRESS", str(tmp_path / place))
    with pytest.warns(UserWarning, match="Your result counts"):
        assert check("encode", encode).status == "correct"
    assert "Correct." in capsys.readouterr().out
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["a_file", "a_folder"]


@pytest.mark.parametrize("failing", ["os.replace", "json.dump"])
def test_a_full_disk_leaves_the_old_record_whole(record, monkeypatch, failing):
    check("bigram_counts", COUNTS.reference)
    before = record.read_bytes()

    def full(*args, **options):
        raise OSError(28, "No space left on device")

    module, name = failing.split(".")
    with monkeypatch.context() as patch, pytest.warns(UserWarning, match="No space left"):
        patch.setattr({"os": os, "json": json}[module], name, full)
        check("encode", encode)
    assert record.read_bytes() == before and [p.name for p in record.parent.iterdir()] == [record.name]
    check("encode", encode)
    assert statuses()["encode"] == statuses()["bigram_counts"] == "correct"


def test_a_record_that_cannot_be_read_is_not_replaced(record, monkeypatch):
    check("bigram_counts", COUNTS.reference)
    before = record.read_bytes()

    def denied(*args, **options):
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        for reading in ("read_bytes", "read_text"):
            patch.setattr(Path, reading, denied)
        with pytest.warns(UserWarning, match="cannot be read"):
            check("encode", encode)
        with pytest.warns(UserWarning, match="cannot be read"):
            progress()
    assert record.read_bytes() == before
