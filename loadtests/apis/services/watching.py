"""The three pulls, each judged message by message and against List and Get at the barrier.

A pull may leave out states in between, but each update names the value that it replaces: where
that is a newer one than we were told, a change has been lost (INT-GAP); where it is another one,
the change is wrong (INT-PROTO). In the end every service of the run has to be what List shows
(INT-CONV), and pulled counts what Get shows.
"""

from __future__ import annotations

from abc import abstractmethod
from collections import OrderedDict, deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from conformance.oracles.events import Code
from conformance.oracles.model import Violation
from conformance.oracles.services.changes import Replay
from conformance.oracles.services.invariants import FORWARD, backwards
from conformance.oracles.services.metadata import same
from conformance.oracles.services.model import SETTLED_FIELDS, Change, Metadata, Service
from loadtests import marks
from loadtests.apis.base import Route
from loadtests.apis.services.wire import (
    PULL_METADATA,
    PULL_SERVICE,
    PULL_SERVICES,
    Delivery,
    Shown,
    Wire,
)
from loadtests.apis.services.writing import Listing
from loadtests.course import Course
from loadtests.marks import Mark
from loadtests.watching import Fleet, Watcher, feed_violation

PROTO = "INT-PROTO"
CHAIN = "SVC-PLS-005"
"""How the replay calls an update whose old value is not the one that was told last."""
MOST_NAMES = 8
LATEST = 6
"""Changes of a service among which one may be found again; a message may hold several."""
MOST_KNOWN = 1000
"""Services whose latest changes are remembered; those that were told of longest ago go first."""
NOT_BORN = (marks.POPULATION_WRITER, marks.SENTINEL_WRITER)
"""Writers of services that may have been there before a pull began."""


class Pull(Watcher):
    """What all pulls have in common.

    Args:
        name: for people.
        scope: number of the collection.
        collection: its name.
        fleet: it belongs to.
        course: of the stream.
        route: of the pull.
        wire: builds the request.
        stream: in the names of its metrics.
        reads_only: the run writes nothing, so there are no sentinels.
        quirks: departures that the target is known for.
    """

    def __init__(
        self,
        name: str,
        scope: int,
        collection: str,
        fleet: Fleet,
        course: Course,
        route: Route,
        *,
        wire: Wire,
        stream: str,
        reads_only: bool = False,
        quirks: Collection[str] = (),
    ) -> None:
        super().__init__(name, scope, fleet, course, route, stream=stream)
        self.collection = collection
        self.reads_only = reads_only
        self.is_ordered = "stream-reorder" not in quirks
        self.has_reached = reads_only
        self._wire = wire
        self._has_agreed = False
        self._newest: dict[str, int] = {}

    def read(self, delivery: Delivery, at_us: int, *, is_measured: bool) -> None:
        """Judge a message and time its changes."""
        if delivery.fault:
            self.fleet.report(self, feed_violation(delivery.fault), at_us)
            return
        count = max(1, len(delivery.shown))
        if is_measured:
            self.fleet.changes += count
            self.fleet.stats.record(self.metric("batch"), count)
        self.is_live = self.is_live or self.reads_only
        for shown in delivery.shown:
            change = shown.change
            self.recent.append(_remembered(change, shown.mark, at_us))
            if not change.name or change.change_time is None:
                missing = "name" if change.change_time else "time"
                self.report(PROTO, f"a change of {change.id!r} has no {missing}", at_us)
            self.judge(shown, at_us)

    @abstractmethod
    def judge(self, shown: Shown, at_us: int) -> None:
        """Judge a change by those before."""

    @abstractmethod
    def differences(self, listing: Listing) -> Iterator[Violation]:
        """Where what the pull told differs from what the server shows."""

    def outstanding(self, listing: Listing) -> int:
        """How many services, or counts, differ; once none did, it has agreed for good."""
        if not self._has_agreed:
            left = sum(1 for _ in self.differences(listing))
            self._has_agreed = not left
            return left
        return 0

    def settle(self, listing: Listing) -> Iterable[Violation]:
        """Compare what was told with what is shown."""
        self.fleet.stats.count("compared")
        found = [] if self._has_agreed else list(self.differences(listing))
        if self.course.stalls and not found:
            self.fleet.stats.count("slow.delivered")
        return found

    def time(self, mark: Mark, id_: str, at_us: int) -> None:
        """Time a change whose mark was not seen before."""
        if mark.writer == marks.POPULATION_WRITER:
            return
        if mark.number > self._newest.get(mark.writer, -1):
            self.seen += mark.number - self._newest.get(mark.writer, -1)
            self._newest[mark.writer] = mark.number
            self.delivered(mark.due_us, at_us, (self.scope, id_, mark.number))


