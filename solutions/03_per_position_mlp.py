# %% [markdown] slideshow={"slide_type": "slide"}
# # 03 · A network at every position
#
# **What can a network that sees one character at a time know?**
#
# *About {reading} minutes, and {exercises} more for the exercises · for beginners · you need: [lesson 01](01_text_as_numbers.ipynb) (bits, pairs, held-out text) and
# [lesson 02](02_embeddings.ipynb) (a table lookup is a layer).*
#
# Now we build a network, and ask it a question that is asked too seldom: *what do you see?* You will be able to
#
# - build a network from layers, and say how many numbers it holds and which of them buy nothing,
# - find out by experiment, for any model, which characters its answer depends on,
# - say, before any training, how good this network can become, and why no amount of training takes it further,
# - say what a hidden layer is for, and when it brings nothing.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Three questions from before
#
# **1.** Lesson 02 looked up a row of a table. Which matrix product gives the same?
#
# <details><summary>Think first, then open</summary>
#
# A one-hot row times the table. So the lookup is a linear layer, and its table can be trained.
#
# </details>
#
# **2.** A model knows nothing about 63 characters. About how large is its loss?
#
# <details><summary>Think first, then open</summary>
#
# $\log_2 63 \approx 5.98$ bits, or $\ln 63 \approx 4.14$ nats: every character has the probability $\frac{1}{63}$.
#
# </details>
#
# **3.** Lesson 01 has two numbers for pairs: $H(\text{next} \mid \text{previous})$ of a text, and what the add-one table gets on held-out text. Which of them
# can nobody beat?
#
# <details><summary>Think first, then open</summary>
#
# The first is a **floor**: on that very text, nobody who sees one character gets below it. The second is a **score**; another guesser may do better.
#
# </details>

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The layers
#
# The **linear layer** of lesson 02 takes a row of numbers $x$, multiplies it by a table of weights $W$, and adds a row $b$, the *bias*:
#
# $$y = x W + b$$
#
# In Flax it is `nnx.Linear(in, out, rngs=...)`. It holds $W$ as `kernel`, of shape `(in, out)`, and $b$ as `bias`, of shape `(out,)`. The weights begin as
# random numbers, drawn from `rngs`: the same number in `nnx.Rngs` gives the same weights.

# %%
import jax
import jax.numpy as jnp
from flax import nnx

layer = nnx.Linear(3, 2, rngs=nnx.Rngs(0))
W, b = layer.kernel[...], layer.bias[...]  # [...] reads the array out of the layer
x = jnp.array([1.0, 2.0, 3.0])
assert jnp.allclose(layer(x), x @ W + b, atol=1e-6)
print("kernel", W.shape, " bias", b.shape, " y =", layer(x))

# %% [markdown] slideshow={"slide_type": "-"}
# Between two linear layers we put a bend: the **ReLU** (*rectified linear unit*). It keeps a positive number and turns a negative one into 0.

# %%
nnx.relu(jnp.array([-2.0, -0.5, 0.0, 1.5]))

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The network
#
# A network is a *class*: a plan from which objects are made. `FirstNetwork(...)` makes an object and runs `__init__`, which makes the layers. Calling that
# object runs `__call__`, which says what happens to an input. `self` is the object. `nnx.Module` in brackets: it can do all that a module of Flax can.
# This one has the layers and sizes of a published example (see Further reading): 128 characters, 64 numbers for each, 128 numbers in the *hidden* layers,
# those between the input and the answer.
#
# Its answer is a row of 128 **logits**, one for each character that could come next. As in lesson 02, the softmax makes probabilities of them.


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
# worked on together. Our vocabulary is the 128 ASCII characters: the id of a character is its code point. One text is a batch of one: `ids[None]` puts an
# axis of length 1 in front.

# %%
from chargen_lib.text import Vocabulary

ascii_vocabulary = Vocabulary.ascii()
story = ascii_vocabulary.encode("The fox ran home")  # (time,)
logits = network(story[None])  # (batch, time, vocab)
assert jnp.allclose(nnx.softmax(logits).sum(axis=-1), 1, atol=1e-5)  # axis=-1, the last: a distribution at every position
story.shape, logits.shape

