"""LiveText: its words and still picture in Python, and what writes it in the browser."""

from chargen_lib.widgets.live.figure import LiveText

__all__ = ["LiveText"]
