"""An answer that hangs, floods or fills the memory is stopped, and what it prints is shown."""

import signal
import subprocess
import sys
import threading
import time
import warnings

import jax
import jax.numpy as jnp
import numpy as np
import psutil
import pytest
from kernels import over_files
from some_answers import ENCODE, ENTROPY, HERE, diagnosis, encode

from chargen_lib.exercises import EXERCISES, judge
from chargen_lib.exercises.engine import running

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
    assert NOT_FINISHED in result.stdout and result.returncode == 0
    # At the end of its stack even what Python calls in between fails, and Python had begun to say so when the process ended: seen once.
    assert result.stderr in ("", "Exception ignored in: ")


def test_a_flood_of_output_is_stopped(capsys):
    def prints(text, characters):
        while True:
            print("x" * 1000)

    def prints_a_megabyte(text, characters):
        print("x" * 1_000_000)
        return encode(text, characters)

    for answer in (prints, prints_a_megabyte):
        assert "prints or displays more than anybody can read" in diagnosis(ENCODE, answer)
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


def test_displaying_without_end_is_stopped_and_a_little_of_it_is_told():
    import nbformat
    from nbclient import NotebookClient

    cells = [
        """
from IPython.display import HTML, display
from chargen_lib.exercises import EXERCISES, check
right = EXERCISES["encode"].reference
def floods(*args):
    while True:
        display(HTML("x"))
def shows(text, characters):
    display({"looking at": text})
    return [characters.index(c) for c in text]""",
        'check("encode", floods)',
        'check("encode", shows)',
        'display("seen")',
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the notebook's machinery
        in_here = {"metadata": {"path": str(HERE)}}
        NotebookClient(notebook, timeout=120, kernel_name="python3", resources=in_here, config=over_files()).execute()
    (flood,), (little,), (after,) = (cell.outputs for cell in notebook.cells[1:])
    assert "prints or displays more" in flood.data["text/plain"]
    assert "looking at" in little.data["text/html"] and "printed" in little.data["text/html"]
    assert after.data["text/plain"] == "'seen'", "the notebook's own display is put back"


def test_a_list_that_grows_without_end_is_stopped_by_its_memory(monkeypatch):
    def grows(text, characters):
        row = []
        while True:
            row.append([0] * 100_000)

    monkeypatch.setattr(running, "MEMORY_LIMIT", 2**28)
    before, began = psutil.Process().memory_info().rss, time.monotonic()
    assert "fills the computer's memory" in diagnosis(ENCODE, grows)
    assert time.monotonic() - began < 15
    assert psutil.Process().memory_info().rss - before < 2**31
    assert judge(ENCODE, encode).status == "correct"


def test_a_warning_belongs_to_the_call_that_is_shown():
    def warns_on_the_call_that_fails(counts):
        if len(counts) == 2:
            return ENTROPY.reference(counts)
        return np.log(0 * np.asarray(counts, float)).sum()

    report = judge(ENTROPY, warns_on_the_call_that_fails)
    assert report.warned == "RuntimeWarning: divide by zero encountered in log"
    assert report.warned in str(report) and report.warned in report.html()

    def warns_and_is_right(counts):
        warnings.warn("look here", stacklevel=1)
        return ENTROPY.reference(counts)

    def warns_on_a_call_before(counts):
        if len(counts) == 2:
            warnings.warn("look here", stacklevel=1)
            return ENTROPY.reference(counts)
        return 7.0

    for answer, status in ((warns_and_is_right, "correct"), (warns_on_a_call_before, "wrong")):
        report = judge(ENTROPY, answer)
        assert report.status == status and "look here" not in str(report) and not report.warned and not report.printed


def test_a_notebook_that_makes_errors_of_warnings_keeps_its_filters():
    def warns(text, characters):
        warnings.warn("look here", stacklevel=1)
        return encode(text, characters)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        before = list(warnings.filters), warnings.showwarning
        assert judge(ENCODE, warns).status == "correct"
        assert (list(warnings.filters), warnings.showwarning) == before


SWITCHES = {
    "jax_debug_nans": True,
    "jax_debug_infs": True,
    "jax_enable_x64": True,
    "jax_disable_jit": True,
    "jax_check_tracer_leaks": True,
    "jax_enable_checks": True,
    "jax_debug_key_reuse": True,
    "jax_numpy_rank_promotion": "raise",
    "jax_numpy_dtype_promotion": "strict",
    "jax_default_matmul_precision": "bfloat16",
    "jax_transfer_guard": "disallow",
}


@pytest.mark.parametrize("switch", SWITCHES)
def test_a_switch_of_jax_changes_no_verdict_and_stays_as_it_was(switch):
    seen = {}

    def softmax(logits):
        seen.update({name: getattr(jax.config, name) for name in SWITCHES})
        jnp.log(jnp.zeros(2)) - jnp.log(jnp.zeros(1))  # inf - inf is NaN, of the wrong rank
        jnp.arange(3) + jnp.ones(3, jnp.float16)
        assert jax.random.uniform(jax.random.key(0)) == jax.random.uniform(jax.random.key(0))
        assert jnp.asarray(np.ones(2)).dtype == jnp.float32
        key = jax.random.key(0)
        jax.random.uniform(key) + jax.random.uniform(key)
        weights = jnp.exp(logits - logits.max(axis=-1, keepdims=True))
        return weights / weights.sum(axis=-1, keepdims=True)

    before = getattr(jax.config, switch)
    try:
        jax.config.update(switch, SWITCHES[switch])
        report = judge(EXERCISES["softmax"], softmax)
        after = getattr(jax.config, switch)
    finally:
        jax.config.update(switch, before)
    assert report.status == "correct", str(report)
    assert seen[switch] in (False, None, "allow", "standard")
    assert after == SWITCHES[switch]
