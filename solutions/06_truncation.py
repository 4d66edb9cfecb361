# %% [markdown] slideshow={"slide_type": "slide"}
# # 06 · Truncation
#
# **Which characters should never be drawn? (top-k, nucleus, min-p)**
#
# *About {reading} minutes, and {exercises} more for the exercises · some practice with arrays helps · you need: logits, softmax, temperature and keys from lesson 04; counts from lesson 01.*
#
# A model gives almost every character some probability. Whoever draws long enough draws the unlikely ones too. You will be able to
#
# - measure how much of the nonsense comes from unlikely characters,
# - write three filters that cut: *top-k*, *nucleus* (top-p) and *min-p*, for whole batches and under `jax.jit`,
# - say for which filter the order of temperature and filter matters,
# - measure what a cut buys and what it costs, and choose a sampler.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Three questions from before
#
# **1.** Two characters have logits 2 and 1, so the odds between them are $e : 1$. What are the odds at $T = 0.5$?
#
# <details><summary>Think first, then open</summary>
#
# $e^2 : 1$, about 7.4. Dividing by $T$ takes the odds to the power $1/T$ (lesson 04).
#
# </details>
#
# **2.** What probability has a character with the logit $-\infty$?
#
# <details><summary>Think first, then open</summary>
#
# $e^{-\infty} = 0$: it is never drawn. At $T = 0$ all but one have this logit (lesson 04).
#
# </details>
#
# **3.** Why did we add one to every count of pairs?
#
# <details><summary>Think first, then open</summary>
#
# Else an unseen pair has probability 0, and when it comes, the surprise is infinite (lesson 01).
#
# </details>

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A guesser that sees three characters
#
# The models so far see one character. Their text is so rough that a bad draw hardly shows. We get a better guesser by counting, as in lesson 01, but
# runs of four: a **four-gram table** looks at three characters, the *context*, and says what comes fourth.

# %%
import functools
import re

import jax
import jax.numpy as jnp
import numpy as np

from chargen_lib import corpora, plots, sampling
from chargen_lib import entropy as floors
from chargen_lib.exercises import check, progress
from chargen_lib.generation import generate
from chargen_lib.models import NGramTable
from chargen_lib.sampling import Sampler
from chargen_lib.text import Vocabulary, split, visible
from chargen_lib.widgets import TruncationExplorer

fables = corpora.load("fables")
vocabulary = Vocabulary.from_text(fables.text)
V = len(vocabulary)
train_ids, val_ids = (np.asarray(part) for part in split(vocabulary.encode(fables.text)))
held_out = vocabulary.decode(val_ids)

# %% [markdown]
# The table has $63^3$ rows, one for each context, and most of these contexts never occur in the training part. A row that was seldom seen borrows from
# the row of the shorter context: `abc` from `bc`, `bc` from `c`. The library counts. (The last part of the lesson does it by hand.)

# %%
log_probs = floors.ngram_log_probs(train_ids, V, memory=3)  # (V ** 3, V), nats


# The table's row for each character but the first three, (n,) -> (n - 3, V).  context_rows gives the numbers of these rows.
def rows_of(ids):
    return np.exp(log_probs[floors.context_rows(ids, V, 3)])


four_bits = floors.nats_to_bits(-log_probs[floors.context_rows(val_ids, V, 3), val_ids[3:]].mean())
pair_bits = floors.nats_to_bits(floors.bigram_loss(floors.add_one_log_probs(floors.bigram_counts(train_ids, V)), val_ids))
print(f"held-out bits per character: pairs {pair_bits:.3f}, four-grams {four_bits:.3f}")
assert pair_bits - four_bits > 0.9

# %% [markdown]
# Two more characters of context are worth about one bit.
#
# Now the table shall write. `NGramTable` makes a model of it; `generate` writes many texts at once. Every sampler gets the same 64 beginnings from the
# held-out part and writes 400 characters after each. A person continued them as well: in the fables.
#
# A `Sampler` says how to draw (lesson 04); `Sampler()` changes nothing.

# %%
model = NGramTable.of_all_contexts(log_probs)
ends = [held_out.index(" ", place * 420 + 8) + 1 for place in range(64)]  # each beginning ends with a space
beginnings = jnp.stack([vocabulary.encode(held_out[end - 8 : end]) for end in ends])  # (64, 8)
human = [held_out[end : end + 400] for end in ends]


# 64 texts of 400 characters.  The cache keeps what a call returned, so that asking again takes no time.
@functools.cache
def write(sampler, seed=6):
    ids = generate(model, beginnings, num_chars=400, key=jax.random.key(seed), sampler=sampler)  # (64, 400)
    return [vocabulary.decode(row) for row in ids]


# The sampler as one writes it, without the settings that are not used.  This and `show` only print; you may skip them.
def named(sampler):
    used = {name: value for name, value in vars(sampler).items() if value != getattr(Sampler, name)}
    return f"Sampler({', '.join(f'{name}={value}' for name, value in used.items())})"


def show(name, text, length=150):
    print(f"{name}:\n   {text[:length].replace(chr(10), visible(chr(10)))}\n")


show("a person", human[0])
show(named(Sampler()), write(Sampler())[0])

# %% [markdown]
# Many real words, and many that only look like words. We call a word **invented** when the training part does not have it. The person used new words
# too, so we count both.


