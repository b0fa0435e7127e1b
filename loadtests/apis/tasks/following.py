"""One event feed: proven by its sequence numbers and by the life of each task, across resumes.

A feed that was cut asks for the last event that it had again, so that the answer shows at once
when it is back; that one may repeat, everything else has to come exactly once and in order.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

from conformance.oracles.events import Code, Event, Kind, Listed, StreamHistory
from conformance.oracles.events import Mark as Numbered
from conformance.oracles.model import Violation
from loadtests import marks
from loadtests.apis.base import Route
from loadtests.apis.tasks.wire import LIFE, STATES, Delivery, Wire
from loadtests.apis.tasks.writing import Listing
from loadtests.course import Course
from loadtests.watching import DOCUMENTED_END, Fleet, Watcher, feed_violation

WIDEST_GAP = 1000
"""Sequence numbers, skipped or had, that are remembered one by one."""
MOST_NAMED = 5
MIX: Sequence[tuple[str, ...]] = ((), LIFE, LIFE[:1])
"""Types that feeds ask for; none means all, and then the numbers have no gaps."""


class FeedWatcher(Watcher):
    """The feed of a tenant, over its reconnections.

    Args:
        name: for people.
        scope: number of the tenant.
        fleet: it belongs to.
        course: of the stream.
        route: of the feed.
        wire: builds the request.
        types: short names of what is asked for; none means all.
        since: sequence number to begin with.
        judges: whether events are decoded.
    """

    def __init__(
        self,
        name: str,
        scope: int,
        fleet: Fleet,
        course: Course,
        route: Route,
        *,
        wire: Wire,
        types: tuple[str, ...],
        since: int,
        judges: bool,
    ) -> None:
        super().__init__(name, scope, fleet, course, route)
        self.shows_all = not types
        self.history = StreamHistory(scope)
        self.history.go_live()
        self.last = max(0, since - 1)
        self.missing: set[int] = set()
        self._wire = wire
        self._types = types
        self._judges = judges
        self._source = f"//tasks/tenants/{wire.tenants[scope]}"
        self._numbers: deque[int] = deque(maxlen=WIDEST_GAP)
        self._has_begun = False
        self._is_returning = False

    def request(self) -> object:
        """The request for what follows; the last event is asked for again."""
        self._is_returning = self._has_begun
        since = self.last if self._has_begun else self.last + 1
        return self._wire.subscribe(self.scope, types=self._types, since=since)

    def read(self, delivery: Delivery, at_us: int, *, is_measured: bool) -> None:
        """Judge an event by its number and its task, and time it by its mark."""
        fleet = self.fleet
        if is_measured:
            fleet.changes += 1
        # What was under way when it was cut is no sign of its return.
        if self.cut_us and self.opened_us >= self.cut_us:
            self.back(at_us)
        sequence = delivery.sequence
        if sequence is None:
            fleet.report(self, feed_violation(delivery.fault), at_us)
            return
        self.recent.append({"at_us": at_us, "sequence": sequence, "subject": delivery.subject})
        if self._judges and self._is_foreign(delivery, at_us):
            return
        is_returning, self._is_returning = self._is_returning, False
        if is_returning and sequence == self.last:
            fleet.stats.count("resume.replayed")
            return
        if self._is_repeated(sequence, at_us):
            return
        mark = delivery.mark
        if mark is None:
            return
        if mark.writer == marks.SENTINEL_WRITER:
            self.is_live = True
            self.has_reached = self.has_reached or mark.role == marks.CLOSE
        self._follow(delivery, mark.scope, at_us)
        if mark.writer in (marks.SENTINEL_WRITER, marks.POPULATION_WRITER):
            return
        self.seen += 1
        if delivery.type == LIFE[0]:
            self.delivered(mark.due_us, at_us, (self.scope, sequence))

    def survives(self, status: str) -> bool:
        """A feed that was too slow goes on from its number, as is documented."""
        if status != DOCUMENTED_END:
            return False
        self.fleet.stats.count("resume.too_slow")
        self.cut_us = max(self.last_us, self.opened_us + 1)
        return True

    def outstanding(self, listing: Listing) -> int:
        """How many tasks, or numbers, are still missing."""
        return len(self.missing) + self.history.outstanding(self._expected(listing))

    def settle(self, listing: Listing) -> Iterable[Violation]:
        """Compare the events of each task with its listed state."""
        found = self.history.settle(self._expected(listing))
        if self.missing:
            some = ", ".join(str(number) for number in sorted(self.missing)[:MOST_NAMED])
            text = f"{len(self.missing)} events never came: {some}"
            found.append(Violation(code=Code.GAP, text=text))
        return found

    def _is_foreign(self, delivery: Delivery, at_us: int) -> bool:
        tenant = f"{self._source.removeprefix('//tasks/')}/"
        is_ours = delivery.source == self._source and delivery.subject.startswith(tenant)
        if is_ours and (not self._types or delivery.type in self._types):
            return False
        text = f"event {delivery.sequence}: {delivery.type} of {delivery.subject}"
        self.report(Code.FOREIGN, text, at_us)
        return True

    def _is_repeated(self, sequence: int, at_us: int) -> bool:
        """Take a number; whether its event came before."""
        self._has_begun = True
        is_repeated = sequence <= self.last and sequence in self._numbers
        self._numbers.append(sequence)
        if sequence > self.last:
            if not self._types:
                self._skip(self.last + 1, sequence, at_us)
            self.last = sequence
            return False
        if not is_repeated:
            self.missing.discard(sequence)
            self.report(Code.ORD, f"event {sequence} came after {self.last}", at_us)
            return False
        self.report(Code.DUP, f"event {sequence} came twice", at_us)
        return True

    def _skip(self, first: int, after: int, at_us: int) -> None:
        if after - first > WIDEST_GAP:
            self.report(Code.GAP, f"events {first} to {after - 1} were skipped", at_us)
        else:
            self.missing.update(range(first, after))

    def _follow(self, delivery: Delivery, scope: int, at_us: int) -> None:
        number = self._watched.index(delivery.type)
        event = Event(
            kind=Kind.UPDATED if number else Kind.CREATED,
            key=delivery.subject,
            mark=Numbered(scope=scope, number=number),
            state=delivery.state,
        )
        for violation in self.history.see(event):
            self.fleet.report(self, violation, at_us)

    @property
    def _watched(self) -> Sequence[str]:
        return self._types or LIFE

    def _expected(self, listing: Listing) -> dict[str, Listed]:
        """Of each listed task the last event that we had to see."""
        watched = self._watched
        found: dict[str, Listed] = {}
        for name, (state, digest) in listing[self.scope].items():
            place = STATES.index(state) if state in STATES else 0
            number = max(n for n, type_ in enumerate(watched) if LIFE.index(type_) <= place)
            is_last = LIFE.index(watched[number]) == place
            found[name] = Listed(number=number, state=digest if is_last and digest else None)
        return found
