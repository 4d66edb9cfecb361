"""Problem set "networks", after lessons 02 and 03: rows that lie near each other, and a layer."""

from chargen_lib.instructor.variants.networks.from_one_row import FROM_ONE_ROW
from chargen_lib.instructor.variants.networks.hidden_layer import HIDDEN_LAYER

FAMILIES = (FROM_ONE_ROW, HIDDEN_LAYER)
