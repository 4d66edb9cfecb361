# %% [markdown] slideshow={"slide_type": "slide"}
# # 05 · Training
#
# **How does a loss go down, and where must it stop?**
#
# *About {reading} minutes, and {exercises} more for the exercises · for beginners · you need: lessons [01](01_text_as_numbers.ipynb) to [04](04_temperature.ipynb): bits and floors, the network
# that sees one character, the softmax, keys.*
#
# A training curve that flattens out asks a question: is this the end, or is something wrong? Most of the time nobody can say. Here you can, because
# you know the floor before the first step. You will be able to
#
# - write every part of a training loop yourself: the batch, the loss, the step, the loop around them,
# - say where the loss of a network that sees one character must stop, and watch it stop there,
# - recognise three curves: one that has arrived, one that learns by heart, and one that looks fine and is wrong.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Before the first step: where must it stop?
#
# We train on the two texts of lesson 01. `fables` are our stories. `markov` was drawn from hats that we know.

# %% slideshow={"slide_type": "-"}
from chargen_lib import corpora
from chargen_lib import entropy as floors
from chargen_lib.text import Vocabulary, split

fables = corpora.load("fables")
vocabulary = Vocabulary.from_text(fables.text)
train_ids, val_ids = split(vocabulary.encode(fables.text))
V = len(vocabulary)

pair_counts = floors.bigram_counts(train_ids, V)  # (vocab, vocab)
train_floor = floors.conditional_entropy(pair_counts)  # bits
bigram_floor = floors.bigram_loss(floors.add_one_log_probs(pair_counts), val_ids)  # nats
print(f"training part: nobody who sees one character gets below {train_floor:.3f} bits")
print(f"held-out part: the table of pairs has {floors.nats_to_bits(bigram_floor):.3f} bits, or {bigram_floor:.3f} nats")

# %% [markdown] slideshow={"slide_type": "-"}
# Losses are in nats in this lesson, as in every library, and the ladder at the end is in bits. For `markov` the floor is no measurement but a
# calculation, the *entropy rate* of the hats:

# %%
markov = corpora.load("markov")
markov_characters, transitions = corpora.markov_transitions()
markov_train, markov_val = split(vocabulary.encode(markov.text))  # its 7 characters are among our 63

true_rate = floors.entropy_rate(transitions)  # bits
assert 1.7 < true_rate < 1.8
true_rate

# %% [markdown] slideshow={"slide_type": "-"}
# Write these numbers down. We come back to them.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What to learn from: shift by one
#
# A model that guesses the next character needs two rows: what it reads, the **inputs**, and what it should have guessed, the **targets**. The targets
# are the same text, one character further on.

# %% slideshow={"slide_type": "-"}
line = vocabulary.encode("the cat")
inputs, targets = line[:-1], line[1:]
for read, guess in zip(vocabulary.decode(inputs), vocabulary.decode(targets), strict=True):
    print(repr(read), "->", repr(guess))

# %% [markdown] slideshow={"slide_type": "slide"}
# Seven characters make six pairs: the last one has no successor.
#
# The stories have far more pairs than one step needs. So each step looks at a **batch**: a few pieces of the text, called **windows**, each beginning
# at a place that is drawn at random. Why random? A step that saw only the beginning of the text would learn the beginning. Random windows speak for
# the whole text, each time a little differently. (*Stochastic* gradient descent is called so for that reason.)
#
# **Predict.** A text has $n$ characters and a window has `seq_len` inputs, each with its target. At how many places can a window begin?
#
# <details><summary>Think first, then open</summary>
#
# At `n - seq_len` places. A window needs `seq_len + 1` characters, because its last input has a target too. In `the cat` a window of 6 inputs
# fits once: $7 - 6 = 1$.
#
# </details>

# %%
seq_len = 6
places_where_it_fits = [start for start in range(len(line)) if start + seq_len + 1 <= len(line)]
assert len(places_where_it_fits) == len(line) - seq_len == 1

# %%
import jax
import jax.numpy as jnp

from chargen_lib.exercises import check, progress

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: a batch
#
# `ids` is a text. Draw `batch_size` windows with `key`, each from a start of its own, and return two arrays of shape `(batch_size, seq_len)`: the
# inputs, and the targets one character ahead. Every window that fits must be possible, the last one too, and none may run past the end. (JAX would
# not warn you: an index past the end quietly gives the last character. And `jax.random.randint` leaves out its upper end.)


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
# The library's is `draw_batch`. We compile it with `jax.jit`, because we shall call it often; `static_argnums=(2, 3)` says that the arguments number
# 2 and 3, counted from 0, are plain numbers to compile for: the sizes. In every row the inputs, without the first, are the targets without the last:

# %%
from chargen_lib.training import draw_batch

draw = jax.jit(draw_batch, static_argnums=(2, 3))
inputs, targets = draw(jax.random.key(0), train_ids, 32, 32)  # 32 windows of 32
assert inputs.shape == targets.shape == (32, 32)
assert (inputs[:, 1:] == targets[:, :-1]).all()
for row in range(3):
    print(repr(vocabulary.decode(inputs[row])), "->", repr(vocabulary.decode(targets[row])))

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What to make small: the cross-entropy
#
# For every input the model gives $V$ logits $z$. The softmax makes probabilities of them. The surprise at the target $y$ is $-\ln p_y$, and the
# **loss** is its mean over all positions of the batch. It is called the **cross-entropy**:
#
# $$L = -\frac{1}{N} \sum_{n=1}^{N} \ln p_{n, y_n}, \qquad p_{n, i} = \frac{e^{z_{n, i}}}{\sum_j e^{z_{n, j}}}$$
#
# Here it is for two positions and three characters, with plain Python, straight from the definition.

# %%
import math

some_logits = [[2.0, 1.0, -1.0], [0.0, 0.5, 0.0]]  # (position, vocab)
some_targets = [0, 2]