# %% [markdown]
# At each of the 16 positions there are 128 logits: what comes after this character? The network has not learned anything yet. But what it *can* learn
# is already settled, and that is our subject. First write a network yourself, with nothing but arrays.

# %%
from chargen_lib.exercises import check, progress

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: a network in three lines
#
# It has one hidden layer: embed, linear, ReLU, linear. `table` has one row of `embed_dim` numbers for each character. `W1` is `(embed_dim, hidden_dim)`,
# `W2` is `(hidden_dim, vocab_size)`, and `b1` and `b2` are their biases. Return the logits at every position of every text, without a loop. ReLU is
# `jax.nn.relu`.


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

# %% [markdown]
# ## How many numbers?
#
# The **parameters** are the tables, weights and biases. All that the network will ever know is in them.

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
# We can also ask a network itself. `nnx.state(model, nnx.Param)` collects its parameters, and `jax.tree.leaves` makes a plain list of their arrays.
#
# **Predict.** Which layers of `FirstNetwork` hold most, and which holds least?
#
# <details><summary>Think first, then open</summary>
#
# `second`, `third` and `fourth` hold most, and all the same: each takes 128 numbers to 128 numbers, $128 \cdot 128 + 128 = 16{,}512$. The table holds
# least, $128 \cdot 64 = 8{,}192$: it has no bias.
#
# </details>


# %%
def parameters_in(module):
    return sum(leaf.size for leaf in jax.tree.leaves(nnx.state(module, nnx.Param)))


for name in ("embedding", "first", "second", "third", "fourth"):
    print(f"{name:>10} {parameters_in(getattr(network, name)):>7,}")  # getattr(network, "first") is network.first
print(f"{'together':>10} {parameters_in(network):>7,}")
print(f"{'small':>10} {parameters_in(small):>7,}")

# %%
assert parameters_in(network.second) == parameters_in(network.third) == parameters_in(network.fourth) == 16_512
assert parameters_in(network.embedding) == 8_192 and parameters_in(network) == 66_048 == 2 * parameters_in(small)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Break it: take a layer away
#
# Look at the last line of `FirstNetwork`: `self.fourth(self.third(x))`. There is no bend between these two linear layers.
#
# **Predict.** Can you take `fourth` away, put other numbers into `third`, and get the same logits for *every* input?
#
# <details><summary>Think first, then open</summary>
#
# Yes: $(x W_3 + b_3) W_4 + b_4 = x\,(W_3 W_4) + (b_3 W_4 + b_4)$. That is one linear layer, with the weights $W_3 W_4$ and the bias $b_3 W_4 + b_4$.
#
# </details>

# %%
W3, b3 = network.third.kernel[...], network.third.bias[...]
W4, b4 = network.fourth.kernel[...], network.fourth.bias[...]
folded = nnx.Linear(128, 128, rngs=nnx.Rngs(0))
folded.kernel[...] = W3 @ W4  # with something on the right, [...] writes
folded.bias[...] = b3 @ W4 + b4

batch = jax.random.randint(jax.random.key(1), (8, 32), 0, 128)  # 8 texts of 32 random ids
x = nnx.relu(network.second(nnx.relu(network.first(network.embedding(batch)))))
print(f"largest difference of a logit: {float(jnp.abs(folded(x) - network(batch)).max()):.7f}")

# %%
assert jnp.allclose(folded(x), network(batch), atol=1e-4)  # the same, as far as rounding lets it be
assert parameters_in(network.fourth) == parameters_in(network) / 4

# %% [markdown]
# One layer does the work of two. The other's parameters, a quarter of all, buy nothing that the network could say. (They can change the *way* that
# training takes, Arora and others 2018.)
#
# That is why the ReLU is there: without it, layers fold into one, however many you stack. What it makes possible comes below.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What does it see?
#
# Now the question of this lesson. Take a text, and change every character but the last. At the last position the network is asked the same: what
# comes after this `e`? But the story before it is another one.
#
# **Predict.** How much do the 128 logits at the last position change: much, a little, not at all?


