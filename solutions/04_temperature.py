# %% [markdown] slideshow={"slide_type": "slide"}
# # 04 · Temperature
#
# **What does dividing by T do to a distribution?**
#
# *About {reading} minutes, and {exercises} more for the exercises · for beginners · you need: [lesson 01](01_text_as_numbers.ipynb) (bits, entropy, pairs), and
# from [lesson 03](03_per_position_mlp.ipynb) what logits and keys are.*
#
# A model says how probable each next character is, and somebody has to choose. One number, the *temperature*, decides how boldly. You will be able to
#
# - turn logits into probabilities, for logits of any size,
# - say what any temperature does to the odds of two characters, and what it can never do,
# - measure in bits how much choice is left, and find the temperature that leaves as much as you want,
# - draw a character, and see when a program only pretends to draw.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Three questions from before
#
# **1.** A network sees one character at a time. By what could you replace it?
#
# <details><summary>Think first, then open</summary>
#
# By a table with a row of logits for each character (lesson 03).
#
# </details>
#
# **2.** Eight characters are equally likely. What is the entropy of the next one?
#
# <details><summary>Think first, then open</summary>
#
# $\log_2 8 = 3$ bits: the average surprise of somebody who knows the shares (lesson 01).
#
# </details>
#
# **3.** You draw twice with the same key. What comes out?
#
# <details><summary>Think first, then open</summary>
#
# The same numbers twice. For two different draws, first split the key (lessons 02 and 03).
#
# </details>

# %% [markdown]
# ## A row of logits
#
# In this lesson the table of pairs is our model, and we need not train anything. Its row for the character `t` holds a number $z_i = \ln p_i$ for each
# character $i$ that may follow. Those are its **logits**, all negative, because a probability is less than 1. (`visible` writes a space as ␣.)

# %%
import jax
import jax.numpy as jnp

from chargen_lib import corpora, entropy
from chargen_lib.text import Vocabulary, split, visible

fables = corpora.load("fables")
vocabulary = Vocabulary.from_text(fables.text)
characters, V = vocabulary.characters, len(vocabulary)
train_ids, val_ids = split(vocabulary.encode(fables.text))
pair_counts = entropy.bigram_counts(train_ids, V)  # (vocab, vocab)
log_probs = entropy.add_one_log_probs(pair_counts)  # (vocab, vocab), nats


def logits_after(character):
    return log_probs[characters.index(character)]  # (vocab,)


after_t = logits_after("t")
order = jnp.argsort(-after_t)  # ids, the likeliest first
for i in order[:5].tolist():
    print(f"{visible(characters[i])}  logit {after_t[i]:6.2f}")

# %% [markdown] slideshow={"slide_type": "slide"}
# A network's logits can be any numbers, not only logarithms of probabilities. The **softmax** makes probabilities of them, as in lesson 02:
#
# $$p_i = \frac{e^{z_i}}{\sum_j e^{z_j}}$$
#
# **Predict.** Add 10 to each of three logits. What happens to the probabilities?
#
# <details><summary>Think first, then open</summary>
#
# Nothing. Every $e^{z_i}$ is multiplied by the same $e^{10}$, so is their sum, and the division takes it out again. Only *differences* matter.
#
# </details>


# %%
def first_softmax(z):
    weights = jnp.exp(z)  # e^z_i
    return weights / weights.sum()


z = jnp.array([2.0, 1.0, -1.0])
print(first_softmax(z), first_softmax(z + 10))

# %%
assert jnp.allclose(first_softmax(z + 10), first_softmax(z), atol=1e-5)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Break it: large logits
#
# **Predict.** The softmax of 1000 and 999, and that of -999 and -1000: what should the formula give, and what will the computer give?
#
# <details><summary>Think first, then open</summary>
#
# The formula gives the same as for 1 and 0, both times. The computer gives `nan`, *not a number*. JAX stores a number in 32 bits, and the largest that
# fits is about $3.4 \times 10^{38}$, between $e^{88}$ and $e^{89}$. What is too large becomes `inf`, infinity, and infinity divided by infinity is `nan`.
# And $e^{-1000}$ is too small and becomes 0; 0 divided by 0 is `nan` too.
#
# </details>

# %% slideshow={"slide_type": "fragment"}
print("should be:      ", first_softmax(jnp.array([1.0, 0.0])))
print("1000, 999:      ", first_softmax(jnp.array([1000.0, 999.0])))
print("-999, -1000:    ", first_softmax(jnp.array([-999.0, -1000.0])))

# %%
for row in ([1000.0, 999.0], [-999.0, -1000.0]):
    assert jnp.isnan(first_softmax(jnp.array(row))).all()