surprises = []
for z, y in zip(some_logits, some_targets, strict=True):
    p_y = math.exp(z[y]) / sum(math.exp(z_j) for z_j in z)
    surprises.append(-math.log(p_y))
    print(f"p(target) = {p_y:.3f}, surprise {-math.log(p_y):.3f} nats")
by_definition = sum(surprises) / len(surprises)
by_definition

# %% [markdown]
# Lesson 04 showed what can go wrong between the logits and the logarithm: large logits overflow. `log_softmax` goes there in one safe step.
#
# Then each row gives the entry of its target. `jnp.take_along_axis(a, i, axis=-1)` takes, from each row of `a`, the entries that the same row of `i`
# names. Here a row of `i` holds one place only, so the targets need one axis more: `targets[..., None]`.

# %%
rows, picks = jnp.array([[10, 11, 12], [20, 21, 22]]), jnp.array([0, 2])
picked = jnp.take_along_axis(rows, picks[..., None], axis=-1)  # (2, 3) and (2, 1) -> (2, 1)
assert picked.tolist() == [[10], [22]]
picked

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: the cross-entropy
#
# Return the mean of $-\ln p(\text{target})$ over all positions, in nats, as one number. There may be any number of leading axes. Logits as large as
# $10^4$ must not spoil it. The function is compiled inside a training step, so return what `jnp` gives you; do not turn it into a `float`.


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
# `optax`, the library of training methods, has the same under the long name that you saw in lesson 03. It returns the surprise at each position, and
# we take the mean.

# %%
import optax

each = optax.softmax_cross_entropy_with_integer_labels(jnp.array(some_logits), jnp.array(some_targets))  # (position,)
assert jnp.allclose(each, jnp.array(surprises), atol=1e-5) and abs(float(each.mean()) - by_definition) < 1e-5
each

# %% [markdown]
# **Predict.** A network that has not been trained: what is its loss on the stories, roughly? They have 63 characters.
#
# <details><summary>Think first, then open</summary>
#
# Its logits are small random numbers, so its probabilities are all near $\frac{1}{63}$, and the loss is near $\ln 63 \approx 4.14$ nats. A first loss
# far above that means something is wrong before you have begun.
#
# </details>
#
# The library's `evaluate` gives the mean loss over a whole text. It reads the text in windows of `seq_len`, side by side.

# %%
from flax import nnx

from chargen_lib.models import PerPositionMLP
from chargen_lib.training import evaluate

untrained = PerPositionMLP(V, 64, 128, rngs=nnx.Rngs(0))  # lesson 03: embed 64, hidden 128
first_loss = evaluate(untrained, val_ids, seq_len=32)  # the mean loss over all the held-out text
assert abs(first_loss - math.log(V)) < 0.3
first_loss, math.log(V)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Going down, with one number
#
# How does a loss go down? Take one hat with four tickets, `nnnt`, and the smallest model there is to guess them: it has *one* parameter $w$. The logit
# of `n` is $w$, the logit of `t` is 0. So it says `n` with $p = e^w / (e^w + 1)$, and its loss is
#
# $$L(w) = -\tfrac34 \ln p - \tfrac14 \ln (1 - p)$$
#
# The **derivative** tells how steeply $L$ rises when $w$ grows. It comes out very short: $\frac{dL}{dw} = p - \frac34$. *What the model says, minus
# what is true.* At $w = 0$ the model says `n` half the time, too seldom: the derivative is negative, so growing $w$ takes the loss down. You need not
# believe the formula. Move $w$ a little to both sides and see how the loss changes:


# %%
def p_of(w):
    return math.exp(w) / (math.exp(w) + 1)


def hat_loss(w):
    return -(0.75 * math.log(p_of(w)) + 0.25 * math.log(1 - p_of(w)))  # nats


for w in (-1.0, 0.0, 2.0):
    measured = (hat_loss(w + 0.001) - hat_loss(w - 0.001)) / 0.002
    assert abs(measured - (p_of(w) - 0.75)) < 1e-5
    print(f"w = {w:4.1f}   loss {hat_loss(w):.4f} nats   slope measured {measured:+.4f}, by the formula {p_of(w) - 0.75:+.4f}")

# %% [markdown] slideshow={"slide_type": "slide"}
# **Gradient descent** takes a step against the slope, and another, and another:
#
# $$w \leftarrow w - \eta \, \frac{dL}{dw}$$
#
# The **learning rate** $\eta$ says how large the steps are. We begin at $w = 0$.
#
# **Predict.** Which $\eta$ is best: 0.3, 3, or 13? And at which loss must the best one stop?
#
# <details><summary>Think first, then open</summary>
#
# 0.3 crawls. 13 jumps over the valley, and back, and over it again. 3 arrives. It stops where the slope is 0, that is where $p = \frac34$: the model
# says what is true. What is left there is the *entropy of the hat*, $-\frac34 \ln \frac34 - \frac14 \ln \frac14 \approx 0.562$ nats. Chance decides
# which ticket comes, and no $w$ can change that.
#
# </details>
#
# In the figure, look at where each curve is after 20 steps.

# %% slideshow={"slide_type": "slide"}
from chargen_lib import plots


def descend(rate, steps=20):
    w, losses = 0.0, []
    for _ in range(steps + 1):
        losses.append(hat_loss(w))
        w = w - rate * (p_of(w) - 0.75)  # one step of gradient descent
    return losses


hat_entropy = -(0.75 * math.log(0.75) + 0.25 * math.log(0.25))
slow, good, wild = descend(0.3), descend(3), descend(13)
assert abs(good[-1] - hat_entropy) < 1e-3 < slow[-1] - hat_entropy
assert max(wild[-4:]) > wild[0] and min(wild + slow + good) >= hat_entropy - 1e-9
plots.curves(
    {"rate 0.3": (range(21), slow), "rate 3": (range(21), good), "rate 13": (range(21), wild)},
    "step",
    "loss (nats per character)",
    floors={"entropy of the hat": hat_entropy},
)

