# %% [markdown] slideshow={"slide_type": "slide"}
# # 12 · Writing fast
#
# **Can a cheap model write for a costly one without changing one probability?**
#
# *About {reading} minutes, and {exercises} more for the exercises · some practice with arrays helps · you need: [lesson 04](04_temperature.ipynb) (drawing, keys), the best table of
# [lesson 08](08_context_windows.ipynb), `scan` from [lesson 09](09_recurrence.ipynb), the transformer of [lesson 10](10_attention.ipynb) and the cache of [lesson 11](11_cache_and_batches.ipynb).*
#
# Your models shall write fast, and not one probability may change. You will
#
# - write one text in four ways, each faster than the one before, and put the loop into a scan,
# - let a table of counts write for a transformer, and prove that nobody can tell,
# - calculate when that saves time, and test whether our models fall into the trap of repetition.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Three questions from before
#
# **1.** A transformer with a cache has read 60 characters (lesson 11), and now it reads one more. How many of the 60 places does it compute anew?
#
# <details><summary>Think first, then open</summary>
#
# None. Their keys and values lie in the cache. It computes the one new place, which asks them.
#
# </details>
#
# **2.** It reads five characters in *one* call (lesson 10). How many distributions of a next character do you get?
#
# <details><summary>Think first, then open</summary>
#
# Five, one after each of the characters. The mask sees to it that each is as if the text ended there.
#
# </details>
#
# **3.** What does a table of Kneser and Ney compute when you ask it for the next character (lesson 08)?
#
# <details><summary>Think first, then open</summary>
#
# Nothing. It looks up a row. The counting was done before.
#
# </details>

# %% [markdown] slideshow={"slide_type": "slide"}
# ## One text, four ways
#
# The house transformer writes 120 characters after `The fox `. The noise of all 120 draws is made beforehand, one row for each character: the largest sum of logit and noise is drawn (lesson
# 04). So all ways must write the same text.
#
# **The first way** reads a row of 128 places for every character. What is not written yet is 0, and the mask hides it. JAX starts each operation by itself, from Python. **The second**
# does the same, compiled.

# %% slideshow={"slide_type": "-"}
import time

import jax
import jax.numpy as jnp
import numpy as np

from chargen_lib import corpora, entropy, plots, pretrained, speculation
from chargen_lib.exercises import check, progress
from chargen_lib.generation import generate
from chargen_lib.kneser_ney import kneser_ney_rows
from chargen_lib.models import NGramTable
from chargen_lib.text import split

(house, vocabulary), (gru, _) = pretrained.load("fables-transformer"), pretrained.load("fables-gru")
train_ids, val_ids = (np.asarray(ids) for ids in split(vocabulary.encode(corpora.load("fables").text)))
V, prompt = len(vocabulary), np.asarray(vocabulary.encode("The fox "))
counts = NGramTable(*kneser_ney_rows(train_ids, V, memory=6))  # the best table of lesson 08
key = jax.random.key(0)
noise = np.asarray(jax.vmap(lambda k: jax.random.gumbel(k, (V,)))(jax.random.split(key, 120)))  # (120, V)


def logits_of(text):  # (128,) -> (128, V)
    return house(text[None])[0]


compiled_logits = jax.jit(logits_of)


def write_by_calls(read, noise):
    text = np.zeros(128, np.int32)
    text[:8] = prompt
    for n, row in enumerate(noise, start=8):  # n characters stand there, and the last of them is at n - 1
        text[n] = (np.asarray(read(text)[n - 1]) + row).argmax()
    return text[8 : n + 1]


# %% [markdown]
# **The third way** has a cache: `house.step` reads one character, and its state is the cache (lesson 11). **The fourth** puts the whole loop into one compiled program.


# %%
def write_by_steps(model, compiled_step, prompt, noise, rows=1):  # -> (rows, time); all rows get the same noise
    state, ids = model.init_state(rows), []
    for id_ in prompt:
        logits, state = compiled_step(np.full(rows, id_, np.int32), state)
    for row in noise:
        ids.append((np.asarray(logits) + row).argmax(axis=-1).astype(np.int32))
        logits, state = compiled_step(ids[-1], state)
    return np.stack(ids, axis=1)


house_step = jax.jit(house.step)

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: the loop in a scan
#
# `step(id, state)` takes one id and a state, and returns logits `(V,)` and the next state. Write `num_chars` characters: read `first_id`, draw, read what was
# drawn, and so on. Character $t$ is `jax.random.categorical(keys[t], logits)`, with `keys = jax.random.split(key, num_chars)`. Return the drawn ids,
# `(num_chars,)`. Use `jax.lax.scan`: Python may call `step` a few times, but not once for each character.