# %% slideshow={"slide_type": "slide"}
def answers_moved(model, one, other):
    """The largest change of a logit at each position, when the text `other` is put in place of `one`: (time,)."""
    return jnp.abs(model(one[None]) - model(other[None]))[0].max(axis=-1)


other = ascii_vocabulary.encode("QZ$$ 7!!##~~ kke")
change = answers_moved(network, story, other)
for place, character in enumerate("The fox ran home"):
    print(repr(character), f"{change[place]:.4f}")

# %% [markdown] slideshow={"slide_type": "-"}
# <details><summary>Think first, then open</summary>
#
# Not at all. At the last position they changed by 0.0, to the last digit. The past does not reach the network.
#
# </details>

# %%
assert story[-1] == other[-1] and (story[:-1] != other[:-1]).all()
assert change[-1] == 0.0 and (change[:-1] > 0).all()

# %% [markdown]
# To compare, here is a toy model that looks back. At each position it takes the **mean of all embeddings so far**, and goes on as before.
# `jnp.cumsum` is the running sum; divided by 1, 2, 3, ... it is the running mean.


# %%
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
# Now we change a single character of the story, at place 10, counted from 0: the `n` of `ran` becomes a `t`.
#
# **Predict.** At which positions does the answer of the network move? At which that of the running mean?

# %% slideshow={"slide_type": "-"}
from chargen_lib import plots

the_rat = ascii_vocabulary.encode("The fox rat home")
network_moved = answers_moved(network, story, the_rat)
plots.bars(network_moved, "The fox ran home", "largest change of a logit", "The network: which answers move?")

# %% slideshow={"slide_type": "slide"}
mean_moved = answers_moved(looks_back, story, the_rat)
plots.bars(mean_moved, "The fox ran home", "largest change of a logit", "The running mean: which answers move?")

# %% [markdown]
# <details><summary>Think first, then open</summary>
#
# The network has a single bar, at the `n` itself. The running mean has one at the `n` and at every place after it: all these have seen the `n`.
#
# </details>

# %%
places = jnp.arange(len(story))
assert ((network_moved > 0) == (places == 10)).all()
assert ((mean_moved > 0) == (places >= 10)).all()

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: who has influence?
#
# Turn the question round: which places move *this* answer? `logits_fn` is any model: it takes ids `(batch, time)` and returns logits `(batch, time, V)`.
# Say for each place of `ids` whether another character there changes the logits at `position`: return an array of `time` values,
# `True` or `False`.


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
# When yours passes, try `influence(network, story, 10)` and `influence(looks_back, story, 10)`.
#
# One other character, and no change: that is strong evidence, but no proof, because a third character might have changed something. Here the code gives
# the proof. Every line of `FirstNetwork.__call__` works on each position alone. In `RunningMean` one line brings positions together: `cumsum`.

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Find the bug: an rnn
#
# A published example of a character model has a part called `rnn`, which is said to read the text in order and to keep what it has read. The model, it
# says, learns $P(x_t \mid x_{<t})$: the next character, given *all* before it. This class follows its plan. It runs, and the shapes are right. What is wrong?


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
# remembered. *Recurrent* (the R of RNN) would mean that the old `h` helps to make the new one. The class models $P(x_t \mid x_{t-1})$, whatever its
# docstring says. A comment, a formula and a name can be wrong. The experiment takes one line.
#
# </details>

# %%
reader_moved = answers_moved(reader, story, the_rat)
assert ((reader_moved > 0) == (places == 10)).all()
print("answers that move:", [place for place in range(16) if reader_moved[place] > 0])

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A table in disguise
#
# The network's answer depends on one character, and there are 128 of them. So it has 128 answers at most, and we can ask for all of them.

# %%
from chargen_lib.models import BigramTable

all_answers = small(jnp.arange(128)[None])[0]  # (128, vocab): row a holds the logits after character a
disguise = BigramTable(nnx.log_softmax(all_answers))  # ln p(next | previous)
assert jnp.allclose(small(batch), all_answers[batch], atol=1e-4)
assert jnp.allclose(disguise(batch), nnx.log_softmax(small(batch)), atol=1e-4)
print(f"{all_answers.size:,} numbers in the table, {parameters_in(small):,} and {parameters_in(network):,} in the two networks")

