"""What a literal of a filter means for the field it is compared with.

Text is what Go's double-quoted strings are. Integers take whole numbers only, and only those they
can hold; enums take names or numbers; timestamps take RFC 3339 texts, kept as nanoseconds since
the epoch so that offsets do not matter; messages and maps take `{key: value}`.
"""

import re
import struct
from collections.abc import Callable
from typing import Any, Final

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from fixtures.documents.names import neighbour
from simulator.services.errors import shown
from simulator.services.instants import SECOND_NS, parse_ns
from simulator.services.meta.filters.errors import FilterError
from simulator.services.meta.filters.paths import Field, find, is_map, is_message, is_repeated
from simulator.services.meta.filters.syntax import Value

TIMESTAMP: Final = "google.protobuf.Timestamp"

_WHOLE: Final = re.compile(r"-?[0-9]+")
_DECIMAL: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_MOST_DIGITS: Final = 25
"""More than a 64 bit integer has; cut to so many, a number is still out of every range."""
_ESCAPE: Final = re.compile(
    r"\\(?:(?P<plain>[abfnrtv\\\"'])|(?P<octal>[0-7]{3})|x(?P<byte>[0-9a-fA-F]{2})"
    r"|u(?P<short>[0-9a-fA-F]{4})|U(?P<long>[0-9a-fA-F]{8})|(?P<other>.))",
    re.DOTALL,
)
_PLAIN: Final = dict(zip("abfnrtv\\\"'", "\a\b\f\n\r\t\v\\\"'", strict=True))

_INTEGERS: Final = {
    FieldDescriptor.TYPE_INT32: ("int32", -(2**31), 2**31),
    FieldDescriptor.TYPE_SINT32: ("int32", -(2**31), 2**31),
    FieldDescriptor.TYPE_SFIXED32: ("int32", -(2**31), 2**31),
    FieldDescriptor.TYPE_UINT32: ("uint32", 0, 2**32),
    FieldDescriptor.TYPE_FIXED32: ("uint32", 0, 2**32),
    FieldDescriptor.TYPE_INT64: ("int64", -(2**63), 2**63),
    FieldDescriptor.TYPE_SINT64: ("int64", -(2**63), 2**63),
    FieldDescriptor.TYPE_SFIXED64: ("int64", -(2**63), 2**63),
    FieldDescriptor.TYPE_UINT64: ("uint64", 0, 2**64),
    FieldDescriptor.TYPE_FIXED64: ("uint64", 0, 2**64),
}
_FLOATS: Final = (FieldDescriptor.TYPE_FLOAT, FieldDescriptor.TYPE_DOUBLE)


def is_float(field: Field) -> bool:
    """Return whether a field holds floating point numbers, of which some are no number."""
    return field.type in _FLOATS


def is_timestamp(field: Field) -> bool:
    """Return whether a field holds instants."""
    return is_message(field) and field.message_type.full_name == TIMESTAMP


def meant(value: Value, field: Field) -> Any:
    """Return a literal as one value of a field: one element, if the field is a list.

    Texts are `str`, timestamps nanoseconds since the epoch, enums numbers, messages messages.

    Raises:
        FilterError: the literal does not fit the field.
    """
    if field.type in _INTEGERS:
        return _integer(value, field)
    if is_message(field):
        return instant_ns(value, field) if is_timestamp(field) else _message(value, field)
    convert: Callable[[Value, Field], Any] | None = _CONVERSIONS.get(field.type)
    if convert is None:
        raise FilterError(f"{field.name!r} holds bytes, which have no literal", value.position)
    return convert(value, field)


def text(value: Value, field: Field) -> str:
    """Return the text that a string literal denotes, escapes replaced as Go does.

    Raises:
        FilterError: no string, an escape that does not exist, or bytes that are not UTF-8.
    """
    if value.kind != "string":
        raise mismatch(value, field, "a string")
    return _unquoted(value)


def _unquoted(value: Value) -> str:
    quoted = value.text[1:-1]
    if "\\" not in quoted:
        return quoted
    parts: list[bytes] = []
    done = 0
    for escape in _ESCAPE.finditer(quoted):
        parts += quoted[done : escape.start()].encode(), _unescaped(escape, value.position + 1)
        done = escape.end()
    try:
        return b"".join([*parts, quoted[done:].encode()]).decode()
    except UnicodeDecodeError:
        raise FilterError("the escapes of a string are not UTF-8", value.position) from None


def instant_ns(value: Value, field: Field) -> int:
    """Return the instant that a string literal denotes, in nanoseconds since the epoch.

    Raises:
        FilterError: no RFC 3339 date and time of the years 1 to 9999.
    """
    spelled = text(value, field)
    found_ns = parse_ns(spelled)
    if found_ns is None:
        raise FilterError(
            f'{field.name!r} needs a time like "2024-01-31T12:00:00Z", found {shown(spelled)}',
            value.position,
        )
    return found_ns


