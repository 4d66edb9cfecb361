"""chargen-course variant: write a private problem set."""

import argparse
from pathlib import Path

HELP = "write a private problem set, drawn from families of exercises by a seed"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `variant` takes."""
    parser.add_argument(
        "--seed",
        type=int,
        required=True,
        help="which members are drawn; take a number that nobody guesses, and keep it to yourself",
    )
    parser.add_argument(
        "--set",
        dest="set_name",
        metavar="NAME",
        help="text, networks, sampling, training_and_search or context; without it, all of them",
    )
    parser.add_argument("--out", type=Path, default=Path("grading"), metavar="FOLDER", help="where to write (%(default)s)")


def run(chosen: argparse.Namespace) -> None:
    """Write the sets, and say what to hand out and what to keep."""
    from chargen_lib.instructor.variants import SETS  # not before it is needed: this takes a second or two
    from chargen_lib.instructor.variants.notebooks import write_set

    try:
        for set_name in [chosen.set_name] if chosen.set_name else SETS:
            for path in write_set(set_name, chosen.seed, chosen.out):
                print(f"made {path}")
    except (ValueError, OSError) as error:
        raise SystemExit(str(error)) from None
    print(
        "Hand out student/, or let nbgrader make its release from source/. Keep the rest, and the seed, to yourself.",
    )
