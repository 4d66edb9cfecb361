"""Figures that move: in JupyterLab with the kernel, in the book without one."""

from chargen_lib.widgets.attention import AttentionExplorer
from chargen_lib.widgets.beam import BeamExplorer
from chargen_lib.widgets.cache import CacheExplorer
from chargen_lib.widgets.context import ContextLens
from chargen_lib.widgets.draft import DraftExplorer
from chargen_lib.widgets.embedding import EmbeddingExplorer
from chargen_lib.widgets.guidance import GuidanceExplorer
from chargen_lib.widgets.ladder import LossLadder
from chargen_lib.widgets.live import LiveText
from chargen_lib.widgets.playground import Playground
from chargen_lib.widgets.replay import TrainingReplay
from chargen_lib.widgets.state import StateLens
from chargen_lib.widgets.temperature import TemperatureExplorer
from chargen_lib.widgets.truncation import TruncationExplorer

__all__ = [
    "AttentionExplorer",
    "BeamExplorer",
    "CacheExplorer",
    "ContextLens",
    "DraftExplorer",
    "EmbeddingExplorer",
    "GuidanceExplorer",
    "LiveText",
    "LossLadder",
    "Playground",
    "StateLens",
    "TemperatureExplorer",
    "TrainingReplay",
    "TruncationExplorer",
]
