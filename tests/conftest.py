"""Tests leave no record of their own among a learner's."""

import pytest


@pytest.fixture(autouse=True)
def own_record(tmp_path, monkeypatch):
    monkeypatch.setenv("CHARGEN_PROGRESS", str(tmp_path / "progress.json"))
