# %% [markdown] slideshow={"slide_type": "slide"}
# # 11 · Cache and batches
#
# **Why compute again what cannot change, and may my neighbours change my text?**
#
# *About {reading} minutes, and {exercises} more for the exercises · some practice with arrays helps · you need: [lesson 04](04_temperature.ipynb) (drawing),
# states and `scan` from [lesson 09](09_recurrence.ipynb), and the transformer of [lesson 10](10_attention.ipynb).*
#
# Writing is slow when each new character makes the network read everything again. It can be quick, and nothing changes but the time. And several texts can be
# written at once, if their rows leave each other alone. You will
#
# - count what is computed twice, and keep it in a **cache**,
# - build the house transformer with a cache, and show that it answers as without one,
# - put prompts of unequal length into one batch, wrongly in three ways and then rightly,
# - say how many bytes a text needs that is being written.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Three questions from before
#
# **1.** A causal transformer has read 20 characters. You add one at the end. Which of the 20 answers move (lesson 10)?
#
# <details><summary>Think first, then open</summary>
#
# None. No place sees what comes later, in any of the blocks.
#
# </details>
#
# **2.** Twice you draw a character, from the same logits and with the same key (lesson 04). Can the two differ?
#
# <details><summary>Think first, then open</summary>
#
# No. The key gives the noise, and noise and logits together give the character. So equal logits and equal keys give equal texts.
#
# </details>
#
# **3.** With rotary positions, all characters of a text move 5 places to the right (lesson 10). Which scores change?
#
# <details><summary>Think first, then open</summary>
#
# None. A score knows how far apart two places stand, and not where.
#
# </details>

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The triangle
#
# We begin with one head, in NumPy, untrained. Instead of turning queries and keys it *adds* to each embedding a row of numbers for the place: place 0 has a
# row of its own, place 1 another. (GPT-2 does so, Radford and others 2019. It will matter.)

# %% slideshow={"slide_type": "-"}
import math

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from chargen_lib import corpora, generation, plots, pretrained
from chargen_lib.exercises import check, progress
from chargen_lib.models import transformer
from chargen_lib.text import split

house, vocabulary = pretrained.load("fables-transformer")
V = len(vocabulary)
rng = np.random.default_rng(0)
table, place_table = rng.normal(size=(V, 16)), rng.normal(size=(100, 16))
Wq, Wk, Wv = rng.normal(size=(3, 16, 16)) / 4
noise = rng.gumbel(size=(40, V))  # for 40 draws


def make_rows(ids, places):  # (time,), (time,) -> queries, keys, values
    x = table[ids] + place_table[places]  # (time, 16)
    return x @ Wq, x @ Wk, x @ Wv


def answer(q, keys, values):  # (16,), (time, 16) twice -> logits (V,)
    scores = keys @ q / math.sqrt(16)
    weights = np.exp(scores - scores.max())
    return table @ (weights @ values / weights.sum())  # how well it fits each embedding


# %% [markdown] slideshow={"slide_type": "slide"}
# A *row* is all that is made for one place: here its query, key and value. Lesson 10 wrote like this, with all the text in each call:


# %% slideshow={"slide_type": "-"}
def write_whole(first_id, n):
    ids, rows = [first_id], 0
    for t in range(n):
        queries, keys, values = make_rows(ids, range(len(ids)))  # all that was written so far
        rows += len(keys)
        ids.append(int(np.argmax(answer(queries[-1], keys, values) + noise[t])))  # a draw, as in lesson 04
    return ids, rows


# %% [markdown] slideshow={"slide_type": "-"}
# **Predict.** It writes 40 characters after the first. How many rows are made? How many of them are *new*?
#
# <details><summary>Think first, then open</summary>
#
# $1 + 2 + \dots + 40 = 40 \cdot 41 / 2 = 820$. Only 40 are new: one a call. Drawn one call under the other, the rows fill a triangle, and only
# its edge is new.
#
# </details>

# %% slideshow={"slide_type": "fragment"}
whole_ids, whole_rows = write_whole(vocabulary.encode("T")[0], 40)
assert whole_rows == 40 * 41 // 2
print(f"{whole_rows} rows for 40 characters")