class ServicesPull(Pull):
    """A pull of a whole collection, replayed; with `updates_only` without what was there before."""

    def __init__(self, *args: Any, updates_only: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        self.replay = Replay(updates_only=updates_only)
        self._updates_only = updates_only
        self._latest: OrderedDict[str, deque[Change]] = OrderedDict()
        self._lost: dict[str, list[Service]] = {}

    def request(self) -> Any:
        """The request that opens the pull."""
        only = self._updates_only
        return self._wire.pull(PULL_SERVICES, self.collection, updates_only=only)

    def judge(self, shown: Shown, at_us: int) -> None:
        """Judge a change by the replay of those before, and time it by its mark."""
        change, mark = shown.change, shown.mark
        id_ = change.id
        if mark is not None and mark.scope != self.scope:
            self.report(Code.FOREIGN, f"{id_} is not in {self.collection}", at_us)
            return
        latest = self._latest_of(id_)
        if self.is_live and change in latest:
            self.report(Code.DUP, f"{change.kind} of {id_} came twice", at_us)
            return
        if self.is_ordered and self._is_late(change, at_us):
            return
        latest.append(change)
        self._follow(change, mark, at_us)
        if mark is None or change.new is None:
            return
        if mark.writer == marks.SENTINEL_WRITER:
            self.is_live = True
            self.has_reached = self.has_reached or mark.role == marks.CLOSE
        else:
            self.time(mark, id_, at_us)

    def _latest_of(self, id_: str) -> deque[Change]:
        latest = self._latest.setdefault(id_, deque(maxlen=LATEST))
        self._latest.move_to_end(id_)
        if len(self._latest) > MOST_KNOWN:
            self._latest.popitem(last=False)
        return latest

    def differences(self, listing: Listing) -> Iterator[Violation]:
        """Services that are listed and not told as such, or told and not listed."""
        for id_ in self._lost:
            yield Violation(code=Code.GAP, text=f"{id_}: a change was skipped")
        listed, known = listing.services[self.scope], self.replay.services
        missing: list[str] = []
        for item in listed:
            if item.id not in known:
                mark = self._wire.mark_of(item)
                was_there = mark is not None and mark.writer == marks.POPULATION_WRITER
                missing += [] if self._updates_only and was_there else [item.id]
        wanted = {item.id for item in listed}
        gone = [
            id_
            for id_, service in known.items()
            if id_ not in wanted and (self.reads_only or self._wire.mark_of(service))
        ]
        stale = self.replay.stale(listed) if self.is_ordered else []
        lost = [
            item.id
            for item in listed
            if self.is_ordered
            if _differ(item, known.get(item.id, item)) and self._is_newer(item, known[item.id])
        ]
        if not self.reads_only and (missing or gone or lost):
            names = ", ".join([*missing, *gone, *lost][:MOST_NAMES])
            text = f"the last change of {len(missing + gone + lost)} services never came: {names}"
            yield Violation(code=Code.GAP, text=text)
        for what, ids in (("listed and not told", missing), ("told and not listed", gone)):
            if ids:
                yield Violation(code=Code.CONV, text=f"{what}: {', '.join(ids[:MOST_NAMES])}")
        if stale:
            yield Violation(code=Code.CONV, text="; ".join(v.text for v in stale[:MOST_NAMES]))

    def _is_newer(self, one: Service, other: Service) -> bool:
        first, second = self._wire.mark_of(one), self._wire.mark_of(other)
        has_newer = bool(first and second and _number(first) > _number(second))
        return has_newer or _when(one) > _when(other)

    def _is_late(self, change: Change, at_us: int) -> bool:
        """Whether a change tells an older state than we know; then it is told and passed over."""
        id_, new, lost = change.id, change.new, self._lost.get(change.id, [])
        if new is not None and new in lost:
            lost.remove(new)
            if not lost:
                del self._lost[id_]
            self.report(Code.ORD, f"{id_}: a state came after the one that replaced it", at_us)
            return True
        known = self.replay.services.get(id_)
        is_older = new is not None and known is not None and self._is_newer(known, new)
        if is_older or (change.kind == "update" and id_ in self.replay.removed):
            self.report(Code.ORD, f"{id_}: {change.kind} after what came later", at_us)
            return True
        return False

    def _follow(self, change: Change, mark: Mark | None, at_us: int) -> None:
        known = self.replay.services.get(change.id)
        is_born = mark is not None and mark.writer not in NOT_BORN and mark.object >= 0
        if self.is_live and is_born and known is None and change.kind == "update" and change.old:
            # Whoever pulls since before its birth has to be told of it.
            self._lose(change, change.old)
        for violation in self.replay.take(change):
            old = change.old
            is_chain = violation.code == CHAIN and self.is_ordered
            if is_chain and old and known and old != change.new and _when(old) > _when(known):
                self._lose(change, old)
                continue
            self.report(PROTO, f"{violation.code}: {violation.text}", at_us)

    def _lose(self, change: Change, value: Service) -> None:
        self._lost.setdefault(change.id, []).append(value)


class ServicePull(Pull):
    """A pull of one service of the population."""

    shows_all = False

    def __init__(self, *args: Any, id_: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.id = id_
        self.known: Service | None = None
        self._last: Change | None = None

    def request(self) -> Any:
        """The request that opens the pull."""
        return self._wire.pull(PULL_SERVICE, self.collection, id_=self.id)

    def judge(self, shown: Shown, at_us: int) -> None:
        """Judge the state of the service by the one before."""
        self.is_live = self.has_reached = True
        change, new, known = shown.change, shown.change.new, self.known
        if new is None:
            self.report(PROTO, "a change without a service", at_us)
            return
        if new.id != self.id:
            self.report(Code.FOREIGN, f"{new.id} is not {self.id}", at_us)
            return
        if change == self._last:
            self.report(Code.DUP, f"a state of {self.id} came twice", at_us)
            return
        self._last = change
        if known is not None and self.is_ordered:
            for violation in backwards(known, new):
                self.report(Code.ORD, violation.text, at_us)
                return
        self.known = new
        if shown.mark is not None:
            self.time(shown.mark, self.id, at_us)

    def differences(self, listing: Listing) -> Iterator[Violation]:
        """Where the last state is not the listed one."""
        listed = [item for item in listing.services[self.scope] if item.id == self.id]
        if not self.is_ordered or not listed:
            return
        (item,), known = listed, self.known
        wrong = _differ(known, item) if known is not None else SETTLED_FIELDS
        if wrong:
            if known is None or _when(item) > _when(known):
                yield Violation(code=Code.GAP, text=f"the last change of {self.id} never came")
            text = f"{self.id}: {', '.join(wrong)} differ from what is listed"
            yield Violation(code=Code.CONV, text=text)


class MetadataPull(Pull):
    """A pull of the counts of a collection."""

    shows_all = False

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.counts: Metadata | None = None
        self.drifts = "metadata-drift" in options.get("quirks", ())

    def request(self) -> Any:
        """The request that opens the pull."""
        return self._wire.pull(PULL_METADATA, self.collection)

    def judge(self, shown: Shown, at_us: int) -> None:
        """Judge counts by themselves, and by those before."""
        self.is_live = self.has_reached = True
        counts = shown.counts
        if counts is None:
            self.report(PROTO, "a change without counts", at_us)
            return
        if sum(counts.type_counts.values()) != counts.total_count:
            text = f"{counts.total_count} services, {dict(counts.type_counts)} by type"
            self.report(PROTO, text, at_us)
        active, wrong = counts.total_active_count, counts.total_error_count
        if active + wrong > counts.total_count:
            text = f"{active} active and {wrong} failed services of {counts.total_count}"
            self.report(PROTO, text, at_us)
        if counts == self.counts:
            self.report(Code.DUP, "the same counts came twice in a row", at_us)
        self.counts = counts

    def differences(self, listing: Listing) -> Iterator[Violation]:
        """Where the last counts are not those that Get shows."""
        shown = listing.counts[self.scope]
        if self.drifts:
            return
        if self.counts is None or not same(self.counts, shown):
            text = f"the counts of {self.collection} are {self.counts}, Get shows {shown}"
            yield Violation(code=Code.CONV, text=text)


def _differ(one: Service, other: Service) -> Sequence[str]:
    """In what two states differ that have to agree in the end."""
    return [name for name in SETTLED_FIELDS if getattr(one, name) != getattr(other, name)]


def _number(mark: Mark) -> int:
    """The place of a mark among those of a service; what the population began with comes first."""
    return -1 if mark.writer == marks.POPULATION_WRITER else mark.number


def _when(service: Service) -> int:
    """When something last happened to a service, nanoseconds since the epoch."""
    return max(getattr(service, name) or 0 for name in FORWARD)


def _remembered(change: Change, mark: Mark | None, at_us: int) -> dict[str, Any]:
    """A change as it stands beside a violation."""
    service = change.new or change.old
    return {
        "at_us": at_us,
        "change": change.kind,
        "id": change.id,
        "state": str(service.state) if service else "",
        "number": mark.number if mark else None,
    }
