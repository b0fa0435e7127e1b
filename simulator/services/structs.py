"""JSON objects: on the wire a Struct, in our hands a dictionary, there and back.

Works on the Struct of any contract's pool. Numbers that JSON cannot write, and values without a
kind, are refused: a client that reads the answer as JSON could not read them.
"""

from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any, Final, NamedTuple

from simulator.services.errors import invalid

DEEPEST: Final = 100
"""The nesting at which protobuf's own parser gives up."""
_EXACT: Final = 2**53
_LONGEST_PATH: Final = 120


class NotJson(ValueError):
    """A Struct that JSON cannot write, or not without nesting too deeply: where, and why."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path[:_LONGEST_PATH]
        self.text = text
        super().__init__(f"{self.path}: {text}")


def read_struct(struct: Any, field: str, levels: int = DEEPEST) -> dict[str, Any]:
    """Return a Struct as a dictionary; whole numbers that a double holds exactly become ints.

    `levels` counts objects and lists, the Struct itself being the first.

    Raises:
        ServiceError: INVALID_ARGUMENT; nested deeper than `levels`, or not JSON.
    """
    try:
        return to_json(struct, field, levels)
    except NotJson as error:
        raise invalid(str(error)) from None


def to_json(
    struct: Any, field: str, levels: int = DEEPEST, *, number: Callable[[float], Any] | None = None
) -> dict[str, Any]:
    """Return a Struct as `read_struct` does, `number` telling what becomes of its numbers.

    Raises:
        NotJson: nested deeper than `levels`, or not JSON.
    """
    return _object(struct, field, levels, _Reading(levels, number or shortest))


def shortest(number: float) -> int | float:
    """Return a whole number that a double holds exactly as an int, any other as it is."""
    return int(number) if number.is_integer() and abs(number) < _EXACT else number


class _Reading(NamedTuple):
    levels: int
    number: Callable[[float], Any]


def _object(struct: Any, path: str, left: int, reading: _Reading) -> dict[str, Any]:
    _check_depth(path, left, reading)
    return {
        key: _value(value, f"{path}.{key}", left - 1, reading)
        for key, value in struct.fields.items()
    }


def _value(value: Any, path: str, left: int, reading: _Reading) -> Any:
    kind = value.WhichOneof("kind")
    match kind:
        case "number_value":
            number = value.number_value
            if not isfinite(number):
                raise NotJson(path, f"JSON has no number {number}")
            return reading.number(number)
        case "string_value" | "bool_value":
            return getattr(value, kind)
        case "null_value":
            return None
        case "struct_value":
            return _object(value.struct_value, path, left, reading)
        case "list_value":
            _check_depth(path, left, reading)
            return [
                _value(item, f"{path}[{index}]", left - 1, reading)
                for index, item in enumerate(value.list_value.values)
            ]
        case _:
            raise NotJson(path, "a value without a kind")


def _check_depth(path: str, left: int, reading: _Reading) -> None:
    if left == 0:
        raise NotJson(path, f"is nested deeper than {reading.levels} levels")


def write_struct(values: Mapping[str, Any], struct: Any) -> None:
    """Fill an empty Struct from a dictionary of JSON values."""
    struct.SetInParent()
    for key, value in values.items():
        _write(struct.fields[key], value)


def _write(target: Any, value: Any) -> None:
    match value:
        case None:
            target.null_value = 0
        case bool():
            target.bool_value = value
        case int() | float():
            target.number_value = value
        case str():
            target.string_value = value
        case Mapping():
            write_struct(value, target.struct_value)
        case _:
            target.list_value.SetInParent()
            for item in value:
                _write(target.list_value.values.add(), item)
