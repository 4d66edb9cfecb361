"""Problem set "training_and_search", after lessons 05 and 07: losses, batches, optimiser steps, searches."""

from chargen_lib.instructor.variants.training_and_search.best_text import BEST_TEXT
from chargen_lib.instructor.variants.training_and_search.momentum_step import MOMENTUM_STEP
from chargen_lib.instructor.variants.training_and_search.padded_loss import PADDED_LOSS
from chargen_lib.instructor.variants.training_and_search.text_batches import TEXT_BATCHES

FAMILIES = (PADDED_LOSS, TEXT_BATCHES, MOMENTUM_STEP, BEST_TEXT)
