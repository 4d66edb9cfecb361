# %% [markdown] slideshow={"slide_type": "slide"}
# # 10 · Attention
#
# **How does a character ask the others, and what if it does not know where it stands?**
#
# *About {reading} minutes, and {exercises} more for the exercises · some practice with arrays helps · you need: [lesson 03](03_per_position_mlp.ipynb) (what does a model see?),
# [lesson 05](05_training.ipynb) (training), and the networks of [lesson 08](08_context_windows.ipynb) and [lesson 09](09_recurrence.ipynb).*
#
# A window network sees a few places. A recurrent network keeps one row of numbers of all that it read. There is a third way: each character *asks* all
# before it, and listens to those that fit. You will
#
# - build one head of attention by hand, then a whole transformer, and show that it equals the library's,
# - find out with a test of your own whether a model looks at what it should guess,
# - say what a model without positions can know,
# - say where a transformer stands beside the tables and the GRU, on this text.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Three questions from before
#
# **1.** The running mean of lesson 03 takes, at each place, the mean of all embeddings so far. You change the character at place 10. Which answers can move?
#
# <details><summary>Think first, then open</summary>
#
# Those at place 10 and after. The answers before it never saw that character.
#
# </details>
#
# **2.** A window network sees six characters (lesson 08) and shall see twelve. What grows?
#
# <details><summary>Think first, then open</summary>
#
# Its first layer: the embeddings lie side by side, and every place has weights of its own.
#
# </details>
#
# **3.** A recurrent network has read ten characters, or ten thousand (lesson 09). How many numbers does it hand on?
#
# <details><summary>Think first, then open</summary>
#
# The same number, as many as its state has. What is not in the state is forgotten.
#
# </details>

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A mean is a matrix
#
# Here is the running mean once more, of four rows of two numbers, as a matrix product.

# %% slideshow={"slide_type": "-"}
import math

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from chargen_lib import corpora, entropy, plots, pretrained
from chargen_lib.exercises import check, progress
from chargen_lib.text import split

x = jnp.array([[6.0, 0.0], [0.0, 6.0], [3.0, 3.0], [3.0, 3.0]])  # (time, 2)
weights = jnp.array([[1, 0, 0, 0], [1 / 2, 1 / 2, 0, 0], [1 / 3, 1 / 3, 1 / 3, 0], [1 / 4, 1 / 4, 1 / 4, 1 / 4]])
assert jnp.allclose(weights @ x, jnp.cumsum(x, axis=0) / jnp.arange(1, 5)[:, None], atol=1e-5)
weights @ x

# %% [markdown] slideshow={"slide_type": "-"}
# Row $t$ of the matrix says how much place $t$ listens to each place. Two things are in it. *Which numbers are 0*: place $t$ may see the places 0 to $t$
# only, because what comes later is what it should guess. This is the **mask**, and it is *causal*: nothing depends on what comes later. And *how large* the others are:
# here all alike.

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: a causal mask
#
# Return an array of `True` and `False`, `(time, time)`: row `t` is `True` at the places that `t` may see, 0 to `t`.


# %% exercise="causal_mask" slideshow={"slide_type": "-"}
def causal_mask(time):
    """Who may see whom.  time: int;  returns (time, time) bool, row t True at 0 to t."""
    ### BEGIN SOLUTION
    places = jnp.arange(time)
    return places[:, None] >= places  # (time, 1) against (time,) -> (time, time)
    ### END SOLUTION


# %%
check("causal_mask", causal_mask)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## One head: ask, and be answered
#
# Now the weights shall depend on what stands there. From its row $x_t$, at first its embedding, each place makes three rows, with three matrices that are learned:
#
# - a **query** $q_t$: what it asks for,
# - a **key** $k_t$: what it can be found by (not a key that JAX draws with),
# - a **value** $v_t$: what it tells to those who listen.
#
# The product $q_t \cdot k_s$, summed over their $d$ numbers, says how well place $s$ fits the question of place $t$. Divided by $\sqrt d$ (the reason comes below)
# it is the *score*. The softmax, over the places that $t$ may see, makes weights of the scores. The answer $o_t$ is the mean of the values with these weights:
#
# $$a_{ts} = \frac{e^{q_t \cdot k_s / \sqrt d}}{\sum_{r \le t} e^{q_t \cdot k_r / \sqrt d}}, \qquad o_t = \sum_{s \le t} a_{ts}\, v_s$$
#
# This is one **head** of attention (Vaswani and others 2017). With loops it is:


# %% slideshow={"slide_type": "-"}
def head_by_hand(queries, keys, values):  # (time, d), (time, d), (time, e)
    answers = []
    for t, q in enumerate(queries):
        scores = [float(q @ k) / math.sqrt(len(q)) for k in keys[: t + 1]]  # of the places that t may see
        parts = [math.exp(score) for score in scores]
        answers.append(sum(part * v for part, v in zip(parts, values[: t + 1], strict=True)) / sum(parts))
    return np.stack(answers)  # (time, e)


