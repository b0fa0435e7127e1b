"""A small, correct store of services and its pulls, with faults to order. No network.

`View` renders what one pull is sent, as bytes. Faults, each applied to one change in N of a view:
`skip` loses it, `repeat` sends it again, `swap` sends it after the one that follows it, `misroute`
sends it as one of another collection, `old` gives an update the wrong old value.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from fixtures.contracts import load

METHODS = load("services", "v1").methods("smartcore.bos.services.v1.ServicesApi")
SERVICE = METHODS["GetService"].response
COUNTS = METHODS["GetServiceMetadata"].response
ADD, UPDATE, REMOVE = 1, 2, 3


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What goes wrong, and with one change in how many."""

    kind: str = ""
    period: int = 0


NO_FAULT = Fault()


@dataclass(kw_only=True)
class Shelf:
    """Services by collection and id, and the log of their changes."""

    names: tuple[str, ...]
    services: dict[str, dict[str, Any]] = field(default_factory=dict)
    log: list[tuple[str, int, Any, Any, int]] = field(default_factory=list)
    now: int = 0

    def take(self, method: str, request: Any) -> Any:
        """Answer a unary call."""
        own = self.services.setdefault(request.name, {})
        if method == "ListServices":
            return METHODS[method].response(services=[own[id_] for id_ in sorted(own)])
        if method == "GetServiceMetadata":
            return self.counts(request.name)
        if method == "CreateService":
            made: Any = SERVICE()
            made.CopyFrom(request.service)
            made.id = made.id or f"made-{len(self.log)}"
            return self._put(request.name, made, "last_inactive_time", "last_config_time")
        if method == "DeleteService":
            gone = own.pop(request.id)
            self._note(request.name, REMOVE, None, gone)
            return gone
        new: Any = SERVICE()
        new.CopyFrom(own[request.id])
        stamp = "last_config_time"
        if method == "ConfigureService":
            new.config_raw = request.config_raw
        else:
            new.active = method == "StartService"
            stamp = "last_active_time" if new.active else "last_inactive_time"
        return self._put(request.name, new, stamp)

    def counts(self, name: str) -> Any:
        """The counts of a collection."""
        own = self.services.get(name, {}).values()
        made: Any = COUNTS(total_count=len(own))
        for service in own:
            made.type_counts[service.type] += 1
            made.total_active_count += service.active
        return made

    def _put(self, name: str, new: Any, *stamps: str) -> Any:
        before = self.services[name].get(new.id)
        for stamp in stamps:
            getattr(new, stamp).seconds = self.now + 1
        self.services[name][new.id] = new
        self._note(name, UPDATE if before else ADD, new, before)
        return new

    def _note(self, name: str, kind: int, new: Any, old: Any) -> None:
        self.now += 1
        self.log.append((name, kind, new, old, self.now))


class View:
    """What one pull is sent.

    Args:
        shelf: what is pulled.
        request: as the client sent it; its class tells which pull it is.
        fault: what goes wrong.
    """

    def __init__(self, shelf: Shelf, request: Any, fault: Fault = NO_FAULT) -> None:
        self.shelf = shelf
        self.request = request
        self.method = type(request).DESCRIPTOR.name.removesuffix("Request")
        self.at = len(shelf.log)
        self.tampered = 0
        self._fault = fault
        self._count = 0
        self._held: Any = None
        self._counts: Any = None

    def snapshot(self) -> Iterator[bytes]:
        """What a pull begins with."""
        own = self.shelf.services.setdefault(self.request.name, {})
        if self.method == "PullServiceMetadata":
            yield from self._counted()
        elif self.method == "PullService":
            yield self._message(self._change(service=own[self.request.id]))
        elif not self.request.updates_only:
            for service in own.values():
                yield self._message(self._change(type=ADD, new_value=service))

    def increments(self) -> Iterator[bytes]:
        """A message for each change that was not sent yet and shows."""
        while self.at < len(self.shelf.log):
            name, kind, new, old, when = self.shelf.log[self.at]
            self.at += 1
            if name != self.request.name:
                continue
            if self.method == "PullServiceMetadata":
                yield from self._counted()
                continue
            if self.method == "PullService":
                shown = new if new is not None and new.id == self.request.id else None
                change = self._change(when, service=shown) if shown is not None else None
            else:
                change = self._change(when, type=kind, new_value=new, old_value=old)
            if change is not None:
                yield from map(self._message, self._tamper(change))

    def _counted(self) -> Iterator[bytes]:
        counts = self.shelf.counts(self.request.name)
        if counts != self._counts:
            self._counts = counts
            change = self._change(metadata=counts)
            yield from map(self._message, self._tamper(change))

    def _change(self, when: int = 0, **values: Any) -> Any:
        response: Any = METHODS[self.method].response
        made: Any = response.Change(name=self.request.name)
        made.change_time.seconds = when or self.shelf.now or 1
        for name, value in values.items():
            if name == "type":
                made.type = value
            elif value is not None:
                getattr(made, name).CopyFrom(value)
        return made

    def _message(self, change: Any) -> bytes:
        data: bytes = (
            METHODS[self.method].response(changes=[change]).SerializeToString(deterministic=True)
        )
        return data

    def _tamper(self, change: Any) -> list[Any]:
        kind, held = self._fault.kind, self._held
        if held is not None:
            self._held = None
            return [change, held]
        self._count += 1
        if not kind or self._count < self._fault.period:
            return [change]
        is_update = self.method == "PullServices" and change.type == UPDATE
        if kind == "swap" and is_update and self._is_followed(change):
            self._done()
            self._held = change
            return []
        if kind == "skip" and (is_update or self.method != "PullServices"):
            self._done()
            return []
        if kind == "repeat":
            self._done()
            return [change, change]
        if kind == "misroute" and is_update and ";0;p;" not in change.new_value.config_raw:
            self._done()
            return [change, self._stranger(change)]
        if kind == "old" and is_update:
            self._done()
            change.old_value.config_raw += " "
        return [change]

    def _done(self) -> None:
        self._count = 0
        self.tampered += 1

    def _is_followed(self, change: Any) -> bool:
        later = [entry for entry in self.shelf.log[self.at :] if entry[0] == self.request.name][:1]
        return bool(later) and later[0][2] is not None and later[0][2].id == change.new_value.id

    def _stranger(self, change: Any) -> Any:
        other: Any = type(change)()
        other.CopyFrom(change)
        for value in (other.new_value, other.old_value):
            value.id += "-x"
            run, scope, *rest = value.config_raw.split(";")
            value.config_raw = ";".join([run, str(int(scope) + 7), *rest])
        return other
