"""EmbeddingExplorer: its words and still picture in Python, and what draws it in the browser."""

from chargen_lib.widgets.embedding.figure import EmbeddingExplorer

__all__ = ["EmbeddingExplorer"]