# %% [markdown]
# The middle one lies on the line. The slow one is on its way. The wild one throws itself to and fro, and is at times worse than at the start. None is
# ever below the line.

# %% [markdown]
# ## Why it stops there
#
# With $V$ logits in a row the derivative is as short. With respect to logit $z_i$ it is $p_i - s_i$, where $s_i$ is the *share* of character $i$
# among the targets. Such a row of derivatives is the **gradient**. Let us see it on a real hat of `markov`, the one of `a`. `jax.grad(f)` is the
# function that gives the gradient of `f` (lesson 02), and `jax.jit` compiles it.

# %%
tickets = Vocabulary(markov_characters).encode(corpora.MARKOV_HATS["a"])  # (8,)
shares = jnp.array(transitions[markov_characters.index("a")], jnp.float32)  # (7,)


def row_loss(z):
    return -jax.nn.log_softmax(z)[tickets].mean()


row_gradient = jax.jit(jax.grad(row_loss))
z = jnp.array([0.5, -1.0, 2.0, 0.0, 1.0, -0.5, 0.3])  # any logits
assert jnp.allclose(row_gradient(z), jax.nn.softmax(z) - shares, atol=1e-5)

at_the_truth = jnp.log(shares + 1e-9)  # + 1e-9: some shares are 0
slope_there, loss_there = row_gradient(at_the_truth), float(row_loss(at_the_truth))
assert jnp.abs(slope_there).max() < 1e-5
assert abs(floors.nats_to_bits(loss_there) - float(floors.entropy_bits(shares))) < 1e-4
print(f"at the true shares: largest slope {jnp.abs(slope_there).max():.7f}, loss {loss_there:.4f} nats, the hat's entropy")

# %% [markdown]
# So where must it stop? The answer is the same for every model of the course. The loss pulls until the model says the true shares *of everything that
# it can tell apart*. Then the gradient is 0 and nothing pulls any more. Our network tells apart which character it has just read, and nothing else
# (lesson 03). So it must stop at the entropy of the next character given that one: the bigram floor.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Adam: a step length for every parameter
#
# A network has thousands of parameters, and some get far larger gradients than others. The row of the space is needed in every batch, the row of `q`
# seldom. One learning rate can hardly suit both.
#
# **Adam** (Kingma and Ba 2015) keeps two averages for each parameter: $\hat m$, of its gradients, and $\hat v$, of their squares. Newer gradients
# count more: one that is $k$ steps old has the weight $b^k$, with $b_1 = 0.9$ for $\hat m$ and $b_2 = 0.999$ for $\hat v$. The step is
#
# $$w \leftarrow w - \eta \, \frac{\hat m}{\sqrt{\hat v} + \epsilon}$$
#
# $\sqrt{\hat v}$ is the usual size of that parameter's gradients. Dividing by it takes the size away and leaves the direction. $\epsilon = 10^{-8}$
# prevents a division by 0.
#
# **Predict.** Three parameters get the gradients 2, 0.002 and -0.00002. How far does each move in its first step, with $\eta = 0.01$?
#
# <details><summary>Think first, then open</summary>
#
# At the first step both averages are averages of one: $\hat m = g$, $\hat v = g^2$, and $\hat m / \sqrt{\hat v} = \pm 1$. Each moves by 0.01, against
# its sign.
#
# </details>
#
# In optax an optimizer is a pair of functions. `init(parameters)` makes its memory, the *state*. `update(gradient, state)` returns what to *add* to
# the parameters, and the new state.

# %%
gradient = jnp.array([2.0, 0.002, -0.00002])
parameters = jnp.zeros(3)
for name, rule in {"gradient descent": optax.sgd(0.01), "Adam": optax.adam(0.01)}.items():
    change, _ = rule.update(gradient, rule.init(parameters))
    print(f"{name:16}", change)
assert jnp.allclose(change, jnp.array([-0.01, -0.01, 0.01]), rtol=1e-2)

# %% [markdown]
# Now Adam by hand, over four steps. We keep all the gradients in a list and take the weighted means anew each time, exactly as the sentence above
# says it.

# %%
import numpy as np

gradients = np.array([[2.0, 0.002], [1.5, -0.001], [-0.5, 0.003], [1.0, 0.002]], np.float32)  # (steps, parameters)


def weighted_mean(history, b):
    """history: (steps, parameters), oldest first;  the weight of each is b to the power of its age."""
    weights = b ** np.arange(len(history))[::-1]  # the newest has age 0
    return (weights[:, None] * history).sum(axis=0) / weights.sum()


by_hand = np.zeros(2)
adam = optax.adam(0.01)
by_optax = jnp.zeros(2)
state = adam.init(by_optax)
for t in range(1, 5):
    m_hat = weighted_mean(gradients[:t], 0.9)
    v_hat = weighted_mean(gradients[:t] ** 2, 0.999)
    by_hand = by_hand - 0.01 * m_hat / (np.sqrt(v_hat) + 1e-8)

    change, state = adam.update(jnp.array(gradients[t - 1]), state)
    by_optax = by_optax + change
    assert np.allclose(by_hand, by_optax, atol=1e-5)
    print(f"step {t}   by hand {by_hand}   optax {np.asarray(by_optax)}")

# %% [markdown]
# The same, step by step, up to rounding. But nobody can keep all the gradients of a long training. There is a trick: keep a *running* average,
#
# $$m \leftarrow b_1 m + (1 - b_1) g, \qquad v \leftarrow b_2 v + (1 - b_2) g^2$$
#
# Each old gradient is multiplied by $b$ once more at every step, which is just its weight. Only one thing is missing. Both begin at 0, and after $t$
# steps the weights sum to $1 - b^t$, not to 1. So divide by that: $\hat m = m / (1 - b_1^t)$, $\hat v = v / (1 - b_2^t)$. This is called the *bias
# correction*.

