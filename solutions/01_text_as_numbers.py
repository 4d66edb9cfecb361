# %% [markdown] slideshow={"slide_type": "slide"}
# # 01 · Text as numbers
#
# **How does text become numbers, and how predictable is it before any network?**
#
# *About {reading} minutes, and {exercises} more for the exercises · for beginners · you need: a little Python and NumPy, logarithms, and what a probability is.*
#
# A machine that writes is a machine that guesses: given the text so far, which character comes next? Before we build one, we measure how hard
# the guessing is. You will be able to
#
# - turn text into numbers and back without losing or inventing a character,
# - say in *bits per character* how predictable a text is,
# - name the first three scores of the course, and tell a score from a *floor*, which nobody can beat.
#
# Run each cell with Shift + Enter. Where it says **Predict**, make a guess before you go on; a wrong guess that you made is worth more than
# a right answer that you read. A line that begins with `assert` checks a claim of the text: were it false, the cell would stop with an error.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Three questions from before
#
# Every lesson begins with three. These are about what you bring along.
#
# **1.** What is $\log_2 8$? What is $\log_2 \frac18$?
#
# <details><summary>Think first, then open</summary>
#
# 3, because $2^3 = 8$; and -3, because $2^{-3} = \frac18$.
#
# </details>
#
# **2.** You throw a die twice. How probable are two sixes?
#
# <details><summary>Think first, then open</summary>
#
# $\frac16 \cdot \frac16 = \frac1{36}$. The two throws know nothing of each other, so their probabilities multiply.
#
# </details>
#
# **3.** `x` is the NumPy array `[10, 20, 30]`. What are `x[1]`, `x[:-1]` and `x[1:]`?
#
# <details><summary>Think first, then open</summary>
#
# 20, since places are counted from 0; `[10, 20]`, all but the last; `[20, 30]`, all but the first.
#
# </details>

# %% [markdown]
# ## A text
#
# The course brings its own book of little stories, in its library `chargen_lib`. Nothing is downloaded.

# %%
from chargen_lib import corpora

fables = corpora.load("fables")
fables

# %%
print(fables.text[:600])

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Characters become numbers
#
# A model computes with numbers, so every character gets one. Take the distinct characters, sort them into a row, and let each one's **id** be its place
# in that row, counted from 0. The row is the **vocabulary**.
#
# **Predict.** Sorted, do the capital letters come before or after the small ones? Which has the larger id, `Z` or `a`?
#
# <details><summary>Think first, then open</summary>
#
# Before: computers sort characters by *code point*, a number that the Unicode standard gives to every character, and there `Z` is 90 and `a` is 97.
#
# </details>

# %%
characters = "".join(sorted(set(fables.text)))
print(len(characters), "characters:", characters)

# %% [markdown]
# The first character looks like nothing because it is the newline. The second is the space. Both are characters like any other, and a model has to
# learn when to write them.
#
# And the capital letters come first. `ord` tells the code point:

# %%
assert characters.index("Z") < characters.index("a")
ord("Z"), ord("a")

# %% [markdown]
# Now you. In an exercise you write the body of one function; the cell below it tells you whether it is right, and if not, what it does instead. Ask as
# often as you like. If you leave it for later, the lesson goes on all the same.

# %%
from chargen_lib.exercises import check, progress

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: text to ids
#
# Return the position in `characters` of each character of `text`, as a list. A character that is not there has no id: raise a `ValueError` whose
# message names that character: `raise ValueError(message)`.


# %% exercise="encode" slideshow={"slide_type": "-"}
def encode(text, characters):
    """Ids of a text.  text: str;  characters: str, the vocabulary;  returns a list of int."""
    ### BEGIN SOLUTION
    ids = []
    for character in text:
        place = characters.find(character)  # -1 when it is not there
        if place < 0:
            raise ValueError(f"{character!r} is not one of the {len(characters)} characters")
        ids.append(place)
    return ids
    ### END SOLUTION


# %%
check("encode", encode)

# %% [markdown]
# The library has this as `Vocabulary`. It also goes back, from ids to text, and it is made from a text in one call. The ids come as an array, because
# from here on we compute with arrays.

