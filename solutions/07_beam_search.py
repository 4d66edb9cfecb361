# %% [markdown] slideshow={"slide_type": "slide"}
# # 07 · Beam search
#
# **Is the likeliest text the best text?**
#
# *About {reading} minutes, and {exercises} more for the exercises · for beginners · you need: [lesson 01](01_text_as_numbers.ipynb) (tables of pairs, bits),
# [lesson 04](04_temperature.ipynb) (temperature, keys) and [lesson 06](06_truncation.ipynb) (the four-gram table, repeated n-grams).*
#
# So far every character was drawn by chance. You could also ask for the *likeliest* of all texts that a model could write. In this lesson you find it
# and read it. You will be able to
#
# - say how likely a whole text is,
# - look for the likeliest text in three ways: greedy, beam search, and Viterbi's exact search,
# - find out whether a wider search always does better,
# - say when the likeliest text is the one you want.

# %% [markdown]
# ## Three questions from before
#
# **1.** A character has probability $\frac18$. How many bits is its surprise, and is $\ln \frac18$ above 0 or below? (01)
#
# <details><summary>Think first, then open</summary>
#
# 3 bits, because $2^3 = 8$. Below: the logarithm of every number under 1 is negative.
#
# </details>
#
# **2.** What does `Sampler(temperature=0)` choose? (04)
#
# <details><summary>Think first, then open</summary>
#
# The likeliest character, every time.
#
# </details>
#
# **3.** Which share of the 2-grams of `aaaa` has occurred before in it? (06)
#
# <details><summary>Think first, then open</summary>
#
# There are three 2-grams, all `aa`. The second and the third have occurred before: $\frac23$.
#
# </details>

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A language with three characters
#
# We take a language small enough for pencil and paper. As in lesson 01, a row is the character before, a column the one after, and each row sums to 1.

# %% slideshow={"slide_type": "-"}
import jax.numpy as jnp
import numpy as np

from chargen_lib import plots

letters = "abc"
chain = np.array([[0.40, 0.35, 0.25], [0.80, 0.10, 0.10], [0.05, 0.90, 0.05]])  # the rows: after a, after b, after c
plots.table(chain, letters, "p(next | previous)", "A language of three characters")

# %% [markdown] slideshow={"slide_type": "-"}
# The bright squares are almost certain steps: after `c` comes `b`, after `b` comes `a`. After `a` the choice is nearly open.
#
# ## How likely is a text?
#
# We start at `a`. How likely are the next three characters to be `cba`? All three steps have to happen, so the probabilities multiply:
#
# $$p(\text{cba} \mid \text{a}) = p(c \mid a) \cdot p(b \mid c) \cdot p(a \mid b)$$
#
# **Predict.** Read the three numbers from `chain` and multiply.
#
# <details><summary>Think first, then open</summary>
#
# $0.25 \cdot 0.90 \cdot 0.80 = 0.18$.
#
# </details>

# %%
p_cba = chain[0, 2] * chain[2, 1] * chain[1, 0]  # a to c, c to b, b to a
print(f"{p_cba:.2f}")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Break it: a product that vanishes
#
# Every factor is at most 1, so a longer text has a smaller product. Take a thousand held-out characters of the fables and the pair table of lesson 01.

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
print("the first five factors:", [round(p, 3) for p in step_probs[:5].tolist()], "  the product:", float(step_probs.prod()))

# %% [markdown] slideshow={"slide_type": "slide"}
# The product is 0, and no factor is: it is smaller than the smallest number that fits into 32 bits, about $10^{-45}$. The cure is the logarithm, which
# turns a product into a sum:
#
# $$\ln p(\text{text}) = \sum_t \ln p(x_t \mid x_{t-1})$$
#
# The likelier of two texts also has the larger logarithm: 0 would be certainty, and the further below 0, the less likely.

# %%
total = float(jnp.log(step_probs).sum())
print(f"ln p of these 1000 characters: {total:.1f}, so p is about 10 to the power {total / np.log(10):.0f}")
assert step_probs.min() > 0 and step_probs.prod() == 0 and 1e-45 < float(np.finfo("float32").smallest_subnormal) < 2e-45

# %% [markdown]
# In the exercises a table holds logarithms. Our little language keeps its probabilities, so that you can check them by hand.

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
# The quickest way: at each step take the likeliest next character, and never look back. This is called **greedy** search. You know it as temperature 0.
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
print(f"greedy: {greedy_text[1:]}  {greedy_p:.4f}")

# %% [markdown]
# But `cba` has 0.18. It begins with the *least* likely first character, and after that everything is nearly certain. Greedy looked only one step ahead.
# And we cannot try all texts: of 63 characters there are more than $10^{35}$ texts of 20.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Beam search, by hand
#
# Between one text and all texts there is a compromise: keep the **B** best beginnings, extend each by every character, and of all these keep the B
# best again. The kept ones are called **beams**, B is the **width**, and throwing the others away is called **pruning** (Lowerre 1976).