# %%
t, b = 4, 0.9
weights = [(1 - b) * b**age for age in range(t)]
assert abs(sum(weights) - (1 - b**t)) < 1e-12
sum(weights)

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: one step of Adam
#
# Given a parameter, its gradient, and the running averages `m` and `v` so far, do step number `step` (the first one is 1). Return the new parameter,
# `m` and `v`. All four may be arrays of one shape: every entry has its own step. The result must be what `optax.adam` gives.


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

# %% [markdown]
# ## A schedule, and a limit
#
# Near the floor, large steps jump about it, and small ones settle. At the start small steps waste time. So the learning rate changes while we train:
# a **schedule**. A common one rises for a few steps (*warm-up*: the averages of Adam know little yet) and then falls like half a wave of a cosine.
#
# A schedule in optax is a function from the step to the rate. Look for the two parts.

# %%
STEPS = 600
schedule = optax.warmup_cosine_decay_schedule(init_value=0.001, peak_value=0.01, warmup_steps=50, decay_steps=STEPS)
steps = jnp.arange(STEPS + 1)
rates = jax.jit(schedule)(steps)
assert int(rates.argmax()) == 50 and abs(float(rates.max()) - 0.01) < 1e-6 and float(rates[-1]) < 1e-6
plots.curves({"learning rate": (steps, rates)}, "step", "learning rate", title="Warm-up, then a cosine")

# %% [markdown]
# It rises for 50 steps and then falls, slowly, fast, slowly again, to 0 at the last step.
#
# **Clipping** is a limit. A single strange batch may give a huge gradient, and one step could undo a hundred. The length of the whole gradient,
# $\sqrt{\sum_i g_i^2}$ over all parameters, is called its *global norm*. If it is above the limit, the gradient is made shorter; its direction stays.
#
# Look at where the curve bends.

# %%
clip = optax.clip_by_global_norm(1.0)
lengths = np.linspace(0.0, 4.0, 17)
direction = jnp.array([0.6, 0.8])  # of length 1
clipped = [clip.update(direction * length, clip.init(direction))[0] for length in lengths]
clipped_lengths = [float(jnp.linalg.norm(g)) for g in clipped]
assert max(clipped_lengths) < 1 + 1e-5 and np.allclose(clipped_lengths, np.minimum(lengths, 1), atol=1e-5)
assert jnp.allclose(clipped[-1], direction, atol=1e-5)  # the direction is the same
plots.curves(
    {"clipped": (lengths, clipped_lengths), "as it came": (lengths, lengths)},
    "global norm of the gradient, before",
    "global norm, after",
    title="A limit of 1",
)

# %% [markdown]
# Up to 1 nothing happens. Beyond it, every gradient leaves with length 1.
#
# `optax.chain` puts rules in a row: what one returns, the next receives. First the limit, then Adam with the schedule. We keep this recipe for the
# long training. The loop by hand, which comes first, takes Adam alone.

# %%
recipe = optax.chain(optax.clip_by_global_norm(1.0), optax.adam(schedule))

# %% [markdown]
# ## The training loop by hand
#
# Now all the parts come together. First one step. Line by line:
#
# - `@nnx.jit` compiles the function below it at its first call. It knows Flax models and may change them.
# - `loss_of` is the loss as a function of the model, because the gradient is taken with respect to the model's parameters.
# - `nnx.value_and_grad(loss_of)` is a new function. It returns the loss and, for every parameter, its gradient.
# - `optimizer.update(model, gradients)` asks the optax rule for the changes, adds them to the parameters *in the model*, and keeps the new state.


# %%
@nnx.jit
def train_step(model, optimizer, inputs, targets):
    def loss_of(model):
        logits = model(inputs)  # (batch, time, vocab)
        return optax.softmax_cross_entropy_with_integer_labels(logits, targets).mean()

    loss, gradients = nnx.value_and_grad(loss_of)(model)
    optimizer.update(model, gradients)
    return loss


# %% [markdown]
# Then the loop.
#
# - `nnx.Optimizer` ties an optax rule to a model and holds the rule's state. `wrt=nnx.Param`: the parameters are what is to be trained.
# - `jax.random.fold_in(key, number)` makes a new key from a key and a number: every step has its own, and so its own windows (lesson 04: one key a
#   draw).


# %%
def train_by_hand(step_function, steps):
    model = PerPositionMLP(V, 64, 128, rngs=nnx.Rngs(0))
    optimizer = nnx.Optimizer(model, optax.adam(0.01), wrt=nnx.Param)
    losses = []
    for number in range(steps):
        step_key = jax.random.fold_in(jax.random.key(0), number)
        inputs, targets = draw(step_key, train_ids, 32, 32)  # 32 windows of 32
        losses.append(step_function(model, optimizer, inputs, targets))
    return model, optimizer, np.array(losses)  # (steps,), nats


model, optimizer, losses = train_by_hand(train_step, 300)
assert abs(losses[0] - math.log(V)) < 0.3 and losses[-50:].mean() < 2.5
print("first loss", losses[0], "  mean of the last 50", losses[-50:].mean())

# %% [markdown]
# It goes down. These losses are of single batches, each with its own luck. To judge the model we use the held-out part, all of it. And we have a
# short way: this network *is* a table (lesson 03). Ask it about every character once, and the function that judged the counts judges the network.


# %%
@nnx.jit
def as_table(model):
    """ln p(next | previous), (vocab, vocab): what a network that sees one character says after each one."""
    return nnx.log_softmax(model(jnp.arange(model.vocab_size)[None])[0])