# %%
# All runs of letters and apostrophes.  Each has its text, .group(), and its place, from .start() to before .end().
def find_words(text):
    return list(re.finditer(r"[a-z']+", text.lower()))


known = {word.group() for word in find_words(vocabulary.decode(train_ids))}


# The share of invented words.  A text's first and last word may be cut off, so [1:-1] leaves them out.
def invented(texts):
    return np.mean([word.group() not in known for text in texts for word in find_words(text)[1:-1]])


assert invented(human) < 0.08 and invented(write(Sampler())) > 0.2
print(f"invented words: {invented(human):.1%} where a person wrote, {invented(write(Sampler())):.1%} with {named(Sampler())}")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The long tail
#
# Here is the row after `he␣`, where a new word begins, sorted. Look at how slowly the bars fall. Then choose the row `tha`.


# %% slideshow={"slide_type": "slide"}
# The table's probabilities after three characters, (V,).  (rows_of skips the first three, so any fourth follows them.)
def row_after(context):
    return rows_of(vocabulary.encode(context + " "))[0]


rows = {context: np.log(row_after(context)) for context in ("tha", "the", "ing", "s. ", "he ", "id ")}
TruncationExplorer(labels=vocabulary.characters, rows=rows, first="he ")

# %% [markdown]
# We call all but the ten likeliest characters of a row its **tail**. Each single one comes seldom. Together they may come often:


# %%
def tail_mass(probs):
    return 1 - np.sort(probs, axis=-1)[..., -10:].sum(axis=-1)


print("tail:", {context: round(float(tail_mass(row_after(context))), 4) for context in ("tha", "ing", "he ")})
average = tail_mass(rows_of(val_ids)).mean()
print(f"on average over the held-out part: {average:.3f}")

# %% [markdown] slideshow={"slide_type": "slide"}
# About four draws in a hundred. **Predict.** You draw 200 characters, a short paragraph. How likely is it that not one comes from the tail?
#
# <details><summary>Think first, then open</summary>
#
# About $0.96^{200}$, less than one in a thousand. What is rare at each step is almost certain over a text.
#
# </details>


# %% slideshow={"slide_type": "fragment"}
# For each character after the third: was it outside the ten likeliest of its row?
def from_tail(text):
    ids = np.asarray(vocabulary.encode(text))
    own = np.take_along_axis(rows_of(ids), ids[3:, None], axis=-1)  # (len(text) - 3, 1)
    return (rows_of(ids) > own).sum(axis=-1) >= 10  # at least ten were likelier


print(f"no tail character in 200 draws: probability about {(1 - average) ** 200:.1e}.  In one text:")
line = write(Sampler())[1][:110]
print(line.replace("\n", "↵") + "\n   " + "".join("^" if tail else " " for tail in from_tail(line)))

# %%
assert 0.035 < average < 0.045 and (1 - average) ** 200 < 0.001
assert sum(from_tail(text[:203]).any() for text in write(Sampler())) >= 60  # of 64 texts

# %% [markdown] slideshow={"slide_type": "slide"}
# So is the tail a mistake? **Predict.** How often does a *person* write a character from this table's tail: never, less often than the table does, or
# at least as often?
#
# <details><summary>Think first, then open</summary>
#
# At least as often. People write unlikely letters all the time: names, new words.
#
# </details>

# %% slideshow={"slide_type": "fragment"}
by_human, by_table = (np.mean([from_tail(text).mean() for text in texts]) for texts in (human, write(Sampler())))
print(f"characters from the tail: a person {by_human:.1%}, {named(Sampler())} {by_table:.1%}")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Is the tail to blame?
#
# A quarter of the table's words are invented. **Predict.** Of the words *without* a tail character, how many are invented: almost none, as few as of a
# person's words, or many?
#
# <details><summary>Think first, then open</summary>
#
# Many: about a fifth. Each character was likely after the three before it, but the table does not see how the word began. It joins the beginning of one
# word to the end of another.
#
# </details>


# %% slideshow={"slide_type": "fragment"}
# How many are invented of the words with a tail character, and of those without; and how many of the invented have one.
# (new and tail become two rows of True and False; ~tail turns True into False and False into True.)
def shares(texts):
    words = []  # for each: is it invented?  has it a tail character?
    for text in texts:
        tail = np.concatenate([np.zeros(3, bool), from_tail(text)])
        words += [(word.group() not in known, tail[word.start() : word.end()].any()) for word in find_words(text)[1:-1]]
    new, tail = np.array(words).T
    return new[tail].mean(), new[~tail].mean(), tail[new].mean()


SEEDS = (6, 7, 8)
blame = {f"the table, key {seed}": shares(write(Sampler(), seed)) for seed in SEEDS}
blame["a person"] = shares(human)
for name, (tailed, without, of_new) in blame.items():
    print(f"{name}: invented {tailed:.0%} with a tail character, {without:.0%} without; of the invented {of_new:.0%} have one")

# %%
assert 1 < by_human / by_table < 1.5
for seed in SEEDS:
    tailed, without, of_new = blame[f"the table, key {seed}"]
    assert 1.7 < tailed / without < 2.4 and 0.17 < without < 0.23 and of_new < 0.4

