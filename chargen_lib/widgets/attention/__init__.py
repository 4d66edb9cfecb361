"""AttentionExplorer: the weights, words and still picture in Python, and what draws them in the browser."""

from chargen_lib.widgets.attention.figure import AttentionExplorer

__all__ = ["AttentionExplorer"]