# %% [markdown] slideshow={"slide_type": "slide"}
# Are the others really *the same* rows? A key is made from one character and its place, so here it is plain. In the second block of a transformer it is made from
# what the first block has answered there, and by question 1 that does not move. So a row, once made, holds for ever. **What cannot change is kept**:


# %% slideshow={"slide_type": "-"}
def write_cached(first_id, n):
    ids, rows, keys, values = [first_id], 0, [], []
    for t in range(n):
        query, key, value = make_rows(ids[-1:], [t])  # of the newest character alone
        rows += len(key)
        keys.append(key[0])
        values.append(value[0])
        ids.append(int(np.argmax(answer(query[0], np.stack(keys), np.stack(values)) + noise[t])))
    return ids, rows


cached_ids, cached_rows = write_cached(vocabulary.encode("T")[0], 40)
assert cached_ids == whole_ids and cached_rows == 40
print(f"{cached_rows} rows, and the same characters: {vocabulary.decode(np.array(cached_ids))!r}")

# %% [markdown]
# The two lists are the **cache**, often called KV cache. Queries are not kept: a place asks once.
#
# What remains is the *asking*: character 40 still compares its query with 40 keys. The triangle of scores stays; the triangle of rows, with all their
# matrices, is gone.

# %% [markdown] slideshow={"slide_type": "slide"}
# Let the figure write, without the cache and with it. **Look for** the rows that are made again. At which step has the way without a cache made ten times as
# many rows?

# %% slideshow={"slide_type": "-"}
from chargen_lib.widgets import CacheExplorer

CacheExplorer()

# %% [markdown]
# <details><summary>Look first, then open</summary>
#
# At step 19: 190 rows against 19. After $n$ steps it is $(n+1)/2$ times as many.
#
# </details>

# %%
assert CacheExplorer(step=19).rows == (190, 19)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Slots
#
# A list that grows is a new shape at each character, and a compiled program knows one shape. So the cache gets a fixed number of **slots**, with zeros in them
# at first, and a number that says how many are filled.
#
# What if the text is longer than the slots? JAX does not stop:

# %% slideshow={"slide_type": "-"}
cache, row = jnp.zeros((3, 2)), jnp.ones(2)  # three slots: 0, 1, 2
dropped = cache.at[3].set(row)
clamped = jax.lax.dynamic_update_slice(cache, row[None], (3, 0))  # another way to write
assert (dropped == 0).all() and (clamped[2] == 1).all()
dropped, clamped

# %% [markdown] slideshow={"slide_type": "-"}
# One way drops the row, the other overwrites the *last* slot. Neither says so. Yours shall raise an error.

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: a row into its slot
#
# Return a copy of `cache`, `(slots, d)`, with `row` in slot `index`, a Python int. Outside 0 to `slots - 1` raise a `ValueError` whose message contains
# the value of `index`.


# %% exercise="cache_write" slideshow={"slide_type": "-"}
def cache_write(cache, index, row):
    """A copy with one more row.  cache: (slots, d);  index: int;  row: (d,);  returns (slots, d).  Raises ValueError outside."""
    ### BEGIN SOLUTION
    if not 0 <= index < len(cache):
        raise ValueError(f"There is no slot {index}: the cache has the slots 0 to {len(cache) - 1}.")
    return cache.at[index].set(row)
    ### END SOLUTION


# %%
check("cache_write", cache_write)

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: attend to what is filled
#
# One query for each head, `(heads, d)`, and caches `(heads, slots, d)`. Attend to the first `length` slots alone, *whatever stands in the others*. Divide by
# $\sqrt d$. It must run under `jax.jit`, where the value of `length` is not known: so compare, and do not cut. (`keys @ query[..., None]` has the shape
# `(heads, slots, 1)`.)


# %% exercise="attend_cached" slideshow={"slide_type": "-"}
def attend_cached(query, keys, values, length):
    """Attention to the first `length` slots.  query: (heads, d);  keys, values: (heads, slots, d);  returns (heads, d)."""
    ### BEGIN SOLUTION
    scores = (keys @ query[..., None])[..., 0] / math.sqrt(query.shape[-1])  # (heads, slots)
    filled = jnp.arange(keys.shape[1]) < length  # (slots,)
    weights = jax.nn.softmax(jnp.where(filled, scores, -jnp.inf), axis=-1)
    return (weights[:, None] @ values)[:, 0]
    ### END SOLUTION


