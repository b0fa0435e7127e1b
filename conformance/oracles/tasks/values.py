"""JSON values: what makes two of them equal, and what a Struct can carry.

Python takes `True` for 1; JSON does not. All numbers of a Struct are doubles.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

Kind = Literal["null", "bool", "number", "string", "list", "object"]


def kind_of(value: Any) -> Kind:
    """The kind of a JSON value.

    Raises:
        TypeError: it is none.
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "string"
    if isinstance(value, Mapping):
        return "object"
    if isinstance(value, Sequence):
        return "list"
    raise TypeError(f"{type(value).__name__} is no JSON value")


def same_json(one: Any, other: Any) -> bool:
    """Whether two values are equal, kinds included; values that are no JSON by `==`."""
    try:
        kind = kind_of(one)
        if kind != kind_of(other):
            return False
    except TypeError:
        return bool(one == other)
    if kind == "object":
        return one.keys() == other.keys() and all(same_json(one[k], other[k]) for k in one)
    if kind == "list":
        return len(one) == len(other) and all(map(same_json, one, other))
    return bool(one == other)


def finite(value: Any) -> bool:
    """Whether JSON can say all numbers in a value."""
    if isinstance(value, Mapping):
        return all(map(finite, value.values()))
    if isinstance(value, list | tuple):
        return all(map(finite, value))
    return not isinstance(value, float) or math.isfinite(value)
