"""Models that run in a page: their weights as numbers, the draws of jax.random, and what writes with them."""
