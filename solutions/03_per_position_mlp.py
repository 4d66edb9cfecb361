# %% [markdown] slideshow={"slide_type": "slide"}
# # 03 · A network at every position
#
# **What can a network that sees one character at a time know?**
#
# *About {reading} minutes, and {exercises} more for the exercises · for beginners · you need: [lesson 01](01_text_as_numbers.ipynb) (bits, pairs, held-out text) and
# [lesson 02](02_embeddings.ipynb) (a table lookup is a layer).*
#
# Now we build a network. It is larger than anything so far. Then we ask it a question that is asked too seldom: *what do you see?* You will be able to
#
# - build a network from layers, and say how many numbers it holds and which of them buy nothing,
# - find out by experiment, for any model, which characters its answer depends on,
# - say, before any training, how good this network can become, and why no amount of training takes it further.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The layers
#
# The **linear layer** of lesson 02 takes a row of numbers $x$, multiplies it by a table of weights $W$, and adds a row $b$, the *bias*:
#
# $$y = x W + b$$
#
# In Flax it is `nnx.Linear(in, out, rngs=...)`. It holds $W$ as `kernel`, of shape `(in, out)`, and $b$ as `bias`, of shape `(out,)`. The weights begin as
# random numbers, drawn from `rngs`: the same seed gives the same weights, on every run.

# %%
import jax
import jax.numpy as jnp
from flax import nnx

layer = nnx.Linear(3, 2, rngs=nnx.Rngs(0))
W, b = layer.kernel[...], layer.bias[...]  # [...] reads the array out of the layer
x = jnp.array([1.0, 2.0, 3.0])
assert jnp.allclose(layer(x), x @ W + b, atol=1e-6)
print("kernel", W.shape, " bias", b.shape, " y =", layer(x))

# %%
again = nnx.Linear(3, 2, rngs=nnx.Rngs(0))
another = nnx.Linear(3, 2, rngs=nnx.Rngs(1))
assert (again.kernel[...] == W).all() and not (another.kernel[...] == W).all()

# %% [markdown] slideshow={"slide_type": "-"}
# Between two linear layers stands a bend: the **ReLU** (*rectified linear unit*), which keeps a positive number and turns a negative one into 0. Why
# we need it, you will see when we leave it out.

# %%
nnx.relu(jnp.array([-2.0, -0.5, 0.0, 1.5]))

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The network
#
# A network is a *class*: a plan from which objects are made. `FirstNetwork(...)` makes an object and runs `__init__`, which makes the layers. Calling that
# object runs `__call__`, which says what happens to an input. `self` is the object. The class inherits from `nnx.Module`, that is, it can do all that a
# module of Flax can, and Flax finds all the weights in it. This one has the layers and sizes of a published example (see Further reading): 128
# characters, 64 numbers for each, 128 numbers in the *hidden* layers, those between the input and the answer.
#
# Its answer is a row of 128 **logits**, one for each character that could come next: the larger, the likelier. As in lesson 02, the softmax turns them
# into probabilities, $p_i = e^{z_i} / \sum_j e^{z_j}$.


# %% slideshow={"slide_type": "slide"}
class FirstNetwork(nnx.Module):
    def __init__(self, vocab_size=128, embed_dim=64, hidden_dim=128, *, rngs):  # after the *, an argument is given by name
        self.embedding = nnx.Embed(vocab_size, embed_dim, rngs=rngs)  # the table of lesson 02
        self.first = nnx.Linear(embed_dim, hidden_dim, rngs=rngs)
        self.second = nnx.Linear(hidden_dim, hidden_dim, rngs=rngs)
        self.third = nnx.Linear(hidden_dim, vocab_size, rngs=rngs)
        self.fourth = nnx.Linear(vocab_size, vocab_size, rngs=rngs)

    def __call__(self, ids):  # (batch, time)
        x = self.embedding(ids)  # (batch, time, embed)
        x = nnx.relu(self.first(x))  # (batch, time, hidden)
        x = nnx.relu(self.second(x))  # (batch, time, hidden)
        return self.fourth(self.third(x))  # (batch, time, vocab)


network = FirstNetwork(rngs=nnx.Rngs(0))

# %% [markdown]
# The input has two axes. **Time** runs along a text, from one character to the next; each place on it is a *position*. A **batch** is several texts,
# worked on together. Our vocabulary is the 128 ASCII characters: the id of a character is its code point.
#
# One text is a batch of one: `ids[None]` puts an axis of length 1 in front.

# %%
from chargen_lib.text import Vocabulary

