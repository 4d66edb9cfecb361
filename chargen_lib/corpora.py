"""Texts to learn from: bundled, drawn from a known chain, fetched on request, or a learner's own file."""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pooch

BUNDLED = Path(__file__).parent / "data"

#: Three kinds of writing, of one island and its harbour: who has read a little of each knows them by their voice.
VOICES = {
    "log": "the log of a mail boat, kept by her mate",
    "recipes": "the cook book of an eating house by the harbour",
    "letters": "letters that neighbours push under one another's doors",
}

#: Texts fetched on request: (address, sha256, where it comes from, license).
REMOTE = {
    "tinyshakespeare": (
        "https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt",
        "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
        "Scenes by William Shakespeare, collected by A. Karpathy for char-rnn (2015)",
        "public domain",
    ),
    "names": (
        "https://raw.githubusercontent.com/karpathy/makemore/master/names.txt",
        "0a30b5557f192f32ab962680889aac5f6fda0f4cecf40a6d0b5694f58ea8cc4d",
        "Names given to children in the United States, from the Social Security Administration, "
        "collected by A. Karpathy for makemore (2022)",
        "public domain",
    ),
}

#: The chain behind "markov": after each character the next is drawn from a hat of eight tickets.
MARKOV_HATS = {
    " ": "ttttsano",
    "a": "nnnnttt ",
    "e": "    nsst",
    "n": "oooe  ta",
    "o": "nnnne   ",
    "s": "eeettoaa",
    "t": "eeeeeoa ",
}
MARKOV_LENGTH = 200_000


@dataclass(frozen=True)
class Corpus:
    """A text with its name, where it comes from, and on what terms it may be used.

    start: what stands before each of the texts that it is made of, "" where it is one text.  Vocabulary.from_text(text, start) takes it.
    """

    name: str
    text: str
    source: str
    license: str
    start: str = ""

    def __repr__(self) -> str:  # the whole text would flood a notebook
        return f"Corpus({self.name!r}, {len(self.text):,} characters, {len(set(self.text))} distinct, {self.license})"


def load(name: str | os.PathLike[str]) -> Corpus:
    """The corpus called `name`, or the text of a UTF-8 file whose path it is.

    "fables" and "markov" come with the course, and the three VOICES, "log", "recipes" and "letters".  "tinyshakespeare" and "names"
    are looked for in the folder that the environment variable CHARGEN_DATA names, then in the cache, and only then fetched;
    what is fetched must have the known sha256.

    Raises ValueError for an unknown name or a text that is not what it should be, FileNotFoundError for a
    path with no file, ConnectionError when a text cannot be fetched, PermissionError when it cannot be stored.
    """
    name = os.fspath(name)
    if name == "fables":
        return Corpus(name, _bundled(name), "original stories written for this course", "MIT", start="\n\n\n")
    if name in VOICES:
        return Corpus(name, _bundled(name), f"{VOICES[name]}, written for this course", "MIT", start="\n\n\n")
    if name == "markov":
        return Corpus(name, _draw_markov(MARKOV_LENGTH), "drawn from the chain in MARKOV_HATS", "MIT")
    if name in REMOTE:
        _, _, source, license = REMOTE[name]
        start = "\n" if name == "names" else ""
        return Corpus(name, _local_file(name).read_text(encoding="utf-8"), source, license, start)
    return _load_own(name)


def _bundled(name: str) -> str:
    return (BUNDLED / f"{name}.txt").read_text(encoding="utf-8")


def markov_transitions() -> tuple[str, np.ndarray]:
    """The characters of the markov chain and its (V, V) matrix: entry [a, b] is the probability of b right after a."""
    characters = "".join(sorted(MARKOV_HATS))
    matrix = [[hat.count(after) / len(hat) for after in characters] for _, hat in sorted(MARKOV_HATS.items())]
    return characters, np.array(matrix)


def _draw_markov(length: int) -> str:
    # RandomState, not default_rng: its stream is frozen, so this text is the same with every NumPy.
    tickets = np.random.RandomState(2026).randint(8, size=length - 1).tolist()
    text = [" "]
    for ticket in tickets:
        text.append(MARKOV_HATS[text[-1]][ticket])
    return "".join(text)


def _local_file(name: str) -> Path:
    url, sha256, _, _ = REMOTE[name]
    if folder := os.environ.get("CHARGEN_DATA"):
        path = Path(os.path.expanduser(folder)) / f"{name}.txt"
        if path.is_file():
            if pooch.file_hash(str(path)) != sha256:
                raise ValueError(
                    f"{path} is not the text this course knows as {name!r} (its sha256 differs). Replace the "
                    "file, or take it away and let the course fetch it. To use it as it is, load it by its path."
                )
            return path
    cache = pooch.os_cache("chargen-course")
    by_hand = f"Or put the file there yourself: save {url} as {name}.txt in a folder and set CHARGEN_DATA to that folder."
    try:
        return Path(pooch.retrieve(url, f"sha256:{sha256}", fname=f"{name}.txt", path=cache, progressbar=True))
    except (PermissionError, NotADirectoryError, FileExistsError) as error:
        raise PermissionError(
            f"The text {name!r} cannot be stored in {cache}: {error}. Make that folder writable. {by_hand}"
        ) from error
    except OSError as error:  # no network, a refused or broken connection, an error page, a full disk
        raise ConnectionError(
            f"The text {name!r} could not be fetched from {url}: {error}. Check the connection and try again. "
            f'{by_hand} The text "fables" needs no network.'
        ) from error
    except ValueError as error:  # after OSError: some errors of the connection are of both kinds
        raise ValueError(
            f"What came from {url} is not the text this course knows as {name!r}: its sha256 differs, so part of it is "
            f"missing or it has changed. Nothing was kept. Try again. {by_hand}"
        ) from error


def _load_own(name: str) -> Corpus:
    path = Path(name).expanduser()
    if not path.is_file():
        known = ", ".join(repr(n) for n in ("fables", "markov", *VOICES, *REMOTE))
        if len(path.parts) == 1 and not path.suffix:
            raise ValueError(f"There is no corpus {name!r}. Known: {known}; or give the path of a text file.")
        raise FileNotFoundError(f"There is no file {path.resolve()}. Give the path of a text file, or one of {known}.")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{path} is not UTF-8 text: byte {error.object[error.start]:#04x} at position {error.start}. "
            "Save it as UTF-8 in your editor, then load it again."
        ) from error
    if not text:
        raise ValueError(f"{path} is empty: there is nothing to learn from.")
    return Corpus(path.stem, text, str(path), "your own file")