by_hand_loss = floors.bigram_loss(as_table(model), val_ids)
assert abs(by_hand_loss - bigram_floor) < 0.1
print(f"held-out loss {by_hand_loss:.4f} nats, bigram floor {bigram_floor:.4f} nats")

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
# Here is another training step. It is written as one often sees it, with a shift inside the loss: the logits at a position are compared with the
# target at the *next* position. It is used with the same batches as ours. What does it learn?


# %% slideshow={"slide_type": "-"}
@nnx.jit
def another_step(model, optimizer, inputs, targets):
    def loss_of(model):
        logits = model(inputs)[:, :-1]
        return optax.softmax_cross_entropy_with_integer_labels(logits, targets[:, 1:]).mean()

    loss, gradients = nnx.value_and_grad(loss_of)(model)
    optimizer.update(model, gradients)
    return loss


other_model, _, other_losses = train_by_hand(another_step, 300)

# %% [markdown] slideshow={"slide_type": "slide"}
# Here are both curves, each loss averaged over 10 steps, and the level of a guesser who knows only how common each character is. Would the second
# curve have worried you?

# %% slideshow={"slide_type": "-"}
unigram_floor = floors.unigram_loss(floors.add_one_log_probs(floors.unigram_counts(train_ids, V)), val_ids)  # nats


def smooth(values, size):
    """Means of `size` values each, and the step at which each mean ends."""
    means = np.asarray(values).reshape(-1, size).mean(axis=1)
    return size * np.arange(1, len(means) + 1), means


plots.curves(
    {"our step": smooth(losses, 10), "the other step": smooth(other_losses, 10)},
    "step",
    "its own loss (nats per character)",
    floors={"characters alone, held-out": unigram_floor},
)

# %% [markdown]
# It falls, smoothly, well below the level of character counts. It stops a little higher, but without the first curve beside it you would not know
# that. Now judge it by what it is for: guessing the next character.

# %% slideshow={"slide_type": "slide"}
own_loss = other_losses[-50:].mean()
true_loss = floors.bigram_loss(as_table(other_model), val_ids)
assert own_loss < unigram_floor - 0.2
assert true_loss > unigram_floor + 0.15 and true_loss > own_loss + 0.4
print(f"the other step: its own loss {own_loss:.3f} nats, its true next-character loss {true_loss:.3f} nats")
print(f"our step:       its own loss {losses[-50:].mean():.3f} nats, its true next-character loss {by_hand_loss:.3f} nats")

# %% [markdown] slideshow={"slide_type": "-"}
# <details><summary>Think first, then open</summary>
#
# The targets were one ahead already, and the loss shifted them once more. It learned the character *after* the next one. Neither line is wrong on its
# own: either shift would be right alone, both together are the bug. As a guesser of the next character it is worse than one who ignores the text and
# knows only the shares. And its own loss cannot tell you so, because it asks the wrong question.
#
# The cure: shift in one place, and print a few pairs, input and target, as we did at the top.
#
# </details>

# %%
after_h = int(as_table(model)[vocabulary.encode("h")[0]].argmax())
other_after_h = int(as_table(other_model)[vocabulary.encode("h")[0]].argmax())
print("after 'h' our model says", repr(vocabulary.decode([after_h])), "and the other", repr(vocabulary.decode([other_after_h])))

# %% [markdown]
# ## Many steps in one call
#
# Our loop asks JAX for something small twice a step: a batch, and a step. Much of the time goes into the asking (lesson 03). The library's `fit` does
# the same training, but compiles up to 100 steps into *one* call: `jax.lax.fori_loop` repeats a function inside the compiled program, the windows are
# cut in there too, and Python hears from it once in 100 steps. It takes an optax rule, and a key for the windows, and it changes the model. After each
# number of steps in `snapshots` it keeps a copy of the model, for the next figure.
#
# The settings that we use again stand in a dictionary, and `**settings` hands them over by their names. Without `progress=False` a bar would show how
# far a long training is, its loss and its speed.

# %%
import time

from chargen_lib.training import fit

network = PerPositionMLP(V, 64, 128, rngs=nnx.Rngs(0))
settings = {"batch_size": 32, "seq_len": 32, "key": jax.random.key(0), "progress": False}
moments = (0, 1, 2, 5, 10, 15, 20, 30, 50, 100, 200, 400, STEPS)
history = fit(network, train_ids, steps=STEPS, optimizer=recipe, val_ids=val_ids, snapshots=moments, **settings)

# %% [markdown]
# A `History` has the loss of every step, the held-out loss every so often, and the speed. To compare, we time 150 more steps of our loop. (Compiling
# is not counted, in either.)

# %%
start = time.perf_counter()
for number in range(300, 450):
    inputs, targets = draw(jax.random.fold_in(jax.random.key(0), number), train_ids, 32, 32)
    loss = train_step(model, optimizer, inputs, targets)
loss.block_until_ready()  # JAX answers before it has finished: wait for the number
by_hand_speed = 150 / (time.perf_counter() - start)
fit_speed = history.characters_per_second / (32 * 32)  # 32 windows of 32 characters a step
print(f"by hand {by_hand_speed:,.0f} steps a second, fit {fit_speed:,.0f}: {fit_speed / by_hand_speed:.1f} times as fast here")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## It arrives
#
# **Predict.** Where does the held-out curve stop? You wrote the number down at the top. And what does the network learn to write first?
#
# The network of each moment writes 200 characters after `The `, drawn by `Sampler(temperature=1.0)` (lesson 04) with one and the same key. So the luck
# is the same at every moment, and only the network changes.
#
# Press Play, or move the slider. Look for these things:
#
# 1. At which step does the held-out curve fall below the line of a guesser who knows only how common each character is?
# 2. Which characters does the text have there, and which has it lost?
# 3. Untick "early steps wider". How long is the network near the floor? What changes in its text in that time?

# %% slideshow={"slide_type": "slide"}
from chargen_lib.generation import generate_text
from chargen_lib.sampling import Sampler
from chargen_lib.widgets import TrainingReplay


