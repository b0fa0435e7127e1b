"""Translates between plain resources of the meta API, its messages and their JSON.

A resource is a dictionary as `conformance.oracles.meta.model` describes it. Messages are read and
filled by the names of their fields, so those of a vendor's own contract do as well as ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.message import Message as ProtoMessage

from conformance.oracles.meta.model import KINDS, Change, ChangeKind, Data, Kind, Message
from fixtures.contracts import Contract, load

PACKAGE = "ntt.meta.v1alpha2"
VIEWS = {"UNSPECIFIED": 0, "NAME": 1, "BASIC": 2, "DETAIL": 3, "FULL": 4}
WATCH_TYPES = {"stateful": 0, "stateless": 1}

_REPEATED = 3
"""Label of a repeated field in a descriptor."""

_NS = 1_000_000_000
_TIMESTAMP = "google.protobuf.Timestamp"


def to_data(message: Any) -> Data:
    """What a message says: scalars always, messages only if present, timestamps as nanoseconds."""
    data: Data = {}
    for field in message.DESCRIPTOR.fields:
        value = getattr(message, field.name)
        if _is_repeated(field):
            data[field.name] = _repeated(field, value)
        elif field.message_type is None:
            data[field.name] = value
        elif message.HasField(field.name):
            data[field.name] = _value(value)
    return data


def to_message(kind: str | Kind, data: Data, contract: Contract | None = None) -> Any:
    """A resource as a message, of the shipped contract unless another is given.

    Raises:
        KeyError: the message has no such field.
    """
    message = (contract or load("meta")).message(f"{PACKAGE}.{kind_of(kind).message}")()
    _fill(message, data)
    return message


def to_json(kind: str | Kind, data: Data) -> dict[str, Any]:
    """A resource as the JSON form of protobuf has it: lowerCamel names, int64 as text."""
    result: dict[str, Any] = MessageToDict(to_message(kind, data))
    return result


def from_json(kind: str | Kind, document: Mapping[str, Any]) -> Data:
    """The resource in its JSON form; unknown keys are passed over.

    Raises:
        google.protobuf.json_format.ParseError: it is none.
    """
    message = load("meta").message(f"{PACKAGE}.{kind_of(kind).message}")()
    return to_data(ParseDict(dict(document), message, ignore_unknown_fields=True))


def kind_of(kind: str | Kind) -> Kind:
    """The kind, by its plural or itself."""
    return KINDS[kind] if isinstance(kind, str) else kind


def kind_of_name(name: str) -> Kind:
    """The kind of the resource that has this name, by the collections in it.

    Raises:
        ValueError: no kind has such names.
    """
    collections = tuple(name.split("/")[::2])
    for kind in KINDS.values():
        if collections == tuple(segment.collection for segment in kind.segments):
            return kind
    raise ValueError(f"{name!r} is no name of a resource")


def timestamp(message: Any, ns: int) -> None:
    """Write nanoseconds since the epoch into a timestamp."""
    message.seconds, message.nanos = divmod(ns, _NS)


def to_change(message: Any) -> Change:
    """One change message of a watch, of whichever kind."""
    arm = message.WhichOneof("change_type")
    if arm is None:
        return Change(kind="none", name="", data=None)
    inner = getattr(message, arm)
    fields = inner.DESCRIPTOR.fields_by_name
    held = next((f.name for f in inner.DESCRIPTOR.fields if _is_resource(f)), None)
    data = to_data(getattr(inner, held)) if held and inner.HasField(held) else None
    object_name = str(data.get("name", "")) if data else ""
    kind: ChangeKind = arm
    return Change(
        kind=kind,
        name=str(inner.name) if "name" in fields else object_name,
        data=data,
        view_index=int(getattr(inner, "view_index", 0)),
        previous_view_index=int(getattr(inner, "previous_view_index", 0)),
        object_name=object_name,
    )


def to_watch_message(kind: Kind, message: Any, *, at_us: int) -> Message:
    """One response of a collection watch."""
    tokens = None
    if message.HasField("page_token_change"):
        change = message.page_token_change
        tokens = (str(change.prev_page_token), str(change.next_page_token))
    return Message(
        changes=tuple(to_change(c) for c in getattr(message, f"{kind.singular}_changes")),
        is_current=bool(message.is_current),
        page_tokens=tokens,
        resume_token=str(message.resume_token),
        snapshot_size=int(message.snapshot_size),
        soft_reset=bool(message.is_soft_reset),
        hard_reset=bool(message.is_hard_reset),
        at_us=at_us,
    )


def json_path(kind: Kind, path: str) -> str:
    """A mask path with the JSON names of its fields; what is no field stays as it is."""
    descriptor = _descriptor(kind.message)
    parts = []
    for part in path.split("."):
        field = descriptor.fields_by_name.get(part) if descriptor else None
        parts.append(part if field is None else str(field.json_name))
        descriptor = field.message_type if field is not None and not _is_map(field) else None
    return ".".join(parts)


@cache
def _descriptor(message: str) -> Any:
    return load("meta").message(f"{PACKAGE}.{message}").DESCRIPTOR


def _value(message: ProtoMessage) -> Any:
    if message.DESCRIPTOR.full_name == _TIMESTAMP:
        stamp: Any = message
        return stamp.seconds * _NS + stamp.nanos
    return to_data(message)


def _repeated(field: FieldDescriptor, value: Any) -> Any:
    if _is_map(field):
        return dict(value)
    return list(value) if field.message_type is None else [_value(item) for item in value]


def _fill(message: Any, data: Data) -> None:
    for name, value in data.items():
        field = message.DESCRIPTOR.fields_by_name[name]
        if _is_map(field):
            getattr(message, name).update(value)
        elif _is_repeated(field) and field.message_type is not None:
            for item in value:
                _fill(getattr(message, name).add(), item)
        elif _is_repeated(field):
            getattr(message, name).extend(value)
        elif field.message_type is None:
            setattr(message, name, value)
        elif field.message_type.full_name == _TIMESTAMP:
            timestamp(getattr(message, name), value)
        else:
            getattr(message, name).SetInParent()
            _fill(getattr(message, name), value)


def _is_repeated(field: FieldDescriptor) -> bool:
    # Releases of protobuf before 6.31 know only the label.
    known = getattr(field, "is_repeated", None)
    return bool(getattr(field, "label", 0) == _REPEATED if known is None else known)


def _is_map(field: FieldDescriptor) -> bool:
    entry = field.message_type
    return entry is not None and bool(entry.GetOptions().map_entry)


def _is_resource(field: FieldDescriptor) -> bool:
    entry = field.message_type
    return entry is not None and entry.name in {kind.message for kind in KINDS.values()}
