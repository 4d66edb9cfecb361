# %% [markdown] slideshow={"slide_type": "slide"}
# # 06 · Truncation
#
# **Which characters should never be drawn? (top-k, nucleus, min-p)**
#
# *About {reading} minutes, and {exercises} more for the exercises · some practice with arrays helps · you need: logits, softmax, temperature and keys from lesson 04; counts from lesson 01.*
#
# A model gives every character a probability, and almost none of them is zero. Whoever draws long enough draws the unlikely ones too. You will be
# able to
#
# - say how much probability lies in the long tail of a row, and how often a text meets it,
# - write the three filters that cut the tail off: *top-k*, *nucleus* (top-p) and *min-p*, for whole batches and under `jax.jit`,
# - say why the order of temperature and filter matters, and for which filter it does not,
# - measure the opposite illness, a text that repeats itself, and choose a sampler between the two.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A guesser that sees three characters
#
# The models so far see one character. Their text is so rough that a bad draw hardly shows. For this lesson we want a stronger guesser, and we can
# have one by counting, as in lesson 01, only with longer runs: a **four-gram table**. It counts runs of four characters. So it looks at the last
# three and says what comes next.

# %%
import jax
import jax.numpy as jnp
import numpy as np

from chargen_lib import corpora, plots
from chargen_lib import entropy as floors
from chargen_lib.text import Vocabulary, split, visible

fables = corpora.load("fables")
vocabulary = Vocabulary.from_text(fables.text)
V = len(vocabulary)
train_ids, val_ids = (np.asarray(part) for part in split(vocabulary.encode(fables.text)))
held_out = vocabulary.decode(val_ids)
assert V == 63
fables

# %% [markdown]
# To count runs of $n$ characters we need a table with a row for every **context**, the $n - 1$ characters before the last. We read the ids of a
# context as the digits of one number, in base $V$, and that number is its row: the context 2, 0, 5 has row $2V^2 + 0V + 5$. The code below reads
# whole runs in this way, `np.bincount` counts how often each number occurs, and `reshape` cuts the counts into rows of $V$.


# %%
def count_runs(ids, n):
    """How often each run of n characters occurs: (n_ids,) -> (V ** (n - 1), V)."""
    codes = np.zeros(len(ids) - n + 1, np.int64)
    for place in range(n):
        codes = codes * V + ids[place : len(ids) - n + 1 + place]
    return np.bincount(codes, minlength=V**n).reshape(-1, V).astype(np.float32)


contexts_seen = np.count_nonzero(count_runs(train_ids, 3))
assert contexts_seen < 0.1 * V**3
print(f"{contexts_seen:,} of {V**3:,} contexts of three characters occur in the training part")


# %% [markdown]
# So most of the rows are empty. In lesson 01 we added one to every count. Here we do the same with more sense: every row gets five imaginary
# observations (five is our choice), spread as the row of the *shorter* context says:
#
# $$p(x \mid abc) = \frac{\text{count}(abcx) + 5 \, p(x \mid bc)}{\text{count}(abc) + 5}$$
#
# The row of `bc` borrows from the row of `c` in the same way, that one from the shares of single characters, and these from the uniform row. Where
# the counts are many, they decide. Where there are none, the shorter context does. This is one way of *backing off* to what is better known (MacKay
# and Peto, 1995).

