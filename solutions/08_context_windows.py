# %% [markdown] slideshow={"slide_type": "slide"}
# # 08 · Context windows
#
# **How much is one more character of context worth, and why do tables stop gaining?**
#
# *About {reading} minutes, and {exercises} more for the exercises · some practice with arrays helps · you need: counts and bits (lesson 01), the layers of a
# network (03), training and learning by heart (05), the table of four-grams (06).*
#
# The networks of Part I see one character. Part II gives them more, and judges every one beside *counting*. You will be able to
#
# - count what each further character is worth, and say why tables stop gaining,
# - build the idea behind the best of them, Kneser and Ney's, with exact fractions,
# - write a network that sees a window of characters, and say what it has that a table has not,
# - train it on too little text, and measure which cure helps.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Three questions from before
#
# **1.** The table of four-grams has seen a context once or twice. From where does its row borrow (lesson 06)?
#
# <details><summary>Think first, then open</summary>
#
# From the row of the context without its oldest character: `abc` from `bc`, `bc` from `c`.
#
# </details>
#
# **2.** The training loss still falls, the held-out loss rises. What is it, and what do you do (lesson 05)?
#
# <details><summary>Think first, then open</summary>
#
# Overfitting: the network learns its text by heart. Stop where a part that is not trained on was lowest, or find more text.
#
# </details>
#
# **3.** Why can a network that sees one character not get below $H(\text{next} \mid \text{previous})$ of a text, however large it is (lesson 03)?
#
# <details><summary>Think first, then open</summary>
#
# It is a table with one row for each character, and no row is less surprised than the true shares.
#
# </details>

# %% [markdown] slideshow={"slide_type": "slide"}
# ## One more character, counted
#
# A part that chooses cannot judge honestly (lesson 05). So the stories have three parts now. Whatever we choose by looking, we choose on the last tenth
# of the training part. The held-out part judges.

# %% slideshow={"slide_type": "-"}
import math
from collections import Counter
from fractions import Fraction
from itertools import pairwise

import numpy as np

from chargen_lib import corpora, entropy, plots
from chargen_lib.text import Vocabulary, split

fables = corpora.load("fables")
vocabulary = Vocabulary.from_text(fables.text)
V = len(vocabulary)
train_ids, val_ids = (np.asarray(part) for part in split(vocabulary.encode(fables.text)))
learn_ids, look_ids = split(train_ids)  # learn from the first, choose on the second
train_text, held_out = vocabulary.decode(train_ids), vocabulary.decode(val_ids)
print(f"to learn from {len(learn_ids):,} characters, to choose {len(look_ids):,}, to judge {len(val_ids):,}")

# %% [markdown]
# `entropy.ngram_rows` counts tables like the one of lesson 06 for any context. It keeps rows only for contexts that it has seen; for any other, its
# longest end that was seen serves. `next_row[row, character]` says which row serves after one more character. So a table reads a text by walking from
# row to row:


# %%
def table_bits(table, ids):
    """Bits per character of a table on ids (n,): the mean over its n - 1 next characters."""
    log_probs, next_row, row = table  # (rows, V) nats, (rows, V), the row to begin with
    nats = 0.0
    for before, after in pairwise(ids.tolist()):
        row = next_row[row, before]
        nats -= log_probs[row, after]
    return float(nats) / (len(ids) - 1) / math.log(2)


# %% [markdown] slideshow={"slide_type": "slide"}
# **Predict.** One character of context has 3.28 bits, three have 2.20 (the four-grams). What have two, four, five and six?
#
# <details><summary>Think first, then open</summary>
#
# Two: about 2.57. Four still gain, but only 0.12. Five gain nothing, and six are *worse* than four.
#
# </details>

# %% slideshow={"slide_type": "fragment"}
borrowing = {n: table_bits(entropy.ngram_rows(train_ids, V, n), val_ids) for n in range(1, 7)}
print("bits per character, by context:", {n: round(bits, 3) for n, bits in borrowing.items()})

# %%
assert borrowing[1] > borrowing[2] + 0.6 > borrowing[3] + 0.9 > borrowing[4] + 1.0  # each gains, and less than the one before
assert abs(borrowing[5] - borrowing[4]) < 0.02 and borrowing[6] > borrowing[4] + 0.03

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Why tables stop
#
# There could be $63^6$ contexts of six characters, 63 billion. The training part has 244 thousand characters.
#
# **Predict.** How many of the held-out part's contexts of six characters has the training part never seen: one in a thousand, one in a hundred, one in
# five?
#
# <details><summary>Think first, then open</summary>
#
# One in five, and every third of seven. Language has more to say than 244 thousand characters show.
#
# </details>

