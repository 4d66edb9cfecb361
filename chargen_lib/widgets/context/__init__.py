"""ContextLens: what is counted, its words and still picture in Python, and what draws it in the browser."""

from chargen_lib.widgets.context.figure import ContextLens

__all__ = ["ContextLens"]
