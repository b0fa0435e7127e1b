"""`battery-driver`: a battery joins the bus and takes set-points; stopped, its charge is frozen.

Values that a configuration leaves out are those of the site's scenario. Where several batteries
share an inverter, all of them stand by while one has no driver.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from simulator.drivers.claims import component
from simulator.drivers.holding import DeviceType, known
from simulator.drivers.parsing import ComponentId, Fraction, Positive, Settings
from simulator.microgrid.tuning import BatteryValues

if TYPE_CHECKING:
    from simulator.microgrid.world import World

__all__ = ["BATTERY", "BatterySettings"]

_W: Final = 1000.0
_S_PER_DAY: Final = 86_400.0


class BatterySettings(Settings):
    """What a battery may do; kW, kWh, fractions."""

    component: ComponentId
    """A battery, or the inverter of one or more."""
    capacity_kwh: Positive | None = None
    soc_initial: Fraction | None = None
    """Only for a battery through which nothing has flowed yet."""
    soc_min: Fraction | None = None
    soc_max: Fraction | None = None
    charge_max_kw: Positive | None = None
    discharge_max_kw: Positive | None = None
    efficiency_charge: Fraction | None = None
    efficiency_discharge: Fraction | None = None
    self_discharge_per_day: Fraction | None = None
    ramp_kw_per_s: Literal["unlimited"] = "unlimited"
    """Batteries of this site follow at once."""


def _batteries(world: World, settings: BatterySettings) -> tuple[int, ...]:
    known(world, settings.component, "a battery", "battery", "battery_inverter")
    return world.driving.batteries(settings.component)


def _parts(world: World, settings: BatterySettings) -> tuple[str, ...]:
    return tuple(component(each) for each in _batteries(world, settings))


def _engage(world: World, settings: BatterySettings) -> None:
    values = BatteryValues(
        capacity_wh=_scaled(settings.capacity_kwh, _W),
        soc_initial=settings.soc_initial,
        soc_min=settings.soc_min,
        soc_max=settings.soc_max,
        charge_w=_scaled(settings.charge_max_kw, _W),
        discharge_w=_scaled(settings.discharge_max_kw, _W),
        e_c=settings.efficiency_charge,
        e_d=settings.efficiency_discharge,
        sigma=_scaled(settings.self_discharge_per_day, 1.0 / _S_PER_DAY),
    )
    for battery_id in _batteries(world, settings):
        if values != world.driving.values(battery_id):
            world.driving.battery(battery_id, values)
        world.driving.start(battery_id)


def _release(world: World, settings: BatterySettings) -> None:
    for battery_id in _batteries(world, settings):
        world.driving.stop(battery_id)


def _scaled(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor


BATTERY: Final = DeviceType(
    name="battery-driver",
    settings=BatterySettings,
    parts=_parts,
    engage=_engage,
    release=_release,
)