assert 3.4e38 < float(jnp.finfo(jnp.float32).max) < 3.5e38 and jnp.isfinite(jnp.exp(88.0)) and jnp.isinf(jnp.exp(89.0))
print("e^88, e^89:", jnp.exp(jnp.array([88.0, 89.0])))

# %% [markdown]
# The cure is what you predicted first: a row may be moved by any amount without changing a probability. So move it to where $e^z$ is harmless.
# By which amount? Think about what the largest exponent may be, and about a sum that must not become 0.

# %%
from chargen_lib.exercises import check, progress

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: a softmax for any logits
#
# Return the probabilities, along the last axis: every row is a distribution of its own. The answer must be finite for logits of 10,000 and of -10,000.


# %% exercise="softmax" slideshow={"slide_type": "-"}
def softmax(logits):
    """Probabilities of logits.  logits: (..., V);  returns the same shape, each row sums to 1."""
    ### BEGIN SOLUTION
    largest = logits.max(axis=-1, keepdims=True)  # (..., 1)
    weights = jnp.exp(logits - largest)  # the largest exponent is 0: nothing overflows, and the sum is at least 1
    return weights / weights.sum(axis=-1, keepdims=True)
    ### END SOLUTION


# %%
check("softmax", softmax)

# %% [markdown]
# JAX has such a softmax as `jax.nn.softmax`, and we go on with it.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Dividing by T
#
# Before the softmax we may divide all the logits by one number $T$, the **temperature**:
#
# $$p_i = \frac{e^{z_i/T}}{\sum_j e^{z_j/T}}$$
#
# Compare two characters. The sum below the line is the same for both, so it drops out of their ratio, the **odds**:
#
# $$\frac{p_i}{p_j} = e^{(z_i - z_j)/T} = \left(e^{z_i - z_j}\right)^{1/T}$$
#
# "9 to 1" means: the first is 9 times as likely as the second. **A temperature raises all odds to the power $1/T$.**
#
# **Predict.** At $T = 1$ the odds of two characters are 9 to 1. What are they at $T = \frac12$? At $T = 2$?
#
# <details><summary>Think first, then open</summary>
#
# At $T = \frac12$ the power is 2: the odds are $9^2 = 81$ to 1. At $T = 2$ the power is $\frac12$, a square root: 3 to 1.
#
# </details>

# %%
nine_to_one = jnp.log(jnp.array([9.0, 1.0]))  # logits whose odds are 9 to 1
odds = []
for T in (0.5, 1.0, 2.0):
    first, second = jax.nn.softmax(nine_to_one / T)
    odds.append(float(first / second))
    print(f"T = {T}: {odds[-1]:.2f} to 1")

# %%
assert jnp.allclose(jnp.array(odds), jnp.array([81.0, 9.0, 3.0]), atol=0.1)

# %% [markdown]
# Below $T = 1$ large odds grow larger: the distribution becomes *sharper*. Above $T = 1$ all odds move towards 1 to 1: it becomes *flatter*. At $T = 1$
# the model speaks as it learned.
#
# Now a real row. What follows a `q` is nearly always a `u`. We look at its odds against an `x`, which never came after a `q`: with add-one it counts as if
# it had come once.

# %%
after_q = logits_after("q")
q, u, x = (characters.index(character) for character in "qux")
p_u = {T: float(jax.nn.softmax(after_q / T)[u]) for T in (0.5, 1.0, 2.0)}
for T in p_u:
    print(f"T = {T}: odds of u against x {float(jnp.exp((after_q[u] - after_q[x]) / T)):7.1f} to 1,   p(u) {p_u[T]:.3f}")

# %%
assert pair_counts[q, x] == 0 and abs(float(jnp.exp(after_q[u] - after_q[x])) - 89) < 0.1
assert p_u[0.5] > 0.98 and abs(p_u[1.0] - 0.59) < 0.01 and p_u[2.0] < 0.2

# %% [markdown]
# At $T = 1$ the odds are 89 to 1, but the probability of `u` is only 0.59. The text has few `q`s, and add-one counts each of the 62 others at least
# once. Small as each share is, together they have 41 %. At $T = \frac12$ this *tail* of small shares is nearly gone. At $T = 2$ it has most of the probability.

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: temperature by hand
#
# Return the logits divided by `temperature`. Two cases need care. A temperature of 0 shall mean "always the likeliest": in each row, return the logit
# 0 for that character, and $-\infty$ (`-jnp.inf`) for every other one; if several are equally likely, the lowest id wins. A negative temperature, or
# `nan`, means nothing: raise a `ValueError`.
#
# `jnp.where(condition, x, y)` takes `x` where the condition holds and `y` where it does not.