# %% [markdown]
# The whole network has become a table of $\ln p(\text{next} \mid \text{previous})$, as lesson 01 made one by counting. `BigramTable` is the library's
# name for it. However many layers you stack at a position: **a network that sees one character is a bigram table.**

# %% [markdown] slideshow={"slide_type": "slide"}
# ## How good can it become?
#
# **Predict.** Trained for as long as you like, on our stories: what is the least number of bits per character that it can reach on the text that it
# is trained on?
#
# <details><summary>Think first, then open</summary>
#
# $H(\text{next} \mid \text{previous})$ of that text, about 3.3 bits. After each character the next ones come with certain shares, and no row of
# guesses is less surprised, on average, than the row of those shares (*Gibbs' inequality*, MacKay 2003, section 2.6).
#
# </details>
#
# We train with the 63 characters of the stories as the vocabulary: more than half of ASCII's 128 never occur in them.

# %%
from chargen_lib import corpora, entropy
from chargen_lib.text import split

fables = corpora.load("fables")
vocabulary = Vocabulary.from_text(fables.text)
train_ids, val_ids = split(vocabulary.encode(fables.text))
V = len(vocabulary)
pair_counts = entropy.bigram_counts(train_ids, V)  # (V, V)
train_floor = entropy.conditional_entropy(pair_counts)
assert fables.text.isascii() and V == 63 < 128 / 2 and 3.2 < train_floor < 3.4
print(f"{V} characters; floor of the training text: {train_floor:.3f} bits")

# %% [markdown]
# On held-out text two numbers matter. The **score** of the counted table, with add-one: an honest learner can hope for that much. And the **floor**, $H$
# of the held-out text itself. Only a table that knew its pairs beforehand would reach that, and *nothing* that sees one character gets below.

# %%
counted = entropy.add_one_log_probs(pair_counts)  # (V, V) nats
counted_bits = entropy.nats_to_bits(entropy.bigram_loss(counted, val_ids))
val_floor = entropy.conditional_entropy(entropy.bigram_counts(val_ids, V))
assert val_floor < counted_bits < val_floor + 0.2
print(f"held-out text: score of the counts {counted_bits:.3f} bits, floor {val_floor:.3f} bits")

# %% [markdown]
# ## A brief training
#
# Lesson 05 is about training. Here are the few lines of lesson 02 again, for a network.
#
# - A **step** draws 1,024 places of the text, and takes the character there and the one after it.
# - The **loss** is the mean surprise in nats. `optax` calls it the *softmax cross-entropy*.
# - `nnx.value_and_grad` and `@nnx.jit` do with a network what `jax.value_and_grad` and `@jax.jit` did with a dictionary of arrays.
# - `optax.adam` (Kingma and Ba 2015) moves every parameter a little against its gradient. Its number, 0.01, says how little. `nnx.Optimizer` keeps what
#   it remembers from step to step; `wrt`, *with respect to*, says what it may move.
# - With one key, every step would draw the same places. So `jax.random.split(key, n)` makes `n` new keys, one for each step.

# %%
import optax


@nnx.jit
def train_step(model, optimizer, key):
    places = jax.random.randint(key, (1024,), 0, len(train_ids) - 1)
    inputs, targets = train_ids[places], train_ids[places + 1]  # (1024,) each

    def loss_of(model):
        return optax.softmax_cross_entropy_with_integer_labels(model(inputs), targets).mean()

    loss, gradient = nnx.value_and_grad(loss_of)(model)
    optimizer.update(model, gradient)  # changes the model
    return loss


def train(model, steps=600):
    optimizer = nnx.Optimizer(model, optax.adam(0.01), wrt=nnx.Param)
    keys = jax.random.split(jax.random.key(4), steps)
    return jnp.array([float(train_step(model, optimizer, key)) for key in keys]) / jnp.log(2)  # (steps,) bits