# %%
check("attend_cached", attend_cached)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The house with a cache
#
# One step of the house transformer by hand, for one character: the block of lesson 10, and in each block two caches. (`weighted` with such a mask is your
# `attend_cached`.) `slot` says where to write, `filled` how many slots to ask. The house sees 64 places, so it has 64 slots. `read_stepwise` scans a text with
# it: the caches are carried from step to step.


# %% slideshow={"slide_type": "-"}
def our_step(caches, character):
    id, place, slot, filled = character
    x, written = house.embedding(id), []  # (96,)
    for block, (keys, values) in zip(house.blocks, caches, strict=True):  # (heads, slots, d) each
        q, k, v = block.qkv(block.attention_norm(x)).reshape(3, 4, 24)  # (heads, d) each
        q, k = transformer.rotate(q, place), transformer.rotate(k, place)
        keys, values = keys.at[:, slot].set(k), values.at[:, slot].set(v)
        answers = transformer.weighted(q[:, None], keys, values, jnp.arange(64) < filled)  # (heads, 1, d)
        x = x + block.attended(answers.reshape(96))
        x = x + block.mlp(nnx.gelu(block.hidden(block.mlp_norm(x))))
        written.append((keys, values))
    return written, house.output(house.norm(x))


# %%
@jax.jit
def read_stepwise(ids, slots):  # (time,) twice -> logits (time, V)
    places, empty = jnp.arange(len(ids)), jnp.zeros((4, 64, 24))
    steps = ids, places, slots, jnp.minimum(places + 1, 64)
    return jax.lax.scan(our_step, [(empty, empty)] * 2, steps)[1]


# %% [markdown] slideshow={"slide_type": "slide"}
# Place 64 needs a slot, and all are filled. Which row is no longer needed? The one that place 64 does not see: place 0. So place $p$ goes into slot
# $p \bmod 64$, the remainder of $p$ divided by 64. Such a cache is a **ring**: it holds the last 64 places, at any length, and never overflows.
# (The figure with its cache has a ring of 8 slots: go beyond step 8.)
#
# **Predict.** At place 70 the slots stand in the order 64, 65, …, 70, 7, 8, …, 63. Must `weighted` know that?
#
# <details><summary>Think first, then open</summary>
#
# No. A sum has no order (lesson 10), and each key was turned by its own place before it went in. The slot does not matter, if it is the right *set* of
# rows.
#
# </details>

# %% slideshow={"slide_type": "fragment"}
_, val_ids = split(vocabulary.encode(corpora.load("fables").text))
text, places = val_ids[:400], jnp.arange(400)
whole = nnx.jit(lambda model, ids: model(ids))  # the library, whole call
theirs, ring = whole(house, text[None])[0], read_stepwise(text, places % 64)


def apart(logits, others):  # the largest difference, as a share of the largest logit
    return float(jnp.abs(logits - others).max() / jnp.abs(others).max())


print(f"400 characters, with our ring and by the whole call: logits apart by {apart(ring, theirs):.7f} of the largest")

# %%
assert apart(ring, theirs) < 1e-5

# %% [markdown]
# And the text? The library's `generate` writes with such a cache, in one compiled loop. We write with whole calls, each over 400 places: what stands behind the
# newest character does not matter. Question 1 again.

# %%
prompts = ["The fox came to the", "One cold morning the old farmers", "A crow sat on the well and", "Nobody knew why the"]
prompts = [vocabulary.encode(prompt) for prompt in prompts]  # 19, 32, 26 and 19 characters
keys = jax.random.split(jax.random.key(2), 4)  # one for each row
N = 120
by_library = [
    generation.generate(house, [prompt], num_chars=N, key=key[None])[0] for prompt, key in zip(prompts, keys, strict=True)
]

so_far, length = np.zeros(400, np.int32), len(prompts[0])
so_far[:length] = prompts[0]
draw_keys = jax.random.split(keys[0], N)  # one for each character, as in the library
for t in range(60):
    so_far[length + t] = jax.random.categorical(draw_keys[t], whole(house, so_far[None])[0, length + t - 1])
