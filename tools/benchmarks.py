"""The speed goals, measured: `make bench` writes book/benchmarks.md.

python tools/benchmarks.py                     all of it, many minutes
python tools/benchmarks.py training search     these sections of the page anew, and the others as they stand

Every result is a ratio of medians, both sides measured in turn, so that it means something on another machine.  Another library runs in
a process of its own, and so does ours beside it: PyTorch and JAX in one process slow each other down, ours the more.
Nothing here is a test: a busy machine makes no check red.  The page says whether the machine was idle.
"""

import importlib.util
import itertools
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import benchmark_sides
import jax
import jax.numpy as jnp
import optax
import psutil
from flax import nnx
from tqdm import tqdm

from chargen_lib import corpora, entropy
from chargen_lib.generation import generate
from chargen_lib.models import PerPositionMLP
from chargen_lib.sampling import Sampler
from chargen_lib.search import beam_search
from chargen_lib.text import Vocabulary, split
from chargen_lib.training import fit
from chargen_lib.widgets import Playground

OUTPUT = Path(__file__).resolve().parent.parent / "book" / "benchmarks.md"
SEQ = 32


@dataclass
class Result:
    what: str
    measured: str
    goal: str
    reached: bool | None  # None: there is no goal for it, or it could not be measured


def in_turn(slow: Callable[[], int], fast: Callable[[], int], rounds: int = 5) -> tuple[float, float, float]:
    """Each callable does some units of work and returns how many: units per second of both, and their ratio (medians)."""
    rates: tuple[list[float], list[float]] = [], []
    for work in (slow, fast):
        work()  # compile
    for _ in range(rounds):
        for work, rate in zip((slow, fast), rates, strict=True):
            start = time.perf_counter()
            units = work()
            rate.append(units / (time.perf_counter() - start))
    a, b = (statistics.median(rate) for rate in rates)
    return a, b, b / a


class PublishedModel(nnx.Module):
    """The sizes and the habits of the page this course grew from: a Python loop over positions, one linear layer too many."""

    def __init__(self, rngs: nnx.Rngs):
        self.embedding = nnx.Embed(128, 64, rngs=rngs)
        sizes = (64, 128, 128, 128, 128)
        self.layers = nnx.List([nnx.Linear(a, b, rngs=rngs) for a, b in itertools.pairwise(sizes)])

    def __call__(self, ids: jax.Array) -> jax.Array:
        x, outputs = self.embedding(ids), []
        for position in range(ids.shape[1]):
            h = x[:, position]
            for layer in self.layers[:2]:
                h = nnx.relu(layer(h))
            outputs.append(self.layers[3](self.layers[2](h)))
        return jnp.stack(outputs, axis=1)


def eager_loop(num_chars: int = 8) -> int:
    """One character at a time, nothing compiled: the last 32 characters through the model for each new one."""
    model, key = PublishedModel(nnx.Rngs(0)), jax.random.key(0)
    ids = [65] * 32
    for _ in range(num_chars):
        key, draw = jax.random.split(key)
        ids.append(int(jax.random.categorical(draw, model(jnp.array([ids[-32:]]))[0, -1])))
    return num_chars


def generation() -> list[Result]:
    model, key = PerPositionMLP(rngs=nnx.Rngs(0)), jax.random.key(0)

    def scanned(batch: int) -> int:
        generate(model, jnp.full((batch, 1), 65), num_chars=5000, key=key, sampler=Sampler()).block_until_ready()
        return 5000 * batch

    slow, one, ratio = in_turn(eager_loop, lambda: scanned(1))
    _, many, ratio_64 = in_turn(lambda: scanned(1), lambda: scanned(64), rounds=3)
    return [
        Result(
            "generate, one prompt, 5 000 characters, against the eager loop",
            f"{ratio:,.0f} times ({one:,.0f} against {slow:.1f} characters/s)",
            "at least 4 000 times",
            ratio >= 4000,
        ),
        Result(
            "generate, 64 prompts at once, against one prompt, characters/s",
            f"{ratio_64:.1f} times ({many:,.0f} characters/s)",
            "faster",
            ratio_64 > 1,
        ),
    ]


class Side:
    """A side that works in a process of its own whenever it is called, and is still in between."""

    def __init__(self, name: str):
        command = [sys.executable, benchmark_sides.__file__, name]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self()  # imports, and what must be compiled

    def __call__(self) -> int:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def close(self) -> None:
        self.process.kill()
        self.process.wait()


def beside(what: str, ours: str, other: str, unit: str, goal: float) -> Result:
    """Ours and another side, each in a process of its own."""
    asked = f"at least {goal} times"
    for library, package in (("PyTorch", "torch"), ("Hugging Face", "transformers")):
        if library in other and importlib.util.find_spec(package) is None:
            return Result(what, f"not measured: {package} is not installed", asked, None)
    sides = Side(other), Side(ours)
    try:
        a, b, ratio = in_turn(*sides, rounds=9)
    finally:
        for side in sides:
            side.close()
    return Result(what, f"{ratio:.2f} times ({b:,.0f} against {a:,.0f} {unit})", asked, ratio >= goal)


