"""Watches a box from outside, and says when it takes too much: memory or open files of all its processes together, time, or the instructor's disk.

What one process may take is limited inside (see box_inside.py), and ten processes may take ten times as much.  All that a box
writes is in memory, but for one folder, in which the kernel's sockets lie.
"""

import contextlib
import os
import stat
import time
from pathlib import Path

import psutil

LOOKS_EVERY = 0.25  # seconds
MEMORY = 6 * 2**30  # bytes of all processes of a submission, or half of what there is, where that is less
FILES = 5000  # open in all of them, sockets and pipes too: each can hold a fifth of a megabyte that is no process's; a kernel has a hundred
SECONDS = 1200  # of its box, whatever runs in it; see SUBMISSION_SECONDS in executing.py for its cells
SOCKETS = 20  # a kernel has five
CONNECTION_FILE = "kernel.json"  # beside them
CONTAINERS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))  # cgroups 2 and 1


def all_there_is() -> int:
    """Bytes of memory of this computer, or of the container that this process is in."""
    limits = [path.read_text().strip() for path in CONTAINERS if path.exists()]
    return min([psutil.virtual_memory().total, *(int(limit) for limit in limits if limit.isdigit())])


def why_to_end(box: psutil.Process, talk: Path) -> str:
    """Wait until the box of which this is the first process has ended by itself, "", or has to be ended: a sentence that says why.

    talk: the folder of its kernel's sockets.
    """
    most, until = min(MEMORY, all_there_is() // 2), time.monotonic() + SECONDS
    while True:
        try:
            if box.status() == psutil.STATUS_ZOMBIE:  # nobody has taken notice yet
                return ""
            pids = [process.pid for process in box.children(recursive=True)]  # in it an orphan is its first process's child
        except psutil.NoSuchProcess:
            return ""
        if held(pids, most) > most:
            return f"The processes of this notebook took more than {most / 2**30:.1f} GB of memory together, so all of them were ended."
        if opened(pids) > FILES:
            return f"The processes of this notebook had more than {FILES:,} files and sockets open together, so all of them were ended."
        if _written_to(talk):
            return "This notebook wrote into the folder of the kernel's sockets, which is not its own, so it was ended."
        if time.monotonic() > until:
            return f"This notebook had not finished after {SECONDS // 60} minutes, so it was ended."
        time.sleep(LOOKS_EVERY)


def held(pids: list[int], most: int) -> int:
    """Bytes of memory and swap that these processes hold; above `most`, what several share is shared out among them."""
    each = {pid: _bytes(pid, "status", ("VmRSS:", "VmSwap:")) or 0 for pid in pids}
    if sum(each.values()) <= most:
        return sum(each.values())  # no more than this; to look closer takes a thousand times as long
    closer = {pid: _bytes(pid, "smaps_rollup", ("Pss:", "SwapPss:")) for pid in pids}
    return sum(each[pid] if size is None else size for pid, size in closer.items())


def opened(pids: list[int]) -> int:
    """How many files and sockets these processes have open; of one that has ended, none."""
    count = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            count += len(os.listdir(f"/proc/{pid}/fd"))
    return count


def _bytes(pid: int, file: str, names: tuple[str, ...]) -> int | None:
    """The sum of some lines of a process's file in /proc, or None: it has ended, or hides it."""
    try:
        lines = Path("/proc", str(pid), file).read_text().splitlines()
    except OSError:
        return None
    return 1024 * sum(int(line.split()[1]) for line in lines if line.startswith(names))


def _written_to(talk: Path) -> bool:
    """Whether something else is in the folder than what a kernel has there."""
    try:
        with os.scandir(talk) as entries:
            for count, entry in enumerate(entries):
                mode = entry.stat(follow_symlinks=False).st_mode
                own = stat.S_ISSOCK(mode) or (stat.S_ISREG(mode) and entry.name == CONNECTION_FILE)
                if not own or count > SOCKETS:
                    return True
    except FileNotFoundError:  # what goes away is no harm
        return False
    except PermissionError:  # nobody but a notebook has shut it
        return True
    return False
