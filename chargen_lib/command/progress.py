"""chargen-course progress: which exercises pass."""

import argparse

from chargen_lib.command.files import add_record, find_record

HELP = "show which exercises pass"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `progress` takes."""
    add_record(parser)


def run(chosen: argparse.Namespace) -> None:
    """Print the table."""
    find_record(chosen.record)
    from chargen_lib.exercises import progress

    print(progress())
