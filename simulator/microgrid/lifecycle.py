"""The life of dispatches: when occurrences start and stop, and what updates do to running ones.

A dispatch runs at t iff it is active, t >= start, and there is no duration or t lies before the
latest occurrence plus the duration (frequenz-client-dispatch 1.1.1). So occurrences that overlap
run on, without end means one start whatever the rule, and a zero duration is an instant. Only the
next occurrence of each dispatch is ever known: an endless rule costs no more than a single start.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from simpy.events import Event

from .agenda import Agenda, Class, Happening
from .dispatch import Dispatch
from .effect import Effect
from .record import Occurrence
from .recurrence import latest_until, occurrences
from .running import OPEN, Admit, Running
from .selection import Selection
from .units import US_PER_S
from .vocabulary import Command, Invalid, parse

__all__ = ["Lifecycle"]


class Host(Protocol):
    """What the world offers to the life cycle."""

    def log(self, event: str, **details: Any) -> None:
        """Write to the event log at the current instant."""

    def touch(self, *, dry_run: bool) -> None:
        """Settle up to now, because what is in force changes; only the shadow for dry runs."""

    def open(self, occurrence: Occurrence) -> None:
        """Take a new occurrence into the record."""

    def close(self, occurrence: Occurrence) -> None:
        """Take note that an occurrence has ended."""

    def latch(self, running: Running) -> None:
        """Keep the state that a latching switch set."""

    def select(self, dispatch: Dispatch) -> Selection:
        """Resolve a target."""

    def acting(self, selection: Selection, effect: Effect) -> Selection:
        """Return what of a selection an effect can do something with."""


@dataclass(slots=True, kw_only=True)
class _Task:
    """A dispatch that the world knows."""

    dispatch: Dispatch
    command: Command | Invalid
    selection: Selection
    starts: Iterator[int]
    next_us: int = 0
    """When it starts next."""
    start_event: Happening | None = None
    stop_event: Happening | None = None
    point_event: Event | None = None
    """The next point of a schedule."""
    occurrence: Occurrence | None = None
    running: Running | None = None
    """None while not running, or while running without effect."""
    count: int = 0
    """Occurrences so far, over all updates."""
    fired_us: int | None = None
    """Start of the latest occurrence that was begun."""
    is_examined: bool = False
    """Whether it is known (and in the log, if nothing) what it acts on."""
    acting: Selection | None = None
    """The devices that it acts on; None = it has no effect."""


class Lifecycle:
    """Every dispatch of a world, and what runs now."""

    def __init__(
        self, agenda: Agenda, host: Host, *, until_inclusive: bool, end_us: int | None
    ) -> None:
        self._agenda = agenda
        self._host = host
        self._until_inclusive = until_inclusive
        self._end_us = end_us
        self._tasks: dict[int, _Task] = {}
        self.running: dict[int, Running] = {}
        """Dispatches in force by id, dry runs too."""
        self._admit: Admit = lambda _dispatch: OPEN

    # Changes from outside

    def put(self, dispatch: Dispatch, now_us: int) -> None:
        """Create or update a dispatch, effective now."""
        before = self._tasks.get(dispatch.id)
        if before is not None and before.dispatch == dispatch:
            return
        task = _Task(
            dispatch=dispatch,
            command=parse(dispatch.type, dispatch.payload),
            selection=self._host.select(dispatch),
            starts=iter(()),
        )
        if before is not None:
            task.count, task.fired_us = before.count, before.fired_us
            self._forget(before)
        self._tasks[dispatch.id] = task
        current = self._current(dispatch, now_us)
        if before is not None and before.occurrence is not None:
            if current is not None and self._continues(before, dispatch, current):
                self._carry_on(before, task, current, now_us)
            else:
                ended = "updated" if dispatch.active else "inactive"
                self._stop(before, now_us, ended)
        if current is not None and task.occurrence is None:
            self._start(task, current, now_us)
        self._plan_next(task, now_us)

    def remove(self, dispatch_id: int, now_us: int) -> None:
        """Delete a dispatch; KeyError if the world does not know it."""
        task = self._tasks.pop(dispatch_id)
        self._forget(task)
        if task.occurrence is not None:
            self._stop(task, now_us, "deleted")

    def admit(self, admit: Admit | None) -> None:
        """Let a function decide how far dispatches have effect, those that run too."""
        self._admit = admit or (lambda _dispatch: OPEN)
        for dispatch_id, running in self.running.items():
            admission = self._admit(self._tasks[dispatch_id].dispatch)
            if admission != running.admission:
                self._host.touch(dry_run=running.dry_run)
                running.admission = admission
                self._latch(running)

    def _latch(self, running: Running) -> None:
        if not running.admission.withheld:
            self._host.latch(running)

    def finish(self, now_us: int) -> None:
        """End what still runs because the run is over."""
        for task in self._tasks.values():
            if task.occurrence is not None:
                _close(task.occurrence, now_us, "run_end")

    # What is due

    def _current(self, dispatch: Dispatch, now_us: int) -> int | None:
        """Return the start of the occurrence that runs now, None if none does."""
        if not dispatch.active or now_us < dispatch.start_us:
            return None
        if dispatch.duration_s is None:
            return dispatch.start_us
        latest: int | None = dispatch.start_us
        if dispatch.rule is not None:
            latest = latest_until(
                dispatch.rule, dispatch.start_us, now_us, until_inclusive=self._until_inclusive
            )
        if latest is None or now_us >= latest + dispatch.duration_s * US_PER_S:
            return None
        return latest

    def _plan_next(self, task: _Task, now_us: int) -> None:
        """Begin to walk the occurrences that are still to come."""
        dispatch = task.dispatch
        if not dispatch.active:
            return
        after_us = now_us if task.fired_us is None else max(now_us, task.fired_us + 1)
        if dispatch.rule is None or dispatch.duration_s is None:
            task.starts = iter((dispatch.start_us,) if dispatch.start_us >= after_us else ())
        else:
            task.starts = occurrences(
                dispatch.rule,
                dispatch.start_us,
                after_us=max(after_us, dispatch.start_us),
                until_inclusive=self._until_inclusive,
            )
        self._schedule_start(task)

    def _schedule_start(self, task: _Task) -> None:
        start_us = next(task.starts, None)
        if start_us is None or (self._end_us is not None and start_us >= self._end_us):
            return
        task.next_us = start_us
        if task.start_event is None:

            def begin(_event: Event) -> None:
                self._start(task, task.next_us, task.next_us)
                self._schedule_start(task)

            task.start_event = Happening(self._agenda, Class.START, task.dispatch.id, begin)
        task.start_event = self._agenda.again(start_us, task.start_event)

    def _schedule_stop(self, task: _Task, start_us: int) -> None:
        if task.dispatch.duration_s is None:
            return
        end_us = start_us + task.dispatch.duration_s * US_PER_S
        if task.stop_event is None:

            def end(_event: Event) -> None:
                self._stop(task, int(self._agenda.now), "end")

            task.stop_event = Happening(self._agenda, Class.STOP, task.dispatch.id, end)
        self._agenda.cancel(task.stop_event)
        if self._end_us is None or end_us <= self._end_us:
            task.stop_event = self._agenda.again(end_us, task.stop_event)

    def _forget(self, task: _Task) -> None:
        for event in (task.start_event, task.stop_event, task.point_event):
            if event is not None:
                self._agenda.cancel(event)

    # Starting and stopping

    def _start(self, task: _Task, planned_us: int, now_us: int) -> None:
        dispatch = task.dispatch
        host = self._host
        task.fired_us = planned_us
        duration_s = dispatch.duration_s
        occurrence = Occurrence(
            dispatch_id=dispatch.id,
            index=task.count,
            type=dispatch.type,
            start_us=now_us,
            planned_start_us=planned_us,
            planned_end_us=None if duration_s is None else planned_us + duration_s * US_PER_S,
            component_ids=task.selection.component_ids,
            dry_run=dispatch.dry_run,
            reason="dry_run" if dispatch.dry_run else "none",
        )
        task.count += 1
        host.open(occurrence)
        if duration_s == 0:
            self._instant(task, occurrence, now_us)
            return
        if (earlier := task.occurrence) is not None:
            host.touch(dry_run=dispatch.dry_run)
            _close(earlier, now_us, "superseded")
        task.occurrence = occurrence
        self._log_start(task, occurrence, continues=earlier is not None)
        task.running = self._engage(task, occurrence, planned_us)
        if task.running is not None:
            host.touch(dry_run=dispatch.dry_run)
            self.running[dispatch.id] = task.running
            self._latch(task.running)
            self._walk(task, task.running, now_us)
        self._schedule_stop(task, planned_us)

    def _walk(self, task: _Task, running: Running, now_us: int) -> None:
        """Put the latest point of a schedule in force, and wait for the next one."""
        if task.point_event is not None:
            self._agenda.cancel(task.point_event)
            task.point_event = None
        for offset_s, power_w in running.effect.points:
            at_us = running.start_us + round(offset_s * US_PER_S)
            if at_us > now_us:
                self._schedule_point(task, running, at_us)
                return
            running.power_w = power_w

    def _schedule_point(self, task: _Task, running: Running, at_us: int) -> None:
        if self._end_us is not None and at_us >= self._end_us:
            return

        def step(_event: Event) -> None:
            task.point_event = None
            self._host.touch(dry_run=running.dry_run)
            self._walk(task, running, at_us)

        task.point_event = self._agenda.at(at_us, Class.START, running.dispatch_id, step)

    def _instant(self, task: _Task, occurrence: Occurrence, now_us: int) -> None:
        """Start and stop at once; only a latching switch leaves something behind."""
        self._log_start(task, occurrence, continues=False)
        running = self._engage(task, occurrence, now_us)
        if running is not None and running.effect.kind == "switch" and running.effect.latch:
            self._host.touch(dry_run=running.dry_run)
            self._latch(running)
        _close(occurrence, now_us, "end")
        self._log_stop(task, occurrence, "end")

    def _stop(self, task: _Task, now_us: int, ended: str) -> None:
        occurrence = task.occurrence
        if occurrence is None:
            return
        if self.running.pop(task.dispatch.id, None) is not None:
            self._host.touch(dry_run=occurrence.dry_run)
        if task.point_event is not None:
            self._agenda.cancel(task.point_event)
            task.point_event = None
        if ended == "inactive" and task.running is not None:
            task.running.withdraw(now_us)
        _close(occurrence, now_us, ended)
        task.occurrence = task.running = None
        self._log_stop(task, occurrence, ended)

    def _engage(self, task: _Task, occurrence: Occurrence, start_us: int) -> Running | None:
        """Return the dispatch in force, None (and a line in the log) if it has no effect."""
        if not task.is_examined:
            task.is_examined = True
            self._examine(task)
        command, acting = task.command, task.acting
        if acting is None or isinstance(command, Invalid):
            return None
        running = Running(
            dispatch_id=occurrence.dispatch_id,
            start_us=start_us,
            effect=command.effect,
            priority=command.priority,
            selection=acting,
            dry_run=occurrence.dry_run,
            occurrence=occurrence,
        )
        running.admission = self._admit(task.dispatch)
        return running

    def _examine(self, task: _Task) -> None:
        """Find out what a dispatch acts on; log why, if on nothing."""
        command, dispatch = task.command, task.dispatch
        about: dict[str, Any] = {"dispatch_id": dispatch.id, "type": dispatch.type}
        if isinstance(command, Invalid):
            self._host.log(command.event, **about, **command.details())
            return
        if not task.selection.matched:
            self._host.log("SELECTOR_EMPTY", **about)
            return
        acting = self._host.acting(task.selection, command.effect)
        if acting.is_empty:
            reason = f"nothing that the target names can do {dispatch.type}"
            self._host.log("NO_ACTUATOR", **about, component_ids=acting.matched, reason=reason)
            return
        task.acting = acting

    # Updates of what runs

    @staticmethod
    def _continues(before: _Task, dispatch: Dispatch, current: int) -> bool:
        """Return whether an update leaves the same occurrence running."""
        old, occurrence = before.dispatch, before.occurrence
        return (
            occurrence is not None
            and occurrence.planned_start_us == current
            and old.type == dispatch.type
            and old.target == dispatch.target
            and old.dry_run == dispatch.dry_run
        )

    def _carry_on(self, before: _Task, task: _Task, current: int, now_us: int) -> None:
        """Keep the occurrence, with new payload and end."""
        occurrence = before.occurrence
        assert occurrence is not None
        self._host.touch(dry_run=occurrence.dry_run)
        duration_s = task.dispatch.duration_s
        occurrence.planned_end_us = None if duration_s is None else current + duration_s * US_PER_S
        task.occurrence = occurrence
        self.running.pop(task.dispatch.id, None)
        self._host.log("UPDATED", dispatch_id=task.dispatch.id, index=occurrence.index)
        task.running = self._engage(task, occurrence, current)
        if task.running is not None:
            if before.running is not None:
                task.running.inherit(before.running)
            self.running[task.dispatch.id] = task.running
            self._latch(task.running)
            self._walk(task, task.running, now_us)
        self._schedule_stop(task, current)

    # The log

    def _log_start(self, task: _Task, occurrence: Occurrence, *, continues: bool) -> None:
        details: dict[str, Any] = {
            "dispatch_id": occurrence.dispatch_id,
            "index": occurrence.index,
            "type": occurrence.type,
            "component_ids": occurrence.component_ids,
        }
        if occurrence.dry_run:
            details["dry_run"] = True
        if continues:
            details["reason"] = "overlaps the previous occurrence"
        elif occurrence.start_us > occurrence.planned_start_us:
            details["reason"] = "joined while under way"
        self._host.log("STARTED", **details)

    def _log_stop(self, task: _Task, occurrence: Occurrence, ended: str) -> None:
        self._host.close(occurrence)
        self._host.log(
            "STOPPED", dispatch_id=occurrence.dispatch_id, index=occurrence.index, reason=ended
        )


def _close(occurrence: Occurrence, now_us: int, ended: str) -> None:
    occurrence.end_us = now_us
    occurrence.ended = ended