# %%
def continuations(texts, table, characters):
    """Every text with every next character, likeliest first.  texts: {text: probability};  returns the same kind."""
    longer = {}
    for text, p in texts.items():
        row = table[characters.index(text[-1])]
        for character, p_next in zip(characters, row, strict=True):
            longer[text + character] = p * float(p_next)
    return dict(sorted(longer.items(), key=lambda pair: -pair[1]))  # the smallest -p comes first


def best(texts, number):
    """The first `number` of a ranked {text: probability}."""
    return dict(list(texts.items())[:number])


first_step = continuations({"a": 1.0}, chain, letters)
print({text: round(p, 4) for text, p in first_step.items()})

# %% [markdown]
# (The texts carry their first `a`.) With width 2 we keep `aa` and `ab`.
#
# **Predict.** Compute the six continuations: $0.4$ times the row of `a`, and $0.35$ times the row of `b`. Which two stay?
#
# <details><summary>Think first, then open</summary>
#
# `aba`, $0.35 \cdot 0.8 = 0.28$, and `aaa`, $0.4 \cdot 0.4 = 0.16$. They compete although their beginnings differ.
#
# </details>

# %%
second_step = continuations(best(first_step, 2), chain, letters)
third_step = continuations(best(second_step, 2), chain, letters)
for step in (second_step, third_step):
    print({text: round(p, 4) for text, p in best(step, 3).items()})

# %% [markdown]
# Width 2 finds `baa`: better than greedy, not the best. The beginning `c` was pruned in the first step.
#
# **Predict.** What will width 3 find?
#
# <details><summary>Think first, then open</summary>
#
# It keeps `c`. In the next step $0.25 \cdot 0.9 = 0.225$ is second best, so `cb` stays too, and then wins: `cba`, 0.18.
#
# </details>

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: beam search
#
# Now in ids and logarithms. Begin with one empty text of score 0, after the character `start`. Do `num_chars` times: extend every beam by every
# character, add $\ln p$ to its score, and keep the `num_beams` best of all (or all, when they are fewer). Return the sequences, `(B, num_chars)`, of
# new characters alone, and their scores `(B,)`, the best first.
#
# Inside, lists will do; return arrays. `jax.lax.top_k(x, k)` returns the `k` largest values of a row and their places.


# %% exercise="beam_search" slideshow={"slide_type": "-"}
def beam_search(log_probs, start, num_chars, num_beams):
    """The likeliest texts that a search of this width finds, best first.

    log_probs: (V, V), [previous, next], nats;  start: int;  returns sequences (B, num_chars), scores (B,), nats
    """
    ### BEGIN SOLUTION
    log_probs = jnp.asarray(log_probs)
    beams = [([], 0.0)]  # one beam, nothing written yet
    for _ in range(num_chars):
        longer = []
        for sequence, score in beams:
            row = log_probs[sequence[-1] if sequence else start].tolist()
            longer += [([*sequence, character], score + log_p) for character, log_p in enumerate(row)]  # a new list for each
        beams = sorted(longer, key=lambda beam: -beam[1])[:num_beams]
    return jnp.array([sequence for sequence, _ in beams]), jnp.array([score for _, score in beams])
    ### END SOLUTION


# %%
check("beam_search", beam_search)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## See it: the tree that a search walks
#
# The numbers are $\ln p$. Press *Step* and watch which texts are kept, which are pruned, and where the likeliest text, marked with a star, is lost.
# Then set the width to 3 and to 1.

# %% slideshow={"slide_type": "-"}
from chargen_lib.widgets import BeamExplorer

BeamExplorer(np.log(chain), letters, start="a", num_chars=3, num_beams=2)


# %%
def found_with(width, table):
    """The best text of three characters after a, and its probability."""
    kept = {"a": 1.0}
    for _ in range(3):
        kept = best(continuations(kept, table, letters), width)
    text, p = next(iter(kept.items()))  # the first pair, so the best text
    return text, round(p, 6)


# print(*several, sep="\n") prints each of several on a line of its own.
print(*(f"width {width}: {found_with(width, chain)}" for width in (1, 2, 3)), sep="\n")
assert found_with(1, chain) == (greedy_text, round(greedy_p, 6)) and found_with(2, chain)[0] == "abaa" and 63**20 > 10**35

# %% [markdown]
# Each width finds a better text than the one before. We shall test whether that is always so.

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Find the bug: hypotheses of different lengths
#
# The cell prints how long the texts are that compete in each step. After one step each should have two characters, the start and a new one. What went
# wrong, and where?


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
        beams = sorted(candidates, key=lambda beam: -beam[1])[:num_beams]