# %%
from chargen_lib.text import Vocabulary

vocabulary = Vocabulary.from_text(fables.text)
assert vocabulary.characters == characters

ids = vocabulary.encode("The cat")
print(ids)
vocabulary.decode(ids)

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Find the bug: a letter that changes silently
#
# Some published code turns a character into an id with `ord(c) % 128` (`%` is the remainder of a division), because ASCII, an old standard, has 128
# characters. It never fails. What is wrong with it?

# %% slideshow={"slide_type": "-"}
word = "café"
as_published = [ord(c) % 128 for c in word]
back = "".join(chr(i) for i in as_published)  # chr undoes ord
assert back != word
back

# %% [markdown] slideshow={"slide_type": "-"}
# <details><summary>Think first, then open</summary>
#
# `é` has code point 233, and 233 % 128 = 105, which is `i`. The text was changed and nobody was told: a model would learn to write *cafi*. An error
# is kinder. The library's error names the character, its code point and its place, and says what to do:
#
# </details>

# %%
assert ord("é") == 233 and 233 % 128 == 105 == ord("i")
try:
    vocabulary.encode(word)
except ValueError as error:
    print(error)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## How surprised would you be?
#
# A guesser says, for every character, how probable it is to come next: $p$. Then the character comes. If the guesser gave it a high probability, he is
# little surprised; if a low one, very. We measure surprise in **bits**:
#
# $$\text{surprise} = -\log_2 p \ \text{ bits}$$
#
# A fair coin toss is 1 bit of surprise, two tosses are 2 bits: probabilities multiply, and surprises add.

# %%
import math


def surprise(p):
    return math.log2(1 / p)  # the same as -log2(p), but 0 and not -0 for p = 1


assert surprise(1 / 2) == 1 and surprise(1 / 4) == 2 and surprise(1) == 0
for p in (1, 1 / 2, 1 / 4, 1 / 64):
    print(f"probability {p:.4f}   surprise {surprise(p):.0f} bits")

# %% [markdown] slideshow={"slide_type": "slide"}
# The *average* surprise per character, on text the guesser has not seen, is the score of this whole course: **bits per character**. Less is better.
# All the scores together are our **ladder**, with the worst at the top.
#
# **Predict.** A guesser who knows nothing gives each of the 63 characters the same probability. What is his score? (64 is $2^6$.)
#
# <details><summary>Think first, then open</summary>
#
# Every character surprises him by $-\log_2 \frac{1}{63} = \log_2 63$ bits, a little under 6. That is the *uniform* score, the top of our ladder.
#
# </details>

# %%
uniform_bits = math.log2(len(vocabulary))
uniform_bits

# %%
assert len(vocabulary) == 63 and 5.9 < uniform_bits < 6

# %% [markdown]
# ## Learn from one part, be judged on another
#
# Somebody who has read the answers is not surprised by the questions. So we cut the text in two: a part to learn from, and a **held-out** part to be
# judged on (in the code `val`, for *validation*). The held-out part is the last tenth, in one piece. Why not characters picked here and there? Because
# then the neighbours of every held-out character would stand in the part we learn from.

# %%
from chargen_lib.text import split

all_ids = vocabulary.encode(fables.text)
train_ids, val_ids = split(all_ids, val_fraction=0.1)
print(f"{len(train_ids):,} characters to learn from, {len(val_ids):,} held out")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## One small table
#
# From here on we compute with whole tables, so first one that you can check by hand. `jax.numpy` works like NumPy; it is part of JAX, with which we
# shall build networks.
#
# A table has two **axes**. Axis 0 goes down, from row to row. Axis 1 goes to the right, along a row. The **shape** says how long each axis is; we write
# it at the end of the line.

# %% slideshow={"slide_type": "-"}
import jax.numpy as jnp

small = jnp.array([[1, 1, 2], [0, 5, 0]])  # (2, 3): two rows, three columns
print("summed over axis 0:", small.sum(axis=0))  # (3,)
print("summed over axis 1:", small.sum(axis=1))  # (2,)
print("the same, kept:    ", small.sum(axis=1, keepdims=True).tolist())  # (2, 1)