# %% exercise="apply_temperature" slideshow={"slide_type": "-"}
def apply_temperature(logits, temperature):
    """Logits / T.  logits: (..., V);  temperature: a number, 0 or more;  returns the same shape."""
    ### BEGIN SOLUTION
    if not temperature >= 0:  # every comparison with nan is False, so this catches nan too
        raise ValueError(f"temperature must be 0 or more, got {temperature}")
    if temperature == 0:
        likeliest = jnp.argmax(logits, axis=-1, keepdims=True)  # (..., 1); argmax takes the lowest id of equal ones
        ids = jnp.arange(logits.shape[-1])
        return jnp.where(ids == likeliest, 0.0, -jnp.inf)
    return logits / temperature
    ### END SOLUTION


# %%
check("apply_temperature", apply_temperature)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## See it
#
# Below is a figure that moves. Each bar is a probability, the slider is the temperature, from $T = 0$ itself to $T = \infty$. The arrow keys move it
# too, and Home and End go to the two ends. Look for these things:
#
# 1. Stay with `t`. Read the ratio of the two tallest bars at $T = 1$, then near $T = 0.5$. How do you get the second ratio from the first?
# 2. Go to both ends. At which end is nothing left to choose, and at which end does the model no longer know anything?
# 3. Watch the *order* of the bars (tick "likeliest first"). Does it ever change?
# 4. Choose the row of `q`, then that of the space ␣, without moving the slider. Does one temperature leave both the same amount of choice?

# %% slideshow={"slide_type": "slide"}
from chargen_lib.widgets import TemperatureExplorer

TemperatureExplorer.of_bigrams(log_probs, characters, first="t", temperature=1.0)

# %% [markdown]
# <details><summary>Look first, then open</summary>
#
# 1. At half the temperature the ratio is *squared*.
# 2. At $T = 0$ one character is certain. At $T = \infty$ all 63 are alike, as for somebody who knows nothing.
# 3. Never.
# 4. No. At $T = 0.5$, for example, the space leaves over 2 bits more.
#
# </details>
#
# The third point is the limit of what a temperature can do: it never prefers a character that the model does not prefer, so it adds no knowledge. The
# same as code, with the library's `apply_temperature` under another name, so that yours stays yours:

# %%
from chargen_lib.sampling import apply_temperature as library_temperature


def probs_at(logits, T):
    return jax.nn.softmax(library_temperature(logits, T), axis=-1)


def entropy_at(T, logits):
    return entropy.entropy_bits(probs_at(logits, T))


ratio = {T: float(probs_at(after_t, T)[order[0]] / probs_at(after_t, T)[order[1]]) for T in (1.0, 0.5)}
assert abs(ratio[0.5] - ratio[1.0] ** 2) < 1e-3  # 1. squared
assert entropy_at(0.0, after_t) == 0 and abs(entropy_at(float("inf"), after_t) - jnp.log2(V)) < 1e-4  # 2. the two ends
for T in (0.1, 0.5, 2.0, 20.0):
    in_order = probs_at(after_t, T)[order]
    assert (in_order[:-1] >= in_order[1:]).all()  # 3. never
assert entropy_at(0.5, logits_after(" ")) > entropy_at(0.5, after_q) + 2  # 4. no

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Find the bug: the coldest setting
#
# This function follows the plan of a published example. (`jax.random.categorical` is the draw of lesson 03.) Somebody wants no chance at all and sets
# the temperature to 0. What comes out?


# %% slideshow={"slide_type": "-"}
def as_published(key, logits, temperature):
    return jax.random.categorical(key, logits / temperature)


keys = jax.random.split(jax.random.key(1), 5)
drawn = [int(as_published(key, after_t, 0)) for key in keys]
print(repr(vocabulary.decode(drawn)), "and not", repr(characters[int(order[0])]))

# %% [markdown] slideshow={"slide_type": "slide"}
# <details><summary>Think first, then open</summary>
#
# Every logit here is negative, and a negative number divided by 0 is $-\infty$. If all are $-\infty$ the softmax is `nan` everywhere. The draw has
# nothing left to compare and takes id 0, whatever the model thinks: here the newline. A negative temperature is accepted too, and turns the order upside
# down.
#
# </details>

# %%
assert drawn == [0] * 5 and characters[0] == "\n" and order[0] != 0
assert jnp.isnan(jax.nn.softmax(after_t / 0)).all() and jnp.argmin(after_t / -1.0) == order[0]
assert jnp.argmax(library_temperature(after_t, 0)) == order[0]  # the library does what you did in the exercise

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Find the bug: five programs
#
# All five are meant to do the same. (`log_softmax` is $\ln p_i = z_i - \ln \sum_j e^{z_j}$.) Which of them are right? And which of the wrong ones would
# you catch by a test at $T = 1$?