# %% slideshow={"slide_type": "-"}
pieces = {n: Counter(train_text[i : i + n] for i in range(len(train_text) - n + 1)) for n in range(1, 8)}
print("length   different   seen once   held-out pieces that are new")
for n, times in pieces.items():
    once = sum(number == 1 for number in times.values()) / len(times)
    new = np.mean([held_out[i : i + n] not in times for i in range(len(held_out) - n + 1)])
    print(f"{n:6} {len(times):11,} {once:11.0%} {new:12.1%}")
    assert n != 6 or (0.19 < new < 0.22 and 0.55 < once < 0.65)

# %% [markdown] slideshow={"slide_type": "-"}
# Of the different pieces of six characters, three of five were seen a single time. **A longer context tells more, and is seen less often.** Where the second
# weighs more than the first, a table stops gaining. So everything depends on what it does with a context that it has hardly seen.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Take from what was seen
#
# Our table adds five imagined observations to every row, shared out as the row of the shorter context says, however much the row has seen. Kneser and
# Ney (1995) have two better ideas. We try them on a small text, with exact fractions:

# %% slideshow={"slide_type": "-"}
small = "quay quit quiz ah oh"
pairs = Counter(pairwise(small))  # pairs["q", "u"] is 3
print(len(pairs), "different pairs;", {character: small.count(character) for character in "uh"})

# %% [markdown]
# **First: take the same from everyone.** What was seen once was often luck. So a *discount* $D$, between 0 and 1, is taken from the count of every pair
# that was seen. A row that has seen many different characters gives much; one that always saw the same gives little.
#
# **Second: give it to who appears in many places.** `u` comes more often here than `h`.
#
# **Predict.** After `z` we have seen a space only. Which of `u` and `h` is the better guess for something new after `z`?
#
# <details><summary>Think first, then open</summary>
#
# `h`. The `u` came three times, but each time after `q`: it has shown no sign of standing anywhere else. `h` came after two different characters, `a` and
# `o`.
#
# </details>
#
# So what counts is not how often a character came, but **after how many different ones**, its *continuation count*. The formula for $b$ after $a$ is
#
# $$p(b \mid a)=\frac{\max(c(a,b)-D,\,0)}{c(a)}+\frac{D\,u(a)}{c(a)}\,q(b)$$
#
# $c(a,b)$: how often the pair came; $c(a)$: how often $a$ was followed by anything; $u(a)$: by how many *different* characters. So $D\,u(a)$ is what the
# row has given. It is shared out by $q(b)$: the continuation count of $b$, divided by the number of different pairs.


# %% slideshow={"slide_type": "slide"}
def kneser_ney_by_hand(text, D):
    """p[a, b] for all characters of a text.  With a Fraction as D every number is exact."""
    c = Counter(pairwise(text))
    c_a, u, continuation = Counter(), Counter(), Counter()
    for (a, b), times in c.items():  # every different pair once
        c_a[a] += times
        u[a] += 1
        continuation[b] += 1
    q = {b: Fraction(continuation[b], len(c)) for b in sorted(set(text))}
    # 0 * D is a 0 that is a Fraction, too
    return {(a, b): max(c[a, b] - D, 0 * D) / c_a[a] + D * u[a] / c_a[a] * q[b] for a in c_a for b in q}


p = kneser_ney_by_hand(small, Fraction(1, 2))
for a, b in ("qu", "z ", "zu", "zh"):
    print(f"p({b!r} | {a!r}) = {p[a, b]}")
rows = {a: sum(p[a, b] for b in set(small)) for a in set(small)}
print("the rows sum to", set(rows.values()))

# %%
assert set(rows.values()) == {Fraction(1)} and p["z", "h"] == 2 * p["z", "u"] and small.count("u") > small.count("h")

# %% [markdown]
# Every row sums to exactly 1: what was taken was given. And `h` after `z` is twice as likely as `u`: half of the only count is taken, and of 15 pairs
# two end with `h`, so it gets $\frac12\cdot\frac2{15}=\frac1{15}$.

# %%
import jax
import jax.numpy as jnp

from chargen_lib.exercises import check, progress

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: continuation counts
#
# For every character of the vocabulary: how many *different* characters stand right before it, somewhere in the text? Return `(vocab_size,)` whole
# numbers. A character that never comes, or only at the very beginning, has 0.


# %% exercise="continuation_counts" slideshow={"slide_type": "-"}
def continuation_counts(ids, vocab_size):
    """How many different ids stand right before each id.  ids: (n,) int;  returns (vocab_size,) int."""
    ### BEGIN SOLUTION
    seen = jnp.zeros((vocab_size, vocab_size), bool).at[ids[:-1], ids[1:]].set(True)  # [a, b]: did b ever follow a?
    return seen.sum(axis=0)  # over all that may stand before
    ### END SOLUTION


