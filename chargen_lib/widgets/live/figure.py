"""LiveText: a model writes while the reader looks on."""

import html
from typing import Any

import jax
import traitlets

from chargen_lib.generation import generate_text
from chargen_lib.models import Model
from chargen_lib.sampling import Sampler
from chargen_lib.text import Vocabulary
from chargen_lib.widgets.base import Figure, in_sentence, module, number_to_json, read, readable, seen, whole
from chargen_lib.widgets.filters import Settings
from chargen_lib.widgets.in_page.export import entry

HIGHEST_SEED = 2**31 - 1
LONGEST = 2000


class LiveText(Figure):
    """A text that a model writes in the browser, a few characters at a time, by itself; the reader can stop it, and ask for another.

    name: what the model is called. length: how many characters a text gets, 1 to 2000. sampler: how each one is drawn; it is named under
    the text. prompt: where the text begins; where it is empty, as texts begin, after vocabulary.start.
    `text` is what generate_text writes with jax.random.key(seed). `seed` follows the reader and may be set.
    Raises ValueError when anything does not fit, TypeError for a model that no page can run.
    """

    _esm = module("in_page/sampling.js", "filters.js", "in_page/interpreter.js", "in_page/writer.js", "live/figure.js")
    _css = Figure._css + read("live/figure.css")

    entry = traitlets.Dict(read_only=True).tag(sync=True)  # {name, codes, labels, start, program}
    prompt = traitlets.List(traitlets.Int(), read_only=True).tag(sync=True)  # ids
    settings = traitlets.Dict(read_only=True).tag(sync=True)  # of the sampler
    length = traitlets.Int(read_only=True).tag(sync=True)
    seed = traitlets.Int(0).tag(sync=True)

    def __init__(
        self,
        model: Model,
        vocabulary: Vocabulary,
        *,
        name: str,
        prompt: str = "",
        length: int = 600,
        sampler: Sampler = Sampler(),  # noqa: B008
        seed: int = 0,
        **kwargs: Any,
    ):
        if not (prompt or vocabulary.start):
            raise ValueError("The text begins nowhere: give a prompt, or a vocabulary that says what stands before every text.")
        self._model, self._vocabulary, self._prompt, self._sampler = model, vocabulary, prompt, sampler
        settings = Settings(sampler.temperature, sampler.top_k, sampler.top_p, sampler.min_p)
        self.set_trait("entry", entry(name, model, vocabulary))
        self.set_trait("prompt", vocabulary.encode(prompt).tolist())  # it says what it cannot read
        self.set_trait("settings", {**settings._asdict(), "temperature": number_to_json(settings.temperature)})
        self.set_trait("length", whole("length", length, 1, LONGEST))
        self._sampler_in_words = settings.in_words()
        super().__init__(seed=whole("seed", seed, 0, HIGHEST_SEED), **kwargs)

    @property
    def text(self) -> str:
        """What is written after the prompt."""
        key = jax.random.key(self.seed)
        return generate_text(self._model, self._vocabulary, self._prompt, num_chars=self.length, key=key, sampler=self._sampler)

    def summary(self) -> str:
        """Who writes, and how: the same as summary() in figure.js."""
        return (
            f"Written by {in_sentence(self.entry['name'])}, one character at a time: {self.length} characters"
            f"{f' after {in_sentence(seen(self._prompt))}' if self._prompt else ''}, each drawn at {self._sampler_in_words}, with seed {self.seed}."
        )

    def still(self) -> str:
        """The whole text and the summary as html without any script."""
        prompt, text = (html.escape(readable(part)) for part in (self._prompt, self.text))
        return f'<div class="live" tabindex="0"><span class="prompt">{prompt}</span>{text}</div><p class="summary">{html.escape(self.summary())}</p>'

    @traitlets.validate("seed")
    def _seed_is_possible(self, proposal: Any) -> int:
        return whole("seed", proposal["value"], 0, HIGHEST_SEED)
