"""Messages of the meta contract to the oracles' plain values, and back.

The endpoint's own conversions, made from descriptors: they are not those with which the judge
reads answers, so an error in one is seen by the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from conformance.oracles.meta.model import Change, Data, Kind, Message
from fixtures.contracts import load

CONTRACT = load("meta")
PACKAGE = "ntt.meta.v1alpha2"
TIMESTAMP = "google.protobuf.Timestamp"
SECOND_NS = 1_000_000_000

# Classes come from a private pool, so their fields are known at run time only: hence Any below.


def new(name: str) -> Any:
    """An empty message of the meta package."""
    return CONTRACT.message(f"{PACKAGE}.{name}")()


def ns_of(stamp: Any) -> int:
    """A timestamp in nanoseconds since the epoch."""
    return int(stamp.seconds) * SECOND_NS + int(stamp.nanos)


def data_of(message: Any) -> Data:
    """A message as plain values."""
    descriptor: Descriptor = message.DESCRIPTOR
    return {
        field.name: _value_of(field, getattr(message, field.name))
        for field in descriptor.fields
        if not field.has_presence or message.HasField(field.name)
    }


def _value_of(field: FieldDescriptor, value: Any) -> Any:
    if _is_map(field):
        return dict(value)
    # Only single messages have presence here, and only single scalars are values by themselves.
    if isinstance(value, str | int) or field.has_presence:
        return _single(field, value)
    return [_single(field, item) for item in value]


def _single(field: FieldDescriptor, value: Any) -> Any:
    if field.message_type is None:
        return value
    return ns_of(value) if field.message_type.full_name == TIMESTAMP else data_of(value)


def fill(message: Any, data: Mapping[str, Any]) -> Any:
    """Set the fields of a message from plain values; gives the message."""
    fields = message.DESCRIPTOR.fields_by_name
    for name, value in data.items():
        field: FieldDescriptor = fields[name]
        if _is_map(field):
            getattr(message, name).update(value)
        elif isinstance(value, list) and field.message_type is not None:
            for item in value:
                fill(getattr(message, name).add(), item)
        elif isinstance(value, list):
            getattr(message, name).extend(value)
        elif field.message_type is None:
            setattr(message, name, value)
        else:
            inner = getattr(message, name)
            inner.SetInParent()
            if field.message_type.full_name == TIMESTAMP:
                inner.seconds, inner.nanos = divmod(value, SECOND_NS)
            else:
                fill(inner, value)
    return message


def resource(kind: Kind, data: Data) -> Any:
    """The message that shows a resource."""
    return fill(new(kind.message), data)


def change_message(kind: Kind, change: Change) -> Any:
    """The change message of one change; `none` sets no kind."""
    message = new(f"{kind.message}Change")
    if change.kind == "none":
        return message
    arm = getattr(message, change.kind)
    arm.SetInParent()
    if change.data is not None:
        inner = getattr(arm, kind.singular)
        inner.SetInParent()
        fill(inner, change.data)
    if change.kind in ("modified", "removed"):
        arm.name = change.name
    if change.kind != "current":
        arm.view_index = change.view_index
    if change.kind == "modified":
        arm.previous_view_index = change.previous_view_index
    return message


def watch_response(kind: Kind, message: Message) -> Any:
    """The response of a collection watch."""
    response = new(f"Watch{kind.message}sResponse")
    changes = getattr(response, f"{kind.singular}_changes")
    changes.extend(change_message(kind, change) for change in message.changes)
    response.is_current = message.is_current
    response.resume_token = message.resume_token
    response.snapshot_size = message.snapshot_size
    response.is_soft_reset = message.soft_reset
    response.is_hard_reset = message.hard_reset
    if message.page_tokens is not None:
        tokens = response.page_token_change
        tokens.SetInParent()
        tokens.prev_page_token, tokens.next_page_token = message.page_tokens
    return response


def _is_map(field: FieldDescriptor) -> bool:
    return field.message_type is not None and bool(field.message_type.GetOptions().map_entry)
