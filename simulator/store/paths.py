r"""Paths to fields of any protobuf message, as callers of list and watch methods write them.

Every field may be spelled in snake_case, lowerCamelCase or kebab-case. A path leads through
messages, singular or repeated, and may end with one key of a map, in which `\.` is a dot.
Timestamps count as values: nothing lies inside them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from fixtures.documents.names import nearest
from simulator.store.errors import StoreError

if TYPE_CHECKING:
    from google._upb._message import Descriptor as FastDescriptor
    from google._upb._message import FieldDescriptor as FastField

# Descriptors are of one class or the other, depending on protobuf's implementation.
AnyDescriptor: TypeAlias = "Descriptor | FastDescriptor"
AnyField: TypeAlias = "FieldDescriptor | FastField"

TIMESTAMP: Final = "google.protobuf.Timestamp"
_SEPARATOR: Final = re.compile(r"(?<!\\)\.")
_SHOWN: Final = 100


class BadPath(StoreError):
    """A path that leads nowhere; the text names the part that fails and the nearest field."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Path:
    """A checked path."""

    fields: tuple[AnyField, ...]
    """At least one; each lies inside the one before it."""
    key: str | None = None
    """A key of the map that the last field is, if the path leads into one."""

    @property
    def text(self) -> str:
        """The path as one would write it, in the names of the schema."""
        names = [field.name for field in self.fields]
        return ".".join(names if self.key is None else [*names, self.key.replace(".", r"\.")])


def read(text: str, descriptor: AnyDescriptor) -> Path:
    """Return the path that `text` spells from a message of the type on.

    Raises:
        BadPath: it leads nowhere.
    """
    fields: list[AnyField] = []
    inside: AnyDescriptor | None = descriptor
    parts = _SEPARATOR.split(text)
    for depth, part in enumerate(parts):
        if inside is None:
            raise BadPath(
                f"{_short(text)!r}: nothing can be named inside {_short(parts[depth - 1])!r}"
            )
        field = spellings(inside).get(part)
        if field is None:
            raise BadPath(
                f"{_short(text)!r}: {inside.name} has no field {_short(part)!r}, "
                + _neighbour(part, inside)
            )
        fields.append(field)
        if is_map(field) and depth + 1 < len(parts):
            return Path(fields=tuple(fields), key=_key(text, parts, depth + 1, field))
        inside = None if is_value(field) else field.message_type
    return Path(fields=tuple(fields))


@cache
def spellings(descriptor: AnyDescriptor) -> Mapping[str, AnyField]:
    """The fields of a message type by every accepted spelling of their names."""
    found = {}
    for field in descriptor.fields:
        for name in (field.name.replace("_", "-"), field.camelcase_name, field.name):
            found[name] = field
    return found


def is_repeated(field: AnyField) -> bool:
    """Whether a field is a list or a map."""
    return isinstance(field.default_value, list)


def is_map(field: AnyField) -> bool:
    """Whether a field is a map."""
    return field.message_type is not None and field.message_type.GetOptions().map_entry


def is_value(field: AnyField) -> bool:
    """Whether nothing can be named inside a field: a scalar, a timestamp, a map."""
    message = field.message_type
    return message is None or message.full_name == TIMESTAMP or is_map(field)


def _key(text: str, parts: list[str], depth: int, field: AnyField) -> str:
    entry: Any = field.message_type
    if entry.fields_by_name["key"].cpp_type != FieldDescriptor.CPPTYPE_STRING:
        raise BadPath(f"{_short(text)!r}: the keys of {field.name} are no texts")
    if not parts[depth]:
        raise BadPath(f"{_short(text)!r}: an empty key of {field.name}")
    if depth + 1 < len(parts):
        raise BadPath(f"{_short(text)!r}: nothing can be named inside a value of {field.name}")
    return parts[depth].replace(r"\.", ".")


def _neighbour(name: str, descriptor: AnyDescriptor) -> str:
    known = [field.name for field in descriptor.fields]
    if near := nearest(name[:_SHOWN], known):
        return f"did you mean {near!r}?"
    return f"only {', '.join(known)}"


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
