"""What a problem set is made of: families of exercises that take the same input and ask for different things."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from chargen_lib.exercises.engine.cards import Exercise, Misconception, Probe
from chargen_lib.exercises.engine.compare import ATOL, RTOL


@dataclass(frozen=True)
class Rule:
    """One thing that can be done with a family's input.  `did`: to who did it when another was asked, half a sentence."""

    name: str
    did: str
    reference: Callable


@dataclass(frozen=True)
class Member(Rule):
    """A rule that a problem set may ask for.

    reference     a function that stands alone, on np, jnp, jax and math: its source, without the name, is the solution
    asked         the other half of the sentence: "{did of what was done}; {asked of what was asked}."
    mistakes      what goes wrong with this member only
    """

    statement: str
    hint: str
    asked: str
    mistakes: tuple[Misconception, ...] = ()


@dataclass(frozen=True)
class Slip:
    """A mistake that every member can suffer: spoil(reference) is the runnable mistake."""

    name: str
    sentence: str
    spoil: Callable[[Callable], Callable]


@dataclass(frozen=True)
class Family:
    """Exercises with the same function, card and probes.

    function      the name of the function to write, whichever member is asked
    docstring     its docstring: arguments, shapes, units, what is returned
    given         what the input is, in Markdown; a member's statement goes on from there
    probes        as in an Exercise; the first is the worked example, so every two members must differ on it
    others        rules that no set asks for, such as the one a lesson practised
    slips         what goes wrong with every member
    """

    function: str
    title: str
    lesson: int
    points: int
    minutes: int
    difficulty: int  # 1 to 3
    docstring: str
    given: str
    probes: Callable[[np.random.Generator], list[Probe]]
    members: tuple[Member, ...]
    others: tuple[Rule, ...] = ()
    slips: tuple[Slip, ...] = ()
    rtol: float = RTOL
    atol: float = ATOL

    def member(self, name: str) -> Member:
        """The member of that name.  Raises KeyError with the names there are."""
        for member in self.members:
            if member.name == name:
                return member
        raise KeyError(f"{self.function} has no member {name!r}; there are: {', '.join(m.name for m in self.members)}.")

    def exercise(self, member: Member) -> Exercise:
        """The exercise that the check judges: the other rules of the family are wrong answers with names."""
        confused = tuple(
            Misconception(rule.name, f"{rule.did}; {member.asked}.", rule.reference)
            for rule in (*self.members, *self.others)
            if rule is not member
        )
        slipped = tuple(Misconception(slip.name, slip.sentence, slip.spoil(member.reference)) for slip in self.slips)
        return Exercise(
            name=self.function,
            lesson=self.lesson,
            points=self.points,
            minutes=self.minutes,
            difficulty=self.difficulty,
            hint=member.hint,
            reference=member.reference,
            probes=self.probes,
            misconceptions=confused + member.mistakes + slipped,
            rtol=self.rtol,
            atol=self.atol,
        )
