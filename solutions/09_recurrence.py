# %% [markdown] slideshow={"slide_type": "slide"}
# # 09 · Recurrence
#
# **What can a state carry, and how far back does it learn to look?**
#
# *About {reading} minutes, and {exercises} more for the exercises · some practice with arrays helps · you need: networks from lesson 03, gradients and training from
# lesson 05, windows and the Kneser-Ney table from [lesson 08](08_context_windows.ipynb).*
#
# A window ends. What stood before it is gone. A *recurrent* network has no window: it reads one character after another, and what it has read goes into
# a row of numbers, its **state**. You will be able to
#
# - write one step of three such networks, and read a text with them,
# - measure how far back a guess reaches, before training and after it,
# - stop a training from blowing up, and carry a state through it,
# - say what a state is worth in bits, beside the best table.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Three questions from before
#
# **1.** A window network sees six characters. In which places can another character change its guess (lesson 08)?
#
# <details><summary>Think first, then open</summary>
#
# In the last six. Whatever stood before them, the guess is the same.
#
# </details>
#
# **2.** Two linear layers stand one behind the other, with nothing between them. What can they do together (lesson 03)?
#
# <details><summary>Think first, then open</summary>
#
# What one linear layer can: they fold into one. Only a bend between them makes more of two.
#
# </details>
#
# **3.** You try five settings and keep the one that is best on the held-out part. What is wrong with its score (lesson 05)?
#
# <details><summary>Think first, then open</summary>
#
# The held-out part has helped to choose, so the score is too good. Choose on a part of the training text.
#
# </details>

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A state of one number
#
# The smallest state is one number $h$. At each place it is made anew, from the input $x$ there and from itself:
#
# $$h_t = \tanh(3\,x_t + w\,h_{t-1})$$
#
# tanh squeezes any number between -1 and 1 (lesson 03). We give it a signal, 1, at the first place, and 0 at all others.
#
# **Predict.** $w$ is 0.5, 1 or 2. With which of them does $h$ still show, eleven places later, that there was a signal?
#
# <details><summary>Think first, then open</summary>
#
# With 1 and 2. With 0.5 it is at least halved at each place: forgotten. With 1 it fades slowly. With 2 it stays at 0.957, because
# $\tanh(2 \cdot 0.957) = 0.957$: it would show after a thousand places too.
#
# </details>

# %% slideshow={"slide_type": "slide"}
import math

from chargen_lib import plots


def remember(w, places=12):
    h, states = 0.0, []
    for t in range(places):
        x = 1.0 if t == 0 else 0.0
        h = math.tanh(3 * x + w * h)
        states.append(h)
    return states


kept = {w: remember(w) for w in (0.5, 1, 2)}
plots.curves({f"w = {w}": (range(12), states) for w, states in kept.items()}, "place", "the state h")

# %%
assert kept[0.5][-1] < 0.001 and 0.3 < kept[1][-1] < 0.5 and abs(kept[2][-1] - 0.957) < 0.001
assert abs(remember(2, 1000)[-1] - kept[2][-1]) < 1e-6

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The plain recurrent network
#
# The same with more numbers is Elman's network of 1990, the **RNN**. The input $x_t$ is the embedding of a character, and the state $h_t$ is a row of
# numbers too (in the shapes below, `d` and `h` say how many); $W_x$ and $W_h$ are tables of weights, and $b$ is a bias:
#
# $$h_t = \tanh(x_t W_x + h_{t-1} W_h + b)$$
#
# The guess is made from the state by a linear layer. There is one set of weights: the same for every place.

# %%
import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx

from chargen_lib import corpora, entropy, pretrained
from chargen_lib.exercises import check, progress
from chargen_lib.models import Mixture, NGramTable, Recurrent
from chargen_lib.text import Vocabulary, split

fables = corpora.load("fables")
vocabulary = Vocabulary.from_text(fables.text, fables.start)
train_ids, val_ids = split(vocabulary.encode(fables.text))
V = len(vocabulary)

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: read a text
#
# `inputs` has a row for each place of one text. Begin with `state`, go from place to place by the formula, and return the states after each place. The
# starting state is not among them.


# %% exercise="rnn_states" slideshow={"slide_type": "-"}
def rnn_states(inputs, state, Wx, Wh, b):
    """The states of an RNN.  inputs: (time, d);  state: (h,);  Wx: (d, h);  Wh: (h, h);  b: (h,);  returns (time, h)."""
    ### BEGIN SOLUTION
    states = []
    for x in inputs:  # (d,)
        state = jnp.tanh(x @ Wx + state @ Wh + b)  # (h,)
        states.append(state)
    return jnp.stack(states)
    ### END SOLUTION


# %%
check("rnn_states", rnn_states)

