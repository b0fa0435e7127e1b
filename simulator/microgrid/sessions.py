"""Vehicles over time: who arrives at which charging point, and leaves again.

Known sessions come from the scenario, random ones from a Poisson process by thinning, drawn anew
for each local day from a stream of its own, so that any day can be had without the ones before.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from math import exp, log
from typing import TYPE_CHECKING, Any, Protocol

from simpy.events import Event

from .agenda import Agenda, Class
from .battery import Battery
from .charger import Charger, Vehicle
from .inputs_sessions import sessions_of
from .randomness import stream
from .scenario_base import from_us, to_us
from .scenario_components import EvCharger
from .site import Site
from .units import S_PER_US, US_PER_S

if TYPE_CHECKING:
    from .scenario import Scenario

__all__ = ["Sessions", "Stay", "stays"]

_LEAST, _MOST = 0.05, 3.0
"""Bounds of a random energy, as fractions of its mean."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Stay:
    """One vehicle at one charging point, everything known."""

    arrive_us: int
    depart_us: int
    energy_wh: float
    max_power_w: float | None = None
    phases: int = 3
    capacity_wh: float | None = None
    soc_arrival: float | None = None
    soc_taper: float = 0.8


class Host(Protocol):
    """What the world offers to its sessions."""

    def log(self, event: str, **details: Any) -> None:
        """Write to the event log at the current instant."""

    def disturb(self) -> None:
        """Settle up to now, because powers change."""

    def no_show(self, component_id: int) -> float:
        """Return the probability that a vehicle stays away from a charging point."""


def stays(entry: EvCharger, scenario: "Scenario", seed: int, start_us: int) -> Iterator[Stay]:
    """Yield the stays at a charging point that end after a moment, by arrival; maybe endless.

    Who would come while another vehicle is there drives on; known sessions have precedence.

    Raises:
        InputError: the sessions stand in a file that is absent or wrong.
    """
    sessions = entry.sessions
    if entry.sessions_file is not None:
        folder, zone = scenario.folder, scenario.zone
        sessions = sessions_of(entry.sessions_file, entry.id, folder=folder, zone=zone)
    known = sorted(
        (Stay(**each.model_dump()) for each in sessions if each.depart_us > start_us),
        key=lambda each: each.arrive_us,
    )
    if entry.arrivals is None:
        yield from known
        return
    free_us = 0
    for each in _random(entry, scenario, seed, start_us):
        while known and known[0].arrive_us < each.depart_us:
            yield known[0]
            free_us = known.pop(0).depart_us
        if each.arrive_us >= free_us:
            yield each
            free_us = each.depart_us


def _random(entry: EvCharger, scenario: "Scenario", seed: int, start_us: int) -> Iterator[Stay]:
    """Yield random stays without end, beginning with the local day of a moment."""
    arrivals = entry.arrivals
    assert arrivals is not None
    day = from_us(start_us).astimezone(scenario.zone).date()
    idle = not (arrivals.per_day.workday or arrivals.per_day.weekend)
    holidays: dict[int, frozenset[date]] = {}
    while not idle:
        if day.year not in holidays:
            holidays[day.year] = scenario.holidays([day.year])
        is_free = day.weekday() >= 5 or day in holidays[day.year]
        mean = arrivals.per_day.weekend if is_free else arrivals.per_day.workday
        draws = stream(seed, "ev", entry.id, day.isoformat())
        peak = max(arrivals.hours)
        # Thinning: candidates at the peak rate of a day of 24 hours, each kept by its hour.
        rate_per_h = mean * peak / sum(arrivals.hours)
        begin = datetime.combine(day, time(), scenario.zone)
        begin_us, end_us = (
            to_us(begin),
            to_us(datetime.combine(day + timedelta(days=1), time(), scenario.zone)),
        )
        hours = 0.0
        while rate_per_h:
            hours += float(draws.exponential(1.0 / rate_per_h))
            arrive_us = begin_us + round(hours * 3600.0) * US_PER_S
            if arrive_us >= end_us:
                break
            keep, stay, energy = draws.random(), draws.standard_normal(), draws.standard_normal()
            hour = from_us(arrive_us).astimezone(scenario.zone).hour
            if keep * peak >= arrivals.hours[hour]:
                continue
            stay_s = 3600.0 * exp(log(arrivals.stay_h) + arrivals.stay_spread * stay)
            wanted = arrivals.energy_wh + arrivals.energy_spread_wh * energy
            wanted = min(max(wanted, _LEAST * arrivals.energy_wh), _MOST * arrivals.energy_wh)
            depart_us = arrive_us + max(round(stay_s), 60) * US_PER_S
            if depart_us > start_us:
                yield Stay(
                    arrive_us=arrive_us,
                    depart_us=depart_us,
                    energy_wh=min(wanted, arrivals.capacity_wh or wanted),
                    max_power_w=arrivals.max_power_w,
                    phases=arrivals.phases,
                    capacity_wh=arrivals.capacity_wh,
                    soc_taper=arrivals.soc_taper,
                )
        day += timedelta(days=1)


