r"""Field paths: from what a filter writes to what a message holds there.

Each name of a path may be spelled `like_this`, `likeThis` or `like-this`; capitals matter. A map
takes one more name, its key, in which `\.` stands for a dot. Paths through a repeated message are
known, but find no single value. Works for messages of any type.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto, unique
from functools import lru_cache
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from fixtures.documents.names import nearest
from simulator.services.errors import shown
from simulator.services.meta.filters.errors import FilterError
from simulator.services.meta.filters.syntax import Path
from simulator.store.masks import AnyDescriptor

Field: TypeAlias = Any
"""A field descriptor, whose class depends on protobuf's implementation."""

_NAME_FIELDS: Final = frozenset(
    {
        "ntt.meta.v1alpha2.Deployment.service",
        "ntt.meta.v1alpha2.Region.RegionConnectivityPreference.dest",
    }
)
"""Fields that refer to another resource. The published descriptors do not mark them."""

_SEPARATOR: Final = re.compile(r"(?<!\\)\.")


@unique
class Shape(Enum):
    """What a path finds in a message."""

    SINGLE = auto()
    """One value, zero or an empty message if unset."""
    LIST = auto()
    MAP = auto()
    ENTRY = auto()
    """The value of one key of a map, zero if the key is absent."""
    UNREACHABLE = auto()
    """Nothing: the path leads through a repeated message."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A path that a type of message has."""

    path: Path
    shape: Shape
    field: Field
    """The last field; of a map entry, the field of its values."""
    get: Callable[[Message], Any]
    """What a message holds there: never None, except below a repeated message."""
    is_null: Callable[[Message], bool]
    """Whether nothing is there: an absent message, an empty list or map, a missing key, or any
    path below these. A scalar on a present message is never null unless it is `optional`."""

    @property
    def names_resource(self) -> bool:
        """Whether resource names are held, in which `-` stands for any id."""
        owner = self.field.containing_type
        is_own = self.path.text == "name" and is_text(self.field)
        return is_own or f"{owner.full_name}.{self.field.name}" in _NAME_FIELDS


def is_repeated(field: Field) -> bool:
    """Return whether a field is a list or a map."""
    # The attribute that says so has changed between releases of protobuf; this one has not.
    return isinstance(field.default_value, list)


def is_message(field: Field) -> bool:
    """Return whether a field holds messages, one or many."""
    return field.message_type is not None


def is_map(field: Field) -> bool:
    """Return whether a field is a map."""
    return is_message(field) and bool(field.message_type.GetOptions().map_entry)


def is_text(field: Field) -> bool:
    """Return whether a field holds text."""
    return bool(field.type == FieldDescriptor.TYPE_STRING)


@lru_cache(maxsize=256)
def spellings(descriptor: AnyDescriptor) -> Mapping[str, Field]:
    """Return the fields of a message type by each of their spellings."""
    fields: dict[str, Field] = {}
    fields.update({field.name.replace("_", "-"): field for field in descriptor.fields})
    fields.update({field.json_name: field for field in descriptor.fields})
    fields.update({field.name: field for field in descriptor.fields})
    return MappingProxyType(fields)


def find(descriptor: AnyDescriptor, name: str, position: int) -> Field:
    """Return the field of a message type with that name.

    Raises:
        FilterError: there is none; the text names the nearest.
    """
    known = spellings(descriptor)
    if name in known:
        return known[name]
    own = [field.name for field in descriptor.fields]
    near = nearest(name, own)
    hint = f"did you mean {near!r}?" if near else f"expected one of {', '.join(own)}"
    raise FilterError(f"unknown field {shown(name)}, {hint}", position)


def resolve(path: Path, descriptor: AnyDescriptor) -> Place:
    """Follow a path into a type of message.

    Raises:
        FilterError: an unknown name, or a name inside what has no fields.
    """
    position = path.position
    owner: AnyDescriptor | None = descriptor
    fields: list[Field] = []
    key: str | None = None
    for spelled in _SEPARATOR.split(path.text):
        name = spelled.replace("\\.", ".")
        if key is not None:
            raise FilterError("the values of a map have no fields", position)
        if owner is not None:
            fields.append(find(owner, name, position))
            owner = None if is_map(fields[-1]) else fields[-1].message_type
        elif is_map(fields[-1]):
            key = _key(fields[-1], name, position)
        else:
            raise FilterError(f"{fields[-1].name!r} has no fields, found {shown(name)}", position)
        position += len(spelled) + 1
    return _place(path, fields, key)


def _key(field: Field, name: str, position: int) -> str:
    if not is_text(field.message_type.fields_by_name["key"]):
        raise FilterError(f"the keys of {field.name!r} are not text", position)
    return name


def _place(path: Path, fields: list[Field], key: str | None) -> Place:
    last = fields[-1] if key is None else fields[-1].message_type.fields_by_name["value"]
    if any(is_repeated(field) for field in fields[:-1]):
        return Place(path=path, shape=Shape.UNREACHABLE, field=last, get=_nothing, is_null=_always)
    get: Callable[[Message], Any] = attrgetter(".".join(field.name for field in fields))
    if key is not None:
        zero = None if is_message(last) else last.default_value
        return Place(
            path=path,
            shape=Shape.ENTRY,
            field=last,
            # Reading a key by its index would add it.
            get=lambda message: get(message).get(key, zero),
            is_null=lambda message: key not in get(message),
        )
    if is_repeated(last):
        shape = Shape.MAP if is_map(last) else Shape.LIST
        return Place(
            path=path, shape=shape, field=last, get=get, is_null=lambda message: not get(message)
        )
    on_the_way = tuple(field.name for field in fields if field.has_presence)
    return Place(
        path=path,
        shape=Shape.SINGLE,
        field=last,
        get=get,
        is_null=lambda message: _is_absent(message, on_the_way),
    )


def _is_absent(message: Any, names: tuple[str, ...]) -> bool:
    for name in names:
        if not message.HasField(name):
            return True
        message = getattr(message, name)
    return False


def _nothing(_: Message) -> None:
    return None


def _always(_: Message) -> bool:
    return True