# %% [markdown] slideshow={"slide_type": "slide"}
# A tail character is a bad sign: with one, a word of the table is invented about twice as often. But **most of the invented words have none**. They come
# from the short memory.
#
# **Predict.** `Sampler(top_k=10)` draws among the ten likeliest only: the tail is forbidden. How far will the 24 % of invented words fall?
#
# <details><summary>Think first, then open</summary>
#
# At best about to the 20 % of the words without a tail character.
#
# </details>

# %% slideshow={"slide_type": "fragment"}
by_seed = {seed: [invented(write(sampler, seed)) for sampler in (Sampler(), Sampler(top_k=10))] for seed in SEEDS}
for seed, (uncut, cut) in by_seed.items():
    print(f"key {seed}: invented {uncut:.1%} with {named(Sampler())}, {cut:.1%} with {named(Sampler(top_k=10))}")

# %%
assert all(0.015 < uncut - cut < uncut / 5 for uncut, cut in by_seed.values()) and 0.04 < by_human < 0.06

# %% [markdown]
# By three or four percentage points, less than a fifth of the nonsense. And it has a price: one in twenty of the characters that people write cannot be written any
# more.
#
# To gain more we must cut deeper. Then it matters where.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Top-k: keep the k likeliest
#
# The plainest cut: keep the $k$ likeliest characters and draw among them (Fan, Lewis and Dauphin, 2018). The others get the logit $-\infty$. The softmax
# makes 0 of it and divides by the sum of what is left, so the kept probabilities sum to 1 again: they are **renormalised**.
#
# By hand, for one row of probabilities. Of two that are equally likely the lower id comes first.


# %%
def likeliest_first(row):
    return sorted(range(len(row)), key=lambda i: (-row[i], i))  # of two equal ones the lower id


def top_k_by_hand(row, k):
    return set(likeliest_first(row)[:k])


top_k_by_hand([0.1, 0.4, 0.4, 0.1], 1), top_k_by_hand([0.1, 0.4, 0.4, 0.1], 3)

# %% [markdown]
# With arrays, for many rows at once, one question is enough: which **place** does each character have in the sorted row? `jnp.argsort(-x)` says who
# stands at place 0, 1, 2, ... (the minus puts the largest first; equal ones stay in the order of their ids). So `who` holds each id
# once. `argsort` once more asks the same of `who`: where does its smallest entry, id 0, stand? Where id 1? These are the places.

# %%
x = jnp.array([0.1, 0.4, 0.3, 0.4])
who = jnp.argsort(-x)  # who stands at place 0, 1, 2, 3
place = jnp.argsort(who)  # the place of 0, 1, 2, 3
who.tolist(), place.tolist()

# %% [markdown]
# A filter must run inside compiled code, under `jax.jit` (lesson 02). That runs your Python once with *placeholders*, which have a shape but no values:
# `float(x[0])`, `if x[0] > 1:`, or a NumPy function on one fails; `jnp.where` (lesson 01) works. `k` is **static**, a plain number, and on it `if` is allowed.

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: keep exactly k
#
# Return the logits with $-\infty$ (`-jnp.inf`) for every character that is not among the `k` likeliest of its row, and the kept logits untouched.
# Keep *exactly* `k`; of equal logits the lower id is likelier. A `k` above the vocabulary keeps all; a `k` below 1: raise `ValueError`. Any leading axes: `(vocab,)`, `(batch, vocab)`, `(batch, time, vocab)`. And **it must run under `jax.jit`** with `k` static: `jnp`
# inside, no Python `if` or `float` on the logits' values.


# %% exercise="top_k_filter" slideshow={"slide_type": "-"}
def top_k_filter(logits, k):
    """Keep exactly the k largest.  logits: (..., vocab);  k: int >= 1;  returns (..., vocab), -inf where removed."""
    ### BEGIN SOLUTION
    if k < 1:
        raise ValueError(f"k must be at least 1, got {k}")
    order = jnp.argsort(-logits, axis=-1)  # equal ones stay in the order of their ids
    place = jnp.argsort(order, axis=-1)  # (..., vocab)
    return jnp.where(place < k, logits, -jnp.inf)
    ### END SOLUTION


# %%
check("top_k_filter", top_k_filter)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## One width for all rows
#
# Below, $k = 10$, and what it removes is marked. Go from `tha`, where the model is nearly sure, to `he␣`: how much do the last eight kept bars add in
# the first, and how much is lost in the second?

# %% slideshow={"slide_type": "slide"}
TruncationExplorer(labels=vocabulary.characters, rows=rows, first="tha", top_k=10)

# %%
eight = np.sort(row_after("tha"))[-10:-2].sum()
print(f"after 'tha' the last eight of ten have {eight:.4f}; after 'he ' k = 10 removes {tail_mass(row_after('he ')):.3f}")
assert eight < 0.02 and tail_mass(row_after("he ")) > 0.25

# %% [markdown]
# For the sure row ten is too many; for the unsure one it is too few, and beginnings of good words are gone.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The nucleus: keep most of the mass
#
# Holtzman and others (2020) turned the question around: not how many characters stay, but how much **mass**. Sort the row, add up from the likeliest,
# and stop as soon as the sum reaches $p$. This smallest set is the **nucleus**; the method is also called *top-p*. The character that carries the sum
# across $p$ belongs to it.


