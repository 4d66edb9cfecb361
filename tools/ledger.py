"""The recorded ledger: what minutes of training buy on tiny Shakespeare.  `make ledger` writes it into book/ladder.md.

It takes about ten minutes, on a machine that does nothing else, and the text: CHARGEN_DATA names the folder it lies in, or it is fetched.
What is counted is training alone.  How many steps fit into the minutes is measured first, on a model that is thrown away.
"""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
from benchmarks import idle, machine
from flax import nnx

from chargen_lib import corpora
from chargen_lib.entropy import nats_to_bits
from chargen_lib.kneser_ney import kneser_ney_rows
from chargen_lib.models import NGramTable, Recurrent
from chargen_lib.recipes import recipe
from chargen_lib.text import Vocabulary, split
from chargen_lib.training import evaluate, fit

PAGE = Path(__file__).resolve().parent.parent / "book" / "ladder.md"
BEGINS, ENDS = "% The ledger, written by make ledger.\n", "% The ledger ends.\n"
INTRODUCTION = (
    "These networks were trained with this course's code, for so many minutes, and what came out was written down. nanoGPT's figures are measured "
    "in\nwindows of 256 characters, each begun from nothing, so the third column is the one to compare with them. Who carries a state does not "
    "have to begin from\nnothing: the fourth column reads the held-out part from its beginning to its end."
)
PILOT = 100  # steps
WINDOW = 256  # characters: in so long windows nanoGPT's figures are measured


@dataclass(frozen=True)
class Entry:
    what: str
    make: Callable[[int, nnx.Rngs], Any]  # vocab_size, rngs
    minutes: float
    batch_size: int
    seq_len: int


def gru(hidden_dim: int) -> Callable[[int, nnx.Rngs], Any]:
    return lambda vocab_size, rngs: Recurrent(vocab_size, embed_dim=32, hidden_dim=hidden_dim, rngs=rngs)


ENTRIES = [
    Entry("GRU of 256 units", gru(256), minutes=1, batch_size=16, seq_len=64),
    Entry("GRU of 384 units", gru(384), minutes=3, batch_size=64, seq_len=48),
]


def row(what: str, minutes: str, model: Any, val: jax.Array) -> str:
    """A line of the table: nats in fresh windows, nats and bits with the state carried."""
    fresh, carried = evaluate(model, val, seq_len=WINDOW, fresh=True), evaluate(model, val)
    return f"| {what} | {minutes} | {fresh:.4f} | {carried:.4f} | {nats_to_bits(carried):.3f} |"


def trained(entry: Entry, ids: jax.Array, vocab_size: int) -> tuple[Any, str]:
    """A model trained for the entry's minutes, and what it took in words."""
    settings: dict[str, Any] = {"batch_size": entry.batch_size, "seq_len": entry.seq_len, "carry": True}
    settings |= {"optimizer": recipe(), "key": jax.random.key(0)}
    pilot = fit(entry.make(vocab_size, nnx.Rngs(0)), ids, steps=PILOT, progress=False, **settings)
    steps = max(1, round(60 * entry.minutes * PILOT / pilot.seconds))
    model = entry.make(vocab_size, nnx.Rngs(0))
    history = fit(model, ids, steps=steps, **settings)
    return model, f"{history.seconds / 60:.1f} ({steps:,} steps)"


def table(entries: list[Entry]) -> str:
    """The table in Markdown."""
    text = corpora.load("tinyshakespeare").text
    vocabulary = Vocabulary.from_text(text)
    train, val = split(vocabulary.encode(text))
    size = len(vocabulary)
    counts = NGramTable(*kneser_ney_rows(train, size, memory=6))
    rows = [row("modified Kneser-Ney, context 6", "–", counts, val)]
    for entry in entries:
        model, took = trained(entry, train, size)
        rows.append(row(entry.what, took, model, val))
    head = f"| model | minutes of training | nats, fresh windows of {WINDOW} | nats, state carried | bits, state carried |"
    return "\n".join([head, "|---|---|---|---|---|", *rows])


def written_into(page: str, ledger: str) -> str:
    """The page with this ledger in the place of its own."""
    before, _, rest = page.partition(BEGINS)
    _, ends, after = rest.partition(ENDS)
    if not ends:
        raise ValueError(
            f"The page has no lines {BEGINS!r} and {ENDS!r}, between which the ledger stands. Nothing was written."
        )
    return f"{before}{BEGINS}\n{ledger}\n\n{ENDS}{after}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.parse_args()
    quiet, page = idle(), PAGE.read_text(encoding="utf-8")
    written_into(page, "")  # before ten minutes are spent
    ledger = f"{INTRODUCTION}\n\nTrained by `make ledger` on {machine()}. {quiet}\n\n{table(ENTRIES)}"
    PAGE.write_text(written_into(page, ledger), encoding="utf-8")
    print(ledger)


if __name__ == "__main__":
    sys.exit(main())
