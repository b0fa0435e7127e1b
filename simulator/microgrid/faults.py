"""What can go wrong in the world, as data.

A row of `KINDS` says which parameters a fault takes and what it does; the world asks the resulting
`Condition` of each component. Stopping a device's driver is one of them: the device is healthy, but
nobody controls or reads it. `Undriven` says the same of a device whose driver is a service; such a
device leaves the site altogether.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from math import hypot
from types import MappingProxyType
from typing import Final

from .units import US_PER_S

__all__ = [
    "KINDS",
    "NORMAL",
    "Active",
    "Condition",
    "Conditions",
    "Fault",
    "FaultError",
    "Kind",
    "Undriven",
    "conditions",
]


class FaultError(ValueError):
    """A fault of an unknown kind, or with wrong parameters; the message says what is expected."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """A row of the table of faults."""

    about: str
    needs_components: bool = True
    parameters: tuple[str, ...] = ()
    """Parameters that mean something for this kind."""


KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "battery_trip": Kind(about="batteries and their inverters exchange no power"),
        "inverter_derate": Kind(about="scales the rating of inverters", parameters=("factor",)),
        "comms_loss": Kind(
            about="set-points are held, then fall back; no telemetry",
            parameters=("hold_s", "fallback"),
        ),
        "driver_stop": Kind(about="nobody controls or reads the devices; batteries stand by"),
        "meter_dropout": Kind(about="readings are missing, the truth goes on"),
        "meter_stuck": Kind(about="readings stay as they were"),
        "meter_bias": Kind(about="multiplies readings", parameters=("gain",)),
        "meter_noise": Kind(about="powers read scatter", parameters=("sigma_w",)),
        "meter_quantise": Kind(
            about="readings come in steps: powers rounded, registers rounded down",
            parameters=("step_w", "step_wh"),
        ),
        "meter_burning": Kind(
            about="the case of a meter is hot; readings go on", parameters=("temperature_c",)
        ),
        "clock_skew": Kind(about="readings bear another time", parameters=("skew_ms",)),
        "pv_soiling": Kind(about="scales what producers could deliver", parameters=("factor",)),
        "inverter_fault": Kind(about="a device stops with a code", parameters=("code",)),
        "battery_overheat": Kind(
            about="batteries are hot, their inverters limited",
            parameters=("temperature_c", "factor"),
        ),
        "ev_no_show": Kind(about="vehicles stay away at random", parameters=("probability",)),
        "feeder_off": Kind(about="everything behind a component is without power"),
        "grid_outage": Kind(about="the whole site is without power", needs_components=False),
        "breaker_trip": Kind(
            about="the breaker at the grid connection is open",
            needs_components=False,
            parameters=("current_a",),
        ),
    }
)
"""The faults of the world. A further one is a further row and its lines in `conditions`."""

_HOT_C: Final = {"meter_burning": 110.0, "battery_overheat": 60.0}


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """Something that goes wrong, from a moment on.

    FaultError: unknown kind, components missing or superfluous, parameters out of range.
    """

    kind: str
    component_ids: tuple[int, ...] = ()
    start_us: int | None = None
    """None = now."""
    duration_s: float | None = None
    """None = until cleared."""
    factor: float = 1.0
    """`inverter_derate`, `battery_overheat`: what is left of the rating, 0..1; `pv_soiling`: of
    what could be produced."""
    gain: float = 1.0
    """`meter_bias`."""
    hold_s: float = 0.0
    """`comms_loss`: how long the last set-point is kept."""
    fallback: str = "idle"
    """`comms_loss`: what follows, `idle` or `base` (the base strategy)."""
    sigma_w: float = 0.0
    """`meter_noise`: standard deviation of powers."""
    step_w: float = 0.0
    step_wh: float = 0.0
    """`meter_quantise`: resolution, 0 = none."""
    temperature_c: float | None = None
    """`meter_burning`, `battery_overheat`: what a sensor there shows; None = 110 and 60."""
    skew_ms: float = 0.0
    """`clock_skew`: added to the time of readings."""
    probability: float = 1.0
    """`ev_no_show`: of each arrival not to happen."""
    code: float = 0.0
    """`inverter_fault`: what the device shows."""
    current_a: float = 0.0
    """`breaker_trip`: at which it opened."""

    def __post_init__(self) -> None:
        kind = KINDS.get(self.kind)
        if kind is None:
            raise FaultError(f"fault kind {self.kind!r}: expected one of {', '.join(KINDS)}")
        if kind.needs_components != bool(self.component_ids):
            wanted = "component ids" if kind.needs_components else "no component ids"
            raise FaultError(f"fault {self.kind}: expected {wanted}")
        if not 0.0 <= self.factor <= 1.0:
            raise FaultError(f"fault {self.kind}: expected a factor of 0 to 1, not {self.factor}")
        if self.gain <= 0.0:
            raise FaultError(f"fault {self.kind}: expected a gain above 0, not {self.gain}")
        if self.temperature_c is None:
            object.__setattr__(self, "temperature_c", _HOT_C.get(self.kind))
        if min(self.sigma_w, self.step_w, self.step_wh) < 0.0:
            raise FaultError(f"fault {self.kind}: expected sigma and steps of at least 0")
        if not 0.0 <= self.probability <= 1.0:
            raise FaultError(f"fault {self.kind}: expected a probability of 0 to 1")
        if self.hold_s < 0.0 or (self.duration_s is not None and self.duration_s < 0.0):
            raise FaultError(f"fault {self.kind}: expected durations of at least 0 s")
        if self.fallback not in ("idle", "base"):
            raise FaultError(f"fault {self.kind}: expected fallback idle or base")


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """What the faults in force do to one component."""

    off: str = ""
    """Cause (of the record) why it exchanges no power, empty = it may."""
    derate: float = 1.0
    comms: str = ""
    """`held`, `idle`, `base` while set-points do not arrive; `free` = uncontrolled; `deaf` = it is
    not built to be told anything."""
    silent: bool = False
    """No telemetry."""
    stuck: bool = False
    """Telemetry as it was when this began."""
    gain: float = 1.0
    detached: bool = False
    """Not even what needs no control goes on: no sun, no auxiliaries, no charge lost."""
    dark: bool = False
    """Without power: a hidden load is not served either."""
    soiling: float = 1.0
    """Factor on what a producer could deliver."""
    noise_w: float = 0.0
    step_w: float = 0.0
    step_wh: float = 0.0
    skew_us: int = 0
    temperature_c: float | None = None
    no_show: float = 0.0
    """Probability that a vehicle stays away."""


NORMAL: Final = Condition()


@dataclass(frozen=True, kw_only=True, slots=True)
class Active:
    """A fault in force."""

    fault: Fault
    since_us: int
    reach: tuple[int, ...] = ()
    """`feeder_off`: the components behind those that it names, these included."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Undriven:
    """A component whose driver, a service, does not run, or does not listen."""

    is_meter: bool = False
    """A meter is only silent, the truth goes on."""
    is_grid: bool = False
    """The grid connection point: the site is an island."""
    counts: bool = True
    """Whether the registers of a silent meter go on."""
    is_deaf: bool = False
    """It runs, but set-points and limits do not reach the device."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Conditions:
    """What all faults in force do."""

    outage: str = ""
    """Cause (of the record) why the grid is away, empty = it is there."""
    by_component: Mapping[int, Condition] = field(default_factory=dict)

    def of(self, component_id: int) -> Condition:
        """Return the condition of a component."""
        return self.by_component.get(component_id, NORMAL)

    @property
    def is_normal(self) -> bool:
        """Whether no fault is in force."""
        return not self.outage and not self.by_component

    def physical(self) -> tuple[str, dict[int, tuple[object, ...]]]:
        """Return the part that powers depend on; the rest bends readings only."""
        return self.outage, {
            component_id: key
            for component_id, each in self.by_component.items()
            if (key := _physical(each)) != _SOUND
        }


def _physical(condition: Condition) -> tuple[object, ...]:
    return (
        condition.off,
        condition.derate,
        condition.comms,
        condition.detached,
        condition.dark,
        condition.soiling,
    )


_SOUND: Final = _physical(NORMAL)


def conditions(
    active: Iterable[Active], now_us: int, undriven: Mapping[int, Undriven] = MappingProxyType({})
) -> Conditions:
    """Return what the faults in force do; several on one component add up."""
    found: dict[int, Condition] = {}
    outage = ""
    for component_id, driver in undriven.items():
        if driver.is_grid:
            outage = "driver_stopped"
        elif driver.is_deaf:
            found[component_id] = Condition(comms="deaf")
        elif driver.is_meter:
            gain = 1.0 if driver.counts else 0.0
            found[component_id] = Condition(silent=True, gain=gain)
        else:
            found[component_id] = _ABSENT
    for each in active:
        if each.fault.kind in _OUTAGES:
            outage = "fault"
        for component_id in each.fault.component_ids:
            before = found.get(component_id, NORMAL)
            found[component_id] = _worse(before, each, now_us)
        for component_id in each.reach:
            before = found.get(component_id, NORMAL)
            found[component_id] = replace(before, off="fault", detached=True, dark=True)
    return Conditions(outage=outage, by_component=found)


_OUTAGES: Final = frozenset({"grid_outage", "breaker_trip"})
_ABSENT: Final = Condition(silent=True, off="driver_stopped", comms="free", detached=True)


def _worse(before: Condition, active: Active, now_us: int) -> Condition:
    """Return a condition with one more fault."""
    fault = active.fault
    match fault.kind:
        case "battery_trip" | "inverter_fault":
            return replace(before, off="fault")
        case "inverter_derate":
            return replace(before, derate=before.derate * fault.factor)
        case "comms_loss":
            held = now_us < active.since_us + round(fault.hold_s * US_PER_S)
            comms = before.comms or ("held" if held else fault.fallback)
            return replace(before, silent=True, comms=comms)
        case "driver_stop":
            off = before.off or "driver_stopped"
            return replace(before, silent=True, off=off, comms="free")
        case "pv_soiling":
            return replace(before, soiling=before.soiling * fault.factor)
        case "ev_no_show":
            return replace(before, no_show=max(before.no_show, fault.probability))
        case "battery_overheat":
            derate = before.derate * fault.factor
            return replace(before, derate=derate, temperature_c=fault.temperature_c)
    return _misread(before, fault)


def _misread(before: Condition, fault: Fault) -> Condition:
    """Return a condition with one more fault of readings."""
    match fault.kind:
        case "meter_dropout":
            return replace(before, silent=True)
        case "meter_stuck":
            return replace(before, stuck=True)
        case "meter_bias":
            return replace(before, gain=before.gain * fault.gain)
        case "meter_noise":
            return replace(before, noise_w=hypot(before.noise_w, fault.sigma_w))
        case "meter_quantise":
            step_w, step_wh = max(before.step_w, fault.step_w), max(before.step_wh, fault.step_wh)
            return replace(before, step_w=step_w, step_wh=step_wh)
        case "meter_burning":
            return replace(before, temperature_c=fault.temperature_c)
        case "clock_skew":
            return replace(before, skew_us=before.skew_us + round(fault.skew_ms * 1000.0))
    return before
