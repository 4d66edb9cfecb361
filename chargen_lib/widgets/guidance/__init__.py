"""GuidanceExplorer: its words and still picture in Python, and what draws it in the browser."""

from chargen_lib.widgets.guidance.figure import GuidanceExplorer

__all__ = ["GuidanceExplorer"]
