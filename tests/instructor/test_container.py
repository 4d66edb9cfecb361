"""The container's recipe, and the guide's commands for it, agree; an engine was needed to try them, and is not needed here."""

import re
import shlex
from pathlib import Path

import pytest

from chargen_lib import command
from chargen_lib.command import grade

ROOT = Path(__file__).resolve().parents[2]
RECIPE = (ROOT / "Containerfile").read_text()
GUIDES = {name: (ROOT / "book" / "instructors" / f"{name}.md").read_text(encoding="utf-8") for name in ("grading", "class")}
#: What bubblewrap needs in a container, as root: seen red without each of them, with Docker or with Podman.
RIGHTS = {
    *("--cap-add SYS_ADMIN", "--cap-add NET_ADMIN", "--security-opt seccomp=unconfined"),
    *("--security-opt apparmor=unconfined", "--security-opt systempaths=unconfined"),
}
TAKES_A_VALUE = {"--network", "--memory", "--pids-limit", "--cap-add", "--security-opt", "-v"}


def commands(guide, begin):
    """The guide's commands that begin so, in their words."""
    blocks = re.findall(r"^```\n(.*?)^```$", GUIDES[guide], re.DOTALL | re.MULTILINE)
    return [shlex.split(block.replace("\\\n", "")) for block in blocks if block.startswith(begin)]


def parts(words):
    """The options of a `docker run`, its image, and what is run in it."""
    options, rest = [], words[2:]
    while rest[0].startswith("-"):
        takes = 2 if rest[0] in TAKES_A_VALUE else 1
        options.append(" ".join(rest[:takes]))
        rest = rest[takes:]
    return options, rest[0], rest[1:]


@pytest.mark.parametrize("guide", GUIDES)
def test_the_image_is_built_and_run_with_what_the_box_needs(guide):
    (built,), (run,) = commands(guide, "docker build"), commands(guide, "docker run")
    assert built == ["docker", "build", "-f", "Containerfile", "-t", "course", "."]
    options, image, inside = parts(run)
    assert image == built[5] and set(options) > RIGHTS and {"--rm", "--network none", "--pids-limit 2000"} < set(options)
    assert any(option.startswith("--memory ") for option in options)
    (mounted,) = [option.split(":")[1] for option in options if option.startswith("-v ")]
    place = "/course"  # where a container of this image begins
    assert inside[:2] == [".venv/bin/chargen-course", "grade"] and f"WORKDIR {place}\n" in RECIPE
    assert str(Path(place, inside[2])) == mounted
    assert any((ROOT / "solutions").glob(f"{inside[3]}.py"))


def test_what_runs_in_the_container_is_taken_by_the_command(monkeypatch, tmp_path):
    """Its options too; it stops at a folder that is not there."""
    seen = []
    monkeypatch.setattr(grade, "run", seen.append)
    for guide in GUIDES:
        inside = parts(commands(guide, "docker run")[0])[2]
        command.main(inside[1:])
    assert [(str(one.course), one.jobs) for one in seen] == [("grading", None), ("/job", 1)]


def test_the_recipe_makes_the_environment_as_everybody_does():
    (base,) = re.findall(r"^FROM python:(\S+)-slim$", RECIPE, re.MULTILINE)
    assert base in ("3.11", "3.12", "3.13"), "see requires-python"
    assert "RUN sh tools/make_environment.sh dev" in RECIPE and "bubblewrap" in RECIPE
    assert (ROOT / "tools" / "make_environment.sh").exists()
    left_out = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if not line.startswith("#")]
    assert {".git", ".venv", "_build", "grading", "jobs"} == set(left_out), "no secret, mark or submission goes into an image"
    assert b"\r" not in (ROOT / "tools" / "make_environment.sh").read_bytes()
    assert "*.sh text eol=lf" in (ROOT / ".gitattributes").read_text()
