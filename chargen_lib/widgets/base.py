"""What every figure that moves stands on: one class in Python, one plain ES module in the browser, two hosts.

In JupyterLab a figure is an anywidget: its state is shared with the kernel. In a page without a kernel the same module runs on the same
state, from the html that the figure leaves behind. Where no script runs at all, a still picture remains.

To make a figure: a subclass with `_esm = module("NAME/figure.js")`, whose traits tagged `sync=True` are JSON, and a `summary`. The module has no
imports, ends in `export default { render }`, appends to `el` what it draws, and uses only get, set, on and save_changes of its `model`.
"""

import base64
import hashlib
import html
import json
import math
import re
from pathlib import Path
from typing import Any

import anywidget
import numpy as np

from chargen_lib.text import visible

RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")

# Starts a figure's module without a kernel.  The stand-in has of anywidget's model what a figure may use.
_START = """\
const el = document.getElementById("%ID%");
el.removeAttribute("id"); // so that the same figure, further down the page, finds its own place
const still = el.firstElementChild;
const state = %STATE%;
const listeners = {};
const model = {
  get: (name) => state[name],
  set(name, value) {
    if (state[name] === value) return;
    state[name] = value;
    for (const listener of listeners[`change:${name}`] ?? []) listener();
  },
  on(event, listener) {
    (listeners[event] ??= []).push(listener);
  },
  save_changes() {}, // there is no kernel to tell
};
const { default: figure } = await import("data:text/javascript;base64,%MODULE%");
figure.render({ model, el, inPage: true }); // a figure may use the address of a page, but not of JupyterLab
still.remove();
"""


def read(name: str) -> str:
    """The text of a file in this folder."""
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


def module(*names: str) -> str:
    """The text of a figure's module, made of files in this folder; the helpers that all figures share stand in front."""
    return "\n".join(map(read, ("base.js", *names)))


def seen(text: str) -> str:
    """A text as it can be seen, each character by `visible`."""
    return "".join(map(visible, text))


def readable(text: str) -> str:
    """A text with its spaces and line breaks; other characters that cannot be seen, by `visible`."""
    return "".join(character if character in " \n" else visible(character) for character in text)


def in_sentence(label: str) -> str:
    """A label that is written from right to left must not turn the words around it."""
    return f"\u2068{label}\u2069" if RIGHT_TO_LEFT.search(label) else label


def decimals(number: float) -> str:
    """Two decimals and a true minus sign, the same words as decimals() in base.js."""
    hundredths = math.floor(abs(number) * 100 + 0.5)
    return f"{'−' if number < 0 and hundredths else ''}{hundredths / 100:.2f}"


def whole(name: str, value: Any, lowest: int, highest: int) -> int:
    """The value of a setting, if it is a whole number within its bounds; ValueError in words if not."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or not lowest <= value <= highest:
        raise ValueError(f"{name} must be a whole number from {lowest} to {highest}, got {value!r}.")
    return int(value)


def a_text(name: str, value: Any) -> str:
    """The value of a setting, if it is a text; ValueError in words if not."""
    if not isinstance(value, str):
        raise ValueError(f"{name} is a text, got {type(value).__name__}.")
    return value


def number_to_json(number: float, _figure: object = None) -> float | str:
    """JSON has no infinity: it travels as the word "Infinity" or "-Infinity"."""
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    return float(number)


def number_from_json(value: float | str, _figure: object = None) -> float:
    """The way back of `number_to_json`."""
    return float(value)


class Figure(anywidget.AnyWidget):
    """A figure that moves, in JupyterLab and in a page without a kernel."""

    _css = read("base.css")

    def summary(self) -> str:
        """What the figure shows now, in words."""
        raise NotImplementedError

    def still(self) -> str:
        """The figure as html without any script: what remains where none runs."""
        return f"<p>{html.escape(self.summary())}</p>"

    def state(self) -> dict[str, Any]:
        """The figure's own traits, as JSON."""
        own = set(self.traits(sync=True)) - set(anywidget.AnyWidget.class_traits(sync=True))
        return self.get_state(sorted(name for name in own if not name.startswith("_")))

    def html(self) -> str:
        """The whole figure as html that needs no kernel and asks no other address for anything.

        Its id is made from the state, so that equal figures leave equal html.
        """
        # Nothing in the state may end the script or begin a comment in it: no "<" is left, and nothing beyond ASCII.
        state = json.dumps(self.state(), allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")
        id_ = "figure-" + hashlib.sha256(f"{type(self).__name__} {state}".encode()).hexdigest()[:12]
        code = base64.b64encode(self._esm.encode()).decode()
        script = _START.replace("%ID%", id_).replace("%MODULE%", code).replace("%STATE%", state)
        return (
            f'<style>\n{self._css}</style>\n<div id="{id_}"><div class="chargen-figure">{self.still()}</div></div>\n'
            f'<script type="module">\n{script}</script>'
        )

    def __repr__(self) -> str:
        return f"{type(self).__name__}: {self.summary()}"

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:  # a widget without a view
            return None
        data, metadata = bundle
        return {**data, "text/html": self.html()}, metadata
