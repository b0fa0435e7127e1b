"""Tasks and types as they are kept: messages that are never modified, and their bytes.

Encodings are made once per change: a reply to get, create or update is the bytes themselves, a list
joins them, an event wraps them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, TypeAlias

from simulator.services.tasks.wire import CONTRACT, PACKAGE, TASKS, TYPES, Task, Type


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One of the two kinds of resources."""

    noun: str
    """`Task`, as the last part of its message's full name."""
    plural: str
    """`tasks`, as names of resources and replies to lists spell it."""
    service: str
    message: Any
    texts: tuple[str, ...]
    """Fields that a bare word of a filter is looked for in."""
    sortable: tuple[str, ...]
    """Fields that lists can be ordered by."""
    structs: tuple[str, ...] = ()
    """Fields of JSON that lists can be ordered by the inside of."""

    def method(self, verb: str) -> Any:
        """Return a method of the contract: `list`, `get`, `create` and so on."""
        noun = f"{self.noun}s" if verb == "list" else self.noun
        return _methods(self.service)[f"{verb.capitalize()}{noun}"]


@cache
def _methods(service: str) -> Mapping[str, Any]:
    return CONTRACT.methods(service)


TASK: Final = Kind(
    noun="Task",
    plural="tasks",
    service=TASKS,
    message=Task,
    texts=("name", "type", "description", "recommended_action"),
    sortable=(
        *("name", "state", "type", "description", "recommended_action"),
        *("completion_time", "create_time", "update_time"),
    ),
    structs=("metadata", "annotations"),
)
TYPE: Final = Kind(
    noun="Type",
    plural="types",
    service=TYPES,
    message=Type,
    texts=("name", "display_name", "category", "sub_category"),
    sortable=(
        *("name", "display_name", "category", "sub_category"),
        *("create_time", "update_time"),
    ),
)

WRITABLE: Final = (
    *("display_name", "category", "sub_category", "description_template"),
    *("recommended_action_template", "input_schema", "links"),
)
"""The fields of a type that its writers fill in."""


@dataclass(frozen=True, kw_only=True, eq=False)
class StoredType:
    """One state of a type."""

    message: Any
    item: bytes
    """The encoded message."""
    create_us: int
    update_us: int

    @property
    def name(self) -> str:
        """The full name."""
        return str(self.message.name)


@dataclass(frozen=True, kw_only=True, eq=False)
class StoredTask:
    """One state of a task."""

    message: Any
    item: bytes
    """The encoded message."""
    create_us: int
    update_us: int
    type: StoredType
    """The type as it was when the task was created: the task keeps its templates."""
    input: Mapping[str, Any] | None = None
    """What it was completed with; not shown by the API, but acted upon by the world."""

    @property
    def name(self) -> str:
        """The full name."""
        return str(self.message.name)


Stored: TypeAlias = StoredTask | StoredType


def encoded(message: Any) -> bytes:
    """Return a message's bytes, the same for equal messages."""
    return bytes(message.SerializeToString(deterministic=True))


def full_name(noun: str) -> str:
    """Return the full name of a message of the API."""
    return f"{PACKAGE}.{noun}"