ascii_vocabulary = Vocabulary.ascii()
story = ascii_vocabulary.encode("The fox ran home")  # (time,)
logits = network(story[None])  # (batch, time, vocab)
assert story.shape == (16,) and logits.shape == (1, 16, 128)
probs = nnx.softmax(logits)  # along the last axis
assert jnp.allclose(probs.sum(axis=-1), 1, atol=1e-5)
logits.shape

# %% [markdown]
# At each of the 16 positions stand 128 logits: what comes after this character? The network has not learned anything yet, so its guesses are worth
# nothing. But what it *can* learn is already settled, and that is our subject.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A loop, or one call
#
# Some published code feeds such a network one position at a time, in a Python loop, and puts the answers side by side. Here is that loop.


# %% slideshow={"slide_type": "-"}
def position_by_position(network, ids):  # (batch, time)
    answers = []
    for t in range(ids.shape[1]):
        answers.append(network(ids[:, t : t + 1]))  # (batch, 1, vocab)
    return jnp.concatenate(answers, axis=1)  # (batch, time, vocab)


batch = jax.random.randint(jax.random.key(1), (8, 32), 0, 128)  # 8 texts of 32 random ids
difference = jnp.abs(position_by_position(network, batch) - network(batch)).max()
assert difference < 1e-4
float(difference)

# %% [markdown] slideshow={"slide_type": "-"}
# The same numbers, as far as rounding lets them be. (A processor may add up the same products in another order.) So all positions can be done in one
# call.
#
# **Predict.** How much faster is the one call: not at all, 3 times, 20 times?

# %% slideshow={"slide_type": "fragment"}
import time


def seconds(function):
    """The best of five runs, after one to warm up."""
    times = []
    for _ in range(6):
        start = time.perf_counter()
        function().block_until_ready()  # JAX answers before it has finished: wait for the numbers
        times.append(time.perf_counter() - start)
    return min(times[1:])


loop, one_call = seconds(lambda: position_by_position(network, batch)), seconds(lambda: network(batch))
assert one_call < loop
print(f"loop {1000 * loop:.1f} ms, one call {1000 * one_call:.1f} ms: {loop / one_call:.0f} times as fast here")

# %% [markdown]
# The arithmetic is the same. What the loop pays for is Python asking JAX, over and over, to do something small. Giving JAX one large thing to do is
# called **vectorising**, and we do it wherever we can.

# %% [markdown]
# ## The same by hand
#
# Now write one yourself, out of nothing but arrays. It has one hidden layer: embed, linear, ReLU, linear.

# %%
from chargen_lib.exercises import check, progress

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: a network in three lines
#
# `table` has one row of `embed_dim` numbers for each character. `W1` is `(embed_dim, hidden_dim)`, `W2` is `(hidden_dim, vocab_size)`, and `b1` and
# `b2` are their biases. Return the logits at every position of every text, without a loop. ReLU is `jax.nn.relu`.


# %% exercise="mlp_logits" slideshow={"slide_type": "-"}
def mlp_logits(ids, table, W1, b1, W2, b2):
    """Embed, linear, ReLU, linear.  ids: (batch, time) int;  returns logits (batch, time, vocab_size)."""
    ### BEGIN SOLUTION
    x = jnp.asarray(table)[ids]  # (batch, time, embed)
    x = jax.nn.relu(x @ W1 + b1)  # (batch, time, hidden): @ works along the last axis
    return x @ W2 + b2  # (batch, time, vocab)
    ### END SOLUTION


# %%
check("mlp_logits", mlp_logits)

# %% [markdown]
# Such a network, linear layers with bends between, is a *multi-layer perceptron*, **MLP** for short. Ours does the same at every position, so it is a
# **per-position MLP**. The library has it, with one hidden layer like yours:

# %%
from chargen_lib.models import PerPositionMLP

small = PerPositionMLP(vocab_size=128, embed_dim=64, hidden_dim=128, rngs=nnx.Rngs(0))
table = small.embedding.embedding[...]  # (128, 64)
W1, b1 = small.hidden.kernel[...], small.hidden.bias[...]  # (64, 128), (128,)
W2, b2 = small.output.kernel[...], small.output.bias[...]  # (128, 128), (128,)
table.shape, W1.shape, b1.shape, W2.shape, b2.shape

# %% [markdown]
# ## How many numbers?
#
# The numbers that training may change, the tables, weights and biases, are called **parameters**. Everything the network will ever know has to be
# written in them.

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: count the parameters
#
# How many numbers does your network of one hidden layer hold? Count the table, `W1`, `b1`, `W2` and `b2`.


