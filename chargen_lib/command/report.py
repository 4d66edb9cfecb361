"""chargen-course report: what the class passed and met, from nbgrader's gradebook."""

import argparse
from pathlib import Path

HELP = "what the class passed and met, from nbgrader's gradebook, as a page and a CSV file"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `report` takes."""
    parser.add_argument("course", type=Path, metavar="COURSE", help="nbgrader's course folder")
    parser.add_argument("--out", type=Path, help="what to write (COURSE/report.html, and report.csv beside it)")


def run(chosen: argparse.Namespace) -> None:
    """Write the page and the table, and say where they are."""
    from chargen_lib.instructor.report import write

    if not chosen.course.is_dir():
        raise SystemExit(f"There is no folder {chosen.course}. COURSE is the one that holds nbgrader_config.py.")
    try:
        page, beside = write(chosen.course, chosen.out or chosen.course / "report.html")
    except ModuleNotFoundError as error:
        raise SystemExit(f"{error.name} is missing. Install it: python -m pip install nbgrader") from None
    except OSError as error:
        raise SystemExit(str(error)) from None
    print(f"The class: {page}\nEach student: {beside}")
