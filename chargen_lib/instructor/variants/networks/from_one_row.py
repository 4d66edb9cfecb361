"""from_one_row: which measure between rows."""

import numpy as np

from chargen_lib.exercises.engine.cards import Misconception, Probe
from chargen_lib.instructor.variants.family import Family, Member, Rule, Slip


def distance(table, index):
    table = np.asarray(table, dtype=float)
    return np.sqrt(((table - table[index]) ** 2).sum(axis=1))  # (V, d) minus (d,): one row is taken from every row


def angle(table, index):
    table = np.asarray(table, dtype=float)
    lengths = np.linalg.norm(table, axis=1)  # (V,)
    cosines = table @ table[index] / np.where(lengths > 0, lengths, 1.0) / lengths[index]
    return np.degrees(np.arccos(np.clip(cosines, -1.0, 1.0)))  # rounding may carry a cosine past 1


def shadow(table, index):
    table = np.asarray(table, dtype=float)
    return table @ (table[index] / np.linalg.norm(table[index]))


def _cosines(table, index):
    return np.cos(np.radians(angle(table, index)))


def _products(table, index):
    table = np.asarray(table, dtype=float)
    return table @ table[index]


def _absolute_differences(table, index):
    table = np.asarray(table, dtype=float)
    return np.abs(table - table[index]).sum(axis=1)


def _angle_with_nan(table, index):
    table = np.asarray(table, dtype=float)
    return np.where(np.any(table, axis=1), angle(table, index), np.nan)


def _shadow_of_the_row(table, index):
    """The shadow of row `index` on each row."""
    table = np.asarray(table, dtype=float)
    lengths = np.linalg.norm(table, axis=1)
    return table @ table[index] / np.where(lengths > 0, lengths, 1.0)


def from_one_row_probes(rng):
    table = rng.normal(size=(6, 3)) * rng.uniform(0.5, 4, size=(6, 1))
    table[:, 0] += np.where(table[:, 0] < 0, -0.5, 0.5)  # no row near zero
    with_zero = table.astype(np.float32)
    with_zero[3] = 0
    return [
        Probe((np.array([[3, 4], [6, 0], [0, 2], [-3, -4]], dtype=np.float32), 0)),
        Probe((np.array([[2, 0, 0], [0, 0, 0], [1, 2, 2], [-1, 4, 1]], dtype=np.float32), 2)),
        Probe((np.array([[1, 2, 0], [2, 1, 1], [0, -3, 1]], dtype=np.float32), 1)),  # as many rows as columns
        Probe((table.astype(np.float32), int(rng.integers(6)))),
        Probe((with_zero, int(rng.integers(3)))),
    ]


FROM_ONE_ROW = Family(
    function="from_one_row",
    title="Seen from one row",
    lesson=2,
    points=2,
    minutes=8,
    difficulty=2,
    docstring="A number for each row, seen from one row.  table: (V, d) floats;  index: int;  returns (V,) floats.",
    given="`table` has a row of $d$ numbers for each of $V$ characters, and row `index` is not all zero. Return one number for each row of "
    "`table`, row `index` itself too:",
    probes=from_one_row_probes,
    atol=0.05,  # degrees: near 0 a rounded cosine moves the angle that far in 32 bits
    members=(
        Member(
            name="distance",
            statement="its *distance* from row `index` as a point: the root of the sum of the squared differences.",
            hint="`table - table[index]` takes one row from every row. Square, sum along the right axis, take the root.",
            reference=distance,
            did="You returned distances between points",
            asked="here the distance between two points is asked: the root of the summed squares of the differences",
            mistakes=(
                Misconception(
                    "no root",
                    "You returned squared distances; take the root of the sum.",
                    lambda table, index: distance(table, index) ** 2,
                ),
                Misconception(
                    "absolute differences",
                    "You added the differences without their signs; square them, add, and take the root.",
                    _absolute_differences,
                ),
            ),
        ),
        Member(
            name="angle",
            statement="the *angle* between it and row `index`, in degrees, from 0 to 180. An all-zero row has no direction: give it 90.",
            hint="The cosine first, with a length of 0 replaced by 1; clip it to -1 and 1, because rounding may carry it past them. Then "
            "arccos, and degrees: `np.degrees`.",
            reference=angle,
            did="You returned angles",
            asked="here the angle between two directions is asked, in degrees",
            mistakes=(
                Misconception(
                    "radians",
                    "Your angles are in radians; 180 degrees are pi radians: np.degrees.",
                    lambda table, index: np.radians(angle(table, index)),
                ),
                Misconception(
                    "zero row gives NaN",
                    "An all-zero row was divided by its length, 0. Divide it by something else: its cosine is then 0, and its angle 90.",
                    _angle_with_nan,
                ),
                Misconception(
                    "arcsin",
                    "You used arcsin; the angle whose cosine is known is the arccos.",
                    lambda table, index: 90 - angle(table, index),
                ),
                Misconception(
                    "between 0 and 90",
                    "You lost the sign of the cosine. A row that points the opposite way is 180 degrees off, not 0.",
                    lambda table, index: np.minimum(angle(table, index), 180 - angle(table, index)),
                ),
            ),
        ),
        Member(
            name="shadow",
            statement="how far it reaches in the direction of row `index`: its product with row `index` divided by the length of row `index` "
            "alone. It is negative for a row that points the other way.",
            hint="Give row `index` alone the length 1; then one product with the whole table has all the answers.",
            reference=shadow,
            did="You returned how far each row reaches in the direction of row `index`",
            asked="here it is asked how far each row reaches in the direction of row `index`: divide by the length of that one alone",
            mistakes=(
                Misconception(
                    "the other row's length",
                    "You divided by the length of each row; divide by that of row `index` alone.",
                    _shadow_of_the_row,
                ),
                Misconception(
                    "the square of the length",
                    "You divided by the squared length of row `index`; divide by the length, the root of it.",
                    lambda table, index: shadow(table, index) / np.linalg.norm(np.asarray(table, dtype=float)[index]),
                ),
                Misconception(
                    "without its sign",
                    "You lost the sign: a row that points the other way reaches less than nothing, and its number is negative.",
                    lambda table, index: np.abs(shadow(table, index)),
                ),
            ),
        ),
    ),
    others=(
        Rule("cosine", "You returned cosines, as in lesson 02", _cosines),
        Rule("product", "You returned the plain products of the rows", _products),
    ),
    slips=(
        Slip(
            "leaves the row out",
            "You left out row `index`; here it has a number like every other, so there are V of them.",
            lambda right: lambda table, index: np.delete(right(table, index), index),
        ),
        Slip(
            "column of numbers",
            "You kept the summed axis (keepdims=True); one number for each row is asked, the shape (V,).",
            lambda right: lambda table, index: np.asarray(right(table, index))[:, None],
        ),
        Slip(
            "always the first",
            "You measured from row 0, whatever `index` is.",
            lambda right: lambda table, index: right(np.roll(table, 1, axis=0) if not np.any(table[0]) else table, 0),
        ),
    ),
)
