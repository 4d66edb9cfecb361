"""A checkpoint comes back as it was or is refused in words, and nothing that is not a checkpoint is ever written over."""

import errno
import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import safetensors
import safetensors.numpy
from flax import nnx
from hypothesis import given, settings
from hypothesis import strategies as st

from chargen_lib import checkpoints, models
from chargen_lib.checkpoints import arrays, file, recipe
from chargen_lib.models import (
    BigramTable,
    Guided,
    Labelled,
    Mixture,
    NGramTable,
    PerPositionMLP,
    Recurrent,
    Transformer,
    WindowMLP,
)
from chargen_lib.text import Vocabulary
from chargen_lib.training import fit

ROOT = Path(__file__).resolve().parent.parent
VOCABULARY = Vocabulary("\n abcde")
V = len(VOCABULARY)
OTHER = Vocabulary("\n zyxwv")


def mlp(seed=0, hidden=3):
    return PerPositionMLP(V, 2, hidden, rngs=nnx.Rngs(seed))


def log_probs(rows):
    return jax.nn.log_softmax(jax.random.normal(jax.random.key(rows), (rows, V)))


MADE = {
    "PerPositionMLP": mlp,
    "BigramTable": lambda: BigramTable(log_probs(V)),
    "NGramTable": lambda: NGramTable.of_all_contexts(log_probs(V**2)),
    "Recurrent": lambda: Recurrent(V, 2, 3, cell="lstm", layers=2, rngs=nnx.Rngs(0)),
    "Transformer": lambda: Transformer(V, 4, context=3, layers=1, heads=2, rngs=nnx.Rngs(0)),
    "Mixture": lambda: Mixture([mlp(), BigramTable(log_probs(V))], [0.25, 0.75]),
    "Guided": lambda: Guided(mlp(), mlp(1), 1.5),
    "Labelled": lambda: Labelled(Recurrent(V, 2, 3, rngs=nnx.Rngs(0)), 2, rngs=nnx.Rngs(1)).given(1),
    "WindowMLP": lambda: WindowMLP(V, 2, 3, 4, dropout=0.1, rngs=nnx.Rngs(0)),
}


class Own(nnx.Module):
    """A learner's class with what a state may hold: a key, a count, bfloat16, an array by columns, one of no size, a plain one."""

    def __init__(self, vocab_size=V, *, rngs):
        self.vocab_size = vocab_size
        self.drop = nnx.Dropout(0.5, rngs=rngs)
        self.layers = nnx.List([nnx.Linear(2, 2, rngs=rngs, param_dtype=jnp.bfloat16) for _ in range(11)])
        self.tied = self.layers[0]
        self.columns = nnx.Param(np.asarray(jax.random.normal(rngs.params(), (3, 2))).T)
        self.nothing = nnx.Param(jnp.zeros((0, 3)))
        self.long = nnx.Variable(np.array([2**40 + 1]))
        self.one = nnx.Variable(jnp.float32(rngs.params.count[...]))
        self.plain = jax.random.normal(rngs.params(), (2,))


def state(module):
    plain = {name: arrays.plain(leaf) for name, leaf in arrays.named(nnx.to_pure_dict(nnx.state(module))).items()}
    return {name: (array.shape, array.dtype.name, array.tobytes()) for name, array in plain.items()}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "stories"


@pytest.fixture
def saved(path):
    checkpoints.save(path, mlp(), VOCABULARY)
    return path


def contents(folder):
    """Every name under a folder, and what it holds: nothing may have been touched or left."""
    return {
        str(p.relative_to(folder)): os.readlink(p) if p.is_symlink() else p.read_bytes() if p.is_file() else None
        for p in folder.rglob("*")
    }