# %% exercise="count_parameters" slideshow={"slide_type": "-"}
def count_parameters(vocab_size, embed_dim, hidden_dim):
    """Parameters of embed, linear, ReLU, linear.  Three sizes, int;  returns an int."""
    ### BEGIN SOLUTION
    table = vocab_size * embed_dim
    hidden = embed_dim * hidden_dim + hidden_dim  # the weights and the bias
    output = hidden_dim * vocab_size + vocab_size
    return table + hidden + output
    ### END SOLUTION


# %%
check("count_parameters", count_parameters)

# %% [markdown]
# We can also ask a network itself. `nnx.state(model, nnx.Param)` collects its parameters; they hang in it like leaves on a tree, and
# `jax.tree.leaves` picks them off.
#
# **Predict.** Which layers of `FirstNetwork` hold most, and which holds least?


# %%
def parameters_in(module):
    return sum(leaf.size for leaf in jax.tree.leaves(nnx.state(module, nnx.Param)))


for name in ("embedding", "first", "second", "third", "fourth"):
    print(f"{name:>10} {parameters_in(getattr(network, name)):>7,}")  # getattr(network, "first") is network.first
print(f"{'together':>10} {parameters_in(network):>7,}")
print(f"{'small':>10} {parameters_in(small):>7,}")

# %% [markdown]
# The library's smaller network holds half of what the first one does: 33,024 of 66,048.

# %%
assert parameters_in(network) == 66_048 and parameters_in(small) == 33_024 == 66_048 // 2

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Break it: take a layer away
#
# Look at the last line of `FirstNetwork`: `self.fourth(self.third(x))`. Between these two linear layers stands nothing.
#
# **Predict.** Can you take `fourth` away, put other numbers into `third`, and get the same logits for *every* input?
#
# <details><summary>Think first, then open</summary>
#
# Yes. Write the two out: $(x W_3 + b_3) W_4 + b_4 = x\,(W_3 W_4) + (b_3 W_4 + b_4)$. That is one linear layer with the weights $W_3 W_4$ and the bias
# $b_3 W_4 + b_4$.
#
# </details>

# %%
W3, b3 = network.third.kernel[...], network.third.bias[...]
W4, b4 = network.fourth.kernel[...], network.fourth.bias[...]

folded = nnx.Linear(128, 128, rngs=nnx.Rngs(0))
folded.kernel[...] = W3 @ W4  # with something on the right, [...] writes
folded.bias[...] = b3 @ W4 + b4

x = network.embedding(batch)
x = nnx.relu(network.first(x))
x = nnx.relu(network.second(x))
assert jnp.allclose(folded(x), network(batch), atol=1e-4)
float(jnp.abs(folded(x) - network(batch)).max())

# %% [markdown]
# One layer does the work of two. The other's parameters, a quarter of all, buy nothing that the network could say. (They can change the *road* that
# training takes, Arora and others 2018, but not where it can lead.)

# %%
wasted = parameters_in(network.fourth)
assert wasted == 128 * 128 + 128 == 16_512 and wasted / parameters_in(network) == 1 / 4

# %% [markdown]
# That is also why the ReLU is there: without a bend between them, layers fold into one, however many you stack. With the bend they do not. Here is
# the same folding tried across the ReLU of the small network:

# %%
no_bend = table[batch] @ (W1 @ W2) + (b1 @ W2 + b2)
off_by = float(jnp.abs(no_bend - small(batch)).max())
assert off_by > 0.01
off_by

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What does it see?
#
# Now the question of this lesson. Take a text, and change every character but the last. At the last position, the network is asked the same thing:
# what comes after this `e`? But the story before it is another one.
#
# **Predict.** How much do the 128 logits at the last position change: much, a little, not at all?

# %% slideshow={"slide_type": "slide"}
other = ascii_vocabulary.encode("QZ$$ 7!!##~~ kke")
assert story[-1] == other[-1] and (story[:-1] != other[:-1]).all()

change = jnp.abs(network(story[None]) - network(other[None]))[0].max(axis=-1)  # (time,) largest change at each position
assert change[-1] == 0.0 and (change[:-1] > 0).all()
for place, character in enumerate("The fox ran home"):
    print(repr(character), f"{change[place]:.4f}")

# %% [markdown]
# Where the character changed, the logits changed. At the last position they changed by 0.0: not by little, by *nothing*, to the last digit. The
# past does not reach the network at all.
#
# We want to ask this of any model. So make the question a function.

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: who has influence?
#
# `logits_fn` is a model: it takes ids `(batch, time)` and returns logits `(batch, time, V)`. Say for each place of `ids` whether another character at
# that place changes the logits at `position`: return an array of `time` values, `True` or `False`. You know nothing about what is inside; put in another
# character and look.


