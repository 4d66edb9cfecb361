"""A passage that is read character by character: the one of fables that figures show, and how a passage is set."""

from chargen_lib import corpora
from chargen_lib.text import Vocabulary, split


def fables() -> tuple[str, str]:
    """The training part of fables, and the held-out part."""
    text = corpora.load("fables").text
    training, _ = split(Vocabulary.from_text(text).encode(text))
    return text[: len(training)], text[len(training) :]


def first_fable(length: int) -> str:
    """The beginning of the first whole fable of the held-out part, with the three line ends that stand before every fable."""
    held_out = fables()[1]
    return held_out[held_out.index("\n\n\n") :][:length]


def break_after(label: str, following: str) -> str:
    """Where the passage goes on in a new line: always after the last of a few line ends, and after a space if need be."""
    if label == "↵" and following != "↵":
        return "\n"
    return "<wbr>" if label == "␣" else ""
