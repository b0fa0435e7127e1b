"""The streams of one process: each proves what it got, all time it. Used on both planes.

A `Watcher` stands behind one stream and owns its history; a `Fleet` holds the watchers of a
process, counts, and answers the barriers. Neither knows sockets, greenlets or event loops: the
plane hands in deliveries with their receive time.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from collections.abc import Mapping, Sequence
from typing import Any

from conformance.oracles.events import Code, Kind, Listed, StreamHistory
from conformance.oracles.model import Violation
from loadtests import marks
from loadtests.dispatch import Delivery
from loadtests.stats import Stats

SAVED_VIOLATIONS = 20
"""Of each code; the rest is only counted."""
LAST_MESSAGES = 50
OPEN_SPREADS = 4096
STUCK_US = 5_000_000
"""A stream without a message for this long at the end of the drain has lost what is missing."""

Listing = Mapping[int, Mapping[int, Listed]]
"""Listed dispatches by microgrid and id."""


class Watcher:
    """One stream: its microgrid, its history, and how far it is."""

    def __init__(self, name: str, microgrid: int, fleet: Fleet) -> None:
        self.name = name
        self.microgrid = microgrid
        self.history = StreamHistory(
            microgrid, exclusive=fleet.is_exclusive, witnesses_birth=fleet.witnesses_birth
        )
        self.is_live = False
        self.has_reached = False
        self.has_ended = False
        self.seen = 0
        self.last_us = 0
        self.recent: deque[tuple[int, int, Any, int]] = deque(maxlen=LAST_MESSAGES)
        self._fleet = fleet
        self._opened_us = 0

    def opening(self, at_us: int) -> None:
        """The call is being started."""
        self._opened_us = at_us

    def take(self, delivery: Delivery, at_us: int) -> None:
        """A message has arrived."""
        fleet, stats = self._fleet, self._fleet.stats
        is_measured = stats.start_us <= at_us < stats.end_us
        if not self.last_us:
            stats.record(fleet.metric("open"), at_us - self._opened_us)
        elif is_measured:
            stats.record(fleet.gap, at_us - self.last_us)
        self.last_us = at_us
        if is_measured:
            fleet.messages += 1
            fleet.bytes += delivery.size
        event = delivery.event
        if event is None:
            if delivery.fault:
                fleet.report(self, Violation(code=Code.FEED, text=delivery.fault), at_us)
            else:
                self.seen += 1
            return
        number = event.mark.number if event.mark else -1
        self.recent.append((at_us, event.kind, event.key, number))
        for violation in self.history.see(event):
            fleet.report(self, violation, at_us)
        mark = delivery.mark
        if mark is None:
            return
        if mark.role != marks.WRITE:
            self._barrier(mark.role)
            return
        self.seen += 1
        # A deletion shows the mark of an earlier write, so it says nothing about its own due time.
        if event.kind != Kind.DELETED and stats.start_us <= mark.due_us < stats.end_us:
            is_quiet = mark.due_us < fleet.quiet_until_us
            stats.record(fleet.quiet if is_quiet else fleet.deliver, at_us - mark.due_us)
            fleet.spread(delivery.identity, self.microgrid, at_us)

    def ended(self, status: str, at_us: int, *, is_ours: bool) -> None:
        """The stream is over; `status` is the name of its gRPC status."""
        self.has_ended = True
        if not is_ours:
            for violation in self.history.ended(status):
                self._fleet.report(self, violation, at_us)

    def _barrier(self, role: str) -> None:
        if not self.is_live:
            self.is_live = True
            self.history.go_live()
        if role == marks.CLOSE:
            self.has_reached = True


class Fleet:
    """The watchers of one process.

    Args:
        stats: where samples go.
        is_exclusive: nobody else writes into the watched microgrids.
        witnesses_birth: the streams are open before anything is written.
        is_alone: no other process watches, so the spread over all subscribers can be taken.
        judges: events are decoded, so the fold can be compared with a listing.
        stream: the part of the metric names that tells which stream.

    Attributes:
        quiet_until_us: what is due before this is told apart as `deliver.STREAM.quiet`.
    """

    def __init__(
        self,
        stats: Stats,
        *,
        is_exclusive: bool,
        witnesses_birth: bool = True,
        is_alone: bool = False,
        judges: bool = True,
        stream: str = "dispatch",
    ) -> None:
        self.stats = stats
        self.is_exclusive = is_exclusive
        self.witnesses_birth = witnesses_birth
        self.watchers: list[Watcher] = []
        self.saved: list[dict[str, Any]] = []
        self.messages = 0
        self.bytes = 0
        self.deliver = f"deliver.{stream}"
        self.quiet = f"deliver.{stream}.quiet"
        self.quiet_until_us = 0
        self.gap = f"gap.{stream}"
        self._stream = stream
        self._is_alone = is_alone
        self._judges = judges
        self._found: Counter[str] = Counter()
        self._widths: Counter[int] = Counter()
        self._spreads: OrderedDict[int, tuple[int, int]] = OrderedDict()

    def metric(self, family: str) -> str:
        """The name of a metric of this stream."""
        return f"{family}.{self._stream}"

    def join(self, name: str, microgrid: int) -> Watcher:
        """A new watcher."""
        watcher = Watcher(name, microgrid, self)
        self.watchers.append(watcher)
        self._widths[microgrid] += 1
        return watcher

    def state(self) -> dict[str, int]:
        """How many watchers there are, are live, have reached the closing sentinel, have ended."""
        return {
            "watchers": len(self.watchers),
            "live": sum(watcher.is_live for watcher in self.watchers),
            "reached": sum(w.has_reached or w.has_ended for w in self.watchers),
            "ended": sum(watcher.has_ended for watcher in self.watchers),
        }

    def flush(self) -> dict[str, Any]:
        """What was counted since the last flush, with the changes seen so far by microgrid."""
        self.stats.count("messages", self.messages)
        self.stats.count("bytes", self.bytes)
        self.messages = self.bytes = 0
        seen: Counter[str] = Counter()
        for watcher in self.watchers:
            seen[str(watcher.microgrid)] += watcher.seen
        widths = {str(microgrid): width for microgrid, width in self._widths.items()}
        return {**self.stats.flush(), "seen": dict(seen), "widths": widths}

    def report(self, watcher: Watcher, violation: Violation, at_us: int) -> None:
        """Count a violation; keep the first ones with what came before them."""
        self.stats.count(f"integrity.{violation.code}")
        self._found[violation.code] += 1
        if self._found[violation.code] <= SAVED_VIOLATIONS:
            self.saved.append(
                {
                    "code": violation.code,
                    "text": violation.text,
                    "stream": watcher.name,
                    "microgrid": watcher.microgrid,
                    "at_us": at_us,
                    "last": [
                        {"at_us": at, "kind": kind, "id": key, "number": number}
                        for at, kind, key, number in watcher.recent
                    ],
                }
            )

    def spread(self, identity: int, microgrid: int, at_us: int) -> None:
        """Note that one more subscriber got a change; the last one completes its spread."""
        if not self._is_alone:
            return
        width = self._widths[microgrid]
        first_us, count = self._spreads.get(identity, (at_us, 0))
        if count + 1 >= width:
            self._spreads.pop(identity, None)
            self.stats.record(self.metric("spread"), at_us - first_us)
            return
        self._spreads[identity] = (first_us, count + 1)
        if len(self._spreads) > OPEN_SPREADS:
            self._spreads.popitem(last=False)

    def outstanding(self, listing: Listing) -> int:
        """How many objects, over all open streams, still differ from the listing."""
        if not self._judges:
            return 0
        return sum(
            watcher.history.outstanding(listing.get(watcher.microgrid, {}))
            for watcher in self.watchers
            if not watcher.has_ended
        )

    def settle(
        self, listing: Listing, written: Mapping[int, int], now_us: int
    ) -> Sequence[dict[str, Any]]:
        """Judge every open stream against the listing; return those that are merely late.

        A stream that has not reached the closing sentinel but is still getting messages is
        lagging, with its distance in changes; one that is silent has lost what is missing.
        """
        lagging = []
        for watcher in self.watchers:
            if watcher.has_ended or not watcher.is_live:
                continue
            if not watcher.has_reached and now_us - watcher.last_us < STUCK_US:
                distance = max(0, written.get(watcher.microgrid, 0) - watcher.seen)
                lagging.append({"stream": watcher.name, "distance": distance})
                continue
            listed = listing.get(watcher.microgrid, {})
            for violation in watcher.history.settle(listed) if self._judges else ():
                self.report(watcher, violation, now_us)
        return lagging


def listing_to_json(listing: Listing) -> dict[str, Any]:
    """A listing as plain values, for an order to another process."""
    return {
        str(microgrid): {str(key): [shown.number, shown.state] for key, shown in objects.items()}
        for microgrid, objects in listing.items()
    }


def listing_from_json(data: Mapping[str, Any]) -> dict[int, dict[int, Listed]]:
    """The listing that `listing_to_json` described."""
    return {
        int(microgrid): {
            int(key): Listed(number=number, state=state) for key, (number, state) in objects.items()
        }
        for microgrid, objects in data.items()
    }
