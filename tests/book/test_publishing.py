"""How the book is published: the workflow runs what anybody runs, and no address stands in the sources."""

import importlib.util
import os
import re
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def jobs():
    return {name: job for path in WORKFLOWS for name, job in yaml.safe_load(path.read_text())["jobs"].items()}


def test_the_workflow_runs_the_same_command_as_anybody():
    commands = [step["run"] for step in jobs()["check"]["steps"] if "run" in step]
    assert commands == [".ci/run"]
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_only_what_was_checked_is_published_and_only_from_main():
    publish = jobs()["publish"]
    assert publish["needs"] == "check" and "refs/heads/main" in publish["if"]
    uploaded = [step["with"]["path"] for step in jobs()["check"]["steps"] if "upload" in step.get("uses", "")]
    assert uploaded == ["_build/html"]


def test_no_address_of_the_repository_or_the_site_is_invented():
    for path in [*WORKFLOWS, ROOT / "_config.yml", ROOT / "tools" / "book_site.py"]:
        assert not re.search(r"https?://", path.read_text(encoding="utf-8")), path.name


@pytest.fixture
def set_addresses():
    spec = importlib.util.spec_from_file_location("book_site", ROOT / "tools" / "book_site.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.set_addresses


def test_the_addresses_come_from_the_environment(set_addresses, monkeypatch):
    monkeypatch.setenv("CHARGEN_SITE", "https://example.org/course/")
    monkeypatch.setenv("CHARGEN_REPOSITORY", "https://example.org/someone/course")
    config = SimpleNamespace(html_baseurl="", html_theme_options={"logo": {}})
    set_addresses(None, config)
    assert config.html_baseurl == "https://example.org/course/"
    assert config.html_theme_options["repository_url"] == "https://example.org/someone/course"
    assert config.html_theme_options["logo"] == {}


def test_without_them_there_is_no_link(set_addresses, monkeypatch):
    monkeypatch.delenv("CHARGEN_SITE", raising=False)
    monkeypatch.delenv("CHARGEN_REPOSITORY", raising=False)
    config = SimpleNamespace(html_baseurl="left over", html_theme_options={})
    set_addresses(None, config)
    assert config.html_baseurl == "" and config.html_theme_options == {}


def test_what_ci_runs_is_a_script_that_bash_can_read():
    assert subprocess.run(["bash", "-n", ROOT / ".ci" / "run"], capture_output=True).returncode == 0