# %%
four_gram = np.full((1, V), 1 / V, np.float32)  # it begins with: all characters alike
for n in range(1, 5):
    counts = count_runs(train_ids, n)  # (V ** (n - 1), V)
    shorter = np.tile(four_gram, (len(counts) // len(four_gram), 1))  # row abc gets the row of bc
    four_gram = (counts + 5 * shorter) / (counts.sum(axis=1, keepdims=True) + 5)
del counts, shorter  # large, and not needed again
four_gram.shape  # (V ** 3, V)

# %% [markdown]
# How good is it? Its surprise on the held-out part, beside the pair table of lesson 01:

# %%
pair_table = np.exp(np.asarray(floors.add_one_log_probs(floors.bigram_counts(jnp.asarray(train_ids), V))))  # (V, V)
pair_bits = -np.log2(pair_table[val_ids[:-1], val_ids[1:]]).mean()


def rows_of(ids):
    """The table's row for every character of ids but the first three: (n,) -> (n - 3, V)."""
    return four_gram[ids[:-3] * V * V + ids[1:-2] * V + ids[2:-1]]


val_rows = rows_of(val_ids)
four_bits = -np.log2(val_rows[np.arange(len(val_rows)), val_ids[3:]]).mean()
assert 2.0 < four_bits < 2.4 and pair_bits - four_bits > 0.9
print(f"held-out bits per character: pairs {pair_bits:.3f}, four-grams {four_bits:.3f}")

# %% [markdown]
# Two more characters of context are worth about a bit.
#
# Now the table shall write. The library's `generate` writes many texts at once, with any model that has three things: `vocab_size`; `init_state`, what
# it remembers before it has read anything; and `step`, which takes one new character per text and returns the logits for the next one, with the new
# memory (lesson 03). Our memory is the two characters before the newest, and our logits are $\ln p$, as in lesson 04.

# %%
from flax import nnx


class FourGram(nnx.Module):
    def __init__(self, probs):
        self.vocab_size = probs.shape[-1]
        self.log_probs = nnx.Param(jnp.log(probs))  # (V ** 3, V)

    def init_state(self, batch_size):
        return jnp.zeros((batch_size, 2), jnp.int32)  # as if two newlines (id 0) came before the text

    def step(self, ids, state):
        context = jnp.concatenate([state, ids[:, None]], axis=1)  # (batch, 3)
        row = context @ jnp.array([V * V, V, 1])  # (batch,)
        return self.log_probs[row], context[:, 1:]  # (batch, V), (batch, 2)


model = FourGram(jnp.asarray(four_gram))

# %% [markdown]
# We shall compare many ways of drawing. Each gets the same 64 beginnings, 8 characters from the held-out part, and writes 400 new characters after
# each. A person continued every one of them as well: in the fables. `functools.cache` keeps what a call returned, so that asking twice for one sampler
# costs once.
#
# A `Sampler` says how to draw (lesson 04). `Sampler()` draws from the model's own probabilities and changes nothing. Every text that a machine wrote
# is printed with its sampler.

# %%
import functools

from chargen_lib.generation import generate
from chargen_lib.sampling import Sampler

ends = [held_out.index(" ", place * 420 + 8) + 1 for place in range(64)]  # each beginning ends with a space
beginnings = jnp.stack([vocabulary.encode(held_out[end - 8 : end]) for end in ends])  # (64, 8)
human = [held_out[end : end + 400] for end in ends]
assert all(len(text) == 400 for text in human)


@functools.cache
def write(sampler):
    """64 texts of 400 characters, drawn as the sampler says, always with the same key."""
    ids = generate(model, beginnings, num_chars=400, key=jax.random.key(6), sampler=sampler)  # (64, 400)
    return [vocabulary.decode(row) for row in ids]


def named(sampler):
    """The sampler with what is set, without the filters that are None."""
    return f"Sampler({', '.join(f'{name}={value}' for name, value in vars(sampler).items() if value is not None)})"


def show(name, text, length=150):
    print(f"{name}:\n   {text[:length].replace(chr(10), visible(chr(10)))}\n")


plain = write(Sampler())
show("a person", human[0])
show(named(Sampler()), plain[0])

# %% [markdown]
# Three characters of memory give many real words, and many that only look like words. How many? We call a word **invented** when the training part
# does not have it. The person who wrote the held-out part used new words too, so we count those in the same way.

# %%
import re


def words(text):
    return re.findall(r"[a-z']+", text.lower())


known = set(words(vocabulary.decode(train_ids)))


def invented(texts):
    """The share of invented words.  A text's last word may be cut off, so it is not counted."""
    found = [word for text in texts for word in words(text)[:-1]]
    return sum(word not in known for word in found) / len(found)


assert invented(human) < 0.08 and invented(plain) > 0.18
print(f"invented words: {invented(human):.1%} where a person wrote, {invented(plain):.1%} with {named(Sampler())}")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The long tail
#
# Take one row and sort it. Here are the twenty likeliest characters after `he `, where a new word begins. Look at how slowly the bars fall, and
# remember that 43 more are not shown here.


# %% slideshow={"slide_type": "-"}
def row_after(context):
    """The table's probabilities after a context of three characters: (V,)."""
    a, b, c = vocabulary.encode(context).tolist()
    return four_gram[a * V * V + b * V + c]


def sorted_bars(context, title):
    row = row_after(context)
    order = np.argsort(-row, kind="stable")[:20]
    return plots.bars(row[order], "".join(vocabulary.characters[i] for i in order), "probability", title)


sorted_bars("he ", "The 20 likeliest characters after 'he '")

# %% [markdown]
# We call the ten likeliest characters of a row its *head* and all the others its **tail**. No single character of the tail matters. Together they
# may. Here is the mass of the tail after some contexts:

# %%
for context in ("tha", "the", "ing", "s. ", "he "):
    row = row_after(context)
    print(f"after {context!r}: likeliest {row.max():.2f}, tail {1 - np.sort(row)[-10:].sum():.4f}")
assert 1 - np.sort(row_after("tha"))[-10:].sum() < 0.005 and 1 - np.sort(row_after("he "))[-10:].sum() > 0.25

# %% [markdown]
# After `tha` the tail is almost nothing; after `he `, where a word begins, it is more than a quarter. The pair table sees one character and is
# less sure, so its tails are heavier. Averaged over the contexts of the held-out part:


# %%
def average_tail(rows):
    return 1 - np.sort(rows, axis=-1)[:, -10:].sum(axis=-1).mean()


pair_tail, four_tail = average_tail(pair_table[val_ids[:-1]]), average_tail(val_rows)
assert 0.1 < pair_tail < 0.17 and 0.03 < four_tail < 0.055
print(f"on average: pair table {pair_tail:.3f}, four-gram table {four_tail:.3f}")

# %% [markdown] slideshow={"slide_type": "slide"}
# The four-gram table has little left there: about four draws in a hundred. **Predict.** You draw 200 characters, a short paragraph. How likely is it
# that not one of them comes from the tail?
#
# <details><summary>Think first, then open</summary>
#
# Every draw has to miss the tail: about $0.96^{200}$, which is less than one in a thousand. What is rare at each step is almost certain over a
# text. (The true tail differs from step to step; the average tells the size.)
#
# </details>

# %% slideshow={"slide_type": "fragment"}
for name, tail in {"pair table": pair_tail, "four-gram table": four_tail}.items():
    print(f"{name}: no tail character in 200 draws, probability about {(1 - tail) ** 200:.1e}")
assert (1 - four_tail) ** 200 < 0.001


def from_tail(text):
    """For each character after the third: was it outside the ten likeliest of its row?  (len(text) - 3,)"""
    ids = np.asarray(vocabulary.encode(text))
    rows = rows_of(ids)
    own = rows[np.arange(len(rows)), ids[3:]][:, None]
    return (rows > own).sum(axis=-1) >= 10  # at least ten were likelier


touched = sum(bool(from_tail(text[:203]).any()) for text in plain)
assert touched >= 60
print(f"{touched} of the {len(plain)} texts by {named(Sampler())} have at least one tail character in 200")

# %% [markdown]
# Here they are, marked in one text:

# %%
line = plain[1][:120]
print(named(Sampler()))
print(line.replace("\n", "↵"))
print("   " + "".join("^" if tail else " " for tail in from_tail(line)))

# %% [markdown] slideshow={"slide_type": "slide"}
# So is the tail the model's mistake? Be careful. **Predict.** How often does a *person* write a character that this table has in its tail: never,
# less often than the table would, or about as often?

# %% slideshow={"slide_type": "fragment"}
human_rate = np.mean([from_tail(text).mean() for text in human])
plain_rate = np.mean([from_tail(text).mean() for text in plain])
assert 0.5 < human_rate / plain_rate < 2
print(f"characters from the tail: a person {human_rate:.1%}, {named(Sampler())} {plain_rate:.1%}")

# %% [markdown]
# About as often. People write unlikely letters all the time: names, new words, surprises. The difference is in what comes of it. A person who
# writes an unlikely letter has a word in mind. The table has not; it has hardly seen these cases, and takes one of many small numbers by chance.
# Look at the words that hold a tail character:


# %%
def invented_among_tail_words(texts):
    unknown = total = 0
    for text in texts:
        marks = np.concatenate([np.zeros(3, bool), from_tail(text)])
        for match in list(re.finditer(r"[a-z']+", text.lower()))[1:-1]:  # the first has no marks, the last may be cut off
            if marks[match.start() : match.end()].any():
                total += 1
                unknown += match.group() not in known
    return unknown / total


of_human, of_plain = invented_among_tail_words(human), invented_among_tail_words(plain)
assert of_plain > of_human + 0.12
print(f"invented, of the words with a tail character: a person {of_human:.0%}, {named(Sampler())} {of_plain:.0%}")

# %% [markdown]
# That is the case for cutting. The tail is not wrong, it is *unreliable*: there the model knows least. Holtzman and others (2020) found the same in
# a large network. Now: where to cut?

# %% [markdown]
# ## Top-k: keep the k likeliest
#
# A cut that needs no calculation: keep the $k$ likeliest characters, remove the others, and draw among those that are left (Fan, Lewis and Dauphin,
# 2018, wrote stories with it). "Remove" means: set the logit to $-\infty$. Then $e^{-\infty} = 0$ in the softmax, which divides by the sum of what
# is left, so the kept probabilities sum to 1 again. We say they are **renormalised**.
#
# By hand, for one row of probabilities. When two are equally likely we have to say who comes first: the lower id, so that everybody gets the same
# answer.


# %%
def likeliest_first(row):
    return sorted(range(len(row)), key=lambda i: (-row[i], i))  # of two equal ones the lower id


def top_k_by_hand(row, k):
    return set(likeliest_first(row)[:k])


top_k_by_hand([0.1, 0.4, 0.4, 0.1], 1), top_k_by_hand([0.1, 0.4, 0.4, 0.1], 3)

# %% [markdown]
# A list and a set are slow, and they work for one row only. With arrays one question is enough: which **place** does each character have in the
# sorted row? `jnp.argsort(-x)` says who stands at place 0, 1, 2, ... (the minus puts the largest first, and equal ones stay in the order of their
# ids). The answer holds the ids 0, 1, 2, ... in another order. To sort *it* is to ask where 0 stands, where 1 stands, and so on. So `argsort` applied
# once more gives the place of each one.

# %%
x = jnp.array([0.1, 0.4, 0.3, 0.4])
who = jnp.argsort(-x)  # who stands at place 0, 1, 2, 3
place = jnp.argsort(who)  # the place of 0, 1, 2, 3
assert who.tolist() == [1, 3, 2, 0] and place.tolist() == [3, 0, 2, 1]
who, place

# %% [markdown]
# Drawing happens inside compiled code, so a filter must run under **`jax.jit`**. `jax.jit(f)` runs your Python once with *placeholders* for the
# arrays, writes down what was done to them, and compiles that. A placeholder has a shape but no values: `float(x[0])`, or `if x[0] > 1:`, or a
# NumPy function on it fails. `k` is no array. We call it **static**, a plain number that is known when compiling, and on it `if` is allowed:
# `jax.jit(f, static_argnums=1)` says that of argument 1, counted from 0.

# %%
from chargen_lib.exercises import check, progress

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: keep exactly k
#
# Return the logits with $-\infty$ (`-jnp.inf`) for every character that is not among the `k` likeliest of its row, and the kept logits untouched.
# Keep *exactly* `k`; of equal logits the lower id is likelier. A `k` above the vocabulary keeps all; a `k` below 1 leaves nothing to draw: raise
# `ValueError`. Any leading axes: `(vocab,)`, `(batch, vocab)`, `(batch, time, vocab)`. And **it must run under `jax.jit`** with `k` static: use
# `jnp` inside, and no Python `if` or `float` on the logits' values.


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
# Now watch what a fixed $k$ does to two different rows. After `tha` the model is nearly sure. After `he ` it is not. In the figures the likeliest
# character is on the left, and what $k = 10$ removes is striped. Look at two things: how much the kept bars of the first row are worth, and how
# much the striped bars of the second are. (`cut_bars` only makes the figures. You may skip it.)

# %% slideshow={"slide_type": "-"}
from chargen_lib.sampling import top_k_filter  # the library's, so that the lesson runs whether or not yours is written


def cut_bars(context, keep, name):
    """sorted_bars, with stripes on the characters that `keep`, a filter of logits, removes."""
    row = row_after(context)
    kept = np.isfinite(keep(jnp.log(row)))
    picture = sorted_bars(
        context, f"After {context!r}: {name} keeps {kept.sum()} characters, {row[kept].sum():.1%} of the mass"
    )
    order = np.argsort(-row, kind="stable")[:20]
    shown = kept[order]
    for bar, stays in zip(picture.figure.axes[0].patches, shown, strict=True):
        if not stays:
            bar.set(facecolor="white", edgecolor=plots.ORANGE, hatch="////")
    picture.alt += f" {name} keeps {kept.sum()} characters, {shown.sum()} of these 20, from the left; the others are striped."
    return picture


def top_10(logits):
    return top_k_filter(logits, 10)


cut_bars("tha", top_10, "top-k, k = 10")

# %% slideshow={"slide_type": "slide"}
cut_bars("he ", top_10, "top-k, k = 10")

# %%
sure, unsure = np.sort(row_after("tha"))[::-1], np.sort(row_after("he "))[::-1]
assert sure[:2].sum() > 0.98 and unsure[10] > 0.02 and unsure[10:].sum() > 0.25
print(f"after 'tha': the first two carry {sure[:2].sum():.3f}, the eight others that k = 10 keeps {sure[2:10].sum():.4f}")
print(f"after 'he ': k = 10 removes {unsure[10:].sum():.3f}, and the first that it removes has {unsure[10]:.3f}")

# %% [markdown]
# Where the model is sure, ten is too many: eight of the ten share less than a fiftieth of the mass. Where it is unsure, ten is too few: beginnings of
# good words are gone. One number cannot fit both rows.

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Find the bug: three texts, six characters
#
# This draws with top-k, and for one row it is right. Three texts are written at once, so we give it three rows and expect three ids.


# %% slideshow={"slide_type": "-"}
def draw_top_k(key, logits, k):
    kept_logits, kept_ids = jax.lax.top_k(logits, k)  # both (..., k), largest first
    drawn = jax.random.categorical(key, kept_logits)  # which of the k
    return kept_ids[drawn]


key = jax.random.key(0)
three_rows = jnp.log(jnp.stack([row_after("tha"), row_after("he "), row_after("ing")]))  # (3, V)
one = draw_top_k(key, three_rows[0], k=2)
several = draw_top_k(key, three_rows, k=2)
assert one.shape == () and several.shape == (3, 2)
one.shape, several.shape

# %% [markdown] slideshow={"slide_type": "slide"}
# No error, and every number in the answer is the id of a character. What happened in the last line of `draw_top_k`?
#
# <details><summary>Think first, then open</summary>
#
# For one row, `kept_ids[drawn]` picks one of `k` ids. For three rows, `kept_ids` has shape `(3, 2)` and `drawn` shape `(3,)`, and indexing works on
# the *first* axis: it picks whole rows. `drawn` holds only 0 and 1, so the third text's own characters can never come out. Each text has to look in
# its own row, and `jnp.take_along_axis` does this: it takes, for each row, at that row's index.
#
# The filter has no such trap. It keeps the shape and every character keeps its id, so there is nothing to look up after the draw.
#
# </details>

# %%
kept_ids = jax.lax.top_k(three_rows, 2)[1]  # (3, 2)
assert set(several.ravel().tolist()) <= set(kept_ids[:2].ravel().tolist())  # nothing of the third row

drawn = jax.random.categorical(key, jax.lax.top_k(three_rows, 2)[0])  # (3,)
mended = jnp.take_along_axis(kept_ids, drawn[..., None], axis=-1)[..., 0]  # (3,)
filtered = jax.random.categorical(key, top_k_filter(three_rows, 2))  # (3,)
for ids in (mended, filtered):
    assert ids.shape == (3,) and all(int(ids[i]) in kept_ids[i].tolist() for i in range(3))

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The nucleus: keep most of the mass
#
# Holtzman and others (2020) turned the question around. Do not say how many characters stay; say how much **mass** stays. Sort the row, add up from
# the likeliest, and stop as soon as the sum reaches $p$. This smallest set is the **nucleus**; the method is also called *top-p*. The character
# that carries the sum across $p$ belongs to the set: without it, the mass would not be reached.


# %%
def nucleus_by_hand(row, p):
    kept, mass = set(), 0.0
    for i in likeliest_first(row):
        if mass >= p:  # reached by those before: stop
            break
        kept.add(i)
        mass += row[i]
    return kept


assert nucleus_by_hand([0.15, 0.5, 0.05, 0.3], 0.7) == {1, 3}
nucleus_by_hand([0.15, 0.5, 0.05, 0.3], 0.7)

# %% [markdown] slideshow={"slide_type": "-"}
# **Predict.** Probabilities 0.5, 0.3, 0.15, 0.05. How many characters stay with $p = 0.4$? With $p = 0.79$? With $p = 0.81$?
#
# <details><summary>Think first, then open</summary>
#
# One, two, three. With 0.4 the first alone is above $p$, and it stays: it is the crossing character. With 0.79 the second crosses; with 0.81 the
# sum after two is 0.8, not yet enough, so the third crosses.
#
# </details>

# %%
assert [len(nucleus_by_hand([0.5, 0.3, 0.15, 0.05], p)) for p in (0.4, 0.79, 0.81)] == [1, 2, 3]

# %% [markdown]
# In arrays there is no loop that stops. Instead, ask for every place of the sorted row: *how much mass comes before me?* A character stays when
# that is still less than $p$. `jnp.cumsum` gives running sums, from which we take away the character's own share.
#
# `jnp.take_along_axis(a, i, axis=-1)` takes, from each row of `a`, the entries that the same row of `i` names (lesson 05). With `order` it sorts the
# row. With the places it brings the answer back to the order of the ids: each character takes what stands at its place.

# %%
probs = jnp.array([0.125, 0.5, 0.125, 0.25])
order = jnp.argsort(-probs)
falling = jnp.take_along_axis(probs, order, axis=-1)  # the probabilities, largest first
mass_before = jnp.cumsum(falling, axis=-1) - falling
back = jnp.take_along_axis(mass_before, jnp.argsort(order), axis=-1)  # in the order of the ids again
assert mass_before.tolist() == [0, 0.5, 0.75, 0.875] and back.tolist() == [0.75, 0, 0.875, 0.5]
mass_before, back

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: the nucleus
#
# Return the logits with $-\infty$ outside the smallest set of likeliest characters whose probability reaches `p`, the kept logits untouched. The
# crossing character stays, so at least one always does; of equal ones the lower id comes first. `p = 1` keeps all: return the logits as they are,
# because a running sum is rounded and may reach 1 too early. A `p` outside $(0, 1]$: raise `ValueError`. Any leading axes, each row by itself. **It
# must run under `jax.jit`** with `p` static, so you may test `p` with `if`, but not the logits' values: `jnp` inside.


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

# %% [markdown]
# The same two rows again, now with $p = 0.95$. Compare the two widths.

# %%
from chargen_lib.sampling import top_p_filter


def nucleus_95(logits):
    return top_p_filter(logits, 0.95)


cut_bars("tha", nucleus_95, "top-p, p = 0.95")

# %%
cut_bars("he ", nucleus_95, "top-p, p = 0.95")


# %%
def width(keep, context):
    return int(jnp.isfinite(keep(jnp.log(row_after(context)))).sum())


assert width(nucleus_95, "tha") <= 3 and width(nucleus_95, "he ") >= 15

# %% [markdown]
# The nucleus breathes: a few characters where the model is sure, many where it is not. (In the second figure, not all that it keeps are among the
# twenty shown.)

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Find the bug: a nucleus in three lines
#
# This nucleus is short, and something like it is printed in many places. It finds the probability at which the sum crosses $p$, and keeps
# everything that is at least as probable. Eight characters, all equally likely, and $p = 0.5$: how many should stay? How many do?


# %% slideshow={"slide_type": "-"}
def nucleus_by_value(probs, p):
    falling = np.sort(probs)[::-1]
    crossing = np.searchsorted(np.cumsum(falling), p)  # the first place where the running sum is at least p
    return probs >= falling[crossing]


kept = nucleus_by_value(np.full(8, 1 / 8), p=0.5)
assert kept.sum() == 8
print(f"it keeps {kept.sum()} of 8; by hand we keep {len(nucleus_by_hand([1 / 8] * 8, 0.5))}")

# %% [markdown] slideshow={"slide_type": "slide"}
# <details><summary>Think first, then open</summary>
#
# Four reach 0.5. But a *value* cannot tell equal characters apart: all eight are at least as probable as the crossing one, so all eight stay.
# Decide by place, not by value. Our mass-before-me has no such tie, because two characters never stand at the same place.
#
# </details>
#
# It has a second fault. **Predict.** Ten equally likely characters, and $p = 1$, "keep all". What happens?
#
# <details><summary>Think first, then open</summary>
#
# Add 0.1 ten times: a computer, which rounds after every addition, gets 0.9999999999999999 and not 1. The running sum never reaches $p$,
# `searchsorted` answers 10, "after the end", and there is no place 10.
#
# </details>

# %%
uniform_ten = np.full(10, 0.1)
assert np.cumsum(uniform_ten)[-1] < 1
print("the sum:", float(np.cumsum(uniform_ten)[-1]))
try:
    nucleus_by_value(uniform_ten, p=1.0)
    raise AssertionError("it should have run past the end")
except IndexError as error:
    print("IndexError:", error)

# %% [markdown]
# NumPy at least complains. JAX would take the last place without a word (lesson 02). Our mass-before-me needs no such index, but rounding touches it
# too: a running sum may reach 1 *before* the last character. That is why $p = 1$ is a case of its own.

# %%
compiled = jax.jit(top_p_filter, static_argnums=1)
assert np.isfinite(compiled(jnp.zeros(8), 0.5)).tolist() == [True] * 4 + [False] * 4
assert np.isfinite(compiled(jnp.zeros(10), 1.0)).all()
one_winner = jnp.array([60.0, 0.0, -60.0])
assert float(jax.nn.softmax(one_winner)[0]) == 1  # rounded: the two others have something too
assert np.isfinite(compiled(one_winner, 1.0)).all()

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Min-p: measured against the likeliest
#
# The third cut has no sum and no sorting. A character stays when it is at least $p$ times as probable as the *likeliest* one (Nguyen and others,
# 2024):
#
# $$p_i \ge p \cdot \max_j p_j$$
#
# With $p = 0.05$: who has less than a twentieth of the winner's chance does not take part. Where the winner has 0.9, the bar is at 0.045. Where the
# winner has 0.15, it is at 0.0075.


# %%
def min_p_by_hand(row, p):
    return {i for i in range(len(row)) if row[i] >= p * max(row)}


assert min_p_by_hand([0.8, 0.1, 0.07, 0.03], 0.1) == {0, 1} and min_p_by_hand([0.3, 0.3, 0.25, 0.15], 0.1) == {0, 1, 2, 3}
min_p_by_hand([0.8, 0.1, 0.07, 0.03], 0.1), min_p_by_hand([0.3, 0.3, 0.25, 0.15], 0.1)

# %% [markdown]
# **Predict.** What does min-p do to ties? And can it ever remove everything?
#
# <details><summary>Think first, then open</summary>
#
# Equal characters pass the bar together or fail together: here a comparison by value is the definition, not a bug. And the likeliest character is
# always at least $p$ times itself, since $p$ is at most 1. So at least one stays.
#
# </details>

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: min-p
#
# Return the logits with $-\infty$ for every character less than `p` times as probable as the likeliest of its row, the kept logits untouched. A
# probability of exactly `p` times the largest stays. Each row has its own largest, for any leading axes, and large logits such as 1000 must not
# spoil the answer. **It must run under `jax.jit`** with `p` static: `jnp` inside, no `float` or `if` on the logits' values.


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

# %% [markdown] slideshow={"slide_type": "slide"}
# ## All three on one row
#
# Now the three side by side, on rows of the four-gram table. The figure sorts the bars by probability. What a filter removes is marked, with the name of
# the filter that removed it; what stays shows its new share. Try this, on a row with one winner (`tha`) and on a row where a word begins (`he␣`):
#
# - Switch on top-k with $k = 10$, then top-p with $p = 0.95$ instead, then min-p with $p = 0.05$ instead. Which of the three keeps fewest where a word
#   begins?
# - Raise the temperature. Which filters let more characters in?

# %% slideshow={"slide_type": "slide"}
from chargen_lib.sampling import min_p_filter
from chargen_lib.widgets import TruncationExplorer

contexts = ("tha", "the", "ing", "s. ", "he ", "id ")
rows = {context: np.log(row_after(context)) for context in contexts}
TruncationExplorer(labels=vocabulary.characters, rows=rows, first="he ", top_k=10)

# %% [markdown]
# The numbers of kept characters, at $T = 1$:


# %%
def min_p_05(logits):
    return min_p_filter(logits, 0.05)


filters = {"top-k 10": top_10, "top-p 0.95": nucleus_95, "min-p 0.05": min_p_05}
for context in contexts:
    print(f"after {context!r}: " + ", ".join(f"{name} keeps {width(keep, context)}" for name, keep in filters.items()))
assert width(min_p_05, "tha") <= 3 and width(min_p_05, "he ") >= 15
assert width(nucleus_95, "id ") > width(min_p_05, "id ") + 8

# %% [markdown]
# Top-k keeps ten everywhere. The other two follow the row. They follow it in different ways: the nucleus looks at the *sum* of what it leaves out,
# so a long tail of small numbers draws it outward; min-p looks only at the winner, and the length of the tail is nothing to it. After `id ` (as in
# `said `) you see the difference: one likely character and a long tail.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Temperature first
#
# Temperature (lesson 04) and a filter can be combined, and then somebody has to go first. The course's rule, and `Sampler`'s: **temperature before
# truncation**. Does it matter? (The figure above has a switch for it.)
#
# **Predict.** Dividing by $T$ never changes which character is likelier. For which of the three filters can the order *not* matter?
#
# <details><summary>Think first, then open</summary>
#
# Top-k: it only asks for the places, and these stay. The other two ask for probabilities, and $T$ changes those.
#
# </details>

# %%
from chargen_lib.sampling import apply_temperature

unsure_logits = jnp.log(row_after("he "))


def kept_by(logits):
    return set(np.flatnonzero(np.isfinite(logits)).tolist())


for T in (0.5, 2.0):
    for name, keep in {"top-k, k = 10": top_10, "top-p, p = 0.95": nucleus_95, "min-p, p = 0.05": min_p_05}.items():
        before = kept_by(keep(apply_temperature(unsure_logits, T)))  # temperature first
        after = kept_by(apply_temperature(keep(unsure_logits), T))  # the filter first
        assert (before == after) == name.startswith("top-k")
        assert len(before) <= len(after) if T < 1 else len(before) >= len(after)
        if name.startswith("top-k"):  # the probabilities are the same, too
            orders = keep(apply_temperature(unsure_logits, T)), apply_temperature(keep(unsure_logits), T)
            assert jnp.allclose(jax.nn.softmax(orders[0]), jax.nn.softmax(orders[1]), atol=1e-6)
        print(f"T = {T}, {name}: temperature first keeps {len(before)}, filter first keeps {len(after)}")

# %% [markdown]
# With the filter first, the kept set is the same at every temperature; $T$ only shifts the weights within it. With temperature first, a low $T$
# also narrows the cut, and a high one widens it. Then "0.95 of the mass" is 0.95 of the distribution at that temperature.
#
# For min-p the change can be calculated. Let $p_{\max}$ be the winner's probability. Dividing the logits by $T$ takes the ratio $p_i / p_{\max}$ to
# the power $1/T$ (lesson 04), and $(p_i/p_{\max})^{1/T} \ge p$ is the same as $p_i / p_{\max} \ge p^T$. So temperature first is like asking for
# $p^T$ instead of $p$:

# %%
for T in (0.5, 2.0):
    hot = kept_by(min_p_filter(apply_temperature(unsure_logits, T), 0.05))
    assert hot == kept_by(min_p_filter(unsure_logits, 0.05**T))
    print(f"T = {T}: min-p 0.05 after temperature keeps the same {len(hot)} as min-p {0.05**T:.4f} without")

# %% [markdown]
# Neither order is wrong. But the same settings mean another distribution in the other order, and programs differ in theirs. When you copy settings
# from somewhere, ask which comes first.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The opposite illness
#
# If unlikely characters are the trouble, why not always take the likeliest? That is *greedy* drawing, $T = 0$.

# %%
greedy_sampler = Sampler(temperature=0)
greedy = write(greedy_sampler)
for text in greedy[:3]:
    show(named(greedy_sampler), text, 120)

# %% [markdown] slideshow={"slide_type": "-"}
# All three have fallen into a loop. **Predict.** Was that bad luck with this table, or must it happen? (The table sees three characters, and greedy
# leaves nothing to chance.)
#
# <details><summary>Think first, then open</summary>
#
# It must. As soon as three characters in a row come back, the same choice follows, and the next, for ever. There are only $63^3$ different triples,
# so one has to come back sooner or later. In practice it is much sooner.
#
# </details>


# %%
def ends_in_loop(text, longest=130):
    """Does the text end with some piece, at most `longest` characters, three times in a row?"""
    return any(text.endswith(text[-length:] * 3) for length in range(1, longest + 1))


assert all(ends_in_loop(text) for text in greedy) and not any(ends_in_loop(text) for text in human + plain)
print(sum(ends_in_loop(text) for text in greedy), "of", len(greedy), "greedy texts end in a loop")

# %% [markdown]
# A large network remembers much more than three characters, and no such proof holds for it. Often it loops all the same, as you will see below. We
# need a number for "repeats itself" that does not ask for a perfect loop. An **n-gram** is a run of $n$ characters. They overlap: `banana` has four
# 3-grams, `ban`, `ana`, `nan`, `ana`. One of the four occurred earlier, so its rate of repeats is $\frac14$.

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: how much is repeated?
#
# `ids` is a row of ids. Return the share of its n-grams that occurred earlier in the row:
# $1 - \dfrac{\text{different n-grams}}{\text{all n-grams}}$, as one number. A row too short for an n-gram repeats nothing: 0.0. (Here plain Python
# is fine. `[int(i) for i in ids]` makes plain numbers of the array's entries, and tuples of such numbers can go into a `set`.)


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

# %% [markdown]
# We go on with the library's `entropy.repeated_ngram_rate`, which takes a string as well, averaged over the 64 texts. We take $n = 8$, longer than most
# words: common words come back in every good text, and that is no illness.


# %%
def repeats(texts, n=8):
    return float(np.mean([floors.repeated_ngram_rate(text, n) for text in texts]))


assert abs(repeats(["banana"], n=3) - 1 / 4) < 1e-9
print(
    f"repeated 8-grams: a person {repeats(human):.3f}, {named(greedy_sampler)} {repeats(greedy):.3f}, {named(Sampler())} {repeats(plain):.3f}"
)

# %% [markdown] slideshow={"slide_type": "slide"}
# Temperature leads from one illness to the other. **Predict.** Where does the curve of repeats meet the person's level: near $T = 0.2$, near 0.5,
# or near 0.7? Look where the line crosses the dashed one.

# %% slideshow={"slide_type": "fragment"}
temperatures = [0, 0.2, 0.5, 0.7, 1.0]
repeats_at = [repeats(write(Sampler(temperature=T))) for T in temperatures]
plots.curves(
    {"drawn by temperature alone": (temperatures, repeats_at)},
    "temperature T",
    "repeated 8-grams (share)",
    floors={"a person": repeats(human)},
    title="How much a text repeats itself",
)

# %%
level = repeats(human)
assert repeats_at == sorted(repeats_at, reverse=True)
assert repeats_at[0] > 0.9 and repeats_at[1] > 0.5 and repeats_at[2] > 3 * level
assert level / 3 < repeats_at[3] < 3 * level and repeats_at[4] < level
for T in (0.2, 0.7):
    show(named(Sampler(temperature=T)), write(Sampler(temperature=T))[0])

# %% [markdown]
# Low temperatures do not loop for ever, but they come back to the same phrases again and again. At $T = 0.5$ a text still repeats several times as
# much as a person's. Near $T = 0.7$ the two are of one size, and at $T = 1$ the table repeats less than people do.
#
# Holtzman and others (2020) measured this on GPT-2 Large, a network of 762 million parameters, with 5000 texts of up to 200 tokens (pieces of words).
# Their measure is stricter than ours: the share of texts that *end in a repeated phrase*. From table 1 of their paper:
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
# They also report that temperatures below 0.9 increase repetition severely, and that every repetition makes the next one more probable. One network
# wrote all of these texts but the people's. Only the choosing differs.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Between the two
#
# So a sampler stands between two illnesses: too many invented words on one side, too many repeats on the other. We measure both for each filter, at
# three settings from tight to loose.


# %%
def both(*samplers):
    """(repeats, invented words) of what each sampler wrote."""
    measured = [(repeats(write(sampler)), invented(write(sampler))) for sampler in samplers]
    for sampler, (x, y) in zip(samplers, measured, strict=True):
        print(f"{named(sampler)}: repeats {x:.3f}, invented {y:.3f}")
    return measured


points = {"temperature (0.5, 0.7, 1)": both(*(Sampler(temperature=T) for T in (0.5, 0.7, 1.0)))}
points["top-k (2, 3, 5)"] = both(*(Sampler(top_k=k) for k in (2, 3, 5)))

# %%
points["top-p (0.5, 0.8, 0.9)"] = both(*(Sampler(top_p=p) for p in (0.5, 0.8, 0.9)))

# %%
points["min-p (0.2, 0.1, 0.05)"] = both(*(Sampler(min_p=p) for p in (0.2, 0.1, 0.05)))

# %% [markdown]
# In the figure the tight settings are on the right, because they repeat more. (The scale along the bottom is logarithmic.) The cross is a person.
# Go straight up from it, to texts that repeat as much as people do: which line do you meet last?

# %% slideshow={"slide_type": "-"}
picture = plots.curves(
    {name: tuple(zip(*pairs, strict=True)) for name, pairs in points.items()},  # the repeats of all, and the inventions of all
    "repeated 8-grams (share)",
    "invented words (share)",
    title="Two illnesses",
    logx=True,
)
picture.figure.axes[0].plot(repeats(human), invented(human), "x", color=plots.GREY, markersize=10)
picture.alt += f" A cross marks a person: repeats {repeats(human):.3f}, invented words {invented(human):.3f}."
picture

# %%
for pairs in points.values():
    ordered = [y for _, y in sorted(pairs)]
    assert ordered == sorted(ordered, reverse=True)  # more repeats, fewer inventions
    assert not any(x < 1.5 * repeats(human) and y < 1.5 * invented(human) for x, y in pairs)  # nobody comes near the cross

wide, nucleus = write(Sampler(top_k=5)), write(Sampler(top_p=0.8))
assert abs(repeats(wide) - repeats(nucleus)) < 0.015 and invented(wide) - invented(nucleus) > 0.015
assert abs(repeats(nucleus) - repeats(human)) < 0.015 and invented(plain) - invented(nucleus) > 0.06

# %% [markdown]
# Every line falls to the right: who cuts more, invents less and repeats more. But the lines do not lie on each other. Top-k with $k = 5$ and top-p
# with $p = 0.8$ repeat about equally, near the person's level, and top-k invents clearly more words: its width does not fit the row. No line comes
# near the cross. A filter cannot give the table what it does not know; for that a model must see further than three characters.

# %%
for sampler in (Sampler(top_k=5), Sampler(top_p=0.8), Sampler(min_p=0.1)):
    show(named(sampler), write(sampler)[0])

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Which sampler when
#
# | sampler | what it asks | good for | beware |
# |---|---|---|---|
# | `Sampler()` | nothing | looking at what the model really believes | the tail, in almost every paragraph |
# | `Sampler(temperature=0)` | who is likeliest? | one answer that is the same each time | loops in long text |
# | `Sampler(temperature=0.7)` | sharper odds | a quick improvement | removes nothing; low values repeat |
# | `Sampler(top_k=10)` | who are the first k? | a hard bound on the width | one width for sure and unsure rows |
# | `Sampler(top_p=0.9)` | who makes up the mass? | long open text; follows the row | depends on T; a long flat tail widens it |
# | `Sampler(min_p=0.1)` | who comes near the winner? | rows with a long flat tail; proposed for high T | depends on T; a sure winner leaves little |
#
# Whether one of the last two is better in large models is disputed (see below). The numbers are beginnings, not laws: measure on your own text, as
# we did here. Combinations are allowed: `Sampler` applies temperature, then top-k, top-p and min-p, each on what the one before left.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What we own now
#
# The library's filters keep what our slow loops keep, on contexts of the held-out part, and a `Sampler` is temperature, then the filters, one after
# another:

# %%
some_rows = val_rows[::100]  # (271, V)
some_logits = jnp.log(some_rows)
for by_hand, fast, setting in (
    (top_k_by_hand, top_k_filter, 7),
    (nucleus_by_hand, top_p_filter, 0.87),
    (min_p_by_hand, min_p_filter, 0.043),
):
    filtered = jax.jit(fast, static_argnums=1)(some_logits, setting)  # (271, V), all rows at once
    assert all(
        kept_by(logits) == by_hand(row, setting) for row, logits in zip(some_rows.tolist(), np.asarray(filtered), strict=True)
    )


@jax.jit
def in_a_row(logits):
    return jax.nn.softmax(top_p_filter(top_k_filter(apply_temperature(logits, 0.8), 12), 0.9), axis=-1)


all_in_one = jax.jit(Sampler(temperature=0.8, top_k=12, top_p=0.9).probabilities)
assert np.allclose(all_in_one(some_logits), in_a_row(some_logits), atol=1e-6)

# %% [markdown]
# The table of four-grams is there too, for any length of memory. It writes what ours wrote:

# %%
from chargen_lib.models import NGramTable

library_table = NGramTable(*floors.ngram_rows(train_ids, V, memory=3))
assert np.allclose(library_table.log_probs[...], model.log_probs[...], atol=1e-4)
again = generate(library_table, beginnings, num_chars=400, key=jax.random.key(6), sampler=Sampler(temperature=0))
assert [vocabulary.decode(row) for row in again] == write(Sampler(temperature=0))

# %% [markdown] slideshow={"slide_type": "-"}
# | built here | in the library |
# |---|---|
# | top-k, nucleus, min-p | `sampling.top_k_filter`, `sampling.top_p_filter`, `sampling.min_p_filter` |
# | temperature, then filters, then one draw | `sampling.Sampler` |
# | a text from any model with `init_state` and `step` | `generation.generate`, `generation.generate_text` |
# | the table of four-grams | `entropy.ngram_log_probs`, `models.NGramTable` |
# | repeated n-grams | `entropy.repeated_ngram_rate` |
#
# Your exercises so far:

# %%
progress(lesson=6)

# %% [markdown]
# ## Play
#
# Optional. A smaller sister of our table, which sees two characters, runs in your browser: the figure has its numbers, and every draw happens in
# front of you. Each character keeps the distribution that it was drawn from.
#
# Look for both illnesses. With all filters off, run a while, find an invented word, and press the letter where it goes wrong: was it from the tail?
# Then set the temperature to 0 and watch for the loop. Which filter, set how tight, would you read a page of?

# %%
from chargen_lib.widgets import Playground

trigrams = NGramTable(*floors.ngram_rows(train_ids, V, memory=2))
play = Playground(trigrams, vocabulary, prompt="The fox ", num_chars=80, seed=6)
play

# %% [markdown]
# The text is always the one that the settings write, with the draws that `generate_text` makes from the same seed. In JupyterLab, `play.text` and
# `play.sampler` are what you have set in the figure. Any table or per-position network of this course can take the place of this one.

# %%
from chargen_lib.generation import generate_text

loop = generate_text(trigrams, vocabulary, "The fox ", num_chars=200, key=jax.random.key(6), sampler=Sampler(temperature=0))
assert floors.repeated_ngram_rate(loop, 8) > 0.9
show("T = 0", loop, 60)
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
