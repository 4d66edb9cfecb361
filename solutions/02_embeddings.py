# %% [markdown] slideshow={"slide_type": "slide"}
# # 02 · Embeddings
#
# **Why is a table lookup a layer?**
#
# *About {reading} minutes, and {exercises} more for the exercises · for beginners · you need: [lesson 01](01_text_as_numbers.ipynb).*
#
# In lesson 01 every character got an id. A network cannot do much with an id, so its first act is to look the id up in a table and take the row that
# stands there. Looking something up does not sound like learning. In this lesson the table learns. You will be able to
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
# ## An id is a name, not an amount
#
# A network is made of sums and products of numbers. So why not put the id itself in?
#
# **Predict.** Take the ids of `a`, `b` and `c`. What is the average of the ids of `a` and `c`? What would it mean?
#
# <details><summary>Think first, then open</summary>
#
# It is the id of `b`. Arithmetic on ids says that `b` lies halfway between `a` and `c`, and that `z` is more than `a`. Both are true of the alphabet's
# order and of nothing else: why should what comes after a `b` be a mixture of what comes after an `a` and after a `c`? An id is like the number on a
# football shirt. It tells the players apart; you do not add it up.
#
# </details>

# %%
a, b, c = vocabulary.encode("abc").tolist()
assert (a + c) / 2 == b
a, b, c

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A row of numbers for every character
#
# So each character gets several numbers of its own, as many as we choose. They stand in a **table**: one row a character, $d$ columns. A
# character's row is its **embedding**, and $d$ is the *embedding dimension*. At first nobody knows good numbers, so we draw them at random.
#
# JAX has no hidden dice. You hand a **key** to every random function: the same key always gives the same numbers. `jax.random.key(0)` makes a
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
# To look up a whole word, put its ids in the brackets. JAX takes a row for each of them. A character that stands twice in the word has the same
# row twice.

# %%
ids = vocabulary.encode("banana")  # (time,)
looked_up = table[ids]  # (time, d)
assert looked_up.shape == (6, d)
assert (looked_up[1] == looked_up[3]).all() and (looked_up[1] == looked_up[5]).all()  # the three a
looked_up

# %% [markdown]
# Networks read many pieces of text at once, a *batch*. Its ids have the shape `(batch, time)`, and the lookup puts one more axis at the end, however
# many there were before.

# %%
batch = jnp.stack([vocabulary.encode("banana"), vocabulary.encode("orange")])  # (batch, time)
assert table[batch].shape == (2, 6, d)
batch.shape, table[batch].shape

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The lookup as a matrix product
#
# Here is another way to say which character we mean: a row of $V$ numbers, all 0, with a single 1 at the place of the id. It is called a **one-hot**
# row. No character comes before another in it; each has a place to itself.

# %%
places = jnp.arange(V)  # 0, 1, ..., V-1
one_hot_a = (places == a).astype(jnp.float32)  # (vocab,): True becomes 1, False becomes 0
assert one_hot_a.sum() == 1 and one_hot_a[a] == 1
print(one_hot_a)

# %% [markdown] slideshow={"slide_type": "-"}
# **Predict.** Multiply this row by the table, as matrices: `one_hot_a @ table`. (In Python `@` is the matrix product: each number of the result is a
# sum of products, $y_j = \sum_i x_i W_{ij}$.) What shape has the result, and what does it hold?
#
# <details><summary>Think first, then open</summary>
#
# A row of $V$ times a table of $V \times d$ is a row of $d$. In the sum $\sum_i x_i W_{ij}$ every $x_i$ is 0 but one, and that one is 1. What is left is
# $W_{aj}$: row $a$ of the table. The product *is* the lookup.
#
# </details>

# %%
assert jnp.allclose(one_hot_a @ table, table[a])
print(one_hot_a @ table)
print(table[a])

# %% [markdown]
# Now for ids of any shape. `jax.nn.one_hot(ids, n)` makes one-hot rows of length `n`, one for each id.

# %%
from chargen_lib.exercises import check, progress

assert jax.nn.one_hot(batch, V).shape == (2, 6, V)
assert (jax.nn.one_hot(jnp.array(a), V) == one_hot_a).all()

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: a lookup without looking up
#
# `ids` may have any shape. Return the same as `table[ids]`, but do it with one-hot rows and a matrix product.