beam_search_as_found(chain, start=0, num_chars=2, num_beams=2)

# %% [markdown] slideshow={"slide_type": "slide"}
# <details><summary>Think first, then open</summary>
#
# `text.append(character)` changes the *parent*. The second child is built on the parent with the first child's character still in it, the third on
# both: lengths 2, 3, 4. The copy, `list(text)`, comes too late. The scores are wrong too: `text[-2]` is the last character of the child before. The
# cure is a new list for each child: `text + [character]`. Nothing crashes.
#
# </details>

# %% [markdown]
# ## Exact search: Viterbi
#
# Is there a way to be *sure*, without trying all the texts? Take two texts of the same length that end in the same character. Whatever comes next has
# the same probability after both, because the table sees only the last character. So the one that is behind stays behind, and can be forgotten.
#
# It is enough to remember the best text for each *end*: three texts here, 63 for the fables. This is Viterbi's algorithm (1967). By hand:


# %%
def best_for_each_end(texts):
    """Of a ranked {text: probability}, the first one for each last character."""
    first = {}  # last character -> text
    for text in texts:
        first.setdefault(text[-1], text)  # does nothing where there is one already
    return {text: texts[text] for text in first.values()}


kept = {"a": 1.0}
for step in (1, 2, 3):
    kept = best_for_each_end(continuations(kept, chain, letters))
    print(f"step {step}:", {text: round(kept[text], 4) for text in sorted(kept, key=lambda text: text[-1])})
exact_text, exact_p = next(iter(kept.items()))
assert exact_text == found_with(27, chain)[0] == "acba" and 100 * V**2 == 396_900  # width 27 prunes nothing

# %% [markdown]
# Viterbi keeps as many texts as width 3 does, but the best of *each end*, where beam search takes the best of *all*, which may all end alike. A step
# takes $V^2$ additions: for 100 characters of the fables $100 \cdot 63^2 = 396\,900$.

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: Viterbi
#
# Return the likeliest continuation of `start` by `num_chars` characters, an array of ids `(num_chars,)`, and its $\ln p$. Keep for every character the score of
# the best text that ends in it: a row of `V` numbers, after the first step `log_probs[start]`. Keep also, at every further step, which character came
# before it. In the end, begin at the best last character and follow these notes back.
#
# `scores[:, None] + log_probs` is a table [previous, next]: `.max(axis=0)` is the best score for each next character, and `.argmax(axis=0)` says from
# which previous one it came.


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

# %% [markdown]
# A model that sees *three* characters needs the best text for each three, $63^3 = 250\,047$ of them; with a model that sees everything nothing can be
# forgotten. Beam search works for every model, and promises nothing.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Break it: is wider always better?
#
# Width 2 keeps two texts where greedy keeps one.
#
# **Predict.** Must it always find one at least as likely as greedy's?
#
# <details><summary>Think first, then open</summary>
#
# No. When, at width 2, two other texts are ahead of greedy's for a single step, it is pruned, and its good ending with it.
#
# </details>
#
# Here is another language. Multiply the factors yourself.

# %% slideshow={"slide_type": "-"}
trap = np.array([[0.47, 0.51, 0.02], [0.30, 0.30, 0.40], [0.05, 0.90, 0.05]])
print(*(f"width {width}: {found_with(width, trap)}" for width in (1, 2, 3)), sep="\n")

# %% [markdown]
# Greedy writes `bcb`, $0.51 \cdot 0.40 \cdot 0.90 = 0.1836$. After two steps width 2 has kept `ab` and `aa`, with 0.2397 and 0.2209, and pruned `bc`,
# with 0.204, the only beginning with a good ending. This is rare (*For the curious*).

# %%
two_steps = continuations(best(continuations({"a": 1.0}, trap, letters), 2), trap, letters)
assert {text: round(p, 4) for text, p in best(two_steps, 3).items()} == {"aab": 0.2397, "aaa": 0.2209, "abc": 0.204}
assert found_with(1, trap)[0] == "abcb" and abs(found_with(1, trap)[1] - 0.1836) < 1e-9 and found_with(2, trap)[1] < 0.12

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A model with a longer memory
#
# Beside the pair table we take the four-gram table of lesson 06, here *4-grams*: what comes after the last *three* characters. The library counts it, and `context_rows` says which row belongs to each place. Here is the ladder with its new rung.

# %% slideshow={"slide_type": "-"}
import math

