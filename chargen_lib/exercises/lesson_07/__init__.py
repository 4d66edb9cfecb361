"""The exercises of lesson 07: how likely a text is, and how to look for the likeliest one."""

from chargen_lib.exercises.lesson_07.beam_search import BEAM_SEARCH
from chargen_lib.exercises.lesson_07.length_normalised import LENGTH_NORMALISED
from chargen_lib.exercises.lesson_07.sequence_log_prob import SEQUENCE_LOG_PROB
from chargen_lib.exercises.lesson_07.viterbi import VITERBI

EXERCISES = [SEQUENCE_LOG_PROB, BEAM_SEARCH, LENGTH_NORMALISED, VITERBI]
