"""Problem set "text", after lesson 01: encoding, counting, smoothing, entropy."""

from chargen_lib.instructor.variants.text.character_ids import CHARACTER_IDS
from chargen_lib.instructor.variants.text.next_probs import NEXT_PROBS
from chargen_lib.instructor.variants.text.pair_counts import PAIR_COUNTS
from chargen_lib.instructor.variants.text.table_bits import TABLE_BITS

FAMILIES = (CHARACTER_IDS, PAIR_COUNTS, NEXT_PROBS, TABLE_BITS)
