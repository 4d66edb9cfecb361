"""What the subcommands share: finding a learner's record, and writing a file only where none stands."""

import argparse
import os
import sys
from pathlib import Path


def add_record(parser: argparse.ArgumentParser) -> None:
    """--record, for what reads a record."""
    parser.add_argument("--record", type=Path, help="the record of your exercises, if it is not here or in notebooks/")


def add_force(parser: argparse.ArgumentParser) -> None:
    """--force, for what writes a file."""
    parser.add_argument("--force", action="store_true", help="write over a file that is there")


def find_record(named: Path | None) -> None:
    """Let the library read the record that was named, or the one beside the notebooks when called from the folder above."""
    from chargen_lib.exercises.engine import record

    beside = Path("notebooks").absolute()
    record.look_from(beside if (beside / record.NAME).exists() and not Path(record.NAME).exists() else Path.cwd())
    if named:
        os.environ["CHARGEN_PROGRESS"] = str(named.absolute())
    if not any(path.exists() for path in record.record_files()):
        print(
            f"There is no record {_near(record.record_file())} yet. It begins with your first check, beside the notebooks: run this "
            "there.",
            file=sys.stderr,
        )
        raise SystemExit(1)


def _near(path: Path) -> Path:
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def write(path: Path, text: str, force: bool) -> None:
    """Write a new file; over one that is there only by force.

    A .csv begins with a byte order mark: without it Excel takes UTF-8 for something else.
    """
    try:
        with path.open("w" if force else "x", encoding="utf-8-sig" if path.suffix == ".csv" else "utf-8", newline="") as file:
            file.write(text)
    except FileExistsError:
        raise SystemExit(
            f"{path} is there already, and stays as it is. Name another file, or write over it with --force."
        ) from None
    except OSError as error:
        raise SystemExit(f"{path} cannot be written: {error.strerror}.") from None
