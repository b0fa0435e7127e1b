"""What can go wrong in the world, as data.

A row of `KINDS` says which parameters a fault takes and what it does; the world asks the resulting
`Condition` of each component. Stopping a device's driver is one of them: the device is healthy, but
nobody controls or reads it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
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
        "grid_outage": Kind(about="the whole site is without power", needs_components=False),
    }
)
"""The faults of the world. A further one is a further row and its lines in `conditions`."""


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
    """`inverter_derate`: what is left of the rating, 0..1."""
    gain: float = 1.0
    """`meter_bias`."""
    hold_s: float = 0.0
    """`comms_loss`: how long the last set-point is kept."""
    fallback: str = "idle"
    """`comms_loss`: what follows, `idle` or `base` (the base strategy)."""

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
    """`held`, `idle`, `base` while set-points do not arrive; `free` = uncontrolled."""
    silent: bool = False
    """No telemetry."""
    stuck: bool = False
    """Telemetry as it was when this began."""
    gain: float = 1.0


NORMAL: Final = Condition()


@dataclass(frozen=True, kw_only=True, slots=True)
class Active:
    """A fault in force."""

    fault: Fault
    since_us: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Conditions:
    """What all faults in force do."""

    outage: bool = False
    by_component: Mapping[int, Condition] = field(default_factory=dict)

    def of(self, component_id: int) -> Condition:
        """Return the condition of a component."""
        return self.by_component.get(component_id, NORMAL)

    @property
    def is_normal(self) -> bool:
        """Whether no fault is in force."""
        return not self.outage and not self.by_component

    def physical(self) -> tuple[bool, dict[int, tuple[str, float, str]]]:
        """Return the part that powers depend on; the rest bends readings only."""
        return self.outage, {
            component_id: key
            for component_id, each in self.by_component.items()
            if (key := (each.off, each.derate, each.comms)) != ("", 1.0, "")
        }


def conditions(active: Iterable[Active], now_us: int) -> Conditions:
    """Return what the faults in force do; several on one component add up."""
    found: dict[int, Condition] = {}
    outage = False
    for each in active:
        outage |= each.fault.kind == "grid_outage"
        for component_id in each.fault.component_ids:
            before = found.get(component_id, NORMAL)
            found[component_id] = _worse(before, each, now_us)
    return Conditions(outage=outage, by_component=found)


def _worse(before: Condition, active: Active, now_us: int) -> Condition:
    """Return a condition with one more fault."""
    fault = active.fault
    match fault.kind:
        case "battery_trip":
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
        case "meter_dropout":
            return replace(before, silent=True)
        case "meter_stuck":
            return replace(before, stuck=True)
        case "meter_bias":
            return replace(before, gain=before.gain * fault.gain)
    return before
