# %% [markdown] slideshow={"slide_type": "slide"}
# # 02 · Embeddings
#
# **Why is a table lookup a layer?**
#
# *About {reading} minutes, and {exercises} more for the exercises · for beginners · you need: [lesson 01](01_text_as_numbers.ipynb).*
#
# A network cannot do much with an id, so its first act is to look the id up in a table and take the row that stands there. Looking something up does not
# sound like learning. Here the table learns. You will be able to
#
# - say why a lookup is a matrix product, and why that lets a table be trained,
# - say which rows of the table one step of training touches, and by how much,
# - measure how alike two characters are to a model,
# - train your first small model and put it on the ladder.

# %%
from chargen_lib import corpora
from chargen_lib.text import Vocabulary, split

fables = corpora.load("fables")
vocabulary = Vocabulary.from_text(fables.text)
characters = vocabulary.characters
train_ids, val_ids = split(vocabulary.encode(fables.text))
len(vocabulary), len(train_ids), len(val_ids)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Three questions from before
#
# **1.** A character had the probability $\frac18$, and came. How many bits of surprise?
#
# <details><summary>Think first, then open</summary>
#
# $-\log_2 \frac18 = \log_2 8 = 3$ bits.
#
# </details>
#
# **2.** `counts` has the shape `(63, 63)`. What shapes have `counts.sum(axis=1)` and `counts.sum(axis=1, keepdims=True)`, and by which do you divide to
# turn each row into shares?
#
# <details><summary>Think first, then open</summary>
#
# `(63,)` and `(63, 1)`. By the second. The first would divide each *column*, without any error.
#
# </details>
#
# **3.** On the held-out text the table of pairs, with add-one, scored 3.297 bits. Is that a floor?
#
# <details><summary>Think first, then open</summary>
#
# No, a score: a better rule may beat it. A floor is what nobody can beat.
#
# </details>

# %% [markdown] slideshow={"slide_type": "slide"}
# ## An id is a name, not an amount
#
# A network computes with numbers. So why not put the id itself in?
#
# **Predict.** Take the ids of `a`, `b` and `c`. What is the average of the ids of `a` and `c`? What would it mean?
#
# <details><summary>Think first, then open</summary>
#
# It is the id of `b`. Arithmetic on ids says that `b` lies halfway between `a` and `c`. That is true of the alphabet's order and of nothing else. An id
# is like the number on a football shirt: it tells the players apart, and nobody adds it up.
#
# </details>

# %%
a, b, c = vocabulary.encode("abc").tolist()
a, b, c, (a + c) / 2

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A row of numbers for every character
#
# So each character gets $d$ numbers of its own. They stand in a **table**: one row a character, $d$ columns. A character's row is its **embedding**. At
# first nobody knows good numbers, so we draw them at random.
#
# You hand a **key** to every random function of JAX: the same key always gives the same numbers. `jax.random.key(0)` makes a
# key from the number 0, and `jax.random.split` makes new keys out of one. `jax.random.normal` draws numbers around 0, most of them between -2 and 2.

# %% slideshow={"slide_type": "-"}
import jax
import jax.numpy as jnp

V, d = len(vocabulary), 4
table = jax.random.normal(jax.random.key(0), (V, d))  # (vocab, d)
assert (table == jax.random.normal(jax.random.key(0), (V, d))).all()  # the same key, the same table
print("the row of a:", table[a])
print("the row of b:", table[b])

# %% [markdown]
# To look up a whole word, put its ids in the brackets. A character that stands twice in the word has the same row twice.

# %%
ids = vocabulary.encode("banana")  # (time,)
looked_up = table[ids]  # (time, d)
assert (looked_up[1] == looked_up[3]).all() and (looked_up[1] == looked_up[5]).all()  # the three a
looked_up

# %% [markdown]
# Networks read many texts at once, a *batch*. Its ids have the shape `(batch, time)`; the lookup adds an axis at the end.

# %%
batch = jnp.stack([vocabulary.encode("banana"), vocabulary.encode("orange")])  # (batch, time); stack: one row under the other
batch.shape, table[batch].shape

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The lookup as a matrix product
#
# Here is another way to say which character we mean: a row of $V$ numbers, all 0, with a single 1 at the place of the id. It is called a **one-hot**
# row.

# %%
one_hot_a = (jnp.arange(V) == a).astype(jnp.float32)  # (vocab,): 0, 1, ..., V-1 compared with a; True becomes 1, False 0
assert one_hot_a.sum() == 1 and one_hot_a[a] == 1
print(one_hot_a)

# %% [markdown] slideshow={"slide_type": "-"}
# **Predict.** Multiply this row by the table, as matrices: `one_hot_a @ table`. (In Python `@` is the matrix product: each number of the result is a
# sum of products, $y_j = \sum_i x_i W_{ij}$.) What shape has the result, and what does it hold?
#
# <details><summary>Think first, then open</summary>
#
# A row of $d$. In the sum $\sum_i x_i W_{ij}$ every $x_i$ is 0 but one, and that one is 1. What is left is $W_{aj}$: row $a$ of the table. The product
# *is* the lookup.
#
# </details>