# %% exercise="embed_with_matmul" slideshow={"slide_type": "-"}
def embed_with_matmul(ids, table):
    """Embeddings by a matrix product.  ids: (...) int;  table: (V, d);  returns (..., d), equal to table[ids]."""
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
# one is the **linear layer**: it multiplies its input by a matrix, $y = xW$. (Often it adds a row of numbers as well, $y = xW + b$.)
#
# We have seen that a lookup is $y = xW$ with a one-hot $x$ and the table as $W$. So it is a linear layer like any other, and whatever works for linear
# layers works for it. Above all, it can be trained.
#
# Then why look up at all, if a product does the same? Because the product multiplies almost everything by 0.

# %%
multiplications = V * d  # for one character: V products for each of the d sums
needed = d  # the numbers of one row
assert multiplications == 63 * needed
print(f"product: {multiplications} multiplications a character;  lookup: none, it copies {needed} numbers")

# %% [markdown] slideshow={"slide_type": "-"}
# With 63 characters that is a waste. With a vocabulary of 50,000 pieces of words it would be 50,000 products for every number copied. So: **compute it as
# a lookup, think of it as a product.**

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Which rows learn?
#
# Training asks one question of every parameter: *if you grew a little, would the result grow or shrink, and how fast?* The answers together are the
# **gradient**. It has the shape of the parameters, one answer for each.
#
# JAX computes it. `jax.grad(f)` is a new function: it takes what `f` takes and returns the gradient of `f` with respect to its first argument. The
# result of `f` must be a single number. A first try: $f(x) = x^2$ grows at $x = 3$ with the speed $2x = 6$.


# %%
def square(x):
    return x**2


assert jax.grad(square)(3.0) == 6.0
jax.grad(square)(3.0)

# %% [markdown] slideshow={"slide_type": "-"}
# Now a function of a table: look up the letters of `banana` and add up all the numbers that come out.
#
# **Predict.** The gradient has the shape of the table, $63 \times 4$. How many of its rows are not zero? What stands in the row of `a`?
#
# <details><summary>Think first, then open</summary>
#
# Three rows: those of `b`, `a` and `n`. No other character is in the word, so changing its row changes nothing. The row of `a` was copied out three
# times: if a number in it grows by 0.01, the sum grows by 0.03. So the gradient there is 3. For `n` it is 2, for `b` it is 1.
#
# </details>


# %%
def total(table):
    return table[ids].sum()


gradient = jax.grad(total)(table)  # (vocab, d), the shape of the table
touched = {characters[i]: gradient[i].tolist() for i in range(V) if (gradient[i] != 0).any()}
assert touched == {"a": [3.0] * d, "b": [1.0] * d, "n": [2.0] * d}
touched

# %% [markdown]
# A gradient is a promise that you can check. Let one number in the row of `a` grow by 0.01 and see how much the sum grows:

# %%
nudged = table.at[a, 0].add(0.01)  # a copy of the table in which one number is larger
growth = float(total(nudged) - total(table))
assert abs(growth - 3 * 0.01) < 1e-4
growth

# %% [markdown] slideshow={"slide_type": "slide"}
# Here is the first column of the gradient, one bar for each character. Look for the characters that would learn something from this word.

# %% slideshow={"slide_type": "-"}
from chargen_lib import plots

plots.bars(gradient[:, 0], characters, "gradient (sum per unit of table)", "What the word banana tells the table")

# %% [markdown] slideshow={"slide_type": "slide"}
# Three bars, and sixty places with nothing. **A gradient touches the rows of the characters in the batch and no others.** The row of a
# character that never occurs in the training text never learns.
#
# In a network the looked-up rows go on into further layers. When a number in such a row grows, the result then grows not with the speed 1 but with some
# other: for each position there is a row of $d$ speeds. We call these rows `arriving`, because they come back from the layers behind, and invent them here.
#
# **Predict.** For the product $y = xW$ the gradient of $W$ is $x^\top \cdot \text{arriving}$, because $W_{ij}$ enters $y_j$ multiplied by $x_i$. ($x^\top$ is
# $x$ with rows and columns swapped.) With one-hot rows for $x$, what does row `a` of it hold?
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
by_product = jax.nn.one_hot(ids, V).T @ arriving  # (vocab, time) @ (time, d); .T swaps rows and columns
assert jnp.allclose(gradient, by_product, atol=1e-5)
assert jnp.allclose(gradient[a], arriving[1] + arriving[3] + arriving[5], atol=1e-5)
print("row a of the gradient:       ", gradient[a])
print("what arrived at the three a: ", arriving[1] + arriving[3] + arriving[5])

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Find the bug: the greedy plus
#
# A friend computes this gradient without JAX, in NumPy. For every position she adds what arrived to the row of its character. It runs, it has the right
# shape, and most rows are right. Which rows are wrong, and why?

# %% slideshow={"slide_type": "-"}
import numpy as np

