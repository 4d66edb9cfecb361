"""The first program in a submission's box: it copies the submission, sets limits, gives its rights away, starts the kernel.

Run by its path, with nothing of the library: box_inside.py UID ARGUMENT ...; the arguments are Python's.
"""

import contextlib
import os
import shutil
import sys
from pathlib import Path

HANDED_IN = Path("/handed-in")  # the submission, to be read
HOME = Path("/home/student")
WORK = HOME / "submission"  # a copy of it, where the notebook runs

GIGABYTE = 2**30
LIMITS = {
    "DATA": 4 * GIGABYTE,  # memory of one process; a lesson takes 1.2
    "NPROC": 1000,  # processes and threads
    "FSIZE": 200_000_000,  # bytes of one file
    "CORE": 0,
}


def main() -> None:
    """Make the place, then become Python with these arguments."""
    uid = int(sys.argv[1])
    WORK.mkdir(parents=True)
    with contextlib.suppress(shutil.Error):  # what cannot be copied is missed by the notebook, if by anybody
        shutil.copytree(HANDED_IN, WORK, symlinks=True, dirs_exist_ok=True)
    for name, limit in LIMITS.items():
        _limit(name, limit)
    if os.getuid() == 0 != uid:  # root's own files are not for a submission
        for folder, folders, files in os.walk(HOME):
            for path in (folder, *(os.path.join(folder, name) for name in folders + files)):
                os.chown(path, uid, uid, follow_symlinks=False)
        os.setgroups([])
        os.setgid(uid)
        os.setuid(uid)
    os.environ.pop("JPY_PARENT_PID", None)  # a process that cannot be seen from here: the kernel would end itself
    os.chdir(WORK)
    os.execv(sys.executable, [sys.executable, *sys.argv[2:]])


def _limit(name: str, limit: int) -> None:
    """As low as asked for, or lower where it is lower already."""
    import resource  # here, as there is none on Windows

    what = getattr(resource, f"RLIMIT_{name}")
    _, most = resource.getrlimit(what)
    limit = limit if most == resource.RLIM_INFINITY else min(limit, most)
    resource.setrlimit(what, (limit, limit))


if __name__ == "__main__":
    main()
