# %% [markdown] slideshow={"slide_type": "slide"}
# # 07 · Beam search
#
# **Is the likeliest text the best text?**
#
# *About {reading} minutes, and {exercises} more for the exercises · for beginners · you need: [lesson 01](01_text_as_numbers.ipynb) (tables of pairs, bits),
# [lesson 04](04_temperature.ipynb) (temperature, keys) and [lesson 06](06_truncation.ipynb) (the four-gram table, repeated n-grams).*
#
# So far every character was drawn by chance. You could also ask for certainty: of all texts that a model could write, give me the *likeliest*. It
# sounds like asking for the best one. In this lesson you find the likeliest text, and then you read it. You will be able to
#
# - say how likely a whole text is, without the number vanishing,
# - look for the likeliest text in three ways: greedy, beam search, and Viterbi's exact search, and say what each costs and when it fails,
# - find out by experiment whether a wider search always does better,
# - show with numbers why the likeliest text is not the one that you want.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A language with three characters
#
# A real table of pairs has thousands of entries. To see what a search does we take a language of three characters, small enough for pencil and paper.
# As in lesson 01, a row is the character before, a column the one after, and each row sums to 1.

# %% slideshow={"slide_type": "-"}
import jax.numpy as jnp
import numpy as np

from chargen_lib import plots

letters = "abc"
chain = np.array(
    [
        [0.40, 0.35, 0.25],  # after a
        [0.80, 0.10, 0.10],  # after b
        [0.05, 0.90, 0.05],  # after c
    ]
)
assert np.allclose(chain.sum(axis=1), 1)
plots.table(chain, letters, "p(next | previous)", "A language of three characters")

# %% [markdown] slideshow={"slide_type": "-"}
# The bright squares are the almost certain steps: after `c` comes `b`, after `b` comes `a`. After `a` the choice is nearly open. Remember that.
#
# ## How likely is a text?
#
# We start at `a` and want the next three characters to be `cba`. Each step has its probability, and all three have to happen, so the probabilities
# multiply:
#
# $$p(\text{cba} \mid \text{a}) = p(c \mid a) \cdot p(b \mid c) \cdot p(a \mid b)$$
#
# **Predict.** Read the three numbers from the rows of `chain` and multiply. What is the probability of `cba` after `a`?
#
# <details><summary>Think first, then open</summary>
#
# $0.25 \cdot 0.90 \cdot 0.80 = 0.18$.
#
# </details>

# %%
a, b, c = 0, 1, 2
p_cba = chain[a, c] * chain[c, b] * chain[b, a]
assert abs(p_cba - 0.18) < 1e-9
print(f"{p_cba:.2f}")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Break it: a product that vanishes
#
# Every factor is at most 1, so the longer a text is, the smaller the product. Take the first thousand held-out characters of the fables and the pair
# table of lesson 01. The probabilities are ordinary; look at their product.

# %% slideshow={"slide_type": "fragment"}
from chargen_lib import corpora
from chargen_lib import entropy as floors
from chargen_lib.text import Vocabulary, split

fables = corpora.load("fables")
vocabulary = Vocabulary.from_text(fables.text)
V = len(vocabulary)
train_ids, val_ids = split(vocabulary.encode(fables.text))
bigram = floors.add_one_log_probs(floors.bigram_counts(train_ids, V))  # (V, V), ln p(next | previous)

step_probs = jnp.exp(bigram[val_ids[:1000], val_ids[1:1001]])  # (1000,)
print("the first five factors:", [round(p, 3) for p in step_probs[:5].tolist()])
assert float(step_probs.min()) > 0 and float(step_probs.prod()) == 0
print("the product of all:    ", float(step_probs.prod()))
assert 1e-45 < float(np.finfo(np.float32).smallest_subnormal) < 2e-45  # the smallest number above 0 in 32 bits

# %% [markdown] slideshow={"slide_type": "slide"}
# Zero. No factor is zero, but the product is smaller than the smallest number that fits into 32 bits in this format, about $10^{-45}$. Every long
# text would look equally impossible.
#
# The cure is the logarithm, which turns a product into a sum:
#
# $$\ln p(\text{text}) = \sum_t \ln p(x_t \mid x_{t-1})$$
#
# A sum of a thousand ordinary negative numbers is an ordinary negative number. And the likelier of two texts also has the larger logarithm: 0 would
# be certainty, and the further below 0, the less likely. Turn the sign round and divide by the number of characters, and it is the loss of lesson 01,
# in nats.

# %%
total = float(jnp.log(step_probs).sum())
assert -3000 < total < -1500
print(f"ln p of these 1000 characters: {total:.1f}, which is {total / 1000:.2f} for each")
print(f"so p is about 10 to the power {total / np.log(10):.0f}")

# %% [markdown]
# In the exercises, and in the library, a table holds logarithms. Our little language keeps its probabilities, so that you can check them by hand.
#
# Your part of this lesson is four exercises; the first is this sum.

# %%
from chargen_lib.exercises import check, progress

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: the log-probability of a text
#
# `log_probs[i, j]` is $\ln p$ of character `j` right after character `i`. `ids` is a row of `n` ids. Return the sum of $\ln p$ over its `n - 1`
# steps. The first character is given, so it costs nothing.


# %% exercise="sequence_log_prob" slideshow={"slide_type": "-"}
def sequence_log_prob(log_probs, ids):
    """ln p of ids[1:], given ids[0].  log_probs: (V, V), [previous, next], nats;  ids: (n,) int;  returns a float, nats."""
    ### BEGIN SOLUTION
    return float(log_probs[ids[:-1], ids[1:]].sum())  # one entry a step, added up
    ### END SOLUTION