# %%
check("continuation_counts", continuation_counts)

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: a Kneser-Ney table
#
# The formula with arrays, for all pairs at once. `counts[a, b]` says how often $b$ came right after $a$ (lesson 01); all of $c$, $u$ and $q$ can be had
# from it. A row without any count has nothing to discount: it is $q$. Each row must sum to 1.


# %% exercise="kneser_ney" slideshow={"slide_type": "-"}
def kneser_ney(counts, discount):
    """p(b given a) by Kneser-Ney.  counts: (V, V), whole, at least one;  0 <= discount <= 1;  returns (V, V), rows sum to 1."""
    ### BEGIN SOLUTION
    seen = counts > 0
    c_a = counts.sum(axis=1, keepdims=True)  # (V, 1)
    u = seen.sum(axis=1, keepdims=True)  # (V, 1)
    q = seen.sum(axis=0) / seen.sum()  # (V,)
    safe = jnp.maximum(c_a, 1)  # no division by 0 in the rows that are replaced below
    mixed = jnp.maximum(counts - discount, 0) / safe + discount * u / safe * q
    return jnp.where(c_a > 0, mixed, q)
    ### END SOLUTION


# %%
check("kneser_ney", kneser_ney)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The best table
#
# For a longer context only the last term changes. What the row of `ab` has given is shared out by the row of `b`. That one is made in the same way, but
# its count for `c` is a continuation count: after how many different characters `bc` came. The library's `kneser_ney_rows` does this for any length. It
# is the form of Chen and Goodman (1999), with three discounts, for what was seen once, twice, and more often. They are computed from the counts, so
# nothing has to be chosen.
#
# **Predict.** Does its curve rise again at the end, as the first table's did?
#
# <details><summary>Think first, then open</summary>
#
# Hardly. It becomes flat: a context that was seen once costs little when it gives most of its weight away. It gains up to six characters.
#
# </details>

# %% slideshow={"slide_type": "-"}
from chargen_lib.kneser_ney import kneser_ney_rows

tables = {n: kneser_ney_rows(train_ids, V, n) for n in range(1, 8)}
counted = {n: table_bits(table, val_ids) for n, table in tables.items()}
both = {"borrowing, five imagined": (list(borrowing), list(borrowing.values()))}
both["Kneser-Ney"] = (list(counted), list(counted.values()))
plots.curves(both, "characters of context", "held-out bits per character")

# %%
print("Kneser-Ney:", {n: round(bits, 3) for n, bits in counted.items()})
for log_probs, _, _ in tables.values():
    assert np.allclose(np.exp(log_probs).sum(axis=1), 1, atol=1e-5)  # every row, for every context that was seen
print(f"{len(tables[7][0]):,} rows of the longest table, each sums to 1")
assert counted[4] < borrowing[4] - 0.08 and counted[6] < min(borrowing.values()) - 0.15
gains = [round(abs(counted[n] - counted[n + 1]), 2) for n in range(1, 7)]
assert gains == [0.72, 0.42, 0.17, 0.05, 0.02, 0.0]

# %% [markdown] slideshow={"slide_type": "slide"}
# | one more character | 1 to 2 | 2 to 3 | 3 to 4 | 4 to 5 | 5 to 6 | 6 to 7 |
# |---|---|---|---|---|---|---|
# | is worth, in bits | 0.72 | 0.42 | 0.17 | 0.05 | 0.02 | 0.00 |
#
# This answers the first half of our question, for these stories and the best table that we can count. Which context shall we take? We choose on the
# part for choosing: the shortest that is within 0.01 bits of the best.

# %%
looked = {n: table_bits(kneser_ney_rows(learn_ids, V, n), look_ids) for n in (5, 6, 7)}
chosen = min(n for n in looked if looked[n] < min(looked.values()) + 0.01)
print("on the part for choosing:", {n: round(bits, 3) for n, bits in looked.items()}, "  chosen:", chosen)
assert chosen == 6 and looked[5] > looked[6] + 0.015
best_table = counted[chosen]

# %% [markdown]
# Now see it at single places of a held-out passage. Go along it with the arrow keys and raise the context one by one. Look for two places: one where a
# longer context makes the table sure, and one, as in `professor`, where it has never been seen. (*Bare counts* are shares without any discount. Where a
# context is new, its end serves with continuation counts, so its bits are not those of the shorter table.)

# %%
from chargen_lib.widgets import ContextLens

ContextLens()

# %% [markdown]
# ## A window for a network
#
# A table keeps contexts with different ends apart: what it saw after `ran,` tells it nothing about `ran;`. A network may find out that they are alike.
# It sees a **window**: the last `width` characters. Before the text's first character stands a *start token*, an id of its own, number 63: the
# characters have 0 to 62.

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: windows
#
# Return one row for each place of the text: row `t` holds the `width` ids up to and with place `t`, the oldest first. So row `t` is what a model may
# see when it predicts place `t + 1`. Places before the text hold `start_id`. Of the ids 7, 8, 9, with width 2 and start 63, the rows are `[63, 7]`,
# `[7, 8]`, `[8, 9]`.


