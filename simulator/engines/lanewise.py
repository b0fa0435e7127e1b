"""Arithmetic on many cases at once, a lane for each: what the kernels of lanes are written in.

Called from Python these are NumPy's; in machine code they are instructions on vectors, see
`vectors.py`. Operators (`+ - * /`, comparisons, `& | ~` of masks) mean the same in both.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .memory import Floats

__all__ = [
    "Mask",
    "ceiling",
    "floor",
    "gone",
    "in_lane",
    "lanes_of",
    "least",
    "log_left",
    "most",
    "nothing",
    "pick",
    "power",
    "put",
    "root",
    "scatter",
    "size",
    "some",
    "where",
]

Mask = NDArray[np.bool_]
"""Yes or no for each lane."""


def where(condition: Mask, one: Floats | float, other: Floats | float) -> Floats:
    """Return one value in lanes that meet a condition, another in those that do not."""
    found: Floats = np.where(condition, one, other)
    return found


def least(one: Floats | float, other: Floats | float) -> Floats:
    """Return the smaller one of each lane."""
    found: Floats = np.minimum(one, other)
    return found


def most(one: Floats | float, other: Floats | float) -> Floats:
    """Return the larger one of each lane."""
    found: Floats = np.maximum(one, other)
    return found


def size(value: Floats) -> Floats:
    """Return magnitudes."""
    return np.abs(value)


def root(value: Floats) -> Floats:
    """Return square roots."""
    found: Floats = np.sqrt(value)
    return found


def gone(x: Floats) -> Floats:
    """Return what is gone after x time constants: `1 - exp(-x)`."""
    found: Floats = -np.expm1(-x)
    return found


def log_left(x: Floats) -> Floats:
    """Return the logarithm of what a part x leaves: `log(1 - x)`."""
    found: Floats = np.log1p(-x)
    return found


def power(base: Floats, exponent: Floats) -> Floats:
    """Return powers of what is not negative."""
    found: Floats = base**exponent
    return found


def floor(value: Floats) -> Floats:
    """Return the next whole number below."""
    found: Floats = np.floor(value)
    return found


def ceiling(value: Floats) -> Floats:
    """Return the next whole number above."""
    found: Floats = np.ceil(value)
    return found


def nothing(value: Floats) -> Floats:
    """Return 0 for each lane."""
    return np.zeros_like(value)


def some(mask: Mask) -> bool:
    """Return whether any lane meets a condition; what only such lanes need can be left out."""
    return bool(mask.any())


def lanes_of(value: Floats) -> int:
    """Return how many lanes there are."""
    return len(value)


def in_lane(value: Floats, lane: int) -> float:
    """Return the number of one lane."""
    return float(value[lane])


def put(value: Floats, lane: int, number: float) -> Floats:
    """Return values with that of one lane replaced."""
    value[lane] = number
    return value


def pick(table: Floats, places: Floats) -> Floats:
    """Return for each lane the number at its place of a table."""
    return table[places.astype(np.int64)]


def scatter(table: Floats, places: Floats, behind: int, values: Floats) -> None:
    """Write the number of each lane so far behind its place of a table."""
    table[places.astype(np.int64) + behind] = values
