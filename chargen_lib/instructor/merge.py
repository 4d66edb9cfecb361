"""Take into a course what was graded elsewhere, in copies of its folder: rows of the gradebook, notebooks, feedback.

A copy needs the settings, source/, the gradebook and some students' folders in submitted/.  Its own gradebook may hold older
rows of others: what counts is whom it has marked as done, see one.py.
"""

import shutil
import warnings
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from sqlalchemy.exc import SAWarning

from chargen_lib.instructor.course import folders_of
from chargen_lib.instructor.one import DONE, digest, done, folder_of


def merge(course: Path, copy: Path) -> tuple[list[str], list[str]]:
    """Take all that was graded in `copy` and is still to be graded in `course`: "STUDENT, ASSIGNMENT" of each taken, and why others were not.

    Points and comments that were given by hand in `course` stay.
    """
    here, there = folders_of(course), folders_of(copy)
    taken, left = [], []
    with (
        warnings.catch_warnings(action="ignore", category=SAWarning),  # nbgrader's own way with its rows
        Gradebook(here.db_url, here.course_id) as mine,
        Gradebook(there.db_url, there.course_id) as theirs,
    ):
        for marker in sorted(Path(there.root, there.autograded_directory).glob(f"*/*/{DONE}")):
            student, assignment = marker.parts[-3:-1]
            who = f"{student}, {assignment}"
            if done(here, assignment, student):
                continue
            if not done(there, assignment, student) or digest(here, assignment, student) != marker.read_text():
                left.append(f"{who}: what was graded is not what lies in {course}/submitted")
                continue
            if _cells(theirs, assignment) != _cells(mine, assignment):
                left.append(f"{who}: the two gradebooks know different exercises of it")
                continue
            _rows(theirs, mine, assignment, student)
            for stage in ("feedback", "autograded"):  # the mark that it is done comes with the last
                _put(folder_of(there, stage, assignment, student), folder_of(here, stage, assignment, student))
            taken.append(who)
    return taken, left


def _cells(gradebook: Gradebook, assignment: str) -> set[tuple[str, str, float]]:
    try:
        notebooks = gradebook.find_assignment(assignment).notebooks
    except MissingEntry:
        return set()
    return {(notebook.name, cell.name, cell.max_score) for notebook in notebooks for cell in notebook.grade_cells}


def _rows(theirs: Gradebook, mine: Gradebook, assignment: str, student: str) -> None:
    submission = theirs.find_submission(assignment, student)
    mine.update_or_create_student(student)
    mine.update_or_create_submission(assignment, student, timestamp=submission.timestamp)
    for notebook in submission.notebooks:
        for grade in notebook.grades:
            row = mine.find_grade(grade.name, notebook.name, assignment, student)
            row.auto_score, row.extra_credit = grade.auto_score, row.extra_credit or grade.extra_credit
            row.manual_score = grade.manual_score if row.manual_score is None else row.manual_score
            row.needs_manual_grade = grade.needs_manual_grade or row.manual_score is not None
        for comment in notebook.comments:
            row = mine.find_comment(comment.name, notebook.name, assignment, student)
            row.auto_comment, row.manual_comment = comment.auto_comment, row.manual_comment or comment.manual_comment
        mine.find_submission_notebook(
            notebook.name, assignment, student
        ).late_submission_penalty = notebook.late_submission_penalty
    mine.db.commit()


def _put(source: Path, target: Path) -> None:
    beside = target.with_name(f".{target.name}.new")
    shutil.rmtree(beside, ignore_errors=True)
    shutil.copytree(source, beside)
    shutil.rmtree(target, ignore_errors=True)
    beside.rename(target)
