"""Problem set "context", after lessons 08 to 10: what stands before a character, and how a model looks back at it."""

from chargen_lib.instructor.variants.context.backed_off_probs import BACKED_OFF_PROBS
from chargen_lib.instructor.variants.context.gated_step import GATED_STEP
from chargen_lib.instructor.variants.context.look_back import LOOK_BACK
from chargen_lib.instructor.variants.context.rows_of_places import ROWS_OF_PLACES

FAMILIES = (ROWS_OF_PLACES, BACKED_OFF_PROBS, GATED_STEP, LOOK_BACK)