class _Point:
    """One charging point: the vehicle there or the next to come, and who follows."""

    def __init__(
        self, entry: EvCharger, charger: Charger, line: Iterator[Stay], phase: int
    ) -> None:
        self.entry = entry
        self.charger = charger
        self.line = line
        self.phase = phase
        """That of a vehicle which uses but one."""
        self.stay: Stay | None = None
        """That of the vehicle which is there, or comes next."""
        self.event: Event | None = None
        """Its arrival or departure."""
        self.parked: Vehicle | None = None
        """A vehicle that is there while the point is closed."""
        self.is_closed = False


class Sessions:
    """Plugs vehicles in and out. The next stay of each point is all that is ever known."""

    def __init__(
        self,
        scenario: "Scenario",
        site: Site,
        agenda: Agenda,
        host: Host,
        *,
        seed: int,
        start_us: int,
        end_us: int | None,
    ) -> None:
        self._agenda = agenda
        self._host = host
        self._end_us = end_us
        self._seed = seed
        self._voltage = scenario.voltage_v
        self._points: dict[int, _Point] = {}
        for entry in sorted(scenario.components, key=lambda each: each.id):
            if isinstance(entry, EvCharger):
                charger = site.devices[site.device_of[entry.id]]
                assert isinstance(charger, Charger)
                # How the point is wired decides; where the scenario does not say it, it is drawn.
                phase = entry.phase or 1 + int(stream(seed, "phase", entry.id).integers(3))
                point = _Point(entry, charger, stays(entry, scenario, seed, start_us), phase)
                self._points[entry.id] = point
                self._await(point, start_us)

    def _await(self, point: _Point, now_us: int) -> None:
        stay = next(point.line, None)
        while stay is not None and stay.depart_us <= now_us:
            # It came and went while another vehicle was there.
            stay = next(point.line, None)
        if stay is None or (self._end_us is not None and stay.arrive_us >= self._end_us):
            point.stay = point.event = None
            return
        point.stay = stay
        at_us = max(stay.arrive_us, now_us)
        point.event = self._agenda.at(
            at_us, Class.DEVICE, point.entry.id, lambda _event: self._arrive(point, stay, at_us)
        )

    def _arrive(self, point: _Point, stay: Stay, at_us: int) -> None:
        entry = point.entry
        if self._stays_away(point, stay):
            self._host.log("EV_NO_SHOW", component_id=entry.id, wanted_wh=stay.energy_wh)
            self._await(point, stay.depart_us)
            return
        self._host.disturb()
        vehicle = _vehicle(stay, entry, self._voltage, at_us, point.phase)
        if point.is_closed:
            point.parked = vehicle
        else:
            point.charger.vehicle = vehicle
        self._host.log("EV_ARRIVED", component_id=entry.id, wanted_wh=stay.energy_wh)
        point.event = self._agenda.at(
            stay.depart_us, Class.DEVICE, entry.id, lambda _event: self._leave(point, stay)
        )

    def _stays_away(self, point: _Point, stay: Stay) -> bool:
        probability = self._host.no_show(point.entry.id)
        if not probability:
            return False
        draws = stream(self._seed, "no_show", point.entry.id, stay.arrive_us)
        return bool(draws.random() < probability)

    def _leave(self, point: _Point, stay: Stay) -> None:
        self._host.disturb()
        vehicle = point.charger.vehicle or point.parked
        assert vehicle is not None
        point.charger.vehicle = point.parked = None
        missing = vehicle.goal_wh - vehicle.battery.energy_wh
        self._host.log(
            "EV_LEFT",
            component_id=point.entry.id,
            wanted_wh=vehicle.goal_wh - vehicle.start_wh,
            charged_wh=vehicle.battery.energy_wh - vehicle.start_wh,
            missing_wh=missing if missing > 1e-6 * vehicle.goal_wh else 0.0,
        )
        self._await(point, stay.depart_us)

    # What a driver of the point does

    def close(self, component_id: int) -> None:
        """End the session at a point; who is there stays, and keeps what it has."""
        point = self._points[component_id]
        if not point.is_closed:
            self._host.disturb()
            point.is_closed = True
            point.parked, point.charger.vehicle = point.charger.vehicle, None

    def open(self, component_id: int, now_us: int) -> None:
        """Let the point serve again, whoever is there first."""
        point = self._points[component_id]
        if not point.is_closed:
            return
        self._host.disturb()
        point.is_closed = False
        vehicle, point.parked = point.parked, None
        if vehicle is not None and point.stay is not None:
            vehicle.left_s = (point.stay.depart_us - now_us) * S_PER_US
            point.charger.vehicle = vehicle

    def expect(self, component_id: int, line: Iterator[Stay], now_us: int) -> None:
        """Let other vehicles come from now on; who is there leaves as planned."""
        point = self._points[component_id]
        point.line = line
        if point.charger.vehicle is not None or point.parked is not None:
            return
        if point.event is not None:
            self._agenda.cancel(point.event)
        self._await(point, now_us)

    def scenario_line(self, component_id: int, scenario: "Scenario", now_us: int) -> Iterator[Stay]:
        """Return the stays that the scenario has for a point and that begin from now on."""
        entry = self._points[component_id].entry
        line = stays(entry, scenario, self._seed, now_us)
        return (stay for stay in line if stay.arrive_us >= now_us)