# %% [markdown]
# The axis that is summed over is gone: `(2, 3)` becomes `(3,)` or `(2,)`, one row of numbers. (Python writes one length alone with a comma.) With
# `keepdims=True` the axis stays, with length 1: `(2, 1)` is a column. `totals[:, None]` makes this column out of a row `totals`. Where we can, we name the
# lengths: `# (vocab,)` is a row with one number for each character of the vocabulary.
#
# Shapes that differ are compared **from the right**. Two lengths fit if they are equal or if one of them is 1, and then the 1 is repeated. An axis that
# is missing on the left counts as 1.

# %% [markdown] slideshow={"slide_type": "slide"}
# **Predict.** Each number shall be divided by the total of its row. Of the totals with shape `(2,)` and with shape `(2, 1)`, one does it and one stops
# with an error. Which is which?
#
# <details><summary>Think first, then open</summary>
#
# `(2, 1)` does it: the column is repeated for each of the three columns. The `(2,)` would have to fit the three *columns*, and 2 is not 3.
#
# </details>

# %%
for totals in (small.sum(axis=1), small.sum(axis=1, keepdims=True)):
    try:
        print(totals.shape, "gives", (small / totals).tolist())
    except (TypeError, ValueError) as error:
        print(totals.shape, "gives an error:", error)

# %% [markdown]
# The error is the lucky case. Our tables will be square, of shape `(V, V)`, where $V$ is the number of characters. There a `(V,)` fits, and divides each
# *column* by the total of some row. Nothing complains. What shows it is that the rows no longer sum to 1:

# %%
square = small[:, :2]  # (2, 2): all rows, the first two columns
wrong = square / square.sum(axis=1)
right = square / square.sum(axis=1, keepdims=True)
print("without keepdims the rows sum to", wrong.sum(axis=1), "and with it to", right.sum(axis=1))

# %%
assert jnp.allclose(small / small.sum(axis=1)[:, None], jnp.array([[0.25, 0.25, 0.5], [0, 1, 0]]))
assert abs(float(wrong.sum(axis=1)[0]) - 0.7) < 1e-6 and jnp.allclose(right.sum(axis=1), 1)

# %% [markdown]
# A comparison makes a **mask**: `True` or `False` at each place. A mask in brackets picks, its sum counts, and `jnp.where(mask, x, y)` takes `x` where
# the mask is true and `y` where it is not.

# %%
mask = small > 0  # (2, 3)
print("picked:", small[mask], "  how many:", mask.sum())
print(jnp.where(mask, small, -9))

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Counting characters
#
# The next guesser counts how often each character occurs in the training part, and uses those shares as his probabilities. He still ignores
# what came before.

# %% [markdown]
# A JAX array never changes: `x.at[i].add(1)` is a copy of `x` with 1 added at place `i`. If `i` is a row of places, 1 is added at each of them, as often
# as it stands in the row.

# %% [markdown] slideshow={"slide_type": "-"}
# Look for the tallest bars: can you say what they are before you read the labels?

# %% slideshow={"slide_type": "-"}
from chargen_lib import plots

counts = jnp.zeros(len(vocabulary), jnp.int32).at[train_ids].add(1)  # (vocab,); jnp.int32: whole numbers
shares = counts / counts.sum()
plots.bars(shares, vocabulary.characters, "share of the text", "How often each character occurs")

# %% [markdown] slideshow={"slide_type": "slide"}
# The space comes first, then `e`, as in most English text. The average surprise of somebody who knows these shares, when characters really come with
# these shares, is called the **entropy**:
#
# $$H(p) = -\sum_i p_i \log_2 p_i$$

# %% slideshow={"slide_type": "-"}
top = jnp.argsort(-shares)[:2]  # argsort gives places, that of the smallest number first: hence the minus
assert vocabulary.decode(top) == " e"