# %%
print(one_hot_a @ table)
print(table[a])

# %% [markdown]
# For ids of any shape, `jax.nn.one_hot(ids, n)` makes one-hot rows of length `n`.

# %%
from chargen_lib.exercises import check, progress

assert jnp.allclose(one_hot_a @ table, table[a])
assert jax.nn.one_hot(batch, V).shape == (2, 6, V) and (jax.nn.one_hot(ids, V)[1] == one_hot_a).all()

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: a lookup without looking up
#
# `ids` may have any shape. Return the same as `table[ids]`, but do it with one-hot rows and a matrix product.


# %% exercise="embed_with_matmul" slideshow={"slide_type": "-"}
def embed_with_matmul(ids, table):
    """Embeddings by a matrix product.  ids: int, any shape (...);  table: (V, d);  returns (..., d), equal to table[ids]."""
    ### BEGIN SOLUTION
    one_hot = jax.nn.one_hot(ids, table.shape[0])  # (..., V)
    return one_hot @ table  # the product works on the last axis and leaves the others alone
    ### END SOLUTION


# %%
check("embed_with_matmul", embed_with_matmul)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## That is why it is a layer
#
# A network is built of **layers**. A layer is a function with numbers of its own inside, its *parameters*, which training may change. The commonest
# one is the **linear layer**: it multiplies its input by a matrix, $y = xW$. (Often it adds a row of numbers, the *bias*: $y = xW + b$.)
#
# A lookup is $y = xW$ with a one-hot $x$ and the table as $W$. So it is a linear layer like any other, and it can be trained like any other.
#
# Then why look up at all? Because the product multiplies almost everything by 0: with 63 characters, it makes 63 multiplications for each number that a
# lookup copies. So: **compute it as a lookup, think of it as a product.**

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Which rows learn?
#
# Training asks one question of every parameter: *if you grew a little, would the result grow or shrink, and how fast?* The answers together are the
# **gradient**. It has the shape of the parameters, one answer for each.
#
# JAX computes it. `jax.grad(f)` is a new function: it takes what `f` takes and returns the gradient for the first argument. The result of `f` must be a
# single number. A first try: $f(x) = x^2$ grows at $x = 3$ with the speed $2x = 6$.


# %%
def square(x):
    return x**2


float(jax.grad(square)(3.0))

# %% [markdown] slideshow={"slide_type": "-"}
# Now a function of a table: look up the letters of `banana` and add up all the numbers.
#
# **Predict.** The gradient has the shape of the table, $63 \times 4$. How many of its rows are not zero? What stands in the row of `a`?
#
# <details><summary>Think first, then open</summary>
#
# Three rows: those of `b`, `a` and `n`. Changing another row changes nothing. The row of `a` was copied out three times: if a number in it grows by 0.01,
# the sum grows by 0.03. So the gradient there is 3. For `n` it is 2, for `b` it is 1.
#
# </details>


# %%
def total(table):
    return table[ids].sum()


gradient = jax.grad(total)(table)  # (vocab, d), the shape of the table
touched = {characters[i]: gradient[i].tolist() for i in range(V) if (gradient[i] != 0).any()}
touched

# %% [markdown]
# **A gradient touches the rows of the characters in the batch and no others.** The row of a character that never occurs in the training text never
# learns.

# %%
assert touched == {"a": [3.0] * d, "b": [1.0] * d, "n": [2.0] * d}
assert abs(total(table.at[a, 0].add(0.01)) - total(table) - 0.03) < 1e-4  # one number of a grows by 0.01, the sum by 0.03

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Find the bug: the greedy plus
#
# A friend computes this gradient without JAX, in NumPy: for every letter of the word she adds 1 to its row. It runs, it has the right shape, and the row
# of `b` is right. Which rows are wrong, and why?

# %% slideshow={"slide_type": "-"}
import numpy as np

hers = np.zeros((V, d))
hers[np.asarray(ids)] += 1
hers.shape

# %% [markdown] slideshow={"slide_type": "-"}
# <details><summary>Think first, then open</summary>
#
# Those of `a` and `n`. In NumPy `hers[ids] += 1` reads the rows, adds 1, and writes them back. A row that is named three times is *written* three times,
# each time with 0 + 1. `np.add.at` adds every time, and so does JAX's `.at[ids].add(1)`.
#
# </details>

# %%
mended = np.zeros((V, d))
np.add.at(mended, np.asarray(ids), 1)
{letter: (hers[characters.index(letter)].tolist(), mended[characters.index(letter)].tolist()) for letter in "abn"}

# %%
assert [characters[i] for i in range(V) if (hers[i] != gradient[i]).any()] == ["a", "n"]
assert (mended == gradient).all() and (jnp.zeros((V, d)).at[ids].add(1) == gradient).all()

# %% [markdown]
# ## The library's table
#
# Flax is the library of layers for JAX; we use its part `nnx`. There the table is `nnx.Embed`. It draws its own random rows, so it wants keys:
# `nnx.Rngs(0)` is a box that hands them out, beginning from the number 0. Calling the layer looks up. `layer.embedding[...]` is its table, as an array.

