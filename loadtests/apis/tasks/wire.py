"""The tasks API as load sees it: requests, events read for their marks, credentials by tenant.

The mark of a task stands in its metadata, which nothing changes after the creation. Events come
from our own `gridproof.events.v1.EventFeed`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from google.protobuf.message import DecodeError

from fixtures.contracts import load
from loadtests import marks
from loadtests.marks import Mark

PACKAGE = "enpowerx.tasks.v3"
FEED = "gridproof.events.v1.EventFeed"
LIST, CREATE, CLAIM, COMPLETE = "ListTasks", "CreateTask", "ClaimTask", "CompleteTask"
CREATE_TYPE, SUBSCRIBE = "CreateType", "Subscribe"
LIFE = ("TaskCreated", "TaskClaimed", "TaskCompleted")
"""Events of a task in their order."""
STATES = ("NEW", "IN_PROGRESS", "COMPLETED")
"""States of a task, each reached with the event of the same place."""
PADDING_KEY = "gp_pad"
DECODED = 128
"""Distinct messages remembered: equal feeds get the same bytes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """One event, understood as far as the verification level asks.

    `sequence` is None where the id is no number; `source` and `subject` are as sent; `type` is the
    short name; `mark` is None for what is not of this run, `state` a digest of the whole task.
    """

    size: int
    sequence: int | None = None
    source: str = ""
    subject: str = ""
    type: str = ""
    mark: Mark | None = None
    state: str | None = None
    fault: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """A listed task: its name, state and, for one of this run, its mark; a digest of everything."""

    name: str
    state: str
    mark: Mark | None
    digest: str


