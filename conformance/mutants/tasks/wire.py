"""Messages of the tasks contract to plain values, and back.

The endpoint's own conversions: they are not those with which the judge reads answers.
"""

from __future__ import annotations

from typing import Any

from google.protobuf import json_format
from google.rpc import error_details_pb2, status_pb2

from conformance.mutants.tasks.book import Entry, Refuse
from conformance.oracles.tasks.model import LinkTemplate, Task, Type
from fixtures.contracts import load

CONTRACT = load("tasks")
EVENTS = load("events")
PACKAGE = "enpowerx.tasks.v3"
DOMAIN = "enpowerx.tasks.v3"
STATES = ("STATE_UNSPECIFIED", "NEW", "IN_PROGRESS", "COMPLETED")
_NS = 1_000_000_000

# Classes come from a private pool, so their fields are known at run time only: hence Any below.


def new(name: str) -> Any:
    """An empty message of the tasks package."""
    return CONTRACT.message(f"{PACKAGE}.{name}")()


def plain(value: Any) -> Any:
    """A Struct, or a Value, as plain JSON; NaN and infinities stay as they are."""
    if value.DESCRIPTOR.name == "Struct":
        return {key: plain(item) for key, item in value.fields.items()}
    if value.DESCRIPTOR.name == "ListValue":
        return [plain(item) for item in value.values]
    kind = value.WhichOneof("kind")
    if kind in ("struct_value", "list_value"):
        return plain(getattr(value, kind))
    return None if kind in (None, "null_value") else getattr(value, kind)


def struct_of(message: Any, field: str) -> Any:
    """A Struct as JSON, None if it is absent."""
    return plain(getattr(message, field)) if message.HasField(field) else None


def type_of(message: Any, name: str) -> Type:
    """A type as a caller sent it, under the name that it is to have."""
    texts = ("display_name", "category", "sub_category", "input_schema")
    templates = ("description_template", "recommended_action_template")
    return Type(
        name=name,
        links=tuple(LinkTemplate(name=x.name, uri_template=x.uri_template) for x in message.links),
        **{field: getattr(message, field) for field in (*texts, *templates)},
    )


def task_message(task: Task) -> Any:
    """The message that shows a task."""
    message = new("Task")
    message.name, message.type = task.name, task.type
    message.state = STATES.index(task.state)
    message.description, message.recommended_action = task.description, task.recommended_action
    for link in task.links:
        message.links.add(name=link.name, uri=link.uri)
    for field in ("metadata", "annotations"):
        value = getattr(task, field)
        if value is not None:
            _fill(getattr(message, field), value)
    _times(message, completion_time=task.completion_ns)
    _times(message, create_time=task.create_ns, update_time=task.update_ns)
    return message


def type_message(type_: Type) -> Any:
    """The message that shows a type."""
    message = new("Type")
    for field in message.DESCRIPTOR.fields:
        if field.name not in ("links", "create_time", "update_time"):
            setattr(message, field.name, getattr(type_, field.name))
    for link in type_.links:
        message.links.add(name=link.name, uri_template=link.uri_template)
    _times(message, create_time=type_.create_ns, update_time=type_.update_ns)
    return message


def _fill(struct: Any, value: Any) -> None:
    struct.SetInParent()
    json_format.ParseDict(value, struct, max_recursion_depth=1000)


def _times(message: Any, **times: int | None) -> None:
    for field, at_ns in times.items():
        if at_ns is not None:
            stamp = getattr(message, field)
            stamp.SetInParent()
            stamp.seconds, stamp.nanos = divmod(at_ns, _NS)


def shown(item: Task | Type) -> Any:
    """The message that shows an item."""
    return task_message(item) if isinstance(item, Task) else type_message(item)


def event(entry: Entry) -> Any:
    """The envelope of an event."""
    held = new(entry.kind)
    field = "task" if isinstance(entry.item, Task) else "type"
    getattr(held, field).CopyFrom(shown(entry.item))
    message: Any = EVENTS.message("gridproof.events.v1.Event")()
    message.id = str(entry.sequence)
    message.source = f"//tasks/tenants/{entry.tenant}"
    message.type = f"{PACKAGE}.{entry.kind}"
    message.subject = entry.item.name
    message.datacontenttype, message.dataschema = "application/protobuf", message.type
    _times(message, time=entry.at_ns)
    message.data = held.SerializeToString()
    return message


def details(refusal: Refuse) -> list[Any]:
    """What a refusal says besides its status, as messages of `google.rpc`."""
    kinds: Any = error_details_pb2
    found = [kinds.ErrorInfo(reason=refusal.reason, domain=DOMAIN)]
    if refusal.fields:
        bad = kinds.BadRequest()
        for field, text in refusal.fields:
            bad.field_violations.add(field=field, description=text)
        found.append(bad)
    if refusal.resource:
        found.append(kinds.ResourceInfo(resource_name=refusal.resource, description=str(refusal)))
    if refusal.subject:
        state = kinds.PreconditionFailure()
        state.violations.add(type=refusal.reason, subject=refusal.subject, description=str(refusal))
        found.append(state)
    return found


def trailer(refusal: Refuse, messages: list[Any]) -> bytes:
    """The status with these details, for the trailers."""
    status: Any = status_pb2.Status(code=refusal.code.value[0], message=str(refusal))
    for message in messages:
        status.details.add().Pack(message)
    found: bytes = status.SerializeToString()
    return found
