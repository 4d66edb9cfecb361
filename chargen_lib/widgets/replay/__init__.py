"""TrainingReplay: its words and still picture in Python, and what draws it in the browser."""

from chargen_lib.widgets.replay.figure import TrainingReplay

__all__ = ["TrainingReplay"]