# %% [markdown] slideshow={"slide_type": "slide"}
# **Predict.** Three places, $d = 4$. The last one asks with $q = (2, 0, 0, 0)$. The keys begin with 1, 0 and 1, all else is 0; the values are 10, 20 and
# 40. What are its three scores? Is the answer above or below the plain mean, about 23?
#
# <details><summary>Think first, then open</summary>
#
# The products are 2, 0, 2, divided by $\sqrt 4$: 1, 0, 1. The first and the third weigh $e$ times as much as the second, and the answer is
# $(10e + 20 + 40e) / (2e + 1)$, about 24.2.
#
# </details>

# %% slideshow={"slide_type": "fragment"}
queries = np.array([[0, 0, 0, 0], [0, 0, 0, 0], [2, 0, 0, 0]])
keys = np.array([[1, 0, 0, 0], [0, 0, 0, 0], [1, 0, 0, 0]])
values = np.array([[10.0], [20.0], [40.0]])
answers = head_by_hand(queries, keys, values)
assert abs(answers[2, 0] - (50 * math.e + 20) / (2 * math.e + 1)) < 1e-3 and answers[1, 0] == 15  # a query of 0: a plain mean
answers[:, 0]

# %% [markdown] slideshow={"slide_type": "slide"}
# Why divide by $\sqrt d$? **Predict.** Queries and keys of $d$ random numbers, each of about the size of 1. A query meets 16 keys. How large is the
# largest weight, on average, for $d = 4$ and for $d = 256$, *without* the division?
#
# <details><summary>Think first, then open</summary>
#
# A product is a sum of $d$ random terms, and grows like $\sqrt d$. For $d = 256$ it has about the size of 16, and $e^{16}$ is millions: one place gets nearly all,
# chosen by luck, before anything was learned. After the division the scores have the same size for every $d$.
#
# </details>

# %% slideshow={"slide_type": "fragment"}
largest = {}
for d in (4, 64, 256):
    q, k = np.random.default_rng(0).normal(size=(2, 500, 16, d))  # 500 draws
    scores = (q[:, :1] * k).sum(axis=-1)  # (500, 16): the first query with all keys
    largest[d] = [np.asarray(nnx.softmax(z)).max(axis=-1).mean() for z in (scores, scores / math.sqrt(d))]
    print(f"d = {d:3}: largest of 16 weights {largest[d][0]:.2f} without the division, {largest[d][1]:.2f} with it")

# %%
assert largest[256][0] > 0.85 > 0.65 > largest[4][0] and all(with_it < 0.35 for _, with_it in largest.values())

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: attention
#
# The same with arrays. `queries` is `(..., T, d)`, `keys` `(..., S, d)`, `values` `(..., S, e)`, `mask` `(T, S)`: `True` where a query may see a key. Return
# `(..., T, e)`. A score that the mask forbids becomes $-\infty$ *before* the softmax. It must run under `jax.jit`.
# `jnp.swapaxes(keys, -1, -2)` turns the last two axes.


# %% exercise="attention" slideshow={"slide_type": "-"}
def attention(queries, keys, values, mask):
    """Means of the values by softmax(q k / root of d).  (..., T, d), (..., S, d), (..., S, e), (T, S) bool;  returns (..., T, e)."""
    ### BEGIN SOLUTION
    scores = queries @ jnp.swapaxes(keys, -1, -2) / math.sqrt(queries.shape[-1])  # (..., T, S)
    weights = jax.nn.softmax(jnp.where(mask, scores, -jnp.inf), axis=-1)  # each row sums to 1
    return weights @ values  # (..., T, e)
    ### END SOLUTION


# %%
check("attention", attention)

# %% [markdown]
# In the library, `transformer.weighted` is attention, and `transformer.band(T, T, T)` the causal mask. (With a smaller last number, nobody sees so far back.)

# %%
from chargen_lib.models import drawing, transformer

q, k, v = np.random.default_rng(1).normal(size=(3, 16, 8))  # 16 places, 8 numbers each
by_library = transformer.weighted(q, k, v, transformer.band(16, 16, 16))
assert np.allclose(by_library, head_by_hand(q, k, v), atol=1e-5)

# %% [markdown]
# A head gives one mean: it cannot keep apart what two places told it. So the numbers of a place are shared out among several **heads**, 4 heads of 16 instead
# of one of 64. Each asks a question of its own. Their answers are put side by side, and a linear layer mixes them. In arrays the heads are one more axis:
# `(batch, heads, time, d)`.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Where do I stand?
#
# Where in the formula is the *order* of the characters?
#
# **Predict.** Two texts have the same last character. The second has all others in reverse order. How much does a head's answer at the last place differ?

# %% slideshow={"slide_type": "-"}
house, vocabulary = pretrained.load("fables-transformer")  # the library's transformer, trained on the fables
V = len(vocabulary)
story, reverse = vocabulary.encode("The fox ran home"), vocabulary.encode("moh nar xof ehTe")
rng = np.random.default_rng(2)
table = rng.normal(size=(V, 16))  # embeddings
Wq, Wk, Wv = rng.normal(size=(3, 16, 16)) / 4