assert (so_far[length : length + 60] == by_library[0][:60]).all()
print(repr(vocabulary.decode(so_far[: length + 60])))

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Break it: a cache that overflows
#
# The same compiled program, told to write into other slots. From place 64 on there are two mistakes: each row overwrites the last slot, or each row is dropped.
#
# **Predict.** How many bits does the true next character cost from there on? (With the ring about two.)


# %% slideshow={"slide_type": "fragment"}
def bits_behind(logits):  # mean bits of the characters after place 64
    log_probs = nnx.log_softmax(logits[64:-1]) / math.log(2)
    return float(-jnp.take_along_axis(log_probs, text[65:, None], axis=1).mean())


overflow = {"ring": places % 64, "last slot overwritten": jnp.minimum(places, 63), "dropped": places}
read_with = {name: read_stepwise(text, slots) for name, slots in overflow.items()}
cost = {name: bits_behind(logits) for name, logits in read_with.items()}
print("\n".join(f"{name:22} {bits:.2f} bits a character" for name, bits in cost.items()))

# %% [markdown] slideshow={"slide_type": "-"}
# <details><summary>Think first, then open</summary>
#
# More than five, like a blind choice among the 63 characters: $\log_2 63$ is nearly six. The newest one hears the *beginning* of the text, further back at
# each step than anything in training, and nothing of what stands just before it. Up to place 63 nothing is wrong: a test with a short text passes.
#
# </details>

# %%
assert 1.5 < cost["ring"] < 2.2 and all(5 < bits < 7 for name, bits in cost.items() if name != "ring")
assert all((logits[:64] == read_with["ring"][:64]).all() for logits in read_with.values())

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Neighbours
#
# Several texts in one call share each matrix: it is fetched once for all rows. So a batch writes more characters a second than one text after the other; below we
# measure it. (From here on a *row* is one text of the batch.) But an array has rows of one length, and prompts have not. What is missing is filled up, with any
# id: **padding**.
# Where? Many programs put it on the *left*, so that all prompts end in the last column, and each goes on there. But what the model sees is then no longer the
# prompt.
#
# **Predict.** Our one head reads `The fox`, and again with three ids before it. In which of these does its last answer move?
#
# 1. padding seen, as if it were text
# 2. padding hidden by a mask
# 3. padding hidden, and the places counted from the first real character
# 4. as 2, but with rotary positions instead of rows for the places

# %% slideshow={"slide_type": "fragment"}
fox, padded = vocabulary.encode("The fox"), vocabulary.encode("aaaThe fox")
queries, own_keys, own_values = make_rows(fox, range(7))
unpadded = answer(queries[-1], own_keys, own_values)


def change(places, seen):  # of the last answer, for places and a slice of what is seen
    queries, keys, values = make_rows(padded, places)
    return np.abs(answer(queries[-1], keys[seen], values[seen]) - unpadded).max()


def rotary(start):  # the same with rotary positions, The fox beginning at place `start`
    x = table[fox]
    q, k = (np.asarray(transformer.rotate(x @ W, start + jnp.arange(7))) for W in (Wq, Wk))
    return answer(q[-1], k, x @ Wv)


everything, real = slice(0, 10), slice(3, 10)
moved = {"1 padding seen": change(np.arange(10), everything), "2 hidden": change(np.arange(10), real)}
moved["3 hidden, own places"] = change(np.maximum(np.arange(10) - 3, 0), real)
moved["4 hidden, rotary"] = np.abs(rotary(3) - rotary(0)).max()
print("\n".join(f"{name:21} {by:.6f}" for name, by in moved.items()))

# %% [markdown] slideshow={"slide_type": "-"}
# <details><summary>Think first, then open</summary>
#
# In 1 and 2. A mask alone is not enough: the text now begins at place 3, and the model is told so. Rotary positions forgive that, because they
# tell distances alone (question 3). So the second mistake shows in some models and not in others.
#
# </details>

# %%
seen, hidden, own, forgiven = moved.values()
assert min(seen, hidden) > 0.1 and max(own, forgiven) < 1e-4

# %% [markdown] slideshow={"slide_type": "slide"}
# Now the house, left padding and no mask. `read` reads a batch from nothing. `write` goes on, each row with its own key, and draws as `generate`
# does. `jax.vmap` makes of a function for one row a function for all rows of a batch:


# %% slideshow={"slide_type": "-"}
@nnx.jit
def read(model, ids, lengths):  # -> logits (batch, time, V), and the state after each row's first lengths[row] ids
    return model.read(ids, model.init_state(len(ids)), lengths)


@nnx.jit
def write(model, logits, state, keys):  # (batch, V), state, (batch,) -> N new ids in each row
    def one(carry, keys):
        logits, state = carry
        ids = jax.vmap(jax.random.categorical)(keys, logits)  # (batch,)
        return model.step(ids, state), ids

    keys = jax.vmap(lambda key: jax.random.split(key, N))(keys).T  # (batch, N), turned: (N, batch)
    return jax.lax.scan(one, (logits, state), keys)[1].T


left = np.stack([np.pad(prompt, (32 - len(prompt), 0)) for prompt in prompts])  # id 0, a line break, before each
logits, state = read(house, left, jnp.full(4, 32))
padded_left = write(house, logits[:, -1], state, keys)
alone = jnp.stack(by_library)  # (4, N)
for texts in zip(prompts, alone[:, :30], padded_left[:, :30], strict=True):
    prompt, own, padded_one = map(vocabulary.decode, texts)
    print(f"{prompt!r}\n    alone  {own!r}\n    padded {padded_one!r}")

# %%
assert (padded_left == alone).all(axis=1).tolist() == [False, True, False, False]

# %% [markdown]
# Only the longest is right: it has no padding. The other three go on as texts that nobody asked for, and *which* texts depends on the length of the longest
# neighbour.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Padding that nobody sees
#
# Put the padding on the *right*. No real character sees what comes later, so the mask is there already, and every text begins at place 0. All that must be
# known is where each row ends: its **length**.

# %% [markdown] slideshow={"slide_type": "-"}
# ### Exercise: pad on the right
#
# From a list of lists make `ids`, `(batch, longest)`, each prompt at the left of its row and `pad_id` after it, and `lengths`, `(batch,)`. A prompt may
# be empty, and it may hold `pad_id` itself.


# %% exercise="pad_right" slideshow={"slide_type": "-"}
def pad_right(prompts, pad_id):
    """A batch of unequal rows.  prompts: list of lists of ids;  returns ids (batch, longest), lengths (batch,), both int."""
    ### BEGIN SOLUTION
    longest = max(len(prompt) for prompt in prompts)
    rows = [prompt + [pad_id] * (longest - len(prompt)) for prompt in prompts]
    return jnp.array(rows, dtype=int), jnp.array([len(prompt) for prompt in prompts])
    ### END SOLUTION


# %%
check("pad_right", pad_right)

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: the last real answer
#
# The next character comes from each row's *own* last place, not from the last column. From `logits`, `(batch, time, V)`, and `lengths`, at least 1, return
# `(batch, V)`. It must run under `jax.jit`.


# %% exercise="last_logits" slideshow={"slide_type": "-"}
def last_logits(logits, lengths):
    """Each row's logits at its last real place.  logits: (batch, time, V);  lengths: (batch,);  returns (batch, V)."""
    ### BEGIN SOLUTION
    return logits[jnp.arange(len(lengths)), lengths - 1]  # row 0 at its place, row 1 at its place, ...
    ### END SOLUTION


# %%
check("last_logits", last_logits)

# %% [markdown] slideshow={"slide_type": "slide"}
# In the library `generation.pad_prompts` pads, up to a power of two, so that few shapes are compiled, and `generate` takes rows of unequal length. A model's
# state belongs to its row, and so does the transformer's count of places: with one count for all, rows of unequal length could not go on.
#
# Now the test, with five times four keys: is each row what it is alone?

# %% slideshow={"slide_type": "-"}
ids, lengths = generation.pad_prompts(prompts, V)  # V: it refuses ids that the model has not
logits, state = read(house, ids, lengths)
last = logits[jnp.arange(4), lengths - 1]  # (4, V)


def each_alone(keys):
    return jnp.stack([generation.generate(house, [p], num_chars=N, key=k[None])[0] for p, k in zip(prompts, keys, strict=True)])


agree = []
for seed in range(5):
    new_keys = jax.random.split(jax.random.key(seed), 4)
    agree += (each_alone(new_keys) == write(house, last, state, new_keys)).all(axis=1).tolist()
assert all(agree)
print(f"{sum(agree)} of {len(agree)} texts of {N} characters: as alone")

