"""From logits to a drawn character: temperature, truncation, and one draw.

Every function takes logits (..., vocab) and works on the last axis, alone, compiled and under vmap. What is removed gets the logit
-inf; what is kept keeps its own. Temperature comes before truncation.
"""

import math
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike

from chargen_lib.text import plain_number, told

# Temperatures that float32 can divide by.  A smaller one would be 0; a larger one counts as infinity, since 1 / T, with which a compiled
# program multiplies, would be 0, and 0 times -inf is NaN.
SMALLEST = float(np.finfo(np.float32).tiny)
LARGEST = 1 / SMALLEST
ROUNDING = 1e-6  # more than float32 loses in a sum of probabilities, less than any share that matters


def apply_temperature(logits: jax.Array, temperature: float) -> jax.Array:
    """logits / T: the odds of any two characters to the power 1/T.  (..., vocab) -> (..., vocab).

    T = 0 is the likeliest character alone: logit 0 there (the lowest id wins a tie), -inf elsewhere.
    Logits that are whole numbers count as real ones.  Raises ValueError when T is negative, not a number, or traced: it is a setting.
    """
    return _at_temperature(as_logits(logits), _checked_temperature(temperature))


def _at_temperature(logits: jax.Array, temperature: float | jax.Array) -> jax.Array:
    """apply_temperature for a temperature that is checked, or traced: then it is none of those that are told apart here."""
    if _is_limit(temperature):
        if temperature == 0:
            return _keep_only(logits, jnp.argmax(logits, axis=-1))
        if temperature == 1:
            return logits
        # Infinity: all that is possible at all, equally likely.
        return jnp.where(jnp.isneginf(logits), -jnp.inf, 0.0).astype(logits.dtype)
    wide = logits.astype(jnp.float32)
    temperature = jnp.maximum(temperature, SMALLEST)
    scaled = (wide / temperature).astype(logits.dtype)
    # A tiny T overflows. Relative to the largest logit it cannot, and the probabilities are the same.
    relative = ((wide - wide.max(axis=-1, keepdims=True)) / temperature).astype(logits.dtype)
    return jnp.where(jnp.isfinite(scaled.max(axis=-1, keepdims=True)), scaled, relative)


def top_k_filter(logits: jax.Array, k: int) -> jax.Array:
    """Keep exactly the k likeliest characters; of equal ones the lower id.  (..., vocab) -> (..., vocab).

    k above the vocabulary keeps all.  Raises ValueError when k < 1.  Fan, Lewis and Dauphin (2018).
    """
    logits = as_logits(logits)
    return _with_rank_below(logits, min(_checked_top_k(k), logits.shape[-1]))


def top_p_filter(logits: jax.Array, p: float) -> jax.Array:
    """Keep the nucleus: the smallest set of likeliest characters whose probability reaches p.  (..., vocab) -> (..., vocab).

    The character that crosses p is kept; of equal ones the lower id comes first; p = 1 keeps all.
    Raises ValueError when p is outside (0, 1].  Holtzman et al. (2020).
    """
    mass = _mass(_checked_share("top_p", p))
    return as_logits(logits) if mass is None else _nucleus(as_logits(logits), mass)


def _nucleus(logits: jax.Array, mass: float | jax.Array) -> jax.Array:
    """Keep a character while the likelier ones together have less than `mass`."""
    order = jnp.argsort(-logits, axis=-1, stable=True)
    probs = jax.nn.softmax(logits.astype(jnp.float32), axis=-1)
    sorted_probs = jnp.take_along_axis(probs, order, axis=-1)
    mass_before = jnp.cumsum(sorted_probs, axis=-1) - sorted_probs  # of all that come earlier
    keep_sorted = (mass_before < mass).at[..., 0].set(True)
    keep = jnp.take_along_axis(keep_sorted, _rank(logits), axis=-1)
    return jnp.where(keep, logits, -jnp.inf)


def min_p_filter(logits: jax.Array, p: float) -> jax.Array:
    """Keep what is at least p times as probable as the likeliest character.  (..., vocab) -> (..., vocab).

    Raises ValueError when p is outside (0, 1].  Nguyen et al. (2024).
    """
    return _not_below(as_logits(logits), math.log(_checked_share("min_p", p)))