def one_head(ids):  # (time,)
    x = table[ids]  # (time, 16)
    return np.asarray(transformer.weighted(x @ Wq, x @ Wk, x @ Wv, transformer.band(16, 16, 16)))


difference = np.abs(one_head(story) - one_head(reverse))[-1].max()
print(f"at the last place: {difference:.7f}")

# %% [markdown] slideshow={"slide_type": "-"}
# <details><summary>Think first, then open</summary>
#
# Not at all, but for rounding. A sum has no order. The head sees a **bag of characters**: which ones there are, and how often.
#
# </details>

# %%
assert sorted(story.tolist()) == sorted(reverse.tolist()) and story[-1] == reverse[-1]
assert difference < 1e-5 < 1e-2 < np.abs(table[story] - table[reverse]).max()

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A clock for every place
#
# So each place must say where it stands. **Rotary positions** (Su and others 2021) do it with angles. Two numbers $(a, b)$ are a point in the plane. Turned
# by the angle $\varphi$ about $(0, 0)$ it is at
#
# $$(a\cos\varphi - b\sin\varphi,\; a\sin\varphi + b\cos\varphi)$$
#
# The product of two points depends on their lengths and on the angle *between* them (lesson 02). Turn the query at place $t$ by the angle $t$, and the key at
# place $s$ by $s$: the angle between them has changed by $t - s$. So the score knows **how far back** a character stands, and not where in the text the two are.
#
# One angle is not enough: after a full turn, $2\pi$, it begins again. Therefore the $d$ numbers are $d/2$ pairs, counted from 0, and pair $i$ turns by $10000^{-2i/d}$ at each
# place. They are like the hands of a clock: one quick, one slower, one very slow.

# %% slideshow={"slide_type": "-"}
q, k = table[3], table[4]  # any two rows


def score(t, s):  # of the query at place t for the key at place s
    return float(transformer.rotate(q, np.array(t)) @ transformer.rotate(k, np.array(s)))


for t, s in ((5, 3), (50, 48), (205, 203), (5, 4)):
    print(f"query at place {t:3}, key at place {s:3}, {t - s} back: score {score(t, s):.3f}")

# %%
assert max(abs(score(5, 3) - score(50, 48)), abs(score(5, 3) - score(205, 203))) < 1e-3 < 0.1 < abs(score(5, 3) - score(5, 4))

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: rotate
#
# Turn each row of `x`, `(..., T, d)`, as its place in `positions`, `(T,)`, says: the entries $i$ and $i + d/2$ are a pair $(a, b)$, turned by
# `positions * base ** (-2 * i / d)`. The first half of the answer holds all the $a\cos\varphi - b\sin\varphi$, the second all the
# $a\sin\varphi + b\cos\varphi$.


# %% exercise="rotate" slideshow={"slide_type": "-"}
def rotate(x, positions, base=10_000.0):
    """Turn the pairs (i, i + d/2) by the position.  x: (..., T, d), d even;  positions: (T,);  returns (..., T, d)."""
    ### BEGIN SOLUTION
    half = x.shape[-1] // 2
    angles = positions[:, None] * base ** (-2 * jnp.arange(half) / x.shape[-1])  # (T, d / 2)
    a, b = x[..., :half], x[..., half:]
    return jnp.concatenate([a * jnp.cos(angles) - b * jnp.sin(angles), a * jnp.sin(angles) + b * jnp.cos(angles)], axis=-1)
    ### END SOLUTION


# %%
check("rotate", rotate)

# %% [markdown]
# Only queries and keys are turned. The values, what is told, stay as they are.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The block
#
# A transformer is a pile of **blocks**. Each has two parts, and each part *adds* something to what is there:
#
# $$x \leftarrow x + \text{attention}(\text{norm}(x)), \qquad x \leftarrow x + \text{mlp}(\text{norm}(x))$$
#
# - **Attention** brings numbers from other places. It is the only part where places meet.
# - The **MLP** works at each place alone, on what was brought: linear, bend, linear, as in lesson 03. The bend is GELU, a ReLU without a corner.
# - **Adding** leaves a straight way: what a block does not need passes unchanged.
# - After many additions the numbers may have grown. The **norm** brings each row to one size before it is used.

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: layer norm
#
# Ba, Kiros and Hinton (2016): bring the last axis to mean 0 and variance 1, then stretch and shift it by what was learned,
#
# $$\frac{x - \text{mean}(x)}{\sqrt{\text{var}(x) + \epsilon}} \cdot \text{scale} + \text{shift}$$
#
# The variance is the mean of the squared distances from the mean. $\epsilon$ stands inside the root.


# %% exercise="layer_norm" slideshow={"slide_type": "-"}
def layer_norm(x, scale, shift, eps=1e-5):
    """Mean 0 and variance 1 over the last axis, then scale and shift.  x: (..., d);  scale, shift: (d,);  returns (..., d)."""
    ### BEGIN SOLUTION
    distance = x - x.mean(axis=-1, keepdims=True)
    variance = (distance**2).mean(axis=-1, keepdims=True)
    return distance / jnp.sqrt(variance + eps) * scale + shift
    ### END SOLUTION


