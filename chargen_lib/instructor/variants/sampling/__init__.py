"""Problem set "sampling", after lessons 04 and 06: softening, filters, spread, draws."""

from chargen_lib.instructor.variants.sampling.draw_ids import DRAW_IDS
from chargen_lib.instructor.variants.sampling.kept_logits import KEPT_LOGITS
from chargen_lib.instructor.variants.sampling.softened_probs import SOFTENED_PROBS
from chargen_lib.instructor.variants.sampling.spread import SPREAD

FAMILIES = (SOFTENED_PROBS, KEPT_LOGITS, SPREAD, DRAW_IDS)