# %%
check("sequence_log_prob", sequence_log_prob)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Greedy, and its mistake
#
# The quickest way to a likely text: at each step take the likeliest next character, and never look back. This is called **greedy** search. You know
# it already, as temperature 0.
#
# **Predict.** Start at `a` in our little language and be greedy for three characters. What do you write, and how likely is it?
#
# <details><summary>Think first, then open</summary>
#
# After `a` the likeliest is `a`, and then you are where you began: `aaa`, with $0.4^3 = 0.064$.
#
# </details>

# %%
greedy_text, greedy_p = "a", 1.0
for _ in range(3):
    row = chain[letters.index(greedy_text[-1])]
    greedy_text, greedy_p = greedy_text + letters[row.argmax()], greedy_p * row.max()
assert greedy_text == "aaaa" and abs(greedy_p - 0.064) < 1e-9
print(f"greedy: {greedy_text[1:]}  {greedy_p:.4f}")

# %% [markdown]
# That is not the likeliest text: you found 0.18 for `cba`. Is there a likelier one still? There are only $3^3 = 27$ texts of three characters, so we
# try them all. `itertools.product(letters, repeat=3)` goes through them, one after the other.

# %%
import itertools

every_text = {}
for text in map("".join, itertools.product(letters, repeat=3)):
    steps = zip("a" + text, text, strict=False)  # (a, first), (first, second), (second, third)
    every_text[text] = float(np.prod([chain[letters.index(i), letters.index(j)] for i, j in steps]))

assert len(every_text) == 27 and abs(sum(every_text.values()) - 1) < 1e-9
ranked = sorted(every_text, key=every_text.get, reverse=True)
for text in ranked[:3]:
    print(f"{text}  {every_text[text]:.4f}")
print(f"greedy's aaa is number {ranked.index('aaa') + 1} of 27")
assert ranked[0] == "cba" and every_text["cba"] > 2.5 * every_text["aaa"]

# %% [markdown]
# None: `cba` is the likeliest, almost three times as likely as greedy's. It begins with the *least* likely first character, `c`, and after that
# everything is nearly certain. Greedy could not know: it looked one step ahead, and one step ahead `c` is the worst choice. A search that decides too
# early cannot take its decision back.
#
# Trying all texts is no way out for longer ones. With the 63 characters of the fables and 20 steps there are

# %%
all_texts = 63**20
assert all_texts > 10**35
print(f"{all_texts:.1e} texts")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Beam search, by hand
#
# Between one text and all texts there is a compromise: keep the **B** best beginnings, extend each of them by every character, and of all these keep
# the B best again. The kept ones are called **beams**, B is the **width** of the search, and throwing the others away is called **pruning**. It was
# first used to recognise speech (Lowerre 1976).
#
# This function does the extending. It takes the kept texts with their probabilities and returns every continuation, the likeliest first.


# %%
def continuations(texts, table, characters):
    """Every text with every next character, likeliest first.  texts: {text: probability};  returns the same kind."""
    longer = {}
    for text, p in texts.items():
        row = table[characters.index(text[-1])]
        for character, p_next in zip(characters, row, strict=True):
            longer[text + character] = p * float(p_next)
    return dict(sorted(longer.items(), key=lambda pair: -pair[1]))


def best(texts, number):
    """The first `number` of a ranked {text: probability}."""
    return dict(list(texts.items())[:number])


first_step = continuations({"a": 1.0}, chain, letters)
print({text: round(p, 4) for text, p in first_step.items()})

# %% [markdown]
# (The texts carry the `a` that they start from.) With width 2 we keep two of these three: `aa` and `ab`. Now the second step. Before you run it,
# compute the six continuations yourself: $0.4$ times the row of `a`, and $0.35$ times the row of `b`. Which two stay?

# %%
second_step = continuations(best(first_step, 2), chain, letters)
for text, p in second_step.items():
    print(f"{text}  {p:.4f}")
assert list(second_step)[:2] == ["aba", "aaa"] and len(second_step) == 6

# %% [markdown]
# `aba` is now ahead of `aaa`, greedy's darling. The two compete although they have different beginnings: that is what greedy could not do. The third
# step:

# %%
third_step = continuations(best(second_step, 2), chain, letters)
for text, p in best(third_step, 3).items():
    print(f"{text}  {p:.4f}")
winner = next(iter(third_step))
assert winner == "abaa" and abs(third_step[winner] - 0.112) < 1e-9

# %% [markdown]
# Width 2 finds `baa` with 0.112: better than greedy's 0.064, worse than the best, 0.18. The beginning `c` of the best text was pruned in the very
# first step, as third of three.
#
# **Predict.** What will width 3 find?
#
# <details><summary>Think first, then open</summary>
#
# It keeps `c`, and $0.25 \cdot 0.9 = 0.225$ is second best in the next step, so `cb` stays too, and then wins: `cba`, 0.18. The cell after the
# exercise shows it.
#
# </details>

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: beam search
#
# Now in ids and logarithms. Begin with one empty text of score 0, after the character `start`. Do `num_chars` times: extend every beam by every
# character, add $\ln p$ to its score, and keep the `num_beams` best of all (or all there are, when they are fewer). Return the sequences, an array
# `(B, num_chars)` of the new characters alone, and their scores `(B,)`, the best first.
#
# Lists as above will do. If you do it with arrays: let `last` hold the last id of each beam. Then `scores[:, None] + log_probs[last]` has a row for
# each beam and a column for each next character. `.ravel()` puts the rows into one long row; `jax.lax.top_k(x, k)` returns the `k` largest values of
# `x` and their places, the largest first.


