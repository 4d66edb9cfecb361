"""The exercises of lesson 01: how text becomes numbers, and how predictable it is."""

from chargen_lib.exercises.lesson_01.add_one_loss import ADD_ONE_LOSS
from chargen_lib.exercises.lesson_01.bigram_counts import BIGRAM_COUNTS
from chargen_lib.exercises.lesson_01.conditional_entropy import CONDITIONAL_ENTROPY
from chargen_lib.exercises.lesson_01.encode import ENCODE

EXERCISES = [ENCODE, BIGRAM_COUNTS, CONDITIONAL_ENTROPY, ADD_ONE_LOSS]