# %% [markdown]
# In the figure below, look for the place where the loss stops falling.

# %% slideshow={"slide_type": "slide"}
model = PerPositionMLP(V, 64, 128, rngs=nnx.Rngs(0))
losses = train(model)
per_10 = losses.reshape(-1, 10).mean(axis=1)  # (60,): the mean of 10 steps is less jumpy
floor = {"floor of the training text": train_floor}
plots.curves({"loss, the mean of 10 steps": (10 * jnp.arange(1, 61), per_10)}, "step", "bits per character", levels=floor)

# %% [markdown]
# The loss falls fast, slows down, and stays near the line. A point may lie below it, since ten batches are not the whole text.
# To judge the network, we make its table, and use the function that judged the counts.


# %%
def bits_on(ids, model):
    log_probs = nnx.log_softmax(model(jnp.arange(V)[None])[0])  # (V, V)
    return entropy.nats_to_bits(entropy.bigram_loss(log_probs, ids))


model_bits = bits_on(val_ids, model)
# on the whole training text above the floor; on the last hundred batches, near it
assert losses[0] > 5 and train_floor < bits_on(train_ids, model) < train_floor + 0.1
assert val_floor < model_bits < counted_bits + 0.05 and losses[-100:].mean() < train_floor + 0.05
print(f"held-out text: network {model_bits:.3f}, counts {counted_bits:.3f}, floor {val_floor:.3f} bits")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What is the hidden layer for?
#
# The networks of lesson 02 had none: a table, then one linear layer. Take three characters whose embedding is a single number: -1, 0 and 1.
#
# **Predict.** Can *one linear layer* give the middle character a larger logit than both others?
#
# <details><summary>Think first, then open</summary>
#
# No. $wx + b$ is a straight line: at 0 its height is the average of its heights at -1 and 1. With a hidden layer of two numbers it can:
# $\mathrm{ReLU}(x + 1) - 2\,\mathrm{ReLU}(x)$ rises to 1 and falls again.
#
# </details>

# %%
x = jnp.array([-1.0, 0.0, 1.0])
line, hill = 0.7 * x + 0.2, nnx.relu(x + 1) - 2 * nnx.relu(x)
print("a line:", line, " with the bend:", hill)

# %%
assert jnp.isclose(line[1], (line[0] + line[2]) / 2) and hill.tolist() == [0, 1, 0]

# %% [markdown] slideshow={"slide_type": "slide"}
# A hidden layer is for answers that are no straight function of the embedding. Here are tables of 2, 8 and 64 columns, trained alike, and more briefly
# than in lesson 02. `nnx.Sequential` calls layers one after another: a table and one linear layer.
#
# **Predict.** Where does a hidden layer help more: behind 2 numbers a character, or behind 64?
#
# <details><summary>Think first, then open</summary>
#
# Behind 2. With 64 columns every character can have one of its own, as in a one-hot row; then the weights of a linear layer can hold any table. With 2 numbers the characters are points in a plane, and each logit must be a straight slope over that plane.
#
# </details>


# %%
def without(columns):
    rngs = nnx.Rngs(0)
    return nnx.Sequential(nnx.Embed(V, columns, rngs=rngs), nnx.Linear(columns, V, rngs=rngs))


def trained_bits(untrained):
    train(untrained)
    return bits_on(val_ids, untrained)


linear = {columns: trained_bits(without(columns)) for columns in (2, 8, 64)}
bent = {2: trained_bits(PerPositionMLP(V, 2, 128, rngs=nnx.Rngs(0))), 64: model_bits}
for columns in (2, 64):
    print(f"{columns:2} columns: without hidden layer {linear[columns]:.3f} bits, with it {bent[columns]:.3f} bits")

# %%
assert linear[2] - bent[2] > 0.2 and abs(linear[64] - bent[64]) < 0.02
assert bent[2] > linear[8] > bent[64]  # it makes up for missing columns only in part

# %% [markdown] slideshow={"slide_type": "slide"}
# Behind 2 numbers the hidden layer is worth over 0.2 bits, and behind 64 nothing. It will be needed in Part II, when several characters come together
# and the effect of one depends on another. Here they all are on the ladder. Look for the order.