# %% slideshow={"slide_type": "-"}
def renormalise(x):
    return x / x.sum()


programs = {  # lambda z, T: ... is a function of z and T, without a name
    "A": lambda z, T: jax.nn.softmax(z / T),
    "B": lambda z, T: jax.nn.softmax(jax.nn.log_softmax(z) / T),
    "C": lambda z, T: renormalise(jax.nn.softmax(z) / T),
    "D": lambda z, T: jax.nn.softmax(jax.nn.softmax(z) / T),
    "E": lambda z, T: jax.nn.softmax(jax.nn.log_softmax(z / T) / T),
}

# %% [markdown] slideshow={"slide_type": "slide"}
# <details><summary>Think first, then open</summary>
#
# - **A** is the definition.
# - **B** is right: `log_softmax(z)` is $z$ minus *one* number for the whole row, and moving a row changes nothing.
# - **C** divides the probabilities. All change by the same factor, and making their sum 1 again takes it out: $T$ has no effect.
# - **D** treats probabilities as logits. They differ by 1 at most, so no odds can exceed $e^{1/T}$: at $T = 1$ the row is almost flat.
# - **E** divides twice, which is dividing by $T^2$: once in the model, say, and once in the sampler.
#
# At $T = 1$ only D can be seen. **Never test a temperature at 1.**
#
# </details>

# %%
for T in (0.5, 1.0):
    for name, program in programs.items():
        shares = ", ".join(f"{visible(characters[i])} {float(program(after_t, T)[i]):.3f}" for i in order[:4].tolist())
        print(f"T = {T}  {name}: {shares}")

# %%
A, B, C, D, E = programs.values()


def same(one, other):
    return bool(jnp.allclose(one, other, atol=1e-5))


for T in (0.25, 0.5, 2.0, 4.0):
    right = A(after_t, T)
    assert same(B(after_t, T), right) and same(C(after_t, T), A(after_t, 1.0)) and same(E(after_t, T), A(after_t, T**2))
    assert not any(same(program(after_t, T), right) for program in (C, D, E))
assert [same(program(after_t, 1.0), A(after_t, 1.0)) for program in (B, C, D, E)] == [True, True, False, True]
assert D(after_t, 1.0).max() / D(after_t, 1.0).min() < jnp.e

# %% [markdown]
# ## How much choice is left?
#
# Lesson 01 has a number for it, the entropy, in bits:
#
# $$H(p) = -\sum_i p_i \log_2 p_i$$

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: the entropy of each row
#
# Return the entropy of each row of probabilities, in bits. At $T = 0$ most of them are 0: such a character adds nothing, and must not turn the answer
# into `nan`.


# %% exercise="entropy_bits" slideshow={"slide_type": "-"}
def entropy_bits(probs):
    """Entropy in bits.  probs: (..., V), each row sums to 1;  returns (...)."""
    ### BEGIN SOLUTION
    logs = jnp.log2(jnp.where(probs > 0, probs, 1.0))  # log2 of 1 is 0: what cannot come adds nothing
    return -(probs * logs).sum(axis=-1)
    ### END SOLUTION


# %%
check("entropy_bits", entropy_bits)

# %% [markdown]
# A choice among 8 equally likely characters has 3 bits. Backwards: $H$ bits are as much choice as there is among $2^H$ equally likely characters. That
# is the **effective number of choices**, and it need not be a whole number. (Books on language models call it the *perplexity*.)
#
# **Predict.** Four characters with shares $\frac12, \frac14, \frac18, \frac18$. More or less than 4 effective choices?
#
# <details><summary>Think first, then open</summary>
#
# Less: $H = \frac12 \cdot 1 + \frac14 \cdot 2 + 2 \cdot \frac18 \cdot 3 = 1.75$ bits, and $2^{1.75} \approx 3.4$.
#
# </details>

# %%
effective = 2 ** float(entropy.entropy_bits(jnp.array([1 / 2, 1 / 4, 1 / 8, 1 / 8])))
effective

# %%
assert abs(effective - 3.4) < 0.05

# %% [markdown] slideshow={"slide_type": "slide"}
# At $T = 1$ the row of the space leaves more choice than that of the `q`.
#
# **Predict.** Will the space leave more choice at *every* temperature?
#
# In the figure look at the two ends of both curves, and between them. The temperature runs on a log scale: equal steps multiply it by equal factors.

# %% slideshow={"slide_type": "slide"}
from chargen_lib import plots

