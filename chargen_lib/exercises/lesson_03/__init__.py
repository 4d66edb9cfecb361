"""The exercises of lesson 03: a network that sees one character at a time, and how to find out what a network sees."""

from chargen_lib.exercises.lesson_03.count_parameters import COUNT_PARAMETERS
from chargen_lib.exercises.lesson_03.influence import INFLUENCE
from chargen_lib.exercises.lesson_03.mlp_logits import MLP_LOGITS

EXERCISES = [MLP_LOGITS, COUNT_PARAMETERS, INFLUENCE]
