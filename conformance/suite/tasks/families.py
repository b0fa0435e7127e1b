"""Tasks and types as two families of one shape, for rules that hold for both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import grpc

from conformance.judging import HIDDEN, Refused, expect, refused
from conformance.oracles.tasks.model import Page, Task, Type, differences
from conformance.targets.tasks import TasksTarget

TAKEN = frozenset({grpc.StatusCode.ALREADY_EXISTS})
INVALID = frozenset({grpc.StatusCode.INVALID_ARGUMENT})
WRONG_STATE = frozenset({grpc.StatusCode.FAILED_PRECONDITION})
FORBIDDEN = frozenset({grpc.StatusCode.PERMISSION_DENIED})
UNUSABLE = INVALID | WRONG_STATE
"""How a template or a schema that cannot be used is refused, with the type, the task or later."""

UNKNOWN_TENANT = HIDDEN
"""An unknown tenant does not exist, or is not the caller's."""

Item = Task | Type


@dataclass(frozen=True, kw_only=True)
class Family:
    """One of the two collections of a tenant.

    Attributes:
        api: whose.
        kind: which.
    """

    api: TasksTarget
    kind: Literal["tasks", "types"]

    @property
    def one(self) -> str:
        """`task` or `type`: the field of requests."""
        return self.kind.removesuffix("s")

    def method(self, verb: str) -> str:
        """The name of a method, for instance of `Get`."""
        return f"{verb}{self.kind.title() if verb == 'List' else self.one.title()}"

    def get(self, name: str) -> Item:
        """Get."""
        return self.api.get_task(name) if self.kind == "tasks" else self.api.get_type(name)

    def make(self, *, id: str | None = None, parent: str | None = None, **fields: Any) -> Item:
        """Create an item; tasks are of a type without templates."""
        if self.kind == "types":
            return self.api.create_type(id=id, parent=parent, **fields)
        return self.api.create_task(self.api.plain_type(), id=id, parent=parent, **fields)

    def page(self, **query: Any) -> Page[Any]:
        """One page."""
        api = self.api
        return api.list_tasks(**query) if self.kind == "tasks" else api.list_types(**query)

    def absent(self) -> str:
        """The name of something that does not exist."""
        return self.api.absent(self.kind)


def of_tasks(api: TasksTarget) -> Family:
    """The tasks of a tenant."""
    return Family(api=api, kind="tasks")


def of_types(api: TasksTarget) -> Family:
    """The types of a tenant."""
    return Family(api=api, kind="types")


def same(got: Item, wanted: Item, what: str) -> None:
    """Fail unless two items are equal, field by field."""
    found = differences(got, wanted)
    expect(
        not found,
        what,
        got={name: getattr(got, name) for name in found},
        wanted={name: getattr(wanted, name) for name in found},
    )


def not_stored(family: Family, name: str, what: str) -> None:
    """Fail if something can be got under a name whose creation was refused."""
    refused(lambda: family.get(name), HIDDEN, what)


def invalid(call: Callable[[], Any], what: str) -> Refused:
    """Fail unless a call is refused as INVALID_ARGUMENT."""
    return refused(call, INVALID, what)