hers = np.zeros((V, d), np.float32)
hers[np.asarray(ids)] += np.asarray(arriving)

wrong = [characters[i] for i in range(V) if not np.allclose(hers[i], gradient[i], atol=1e-5)]
assert wrong == ["a", "n"]
wrong

# %% [markdown] slideshow={"slide_type": "-"}
# <details><summary>Think first, then open</summary>
#
# In NumPy `hers[ids] += arriving` reads the rows, adds, and writes them back, and a row that is named three times is *written* three times: the last
# one stays, the others are lost. So only repeated characters are wrong. `np.add.at` adds every time, and so does JAX's `.at[ids].add(...)`, with
# which lesson 01 counted characters.
#
# </details>

# %%
assert np.allclose(hers[a], arriving[5])  # only the last a is left
mended = np.zeros((V, d), np.float32)
np.add.at(mended, np.asarray(ids), np.asarray(arriving))
assert np.allclose(mended, gradient, atol=1e-5)
assert jnp.allclose(jnp.zeros((V, d)).at[ids].add(arriving), gradient, atol=1e-5)

# %% [markdown]
# ## The library's table
#
# Flax is the library of layers that goes with JAX; its part `nnx` is what we use. There the table is `nnx.Embed`. It draws its own random rows, so it
# wants random keys: `nnx.Rngs(0)` is a box that hands them out, beginning from the seed 0. Calling the layer looks up. The table is the
# attribute `embedding`, and `[...]` takes the plain array out of it.

# %%
from flax import nnx

layer = nnx.Embed(V, d, rngs=nnx.Rngs(0))
its_table = layer.embedding[...]  # (vocab, d)
assert (layer(ids) == its_table[ids]).all()
assert jnp.allclose(layer(ids), jax.nn.one_hot(ids, V) @ its_table, atol=1e-6)
layer(ids).shape

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Break it: an id that does not exist
#
# There are 63 characters, so the ids go from 0 to 62. What happens when id 63 comes along, from a mistake, or from a text with other characters?
#
# **Predict.** Four ways to look up id 63: a NumPy table, a JAX table, `nnx.Embed`, and the one-hot product. How many of them complain?

# %% slideshow={"slide_type": "fragment"}
missing = jnp.array([V])  # the id 63

try:
    np.asarray(table)[np.asarray(missing)]
except IndexError as error:
    print("NumPy:    IndexError,", error)

print("JAX:     ", table[missing])
print("nnx.Embed", layer(missing))
print("one-hot: ", jax.nn.one_hot(missing, V) @ table)

# %%
assert (table[missing] == table[V - 1]).all()
assert jnp.isnan(layer(missing)).all()
assert (jax.nn.one_hot(missing, V) @ table == 0).all()
print("the last row:", table[V - 1], "is the row of", repr(characters[V - 1]))

# %% [markdown] slideshow={"slide_type": "-"}
# One. NumPy raises an error. JAX gives you the *last* row: id 63 becomes a `z` without a word. `nnx.Embed` fills the row with NaN, "not a number". The
# one-hot row has no place for a 63 and stays all zero, and so does the product. Code on a graphics processor can hardly stop in the middle to complain,
# so JAX has rules instead of errors, and documents them. Of the three silent answers NaN is the kindest: it spoils everything after it, so you notice.
#
# The rule for you: **check ids where they are made.** `Vocabulary.encode` does. It never makes an id that is not there.
#
# The second way to break it: ids that are no whole numbers.

# %%
half = jnp.array([1.5])

for name, look_up in (("JAX", lambda i: table[i]), ("nnx.Embed", layer)):
    try:
        look_up(half)
    except (TypeError, ValueError) as error:
        print(f"{name}: {type(error).__name__}")
    else:  # nothing was raised
        raise AssertionError(f"{name} took an id of 1.5")

silent = jax.nn.one_hot(half, V) @ table
assert (silent == 0).all()
print("one-hot:", silent)

# %% [markdown]
# Both lookups refuse. The one-hot product compares 1.5 with every place, finds it nowhere, and gives zeros. That is one more reason to compute it as a
# lookup.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## How near are two characters?
#
# Rows of numbers are points in space, and points can be near each other or far apart. One-hot rows cannot: **predict** the distance between the one-hot
# rows of `a` and `b`, and between those of `a` and `?`. (The distance of two points is the square root of the sum of the squared differences.)
#
# <details><summary>Think first, then open</summary>
#
# Both are $\sqrt{1^2 + 1^2} = \sqrt2$: two rows differ in two places, by 1 each, whichever two characters they are. One-hot rows say *who*, and
# nothing else. A table may say more: who is like whom.
#
# </details>

