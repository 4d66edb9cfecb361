"""Problem set "fast", after lessons 11 and 12: what a writer keeps, texts of unequal length, and drafts judged by other rules."""

from chargen_lib.instructor.variants.fast.cache_after import CACHE_AFTER
from chargen_lib.instructor.variants.fast.judged_draft import JUDGED_DRAFT
from chargen_lib.instructor.variants.fast.text_ends import TEXT_ENDS
from chargen_lib.instructor.variants.fast.written_with_more import WRITTEN_WITH_MORE

FAMILIES = (CACHE_AFTER, TEXT_ENDS, WRITTEN_WITH_MORE, JUDGED_DRAFT)
