"""One watch: judged message by message by an assembler, and against List at the barrier.

The wire rules come from the assembler (INT-PROTO). What is told twice, out of order, or is not of
the query is found by the marks, connection by connection, because a resumed watch may be told
again what it knows. Values in between may be skipped; the last one may not (INT-GAP, INT-CONV).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from conformance.oracles.events import Code
from conformance.oracles.meta.assembly import Phase
from conformance.oracles.meta.history import difference
from conformance.oracles.meta.model import Change, Data, Message
from conformance.oracles.meta.stateful import Stateful
from conformance.oracles.meta.stateless import Stateless
from conformance.oracles.model import Violation
from loadtests import marks
from loadtests.apis.base import Route
from loadtests.apis.meta.queries import SEVERAL, Query
from loadtests.apis.meta.wire import Delivery, Wire
from loadtests.apis.meta.writing import Listing
from loadtests.course import Course
from loadtests.marks import Mark
from loadtests.watching import Fleet, Watcher, feed_violation

PROTO = "INT-PROTO"
REFUSALS = frozenset({"INVALID_ARGUMENT", "FAILED_PRECONDITION", "OUT_OF_RANGE", "ABORTED"})
"""How a server may refuse a resume token; a hard reset is better, but this is not silent either."""
MOST_NAMES = 8


class MetaWatcher(Watcher):
    """A watch of one query, over its reconnections.

    Args:
        name: for people.
        query: what it watches.
        fleet: it belongs to.
        course: of the stream.
        route: of the streaming method.
        wire: builds the request.
        is_sdk: judged by what the published Go client needs, too; else an unset size is no fault.
        scopes: which may be shown; none where others write, so that marks are not judged.
        is_quiet: nobody else writes what is watched.
    """

    def __init__(
        self,
        name: str,
        query: Query,
        fleet: Fleet,
        course: Course,
        route: Route,
        *,
        wire: Wire,
        is_sdk: bool,
        scopes: Collection[int],
        is_quiet: bool,
    ) -> None:
        super().__init__(name, query.scope, fleet, course, route)
        self.query = query
        self.shows_all = query.shows_all and query.scope != SEVERAL
        self.assembler: Stateless | Stateful = Stateful() if query.stateful else Stateless()
        self._wire = wire
        self._is_sdk = is_sdk
        self._scopes = scopes
        self._is_quiet = is_quiet
        self._told: dict[str, Data] = {}
        self._told_before: dict[str, Data] = {}
        self._newest: dict[str, int] = {}
        self._is_syncing = True
        self._was_reset = False
        self._foreign: set[str] = set()

    def request(self) -> Any:
        """The request that opens the watch; after a storm with the token."""
        token = self.assembler.token if self.cut_us else ""
        self.assembler.open(self.query.asked(is_resumed=bool(token), is_sdk=self._is_sdk))
        self._told_before = {**self._told_before, **self._told} if token else {}
        self._told = {}
        self._is_syncing = True
        return self._wire.watch(self.query, resume=token)

    def read(self, delivery: Delivery, at_us: int, *, is_measured: bool) -> None:
        """Judge a message and time its changes."""
        message = delivery.message
        if delivery.fault:
            self.fleet.report(self, feed_violation(delivery.fault), at_us)
            return
        self.recent.append(_remembered(message, delivery.count, at_us))
        if is_measured:
            self.fleet.changes += delivery.count
            if delivery.count:
                self.fleet.stats.record(self.metric("batch"), delivery.count)
        if message.soft_reset or message.hard_reset:
            self._note_reset()
        phase = self.assembler.phase
        for change, mark in zip(message.changes, delivery.marks, strict=True):
            self._judge(change, mark, phase, at_us)
        self._assemble(message, at_us)
        if message.is_current:
            self._close(phase, at_us)

    def survives(self, status: str) -> bool:
        """A refused token is dropped, and the watch opened as if for the first time."""
        if not (self.cut_us and self.assembler.token and status in REFUSALS):
            return False
        self.assembler.token = ""
        self.fleet.stats.count("resume.refused")
        return True

    def outstanding(self, listing: Listing) -> int:
        """How many resources differ from the list; once none did, it has agreed for good."""
        if self.has_reached:
            return 0
        listed, held = listing[self.query.key], self._held()
        left = sum(held.get(name) != shown for name, shown in listed.items())
        left += sum(name not in listed for name in held)
        if not left and self.query.stateful:
            left = int(list(held) != list(listed))
        # A watch that is opened again and again holds what was there a while ago.
        is_past = self.course.behaviour.cycles and not self._is_quiet
        self.has_reached = not left or is_past
        return 0 if self.has_reached else left

    def distance(self, listing: Listing, written: int) -> int:
        """In resources that differ, because the number of writes says nothing about a filter."""
        return self.outstanding(listing)

    def settle(self, listing: Listing) -> Iterable[Violation]:
        """Compare what is held with what is listed."""
        self.fleet.stats.count("compared")
        if not self._is_quiet and self.has_reached:
            return ()
        found = list(self._differences(listing[self.query.key]))
        if self.course.stalls and not found and not self._was_reset:
            self.fleet.stats.count("slow.delivered")
        return found

    def _judge(self, change: Change, mark: Mark | None, phase: Phase, at_us: int) -> None:
        data, name = change.data, change.name
        if data is None:
            self._told.pop(name, None)
            return
        told = self._told.get(name)
        self._told[name] = data
        if not self._scopes:
            return
        if mark is None or not self._shows(data, mark):
            self._foreign.add(name)
            self.report(Code.FOREIGN, f"{name} is not of {self.query.key}", at_us)
        if mark is None:
            return
        if told is not None:
            self._compare(change, data, told, at_us)
        self._time(change, mark, phase, at_us)

    def _shows(self, data: Data, mark: Mark) -> bool:
        return mark.scope in self._scopes and data["class"] in self.query.classes

    def _compare(self, change: Change, data: Data, told: Data, at_us: int) -> None:
        if data["number"] < told["number"]:
            text = f"{change.name}: number {data['number']} after {told['number']}"
            self.report(Code.ORD, text, at_us)
        elif data == told and not _moves(change):
            self.report(Code.DUP, f"{change.name}: number {data['number']} came twice", at_us)

    def _time(self, change: Change, mark: Mark, phase: Phase, at_us: int) -> None:
        if mark.writer == marks.POPULATION_WRITER:
            return
        if mark.number > self._newest.get(mark.writer, -1):
            self.seen += mark.number - self._newest.get(mark.writer, -1)
            self._newest[mark.writer] = mark.number
        if phase == "delta":
            self.fleet.stats.count(
                "resume.replayed", self._told_before.get(change.name) == change.data
            )
        # What enters a window may do so because something else has left it.
        if phase == "live" and (change.kind == "modified" or not self.query.page):
            self.delivered(mark.due_us, at_us, (self.scope, change.name, mark.number))

    def _assemble(self, message: Message, at_us: int) -> None:
        for violation in self.assembler.feed(message):
            # Documents alone do not say that an unset size means something (profile doc).
            if self._is_sdk or violation.code != "size_unset":
                self.report(PROTO, f"{violation.code}: {violation.text}", at_us)
        # They would grow with the run.
        self.assembler.emitted.clear()
        self.assembler.violations.clear()

    def _close(self, phase: Phase, at_us: int) -> None:
        stats, cycles = self.fleet.stats, self.course.behaviour.cycles
        if self._is_syncing:
            self._is_syncing = False
            self.opened("sync", at_us)
            if self.cut_us:
                self.back(at_us)
                stats.count("resume.hard", phase == "snapshot")
        self.is_live = True
        self.is_done = cycles

    def _note_reset(self) -> None:
        stats = self.fleet.stats
        stats.count("resume.resets")
        # What is sent again afterwards is sent again for a reason.
        self._told = {}
        if self.course.stalls and not self._was_reset:
            self._was_reset = True
            stats.count("slow.reset")

    def _held(self) -> dict[str, tuple[int, str]]:
        committed = self.assembler.committed
        items = committed.values() if isinstance(committed, Mapping) else committed
        return {item["name"]: (item["number"], item["state"]) for item in items}

    def _differences(self, listed: Mapping[str, tuple[int, str]]) -> Iterator[Violation]:
        held = self._held()
        text = difference(_as_items(held), _as_items(listed), ordered=self.query.stateful)
        if not text:
            return
        if self._scopes:
            lost = [name for name, shown in listed.items() if _is_older(held.get(name), shown)]
            # A window changes by what happens outside of it, so only the whole list tells a loss.
            kept = [name for name in held if name not in listed and name not in self._foreign]
            lost += [] if self.query.page else kept
            if lost:
                some = ", ".join(lost[:MOST_NAMES])
                gap = f"the last change of {len(lost)} resources never came: {some}"
                yield Violation(code=Code.GAP, text=gap)
        yield Violation(code=Code.CONV, text=text)


def _moves(change: Change) -> bool:
    return change.kind == "modified" and change.view_index != change.previous_view_index


def _is_older(held: tuple[int, str] | None, listed: tuple[int, str]) -> bool:
    return held is None or held[0] < listed[0]


def _as_items(view: Mapping[str, tuple[int, str]]) -> list[Data]:
    return [{"name": name, "number": shown[0], "state": shown[1]} for name, shown in view.items()]


def _remembered(message: Message, count: int, at_us: int) -> dict[str, Any]:
    """A message as it stands beside a violation."""
    flags = {
        "current": message.is_current,
        "soft reset": message.soft_reset,
        "hard reset": message.hard_reset,
        "size": message.snapshot_size if message.snapshot_size >= 0 else None,
    }
    changes = [
        f"{change.kind} {change.name} {change.data['number'] if change.data else ''}".strip()
        for change in message.changes[:MOST_NAMES]
    ]
    shown = {name: value for name, value in flags.items() if value not in (False, None)}
    return {"at_us": at_us, "changes": count, **shown, "first": changes}
