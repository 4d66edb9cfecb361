# %% [markdown] slideshow={"slide_type": "slide"}
# # 04 · Temperature
#
# **What does dividing by T do to a distribution?**
#
# *About {reading} minutes, and {exercises} more for the exercises · for beginners · you need: [lesson 01](01_text_as_numbers.ipynb) (bits, entropy, pairs), and
# from [lesson 03](03_per_position_mlp.ipynb) what logits and keys are.*
#
# A model does not write. It says how probable each next character is, and somebody has to choose. One number, the *temperature*, decides how
# boldly. You will be able to
#
# - turn logits into probabilities, for logits of any size,
# - say what any temperature does to the odds of two characters, and what it can never do,
# - measure in bits how much choice is left, and find the temperature that leaves as much as you want,
# - draw a character in two ways, and see when a program only pretends to draw.

# %% [markdown]
# ## A row of logits
#
# Lesson 03 ended with this: a network that sees one character is a table in disguise. So for this lesson the table of pairs serves as our model,
# and we need not train anything. Its row for the character `t` holds a number $z_i = \ln p_i$ for each character $i$ that may follow. Those are its
# **logits**, all negative, because a probability is less than 1. Here are the five largest. (`visible` from the library writes a space as ␣ and a
# newline as ↵, so that you can see them.)

# %%
import jax
import jax.numpy as jnp

from chargen_lib import corpora
from chargen_lib import entropy as floors
from chargen_lib.text import Vocabulary, split, visible

fables = corpora.load("fables")
vocabulary = Vocabulary.from_text(fables.text)
characters, V = vocabulary.characters, len(vocabulary)
train_ids, val_ids = split(vocabulary.encode(fables.text))
pair_counts = floors.bigram_counts(train_ids, V)  # (vocab, vocab)
log_probs = floors.add_one_log_probs(pair_counts)  # (vocab, vocab), nats


def logits_after(character):
    return log_probs[characters.index(character)]  # (vocab,)


after_t = logits_after("t")
for i in jnp.argsort(-after_t)[:5].tolist():
    print(f"{visible(characters[i])}  logit {after_t[i]:6.2f}")

# %% [markdown] slideshow={"slide_type": "slide"}
# A network's logits can be any numbers, not only logarithms of probabilities. The **softmax** makes probabilities of them, as in lesson 02:
#
# $$p_i = \frac{e^{z_i}}{\sum_j e^{z_j}}$$
#
# $e^z$ is positive, whatever $z$ is, and dividing by the sum makes the total 1. Here is the formula as code:


# %%
def first_softmax(z):
    weights = jnp.exp(z)  # e^z_i
    return weights / weights.sum()


z = jnp.array([2.0, 1.0, -1.0])
p = first_softmax(z)
assert abs(float(p.sum()) - 1) < 1e-6
p

# %% [markdown] slideshow={"slide_type": "slide"}
# **Predict.** Add 100 to each of the three logits. What happens to the probabilities?
#
# <details><summary>Think first, then open</summary>
#
# Nothing. Every weight is multiplied by the same $e^{100}$, so is their sum, and the division takes it out again. Only *differences* of logits
# mean anything.
#
# </details>

# %%
assert jnp.allclose(first_softmax(z + 80), p, atol=1e-5)
first_softmax(z + 80)

# %% [markdown]
# You may have noticed that the cell adds 80, and not 100.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Break it: large logits
#
# Here is 100, and then 1000. Before you run it, what should the formula give, and what do you think the computer gives?

# %% slideshow={"slide_type": "fragment"}
too_large = first_softmax(jnp.array([1000.0, 999.0, 0.0]))
assert jnp.isnan(first_softmax(z + 100)).any() and jnp.isnan(too_large).any()
print("z + 100:        ", first_softmax(z + 100))
print("1000, 999 and 0:", too_large)

# %% [markdown]
# `nan` is *not a number*: a computation without a result. The reason is the size of what a computer can hold. JAX stores a number in 32 bits, and the
# largest that fits is about $3.4 \times 10^{38}$. $e^{88}$ is smaller than that, $e^{89}$ is larger. What is too large becomes `inf`, infinity, and
# infinity divided by infinity is `nan`. (The 0 at the end of the second row is $e^0 = 1$ divided by infinity.)

# %%
largest = float(jnp.finfo(jnp.float32).max)  # what 32 bits can hold
assert 3.4e38 < largest < 3.5e38
assert jnp.isfinite(jnp.exp(88.0)) and jnp.isinf(jnp.exp(89.0)) and jnp.isinf(jnp.exp(1000.0))
jnp.exp(jnp.array([88.0, 89.0, 1000.0]))

# %% [markdown]
# **Predict.** And logits that are far *below* zero: -1000 and -999?
#
# <details><summary>Think first, then open</summary>
#
# $e^{-1000}$ is too small for 32 bits and becomes 0. Then the sum is 0, and 0 divided by 0 is `nan` too.
#
# </details>

