"""What `make bench` measures in a process of its own: this course's training and writing, and the same in PyTorch.

python tools/benchmark_sides.py NAME     works for half a second or more for each line that it reads, and prints how much it did

So long a turn finds caches and clocks as they are in a longer work, whatever the other side did before.
"""

import sys
import time
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
LONG = {
    "width": 128,
    "context": 256,
    "layers": 4,
    "heads": 4,
}  # the transformer that writes; what others write with is as large
NEW = 256  # characters that it writes after one
TURN = 0.5  # seconds


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


def transformer_written(batch: int, num_chars: int = NEW) -> Work:
    """So many texts written at once by the transformer, each after one character."""
    model, prompts = Transformer(V, **LONG, rngs=nnx.Rngs(0)), np.full((batch, 1), 65)
    key = jax.random.key(0)

    def work() -> int:
        generate(model, prompts, num_chars=num_chars, key=key).block_until_ready()
        return batch * num_chars

    return work


def first_call(batch: int) -> Work:
    """A call of generate of a shape that was never seen: all that it needs is compiled."""
    jax.config.update("jax_enable_compilation_cache", False)  # nor taken from an earlier process
    write = transformer_written(batch)

    def work() -> int:
        jax.clear_caches()
        write()
        return 1

    return work


def whole_calls() -> Work:
    """Without a cache: for each new character one compiled call on a window of 256 places, filled up as far as the text goes."""
    graphdef, weights = nnx.split(Transformer(V, **LONG, rngs=nnx.Rngs(0)))

    @jax.jit
    def longer(weights, window, place, key):
        logits = nnx.merge(graphdef, weights)(window)[:, place]
        return jax.lax.dynamic_update_slice(window, jax.random.categorical(key, logits)[:, None].astype(int), (0, place + 1))

    def work() -> int:
        window, keys = np.full((1, LONG["context"]), 65), jax.random.split(jax.random.key(0), 32)
        for place, key in enumerate(keys):
            window = longer(weights, window, place, key)
        window.block_until_ready()
        return len(keys)

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


def torch_transformer_written(batch: int) -> Work:
    """With a cache: room for all keys and values from the start, and of it just what is filled is attended to.

    Positions are learned and norms are LayerNorms: either is fewer calls than what ours does.
    """
    import torch

    torch.manual_seed(0)
    nn, functional = torch.nn, torch.nn.functional
    width, heads, layers, room = LONG["width"], LONG["heads"], LONG["layers"], NEW + 1

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.attention_norm, self.mlp_norm = nn.LayerNorm(width), nn.LayerNorm(width)
            self.qkv, self.attended = nn.Linear(width, 3 * width, bias=False), nn.Linear(width, width, bias=False)
            self.hidden, self.mlp = nn.Linear(width, 4 * width, bias=False), nn.Linear(4 * width, width, bias=False)

        def forward(self, x, cache, place):  # (batch, width), (2, batch, heads, room, width / heads)
            q, k, v = self.qkv(self.attention_norm(x)).view(len(x), 3, heads, 1, -1).unbind(1)
            cache[0, :, :, place : place + 1], cache[1, :, :, place : place + 1] = k, v
            seen = functional.scaled_dot_product_attention(q, cache[0, :, :, : place + 1], cache[1, :, :, : place + 1])
            x = x + self.attended(seen.view(len(x), width))
            return x + self.mlp(functional.gelu(self.hidden(self.mlp_norm(x)), approximate="tanh"))

    embedding, places, output = nn.Embedding(V, width), nn.Embedding(room, width), nn.Linear(width, V)
    blocks, norm = nn.ModuleList([Block() for _ in range(layers)]), nn.LayerNorm(width)

    @torch.inference_mode()
    def work() -> int:
        ids = torch.full((batch,), 65)
        caches = [torch.zeros(2, batch, heads, room, width // heads) for _ in blocks]
        for place in range(NEW):
            x = embedding(ids) + places.weight[place]
            for block, cache in zip(blocks, caches, strict=True):
                x = block(x, cache, place)
            ids = torch.multinomial(torch.softmax(output(norm(x)), dim=-1), 1)[:, 0]
        return batch * NEW

    return work


def hugging_face_written(batch: int) -> Work:
    """generate of the transformers package, with its cache: a GPT-2 as large as our transformer."""
    import torch
    import transformers

    torch.manual_seed(0)
    sizes = {"n_embd": LONG["width"], "n_layer": LONG["layers"], "n_head": LONG["heads"], "n_positions": NEW + 1}
    config = transformers.GPT2Config(vocab_size=V, bos_token_id=0, eos_token_id=None, pad_token_id=1, **sizes)
    model = transformers.GPT2LMHeadModel(config).eval()
    prompts = torch.full((batch, 1), 65)
    seen = torch.ones_like(prompts)

    def work() -> int:
        written = model.generate(prompts, attention_mask=seen, do_sample=True, top_k=0, max_new_tokens=NEW, use_cache=True)
        return written[:, 1:].numel()

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
    "generate, transformer, one text": lambda: transformer_written(1),
    "generate, transformer, 64 texts": lambda: transformer_written(64),
    "generate, transformer, 100 characters": lambda: transformer_written(1, 100),
    "generate, transformer, 2 000 characters": lambda: transformer_written(1, 2000),
    "a first call, one text": lambda: first_call(1),
    "a first call, 64 texts": lambda: first_call(64),
    "a whole call for each character": whole_calls,
    "in PyTorch, transformer, one text": lambda: torch_transformer_written(1),
    "in PyTorch, transformer, 64 texts": lambda: torch_transformer_written(64),
    "in Hugging Face, one text": lambda: hugging_face_written(1),
}


def main(name: str) -> None:
    work = SIDES[name]()
    for _ in sys.stdin:
        units, start = 0, time.perf_counter()
        while time.perf_counter() - start < TURN:
            units += work()
        print(units, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
