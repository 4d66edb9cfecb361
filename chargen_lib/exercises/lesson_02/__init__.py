"""The exercises of lesson 02: a table of embeddings, and which characters lie close to each other in it."""

from chargen_lib.exercises.lesson_02.cosine_similarities import COSINE_SIMILARITIES
from chargen_lib.exercises.lesson_02.embed_with_matmul import EMBED_WITH_MATMUL
from chargen_lib.exercises.lesson_02.nearest_characters import NEAREST_CHARACTERS

EXERCISES = [EMBED_WITH_MATMUL, COSINE_SIMILARITIES, NEAREST_CHARACTERS]
