"""TemperatureExplorer: its words and still picture in Python, and what draws it in the browser."""

from chargen_lib.widgets.temperature.figure import TemperatureExplorer

__all__ = ["TemperatureExplorer"]
