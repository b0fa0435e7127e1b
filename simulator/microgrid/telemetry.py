"""Readings: what a component reports at one moment, evaluated from the segment in progress.

Nothing is ticked: a reading costs nothing until someone asks. Faults bend readings, never the
truth.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from itertools import zip_longest
from math import hypot

from .battery import Battery
from .charger import Charger
from .device import Device
from .exponential import split, value
from .faults import Condition, Conditions
from .generator import Generator
from .meter import Node
from .meter_errors import Errors
from .meter_full import FullMeter, Phases
from .reactive_energy import var_of
from .site import Site
from .storage import Storage
from .units import S_PER_H

__all__ = [
    "Distortion",
    "Reading",
    "State",
    "read",
]


class State(IntEnum):
    """State codes of components, numbers as in the Frequenz common API."""

    UNAVAILABLE = 2
    OFF = 4
    STANDBY = 6
    READY = 7
    CHARGING = 8
    DISCHARGING = 9
    ERROR = 10
    CABLE_UNPLUGGED = 20
    CABLE_PLUGGED_AT_EV = 22
    CABLE_LOCKED_AT_EV = 24


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What a component reports; None = it does not have that, or does not report now."""

    component_id: int
    t_us: int
    missing: bool = False
    """True: nothing arrives from this component; everything else is None then."""
    power_w: float | None = None
    """AC, for batteries DC; positive = into the component."""
    import_wh: float | None = None
    export_wh: float | None = None
    """Registers since the start: energy into and out of the component; never decrease."""
    soc: float | None = None
    """State of charge, 0..1."""
    energy_wh: float | None = None
    """Stored energy."""
    capacity_wh: float | None = None
    temperature_c: float | None = None
    """Batteries with a thermal layer; what burns or overheats."""
    bounds_w: tuple[float, float] | None = None
    """Set-points that can be followed now, lowest and highest."""
    exclusion_w: tuple[float, float] | None = None
    """Open interval of powers around 0 that cannot be held."""
    setpoint_w: float | None = None
    source: int | None = None
    """Dispatch id whose set-point is in force, 0 = base strategy or none."""
    available_w: float | None = None
    """Producers: what they could deliver now, a magnitude."""
    phases: Phases | None = None
    """Meters with full registers."""
    reactive_var: float | None = None
    """Inverters and meters with full registers, where there is any; positive = inductive."""
    state: State | None = None
    plug: State | None = None
    """Chargers: state of the cable."""

    @property
    def apparent_va(self) -> float | None:
        """Apparent power, where reactive power is known."""
        if self.power_w is None or self.reactive_var is None:
            return None
        return hypot(self.power_w, self.reactive_var)


def read(site: Site, component_id: int, t_us: int, t: float) -> Reading:
    """Return the true reading of a component at `t_us`, t seconds into the segment.

    Raises:
        KeyError: the site has no such component.
    """
    if (node := site.node_of.get(component_id)) is not None:
        # Components that only carry may share the node of the meter below them.
        return replace(_node(node, t_us, t), component_id=component_id)
    device = site.devices[site.device_of[component_id]]
    reading = _device(device, component_id, t_us, t)
    rule = site.reactive_rules.get(component_id)
    return reading if rule is None else replace(reading, reactive_var=var_of(device, rule, t))


def _device(device: Device, component_id: int, t_us: int, t: float) -> Reading:
    """Return the reading of a device, or of one of its batteries, t seconds into the segment."""
    if isinstance(device, Storage):
        if device.component_id == component_id:
            return _storage(device, t_us, t)
        ids = [battery.component_id for battery in device.batteries]
        return _battery(device, ids.index(component_id), t_us, t)
    if isinstance(device, Generator):
        return _generator(device, t_us, t)
    return _other(device, t_us, t)


def _node(node: Node, t_us: int, t: float) -> Reading:
    """Return the reading of a meter or the grid point, t seconds into the segment."""
    if node.terms:
        power = value(node.c, node.terms, t)
        into, out = split(node.c, node.terms, t)
    else:
        power = node.p
        into, out = max(power, 0.0) * t / S_PER_H, max(-power, 0.0) * t / S_PER_H
    phases = node.phases(t) if isinstance(node, FullMeter) else None
    return Reading(
        component_id=node.component_id,
        t_us=t_us,
        power_w=power,
        import_wh=node.import_wh + into,
        export_wh=node.export_wh + out,
        phases=phases,
        reactive_var=phases.reactive[0] if phases and phases.reactive else None,
        state=State.READY,
    )


