"""What a run produced: the exact trajectory as segments, its events, its dispatch occurrences.

A segment is a half-open stretch in which every input and set-point is constant. Powers inside it
are constants, except downstream of a tapering battery: `Tapers` says how those decay, so that any
point of any curve can be evaluated later without approximation.
Signs: positive = into the component (load, charging, import); `in` and `out` energies are both
magnitudes that never net each other out.
"""

from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .scenario import Scenario

__all__ = [
    "CAUSES",
    "REASONS",
    "ComponentInfo",
    "Occurrence",
    "Record",
    "Shadow",
    "Tapers",
    "Totals",
]

REASONS = (
    "none",
    "soc_min",
    "soc_max",
    "power_limit",
    "fault",
    "driver_stopped",
    "overridden",
    "dry_run",
    "inactive",
)
"""Why an occurrence fell short, the one that cost most energy."""

CAUSES = (
    "window",
    "taper",
    "rating",
    "minimum",
    "limit",
    "available",
    "ramp",
    "timer",
    "fault",
    "driver_stopped",
    "overridden",
    "switched_off",
    "dry_run",
    "inactive",
)
"""Why power was missing during a segment, finer than `REASONS`: state of charge at the edge of its
window, power tapering towards that edge, what the device is built for, request below the smallest
power, a limit (of a dispatch or of the grid connection), not enough sun, wind or no vehicle, as
fast as the device may change, a time that it must keep running or idle, ..."""

