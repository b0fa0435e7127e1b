"""The services API as load sees it: requests, pulled changes as plain values, marks in configs.

The mark of a write is a key of the configuration, which every server stores and shows unchanged.
Changes become the values that `conformance.oracles.services` replays.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from google.protobuf.message import DecodeError

from conformance.oracles.services.model import FIELDS, KINDS, TIMES, Change, Metadata, Service
from fixtures.contracts import load
from loadtests import marks
from loadtests.marks import Mark

PACKAGES = {"v1": "smartcore.bos.services.v1", "v0": "smartcore.bos"}
PULL_SERVICES = "PullServices"
PULL_SERVICE = "PullService"
PULL_METADATA = "PullServiceMetadata"
PADDING_KEY = "gp_pad"
DECODED = 128
"""Distinct messages remembered: pulls of the same collection get the same bytes."""
SECOND_NS = 1_000_000_000
READ_WITH_MARKS = frozenset({"id", "type", "active", "loading", "error", "config_raw"})
"""What is read of a service where only marks are verified."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """A pulled change, the mark in its newer value if this run wrote it, and the counts if any."""

    change: Change
    mark: Mark | None = None
    counts: Metadata | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """One message of a pull, understood as far as the verification level asks."""

    size: int
    shown: tuple[Shown, ...] = ()
    fault: str = ""


class Wire:
    """Builds requests and reads replies.

    Args:
        run: the id of the run, in the mark of everything it writes.
        package: which generation's names are called.
        kind: the type of what is made.
        configs: JSON objects as text, by what they lead to.
        verify: `full` reads whole services, `marks` no times, `off` only sentinels.
        padding: bytes that every configuration carries besides.
    """

    def __init__(
        self,
        run: str,
        *,
        package: str = "v1",
        kind: str = "",
        configs: Mapping[str, str] | None = None,
        verify: str = "full",
        padding: int = 0,
    ) -> None:
        self.run = run
        self.kind = kind
        self.package = package
        self.verify = verify
        self.methods = load("services", package).methods(f"{PACKAGES[package]}.ServicesApi")
        self._configs = {name: json.loads(text) for name, text in (configs or {}).items()}
        self._padding = {PADDING_KEY: "x" * padding} if padding else {}
        self._mark_of = lru_cache(maxsize=4 * DECODED)(self._read_mark)

    @property
    def configs(self) -> tuple[str, ...]:
        """What a configuration may lead to, as far as the target offers it."""
        return tuple(self._configs)

    # Messages come from private pools, so their attributes are unknown to the type checker: Any.
    def create(self, mark: Mark, name: str, id_: str, config: str = "ok") -> Any:
        """A request for an inactive service with a mark."""
        request: Any = self.methods["CreateService"].request(name=name)
        request.service.id, request.service.type = id_, self.kind
        request.service.config_raw = self._text(mark, config)
        return request

    def configure(self, mark: Mark, name: str, id_: str, config: str = "ok") -> Any:
        """A request that gives a service another mark."""
        text = self._text(mark, config)
        return self.methods["ConfigureService"].request(name=name, id=id_, config_raw=text)

    def start(self, name: str, id_: str) -> Any:
        """A request that starts a service, if it is not active."""
        return self.methods["StartService"].request(name=name, id=id_, allow_active=True)

    def stop(self, name: str, id_: str) -> Any:
        """A request that stops a service, if it is active."""
        return self.methods["StopService"].request(name=name, id=id_, allow_inactive=True)

    def delete(self, name: str, id_: str) -> Any:
        """A request that deletes a service, if it is there."""
        return self.methods["DeleteService"].request(name=name, id=id_, allow_missing=True)

    def page(self, name: str, *, size: int, token: str = "") -> Any:
        """A request for a page of a collection."""
        return self.methods["ListServices"].request(name=name, page_size=size, page_token=token)

    def counts(self, name: str) -> Any:
        """A request for the counts of a collection."""
        return self.methods["GetServiceMetadata"].request(name=name)

    def pull(self, method: str, name: str, *, id_: str = "", updates_only: bool = False) -> Any:
        """A request that opens a pull."""
        request: Any = self.methods[method].request(name=name, updates_only=updates_only)
        if id_:
            request.id = id_
        return request

    def service(self, message: Any) -> Service:
        """What a message says of a service, as far as it is verified."""
        wanted = FIELDS if self.verify == "full" else READ_WITH_MARKS
        return Service(**{name: _value(message, name) for name in wanted})

    def mark_of(self, service: Service) -> Mark | None:
        """The mark that this run left in a service."""
        return self._mark_of(service.config_raw)

    def _text(self, mark: Mark, config: str) -> str:
        own = {marks.KEY: marks.encode(mark), **self._padding}
        return json.dumps({**self._configs[config], **own})

    def _read_mark(self, text: str) -> Mark | None:
        if self.run not in text:
            return None
        try:
            found = json.loads(text)
        except ValueError:
            return None
        value = found.get(marks.KEY) if isinstance(found, dict) else None
        mark = marks.decode(value) if isinstance(value, str) else None
        return mark if mark is not None and mark.run == self.run else None


def _value(message: Any, name: str) -> Any:
    if name not in TIMES:
        return getattr(message, name)
    return _instant(message, name)


def _instant(message: Any, name: str) -> int | None:
    if not message.HasField(name):
        return None
    stamp = getattr(message, name)
    return int(stamp.seconds) * SECOND_NS + int(stamp.nanos)


def counts_of(message: Any) -> Metadata:
    """What a message says of the counts of a collection."""
    return Metadata(
        total_count=message.total_count,
        type_counts=dict(message.type_counts),
        total_active_count=message.total_active_count,
        total_error_count=message.total_error_count,
    )


class Decoder:
    """Turns the bytes of a pull's message into a `Delivery`; equal bytes once.

    Nothing is raised: what cannot be read is told in `Delivery.fault`.
    """

    def __init__(self, wire: Wire, method: str) -> None:
        read: dict[str, Callable[[Any], Shown]] = {
            PULL_SERVICES: self._of_services,
            PULL_SERVICE: self._of_service,
            PULL_METADATA: self._of_metadata,
        }
        self._wire = wire
        self._response = wire.methods[method].response
        self._show = read[method]
        # Sentinels are the only objects of their writer, so this text is in no other message.
        self._sentinel = f";{marks.SENTINEL_WRITER};0;".encode()
        self._skips = wire.verify == "off" and method == PULL_SERVICES
        self._read = lru_cache(maxsize=DECODED)(self._decode)

    def __call__(self, data: bytes) -> Delivery:
        """The delivery that these bytes are."""
        if self._skips and self._sentinel not in data:
            return Delivery(size=len(data))
        return self._read(data)

    def _decode(self, data: bytes) -> Delivery:
        response: Any = self._response()
        try:
            response.ParseFromString(data)
        except DecodeError:
            return Delivery(size=len(data), fault="a message that cannot be decoded")
        if not response.changes:
            return Delivery(size=len(data), fault="a message without changes")
        return Delivery(size=len(data), shown=tuple(self._show(each) for each in response.changes))

    def _of_services(self, change: Any) -> Shown:
        new = self._wire.service(change.new_value) if change.HasField("new_value") else None
        old = self._wire.service(change.old_value) if change.HasField("old_value") else None
        kind = KINDS[change.type] if change.type < len(KINDS) else str(change.type)
        shown = new or old
        return Shown(
            change=_change(change, kind, new, old),
            mark=self._wire.mark_of(shown) if shown else None,
        )

    def _of_service(self, change: Any) -> Shown:
        new = self._wire.service(change.service) if change.HasField("service") else None
        return Shown(
            change=_change(change, "unspecified", new, None),
            mark=self._wire.mark_of(new) if new else None,
        )

    def _of_metadata(self, change: Any) -> Shown:
        counts = counts_of(change.metadata) if change.HasField("metadata") else None
        return Shown(change=_change(change, "unspecified", None, None), counts=counts)


def _change(message: Any, kind: str, new: Service | None, old: Service | None) -> Change:
    when = _instant(message, "change_time")
    return Change(name=message.name, kind=kind, new=new, old=old, change_time=when)
