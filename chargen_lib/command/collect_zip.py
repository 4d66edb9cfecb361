"""chargen-course collect-zip: what a learning platform gives as a zip, put where nbgrader looks, and the feedback back into one.

How the platforms name files (read in their source code, and tried by the tests):
Moodle   mod/assign/classes/downloader.php: "Ada Lovelace_12345_assignsubmission_file/x.ipynb", before 4.1 with a "_" after
         "file", or without folders "Ada Lovelace_12345_assignsubmission_file_x.ipynb".  12345 is another for each assignment.
         mod/assign/feedback/file/importziplib.php takes feedback back under the same names.
Canvas   app/models/content_zipper.rb: "lovelaceada_LATE_34094_208490_x-1.ipynb": the name without blanks, LATE for what was
         late, the student's number, the file's number.  Anonymous: without the name.
"""

import argparse
import csv
import functools
import gzip
import io
import re
import shlex
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from chargen_lib.command.files import add_force, write

HELP = "sort what a learning platform gives as a zip into nbgrader's folders, and put the feedback into one"
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


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `collect-zip` takes."""
    parser.add_argument("kind", choices=("moodle", "canvas", "folder"), help="where it comes from; folder: STUDENT/x.ipynb")
    parser.add_argument("file", type=Path, metavar="FILE", help="the zip, or the folder that it was unpacked to")
    parser.add_argument("course", type=Path, metavar="COURSE", help="nbgrader's course folder")
    parser.add_argument("assignment", metavar="ASSIGNMENT", help="such as 01_text_as_numbers")
    parser.add_argument(
        "--class-list", type=Path, metavar="CSV", help="the platform's list of the class: says who handed in nothing"
    )
    parser.add_argument(
        "--feedback",
        type=Path,
        metavar="ZIP",
        help="collect nothing, but write the feedback pages of those in FILE for the platform",
    )
    parser.add_argument(
        "--marks",
        type=Path,
        metavar="CSV",
        help="collect nothing, but fill in the platform's own sheet of marks, as SHEET-filled.csv",
    )
    parser.add_argument(
        "--column", default="Grade", help="how the sheet calls the column to fill (%(default)s, as Moodle does)"
    )
    add_force(parser)


def run(chosen: argparse.Namespace) -> None:
    """Collect, or write the feedback; then name what was left out."""
    if not (chosen.course / "source" / chosen.assignment).is_dir():
        raise SystemExit(f"There is no assignment {chosen.assignment} in {chosen.course}/source, so nothing was done.")
    left_out: list[str] = []
    try:
        found = _students(chosen.kind, chosen.file, chosen.assignment, left_out)
    except DAMAGED as error:
        raise SystemExit(f"{chosen.file} cannot be read as a zip or a folder ({error}), so nothing was done.") from None
    if chosen.feedback:
        _write_feedback(chosen, found, left_out)
    if chosen.marks:
        _write_marks(chosen, found, left_out)
    if not chosen.feedback and not chosen.marks:
        _write_submissions(chosen, found)
    if chosen.class_list:
        absent = list(_absent(chosen.class_list, found))
        print(f"{len(absent)} of the class list handed in nothing" + (":\n  " + "\n  ".join(absent) if absent else "."))
    if left_out:
        raise SystemExit("Left out:\n  " + "\n  ".join(left_out))


def _students(kind: str, file: Path, assignment: str, left_out: list[str]) -> dict[str, Found]:
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
    names = [_safe(name) for name, _ in by_owner]
    students: dict[str, Found] = {}
    for (name, number), notebooks in by_owner.items():
        best = max(notebooks, key=lambda one: one.order)
        left_out += [f"{one.path}: {best.path} counts" for one in notebooks if one is not best]
        student = number if kind == "canvas" else f"{_safe(name)}_{number}" if names.count(_safe(name)) > 1 else _safe(name)
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


def _safe(name: str) -> str:
    """A name as a folder that nbgrader takes."""
    return re.sub(r"[^\w.-]+", "_", unicodedata.normalize("NFC", name)).strip("._") or "student"


def _write_submissions(chosen: argparse.Namespace, found: dict[str, Found]) -> None:
    new, again = 0, []
    for student, one in sorted(found.items()):
        path = chosen.course / "submitted" / student / chosen.assignment / f"{chosen.assignment}.ipynb"
        if path.exists() and path.read_bytes() == one.content:
            continue
        if path.exists():
            number = 1
            while (kept := path.with_name(f"{path.name}.{number}")).exists():
                number += 1
            path.rename(kept)
            again.append(student)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(one.content)
        new += 1
    print(f"{len(found)} students, {new} new notebooks, in {chosen.course / 'submitted'}.")
    if again:
        print(
            "These had handed in another one, which lies beside it. If it was graded already, grade anew:\n  "
            + "\n  ".join(f"nbgrader autograde {shlex.quote(chosen.assignment)} --student {s} --force" for s in again)
        )


def _write_feedback(chosen: argparse.Namespace, found: dict[str, Found], left_out: list[str]) -> None:
    if chosen.feedback.exists() and not chosen.force:
        raise SystemExit(f"{chosen.feedback} is there already, and stays as it is. Name another file, or use --force.")
    written = 0
    with zipfile.ZipFile(chosen.feedback, "w", zipfile.ZIP_DEFLATED) as packed:
        for student, one in sorted(found.items()):
            page = chosen.course / "feedback" / student / chosen.assignment / f"{chosen.assignment}.html"
            if not page.exists():
                left_out.append(f"{student}: there is no feedback page yet")
                continue
            packed.write(page, one.prefix + page.name)
            written += 1
    print(f"{written} feedback pages, written to {chosen.feedback}")


def _write_marks(chosen: argparse.Namespace, found: dict[str, Found], left_out: list[str]) -> None:
    """Fill in the sheet: Moodle's rows are named "Participant 12345" (in its language), Canvas's by the column ID."""
    from chargen_lib.instructor.report import read

    results = [r for r in read(chosen.course).results if r.assignment == chosen.assignment]
    rows, delimiter = _table(chosen.marks)
    heading = rows[0] if rows else []
    column = next((place for place, title in enumerate(heading) if title.strip() == chosen.column), None)
    who = heading.index("ID") if "ID" in heading and chosen.kind == "canvas" else 0
    if column is None:
        raise SystemExit(
            f"{chosen.marks} has no column {chosen.column!r}: name one with --column. It has: {', '.join(heading)}"
        )
    places = {
        number[0]: place for place, row in enumerate(rows) if (number := re.findall(r"\d+$", "".join(row[who : who + 1])))
    }
    filled = 0
    for student, one in sorted(found.items()):
        of_student = [r for r in results if r.student == student]
        place = places.get(one.number)
        if not of_student or any(r.status.startswith("not run") for r in of_student):
            left_out.append(f"{student}: not graded, see chargen-course report")
        elif place is None:
            left_out.append(f"{student}: the sheet has no row for the number {one.number}")
        else:
            rows[place] += [""] * (column + 1 - len(rows[place]))
            rows[place][column] = f"{sum(r.score for r in of_student):g}"
            filled += 1
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(rows)
    out = chosen.marks.with_name(f"{chosen.marks.stem}-filled.csv")
    write(out, text.getvalue(), chosen.force)
    most = max((sum(r.points for r in results if r.student == student) for student in found), default=0)
    print(f"{filled} marks, of {most:g} points, written to {out}")


def _table(path: Path) -> tuple[list[list[str]], str]:
    """The rows of a CSV file, and what stands between its cells."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SystemExit(f"{path} cannot be read as CSV in UTF-8 ({error}).") from None
    delimiter = ";" if text.count(";") > text.count(",") else ","
    return [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if any(row)], delimiter


