"""The order of a list: `type, -create_time` or `create_time desc`, total in any case.

Seed 001 shows the minus sign, AIP-132 the word. The rest is our choice: what is not set sorts
first, and last when descending; JSON sorts by kind, then by value; equal items are ordered by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, TypeAlias

from fixtures.documents.names import neighbour_or_all
from simulator.services.errors import shown
from simulator.services.instants import to_ns
from simulator.services.tasks.filters.fields import Field, Shape, json_value, spellings
from simulator.services.tasks.resources import Kind

LONGEST: Final = 1024
"""Characters (our choice)."""
MOST_KEYS: Final = 16
"""Keys (our choice)."""
_KEPT: Final = 64

Raw: TypeAlias = tuple[int, Any]
"""A rank and a value that compares with all others of that rank; plain enough for JSON."""
UNSET: Final[Raw] = (0, 0)
_NULL, _BOOL, _NUMBER, _TEXT, _NESTED = 1, 2, 3, 4, 5

_INVERTED: Final = bytes(max(0xFE - byte, 0) for byte in range(256))
"""Turns the order of UTF-8 round; no such byte is above 0xF4, so 0xFF is free for the end."""


class OrderError(ValueError):
    """A text that is no order; says what is wrong, and at which column."""


@dataclass(frozen=True, kw_only=True)
class Key:
    """One field to order by."""

    path: str
    """In the names of the contract."""
    descending: bool
    read: Callable[[Any], Raw]


@dataclass(frozen=True, kw_only=True, eq=False)
class Order:
    """Fields to order by, before the name; none: in the order of creation."""

    keys: tuple[Key, ...]

    @property
    def by_creation(self) -> bool:
        """Whether nothing but the instant of creation matters; no two of a tenant are equal."""
        return not self.keys or self.keys[0].path == "create_time"

    @property
    def descending(self) -> bool:
        """The direction of the first key."""
        return bool(self.keys) and self.keys[0].descending

    def raw(self, message: Any) -> tuple[Raw, ...]:
        """Return what a message is sorted by, as it travels in page tokens."""
        return tuple([key.read(message) for key in self.keys])

    def key(self, message: Any) -> tuple[Any, ...]:
        """Return what sorts a message, ascending."""
        return self.directed([key.read(message) for key in self.keys])

    def directed(self, raws: Sequence[Raw], *, only_begins: bool = False) -> tuple[Any, ...]:
        """Return what sorts a message with these values.

        With `only_begins`, what sorts before all whose texts begin with these.
        """
        end = b"" if only_begins else b"\xff"
        parts: list[Any] = []
        for key, (rank, value) in zip(self.keys, raws, strict=True):
            if not key.descending:
                parts += rank, value
            elif rank == _TEXT:
                parts += -rank, value.encode().translate(_INVERTED) + end
            else:
                parts += -rank, -value
        return tuple(parts)


@lru_cache(maxsize=_KEPT)
def read_order(text: str, kind: Kind, *, time_aliases: bool = True) -> Order:
    """Return the order that `order_by` asks for.

    Raises:
        OrderError: it is none.
    """
    if len(text) > LONGEST:
        raise OrderError(f"{len(text)} characters are more than {LONGEST}")
    keys = tuple(_keys(text, kind, time_aliases)) if text.strip() else ()
    if len(keys) > MOST_KEYS:
        raise OrderError(f"{len(keys)} fields are more than {MOST_KEYS}")
    seen: set[str] = set()
    for key in keys:
        if key.path in seen:
            raise OrderError(f"{shown(key.path)} is named twice")
        seen.add(key.path)
    return Order(keys=keys)


def _keys(text: str, kind: Kind, aliases: bool) -> Iterator[Key]:
    column = 1
    for item in text.split(","):
        words = item.split()
        minus = bool(words) and words[0].startswith("-")
        match [words[0].removeprefix("-"), *words[1:]] if minus else words:
            case []:
                raise OrderError(f"column {column}: expected a field")
            case [path]:
                descending = minus
            case [path, "asc" | "desc" as direction] if not minus:
                descending = direction == "desc"
            case [_, other, *_]:
                expected = "a comma" if minus else "asc, desc or a comma"
                raise OrderError(f"column {column}: expected {expected}, found {shown(other)}")
        yield _key(path, descending, kind, aliases, column)
        column += len(item) + 1


def _key(path: str, descending: bool, kind: Kind, aliases: bool, column: int) -> Key:
    first, *keys = path.split(".")
    field = spellings(kind.message.DESCRIPTOR, aliases).get(first)
    name = "" if field is None else field.name
    inside = name in kind.structs
    if not (inside or name in kind.sortable) or bool(keys) != inside or not all(keys):
        known = [*kind.sortable, *(f"{struct}.…" for struct in kind.structs)]
        hint = neighbour_or_all(path, known)
        raise OrderError(f"column {column}: there is no order by {shown(path)}{hint}")
    true_path = ".".join([name, *keys])
    return Key(path=true_path, descending=descending, read=_reader(name, field, tuple(keys)))


def _reader(name: str, field: Any, keys: tuple[str, ...]) -> Callable[[Any], Raw]:
    if keys:
        place = Field(shape=Shape.JSON, name=name, keys=keys, descriptor=field)
        return _json_reader(json_value(place))
    if field.enum_type is not None:
        return lambda message: (_NUMBER, getattr(message, name))
    if field.message_type is None:
        return lambda message: (_TEXT, getattr(message, name))
    return lambda message: (
        (_NUMBER, to_ns(getattr(message, name))) if message.HasField(name) else UNSET
    )


def _json_reader(get: Callable[[Any], Any]) -> Callable[[Any], Raw]:
    """Lists and objects have no order among each other, and come after everything else."""

    def read(message: Any) -> Raw:
        value = get(message)
        kind = None if value is None else value.WhichOneof("kind")
        match kind:
            case "null_value":
                return (_NULL, 0)
            case "bool_value":
                return (_BOOL, int(value.bool_value))
            case "number_value":
                return (_NUMBER, value.number_value)
            case "string_value":
                return (_TEXT, value.string_value)
            case None:
                return UNSET
            case _:
                return (_NESTED, 0)

    return read