class Wire:
    """Builds requests and reads replies.

    Args:
        run, token: the id of the run, and its random part.
        tenants: of the run, by number.
        service_names: of the two services within their package.
        padding: bytes that every task carries besides.
    """

    def __init__(
        self,
        run: str,
        token: str,
        tenants: tuple[str, ...],
        *,
        service_names: tuple[str, str] = ("Tasks", "Types"),
        padding: int = 0,
    ) -> None:
        self.run = run
        self.tenants = tenants
        self._token = token
        self._padding = padding
        contract = load("tasks")
        self._paths: dict[str, str] = {}
        self.methods: dict[str, Any] = {}
        for known, name in zip(("Tasks", "Types"), service_names, strict=True):
            for method, found in contract.methods(f"{PACKAGE}.{known}").items():
                self.methods[method] = found
                self._paths[method] = f"/{PACKAGE}.{name}/{method}"
        self.feed = load("events").methods(FEED)[SUBSCRIBE]
        self._states = self.methods[CLAIM].response.DESCRIPTOR.fields_by_name["state"].enum_type

    def path(self, method: str) -> str:
        """Where a method is called."""
        return self._paths[method]

    def type_name(self, scope: int) -> str:
        """The type of all tasks of the run in a tenant: its queue."""
        return f"tenants/{self.tenants[scope]}/types/gp-{self._token}"

    # Messages come from private pools, so their attributes are unknown to the type checker: Any.
    def create_type(self, scope: int) -> Any:
        """A request for the type of the run."""
        request: Any = self.methods[CREATE_TYPE].request()
        request.parent, request.type_id = f"tenants/{self.tenants[scope]}", f"gp-{self._token}"
        request.type.display_name = f"Load run {self.run}"
        request.type.category = "gridproof"
        request.type.description_template = f'Mark {{{{index .Metadata "{marks.KEY}"}}}}.'
        request.type.input_schema = '{"type": "object", "required": ["by"]}'
        return request

    def create(self, mark: Mark) -> Any:
        """A request for a task with a mark; its id is made of writer and object."""
        request: Any = self.methods[CREATE].request()
        request.parent = f"tenants/{self.tenants[mark.scope]}"
        request.task_id = f"gp-{self._token}-{mark.writer.replace('.', '-')}-{mark.object}"
        request.task.type = self.type_name(mark.scope)
        fields = request.task.metadata.fields
        fields[marks.KEY].string_value = marks.encode(mark)
        if self._padding:
            fields[PADDING_KEY].string_value = "x" * self._padding
        return request

    def name(self, mark: Mark) -> str:
        """The name that a task with this mark has."""
        request = self.create(mark)
        return f"{request.parent}/tasks/{request.task_id}"

    def claim(self, name: str) -> Any:
        """A request that claims a task."""
        return self.methods[CLAIM].request(name=name)

    def complete(self, name: str, by: str) -> Any:
        """A request that completes a task."""
        request: Any = self.methods[COMPLETE].request(name=name)
        request.input.fields["by"].string_value = by
        return request

    def page(self, scope: int, *, size: int, token: str = "", condition: str = "") -> Any:
        """A request for a page of the run's tasks, oldest first; `condition` narrows them."""
        request: Any = self.methods[LIST].request()
        request.parent = f"tenants/{self.tenants[scope]}"
        request.page_size, request.page_token = size, token
        request.filter = f'type = "{self.type_name(scope)}"{condition}'
        request.order_by = "create_time"
        return request

    def any_page(self, scope: int) -> Any:
        """A request for any task of a tenant."""
        return self.methods[LIST].request(parent=f"tenants/{self.tenants[scope]}", page_size=1)

    def subscribe(self, scope: int, *, types: tuple[str, ...] = (), since: int = 0) -> Any:
        """A request for the events of a tenant from a sequence number on."""
        request: Any = self.feed.request(tenant=self.tenants[scope], from_sequence=since)
        request.types.extend(types)
        return request

    def tenant_of(self, request: Any) -> str:
        """The tenant that a request is about."""
        for field in ("parent", "name"):
            if text := getattr(request, field, ""):
                return str(text).split("/")[1]
        return str(getattr(request, "tenant", ""))

    def state(self, task: Any) -> str:
        """The name of a task's state."""
        found = self._states.values_by_number.get(task.state)
        return found.name if found else str(task.state)

    def shown(self, task: Any) -> Shown:
        """A task as a reply shows it."""
        return Shown(
            name=task.name, state=self.state(task), mark=self._mark(task), digest=state_of(task)
        )

    def _mark(self, task: Any) -> Mark | None:
        fields: Mapping[str, Any] = task.metadata.fields
        if marks.KEY not in fields:
            return None
        mark = marks.decode(fields[marks.KEY].string_value)
        return mark if mark is not None and mark.run == self.run else None

    def event(self, data: bytes, verify: str) -> Delivery:
        """What the bytes of an event say."""
        event: Any = self.feed.response()
        try:
            event.ParseFromString(data)
            short = event.type.rpartition(".")[2]
            holder: Any = None
            # Sentinels are the only objects of their writer, so this text is in no other task.
            sentinel = f";{marks.SENTINEL_WRITER};".encode()
            if short in LIFE and (verify != "off" or sentinel in event.data):
                holder = load("tasks").message(f"{PACKAGE}.{short}")()
                holder.ParseFromString(event.data)
        except DecodeError:
            return Delivery(size=len(data), fault="an event that cannot be decoded")
        if not event.id.isascii() or not event.id.isdigit():
            return Delivery(size=len(data), fault=f"an event with the id {event.id!r}")
        mark = self._mark(holder.task) if holder is not None else None
        is_whole = holder is not None and verify == "full"
        return Delivery(
            size=len(data),
            sequence=int(event.id),
            source=event.source,
            subject=event.subject,
            type=short,
            mark=mark,
            state=state_of(holder.task) if is_whole else None,
        )


def state_of(task: Any) -> str:
    """A digest of everything a task shows; equal for equal content."""
    data = task.SerializeToString(deterministic=True)
    return blake2b(data, digest_size=8).hexdigest()


class Decoder:
    """Turns the bytes of an event into a `Delivery`, equal bytes once; raises nothing."""

    def __init__(self, wire: Wire, *, verify: str = "full") -> None:
        self._wire = wire
        self._verify = verify
        self._read = lru_cache(maxsize=DECODED)(self._decode)

    def __call__(self, data: bytes) -> Delivery:
        """The delivery that these bytes are."""
        return self._read(data)

    def _decode(self, data: bytes) -> Delivery:
        return self._wire.event(data, self._verify)