# %% exercise="beam_search" slideshow={"slide_type": "-"}
def beam_search(log_probs, start, num_chars, num_beams):
    """The likeliest texts that a search of this width finds, best first.

    log_probs: (V, V), [previous, next], nats;  start: int;  returns sequences (B, num_chars), scores (B,), nats
    """
    ### BEGIN SOLUTION
    log_probs = jnp.asarray(log_probs)
    sequences, scores = [[]], [0.0]  # one beam, nothing written yet
    for _ in range(num_chars):
        longer, totals = [], []
        for sequence, score in zip(sequences, scores, strict=True):
            row = log_probs[sequence[-1] if sequence else start]
            for character, log_p in enumerate(row.tolist()):
                longer.append([*sequence, character])  # a new list for every child
                totals.append(score + log_p)
        order = sorted(range(len(totals)), key=lambda i: -totals[i])[:num_beams]
        sequences, scores = [longer[i] for i in order], [totals[i] for i in order]
    return jnp.array(sequences), jnp.array(scores)
    ### END SOLUTION


# %%
check("beam_search", beam_search)

# %% [markdown]
# ## See it: the tree that a search walks
#
# Here is the whole search with the widths 1, 2 and 3: all the texts that were looked at, without the first `a`. Look for `c` in the first step: at
# which widths is it pruned, and the best text with it?


# %%
def search_steps(table, characters, start, num_chars, width):
    """A beam search that remembers everything: for each step the ranked continuations, the first `width` of which were kept."""
    steps, kept = [], {start: 1.0}
    for _ in range(num_chars):
        steps.append(continuations(kept, table, characters))
        kept = best(steps[-1], width)
    return steps


found = []
for width in (1, 2, 3):
    steps = search_steps(chain, letters, "a", 3, width)
    found.append(next(iter(steps[-1]))[1:])
    print(f"width {width} finds {found[-1]}")
    for number, step in enumerate(steps, start=1):
        seen = [f"{text[1:]} {p:.3f}" for text, p in step.items()]
        print(f"  step {number}: kept {', '.join(seen[:width])}; pruned {', '.join(seen[width:]) or 'none'}")
assert found == ["aaa", "baa", "cba"] and every_text["aaa"] < every_text["baa"] < every_text["cba"]

# %% [markdown] slideshow={"slide_type": "slide"}
# The same search as a tree, a step at a time; its numbers are $\ln p$. Press *Step* and watch which texts are kept, which are pruned, and where the
# likeliest text of all, marked with a star, is lost. Then set the width to 3 and to 1.

# %% slideshow={"slide_type": "-"}
from chargen_lib.widgets import BeamExplorer

BeamExplorer(np.log(chain), letters, start="a", num_chars=3, num_beams=2)

# %% [markdown] slideshow={"slide_type": "slide"}
# With width 2 the branch `c` is cut before it could show what comes after it. With width 3 it grows, and wins. The widths 1, 2 and 3 find three
# different texts, each better than the one before. It looks as if wider were always better. Keep that thought; we shall test it.
#
# ### Find the bug: hypotheses of different lengths
#
# A beam search written in a hurry. The author knows that one list may have several owners, and takes a copy, `list(text)`. The cell prints how long
# the texts are that compete in each step. After one step every text should have two characters, the start and a new one. What went wrong, and where?


# %% slideshow={"slide_type": "-"}
def beam_search_as_found(table, start, num_chars, num_beams):
    beams = [([start], 0.0)]
    for step in range(num_chars):
        candidates = []
        for text, score in beams:
            for character in range(len(table)):
                text.append(character)
                candidates.append((list(text), score + np.log(table[text[-2], character])))
        print(f"step {step + 1}: lengths", [len(text) for text, _ in candidates])
        if step == 0:
            first_lengths = [len(text) for text, _ in candidates]
        beams = sorted(candidates, key=lambda beam: -beam[1])[:num_beams]
    return beams, first_lengths


_, first_lengths = beam_search_as_found(chain, start=a, num_chars=2, num_beams=2)
assert first_lengths == [2, 3, 4]

# %% [markdown] slideshow={"slide_type": "slide"}
# <details><summary>Think first, then open</summary>
#
# `text.append(character)` changes the *parent*. The first child is right. The second child is built on the parent with the first child's character
# still in it, the third on both: lengths 2, 3, 4. The copy comes too late, after the append. (Without the copy it would be worse: all candidates
# would be one and the same list under many names, which is called *aliasing*.) The scores are wrong too: `text[-2]` should be the parent's last
# character, and is that of the child before.
#
# The cure is never to change what several texts share, but to make a new list for each child: `longer = [*text, character]`. Published teaching code
# has had this mistake, with these lengths. Nothing crashes: the search returns texts, only they are not what their scores say.
#
# </details>

# %%
parent = [a]
children = [[*parent, character] for character in range(3)]  # the cure: each child is a new list
assert [len(child) for child in children] == [2, 2, 2] and parent == [a]
children

# %% [markdown]
# ## Exact search: Viterbi
#
# Is there a way to be *sure*, without trying all the texts? For our language there is, and the reason fits in three sentences.
#
# Take two texts of the same length that end in the same character. Whatever comes next has the same probability after both, because the table sees
# only the last character. So the one that is behind now stays behind for ever, and can be forgotten.
#
# Thus it is enough to remember, for each character, the best text that *ends* in it: three texts here, 63 for the fables, and never more, however
# long they grow. This is Viterbi's algorithm (1967). By hand, with `continuations` from above:


# %%
def best_for_each_end(texts):
    """Of a ranked {text: probability}, the first one for each last character."""
    kept = {}
    for text, p in texts.items():
        if text[-1] not in [other[-1] for other in kept]:
            kept[text] = p
    return kept


kept = {"a": 1.0}
for step in (1, 2, 3):
    kept = best_for_each_end(continuations(kept, chain, letters))
    print(f"step {step}:", ",  ".join(f"{text[1:]} {kept[text]:.4f}" for text in sorted(kept, key=lambda t: t[-1])))
