"""One stream of dispatch events: proven by its history, live and done by sentinels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from conformance.oracles.events import Kind, Listed, StreamHistory
from conformance.oracles.model import Violation
from loadtests import marks
from loadtests.apis.base import Route
from loadtests.apis.dispatch.wire import Delivery, Wire
from loadtests.course import Course
from loadtests.watching import Fleet, Watcher, feed_violation

Listing = Mapping[int, Mapping[int, Listed]]
"""Listed dispatches by microgrid and id."""


class DispatchWatcher(Watcher):
    """A stream of one microgrid.

    Args:
        name: for people.
        microgrid: what it watches.
        fleet: it belongs to.
        course: of the stream.
        route: of the streaming method.
        wire: builds the request.
        is_exclusive: nobody else writes into the microgrid.
    """

    def __init__(
        self,
        name: str,
        microgrid: int,
        fleet: Fleet,
        course: Course,
        *,
        route: Route,
        wire: Wire,
        is_exclusive: bool,
    ) -> None:
        super().__init__(name, microgrid, fleet, course, route)
        self.history = StreamHistory(microgrid, exclusive=is_exclusive)
        self._wire = wire

    def request(self) -> Any:
        """The request for the events of the microgrid."""
        return self._wire.subscribe(self.scope)

    def read(self, delivery: Delivery, at_us: int, *, is_measured: bool) -> None:
        """Judge an event by the history, and time it by its mark."""
        fleet = self.fleet
        if is_measured:
            fleet.changes += 1
        event = delivery.event
        if event is None:
            if delivery.fault:
                fleet.report(self, feed_violation(delivery.fault), at_us)
            else:
                self.seen += 1
            return
        number = event.mark.number if event.mark else -1
        self.recent.append(
            {"at_us": at_us, "kind": int(event.kind), "key": event.key, "number": number}
        )
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
        if event.kind != Kind.DELETED:
            self.delivered(mark.due_us, at_us, (self.scope, delivery.identity))

    def outstanding(self, listing: Listing) -> int:
        """How many dispatches differ, or await events that were overtaken."""
        return self.history.outstanding(listing.get(self.scope, {}))

    def settle(self, listing: Listing) -> Iterable[Violation]:
        """Compare the fold of the events with the listing."""
        if self.course.stalls:
            self.fleet.stats.count("slow.delivered")
        return self.history.settle(listing.get(self.scope, {}))

    def _barrier(self, role: str) -> None:
        if not self.is_live:
            self.is_live = True
            self.history.go_live()
        if role == marks.CLOSE:
            self.has_reached = True


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