four_log_probs = floors.ngram_log_probs(train_ids, V, memory=3)  # (V ** 3, V), nats
held_out = np.asarray(val_ids)
unigram = floors.add_one_log_probs(floors.unigram_counts(train_ids, V))
nats = {"unigram, add-one": floors.unigram_loss(unigram, val_ids), "bigram, add-one": floors.bigram_loss(bigram, val_ids)}
nats["uniform"], nats["4-grams"] = math.log(V), -four_log_probs[floors.context_rows(held_out, V, 3), held_out[3:]].mean()
assert floors.nats_to_bits(nats["bigram, add-one"] - nats["4-grams"]) > 0.9 and len(four_log_probs) == V**3 == 250_047
plots.ladder([floors.Rung(name, floors.nats_to_bits(loss)) for name, loss in nats.items()])

# %% [markdown]
# ## Texts that end
#
# A text should often end by itself: at a full stop, say. A beam that has written the end is *finished*: it keeps its score and goes on competing.
#
# **Predict.** We ask the 4-grams for the likeliest sentence after `She `. The score is $\ln p$, a sum of negative numbers. What kind of sentence wins?
#
# <details><summary>Think first, then open</summary>
#
# A short one. Every further character makes the sum smaller, so whoever stops first is ahead.
#
# </details>
#
# The library's `beam_search` takes a model and the ids of a prompt; it returns `sequences` and `log_probs`, the best first. `BigramTable` and
# `NGramTable` make models of the tables. `length_penalty=0` ranks by the sum.

# %%
from chargen_lib import search
from chargen_lib.models import BigramTable, NGramTable

models = {"pairs": BigramTable(bigram), "4-grams": NGramTable.of_all_contexts(four_log_probs)}
stop, she = int(vocabulary.encode(".")[0]), vocabulary.encode("\n\nShe ")


def best_sentence(alpha):
    found = search.beam_search(models["4-grams"], she, num_chars=40, num_beams=16, length_penalty=alpha, end_id=stop)
    return float(found.log_probs[0]), vocabulary.decode(found.sequences[0]).split(".")[0]  # what stands before the full stop


best_sentence(0)

# %% [markdown] slideshow={"slide_type": "slide"}
# Four characters and a full stop win. The usual remedy divides the sum by a power of the length. With $\alpha = 0$ it changes nothing, with
# $\alpha = 1$ it gives the mean per character:
#
# $$\text{score} = \frac{\ln p(\text{text})}{\text{length}^{\alpha}}$$

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
# The library calls $\alpha$ `length_penalty`:

# %%
best_sentence(1)

# %% [markdown]
# Now a long text wins, but it goes round in a circle and never comes to its full stop.

# %%
assert len(best_sentence(0)[1]) == 4 and len(best_sentence(1)[1]) == 40  # 40 were asked for: no full stop among them

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Is the likeliest text the best?
#
# At 20 places in the held-out stories the models get 8 characters and continue by 100: by chance in four ways, by beam search, and, with pairs, by
# exact search. The human text is what stands there. We measure two things:
#
# - $\ln p$ per character, as the model itself sees it: what the search makes large;
# - the share of the 8-grams that have occurred before (lesson 06).
#
# **Predict.** In the model's own opinion, is the human text above the search's texts, or below? And does a better search repeat more, or less?
#
# <details><summary>Think first, then open</summary>
#
# Far below. With pairs a better search repeats more, with 4-grams a little less.
#
# </details>

# %%
import jax

from chargen_lib.generation import generate
from chargen_lib.sampling import Sampler

PROMPT, NEW = 8, 100
places = np.linspace(0, len(held_out) - PROMPT - NEW, 20).astype(int)
prompts = np.stack([held_out[place : place + PROMPT] for place in places])  # (20, 8)
human = np.stack([held_out[place + PROMPT : place + PROMPT + NEW] for place in places])  # (20, 100)
samplers = {"T = 1": Sampler(), "top-p 0.8": Sampler(top_p=0.8), "T = 0.5": Sampler(0.5), "T = 0.2": Sampler(0.2)}

texts = {}  # (model, way) -> (20, 100)
for name, model in models.items():
    texts[name, "human"] = human
    for way, sampler in samplers.items():
        texts[name, way] = generate(model, jnp.asarray(prompts), num_chars=NEW, key=jax.random.key(0), sampler=sampler)
    for width in (1, 64):
        found = [search.beam_search(model, prompt, num_chars=NEW, num_beams=width) for prompt in prompts]
        texts[name, f"width {width}"] = np.stack([beams.sequences[0] for beams in found])
texts["pairs", "exact"] = np.stack([search.viterbi(bigram, int(prompt[-1]), NEW)[0] for prompt in prompts])


