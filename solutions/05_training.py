# %% [markdown] slideshow={"slide_type": "slide"}
# # 05 · Training
#
# **How does a loss go down, and how far can it go?**
#
# *About {reading} minutes, and {exercises} more for the exercises · for beginners · you need: lessons [01](01_text_as_numbers.ipynb) to [04](04_temperature.ipynb): bits and floors, the network
# that sees one character, the softmax, keys.*
#
# A training curve becomes flat. Is this the end, or is something wrong? You can say, if you know the floor. You will
#
# - write every part of a training loop: the batch, the loss, the step, the loop,
# - say what it means when a loss stays above its floor, or goes below it,
# - train on a text of your own, and keep what was learned.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Three questions from before
#
# **1.** What is $H(\text{next} \mid \text{previous})$ of a text (lesson 01)?
#
# <details><summary>Think first, then open</summary>
#
# The mean surprise of a guesser who sees one character and knows how often every character follows it *in this very text*. Nobody who sees
# one character does better there: a *floor*.
#
# </details>
#
# **2.** Our network reads `The fox`, then `My box`. What does it guess next, each time (lesson 03)?
#
# <details><summary>Think first, then open</summary>
#
# Twice the same: it sees the `x` only. It is a table with one row for each character.
#
# </details>
#
# **3.** Why not compute $e^{1000}$ (lesson 04)?
#
# <details><summary>Think first, then open</summary>
#
# It overflows to `inf`, and `inf / inf` is NaN. `log_softmax` subtracts the largest logit first.
#
# </details>

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Before the first step: how low can it go?
#
# Losses are in nats here, as in every library; a bit is $\ln 2$ nats. We train on the stories.

# %% slideshow={"slide_type": "-"}
import math

from chargen_lib import corpora, entropy, plots
from chargen_lib.text import Vocabulary, split

fables = corpora.load("fables")
vocabulary = Vocabulary.from_text(fables.text)
train_ids, val_ids = split(vocabulary.encode(fables.text))
V = len(vocabulary)


def floor_of(ids):
    # nats: on these ids nobody who sees one character gets below it
    return entropy.conditional_entropy(entropy.bigram_counts(ids, V)) * math.log(2)


table = entropy.add_one_log_probs(entropy.bigram_counts(train_ids, V))  # (V, V), ln p(next | previous)
table_score = entropy.bigram_loss(table, val_ids)  # nats
print(f"floor of the training part {floor_of(train_ids):.3f} nats, of the held-out part {floor_of(val_ids):.3f} nats")
print(f"score of the table of pairs, held-out {table_score:.3f} nats")

# %% [markdown] slideshow={"slide_type": "-"}
# Write them down. A *score* is what somebody reached; others may get below it. Nobody gets below a floor.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What to learn from: shift by one
#
# A model that guesses the next character needs two rows: what it reads, the **inputs**, and what it should have guessed, the **targets**. The targets
# are the same text, one character further on.

# %% slideshow={"slide_type": "-"}
line = vocabulary.encode("the cat")
inputs, targets = line[:-1], line[1:]
list(zip(vocabulary.decode(inputs), vocabulary.decode(targets), strict=True))

# %% [markdown] slideshow={"slide_type": "-"}
# Each step looks at a **batch**: a few pieces of the text, called **windows**, each beginning at a random place. Over many steps they show the whole
# text.
#
# **Predict.** `the cat` has 7 characters. A window has 4 inputs, each with its target. At which places, counted from 0, can a window begin?
#
# <details><summary>Think first, then open</summary>
#
# At 0, 1 and 2. Its last input has a target too, so a window needs 5 characters. A text of $n$ characters has `n - seq_len` places.
#
# </details>

# %%
[start for start in range(len(line)) if start + 4 + 1 <= len(line)]

# %%
import jax
import jax.numpy as jnp

from chargen_lib.exercises import check, progress

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: a batch
#
# `ids` is a text. Draw `batch_size` windows with `key`, each from a start of its own, and return two arrays of shape `(batch_size, seq_len)`: the
# inputs, and the targets one character ahead. Every window that fits must be possible, the last one too, and none may run past the end. (JAX would
# not warn you: an index past the end quietly gives the last character.)
#
# `jax.random.randint(key, shape, low, high)` draws whole numbers from `low` on, below `high`: it leaves out `high` itself.


# %% exercise="make_batch" slideshow={"slide_type": "-"}
def make_batch(key, ids, batch_size, seq_len):
    """Random windows.  ids: (n,) int;  returns inputs, targets, both (batch_size, seq_len), targets one ahead."""
    ### BEGIN SOLUTION
    starts = jax.random.randint(key, (batch_size,), 0, len(ids) - seq_len)  # the upper end is left out
    places = starts[:, None] + jnp.arange(seq_len)  # (batch_size, 1) + (seq_len,) -> (batch_size, seq_len)
    return ids[places], ids[places + 1]
    ### END SOLUTION


# %%
check("make_batch", make_batch)

# %% [markdown]
# The library's is `draw_batch`. In every row the inputs, without the first, are the targets without the last:

# %%
from chargen_lib.training import draw_batch