# %% exercise="context_windows" slideshow={"slide_type": "-"}
def context_windows(ids, width, start_id):
    """The window that ends at each place.  ids: (n,) int;  returns (n, width) int, the oldest first."""
    ### BEGIN SOLUTION
    padded = jnp.concatenate([jnp.full(width - 1, start_id, ids.dtype), ids])  # (n + width - 1,)
    begins = jnp.arange(len(ids))[:, None]  # row t begins at place t of the padded text
    return padded[begins + jnp.arange(width)]
    ### END SOLUTION


# %%
check("context_windows", context_windows)

# %% [markdown] slideshow={"slide_type": "slide"}
# The network of Bengio and others (2003) is that of lesson 03, except for its input: the embeddings of all characters of the window stand **side by
# side** in one long row. So the first layer has weights of its own for every place: it can tell `ab` from `ba`.

# %% [markdown] slideshow={"slide_type": "-"}
# ### Exercise: the window network
#
# Look up the embeddings, put each window's side by side, oldest first; then linear, ReLU, linear. Return the logits.


# %% exercise="window_logits" slideshow={"slide_type": "-"}
def window_logits(windows, table, W1, b1, W2, b2):
    """windows: (batch, width) int;  table: (V, d);  W1: (width d, h), b1: (h,), W2: (h, V), b2: (V,);  returns (batch, V)."""
    ### BEGIN SOLUTION
    x = table[windows]  # (batch, width, d)
    side_by_side = x.reshape(len(windows), -1)  # (batch, width d)
    return jnp.maximum(side_by_side @ W1 + b1, 0) @ W2 + b2
    ### END SOLUTION


# %%
check("window_logits", window_logits)

# %% [markdown]
# The library's is `WindowMLP`: six characters, embeddings of 24 numbers, 256 hidden ones. It carries the last five ids along as its *state*, and reads one
# more. NumPy can cut the windows. Line by line, here is what the network sees of `the cat`, with `^` for the start token:

# %%
from flax import nnx

from chargen_lib.models import WindowMLP

WIDTH, START = 6, V


def cut_windows(ids):
    filled = np.concatenate([np.full(WIDTH - 1, START), np.asarray(ids)]).astype(np.int32)
    return np.lib.stride_tricks.sliding_window_view(filled, WIDTH)  # (n, WIDTH)


def guess(model, windows):
    """The logits after each window: (batch, WIDTH) -> (batch, V)."""
    logits, _ = model.read(windows[:, -1:], windows[:, :-1])  # one more id, after a state of five
    return logits[:, 0]


untrained = WindowMLP(V, WIDTH, rngs=nnx.Rngs(0))
cat = vocabulary.encode("the cat")
for window, after in zip(cut_windows(cat)[:-1], cat[1:], strict=True):
    shown = "".join("^" if i == START else vocabulary.characters[i] for i in window)
    print(repr(shown), "->", repr(vocabulary.characters[after]))
size = sum(numbers.size for numbers in jax.tree.leaves(nnx.state(untrained, nnx.Param)))
print(f"{size:,} numbers")
assert size == 54_847

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Trained on windows
#
# `training.minimise` is the loop under `fit`. It takes a loss of ours, and a function of ours that draws a batch.
#
# It compiles them once, and numbers in `data` may change without compiling again. Four numbers in `data` say how to draw: from how many windows
# (`count`), how many characters they show (from `shortest` to `longest`), and which share of them is replaced (`noise`). At the places that are not
# shown stands the start token.


# %%
import optax

from chargen_lib.recipes import scale_by_share_done
from chargen_lib.training import minimise

# Adam, then the falling cosine of lesson 05 (minus: downhill), by the share of the steps that is done: one rule for any number of steps.
cosine = scale_by_share_done(lambda share_done: -0.01 * (1 + jnp.cos(jnp.pi * share_done)) / 2)
RULE = optax.chain(optax.scale_by_adam(), cosine)  # what one returns, the next receives


def keep_last(windows, length, filler=START):  # length: one number, or one for each window, (batch, 1)
    return jnp.where(jnp.arange(WIDTH) >= WIDTH - length, windows, filler)


def draw(key, data):
    windows, targets, (count, shortest, longest, noise) = data
    luck = jax.random.uniform(key, (256, 2 + 2 * WIDTH))  # between 0 and 1; a row for each window of the batch
    rows = (luck[:, 0] * count).astype(int)  # one of the first `count` windows
    length = shortest + (luck[:, 1:2] * (longest - shortest + 1)).astype(int)  # (256, 1)
    other = (luck[:, 2 : 2 + WIDTH] * V).astype(int)  # any characters
    seen = jnp.where(luck[:, 2 + WIDTH :] < noise, other, windows[rows])  # noise 0 replaces nothing
    return keep_last(seen, length), targets[rows]


