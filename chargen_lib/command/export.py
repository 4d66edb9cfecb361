"""chargen-course export: a learner's progress as a small file to hand in."""

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path

from chargen_lib.command.files import add_force, add_record, find_record, write

HELP = "write your progress to a small file for your instructor"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `export` takes."""
    parser.add_argument("file", nargs="?", type=Path, default=Path("my-progress.json"), help="what to write (%(default)s)")
    parser.add_argument("--name", required=True, help="your name, as your instructor knows it")
    add_record(parser)
    add_force(parser)


def run(chosen: argparse.Namespace) -> None:
    """Write the file, and say what it holds."""
    find_record(chosen.record)
    from chargen_lib import __version__
    from chargen_lib.exercises import progress
    from chargen_lib.exercises.engine.record import counted

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
    write(chosen.file, json.dumps(content, indent=1, ensure_ascii=False) + "\n", chosen.force)
    print(f"{won} of {counted(all_points)}, written to {chosen.file}. Hand this file in.")
