"""Between messages of the services API and plain values; both generations have the same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from google.protobuf.message import Message

from conformance.oracles.services.model import (
    FIELDS,
    KINDS,
    SECOND_NS,
    TIMES,
    Change,
    Metadata,
    Ns,
    Service,
)
from fixtures.contracts import Contract

PACKAGES = {"v1": "smartcore.bos.services.v1", "v0": "smartcore.bos"}
"""Proto packages by generation."""

UNARY = (
    "GetService",
    "CreateService",
    "DeleteService",
    "ListServices",
    "StartService",
    "ConfigureService",
    "StopService",
    "GetServiceMetadata",
)
PULLS = ("PullService", "PullServices", "PullServiceMetadata")
WRITES = frozenset(
    {"CreateService", "DeleteService", "StartService", "ConfigureService", "StopService"}
)
READS = frozenset({"GetService", "ListServices", "GetServiceMetadata"})

Mask = Sequence[str] | None
"""Paths of a read mask; None sends none, an empty one sends a mask without paths."""


def service_name(generation: str) -> str:
    """Full name of the service in a generation."""
    return f"{PACKAGES[generation]}.ServicesApi"


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """One answer of List; `next_token` is "" at the end."""

    items: tuple[Service, ...]
    next_token: str
    total: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ValueChange:
    """One change of a pull of one service or of the metadata.

    `service` and `metadata` are None where the message held none.
    """

    name: str
    change_time: Ns
    service: Service | None = None
    metadata: Metadata | None = None


class Codec:
    """Translates in the messages of one contract.

    Args:
        contract: of either generation.
        generation: whose package the contract has.
    """

    def __init__(self, contract: Contract, generation: str) -> None:
        self.contract = contract
        self.generation = generation

    @cached_property
    def methods(self) -> Any:
        """Methods by name."""
        return self.contract.methods(service_name(self.generation))

    def request(self, method: str, *, mask: Mask = None, **fields: Any) -> Any:
        """The request of a method; fields that are None are left out."""
        message: Any = self.methods[method].request()
        for name, value in fields.items():
            if value is None:
                continue
            if isinstance(value, Message):
                getattr(message, name).CopyFrom(value)
                getattr(message, name).SetInParent()
            else:
                setattr(message, name, value)
        if mask is not None:
            message.read_mask.SetInParent()
            message.read_mask.paths.extend(mask)
        return message

    def message(self, service: Service) -> Any:
        """The message that says what a service does; what is empty or None is left out."""
        message: Any = self.contract.message(f"{PACKAGES[self.generation]}.Service")()
        for name in FIELDS:
            value = getattr(service, name)
            if not value and value != 0:
                continue
            if name in TIMES:
                stamp = getattr(message, name)
                stamp.SetInParent()
                stamp.seconds, stamp.nanos = divmod(value, SECOND_NS)
            elif value:
                setattr(message, name, value)
        return message

    def page(self, reply: Any) -> Page:
        """What a List answer says."""
        return Page(
            items=tuple(to_service(item) for item in reply.services),
            next_token=str(reply.next_page_token),
            total=int(reply.total_size),
        )


def to_service(message: Any) -> Service:
    """What a Service message says."""
    values: dict[str, Any] = {
        name: to_ns(message, name) if name in TIMES else getattr(message, name) for name in FIELDS
    }
    return Service(**values)


def to_metadata(message: Any) -> Metadata:
    """What a ServiceMetadata message says."""
    return Metadata(
        total_count=int(message.total_count),
        type_counts=dict(message.type_counts),
        total_active_count=int(message.total_active_count),
        total_error_count=int(message.total_error_count),
    )


def to_change(message: Any) -> Change:
    """What one change of a pull of a collection says."""
    number = int(message.type)
    return Change(
        name=str(message.name),
        kind=KINDS[number] if 0 <= number < len(KINDS) else str(number),
        new=to_service(message.new_value) if message.HasField("new_value") else None,
        old=to_service(message.old_value) if message.HasField("old_value") else None,
        change_time=to_ns(message, "change_time"),
    )


def to_value_change(message: Any) -> ValueChange:
    """What one change of a pull of one service or of the metadata says."""
    has = {name for name in ("service", "metadata") if name in message.DESCRIPTOR.fields_by_name}
    shown = {name for name in has if message.HasField(name)}
    return ValueChange(
        name=str(message.name),
        change_time=to_ns(message, "change_time"),
        service=to_service(message.service) if "service" in shown else None,
        metadata=to_metadata(message.metadata) if "metadata" in shown else None,
    )


def to_ns(message: Any, name: str) -> Ns:
    """A timestamp field in nanoseconds since the epoch; None where it is absent."""
    if not message.HasField(name):
        return None
    stamp = getattr(message, name)
    return int(stamp.seconds) * SECOND_NS + int(stamp.nanos)