after_space = logits_after(" ")
temperatures = jnp.geomspace(0.05, 20, 80)  # 80 numbers, each the same factor larger than the one before
# row / temperatures[:, None] is (vocab,) / (80, 1): a table (80, vocab), a row for each temperature
q_curve, space_curve = (entropy.entropy_bits(jax.nn.softmax(row / temperatures[:, None])) for row in (after_q, after_space))
plots.curves(
    {"after q": (temperatures, q_curve), "after the space": (temperatures, space_curve)},
    "temperature T",
    "entropy (bits)",
    levels={"all 63 alike": float(jnp.log2(V))},
    logx=True,
)

# %% [markdown]
# <details><summary>Think first, then open</summary>
#
# No, the curves cross. The row of `q` has one favourite and a long tail of equals. At a low $T$ the favourite has nearly everything; near $T = 1$ it loses
# it to the whole tail at once. The row of the space has several favourites, and its choice grows more slowly.
#
# </details>
#
# So **a temperature is not an amount of choice.** The same $T$ means different things to different rows.

# %%
for curve in (q_curve, space_curve):
    assert curve[0] < 0.05 and jnp.log2(V) - curve[-1] < 0.05  # nothing to choose; all alike
    assert (curve[1:] >= curve[:-1] - 1e-4).all()  # it never falls
assert entropy_at(1.0, after_space) > entropy_at(1.0, after_q) + 0.5  # they cross
assert entropy_at(2.0, after_q) > entropy_at(2.0, after_space) + 0.2
assert (
    jnp.diff(q_curve).max() > 1.5 * jnp.diff(space_curve).max() and 0.5 < temperatures[jnp.diff(q_curve).argmax()] < 2
)  # diff: from each point to the next; there the curve is steepest

# %% [markdown]
# Each curve rises from left to right and never falls. That is so for every row; *For the curious* shows why. A curve that only rises can be searched by
# **bisection**, as you guess a number between 1 and 1000 when you are told "higher" or "lower": try the middle, throw away the half where it cannot be,
# and repeat. Ten questions are enough, because $2^{10} > 1000$.

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: the temperature that leaves so much choice
#
# Return the temperature at which the softmax of `logits` has an entropy of `target_bits`, to a thousandth of a bit. It lies between 0.01 and 100.
# `entropy_at(T, logits)` from above gives the entropy in bits.


# %% exercise="temperature_for_entropy" slideshow={"slide_type": "-"}
def temperature_for_entropy(logits, target_bits):
    """The T at which softmax(logits / T) has target_bits.  logits: (V,);  returns a float."""
    ### BEGIN SOLUTION
    low, high = 1e-3, 1e3  # too cold, too hot
    for _ in range(40):
        middle = (low * high) ** 0.5  # the middle of a log scale
        if entropy_at(middle, logits) < target_bits:
            low = middle  # too little choice: it must be hotter
        else:
            high = middle
    return float(middle)
    ### END SOLUTION


# %%
check("temperature_for_entropy", temperature_for_entropy)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Drawing with noise
#
# How does a program choose by probabilities? JAX adds to every logit some random noise of its own, and takes the id of the largest sum:
#
# $$\text{id} = \operatorname{argmax}_i \, (z_i + g_i), \qquad g_i = -\ln(-\ln u_i)$$
#
# with a fresh random number $u_i$ between 0 and 1 for each character. Noise of this form is called **Gumbel noise**. No softmax is computed, yet this draws
# from the softmax. Count:

# %%
N = 10_000
share = jax.nn.softmax(after_t)


def counted(ids):
    return jnp.bincount(ids, length=V) / len(ids)  # how often each id occurs, as a share


random_numbers = jax.random.uniform(jax.random.key(4), (N, V))  # one for each draw and each character
by_noise = counted(jnp.argmax(after_t - jnp.log(-jnp.log(random_numbers)), axis=-1))
assert abs(by_noise - share).max() < 0.03
for i in order[:5].tolist():
    print(f"{visible(characters[i])}   softmax {share[i]:.3f}   by noise {by_noise[i]:.3f}")

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: draw with noise
#
# Draw one id for each row of logits: add Gumbel noise, and take the argmax along the last axis. `jax.random.gumbel(key, shape)` draws the noise. Use
# the key as it is given.


# %% exercise="gumbel_sample" slideshow={"slide_type": "-"}
def gumbel_sample(key, logits):
    """One draw from softmax(logits).  key: a JAX key;  logits: (..., V);  returns ids (...)."""
    ### BEGIN SOLUTION
    noise = jax.random.gumbel(key, logits.shape)  # a number of its own for every logit
    return jnp.argmax(logits + noise, axis=-1)
    ### END SOLUTION


# %%
check("gumbel_sample", gumbel_sample)

