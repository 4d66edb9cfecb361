"""The first program in a submission's box: it copies the submission, sets limits, gives its rights away, starts the kernel.

What could hold memory that is no process's is shut: files and segments in memory without a name, messages that nobody fetches, and
another user's box within the box, who could mount such a thing.  So what the processes hold, and the three folders in memory, is all.
And the processors are those that it was given: on them it may be as busy as it likes.

Run by its path, with nothing of the library: box_inside.py UID PROCESSORS ARGUMENT ...; the arguments are Python's.
"""

import contextlib
import ctypes
import errno
import os
import shutil
import struct
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
    "NOFILE": 1024,  # of one process; what waits in its sockets and pipes is memory too
    "CORE": 0,
}

# By the machine: how the system's kernel calls it, and the numbers of its calls (linux/audit.h, asm/unistd.h).
NEVER = (
    "memfd_create",
    "memfd_secret",
    "shmget",
    "msgget",
    "unshare",
    "setns",
    "mount",
    "fsopen",
    "open_tree",
    "io_uring_setup",
    "sched_setaffinity",
)
MACHINES = {
    "x86_64": (0xC000003E, dict(zip(NEVER, (319, 447, 29, 68, 272, 308, 165, 430, 428, 425, 203), strict=True), clone=56)),
    "aarch64": (0xC00000B7, dict(zip(NEVER, (279, 447, 194, 186, 97, 268, 40, 430, 428, 425, 122), strict=True), clone=220)),
}
CLONE3, X32, NEW_USER = 435, 0x40000000, 0x10000000


def main() -> None:
    """Make the place, then become Python with these arguments."""
    uid, processors = int(sys.argv[1]), sys.argv[2]
    if processors:
        os.sched_setaffinity(0, map(int, processors.split(",")))
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
    if os.uname().machine in MACHINES:
        _shut(*MACHINES[os.uname().machine])
    os.environ.pop("JPY_PARENT_PID", None)  # a process that cannot be seen from here: the kernel would end itself
    os.chdir(WORK)
    os.execv(sys.executable, [sys.executable, *sys.argv[3:]])


def _limit(name: str, limit: int) -> None:
    """As low as asked for, or lower where it is lower already."""
    import resource  # here, as there is none on Windows

    what = getattr(resource, f"RLIMIT_{name}")
    _, most = resource.getrlimit(what)
    limit = limit if most == resource.RLIM_INFINITY else min(limit, most)
    resource.setrlimit(what, (limit, limit))


def _shut(machine: int, numbers: dict[str, int]) -> None:
    """Refuse these calls from now on, here and in all that is started from here: a filter of seccomp's (man 2 seccomp)."""
    load, equal, at_least, any_of, give = 0x20, 0x15, 0x35, 0x45, 0x06
    refused, unknown, allowed = 0x50000 | errno.EPERM, 0x50000 | errno.ENOSYS, 0x7FFF0000

    def unless(test: int, value: int, otherwise: int = refused) -> list[tuple[int, int, int, int]]:
        return [(test, 0, 1, value), (give, 0, 0, otherwise)]  # the second is jumped over where the test fails

    program = [(load, 0, 0, 4), (equal, 1, 0, machine), (give, 0, 0, refused), (load, 0, 0, 0)]  # its machine, its number
    if numbers["clone"] == 56:
        program += unless(at_least, X32)  # the same calls by other numbers
    program += [line for name in NEVER for line in unless(equal, numbers[name])]
    program += unless(equal, CLONE3, unknown)  # its arguments cannot be seen: the C library then takes clone
    program += [(equal, 0, 3, numbers["clone"]), (load, 0, 0, 16), *unless(any_of, NEW_USER), (give, 0, 0, allowed)]
    lines = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in program))
    filter_ = ctypes.create_string_buffer(struct.pack("HP", len(program), ctypes.addressof(lines)))
    no_new_rights, set_filter = (38, 1, 0, 0, 0), (22, 2, filter_, 0, 0)
    for call in (no_new_rights, set_filter):
        if ctypes.CDLL(None, use_errno=True).prctl(*call):
            raise OSError(ctypes.get_errno(), "the system's kernel takes no filter of calls")


if __name__ == "__main__":
    main()
