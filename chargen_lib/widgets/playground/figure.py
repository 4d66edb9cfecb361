"""Playground: trained models that write in the browser, each character with the distribution it was drawn from."""

import html
from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import traitlets

from chargen_lib.generation import generate_text, pad_prompts, read_prompts
from chargen_lib.models import Model
from chargen_lib.sampling import Sampler
from chargen_lib.text import Vocabulary, visible
from chargen_lib.widgets.base import Figure, in_sentence, module, number_from_json, number_to_json, read, whole
from chargen_lib.widgets.filters import Filters, Settings, cut, cut_bars, cut_in_words, plain_filters
from chargen_lib.widgets.in_page.export import entry, one_line
from chargen_lib.widgets.rows import percent

MOST_CHARS = 2000  # as in figure.js
HIGHEST_SEED = 2**31 - 1


class Playground(Filters, Figure):
    """Models that go on from a prompt, in the browser: step by step or at a run, with what each character was drawn from.

    models: a model, or a mapping from names to models, or to (model, vocabulary) where it has a vocabulary of its own;
    the reader chooses among them. All kinds of the course run: see `export`.
    vocabulary: the one that the models were made for. model: the name of the one that is chosen first.

    The text is always the one that the settings write: `text` is what generate_text writes with jax.random.key(seed).
    `model`, `prompt`, `num_chars` (0 to 2000), `temperature`, `top_k`, `top_p`, `min_p`, `seed` and `place` (the new character whose
    distribution is shown, counted from 0; num_chars: the one still to come; None: the newest) follow the reader and may be set.
    Raises ValueError when anything does not fit, TypeError for a model of another kind.
    """

    _esm = module(
        "characters.js",
        "in_page/sampling.js",
        "filters.js",
        "in_page/interpreter.js",
        "in_page/writer.js",
        "playground/figure.js",
    )
    _css = Figure._css + read("filters.css") + read("playground/figure.css")

    models = traitlets.List(traitlets.Dict(), read_only=True).tag(sync=True)  # each {name, codes, labels, start, program}
    model = traitlets.Unicode().tag(  # it travels as its place
        sync=True,
        to_json=lambda name, figure: list(figure._models).index(name),
        from_json=lambda place, figure: list(figure._models)[place],
    )
    prompt = traitlets.Unicode().tag(  # it travels as code points: half of a surrogate pair is no text for JSON
        sync=True,
        to_json=lambda text, figure: list(map(ord, text)),
        from_json=lambda codes, figure: "".join(map(chr, codes)),
    )
    num_chars = traitlets.Int(0).tag(sync=True)
    place = traitlets.Int(None, allow_none=True).tag(sync=True)
    temperature = traitlets.Float(1.0).tag(sync=True, to_json=number_to_json, from_json=number_from_json)
    seed = traitlets.Int(0).tag(sync=True)

    def __init__(
        self,
        models: Model | Mapping[str, Model | tuple[Model, Vocabulary]],
        vocabulary: Vocabulary | None = None,
        *,
        model: str | None = None,
        prompt: str = "",
        num_chars: int = 0,
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float | None = None,
        min_p: float | None = None,
        seed: int = 0,
        place: int | None = None,
        **kwargs: Any,
    ):
        named = models if isinstance(models, Mapping) else {"": models}
        if not named:
            raise ValueError("There is no model: give one, or several by name.")
        self._models = {name: _with_vocabulary(name, given, vocabulary) for name, given in named.items()}
        self.set_trait("models", [entry(name, *pair) for name, pair in self._models.items()])
        first = self._known(next(iter(self._models)) if model is None else model)
        self._models[first][1].encode(prompt)  # it says what it cannot read
        super().__init__(
            model=first,
            prompt=prompt,
            num_chars=whole("num_chars", num_chars, 0, MOST_CHARS),
            place=None if place is None else whole("place", place, 0, MOST_CHARS),
            temperature=Sampler(float(temperature)).temperature,
            seed=whole("seed", seed, 0, HIGHEST_SEED),
            **plain_filters(top_k, top_p, min_p),
            **kwargs,
        )

    @property
    def sampler(self) -> Sampler:
        """How each character is drawn."""
        return Sampler(self.temperature, self.top_k, self.top_p, self.min_p)

    @property
    def text(self) -> str:
        """What is written after the prompt.  Raises ValueError when the prompt holds a character that the chosen model does not know."""
        model, vocabulary = self._models[self.model]
        key = jax.random.key(self.seed)
        return generate_text(model, vocabulary, self.prompt, num_chars=self.num_chars, key=key, sampler=self.sampler)

    @property
    def probabilities(self) -> jax.Array:
        """What the character at `place` was drawn from, or is drawn from next, (vocab,)."""
        logits, settings = self._seen(self.text)
        return jnp.asarray(cut(logits, settings).after)

    def summary(self) -> str:
        """What the figure shows now, in words: the same as summary() in figure.js."""
        if unknown := self._unknown():
            return self._refusal(unknown)
        text, labels, place = self.text, self._labels(), self._place()
        logits, settings = self._seen(text)
        result = cut(logits, settings)
        by = f" by {in_sentence(one_line(self.model))}" if self.model else ""
        is_free = not (self.prompt or self._vocabulary.start) and place == 0
        told = f"The next character{by} is not drawn yet."
        if place < self.num_chars:
            id_ = self._vocabulary.characters.index(text[place])
            which = f"Character {place + 1} of {self.num_chars}{'' if is_free else by} is {in_sentence(labels[id_])}"
            told = f"{which}, drawn with {percent(result.after[id_])}."
        if is_free:
            return f"{told} After an empty prompt the first one is drawn from all {len(labels)}, each equally likely."
        return f"{told} {cut_in_words(labels, result, settings)}"

    def still(self) -> str:
        """The text, the bars and the summary as html without any script."""
        words = f'<p class="summary">{html.escape(self.summary())}</p>'
        if self._unknown():
            return f'<div class="continuation"></div>{words}'
        text, place = self.text, self._place()
        drawn = None if place == len(text) else self._vocabulary.characters.index(text[place])
        logits, settings = self._seen(text)
        before, chosen, after = (_in_text(part) for part in (text[:place], text[place : place + 1], text[place + 1 :]))
        chosen = f'<span class="chosen">{chosen}</span>' if chosen else '<span class="next chosen"></span>'
        return (
            f'<div class="continuation"><span class="prompt">{_in_text(self.prompt)}</span>{before}{chosen}{after}</div>'
            f"{cut_bars(self._labels(), cut(logits, settings), settings, drawn)}{words}"
        )

    def _seen(self, text: str) -> tuple[np.ndarray, Settings]:
        """The logits (vocab,) that the character at `place` of a text is drawn from, the largest 0, and how."""
        model, vocabulary = self._models[self.model]
        read_before = (self.prompt or vocabulary.start) + text[: self._place()]
        if not read_before:  # the first character of a text that begins nowhere
            return np.zeros(len(vocabulary)), Settings()
        logits = read_prompts(model, *pad_prompts(vocabulary.encode(read_before)[None], len(vocabulary)))[0][0]
        relative = np.asarray(logits, np.float64)
        return relative - relative.max(), Settings(self.temperature, self.top_k, self.top_p, self.min_p)

    @property
    def _vocabulary(self) -> Vocabulary:
        return self._models[self.model][1]

    def _place(self) -> int:
        newest = max(0, self.num_chars - 1)
        return min(newest if self.place is None else self.place, self.num_chars)

    def _labels(self) -> list[str]:
        return [visible(character) for character in self._vocabulary.characters]

    def _unknown(self) -> list[str]:
        """The prompt's characters that the chosen model does not know."""
        characters = self._vocabulary.characters
        return [character for character in dict.fromkeys(self.prompt) if character not in characters]

    def _refusal(self, unknown: list[str]) -> str:
        """The same words as refusal() in figure.js."""
        named = ", ".join(in_sentence(visible(character)) for character in unknown[:5])
        more = f" and {len(unknown) - 5} more" if len(unknown) > 5 else ""
        return (
            f"Nothing is written: the prompt holds {named}{more}, not among the {len(self._labels())} characters that this model knows. "
            "Take that out, or replace it."
        )

    def _known(self, name: str) -> str:
        if name not in self._models:
            raise ValueError(f"model is {name!r}, which is none of the {len(self._models)} models: choose one that is there.")
        return name

    @traitlets.validate("model")
    def _model_is_there(self, proposal: Any) -> str:
        return self._known(proposal["value"])

    @traitlets.validate("temperature")
    def _temperature_is_possible(self, proposal: Any) -> float:
        return Sampler(proposal["value"]).temperature  # it says what a temperature may be

    @traitlets.validate("num_chars", "place", "seed")
    def _number_is_possible(self, proposal: Any) -> int | None:
        name, value = proposal["trait"].name, proposal["value"]
        if value is None:
            return None  # place alone allows it
        return whole(name, value, 0, HIGHEST_SEED if name == "seed" else MOST_CHARS)


def _with_vocabulary(name: str, given: Any, vocabulary: Vocabulary | None) -> tuple[Model, Vocabulary]:
    model, own = given if isinstance(given, tuple) else (given, vocabulary)
    if own is None:
        which = f"The model {name!r}" if name else "The model"
        raise ValueError(f"{which} has no vocabulary: write Playground(model, vocabulary).")
    return model, own


def _in_text(text: str) -> str:
    """A text as html; what is white stays white, as in figure.js."""
    return html.escape("".join(character if character in " \n" else visible(character) for character in text))