# %% [markdown]
# `jax.random.categorical` does the same, and with the same key it draws the same characters.
#
# So a temperature is how *loud* the noise is. The largest of $z_i / T + g_i$ is also the largest of $z_i + T g_i$, because multiplying all by $T$ keeps
# their order. At $T = 0$ there is no noise, and the likeliest wins.

# %%
noise = jax.random.gumbel(jax.random.key(6), (N, V))
assert (jnp.argmax(after_t + noise, axis=-1) == jax.random.categorical(jax.random.key(6), after_t, shape=(N,))).all()
for T in (0.5, 2.0):
    agree = jnp.argmax(after_t / T + noise, axis=-1) == jnp.argmax(after_t + T * noise, axis=-1)
    assert agree.mean() > 0.999  # rounding may decide between two sums that are nearly equal

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Find the bug: a sampler without chance
#
# A tutorial by the authors of the JAX AI Stack (2025) draws as this loop does. It runs, and characters come out. What is wrong?


# %% slideshow={"slide_type": "-"}
def write_as_in_the_tutorial(log_probs, prompt, num_chars):
    newest = vocabulary.encode(prompt)[-1]
    written = []
    for _ in range(num_chars):
        newest = jax.random.categorical(jax.random.key(0), log_probs[newest])
        written.append(int(newest))
    return vocabulary.decode(written)


# %% [markdown]
# **Predict.** First let the table be flat: all logits 0. What does the loop write? Then our own table. After how many characters does the text repeat
# itself, at the latest?

# %%
flat_text = write_as_in_the_tutorial(jnp.zeros((V, V)), "The fox", 60)
stuck_text = write_as_in_the_tutorial(log_probs, "The fox", 150)
print("flat table:", repr(flat_text))
print("our table: ", repr(stuck_text[:100]))

# %% [markdown] slideshow={"slide_type": "-"}
# <details><summary>Think first, then open</summary>
#
# Key 0 is made anew in every turn, so every turn adds the *same* noise. On the flat table the largest noise wins each time: one character, for ever.
# On our table the next character depends on the one before and on nothing else. There are 63 characters, so after 63 steps at the latest one must
# have come a second time. From there on everything comes again. **One key, one draw:** split the key in each turn, as in lesson 03.
#
# </details>


# %%
def period(text):
    """The smallest p so that the text, after its first 63 characters, repeats every p characters; None if there is none up to 63."""
    settled = text[63:]
    for p in range(1, 64):
        if settled[p:] == settled[:-p]:  # the text, moved by p, is itself
            return p
    return None


assert len(set(flat_text)) == 1 and period(stuck_text) is not None
print("our table repeats every", period(stuck_text), "characters")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Text at four temperatures
#
# The library's `Sampler` holds the settings of a draw (the other three are lesson 06). `generate_text` writes with any model, each draw with a key of its
# own.
#
# **Predict.** At $T = 0$, how long can the text go on before it repeats itself? Which temperature will look most like a story? Below each sample
# stands how much it surprises our table, in bits per character. (Real held-out stories: 3.3.)

# %% slideshow={"slide_type": "slide"}
from chargen_lib.generation import generate_text
from chargen_lib.models import BigramTable
from chargen_lib.sampling import Sampler

table = BigramTable(log_probs)
texts, surprise = {}, {}
for T in (0, 0.5, 1, 2):
    sampler = Sampler(temperature=T)
    texts[T] = generate_text(table, vocabulary, "The fox", num_chars=2000, key=jax.random.key(8), sampler=sampler)
    surprise[T] = entropy.nats_to_bits(entropy.bigram_loss(log_probs, vocabulary.encode(texts[T])))
    print(f"{sampler}\n   {texts[T][:100]!r}\n   {surprise[T]:.2f} bits per character\n")

# %% [markdown]
# <details><summary>Think first, then open</summary>
#
# At $T = 0$ the next character depends on the one before and on nothing else, so within 63 steps the text repeats itself. By
# the bits, $T = 1$ is most like a story: it surprises the table about as much. $T = \frac12$ surprises it much less, $T = 2$ much more.
#
# </details>
#
# Less surprise is not better writing: the least surprising of the four says one thing for ever. Holtzman and others (2020) show the same of large
# models. Can one have the boldness of $T = 1$ without the rare bad choices of its tail? That is lesson 06.

# %%
true_bits = entropy.nats_to_bits(entropy.bigram_loss(log_probs, val_ids))  # held-out stories
assert round(true_bits, 1) == 3.3 and abs(surprise[1] - true_bits) < 0.4
assert period(texts[0]) is not None and period(texts[0.5]) is None
assert surprise[0] < surprise[0.5] - 0.3 and surprise[0.5] < true_bits - 0.5 and surprise[2] > true_bits + 1

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What we own now
#
# What was built by hand is in the library and gives the same values.

