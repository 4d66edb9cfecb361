"""CacheExplorer: what is computed and kept, its words and still picture in Python, and what draws it in the browser."""

from chargen_lib.widgets.cache.figure import CacheExplorer

__all__ = ["CacheExplorer"]
