"""Problem set "text", after lessons 01 and 02: encoding, counting, smoothing, entropy."""

import math

import numpy as np

from chargen_lib.exercises.cards import Misconception, Probe
from chargen_lib.instructor.variants.family import Family, Member, Rule, Slip

# --- character_ids: which order -----------------------------------------------------------------------------------------


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

# --- pair_counts: which pairs -------------------------------------------------------------------------------------------


def two_apart(ids, vocab_size):
    ids = np.asarray(ids)
    counts = np.zeros((vocab_size, vocab_size), dtype=int)
    np.add.at(counts, (ids[:-2], ids[2:]), 1)  # adds for every pair, repeated ones too
    return counts


def around_a_ring(ids, vocab_size):
    ids = np.asarray(ids)
    counts = np.zeros((vocab_size, vocab_size), dtype=int)
    np.add.at(counts, (ids, np.roll(ids, -1)), 1)  # adds for every pair, repeated ones too
    return counts


def within_lines(ids, vocab_size):
    ids = np.asarray(ids)
    before, after = ids[:-1], ids[1:]
    inside = (before != 0) & (after != 0)
    counts = np.zeros((vocab_size, vocab_size), dtype=int)
    np.add.at(counts, (before[inside], after[inside]), 1)  # adds for every pair, repeated ones too
    return counts


def _counted(before, after, vocab_size):
    counts = np.zeros((vocab_size, vocab_size), dtype=int)
    np.add.at(counts, (before, after), 1)
    return counts


def _neighbours(ids, vocab_size):
    return _counted(ids[:-1], ids[1:], vocab_size)


def pair_counts_probes(rng):
    return [
        Probe((np.array([1, 2, 0, 1, 2, 2]), 3)),
        Probe((np.array([1, 2]), 3)),
        Probe((np.array([0, 1, 0, 2, 0, 1, 1, 0]), 3)),
        Probe((np.array([2, 2, 2, 2, 1]), 4)),
        Probe((np.append(rng.integers(0, 4, size=30), [0, 3, 1]), 5)),  # 4 never occurs
    ]


PAIR_COUNTS = Family(
    function="pair_counts",
    title="Counting pairs",
    lesson=1,
    points=2,
    minutes=8,
    difficulty=2,
    docstring="Counts of pairs.  ids: (n,) ints, n >= 2;  returns (vocab_size, vocab_size) ints.",
    given="`ids` is a text of $n \\ge 2$ characters as ids below `vocab_size`. Count pairs of characters in a table: the row is the "
    "character that comes first, the column the one that comes later.",
    probes=pair_counts_probes,
    members=(
        Member(
            name="two apart",
            statement="Entry $[a, b]$ says how often $b$ stands *two* places after $a$, whatever stands between them.",
            hint="The pairs are `ids[:-2]` and `ids[2:]`. A pair that comes again must be added again: `.at[...].add(1)` with JAX, "
            "`np.add.at` with NumPy.",
            reference=two_apart,
            did="You counted pairs two places apart",
            asked="here the second character stands two places after the first",
            mistakes=(
                Misconception(
                    "up to two apart",
                    "You counted the pairs one place apart as well; count those two places apart only.",
                    lambda ids, vocab_size: two_apart(ids, vocab_size) + _neighbours(ids, vocab_size),
                ),
                Misconception(
                    "three apart",
                    "Your pairs are three places apart: with one character between them they are `ids[:-2]` and `ids[2:]`.",
                    lambda ids, vocab_size: _counted(ids[:-3], ids[3:], vocab_size),
                ),
            ),
        ),
        Member(
            name="around a ring",
            statement="Entry $[a, b]$ says how often $b$ comes right after $a$ when the text is written around a ring: after its last "
            "character comes its first again. So there are $n$ pairs.",
            hint="`jnp.roll(ids, -1)` is the text one place on, with the first character at the end. A pair that comes again must be "
            "added again: `.at[...].add(1)` with JAX, `np.add.at` with NumPy.",
            reference=around_a_ring,
            did="You counted n pairs, the last character with the first one too",
            asked="here each character is paired with the one right after it, and the last with the first",
            mistakes=(
                Misconception(
                    "the ends the wrong way round",
                    "You joined the first character to the last; on a ring the first comes after the last.",
                    lambda ids, vocab_size: _counted(np.append(ids[:-1], ids[0]), np.append(ids[1:], ids[-1]), vocab_size),
                ),
                Misconception(
                    "last with itself",
                    "You paired the last character with itself; after it comes the first one.",
                    lambda ids, vocab_size: _counted(ids, np.append(ids[1:], ids[-1]), vocab_size),
                ),
            ),
        ),
        Member(
            name="within lines",
            statement="The id 0 is the end of a line. Entry $[a, b]$ says how often $b$ comes right after $a$ *within* a line: a pair "
            "with a 0 in it, at either place, does not count. So the row and the column of 0 stay empty.",
            hint="Make the pairs `ids[:-1]` and `ids[1:]` first, then keep those in which neither is 0. A pair that comes again must "
            "be added again: `.at[...].add(1)` with JAX, `np.add.at` with NumPy.",
            reference=within_lines,
            did="You left out the pairs with a 0",
            asked="here each character is paired with the one right after it, and pairs with a 0 are left out",
            mistakes=(
                Misconception(
                    "joins the lines",
                    "You took the zeros out before you made the pairs, so the end of one line meets the beginning of the next.",
                    lambda ids, vocab_size: _neighbours(ids[ids != 0], vocab_size),
                ),
                Misconception(
                    "beginnings of lines",
                    "You left out the pairs that end with a 0, but not those that begin with one. Leave out both.",
                    lambda ids, vocab_size: _neighbours(ids, vocab_size) * (np.arange(vocab_size) != 0),
                ),
                Misconception(
                    "ends of lines",
                    "You left out the pairs that begin with a 0, but not those that end with one. Leave out both.",
                    lambda ids, vocab_size: _neighbours(ids, vocab_size) * (np.arange(vocab_size) != 0)[:, None],
                ),
            ),
        ),
    ),
    others=(Rule("neighbours", "You counted every character with the next one in the text, as in lesson 01", _neighbours),),
    slips=(
        Slip(
            "transposed",
            "Rows and columns are swapped: the row is the character that comes first.",
            lambda right: lambda ids, vocab_size: right(ids, vocab_size).T,
        ),
        Slip(
            "repeats counted once",
            "A pair that comes again is counted once: `counts[rows, columns] += 1` (or .set) does each place once only. Use "
            ".at[rows, columns].add(1) with JAX, np.add.at with NumPy.",
            lambda right: lambda ids, vocab_size: np.minimum(right(ids, vocab_size), 1),
        ),
        Slip(
            "both directions",
            "You counted each pair in both directions; ab is not ba.",
            lambda right: lambda ids, vocab_size: right(ids, vocab_size) + right(ids, vocab_size).T,
        ),
        Slip(
            "shares",
            "You divided by the number of pairs; return the counts themselves, as whole numbers.",
            lambda right: lambda ids, vocab_size: right(ids, vocab_size) / np.maximum(right(ids, vocab_size).sum(), 1),
        ),
    ),
)