# %% exercise="influence" slideshow={"slide_type": "-"}
def influence(logits_fn, ids, position):
    """Which input places change the logits at `position`?  ids: (time,) int;  returns (time,) bool."""
    ### BEGIN SOLUTION
    ids = jnp.asarray(ids)
    before = logits_fn(ids[None])[0, position]  # (V,)
    changes = []
    for place in range(len(ids)):
        another = ids.at[place].set((ids[place] + 1) % len(before))  # a copy; % wraps the last character round to the first
        after = logits_fn(another[None])[0, position]
        changes.append(bool((after != before).any()))
    return jnp.array(changes)
    ### END SOLUTION


# %%
check("influence", influence)

# %% [markdown]
# To draw it we measure *how much* changes, too: the largest change of any logit. The answer `True` is then "more than 0".
#
# And we need something to compare with: a model that does look back. Here is a toy one. At each position it takes the **mean of all embeddings so
# far**, and goes on as before. `jnp.cumsum` is the running sum; divided by 1, 2, 3, ... it is the running mean.


# %%
def amount_of_influence(logits_fn, ids, position):  # ids (time,) -> (time,)
    before = logits_fn(ids[None])[0, position]  # (vocab,)
    amounts = []
    for place in range(len(ids)):
        changed = ids.at[place].set((ids[place] + 1) % len(before))  # a copy with another character at this place
        amounts.append(jnp.abs(logits_fn(changed[None])[0, position] - before).max())
    return jnp.stack(amounts)


class RunningMean(nnx.Module):
    def __init__(self, vocab_size=128, embed_dim=64, hidden_dim=128, *, rngs):
        self.embedding = nnx.Embed(vocab_size, embed_dim, rngs=rngs)
        self.hidden = nnx.Linear(embed_dim, hidden_dim, rngs=rngs)
        self.output = nnx.Linear(hidden_dim, vocab_size, rngs=rngs)

    def __call__(self, ids):  # (batch, time)
        x = self.embedding(ids)  # (batch, time, embed)
        so_far = jnp.arange(1, ids.shape[1] + 1)[:, None]  # (time, 1): 1, 2, 3, ...
        x = jnp.cumsum(x, axis=1) / so_far  # (batch, time, embed)
        return self.output(nnx.relu(self.hidden(x)))  # (batch, time, vocab)


looks_back = RunningMean(rngs=nnx.Rngs(0))

# %% [markdown] slideshow={"slide_type": "slide"}
# We watch the logits at place 10 of the story, counted from 0: the `n` of `ran`. Look for which bars stand, in one figure and then in the other: before
# the `n`, at it, after it.

# %% slideshow={"slide_type": "-"}
from chargen_lib import plots

seen_by_network = amount_of_influence(network, story, 10)
plots.bars(seen_by_network, "The fox ran home", "largest change of a logit", "The network: what moves its answer?")

# %% slideshow={"slide_type": "slide"}
seen_looking_back = amount_of_influence(looks_back, story, 10)
plots.bars(seen_looking_back, "The fox ran home", "largest change of a logit", "The running mean: what moves its answer?")

# %% [markdown]
# The network has a single bar, at the `n` itself. The running mean has a bar at every place up to the `n`, and none after it: it knows the past, and
# the future has not come yet. Both are what they look like, to the last digit:

# %%
places = jnp.arange(len(story))
assert ((seen_by_network > 0) == (places == 10)).all()
assert ((seen_looking_back > 0) == (places <= 10)).all()

# %% [markdown]
# One other character at a place, and no change: that is strong evidence, but no proof, because a third character might have changed something. Here
# the code gives the proof. Every line of `FirstNetwork.__call__` works on each position alone; none of them brings two positions together. In
# `RunningMean` one line does: `cumsum`.

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Find the bug: an rnn
#
# A published example of a character model has a part called `rnn`, and says about it that it handles the text in order and keeps what it has read. It
# states that the model learns $P(x_t \mid x_{<t})$: the next character, given *all* before it. This class follows its plan. The loop runs and the
# shapes are right. What is wrong with it?


# %% slideshow={"slide_type": "slide"}
class Reader(nnx.Module):
    """Reads from left to right and remembers: p(next | all characters so far)."""

    def __init__(self, vocab_size=128, hidden_dim=64, *, rngs):
        self.embedding = nnx.Embed(vocab_size, hidden_dim, rngs=rngs)
        self.rnn = nnx.Linear(hidden_dim, hidden_dim, rngs=rngs)
        self.output = nnx.Linear(hidden_dim, vocab_size, rngs=rngs)

    def __call__(self, ids):  # (batch, time)
        x = self.embedding(ids)  # (batch, time, hidden)
        logits = []
        for t in range(ids.shape[1]):
            h = jnp.tanh(self.rnn(x[:, t]))  # (batch, hidden); tanh is another bend: it squeezes a number between -1 and 1
            logits.append(self.output(h))
        return jnp.stack(logits, axis=1)  # (batch, time, vocab)


