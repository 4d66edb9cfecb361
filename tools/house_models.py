"""Train the models that come with the course: `make house-models` writes chargen_lib/data/NAME.safetensors.

A file is only replaced by a model that is better by 0.02 bits, or by any with --replace: less is luck, and whoever has learned with a model
should meet it again.  --check SEEDS trains each from so many other seeds, writes nothing, and fails where one misses its mark.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jax
from flax import nnx

from chargen_lib import checkpoints, corpora, pretrained
from chargen_lib.entropy import nats_to_bits
from chargen_lib.models import Recurrent
from chargen_lib.recipes import recipe
from chargen_lib.text import Vocabulary, split
from chargen_lib.training import evaluate, fit

BETTER = 0.02  # bits


@dataclass(frozen=True)
class House:
    """How a model is made and trained.  minutes: on two cores that do nothing else."""

    make: Callable[[int, nnx.Rngs], Any]  # vocab_size, rngs
    minutes: float
    training: dict[str, Any] = field(default_factory=dict)


HOUSES = {
    "fables-gru": House(
        lambda vocab_size, rngs: Recurrent(vocab_size, embed_dim=32, hidden_dim=256, cell="gru", rngs=rngs),
        minutes=1.5,
        training={"steps": 2100, "batch_size": 16, "seq_len": 64, "carry": True, "optimizer": recipe()},
    ),
}


def train(name: str, seed: int, steps: int | None = None) -> tuple[Any, Vocabulary]:
    """The model from one seed, trained as its House says, for other than its steps where told."""
    house, corpus = HOUSES[name], corpora.load("fables")
    vocabulary = Vocabulary.from_text(corpus.text, corpus.start)
    ids, _ = split(vocabulary.encode(corpus.text))
    model = house.make(len(vocabulary), nnx.Rngs(seed))
    fit(model, ids, key=jax.random.key(seed), **house.training | ({} if steps is None else {"steps": steps}))
    return model, vocabulary


def held_out_bits(model: Any, vocabulary: Vocabulary) -> float:
    """Bits per character of the held-out tenth of fables, the state carried through it."""
    return nats_to_bits(evaluate(model, split(vocabulary.encode(corpora.load("fables").text))[1]))


def made_small(model: Any, vocabulary: Vocabulary) -> tuple[Any, Vocabulary]:
    """The model as it comes back from a small checkpoint."""
    with tempfile.TemporaryDirectory() as folder:
        checkpoints.save(Path(folder) / "small", model, vocabulary, small=True)
        return checkpoints.load(Path(folder) / "small")


def settle(name: str, model: Any, vocabulary: Vocabulary, folder: Path, replace: bool) -> str:
    """Write the model, made small, where it is better than the file by enough, and say in a sentence what was done."""
    path = folder / f"{name}.safetensors"
    bits, mark = held_out_bits(*made_small(model, vocabulary)), pretrained.MARKS[name]
    if bits > mark:
        return f"{name}: {bits:.4f} bits, above its mark of {mark}. Nothing was written."
    if path.exists() and not replace:
        before = held_out_bits(*checkpoints.load(path))
        if bits > before - BETTER:
            return f"{name}: {bits:.4f} bits, and the file has {before:.4f}: not better by {BETTER}. The file stays."
    checkpoints.save(path, model, vocabulary, small=True)
    return f"{name}: {bits:.4f} bits. Written: {path} ({path.stat().st_size:,} bytes)."


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which: {', '.join(HOUSES)}; all if none is named")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--replace", action="store_true", help="write even what is not better by 0.02 bits")
    parser.add_argument("--check", type=int, metavar="SEEDS", help="train from so many seeds after --seed, and write nothing")
    options = parser.parse_args(arguments)
    if unknown := set(options.names) - set(HOUSES):
        parser.error(f"there is no model {min(unknown)!r}: it is one of {', '.join(HOUSES)}.")
    missed = False
    for name in options.names or HOUSES:
        seeds = [options.seed] if options.check is None else range(options.seed + 1, options.seed + 1 + options.check)
        for seed in seeds:
            start = time.perf_counter()
            print(f"{name}, seed {seed}: about {HOUSES[name].minutes} minutes on two idle cores.", flush=True)
            model, vocabulary = train(name, seed)
            if options.check is None:
                said = settle(name, model, vocabulary, pretrained.FOLDER, options.replace)
                missed |= "above its mark" in said
            else:
                bits = held_out_bits(*made_small(model, vocabulary))
                said = f"{name}, seed {seed}: {bits:.4f} bits, mark {pretrained.MARKS[name]}."
                missed |= bits > pretrained.MARKS[name]
            print(f"{said} {(time.perf_counter() - start) / 60:.1f} minutes.", flush=True)
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