# %% [markdown]
# `train` makes a network, and `bits_on` judges it on a whole text.


# %%
def loss(model, batch, key=None):
    windows, targets = batch
    return optax.softmax_cross_entropy_with_integer_labels(guess(model, windows), targets).mean()


train_windows, train_targets = jnp.asarray(cut_windows(train_ids[:-1])), jnp.asarray(train_ids[1:])


def train(shortest, longest, steps, count=None, noise=0.0, windows=train_windows, model=None):
    model = model or WindowMLP(V, WIDTH, rngs=nnx.Rngs(0))
    data = windows, train_targets, (count or len(train_targets), shortest, longest, noise)
    minimise(model, loss, data, draw, steps=steps, optimizer=RULE, key=jax.random.key(0), progress=False)
    return model


@nnx.jit
def nats_on(model, windows, targets, length, filler):
    return loss(model, (keep_last(windows, length, filler), targets))


def bits_on(model, ids, length=WIDTH, filler=START):
    windows, targets = jnp.asarray(cut_windows(ids[:-1])), jnp.asarray(ids[1:])
    return entropy.nats_to_bits(nats_on(model, windows, targets, length, filler))


# %% [markdown] slideshow={"slide_type": "slide"}
# Six networks, 600 steps each, see one to six characters.
#
# **Predict.** Where is each beside the table that sees the same?
#
# <details><summary>Think first, then open</summary>
#
# With one character it stands beside the table, as in lesson 05. Then it falls behind, further with each character.
#
# </details>

# %% slideshow={"slide_type": "slide"}
nets = {n: train(n, n, steps=600) for n in range(1, 7)}
learned = {n: bits_on(model, val_ids, n) for n, model in nets.items()}
three = both | {"network, 600 steps": (list(learned), list(learned.values()))}
plots.curves(three, "characters of context", "held-out bits per character")

# %%
for n, bits in learned.items():
    print(f"context {n}: borrowing {borrowing[n]:.3f}, Kneser-Ney {counted[n]:.3f}, network {bits:.3f} bits")
assert abs(learned[1] - counted[1]) < 0.04
assert 0.04 < learned[2] - counted[2] < learned[3] - counted[3] < learned[4] - counted[4] < learned[6] - counted[6]
assert abs(learned[6] - learned[4]) < 0.05

# %% [markdown] slideshow={"slide_type": "slide"}
# Perhaps it needs more time? The network of six characters gets five times as many steps. We compare what it has to remember, too: a table keeps a
# count for every piece that it has seen, up to the length of its context and one more.

# %% slideshow={"slide_type": "-"}
window_net = train(6, 6, steps=3000)
window_bits = bits_on(window_net, val_ids)
kept = {n: sum(len(pieces[length]) for length in range(1, n + 2)) for n in range(1, 7)}
print(f"network: {window_bits:.3f} bits with {size:,} numbers")
print("Kneser-Ney, by context:", {n: f"{counted[n]:.3f} bits with {kept[n]:,} counts" for n in (3, 4, 6)})

# %%
assert counted[4] + 0.08 < window_bits < counted[3] - 0.01 and kept[3] < size < kept[4]
# On the straight line from table to table:
between = np.interp(math.log(size), [math.log(kept[3]), math.log(kept[4])], [counted[3], counted[4]])
print(f"on a straight line from table to table (in the logarithm of the counts), {size:,} counts would have {between:.2f} bits")
assert window_bits > between + 0.05

# %% [markdown] slideshow={"slide_type": "-"}
# It **lands between the tables of three and four characters**, in bits and in size, and with as many counts a table would be better. On these stories a
# window network does not beat counting, and it is not even the smaller memory.
#
# What it has is something else. Its rows are not kept apart, so it can read a window that nobody has ever seen: with a hole in it, or with a wrong
# character. We use both.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Too little text
#
# Now we learn from a tenth of the training part only.
#
# **Predict.** One network sees three characters, one sees six. Which is better on the text that it learned from, and which on the held-out part?
#
# <details><summary>Think first, then open</summary>
#
# On its own text the longer window, by far; on the held-out part the shorter one. In a short text six characters hardly ever come twice, so the network
# can learn by heart what follows each. **Longer windows overfit.**
#
# </details>

# %% slideshow={"slide_type": "-"}
FEW = len(train_ids) // 10


def tried(shortest, longest, steps=800, noise=0.0):
    model = train(shortest, longest, steps, count=FEW, noise=noise)
    return bits_on(model, train_ids[:FEW], longest), bits_on(model, val_ids, longest)


