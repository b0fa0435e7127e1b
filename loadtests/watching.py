"""The streams of one process: each proves what it got, all time it. Used on both planes.

A `Watcher` stands behind one stream and judges it; a `Fleet` holds the watchers of a process,
counts, and answers the barriers. Neither knows sockets, greenlets or event loops: the plane hands
in deliveries with their receive time. What a message means is left to the watchers of each API.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter, OrderedDict, deque
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from conformance.oracles.events import Code
from conformance.oracles.model import Violation
from loadtests.apis.base import Api, Route
from loadtests.course import Course, Schedule
from loadtests.stats import Stats

SAVED_VIOLATIONS = 20
"""Of each code; the rest is only counted."""
LAST_MESSAGES = 50
OPEN_SPREADS = 4096
STUCK_US = 5_000_000
"""A stream without a message for this long at the end of the drain has lost what is missing."""
DOCUMENTED_END = "RESOURCE_EXHAUSTED"
"""How a server may end a stream that is not read."""
RETRY_US = 200_000
"""How long a stream that is refused after a cut waits until it tries again."""
RETRY_LIMIT_US = 15_000_000
"""After this long a stream that does not come back has ended."""


class Delivery(Protocol):
    """One stream message; the watchers of an API know what else it holds."""

    @property
    def size(self) -> int:
        """Bytes on the wire."""


class Watcher(ABC):
    """One stream, over its reconnections.

    Attributes:
        name: for people.
        route: the streaming method; it decodes to what `read` takes.
        scope: what it watches, or -1 for several scopes.
        stream: in the names of its metrics.
        is_live: whatever is written from now on must arrive.
        has_reached: the closing barrier lies behind it.
        has_ended: it is over, and not because we wanted.
        seen: changes it knows of, comparable with the confirmed writes of its scope.
        shows_all: nothing of its scope is hidden from it, so `seen` tells how far it is behind.
        is_done: the plane is to cancel it; with a course that cycles it then opens anew.
        cut_us: when it was cut; 0 once it is back.
    """

    shows_all = True

    def __init__(
        self,
        name: str,
        scope: int,
        fleet: Fleet,
        course: Course,
        route: Route,
        *,
        stream: str = "",
    ) -> None:
        self.name = name
        self.stream = stream or fleet.api.stream
        self.route = route
        self.scope = scope
        self.course = course
        self.is_live = False
        self.has_reached = False
        self.has_ended = False
        self.is_done = False
        self.seen = 0
        self.last_us = 0
        self.opened_us = 0
        self.cut_us = 0
        self.recent: deque[Mapping[str, Any]] = deque(maxlen=LAST_MESSAGES)
        self.fleet = fleet
        suffix = ".stalled" if course.stalls else ""
        self.deliver = self.metric("deliver") + suffix
        self._quiet = f"{self.metric('deliver')}.quiet"
        self._gap = self.metric("gap")
        self._is_opening = True
        self._times_openings = not course.stalls

    def metric(self, family: str) -> str:
        """The name of a metric of this stream."""
        return f"{family}.{self.stream}"

    @abstractmethod
    def request(self) -> Any:
        """The request that opens the stream, or opens it again."""

    @abstractmethod
    def read(self, delivery: Any, at_us: int, *, is_measured: bool) -> None:
        """Judge and time a message."""

    def judge_end(self, status: str) -> Sequence[Violation]:
        """What is wrong with this end of the stream, which we did not bring about.

        It has to stay open, unless it is not read.
        """
        if self.course.stalls and status == DOCUMENTED_END:
            self.fleet.stats.count("slow.ended")
            return ()
        return (feed_violation(f"the stream ended with {status}; it should have stayed open"),)

    @abstractmethod
    def outstanding(self, listing: Any) -> int:
        """How many objects still differ from the listing."""

    @abstractmethod
    def settle(self, listing: Any) -> Iterable[Violation]:
        """What is wrong with the whole stream, now that it had its time to catch up."""

    def opening(self, at_us: int) -> None:
        """The call is being started."""
        self.opened_us = at_us
        self.is_done = False
        self._is_opening = True

    def take(self, delivery: Delivery, at_us: int) -> None:
        """A message has arrived."""
        fleet, stats = self.fleet, self.fleet.stats
        is_measured = stats.start_us <= at_us < stats.end_us
        if self._is_opening:
            self._is_opening = False
            self.opened("open", at_us)
        elif is_measured and not self.course.stalls:
            stats.record(self._gap, at_us - self.last_us)
        self.last_us = at_us
        if is_measured:
            fleet.messages += 1
            fleet.bytes += delivery.size
        self.read(delivery, at_us, is_measured=is_measured)

    def opened(self, family: str, at_us: int) -> None:
        """Time how long the opening has taken up to now; returns after a storm are no openings.

        Streams that open once do so before the measured time and count nevertheless.
        """
        stats = self.fleet.stats
        counts = not self.course.behaviour.cycles or stats.is_measured(self.opened_us)
        if self._times_openings and counts and not self.cut_us:
            stats.record(self.metric(family), at_us - self.opened_us)

    def delivered(self, due_us: int, at_us: int, change: Hashable) -> None:
        """A change of this run, due at `due_us`, has arrived; `change` tells it from others."""
        stats, fleet = self.fleet.stats, self.fleet
        if not stats.start_us <= due_us < stats.end_us:
            return
        is_quiet = due_us < fleet.quiet_until_us and not self.course.stalls
        stats.record(self._quiet if is_quiet else self.deliver, at_us - due_us)
        if self.shows_all:
            fleet.spread(self, change, at_us)

    def cut(self, at_us: int) -> None:
        """The stream is being cut."""
        if not self.has_ended:
            self.cut_us = at_us

    def ended(self, status: str, at_us: int, *, is_ours: bool) -> None:
        """The stream is over; `status` is the name of its gRPC status."""
        if is_ours:
            return
        if status == "UNAVAILABLE" and self.cut_us and at_us < self.cut_us + RETRY_LIMIT_US:
            self.fleet.stats.count("planned.UNAVAILABLE")
            return
        if self.survives(status):
            return
        self.has_ended = True
        for violation in self.judge_end(status):
            self.fleet.report(self, violation, at_us)

    def survives(self, status: str) -> bool:
        """Whether an end that was not ours is one to come back from."""
        return False

    def opens_again_us(self, now_us: int) -> int | None:
        """When the stream, which is over, has to be opened again; None if it stays closed."""
        if self.has_ended:
            return None
        if self.course.behaviour.cycles:
            return self.course.opens_again_us(now_us)
        if self.cut_us:
            return now_us if self.opened_us < self.cut_us else now_us + RETRY_US
        return None

    def back(self, at_us: int) -> None:
        """The stream goes on after it was cut."""
        stats = self.fleet.stats
        stats.record(self.metric("resume"), at_us - self.cut_us)
        stats.count("resume.resumed")
        self.cut_us = 0

    def report(self, code: str, text: str, at_us: int) -> None:
        """Something in the stream is not what it should be."""
        self.fleet.report(self, Violation(code=code, text=text), at_us)

    def distance(self, listing: Any, written: int) -> int:
        """How far a stream that is late is behind, in changes."""
        return max(0, written - self.seen)


class Fleet:
    """The watchers of one process.

    Args:
        stats: where samples go.
        api: makes the watchers.
        is_alone: no other process watches, so the spread over all subscribers can be taken.
        judges: messages are decoded, so what they came to can be compared with a listing.

    Attributes:
        quiet_until_us: what is due before this is told apart as `deliver.STREAM.quiet`.
        schedule: of the run, once it is known.
    """

    def __init__(
        self, stats: Stats, api: Api, *, is_alone: bool = False, judges: bool = True
    ) -> None:
        self.stats = stats
        self.api = api
        self.watchers: list[Watcher] = []
        self.saved: list[dict[str, Any]] = []
        self.messages = 0
        self.bytes = 0
        self.changes = 0
        self.quiet_until_us = 0
        self.schedule: Schedule | None = None
        self.judges = judges
        self._is_alone = is_alone
        self._numbers: dict[int, Watcher] = {}
        self._found: Counter[str] = Counter()
        self._widths: Counter[int] = Counter()
        self._spreads: OrderedDict[Hashable, tuple[int, int]] = OrderedDict()

    def join(self, number: int) -> Watcher:
        """The watcher of the stream of this number in the run."""
        watcher = self.api.watcher(number, self)
        self.watchers.append(watcher)
        self._numbers[number] = watcher
        # How far one that stalls is behind says nothing about the target.
        watcher.shows_all = watcher.shows_all and not watcher.course.stalls
        if watcher.shows_all:
            self._widths[watcher.scope] += 1
        if self.schedule:
            watcher.course.begin(self.schedule)
        return watcher

    def begin(self, order: Mapping[str, Any]) -> None:
        """The order to start: what is measured, and when what happens."""
        self.stats.measure(order["measure_us"], order["end_us"])
        self.schedule = Schedule.from_json(order)
        self.quiet_until_us = self.schedule.quiet_until_us
        for watcher in self.watchers:
            watcher.course.begin(self.schedule)
            self.stats.count("slow.stalled", watcher.course.stalls)

    def cut(self, at_us: int, number: int | None = None) -> list[Watcher]:
        """The stream of this number, or every one, is about to be cut; those of this process."""
        one = self._numbers.get(number) if number is not None else None
        chosen = self.watchers if number is None else [one] if one else []
        for watcher in chosen:
            watcher.cut(at_us)
        return list(chosen)

    def state(self) -> dict[str, int]:
        """How many watchers there are, are live, have reached the closing sentinel, have ended."""
        return {
            "watchers": len(self.watchers),
            "live": sum(watcher.is_live for watcher in self.watchers),
            "reached": sum(w.has_reached or w.has_ended for w in self.watchers),
            "ended": sum(watcher.has_ended for watcher in self.watchers),
        }

    def flush(self) -> dict[str, Any]:
        """What was counted since the last flush, with the changes seen so far by scope."""
        self.stats.count("messages", self.messages)
        self.stats.count("bytes", self.bytes)
        self.stats.count("changes", self.changes)
        self.messages = self.bytes = self.changes = 0
        seen: Counter[str] = Counter()
        for watcher in self.watchers:
            if watcher.shows_all:
                seen[str(watcher.scope)] += watcher.seen
        widths = {str(scope): width for scope, width in self._widths.items()}
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
                    "scope": watcher.scope,
                    "at_us": at_us,
                    "last": list(watcher.recent),
                }
            )

    def spread(self, watcher: Watcher, change: Hashable, at_us: int) -> None:
        """Note that one more subscriber got a change; the last one completes its spread."""
        if not self._is_alone:
            return
        scope = watcher.scope
        first_us, count = self._spreads.get(change, (at_us, 0))
        if count + 1 >= self._widths[scope]:
            self._spreads.pop(change, None)
            self.stats.record(watcher.metric("spread"), at_us - first_us)
            return
        self._spreads[change] = (first_us, count + 1)
        if len(self._spreads) > OPEN_SPREADS:
            self._spreads.popitem(last=False)

    def outstanding(self, listing: Any) -> int:
        """How many objects, over all open streams, still differ from the listing."""
        if not self.judges:
            return 0
        return sum(w.outstanding(listing) for w in self.watchers if not w.has_ended)

    def settle(
        self, listing: Any, written: Mapping[int, int], now_us: int
    ) -> Sequence[dict[str, Any]]:
        """Judge every open stream against the listing; return those that are merely late.

        A stream that has not reached the closing barrier but is still getting messages is
        lagging, with its distance in changes; one that is silent has lost what is missing.
        """
        lagging = []
        for watcher in self.watchers:
            if watcher.has_ended or not watcher.is_live:
                continue
            if not watcher.has_reached and now_us - watcher.last_us < STUCK_US:
                distance = watcher.distance(listing, written.get(watcher.scope, 0))
                lagging.append({"stream": watcher.name, "distance": distance})
                continue
            for violation in watcher.settle(listing) if self.judges else ():
                self.report(watcher, violation, now_us)
        return lagging


def feed_violation(text: str) -> Violation:
    """A message that cannot be understood, or an end that should not have been."""
    return Violation(code=Code.FEED, text=text)