# --- what was saved comes back ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MADE)
def test_each_model_comes_back_with_its_vocabulary(name, path):
    model = MADE[name]()
    checkpoints.save(path, model, VOCABULARY)
    again, vocabulary = checkpoints.load(path)
    assert type(again) is type(model) and vocabulary == VOCABULARY
    assert state(again) == state(model)
    ids = jnp.array([[1, 2, 3]])
    assert jnp.array_equal(again(ids), model(ids))
    assert nnx.graphdef(again) == nnx.graphdef(model), "what is compiled for the one serves the other"


def test_every_model_of_the_course_is_tried():
    assert set(MADE) == {name for name, kind in vars(models).items() if recipe.is_ours(kind)}


def test_what_was_loaded_is_bound_to_no_device(path):
    checkpoints.save(path, Own(rngs=nnx.Rngs(0)), VOCABULARY)
    model = Own(rngs=nnx.Rngs(1))
    checkpoints.load_into(model, path)
    assert not any(getattr(leaf, "committed", False) for leaf in jax.tree.leaves(nnx.state(model))), (
        "JAX would compile everything once more for it"
    )


def test_a_class_of_ones_own_with_every_kind_of_array(path):
    model, other = Own(rngs=nnx.Rngs(0)), Own(rngs=nnx.Rngs(1, params=2))
    model.drop(jnp.ones(3))  # its count moves on
    checkpoints.save(path, model, VOCABULARY)
    assert state(other) != state(model)
    assert checkpoints.load_into(other, path) == VOCABULARY
    assert state(other) == state(model)
    assert other.tied is other.layers[0]
    assert jnp.array_equal(model.drop(jnp.ones(50)), other.drop(jnp.ones(50)))
    with pytest.raises(ValueError, match=r"class Own.*load_into"):
        checkpoints.load(path)


@pytest.mark.parametrize("impl", ["threefry2x32", "rbg"])
def test_keys_of_every_kind(impl, path):
    class Keyed(nnx.Module):
        def __init__(self, seed):
            self.keys = nnx.RngKey(jax.random.split(jax.random.key(seed, impl=impl), 3), tag="x")

    checkpoints.save(path, Keyed(0), VOCABULARY)
    other = Keyed(1)
    checkpoints.load_into(other, path)
    assert (other.keys[...] == Keyed(0).keys[...]).all()


def test_a_subclass_of_ones_own_is_not_taken_for_ours(path):
    class PerPositionMLP(models.PerPositionMLP):  # as a learner may call it
        pass

    checkpoints.save(path, PerPositionMLP(V, 2, 3, rngs=nnx.Rngs(0)), VOCABULARY)
    with pytest.raises(ValueError, match="load_into"):
        checkpoints.load(path)
    model = mlp(1)
    checkpoints.load_into(model, path)
    assert state(model) == state(mlp())


@pytest.fixture
def pair(monkeypatch):
    """A model made of models and of numbers, as if the library had it."""

    class Pair(nnx.Module):
        def __init__(self, parts, shares=(0.5, 0.5), name=None):
            self.vocab_size = parts[0].vocab_size
            self.parts, self.shares, self.name = nnx.List(parts), shares, name

    monkeypatch.setattr(models, "Pair", Pair, raising=False)
    return Pair


def test_a_model_of_models_comes_back(pair, path):
    model = pair([mlp(3, hidden=5), pair([MADE["BigramTable"](), mlp(4)], name="é")], [0.25, np.float32(0.75)])
    checkpoints.save(path, model, VOCABULARY)
    again, _ = checkpoints.load(path)
    assert state(again) == state(model)
    assert again.shares == [0.25, 0.75] and again.parts[1].name == "é" and again.parts[0].hidden_dim == 5


def test_a_model_that_was_rebuilt_by_hand_is_for_load_into(path):
    def rebuilt(seed):
        model = mlp(seed)
        model.hidden, model.output = nnx.Linear(2, 9, rngs=nnx.Rngs(seed)), nnx.Linear(9, V, rngs=nnx.Rngs(seed))
        return model

    checkpoints.save(path, rebuilt(0), VOCABULARY)  # its hidden_dim says 3
    with pytest.raises(ValueError, match="load_into"):
        checkpoints.load(path)
    again = rebuilt(1)
    checkpoints.load_into(again, path)
    assert state(again) == state(rebuilt(0))


