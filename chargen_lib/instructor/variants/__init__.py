"""Private problem sets: from each family of exercises a seed draws one member, and members differ in what they ask.

draw("sampling", seed)                 the members that a seed draws; the same seed always draws the same
notebooks.write_set(...)                the notebooks and the marking sheet of that problem set

Be clear about what this protects.  The references are in this public library, so who searches it finds them.  But a set
does not say which members it asks, an answer to another member earns nothing, and the marks come from inputs that no
student has seen.  Whoever knows the seed can write the solved notebook: take one that nobody guesses, and keep it.
"""

import hashlib

from chargen_lib.exercises import Exercise
from chargen_lib.instructor.variants import context, control, fast, networks, sampling, text, training_and_search
from chargen_lib.instructor.variants.family import Family, Member, Rule, Slip

__all__ = ["SETS", "Family", "Member", "Rule", "Slip", "draw", "exercise", "number"]

#: The families of each problem set, by its name.
SETS: dict[str, tuple[Family, ...]] = {
    "text": text.FAMILIES,
    "networks": networks.FAMILIES,
    "sampling": sampling.FAMILIES,
    "training_and_search": training_and_search.FAMILIES,
    "context": context.FAMILIES,
    "fast": fast.FAMILIES,
    "control": control.FAMILIES,
}


def draw(set_name: str, seed: int) -> list[tuple[Family, Member]]:
    """One member of each family.  Raises ValueError for a name that is no problem set."""
    if set_name not in SETS:
        raise ValueError(f"There is no problem set {set_name!r}. There are: {', '.join(SETS)}.")
    return [(f, f.members[number(set_name, seed, f.function) % len(f.members)]) for f in SETS[set_name]]


def number(*parts: object) -> int:
    """A number below 2 ** 32 made from the parts: the same on every machine, and no other tells anything of it."""
    return int(hashlib.sha256(" ".join(map(str, parts)).encode()).hexdigest()[:8], 16)


def exercise(place: str) -> Exercise:
    """What the member at `place`, "set/function/member", is judged as."""
    set_name, function, member = place.split("/")
    family = next(f for f in SETS[set_name] if f.function == function)
    return family.exercise(family.member(member))