reader = Reader(rngs=nnx.Rngs(0))

# %% [markdown] slideshow={"slide_type": "slide"}
# <details><summary>Think first, then open</summary>
#
# Follow `h`. It is made from `x[:, t]`, used, and in the next turn overwritten. Nothing is handed from one turn to the next, so nothing is
# remembered. A loop over time is not a memory, and a name is not one either. *Recurrent* (the R of RNN) would mean that the old `h` helps to make the
# new one. The class models $P(x_t \mid x_{t-1})$, one character back, whatever its docstring says.
#
# (In one place the published page says itself that each position is worked on alone. That sentence is the true one.) A comment, a formula and a name
# can be wrong. The experiment takes a few lines: make it.
#
# </details>

# %%
assert ((amount_of_influence(reader, story, 10) > 0) == (places == 10)).all()

# %% [markdown]
# The repair is to let the old `h` in. Then it is recurrent, as in Elman (1990), and Part II is about such networks. Here it serves only to show that
# our question tells the two apart. A class may inherit from another and replace one method:


# %%
class Rememberer(Reader):
    def __call__(self, ids):
        x = self.embedding(ids)
        h = jnp.zeros_like(x[:, 0])  # (batch, hidden): nothing read yet
        logits = []
        for t in range(ids.shape[1]):
            h = jnp.tanh(self.rnn(x[:, t] + h))  # the old h is part of the new one
            logits.append(self.output(h))
        return jnp.stack(logits, axis=1)


rememberer = Rememberer(rngs=nnx.Rngs(0))
assert ((amount_of_influence(rememberer, story, 10) > 0) == (places <= 10)).all()

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Find the bug: a prompt with something in front
#
# The same example wants every text to be 32 characters long. A shorter *prompt*, the beginning that a text is to continue, is filled up on the left
# with zeros. What is wrong with that, and why did nobody notice?

# %% slideshow={"slide_type": "-"}
prompt = ascii_vocabulary.encode("The fox")
padded = jnp.concatenate([jnp.zeros(32 - len(prompt), jnp.int32), prompt])  # (32,)
assert 32 - len(prompt) == 25
print(repr(ascii_vocabulary.decode(padded)))

# %% [markdown] slideshow={"slide_type": "-"}
# <details><summary>Think first, then open</summary>
#
# 0 is an id like any other: here it is the control character NUL, in the vocabulary of our stories it is the newline. The model is told that the text
# began with 25 of them. Nobody noticed because this model cannot: it sees the last character only. Put the same line in front of a model that looks
# back, and its answer changes.
#
# </details>


# %%
def moved_by_padding(model):
    return float(jnp.abs(model(padded[None])[0, -1] - model(prompt[None])[0, -1]).max())


assert moved_by_padding(network) < 1e-5 < 1e-3 < moved_by_padding(looks_back)
print(f"network {moved_by_padding(network):.6f}, running mean {moved_by_padding(looks_back):.6f}")

# %% [markdown]
# The first mistake hid the second. Whoever gives the model a memory later will meet the second one, far from where it was made.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A table in disguise
#
# The network's answer depends on one character, and there are 128 of them. So it has 128 answers at most, and we can ask for all of them.

# %%
every_character = jnp.arange(128)
all_answers = small(every_character[None])[0]  # (128, vocab): row a holds the logits after character a
assert jnp.allclose(small(batch), all_answers[batch], atol=1e-4)
all_answers.shape

# %% [markdown]
# The whole network has become a table: give it a character, take the row. After that we do not need the network any more.
#
# Two rows of logits that differ by one constant mean the same, because the softmax divides the constant out. To compare, we turn logits into
# logarithms of probabilities: that is `log_softmax`, $\ln p_i = z_i - \ln \sum_j e^{z_j}$. A table of $\ln p(\text{next} \mid \text{previous})$ is
# what lesson 01 made by counting. The library has it as `BigramTable`, which is called like a network:

# %%
from chargen_lib.models import BigramTable

disguise = BigramTable(nnx.log_softmax(all_answers))
assert jnp.allclose(disguise(batch), nnx.log_softmax(small(batch)), atol=1e-4)

numbers_in_table = 128 * 128
assert numbers_in_table == 16_384 < parameters_in(small) < parameters_in(network)
print(f"{numbers_in_table:,} numbers in the table, {parameters_in(small):,} and {parameters_in(network):,} in the two networks")

