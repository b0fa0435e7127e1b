"""A history of the tasks API, its event feed included, as plain values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from conformance.histories.history import Call, Frame, History, Stream
from conformance.histories.looks import Look, listed, look
from conformance.histories.messages import Messages
from conformance.histories.walks import Listed, Walk, begun, walks
from conformance.oracles.tasks.model import Event, Task, Type
from conformance.targets.profile import Target, TasksProfile
from conformance.targets.tasks_codec import Codec
from fixtures.contracts import load

FEED = "gridproof.events.v1.EventFeed"


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Asked:
    """A call with its messages; `reply` is None if it was refused, `shown` if it is a list."""

    call: Call
    request: Any
    reply: Any
    shown: Task | Type | None


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Feed:
    """An open feed with its events."""

    stream: Stream
    request: Any
    events: tuple[tuple[Frame, Event], ...]


class View:
    """What the rules of this API read."""

    def __init__(self, history: History, target: Target) -> None:
        self.history = history
        self.profile = target.services.tasks or TasksProfile()
        contract = load("tasks")
        self.codec = Codec(contract)
        self.messages = Messages(contract, contract.services)
        self._feeds = Messages(load("events"), [FEED])

    @property
    def notes(self) -> Iterator[str]:
        """What was passed over."""
        return self.messages.notes("tasks")

    @cached_property
    def asked(self) -> list[Asked]:
        """Calls whose request can be read."""
        found = []
        calls = self.history.calls.get("tasks", ())
        for call, method, request, reply in self.messages.exchanges(calls):
            shown = None if reply is None else self._shown(method.response.DESCRIPTOR.name, reply)
            found.append(Asked(call=call, request=request, reply=reply, shown=shown))
        return found

    def _shown(self, kind: str, reply: Any) -> Task | Type | None:
        if kind == "Task":
            return self.codec.task(reply)
        return self.codec.type(reply) if kind == "Type" else None

    def of(self, method: str, *, ok: bool | None = True) -> list[Asked]:
        """Calls of a method over any transport: answered, refused, or both for None."""
        known = self.messages.methods[method].request
        return [a for a in self.asked if type(a.request) is known and ok in (None, a.call.ok)]

    @cached_property
    def looks(self) -> list[Look[Task | Type]]:
        """Everything that was shown, by name."""
        found = [look(a.shown.name, a.shown, a.call) for a in self.asked if a.shown is not None]
        pages = (*self.pages("ListTasks"), *self.pages("ListTypes"))
        origins = begun(pages, self.walks)
        for page in pages:
            at = origins[page.call.line.number]
            found += [listed(item.name, item, page.call, at) for item in page.items]
        for feed in self.feeds:
            for frame, event in feed.events:
                if event.resource is not None:
                    found.append(look(event.resource.name, event.resource, frame))
        return found

    @cached_property
    def tasks(self) -> list[Look[Any]]:
        """Every task that was shown."""
        return [each for each in self.looks if isinstance(each.value, Task)]

    def pages(self, method: str) -> list[Listed]:
        """Every page that was answered."""
        return self._pages[method]

    @cached_property
    def _pages(self) -> dict[str, list[Listed]]:
        return {method: self._read_pages(method) for method in ("ListTasks", "ListTypes")}

    def _read_pages(self, method: str) -> list[Listed]:
        found = []
        for asked in self.of(method):
            page = (
                self.codec.task_page(asked.reply)
                if method == "ListTasks"
                else self.codec.type_page(asked.reply)
            )
            request = asked.request
            found.append(
                Listed(
                    call=asked.call,
                    scope=(method, request.parent),
                    query=(request.filter, request.order_by),
                    token=request.page_token,
                    next=page.next_token,
                    items=page.items,
                    size=int(request.page_size),
                    page=asked,
                )
            )
        return found

    @cached_property
    def walks(self) -> list[Walk]:
        """Walks over pages of tasks and of types."""
        return [*walks(self.pages("ListTasks")), *walks(self.pages("ListTypes"))]

    @cached_property
    def feeds(self) -> list[Feed]:
        """Feeds whose request can be read."""
        found = []
        for stream in self.history.streams.get("tasks", ()):
            known = self._feeds.method(stream.opened)
            if known is None or known[1] is None:
                continue
            read = ((frame, self._feeds.reply(known[0], frame)) for frame in stream.received)
            events = tuple((f, self.codec.event(m, at_s=0.0)) for f, m in read if m is not None)
            found.append(Feed(stream=stream, request=known[1], events=events))
        return found