# %% slideshow={"slide_type": "slide"}
def measure(name, written):
    """ln p per character under a model, and the repeated share: the means over the texts (20, 100)."""
    table, memory = (np.asarray(bigram), 1) if name == "pairs" else (four_log_probs, 3)
    whole = np.concatenate([prompts[:, -memory:], written], axis=1)
    log_p = np.mean([table[floors.context_rows(ids, V, memory), ids[memory:]].mean() for ids in whole])
    return float(log_p), float(np.mean([floors.repeated_ngram_rate(ids, 8) for ids in written]))


measured = {key: measure(key[0], written) for key, written in texts.items()}
for (name, way), (log_p, repeated) in sorted(measured.items(), key=lambda item: (item[0][0], item[1])):  # the less likely first
    print(f"{name:<8} {way:<10}{log_p:>8.3f} nats a character, {repeated:>6.1%} repeated")

# %% [markdown]
# The same as a picture, with a dot for each row; lines only join the dots of a model. Where does the human text lie, and where does repeating begin?

# %% slideshow={"slide_type": "slide"}
by_likelihood = {name: sorted(m for (of, _), m in measured.items() if of == name) for name in models}
picture = plots.curves(
    {name: tuple(zip(*pairs, strict=True)) for name, pairs in by_likelihood.items()},  # (ln p of all), (repeated of all)
    "ln p per character, as the model sees it (nats)",
    "repeated 8-grams (share)",
)
for line in picture.figure.axes[0].lines:
    line.set_marker("o")
picture.alt += " The human text lies low on the left; from T = 0.5 to 0.2 the dots climb; the searches lie highest."
picture

# %%
for name, model in models.items():
    log_p, repeated = ({way: m[i] for (of, way), m in measured.items() if of == name} for i in (0, 1))
    for seed in range(3):  # what was drawn by chance, with other keys too
        for way, sampler in samplers.items():
            drawn = generate(model, jnp.asarray(prompts), num_chars=NEW, key=jax.random.key(seed), sampler=sampler)
            log_p[way], repeated[way] = measure(name, drawn)
        assert sorted(log_p, key=log_p.get)[2:7] == ["top-p 0.8", "T = 0.5", "T = 0.2", "width 1", "width 64"]
        assert log_p["human"] < 1.8 * log_p["width 1"] and abs(log_p["T = 1"] - log_p["human"]) < 0.35
        assert max(repeated[way] for way in ("human", "T = 1", "top-p 0.8")) < 0.03 and repeated["T = 0.5"] < 0.15
        assert 0.25 < repeated["T = 0.2"] < repeated["width 64"] - 0.1
assert measured["pairs", "exact"][1] > measured["pairs", "width 1"][1] + 0.005
assert measured["4-grams", "width 64"][1] < measured["4-grams", "width 1"][1] - 0.02

# %% [markdown]
# The human text, $T = 1$ and top-p lie low on the left. The dots climb between $T = 0.5$ and $T = 0.2$, and the searches are highest. With
# pairs the better search repeats *more*, with 4-grams *less*, though still most of the text. Now read them, with `↵` for a newline:

# %% slideshow={"slide_type": "slide"}
print("prompt:", repr(vocabulary.decode(prompts[2])))
for (name, way), written in texts.items():
    if way not in ("top-p 0.8", "T = 0.5", "T = 0.2"):
        print(f"{name:<8} {way:<9}|{vocabulary.decode(written[2]).replace(chr(10), '↵')}|")
assert (np.asarray(texts["pairs", "exact"]) == 0).mean() > 0.9 and vocabulary.characters[0] == "\n"  # nearly all newlines
mixed = [sum("said, and the said" in vocabulary.decode(ids) for ids in texts["4-grams", w]) for w in ("width 1", "width 64")]
assert mixed[0] == 0 and mixed[1] >= 3  # texts that go from one loop to another

# %% [markdown] slideshow={"slide_type": "slide"}
# The likeliest text of the pair table is an empty page: newline after newline is the cheapest loop. The perfect search gives the *worst* text. With
# 4-grams greedy stays in one loop; a wider search sometimes finds a second one and goes from one to the other, which is likelier, and less the same.
#
# ## Why?
#
# The search is not to blame, nor is the table. Think of a coin that shows heads 60 times in 100.
#
# **Predict.** You toss it 100 times. Which single row of heads and tails is the likeliest? Will you ever see it?
#
# <details><summary>Think first, then open</summary>
#
# A hundred heads, with probability $0.6^{100}$, about $6.5 \cdot 10^{-23}$. You will never see it. You see rows with about 60 heads: each single one is
# less likely, but there are so many that together they are nearly everything.
#
# </details>

# %%
around_sixty = sum(math.comb(100, heads) * 0.6**heads * 0.4 ** (100 - heads) for heads in range(50, 71))
print(f"a hundred heads: {0.6**100:.1e};   50 to 70 heads, all such rows together: {around_sixty:.3f}")
assert 6e-23 < 0.6**100 < 7e-23 and around_sixty > 0.95

