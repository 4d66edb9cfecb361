"""What a learner sees, in a notebook and in a terminal."""

import io
import os
import subprocess
import sys
import time
import warnings

import pytest
from kernels import over_files
from some_answers import ENCODE, HERE, encode, returns

from chargen_lib import exercises
from chargen_lib.exercises import Report, check, judge, progress
from chargen_lib.exercises.engine import running
from chargen_lib.exercises.engine.report import printable


def test_in_a_terminal_the_verdict_is_plain_and_stands_once(capsys):
    check("encode", encode)
    assert capsys.readouterr().out == "✓ encode: Correct.\n"
    check("encode", returns("<b>bold</b>"))
    out = capsys.readouterr().out
    assert out.startswith("✗ encode: Your function returned a str") and out.count("✗") == 1
    assert "'<b>bold</b>'" in out and "<div" not in out


def test_under_nbgraders_validate_what_is_not_passed_raises(monkeypatch, capsys):
    from chargen_lib.exercises.engine.example import check_example

    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    assert check("encode", encode).status == "correct"
    with pytest.raises(AssertionError, match="not attempted yet"):
        check("encode", to_write)
    with pytest.raises(AssertionError, match="not attempted yet"):
        check_example(to_write, (1,), 1)
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert check("encode", to_write).status == "not attempted"


def to_write(*_):
    raise NotImplementedError("your code here")


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
    with pytest.raises(ValueError, match=r'name comes first, in quotes, and then the function: check\("encode", encode\)'):
        check(encode, "encode")
    for lesson in (99, "1", 1.0, True):
        with pytest.raises(ValueError, match=rf"no lesson {lesson!r}. There are: 1, 2, 3"):
            progress(lesson)


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
        in_here = {"metadata": {"path": str(HERE)}}
        NotebookClient(notebook, timeout=60, kernel_name="python3", resources=in_here, config=over_files()).execute()
    (verdict,) = notebook.cells[1].outputs
    assert verdict.output_type == "display_data"
    assert "✗" in verdict.data["text/html"] and "&lt;b&gt;bold" in verdict.data["text/html"]
    assert "✗ encode: Your function returned a str" in verdict.data["text/plain"]
    (table,) = notebook.cells[2].outputs
    assert table.output_type == "execute_result" and "<table>" in table.data["text/html"]
    assert "encode" in table.data["text/plain"]


def test_a_letter_that_the_terminal_lacks_is_told_by_its_code_and_no_question_mark(monkeypatch):
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    assert printable("✓ encode('café', '日')…") == r"ok encode('caf\xe9', '\u65e5')..."


def test_an_old_terminal_shows_the_verdict_in_plain_letters_and_keeps_it(tmp_path):
    record = tmp_path / "progress.json"
    script = """if True:
        from chargen_lib.exercises import EXERCISES, check, progress
        def wrong(text, characters):
            print("\N{SNOWMAN}")
        check("encode", EXERCISES["encode"].reference)
        check("bigram_counts", wrong)
        print(progress(1))
    """
    environment = os.environ | {"PYTHONIOENCODING": "cp1252", "CHARGEN_PROGRESS": str(record)}
    result = subprocess.run([sys.executable, "-c", script], cwd=HERE, env=environment, capture_output=True, timeout=120)
    out = result.stdout.decode("cp1252")
    assert result.returncode == 0 and result.stderr == b"", result.stderr
    assert out.splitlines()[0] == "ok encode: Correct." and "x bigram_counts: " in out and r"printed   \u2603" in out
    assert "lesson 01  ok encode" in out and "lesson 01  - add_one_loss" in out
    assert '"encode": "correct"' in record.read_text() and '"bigram_counts": "wrong"' in record.read_text()


def test_a_verdict_that_cannot_be_shown_is_in_the_record(monkeypatch):
    def closed(*args, **options):
        raise OSError("the terminal is gone")

    monkeypatch.setattr(exercises.Place, "show", closed)
    with pytest.raises(OSError, match="gone"):
        check("encode", encode)
    assert {e.name: s for e, s in progress().rows}["encode"] == "correct"


def test_a_wait_is_announced_without_a_threat(monkeypatch, capsys):
    monkeypatch.setattr(running, "STILL_RUNNING_AFTER", 0.01)
    check("encode", lambda *args: time.sleep(0.05) or encode(*args))
    said, verdict = capsys.readouterr().out.splitlines()
    assert said == "Running your code. The first time, JAX compiles it, which takes a few seconds."
    assert verdict == "✓ encode: Correct."


def test_a_report_shows_its_warnings_with_the_call_alone():
    report = Report("encode", "wrong", "No.", call="encode('', 'abc')", expected="[]", got="[1]", warned="UserWarning: <b>")
    assert "    warned    UserWarning: <b>" in str(report) and "UserWarning: &lt;b&gt;" in report.html()