# %%
too_small = first_softmax(jnp.array([-1000.0, -999.0]))
assert jnp.isnan(too_small).all()
too_small

# %% [markdown]
# The cure is the thing you predicted above: a row may be moved by any amount without changing a probability. So move it to where $e^z$ is harmless.
# Which amount, for any row whatever? Think about what the largest exponent may be, and about a sum that must not become 0. Then write it.

# %%
from chargen_lib.exercises import check, progress

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: a softmax for any logits
#
# Return the probabilities, along the last axis: every row of a batch is a distribution of its own. The answer must be finite for logits of 10,000 and
# of -10,000.


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

# %%
assert jnp.allclose(jax.nn.softmax(z), p, atol=1e-6)
assert jnp.allclose(jax.nn.softmax(jnp.array([1000.0, 999.0])), jax.nn.softmax(jnp.array([1.0, 0.0])), atol=1e-6)
jax.nn.softmax(jnp.array([1000.0, 999.0, 0.0]))

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Dividing by T
#
# Before the softmax we may divide all the logits by one number $T$, the **temperature**:
#
# $$p_i = \frac{e^{z_i/T}}{\sum_j e^{z_j/T}}$$
#
# To see what that does, compare two characters. The sum below the line is the same for both, so it drops out of their ratio:
#
# $$\frac{p_i}{p_j} = e^{(z_i - z_j)/T} = \left(e^{z_i - z_j}\right)^{1/T}$$
#
# Such a ratio is called the **odds**. "9 to 1" means: the first is 9 times as likely as the second. And the formula says: *a temperature raises all
# odds to the power $1/T$.*
#
# **Predict.** At $T = 1$ the odds of two characters are 9 to 1. What are they at $T = \frac12$? At $T = 2$? At which $T$ are they 3 to 1?
#
# <details><summary>Think first, then open</summary>
#
# At $T = \frac12$ the power is 2: the odds are $9^2 = 81$ to 1. At $T = 2$ the power is $\frac12$, a square root: 3 to 1, and that is the third
# answer too.
#
# </details>

# %%
nine_to_one = jnp.log(jnp.array([9.0, 1.0]))  # logits whose odds are 9 to 1
odds = {}
for T in (0.5, 1.0, 2.0):
    first, second = jax.nn.softmax(nine_to_one / T)
    odds[T] = float(first / second)
assert abs(odds[0.5] - 81) < 0.1 and abs(odds[1.0] - 9) < 0.01 and abs(odds[2.0] - 3) < 0.01
odds

# %% [markdown]
# So there are two directions. Below $T = 1$ large odds grow larger: the distribution becomes *sharper*. Above $T = 1$ all odds move towards 1 to 1:
# it becomes *flatter*. At $T = 1$ nothing changes, and the model speaks as it learned.
#
# Now a real row. What follows a `q` is nearly always a `u`. We look at its odds against an `x`, which never came after a `q`. (With add-one it counts
# as if it had come once.)

# %%
after_q = logits_after("q")
u, never = characters.index("u"), characters.index("x")
q = characters.index("q")
assert pair_counts[q, never] == 0
for T in (0.5, 1.0, 2.0):
    probs = jax.nn.softmax(after_q / T)
    print(f"T = {T}: odds of u against x {float(probs[u] / probs[never]):8.1f} to 1,   p(u) {float(probs[u]):.3f}")

# %% [markdown]
# At $T = 1$ the odds are 89 to 1, but the probability of `u` is only 0.59. Why? The text has few `q`s, and add-one counts each of the 62 others at
# least once. Small as each share is, together they have 41 %. At $T = \frac12$ the odds are squared, and that *tail* of small shares is all but gone.
# At $T = 2$ the tail rules.

# %%
p_u = {T: float(jax.nn.softmax(after_q / T)[u]) for T in (0.5, 1.0, 2.0)}
assert abs(float(jnp.exp(after_q[u] - after_q[never])) - 89) < 0.1
assert p_u[0.5] > 0.98 and abs(p_u[1.0] - 0.59) < 0.01 and abs(1 - p_u[1.0] - 0.41) < 0.01 and p_u[2.0] < 0.2

