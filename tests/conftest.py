"""Tests leave no record of their own among a learner's, keep memory small, and can be asked of one lesson alone."""

import gc
import re
from contextlib import contextmanager
from pathlib import Path

import jax
import pytest


@pytest.fixture(autouse=True)
def own_record(tmp_path, monkeypatch):
    monkeypatch.setenv("CHARGEN_PROGRESS", str(tmp_path / "progress.json"))


@pytest.fixture(autouse=True, scope="module")
def forget_what_was_compiled():
    """JAX keeps all that it has compiled: without this a test process grows to 4 GB."""
    yield
    jax.clear_caches()
    gc.collect()


@pytest.fixture
def programs():
    """How many programs XLA compiles meanwhile, those of a few operations among them: `with programs() as compiled`, an entry for each."""

    @contextmanager
    def meanwhile():
        compiled = []

        def listen(event, duration, **more):
            if event == "/jax/core/compile/backend_compile_duration":
                compiled.append(duration)

        jax.monitoring.register_event_duration_secs_listener(listen)
        try:
            yield compiled
        finally:
            jax.monitoring.unregister_event_duration_listener(listen)

    return meanwhile


def pytest_addoption(parser):
    parser.addoption("--lesson", help="test only what belongs to this lesson, 06 for instance")


# What one worker would be at when all others have done goes to several: by what a test is tried on, or one by one.
APART = {"test_exercises": "exercise", "test_variants": "family", "test_pages": None, "test_shown_slides": None}


@pytest.hookimpl(tryfirst=True)  # before xdist looks at the marks
def pytest_collection_modifyitems(config, items):
    for item in items:
        if not item.get_closest_marker("xdist_group") and (group := group_of(item)):
            item.add_marker(pytest.mark.xdist_group(group))
    keep_the_lesson(config, items)


def group_of(item):
    """The tests that one worker takes, and compiles once what they share: a file's; all that need JupyterLab, which it starts once."""
    if "lab" in getattr(item, "fixturenames", ()):
        return "lab"
    file = item.path.stem
    if file not in APART:
        return file
    tried = getattr(item, "callspec", None) and item.callspec.params.get(APART[file])
    return tried and f"{file} {getattr(tried, 'name', None) or tried.function}"


def keep_the_lesson(config, items):
    if not (lesson := config.getoption("--lesson")):
        return
    if not re.fullmatch(r"\d{1,2}", lesson):
        raise pytest.UsageError(f"--lesson takes the number of a lesson, 06 for instance, not {lesson!r}.")
    kept = [item for item in items if belongs(item, int(lesson))]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


def belongs(item, lesson):
    """Whether a test is told, by what it is tried on, that it is this lesson's."""
    parts = getattr(item, "callspec", None)
    return parts is not None and any(lesson_of(value) == lesson for value in parts.params.values())


def lesson_of(value):
    from chargen_lib.exercises import EXERCISES

    if isinstance(value, Path):
        value = value.stem
    if isinstance(value, str):
        if value in EXERCISES:
            return EXERCISES[value].lesson
        return int(value[:2]) if re.match(r"\d\d_", value) else None
    return getattr(value, "lesson", None)