def _storage(storage: Storage, t_us: int, t: float) -> Reading:
    """Return the reading of a battery inverter, t seconds into the segment."""
    if storage.terms:
        power = value(storage.c, storage.terms, t)
        into, out = split(storage.c, storage.terms, t)
    else:
        power = storage.p
        into, out = max(power, 0.0) * t / S_PER_H, max(-power, 0.0) * t / S_PER_H
    request = storage.request_w
    edge = storage.min_w
    return Reading(
        component_id=storage.component_id,
        t_us=t_us,
        power_w=power,
        import_wh=storage.import_wh + into,
        export_wh=storage.export_wh + out,
        bounds_w=storage.after(t).bounds(),
        exclusion_w=(-edge, edge) if edge else None,
        setpoint_w=request if request == request else None,
        source=storage.source,
        state=_state(storage.off, power - storage.draw_w),
    )


def _battery(storage: Storage, index: int, t_us: int, t: float) -> Reading:
    """Return the reading of a battery on its DC side, t seconds into the segment."""
    battery = storage.batteries[index]
    moved = battery.transferred_wh(t)
    power = battery.power_at(t)
    energy = battery.energy_at(t)
    later = storage.after(t).batteries[index]
    return Reading(
        component_id=battery.component_id,
        t_us=t_us,
        power_w=power,
        import_wh=battery.charged_wh + max(moved, 0.0),
        export_wh=battery.discharged_wh + max(-moved, 0.0),
        soc=energy / battery.capacity_wh,
        energy_wh=energy,
        capacity_wh=battery.capacity_wh,
        temperature_c=_temperature(battery, t),
        bounds_w=(0.0, 0.0) if storage.off else (-later.limit_discharge(), later.limit_charge()),
        exclusion_w=(-battery.min_w, battery.min_w) if battery.min_w else None,
        state=_state(storage.off, power),
    )


def _temperature(battery: Battery, t: float) -> float | None:
    wear = battery.wear
    if wear is None or wear.thermal is None:
        return None
    moved = battery.transferred_wh(t)
    loss = moved * (1.0 - battery.e_c) if moved >= 0.0 else moved * (1.0 - 1.0 / battery.e_d)
    return wear.temperature_at(loss * S_PER_H / t, t) if t > 0.0 else wear.temperature_c


def _generator(generator: Generator, t_us: int, t: float) -> Reading:
    """Return the reading of a producer, t seconds into the segment."""
    request = generator.request_w
    return Reading(
        component_id=generator.component_id,
        t_us=t_us,
        power_w=generator.p,
        import_wh=0.0,
        export_wh=generator.produced_wh - generator.p * t / S_PER_H,
        bounds_w=(-generator.available_w, 0.0),
        setpoint_w=request if request == request else None,
        source=generator.source,
        available_w=generator.available_w,
        state=_state(generator.off, generator.p),
    )


def _other(device: Device, t_us: int, t: float) -> Reading:
    """Return the reading of a charger, an engine or a controllable load."""
    power, into, out = device.p, max(device.p, 0.0) * t / S_PER_H, max(-device.p, 0.0) * t / S_PER_H
    if device.terms:
        power = value(device.c, device.terms, t)
        into, out = split(device.c, device.terms, t)
    total, request = device.totals()[device.component_id], device.request_w
    later = device.after(t)
    reading = Reading(
        component_id=device.component_id,
        t_us=t_us,
        power_w=power,
        import_wh=total.in_wh + into,
        export_wh=total.out_wh + out,
        bounds_w=later.bounds(),
        exclusion_w=(-device.floor_w, device.floor_w) if device.floor_w else None,
        setpoint_w=request if request == request else None,
        source=device.source,
        state=_state(device.off, power),
    )
    if not isinstance(later, Charger) or device.off:
        return reading
    if (vehicle := later.vehicle) is None:
        return replace(reading, state=State.READY, plug=State.CABLE_UNPLUGGED)
    return replace(
        reading,
        plug=State.CABLE_LOCKED_AT_EV if power > 0.0 else State.CABLE_PLUGGED_AT_EV,
        energy_wh=vehicle.battery.energy_wh,
        capacity_wh=vehicle.battery.capacity_wh,
        soc=vehicle.battery.energy_wh / vehicle.battery.capacity_wh,
    )