@jax.tree_util.register_pytree_node_class
@dataclass(frozen=True)
class Sampler:
    """How a character is drawn: temperature, then top-k, top-p and min-p, each on what the one before left.

    sampler(key, logits) draws ids (...); sampler.probabilities(logits) is what it draws from, (..., vocab).
    Equal samplers are equal and hash alike.  A compiled function that is given a sampler is compiled once for its kind: which filters it
    has (top_p = 1 is none), and whether T is 0, 1, infinity or another.  Other numbers are the same program.
    Raises ValueError for a setting that has no meaning.
    """

    temperature: float = 1.0
    top_k: int | None = None
    top_p: float | None = None
    min_p: float | None = None

    def __post_init__(self) -> None:
        # Plain numbers, whatever they came as: an entry of jnp.linspace has no hash. A frozen dataclass sets its own attributes this way.
        object.__setattr__(self, "temperature", _checked_temperature(self.temperature))
        if self.top_k is not None:
            object.__setattr__(self, "top_k", _checked_top_k(self.top_k))
        for name in ("top_p", "min_p"):
            if (share := getattr(self, name)) is not None:
                object.__setattr__(self, name, _checked_share(name, share))

    def _numbers(self) -> tuple:
        """Temperature, k, the mass before a character of the nucleus, and the floor of min-p, None where there is no such filter."""
        if "_traced" in vars(self):
            return self._traced  # type: ignore[attr-defined]
        top_k = None if self.top_k is None else min(self.top_k, np.iinfo(np.int32).max)
        floor = None if self.min_p is None else math.log(self.min_p)
        return self.temperature, top_k, None if self.top_p is None else _mass(self.top_p), floor

    def tree_flatten(self) -> tuple[tuple, float | None]:
        """The numbers that may be traced, and a temperature that has a program of its own."""
        temperature, *filters = self._numbers()
        if not _is_limit(temperature):
            return (temperature, *filters), None
        return (None, *filters), min(temperature, LARGEST)  # infinity and 1e300 are one program

    @classmethod
    def tree_unflatten(cls, limit: float | None, numbers: tuple) -> "Sampler":
        """A sampler within a compiled function: it draws, and its settings cannot be read there."""
        sampler = object.__new__(cls)
        for setting in ("temperature", "top_k", "top_p", "min_p"):
            object.__setattr__(sampler, setting, "<traced>")
        object.__setattr__(sampler, "_traced", (numbers[0] if limit is None else limit, *numbers[1:]))
        return sampler

    def logits(self, logits: jax.Array) -> jax.Array:
        """The logits after temperature and truncation, (..., vocab)."""
        temperature, top_k, mass, floor = self._numbers()
        logits = _at_temperature(as_logits(logits), temperature)
        if top_k is not None:
            logits = _with_rank_below(logits, top_k)
        if mass is not None:
            logits = _nucleus(logits, mass)
        if floor is not None:
            logits = _not_below(logits, floor)
        return logits

    def probabilities(self, logits: jax.Array) -> jax.Array:
        """The distribution that is drawn from: what was kept, renormalised.  (..., vocab) -> (..., vocab)."""
        return jax.nn.softmax(self.logits(logits), axis=-1)

    def __call__(self, key: jax.Array, logits: jax.Array) -> jax.Array:
        """Draw one id for each row: (..., vocab) -> (...) int32.  The draw is jax.random.categorical's."""
        logits = as_logits(logits)
        return self.pick(jax.random.gumbel(key, logits.shape, logits.dtype), logits)

    def pick(self, noise: jax.Array, logits: jax.Array) -> jax.Array:
        """The ids that noise of a Gumbel distribution decides for, both (..., vocab) -> (...) int32: the largest sum wins (lesson 04)."""
        logits, (temperature, *_) = as_logits(logits), self._numbers()
        if not (_is_limit(temperature) and temperature == 0):  # there nothing is drawn
            logits = self.logits(logits) + noise
        return jnp.argmax(logits, axis=-1).astype(jnp.int32)


def _is_limit(temperature: float | jax.Array) -> bool:
    """Whether a temperature is 0, 1 or infinity, for which nothing has to be divided.  What is traced is no float, and none of them."""
    return isinstance(temperature, float) and (temperature in (0, 1) or temperature >= LARGEST)


def _with_rank_below(logits: jax.Array, k: int | jax.Array) -> jax.Array:
    return jnp.where(_rank(logits) < k, logits, -jnp.inf)


def _not_below(logits: jax.Array, floor: float | jax.Array) -> jax.Array:
    """Keep what is at most -floor nats below the likeliest."""
    wide = logits.astype(jnp.float32)
    return jnp.where(wide - wide.max(axis=-1, keepdims=True) >= floor, logits, -jnp.inf)


def _mass(p: float) -> float | None:
    """How much may stand before a character of the nucleus; None where all are in it.

    A sum of float32 may miss p by its rounding: six twelfths are a half, and must not need a seventh.
    """
    return None if p == 1 else p - ROUNDING


def _rank(logits: jax.Array) -> jax.Array:
    """Each character's place when sorted by falling logit, ties by lower id: 0 is the likeliest."""
    return jnp.argsort(jnp.argsort(-logits, axis=-1, stable=True), axis=-1)


def _keep_only(logits: jax.Array, winner: jax.Array) -> jax.Array:
    ids = jnp.arange(logits.shape[-1])
    return jnp.where(ids == winner[..., None], 0.0, -jnp.inf).astype(logits.dtype)


def as_logits(logits: ArrayLike) -> jax.Array:
    """Logits as an array of real numbers (..., vocab); whole numbers become float32.  Raises ValueError for what is no array of numbers."""
    try:
        array = jnp.asarray(logits)
    except (TypeError, ValueError):
        raise ValueError(f"Logits are an array of numbers, one for each character, got {told(logits)}.") from None
    if array.ndim == 0 or array.dtype == bool or jnp.issubdtype(array.dtype, jnp.complexfloating):
        raise ValueError(
            f"Logits are an array of real numbers, one for each character, got {array.dtype} of shape {array.shape}."
        )
    return array if jnp.issubdtype(array.dtype, jnp.floating) else array.astype(jnp.float32)


def _checked_temperature(temperature: float) -> float:
    number = plain_number("temperature", temperature)
    if not number >= 0:  # also catches NaN
        raise ValueError(f"temperature must be 0 or more, got {number}. 0 always takes the likeliest character.")
    return number


def _checked_top_k(k: int) -> int:
    number = plain_number("top_k", k)
    if not number.is_integer():
        raise ValueError(f"top_k is a number of characters, a whole number, got {told(k)}.")
    if number < 1:
        raise ValueError(f"top_k must be 1 or more, got {k}: at least one character has to remain.")
    return int(number)


def _checked_share(name: str, p: float) -> float:
    number = plain_number(name, p)
    if not 0 < number <= 1:  # also catches NaN
        raise ValueError(f"{name} is a share above 0 and at most 1, got {number}.")
    return number
