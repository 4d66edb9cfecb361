"""The exercises of lesson 10: a character that asks the others, and how to find out whether it looks ahead."""

from chargen_lib.exercises.lesson_10.attention import ATTENTION
from chargen_lib.exercises.lesson_10.causal_mask import CAUSAL_MASK
from chargen_lib.exercises.lesson_10.layer_norm import LAYER_NORM
from chargen_lib.exercises.lesson_10.looks_ahead import LOOKS_AHEAD
from chargen_lib.exercises.lesson_10.rotate import ROTATE

EXERCISES = [CAUSAL_MASK, ATTENTION, ROTATE, LAYER_NORM, LOOKS_AHEAD]