exact_text, exact_p = next(iter(kept.items()))
assert exact_text == "acba" and abs(exact_p - every_text["cba"]) < 1e-9

# %% [markdown]
# Three texts in each step, one that ends in `a`, one in `b`, one in `c`. In step 2 the best way to `b` is `cb`, and with it the likeliest text of all
# is saved. Viterbi keeps as many texts as a beam search of width 3, but chooses them otherwise: the best of *each end*, where beam search takes the
# best of *all*, which may all end alike.
#
# **Predict.** To extend every kept text by every character takes $V \cdot V$ additions a step. How many for 100 characters and $V = 63$? And how many
# texts would there be to try?
#
# <details><summary>Think first, then open</summary>
#
# About $100 \cdot 63^2 \approx 400\,000$ additions, a blink. The texts are $63^{100}$, a number of 180 digits.
#
# </details>

# %%
assert 390_000 < 100 * 63**2 < 400_000 and len(str(63**100)) == 180
print(f"Viterbi: {100 * 63**2:,} additions;  all texts: a number of {len(str(63**100))} digits")

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: Viterbi
#
# Return the likeliest continuation of `start` by `num_chars` characters, as an array of ids `(num_chars,)`, and its $\ln p$. Keep for every character
# the score of the best text that ends in it: one row of `V` numbers, after the first step `log_probs[start]`. Keep also, at every further step, which
# character came before on that best text. In the end, begin at the best last character and follow these notes back.
#
# `scores[:, None] + log_probs` is a table [previous, next]: `.max(axis=0)` is then the best score for each next character, and `.argmax(axis=0)` says
# from which previous one it came.


# %% exercise="viterbi" slideshow={"slide_type": "-"}
def viterbi(log_probs, start, num_chars):
    """The likeliest text of all.  log_probs: (V, V), nats;  start: int;  returns ids (num_chars,), ln p in nats."""
    ### BEGIN SOLUTION
    log_probs = jnp.asarray(log_probs)
    scores = log_probs[start]  # (V,): the best text of one character that ends in each
    came_from = []
    for _ in range(num_chars - 1):
        totals = scores[:, None] + log_probs  # (V, V), [previous, next]
        came_from.append(totals.argmax(axis=0))
        scores = totals.max(axis=0)
    path = [int(scores.argmax())]
    for previous in reversed(came_from):
        path.append(int(previous[path[-1]]))
    return jnp.array(path[::-1]), float(scores.max())  # the path was built from its end
    ### END SOLUTION


# %%
check("viterbi", viterbi)

# %% [markdown] slideshow={"slide_type": "slide"}
# Why does anybody still use beam search? Because the three sentences need a table that sees only the last character. A model that remembers the last
# three needs the best text for each *three* last characters, $63^3 = 250\,047$ of them; and for a model that remembers everything no two texts
# are alike, and nothing can be forgotten. Beam search asks for nothing of the kind. It works for every model, and promises nothing.
#
# ## Break it: is wider always better?
#
# A much-read article says that beam search always finds a text at least as likely as greedy's. It seems clear: greedy's text is one of those that the
# wider search looks at.
#
# **Predict.** Is it true? Can a search of width 2 find a *less* likely text than greedy?
#
# <details><summary>Think first, then open</summary>
#
# It can. Greedy's text is looked at only as long as it is among the two best. When two others are ahead of it for a single step, it is pruned, and
# its good ending with it. Greedy itself never prunes it: it has no other text to compare it with.
#
# </details>
#
# Instead of believing either side, search. We make thousands of small random languages and compare the two. `RandomState` is a source of chance that
# gives the same numbers on every computer; `dirichlet` draws rows that sum to 1, rounded here to hundredths with `multinomial`, so that you can check
# them.


# %%
def find_counter_example(num_letters, num_chars, width, tries=4000):
    """A random language in which beam search of this width loses to greedy, and in how many of the tries it does."""
    dice, characters = np.random.RandomState(7), "abcdef"[:num_letters]
    first, number = None, 0
    for _ in range(tries):
        rows = [dice.multinomial(100, dice.dirichlet(np.ones(num_letters))) for _ in characters]
        table = np.array(rows) / 100
        greedy = search_steps(table, characters, "a", num_chars, 1)
        wider = search_steps(table, characters, "a", num_chars, width)
        if max(greedy[-1].values()) > 1.02 * max(wider[-1].values()):  # by more than rounding
            number += 1
            first = first or (table, characters, greedy, wider)
    return first, number


NUM_LETTERS, NUM_CHARS, WIDTH = 3, 4, 2  # change these, and run this cell and the next again
counter_example, number = find_counter_example(NUM_LETTERS, NUM_CHARS, WIDTH)
print(f"width {WIDTH} loses to greedy in {number} of 4000 languages")
if (NUM_LETTERS, NUM_CHARS, WIDTH) == (3, 4, 2):
    assert number >= 1

# %% [markdown] slideshow={"slide_type": "slide"}
# Rare, but there. Trust no summary: here is the first one found, with both texts and their factors. Multiply them yourself. Under them, for each
# step, the place that greedy's text has among the candidates of the wider search.

