"""The exercises of lesson 01: how text becomes numbers, and how predictable it is."""

import numpy as np

from chargen_lib.exercises.cards import Exercise, Misconception, Probe

# --- encode -----------------------------------------------------------------------------------------------------------


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
        Probe(("abé", "abc"), mention="é"),
        Probe(("a?b", "abc"), mention="?"),
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
        Misconception("ignores case", "A and a are two different characters: do not lower-case the text.", _encode_lower),
    ),
)

# --- bigram_counts ----------------------------------------------------------------------------------------------------


def bigram_counts(ids, vocab_size):
    counts = np.zeros((vocab_size, vocab_size), dtype=int)
    np.add.at(counts, (ids[:-1], ids[1:]), 1)
    return counts


def bigram_probes(rng):
    return [
        Probe((np.array([0, 1]), 2)),
        Probe((np.array([0]), 2)),
        Probe((np.array([0, 0, 1, 2]), 4)),
        Probe((np.array([1, 1, 1, 1]), 3)),
        Probe((np.array([2, 0, 1, 2, 0, 0, 1, 2, 2, 0]), 4)),
        Probe((rng.integers(0, 5, size=40), 6)),  # 5 never occurs
    ]


def _bigram_transposed(ids, vocab_size):
    return bigram_counts(ids, vocab_size).T


def _bigram_assigned(ids, vocab_size):
    counts = np.zeros((vocab_size, vocab_size), dtype=int)
    ids = np.asarray(ids)
    counts[ids[:-1], ids[1:]] += 1
    return counts


def _bigram_circular(ids, vocab_size):
    return bigram_counts(np.append(ids, ids[:1]), vocab_size)


def _bigram_skip(ids, vocab_size):
    counts = np.zeros((vocab_size, vocab_size), dtype=int)
    np.add.at(counts, (ids[:-2], ids[2:]), 1)
    return counts


def _bigram_blocks(ids, vocab_size):
    counts = np.zeros((vocab_size, vocab_size), dtype=int)
    even = len(ids) // 2 * 2
    np.add.at(counts, (ids[:even:2], ids[1:even:2]), 1)
    return counts


def _bigram_both_ways(ids, vocab_size):
    counts = bigram_counts(ids, vocab_size)
    return counts + counts.T


def _bigram_no_last(ids, vocab_size):
    return bigram_counts(ids[:-1], vocab_size)


def _bigram_plus_one(ids, vocab_size):
    return bigram_counts(ids, vocab_size) + 1


def _bigram_probabilities(ids, vocab_size):
    counts = bigram_counts(ids, vocab_size)
    return counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)


BIGRAM_COUNTS = Exercise(
    name="bigram_counts",
    lesson=1,
    points=2,
    minutes=13,
    difficulty=2,
    hint="The pairs are `ids[:-1]` and `ids[1:]`. `jnp.zeros(...).at[rows, columns].add(1)` adds 1 for every pair, repeated ones too.",
    reference=bigram_counts,
    probes=bigram_probes,
    misconceptions=(
        Misconception(
            "transposed",
            "Rows and columns are swapped: the row is the character before, the column the one after.",
            _bigram_transposed,
        ),
        Misconception(
            "repeats counted once",
            "A pair that comes again is counted once: `counts[rows, columns] += 1` (or .set) does each place once only. "
            "With JAX use .at[rows, columns].add(1).",
            _bigram_assigned,
        ),
        Misconception(
            "joins the ends",
            "You counted a pair from the last character back to the first (np.roll does that); a text of n characters has n - 1 pairs.",
            _bigram_circular,
        ),
        Misconception(
            "skips one", "You paired each character with the one two places on; the next one is one place on.", _bigram_skip
        ),
        Misconception(
            "every other pair",
            "You cut the text into separate pairs; pairs overlap: abc holds ab and bc.",
            _bigram_blocks,
        ),
        Misconception(
            "both directions",
            "You counted each pair in both directions; ab is not ba.",
            _bigram_both_ways,
        ),
        Misconception(
            "drops the last pair", "The last pair of the text is missing: n characters have n - 1 pairs.", _bigram_no_last
        ),
        Misconception("adds one", "Every count is one too high: start from zero; smoothing comes later.", _bigram_plus_one),
        Misconception(
            "probabilities",
            "You divided each row by its total; return the counts themselves, as whole numbers.",
            _bigram_probabilities,
        ),
    ),
)

# --- conditional_entropy ----------------------------------------------------------------------------------------------