# %% [markdown] slideshow={"slide_type": "slide"}
# **Predict.** And the logits? The first prompt is read beside its neighbours, beside three *other* texts, and alone. Are its last logits equal to the last digit?

# %% slideshow={"slide_type": "fragment"}
others = ids.at[1:].set(val_ids[:96].reshape(3, 32))
beside_others = read(house, others, lengths)[0][0, lengths[0] - 1]
by_itself = read(house, ids[:1], lengths[:1])[0][0, lengths[0] - 1]
differ = {"beside others": apart(beside_others, last[0]), "alone": apart(by_itself, last[0])}
print({name: f"{by:.1e}" for name, by in differ.items()})

# %% [markdown] slideshow={"slide_type": "-"}
# <details><summary>Think first, then open</summary>
#
# *Who* the neighbours are does not matter. But one row is another *shape* than four, and for another shape the same numbers may be added in another
# order. Each sum is rounded, so the last digits may differ. No more is promised than about $10^{-5}$ of the largest. Where two characters are nearly equal,
# that could decide; in our 20 texts it did not. Lesson 15 shows where it does harm.
#
# </details>

# %%
assert max(differ.values()) < 1e-5

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Find the bug: first right, then wrong
#
# Somebody pads on the right, and takes each row's logits at its own last place. The first new character of every row is right. Then three of the four rows go
# wrong. What is the mistake, and why does it not reach the second row?

# %% slideshow={"slide_type": "-"}
logits, mistaken = read(house, ids, jnp.full(4, 32))
wrong = write(house, logits[jnp.arange(4), lengths - 1], mistaken, keys)
for row, own in zip(wrong, alone, strict=True):
    alike = jnp.append(row == own, False)  # argmin: the first place that is not alike
    print(f"as alone for {int(jnp.argmin(alike)):3} of {N} characters")

# %% [markdown] slideshow={"slide_type": "-"}
# <details><summary>Think first, then open</summary>
#
# The *state*. `read` was told that every row has 32 characters, so it read the padding too. The logits at a row's own place do not know of it, but the cache holds
# the padding, and the new text sees it. The second row is the longest and has none. A test with prompts of equal length would find nothing.
#
# </details>

# %%
assert (wrong == alone)[:, 0].all() and (wrong == alone).all(axis=1).tolist() == [False, True, False, False]

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Ends
#
# A text shall end with its first full stop. In a batch one row ends early and another late, and the loop must know when to stop:
#
# ```python
# while not (newest == stop).all():  # newest: (batch,)
# ```
#
# **Predict.** Four rows. When does this loop end?

# %% slideshow={"slide_type": "fragment"}
stop = int(vocabulary.encode(".")[0])
stops = alone == stop  # (4, N): written without any end
print(f"first full stop of each row: character {jnp.argmax(stops, axis=1) + 1}")
print(f"most rows that have one in the same step: {stops.sum(axis=0).max()}")

# %% [markdown] slideshow={"slide_type": "-"}
# <details><summary>Think first, then open</summary>
#
# Only when all rows write a full stop *in the same step*: here not once. What has ended must be remembered, row by row, and what a row writes after its
# end is not its text.
#
# </details>

# %%
assert stops.any(axis=1).all() and stops.sum(axis=0).max() < 4

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: after the end
#
# `ids` is `(batch, time)`. After the first `end_id` of a row everything in that row shall be `end_id`. It must run under `jax.jit`.


# %% exercise="end_rows" slideshow={"slide_type": "-"}
def end_rows(ids, end_id):
    """Nothing after the end.  ids: (batch, time);  end_id: int;  returns (batch, time)."""
    ### BEGIN SOLUTION
    ended = jnp.cumsum(ids == end_id, axis=1) > 0  # True from the first end on
    return jnp.where(ended, end_id, ids)
    ### END SOLUTION


# %%
check("end_rows", end_rows)

# %% [markdown]
# `generate(..., end_id=stop)` does this while it writes. A row that has ended is still computed up to the last step: in a loop of fixed length nobody leaves early.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What it costs
#
# **Predict.** The figure says: 98 312 bytes for the cache of one text, 8 of them to count the places. Of which five numbers are the others the product? And how many
# bytes has the state of the house GRU, 256 numbers?
#
# <details><summary>Think first, then open</summary>
#
# 2 blocks, a key *and* a value, 64 slots, 96 numbers (all heads together), 4 bytes: $2 \cdot 2 \cdot 64 \cdot 96 \cdot 4 = 98\,304$. The GRU has 1 024. It
# keeps about a hundredth, and had to learn what.
#
# </details>


