"""The exercises of lesson 04: from logits to a drawn character, and what a temperature does on the way."""

from chargen_lib.exercises.lesson_04.apply_temperature import APPLY_TEMPERATURE
from chargen_lib.exercises.lesson_04.entropy_bits import ENTROPY_BITS
from chargen_lib.exercises.lesson_04.gumbel_sample import GUMBEL_SAMPLE
from chargen_lib.exercises.lesson_04.softmax import SOFTMAX
from chargen_lib.exercises.lesson_04.temperature_for_entropy import TEMPERATURE_FOR_ENTROPY

EXERCISES = [SOFTMAX, APPLY_TEMPERATURE, ENTROPY_BITS, TEMPERATURE_FOR_ENTROPY, GUMBEL_SAMPLE]
