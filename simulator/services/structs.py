"""JSON objects: on the wire a Struct, in our hands a dictionary, there and back.

Works on the Struct of any contract's pool. Numbers that JSON cannot write, and values without a
kind, are refused: a client that reads the answer as JSON could not read them.
"""

from collections.abc import Mapping
from math import isfinite
from typing import Any, Final

from simulator.services.errors import invalid

DEEPEST: Final = 100
"""The nesting at which protobuf's own parser gives up."""
_EXACT: Final = 2**53
_LONGEST_PATH: Final = 120


def read_struct(struct: Any, field: str, levels: int = DEEPEST) -> dict[str, Any]:
    """Return a Struct as a dictionary; whole numbers that a double holds exactly become ints.

    `levels` counts objects and lists, the Struct itself being the first.

    Raises:
        ServiceError: INVALID_ARGUMENT; nested deeper than `levels`, or not JSON.
    """
    return _read_object(struct, field, levels, levels)


def _read_object(struct: Any, path: str, left: int, levels: int) -> dict[str, Any]:
    _check_depth(path, left, levels)
    return {
        key: _read(value, f"{path}.{key}", left - 1, levels) for key, value in struct.fields.items()
    }


def _read(value: Any, path: str, left: int, levels: int) -> Any:
    kind = value.WhichOneof("kind")
    match kind:
        case "number_value":
            number = value.number_value
            if not isfinite(number):
                raise invalid(f"{path[:_LONGEST_PATH]}: JSON has no number {number}")
            return int(number) if number.is_integer() and abs(number) < _EXACT else number
        case "string_value" | "bool_value":
            return getattr(value, kind)
        case "null_value":
            return None
        case "struct_value":
            return _read_object(value.struct_value, path, left, levels)
        case "list_value":
            _check_depth(path, left, levels)
            return [
                _read(item, f"{path}[{index}]", left - 1, levels)
                for index, item in enumerate(value.list_value.values)
            ]
        case _:
            raise invalid(f"{path[:_LONGEST_PATH]}: a value without a kind")


def _check_depth(path: str, left: int, levels: int) -> None:
    if left == 0:
        raise invalid(f"{path[:_LONGEST_PATH]}: is nested deeper than {levels} levels")


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
