"""What an exercise is made of: its card, a reference, probes, and the wrong answers with names."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from chargen_lib.exercises.engine.compare import ATOL, RTOL


@dataclass(frozen=True)
class Misconception:
    """A wrong answer with a name: `wrong` is the runnable mistake, `sentence` what to tell who makes it."""

    name: str
    sentence: str
    wrong: Callable


@dataclass(frozen=True)
class Probe:
    """One input.  `batch`: it has leading axes.  `mention`: what the message of the expected error must contain."""

    args: tuple
    batch: bool = False
    mention: str = ""


@dataclass(frozen=True)
class Exercise:
    """Everything the course knows of one exercise; the lesson's source adds only the question and the solution.

    probes          a NumPy generator -> probes, the smallest first; their arrays are NumPy's, and the answer gets JAX's
    jit             the static argument numbers with which the answer must also run under jax.jit, or None: not asked
    python_numbers  a number must be Python's: an array without axes is none
    view            (args, value) -> what is compared, where several values are right; None: the value itself
    """

    name: str
    lesson: int
    points: int
    minutes: int
    difficulty: int  # 1 to 3
    hint: str
    reference: Callable
    probes: Callable[[np.random.Generator], list[Probe]]
    misconceptions: tuple[Misconception, ...]
    jit: tuple[int, ...] | None = None
    view: Callable[[tuple, Any], Any] | None = None
    told: Callable[[tuple, Any], str | None] | None = None  # (args, what is compared) -> what to say of it when it is wrong
    rtol: float = RTOL
    atol: float = ATOL
    python_numbers: bool = False
