"""What the left side of a comparison names: a field of the resource, or a place inside its JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto, unique
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

from google.protobuf.descriptor import FieldDescriptor

from fixtures.documents.names import neighbour_or_all
from simulator.services.errors import shown
from simulator.services.tasks.filters.errors import FilterError
from simulator.services.tasks.filters.syntax import Word
from simulator.store.masks import AnyDescriptor

ALIASES: Final = {
    "created_time": "create_time",
    "updated_time": "update_time",
    "completed_time": "completion_time",
}
"""Seed 001's example of an order has `created_time`, though the field is `create_time`."""


@unique
class Shape(Enum):
    """How a field is compared."""

    TEXT = auto()
    ENUM = auto()
    TIME = auto()
    JSON = auto()
    """A whole JSON object, or a value inside one."""
    LIST = auto()
    """A list of messages, or one text of each of them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """A field that a filter may name."""

    shape: Shape
    name: str
    keys: tuple[str, ...]
    """What follows the field: keys inside JSON, or the field of each element of a list."""
    descriptor: Any


def find(word: Word, descriptor: AnyDescriptor, *, aliases: bool) -> Field:
    """Return the field of a type of message that a path names.

    Raises:
        FilterError: an unknown field, or a name inside what has no fields.
    """
    if word.kind == "call":
        raise FilterError(f"there is no function {shown(word.text)}", word.column)
    first, *rest = word.parts
    field = spellings(descriptor, aliases).get(first)
    if field is None:
        hint = neighbour_or_all(first, [each.name for each in descriptor.fields])
        raise FilterError(f"there is no field {shown(first)}{hint}", word.column)
    shape = _shape(field)
    if rest and shape not in (Shape.JSON, Shape.LIST):
        raise FilterError(f"{field.name} has no fields, found {shown(rest[0])}", word.column)
    if shape is Shape.LIST and rest:
        _check_element(rest, field, word)
    return Field(shape=shape, name=field.name, keys=tuple(rest), descriptor=field)


def json_value(field: Field) -> Callable[[Any], Any]:
    """Return a function that finds the JSON value that a field leads to: None, or a Value."""
    name, *parents, last = (field.name, *field.keys)

    def get(message: Any) -> Any:
        if not message.HasField(name):
            return None
        entries = getattr(message, name).fields
        for key in parents:
            if key not in entries or entries[key].WhichOneof("kind") != "struct_value":
                return None
            entries = entries[key].struct_value.fields
        # A map of messages is no dictionary: reading an absent key by its index would add it.
        return entries[last] if last in entries else None  # noqa: SIM401

    return get


@lru_cache(maxsize=16)
def spellings(descriptor: AnyDescriptor, aliases: bool) -> Mapping[str, Any]:
    """Return the fields of a message type by their names: snake_case, camelCase and aliases."""
    fields = {field.json_name: field for field in descriptor.fields}
    fields.update({field.name: field for field in descriptor.fields})
    if aliases:
        fields.update({alias: fields[name] for alias, name in ALIASES.items() if name in fields})
    return MappingProxyType(fields)


def _shape(field: Any) -> Shape:
    # The attribute that says so has changed between releases of protobuf; this one has not.
    if isinstance(field.default_value, list):
        return Shape.LIST
    if field.type == FieldDescriptor.TYPE_ENUM:
        return Shape.ENUM
    if field.message_type is None:
        return Shape.TEXT
    is_json = field.message_type.full_name == "google.protobuf.Struct"
    return Shape.JSON if is_json else Shape.TIME


def _check_element(rest: list[str], field: Any, word: Word) -> None:
    known = [each.name for each in field.message_type.fields]
    if rest[0] not in known:
        hint = neighbour_or_all(rest[0], known)
        text = f"the elements of {field.name} have no field {shown(rest[0])}{hint}"
        raise FilterError(text, word.column)
    if len(rest) > 1:
        raise FilterError(f"{rest[0]} has no fields, found {shown(rest[1])}", word.column)