# %% slideshow={"slide_type": "fragment"}
def bytes_of(tree):
    return sum(leaf.nbytes for leaf in jax.tree.leaves(tree))


gru, _ = pretrained.load("fables-gru")
of_cache, of_state = bytes_of(house.init_state(1)), bytes_of(gru.init_state(1))  # of one text
of_house = bytes_of(nnx.state(house))
assert of_cache == 2 * 2 * 64 * 96 * 4 + 8 and of_state == 256 * 4 and 8 * of_cache < of_house < 10 * of_cache
print(f"bytes: cache {of_cache}, GRU {of_state}, the house itself {of_house}")

# %% [markdown]
# The caches of ten texts are larger than the network. And a model without a window keeps *every* place: its cache grows with the text. In large models the
# cache says how many texts fit into the memory at once (Pope and others 2022).

# %% [markdown]
# And the time? First a count, which no busy machine disturbs. JAX says how many operations a program asks for:


# %%
def operations(function, *args):
    with jax.default_device(jax.devices("cpu")[0]):  # what is compiled for a graphics card is not counted
        return nnx.jit(function).lower(house, *args).cost_analysis()["flops"]


step = operations(lambda model, ids, state: model.step(ids, state), jnp.zeros(1, int), house.init_state(1))
call = {n: operations(lambda model, ids: model(ids), jnp.zeros((1, n), int)) for n in (64, 400, 1600)}
print({f"whole call of {n}": f"{count / step:.0f} steps" for n, count in call.items()})

# %% [markdown]
# So a whole call over $n$ characters asks for about as much as $n$ steps, and of its $n$ places only the last is new.

# %% [markdown] slideshow={"slide_type": "slide"}
# **Predict.** Characters a second, with a text of 64, of 400, of 1600 characters behind the newest: how do the two curves go?

# %% slideshow={"slide_type": "fragment"}
import time


def seconds(call):  # the best of five
    taken = []
    for _ in range(5):
        start = time.perf_counter()
        jax.block_until_ready(call())
        taken.append(time.perf_counter() - start)
    return min(taken)


with_cache = N / seconds(lambda: generation.generate(house, prompts[:1], num_chars=N, key=keys[:1]))
without = {n: 1 / seconds(lambda n=n: whole(house, val_ids[None, :n])) for n in call}
lines = {"whole call": (list(without), list(without.values())), "with the cache": (list(call), [with_cache] * 3)}
picture = plots.curves(lines, "length of the text (characters)", "characters a second")
picture.figure.axes[0].set_yscale("log")
picture

# %% [markdown] slideshow={"slide_type": "-"}
# <details><summary>Think first, then open</summary>
#
# The whole call falls: twice the text, twice the operations. With the ring the program is the same at every length: a level line, measured once.
#
# </details>

# %% [markdown]
# And here the whole call had a few shapes, compiled once. A text that grows is a new shape at each character, and would be compiled anew each time.
#
# And the batch? Our four texts, one after the other and side by side:

# %%
one_by_one = seconds(lambda: each_alone(keys))
batch = seconds(lambda: (read(house, ids, lengths), write(house, last, state, keys)))
print(f"four texts: {1000 * one_by_one:.0f} ms one after the other, {1000 * batch:.0f} ms in one batch")

# %% [markdown]
# A part of the time is now spent once for all four: each operation is begun once, each matrix fetched once.

# %%
assert call[1600] > 1000 * step and call[64] > 40 * step

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What we own now
#
# | built here | in the library |
# |---|---|
# | the cache, a ring of `context` slots | the state of `models.Transformer`; `step` |
# | right padding and lengths | `generation.pad_prompts`; `model.read(ids, state, lengths)` |
# | the last real logits | `generation.read_prompts` |
# | rows with a key of their own, and ends | `generate(model, prompts, key=keys, end_id=...)` |
#
# Why compute again what cannot change? There is no reason, where nothing looks ahead. May my neighbours change my text? They may not, and a row read alone tells
# whether they do.
#
# Your exercises so far:

