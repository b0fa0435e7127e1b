"""The order of a list: `title desc, metadata.create_time`, total in any case.

Seed 003, `order_by`; details as in the published Go client: an absent value comes first when
ascending, and equal items are ordered by name, in the direction of the last key. Texts compare
bytewise, timestamps by time; of lists, maps and messages only the presence counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, TypeAlias
from weakref import WeakKeyDictionary

from simulator.services.errors import invalid, shown
from simulator.services.meta.kinds import Kind
from simulator.services.meta.policy import Policy
from simulator.services.meta.registry import Stored
from simulator.store.paths import TIMESTAMP, BadPath, Path, is_map, is_repeated, read
from simulator.store.projection import Projection

LONGEST: Final = 16 * 1024
"""Characters (our choice)."""
MOST_KEYS: Final = 32
"""Keys (our choice)."""

_KEPT: Final = 8
"""Orders that are remembered together with the keys of resources."""
_DIRECTIONS: Final = {"asc": False, "desc": True}

SortKey: TypeAlias = tuple[Any, ...]
"""Comparable with other keys of its order by `<` and `==`; ascending is the order shown."""


class _Reversed:
    """A value whose order is turned round."""

    __slots__ = ("value",)

    def __init__(self, value: SortKey) -> None:
        self.value = value

    def __lt__(self, other: _Reversed) -> bool:
        return other.value < self.value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Reversed) and self.value == other.value

    def __hash__(self) -> int:
        return hash(self.value)


@dataclass(frozen=True, kw_only=True)
class Key:
    """One path to order by."""

    path: Path
    descending: bool

    def __str__(self) -> str:
        return f"{self.path.text} {'desc' if self.descending else 'asc'}"


class Order:
    """A total order of the resources of a kind; `keys` end with the name."""

    def __init__(self, kind: Kind, keys: tuple[Key, ...]) -> None:
        self.text = ",".join(map(str, keys))
        """Canonical: paths in the names of the schema, each with its direction."""
        self.by_name = len(keys) == 1
        """Whether the name is the only key."""
        self.descending = keys[0].descending
        """The direction of the first key."""
        self._readers = tuple((_reader(key.path), key.descending) for key in keys)
        self._projection = Projection([key.path for key in keys])
        self._known: WeakKeyDictionary[Stored, SortKey] = WeakKeyDictionary()

    def of(self, stored: Stored) -> SortKey:
        """Return what a stored resource is sorted by; worked out once."""
        key = self._known.get(stored)
        if key is None:
            key = self._known[stored] = self.key(stored.message)
        return key

    def key(self, message: Any) -> SortKey:
        """Return what a resource, or its `boundary`, is sorted by."""
        return tuple(
            [
                _Reversed(read_value(message)) if descending else read_value(message)
                for read_value, descending in self._readers
            ]
        )

    def boundary(self, message: Any) -> Any:
        """Return a copy of a resource that holds only what it is sorted by."""
        return self._projection.apply(message)


def read_order(kind: Kind, text: str, policy: Policy) -> Order:
    """Return the order that `order_by` asks for, by name if it is empty.

    Raises:
        ServiceError: INVALID_ARGUMENT; the text tells where and what is wrong, counted in
            characters from 0.
    """
    return _order(kind, text, policy.tie_follows_last)


@lru_cache(maxsize=_KEPT)
def _order(kind: Kind, text: str, tie_follows_last: bool) -> Order:
    if len(text) > LONGEST:
        raise invalid(f"order_by: is longer than {LONGEST} characters")
    listed = tuple(_keys(kind, text)) if text else ()
    keys: dict[str, Key] = {}
    for key in listed:
        keys.setdefault(key.path.text, key)  # ordering by the same again changes nothing
    if len(keys) > MOST_KEYS:
        raise invalid(f"order_by: has {len(keys)} keys, above {MOST_KEYS}")
    if "name" not in keys:
        descending = bool(listed) and tie_follows_last and listed[-1].descending
        keys["name"] = Key(path=read("name", kind.message.DESCRIPTOR), descending=descending)
    ends = list(keys).index("name") + 1  # names differ, so nothing after them matters
    return Order(kind, tuple(keys.values())[:ends])


def _keys(kind: Kind, text: str) -> Iterator[Key]:
    start = 0
    for element in text.split(","):
        words = [(match.group(), start + match.start()) for match in re.finditer(r"\S+", element)]
        match words:
            case []:
                raise _bad(start, "expected a path")
            case [(path, position)]:
                yield Key(path=_path(kind, path, position), descending=False)
            case [(path, position), (direction, at)]:
                if direction.lower() not in _DIRECTIONS:
                    raise _bad(at, f"expected asc or desc, not {shown(direction)}")
                descending = _DIRECTIONS[direction.lower()]
                yield Key(path=_path(kind, path, position), descending=descending)
            case [_, _, (word, at), *_]:
                raise _bad(at, f"expected a comma or the end, not {shown(word)}")
        start += len(element) + 1


def _path(kind: Kind, text: str, position: int) -> Path:
    try:
        path = read(text, kind.message.DESCRIPTOR)
    except BadPath as error:
        raise _bad(position, str(error)) from None
    for field in path.fields[:-1]:
        if is_repeated(field):
            raise _bad(position, f"{shown(text)} leads through {field.name}, which is a list")
    return path


def _bad(position: int, text: str) -> Exception:
    return invalid(f"order_by: at {position}: {text}")


def _reader(path: Path) -> Callable[[Any], SortKey]:
    """Return a function that reads a path as a tuple, empty if there is nothing."""
    *parents, last = path.fields
    names = tuple(field.name for field in parents)
    inside = _value_reader(last, path.key)
    if not names:
        return inside

    def read_inside(message: Any) -> SortKey:
        for name in names:
            if not message.HasField(name):
                return ()
            message = getattr(message, name)
        return inside(message)

    return read_inside


def _value_reader(field: Any, key: str | None) -> Callable[[Any], SortKey]:
    name, present = field.name, (True,)
    if key is not None:
        return lambda message: (
            (getattr(message, name)[key],) if key in getattr(message, name) else ()
        )
    if is_repeated(field) or is_map(field):
        return lambda message: present if len(getattr(message, name)) else ()
    if field.message_type is None:
        return lambda message: (getattr(message, name),)
    if field.message_type.full_name != TIMESTAMP:
        return lambda message: present if message.HasField(name) else ()

    def read_time(message: Any) -> SortKey:
        if not message.HasField(name):
            return ()
        time = getattr(message, name)
        return (time.seconds, time.nanos)

    return read_time


def _entry_reader(name: str, key: str) -> Callable[[Any], SortKey]:
    def read_entry(message: Any) -> SortKey:
        entries = getattr(message, name)
        return (entries[key],) if key in entries else ()

    return read_entry