# --- next_probs: which smoothing ----------------------------------------------------------------------------------------


def add_to_each(counts, strength):
    counts = np.asarray(counts)
    return (counts + strength) / (counts.sum(axis=1, keepdims=True) + strength * len(counts))


def shared_evenly(counts, strength):
    counts = np.asarray(counts)
    return (counts + strength / len(counts)) / (counts.sum(axis=1, keepdims=True) + strength)


def shared_by_frequency(counts, strength):
    counts = np.asarray(counts)
    shares = counts.sum(axis=0) / counts.sum()  # (V,), of each character as the next one
    return (counts + strength * shares) / (counts.sum(axis=1, keepdims=True) + strength)


def _total(counts):
    return np.asarray(counts).sum(axis=1, keepdims=True)


def _unsmoothed(counts, strength):
    with np.errstate(invalid="ignore"):
        return np.asarray(counts) / _total(counts)


def _old_total(right, added):
    """Members that add `added(counts, strength)` to the total of a row, and then divide by what it was before."""

    def wrong(counts, strength):
        with np.errstate(divide="ignore"):
            return right(counts, strength) * (_total(counts) + added(counts, strength)) / _total(counts)

    return Misconception(
        "old row total",
        "You added to the counts, but divided by the old total of the row, so the row sums to more than 1. Divide by its new total.",
        wrong,
    )


def next_probs_probes(rng):
    table = rng.integers(0, 9, size=(5, 5))
    table[0] = [1, 2, 4, 0, 0]  # so that rows, columns and totals always differ
    table[3] = 0
    return [
        Probe((np.array([[6, 2], [0, 0]]), 2.0)),
        Probe((np.array([[3, 0, 1], [0, 0, 0], [5, 5, 2]]), 0.5)),
        Probe((np.array([[0, 4], [1, 0]]), 0.25)),
        Probe((table, float(rng.uniform(1.5, 5.0)))),
    ]


