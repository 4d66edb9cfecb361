"""mend_moved_venv.py OLD NEW: in NEW, a course folder that was OLD before it was moved or copied, let .venv know where it is."""

import os
import re
import sys
import venv
from pathlib import Path


def mend(old: str, new: str) -> None:
    environment = Path(new, ".venv")
    venv.EnvBuilder(symlinks=True).create(environment)  # the packages stay; activate and pyvenv.cfg are written anew
    # Commands begin with the path of their Python, in one of two forms; the second bears a space in it.
    begins = re.compile(
        rb"#!(?:/bin/sh\n'''exec' )?\"?%s/\.venv/bin/python[\w.]*\"?(?: \"\$0\" \"\$@\"\n' ''')?\n"
        % re.escape(os.fsencode(old))
    )
    begin = b"#!/bin/sh\n'''exec' \"%s/bin/python\" \"$0\" \"$@\"\n' '''\n" % os.fsencode(environment)
    for command in (environment / "bin").iterdir():
        if command.is_file() and not command.is_symlink() and (match := begins.match(text := command.read_bytes())):
            command.write_bytes(begin + text[match.end() :])
    # Where the course's own package is found.
    for finder in environment.glob("lib/python*/site-packages/__editable__*chargen*.py"):
        text = finder.read_text(encoding="utf-8")
        finder.write_text(
            re.sub(r"(['\"])" + re.escape(old) + r"(/chargen_lib[^'\"]*)\1", lambda m: repr(new + m[2]), text), encoding="utf-8"
        )
    print(f"The course is now in {new}: its .venv knows.")


if __name__ == "__main__":
    mend(*sys.argv[1:])
