"""On how many seeds an exercise is tried, and what must hold on each; `make test-thorough`, which sets CHARGEN_THOROUGH=1, tries them all."""

import contextlib
import itertools
import os
from dataclasses import replace
from unittest.mock import patch

import jax
import numpy as np

from chargen_lib.exercises import judge
from chargen_lib.exercises.engine import judging, recognise
from chargen_lib.exercises.engine.values import of_jax

THOROUGH = os.environ.get("CHARGEN_THOROUGH") == "1"
SEEDS = 1000 if THOROUGH else 100
SEEDS_UNDER_JIT = 1000 if THOROUGH else 5  # compiled anew at each, which takes ten times as long as the rest
SEEDS_OF_MISCONCEPTIONS = 100 if THOROUGH else 20


def assert_right(exercise, answer):
    # A function is another one at every seed, so what an answer makes of it is compiled anew each time.
    of_functions = any(callable(value) for probe in exercise.probes(np.random.default_rng(0)) for value in probe.args)
    exercise = KEPT.of(exercise)
    values_alone = replace(exercise, jit=None)
    with patch.object(judging, "of_jax", KEPT.of_jax):
        for seed in range(SEEDS // 5 if of_functions else SEEDS):
            report = judge(exercise if seed < SEEDS_UNDER_JIT else values_alone, answer, seed=seed)
            assert report.status == "correct", (seed, str(report))


def assert_caught_as_itself(exercise, misconception, last_seed):
    with (
        patch.object(recognise, "_theirs", KEPT.theirs),
        patch.object(judging, "of_jax", KEPT.of_jax),
        tracebacks_as_they_are(),
    ):
        for seed in itertools.chain(range(SEEDS_OF_MISCONCEPTIONS), (last_seed,)):
            report = judge(KEPT.of(exercise), misconception.wrong, seed=seed)
            assert (report.status, report.misconception) == ("wrong", misconception.name), (seed, str(report))
            assert report.diagnosis == misconception.sentence


@contextlib.contextmanager
def tracebacks_as_they_are():
    """JAX takes its own lines out of each, which takes longer than most answers do."""
    before = jax.config.jax_traceback_filtering
    jax.config.update("jax_traceback_filtering", "off")
    try:
        yield
    finally:
        jax.config.update("jax_traceback_filtering", before)


class Kept:
    """Of one exercise: its probes for each seed, as JAX's arrays too, and what each of its mistakes does with them.

    To recognise one mistake the judge works out the others, and would do so again for each of them in its turn.
    """

    exercise = None
    work_out = staticmethod(recognise._theirs)

    def of(self, exercise):
        if exercise is not self.exercise:
            self.exercise, self.probes, self.arrays, self.outcomes = exercise, {}, {}, {}
        return replace(exercise, probes=self.drawn)

    def drawn(self, rng):
        before = rng.bit_generator.state["state"]["state"]
        if before not in self.probes:
            self.probes[before] = self.exercise.probes(rng)
        return self.probes[before]

    def of_jax(self, value):
        if id(value) not in self.arrays:
            self.arrays[id(value)] = value, of_jax(value)  # and the value, so that no other takes its id
        return self.arrays[id(value)][1]

    def theirs(self, exercise, wrong, trial):
        mistake_on_probe = wrong, id(trial.probe)
        if mistake_on_probe not in self.outcomes:
            self.outcomes[mistake_on_probe] = self.work_out(exercise, wrong, trial)
        return self.outcomes[mistake_on_probe]


KEPT = Kept()