few = {"3 characters": tried(3, 3), "6 characters": tried(6, 6)}
few_table = table_bits(kneser_ney_rows(train_ids[:FEW], V, 6), val_ids)
for name, (own, held) in few.items():
    print(f"{name}: {own:.2f} bits on its own text, {held:.2f} held out")
print(f"Kneser-Ney, context 6, counted in the same tenth: {few_table:.2f} held out")

# %%
assert few["6 characters"][0] < few["3 characters"][0] - 0.3 and few["6 characters"][1] > few["3 characters"][1] + 0.1

# %% [markdown] slideshow={"slide_type": "slide"}
# The cure of lesson 05 is to *stop early*: here after 400 steps in place of 800. Two others change the windows by chance, each time anew:
# **augmentation**. *Noise*: each character is replaced by a random one with probability 0.1. *Dynamic lengths*: each window shows a random number of
# its characters, one to six. (Of several numbers 400 and 0.1 were best on the part for choosing.)
#
# **Predict.** What does each buy? Does the long window now beat the short one?
#
# <details><summary>Think first, then open</summary>
#
# Each wins back half of what was lost or more, dynamic lengths the most, but not all of it: three characters are still better. Noise buys hardly more
# than stopping early, which costs nothing. And the table, counted in the same tenth, is better than all five.
#
# </details>

# %% slideshow={"slide_type": "-"}
cures = {"6, stopped early": tried(6, 6, steps=400), "6, noise": tried(6, 6, noise=0.1), "1 to 6": tried(1, 6)}
for name, (own, held) in (few | cures).items():
    print(f"{name:17} {own:.2f} bits on its own text, {held:.2f} held out")

# %%
lost = few["6 characters"][1] - few["3 characters"][1]
bought = {name: few["6 characters"][1] - held for name, (_, held) in cures.items()}
print({name: f"buys {bits:.2f} of {lost:.2f} bits" for name, bits in bought.items()})
assert all(0.4 * lost < bits < lost for bits in bought.values()) and abs(bought["6, noise"] - bought["6, stopped early"]) < 0.05
assert bought["1 to 6"] > max(bought["6, noise"], bought["6, stopped early"])
assert few_table < few["3 characters"][1] - 0.1

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Break it: a short prompt
#
# We ask the network that always saw six characters to go on after only two. Its four older places must hold something.
#
# **Predict.** Which is best there: our start token, a newline, or a space? And can this network use two characters as well as the one that was trained on two?
#
# <details><summary>Think first, then open</summary>
#
# The start token, but none is good, and none comes near the network of two. The start token hardly ever came in training, so the network has hardly
# learned what it means. A newline or a space is a *character* that it knows: it believes that four of them were written.
#
# </details>

# %% slideshow={"slide_type": "slide"}
any_length = train(1, 6, steps=600)
fillers = {"start": START, "newline": vocabulary.characters.index("\n"), "space": vocabulary.characters.index(" ")}
short = {n: [bits_on(nets[6], val_ids, n, filler) for filler in fillers.values()] for n in range(1, 7)}
at_length = {n: bits_on(any_length, val_ids, n) for n in range(1, 7)}
print("seen   always six, filled with: " + "".join(f"{name:>8}" for name in fillers) + "   one to six   always so many")
for n, broken in short.items():
    print(f"{n:4}{'':28}" + "".join(f"{bits:8.2f}" for bits in broken) + f"{at_length[n]:13.2f}{learned[n]:17.2f}")

# %%
with_start = {n: short[n][0] for n in short}
three_ways = [(sum(bits_at[n] for n in range(1, 6)) + 27 * bits_at[6]) / 32 for bits_at in (with_start, at_length, learned)]
print("windows of 32, begun from nothing: always six {:.3f} bits, one to six {:.3f}, always so many {:.3f}".format(*three_ways))
assert all(min(short[n]) > at_length[n] + 0.1 for n in (1, 2, 3)) and min(short[1]) > learned[1] + 0.6
assert 0.05 < at_length[6] - short[6][0] < 0.15 and all(at_length[n] < learned[n] + 0.15 for n in learned)
assert 0.02 < three_ways[0] - three_ways[2] < 0.1 and 0 < three_ways[1] - three_ways[0] < 0.1
assert min(short[2]) > learned[2] + 0.2 and all(short[n][0] < min(short[n][1:]) for n in (1, 2))

# %% [markdown]
# **What stands before a text must be what stood there in training.** With one character seen of six, our network is more than half a bit worse than the
# one that was trained on one, whatever stands in the other places. In windows of 32 characters, each begun from nothing, the wrong beginning costs less
# than a tenth of a bit on average: most of their places are past it.
#
# The network of dynamic lengths can be asked with any length. For this it pays a tenth of a bit at six, so over windows of 32 it stays a little behind;
# on short prompts it is far ahead.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Find the bug: better than every table
#
# Somebody cuts windows and targets in one function. After 300 steps the loss is far below the best table, on the held-out part, too.


