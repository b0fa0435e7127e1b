"""What conditions of the world mean: which type of task, about what, and what it tells people.

A row of `_ABOUT` turns an entry `CONDITION` of the world's event log into the metadata that the
templates of a type ask for; a further condition is a further row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from simulator.microgrid.scenario_base import from_us

if TYPE_CHECKING:
    from simulator.microgrid.world import World

HOT_LIMIT: Final = 0.3
"""What is left of the power of a battery that is too hot (our choice)."""
_LINK: Final = "lte"
"""How simulated meters report."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """A reason for a task."""

    type_id: str
    key: str
    """What it is about: there is one open task of a type about each."""
    metadata: Mapping[str, Any]
    component_id: int = 0
    """0 = it is about no component."""


def found(world: World, entry: Mapping[str, Any]) -> Finding:
    """Return what an entry `CONDITION` gives reason for. KeyError: the condition is unknown."""
    type_id, about = _ABOUT[entry["condition"]]
    component_id = int(entry["component_id"])
    dispatch_id = entry.get("dispatch_id")
    metadata = described(world, component_id, type_id, int(entry["t_us"])) | about(world, entry)
    if dispatch_id is not None:
        return Finding(type_id=type_id, key=str(dispatch_id), metadata=metadata)
    key = str(component_id)
    return Finding(type_id=type_id, key=key, metadata=metadata, component_id=component_id)


def described(world: World, component_id: int, type_id: str, at_us: int) -> dict[str, Any]:
    """Return the metadata that tasks of all types about a component have."""
    info = next(each for each in world.components if each.id == component_id)
    return {
        "device_number": world.repairs.numbers[component_id],
        "device_kind": info.kind,
        "site": world.scenario.meta.name,
        "location": info.name,
        "condition": type_id,
        "detected_time": instant(at_us),
    }


def instant(t_us: int) -> str:
    """Return an instant as RFC 3339 has it, in UTC."""
    return from_us(t_us).isoformat().replace("+00:00", "Z")


def derating(world: World, battery_id: int) -> float:
    """Return what overheating alone has left of a battery's power."""
    factors = [
        fault.factor
        for fault in world.repairs.faults_of(battery_id).values()
        if fault.kind == "battery_overheat"
    ]
    return min(factors, default=1.0)


def _burning(world: World, entry: Mapping[str, Any]) -> dict[str, Any]:
    name = next(each.name for each in world.components if each.id == entry["component_id"])
    return {"temperature_c": entry["temperature_c"], "feeder": name}


def _silent(world: World, entry: Mapping[str, Any]) -> dict[str, Any]:
    return {"last_seen_time": instant(entry["since_us"]), "link": _LINK}


def _hot(world: World, entry: Mapping[str, Any]) -> dict[str, Any]:
    left = min(HOT_LIMIT, derating(world, entry["component_id"]))
    return {"temperature_c": entry["temperature_c"], "limit_percent": 100.0 * left}


def _stopped(world: World, entry: Mapping[str, Any]) -> dict[str, Any]:
    return {"fault_code": f"E{entry['code']:.0f}", "restart_count": 0}


def _undelivered(world: World, entry: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "device_number": f"dispatch-{entry['dispatch_id']}",
        "device_kind": "dispatch",
        "dispatch_id": str(entry["dispatch_id"]),
        "planned_kwh": abs(entry["asked_wh"]) / 1000.0,
        "delivered_kwh": abs(entry["delivered_wh"]) / 1000.0,
        "reason": entry["reason"],
    }


_About = Callable[["World", Mapping[str, Any]], dict[str, Any]]

_ABOUT: Final[Mapping[str, tuple[str, _About]]] = MappingProxyType(
    {
        "meter_burning": ("meter-burning", _burning),
        "meter_silent": ("meter-communication-lost", _silent),
        "battery_overtemperature": ("battery-overtemperature", _hot),
        "battery_degraded": (
            "battery-capacity-degraded",
            lambda world, entry: {"soh_percent": 100.0 * entry["health"]},
        ),
        "inverter_fault": ("inverter-fault", _stopped),
        "pv_output_low": (
            "pv-output-low",
            lambda world, entry: {"ratio_percent": 100.0 * entry["ratio"]},
        ),
        "breaker_tripped": (
            "breaker-tripped",
            lambda world, entry: {"current_a": entry["current_a"]},
        ),
        "dispatch_not_delivered": ("dispatch-not-delivered", _undelivered),
    }
)
"""Type of task by condition, and what it tells beside what all tell."""
