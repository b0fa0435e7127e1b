"""Translates between plain values of the tasks API and messages of whatever contract it has.

Field numbers of this API are not published, so everything is read and filled by name; a vendor's
own descriptors do as well as ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from google.protobuf.message import DecodeError

from conformance.oracles.tasks.model import Event, Link, LinkTemplate, Page, Task, Type
from conformance.targets.dispatch_codec import put_struct, read_struct
from fixtures.contracts import Contract

PACKAGE = "enpowerx.tasks.v3"
STRUCTS = ("metadata", "annotations", "input")
_NS = 1_000_000_000

R = TypeVar("R", Task, Type)


class Codec:
    """Encoding and decoding for one contract."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract

    def message(self, short_name: str) -> type[Any]:
        """The class of a message of the tasks package.

        Raises:
            ContractError: there is none.
        """
        return self.contract.message(f"{PACKAGE}.{short_name}")

    def request(self, method: str, /, **fields: Any) -> Any:
        """The request of a method; None leaves a field out.

        Args:
            method: for instance `CreateTask`.
            fields: by name: scalars, JSON objects for Structs, a mapping of fields for `task` and
                `type`, paths for `update_mask` (an empty tuple makes an empty one present).
        """
        message = self.message(f"{method}Request")()
        fill(message, fields)
        return message

    def task(self, message: Any) -> Task:
        """What a Task message says."""
        states = message.DESCRIPTOR.fields_by_name["state"].enum_type.values_by_number
        number = int(message.state)
        return Task(
            name=message.name,
            state=states[number].name if number in states else str(number),
            type=message.type,
            description=message.description,
            recommended_action=message.recommended_action,
            links=tuple(Link(name=link.name, uri=link.uri) for link in message.links),
            metadata=_struct(message, "metadata"),
            annotations=_struct(message, "annotations"),
            completion_ns=time_of(message, "completion_time"),
            create_ns=time_of(message, "create_time"),
            update_ns=time_of(message, "update_time"),
            message=message,
        )

    def type(self, message: Any) -> Type:
        """What a Type message says."""
        return Type(
            name=message.name,
            display_name=message.display_name,
            category=message.category,
            sub_category=message.sub_category,
            description_template=message.description_template,
            recommended_action_template=message.recommended_action_template,
            input_schema=message.input_schema,
            links=tuple(
                LinkTemplate(name=link.name, uri_template=link.uri_template)
                for link in message.links
            ),
            create_ns=time_of(message, "create_time"),
            update_ns=time_of(message, "update_time"),
            message=message,
        )

    def task_page(self, reply: Any) -> Page[Task]:
        """What an answer of ListTasks says."""
        return _page(reply, tuple(self.task(item) for item in reply.tasks))

    def type_page(self, reply: Any) -> Page[Type]:
        """What an answer of ListTypes says."""
        return _page(reply, tuple(self.type(item) for item in reply.types))

    def event(self, message: Any, *, at_s: float) -> Event:
        """What a message of the event feed says."""
        short = message.type.rpartition(".")[2]
        return Event(
            sequence=int(message.id) if message.id.isdecimal() else None,
            source=message.source,
            type=short,
            subject=message.subject,
            time_ns=time_of(message, "time"),
            resource=self._resource(short, message.data),
            at_s=at_s,
            message=message,
        )

    def _resource(self, short: str, data: bytes) -> Task | Type | None:
        try:
            held = self.message(short).FromString(data)
        except (DecodeError, LookupError):
            return None
        if short.startswith("Task"):
            return self.task(held.task) if held.HasField("task") else None
        return self.type(held.type) if held.HasField("type") else None


def _page(reply: Any, items: tuple[R, ...]) -> Page[R]:
    return Page(
        items=items, total=int(reply.total_size), next_token=reply.next_page_token, message=reply
    )


def fill(message: Any, fields: Mapping[str, Any]) -> None:
    """Write plain values into a message; None leaves a field out.

    Raises:
        KeyError: the message has no such field.
    """
    for name, value in fields.items():
        field = message.DESCRIPTOR.fields_by_name[name]
        if value is None:
            continue
        inner = getattr(message, name)
        if field.message_type is None:
            number = field.enum_type.values_by_name[value].number if _named(field, value) else value
            setattr(message, name, number)
        elif name in STRUCTS:
            put_struct(inner, value)
        elif field.message_type.name == "FieldMask":
            inner.SetInParent()
            inner.paths.extend(value)
        elif field.message_type.name == "Timestamp":
            inner.SetInParent()
            inner.seconds, inner.nanos = divmod(value, _NS)
        elif isinstance(value, Mapping):
            inner.SetInParent()
            fill(inner, value)
        else:
            _fill_links(inner, value)


def _named(field: Any, value: Any) -> bool:
    return field.enum_type is not None and isinstance(value, str)


def _fill_links(repeated: Any, links: Iterable[Any]) -> None:
    for link in links:
        if isinstance(link, Mapping):
            fill(repeated.add(), link)
        else:
            fill(repeated.add(), {name: getattr(link, name) for name in link.__slots__})


def time_of(message: Any, field: str) -> int | None:
    """A timestamp in nanoseconds, None if it is absent."""
    if not message.HasField(field):
        return None
    stamp = getattr(message, field)
    return int(stamp.seconds) * _NS + int(stamp.nanos)


def _struct(message: Any, field: str) -> dict[str, Any] | None:
    return read_struct(getattr(message, field)) if message.HasField(field) else None