# %%
from flax import nnx

layer = nnx.Embed(V, d, rngs=nnx.Rngs(0))
assert (layer(ids) == layer.embedding[...][ids]).all()
layer(ids).shape

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Break it: an id that does not exist
#
# There are 63 characters, so the ids go from 0 to 62.
#
# **Predict.** Four ways to look up id 63: a NumPy table, a JAX table, `nnx.Embed`, and the one-hot product. How many of them complain?
#
# <details><summary>Think first, then open</summary>
#
# One. NumPy raises an error. JAX gives you the *last* row: id 63 silently becomes a `z`. `nnx.Embed` fills the row with NaN, "not a number". The one-hot
# row has no place for a 63: all zero, and so is the product.
#
# </details>

# %% slideshow={"slide_type": "fragment"}
ways = {  # lambda i: ... is a small function of i, without a name
    "NumPy": lambda i: np.asarray(table)[np.asarray(i)],
    "JAX": lambda i: table[i],
    "nnx.Embed": layer,
    "one-hot": lambda i: jax.nn.one_hot(i, V) @ table,
}
missing = jnp.array([V])  # the id 63
for name, look_up in ways.items():
    try:
        print(f"{name:>9}: {look_up(missing)}")
    except Exception as error:
        print(f"{name:>9}: {type(error).__name__}, {error}")
print(f"the last row, that of {characters[-1]!r}: {table[-1]}")

# %% [markdown]
# A graphics processor can hardly stop to complain, so JAX has documented rules instead of errors. NaN is the kindest of the silent answers: it
# spoils everything after it, so you notice. **Check ids where they are made**, as `Vocabulary.encode` does.

# %%
assert (table[missing] == table[-1]).all() and characters[-1] == "z"
assert jnp.isnan(layer(missing)).all() and (jax.nn.one_hot(missing, V) @ table == 0).all()

# %% [markdown] slideshow={"slide_type": "slide"}
# ## How near are two characters?
#
# Rows of numbers are points in space. One-hot rows are all equally far from each other, so they say *who* a character is, and nothing else. The rows of a
# table may say more: who is like whom. For embeddings one usually asks for the **direction**: do two rows point the same way? The measure is the
# **cosine** of the angle between them,
#
# $$\cos(u, v) = \frac{u \cdot v}{|u| \, |v|}, \qquad u \cdot v = \sum_j u_j v_j, \qquad |u| = \sqrt{u \cdot u}$$
#
# **Predict.** What is the cosine of $(1, 2)$ with $(2, 4)$, with $(-2, 1)$, with $(-1, -2)$?
#
# <details><summary>Think first, then open</summary>
#
# 1: the same direction, twice as long. 0: a right angle. -1: the opposite direction. Every cosine lies between -1 and 1.
#
# </details>


# %%
def cosine(u, v):
    return float(u @ v / (jnp.linalg.norm(u) * jnp.linalg.norm(v)))  # linalg.norm is the length |u|


three = [cosine(jnp.array([1.0, 2.0]), jnp.array(v)) for v in ([2.0, 4.0], [-2.0, 1.0], [-1.0, -2.0])]
three

# %%
assert np.allclose(three, [1, 0, -1], atol=1e-6)
assert np.allclose(np.delete(jnp.linalg.norm(jnp.eye(V) - one_hot_a, axis=1), a), np.sqrt(2))  # from a to each other

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: all cosines at once
#
# Return the table of the cosines between all rows of `table`: entry `[i, j]` belongs to rows $i$ and $j$. A row that is all zero has no direction: its
# cosines are 0, with itself too, not NaN. (`table.T` has rows and columns swapped; `jnp.linalg.norm` takes
# `axis` and `keepdims` as `sum` does.)


# %% exercise="cosine_similarities" slideshow={"slide_type": "-"}
def cosine_similarities(table):
    """Cosine of every pair of rows.  table: (V, d);  returns (V, V), between -1 and 1; 0 for an all-zero row."""
    ### BEGIN SOLUTION
    lengths = jnp.linalg.norm(table, axis=1, keepdims=True)  # (V, 1)
    units = table / jnp.where(lengths > 0, lengths, 1.0)  # rows of length 1; an all-zero row stays zero
    return units @ units.T  # (V, V)
    ### END SOLUTION


# %%
check("cosine_similarities", cosine_similarities)

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: the nearest characters
#
# Return the ids of the `k` rows most similar by cosine to row `index`, the most similar first. Every row is most similar to itself: leave `index` out.
# (`x.at[i].set(y)` is a copy of `x` with `y` at place `i`.)


# %% exercise="nearest_characters" slideshow={"slide_type": "-"}
def nearest_characters(table, index, k):
    """Who is like whom.  table: (V, d);  index: a row's id;  returns k ids, the most similar first, never index."""
    ### BEGIN SOLUTION
    lengths = jnp.linalg.norm(table, axis=1, keepdims=True)  # (V, 1)
    units = table / jnp.where(lengths > 0, lengths, 1.0)  # (V, d)
    cosines = units @ units[index]  # (V,)
    cosines = cosines.at[index].set(-jnp.inf)  # below every cosine, so it comes last
    return jnp.argsort(-cosines)[:k]  # argsort puts the smallest first: hence the minus
    ### END SOLUTION


