"""The exercises of lesson 08: what one more character of context is worth, to a table and to a network."""

from chargen_lib.exercises.lesson_08.context_windows import CONTEXT_WINDOWS
from chargen_lib.exercises.lesson_08.continuation_counts import CONTINUATION_COUNTS
from chargen_lib.exercises.lesson_08.kneser_ney import KNESER_NEY
from chargen_lib.exercises.lesson_08.window_logits import WINDOW_LOGITS

EXERCISES = [CONTEXT_WINDOWS, CONTINUATION_COUNTS, KNESER_NEY, WINDOW_LOGITS]