# %% [markdown]
# `jax.jit` writes a Python loop out, turn after turn: for a text of 64 characters it compiles 64 copies. `jax.lax.scan` compiles one. It takes a function
# of one turn, (state, input) to (new state, what to keep), the first state, and all inputs. It returns the last state, and what was kept. Here it adds up, and keeps
# each sum:

# %%
jax.lax.scan(lambda so_far, x: (so_far + x, so_far + x), 0, jnp.array([3, 1, 4, 1, 5]))

# %% [markdown]
# The library's `Recurrent` reads with it. We ask an untrained one for its numbers, and read the beginning of the fables ourselves:

# %%
rnn = Recurrent(V, embed_dim=32, hidden_dim=64, cell="rnn", rngs=nnx.Rngs(0))
layer = rnn.stack[0]  # its only layer
layer.b[...] = jnp.linspace(-0.5, 0.5, 64)  # a new bias is 0: whoever forgot it would not notice
Wx, Wh, b = layer.Wx[...], layer.Wh[...], layer.b[...]  # (32, 64), (64, 64), (64,)
some_ids = train_ids[:200]


def one_turn(state, x):
    new = jnp.tanh(x @ Wx + state @ Wh + b)  # (64,)
    return new, new


_, states = jax.lax.scan(one_turn, jnp.zeros(64), rnn.embedding(some_ids))  # (200, 64)
assert jnp.allclose(rnn.output(states), rnn(some_ids[None])[0], atol=1e-4)

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Find the bug: a state that adds up
#
# A tutorial that many people have learned from reads a name so, character by character. It runs, and it learns something. What is missing, and what can
# this state never do?


# %% slideshow={"slide_type": "-"}
def another_turn(state, x):
    new = x @ Wx + state @ Wh + b
    return new, new


# %% [markdown] slideshow={"slide_type": "-"}
# <details><summary>Think first, then open</summary>
#
# There is no tanh. Without a bend all the turns fold into one linear layer (question 2): each character adds its own share to the state, *whatever the
# others are*. That an `n` means something else after `ca` than after `ru`, such a state cannot hold.
#
# </details>
#
# An experiment shows it. We change the first character of two different texts, and look how the last state moves. If it only adds, it moves alike in both.


# %%
def moved(turn, text):
    def last_state(text):
        return jax.lax.scan(turn, jnp.zeros(64), rnn.embedding(vocabulary.encode(text)))[0]  # (64,)

    return last_state("t" + text) - last_state("c" + text)


for name, turn in {"with tanh": one_turn, "without": another_turn}.items():
    in_one, in_other = moved(turn, "an she"), moved(turn, "he old")
    apart = float(jnp.linalg.norm(in_one - in_other) / jnp.linalg.norm(in_one))
    print(f"{name}: the two moves differ by {apart:.1%} of their length")
    assert apart < 1e-4 if turn is another_turn else apart > 0.02

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Gates
#
# An RNN overwrites its whole state at every place. To keep a number it must compute it again, and again. A **gate** is a number between 0 and 1 that
# says how much passes. It comes from the **sigmoid**, $\sigma(a) = \frac{1}{1 + e^{-a}}$. In the **GRU** (Cho and others 2014) the gate $z$ says how much of the
# old state *stays*:
#
# $$r = \sigma(x W_r + h U_r + b_r) \qquad z = \sigma(x W_z + h U_z + b_z)$$
# $$n = \tanh(x W_n + b_n + r \odot (h U_n + b'_n)) \qquad h_{\text{new}} = (1 - z) \odot n + z \odot h$$
#
# $n$ is the proposal for a new state; $r$ says how much of the old state the proposal sees; $\odot$ multiplies number by number. Each of the three has
# weights of its own: $W$ for the character, $U$ for the state.
#
# **Predict.** What becomes of $h$ where $z = 1$? And where $z = 0$ and $r = 0$?
#
# <details><summary>Think first, then open</summary>
#
# $z = 1$: it stays as it is, whatever character comes. $z = 0$, $r = 0$: it is replaced by something that knows the last character alone.
#
# </details>
#
# In code, first with a state of one number: `W`, `U` and `b` hold three numbers each, for $r$, $z$ and $n$.


# %%
def sigmoid(a):
    return 1 / (1 + math.exp(-a))


def gru_one(x, h, W, U, b, bn):
    r = sigmoid(x * W[0] + h * U[0] + b[0])
    z = sigmoid(x * W[1] + h * U[1] + b[1])
    n = math.tanh(x * W[2] + b[2] + r * (h * U[2] + bn))
    return (1 - z) * n + z * h


# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: one step of a GRU
#
# Now for `batch` texts and `h` numbers. The columns of `Wx`, `Wh` and `b` are three blocks of `h` columns, for $r$, $z$ and $n$ in this order; `bn` is
# $b'_n$, which $r$ multiplies too; the $U$ are the blocks of `Wh`. `jnp.split(a, 3, axis=-1)` cuts an array into three; `jax.nn.sigmoid` takes arrays.


