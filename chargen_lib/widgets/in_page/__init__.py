"""Models that run in a page: the program of a step and its numbers, what runs it there, the draws of jax.random, and what writes with them."""
