"""Texts of URLs as values of fields: query parameters and path variables.

Follows `google/api/http.proto` and the JSON mapping of proto3: scalars, enums by name or number,
FieldMask, Timestamp, Duration and wrappers as their JSON strings; a repeated field by repetition, a
field of a message by a dotted path. Names as in the contract or in lowerCamel.
"""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any, Final

from google.protobuf.descriptor import FieldDescriptor as Field

from fixtures.documents.names import nearest
from simulator.services.errors import invalid, shown
from simulator.store.paths import is_repeated

if TYPE_CHECKING:
    from google.protobuf.descriptor import Descriptor
    from google.protobuf.message import Message

_BITS: Final = {
    Field.CPPTYPE_INT32: (-(2**31), 2**31 - 1),
    Field.CPPTYPE_INT64: (-(2**63), 2**63 - 1),
    Field.CPPTYPE_UINT32: (0, 2**32 - 1),
    Field.CPPTYPE_UINT64: (0, 2**64 - 1),
}
_FLOATS: Final = (Field.CPPTYPE_FLOAT, Field.CPPTYPE_DOUBLE)
_INTEGER: Final = re.compile(r"-?\d{1,20}", re.ASCII)
_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|-?Infinity|NaN", re.ASCII)
_TRUTHS: Final = {"true": True, "1": True, "false": False, "0": False}
_TEXTUAL: Final = ("Timestamp", "Duration", "FieldMask")
_WRAPPERS: Final = (
    *("DoubleValue", "FloatValue", "Int64Value", "UInt64Value", "Int32Value", "UInt32Value"),
    *("BoolValue", "StringValue", "BytesValue"),
)
_WELL_KNOWN: Final = frozenset(f"google.protobuf.{name}" for name in (*_TEXTUAL, *_WRAPPERS))


class Fields:
    """Puts texts into the fields of one request, each singular field once."""

    def __init__(self, message: Message) -> None:
        self._message = message
        self._given: set[tuple[str, ...]] = set()

    def put(self, path: str, text: str, what: str) -> None:
        """Set the field at a dotted path, or append to it if it is repeated.

        Args:
            path: names of fields, of the contract or in lowerCamel.
            text: its value, unescaped.
            what: how errors call it, `query parameter pageSize`.

        Raises:
            ServiceError: INVALID_ARGUMENT.
        """
        message: Any = self._message
        *parents, last = path.split(".")
        names: tuple[str, ...] = ()
        for name in parents:
            field = _field(message.DESCRIPTOR, name, what)
            if is_repeated(field) or field.message_type is None or _is_value(field):
                raise invalid(f"{what}: {field.json_name} has no fields of its own")
            _check_alternatives(message, field, what)
            message = getattr(message, field.name)
            names = (*names, field.name)
        field = _field(message.DESCRIPTOR, last, what)
        if field.message_type is not None and not _is_value(field):
            raise invalid(f"{what}: {field.json_name} cannot be given as text")
        if is_repeated(field):
            self._append(getattr(message, field.name), field, text, what)
            return
        names = (*names, field.name)
        if names in self._given:
            raise invalid(f"{what}: is given twice")
        self._given.add(names)
        _check_alternatives(message, field, what)
        if field.message_type is None:
            setattr(message, field.name, _scalar(field, text, what))
        else:
            getattr(message, field.name).SetInParent()
            _write(getattr(message, field.name), text, what)

    def _append(self, values: Any, field: Field, text: str, what: str) -> None:
        if field.message_type is None:
            values.append(_scalar(field, text, what))
        else:
            _write(values.add(), text, what)


def _field(descriptor: Descriptor, name: str, what: str) -> Field:
    for field in descriptor.fields:
        if name in (field.name, field.json_name):
            return field
    known = [field.json_name for field in descriptor.fields]
    near = nearest(name, known)
    hint = f"did you mean {near}?" if near else f"there are {', '.join(known)}"
    raise invalid(f"{what}: unknown, {hint}")


def _check_alternatives(message: Any, field: Field, what: str) -> None:
    """Refuse the second of fields of which a message has one at most."""
    oneof = field.containing_oneof
    if oneof is not None and message.WhichOneof(oneof.name) not in (None, field.name):
        raise invalid(f"{what}: excludes {message.WhichOneof(oneof.name)}")


def _is_value(field: Field) -> bool:
    """Return whether a message is written as one text."""
    return field.message_type is not None and field.message_type.full_name in _WELL_KNOWN


def _write(message: Any, text: str, what: str) -> None:
    """Fill a message of a well-known type from its text."""
    name = message.DESCRIPTOR.name
    if name in _WRAPPERS:
        message.value = _scalar(message.DESCRIPTOR.fields_by_name["value"], text, what)
        return
    try:
        if name == "FieldMask":
            _write_mask(message, text)
        else:
            message.FromJsonString(text)
    except ValueError:
        raise invalid(f"{what}: {shown(text)} is no {name}") from None


def _write_mask(mask: Any, text: str) -> None:
    """Fill a mask from paths in lowerCamel; a path with an underscore is taken as it stands.

    The JSON mapping knows no such path, but keys of maps and careless clients do.
    """
    for path in text.split(",") if text else ():
        if "_" in path:
            mask.paths.append(path)
        else:
            one = type(mask)()
            one.FromJsonString(path)
            mask.paths.extend(one.paths)


def _scalar(field: Field, text: str, what: str) -> Any:
    kind = field.cpp_type
    if kind == Field.CPPTYPE_ENUM:
        return _enum(field, text, what)
    if kind == Field.CPPTYPE_STRING:
        return _bytes(text, what) if field.type == Field.TYPE_BYTES else text
    if kind == Field.CPPTYPE_BOOL:
        if text not in _TRUTHS:
            raise invalid(f"{what}: {shown(text)} is neither true nor false")
        return _TRUTHS[text]
    if kind in _FLOATS:
        if not _NUMBER.fullmatch(text):
            raise invalid(f"{what}: {shown(text)} is no number")
        return float(text)
    low, high = _BITS[kind]
    if not _INTEGER.fullmatch(text) or not low <= int(text) <= high:
        raise invalid(f"{what}: {shown(text)} is no integer from {low} to {high}")
    return int(text)


def _enum(field: Field, text: str, what: str) -> int:
    names = field.enum_type.values_by_name if field.enum_type else {}
    if text in names:
        return int(names[text].number)
    low, high = _BITS[Field.CPPTYPE_INT32]
    if _INTEGER.fullmatch(text) and low <= int(text) <= high:
        return int(text)
    near = nearest(text, names)
    hint = f"did you mean {near}?" if near else f"there are {', '.join(names)}"
    raise invalid(f"{what}: no value {shown(text)}, {hint}")


def _bytes(text: str, what: str) -> bytes:
    try:
        # Both alphabets, with or without padding.
        plain = text.replace("-", "+").replace("_", "/").rstrip("=")
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except ValueError:
        raise invalid(f"{what}: {shown(text)} is not Base64") from None
