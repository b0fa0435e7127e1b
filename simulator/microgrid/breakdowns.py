"""The faults of a world over time: when they begin and end, and what they do meanwhile."""

from collections.abc import Callable, Container, Mapping
from dataclasses import replace
from typing import Any, Protocol

from simpy.events import Event

from .agenda import Agenda, Class
from .faults import Active, Conditions, Fault, FaultError, Undriven, conditions
from .telemetry import Distortion, Reading
from .units import US_PER_S

__all__ = ["Breakdowns"]


class Host(Protocol):
    """What the world offers to its breakdowns."""

    now_us: int

    def log(self, event: str, **details: Any) -> None:
        """Write to the event log at the current instant."""

    def touch(self, *, dry_run: bool) -> None:
        """Settle up to now, because what is in force changes."""

    def shade(self, conditions: Conditions) -> None:
        """Take over what conditions do to the inputs of the site."""


class Breakdowns:
    """Every fault that is in force or still to come."""

    def __init__(
        self,
        agenda: Agenda,
        host: Host,
        component_ids: Container[int],
        behind: Callable[[int], tuple[int, ...]],
        truth: Callable[[int], Reading],
        distortion: Distortion,
    ) -> None:
        self.conditions = Conditions()
        """What the faults in force do to powers."""
        self._agenda = agenda
        self._host = host
        self._known = component_ids
        self._behind = behind
        self._truth = truth
        self._active: dict[int, Active] = {}
        self._undriven: dict[int, Undriven] = {}
        self._events: dict[int, list[Event]] = {}
        self._count = 0
        self._distortion = distortion

    @property
    def active(self) -> Mapping[int, Fault]:
        """The faults in force by id."""
        return {fault_id: active.fault for fault_id, active in self._active.items()}

    def add(self, fault: Fault) -> int:
        """Take in a fault and return its id; without a start, or with a past one, it begins now.

        Raises:
            FaultError: it names components that the site does not have.
        """
        if unknown := sorted(each for each in fault.component_ids if each not in self._known):
            raise FaultError(f"fault {fault.kind}: the site has no component {unknown}")
        self._count += 1
        fault_id = self._count
        events = self._events[fault_id] = []
        now_us = self._host.now_us
        start_us = now_us if fault.start_us is None else fault.start_us

        def at(t_us: int, call: Callable[[Event], None]) -> None:
            events.append(self._agenda.at(max(t_us, now_us), Class.FAULT, fault_id, call))

        if fault.duration_s is not None:
            end_us = start_us + round(fault.duration_s * US_PER_S)
            if end_us <= max(start_us, now_us):
                # Over before it could begin: it is known by its id and does nothing.
                return fault_id
            at(end_us, lambda _event: self._end(fault_id))
        at(start_us, lambda _event: self._begin(fault_id, fault, start_us))
        if fault.kind == "comms_loss" and fault.hold_s:
            at(start_us + round(fault.hold_s * US_PER_S), lambda _event: self._refresh())
        return fault_id

    def clear(self, fault_id: int) -> None:
        """End a fault, or take back one that is still to come; KeyError for an unknown id."""
        for event in self._events[fault_id]:
            self._agenda.cancel(event)
        self._end(fault_id)

    @property
    def undriven(self) -> Mapping[int, Undriven]:
        """The components whose drivers do not run, by id."""
        return self._undriven

    def undrive(self, component_id: int, undriven: Undriven | None) -> None:
        """Let a component be without its driver, or (None) with it again."""
        before = self._undriven.get(component_id)
        if before == undriven:
            return
        if undriven is None:
            del self._undriven[component_id]
        else:
            self._undriven[component_id] = undriven
        was, stopped = (each is not None and not each.is_deaf for each in (before, undriven))
        if was != stopped:
            event = "DRIVER_STOPPED" if stopped else "DRIVER_STARTED"
            self._host.log(event, component_id=component_id)
        self._refresh()

    def withdraw(self, fault_id: int) -> None:
        """End a fault, or take it back; nothing if it is over."""
        if fault_id in self._events:
            self.clear(fault_id)

    def distort(self, reading: Reading) -> Reading:
        """Return what arrives of a true reading."""
        return self._distortion.apply(reading, self.conditions.of(reading.component_id))

    def kept(self, reading: Reading) -> Reading:
        """Return what a device itself shows of a true reading, whether or not that arrives."""
        condition = self.conditions.of(reading.component_id)
        return self._distortion.apply(reading, replace(condition, silent=False))

    def _begin(self, fault_id: int, fault: Fault, since_us: int) -> None:
        reach: tuple[int, ...] = ()
        if fault.kind == "feeder_off":
            reach = tuple(sorted({i for each in fault.component_ids for i in self._behind(each)}))
        self._active[fault_id] = Active(fault=fault, since_us=since_us, reach=reach)
        self._host.log(
            "FAULT", fault_id=fault_id, kind=fault.kind, component_ids=fault.component_ids
        )
        self._refresh()

    def _end(self, fault_id: int) -> None:
        del self._events[fault_id]
        active = self._active.pop(fault_id, None)
        if active is not None:
            self._host.log("FAULT_CLEARED", fault_id=fault_id, kind=active.fault.kind)
            self._refresh()

    def _refresh(self) -> None:
        """Work out the conditions anew; faults of readings leave the segment whole."""
        before = self.conditions
        after = conditions(self._active.values(), self._host.now_us, self._undriven)
        self._distortion.change(before, after, self._truth)
        if after.physical() != before.physical():
            self._host.touch(dry_run=False)
            self._host.shade(after)
        self.conditions = after
