"""What a watchful operator would notice about a site, as entries `CONDITION` of the event log.

Nothing is noticed before `Watch.begin`. A condition is told once, when it begins; again only after
it has ended in between. `LIMITS` says from when on something is one. The breaker of a watched site
opens by itself: more current than the fuse of the grid connection bears trips it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from . import scenario_components as parts
from .agenda import Agenda, Class
from .breakdowns import Breakdowns
from .driving import Driving
from .faults import Fault
from .record import Occurrence
from .site import Site
from .storage import Storage
from .units import US_PER_S

if TYPE_CHECKING:
    from .scenario import Scenario

__all__ = ["LIMITS", "Limits", "Watch"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """From when on something is a condition (our choice)."""

    silent_intervals: int = 4
    """Readings of a meter in a row that do not arrive."""
    interval_s: float = 900.0
    """Of meters whose driver has not said how often they report."""
    burning_c: float = 90.0
    """Case of a meter."""
    hot_c: float = 55.0
    cooled_c: float = 50.0
    """A battery."""
    health: float = 0.70
    """State of health of a battery."""
    yield_low: float = 0.70
    yield_days: float = 3.0
    """Soiled producers, for so long."""
    trip_factor: float = 1.3
    """Current at the grid connection, of what its fuse is rated for, at which the breaker opens."""
    delivered: float = 0.80
    """Of what a dispatch asked for."""


LIMITS = Limits()


class Host(Protocol):
    """What the world offers to its watch."""

    now_us: int

    def log(self, event: str, **details: Any) -> None:
        """Write to the event log at the current instant."""


class Watch:
    """Looks at a site after each event."""

    def __init__(
        self,
        scenario: "Scenario",
        site: Site,
        agenda: Agenda,
        host: Host,
        breakdowns: Breakdowns,
        driving: Driving,
        limits: Limits = LIMITS,
    ) -> None:
        self._entries = {each.id: each for each in scenario.components}
        self._site = site
        self._agenda = agenda
        self._host = host
        self._breakdowns = breakdowns
        self._driving = driving
        self._limits = limits
        self.is_on = False
        self._health: dict[int, float] = {}
        """Lower limits of the state of health, where someone has put up with less."""
        self._told: set[tuple[str, int]] = set()
        self._since: dict[tuple[str, int], int] = {}
        """Since when something that must last is the case."""
        self._closed: list[Occurrence] = []

    def begin(self) -> None:
        """Look from now on; nothing happens if it does already."""
        if not self.is_on:
            self.is_on = True
            self.look()

    def accept_health(self, battery_id: int, limit: float) -> None:
        """Let the state of health of a battery be a condition only below another limit."""
        self._health[battery_id] = limit
        self._told.discard(("battery_degraded", battery_id))

    def again(self, condition: str, component_id: int) -> None:
        """Tell a condition that lasts once more."""
        self._told.discard((condition, component_id))

    def note(self, occurrence: Occurrence) -> None:
        """Look at an occurrence that has ended."""
        if self.is_on:
            self._closed.append(occurrence)

    def look(self) -> None:
        """Tell what has become a condition since the last time."""
        found: dict[tuple[str, int], Mapping[str, Any]] = {}
        for condition, component_id, details in (
            *self._meters(),
            *self._producers(),
            *self._batteries(),
            *self._faults(),
        ):
            found[condition, component_id] = details
        for key in sorted(found.keys() - self._told):
            self._tell(*key, found[key])
        self._told = set(found)
        for occurrence in self._closed:
            self._judge(occurrence)
        self._closed.clear()
        self._protect()

    def _protect(self) -> None:
        """Open the breaker at the grid connection if there is too much current."""
        root = self._entries[self._site.graph.root]
        if not isinstance(root, parts.GridConnectionPoint) or root.fuse_w is None:
            return
        power = abs(self._site.grid.p)
        if power > self._limits.trip_factor * root.fuse_w:
            current = power / (3.0 * root.voltage_v)
            self._breakdowns.add(Fault(kind="breaker_trip", current_a=current))

    def _tell(self, condition: str, component_id: int, details: Mapping[str, Any]) -> None:
        self._host.log("CONDITION", condition=condition, component_id=component_id, **details)

    def _lasts(self, condition: str, component_id: int, is_so: bool, for_s: float) -> bool:
        """Return whether something has been the case for so long; comes back when it will be."""
        key = (condition, component_id)
        if not is_so:
            self._since.pop(key, None)
            return False
        due_us = self._since.setdefault(key, self._host.now_us) + round(for_s * US_PER_S)
        if due_us > self._host.now_us == self._since[key]:
            self._agenda.at(due_us, Class.OUTPUT, component_id, lambda _event: None)
        return due_us <= self._host.now_us

    def _meters(self) -> Iterator[tuple[str, int, Mapping[str, Any]]]:
        limits = self._limits
        for component_id, entry in self._entries.items():
            if not isinstance(entry, parts.Meter):
                continue
            condition = self._breakdowns.conditions.of(component_id)
            every_s = self._driving.interval_s.get(component_id, limits.interval_s)
            wait_s = limits.silent_intervals * every_s
            if self._lasts("meter_silent", component_id, condition.silent, wait_s):
                since_us = self._since["meter_silent", component_id]
                yield "meter_silent", component_id, {"since_us": since_us}
            if (case_c := condition.temperature_c) is not None and case_c > limits.burning_c:
                yield "meter_burning", component_id, {"temperature_c": case_c}

    def _producers(self) -> Iterator[tuple[str, int, Mapping[str, Any]]]:
        limits = self._limits
        for device in self._site.devices:
            if device.role != "producer":
                continue
            component_id = device.component_id
            soiling = self._breakdowns.conditions.of(component_id).soiling
            is_low = soiling < limits.yield_low
            if self._lasts("pv_output_low", component_id, is_low, limits.yield_days * 86_400.0):
                yield "pv_output_low", component_id, {"ratio": soiling}

    def _batteries(self) -> Iterator[tuple[str, int, Mapping[str, Any]]]:
        limits = self._limits
        for device in self._site.devices:
            for battery in device.batteries if isinstance(device, Storage) else ():
                component_id = battery.component_id
                cell_c = self._breakdowns.conditions.of(component_id).temperature_c
                if cell_c is None and battery.wear is not None and battery.wear.thermal is not None:
                    cell_c = battery.wear.temperature_c
                is_told = ("battery_overtemperature", component_id) in self._told
                if cell_c is not None and cell_c > (limits.cooled_c if is_told else limits.hot_c):
                    yield "battery_overtemperature", component_id, {"temperature_c": cell_c}
                nominal = self._driving.values(component_id).capacity_wh
                nominal = nominal or self._driving.capacity_wh(component_id)
                health = battery.capacity_wh / nominal
                if health < self._health.get(component_id, limits.health):
                    yield "battery_degraded", component_id, {"health": health}

    def _faults(self) -> Iterator[tuple[str, int, Mapping[str, Any]]]:
        for fault in self._breakdowns.active.values():
            if fault.kind == "breaker_trip":
                yield "breaker_tripped", self._site.graph.root, {"current_a": fault.current_a}
            for component_id in fault.component_ids if fault.kind == "inverter_fault" else ():
                yield "inverter_fault", component_id, {"code": fault.code}

    def _judge(self, occurrence: Occurrence) -> None:
        asked, delivered = abs(occurrence.asked_wh), abs(occurrence.delivered_wh)
        is_short = delivered < self._limits.delivered * asked and occurrence.shortfall_wh > 0.0
        if is_short and not occurrence.dry_run:
            details = {
                "dispatch_id": occurrence.dispatch_id,
                "index": occurrence.index,
                "asked_wh": occurrence.asked_wh,
                "delivered_wh": occurrence.delivered_wh,
                "reason": occurrence.reason,
            }
            self._tell("dispatch_not_delivered", self._site.graph.root, details)
