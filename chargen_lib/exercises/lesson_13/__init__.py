"""The exercises of lesson 13: what a label is worth, how a network is told it, and how to ask for it harder."""

from chargen_lib.exercises.lesson_13.drop_labels import DROP_LABELS
from chargen_lib.exercises.lesson_13.guide import GUIDE
from chargen_lib.exercises.lesson_13.label_posterior import LABEL_POSTERIOR
from chargen_lib.exercises.lesson_13.mutual_information import MUTUAL_INFORMATION
from chargen_lib.exercises.lesson_13.with_label import WITH_LABEL

EXERCISES = [MUTUAL_INFORMATION, WITH_LABEL, LABEL_POSTERIOR, DROP_LABELS, GUIDE]