# %%
check("nearest_characters", nearest_characters)

# %% [markdown]
# The library's `nearest` returns the ids and their cosines.

# %%
from chargen_lib.embeddings import nearest


def neighbours(table, character, k=5):
    nearest_ids, _ = nearest(table, characters.index(character), k)
    return [characters[i] for i in nearest_ids]


neighbours(table, "a")  # drawn by chance: they mean nothing

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A model of two layers
#
# The model sees one character. First the table: id to $d = 8$ numbers. Then a linear layer: $d$ numbers to $V$, one for each character that might come
# next. These are the **logits**; the larger, the likelier. All parameters stand in one dictionary, and a *function* uses them.


# %%
def start(key, d, scale=0.1):
    key_table, key_weights = jax.random.split(key)  # two layers, two keys
    return {
        "table": scale * jax.random.normal(key_table, (V, d)),
        "weights": scale * jax.random.normal(key_weights, (d, V)),
        "bias": jnp.zeros(V),
    }


def logits(params, ids):
    x = params["table"][ids]  # (batch, d)
    return x @ params["weights"] + params["bias"]  # (batch, vocab)


untrained = start(jax.random.key(2), d=8)
number_of_parameters = sum(p.size for p in untrained.values())
assert logits(untrained, ids).shape == (6, V) and number_of_parameters == 63 * 8 + 8 * 63 + 63 == 1071
number_of_parameters

# %% [markdown]
# A logit may be any number; a probability may not. The **softmax** turns one into the other: $e^z$ is never negative, and dividing makes the sum 1:
#
# $$p_i = \frac{e^{z_i}}{\sum_j e^{z_j}}$$
#
# `jax.nn.log_softmax` gives $\ln p_i$ directly.

# %%
z = jnp.array([2.0, 1.0, -1.0])
p = jnp.exp(z) / jnp.exp(z).sum()
assert jnp.allclose(jax.nn.log_softmax(z), jnp.log(p), atol=1e-6) and abs(float(p.sum()) - 1) < 1e-6
p

# %% [markdown]
# The **loss** is the number that training makes small. Ours is the score of lesson 01: the mean of $-\ln p$ of the character that really came, in nats.
# `inputs` are characters, `targets` the characters right after them.


# %%
def loss(params, inputs, targets):
    log_probs = jax.nn.log_softmax(logits(params, inputs))  # (batch, vocab)
    return -log_probs[jnp.arange(len(targets)), targets].mean()  # in row i the entry of target i


train_inputs, train_targets = train_ids[:-1], train_ids[1:]
val_inputs, val_targets = val_ids[:-1], val_ids[1:]

# %% [markdown] slideshow={"slide_type": "-"}
# **Predict.** The untrained model knows nothing, and its numbers are small. About how large is its loss, in nats?
#
# <details><summary>Think first, then open</summary>
#
# All logits are near 0, so all probabilities are near $\frac{1}{63}$: the loss is about $\ln 63 \approx 4.14$ nats (5.98 bits), the top of the ladder. A
# first loss far from $\ln V$ is a sign of a mistake.
#
# </details>

# %%
first_loss = float(loss(untrained, train_inputs, train_targets))
first_loss

# %%
import math

assert abs(first_loss - math.log(63)) < 0.05 and round(math.log(63), 2) == 4.14 and round(math.log2(63), 2) == 5.98

# %% [markdown] slideshow={"slide_type": "slide"}
# ## One step of training
#
# `jax.value_and_grad(loss)` computes the loss and its gradient together. The gradient has the form of its first argument: a dictionary with the same
# names and shapes. It says where the loss *grows*, so we go a little way in the opposite direction. How far is the **learning rate**.

# %%
line = vocabulary.encode("the cat sat")
inputs, targets = line[:-1], line[1:]
value, gradient = jax.value_and_grad(loss)(untrained, inputs, targets)

rate = 0.5
after_step = {name: untrained[name] - rate * gradient[name] for name in untrained}
print(f"loss before {value:.3f} nats, after one step {loss(after_step, inputs, targets):.3f} nats")

# %% [markdown] slideshow={"slide_type": "-"}
# **Predict.** Which rows of the table are different now?
#
# <details><summary>Think first, then open</summary>
#
# Those of the characters that were *inputs*: `t`, `h`, `e`, the space, `c`, `a`, `s`.
#
# </details>

# %%
moved = (after_step["table"] != untrained["table"]).any(axis=1)  # (vocab,)
moved_characters = {characters[i] for i in range(V) if moved[i]}
moved_characters

# %% [markdown]
# The library `optax` calls such a rule an **optimizer**, and this one `sgd`. An optimizer has two functions. `init` makes its memory, its *state*.
# `update` takes a gradient and the state, and returns the change to make and the new state. `optax.apply_updates` adds the change to the parameters.