NEXT_PROBS = Family(
    function="next_probs",
    title="A share for what was never seen",
    lesson=1,
    points=2,
    minutes=8,
    difficulty=2,
    docstring="Smoothed p(next | previous).  counts: (V, V) ints;  strength: float > 0;  returns (V, V), each row sums to 1.",
    given="Entry $[a, b]$ of `counts` says how often $b$ came right after $a$. A row may be empty, but not the whole table. Return the "
    "table of $p(b \\mid a)$, each row a distribution, smoothed by `strength`, a number $s > 0$:",
    probes=next_probs_probes,
    members=(
        Member(
            name="add to each",
            statement="add $s$ to *every* count, then divide each row by its new total. (With $s = 1$ that is the rule of lesson 01.)",
            hint="By how much does the total of a row grow when each of its V entries grows by s?",
            reference=add_to_each,
            did="You added `strength` to every count",
            asked="here each count grows by `strength`, and so each total by V times that",
            mistakes=(
                _old_total(add_to_each, lambda counts, strength: strength * len(counts)),
                Misconception(
                    "total grows by strength",
                    "You added only `strength` to the total of the row; each of its V counts grew by that much, so the total grows by "
                    "V times `strength`.",
                    lambda counts, strength: (np.asarray(counts) + strength) / (_total(counts) + strength),
                ),
            ),
        ),
        Member(
            name="shared evenly",
            statement="each row gets $s$ imagined observations *in all*, spread evenly over the $V$ characters; then divide each row by "
            "its new total. So a row that was never seen becomes $1/V$ everywhere.",
            hint="If V characters share s observations evenly, how many does each get? The total of the row grows by s.",
            reference=shared_evenly,
            did="You spread `strength` observations evenly over each row",
            asked="here the V characters of a row share `strength` imagined observations evenly",
            mistakes=(
                _old_total(shared_evenly, lambda counts, strength: strength),
                Misconception(
                    "over all entries",
                    "You spread `strength` over the V * V entries of the table; each row gets that much for its own V entries.",
                    lambda counts, strength: add_to_each(counts, strength / np.size(counts)),
                ),
            ),
        ),
        Member(
            name="shared by frequency",
            statement="each row gets $s$ imagined observations *in all*, spread like the characters that come next in the whole table: "
            "$b$ gets the share (total of column $b$) / (total of all). Then divide each row by its new total.",
            hint="`counts.sum(axis=0) / counts.sum()` are the shares, one for each column. A row of that shape is added to every row "
            "of the table. The total of each row grows by s.",
            reference=shared_by_frequency,
            did="You spread `strength` observations over each row like the totals of the columns",
            asked="here a row's imagined observations are spread like the characters that come next in the whole table",
            mistakes=(
                _old_total(shared_by_frequency, lambda counts, strength: strength),
                Misconception(
                    "totals of the rows",
                    "You spread the observations by the totals of the rows; a row counts what came before. What comes next is in the "
                    "columns: sum along axis 0.",
                    lambda counts, strength: (
                        (np.asarray(counts) + strength * _total(counts).T / np.sum(counts)) / (_total(counts) + strength)
                    ),
                ),
            ),
        ),
    ),
    others=(Rule("no smoothing", "You smoothed nothing, so an empty row gives NaN", _unsmoothed),),
    slips=(
        Slip(
            "strength of one",
            "You smoothed as if `strength` were 1; use the one that is given.",
            lambda right: lambda counts, strength: right(counts, 1.0),
        ),
        Slip(
            "columns",
            "You made each column a distribution; the row is what is known, so each row sums to 1.",
            lambda right: lambda counts, strength: right(np.asarray(counts).T, strength).T,
        ),
        Slip(
            "whole table",
            "Your whole table sums to 1; each row is a distribution of its own.",
            lambda right: lambda counts, strength: right(counts, strength) / len(counts),
        ),
        Slip(
            "logarithms",
            "You returned logarithms; return the probabilities themselves.",
            lambda right: lambda counts, strength: _log(right(counts, strength)),
        ),
    ),
)


def _log(probs):
    with np.errstate(divide="ignore"):
        return np.log(probs)


# --- table_bits: which entropy ------------------------------------------------------------------------------------------


def of_the_pair(counts):
    probs = np.asarray(counts) / np.sum(counts)
    seen = probs[probs > 0]  # what was never seen adds nothing
    return float(-(seen * np.log2(seen)).sum())


def of_the_previous(counts):
    probs = np.asarray(counts) / np.sum(counts)  # (V, V), all of it sums to 1
    given = np.broadcast_to(probs.sum(axis=0), probs.shape)  # p(next), under every entry of its column
    seen = probs > 0
    return float(-(probs[seen] * np.log2(probs[seen] / given[seen])).sum())


def shared_by_both(counts):
    probs = np.asarray(counts) / np.sum(counts)
    alone = probs.sum(axis=1, keepdims=True) * probs.sum(axis=0)  # what the pair would have if neither told of the other
    seen = probs > 0
    return float((probs[seen] * np.log2(probs[seen] / alone[seen])).sum())


def _bits(totals):
    return of_the_pair(np.asarray(totals))  # the same sum, whatever the shape


