"""ContextLens's Python side: its numbers are the tables' of the library, its counts those of the text, and its words say them."""

import json
import re

import numpy as np
import pytest

from chargen_lib import corpora
from chargen_lib.kneser_ney import kneser_ney_rows
from chargen_lib.text import Vocabulary, split
from chargen_lib.widgets import ContextLens

TEXT = "the owl sat. the hen sat. the owl ran.\n" * 3 + "a hen!"
PASSAGE = "the owl sat on a hen"


@pytest.fixture(scope="module")
def house():
    return ContextLens()


def lens(passage=PASSAGE, text=TEXT, **changed):
    return ContextLens(passage, text, **changed)


def occurrences(piece, text):
    return len(re.findall(f"(?={re.escape(piece)})", text))


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"passage": "the ow"}, "The passage has 6 characters: 6 of context need one of 7 to 1000."),
        ({"passage": "a" * 1001}, "The passage has 1001 characters"),
        ({"text": "the ow"}, "The text has 6 characters: there is no context of 6 in it."),
        ({"text": ["a", "b"]}, "text is a text, got list."),
        ({"passage": b"the owl"}, "passage is a text, got bytes."),
        ({"longest": 0}, "longest must be a whole number from 1 to 8, got 0."),
        ({"longest": 9}, "longest must be a whole number from 1 to 8, got 9."),
        ({"context": 7}, "context must be a whole number from 0 to 6, got 7."),
        ({"place": 5}, "place must be a whole number from 6 to 19, got 5."),
        ({"place": 20}, "place must be a whole number from 6 to 19, got 20."),
    ],
)
def test_what_cannot_be_shown_is_refused(changed, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        lens(**changed)


def test_a_place_or_a_context_that_is_not_there_is_refused_later_too():
    figure = lens()
    with pytest.raises(ValueError, match="place must be"):
        figure.place = 20
    with pytest.raises(ValueError, match="context must be"):
        figure.context = -1
    assert (figure.place, figure.context) == (19, 3)


@pytest.mark.parametrize("longest", [1, 3, 6])
def test_every_number_is_the_tables_of_the_library(longest):
    figure = lens(longest=longest)
    vocabulary = Vocabulary.from_text(TEXT + PASSAGE)
    ids, passage = np.asarray(vocabulary.encode(TEXT)), np.asarray(vocabulary.encode(PASSAGE)).tolist()
    for k in range(longest + 1):
        log_probs, next_row, row = kneser_ney_rows(ids, len(vocabulary), k)
        bits = []
        for place, i in enumerate(passage):
            if place >= longest:
                at, p = place - longest, np.exp(log_probs[row])
                bits.append(-np.log2(p[i]))
                assert abs(figure.cost[k][at] - 1000 * bits[-1]) <= 0.51
                context = PASSAGE[place - k : place]
                seen, ways, best, shares, counts = figure.rows[figure.row_of[k][at]]
                np.testing.assert_allclose(np.array(shares) / 1e4, np.sort(p)[::-1][:5], atol=1e-4)
                np.testing.assert_allclose(p[best], np.sort(p)[::-1][:5], atol=1e-6)
                after = [occurrences(context + character, TEXT) for character in vocabulary.characters]
                assert (figure.found[at] >= k) == (sum(after) > 0)
                assert [seen, ways] == [sum(after), np.count_nonzero(after)]
                assert counts == [after[j] for j in best] and figure.times[k][at] == after[i]
            row = next_row[row, i]
        mean, found, impossible = figure.means[k]
        assert abs(mean - np.mean(bits)) < 1e-4
        assert abs(found - np.mean([length >= k for length in figure.found])) < 1e-4
        assert abs(impossible - np.mean([times == 0 for times in figure.times[k]])) < 1e-4


def test_on_the_fables_longer_contexts_sharpen_and_then_are_not_found(house):
    text = corpora.load("fables").text
    training, _ = split(Vocabulary.from_text(text).encode(text))
    shown = "".join(house.labels[i] for i in house.passage).replace("␣", " ").replace("↵", "\n")
    assert text.index(shown) >= len(training), "a passage that no table has read"
    mean, found, impossible = np.transpose(house.means)
    gains = -np.diff(mean)
    assert (gains > 0).all() and (np.diff(gains) < 0).all(), "each character of context is worth less than the one before it"
    assert found[:3].tolist() == [1, 1, 1] and 0.75 < found[6] < 0.85
    assert (np.diff(impossible) >= 0).all() and 0.25 < impossible[6] < 0.35
    log_probs, next_row, row = kneser_ney_rows(np.asarray(training), len(house.labels), 4)
    for at, i in enumerate(house.passage):
        if at >= 6:
            assert abs(house.cost[4][at - 6] / 1000 + log_probs[row, i] / np.log(2)) < 1e-3
        row = next_row[row, i]


def test_a_place_in_words():
    figure = lens(place=8, context=0)
    n = len(TEXT)
    assert re.fullmatch(
        rf"No context: {n} characters were counted, {len(set(TEXT))} different ones\. Likeliest: ␣ .* %, .* %, .* %\. What comes is s: "
        rf".* %, .* bits by Kneser-Ney, by the bare counts {TEXT.count('s')} of {n}, .* bits\.",
        figure.summary().replace("\u00a0", " "),
    )
    figure.context = 4
    assert figure.summary().startswith("Context of 4, “owl␣”: seen 6 times, went on in 2 ways. Likeliest: ")
    assert figure.summary().endswith(" bits by Kneser-Ney, by the bare counts 3 of 6, 1.00 bits.")
    assert repr(figure) == "ContextLens: " + figure.summary()
    figure.place, figure.context = 13, 2
    assert figure.summary().startswith("Context of 2, “␣o”: seen 6 times, went on in 1 way.")
    assert "What comes is n: " in figure.summary()
    assert figure.summary().endswith("by the bare counts 0 of 6, impossible.")
    figure.place, figure.context = 14, 3
    assert figure.summary().startswith("Context of 3, “␣on”: never seen, so its end “n” serves.")
    assert figure.summary().endswith("bits by Kneser-Ney, and the bare counts say nothing.")
    figure.place, figure.context = 17, 6
    assert figure.summary().startswith("Context of 6, “␣on␣a␣”: never seen, so its end “a␣” serves.")
    nothing = lens("abcdefgZh", "abcdefgh" * 3, longest=2, place=8, context=1)
    assert nothing.summary().startswith("Context of 1, “Z”: never seen, so no context serves.")


def test_the_still_picture_has_the_passage_the_bars_and_both_tables():
    figure = lens(place=14, context=3)
    still = figure.still()
    kinds = re.findall(r'<span class="([^"]*)">', still.split("</p>")[0])
    assert kinds[:6] == ["lead"] * 6 and [place for place, kind in enumerate(kinds) if "context" in kind] == [11, 12, 13]
    assert [place for place, kind in enumerate(kinds) if "next" in kind] == [14]
    unseen = [place for place, kind in enumerate(kinds) if "unseen" in kind]
    assert unseen == [place for place in range(6, 20) if PASSAGE[place - 3 : place] not in TEXT] and 14 in unseen
    for place in range(6, 20):
        bits = figure.cost[3][place - 6] / 1000
        assert f"cost{sum(bits >= border for border in (1, 2, 4, 8))}" in kinds[place]
    assert still.count("<table>") == 2 and still.count("<tr") == 2 * 8 and still.count('class="chosen"') == 2
    last = re.findall(r"<tr.*?</tr>", still)[7]
    assert re.sub("<.*?>", " ", last).split() == ["6", "0", "0", figure.bits(6), "–"]
    shares = [float(share) for share in re.findall(r'class="bar" style="width:([\d.]+)%', still)]
    assert abs(sum(shares) - 100) < 0.1


def test_a_text_that_never_varies_and_one_of_a_single_character():
    same = lens("aaaaaaaa", "a" * 30, longest=2)
    assert "a 100\u00a0%" in same.summary() and "0.00 bits by Kneser-Ney" in same.summary()
    assert "other" not in same.still()


def test_hostile_text_stays_text():
    passage = "</script><b>\x00\u202e\ud800" * 2
    figure = lens(passage, passage * 3, place=20)
    for text in (figure.still(), figure.html()):
        assert "<b>" not in text and "\x00" not in text and "\u202e" not in text
    assert figure.html().count("</script>") == 1


def test_the_state_is_small_json_and_sets_what_a_reader_sets(house):
    state = house.state()
    assert len(json.dumps(state, allow_nan=False)) < 130_000 and len(house.html()) < 150_000
    assert {"place", "context"} < set(state)
    figure = lens()
    figure.set_state({"place": 9, "context": 1})  # as JupyterLab sends it
    assert figure.html() == lens(place=9, context=1).html()


def test_the_html_asks_no_other_address_and_the_module_has_no_imports():
    figure = lens()
    for text in (figure.html(), figure._esm, figure._css):
        assert not re.search(r"https?:|//[\w.-]+\.\w|\burl\(|@import", text.replace("http://www.w3.org/2000/svg", ""))
    assert not re.search(r"^\s*import\b|\bimport\(|innerHTML|outerHTML|insertAdjacentHTML|\beval\b", figure._esm, re.M)
    assert figure._esm.rstrip().endswith("export default { render };")