# %% slideshow={"slide_type": "-"}
if counter_example:
    table, characters, greedy, wider = counter_example
    for before, row in zip(characters, table, strict=True):
        print(f"after {before}:", "  ".join(f"{after} {p:.2f}" for after, p in zip(characters, row, strict=True)))
    probabilities = {}
    for name, steps in (("greedy", greedy), (f"width {WIDTH}", wider)):
        text = next(iter(steps[-1]))
        factors = [table[characters.index(x), characters.index(y)] for x, y in itertools.pairwise(text)]
        probabilities[name] = float(np.prod(factors))
        print(f"\n{name:>8}: {text[1:]} = {' x '.join(f'{f:.2f}' for f in factors)} = {probabilities[name]:.5f}", end="")
    assert probabilities["greedy"] > 1.02 * probabilities[f"width {WIDTH}"]  # real: from the factors alone
    print("\n")
    for step in range(NUM_CHARS):
        begins = next(iter(greedy[step]))
        places = list(wider[step])
        place = f"place {places.index(begins) + 1}" if begins in places else "gone"
        print(f"step {step + 1}: greedy's {begins[1:]:<{NUM_CHARS}} {place}, the best {WIDTH} are kept")

# %% [markdown]
# Where the place is larger than the width, the wider search threw greedy's text away; the texts that were ahead at that moment had worse endings.
#
# **Why is it so rare?** Two things must come together: greedy's beginning must fall behind at one step, *and* what follows must be so good that it
# would have won after all.
#
# **Predict.** With three letters, does a width of 3 protect you?
#
# <details><summary>Think first, then open</summary>
#
# No. The three kept texts may be three others than greedy's; some of them end in the same letter then. But it takes longer texts and more patience to
# find a case. The next cell has it (it may take a few seconds).
#
# </details>

# %%
_, number = find_counter_example(num_letters=3, num_chars=7, width=3, tries=20_000)
assert number >= 1
print(f"width 3 loses to greedy in {number} of 20000 languages with three letters")

# %% [markdown]
# **Try it.** Set `NUM_LETTERS = 4` above, or a longer text, and run the two cells under it again. When none is found, the second one stays silent.
#
# ## A model with a longer memory
#
# The little languages have taught us how to search. Now for real text. Beside the pair table we take the better model that you built in lesson 06,
# the four-gram table, here *4-grams* for short: what comes after the last *three* characters, where a row that was seldom seen borrows from the
# shorter memory (MacKay and Peto 1995). The library counts it, and `context_rows` says which row belongs to each place of a text.

# %%
from chargen_lib.models import BigramTable, NGramTable

four_log_probs = floors.ngram_log_probs(train_ids, V, memory=3)  # (V ** 3, V), nats
assert len(four_log_probs) == V**3 == 250_047
held_out = np.asarray(val_ids)
four_bits = floors.nats_to_bits(-four_log_probs[floors.context_rows(held_out, V, 3), held_out[3:]].mean())
bigram_bits = floors.nats_to_bits(floors.bigram_loss(bigram, val_ids))
assert four_bits < bigram_bits - 0.9
print(f"held out: pairs {bigram_bits:.3f} bits, 4-grams {four_bits:.3f} bits per character")

# %% [markdown]
# More than a bit better. Here are both tables as models, which the library can search and draw from:

# %%
models = {"pairs": BigramTable(bigram), "4-grams": NGramTable(four_log_probs)}

# %% [markdown]
# Your counter-example has a brother in the fables. After the first letter of a paragraph, `T`, the 4-gram table is searched for the next ten
# characters, greedily and with width 2. The library's `beam_search` takes a model, the ids of a prompt, and keywords; `log_probs` are the sums,
# `sequences` the new ids, both best first.

# %%
from chargen_lib import search

after_T = {
    width: search.beam_search(models["4-grams"], vocabulary.encode("\n\nT"), num_chars=10, num_beams=width) for width in (1, 2)
}
for width, found in after_T.items():
    print(f"width {width}: ln p {float(found.log_probs[0]):.2f}  {'T' + vocabulary.decode(found.sequences[0])!r}")
assert after_T[1].log_probs[0] > after_T[2].log_probs[0] + 0.5

# %% [markdown]
# The wider search found the *less* likely text, by far. A search that is not exact owes you nothing.
#
# ## Texts that end
#
# So far we asked for a fixed number of characters. Often a text should end by itself: at a full stop, say. In a beam search a beam that has written
# the end is *finished*. It grows no further, keeps its score, and goes on competing with the others.
#
# **Predict.** We ask the 4-gram table for the likeliest sentence after `She `, 40 characters at most, width 16. The score is $\ln p$, a sum of
# negative numbers. What kind of sentence will win?
#
# <details><summary>Think first, then open</summary>
#
# A short one. Every further character makes the sum smaller, so whoever stops first has a head start.
#
# </details>
#
# `length_penalty=0` means the plain sum; why it has that name, you will see shortly.


# %%
stop = int(vocabulary.encode(".")[0])
prompt = vocabulary.encode("\n\nShe ")


def likeliest_sentence(alpha):
    """The best sentence after the prompt, its ln p, and its score."""
    found = search.beam_search(models["4-grams"], prompt, num_chars=40, num_beams=16, length_penalty=alpha, end_id=stop)
    text = vocabulary.decode(found.sequences[0])
    end = text.find(".")
    return text[: end + 1] if end >= 0 else text, float(found.log_probs[0]), float(found.scores[0])


raw_text, raw_log_p, _ = likeliest_sentence(0.0)
print(f"She {raw_text}   ln p {raw_log_p:.2f}, {len(raw_text)} characters")
assert raw_text.endswith(".") and len(raw_text) == 5

# %% [markdown]
# Five characters. The search did its work; the *score* is what favours short texts. In translation the same was found with a large network: searched
# exactly, it held the *empty* translation to be the likeliest for more than half of the sentences of a test set (Stahlberg and Byrne 2019).
#
# The usual remedy is to compare by character and not by text: divide the sum by the length. A softer form divides by a power of it,
#
# $$\text{score} = \frac{\ln p(\text{text})}{\text{length}^{\alpha}}$$
#
# With $\alpha = 0$ nothing changes, because anything to the power 0 is 1. With $\alpha = 1$ the score is the mean per character.

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: the length-normalised score
#
# Return the score of a text with the given $\ln p$ and length, for the given $\alpha$.


