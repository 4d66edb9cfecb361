"""Models that run in a page: the program of a step and its numbers, what runs it there, the draws of jax.random, and what writes with them."""

from chargen_lib.widgets.in_page.numbers import light

__all__ = ["light"]