# %%
def nucleus_by_hand(row, p):
    kept, mass = set(), 0.0
    for i in likeliest_first(row):
        if mass >= p:  # reached by those before: stop
            break
        kept.add(i)
        mass += row[i]
    return kept


nucleus_by_hand([0.15, 0.5, 0.05, 0.3], 0.7)

# %% [markdown] slideshow={"slide_type": "-"}
# **Predict.** Probabilities 0.5, 0.3, 0.15, 0.05. How many characters stay with $p = 0.4$? With $p = 0.79$? With $p = 0.81$?
#
# <details><summary>Think first, then open</summary>
#
# One, two, three. With 0.4 the first alone crosses $p$, and it stays. With 0.79 the second crosses; with 0.81 the sum after two, 0.8, is not enough.
#
# </details>

# %%
stay = [len(nucleus_by_hand([0.5, 0.3, 0.15, 0.05], p)) for p in (0.4, 0.79, 0.81)]
stay

# %% [markdown]
# In arrays there is no loop that stops. Ask for every place of the sorted row: *how much mass comes before me?* A character stays when that is less than
# $p$. `jnp.cumsum` gives running sums, from which we take away the character's own share. `jnp.take_along_axis` (lesson 05) with `order` sorts the row;
# with the places it brings the answer back to the order of the ids.

# %%
probs = jnp.array([0.125, 0.5, 0.125, 0.25])
order = jnp.argsort(-probs)
falling = jnp.take_along_axis(probs, order, axis=-1)  # the probabilities, largest first
mass_before = jnp.cumsum(falling, axis=-1) - falling
back = jnp.take_along_axis(mass_before, jnp.argsort(order), axis=-1)  # in the order of the ids again
assert stay == [1, 2, 3]  # the prediction above
mass_before.tolist(), back.tolist()

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: the nucleus
#
# Return the logits with $-\infty$ outside the smallest set of likeliest characters whose probability reaches `p`, the kept logits untouched. The
# crossing character stays, so at least one always does; of equal ones the lower id comes first. `p = 1` keeps all: return the logits as they are,
# because a rounded running sum may reach 1 too early. A `p` outside $(0, 1]$: raise `ValueError`. Any leading axes, each row by itself. **It
# must run under `jax.jit`** with `p` static.


# %% exercise="top_p_filter" slideshow={"slide_type": "-"}
def top_p_filter(logits, p):
    """Keep the nucleus.  logits: (..., vocab);  p: share of the mass, 0 < p <= 1;  returns (..., vocab), -inf where removed."""
    ### BEGIN SOLUTION
    if not 0 < p <= 1:
        raise ValueError(f"p must be above 0 and at most 1, got {p}")
    if p == 1:
        return jnp.asarray(logits)
    order = jnp.argsort(-logits, axis=-1)
    falling = jnp.take_along_axis(jax.nn.softmax(logits, axis=-1), order, axis=-1)
    mass_before = jnp.cumsum(falling, axis=-1) - falling
    kept = jnp.take_along_axis(mass_before < p, jnp.argsort(order, axis=-1), axis=-1)
    return jnp.where(kept, logits, -jnp.inf)
    ### END SOLUTION


# %%
check("top_p_filter", top_p_filter)

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Find the bug: a nucleus in three lines
#
# This finds the probability at which the sum crosses $p$, and keeps all that are at least as probable. Eight characters, all equally likely, and
# $p = 0.5$: how many should stay? How many do?


# %% slideshow={"slide_type": "-"}
def nucleus_by_value(probs, p):
    falling = np.sort(probs)[::-1]
    crossing = np.searchsorted(np.cumsum(falling), p)  # the first place where the running sum is at least p
    return probs >= falling[crossing]


# %% slideshow={"slide_type": "fragment"}
print("it keeps", nucleus_by_value(np.full(8, 1 / 8), p=0.5).sum())

# %% [markdown] slideshow={"slide_type": "-"}
# <details><summary>Think first, then open</summary>
#
# Four reach 0.5. But a *value* cannot tell equal characters apart: all eight stay. Decide by place, not by value: two characters never stand at the same
# place.
#
# </details>

# %%
assert nucleus_by_value(np.full(8, 1 / 8), 0.5).sum() == 8 and len(nucleus_by_hand([1 / 8] * 8, 0.5)) == 4

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Min-p: measured against the likeliest
#
# The third cut needs no sorting. A character stays when it is at least $p$ times as probable as the *likeliest* one (Nguyen and others, 2024):
#
# $$p_i \ge p \cdot \max_j p_j$$
#
# With $p = 0.05$, a winner with 0.9 sets the limit at 0.045, one with 0.15 at 0.0075. Equal characters stay together or go together, and the winner
# always stays.


# %%
def min_p_by_hand(row, p):
    return {i for i in range(len(row)) if row[i] >= p * max(row)}


min_p_by_hand([0.8, 0.1, 0.07, 0.03], 0.1), min_p_by_hand([0.3, 0.3, 0.25, 0.15], 0.1)

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: min-p
#
# Return the logits with $-\infty$ for every character less than `p` times as probable as the likeliest of its row, the kept logits untouched. A
# probability of exactly `p` times the largest stays. Each row has its own largest, for any leading axes, and large logits such as 1000 must not
# spoil the answer. **It must run under `jax.jit`** with `p` static.