def training() -> list[Result]:
    mlp, eager = "training steps of fit, PerPositionMLP(128, 64, 128), 32 x 32, against", "PyTorch eager"
    return [
        beside(f"{mlp} a jitted step per Python call", "fit", "a jitted step per Python call", "steps/s", 1.5),
        beside(f"{mlp} {eager}", "fit", "in PyTorch", "steps/s", 1.7),
        beside(f"the same of a GRU of 256 units, 32 x 64, against {eager}", "fit, GRU", "in PyTorch, GRU", "steps/s", 1.3),
        beside(
            f"the same of a transformer, 4 layers, 4 heads, 128 wide, 12 x 64, against {eager}",
            "fit, transformer",
            "in PyTorch, transformer",
            "steps/s",
            1.0,
        ),
    ]


def recurrent_generation() -> list[Result]:
    what = "generate, a GRU of 256 units,"
    return [
        beside(
            f"{what} one text, against PyTorch eager stepping the cell",
            "generate, one text",
            "in PyTorch, one text",
            "characters/s",
            6,
        ),
        beside(f"{what} 64 texts at once, against one", "generate, 64 texts", "generate, one text", "characters/s", 2.5),
    ]


def transformer_generation() -> list[Result]:
    what, unit = "generate, 256 characters,", "characters/s"
    ours = "generate, transformer, one text"
    many = "generate, transformer, 64 texts"
    eager = "against PyTorch eager with a cache"
    results = [
        beside(f"{what} one text, {eager}", ours, "in PyTorch, transformer, one text", unit, 6),
        beside(f"{what} one text, against generate of Hugging Face", ours, "in Hugging Face, one text", unit, 15),
        beside(
            f"{what} one text, against one compiled call on all 256 places for each character",
            ours,
            "a whole call for each character",
            unit,
            25,
        ),
        beside(f"{what} 64 texts at once, {eager}", many, "in PyTorch, transformer, 64 texts", unit, 1.3),
    ]
    sides = [Side(f"generate, transformer, {length} characters") for length in ("100", "2 000")]
    try:
        short, long, ratio = in_turn(*sides, rounds=9)
    finally:
        for side in sides:
            side.close()
    results.append(
        Result(
            "generate, one text: time for a character of 2 000, against one of 100",
            f"{1 / ratio:.2f} times ({1e6 / long:.0f} against {1e6 / short:.0f} µs)",
            "0.8 to 1.2 times",
            0.8 <= 1 / ratio <= 1.2,
        )
    )
    for texts in ("one text", "64 texts"):
        side = Side(f"a first call, {texts}")
        try:
            seconds = 1 / in_turn(side, side)[0]
        finally:
            side.close()
        results.append(
            Result(f"generate, {texts}: the first call, compiling included", f"{seconds:.1f} s", "under 4 s", seconds < 4)
        )
    return results


def shakespeare() -> list[Result]:
    what = "tiny Shakespeare: seconds of training until PerPositionMLP reaches 2.490 nats on held-out text"
    if not os.environ.get("CHARGEN_DATA"):
        return [Result(what, "not measured: CHARGEN_DATA is not set", "at most 10 s", None)]
    text = corpora.load("tinyshakespeare").text
    vocabulary = Vocabulary.from_text(text)
    train, val = split(vocabulary.encode(text))
    floor = entropy.bigram_loss(entropy.add_one_log_probs(entropy.bigram_counts(train, len(vocabulary))), val)
    model, steps = PerPositionMLP(len(vocabulary), rngs=nnx.Rngs(0)), 2000
    optimizer = optax.adam(optax.cosine_decay_schedule(5e-3, steps, alpha=0.02))
    history = fit(
        model,
        train,
        steps=steps,
        batch_size=64,
        seq_len=SEQ,
        optimizer=optimizer,
        key=jax.random.key(0),
        val_ids=val,
        progress=False,
    )
    reached = [step for step, loss in zip(history.val_steps, history.val_losses, strict=True) if loss <= 2.490]
    seconds = history.seconds * reached[0] / steps if reached else float("inf")
    lowest = min(history.val_losses)
    return [
        Result(what, f"{seconds:.1f} s ({steps} steps in {history.seconds:.1f} s)", "at most 10 s", seconds <= 10),
        Result(
            "tiny Shakespeare: lowest held-out loss, and the bigram floor with add-one",
            f"{lowest:.4f} and {floor:.4f} nats",
            "never more than 0.01 below the floor",
            lowest >= floor - 0.01,
        ),
    ]


