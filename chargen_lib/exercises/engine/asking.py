"""Asking an answer: what it gives for arguments, and what is to be said of an error of its own.

The judge decides; it does not call.  So an answer may also live in another process: see instructor/judge.py.
"""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

import jax
from jax.extend.core import jaxpr_as_fun

from chargen_lib.exercises.engine.borrowed import library_function
from chargen_lib.exercises.engine.errors import parameters, raised, under_jit
from chargen_lib.exercises.engine.running import Outcome, call
from chargen_lib.exercises.engine.values import copied, of_jax, same

# JAX's switches as they are when nobody touches them.  The names that a later JAX lacks are left out.
AT_THEIR_DEFAULTS = {
    "enable_x64": False,
    "debug_nans": False,
    "debug_infs": False,
    "debug_key_reuse": False,
    "disable_jit": False,
    "check_tracer_leaks": False,
    "enable_checks": False,
    "log_compiles": False,
    "numpy_rank_promotion": "allow",
    "numpy_dtype_promotion": "standard",
    "default_matmul_precision": None,
    "default_prng_impl": "threefry2x32",
    "threefry_partitionable": True,
    "transfer_guard": "allow",
}

HASTY = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}  # for a program that runs once


@dataclass(frozen=True)
class Given:
    """What an answer gave for one probe's arguments.  changed: it changed what it was given.  warned: what it warned of."""

    got: Outcome
    changed: bool
    warned: tuple[str, ...]


class Answer(Protocol):
    """Somebody's answer, wherever it lives."""

    def borrowed(self, name: str) -> str | None:
        """The library's function that it is instead of the learner's own `name`: see engine/borrowed.py."""

    def parameters(self) -> list[str] | None:
        """The names of its parameters, in order, if they can be told."""

    def gives(self, asked: list[tuple]) -> list[Given]:
        """What it gives for each of these arguments; their arrays are NumPy's, and it gets JAX's."""

    def traced(self, static: tuple[int, ...], asked: list[tuple]) -> list[Outcome]:
        """The same under jax.jit, with these arguments static."""

    def raised(self, error: BaseException) -> str:
        """What to say of an error of its own where a value was due."""

    def under_jit(self, error: BaseException | None) -> str:
        """What to say when its values are right, but not under jax.jit."""


@dataclass(frozen=True)
class Here:
    """An answer in this process.  warned: the list in which its warnings arrive.  arrays: what makes its arrays of NumPy's."""

    answer: Callable
    warned: list[str]
    arrays: Callable | None = of_jax

    def borrowed(self, name: str) -> str | None:
        return library_function(self.answer, name)

    def parameters(self) -> list[str] | None:
        return parameters(self.answer)

    def gives(self, asked: list[tuple]) -> list[Given]:
        with defaults():
            return [self._gives(args) for args in asked]

    def _gives(self, args: tuple) -> Given:
        given = copied(args, self.arrays)
        kept = copied(given)
        self.warned.clear()
        got = call(self.answer, given)
        warned = tuple(self.warned)
        got = replace(got, value=call(copied, (got.value,)).value)  # an answer may change what it returned, in a later call
        return Given(got, not same(given, kept), warned)

    def traced(self, static: tuple[int, ...], asked: list[tuple]) -> list[Outcome]:
        """By tracing each as jax.jit does, and then running all that was traced as one program: one compiles sooner than many."""
        trace = jax.make_jaxpr(lambda *args: self.answer(*args), static_argnums=static, return_shape=True)
        with defaults():
            given = [copied(args, of_jax) for args in asked]
            outcomes = [call(trace, args) for args in given]
            places = [place for place, outcome in enumerate(outcomes) if outcome.error is None]
            programs = [jaxpr_as_fun(outcomes[place].value[0]) for place in places]
            rows = [jax.tree.leaves([a for i, a in enumerate(given[place]) if i not in static]) for place in places]

            @partial(jax.jit, compiler_options=HASTY)
            def run(rows: list[list]) -> list[list]:
                return [program(*row) for program, row in zip(programs, rows, strict=True)]

            ran = call(run, (rows,))  # an error of one is that of all: there is but one thing to say
            for i, place in enumerate(places):
                structure = jax.tree.structure(outcomes[place].value[1])
                outcomes[place] = ran if ran.error else Outcome(jax.tree.unflatten(structure, ran.value[i]))
        return outcomes

    def raised(self, error: BaseException) -> str:
        return raised(error, self.answer)

    def under_jit(self, error: BaseException | None) -> str:
        return under_jit(error, self.answer)


@contextlib.contextmanager
def defaults() -> Iterator[None]:
    """In this thread alone, JAX as it is when nobody has touched its switches, whatever the notebook has set."""
    with contextlib.ExitStack() as switches:
        for name, value in AT_THEIR_DEFAULTS.items():
            if (switch := getattr(jax, name, None)) is not None:
                switches.enter_context(switch(value))
        yield