# %% exercise="min_p_filter" slideshow={"slide_type": "-"}
def min_p_filter(logits, p):
    """Keep what is at least p times the largest probability.  logits: (..., vocab);  0 < p <= 1;  returns (..., vocab), -inf where removed."""
    ### BEGIN SOLUTION
    probs = jax.nn.softmax(logits, axis=-1)  # takes the largest logit away first, so it cannot overflow
    largest = probs.max(axis=-1, keepdims=True)  # (..., 1)
    return jnp.where(probs >= p * largest, logits, -jnp.inf)
    ### END SOLUTION


# %%
check("min_p_filter", min_p_filter)

# %% [markdown]
# ## All three on one row
#
# Switch on top-k with $k = 10$, then top-p with $p = 0.95$ instead, then min-p with $p = 0.05$ instead, each on the rows `tha`, `he␣` and `id␣`. Then
# raise the temperature: which filters let more characters in?

# %%
TruncationExplorer(labels=vocabulary.characters, rows=rows, first="he ", top_p=0.95)

# %% [markdown]
# How many each keeps:

# %%
filters = Sampler(top_k=10), Sampler(top_p=0.95), Sampler(min_p=0.05)


# How many characters a sampler leaves.  Its logits are those after temperature and filters, -inf where removed.
def width(sampler, context):
    return int(np.isfinite(sampler.logits(jnp.array(rows[context]))).sum())


for context in rows:
    print(f"after {context!r}: " + ", ".join(f"{named(sampler)} {width(sampler, context)}" for sampler in filters))
assert all(width(sampler, "tha") <= 3 and width(sampler, "he ") >= 15 for sampler in filters[1:])
assert width(filters[1], "id ") > width(filters[2], "id ") + 8

# %% [markdown]
# The nucleus looks at the *sum* of what it leaves out, so a long tail of small numbers makes it wider. Min-p looks only at the winner. After `id ` (as in
# `said `) you see the difference: one likely character and a long tail.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Temperature first
#
# When temperature and a filter are combined, one has to go first. The course's rule, and `Sampler`'s: **temperature before truncation**. (The figure
# has a switch for it.)
#
# **Predict.** Dividing by $T$ never changes which character is likelier. For which of the three filters can the order *not* matter?
#
# <details><summary>Think first, then open</summary>
#
# Top-k: it only asks for the places, and these stay. The other two ask for probabilities.
#
# </details>

# %%
kept = {(T, s): width(Sampler(T, s.top_k, s.top_p, s.min_p), "he ") for T in (0.5, 1, 2) for s in filters}
for sampler in filters:
    print(f"{named(sampler)}: kept at T = 0.5, 1 and 2, temperature first: {[kept[T, sampler] for T in (0.5, 1, 2)]}")

# %% [markdown]
# With the filter first, the kept set is that of $T = 1$ at every temperature. With temperature first, a low $T$ also narrows the cut, and a high one
# widens it. Programs differ: when you copy settings, ask which comes first.

# %%
assert kept[0.5, filters[0]] == kept[2, filters[0]] == 10
assert all(kept[0.5, sampler] < kept[1, sampler] < kept[2, sampler] for sampler in filters[1:])

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The opposite illness
#
# If unlikely characters are the trouble, why not always take the likeliest? That is *greedy* drawing, $T = 0$.

# %%
greedy = write(Sampler(temperature=0))
for text in greedy[:3]:
    show(named(Sampler(temperature=0)), text, 120)

# %% [markdown] slideshow={"slide_type": "-"}
# All three have fallen into a loop. **Predict.** Was that bad luck with this table, or must it happen?
#
# <details><summary>Think first, then open</summary>
#
# It must. The table sees three characters, and greedy leaves nothing to chance: as soon as three characters in a row come back, the same choice
# follows, for ever. There are only $63^3$ triples, so one has to come back.
#
# </details>


