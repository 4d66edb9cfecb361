"""A submission's kernel, in a box of its own: it sees the course's Python and its own files, and nothing else.

In the box are, to be read: the system's programs, the environment that grades, chargen_lib, and what JAX has compiled
before; to be written: a copy of the submission, a home and a /tmp, in memory, which end with the kernel.  There is no
network and no other process; memory, processors, processes and the size of files are limited (see box_inside.py, and watching.py).

That takes bubblewrap, on Linux.  Elsewhere a kernel runs as any program does, with a home of its own: see missing().
"""

import atexit
import contextlib
import functools
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

import psutil
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning import LocalProvisioner

from chargen_lib.instructor import box_inside, watching

PACKAGE = Path(__file__).resolve().parents[1]
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store")
SETTINGS = ("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives", "fonts", "localtime", "mime.types")  # in /etc
IN_MEMORY = 2**29  # bytes that a submission may write in its home, and as many in /tmp and in /dev/shm
CACHE = "JAX_COMPILATION_CACHE_DIR"
PROCESSORS = "CHARGEN_PROCESSORS"  # the numbers of those that a box may use, "0,2" for instance; without it all
WITHOUT = """
*******************************************************************************************************
**  THE SUBMISSIONS RUN WITHOUT A BOX, with all your rights: each can read and change your files, the
**  gradebook and other students' work, and use your network.
**  Why: {why}.
**  {how}
**  Grade only whom you would give your computer to. The report will say so too.
*******************************************************************************************************
"""
HOW = "On Linux install bubblewrap (apt install bubblewrap); elsewhere grade in the guide's container."
HANDED_DOWN = (
    "JAX_",
    "XLA_",
    "LANG",
    "LC_",
    "TZ",
    "NBGRADER_",
    "CHARGEN_",
)  # how the environment's names begin that a kernel is given


@functools.cache
def missing() -> str | None:
    """Why there is no box on this computer, or None when one was made, with a kernel's imports in it, to see."""
    if sys.platform != "linux":
        return "bubblewrap, which makes it, is for Linux alone"
    if shutil.which("bwrap") is None:
        return "the program bwrap of bubblewrap is not installed"
    with tempfile.TemporaryDirectory() as folder:
        command = boxed(["-c", "import ipykernel, chargen_lib"], Path(folder), Path(folder))
        try:
            done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=60)
        except (OSError, subprocess.TimeoutExpired) as error:
            return f"bubblewrap could not be run ({error})"
    said = done.stderr.strip().splitlines() or ["without a word"]
    return None if done.returncode == 0 else f"bubblewrap could not make it ({said[-1]})"


def boxed(arguments: list[str], submission: Path, talk: Path) -> list[str]:
    """The command that runs this Python with these arguments in a box.

    submission: the folder that is copied into it.  talk: a folder that both sides may write, under the same path.
    """
    seen = [*SYSTEM, *(f"/etc/{name}" for name in SETTINGS), sys.base_prefix, sys.prefix, os.fspath(PACKAGE)]
    seen += [os.environ[CACHE]] if os.environ.get(CACHE) else []
    seen = [path for path in seen if os.path.exists(path)]
    above = dict.fromkeys(
        os.fspath(folder) for path in (*seen, os.fspath(talk)) for folder in reversed(Path(path).parents[:-1])
    )
    bwrap = shutil.which("bwrap") or "bwrap"
    size = ("--size", str(IN_MEMORY)) if _limits_memory(bwrap) else ()
    places = [
        *("--proc", "/proc", "--dev", "/dev"),
        *(part for path in ("/tmp", "/home", "/dev/shm") for part in (*size, "--perms", "1777", "--tmpfs", path)),
        # Folders that lead to others, so that a home is none of the instructor's, and may be entered.
        *(part for path in above if path not in ("/tmp", "/home", *SYSTEM) for part in ("--perms", "0755", "--dir", path)),
        *(part for path in seen for part in _as_it_is(path)),
        *("--ro-bind", os.fspath(submission), os.fspath(box_inside.HANDED_IN)),
        *("--bind", os.fspath(talk), os.fspath(talk)),
    ]
    rights = ["--cap-drop", "ALL"]
    if (uid := _somebody()) == os.getuid():
        rights += ["--unshare-user"]
    else:  # root gives its rights away inside, once the submission is copied
        os.chown(talk, uid, uid)
        rights += [part for name in ("SETUID", "SETGID", "CHOWN", "DAC_OVERRIDE") for part in ("--cap-add", f"CAP_{name}")]
    apart = ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"]
    inside = [sys.executable, "-I", "-S", box_inside.__file__, str(uid), os.environ.get(PROCESSORS, ""), *arguments]
    return [
        bwrap,
        *apart,
        *rights,
        "--die-with-parent",
        "--new-session",
        *places,
        "--chdir",
        "/",
        "--",
        *inside,
    ]


