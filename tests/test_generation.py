"""Generation: new characters only, one key per draw, the prompt really read, and clear refusals."""

import jax
import jax.numpy as jnp
import pytest
from flax import nnx
from test_search import LooksBack

from chargen_lib import generation
from chargen_lib.generation import generate, generate_text
from chargen_lib.models import BigramTable, PerPositionMLP
from chargen_lib.sampling import Sampler
from chargen_lib.search import beam_search
from chargen_lib.speculation import speculate
from chargen_lib.text import Vocabulary

MODEL = LooksBack(6, rngs=nnx.Rngs(0))
VOCABULARY = Vocabulary("abcdef")


def by_hand(model, prompt, num_chars, key, sampler):
    """The same draws from whole calls, no step and no compilation."""
    ids = prompt
    for draw_key in jax.random.split(key, num_chars):
        drawn = sampler(draw_key, model(ids)[:, -1])
        ids = jnp.concatenate([ids, drawn[:, None]], axis=1)
    return ids[:, prompt.shape[1] :]


@pytest.mark.parametrize("length", [1, 2, 3, 5])
@pytest.mark.parametrize("sampler", [Sampler(), Sampler(0), Sampler(0.7, top_k=3)])
def test_it_draws_what_a_plain_loop_draws(length, sampler):
    prompt = jax.random.randint(jax.random.key(length), (2, length), 0, 6)
    key = jax.random.key(7)
    assert jnp.array_equal(
        generate(MODEL, prompt, num_chars=6, key=key, sampler=sampler), by_hand(MODEL, prompt, 6, key, sampler)
    )


def test_the_same_key_gives_the_same_text_and_another_another():
    texts = [generate_text(MODEL, VOCABULARY, "ab", num_chars=40, key=jax.random.key(s)) for s in (0, 0, 1)]
    assert texts[0] == texts[1] != texts[2]


def test_every_draw_has_its_own_key():
    # From a flat table a reused key would draw the same character for ever.
    text = generate_text(BigramTable(jnp.zeros((6, 6))), VOCABULARY, "a", num_chars=60, key=jax.random.key(0))
    assert len(set(text)) == 6


@pytest.mark.parametrize("num_chars", [0, 1, 5])
@pytest.mark.parametrize("prompt", ["", "a", "abcabc"])
def test_it_writes_num_chars_new_characters(prompt, num_chars):
    assert len(generate_text(MODEL, VOCABULARY, prompt, num_chars=num_chars, key=jax.random.key(0))) == num_chars


def test_after_an_empty_prompt_the_key_draws_the_first_character():
    firsts = {generate_text(MODEL, VOCABULARY, num_chars=1, key=jax.random.key(s)) for s in range(40)}
    assert firsts == set("abcdef")


def test_after_an_empty_prompt_a_text_begins_as_texts_begin():
    begins = Vocabulary("abcdef", start="fa")
    for seed in range(5):
        key = jax.random.key(seed)
        after = generate_text(MODEL, VOCABULARY, "fa", num_chars=9, key=key)
        assert generate_text(MODEL, begins, num_chars=9, key=key) == after
        assert generate_text(MODEL, begins, "b", num_chars=9, key=key) == generate_text(
            MODEL, VOCABULARY, "b", num_chars=9, key=key
        )


PROMPTS = [[1, 2, 3, 4, 5], [5], [0, 3, 2]]


@pytest.mark.parametrize("model", [MODEL, PerPositionMLP(6, 4, 8, rngs=nnx.Rngs(0))])
@pytest.mark.parametrize("end_id", [None, 2])
def test_a_row_with_a_key_of_its_own_is_as_if_alone(model, end_id):
    keys = jax.random.split(jax.random.key(4), 3)
    settings = {"num_chars": 12, "sampler": Sampler(1.3, top_k=4), "end_id": end_id}
    together = generate(model, PROMPTS, key=keys, **settings)
    for row, prompt in enumerate(PROMPTS):
        assert jnp.array_equal(together[row], generate(model, [prompt], key=keys[row], **settings)[0])
        assert jnp.array_equal(together[row], generate(model, jnp.array([prompt]), key=keys[row : row + 1], **settings)[0])


def test_prompts_of_unequal_length_are_each_read_to_their_end():
    together = generate(MODEL, PROMPTS, num_chars=6, key=jax.random.key(0), sampler=Sampler(0))
    for row, prompt in enumerate(PROMPTS):
        alone = by_hand(MODEL, jnp.array([prompt]), 6, jax.random.key(0), Sampler(0))
        assert jnp.array_equal(together[row], alone[0])


