"""Setting up explains itself, and says in one sentence what is missing."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]
MAKE, SH = shutil.which("make"), shutil.which("sh")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCKS = {name: (ROOT / name).read_text(encoding="utf-8") for name in ("requirements.txt", "requirements-dev.txt")}


def pinned(name):
    return [Requirement(line) for line in LOCKS[name].splitlines() if line.strip() and not line.lstrip().startswith("#")]


@pytest.mark.skipif(not MAKE, reason="there is no make here")
def test_make_alone_explains_itself():
    result = subprocess.run([MAKE], cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0 and result.stderr == ""
    for target in ("lab", "test", "book", "notebooks", "lint"):
        assert re.search(rf"^  make {target} +\S.*", result.stdout, re.MULTILINE), result.stdout


GROUPED = """
import os, pytest
@pytest.mark.xdist_group("one")
@pytest.mark.parametrize("number", range(6))
def test_it(number):
    open(os.environ["PYTEST_XDIST_WORKER"], "a").close()
"""


def test_what_is_marked_as_a_group_goes_to_one_worker(tmp_path):
    """Or every course is graded, and every model of a figure compiled, in each worker, and nothing says so."""
    (tmp_path / "test_grouped.py").write_text(GROUPED)
    tool = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadgroup", "test_grouped.py"]
    said = subprocess.run(tool, cwd=tmp_path, capture_output=True, text=True)
    assert "6 passed" in said.stdout, said.stdout
    assert len(list(tmp_path.glob("gw*"))) == 1
    wanted = next(r for line in PROJECT["optional-dependencies"]["dev"] if (r := Requirement(line)).name == "pytest")
    newest = re.search(r'"(pytest<[^"]*)"', (ROOT / "Makefile").read_text(encoding="utf-8"))
    assert set(Requirement(newest[1]).specifier) <= set(wanted.specifier), "the newest packages are tested with such a one too"


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


needs_make = pytest.mark.skipif(not (SH and MAKE), reason="there is no make here")
# It keeps an account of what pip is asked for; what pip then does is in pip.sh.
FAKE_PYTHON = """#!{sh}
case "$*" in
    --version) echo "Python 3.12.1";;
    "-m venv "*) mkdir -p "$3/bin"; cp "$0" "$3/bin/python";;
    "-m pip "*) echo "$* | PIP_USER=$PIP_USER PIP_TARGET=$PIP_TARGET PYTHONPATH=$PYTHONPATH" >>"{account}"; . "{pip}";;
