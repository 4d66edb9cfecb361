"""Playground: its words and still picture in Python, and what draws it in the browser."""

from chargen_lib.widgets.playground.figure import Playground

__all__ = ["Playground"]