def environment() -> dict[str, str]:
    """What a kernel is told: no name of the instructor's environment but those that the course needs."""
    handed_down = {name: value for name, value in os.environ.items() if name.startswith(HANDED_DOWN)}
    return (
        handed_down
        | {
            "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "3600",  # what was compiled is read: whoever writes there runs code as its readers
            "PATH": os.pathsep.join([os.path.dirname(sys.executable), "/usr/local/bin", "/usr/bin", "/bin"]),
            "PYTHONPATH": os.fspath(PACKAGE.parent),
            "PYTHONDONTWRITEBYTECODE": "1",
            "HOME": os.fspath(box_inside.HOME),
            "USER": box_inside.HOME.name,
        }
    )


@functools.cache
def _limits_memory(bwrap: str) -> bool:
    """Before 0.7 a folder in memory holds as much as the system lets it: half of the memory there is."""
    return "--size" in subprocess.run([bwrap, "--help"], capture_output=True, text=True).stdout


def _as_it_is(path: str) -> tuple[str, ...]:
    """A folder to be read, or a link such as /lib."""
    return ("--symlink", os.readlink(path), path) if os.path.islink(path) and path in SYSTEM else ("--ro-bind", path, path)


def _somebody() -> int:
    """The user's own number; for root, one that owns nothing, and that no other grading process takes."""
    return os.getuid() or 30_000 + os.getpid() % 30_000


@functools.cache
def warn(why: str) -> None:
    """Say now, and once more when everything is done, that there is no box."""
    text = WITHOUT.format(why=why, how=HOW)
    print(text, file=sys.stderr, flush=True)
    atexit.register(print, text, file=sys.stderr)


class Manager(AsyncKernelManager):
    """Starts a kernel with this Python, whatever a notebook asks for: in a box, or at least with a home of its own."""

    ended = ""  # why its box was ended, should it have taken too much
    _talk: Path | None = None  # a folder for one kernel

    @property
    def kernel_spec(self) -> KernelSpec:
        """This Python's.  A box lets no signal through, so it is interrupted by a message."""
        argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        mode = "signal" if missing() else "message"
        return KernelSpec(argv=argv, display_name="Python", language="python", interrupt_mode=mode)

    async def _async_pre_start_kernel(self, **options: Any) -> tuple[list[str], dict[str, Any]]:
        if self._talk is None:
            # The path of a socket may have about a hundred letters.
            self._talk = Path(tempfile.mkdtemp(prefix="chargen-", dir=None if missing() else "/tmp"))
            if not missing():
                self.transport, self.ip = "ipc", os.fspath(self._talk / "kernel")
                self.connection_file = os.fspath(self._talk / watching.CONNECTION_FILE)
        return await super()._async_pre_start_kernel(**options)

    async def _async_launch_kernel(self, kernel_cmd: list[str], **options: Any) -> None:
        assert self._talk is not None
        # What it writes past the notebook's messages would reach the instructor's terminal.
        options |= {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        if missing():
            home = os.fspath(self._talk)
            alone = {
                "HOME": home,
                "USERPROFILE": home,
                "IPYTHONDIR": os.path.join(home, ".ipython"),
                "TMPDIR": home,
                "TEMP": home,
            }
            options["env"] = options["env"] | alone
        else:
            os.chown(self.connection_file, *(2 * [_somebody()]))
            kernel_cmd = boxed(kernel_cmd[1:], Path(options["cwd"]).resolve(), self._talk)
            options |= {"env": environment(), "cwd": "/"}
        await super()._async_launch_kernel(kernel_cmd, **options)
        if not missing():
            assert isinstance(self.provisioner, LocalProvisioner) and self.provisioner.pid
            box = psutil.Process(self.provisioner.pid)
            threading.Thread(target=self._end_what_takes_too_much, args=[box, self._talk], daemon=True).start()

    def _end_what_takes_too_much(self, box: psutil.Process, talk: Path) -> None:
        self.ended = watching.why_to_end(box, talk)  # before it is ended: whoever notices the one knows the other
        if self.ended:
            with contextlib.suppress(psutil.NoSuchProcess):
                box.kill()

    async def _async_cleanup_resources(self, restart: bool = False) -> None:
        await super()._async_cleanup_resources(restart=restart)
        if self._talk is not None and not restart:
            shutil.rmtree(self._talk, ignore_errors=True)
