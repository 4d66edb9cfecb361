"""What the tests of the engine share: three exercises, a right answer, and how to ask for a diagnosis."""

from pathlib import Path

from chargen_lib.exercises import EXERCISES, judge

ENCODE, COUNTS, ENTROPY = (EXERCISES[name] for name in ("encode", "bigram_counts", "conditional_entropy"))
HERE = Path(__file__).resolve().parents[2]


def encode(text, characters):
    """A right answer."""
    for c in text:
        if c not in characters:
            raise ValueError(f"{c!r} is not in the vocabulary")
    return [characters.index(c) for c in text]


def returns(value):
    return lambda *args: value


def diagnosis(exercise, answer, **options):
    report = judge(exercise, answer, **options)
    assert report.status == "wrong"
    assert report.name in str(report) and report.diagnosis in str(report)
    return report.diagnosis


class Encoder:
    def __call__(self, text, characters):
        return encode(text, characters)
