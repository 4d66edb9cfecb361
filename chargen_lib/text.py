"""Characters to ids and back, and a text cut into a part to learn from and a part to be judged on."""

import operator
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np


@dataclass(frozen=True)
class Vocabulary:
    """The characters a model knows, each with an id: its position in `characters`.

    Vocabulary.from_text(text) takes the distinct characters of a text in sorted order;
    Vocabulary.ascii() takes the 128 ASCII characters, so that the id of "a" is ord("a").
    start: what stands before every text, a line end for instance; a text that is written from nothing begins after it.
    Raises ValueError when a character stands twice, or start holds one that is not among them.
    """

    characters: str
    start: str = ""

    def __post_init__(self) -> None:
        for name, value in (("characters", self.characters), ("start", self.start)):
            if not isinstance(value, str):
                raise ValueError(f"The {name} of a vocabulary are a text, got {type(value).__name__}: join them, ''.join(...).")
        if not self.characters:
            raise ValueError("A vocabulary needs at least one character; this text is empty.")
        seen: set[str] = set()
        for position, character in enumerate(self.characters):
            if character in seen:
                raise ValueError(
                    f"{character!r} stands twice in the vocabulary (again at position {position}): "
                    "each character needs exactly one id."
                )
            seen.add(character)
        for character in self.start:
            if character not in seen:
                raise ValueError(f"start holds {character!r}, which is not among the vocabulary's characters.")
        # Built once; a frozen dataclass sets its own attributes this way.
        object.__setattr__(self, "_ids", {c: i for i, c in enumerate(self.characters)})

    @classmethod
    def ascii(cls) -> "Vocabulary":
        """All 128 ASCII characters, the id of each its code point."""
        return cls("".join(map(chr, range(128))))

    @classmethod
    def from_text(cls, text: str, start: str = "") -> "Vocabulary":
        """The distinct characters of `text`, and of what stands before it, sorted by code point."""
        return cls("".join(sorted(set(checked_text(text)) | set(start))), start)

    def __len__(self) -> int:
        return len(self.characters)

    def encode(self, text: str) -> jax.Array:
        """The id of each character: int32, shape (len(text),).

        Raises ValueError naming the first character that is not in the vocabulary, its code point
        and its place. Nothing is ever mapped to something else silently.
        """
        text, ids = checked_text(text), self._ids  # type: ignore[attr-defined]
        try:
            return jax.device_put(np.fromiter((ids[c] for c in text), dtype=np.int32, count=len(text)))
        except KeyError as missing:
            character = missing.args[0]
        place = text.index(character)
        raise ValueError(
            f"{character!r} (U+{ord(character):04X}) at position {place} of the text is not one of the "
            f"{len(self)} characters of this vocabulary. Remove or replace it in the text, or make the "
            "vocabulary from a text that has it: Vocabulary.from_text(text)."
        )

    def decode(self, ids: Iterable[int] | jax.Array | np.ndarray) -> str:
        """The text of a one-dimensional row of ids.  Raises ValueError on an id outside the vocabulary."""
        if not isinstance(ids, Iterable):
            raise ValueError(f"decode takes one row of ids, got {type(ids).__name__}: for a single id, write [id].")
        row = np.asarray(ids if hasattr(ids, "__array__") else list(ids))
        if row.size == 0:
            return ""
        if row.ndim != 1:
            raise ValueError(f"decode takes one row of ids, but these have shape {row.shape}: decode each row.")
        if not np.issubdtype(row.dtype, np.integer):
            raise ValueError(f"ids are whole numbers, but these are {row.dtype}.")
        outside = np.flatnonzero((row < 0) | (row >= len(self)))
        if outside.size:
            place = int(outside[0])
            raise ValueError(
                f"id {int(row[place])} at position {place} has no character: this vocabulary has ids 0 to {len(self) - 1}."
            )
        return "".join(self.characters[i] for i in row.tolist())


def checked_text(text: Any) -> str:
    """A text as it is; ValueError, in words, for what is none: the words of a list would pass for characters."""
    if not isinstance(text, str):
        raise ValueError(f"What has characters is a text, got {type(text).__name__}: words are joined first, ' '.join(words).")
    return text


def whole_number(name: str, value: Any, least: int = 1, most: int | None = None) -> int:
    """A setting that counts, as a Python int; ValueError, in words, for what is no whole number from `least` on, or above `most`."""
    try:
        number = None if isinstance(value, bool | np.bool) else operator.index(value)
    except TypeError:
        number = None
    if number is None or number < least or (most is not None and number > most):
        allowed = f"{least} or more" if most is None else f"from {least} to {most}"
        raise ValueError(f"{name} is a whole number, {allowed}, got {value!r}.")
    return number


def plain_number(name: str, value: Any) -> float:
    """A setting as a Python number."""
    if isinstance(value, jax.core.Tracer):
        raise ValueError(
            f"{name} is a setting, a plain number, but here it is traced: it came through an argument of a compiled function. Name that "
            "argument in static_argnames, or divide the logits by it yourself."
        )
    if isinstance(value, (str, bytes, bool, np.bool)) or value is None or np.ndim(value) != 0:
        raise ValueError(f"{name} is a number, got {told(value)}.")
    try:
        return float(value)
    except (TypeError, ValueError):
        raise ValueError(f"{name} is a number, got {told(value)}.") from None


def told(value: Any) -> str:
    if value is None:
        return "None"
    kind = "array" if isinstance(value, jax.Array) else type(value).__name__  # JAX's own name of its arrays helps nobody
    return f"{kind} {str(value)[:40]!r}"


def split(ids: jax.Array, val_fraction: float = 0.1) -> tuple[jax.Array, jax.Array]:
    """Cut ids (n,) into train and held-out parts, both contiguous, the held-out part last.

    Random single characters would leak: a held-out character's neighbours would be in the training part.
    Raises ValueError when a part would be empty.
    """
    if not 0 < val_fraction < 1:
        raise ValueError(f"val_fraction is a share between 0 and 1, got {val_fraction}.")
    n_train = int(round(len(ids) * (1 - val_fraction), 6))  # 10 * (1 - 0.9) is 0.99..., and means 1
    if n_train < 1 or n_train == len(ids):
        raise ValueError(f"{len(ids)} characters are too few to hold out a share of {val_fraction}: use a longer text.")
    return ids[:n_train], ids[n_train:]


def kind(character: str) -> str:
    """What a character is: "vowel", "consonant", "capital", "space", or "sign" for a digit, a mark, and whatever else.

    Accents do not matter. A letter that is not made from one of a to z is a sign.
    """
    if character.isspace():
        return "space"
    if character.isupper():
        return "capital"
    base = unicodedata.normalize("NFD", character)[0]
    if "a" <= base <= "z":
        return "vowel" if base in "aeiou" else "consonant"
    return "sign"


# Letters and marks for Unicode, but nothing of them is seen: the printable ones among what it calls default ignorable (fillers, and what
# only chooses how a neighbour looks), and the empty Braille pattern.
NO_INK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")


def visible(character: str) -> str:
    """A character as it can be seen in a picture or a table: a space as ␣, a newline as ↵, other unseen ones by code point.

    A mark that stands on the character before it, an accent for instance, stands on a dotted circle.
    """
    if character == " ":
        return "␣"
    if character == "\n":
        return "↵"
    if not character.isprintable() or NO_INK.match(character):
        return f"U+{ord(character):04X}"
    return f"\u25cc{character}" if unicodedata.category(character).startswith("M") else character