def search() -> list[Result]:
    """Width 8, 500 characters, against a plain Python loop over the same compiled step."""
    model, width, num_chars = PerPositionMLP(rngs=nnx.Rngs(0)), 8, 500
    graphdef, weights = nnx.split(model)

    @jax.jit
    def step(weights, ids):
        logits, _ = nnx.merge(graphdef, weights).step(ids, ())
        return jax.nn.log_softmax(logits, axis=-1)

    def looped() -> int:
        beams = [([65], 0.0)]
        for _ in range(num_chars):
            last = [text[-1] for text, _ in beams] + [0] * (width - len(beams))
            log_p = jax.device_get(step(weights, jnp.array(last)))
            candidates = [
                (total + float(log_p[b, i]), b, i) for b, (_, total) in enumerate(beams) for i in range(log_p.shape[1])
            ]
            candidates.sort(key=lambda c: (-c[0], c[1], c[2]))
            beams = [([*beams[b][0], i], total) for total, b, i in candidates[:width]]
        return num_chars

    def scanned() -> int:
        beam_search(model, jnp.array([65]), num_chars=num_chars, num_beams=width).sequences.block_until_ready()
        return num_chars

    a, b, ratio = in_turn(looped, scanned, rounds=3)
    return [
        Result(
            "beam search, width 8, 500 characters, against a plain Python loop over the same compiled step",
            f"{ratio:.0f} times ({b:,.0f} against {a:,.0f} characters/s)",
            "at least 10 times",
            ratio >= 10,
        )
    ]


def playground() -> list[Result]:
    """A network of 128 characters at full speed in the browser, from the press of the button until the last character stands there."""
    what = "playground: characters/s that a network writes in the browser, drawing included"
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return [Result(what, "not measured: playwright is not installed", "at least 300", None)]
    chromium = shutil.which(os.environ.get("CHARGEN_CHROMIUM", "chromium"))
    if chromium is None:
        return [Result(what, "not measured: no Chromium was found", "at least 300", None)]
    figure = Playground(PerPositionMLP(rngs=nnx.Rngs(0)), Vocabulary.ascii(), prompt="The ")
    run = """async () => {
      const press = (name) => [...document.querySelectorAll("button")].find((button) => button.textContent === name).click();
      const frame = () => new Promise(requestAnimationFrame);
      press("Start again");
      press("Next seed"); // what was written once is remembered
      await frame();
      const start = performance.now();
      press("Run");
      const written = document.querySelector(".written");
      while (written.children.length < 2000) await frame();
      return (1000 * 2000) / (performance.now() - start);
    }"""
    with sync_playwright() as browsers:
        browser = browsers.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.set_content(f"<!doctype html>{figure.html()}")
        page.get_by_label("speed").select_option("full speed")
        rate = statistics.median([page.evaluate(run) for _ in range(6)][1:])
        browser.close()
    return [Result(what, f"{rate:,.0f} characters/s", "at least 300", rate >= 300)]


def machine() -> str:
    """The machine and the versions, in a line."""
    name = platform.processor() or platform.machine()
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                name = line.split(":", 1)[1].strip()
                break
    except OSError:
        pass
    versions = f"Python {platform.python_version()}, jax {jax.__version__}"
    return f"{os.cpu_count()} cores ({name}), {platform.system()}, {versions}"


def idle() -> str:
    """Whether anything else was at work, in a sentence."""
    busy = psutil.cpu_percent(interval=3)
    return (
        "The machine was idle otherwise."
        if busy < 10
        else f"The machine was NOT idle: {busy:.0f} % of it was at work elsewhere."
    )


#: By name: what a section of the page is called, and what measures it.
GROUPS: dict[str, tuple[str, Callable[[], list[Result]]]] = {
    "generation": ("Writing with a network that sees one character", generation),
    "training": ("Training", training),
    "recurrent_generation": ("Writing with a GRU", recurrent_generation),
    "transformer_generation": (
        "Writing with a transformer of 4 layers, 4 heads, 128 wide, context 256",
        transformer_generation,
    ),
    "shakespeare": ("Learning tiny Shakespeare", shakespeare),
    "search": ("Searching", search),
    "playground": ("Writing in the browser", playground),
}
HEAD = (
    "# How fast it is\n\n"
    "Ratios, both sides measured in turn by `make bench`, medians; numbers per second are this machine's alone. Other libraries run in "
    "processes of their own.\n"
)


def measured(title: str, measure: Callable[[], list[Result]]) -> str:
    """A section of the page, without the mark before its title."""
    quiet, marks = idle(), {True: "reached", False: "NOT reached", None: "–"}
    rows = "".join(f"| {r.what} | {r.measured} | {r.goal} | {marks[r.reached]} |\n" for r in measure())
    return f"{title}\n\nMeasured on {machine()}. {quiet}\n\n| what | measured | goal | |\n|---|---|---|---|\n{rows}"


def main(names: list[str]) -> None:
    if unknown := [name for name in names if name not in GROUPS]:
        sys.exit(f"There is nothing to measure by the name {unknown[0]!r}: there are {', '.join(GROUPS)}.")
    sections = {}
    if names and OUTPUT.exists():
        for section in OUTPUT.read_text(encoding="utf-8").split("\n## ")[1:]:
            sections[section.splitlines()[0]] = section.rstrip("\n") + "\n"
    for name in tqdm(names or GROUPS, unit=" groups"):
        title, measure = GROUPS[name]
        sections[title] = measured(title, measure)
        page = "".join(f"\n## {sections[title]}" for title, _ in GROUPS.values() if title in sections)
        OUTPUT.write_text(HEAD + page, encoding="utf-8")
    print(OUTPUT.read_text(encoding="utf-8"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