# %% exercise="gru_step" slideshow={"slide_type": "-"}
def gru_step(x, state, Wx, Wh, b, bn):
    """The state after one more character.  x: (batch, d);  state: (batch, h);  Wx: (d, 3h);  Wh: (h, 3h);  b: (3h,);  bn: (h,)."""
    ### BEGIN SOLUTION
    from_x = jnp.split(x @ Wx + b, 3, axis=-1)  # three times (batch, h)
    from_state = jnp.split(state @ Wh, 3, axis=-1)
    r = jax.nn.sigmoid(from_x[0] + from_state[0])
    z = jax.nn.sigmoid(from_x[1] + from_state[1])
    n = jnp.tanh(from_x[2] + r * (from_state[2] + bn))
    return (1 - z) * n + z * state
    ### END SOLUTION


# %%
check("gru_step", gru_step)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Two states in one
#
# The **LSTM** is older (Hochreiter and Schmidhuber 1997; its forget gate is from 2000). It keeps a second row of numbers, the **cell** $c$, that no
# matrix multiplies. Its gates: $i$, what is written; $f$, what is *not* forgotten; $o$, what is shown.
#
# $$i, f, o = \sigma(\ldots) \qquad g = \tanh(\ldots) \qquad c_{\text{new}} = f \odot c + i \odot g \qquad h_{\text{new}} = o \odot \tanh(c_{\text{new}})$$
#
# Each $\ldots$ is $x W + h U + b$ with weights of its own.


# %%
def lstm_one(x, h, c, W, U, b):  # four numbers each, for i, f, g, o
    i, f, o = (sigmoid(x * W[k] + h * U[k] + b[k]) for k in (0, 1, 3))
    c = f * c + i * math.tanh(x * W[2] + h * U[2] + b[2])
    return o * math.tanh(c), c


# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: one step of an LSTM
#
# For `batch` texts and `h` numbers, with four blocks of columns in the order $i$, $f$, $g$, $o$. Return the new state and the new cell.


# %% exercise="lstm_step" slideshow={"slide_type": "-"}
def lstm_step(x, state, cell, Wx, Wh, b):
    """One step.  x: (batch, d);  state, cell: (batch, h);  Wx: (d, 4h);  Wh: (h, 4h);  b: (4h,);  returns state, cell."""
    ### BEGIN SOLUTION
    i, f, g, o = jnp.split(x @ Wx + state @ Wh + b, 4, axis=-1)  # each (batch, h)
    cell = jax.nn.sigmoid(f) * cell + jax.nn.sigmoid(i) * jnp.tanh(g)
    return jax.nn.sigmoid(o) * jnp.tanh(cell), cell
    ### END SOLUTION


# %%
check("lstm_step", lstm_step)

# %% [markdown]
# The library's cells are these. (For the curious: they do what `gru_one` and `lstm_one` do.)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## How far back does it reach?
#
# In principle the state has seen everything. But what does a guess really depend on? We ask for a gradient: how much would the loss at the last place of a
# piece change if the embedding $k$ characters before it were a little different? We take the gradient's length, its mean over 96 pieces, and divide by what
# $k = 0$, the last character itself, has. We call it the **reach**.
#
# `init_state(96)` gives empty states for 96 texts, one for each layer; a layer's `read` is the scan, for a whole batch.

# %%
starts = np.linspace(0, len(val_ids) - 66, 96).astype(int)
pieces = np.asarray(val_ids)[starts[:, None] + np.arange(65)]  # (96, 65)


@nnx.jit
def reach(model):
    inputs, targets = model.embedding(pieces[:, :-1].T), pieces[:, -1]  # (time, batch, embed): time first

    def last_loss(inputs):
        states, _ = model.stack[0].read(inputs, model.init_state(96)[0])  # (time, batch, hidden)
        return optax.softmax_cross_entropy_with_integer_labels(model.output(states[-1]), targets).sum()

    size = jnp.linalg.norm(jax.grad(last_loss)(inputs), axis=-1).mean(axis=1)  # (64,)
    return (size / size[-1])[::-1]  # k = 0, 1, 2, ...


# %% [markdown] slideshow={"slide_type": "-"}
# **Predict.** Three *untrained* networks, with 64 units each. The table $W_h$ begins as one that keeps lengths (it turns rows, and stretches none);
# all biases begin at 0, but that of the LSTM's $f$ at 1. Which network reaches furthest, and which one least?
#
# <details><summary>Think first, then open</summary>
#
# The *GRU* reaches least. Its gates begin near $\sigma(0) = \frac12$: a place keeps one half, and $\frac12 \cdot \frac12$ comes back through the proposal, together
# three quarters. The RNN loses only what the tanh takes. The LSTM keeps $\sigma(1) \approx 0.73$, and a quarter comes back through $i$ and $o$, together
# nearly 1: far back it leads.
#
# </details>


