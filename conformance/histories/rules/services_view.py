"""A history of the services API as plain values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

from conformance.histories.history import Call, Frame, History, Stream
from conformance.histories.looks import Look, Quiet, listed, look
from conformance.histories.messages import Messages
from conformance.histories.rules.dispatch_view import changes
from conformance.histories.walks import Listed, Walk, begun, walks
from conformance.oracles.services.model import Service
from conformance.targets.profile import ServicesProfile, Target
from conformance.targets.services_codec import WRITES, service_name, to_service
from fixtures.contracts import load

Key: TypeAlias = tuple[str, str]
"""Collection and id of a service."""

SHOWING = ("GetService", "CreateService", "StartService", "StopService", "ConfigureService")
"""Methods that answer with a service as it is."""

EXISTENCE = ("CreateService", "DeleteService")


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Asked:
    """A call with its messages; `reply` is None where it was refused."""

    call: Call
    request: Any
    reply: Any
    key: Key

    @property
    def masked(self) -> bool:
        """Whether only a part was asked for."""
        mask = getattr(self.request, "read_mask", None)
        return mask is not None and self.request.HasField("read_mask")


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Pull:
    """A pull: its request, and each message with its changes."""

    stream: Stream
    request: Any
    messages: tuple[tuple[Frame, Any], ...]
    name: str

    @property
    def masked(self) -> bool:
        """Whether only a part was asked for."""
        return bool(self.request.HasField("read_mask"))


class View:
    """What the rules of this API read."""

    def __init__(self, history: History, target: Target) -> None:
        self.history = history
        self.profile = target.services.services or ServicesProfile()
        generation = "v0" if self.profile.service_package == "v0" else "v1"
        # The generations differ in their full names alone.
        self.messages = Messages(load("services", generation), [service_name(generation)])
        self._aliases = {alias: name for name, alias in self.profile.aliases.items()}

    @property
    def notes(self) -> Iterator[str]:
        """What was passed over."""
        return self.messages.notes("services")

    def quirky(self, *names: str) -> bool:
        """Whether the profile declares one of these departures."""
        return any(name in self.profile.quirks for name in names)

    def collection(self, name: str) -> str:
        """The collection that a name means."""
        return self._aliases.get(name, name)

    @cached_property
    def asked(self) -> list[Asked]:
        """Calls whose request can be read."""
        found = []
        calls = self.history.calls.get("services", ())
        for call, method, request, reply in self.messages.exchanges(calls):
            id_ = request.service.id if method.name == "CreateService" else ""
            key = (self.collection(request.name), getattr(request, "id", id_))
            found.append(Asked(call=call, request=request, reply=reply, key=key))
        return found

    def of(self, method: str, *, ok: bool | None = True) -> list[Asked]:
        """Calls of a method: answered, refused, or both for None."""
        return [a for a in self.asked if a.call.method == method and ok in (None, a.call.ok)]

    @cached_property
    def looks(self) -> list[Look[Service]]:
        """Every service that was shown whole."""
        found = []
        for asked in self.asked:
            if asked.call.method in SHOWING and asked.reply is not None and not asked.masked:
                shown = to_service(asked.reply)
                found.append(look((asked.key[0], shown.id), shown, asked.call))
        origins = begun(self.pages, self.walks)
        for page in self.pages:
            if not page.page.masked:
                at = origins[page.call.line.number]
                found += [listed((page.scope, s.id), s, page.call, at) for s in page.items]
        for pull in self.pulls("PullService"):
            for frame, message in pull.messages if not pull.masked else ():
                for change in message.changes:
                    if change.HasField("service"):
                        shown = to_service(change.service)
                        found.append(look((pull.name, shown.id), shown, frame))
        for pull in self.pulls("PullServices"):
            for frame, message in pull.messages if not pull.masked else ():
                for change in message.changes:
                    if change.HasField("new_value"):
                        shown = to_service(change.new_value)
                        found.append(look((pull.name, shown.id), shown, frame))
        return found

    @cached_property
    def pages(self) -> list[Listed]:
        """Every page that was answered."""
        return [
            Listed(
                call=asked.call,
                scope=asked.key[0],
                query=(),
                token=asked.request.page_token,
                next=asked.reply.next_page_token,
                items=tuple(to_service(item) for item in asked.reply.services),
                size=int(asked.request.page_size),
                page=asked,
            )
            for asked in self.of("ListServices")
        ]

    @cached_property
    def walks(self) -> list[Walk]:
        """Walks over pages."""
        return list(walks(self.pages))

    def pulls(self, method: str) -> list[Pull]:
        """Streams of a method."""
        return self._pulls.get(method, [])

    @cached_property
    def _pulls(self) -> dict[str, list[Pull]]:
        found: dict[str, list[Pull]] = {}
        for stream in self.history.streams.get("services", ()):
            known = self.messages.method(stream.opened)
            if known is None or known[1] is None:
                continue
            read = ((frame, self.messages.reply(known[0], frame)) for frame in stream.received)
            pull = Pull(
                stream=stream,
                request=known[1],
                messages=tuple((f, m) for f, m in read if m is not None),
                name=self.collection(known[1].name),
            )
            found.setdefault(known[0].name, []).append(pull)
        return found

    @cached_property
    def existing(self) -> Quiet:
        """When services of a collection neither came nor went."""
        return Quiet(
            self.history.about.sole_writer,
            [
                (a.key[0], a.call)
                for method in EXISTENCE
                for a in self.of(method, ok=None)
                if changes(a.call)
            ],
        )

    @cached_property
    def living(self) -> Quiet:
        """When a service neither came nor went."""
        writes = [(a.key, a.call) for m in EXISTENCE for a in self.of(m, ok=None)]
        return Quiet(self.history.about.sole_writer, [w for w in writes if changes(w[1])])

    @cached_property
    def steady(self) -> Quiet:
        """When nobody wrote to a service."""
        writes = [(a.key, a.call) for m in WRITES for a in self.of(m, ok=None)]
        return Quiet(self.history.about.sole_writer, [w for w in writes if changes(w[1])])
