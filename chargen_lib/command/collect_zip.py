"""chargen-course collect-zip: what a learning platform gives as a zip, put where nbgrader looks, and the feedback back into one."""

import argparse
import collections
import csv
import io
import re
import shlex
import unicodedata
import zipfile
from collections.abc import Iterator
from pathlib import Path

from chargen_lib.command.files import add_force, write
from chargen_lib.instructor.platforms import DAMAGED, Found, safe, students_in

HELP = "sort what a learning platform gives as a zip into nbgrader's folders, and put the feedback into one"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `collect-zip` takes."""
    parser.add_argument("kind", choices=("moodle", "canvas", "folder"), help="where it comes from; folder: STUDENT/x.ipynb")
    parser.add_argument("file", type=Path, metavar="FILE", help="the zip, or the folder that it was unpacked to")
    parser.add_argument("course", type=Path, metavar="COURSE", help="nbgrader's course folder")
    parser.add_argument("assignment", metavar="ASSIGNMENT", help="such as 01_text_as_numbers")
    parser.add_argument(
        "--class-list", type=Path, metavar="CSV", help="the platform's list of the class: says who handed in no notebook"
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
        found = students_in(chosen.kind, chosen.file, chosen.assignment, left_out)
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
        print(f"{len(absent)} of the class list handed in no notebook" + (":\n  " + "\n  ".join(absent) if absent else "."))
    if left_out:
        raise SystemExit("Left out:\n  " + "\n  ".join(left_out))


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
            f"These had handed in another one, which lies beside it; {_grades(chosen)} "
            "grades the new one:\n  " + "\n  ".join(again)
        )


def _write_feedback(chosen: argparse.Namespace, found: dict[str, Found], left_out: list[str]) -> None:
    if chosen.feedback.exists() and not chosen.force:
        raise SystemExit(f"{chosen.feedback} is there already, and stays as it is. Name another file, or use --force.")
    pages = []
    for student, one in sorted(found.items()):
        page = chosen.course / "feedback" / student / chosen.assignment / f"{chosen.assignment}.html"
        if page.exists():
            pages.append((page, one.prefix + page.name))
        else:
            left_out.append(f"{student}: there is no feedback page yet; {_grades(chosen)} makes it")
    if pages:
        with zipfile.ZipFile(chosen.feedback, "w", zipfile.ZIP_DEFLATED) as packed:
            for page, name in pages:
                packed.write(page, name)
    print(f"{len(pages)} feedback pages, {'' if pages else 'so nothing was '}written to {chosen.feedback}")


def _grades(chosen: argparse.Namespace) -> str:
    return f"chargen-course grade {shlex.quote(str(chosen.course))} {chosen.assignment}"


def _write_marks(chosen: argparse.Namespace, found: dict[str, Found], left_out: list[str]) -> None:
    """Fill in the sheet: Moodle's rows are named "Participant 12345" (in its language), Canvas's by the column ID."""
    from chargen_lib.instructor.results import read

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
    """Who is on the list and handed in no notebook: found by the name in any order, or by a cell that is the student's folder."""
    there: set[object] = {student.casefold() for student in found}
    for one in found.values():
        there |= {tuple(sorted(_words(one.name))), one.name.casefold()}
    handed_in = collections.Counter(tuple(sorted(_words(one.name))) for one in found.values())
    listed: dict[tuple[str, ...], list[str]] = {}  # by name, those who are there
    rows, _ = _table(class_list)
    heading = rows[0] if rows and re.search(r"name|student|\bid\b", " ".join(rows[0]), re.IGNORECASE) else []
    columns = [place for place, title in enumerate(heading) if re.search(r"name|student", title, re.IGNORECASE)][:2]
    for row in rows[1:] if heading else rows:
        names = [row[place] for place in columns if place < len(row)] or row[:1]
        keys: set[object] = {safe(cell.strip()).casefold() for cell in row if cell.strip()}
        for name in (*names, " ".join(names)):
            words = _words(name)
            keys.add(tuple(sorted(words)))
            keys |= {"".join(words[place:] + words[:place]) for place in range(len(words))}  # Canvas writes lovelaceada
        called = " ".join(name.strip() for name in names)
        if not (keys - {(), ""}) & there:
            yield called
        for key in (set(handed_in) & keys) - {()}:
            listed.setdefault(key, []).append(called)
    for key, same in listed.items():
        for called in same[handed_in[key] :]:  # which of them it is, a name does not tell
            yield f"{called}, one of {len(same)} with this name"


def _words(name: str) -> list[str]:
    return re.findall(r"\w+", unicodedata.normalize("NFC", name).casefold().replace("_", " "))