def _row_entropies(counts, log=np.log2):
    """Shares of the rows, and each row's entropy."""
    counts = np.asarray(counts, dtype=float)
    totals = counts.sum(axis=1)
    probs = counts / np.maximum(totals, 1)[:, None]
    logs = log(np.where(probs > 0, probs, 1.0))
    return totals / totals.sum(), -(probs * logs).sum(axis=1)


def conditional_entropy(counts):
    shares, entropies = _row_entropies(counts)
    return float((shares * entropies).sum())


def entropy_probes(rng):
    v = 5
    table = rng.integers(0, 9, size=(v, v))
    table[0] = [1, 2, 4, 0, 0]  # so that rows, columns and totals always differ
    table[1] = [0, 0, 9, 0, 0]
    empty_row = table.copy()
    empty_row[3] = 0
    return [
        Probe((np.array([[3, 1], [1, 1]]),)),
        Probe((np.array([[4, 4], [0, 8]]),)),
        Probe((np.array([[0, 0], [3, 5]]),)),
        Probe((np.array([[2, 2, 4], [9, 1, 0], [0, 0, 5]]),)),
        Probe((table,)),
        Probe((empty_row,)),
    ]


def _ce_nats(counts):
    shares, entropies = _row_entropies(counts, np.log)
    return float((shares * entropies).sum())


def _ce_unweighted(counts):
    return float(_row_entropies(counts)[1].mean())


def _ce_joint(counts):
    joint = np.asarray(counts, dtype=float) / np.sum(counts)
    return float(-(joint * np.log2(np.where(joint > 0, joint, 1.0))).sum())


def _ce_columns(counts):
    return conditional_entropy(np.asarray(counts).T)


def _ce_next_alone(counts):
    probs = np.asarray(counts, dtype=float).sum(axis=0) / np.sum(counts)
    return float(-(probs * np.log2(np.where(probs > 0, probs, 1.0))).sum())


def _ce_nan(counts):
    counts = np.asarray(counts, dtype=float)
    with np.errstate(all="ignore"):
        probs = counts / counts.sum(axis=1, keepdims=True)
        return float(-(counts / counts.sum() * np.log2(probs)).sum())


def _ce_add_one(counts):
    return conditional_entropy(np.asarray(counts) + 1)


def _ce_sign(counts):
    return -conditional_entropy(counts)


def _ce_sum(counts):
    return float(_row_entropies(counts)[1].sum())


CONDITIONAL_ENTROPY = Exercise(
    name="conditional_entropy",
    lesson=1,
    points=3,
    minutes=16,
    difficulty=3,
    hint="Each row, divided by its total, is a distribution: take its entropy. Then average the rows, each weighted by its share "
    "of all counts. Zeros: replace p by 1 inside the logarithm where p is 0.",
    reference=conditional_entropy,
    probes=entropy_probes,
    misconceptions=(
        Misconception("nats", "Your answer is in nats (natural logarithm); bits use log2.", _ce_nats),
        Misconception(
            "unweighted rows",
            "You averaged the rows as if each were equally common; weight each row by its share of all counts.",
            _ce_unweighted,
        ),
        Misconception(
            "sum of rows", "You added the rows' entropies; average them, each weighted by its share of all counts.", _ce_sum
        ),
        Misconception(
            "joint entropy",
            "That is the entropy of the pair, H(previous, next). Given the previous character, only the next is uncertain: "
            "divide each row by its own total.",
            _ce_joint,
        ),
        Misconception(
            "columns",
            "You divided by the columns' totals: that is H(previous given next). The row is what is known; sum along axis 1.",
            _ce_columns,
        ),
        Misconception(
            "next alone",
            "That is the entropy of the next character when nothing is known of the previous one.",
            _ce_next_alone,
        ),
        Misconception(
            "zeros give NaN",
            "0 times log 0 became NaN, or an empty row was divided by 0. A pair never seen adds nothing: keep zeros out of the logarithm.",
            _ce_nan,
        ),
        Misconception(
            "smoothed",
            "You added one to every count first; the entropy of the counted pairs uses the counts as they are.",
            _ce_add_one,
        ),
        Misconception(
            "sign", "Your entropy is negative: log of a probability is negative, so put a minus before the sum.", _ce_sign
        ),
    ),
)

# --- add_one_loss -----------------------------------------------------------------------------------------------------


def _pair_losses(probs, ids, log=np.log):
    ids = np.asarray(ids)
    with np.errstate(all="ignore"):
        return -log(np.asarray(probs)[ids[:-1], ids[1:]])


def _smooth(counts, extra=1.0):
    counts = np.asarray(counts, dtype=float) + extra
    return counts / counts.sum(axis=1, keepdims=True)


