"""The still pictures where no style reaches them: JupyterLab strips it from a notebook that was run elsewhere."""

from html.parser import HTMLParser

import numpy as np
import pytest
from flax import nnx

from chargen_lib.entropy import Rung
from chargen_lib.models import Transformer
from chargen_lib.text import Vocabulary
from chargen_lib.training import History
from chargen_lib.widgets import (
    AttentionExplorer,
    BeamExplorer,
    CacheExplorer,
    DraftExplorer,
    LossLadder,
    TemperatureExplorer,
    TrainingReplay,
)

TABLE = np.log(np.random.default_rng(0).dirichlet(np.ones(3), size=3))
TEXT = "an owl and a hen\n" * 4
VOCABULARY = Vocabulary.from_text(TEXT, start="\n")


def network():
    return Transformer(len(VOCABULARY), 8, heads=2, context=4, rngs=nnx.Rngs(0))


FIGURES = {
    "bars": lambda: TemperatureExplorer(logits=[1.0, 0.0, 2.0], labels="abc"),
    "beams": lambda: BeamExplorer(TABLE, "abc", "a", num_chars=4, num_beams=3),
    "attention": lambda: AttentionExplorer("an ow", network(), VOCABULARY),
    "cache": lambda: CacheExplorer("an owl", slots=4),
    "draft": lambda: DraftExplorer(network(), VOCABULARY, "an ", counted=TEXT, contexts=(0, 2), draft=2),
    "ladder": lambda: LossLadder([Rung("a", 2.0), Rung("b", 1.0)]),
    "replay": lambda: TrainingReplay(History(losses=np.linspace(4, 2, 3)), {1: "a", 3: "b"}, {"floor": 1.0}, prompt="a"),
}


class Inline(HTMLParser):
    """The texts that stand in one line, (before, after), where nothing but a tag is between them."""

    WITHIN_A_LINE = ("span", "bdi", "small", "s", "b", "a", "sub", "sup")

    def __init__(self):
        super().__init__()
        self.before, self.pairs = "", []

    def handle_starttag(self, tag, attributes):
        if tag not in self.WITHIN_A_LINE:
            self.before = ""

    handle_endtag = lambda self, tag: self.handle_starttag(tag, [])  # noqa: E731

    def handle_data(self, text):
        if self.before and text:
            self.pairs.append((self.before, text))
        self.before = text


def runs_together(before, after):
    """A number with what stands beside it, which then reads as another number."""
    return (before[-1].isdigit() or before[-1] == "%" or after[0].isdigit() or after[0] == "−") and not (
        before[-1].isspace() or after[0].isspace()
    )


@pytest.mark.parametrize("name", FIGURES)
def test_a_number_stands_apart_from_its_neighbours(name):
    page = Inline()
    page.feed(FIGURES[name]().still())
    assert len(page.pairs) > 3, "so that there is something to find"
    assert [pair for pair in page.pairs if runs_together(*pair)] == []
