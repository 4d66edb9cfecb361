"""The models that come with the course: small, as good as their marks, and of the course's own text."""

import jax
import numpy as np
import pytest
from flax import nnx

from chargen_lib import corpora, pretrained
from chargen_lib.entropy import nats_to_bits
from chargen_lib.kneser_ney import kneser_ney_rows
from chargen_lib.models import Mixture, NGramTable
from chargen_lib.text import Vocabulary, split
from chargen_lib.training import evaluate

FABLES = corpora.load("fables")
VOCABULARY = Vocabulary.from_text(FABLES.text, FABLES.start)
TRAIN, VAL = split(VOCABULARY.encode(FABLES.text))


@pytest.mark.parametrize("name", pretrained.MARKS)
def test_it_is_small_and_as_good_as_its_mark(name):
    assert (pretrained.FOLDER / f"{name}.safetensors").stat().st_size <= 1_000_000
    model, vocabulary = pretrained.load(name)
    assert vocabulary == VOCABULARY
    bits = nats_to_bits(evaluate(model, VAL))
    assert bits <= pretrained.MARKS[name], f"{name} has {bits:.4f} bits"


@pytest.mark.parametrize("name", pretrained.MARKS)
def test_its_matrices_have_255_steps_a_column(name):
    for array in jax.tree.leaves(nnx.state(pretrained.load(name)[0])):
        if array.ndim == 2:
            steps = np.asarray(array) / (np.abs(array).max(axis=0) / 127)
            assert np.abs(steps - np.rint(steps)).max() < 1e-4


def test_the_gru_mixed_in_equal_shares_with_the_best_table_is_better_than_what_goes_on_learning():
    table = NGramTable(*kneser_ney_rows(TRAIN, len(VOCABULARY), memory=6))
    mixed = nats_to_bits(evaluate(Mixture([pretrained.load("fables-gru")[0], table], [0.5, 0.5]), VAL))
    assert mixed <= 1.79, f"{mixed:.4f} bits; PPMd of order 8, which learns while it reads, has 1.853"


def test_another_name_is_refused_in_words():
    with pytest.raises(ValueError, match=r"no trained model 'gpt' in the course: it has 'fables-gru'"):
        pretrained.load("gpt")