def add_one_loss(train_counts, val_ids):
    return float(_pair_losses(_smooth(train_counts), val_ids).mean())


def loss_probes(rng):
    v = 5
    table = rng.integers(0, 9, size=(v, v))
    table[0] = [1, 2, 4, 0, 0]
    table[3] = 0
    ids = np.concatenate([[0, 3, 0, 4, 0, 1, 2, 2], rng.integers(0, v, size=15)])
    return [
        Probe((np.array([[3, 1], [1, 1]]), np.array([0, 1]))),
        Probe((np.array([[0, 4], [6, 0]]), np.array([0, 0, 1]))),
        Probe((np.array([[0, 7, 1], [0, 0, 0], [2, 2, 4]]), np.array([0, 1, 2, 2, 0, 2]))),
        Probe((table, ids)),
    ]


def _aol_bits(train_counts, val_ids):
    return float(_pair_losses(_smooth(train_counts), val_ids, np.log2).mean())


def _aol_no_smoothing(train_counts, val_ids):
    counts = np.asarray(train_counts, dtype=float)
    with np.errstate(all="ignore"):
        return float(_pair_losses(counts / counts.sum(axis=1, keepdims=True), val_ids).mean())


def _aol_sum(train_counts, val_ids):
    return float(_pair_losses(_smooth(train_counts), val_ids).sum())


def _aol_divide_by_n(train_counts, val_ids):
    return float(_pair_losses(_smooth(train_counts), val_ids).sum() / len(val_ids))


def _aol_denominator(train_counts, val_ids):
    counts = np.asarray(train_counts, dtype=float)
    with np.errstate(all="ignore"):
        return float(_pair_losses((counts + 1) / counts.sum(axis=1, keepdims=True), val_ids).mean())


def _aol_denominator_one(train_counts, val_ids):
    counts = np.asarray(train_counts, dtype=float)
    return float(_pair_losses((counts + 1) / (counts.sum(axis=1, keepdims=True) + 1), val_ids).mean())


def _aol_transposed(train_counts, val_ids):
    return add_one_loss(train_counts, np.asarray(val_ids)[::-1])


def _aol_joint(train_counts, val_ids):
    counts = np.asarray(train_counts, dtype=float) + 1
    return float(_pair_losses(counts / counts.sum(), val_ids).mean())


def _aol_mean_probability(train_counts, val_ids):
    ids = np.asarray(val_ids)
    return float(-np.log(_smooth(train_counts)[ids[:-1], ids[1:]].mean()))


def _aol_sign(train_counts, val_ids):
    return -add_one_loss(train_counts, val_ids)


ADD_ONE_LOSS = Exercise(
    name="add_one_loss",
    lesson=1,
    points=2,
    minutes=13,
    difficulty=2,
    hint="Add 1 to every count, divide each row by its new total, look up the probability of every held-out pair, and average -ln p.",
    reference=add_one_loss,
    probes=loss_probes,
    misconceptions=(
        Misconception("bits", "Your answer is in bits; the loss is asked for in nats: use the natural logarithm.", _aol_bits),
        Misconception(
            "no smoothing",
            "Without the extra one a pair never seen in training has probability 0, and its loss is infinite.",
            _aol_no_smoothing,
        ),
        Misconception("sum", "You summed over the pairs; take their mean.", _aol_sum),
        Misconception("one pair too many", "You divided by n; n characters have n - 1 pairs.", _aol_divide_by_n),
        Misconception(
            "old row total",
            "You added 1 to each count but divided by the old row total, so the row sums to more than 1. The total grows by the "
            "number of characters.",
            _aol_denominator,
        ),
        Misconception(
            "row total plus one",
            "You added only 1 to the row total; every one of the V counts in the row grew by 1, so the total grows by V.",
            _aol_denominator_one,
        ),
        Misconception(
            "transposed",
            "You looked up [next, previous]; the row is the character before.",
            _aol_transposed,
        ),
        Misconception(
            "joint probabilities",
            "You divided by the total of the whole table; each row is a distribution of its own.",
            _aol_joint,
        ),
        Misconception(
            "log of the mean",
            "You averaged the probabilities and then took the logarithm; take -ln of each one and average those.",
            _aol_mean_probability,
        ),
        Misconception("sign", "Your loss is negative: it is minus the logarithm of the probability.", _aol_sign),
    ),
)

EXERCISES = [ENCODE, BIGRAM_COUNTS, CONDITIONAL_ENTROPY, ADD_ONE_LOSS]