seen = shares[shares > 0]  # picked by a mask: without the zeros, whose logarithm would be infinite
character_bits = float(-(seen * jnp.log2(seen)).sum())  # each surprise, -log2(p), counts as often as it comes: p
character_bits

# %% [markdown]
# Knowing which characters are common is worth about a bit and a half per character:

# %%
assert 1.5 < uniform_bits - character_bits < 1.7
uniform_bits - character_bits

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Counting pairs
#
# After a `q` you would not guess the space. The character before tells a great deal, so the third guesser counts **pairs**: how often each character came
# right after each other one. Such pairs are called *bigrams*, and single characters *unigrams*.

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: a table of pairs
#
# `ids` is a row of ids. Return an array of shape `(vocab_size, vocab_size)` that holds whole numbers (`jnp.int32`): entry `[a, b]` is how often `b` comes right
# after `a`. For the ids of `abab`, the pair `ab` occurs twice and `ba` once.


# %% exercise="bigram_counts" slideshow={"slide_type": "-"}
def bigram_counts(ids, vocab_size):
    """Count pairs.  ids: (n,) int;  returns (vocab_size, vocab_size) int, [a, b] how often b follows a."""
    ### BEGIN SOLUTION
    table = jnp.zeros((vocab_size, vocab_size), jnp.int32)
    return table.at[ids[:-1], ids[1:]].add(1)  # .add counts a repeated pair each time
    ### END SOLUTION


# %%
check("bigram_counts", bigram_counts)

# %% [markdown] slideshow={"slide_type": "slide"}
# Here is the table of our stories, each row divided by its total, so that a row says what comes next after one character. Look for bright spots: an
# almost certain next character. Then look for rows where the light is spread out.

# %% slideshow={"slide_type": "-"}
from chargen_lib import entropy

pair_counts = entropy.bigram_counts(train_ids, len(vocabulary))  # (vocab, vocab)
row_totals = pair_counts.sum(axis=1, keepdims=True)  # (vocab, 1)
rows = pair_counts / jnp.maximum(row_totals, 1)  # the larger of the two: an empty row is divided by 1, not by 0
plots.table(rows, vocabulary.characters, "p(next | previous)", "What comes after what")

# %%
for before in "qtv ":
    row = rows[characters.index(before)]
    best = jnp.argsort(-row)[:5]
    # repr, and !r in an f-string, put a character in quotes, so that you can see a space
    print(repr(before), "->", ", ".join(f"{vocabulary.decode([i])!r} {float(row[i]):.2f}" for i in best.tolist()))

# %% [markdown] slideshow={"slide_type": "slide"}
# After `q` there is hardly a choice; after a space almost any letter can begin a word. So the surprise that is left depends on the row. Its average, each
# row weighted by how often that row is needed, is the **conditional entropy**:
#
# $$H(\text{next} \mid \text{previous}) = \sum_a p(a) \, H\big(p(\cdot \mid a)\big)$$
#
# Read $\mid$ as "given". $p(\cdot \mid a)$ is row $a$, the shares of what comes after $a$; $p(a)$ is the share of all pairs that stand in row $a$.

# %%
q, space = characters.index("q"), characters.index(" ")
assert rows[q].max() > 0.98 and rows[space].max() < 0.2

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: the entropy that is left
#
# `counts` is a table of pairs. Return $H(\text{next} \mid \text{previous})$ in bits, as one number. Rows may be empty and entries may be zero: neither may
# spoil the answer, because a pair that never occurs adds nothing.


# %% exercise="conditional_entropy" slideshow={"slide_type": "-"}
def conditional_entropy(counts):
    """Bits of H(next | previous).  counts: (V, V), [previous, next];  returns a float."""
    ### BEGIN SOLUTION
    totals = counts.sum(axis=1)  # (V,)
    rows = counts / jnp.maximum(totals, 1)[:, None]  # an empty row stays all zero
    logs = jnp.log2(jnp.where(rows > 0, rows, 1.0))  # log of 1 is 0: a missing pair adds nothing
    row_entropies = -(rows * logs).sum(axis=1)  # (V,)
    return float((totals / totals.sum() * row_entropies).sum())
    ### END SOLUTION