def _vehicle(stay: Stay, entry: EvCharger, voltage: float, now_us: int, phase: int) -> Vehicle:
    """Return the vehicle of a stay; it begins to charge now, though it may have come earlier."""
    capacity = stay.energy_wh if stay.capacity_wh is None else stay.capacity_wh
    start = capacity - stay.energy_wh if stay.capacity_wh is not None else 0.0
    if stay.soc_arrival is not None:
        start = stay.soc_arrival * capacity
    is_known = stay.capacity_wh is not None
    power = entry.rated_power_w
    if stay.max_power_w is not None:
        power = min(power, stay.max_power_w)
    battery = Battery(
        component_id=entry.id,
        capacity_wh=capacity,
        energy_wh=start,
        e_low=0.0,
        e_high=capacity,
        e_taper_low=0.0,
        e_taper_high=stay.soc_taper * capacity if is_known else capacity,
        charge_w=power,
        discharge_w=power,
        e_c=entry.efficiency,
    )
    floor = 0.0 if entry.type == "dc" else entry.min_current_a * voltage * stay.phases
    return Vehicle(
        battery=battery,
        goal_wh=min(start + stay.energy_wh, capacity),
        floor_w=min(floor, power),
        phase=phase if stay.phases == 1 else 0,
        left_s=(stay.depart_us - now_us) * S_PER_US,
        start_wh=start,
    )
