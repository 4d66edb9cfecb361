"""The benchmarks still fit the library.  How fast anything is, they say themselves: no test is timed."""

import importlib.util
import os
import re
from pathlib import Path

import pytest


@pytest.fixture
def benchmarks(monkeypatch):
    path = Path(__file__).resolve().parents[2] / "tools" / "benchmarks.py"
    monkeypatch.syspath_prepend(str(path.parent))
    spec = importlib.util.spec_from_file_location("benchmarks", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "in_turn", lambda slow, fast, rounds=1: (slow(), fast(), 2.0))  # each once, and no clock
    return module


@pytest.mark.parametrize("part", ["generation", "search"])
def test_it_runs_what_the_library_has(benchmarks, part):
    results = getattr(benchmarks, part)()
    assert results and all(result.measured and result.goal for result in results)


@pytest.mark.parametrize(
    ("name", "of_a_round"),
    [
        ("a jitted step per Python call", 300),
        ("fit, transformer", 30),
        ("a whole call for each character", 32),
        ("generate, transformer, 100 characters", 100),
    ],
)
def test_a_side_works_in_a_process_of_its_own(benchmarks, name, of_a_round):
    side = benchmarks.Side(name)
    try:
        units = side()
        assert units > 0 and units % of_a_round == 0 and side.process.pid != os.getpid()
    finally:
        side.close()


def test_it_says_when_the_machine_is_busy(benchmarks, monkeypatch):
    for busy, words in ((3.0, "was idle"), (50.0, "NOT idle: 50 %")):
        monkeypatch.setattr(benchmarks.psutil, "cpu_percent", lambda interval, busy=busy: busy)
        assert words in benchmarks.idle()


def test_measuring_one_group_leaves_the_others_as_they_stand(benchmarks, monkeypatch, tmp_path):
    def group(what):
        return lambda: [benchmarks.Result(what, "2 times", "1 times", True), benchmarks.Result("more", "–", "–", None)]

    monkeypatch.setattr(benchmarks, "OUTPUT", tmp_path / "page.md")
    monkeypatch.setattr(benchmarks, "idle", lambda: "Idle.")
    monkeypatch.setattr(benchmarks, "GROUPS", {name: (f"Of {name}", group(f"old {name}")) for name in "abc"})
    benchmarks.main([])
    page = benchmarks.OUTPUT.read_text(encoding="utf-8")
    assert page.count("\n## Of ") == 3 and page.count("| more |") == 3
    benchmarks.GROUPS["b"] = ("Of b", group("new b"))
    for names in (["b"], ["b", "c"]):
        benchmarks.main(names)
        assert benchmarks.OUTPUT.read_text(encoding="utf-8") == page.replace("old b", "new b")
    with pytest.raises(SystemExit, match="'d': there are a, b, c"):
        benchmarks.main(["a", "d"])


def test_the_page_has_the_sections_that_are_measured(benchmarks):
    titles = [title for title, _ in benchmarks.GROUPS.values()]
    headings = re.findall(r"^## (.*)$", benchmarks.OUTPUT.read_text(encoding="utf-8"), re.MULTILINE)
    assert headings == [title for title in titles if title in headings]