# %% slideshow={"slide_type": "-"}
def windows_and_targets(ids):
    filled = np.concatenate([np.full(WIDTH, START), np.asarray(ids)]).astype(np.int32)
    windows = np.lib.stride_tricks.sliding_window_view(filled, WIDTH)
    return jnp.asarray(windows[2:]), jnp.asarray(ids[1:])


their_windows, their_targets = windows_and_targets(train_ids)
wonder = train(6, 6, steps=300, windows=their_windows)
their_bits = entropy.nats_to_bits(nats_on(wonder, *windows_and_targets(val_ids), WIDTH, START))
print(f"held out: {their_bits:.3f} bits, the best table {best_table:.3f}")

# %% [markdown] slideshow={"slide_type": "-"}
# What happened, and which test of two lines would have found it?

# %% [markdown]
# <details><summary>Think first, then open</summary>
#
# Row $t$ of the windows ends with the target of row $t$: the answer stands in the question, and the network copies its last character. The function that
# judges has the same fault, so the held-out part does not help. The test: print a few windows with their targets. Or change one character of a text, and
# see whether a window changes whose *target* it is. **A loss that is too good is a leak** until somebody has shown that it is not.
#
# </details>

# %%
print(
    "the last id of a window, and its target:",
    list(zip(their_windows[:5, -1].tolist(), their_targets[:5].tolist(), strict=True)),
)
print(f"by our windows: {bits_on(wonder, val_ids):.1f} bits; chance has {math.log2(V):.1f}")
assert (their_windows[:, -1] == their_targets).all() and their_bits < 0.1 and bits_on(wonder, val_ids) > math.log2(V) + 3

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The ladder

# %% slideshow={"slide_type": "-"}
rungs = [entropy.Rung(f"context {n}, borrowing", borrowing[n]) for n in (1, 3, 4)]
rungs += [entropy.Rung(f"context {n}, Kneser-Ney", counted[n]) for n in (3, 4, 6)]
rungs.append(entropy.Rung("window of 6, network", window_bits, "network"))
plots.ladder(rungs)

# %% [markdown]
# Six characters are hardly more than a word. A longer window costs more weights, and from four characters to six ours gained almost nothing. Next comes a
# network that reads one character at a time, and learns what to keep.
#
# ## What we own now
#
# The library judges table and network with one function, `evaluate`, and agrees with our walk and our windows.

# %%
from chargen_lib.models import NGramTable
from chargen_lib.training import evaluate

for model, bits in ((NGramTable(*tables[4]), counted[4]), (window_net, window_bits)):
    assert abs(entropy.nats_to_bits(evaluate(model, val_ids, seq_len=len(val_ids) - 1)) - bits) < 1e-3

# %% [markdown]
# | built here | in the library |
# |---|---|
# | a table that is walked through | `entropy.ngram_rows`, `models.NGramTable` |
# | discount and continuation counts | `kneser_ney.kneser_ney_rows`, for any length |
# | windows, and a network on them | `models.WindowMLP` |
# | a loss and a draw of our own | `training.minimise` takes any; `training.fit` has the usual ones |

# %%
progress(lesson=8)

# %% [markdown]
# ## For the curious
#
# Nothing later needs what follows.
#
# ### Filters that slide over the window
#
# Kim and others (2015) read the spelling of a word with *filters*. A filter looks at a few embeddings side by side, here three, and answers with one number. It
# slides over the whole window, and only its **largest** answer is kept (*max over time*). We slide by *unfolding*: all pieces of three are put into one
# array, and the filters are a linear layer on it.
#
# **Predict.** In place of the first layer of our network: is this better or worse for the next character?
#
# <details><summary>Think first, then open</summary>
#
# Worse. A largest answer tells *that* a piece stands in the window and forgets *where*. What comes next depends most on what stands last.
#
# </details>


# %%
class CharacterFilters(nnx.Module):
    """Filters of 3 characters slide over the window; of each only the largest answer is kept."""

    def __init__(self, filters=96, embed_dim=24, hidden_dim=256, *, rngs):
        self.embedding = nnx.Embed(V + 1, embed_dim, rngs=rngs)
        self.filters = nnx.Linear(3 * embed_dim, filters, rngs=rngs)
        self.hidden = nnx.Linear(filters, hidden_dim, rngs=rngs)
        self.output = nnx.Linear(hidden_dim, V, rngs=rngs)

    def read(self, last, before):
        x = self.embedding(jnp.concatenate([before, last], axis=1))  # (batch, WIDTH, d)
        unfolded = jnp.concatenate([x[:, :-2], x[:, 1:-1], x[:, 2:]], axis=-1)  # (batch, WIDTH - 2, 3 d): all pieces of three
        answers = jnp.tanh(self.filters(unfolded))  # (batch, WIDTH - 2, filters)
        largest = answers.max(axis=1)  # max over time: where it was is forgotten
        return self.output(nnx.relu(self.hidden(largest)))[:, None], None