# %%
check("conditional_entropy", conditional_entropy)

# %% [markdown] slideshow={"slide_type": "slide"}
# **Predict.** Knowing only how common each character is leaves 4.37 bits. How many are left when the character before is known: about 4, about 3.3,
# about 2?
#
# <details><summary>Think first, then open</summary>
#
# About 3.3. One character of context is worth a whole bit. $2^{3.3} \approx 10$: it is like choosing among ten equally likely characters, no longer among
# sixty-three.
#
# </details>

# %% slideshow={"slide_type": "fragment"}
left = entropy.conditional_entropy(pair_counts)
left

# %%
assert 3.2 < left < 3.4 and round(character_bits, 2) == 4.37 and 1 < character_bits - left < 1.2

# %% [markdown]
# On this training text *nobody* who sees only the character before can score less, and lesson 03 says why. Such a limit is called a **floor**. In the same
# way 4.37 bits is the floor, on this text, for all who ignore what came before.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Break it: the pair that never came
#
# Now judge the third guesser on the held-out part. For each pair there, look up the probability he gave, take $-\log_2 p$, and average.
# Such an average is also called a **loss**.

# %% slideshow={"slide_type": "fragment"}
before, after = val_ids[:-1], val_ids[1:]
given = rows[before, after]  # (pairs,): two rows of ids in the brackets give one entry for each pair
print("held-out pairs:", len(given), "  of them never seen in training:", int((given == 0).sum()))
broken_loss = float(-jnp.log2(given).mean())
broken_loss

# %%
assert math.isinf(broken_loss) and (given == 0).sum() < 0.01 * len(given)

# %% [markdown] slideshow={"slide_type": "slide"}
# Infinite! A few pairs that never occur in the training part got probability 0, and the surprise of something *impossible* is without bound. One such
# pair spoils the score. The guesser was too sure of himself.
#
# An old cure is Laplace's: count every pair once more than it was seen. Then nothing is impossible,
#
# $$p(b \mid a) = \frac{\text{count}(a, b) + 1}{\text{total}(a) + V}$$
#
# **Why $+V$ below the line?** Each of the $V$ counts in the row grew by one, and a row's probabilities must still sum to 1.
#
# Programs usually take the *natural* logarithm, and then surprise comes in **nats**: 1 bit is $\ln 2 \approx 0.693$ nats. It is the same quantity in another
# unit, like centimetres and inches. Losses in this course are in nats, as in every library; the ladder is in bits.

# %%
assert abs(math.log(2) - 0.693) < 0.001

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: the loss with add-one
#
# `train_counts` is the table of pairs of the training part, `val_ids` a row of held-out ids. Return the mean of $-\ln p(\text{next} \mid \text{previous})$
# over the pairs of `val_ids`, in nats, with every count plus one.


# %% exercise="add_one_loss" slideshow={"slide_type": "-"}
def add_one_loss(train_counts, val_ids):
    """Mean -ln p, nats.  train_counts: (V, V) int;  val_ids: (n,) int;  returns a float."""
    ### BEGIN SOLUTION
    smoothed = train_counts + 1
    probs = smoothed / smoothed.sum(axis=1, keepdims=True)  # (V, V), each row sums to 1
    return float(-jnp.log(probs[val_ids[:-1], val_ids[1:]]).mean())
    ### END SOLUTION


# %%
check("add_one_loss", add_one_loss)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A text whose truth is known
#
# With stories we can only measure. `markov` is another kind of text. Each character has a hat full of tickets, with one character on each ticket, and what
# comes after it is drawn from its hat. We made the hats, so we can *calculate* how surprising the text is, without any text: take the entropy of each
# hat, weighted by how often the hat is used. That is the **entropy rate**. No guesser can do better in the long run, because what is drawn is chance. So
# it is a floor for everybody.

# %% slideshow={"slide_type": "-"}
print(corpora.MARKOV_HATS)
markov = corpora.load("markov")
print(markov.text[:72])