# %% exercise="length_normalised" slideshow={"slide_type": "-"}
def length_normalised(log_prob, length, alpha):
    """log_prob: ln p of the whole text, nats;  length: characters, >= 1;  alpha: the exponent;  returns a float."""
    ### BEGIN SOLUTION
    return log_prob / length**alpha  # ** binds tighter than /
    ### END SOLUTION


# %%
check("length_normalised", length_normalised)

# %% [markdown]
# The library calls $\alpha$ `length_penalty`. Watch the length as $\alpha$ grows:

# %%
sentences = {alpha: likeliest_sentence(alpha) for alpha in (0.0, 0.5, 1.0)}
for alpha, (text, log_p, score) in sentences.items():
    assert abs(score - log_p / len(text) ** alpha) < 1e-3
    print(f"alpha {alpha}: length {len(text):2}  ln p {log_p:6.2f}  score {score:6.3f}  She {text!r}")
assert len(sentences[1.0][0]) > 3 * len(sentences[0.0][0])
assert sentences[1.0][1] < sentences[0.0][1]  # as a whole text it is the less likely one

# %% [markdown] slideshow={"slide_type": "slide"}
# With $\alpha = 1$ the short sentence loses. But read what wins instead: it goes round in a circle and never comes to its full stop. Normalising
# cures the shortness and not this. So we come to the question of the whole lesson.
#
# ## Is the likeliest text the best?
#
# A fair test. We take 20 places in the held-out stories. At each, the models get 8 characters and continue by 100, in several ways: beam search at
# growing width, exact search, and drawing by chance with `Sampler(temperature=1.0)`. The human being has continued too: his 100 characters stand in
# the book. For each continuation we measure two things:
#
# - $\ln p$ per character, as the model itself sees it: what the search makes large;
# - the repeated share (lesson 06): the share of its 8-grams, pieces of eight characters, that have occurred in it before.
#
# **Predict.** As the width grows, what happens to each? And where will the human text stand in the model's own opinion: above the search's texts, or
# below?

# %%
NUM_PROMPTS, PROMPT, NEW = 20, 8, 100
places = np.linspace(0, len(held_out) - PROMPT - NEW, NUM_PROMPTS).astype(int)
prompts = np.stack([held_out[p : p + PROMPT] for p in places])  # (20, 8)
human = np.stack([held_out[p + PROMPT : p + PROMPT + NEW] for p in places])  # (20, 100)

tables = {"pairs": (np.asarray(bigram), 1), "4-grams": (four_log_probs, 3)}  # each with the length of its memory


def measure(name, texts):
    """ln p per character under a model, and the repeated share: the mean over the 20 texts (20, 100)."""
    table, memory = tables[name]
    with_context = np.concatenate([prompts[:, -memory:], texts], axis=1)
    log_p = np.mean([table[floors.context_rows(ids, V, memory), ids[memory:]].mean() for ids in with_context])
    return float(log_p), float(np.mean([floors.repeated_ngram_rate(ids, 8) for ids in texts]))


# %% [markdown]
# First the texts that are not searched for: the human one, and the sampled one.

# %%
import jax

from chargen_lib.generation import generate
from chargen_lib.sampling import Sampler

texts = {}  # (model, way) -> (20, 100)
for name, model in models.items():
    texts[name, "human"] = human
    drawn = generate(model, jnp.asarray(prompts), num_chars=NEW, key=jax.random.key(0), sampler=Sampler(temperature=1.0))
    texts[name, "sampled"] = np.asarray(drawn)

# %% [markdown]
# Then beam search, for every width and prompt: first with the pair table, then with the 4-grams. Each width is compiled once.

# %%
WIDTHS = (1, 2, 4, 8, 16)


def search_all(name, width):
    """The best text after each prompt: (20, 100)."""
    found = [search.beam_search(models[name], jnp.asarray(p), num_chars=NEW, num_beams=width) for p in prompts]
    return np.stack([beams.sequences[0] for beams in found])


for width in WIDTHS:
    texts["pairs", f"width {width}"] = search_all("pairs", width)

# %%
for width in WIDTHS:
    texts["4-grams", f"width {width}"] = search_all("4-grams", width)

# %% [markdown]
# And exact search. For pairs it is the library's `viterbi`. For 4-grams the same idea, walked from the end, serves all prompts at once. Let
# `future[x, y, z]` be the largest $\ln p$ that can still be won after the characters $x, y, z$. With no character left it is 0. With one more, it is
# the best over $d$ of $\ln p(d \mid x, y, z)$ plus the future after $y, z, d$. The sum needs no loop: the table has the axes $x, y, z, d$, the old
# future has $y, z, d$, and axes are matched from the last one on. `jax.jit` compiles the step, so that the hundred steps are quick.

# %%
table4 = jnp.asarray(four_log_probs).reshape(V, V, V, V)  # [x, y, z, d]


@jax.jit
def one_step_earlier(table, future):
    return (table + future).max(axis=-1)  # (V, V, V)


futures = [jnp.zeros((V, V, V))]
for _ in range(NEW):
    futures.append(one_step_earlier(table4, futures[-1]))
futures = [np.asarray(future) for future in futures]  # futures[n]: n characters still to write


def likeliest_after(prompt):
    ids = prompt.tolist()
    for left in range(NEW - 1, -1, -1):
        x, y, z = ids[-3:]
        ids.append(int((four_log_probs[(x * V + y) * V + z] + futures[left][y, z]).argmax()))
    return np.array(ids[len(prompt) :])


texts["pairs", "exact"] = np.stack([search.viterbi(bigram, int(p[-1]), NEW)[0] for p in prompts])
texts["4-grams", "exact"] = np.stack([likeliest_after(p) for p in prompts])

