"""A history of the meta API, over gRPC and REST, as plain values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from conformance.histories.history import Call, Event, Frame, History, Stream
from conformance.histories.looks import Look, listed, look
from conformance.histories.messages import Messages
from conformance.histories.walks import Listed, Walk, begun, walks
from conformance.oracles.meta.model import Change, Data, Kind, Message, Page
from conformance.targets.meta_codec import VIEWS, to_change, to_data, to_watch_message
from conformance.targets.meta_requests import Operation, Requests
from conformance.targets.profile import MetaProfile, Target
from fixtures.contracts import load


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Asked:
    """A call with its messages; `reply` is None where it was refused."""

    call: Call
    operation: Operation
    request: Any
    reply: Any

    @property
    def kind(self) -> Kind:
        """Of the resources that it is about."""
        return self.operation.kind

    @property
    def mask(self) -> tuple[str, ...]:
        """Paths of its field mask."""
        return tuple(self.request.field_mask.paths)

    @property
    def whole(self) -> bool:
        """Whether it asks for whole resources."""
        view = int(self.request.view)
        return view == VIEWS["FULL"] or (view == VIEWS["UNSPECIFIED"] and not self._masks)

    @property
    def _masks(self) -> bool:
        return bool(self.request.HasField("field_mask"))


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Watched:
    """A watch: of a collection with its messages, or of one resource with its changes."""

    stream: Stream
    asked: Asked
    messages: tuple[tuple[Frame, Message], ...] = ()
    changes: tuple[tuple[Frame, Change], ...] = ()


class View:
    """What the rules of this API read."""

    def __init__(self, history: History, target: Target) -> None:
        self.history = history
        self.profile = target.services.meta or MetaProfile()
        contract = load("meta")
        self.messages = Messages(contract, contract.services)
        operations = Requests(contract).operations.values()
        self._operations = {operation.name: operation for operation in operations}

    @property
    def notes(self) -> Iterator[str]:
        """What was passed over."""
        return self.messages.notes("meta")

    @property
    def sdk(self) -> bool:
        """Whether what the published client needs is demanded, too."""
        return self.profile.profile == "sdk"

    @cached_property
    def asked(self) -> list[Asked]:
        """Calls whose request can be read."""
        calls = self.history.calls.get("meta", ())
        return [
            Asked(call=call, operation=self._operations[method.name], request=request, reply=reply)
            for call, method, request, reply in self.messages.exchanges(calls)
        ]

    def of(self, verb: str, *, ok: bool | None = True) -> list[Asked]:
        """Calls of a verb: get, batch or list."""
        return [a for a in self.asked if a.operation.verb == verb and ok in (None, a.call.ok)]

    @cached_property
    def pages(self) -> list[Listed]:
        """Every page that was answered; `page` holds the request and what the page says."""
        found = []
        for asked in self.of("list"):
            request, reply = asked.request, asked.reply
            items = tuple(to_data(item) for item in getattr(reply, asked.kind.plural))
            page = Page(
                items=items,
                prev=reply.prev_page_token,
                next=reply.next_page_token,
                offset=int(reply.current_offset),
                total=int(reply.total_results_count),
            )
            parent = getattr(request, "parent", "")
            found.append(
                Listed(
                    call=asked.call,
                    scope=(asked.kind.plural, parent, asked.call.line.caller),
                    query=(request.filter, request.order_by),
                    token=request.page_token,
                    next=reply.next_page_token,
                    items=items,
                    size=int(request.page_size),
                    page=(asked, page),
                )
            )
        return found

    @cached_property
    def walks(self) -> list[Walk]:
        """Walks over pages."""
        return list(walks(self.pages))

    @cached_property
    def shown(self) -> list[tuple[Kind, Data, bool, Event]]:
        """Every resource that was shown: its kind, whether as a whole, and where."""
        found: list[tuple[Kind, Data, bool, Event]] = []
        for asked in self.of("get"):
            found.append((asked.kind, to_data(asked.reply), asked.whole, asked.call))
        for asked in self.of("batch"):
            items = getattr(asked.reply, asked.kind.plural)
            found += [(asked.kind, to_data(item), asked.whole, asked.call) for item in items]
        for page in self.pages:
            asked = page.page[0]
            found += [(asked.kind, item, asked.whole, page.call) for item in page.items]
        for watched in self.watches:
            asked = watched.asked
            told = [(f, c) for f, m in watched.messages for c in m.changes]
            for frame, change in (*told, *watched.changes):
                if change.data is not None:
                    found.append((asked.kind, change.data, asked.whole, frame))
        return found

    @cached_property
    def looks(self) -> list[Look[Data]]:
        """Every resource that was shown whole, by its name."""
        origins = begun(self.pages, self.walks)
        return [
            listed(data["name"], data, where, origins[where.line.number])
            if isinstance(where, Call) and where.line.number in origins
            else look(data["name"], data, where)
            for _, data, whole, where in self.shown
            if whole
        ]

    @cached_property
    def watches(self) -> list[Watched]:
        """Watches whose request can be read."""
        found = []
        for stream in self.history.streams.get("meta", ()):
            known = self.messages.method(stream.opened)
            if known is None or known[1] is None:
                continue
            method, request = known
            operation = self._operations[method.name]
            asked = Asked(call=stream.opened, operation=operation, request=request, reply=None)
            read = [(frame, self.messages.reply(method, frame)) for frame in stream.received]
            heard = [(frame, message) for frame, message in read if message is not None]
            if operation.verb == "watch_one":
                changes = tuple((f, to_change(m.change)) for f, m in heard)
                found.append(Watched(stream=stream, asked=asked, changes=changes))
                continue
            kind = operation.kind
            messages = tuple((f, to_watch_message(kind, m, at_us=f.at_us or 0)) for f, m in heard)
            found.append(Watched(stream=stream, asked=asked, messages=messages))
        return found
