"""DraftExplorer: what is drafted and judged, its words and still picture in Python, and what draws it in the browser."""

from chargen_lib.widgets.draft.figure import DraftExplorer

__all__ = ["DraftExplorer"]
