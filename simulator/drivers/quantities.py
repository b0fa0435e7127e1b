"""What a component publishes of itself: the attributes of an asset, by the names that people read.

Units stand in the names: kW and kWh, V, Amps, Hz, kVAR, kVA; SOC is in percent, Temperature in °C.
The letters A, B and C are the phases, as the examples of seed 002 have them; a meter's own
registers stand beside them under their OBIS codes, in Wh, W, varh, var, VA, V and A.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from simulator.microgrid.record import ComponentInfo
    from simulator.microgrid.telemetry import Reading
    from simulator.microgrid.world import World

__all__ = ["ATTRIBUTES", "Metric", "Value", "asset_id", "attributes"]

Value = float | int | str

Metric = Literal[
    "power_w",
    "import_wh",
    "export_wh",
    "soc",
    "energy_wh",
    "capacity_wh",
    "temperature_c",
    "setpoint_w",
    "available_w",
    "reactive_var",
    "apparent_va",
]

ATTRIBUTES: Final[Mapping[Metric, tuple[str, float]]] = {
    "power_w": ("kW", 1e-3),
    "import_wh": ("kWh Import", 1e-3),
    "export_wh": ("kWh Export", 1e-3),
    "soc": ("SOC", 1e2),
    "energy_wh": ("kWh Stored", 1e-3),
    "capacity_wh": ("kWh Capacity", 1e-3),
    "temperature_c": ("Temperature", 1.0),
    "setpoint_w": ("kW - Setpoint", 1e-3),
    "available_w": ("kW Available", 1e-3),
    "reactive_var": ("kVAR", 1e-3),
    "apparent_va": ("kVA", 1e-3),
}
"""By metric, the attribute's name, and its value over the metric's."""

_NAMES: Final = {
    "grid_connection_point": "grid",
    "ev_charger": "ev",
    "pv_inverter": "pv",
    "battery_inverter": "inverter",
    "hybrid_inverter": "inverter",
    "wind_turbine": "wind",
}
"""What kinds of components are called in ids of assets; all others by their own name."""

_REGISTERS: Final = {
    "kVARh Import": ("1-0:3.8.0", 1e-3),
    "kVARh Export": ("1-0:4.8.0", 1e-3),
    "A kW": ("1-0:36.7.0", 1e-3),
    "B kW": ("1-0:56.7.0", 1e-3),
    "C kW": ("1-0:76.7.0", 1e-3),
    "A V": ("1-0:32.7.0", 1.0),
    "B V": ("1-0:52.7.0", 1.0),
    "C V": ("1-0:72.7.0", 1.0),
    "A Amps": ("1-0:31.7.0", 1.0),
    "B Amps": ("1-0:51.7.0", 1.0),
    "C Amps": ("1-0:71.7.0", 1.0),
    "Hz": ("1-0:14.7.0", 1.0),
}
"""Attributes that repeat a register of a meter: its code, and the attribute over the register."""


def asset_id(info: ComponentInfo) -> str:
    """Return the id under which a component publishes: `battery-5`, `meter-2`, `pv-3`."""
    return f"{_NAMES.get(info.kind, info.kind)}-{info.id}"


def attributes(world: World, component_id: int) -> dict[str, Value]:
    """Return what a component reports now; nothing where nothing arrives from it, or never does."""
    try:
        reading = world.reading(component_id)
    except KeyError:
        return {}
    if reading.missing:
        return {}
    found: dict[str, Value] = dict(_plain(reading))
    try:
        shown = world.registers(component_id)
    except KeyError:
        return found
    return found | dict(_metered(shown)) | dict(shown)


def _plain(reading: Reading) -> Iterator[tuple[str, Value]]:
    for metric, (name, scale) in ATTRIBUTES.items():
        value = getattr(reading, metric)
        if value is not None:
            yield name, value * scale
    if reading.power_w is not None and (apparent := reading.apparent_va) is not None:
        yield "PF", abs(reading.power_w) / apparent if apparent else 1.0
    if reading.source is not None:
        yield "Dispatch", reading.source
    if reading.state is not None:
        yield "State", reading.state.name
    if reading.plug is not None:
        yield "Cable", reading.plug.name


def _metered(shown: Mapping[str, float]) -> Iterator[tuple[str, float]]:
    for name, (code, scale) in _REGISTERS.items():
        if code in shown:
            yield name, shown[code] * scale
