"""character_ids: which order."""

from chargen_lib.exercises.engine.cards import Misconception, Probe
from chargen_lib.instructor.variants.family import Family, Member, Rule, Slip


def first_seen(text):
    characters = list(dict.fromkeys(text))  # a dictionary keeps the order in which its keys came
    return [characters.index(c) for c in text]


def frequent_first(text):
    seen = list(dict.fromkeys(text))
    characters = sorted(seen, key=text.count, reverse=True)  # sorted leaves equal ones in the order they had
    return [characters.index(c) for c in text]


def recent_first(text):
    ids = []
    characters: list[str] = []  # the last one seen in front
    for c in text:
        ids.append(characters.index(c) if c in characters else len(characters))
        if c in characters:
            characters.remove(c)
        characters.insert(0, c)
    return ids


def _in_order(characters):
    """An encoder with the characters in the order that characters(text) gives."""
    return lambda text: [characters(text).index(c) for c in text]


def _distance_back(text):
    last: dict = {}
    ids = []
    for place, c in enumerate(text):
        ids.append(place - last[c] - 1 if c in last else len(last))
        last[c] = place
    return ids


def character_ids_probes(rng):
    letters = rng.choice(list("abcdeABCDE "), size=(2, 14))
    return [
        Probe(("banana",)),
        Probe(("",)),
        Probe(("zz",)),
        Probe(("bAaB",)),  # nothing comes twice, until the case is ignored
        Probe(("dcdcab",)),
        Probe(("see the sea",)),
        *(Probe(("".join(row),)) for row in letters),
    ]


CHARACTER_IDS = Family(
    function="character_ids",
    title="Numbers for characters",
    lesson=1,
    points=2,
    minutes=8,
    difficulty=1,
    docstring="The id of each character.  text: str;  returns a list of len(text) ints, from 0.",
    given="`text` brings its own vocabulary: the different characters in it. A and a are two characters, and a space is one too.",
    probes=character_ids_probes,
    members=(
        Member(
            name="first seen",
            statement="Number the characters in the order in which they first occur: the first character of the text gets 0, the next "
            "*new* one 1, and so on. Return the id of each character of the text.",
            hint="`dict.fromkeys(text)` keeps each character once, in the order in which they came.",
            reference=first_seen,
            did="You numbered the characters in the order in which they first occur",
            asked="here each new character gets the next number",
            mistakes=(
                Misconception(
                    "place in the text",
                    "You gave each character the place where it first stands (text.index). Count the different characters before it.",
                    lambda text: [text.index(c) for c in text],
                ),
                Misconception(
                    "last seen",
                    "You numbered the characters by where they stand last; what counts is where they stand first.",
                    _in_order(lambda text: sorted(set(text), key=text.rindex)),
                ),
            ),
        ),
        Member(
            name="frequent first",
            statement="Number the characters by how often they occur: the most frequent one gets 0. Of two that occur equally often, the "
            "one that comes first in the text gets the lower number. Return the id of each character of the text.",
            hint="`sorted` leaves equal items in the order they had. So begin with the characters in the order of the text, and sort "
            "those by `text.count`, the largest first.",
            reference=frequent_first,
            did="You numbered the characters by how often they occur",
            asked="here the most frequent one gets 0, and of two equally frequent ones the earlier comes first",
            mistakes=(
                Misconception(
                    "ties by alphabet",
                    "Of two characters that occur equally often you put the one with the lower code point first; take the one that "
                    "comes first in the text.",
                    _in_order(lambda text: sorted(sorted(set(text)), key=text.count, reverse=True)),
                ),
                Misconception(
                    "ties by the later",
                    "Of two characters that occur equally often you put the later one first (turning an ascending sort around does "
                    "that). Use reverse=True, or sort by minus the count.",
                    _in_order(lambda text: sorted(dict.fromkeys(text), key=text.count)[::-1]),
                ),
                Misconception(
                    "rare first",
                    "You gave 0 to the rarest character; sorting goes upwards unless you say reverse=True.",
                    _in_order(lambda text: sorted(dict.fromkeys(text), key=text.count)),
                ),
                Misconception(
                    "the counts",
                    "You returned how often each character occurs; return its place when the characters are sorted by that.",
                    lambda text: [text.count(c) for c in text],
                ),
            ),
        ),
        Member(
            name="recent first",
            statement="Number each character by how recently it was seen: its id is how many *different* other characters have come "
            "since it last occurred, so a character right after itself gets 0. One that was never seen gets the number of "
            "different characters seen so far. Return the id of each character of the text.",
            hint="Keep a list of the characters seen, the last one in front. A character's id is its place in that list; then move "
            "it to the front.",
            reference=recent_first,
            did="You numbered the characters by how recently they were seen",
            asked="here an id says how many different characters came since this one last did, so it changes along the text",
            mistakes=(
                Misconception(
                    "places back",
                    "You counted all the characters since the last occurrence; count each different one once.",
                    _distance_back,
                ),
                Misconception(
                    "new ones get 0",
                    "You gave 0 to a character that was never seen, but 0 says that it came just before. Give it the number of "
                    "different characters seen so far.",
                    lambda text: [
                        i if c in text[:n] else 0 for n, (c, i) in enumerate(zip(text, recent_first(text), strict=True))
                    ],
                ),
            ),
        ),
    ),
    others=(
        Rule("sorted", "You numbered the characters in alphabetical order", _in_order(lambda text: sorted(set(text)))),
        Rule("code points", "You returned code points (ord)", lambda text: [ord(c) for c in text]),
    ),
    slips=(
        Slip("from one", "Your ids begin at 1; they begin at 0.", lambda right: lambda text: [i + 1 for i in right(text)]),
        Slip(
            "ignores case",
            "A and a are two different characters: do not change the case of the text.",
            lambda right: lambda text: right(text.lower()),
        ),
        Slip(
            "one of each",
            "You returned one id for each different character; return one for each character of the text.",
            lambda right: lambda text: [right(text)[text.index(c)] for c in dict.fromkeys(text)],
        ),
    ),
)
