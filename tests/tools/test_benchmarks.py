"""The benchmarks still fit the library.  How fast anything is, they say themselves: no test is timed."""

import importlib.util
import os
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


@pytest.mark.parametrize(("name", "units"), [("a jitted step per Python call", 300), ("fit, transformer", 30)])
def test_a_side_works_in_a_process_of_its_own(benchmarks, name, units):
    side = benchmarks.Side(name)
    try:
        assert side() == units and side.process.pid != os.getpid()
    finally:
        side.close()


def test_it_says_when_the_machine_is_busy(benchmarks, monkeypatch):
    for busy, words in ((3.0, "was idle"), (50.0, "NOT idle: 50 %")):
        monkeypatch.setattr(benchmarks.psutil, "cpu_percent", lambda interval, busy=busy: busy)
        assert words in benchmarks.idle()