# %% slideshow={"slide_type": "slide"}
def draw_reach(lines):
    picture = plots.curves(
        {name: (range(64), line) for name, line in lines.items()}, "characters back", "reach (share of k = 0)"
    )
    picture.figure.axes[0].set_yscale("log")
    return picture


networks = {cell: Recurrent(V, 32, 64, cell=cell, rngs=nnx.Rngs(0)) for cell in ("rnn", "gru", "lstm")}
before = {cell: np.asarray(reach(network)) for cell, network in networks.items()}
draw_reach(before)

# %%
for k in (1, 16, 48):
    print(f"{k} back:", {cell: f"{line[k]:.1e}" for cell, line in before.items()})
each = {cell: float(line[48] / line[16]) ** (1 / 32) for cell, line in before.items()}
print("each place multiplies by", {cell: f"{factor:.2f}" for cell, factor in each.items()})
assert each["gru"] < 0.75 < 0.85 < each["rnn"] < each["lstm"] < 0.98
assert before["gru"][48] < 1e-6 and before["lstm"][48] > 3 * before["rnn"][48]

# %% [markdown]
# The scale is logarithmic, so a straight line is multiplication by the same number at each place. This is the **vanishing gradient**: 48 characters back,
# the GRU has less than a millionth left to learn from.
#
# To *keep* is not yet to *learn* to keep. Our one number with $w = 2$ keeps its signal for ever. But what if the first state is changed a little?


# %%
def last_of(first, w):
    h = first
    for _ in range(11):
        h = jnp.tanh(w * h)
    return h


slopes = {w: float(jax.grad(last_of)(0.957, w)) for w in (0.5, 1, 2)}
print("change of the last state for a small change of the first:", {w: f"{slope:.1e}" for w, slope in slopes.items()})
assert slopes[2] < 1e-7 < slopes[0.5] < slopes[1]

# %% [markdown]
# Nothing: $h$ is pulled back to 0.957 from wherever it is. What is held fast by the tanh has no slope (Bengio and others 1994). Where a gate holds it,
# the slope of a place is $z$, which may be nearly 1.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Break it: a table that stretches
#
# If each place multiplies, it can also multiply by *more* than 1. We stretch $W_h$ of an RNN by 1.5. Now what is far away has the larger gradient:


# %%
from chargen_lib.training import evaluate, fit


def stretched(by=1.5):
    network = Recurrent(V, 32, 128, cell="rnn", rngs=nnx.Rngs(0))
    network.stack[0].Wh[...] = by * network.stack[0].Wh[...]
    return network


far = np.asarray(reach(stretched()))
print("stretched:", {f"{k} back": f"{far[k]:.1f}" for k in (1, 16, 32, 60)})
assert far[60] > far[32] > far[16] > far[1]

# %% [markdown] slideshow={"slide_type": "-"}
# It is the **exploding gradient**. We train this network with plain gradient descent on windows, as in lesson 05.
#
# **Predict.** A guesser who knows nothing has 5.98 bits. Where is the training loss after 200 steps?
#
# <details><summary>Think first, then open</summary>
#
# *Above* 5.98: it does worse than somebody who knows nothing. A gradient that has grown makes a huge step, and lands where the next one is as wild. (Its
# loss is still a number: the tanh holds the states between -1 and 1.)
#
# </details>


# %%
def train_stretched(optimizer, by=1.5):
    settings = {"steps": 200, "batch_size": 16, "seq_len": 64, "key": jax.random.key(0), "progress": False}
    return fit(stretched(by), train_ids, optimizer=optimizer, **settings).losses / math.log(2)  # (200,), bits


plain = optax.sgd(1.0)
wild, unstretched = train_stretched(plain), train_stretched(plain, by=1)
for name, losses in {"stretched": wild, "not stretched": unstretched}.items():
    print(f"{name}: highest loss {losses.max():.0f} bits, mean of the last 100 steps {losses[-100:].mean():.1f}")

# %% [markdown] slideshow={"slide_type": "-"}
# The stretch is not needed: at this rate a network that begins without it blows up as well, for training can stretch a table too.
#
# The cure: all gradients together are one long row of numbers, with one length, its **norm** (the root of the sum of all squares). Where the norm is above
# a limit, the *whole row* is scaled down to it: **clipping**. The direction stays; the step gets shorter.

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: clip by the norm
#
# `gradients` is a list of arrays, one for each parameter. Scale all of them by the same factor, so that the norm of all together is at most `limit`. If
# it is not above `limit`, change nothing. Gradients that are all zero stay zero.


