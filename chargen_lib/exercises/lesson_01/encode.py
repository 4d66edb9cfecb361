"""encode: its reference, what it is tried on, and the wrong answers with names."""

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe


def encode(text, characters):
    ids = []
    for character in text:
        if character not in characters:
            raise ValueError(f"{character!r} is not in the vocabulary")
        ids.append(characters.index(character))
    return ids


def encode_probes(rng):
    letters = "".join(rng.permutation(list("abcdefgh ")))
    text = "".join(rng.choice(list(letters), size=12))
    return [
        Probe(("b", "abc")),
        Probe(("", "abc")),
        Probe(("cab", "abc")),
        Probe(("Abba", "Aab")),
        Probe((letters[-1] + letters[0], letters)),  # not in sorted order
        Probe((text + text[::-1], letters)),
        Probe((" a\nb\n", "\n ab")),
        Probe(("café", "acf"), mention="é"),
        Probe(("ab§ca", "abc"), mention="§"),  # neither the first nor the last, and in no sentence of anybody's
    ]


def _encode_code_points(text, characters):
    return [ord(c) for c in text]


def _encode_minus_one(text, characters):
    return [characters.find(c) for c in text]


def _encode_skips(text, characters):
    return [characters.index(c) for c in text if c in characters]


def _encode_sorted(text, characters):
    return encode(text, "".join(sorted(characters)))


def _encode_own_vocabulary(text, characters):
    return encode(text, "".join(sorted(set(text))))


def _encode_from_one(text, characters):
    return [i + 1 for i in encode(text, characters)]


def _encode_wraps(text, characters):
    return [characters.index(c) if c in characters else ord(c) % len(characters) for c in text]


def _encode_key_error(text, characters):
    ids = {c: i for i, c in enumerate(characters)}
    return [ids[c] for c in text]


def _encode_lower(text, characters):
    return encode(text.lower(), characters.lower())


def _encode_as_published(text, characters):
    return [ord(c) % 128 for c in text]


def _encode_strips(text, characters):
    return encode(text.strip(), characters)


def _encode_place_in_text(text, characters):
    return [text.index(c) for c in encode(text, characters) and text]


def _encode_from_a(text, characters):
    return [ord(c) - ord("a") for c in text]


def _encode_none(text, characters):
    return [characters.index(c) if c in characters else None for c in text]


def _encode_beyond(text, characters):
    return [characters.index(c) if c in characters else len(characters) for c in text]


def _encode_zero(text, characters):
    return [max(0, characters.find(c)) for c in text]


def _encode_asserts(text, characters):
    assert set(text) <= set(characters)
    return encode(text, characters)


def _encode_names_the_text(text, characters):
    if not set(text) <= set(characters):
        raise ValueError(f"{text} has a character that is not in the vocabulary")
    return encode(text, characters)


ENCODE = Exercise(
    name="encode",
    lesson=1,
    points=1,
    minutes=8,
    difficulty=1,
    hint="`characters.index(c)` is the position of `c`; it raises a ValueError of its own, but that does not say which character.",
    reference=encode,
    probes=encode_probes,
    misconceptions=(
        Misconception(
            "code points",
            "You returned each character's code point (ord); its id is its position in `characters`.",
            _encode_code_points,
        ),
        Misconception(
            "minus one for unknown",
            "`find` gives -1 for a character that is not there, and -1 then silently means the last one. Raise a ValueError.",
            _encode_minus_one,
        ),
        Misconception(
            "skips unknown",
            "You left out the characters that are not in `characters`, so the text changes without a word. Raise a ValueError.",
            _encode_skips,
        ),
        Misconception(
            "sorts the characters",
            "You sorted `characters` first; the ids are the positions in `characters` as it was given.",
            _encode_sorted,
        ),
        Misconception(
            "vocabulary of its own",
            "You made a vocabulary from `text`; use the one that was given, so that every text gets the same ids.",
            _encode_own_vocabulary,
        ),
        Misconception("counts from one", "Your ids begin at 1; positions in Python begin at 0.", _encode_from_one),
        Misconception(
            "wraps around",
            "You turned an unknown character into some other one with %. That is how é becomes i unseen: raise a ValueError.",
            _encode_wraps,
        ),
        Misconception(
            "KeyError",
            "An unknown character raises a KeyError here. Raise a ValueError whose message names the character.",
            _encode_key_error,
        ),
        Misconception(
            "as published",
            "You return ord(c) % 128, as the code with the bug does: é becomes i unseen. An id is a position in `characters`.",
            _encode_as_published,
        ),
        Misconception(
            "strips",
            "You took spaces or line ends off the text (strip does); they are characters too, and have ids.",
            _encode_strips,
        ),
        Misconception(
            "place in the text",
            "You looked each character up in the text itself; its id is its position in `characters`: characters.index(c).",
            _encode_place_in_text,
        ),
        Misconception(
            "from a",
            'You counted from the letter a (ord(c) - ord("a")); an id is a position in `characters`, whatever is in it.',
            _encode_from_a,
        ),
        Misconception(
            "None for unknown",
            "You put None for a character that is not in `characters`, and whoever uses the ids fails later. Raise a ValueError here.",
            _encode_none,
        ),
        Misconception(
            "one beyond for unknown",
            "You gave every unknown character the id len(characters), which no character has. Raise a ValueError that names it.",
            _encode_beyond,
        ),
        Misconception(
            "first one for unknown",
            "You turned an unknown character into the first one, id 0, and nobody sees it. Raise a ValueError that names it.",
            _encode_zero,
        ),
        Misconception(
            "AssertionError",
            "An unknown character fails an assert here. Raise a ValueError whose message names the character.",
            _encode_asserts,
        ),
        Misconception(
            "does not say which",
            "Your ValueError does not say which character it is: the whole text, or Python's own words, leave the reader to search. "
            'Put the character itself into the message, for instance f"{character!r} is unknown".',
            _encode_names_the_text,
        ),
        Misconception("ignores case", "A and a are two different characters: do not lower-case the text.", _encode_lower),
    ),
)