# %% slideshow={"slide_type": "-"}
unigram = entropy.add_one_log_probs(entropy.unigram_counts(train_ids, V))
unigram_bits = entropy.nats_to_bits(entropy.unigram_loss(unigram, val_ids))
plots.ladder(
    [
        entropy.Rung("unigram, add-one", unigram_bits),
        entropy.Rung("embedding of 2 numbers", linear[2], "network"),
        entropy.Rung("embedding of 2, hidden layer", bent[2], "network"),
        entropy.Rung("embedding of 8 numbers", linear[8], "network"),
        entropy.Rung("per-position MLP", model_bits, "network"),
        entropy.Rung("bigram, add-one", counted_bits),
    ]
)

# %% [markdown]
# The per-position MLP stands beside the table of pairs, whose counts it was never given. And it holds five times as many numbers as that table.

# %%
assert unigram_bits > linear[2] + 0.5 and abs(model_bits - counted_bits) < 0.05 and 5 < parameters_in(model) / V**2 < 6
parameters_in(model), V**2

# %% [markdown]
# ## It writes
#
# To write, we draw a character, hand it back to the model, and draw the next. Every model of the library has `step` for this: the newest characters
# `(batch,)` and a state go in, logits and the new state come out. The **state** is what the model remembers: ours, nothing.
#
# `jax.random.categorical(key, logits)` draws an id, each with its softmax probability. Each draw needs a key of its own: we split the key in two,
# draw with one, and keep the other to split again. A way of drawing is called a *sampler*; this plainest one is the `Sampler(temperature=1.0)` of lesson 04.


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


# %% [markdown] slideshow={"slide_type": "slide"}
# **Predict.** Two stories that end in the same character, and the same key. Which of the two texts below is the better continuation?

# %% slideshow={"slide_type": "-"}
to_the_fox = write(model, "The old fox ran", 60, jax.random.key(6))
to_the_rain = write(model, "Three days of rain", 60, jax.random.key(6))
print("Sampler(temperature=1.0):", repr(to_the_fox))
print("Sampler(temperature=1.0):", repr(to_the_rain))

# %% [markdown] slideshow={"slide_type": "-"}
# <details><summary>Think first, then open</summary>
#
# There is only one text. The model was told `n`, twice. It writes like the table of pairs in lesson 01: pieces that can be spoken, and no sense.
#
# </details>

# %%
assert to_the_fox == to_the_rain

# %% [markdown]
# So what can a network know that sees one character at a time? What usually comes after it: all of that, and nothing else. What would help is to see
# more, and that is Part II.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What we own now
#
# What you built by hand is in the library, and gives the same values; `step` gives what the call gives.

# %%
by_hand = jax.nn.relu(table[batch] @ W1 + b1) @ W2 + b2
assert jnp.allclose(by_hand, small(batch), atol=1e-4)
stepped, _ = small.step(batch[:, 0], small.init_state(8))
assert jnp.allclose(stepped, small(batch)[:, 0], atol=1e-4)

# %% [markdown] slideshow={"slide_type": "-"}
# | built here | in the library |
# |---|---|
# | embed, linear, ReLU, linear | `models.PerPositionMLP` |
# | the table of its answers | `models.BigramTable` |
# | the score of pairs on held-out text | `entropy.add_one_log_probs`, `entropy.bigram_loss` |
# | the floor on a text itself | `entropy.conditional_entropy` |
# | one character at a time | `init_state` and `step` of every model |
#
# Your exercises so far:

# %%
progress(lesson=3)

# %% [markdown]
# ## For the curious
#
# Nothing later needs this part.
#
# ### A loop, or one call
#
# Some published code feeds such a network one position at a time, in a Python loop, and puts the answers side by side. The numbers are the same, as
# far as rounding lets them be: a processor may add up the same products in another order.


# %%
def position_by_position(network, ids):  # (batch, time)
    answers = [network(ids[:, t : t + 1]) for t in range(ids.shape[1])]  # each (batch, 1, vocab)
    return jnp.concatenate(answers, axis=1)  # (batch, time, vocab)