# %% exercise="clip_by_norm" slideshow={"slide_type": "-"}
def clip_by_norm(gradients, limit):
    """Gradients whose common norm is at most limit.  gradients: a list of arrays;  returns a list of arrays of the same shapes."""
    ### BEGIN SOLUTION
    norm = jnp.sqrt(sum((g**2).sum() for g in gradients))
    factor = jnp.where(norm > limit, limit / norm, 1.0)
    return [factor * g for g in gradients]
    ### END SOLUTION


# %%
check("clip_by_norm", clip_by_norm)

# %% [markdown]
# In optax it is `clip_by_global_norm`. `optax.chain` applies one rule after the other.

# %% slideshow={"slide_type": "slide"}
calm = train_stretched(optax.chain(optax.clip_by_global_norm(1.0), optax.sgd(1.0)))
print(f"highest loss {calm.max():.0f} bits, mean of the last 100 steps {calm[-100:].mean():.1f}")
both = {"not clipped": (range(200), wild), "clipped": (range(200), calm)}
plots.curves(both, "step", "training loss (bits per character)", levels={"knows nothing": math.log2(V)})

# %%
assert wild[-100:].mean() > math.log2(V) and min(wild.max(), unstretched.max()) > 15
assert calm[-100:].mean() < 3.4 and calm.max() < 9

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Read on
#
# A random window begins with an empty state, but a writer's state is never empty. So we let it walk: the text is cut into `batch_size` **stripes**, each
# row of the batch reads one of them from its beginning, a piece at a step, and the state after a piece is the state before the next. The gradient ends at
# the piece's edge (*truncated backpropagation through time*). The state does not.

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: stripes
#
# Cut `ids` into `batch_size` stripes of $L = (n - 1) // \text{batch\_size}$ characters. In call $k$, one step of training, row $r$ reads `seq_len`
# characters of stripe $r$, from its place $k \cdot \text{seq\_len}$ on; the targets are one character ahead in the text. There are $L // \text{seq\_len}$
# calls; what is left of a stripe is dropped.


# %% exercise="stripes" slideshow={"slide_type": "-"}
def stripes(ids, batch_size, seq_len):
    """Pieces that go on where the ones before stopped.  ids: (n,);  returns inputs, targets, both (calls, batch_size, seq_len)."""
    ### BEGIN SOLUTION
    ids = np.asarray(ids)
    length = (len(ids) - 1) // batch_size
    calls = length // seq_len
    starts = length * np.arange(batch_size)[:, None] + seq_len * np.arange(calls)[:, None, None]  # (calls, batch, 1)
    places = starts + np.arange(seq_len)  # (calls, batch, seq_len)
    return ids[places], ids[places + 1]
    ### END SOLUTION


# %%
check("stripes", stripes)

# %% [markdown]
# `fit(..., carry=True)` trains so. The optimizer is the library's `recipe()`: clipping, a rate that rises and then falls, and for the matrices a rule of
# which lesson 16 tells.

# %%
from chargen_lib.recipes import recipe

for cell in ("rnn", "gru"):
    settings = {"steps": 800, "batch_size": 16, "seq_len": 64, "key": jax.random.key(0), "progress": False}
    fit(networks[cell], train_ids, carry=True, optimizer=recipe(), **settings)

# %% [markdown] slideshow={"slide_type": "slide"}
# **Predict.** The untrained GRU forgot faster than the RNN. After training, which of them reaches further?

# %% [markdown]
# <details><summary>Think first, then open</summary>
#
# The GRU: far back, its curve has risen a little. The RNN has learned to look at the last few characters, and reaches *less* far than before.
#
# </details>
#
# Beside them stands the house model: a GRU of 256 units that was trained longer, and comes with the course.

# %% slideshow={"slide_type": "fragment"}
house, _ = pretrained.load("fables-gru")
trained = {"RNN": networks["rnn"], "GRU": networks["gru"], "house GRU": house}
after = {name: np.asarray(reach(network)) for name, network in trained.items()}
draw_reach(after)

# %%
for k in (1, 16, 32, 48):
    print(f"{k} back:", {name: f"{line[k]:.1e}" for name, line in after.items()})
assert after["RNN"][32] < before["rnn"][32] / 100 and after["GRU"][32] > 1.5 * before["gru"][32]
assert after["GRU"][32] > 30 * after["RNN"][32] and after["house GRU"][60] > 0.5 * after["house GRU"][32] > 0.001

# %% [markdown]
# So "gates cure the vanishing gradient" is a half-truth. A gate is only a *possibility*: training must find it. The house GRU's curve even becomes flat:
# something in its state is carried on and on. What may that be?

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What may it remember while it is judged?
#
# Many published figures come from windows: the text is cut into pieces, and each begins with an empty state. `evaluate(..., fresh=True)` judges so; without
# it the state is carried through the whole text.
#
# **Predict.** The house GRU is judged in windows of 64 and of 256 characters. What does that cost, in bits?