class Distortion:
    """What faults do to readings: silence, standstill, noise, and a gain that bends registers too.

    A gain counts only what flows while it is in force, so that registers never decrease, except
    where a meter is replaced.
    """

    def __init__(self, seed: int, errors: Mapping[int, Errors]) -> None:
        self._seed = seed
        self.errors = dict(errors)
        """Of meters that have any, by id."""
        self._frozen: dict[int, Reading] = {}
        self._bent: dict[int, _Bent] = {}

    def change(
        self, before: Conditions, after: Conditions, truth: Callable[[int], Reading]
    ) -> None:
        """Take note that other faults are in force from now on; `truth` gives true readings."""
        for component_id in {*before.by_component, *after.by_component}:
            old, new = before.of(component_id), after.of(component_id)
            if old.gain != new.gain:
                counted = _registers(truth(component_id))
                self._bent[component_id] = _Bent(
                    shift=self._shift(component_id, counted, old.gain), since=counted
                )
            if new.stuck and not old.stuck:
                self._frozen[component_id] = self.apply(truth(component_id), old)

    def restart(self, reading: Reading, start_wh: tuple[float, float]) -> None:
        """Let the registers of a true reading go on from other values: that of a new meter.

        `start_wh`: import and export; phases begin with a third each, the first rate with all that
        was imported, all else with 0.
        """
        counted = _registers(reading)
        starts = start_wh + tuple(each / 3.0 for each in start_wh for _ in range(3))
        if reading.phases is not None and reading.phases.rates_wh is not None:
            starts += start_wh[:1]
        shift = tuple(
            to - now for to, now in zip_longest(starts[: len(counted)], counted, fillvalue=0.0)
        )
        self._bent[reading.component_id] = _Bent(shift=shift, since=counted)
        self._frozen.pop(reading.component_id, None)

    def apply(self, reading: Reading, condition: Condition) -> Reading:
        """Return what arrives of a true reading."""
        component_id = reading.component_id
        if condition.silent:
            return Reading(component_id=component_id, t_us=reading.t_us, missing=True)
        if condition.stuck and component_id in self._frozen:
            return replace(self._frozen[component_id], t_us=reading.t_us)
        if reading.power_w is not None and component_id in self._bent:
            shift = self._shift(component_id, _registers(reading), condition.gain)
            reading = _shifted(reading, shift, reading.power_w * condition.gain)
        reading = self._measured(reading, condition)
        if condition.temperature_c is not None:
            reading = replace(reading, temperature_c=condition.temperature_c)
        if condition.skew_us:
            reading = replace(reading, t_us=reading.t_us + condition.skew_us)
        return reading

    def _shift(
        self, component_id: int, counted: tuple[float, ...], gain: float
    ) -> tuple[float, ...]:
        """Return what is to be added to true registers, one of which began with each gain."""
        bent = self._bent.get(component_id)
        if bent is None:
            return tuple((gain - 1.0) * each for each in counted)
        return tuple(
            shift + (gain - 1.0) * (now - since)
            for shift, now, since in zip(bent.shift, counted, bent.since, strict=True)
        )

    def _measured(self, reading: Reading, condition: Condition) -> Reading:
        """Return what the meter itself makes of the truth."""
        errors = self.errors.get(reading.component_id)
        if condition.noise_w or condition.step_w or condition.step_wh:
            errors = (errors or Errors()).worse(
                condition.noise_w, condition.step_w, condition.step_wh
            )
        if errors is None or reading.power_w is None:
            return reading
        shown = errors.read(
            self._seed,
            reading.component_id,
            reading.t_us,
            reading.power_w,
            reading.import_wh or 0.0,
            reading.export_wh or 0.0,
        )
        if shown is None:
            return Reading(component_id=reading.component_id, t_us=reading.t_us, missing=True)
        power, into, out = shown
        return replace(reading, power_w=power, import_wh=into, export_wh=out)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Bent:
    shift: tuple[float, ...]
    """What earlier gains and replacements added to the registers, Wh."""
    since: tuple[float, ...]
    """True registers since when the present gain holds."""


def _registers(reading: Reading) -> tuple[float, ...]:
    """Return import and export of a reading, those of its phases, of its rates, reactive ones."""
    sums = (reading.import_wh or 0.0, reading.export_wh or 0.0)
    phases = reading.phases
    if phases is None:
        return sums
    reactive = () if phases.reactive is None else phases.reactive[1:]
    return (*sums, *phases.import_wh, *phases.export_wh, *(phases.rates_wh or ()), *reactive)


def _shifted(reading: Reading, shift: tuple[float, ...], power_w: float) -> Reading:
    into, out, *rest = [a + b for a, b in zip(_registers(reading), shift, strict=True)]
    phases = reading.phases
    if phases is not None:
        one, two, three, four, five, six, *rest = rest
        phases = phases._replace(import_wh=(one, two, three), export_wh=(four, five, six))
        if phases.rates_wh is not None:
            high, low, *rest = rest
            phases = phases._replace(rates_wh=(high, low))
        if phases.reactive is not None:
            phases = phases._replace(reactive=(phases.reactive[0], rest[0], rest[1]))
    return replace(reading, power_w=power_w, import_wh=into, export_wh=out, phases=phases)


def _state(off: str, power: float) -> State:
    if off == "switched_off":
        return State.OFF
    if off == "driver_stopped":
        return State.UNAVAILABLE
    if off:
        return State.ERROR
    if power > 0.0:
        return State.CHARGING
    return State.DISCHARGING if power < 0.0 else State.READY