# %% slideshow={"slide_type": "fragment"}
markov_characters, transitions = corpora.markov_transitions()
true_rate = entropy.entropy_rate(transitions)
markov_vocabulary = Vocabulary.from_text(markov.text)
markov_train, markov_val = split(markov_vocabulary.encode(markov.text))
markov_counts = entropy.bigram_counts(markov_train, len(markov_vocabulary))
# inside out: ln p with add-one, the loss on the held-out part as in your exercise, and that in bits
measured = entropy.nats_to_bits(entropy.bigram_loss(entropy.add_one_log_probs(markov_counts), markov_val))
print(f"calculated from the hats {true_rate:.4f} bits, measured on held-out text {measured:.4f} bits")

# %%
assert -0.01 < measured - true_rate < 0

# %% [markdown]
# The count of pairs arrives at the truth, to a hundredth of a bit: a little below, because chance made this piece a little less surprising than the
# long run. In lesson 05 a network will be trained on this text, and you will know beforehand what it cannot beat.
#
# **Predict.** The hat of the space holds `ttttsano`: half of its tickets say `t`. How many bits of surprise does that hat hold on average?
#
# <details><summary>Think first, then open</summary>
#
# $t$: half the time, 1 bit. The four others: an eighth of the time each, 3 bits. $\frac12 \cdot 1 + 4 \cdot \frac18 \cdot 3 = 2$ bits.
#
# </details>

# %%
space_hat = transitions[markov_characters.index(" ")]
float(entropy.entropy_bits(space_hat))

# %%
assert abs(float(entropy.entropy_bits(space_hat)) - 2) < 1e-6

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Find the bug: a score too good
#
# A friend writes: "My pair table reaches a better score than yours." Here is what she did. What is wrong?

# %% slideshow={"slide_type": "-"}
her_counts = entropy.bigram_counts(all_ids, len(vocabulary))
her_bits = entropy.nats_to_bits(entropy.bigram_loss(entropy.add_one_log_probs(her_counts), val_ids))
our_bits = entropy.nats_to_bits(entropy.bigram_loss(entropy.add_one_log_probs(pair_counts), val_ids))
print(f"hers {her_bits:.3f} bits, ours {our_bits:.3f} bits")

# %% [markdown] slideshow={"slide_type": "-"}
# <details><summary>Think first, then open</summary>
#
# She counted *all* the text, the held-out part too: her table had seen the answers. Here the gain is small, because a table of pairs cannot remember much. A
# larger model can remember the whole text, and then the score says nothing. We never count, train or choose on the held-out part.
#
# </details>

# %%
assert 0 < our_bits - her_bits < 0.1

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The first ladder
#
# Three guessers, judged on the same held-out characters; every later model will take its place here. Look at the steps between them.

# %% slideshow={"slide_type": "-"}
unigram = entropy.add_one_log_probs(entropy.unigram_counts(train_ids, len(vocabulary)))
bigram = entropy.add_one_log_probs(pair_counts)
unigram_bits = entropy.nats_to_bits(entropy.unigram_loss(unigram, val_ids))
bigram_bits = entropy.nats_to_bits(entropy.bigram_loss(bigram, val_ids))
rungs = [
    entropy.Rung("uniform", uniform_bits),
    entropy.Rung("unigram, add-one", unigram_bits),
    entropy.Rung("bigram, add-one", bigram_bits),
]
plots.ladder(rungs)

# %%
assert uniform_bits - unigram_bits > 1 and 1 < unigram_bits - bigram_bits < 1.2
tenth_added = jnp.log((pair_counts + 0.1) / (pair_counts + 0.1).sum(axis=1, keepdims=True))
assert entropy.nats_to_bits(entropy.bigram_loss(tenth_added, val_ids)) < bigram_bits - 0.01

# %% [markdown]
# Each step down is worth more than a bit. The last is a **score**, not a floor: adding a tenth, not one, to each count gives a better one.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What we own now
#
# Each thing that you built by hand is in the library, and gives the same values. From the next lesson on we import it.