# %% slideshow={"slide_type": "-"}
def bits(model, **how):
    return entropy.nats_to_bits(evaluate(model, val_ids, **how))


house_bits = bits(house)
in_windows = {size: bits(house, seq_len=size, fresh=True) for size in (64, 256)}
print(f"state carried: {house_bits:.3f}; fresh windows:", {size: round(value, 3) for size, value in in_windows.items()})

# %% [markdown] slideshow={"slide_type": "-"}
# <details><summary>Think first, then open</summary>
#
# Nearly a tenth of a bit, and about 0.02. The first characters of each window are guessed without knowing anything. So a score says nothing
# until one knows how it was taken. In windows of 64 this network would stand beside the best table; carried, it passes it (the ladder below).
#
# </details>

# %%
assert 0.06 < in_windows[64] - house_bits < 0.13 and 0.01 < in_windows[256] - house_bits < 0.04

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What can a state carry?
#
# In the fables, a speech begins with `"` and ends with `"`, the same sign. Whether somebody is *speaking* right now a window of six characters seldom
# shows. Does one of the house GRU's 256 numbers know it? We look for the one that goes along with it best, in the training part, and then judge it on the held-out
# part.


# %%
def speaking(text):
    inside, row = False, []
    for character in text:
        inside = (inside != (character == '"')) and character != "\n"  # every " turns it round; a new paragraph begins outside
        row.append(inside)
    return np.array(row)


@nnx.jit
def states_of(model, ids):
    states, _ = model.stack[0].read(model.embedding(ids[:, None]), model.init_state(1)[0])  # (n, 1, 256)
    return states[:, 0]


first = train_ids[: len(val_ids)]
spoken, states = speaking(vocabulary.decode(first)), np.asarray(states_of(house, first))
match = [np.corrcoef(states[:, unit], spoken)[0, 1] for unit in range(256)]  # 1 or -1: they go together; 0: no connection
unit = int(np.argmax(np.abs(match)))
border = (states[spoken, unit].mean() + states[~spoken, unit].mean()) / 2

# %%
new_spoken, new_states = speaking(vocabulary.decode(val_ids)), np.asarray(states_of(house, val_ids))[:, unit]
says = (new_states > border) == (match[unit] > 0)  # a unit may also be *low* while somebody speaks
speeches = new_spoken.sum() / (new_spoken[1:] & ~new_spoken[:-1]).sum()
right, always_no = (says == new_spoken).mean(), (~new_spoken).mean()
print(f"unit {unit} is right at {right:.1%} of the held-out places; who always says no, at {always_no:.1%}")
print(f"a speech is {speeches:.0f} characters long on average")
assert right > 0.95 and always_no < 0.9 and speeches > 20

# %% [markdown] slideshow={"slide_type": "-"}
# Nobody asked for such a unit. It helps to guess: inside a speech a closing sign has to come. Karpathy, Johnson and Fei-Fei (2015) found
# one in a larger network.
#
# Below, a passage is coloured by a unit, at first by ours: look where the colour turns. Which unit goes with the letters of a word? Then let the colours
# show the reach, of the trained and of the untrained network: choose a place, and see what its guess hangs on.

# %% slideshow={"slide_type": "slide"}
from chargen_lib.widgets import StateLens

StateLens()

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Does it beat counting?
#
# The best table of lesson 08, Kneser-Ney with six characters of context, was counted in a moment. And the two can be **mixed**: the mean of their probabilities.
# We take half and half. To *choose* a share, one needs text that neither has seen; the house GRU has read all of the training part, and the held-out part is
# not for choosing.

# %% slideshow={"slide_type": "-"}
from chargen_lib.kneser_ney import kneser_ney_rows

table = NGramTable(*kneser_ney_rows(train_ids, V, memory=6))
both = Mixture([house, table], [0.5, 0.5])
scores = {"RNN, 64 units": bits(networks["rnn"]), "GRU, 64 units": bits(networks["gru"]), "house GRU, 256 units": house_bits}
scores["house GRU and Kneser-Ney, half and half"] = bits(both)
rungs = [entropy.Rung(name, value, "network") for name, value in scores.items()]
rungs.append(entropy.Rung("7-grams, Kneser-Ney", bits(table)))
plots.ladder(rungs)

# %%
rnn_bits, gru_bits, _, mixed_bits, table_bits = (rung.bits for rung in rungs)
assert rnn_bits - 0.08 > gru_bits > table_bits + 0.2
assert table_bits - house_bits > 0.06 and house_bits - mixed_bits > 0.02 and abs(table_bits - in_windows[64]) < 0.03