def test_one_part_used_twice_is_for_load_into(pair, path):
    part = mlp()
    checkpoints.save(path, pair([part, part]), VOCABULARY)
    with pytest.raises(ValueError, match="load_into"):
        checkpoints.load(path)
    other = mlp(1)
    checkpoints.load_into(pair([other, other]), path)
    assert state(other) == state(part)


@settings(deadline=None, max_examples=25)
@given(
    characters=st.text(st.characters(codec=None), min_size=1, max_size=8).filter(lambda t: len(set(t)) == len(t)),
    data=st.data(),
)
def test_any_characters_and_any_numbers(tmp_path_factory, characters, data):
    size = len(characters)
    numbers = data.draw(st.lists(st.floats(width=32), min_size=size * size, max_size=size * size))
    table = BigramTable(jnp.array(numbers, jnp.float32).reshape(size, size))
    path = tmp_path_factory.mktemp("any") / "table"
    checkpoints.save(path, table, Vocabulary(characters))
    again, vocabulary = checkpoints.load(path)
    assert vocabulary == Vocabulary(characters)
    assert state(again) == state(table)


def test_the_same_model_is_the_same_file(saved, tmp_path):
    checkpoints.save(tmp_path / "again", mlp(), VOCABULARY)
    assert saved.read_bytes() == (tmp_path / "again").read_bytes()


def test_any_program_for_safetensors_reads_it(saved):
    arrays = safetensors.numpy.load_file(saved)
    assert np.array_equal(arrays["model.hidden.kernel"], mlp().hidden.kernel[...])


# --- small ones ---------------------------------------------------------------------------------------------------------


def test_a_small_checkpoint_is_a_quarter_and_each_matrix_close(path):
    model = mlp(hidden=3000)
    model.output.kernel[...] = model.output.kernel[...].at[:, 0].set(0)
    checkpoints.save(path, model, VOCABULARY)
    large = path.stat().st_size
    checkpoints.save(path, model, VOCABULARY, small=True)
    assert path.stat().st_size < 0.5 * large, "its vectors, and its header, are as they were"
    again, _ = checkpoints.load(path)
    for one, other in zip(jax.tree.leaves(nnx.state(model)), jax.tree.leaves(nnx.state(again)), strict=True):
        assert one.shape == other.shape and one.dtype == other.dtype
        if one.ndim == 2:
            assert (np.abs(one - other) <= np.abs(one).max(axis=0) / 253).all()
        else:
            assert np.array_equal(one, other)
    into = mlp(1, hidden=3000)
    checkpoints.load_into(into, path)
    assert state(into) == state(again) != state(model)


def test_a_run_and_what_is_no_number_are_not_made_small(path):
    model = mlp()
    run = checkpoints.Run(nnx.Optimizer(model, RULE, wrt=nnx.Param), jax.random.key(0))
    with pytest.raises(ValueError, match="give small=True or a run, not both"):
        checkpoints.save(path, model, VOCABULARY, run, small=True)
    model.hidden.kernel[...] = model.hidden.kernel[...].at[0, 0].set(jnp.nan)
    with pytest.raises(ValueError, match="weights that are no numbers"):
        checkpoints.save(path, model, VOCABULARY, small=True)
    assert not path.exists()


# --- text and weights belong together -----------------------------------------------------------------------------------


def test_a_vocabulary_of_the_same_size_and_other_characters_is_refused(saved):
    model = mlp(1)
    with pytest.raises(ValueError, match="other characters"):
        checkpoints.load_into(model, saved, OTHER)
    assert state(model) == state(mlp(1))
    assert checkpoints.load_into(model, saved, VOCABULARY) == VOCABULARY
    assert state(model) == state(mlp())


