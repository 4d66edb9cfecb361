"""The still figures: drawn without a warning, whatever the characters, each with a sentence for who cannot see it."""

import itertools
import warnings

import jax.numpy as jnp
import numpy as np
import pytest

from chargen_lib import plots
from chargen_lib.entropy import Rung

TEXTS = ["ab \n", "día", "日本語の", "नमस्ते", "😀👍\ufe0f", "عربي", "a\u0301\u0302", "$x$_^", "\x00\u200b"]


def figures(characters):
    n = len(characters)
    numbers = np.arange(1.0, n + 1)
    return [
        plots.bars(numbers, characters, "share", title=characters),
        plots.table(np.outer(numbers, numbers), characters, characters),
        plots.character_map(np.stack([numbers, numbers % 2], axis=1), characters, title=characters),
        plots.curves({characters: (numbers, numbers)}, characters, "bits", levels={f"floor {characters}": 1.0}),
        plots.ladder([Rung(characters, 2.0), Rung("uniform", 3.0, "floor")]),
    ]


@pytest.mark.parametrize("characters", TEXTS)
def test_every_script_is_drawn_without_a_warning(characters):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for picture in figures("".join(dict.fromkeys(characters))):
            shown = picture._repr_html_()
            assert 'alt="' in shown and picture.alt.strip()


@pytest.mark.parametrize(
    "characters", ["日本語の天地玄黃宇宙", "नमस्ते दुनिया", "ab\x00\x01\x02\x03\x04\x05\x06\u200b\u200c\t\u200d\x1b\x1c\x1d"]
)
def test_no_label_runs_into_the_next(characters):
    for picture in figures("".join(dict.fromkeys(characters)))[:2]:
        picture.figure.canvas.draw()
        boxes = [label.get_window_extent() for label in picture.figure.axes[0].get_xticklabels()]
        assert all(left.x1 <= right.x0 for left, right in itertools.pairwise(boxes))


def test_what_the_font_does_not_have_is_told_by_its_code_point():
    assert plots.drawn("é$日\n") == "é\\$U+65E5\n"


def test_what_would_turn_the_rest_of_a_line_round_is_told_by_its_code_point():
    assert plots.drawn("a\u202eb\u200bc\ud800") == "aU+202EbU+200BcU+D800"


def test_half_a_surrogate_pair_is_written_down():
    assert r"A bar chart of \ud800 for 2 characters" in plots.bars([1.0, 2.0], "ab", "\ud800", "\ud800")._repr_html_()


def test_jax_arrays_are_drawn_too():
    assert "tallest: b 2" in plots.bars(jnp.array([1, 2]), "ab", "count").alt
