"""What the naive tasks endpoint remembers, and the one error with which it refuses.

Refuse            a call is refused, with a status and details
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import grpc

from conformance.oracles.tasks.model import Task, Type

Code = grpc.StatusCode
Collection = Literal["tasks", "types"]
Item = Task | Type


class Refuse(Exception):
    """The call is refused, and why.

    Args:
        code: status.
        text: for people.
        reason: of ErrorInfo.
        fields: field and description of each thing wrong in the request.
        resource: name of what is absent or there already.
        subject: what is in the wrong state.
    """

    def __init__(
        self,
        code: grpc.StatusCode,
        text: str,
        reason: str,
        *,
        fields: Sequence[tuple[str, str]] = (),
        resource: str = "",
        subject: str = "",
    ) -> None:
        super().__init__(text)
        self.code = code
        self.reason = reason
        self.fields = tuple(fields)
        self.resource = resource
        self.subject = subject


def invalid(field: str, text: str, reason: str = "FIELD_INVALID") -> Refuse:
    """The refusal of a request of which one field is wrong."""
    return Refuse(Code.INVALID_ARGUMENT, f"{field}: {text}", reason, fields=[(field, text)])


def absent(name: str) -> Refuse:
    """The refusal of a request for something that does not exist."""
    return Refuse(Code.NOT_FOUND, f"no {name}", "RESOURCE_NOT_FOUND", resource=name)


def precondition(name: str, text: str, reason: str = "TASK_STATE") -> Refuse:
    """The refusal of a call that the state of something does not allow."""
    return Refuse(Code.FAILED_PRECONDITION, f"{name}: {text}", reason, subject=name)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One event: its number, kind, and the resource as the call showed it."""

    sequence: int
    kind: str
    item: Item
    at_ns: int
    tenant: str


@dataclass(eq=False, kw_only=True)
class Book:
    """Everything the endpoint knows, guarded by `news`, which is notified of every event.

    `scratch` belongs to whatever replaces a policy and needs to remember something.

    Attributes:
        tenants: that exist.
        tokens: the tenant of each bearer token; None asks for no credentials.
        origin: the type of each task as it was when the task was made.
        log: events by tenant.
    """

    tenants: tuple[str, ...] = ("t1", "t2")
    tokens: Mapping[str, str] | None = None
    now: Callable[[], int] = time.time_ns
    tasks: dict[str, Task] = field(default_factory=dict)
    types: dict[str, Type] = field(default_factory=dict)
    origin: dict[str, Type] = field(default_factory=dict)
    log: dict[str, list[Entry]] = field(default_factory=dict)
    news: threading.Condition = field(default_factory=threading.Condition)
    closed: bool = False
    scratch: dict[str, Any] = field(default_factory=dict)
    _last_ns: int = 0

    def now_ns(self) -> int:
        """The time, in whole microseconds, later than any before."""
        self._last_ns = max(self.now() // 1000 * 1000, self._last_ns + 1000)
        return self._last_ns

    def of(self, collection: Collection) -> dict[str, Any]:
        """The items of a collection by name."""
        return self.tasks if collection == "tasks" else self.types

    def tell(self, tenant: str, kind: str, item: Item, at_ns: int) -> None:
        """Append an event."""
        log = self.log.setdefault(tenant, [])
        log.append(Entry(sequence=len(log) + 1, kind=kind, item=item, at_ns=at_ns, tenant=tenant))
        self.news.notify_all()

    def close(self) -> None:
        """End every feed."""
        with self.news:
            self.closed = True
            self.news.notify_all()


def tenant_of(name: str) -> str:
    """The tenant in a name or parent; "" if there is none."""
    found = re.match(r"tenants/([^/]+)", name)
    return found[1] if found else ""