# %% [markdown] slideshow={"slide_type": "-"}
# Our two small networks, trained for seconds, lose clearly. The house GRU passes the table, and the mixture passes all: the two know different
# things. The table has stored whole pieces of words; the network sees beyond six characters.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What we own now
#
# | built here | in the library |
# |---|---|
# | a step of an RNN, a GRU, an LSTM, and the scan | `models.Recurrent(cell=...)`, its `step` and `read` |
# | clipping by the norm | `optax.clip_by_global_norm`, part of `recipes.recipe` |
# | stripes, a state that is carried | `training.fit(..., carry=True)` |
# | judged carried, or in fresh windows | `training.evaluate`, `fresh=True` |
# | a mixture | `models.Mixture` |

# %%
progress(lesson=9)

# %% [markdown]
# ## For the curious
#
# Nothing later needs this part.

# %% [markdown]
# ### The library's cells
#
# With an embedding of one number and a state of one number, they do what `gru_one` and `lstm_one` do:

# %%
for kind in ("gru", "lstm"):
    model = Recurrent(V, 1, 1, cell=kind, rngs=nnx.Rngs(1))
    part = model.stack[0]
    part.b[...] = part.b[...] + 0.5
    W, U, bias = part.Wx[0].tolist(), part.Wh[0].tolist(), part.b.tolist()  # one number for each gate
    if kind == "gru":
        part.bn[...] = jnp.array([-0.7])
    h = c = 0.0
    for x in model.embedding(some_ids[:10])[:, 0].tolist():
        if kind == "gru":
            h = gru_one(x, h, W, U, bias, -0.7)
        else:
            h, c = lstm_one(x, h, c, W, U, bias)
    (state,) = nnx.jit(lambda model: model.read(some_ids[None, :10], model.init_state(1))[1])(model)  # of its only layer
    librarys = state if kind == "gru" else state[1]  # of an LSTM: cell and state
    assert abs(float(librarys[0, 0]) - h) < 1e-5

# %% [markdown]
# ### Layers on layers
#
# A second recurrent layer reads what the first one writes. In a **residual** stack, each layer but the first *adds* what it reads to what it writes, so that
# it need only learn what is missing. By hand:

# %%
stacked = Recurrent(V, 32, 64, layers=2, residual=True, rngs=nnx.Rngs(0))
lower, upper = stacked.stack
state = stacked.init_state(1)  # a state for each layer
low = lower.step(lower.entering(stacked.embedding(some_ids[:1])), state[0])  # entering: x Wx + b
high = upper.step(upper.entering(low), state[1])
assert jnp.allclose(stacked.output(low + high), stacked.step(some_ids[:1], state)[0], atol=1e-5)

# %% [markdown]
# Is it better? Trained as our GRU above, 800 steps, three seeds. (Recorded with this lesson's settings, and not run here: it takes too long.)
#
# | GRU | parameters | held-out bits |
# |---|---|---|
# | one layer of 64 units | 24 799 | 2.236 to 2.241 |
# | two layers of 64 units | 49 631 | 2.083 to 2.094 |
# | the same, residual | 49 631 | 2.080 to 2.081 |
# | one layer of 105 units, about as many parameters | 52 269 | 2.097 to 2.104 |
#
# A second layer is worth about 0.15 bits, and a step takes longer. Most of that comes from having more parameters: one wider layer is nearly as good. The
# residual sum gains 0.01 at most; with three layers it gained 0.03 (one seed).
#
# ### Cut another way
#
# optax has two functions with similar names: `clip_by_global_norm(1.0)` cuts the norm, `clip(1.0)` cuts each *entry* to between -1 and 1. They are easily
# confused.
#
# **Predict.** What does the second one do to the gradient (30, 0.3)?
#
# <details><summary>Think first, then open</summary>
#
# It becomes (1, 0.3): it points to another place. Cut by the norm it is (1, 0.01), shorter, and points where it did.
#
# </details>

# %%
long_one = jnp.array([30.0, 0.3])
for rule in (optax.clip_by_global_norm(1.0), optax.clip(1.0)):
    cut, _ = rule.update(long_one, rule.init(long_one))
    print(cut, " slope of its direction", float(cut[1] / cut[0]))

# %%
assert jnp.allclose(cut, jnp.array([1, 0.3])) and abs(float(long_one[1] / long_one[0]) - 0.01) < 1e-6

# %% [markdown]
# ### Learning while it reads
#
# A compressor such as PPMd goes on counting in the text that it is judged on (it stands on the ladder of the book). A network can do likewise: *first* it is
# judged on a piece, *then* it takes one step of gradient descent on that piece, and reads on. Graves (2013) called it **dynamic evaluation**. It looks at no
# character before it has guessed it. `nnx.split` takes a model apart into its plan and its numbers, `nnx.merge` puts them together.

# %%
import functools