# %%
eye = np.eye(V)  # every one-hot row, one under the other
distances = np.sqrt(((eye[:, None] - eye[None, :]) ** 2).sum(axis=-1))  # (vocab, vocab): None makes an axis, so all pairs meet
between_two = distances[eye == 0]  # without each row's distance to itself
assert np.allclose(between_two, np.sqrt(2))
between_two.min(), between_two.max()

# %% [markdown] slideshow={"slide_type": "slide"}
# For embeddings one usually asks for the **direction** and not for the length: do two rows point the same way? (To the linear layer behind it, a row
# twice as long says the same, twice as loud.) The measure is the cosine of the angle between them,
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


u = jnp.array([1.0, 2.0])
three = [cosine(u, jnp.array(v)) for v in ([2.0, 4.0], [-2.0, 1.0], [-1.0, -2.0])]
assert np.allclose(three, [1, 0, -1], atol=1e-6)
three

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: all cosines at once
#
# Return the table of the cosines between all rows of `table`: entry `[i, j]` belongs to rows $i$ and $j$. A row that is all zero has no direction: its
# cosines are 0, with itself too, not NaN.


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
# Return the ids of the `k` rows most similar by cosine to row `index`, the most similar first. Every row is most similar to itself, and that tells
# nobody anything: leave `index` out.


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
# The course's library has this function too, so that you can go on whether or not yours is ready: `nearest` returns the ids and their cosines. And
# `optax`, the library that we need for training anyway, has the cosine. Here are some neighbours in our random table:

# %%
import optax

from chargen_lib.embeddings import nearest


def all_cosines(table):
    return np.array(optax.cosine_similarity(table[:, None], table[None, :]))  # (vocab, vocab)


def neighbours(table, character, k=5):
    nearest_ids, _ = nearest(table, characters.index(character), k)
    return [characters[i] for i in nearest_ids]


assert abs(all_cosines(table)[a, b] - cosine(table[a], table[b])) < 1e-5
nearest_ids, their_cosines = nearest(table, a, 5)
assert np.allclose(their_cosines, all_cosines(table)[a, nearest_ids], atol=1e-5)
for character in "aq.":
    print(repr(character), "->", neighbours(table, character))

# %% [markdown]
# Chance decides, so the neighbours mean nothing. Now we let the table learn.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A model of two layers
#
# The model sees one character and says what comes next. First the table: id to $d = 8$ numbers. Then a linear layer: $d$ numbers to $V$ numbers, one for
# each character that might come next. These $V$ numbers are the **logits**; the larger, the likelier. All parameters stand in one
# dictionary, and a *function* uses them.


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
assert logits(untrained, ids).shape == (6, V)
number_of_parameters = sum(p.size for p in untrained.values())
assert number_of_parameters == 63 * 8 + 8 * 63 + 63 == 1071
number_of_parameters

# %% [markdown]
# A logit may be any number, and a probability may not. The **softmax** turns one into the other: $e^z$ is never negative, and a division by the total
# makes the sum 1:
#
# $$p_i = \frac{e^{z_i}}{\sum_j e^{z_j}}$$
#
# We need $\ln p_i$, and `jax.nn.log_softmax` gives it directly. (Lesson 04 looks at the softmax closely.)

# %%
z = jnp.array([2.0, 1.0, -1.0])
p = jnp.exp(z) / jnp.exp(z).sum()
assert jnp.allclose(jnp.exp(jax.nn.log_softmax(z)), p, atol=1e-6) and abs(float(p.sum()) - 1) < 1e-6
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
# All logits are near 0, so all probabilities are near $\frac{1}{63}$: the loss is about $\ln 63 \approx 4.14$ nats, the top of the ladder. A first loss
# far from $\ln V$ is a sign of a mistake. Look at it always.
#
# </details>

# %%
import math

first_loss = float(loss(untrained, train_inputs, train_targets))
assert abs(first_loss - math.log(63)) < 0.05 and round(math.log2(63), 2) == 5.98
first_loss, math.log(63)

# %% [markdown]
# One more thing before we train. The best guesser of lesson 01 was a table of pairs, $63 \times 63$: look up the row of the character before. **That was an
# embedding too.** Put $\ln p$ of the pairs into the table and let the linear layer do nothing (the matrix with 1 on the diagonal). The softmax gives $p$
# back, since $e^{\ln p} = p$, and this model *is* that guesser:

# %%
from chargen_lib import entropy as floors

pair_counts = floors.bigram_counts(train_ids, V)
pair_log_probs = floors.add_one_log_probs(pair_counts)  # (vocab, vocab)
as_model = {"table": pair_log_probs, "weights": jnp.eye(V), "bias": jnp.zeros(V)}

