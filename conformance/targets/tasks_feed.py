"""The event feed of a tasks target: read in the background, asked by sequence or by resource.

The feed is `gridproof.events.v1.EventFeed`; an API whose events go another way is judged without.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from typing import Any

from conformance.failures import Nonconformance
from conformance.oracles.tasks.model import Event
from conformance.recorder import Recorder
from conformance.targets.reading import GrpcCall, Reading
from conformance.targets.tasks_codec import Codec
from fixtures.contracts import load

SERVICE = "gridproof.events.v1.EventFeed"
METHOD = "Subscribe"
CONTRACT = load("events")


def subscription(tenant: str, types: Sequence[str], from_sequence: int) -> Any:
    """The request that opens a feed."""
    request: Any = CONTRACT.message("gridproof.events.v1.SubscribeRequest")()
    request.tenant, request.from_sequence = tenant, from_sequence
    request.types.extend(types)
    return request


def oldest_in(text: str) -> int | None:
    """The oldest sequence that a refusal with OUT_OF_RANGE names; None if it names none."""
    numbers = [int(found) for found in re.findall(r"\d+", text)]
    return max(numbers) if numbers else None


class Feed(Reading[Event]):
    """Events as they arrive; every event of the tenant, other callers' too.

    Args:
        call: an open stream of bytes.
        codec: of the target's contract, for what events hold.
        recorder: keeps what comes.
        number: of the stream in the record.
        sentinel: makes something in the tenant; gives the name of the type that it made.
        latency_s: how long an event may take.
    """

    def __init__(
        self,
        call: Any,
        codec: Codec,
        recorder: Recorder,
        *,
        number: int,
        sentinel: Callable[[], str],
        latency_s: float,
    ) -> None:
        super().__init__(
            GrpcCall(call, METHOD, CONTRACT.message("gridproof.events.v1.Event")),
            lambda message, _: codec.event(message, at_s=time.monotonic()),
            method=METHOD,
            recorder=recorder,
            number=number,
        )
        self.latency_s = latency_s
        self._sentinel = sentinel

    @property
    def events(self) -> list[Event]:
        """Everything received so far, in the order of arrival."""
        return self.messages

    @property
    def last(self) -> int:
        """The largest sequence received; 0 before the first event."""
        return max((event.sequence or 0 for event in self.events), default=0)

    def of(self, *names: str) -> list[Event]:
        """Events about these resources, in the order of arrival."""
        return [event for event in self.events if event.subject in names]

    def wait(self, name: str, type: str, *, within_s: float | None = None) -> Event:
        """The first event of this type about this resource, which may have come before.

        Raises:
            Nonconformance: it does not come in time, or the feed ends first.
        """
        patience_s = self.latency_s if within_s is None else within_s

        def found() -> Event | None:
            return next((e for e in self._received if (e.subject, e.type) == (name, type)), None)

        with self._news:
            self._news.wait_for(lambda: found() or self._status, patience_s)
            event = found()
        if event is None:
            got = self._silence(patience_s)
            raise Nonconformance("event on the feed", got=got, wanted=f"{type} of {name}")
        return event

    def settled(self) -> list[Event]:
        """All events up to that of something made now: nothing earlier is still on its way.

        Raises:
            Nonconformance: that event does not show.
        """
        last = self.wait(self._sentinel(), "TypeCreated")
        events = self.events
        return events[: events.index(last)]

    def _silence(self, waited_s: float) -> str:
        if self._status is not None:
            return f"the feed ended: {self._status.name} {self.details}".rstrip()
        return f"{len(self.events)} other events in {waited_s:g} s"
