"""StateLens: what is measured, its words and still picture in Python, and what draws it in the browser."""

from chargen_lib.widgets.state.figure import StateLens

__all__ = ["StateLens"]
