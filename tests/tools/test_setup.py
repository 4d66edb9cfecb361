"""Setting up explains itself, and says in one sentence what is missing."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]
MAKE, SH = shutil.which("make"), shutil.which("sh")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCK = (ROOT / "requirements.txt").read_text(encoding="utf-8")
PINNED = [Requirement(line) for line in LOCK.splitlines() if line.strip() and not line.lstrip().startswith("#")]


@pytest.mark.skipif(not MAKE, reason="there is no make here")
def test_make_alone_explains_itself():
    result = subprocess.run([MAKE], cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0 and result.stderr == ""
    for target in ("lab", "test", "book", "notebooks", "lint"):
        assert re.search(rf"^  make {target} +\S.*", result.stdout, re.MULTILINE), result.stdout


# --- the environment ----------------------------------------------------------------------------------------------------


@pytest.fixture
def make_environment(tmp_path):
    """Run tools/make_environment.sh in an empty folder where only a made-up python3 is found."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "course").mkdir()

    def run(python3=None, **environment):
        if python3:
            (tmp_path / "bin" / "python3").write_text(f"#!{SH}\n{python3}\n")
            (tmp_path / "bin" / "python3").chmod(0o755)
        result = subprocess.run(
            [SH, ROOT / "tools" / "make_environment.sh"],
            cwd=tmp_path / "course",
            env={"PATH": str(tmp_path / "bin"), **environment},
            capture_output=True,
            text=True,
        )
        assert not list((tmp_path / "course").iterdir()), "nothing half made is left"
        return result

    return run


def assert_one_sentence(result, *words):
    assert result.returncode != 0 and result.stdout == ""
    assert len(result.stderr.splitlines()) == 1, result.stderr
    for word in words:
        assert word in result.stderr, result.stderr


needs_sh = pytest.mark.skipif(not SH, reason="there is no sh here")
TOO_OLD = 'case "$1" in --version) echo "Python 3.10.14";; *) exit 1;; esac'
NO_VENV = 'case "$2" in *venv*) exit 1;; *) exit 0;; esac'


@needs_sh
def test_a_python_too_old_is_told(make_environment):
    assert_one_sentence(make_environment(TOO_OLD), "needs Python 3.11, 3.12 or 3.13", "Python 3.10.14", "make PYTHON=")


@needs_sh
def test_no_python_at_all_is_told(make_environment):
    assert_one_sentence(make_environment(), "needs Python 3.11, 3.12 or 3.13", "none")


@needs_sh
def test_a_chosen_python_that_does_not_suit_is_told(make_environment, tmp_path):
    chosen = tmp_path / "chosen"
    chosen.write_text(f'#!{SH}\ncase "$1" in --version) echo "Python 3.9.1";; *) exit 1;; esac\n')
    chosen.chmod(0o755)
    assert_one_sentence(make_environment("exit 0", PYTHON=str(chosen)), "needs Python 3.11", "Python 3.9.1")


@needs_sh
def test_a_python_without_venv_is_told(make_environment):
    assert_one_sentence(make_environment(NO_VENV), "python3 has no venv module", "apt install python3-venv")


# --- the pins -----------------------------------------------------------------------------------------------------------


def test_requirements_pin_everything_to_one_version():
    assert len(PINNED) > 50
    for requirement in PINNED:
        assert [s.operator for s in requirement.specifier] == ["=="], str(requirement)
    assert "jax==0.10.2" in {str(requirement) for requirement in PINNED}


def test_requirements_hold_no_address():
    assert "://" not in LOCK and "index-url" not in LOCK and " @ " not in LOCK


def test_every_range_is_bounded_and_admits_its_pin():
    versions = {r.name: Version(next(iter(r.specifier)).version) for r in PINNED}
    wanted = [Requirement(line) for line in PROJECT["dependencies"] + PROJECT["optional-dependencies"]["dev"]]
    for requirement in wanted:
        assert any(s.operator == "<" for s in requirement.specifier), f"{requirement} has no upper bound"
        assert versions[requirement.name] in requirement.specifier, f"{requirement} does not admit {versions[requirement.name]}"


def test_the_pythons_of_the_set_up_are_those_of_the_package():
    assert PROJECT["requires-python"] == ">=3.11,<3.14"
    script = (ROOT / "tools" / "make_environment.sh").read_text(encoding="utf-8")
    assert "(3, 11) <= sys.version_info[:2] <= (3, 13)" in script