# %%
import optax

optimizer = optax.sgd(rate)
state = optimizer.init(untrained)
updates, state = optimizer.update(gradient, state)
by_optax = optax.apply_updates(untrained, updates)
assert moved_characters == set("the cas") and loss(after_step, inputs, targets) < value
assert all(jnp.allclose(by_optax[name], after_step[name], atol=1e-6) for name in untrained)

# %% [markdown]
# ## Many steps
#
# We use the optimizer `adam`, which gives every parameter a step length of its own (lesson 05). Each step draws a batch, 512 places of
# the training text, at random, with a key of its own: `fold_in(key, number)` makes a new key out of a key and a number.
#
# `@jax.jit` above a function *compiles* it: at the first call JAX translates it into fast machine code, and later calls use that. The loop keeps the
# table of every 50th step, to look at them further down.

# %%
optimizer = optax.adam(0.01)


@jax.jit
def step(params, state, key, number):
    # 512 whole numbers from 0 on, below the number of places
    places = jax.random.randint(jax.random.fold_in(key, number), (512,), 0, len(train_inputs))
    value, gradient = jax.value_and_grad(loss)(params, train_inputs[places], train_targets[places])
    updates, state = optimizer.update(gradient, state)
    return optax.apply_updates(params, updates), state, value


def train(params, key, steps=1500):
    """Returns the parameters, the loss at every step (steps,), and the tables kept (steps / 50 + 1, vocab, d)."""
    state = optimizer.init(params)
    values, tables = [], [params["table"]]
    for number in range(steps):
        params, state, value = step(params, state, key, number)
        values.append(float(value))
        if len(values) % 50 == 0:
            tables.append(params["table"])
        if len(values) % 500 == 0:
            print(f"step {len(values)}: mean loss of the last 500 {sum(values[-500:]) / 500:.3f} nats")
    return params, np.array(values), np.array(tables)


# %% [markdown] slideshow={"slide_type": "slide"}
# **Predict.** The loss begins at 5.98 bits. On the training text lesson 01 found two floors: 4.37 bits for those who ignore what came before, and 3.29 bits
# for those who see the character before. Will the model pass the first? The second?
#
# <details><summary>Think first, then open</summary>
#
# The first, and soon: it sees the character before. Not the second: nobody can who sees one character. Lesson 03 is about this floor.
#
# </details>

# %%
trained, losses, tables = train(untrained, jax.random.key(3))

# %% [markdown]
# Look at how soon the curve crosses the upper level, and where it comes to rest.

# %% slideshow={"slide_type": "fragment"}
from chargen_lib import entropy, plots

character_counts = entropy.unigram_counts(train_ids, V)
character_bits = float(entropy.entropy_bits(character_counts / len(train_ids)))
pair_counts = entropy.bigram_counts(train_ids, V)
pair_bits = entropy.conditional_entropy(pair_counts)
per_25 = losses.reshape(-1, 25).mean(axis=1) / math.log(2)  # rows of 25 steps, each row's mean, less jumpy; nats to bits
curve = {"the model, on its batches": (25 * np.arange(1, len(per_25) + 1), per_25)}
levels = {"floor, characters alone": character_bits, "floor, pairs": pair_bits}
plots.curves(curve, "step", "bits per character", levels=levels, title="The loss goes down, and where it stops")

# %%
train_bits = entropy.nats_to_bits(loss(trained, train_inputs, train_targets))
assert round(character_bits, 2) == 4.37 and round(pair_bits, 2) == 3.29
assert per_25[7] < character_bits and pair_bits + 0.03 < train_bits < pair_bits + 0.1
print(f"on the whole training text {train_bits:.3f} bits; the floor of pairs is {pair_bits:.3f}")

# %% [markdown]
# Before step 200 it has passed the first floor. It comes to rest less than a tenth of a bit above the second, with 1,071 numbers; the table of pairs has
# $63 \times 63 = 3{,}969$.
#
# **Predict.** Now a table with only **two** columns. What does it cost, in bits per character: nothing, a few tenths of a bit, a whole bit?
#
# <details><summary>Think first, then open</summary>
#
# A few tenths. Two numbers a character are still far better than no context.
#
# </details>

# %%
flat, _, _ = train(start(jax.random.key(4), d=2), jax.random.key(5))

# %% [markdown] slideshow={"slide_type": "slide"}
# All of them on the ladder, judged on the held-out text. Look for the place of the two networks.

# %% slideshow={"slide_type": "-"}
bits = entropy.nats_to_bits
unigram_bits = bits(entropy.unigram_loss(entropy.add_one_log_probs(character_counts), val_ids))
bigram_bits = bits(entropy.bigram_loss(entropy.add_one_log_probs(pair_counts), val_ids))
flat_bits, trained_bits = (bits(loss(params, val_inputs, val_targets)) for params in (flat, trained))
rungs = [
    entropy.Rung("uniform", math.log2(V)),
    entropy.Rung("unigram, add-one", unigram_bits),
    entropy.Rung("embedding of 2 numbers", flat_bits, "network"),
    entropy.Rung("embedding of 8 numbers", trained_bits, "network"),
    entropy.Rung("bigram, add-one", bigram_bits),
]
plots.ladder(rungs)

