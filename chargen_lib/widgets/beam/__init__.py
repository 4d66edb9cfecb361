"""BeamExplorer: its words and still picture in Python, and what draws it in the browser."""

from chargen_lib.widgets.beam.figure import BeamExplorer

__all__ = ["BeamExplorer"]