def test_after_its_end_a_row_is_the_end():
    free = generate(MODEL, PROMPTS, num_chars=60, key=jax.random.key(1))
    ended = generate(MODEL, PROMPTS, num_chars=60, key=jax.random.key(1), end_id=2)
    first = [row.tolist().index(2) if 2 in row else 60 for row in free]
    for row, place in enumerate(first):
        assert jnp.array_equal(ended[row, : place + 1], free[row, : place + 1]) and (ended[row, place:] == 2).all()
    assert 0 < min(first) < 59


def test_logits_from_which_nothing_can_be_drawn_are_told():
    def network(value):
        model = PerPositionMLP(6, 4, 8, rngs=nnx.Rngs(0))
        model.output.bias[...] = model.output.bias[...].at[1].set(value)
        return model

    nothing_after_b = BigramTable(jnp.zeros((6, 6)).at[1].set(-jnp.inf))
    for sampler in (Sampler(), Sampler(0), Sampler(0.5, top_k=2), Sampler(top_p=0.5)):
        for model in (network(jnp.nan), network(jnp.inf), nothing_after_b):
            with pytest.raises(ValueError, match="nothing can be drawn"):
                generate_text(model, VOCABULARY, "b", num_chars=40, key=jax.random.key(0), sampler=sampler)
    generate(nothing_after_b, jnp.array([[0]]), num_chars=1, key=jax.random.key(2), sampler=Sampler(0))


def test_it_is_compiled_once_for_each_kind_of_sampler_and_for_lengths_up_to_a_power_of_two(programs):
    def write(model=0, prompts=((0, 1, 2, 3, 4), (5, 1, 2)), num_chars=20, key=0, temperature=0.9, end_id=None):
        return generate(
            PerPositionMLP(6, 4, 8, rngs=nnx.Rngs(model)),
            prompts,
            num_chars=num_chars,
            key=jax.random.key(key),
            sampler=Sampler(temperature),
            end_id=end_id,
        )

    with programs() as compiled:
        write()
    assert compiled
    for same in (
        {"key": 1},
        {"model": 1},
        {"prompts": [[5, 4, 3, 2, 1, 0], [1]]},
        {"prompts": [[5] * 8, [4] * 8]},
        {"num_chars": 17},
        {"num_chars": 32},
        {"temperature": 0.8},
        {"temperature": 1e-60},
    ):
        kept = generation._generate._cache_size()
        with programs() as compiled:
            write(**same)
        assert generation._generate._cache_size() == kept and not compiled, same
    for other in (
        {"prompts": [[1, 2, 3, 4], [5]]},
        {"prompts": [[0] * 9, [1]]},
        {"prompts": [[0, 1, 2, 3, 4]]},
        {"num_chars": 33},
        {"temperature": 0},
        {"temperature": 1},
        {"temperature": 1e300},
        {"end_id": 0},
    ):
        kept = generation._generate._cache_size()
        for _ in range(2):
            write(**other)
        assert generation._generate._cache_size() == kept + 1, other


def test_rows_written_a_few_at_a_time_are_those_written_together(monkeypatch):
    """Where their states are too large to stay near the processor all at once."""

    prompts = [[1, 2, 3], [5], [0, 3], [4, 4, 4], [2], [1]]
    settings = {"num_chars": 20, "key": jax.random.key(2), "sampler": Sampler(1.1, top_k=5), "end_id": 2}
    together = generate(MODEL, prompts, **settings)
    assert len(set(together[0].tolist())) > 1
    for numbers_near, rows in ((48, 6), (47, 3), (20, 2), (1, 1)):  # a row has 8 numbers of 4 bytes
        monkeypatch.setattr(generation, "NEAR", 4 * numbers_near)
        generation._generate.clear_cache()
        assert generation.rows_together(MODEL.init_state(6), 6) == rows
        assert jnp.array_equal(generate(MODEL, prompts, **settings), together)
    generation._generate.clear_cache()


@pytest.mark.parametrize("num_chars", [1, 15, 16, 17, 300])
def test_a_shorter_text_is_the_beginning_of_a_longer_one(num_chars):
    keys = jax.random.split(jax.random.key(3), 3)
    longer, shorter = (generate(MODEL, PROMPTS, num_chars=n, key=keys) for n in (600, num_chars))
    assert shorter.shape == (3, num_chars) and jnp.array_equal(longer[:, :num_chars], shorter)


class HasRoom:
    """A model that knows how many ids it may still be given, and has no logits after more than that."""

    vocab_size = 6

    def __init__(self, fewer=0):
        self.fewer = fewer

    def init_state(self, batch_size, places=None):
        return jnp.full(batch_size, 1000 if places is None else places - self.fewer)

    def step(self, ids, state):
        return jnp.where(state[:, None] > 0, jnp.log(jnp.arange(1, 7.0)), jnp.nan), state - 1


