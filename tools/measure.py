"""What the lessons and their grading take: processor time and memory, for book/instructors/running.md and class.md.

    python tools/measure.py lessons          each solved lesson, run from top to bottom
    python tools/measure.py grading          a right submission to lessons 04 and 05 and to a private set, graded as chargen-course grade does

Processor time and the most memory that was resident; Linux only.  Of a grading it is the whole computer's, so nothing else may run.
"""

import contextlib
import multiprocessing
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat
import psutil
from nbclient import NotebookClient
from nbgrader.apps.api import NbGraderAPI

from chargen_lib.instructor.course import settings_of
from chargen_lib.instructor.one import grade_alone
from chargen_lib.instructor.variants.notebooks import write_set

ROOT = Path(__file__).resolve().parent.parent
CACHE = "JAX_COMPILATION_CACHE_DIR"


def lesson(path: Path) -> tuple[float, float]:
    """Run a notebook: seconds of processor time that its kernel took, and the MB that it had at most."""
    notebook = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(notebook, timeout=600, resources={"metadata": {"path": folder}})
        with client.setup_kernel():
            assert client.km is not None and client.km.provisioner is not None
            kernel = psutil.Process(client.km.provisioner.pid)
            for place, cell in enumerate(notebook.cells):
                client.execute_cell(cell, place)
            taken = kernel.cpu_times()
            status = Path(f"/proc/{kernel.pid}/status").read_text()
    most = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    return taken.user + taken.system, most * 1024 / 1e6


def lessons() -> None:
    print(
        "| lesson | memory of the kernel, most (MB) | processor time, first (s) | processor time, again (s) |\n|---|---|---|---|"
    )
    for path in sorted((ROOT / "solutions").glob("[0-9][0-9]_*.ipynb")):
        with tempfile.TemporaryDirectory() as cache:
            os.environ |= {CACHE: cache, "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0"}
            (first, most), (again, most_again) = lesson(path), lesson(path)
        print(f"| {path.stem[:2]} | {max(most, most_again):.0f} | {first:.0f} | {again:.0f} |", flush=True)


def one(course: Path, assignment: str) -> tuple[float, float]:
    """Grade the student: seconds of processor time, and the most MB of all its processes together."""
    before = busy()
    processes = multiprocessing.get_context("fork")
    line, its_end = processes.Pipe()
    whom = (course, assignment, "student", "", Path(os.devnull), its_end)
    process = processes.Process(target=grade_alone, args=whom)
    process.start()
    family, most = psutil.Process(process.pid), 0
    while process.is_alive():
        with contextlib.suppress(psutil.NoSuchProcess):
            most = max(most, sum(p.memory_info().rss for p in [family, *family.children(recursive=True)]))
        time.sleep(0.2)
    line.close()
    assert process.exitcode == 0
    return busy() - before, most / 1e6


def busy() -> float:
    """Seconds that the computer's processors have worked: a kernel in a box is nobody's child by its end, so its own time is lost."""
    times = psutil.cpu_times()
    return times.user + times.nice + times.system


def grading() -> None:
    with tempfile.TemporaryDirectory() as folder:
        course = Path(folder) / "course"
        subprocess.run([sys.executable, ROOT / "tools" / "make_assignments.py", course], check=True, stdout=subprocess.DEVNULL)
        write_set("sampling", 403817265, course)
        api = NbGraderAPI(config=settings_of(course))
        print(
            "| assignment | first (s) | each after it (s) | students a minute and core | memory, most (MB) |\n|---|---|---|---|---|"
        )
        for assignment in ("04_temperature", "05_training", "sampling"):
            assert api.generate_assignment(assignment)["success"]
            hand_in(course, assignment)
            times, sizes = zip(*(one(course, assignment) for _ in range(4)), strict=True)
            each = sum(times[1:]) / 3
            print(f"| {assignment} | {times[0]:.0f} | {each:.1f} | {60 / each:.1f} | {max(sizes):.0f} |", flush=True)


def hand_in(course: Path, assignment: str) -> None:
    """A right submission: the release with the solutions in it."""
    public = ROOT / "solutions" / f"{assignment}.ipynb"
    solved = nbformat.read(public if public.exists() else course / "solved" / f"{assignment}.ipynb", as_version=4)
    right = {mark["grade_id"]: cell.source for cell in solved.cells if (mark := cell.metadata.get("nbgrader"))}
    notebook = nbformat.read(course / "release" / assignment / f"{assignment}.ipynb", as_version=4)
    for cell in notebook.cells:
        if (mark := cell.metadata.get("nbgrader")) and mark["solution"]:
            cell.source = right[mark["grade_id"]]
    path = course / "submitted" / "student" / assignment / f"{assignment}.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(notebook, path)


def main() -> None:
    what = {"lessons": lessons, "grading": grading}
    if len(sys.argv) != 2 or sys.argv[1] not in what:
        raise SystemExit(__doc__)
    model = [
        line.partition(": ")[2] for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")
    ]
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} cores ({model[0]}), Python {platform.python_version()}, load {load:.1f} before it began\n")
    what[sys.argv[1]]()


if __name__ == "__main__":
    main()
