"""Lay out a course for nbgrader: its configuration, and source/NN_slug/NN_slug.ipynb for each lesson, with hidden tests.

    python tools/make_assignments.py [FOLDER]      (FOLDER: grading)

Run again, it brings up to date what it made.  What the instructor changed, and everything nbgrader makes, stays as it is.
"""

import hashlib
import json
import os
import secrets
import sys
from pathlib import Path

try:
    from build_notebooks import ROOT, assignment, sources
except ModuleNotFoundError as error:
    raise SystemExit(
        f"{error.name} is missing. Install what this takes: python -m pip install -r requirements-dev.txt"
    ) from None

MANIFEST = ".chargen-course.json"  # the course's secret, and what was made
CONFIG = """\
# nbgrader's settings for this course.  What you add below wins; what you change here stays.
from chargen_lib.instructor.settings import configure

c = get_config()
configure(c, __file__)
"""


def lay_out(course: Path) -> None:
    """Make or bring up to date the course in the folder `course`, and say what was done."""
    manifest = _read(course / MANIFEST)
    made = {"nbgrader_config.py": CONFIG}
    for source in sources():
        made[f"source/{source.stem}/{source.stem}.ipynb"] = assignment(source, manifest["secret"])
    course.mkdir(mode=0o700, parents=True, exist_ok=True)
    course.chmod(course.stat().st_mode & 0o770)  # no other account reads the secret, the solutions, or the gradebook
    _write(course / MANIFEST, manifest)  # first: a secret that is in a notebook must not be lost
    for name, text in made.items():
        path, before = course / name, manifest["made"].get(name)
        if path.exists() and _digest(path.read_bytes()) not in (before, _digest(text.encode())):
            print(f"{name} holds changes of yours and stays as it is." + _advice(path))
            continue
        if not path.exists() or path.read_bytes() != text.encode():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
            print(f"made {path}")
        manifest["made"][name] = _digest(text.encode())
        _write(course / MANIFEST, manifest)


def _read(path: Path) -> dict:
    if not path.exists():
        return {"secret": secrets.token_hex(16), "made": {}}
    try:
        manifest = json.loads(path.read_bytes())
        return {"secret": str(manifest["secret"]), "made": dict(manifest["made"])}
    except (ValueError, KeyError, TypeError):
        raise SystemExit(
            f"{path} is damaged, so nothing was changed. Restore it from a backup. Without one, delete it: a new secret is drawn, "
            "the notebooks in source/ count as yours, and those that you delete are made anew."
        ) from None


def _write(path: Path, manifest: dict) -> None:
    beside = path.with_suffix(".tmp")
    beside.write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    beside.replace(path)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _advice(path: Path) -> str:
    if path.suffix == ".ipynb":
        return " To have the course's version, move yours away and run this again."
    missing = "chargen_lib.instructor.settings" not in path.read_text(encoding="utf-8", errors="replace")
    return f" It must hold these lines:\n\n{CONFIG}" if missing else ""


def main() -> None:
    course = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "grading"
    lay_out(course)
    nbgrader = os.path.relpath(
        Path(sys.executable).with_name("nbgrader"), course
    )  # another one would not know the course's library
    print(f"The course is in {course}. Next, in that folder: {nbgrader} generate_assignment {sources()[0].stem}")


if __name__ == "__main__":
    main()
