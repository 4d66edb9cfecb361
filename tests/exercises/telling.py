"""What a wrong answer is told."""

from chargen_lib.exercises import EXERCISES, judge


def named(name, answer, seeds=3):
    """The name of the misconception that a wrong answer is told, the same one on every seed; None if it has no name."""
    reports = [judge(EXERCISES[name], answer, seed=seed) for seed in range(seeds)]
    assert {report.status for report in reports} == {"wrong"}
    (found,) = {report.misconception for report in reports}
    return found