# %% [markdown]
# **Why is it called a temperature?** The formula comes from physics. There it says how probable a body is to be in a state of a given energy: a very
# hot body is about as likely to be in one state as in another, a cold one is nearly always in the state of lowest energy. Ackley, Hinton and
# Sejnowski (1985) gave the number $T$ to a network whose units switch on and off by chance. Our characters are the states, and a high logit is a low
# energy.

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: temperature by hand
#
# Return the logits divided by `temperature`. Two cases need care. A temperature of 0 shall mean "always the likeliest": in each row, return the logit
# 0 for that character, and $-\infty$ for every other one; if several are equally likely, the lowest id wins. A negative temperature, or `nan`, means
# nothing: raise a `ValueError`.
#
# `jnp.where(condition, x, y)` takes `x` where the condition holds and `y` where it does not. $\infty$ is `jnp.inf`.


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
# Below is a figure that moves. Each bar is a probability, the slider is the temperature, and the numbers under the bars are computed while you move
# it. The left end of the slider is $T = 0$ itself, the right end $T = \infty$. You can use the arrow keys too, and Home and End for the two ends.
#
# Look for these things:
#
# 1. Stay with `t`. Read the ratio of the two tallest bars at $T = 1$, then near $T = 0.5$. How do the two ratios hang together?
# 2. Go to both ends. Read the entropy there. At which end is nothing left to choose, and at which end does the model no longer know anything?
# 3. Watch the *order* of the bars (tick "likeliest first"). Does it ever change?
# 4. Choose the row of `q`, then that of the space ␣, without moving the slider. Does one temperature leave both the same amount of choice?

# %% slideshow={"slide_type": "slide"}
from chargen_lib.widgets import TemperatureExplorer

TemperatureExplorer.of_bigrams(log_probs, characters, first="t", temperature=1.0)

# %% [markdown]
# <details><summary>Look first, then open</summary>
#
# 1. At half the temperature the ratio is *squared*.
# 2. At $T = 0$ one character is certain, and the entropy is 0 bits: nothing to choose. At $T = \infty$ all 63 are alike, and it is $\log_2 63$ bits,
#    as for somebody who knows nothing.
# 3. Never.
# 4. No. At $T = 0.5$, for example, the space leaves over 2 bits more.
#
# </details>
#
# The same as code. The library has your last exercise too; we import it under another name, so that yours stays yours.

# %%
from chargen_lib.sampling import apply_temperature as library_temperature


def probs_at(logits, T):
    return jax.nn.softmax(library_temperature(logits, T), axis=-1)


order = jnp.argsort(-after_t)  # ids, the likeliest first
top_ratio = {T: float(probs_at(after_t, T)[order[0]] / probs_at(after_t, T)[order[1]]) for T in (1.0, 0.5)}
assert abs(top_ratio[0.5] - top_ratio[1.0] ** 2) < 1e-3  # 1. squared
assert float(floors.entropy_bits(probs_at(after_t, 0.0))) == 0  # 2. nothing to choose
assert abs(float(floors.entropy_bits(probs_at(after_t, float("inf")))) - float(jnp.log2(V))) < 1e-4  # 2. nothing known
for T in (0.1, 0.5, 2.0, 20.0):
    in_order = probs_at(after_t, T)[order]
    assert (in_order[:-1] >= in_order[1:]).all()  # 3. never
assert floors.entropy_bits(probs_at(logits_after(" "), 0.5)) > floors.entropy_bits(probs_at(after_q, 0.5)) + 2  # 4. no
top_ratio

# %% [markdown]
# The third point is the limit of what a temperature can do. It makes a model bolder or more careful. It never prefers a character that the model does
# not prefer, so it adds no knowledge.

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Find the bug: the coldest setting
#
# This function follows the plan of a published example. (`jax.random.categorical(key, logits)` is the draw that you met in lesson 03.) It runs at
# every temperature without an error. Somebody wants no chance at all and sets the temperature to 0. What comes out?


# %% slideshow={"slide_type": "-"}
def as_published(key, logits, temperature):
    return jax.random.categorical(key, logits / temperature)


keys = jax.random.split(jax.random.key(1), 5)
drawn = [int(as_published(key, after_t, 0)) for key in keys]
likeliest = int(jnp.argmax(after_t))
assert drawn == [0] * 5 and likeliest != 0
repr(vocabulary.decode(drawn))

# %% [markdown] slideshow={"slide_type": "slide"}
# <details><summary>Think first, then open</summary>
#
# Every logit here is negative, and a negative number divided by 0 is $-\infty$. If all are $-\infty$ the softmax is `nan` everywhere. The draw has
# nothing left to go by and takes the first of equals, id 0, whatever the model thinks. In our vocabulary that is the newline. In ASCII it is the
# invisible character NUL, so the text seems to be empty.
#
# A negative temperature is accepted too, and turns the order upside down: the likeliest character becomes the unlikeliest.
#
# </details>

# %%
assert jnp.isnan(jax.nn.softmax(after_t / 0)).all()
assert ord("\x00") == 0 and characters[0] == "\n"
upside_down = jax.nn.softmax(after_t / -1.0)
assert int(jnp.argmin(upside_down)) == likeliest

assert int(jnp.argmax(library_temperature(after_t, 0))) == likeliest  # the library does what you did in the exercise
for meaningless in (-1.0, float("nan")):
    try:
        library_temperature(after_t, meaningless)
    except ValueError as error:
        print(error)
    else:
        raise AssertionError(f"{meaningless} was accepted")

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Find the bug: five programs
#
# All five are meant to do the same. `log_softmax` is $\ln p_i = z_i - \ln \sum_j e^{z_j}$, as in lesson 03. Which of them are right? And which of the
# wrong ones would you catch by a test at $T = 1$?