# %% [markdown]
# However many layers you stack at a position: a network that sees one character *is* a bigram table. The 66,048 parameters of the first network make
# a table of 16,384 numbers.
#
# That is why the library keeps one hidden layer and no more. There is one table to represent, and at the end of this lesson you will see how near the
# smaller network comes to the best one.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## How good can it become?
#
# Lesson 01 measured what pairs know. So we can say how good this network can become before we train it.
#
# **Predict.** Trained for as long as you like, on our stories: what is the least number of bits per character that it can reach on the text that it
# is trained on?
#
# <details><summary>Think first, then open</summary>
#
# $H(\text{next} \mid \text{previous})$ of that text, about 3.3 bits. After each character the next ones come with certain shares, and no row of
# guesses is less surprised, on average, than the row of those shares (*Gibbs' inequality*, MacKay 2003, section 2.6). A table has one row for each
# character, and cannot do better than to have every row right.
#
# </details>
#
# For training we take the 63 characters of the stories as the vocabulary, not the 128 of ASCII. More than half of those never occur in the text, and
# the floor of lesson 01 was measured with 63: we compare like with like.

# %%
from chargen_lib import corpora
from chargen_lib import entropy as floors
from chargen_lib.text import split

fables = corpora.load("fables")
vocabulary = Vocabulary.from_text(fables.text)
train_ids, val_ids = split(vocabulary.encode(fables.text))
V = len(vocabulary)
assert fables.text.isascii() and V == 63 < 128 / 2
assert vocabulary.decode([0]) == "\n"  # what a prompt padded with 0 would begin with

pair_counts = floors.bigram_counts(train_ids, V)  # (V, V)
least_on_train = floors.conditional_entropy(pair_counts)
assert 3.2 < least_on_train < 3.4
least_on_train

# %% [markdown]
# Let us try to beat it. We take the logarithms of the true shares, spoil them with random noise, and turn them back into probabilities. Every spoiled
# table should be more surprised, however we draw.

# %%
shares = pair_counts / jnp.maximum(pair_counts.sum(axis=1, keepdims=True), 1)
for noise in (0.0, 0.1, 0.3, 1.0):
    # 1e-9 keeps 0 out of the logarithm
    spoiled = nnx.log_softmax(jnp.log(shares + 1e-9) + noise * jax.random.normal(jax.random.key(2), (V, V)))
    bits = floors.nats_to_bits(floors.bigram_loss(spoiled, train_ids))
    assert bits > least_on_train if noise > 0 else abs(bits - least_on_train) < 1e-3
    print(f"noise {noise:.1f}: {bits:.4f} bits")

# %% [markdown]
# On held-out text two numbers matter. The table of counts, with add-one, learned from the training part: that is the floor that we put on the ladder,
# and what an honest learner can hope for. And a table that knew the held-out pairs beforehand: *nothing* that sees one character gets below that.

# %%
floor = floors.add_one_log_probs(pair_counts)  # (V, V) nats
floor_bits = floors.nats_to_bits(floors.bigram_loss(floor, val_ids))
impossible_bits = floors.conditional_entropy(floors.bigram_counts(val_ids, V))
assert impossible_bits < floor_bits < impossible_bits + 0.2
print(f"counts of the training part {floor_bits:.3f} bits; no table below {impossible_bits:.3f} bits")

# %% [markdown]
# ## A brief training
#
# How training works is the subject of lesson 05. Here are the few lines of lesson 02 again, for a network, so that you see it move.
#
# - A **step** takes 16 windows of the text, each from a random place, and 65 characters long: 64 that are read, and for each the one that comes next.
# - The **loss** is the mean surprise in nats. `optax` calls it the *softmax cross-entropy*.
# - `nnx.value_and_grad` and `@nnx.jit` do with a network what `jax.value_and_grad` and `@jax.jit` did with a dictionary of arrays.
# - `optax.adam` (Kingma and Ba 2015) moves every parameter a little against its gradient. Its number, 0.01, says how little.

# %%
import optax


@nnx.jit
def train_step(model, optimizer, text_ids, key):
    starts = jax.random.randint(key, (16, 1), 0, len(text_ids) - 64)  # (16, 1)
    windows = text_ids[starts + jnp.arange(65)]  # (16, 65): each start with the 64 places after it
    inputs, targets = windows[:, :-1], windows[:, 1:]  # (16, 64) each, the targets one character ahead

    def loss_of(model):
        return optax.softmax_cross_entropy_with_integer_labels(model(inputs), targets).mean()

    loss, gradient = nnx.value_and_grad(loss_of)(model)
    optimizer.update(model, gradient)  # changes the model
    return loss


