"""LossLadder: its words and still picture in Python, and what draws it in the browser."""

from chargen_lib.widgets.ladder.figure import LossLadder

__all__ = ["LossLadder"]