@functools.partial(jax.jit, static_argnames="plan")
def read_and_learn(plan, weights, ids, rate):
    """Bits per character.  ids: (64 n + 1,);  rate 0: it only reads."""

    def one(carry, piece):
        weights, state = carry
        inputs, targets = piece  # (1, 64) each

        def loss_of(weights):
            logits, new_state = nnx.merge(plan, weights).read(inputs, state)
            return optax.softmax_cross_entropy_with_integer_labels(logits, targets).mean(), new_state

        (loss, state), gradients = jax.value_and_grad(loss_of, has_aux=True)(weights)
        step = rate * jnp.minimum(1, 1 / optax.global_norm(gradients))  # clipped at norm 1
        return (jax.tree.map(lambda w, g: w - step * g, weights, gradients), state), loss

    pieces = ids[:-1].reshape(-1, 1, 64), ids[1:].reshape(-1, 1, 64)
    beginning = weights, nnx.merge(plan, weights).init_state(1)
    return jax.lax.scan(one, beginning, pieces)[1].mean() / math.log(2)


# %% [markdown]
# We try the rates 0, 0.03 and 0.3 on the last tenth of the training part: on a piece of it as it is, and on the same piece in another dialect, with a, e, i, o, u
# exchanged in a ring.
#
# **Predict.** On which of the two does it help to go on learning?
#
# <details><summary>Think first, then open</summary>
#
# In the dialect: there nearly everything that the network knows about vowels is wrong, and it can be learned anew. More of the same kind of text teaches it
# next to nothing, and a large rate even spoils what it knows.
#
# </details>


# %%
def in_dialect(ids):
    return vocabulary.encode(vocabulary.decode(ids).translate(str.maketrans("aeiou", "eioua")))


plan, weights = nnx.split(networks["gru"])
to_choose, to_judge = split(train_ids)[1][:8193], val_ids[:8193]
gains, tried = {}, {}
for name, change in {"as it is": lambda ids: ids, "dialect": in_dialect}.items():
    tried[name] = {rate: float(read_and_learn(plan, weights, change(to_choose), rate)) for rate in (0.0, 0.03, 0.3)}
    best = min((0.03, 0.3), key=tried[name].get)
    frozen, learning = (float(read_and_learn(plan, weights, change(to_judge), rate)) for rate in (0.0, best))
    gains[name] = frozen - learning
    print(f"{name}: rate {best} is better; held-out {frozen:.3f} bits frozen, {learning:.3f} learning")

# %%
assert abs(gains["as it is"]) < 0.02 and gains["dialect"] > 0.8
assert tried["as it is"][0.3] > tried["as it is"][0.0] + 0.02  # the large rate spoils

# %% [markdown]
# With more care for the steps' lengths it helps large networks on long texts as well (Krause and others 2018).
#
# ## Further reading
#
# - J. L. Elman (1990), [*Finding Structure in Time*](https://doi.org/10.1207/s15516709cog1402_1), Cognitive Science 14. The RNN, which finds the ends of words
#   by itself.
# - Y. Bengio, P. Simard, P. Frasconi (1994), [*Learning Long-Term Dependencies with Gradient Descent is Difficult*](https://doi.org/10.1109/72.279181), IEEE
#   Transactions on Neural Networks 5. Why what is held fast cannot be learned: our one number with $w = 2$.
# - S. Hochreiter, J. Schmidhuber (1997), [*Long Short-Term Memory*](https://doi.org/10.1162/neco.1997.9.8.1735), Neural Computation 9; F. A. Gers, J. Schmidhuber,
#   F. Cummins (2000), [*Learning to Forget: Continual Prediction with LSTM*](https://doi.org/10.1162/089976600300015015), Neural Computation 12. The LSTM, and the
#   gate by which it forgets.
# - R. Pascanu, T. Mikolov, Y. Bengio (2013), [*On the difficulty of training recurrent neural networks*](https://arxiv.org/abs/1211.5063), ICML. Vanishing,
#   exploding, and clipping by the norm.
# - A. Graves (2013), [*Generating Sequences With Recurrent Neural Networks*](https://arxiv.org/abs/1308.0850). Text and handwriting, a character and a stroke at a
#   time; dynamic evaluation.
# - K. Cho and others (2014), [*Learning Phrase Representations using RNN Encoder-Decoder for Statistical Machine
#   Translation*](https://arxiv.org/abs/1406.1078), EMNLP. The GRU.
# - A. Karpathy, J. Johnson, L. Fei-Fei (2015), [*Visualizing and Understanding Recurrent Networks*](https://arxiv.org/abs/1506.02078). Units that one can read.
# - B. Krause, E. Kahembwe, I. Murray, S. Renals (2018), [*Dynamic Evaluation of Neural Sequence Models*](https://arxiv.org/abs/1709.07432), ICML.
#
# **Next:** [Attention](10_attention.ipynb). How does a character ask the others?