# %%
progress(lesson=11)

# %% [markdown]
# ## For the curious
#
# Nothing later needs this part.
#
# ### Find the bug: key 0 alone
#
# A decoder writes with a cache, and to be safe it passes the causal mask as well, made for the one query that it has. `np.tri(T, S)` is `True` on and below
# the diagonal. What does the newest character see?

# %%
mask = np.tri(1, 6, dtype=bool)  # one query, six keys
mask, transformer.band(1, 6, 6)

# %% [markdown]
# <details><summary>Think first, then open</summary>
#
# The first key alone. The triangle starts at the upper left, as if the one query stood at place 0. It stands at the *last* place: `band`, of the library, aligns the
# triangle at the lower right. A query with a cache comes after all that is in it; the mask has to say which slots are filled, and nothing else.
#
# </details>

# %%
assert mask.tolist() == [[True] + [False] * 5] and transformer.band(1, 6, 6).all()

# %% [markdown]
# ### Fewer keys
#
# Four heads keep four keys at each place. Shazeer (2019) lets all heads share *one* key and *one* value, and leaves them their own queries: multi-query
# attention. Ainslie and others (2023) share among groups of heads. How large would the cache of the house be?

# %%
for heads in (4, 2, 1):
    print(f"{heads} heads with keys and values: {2 * 2 * 64 * heads * 24 * 4} bytes")

# %% [markdown]
# The queries are not kept, so they cost nothing here. But nobody can take the keys of three heads away and go on as before: Ainslie and others take the mean
# of several heads' keys, and train a little more.
#
# ### Pages
#
# A cache without a window must be reserved before one knows how long the text will be. Reserve for the longest, and much of it stays empty. Kwon and others
# (2023) cut it into pages, as an operating system does with memory, and give a row another page when its last one is full. We take the lengths at which texts of the
# fables end:

# %%
stories = corpora.load("fables").text.split("\n\n\n")
story_lengths = np.array([len(story) for story in stories])
reserved = len(stories) * story_lengths.max()
paged = (-(-story_lengths // 16) * 16).sum()  # rounded up to whole pages of 16 places
print(
    f"{len(stories)} stories: {story_lengths.sum() / reserved:.0%} of the reserved places are used, in pages {story_lengths.sum() / paged:.0%}"
)
assert story_lengths.sum() / reserved < 0.75 and story_lengths.sum() / paged > 0.95

# %% [markdown]
# ### Leaving early
#
# In our batch a row that has ended is computed until the last one ends. Yu and others (2022) put another text into its row at once, between two steps. What
# share of our steps would that save, if each text ends at its first full stop?

# %%
ends = np.asarray(jnp.argmax(stops, axis=1)) + 1
print(f"{1 - ends.sum() / (4 * ends.max()):.0%} of the steps were for rows that had ended")
assert ends.sum() < 4 * ends.max()

# %% [markdown]
# ## Further reading
#
# - N. Shazeer (2019), [*Fast Transformer Decoding: One Write-Head is All You Need*](https://arxiv.org/abs/1911.02150). Counts what is computed and what is
#   fetched when a transformer writes, and shares the keys.
# - R. Pope and others (2022), [*Efficiently Scaling Transformer Inference*](https://arxiv.org/abs/2211.05102). What limits the writing of very large models:
#   the weights, or the cache.
# - J. Ainslie and others (2023), [*GQA: Training Generalized Multi-Query Transformer Models from Multi-Head Checkpoints*](https://arxiv.org/abs/2305.13245),
#   EMNLP. Keys shared among groups.
# - W. Kwon and others (2023), [*Efficient Memory Management for Large Language Model Serving with PagedAttention*](https://arxiv.org/abs/2309.06180), SOSP. Pages.
# - G.-I. Yu and others (2022), [*Orca: A Distributed Serving System for Transformer-Based Generative
#   Models*](https://www.usenix.org/conference/osdi22/presentation/yu), OSDI. Rows that come and go between two steps.
# - A. Radford and others (2019), *Language Models are Unsupervised Multitask Learners*. GPT-2; it learns a row for each place.
#
# **Back to:** [Recurrence](09_recurrence.ipynb), whose state never grows, and [Attention](10_attention.ipynb).