# %% [markdown]
# **Keys.** The same key gives the same numbers (lesson 02). That is good for repeating an experiment, and a trap in a loop: with one key, every step
# would draw the same windows. `jax.random.split(key, n)` makes `n` new keys from one. Use each key once.
#
# In the figure below, look for the place where the loss stops falling.

# %%
key = jax.random.key(3)
assert jax.random.uniform(key) == jax.random.uniform(key)
one, two = jax.random.split(key)
assert jax.random.uniform(one) != jax.random.uniform(two)

# %% slideshow={"slide_type": "slide"}
STEPS = 300
model = PerPositionMLP(V, 64, 128, rngs=nnx.Rngs(0))
untrained = PerPositionMLP(V, 64, 128, rngs=nnx.Rngs(0))  # the same seed: the same network, left as it is
assert jnp.array_equal(model.output.kernel[...], untrained.output.kernel[...])

# The optimizer keeps what Adam remembers from step to step.  wrt: with respect to what, here the parameters.
optimizer = nnx.Optimizer(model, optax.adam(0.01), wrt=nnx.Param)
losses = []
for step_key in jax.random.split(jax.random.key(4), STEPS):
    losses.append(train_step(model, optimizer, train_ids, step_key))
train_bits = jnp.array(losses) / jnp.log(2)  # (STEPS,), nats to bits
plots.curves(
    {"loss on the windows of each step": (jnp.arange(1, STEPS + 1), train_bits)},
    "step",
    "bits per character",
    floors={"bigram floor, held-out": floor_bits},
)

# %% [markdown]
# The loss falls fast, slows down, and then moves up and down about the line. It jumps from step to step because each step sees other windows, some
# easier than others. So we judge on the whole held-out part. The network is a table, so we make the table, and use the very function that judged the
# counts.

# %%
assert train_bits[0] > 5.5 and abs(train_bits[-50:].mean() - floor_bits) < 0.2


def held_out_bits(model):
    log_probs = nnx.log_softmax(model(jnp.arange(V)[None])[0])  # (V, V)
    return floors.nats_to_bits(floors.bigram_loss(log_probs, val_ids))


# The long way, through the network with all the held-out text, gives the same.
long_way = optax.softmax_cross_entropy_with_integer_labels(model(val_ids[None, :-1]), val_ids[None, 1:]).mean()
assert abs(floors.nats_to_bits(long_way) - held_out_bits(model)) < 1e-3

before_bits, after_bits = held_out_bits(untrained), held_out_bits(model)
assert after_bits < before_bits - 1.5
assert impossible_bits < after_bits < floor_bits + 0.15
print(f"untrained {before_bits:.3f} bits, after {STEPS} steps {after_bits:.3f} bits, floor {floor_bits:.3f} bits")

# %% [markdown] slideshow={"slide_type": "slide"}
# In these few steps it has come close to the floor. Lesson 05 watches it arrive, on this text and on one whose floor is known exactly, and stop
# there. On the ladder, networks have a mark of their own. Look where the new row stands.

# %% slideshow={"slide_type": "-"}
uniform_bits = floors.nats_to_bits(jnp.log(V))
unigram = floors.add_one_log_probs(floors.unigram_counts(train_ids, V))
unigram_bits = floors.nats_to_bits(floors.unigram_loss(unigram, val_ids))
assert uniform_bits > unigram_bits > after_bits

plots.ladder(
    [
        floors.Rung("uniform", uniform_bits),
        floors.Rung("unigram, add-one", unigram_bits),
        floors.Rung("bigram, add-one", floor_bits),
        floors.Rung(f"per-position MLP, {STEPS} steps", after_bits, kind="network"),
    ]
)

# %% [markdown]
# It stands beside the table of pairs, about a bit better than counting single characters: the network has found out, from examples alone, what we
# counted. And it holds five times as many numbers as the table that it imitates.

# %%
assert unigram_bits - after_bits > 0.9 and 5 < parameters_in(model) / V**2 < 6
parameters_in(model), V**2

# %% [markdown]
# ## It writes
#
# To write, we draw a character, hand it back to the model, and draw the next. Every model of the library has `step` for this: the newest characters
# `(batch,)` and a state go in, the logits for what comes next and the new state come out. The **state** is what the model remembers. Ours remembers
# nothing, so its state is empty.
#
# `jax.random.categorical(key, logits)` draws an id, each with its softmax probability. Each draw needs a key of its own: we split the key in two,
# draw with one, and keep the other to split again. A way of drawing is called a *sampler*, and each text below names its own: this plainest one, which
# changes no probability, is the `Sampler(temperature=1.0)` of lesson 04.