def test_a_vocabulary_of_another_size_is_not_written(path):
    with pytest.raises(ValueError, match=r"knows 7 characters and the vocabulary has 3"):
        checkpoints.save(path, mlp(), Vocabulary("abc"))
    assert not path.exists()


@pytest.mark.parametrize("arguments", [(mlp(), "path", VOCABULARY), ("path", VOCABULARY, mlp()), ("path", mlp(), "abc")])
def test_arguments_in_another_order(arguments):
    with pytest.raises(TypeError, match="in this order"):
        checkpoints.save(*arguments)


def test_what_no_file_can_hold_is_told(path):
    model = mlp()
    model.few_bits = nnx.Param(jnp.zeros(3, jnp.int4))
    with pytest.raises(TypeError, match=r"a checkpoint cannot.*int4"):
        checkpoints.save(path, model, VOCABULARY)
    assert not path.exists()


# --- a run to go on with ------------------------------------------------------------------------------------------------

RULE = optax.chain(optax.clip_by_global_norm(1.0), optax.adam(optax.linear_schedule(1e-2, 1e-3, 40)))


def train(model, optimizer, key):
    ids = jax.random.randint(jax.random.key(7), (60,), 0, V)
    return fit(model, ids, steps=20, batch_size=2, seq_len=4, optimizer=optimizer, key=key, progress=False)


def test_a_training_goes_on_as_if_it_had_never_stopped(path):
    model, key = mlp(), jax.random.key(5)
    optimizer = nnx.Optimizer(model, RULE, wrt=nnx.Param)
    train(model, optimizer, jax.random.fold_in(key, 0))
    place = {"start": 12, "state": (jnp.arange(6.0).reshape(2, 3), jnp.ones(2, jnp.bfloat16))}
    checkpoints.save(path, model, VOCABULARY, checkpoints.Run(optimizer, key, step=20, place=place))
    at_once = train(model, optimizer, jax.random.fold_in(key, 1))

    again, _ = checkpoints.load(path)
    fresh = nnx.Optimizer(again, RULE, wrt=nnx.Param)
    run = checkpoints.load_run(path, fresh, {"start": 0, "state": (jnp.zeros((2, 3)), jnp.zeros(2, jnp.bfloat16))})
    assert run.optimizer is fresh and run.step == 20
    assert int(run.place["start"]) == 12
    assert jnp.array_equal(run.place["state"][0], place["state"][0]) and jnp.array_equal(
        run.place["state"][1], place["state"][1]
    )
    later = train(again, run.optimizer, jax.random.fold_in(run.key, 1))
    assert np.array_equal(later.losses, at_once.losses)
    assert state(again) == state(model) and state(fresh) == state(optimizer)


def test_a_run_is_no_burden_for_load(path):
    model = mlp()
    run = checkpoints.Run(nnx.Optimizer(model, RULE, wrt=nnx.Param), jax.random.key(0))
    checkpoints.save(path, model, VOCABULARY, run)
    assert state(checkpoints.load(path)[0]) == state(model)
    assert checkpoints.load_into(mlp(1), path) == VOCABULARY


def test_another_optimizer_or_place_is_refused_and_the_optimizer_as_it_was(path):
    model = mlp()
    checkpoints.save(
        path, model, VOCABULARY, checkpoints.Run(nnx.Optimizer(model, RULE, wrt=nnx.Param), jax.random.key(0), 3, 1)
    )
    sgd = nnx.Optimizer(model, optax.sgd(0.1), wrt=nnx.Param)
    with pytest.raises(ValueError, match="another optimizer"):
        checkpoints.load_run(path, sgd, 0)
    adam = nnx.Optimizer(model, RULE, wrt=nnx.Param)
    adam.step[...] += 9
    with pytest.raises(ValueError, match="another place"):
        checkpoints.load_run(path, adam, (0, 0))
    assert int(adam.step[...]) == 9
    with pytest.raises(ValueError, match="no run"):
        checkpoints.save(path, model, VOCABULARY)
        checkpoints.load_run(path, adam)