# %% [markdown]
# Rows like those that the coin really makes are called *typical*: their surprise per toss is near the entropy, not below it. So it is with text (Meister
# and others 2023). The searched texts have about half the surprise of the human one, or less. With a large network too beam search falls into loops,
# and human text surprises it far more (Holtzman and others 2020).

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Where the likeliest text is the right one
#
# Somebody wrote three letters of our little language, and the middle one cannot be read: `a_b`.
#
# **Predict.** Which letter is likeliest from the left neighbour alone, and which from both?
#
# <details><summary>Think first, then open</summary>
#
# From the left alone `a`, with 0.4. From both `c`: `aab` has $0.40 \cdot 0.35 = 0.14$, `abb` $0.35 \cdot 0.10 = 0.035$, `acb` $0.25 \cdot 0.90 = 0.225$.
#
# </details>
#
# One text is right here. We hide a fifth of the characters of the human texts and restore them with the pair table, greedily and exactly.


# %% slideshow={"slide_type": "-"}
def restore(shown, table, characters, keep):
    """The likeliest text that agrees with `shown`, in which _ stands for a hidden character."""
    kept = {shown[0]: 1.0}
    for sign in shown[1:]:
        longer = continuations(kept, table, characters)
        kept = keep({text: p for text, p in longer.items() if sign in ("_", text[-1])})  # those that end as shown
    return next(iter(kept))


pair_probs = np.exp(np.asarray(bigram))
keepers = {"from the left neighbour alone": lambda texts: best(texts, 1), "by exact search": best_for_each_end}
for seed in range(3):
    hidden = np.random.RandomState(seed).rand(*human.shape) < 0.2  # (20, 100)
    hidden[:, :3] = False  # a text must begin somewhere
    shown = ["".join(np.where(h, "_", list(vocabulary.decode(ids)))) for h, ids in zip(hidden, human, strict=True)]
    right = {}
    for name, keep in keepers.items():
        restored = np.stack([vocabulary.encode(restore(text, pair_probs, vocabulary.characters, keep)) for text in shown])
        right[name] = (restored == human)[hidden].mean()
    print("right:", ", ".join(f"{name} {share:.0%}" for name, share in right.items()))
    assert right["by exact search"] > right["from the left neighbour alone"] + 0.03
print(shown[2], vocabulary.decode(restored[2]), sep="\n")
assert [restore("a_b", chain, letters, keep) for keep in keepers.values()] == ["aab", "acb"]

# %% [markdown] slideshow={"slide_type": "-"}
# The same table, and here the likelier text is more often right. With 4-grams and beam search most letters come back (*For the curious*). Speech and
# translation are such tasks, though in translation a *small* width often does better than exact search (Meister and others 2020).
#
# So, **is the likeliest text the best text?** Where nearly one text is right, yes, as far as the model is right. Where you want a new one, no: it is
# the text with the least in it.
#
# ## What we own now
#
# What you did by hand is in the library, for every model.

# %%
little = BigramTable(jnp.log(chain))
for width in (1, 2, 3):
    found, (text, p) = search.beam_search(little, jnp.array([0]), num_chars=3, num_beams=width), found_with(width, chain)
    assert [letters[i] for i in found.sequences[0]] == list(text[1:]) and abs(found.log_probs[0] - np.log(p)) < 1e-5
ids, log_p = search.viterbi(jnp.log(chain), 0, 3)
assert [letters[i] for i in ids] == list(exact_text[1:]) and abs(log_p - np.log(exact_p)) < 1e-5
print("hand-built and library agree")

# %% [markdown] slideshow={"slide_type": "-"}
# | built here | in the library |
# |---|---|
# | greedy | `sampling.Sampler(temperature=0)`, or `search.beam_search` with `num_beams=1` |
# | beam search, ends, length normalisation | `search.beam_search(model, prompt_ids, num_chars, num_beams, length_penalty, end_id)` |
# | Viterbi's exact search on a pair table | `search.viterbi` |

# %%
progress(lesson=7)

# %% [markdown]
# ## Looking back over Part I
#
# Counts say how predictable a text is (01); a table lookup is a layer (02), and a network that sees one character is a table of pairs (03). You know
# what a temperature does (04), how far training can go (05), what to cut (06), and what the likeliest text is good for. The networks of Part I stop at the
# third rung. In Part II they see more, and [lesson 08](08_context_windows.ipynb) asks what each further character is worth.

# %% [markdown]
# ## For the curious
#
# Nothing later needs this part.
#
# ### Most letters come back
#
# The 4-grams see three characters to the left. A hidden one now decides what the next *three* are worth, so a text must be kept for a while before one
# knows whether it was right. Does the width matter? Here texts have their $\ln p$.