esac
"""
SET_UP = ["Makefile", "pyproject.toml", "requirements.txt", "requirements-dev.txt"]
SET_UP += ["tools/make_environment.sh", "tools/mend_moved_venv.py", "tools/jupyter"]
LESSONS, ALL = ".venv/.ready", ".venv/.ready-dev"


class Course:
    """A course folder, with a space in its name, whose set-up uses a made-up Python and pip."""

    def __init__(self, folder):
        self.folder, self.account, self.pip, self.bin = (
            folder / "the course",
            folder / "account",
            folder / "pip.sh",
            folder / "bin",
        )
        for name in SET_UP:
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, self.folder / name)
        (self.folder / "chargen_lib").mkdir()
        self.account.touch()
        self.pip.touch()
        self.add_python(self.bin / "python3")

    def add_python(self, path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(FAKE_PYTHON.format(sh=SH, account=self.account, pip=self.pip))
        path.chmod(0o755)

    def make(self, *arguments, **environment):
        environment = {"PATH": f"{self.bin}:{os.defpath}", "HOME": str(self.folder.parent), **environment}
        return subprocess.run(
            [MAKE, *arguments],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # whoever runs the tests may have it ignored
        )

    def installed(self):
        """What pip has been asked for since the last time, without the flags."""
        asked = [line.split(" | ")[0].split()[-1] for line in self.account.read_text().splitlines()]
        self.account.write_text("")
        return asked


@pytest.fixture
def course(tmp_path):
    return Course(tmp_path)


@needs_make
def test_a_learner_gets_what_the_lessons_need_and_the_rest_when_it_is_asked_for(course):
    assert course.make(LESSONS).returncode == 0
    assert course.installed() == ["requirements.txt", "."]
    assert course.make(LESSONS).returncode == 0 and course.installed() == [], "once is enough"
    assert not (course.folder / ALL).exists()
    assert course.make(ALL).returncode == 0
    assert course.installed() == ["requirements-dev.txt", "."]
    assert course.make(LESSONS, ALL).returncode == 0 and course.installed() == []


@needs_make
def test_who_begins_with_the_tests_waits_for_one_installation(course):
    assert course.make(ALL, LESSONS).returncode == 0
    assert course.installed() == ["requirements-dev.txt", "."]


@needs_make
@pytest.mark.parametrize("target", ["lab", "test", "lint", "notebooks", "assignments", "book", "slides", "bench"])
def test_each_command_asks_for_what_it_needs(course, target):
    would = course.make("-n", target).stdout
    assert re.findall(r"make_environment\.sh.*", would) == ["make_environment.sh" + (" dev" if target != "lab" else "")]


@needs_make
@pytest.mark.parametrize("file", ["requirements.txt", "pyproject.toml", "tools/make_environment.sh"])
def test_what_has_changed_is_installed(course, file):
    course.make(LESSONS)
    course.installed()
    later = time.time() + 5
    os.utime(course.folder / file, (later, later))
    assert course.make(LESSONS).returncode == 0 and course.installed() == ["requirements.txt", "."]


@needs_make
def test_settings_meant_for_other_environments_change_nothing(course):
    elsewhere = {"PIP_USER": "1", "PIP_TARGET": "/elsewhere", "PYTHONPATH": "/elsewhere", "PIP_REQUIRE_VIRTUALENV": "1"}
    assert course.make(LESSONS, **elsewhere).returncode == 0
    lines = course.account.read_text().splitlines()
    assert [line.split(" | ")[1] for line in lines] == ["PIP_USER=0 PIP_TARGET= PYTHONPATH="] * 2


@needs_make
def test_a_python_with_a_space_in_its_path_is_taken(course):
    chosen = course.folder.parent / "my pythons" / "python 3.12"
    course.add_python(chosen)
    (course.bin / "python3").write_text(f"#!{SH}\nexit 1\n")
    result = course.make(LESSONS, f"PYTHON={chosen}")
    assert result.returncode == 0, result.stderr
    assert course.installed() == ["requirements.txt", "."]
    assert f'"{chosen}" -m venv' in course.make("-n", "test-newest", f"PYTHON={chosen}").stdout


@needs_make
@pytest.mark.parametrize("signal_name", ["INT", "TERM", "KILL"])
def test_an_interrupted_installation_begins_afresh_the_next_time(course, signal_name):
    course.pip.write_text(f": >.venv/half; kill -{signal_name} $PPID; sleep 0.2; exit 1")
    assert course.make(LESSONS).returncode != 0 and (course.folder / ".venv" / "half").exists()
    assert not (course.folder / LESSONS).exists()
    course.pip.write_text("")
    course.installed()
    result = course.make(LESSONS)
    assert result.returncode == 0 and "Making .venv" in result.stdout
    assert not (course.folder / ".venv" / "half").exists() and course.installed() == ["requirements.txt", "."]


OFFLINE = """: >.venv/kept
echo "WARNING: Retrying (Retry(total=0, connect=None)) after connection broken by 'NewConnectionError(...)'" >&2
echo "ERROR: No matching distribution found for absl-py==2.5.1" >&2
exit 1"""


@needs_make
def test_without_a_network_one_sentence_says_so_and_what_came_is_kept(course):
    course.pip.write_text(OFFLINE)
    result = course.make("-s", LESSONS)
    told = [line for line in result.stderr.splitlines() if not line.startswith("make")]
    assert result.returncode != 0 and len(told) == 1 and "no connection" in told[0] and "again" in told[0], result.stderr
    assert not (course.folder / LESSONS).exists()
    course.pip.write_text("")
    assert course.make(LESSONS).returncode == 0 and (course.folder / ".venv" / "kept").exists()


@needs_make
def test_what_else_pip_finds_wrong_is_told_in_its_words(course):
    course.pip.write_text('echo "ERROR: Could not install packages: No space left on device" >&2; exit 1')
    result = course.make("-s", LESSONS)
    assert result.returncode != 0 and "No space left on device" in result.stderr and "Mend that" in result.stderr
    assert "connection" not in result.stderr


# --- a course folder that moves -----------------------------------------------------------------------------------------


@needs_make
@pytest.mark.parametrize("name", ["renamed", "Jim's own course"])
def test_a_moved_course_works_where_it_is(course, name):
    course.make(LESSONS)
    course.installed()
    old = course.folder
    shutil.rmtree(old / ".venv" / "bin")  # from here on with a real Python
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", old / ".venv"], check=True)
    packages = next((old / ".venv" / "lib").glob("python*/site-packages"))
    finder = packages / "__editable___chargen_course_0_1_0_finder.py"
    finder.write_text(f"MAPPING: dict[str, str] = {{'chargen_lib': {str(old / 'chargen_lib')!r}}}\n")
    body = "import sys\nprint(sys.executable)\n"
    commands = {
        "foreign": f"#!{sys.executable}\n{body}",
        "spaced": f"#!/bin/sh\n'''exec' \"{old}/.venv/bin/python\" \"$0\" \"$@\"\n' '''\n{body}",
        "short": f"#!{old}/.venv/bin/python3\n{body}",
    }
    for command, text in commands.items():
        (old / ".venv" / "bin" / command).write_text(text)
        (old / ".venv" / "bin" / command).chmod(0o755)

    new = course.folder = old.with_name(name)
    old.rename(new)
    result = course.make(LESSONS)
    assert result.returncode == 0 and str(new) in result.stdout, result.stderr
    assert course.installed() == [], "nothing is fetched for it"
    for command in ("spaced", "short"):
        told = subprocess.run([new / ".venv" / "bin" / command], capture_output=True, text=True)
        assert told.stdout == f"{new}/.venv/bin/python\n", told.stderr
    assert (new / ".venv" / "bin" / "foreign").read_text() == commands["foreign"], "another environment's is left alone"
    scope = {}
    exec((new / finder.relative_to(old)).read_text(), scope)
    assert scope["MAPPING"] == {"chargen_lib": f"{new}/chargen_lib"}
    shell = subprocess.run([SH, "-c", '. .venv/bin/activate; echo "$VIRTUAL_ENV"'], cwd=new, capture_output=True, text=True)
    assert shell.stdout == f"{new}/.venv\n", shell.stderr
    assert str(new) not in course.make(LESSONS).stdout, "once is enough"


@needs_make
@pytest.mark.parametrize(("target", "requirements"), [(LESSONS, "requirements.txt"), (ALL, "requirements-dev.txt")])
def test_an_environment_whose_python_has_gone_is_made_anew(course, target, requirements):
    course.make(target)
    course.installed()
    (course.folder / ".venv" / "bin" / "python").unlink()
    result = course.make(target)
    assert result.returncode == 0 and "Making .venv" in result.stdout
    assert course.installed() == [requirements, "."]


# --- JupyterLab ---------------------------------------------------------------------------------------------------------


def test_jupyterlab_is_the_learners_whatever_else_is_installed(tmp_path):
    """No button, menu or page of what tests, book and grading bring along, and no question about news."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    (tmp_path / "root").mkdir()
    own = (
        "JUPYTER_CONFIG_DIR",
        "JUPYTER_DATA_DIR",
        "JUPYTER_RUNTIME_DIR",
        "JUPYTERLAB_SETTINGS_DIR",
        "JUPYTERLAB_WORKSPACES_DIR",
    )
    environment = os.environ | {name: str(tmp_path / name) for name in own} | {"IPYTHONDIR": str(tmp_path)}
    ours = ROOT / "tools" / "jupyter"  # copied into .venv by the set-up
    environment["JUPYTER_CONFIG_PATH"] = str(ours / "etc" / "jupyter")
    flags = [f"--ServerApp.root_dir={tmp_path / 'root'}", f"--LabApp.app_settings_dir={ours / 'share/jupyter/lab/settings'}"]
    flags += ["--no-browser", "--allow-root", "--IdentityProvider.token=", f"--ServerApp.port={address.rpartition(':')[2]}"]
    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen([sys.executable, "-m", "jupyterlab", *flags], env=environment, stdout=log, stderr=log)
    try:
        for _ in range(240):
            try:
                page = urllib.request.urlopen(f"{address}/lab", timeout=10).read().decode()
                break
            except urllib.error.URLError:
                assert server.poll() is None, (tmp_path / "log").read_text()
                time.sleep(0.25)
        config = json.loads(re.search(r'<script id="jupyter-config-data"[^>]*>(.*?)</script>', page, re.DOTALL)[1])
        shown = {extension["name"] for extension in config["federated_extensions"]} - set(config["disabledExtensions"])
        assert shown <= {"@jupyter-widgets/jupyterlab-manager", "anywidget", "jupyterlab_pygments"}
        for place in ("formgrader", "assignments", "tree"):
            with pytest.raises(urllib.error.HTTPError, match="404"):
                urllib.request.urlopen(f"{address}/{place}", timeout=10)
        notices = f"{address}/lab/api/settings/@jupyterlab/apputils-extension:notification"
        settings = json.load(urllib.request.urlopen(notices, timeout=10))
        assert settings["schema"]["properties"]["fetchNews"]["default"] == "false"
    finally:
        server.terminate()
        server.wait(20)


