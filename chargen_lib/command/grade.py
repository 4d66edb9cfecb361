"""chargen-course grade: a class's submissions, from what was handed in to feedback and report."""

import argparse
import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

HELP = "grade all that is new in nbgrader's course folder, on all cores, and write feedback and report"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `grade` takes."""
    parser.add_argument("course", type=Path, metavar="COURSE", help="nbgrader's course folder")
    parser.add_argument("assignments", nargs="+", metavar="ASSIGNMENT", help="such as 01_text_as_numbers")
    parser.add_argument(
        "--zip",
        nargs=2,
        metavar=("KIND", "FILE"),
        help="collect this first: moodle, canvas or folder, and what collect-zip takes",
    )
    parser.add_argument("--student", action="append", metavar="STUDENT", help="this one alone; can be given several times")
    parser.add_argument("--again", action="store_true", help="grade anew also what was graded before")
    parser.add_argument("--jobs", type=int, help="how many at a time (one for each core, if there is the memory)")


def run(chosen: argparse.Namespace) -> None:
    """Grade, say who could not be run, and end with the report and its roll-call."""
    if not chosen.course.is_dir():
        raise SystemExit(f"There is no folder {chosen.course}. COURSE is the one that holds nbgrader_config.py.")
    try:
        from chargen_lib.instructor import box, crowd
    except ModuleNotFoundError as error:
        raise SystemExit(f"{error.name} is missing. Install it: python -m pip install nbgrader") from None
    from chargen_lib.command import report

    if chosen.zip:
        _collect(chosen)
    these = _who(chosen)
    if why := box.missing():
        box.warn(why)
    failed: dict[str, str] = {}
    with _progress(len(these)) as show:

        def tell(assignment: str, student: str, said: str) -> None:
            if said:
                failed[f"{student}, {assignment}"] = said
            show(student)

        try:
            crowd.grade(chosen.course, these, chosen.jobs or crowd.at_once(), tell)
        except KeyboardInterrupt:
            print("\nStopped. Nobody is half graded: the same command goes on where this one was stopped.", file=sys.stderr)
            raise SystemExit(130) from None
    print(f"{len(these) - len(failed)} graded, {len(failed)} could not be run.")
    log = chosen.course / "could-not-be-run.txt"
    log.unlink(missing_ok=True)
    if failed:
        log.write_text("\n\n".join(f"=== {who}\n{said}" for who, said in failed.items()), encoding="utf-8")
        print(f"What nbgrader said of them: {log}")
    report.show(chosen.course, chosen.course / "report.html", chosen.assignments)


def _collect(chosen: argparse.Namespace) -> None:
    """chargen-course collect-zip; what it leaves out is said, and stops nobody else."""
    from chargen_lib.command import collect_zip

    parser = argparse.ArgumentParser(prog="chargen-course collect-zip")
    collect_zip.add_arguments(parser)
    if len(chosen.assignments) != 1:
        raise SystemExit("A zip holds one assignment: with --zip name one.")
    kind, file = chosen.zip
    try:
        collect_zip.run(parser.parse_args([kind, file, str(chosen.course), chosen.assignments[0]]))
    except SystemExit as ended:
        if not str(ended.code).startswith("Left out:"):
            raise
        print(f"{ended.code}\n")


def _who(chosen: argparse.Namespace) -> list[tuple[str, str]]:
    """(assignment, student) of all that is to be graded."""
    from nbgrader.api import Gradebook

    from chargen_lib.instructor.course import folders_of
    from chargen_lib.instructor.crowd import waiting
    from chargen_lib.instructor.settings import find_alembic

    find_alembic()
    try:
        folders = folders_of(chosen.course)
    except FileNotFoundError as error:
        raise SystemExit(str(error)) from None
    with Gradebook(folders.db_url, folders.course_id) as gradebook:
        known = {assignment.name for assignment in gradebook.assignments}
    these = []
    for assignment in chosen.assignments:
        if assignment not in known:
            raise SystemExit(
                f"The gradebook has no assignment {assignment}: run nbgrader generate_assignment {assignment} first."
            )
        students = waiting(folders, assignment, again=chosen.again or bool(chosen.student))
        if unknown := sorted(set(chosen.student or ()) - set(students)):
            raise SystemExit(f"There is no notebook of {', '.join(unknown)} in {chosen.course}/submitted for {assignment}.")
        these += [(assignment, student) for student in students if not chosen.student or student in chosen.student]
    return these


@contextlib.contextmanager
def _progress(total: int) -> Iterator[Callable[[str], None]]:
    """A bar in a terminal, else a line for each student: how many are through, who was the last, and the minutes that are left."""
    if sys.stderr.isatty():
        from tqdm import tqdm

        form = "{n_fmt} of {total_fmt} |{bar}| {remaining} left{postfix}"
        with tqdm(total=total, bar_format=form) as bar:

            def advance(student: str) -> None:
                bar.set_postfix_str(student, refresh=False)
                bar.update()

            yield advance
        return
    begun, through = time.monotonic(), 0

    def line(student: str) -> None:
        nonlocal through
        through += 1
        left = (time.monotonic() - begun) / through * (total - through) / 60
        print(f"{through} of {total}: {student}, about {left:.0f} minutes left", flush=True)

    yield line
