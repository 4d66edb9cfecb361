"""A course's folder as nbgrader sees it: its settings, and where its things lie."""

from pathlib import Path

from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config, PyFileConfigLoader


def settings_of(course: Path) -> Config:
    """nbgrader's settings in the folder `course`, as its commands find them there."""
    config = Config()
    if (course / "nbgrader_config.py").exists():
        config = PyFileConfigLoader("nbgrader_config.py", path=str(course)).load_config()
    config.CourseDirectory.setdefault("root", str(course.resolve()))
    return config


def folders_of(course: Path) -> CourseDirectory:
    """Where the course in the folder `course` keeps what.  Raises FileNotFoundError when it has no gradebook."""
    folders = CourseDirectory(config=settings_of(course))
    database = folders.db_url.removeprefix("sqlite:///")
    if database != folders.db_url and not Path(database).exists():
        raise FileNotFoundError(
            f"There is no gradebook {database}: run nbgrader generate_assignment and nbgrader autograde in {course}."
        )
    return folders


def patient(db_url: str) -> str:
    """A gradebook's address at which SQLite waits a minute, and not five seconds, while another process writes."""
    return db_url + "?timeout=60" if db_url.startswith("sqlite:") and "?" not in db_url else db_url
