"""Problem set "control", after lesson 13: other ways between two distributions and beyond them, and how far a text is trusted."""

from chargen_lib.instructor.variants.control.shared_belief import SHARED_BELIEF
from chargen_lib.instructor.variants.control.steered import STEERED

FAMILIES = (STEERED, SHARED_BELIEF)