bigram_loss = floors.bigram_loss(pair_log_probs, val_ids)
assert abs(float(loss(as_model, val_inputs, val_targets)) - bigram_loss) < 1e-3
float(loss(as_model, val_inputs, val_targets)), bigram_loss

# %% [markdown]
# So with 63 columns the table can hold everything that counting knows. Ours has 8. It cannot keep a separate number for each of the $63 \times 63$ pairs;
# characters must share what they have in common. We shall see who shares with whom.

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
value_after = loss(after_step, inputs, targets)
assert value_after < value
print(f"loss before {value:.3f} nats, after one step {value_after:.3f} nats")

# %% [markdown] slideshow={"slide_type": "-"}
# **Predict.** Which rows of the table are different now?
#
# <details><summary>Think first, then open</summary>
#
# Those of the characters that were *inputs*: `t`, `h`, `e`, the space, `c`, `a`, `s`. No other row moved.
#
# </details>

# %%
moved = (after_step["table"] != untrained["table"]).any(axis=1)  # (vocab,)
moved_characters = {characters[i] for i in range(V) if moved[i]}
assert moved_characters == set("the cat sa")
moved_characters

# %% [markdown]
# In `optax` such a rule is an **optimizer**, and this one is called `sgd`. An optimizer has two functions. `init` makes its memory, its *state*. `update`
# takes a gradient and the state, and returns the change to make and the new state. `optax.apply_updates` adds the change to the parameters.

# %%
optimizer = optax.sgd(rate)
state = optimizer.init(untrained)
updates, state = optimizer.update(gradient, state)
by_optax = optax.apply_updates(untrained, updates)
assert all(jnp.allclose(by_optax[name], after_step[name], atol=1e-6) for name in untrained)

# %% [markdown]
# ## Many steps
#
# We use the optimizer `adam`, which gives every parameter a step length of its own (you will build it in lesson 05). Each step draws 512 places of
# the training text at random, with a key of its own: `fold_in(key, number)` makes a new key out of a key and a number.
#
# `@jax.jit` above a function *compiles* it: at the first call JAX translates it as a whole into fast machine code, and later calls use that. So the
# loop may be plain Python. It prints a line after every 500 steps, because one should see that something is going on. And it keeps the table of every
# 50th step, to look at them further down. That costs nothing: JAX never changes an array, so each update makes a new table, and we only hold on to it.

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
    state = optimizer.init(params)
    values, tables = [], [params["table"]]
    for number in range(steps):
        params, state, value = step(params, state, key, number)
        values.append(float(value))
        if (number + 1) % 50 == 0:
            tables.append(params["table"])
        if (number + 1) % 500 == 0:
            print(f"steps {number - 498} to {number + 1}: mean loss {sum(values[-500:]) / 500:.3f} nats")
    return (
        params,
        np.array(values),
        np.array(tables),
    )  # the loss at every step: (steps,); the tables: (steps / 50 + 1, vocab, d)


# %% [markdown] slideshow={"slide_type": "slide"}
# **Predict.** From 4.14 nats, that is 5.98 bits, the loss will go down. Two floors of lesson 01 lie below it, in the training text: 4.37 bits, for a guesser
# who knows how common each character is, and 3.29 bits, for one who knows the character before. Will the model pass the first? The second?

# %%
trained, losses, tables = train(untrained, jax.random.key(3))

# %% [markdown]
# In the figure look for two things: how soon the curve crosses the upper level, and where it comes to rest.

# %% slideshow={"slide_type": "fragment"}
character_counts = floors.unigram_counts(train_ids, V)
character_bits = float(floors.entropy_bits(character_counts / len(train_ids)))
pair_bits = floors.conditional_entropy(pair_counts)
assert round(character_bits, 2) == 4.37 and round(pair_bits, 2) == 3.29
per_25 = losses.reshape(-1, 25).mean(axis=1) / math.log(2)  # the mean of 25 steps is less jumpy; nats to bits
plots.curves(
    {"the model, on its batches": (25 * np.arange(1, len(per_25) + 1), per_25)},
    "step",
    "bits per character",
    floors={"characters alone": character_bits, "pairs": pair_bits},
    title="The loss goes down, and where it stops",
)

# %%
train_bits = floors.nats_to_bits(loss(trained, train_inputs, train_targets))
assert per_25[20] < character_bits  # below the first floor after 525 of 1500 steps at the latest
assert pair_bits < train_bits < pair_bits + 0.15
print(f"on the training text {train_bits:.3f} bits; the floor of pairs is {pair_bits:.3f}")