inputs, targets = draw_batch(jax.random.key(0), train_ids, 32, 32)  # 32 windows of 32 characters
assert (inputs[:, 1:] == targets[:, :-1]).all()
print(repr(vocabulary.decode(inputs[0])), "->", repr(vocabulary.decode(targets[0])))

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What to make small: the cross-entropy
#
# For every input the model gives $V$ logits $z$, and the softmax makes probabilities $p$ of them. The surprise at the target $y$ is $-\ln p_y$. The
# **loss** is its mean over all $N$ positions of the batch, the **cross-entropy**:
#
# $$L=-\frac1N\sum_{n=1}^N\ln p_{n,y_n}$$
#
# $p_{n,y_n}$ is what the model gave, at position $n$, to the target there, $y_n$. Here it is for two positions and three characters:

# %% slideshow={"slide_type": "-"}
some_logits, some_targets = [[2.0, 1.0, -1.0], [0.0, 0.5, 0.0]], [0, 2]  # (position, vocab), (position,)
surprises = []
for z, y in zip(some_logits, some_targets, strict=True):
    p_y = math.exp(z[y]) / sum(math.exp(z_j) for z_j in z)
    surprises.append(-math.log(p_y))
surprises, sum(surprises) / 2

# %% [markdown]
# With arrays, `log_softmax` gives all the $\ln p$ safely. `jnp.take_along_axis(a, i, axis=-1)` takes, from each row of `a`, the entries that the same
# row of `i` names. Here each row of `i` names one, so it needs one axis more: `[..., None]`, where `...` stands for all the axes that are there.

# %%
rows, picks = jnp.array([[10, 11, 12], [20, 21, 22]]), jnp.array([0, 2])
jnp.take_along_axis(rows, picks[..., None], axis=-1)  # (2, 3) and (2, 1) -> (2, 1)

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: the cross-entropy
#
# Return the mean of $-\ln p(\text{target})$ over all positions, in nats, as one number. `targets` may have any number of axes; `logits` have
# one more, at the end. Logits as large as $10^4$ must not spoil it. It is compiled inside a training step, so return what `jnp` gives you, not a `float`.


# %% exercise="cross_entropy" slideshow={"slide_type": "-"}
def cross_entropy(logits, targets):
    """Mean -ln p(target), nats.  logits: (..., V);  targets: (...) int;  returns a scalar."""
    ### BEGIN SOLUTION
    log_probs = jax.nn.log_softmax(logits, axis=-1)  # (..., V)
    at_targets = jnp.take_along_axis(log_probs, targets[..., None], axis=-1)  # (..., 1), in each row the target's entry
    return -at_targets.mean()
    ### END SOLUTION


# %%
check("cross_entropy", cross_entropy)

# %% [markdown]
# `optax`, the library of training methods, has the surprises under a long name; we take the mean.
#
# An untrained network gives each of the 63 characters about $\frac{1}{63}$. So its loss should be near $\ln 63 \approx 4.14$ nats (lesson 02):

# %%
import numpy as np
import optax
from flax import nnx

from chargen_lib.models import PerPositionMLP


def mean_loss(logits, targets):
    return optax.softmax_cross_entropy_with_integer_labels(logits, targets).mean()


untrained = PerPositionMLP(V, 64, 128, rngs=nnx.Rngs(0))  # lesson 03: embed 64, hidden 128
mean_loss(untrained(inputs), targets)

# %%
assert abs(mean_loss(jnp.array(some_logits), jnp.array(some_targets)) - sum(surprises) / 2) < 1e-5
assert abs(mean_loss(untrained(inputs), targets) - math.log(V)) < 0.3

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Going down, with one number
#
# Take one hat with four tickets, `nnnt`, and a model with *one* parameter $w$: the logit of `n` is $w$, the logit of `t` is 0. So it says `n` with
# $p=e^w/(e^w+e^0)=e^w/(e^w+1)$. Three tickets of four are an `n`, so its loss is
#
# $$L(w)=-\tfrac34\ln p-\tfrac14\ln(1-p)$$
#
# The **derivative** tells how steeply $L$ rises when $w$ grows. It comes out short: $\frac{dL}{dw}=p-\frac34$. *What the model says, minus what is
# true.* Test it: move $w$ a little to both sides and see how the loss changes:


# %%
def p_of(w):
    return math.exp(w) / (math.exp(w) + 1)


def hat_loss(w):
    return -(0.75 * math.log(p_of(w)) + 0.25 * math.log(1 - p_of(w)))  # nats


for w in (-1.0, 0.0, 2.0):
    measured = (hat_loss(w + 0.001) - hat_loss(w - 0.001)) / 0.002
    print(f"w = {w:4.1f}   loss {hat_loss(w):.4f} nats   slope measured {measured:+.4f}, by the formula {p_of(w) - 0.75:+.4f}")
    assert abs(measured - (p_of(w) - 0.75)) < 1e-5

# %% [markdown] slideshow={"slide_type": "-"}
# **Gradient descent** takes step after step against the slope:
#
# $$w\leftarrow w-\eta\,\frac{dL}{dw}$$
#
# The **learning rate** $\eta$ says how large the steps are. We begin at $w=0$.
#
# **Predict.** Which $\eta$ is best: 0.3, 3, or 13? And at which $p$ does the best one end?
#
# <details><summary>Think first, then open</summary>
#
# 0.3 is too slow. 13 jumps over the lowest point, and back again. 3 arrives. It ends where the slope is 0, at $p=\frac34$: the model says what is
# true. What is left is the *entropy of the hat*, about 0.562 nats. Chance decides which ticket comes, and no $w$ can change that.
#
# </details>


# %% slideshow={"slide_type": "slide"}
def descend(rate, steps=20):
    w, losses = 0.0, []
    for _ in range(steps + 1):
        losses.append(hat_loss(w))
        w = w - rate * (p_of(w) - 0.75)  # one step of gradient descent
    return losses