assert jnp.allclose(position_by_position(network, batch), network(batch), atol=1e-4)

# %% [markdown]
# **Predict.** The text has 32 positions. How much faster is the one call: not at all, 3 times, more than 5 times?

# %%
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
print(f"loop {1000 * loop:.1f} ms, one call {1000 * one_call:.1f} ms: {loop / one_call:.0f} times as fast here")

# %% [markdown]
# <details><summary>Think first, then open</summary>
#
# More than 5 times, and how much more depends on the machine. The arithmetic is the same. What the loop pays for is Python asking JAX, over and over, to
# do something small. Giving JAX one large thing to do is called **vectorising**.
#
# </details>

# %%
assert loop > 5 * one_call

# %% [markdown]
# ### Trying to beat the floor
#
# We take the logarithms of the true shares of pairs, spoil them with random noise, and turn them back into probabilities. Every spoiled table is more
# surprised by the training text.

# %%
shares = pair_counts / jnp.maximum(pair_counts.sum(axis=1, keepdims=True), 1)
spoiled_bits = []
for noise in (0.0, 0.1, 0.3, 1.0):
    logs = jnp.log(shares + 1e-9) + noise * jax.random.normal(jax.random.key(2), (V, V))  # 1e-9 keeps 0 out of the logarithm
    spoiled_bits.append(entropy.nats_to_bits(entropy.bigram_loss(nnx.log_softmax(logs), train_ids)))
    print(f"noise {noise:.1f}: {spoiled_bits[-1]:.4f} bits")

# %%
assert abs(spoiled_bits[0] - train_floor) < 1e-3 and min(spoiled_bits[1:]) > train_floor + 1e-3

# %% [markdown]
# ### The rnn, repaired
#
# The repair is to let the old `h` in. Then the class is recurrent, as in Elman (1990), and Part II is about such networks. A class may inherit from
# another and replace one method. Our question tells the two apart: now the answers after the `n` move too.


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


remembers = answers_moved(Rememberer(rngs=nnx.Rngs(0)), story, the_rat)
assert ((remembers > 0) == (places >= 10)).all()
print("answers that move:", [place for place in range(16) if remembers[place] > 0])

# %% [markdown]
# ### Find the bug: a prompt with something in front
#
# The same published example wants every text to be 32 characters long. A shorter *prompt*, the beginning that a text is to continue, is filled up on the
# left with zeros. What is wrong with that, and why did nobody notice?

# %%
prompt = ascii_vocabulary.encode("The fox")
padded = jnp.concatenate([jnp.zeros(32 - len(prompt), jnp.int32), prompt])  # (32,)
print(repr(ascii_vocabulary.decode(padded)))

# %% [markdown]
# <details><summary>Think first, then open</summary>
#
# 0 is an id like any other: here it is the control character NUL, in the vocabulary of our stories it is the newline. The model is told that the text
# began with 25 of them. Nobody noticed because this model cannot: it sees the last character only. Put the same line in front of a model that looks
# back, and its answer changes. The first mistake hid the second. Whoever gives the model a memory later will meet it, far from where it was made.
#
# </details>


# %%
def moved_by_padding(model):
    return float(jnp.abs(model(padded[None])[0, -1] - model(prompt[None])[0, -1]).max())


assert 32 - len(prompt) == 25 and vocabulary.decode([0]) == "\n"
assert moved_by_padding(network) < 1e-5 < 1e-3 < moved_by_padding(looks_back)
print(f"network {moved_by_padding(network):.6f}, running mean {moved_by_padding(looks_back):.6f}")

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
#   Models*](https://github.com/avitai/artifex/blob/main/docs/examples/text/simple-text-generation.md). The published example of the
#   bugs above. Read it now, and ask it what it sees.
# - The Flax authors, [*Flax NNX basics*](https://flax.readthedocs.io/en/latest/nnx_basics.html). Modules, parameters and `Rngs`, from those who made
#   them.
#
# **Next:** [Temperature](04_temperature.ipynb). What does dividing by T do to a distribution?