# %% [markdown]
# It passes the first floor quickly and comes to rest a little above the second. It cannot pass that one: the entropy of the pairs is the best that *anybody*
# can do on this text who sees one character, however he computes. Lesson 03 is about this wall.
#
# The model comes close with 1,071 numbers. The table of pairs has $63 \times 63 = 3{,}969$.
#
# **Predict.** Now a table with only **two** columns. It has one advantage: you can draw it. What does it cost: nothing, a few tenths of a bit, a whole bit?

# %%
flat_untrained = start(jax.random.key(4), d=2)
flat, _, _ = train(flat_untrained, jax.random.key(5))

# %% [markdown] slideshow={"slide_type": "slide"}
# Here are all of them on the ladder, judged on the held-out text. Look for the place of the two networks between the counts.

# %% slideshow={"slide_type": "-"}
bits = floors.nats_to_bits
unigram_bits = bits(floors.unigram_loss(floors.add_one_log_probs(character_counts), val_ids))
flat_bits = bits(loss(flat, val_inputs, val_targets))
trained_bits = bits(loss(trained, val_inputs, val_targets))
assert unigram_bits - 0.5 > flat_bits > trained_bits > bits(bigram_loss) > trained_bits - 0.1

plots.ladder(
    [
        floors.Rung("uniform", math.log2(V)),
        floors.Rung("unigram, add-one", unigram_bits),
        floors.Rung("embedding of 2 numbers", flat_bits, "network"),
        floors.Rung("embedding of 8 numbers", trained_bits, "network"),
        floors.Rung("bigram, add-one", bits(bigram_loss)),
    ]
)

# %%
assert 0.15 < flat_bits - trained_bits < 0.45
print(f"two columns instead of eight cost {flat_bits - trained_bits:.2f} bits per character")

# %% [markdown]
# A few tenths of a bit. Two numbers a character already do far better than no context at all, and eight are nearly as good as counting every pair.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Where the characters ended up
#
# Nobody told the model what a vowel is, or that `q` and `Q` are the same letter. It saw ids. First the neighbours, before and after:

# %% slideshow={"slide_type": "-"}
for character in "aeq.":
    before = " ".join(map(repr, neighbours(untrained["table"], character)))
    after = " ".join(map(repr, neighbours(trained["table"], character)))
    print(f"{character!r}   before: {before:<24}   after: {after}")

# %%
assert neighbours(trained["table"], "q")[0] == "Q"
assert set(neighbours(trained["table"], ".")[:3]) <= set(".,!?:;")

# %% [markdown]
# The nearest to `q` is now `Q`. Around the full stop stand other marks of punctuation. What do they have in common? Look at what follows them in the
# text: the pair table of lesson 01 knows.

# %%
rows = np.asarray(pair_counts / jnp.maximum(pair_counts.sum(axis=1, keepdims=True), 1))  # (vocab, vocab): p(next | previous)


def share_followed_by(character, nexts):
    return float(rows[characters.index(character), [characters.index(n) for n in nexts]].sum())


breaks = ' "\n'  # a space, a quotation mark, the end of the line
for character in "qQ":
    print(f"{character!r} is followed by 'u': {share_followed_by(character, 'u'):.0%}")
for character in ".,!?":
    print(
        f"{character!r} is followed by a space, a quotation mark or the end of the line: {share_followed_by(character, breaks):.0%}"
    )

# %%
assert min(share_followed_by(character, "u") for character in "qQ") > 0.9
assert min(share_followed_by(character, breaks) for character in ".,!?") > 0.9

# %% [markdown]
# The same things follow them. Keep this in mind; in a moment we test whether it holds for all letters.
#
# ## A map
#
# Eight numbers cannot be drawn on paper, so we look at the points from the side on which most can be seen. A *direction* is a row of 8 numbers of length
# 1. The product `points @ direction` says how far along it each point lies. The best direction is the one along which the points **spread most**. We could
# try a few thousand directions and keep the best:

# %%
often = [i for i in range(V) if character_counts[i] >= 120]  # a rare character's row has seldom been touched: leave it out
shown = vocabulary.decode(often)
points = np.asarray(trained["table"])[often]  # (n, 8)
centred = points - points.mean(axis=0)  # the middle of the cloud goes to 0

tries = np.random.default_rng(6).normal(size=(5000, 8))
tries = tries / np.linalg.norm(tries, axis=1, keepdims=True)  # every row has length 1
spreads = ((centred @ tries.T) ** 2).sum(axis=0)  # (5000,): how far out the points lie, squared and summed
print(f"{len(shown)} characters; spread along 5000 directions: from {spreads.min():.1f} to {spreads.max():.1f}")