paths = {f"rate {rate}": (range(21), descend(rate)) for rate in (0.3, 3, 13)}
hat_entropy = -(0.75 * math.log(0.75) + 0.25 * math.log(0.25))
plots.curves(paths, "step", "loss (nats per character)", levels={"entropy of the hat": hat_entropy})

# %%
slow, good, wild = (losses for _, losses in paths.values())
assert abs(good[-1] - hat_entropy) < 1e-3 < slow[-1] - hat_entropy
assert max(wild[-4:]) > wild[0] and min(wild + slow + good) >= hat_entropy - 1e-9  # none is ever below the line

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Not below
#
# With $V$ logits the derivative is as short: for logit $z_i$ it is $p_i-s_i$, where $s_i$ is the *share* of character $i$ among the targets. Such a
# row of derivatives is the **gradient**, and `jax.grad` computes it (lesson 02). The same hat, with a logit for each of our 63 characters:

# %% slideshow={"slide_type": "-"}
tickets = vocabulary.encode("nnnt")
shares = entropy.unigram_counts(tickets, V) / 4  # (V,)


def row_loss(z):
    return -jax.nn.log_softmax(z)[tickets].mean()


z = jax.random.normal(jax.random.key(0), (V,))  # any logits
by_jax, by_formula = jax.grad(row_loss)(z), jax.nn.softmax(z) - shares  # (V,) each
for i in vocabulary.encode("nta").tolist():
    print(f"{vocabulary.decode([i])}   by JAX {by_jax[i]:+.4f}, by the formula {by_formula[i]:+.4f}")
assert jnp.allclose(by_jax, by_formula, atol=1e-5)

# %% [markdown]
# Each row of guesses is pulled towards the true shares. When it says them, the gradient is 0, and what is left is entropy. Our network has one row for
# each character, and no row is less surprised than the row of the true shares (lesson 03). So its loss on a text **cannot go below**
# $H(\text{next} \mid \text{previous})$ of that text. *Not below*: this is true for every size, every optimizer, any number of steps. Whether it gets
# *there* is another question.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Adam: a step length for every parameter
#
# Some parameters get far larger gradients than others: every batch needs the row of the space, few need that of `q`. One rate can hardly suit both.
#
# **Adam** (Kingma and Ba 2015) keeps two averages for each parameter: $\hat m$, of its gradients $g$, and $\hat v$, of their squares. The step is
#
# $$w\leftarrow w-\eta\,\frac{\hat m}{\sqrt{\hat v}+\epsilon}$$
#
# $\sqrt{\hat v}$ is the usual size of its gradients. Dividing by it leaves the direction. $\epsilon=10^{-8}$ prevents a division by 0.
#
# **Predict.** Three parameters get the gradients 2, 0.002 and -0.00002. How far does each move in its first step, with $\eta=0.01$?
#
# <details><summary>Think first, then open</summary>
#
# Both averages are of one number: $\hat m=g$, $\hat v=g^2$, and $\hat m/\sqrt{\hat v}=\pm1$. Each moves by 0.01, against its sign. (The last a little
# less: there $\epsilon$ counts.)
#
# </details>
#
# As in lesson 02, `init` makes the memory of an optax rule, its *state*, and `update` returns what to *add* to the parameters, and the new state.

# %%
gradient = jnp.array([2.0, 0.002, -0.00002])
# sgd: stochastic (random) gradient descent, because the batches are random
for name, rule in {"gradient descent": optax.sgd(0.01), "Adam": optax.adam(0.01)}.items():
    change, _ = rule.update(gradient, rule.init(jnp.zeros(3)))
    print(f"{name:16}", change)

# %%
assert jnp.allclose(change, jnp.array([-0.01, -0.01, 0.01]), rtol=1e-2)

# %% [markdown]
# Nobody keeps all the gradients: the averages are *running* ones, with $b_1=0.9$ and $b_2=0.999$:
#
# $$m\leftarrow b_1m+(1-b_1)\,g,\qquad v\leftarrow b_2v+(1-b_2)\,g^2$$
#
# Each step multiplies the older gradients by $b$ once more: they count less and less. Both averages begin at 0, so they are too small at first: after
# one step $m$ is $0.1\,g$. After two, the weights of the two gradients are $0.9\cdot0.1$ and $0.1$, together $0.19=1-0.9^2$. After $t$ steps they sum to
# $1-b^t$. Dividing by that is the *bias correction*: $\hat m=m/(1-b_1^t)$, $\hat v=v/(1-b_2^t)$.

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: one step of Adam
#
# Given a parameter, its gradient, and the running averages `m` and `v` so far, do step number `step` (the first one is 1). Return the new parameter,
# `m` and `v`, as `optax.adam` has them. All may be arrays of one shape.