# %% [markdown]
# Now read the table from top to bottom: first the human text, then the sampled one, then the search as it gets better and better at its task.

# %% slideshow={"slide_type": "slide"}
ways = ["human", "sampled", *(f"width {w}" for w in WIDTHS), "exact"]
measured = {(name, way): measure(name, texts[name, way]) for name in models for way in ways}
labels = {"sampled": "Sampler(temperature=1.0)", "width 1": "width 1 (greedy)"}
print(f"{'':<25}" + "".join(f"{name:^24}" for name in models))
print(f"{'':<25}" + f"{'ln p / char':>12}{'repeated':>10}  " * 2)
for way in ways:
    print(f"{labels.get(way, way):<25}" + "".join("{:>12.3f}{:>10.0%}  ".format(*measured[n, way]) for n in models))

for name in models:
    for way in ways[2:]:
        log_p, repeated = measured[name, way]
        assert log_p > measured[name, "human"][0] + 0.5, "every search is far likelier than the human text"
        assert repeated > 0.6 and measured[name, "exact"][0] > log_p - 1e-3
    assert measured[name, "width 1"][0] < measured[name, "width 16"][0] < measured[name, "width 1"][0] + 0.05
    assert abs(measured[name, "sampled"][0] - measured[name, "human"][0]) < 0.35
    assert measured[name, "human"][1] < 0.1 and measured[name, "sampled"][1] < 0.1

# %% [markdown]
# In the model's own opinion every search beats the human being, and the better the search, the more it does. But hardly a piece of the human text has
# occurred before, and most pieces of the searched texts have. The sampled text stands near the human one in *both* columns. The same as a picture,
# with a dot for each row of the table, the less likely texts on the left; the lines only say which dots belong together. Which dots stand apart?

# %% slideshow={"slide_type": "slide"}
by_likelihood = {name: sorted(measured[name, way] for way in ways) for name in models}
picture = plots.curves(
    {name: tuple(zip(*pairs, strict=True)) for name, pairs in by_likelihood.items()},  # (ln p of all), (repeated of all)
    "ln p per character, as the model sees it (nats)",
    "repeated 8-grams (share)",
    title="What the search makes large, and what comes with it",
)
for line in picture.figure.axes[0].lines:
    line.set_marker("o")
picture.alt += " The human and the sampled texts lie low on the left, all the searched ones high on the right."
picture

# %% [markdown]
# The two low dots of each model are the human and the sampled text. High on the right, nearly at one place, lie the searches of every width: a beam
# sixteen times as wide wins less than 0.05 nats, while the human text lies more than half a nat below. Only exact search with pairs gets further, and
# repeats no less. Numbers are not reading. Here are the texts of one place, `↵` for a newline:

# %% slideshow={"slide_type": "slide"}
at = 2
print("prompt:", repr(vocabulary.decode(prompts[at])))
for name in models:
    print(f"\n{name}")
    for way in ("human", "sampled", "width 1", "width 16", "exact"):
        text = vocabulary.decode(texts[name, way][at]).replace("\n", "↵")
        label = labels.get(way, way)
        print(f"  {label:<25}|{text}|")

newlines = float((texts["pairs", "exact"] == 0).mean())
print(f"\nshare of newlines in the exact texts of the pair table: {newlines:.0%}")
assert newlines > 0.9 and measured["pairs", "exact"][0] > measured["pairs", "width 16"][0] + 0.3
assert vocabulary.characters[bigram[0].argmax()] == "\n"  # id 0 is the newline, and so is its likeliest successor

# %% [markdown] slideshow={"slide_type": "slide"}
# The likeliest text of the pair table, found exactly, is an empty page. After a newline the likeliest character is another newline, since paragraphs
# and stories are parted by several of them, and going round in this loop costs less per character than any other. Greedy does not get there; it
# circles in `the the the`, and even 16 beams do no better. So the perfect search gives the *worst* text: what put any words at all on the page was
# the failure to find what was looked for. The 4-gram table has better words, and says them again and again.
#
# ## Why?
#
# The search is not to blame, nor is the table, which was honest about each step. Think of a coin that shows heads 60 times in 100.
#
# **Predict.** You toss it 100 times. Of all the rows of heads and tails, which single row is the likeliest? Will you ever see it?
#
# <details><summary>Think first, then open</summary>
#
# A hundred heads: heads is the likelier side in every toss. Its probability is $0.6^{100}$, about $6.5 \cdot 10^{-23}$. You will never see it. What you
# see are rows with about 60 heads: each single one is less likely than a hundred heads, but there are so many of them that together they are nearly
# everything.
#
# </details>

# %%
import math

all_heads = 0.6**100
around_sixty = sum(math.comb(100, k) * 0.6**k * 0.4 ** (100 - k) for k in range(50, 71))
assert 6e-23 < all_heads < 7e-23 and around_sixty > 0.95
print(f"a hundred heads: {all_heads:.1e};   50 to 70 heads, all such rows together: {around_sixty:.3f}")

# %% [markdown]
# The likeliest row is unlike every row that the coin really makes. Rows that look like the coin's work are called *typical*: their surprise per toss
# is near the entropy, not below it. Text is much like such a coin (Meister and others 2023 build a sampler on this). A text in which nothing surprises
# says nothing. Look at the table once more: sampled text has nearly the surprise of human text, and the searched texts have less than half of it.

# %%
for name in models:
    for way in ("width 1", "width 16", "exact"):
        share = measured[name, way][0] / measured[name, "human"][0]
        assert share < 0.5
        print(f"{name:<8} {way:<9} has {share:.0%} of the surprise of the human text")