# %%
assert 0.2 < flat_bits - trained_bits < 0.5 and flat_bits < unigram_bits - 0.5
assert bigram_bits < trained_bits < bigram_bits + 0.1
print(f"two columns instead of eight cost {flat_bits - trained_bits:.2f} bits per character")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Where the characters ended up
#
# Nobody told the model that `q` and `Q` are the same letter. The neighbours, before and after:

# %% slideshow={"slide_type": "-"}
for character in "aeq.":
    before = " ".join(map(repr, neighbours(untrained["table"], character)))
    after = " ".join(map(repr, neighbours(trained["table"], character)))
    print(f"{character!r}   before: {before:<24}   after: {after}")

# %%
assert neighbours(trained["table"], "q")[0] == "Q" and set(neighbours(trained["table"], ".")[:3]) <= set(".,!?:;")

# %% [markdown]
# The nearest to `q` is now `Q`. Around the full stop stand other marks of punctuation. What do they have in common? The pair table of lesson 01 knows
# what follows them:

# %%
rows = np.asarray(pair_counts / pair_counts.sum(axis=1, keepdims=True))  # (vocab, vocab): p(next | previous)
for group, nexts in (("qQ", "u"), (".,!?", ' "\n')):
    shares = rows[vocabulary.encode(group)][:, vocabulary.encode(nexts)].sum(axis=1)  # one for each of the group
    assert shares.min() > 0.9
    print(f"after {' '.join(group)} comes one of {nexts!r}:", shares.round(2))

# %% [markdown] slideshow={"slide_type": "slide"}
# The same things. For this model **near in the table means: followed by similar characters**, as far as eight numbers allow.
#
# The figure is a map of the table at every moment that was kept, seen from the side from which the points spread most (how that is found: in the last
# part). Lines lead from a chosen character to its nearest by the cosine, with all 8 numbers. Click on another.
#
# Press **Play**. Look for two things: where the points are at step 0, and when the marks `.` `,` `!` `?` leave the letters.

# %% slideshow={"slide_type": "slide"}
from chargen_lib.widgets import EmbeddingExplorer

often = [i for i in range(V) if character_counts[i] >= 120]  # a rare character's row has seldom been touched: leave it out
shown = vocabulary.decode(often)
table_steps = [50 * place for place in range(len(tables))]  # 0, 50, ..., 1500
table_bits = [losses[0] / math.log(2), *per_25[1::2]]  # as in the curve: the mean of the 25 steps up to each
EmbeddingExplorer(tables, characters, steps=table_steps, bits=table_bits, shown=shown, chosen="a")

# %% [markdown]
# At step 0 the points are a small clump. It bursts in the first few hundred steps; the four marks leave the letters and stay together.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What we own now
#
# We fill the library's layers with the trained numbers and get the same logits and the same loss.

# %%
embed = nnx.Embed(V, 8, rngs=nnx.Rngs(0))
linear = nnx.Linear(8, V, rngs=nnx.Rngs(0))
embed.embedding[...] = trained["table"]  # with something on the right, [...] writes
linear.kernel[...] = trained["weights"]  # nnx calls the matrix of a linear layer its kernel
linear.bias[...] = trained["bias"]

their_logits = linear(embed(val_inputs))  # (n, vocab)
assert jnp.allclose(their_logits, logits(trained, val_inputs), atol=1e-4)
their_loss = optax.softmax_cross_entropy_with_integer_labels(their_logits, val_targets).mean()
assert abs(float(their_loss) - float(loss(trained, val_inputs, val_targets))) < 1e-4
u, v = trained["table"][a], trained["table"][b]
assert abs(float(optax.cosine_similarity(u, v)) - cosine(u, v)) < 1e-5

# %% [markdown] slideshow={"slide_type": "-"}
# | built here | in the libraries |
# |---|---|
# | a one-hot row | `jax.nn.one_hot` |
# | the table and its lookup | `nnx.Embed` |
# | $xW + b$ | `nnx.Linear` |
# | the gradient | `jax.grad`, `jax.value_and_grad` |
# | the cosine | `optax.cosine_similarity` |
# | the loss | `optax.softmax_cross_entropy_with_integer_labels` |
# | one step | `optax.sgd`, `optax.adam`, `optax.apply_updates` |
#
# Your exercises so far:

# %%
progress(lesson=2)

# %% [markdown]
# ## For the curious
#
# Nothing later needs this part.
#
# ### What arrives at a row
#
# In a network the looked-up rows go on into further layers. When a number in such a row grows, the result grows not with the speed 1, as in `total`, but
# with some other: for each position there is a row of $d$ speeds. We call these rows `arriving`, because they come back from the layers behind, and
# invent them here.
#
# **Predict.** For the product $y = xW$ the gradient of $W$ is $x^\top \cdot \text{arriving}$, because $W_{ij}$ enters $y_j$ multiplied by $x_i$.
# ($x^\top$ is $x$ with rows and columns swapped.) With one-hot rows for $x$, what does row `a` of it hold?
#
# <details><summary>Think first, then open</summary>
#
# The sum of what arrived at the three positions of `a`. The rows add up, because all three positions use the same numbers.
#
# </details>

