"""The exercises of lesson 06: filters that take characters out of the draw, and a number for how much a text repeats itself."""

from chargen_lib.exercises.lesson_06.min_p_filter import MIN_P_FILTER
from chargen_lib.exercises.lesson_06.repeated_ngram_rate import REPEATED_NGRAM_RATE
from chargen_lib.exercises.lesson_06.top_k_filter import TOP_K_FILTER
from chargen_lib.exercises.lesson_06.top_p_filter import TOP_P_FILTER

EXERCISES = [TOP_K_FILTER, TOP_P_FILTER, MIN_P_FILTER, REPEATED_NGRAM_RATE]
