"""Small made worlds, a file each: it draws its data, and knows its exact truth, for lesson, tests and figure alike."""

from chargen_lib.worlds.hats import LabelledHats as LabelledHats
