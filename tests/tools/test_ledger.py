"""The tool of the recorded ledger still fits the library and the page.  How good anything is, it says itself."""

import importlib.util
import sys
from pathlib import Path

import pytest

from chargen_lib.corpora import Corpus

TOOLS = Path(__file__).resolve().parents[2] / "tools"


@pytest.fixture
def ledger(monkeypatch):
    monkeypatch.syspath_prepend(str(TOOLS))
    spec = importlib.util.spec_from_file_location("ledger", TOOLS / "ledger.py")
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "ledger", module)  # a dataclass looks there for its own module
    spec.loader.exec_module(module)
    return module


def test_it_trains_for_its_minutes_and_tells_fresh_windows_from_a_carried_state(ledger, monkeypatch):
    text = "to be or not to be, that is the question. " * 20
    monkeypatch.setattr(ledger.corpora, "load", lambda name: Corpus(name, text, "", ""))
    monkeypatch.setattr(ledger, "PILOT", 3)
    monkeypatch.setattr(ledger, "WINDOW", 5)
    entry = ledger.Entry("a GRU", ledger.gru(4), minutes=1e-3, batch_size=2, seq_len=8)
    _, _, counted, trained = (line.strip("| ").split(" | ") for line in ledger.table([entry]).splitlines())
    assert counted[:2] == ["modified Kneser-Ney, context 6", "–"] and trained[0] == "a GRU" and "steps)" in trained[1]
    for fresh, carried, bits in (map(float, row[2:]) for row in (counted, trained)):
        assert fresh != carried and abs(bits - carried / 0.6931) < 1e-3
    assert float(counted[2]) > float(counted[3]) + 0.3, "windows of five characters cut off what was to be looked up"


def test_the_page_has_a_place_for_it_and_keeps_the_rest(ledger):
    page = ledger.PAGE.read_text(encoding="utf-8")
    written = ledger.written_into(page, "a ledger")
    assert f"{ledger.BEGINS}\na ledger\n\n{ledger.ENDS}" in written
    assert ledger.written_into(written, "another") == ledger.written_into(page, "another")
    assert written.split(ledger.BEGINS)[0] == page.split(ledger.BEGINS)[0]
    with pytest.raises(ValueError, match="Nothing was written"):
        ledger.written_into("no place", "a ledger")
