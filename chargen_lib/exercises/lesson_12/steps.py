"""Models that write, each a step: (id, state) -> logits (V,), state.  Their logits are whole numbers, so all sums are exact.

A step counts how often it is called from Python: a scan traces it once or twice, a loop calls it for every character.  A loop that
compiles its body by itself calls it once too; so one of the states counts how often JAX takes it apart, as it does at every call
of a compiled function.
"""

import math

import jax
import jax.numpy as jnp
import numpy as np

V = 5  # characters that they know


class Count:
    """How often something was done; more than `most` is as often as in a loop over characters."""

    def __init__(self, most):
        self.number, self.most = 0, most

    def one_more(self):
        self.number += 1
        if self.number > self.most:
            raise RuntimeError(f"a step was made from Python {self.number} times, as often as there are characters to write")


@jax.tree_util.register_pytree_node_class
class Seen:
    """An array (V,) in a state that counts how often it is taken apart."""

    def __init__(self, content, count):
        self.content, self.count = content, count

    def __repr__(self):
        return str(self.content)

    def tree_flatten(self):
        self.count.one_more()
        return (self.content,), self.count

    @classmethod
    def tree_unflatten(cls, count, children):
        (content,) = children
        return cls(content, count)


def nothing_seen(most):
    seen = Seen(jnp.zeros(V), Count(most))
    vars(seen)["sent_as"] = nothing_seen, (most,)  # to an answer in another process
    return seen


def without_counts(value):
    """The same, but a plain array for all that counts."""
    return jax.tree.map(lambda leaf: leaf.content if _counts(leaf) else leaf, value, is_leaf=_counts)


def counted_anew(state, most=math.inf):
    """The same in NumPy's arrays, with counts that begin again."""

    def leaf_anew(leaf):
        return Seen(np.asarray(leaf.content), Count(most)) if _counts(leaf) else np.asarray(leaf)

    return jax.tree.map(leaf_anew, state, is_leaf=_counts)


def _counts(leaf):
    return isinstance(leaf, Seen)


def counting(table, id_, count):
    return table[(id_ + count) % V], count + 1


def remembering(table, id_, state):
    seen = state["seen"].content + (id_ == np.arange(V))
    return table[id_] - seen, {"seen": Seen(seen, state["seen"].count), "read": state["read"] + 1}


def two_back(table, id_, state):
    before, [total] = state
    total = (total + id_) % V
    return table[id_] + table[before][::-1] + table[total], (id_, [total])


RULES = {rule.__name__: rule for rule in (counting, remembering, two_back)}
WHAT_IS_KEPT = {
    "counting": "how many characters it has read: its state is a whole number",
    "remembering": "which characters it has read: its state is a dict",
    "two_back": "the character before, and a sum: its state is a tuple with a list in it",
}


def step_of(kind, table, num_chars):
    """A step by the rule `kind`, which raises RuntimeError once it is called num_chars times.

    All its calls count, of every call of the answer: there are at most three for a verdict, so num_chars is at least 16 here.
    """
    rule, calls = RULES[kind], Count(num_chars - 1)
    table = np.asarray(table, dtype=np.float32)
    on_device = jnp.asarray(table)

    def step(id_, state):
        calls.one_more()
        if np.shape(id_):
            raise ValueError(f"step takes one id, without axes, but this one has shape {np.shape(id_)}")
        return rule(on_device, jnp.asarray(id_), state)

    step.__doc__ = f"<the step of a model of {V} characters that keeps {WHAT_IS_KEPT[kind]}>"
    vars(step)["sent_as"] = step_of, (kind, table, num_chars)  # to an answer in another process
    return step


def anew(step):
    """The same step, not called yet."""
    factory, args = step.sent_as
    return factory(*args)


def in_numpy(step):
    """The rule and the table of a step, for who calls it as often as he likes."""
    kind, table, _ = step.sent_as[1]
    return RULES[kind], table