def _absent(class_list: Path, found: dict[str, Found]) -> Iterator[str]:
    """Who is on the list and handed in nothing: found by the name in any order, or by a cell that is the student's folder."""
    there: set[object] = {student.casefold() for student in found}
    for one in found.values():
        there |= {tuple(sorted(_words(one.name))), one.name.casefold()}
    rows, _ = _table(class_list)
    heading = rows[0] if rows and re.search(r"name|student|\bid\b", " ".join(rows[0]), re.IGNORECASE) else []
    columns = [place for place, title in enumerate(heading) if re.search(r"name|student", title, re.IGNORECASE)][:2]
    for row in rows[1:] if heading else rows:
        names = [row[place] for place in columns if place < len(row)] or row[:1]
        keys: set[object] = {_safe(cell.strip()).casefold() for cell in row if cell.strip()}
        for name in (*names, " ".join(names)):
            words = _words(name)
            keys.add(tuple(sorted(words)))
            keys |= {"".join(words[place:] + words[:place]) for place in range(len(words))}  # Canvas writes lovelaceada
        if not (keys - {(), ""}) & there:
            yield " ".join(name.strip() for name in names)


def _words(name: str) -> list[str]:
    return re.findall(r"\w+", unicodedata.normalize("NFC", name).casefold().replace("_", " "))