jax.tree_util.register_static(HasRoom)
WRITERS = {
    "generate": lambda model, prompt, n: generate(model, [prompt, [1]], num_chars=n, key=jax.random.key(0)),
    "beam_search": lambda model, prompt, n: beam_search(model, jnp.array(prompt), num_chars=n, num_beams=2),
    "speculate": lambda model, prompt, n: speculate(model, model, prompt, num_chars=n, draft_length=3, key=jax.random.key(0)),
}


@pytest.mark.parametrize("prompt", [[1], [1, 2, 3, 4]], ids=len)
@pytest.mark.parametrize(
    ("write", "num_chars", "fewer"),
    [("generate", 4, 1), ("beam_search", 3, 2), ("speculate", 5, 1)],  # of a search the last step is for nobody
)
def test_a_state_has_room_for_all_that_is_read_and_for_no_more(write, num_chars, fewer, prompt):
    WRITERS[write](HasRoom(), prompt, num_chars)
    with pytest.raises(ValueError, match="nothing can be drawn"):
        WRITERS[write](HasRoom(fewer), prompt, num_chars)


@pytest.mark.parametrize("key", [0, None, "key", jnp.zeros(3), jax.random.split(jax.random.key(0), 5)])
def test_a_key_that_is_none_is_told(key):
    with pytest.raises(ValueError, match="key is"):
        generate(MODEL, PROMPTS, num_chars=3, key=key)


def test_a_key_of_the_older_kind_draws_the_same():
    new, old = jax.random.key(5), jax.random.PRNGKey(5)
    assert jnp.array_equal(*(generate(MODEL, PROMPTS, num_chars=9, key=key) for key in (new, old)))


def test_refusals_say_what_to_do():
    key = jax.random.key(0)
    for text in ("abc", ["abc", "de"], ["a"]):
        with pytest.raises(ValueError, match="encode the prompt first"):
            generate(MODEL, text, num_chars=3, key=key)
    for prompts in ([], [[]], [[1], []]):
        with pytest.raises(ValueError, match="at least one"):
            generate(MODEL, prompts, num_chars=3, key=key)
    with pytest.raises(ValueError, match=r"write \[ids\]"):
        generate(MODEL, [1, 2], num_chars=3, key=key)
    for sampler in (0.8, None, "greedy"):
        with pytest.raises(ValueError, match="sampler is a Sampler"):
            generate(MODEL, PROMPTS, num_chars=3, key=key, sampler=sampler)
    for num_chars in (1.5, None, "3", True):
        with pytest.raises(ValueError, match="num_chars"):
            generate(MODEL, PROMPTS, num_chars=num_chars, key=key)
    for end_id in (6, -1, "a", 1.0, True, [1]):
        with pytest.raises(ValueError, match="end_id must be one of"):
            generate(MODEL, PROMPTS, num_chars=3, key=key, end_id=end_id)
    for prompt in (3, ["a"], None):
        with pytest.raises(ValueError, match="prompt as a text"):
            generate_text(MODEL, VOCABULARY, prompt, num_chars=3, key=key)
    with pytest.raises(ValueError, match="at least one character"):
        generate(MODEL, jnp.zeros((1, 0), int), num_chars=3, key=key)
    with pytest.raises(ValueError, match=r"ids\[None\]"):
        generate(MODEL, jnp.zeros(3, int), num_chars=3, key=key)
    with pytest.raises(ValueError, match="run from 0 to 6"):
        generate(MODEL, jnp.array([[0, 6]]), num_chars=3, key=key)
    with pytest.raises(ValueError, match="whole numbers"):
        generate(MODEL, jnp.zeros((1, 2)), num_chars=3, key=key)
    with pytest.raises(ValueError, match="num_chars"):
        generate(MODEL, jnp.array([[0]]), num_chars=-1, key=key)
    with pytest.raises(ValueError, match="7 characters and the model 6"):
        generate_text(MODEL, Vocabulary("abcdefg"), "a", key=key)
    with pytest.raises(ValueError, match="U\\+0078"):
        generate_text(MODEL, VOCABULARY, "ax", key=key)


def test_a_network_of_the_course_writes():
    model = PerPositionMLP(6, 4, 8, rngs=nnx.Rngs(0))
    assert generate(model, jnp.array([[1], [2], [3]]), num_chars=4, key=jax.random.key(0)).shape == (3, 4)


@pytest.mark.parametrize("temperature", [0, 0.1, 0.5, 0.8, 1.0, 1.5, 2.0, 100.0])
@pytest.mark.parametrize(
    "prompt", ["", "H", "Hello", "The quick brown fox", "A prompt that is longer than a window of 32 characters."]
)
def test_every_prompt_and_temperature_runs(prompt, temperature):
    model = PerPositionMLP(rngs=nnx.Rngs(0))  # the sizes of the published example, 128 ASCII characters
    text = generate_text(
        model, Vocabulary.ascii(), prompt, num_chars=20, key=jax.random.key(0), sampler=Sampler(temperature=temperature)
    )
    assert len(text) == 20 and text.isascii()
