"""What a learning platform gives: whose each file of its zip is, and which notebook of a student counts.

How the platforms name files (read in their source code, and tried by the tests):
Moodle   mod/assign/classes/downloader.php: "Ada Lovelace_12345_assignsubmission_file/x.ipynb", before 4.1 with a "_" after
         "file", or without folders "Ada Lovelace_12345_assignsubmission_file_x.ipynb".  12345 is another for each assignment.
         mod/assign/feedback/file/importziplib.php takes feedback back under the same names.
Canvas   app/models/content_zipper.rb: "lovelaceada_LATE_34094_208490_x-1.ipynb": the name without blanks, LATE for what was
         late, the student's number, the file's number.  Anonymous: without the name.
"""

import functools
import gzip
import io
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

LARGEST = 100_000_000  # bytes of a notebook; one with many figures has a tenth of it
DAMAGED = (OSError, EOFError, zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, ValueError)

MOODLE = re.compile(r"(?P<name>.+?)_(?P<number>\d+)_assignsubmission_file(_(?P<file>.*))?")
CANVAS = re.compile(r"((?P<name>.+?)_)?(LATE_)?(?P<number>\d+)_(?P<order>\d+)_(?P<file>.+)", re.IGNORECASE)


@dataclass(frozen=True)
class File:
    """One file of the zip or folder.  path: with / between; date: when it was changed, later is more."""

    path: str
    date: tuple
    read: Callable[[], bytes]


@dataclass(frozen=True)
class Found:
    """A notebook and whose it is.  number: the platform's; prefix: what stands before a file's name on the way back."""

    name: str
    number: str
    prefix: str
    path: str
    order: tuple  # the largest counts
    content: bytes


def students_in(kind: str, file: Path, assignment: str, left_out: list[str]) -> dict[str, Found]:
    """Student -> the notebook that counts: one called as the assignment before others, the newest of these."""
    by_owner: dict[tuple[str, str], list[Found]] = {}
    files = list(_files(file))
    wrapped = _wrapped(files) if kind == "folder" else 0
    for place, each in enumerate(files):
        parts = PurePosixPath(each.path).parts
        if _hidden(each.path):
            continue
        if each.path.startswith("/") or "\\" in each.path or ".." in parts or ":" in parts[0]:
            left_out.append(f"{each.path}: its path leads out of its folder")
            continue
        owner = _owner(kind, parts[wrapped:])
        if owner is None:
            left_out.append(f"{each.path}: its name says no student; is the zip from {kind}?")
            continue
        name, number, prefix, order, last = owner
        try:
            for inner, content in _notebooks(last, each.read()):
                called = PurePosixPath(inner).name.startswith(assignment)
                counts = (called, order, each.date, place)
                by_owner.setdefault((name, number), []).append(Found(name, number, prefix, each.path, counts, content))
        except DAMAGED as error:
            left_out.append(f"{each.path}: {error or type(error).__name__}")
    names = [safe(name) for name, _ in by_owner]
    students: dict[str, Found] = {}
    for (name, number), notebooks in by_owner.items():
        best = max(notebooks, key=lambda one: one.order)
        left_out += [f"{one.path}: {best.path} counts" for one in notebooks if one is not best]
        student = number if kind == "canvas" else f"{safe(name)}_{number}" if names.count(safe(name)) > 1 else safe(name)
        while student in students:
            student += "_"
        students[student] = best
    return students


def _owner(kind: str, parts: tuple[str, ...]) -> tuple[str, str, str, int, str] | None:
    """Name, number, prefix, order and the file's own name of a path; None: it says no student."""
    if kind == "folder":
        student = parts[0] if len(parts) > 1 else PurePosixPath(parts[0]).stem
        return student, "", f"{student}/", 0, parts[-1]
    for place, part in enumerate(parts):
        found = (MOODLE if kind == "moodle" else CANVAS).fullmatch(part)
        if not found or not (found["file"] or parts[place + 1 :]):
            continue
        name, number = found["name"] or "", found["number"]
        if kind == "moodle":
            return (
                name,
                number,
                f"{name}_{number}_assignsubmission_file_/",
                0,
                parts[-1] if parts[place + 1 :] else found["file"],
            )
        return name, number, part.removesuffix(found["file"]), int(found["order"]), found["file"]
    return None


def _files(file: Path) -> Iterator[File]:
    if file.is_dir():
        for path in sorted(path for path in file.rglob("*") if path.is_file() and not path.is_symlink()):
            yield File(path.relative_to(file).as_posix(), (path.stat().st_mtime,), path.read_bytes)
        return
    with zipfile.ZipFile(file) as opened:
        for info in opened.infolist():
            if not info.is_dir():
                yield File(info.filename, info.date_time, functools.partial(_unzip, file, info))


def _unzip(file: Path | io.BytesIO, info: zipfile.ZipInfo) -> bytes:
    if info.file_size > LARGEST:
        raise ValueError(f"{info.file_size:,} bytes are too many for a notebook")
    with zipfile.ZipFile(file) as opened:
        return opened.read(info)


def _wrapped(files: list[File]) -> int:
    """1 when everything lies in one folder more, as a zip of a folder of students has it."""
    parts = [PurePosixPath(each.path).parts for each in files if not _hidden(each.path)]
    return int(len({p[0] for p in parts if p}) == 1 and all(len(p) > 2 for p in parts))


def _notebooks(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    """The notebooks in a file that was handed in: itself, packed by gzip, or in a zip."""
    suffix = PurePosixPath(name).suffix.lower()
    if suffix == ".ipynb":
        yield name, content
    elif suffix == ".gz" and name.lower().endswith(".ipynb.gz"):
        with gzip.open(io.BytesIO(content)) as opened:
            unpacked = opened.read(LARGEST + 1)
        if len(unpacked) > LARGEST:
            raise ValueError("too many bytes for a notebook")
        yield name[:-3], unpacked
    elif suffix == ".zip":
        packed = io.BytesIO(content)
        inner = [
            info
            for info in zipfile.ZipFile(packed).infolist()
            if info.filename.lower().endswith(".ipynb") and not _hidden(info.filename)
        ]
        if not inner:
            raise ValueError("there is no notebook in it")
        for info in inner:  # only what is in it is taken; where it wants to go counts for nothing
            yield info.filename, _unzip(packed, info)
    else:
        raise ValueError("it is no notebook")


def _hidden(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return (
        not parts or "__MACOSX" in parts or ".ipynb_checkpoints" in parts or (parts[-1].startswith(".") and parts[-1] != "..")
    )


def safe(name: str) -> str:
    """A name as a folder that nbgrader takes."""
    return re.sub(r"[^\w.-]+", "_", unicodedata.normalize("NFC", name)).strip("._") or "student"