# %% exercise="adam_step" slideshow={"slide_type": "-"}
def adam_step(param, grad, m, v, step, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    """One Adam step.  param, grad, m, v: one shape;  step: from 1;  returns param, m, v after the step."""
    ### BEGIN SOLUTION
    m = b1 * m + (1 - b1) * grad
    v = b2 * v + (1 - b2) * grad**2
    m_hat = m / (1 - b1**step)  # on the side: m and v themselves go on uncorrected
    v_hat = v / (1 - b2**step)
    param = param - lr * m_hat / (jnp.sqrt(v_hat) + eps)
    return param, m, v
    ### END SOLUTION


# %%
check("adam_step", adam_step)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The training loop by hand
#
# One **step**, with the tools of lesson 03: draw a batch; `nnx.value_and_grad(loss_of)` gives the loss and, for every parameter, its gradient;
# `optimizer.update` adds the rule's changes to the parameters *in the model*. `@nnx.jit` compiles the step, for each `loss_of` anew (`static_argnames`).


# %%
def next_loss(model, inputs, targets):
    return mean_loss(model(inputs), targets)


@nnx.jit(static_argnames="loss_of")
def train_step(model, optimizer, key, loss_of):
    inputs, targets = draw_batch(key, train_ids, 32, 32)
    loss, gradients = nnx.value_and_grad(loss_of)(model, inputs, targets)
    optimizer.update(model, gradients)
    return loss


# %% [markdown]
# The loop takes one step after another. `nnx.Optimizer` ties a rule to a model and holds its state; `wrt=nnx.Param`: what is trained are the parameters.
# `fold_in` makes a new key from a key and a number, so every step has its own windows.


# %%
def train_by_hand(loss_of, steps=300):
    model = PerPositionMLP(V, 64, 128, rngs=nnx.Rngs(0))
    optimizer = nnx.Optimizer(model, optax.adam(0.01), wrt=nnx.Param)
    losses = []
    for number in range(steps):
        step_key = jax.random.fold_in(jax.random.key(0), number)
        losses.append(train_step(model, optimizer, step_key, loss_of))
    return model, np.array(losses)  # (steps,), nats


model, losses = train_by_hand(next_loss)
print("first loss", losses[0], "  mean of the last 50", losses[-50:].mean())

# %% [markdown]
# A single batch has its own luck, so we judge on all of a text. A short way: this network *is* a table. Ask it about every character once, and
# the function that judged the counts judges the network.


# %%
def as_table(model):
    every_character = jnp.arange(V)[None]  # (1, V): a batch of one text
    return nnx.log_softmax(model(every_character)[0])  # (V, V): ln p(next | previous)


def judged_on(ids, model):
    return entropy.bigram_loss(as_table(model), ids)  # nats


print(f"held-out: the network {judged_on(val_ids, model):.3f} nats, the table of pairs {table_score:.3f} nats")
assert abs(judged_on(val_ids, model) - table_score) < 0.03

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: bits per character
#
# The ladder is in bits. Return the loss in bits per character.


# %% exercise="bits_per_character" slideshow={"slide_type": "-"}
def bits_per_character(loss_nats):
    """Bits per character.  loss_nats: a mean loss in nats;  returns a float."""
    ### BEGIN SOLUTION
    return float(loss_nats) / math.log(2)  # a bit is ln 2 = 0.693 nats, the smaller unit
    ### END SOLUTION


# %%
check("bits_per_character", bits_per_character)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Find the bug: a loss that looks fine
#
# Here are two other losses, with the same batches and the same network. What does each learn?


# %% slideshow={"slide_type": "-"}
def loss_a(model, inputs, targets):
    return mean_loss(model(inputs)[:, :-1], targets[:, 1:])


def loss_b(model, inputs, targets):
    return mean_loss(model(inputs), inputs)


model_a, losses_a = train_by_hand(loss_a)
model_b, losses_b = train_by_hand(loss_b)

# %% [markdown] slideshow={"slide_type": "slide"}
# All three curves fall smoothly and become flat. The line is the floor that you wrote down. What does it say about each?


# %% slideshow={"slide_type": "-"}
def smooth(values, size):
    # means of `size` values each, and the step at which each mean ends
    means = np.asarray(values).reshape(-1, size).mean(axis=1)
    return size * np.arange(1, len(means) + 1), means


three = {"ours": smooth(losses, 10), "loss A": smooth(losses_a, 10), "loss B": smooth(losses_b, 10)}
plots.curves(three, "step", "its own loss (nats per character)", levels={"floor of the training part": floor_of(train_ids)})

# %% [markdown] slideshow={"slide_type": "slide"}
# <details><summary>Think first, then open</summary>
#
# **B is below the floor.** A guesser of the next character cannot be there. Its targets are its inputs: it learned to copy.
#
# **A stays above.** That is possible, but it needs a reason: too small a network, too few steps? Ours has the same of both and comes much nearer. So A
# answers another question, too. The targets were one ahead already, and A shifts them once more: it learned the character *after* the next one. Pairs
# two apart have a floor of their own, and A is near it.
#
# The cure: shift in one place, print a few pairs, and compare the loss with the floor, from both sides.
#
# </details>

# %%
two_apart = jnp.zeros((V, V)).at[train_ids[:-2], train_ids[2:]].add(1)  # the pairs of lesson 01, but two apart
floor_a = entropy.conditional_entropy(two_apart) * math.log(2)
how_common = entropy.unigram_counts(train_ids, V)
alone = entropy.unigram_loss(entropy.add_one_log_probs(how_common), val_ids)  # of a guesser who looks at no character
ours, a, b = losses[-50:].mean(), losses_a[-50:].mean(), losses_b[-50:].mean()
true_a, true_b = judged_on(val_ids, model_a), judged_on(val_ids, model_b)
print(f"own losses: ours {ours:.3f}, A {a:.3f} (floor of pairs two apart {floor_a:.3f}), B {b:.4f} nats")
print(f"next character, held-out: A {true_a:.2f}, B {true_b:.2f}, who looks at no character {alone:.2f} nats")

assert b < 0.01 and a - floor_of(train_ids) > 0.35 and floor_of(train_ids) < ours < floor_of(train_ids) + 0.05
assert 0 < a - floor_a < 0.05 and true_b > 10 > true_a > alone + 0.2

# %% [markdown]
# At guessing the *next* character both are worse than somebody who looks at no character, and their curves did not show it.

# %% [markdown]
# ## Three rules
#
# The library's `fit` is our loop. Its `History` has the loss of every step, the held-out loss now and then, and a copy of the model after each number of
# steps in `snapshots`. `**settings` hands over what stands in the dictionary.
#
# Three rules get the same windows: gradient descent (SGD); Adam; and Adam with a **schedule**, a learning rate that falls while we train, here from 0.01
# to 0 like half a wave of a cosine.
#
# **Predict.** Who is ahead after 100 steps? Who ends lowest?
#
# <details><summary>Think first, then open</summary>
#
# After 100 steps both Adams are far ahead. Near the lowest point large steps jump about, and small ones settle: the schedule ends lowest.
#
# </details>

# %%
from chargen_lib.training import fit

STEPS = 600
settings = {"batch_size": 32, "seq_len": 32, "key": jax.random.key(0), "progress": False}
moments = (0, 1, 2, 5, 10, 20, 50, 100, 200, 400, STEPS)
falling_rate = optax.cosine_decay_schedule(0.01, STEPS)
rules = {"SGD, rate 3": optax.sgd(3.0), "Adam, rate 0.01": optax.adam(0.01), "Adam, schedule": optax.adam(falling_rate)}
networks, runs = {}, {}
for name, rule in rules.items():
    networks[name] = PerPositionMLP(V, 64, 128, rngs=nnx.Rngs(0))
    runs[name] = fit(networks[name], train_ids, optimizer=rule, val_ids=val_ids, snapshots=moments, steps=STEPS, **settings)

# %% slideshow={"slide_type": "slide"}
curves = {}
for name in rules:
    steps, means = smooth(runs[name].losses, 50)
    curves[name] = steps[1:], means[1:]  # without the first 50 steps, to see the rest better
plots.curves(curves, "step", "training, mean of 50 batches (nats)", levels={"floor of the training part": floor_of(train_ids)})

# %%
above = {name: judged_on(train_ids, networks[name]) - floor_of(train_ids) for name in rules}
print("above the floor at the end, all of the training part:", {name: f"{nats:.4f} nats" for name, nats in above.items()})
assert 0 < 2 * above["Adam, schedule"] < min(above["SGD, rate 3"], above["Adam, rate 0.01"])
assert curves["SGD, rate 3"][1][0] > max(curves[name][1][0] for name in ("Adam, rate 0.01", "Adam, schedule")) + 0.05

# %% [markdown] slideshow={"slide_type": "slide"}
# ## It arrives
#
# At each moment the third network writes 200 characters after `The `, always with the same key: only the network changes.
#
# **Predict.** What does it learn to write first?
#
# <details><summary>Think first, then open</summary>
#
# What is common: spaces and small letters.
#
# </details>
#
# Press Play. Between which steps do most capitals and rare signs go? Untick "early steps wider": how long is it near the floor?

# %% slideshow={"slide_type": "slide"}
from chargen_lib.generation import generate_text
from chargen_lib.widgets import TrainingReplay

network, history = networks["Adam, schedule"], runs["Adam, schedule"]
luck = jax.random.key(1)
on_the_way = {step: generate_text(m, vocabulary, "The ", num_chars=200, key=luck) for step, m in history.snapshots.items()}
levels = {"floor": floor_of(val_ids), "table of pairs": table_score, "characters alone": alone, "uniform": math.log(V)}
TrainingReplay(history, on_the_way, levels=levels, prompt="The ")

# %%
held_out = dict(zip(history.val_steps, history.val_losses, strict=True))
assert held_out[5] > alone > held_out[10] and held_out[100] - table_score < 0.05
assert floor_of(val_ids) < held_out[STEPS] < table_score  # the network ends below the table, but not below the floor
common = {step: sum(c == " " or c.islower() for c in text) / 200 for step, text in on_the_way.items()}
print("small letters and spaces:", {step: f"{share:.0%}" for step, share in common.items()})
assert common[5] < 0.7 and common[10] > 0.85

# %% [markdown]
# Most capitals and signs go between steps 5 and 10. After 100 steps the network is within 0.05 nats of the table. It ends a little *below* that score:
# add-one is one way to guess at pairs that never came, and not the best.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Narrow and wide
#
# **Predict.** The hidden layer gets 2, 4 or 256 numbers in place of 128, and the narrowest one twice as many steps. Which of them come to the floor?
#
# <details><summary>Think first, then open</summary>
#
# 256 gains next to nothing over 128: the floor belongs to *what the model sees*. 2 or 4 numbers in the middle cannot tell 63 rows well apart, and stay
# far above, even with more steps. Nobody is below.
#
# </details>

# %%
by_width = {128: network}
for hidden, steps in ((2, 2 * STEPS), (4, STEPS), (256, STEPS)):
    by_width[hidden] = PerPositionMLP(V, 64, hidden, rngs=nnx.Rngs(0))
    rule = optax.adam(optax.cosine_decay_schedule(0.01, steps))
    fit(by_width[hidden], train_ids, steps=steps, optimizer=rule, **settings)
gap = {hidden: entropy.nats_to_bits(judged_on(train_ids, n) - floor_of(train_ids)) for hidden, n in by_width.items()}
print("bits above the floor, by the hidden layer:", {hidden: round(bits, 3) for hidden, bits in gap.items()})

# %%
assert gap[2] > 0.3 and gap[4] > 0.2 and 0 < gap[256] < 0.012 and 0 < gap[128] < 0.012 and abs(gap[256] - gap[128]) < 0.003

# %% [markdown]
# A flat curve *above* a floor asks: too small, too short, or a bug? One *at* the floor asks: what can the model see?

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Break it: learning by heart
#
# Now the network gets too little: 500 characters.
#
# **Predict.** Where does the loss on those 500 characters go? And the loss on the held-out part?
#
# <details><summary>Think first, then open</summary>
#
# The training loss goes to the floor *of those 500 characters*. It is low: in a short text many characters are followed by one or two others only. The
# network becomes certain that no other comes. The held-out part holds others, each a large surprise. There the loss falls at first, and then it *rises*.
#
# </details>

# %% slideshow={"slide_type": "slide"}
tiny = train_ids[:500]
by_heart = PerPositionMLP(V, 64, 128, rngs=nnx.Rngs(0))
early = range(0, 201, 20)  # where it turns, look often
tiny_history = fit(by_heart, tiny, optimizer=optax.adam(0.002), val_ids=val_ids, snapshots=early, steps=STEPS, **settings)
tiny_curves = {"training": smooth(tiny_history.losses, 20), "held-out": (tiny_history.val_steps, tiny_history.val_losses)}
plots.curves(tiny_curves, "step", "loss (nats per character)", levels={"floor of the 500 characters": floor_of(tiny)})

# %%
lowest, last = min(tiny_history.val_losses), tiny_history.val_losses[-1]
best_step = tiny_history.val_steps[tiny_history.val_losses.index(lowest)]
assert 40 <= best_step <= 80 and last > lowest + 0.3 and 0 < judged_on(tiny, by_heart) - floor_of(tiny) < 0.1
assert tiny_history.losses[80:120].mean() > tiny_history.losses[-100:].mean() + 0.05
assert abs(judged_on(train_ids, network) - held_out[STEPS]) < 0.05
print(f"training {judged_on(tiny, by_heart):.3f} nats; held-out at best {lowest:.3f} (step {best_step}), at the end {last:.3f}")

# %% [markdown] slideshow={"slide_type": "-"}
# This is **overfitting**: the training loss still falls, and the held-out loss rises. One curve alone does not show it. Stop where the held-out curve
# is lowest (*early stopping*). But then the held-out part has helped to choose: an honest score (lesson 01) needs a third part.
# Or find more text: with all the stories, the two losses ended less than 0.05 nats apart.

# %% [markdown]
# ## Your own text
#
# Any file of plain text will do: put its path into `corpora.load`. Ours, `argparse.__file__`, is a long program that comes with Python. `save` writes
# a **checkpoint**: one file with all the parameters, and with the vocabulary, because without it the ids mean nothing.
#
# The file is named after the text. **Run with the same text again, `save` writes over it**: give a file that you want to keep another name.

# %%
import argparse

from chargen_lib import checkpoints

my_text = corpora.load(argparse.__file__)  # your own: corpora.load("my_text.txt")
my_vocabulary = Vocabulary.from_text(my_text.text)
my_model = PerPositionMLP(len(my_vocabulary), 64, 128, rngs=nnx.Rngs(0))
fit(my_model, my_vocabulary.encode(my_text.text), steps=STEPS, optimizer=optax.adam(falling_rate), **settings)
my_file = f"{my_text.name}.safetensors"
checkpoints.save(my_file, my_model, my_vocabulary)

# %% [markdown]
# Tomorrow nothing of this is in memory. Then the file is enough:

# %%
loaded, its_vocabulary = checkpoints.load(my_file)
print(generate_text(loaded, its_vocabulary, num_chars=200, key=luck))

# %%
assert generate_text(loaded, its_vocabulary, key=luck) == generate_text(my_model, my_vocabulary, key=luck)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The ladder
#
# Which networks stand with the table of pairs?

# %% slideshow={"slide_type": "-"}
nats = {"uniform": math.log(V), "unigram, add-one": alone, "bigram, add-one": table_score}
rungs = [entropy.Rung(name, entropy.nats_to_bits(loss)) for name, loss in nats.items()]
width_bits = {hidden: entropy.nats_to_bits(judged_on(val_ids, by_width[hidden])) for hidden in (2, 4, 128, 256)}
rungs += [entropy.Rung(f"per-position MLP, hidden {hidden}", bits, "network") for hidden, bits in width_bits.items()]
plots.ladder(rungs)

# %%
assert width_bits[2] > rungs[2].bits + 0.3 and width_bits[4] > rungs[2].bits + 0.2
assert all(abs(width_bits[hidden] - rungs[2].bits) < 0.02 for hidden in (128, 256))

# %% [markdown]
# To write better, a model has to *see* more: that is Part II. Before it come two lessons on choosing well from what a model says.

# %% [markdown]
# ## What we own now
#
# `evaluate` gives any model's loss on all of a text. Here it agrees with the table.

# %%
from chargen_lib.training import evaluate

assert abs(evaluate(network, val_ids, seq_len=32) - judged_on(val_ids, network)) < 1e-4

# %% [markdown]
# | built here | in the library |
# |---|---|
# | a batch of random windows | `training.draw_batch` |
# | the cross-entropy | `optax.softmax_cross_entropy_with_integer_labels` |
# | Adam, a schedule | `optax.adam`, `optax.cosine_decay_schedule` |
# | the training loop | `nnx.Optimizer`, `training.fit` and its `History` |
# | the loss on all of a text | `training.evaluate` |
# | bits per character | `entropy.nats_to_bits` |
# | a model on disk | `checkpoints.save`, `checkpoints.load` |

# %%
progress(lesson=5)

# %% [markdown]
# ## For the curious
#
# Nothing later needs what follows. Take what you like.
#
# ### Stop, and go on
#
# When you press the stop button, or Ctrl-C in a terminal, `fit` ends after the steps that are done, and the model keeps what it learned. Give `fit` the
# same `nnx.Optimizer` again to go on: it has kept Adam's averages and the number of steps. But not everything goes on.
#
# **Predict.** A training like the third of "Three rules" is over. We call `fit` once more, for 100 steps, with its optimizer and the same settings. What
# does it change, and which windows does it read?
#
# <details><summary>Think first, then open</summary>
#
# It changes nothing. The schedule is at its end: the rate is 0. And the key is the same, so it reads the windows of the first 100 steps once more. Its
# first loss is that of the very first batch. To go on, give a **new key**, and a rule whose rate is not 0.
#
# </details>

# %%
goes_on = PerPositionMLP(V, 64, 128, rngs=nnx.Rngs(0))
optimizer = nnx.Optimizer(goes_on, rules["Adam, schedule"], wrt=nnx.Param)
fit(goes_on, train_ids, steps=STEPS, optimizer=optimizer, **settings)
before = as_table(goes_on)

again = fit(goes_on, train_ids, steps=100, optimizer=optimizer, **settings)
print("largest change of the table:", float(jnp.abs(as_table(goes_on) - before).max()))
first_windows = draw_batch(jax.random.fold_in(jax.random.key(0), 0), train_ids, 32, 32)
on_the_first = next_loss(goes_on, *first_windows)
print("first loss of the new run:", again.losses[0], " loss on the very first windows:", on_the_first)

# %%
assert (as_table(goes_on) == before).all() and abs(again.losses[0] - on_the_first) < 1e-4 < abs(again.losses[1] - on_the_first)

# %% [markdown]
# ### Tomorrow, tried today
#
# Is the file really enough? A new Python process has nothing of our memory. We write a small program as a text and let one run it; `sys.executable` is the
# path of the Python that runs this notebook.

# %%
import subprocess
import sys

program = f"""
import jax
from chargen_lib import checkpoints, generation
model, vocabulary = checkpoints.load({my_file!r})
print(generation.generate_text(model, vocabulary, num_chars=200, key=jax.random.key(1)))
"""
process = subprocess.run([sys.executable, "-X", "utf8", "-c", program], capture_output=True, encoding="utf-8")
print(process.stdout or process.stderr)

# %%
assert process.stdout == generate_text(my_model, my_vocabulary, num_chars=200, key=luck) + "\n"

# %% [markdown]
# ### It arrives at the truth
#
# The floor of the stories was measured on the stories. For `markov` (lesson 01), drawn from hats that we know, it is no measurement but a calculation:
# the *entropy rate* of the hats. We take the same network, with its 63 characters. It must find out, too, that 56 of them never come.

# %%
markov_train, markov_val = split(vocabulary.encode(corpora.load("markov").text))
markov_characters, transitions = corpora.markov_transitions()
true_rate = entropy.entropy_rate(transitions)  # bits
markov_network = PerPositionMLP(V, 64, 128, rngs=nnx.Rngs(0))
markov_history = fit(markov_network, markov_train, steps=STEPS, optimizer=optax.adam(falling_rate), **settings)
steps, means = smooth(markov_history.losses / math.log(2), 10)
plots.curves({"training": (steps, means)}, "step", "bits per character", levels={"entropy rate of the hats": true_rate})

# %%
places = np.asarray(vocabulary.encode(markov_characters))  # (7,), where the hats stand in our vocabulary
the_hats = np.full((V, V), -np.inf)  # the log of 0: no such pair comes
with np.errstate(divide="ignore"):
    the_hats[places[:, None], places] = np.log(transitions)
hats_bits = entropy.nats_to_bits(entropy.bigram_loss(jnp.array(the_hats), markov_val))
markov_bits = entropy.nats_to_bits(judged_on(markov_val, markov_network))
print(f"entropy rate {true_rate:.4f} bits; held-out: network {markov_bits:.4f}, the hats themselves {hats_bits:.4f} bits")
assert abs(markov_bits - true_rate) < 0.01 and markov_bits > hats_bits - 0.003

# %% [markdown]
# Within a hundredth of a bit of the truth. If the last digits puzzle you, look at the third number: the loss of the hats themselves, the
# guesser who knows everything. The entropy rate is an average over endless text, and this piece of 20,000 characters has its own luck.
#
# ### A limit on the step
#
# **Clipping** sets a limit. The length of the whole gradient, $\sqrt{\sum_i g_i^2}$ over all parameters, is its *global norm*. If it is above the
# limit, the gradient is made shorter; its direction stays. With one parameter the norm is the size of the slope. Here is the hat with the rate that is
# too large for it, 13, without a limit and with one.
#
# **Predict.** With a limit of 0.05, does it come to rest?
#
# <details><summary>Think first, then open</summary>
#
# No. Each step is at most $13 \cdot 0.05 = 0.65$ long: too short to throw it far away, too long to come to rest. The limit keeps it near the lowest point.
#
# </details>


# %%
def descend_with_limit(rate, limit, steps=20):
    w, losses = 0.0, []
    for _ in range(steps + 1):
        losses.append(hat_loss(w))
        w = w - rate * max(-limit, min(limit, p_of(w) - 0.75))
    return losses


limited = descend_with_limit(13, 0.05)
both = {"rate 13": (range(21), wild), "rate 13, limit 0.05": (range(21), limited)}
plots.curves(both, "step", "loss (nats per character)", levels={"entropy of the hat": hat_entropy})

# %%
assert max(wild[5:]) > hat_entropy + 0.15 and 0.005 < max(limited[5:]) - hat_entropy < 0.02
long_one, clip = jnp.array([3.0, 4.0]), optax.clip_by_global_norm(1.0)  # of length 5
assert jnp.allclose(clip.update(long_one, clip.init(long_one))[0], long_one / 5)

# %% [markdown]
# In optax the limit is a rule of its own, `optax.clip_by_global_norm`, and `optax.chain` puts it in front of another: what one returns, the next
# receives. A smaller rate would be the better cure here. Networks with a memory, in Part II, need the limit (Pascanu and others 2013).
#
# ### Half the digits
#
# Numbers in JAX have 32 bits, about seven decimal digits. **bfloat16** has 16 bits: the same range, but only two to three digits, and half the memory.
#
# **Predict.** To a parameter of 1 we add a hundred steps of 0.001, in bfloat16. Where does it end? And with ten steps of 0.01?
#
# <details><summary>Think first, then open</summary>
#
# At 1: each small step is lost in the rounding, and a hundred times nothing is nothing. The larger steps count, roughly: the next number after 1 is
# 1.0078, and every sum is rounded to one of these numbers.
#
# </details>

# %%
ends_at = {}
for digits in (jnp.float32, jnp.bfloat16):
    for size, number in ((0.001, 100), (0.01, 10)):
        parameter = jnp.array(1, digits)
        for _ in range(number):
            parameter = parameter + jnp.array(size, digits)
        ends_at[digits.__name__, size] = float(parameter)
ends_at

# %%
info = jnp.finfo(jnp.bfloat16)
assert info.max > 1e38 and abs(float(info.eps) - 0.0078) < 1e-4  # eps: from 1 to the next number
assert ends_at["bfloat16", 0.001] == 1 and abs(ends_at["bfloat16", 0.01] - 1.1) < 0.03
assert abs(ends_at["float32", 0.001] - 1.1) < 1e-4 and abs(ends_at["float32", 0.01] - 1.1) < 1e-4

# %% [markdown]
# So one must say *what* is kept in bfloat16. In **mixed precision** (Micikevicius and others 2018) the layers compute with few digits, and the
# parameters, to which the steps are added, stay in float32.
#
# ### A large batch in small pieces
#
# A batch that does not fit into memory is read in pieces, and their gradients are averaged: **gradient accumulation**. `optax.MultiSteps(rule, k)`
# keeps the mean of $k$ gradients and lets the rule take a step only then. We try it on the smallest trainable thing, a table of logits.
#
# **Predict.** After the first half of a batch, what does it add to the table?
#
# <details><summary>Think first, then open</summary>
#
# Nothing. After the second half it takes the step of the whole batch. It saves memory, not time: the same characters are read.
#
# </details>

# %%
gradient_of = jax.jit(jax.grad(lambda table, inputs, targets: mean_loss(table[inputs], targets)))
zeros, rule = jnp.zeros((V, V)), optax.sgd(0.5)
at_once, _ = rule.update(gradient_of(zeros, inputs, targets), rule.init(zeros))  # a batch of 32 windows

in_pieces = optax.MultiSteps(rule, every_k_schedule=2)
state, update = in_pieces.init(zeros), jax.jit(in_pieces.update)
first, state = update(gradient_of(zeros, inputs[:16], targets[:16]), state, zeros)
second, state = update(gradient_of(zeros, inputs[16:], targets[16:]), state, zeros)
print("after the first half:", float(jnp.abs(first).max()))
print("after the second, difference from the whole:", float(jnp.abs(second - at_once).max()))

# %%
assert (first == 0).all() and jnp.allclose(second, at_once, atol=1e-6) and jnp.abs(at_once).max() > 1e-3

# %% [markdown]
# ## Further reading
#
# - H. Robbins, S. Monro (1951), [*A Stochastic Approximation Method*](https://doi.org/10.1214/aoms/1177729586), Annals of Mathematical Statistics 22.
#   Where steps that follow noisy measurements, and shrink, begin.
# - D. P. Kingma, J. Ba (2015), [*Adam: A Method for Stochastic Optimization*](https://arxiv.org/abs/1412.6980), ICLR. Algorithm 1 is your exercise.
# - I. Loshchilov, F. Hutter (2017), [*SGDR: Stochastic Gradient Descent with Warm Restarts*](https://arxiv.org/abs/1608.03983), ICLR. The cosine
#   schedule.
# - R. Pascanu, T. Mikolov, Y. Bengio (2013), [*On the difficulty of training recurrent neural networks*](https://arxiv.org/abs/1211.5063), ICML. Why
#   gradients explode, and clipping their norm.
# - P. Micikevicius et al. (2018), [*Mixed Precision Training*](https://arxiv.org/abs/1710.03740), ICLR. Why a float32 copy of the parameters is kept.
# - I. Goodfellow, Y. Bengio, A. Courville (2016), [*Deep Learning*](https://www.deeplearningbook.org/), MIT Press, chapters 5 and 8. Overfitting and
#   optimization, at length.
#
# **Next:** [Truncation](06_truncation.ipynb). Which characters should never be drawn?