def written_by(model):
    sampler = Sampler(temperature=1.0)
    return generate_text(model, vocabulary, "The ", num_chars=200, key=jax.random.key(1), sampler=sampler)


on_the_way = {step: written_by(model) for step, model in history.snapshots.items()}
levels = {"bigram floor": bigram_floor, "characters alone": unigram_floor, "uniform": math.log(V)}
TrainingReplay(history, on_the_way, floors=levels, prompt="The ")

# %%
held_out_at = dict(zip(history.val_steps, history.val_losses, strict=True))
held_out = held_out_at[STEPS]
assert -0.01 < held_out - bigram_floor < 0.02
assert held_out_at[15] > unigram_floor > held_out_at[50]  # the shares first,
assert held_out_at[100] - bigram_floor < 0.1  # the pairs soon after, and then little more


def common(text):
    """The share of small letters and spaces."""
    return sum(c == " " or c.islower() for c in text) / len(text)


def same(text, other):
    return sum(a == b for a, b in zip(text, other, strict=True)) / len(text)


at_the_end = on_the_way[STEPS]
assert common(on_the_way[15]) < 0.65 and common(on_the_way[50]) > 0.8
assert same(on_the_way[15], at_the_end) < 0.5 and same(on_the_way[200], at_the_end) > 0.6
for step in (0, 15, 20, 50, 200):
    text = on_the_way[step]
    print(f"step {step:3}: {common(text):.0%} small letters and spaces, {same(text, at_the_end):.0%} as at the end")

# %%
wall = floors.conditional_entropy(floors.bigram_counts(val_ids, V)) * math.log(2)  # nats: a table that knew the held-out pairs
assert held_out > wall
on_train = floors.bigram_loss(as_table(network), train_ids)
assert -0.001 < floors.nats_to_bits(on_train) - train_floor < 0.05
print(f"held-out: network {held_out:.4f} nats, add-one table {bigram_floor:.4f} nats, no table below {wall:.4f} nats")
print(f"training: network {floors.nats_to_bits(on_train):.4f} bits, floor {train_floor:.4f} bits")

# %% [markdown]
# It fell fast, it slowed down, and it stopped where it had to. It learned first what is common: between steps 15 and 50 most capitals and rare signs
# go, and spaces and small letters come. The pairs follow soon: after 100 steps less than a tenth of a nat is left. The rest of the training is spent
# on that, and most of the text stays as it is. A few hundred steps found what we counted in lesson 01.
#
# On the held-out part a network may end a hair *below* the table of counts. That is no magic. Add-one is one way to guess at pairs that never came,
# and not the best one. The wall is the table that knew the held-out pairs beforehand (lesson 03). It is the last number of the first line printed
# above, and nothing that sees one character gets below it.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## It arrives at the truth
#
# On the stories the floor was itself measured. On `markov` it was calculated, and no text was needed. We take the same network, with its 63
# characters. It must find out, too, that 56 of them never come.

# %% slideshow={"slide_type": "-"}
markov_network = PerPositionMLP(V, 64, 128, rngs=nnx.Rngs(0))
markov_recipe = optax.adam(optax.cosine_decay_schedule(0.01, 400))  # from 0.01 to 0 in 400 steps
markov_history = fit(markov_network, markov_train, steps=400, optimizer=markov_recipe, **settings)
plots.curves(
    {"training, mean of 10 batches": smooth(markov_history.losses / math.log(2), 10)},
    "step",
    "bits per character",
    floors={"entropy rate of the hats": true_rate},
    title="markov: the floor was known before the first step",
)

# %%
markov_bits = floors.nats_to_bits(floors.bigram_loss(as_table(markov_network), markov_val))
assert abs(markov_bits - true_rate) < 0.01

places = np.asarray(vocabulary.encode(markov_characters))  # (7,), where the hats stand in our vocabulary
the_hats = np.zeros((V, V))
the_hats[places[:, None], places] = transitions
with np.errstate(divide="ignore"):  # the log of 0 is -infinity, and no such pair comes
    hats_bits = floors.nats_to_bits(floors.bigram_loss(jnp.array(np.log(the_hats)), markov_val))
assert markov_bits > hats_bits - 0.003
print(f"entropy rate {true_rate:.4f} bits; held-out: network {markov_bits:.4f}, the hats themselves {hats_bits:.4f} bits")

# %% [markdown]
# Within a hundredth of a bit of the truth. If the last digits puzzle you, look at the third number. There we let the hats judge the held-out part:
# the very guesser who knows everything. The entropy rate is an average over endless text, and this piece of 20,000 characters has its own luck.
# Nobody gets below the hats on it by more than luck, and the network does not.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A bigger network
#
# **Predict.** We double the hidden layer, from 128 to 256. Does the loss end lower: clearly, a little, not at all?
#
# <details><summary>Think first, then open</summary>
#
# Not so that it matters. The smaller network was at the floor already, and the floor belongs to *what the model sees*, not to how large it is.
#
# </details>

# %%
bigger = PerPositionMLP(V, 64, 256, rngs=nnx.Rngs(0))
fit(bigger, train_ids, steps=STEPS, optimizer=recipe, **settings)
bigger_loss = floors.bigram_loss(as_table(bigger), val_ids)
assert abs(bigger_loss - held_out) < 0.01 and bigger_loss > bigram_floor - 0.01
sizes = [sum(p.size for p in jax.tree.leaves(nnx.state(m, nnx.Param))) for m in (network, bigger)]  # all the parameters
print(f"{sizes[0]:,} parameters {held_out:.4f} nats, {sizes[1]:,} parameters {bigger_loss:.4f}, floor {bigram_floor:.4f}")

