"""chargen-course merge: what was graded in copies of a course's folder, put together in one."""

import argparse
from pathlib import Path

HELP = "take into a course's gradebook what was graded in copies of its folder"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `merge` takes."""
    parser.add_argument("course", type=Path, metavar="COURSE", help="nbgrader's course folder")
    parser.add_argument("copies", type=Path, nargs="+", metavar="COPY", help="a copy of it, in which some students were graded")


def run(chosen: argparse.Namespace) -> None:
    """Merge each copy, and say who was taken and what was left."""
    try:
        from chargen_lib.instructor.merge import merge
        from chargen_lib.instructor.settings import find_alembic
    except ModuleNotFoundError as error:
        raise SystemExit(f"{error.name} is missing. Install it: python -m pip install nbgrader") from None
    find_alembic()
    left: list[str] = []
    for copy in chosen.copies:
        try:
            taken, others = merge(chosen.course, copy)
        except FileNotFoundError as error:
            left.append(f"{copy}: {error}")
            continue
        print(f"{copy}: {len(taken)} taken" + (f" ({'; '.join(taken)})" if taken else ""))
        left += others
    if left:
        raise SystemExit("Left out:\n  " + "\n  ".join(left))