# %% [markdown]
# Large networks do the same. Holtzman and others (2020) let a network of 2019 continue human stories: beam search fell into loops, and human text was
# far more surprising to the network than what the search made. They conclude that the maximum is the wrong thing to look for in open-ended text, and
# propose nucleus sampling, which you built in lesson 06. Where there is nearly one right answer, as in translation or speech, beam search has served
# well for decades; but there too a *small* width often gives better text than exact search, and Meister and others (2020) ask what beam search is
# really good at, if not at finding the maximum. Their answer: it prefers texts whose surprise is spread evenly.
#
# So, **is the likeliest text the best text?** No. It is the text with the least in it.
#
# ## What we own now
#
# What you did by hand is in the library, for every model that has `init_state` and `step`, compiled, and with beams that share nothing.

# %%
little = BigramTable(jnp.log(chain))
by_hand = {1: ("aaa", greedy_p), 2: (winner[1:], third_step[winner]), 3: (exact_text[1:], exact_p)}
for width, (text, p) in by_hand.items():
    found = search.beam_search(little, jnp.array([a]), num_chars=3, num_beams=width)
    assert "".join(letters[i] for i in found.sequences[0].tolist()) == text
    assert abs(float(found.log_probs[0]) - math.log(p)) < 1e-5

ids, log_p = search.viterbi(jnp.log(chain), a, 3)
assert "".join(letters[i] for i in ids.tolist()) == exact_text[1:] and abs(log_p - math.log(exact_p)) < 1e-5

everything = search.beam_search(little, jnp.array([a]), num_chars=3, num_beams=27)  # wide enough to prune nothing
assert np.allclose(np.exp(everything.log_probs), sorted(every_text.values(), reverse=True), atol=1e-5)

greedy_sampler = Sampler(temperature=0)
drawn = generate(models["4-grams"], jnp.asarray(prompts), num_chars=NEW, key=jax.random.key(0), sampler=greedy_sampler)
assert (np.asarray(drawn) == texts["4-grams", "width 1"]).all()  # width 1 is temperature 0
print("hand-built and library agree")

# %% [markdown] slideshow={"slide_type": "slide"}
# | built here | in the library |
# |---|---|
# | greedy | `sampling.Sampler(temperature=0)`, or `search.beam_search` with `num_beams=1` |
# | beam search, ends, length normalisation | `search.beam_search(model, prompt_ids, num_chars, num_beams, length_penalty, end_id)` |
# | Viterbi's exact search on a pair table | `search.viterbi` |
# | drawing by chance | `generation.generate`, `generation.generate_text`, with a `Sampler` |
#
# Your exercises so far:

# %%
progress(lesson=7)

# %% [markdown]
# ## Looking back over Part I
#
# You began with a string. You counted pairs and knew how predictable a text is before there was any network (01). You saw that a table lookup is a
# layer (02), that a network which sees one character is a table in disguise (03), what a temperature does (04), how training goes down a slope, and
# where it has to stop (05), which characters should never be drawn (06), and now that the likeliest text is not the one to look for. Here is the
# ladder once more. The networks of Part I see one character, so they arrive at its third rung and stop, as lessons 03 and 05 showed. The fourth rung
# is the table of the last two lessons, with two more characters of memory.

# %%
unigram = floors.add_one_log_probs(floors.unigram_counts(train_ids, V))
rungs = [
    floors.Rung("uniform", math.log2(V)),
    floors.Rung("unigram, add-one", floors.nats_to_bits(floors.unigram_loss(unigram, val_ids))),
    floors.Rung("bigram, add-one", bigram_bits),
    floors.Rung("4-grams, borrowing from shorter ones", four_bits),
]
assert [rung.bits for rung in rungs] == sorted((rung.bits for rung in rungs), reverse=True)
plots.ladder(rungs)

# %% [markdown]
# A table of longer and longer memory soon has more rows than there is text to fill them: in Part II networks learn to use context without a row for
# everything.
#
# ## Further reading
#
# - A. J. Viterbi (1967), [*Error Bounds for Convolutional Codes and an Asymptotically Optimum Decoding
#   Algorithm*](https://doi.org/10.1109/TIT.1967.1054010), IEEE Transactions on Information Theory 13. The exact search, made for noisy radio.
# - B. T. Lowerre (1976), [*The HARPY Speech Recognition System*](https://stacks.stanford.edu/file/druid:rq916rn6924/rq916rn6924.pdf), dissertation,
#   Carnegie Mellon University. Beam search begins here.
# - F. Stahlberg, B. Byrne (2019), [*On NMT Search Errors and Model Errors: Cat Got Your Tongue?*](https://arxiv.org/abs/1908.10090), EMNLP. Exact
#   search in translation, and the empty sentence.
# - A. Holtzman, J. Buys, L. Du, M. Forbes, Y. Choi (2020), [*The Curious Case of Neural Text Degeneration*](https://arxiv.org/abs/1904.09751), ICLR.
#   Look at the figure that sets the probabilities of beam search beside those of a human writer.
# - C. Meister, R. Cotterell, T. Vieira (2020), [*If Beam Search Is the Answer, What Was the Question?*](https://arxiv.org/abs/2010.02650), EMNLP.
# - C. Meister, T. Pimentel, G. Wiher, R. Cotterell (2023), [*Locally Typical Sampling*](https://arxiv.org/abs/2202.00666), TACL 11. Text that is as
#   surprising as it should be.
# - D. J. C. MacKay, L. C. Bauman Peto (1995), [*A Hierarchical Dirichlet Language Model*](https://doi.org/10.1017/S1351324900000218), Natural
#   Language Engineering 1. The borrowing from shorter memories.
#
# **Back to the first rungs of the ladder:** [Text as numbers](01_text_as_numbers.ipynb).
