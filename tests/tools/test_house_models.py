"""The tool that trains the course's own models: it writes only what is better by enough, and what is shipped is of its making."""

import importlib.util
import inspect
import sys
from pathlib import Path

import pytest
from flax import nnx

from chargen_lib import checkpoints, pretrained
from chargen_lib.models import PerPositionMLP
from chargen_lib.text import Vocabulary
from chargen_lib.training import fit

VOCABULARY = Vocabulary("abc")


def mlp(seed=0):
    return PerPositionMLP(3, 2, 4, rngs=nnx.Rngs(seed))


@pytest.fixture
def tool(monkeypatch):
    path = Path(__file__).resolve().parents[2] / "tools" / "house_models.py"
    spec = importlib.util.spec_from_file_location("house_models", path)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "house_models", module)  # a dataclass looks there for its own module
    spec.loader.exec_module(module)
    return module


def test_what_is_shipped_is_what_it_makes_and_its_settings_are_fits(tool, monkeypatch):
    assert list(tool.HOUSES) == list(pretrained.MARKS)
    asked = []
    monkeypatch.setattr(tool, "fit", lambda *given, **settings: asked.append((given, settings)))
    for name in tool.HOUSES:
        model, vocabulary = tool.train(name, 0)
        shipped, its = pretrained.load(name)
        assert nnx.graphdef(shipped) == nnx.graphdef(model) and vocabulary == its
    for given, settings in asked:
        inspect.signature(fit).bind(*given, **settings)


def test_a_file_is_replaced_only_by_what_is_better_by_enough(tool, tmp_path, monkeypatch):
    path = tmp_path / "fables-gru.safetensors"

    def settle(seed, bits, before=None, replace=False):
        answers = iter([bits, before])
        monkeypatch.setattr(tool, "held_out_bits", lambda *_: next(answers))
        return tool.settle("fables-gru", mlp(seed), VOCABULARY, tmp_path, replace)

    def written():
        return checkpoints.load(path)[0].hidden.bias[...].tolist(), path.read_bytes()

    assert "above its mark of 1.83" in settle(0, 1.84) and not path.exists()
    assert "Written" in settle(0, 1.82)
    first = written()
    assert "not better by 0.02. The file stays" in settle(1, 1.81, 1.82) and written() == first
    assert "Written" in settle(1, 1.79, 1.82) and written() != first
    assert "Written" in settle(0, 1.81, replace=True) and written() == first


def test_a_check_trains_other_seeds_and_fails_where_one_misses_its_mark(tool, monkeypatch, capsys):
    seeds = []
    monkeypatch.setattr(tool, "train", lambda name, seed: seeds.append(seed) or (mlp(seed), VOCABULARY))
    monkeypatch.setattr(tool, "settle", None)  # nothing may be written
    for second, failed in ((1.8, 0), (1.9, 1)):
        answers = iter([1.7, second])
        monkeypatch.setattr(tool, "held_out_bits", lambda *_, answers=answers: next(answers))
        assert tool.main(["fables-gru", "--check", "2"]) == failed
    assert seeds == [1, 2, 1, 2] and "seed 2: 1.9000 bits, mark 1.83" in capsys.readouterr().out


def test_another_name_is_refused(tool, capsys):
    with pytest.raises(SystemExit):
        tool.main(["gpt"])
    assert "there is no model 'gpt'" in capsys.readouterr().err