def mismatch(value: Value, field: Field, needed: str) -> FilterError:
    """Return the refusal of a literal of the wrong kind."""
    found = "a map" if value.kind == "map" else shown(value.text)
    return FilterError(f"{field.name!r} needs {needed}, found {found}", value.position)


def _unescaped(escape: re.Match[str], start: int) -> bytes:
    kind, digits = escape.lastgroup, escape[escape.lastgroup or 0]
    if kind == "plain":
        return _PLAIN[digits].encode()
    if kind in ("octal", "byte"):
        number = int(digits, 8 if kind == "octal" else 16)
        if number < 256:
            return bytes([number])
    elif kind in ("short", "long"):
        number = int(digits, 16)
        if number <= 0x10FFFF and not 0xD800 <= number <= 0xDFFF:
            return chr(number).encode()
    raise FilterError(f"unknown escape {shown(escape[0])}", start + escape.start())


def _integer(value: Value, field: Field) -> int:
    kind, low, end = _INTEGERS[field.type]
    number = _whole(value)
    if number is None:
        raise mismatch(value, field, f"a whole number ({kind})")
    if not low <= number < end:
        raise FilterError(f"{shown(value.text)} is out of the range of {kind}", value.position)
    return number


def _whole(value: Value) -> int | None:
    """Return the whole number that a literal is, cut to what no field can hold, or None."""
    if value.kind != "number" or not _WHOLE.fullmatch(value.text):
        return None
    sign = -1 if value.text[0] == "-" else 1
    # Python refuses to convert very long texts, of which leading zeros may be the most part.
    return sign * int(value.text.lstrip("-0")[:_MOST_DIGITS] or "0")


def _float(value: Value, field: Field) -> float:
    if value.kind != "number" or not _DECIMAL.fullmatch(value.text):
        raise mismatch(value, field, "a number")
    number = float(value.text)
    if field.type == FieldDescriptor.TYPE_DOUBLE:
        return number
    try:
        return float(struct.unpack("<f", struct.pack("<f", number))[0])
    except OverflowError:
        raise FilterError(
            f"{shown(value.text)} is out of the range of float", value.position
        ) from None


def _bool(value: Value, field: Field) -> bool:
    if value.kind != "bool":
        raise mismatch(value, field, "TRUE or FALSE")
    return value.text.lower() == "true"


def _enum(value: Value, field: Field) -> int:
    if value.kind == "string":
        name = text(value, field)
        found = field.enum_type.values_by_name.get(name)
        if found is None:
            near = neighbour(name, list(field.enum_type.values_by_name))
            raise FilterError(f"{field.name!r} has no value {shown(name)}{near}", value.position)
        return int(found.number)
    number = _whole(value)
    _, low, end = _INTEGERS[FieldDescriptor.TYPE_INT32]
    if number is None or not low <= number < end:
        raise mismatch(value, field, "a name or number of its enum")
    return number


def _message(value: Value, field: Field) -> Message:
    if value.kind != "map":
        raise mismatch(value, field, "{field: value, …}")
    message = GetMessageClass(field.message_type)()
    # Present even if nothing is in it, and equal to one that was left out: both are empty.
    for key, given in value.entries:
        inner = find(field.message_type, _key(key), key.position)
        if is_map(inner):
            getattr(message, inner.name).update(pairs(given, inner))
        elif is_repeated(inner):
            raise FilterError(f"{inner.name!r} is a list, which has no literal", given.position)
        elif is_timestamp(inner):
            stamp = getattr(message, inner.name)
            stamp.seconds, stamp.nanos = divmod(instant_ns(given, inner), SECOND_NS)
            stamp.SetInParent()
        elif is_message(inner):
            getattr(message, inner.name).CopyFrom(_message(given, inner))
            getattr(message, inner.name).SetInParent()
        else:
            setattr(message, inner.name, meant(given, inner))
    return message


def _key(key: Value) -> str:
    if key.kind != "string":
        raise FilterError(f"a field name needs quotes, found {shown(key.text)}", key.position)
    return _unquoted(key)


def pairs(value: Value, field: Field) -> dict[Any, Any]:
    """Return a map literal as the entries of a map field.

    Raises:
        FilterError: not a map, or a key or value that the field cannot hold.
    """
    if value.kind != "map":
        raise mismatch(value, field, "{key: value, …}")
    kinds = field.message_type.fields_by_name
    if is_message(kinds["value"]):
        raise FilterError(f"{field.name!r} holds messages, it has no literal", value.position)
    return {meant(k, kinds["key"]): meant(v, kinds["value"]) for k, v in value.entries}


_CONVERSIONS: Final[dict[int, Callable[[Value, Field], Any]]] = {
    FieldDescriptor.TYPE_STRING: text,
    FieldDescriptor.TYPE_BOOL: _bool,
    FieldDescriptor.TYPE_ENUM: _enum,
    FieldDescriptor.TYPE_FLOAT: _float,
    FieldDescriptor.TYPE_DOUBLE: _float,
}
