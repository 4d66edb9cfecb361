"""On how many seeds an exercise is tried; `make test-thorough`, which sets CHARGEN_THOROUGH=1, tries them all."""

import os
from dataclasses import replace

import numpy as np

from chargen_lib.exercises import judge

THOROUGH = os.environ.get("CHARGEN_THOROUGH") == "1"
SEEDS = 1000 if THOROUGH else 100
SEEDS_UNDER_JIT = 1000 if THOROUGH else 5  # compiled anew at each, which takes ten times as long as the rest
SEEDS_OF_MISCONCEPTIONS = 100 if THOROUGH else 20


def assert_right(exercise, answer):
    values_alone = replace(exercise, jit=None)
    # A function is another one at every seed, so what an answer makes of it is compiled anew each time.
    of_functions = any(callable(value) for probe in exercise.probes(np.random.default_rng(0)) for value in probe.args)
    for seed in range(SEEDS // 5 if of_functions else SEEDS):
        report = judge(exercise if seed < SEEDS_UNDER_JIT else values_alone, answer, seed=seed)
        assert report.status == "correct", (seed, str(report))
