"""Kernels of a test run are spoken to through files, so that many can start at once.

Over TCP a manager looks for free ports and lets go of them, and its kernel takes them a moment later: should somebody else have taken
one meanwhile, the kernel dies (https://github.com/nteract/papermill/issues/511).  Of a thousand that started four at a time, one died so
and one never answered.
"""

import itertools
import os
import tempfile

from traitlets.config import Config

FOLDER = tempfile.TemporaryDirectory(prefix="kernels-", ignore_cleanup_errors=True)
NUMBER = itertools.count()


def over_files() -> Config:
    """What a manager of one kernel is made with; Windows has no such files, and keeps to TCP."""
    if os.name == "nt":
        return Config()
    name = os.path.join(FOLDER.name, str(next(NUMBER)))  # both sides find it, whatever folder they work in
    return Config(KernelManager={"transport": "ipc", "ip": name, "connection_file": name + ".json"})


def pytest_configure() -> None:
    """Let nbval start its kernels so (pytest -p tests.kernels); it has no option for it."""
    import nbval.kernel

    plain = nbval.kernel.KernelManager
    nbval.kernel.KernelManager = lambda **options: plain(config=over_files(), **options)
