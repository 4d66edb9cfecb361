"""TruncationExplorer: its words and still picture in Python, and what draws it in the browser."""

from chargen_lib.widgets.truncation.figure import TruncationExplorer

__all__ = ["TruncationExplorer"]