# %% slideshow={"slide_type": "-"}
def renormalise(x):
    return x / x.sum()


programs = {
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
# - **B** is right. One hears that it is not; but `log_softmax(z)` is $z$ minus *one* number $c$ for the whole row. Divided by $T$, that is $z/T$
#   minus $c/T$: the row is moved, and moving a row changes nothing.
# - **C** divides the probabilities, after the softmax. All become larger by the same factor, and making their sum 1 again takes it out: $T$ has no
#   effect at all.
# - **D** treats probabilities as if they were logits. They lie between 0 and 1, so they differ by 1 at most, and no odds can exceed $e^{1/T}$: at
#   $T = 1$ the row is almost flat.
# - **E** divides twice, which is dividing by $T^2$. It happens when the model divides by $T$ and the sampler, in another file, does so again.
#
# At $T = 1$ only D can be seen. **Never test a temperature at 1.**
#
# </details>

# %%
for T in (0.5, 1.0):
    print(f"T = {T}")
    for name, program in programs.items():
        shares = ", ".join(f"{visible(characters[i])} {float(program(after_t, T)[i]):.3f}" for i in order[:4].tolist())
        print(f"  {name}: {shares}")

# %%
A, B, C, D, E = programs.values()


def same(one, other):
    return bool(jnp.allclose(one, other, atol=1e-5))


for T in (0.25, 0.5, 2.0, 4.0):
    assert same(B(after_t, T), A(after_t, T))
    assert same(C(after_t, T), A(after_t, 1.0)) and not same(C(after_t, T), A(after_t, T))
    assert same(E(after_t, T), A(after_t, T**2)) and not same(E(after_t, T), A(after_t, T))
assert same(C(after_t, 1.0), A(after_t, 1.0)) and same(E(after_t, 1.0), A(after_t, 1.0))
flat = D(after_t, 1.0)
assert not same(flat, A(after_t, 1.0)) and flat.max() / flat.min() < jnp.e

# %% [markdown]
# ## The two ends
#
# Now look closely at what happens as $T$ goes to 0, and as it grows without end.
#
# **Predict.** The logits are 2, 2, 1 and $-\infty$: two are equally likely, and the last is impossible. What are the four probabilities at a *very
# small* $T$? What at $T = 0$, by the rule of the exercise? What at a very large $T$?
#
# <details><summary>Think first, then open</summary>
#
# Very small: odds above 1 go to infinity, odds of 1 to 1 stay as they are. So $\frac12, \frac12, 0, 0$.
#
# At $T = 0$, by the rule: $1, 0, 0, 0$. The rule takes the lowest id of equal ones, so that $T = 0$ leaves nothing to chance. With a tie it is not
# quite the limit.
#
# Very large: all odds go to 1 to 1, but 0 times anything stays 0. So $\frac13, \frac13, \frac13, 0$: what is impossible is impossible at every
# temperature.
#
# </details>

# %%
tied = jnp.array([2.0, 2.0, 1.0, -jnp.inf])
ends = {T: probs_at(tied, T) for T in (0, 0.01, 1, 1000.0, float("inf"))}
assert same(ends[0.01], jnp.array([0.5, 0.5, 0, 0])) and same(ends[0], jnp.array([1.0, 0, 0, 0]))
assert jnp.allclose(ends[1000.0], jnp.array([1, 1, 1, 0]) / 3, atol=1e-3)
assert same(ends[float("inf")], jnp.array([1, 1, 1, 0]) / 3)
for T, probs in ends.items():
    print(f"T = {T:<6}", ", ".join(f"{float(p):.3f}" for p in probs))

# %% [markdown]
# ## How much choice is left?
#
# Bars are hard to compare by eye. Lesson 01 has a number for it, the entropy, in bits: the average surprise of somebody who knows the shares.
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
# Bits can be turned into something that you can picture. A choice among 8 equally likely characters has $\log_2 8 = 3$ bits. Backwards: $H$ bits are
# as much choice as there is among $2^H$ equally likely characters. That is the **effective number of choices**, and it need not be a whole number.
# (Books on language models call $2^H$ the *perplexity*.)
#
# **Predict.** Four characters with shares $\frac12, \frac14, \frac18, \frac18$. More or less than 4 effective choices?
#
# <details><summary>Think first, then open</summary>
#
# Less, because they are not equally likely. $H = \frac12 \cdot 1 + \frac14 \cdot 2 + 2 \cdot \frac18 \cdot 3 = 1.75$ bits, and
# $2^{1.75} \approx 3.4$.
#
# </details>

# %%
four = jnp.array([1 / 2, 1 / 4, 1 / 8, 1 / 8])
effective = 2 ** float(floors.entropy_bits(four))
assert abs(float(floors.entropy_bits(jnp.full(8, 1 / 8))) - 3) < 1e-6 and abs(effective - 3.4) < 0.05
effective

# %% [markdown] slideshow={"slide_type": "slide"}
# Now two real rows at many temperatures: after `q` and after the space. At $T = 1$ the space leaves more choice than the `q`.
#
# **Predict.** Will the space leave more choice at *every* temperature?
#
# In the figure look at the two ends of both curves, at where each is steepest, and whether they cross. The temperature runs on a log scale: equal
# steps multiply it by equal factors.

# %% slideshow={"slide_type": "slide"}
from chargen_lib import plots

after_space = logits_after(" ")
temperatures = jnp.geomspace(0.05, 20, 80)  # 80 numbers, each the same factor larger than the one before


def entropy_curve(logits):
    return floors.entropy_bits(jax.nn.softmax(logits / temperatures[:, None], axis=-1))  # (80,)


q_curve, space_curve = entropy_curve(after_q), entropy_curve(after_space)
plots.curves(
    {"after q": (temperatures, q_curve), "after the space": (temperatures, space_curve)},
    "temperature T",
    "entropy (bits)",
    floors={"all 63 alike": float(jnp.log2(V))},
    logx=True,
)

# %%
assert V == 63 and q_curve[0] < 0.05 and space_curve[0] < 0.05  # the cold end: nothing to choose
assert jnp.log2(V) - q_curve[-1] < 0.05 and jnp.log2(V) - space_curve[-1] < 0.05  # the hot end: all alike
at_one, at_two = (abs(temperatures - T).argmin() for T in (1.0, 2.0))
assert space_curve[at_one] > q_curve[at_one] + 0.5 and q_curve[at_two] > space_curve[at_two] + 0.2  # they cross
assert (q_curve[1:] >= q_curve[:-1] - 1e-4).all() and (space_curve[1:] >= space_curve[:-1] - 1e-4).all()  # they rise
steepest = float(temperatures[1:][(q_curve[1:] - q_curve[:-1]).argmax()])
assert 0.5 < steepest < 2
for T in (0.5, 1.0, 2.0):
    q_bits, space_bits = (float(floors.entropy_bits(jax.nn.softmax(row / T))) for row in (after_q, after_space))
    print(f"T = {T}: after q {2**q_bits:5.1f} effective choices, after the space {2**space_bits:5.1f}")

# %% [markdown]
# Both begin at 0 bits and end at the same height, $\log_2 63 \approx 5.98$. In between they cross. The row of `q` has one favourite and a long tail
# of equals. While the favourite holds, there is nothing to choose; when it gives way, somewhere around $T = 1$, the whole tail comes in at once. The
# row of the space has many favourites of different sizes, and they come in one after another.
#
# So a temperature is not an amount of choice. The same $T$ means different things to different rows.

# %% [markdown]
# ## Up, always up
#
# Each curve rises from left to right and never falls. Is that so for every row? Yes, because its slope is never negative. With $H$ in nats, it is
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
# We need not take it on trust: `jax.grad`, from lesson 02, gives the slope without the formula.


# %%
def entropy_at(T, logits):
    return floors.entropy_bits(jax.nn.softmax(logits / T))


slope_at = jax.grad(entropy_at)  # with respect to the first argument, T

for T in (0.5, 1.0, 2.0, 5.0):
    probs = jax.nn.softmax(after_space / T)
    mean = (probs * after_space).sum()
    variance = (probs * (after_space - mean) ** 2).sum()
    by_formula = float(variance / T**3 / jnp.log(2))  # / ln 2: nats to bits
    slope = float(slope_at(T, after_space))
    assert slope > 0 and abs(slope - by_formula) < 1e-2 * slope
    print(f"T = {T}: slope {slope:7.4f} bits per unit of T, by the formula {by_formula:7.4f}")

# %% [markdown]
# A curve that only rises can be searched as you guess a number between 1 and 1000, when you are told each time "higher" or "lower": try the middle,
# throw away the half where it cannot be, and repeat. Ten questions are enough, because $2^{10} > 1000$. This is called **bisection**.

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
        bits = floors.entropy_bits(jax.nn.softmax(logits / middle))
        if bits < target_bits:
            low = middle  # too little choice: it must be hotter
        else:
            high = middle
    return float(middle)
    ### END SOLUTION


# %%
check("temperature_for_entropy", temperature_for_entropy)

# %% [markdown]
# The same can be read off the curves of the figure, less exactly. `jnp.interp(y, ys, xs)` finds `y` between two neighbours in the rising row `ys` and
# returns what lies in between in `xs`. Which temperatures leave 3 bits, as much as 8 equal choices?

# %%
T_q, T_space = (float(jnp.interp(3.0, curve, temperatures)) for curve in (q_curve, space_curve))
for T, row in ((T_q, after_q), (T_space, after_space)):
    assert abs(float(entropy_at(T, row)) - 3) < 0.05
assert 1.7 < T_q / T_space < 2.3
print(f"after q T = {T_q:.2f}, after the space T = {T_space:.2f}")

# %% [markdown]
# For the same amount of choice the row of `q` needs about twice the temperature.

# %% [markdown]
# ## Drawing a character, the first way: a ruler
#
# We have probabilities. How does a program choose by them?
#
# Take a ruler of length 1 and cut it into pieces, one for each character, each as long as its probability. Throw a dart at the ruler, so that every
# place is equally likely to be hit. The piece that it hits is the character. Statisticians call this the *inverse CDF*: the CDF, cumulative
# distribution function, is the list of the right ends of the pieces.
#
# In code the right ends are the running sum, and the dart is a **uniform** random number $u$, from 0 up to but not including 1. The id is the number
# of right ends that lie at $u$ or to the left of it.

# %%
share = jax.nn.softmax(after_t)
right_ends = jnp.cumsum(share)  # (vocab,), the last one is 1, or as near to it as rounding lets it be


def throw(key, n):
    u = jax.random.uniform(key, (n,))  # n darts
    ids = jnp.searchsorted(right_ends, u, side="right")  # how many right ends are <= u
    return jnp.minimum(ids, V - 1)  # if rounding left a gap at the end, it belongs to the last character


print(repr(vocabulary.decode(throw(jax.random.key(2), 40))))

# %% [markdown]
# These are 40 characters that might follow a `t`, each drawn by itself. Many darts should come out as the probabilities say. How far off is the share
# that is furthest off?

# %%
N = 10_000


def counted(ids):
    return jnp.bincount(ids, length=V) / len(ids)  # how often each id occurs, as a share


by_ruler = counted(throw(jax.random.key(3), N))
furthest = float(abs(by_ruler - share).max())
assert furthest < 0.03
furthest

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The second way: noise
#
# There is another way, and it is the one that JAX takes. Add to every logit some random noise of its own, and take the id of the largest sum:
#
# $$\text{id} = \operatorname{argmax}_i \, (z_i + g_i), \qquad g_i = -\ln(-\ln u_i)$$
#
# with a fresh uniform $u_i$ for each character. Noise of this form is called **Gumbel noise**, and the whole is the *Gumbel-max trick*. No sum, no
# division, no softmax. Yet it draws from the softmax.
#
# You need not believe it. Count:

# %%
u = jax.random.uniform(jax.random.key(4), (N, V))  # one for each draw and each character
gumbel_noise = -jnp.log(-jnp.log(u))  # u = 0 gives -inf, which never wins
by_noise = counted(jnp.argmax(after_t + gumbel_noise, axis=-1))
assert abs(by_noise - share).max() < 0.03
print("    softmax  ruler   noise")
for i in order[:6].tolist():
    print(f"{visible(characters[i])}   {share[i]:.3f}    {by_ruler[i]:.3f}   {by_noise[i]:.3f}")

# %% [markdown]
# <details><summary>Why does it work?</summary>
#
# Think of alarm clocks, one for each character. Clock $i$ rings after the time $t_i = -\ln(u_i) / e^{z_i}$. Such times are called *exponential*, and
# $e^{z_i}$ is the clock's *rate*: a clock of twice the rate is twice as likely to ring in the next moment, whatever has happened before. So the first
# clock to ring is clock $i$ with the probability $e^{z_i} / \sum_j e^{z_j}$. That is the softmax.
#
# Now take $-\ln t_i = z_i - \ln(-\ln u_i) = z_i + g_i$. The logarithm keeps the order and the minus sign reverses it: the *earliest* time is the
# *largest* $z_i + g_i$.
#
# </details>
#
# **Predict.** Would noise of another form do, for example uniform noise, or the bell curve of `jax.random.normal`?

# %%
k_uniform, k_normal = jax.random.split(jax.random.key(5))
for name, noise in (
    ("uniform", jax.random.uniform(k_uniform, (N, V))),
    ("normal", jax.random.normal(k_normal, (N, V))),
):
    by_other_noise = counted(jnp.argmax(after_t + noise, axis=-1))
    off = float(abs(by_other_noise - share).max())
    assert off > 0.06 and by_other_noise[likeliest] > share[likeliest] + 0.06
    print(f"{name} noise is off by {off:.2f}, Gumbel noise by {float(abs(by_noise - share).max()):.3f}")

# %% [markdown]
# No. Both draw the likeliest character much too often.
#
# `jax.random.gumbel(key, shape)` draws Gumbel noise.

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: draw with noise
#
# Draw one id for each row of logits: add Gumbel noise drawn with `key`, and take the argmax along the last axis. Use the key as it is given.


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
# `jax.random.categorical` does the same. (`shape=(N,)` asks it for N draws from one row.) With the same key it draws the same noise, and so the same
# characters, one for one:

# %%
key = jax.random.key(6)
jax_noise = jax.random.gumbel(key, (N, V))
by_jax = jax.random.categorical(key, after_t, shape=(N,))
assert (jnp.argmax(after_t + jax_noise, axis=-1) == by_jax).all()

# %% [markdown]
# Seen this way, a temperature is how *loud* the noise is. The largest of $z_i / T + g_i$ is also the largest of $z_i + T g_i$, because multiplying
# all by $T$ keeps their order. At $T = 0$ there is silence, and the likeliest wins. At a large $T$ the noise drowns the model.

# %%
for T in (0.5, 2.0):
    scaled_logits = jnp.argmax(after_t / T + jax_noise, axis=-1)
    scaled_noise = jnp.argmax(after_t + T * jax_noise, axis=-1)
    assert (scaled_logits == scaled_noise).mean() > 0.999  # rounding may decide a dead heat
assert (jnp.argmax(after_t + 0 * jax_noise, axis=-1) == likeliest).all()

# %% [markdown] slideshow={"slide_type": "slide"}
# ## One key, one draw
#
# The same key gives the same numbers, however often you ask (lesson 02). That makes an experiment repeatable. It also means that nobody but you takes
# care that two draws are *different* draws.
#
# `jax.random.split(key, n)` makes `n` new keys out of one. The rule is: **one key, one draw.** If you need two draws, split first, and do not use the
# old key again.
#
# **Predict.** Draw twice after a `t`. With one key for both draws, how often do the two agree? With two keys?
#
# <details><summary>Think first, then open</summary>
#
# With one key: always. With two: sometimes, by chance. Both are character $i$ with the probability $p_i \cdot p_i$, so they agree in $\sum_i p_i^2$
# of all cases.
#
# </details>

# %%
key = jax.random.key(7)
one, two = jax.random.split(key)
pair = [jax.random.categorical(k, after_t, shape=(N,)) for k in (one, two)]
same_key_again = jax.random.categorical(one, after_t, shape=(N,))
assert (pair[0] == same_key_again).all()
agree, by_chance = float((pair[0] == pair[1]).mean()), float((share**2).sum())
assert abs(agree - by_chance) < 0.03
print(f"one key: always; two keys: {agree:.3f} of the time, by chance {by_chance:.3f}")

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Find the bug: a sampler without chance
#
# A tutorial that many have read writes text with a loop like this one. The loop calls a random function, it runs, and characters come out. What is
# wrong?


# %% slideshow={"slide_type": "-"}
def write_as_in_the_tutorial(log_probs, prompt, num_chars):
    newest = vocabulary.encode(prompt)[-1]
    written = []
    for _ in range(num_chars):
        newest = jax.random.categorical(jax.random.key(0), log_probs[newest])
        written.append(int(newest))
    return vocabulary.decode(written)


# %% [markdown]
# **Predict.** First let the table be flat: all logits 0, every character equally likely after every other. What does the loop write? Then our own
# table. After how many characters does the text repeat itself, at the latest?

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
# have come a second time. From there on everything comes again, in the same order. It is called sampling, but chance never has a word.
#
# With a model that remembers more, such a loop can be longer and harder to notice.
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


assert len(set(flat_text)) == 1
assert period(stuck_text) is not None and period(stuck_text) <= 63
print("our table repeats every", period(stuck_text), "characters")

# %% [markdown]
# The repair: in each turn split the key in two, draw with one, and keep the other for the next turn. This draws from the row as it is, so it is what
# the library calls `Sampler(temperature=1.0)`.


# %%
def write(log_probs, prompt, num_chars, key):
    newest = vocabulary.encode(prompt)[-1]
    written = []
    for _ in range(num_chars):
        key, draw_key = jax.random.split(key)
        newest = jax.random.categorical(draw_key, log_probs[newest])
        written.append(int(newest))
    return vocabulary.decode(written)


once, again, another = (write(log_probs, "The fox", 150, jax.random.key(seed)) for seed in (1, 1, 2))
assert period(once) is None and period(another) is None
assert once == again and once != another
print("Sampler(temperature=1.0), key 1:      ", repr(once[:80]))
print("Sampler(temperature=1.0), key 1 again:", repr(again[:80]))
print("Sampler(temperature=1.0), key 2:      ", repr(another[:80]))

# %% [markdown]
# The same key gives the same text; another key gives another. Now chance has a word, and you can still repeat the experiment.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Text at four temperatures
#
# The library puts the parts together. A `Sampler` holds the settings of a draw. (It has three more besides the temperature; they are lesson 06.)
# `generate_text` writes with any model of the course, in one compiled loop, each draw with a key of its own. `BigramTable` makes a model of our
# table, as in lesson 03.
#
# **Predict.** At $T = 0$, how long can the text go on before it repeats itself? Which temperature will look most like a story?
#
# Every sample is written with the same key. Below each one stands how much it surprises our table on average, in bits per
# character.

# %% slideshow={"slide_type": "slide"}
from chargen_lib.generation import generate_text
from chargen_lib.models import BigramTable
from chargen_lib.sampling import Sampler

table = BigramTable(log_probs)
texts, surprise = {}, {}
for T in (0, 0.5, 1, 2):
    sampler = Sampler(temperature=T)
    texts[T] = generate_text(table, vocabulary, "The fox", num_chars=2000, key=jax.random.key(8), sampler=sampler)
    surprise[T] = floors.nats_to_bits(floors.bigram_loss(log_probs, vocabulary.encode(texts[T])))
    print(sampler)
    print(f"   {texts[T][:100]!r}")
    print(f"   {surprise[T]:.2f} bits per character\n")

# %%
true_bits = floors.nats_to_bits(floors.bigram_loss(log_probs, val_ids))  # held-out stories
assert period(texts[0]) is not None and period(texts[0.5]) is None
assert surprise[0] < surprise[0.5] - 0.3 and surprise[0.5] < surprise[1] - 0.3
assert surprise[1] < surprise[2] - 0.5
assert abs(surprise[1] - true_bits) < 0.4
assert sum(a == b for a, b in zip(texts[1], texts[2], strict=True)) > 500  # the same noise, louder
print(f"at T = 0 it repeats every {period(texts[0])} characters; real held-out stories: {true_bits:.2f} bits per character")

# %% [markdown]
# At $T = 0$ the next character depends on the one before and on nothing else, as in the tutorial, so it runs in a circle within 63 steps. At
# $T = \frac12$ the text consists of the commonest pairs, again and again. At $T = 1$ it surprises the table about as much as real stories do: the
# model speaks as it learned. At $T = 2$ the words dissolve. Lay the samples of $T = 1$ and $T = 2$ over each other: many characters are the same. It
# is the same noise, from the same key, only louder.
#
# Less surprise is not better writing. The least surprising of the four says one thing for ever. Holtzman and others (2020) show the same of large
# models: text made as likely as possible is bland and goes round in loops. What one would like is the boldness of $T = 1$ without the rare blunders
# of its tail. That is lesson 06.
#
# And no temperature makes a story out of this table. It orders the same guesses more boldly or more carefully. For better guesses a model has to see
# more.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What we own now
#
# What was built by hand is in the library and gives the same values.

# %%
for T in (0.3, 1.0, 2.5):
    assert same(library_temperature(after_t, T), after_t / T)
    assert same(Sampler(temperature=T).probabilities(after_t), A(after_t, T))
    assert Sampler(temperature=T)(key, after_t) == jnp.argmax(after_t / T + jax.random.gumbel(key, (V,)))
assert Sampler(temperature=0)(key, after_t) == likeliest
assert same(Sampler(temperature=0).probabilities(after_t), jax.nn.one_hot(likeliest, V))
assert same(jax.nn.softmax(after_t), first_softmax(after_t))
assert same(floors.entropy_bits(share), -(share * jnp.log2(share)).sum())

# %% [markdown] slideshow={"slide_type": "-"}
# | built here | in the library |
# |---|---|
# | the stable softmax | `jax.nn.softmax` |
# | temperature, and its two ends | `sampling.apply_temperature` |
# | what is drawn from at a temperature | `sampling.Sampler(temperature=T).probabilities(logits)` |
# | the draw, by Gumbel noise | `jax.random.categorical`; with all settings `Sampler(temperature=T)(key, logits)` |
# | entropy of a row | `entropy.entropy_bits` |
# | the loop with a key for each draw | `generation.generate_text` |
#
# Your exercises so far:

# %%
progress(lesson=4)

# %% [markdown]
# ## Further reading
#
# - D. H. Ackley, G. E. Hinton, T. J. Sejnowski (1985), [*A Learning Algorithm for Boltzmann Machines*](https://doi.org/10.1207/s15516709cog0901_7),
#   Cognitive Science 9, 147-169. A network whose units obey chance and a temperature.
# - C. J. Maddison, D. Tarlow, T. Minka (2014), [*A\* Sampling*](https://arxiv.org/abs/1411.0030), Advances in Neural Information Processing Systems.
#   Gumbel noise and argmax, taken from rows of logits to continuous distributions.
# - A. Holtzman, J. Buys, L. Du, M. Forbes, Y. Choi (2020), [*The Curious Case of Neural Text Degeneration*](https://arxiv.org/abs/1904.09751), ICLR.
#   What sharp and flat decoding do to the text of a large model.
# - The documentation of [`jax.random.categorical`](https://docs.jax.dev/en/latest/_autosummary/jax.random.categorical.html), which names the trick,
#   and of [`jax.random`](https://docs.jax.dev/en/latest/jax.random.html), on keys.
#
# **Next:** [Training](05_training.ipynb). How does a loss go down, and where must it stop?
