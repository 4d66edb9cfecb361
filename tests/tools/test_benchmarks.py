"""The benchmarks still fit the library.  How fast anything is, they say themselves: no test is timed."""

import importlib.util
from pathlib import Path

import pytest


@pytest.fixture
def benchmarks(monkeypatch):
    path = Path(__file__).resolve().parents[2] / "tools" / "benchmarks.py"
    spec = importlib.util.spec_from_file_location("benchmarks", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "in_turn", lambda slow, fast, rounds=1: (slow(), fast(), 2.0))  # each once, and no clock
    return module


@pytest.mark.parametrize("part", ["generation", "training", "search"])
def test_it_runs_what_the_library_has(benchmarks, part):
    results = getattr(benchmarks, part)()
    assert results and all(result.measured and result.goal for result in results)
