"""Paths of fields as filters, orders and masks write them, and what stands under them in a value.

A path is a field, fields of nested messages after dots, and at last possibly one key of a map.
Each name may be spelled in snake, lower camel or kebab case (published Go client).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from conformance.oracles.meta.fields import TABLES, Field, find

State = Literal["present", "unset", "absent", "repeated"]
"""`unset`: a scalar zero, an empty list or map; `absent`: the message itself, one above, or a map
key is missing; `repeated`: the path leads through a list of messages."""


class PathError(ValueError):
    """A path leads nowhere.

    `demanded` is False where servers may see it differently (inside timestamps, below map keys).
    """

    def __init__(self, reason: str, *, demanded: bool = True) -> None:
        super().__init__(reason)
        self.demanded = demanded


@dataclass(frozen=True, kw_only=True, slots=True)
class Path:
    """A path that was resolved: its fields from the resource inwards, and a map key if it ends so.

    `text` is the canonical spelling, in snake case.
    """

    fields: tuple[Field, ...]
    key: str | None = None

    @property
    def leaf(self) -> Field:
        """The last field: with a `key`, the map."""
        return self.fields[-1]

    @property
    def text(self) -> str:
        """In snake case, with dots."""
        names = [field.name for field in self.fields]
        return ".".join(names if self.key is None else [*names, self.key])

    @property
    def through_list(self) -> bool:
        """Whether it leads through a list of messages into them."""
        return any(field.shape == "list" for field in self.fields[:-1])

    @property
    def may_be_absent(self) -> bool:
        """Whether a value may lack what the path names, rather than hold a zero there."""
        return len(self.fields) > 1 or self.key is not None or self.leaf.has_presence


def resolve(names: Sequence[str] | str, message: str) -> Path:
    """The path that is written so, from a message of that short name on.

    Raises:
        PathError: a name is unknown or leads further where nothing is.
    """
    parts = names.split(".") if isinstance(names, str) else list(names)
    fields: list[Field] = []
    for at, part in enumerate(parts):
        field = find(TABLES[message], part) if message else None
        if field is None:
            if not message and fields[-1].shape == "map" and at == len(parts) - 1:
                return Path(fields=tuple(fields), key=part)
            # Inside timestamps and below keys of maps some evaluators go further.
            goes_on = fields and (fields[-1].type == "timestamp" or fields[-1].shape == "map")
            raise PathError(f"unknown field {part!r}", demanded=bool(message) or not goes_on)
        fields.append(field)
        message = field.message
    return Path(fields=tuple(fields))


def look(data: Any, path: Path) -> tuple[State, Any]:
    """What a value holds under a path: the state, and the value or the zero that stands for it.

    A list of messages on the way is `repeated`, its value None.
    """
    *outer, leaf = path.fields
    for field in outer:
        if field.shape == "list":
            return ("repeated", None)
        data = data.get(field.name)
        if data is None:
            return ("absent", _zero(path))
    if path.key is not None:
        entries = data.get(leaf.name) or {}
        if path.key not in entries:
            return ("absent", _zero(path))
        return ("present", entries[path.key])
    if leaf.name not in data:
        return ("absent", _zero(path))
    value = data[leaf.name]
    return ("present" if leaf.has_presence or value else "unset", value)


def _zero(path: Path) -> Any:
    if path.key is not None:
        return 0 if path.leaf.type == "int64" else ""
    return None if path.leaf.has_presence else path.leaf.zero