# %%
check("layer_norm", layer_norm)

# %% [markdown]
# Our library leaves out the mean and the shift and divides by the root of the mean square: `nnx.RMSNorm` (Zhang and Sennrich 2019).

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The whole transformer
#
# One linear layer makes queries, keys and values of all heads at once, and we cut its answer apart. `attend` is the function of attention: later we put a
# wrong one in its place. (`drawing` draws Flax's first numbers in less time.)


# %% slideshow={"slide_type": "-"}
class Block(nnx.Module):
    def __init__(self, width, heads, attend, *, rngs):
        self.heads, self.attend = heads, attend
        self.attention_norm, self.mlp_norm = nnx.RMSNorm(width, rngs=rngs), nnx.RMSNorm(width, rngs=rngs)
        how = {"use_bias": False, "kernel_init": drawing.matrix(), "rngs": rngs}
        self.qkv = nnx.Linear(width, 3 * width, **how)
        self.attended = nnx.Linear(width, width, **how)  # mixes the heads
        self.hidden = nnx.Linear(width, 4 * width, **how)
        self.mlp = nnx.Linear(4 * width, width, **how)  # the second layer of the MLP

    def __call__(self, x, mask, positions):  # (batch, time, width)
        batch, time, width = x.shape
        qkv = self.qkv(self.attention_norm(x)).reshape(batch, time, 3, self.heads, width // self.heads)
        q, k, v = jnp.moveaxis(qkv, (2, 3), (0, 2))  # axis 2 becomes the first, 3 the third: three of (batch, heads, time, d)
        q, k = transformer.rotate(q, positions), transformer.rotate(k, positions)
        answers = self.attend(q, k, v, mask)  # (batch, heads, time, d)
        x = x + self.attended(answers.swapaxes(1, 2).reshape(batch, time, width))  # the heads side by side
        return x + self.mlp(nnx.gelu(self.hidden(self.mlp_norm(x))))


# %% [markdown]
# The mask and the positions are *data* in our model, held by `nnx.Variable`, which is not trained. With another mask, or all positions 0, the same compiled
# program serves.


# %% slideshow={"slide_type": "slide"}
class OurTransformer(nnx.Module):
    def __init__(self, width, mask, positions, *, layers=2, heads=4, attend=transformer.weighted, rngs):
        self.vocab_size = V
        self.mask, self.positions = nnx.Variable(mask), nnx.Variable(positions)  # (..., T, T), (T,)
        self.embedding = nnx.Embed(V, width, embedding_init=drawing.table, rngs=rngs)
        self.blocks = nnx.List([Block(width, heads, attend, rngs=rngs) for _ in range(layers)])  # a list of modules
        self.norm = nnx.RMSNorm(width, rngs=rngs)
        self.output = nnx.Linear(width, V, kernel_init=drawing.matrix(), rngs=rngs)

    def __call__(self, ids):  # (batch, time), of at most T characters
        time = ids.shape[1]
        x = self.embedding(ids)  # (batch, time, width)
        for block in self.blocks:
            x = block(x, self.mask[..., :time, :time], self.positions[:time])
        return self.output(self.norm(x))  # (batch, time, V)


# %% [markdown] slideshow={"slide_type": "-"}
# Is this the library's? The parts have the same names, so we can put the numbers of the trained **house transformer** into ours: 2 blocks of 4 heads, 96
# numbers a place; each place sees itself and the 63 before it.

# %% slideshow={"slide_type": "-"}
train_ids, val_ids = split(vocabulary.encode(corpora.load("fables").text))
ours = OurTransformer(96, transformer.band(128, 128, 64), np.arange(128), rngs=nnx.Rngs(0))
windows = np.asarray(val_ids)[:512].reshape(4, 128)
logits_of = nnx.jit(lambda model, ids: model(ids))  # compiled as a whole, it is quicker

theirs, before = logits_of(house, windows), logits_of(ours, windows)
nnx.update(ours, nnx.state(house, nnx.Param))  # all trained numbers of the house, by their names
difference = [np.abs(np.asarray(answers - theirs)).max() for answers in (before, logits_of(ours, windows))]
print(f"largest difference of a logit: {difference[0]:.2f} before, {difference[1]:.6f} with its numbers")

# %%
assert difference[0] > 1 and difference[1] < 1e-3

# %% [markdown] slideshow={"slide_type": "slide"}
# Now look into the trained one. (A *layer* is a block.) Which head of layer 2 looks mostly one place back? Then switch
# the positions off: what do the bits for the true next character do?

# %% slideshow={"slide_type": "-"}
from chargen_lib.widgets import AttentionExplorer

AttentionExplorer()

# %% [markdown]
# <details><summary>Look first, then open</summary>
#
# Head 4. Without positions the passage costs more than 3.5 bits a character: the heads still ask, and no longer know where.
#
# </details>

# %%
# The mean weight of each head one place back.
one_back = [np.diag(AttentionExplorer(layer=2, head=head).weights, -1).mean() for head in (1, 2, 3, 4)]
assert one_back[3] > 0.4 > 0.3 > max(one_back[:3]) and AttentionExplorer(positions=False).bits.mean() > 3.5

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Does it look ahead?
#
# A model that sees what it should guess has a wonderful loss and is worth nothing: a **leak**. In lesson 05 a floor gave it away. Here we know no floor, but we can
# ask the model.

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: looks ahead
#
# `logits_fn` takes ids `(batch, time)` and returns logits `(batch, time, V)`. Change one character of `ids`, `(time,)`, at a time, to each other of the
# `vocab_size` characters. Return `True` when a logit at any place *before* the changed one moves by more than $10^{-5}$, else `False`.


# %% exercise="looks_ahead" slideshow={"slide_type": "-"}
def looks_ahead(logits_fn, ids, vocab_size):
    """Does a character change the logits before it?  ids: (time,) int;  logits_fn: (batch, time) -> (batch, time, V);  returns a bool."""
    ### BEGIN SOLUTION
    before = logits_fn(ids[None])[0]  # (time, V)
    for place in range(1, len(ids)):
        others = [other for other in range(vocab_size) if other != ids[place]]
        texts = jnp.tile(ids, (len(others), 1)).at[:, place].set(jnp.array(others))  # each row with another character there
        if (jnp.abs(logits_fn(texts)[:, :place] - before[:place]) > 1e-5).any():
            return True
    return False
    ### END SOLUTION


# %%
check("looks_ahead", looks_ahead)

# %% [markdown]
# When yours passes, ask it about the two networks of the next cell, as in `looks_ahead(masked, story[:5], V)`. Here is a picture. In each row one character
# is changed, and a `#` marks every answer that moves, with the mask and without it:


# %%
def moves(model, text="The fox "):
    """Row: the character that becomes a q;  column: does the answer there move?  (time, time) bool."""
    ids, q = vocabulary.encode(text), vocabulary.encode("q")
    changed = np.where(np.eye(len(ids), dtype=bool), q, ids)  # (time, time): row r has a q at place r
    answers = np.asarray(logits_of(model, np.vstack([ids, changed])))  # (1 + time, time, V)
    return np.abs(answers[1:] - answers[0]).max(axis=-1) > 1e-5


def drawn(rows):
    return ["".join(".#"[int(moved)] for moved in row) for row in rows]


T = 32
causal, everything = transformer.band(T, T, T), np.ones((T, T), bool)
masked, unmasked = (OurTransformer(64, mask, np.arange(T), rngs=nnx.Rngs(0)) for mask in (causal, everything))
for character, left, right in zip("The fox ", drawn(moves(masked)), drawn(moves(unmasked)), strict=True):
    print(f"{character!r} changed:  {left}   {right}")

# %%
assert (moves(masked) == np.triu(np.ones((8, 8), bool))).all() and moves(unmasked).all()

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Find the bug: a mask too late
#
# This attention takes two masks, one before the softmax, and one that multiplies the weights after it. Here the first hides nothing, and the second is causal. Every
# weight of a later place is exactly 0. Is it causal?


# %% slideshow={"slide_type": "-"}
def two_masks(queries, keys, values, masks):  # (2, T, T)
    before, after = masks
    scores = queries @ jnp.swapaxes(keys, -1, -2) / math.sqrt(queries.shape[-1])
    weights = nnx.softmax(jnp.where(before, scores, -jnp.inf), axis=-1) * after  # 0 where `after` is False
    return weights @ values


early, late = np.stack([causal, everything]), np.stack([everything, causal])  # as it should be, and as here
late_network = OurTransformer(64, late, np.arange(T), attend=two_masks, rngs=nnx.Rngs(0))
print("\n".join(drawn(moves(late_network))))

# %% [markdown]
# <details><summary>Think first, then open</summary>
#
# It is not. The softmax divides by the sum over *all* places, the later ones too. A later character with a high score makes all weights before it smaller, and
# that can be read. The mask belongs before the softmax. Your `looks_ahead(late_network, story[:5], V)` is `True`.
#
# </details>

# %%
assert moves(late_network).all()

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Break it: no mask at all
#
# We train three small networks: with the mask, without one (120 steps are enough), and with the late one. (`recipe` and `scan` are those of lesson 09. The cell takes a while.)
#
# **Predict.** Where does the loss without a mask go, on the training text, and on held-out text, which it has never seen? And the one with the late mask?


# %%
from chargen_lib.recipes import recipe
from chargen_lib.training import evaluate, fit


def trained(masks, positions, steps, seed=0):
    model = OurTransformer(64, masks, positions, attend=two_masks, rngs=nnx.Rngs(seed))
    settings = {"batch_size": 12, "seq_len": T, "key": jax.random.key(seed), "progress": False}
    history = fit(model, train_ids, steps=steps, optimizer=recipe(0.02), **settings)
    return model, history.losses.reshape(-1, 10).mean(axis=1) / math.log(2)  # bits, means of 10 steps


# Every second window of T characters of the held-out part, each with the character that follows it; the bits at each place of one.
pieces = np.asarray(val_ids)[np.arange(0, len(val_ids) - T, 2 * T)[:, None] + np.arange(T + 1)]  # (424, T + 1)


@nnx.jit
def bits_by_place(model, pieces):
    log_probs = nnx.log_softmax(model(pieces[:, :-1])) / math.log(2)  # (424, T, V)
    return -jnp.take_along_axis(log_probs, pieces[:, 1:, None], axis=-1).mean(axis=(0, 2))  # (T,)


honest, honest_losses = trained(early, np.arange(T), steps=200)
sees_all, sees_all_losses = trained(np.stack([everything] * 2), np.arange(T), steps=120)
too_late, too_late_losses = trained(late, np.arange(T), steps=250)

# %% slideshow={"slide_type": "slide"}
curves = {"with the mask": honest_losses, "no mask": sees_all_losses, "late mask": too_late_losses}
plots.curves({name: (10 * np.arange(1, len(y) + 1), y) for name, y in curves.items()}, "step", "training (bits per character)")

# %%
held_out = [np.asarray(bits_by_place(model, pieces)) for model in (honest, sees_all, too_late)]
honest_bits, sees_all_bits, late_bits = (float(by_place.mean()) for by_place in held_out)
print(f"held-out: {honest_bits:.2f} bits with the mask, {sees_all_bits:.2f} without, {late_bits:.2f} with the late one")
assert max(sees_all_losses[-1], sees_all_bits, too_late_losses[-1], late_bits) < 0.6 and 2.6 < honest_bits < 3.0

# %% [markdown]
# <details><summary>Think first, then open</summary>
#
# Both go below 0.6 bits, on both texts. What follows a character stands one place to the right, and without a mask every place may look there. It learns to copy,
# and copying works on any text: **held-out text does not protect you from a leak.** The late mask is no better: the sum in its softmax tells enough.
#
# </details>
#
# **Predict.** In each window one place cannot see what it should guess. Which? How many bits does it pay?

# %% slideshow={"slide_type": "-"}
pairs = entropy.add_one_log_probs(entropy.bigram_counts(train_ids, V))
pair_bits = entropy.nats_to_bits(entropy.bigram_loss(pairs, val_ids))
last, others = held_out[1][-1], held_out[1][:-1]
print(f"no mask: last place {last:.2f} bits, all others {others.mean():.2f}; the table of pairs {pair_bits:.2f}")

# %% [markdown]
# <details><summary>Think first, then open</summary>
#
# The last: what follows it is not in the window. At this only honest place it is far worse than the table of pairs.
#
# </details>
#
# Whoever writes is always at the last place:


# %%
@nnx.jit
def write(model, windows, key):  # (batch, T) -> 120 new characters after each: (batch, 120)
    def one(windows, key):
        newest = jax.random.categorical(key, model(windows)[:, -1])  # (batch,)
        return jnp.concatenate([windows[:, 1:], newest[:, None]], axis=1), newest

    return jax.lax.scan(one, windows, jax.random.split(key, 120))[1].T


written = {n: np.asarray(write(m, pieces[::50, :T], jax.random.key(1))) for n, m in (("mask", honest), ("no mask", sees_all))}
surprise = {name: -np.asarray(pairs)[ids[:, :-1], ids[:, 1:]].mean() / math.log(2) for name, ids in written.items()}
for name, ids in written.items():
    print(f"{name}, {surprise[name]:.1f} bits a character by the table of pairs: {vocabulary.decode(ids[1])!r}\n")

# %%
assert last > pair_bits + 0.4 and others.max() < 0.6 and surprise["no mask"] > surprise["mask"] + 0.5

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A whole network without positions
#
# A head without positions saw a bag. And a *whole network*? Let every character stand at place 0: nobody is turned. Again `The fox ran home`, and the same in reverse
# but for the last `e`.
#
# **Predict.** One block or two, with the mask or without: in which of these four does the last answer move?


# %% slideshow={"slide_type": "-"}
def last_moves(layers, mask, seed):  # an untrained network without positions
    model = OurTransformer(64, mask, np.zeros(T, int), layers=layers, rngs=nnx.Rngs(seed))
    one, other = np.asarray(logits_of(model, np.stack([story, reverse])))[:, -1]  # (V,) each
    return np.abs(one - other).max()


masks = {"mask": causal, "no mask": everything}
moved = {(n, name): [last_moves(n, masks[name], seed) for seed in (0, 1)] for n in (1, 2) for name in masks}
for (layers, name), changes in moved.items():
    print(f"blocks: {layers}, {name:7}: largest change of a logit {min(changes):.6f} to {max(changes):.6f}")

# %% [markdown] slideshow={"slide_type": "-"}
# <details><summary>Think first, then open</summary>
#
# Only with two blocks *and* the mask. In the first block every place hears a bag, but **each place its own**: place 2 the bag of `The`, in the other text the bag
# of `moh`. The second block asks these places, and they have different things to tell. Without the mask all places hear one bag, that of the whole text, in every block.
# So it is the mask that tells the order.
#
# </details>

# %%
assert all(min(changes) > 0.05 if case == (2, "mask") else max(changes) < 1e-4 for case, changes in moved.items())

# %% [markdown] slideshow={"slide_type": "slide"}
# A first block can even *count*. Let a text begin with a character that stands nowhere else. Its value is 1, and that of all others is 0. Then a head with equal
# weights answers $\frac{1}{t+1}$ at place $t$:

# %%
alike, first = np.zeros((8, 4)), np.eye(8)[:, :1]  # queries and keys of 0: equal weights; the values are 1, 0, 0, ...
heard = head_by_hand(alike, alike, first)[:, 0]
assert np.allclose(1 / heard, np.arange(1, 9))
heard

# %% [markdown] slideshow={"slide_type": "-"}
# That tells the place. Haviv and others (2022) found that large networks without positions do nearly as well, and suppose that they count in some such way. And
# ours?
#
# **Predict.** Trained without positions: as good as with them, as good as the table of pairs, or between?

# %% slideshow={"slide_type": "fragment"}
nowhere, _ = trained(early, np.zeros(T, int), steps=200)
nowhere_bits = float(bits_by_place(nowhere, pieces).mean())
print(f"held-out: with positions {honest_bits:.2f} bits, without {nowhere_bits:.2f}, table of pairs {pair_bits:.2f}")

# %% [markdown]
# <details><summary>Think first, then open</summary>
#
# Between.
#
# </details>
#
# Is that order, or what a bag tells? We reverse, in each window, all before the last character:

# %%
assert honest_bits + 0.2 < nowhere_bits < pair_bits - 0.1
turned = np.concatenate([pieces[:, : T - 1][:, ::-1], pieces[:, T - 1 :]], axis=1)  # (424, T + 1)
for name, model in (("with", honest), ("without", nowhere)):
    as_written, backwards = (float(bits_by_place(model, texts)[-1]) for texts in (pieces, turned))
    print(f"{name} positions, at the last place: {as_written:.2f} bits as written, {backwards:.2f} turned round")
    assert 0.1 < backwards - as_written < 0.6 if model is nowhere else backwards - as_written > 0.9

# %% [markdown]
# So it found something of the order in 200 steps, and much less than with positions: with those, a head can ask for "the character before me" at once.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The ladder
#
# The house transformer was trained for 4000 steps, the house GRU of lesson 09 for about half as many (`tools/house_models.py` makes both). The table is counted
# here. Ours are judged in every second window of 32, each begun from nothing.
#
# **Predict.** In which order do table, GRU and transformer stand?

# %%
from chargen_lib import kneser_ney

judged = {"house transformer": house, "house GRU": pretrained.load("fables-gru")[0]}
losses = {name: evaluate(model, val_ids) for name, model in judged.items()}
losses["Kneser-Ney, context 6"] = kneser_ney.losses(train_ids, V, 6, val_ids).mean()  # without making the whole table
bits = {name: entropy.nats_to_bits(loss) for name, loss in losses.items()}
bits |= {"pairs, add-one": pair_bits, "ours, 200 steps": honest_bits, "ours without positions": nowhere_bits}

# %% slideshow={"slide_type": "-"}
kinds = {"Kneser-Ney, context 6": "count", "pairs, add-one": "count"}
plots.ladder([entropy.Rung(name, value, kinds.get(name, "network")) for name, value in bits.items()])

# %% [markdown]
# <details><summary>Think first, then open</summary>
#
# The GRU is clearly first. The transformer is a little better than the table, by too little to claim.
#
# </details>

# %%
first, second, third = sorted(bits, key=bits.get)[:3]
assert (first, second, third) == ("house GRU", "house transformer", "Kneser-Ney, context 6")
assert bits[second] - bits[first] > 0.03 and 0.01 < bits[third] - bits[second] < 0.1 and honest_bits - bits[third] > 0.4

# %% [markdown] slideshow={"slide_type": "-"}
# So it is on small text, with minutes of training. On much more, Kaplan and others (2020) found large transformers ahead of LSTMs, most of all late in a
# long context.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What we own now
#
# | built here | in the library |
# |---|---|
# | the causal mask | `models.transformer.band` |
# | attention | `models.transformer.weighted` |
# | rotary positions | `models.transformer.rotate` |
# | layer norm | `nnx.LayerNorm`; the library's networks use `nnx.RMSNorm` |
# | blocks, and the whole network | `models.Transformer`; it also reads on from a state |
#
# Your exercises so far:

# %%
progress(lesson=10)

# %% [markdown]
# ## For the curious
#
# Nothing later needs this part.
#
# ### Find the bug: four mistakes, two tests
#
# Four mistakes: the mask after the softmax; the softmax over the wrong axis; no division by $\sqrt d$; rotary positions put on the embeddings, and not on queries
# and keys. None of them stops with an error.
#
# One test we have: does an answer move before the place that was changed? The other: **read the same text with all positions 100 higher**. Rotary positions tell
# distances, so nothing may change.
#
# **Predict.** Which test finds which mistake?


# %%
def parts(ids, positions):  # of one head: queries, keys, values
    x = table[ids]
    return transformer.rotate(x @ Wq, positions), transformer.rotate(x @ Wk, positions), x @ Wv


def wrong_axis(q, k, v, mask):
    return nnx.softmax(jnp.where(mask, q @ k.T / math.sqrt(q.shape[-1]), -jnp.inf), axis=0) @ v


def no_root(q, k, v, mask):
    return nnx.softmax(jnp.where(mask, q @ k.T, -jnp.inf)) @ v


def turned_embeddings(ids, positions):
    x = transformer.rotate(table[ids], positions)
    return x @ Wq, x @ Wk, x @ Wv


heads = {
    "right": (parts, transformer.weighted),
    "mask after the softmax": (parts, lambda q, k, v, mask: two_masks(q, k, v, (mask | True, mask))),
    "softmax over the wrong axis": (parts, wrong_axis),
}
heads |= {"no division": (parts, no_root), "embeddings turned": (turned_embeddings, transformer.weighted)}
other_end = vocabulary.encode("The fox ran homq")
found = {}
for name, (make, attend) in heads.items():
    one, changed, shifted = (
        np.asarray(attend(*make(ids, places), transformer.band(16, 16, 16)))
        for ids, places in ((story, np.arange(16)), (other_end, np.arange(16)), (story, np.arange(16) + 100))
    )
    found[name] = bool((np.abs(one - changed)[:-1] > 1e-5).any()), bool((np.abs(one - shifted) > 1e-3).any())
    print(f"{name:28} looks ahead: {found[name][0]!s:6} changes with the positions: {found[name][1]}")

# %% [markdown]
# <details><summary>Think first, then open</summary>
#
# The first test finds the late mask and the wrong axis: there each weight is divided by a sum in which later places have a part. The second finds the turned embeddings: their
# turning also reaches the values. *No test finds the missing root*: such a head is causal and knows distances, it only listens to too few places. A test finds what it asks for.
#
# </details>

# %%
assert found == {
    "right": (False, False),
    "mask after the softmax": (True, False),
    "softmax over the wrong axis": (True, False),
    "no division": (False, False),
    "embeddings turned": (False, True),
}

# %% [markdown]
# ### How far back
#
# In the house transformer a place sees itself and 63 places before it. There are two blocks.
#
# **Predict.** How far back can a character stand and still move the answer at the last place?
#
# <details><summary>Think first, then open</summary>
#
# 126 places. The last place asks one 63 back, in the second block, and that one has heard, in the first block, of a place 63 further back.
#
# </details>

# %%
texts, backs = np.tile(val_ids[:128], (4, 1)), (63, 126, 127)
texts[[1, 2, 3], [127 - back for back in backs]] = vocabulary.encode("q")  # the first row stays as it is
answers = np.asarray(logits_of(house, texts))[:, -1]  # (4, V)
reach = {back: float(np.abs(answer - answers[0]).max()) for back, answer in zip(backs, answers[1:], strict=True)}
assert reach[127] == 0 < reach[126] < reach[63]
reach

# %% [markdown]
# ### Where the word comes from
#
# Attention is older than the transformer. Bahdanau, Cho and Bengio (2015) translated with two recurrent networks, one that reads and one that writes. The
# writer had only the reader's last state, one row of numbers for a whole sentence. They let it ask all states of the reader instead, at each word anew. Vaswani
# and others (2017) left the recurrent networks away and kept the asking. Lesson 17 comes back to it.

# %% [markdown]
# ## Further reading
#
# - D. Bahdanau, K. Cho, Y. Bengio (2015), [*Neural Machine Translation by Jointly Learning to Align and Translate*](https://arxiv.org/abs/1409.0473), ICLR. Where
#   one network first asks another. Look at the pictures of who asked whom.
# - A. Vaswani and others (2017), [*Attention Is All You Need*](https://arxiv.org/abs/1706.03762), NeurIPS. Section 3.2 is your exercise, and a footnote there explains the root.
# - J. L. Ba, J. R. Kiros, G. E. Hinton (2016), [*Layer Normalization*](https://arxiv.org/abs/1607.06450). B. Zhang, R. Sennrich (2019), [*Root Mean Square Layer
#   Normalization*](https://arxiv.org/abs/1910.07467), NeurIPS. With the mean, and without it.
# - J. Su and others (2021), [*RoFormer: Enhanced Transformer with Rotary Position Embedding*](https://arxiv.org/abs/2104.09864). The clock hands.
# - A. Haviv, O. Ram, O. Press, P. Izsak, O. Levy (2022), [*Transformer Language Models without Positional Encodings Still Learn Positional
#   Information*](https://arxiv.org/abs/2203.16634), Findings of EMNLP. What the mask alone tells.
# - A. Kazemnejad and others (2023), [*The Impact of Positional Encoding on Length Generalization in Transformers*](https://arxiv.org/abs/2305.19466), NeurIPS. Proves
#   that a first layer can count, as above.
# - J. Kaplan and others (2020), [*Scaling Laws for Neural Language Models*](https://arxiv.org/abs/2001.08361). LSTM and transformer beside each other, section 3.2.
#
# **Back to what it is judged beside:** [Context windows](08_context_windows.ipynb), and [Recurrence](09_recurrence.ipynb).