# %%
characters = vocabulary.characters


def continued(texts, allowed=characters):
    """Every text with every allowed next character, likeliest first, by the 4-grams.  {text: ln p} -> {text: ln p}."""
    longer = {}
    for text, score in texts.items():
        x, y, z = (characters.index(sign) for sign in text[-3:])
        row = four_log_probs[(x * V + y) * V + z].tolist()
        longer.update({text + sign: score + row[characters.index(sign)] for sign in allowed})
    return dict(sorted(longer.items(), key=lambda pair: -pair[1]))


def restore_with_beams(shown, width):
    kept = {shown[:3]: 0.0}
    for sign in shown[3:]:
        kept = best(continued(kept, characters if sign == "_" else sign), width)
    return next(iter(kept))


for seed in range(3):
    hidden = np.random.RandomState(seed).rand(*human.shape) < 0.2
    hidden[:, :3] = False
    shown = ["".join(np.where(h, "_", list(vocabulary.decode(ids)))) for h, ids in zip(hidden, human, strict=True)]
    right = {}
    for width in (1, 4, 16):
        restored = np.stack([vocabulary.encode(restore_with_beams(text, width)) for text in shown])
        right[width] = (restored == human)[hidden].mean()
    print("right:", ", ".join(f"width {width} {share:.0%}" for width, share in right.items()))
    assert right[1] + 0.1 < right[4] < right[16] and right[16] > 0.6
print(shown[2], restore_with_beams(shown[2], 16), sep="\n")

# %% [markdown]
# This is what beam search was made for. The evidence on both sides leaves few texts, and a wider search finds a better one. Beside it greedy, which
# decides before it has seen the evidence, is poor.
#
# ### Fewer calls
#
# With a large network every row costs a call of the network, so one wants to ask for fewer. Two ways:
#
# - **drop what is far behind**: keep only the beams that are at most $x$ nats behind the best one (Freitag and Al-Onaizan 2017);
# - **stop early**: end as soon as no running beam can win (Huang and others 2017). With $\alpha = 0$ that is easy to see: a score can only fall, so
#   when the best beam of all is finished, it stays the best.
#
# We look for sentences as above, with width 16, after the 20 prompts, and count the rows asked for.
#
# **Predict.** One of the two can change what is found, the other never. Which?
#
# <details><summary>Think first, then open</summary>
#
# Dropping can: what is behind now might have won, as under *Is wider always better?* above. Stopping, by the argument just given, never does.
#
# </details>


# %%
def likeliest_sentence(prompt, behind, early, width=16):
    """The best sentence after the prompt, its ln p, and how many rows of the table were asked for."""
    running, finished, calls = {prompt: 0.0}, {}, 0
    for _ in range(40):
        calls += len(running)
        rivals = continued(running) | finished  # the pairs of both dictionaries
        ranked = dict(sorted(rivals.items(), key=lambda pair: -pair[1])[:width])
        winner = next(iter(ranked))
        kept = {text: score for text, score in ranked.items() if score >= ranked[winner] - behind}
        finished = {text: score for text, score in kept.items() if "." in text[len(prompt) :]}
        running = {text: score for text, score in kept.items() if text not in finished}
        if not running or (early and winner in finished):
            break
    return winner, ranked[winner], calls


beginnings = [vocabulary.decode(prompt) for prompt in prompts]
found = {
    (behind, early): [likeliest_sentence(text, behind, early) for text in beginnings]
    for behind in (1, 2, 4, 8, math.inf)
    for early in (False, True)
}
cost = {
    key: (np.mean([calls for _, _, calls in rows]), np.mean([score for _, score, _ in rows])) for key, rows in found.items()
}
for (behind, early), (calls, score) in cost.items():
    print(
        f"at most {behind:>3} nats behind, {'stops early' if early else 'to the end':<11}: {calls:5.0f} rows, ln p {score:7.2f}"
    )

# %%
for behind in (1, 2, 4, 8, math.inf):  # stopping changes nothing but the cost
    assert [row[:2] for row in found[behind, True]] == [row[:2] for row in found[behind, False]]
assert cost[math.inf, True][0] < cost[math.inf, False][0] / 2
assert cost[8, False][0] < 0.7 * cost[math.inf, False][0] and abs(cost[8, False][1] - cost[math.inf, False][1]) < 0.1
assert cost[1, True][1] < cost[math.inf, True][1] - 5 and cost[4, True][0] > 0.8 * cost[math.inf, True][0]
assert sum("." in text[PROMPT:] for text, _, _ in found[1, True]) <= 5  # few of the 20 come to a full stop

