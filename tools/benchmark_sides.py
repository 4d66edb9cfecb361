"""What `make bench` measures in a process of its own: this course's training and writing, and the same in PyTorch.

python tools/benchmark_sides.py NAME     does one round of work for each line that it reads, and prints how much it did
"""

import sys
from collections.abc import Callable
from typing import Any

import jax
import numpy as np
import optax
from flax import nnx

from chargen_lib import corpora
from chargen_lib.generation import generate
from chargen_lib.models import PerPositionMLP, Recurrent, Transformer
from chargen_lib.text import Vocabulary
from chargen_lib.training import draw_batch, fit, next_char_loss

Work = Callable[[], int]  # one round; how many steps or characters it was
V, MLP, GRU, TRANSFORMER = 128, (32, 32, 300), (32, 64, 30), (12, 64, 30)  # batch, characters of a window, steps of a round
CHARACTERS = 500  # that PyTorch writes in a round; we write ten times as many


def training_text() -> jax.Array:
    return Vocabulary.ascii().encode(corpora.load("fables").text)


# Ours.


def a_step_per_call() -> Work:
    """Training as a tutorial has it: one jitted step for each call from Python."""
    batch, seq, steps = MLP
    ids, key = training_text(), jax.random.key(0)
    model = PerPositionMLP(rngs=nnx.Rngs(0))
    optimizer = nnx.Optimizer(model, optax.adam(1e-3), wrt=nnx.Param)

    @nnx.jit
    def one_step(model, optimizer, number):
        inputs, targets = draw_batch(jax.random.fold_in(key, number), ids, batch, seq)
        loss, gradients = nnx.value_and_grad(lambda m: next_char_loss(m, inputs, targets).mean())(model)
        optimizer.update(model, gradients)
        return loss

    def work() -> int:
        for number in range(steps):
            loss = one_step(model, optimizer, number)
        loss.block_until_ready()
        return steps

    return work


def fitted(model: nnx.Module, sizes: tuple[int, int, int], clip: bool) -> Work:
    """Training by fit."""
    batch, seq, steps = sizes
    ids = training_text()
    adam = optax.chain(optax.clip_by_global_norm(1.0), optax.adam(1e-3)) if clip else optax.adam(1e-3)
    optimizer = nnx.Optimizer(model, adam, wrt=nnx.Param)
    settings: dict[str, Any] = {"steps": steps, "batch_size": batch, "seq_len": seq, "progress": False}
    return lambda: len(fit(model, ids, optimizer=optimizer, key=jax.random.key(0), **settings).losses)


def gru() -> Recurrent:
    return Recurrent(V, embed_dim=32, hidden_dim=256, cell="gru", rngs=nnx.Rngs(0))


def transformer() -> Transformer:
    return Transformer(V, width=128, context=64, layers=4, heads=4, rngs=nnx.Rngs(0))


def written(batch: int) -> Work:
    """So many texts written at once by the GRU."""
    model, num_chars = gru(), 10 * CHARACTERS

    def work() -> int:
        generate(model, np.full((batch, 1), 65), num_chars=num_chars, key=jax.random.key(0)).block_until_ready()
        return batch * num_chars

    return work


# The same in PyTorch, nothing compiled.


def torch_training(make: Callable[[Any], Any], sizes: tuple[int, int, int], clip: bool) -> Work:
    """make(torch) is a module that gives logits (batch, time, vocab) for ids (batch, time)."""
    import torch

    torch.manual_seed(0)
    batch, seq, steps = sizes
    text = torch.from_numpy(np.array(training_text(), dtype=np.int64))
    model = make(torch)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

    def work() -> int:
        for _ in range(steps):
            windows = text[torch.randint(0, len(text) - seq, (batch, 1)) + torch.arange(seq + 1)]
            logits = model(windows[:, :-1])
            loss = torch.nn.functional.cross_entropy(logits.reshape(-1, V), windows[:, 1:].reshape(-1))
            optimizer.zero_grad()
            loss.backward()
            if clip:
                torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
        return steps

    return work


def torch_mlp(torch: Any) -> Any:
    nn = torch.nn
    return nn.Sequential(nn.Embedding(V, 64), nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, V))


def torch_gru(torch: Any) -> Any:
    class Model(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding, self.output = torch.nn.Embedding(V, 32), torch.nn.Linear(256, V)
            self.cells = torch.nn.GRU(32, 256, batch_first=True)

        def forward(self, ids):
            return self.output(self.cells(self.embedding(ids))[0])

    return Model()


def torch_transformer(torch: Any) -> Any:
    class Model(torch.nn.Module):
        def __init__(self):
            super().__init__()
            nn = torch.nn
            self.embedding, self.place, self.output = nn.Embedding(V, 128), nn.Embedding(64, 128), nn.Linear(128, V)
            settings = {"dim_feedforward": 512, "dropout": 0.0, "activation": "gelu", "batch_first": True, "norm_first": True}
            self.blocks = nn.ModuleList([nn.TransformerEncoderLayer(128, 4, **settings) for _ in range(4)])
            self.norm, self.mask = nn.LayerNorm(128), nn.Transformer.generate_square_subsequent_mask(64)

        def forward(self, ids):
            x = self.embedding(ids) + self.place.weight
            for block in self.blocks:
                x = block(x, src_mask=self.mask, is_causal=True)
            return self.output(self.norm(x))

    return Model()


def torch_written() -> Work:
    """One text, the cell stepped from Python."""
    import torch

    torch.manual_seed(0)
    embedding, cell, output = torch.nn.Embedding(V, 32), torch.nn.GRUCell(32, 256), torch.nn.Linear(256, V)

    @torch.inference_mode()
    def work() -> int:
        ids, state = torch.tensor([65]), torch.zeros(1, 256)
        for _ in range(CHARACTERS):
            state = cell(embedding(ids), state)
            ids = torch.multinomial(torch.softmax(output(state), dim=-1), 1)[0]
        return CHARACTERS

    return work


#: By name.
SIDES: dict[str, Callable[[], Work]] = {
    "a jitted step per Python call": a_step_per_call,
    "fit": lambda: fitted(PerPositionMLP(rngs=nnx.Rngs(0)), MLP, clip=False),
    "in PyTorch": lambda: torch_training(torch_mlp, MLP, clip=False),
    "fit, GRU": lambda: fitted(gru(), GRU, clip=True),
    "in PyTorch, GRU": lambda: torch_training(torch_gru, GRU, clip=True),
    "fit, transformer": lambda: fitted(transformer(), TRANSFORMER, clip=True),
    "in PyTorch, transformer": lambda: torch_training(torch_transformer, TRANSFORMER, clip=True),
    "generate, one text": lambda: written(1),
    "generate, 64 texts": lambda: written(64),
    "in PyTorch, one text": torch_written,
}


def main(name: str) -> None:
    work = SIDES[name]()
    for _ in sys.stdin:
        print(work(), flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