# --- damaged, foreign, unknown ------------------------------------------------------------------------------------------


def assert_refused(path, match):
    """load refuses it in words, and so does load_into, with the model as it was."""
    with pytest.raises(ValueError, match=match) as refused:
        checkpoints.load(path)
    assert str(path) in str(refused.value) and len(str(refused.value).splitlines()) == 1
    model = mlp(1)
    with pytest.raises(ValueError, match=match):
        checkpoints.load_into(model, path)
    assert state(model) == state(mlp(1))


def test_a_flipped_bit_anywhere_is_noticed(saved):
    data = saved.read_bytes()
    for place in range(len(data)):
        damaged = bytearray(data)
        damaged[place] ^= 1 << place % 8
        saved.write_bytes(damaged)
        with pytest.raises(ValueError, match="damaged"):
            checkpoints.load(saved)
    assert_refused(saved, "damaged and was not loaded")


def test_a_file_cut_anywhere_is_noticed_and_one_with_more_behind_it(saved):
    data = saved.read_bytes()
    for length in range(len(data)):
        saved.write_bytes(data[:length])
        with pytest.raises(ValueError, match="damaged"):
            checkpoints.load(saved)
    assert_refused(saved, "damaged")
    saved.write_bytes(data + b"\0")
    assert_refused(saved, "damaged")


def test_another_models_weights_are_refused(saved):
    model = mlp(1, hidden=4)
    with pytest.raises(
        ValueError, match=r"another model: its hidden\.bias is float32 of shape \(3,\), and in .* of shape \(4,\)"
    ):
        checkpoints.load_into(model, saved)
    with pytest.raises(ValueError, match=r"its embedding\.embedding is float32 .*missing"):
        checkpoints.load_into(MADE["BigramTable"](), saved)
    assert state(model) == state(mlp(1, hidden=4))


def test_no_checkpoint(path):
    with pytest.raises(FileNotFoundError, match="no checkpoint"):
        checkpoints.load(path)
    with pytest.raises(FileNotFoundError, match="no checkpoint"):
        checkpoints.load_into(mlp(1), path)