# %% exercise="write_in_scan" slideshow={"slide_type": "-"}
def write_in_scan(step, first_id, state, key, num_chars):
    """Read, draw, read what was drawn, ...  step: id, state -> logits (V,), state;  first_id: int;  returns ids (num_chars,)."""
    ### BEGIN SOLUTION

    def turn(carry, draw_key):
        logits, state = step(*carry)
        id_ = jax.random.categorical(draw_key, logits).astype(jnp.int32)
        return (id_, state), id_

    start = (jnp.asarray(first_id, jnp.int32), state)
    return jax.lax.scan(turn, start, jax.random.split(key, num_chars))[1]
    ### END SOLUTION


# %%
check("write_in_scan", write_in_scan)

# %% [markdown] slideshow={"slide_type": "-"}
# The library's `generate` writes in a compiled loop like yours. We time it as *scan*, and also a **batch**: the third way with 32 rows.
#
# **Predict.** What does each save: the compiled row, the cache, the batch, the scan? And which is of no use to whoever wants one text?


# %%
def milliseconds(ways, rounds):  # a character, the best of some rounds, the ways in turn: so all meet the same disturbances
    times = {name: [] for name in ways}
    for _ in range(1 + rounds):  # the first compiles
        for name, (write, characters) in ways.items():
            start = time.perf_counter()
            jax.block_until_ready(write())
            times[name].append(1000 * (time.perf_counter() - start) / characters)
    return {name: min(of_rounds[1:]) for name, of_rounds in times.items()}


ways = {  # what to time, and how many characters it writes
    "whole row": (lambda: write_by_calls(logits_of, noise[:3]), 3),
    "compiled": (lambda: write_by_calls(compiled_logits, noise), 120),
    "cache": (lambda: write_by_steps(house, house_step, prompt, noise)[0], 120),
    "batch": (lambda: write_by_steps(house, house_step, prompt, noise, 32), 32 * 120),
    "scan": (lambda: generate(house, prompt[None], num_chars=120, key=key)[0], 120),
}
took = milliseconds(ways, rounds=3)


# %% slideshow={"slide_type": "slide"}
def print_table():
    for name, ms in took.items():
        print(f"{name:10} {ms:7.3f} ms a character: {took['whole row'] / ms:6.1f} times as fast as the whole row")


print_table()

# %%
one_text = ways["cache"][0]()
assert all((ways[name][0]() == one_text[: ways[name][1]]).all() for name in ("whole row", "compiled", "scan"))
assert (ways["batch"][0]() == one_text).all()  # each row as if alone
assert str(jax.make_jaxpr(logits_of)(np.zeros(128, np.int32))).count(" = ") > 100  # operations

# %% [markdown]
# <details><summary>Think first, then open</summary>
#
# To start an operation from Python takes longer than to run it, and there are more than a hundred for each character; the compiled row starts once. The cache computes 1 place
# and not 128. In the batch each start serves 32 texts, which is of no use for one. In the scan no Python stands between two characters. The times are those of the machine that ran this:
# look at their order only.
#
# </details>

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Compiled once, or at every step
#
# Why a row of 128, and not just the text so far? The Python code of a compiled function runs only *while it is compiled*. So a list that it
# writes to counts the compilations.
#
# **Predict.** Four texts of four lengths, each counted twice. How often is this function compiled?

# %% slideshow={"slide_type": "-"}
compilations = []


@jax.jit
def how_often(ids):  # (time,) -> (V,): how often each character stands there
    compilations.append(ids.shape)
    return jnp.bincount(ids, length=V)


for n in (8, 9, 10, 11, 8, 9, 10, 11):
    how_often(train_ids[:n])
compilations

# %% [markdown]
# <details><summary>Think first, then open</summary>
#
# Four times, once for each length: a program is compiled for its shapes. A network that reads a growing text would be compiled at every step. A row of fixed length, or a cache, has one shape.
#
# </details>

