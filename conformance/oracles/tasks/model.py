"""Plain values of the tasks API; times are nanoseconds since the epoch, UTC, or None if absent.

Structs are JSON values as Python has them, with floats for numbers; None is an absent Struct, an
empty dictionary one that is present.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Generic, Literal, TypeVar

from conformance.oracles.tasks.values import same_json

State = Literal["NEW", "IN_PROGRESS", "COMPLETED"]
STATES: Mapping[str, int] = {"STATE_UNSPECIFIED": 0, "NEW": 1, "IN_PROGRESS": 2, "COMPLETED": 3}

Json = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """A rendered link."""

    name: str
    uri: str


@dataclass(frozen=True, kw_only=True, slots=True)
class LinkTemplate:
    """What a link is rendered from."""

    name: str
    uri_template: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """A task as shown; `state` is the name of the enum value, or its number if it has no name."""

    name: str
    state: str = "NEW"
    type: str = ""
    description: str = ""
    recommended_action: str = ""
    links: tuple[Link, ...] = ()
    metadata: Json | None = None
    annotations: Json | None = None
    completion_ns: int | None = None
    create_ns: int | None = None
    update_ns: int | None = None
    message: Any = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Type:
    """A type of tasks as shown."""

    name: str
    display_name: str = ""
    category: str = ""
    sub_category: str = ""
    description_template: str = ""
    recommended_action_template: str = ""
    input_schema: str = ""
    links: tuple[LinkTemplate, ...] = ()
    create_ns: int | None = None
    update_ns: int | None = None
    message: Any = field(default=None, compare=False, repr=False)


WRITABLE = (
    "display_name",
    "category",
    "sub_category",
    "description_template",
    "recommended_action_template",
    "input_schema",
    "links",
)
"""Fields of a type that a client sets, and may name in an update mask."""

R = TypeVar("R", Task, Type)


@dataclass(frozen=True, kw_only=True, slots=True)
class Page(Generic[R]):
    """One answer of a list; `next_token` is "" at the end."""

    items: tuple[R, ...]
    total: int
    next_token: str
    message: Any = field(default=None, compare=False, repr=False)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the items, in the order shown."""
        return tuple(item.name for item in self.items)


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """One message of the event feed.

    Attributes:
        sequence: its number; None if the id is no number.
        source: of the envelope, for instance `//tasks/tenants/t1`.
        type: short message name, for instance `TaskCreated`.
        subject: name of the resource.
        resource: as the event shows it; None if the data cannot be read.
        at_s: monotonic time of arrival.
    """

    sequence: int | None
    source: str
    type: str
    subject: str
    time_ns: int | None
    resource: Task | Type | None
    at_s: float = field(default=0.0, compare=False)
    message: Any = field(default=None, compare=False, repr=False)


def differences(one: Task | Type, other: Task | Type) -> tuple[str, ...]:
    """Names of the fields in which two tasks or types differ; `true` is not 1 here."""
    return tuple(
        f.name
        for f in fields(one)
        if f.compare and not same_json(getattr(one, f.name), getattr(other, f.name))
    )