# %%
def write(model, prompt, num_chars, key):
    state = model.init_state(1)  # one text
    for newest in vocabulary.encode(prompt):
        logits, state = model.step(newest[None], state)  # (1, vocab)
    written = []
    for _ in range(num_chars):
        key, draw = jax.random.split(key)
        newest = jax.random.categorical(draw, logits)  # (1,)
        written.append(int(newest[0]))
        logits, state = model.step(newest, state)
    return vocabulary.decode(written)


assert model.init_state(1) == ()
print("untrained, Sampler(temperature=1.0):", repr(write(untrained, "The fox", 100, jax.random.key(5))))
print()
print("trained, Sampler(temperature=1.0):  ", repr(write(model, "The fox", 100, jax.random.key(5))))

# %% [markdown] slideshow={"slide_type": "slide"}
# The untrained one throws all the characters about. The trained one writes like the table of pairs in lesson 01: pieces that can be spoken, spaces at
# likely places, and no sense.
#
# **Predict.** Two stories that end in the same character, and the same key. Which of the two texts below is the better continuation?

# %% slideshow={"slide_type": "-"}
to_the_fox = write(model, "The old fox ran", 40, jax.random.key(6))
to_the_rain = write(model, "Three days of rain", 40, jax.random.key(6))
print("Sampler(temperature=1.0):", repr(to_the_fox))
print("Sampler(temperature=1.0):", repr(to_the_rain))

# %% [markdown] slideshow={"slide_type": "-"}
# <details><summary>Think first, then open</summary>
#
# There is only one text. The model was told `n`, twice.
#
# </details>

# %%
assert to_the_fox == to_the_rain

# %% [markdown]
# So what can a network know that sees one character at a time? What usually comes after it: all of that, and nothing else. More layers, more
# parameters and more steps do not change it. What would help is to see more, and that is Part II. First we learn to draw better (lesson 04) and to
# train properly (lesson 05).

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What we own now
#
# The network that you built by hand is in the library, and gives the same values; `step` gives what the call gives.

# %%
by_hand = jax.nn.relu(table[batch] @ W1 + b1) @ W2 + b2
assert jnp.allclose(by_hand, small(batch), atol=1e-4)
assert jnp.allclose(BigramTable(nnx.log_softmax(all_answers))(batch), nnx.log_softmax(by_hand), atol=1e-4)
stepped, _ = small.step(batch[:, 0], small.init_state(8))
assert jnp.allclose(stepped, small(batch)[:, 0], atol=1e-4)

# %% [markdown] slideshow={"slide_type": "-"}
# | built here | in the library |
# |---|---|
# | embed, linear, ReLU, linear | `models.PerPositionMLP` |
# | the table of its 128 answers | `models.BigramTable` |
# | the floor on held-out text | `entropy.add_one_log_probs`, `entropy.bigram_loss` |
# | the floor on the text itself | `entropy.conditional_entropy` |
# | one character at a time | `init_state` and `step` of every model |
#
# Your exercises so far:

# %%
progress(lesson=3)

# %% [markdown]
# ## Further reading
#
# - Y. Bengio, R. Ducharme, P. Vincent, C. Jauvin (2003), [*A Neural Probabilistic Language Model*](https://www.jmlr.org/papers/v3/bengio03a.html),
#   Journal of Machine Learning Research 3. Embeddings and an MLP that sees several words at once: what our network would be with a wider window.
# - J. L. Elman (1990), [*Finding Structure in Time*](https://doi.org/10.1207/s15516709cog1402_1), Cognitive Science 14. What a recurrent network is:
#   the old hidden state goes into the new one.
# - D. J. C. MacKay (2003), [*Information Theory, Inference, and Learning Algorithms*](https://www.inference.org.uk/mackay/itila/), Cambridge
#   University Press, section 2.6. Why no guesses beat the true shares.
# - S. Arora, N. Cohen, E. Hazan (2018), [*On the Optimization of Deep Networks: Implicit Acceleration by
#   Overparameterization*](https://arxiv.org/abs/1802.06509), ICML. Linear layers that fold into one can still change how training runs.
# - D. P. Kingma, J. Ba (2015), [*Adam: A Method for Stochastic Optimization*](https://arxiv.org/abs/1412.6980), ICLR. The training method used here.
# - The Artifex team (2025), [*Simple Text Generation with Character-Level
#   Models*](https://github.com/avitai/artifex/blob/main/docs/examples/text/simple-text-generation.md). The published example of the two
#   bugs above. Read it now, and ask it what it sees.
# - The Flax authors, [*Flax NNX basics*](https://flax.readthedocs.io/en/latest/nnx_basics.html). Modules, parameters and `Rngs`, from those who made
#   them.
#
# **Next:** [Temperature](04_temperature.ipynb). What does dividing by T do to a distribution?