# %%
assert entropy.unigram_counts(train_ids, len(vocabulary)).tolist() == counts.tolist()
assert abs(float(entropy.entropy_bits(shares)) - character_bits) < 1e-4
by_hand = jnp.log((pair_counts + 1) / (pair_counts + 1).sum(axis=1, keepdims=True))
assert jnp.allclose(entropy.add_one_log_probs(pair_counts), by_hand, atol=1e-5)
assert abs(entropy.bigram_loss(bigram, val_ids) + float(by_hand[before, after].mean())) < 1e-5

# %% [markdown] slideshow={"slide_type": "-"}
# | built here | in the library |
# |---|---|
# | ids of characters | `text.Vocabulary`, `text.split` |
# | counts of characters and pairs | `entropy.unigram_counts`, `entropy.bigram_counts` |
# | entropy, conditional entropy | `entropy.entropy_bits`, `entropy.conditional_entropy` |
# | add-one and the held-out loss | `entropy.add_one_log_probs`, `entropy.bigram_loss` |
#
# Your exercises so far:

# %%
progress(lesson=1)

# %% [markdown]
# ## For the curious
#
# Nothing later needs this part. It is here because it is nice to see.
#
# ### What the three guessers write
#
# What does a guesser write, if we let him draw characters by his own probabilities? Each line starts from a space. A way of drawing is called a
# *sampler*. This one draws every character with just the probability that the guesser gave it; lesson 04 calls it `Sampler(temperature=1.0)`, and the
# lines say so. Read them aloud.

# %%
import numpy as np


def write(rows, length, seed):
    """Ids drawn one after another.  rows: (vocab, vocab), row a holds what may come after a;  returns (length,) ids."""
    dice = np.random.default_rng(seed)
    line = [space]
    while len(line) < length:
        line.append(dice.choice(len(vocabulary), p=rows[line[-1]]))
    return np.array(line)


def as_rows(log_probs):
    """The library's tables hold ln p, for one row or for all: here (vocab, vocab) p, each row with a sum of 1."""
    rows = np.exp(np.broadcast_to(np.asarray(log_probs, dtype=float), (len(vocabulary), len(vocabulary))))
    return rows / rows.sum(axis=1, keepdims=True)


guessers = {"uniform": as_rows(0.0), "unigram": as_rows(unigram), "bigram": as_rows(bigram)}
for name, its_rows in guessers.items():
    print(f"{name}, Sampler(temperature=1.0): {vocabulary.decode(write(its_rows, 60, seed=1))!r}")

# %% [markdown]
# The bigram line is no English, but you can almost say its words. One reason can be counted: how many of the pairs in a line never occur in the
# stories? Here are three longer lines of each, 1,000 characters, each drawn with other dice.

# %%
unknown = {}
for name, its_rows in guessers.items():
    lines = [write(its_rows, 1000, seed) for seed in (1, 2, 3)]
    unknown[name] = [float((pair_counts[line[:-1], line[1:]] == 0).mean()) for line in lines]
    print(f"{name}: {', '.join(f'{share:.1%}' for share in unknown[name])} of the pairs are unknown to the stories")

# %%
assert min(unknown["uniform"]) > 2 * max(unknown["unigram"]) and min(unknown["unigram"]) > 3 * max(unknown["bigram"])

# %% [markdown]
# ## Further reading
#
# - C. E. Shannon (1948), [*A Mathematical Theory of Communication*](https://doi.org/10.1002/j.1538-7305.1948.tb01338.x), Bell System Technical Journal 27.
#   Entropy begins here; section 3 draws English text by hand, first by how common the letters are, then by the letter before.
# - C. E. Shannon (1951), [*Prediction and Entropy of Printed English*](https://doi.org/10.1002/j.1538-7305.1951.tb01366.x), Bell System Technical Journal 30.
#   People guess the next letter, and their guesses bound the entropy of English.
# - D. J. C. MacKay (2003), [*Information Theory, Inference, and Learning Algorithms*](https://www.inference.org.uk/mackay/itila/), Cambridge University
#   Press, chapters 2 and 4. A friendly and complete introduction, free to read.
#
# **Next:** [Embeddings](02_embeddings.ipynb). Why is a table lookup a layer?