FOREIGN = {
    "a text": b"Dear diary, today I trained a model.\n" * 9,
    "an empty file": b"",
    "somebody else's safetensors": safetensors.numpy.save({"weight": np.ones(3)}, {"format": "pt"}),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_a_foreign_file_is_not_loaded(name, path):
    path.write_bytes(FOREIGN[name])
    assert_refused(path, "not a checkpoint of this course")


def test_a_folder_is_not_loaded(path):
    path.mkdir()
    assert_refused(path, "is a folder, and a checkpoint is one file")


def rewrite(path, **changes):
    """A whole checkpoint with another header, as another version may write it."""
    data = path.read_bytes()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(json.loads(data[8 : 8 + length])["__metadata__"]["chargen-course"])
    header |= changes | {"digest": file.NO_DIGEST}
    data = bytearray(safetensors.numpy.save(safetensors.numpy.load(data), {"chargen-course": json.dumps(header)}))
    data[file.DIGEST] = file.digest_of(data)
    path.write_bytes(data)


def test_a_newer_format_is_refused(saved):
    rewrite(saved, format=2)
    assert_refused(saved, "newer version of the course .format 2; this version reads 1")


@pytest.mark.parametrize("name", ["Recollection", "nnx", "check_ids", "Model"])
def test_an_unknown_class_is_refused(name, saved):
    recipe = {"class": name, "arguments": {}}
    for written in (recipe, {"class": "PerPositionMLP", "arguments": {"vocab_size": [recipe]}}):
        rewrite(saved, model=written)
        with pytest.raises(ValueError, match=f"class {name}, which this version of the course does not have"):
            checkpoints.load(saved)
    assert checkpoints.load_into(mlp(1), saved) == VOCABULARY, "the weights are still to be had"


@pytest.mark.parametrize(
    "arguments",
    [{}, {"vocab_size": V, "embed_dim": 2, "hidden_dim": 4}, {"vocab_size": V, "embed_dim": 2, "depth": 3}, {"vocab_size": -1}],
)
def test_a_class_that_is_made_otherwise_now_is_refused(arguments, saved):
    rewrite(saved, model={"class": "PerPositionMLP", "arguments": arguments})
    with pytest.raises(ValueError, match=r"another version of the course.*made otherwise"):
        checkpoints.load(saved)


# --- never written over -------------------------------------------------------------------------------------------------


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A working folder with somebody's things in it; nothing of it may change."""
    monkeypatch.chdir(tmp_path)
    for folder in ("notes", "X.before", "X.saving", "empty"):
        Path(folder).mkdir()
    for name in ("notes/mine.txt", "X.before/mine.txt", "X.saving/mine.txt", "letter.txt", "chargen-0.unfinished"):
        Path(name).write_text("mine")
    Path("theirs").write_bytes(FOREIGN["somebody else's safetensors"])
    Path("nothing").touch()
    return tmp_path


REFUSED = {
    "": "names no file",
    "letter.txt/": "names no file",
    "new/": "names no file",
    ".": "is a folder",
    "..": "is a folder",
    "notes": "is a folder",
    "notes/..": "is a folder",
    "empty": "is a folder",
    "X.before": "is a folder",
    "X.saving": "is a folder",
    "letter.txt": "is not a checkpoint",
    "theirs": "is not a checkpoint",
    "nothing": "is not a checkpoint",
    "missing/X": "There is no folder",
    "letter.txt/X": "There is no folder",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_a_checkpoint_is_left_alone(name, here):
    before = contents(here)
    with pytest.raises((ValueError, OSError), match=REFUSED[name]) as refused:
        checkpoints.save(name, mlp(), VOCABULARY)
    assert "Nothing was written" in str(refused.value) and len(str(refused.value).splitlines()) == 1
    assert contents(here) == before


def test_neighbours_with_names_that_sound_alike_are_left_alone(here):
    before = contents(here)
    checkpoints.save("X", mlp(), VOCABULARY)
    checkpoints.save("X", mlp(1), VOCABULARY)
    after = contents(here)
    assert state(checkpoints.load("X")[0]) == state(mlp(1))
    assert after.pop("X") and after == before


posix = pytest.mark.skipif(os.name != "posix", reason="links, pipes and modes as on Unix")


@posix
@pytest.mark.parametrize("points_to", ["letter.txt", "notes", "link"])
def test_a_link_to_what_is_not_a_checkpoint_is_left_alone(points_to, here):
    Path("link").symlink_to(points_to)  # the last one to itself
    before = contents(here)
    with pytest.raises(FileExistsError, match="Nothing was written"):
        checkpoints.save("link", mlp(), VOCABULARY)
    assert contents(here) == before


@posix
def test_a_link_to_a_checkpoint_stays_a_link(here):
    Path("link").symlink_to("notes/kept")
    for seed in (0, 1):  # first to nothing, then to a checkpoint
        checkpoints.save("link", mlp(seed), VOCABULARY)
        assert Path("link").is_symlink() and state(checkpoints.load("notes/kept")[0]) == state(mlp(seed))


@posix
def test_a_pipe_is_left_alone_and_not_waited_for(here):
    os.mkfifo("pipe")
    with pytest.raises(FileExistsError):
        checkpoints.save("pipe", mlp(), VOCABULARY)
    assert_refused("pipe", "is no ordinary file")


def test_what_comes_while_we_write_is_left_alone(path, monkeypatch):
    def meanwhile(_file):
        path.write_text("mine")

    monkeypatch.setattr(os, "fsync", meanwhile)
    with pytest.raises(OSError, match="is not a checkpoint"):
        checkpoints.save(path, mlp(), VOCABULARY)
    assert contents(path.parent) == {"stories": b"mine"}


def test_a_damaged_checkpoint_may_be_written_over(saved):
    saved.write_bytes(saved.read_bytes()[:-1])
    checkpoints.save(saved, mlp(1), VOCABULARY)
    assert state(checkpoints.load(saved)[0]) == state(mlp(1))


# --- crashes ------------------------------------------------------------------------------------------------------------


def test_saving_again_replaces_and_leaves_nothing_beside(saved):
    checkpoints.save(saved, mlp(2), VOCABULARY)
    assert state(checkpoints.load(saved)[0]) == state(mlp(2))
    assert list(contents(saved.parent)) == ["stories"]


@pytest.mark.parametrize("call", ["fsync", "replace"])
@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
def test_a_full_disk_and_ctrl_c_leave_the_earlier_one(call, error, saved, monkeypatch):
    before = contents(saved.parent)

    def fails(*_args):
        raise error

    monkeypatch.setattr(os, call, fails)
    with pytest.raises(type(error), match="No space left.*unchanged" if isinstance(error, OSError) else None):
        checkpoints.save(saved, mlp(3), VOCABULARY)
    assert contents(saved.parent) == before


@posix
def test_a_kill_at_any_time_leaves_the_old_one_or_the_new_one(saved, tmp_path):
    checkpoints.save(tmp_path / "other", mlp(1, hidden=3000), VOCABULARY)  # large enough to be caught half written
    script = """
        import os, random, signal, sys, time
        from pathlib import Path
        from chargen_lib.checkpoints import file

        target, files = Path(sys.argv[1]), [Path(name).read_bytes() for name in sys.argv[1:]]
        seen, kills, unfinished, begun = set(), 0, [], time.monotonic()
        # A slow or busy machine gets longer and longer, until the kills came at every stage.
        while kills < 40 or (time.monotonic() - begun < 60 and not (len(seen) == 2 and unfinished)):
            child = os.fork()
            if child == 0:
                while True:
                    for data in files:
                        file.write(target, data)
            time.sleep(0.002 + (0.02 + kills / 1000) * random.random())
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            kills += 1
            assert target.read_bytes() in files, "half a checkpoint"
            seen.add(target.read_bytes())
            unfinished = list(target.parent.glob("chargen-*.unfinished"))
        print(len(seen), len(unfinished))
    """
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), saved, tmp_path / "other"], cwd=ROOT, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr
    seen, unfinished = map(int, result.stdout.split())
    assert seen == 2 and unfinished > 0, "the kills did not come in the middle"
    left = contents(tmp_path)
    checkpoints.save(saved, mlp(5), VOCABULARY)
    assert state(checkpoints.load(saved)[0]) == state(mlp(5))
    assert contents(tmp_path).keys() == left.keys(), "what another left is not ours to delete"


@posix
def test_the_mode_is_an_ordinary_new_files_and_a_private_one_stays_private(path, saved):
    ordinary = path.with_name("ordinary")
    ordinary.touch()
    assert saved.stat().st_mode == ordinary.stat().st_mode
    saved.chmod(0o600)
    checkpoints.save(saved, mlp(1), VOCABULARY)
    assert saved.stat().st_mode & 0o777 == 0o600
    saved.chmod(0o400)
    with pytest.raises(PermissionError, match="may only be read"):
        checkpoints.save(saved, mlp(2), VOCABULARY)
    assert state(checkpoints.load(saved)[0]) == state(mlp(1))


def test_what_is_no_path_is_told_in_words():
    model, vocabulary = PerPositionMLP(2, 3, 4, rngs=nnx.Rngs(0)), Vocabulary("ab")
    for path in (None, 3, ["a", "b"]):
        for use in (
            lambda path=path: checkpoints.save(path, model, vocabulary),
            lambda path=path: checkpoints.load(path),
            lambda path=path: checkpoints.load_into(model, path),
        ):
            with pytest.raises(ValueError, match="named by its path, a text, got " + type(path).__name__):
                use()