# %%
arriving = jax.random.normal(jax.random.key(1), (len(ids), d))  # (time, d)


def weighted_total(table):
    return (table[ids] * arriving).sum()  # its gradient with respect to table[ids] is `arriving`


gradient = jax.grad(weighted_total)(table)
by_product = jax.nn.one_hot(ids, V).T @ arriving  # (vocab, time) @ (time, d)
print("row a of the gradient:           ", gradient[a])
print("the sum of what arrived at the a:", arriving[1] + arriving[3] + arriving[5])

# %%
assert jnp.allclose(gradient, by_product, atol=1e-5)
assert jnp.allclose(gradient[a], arriving[1] + arriving[3] + arriving[5], atol=1e-5)

# %% [markdown]
# ### Find the bug: a loss that stops too early
#
# A friend writes: "Random numbers at the start are untidy. I begin with zeros everywhere. The loss goes down at first, and then it stops at a number that
# I have seen somewhere." Which number, and why?

# %%
zeros = {"table": jnp.zeros((V, 8)), "weights": jnp.zeros((8, V)), "bias": jnp.zeros(V)}
stuck, _, _ = train(zeros, jax.random.key(3), steps=1000)
_, gradient = jax.value_and_grad(loss)(zeros, inputs, targets)
for name in gradient:
    print(f"{name:>8}: largest gradient {float(jnp.abs(gradient[name]).max()):.3f}")

# %% [markdown]
# <details><summary>Think first, then open</summary>
#
# On held-out text it is about the score of the unigram, 4.37 bits. The gradient of the weights is $x^\top \cdot \text{arriving}$, and $x$ comes from the
# table, which is zero. What arrives at the table has passed through the weights, and they are zero too. Each waits for the other, for ever. Only the bias
# learns, and a bias does not depend on the character before: it learns how common each character is, and nothing else. One of the two must start at
# random.
#
# </details>

# %%
half_random, _, _ = train({**zeros, "table": untrained["table"]}, jax.random.key(3), steps=1000)  # the same, with another table
stuck_bits, half_random_bits = (bits(loss(params, val_inputs, val_targets)) for params in (stuck, half_random))
print(f"zeros everywhere {stuck_bits:.2f} bits, a random table {half_random_bits:.2f} bits")

# %%
assert abs(stuck_bits - unigram_bits) < 0.05 and half_random_bits < unigram_bits - 0.8
assert (stuck["table"] == 0).all() and (stuck["weights"] == 0).all() and (stuck["bias"] != 0).any()

# %% [markdown]
# ### The table of pairs is an embedding too
#
# Put $\ln p$ of the pairs into a table of 63 columns and let the linear layer do nothing (the matrix with 1 on the diagonal). The softmax gives $p$ back,
# since $e^{\ln p} = p$, and this model *is* the table of pairs. With 8 columns there is no room for a number for each pair: characters must share.

# %%
as_model = {"table": entropy.add_one_log_probs(pair_counts), "weights": jnp.eye(V), "bias": jnp.zeros(V)}
assert abs(bits(loss(as_model, val_inputs, val_targets)) - bigram_bits) < 1e-3
bits(loss(as_model, val_inputs, val_targets)), bigram_bits

# %% [markdown]
# ### What the map shows, in distances
#
# Is it true that the marks leave the letters, or does it only look so? A map leaves out six of the eight numbers. With all of them:

# %%
marks, letters = vocabulary.encode(".,!?"), vocabulary.encode("abcdefghijklmnopqrstuvwxyz")


def mean_distance(table, first, second):
    gaps = np.linalg.norm(table[first][:, None] - table[second][None, :], axis=-1)  # every first with every second
    return gaps.sum() / (gaps > 0).sum()  # a character's distance to itself, 0, does not count


