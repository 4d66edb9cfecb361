"""The exercises of lesson 05: what a training step is made of."""

from chargen_lib.exercises.lesson_05.adam_step import ADAM_STEP
from chargen_lib.exercises.lesson_05.bits_per_character import BITS_PER_CHARACTER
from chargen_lib.exercises.lesson_05.cross_entropy import CROSS_ENTROPY
from chargen_lib.exercises.lesson_05.make_batch import MAKE_BATCH

EXERCISES = [MAKE_BATCH, CROSS_ENTROPY, ADAM_STEP, BITS_PER_CHARACTER]
