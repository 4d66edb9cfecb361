"""chargen-course report: what the class passed and met, from nbgrader's gradebook."""

import argparse
from collections.abc import Sequence
from pathlib import Path

UNBOXED = "RUN WITHOUT A BOX, with your rights: read these notebooks before you believe a mark"
HELP = "what the class passed and met, from nbgrader's gradebook, as a page and a CSV file"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `report` takes."""
    parser.add_argument("course", type=Path, metavar="COURSE", help="nbgrader's course folder")
    parser.add_argument("--out", type=Path, help="what to write (COURSE/report.html, and report.csv beside it)")


def run(chosen: argparse.Namespace) -> None:
    """Write the page and the table of the whole course, and call the roll."""
    if not chosen.course.is_dir():
        raise SystemExit(f"There is no folder {chosen.course}. COURSE is the one that holds nbgrader_config.py.")
    show(chosen.course, chosen.out or chosen.course / "report.html")


def show(course: Path, out: Path, assignments: Sequence[str] = ()) -> None:
    """Write the page and the table, say where they are, and call the roll, of all assignments or of those named.

    The status is 1 when somebody is missing.
    """
    from chargen_lib.instructor.report import write
    from chargen_lib.instructor.results import NOT_RUN

    try:
        page, beside, found = write(course, out)
    except ModuleNotFoundError as error:
        raise SystemExit(f"{error.name} is missing. Install it: python -m pip install nbgrader") from None
    except OSError as error:
        raise SystemExit(str(error)) from None
    print(f"The class: {page}\nEach student: {beside}")
    odd = [
        f"{r.student}, {r.assignment}, {r.exercise}: {r.note}"
        for r in found.results
        if r.note and not r.status.startswith(NOT_RUN)
    ]
    for heading, lines in (
        ("Left out, since a folder holds two", found.left_out),
        ("Points that cannot be right", odd),
        ("Ended before they were through, since they took too much", found.ended),
        (UNBOXED, found.unboxed),
    ):
        if lines:
            print(f"\n{heading}:\n  " + "\n  ".join(lines))
    missing = [one for one in found.missing if not assignments or one.assignment in (*assignments, "")]
    if missing:
        lines = [f"{one.student}, {one.assignment or 'no assignment'} ({one.status}): {one.note}" for one in missing]
        raise SystemExit(f"\nHanded in and not executed. What mends it, to be typed in {course}:\n  " + "\n  ".join(lines))