for number in (0, 100, 300, 1500):
    kept = tables[number // 50]
    together, apart = mean_distance(kept, marks, marks), mean_distance(kept, marks, letters)
    print(f"step {number:4}: between two marks {together:.2f}, between a mark and a letter {apart:.2f}")

# %%
assert mean_distance(tables[0], marks, marks) > 0.75 * mean_distance(tables[0], marks, letters)
assert mean_distance(tables[-1], marks, marks) < 0.5 * mean_distance(tables[-1], marks, letters)
assert mean_distance(tables[0], letters, letters) < 0.2 * mean_distance(tables[-1], letters, letters)  # the clump
assert mean_distance(tables[6], letters, letters) > 0.5 * mean_distance(tables[-1], letters, letters)  # it has burst

# %% [markdown]
# ### How the map is made
#
# A *direction* is a row of 8 numbers of length 1. The product `points @ direction` says how far along it each point lies. The best direction for a map is
# the one along which the points **spread most**. We could try a few thousand and keep the best. Nobody has to: the **singular value decomposition** (SVD)
# calculates the best direction, then the best of those at a right angle to it, and so on. They are the rows of its third result; the squares of its
# second are the spreads.

# %%
points = np.asarray(trained["table"])[often]  # (n, 8)
centred = points - points.mean(axis=0)  # the middle of the points goes to 0

tries = np.random.default_rng(6).normal(size=(5000, 8))
tries = tries / np.linalg.norm(tries, axis=1, keepdims=True)  # every row has length 1
spreads = ((centred @ tries.T) ** 2).sum(axis=0)  # (5000,): how far out the points lie, squared and summed

_, singular_values, directions = np.linalg.svd(centred, full_matrices=False)  # (n, 8), (8,), (8, 8)
along = ((centred @ directions.T) ** 2).sum(axis=0)  # (8,) the spread along each
print(f"the best of 5000 directions: {spreads.max():.1f};  the SVD's:", along.round(1))
print(f"the first two hold {along[:2].sum() / along.sum():.0%} of the spread")

# %%
assert np.allclose(along, singular_values**2, rtol=1e-3)
assert along[0] >= spreads.max() and abs(directions[0] @ directions[1]) < 1e-4

# %% [markdown]
# ### Do the vowels gather?
#
# Measured with all eight numbers, vowels have become more like each other than like the consonants. Perhaps because characters *after which the same
# things come* are served by similar rows. We can test this reason on all letters. Two rows of the pair table overlap by $\sum_b \min(p(b \mid a), p(b
# \mid a'))$: 1 if the same things follow both equally often, 0 if they have nothing in common.
#
# **Predict.** For each letter, take its nearest letter in our table, and average these overlaps. Is the average larger after training than before?
#
# <details><summary>Think first, then open</summary>
#
# Larger: near in the table means followed by similar characters, for the letters too. That vowels gather is a fact about what follows them in our
# stories.
#
# </details>

# %%
overlap = np.minimum(rows[letters][:, None], rows[letters][None, :]).sum(axis=-1)  # (26, 26)
is_vowel = np.isin(letters, vocabulary.encode("aeiou"))  # (26,), a mask


def measured(table):
    """Mean cosine of two different vowels, and of a vowel and a consonant; mean overlap of a letter with its nearest."""
    units = table[letters] / np.linalg.norm(table[letters], axis=1, keepdims=True)  # (26, d)
    cosines = units @ units.T  # (26, 26)
    of_vowels = cosines[is_vowel]  # (5, 26)
    among = (of_vowels[:, is_vowel].sum() - 5) / 20  # without the five ones on the diagonal
    np.fill_diagonal(cosines, -np.inf)  # nobody is his own neighbour
    nearest_letter = cosines.argmax(axis=1)  # (26,): the place of the largest
    return among, of_vowels[:, ~is_vowel].mean(), overlap[np.arange(26), nearest_letter].mean()


for when, its_table in (("before", tables[0]), ("after", tables[-1])):
    among, across, shared = measured(its_table)
    print(
        f"{when:>6}: vowel with vowel {among:+.2f}, vowel with consonant {across:+.2f}, overlap with the nearest {shared:.2f}"
    )

# %%
among, across, shared = measured(tables[-1])
assert among > across + 0.1 and among > measured(tables[0])[0] + 0.2 and shared > measured(tables[0])[2] + 0.1

# %% [markdown]
# ### A map that hides nothing
#
# The table with two columns needs no best direction: a point is everything that this model knows about its character. With two numbers there is little
# room, so it keeps the distinctions that pay most. Look for the marks: they lie together again.

# %%
plots.character_map(flat["table"][vocabulary.encode(shown)], shown, "A table with two columns, after training")

# %%
flat_table = np.asarray(flat["table"])
assert mean_distance(flat_table, marks, marks) < 0.7 * mean_distance(flat_table, marks, letters)

# %% [markdown]
# ## Further reading
#
# - Y. Bengio, R. Ducharme, P. Vincent and C. Jauvin (2003), [*A Neural Probabilistic Language Model*](https://www.jmlr.org/papers/v3/bengio03a.html),
#   Journal of Machine Learning Research 3. A table of embeddings, trained as part of a model that guesses the next word.
# - T. Mikolov, K. Chen, G. Corrado and J. Dean (2013), [*Efficient Estimation of Word Representations in Vector Space*](https://arxiv.org/abs/1301.3781).
#   Embeddings of words, compared by their cosines.
# - C. Moler and D. Morrison (1983), [*Singular Value Analysis of Cryptograms*](https://www.jstor.org/stable/2975804), American Mathematical Monthly 90.
#   The SVD of a table of letter pairs tells vowels from consonants, in a text that nobody can read yet.
# - The JAX authors, [*The Sharp Bits*](https://docs.jax.dev/en/latest/notebooks/Common_Gotchas_in_JAX.html). What JAX does with an index out of range, and
#   other surprises, from those who built it.
#
# **Next:** [A network at every position](03_per_position_mlp.ipynb). What can a network that sees one character at a time know?
