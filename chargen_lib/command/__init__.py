"""The command chargen-course: your progress, and for an instructor the whole class's."""

import argparse
import sys
import warnings

from chargen_lib.command import collect, collect_zip, export, grade, lab, merge, progress, report, variant

# A subcommand is a module with HELP, add_arguments(parser) and run(chosen).  What takes long to import is imported where it is needed.
COMMANDS = {
    "lab": lab,
    "progress": progress,
    "export": export,
    "collect": collect,
    "collect-zip": collect_zip,
    "grade": grade,
    "merge": merge,
    "report": report,
    "variant": variant,
}


def main(arguments: list[str] | None = None) -> None:
    """Run the command with `arguments`, or with those of the command line."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a terminal that has no ✓
    parser = argparse.ArgumentParser(prog="chargen-course", description=__doc__)
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        subparser = subparsers.add_parser(name, help=command.HELP)
        command.add_arguments(subparser)
        subparser.set_defaults(run=command.run)
    chosen = parser.parse_args(arguments)
    with warnings.catch_warnings():
        warnings.showwarning = _say
        chosen.run(chosen)


def _say(message: Warning | str, *_: object, **__: object) -> None:
    print(f"chargen-course: {message}", file=sys.stderr)