# %% [markdown]
# Nobody has to try. The **singular value decomposition** (SVD) calculates the best direction, then the best of those at a right angle to it, and so on: they
# are the rows of its third result. The squares of its second result are the spreads.

# %%
_, singular_values, directions = np.linalg.svd(centred, full_matrices=False)  # (n, 8), (8,), (8, 8)
along = ((centred @ directions.T) ** 2).sum(axis=0)  # (8,) the spread along each
assert np.allclose(along, singular_values**2, rtol=1e-3)
assert along[0] >= spreads.max() and abs(directions[0] @ directions[1]) < 1e-4
print("spread along the SVD's directions:", along.round(1))
print(f"the first two hold {along[:2].sum() / along.sum():.0%} of it")

# %% [markdown] slideshow={"slide_type": "slide"}
# The first two directions make a map. The figure draws it for every table that was kept on the way, always along the two directions of the *last* one: the
# points move, the axes stand still. Lines lead from a chosen character to its nearest by the cosine, which knows all 8 numbers and not only the map's two. A
# click chooses another character; so do the arrow keys and Enter, once you are in the map.
#
# Press **Play**. Look for three things: where the points are at step 0, when the marks `.` `,` `!` `?` leave the letters, and where the five vowels go.

# %% slideshow={"slide_type": "slide"}
from chargen_lib.widgets import EmbeddingExplorer

table_steps = [50 * place for place in range(len(tables))]  # 0, 50, ..., 1500
table_bits = [losses[0] / math.log(2), *per_25[1::2]]  # as in the curve: the mean of the 25 steps up to each
explorer = EmbeddingExplorer(tables, characters, steps=table_steps, bits=table_bits, shown=shown, chosen="a")
assert np.allclose(abs((explorer.axes * directions[:2]).sum(axis=1)), 1, atol=1e-3)  # our directions, or their opposites
explorer

# %% [markdown]
# At step 0 the points are a clump without order: small numbers, drawn by chance. It bursts in the first few hundred steps, in which the loss falls most. The
# four marks leave the letters and stay together. Their distances on the map:

# %%
marks, small_letters = (vocabulary.encode(of_kind) for of_kind in (".,!?", "abcdefghijklmnopqrstuvwxyz"))


def mark_distances(table):
    on_map = table @ directions[:2].T  # (vocab, 2)
    mark_to_mark = (
        np.linalg.norm(on_map[marks][:, None] - on_map[marks][None, :], axis=-1).sum() / 12
    )  # 12 pairs of two different
    mark_to_letter = np.linalg.norm(on_map[marks][:, None] - on_map[small_letters][None, :], axis=-1).mean()
    return mark_to_mark, mark_to_letter