# %% [markdown]
# More parameters, more steps, another optimizer: none of these lets it see one character more. When a loss stops, ask first what the model is able to
# know.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Break it: learning by heart
#
# Now give the network too little to learn from: 500 characters, and 1000 steps.
#
# **Predict.** What will the loss on those 500 characters be? And the loss on the held-out part: will it stop, or do something else?
#
# <details><summary>Think first, then open</summary>
#
# The training loss goes to the floor *of those 500 characters*: $H(\text{next} \mid \text{previous})$ of their own pairs. That is low, because in a
# short text many characters have been followed by one or two others only. The network becomes certain that no other ever will. The held-out part
# holds others, and each is a large surprise. So there the loss falls at first, while what is learned is common to all English, and then it *rises*.
#
# </details>

# %% slideshow={"slide_type": "slide"}
tiny = train_ids[:500]
tiny_network = PerPositionMLP(V, 64, 128, rngs=nnx.Rngs(0))
tiny_settings = settings | {"batch_size": 16}  # | makes a new dictionary, with this entry changed
tiny_history = fit(tiny_network, tiny, steps=1000, optimizer=optax.adam(0.002), val_ids=val_ids, **tiny_settings)
tiny_floor = floors.conditional_entropy(floors.bigram_counts(tiny, V)) * math.log(2)  # nats
plots.curves(
    {
        "training, mean of 20 batches": smooth(tiny_history.losses, 20),
        "held-out": (tiny_history.val_steps, tiny_history.val_losses),
    },
    "step",
    "loss (nats per character)",
    floors={"floor of the 500 characters": tiny_floor, "bigram floor, held-out": bigram_floor},
    title="500 characters: learning by heart",
)

# %%
lowest, last = min(tiny_history.val_losses), tiny_history.val_losses[-1]
tiny_on_train = floors.bigram_loss(as_table(tiny_network), tiny)
assert tiny_floor - 0.001 < tiny_on_train < tiny_floor + 0.1
falling = tiny_history.losses[80:120].mean() - tiny_history.losses[-100:].mean()  # from about step 100 on
assert falling > 0.1 and lowest == tiny_history.val_losses[tiny_history.val_steps.index(100)]
assert tiny_on_train < lowest - 0.4 and last > lowest + 0.3 and lowest > held_out + 0.2
print(f"training {tiny_on_train:.3f} nats (floor {tiny_floor:.3f}); held-out at best {lowest:.3f}, at the end {last:.3f} nats")

# %% [markdown] slideshow={"slide_type": "-"}
# This is **overfitting**: after step 100 the training loss still falls, and the held-out loss rises. The two curves together tell you; one alone does
# not. Two cures are simple. Stop where the held-out curve is lowest (*early stopping*). Or find more text: with all the stories, the same network
# ended far lower, and its two curves stayed together.

# %%
assert abs(floors.bigram_loss(as_table(network), train_ids) - held_out) < 0.05

# %% [markdown]
# ## Experiment: a large batch in small pieces
#
# Large models bring a practical question: what if a batch does not fit into memory? Then read it in pieces and add up their gradients. This is called
# **gradient accumulation**. `optax.MultiSteps(rule, k)` keeps the mean of $k$ gradients and lets the rule take a step only then.
#
# We try it on the smallest trainable thing, a table of logits.
#
# **Predict.** After the first half of the batch, what does it add to the table?


# %%
def table_loss(table, inputs, targets):
    return optax.softmax_cross_entropy_with_integer_labels(table[inputs], targets).mean()


table = jnp.zeros((V, V))
inputs, targets = draw(jax.random.key(2), train_ids, 32, 32)
gradient_of = jax.jit(jax.grad(table_loss))

rule = optax.sgd(0.5)
at_once, _ = rule.update(gradient_of(table, inputs, targets), rule.init(table))

in_pieces = optax.MultiSteps(rule, every_k_schedule=2)
state = in_pieces.init(table)
update = jax.jit(in_pieces.update)
after_first, state = update(gradient_of(table, inputs[:16], targets[:16]), state, table)
after_second, state = update(gradient_of(table, inputs[16:], targets[16:]), state, table)

assert (after_first == 0).all() and jnp.abs(at_once).max() > 1e-3
assert jnp.allclose(after_second, at_once, atol=1e-6)
print("largest difference between two halves and the whole:", float(jnp.abs(after_second - at_once).max()))

# %% [markdown]
# Nothing at all after the first half, and the step of the whole batch after the second. (The halves are equally large here. If they were not, the
# mean of their means would not be the mean of all.) It saves memory, not time: the same characters are read.

# %% [markdown]
# ## Experiment: half the digits
#
# Numbers in JAX have 32 bits, about seven decimal digits. **bfloat16** has 16 bits: the same range, but only two to three digits. Half the memory,
# and less work for hardware that is made for it.
#
# **Predict.** In bfloat16, what is $1 + 0.001$? And $0.1 + 0.0001$?
#
# <details><summary>Think first, then open</summary>
#
# They are 1 and 0.1 (or what stands for 0.1 there). The small number is lost in the rounding. Now think of a training step with a small learning
# rate: a small change, added to a larger parameter.
#
# </details>

# %%
one, tenth = jnp.bfloat16(1.0), jnp.bfloat16(0.1)
assert one + jnp.bfloat16(0.001) == one and tenth + jnp.bfloat16(0.0001) == tenth
assert jnp.finfo(jnp.bfloat16).max > 1e38
print("after 1 comes", one + jnp.finfo(jnp.bfloat16).eps)

# %% [markdown]
# So one must say *what* is kept in bfloat16. We try two ways. In **mixed precision** (Micikevicius et al. 2018) the parameters stay in float32, and
# only the computing of the layers is done in bfloat16. The other way puts the parameters themselves into bfloat16. In both, the loss is computed in
# float32. The learning rate is small on purpose, 0.0001, and there are only 300 steps: we compare, we do not finish.


