"""A box for submissions, where there is one."""

import os

import pytest

from chargen_lib.instructor import box


@pytest.fixture
def a_box():
    """Without a box: a failure where CI is set, otherwise a skip that says why."""
    if why := box.missing():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"Submissions were NOT tried in a box: {why}.")