for number in (0, 100, 300, 1500):
    mark_to_mark, mark_to_letter = mark_distances(tables[number // 50])
    print(f"step {number:4}: between two marks {mark_to_mark:.2f}, between a mark and a letter {mark_to_letter:.2f}")

# %%
assert mark_distances(tables[0])[0] > 0.6 * mark_distances(tables[0])[1]
assert mark_distances(tables[6])[0] < 0.6 * mark_distances(tables[6])[1]  # after 300 steps
assert mark_distances(tables[-1])[0] < 0.6 * mark_distances(tables[-1])[1]
assert np.ptp(tables[0] @ directions[0]) < 0.2 * np.ptp(tables[-1] @ directions[0])  # the clump and the map, from end to end
assert losses[0] - losses[275:300].mean() > 5 * (losses[275:300].mean() - losses[-25:].mean())  # the loss falls most at first

# %% [markdown]
# With the vowels it is harder to say. A map of two directions leaves out the other six, so do not trust the eye alone. Let us measure with all eight
# numbers: the mean cosine between two vowels, and between a vowel and a consonant.

# %%
vowels, consonants = (np.asarray(vocabulary.encode(of_kind)) for of_kind in ("aeiou", "bcdfghjklmnpqrstvwxyz"))


def vowel_cosines(table):
    of_vowels = all_cosines(table)[vowels]  # (5, vocab)
    among, across = of_vowels[:, vowels], of_vowels[:, consonants]  # (5, 5) and (5, 21)
    two_different = (among.sum() - 5) / 20  # without the five ones on the diagonal
    return float(two_different), float(across.mean())


for name, params in (("before", untrained), ("after", trained)):
    among, across = vowel_cosines(params["table"])
    print(f"{name:>6}: vowel with vowel {among:+.2f}, vowel with consonant {across:+.2f}")

# %%
assert abs(vowel_cosines(untrained["table"])[0]) < 0.25
assert vowel_cosines(trained["table"])[0] > vowel_cosines(trained["table"])[1] + 0.1

# %% [markdown]
# On average vowels have become more like each other than like the consonants. Why? Perhaps because characters *after which the same things come* are served
# by similar rows. We can test this reason on all letters. Two characters' rows of the pair table overlap by $\sum_b \min(p(b \mid a), p(b \mid a'))$: 1 if the
# same things follow both equally often, 0 if they have nothing in common.
#
# **Predict.** For each letter, take its nearest letter in our table, and average these overlaps. Is the average larger after training than before?

# %%
letters = np.asarray(vocabulary.encode("abcdefghijklmnopqrstuvwxyz"))
overlap = np.minimum(rows[letters][:, None], rows[letters][None, :]).sum(axis=-1)  # (26, 26)


def overlap_with_nearest(table):
    similarity = all_cosines(table)[letters][:, letters]  # (26, 26)
    np.fill_diagonal(similarity, -np.inf)  # nobody is his own neighbour
    nearest = similarity.argmax(axis=1)  # (26,): the place of the largest
    return float(overlap[np.arange(26), nearest].mean())


before, after = overlap_with_nearest(untrained["table"]), overlap_with_nearest(trained["table"])
assert after > before + 0.1
print(f"overlap with the nearest letter: before {before:.2f}, after {after:.2f}")

# %% [markdown] slideshow={"slide_type": "slide"}
# Yes. For this model **near in the table means: followed by similar characters**, on average and as far as eight numbers allow. It knows nothing of sound
# or meaning; that vowels gather is a fact about which characters follow them in our stories.
#
# At last the table with two columns. It needs no projection: a point on this map is everything that the model knows about its character. Look for the vowels.

# %% slideshow={"slide_type": "-"}
plots.character_map(flat["table"][vocabulary.encode(shown)], shown, "A table with two columns, after training")


# %%
flat_points = np.asarray(flat["table"])  # (vocab, 2)


def mean_distance(first, second):
    gaps = np.linalg.norm(flat_points[first][:, None] - flat_points[second][None, :], axis=-1)
    return float(gaps.sum() / (gaps > 0).sum())  # a character's distance to itself, 0, does not count


assert mean_distance(vowels, vowels) < 0.6 * mean_distance(vowels, consonants)
mean_distance(vowels, vowels), mean_distance(vowels, consonants)

# %% [markdown]
# The vowels lie together. With two numbers there is little room, so the model keeps the distinctions that pay most.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Find the bug: a loss that stops too early
#
# A friend writes: "Random numbers at the start are untidy. I begin with zeros everywhere. The loss goes down at first, and then it stops at a number that
# I have seen somewhere." Which number, and why?

# %% slideshow={"slide_type": "-"}
zeros = {"table": jnp.zeros((V, 8)), "weights": jnp.zeros((8, V)), "bias": jnp.zeros(V)}
stuck, _, _ = train(zeros, jax.random.key(3), steps=1000)
stuck_bits = bits(loss(stuck, val_inputs, val_targets))
print(f"on held-out text {stuck_bits:.2f} bits")

# %%
_, gradient = jax.value_and_grad(loss)(zeros, inputs, targets)
for name in gradient:
    print(f"{name:>8}: largest gradient {float(jnp.abs(gradient[name]).max()):.3f}")

# %% [markdown] slideshow={"slide_type": "-"}
# <details><summary>Think first, then open</summary>
#
# It is about the score of the unigram, 4.37 bits. The gradient of the weights is $x^\top \cdot \text{arriving}$, and $x$ comes from the table, which is
# zero. What arrives at the table has passed through the weights, and they are zero too. Each waits for the other, for ever. Only the bias learns, and a bias
# does not depend on the character before: so it learns how common each character is, and nothing else. One of the two must start at random.
#
# </details>

# %%
assert abs(stuck_bits - unigram_bits) < 0.05
assert (stuck["table"] == 0).all() and (stuck["weights"] == 0).all() and (stuck["bias"] != 0).any()
half_random = {**zeros, "table": untrained["table"]}  # the same zeros, but the table is random
mended, _, _ = train(half_random, jax.random.key(3), steps=1000)
mended_bits = bits(loss(mended, val_inputs, val_targets))
assert mended_bits < unigram_bits - 0.8
print(f"zeros everywhere {stuck_bits:.2f} bits, a random table {mended_bits:.2f} bits")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What we own now
#
# Each piece built by hand has a name in a library. We fill the library's layers with the trained numbers and get the same logits and the same loss.

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