# --- a book that failed -------------------------------------------------------------------------------------------------

TINY_BOOK = {
    "_config.yml": "title: Tiny\nexecute: {execute_notebooks: cache, stderr_output: error}\nonly_build_toc_files: true\n"
    "exclude_patterns: ['.*', _build]\n",
    "book/_toc.yml": "format: jb-book\nroot: book/page\n",
    "book/page.md": """---
jupytext: {text_representation: {extension: .md, format_name: myst}}
kernelspec: {name: python3, display_name: Python 3}
---
# A page

```{code-cell}
from pathlib import Path

print("It says", Path("../cause").read_text())
```
""",
    "tests/book/test_book.py": 'def test_it():\n    assert "It says so" in open("_build/html/book/page.html").read()\n',
}


@needs_make
def test_a_book_forgets_what_a_changed_library_printed(course):
    """Both what was run and the pages read from it: Sphinx looks at a page again only if its source has changed."""
    assert course.make("_build/library.stamp").returncode == 0
    kept = [course.folder / "_build" / name for name in (".jupyter_cache", ".doctrees")]
    for folder in kept:
        folder.mkdir()
    assert course.make("_build/library.stamp").returncode == 0 and all(folder.exists() for folder in kept)
    later = time.time() + 5
    (course.folder / "chargen_lib" / "new.py").touch()
    os.utime(course.folder / "chargen_lib" / "new.py", (later, later))
    assert course.make("_build/library.stamp").returncode == 0 and not any(folder.exists() for folder in kept)