def _of_the_next(counts):
    return of_the_previous(np.asarray(counts).T)


def table_bits_probes(rng):
    table = rng.integers(1, 9, size=(4, 4)) + np.array([[9, 0, 0, 0], [0, 0, 6, 0], [0, 20, 0, 0], [0, 0, 0, 0]])
    holes = table.copy()
    holes[3] = holes[0, 1:3] = 0
    return [
        Probe((np.array([[6, 2], [0, 8]]),)),
        Probe((np.array([[5, 1], [2, 2]]),)),
        Probe((np.array([[0, 0, 0], [3, 1, 4], [2, 0, 0]]),)),
        Probe((table,)),
        Probe((holes,)),
    ]


TABLE_BITS = Family(
    function="table_bits",
    title="How much a pair holds",
    lesson=1,
    points=3,
    minutes=10,
    difficulty=3,
    docstring="Bits in a table of pairs.  counts: (V, V) ints, not all 0;  returns one float.",
    given="Entry $[a, b]$ of `counts` says how often $b$ came right after $a$. Divided by the total of the whole table these are the "
    "probabilities $p(a, b)$ of the pairs, and their sums along rows and columns are the $p(a)$ of the previous and the "
    "$p(b)$ of the next character. What was never seen adds nothing; rows and columns may be empty. Return one number, in bits:",
    probes=table_bits_probes,
    members=(
        Member(
            name="of the pair",
            statement="the entropy of the whole pair, $H(\\text{previous}, \\text{next}) = -\\sum_{a,b} p(a, b) \\log_2 p(a, b)$.",
            hint="Divide by the total of the table first. Then keep zeros out of the logarithm: put 1 where p is 0, or leave those "
            "entries out.",
            reference=of_the_pair,
            did="You computed the entropy of the pair",
            asked="here both characters of the pair are unknown: H(previous, next)",
        ),
        Member(
            name="of the previous",
            statement="how uncertain the *previous* character is for whoever knows the next one, "
            "$H(\\text{previous} \\mid \\text{next}) = -\\sum_{a,b} p(a, b) \\log_2 p(a \\mid b)$.",
            hint="p(a given b) is p(a, b) / p(b), and p(b) is the sum of column b. Keep zeros out of the logarithm and out of the "
            "division.",
            reference=of_the_previous,
            did="You computed H(previous given next)",
            asked="here the next character is known and the previous one is not: H(previous given next)",
            mistakes=(
                Misconception(
                    "unweighted columns",
                    "You averaged the columns as if each were equally common; weight each by its share p(next).",
                    lambda counts: float(np.mean([_bits(column) if column.any() else 0.0 for column in np.asarray(counts).T])),
                ),
            ),
        ),
        Member(
            name="shared by both",
            statement="how many bits one character of a pair tells about the other, the *mutual information* "
            "$I = \\sum_{a,b} p(a, b) \\log_2 \\dfrac{p(a, b)}{p(a) \\, p(b)}$.",
            hint="A column of row sums times a row of column sums gives all the products $p(a) p(b)$. Keep the entries where p(a, b) "
            "is 0 out of the logarithm.",
            reference=shared_by_both,
            did="You computed the mutual information of the two characters",
            asked="here one character tells of the other: the mutual information, H(next) minus H(next given previous)",
            mistakes=(
                Misconception(
                    "against the uniform table",
                    "You compared p(a, b) with a table in which all pairs are equally common; compare it with p(a) p(b).",
                    lambda counts: 2 * math.log2(len(counts)) - of_the_pair(counts),
                ),
            ),
        ),
    ),
    others=(
        Rule("of the next", "You computed H(next given previous), as in lesson 01", _of_the_next),
        Rule(
            "next alone",
            "You computed the entropy of the next character alone, from the totals of the columns",
            lambda counts: _bits(np.sum(counts, axis=0)),
        ),
    ),
    slips=(
        Slip(
            "nats",
            "Your answer is in nats (natural logarithm); bits use log2.",
            lambda right: lambda counts: right(counts) * math.log(2),
        ),
        Slip("sign", "Your sign is turned round: the answer is never negative.", lambda right: lambda counts: -right(counts)),
        Slip(
            "zeros give NaN",
            "0 times log 0 became NaN. A pair that was never seen adds nothing: keep zeros out of the logarithm.",
            lambda right: lambda counts: right(counts) if np.all(np.asarray(counts) > 0) else math.nan,
        ),
        Slip(
            "smoothed",
            "You added one to every count first; use the counts as they are.",
            lambda right: lambda counts: right(np.asarray(counts) + 1),
        ),
    ),
)

FAMILIES = (CHARACTER_IDS, PAIR_COUNTS, NEXT_PROBS, TABLE_BITS)