# %% [markdown]
# Stopping early finds the same sentences and asks for less than half of the rows. Dropping at 8 nats saves much too when the search goes to the end, and
# little more when it stops. A small $x$ is dangerous: at 1 nat most full stops are dropped before they could win, and the text goes on and on.
#
# With $\alpha > 0$ the score of a running beam can also rise, as its length grows. Then one may stop only when even the best imaginable ending would
# not win: one that costs nothing more and is as long as allowed.
#
# ### How often does a wider search lose?
#
# We make thousands of small random languages and compare. `RandomState` is a source of chance that gives the same numbers on every computer;
# `dirichlet` draws rows that sum to 1.


# %%
def losses(num_letters, num_chars, width, seed, tries=4000):
    """In how many random languages beam search of this width finds a less likely text than greedy."""
    dice, letters_used, number = np.random.RandomState(seed), "abcdef"[:num_letters], 0
    for _ in range(tries):
        table = dice.dirichlet(np.ones(num_letters), size=num_letters)
        reached = []
        for kept_width in (1, width):
            kept = {"a": 1.0}
            for _ in range(num_chars):
                kept = best(continuations(kept, table, letters_used), kept_width)
            reached.append(max(kept.values()))
        number += reached[0] > 1.0001 * reached[1]  # by more than rounding
    return number


NUM_LETTERS, NUM_CHARS, WIDTH = 3, 4, 2  # change these, and run this cell again
lost = [losses(NUM_LETTERS, NUM_CHARS, WIDTH, seed) for seed in range(3)]
print(f"width {WIDTH} loses to greedy in", *lost, "of 4000 languages")
if (NUM_LETTERS, NUM_CHARS, WIDTH) == (3, 4, 2):
    assert min(lost) >= 1 and max(lost) < 10

# %% [markdown]
# Rare, because two things must come together: greedy's beginning must fall behind for one step, *and* what follows must be so good that it would have
# won after all. Try `NUM_LETTERS = 4`, longer texts, or a width of 3. It happens in real text too. After the `T` of a new paragraph the 4-grams are
# searched for ten characters:

# %%
after_T = {}
for width in (1, 2):
    found = search.beam_search(models["4-grams"], vocabulary.encode("\n\nT"), num_chars=10, num_beams=width)
    after_T[width] = float(found.log_probs[0])
    print(f"width {width}: ln p {after_T[width]:.2f}  {'T' + vocabulary.decode(found.sequences[0])!r}")
assert after_T[1] > after_T[2] + 0.5

# %% [markdown]
# ### Exact search with three characters of memory
#
# What would a perfect search find with the 4-grams? Here is Viterbi's idea walked from the end, so that it serves all prompts at once. Let
# `future[x, y, z]` be the largest $\ln p$ that can still be won after the characters $x, y, z$. With no character left it is 0. With one more, it is the
# best over $d$ of $\ln p(d \mid x, y, z)$ plus the future after $y, z, d$. The sum needs no loop: the table has the axes $x, y, z, d$, the old future has
# $y, z, d$, and axes are matched from the last one on.


# %%
@jax.jit
def one_step_earlier(table, future):
    return (table + future).max(axis=-1)  # (V, V, V, V) and (V, V, V) -> (V, V, V)


table4 = jnp.asarray(four_log_probs).reshape(V, V, V, V)  # [x, y, z, d]
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


exact = np.stack([likeliest_after(prompt) for prompt in prompts])
exact_measured = measure("4-grams", exact)
compared = {way: measured["4-grams", way] for way in ("width 1", "width 64")}
compared["exact"] = exact_measured
for way, (log_p, repeated) in compared.items():
    print(f"4-grams  {way:<10}{log_p:>8.4f} nats a character, {repeated:>6.1%} repeated")
print(vocabulary.decode(exact[2]))
assert exact_measured[0] > measured["4-grams", "width 64"][0] and exact_measured[1] < measured["4-grams", "width 64"][1] - 0.005
assert exact_measured[1] > 0.7

# %% [markdown]
# The best text of all is only a little likelier than what 64 beams find, and repeats a little less again. It still says nearly nothing. So it is not the
# failure of the search that makes these texts poor. In translation, too, a large network held the *empty* translation to be the likeliest for more than
# half of the sentences of a test set, when it was searched exactly (Stahlberg and Byrne 2019).
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
# - M. Freitag, Y. Al-Onaizan (2017), [*Beam Search Strategies for Neural Machine Translation*](https://arxiv.org/abs/1702.01806), Workshop on Neural
#   Machine Translation. Dropping what is behind.
# - L. Huang, K. Zhao, M. Ma (2017), [*When to Finish? Optimal Beam Search for Neural Text Generation (modulo beam
#   size)*](https://arxiv.org/abs/1809.00069), EMNLP. When no running beam can win.
#
# **Next:** [Context windows](08_context_windows.ipynb). How much is one more character of context worth, and why do tables stop gaining?