@needs_make
def test_a_book_heals_when_what_made_it_fail_is_gone(course):
    pytest.importorskip("jupyter_book")
    for name, text in TINY_BOOK.items():
        (course.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (course.folder / name).write_text(text)
    shutil.copy(ROOT / "tools" / "run_lessons.py", course.folder / "tools")
    course.make(ALL)
    for command, runs in {
        "python": '"$@"',
        "jupyter-book": "-c 'from jupyter_book.cli.main import main; main()' \"$@\"",
    }.items():
        (course.folder / ".venv" / "bin" / command).write_text(f'#!{SH}\nexec "{sys.executable}" {runs}\n')
        (course.folder / ".venv" / "bin" / command).chmod(0o755)
    failed = course.make("book")
    assert failed.returncode != 0 and "page.err.log" in failed.stderr, failed.stderr
    (course.folder / "cause").write_text("so")
    healed = course.make("book")
    assert healed.returncode == 0, healed.stdout + healed.stderr


# --- where there is no make ---------------------------------------------------------------------------------------------


def jobs():
    return yaml.safe_load((ROOT / ".github" / "workflows" / "course.yml").read_text(encoding="utf-8"))["jobs"]


def test_windows_and_macos_are_set_up_as_the_readme_says():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    lines = re.findall(r"^\.venv/bin/python (-m pip install .*)$", readme, re.MULTILINE)
    assert len(lines) == 2
    job = jobs()["elsewhere"]
    assert job["strategy"]["matrix"]["os"] == ["windows-latest", "macos-latest"]
    runs = [step["run"] for step in job["steps"] if "run" in step]
    assert runs[:2] == [f"python {line}" for line in lines]
    for path in re.findall(r"\S+\.(?:ipynb|txt)|(?<=--ignore=)\S+", " ".join(runs)):
        assert (ROOT / path).exists(), path


def test_what_takes_long_runs_every_week():
    job = jobs()["thorough"]
    assert "schedule" in job["if"]
    assert [step["run"].split()[:2] for step in job["steps"] if "run" in step] == [
        ["make", "test-thorough"],
        ["make", "test-newest"],
        ["make", "house-models"],
    ]


# --- the pins -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LOCKS)
def test_requirements_pin_everything_to_one_version(name):
    assert len(pinned(name)) > 50
    for requirement in pinned(name):
        assert [s.operator for s in requirement.specifier] == ["=="], str(requirement)
    assert "jax==0.10.2" in {str(requirement) for requirement in pinned(name)}


@pytest.mark.parametrize("name", LOCKS)
def test_requirements_hold_no_address(name):
    assert "://" not in LOCKS[name] and "index-url" not in LOCKS[name] and " @ " not in LOCKS[name]


def test_what_is_added_for_tests_changes_nothing_of_what_the_lessons_use():
    assert set(map(str, pinned("requirements.txt"))) < set(map(str, pinned("requirements-dev.txt")))


def test_a_learner_gets_none_of_what_makes_and_grades_the_course():
    names = {requirement.name for requirement in pinned("requirements.txt")}
    assert not names & {Requirement(line).name for line in PROJECT["optional-dependencies"]["dev"]}


@pytest.mark.parametrize("name", LOCKS)
def test_every_range_is_bounded_and_admits_its_pin(name):
    versions = {r.name: Version(next(iter(r.specifier)).version) for r in pinned(name)}
    dev = PROJECT["optional-dependencies"]["dev"] if "dev" in name else []
    for requirement in map(Requirement, PROJECT["dependencies"] + dev):
        assert any(s.operator == "<" for s in requirement.specifier), f"{requirement} has no upper bound"
        assert versions[requirement.name] in requirement.specifier, f"{requirement} does not admit {versions[requirement.name]}"


def test_the_pythons_of_the_set_up_are_those_of_the_package():
    assert PROJECT["requires-python"] == ">=3.11,<3.14"
    script = (ROOT / "tools" / "make_environment.sh").read_text(encoding="utf-8")
    assert "(3, 11) <= sys.version_info[:2] <= (3, 13)" in script
