"""The exercises of lesson 11: what need not be computed twice, and rows of unequal length side by side."""

from chargen_lib.exercises.lesson_11.attend_cached import ATTEND_CACHED
from chargen_lib.exercises.lesson_11.cache_write import CACHE_WRITE
from chargen_lib.exercises.lesson_11.end_rows import END_ROWS
from chargen_lib.exercises.lesson_11.last_logits import LAST_LOGITS
from chargen_lib.exercises.lesson_11.pad_right import PAD_RIGHT

EXERCISES = [CACHE_WRITE, ATTEND_CACHED, PAD_RIGHT, LAST_LOGITS, END_ROWS]