# %%
for T in (0.3, 1.0, 2.5):
    assert same(library_temperature(after_t, T), after_t / T)
    assert same(Sampler(temperature=T).probabilities(after_t), A(after_t, T))
    assert Sampler(temperature=T)(jax.random.key(7), after_t) == jnp.argmax(
        after_t / T + jax.random.gumbel(jax.random.key(7), (V,))
    )
assert same(jax.nn.softmax(z), first_softmax(z))
assert same(entropy.entropy_bits(share), -(share * jnp.log2(share)).sum())

# %% [markdown] slideshow={"slide_type": "-"}
# | built here | in the library |
# |---|---|
# | the stable softmax | `jax.nn.softmax` |
# | temperature, and its two ends | `sampling.apply_temperature` |
# | what is drawn from at a temperature | `sampling.Sampler(temperature=T).probabilities(logits)` |
# | the draw, by Gumbel noise | `jax.random.categorical`, `Sampler(temperature=T)(key, logits)` |
# | entropy of a row | `entropy.entropy_bits` |
# | the loop with a key for each draw | `generation.generate_text` |
#
# Your exercises so far:

# %%
progress(lesson=4)

# %% [markdown]
# ## For the curious
#
# Nothing later needs this part.
#
# ### Why is it called a temperature?
#
# The formula comes from physics. There it says how probable a body is to be in a state of a given energy: a very hot body is about as likely to be in
# one state as in another, a cold one is nearly always in the state of lowest energy. Ackley, Hinton and Sejnowski (1985) gave the number $T$ to a
# network whose units switch on and off by chance. Our characters are the states, and a high logit is a low energy.
#
# ### Up, always up
#
# The entropy never falls when $T$ rises, because its slope is never negative. With $H$ in nats, it is
#
# $$\frac{dH}{dT} = \frac{\mathrm{Var}(z)}{T^3}, \qquad \mathrm{Var}(z) = \sum_i p_i \, (z_i - \bar z)^2, \qquad \bar z = \sum_i p_i z_i$$
#
# $\bar z$ is the mean logit of the characters drawn at temperature $T$. The **variance** $\mathrm{Var}(z)$ says how far their logits spread about it.
# It is a sum of squares, so it is never negative. It is 0 only if all the characters that can come have the same logit; then a temperature has
# nothing to do.
#
# <details><summary>Where the formula comes from</summary>
#
# Write $b = 1/T$ and $Z = \sum_j e^{b z_j}$, so that $\ln p_i = b z_i - \ln Z$ and $H = \ln Z - b \bar z$. The slope of $\ln Z$ in $b$ is $\bar z$,
# and the slope of $\bar z$ in $b$ is $\mathrm{Var}(z)$. So the slope of $H$ in $b$ is
# $\bar z - \bar z - b \, \mathrm{Var}(z) = -b \, \mathrm{Var}(z)$. And $b$ itself changes with $T$ at the rate $-1/T^2$. Multiply:
# $\mathrm{Var}(z) / T^3$.
#
# </details>
#
# `jax.grad`, from lesson 02, gives the slope without the formula:

# %%
slope_at = jax.grad(lambda T, logits: entropy.entropy_bits(jax.nn.softmax(logits / T)))  # with respect to the first argument, T

for T in (0.5, 1.0, 2.0, 5.0):
    probs = jax.nn.softmax(after_space / T)
    mean = (probs * after_space).sum()
    variance = (probs * (after_space - mean) ** 2).sum()
    by_formula = float(variance / T**3 / jnp.log(2))  # / ln 2: nats to bits
    slope = float(slope_at(T, after_space))
    assert slope > 0 and abs(slope - by_formula) < 1e-2 * slope
    print(f"T = {T}: slope {slope:7.4f} bits per unit of T, by the formula {by_formula:7.4f}")

# %% [markdown]
# ### The two ends
#
# **Predict.** The logits are 2, 2, 1 and $-\infty$: two are equally likely, and the last is impossible. What are the four probabilities at a *very
# small* $T$? What at $T = 0$, by the rule of the exercise? What at a very large $T$?
#
# <details><summary>Think first, then open</summary>
#
# Very small: odds above 1 go to infinity, odds of 1 to 1 stay as they are. So $\frac12, \frac12, 0, 0$.
#
# At $T = 0$, by the rule: $1, 0, 0, 0$. The rule takes the lowest id of equal ones, so that $T = 0$ leaves nothing to chance. Where two are equal it is
# not quite the limit.
#
# Very large: all odds go to 1 to 1, but 0 times anything stays 0. So $\frac13, \frac13, \frac13, 0$: what is impossible is impossible at every
# temperature.
#
# </details>