# %%
# Does a text end with some piece three times in a row?
def ends_in_loop(text):
    return any(text.endswith(text[-length:] * 3) for length in range(1, len(text) // 3))


loops = [sum(ends_in_loop(text) for text in texts) for texts in (greedy, human)]
print(f"texts of 64 that end in a loop: {loops[0]} greedy ones, {loops[1]} of the person")

# %% [markdown]
# For texts that repeat without a perfect loop we need a number. An **n-gram** is a run of $n$ characters. They overlap: `banana` has four 3-grams,
# `ban`, `ana`, `nan`, `ana`. One of the four occurred earlier: its rate of repeats is $\frac14$.

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: how much is repeated?
#
# `ids` is a row of ids. Return the share of its n-grams that occurred earlier in the row:
# $1 - \dfrac{\text{different n-grams}}{\text{all n-grams}}$, as one number. A row too short for an n-gram repeats nothing: 0.0. (Here plain Python
# is fine. `[int(i) for i in ids]` makes plain numbers, and tuples of these can go into a `set`.)


# %% exercise="repeated_ngram_rate" slideshow={"slide_type": "-"}
def repeated_ngram_rate(ids, n):
    """Share of n-grams that occurred earlier.  ids: (time,) int array;  n: length;  returns a float from 0 to 1."""
    ### BEGIN SOLUTION
    row = [int(i) for i in ids]
    ngrams = [tuple(row[start : start + n]) for start in range(len(row) - n + 1)]
    if not ngrams:
        return 0.0
    return 1 - len(set(ngrams)) / len(ngrams)
    ### END SOLUTION


# %%
check("repeated_ngram_rate", repeated_ngram_rate)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Between the two
#
# A sampler stands between two illnesses: invented words and repeats. We measure both for each filter and for temperature alone, at three settings each.
# Repeats are counted by the library, for $n = 8$, longer than most words: common words come back in every good text.


# %%
def repeats(texts):
    return float(np.mean([floors.repeated_ngram_rate(text, 8) for text in texts]))


print(f"repeats: a person {repeats(human):.3f}, greedy {repeats(greedy):.3f}; greedy invents {invented(greedy):.1%} of words")
points = {}
settings = {"temperature": (0.5, 0.7, 1.0), "top_k": (2, 3, 5), "top_p": (0.5, 0.8, 0.9), "min_p": (0.2, 0.1, 0.05)}
for name, values in settings.items():
    written = [write(Sampler(**{name: value})) for value in values]  # such as Sampler(top_k=2)
    points[f"{name} {values}"] = [(repeats(texts), invented(texts)) for texts in written]

# %% [markdown] slideshow={"slide_type": "-"}
# In the figure the tight settings are on the right, and the cross is a person. (The scale along the bottom is logarithmic.) Look straight above the
# cross and a little to the right: which line is highest?

# %% slideshow={"slide_type": "-"}
lines = {name: tuple(np.array(pairs).T) for name, pairs in points.items()}  # the repeats of all, and the inventions of all
picture = plots.curves(lines, "repeated 8-grams (share)", "invented words (share)", title="Two illnesses", logx=True)
picture.figure.axes[0].plot(repeats(human), invented(human), "x", color=plots.GREY, markersize=10)
picture.alt += f" A cross marks a person: repeats {repeats(human):.3f}, invented words {invented(human):.3f}."
picture

# %%
assert loops == [64, 0] and repeats(greedy) > 0.9
for pairs in points.values():
    ordered = [y for _, y in sorted(pairs)]
    assert ordered == sorted(ordered, reverse=True)  # more repeats, fewer inventions
    assert not any(x < 1.5 * repeats(human) and y < 1.5 * invented(human) for x, y in pairs)  # nobody comes near the cross

# %% [markdown] slideshow={"slide_type": "slide"}
# Whoever cuts more invents less and repeats more. But the lines differ. Three settings repeat about as much as the person. With three keys:

# %% slideshow={"slide_type": "-"}
rivals = Sampler(top_k=5), Sampler(temperature=0.7), Sampler(top_p=0.8)
for seed in SEEDS:
    found = [invented(write(sampler, seed)) for sampler in rivals]
    by_k, by_temperature, by_p = found
    print(f"key {seed}: " + ", ".join(f"{named(s)} invents {share:.1%}" for s, share in zip(rivals, found, strict=True)))
    assert max(by_temperature, by_p) < min(by_k - 0.01, 0.57 * by_seed[seed][0]) and abs(by_temperature - by_p) < 0.03
    assert all(abs(repeats(write(sampler, seed)) - repeats(human)) < 0.01 for sampler in rivals)

# %% [markdown] slideshow={"slide_type": "-"}
# **This is what cutting buys.** At about a person's level of repeats, the nucleus halves the inventions, from 24 % to about 11 %. Temperature alone,
# which removes nothing, does nearly as well; top-k, whose width does not fit the row, does worse. Nobody comes near the person's 4 %: for that a model
# must see further than three characters.

# %%
for sampler in rivals:
    show(named(sampler), write(sampler)[0])

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Which sampler when
#
# | sampler | good for | beware |
# |---|---|---|
# | `Sampler()` | what the model believes | the tail, in almost every paragraph |
# | `Sampler(temperature=0)` | the same answer each time | loops |
# | `Sampler(temperature=0.7)` | a quick improvement | removes nothing |
# | `Sampler(top_k=10)` | a firm limit | one width for all rows |
# | `Sampler(top_p=0.9)` | long open text | a long flat tail widens it |
# | `Sampler(min_p=0.1)` | rows with a long flat tail | a sure winner leaves little |
#
# Whether one of the last two is better in large models is disputed (see below). Measure on your own text.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What we own now
#
# The library's filters keep what our slow loops keep, on rows of the held-out part, and a `Sampler` is temperature, then top-k, top-p and min-p, each on
# what the one before left:

# %%
some_rows = rows_of(val_ids)[::100]  # (271, V)
some_logits = jnp.log(some_rows)
trios = [(top_k_by_hand, sampling.top_k_filter, 7), (nucleus_by_hand, sampling.top_p_filter, 0.87)]
trios.append((min_p_by_hand, sampling.min_p_filter, 0.043))
for by_hand, fast, setting in trios:
    stays = np.isfinite(jax.jit(fast, static_argnums=1)(some_logits, setting))  # (271, V), all rows at once
    hand = [by_hand(row, setting) for row in some_rows.tolist()]
    assert hand == [set(np.flatnonzero(row).tolist()) for row in stays]  # flatnonzero: the places where a row is True

in_a_row = sampling.top_p_filter(sampling.top_k_filter(sampling.apply_temperature(some_logits, 0.8), 12), 0.9)
all_in_one = Sampler(temperature=0.8, top_k=12, top_p=0.9).probabilities(some_logits)
assert np.allclose(all_in_one, jax.nn.softmax(in_a_row, axis=-1), atol=1e-6)

# %% [markdown] slideshow={"slide_type": "-"}
# | built here | in the library |
# |---|---|
# | top-k, nucleus, min-p | `sampling.top_k_filter`, `sampling.top_p_filter`, `sampling.min_p_filter` |
# | temperature, then filters, then one draw | `sampling.Sampler` |
# | the table of four-grams | `entropy.ngram_log_probs`, and without the rows that were never seen `entropy.ngram_rows`; `models.NGramTable` |
# | repeated n-grams | `entropy.repeated_ngram_rate` |
#
# Your exercises so far:

# %%
progress(lesson=6)

# %% [markdown]
# ## For the curious
#
# Nothing later needs this part.
#
# ### The table, counted by hand
#
# We read the ids of a context as the digits of one number in base $V$: the context 2, 0, 5 has row $2V^2 + 0V + 5$. A run of four is read as one number
# in the same way, `np.bincount` counts how often each number occurs, and `reshape` cuts the counts into rows of $V$.
#
# Every row gets five imaginary observations (five is our choice), spread as the row of the *shorter* context says:
#
# $$p(x \mid abc) = \frac{\text{count}(abcx) + 5 \, p(x \mid bc)}{\text{count}(abc) + 5}$$
#
# The row of `bc` borrows from the row of `c` in the same way, that one from the shares of single characters, and these from the uniform row. Where
# the counts are many, they decide. Where there are none, the shorter context does. This is one way of *backing off* (MacKay and Peto, 1995).
# `np.tile` repeats the shorter table, so that the row of `bc` stands beside every row whose context ends in `bc`.


# %%
def row_numbers(ids, memory):
    """The row for each character that has `memory` characters before it: (n,) -> (n - memory,)."""
    numbers = np.zeros(len(ids) - memory, np.int64)
    for place in range(memory):
        numbers = numbers * V + ids[place : len(ids) - memory + place]
    return numbers


table = np.full((1, V), 1 / V, np.float32)  # it begins with: all characters alike
for memory in range(4):
    runs = row_numbers(train_ids, memory) * V + train_ids[memory:]
    counts = np.bincount(runs, minlength=V ** (memory + 1)).reshape(-1, V)  # (V ** memory, V)
    shorter = np.tile(table, (len(counts) // len(table), 1))  # (V ** memory, V)
    table = ((counts + 5 * shorter) / (counts.sum(axis=1, keepdims=True) + 5)).astype(np.float32)

seen = np.count_nonzero(counts.sum(axis=1))
assert seen < 0.1 * V**3 and np.allclose(np.log(table), log_probs, atol=1e-4)
print(f"{seen:,} of {V**3:,} contexts occur in the training part")

# %% [markdown]
# ### Find the bug: three texts, six characters
#
# This draws with top-k, and for one row it is right. Three texts are written at once, so we give it three rows and expect three ids.


# %%
def draw_top_k(key, logits, k):
    kept_logits, kept_ids = jax.lax.top_k(logits, k)  # both (..., k), largest first
    drawn = jax.random.categorical(key, kept_logits)  # which of the k
    return kept_ids[drawn]


key = jax.random.key(0)
three_rows = jnp.stack([jnp.array(rows[context]) for context in ("tha", "he ", "ing")])  # (3, V)
several = draw_top_k(key, three_rows, k=2)
draw_top_k(key, three_rows[0], k=2).shape, several.shape

# %% [markdown]
# No error, and every number in the answer is the id of a character. What happened in the last line of `draw_top_k`?
#
# <details><summary>Think first, then open</summary>
#
# For one row, `kept_ids[drawn]` picks one of `k` ids. For three rows, `kept_ids` has shape `(3, 2)` and `drawn` shape `(3,)`, and indexing works on
# the *first* axis: it picks whole rows. `drawn` holds only 0 and 1, so the third text's own characters can never come out. Each text has to look in
# its own row, with `jnp.take_along_axis`.
#
# A filter has no such trap. It keeps the shape and every character keeps its id, so there is nothing to look up after the draw.
#
# </details>

# %%
kept_logits, kept_ids = jax.lax.top_k(three_rows, 2)  # (3, 2) both
assert several.shape == (3, 2) and set(several.ravel().tolist()) <= set(
    kept_ids[:2].ravel().tolist()
)  # nothing of the third row
drawn = jax.random.categorical(key, kept_logits)  # (3,)
mended = jnp.take_along_axis(kept_ids, drawn[..., None], axis=-1)[..., 0]  # (3,)
filtered = jax.random.categorical(key, sampling.top_k_filter(three_rows, 2))  # (3,)
for ids in (mended, filtered):
    assert ids.shape == (3,) and all(int(ids[i]) in kept_ids[i].tolist() for i in range(3))

# %% [markdown]
# ### A sum that never reaches 1
#
# The nucleus in three lines has a second fault. **Predict.** Ten equally likely characters, and $p = 1$, "keep all". What happens?
#
# <details><summary>Think first, then open</summary>
#
# Add 0.1 ten times: a computer, which rounds after every addition, gets 0.9999999999999999 and not 1. The running sum never reaches $p$,
# `searchsorted` answers 10, "after the end", and there is no place 10.
#
# </details>

# %%
tenths = np.full(10, 0.1)
message = "it ran"
try:
    nucleus_by_value(tenths, p=1.0)
except Exception as error:
    message = f"{type(error).__name__}: {error}"
print(float(np.cumsum(tenths)[-1]), message)

# %% [markdown]
# NumPy at least complains. JAX would take the last place without a word (lesson 02). Our mass-before-me needs no such index, but rounding touches it
# too: a running sum may reach 1 *before* the last character. That is why $p = 1$ is a case of its own.

# %%
one_winner = jnp.array([60.0, 0.0, -60.0])
assert message.startswith("IndexError") and np.cumsum(tenths)[-1] < 1
assert float(jax.nn.softmax(one_winner)[0]) == 1  # rounded: the two others have something too
assert np.isfinite(sampling.top_p_filter(one_winner, 1.0)).all()

# %% [markdown]
# ### Min-p at another temperature
#
# For min-p, the effect of the order can be calculated. Dividing the logits by $T$ takes the ratio $p_i / p_{\max}$ to the power $1/T$ (lesson 04), and
# $(p_i/p_{\max})^{1/T} \ge p$ is the same as $p_i / p_{\max} \ge p^T$. So temperature first is like asking for $p^T$ instead of $p$:

# %%
for T in (0.5, 2.0):
    after_temperature = np.isfinite(Sampler(temperature=T, min_p=0.05).logits(jnp.array(rows["he "])))
    without = np.isfinite(sampling.min_p_filter(jnp.array(rows["he "]), 0.05**T))
    assert (after_temperature == without).all()
    print(f"T = {T}: min-p 0.05 after temperature keeps the same {without.sum()} as min-p {0.05**T:.4f} without")

# %% [markdown]
# ### A large network
#
# Holtzman and others (2020) blame the *unreliable tail* for much that goes wrong in the texts of a large network. In our small table it had a smaller
# part. The opposite illness they measured on GPT-2 Large, a network of 762 million parameters, with 5000 texts of up to 200 tokens (pieces of words).
# Such a network remembers much more than three characters, and our proof that greedy must loop does not hold for it. Often it loops all the same.
# From table 1 of their paper:
#
# | how it was written | texts that end repeating a phrase |
# |---|---|
# | people | 0.28 % |
# | greedy | 73.66 % |
# | beam search, width 16 (lesson 07) | 28.94 % |
# | top-k, k = 40, T = 0.7 | 8.86 % |
# | top-k, k = 40 | 0.78 % |
# | nucleus, p = 0.95 | 0.36 % |
# | no truncation | 0.22 % |
#
# They also report that temperatures below 0.9 increase repetition severely. One network wrote all of these texts but the people's. Only the choosing
# differs.
#
# ### Play
#
# A smaller sister of our table, which sees two characters, runs in your browser: every draw happens in front of you, and each character keeps the
# distribution that it was drawn from. Look for both illnesses. With all filters off, find an invented word, and press the letter where it goes wrong:
# was it from the tail? Then set the temperature to 0 and watch for the loop.

# %%
from chargen_lib.widgets import Playground

trigrams = NGramTable(*floors.ngram_rows(train_ids, V, memory=2))
play = Playground(trigrams, vocabulary, prompt="The fox ", num_chars=80, seed=6)
play

# %% [markdown]
# The text is the one that the settings write. In JupyterLab, `play.text` and `play.sampler` are what you have set in the figure. Any table or
# per-position network of this course can take the place of this one.

# %%
print(f"{named(play.sampler)}: repeated 8-grams {floors.repeated_ngram_rate(play.text, 8):.3f} in what you see above")

# %% [markdown]
# ## Further reading
#
# - A. Fan, M. Lewis and Y. Dauphin (2018), [*Hierarchical Neural Story Generation*](https://arxiv.org/abs/1805.04833), ACL. Stories written by a
#   network, drawn with top-k.
# - A. Holtzman, J. Buys, L. Du, M. Forbes and Y. Choi (2020), [*The Curious Case of Neural Text Degeneration*](https://arxiv.org/abs/1904.09751),
#   ICLR. The nucleus, the loops, and the table above. Read section 4 with your own numbers beside it.
# - M. N. Nguyen, A. Baker, C. Neo, A. Roush, A. Kirsch and R. Shwartz-Ziv (2024), [*Turning Up the Heat: Min-p Sampling for Creative and Coherent
#   LLM Outputs*](https://arxiv.org/abs/2407.01082), ICLR 2025. Min-p, tried at high temperatures.
# - R. Schaeffer and others (2025), [*Turning Down the Heat: A Critical Analysis of Min-p Sampling in Language
#   Models*](https://arxiv.org/abs/2506.13681). They examine the evidence of the paper before again and do not find min-p better than the others.
#   Read both.
# - D. J. C. MacKay and L. C. Bauman Peto (1995), [*A Hierarchical Dirichlet Language
#   Model*](https://doi.org/10.1017/S1351324900000218), Natural Language Engineering 1. Why the shorter context is a good place to
#   borrow from.
#
# **Next:** [Beam search](07_beam_search.ipynb). Is the likeliest text the best text?
