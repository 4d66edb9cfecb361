"""The command chargen-course: your progress, and for an instructor the whole class's."""

import argparse
import json
import os
import sys
import warnings
from datetime import UTC, datetime
from pathlib import Path

from chargen_lib.instructor import variant_command

# What takes long to import is imported where it is needed.


def main(arguments: list[str] | None = None) -> None:
    """Run the command with `arguments`, or with those of the command line."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal that has no ✓
    chosen = _parser().parse_args(arguments)
    with warnings.catch_warnings():
        warnings.showwarning = _say
        chosen.run(chosen)


def _say(message: Warning | str, *_: object, **__: object) -> None:
    print(f"chargen-course: {message}", file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="chargen-course", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    progress = commands.add_parser("progress", help="show which exercises pass")
    export = commands.add_parser("export", help="write your progress to a small file for your instructor")
    export.add_argument("file", nargs="?", type=Path, default=Path("my-progress.json"), help="what to write (%(default)s)")
    export.add_argument("--name", required=True, help="your name, as your instructor knows it")
    for command in (progress, export):
        command.add_argument("--record", type=Path, help="the record of your exercises, if it is not here or in notebooks/")

    collect = commands.add_parser(
        "collect", help="put exported files together in one CSV file (what learners say of themselves)"
    )
    collect.add_argument("files", nargs="+", type=Path, metavar="FILE")
    collect.add_argument("--out", type=Path, default=Path("progress.csv"), help="what to write (%(default)s)")
    for command in (export, collect):
        command.add_argument("--force", action="store_true", help="write over a file that is there")

    report = commands.add_parser(
        "report", help="what the class passed and met, from nbgrader's gradebook, as a page and a CSV file"
    )
    report.add_argument("course", type=Path, metavar="COURSE", help="nbgrader's course folder")
    report.add_argument("--out", type=Path, help="what to write (COURSE/report.html, and report.csv beside it)")

    variant = commands.add_parser("variant", help="write a private problem set, drawn from families of exercises by a seed")
    variant_command.add_arguments(variant)

    runs = (progress, _progress), (export, _export), (collect, _collect), (report, _report), (variant, variant_command.run)
    for command, run in runs:
        command.set_defaults(run=run)
    return parser


def _progress(chosen: argparse.Namespace) -> None:
    _find_record(chosen.record)
    from chargen_lib.exercises import progress

    print(progress())


def _export(chosen: argparse.Namespace) -> None:
    _find_record(chosen.record)
    from chargen_lib import __version__
    from chargen_lib.exercises import progress

    table = progress()
    won, all_points = table.points
    content = {
        "name": chosen.name,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "version": __version__,
        "points": won,
        "of": all_points,
        "exercises": {e.name: {"lesson": e.lesson, "status": status, "points": e.points} for e, status in table.rows},
    }
    _write(chosen.file, json.dumps(content, indent=1, ensure_ascii=False) + "\n", chosen.force)
    print(f"{won} of {all_points} points, written to {chosen.file}. Hand this file in.")


def _collect(chosen: argparse.Namespace) -> None:
    from chargen_lib.instructor.report import table

    rows, unread = [], []
    for path in chosen.files:
        try:
            rows += _exported(path)
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            unread.append(f"{path} ({type(error).__name__}: {error})")
    if rows:
        _write(chosen.out, table(rows), chosen.force)
        print(f"{len(chosen.files) - len(unread)} files, written to {chosen.out}")
    if unread:
        raise SystemExit("Left out, as these are no files of chargen-course export:\n  " + "\n  ".join(unread))


def _exported(path: Path) -> list[dict]:
    content = json.loads(path.read_text(encoding="utf-8"))
    about = {"file": path.name, "name": str(content["name"]), "date": str(content["date"]), "version": str(content["version"])}
    return [
        {**about, "lesson": int(e["lesson"]), "exercise": name, "status": str(e["status"]), "points": int(e["points"])}
        for name, e in content["exercises"].items()
    ]


def _report(chosen: argparse.Namespace) -> None:
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


def _find_record(named: Path | None) -> None:
    """Let the library read the record that was named, or the one beside the notebooks when called from the folder above."""
    from chargen_lib.exercises.record import record_file

    above = Path("notebooks") / record_file().name
    path = named or (above if not record_file().exists() and above.exists() else record_file())
    if not path.exists():
        print(
            f"There is no record {path} yet. It begins with your first check, beside the notebooks: run this there.",
            file=sys.stderr,
        )
        raise SystemExit(1)
    os.environ["CHARGEN_PROGRESS"] = str(path)


def _write(path: Path, text: str, force: bool) -> None:
    """Write a new file; over one that is there only by force."""
    try:
        with path.open("w" if force else "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise SystemExit(
            f"{path} is there already, and stays as it is. Name another file, or write over it with --force."
        ) from None
    except OSError as error:
        raise SystemExit(f"{path} cannot be written: {error.strerror}.") from None


if __name__ == "__main__":
    main()
