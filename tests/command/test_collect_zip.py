"""collect-zip: what learning platforms give as a zip, with the names that they give, good and broken."""

import csv
import gzip
import io
import zipfile
from pathlib import Path

import pytest

from chargen_lib import command

LESSON = "01_text_as_numbers"


@pytest.fixture
def course(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "grading" / "source" / LESSON).mkdir(parents=True)
    return tmp_path / "grading"


def packed(files, broken=()):
    """A zip as bytes.  files: name -> content; each is a minute newer than the one before.  broken: names whose content is spoilt."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        for minute, (name, content) in enumerate(files.items()):
            made.writestr(zipfile.ZipInfo(name, (2026, 1, 2, 3, minute, 0)), content)
    content = stream.getvalue()
    for name in broken:
        content = content.replace(files[name].encode(), b"x" * len(files[name]))
    return content


def collect(course, kind, files, *more, broken=()):
    """Student -> what is in their folder, after collect-zip of these files."""
    (course.parent / "all.zip").write_bytes(packed(files, broken))
    command.main(["collect-zip", kind, "all.zip", course.name, LESSON, *more])
    return submitted(course)


def submitted(course):
    paths = (course / "submitted").glob(f"*/{LESSON}/{LESSON}.ipynb")
    return {path.parent.parent.name: path.read_text() for path in paths}


ADA, BO = "Ada Lovelace_12345_assignsubmission_file", "Bo Åse_77_assignsubmission_file"


@pytest.mark.parametrize(
    ("kind", "files", "students"),
    [
        ("moodle", {f"{ADA}_/{LESSON}.ipynb": "a", f"{BO}/deep/er/mine (1).ipynb": "b"}, {"Ada_Lovelace": "a", "Bo_Åse": "b"}),
        ("moodle", {f"{ADA}_my_own_1.ipynb": "a", f"{BO}_{LESSON}.ipynb": "b"}, {"Ada_Lovelace": "a", "Bo_Åse": "b"}),
        (
            "moodle",
            {"Participant_1_assignsubmission_file_/x.ipynb": "a", "Participant_2_assignsubmission_file_/x.ipynb": "b"},
            {"Participant_1": "a", "Participant_2": "b"},
        ),
        (
            "canvas",
            {"lovelaceada_34094_208490_x-1.ipynb": "a", "asebo_LATE_77_9_x_3_4_y.ipynb": "b"},
            {"34094": "a", "77": "b"},
        ),
        ("canvas", {"asebo_late_77_9_x.ipynb": "b", "34094_208490_x.ipynb": "a"}, {"34094": "a", "77": "b"}),
        ("folder", {"ada/x.ipynb": "a", "b[o]/deep/x.ipynb": "b"}, {"ada": "a", "b_o": "b"}),
        ("folder", {"all/ada/x.ipynb": "a", "all/bo-1/x.ipynb": "b", "__MACOSX/all/._x": ""}, {"ada": "a", "bo-1": "b"}),
    ],
)
def test_the_names_of_a_platform_say_whose_it_is(course, kind, files, students):
    assert collect(course, kind, files) == students


def test_an_unpacked_folder_is_as_good_as_the_zip(course):
    (course.parent / "all" / f"{ADA}_").mkdir(parents=True)
    (course.parent / "all" / f"{ADA}_" / "x.ipynb").write_text("a")
    command.main(["collect-zip", "moodle", "all", "grading", LESSON])
    assert submitted(course) == {"Ada_Lovelace": "a"}


def test_one_bad_file_is_named_and_the_rest_collected(course):
    files = {
        f"{ADA}_/x.ipynb": "a",
        "B B_2_assignsubmission_file_/x.zip": "no zip",
        "C C_3_assignsubmission_file_/x.ipynb.gz": "no gzip",
        "D D_4_assignsubmission_file_/../../../x.ipynb": "d",
        "/E E_5_assignsubmission_file_/x.ipynb": "e",
        "F F_6_assignsubmission_file_/x.pdf": "f",
        "G G_7_assignsubmission_file_/x.ipynb": "spoilt on the way",
        "H H_8_assignsubmission_file_/x.zip": packed({"x.txt": ""}),
        "a letter.ipynb": "i",
        "J J_9_assignsubmission_file_/x.zip": packed({"../../out.ipynb": "j", "__MACOSX/._x.ipynb": ""}),
        "K K_10_assignsubmission_file_/x.ipynb.gz": gzip.compress(b"k"),
    }
    with pytest.raises(SystemExit) as ended:
        collect(course, "moodle", files, broken=["G G_7_assignsubmission_file_/x.ipynb"])
    assert submitted(course) == {"Ada_Lovelace": "a", "J_J": "j", "K_K": "k"}
    named = str(ended.value).splitlines()[1:]
    assert [line.strip()[0] for line in named] == ["B", "C", "D", "/", "F", "G", "H", "a"]
    assert not list(course.parent.rglob("out.ipynb"))


@pytest.mark.parametrize(
    ("kind", "files", "counts"),
    [
        ("canvas", {"a_1_20_x-1.ipynb": "new", "a_1_10_x.ipynb": "old"}, "new"),
        ("moodle", {f"{ADA}_/x.ipynb": "old", f"{ADA}_/y.ipynb": "new"}, "new"),
        ("moodle", {f"{ADA}_/{LESSON}-Copy1.ipynb": "lesson", f"{ADA}_/notes.ipynb": "notes"}, "lesson"),
    ],
)
def test_of_the_same_student_the_newest_counts_and_the_other_is_named(course, kind, files, counts):
    with pytest.raises(SystemExit, match=r"Left out:\n  .*: .* counts$"):
        collect(course, kind, files)
    assert list(submitted(course).values()) == [counts]


def test_what_was_collected_before_is_kept_beside(course, capsys):
    collect(course, "folder", {"ada/x.ipynb": "one"})
    collect(course, "folder", {"ada/x.ipynb": "one"})
    assert "0 new notebooks" in capsys.readouterr().out
    collect(course, "folder", {"ada/x.ipynb": "two"})
    assert f"grade {course.name} {LESSON} grades the new one:\n  ada" in capsys.readouterr().out
    folder = course / "submitted" / "ada" / LESSON
    assert {path.name: path.read_text() for path in folder.iterdir()} == {f"{LESSON}.ipynb": "two", f"{LESSON}.ipynb.1": "one"}


@pytest.mark.parametrize(
    ("kind", "files", "listed"),
    [
        ("moodle", {f"{ADA}_/x.ipynb": "a"}, "First name,Surname,ID number\nAda,Lovelace,1\nCy,Young,2\n"),
        ("moodle", {f"{ADA}_/x.ipynb": "a"}, "Surname;First name\nLovelace;Ada\nYoung;Cy\n"),
        ("canvas", {"lovelaceada_5_6_x.ipynb": "a"}, 'Student,Section\n"Lovelace, Ada",1\n"Cy Young",1\n'),
        ("canvas", {"anybody_5_6_x.ipynb": "a"}, "Student,ID\nAda,5\nCy Young,6\n"),
        ("folder", {"s1/x.ipynb": "a"}, "s1\nCy Young\n"),
    ],
)
def test_who_is_missing_from_the_class_is_said(course, capsys, kind, files, listed):
    (course.parent / "class.csv").write_text(listed, encoding="utf-8-sig")
    collect(course, kind, files, "--class-list", "class.csv")
    said = capsys.readouterr().out
    assert "1 of the class list handed in no notebook" in said and {"Cy", "Young"} <= set(said.split()) and "Ada" not in said


@pytest.mark.parametrize("numbers", [(), (11,), (11, 12)])
def test_of_two_with_one_name_the_one_who_is_missing_is_said(course, capsys, numbers):
    (course.parent / "class.csv").write_text("First name,Last name,Email\nLi,Wei,a@b.c\nLi,Wei,d@b.c\nAda,Lovelace,e@b.c\n")
    files = {f"Li Wei_{number}_assignsubmission_file/x.ipynb": "a" for number in numbers} | {f"{ADA}/x.ipynb": "a"}
    collect(course, "moodle", files, "--class-list", "class.csv")
    said = capsys.readouterr().out
    assert f"{2 - len(numbers)} of the class list handed in no notebook" in said and "Ada" not in said
    assert ("  Li Wei, one of 2 with this name" in said) == (len(numbers) == 1)


@pytest.mark.parametrize(
    ("kind", "name", "student", "back"),
    [
        ("moodle", f"{ADA}/x.ipynb", "Ada_Lovelace", f"{ADA}_/{LESSON}.html"),
        ("moodle", f"{ADA}_x.ipynb", "Ada_Lovelace", f"{ADA}_/{LESSON}.html"),
        ("canvas", "lovelaceada_LATE_5_6_x-1.ipynb", "5", f"lovelaceada_LATE_5_6_{LESSON}.html"),
        ("folder", "ada/x.ipynb", "ada", f"ada/{LESSON}.html"),
    ],
)
def test_the_feedback_goes_back_under_the_platforms_names(course, kind, name, student, back):
    page = course / "feedback" / student / LESSON / f"{LESSON}.html"
    page.parent.mkdir(parents=True)
    page.write_text("well done")
    collect(course, kind, {name: "a"}, "--feedback", "back.zip")
    with zipfile.ZipFile("back.zip") as made:
        assert {info.filename: made.read(info) for info in made.infolist()} == {back: b"well done"}
    assert submitted(course) == {}
    with pytest.raises(SystemExit, match=r"back\.zip is there already"):
        collect(course, kind, {name: "a"}, "--feedback", "back.zip")


def test_who_has_no_feedback_yet_is_named(course):
    with pytest.raises(
        SystemExit, match=rf"Ada_Lovelace: there is no feedback page yet; chargen-course grade {course.name} {LESSON} makes it"
    ):
        collect(course, "moodle", {f"{ADA}_/x.ipynb": "a"}, "--feedback", "back.zip")


def test_the_command_that_is_named_can_be_typed_where_a_folder_has_a_blank_in_its_name(course, capsys):
    course = course.rename(course.with_name("my class"))
    for text in ("one", "two"):
        collect(course, "folder", {"ada/x.ipynb": text})
    assert f"chargen-course grade 'my class' {LESSON} grades the new one" in capsys.readouterr().out
    with pytest.raises(SystemExit, match=f"chargen-course grade 'my class' {LESSON} makes it"):
        collect(course, "folder", {"ada/x.ipynb": "two"}, "--feedback", "back.zip")


def test_no_feedback_zip_is_written_when_no_page_goes_into_it(course):
    Path("back.zip").write_text("the good one")
    with pytest.raises(SystemExit, match="no student"):
        collect(course, "moodle", {"photos/x.jpg": "a"}, "--feedback", "back.zip", "--force")
    assert Path("back.zip").read_text() == "the good one"


def test_a_file_that_is_no_zip_and_an_assignment_that_is_none_are_said(course):
    (course.parent / "all.zip").write_text("no zip")
    with pytest.raises(SystemExit, match=r"all\.zip cannot be read as a zip"):
        command.main(["collect-zip", "moodle", "all.zip", "grading", LESSON])
    with pytest.raises(SystemExit, match="There is no assignment 99"):
        command.main(["collect-zip", "moodle", "all.zip", "grading", "99"])


SHEETS = {
    "moodle": (
        "Identifier,Full name,Grade,Last modified (grade)\nParticipant 12345,Ada,,-\nParticipant 7,Bo,,-\n",
        ADA + "_/x.ipynb",
    ),
    "canvas": (
        'Student,ID,Section,Lesson 1 (99)\n    Points Possible,,,3\n"Lovelace, Ada",12345,1,\nBo,7,1,\n',
        "a_12345_6_x.ipynb",
    ),
}


@pytest.mark.parametrize(
    ("kind", "status", "mark"), [("moodle", "wrong", "2"), ("canvas", "wrong", "2"), ("moodle", "not run: x", "")]
)
def test_the_marks_go_into_the_platforms_own_sheet(course, monkeypatch, capsys, kind, status, mark):
    from chargen_lib.instructor import results as read_results

    student = "12345" if kind == "canvas" else "Ada_Lovelace"
    results = [read_results.Result(LESSON, student, "encode", 2, 2, "correct", "", "")]
    results += [
        read_results.Result(LESSON, student, "decode", 1, 0, status, "", ""),
        read_results.Result("02", student, "x", 9, 9, "correct", "", ""),
    ]
    monkeypatch.setattr(read_results, "read", lambda course: read_results.Class(results, [], [], []))
    sheet, name = SHEETS[kind]
    (course.parent / "sheet.csv").write_text(sheet)
    options = ("--marks", "sheet.csv", *(("--column", "Lesson 1 (99)") if kind == "canvas" else ()))
    if not mark:
        with pytest.raises(SystemExit, match="Ada_Lovelace: not graded"):
            collect(course, kind, {name: "a"}, *options)
    else:
        collect(course, kind, {name: "a"}, *options)
        assert "1 marks, of 3 points" in capsys.readouterr().out
    filled = (course.parent / "sheet-filled.csv").read_text(encoding="utf-8-sig")
    before, after = (list(csv.reader(io.StringIO(text))) for text in (sheet, filled))
    changed = [(row, new) for row, new in zip(before, after, strict=True) if row != new]
    assert [new[2 if kind == "moodle" else 3] for _, new in changed] == ([mark] if mark else [])
    assert all("12345" in " ".join(new) for _, new in changed) and submitted(course) == {}


def test_a_sheet_without_the_column_is_said(course, monkeypatch):
    from chargen_lib.instructor import results as read_results

    monkeypatch.setattr(read_results, "read", lambda course: read_results.Class([], [], [], []))
    (course.parent / "sheet.csv").write_text("Kennung,Bewertung\n")
    with pytest.raises(SystemExit, match=r"no column .Grade.: name one with --column\. It has: Kennung, Bewertung"):
        collect(course, "moodle", {ADA + "_/x.ipynb": "a"}, "--marks", "sheet.csv")


def test_a_list_in_another_encoding_or_none_is_said(course):
    (course.parent / "class.csv").write_bytes("Åse".encode("cp1252"))
    for name in ("class.csv", "nowhere.csv"):
        with pytest.raises(SystemExit, match=rf"{name} cannot be read as CSV in UTF-8"):
            collect(course, "moodle", {f"{ADA}_/x.ipynb": "a"}, "--class-list", name)
    assert submitted(course) == {"Ada_Lovelace": "a"}