# %%
assert compilations == [(8,), (9,), (10,), (11,)]

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A cheap model and a costly one
#
# The best table is hardly worse than the house transformer (lesson 10), and computes nothing. The transformer is costly: each call costs much, but it can read five characters in one. So let the
# table propose and the transformer judge (Leviathan and others 2023; Chen and others 2023):
#
# 1. The table **drafts** four characters, one after the other. Each is drawn from what the table gives, $q$.
# 2. The transformer reads them in one call. That tells, at each place, what *it* gives, $p$.
# 3. From left to right, each drafted character is **kept** or **refused**.
# 4. Where one is refused, another is drawn in its place, and the rest of the draft is thrown away. If all four are kept, a fifth is drawn from the transformer's last $p$.
#
# This is called **speculation**. Each call writes one to five characters. All depends on steps 3 and 4: every text must come as often as if the transformer had written alone.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## One character
#
# Three letters. The transformer wants `a`, `b`, `c` with $p = (0.5, 0.3, 0.2)$. The table drafts with $q = (0.2, 0.6, 0.2)$.
#
# It drafts too many `b`: 0.6, where 0.3 are wanted. So every second `b` must be refused. It drafts too few `a`: each is kept, and the 0.3 that are missing must come from the
# refusals. So the rules are:
#
# - **Keep** a drafted $x$ with probability $\min(1, p_x / q_x)$.
# - **After a refusal** draw from what $p$ has above $q$: $\max(p_x - q_x, 0)$, divided by its sum. We call it the **leftover**.
#
# **Predict.** In the example, how often is the drafted letter kept? What is drawn after a refusal?
#
# <details><summary>Think first, then open</summary>
#
# Drafted *and* kept: `a` 0.2, `b` 0.3, `c` 0.2, together 0.7. After a refusal always `a`: no other letter is missing. So `a` comes with $0.2 + 0.3 = 0.5$, as wanted.
#
# </details>

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: keep it?
#
# `p` and `q` are the probabilities of the large model and of the draft, `(V,)`, at one place; `drafted` is the id that was drawn from `q`. Return the probability that it is kept, a
# number.


# %% exercise="accept_probability" slideshow={"slide_type": "-"}
def accept_probability(p, q, drafted):
    """min(1, p / q) at the drafted id.  p, q: (V,), q above 0 there;  drafted: int;  returns a float."""
    ### BEGIN SOLUTION
    return min(1.0, float(p[drafted] / q[drafted]))
    ### END SOLUTION


# %%
check("accept_probability", accept_probability)

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: what is left over
#
# Return the distribution that is drawn from after a refusal, `(V,)`. Where nothing is left over, because $p$ and $q$ are equal, return `p`.


# %% exercise="leftover" slideshow={"slide_type": "-"}
def leftover(p, q):
    """max(p - q, 0), divided by its sum; p where that is 0.  p, q: (V,);  returns (V,)."""
    ### BEGIN SOLUTION
    above = jnp.maximum(p - q, 0)
    return above / above.sum() if above.sum() > 0 else p
    ### END SOLUTION


# %%
check("leftover", leftover)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Nobody can tell
#
# Character $x$ comes in two ways. It is drafted and kept, with probability $q_x \min(1, p_x/q_x) = \min(p_x, q_x)$. Or something is refused, and $x$ is drawn from the leftover. Let
# $s = \sum_i \min(p_i, q_i)$, so a refusal has probability $1 - s$. What $p$ has above $q$ is $\max(p_i - q_i, 0) = p_i - \min(p_i, q_i)$; its sum is $1 - s$ as well. The two cancel:
#
# $$\min(p_x, q_x) + (1 - s)\,\frac{p_x - \min(p_x, q_x)}{1 - s} = p_x$$
#
# The draft has left no trace, whatever $q$ is. Now with our two models, at 508 places of held-out text, for all 63 characters:


# %% slideshow={"slide_type": "-"}
def softmax(z):  # (..., V), in float64
    weights = np.exp(np.asarray(z, np.float64) - np.max(z, axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)


windows = val_ids[:508].reshape(4, 127)
rows_of_128 = np.pad(windows, ((0, 0), (0, 1))).astype(np.int32)  # so long as the row that was compiled
p = softmax([compiled_logits(row)[:127] for row in rows_of_128]).reshape(508, V)
q = softmax(counts(windows)).reshape(508, V)
kept = q * np.minimum(1, p / q)  # (508, V): drafted and kept
refused = 1 - kept.sum(axis=1, keepdims=True)
left_over = np.maximum(p - q, 0)
written = kept + refused * left_over / left_over.sum(axis=1, keepdims=True)
print(f"largest difference from p: {abs(written - p).max():.1e};  of q from p: {abs(p - q).max():.2f}")
assert abs(written - p).max() < 1e-12 < 0.5 < abs(p - q).max()

# %% [markdown] slideshow={"slide_type": "-"}
# No rule keeps more: $x$ cannot be kept more often than it is drafted, $q_x$, nor more often than it is wanted, $p_x$.
#
# **Predict.** In how many of 100 places does the transformer keep what the table drafts?

# %%
share = kept.sum(axis=1).mean()
print(f"{share:.3f} are kept")

# %% [markdown]
# <details><summary>Think first, then open</summary>
#
# In about three of four. The two have learned from the same text, and mostly agree.
#
# </details>

# %%
assert 0.68 < share < 0.82

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: how many are kept?
#
# A draft of `n` characters: `p` and `q` are `(n, V)`, a row for each place, `drafted` and `uniforms` are `(n,)`. A uniform number is drawn from 0 to 1, each as likely as any other; so it is *below* $p/q$ with
# probability $\min(1, p/q)$. Then the character is kept. Return how many are kept: all before the first that is refused.


# %% exercise="accepted_length" slideshow={"slide_type": "-"}
def accepted_length(uniforms, p, q, drafted):
    """How many drafted characters are kept.  uniforms, drafted: (n,);  p, q: (n, V);  returns an int."""
    ### BEGIN SOLUTION
    for place, id_ in enumerate(drafted):
        if not uniforms[place] < p[place, id_] / q[place, id_]:
            return place
    return len(drafted)
    ### END SOLUTION


# %%
check("accepted_length", accepted_length)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A whole text
#
# In the library the three are one function: `speculation.judge(p, q, drafted, uniforms)` says how many are kept, and what to draw the next character from. The table walks from row to row; after a refusal it
# must go back to the row where the kept text ends.


# %%
log_q = np.asarray(counts.log_probs[...])  # (rows, V)
next_row = np.asarray(counts.next_row[...])  # (rows, V): the row after each character
judge = jax.jit(speculation.judge)


def write_with_draft(g, seed, probs=softmax, judge=judge, go_back=True):
    """100 characters after the prompt, g drafted at a time: the text, how many were kept, how many refused, how many calls."""
    rng, text, n, row = np.random.default_rng(seed), np.zeros(128, np.int32), 8, int(counts.start_row[...])
    text[:8] = prompt
    for id_ in prompt:
        row = next_row[row, id_]
    kept = refused = calls = 0
    while n < 108:
        q, there = [], row
        for place in range(n, n + g):  # the table drafts
            q.append(probs(log_q[there]))
            text[place] = rng.choice(V, p=q[-1])
            there = next_row[there, text[place]]
        p = probs(compiled_logits(text)[n - 1 : n + g])  # (g + 1, V): the transformer reads, in one call
        accepted, last = judge(p, np.array(q), text[n : n + g], rng.random(g))
        accepted, last = int(accepted), np.asarray(last, np.float64)
        text[n + accepted] = rng.choice(V, p=last / last.sum())
        for id_ in text[n : n + accepted + 1]:  # the table reads what was written
            row = next_row[row, id_]
        row = row if go_back else next_row[there, text[n + accepted]]
        n, kept, refused, calls = n + accepted + 1, kept + accepted, refused + (accepted < g), calls + 1
    return text[8:108], kept, refused, calls


# %%
print(vocabulary.decode(write_with_draft(4, seed=0)[0]))

# %% [markdown]
# At temperature 0 there is nothing to draw, so this must write what the transformer writes alone:


# %%
def likeliest(z):  # temperature 0: all probability on one character
    return np.eye(V)[np.argmax(z, axis=-1)]


alone = write_by_steps(house, house_step, prompt, 0 * noise[:100])[0]
for g in (1, 4):
    assert (write_with_draft(g, 0, probs=likeliest)[0] == alone).all()
vocabulary.decode(alone)

# %% [markdown]
# Such texts, call by call. Choose another length of the draft: what changes, the text or the calls? And the draft that sees one character alone: what becomes of its proposals?

# %% slideshow={"slide_type": "-"}
from chargen_lib.widgets import DraftExplorer

DraftExplorer()

# %% [markdown]
# <details><summary>Look first, then open</summary>
#
# The text stays (the figure gives each place random numbers of its own), and the calls are others. The draft that sees one character is refused more often.
#
# </details>

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Characters a call
#
# Suppose each of $g$ drafted characters is kept with the same probability $a$, if all before it were. Then the first is kept with probability $a$, the second with $a^2$, and so on, and one more is always written. On average a call writes
#
# $$1 + a + a^2 + \dots + a^g = \frac{1 - a^{g+1}}{1 - a}$$
#
# **Predict.** $a = \frac34$. How many characters does a call write with $g = 4$, and how many with a draft as long as you like?
#
# <details><summary>Think first, then open</summary>
#
# With 4: $(1 - 0.237)/0.25 \approx 3.05$. With any length: less than $1/(1 - a) = 4$.
#
# </details>

# %% [markdown] slideshow={"slide_type": "slide"}
# ### Exercise: characters a call
#
# Return the formula's value as a number. For `acceptance` 1 each draft is kept whole.


# %% exercise="expected_length" slideshow={"slide_type": "-"}
def expected_length(acceptance, draft_length):
    """1 + a + a^2 + ... + a^g: characters a call.  acceptance: a, 0 to 1;  draft_length: g, an int;  returns a float."""
    ### BEGIN SOLUTION
    return float(sum(acceptance**place for place in range(draft_length + 1)))
    ### END SOLUTION


# %%
check("expected_length", expected_length)

# %% slideshow={"slide_type": "slide"}
totals = {g: np.sum([write_with_draft(g, seed)[1:] for seed in range(3)], axis=0) for g in (1, 2, 4, 8)}  # kept, refused, calls
a = sum(kept for kept, _, _ in totals.values()) / sum(kept + refused for kept, refused, _ in totals.values())
print(f"kept {a:.3f} of those judged")
by_formula = {g: (1 - a ** (g + 1)) / (1 - a) for g in totals}
a_call = {g: (kept + calls) / calls for g, (kept, _, calls) in totals.items()}
for g in totals:
    print(f"draft of {g}: {a_call[g]:.2f} characters a call, by the formula {by_formula[g]:.2f}")

# %%
assert 0.68 < a < 0.85 and round(share, 2) == 0.78 and all(abs(a_call[g] / by_formula[g] - 1) < 0.25 for g in totals)
assert 1.6 < a_call[1] < a_call[2] < a_call[4] < a_call[8]

# %% [markdown]
# As far as 12 short texts can tell, the formula fits, although nothing makes one character be kept independently of the others. (They are a small sample for $a$ too: in the
# fables 0.78 were kept.)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Break it: the draft does not go back
#
# Let the table not go back after a refusal, but go on from the row to which its *whole* draft had led.
#
# **Predict.** Is the text still the transformer's? And how much does a call write?

# %% slideshow={"slide_type": "-"}
lost_text = write_with_draft(4, 0, probs=likeliest, go_back=False)[0]
kept_lost, _, calls = np.sum([write_with_draft(4, seed, go_back=False)[1:] for seed in range(3)], axis=0)
lost_call = (kept_lost + calls) / calls
print(f"same text at temperature 0: {(lost_text == alone).all()};  {lost_call:.2f} characters a call, before {a_call[4]:.2f}")

# %% [markdown]
# <details><summary>Think first, then open</summary>
#
# Still the transformer's, for any $q$ will do. But a lost draft is refused more often. Nobody who reads the texts would notice. (If the *transformer's* cache did not go back, $p$ itself would be wrong.)
#
# </details>

# %%
assert (lost_text == alone).all() and lost_call < a_call[4] - 0.3

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Find the bug: a judge that passes its test
#
# This judge writes, at temperature 0, exactly what the transformer writes alone. What is wrong with it?


# %% slideshow={"slide_type": "-"}
def other_judge(p, q, drafted, uniforms):
    places = np.arange(len(drafted))
    keep = uniforms < np.minimum(1, p[places, drafted] / q.max(axis=-1))
    accepted = len(drafted) if keep.all() else int(keep.argmin())  # the first that is False
    above = np.maximum(p[accepted] - q[accepted], 0) if accepted < len(drafted) else p[accepted]
    return accepted, above / above.sum()


assert (write_with_draft(4, 0, probs=likeliest, judge=other_judge)[0] == alone).all()

# %% [markdown]
# <details><summary>Think first, then open</summary>
#
# It divides by the probability of the character that the draft likes *best*, `q.max`, not of the one that was *drafted*. At temperature 0 the two are the same. Otherwise rare characters are refused too often.
#
# </details>

# %% [markdown] slideshow={"slide_type": "slide"}
# Two more mistakes: to draft at temperature 0.7 and score with the $q$ of temperature 1; and to draw from $p$ itself after a refusal. How far from $p$ is what each of them writes? We add up how far each
# probability is off, and halve it, because what is too much at one character is missing at another.
#
# **Predict.** Which of the three does a test at temperature 0 find?


# %% slideshow={"slide_type": "-"}
def off(kept, after_refusal):  # mean distance of what is written from p
    return float(abs(kept + (1 - kept.sum(axis=1, keepdims=True)) * after_refusal - p).sum(axis=1).mean() / 2)


right = left_over / left_over.sum(axis=1, keepdims=True)
colder = q ** (1 / 0.7) / (q ** (1 / 0.7)).sum(axis=1, keepdims=True)
mistakes = {
    "none": off(kept, right),
    "q of the likeliest": off(q * np.minimum(1, p / q.max(axis=1, keepdims=True)), right),
    "drafted at 0.7": off(colder * np.minimum(1, p / q), right),
    "p after a refusal": off(kept, p),
}
for name, distance in mistakes.items():
    print(f"{name:20}{distance:.3f}")

# %% [markdown]
# <details><summary>Think first, then open</summary>
#
# None. At temperature 0 the likeliest *is* what was drafted, 0.7 times 0 is 0, and the leftover is $p$ itself. To compare the probabilities at one place, as we did, finds all three.
#
# </details>

# %%
assert mistakes["none"] < 1e-12 and sorted(mistakes.values())[1] > 0.04

# %% [markdown]
# So with top-k or top-p: $p$ must be cut as the text shall be, and $q$ must be what was really drawn from. The library applies one sampler to both.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Does it pay?
#
# The library's `speculate` does all this for one text, in one compiled program with a cache.
#
# **Predict.** With a draft of 4 a call writes about three characters. Is it three times as fast as the plain scan?


# %%
def speculate():
    return speculation.speculate(house, counts, prompt, num_chars=120, draft_length=4, key=key)


ways["draft of 4"] = (lambda: speculate().ids, 120)
took |= milliseconds({name: ways[name] for name in ("scan", "draft of 4")}, rounds=20)

# %% slideshow={"slide_type": "fragment"}
print_table()

# %%
call_cost = took["draft of 4"] * 120 / speculate().calls / took["scan"]
print(f"a call and its draft take as long as {call_cost:.1f} characters of the scan, and write {120 / speculate().calls:.1f}")
with jax.default_device(jax.devices("cpu")[0]):  # operations, counted as in lesson 11
    one = house_step.lower(prompt[:1], house.init_state(1)).cost_analysis()["flops"]
    five = jax.jit(house.read).lower(prompt[None, :5], house.init_state(1)).cost_analysis()["flops"]
print(f"its two readings of five ask for {2 * five / one:.0f} times the operations of one character")
assert speculate().calls < 60 and five > 3 * one

# %% [markdown]
# <details><summary>Think first, then open</summary>
#
# Far from it; it may even be slower. A call reads five characters and not one, and it is made *twice*: once to judge, and once more, from the cache as it was, to read what was kept.
#
# </details>

# %% [markdown] slideshow={"slide_type": "slide"}
# When *would* it pay? Let a call cost as much as $c$ drafted characters, however many it reads: $c$ for a character without a draft, $g + c$ for a call with one. The gain is
#
# $$\frac{1 - a^{g+1}}{1 - a} \cdot \frac{c}{g + c}$$


# %% slideshow={"slide_type": "-"}
def gain(g, c, a=0.75):
    return (1 - a ** (g + 1)) / (1 - a) * c / (g + c)


lengths = np.arange(1, 21)
lines = {f"a call costs {c} drafts": (lengths, gain(lengths, c)) for c in (1, 4, 20, 1000)}
plots.curves(lines, "length of the draft (characters)", "times as fast", {"no gain": 1.0})

# %% [markdown]
# A draft of one character pays as soon as $c > 1/a$.

# %%
assert gain(1, 1) < 1 < gain(1, 1.4) and abs(gain(1, 4 / 3) - 1) < 1e-9 and gain(lengths, 1000).max() < 4

# %% [markdown]
# In a network of billions of numbers most of a call's time goes into fetching them from memory, for one character as for five (Chen and others 2023). Then the formula holds, and $c$ is large. But not for every network:
#
# **Predict.** In a compiled `read` of five characters, how many turns must be made one after the other, in the transformer and in the GRU?

# %%
import re

turns = {}
for name, model in {"transformer": house, "GRU": gru}.items():
    program = str(jax.make_jaxpr(model.read)(prompt[None, :5], model.init_state(1)))  # what JAX would compile, as a text
    turns[name] = re.findall(r"length=(\d+)", program)  # of each scan in it
turns

# %% [markdown]
# <details><summary>Think first, then open</summary>
#
# In the transformer there is no scan: all five are read at once. In the GRU one of five turns, because each state needs the one before. With a recurrent judge a draft saves calls, and no steps.
#
# </details>

# %%
assert turns == {"transformer": [], "GRU": ["5"]}

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The trap of repetition
#
# At temperature 0 a text often repeats itself for ever (lessons 04, 06, 07). Holtzman and others (2020) looked at GPT-2, a large network: *each repetition made the next one likelier*, until the network was nearly sure of
# another. And our models?
#
# We take 48 phrases of 14 characters from held-out text, each after the 16 that really precede it, and write each eight times in a row. How probable is the true next character, on average, within each copy? As a control, the letters of each phrase
# are shuffled before it is written eight times: such a phrase can only be guessed by copying.
#
# **Predict.** For table, GRU, transformer: does the curve rise from copy to copy?


# %% slideshow={"slide_type": "-"}
def probability_by_copy(seed, shuffled):
    rng, texts = np.random.default_rng(seed), []
    for start in rng.choice(len(val_ids) - 30, 48, replace=False):
        before, phrase = val_ids[start : start + 16], val_ids[start + 16 : start + 30]
        texts.append(np.concatenate([before, *[rng.permutation(phrase) if shuffled else phrase] * 8]))
    texts = np.array(texts, np.int32)  # (48, 128)
    result = {}
    for name, read in reads.items():
        probs = softmax(read(texts))[:, 15:-1]  # (48, 112, V): before each character of the copies
        result[name] = np.take_along_axis(probs, texts[:, 16:, None], axis=-1).reshape(48, 8, 14).mean(axis=(0, 2))
    return result


reads = {"transformer": lambda texts: [compiled_logits(text) for text in texts], "GRU": jax.jit(gru.__call__), "table": counts}
phrases, control = probability_by_copy(0, False), probability_by_copy(0, True)

# %% slideshow={"slide_type": "slide"}
curves = {name: (np.arange(1, 9), y) for name, y in (phrases | {"transformer, shuffled": control["transformer"]}).items()}
plots.curves(curves, "copy", "probability of the next character")

# %% [markdown]
# <details><summary>Think first, then open</summary>
#
# None of them. The second copy is *harder* than the first: its beginning does not follow from the end of the first. After that nothing happens. The table sees six characters, the same ones in each copy. The networks do not
# notice that they have read all this before: even of shuffled letters, seven copies do not help to guess the eighth.
#
# </details>

# %%
for result in (phrases, control, probability_by_copy(1, False)):
    assert all(abs(y[1:] - y[1]).max() < 0.03 for y in result.values()) and np.ptp(result["table"][1:]) < 1e-6
    assert all(y[1] < y[0] + 0.02 for y in result.values())
assert entropy.repeated_ngram_rate(train_ids, 24) < 0.005
assert all(y.max() < 0.15 for y in control.values())

# %% [markdown]
# So that trap is not here. Perhaps it needs a network that has learned to copy, and the fables hardly ever say a thing twice; we have not tested that. (At temperature 0 our models repeat
# themselves all the same: see "For the curious".)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What we own now
#
# | built here | in the library |
# |---|---|
# | the loop in a scan | `generation.generate` |
# | keeping, refusing, what is left over | `speculation.accept_probability`, `leftover`, `judge` |
# | a text with a draft | `speculation.speculate` |
#
# Can a cheap model write for a costly one without changing one probability? Yes: keep what it drafts with probability $\min(1, p/q)$, and after a refusal draw what is missing. Whether that
# saves time is another question.
#
# Your exercises so far:

# %%
progress(lesson=12)

# %% [markdown]
# ## For the curious
#
# Nothing later needs this part.
#
# ### Your scan, and the house
#
# When your `write_in_scan` passes, let it write the text of the beginning, in a cell of your own: `vocabulary.decode(write_in_scan(step_of_one, prompt[-1], before, key, 120))`.


# %%
def step_of_one(id_, state):
    logits, state = house_step(id_[None], state)  # a batch of one
    return logits[0], state


before = house.init_state(1)  # and then the state before the last character of the prompt is read
for id_ in prompt[:-1]:
    _, before = step_of_one(id_, before)

# %% [markdown]
# ### How good must a draft be?
#
# **Predict.** Tables of 1, 2, 3, 4 and 6 characters of context draft. Where is the share that is kept the highest, and how much is lost with only 3?

# %%
shares = {6: share}
for memory in (4, 3, 2, 1):
    table = NGramTable(*kneser_ney_rows(train_ids, V, memory))
    shares[memory] = np.minimum(p, softmax(table(windows)).reshape(508, V)).sum(axis=1).mean()
for memory, kept_share in sorted(shares.items()):
    print(f"context {memory}: {kept_share:.3f} kept, at most {1 / (1 - kept_share):.1f} characters a call")

# %% [markdown]
# <details><summary>Think first, then open</summary>
#
# From 4 on hardly anything is gained. The table of 3 loses a few of 100, and the table of 1 keeps little more than half as many. A draft has to agree with its judge, and not to be right.
#
# </details>

# %%
assert shares[1] < shares[2] < shares[3] < shares[6] - 0.01 and abs(shares[4] - shares[6]) < 0.03
assert shares[6] - shares[3] < 0.1 and 0.45 < shares[1] / shares[6] < 0.65

# %% [markdown]
# ### Circles without a trap
#
# Each model writes 300 characters, with the noise times 0 and times 1. How many of the 12-grams came before?

# %%
draws = np.random.default_rng(0).gumbel(size=(300, V)).astype(np.float32)
models = {"table": (counts, jax.jit(counts.step)), "GRU": (gru, jax.jit(gru.step)), "transformer": (house, house_step)}
repeated = {}
for name, (model, step) in models.items():
    texts = [write_by_steps(model, step, prompt, T * draws)[0] for T in (0, 1)]
    cold, warm = repeated[name] = [entropy.repeated_ngram_rate(ids, 12) for ids in texts]
    print(f"{name:12} repeated: T = 0 {cold:4.0%}, T = 1 {warm:4.0%}   {vocabulary.decode(texts[0][-45:])!r}")

# %%
assert all(cold > 0.25 and warm < 0.05 for cold, warm in repeated.values())

# %% [markdown]
# At temperature 0 they repeat themselves, and drawn texts do not. A circle needs no growing probability: once the table has the same six characters again, it makes the same choices again.
#
# ### A draft without any model
#
# When a text repeats something, a summary that quotes or a program that is changed in one line, the text itself can draft: look for the last place where the same few characters stood, and propose what followed there (Yang and others 2023). The draft is sure, $q = 1$ on one character, so
# it is kept with probability $p$. Let us try it on what the GRU wrote at temperature 0, and on the fables.
#
# **Predict.** In which of the two does copying guess well?


# %%
def copied_right(ids, seen=6):
    """Of the places where the last `seen` characters stood before: how many there are, and the share where what followed is right."""
    followed, right = {}, []
    for place in range(seen, len(ids)):
        before = tuple(ids[place - seen : place])
        if before in followed:
            right.append(followed[before] == ids[place])
        followed[before] = ids[place]
    return len(right) / len(ids), float(np.mean(right))


circle = write_by_steps(*models["GRU"], prompt, 0 * draws)[0]
copied = {"GRU at T = 0": copied_right(circle.tolist()), "held-out fables": copied_right(val_ids[:3000].tolist())}
for name, (places, correct) in copied.items():
    print(f"{name:16} at {places:.0%} of the places there is something to copy; {correct:.0%} of that is right")

# %% [markdown]
# <details><summary>Think first, then open</summary>
#
# In the circle, where most of what there is to copy is right. In the fables few places have anything to copy, and not much more than half of it is right.
#
# </details>

# %%
assert copied["GRU at T = 0"][1] > 0.8 and copied["held-out fables"][0] < 0.25 and 0.45 < copied["held-out fables"][1] < 0.7

# %% [markdown]
# ### One network that drafts for itself
#
# Before all this, Stern and others (2018) gave a transformer several outputs: for the next character, for the one after it, and so on. All are answered in one call, and the first output judges what the others had proposed. It was made for
# greedy writing, and needs training. The rule of this lesson made drafts possible that change nothing when one draws.

# %% [markdown]
# ## Further reading
#
# - Y. Leviathan, M. Kalman, Y. Matias (2023), [*Fast Inference from Transformers via Speculative Decoding*](https://arxiv.org/abs/2211.17192), ICML. The rule, the formula, and the
#   proof in its appendix. They try tables of pairs as drafts too.
# - C. Chen and others (2023), [*Accelerating Large Language Model Decoding with Speculative Sampling*](https://arxiv.org/abs/2302.01318). The same rule, found at the same time, for a network of
#   70 billion numbers.
# - M. Stern, N. Shazeer, J. Uszkoreit (2018), [*Blockwise Parallel Decoding for Deep Autoregressive Models*](https://arxiv.org/abs/1811.03115), NeurIPS. The idea to judge a whole block in one call.
# - N. Yang and others (2023), [*Inference with Reference: Lossless Acceleration of Large Language Models*](https://arxiv.org/abs/2304.04487). The draft that is copied.
# - A. Holtzman, J. Buys, L. Du, M. Forbes, Y. Choi (2020), [*The Curious Case of Neural Text Degeneration*](https://arxiv.org/abs/1904.09751), ICLR. Figure 4: a phrase whose probability rises
#   with each repetition.
# - J. Xu and others (2022), [*Learning to Break the Loop*](https://arxiv.org/abs/2206.02369), NeurIPS. The same question, asked of sentences, with random ones as a control.
#
# **Back to what it makes fast:** [Cache and batches](11_cache_and_batches.ipynb), and [Attention](10_attention.ipynb).