# %%
tied = jnp.array([2.0, 2.0, 1.0, -jnp.inf])
ends = {T: probs_at(tied, T) for T in (0, 0.01, 1, 1000.0, float("inf"))}
for T, probs in ends.items():
    print(f"T = {T:<6}", ", ".join(f"{float(p):.3f}" for p in probs))

# %%
assert same(ends[0.01], jnp.array([0.5, 0.5, 0, 0])) and same(ends[0], jnp.array([1.0, 0, 0, 0]))
assert jnp.allclose(ends[1000.0], jnp.array([1, 1, 1, 0]) / 3, atol=1e-3)
assert same(ends[float("inf")], jnp.array([1, 1, 1, 0]) / 3)

# %% [markdown]
# ### Another way to draw: a ruler
#
# Take a ruler of length 1 and cut it into pieces, one for each character, each as long as its probability. Throw a dart at the ruler, so that every
# place is equally likely to be hit. The piece that it hits is the character. Statisticians call this the *inverse CDF*: the CDF, cumulative
# distribution function, is the list of the right ends of the pieces. In code the right ends are the running sum, and the dart is a uniform random
# number $u$. The id is the number of right ends that lie at $u$ or to the left of it.

# %%
right_ends = jnp.cumsum(share)  # (vocab,), the last one is 1, or as near to it as rounding lets it be


def throw(key, n):
    u = jax.random.uniform(key, (n,))  # n darts
    ids = jnp.searchsorted(right_ends, u, side="right")  # how many right ends are <= u
    return jnp.minimum(ids, V - 1)  # if rounding left a gap at the end, it belongs to the last character


by_ruler = counted(throw(jax.random.key(3), N))
assert abs(by_ruler - share).max() < 0.03
print("the share that is furthest off:", float(abs(by_ruler - share).max()))

# %% [markdown]
# ### Why Gumbel noise?
#
# Think of alarm clocks, one for each character. Clock $i$ rings after the time $t_i = -\ln(u_i) / e^{z_i}$. Such times are called *exponential*, and
# $e^{z_i}$ is the clock's *rate*: a clock of twice the rate is twice as likely to ring in the next moment, whatever has happened before. So the first
# clock to ring is clock $i$ with the probability $e^{z_i} / \sum_j e^{z_j}$. That is the softmax.
#
# Now take $-\ln t_i = z_i - \ln(-\ln u_i) = z_i + g_i$. The logarithm keeps the order and the minus sign reverses it: the *earliest* time is the
# *largest* $z_i + g_i$.
#
# **Predict.** Would noise of another form do, for example uniform noise, or the bell curve of `jax.random.normal`?
#
# <details><summary>Think first, then open</summary>
#
# No. Both draw the likeliest character much too often.
#
# </details>

# %%
for draw_noise in (jax.random.uniform, jax.random.normal):
    by_other_noise = counted(jnp.argmax(after_t + draw_noise(jax.random.key(5), (N, V)), axis=-1))
    too_often = float(by_other_noise[order[0]] - share[order[0]])
    assert too_often > 0.06
    print(f"{draw_noise.__name__} noise: the likeliest comes too often by {too_often:.2f}")

# %% [markdown]
# ## Further reading
#
# - D. H. Ackley, G. E. Hinton, T. J. Sejnowski (1985), [*A Learning Algorithm for Boltzmann Machines*](https://doi.org/10.1207/s15516709cog0901_7),
#   Cognitive Science 9, 147-169. A network whose units obey chance and a temperature.
# - C. J. Maddison, D. Tarlow, T. Minka (2014), [*A\* Sampling*](https://arxiv.org/abs/1411.0030), Advances in Neural Information Processing Systems.
#   Gumbel noise and argmax, taken from rows of logits to continuous distributions.
# - A. Holtzman, J. Buys, L. Du, M. Forbes, Y. Choi (2020), [*The Curious Case of Neural Text Degeneration*](https://arxiv.org/abs/1904.09751), ICLR.
#   What sharp and flat decoding do to the text of a large model.
# - The JAX AI Stack authors (2025), [*Pretraining an LLM using
#   JAX*](https://github.com/jax-ml/jax-ai-stack/blob/319381e9290e5ef7bfd8322af61fbc73fe3b8a5c/docs/JAX_for_LLM_pretraining.md). The tutorial with the key of
#   "A sampler without chance": look for `sample_from`.
# - The documentation of [`jax.random.categorical`](https://docs.jax.dev/en/latest/_autosummary/jax.random.categorical.html), which names the trick,
#   and of [`jax.random`](https://docs.jax.dev/en/latest/jax.random.html), on keys.
#
# **Next:** [Training](05_training.ipynb). How does a loss go down, and how far can it go?