# %%
class InFewDigits(nnx.Module):
    """A per-position MLP that computes in bfloat16; its parameters in `param_dtype`; its logits in float32 again."""

    def __init__(self, param_dtype):
        self.mlp = PerPositionMLP(V, 64, 128, rngs=nnx.Rngs(0))
        self.vocab_size = V
        for layer in (self.mlp.embedding, self.mlp.hidden, self.mlp.output):
            layer.dtype = jnp.bfloat16  # what the layer computes in
        parameters = nnx.state(self.mlp, nnx.Param)  # all parameters, as a tree of arrays
        nnx.update(self.mlp, jax.tree.map(lambda p: p.astype(param_dtype), parameters))  # put back, in the other format

    def __call__(self, ids):
        return self.mlp(ids).astype(jnp.float32)


candidates = {
    "all float32": PerPositionMLP(V, 64, 128, rngs=nnx.Rngs(0)),
    "mixed": InFewDigits(jnp.float32),
    "all bfloat16": InFewDigits(jnp.bfloat16),
}
results = {}
for name, candidate in candidates.items():
    run = fit(candidate, train_ids, steps=300, optimizer=optax.adam(1e-4), **tiny_settings)
    results[name] = run.losses[-50:].mean()  # the key is the same, so all three see the same batches
    print(f"{name:13} last 50 batches {results[name]:.4f} nats, {run.characters_per_second:9,.0f} characters a second")

# %%
assert abs(results["mixed"] - results["all float32"]) < 0.03
assert results["all bfloat16"] > results["all float32"] + 0.2

# %% [markdown]
# Mixed precision learned what float32 learned. With everything in bfloat16 many of the small steps were rounded away, and it fell behind. Try a
# hundred times the learning rate: how much of the difference is left?
#
# And the speed? It is printed above, for this machine. A processor without circuits for bfloat16 turns it into float32 and back, which costs time. Do
# not expect a gain on a laptop.

# %% [markdown]
# ## Keep what was learned
#
# A long training will be interrupted. `fit` expects that: when you press the stop button, or Ctrl-C in a terminal, it ends after the steps that are
# done. The model keeps what it learned, and you get the `History` so far, with `interrupted` set. Try it: give `fit` 100,000 steps and press stop. To
# go on later, give it an `nnx.Optimizer` in place of the optax rule: that one keeps Adam's averages from one `fit` to the next.
#
# Our long training ran to its end:

# %%
assert not history.interrupted and len(history.losses) == STEPS
print(history)
print("held-out loss at steps", history.val_steps[:3], "...:", [round(loss, 3) for loss in history.val_losses[:3]], "...")

# %% [markdown]
# To keep a model for tomorrow, write its parameters to disk. That is a **checkpoint**. Loading needs a model of the same shape, made anew; its random
# numbers are replaced. (We use a folder that disappears with the cell. Choose a real one for yours.)

# %%
import tempfile

from chargen_lib import checkpoints

fresh = PerPositionMLP(V, 64, 128, rngs=nnx.Rngs(99))  # another seed: it knows nothing
loss_when_fresh = evaluate(fresh, val_ids, seq_len=32)
with tempfile.TemporaryDirectory() as folder:
    checkpoints.save(network, f"{folder}/stories")
    checkpoints.load(fresh, f"{folder}/stories")
loss_when_loaded = evaluate(fresh, val_ids, seq_len=32)
assert loss_when_fresh > 3.5 and abs(loss_when_loaded - held_out) < 1e-5
print(f"before loading {loss_when_fresh:.3f} nats, after {loss_when_loaded:.4f} nats, when it was trained {held_out:.4f} nats")

# %% [markdown]
# ## The ladder
#
# Two new rows, with the mark of networks. Look for the distance between them and the counts of pairs.

# %%
bits = floors.nats_to_bits
plots.ladder(
    [
        floors.Rung("uniform", math.log2(V)),
        floors.Rung("unigram, add-one", bits(unigram_floor)),
        floors.Rung("bigram, add-one", bits(bigram_floor)),
        floors.Rung("per-position MLP, hidden 128", bits(held_out), kind="network"),
        floors.Rung("per-position MLP, hidden 256", bits(bigger_loss), kind="network"),
    ]
)

# %%
assert math.log2(V) > bits(unigram_floor) > bits(bigram_floor) + 0.5
assert max(abs(bits(loss) - bits(bigram_floor)) for loss in (held_out, bigger_loss)) < 0.03

# %% [markdown]
# Three rows at one height. Whatever sees one character stands there.
#
# Move the slider of the replay to the end once more, and read the text aloud: pairs are right, words are not. This is what the bigram floor *sounds*
# like, and no training takes this network further. To write better it has to see more, and Part II is about that. Before it, two lessons on choosing
# well from what a model says.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What we own now
#
# What was built by hand is in the library and gives the same values. For our network, `evaluate` agrees with the short way through the table.

# %%
assert abs(evaluate(network, val_ids, seq_len=32) - floors.bigram_loss(as_table(network), val_ids)) < 1e-4
assert abs(float(each.mean()) - by_definition) < 1e-5  # the cross-entropy
assert np.allclose(by_hand, by_optax, atol=1e-5)  # Adam
assert abs(floors.nats_to_bits(math.log(2)) - 1) < 1e-12

# %% [markdown] slideshow={"slide_type": "-"}
# | built here | in the library |
# |---|---|
# | a batch of random windows | `training.draw_batch` |
# | the cross-entropy | `optax.softmax_cross_entropy_with_integer_labels` |
# | Adam, a schedule, a limit | `optax.adam`, `optax.warmup_cosine_decay_schedule`, `optax.clip_by_global_norm`, `optax.chain` |
# | the training loop | `nnx.Optimizer`, `training.fit` and its `History` |
# | the loss on all of a text | `training.evaluate` |
# | bits per character | `entropy.nats_to_bits` |
# | a model on disk | `checkpoints.save`, `checkpoints.load` |
#
# Your exercises so far:

# %%
progress(lesson=5)

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
