"""Problem set "fast", after lessons 11 and 12: what a writer keeps, and how it reads texts of unequal length."""

from chargen_lib.instructor.variants.fast.cache_after import CACHE_AFTER
from chargen_lib.instructor.variants.fast.text_ends import TEXT_ENDS

FAMILIES = (CACHE_AFTER, TEXT_ENDS)
