"""The exercises of lesson 12: writing without a loop in Python, and with a draft that changes no probability."""

from chargen_lib.exercises.lesson_12.accept_probability import ACCEPT_PROBABILITY
from chargen_lib.exercises.lesson_12.accepted_length import ACCEPTED_LENGTH
from chargen_lib.exercises.lesson_12.expected_length import EXPECTED_LENGTH
from chargen_lib.exercises.lesson_12.leftover import LEFTOVER
from chargen_lib.exercises.lesson_12.write_in_scan import WRITE_IN_SCAN

EXERCISES = [WRITE_IN_SCAN, ACCEPT_PROBABILITY, LEFTOVER, ACCEPTED_LENGTH, EXPECTED_LENGTH]
