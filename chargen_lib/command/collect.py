"""chargen-course collect: the files of chargen-course export, put together in one table."""

import argparse
import glob
import json
from collections.abc import Iterator
from pathlib import Path

from chargen_lib.command.files import add_force, write

HELP = "put exported files together in one CSV file (what learners say of themselves)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `collect` takes."""
    parser.add_argument(
        "files", nargs="+", type=Path, metavar="FILE", help="exported files, a folder of them, or a pattern such as 'in/*.json'"
    )
    parser.add_argument("--out", type=Path, default=Path("progress.csv"), help="what to write (%(default)s)")
    add_force(parser)


def run(chosen: argparse.Namespace) -> None:
    """Write the table, and name what could not be read."""
    from chargen_lib.instructor.spreadsheet import table

    rows, unread, read = [], [], 0
    for path in {path.resolve(): path for path in _each(chosen.files)}.values():  # each once, however often it was named
        try:
            rows += _exported(path)
            read += 1
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            unread.append(f"{path} ({type(error).__name__}: {error})")
    if rows:
        write(chosen.out, table(rows), chosen.force)
        print(f"{read} file{'' if read == 1 else 's'}, written to {chosen.out}")
    if unread:
        raise SystemExit("Left out, as these are no files of chargen-course export:\n  " + "\n  ".join(unread))
    if not rows:
        raise SystemExit("There is no exported file among what was named, so nothing was written.")


def _each(named: list[Path]) -> Iterator[Path]:
    """Every file that was named: by itself, by its folder and whatever folders are in it, or by a pattern that the shell left as it was."""
    for path in named:
        if path.is_dir():
            yield from (
                found for found in sorted(path.rglob("*")) if found.is_file() and _may_be_exported(found.relative_to(path))
            )
        elif not path.exists() and (found := glob.glob(str(path))):
            yield from sorted(map(Path, found))
        else:
            yield path


def _may_be_exported(path: Path) -> bool:
    """A .json, and nothing hidden: what macOS puts into a zip, or a checkpoint, which would count twice."""
    return path.suffix.lower() == ".json" and not any(part.startswith(".") for part in path.parts)


def _exported(path: Path) -> list[dict]:
    content = json.loads(path.read_text(encoding="utf-8-sig"))
    about = {"file": path.name, "name": str(content["name"]), "date": str(content["date"]), "version": str(content["version"])}
    return [
        {**about, "lesson": int(e["lesson"]), "exercise": name, "status": str(e["status"]), "points": int(e["points"])}
        for name, e in content["exercises"].items()
    ]