SERIES = {
    "grid_connection_point": ("p_w", "p_end_w", "in_wh", "out_wh"),
    "meter": ("p_w", "p_end_w", "in_wh", "out_wh", "load_w", "load_wh"),
    "battery_inverter": ("p_w", "p_end_w", "in_wh", "out_wh", "loss_wh", "setpoint_w"),
    "battery": ("p_w", "p_end_w", "in_wh", "out_wh", "soc_end"),
    "pv_inverter": ("p_w", "p_end_w", "in_wh", "out_wh", "curtailed_wh", "setpoint_w"),
    "wind_turbine": ("p_w", "p_end_w", "in_wh", "out_wh", "curtailed_wh", "setpoint_w"),
    "ev_charger": ("p_w", "p_end_w", "in_wh", "out_wh", "loss_wh", "setpoint_w", "soc_end"),
    "chp": ("p_w", "p_end_w", "in_wh", "out_wh", "heat_wh", "fuel_wh", "setpoint_w"),
    "load": ("p_w", "p_end_w", "in_wh", "out_wh", "setpoint_w"),
}
"""Columns `c<ID>.<name>` of `Record.segments` by kind of component; `load` are controllable ones.
Devices have an integer column `c<ID>.source` as well: the dispatch id whose set-point was applied,
0 = base strategy or none. `setpoint_w` is what was asked of the component (AC, without
auxiliaries), not a number = nothing; `soc_end` of a charger is that of the vehicle, not a number =
none is there. `load_w` is the hidden load of a meter, constant in a segment."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ComponentInfo:
    """A component of the site, with what outputs need to know of it."""

    id: int
    name: str
    kind: str
    """Key of `SERIES`, or `passive` for components without columns."""
    category: int
    """Category number of v1alpha8."""
    type: int | None
    parents: tuple[int, ...]
    children: tuple[int, ...]
    rated_w: float | None = None
    """Devices only."""
    capacity_wh: float | None = None
    """Batteries only: nominal capacity times state of health."""
    is_grid_meter: bool = False
    """True for the direct successors of the grid connection point that are meters."""


@dataclass(kw_only=True, slots=True)
class Totals:
    """Energies of one component over the whole run, Wh, exact sums of its segments."""

    in_wh: float = 0.0
    """Import register of a meter or the grid point; charged energy of a battery."""
    out_wh: float = 0.0
    """Export register; discharged energy; production of a PV inverter."""
    load_wh: float = 0.0
    """Meters: hidden load that was served."""
    unserved_wh: float = 0.0
    """Meters: hidden load during a grid outage."""
    curtailed_wh: float = 0.0
    """PV: available but not produced because a dispatch or a limit said so."""
    lost_wh: float = 0.0
    """PV: available but not produced because of a fault or an outage."""
    loss_wh: float = 0.0
    """Battery inverters: conversion losses; batteries and chargers: losses of charging and
    discharging."""
    aux_wh: float = 0.0
    """Battery inverters: auxiliary draw of their batteries."""
    self_discharge_wh: float = 0.0
    """Batteries."""
    heat_wh: float = 0.0
    fuel_wh: float = 0.0
    starts: int = 0
    """CHP: heat and fuel beside the electricity, and how often it was started."""
    fade: float = 0.0
    """Batteries: fraction of the capacity that was lost to age."""
    peak_c: float | None = None
    """Batteries with a thermal layer: the highest temperature at an event."""
    ageing_loss_wh: float = 0.0
    """Batteries: stored energy for which an aged battery has no room any more."""
    start_wh: float = 0.0
    """Batteries: stored energy at the start."""
    end_wh: float = 0.0
    """Batteries: stored energy at the end."""


@dataclass(kw_only=True, slots=True)
class Tapers:
    """The decaying parts of powers, one row per segment, component and exponential.

    Within segment `segment` the power of component `component_id` contains
    `coef_w * exp(-lam_per_s * t)` beside a constant, t in seconds from the segment's start; a rate
    of 0 marks a ramp, `coef_w * t`. Rows exist for battery inverters (AC), batteries (DC, not while
    their inverter ramps), chargers and CHP units; a meter has those of the devices below.
    """

    segment: "array[int]" = field(default_factory=lambda: array("q"))
    component_id: "array[int]" = field(default_factory=lambda: array("q"))
    coef_w: "array[float]" = field(default_factory=lambda: array("d"))
    lam_per_s: "array[float]" = field(default_factory=lambda: array("d"))


@dataclass(kw_only=True, slots=True)
class Shadow:
    """Set-points that dry runs would have caused, one row per stretch and device.

    Stretches of its own: a dry run splits no segment. Only times with a dry run in force have rows.
    """

    t_start_us: "array[int]" = field(default_factory=lambda: array("q"))
    t_end_us: "array[int]" = field(default_factory=lambda: array("q"))
    component_id: "array[int]" = field(default_factory=lambda: array("q"))
    setpoint_w: "array[float]" = field(default_factory=lambda: array("d"))
    """Not a number = none."""
    source: "array[int]" = field(default_factory=lambda: array("q"))
    """Dispatch id, 0 = base strategy or none."""


@dataclass(kw_only=True, slots=True)
class Occurrence:
    """One run of a dispatch: from a start to its end, or to what ended it early.

    `asked_wh` and `delivered_wh` are signed sums over the components that it controlled (a
    discharge is negative); `shortfall_wh` is the missing energy, never negative. Types that set no
    power (`power_limit`, `switch`) ask 0.
    """

    dispatch_id: int
    index: int
    """Position among the occurrences of this dispatch in this run, from 0."""
    type: str
    start_us: int
    """Where this run of it began; later than `planned_start_us` when joined half-way."""
    planned_start_us: int
    planned_end_us: int | None
    """None = without end."""
    end_us: int | None = None
    """None while running."""
    ended: str = ""
    """`end`, `superseded` (by its next occurrence), `updated`, `deleted`, `inactive`, `run_end`."""
    component_ids: tuple[int, ...] = ()
    """The actuators that the target resolves to, ascending."""
    dry_run: bool = False
    asked_wh: float = 0.0
    delivered_wh: float = 0.0
    shortfall_wh: float = 0.0
    reason: str = "none"
    """One of `REASONS`; `none` up to a shortfall of 0.1 % of what was asked."""
    limited_s: dict[str, float] = field(default_factory=dict)
    """Seconds in which power was missing, by cause (`CAUSES`); causes of different components may
    overlap in time."""
    missing_wh: dict[str, float] = field(default_factory=dict)
    """`shortfall_wh` by cause; its sum."""


@dataclass(kw_only=True, slots=True)
class Record:
    """A finished run.

    `segments` maps column names to equally long columns: `t_start_us`, `t_end_us` (integers) and
    `c<ID>.<name>` as `SERIES` lists them (floats; `source` integers), all NumPy arrays. Segments
    follow each other without gaps, from `start_us` to `end_us`.
    """

    scenario: "Scenario"
    seed: int
    start_us: int
    end_us: int
    components: tuple[ComponentInfo, ...]
    """Ascending ids."""
    segments: "dict[str, NDArray[Any]]" = field(default_factory=dict)
    tapers: Tapers = field(default_factory=Tapers)
    shadow: Shadow = field(default_factory=Shadow)
    totals: dict[int, Totals] = field(default_factory=dict)
    """By component id."""
    registers: dict[int, Mapping[str, float]] = field(default_factory=dict)
    """True registers at the end of meters with full ones, by component id and OBIS code."""
    events: list[dict[str, Any]] = field(default_factory=list)
    """In order; each has `t_us`, `event` (its name) and what belongs to it."""
    occurrences: list[Occurrence] = field(default_factory=list)
    """In order of their starts."""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    """Engine, numbers of events and segments, versions, digest of the scenario; deterministic."""
