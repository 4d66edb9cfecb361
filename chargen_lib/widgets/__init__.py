"""Figures that move: in JupyterLab with the kernel, in the book without one."""

from chargen_lib.widgets.temperature import TemperatureExplorer

__all__ = ["TemperatureExplorer"]
