"""Orders, views and masks of the naive endpoint: paths, sort keys and projections.

Absent values sort before all others; texts compare bytewise.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from conformance.mutants.meta.book import invalid
from conformance.oracles.meta.fields import TABLES, Field, Table, find
from conformance.oracles.meta.model import Data, Kind

Path = tuple[str, ...]
Key = tuple[Path, bool]
"""A path to sort by, and whether descending."""

NAME, FULL = 1, 4
"""Views that mean something; all others show the mask, or everything without one."""


def resolve(kind: Kind, text: str, what: str) -> tuple[Path, Field]:
    """The field that a path names, in any spelling; one key of a map may end it.

    Raises:
        Refuse: there is none.
    """
    table: Table = TABLES[kind.message]
    names: list[str] = []
    parts = text.split(".")
    for at, part in enumerate(parts):
        field = find(table, part)
        if field is None:
            raise invalid(f"{what}: unknown path {text!r}")
        names.append(field.name)
        rest = parts[at + 1 :]
        if field.shape == "map" and len(rest) == 1:
            return (*names, rest[0]), Field(name=rest[0], type=field.type)
        if rest and field.type != "message":
            raise invalid(f"{what}: unknown path {text!r}")
        table = TABLES.get(field.message, {})
    assert field is not None
    return tuple(names), field


def value_at(data: Data, path: Path) -> Any:
    """What stands at the end of a path, None if it is absent."""
    value: Any = data
    for name in path:
        if not isinstance(value, dict) or name not in value:
            return None
        value = value[name]
    return value


def sort_value(data: Data, path: Path) -> tuple[Any, ...]:
    """A value that compares as the one at the path does; of lists only presence matters."""
    value = value_at(data, path)
    if value is None:
        return (0,)
    if isinstance(value, str):
        return (1, value.encode())
    return (1, bool(value)) if isinstance(value, list | dict) else (1, value)


def compare(left: Data, right: Data, keys: Sequence[Key]) -> int:
    """-1, 0 or 1, as one resource comes before or after the other."""
    for path, descending in keys:
        a, b = sort_value(left, path), sort_value(right, path)
        if a != b:
            return 1 if (a < b) == descending else -1
    return 0


def mask_path(kind: Kind, text: str) -> Path:
    """A path of a field mask.

    Raises:
        Refuse: it names nothing.
    """
    return resolve(kind, text, "field_mask")[0]


def project(message: str, data: Data, paths: Sequence[Path]) -> Data:
    """What the paths show of a value: other fields are zero or absent."""
    shown: Data = {}
    for field in TABLES[message].values():
        below = [path[1:] for path in paths if path[0] == field.name]
        if () in below:
            if field.name in data:
                shown[field.name] = data[field.name]
        elif below and field.shape == "map":
            keys = {path[0] for path in below}
            shown[field.name] = {k: v for k, v in data[field.name].items() if k in keys}
        elif below and field.shape == "list":
            shown[field.name] = [project(field.message, v, below) for v in data[field.name]]
        elif below and field.name in data:
            shown[field.name] = project(field.message, data[field.name], below)
        elif not field.has_presence:
            shown[field.name] = field.zero
    return shown