filtered, plain = train(6, 6, steps=300, model=CharacterFilters(rngs=nnx.Rngs(0))), train(6, 6, steps=300)
filter_bits, plain_bits = bits_on(filtered, val_ids), bits_on(plain, val_ids)
print(f"300 steps each: with filters {filter_bits:.2f} bits, side by side {plain_bits:.2f}")
assert filter_bits > plain_bits + 0.1

# %% [markdown]
# Kim and the others do not ask the filters for the next character. They make a *word* of its letters with them, where it matters little at which
# place a piece like `ing` stands, and leave the order of the words to a recurrent network.
#
# ### Which of the two ideas?
#
# The best table takes discounts *and* counts different characters. What is the second idea worth? The library's parts, once with it and once without: then
# the shorter contexts count how *often* a character came, as everybody would at first.
#
# **Predict.** How much of the 0.22 bits between the two tables of six characters is due to the continuation counts: nearly all, half, or nearly nothing?
#
# <details><summary>Think first, then open</summary>
#
# Nearly all: about four fifths. The discounts alone hardly help a long context. It matters more *to whom* one gives than how one takes.
#
# </details>

# %%
from chargen_lib.contexts import context_tree
from chargen_lib.kneser_ney import smoothed_rows


def without_the_second_idea(ids, memory):
    tree = context_tree(ids, V, memory)
    log_probs, probs = [], np.full((1, V), 1 / V, np.float32)
    for n in range(memory + 1):
        # For n < memory kneser_ney_rows has times_after_different(tree, n) in place of tree.times[n].
        probs = smoothed_rows(tree, n, tree.times[n], probs)
        log_probs.append(np.log(probs))
    return np.concatenate(log_probs), *tree.next_rows()


how_often = {n: table_bits(without_the_second_idea(train_ids, n), val_ids) for n in (3, 6)}
for n, bits in how_often.items():
    print(f"context {n}: borrowing {borrowing[n]:.3f}, discounts alone {bits:.3f}, both ideas {counted[n]:.3f} bits")
share = (how_often[6] - counted[6]) / (borrowing[6] - counted[6])
print(f"the second idea's part at six characters: {share:.0%}")
assert 0.75 < share < 0.9 and 0.2 < borrowing[6] - counted[6] < 0.24

# %% [markdown]
# A table that does all of this but the second idea is a common mistake, and its rows sum to 1 all the same: no test of sums finds it. Only the bits do, or
# an example that is worked out by hand, as ours.
#
# ## Further reading
#
# - C. E. Shannon (1948), [*A Mathematical Theory of Communication*](https://doi.org/10.1002/j.1538-7305.1948.tb01338.x), Bell System Technical Journal
#   27. Section 3 writes English with tables of one and two characters of context.
# - C. E. Shannon (1951), [*Prediction and Entropy of Printed English*](https://doi.org/10.1002/j.1538-7305.1951.tb01366.x), Bell System Technical
#   Journal 30. What people gain from up to a hundred letters of context.
# - R. Kneser, H. Ney (1995), [*Improved backing-off for M-gram language modeling*](https://doi.org/10.1109/ICASSP.1995.479394), ICASSP. The two ideas.
# - S. F. Chen, J. Goodman (1999), [*An Empirical Study of Smoothing Techniques for Language Modeling*](https://doi.org/10.1006/csla.1999.0128), Computer
#   Speech and Language 13. All ways of counting side by side, and the three discounts.
# - Y. Bengio, R. Ducharme, P. Vincent, C. Jauvin (2003), [*A Neural Probabilistic Language Model*](https://www.jmlr.org/papers/v3/bengio03a.html), Journal
#   of Machine Learning Research 3. The network on a window, of words. They compare it with Kneser-Ney, and mix it with a table.
# - Y. Kim, Y. Jernite, D. Sontag, A. M. Rush (2015), [*Character-Aware Neural Language Models*](https://arxiv.org/abs/1508.06615). Filters on the
#   letters of a word.
# - Z. Xie et al. (2017), [*Data Noising as Smoothing in Neural Network Language Models*](https://arxiv.org/abs/1703.02573), ICLR. Noise in the context,
#   and why it acts like the smoothing of a table.
#
# **Next:** [Recurrence](09_recurrence.ipynb). What can a state carry, and how far back does it learn to look?
